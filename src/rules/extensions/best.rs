//! Which of several violations is the one worth saying.

use crate::schema::walk::{Kind, Violation};

/// The violation nearest to the top; of equals the first that is not about alternatives. Alternatives are followed down to
/// the deepest violation among them, as far as one is deeper than the others.
pub(super) fn of(violations: &[Violation]) -> Option<&Violation> {
    let mut best = violations.iter().min_by_key(|v| (v.depth, is_alternative(v)))?;
    while is_alternative(best) {
        let Some(deepest) = best.children.iter().map(|v| v.depth).max() else { break };
        let mut at_depth = best.children.iter().filter(|v| v.depth == deepest);
        match (at_depth.next(), at_depth.next()) {
            (Some(only), None) => best = only,
            _ => break,
        }
    }
    Some(best)
}

fn is_alternative(violation: &Violation) -> bool {
    matches!(violation.kind, Kind::AnyOf | Kind::OneOf { .. })
}
