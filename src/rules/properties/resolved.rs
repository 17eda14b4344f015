//! Values that a function resolves to.

use super::property_rule;
use crate::diagnostic::Diagnostic;
use crate::intrinsics::Intrinsic;
use crate::rule::Rule;
use crate::schema::walk::{Resolved, Violation};

property_rule!(pub REF_VALUE_INVALID, "W1030", "ref-value-invalid", Warning, "a value of a parameter that its use does not allow");
property_rule!(pub SUB_VALUE_INVALID, "W1031", "sub-value-invalid", Warning, "a text made by `Fn::Sub` that its use does not allow");
property_rule!(pub JOIN_VALUE_INVALID, "W1032", "join-value-invalid", Warning, "a text made by `Fn::Join` that its use does not allow");
property_rule!(pub SPLIT_VALUE_INVALID, "W1033", "split-value-invalid", Warning, "a list made by `Fn::Split` that its use does not allow");
property_rule!(pub FIND_IN_MAP_VALUE_INVALID, "W1034", "find-in-map-value-invalid", Warning, "a value of a mapping that its use does not allow");
property_rule!(pub SELECT_VALUE_INVALID, "W1035", "select-value-invalid", Warning, "a value taken by `Fn::Select` that its use does not allow");
property_rule!(pub GET_AZS_VALUE_INVALID, "W1036", "get-azs-value-invalid", Warning, "availability zones where something else is expected");

/// Most further values that are named.
const MOST_OTHERS: usize = 3;

/// The rule of a function.
pub fn rule_of(function: Intrinsic) -> Option<&'static Rule> {
    Some(match function {
        Intrinsic::Ref => &REF_VALUE_INVALID,
        Intrinsic::Sub => &SUB_VALUE_INVALID,
        Intrinsic::Join => &JOIN_VALUE_INVALID,
        Intrinsic::Split => &SPLIT_VALUE_INVALID,
        Intrinsic::FindInMap => &FIND_IN_MAP_VALUE_INVALID,
        Intrinsic::Select => &SELECT_VALUE_INVALID,
        Intrinsic::GetAZs => &GET_AZS_VALUE_INVALID,
        _ => return None,
    })
}

/// The message: what is wrong, and what the function gives.
pub fn say(message: &str, resolved: &Resolved) -> String {
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
pub fn label(diagnostic: &mut Diagnostic, violation: &Violation, resolved: &Resolved) {
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
