//! Values that functions give: each one that is known is checked as if it were written there.

use super::calls::place;
use super::{Assumption, At, Kind, Resolved, SchemaNode, Violation, Walker};
use crate::intrinsics::Intrinsic;
use crate::source::Span;
use crate::syntax::{Call, Node};

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
            let because: Vec<Assumption> =
                candidate.origins.iter().map(|o| Assumption { text: o.describe(), span: o.span }).collect();
            let text = value.scalar_text().map_or_else(|| value.describe(), str::to_owned);
            let resolved = Resolved { function: call.function, span: place(call), value: text, because };
            let origin = candidate.origins.first().and_then(|o| o.span);
            for mut violation in inner.out {
                attribute(&mut violation, &resolved, origin);
                faults.push(violation);
            }
        }
        // Several values with the same fault at one place are one finding; the others stand under it.
        let start = self.out.len();
        for violation in faults {
            let like = |v: &Violation| {
                v.span == violation.span && std::mem::discriminant(&v.kind) == std::mem::discriminant(&violation.kind)
            };
            match self.out.get_mut(start..).and_then(|new| new.iter_mut().find(|v| like(v))) {
                Some(first) if *first == violation || first.children.contains(&violation) => {}
                Some(first) => first.children.push(violation),
                None => self.push(violation),
            }
        }
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
