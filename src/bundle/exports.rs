//! Names that stacks export and import.

use super::Bundle;
use crate::intrinsics::Intrinsic;
use crate::source::Span;
use crate::syntax::Node;

/// A name that is exported or imported: text in which `${...}` stands for anything.
#[derive(Clone, Debug)]
pub struct Shared<'b> {
    /// The template.
    pub path: &'b str,
    /// Where the name is written.
    pub span: Span,
    /// The text.
    pub text: String,
}

/// The exports of all templates, and the imports. `None` in place of a text is left out; `open` says that there is such
/// an export, so that any name may exist.
pub fn all<'b>(bundle: &Bundle<'b>) -> (Vec<Shared<'b>>, Vec<Shared<'b>>, bool) {
    let (mut exports, mut imports, mut open) = (Vec::new(), Vec::new(), false);
    for template in &bundle.templates {
        for output in template.view.outputs.iter() {
            let Some(name) = output.node.at(&["Export", "Name"]) else { continue };
            match text(name) {
                Some(text) => exports.push(Shared { path: template.path, span: name.span, text }),
                None => open = true,
            }
        }
        let found = imports_of(template.view.root);
        imports.extend(found.into_iter().map(|(span, text)| Shared { path: template.path, span, text }));
    }
    (exports, imports, open)
}

/// The names that a template imports, as far as they can be read, with their places.
pub fn imports_of(root: &Node) -> Vec<(Span, String)> {
    let mut out = Vec::new();
    root.walk(&mut |node| {
        if let Some(call) = node.as_call().filter(|c| c.function == Intrinsic::ImportValue)
            && let Some(text) = text(&call.argument)
        {
            out.push((call.argument.span, text));
        }
    });
    out
}

/// The text of a name; `${...}` stands for anything.
pub fn text(node: &Node) -> Option<String> {
    if let Some(text) = node.as_str() {
        return Some(text.to_owned());
    }
    let call = node.as_call()?;
    match call.function {
        Intrinsic::Sub => match call.argument.as_list() {
            Some(items) => items.first()?.as_str().map(str::to_owned),
            None => call.argument.as_str().map(str::to_owned),
        },
        _ => None,
    }
}

/// Whether two names can be the same.
pub fn may_meet(a: &str, b: &str) -> bool {
    let pieces = |t: &str| -> Vec<Option<char>> {
        let mut out = Vec::new();
        let mut rest = t;
        while let Some(at) = rest.find("${") {
            out.extend(rest[..at].chars().map(Some));
            out.push(None);
            rest = rest[at..].split_once('}').map_or("", |(_, after)| after);
        }
        out.extend(rest.chars().map(Some));
        out
    };
    let (a, b) = (pieces(a), pieces(b));
    if a.len() * b.len() > 250_000 {
        return true;
    }
    // reached[j]: the first i pieces of `a` can be the first j of `b`; `None` is any text.
    let mut reached = vec![false; b.len() + 1];
    reached[0] = true;
    for (j, piece) in b.iter().enumerate() {
        reached[j + 1] = reached[j] && piece.is_none();
    }
    for x in &a {
        let mut next = vec![false; b.len() + 1];
        next[0] = reached[0] && x.is_none();
        for (j, y) in b.iter().enumerate() {
            next[j + 1] = match (x, y) {
                (None, _) => reached[j] || reached[j + 1] || next[j],
                (_, None) => reached[j] || reached[j + 1] || next[j],
                (Some(x), Some(y)) => reached[j] && x == y,
            };
        }
        reached = next;
    }
    reached[b.len()]
}

#[cfg(test)]
mod tests {
    use super::may_meet;

    #[test]
    fn names_meet() {
        assert!(may_meet("${AWS::StackName}-Vpc", "${Network}-Vpc") && may_meet("net-Vpc", "${N}-Vpc"));
        assert!(!may_meet("net-Vpc", "net-Subnet") && !may_meet("${A}-Vpc", "${B}-Subnet"));
    }
}
