//! `SNS`: subscriptions to topics, directly or through a queue.

use super::{Context, streams};
use crate::transform::sam::errors::{ErrorKind, Result};
use crate::transform::sam::resource::{Property, Resource, Type, any, p, req};
use crate::transform::value::{Text, Value, list, map};

/// The properties.
pub const PROPERTIES: &[Property] = &[
    req("Topic", Type::Str),
    p("Region", Type::Str),
    any("FilterPolicy"),
    any("FilterPolicyScope"),
    p("SqsSubscription", Type::One(&[Type::Bool, Type::Map])),
    p("RedrivePolicy", Type::Map),
];

/// Generates the subscription and what lies between it and the function.
///
/// # Errors
/// What the event holds and is not accepted.
pub fn translate(context: &mut Context) -> Result<Vec<Resource>> {
    let topic = context.event.value("Topic");
    let Some(queued) = context.event.truthy("SqsSubscription").cloned() else {
        let permission = context.permission(&context.event.id, "", "sns.amazonaws.com").with("SourceArn", topic);
        return Ok(vec![permission, subscription(context, "lambda", context.target.arn())]);
    };
    let cause = context.event.cause_of("SqsSubscription");
    if queued.is_bool() {
        let fifo = fifo(context, &topic)?;
        let queue = Resource { cause, ..context.resource("Queue", "AWS::SQS::Queue") }
            .with_some("FifoQueue", fifo.filter(Value::truthy));
        let policy = queue_policy(context, None, &queue.arn(), &queue.reference(), &topic);
        let mut made = vec![streams::mapping_of_queue(context, queue.arn(), Value::from(10))];
        let subscription = subscription(context, "sqs", queue.arn());
        made.extend([queue, policy, subscription]);
        return Ok(made);
    }
    let (Some(arn), Some(url)) = (queued.truthy_at("QueueArn"), queued.truthy_at("QueueUrl")) else {
        let fault = context.event.event_fault("`SqsSubscription` needs `QueueArn` and `QueueUrl`").at(queued.span);
        return Err(fault.of_kind(ErrorKind::Missing));
    };
    let id = match queued.truthy_at("QueuePolicyLogicalId") {
        None => None,
        Some(id) => match id.as_text() {
            Some(text) => Some(text.clone()),
            None => return Err(context.event.event_fault("`QueuePolicyLogicalId` must be a string").at(id.span)),
        },
    };
    let policy = queue_policy(context, id, arn, url, &topic);
    let batch = queued.truthy_at("BatchSize").cloned().unwrap_or_else(|| Value::from(10));
    let mapping = streams::mapping_of_queue(context, arn.clone(), batch);
    let subscription = subscription(context, "sqs", arn.clone());
    Ok(vec![mapping, policy, subscription])
}

fn subscription(context: &Context, protocol: &'static str, endpoint: Value) -> Resource {
    context
        .resource("", "AWS::SNS::Subscription")
        .with("Endpoint", endpoint)
        .with("Protocol", protocol)
        .with_some("TopicArn", context.event.get("Topic"))
        .with_same(&context.event, &["Region", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy"])
}

/// The policy that lets the topic send to the queue.
fn queue_policy(context: &Context, id: Option<Text>, arn: &Value, url: &Value, topic: &Value) -> Resource {
    let statement = map! {
        "Action" => "sqs:SendMessage",
        "Effect" => "Allow",
        "Principal" => "*",
        "Resource" => arn,
        "Condition" => map! { "ArnEquals" => map! { "aws:SourceArn" => topic } },
    };
    let cause = context.event.cause_of("SqsSubscription");
    let mut policy = Resource { cause, ..context.resource("QueuePolicy", "AWS::SQS::QueuePolicy") };
    if let Some(id) = id {
        policy.id = id;
    }
    policy
        .with("PolicyDocument", map! { "Version" => "2012-10-17", "Statement" => list![statement] })
        .with("Queues", list![url])
}

/// `FifoTopic` of a topic in this template.
fn fifo(context: &Context, topic: &Value) -> Result<Option<Value>> {
    let id = match topic.only_pair().map(|(function, argument)| (function.as_str(), argument)) {
        Some(("Ref", argument)) => argument.as_str(),
        Some(("Fn::GetAtt", argument)) => match argument.as_list() {
            Some([id, _]) => id.as_str(),
            Some(_) => None,
            None => {
                argument.as_str().and_then(|t| t.split_once('.')).filter(|(_, rest)| !rest.contains('.')).map(|p| p.0)
            }
        },
        _ => None,
    };
    let Some(given) = id.and_then(|id| context.world.resource(id)?.path(&["Properties", "FifoTopic"])) else {
        return Ok(None);
    };
    context.world.resolver.parameters(given).map(Some)
}
