//! Authorizers of REST APIs.

use super::World;
use super::errors::{ErrorKind, Result};
use super::resource::{Macro, Resource, Type};
use crate::transform::value::{Kind, Map, Text, UNPLACED, Value, list, map, reference, sub_with};

/// The key under which a definition describes its authorizer.
pub const AUTHORIZER: &str = "x-amazon-apigateway-authorizer";

/// One authorizer.
#[derive(Clone, Debug)]
pub struct Authorizer {
    /// Its name.
    pub name: Text,
    config: Value,
    iam: bool,
}

/// The authorizers under `Auth`, with that of IAM when it is the default.
///
/// # Errors
/// When one is malformed.
pub fn all(source: &Macro, auth: &Value, with_default: bool) -> Result<Vec<Authorizer>> {
    let mut made = Vec::new();
    let default = auth.get("DefaultAuthorizer").and_then(Value::as_text);
    if let Some(name) = default.filter(|d| with_default && *d == "AWS_IAM") {
        made.push(Authorizer { name: name.clone(), config: map! {}, iam: true });
    }
    let Some(given) = auth.truthy_at("Authorizers") else { return Ok(made) };
    let given = source.expect("Auth.Authorizers", Type::Map, Some(given))?;
    // The reference keeps them in a dictionary of Python 2.
    let mut ordered = Map::python2();
    if let Some(first) = made.first() {
        ordered.insert(first.name.clone(), Value::null());
    }
    for pair in given.as_map().into_iter().flat_map(Map::pairs) {
        let path = format!("Auth.Authorizers.{}", pair.key);
        let config = source.expect(&path, Type::Map, Some(&pair.value))?;
        let authorizer = Authorizer { name: pair.key.clone(), config: config.clone(), iam: false };
        authorizer.check(source)?;
        ordered.insert_placed(pair.key.clone(), pair.key_span, config.clone());
        made.retain(|a| a.name != authorizer.name);
        made.push(authorizer);
    }
    let order = ordered.key_list();
    made.sort_by_key(|a| order.iter().position(|k| *k == a.name));
    Ok(made)
}

/// The whole number that Python's `int` makes of a value.
fn int(value: &Value) -> Option<i64> {
    match &value.kind {
        Kind::Bool(b) => Some(i64::from(*b)),
        Kind::Int(i) => Some(*i),
        Kind::Float(f) => Some(f.trunc() as i64),
        Kind::Str(text) => text.trim().parse().ok(),
        _ => None,
    }
}

impl Authorizer {
    fn get(&self, key: &str) -> Option<&Value> {
        self.config.given(key)
    }

    fn check(&self, source: &Macro) -> Result<()> {
        let name = &self.name;
        let payload = self.get("FunctionPayloadType");
        if !payload.is_none_or(|p| matches!(p.as_str(), Some("TOKEN" | "REQUEST"))) {
            let message = format!("`FunctionPayloadType` of authorizer `{name}` must be `TOKEN` or `REQUEST`");
            return Err(source.invalid(message).at(payload.map_or(UNPLACED, |p| p.span)));
        }
        if payload.and_then(Value::as_str) == Some("REQUEST") && self.lacks_identity(source)? {
            let message = format!(
                "authorizer `{name}` needs `Identity` with `Headers`, `QueryStrings`, `StageVariables` or `Context`"
            );
            return Err(source.fault(ErrorKind::Missing, message).at(self.config.span));
        }
        for (key, ty) in [("AuthorizationScopes", Type::List), ("DisableFunctionDefaultPermissions", Type::Bool)] {
            if let Some(value) = self.get(key) {
                source.expect(&format!("Auth.Authorizers.{name}.{key}"), ty, Some(value))?;
            }
        }
        Ok(())
    }

    fn lacks_identity(&self, source: &Macro) -> Result<bool> {
        let Some(identity) = self.config.truthy_at("Identity") else { return Ok(true) };
        source.expect(&format!("Auth.Authorizers.{}.Identity", self.name), Type::Map, Some(identity))?;
        let keys = ["Headers", "QueryStrings", "StageVariables", "Context"];
        let missing = keys.iter().all(|k| identity.truthy_at(k).is_none());
        let seconds = identity.given("ReauthorizeEvery").and_then(int);
        Ok(missing && seconds.is_none_or(|s| s > 0))
    }

    /// The scopes that it asks for.
    pub fn scopes(&self) -> Value {
        self.get("AuthorizationScopes").cloned().unwrap_or_else(|| list![])
    }

    /// The function that authorizes, unless the author takes care of its permission.
    pub fn permitted_function(&self) -> Option<&Value> {
        if self.config.truthy_at("DisableFunctionDefaultPermissions").is_some() {
            return None;
        }
        self.config.truthy_at("FunctionArn")
    }

    /// The definition in the document.
    ///
    /// # Errors
    /// When `Identity` is malformed.
    pub fn definition(&self, source: &Macro, world: &World) -> Result<Value> {
        let cognito = !self.iam && self.config.truthy_at("UserPoolArn").is_some();
        let request = self.config.truthy_at("FunctionPayloadType").and_then(Value::as_str) == Some("REQUEST");
        let identity = self.config.truthy_at("Identity");
        let header = if !self.iam && !cognito && request {
            "Unused".into()
        } else {
            if identity.is_some_and(|i| !i.is_map()) {
                let message = format!("`Identity` of authorizer `{}` must be a map", self.name);
                return Err(source.invalid(message).at(identity.map_or(UNPLACED, |i| i.span)));
            }
            identity.and_then(|i| i.truthy_at("Header")).cloned().unwrap_or_else(|| "Authorization".into())
        };
        let kind = if self.iam {
            "awsSigv4"
        } else if cognito {
            "cognito_user_pools"
        } else {
            "custom"
        };
        let mut definition = Map::python2();
        definition.insert("type", "apiKey");
        definition.insert("name", header);
        definition.insert("in", "header");
        definition.insert("x-amazon-apigateway-authtype", kind);
        if self.iam {
            return Ok(definition.into());
        }
        let mut authorizer = Map::python2();
        if cognito {
            authorizer.insert("type", "cognito_user_pools");
            let pools = self.config.get("UserPoolArn").cloned().unwrap_or_else(Value::null);
            authorizer.insert("providerARNs", if pools.is_list() { pools } else { list![pools] });
        } else {
            authorizer.insert("type", if request { "request" } else { "token" });
            self.add_function(&mut authorizer, source, world, request)?;
        }
        if (cognito || !request)
            && let Some(expression) = identity.and_then(|i| i.truthy_at("ValidationExpression"))
        {
            authorizer.insert("identityValidationExpression", expression.clone());
        }
        definition.insert(AUTHORIZER, authorizer);
        Ok(definition.into())
    }

    fn add_function(&self, authorizer: &mut Map, source: &Macro, world: &World, request: bool) -> Result<()> {
        let text = format!(
            "arn:{}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{__FunctionArn__}}/invocations",
            world.partition
        );
        let function = self.config.get("FunctionArn").cloned().unwrap_or_else(Value::null);
        authorizer.insert("authorizerUri", sub_with(text, map! { "__FunctionArn__" => function }));
        let identity = self.config.truthy_at("Identity");
        if let Some(seconds) = identity.and_then(|i| i.given("ReauthorizeEvery")) {
            authorizer.insert("authorizerResultTtlInSeconds", seconds.clone());
        }
        if let Some(role) = self.config.truthy_at("FunctionInvokeRole").filter(|r| r.as_str() != Some("NONE")) {
            authorizer.insert("authorizerCredentials", role.clone());
        }
        if request {
            let prefixes = ["method.request.header.", "method.request.querystring.", "stageVariables.", "context."];
            let parts = identity_source(source, &self.name, identity, prefixes)?;
            if !parts.is_empty() {
                let uni = parts.iter().any(|p| p.uni);
                let text = parts.iter().map(Text::as_str).collect::<Vec<_>>().join(", ");
                authorizer.insert("identitySource", if uni { Text::uni(&text) } else { text.into() });
            }
        }
        Ok(())
    }
}

/// What identifies a caller, with the prefixes for headers, query strings, stage variables and context.
///
/// # Errors
/// When a part is no list of strings.
pub fn identity_source(source: &Macro, name: &str, identity: Option<&Value>, prefixes: [&str; 4]) -> Result<Vec<Text>> {
    let mut parts = Vec::new();
    let keys = ["Headers", "QueryStrings", "StageVariables", "Context"];
    for (key, prefix) in keys.into_iter().zip(prefixes) {
        let Some(items) = identity.and_then(|i| i.truthy_at(key)) else { continue };
        let path = format!("Auth.Authorizers.{name}.Identity.{key}");
        let items = source.expect(&path, Type::List, Some(items))?;
        for item in items.as_list().unwrap_or_default() {
            let text = source.expect(&path, Type::Str, Some(item))?;
            parts.extend(text.as_text().map(|t| t.with(format!("{prefix}{t}"))));
        }
    }
    Ok(parts)
}

/// The permission of an authorizer's function.
pub fn permission(source: &Macro, name: &Text, function: &Value, partition: &str) -> Resource {
    let text = format!("arn:{partition}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{__ApiId__}}/authorizers/*");
    let arn = sub_with(text, map! { "__ApiId__" => reference(source.id.clone()) });
    let id = source.id.plus(name).plus("AuthorizerPermission");
    let cause = source.cause_of("Auth");
    Resource::new(id, "AWS::Lambda::Permission", &cause)
        .with_attributes(&source.passed_on())
        .with("Action", "lambda:InvokeFunction")
        .with("FunctionName", function)
        .with("Principal", "apigateway.amazonaws.com")
        .with("SourceArn", arn)
}
