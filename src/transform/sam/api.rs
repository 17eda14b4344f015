//! `AWS::Serverless::Api`.

mod body;

use super::editor::{is_version_3, version_digits};
use super::errors::{ErrorKind, Result};
use super::resource::{Macro, Property, Resource, Type, p, req, strict};
use super::{World, authorizers, code, domains, ids, partition, tags, usage_plans};
use crate::transform::python_text::{self, DEFAULT};
use crate::transform::value::{Map, Text, Value, list, map, reference};

const STR_OR_MAP: Type = Type::One(&[Type::Str, Type::Map]);

/// The type.
pub static KIND: super::Kind = super::Kind {
    ty: "AWS::Serverless::Api",
    round: 3,
    properties: PROPERTIES,
    translate,
    referable: &[
        ("Stage", "AWS::ApiGateway::Stage"),
        ("Deployment", "AWS::ApiGateway::Deployment"),
        ("DomainName", "AWS::ApiGateway::DomainName"),
        ("DomainNameV2", "AWS::ApiGateway::DomainNameV2"),
        ("UsagePlan", "AWS::ApiGateway::UsagePlan"),
        ("UsagePlanKey", "AWS::ApiGateway::UsagePlanKey"),
        ("ApiKey", "AWS::ApiGateway::ApiKey"),
    ],
};

const PROPERTIES: &[Property] = &[
    p("__MANAGE_SWAGGER", Type::Bool),
    p("Name", STR_OR_MAP),
    req("StageName", STR_OR_MAP),
    p("Tags", Type::Map),
    p("PropagateTags", Type::Bool),
    p("DefinitionBody", Type::Map),
    p("DefinitionUri", STR_OR_MAP),
    strict("MergeDefinitions", Type::Bool),
    p("CacheClusterEnabled", Type::Bool),
    p("CacheClusterSize", Type::Str),
    p("Variables", Type::Map),
    p("EndpointConfiguration", STR_OR_MAP),
    p("MethodSettings", Type::List),
    p("BinaryMediaTypes", Type::List),
    p("MinimumCompressionSize", Type::Int),
    p("Cors", STR_OR_MAP),
    p("Auth", Type::Map),
    p("GatewayResponses", Type::Map),
    p("AccessLogSetting", Type::Map),
    p("CanarySetting", Type::Map),
    p("TracingEnabled", Type::Bool),
    p("OpenApiVersion", Type::Str),
    p("Models", Type::Map),
    p("Domain", Type::Map),
    p("FailOnWarnings", Type::Bool),
    p("Description", Type::Str),
    p("Mode", Type::Str),
    p("DisableExecuteApiEndpoint", Type::Bool),
    p("ApiKeySourceType", Type::Str),
    strict("AlwaysDeploy", Type::Bool),
    p("Policy", STR_OR_MAP),
    p("SecurityPolicy", Type::Str),
    p("EndpointAccessMode", Type::Str),
];

fn translate(mut source: Macro, world: &mut World) -> Result<Vec<Resource>> {
    for name in ["BinaryMediaTypes", "Domain", "Auth"] {
        if let Some(value) = source.properties.get(name) {
            let resolved = world.resolver.parameters(value)?;
            source.properties.insert(name, resolved);
        }
    }
    check(&source)?;
    let body = body::build(&source, world)?;
    let api = rest_api(&source, &body, world)?;
    let mut domain = source.value("Domain");
    let private = domain.get("EndpointConfiguration").and_then(Value::as_str) == Some("PRIVATE");
    let made_domain = if private {
        domains::rest_private(&source, &domain, world)?
    } else {
        domains::rest(&source, &mut domain, world)?
    };
    let swagger = api.get("Body").or_else(|| api.get("BodyS3Location")).cloned();
    let deployment = deployment(&source, swagger.as_ref(), &domain, world);
    let stage = stage(&source, &deployment);
    let auth = source.value("Auth");
    let mut permissions = Vec::new();
    if auth.truthy() {
        for authorizer in authorizers::all(&source, &auth, false)? {
            if let Some(function) = authorizer.permitted_function() {
                permissions.push(authorizers::permission(&source, &authorizer.name, function, world.partition));
            }
        }
    }
    let plan = usage_plans::translate(&source, &auth, &stage.id, world)?;
    let mut made = vec![api, deployment, stage];
    made.extend(permissions);
    made.extend(made_domain.resources);
    made.extend(plan);
    made.extend(made_domain.association);
    tags::propagate(&mut made, source.get("Tags"), source.truthy("PropagateTags").is_some());
    Ok(made)
}

fn check(source: &Macro) -> Result<()> {
    if let Some(uri) = source.truthy("DefinitionUri") {
        for other in ["DefinitionBody", "MergeDefinitions"] {
            if source.truthy(other).is_some() {
                let message = format!("`DefinitionUri` and `{other}` exclude each other");
                return Err(source.fault(ErrorKind::Exclusive, message).at(uri.span));
            }
        }
    }
    if let Some(version) = source.truthy("OpenApiVersion")
        && !version_digits(&python_text::str(version), &['2', '3'])
    {
        return Err(source.invalid("`OpenApiVersion` must have the form `3.0.1`").at(version.span));
    }
    Ok(())
}

fn rest_api(source: &Macro, body: &Value, world: &World) -> Result<Resource> {
    let mut api = Resource::new(source.id.clone(), "AWS::ApiGateway::RestApi", &source.cause)
        .with_attributes(&source.attributes)
        .depending_on(source.depends_on.clone());
    if let Some(uri) = source.truthy("DefinitionUri") {
        let mut location = code::body_location(source, "DefinitionUri", Map::python2())?;
        if uri.as_text().is_some_and(|t| t.uni) {
            for key in location.key_list() {
                if let Some(text) = location.get(&key).and_then(Value::as_str).map(Text::uni) {
                    let value = Value::from(text).at(uri.span);
                    location.insert(key, value);
                }
            }
        }
        api.set("BodyS3Location", Value::from(location).at(uri.span));
    } else if body.truthy() {
        api.set("Body", body);
    }
    for name in ["Description", "FailOnWarnings", "Name"] {
        if let Some(value) = source.truthy(name) {
            api.set(name, value);
        }
    }
    let endpoint = source.truthy("EndpointConfiguration").cloned();
    let endpoint = endpoint.or_else(|| (!partition::has_edge_endpoints(world.partition)).then(|| "REGIONAL".into()));
    if let Some(endpoint) = endpoint {
        set_endpoint(source, &mut api, &endpoint)?;
    }
    api = api.with_same(source, &["BinaryMediaTypes", "MinimumCompressionSize"]);
    for name in ["Mode", "ApiKeySourceType", "Policy", "SecurityPolicy", "EndpointAccessMode"] {
        if let Some(value) = source.truthy(name) {
            api.set(name, value);
        }
    }
    Ok(api)
}

fn set_endpoint(source: &Macro, api: &mut Resource, value: &Value) -> Result<()> {
    let Some(ty) = value.truthy_at("Type") else {
        api.set("Parameters", map! { "endpointConfigurationTypes" => value });
        api.set("EndpointConfiguration", map! { "Types" => list![value] }.at(value.span));
        return Ok(());
    };
    let mut configuration = map! { "Types" => list![ty] }.at(value.span);
    let keys = [value.get("VPCEndpointIds"), value.get("VpcEndpointIds")];
    match keys {
        [Some(_), Some(_)] => {
            let message = "`VPCEndpointIds` and `VpcEndpointIds` of `EndpointConfiguration` exclude each other";
            return Err(source.fault(ErrorKind::Exclusive, message).at(value.span));
        }
        [None, None] => {}
        [first, second] => {
            let ids = first.filter(|v| v.truthy()).or(second).cloned().unwrap_or_else(Value::null);
            configuration.set("VpcEndpointIds", ids);
        }
    }
    if let Some(ip) = value.get("IpAddressType") {
        configuration.set("IpAddressType", ip);
    }
    api.set("Parameters", map! { "endpointConfigurationTypes" => ty });
    api.set("EndpointConfiguration", configuration);
    Ok(())
}

/// The deployment; its id and description hold a hash of everything that makes a new one necessary.
fn deployment(source: &Macro, swagger: Option<&Value>, domain: &Value, world: &World) -> Resource {
    let id = source.id.plus("Deployment");
    let mut deployment =
        Resource::new(id, "AWS::ApiGateway::Deployment", &source.cause).with_attributes(&source.passed_on());
    if let Some(swagger) = swagger.filter(|s| s.truthy()) {
        let mut parts = vec![python_text::str(swagger)];
        if let Some(version) = source.truthy("OpenApiVersion") {
            parts.push(python_text::str(version));
        }
        if domain.truthy() {
            parts.push(python_text::json(domain, DEFAULT));
        }
        let names: String = world.function_names.iter().filter(|n| *n.0 == *source.id).map(|n| n.1.as_str()).collect();
        if !names.is_empty() {
            parts.push(names);
        }
        if source.truthy("AlwaysDeploy").is_some() {
            // The service hashes its clock here; an expansion is the same every time.
            parts = vec!["0".to_owned()];
        }
        let digits = crate::digest::sha1(parts.join("||").as_bytes());
        deployment.id = deployment.id.plus(&digits[..10]);
        deployment.set("Description", format!("RestApi deployment id: {digits}"));
    }
    deployment.set("RestApiId", reference(source.id.clone()));
    if source.truthy("OpenApiVersion").is_none() {
        deployment.set("StageName", "Stage");
    }
    deployment
}

fn stage(source: &Macro, deployment: &Resource) -> Resource {
    let name = source.str("StageName").unwrap_or("");
    let id = if !name.is_empty() && name.chars().all(char::is_alphanumeric) {
        source.id.plus(name).plus("Stage")
    } else {
        let hash = if name.is_empty() { String::new() } else { ids::short(name) };
        source.id.plus("Stage").plus(&hash)
    };
    let mut stage = Resource::new(id, "AWS::ApiGateway::Stage", &source.cause_of("StageName"))
        .with_attributes(&source.passed_on())
        .with_same(source, &["AccessLogSetting", "CacheClusterEnabled", "CacheClusterSize", "CanarySetting"])
        .with("DeploymentId", deployment.reference())
        .with("RestApiId", reference(source.id.clone()))
        .with_same(source, &["StageName"]);
    if let Some(tags) = source.get("Tags") {
        stage.set("Tags", tags::list(Some(tags)));
    }
    stage.with_same(source, &["TracingEnabled", "Variables", "MethodSettings"])
}

/// Whether a document is to be treated as OpenAPI 3.
fn targets_open_api_3(source: &Macro, body: &Value) -> bool {
    let own = body.given("openapi").filter(|_| source.get("OpenApiVersion").is_none());
    own.or(source.truthy("OpenApiVersion")).is_some_and(is_version_3)
}
