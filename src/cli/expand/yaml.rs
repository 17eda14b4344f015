//! A tree as YAML that readers of YAML 1.1 and 1.2 understand alike: `OFF` is quoted, a text of several lines is a block.

use crate::syntax::{Node, NodeKind, scalar};

/// A value as the writer sees it: functions are maps with one key.
enum Shape<'n> {
    Scalar(String),
    List(&'n [Node]),
    Map(Vec<(String, &'n Node)>),
}

/// The entries of a mapping, or the whole value when it is none, each line after `indent` blanks.
pub(super) fn write(node: &Node, indent: usize, out: &mut String) {
    match shape(node, indent) {
        Shape::Scalar(text) => {
            out.push_str(&text);
            out.push('\n');
        }
        Shape::List(items) => list(items, indent, false, out),
        Shape::Map(entries) => map(&entries, indent, false, out),
    }
}

/// One entry of a mapping.
pub(super) fn entry(key: &str, value: &Node, indent: usize, out: &mut String) {
    map(&[(key.to_owned(), value)], indent, false, out);
}

fn shape(node: &Node, indent: usize) -> Shape<'_> {
    match &node.kind {
        NodeKind::Null => Shape::Scalar("null".to_owned()),
        NodeKind::Bool(b) => Shape::Scalar(b.to_string()),
        NodeKind::Number(text) => Shape::Scalar(text.to_string()),
        NodeKind::String(text) => Shape::Scalar(string(text, indent)),
        NodeKind::List(items) if items.is_empty() => Shape::Scalar("[]".to_owned()),
        NodeKind::List(items) => Shape::List(items),
        NodeKind::Map(entries) if entries.is_empty() => Shape::Scalar("{}".to_owned()),
        NodeKind::Map(entries) => Shape::Map(entries.iter().map(|e| (e.key.text.to_string(), &e.value)).collect()),
        NodeKind::Call(call) => Shape::Map(vec![(call.function.name().to_owned(), &call.argument)]),
        NodeKind::Tagged(t) => Shape::Map(vec![(format!("Fn::{}", t.tag.trim_start_matches('!')), &t.value)]),
    }
}

/// Entries, a line or more each; the first goes on in the line that is begun when `begun`.
fn map(entries: &[(String, &Node)], indent: usize, begun: bool, out: &mut String) {
    for (i, (key, value)) in entries.iter().enumerate() {
        blanks(if begun && i == 0 { 0 } else { indent }, out);
        out.push_str(&key_text(key));
        out.push(':');
        match shape(value, indent + 2) {
            Shape::Scalar(text) => {
                out.push(' ');
                out.push_str(&text);
                out.push('\n');
            }
            Shape::List(items) => {
                out.push('\n');
                list(items, indent, false, out);
            }
            Shape::Map(entries) => {
                out.push('\n');
                map(&entries, indent + 2, false, out);
            }
        }
    }
}

fn list(items: &[Node], indent: usize, begun: bool, out: &mut String) {
    for (i, item) in items.iter().enumerate() {
        blanks(if begun && i == 0 { 0 } else { indent }, out);
        out.push_str("- ");
        match shape(item, indent + 2) {
            Shape::Scalar(text) => {
                out.push_str(&text);
                out.push('\n');
            }
            Shape::List(items) => list(items, indent + 2, true, out),
            Shape::Map(entries) => map(&entries, indent + 2, true, out),
        }
    }
}

fn blanks(count: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', count));
}

/// A key: never a block.
fn key_text(key: &str) -> String {
    if key.contains('\n') { serde_json::Value::from(key).to_string() } else { string(key, 0) }
}

/// A text in the plainest style that keeps it a text: the library's choice, but for what it knows no other reader takes for
/// something else.
fn string(text: &str, indent: usize) -> String {
    if is_ambiguous(text) {
        return format!("'{text}'");
    }
    // What some reader takes for the end of a line. JSON is YAML as well.
    if text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}']) {
        return serde_json::Value::from(text).to_string().replace('\u{feff}', "\\ufeff").replace('\u{85}', "\\u0085");
    }
    // Writing a text cannot fail.
    let written = serde_yaml::to_string(text).unwrap_or_else(|_| serde_json::Value::from(text).to_string());
    let written = written.strip_suffix('\n').unwrap_or(&written);
    let mut lines = written.split('\n');
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        // The lines of a block stand two columns in; here they follow the entry.
        out.push('\n');
        if let Some(content) = line.strip_prefix("  ") {
            blanks(indent, &mut out);
            out.push_str(content);
        } else {
            out.push_str(line);
        }
    }
    out
}

/// Whether a word without quotes is a text for YAML 1.2, and for some reader a switch, a number, a time or a key of its own.
fn is_ambiguous(text: &str) -> bool {
    const OTHERS: &[&str] = &["y", "Y", "n", "N", "=", "<<"];
    let word = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-+._:=<~".contains(c));
    let other_for_us = !matches!(scalar::plain(text), NodeKind::String(_)) || scalar::is_date(text);
    // Numbers in forms that only some readers know: 0o17, 1e5, 12:30, .5.
    let digits = text.trim_start_matches(['-', '+', '.']).starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_hexdigit() || "xob_:.+-".contains(c));
    let special = ["inf", "nan"]
        .iter()
        .any(|w| text.trim_start_matches(['-', '+']).trim_start_matches('.').eq_ignore_ascii_case(w));
    word && (other_for_us || digits || special || OTHERS.contains(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceFile, Span};
    use crate::syntax::{self, Style};

    #[test]
    fn what_is_written_reads_back_as_it_was() {
        for text in [
            "OFF",
            "yes",
            "null",
            "~",
            "",
            "1",
            "0x1F",
            "1_000",
            "12:30",
            "2012-10-17",
            "1e5",
            ".5",
            "-",
            "- a",
            "a: b",
            "a:",
            "a #b",
            "#a",
            "'a'",
            "\"",
            "a\nb",
            "a\nb\n",
            "a\n\nb\n\n",
            " a\nb",
            "a \nb",
            "\n",
            "\ta",
            "a\tb",
            "é",
            "*",
            "arn:aws:s3:::x/*",
            "{{resolve:ssm:x}}",
            "!Ref",
            "%",
            "@",
            "${A}",
            "[a]",
            "y",
            "=",
            "<<",
            "?",
            "\u{85}",
            "\u{2028}",
            "trailing ",
            "---",
            "a\r\nb",
            ".inf",
            "0o17",
            "0777",
        ] {
            let node = |kind| Node { span: Span::new(0, 0), style: Style::Plain, kind };
            let inner = node(NodeKind::String(text.into()));
            let list = node(NodeKind::List(vec![inner.clone(), node(NodeKind::List(vec![inner.clone()]))]));
            let mut out = String::new();
            entry("k", &inner, 0, &mut out);
            entry("l", &list, 0, &mut out);
            let file = SourceFile::new("x.yaml", out.clone());
            let tree = syntax::read(&file);
            let root = tree.root.expect(&out);
            assert!(tree.errors.is_empty(), "{out}");
            assert_eq!(root.get("k").and_then(Node::as_str), Some(text), "{out}");
            assert!(root.get("l").is_some_and(|l| l.same_value(&list)), "{out}");
        }
    }
}
