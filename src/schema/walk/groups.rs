//! Facts about which members and items are there: decided once per combination of conditions that can be true together,
//! with the branches of `Fn::If` chosen and `AWS::NoValue` left out.

use super::{At, Kind, SchemaNode, Verdict, Violation, Walker, is_no_value, summary};
use crate::intrinsics::Intrinsic;
use crate::schema::store::Dependency;
use crate::source::Span;
use crate::syntax::{Call, Entry, Node, NodeKind};
use std::collections::BTreeMap;

impl<'w> Walker<'w, '_> {
    /// A member or item as it is in the combination at hand: `None` when it is not there. Outside of a combination a
    /// member is what is written.
    pub(super) fn seen(&self, node: &'w Node) -> Option<&'w Node> {
        if self.assumed == 0 { Some(node) } else { self.present(node) }
    }

    /// A member or item as it is under the pinned conditions; null and `AWS::NoValue` are not there.
    fn present(&self, node: &'w Node) -> Option<&'w Node> {
        match &node.kind {
            NodeKind::Null => None,
            NodeKind::Call(call) if is_no_value(call) => None,
            NodeKind::Call(call) => match if_parts(call) {
                Some((name, then, otherwise)) => match self.pinned(name) {
                    Some(true) => self.present(then),
                    Some(false) => self.present(otherwise),
                    None => Some(node),
                },
                None => Some(node),
            },
            _ => Some(node),
        }
    }

    pub(super) fn pinned(&self, name: &str) -> Option<bool> {
        self.around.resolver.conditions.pinned(&self.pins, name)
    }

    fn has(&self, entries: &'w [Entry], name: &str) -> Option<&'w Entry> {
        entries.iter().rev().find(|e| &*e.key.text == name && self.present(&e.value).is_some())
    }

    pub(super) fn groups(&mut self, node: &'w Node, schema: SchemaNode, at: At) {
        let concerned = match node.kind {
            NodeKind::Map(_) => summary::limits_members(schema),
            NodeKind::List(_) => summary::limits_items(schema),
            _ => schema.condition().is_some(),
        };
        if !concerned {
            return;
        }
        let mut names = Vec::new();
        match &node.kind {
            NodeKind::Map(entries) => entries.iter().for_each(|e| self.conditions_of(&e.value, &mut names)),
            NodeKind::List(items) => items.iter().for_each(|i| self.conditions_of(i, &mut names)),
            _ => {}
        }
        if names.is_empty() {
            self.group(node, schema, at);
            return;
        }
        let scenarios = self.around.resolver.conditions.scenarios(&self.pins, &names);
        let outer = self.pins.clone();
        let start = self.out.len();
        let mut found: Vec<(Violation, usize)> = Vec::new();
        let failed_before = self.failed;
        let mut fail = 0;
        for (scenario, pins) in scenarios.list.iter().zip(scenarios.pins.iter()) {
            self.pins = pins.clone();
            self.failed = false;
            self.assumed += 1;
            self.group(node, schema, at);
            self.assumed -= 1;
            self.pins = outer.clone();
            fail += usize::from(self.failed);
            for mut violation in self.out.drain(start..) {
                match found.iter_mut().find(|f| same_fault(&f.0, &violation)) {
                    Some(f) => f.1 += 1,
                    None => {
                        for (name, holds) in scenario {
                            if !violation.conditions.iter().any(|c| c.0 == *name) {
                                violation.conditions.push(((*name).to_owned(), *holds));
                            }
                        }
                        found.push((violation, 1));
                    }
                }
            }
        }
        self.failed = failed_before || fail > 0;
        if self.alternatives > 0 && fail > 0 && fail < scenarios.list.len() {
            // It fails in some combinations only: another alternative may hold in just those.
            self.failed = failed_before;
            self.unknown = true;
            return;
        }
        for (mut violation, times) in found {
            if times == scenarios.list.len() {
                violation.conditions.retain(|c| self.within.iter().any(|w| w.0 == c.0));
            }
            self.out.push(violation);
        }
    }

    /// The names of the conditions that decide a member, in order of appearance.
    fn conditions_of(&self, node: &'w Node, names: &mut Vec<&'w str>) {
        let Some((name, then, otherwise)) = node.as_call().and_then(if_parts) else { return };
        let pinned = self.pinned(name);
        if pinned.is_none() && !names.contains(&name) {
            names.push(name);
        }
        if pinned != Some(false) {
            self.conditions_of(then, names);
        }
        if pinned != Some(true) {
            self.conditions_of(otherwise, names);
        }
    }

    fn group(&mut self, node: &'w Node, schema: SchemaNode, at: At) {
        match &node.kind {
            NodeKind::Map(entries) => {
                self.object_group(entries, schema, at);
                if !self.decided() {
                    self.dependencies(node, entries, schema, at);
                }
            }
            NodeKind::List(items) => self.list_group(items, schema, at),
            _ => {}
        }
        if !self.decided()
            && let Some(test) = schema.condition()
        {
            self.conditional(node, schema, test, at);
        }
    }

    fn conditional(&mut self, node: &'w Node, schema: SchemaNode, test: SchemaNode, at: At) {
        let chosen = match self.verdict(node, test, at) {
            Verdict::Valid => schema.consequence(),
            Verdict::Invalid => schema.alternative(),
            Verdict::Unknown => {
                self.unknown = true;
                None
            }
        };
        if let Some(chosen) = chosen {
            self.check(node, chosen, at);
        }
    }

    fn object_group(&mut self, entries: &'w [Entry], schema: SchemaNode, at: At) {
        for name in schema.required() {
            if self.has(entries, name).is_none() && !has_macro(entries) {
                let present = if self.quiet > 0 { &[] } else { entries };
                let present = present.iter().map(|e| e.key.text.to_string()).collect();
                self.report_at(at, Kind::Required { name, present });
            }
        }
        if schema.required_or().len() > 0 && !schema.required_or().any(|n| self.has(entries, n).is_some()) {
            self.report_at(at, Kind::RequiredOr { names: schema.required_or().collect() });
        }
        if schema.required_xor().len() > 0 {
            self.required_xor(entries, schema, at);
        }
        let count = |w: &Self| entries.iter().filter(|e| w.present(&e.value).is_some()).count() as u64;
        if let Some(limit) = schema.min_properties()
            && count(self) < u64::from(limit)
            && !has_macro(entries)
        {
            let found = count(self);
            self.report_at(at, Kind::MinProperties { limit: u64::from(limit), found });
        }
        if let Some(limit) = schema.max_properties()
            && count(self) > u64::from(limit)
        {
            let found = count(self);
            self.report_at(at, Kind::MaxProperties { limit: u64::from(limit), found });
        }
    }

    fn dependencies(&mut self, node: &'w Node, entries: &'w [Entry], schema: SchemaNode, at: At) {
        for (because, names) in schema.dependent_required() {
            self.companions(entries, because, names.iter(), at);
        }
        for (because, names) in schema.dependent_excluded() {
            if self.has(entries, because).is_none() {
                continue;
            }
            for name in names.iter() {
                if let Some(entry) = self.has(entries, name) {
                    self.report(entry.key.span, Kind::DependentExcluded { name, because });
                }
            }
        }
        for (because, dependency) in schema.dependencies() {
            match dependency {
                Dependency::Names(names) => self.companions(entries, because, names.iter(), at),
                Dependency::Schema(under) => {
                    if self.has(entries, because).is_some() {
                        self.check(node, under, at);
                    }
                }
            }
        }
        for (because, under) in schema.dependent_schemas() {
            if self.has(entries, because).is_some() {
                self.check(node, under, at);
            }
        }
    }

    fn companions(
        &mut self,
        entries: &'w [Entry],
        because: &'static str,
        names: impl Iterator<Item = &'static str>,
        at: At,
    ) {
        if self.has(entries, because).is_none() || has_macro(entries) {
            return;
        }
        for name in names {
            if self.has(entries, name).is_none() {
                self.report_at(at, Kind::DependentRequired { name, because });
            }
        }
    }

    fn required_xor(&mut self, entries: &'w [Entry], schema: SchemaNode, at: At) {
        let mut found = schema.required_xor().filter(|n| self.has(entries, n).is_some());
        match (found.next(), found.next()) {
            (Some(_), None) => {}
            (None, _) => {
                if has_macro(entries) {
                    return;
                }
                let names = schema.required_xor().collect();
                self.report_at(at, Kind::RequiredXor { names, found: Vec::new() });
            }
            (Some(_), Some(_)) => {
                drop(found);
                if self.quiet > 0 {
                    self.failed = true;
                    return;
                }
                let found: Vec<_> = schema.required_xor().filter(|n| self.has(entries, n).is_some()).collect();
                let keys: Vec<Span> = found.iter().filter_map(|n| self.has(entries, n)).map(|e| e.key.span).collect();
                for key in keys {
                    let names = schema.required_xor().collect();
                    self.report(key, Kind::RequiredXor { names, found: found.clone() });
                }
            }
        }
    }

    fn list_group(&mut self, items: &'w [Node], schema: SchemaNode, at: At) {
        let count = items.iter().filter(|i| self.present(i).is_some()).count() as u64;
        if let Some(limit) = schema.min_items()
            && count < u64::from(limit)
        {
            self.report_at(at, Kind::MinItems { limit: u64::from(limit), found: count });
        }
        if let Some(limit) = schema.max_items()
            && count > u64::from(limit)
        {
            self.report_at(at, Kind::MaxItems { limit: u64::from(limit), found: count });
        }
        if let Some(unique) = schema.repetition().map(|allowed| !allowed)
            && (unique || self.alternatives == 0)
            && let Some((first, again)) = self.repeated(items)
        {
            // Where repetition is allowed it is a remark, which never makes an alternative invalid.
            let kind = Kind::RepeatedItem { first: first.span, item: text_of(first), allowed: !unique };
            let mut violation = Violation::new(again.span, kind);
            violation.reference = Some(at.reference.unwrap_or(at.span));
            self.push(violation);
        }
    }

    /// The first item that stands twice.
    fn repeated(&self, items: &'w [Node]) -> Option<(&'w Node, &'w Node)> {
        let seen: Vec<&'w Node> = items.iter().filter_map(|i| self.present(i)).collect();
        let mut texts: BTreeMap<&str, &'w Node> = BTreeMap::new();
        for (number, item) in seen.iter().enumerate() {
            match item.scalar_text() {
                Some(text) => {
                    if let Some(first) = texts.insert(text, item) {
                        return Some((first, item));
                    }
                }
                None => {
                    // Compared by value with those before; long lists of objects are left alone.
                    if let Some(first) = seen[..number.min(200)].iter().find(|s| s.same_value(item)) {
                        return Some((first, item));
                    }
                }
            }
        }
        None
    }

    /// `uniqueKeys`: two objects of a list agree in the members that tell them apart. `at` is where the list stands, or
    /// nothing when these are the tags of a resource.
    pub(super) fn unique_keys(&mut self, items: &'w [Node], keys: &[&'static str], at: Option<At>) {
        let members = |item: &'w Node| -> Option<Vec<&'w Node>> { keys.iter().map(|k| item.get(k)).collect() };
        let mut seen: Vec<(&'w Node, Vec<&'w Node>)> = Vec::new();
        for item in items {
            let Some(values) = members(item) else { continue };
            let same = |a: &Node, b: &Node| match (a.scalar_text(), b.scalar_text()) {
                (Some(a), Some(b)) => a == b,
                _ => a.same_value(b),
            };
            if let Some((first, earlier)) = seen.iter().find(|s| s.1.iter().zip(&values).all(|(a, b)| same(a, b))) {
                let first = earlier.first().map_or(first.span, |n| n.span);
                let span = values.first().map_or(item.span, |n| n.span);
                let mut violation = Violation::new(span, Kind::RepeatedKeys { first, keys: keys.to_vec() });
                violation.tagging = at.is_none();
                violation.reference = at.map(|at| at.reference.unwrap_or(at.span));
                self.push(violation);
                return;
            }
            seen.push((item, values));
        }
    }
}

/// The three parts of `Fn::If` when its condition is a name.
pub(super) fn if_parts(call: &Call) -> Option<(&str, &Node, &Node)> {
    if call.function != Intrinsic::If {
        return None;
    }
    match call.argument.as_list()? {
        [name, then, otherwise] => Some((name.as_str()?, then, otherwise)),
        _ => None,
    }
}

/// Whether a macro may add members.
fn has_macro(entries: &[Entry]) -> bool {
    entries.iter().any(|e| super::is_macro_key(&e.key.text))
}

fn same_fault(a: &Violation, b: &Violation) -> bool {
    a.span == b.span && a.kind == b.kind && a.resolved == b.resolved
}

fn text_of(node: &Node) -> String {
    match (node.scalar_text(), node.as_call()) {
        (Some(text), _) => text.to_owned(),
        (_, Some(call)) => match call.argument.scalar_text() {
            Some(text) => format!("!{} {text}", call.function.tag().trim_start_matches('!')),
            None => call.function.tag().to_owned(),
        },
        _ => "item".to_owned(),
    }
}
