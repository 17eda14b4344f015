//! `anyOf`, `oneOf`, `allOf`, `not`: alternatives in three values.

use super::{At, Kind, SchemaNode, Verdict, Violation, Walker, summary, values};
use crate::schema::store::Found;
use crate::syntax::{Entry, Node};

impl<'w> Walker<'w, '_> {
    /// The verdict on an alternative; nothing is collected.
    pub(super) fn verdict(&mut self, node: &'w Node, schema: SchemaNode, at: At) -> Verdict {
        let (unknown, failed) = (self.unknown, self.failed);
        self.unknown = false;
        self.failed = false;
        self.quiet += 1;
        self.alternatives += 1;
        self.check(node, schema, at);
        self.alternatives -= 1;
        self.quiet -= 1;
        let verdict = match (self.unknown, self.failed) {
            (true, _) => Verdict::Unknown,
            (_, true) => Verdict::Invalid,
            _ => Verdict::Valid,
        };
        (self.unknown, self.failed) = (unknown, failed);
        verdict
    }

    /// What is wrong with an alternative that is known to be invalid.
    fn faults(&mut self, node: &'w Node, schema: SchemaNode, at: At) -> Vec<Violation> {
        if self.quiet > 0 {
            return Vec::new();
        }
        let (unknown, failed) = (self.unknown, self.failed);
        let outer = std::mem::take(&mut self.out);
        self.alternatives += 1;
        self.check(node, schema, at);
        self.alternatives -= 1;
        (self.unknown, self.failed) = (unknown, failed);
        std::mem::replace(&mut self.out, outer)
    }

    pub(super) fn composites(&mut self, node: &'w Node, schema: SchemaNode, at: At) {
        if !summary::has_composites(schema) {
            return;
        }
        // In a branch of `Fn::If` alternatives are decided there.
        let at = At::key(at.span);
        for part in schema.all_of() {
            self.check(node, part, at);
            if self.decided() {
                return;
            }
        }
        if schema.any_of().len() > 0 {
            self.any_of(node, schema, at);
        }
        if schema.one_of().len() > 0 {
            self.one_of(node, schema, at);
        }
        if let Some(excluded) = schema.negation() {
            match self.verdict(node, excluded, at) {
                Verdict::Valid => self.report_at(at, Kind::Not),
                Verdict::Unknown => self.unknown = true,
                Verdict::Invalid => {}
            }
        }
    }

    fn any_of(&mut self, node: &'w Node, schema: SchemaNode, at: At) {
        let mut undecided = false;
        for part in schema.any_of() {
            match self.verdict(node, part, at) {
                Verdict::Valid => return,
                Verdict::Unknown => undecided = true,
                Verdict::Invalid => {}
            }
        }
        if undecided {
            self.unknown = true;
            return;
        }
        let children = self.best_faults(node, schema.any_of().collect(), at);
        self.alternatives_fail(at, Kind::AnyOf, children);
    }

    fn one_of(&mut self, node: &'w Node, schema: SchemaNode, at: At) {
        let (mut valid, mut undecided) = (0, false);
        for part in schema.one_of() {
            match self.verdict(node, part, at) {
                Verdict::Valid => valid += 1,
                Verdict::Unknown => undecided = true,
                Verdict::Invalid => {}
            }
        }
        match (valid, undecided) {
            (2.., _) => self.alternatives_fail(at, Kind::OneOf { several: true }, Vec::new()),
            (_, true) => self.unknown = true,
            (1, _) => {}
            _ => {
                let children = self.best_faults(node, schema.one_of().collect(), at);
                self.alternatives_fail(at, Kind::OneOf { several: false }, children);
            }
        }
    }

    /// `contains`: enough items that fit; items whose fit is not known leave it open.
    pub(super) fn contains(&mut self, items: &'w [Node], wanted: SchemaNode, least: u32, at: At) {
        let (mut valid, mut undecided) = (0, false);
        for item in items {
            let Some(item) = self.seen(item) else { continue };
            match self.verdict(item, wanted, At::start_of(item)) {
                Verdict::Valid => valid += 1,
                Verdict::Unknown => undecided = true,
                Verdict::Invalid => {}
            }
        }
        if valid < least {
            if undecided {
                self.unknown = true;
            } else {
                self.report_at(at, Kind::Contains { least: u64::from(least) });
            }
        }
    }

    /// `propertyNames`: the keys that a map may have.
    pub(super) fn names(&mut self, entries: &'w [Entry], schema: SchemaNode) {
        for entry in entries.iter().filter(|e| !super::is_macro_key(&e.key.text)) {
            if !is_name(&entry.key.text, schema) {
                self.report(entry.key.span, Kind::ReservedKey { name: entry.key.text.to_string() });
            }
        }
    }

    /// What is wrong with the alternatives; only with the one that is meant, when a member says which that is.
    fn best_faults(&mut self, node: &'w Node, parts: Vec<SchemaNode>, at: At) -> Vec<Violation> {
        let mut meant = parts.iter().filter(|part| names_itself(node, **part));
        match (meant.next(), meant.next()) {
            (Some(only), None) => self.faults(node, *only, at),
            _ => parts.into_iter().flat_map(|part| self.faults(node, part, at)).collect(),
        }
    }

    fn alternatives_fail(&mut self, at: At, kind: Kind, children: Vec<Violation>) {
        let mut violation = Violation::new(at.span, kind);
        for child in children {
            if !violation.children.contains(&child) {
                violation.children.push(child);
            }
        }
        self.push(violation);
    }
}

/// Whether a key fits what is said about keys.
fn is_name(key: &str, schema: SchemaNode) -> bool {
    schema.enumeration().is_none_or(|values| values.iter().any(|value| value.as_str() == Some(key)))
        && schema.pattern().is_none_or(|pattern| pattern.find(key) != Found::No)
        && schema.negation().is_none_or(|excluded| !is_name(key, excluded))
}

/// Whether an alternative limits a member to few values of which the object has one: `Type: Schedule` among events.
fn names_itself(node: &Node, part: SchemaNode) -> bool {
    let Some(entries) = node.as_map() else { return false };
    let part = part.target();
    entries.iter().any(|entry| {
        part.property(&entry.key.text).is_some_and(|member| {
            let member = member.target();
            let few = member.enumeration().is_some_and(|values| values.len() <= 2) || member.constant().is_some();
            few && values::allowed(&entry.value, member)
        })
    })
}
