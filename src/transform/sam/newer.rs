//! The newest types: `AWS::Serverless::NetworkConnector` and `AWS::Serverless::MicrovmImage`;
//! `AWS::Serverless::WebFunction` in `web_function`.

pub mod web_function;

use super::capacity_provider::{combine_tags, operator_role, tags_with_creator_last};
use super::errors::{ErrorKind, Result};
use super::resource::{Macro, Property, Resource, Type, strict};
use super::shapes::{self, Field, INT, Shape, TEXT, may, must};
use super::{World, role};
use crate::transform::value::{Map, Value, list, map, sub, sub_with};

const STR_OR_MAP: Type = Type::One(&[Type::Str, Type::Map]);

const fn must_have(name: &'static str, ty: Type) -> Property {
    Property { name, required: true, ty, intrinsics: false }
}

/// The type of network connectors.
pub static NETWORK_CONNECTOR: super::Kind = super::Kind {
    ty: "AWS::Serverless::NetworkConnector",
    round: 4,
    properties: &[
        strict("Name", STR_OR_MAP),
        must_have("VpcConfig", Type::Map),
        strict("ComputeTypes", Type::List),
        strict("OperatorRole", STR_OR_MAP),
        strict("Tags", Type::Map),
        strict("PropagateTags", Type::Bool),
    ],
    translate: network_connector,
    referable: &[],
};

/// The type of images.
pub static MICROVM_IMAGE: super::Kind = super::Kind {
    ty: "AWS::Serverless::MicrovmImage",
    round: 4,
    properties: &[
        must_have("Name", STR_OR_MAP),
        must_have("CodeUri", STR_OR_MAP),
        must_have("BaseImageArn", STR_OR_MAP),
        strict("BuildRoleArn", STR_OR_MAP),
        must_have("BaseImageVersion", STR_OR_MAP),
        strict("Description", STR_OR_MAP),
        strict("Tags", Type::Map),
        strict("Logging", Type::Map),
        strict("EgressNetworkConnectors", Type::List),
        strict("CpuConfigurations", Type::List),
        strict("Resources", Type::List),
        strict("AdditionalOsCapabilities", Type::List),
        strict("Hooks", Type::Map),
        strict("EnvironmentVariables", Type::Map),
        strict("PropagateTags", Type::Bool),
    ],
    translate: microvm_image,
    referable: &[],
};

const COMPUTE: Shape = Shape::Words(&["MicroVm", "WebFunction"]);
const PROTOCOL: Shape = Shape::Words(&["IPv4", "DualStack"]);
const TEXT_LIST: Shape = Shape::List(&TEXT);

const CONNECTOR_SHAPE: &[Field] = &[
    may("Name", TEXT),
    must(
        "VpcConfig",
        Shape::Model(&[
            must("SubnetIds", TEXT_LIST),
            must("SecurityGroupIds", TEXT_LIST),
            must("NetworkProtocol", Shape::Either(&[Shape::Map, PROTOCOL])),
        ]),
    ),
    may("ComputeTypes", Shape::List(&Shape::Either(&[Shape::Map, COMPUTE]))),
    may("OperatorRole", TEXT),
    may("Tags", Shape::Map),
    may("PropagateTags", Shape::Bool),
];

fn network_connector(source: Macro, world: &mut World) -> Result<Vec<Resource>> {
    if let Some(types) = source.get("ComputeTypes")
        && types.as_list().is_some_and(|l| l.len() != 1)
    {
        return Err(source.invalid("`ComputeTypes` must hold exactly one type").at(types.span));
    }
    shapes::properties(&source, CONNECTOR_SHAPE)?;
    let mut made = Vec::new();
    let role = match source.truthy("OperatorRole") {
        Some(role) => role.clone(),
        None => {
            let role = operator_role(&source, "AWSLambdaNetworkConnectorOperatorPolicy", world);
            let arn = role.arn();
            made.push(role);
            arn
        }
    };
    let mut network = source.value("VpcConfig");
    network
        .set("AssociatedComputeResourceTypes", source.get("ComputeTypes").cloned().unwrap_or_else(|| list!["MicroVm"]));
    let connector = Resource::new(source.id.clone(), "AWS::Lambda::NetworkConnector", &source.cause)
        .with_attributes(&source.attributes)
        .depending_on(source.depends_on.clone())
        .with_some("Name", source.truthy("Name"))
        .with("Configuration", map! { "VpcEgressConfiguration" => network }.at(source.span("VpcConfig")))
        .with("OperatorRole", role)
        .with("Tags", tags_with_creator_last(source.get("Tags")));
    made.push(connector);
    combine_tags(&mut made, source.get("Tags"), source.truthy("PropagateTags").is_some());
    Ok(made)
}

const SWITCH: Shape = Shape::Either(&[Shape::Map, Shape::Words(&["ENABLED", "DISABLED"])]);

const HOOKS: Shape = Shape::Model(&[
    may("Port", INT),
    may(
        "MicrovmHooks",
        Shape::Model(&[
            may("Run", SWITCH),
            may("RunTimeoutInSeconds", INT),
            may("Resume", SWITCH),
            may("ResumeTimeoutInSeconds", INT),
            may("Suspend", SWITCH),
            may("SuspendTimeoutInSeconds", INT),
            may("Terminate", SWITCH),
            may("TerminateTimeoutInSeconds", INT),
        ]),
    ),
    may(
        "MicrovmImageHooks",
        Shape::Model(&[
            may("Ready", SWITCH),
            may("ReadyTimeoutInSeconds", INT),
            may("Validate", SWITCH),
            may("ValidateTimeoutInSeconds", INT),
        ]),
    ),
]);

const LOGGING: Shape = Shape::Model(&[
    may("Disabled", Shape::Bool),
    may("CloudWatch", Shape::Model(&[may("LogGroup", TEXT), may("LogStream", TEXT)])),
]);

const ARCHITECTURE: Shape = Shape::Either(&[Shape::Map, Shape::Words(&["ARM_64"])]);

const IMAGE_SHAPE: &[Field] = &[
    must("Name", TEXT),
    must("CodeUri", TEXT),
    must("BaseImageArn", TEXT),
    must("BaseImageVersion", TEXT),
    may("BuildRoleArn", TEXT),
    may("Description", TEXT),
    may("Tags", Shape::Map),
    may("Logging", LOGGING),
    may("EgressNetworkConnectors", TEXT_LIST),
    may("CpuConfigurations", Shape::List(&Shape::Model(&[must("Architecture", ARCHITECTURE)]))),
    may("Resources", Shape::List(&Shape::Model(&[must("MinimumMemoryInMiB", INT)]))),
    may("AdditionalOsCapabilities", Shape::List(&Shape::Either(&[Shape::Map, Shape::Words(&["ALL"])]))),
    may("Hooks", HOOKS),
    may("EnvironmentVariables", Shape::Map),
    may("PropagateTags", Shape::Bool),
];

fn microvm_image(source: Macro, world: &mut World) -> Result<Vec<Resource>> {
    shapes::properties(&source, IMAGE_SHAPE)?;
    let mut made = Vec::new();
    let role = match source.truthy("BuildRoleArn") {
        Some(role) => role.clone(),
        None => {
            let role = build_role(&source, world)?;
            let arn = role.arn();
            made.push(role);
            arn
        }
    };
    let given = |name: &str, empty: Value| source.truthy(name).cloned().unwrap_or(empty);
    let variables = source.truthy("EnvironmentVariables").and_then(Value::as_map).into_iter().flat_map(Map::pairs);
    let variables: Vec<Value> = variables
        .map(|pair| map! { "Key" => Value::from(&pair.key).at(pair.key_span), "Value" => pair.value.clone() })
        .collect();
    let image = Resource::new(source.id.clone(), "AWS::Lambda::MicrovmImage", &source.cause)
        .with_attributes(&source.attributes)
        .depending_on(source.depends_on.clone())
        .with_same(&source, &["Name"])
        .with("CodeArtifact", map! { "Uri" => source.value("CodeUri") })
        .with_same(&source, &["BaseImageArn"])
        .with("BuildRoleArn", role)
        .with_same(&source, &["BaseImageVersion"])
        .with("Description", given("Description", "".into()))
        .with("Tags", tags_with_creator_last(source.get("Tags")))
        .with("Logging", given("Logging", map! {}))
        .with("EgressNetworkConnectors", given("EgressNetworkConnectors", list![]))
        .with("CpuConfigurations", given("CpuConfigurations", list![]))
        .with("Resources", given("Resources", list![]))
        .with("AdditionalOsCapabilities", given("AdditionalOsCapabilities", list![]))
        .with("Hooks", given("Hooks", map! {}))
        .with("EnvironmentVariables", variables);
    made.push(image);
    combine_tags(&mut made, source.get("Tags"), source.truthy("PropagateTags").is_some());
    Ok(made)
}

fn build_role(source: &Macro, world: &World) -> Result<Resource> {
    let read = map! {
        "Effect" => "Allow",
        "Action" => list!["s3:GetObject"],
        "Resource" => code_arn(source, world)?.at(source.span("CodeUri")),
    };
    let log = map! {
        "Effect" => "Allow",
        "Action" => list!["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource" => "*",
    };
    let document = map! { "Version" => "2012-10-17", "Statement" => list![read, log] };
    let policy = map! { "PolicyName" => "MicrovmImageBuildPolicy", "PolicyDocument" => document };
    Ok(Resource::new(source.id.plus("BuildRole"), "AWS::IAM::Role", &source.cause)
        .with_attributes(&source.passed_on())
        .with("AssumeRolePolicyDocument", role::trust("lambda.amazonaws.com"))
        .with("Policies", list![policy])
        .with("Tags", tags_with_creator_last(None)))
}

/// The objects of the bucket that the code is in.
fn code_arn(source: &Macro, world: &World) -> Result<Value> {
    let uri = source.value("CodeUri");
    let resolved = if uri.is_map() { world.resolver.parameters(&uri)? } else { uri.clone() };
    if let Some(rest) = resolved.as_str().and_then(|text| text.strip_prefix("s3://")) {
        let bucket = rest.split('/').next().unwrap_or("");
        if bucket.is_empty() {
            let message = "`CodeUri` must have the form `s3://bucket/key`";
            return Err(source.fault(ErrorKind::Invalid, message).at(uri.span));
        }
        return Ok(sub(format!("arn:${{AWS::Partition}}:s3:::{bucket}/*")));
    }
    let split = map! { "Fn::Split" => list!["/", uri] };
    let bucket = map! { "Fn::Select" => list![2, split] };
    Ok(sub_with("arn:${AWS::Partition}:s3:::${Bucket}/*", map! { "Bucket" => bucket }))
}
