//! Services that send to queues, topics and buckets: whether the receivers let them.

use super::{DELIVERY_NOT_TAKEN, KEY_NOT_FOR_SENDER, LOGS_NOT_TAKEN, Memo, NOTIFIED_NOT_OPEN, SUBSCRIBED_NOT_OPEN};
use crate::conditions::Pins;
use crate::diagnostic::Severity;
use crate::policy::role::Access;
use crate::policy::{Answer, Effect};
use crate::resolve::Case;
use crate::rule::linking::{below, cases, joined, mentioned, named, say};
use crate::rule::{Context, Rule};
use crate::syntax::Node;
use crate::template::Resource;

const BUCKET: &str = "AWS::S3::Bucket";
const QUEUE: &str = "AWS::SQS::Queue";
const TOPIC: &str = "AWS::SNS::Topic";

/// Somebody who sends, and to what.
struct Sending<'s, 'a> {
    from: &'s Resource<'a>,
    to: &'s Resource<'a>,
    service: &'s str,
    action: &'s str,
    /// The place that names the receiver.
    at: &'s Case<'a>,
    rule: &'static Rule,
    /// Whether the service tries it at once.
    tries: bool,
}

/// Reports a receiver whose policies do not let the service in.
fn closed<'a>(sending: &Sending<'_, 'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    let Some(pins) = cx.resolver().existing(sending.to, &sending.at.pins) else { return };
    let Some(access) = memo.on_resource(sending.to, &pins, cx) else { return };
    if access.lets_service(sending.service, sending.action) != Answer::No {
        return;
    }
    let (from, to, service, action) = (sending.from.id(), sending.to.id(), sending.service, sending.action);
    let how = if access.policies.is_empty() { "it has no policy" } else { "its policy does not" };
    let message = format!("`{from}` sends to `{to}`, but nothing lets `{service}` do `{action}` there: {how}");
    let place = access.policies.first().map_or(sending.to.key.span, |policy| policy.span);
    if let Some(finding) = say(sending.rule, sending.at, &pins, message, cx) {
        let kind = match sending.to.kind() {
            Some(QUEUE) => "AWS::SQS::QueuePolicy",
            Some(TOPIC) => "AWS::SNS::TopicPolicy",
            _ => "AWS::S3::BucketPolicy",
        };
        let words = if access.policies.is_empty() { "the receiver" } else { "the policy of the receiver" };
        finding.label(place, words).help(format!(
            "In an `{kind}` for `{to}`, allow `{action}` to `Service: {service}`, limited to `aws:SourceArn` of `{from}`."
        ));
        if sending.tries {
            finding.severity = Severity::Error;
        }
    }
}

/// Where a bucket sends notifications: path, type, action.
const NOTIFIED: &[(&str, &str, &str)] = &[
    ("NotificationConfiguration.QueueConfigurations.*.Queue", QUEUE, "sqs:SendMessage"),
    ("NotificationConfiguration.TopicConfigurations.*.Topic", TOPIC, "sns:Publish"),
];

pub(super) fn notifications<'a>(bucket: &Resource<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    for (path, kind, action) in NOTIFIED {
        for case in cases(bucket, path, &Pins::none(), cx) {
            let Some((target, _)) = named(&case, cx).filter(|(target, _)| target.kind() == Some(kind)) else {
                continue;
            };
            let sending = Sending {
                from: bucket,
                to: &target,
                service: "s3.amazonaws.com",
                action,
                at: &case,
                rule: &NOTIFIED_NOT_OPEN,
                tries: true,
            };
            closed(&sending, memo, cx);
            key(&sending, memo, cx);
        }
    }
}

pub(super) fn subscription<'a>(subscription: &Resource<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    for [topic, endpoint] in joined([(subscription, "TopicArn"), (subscription, "Endpoint")], &Pins::none(), cx) {
        let Some((topic, _)) = named(&topic, cx).filter(|(topic, _)| topic.kind() == Some(TOPIC)) else { continue };
        subscribed(&topic, &endpoint, memo, cx);
    }
}

pub(super) fn subscriptions_of_topic<'a>(topic: &Resource<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    for endpoint in cases(topic, "Subscription.*.Endpoint", &Pins::none(), cx) {
        subscribed(topic, &endpoint, memo, cx);
    }
}

fn subscribed<'a>(topic: &Resource<'a>, endpoint: &Case<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    let Some((queue, Some("Arn"))) = named(endpoint, cx) else { return };
    if queue.kind() != Some(QUEUE) {
        return;
    }
    let sending = Sending {
        from: topic,
        to: &queue,
        service: "sns.amazonaws.com",
        action: "sqs:SendMessage",
        at: endpoint,
        rule: &SUBSCRIBED_NOT_OPEN,
        tries: false,
    };
    closed(&sending, memo, cx);
    other_topics(&sending, memo, cx);
    key(&sending, memo, cx);
}

/// A policy that lets topics in, but certainly only others than this one.
fn other_topics<'a>(sending: &Sending<'_, 'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    let Some(pins) = cx.resolver().existing(sending.to, &sending.at.pins) else { return };
    let Some(access) = memo.on_resource(sending.to, &pins, cx).filter(|access| access.whole) else { return };
    let kinds = |id: &str| cx.template.resources.get(id).and_then(|r| r.kind());
    let mut others = Vec::new();
    for statement in access.statements().filter(|s| s.effect != Some(Effect::Deny)) {
        let who = statement.principals.as_ref().map_or(Answer::No, |p| p.name_service(sending.service));
        if who == Answer::No || statement.names_action(sending.action) == Answer::No {
            continue;
        }
        let source = statement.conditions.iter().find(|c| c.key.eq_ignore_ascii_case("aws:SourceArn"));
        let Some(source) = source.filter(|c| c.whole && !c.operator.contains("Not")) else { return };
        for value in &source.values {
            match value.resource().filter(|_| value.pieces.len() == 1) {
                Some(id) if id != sending.from.id() && kinds(id) == Some(TOPIC) => {
                    others.push((value.span, id.to_owned()))
                }
                _ => return,
            }
        }
    }
    let Some((span, other)) = others.first().cloned() else { return };
    let message =
        format!("`{}` sends to `{}`, whose policy only lets `{other}` send", sending.from.id(), sending.to.id());
    if let Some(finding) = say(sending.rule, sending.at, &pins, message, cx) {
        finding.label(span, "the topic that may send").help(format!("Add `!Ref {}` there.", sending.from.id()));
    }
}

/// The rules of EventBridge send to encrypted queues and topics.
pub(super) fn rule_keys<'a>(rule: &Resource<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    for case in cases(rule, "Targets.*.Arn", &Pins::none(), cx) {
        let Some((target, _)) = named(&case, cx) else { continue };
        let action = match target.kind() {
            Some(QUEUE) => "sqs:SendMessage",
            Some(TOPIC) => "sns:Publish",
            _ => continue,
        };
        let sending = Sending {
            from: rule,
            to: &target,
            service: "events.amazonaws.com",
            action,
            at: &case,
            rule: &KEY_NOT_FOR_SENDER,
            tries: false,
        };
        key(&sending, memo, cx);
    }
}

/// The key of the receiver: one of AWS lets no other service use it, one of the template must do so.
fn key<'a>(sending: &Sending<'_, 'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    let (service, to) = (sending.service, sending.to.id());
    for case in cases(sending.to, "KmsMasterKeyId", &sending.at.pins, cx) {
        let Some(node) = case.node() else { continue };
        let managed = node.as_str().is_some_and(|text| text.starts_with("alias/aws/"));
        let keys = mentioned(node, "AWS::KMS::Key", cx);
        let (message, place, help) = if managed {
            let message = format!("`{to}` is encrypted with a key of AWS, which `{service}` cannot use");
            (message, sending.at.span(), "Make a key of your own whose policy lets the service use it.")
        } else if let [own] = keys.as_slice()
            && let Some(access) = memo.on_resource(own, &case.pins, cx)
            && ["kms:GenerateDataKey", "kms:Decrypt"].iter().any(|a| denied(&access, service, a))
        {
            let message = format!("`{to}` is encrypted with `{}`, which does not let `{service}` use it", own.id());
            (message, own.key.span, "In the policy of the key, allow `kms:GenerateDataKey*` and `kms:Decrypt` to it.")
        } else {
            continue;
        };
        if let Some(finding) = say(&KEY_NOT_FOR_SENDER, &case, &case.pins, message, cx) {
            finding.label(place, if managed { "the sender names it here" } else { "the key" }).help(help);
            if sending.tries {
                finding.severity = Severity::Error;
            }
        }
    }
}

fn denied(access: &Access, service: &str, action: &str) -> bool {
    access.lets_service(service, action) == Answer::No
}

/// A bucket that logs the access to it.
pub(super) fn access_logs<'a>(bucket: &Resource<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    for case in cases(bucket, "LoggingConfiguration.DestinationBucketName", &Pins::none(), cx) {
        let Some((target, None)) = named(&case, cx) else { continue };
        if target.kind() != Some(BUCKET) {
            continue;
        }
        if target.id() == bucket.id() {
            let message = format!("`{}` logs the access to it into itself: each log is an access again", bucket.id());
            if let Some(finding) = say(&LOGS_NOT_TAKEN, &case, &case.pins, message, cx) {
                finding.help("Log into another bucket.");
            }
            continue;
        }
        // The old way, by access control lists.
        if cases(&target, "AccessControl", &case.pins, cx).iter().any(|c| !c.is_absent()) {
            continue;
        }
        let sending = Sending {
            from: bucket,
            to: &target,
            service: "logging.s3.amazonaws.com",
            action: "s3:PutObject",
            at: &case,
            rule: &LOGS_NOT_TAKEN,
            tries: false,
        };
        closed(&sending, memo, cx);
    }
}

pub(super) fn trail<'a>(trail: &Resource<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    for case in cases(trail, "S3BucketName", &Pins::none(), cx) {
        let Some((target, None)) = named(&case, cx).filter(|(target, _)| target.kind() == Some(BUCKET)) else {
            continue;
        };
        for action in ["s3:PutObject", "s3:GetBucketAcl"] {
            let sending = Sending {
                from: trail,
                to: &target,
                service: "cloudtrail.amazonaws.com",
                action,
                at: &case,
                rule: &DELIVERY_NOT_TAKEN,
                tries: true,
            };
            closed(&sending, memo, cx);
        }
    }
}

/// A load balancer that writes its access logs.
pub(super) fn balancer<'a>(balancer: &Resource<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    for attributes in cases(balancer, "LoadBalancerAttributes", &Pins::none(), cx) {
        let items = attributes.node().and_then(Node::as_list).unwrap_or_default();
        let with = |key: &str| items.iter().find(|i| i.get("Key").and_then(Node::as_str) == Some(key));
        let on = with("access_logs.s3.enabled").and_then(|i| i.get("Value")).and_then(Node::scalar_text);
        let (Some("true"), Some(place)) = (on, with("access_logs.s3.bucket")) else { continue };
        let within = Case { member: crate::resolve::Member::Value(place), key: place.span, ..attributes.clone() };
        for case in below(&within, "Value", cx) {
            let Some((target, None)) = named(&case, cx).filter(|(target, _)| target.kind() == Some(BUCKET)) else {
                continue;
            };
            let network = cases(balancer, "Type", &case.pins, cx).iter().any(|c| c.text() == Some("network"));
            let known = cases(balancer, "Type", &case.pins, cx).iter().all(|c| c.is_absent() || c.text().is_some());
            let Some(access) = memo.on_resource(&target, &case.pins, cx).filter(|_| known) else { continue };
            // The older regions let an account of the load balancers write.
            if access.may_let_identities("s3:PutObject") {
                continue;
            }
            let service =
                if network { "delivery.logs.amazonaws.com" } else { "logdelivery.elasticloadbalancing.amazonaws.com" };
            let sending = Sending {
                from: balancer,
                to: &target,
                service,
                action: "s3:PutObject",
                at: &case,
                rule: &DELIVERY_NOT_TAKEN,
                tries: true,
            };
            closed(&sending, memo, cx);
        }
    }
}
