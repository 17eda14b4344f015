//! TOML into the tree that YAML becomes too, so that both kinds of configuration are read the same way.

use super::{Entry, Key, Node, NodeKind, Style};
use crate::source::{SourceFile, Span};
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// The tree of a file, or the place and the words of its first error.
pub fn read(file: &SourceFile) -> Result<Node, (Span, String)> {
    let start = file.bom_len();
    let shift = |r: Range<usize>| Span::new(r.start + start, r.end + start);
    match DeTable::parse(&file.text[start..]) {
        Ok(table) => Ok(self::table(shift(table.span()), table.get_ref(), &shift)),
        Err(e) => {
            let span = e.span().map_or(Span::new(start, start), shift);
            Err((span, e.message().lines().collect::<Vec<_>>().join(", ")))
        }
    }
}

fn table(span: Span, table: &DeTable<'_>, shift: &dyn Fn(Range<usize>) -> Span) -> Node {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: Key { text: key.get_ref().as_ref().into(), span: shift(key.span()), style: Style::Plain },
            value: node(shift(value.span()), value.get_ref(), shift),
        })
        .collect();
    entries.sort_by_key(|e| e.key.span);
    Node::new(span, NodeKind::Map(entries))
}

fn node(span: Span, value: &DeValue<'_>, shift: &dyn Fn(Range<usize>) -> Span) -> Node {
    let kind = match value {
        DeValue::String(text) => NodeKind::String(text.as_ref().into()),
        DeValue::Integer(number) => NodeKind::Number(number.to_string().into()),
        DeValue::Float(number) => NodeKind::Number(number.to_string().into()),
        DeValue::Boolean(b) => NodeKind::Bool(*b),
        DeValue::Datetime(date) => NodeKind::String(date.to_string().into()),
        DeValue::Array(items) => {
            NodeKind::List(items.iter().map(|i| node(shift(i.span()), i.get_ref(), shift)).collect())
        }
        DeValue::Table(entries) => return table(span, entries, shift),
    };
    Node::new(span, kind)
}
