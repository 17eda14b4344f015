//! The rules of a choice.

use super::{Fault, Language, Sink, is_open, is_plain};
use crate::nearest::nearest;
use crate::syntax::{Entry, Node};

/// The comparisons; those of two values also compare with what a path gives (`StringEqualsPath`).
const COMPARISONS: &[&str] = &[
    "BooleanEquals",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "StringEquals",
    "StringGreaterThan",
    "StringGreaterThanEquals",
    "StringLessThan",
    "StringLessThanEquals",
    "TimestampEquals",
    "TimestampGreaterThan",
    "TimestampGreaterThanEquals",
    "TimestampLessThan",
    "TimestampLessThanEquals",
];
/// Tests that have no second value.
const TESTS: &[&str] = &["IsBoolean", "IsNull", "IsNumeric", "IsPresent", "IsString", "IsTimestamp", "StringMatches"];
/// What joins rules.
const JOINS: &[&str] = &["And", "Or", "Not"];
/// What else a rule may hold.
const OTHERS: &[&str] = &["Variable", "Next", "Comment", "Assign", "Output", "Condition"];

/// Whether a key compares.
fn compares(key: &str) -> bool {
    let of_path = key.strip_suffix("Path").unwrap_or(key);
    TESTS.contains(&key) || COMPARISONS.contains(&of_path)
}

/// Looks at the rules of a choice.
pub(super) fn check(state: &Node, who: &str, language: Option<Language>, sink: &mut Sink) {
    for rule in state.get("Choices").and_then(Node::as_list).unwrap_or_default() {
        if is_open(rule) {
            continue;
        }
        let Some(entries) = rule.as_map() else {
            sink.shape(Fault::Choice(format!("a rule of {who} is no mapping")), rule.span);
            continue;
        };
        let place = first(rule);
        if rule.get("Next").is_none() {
            sink.shape(Fault::Choice(format!("a rule of {who} has no `Next`")), place);
        }
        match language {
            Some(Language::Jsonata)
                if rule.get("Condition").is_none() && entries.iter().all(|e| is_plain(&e.key.text)) =>
            {
                sink.shape(Fault::Choice(format!("a rule of {who} has no `Condition`")), place);
            }
            Some(Language::JsonPath) => of_paths(rule, who, true, 0, sink),
            Some(Language::Jsonata) | None => {}
        }
    }
}

fn first(rule: &Node) -> crate::source::Span {
    rule.as_map().and_then(<[Entry]>::first).map_or(rule.span, |e| e.key.span)
}

fn of_paths(rule: &Node, who: &str, outermost: bool, depth: usize, sink: &mut Sink) {
    let Some(entries) = rule.as_map() else { return };
    if depth > super::MAX_DEPTH || entries.iter().any(|e| !is_plain(&e.key.text) || e.key.text.starts_with("Fn::")) {
        return;
    }
    let mut said = false;
    for e in entries {
        let key = &*e.key.text;
        if compares(key) || JOINS.contains(&key) || OTHERS.contains(&key) {
            continue;
        }
        let all = COMPARISONS.iter().chain(TESTS).chain(JOINS).chain(OTHERS).copied();
        let problem = sink.shape(Fault::Choice(format!("a rule of {who} has no member `{key}`")), e.key.span);
        problem.near = nearest(key, all).map(str::to_owned);
        said = true;
    }
    let compared: Vec<&Entry> = entries.iter().filter(|e| compares(&e.key.text)).collect();
    let joined: Vec<&Entry> = entries.iter().filter(|e| JOINS.contains(&&*e.key.text)).collect();
    if let Some(e) = rule.entry("Condition") {
        let message = format!("a rule of {who} has a `Condition`, which only JSONata has");
        sink.report(Fault::Choice(message), e.key.span);
    } else if said {
        // What is meant is not known.
    } else if let [_, second, ..] = [&compared[..], &joined[..]].concat()[..] {
        let message = format!("a rule of {who} makes more than one comparison");
        sink.shape(Fault::Choice(message), second.key.span);
    } else if compared.is_empty() && joined.is_empty() {
        sink.shape(Fault::Choice(format!("a rule of {who} compares nothing")), first(rule));
    } else if joined.is_empty() && rule.get("Variable").is_none() {
        sink.report(Fault::Choice(format!("a rule of {who} has no `Variable` to compare")), first(rule));
    }
    if let Some(next) = rule.entry("Next").filter(|_| !outermost) {
        let message = format!("a rule inside another one of {who} has a `Next`; only the outermost rule has it");
        sink.report(Fault::Choice(message), next.key.span);
    }
    for e in joined {
        for inside in e.value.as_list().unwrap_or_default() {
            of_paths(inside, who, false, depth + 1, sink);
        }
        if &*e.key.text == "Not" {
            of_paths(&e.value, who, false, depth + 1, sink);
        }
    }
}
