//! Values that functions give: each one that is known is checked as if it were written there.

use super::calls::place;
use super::{Assumption, At, Kind, Resolved, SchemaNode, Violation, Walker};
use crate::intrinsics::Intrinsic;
use crate::source::Span;
use crate::syntax::{Call, Node};
use crate::value::{self, Candidate, Origin};

/// Most values of one function that are checked.
const MAX_VALUES: usize = 512;

impl<'w> Walker<'w, '_> {
    /// Checks the values a function can give. One valid value that no parameter has a part in settles the matter: which
    /// entry of a mapping is taken, or which region, is not known to be the bad one.
    pub(super) fn resolve(&mut self, node: &'w Node, call: &'w Call, schema: SchemaNode) {
        let resolution = self.around.resolver.candidates(node, &self.pins);
        let mut faults = Vec::new();
        for candidate in resolution.candidates.iter().take(MAX_VALUES) {
            let Some(value) = &candidate.value else { continue };
            let mut inner = Walker::new(self.around, self.type_name);
            inner.resolved = true;
            inner.keys = self.keys.clone();
            inner.check(value, schema, At::key(node.span));
            if inner.out.is_empty() && !inner.unknown && !candidate.from_parameter() {
                return;
            }
            if inner.out.is_empty() {
                continue;
            }
            let because: Vec<Assumption> = candidate
                .origins
                .iter()
                .map(|o| Assumption { text: chosen(o, candidate, call.function), span: o.span })
                .collect();
            let conditions: Vec<(String, bool)> = candidate.assumptions.iter().filter_map(condition).collect();
            let text = value.scalar_text().map_or_else(|| value.describe(), str::to_owned);
            let resolved = Resolved {
                function: call.function,
                span: place(call),
                value: text,
                scalar: value.is_scalar(),
                because,
                others: Vec::new(),
            };
            let origin = candidate.origins.first().and_then(|o| o.span);
            for mut violation in inner.out {
                attribute(&mut violation, &resolved, origin);
                violation.conditions = conditions.clone();
                faults.push(violation);
            }
        }
        // Several values with the same fault at one place are one finding; faults inside lists stand under it.
        let start = self.out.len();
        for violation in faults {
            let like = |v: &Violation| {
                v.span == violation.span && std::mem::discriminant(&v.kind) == std::mem::discriminant(&violation.kind)
            };
            match self.out.get_mut(start..).and_then(|new| new.iter_mut().find(|v| like(v))) {
                Some(first) if same(first, &violation) || first.children.iter().any(|c| same(c, &violation)) => {}
                Some(first) if breaks_the_same(first, &violation) => also(first, violation),
                Some(first) => first.children.push(violation),
                None => self.push(violation),
            }
        }
    }
}

/// Whether two scalar values of one function break the same fact.
fn breaks_the_same(a: &Violation, b: &Violation) -> bool {
    let scalar = |v: &Violation| v.resolved.as_ref().is_some_and(|r| r.scalar);
    scalar(a) && scalar(b) && a.kind.fact() == b.kind.fact() && a.children.len() == b.children.len()
}

/// Notes at a fault that a further value has it too.
fn also(first: &mut Violation, other: Violation) {
    let (Some(first), Some(other)) = (&mut first.resolved, other.resolved) else { return };
    if first.value != other.value && !first.others.iter().any(|o| o.0 == other.value) {
        first.others.push((other.value, other.because));
    }
}

/// Whether two faults say the same, whatever leads to them.
fn same(a: &Violation, b: &Violation) -> bool {
    a.span == b.span && a.kind == b.kind && a.resolved == b.resolved
}

/// A place that a value came from, with the value that was chosen there unless the fault shows it already.
fn chosen(origin: &Origin<'_>, candidate: &Candidate<'_>, function: Intrinsic) -> String {
    let value = candidate.assumptions.iter().find_map(|a| match a {
        value::Assumption::Value { name, text } if *name == origin.name => Some(&**text),
        _ => None,
    });
    match value {
        Some(text) if function != Intrinsic::Ref => origin.describe_value(text),
        _ => origin.describe(),
    }
}

/// A condition that a value needs.
fn condition(assumption: &value::Assumption<'_>) -> Option<(String, bool)> {
    match assumption {
        value::Assumption::Condition { name, holds } => Some(((*name).to_owned(), *holds)),
        value::Assumption::Value { .. } => None,
    }
}

/// Puts a fault of a resolved value where it can be mended: a parameter that offers a bad value is at fault itself when
/// the value is; otherwise its use is.
fn attribute(violation: &mut Violation, resolved: &Resolved, origin: Option<Span>) {
    let of_the_value = matches!(
        violation.kind,
        Kind::Enum { .. } | Kind::Pattern { .. } | Kind::Minimum { .. } | Kind::Maximum { .. }
    );
    violation.span = match origin {
        Some(span) if resolved.function == Intrinsic::Ref && of_the_value => span,
        _ => resolved.span,
    };
    violation.reference = None;
    violation.resolved = Some(resolved.clone());
    for child in &mut violation.children {
        attribute(child, resolved, origin);
    }
}
