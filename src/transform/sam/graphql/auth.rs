//! How callers of a GraphQL API are authorized.

use crate::transform::sam::errors::{ErrorKind, Result};
use crate::transform::sam::resource::Macro;
use crate::transform::value::{Map, Value, map};

/// The properties for the kinds of authorizers.
pub const CONFIGURATIONS: &[&str] = &["LambdaAuthorizerConfig", "OpenIDConnectConfig", "UserPoolConfig"];

/// What `Auth` gives.
#[derive(Debug)]
pub struct Auth {
    /// The type of the first authorizer.
    pub ty: Value,
    /// Its configuration, with the name of the property.
    pub configuration: Option<(&'static str, Value)>,
    /// The other ones.
    pub additional: Vec<Value>,
    /// ARNs of the functions that authorize.
    pub functions: Vec<Value>,
}

/// Reads `Auth`.
///
/// # Errors
/// When an authorizer lacks its configuration or has several.
pub fn read(source: &Macro, given: &Value) -> Result<Auth> {
    let empty = map! {};
    let auth = given.get("Auth").unwrap_or(&empty);
    let mut functions = Vec::new();
    let mut note = |configuration: &Option<(&'static str, Value)>| {
        if let Some(("LambdaAuthorizerConfig", config)) = configuration {
            functions.extend(config.get("AuthorizerUri").cloned());
        }
    };
    let configuration = authorizer(source, auth, false)?;
    note(&configuration);
    let mut additional = Vec::new();
    for one in auth.get("Additional").and_then(Value::as_list).into_iter().flatten() {
        let configuration = authorizer(source, one, true)?;
        note(&configuration);
        let mut made = map! { "AuthenticationType" => ty(one) };
        if let Some((name, config)) = configuration {
            made.set(name, config);
        }
        additional.push(made.at(one.span));
    }
    Ok(Auth { ty: ty(auth), configuration, additional, functions })
}

fn ty(auth: &Value) -> Value {
    auth.get("Type").cloned().unwrap_or_else(Value::null)
}

fn authorizer(source: &Macro, auth: &Value, additional: bool) -> Result<Option<(&'static str, Value)>> {
    let kinds = ["LambdaAuthorizer", "OpenIDConnect", "UserPool"];
    let given: Vec<_> =
        auth.as_map().into_iter().flat_map(Map::pairs).filter(|p| kinds.contains(&p.key.as_str())).collect();
    if let [_, second, ..] = given.as_slice() {
        let message = "an authorizer of a GraphQL API has one configuration";
        return Err(source.fault(ErrorKind::Exclusive, message).at(second.key_span));
    }
    let (key, name) = match auth.get("Type").and_then(Value::as_str) {
        Some("AWS_LAMBDA") => ("LambdaAuthorizer", "LambdaAuthorizerConfig"),
        Some("OPENID_CONNECT") => ("OpenIDConnect", "OpenIDConnectConfig"),
        Some("AMAZON_COGNITO_USER_POOLS") => ("UserPool", "UserPoolConfig"),
        _ => return Ok(None),
    };
    let Some(config) = auth.get(key) else {
        let message = format!("`Type` `{}` needs `{key}`", ty(auth).as_str().unwrap_or_default());
        return Err(source.fault(ErrorKind::Missing, message).at(auth.get("Type").map_or(auth.span, |t| t.span)));
    };
    let mut config = config.clone();
    if additional && key == "UserPool" {
        config.take("DefaultAction");
    }
    Ok(Some((name, config)).filter(|(_, c)| c.truthy()))
}
