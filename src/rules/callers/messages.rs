//! Queues, topics and buckets: who hands what on to whom.

use super::{FIFO_NOT_TAKEN, FIFO_TOPIC_ENDPOINT, NAME_FOR_ARN, NO_DEDUPLICATION, NOTIFICATIONS_OVERLAP, NOTIFY_FIFO};
use crate::conditions::Pins;
use crate::diagnostic::Applicability;
use crate::resolve::Case;
use crate::rule::Context;
use crate::rule::linking::{as_attribute, below, cases, is_not_true, is_true, joined, links, named, parts, say};
use crate::template::Resource;

const QUEUE: &str = "AWS::SQS::Queue";
const TOPIC: &str = "AWS::SNS::Topic";
/// The queue or topic types, the property that makes them FIFO, and the word for them.
const KINDS: [(&str, &str, &str); 2] = [(QUEUE, "FifoQueue", "queue"), (TOPIC, "FifoTopic", "topic")];

/// The destinations of a function that are FIFO, which Lambda does not serve.
fn not_fifo<'a>(from: &Resource<'a>, paths: &[&str], cx: &mut Context<'a>) {
    for path in paths {
        for (kind, property, word) in KINDS {
            for link in links(from, path, kind, &Pins::none(), cx) {
                for [there, fifo] in joined([(from, *path), (&link.target, property)], &link.pins, cx) {
                    if !is_true(&fifo) {
                        continue;
                    }
                    let message = format!(
                        "`{}` sends what failed or came out to `{}`, but Lambda does not send to a FIFO {word}",
                        from.id(),
                        link.target.id()
                    );
                    if let Some(finding) = say(&FIFO_NOT_TAKEN, &there, &fifo.pins, message, cx) {
                        finding
                            .label(fifo.span(), format!("this makes it a FIFO {word}"))
                            .help(format!("Send to a standard {word}."));
                    }
                }
            }
        }
    }
}

pub(super) fn dead_letters<'a>(function: &Resource<'a>, cx: &mut Context<'a>) {
    not_fifo(function, &["DeadLetterConfig.TargetArn"], cx);
}

pub(super) fn destinations<'a>(config: &Resource<'a>, cx: &mut Context<'a>) {
    let paths = ["DestinationConfig.OnFailure.Destination", "DestinationConfig.OnSuccess.Destination"];
    not_fifo(config, &paths, cx);
}

pub(super) fn notified<'a>(bucket: &Resource<'a>, cx: &mut Context<'a>) {
    let of = [
        ("NotificationConfiguration.QueueConfigurations.*.Queue", KINDS[0]),
        ("NotificationConfiguration.TopicConfigurations.*.Topic", KINDS[1]),
    ];
    for (path, (kind, property, word)) in of {
        for link in links(bucket, path, kind, &Pins::none(), cx) {
            for fifo in cases(&link.target, property, &link.pins, cx) {
                if !is_true(&fifo) {
                    continue;
                }
                let message =
                    format!("`{}` notifies the FIFO {word} `{}`, which S3 cannot", bucket.id(), link.target.id());
                let at = Case { key: link.from, ..fifo.clone() };
                let at = Case { member: crate::resolve::Member::Absent, ..at };
                if let Some(finding) = say(&NOTIFY_FIFO, &at, &fifo.pins, message, cx) {
                    finding
                        .label(fifo.span(), format!("this makes it a FIFO {word}"))
                        .help(format!("Notify a standard {word}, or send the events to EventBridge, which can."));
                }
            }
        }
    }
}

/// What one notification reacts to.
struct Reaction<'a> {
    event: Case<'a>,
    name: &'a str,
    prefix: &'a str,
    suffix: &'a str,
}

pub(super) fn overlaps<'a>(bucket: &Resource<'a>, cx: &mut Context<'a>) {
    let mut known: Vec<Reaction<'a>> = Vec::new();
    for list in ["LambdaConfigurations", "QueueConfigurations", "TopicConfigurations"] {
        let path = format!("NotificationConfiguration.{list}.*");
        for item in cases(bucket, &path, &Pins::none(), cx) {
            for event in below(&item, "Event", cx) {
                let (Some(name), Some((prefix, suffix))) = (event.text(), filter(&item, cx)) else { continue };
                known.push(Reaction { event: event.clone(), name, prefix, suffix });
            }
        }
    }
    for (i, later) in known.iter().enumerate() {
        let clash = known.iter().take(i).find(|earlier| {
            let same_place = earlier.event.span() == later.event.span();
            !same_place && earlier.event.pins == later.event.pins && collide(earlier, later)
        });
        let Some(earlier) = clash else { continue };
        let prefix = if later.prefix.len() > earlier.prefix.len() { later.prefix } else { earlier.prefix };
        let suffix = if later.suffix.len() > earlier.suffix.len() { later.suffix } else { earlier.suffix };
        let message = format!(
            "two notifications of `{}` react to `{}` of the same objects, such as `{prefix}x{suffix}`",
            bucket.id(),
            if later.name.len() > earlier.name.len() { later.name } else { earlier.name },
        );
        if let Some(finding) = say(&NOTIFICATIONS_OVERLAP, &later.event, &later.event.pins, message, cx) {
            finding.label(earlier.event.span(), "the other one").help(
                "Tell them apart by prefix or suffix, or notify one topic, or EventBridge, and have it hand the event on.",
            );
        }
    }
}

/// Prefix and suffix of a notification; empty texts when there are none, `None` when they are not known.
fn filter<'a>(item: &Case<'a>, cx: &Context<'a>) -> Option<(&'a str, &'a str)> {
    let (mut prefix, mut suffix) = ("", "");
    for rule in below(item, "Filter.S3Key.Rules.*", cx) {
        if rule.is_absent() {
            continue;
        }
        let (names, values) = (below(&rule, "Name", cx), below(&rule, "Value", cx));
        let ([name], [value]) = (names.as_slice(), values.as_slice()) else { return None };
        match name.text()?.to_ascii_lowercase().as_str() {
            "prefix" => prefix = value.text()?,
            "suffix" => suffix = value.text()?,
            _ => return None,
        }
    }
    Some((prefix, suffix))
}

fn collide(a: &Reaction<'_>, b: &Reaction<'_>) -> bool {
    let covers = |wide: &str, narrow: &str| {
        wide == narrow || wide.strip_suffix('*').is_some_and(|start| narrow.starts_with(start))
    };
    let either = |f: &dyn Fn(&str, &str) -> bool, x: &str, y: &str| f(x, y) || f(y, x);
    either(&covers, a.name, b.name)
        && either(&|x, y| x.starts_with(y), a.prefix, b.prefix)
        && either(&|x, y| x.ends_with(y), a.suffix, b.suffix)
}

pub(super) fn subscription<'a>(subscription: &Resource<'a>, cx: &mut Context<'a>) {
    for topic in links(subscription, "TopicArn", TOPIC, &Pins::none(), cx) {
        let of = [(&topic.target, "FifoTopic"), (subscription, "Protocol"), (subscription, "Endpoint")];
        for [fifo, protocol, endpoint] in joined(of, &topic.pins, cx) {
            let Some(name) = protocol.text() else { continue };
            if is_true(&fifo) && !matches!(name, "sqs" | "firehose") {
                let message =
                    format!("`{}` is a FIFO topic, which hands on only to queues, not to `{name}`", topic.target.id());
                if let Some(finding) = say(&FIFO_TOPIC_ENDPOINT, &protocol, &endpoint.pins, message, cx) {
                    finding
                        .label(fifo.span(), "this makes it a FIFO topic")
                        .help("Subscribe a queue, and let the receiver read that.");
                }
            }
            let Some((queue, Some("Arn"))) = named(&endpoint, cx) else { continue };
            if queue.kind() != Some(QUEUE) || !is_not_true(&fifo) {
                continue;
            }
            for theirs in cases(&queue, "FifoQueue", &endpoint.pins, cx) {
                if !is_true(&theirs) {
                    continue;
                }
                let message = format!(
                    "`{}` is a standard topic, and the queue `{}` is a FIFO queue, which it cannot serve",
                    topic.target.id(),
                    queue.id()
                );
                if let Some(finding) = say(&FIFO_TOPIC_ENDPOINT, &endpoint, &theirs.pins, message, cx) {
                    finding
                        .label(theirs.span(), "this makes it a FIFO queue")
                        .label(topic.target.key.span, "this topic is not FIFO")
                        .help("Make the topic a FIFO topic too, or the queue a standard one.");
                }
            }
        }
    }
}

pub(super) fn topic_name<'a>(topic: &Resource<'a>, cx: &mut Context<'a>) {
    for [fifo, name] in joined([(topic, "FifoTopic"), (topic, "TopicName")], &Pins::none(), cx) {
        let Some(text) = name.text().filter(|text| is_true(&fifo) && !text.ends_with(".fifo")) else { continue };
        let message = format!("`{}` is a FIFO topic, whose name must end with `.fifo`", topic.id());
        let better = format!("{text}.fifo");
        if let Some(finding) = say(&FIFO_TOPIC_ENDPOINT, &name, &name.pins, message, cx) {
            finding.label(fifo.span(), "this makes it a FIFO topic").help("Add `.fifo` to the name.");
            crate::rule::linking::offer_text(finding, &name, Applicability::Safe, &better);
        }
    }
}

/// Whether a queue gets its messages from a topic, or from the queue whose dead letters it takes: they have their ids.
fn is_fed<'a>(queue: &Resource<'a>, cx: &Context<'a>) -> bool {
    let from = [("AWS::SQS::Queue", "RedrivePolicy.deadLetterTargetArn"), ("AWS::SNS::Subscription", "Endpoint")];
    from.iter().any(|(kind, path)| !parts(kind, path, queue, cx).is_empty())
}

pub(super) fn deduplication<'a>(resource: &Resource<'a>, cx: &mut Context<'a>) {
    let Some((_, property, word)) = KINDS.iter().find(|kind| resource.kind() == Some(kind.0)) else { return };
    if is_fed(resource, cx) {
        return;
    }
    for [dedup, fifo] in joined([(resource, "ContentBasedDeduplication"), (resource, property)], &Pins::none(), cx) {
        if !is_true(&fifo) || !is_not_true(&dedup) {
            continue;
        }
        let message = format!("whoever sends to the FIFO {word} `{}` must give every message an id", resource.id());
        if let Some(finding) = say(&NO_DEDUPLICATION, &fifo, &fifo.pins, message, cx) {
            finding.help("With `ContentBasedDeduplication: true` the text of the message serves as the id.");
        }
    }
}

/// Where an ARN is wanted: type, property, and what the property does.
const WANT_ARN: &[(&str, &str)] = &[
    ("AWS::CloudWatch::Alarm", "AlarmActions.*"),
    ("AWS::CloudWatch::Alarm", "InsufficientDataActions.*"),
    ("AWS::CloudWatch::Alarm", "OKActions.*"),
    ("AWS::Events::Rule", "Targets.*.Arn"),
    ("AWS::Events::Rule", "Targets.*.RoleArn"),
    ("AWS::Lambda::EventInvokeConfig", "DestinationConfig.OnFailure.Destination"),
    ("AWS::Lambda::EventInvokeConfig", "DestinationConfig.OnSuccess.Destination"),
    ("AWS::Lambda::EventSourceMapping", "DestinationConfig.OnFailure.Destination"),
    ("AWS::Lambda::Function", "DeadLetterConfig.TargetArn"),
    ("AWS::Lambda::Function", "Role"),
    ("AWS::Logs::SubscriptionFilter", "DestinationArn"),
    ("AWS::Logs::SubscriptionFilter", "RoleArn"),
    ("AWS::S3::Bucket", "NotificationConfiguration.LambdaConfigurations.*.Function"),
    ("AWS::S3::Bucket", "NotificationConfiguration.QueueConfigurations.*.Queue"),
    ("AWS::SQS::Queue", "RedrivePolicy.deadLetterTargetArn"),
    ("AWS::Scheduler::Schedule", "Target.Arn"),
    ("AWS::Scheduler::Schedule", "Target.RoleArn"),
    ("AWS::StepFunctions::StateMachine", "RoleArn"),
];

/// Types whose `Ref` is no ARN, and what it is.
const REF_GIVES: &[(&str, &str)] = &[
    ("AWS::CodeBuild::Project", "name"),
    ("AWS::DynamoDB::Table", "name"),
    ("AWS::ECS::Cluster", "name"),
    ("AWS::IAM::Role", "name"),
    ("AWS::Kinesis::Stream", "name"),
    ("AWS::KinesisFirehose::DeliveryStream", "name"),
    ("AWS::Lambda::Function", "name"),
    ("AWS::Logs::LogGroup", "name"),
    ("AWS::S3::Bucket", "name"),
    ("AWS::SQS::Queue", "URL"),
];

pub(super) fn names<'a>(resource: &Resource<'a>, cx: &mut Context<'a>) {
    for (_, path) in WANT_ARN.iter().filter(|want| resource.kind() == Some(want.0)) {
        for case in cases(resource, path, &Pins::none(), cx) {
            report_name(resource, &case, cx);
        }
    }
}

/// The endpoint of a subscription is an ARN for some protocols.
pub(super) fn endpoint<'a>(subscription: &Resource<'a>, cx: &mut Context<'a>) {
    for [protocol, endpoint] in joined([(subscription, "Protocol"), (subscription, "Endpoint")], &Pins::none(), cx) {
        if matches!(protocol.text(), Some("sqs" | "lambda" | "firehose")) {
            report_name(subscription, &endpoint, cx);
        }
    }
}

fn report_name<'a>(resource: &Resource<'a>, case: &Case<'a>, cx: &mut Context<'a>) {
    let Some((target, None)) = named(case, cx) else { return };
    let Some((_, gives)) = REF_GIVES.iter().find(|given| target.kind() == Some(given.0)) else { return };
    let id = target.id();
    let edits = case.node().and_then(|node| as_attribute(node, "Arn", cx));
    let message = format!("`{}` wants the ARN of `{id}` here, and `Ref` gives its {gives}", resource.id());
    if let Some(finding) = say(&NAME_FOR_ARN, case, &case.pins, message, cx) {
        finding
            .label(target.key.span, format!("`!GetAtt {id}.Arn` gives its ARN"))
            .help(format!("Write `!GetAtt {id}.Arn`."))
            .fix_by(Applicability::Safe, "take the ARN", edits);
    }
}
