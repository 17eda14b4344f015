//! What a check says: one type for every finding, its labels, its fix, and the findings nested under it.

use crate::rule::Rule;
use crate::source::Span;

/// How bad a finding is. Ordered: `Info < Warning < Error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; off by default.
    Info,
    /// Probably not what was meant.
    Warning,
    /// The deployment fails or the file is invalid.
    Error,
}

impl Severity {
    /// The lower-case word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A second place involved, with what to say there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What, a short lower-case phrase.
    pub message: String,
}

/// Whether a fix keeps the meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// Keeps the meaning or is certainly what was meant.
    Safe,
    /// A good guess; shown, applied only when asked for.
    Unsafe,
}

/// Replace the bytes of `span` by `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// The new text.
    pub text: String,
}

/// A mechanical change that removes the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, imperative: "remove the unused parameter".
    pub title: String,
    /// Whether it may be applied without asking.
    pub applicability: Applicability,
    /// Sorted, disjoint edits.
    pub edits: Vec<Edit>,
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The rule that found it: its identity is its id.
    pub rule: &'static Rule,
    /// Severity, the rule's own unless configuration says otherwise.
    pub severity: Severity,
    /// One lower-case sentence, names in backticks: what was found, and what is allowed when that is short.
    pub message: String,
    /// The most specific place.
    pub span: Span,
    /// Where cfn-lint would put it, when that is not the key above `span` (see `engine::locate`).
    pub reference_span: Option<Span>,
    /// Other places involved.
    pub labels: Vec<Label>,
    /// The next step, a sentence.
    pub help: Option<String>,
    /// Further facts (which condition combination, which generated resource).
    pub notes: Vec<String>,
    /// A mechanical change.
    pub fix: Option<Fix>,
    /// Findings of the alternatives of anyOf/oneOf; shown nested.
    pub children: Vec<Diagnostic>,
    /// How many generated copies of the same fault this one stands for (1 = itself only).
    pub count: u32,
    /// Path from the document root, filled by the engine: keys and list indices.
    pub path: Vec<PathPart>,
    /// A sort key of the file this belongs to when a bundle reports into another file; empty = the file being checked.
    pub file: Option<String>,
}

/// One step of a path in a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(untagged)]
pub enum PathPart {
    /// An index into a list, from 0.
    Index(usize),
    /// A mapping key (for a call, the function's long name: `Fn::Sub`).
    Key(String),
}

impl Diagnostic {
    /// A finding of a rule at a place.
    pub fn new(rule: &'static Rule, span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            rule,
            severity: rule.severity,
            message: message.into(),
            span,
            reference_span: None,
            labels: Vec::new(),
            help: None,
            notes: Vec::new(),
            fix: None,
            children: Vec::new(),
            count: 1,
            path: Vec::new(),
            file: None,
        }
    }

    /// Adds a second place.
    pub fn label(&mut self, span: Span, message: impl Into<String>) -> &mut Self {
        self.labels.push(Label { span, message: message.into() });
        self
    }

    /// Says what to do next.
    pub fn help(&mut self, text: impl Into<String>) -> &mut Self {
        self.help = Some(text.into());
        self
    }

    /// Adds a further fact.
    pub fn note(&mut self, text: impl Into<String>) -> &mut Self {
        self.notes.push(text.into());
        self
    }

    /// Adds a second finding of the same rule at the same place, nested in this one: what else the value breaks.
    pub fn also(&mut self, message: impl Into<String>) -> &mut Self {
        let mut child = Diagnostic::new(self.rule, self.span, message);
        child.reference_span = self.reference_span;
        self.children.push(child);
        self
    }

    /// Where cfn-lint reports the same fault, when it is not the key above `span`.
    pub fn reference_at(&mut self, span: Span) -> &mut Self {
        self.reference_span = Some(span);
        self
    }

    /// Offers a fix, if there are edits for it.
    pub fn fix_by(
        &mut self,
        applicability: Applicability,
        title: impl Into<String>,
        edits: Option<Vec<Edit>>,
    ) -> &mut Self {
        if let Some(edits) = edits {
            self.fix = Some(Fix { title: title.into(), applicability, edits });
        }
        self
    }

    /// Offers a fix of one edit.
    pub fn fix(
        &mut self,
        applicability: Applicability,
        title: impl Into<String>,
        span: Span,
        text: impl Into<String>,
    ) -> &mut Self {
        self.fix = Some(Fix { title: title.into(), applicability, edits: vec![Edit { span, text: text.into() }] });
        self
    }
}

/// The sink that checks report into.
#[derive(Debug, Default)]
pub struct Findings {
    /// In the order reported; the engine sorts.
    pub list: Vec<Diagnostic>,
}

impl Findings {
    /// Reports a finding and hands it back for labels, help and fix.
    pub fn report(&mut self, rule: &'static Rule, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.list.push(Diagnostic::new(rule, span, message));
        let last = self.list.len() - 1;
        &mut self.list[last]
    }
}
