//! Limits of the service around functions: the size of the environment, the subscriptions of a log group.

use super::{ENVIRONMENT_TOO_LARGE, LOG_GROUP_OVERSUBSCRIBED};
use crate::conditions::Pins;
use crate::intrinsics::dynamic;
use crate::rule::Context;
use crate::rule::cases::together;
use crate::schema::walk::places;
use crate::source::Span;
use crate::syntax::{Entry, Node};
use crate::template::Resource;

/// Bytes that the names and values of all variables may have.
const MAX_ENVIRONMENT: usize = 4096;
/// Subscription filters of one log group.
const MAX_SUBSCRIPTIONS: usize = 5;

pub(super) fn environment<'a>(resource: &Resource<'a>, cx: &mut Context<'a>) {
    let around = cx.surroundings();
    for place in places(resource, &["Environment", "Variables"], around) {
        let Some(entries) = place.node.as_map() else { continue };
        let size = |e: &Entry| {
            let text = e.value.as_str().filter(|text| !dynamic::contains(text));
            e.key.text.len() + text.map_or(0, str::len)
        };
        let total: usize = entries.iter().map(size).sum();
        if total > MAX_ENVIRONMENT {
            let message =
                format!("the environment variables have {total} bytes together; {MAX_ENVIRONMENT} are allowed");
            cx.report(&ENVIRONMENT_TOO_LARGE, place.key, message)
                .help("Keep large values in a parameter, a secret or an object, and pass its name.");
        }
    }
}

/// One filter: the name of the group it reads, the key of that name, and when it is there.
struct Subscription<'a> {
    group: &'a Node,
    key: Span,
    pins: Pins,
}

pub(super) fn subscriptions(cx: &mut Context<'_>) {
    let mut all: Vec<Subscription<'_>> = Vec::new();
    for resource in cx.template.resources.iter() {
        match resource.kind() {
            Some("AWS::Logs::SubscriptionFilter") => {
                let entry = resource.properties().and_then(|p| p.entry("LogGroupName"));
                all.extend(entry.and_then(|e| subscription(resource, e, cx)));
            }
            Some("AWS::Serverless::Function") => {
                for event in resource.property("Events").and_then(Node::as_map).unwrap_or_default() {
                    if event.value.get("Type").and_then(Node::as_str) == Some("CloudWatchLogs") {
                        let entry = event.value.get("Properties").and_then(|p| p.entry("LogGroupName"));
                        all.extend(entry.and_then(|e| subscription(resource, e, cx)));
                    }
                }
            }
            _ => {}
        }
    }
    let mut done: Vec<&Node> = Vec::new();
    for first in &all {
        if done.len() > 100 || done.iter().any(|group| group.same_value(first.group)) {
            continue;
        }
        done.push(first.group);
        let group: Vec<&Subscription<'_>> = all.iter().filter(|s| s.group.same_value(first.group)).collect();
        if group.len() > MAX_SUBSCRIPTIONS && at_once(&group, cx) > MAX_SUBSCRIPTIONS {
            let message = format!(
                "the log group has {} subscription filters; at most {MAX_SUBSCRIPTIONS} are allowed",
                group.len()
            );
            let place = group.get(2).map_or(first.key, |s| s.key);
            let finding = cx.report(&LOG_GROUP_OVERSUBSCRIBED, place, message);
            for other in group.iter().filter(|s| s.key != place).take(5) {
                finding.label(other.key, "another filter of the same group");
            }
        }
    }
}

fn subscription<'a>(resource: &Resource<'a>, entry: &'a Entry, cx: &Context<'a>) -> Option<Subscription<'a>> {
    let conditions = &cx.resolver().conditions;
    let pins = match resource.condition() {
        Some(name) => conditions.pin(&Pins::none(), name, true)?,
        None => Pins::none(),
    };
    (!entry.value.is_null()).then_some(Subscription { group: &entry.value, key: entry.key.span, pins })
}

/// How many of the filters certainly can be there at once: each is taken when it goes together with those taken before.
fn at_once(group: &[&Subscription<'_>], cx: &Context<'_>) -> usize {
    let resolver = cx.resolver();
    let mut pins = Pins::none();
    let mut count = 0;
    for one in group {
        if !together(&pins, &one.pins, resolver) {
            continue;
        }
        let more = resolver.conditions.describe(&one.pins);
        let next =
            more.into_iter().try_fold(pins.clone(), |pins, (name, holds)| resolver.conditions.pin(&pins, name, holds));
        if let Some(next) = next {
            pins = next;
            count += 1;
        }
    }
    count
}
