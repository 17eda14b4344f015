//! `AWS::Serverless::WebFunction`: a function with its revision and its endpoint.

pub mod checks;
pub mod regions;

use crate::transform::python_text;
use crate::transform::sam::errors::{ErrorKind, Result};
use crate::transform::sam::resource::{Macro, Property, Resource, Type, any, p};
use crate::transform::sam::{Kind, World, code, role, tags};
use crate::transform::value::{self, Map, Value, get_att, list, map, reference, sub_with};

/// The type.
pub static KIND: Kind =
    Kind { ty: "AWS::Serverless::WebFunction", round: 1, properties: PROPERTIES, translate, referable: &[] };

const PROPERTIES: &[Property] = &[
    p("FunctionName", Type::One(&[Type::Str, Type::Map])),
    p("Tags", Type::Map),
    p("ReplicaRegions", Type::One(&[Type::List, Type::Map])),
    any("AuthType"),
    any("Runtime"),
    any("CodeUri"),
    any("InlineCode"),
    any("RevisionDescription"),
    any("KmsKeyArn"),
    p("ExecutionRoleArn", Type::Str),
    p("EnvironmentVariables", Type::Map),
    any("EntryPoint"),
    any("MaxConcurrencyPerEnvironment"),
    any("EgressNetworkConnectorArn"),
    p("Timeout", Type::Int),
    any("LoggingConfig"),
    any("RevisionWeights"),
    any("EndpointName"),
    any("EndpointType"),
    any("EndpointDescription"),
    any("ScalingConfig"),
    any("ThrottleConfig"),
    any("AutoDeploymentMode"),
];

fn translate(source: Macro, world: &mut World) -> Result<Vec<Resource>> {
    checks::all(&source, world)?;
    let tags = tags::with_creator(&source, Vec::new())?;
    let mut made = Vec::new();
    let role = match source.get("ExecutionRoleArn") {
        Some(role) => role.clone(),
        None => {
            let role = Resource::new(source.id.plus("Role"), "AWS::IAM::Role", &source.cause)
                .with_attributes(&source.passed_on())
                .with("AssumeRolePolicyDocument", role::trust("lambda.amazonaws.com"))
                .with("ManagedPolicyArns", list![world.managed_policy("service-role/AWSLambdaBasicExecutionRole")])
                .with("Tags", tags.clone());
            let arn = role.arn();
            made.push(role);
            arn
        }
    };
    let function = Resource::new(source.id.clone(), "AWS::Lambda::WebFunction", &source.cause)
        .with_attributes(&source.attributes)
        .depending_on(source.depends_on.clone())
        .with("FunctionName", name(&source))
        .with("Tags", tags);
    made.push(function);
    let revision = revision(&source, role)?;
    let endpoint = endpoint(&source, &revision)?;
    made.push(revision);
    made.push(endpoint);
    Ok(made)
}

/// The name that function, revision and endpoint share; without one the id and a part of the stack's id.
fn name(source: &Macro) -> Value {
    if let Some(name) = source.truthy("FunctionName") {
        return name.clone();
    }
    let id: String = source.id.chars().take(55).collect();
    let split = |separator: &'static str, of: Value| map! { "Fn::Split" => list![separator, of] };
    let guid = map! { "Fn::Select" => list![2, split("/", reference("AWS::StackId"))] };
    let first = map! { "Fn::Select" => list![0, split("-", guid)] };
    sub_with(format!("{id}-${{StackIdSuffix}}"), map! { "StackIdSuffix" => first })
}

fn revision(source: &Macro, role: Value) -> Result<Resource> {
    let code: Value = match (source.truthy("CodeUri"), source.truthy("InlineCode")) {
        _ if source.get("CodeUri").is_some() && source.get("InlineCode").is_some() => {
            let message = "`CodeUri` and `InlineCode` exclude each other";
            return Err(source.fault(ErrorKind::Exclusive, message).at(source.span("InlineCode")));
        }
        (Some(uri), _) => {
            let code = Value::from(code::lambda_location(source, "CodeUri")?);
            let mut s3 = Map::new();
            for (from, to) in [("S3Bucket", "Bucket"), ("S3Key", "Key"), ("S3ObjectVersion", "VersionId")] {
                if let Some(value) = code.get(from) {
                    s3.insert(to, value.clone());
                }
            }
            Value::from(s3).at(uri.span)
        }
        (None, Some(inline)) => {
            let message = "a web function cannot have `InlineCode`; it needs `CodeUri`";
            return Err(source.fault(ErrorKind::Exclusive, message).at(inline.span));
        }
        (None, None) => return Err(source.fault(ErrorKind::Missing, "a web function needs `CodeUri`")),
    };
    let Some(runtime) = source.get("Runtime") else {
        return Err(source.fault(ErrorKind::Missing, "a web function needs `Runtime`"));
    };
    let build = map! { "CodeConfig" => map! { "S3Object" => code }, "RuntimeConfig" => map! { "Runtime" => runtime } };
    Ok(Resource::new(source.id.plus("Revision"), "AWS::Lambda::WebFunctionRevision", &source.cause)
        .with_attributes(&source.passed_on())
        .depending_on(Some(list![source.id.clone()]))
        .with("FunctionName", name(source))
        .with_some("Description", source.get("RevisionDescription"))
        .with_some("KmsKeyArn", source.get("KmsKeyArn"))
        .with("BuildConfig", build)
        .with("ServiceConfig", service(source, role)?))
}

fn service(source: &Macro, role: Value) -> Result<Value> {
    let mut made = map! { "ExecutionRoleArn" => role };
    let entry = source.truthy("EntryPoint");
    let variables = source.truthy("EnvironmentVariables");
    match (variables.filter(|v| v.is_intrinsic()), entry) {
        (Some(_), Some(entry)) => {
            let message = "`EntryPoint` needs `EnvironmentVariables` to be written out";
            return Err(source.fault(ErrorKind::Exclusive, message).at(entry.span));
        }
        (Some(variables), None) => made.set("EnvironmentVariables", variables),
        (None, entry) => {
            let mut all = Map::new();
            for pair in variables.and_then(Value::as_map).into_iter().flat_map(Map::pairs) {
                all.insert_placed(pair.key.clone(), pair.key_span, text(&pair.value));
            }
            if let Some(entry) = entry {
                all.insert("AWS_LAMBDA_NODEJS_ENTRYPOINT", entry.clone());
            }
            if !all.is_empty() {
                let span = variables.or(entry).map_or(value::UNPLACED, |v| v.span);
                made.set("EnvironmentVariables", Value::from(all).at(span));
            }
        }
    }
    if let Some(logging) = source.truthy("LoggingConfig") {
        made.set("TelemetryConfig", map! { "LoggingConfig" => logging }.at(logging.span));
    }
    for name in ["MaxConcurrencyPerEnvironment", "EgressNetworkConnectorArn"] {
        if let Some(value) = source.get(name) {
            made.set(name, value);
        }
    }
    made.set("TimeoutSeconds", source.truthy("Timeout").cloned().unwrap_or_else(|| 30.into()));
    Ok(made)
}

/// Booleans and numbers as text.
fn text(value: &Value) -> Value {
    use crate::transform::value::Kind;
    let text = match &value.kind {
        Kind::Bool(b) => b.to_string(),
        Kind::Int(i) => i.to_string(),
        Kind::Long(digits) => digits.to_string(),
        Kind::Float(f) => python_text::float(*f),
        _ => return value.clone(),
    };
    Value::from(text).at(value.span)
}

fn endpoint(source: &Macro, revision: &Resource) -> Result<Resource> {
    let weights: Vec<Value> = match source.truthy("RevisionWeights").and_then(Value::as_map) {
        Some(weights) => weights
            .pairs()
            .map(|p| map! { "RevisionId" => Value::from(&p.key).at(p.key_span), "Weight" => p.value.clone() })
            .collect(),
        None => vec![map! { "RevisionId" => get_att(revision.id.clone(), "RevisionId"), "Weight" => 100 }],
    };
    let or = |name: &str, default: &'static str| source.truthy(name).cloned().unwrap_or_else(|| default.into());
    Ok(Resource::new(source.id.plus("Endpoint"), "AWS::Lambda::WebFunctionEndpoint", &source.cause)
        .with_attributes(&source.passed_on())
        .depending_on(Some(list![source.id.clone(), revision.id.clone()]))
        .with("FunctionName", name(source))
        .with("EndpointName", or("EndpointName", "prod"))
        .with("EndpointType", or("EndpointType", "HomeRegion"))
        .with_same(source, &["AuthType"])
        .with("RevisionWeights", weights)
        .with("Regions", regions::all(source)?)
        .with_some("Description", source.get("EndpointDescription"))
        .with_same(source, &["ScalingConfig", "ThrottleConfig"]))
}
