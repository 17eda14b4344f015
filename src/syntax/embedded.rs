//! JSON and YAML that is written as text inside another document: its tree, with the places it has in the file around
//! it. Where the characters of the text cannot be found again in the file, every value has the place of the whole text.

use super::{Node, NodeKind, Style, json};
use crate::source::{SourceFile, Span};

/// Reads the JSON that a text spells. `None` when it is no JSON.
pub fn json(file: &SourceFile, node: &Node) -> Option<Node> {
    let text = node.as_str()?;
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let tree = json::read(&SourceFile::new("text.json", text));
    let mut root = tree.root.filter(|_| tree.errors.is_empty())?;
    put_in_place(&mut root, file, node, text);
    Some(root)
}

/// Reads JSON that stands for a text: of the same length, each character at the place of the one it stands for.
///
/// # Errors
/// What is wrong with it, in words.
pub fn json_as(file: &SourceFile, node: &Node, readable: &str) -> Result<Node, String> {
    let tree = json::read(&SourceFile::new("text.json", readable));
    if let Some(error) = tree.errors.first() {
        return Err(error.message.clone());
    }
    let mut root = tree.root.ok_or("it is empty")?;
    put_in_place(&mut root, file, node, node.as_str().unwrap_or_default());
    Ok(root)
}

/// Reads the YAML or JSON that a text spells.
///
/// # Errors
/// What is wrong with the text, in words, when it is neither.
pub fn document(file: &SourceFile, node: &Node) -> Result<Node, String> {
    let text = node.as_str().unwrap_or_default();
    let tree = super::read(&SourceFile::new("text.yaml", text));
    if let Some(error) = tree.errors.first() {
        return Err(error.message.clone());
    }
    let mut root = tree.root.ok_or("it is empty")?;
    put_in_place(&mut root, file, node, text);
    Ok(root)
}

fn put_in_place(root: &mut Node, file: &SourceFile, node: &Node, text: &str) {
    let places = places(file.slice(node.span), text, node.style);
    relocate(root, &|span: Span| match &places {
        Some(places) => {
            let at = |offset: u32| places.get(offset as usize).copied().unwrap_or_default();
            let (start, end) = (at(span.start).0, at(span.end.saturating_sub(1)).1);
            Span { start: node.span.start + start, end: node.span.start + end.max(start) }
        }
        None => node.span,
    });
}

fn relocate(node: &mut Node, place: &impl Fn(Span) -> Span) {
    node.span = place(node.span);
    match &mut node.kind {
        NodeKind::List(items) => items.iter_mut().for_each(|item| relocate(item, place)),
        NodeKind::Map(entries) => {
            for entry in entries {
                entry.key.span = place(entry.key.span);
                relocate(&mut entry.value, place);
            }
        }
        _ => {}
    }
}

/// For each byte of the text where its character starts and ends in what is written; `None` when the two do not go
/// together.
fn places(written: &str, text: &str, style: Style) -> Option<Vec<(u32, u32)>> {
    let source = written.as_bytes();
    let mut at = match style {
        Style::Generated => return None,
        Style::SingleQuoted | Style::DoubleQuoted => 1,
        Style::Block if written.starts_with(['|', '>']) => written.find('\n')?,
        _ => 0,
    };
    let mut places = Vec::with_capacity(text.len());
    for character in text.chars() {
        let length = character.len_utf8();
        loop {
            let rest = source.get(at..)?;
            let first = rest.first().copied();
            if style == Style::DoubleQuoted && first == Some(b'\\') {
                let escape = match rest.get(1)? {
                    b'u' => 6,
                    b'U' => 10,
                    b'x' => 4,
                    b'\n' | b'\r' => {
                        at += 2;
                        continue;
                    }
                    _ => 2,
                };
                places.extend(std::iter::repeat_n((at as u32, (at + escape) as u32), length));
                at += escape;
            } else if written.get(at..).is_some_and(|rest| rest.starts_with(character)) {
                let end = at + length + usize::from(style == Style::SingleQuoted && character == '\'');
                places.extend(std::iter::repeat_n((at as u32, end as u32), length));
                at = end;
            } else if first.is_some_and(|b| b.is_ascii_whitespace()) {
                at += 1;
                continue;
            } else if character.is_whitespace() {
                places.push((at as u32, at as u32));
            } else {
                return None;
            }
            break;
        }
    }
    Some(places)
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn key_and_value(document: &str) -> Option<(String, String)> {
        let file = SourceFile::new("t.yaml", document);
        let tree = read(&file);
        let found = json(&file, tree.root.as_ref()?.get("P")?)?;
        let entry = found.as_map()?.first()?;
        Some((file.slice(entry.key.span).to_owned(), file.slice(entry.value.span).to_owned()))
    }

    #[test]
    fn places_in_every_style() {
        let at = |document: &str| key_and_value(document).unwrap_or_default();
        let both = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(at("P: '{\"a\": \"it''s\"}'\n"), both("\"a\"", "\"it''s\""));
        assert_eq!(at("P: \"{\\\"a\\\": 12}\"\n"), both("\\\"a\\\"", "12"));
        assert_eq!(at("P: |\n    {\n      \"a\": [1,\n        2]\n    }\n"), both("\"a\"", "[1,\n        2]"));
        assert_eq!(at("P: >-\n  {\"a\":\n  \"b\"}\n"), both("\"a\"", "\"b\""));
        assert_eq!(at("{\"P\": \"{\\\"a\\\": true}\"}"), both("\\\"a\\\"", "true"));
        assert_eq!(key_and_value("P: '{a: 1}'\n"), None);
    }
}
