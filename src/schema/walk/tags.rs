//! Tags of a resource: a list of keys with values or a map, unique keys, no reserved prefix, limited lengths.

use super::groups::if_parts;
use super::{Kind, Violation, Walker};
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeKind};

impl<'w> Walker<'w, '_> {
    /// Checks `Tags` of the properties, in every branch.
    pub(super) fn tags(&mut self, properties: &'w Node) {
        match &properties.kind {
            NodeKind::Map(_) => {
                if let Some(entry) = properties.entry("Tags") {
                    let start = self.out.len();
                    self.keys.push("Tags");
                    self.tag_set(&entry.value);
                    self.keys.pop();
                    self.out[start..].iter_mut().for_each(|v| v.tagging = true);
                }
            }
            NodeKind::Call(call) => {
                if let Some((_, then, otherwise)) = if_parts(call) {
                    self.tags(then);
                    self.tags(otherwise);
                }
            }
            _ => {}
        }
    }

    fn tag_set(&mut self, tags: &'w Node) {
        match &tags.kind {
            NodeKind::List(items) => {
                for item in items {
                    self.tag(item);
                }
                self.unique_keys(items, &["Key"], None);
            }
            NodeKind::Map(entries) => {
                for entry in entries {
                    self.tag_key(&entry.key.text, entry.key.span);
                    self.tag_value(&entry.value);
                }
            }
            NodeKind::Call(call) => {
                if let Some((_, then, otherwise)) = if_parts(call) {
                    self.tag_set(then);
                    self.tag_set(otherwise);
                }
            }
            _ => {}
        }
    }

    fn tag(&mut self, tag: &'w Node) {
        match &tag.kind {
            NodeKind::Map(entries) => self.tag_members(tag, entries),
            NodeKind::Call(call) => {
                if let Some((_, then, otherwise)) = if_parts(call) {
                    self.tag(then);
                    self.tag(otherwise);
                }
            }
            NodeKind::Null | NodeKind::Tagged(_) => {}
            _ => {
                let kind = Kind::Type { expected: vec!["object"], found: super::values::describe(tag) };
                self.report(tag.span, kind);
            }
        }
    }

    fn tag_members(&mut self, tag: &'w Node, entries: &'w [Entry]) {
        if entries.iter().any(|e| super::is_macro_key(&e.key.text)) {
            return;
        }
        match tag.get("Key") {
            None => {
                let present = entries.iter().map(|e| e.key.text.to_string()).collect();
                let start = Span { start: tag.span.start, end: tag.span.start };
                self.report(start, Kind::Required { name: "Key", present });
            }
            Some(key) => {
                if let Some(text) = key.as_str() {
                    self.tag_key(text, key.span);
                }
            }
        }
        if let Some(value) = tag.get("Value") {
            self.tag_value(value);
        }
    }

    fn tag_key(&mut self, key: &str, span: Span) {
        let length = key.chars().count() as u64;
        if length == 0 {
            self.report(span, Kind::MinLength { limit: 1, found: 0 });
        } else if length > 128 {
            self.report(span, Kind::MaxLength { limit: 128, found: length });
        } else if key.starts_with("aws:") {
            self.push(Violation::new(span, Kind::ReservedTag { key: key.to_owned() }));
        }
    }

    fn tag_value(&mut self, value: &Node) {
        if let Some(text) = value.as_str() {
            let length = text.chars().count() as u64;
            if length > 256 {
                self.report(value.span, Kind::MaxLength { limit: 256, found: length });
            }
        }
    }
}
