//! Event sources of functions other than APIs: which module knows which type.

use super::super::World;
use super::super::errors::Result;
use super::super::resource::{Macro, Property, Resource};
use super::{Context, existing, plain, rules, schedules, streams, topics};

/// The properties of an event type, `None` when there is no such type.
pub fn properties(ty: &str) -> Option<&'static [Property]> {
    Some(match ty {
        "Schedule" => rules::SCHEDULE,
        "CloudWatchEvent" | "EventBridgeRule" => rules::PATTERN,
        "ScheduleV2" => schedules::PROPERTIES,
        "S3" => existing::BUCKET_EVENT,
        "Cognito" => existing::POOL_EVENT,
        "SNS" => topics::PROPERTIES,
        "CloudWatchLogs" => plain::LOGS,
        "IoTRule" => plain::IOT_RULE,
        "AlexaSkill" => plain::ALEXA_SKILL,
        _ => return streams::properties(ty),
    })
}

/// The checks before anything is generated.
///
/// # Errors
/// What the event refers to and cannot be used.
pub fn link(event: &Macro, world: &World) -> Result<()> {
    match event.ty.as_str() {
        "S3" => existing::target(event, "Bucket", world).map(|_| ()),
        "Cognito" => existing::target(event, "UserPool", world).map(|_| ()),
        _ => Ok(()),
    }
}

/// Generates what an event needs.
///
/// # Errors
/// What the event holds and is not accepted.
pub fn translate(context: &mut Context) -> Result<Vec<Resource>> {
    match context.event.ty.as_str() {
        "Schedule" => rules::schedule(context),
        "CloudWatchEvent" | "EventBridgeRule" => rules::pattern(context),
        "ScheduleV2" => {
            let (arn, passed_on) = (context.target.arn(), &context.target.passed_on);
            schedules::translate(&context.event, passed_on, &arn, "LambdaPolicy", "lambda:InvokeFunction")
        }
        "S3" => existing::bucket(context),
        "Cognito" => existing::user_pool(context),
        "SNS" => topics::translate(context),
        "CloudWatchLogs" => Ok(plain::logs(context)),
        "IoTRule" => Ok(plain::iot_rule(context)),
        "AlexaSkill" => Ok(plain::alexa_skill(context)),
        _ => streams::translate(context),
    }
}
