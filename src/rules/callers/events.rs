//! Rules of EventBridge: what they match and whom they call.

use super::{BUCKET_WITHOUT_EVENTS, PATTERN_WITHOUT_LIST, TARGET_INCOMPLETE};
use crate::conditions::Pins;
use crate::diagnostic::Applicability;
use crate::resolve::Case;
use crate::rule::Context;
use crate::rule::linking::{below, cases, is_true, named, never_given, say};
use crate::syntax::{Node, NodeKind};
use crate::template::Resource;

/// Targets that are called with a role.
const NEED_ROLE: &[(&str, &str)] = &[
    ("AWS::CodeBuild::Project", "a build project"),
    ("AWS::CodePipeline::Pipeline", "a pipeline"),
    ("AWS::ECS::Cluster", "an ECS cluster"),
    ("AWS::Events::ApiDestination", "an API destination"),
    ("AWS::Kinesis::Stream", "a stream"),
    ("AWS::KinesisFirehose::DeliveryStream", "a delivery stream"),
    ("AWS::StepFunctions::StateMachine", "a state machine"),
];

pub(super) fn pattern<'a>(rule: &Resource<'a>, cx: &mut Context<'a>) {
    for pattern in cases(rule, "EventPattern", &Pins::none(), cx) {
        if let Some(node) = pattern.node() {
            leaves(rule, node, &pattern, cx);
        }
    }
}

fn leaves<'a>(rule: &Resource<'a>, node: &'a Node, within: &Case<'a>, cx: &mut Context<'a>) {
    for entry in node.as_map().unwrap_or_default() {
        match &entry.value.kind {
            NodeKind::Map(_) => leaves(rule, &entry.value, within, cx),
            NodeKind::String(_) | NodeKind::Number(_) | NodeKind::Bool(_) => {
                let at = Case {
                    member: crate::resolve::Member::Value(&entry.value),
                    key: entry.key.span,
                    owner: within.key,
                    pins: within.pins.clone(),
                };
                let name = &entry.key.text;
                let message =
                    format!("`{name}` in the event pattern of `{}` is a single value, a list is wanted", rule.id());
                let span = entry.value.span;
                let text = cx.document.file.slice(span).to_owned();
                if let Some(finding) = say(&PATTERN_WITHOUT_LIST, &at, &within.pins, message, cx) {
                    finding.help("Put the value in brackets: events that have any of the listed values match.");
                    if !text.contains('\n') {
                        finding.fix(Applicability::Safe, "make it a list", span, format!("[{text}]"));
                    }
                }
            }
            _ => {}
        }
    }
}

pub(super) fn targets<'a>(rule: &Resource<'a>, cx: &mut Context<'a>) {
    for item in cases(rule, "Targets.*", &Pins::none(), cx) {
        for arn in below(&item, "Arn", cx) {
            let Some((target, _)) = named(&arn, cx) else { continue };
            let kind = target.kind().unwrap_or_default();
            let needs = NEED_ROLE.iter().find(|need| need.0 == kind);
            let item = Case { pins: arn.pins.clone(), ..item.clone() };
            for role in below(&item, "RoleArn", cx) {
                let Some((_, words)) = needs.filter(|_| role.is_absent()) else { continue };
                let message =
                    format!("`{}` calls {words}, `{}`, and has no `RoleArn` to do so with", rule.id(), target.id());
                if let Some(finding) = say(&TARGET_INCOMPLETE, &arn, &role.pins, message, cx) {
                    finding
                        .label(target.key.span, "the target")
                        .help("Add the `RoleArn` of a role that `events.amazonaws.com` may assume and that may call the target.");
                }
            }
            if kind == "AWS::SQS::Queue" {
                group(rule, &target, &arn, &item, cx);
            }
        }
    }
}

fn group<'a>(rule: &Resource<'a>, queue: &Resource<'a>, arn: &Case<'a>, item: &Case<'a>, cx: &mut Context<'a>) {
    for fifo in cases(queue, "FifoQueue", &arn.pins, cx) {
        if !is_true(&fifo) {
            continue;
        }
        let item = Case { pins: fifo.pins.clone(), ..item.clone() };
        for id in below(&item, "SqsParameters.MessageGroupId", cx) {
            if !id.is_absent() {
                continue;
            }
            let message =
                format!("`{}` sends to the FIFO queue `{}` without a `MessageGroupId`", rule.id(), queue.id());
            if let Some(finding) = say(&TARGET_INCOMPLETE, arn, &id.pins, message, cx) {
                finding
                    .label(fifo.span(), "this makes it a FIFO queue")
                    .help("Give the target `SqsParameters` with a `MessageGroupId`.");
            }
        }
    }
}

/// A rule that waits for events of a bucket that sends none.
pub(super) fn bucket<'a>(rule: &Resource<'a>, cx: &mut Context<'a>) {
    for pattern in cases(rule, "EventPattern", &Pins::none(), cx) {
        let Some(node) = pattern.node() else { continue };
        let lists = |path: &[&str]| node.at(path).and_then(Node::as_list).unwrap_or_default();
        let from_s3 = lists(&["source"]).iter().any(|item| item.as_str() == Some("aws.s3"));
        let kinds = lists(&["detail-type"]);
        let own = |item: &Node| item.as_str().is_some_and(|text| text.starts_with("Object "));
        if !from_s3 || kinds.is_empty() || !kinds.iter().all(own) {
            continue;
        }
        for name in below(&pattern, "detail.bucket.name.*", cx) {
            let Some((bucket, None)) = named(&name, cx) else { continue };
            let path = "NotificationConfiguration.EventBridgeConfiguration";
            if bucket.kind() != Some("AWS::S3::Bucket") || !never_given(&bucket, path, cx) {
                continue;
            }
            let message =
                format!("`{}` waits for events of `{}`, which sends none to EventBridge", rule.id(), bucket.id());
            if let Some(finding) = say(&BUCKET_WITHOUT_EVENTS, &name, &name.pins, message, cx) {
                finding
                    .label(bucket.key.span, "this bucket has no `EventBridgeConfiguration`")
                    .help("Set `NotificationConfiguration: {EventBridgeConfiguration: {EventBridgeEnabled: true}}` on the bucket.");
            }
        }
    }
}
