//! What a file says about its own checking: `Metadata: cfn-lint: config` for a template and for one resource,
//! `Metadata: stacklens: ignore` likewise, and comments for a line, for what stands below them, or for the file.

mod comments;

use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, PathPart};
use crate::document::{Document, DocumentKind};
use crate::rules::{self, suppressions};
use crate::settings::layer::{Key, Layer};
use crate::settings::{Settings, ids, options};
use crate::source::Span;
use crate::syntax::{Node, NodeKind, SyntaxErrorKind};
use crate::transform::foreach::is_loop;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What one file asks for.
#[derive(Clone, Debug, Default)]
pub struct Suppressions {
    /// Settings for the whole file.
    pub layer: Layer,
    /// Exact rule ids ignored below a resource.
    pub resources: BTreeMap<String, Vec<String>>,
    /// Ids that are ignored in some part of the file.
    pub marks: Vec<Mark>,
    /// Comments that look like suppressions and are none.
    faults: Vec<Fault>,
}

/// An id that is ignored somewhere.
#[derive(Clone, Debug)]
pub struct Mark {
    /// The id, or how it starts.
    pub id: String,
    /// Where it stands.
    pub span: Span,
    /// Where it counts.
    pub scope: Scope,
    /// How to remove it.
    removal: Option<Fix>,
}

/// Where an id is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In the whole file.
    File,
    /// On a line.
    Line(u32),
    /// Inside a span.
    Block(Span),
}

/// A suppression that cannot be understood.
#[derive(Clone, Debug)]
struct Fault {
    span: Span,
    message: String,
    help: Option<String>,
}

impl Suppressions {
    /// Reads what a document says about its own checking.
    pub fn read(document: &Document) -> Self {
        let mut found = Suppressions::default();
        if let (DocumentKind::Template, Some(root)) = (document.kind, document.root()) {
            found.template(document, root);
            found.resources(root.get("Resources"));
        }
        comments::read(document, &mut found);
        found
    }

    fn template(&mut self, document: &Document, root: &Node) {
        self.ours(root.get("Metadata"), Scope::File);
        let Some(config) = root.at(&["Metadata", "cfn-lint", "config"]) else { return };
        let origin = |node: &Node| Arc::from(format!("line {}", document.file.position(node.span.start).line));
        let lists = [
            ("ignore_checks", Key::IgnoreChecks),
            ("include_checks", Key::IncludeChecks),
            ("mandatory_checks", Key::MandatoryChecks),
            ("regions", Key::Regions),
        ];
        for (name, key) in lists {
            if let Some(node) = config.get(name) {
                self.layer.give_all(key, &texts(Some(node)), &origin(node));
            }
        }
        let flags = [
            ("merge_configs", Key::MergeConfigs),
            ("ignore_bad_template", Key::IgnoreBadTemplate),
            ("include_experimental", Key::IncludeExperimental),
        ];
        for (name, key) in flags {
            if let Some(node) = config.get(name).filter(|n| n.as_bool() == Some(true)) {
                self.layer.give(key, "true", &origin(node));
            }
        }
        let maps = |node: &Node| match &node.kind {
            NodeKind::List(items) => items.iter().filter_map(Node::as_map).flatten().cloned().collect(),
            _ => node.as_map().unwrap_or_default().to_vec(),
        };
        for pair in config.get("parameters").map(maps).unwrap_or_default() {
            if let Some(value) = pair.value.scalar_text() {
                self.layer.give(Key::Parameters, format!("{}={value}", pair.key.text), &origin(&pair.value));
            }
        }
        for rule in config.get("configure_rules").and_then(Node::as_map).unwrap_or_default() {
            for option in rule.value.as_map().unwrap_or_default() {
                for value in options::texts(&option.value).unwrap_or_default() {
                    let text = format!("{}:{}={value}", rule.key.text, option.key.text);
                    self.layer.give(Key::ConfigureRules, text, &origin(&option.value));
                }
            }
        }
    }

    /// Reads the configuration of resources, those in loops included.
    fn resources(&mut self, section: Option<&Node>) {
        for resource in section.and_then(Node::as_map).unwrap_or_default() {
            if is_loop(&resource.key.text) {
                self.resources(resource.value.as_list().and_then(<[Node]>::last));
                continue;
            }
            let metadata = resource.value.get("Metadata");
            let ignore = texts(metadata.and_then(|m| m.at(&["cfn-lint", "config", "ignore_checks"])));
            if !ignore.is_empty() {
                self.resources.insert(resource.key.text.to_string(), ignore);
            }
            self.ours(metadata, Scope::Block(resource.key.span.to(resource.value.span)));
        }
    }

    /// `Metadata: stacklens: ignore`.
    fn ours(&mut self, metadata: Option<&Node>, scope: Scope) {
        let Some(list) = metadata.and_then(|m| m.at(&["stacklens", "ignore"])) else { return };
        let items = list.as_list().unwrap_or(std::slice::from_ref(list));
        for (i, item) in items.iter().enumerate() {
            if let Some(id) = item.as_str() {
                // With what separates it from its neighbour; a list is not left empty.
                let span = match (items.get(i + 1), i.checked_sub(1).and_then(|i| items.get(i))) {
                    (Some(next), _) => Some(Span { start: item.span.start, end: next.span.start }),
                    (None, Some(previous)) => Some(Span { start: previous.span.end, end: item.span.end }),
                    (None, None) => None,
                };
                let removal = span.map(|span| Fix {
                    title: "remove the id".to_owned(),
                    applicability: Applicability::Safe,
                    edits: vec![Edit { span, text: String::new() }],
                });
                self.marks.push(Mark { id: id.to_owned(), span: item.span, scope, removal });
            }
        }
    }

    /// Whether the file hides a finding. Notes in `used` which marks did.
    pub fn hides(&self, document: &Document, finding: &Diagnostic, used: &mut [bool]) -> bool {
        let mut hidden = self.resource_hides(finding);
        let line = |span: Span| document.file.position(span.start).line;
        for (mark, used) in self.marks.iter().zip(used) {
            let there = match mark.scope {
                Scope::File => true,
                Scope::Line(at) => line(finding.span) == at || finding.reference_span.is_some_and(|s| line(s) == at),
                Scope::Block(span) => span.start <= finding.span.start && finding.span.start < span.end.max(1),
            };
            if there && finding.rule.id.starts_with(mark.id.as_str()) {
                *used = true;
                hidden = true;
            }
        }
        hidden
    }

    /// Whether a resource's own configuration hides a finding at its path.
    fn resource_hides(&self, finding: &Diagnostic) -> bool {
        let [PathPart::Key(section), path @ ..] = finding.path.as_slice() else { return false };
        let name = path.iter().find_map(|part| match part {
            PathPart::Key(name) if !is_loop(name) => Some(name),
            _ => None,
        });
        let Some(name) = name else { return false };
        section == "Resources" && self.resources.get(name).is_some_and(|ids| ids.iter().any(|id| id == finding.rule.id))
    }

    /// What is wrong with the suppressions themselves: those not understood, and those that hide nothing.
    pub fn report(&self, document: &Document, settings: &Settings, used: &[bool]) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for fault in &self.faults {
            found.push(suppressions::malformed(fault.span, fault.message.clone(), fault.help.clone()));
        }
        let broken = document.tree.errors.iter().any(|e| e.kind != SyntaxErrorKind::DuplicateKey);
        for (mark, used) in self.marks.iter().zip(used) {
            if !ids::is_known(&mark.id) {
                let message = format!("no rule has an id that starts with `{}`", mark.id);
                found.push(suppressions::malformed(mark.span, message, ids::suggestion(&mark.id)));
            } else if !used && !broken && can_be_judged(&mark.id, settings) {
                found.push(suppressions::unused(mark.span, &mark.id, mark.removal.clone()));
            }
        }
        found.retain(|d| settings.reports(d.rule));
        found
    }
}

/// Whether something would have been reported if there were something: a rule with the id reports in this run, and it
/// needs no more than this file.
fn can_be_judged(id: &str, settings: &Settings) -> bool {
    let mut any = false;
    for rule in rules::all().filter(|r| r.id.starts_with(id)) {
        if rules::looks_across(rule) {
            return false;
        }
        // An experimental one looks at all resources, and at what they ignore, by itself.
        any = any || settings.reports(rule) && !rules::is_experimental(rule);
    }
    any
}

/// The texts of a list, or the one text that stands in place of a list.
fn texts(node: Option<&Node>) -> Vec<String> {
    let Some(node) = node else { return Vec::new() };
    match node.as_list() {
        Some(items) => items.iter().filter_map(Node::as_str).map(str::to_owned).collect(),
        None => node.as_str().map(str::to_owned).into_iter().collect(),
    }
}
