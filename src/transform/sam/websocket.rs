//! `AWS::Serverless::WebSocketApi`.

use super::errors::{ErrorKind, Result};
use super::resource::{Cause, Macro, Property, Resource, Type, p, req};
use super::{World, domains, tags};
use crate::transform::value::{Map, Pair, Text, Value, list, map, reference, sub, sub_with};

const CREATOR: &str = "websocketapi:createdBy";
const DEFAULT_STAGE: &str = "default";

/// The type.
pub static KIND: super::Kind = super::Kind {
    ty: "AWS::Serverless::WebSocketApi",
    round: 3,
    properties: PROPERTIES,
    translate,
    referable: &[("Stage", "AWS::ApiGatewayV2::Stage"), ("DomainName", "AWS::ApiGatewayV2::DomainName")],
};

const PROPERTIES: &[Property] = &[
    p("ApiKeySelectionExpression", Type::Str),
    p("AccessLogSettings", Type::Map),
    p("Auth", Type::Map),
    p("DefaultRouteSettings", Type::Map),
    p("Description", Type::Str),
    p("DisableExecuteApiEndpoint", Type::Bool),
    p("Domain", Type::Map),
    p("DisableSchemaValidation", Type::Bool),
    p("FailOnWarnings", Type::Bool),
    p("IpAddressType", Type::Str),
    p("Name", Type::Str),
    p("PropagateTags", Type::Bool),
    req("Routes", Type::Map),
    p("RouteSettings", Type::Map),
    req("RouteSelectionExpression", Type::Str),
    p("StageName", Type::One(&[Type::Str, Type::Map])),
    p("StageVariables", Type::Map),
    p("Tags", Type::Map),
];

fn translate(mut source: Macro, world: &mut World) -> Result<Vec<Resource>> {
    // Its attributes are handed on to nothing.
    source.attributes = Map::new();
    for name in ["Auth", "Domain", "Routes"] {
        if let Some(value) = source.properties.get(name) {
            let resolved = world.resolver.parameters(value)?;
            source.properties.insert(name, resolved);
        }
    }
    check(&source)?;
    let mut all_tags = source.truthy("Tags").cloned().unwrap_or_else(|| map! {});
    all_tags.set(CREATOR, "SAM");
    let api = Resource::new(source.id.clone(), "AWS::ApiGatewayV2::Api", &source.cause)
        .depending_on(source.depends_on.clone())
        .with_same(&source, &["ApiKeySelectionExpression", "Description", "DisableExecuteApiEndpoint"])
        .with_same(&source, &["DisableSchemaValidation", "IpAddressType"])
        .with("Name", source.get("Name").cloned().unwrap_or_else(|| source.id.clone().into()))
        .with("ProtocolType", "WEBSOCKET")
        .with_same(&source, &["RouteSelectionExpression"])
        .with("Tags", all_tags.clone());
    // Record set groups are not shared with other APIs.
    let shared = std::mem::take(&mut world.record_sets);
    let domain = domains::http(&source, &source.value("Domain"), CREATOR, world);
    world.record_sets = shared;
    let domain = domain?;
    let stage = stage(&source)?;
    let mut made = vec![api];
    let (mut ids, mut authorizer) = (Vec::new(), None);
    for pair in source.get("Routes").and_then(Value::as_map).into_iter().flat_map(Map::pairs) {
        let route = Route::new(&source, pair)?;
        ids.push(Value::from(route.id("Route")));
        authorizer = route.resources(&mut made).or(authorizer);
    }
    made.extend(domain);
    let after_routes = source.truthy("RouteSettings").map(|_| Value::from(ids));
    made.push(stage.depending_on(after_routes));
    if let Some(authorizer) = authorizer {
        made.push(authorizer);
        made.extend(authorizer_permission(&source));
    }
    let propagate = source.truthy("PropagateTags").is_some();
    let given = source.truthy("Tags").map(|_| &all_tags);
    tags::propagate(&mut made, given, propagate);
    Ok(made)
}

fn check(source: &Macro) -> Result<()> {
    let Some(routes) = source.truthy("Routes").and_then(Value::as_map) else {
        return Err(source.fault(ErrorKind::Missing, "a WebSocket API needs a route").at(source.span("Routes")));
    };
    let address = source.get("IpAddressType").filter(|a| !a.is_intrinsic());
    if let Some(address) = address.filter(|a| !matches!(a.as_str(), Some("ipv4" | "dualstack"))) {
        return Err(source.invalid("`IpAddressType` must be `ipv4` or `dualstack`").at(address.span));
    }
    if let Some(tls) = source.get("Domain").and_then(|d| d.truthy_at("MutualTlsAuthentication")) {
        let message = "a WebSocket API has no `MutualTlsAuthentication`";
        return Err(source.fault(ErrorKind::Exclusive, message).at(tls.span));
    }
    let Some(auth) = source.truthy("Auth") else { return Ok(()) };
    if !routes.has("$connect") {
        let message = "`Auth` needs a route `$connect`";
        return Err(source.fault(ErrorKind::Exclusive, message).at(source.span("Auth")));
    }
    check_auth(source, auth)
}

fn check_auth(source: &Macro, auth: &Value) -> Result<()> {
    let Some(ty) = auth.truthy_at("AuthType") else {
        return Err(source.fault(ErrorKind::Missing, "`Auth` needs `AuthType`").at(auth.span));
    };
    let Some(name @ ("NONE" | "AWS_IAM" | "CUSTOM")) = ty.as_str() else {
        return Err(source.invalid("`AuthType` must be `AWS_IAM`, `CUSTOM` or `NONE`").at(ty.span));
    };
    if name == "CUSTOM" {
        if auth.truthy_at("AuthArn").is_none() {
            let message = "`AuthType` `CUSTOM` needs `AuthArn`";
            return Err(source.fault(ErrorKind::Missing, message).at(auth.span));
        }
        return Ok(());
    }
    match auth.as_map().and_then(|m| m.pairs().find(|p| &*p.key != "AuthType")) {
        Some(pair) => {
            let message = format!("`{}` and `AuthType` `{name}` exclude each other", pair.key);
            Err(source.fault(ErrorKind::Exclusive, message).at(pair.key_span))
        }
        None => Ok(()),
    }
}

fn stage(source: &Macro) -> Result<Resource> {
    let name = source.get("StageName").cloned().unwrap_or_else(|| DEFAULT_STAGE.into());
    let part = match name.as_str() {
        Some("$default") => {
            return Err(source.invalid("a stage of a WebSocket API cannot be called `$default`").at(name.span));
        }
        Some(DEFAULT_STAGE) => "Default",
        Some(text) => text,
        None => "",
    };
    let cause = match source.get("StageName") {
        Some(_) => source.cause_of("StageName"),
        None => source.cause.clone(),
    };
    let id = source.id.plus(part).plus("Stage");
    Ok(Resource::new(id, "AWS::ApiGatewayV2::Stage", &cause)
        .with_same(source, &["AccessLogSettings", "DefaultRouteSettings", "RouteSettings"])
        .with("ApiId", reference(source.id.clone()))
        .with("StageName", name)
        .with("Tags", map! { CREATOR => "SAM" })
        .with_same(source, &["StageVariables"])
        .with("AutoDeploy", true))
}

/// The URI of an integration with a function.
fn invocation(variable: &'static str, function: &Value) -> Value {
    let text = format!(
        "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{{variable}}}/invocations"
    );
    sub_with(text, map! { variable => function.clone() })
}

struct Route<'a> {
    source: &'a Macro,
    key: &'a Text,
    given: &'a Value,
    function: &'a Value,
    base: Text,
    cause: Cause,
}

impl<'a> Route<'a> {
    fn new(source: &'a Macro, pair: &'a Pair) -> Result<Route<'a>> {
        let key = &pair.key;
        let special = matches!(key.as_str(), "$connect" | "$disconnect" | "$default");
        if !special && (key.is_empty() || !key.chars().all(char::is_alphanumeric)) {
            let message = format!(
                "route key `{key}` must be `$connect`, `$disconnect`, `$default` or consist of letters and digits"
            );
            return Err(source.invalid(message).at(pair.key_span));
        }
        let mut chars = key.trim_start_matches('$').chars();
        let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
        let rest: String = chars.flat_map(char::to_lowercase).collect();
        if let Some(parameters) = pair.value.truthy_at("RequestParameters").filter(|_| *key != "$connect") {
            let message = "`RequestParameters` is for the route `$connect` alone";
            return Err(source.fault(ErrorKind::Exclusive, message).at(parameters.span));
        }
        let Some(function) = pair.value.get("FunctionArn") else {
            let message = format!("route `{key}` needs `FunctionArn`");
            return Err(source.fault(ErrorKind::Missing, message).at(pair.key_span));
        };
        let cause = source.cause_of("Routes").below(key, pair.key_span);
        Ok(Route { source, key, given: &pair.value, function, base: source.id.plus(&first).plus(&rest), cause })
    }

    fn id(&self, suffix: &str) -> Text {
        self.base.plus(suffix)
    }

    /// Adds route, integration and permission; the authorizer if the route has one.
    fn resources(&self, made: &mut Vec<Resource>) -> Option<Resource> {
        let api = reference(self.source.id.clone());
        let auth = self.source.truthy("Auth").filter(|_| *self.key == "$connect");
        let ty = auth.and_then(|a| a.get("AuthType"));
        let authorizer = auth.filter(|_| ty.and_then(Value::as_str) == Some("CUSTOM")).map(|a| self.authorizer(a));
        let part = |key: &str| self.given.given(key);
        let target = map! { "Fn::Join" => list!["/", list!["integrations", reference(self.id("Integration"))]] };
        let route = Resource::new(self.id("Route"), "AWS::ApiGatewayV2::Route", &self.cause)
            .with("ApiId", api.clone())
            .with_some("ApiKeyRequired", part("ApiKeyRequired"))
            .with_some("AuthorizationType", ty)
            .with_some("AuthorizerId", authorizer.as_ref().map(Resource::reference))
            .with_some("ModelSelectionExpression", part("ModelSelectionExpression"))
            .with_some("OperationName", part("OperationName"))
            .with_some("RequestModels", part("RequestModels"))
            .with_some("RequestParameters", self.given.truthy_at("RequestParameters"))
            .with("RouteKey", Value::from(self.key).at(self.cause.span))
            .with_some("RouteResponseSelectionExpression", part("RouteResponseSelectionExpression"))
            .with("Target", target);
        let integration = Resource::new(self.id("Integration"), "AWS::ApiGatewayV2::Integration", &self.cause)
            .with("ApiId", api)
            .with("IntegrationType", "AWS_PROXY")
            .with("IntegrationUri", invocation("FunctionArn", self.function).at(self.function.span))
            .with_some("TimeoutInMillis", part("IntegrationTimeout"));
        made.push(route);
        made.push(integration);
        made.push(self.permission());
        authorizer
    }

    fn permission(&self) -> Resource {
        let stage = self.source.get("StageName");
        let start = format!(
            "arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{}.ApiId}}",
            self.source.id
        );
        let arn = match stage {
            Some(stage) if !stage.is_str() => {
                let text = format!("{start}/${{__StageName__}}/{}", self.key);
                if stage.truthy() || stage.is_map() {
                    sub_with(text, map! { "__StageName__" => stage })
                } else {
                    sub(text)
                }
            }
            _ => sub(format!("{start}/{}/{}", stage.and_then(Value::as_str).unwrap_or(DEFAULT_STAGE), self.key)),
        };
        Resource::new(self.id("Permission"), "AWS::Lambda::Permission", &self.cause)
            .with("Action", "lambda:InvokeFunction")
            .with("FunctionName", self.function)
            .with("Principal", "apigateway.amazonaws.com")
            .with("SourceArn", arn)
    }

    fn authorizer(&self, auth: &Value) -> Resource {
        let id = self.source.id.plus("ConnectAuthorizer");
        let name = auth.truthy_at("Name").cloned().unwrap_or_else(|| id.clone().into());
        Resource::new(id, "AWS::ApiGatewayV2::Authorizer", &self.source.cause_of("Auth"))
            .with("ApiId", reference(self.source.id.clone()))
            .with_some("AuthorizerCredentialsArn", auth.given("InvokeRole"))
            .with("AuthorizerType", "REQUEST")
            .with_some("AuthorizerUri", auth.get("AuthArn").map(|arn| invocation("AuthArn", arn).at(arn.span)))
            .with_some("IdentitySource", auth.given("IdentitySource"))
            .with("Name", name)
    }
}

/// The permission of the authorizer's function, unless a role invokes it.
fn authorizer_permission(source: &Macro) -> Option<Resource> {
    let auth = source.truthy("Auth").filter(|a| a.truthy_at("InvokeRole").is_none())?;
    let function = auth.truthy_at("AuthArn")?;
    let text = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*";
    let arn = sub_with(text, map! { "__ApiId__" => reference(source.id.clone()) });
    let permission =
        Resource::new(source.id.plus("AuthorizerPermission"), "AWS::Lambda::Permission", &source.cause_of("Auth"));
    Some(
        permission
            .with("Action", "lambda:InvokeFunction")
            .with("FunctionName", function)
            .with("Principal", "apigateway.amazonaws.com")
            .with("SourceArn", arn),
    )
}
