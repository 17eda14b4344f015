//! Expansion: includes, language extensions, SAM. Generated nodes keep the place of the author's text that caused them.

pub mod foreach;
pub mod include;
mod known;
pub mod order;
pub mod packaged;
pub mod python_text;
pub mod sam;
pub mod tree;
pub mod value;

use crate::source::Span;
use crate::syntax::{Entry, Node, NodeKind, Style, scalar};
use sam::errors::SamError;
use value::{UNPLACED, Value};

/// What an expansion depends on besides the template.
#[derive(Clone, Debug)]
pub struct ExpandOptions {
    /// The region to expand for; it decides the partition.
    pub region: String,
    /// Values of parameters by name; defaults of the template fill the rest.
    pub parameters: Vec<(String, String)>,
    /// Whether known values also replace references in the result.
    pub resolve: bool,
}

impl Default for ExpandOptions {
    fn default() -> Self {
        ExpandOptions { region: "us-east-1".to_owned(), parameters: Vec::new(), resolve: false }
    }
}

/// Where a generated part of the template comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The keys that lead to the part: `Resources`, `FnRole`.
    pub path: Vec<String>,
    /// The author's text.
    pub span: Span,
    /// The way in words: `GetItem.Events.Api`.
    pub step: String,
}

/// An expanded template.
#[derive(Clone, Debug)]
pub struct Expansion {
    /// The template; when there are errors, as far as it came. Intrinsic functions are recognised.
    pub root: Node,
    /// The generated parts, in the order of the template.
    pub origins: Vec<Origin>,
    /// What is wrong with its loops. The SAM transform does not run then.
    pub problems: Vec<foreach::Problem>,
    /// The loop at which the loops became too much work; they are left as they are.
    pub over_budget: Option<Span>,
    /// What the SAM transform refuses, in the order met.
    pub errors: Vec<SamError>,
}

/// Whether a template asks for a transform.
pub fn asks_for(root: &Node, transform: &str) -> bool {
    let Some(value) = root.get("Transform") else { return false };
    let named =
        |node: &Node| node.as_str() == Some(transform) || node.get("Name").and_then(Node::as_str) == Some(transform);
    named(value) || value.as_list().is_some_and(|items| items.iter().any(named))
}

/// Expands a template: language extensions, then SAM. A template without transforms comes back as it is.
pub fn expand(root: &Node, options: &ExpandOptions) -> Expansion {
    if !asks_for(root, foreach::TRANSFORM) {
        return serverless(root, options);
    }
    let extended = foreach::extend(root, foreach::Purpose::Expand, &options.region, &options.parameters);
    if !extended.problems.is_empty() {
        let (root, problems, origins) = (extended.root, extended.problems, extended.origins);
        return Expansion { root, origins, problems, over_budget: None, errors: Vec::new() };
    }
    let mut root = extended.root;
    let loops = take_loops(&mut root);
    let mut expansion = serverless(&root, options);
    put_loops(&mut expansion.root, loops);
    let new = |o: &Origin| !expansion.origins.iter().any(|known| known.path == o.path);
    let mut origins: Vec<Origin> = extended.origins.into_iter().filter(new).collect();
    origins.append(&mut expansion.origins);
    Expansion { origins, over_budget: extended.over_budget, ..expansion }
}

/// Takes the loops that stay out of the sections: nothing after the language extensions understands them.
fn take_loops(root: &mut Node) -> Vec<(Box<str>, Entry)> {
    let mut taken = Vec::new();
    let NodeKind::Map(sections) = &mut root.kind else { return taken };
    for section in sections {
        if let NodeKind::Map(entries) = &mut section.value.kind
            && entries.iter().any(|e| foreach::is_loop(&e.key.text))
        {
            let (loops, rest) = std::mem::take(entries).into_iter().partition(|e| foreach::is_loop(&e.key.text));
            *entries = rest;
            let loops: Vec<Entry> = loops;
            taken.extend(loops.into_iter().map(|e| (section.key.text.clone(), e)));
        }
    }
    taken
}

/// Puts them back.
fn put_loops(root: &mut Node, loops: Vec<(Box<str>, Entry)>) {
    let NodeKind::Map(sections) = &mut root.kind else { return };
    for (name, entry) in loops {
        let section = sections.iter_mut().find(|s| s.key.text == name);
        if let Some(NodeKind::Map(entries)) = section.map(|s| &mut s.value.kind) {
            entries.push(entry);
        }
    }
}

/// Runs the SAM transform.
fn serverless(root: &Node, options: &ExpandOptions) -> Expansion {
    let keys = tree::KeyPlaces::of(root);
    let template = tree::value(root);
    let around = root.span;
    let outcome = sam::transform(template, options);
    let mut node = crate::intrinsics::recognize(tree::node(&outcome.template, around, &keys));
    if options.resolve {
        node = known::put_in(&node, &options.region, &options.parameters);
    }
    let mut errors = outcome.errors;
    errors.extend(numbers_as_ids(root));
    for error in errors.iter_mut().filter(|e| e.span == UNPLACED) {
        error.span = place_of(&error.owner, root).unwrap_or(around);
    }
    let place = |span: Span| if span == UNPLACED { around } else { span };
    let origins = outcome.origins.into_iter().map(|o| Origin { span: place(o.span), ..o }).collect();
    Expansion { root: node, origins, problems: Vec::new(), over_budget: None, errors }
}

/// Serverless resources whose logical id is written as a number: the transform wants text, even of digits.
fn numbers_as_ids(root: &Node) -> Vec<SamError> {
    let resources = root.get("Resources").and_then(Node::as_map).unwrap_or_default();
    let number = |e: &&Entry| {
        let kind = e.value.get("Type").and_then(Node::as_str).unwrap_or_default();
        e.key.style == Style::Plain
            && matches!(scalar::plain(&e.key.text), NodeKind::Number(_))
            && kind.starts_with("AWS::Serverless::")
    };
    let problem = |e: &Entry| SamError {
        owner: sam::errors::Owner::Resource(e.key.text.to_string()),
        kind: sam::errors::ErrorKind::Invalid,
        message: format!("logical id `{}` is a number; put it in quotes or give it a name", e.key.text),
        span: e.key.span,
    };
    resources.iter().filter(number).map(problem).collect()
}

/// Where the owner of a problem stands.
fn place_of(owner: &sam::errors::Owner, root: &Node) -> Option<Span> {
    match owner {
        sam::errors::Owner::Resource(id) => {
            let resources = root.get("Resources")?.as_map()?;
            // A generated id begins with that of its cause.
            let by_prefix =
                || resources.iter().filter(|e| id.starts_with(&*e.key.text)).max_by_key(|e| e.key.text.len());
            resources.iter().find(|e| *e.key.text == **id).or_else(by_prefix).map(|e| e.key.span)
        }
        sam::errors::Owner::Event(id) => {
            let resources = root.get("Resources")?.as_map()?;
            resources.iter().find_map(|r| r.value.at(&["Properties", "Events"])?.entry(id)).map(|e| e.key.span)
        }
        sam::errors::Owner::Globals => root.entry("Globals").map(|e| e.key.span),
        sam::errors::Owner::Template => root.entry("Resources").map(|e| e.key.span),
    }
}

/// What the SAM transform gives.
#[derive(Debug)]
pub struct Outcome {
    /// The template.
    pub template: Value,
    /// The generated parts.
    pub origins: Vec<Origin>,
    /// What is wrong.
    pub errors: Vec<SamError>,
}
