//! Events of state machines other than APIs: `Schedule`, `ScheduleV2`, `CloudWatchEvent` and `EventBridgeRule`.

use super::super::errors::Result;
use super::super::events::rules::{DeadLetters, Rule};
use super::super::events::schedules;
use super::super::resource::{Macro, Property, Resource, Type, p, req, strict};
use super::Target;
use super::events::start_role;
use crate::transform::value::{list, map};

const SCHEDULE: &[Property] = &[
    req("Schedule", Type::Str),
    p("Input", Type::Str),
    p("Enabled", Type::Bool),
    p("State", Type::Str),
    p("Name", Type::Str),
    p("Description", Type::Str),
    p("DeadLetterConfig", Type::Map),
    p("RetryPolicy", Type::Map),
    strict("Target", Type::Map),
    strict("RoleArn", Type::Str),
];

const PATTERN: &[Property] = &[
    p("EventBusName", Type::Str),
    p("RuleName", Type::Str),
    p("Pattern", Type::Map),
    p("Input", Type::Str),
    p("InputPath", Type::Str),
    p("DeadLetterConfig", Type::Map),
    p("RetryPolicy", Type::Map),
    p("State", Type::Str),
    strict("Target", Type::Map),
    p("InputTransformer", Type::Map),
];

const PRINCIPAL: &str = "events.amazonaws.com";

/// The properties of an event type, `None` when there is no such type.
pub fn properties(ty: &str) -> Option<&'static [Property]> {
    Some(match ty {
        "Schedule" => SCHEDULE,
        "CloudWatchEvent" | "EventBridgeRule" => PATTERN,
        "ScheduleV2" => schedules::PROPERTIES,
        _ => return None,
    })
}

/// Generates what an event needs.
///
/// # Errors
/// What the event holds and is not accepted.
pub fn translate(event: &Macro, target: &Target) -> Result<Vec<Resource>> {
    let rule = Rule { event, passed_on: &target.passed_on };
    match event.ty.as_str() {
        "ScheduleV2" => {
            let (policy, action) = ("StartExecutionPolicy", "states:StartExecution");
            schedules::translate(event, &target.passed_on, &target.arn(), policy, action)
        }
        "Schedule" => {
            let made = rule.scheduled()?;
            let role = event.get("RoleArn").is_none().then(|| start_role(event, target, PRINCIPAL));
            let letters = rule.dead_letters(&made)?;
            Ok(finish(&rule, target, made, role, letters))
        }
        _ => {
            let made = rule.matching()?;
            let role = Some(start_role(event, target, PRINCIPAL));
            let letters = rule.dead_letters(&made)?;
            Ok(finish(&rule, target, made, role, letters))
        }
    }
}

/// Aims the rule at the state machine.
fn finish(
    rule: &Rule,
    target: &Target,
    mut made: Resource,
    role: Option<Resource>,
    letters: DeadLetters,
) -> Vec<Resource> {
    let arn = role.as_ref().map_or_else(|| rule.event.value("RoleArn"), Resource::arn);
    let own = map! { "RoleArn" => arn };
    made.set("Targets", list![rule.target(target.arn(), "StepFunctionsTarget", own, &letters)]);
    let mut all = vec![made];
    all.extend(role);
    all.extend(letters.made);
    all
}
