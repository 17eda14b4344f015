//! `ScheduleV2`: schedules of EventBridge Scheduler, which invoke functions and start state machines with a role of
//! their own.

use super::rules::dead_letters;
use crate::transform::sam::errors::{ErrorKind, Fault, Result};
use crate::transform::sam::resource::{Macro, Property, Resource, Type, p, req, strict};
use crate::transform::sam::role;
use crate::transform::value::{Map, Value, map};

/// The properties.
pub const PROPERTIES: &[Property] = &[
    p("PermissionsBoundary", Type::Str),
    req("ScheduleExpression", Type::Str),
    p("FlexibleTimeWindow", Type::Map),
    p("Name", Type::Str),
    p("State", Type::Str),
    p("Description", Type::Str),
    p("StartDate", Type::Str),
    p("EndDate", Type::Str),
    p("ScheduleExpressionTimezone", Type::Str),
    p("GroupName", Type::Str),
    p("KmsKeyArn", Type::Str),
    p("Input", Type::Str),
    p("RoleArn", Type::Str),
    p("DeadLetterConfig", Type::Map),
    p("RetryPolicy", Type::Map),
    strict("OmitName", Type::Bool),
];

/// Generates the schedule, its queue and its role; `policy` and `action` say what the role may do with the target.
///
/// # Errors
/// What the event holds and is not accepted.
pub fn translate(
    event: &Macro,
    passed_on: &Map,
    arn: &Value,
    policy: &str,
    action: &'static str,
) -> Result<Vec<Resource>> {
    let name = match (event.truthy("OmitName"), event.truthy("Name")) {
        (Some(_), Some(name)) => {
            let message = "`Name` and `OmitName` exclude each other";
            return Err(Fault::event(&event.id, ErrorKind::Exclusive, message).at(name.span));
        }
        (Some(_), None) => None,
        (None, name) => Some(name.cloned().unwrap_or_else(|| Value::from(&event.id))),
    };
    let window = event.truthy("FlexibleTimeWindow").cloned().unwrap_or_else(|| map! { "Mode" => "OFF" });
    let mut schedule = Resource::new(event.id.clone(), "AWS::Scheduler::Schedule", &event.cause)
        .with_attributes(passed_on)
        .with_some("ScheduleExpression", event.get("ScheduleExpression"))
        .with("FlexibleTimeWindow", window)
        .with_some("Name", name)
        .with_some("State", event.truthy("State"))
        .with_same(
            event,
            &["Description", "StartDate", "EndDate", "ScheduleExpressionTimezone", "GroupName", "KmsKeyArn"],
        );
    let letters = dead_letters(event, passed_on)?;
    let role = match event.truthy("RoleArn") {
        Some(_) => None,
        None => {
            let mut policies = vec![role::policy(event.id.plain().plus(policy), action, arn.clone())];
            if let Some(queue) = letters.arn.as_ref().filter(|a| a.truthy()) {
                policies.push(role::policy(event.id.plain().plus("SQSPolicy"), "sqs:SendMessage", queue));
            }
            Some(
                Resource::new(event.id.plus("Role"), "AWS::IAM::Role", &event.cause)
                    .with_attributes(passed_on)
                    .with("AssumeRolePolicyDocument", role::trust("scheduler.amazonaws.com"))
                    .with("Policies", policies)
                    .with_some("PermissionsBoundary", event.truthy("PermissionsBoundary")),
            )
        }
    };
    let role_arn = role.as_ref().map_or_else(|| event.value("RoleArn"), Resource::arn);
    let mut target = map! { "Arn" => arn, "RoleArn" => role_arn };
    if let Some(input) = event.get("Input") {
        target.set("Input", input);
    }
    if let Some(config) = event.get("DeadLetterConfig") {
        let arn = letters.arn.clone().unwrap_or_else(Value::null);
        target.set("DeadLetterConfig", map! { "Arn" => arn }.at(config.span));
    }
    if let Some(retry) = event.get("RetryPolicy") {
        target.set("RetryPolicy", retry);
    }
    schedule.set("Target", target);
    let mut made = vec![schedule];
    made.extend(letters.made);
    made.extend(role);
    Ok(made)
}
