//! Event sources that need little more than a permission: `CloudWatchLogs`, `IoTRule` and `AlexaSkill`.

use super::Context;
use crate::transform::sam::resource::{Property, Resource, Type, p, req};
use crate::transform::value::{list, map, sub, sub_with};

/// The properties of `CloudWatchLogs`.
pub const LOGS: &[Property] = &[req("LogGroupName", Type::Str), req("FilterPattern", Type::Str)];
/// The properties of `IoTRule`.
pub const IOT_RULE: &[Property] = &[req("Sql", Type::Str), p("AwsIotSqlVersion", Type::Str)];
/// The properties of `AlexaSkill`.
pub const ALEXA_SKILL: &[Property] = &[p("SkillId", Type::Str)];

/// An ARN of the account in the region; `resource` is its last part.
fn arn(context: &Context, service: &str, resource: &str) -> String {
    format!("arn:{}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}", context.world.partition)
}

/// A subscription to a log group.
pub fn logs(context: &mut Context) -> Vec<Resource> {
    let group = context.event.value("LogGroupName");
    let source =
        sub_with(arn(context, "logs", "log-group:${__LogGroupName__}:*"), map! { "__LogGroupName__" => &group });
    let permission = context.permission(&context.event.id, "", "logs.amazonaws.com").with("SourceArn", source);
    let filter = context
        .resource("", "AWS::Logs::SubscriptionFilter")
        .depending_on(Some(list![permission.id.clone()]))
        .with("LogGroupName", group)
        .with("FilterPattern", context.event.value("FilterPattern"))
        .with("DestinationArn", context.target.arn());
    vec![permission, filter]
}

/// A rule for messages of devices.
pub fn iot_rule(context: &mut Context) -> Vec<Resource> {
    let event = &context.event;
    let rule = context.resource("", "AWS::IoT::TopicRule");
    let source = sub_with(arn(context, "iot", "rule/${RuleName}"), map! { "RuleName" => rule.reference() });
    let permission = context
        .permission(&event.id, "", "iot.amazonaws.com")
        .with("SourceAccount", sub("${AWS::AccountId}"))
        .with("SourceArn", source);
    let action = map! { "Lambda" => map! { "FunctionArn" => context.target.arn() } };
    let mut payload = map! { "Sql" => event.value("Sql"), "RuleDisabled" => false, "Actions" => list![action] };
    if let Some(version) = event.truthy("AwsIotSqlVersion") {
        payload.set("AwsIotSqlVersion", version);
    }
    vec![permission, rule.with("TopicRulePayload", payload)]
}

/// A skill of Alexa.
pub fn alexa_skill(context: &mut Context) -> Vec<Resource> {
    let token = context.event.get("SkillId");
    vec![context.permission(&context.event.id, "", "alexa-appkit.amazon.com").with_some("EventSourceToken", token)]
}
