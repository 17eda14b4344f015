//! EventBridge rules: `Schedule`, `CloudWatchEvent` and `EventBridgeRule` events of functions, and what they share with
//! those of state machines.

use super::Context;
use crate::transform::sam::errors::{ErrorKind, Fault, Result};
use crate::transform::sam::resource::{Macro, Property, Resource, Type, p, req};
use crate::transform::value::{Map, Text, Value, list, map};

/// The properties of `Schedule`.
pub const SCHEDULE: &[Property] = &[
    req("Schedule", Type::Str),
    p("RuleName", Type::Str),
    p("Input", Type::Str),
    p("Enabled", Type::Bool),
    p("State", Type::Str),
    p("Name", Type::Str),
    p("Description", Type::Str),
    p("DeadLetterConfig", Type::Map),
    p("RetryPolicy", Type::Map),
];

/// The properties of `CloudWatchEvent` and `EventBridgeRule`.
pub const PATTERN: &[Property] = &[
    p("EventBusName", Type::Str),
    p("RuleName", Type::Str),
    p("Pattern", Type::Map),
    p("DeadLetterConfig", Type::Map),
    p("RetryPolicy", Type::Map),
    p("Input", Type::Str),
    p("InputPath", Type::Str),
    p("Target", Type::Map),
    p("Enabled", Type::Bool),
    p("State", Type::Str),
    p("InputTransformer", Type::Map),
];

const PRINCIPAL: &str = "events.amazonaws.com";
/// The longest id of a target.
const TARGET_ID: usize = 64;

/// A rule under construction: the event it is made for, and the attributes it gets.
pub struct Rule<'a> {
    /// The event.
    pub event: &'a Macro,
    /// The attributes that are handed on.
    pub passed_on: &'a Map,
}

/// What happens to events that cannot be delivered.
#[derive(Debug, Default)]
pub struct DeadLetters {
    /// Where they go.
    pub arn: Option<Value>,
    /// The queue and its policy, when they are made.
    pub made: Vec<Resource>,
}

impl Rule<'_> {
    fn resource(&self, suffix: &str, ty: &'static str) -> Resource {
        Resource::new(self.event.id.plus(suffix), ty, &self.event.cause).with_attributes(self.passed_on)
    }

    /// The rule of a schedule, without targets.
    ///
    /// # Errors
    /// When both `State` and `Enabled` are given.
    pub fn scheduled(&self) -> Result<Resource> {
        let event = self.event;
        Ok(self
            .resource("", "AWS::Events::Rule")
            .with_some("Description", event.get("Description"))
            .with_some("Name", event.get("Name"))
            .with_some("ScheduleExpression", event.get("Schedule"))
            .with_some("State", self.state()?))
    }

    /// The rule of a pattern, without targets.
    ///
    /// # Errors
    /// When both `State` and `Enabled` are given.
    pub fn matching(&self) -> Result<Resource> {
        let event = self.event;
        Ok(self
            .resource("", "AWS::Events::Rule")
            .with_some("EventBusName", event.get("EventBusName"))
            .with_some("EventPattern", event.get("Pattern"))
            .with_some("Name", event.get("RuleName"))
            .with_some("State", self.state()?))
    }

    fn state(&self) -> Result<Option<Value>> {
        let (state, enabled) = (self.event.truthy("State"), self.event.get("Enabled"));
        match (state, enabled) {
            (Some(_), Some(enabled)) => {
                let fault = self.event.event_fault("`State` and `Enabled` exclude each other").at(enabled.span);
                Err(fault.of_kind(ErrorKind::Exclusive))
            }
            (None, Some(enabled)) => {
                let word = if enabled.truthy() { "ENABLED" } else { "DISABLED" };
                Ok(Some(Value::from(word).at(enabled.span)))
            }
            (state, None) => Ok(state.cloned()),
        }
    }

    /// The dead-letter queue of a rule: one that is named, or a new one with a policy that lets the rule use it.
    ///
    /// # Errors
    /// When `DeadLetterConfig` is malformed.
    pub fn dead_letters(&self, rule: &Resource) -> Result<DeadLetters> {
        let mut letters = dead_letters(self.event, self.passed_on)?;
        if let Some(queue) = letters.made.first() {
            let statement = map! {
                "Action" => "sqs:SendMessage",
                "Effect" => "Allow",
                "Principal" => map! { "Service" => PRINCIPAL },
                "Resource" => queue.arn(),
                "Condition" => map! { "ArnEquals" => map! { "aws:SourceArn" => rule.arn() } },
            };
            let policy =
                Resource { cause: queue.cause.clone(), ..self.resource("QueuePolicy", "AWS::SQS::QueuePolicy") }
                    .with("PolicyDocument", map! { "Version" => "2012-10-17", "Statement" => list![statement] })
                    .with("Queues", list![queue.reference()]);
            letters.made.push(policy);
        }
        Ok(letters)
    }

    /// The target; `own` are the members that every target of its kind has after its id.
    pub fn target(&self, arn: Value, suffix: &str, own: Value, letters: &DeadLetters) -> Value {
        let given = self.event.truthy("Target").and_then(|t| t.get("Id"));
        let id = given.cloned().unwrap_or_else(|| target_id(&self.event.id, suffix).into());
        let mut target = map! { "Arn" => arn, "Id" => id };
        if let (Some(target), Some(own)) = (target.as_map_mut(), own.as_map()) {
            target.update(own);
        }
        for name in ["Input", "InputPath"] {
            if let Some(value) = self.event.get(name) {
                target.set(name, value);
            }
        }
        if let Some(config) = self.event.get("DeadLetterConfig") {
            let arn = letters.arn.clone().unwrap_or_else(Value::null);
            target.set("DeadLetterConfig", map! { "Arn" => arn }.at(config.span));
        }
        for name in ["RetryPolicy", "InputTransformer"] {
            if let Some(value) = self.event.get(name) {
                target.set(name, value);
            }
        }
        target
    }
}

/// The id of a target, shortened so that it is not too long.
fn target_id(id: &Text, suffix: &str) -> String {
    let kept: String = id.chars().take(TARGET_ID.saturating_sub(suffix.len())).collect();
    kept + suffix
}

/// Where events go that cannot be delivered: to a queue that is named, or to one that is made.
///
/// # Errors
/// When `DeadLetterConfig` is malformed.
pub fn dead_letters(event: &Macro, passed_on: &Map) -> Result<DeadLetters> {
    let Some(config) = event.get("DeadLetterConfig") else { return Ok(DeadLetters::default()) };
    let fault = |kind, message: &str, span| Err(Fault::event(&event.id, kind, message).at(span));
    let (arn, ty) = (config.get("Arn"), config.get("Type"));
    match (arn, ty) {
        (Some(_), Some(ty)) => {
            return fault(ErrorKind::Exclusive, "`Arn` and `Type` of `DeadLetterConfig` exclude each other", ty.span);
        }
        (None, None) => return fault(ErrorKind::Missing, "`DeadLetterConfig` needs `Arn` or `Type`", config.span),
        (None, Some(ty)) if ty.as_str() != Some("SQS") => {
            return fault(ErrorKind::Invalid, "`Type` of `DeadLetterConfig` must be `SQS`", ty.span);
        }
        _ => {}
    }
    if let Some(arn) = arn.filter(|a| !a.is_null()) {
        return Ok(DeadLetters { arn: Some(arn.clone()), made: Vec::new() });
    }
    let id = match config.given("QueueLogicalId") {
        None => event.id.plus("Queue"),
        Some(value) => match value.as_text() {
            Some(text) if text.is_empty() => event.id.plus("Queue"),
            Some(text) => text.clone(),
            None => return fault(ErrorKind::WrongType, "`QueueLogicalId` must be a string", value.span),
        },
    };
    let queue = Resource::new(id, "AWS::SQS::Queue", &event.cause_of("DeadLetterConfig")).with_attributes(passed_on);
    Ok(DeadLetters { arn: Some(queue.arn()), made: vec![queue] })
}

/// A `Schedule` of a function.
///
/// # Errors
/// What the event holds and is not accepted.
pub fn schedule(context: &mut Context) -> Result<Vec<Resource>> {
    let rule = Rule { event: &context.event, passed_on: &context.target.passed_on };
    let mut made = rule.scheduled()?;
    let letters = rule.dead_letters(&made)?;
    made.set("Targets", list![rule.target(context.target.arn(), "LambdaTarget", Map::new().into(), &letters)]);
    let permission = context.permission(&context.event.id, "", PRINCIPAL).with("SourceArn", made.arn());
    let mut all = vec![made];
    all.extend(letters.made);
    all.push(permission);
    Ok(all)
}

/// A `CloudWatchEvent` or `EventBridgeRule` of a function.
///
/// # Errors
/// What the event holds and is not accepted.
pub fn pattern(context: &mut Context) -> Result<Vec<Resource>> {
    let rule = Rule { event: &context.event, passed_on: &context.target.passed_on };
    let mut made = rule.matching()?;
    let letters = rule.dead_letters(&made)?;
    made.set("Targets", list![rule.target(context.target.arn(), "LambdaTarget", Map::new().into(), &letters)]);
    let permission = context.permission(&context.event.id, "", PRINCIPAL).with("SourceArn", made.arn());
    let mut all = letters.made;
    all.push(made);
    all.push(permission);
    Ok(all)
}
