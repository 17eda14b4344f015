//! What one state shows by itself.

use super::integrations::{Integration, Pattern};
use super::{Fault, Language, Sink, choice, is_open, is_plain, keys, plain};
use crate::nearest::nearest;
use crate::syntax::{Entry, Node};

/// The types of states.
const TYPES: &[&str] = &["Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"];

/// Keys of every state.
const COMMON: &[&str] = &["Type", "Comment", "QueryLanguage"];
/// Keys that pick and shape data with paths.
const PATHS: &[&str] = &["InputPath", "OutputPath", "Parameters", "ResultSelector", "ResultPath"];
/// Keys that take the place of others where paths are in force.
const OTHER_PATHS: &[&str] = &[
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "SecondsPath",
    "TimestampPath",
    "ErrorPath",
    "CausePath",
    "ItemsPath",
    "MaxConcurrencyPath",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentagePath",
];
/// Keys that shape data with expressions.
const EXPRESSIONS: &[&str] = &["Arguments", "Output"];

/// The keys of each type besides those of every state and those that shape data.
fn own_keys(kind: &str) -> &'static [&'static str] {
    match kind {
        "Task" => &[
            "Resource",
            "TimeoutSeconds",
            "TimeoutSecondsPath",
            "HeartbeatSeconds",
            "HeartbeatSecondsPath",
            "Credentials",
            "Retry",
            "Catch",
            "Next",
            "End",
            "Assign",
        ],
        "Pass" => &["Result", "Next", "End", "Assign"],
        "Choice" => &["Choices", "Default", "Assign"],
        "Wait" => &["Seconds", "SecondsPath", "Timestamp", "TimestampPath", "Next", "End", "Assign"],
        "Fail" => &["Error", "ErrorPath", "Cause", "CausePath"],
        "Parallel" => &["Branches", "Retry", "Catch", "Next", "End", "Assign"],
        "Map" => &[
            "ItemProcessor",
            "Iterator",
            "ItemReader",
            "Items",
            "ItemsPath",
            "ItemSelector",
            "ItemBatcher",
            "ResultWriter",
            "MaxConcurrency",
            "MaxConcurrencyPath",
            "ToleratedFailureCount",
            "ToleratedFailureCountPath",
            "ToleratedFailurePercentage",
            "ToleratedFailurePercentagePath",
            "Label",
            "Retry",
            "Catch",
            "Next",
            "End",
            "Assign",
        ],
        _ => &[],
    }
}

/// Pairs of keys of which only one may stand.
const EXCLUSIVE: &[(&str, &str)] = &[
    ("TimeoutSeconds", "TimeoutSecondsPath"),
    ("HeartbeatSeconds", "HeartbeatSecondsPath"),
    ("Error", "ErrorPath"),
    ("Cause", "CausePath"),
    ("MaxConcurrency", "MaxConcurrencyPath"),
    ("ToleratedFailureCount", "ToleratedFailureCountPath"),
    ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
];

/// Looks at one state, a mapping; `who` names it.
pub(super) fn check(state: &Entry, who: &str, language: Option<Language>, sink: &mut Sink) {
    let node = &state.value;
    retries(node, who, sink);
    let Some(value) = node.get("Type") else {
        sink.shape(Fault::Missing(who.to_owned(), "`Type`".to_owned()), state.key.span);
        return;
    };
    if is_open(value) {
        return;
    }
    let kind = value.scalar_text().unwrap_or_default();
    if !TYPES.contains(&kind) {
        let fault = Fault::TypeUnknown(state.key.text.to_string(), kind.to_owned());
        sink.shape(fault, value.span).near = nearest(kind, TYPES.iter().copied()).map(str::to_owned);
        return;
    }
    way_on(state, kind, sink);
    needs(state, who, kind, sink);
    let known = [COMMON, own_keys(kind), PATHS, OTHER_PATHS, EXPRESSIONS, &["Next", "End"]].concat();
    keys(node, who, &known, sink);
    languages(node, who, language, sink);
    if kind == "Choice" {
        choice::check(node, who, language, sink);
    }
    if kind == "Task" {
        task(state, sink);
    }
}

fn way_on(state: &Entry, kind: &str, sink: &mut Sink) {
    let node = &state.value;
    let name = || state.key.text.to_string();
    let (next, end) = (node.entry("Next"), node.entry("End"));
    if matches!(kind, "Choice" | "Succeed" | "Fail") {
        for (key, entry) in [("Next", next), ("End", end)] {
            let Some(entry) = entry else { continue };
            let fault = Fault::WayNotAllowed(name(), kind.to_owned(), key);
            if kind == "Choice" {
                sink.report(fault, entry.key.span);
            } else {
                sink.shape(fault, entry.key.span);
            }
        }
        return;
    }
    if let Some(e) = end.filter(|e| e.value.as_bool() == Some(false)) {
        sink.shape(
            Fault::Value(format!("the state `{}`", name()), "End".to_owned(), "`true`".to_owned()),
            e.value.span,
        );
    } else if let (Some(_), Some(end)) = (next, end) {
        sink.shape(Fault::NextAndEnd(name()), end.key.span);
    } else if next.is_none() && end.is_none() {
        sink.shape(Fault::NoWayOn(name()), state.key.span);
    }
}

/// What each type cannot do without.
fn needs(state: &Entry, who: &str, kind: &str, sink: &mut Sink) {
    let node = &state.value;
    let place = state.key.span;
    let lacks = |what: &str| Fault::Missing(who.to_owned(), what.to_owned());
    let empty = |key: &str| node.entry(key).filter(|e| e.value.as_list().is_some_and(<[Node]>::is_empty));
    let one_of =
        |keys: &[&'static str]| keys.iter().filter_map(|k| Some((*k, node.entry(k)?.key.span))).collect::<Vec<_>>();
    match kind {
        "Task" if node.get("Resource").is_none() => {
            sink.shape(lacks("`Resource`, what it calls"), place);
        }
        "Choice" if node.get("Choices").is_none() => {
            sink.shape(lacks("`Choices`"), place);
        }
        "Parallel" if node.get("Branches").is_none() => {
            sink.shape(lacks("`Branches`"), place);
        }
        "Choice" | "Parallel" => {
            let key = if kind == "Choice" { "Choices" } else { "Branches" };
            if let Some(e) = empty(key) {
                sink.report(lacks(&format!("anything in `{key}`")), e.key.span);
            }
        }
        "Wait" => {
            let ways = one_of(&["Seconds", "SecondsPath", "Timestamp", "TimestampPath"]);
            match ways[..] {
                [] => {
                    sink.report(lacks("`Seconds`, `Timestamp`, `SecondsPath` or `TimestampPath`"), place);
                }
                [(first, _), (second, span), ..] => {
                    sink.report(Fault::Exclusive(who.to_owned(), first, second), span);
                }
                _ => {}
            }
        }
        "Map" => match one_of(&["ItemProcessor", "Iterator"])[..] {
            [] => {
                sink.shape(lacks("`ItemProcessor`"), place);
            }
            [(first, _), (second, span), ..] => {
                sink.shape(Fault::Exclusive(who.to_owned(), first, second), span);
            }
            _ => {}
        },
        _ => {}
    }
    for (one, other) in EXCLUSIVE {
        if let (Some(_), Some(e)) = (node.entry(one), node.entry(other)) {
            sink.report(Fault::Exclusive(who.to_owned(), one, other), e.key.span);
        }
    }
    for (key, least) in [("TimeoutSeconds", 1), ("HeartbeatSeconds", 1), ("Seconds", 0)] {
        let Some((value, number)) = node.get(key).and_then(|n| Some((n, n.as_f64()?))) else { continue };
        if number < f64::from(least) || number.fract() != 0.0 {
            let what = format!("a whole number from {least} on");
            sink.shape(Fault::Value(who.to_owned(), key.to_owned(), what), value.span);
        }
    }
}

/// The entries of `Retry` and `Catch`.
fn retries(node: &Node, who: &str, sink: &mut Sink) {
    for list_key in ["Retry", "Catch"] {
        let list = node.get(list_key).and_then(Node::as_list).unwrap_or_default();
        let catch = list_key == "Catch";
        let known: &[&str] = if catch {
            &["ErrorEquals", "Next", "ResultPath", "Assign", "Output", "Comment"]
        } else {
            &[
                "ErrorEquals",
                "IntervalSeconds",
                "MaxAttempts",
                "BackoffRate",
                "MaxDelaySeconds",
                "JitterStrategy",
                "Comment",
            ]
        };
        for (i, item) in list.iter().enumerate().filter(|(_, n)| n.as_map().is_some() && !is_open(n)) {
            let item_who = format!("an entry of `{list_key}` of {who}");
            let place = item.as_map().and_then(<[Entry]>::first).map_or(item.span, |e| e.key.span);
            let needed: &[&str] = if catch { &["ErrorEquals", "Next"] } else { &["ErrorEquals"] };
            for key in needed {
                if item.get(key).is_none() {
                    sink.shape(Fault::Missing(item_who.clone(), format!("`{key}`")), place);
                }
            }
            // A schema leaves these open.
            let open = std::mem::replace(&mut sink.open, true);
            keys(item, &item_who, known, sink);
            sink.open = open;
            numbers(item, &item_who, sink);
            let Some(errors) = item.get("ErrorEquals").and_then(Node::as_list) else { continue };
            if errors.is_empty() {
                let place = item.entry("ErrorEquals").map_or(place, |e| e.key.span);
                sink.report(Fault::Missing(item_who, "an error in `ErrorEquals`".to_owned()), place);
            }
            let all = errors.iter().find(|e| e.as_str() == Some("States.ALL"));
            if let Some(all) = all.filter(|_| errors.len() > 1 || i + 1 < list.len()) {
                sink.report(Fault::AllNotLast(list_key), all.span);
            }
        }
    }
}

/// The numbers of an entry of `Retry`.
fn numbers(item: &Node, who: &str, sink: &mut Sink) {
    // Key, least, whether only whole numbers are taken, whether a schema says so below zero.
    let rules: &[(&str, f64, bool, &str)] = &[
        ("IntervalSeconds", 1.0, true, "a whole number from 1 on"),
        ("MaxAttempts", 0.0, true, "a whole number from 0 on"),
        ("BackoffRate", 1.0, false, "a number from 1 on"),
        ("MaxDelaySeconds", 1.0, true, "a whole number from 1 on"),
    ];
    for (key, least, whole, what) in rules {
        let Some((value, number)) = item.get(key).and_then(|n| Some((n, n.as_f64()?))) else { continue };
        if number < *least || *whole && number.fract() != 0.0 {
            let problem = sink.report(Fault::Value(who.to_owned(), (*key).to_owned(), (*what).to_owned()), value.span);
            problem.shape = number < 0.0 && *key != "MaxDelaySeconds";
        }
    }
    if let Some(value) = item.get("JitterStrategy")
        && let Some(text) = plain(value).filter(|t| !["FULL", "NONE"].contains(t))
    {
        let near = nearest(text, ["FULL", "NONE"]).map(str::to_owned);
        let what = "`FULL` or `NONE`".to_owned();
        sink.report(Fault::Value(who.to_owned(), "JitterStrategy".to_owned(), what), value.span).near = near;
    }
}

/// Keys and texts of the other query language.
fn languages(node: &Node, who: &str, language: Option<Language>, sink: &mut Sink) {
    let Some(language) = language else { return };
    let entries = node.as_map().unwrap_or_default();
    for e in entries {
        let key = &*e.key.text;
        let other = match language {
            Language::Jsonata => PATHS.contains(&key) || OTHER_PATHS.contains(&key),
            Language::JsonPath => EXPRESSIONS.contains(&key),
        };
        let path = matches!(key, "InputPath" | "OutputPath" | "ResultPath");
        if let Some(text) = plain(&e.value).filter(|t| path && !other && !t.starts_with('$')) {
            let what = format!("a path that begins with `$`, not `{text}`");
            sink.shape(Fault::Value(who.to_owned(), key.to_owned(), what), e.value.span);
        }
        if other {
            sink.shape(Fault::OtherLanguage(who.to_owned(), key.to_owned(), language), e.key.span);
            continue;
        }
        if ["Comment", "Choices", "Branches", "ItemProcessor", "Iterator", "Retry", "Catch", "Result"].contains(&key) {
            continue;
        }
        match language {
            Language::JsonPath => e.value.walk(&mut |n| {
                if n.as_str().is_some_and(is_expression) {
                    sink.report(Fault::ExpressionIsText(who.to_owned()), n.span);
                }
            }),
            Language::Jsonata => e.value.each_key(&mut |key| {
                if key.text.ends_with(".$") {
                    sink.report(Fault::PathKeyIsText(who.to_owned(), key.text.to_string()), key.span);
                }
            }),
        }
    }
}

/// Whether a text is written as an expression of JSONata.
fn is_expression(text: &str) -> bool {
    text.starts_with("{%") && text.trim_end().ends_with("%}")
}

/// What a task calls and how long it waits.
fn task(state: &Entry, sink: &mut Sink) {
    let node = &state.value;
    let number = |key: &str| node.get(key)?.scalar_text()?.parse::<u64>().ok();
    if let (Some(beat), Some(all)) = (number("HeartbeatSeconds"), number("TimeoutSeconds"))
        && beat >= all
    {
        let span = node.get("HeartbeatSeconds").map_or(state.key.span, |n| n.span);
        sink.report(Fault::Heartbeat(beat, all), span);
    }
    let Some(resource) = node.get("Resource") else { return };
    let Some(text) = plain(resource) else { return };
    let waits = ["TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"];
    let unlimited = waits.iter().all(|k| node.get(k).is_none());
    let activity = text.contains(":activity:") && text.starts_with("arn:");
    let token = text.ends_with(".waitForTaskToken");
    if unlimited && (activity || token) {
        sink.report(Fault::WaitsForYears(state.key.text.to_string()), resource.span);
    }
    if token && !hands_token(node) {
        sink.report(Fault::TokenLost(state.key.text.to_string()), resource.span);
    }
    let Some(call) = Integration::read(text) else { return };
    if let Some(meant) = call.meant() {
        let written = if call.service == "aws-sdk" { call.service } else { text };
        sink.report(Fault::IntegrationUnknown(written.to_owned()), resource.span).near = Some(meant.to_owned());
    } else if let Some(instead) = call.refused() {
        let fault = Fault::PatternUnsupported(call.service.to_owned(), call.pattern, instead);
        let problem = sink.report(fault, resource.span);
        if call.pattern == Pattern::Sync {
            problem.near = text.split_once(".sync").map(|(arn, _)| arn.to_owned());
        }
    }
}

/// Whether the task token may be anywhere in what a task hands over: the whole context, a function or a substitution may
/// hold it too.
fn hands_token(node: &Node) -> bool {
    let mut handed = false;
    node.walk(&mut |n| {
        handed |= n.as_call().is_some()
            || n.as_str().is_some_and(|t| {
                t.contains("Task.Token") || t == "$$" || t == "$$.Task" || t.contains("$states.context") || !is_plain(t)
            });
    });
    handed
}
