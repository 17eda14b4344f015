//! Versions, aliases and URLs of functions.

use super::World;
use super::errors::{ErrorKind, Result};
use super::events::Target;
use super::ids;
use super::resource::{Cause, Macro, Resource, Type};
use crate::transform::value::{Map, Value, get_att, list, map};

/// The name in `AutoPublishAlias`, if there is one.
///
/// # Errors
/// When it is not known, or no name of an alias.
pub fn alias_name(source: &Macro, world: &World) -> Result<Option<Value>> {
    let Some(given) = source.truthy("AutoPublishAlias") else { return Ok(None) };
    let name = world.resolver.parameters(given)?;
    if !name.is_str() {
        let message = "`AutoPublishAlias` must be a string or a `Ref` to a parameter";
        return Err(source.invalid(message).at(given.span));
    }
    Ok(Some(name))
}

/// The version, `{L}Version` and a hash of what makes a new one necessary. Resolves parameters in the function's code.
///
/// # Errors
/// When `AutoPublishCodeSha256` is no string.
pub fn version(source: &Macro, function: &mut Resource, world: &World) -> Result<Resource> {
    let resolve = |value: &Value| world.resolver.parameters(value);
    let mut digits = None;
    if let Some(given) = source.truthy("AutoPublishCodeSha256") {
        let sha = resolve(given)?;
        let Some(text) = sha.as_str() else {
            return Err(source.invalid("`AutoPublishCodeSha256` must be a string").at(given.span));
        };
        digits = Some(text.chars().take(10).collect::<String>());
        let description = resolve(&source.value("Description"))?;
        let described = match description.as_str() {
            Some(old) if !old.is_empty() => Value::from(format!("{old} {text}")).at(description.span),
            _ if !description.truthy() => sha.clone(),
            _ => map! { "Fn::Join" => list![" ", list![description, sha.clone()]] },
        };
        function.set("Description", described);
    }
    let code = resolve(function.get("Code").unwrap_or(&Value::null()))?;
    function.set("Code", code.clone());
    let suffix = match digits.filter(|d| !d.is_empty()) {
        Some(digits) => digits,
        None => ids::short_of(&hashed(source, function, code, world)),
    };
    let mut attributes = source.passed_on();
    if !attributes.has("DeletionPolicy") {
        let default = if source.get("CapacityProviderConfig").is_some() { "Delete" } else { "Retain" };
        let policy = source.get("VersionDeletionPolicy").cloned().unwrap_or_else(|| default.into());
        attributes.insert("DeletionPolicy", policy);
    }
    let cause = publishing(source);
    let scaled = source.get("CapacityProviderConfig").and(source.get("FunctionScalingConfig"));
    Ok(Resource::new(source.id.plus("Version").plus(&suffix), "AWS::Lambda::Version", &cause)
        .with_attributes(&attributes)
        .with_some("Description", source.get("VersionDescription"))
        .with("FunctionName", function.reference())
        .with_some("FunctionScalingConfig", scaled))
}

fn publishing(source: &Macro) -> Cause {
    source.cause_of("AutoPublishAlias")
}

/// What the id of the version is a hash of.
fn hashed(source: &Macro, function: &Resource, code: Value, world: &World) -> Value {
    if source.truthy("AutoPublishAliasAllProperties").is_none() {
        let mut hashed = code;
        let mut merge = |value: Option<&Value>| {
            if let (Some(map), Some(more)) = (hashed.as_map_mut(), value.and_then(Value::as_map)) {
                map.update(more);
            }
        };
        merge(function.get("Environment").filter(|v| v.truthy()));
        if let Some(memory) = function.get("MemorySize").filter(|v| v.truthy()) {
            merge(Some(&map! { "MemorySize" => memory }));
        }
        if let Some(snap) = function.get("SnapStart").filter(|v| v.truthy())
            && snap.get("ApplyOn").is_some_and(|v| v.as_str() != Some("None"))
        {
            merge(Some(&map! { "SnapStart" => snap }));
        }
        return hashed;
    }
    let mut properties = function.properties.clone();
    for layer in function.get("Layers").and_then(Value::as_list).into_iter().flatten() {
        let Some(id) = referenced_id(layer) else { continue };
        let Some(layer) = world.made(&id).and_then(|l| l.get("Properties")) else { continue };
        if layer.truthy_at("PublishLambdaVersion").is_some() {
            properties.insert(id, layer.clone());
        }
    }
    properties.into()
}

/// The logical id that a `Ref` or `Fn::GetAtt` names.
pub fn referenced_id(value: &Value) -> Option<String> {
    if let Some(id) = value.call("Ref") {
        return id.as_str().map(str::to_owned);
    }
    let argument = value.call("Fn::GetAtt")?;
    if let Some([id, _]) = argument.as_list() {
        return id.as_str().map(str::to_owned);
    }
    let mut parts = argument.as_str()?.split('.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(id), Some(_), None) => Some(id.to_owned()),
        _ => None,
    }
}

/// The alias, `{L}Alias` and its name.
///
/// # Errors
/// When the name is not one that Lambda accepts.
pub fn alias(source: &Macro, name: &Value, version: &Resource) -> Result<Resource> {
    let text = name.as_str().unwrap_or("");
    let good = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if text.is_empty() || !good || text.bytes().all(|b| b.is_ascii_digit()) {
        let message = format!("`{text}` is no alias name: letters, digits, `-` and `_` are allowed, not digits alone");
        return Err(source.invalid(message).at(source.span("AutoPublishAlias")));
    }
    let id = source.id.plus("Alias").plus(&text.replace('-', "D").replace('_', "U"));
    Ok(Resource::new(id, "AWS::Lambda::Alias", &publishing(source))
        .with_attributes(&source.passed_on())
        .with("Name", name)
        .with("FunctionName", crate::transform::value::reference(source.id.clone()))
        .with("FunctionVersion", get_att(version.id.clone(), "Version"))
        .with_some("ProvisionedConcurrencyConfig", source.truthy("ProvisionedConcurrencyConfig")))
}

/// The URL and, for public ones, its two permissions.
///
/// # Errors
/// When `FunctionUrlConfig` is not accepted.
pub fn url(source: &Macro, target: &Target) -> Result<Vec<Resource>> {
    let Some(config) = source.truthy("FunctionUrlConfig") else { return Ok(Vec::new()) };
    check_url(source, config)?;
    let cause = source.cause_of("FunctionUrlConfig");
    let auth = config.get("AuthType");
    let attributes = source.passed_on();
    let resource = |suffix: &str, ty| Resource::new(source.id.plus(suffix), ty, &cause).with_attributes(&attributes);
    let url = resource("Url", "AWS::Lambda::Url")
        .with("TargetFunctionArn", target.name())
        .with_some("AuthType", auth)
        .with_some("Cors", config.truthy_at("Cors"))
        .with_some("InvokeMode", config.get("InvokeMode"));
    let mut made = vec![url];
    if auth.and_then(Value::as_str) == Some("NONE") && !config.is_intrinsic() {
        made.push(
            resource("UrlPublicPermissions", "AWS::Lambda::Permission")
                .with("Action", "lambda:InvokeFunctionUrl")
                .with("FunctionName", target.name())
                .with("Principal", "*")
                .with_some("FunctionUrlAuthType", auth),
        );
        made.push(
            resource("URLInvokeAllowPublicAccess", "AWS::Lambda::Permission")
                .with("Action", "lambda:InvokeFunction")
                .with("FunctionName", target.name())
                .with("Principal", "*")
                .with("InvokedViaFunctionUrl", true),
        );
    }
    Ok(made)
}

fn check_url(source: &Macro, config: &Value) -> Result<()> {
    const CORS: &[(&str, Type)] = &[
        ("AllowOrigins", Type::List),
        ("AllowMethods", Type::List),
        ("AllowCredentials", Type::Bool),
        ("AllowHeaders", Type::List),
        ("ExposeHeaders", Type::List),
        ("MaxAge", Type::Int),
    ];
    if config.is_intrinsic() {
        return Ok(());
    }
    let auth = config.truthy_at("AuthType");
    if !auth.is_some_and(|a| a.is_intrinsic() || matches!(a.as_str(), Some("AWS_IAM" | "NONE"))) {
        let message = "`AuthType` of `FunctionUrlConfig` must be `AWS_IAM` or `NONE`";
        let kind = if auth.is_some() { ErrorKind::Invalid } else { ErrorKind::Missing };
        return Err(source.fault(kind, message).at(auth.map_or(config.span, |a| a.span)));
    }
    let Some(cors) = config.truthy_at("Cors").filter(|c| !c.is_intrinsic()) else { return Ok(()) };
    let cors = source.expect("FunctionUrlConfig.Cors", Type::Map, Some(cors))?;
    for pair in cors.as_map().into_iter().flat_map(Map::pairs) {
        let Some((_, ty)) = CORS.iter().find(|(name, _)| *name == &*pair.key) else {
            let message = format!("`{}` is no property of `Cors`", pair.key);
            return Err(source.fault(ErrorKind::UnknownProperty, message).at(pair.key_span));
        };
        if !pair.value.is_intrinsic() && !ty.accepts(&pair.value) {
            let message = format!("`{}` of `Cors` must be {}", pair.key, ty.describe());
            return Err(source.fault(ErrorKind::WrongType, message).at(pair.value.span));
        }
    }
    Ok(())
}
