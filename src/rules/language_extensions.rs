//! What the language extensions refuse, and loops that make too much to be looked at.

use crate::diagnostic::Diagnostic;
use crate::rule::{Family, rule};
use crate::source::Span;
use crate::transform::foreach::{MAX_ENTRIES, Problem};

rule!(BAD_LOOP, "language_extensions" / "E0001", "bad-loop", Error, "a `Fn::ForEach` loop cannot be expanded");
rule!(
    LOOPS_NOT_EXPANDED,
    "language_extensions" / "SL011",
    "loops-not-expanded",
    Warning,
    "the loops of a template make too much to be checked"
);

/// The family.
pub static FAMILY: Family = Family { rules: &[&BAD_LOOP, &LOOPS_NOT_EXPANDED], checks: &[] };

/// The finding for a problem with a loop.
pub fn problem(problem: &Problem) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(&BAD_LOOP, problem.span, problem.message.clone());
    if let Some((span, text)) = &problem.related {
        diagnostic.label(*span, text.clone());
    }
    diagnostic.help.clone_from(&problem.help);
    diagnostic
}

/// The finding for loops that were too much.
pub fn not_expanded(span: Span) -> Diagnostic {
    let message = format!("the loops make more than {MAX_ENTRIES} entries, so they were not expanded");
    let mut diagnostic = Diagnostic::new(&LOOPS_NOT_EXPANDED, span, message);
    diagnostic.note("what the loops make was not checked");
    diagnostic.help("CloudFormation accepts at most 500 resources in a template; split it.");
    diagnostic
}
