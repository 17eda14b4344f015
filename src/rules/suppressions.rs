//! Suppressions that hide nothing, and those that cannot be understood. The engine knows both; here are the words.

use crate::diagnostic::{Diagnostic, Fix};
use crate::rule::{Family, rule};
use crate::source::Span;

rule!(SUPPRESSION_UNUSED, "suppressions" / "SL040", "suppression-unused", Warning, "a suppression hides no finding");
rule!(
    SUPPRESSION_MALFORMED,
    "suppressions" / "SL041",
    "suppression-malformed",
    Warning,
    "a suppression does not say which rules it means"
);

/// The family.
pub static FAMILY: Family = Family { rules: &[&SUPPRESSION_UNUSED, &SUPPRESSION_MALFORMED], checks: &[] };

/// The finding for an id that need not be ignored.
pub fn unused(span: Span, id: &str, removal: Option<Fix>) -> Diagnostic {
    let message = format!("nothing is found here that `{id}` would hide");
    let mut diagnostic = Diagnostic::new(&SUPPRESSION_UNUSED, span, message);
    diagnostic.help("Remove it, so that it cannot hide something new.");
    diagnostic.fix = removal;
    diagnostic
}

/// The finding for a suppression that is not understood.
pub fn malformed(span: Span, message: String, help: Option<String>) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(&SUPPRESSION_MALFORMED, span, message);
    diagnostic.help = help;
    diagnostic
}
