//! `EventInvokeConfig` of functions: the configuration, and queues and topics for destinations that name none.

use super::World;
use super::errors::{ErrorKind, Result};
use super::events::Target;
use super::resource::{Macro, Resource, Type};
use super::{conditions, ids, role};
use crate::transform::python_text;
use crate::transform::value::{Kind, Map, Text, Value, if_else, list, map, reference};

/// The generated resources and the policies that the role needs.
///
/// # Errors
/// When a destination is not accepted.
pub fn translate(
    source: &Macro,
    alias: Option<&Value>,
    target: &Target,
    world: &mut World,
) -> Result<(Vec<Resource>, Vec<Value>)> {
    let given = source.value("EventInvokeConfig");
    let config = world.resolver.parameters(&given)?;
    let id = source.id.plus("EventInvokeConfig");
    let cause = source.cause_of("EventInvokeConfig");
    let mut made = Vec::new();
    let mut policies = Vec::new();
    let mut destinations = Map::new();
    if let Some(all) = config.truthy_at("DestinationConfig") {
        let all = source.expect("EventInvokeConfig.DestinationConfig", Type::Map, Some(all))?;
        for name in ["OnSuccess", "OnFailure"] {
            let Some(one) = all.given(name) else { continue };
            let path = format!("EventInvokeConfig.DestinationConfig.{name}");
            let one = source.expect(&path, Type::Map, Some(one))?;
            let shared = given.path(&["DestinationConfig", name]).cloned();
            let mut one = one.clone();
            if let Some(known) = shared.as_ref().and_then(|s| shared_destination(s, world)) {
                one.set("Destination", known);
            }
            let single = Single { source, id: &id, name, config: &one };
            let outcome = single.translate(world)?;
            if let (Some(shared), Some(value)) = (shared, &outcome.destination) {
                world.shared_destinations.push((shared, value.clone()));
            }
            let value = outcome.destination.unwrap_or_else(Value::null);
            destinations.insert(name, map! { "Destination" => value }.at(one.span));
            made.extend(outcome.resource);
            policies.push(outcome.policy);
        }
    }
    let resource = Resource::new(id, "AWS::Lambda::EventInvokeConfig", &cause)
        .with_attributes(&source.attributes)
        .depending_on(target.alias.then(|| list![target.id.clone()]))
        .with("DestinationConfig", destinations)
        .with("FunctionName", reference(source.id.clone()))
        .with_some("MaximumEventAgeInSeconds", config.get("MaximumEventAgeInSeconds"))
        .with_some("MaximumRetryAttempts", config.get("MaximumRetryAttempts"))
        .with("Qualifier", alias.cloned().unwrap_or_else(|| "$LATEST".into()));
    made.push(resource);
    Ok((made, policies))
}

/// The destination that another function made for the very same map of `Globals`.
fn shared_destination(map: &Value, world: &World) -> Option<Value> {
    let Kind::Map(map) = &map.kind else { return None };
    let same = |v: &Value| matches!(&v.kind, Kind::Map(other) if std::rc::Rc::ptr_eq(map, other));
    world.shared_destinations.iter().find(|(v, _)| same(v)).map(|(_, d)| d.clone())
}

struct Single<'a> {
    source: &'a Macro,
    id: &'a Text,
    name: &'static str,
    config: &'a Value,
}

struct Outcome {
    resource: Option<Resource>,
    destination: Option<Value>,
    policy: Value,
}

impl Single<'_> {
    fn translate(&self, world: &mut World) -> Result<Outcome> {
        let ty = self.config.get("Type").and_then(Value::as_str).unwrap_or("");
        if !matches!(ty, "SQS" | "SNS" | "EventBridge" | "Lambda" | "S3Bucket") {
            let message =
                format!("`Type` of `{}` must be `SQS`, `SNS`, `EventBridge`, `Lambda` or `S3Bucket`", self.name);
            let span = self.config.get("Type").map_or(self.config.span, |t| t.span);
            return Err(self.source.fault(ErrorKind::Invalid, message).at(span));
        }
        let given = self.config.given("Destination");
        let (condition, other) = self.condition(given, world)?;
        if let (Some(given), None) = (given, &condition) {
            let policy = self.policy(ty, given);
            return Ok(Outcome { resource: None, destination: Some(given.clone()), policy });
        }
        let resource = match ty {
            "SQS" => self.target("Queue", "AWS::SQS::Queue"),
            "SNS" => self.target("Topic", "AWS::SNS::Topic"),
            _ => {
                let message = format!("`{}` of type `{ty}` needs `Destination`", self.name);
                return Err(self.source.fault(ErrorKind::Missing, message).at(self.config.span));
            }
        };
        let mut resource = resource;
        if let Some(condition) = self.both_conditions(condition.as_ref(), world) {
            resource.attributes.insert("Condition", condition);
        }
        let arn = if ty == "SNS" { resource.reference() } else { resource.arn() };
        let destination = match (&condition, other) {
            (Some(condition), Some(other)) => if_else(condition, arn, other),
            _ => arn,
        };
        let policy = self.policy(ty, &destination);
        Ok(Outcome { resource: Some(resource), destination: Some(destination), policy })
    }

    fn target(&self, suffix: &str, ty: &'static str) -> Resource {
        let cause = self.source.cause_of("EventInvokeConfig").below(self.name, self.config.span);
        Resource::new(self.id.plus(self.name).plus(suffix), ty, &cause).with_attributes(&self.source.passed_on())
    }

    /// The condition under which the target is made, and the destination otherwise.
    fn condition(&self, given: Option<&Value>, world: &mut World) -> Result<(Option<Value>, Option<Value>)> {
        let Some(argument) = given.and_then(|g| g.call("Fn::If")) else { return Ok((None, None)) };
        let Some([condition, yes, no]) = argument.as_list() else {
            let message = "`Fn::If` in `Destination` needs three arguments";
            return Err(super::errors::Fault::invalid(self.id, message).at(argument.span));
        };
        match (yes.is_no_value(), no.is_no_value()) {
            (true, false) => Ok((Some(condition.clone()), Some(no.clone()))),
            (false, true) => {
                let name = format!("NOT{}{}", python_text::str(condition), ids::short(self.id));
                world.add_condition(name.clone(), conditions::not(condition));
                Ok((Some(name.into()), Some(yes.clone())))
            }
            _ => Ok((None, None)),
        }
    }

    /// The condition of the function together with that of the destination.
    fn both_conditions(&self, own: Option<&Value>, world: &mut World) -> Option<Value> {
        let outer = self.source.attributes.get("Condition");
        let (Some(outer), Some(own)) = (outer, own) else { return outer.or(own).cloned() };
        let texts = [outer, own].map(python_text::str);
        let name = format!("{}AND{}{}", texts[0], texts[1], ids::short(&self.source.id));
        let item = |c: &Value| map! { "Condition" => map! { "Condition" => c } };
        world.add_condition(name.clone(), map! { "Fn::And" => list![item(outer), item(own)] });
        Some(name.into())
    }

    fn policy(&self, ty: &str, arn: &Value) -> Value {
        let (suffix, action) = match ty {
            "SQS" => ("SQSPolicy", "sqs:SendMessage"),
            "SNS" => ("SNSPolicy", "sns:publish"),
            "EventBridge" => ("EventBridgePolicy", "events:PutEvents"),
            "Lambda" => ("LambdaPolicy", "lambda:InvokeFunction"),
            _ => ("S3Policy", "s3:PutObject"),
        };
        let name = self.id.plain().plus(self.name).plus(suffix);
        if ty != "S3Bucket" {
            return role::policy(name, action, arn);
        }
        let objects = map! { "Fn::Join" => list!["/", list![arn, "*"]] };
        let statement = |action: &'static str, resource: Value| {
            map! { "Action" => action, "Effect" => "Allow", "Resource" => resource }
        };
        let statements = list![statement(action, objects), statement("s3:ListBucket", arn.clone())];
        map! { "PolicyName" => name, "PolicyDocument" => map! { "Statement" => statements } }
    }
}
