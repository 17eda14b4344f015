//! `anyOf`, `oneOf`, `allOf`, `not`: alternatives in three values.

use super::{At, Kind, SchemaNode, Verdict, Violation, Walker, summary};
use crate::syntax::Node;

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
        let children = schema.any_of().flat_map(|part| self.faults(node, part, at)).collect();
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
                let children = schema.one_of().flat_map(|part| self.faults(node, part, at)).collect();
                self.alternatives_fail(at, Kind::OneOf { several: false }, children);
            }
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
