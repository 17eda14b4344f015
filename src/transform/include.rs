//! `AWS::Include` from local files: the text of a file beside the template takes the place of the transform.
//!
//! Everything included stands at the place of its `Location`: spans belong to one file. What is in S3, outside the
//! template's folder or unreadable stays as it is, an unknown part of the template.

use crate::intrinsics::{self, Intrinsic};
use crate::source::{SourceFile, Span};
use crate::syntax::{self, Entry, Node, NodeKind, SyntaxErrorKind};
use std::collections::BTreeMap;

/// The name of the transform.
pub const TRANSFORM: &str = "AWS::Include";
/// Most nodes that all inclusions of one template may add.
pub const MAX_NODES: usize = 250_000;

/// Gives the text of a file named by a relative path; `None` when it may not or cannot be read.
pub type Load<'l> = &'l dyn Fn(&str) -> Option<String>;

/// A template with its local files included.
#[derive(Debug)]
pub struct Included {
    /// The template. Transforms at the top level that were carried out stay in `Transform`.
    pub root: Node,
    /// The places of the `Location`s whose files were included.
    pub places: Vec<Span>,
}

/// Includes local files in a template (its functions recognised). `None` when there is nothing to include.
pub fn include(root: &Node, load: Load<'_>) -> Option<Included> {
    if !mentions(root) {
        return None;
    }
    let mut includer = Includer { load, files: BTreeMap::new(), nodes: 0, places: Vec::new() };
    let mut out = includer.node(root);
    includer.top_level(&mut out);
    let places = includer.places;
    (!places.is_empty()).then_some(Included { root: out, places })
}

/// Removes the top-level inclusions that were carried out.
pub fn remove_transforms(root: &mut Node, places: &[Span]) {
    let done = |node: &Node| location(node).is_some_and(|l| places.contains(&l.span));
    let NodeKind::Map(sections) = &mut root.kind else { return };
    for section in sections.iter_mut().filter(|s| &*s.key.text == "Transform") {
        if let NodeKind::List(items) = &mut section.value.kind {
            items.retain(|i| !done(i));
        }
    }
    sections.retain(|s| {
        let empty = s.value.as_list().is_some_and(<[Node]>::is_empty);
        &*s.key.text != "Transform" || !(empty || done(&s.value))
    });
}

/// The `Location` of `{Name: AWS::Include, Parameters: {Location: ...}}`.
fn location(node: &Node) -> Option<&Node> {
    if node.get("Name").and_then(Node::as_str) != Some(TRANSFORM) {
        return None;
    }
    node.at(&["Parameters", "Location"]).filter(|l| l.as_str().is_some())
}

fn mentions(root: &Node) -> bool {
    let mut found = false;
    root.walk(&mut |n| found = found || n.as_str() == Some(TRANSFORM));
    found
}

struct Includer<'l> {
    load: Load<'l>,
    /// What was read so far; `None` for a file that cannot be used.
    files: BTreeMap<String, Option<(Node, usize)>>,
    nodes: usize,
    places: Vec<Span>,
}

impl Includer<'_> {
    /// The content of an inclusion, placed at its location.
    fn content(&mut self, transform: &Node) -> Option<Node> {
        let at = location(transform)?;
        let path = at.as_str()?;
        if !self.files.contains_key(path) {
            let file = (self.load)(path).and_then(|text| read(path, text));
            self.files.insert(path.to_owned(), file);
        }
        let (content, size) = self.files.get(path)?.as_ref()?;
        self.nodes += size;
        if self.nodes > MAX_NODES {
            return None;
        }
        let mut content = content.clone();
        move_to(&mut content, at.span);
        self.places.push(at.span);
        Some(content)
    }

    fn node(&mut self, node: &Node) -> Node {
        let kind = match &node.kind {
            NodeKind::List(items) => NodeKind::List(items.iter().map(|n| self.node(n)).collect()),
            NodeKind::Map(entries) => NodeKind::Map(self.entries(entries)),
            NodeKind::Call(call) => {
                if call.function == Intrinsic::Transform
                    && let Some(content) = self.content(&call.argument)
                {
                    return intrinsics::convert(content, false);
                }
                let mut call = call.clone();
                call.argument = self.node(&call.argument);
                NodeKind::Call(call)
            }
            NodeKind::Tagged(tagged) => {
                let mut tagged = tagged.clone();
                tagged.value = self.node(&tagged.value);
                NodeKind::Tagged(tagged)
            }
            kind => kind.clone(),
        };
        Node { kind, ..*node }
    }

    /// The entries of a mapping; those of an included mapping stand beside the author's, which win.
    fn entries(&mut self, entries: &[Entry]) -> Vec<Entry> {
        let mut out = Vec::with_capacity(entries.len());
        for e in entries {
            if &*e.key.text == "Fn::Transform"
                && let Some(content) = self.content(&e.value)
            {
                if let NodeKind::Map(new) = content.kind {
                    let own = |key: &str| entries.iter().any(|e| *e.key.text == *key);
                    let new = new.into_iter().filter(|n| !own(&n.key.text));
                    out.extend(new.map(|n| Entry { key: n.key, value: intrinsics::convert(n.value, false) }));
                }
                continue;
            }
            out.push(Entry { key: e.key.clone(), value: self.node(&e.value) });
        }
        out
    }

    /// Inclusions under `Transform`: their sections are added to those of the template.
    fn top_level(&mut self, root: &mut Node) {
        let Some(transform) = root.get("Transform").cloned() else { return };
        let all = transform.as_list().unwrap_or(std::slice::from_ref(&transform));
        for one in all {
            let Some(content) = self.content(one) else { continue };
            let NodeKind::Map(new) = intrinsics::recognize(content).kind else { continue };
            let NodeKind::Map(sections) = &mut root.kind else { return };
            for section in new {
                let known = sections.iter_mut().find(|s| s.key.text == section.key.text);
                match (known.map(|s| &mut s.value.kind), section.value.kind) {
                    (None, kind) => {
                        let value = Node { kind, ..section.value };
                        sections.push(Entry { key: section.key, value });
                    }
                    (Some(NodeKind::Map(own)), NodeKind::Map(new)) => {
                        for e in new {
                            if !own.iter().any(|o| o.key.text == e.key.text) {
                                own.push(e);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

/// Reads an included file. One that cannot be read as a whole is not used.
fn read(path: &str, text: String) -> Option<(Node, usize)> {
    let file = SourceFile::new(path, text);
    let tree = syntax::read(&file);
    if tree.errors.iter().any(|e| e.kind != SyntaxErrorKind::DuplicateKey) {
        return None;
    }
    let root = tree.root?;
    let mut size = 0;
    root.walk(&mut |_| size += 1);
    Some((root, size))
}

/// Gives a whole tree one place.
fn move_to(node: &mut Node, span: Span) {
    node.span = span;
    match &mut node.kind {
        NodeKind::List(items) => items.iter_mut().for_each(|n| move_to(n, span)),
        NodeKind::Map(entries) => {
            for e in entries {
                e.key.span = span;
                move_to(&mut e.value, span);
            }
        }
        NodeKind::Call(call) => {
            call.function_span = span;
            move_to(&mut call.argument, span);
        }
        NodeKind::Tagged(tagged) => {
            tagged.tag_span = span;
            move_to(&mut tagged.value, span);
        }
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, DocumentKind};

    fn included(text: &str) -> Option<(Document, Included)> {
        let file = SourceFile::new("t.yaml", text);
        let tree = syntax::read(&file);
        let document = Document::new(file, DocumentKind::Template, tree);
        let load = |path: &str| match path {
            "tags.yaml" => Some("Key: a\nValue: {Ref: AWS::Region}\n".to_owned()),
            "more.yaml" => Some("Resources:\n  T:\n    Type: AWS::SNS::Topic\n".to_owned()),
            _ => None,
        };
        let found = include(document.root()?, &load)?;
        Some((document, found))
    }

    #[test]
    fn a_file_takes_the_place_of_the_function() {
        let text = "Resources:\n  B:\n    Properties:\n      Tags:\n        - Fn::Transform: {Name: AWS::Include, Parameters: {Location: tags.yaml}}\n";
        let (document, found) = included(text).unwrap();
        let tag = &found.root.at(&["Resources", "B", "Properties", "Tags"]).unwrap().as_list().unwrap()[0];
        assert_eq!(tag.get("Key").and_then(Node::as_str), Some("a"));
        assert!(tag.get("Value").and_then(Node::as_call).is_some());
        assert_eq!(document.file.slice(tag.entry("Key").unwrap().key.span), "tags.yaml");
    }

    #[test]
    fn sections_are_added_at_the_top_level() {
        let text = "Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}\nResources:\n  A: {Type: AWS::SNS::Topic}\n";
        let (_, mut found) = included(text).unwrap();
        assert_eq!(found.root.get("Resources").unwrap().as_map().unwrap().len(), 2);
        remove_transforms(&mut found.root, &found.places);
        assert!(found.root.get("Transform").is_none());
    }

    #[test]
    fn what_is_elsewhere_stays_unknown() {
        let text = "Transform: {Name: AWS::Include, Parameters: {Location: 's3://b/k'}}\nResources: {}\n";
        assert!(included(text).is_none());
    }
}
