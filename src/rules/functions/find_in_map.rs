//! `Fn::FindInMap`: the mapping and its keys must exist.

use super::arguments::{Checker, is_region};
use crate::diagnostic::Applicability;
use crate::intrinsics::Intrinsic;
use crate::rule::suggest::nearest;
use crate::syntax::{Call, Entry, Node};

/// The top-level keys that a call can meet.
enum Keys<'a> {
    /// One, written out.
    One(&'a str),
    /// One per region.
    Regions,
}

impl<'a> Checker<'_, 'a> {
    /// `Fn::FindInMap`.
    pub(super) fn find_in_map(&mut self, call: &'a Call) {
        let before = self.cx.findings.list.len();
        let Some(items) = self.find_in_map_items(call) else { return };
        if let Some(options) = items.get(3) {
            self.options(options);
            // With a default nothing has to be found.
            return;
        }
        // Which key is meant cannot be said while an argument is wrong.
        if self.cx.findings.list.len() > before {
            return;
        }
        let [map, top, second] = items else { return };
        let Some(map_name) = map.as_str() else { return };
        let template = self.cx.template;
        let Some(mapping) = template.mappings.get(map_name) else {
            self.unknown_map(map, map_name);
            return;
        };
        let Some(entries) = mapping.node.as_map() else { return };
        if entries.iter().any(|e| super::is_macro_key(&e.key.text)) {
            return;
        }
        let key = match top.as_call() {
            None => top.scalar_text().map(Keys::One),
            Some(c) if c.function == Intrinsic::Ref && c.argument.as_str() == Some("AWS::Region") => {
                Some(Keys::Regions)
            }
            Some(_) => None,
        };
        let chosen: Vec<&Entry> = match key {
            None => {
                self.column_of_none(second, map_name, mapping.key.span, entries);
                return;
            }
            Some(Keys::One(name)) => match entries.iter().find(|e| &*e.key.text == name) {
                Some(entry) => vec![entry],
                None => {
                    let message = format!("the mapping `{map_name}` has no top-level key `{name}`");
                    let near = nearest(name, entries.iter().map(|e| &*e.key.text)).map(str::to_owned);
                    self.unknown_key(top, message, near, mapping.key.span, map_name);
                    return;
                }
            },
            Some(Keys::Regions) => {
                let regions: Vec<&Entry> = entries.iter().filter(|e| is_region(&e.key.text)).collect();
                if regions.is_empty() && !entries.is_empty() {
                    let message = format!("no top-level key of the mapping `{map_name}` is a region");
                    self.unknown_key(top, message, None, mapping.key.span, map_name);
                    return;
                }
                regions
            }
        };
        let Some(name) = second.scalar_text() else { return };
        let has = |e: &&Entry| match e.value.as_map() {
            Some(m) => m.iter().any(|s| &*s.key.text == name || super::is_macro_key(&s.key.text)),
            None => true,
        };
        if chosen.iter().any(has) {
            return;
        }
        let known = chosen.iter().flat_map(|e| e.value.as_map().unwrap_or_default()).map(|s| &*s.key.text);
        let near = nearest(name, known).map(str::to_owned);
        let message = match chosen.as_slice() {
            [one] => format!("`{}` of the mapping `{map_name}` has no key `{name}`", one.key.text),
            _ => format!("no region of the mapping `{map_name}` has a key `{name}`"),
        };
        let place = chosen.first().map_or(mapping.key.span, |e| e.key.span);
        self.unknown_key(second, message, near, place, map_name);
    }

    /// A second-level key that no top-level key has is wrong, whichever is taken.
    fn column_of_none(&mut self, second: &'a Node, map_name: &str, place: crate::source::Span, rows: &'a [Entry]) {
        let Some(name) = second.as_str() else { return };
        let mut columns = Vec::new();
        for row in rows {
            let Some(row) = row.value.as_map() else { return };
            columns.extend(row.iter().map(|e| &*e.key.text));
        }
        if columns.is_empty() || columns.iter().any(|c| *c == name || super::is_macro_key(c)) {
            return;
        }
        let near = nearest(name, columns.iter().copied()).map(str::to_owned);
        let message = format!("no top-level key of the mapping `{map_name}` has a key `{name}`");
        self.unknown_key(second, message, near, place, map_name);
    }

    fn options(&mut self, options: &'a Node) {
        let message = match options.as_map() {
            Some([only]) if &*only.key.text == "DefaultValue" => return,
            Some(_) => "the options of `Fn::FindInMap` hold `DefaultValue` alone".to_owned(),
            None => format!(
                "the fourth argument of `Fn::FindInMap` must be a mapping with `DefaultValue`, not {}",
                options.describe()
            ),
        };
        self.report(Intrinsic::FindInMap, options.span, message);
    }

    fn unknown_map(&mut self, node: &'a Node, name: &str) {
        let template = self.cx.template;
        let generated = template
            .section("Mappings")
            .is_some_and(|n| n.as_map().is_none_or(|m| m.iter().any(|e| super::is_macro_key(&e.key.text))));
        if generated || self.names.has_macros() {
            return;
        }
        let near = nearest(name, template.mappings.names()).map(str::to_owned);
        let source = self.cx.document.file.slice(node.span).to_owned();
        let d = self.report(Intrinsic::FindInMap, node.span, format!("there is no mapping `{name}`"));
        if let Some(near) = near {
            d.help(format!("Did you mean `{near}`?"));
            d.fix(Applicability::Unsafe, format!("write `{near}`"), node.span, super::requoted(&source, &near));
        }
    }

    fn unknown_key(
        &mut self,
        node: &'a Node,
        message: String,
        near: Option<String>,
        place: crate::source::Span,
        map_name: &str,
    ) {
        let source = self.cx.document.file.slice(node.span).to_owned();
        let d = self.report(Intrinsic::FindInMap, node.span, message);
        d.label(place, format!("`{map_name}` is defined here"));
        if let Some(near) = near {
            d.help(format!("Did you mean `{near}`?"));
            d.fix(Applicability::Unsafe, format!("write `{near}`"), node.span, super::requoted(&source, &near));
        }
    }
}
