//! The `Globals` section: checking it and merging it into the resources.

use super::editor::is_version_3;
use super::errors::{ErrorKind, Fault, Owner, Result, SamError};
use crate::transform::python_text;
use crate::transform::value::{Map, Value};

/// The sections and the properties each may set.
pub const SECTIONS: &[(&str, &[&str])] = &[
    (
        "Api",
        &[
            "Auth",
            "Name",
            "DefinitionUri",
            "CacheClusterEnabled",
            "CacheClusterSize",
            "MergeDefinitions",
            "Variables",
            "EndpointConfiguration",
            "MethodSettings",
            "BinaryMediaTypes",
            "MinimumCompressionSize",
            "Cors",
            "GatewayResponses",
            "AccessLogSetting",
            "CanarySetting",
            "TracingEnabled",
            "OpenApiVersion",
            "Domain",
            "AlwaysDeploy",
            "PropagateTags",
            "SecurityPolicy",
            "EndpointAccessMode",
        ],
    ),
    (
        "CapacityProvider",
        &[
            "VpcConfig",
            "OperatorRole",
            "Tags",
            "InstanceRequirements",
            "ScalingConfig",
            "KmsKeyArn",
            "PropagateTags",
            "LoggingConfig",
            "ManagedResourceTags",
        ],
    ),
    (
        "Function",
        &[
            "Handler",
            "Runtime",
            "CodeUri",
            "DeadLetterQueue",
            "Description",
            "MemorySize",
            "Timeout",
            "VpcConfig",
            "Environment",
            "Tags",
            "PropagateTags",
            "Tracing",
            "KmsKeyArn",
            "AutoPublishAlias",
            "AutoPublishAliasAllProperties",
            "Layers",
            "DeploymentPreference",
            "RolePath",
            "PermissionsBoundary",
            "ReservedConcurrentExecutions",
            "ProvisionedConcurrencyConfig",
            "AssumeRolePolicyDocument",
            "EventInvokeConfig",
            "FileSystemConfigs",
            "CodeSigningConfigArn",
            "Architectures",
            "SnapStart",
            "EphemeralStorage",
            "FunctionUrlConfig",
            "RuntimeManagementConfig",
            "LoggingConfig",
            "RecursiveLoop",
            "SourceKMSKeyArn",
            "TenancyConfig",
            "DurableConfig",
            "CapacityProviderConfig",
            "FunctionScalingConfig",
            "PublishToLatestPublished",
            "VersionDeletionPolicy",
        ],
    ),
    (
        "HttpApi",
        &[
            "Auth",
            "AccessLogSettings",
            "StageVariables",
            "Tags",
            "CorsConfiguration",
            "DefaultRouteSettings",
            "Domain",
            "RouteSettings",
            "FailOnWarnings",
            "PropagateTags",
        ],
    ),
    ("LayerVersion", &["PublishLambdaVersion"]),
    (
        "MicrovmImage",
        &[
            "BuildRoleArn",
            "BaseImageArn",
            "BaseImageVersion",
            "Logging",
            "EgressNetworkConnectors",
            "CpuConfigurations",
            "Resources",
            "AdditionalOsCapabilities",
            "Hooks",
            "EnvironmentVariables",
            "Tags",
            "PropagateTags",
        ],
    ),
    ("NetworkConnector", &["OperatorRole", "Tags", "PropagateTags"]),
    ("SimpleTable", &["SSESpecification"]),
    ("StateMachine", &["PropagateTags"]),
    (
        "WebSocketApi",
        &[
            "AccessLogSettings",
            "ApiKeySelectionExpression",
            "DefaultRouteSettings",
            "DisableExecuteApiEndpoint",
            "DisableSchemaValidation",
            "Domain",
            "FailOnWarnings",
            "IpAddressType",
            "PropagateTags",
            "RouteSelectionExpression",
            "RouteSettings",
            "StageVariables",
            "Tags",
        ],
    ),
];

fn fault(message: String, span: crate::source::Span) -> Fault {
    Fault::Fatal(vec![SamError { owner: Owner::Globals, kind: ErrorKind::Globals, message, span }])
}

/// Checks the section.
fn check(globals: &Value) -> Result<()> {
    let Some(sections) = globals.as_map() else {
        return Err(fault("`Globals` must be a map of sections".into(), globals.span));
    };
    for section in sections.pairs() {
        let Some((name, known)) = SECTIONS.iter().find(|(name, _)| *name == &*section.key) else {
            let names: Vec<_> = SECTIONS.iter().map(|(name, _)| format!("`{name}`")).collect();
            let message = format!("`Globals` has no section `{}`; sections are {}", section.key, names.join(", "));
            return Err(fault(message, section.key_span));
        };
        let Some(properties) = section.value.as_map() else {
            return Err(fault(format!("section `{name}` of `Globals` must be a map"), section.value.span));
        };
        for pair in properties.pairs() {
            if !known.contains(&&*pair.key) {
                let message = format!("`{}` cannot be set in section `{name}` of `Globals`", pair.key);
                return Err(fault(message, pair.key_span));
            }
        }
    }
    Ok(())
}

/// Merges the section into the resources and removes it.
///
/// # Errors
/// When the section or an `IgnoreGlobals` is malformed.
pub fn merge(template: &mut Value, types: &[&str]) -> Result<()> {
    let globals = template.take("Globals");
    if let Some(globals) = &globals {
        check(globals)?;
    }
    let resources = template.as_map_mut().and_then(|t| t.get_mut("Resources")).and_then(Value::as_map_mut);
    let Some(resources) = resources else { return Ok(()) };
    for id in resources.key_list() {
        let Some(resource) = resources.get_mut(&id) else { continue };
        let Some(ty) = resource.get("Type").and_then(Value::as_str).filter(|t| types.contains(t)) else { continue };
        let section = ty.rsplit("::").next().unwrap_or("").to_owned();
        let ignore = resource.get("IgnoreGlobals").cloned();
        let Some(map) = resource.as_map_mut() else { continue };
        let local = map.entry("Properties", || Map::new().into());
        let Some(global) = globals.as_ref().and_then(|g| g.get(&section)) else { continue };
        match effective(&id, global, ignore)? {
            Some(global) => *local = merge_values(&global, local, &section, ""),
            None => *local = merge_values(&Map::new().into(), local, &section, ""),
        }
    }
    resources.values_mut().for_each(fix_open_api_version);
    Ok(())
}

/// The section as far as the resource does not ignore it; `None` when it ignores it all.
fn effective(id: &str, global: &Value, ignore: Option<Value>) -> Result<Option<Value>> {
    let Some(ignore) = ignore.filter(Value::truthy) else { return Ok(Some(global.clone())) };
    if ignore.as_str() == Some("*") {
        return Ok(None);
    }
    let invalid = |message: String, span| {
        let owner = Owner::Resource(id.to_owned());
        Fault::Fatal(vec![SamError { owner, kind: ErrorKind::Invalid, message, span }])
    };
    let Some(keys) = ignore.as_list() else {
        return Err(invalid("`IgnoreGlobals` must be `*` or a list of properties".into(), ignore.span));
    };
    // Not the very same maps: those stand for what functions share through `Globals`.
    let mut kept = global.unshared();
    for key in keys {
        if key.as_str().and_then(|k| kept.take(k)).is_none() {
            let message = format!("`IgnoreGlobals` names `{}`, which `Globals` does not set", python_text::str(key));
            return Err(invalid(message, key.span));
        }
    }
    Ok(Some(kept))
}

/// The merged value: maps are merged, lists joined, of anything else the local value counts.
fn merge_values(global: &Value, local: &Value, section: &str, path: &str) -> Value {
    let replaced = matches!(
        (section, path),
        ("Function", "Architectures") | ("CapacityProvider", "InstanceRequirements.Architectures")
    );
    let map = |v: &Value| v.is_map() && !v.is_intrinsic();
    if map(global) && map(local) {
        let (Some(global), Some(inner)) = (global.as_map(), local.as_map()) else { return local.clone() };
        let pruned = section == "CapacityProvider" && path == "ManagedResourceTags" && !inner.is_empty();
        let mut merged = if pruned { Map::new() } else { global.copy() };
        for pair in inner.pairs() {
            let below = if path.is_empty() { pair.key.to_string() } else { format!("{path}.{}", pair.key) };
            let value = match global.get(&pair.key) {
                Some(global) => merge_values(global, &pair.value, section, &below),
                None => pair.value.clone(),
            };
            merged.set_placed(&pair.key, pair.key_span, value);
        }
        return Value { span: local.span, ..merged.into() };
    }
    if let (Some(first), Some(second), false) = (global.as_list(), local.as_list(), replaced) {
        let items: Vec<Value> = first.iter().chain(second).cloned().collect();
        return Value { span: local.span, ..items.into() };
    }
    local.clone()
}

/// A generated document follows `OpenApiVersion` when that is 3.
fn fix_open_api_version(resource: &mut Value) {
    if resource.get("Type").and_then(Value::as_str) != Some("AWS::Serverless::Api") {
        return;
    }
    let Some(properties) = resource.path_mut(&["Properties"]) else { return };
    let Some(version) = properties.get("OpenApiVersion").filter(|v| is_version_3(v)).cloned() else { return };
    if properties.get("__MANAGE_SWAGGER").is_none() {
        return;
    }
    let version = if version.is_str() {
        version
    } else {
        let text = Value { span: version.span, ..python_text::str(&version).into() };
        properties.set("OpenApiVersion", text.clone());
        text
    };
    if let Some(body) = properties.path_mut(&["DefinitionBody"]) {
        // The version stands in the document, its place is that of the property.
        body.set("openapi", version);
        if body.truthy_at("swagger").is_some() {
            body.take("swagger");
        }
    }
}
