//! `AWS::Serverless::CapacityProvider`.

use super::errors::{ErrorKind, Result};
use super::resource::{Macro, Property, Resource, Type, strict};
use super::shapes::{self, FLOAT, Field, INT, Shape, TEXTS, may, must};
use super::{World, role, tags};
use crate::transform::value::{Map, Value, list, map};

/// The type.
pub static KIND: super::Kind = super::Kind {
    ty: "AWS::Serverless::CapacityProvider",
    round: 4,
    properties: PROPERTIES,
    translate,
    referable: &[],
};

const STR_OR_MAP: Type = Type::One(&[Type::Str, Type::Map]);

const PROPERTIES: &[Property] = &[
    strict("CapacityProviderName", STR_OR_MAP),
    Property { name: "VpcConfig", required: true, ty: Type::Map, intrinsics: false },
    strict("OperatorRole", STR_OR_MAP),
    strict("Tags", Type::Map),
    strict("PropagateTags", Type::Bool),
    strict("InstanceRequirements", Type::Map),
    strict("ScalingConfig", Type::Map),
    strict("KmsKeyArn", STR_OR_MAP),
    strict("LoggingConfig", Type::Map),
    strict("ManagedResourceTags", Type::Map),
];

const SHAPE: &[Field] = &[
    may("CapacityProviderName", Shape::Any),
    must("VpcConfig", Shape::Model(&[may("SecurityGroupIds", TEXTS), must("SubnetIds", TEXTS)])),
    may("OperatorRole", Shape::Any),
    may("Tags", Shape::Map),
    may("PropagateTags", Shape::Bool),
    may(
        "InstanceRequirements",
        Shape::Model(&[may("Architectures", TEXTS), may("AllowedTypes", TEXTS), may("ExcludedTypes", TEXTS)]),
    ),
    may("ScalingConfig", Shape::Model(&[may("MaxVCpuCount", INT), may("AverageCPUUtilization", FLOAT)])),
    may("LoggingConfig", Shape::Any),
    may("ManagedResourceTags", Shape::Model(&[may("Tags", Shape::Map)])),
    may("KmsKeyArn", Shape::Any),
];

fn translate(source: Macro, world: &mut World) -> Result<Vec<Resource>> {
    let given: Value = shapes::properties(&source, SHAPE)?.into();
    let types = given.get("InstanceRequirements");
    if let (Some(_), Some(excluded)) =
        (types.and_then(|t| t.get("AllowedTypes")), types.and_then(|t| t.get("ExcludedTypes")))
    {
        let message = "`AllowedTypes` and `ExcludedTypes` exclude each other";
        return Err(source.fault(ErrorKind::Exclusive, message).at(excluded.span));
    }
    let mut made = Vec::new();
    let role = match given.truthy_at("OperatorRole") {
        Some(role) => role.clone(),
        None => {
            let role = operator_role(&source, "AWSLambdaManagedEC2ResourceOperator", world);
            let arn = role.arn();
            made.push(role);
            arn
        }
    };
    let network = |key: &str| given.get("VpcConfig").and_then(|v| v.get(key));
    let mut vpc = map! { "SubnetIds" => network("SubnetIds").cloned().unwrap_or_else(Value::null) };
    if let Some(groups) = network("SecurityGroupIds") {
        vpc.set("SecurityGroupIds", groups);
    }
    let placed = |name: &str, value: Value| Value { span: source.span(name), ..value };
    let truthy = |name: &str| given.truthy_at(name);
    let provider = Resource::new(source.id.clone(), "AWS::Lambda::CapacityProvider", &source.cause)
        .with_attributes(&source.attributes)
        .depending_on(source.depends_on.clone())
        .with_some("CapacityProviderName", truthy("CapacityProviderName"))
        .with("VpcConfig", placed("VpcConfig", vpc))
        .with("PermissionsConfig", placed("OperatorRole", map! { "CapacityProviderOperatorRoleArn" => role }))
        .with("Tags", tags_with_creator_last(given.get("Tags")))
        .with_some("InstanceRequirements", truthy("InstanceRequirements").map(requirements))
        .with_some("CapacityProviderScalingConfig", truthy("ScalingConfig").map(scaling))
        .with_some("KmsKeyArn", truthy("KmsKeyArn"))
        .with_some("PropagateTags", truthy("ManagedResourceTags").map(managed_tags))
        .with_some(
            "TelemetryConfig",
            truthy("LoggingConfig").map(|l| placed("LoggingConfig", map! { "LoggingConfig" => l })),
        );
    made.push(provider);
    combine_tags(&mut made, given.get("Tags"), source.truthy("PropagateTags").is_some());
    Ok(made)
}

/// The role `{L}OperatorRole` with one managed policy.
pub fn operator_role(source: &Macro, policy: &str, world: &World) -> Resource {
    Resource::new(source.id.plus("OperatorRole"), "AWS::IAM::Role", &source.cause)
        .with_attributes(&source.passed_on())
        .with("AssumeRolePolicyDocument", role::trust("lambda.amazonaws.com"))
        .with("ManagedPolicyArns", list![world.managed_policy(policy)])
        .with("Tags", tags_with_creator_last(None))
}

/// The tags of the author, then the one that says who made it.
pub fn tags_with_creator_last(given: Option<&Value>) -> Value {
    let mut all = given.filter(|t| t.truthy()).and_then(Value::as_map).cloned().unwrap_or_default();
    all.insert("lambda:createdBy", "SAM");
    let all: Value = all.into();
    tags::list(Some(&all)).into()
}

/// Adds the author's tags to those that generated resources have.
pub fn combine_tags(made: &mut [Resource], tags: Option<&Value>, propagate: bool) {
    let Some(tags) = tags.filter(|t| propagate && t.truthy()) else { return };
    for resource in made {
        let Some(list) = resource.properties.get_mut("Tags").and_then(Value::as_list_mut) else { continue };
        for tag in tags::list(Some(tags)) {
            let key = |v: &Value| v.get("Key").cloned().unwrap_or_else(Value::null);
            match list.iter_mut().find(|v| key(v).same(&key(&tag))) {
                Some(present) => *present = tag,
                None => list.push(tag),
            }
        }
    }
}

fn requirements(given: &Value) -> Value {
    let mut made = Map::new();
    for (from, to) in [
        ("Architectures", "Architectures"),
        ("AllowedTypes", "AllowedInstanceTypes"),
        ("ExcludedTypes", "ExcludedInstanceTypes"),
    ] {
        if let Some(value) = given.get(from) {
            made.insert(to, value.clone());
        }
    }
    Value { span: given.span, ..made.into() }
}

fn scaling(given: &Value) -> Value {
    let mut made = Map::new();
    if let Some(count) = given.get("MaxVCpuCount") {
        made.insert("MaxVCpuCount", count.clone());
    }
    match given.get("AverageCPUUtilization") {
        Some(target) => {
            made.insert("ScalingMode", Value::from("Manual").at(target.span));
            let policy = map! {
                "PredefinedMetricType" => "LambdaCapacityProviderAverageCPUUtilization",
                "TargetValue" => target,
            };
            made.insert("ScalingPolicies", list![policy].at(target.span));
        }
        None => made.insert("ScalingMode", "Auto"),
    }
    Value { span: given.span, ..made.into() }
}

fn managed_tags(given: &Value) -> Value {
    let made = match given.get("Tags") {
        Some(tags) => map! { "Mode" => "Explicit", "ExplicitTags" => tags::list(Some(tags)) },
        None => map! {},
    };
    Value { span: given.span, ..made }
}
