//! Rules of listeners.

use super::LISTENER_RULE_REFUSED;
use crate::conditions::Pins;
use crate::diagnostic::Applicability;
use crate::resolve::Case;
use crate::rule::Context;
use crate::rule::cases::together;
use crate::rule::linking::{below, cases, joined, offer_text, say};
use crate::template::Resource;

/// Most values of all conditions of a rule.
const MOST_VALUES: usize = 5;
/// Fields of which a rule has one condition.
const ONCE: &[&str] = &["host-header", "http-request-method", "path-pattern", "source-ip"];
/// Where the values of a condition stand.
const VALUES: &[&str] = &[
    "Values",
    "HostHeaderConfig.Values",
    "HttpHeaderConfig.Values",
    "HttpRequestMethodConfig.Values",
    "PathPatternConfig.Values",
    "QueryStringConfig.Values",
    "SourceIpConfig.Values",
];

pub(super) fn conditions<'a>(rule: &Resource<'a>, cx: &mut Context<'a>) {
    for list in cases(rule, "Conditions", &Pins::none(), cx) {
        let Some(items) = list.node().and_then(|node| node.as_list()) else { continue };
        // Only what does not depend on a condition is counted.
        if items.iter().any(|item| item.as_map().is_none()) {
            continue;
        }
        fields(&list, cx);
        let mut values = Vec::new();
        for item in below(&list, "*", cx) {
            for path in VALUES {
                values.extend(below(&item, &format!("{path}.*"), cx));
            }
        }
        values.retain(|value| value.node().is_some() && value.pins == list.pins);
        let Some(sixth) = values.get(MOST_VALUES) else { continue };
        let message = format!(
            "the conditions of `{}` have {} values, and a rule has at most {MOST_VALUES}",
            rule.id(),
            values.len()
        );
        if let Some(finding) = say(&LISTENER_RULE_REFUSED, sixth, &list.pins, message, cx) {
            finding.help("Make two rules of it, or use wildcards.");
        }
    }
}

fn fields<'a>(list: &Case<'a>, cx: &mut Context<'a>) {
    let mut seen: Vec<Case<'a>> = Vec::new();
    for field in below(list, "*.Field", cx) {
        let Some(text) = field.text().filter(|text| ONCE.contains(text)) else { continue };
        if let Some(first) = seen.iter().find(|other| other.text() == Some(text)) {
            let message = format!("a rule has one condition for `{text}`, and here is a second one");
            let span = first.span();
            if let Some(finding) = say(&LISTENER_RULE_REFUSED, &field, &field.pins, message, cx) {
                finding.label(span, "the first one").help("Put the values of both into one condition.");
            }
        } else {
            seen.push(field);
        }
    }
}

/// The number of a rule and the listener that it is for.
struct Numbered<'a> {
    priority: Case<'a>,
    listener: &'a crate::syntax::Node,
    id: &'a str,
}

/// Most rules that are compared with each other.
const MOST_RULES: usize = 1_000;

pub(super) fn priorities(cx: &mut Context<'_>) {
    let mut known: Vec<Numbered<'_>> = Vec::new();
    for rule in cx.resources_of("AWS::ElasticLoadBalancingV2::ListenerRule") {
        for [listener, priority] in joined([(rule, "ListenerArn"), (rule, "Priority")], &Pins::none(), cx) {
            if let (Some(listener), true) = (listener.node(), priority.text().is_some()) {
                known.push(Numbered { priority, listener, id: rule.id() });
            }
        }
    }
    for (i, rule) in known.iter().enumerate().take(MOST_RULES) {
        let twin = known[..i].iter().find(|other| {
            other.id != rule.id
                && other.priority.text() == rule.priority.text()
                && other.listener.same_value(rule.listener)
                && together(&other.priority.pins, &rule.priority.pins, cx.resolver())
        });
        let Some(twin) = twin else { continue };
        let number = rule.priority.text().unwrap_or_default();
        let taken: Vec<&str> = known
            .iter()
            .filter(|other| other.listener.same_value(rule.listener))
            .filter_map(|other| other.priority.text())
            .collect();
        let start: u32 = number.parse().unwrap_or(1);
        let free = (start..=50_000).map(|n| n.to_string()).find(|n| !taken.contains(&n.as_str()));
        let message = format!("`{}` already has the priority {number} on this listener", twin.id);
        let span = twin.priority.span();
        if let Some(finding) = say(&LISTENER_RULE_REFUSED, &rule.priority, &rule.priority.pins, message, cx) {
            finding.label(span, "the same priority");
            if let Some(free) = free {
                finding.help(format!("Choose another number; {free} is free."));
                offer_text(finding, &rule.priority, Applicability::Unsafe, &free);
            }
        }
    }
}
