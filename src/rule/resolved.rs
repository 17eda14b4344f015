//! Faults of values that a function gives: which value, and where it came from.

use crate::diagnostic::Diagnostic;
use crate::intrinsics::Intrinsic;
use crate::schema::walk::{Resolved, Violation};

/// Most further values that are named.
const MOST_OTHERS: usize = 3;

/// The id of the rule about the values of a function.
pub fn rule_id(function: Intrinsic) -> Option<&'static str> {
    Some(match function {
        Intrinsic::Ref => "W1030",
        Intrinsic::Sub => "W1031",
        Intrinsic::Join => "W1032",
        Intrinsic::Split => "W1033",
        Intrinsic::FindInMap => "W1034",
        Intrinsic::Select => "W1035",
        Intrinsic::GetAZs => "W1036",
        _ => return None,
    })
}

/// Says of a fault which value of which parameter or mapping it is.
pub fn explain(diagnostic: &mut Diagnostic, violation: &Violation) {
    if let Some(resolved) = &violation.resolved {
        diagnostic.message = say(&diagnostic.message, resolved);
        label(diagnostic, violation, resolved);
    }
}

/// The message: what is wrong, and what the function gives.
fn say(message: &str, resolved: &Resolved) -> String {
    let name = resolved.function.name();
    match resolved.because.as_slice() {
        [] => format!("{message}, resolving `{name}`"),
        [only] if only.text.contains("parameter") => format!("{message}, with {}", only.text),
        [only] => format!("{message}, from {}", only.text),
        several => {
            let mut texts: Vec<&str> = Vec::new();
            for text in several.iter().map(|b| &*b.text) {
                if !texts.contains(&text) && texts.len() < 3 {
                    texts.push(text);
                }
            }
            format!("{message}, resolving `{name}` with {}", texts.join(" and "))
        }
    }
}

/// Labels at the places the value came from, or at its use when the finding stands at the value.
fn label(diagnostic: &mut Diagnostic, violation: &Violation, resolved: &Resolved) {
    if violation.span != resolved.span {
        diagnostic.label(resolved.span, "used here");
    }
    for because in &resolved.because {
        if let Some(span) = because.span
            && span != violation.span
            && !diagnostic.labels.iter().any(|l| l.span == span)
        {
            diagnostic.label(span, because.text.clone());
        }
    }
    if resolved.others.is_empty() {
        return;
    }
    let mut also: Vec<String> = Vec::new();
    for (value, because) in resolved.others.iter().take(MOST_OTHERS) {
        let because: Vec<&str> = because.iter().map(|b| &*b.text).collect();
        also.push(match because.as_slice() {
            [] => format!("`{value}`"),
            because => format!("`{value}` ({})", because.join(", ")),
        });
    }
    let more = resolved.others.len().saturating_sub(MOST_OTHERS);
    if more > 0 {
        also.push(format!("{more} more"));
    }
    diagnostic.note(format!("the same is wrong with {}", also.join(" and ")));
}
