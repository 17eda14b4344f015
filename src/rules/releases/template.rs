//! Alarms, streams, certificates, and what stacks share.

use super::{ALARM_NEVER_FIRES, CERTIFICATE_WAITS, EXPORTED_TWICE, SHARDS_ON_DEMAND};
use crate::conditions::Pins;
use crate::diagnostic::{Applicability, Severity};
use crate::intrinsics::{Intrinsic, dynamic};
use crate::resolve::Case;
use crate::rule::Context;
use crate::rule::linking::{below, cases, joined, named, number, say, without};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use crate::template::Resource;

const DAY: f64 = 86_400.0;
/// With periods of this many seconds an alarm may look back a week.
const HOUR: f64 = 3_600.0;

pub(super) fn alarm<'a>(alarm: &Resource<'a>, cx: &mut Context<'a>) {
    for [periods, needed] in joined([(alarm, "EvaluationPeriods"), (alarm, "DatapointsToAlarm")], &Pins::none(), cx) {
        let (Some(n), Some(bad)) = (number(&periods), number(&needed)) else { continue };
        if bad > n {
            let message = format!("`{}` waits for {bad} bad points, more than the {n} periods it looks at", alarm.id());
            if let Some(finding) = say(&ALARM_NEVER_FIRES, &needed, &needed.pins, message, cx) {
                finding.label(periods.span(), "the periods it looks at").help(format!("Write {n} or less."));
            }
        }
    }
    for path in ["Period", "Metrics.*.MetricStat.Period"] {
        look_back(alarm, path, cx);
    }
    for dimension in cases(alarm, "Dimensions.*", &Pins::none(), cx) {
        let names = below(&dimension, "Name", cx);
        let Some(name) = names.first().and_then(Case::text).filter(|name| name.ends_with("Name")) else { continue };
        for value in below(&dimension, "Value", cx) {
            let Some((target, Some("Arn"))) = named(&value, cx) else { continue };
            let message = format!("`{name}` is a name, and this is the ARN of `{}`: no metric has it", target.id());
            if let Some(finding) = say(&ALARM_NEVER_FIRES, &value, &value.pins, message, cx) {
                finding
                    .label(target.key.span, "this resource")
                    .help(
                        "Use the name, which `Ref` gives for most types; that of a queue is the attribute `QueueName`.",
                    )
                    .severity = Severity::Warning;
            }
        }
    }
}

/// How far an alarm looks back.
fn look_back<'a>(alarm: &Resource<'a>, path: &str, cx: &mut Context<'a>) {
    for [periods, period] in joined([(alarm, "EvaluationPeriods"), (alarm, path)], &Pins::none(), cx) {
        let (Some(n), Some(long)) = (number(&periods), number(&period)) else { continue };
        let most = if long < HOUR { DAY } else { 7.0 * DAY };
        if n * long > most {
            let message = format!(
                "`{}` looks back {n} periods of {long} seconds, {} together; at most {most} are allowed",
                alarm.id(),
                n * long
            );
            if let Some(finding) = say(&ALARM_NEVER_FIRES, &periods, &period.pins, message, cx) {
                finding
                    .label(period.span(), "the period")
                    .help("Use fewer periods; a week is allowed with periods of an hour or more.");
            }
        }
    }
}

pub(super) fn stream<'a>(stream: &Resource<'a>, cx: &mut Context<'a>) {
    for [mode, shards] in joined([(stream, "StreamModeDetails.StreamMode"), (stream, "ShardCount")], &Pins::none(), cx)
    {
        if mode.text() != Some("ON_DEMAND") || shards.node().is_none() {
            continue;
        }
        let edits = without(&shards, cx);
        let message = format!("`{}` is on demand and chooses its shards itself", stream.id());
        if let Some(finding) = say(&SHARDS_ON_DEMAND, &shards, &shards.pins, message, cx) {
            finding.label(mode.span(), "the mode").help("Remove `ShardCount`, or use the mode `PROVISIONED`.").fix_by(
                Applicability::Safe,
                "remove `ShardCount`",
                edits,
            );
        }
    }
}

pub(super) fn certificate<'a>(certificate: &Resource<'a>, cx: &mut Context<'a>) {
    for [method, options] in
        joined([(certificate, "ValidationMethod"), (certificate, "DomainValidationOptions")], &Pins::none(), cx)
    {
        if method.text() != Some("DNS") || !options.is_absent() {
            continue;
        }
        let message =
            format!("the stack waits until someone adds the record that proves the domain of `{}`", certificate.id());
        if let Some(finding) = say(&CERTIFICATE_WAITS, &method, &options.pins, message, cx) {
            finding.help("Add `DomainValidationOptions` with the `HostedZoneId`, so that the record is made as well.");
        }
    }
}

/// The names that the outputs export whatever the conditions, with their places.
fn exported<'a>(cx: &Context<'a>) -> Vec<(&'a str, Span)> {
    let mut names = Vec::new();
    for output in cx.template.outputs.iter().filter(|output| output.condition().is_none()) {
        if let Some(name) = output.node.at(&["Export", "Name"])
            && let Some(text) = text(name)
        {
            names.push((text, name.span));
        }
    }
    names
}

/// A text, also that of an `Fn::Sub`: the same variables give the same text within a template.
fn text(node: &Node) -> Option<&str> {
    match &node.kind {
        NodeKind::Call(call) if call.function == Intrinsic::Sub => call.argument.as_str(),
        _ => node.as_str().filter(|text| !dynamic::contains(text)),
    }
}

pub(super) fn exports(cx: &mut Context<'_>) {
    let names = exported(cx);
    for (i, (name, span)) in names.iter().enumerate() {
        if let Some((_, first)) = names.iter().take(i).find(|(known, _)| known == name) {
            cx.report(&EXPORTED_TWICE, *span, format!("`{name}` is exported twice"))
                .label(*first, "it is exported here first")
                .help("Give each export a name of its own.");
        }
    }
    let mut imports = Vec::new();
    cx.template.root.walk(&mut |node| {
        if let NodeKind::Call(call) = &node.kind
            && call.function == Intrinsic::ImportValue
            && let Some(name) = text(&call.argument)
        {
            imports.push((name, call.argument.span));
        }
    });
    for (name, span) in imports {
        if let Some((_, first)) = names.iter().find(|(known, _)| *known == name) {
            cx.report(&EXPORTED_TWICE, span, format!("this template exports `{name}` itself, so it cannot import it"))
                .label(*first, "it is exported here")
                .help("Use `Ref` or `Fn::GetAtt` inside the template.");
        }
    }
}
