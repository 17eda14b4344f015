//! The language extensions (`AWS::LanguageExtensions`): `Fn::ForEach` becomes the entries that it makes, and values that
//! the transform computes become plain.
//!
//! Copies keep the places of the author's text. A loop over something that is known only at deployment stays a loop; so
//! does one that is malformed. The work is limited: a template whose loops make too much is left alone as a whole.

mod expander;
mod known;

pub use self::known::Known;

use self::expander::{Expander, Over};
use super::Origin;
use crate::source::Span;
use crate::syntax::{Entry, Key, Node, NodeKind, Style};
use crate::template::Template;

/// The name of the transform.
pub const TRANSFORM: &str = "AWS::LanguageExtensions";
/// Most entries (resources, properties, outputs) that the loops of one template may make.
pub const MAX_ENTRIES: u64 = 20_000;
/// Most nodes that the loops of one template may make.
pub const MAX_NODES: u64 = 200_000;
/// Most bytes of text that the loops of one template may make.
pub const MAX_TEXT: u64 = 16 * 1024 * 1024;

/// What the result is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To be checked: loops are expanded, other functions stay, and the body of a loop that stays is left out.
    Check,
    /// To be deployed: functions that the transform computes are replaced where their value is known.
    Expand,
}

/// Kinds of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The loop has not the form `[identifier, collection, entries]`.
    Malformed,
    /// The collection is something that can never be a list.
    Collection,
    /// The loop makes an entry that is already there.
    Duplicate,
}

/// What is wrong with a loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which kind.
    pub kind: ProblemKind,
    /// Where.
    pub span: Span,
    /// One lower-case sentence.
    pub message: String,
    /// Another place involved.
    pub related: Option<(Span, String)>,
    /// What to do.
    pub help: Option<String>,
}

/// A template after the language extensions.
#[derive(Clone, Debug)]
pub struct Extended {
    /// The template.
    pub root: Node,
    /// The entries of sections that loops made.
    pub origins: Vec<Origin>,
    /// What is wrong, in the order met.
    pub problems: Vec<Problem>,
    /// The bodies of the outermost loops that were expanded.
    pub bodies: Vec<Span>,
    /// The keys of loops whose collection is not known.
    pub undecided: Vec<Span>,
    /// The key of the loop at which the work became too much. No loop is expanded then.
    pub over_budget: Option<Span>,
    /// Whether the template has loops at all.
    pub has_loops: bool,
}

/// Whether a key is that of a loop.
pub fn is_loop(key: &str) -> bool {
    key.starts_with("Fn::ForEach")
}

/// Runs the language extensions over a template (its functions recognised).
pub fn extend(root: &Node, purpose: Purpose, region: &str, parameters: &[(String, String)]) -> Extended {
    let has_loops = contains_loop(root);
    let mut out = Extended {
        root: root.clone(),
        origins: Vec::new(),
        problems: Vec::new(),
        bodies: Vec::new(),
        undecided: Vec::new(),
        over_budget: None,
        has_loops,
    };
    if !has_loops && purpose == Purpose::Check {
        return out;
    }
    let template = Template::read(root);
    let known = Known::new(&template, region, parameters);
    let mut expander = Expander::new(&known, purpose);
    match expander.template(root) {
        Ok(node) => {
            out.root = node;
            out.origins = expander.origins;
            out.problems = expander.problems;
            out.bodies = expander.bodies;
            out.undecided = expander.undecided;
        }
        Err(Over(span)) => {
            out.over_budget = Some(span);
            if purpose == Purpose::Check {
                out.root = without_bodies(root);
            }
        }
    }
    out
}

/// Whether there is a loop somewhere.
fn contains_loop(node: &Node) -> bool {
    match &node.kind {
        NodeKind::List(items) => items.iter().any(contains_loop),
        NodeKind::Map(entries) => entries.iter().any(|e| is_loop(&e.key.text) || contains_loop(&e.value)),
        NodeKind::Call(call) => contains_loop(&call.argument),
        NodeKind::Tagged(tagged) => contains_loop(&tagged.value),
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => false,
    }
}

/// A loop that stays, without its body.
fn bare(key: &Key, value: &Node) -> Entry {
    Entry { key: key.clone(), value: Node::generated(value.span, NodeKind::Map(Vec::new())) }
}

/// Whether this is a loop without its body.
fn is_bare(node: &Node) -> bool {
    node.style == Style::Generated && node.as_map().is_some_and(<[Entry]>::is_empty)
}

fn without_bodies(node: &Node) -> Node {
    let kind = match &node.kind {
        NodeKind::List(items) => NodeKind::List(items.iter().map(without_bodies).collect()),
        NodeKind::Map(entries) => {
            let one = |e: &Entry| match is_loop(&e.key.text) {
                true => bare(&e.key, &e.value),
                false => Entry { key: e.key.clone(), value: without_bodies(&e.value) },
            };
            NodeKind::Map(entries.iter().map(one).collect())
        }
        kind => kind.clone(),
    };
    Node { kind, ..*node }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, DocumentKind};
    use crate::source::SourceFile;

    fn extended(text: &str, purpose: Purpose) -> Extended {
        let file = SourceFile::new("t.yaml", text);
        let tree = crate::syntax::read(&file);
        let document = Document::new(file, DocumentKind::Template, tree);
        extend(document.root().unwrap(), purpose, "us-east-1", &[])
    }

    fn keys(node: Option<&Node>) -> Vec<&str> {
        node.and_then(Node::as_map).unwrap_or_default().iter().map(|e| &*e.key.text).collect()
    }

    #[test]
    fn identifiers_are_replaced_in_keys_texts_and_references() {
        let text = "Resources:\n  Fn::ForEach::L:\n    - N\n    - [a-b, c]\n    - T&{N}:\n        Type: '${N}'\n        A: !Ref N\n        B: !Sub '${N}'\n        C: !Sub '${N} ${Other}'\n        D: !GetAtt [!Sub 'T${N}', X]\n        E: !Sub ['${N}', {N: x}]\n";
        let found = extended(text, Purpose::Check);
        assert_eq!(keys(found.root.get("Resources")), ["Tab", "Tc"]);
        let first = found.root.at(&["Resources", "Tab"]).unwrap();
        for key in ["Type", "A", "B"] {
            assert_eq!(first.get(key).and_then(Node::as_str), Some("a-b"), "{key}");
        }
        let argument = |key: &str| first.get(key).and_then(Node::as_call).map(|c| &c.argument).unwrap();
        assert_eq!(argument("C").as_str(), Some("a-b ${Other}"));
        assert_eq!(argument("D").as_list().unwrap()[0].as_str(), Some("Ta-b"));
        assert_eq!(argument("E").as_list().unwrap()[0].as_str(), Some("${N}"));
    }

    #[test]
    fn loops_nest_and_go_through_parameters_and_mappings() {
        let text = "Parameters:\n  P: {Type: CommaDelimitedList, Default: 'a, b'}\nMappings:\n  M: {a: {L: [x, y]}, b: {L: [z]}}\nResources:\n  Fn::ForEach::L:\n    - N\n    - !Ref P\n    - Fn::ForEach::K:\n        - I\n        - !FindInMap [M, !Ref N, L]\n        - T${N}${I}: {Type: X}\n";
        let found = extended(text, Purpose::Check);
        assert_eq!(keys(found.root.get("Resources")), ["Tax", "Tay", "Tbz"]);
        assert_eq!(found.origins[0].step, "Fn::ForEach::L.Fn::ForEach::K");
    }

    #[test]
    fn functions_are_computed_for_deployment() {
        let text = "Parameters:\n  P: {Type: String, Default: Retain}\nMappings:\n  M: {a: {L: x}}\nResources:\n  T:\n    Type: X\n    DeletionPolicy: !Ref P\n    A: !Length [1, 2]\n    B: !ToJsonString {k: [1]}\n    C: !FindInMap [M, none, L, {DefaultValue: d}]\n";
        let found = extended(text, Purpose::Expand);
        let resource = found.root.at(&["Resources", "T"]).unwrap();
        let text = |key: &str| resource.get(key).and_then(Node::scalar_text);
        assert_eq!(text("DeletionPolicy"), Some("Retain"));
        assert_eq!(text("A"), Some("2"));
        assert_eq!(text("B"), Some("{\"k\":[1]}"));
        assert_eq!(text("C"), Some("d"));
    }
}
