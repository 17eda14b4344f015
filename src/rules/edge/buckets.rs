//! Lifecycle rules of buckets.

use super::LIFECYCLE_DAYS;
use crate::conditions::Pins;
use crate::diagnostic::{Applicability, Severity};
use crate::resolve::Case;
use crate::rule::Context;
use crate::rule::linking::{below, cases, joined_below, number, offer_text, say};
use crate::template::Resource;

/// Storage classes in the order in which objects can move.
const CLASSES: &[&str] = &["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"];
/// Days that an object must have been kept before it moves to a class for rare access.
const BEFORE_RARE: f64 = 30.0;

/// The moves of one kind of versions, and what ends them.
struct Kind {
    moves: &'static [&'static str],
    ends: &'static [&'static str],
}

const KINDS: &[Kind] = &[
    Kind { moves: &["Transitions.*", "Transition"], ends: &["ExpirationInDays"] },
    Kind {
        moves: &["NoncurrentVersionTransitions.*", "NoncurrentVersionTransition"],
        ends: &["NoncurrentVersionExpiration.NoncurrentDays", "NoncurrentVersionExpirationInDays"],
    },
];

/// A move to a class after some days.
struct Move<'a> {
    class: &'a str,
    days: f64,
    at: Case<'a>,
}

pub(super) fn lifecycle<'a>(bucket: &Resource<'a>, cx: &mut Context<'a>) {
    for rule in cases(bucket, "LifecycleConfiguration.Rules.*", &Pins::none(), cx) {
        for kind in KINDS {
            let mut moves = Vec::new();
            for path in kind.moves {
                for item in below(&rule, path, cx) {
                    moves.extend(joined_below(&item, ["StorageClass", "TransitionInDays"], cx).into_iter().filter_map(
                        |[class, days]| Some(Move { class: class.text()?, days: number(&days)?, at: days }),
                    ));
                }
            }
            each(&moves, cx);
            order(&moves, cx);
            for path in kind.ends {
                for end in below(&rule, path, cx) {
                    ends(&moves, &end, cx);
                }
            }
        }
    }
}

fn each<'a>(moves: &[Move<'a>], cx: &mut Context<'a>) {
    for one in moves.iter().filter(|m| matches!(m.class, "STANDARD_IA" | "ONEZONE_IA") && m.days < BEFORE_RARE) {
        let message =
            format!("objects move to `{}` after {BEFORE_RARE} days at the earliest, not after {}", one.class, one.days);
        if let Some(finding) = say(&LIFECYCLE_DAYS, &one.at, &one.at.pins, message, cx) {
            finding.help("Wait longer, or choose a class that can follow at once, as `INTELLIGENT_TIERING` can.");
            offer_text(finding, &one.at, Applicability::Unsafe, "30");
        }
    }
}

fn rank(class: &str) -> Option<usize> {
    CLASSES.iter().position(|known| *known == class)
}

/// Whether S3 certainly refuses a move to the first class that does not come before that to the second.
fn is_refused(first: &str, second: &str) -> bool {
    matches!((first, second), ("STANDARD_IA" | "ONEZONE_IA", "GLACIER" | "DEEP_ARCHIVE") | ("GLACIER", "DEEP_ARCHIVE"))
}

/// Whether two places can hold at once, so that they can be compared.
fn together(one: &Case<'_>, other: &Case<'_>, cx: &Context<'_>) -> bool {
    crate::rule::cases::together(&one.pins, &other.pins, cx.resolver())
}

fn order<'a>(moves: &[Move<'a>], cx: &mut Context<'a>) {
    for later in moves {
        let earlier = moves.iter().find(|earlier| {
            rank(earlier.class) < rank(later.class)
                && rank(earlier.class).is_some()
                && earlier.days >= later.days
                && together(&earlier.at, &later.at, cx)
        });
        let Some(earlier) = earlier else { continue };
        let message = format!(
            "objects move to `{}` after {} days, and to `{}`, which comes before it, only after {}",
            later.class, later.days, earlier.class, earlier.days
        );
        let span = earlier.at.span();
        if let Some(finding) = say(&LIFECYCLE_DAYS, &later.at, &later.at.pins, message, cx) {
            finding
                .label(span, "the move that must come before")
                .help(format!("Move to `{}` after more than {} days.", later.class, earlier.days));
            if !is_refused(earlier.class, later.class) {
                finding.severity = Severity::Warning;
            }
        }
    }
}

fn ends<'a>(moves: &[Move<'a>], end: &Case<'a>, cx: &mut Context<'a>) {
    let Some(days) = number(end) else { return };
    let last =
        moves.iter().filter(|m| m.days >= days && together(&m.at, end, cx)).max_by(|a, b| a.days.total_cmp(&b.days));
    let Some(last) = last else { return };
    let message =
        format!("objects are deleted after {days} days, and move to `{}` only after {}", last.class, last.days);
    let span = last.at.span();
    if let Some(finding) = say(&LIFECYCLE_DAYS, end, &end.pins, message, cx) {
        finding.label(span, "this move never comes").help("Delete later than the last move, or leave the move out.");
    }
}
