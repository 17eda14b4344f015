//! The path of a place in a document, and the token that stands for it in reports that follow cfn-lint.

use crate::diagnostic::PathPart;
use crate::intrinsics::Intrinsic;
use crate::source::Span;
use crate::syntax::{Call, Entry, Node, NodeKind};

/// A place: how to get there from the root, and the token that is named for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Keys, list indices, functions by their long name.
    pub path: Vec<PathPart>,
    /// The last key on the path, or the list item at its end. Empty at the start of the file when there is none.
    pub token: Span,
}

/// Finds the innermost key whose key or value covers `span`.
///
/// The token is the key, or the item when the path ends in a list index. A number, a boolean or a null in a list, and the
/// argument of a function written with a tag, have no token: the nearest key above stands for them.
pub fn locate(root: &Node, span: Span) -> Location {
    let mut search = Search { span, path: Vec::new(), key: Span::default(), item: None };
    search.descend(root);
    Location { token: search.item.unwrap_or(search.key), path: search.path }
}

struct Search {
    span: Span,
    path: Vec<PathPart>,
    key: Span,
    item: Option<Span>,
}

impl Search {
    fn descend(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Map(entries) => {
                let covers = |e: &Entry| e.key.span.contains(self.span) || extent(&e.value).contains(self.span);
                // Entries stand in the order of the file unless aliases brought some from elsewhere.
                let near = entries.partition_point(|e| e.key.span.start <= self.span.start).checked_sub(1);
                let near = near.map(|i| &entries[i]).filter(|e| covers(e));
                if let Some(e) = near.or_else(|| entries.iter().find(|e| covers(e))) {
                    self.path.push(PathPart::Key(e.key.text.to_string()));
                    self.key = e.key.span;
                    self.item = None;
                    if !e.key.span.contains(self.span) {
                        self.descend(&e.value);
                    }
                }
            }
            NodeKind::List(items) => self.items(items, true),
            NodeKind::Call(call) => self.call(call),
            NodeKind::Tagged(t) => self.descend(&t.value),
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {}
        }
    }

    fn items(&mut self, items: &[Node], have_tokens: bool) {
        let covers = |i: &usize| extent(&items[*i]).contains(self.span);
        let near = items.partition_point(|n| extent(n).start <= self.span.start).checked_sub(1);
        let Some(index) = near.filter(covers).or_else(|| (0..items.len()).find(covers)) else { return };
        let item = &items[index];
        self.path.push(PathPart::Index(index));
        let token = match item.kind {
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => None,
            _ => Some(extent(item)),
        };
        self.item = token.filter(|_| have_tokens);
        self.descend(item);
    }

    fn call(&mut self, call: &Call) {
        let on_name = call.function_span.contains(self.span);
        if !on_name && !extent(&call.argument).contains(self.span) {
            return;
        }
        self.path.push(PathPart::Key(call.function.name().to_owned()));
        self.item = None;
        if !call.short {
            self.key = call.function_span;
        }
        if on_name {
            return;
        }
        match &call.argument.kind {
            // The parts of `!GetAtt A.B` are not written as a list.
            NodeKind::List(items) if call.short && call.function == Intrinsic::GetAtt => {
                if call.argument.span != self.span {
                    self.items(items, false);
                }
            }
            _ => self.descend(&call.argument),
        }
    }
}

/// A node's span with its tag.
fn extent(node: &Node) -> Span {
    match &node.kind {
        NodeKind::Call(call) if call.short => call.function_span.to(node.span),
        NodeKind::Tagged(t) => t.tag_span.to(node.span),
        _ => node.span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, DocumentKind};
    use crate::source::SourceFile;

    /// `[` and `]` mark the span in `text`; the answer is the path and the token's text.
    fn at(marked: &str) -> (String, String) {
        let start = marked.find('«').unwrap();
        let text = marked.replacen('«', "", 1);
        let end = text.find('»').unwrap();
        let text = text.replacen('»', "", 1);
        let file = SourceFile::new("t.yaml", text);
        let tree = crate::syntax::read(&file);
        let document = Document::new(file, DocumentKind::Template, tree);
        let location = locate(document.root().unwrap(), Span::new(start, end));
        let path: Vec<_> = location
            .path
            .iter()
            .map(|p| match p {
                PathPart::Index(i) => i.to_string(),
                PathPart::Key(k) => k.clone(),
            })
            .collect();
        (path.join("/"), document.file.slice(location.token).to_owned())
    }

    #[test]
    fn keys_items_and_functions() {
        let check = |marked: &str, path: &str, token: &str| {
            assert_eq!(at(marked), (path.to_owned(), token.to_owned()), "{marked}");
        };
        check("Resources:\n  A:\n    Type: «x»\n", "Resources/A/Type", "Type");
        check("Resources:\n  A:\n    «Typ»: x\n", "Resources/A/Typ", "Typ");
        check("Resources:\n  «A»:\n    Typ: x\n", "Resources/A", "A");
        check("R:\n  A:\n    - a\n    - «b»\n", "R/A/1", "b");
        check("R:\n  A:\n    - 1\n    - «2»\n", "R/A/1", "A");
        check("R:\n  A:\n    - B: «2»\n", "R/A/0/B", "B");
        check("R:\n  A:\n    V: !Ref «x»\n", "R/A/V/Ref", "V");
        check("R:\n  A:\n    V: «!Ref» x\n", "R/A/V/Ref", "V");
        check("R:\n  A:\n    V: {Ref: «x»}\n", "R/A/V/Ref", "Ref");
        check("R:\n  A:\n    - !Ref «x»\n", "R/A/0/Ref", "A");
        check("R:\n  A:\n    V: !GetAtt «B».C\n", "R/A/V/Fn::GetAtt/0", "V");
        check("R:\n  A:\n    V: !Join [«\"\"», [a]]\n", "R/A/V/Fn::Join/0", "\"\"");
        check("R:\n  A:\n    V: !Sub 'a «${b}»'\n", "R/A/V/Fn::Sub", "V");
    }
}
