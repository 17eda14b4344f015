//! The ends of a connector: resources by id, or as described.

use super::Connector;
use super::facts;
use crate::source::Span;
use crate::transform::sam::World;
use crate::transform::sam::errors::{ErrorKind, Result};
use crate::transform::value::{Map, Text, UNPLACED, Value, reference};

/// What is known of an end.
#[derive(Clone, Debug, Default)]
pub struct End {
    /// The logical id, unless it is only described.
    pub id: Option<Text>,
    /// The type.
    pub ty: String,
    /// Its ARN.
    pub arn: Option<Value>,
    /// The name of its role.
    pub role: Option<Value>,
    /// The URL of a queue.
    pub url: Option<Value>,
    /// Its id, as in ARNs.
    pub resource_id: Option<Value>,
    /// Its name.
    pub name: Option<Value>,
    /// What follows the id of an API in ARNs.
    pub qualifier: Option<Value>,
    /// Where it stands.
    pub span: Span,
    /// Whether it is the source.
    pub is_source: bool,
}

/// SAM types by what they become.
const BECOMES: &[(&str, &str)] = &[
    ("AWS::Serverless::Function", "AWS::Lambda::Function"),
    ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine"),
    ("AWS::Serverless::Api", "AWS::ApiGateway::RestApi"),
    ("AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api"),
    ("AWS::Serverless::SimpleTable", "AWS::DynamoDB::Table"),
];

/// The logical id that a `Ref` or `Fn::GetAtt` names.
pub fn id_in(value: &Value) -> Option<&str> {
    if let Some(id) = value.call("Ref") {
        return id.as_str();
    }
    let argument = value.call("Fn::GetAtt")?;
    match (argument.as_list(), argument.as_str()) {
        (Some([id, _]), _) => id.as_str(),
        (_, Some(text)) => text.split_once('.').filter(|(_, rest)| !rest.contains('.')).map(|(id, _)| id),
        _ => None,
    }
}

/// The end that a map describes; `other` is the map of the other one.
///
/// # Errors
/// When it is described in no accepted way, or names no resource.
pub fn find(connector: &Connector, given: &Value, other: &Value, world: &World) -> Result<End> {
    let empty = Map::new();
    let map = given.as_map().unwrap_or(&empty);
    let is_source = std::ptr::eq(given, &connector.source);
    let span = if given.span == UNPLACED { connector.cause.span } else { given.span };
    let described = map.keys().any(|k| !matches!(k.as_str(), "Id" | "Qualifier"));
    if map.has("Id") == described {
        let message =
            "an end of a connector has either `Id` (with or without `Qualifier`) or `Type` with other properties";
        return Err(connector.fault(ErrorKind::Exclusive, message).at(span));
    }
    let get = |key: &str| given.given(key).cloned();
    let Some(id) = given.truthy_at("Id") else {
        let Some(ty) = given.get("Type").and_then(Value::as_str).filter(|t| !t.is_empty()) else {
            let message = "an end of a connector without `Id` needs `Type`, a string";
            return Err(connector.fault(ErrorKind::Missing, message).at(given.given("Type").map_or(span, |t| t.span)));
        };
        let ty = BECOMES.iter().find(|(sam, _)| *sam == ty).map_or(ty, |(_, plain)| plain);
        return Ok(End {
            id: None,
            ty: ty.to_owned(),
            arn: get("Arn"),
            role: get("RoleName"),
            url: get("QueueUrl"),
            resource_id: get("ResourceId"),
            name: get("Name"),
            qualifier: get("Qualifier"),
            span,
            is_source,
        });
    };
    let Some(name) = id.as_text() else {
        return Err(connector.fault(ErrorKind::WrongType, "`Id` must be a string").at(id.span));
    };
    let Some(resource) = world.made(name).filter(|r| r.truthy()) else {
        return Err(connector.invalid(format!("there is no resource `{name}`")).at(id.span));
    };
    let Some(ty) = resource.get("Type").and_then(Value::as_str).filter(|t| !t.is_empty()) else {
        let message = format!("resource `{name}` has no `Type`, or it is not a string");
        return Err(connector.fault(ErrorKind::Missing, message).at(id.span));
    };
    let known = facts::expressions(ty, name);
    let value = |key: &str| known.get(key).map(|v| v.clone().at(id.span));
    Ok(End {
        id: Some(name.clone()),
        ty: ty.to_owned(),
        arn: value("arn"),
        role: role(ty, resource, other).map(reference),
        url: value("url"),
        resource_id: value("id"),
        name: value("name"),
        qualifier: if map.has("Qualifier") { get("Qualifier") } else { value("qualifier") },
        span,
        is_source,
    })
}

/// The id of the role that a resource has, towards the other end.
fn role(ty: &str, resource: &Value, other: &Value) -> Option<String> {
    let property = facts::role_property(ty)?;
    let value = resource.path(&["Properties", property])?;
    if property != "Targets" {
        return id_in(value).map(str::to_owned);
    }
    let target = value.as_list()?.iter().find(|target| {
        let Some(arn) = target.get("Arn") else { return false };
        let by_id = id_in(arn).is_some_and(|id| other.get("Id").and_then(Value::as_str) == Some(id));
        by_id || other.truthy_at("Arn").is_some_and(|given| given.same(arn))
    })?;
    target.get("RoleArn").and_then(id_in).map(str::to_owned)
}
