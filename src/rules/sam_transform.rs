//! What the SAM transform refuses.

use crate::diagnostic::Diagnostic;
use crate::rule::{Family, rule};
use crate::transform::sam::errors::{Owner, SamError};

rule!(
    SAM_TRANSFORM_REFUSES,
    "sam_transform" / "SL001",
    "sam-transform-refuses",
    Error,
    "the SAM transform refuses a resource or an event"
);

/// The family.
pub static FAMILY: Family = Family { rules: &[&SAM_TRANSFORM_REFUSES], checks: &[] };

/// The finding for a problem of the transform.
pub fn problem(error: &SamError) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(&SAM_TRANSFORM_REFUSES, error.span, error.message.clone());
    match &error.owner {
        Owner::Resource(id) => diagnostic.note(format!("the transform stops at the resource `{id}`")),
        Owner::Event(id) => diagnostic.note(format!("the transform stops at the event `{id}`")),
        Owner::Globals | Owner::Template => diagnostic.note("the transform stops here"),
    };
    diagnostic
}
