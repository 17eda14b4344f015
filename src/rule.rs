//! A rule is static data plus plain functions. The hook a check asks for (`Check`) is also how the engine finds it.

pub mod cases;
pub mod constraints;
pub mod edits;
pub mod linking;
pub mod outcome;
pub mod pattern;
pub mod resolved;
pub mod secrets;
pub mod shape;
pub mod suggest;
pub mod violations;

use crate::appspec::AppSpec;
use crate::buildspec::Buildspec;
use crate::bundle::Bundle;
use crate::diagnostic::{Diagnostic, Findings, Severity};
use crate::document::Document;
use crate::intrinsics::Intrinsic;
use crate::schema::pattern::OwnPattern;
use crate::schema::walk::{self, Manner, Surroundings, Violation};
use crate::source::Span;
use crate::syntax::Call;
use crate::taskdef::TaskDefinition;
use crate::template::{Resource, Template};
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// Declares the static of one rule. Its page is `<family>/<ID>.md` beside the family's file.
macro_rules! rule {
    ($name:ident, $family:literal / $id:literal, $fault:literal, $severity:ident, $summary:literal) => {
        rule!($name, $family / $id, $fault, $severity, $summary, []);
    };
    ($name:ident, $family:literal / $id:literal, $fault:literal, $severity:ident, $summary:literal, $checks:expr) => {
        static $name: $crate::rule::Rule = $crate::rule::Rule {
            id: $id,
            name: $fault,
            summary: $summary,
            page: include_str!(concat!($family, "/", $id, ".md")),
            severity: $crate::diagnostic::Severity::$severity,
            checks: &$checks,
        };
    };
}
pub(crate) use rule;

/// One rule: what it is called, what it means, where it looks.
#[derive(Debug)]
pub struct Rule {
    /// Stable id, printed and used in suppressions: `E1020`, `CD101`.
    pub id: &'static str,
    /// The fault's name in kebab case: `ref-unknown-target`.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// The page: documentation, SARIF help and test in one.
    pub page: &'static str,
    /// Severity unless configured otherwise.
    pub severity: Severity,
    /// Where the rule looks; empty when a shared check of its family reports it.
    pub checks: &'static [Check],
}

/// A typed hook. The variant doubles as the dispatch key: a check runs only for what it asks.
#[derive(Clone, Copy)]
pub enum Check {
    /// Once per file of any kind; sees syntax errors and the raw tree.
    Document(fn(&Document, &mut Findings)),
    /// Once per template.
    Template(fn(&mut Context<'_>)),
    /// Once per resource of these types; an empty list means every resource.
    Resource(&'static [&'static str], fn(&Resource<'_>, &mut Context<'_>)),
    /// For every call of these functions anywhere in the template.
    Call(&'static [Intrinsic], fn(&Call, &CallSite<'_>, &mut Context<'_>)),
    /// Once per template, after every other template check: sees what they found.
    After(fn(&mut Context<'_>)),
    /// Once per AppSpec.
    AppSpec(fn(&AppSpec<'_>, &mut Findings)),
    /// Once per buildspec.
    Buildspec(fn(&Buildspec<'_>, &mut Findings)),
    /// Once per task definition.
    TaskDefinition(fn(&TaskDefinition<'_>, &mut Findings)),
    /// Once per folder: sees all its documents together.
    Bundle(fn(&Bundle<'_>, &mut Crossed)),
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Check::Document(_) => "Document",
            Check::Template(_) => "Template",
            Check::Resource(..) => "Resource",
            Check::Call(..) => "Call",
            Check::After(_) => "After",
            Check::AppSpec(_) => "AppSpec",
            Check::Buildspec(_) => "Buildspec",
            Check::TaskDefinition(_) => "TaskDefinition",
            Check::Bundle(_) => "Bundle",
        })
    }
}

/// What the files of a folder show together: findings by the path of the file they are about.
#[derive(Debug, Default)]
pub struct Crossed {
    /// By path in the folder.
    pub files: BTreeMap<String, Findings>,
}

impl Crossed {
    /// Reports a finding in a file and hands it back for labels (of that file), help and fix.
    pub fn report(
        &mut self,
        rule: &'static Rule,
        path: &str,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.files.entry(path.to_owned()).or_default().report(rule, span, message)
    }
}

/// Where a call stands.
#[derive(Clone, Copy, Debug)]
pub struct CallSite<'a> {
    /// The template section (`Resources`, `Outputs`, `Conditions`, ...).
    pub section: &'a str,
    /// The name in that section: logical id, output name; empty in sections without names.
    pub name: &'a str,
    /// The keys from below the name down to the call, list indices left out, functions by their long name.
    pub keys: &'a [&'a str],
    /// The calls around this one, outermost first.
    pub around: &'a [&'a Call],
    /// The node of the call itself (its span is that of the argument for a short form).
    pub span: Span,
}

/// Rules that share a file, and the checks that report several of them.
#[derive(Debug)]
pub struct Family {
    /// The rules, in order of id.
    pub rules: &'static [&'static Rule],
    /// Checks shared by several rules.
    pub checks: &'static [Check],
}

/// What a template check may look at, and the sink it reports into.
pub struct Context<'a> {
    /// The file and its tree.
    pub document: &'a Document,
    /// The template as views.
    pub template: &'a Template<'a>,
    /// What applies to this run.
    pub options: &'a Options,
    /// The findings so far.
    pub findings: Findings,
    pub(crate) cells: Cells<'a>,
}

/// Things computed on first use and shared by the rules of one file.
#[derive(Default)]
pub(crate) struct Cells<'a> {
    pub(crate) graph: OnceCell<crate::graph::Graph<'a>>,
    pub(crate) resolver: OnceCell<crate::resolve::Resolver<'a>>,
    pub(crate) violations: OnceCell<Vec<Violation>>,
    pub(crate) excepted: OnceCell<Vec<OwnPattern>>,
}

/// The part of the settings that checks and resolving depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Regions to check for, in order; never empty.
    pub regions: Vec<String>,
    /// Parameter values given for this run, in order.
    pub parameters: Vec<(String, String)>,
    /// Whether those values are meant for several templates: then each takes what it knows, and none must know all.
    pub shared_parameters: bool,
    /// The date that date-dependent rules take as today, `YYYY-MM-DD`; `None` leaves them out.
    pub as_of: Option<String>,
    /// Options of single rules.
    pub rules: RuleOptions,
}

/// Options of single rules, as `configure_rules` gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleOptions(BTreeMap<String, Vec<(String, String)>>);

impl RuleOptions {
    /// Sets an option; further values of one make a list.
    pub fn set(&mut self, rule: &str, option: &str, value: &str) {
        self.0.entry(rule.to_owned()).or_default().push((option.to_owned(), value.to_owned()));
    }

    /// The values of an option.
    pub fn texts<'o>(&'o self, rule: &str, option: &'o str) -> impl Iterator<Item = &'o str> {
        self.0.get(rule).into_iter().flatten().filter(move |o| o.0 == option).map(|o| o.1.as_str())
    }

    /// An option that is on or off.
    pub fn flag(&self, rule: &str, option: &str) -> Option<bool> {
        self.texts(rule, option).last().map(|text| text.eq_ignore_ascii_case("true"))
    }
}

impl Default for Options {
    fn default() -> Self {
        Options {
            regions: vec!["us-east-1".to_owned()],
            parameters: Vec::new(),
            shared_parameters: false,
            as_of: None,
            rules: RuleOptions::default(),
        }
    }
}

impl<'a> Context<'a> {
    /// A context over one template.
    pub fn new(document: &'a Document, template: &'a Template<'a>, options: &'a Options) -> Self {
        Context { document, template, options, findings: Findings::default(), cells: Cells::default() }
    }

    /// Reports a finding and hands it back for labels, help and fix.
    pub fn report(&mut self, rule: &'static Rule, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.findings.report(rule, span, message)
    }

    /// The resources of a type, in source order.
    pub fn resources_of<'k>(&self, kind: &'k str) -> impl Iterator<Item = &'a Resource<'a>> + use<'a, 'k> {
        let template: &'a Template<'a> = self.template;
        template.resources.iter().filter(move |r| r.kind() == Some(kind))
    }

    /// Whether a value may be missing only because the text around it could not be read: nothing is said about that null.
    pub fn lost(&self, node: &crate::syntax::Node) -> bool {
        let broken = |e: &crate::syntax::SyntaxError| e.kind == crate::syntax::SyntaxErrorKind::Malformed;
        node.is_null() && self.document.tree.errors.iter().any(broken)
    }

    /// The dependency graph.
    pub fn graph(&self) -> &crate::graph::Graph<'a> {
        self.cells.graph.get_or_init(|| crate::graph::Graph::build(&self.document.file, self.template))
    }

    /// The resolver: what a node can be.
    pub fn resolver(&self) -> &crate::resolve::Resolver<'a> {
        self.cells.resolver.get_or_init(|| {
            crate::resolve::Resolver::new(self.template, &self.options.regions, &self.options.parameters)
        })
    }

    /// What the walks over values may ask.
    pub fn surroundings(&self) -> Surroundings<'_, 'a> {
        let excepted = self.cells.excepted.get_or_init(|| {
            let given = self.options.rules.texts("E3031", "exceptions");
            given.map(|text| OwnPattern::new(&format!("^(?:{text})"))).collect()
        });
        let strict = self.options.rules.flag("E3012", "strict") == Some(true);
        Surroundings { template: self.template, resolver: self.resolver(), manner: Manner { strict, excepted } }
    }

    /// What the properties of the resources break of the facts about their types.
    pub fn violations(&self) -> &[Violation] {
        self.cells.violations.get_or_init(|| {
            let around = self.surroundings();
            let mut found = Vec::new();
            for resource in self.template.resources.iter() {
                match resource.kind().map(crate::schema::store::find) {
                    Some(Some(facts)) => found.extend(walk::resource(resource, facts, around)),
                    Some(None) => found.extend(walk::shape(resource, around)),
                    None => {}
                }
            }
            found
        })
    }
}
