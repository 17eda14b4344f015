//! JSON in which substitutions stand that are filled in before anybody reads it: `${Name}` may be anywhere, also where no
//! JSON could be read.

use super::{Node, Tree, embedded};
use crate::source::{SourceFile, Span};

/// No name of a substitution is longer.
const LONGEST_NAME: usize = 256;

/// Reads a file as it would be once its substitutions are filled in: where `${Name}` stands outside of quotes, a
/// text of the same length that still holds `${` takes its place. The places in the tree are those of the file.
pub fn fill(file: &SourceFile, tree: Tree) -> Tree {
    if tree.errors.is_empty() {
        return tree;
    }
    match quoted(&file.text) {
        Some(text) => {
            let again = super::read(&SourceFile::new(file.name.clone(), text));
            if again.errors.is_empty() { again } else { tree }
        }
        None => tree,
    }
}

/// Reads the JSON that a text in a template spells, with its places in the template.
///
/// # Errors
/// What is wrong with the text, in words.
pub fn in_text(file: &SourceFile, node: &Node) -> Result<Node, String> {
    let text = node.as_str().unwrap_or_default();
    let own = embedded::json_as(file, node, text);
    own.or_else(|error| match quoted(text) {
        Some(text) => embedded::json_as(file, node, &text),
        None => Err(error),
    })
}

/// The length of the name in a substitution that a text begins with, and what follows it.
fn substitution(text: &str) -> Option<(usize, &str)> {
    let rest = text.strip_prefix("${")?;
    let end = rest.bytes().take(LONGEST_NAME).position(|b| matches!(b, b'}' | b'"' | b'\n'))?;
    (end > 0 && rest.as_bytes()[end] == b'}').then(|| (end, &rest[end + 1..]))
}

/// The text with the substitutions outside of quotes made texts; `None` when there are none.
fn quoted(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut changed = false;
    let mut inside = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let (false, Some((length, after))) = (inside, substitution(rest)) {
            out.push_str("\"${");
            out.extend(std::iter::repeat_n('x', length - 1));
            out.push('"');
            changed = true;
            rest = after;
            continue;
        }
        if inside && c == '\\' {
            let two: String = rest.chars().take(2).collect();
            out.push_str(&two);
            rest = &rest[two.len()..];
            continue;
        }
        inside ^= c == '"';
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    changed.then_some(out)
}

/// The names in `${...}` of a text, with their places.
pub fn find(text: &str) -> Vec<(Span, &str)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("${") {
        let Some((name, _)) = text[at + 2..].split_once('}') else { continue };
        if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
            found.push((Span::new(at, at + name.len() + 3), name));
        }
    }
    found
}
