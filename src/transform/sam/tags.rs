//! Tags: the lists of CloudFormation from the maps of SAM, and handing them on.

use super::errors::Result;
use super::resource::{Macro, Resource};
use crate::transform::value::{Map, Value, map};

/// Tags that SAM sets itself.
const RESERVED: &[&str] = &["lambda:createdBy", "serverlessrepo:applicationId", "serverlessrepo:semanticVersion"];

/// The list of a map; a null value is empty text.
pub fn list(tags: Option<&Value>) -> Vec<Value> {
    let pairs = tags.and_then(Value::as_map).into_iter().flat_map(Map::pairs);
    pairs
        .map(|pair| {
            let value = if pair.value.is_null() { "".into() } else { pair.value.clone() };
            let mut key = Value::from(&pair.key);
            key.span = pair.key_span;
            map! { "Key" => key, "Value" => value }
        })
        .collect()
}

/// The list with `lambda:createdBy` first, then `more`, then the tags of the resource.
///
/// # Errors
/// When the resource sets a reserved tag.
pub fn with_creator(source: &Macro, more: Vec<Value>) -> Result<Value> {
    let tags = source.get("Tags");
    for name in RESERVED {
        if let Some(pair) = tags.and_then(Value::as_map).and_then(|m| m.pair(name)) {
            return Err(source.invalid(format!("tag `{name}` is reserved")).at(pair.key_span));
        }
    }
    let mut all = vec![map! { "Key" => "lambda:createdBy", "Value" => "SAM" }];
    all.extend(more);
    all.extend(list(tags));
    Ok(all.into())
}

/// Types whose tags `PropagateTags` sets, with the types that take a map.
const TAGGED: &[&str] = &[
    "AWS::Lambda::Function",
    "AWS::IAM::Role",
    "AWS::SQS::Queue",
    "AWS::SNS::Topic",
    "AWS::S3::Bucket",
    "AWS::IoT::TopicRule",
    "AWS::StepFunctions::StateMachine",
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGateway::DomainNameV2",
    "AWS::ApiGateway::UsagePlan",
    "AWS::ApiGateway::ApiKey",
    "AWS::ApiGateway::DomainNameAccessAssociation",
];

/// The properties that stand after `Tags` in the resources of a type.
const AFTER_TAGS: &[(&str, &[&str])] = &[
    ("AWS::ApiGateway::ApiKey", &["StageKeys"]),
    ("AWS::ApiGateway::DomainName", &["OwnershipVerificationCertificateArn"]),
    ("AWS::ApiGateway::DomainNameV2", &["Policy"]),
    ("AWS::ApiGateway::RestApi", &["Policy", "SecurityPolicy", "EndpointAccessMode"]),
    ("AWS::ApiGateway::UsagePlan", &["Throttle", "UsagePlanName"]),
];

/// Types whose tags are maps.
const TAGGED_BY_MAP: &[&str] = &["AWS::ApiGatewayV2::Stage", "AWS::ApiGatewayV2::DomainName"];

/// Hands tags on to every generated resource that can have them, replacing what is there.
pub fn propagate(resources: &mut [Resource], tags: Option<&Value>, propagate: bool) {
    let Some(tags) = tags.filter(|t| propagate && t.truthy()) else { return };
    for resource in resources {
        if TAGGED.contains(&resource.ty) {
            let later = AFTER_TAGS.iter().find(|l| l.0 == resource.ty).map_or(&[][..], |l| l.1);
            resource.set_before("Tags", list(Some(tags)), later);
        } else if TAGGED_BY_MAP.contains(&resource.ty) {
            resource.set("Tags", tags.clone());
        }
    }
}
