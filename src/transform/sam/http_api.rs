//! `AWS::Serverless::HttpApi`.

use super::authorizers::{AUTHORIZER, identity_source, permission};
use super::editor::{Dialect, Editor, needs_body};
use super::errors::{ErrorKind, Result};
use super::resource::{Macro, Property, Resource, Type, any, p};
use super::{World, code, domains, ids, tags};
use crate::transform::value::{Map, Text, Value, list, map, reference, sub_with};

const STR_OR_MAP: Type = Type::One(&[Type::Str, Type::Map]);
const HTTP: Dialect = Dialect::Http;
const CREATOR: &str = "httpapi:createdBy";

/// The type.
pub static KIND: super::Kind = super::Kind {
    ty: "AWS::Serverless::HttpApi",
    round: 3,
    properties: PROPERTIES,
    translate,
    referable: &[("Stage", "AWS::ApiGatewayV2::Stage"), ("DomainName", "AWS::ApiGatewayV2::DomainName")],
};

const PROPERTIES: &[Property] = &[
    p("__MANAGE_SWAGGER", Type::Bool),
    any("Name"),
    p("StageName", STR_OR_MAP),
    p("Tags", Type::Map),
    p("PropagateTags", Type::Bool),
    p("DefinitionBody", Type::Map),
    p("DefinitionUri", STR_OR_MAP),
    p("StageVariables", Type::Map),
    p("CorsConfiguration", Type::One(&[Type::Bool, Type::Map])),
    p("AccessLogSettings", Type::Map),
    p("DefaultRouteSettings", Type::Map),
    p("Auth", Type::Map),
    p("RouteSettings", Type::Map),
    p("Domain", Type::Map),
    p("FailOnWarnings", Type::Bool),
    p("Description", Type::Str),
    p("DisableExecuteApiEndpoint", Type::Bool),
];

fn translate(mut source: Macro, world: &mut World) -> Result<Vec<Resource>> {
    for name in ["CorsConfiguration", "Domain"] {
        if let Some(value) = source.properties.get(name) {
            let resolved = world.resolver.parameters(value)?;
            source.properties.insert(name, resolved);
        }
    }
    if source.truthy("DefinitionUri").is_some() && source.truthy("DefinitionBody").is_some() {
        let message = "`DefinitionUri` and `DefinitionBody` exclude each other";
        return Err(source.fault(ErrorKind::Exclusive, message).at(source.span("DefinitionUri")));
    }
    let mut stage_tags = source.value("Tags");
    let body = body(&source, &mut stage_tags, world)?;
    let mut api = Resource::new(source.id.clone(), "AWS::ApiGatewayV2::Api", &source.cause)
        .with_attributes(&source.attributes)
        .depending_on(source.depends_on.clone());
    if let Some(uri) = source.truthy("DefinitionUri") {
        let location = Value::from(code::body_location(&source, "DefinitionUri", Map::new())?);
        api.set("BodyS3Location", location.at(uri.span));
    } else if body.truthy() {
        api.set("Body", body);
    } else {
        let message = "an HTTP API needs `DefinitionBody`, `DefinitionUri` or an `HttpApi` event";
        return Err(source.fault(ErrorKind::Missing, message));
    }
    let api = api.with_some("FailOnWarnings", source.truthy("FailOnWarnings"));
    let mut made = vec![api];
    let domain = domains::http(&source, &source.value("Domain"), CREATOR, world)?;
    if let Some(auth) = source.truthy("Auth") {
        for (name, config) in authorizers(&source, auth)? {
            let permitted = config.truthy_at("EnableFunctionDefaultPermissions").is_some();
            if let Some(function) = config.truthy_at("FunctionArn").filter(|_| permitted) {
                made.push(permission(&source, &name, function, "${AWS::Partition}"));
            }
        }
    }
    made.extend(domain);
    made.push(stage(&source, &stage_tags));
    let tags = source.truthy("Tags").map(|_| stage_tags);
    tags::propagate(&mut made, tags.as_ref(), source.get("DefinitionBody").is_some());
    Ok(made)
}

fn body(source: &Macro, stage_tags: &mut Value, world: &World) -> Result<Value> {
    let mut body = source.value("DefinitionBody");
    add_cors(source, &mut body)?;
    add_auth(source, &mut body, world)?;
    add_tags(source, &mut body, stage_tags)?;
    if let Some(disable) = source.get("DisableExecuteApiEndpoint") {
        needs_body(source, "DisableExecuteApiEndpoint", &body)?;
        let mut editor = Editor::new(HTTP, Some(&body))?;
        disable_endpoint(&mut editor, disable)?;
        body = editor.finish();
    }
    if let Some(name) = source.truthy("Name") {
        needs_body(source, "Name", &body)?;
        let default = reference("AWS::StackName");
        if !body.path(&["info", "title"]).is_some_and(|t| t.same(&default)) {
            let message = "`Name` and a title in `DefinitionBody` exclude each other";
            return Err(source.fault(ErrorKind::Exclusive, message).at(name.span));
        }
        let mut editor = Editor::new(HTTP, Some(&body))?;
        editor.info.set("title", name);
        body = editor.finish();
    }
    if let Some(description) = source.truthy("Description") {
        needs_body(source, "Description", &body)?;
        if body.get("info").is_some_and(|i| i.truthy_at("description").is_some()) {
            let message = "`Description` and a description in `DefinitionBody` exclude each other";
            return Err(source.fault(ErrorKind::Exclusive, message).at(description.span));
        }
        let mut editor = Editor::new(HTTP, Some(&body))?;
        editor.info.set("description", description);
        body = editor.finish();
    }
    if source.truthy("FailOnWarnings").is_some()
        && let Some(paths) = body.path_mut(&["paths"])
        && let Some(item) = paths.take("$default")
    {
        paths.set("/$default", item);
    }
    Ok(body)
}

const CORS: &[(&str, &str)] = &[
    ("AllowOrigins", "allowOrigins"),
    ("AllowHeaders", "allowHeaders"),
    ("AllowMethods", "allowMethods"),
    ("ExposeHeaders", "exposeHeaders"),
    ("MaxAge", "maxAge"),
    ("AllowCredentials", "allowCredentials"),
];

fn add_cors(source: &Macro, body: &mut Value) -> Result<()> {
    let Some(given) = source.truthy("CorsConfiguration") else { return Ok(()) };
    needs_body(source, "CorsConfiguration", body)?;
    let mut settings = Map::new();
    if given.is_bool() {
        settings.insert("allowOrigins", list!["*"]);
    } else if given.is_intrinsic() {
        // The names are lowered wherever they stand in the function.
        let lowered = lower_names(given);
        settings.update(lowered.as_map().unwrap_or(&Map::new()));
    } else {
        let names: Vec<&str> = CORS.iter().map(|c| c.0).collect();
        source.only(given, "CorsConfiguration", &names)?;
        let is_true = |v: &Value| v.is_bool() && v.truthy();
        let origins = given.get("AllowOrigins").cloned().unwrap_or_else(Value::null);
        if origins.is_intrinsic() {
            let lowered = lower_names(&origins);
            settings.update(lowered.as_map().unwrap_or(&Map::new()));
        } else {
            for (name, key) in CORS {
                let Some(value) = given.given(name) else { continue };
                let kept = match *name {
                    "MaxAge" => true,
                    "AllowCredentials" => is_true(value),
                    _ => value.truthy(),
                };
                if kept {
                    settings.insert(*key, value.clone());
                }
            }
        }
        if given.get("AllowCredentials").is_some_and(is_true) && origins.same(&list!["*"]) {
            HTTP.needs_valid_body(source, "CorsConfiguration", body)?;
            let message = "`AllowCredentials` needs `AllowOrigins` other than `*`";
            return Err(source.invalid(message).at(given.span));
        }
    }
    HTTP.needs_valid_body(source, "CorsConfiguration", body)?;
    let mut editor = Editor::new(HTTP, Some(body))?;
    let key = "x-amazon-apigateway-cors";
    let mut cors = editor.doc.get(key).cloned().unwrap_or_else(|| Map::new().into());
    match cors.as_map_mut() {
        Some(cors) => cors.update(&settings),
        None => return Err(super::errors::Fault::document(format!("`{key}` must be a map")).at(cors.span)),
    }
    editor.doc.set(key, cors);
    *body = editor.finish();
    Ok(())
}

/// The value with the names of CORS settings in lower camel case, in keys and texts.
fn lower_names(value: &Value) -> Value {
    let lower = |text: &str| CORS.iter().fold(text.to_owned(), |t, (upper, lower)| t.replace(upper, lower));
    let new: Value = if let Some(map) = value.as_map() {
        let mut new = Map::new();
        map.iter().for_each(|(k, v)| new.insert(lower(k), lower_names(v)));
        new.into()
    } else if let Some(items) = value.as_list() {
        items.iter().map(lower_names).collect::<Vec<_>>().into()
    } else if let Some(text) = value.as_str() {
        lower(text).into()
    } else {
        return value.clone();
    };
    new.at(value.span)
}

fn add_auth(source: &Macro, body: &mut Value, world: &World) -> Result<()> {
    let Some(auth) = source.truthy("Auth") else { return Ok(()) };
    needs_body(source, "Auth", body)?;
    source.only(auth, "Auth", &["Authorizers", "DefaultAuthorizer", "EnableIamAuthorizer"])?;
    HTTP.needs_valid_body(source, "Auth", body)?;
    let mut editor = Editor::new(HTTP, Some(body))?;
    let all = authorizers(source, auth)?;
    for (name, config) in &all {
        let definition = definition(source, name, config, world)?;
        editor.security.set(name.clone(), definition);
    }
    if let Some(default) = auth.truthy_at("DefaultAuthorizer").filter(|d| !d.is_no_value()) {
        let default = source.expect("Auth.DefaultAuthorizer", Type::Str, Some(default))?;
        let Some((name, config)) = all.iter().find(|(name, _)| Some(name.as_str()) == default.as_str()) else {
            let text = default.as_str().unwrap_or("");
            let message = format!("`DefaultAuthorizer` names `{text}`, which is not defined in `Authorizers`");
            return Err(source.invalid(message).at(default.span));
        };
        let name = default.as_text().unwrap_or(name);
        let scopes = config.given("AuthorizationScopes").cloned().unwrap_or_else(|| list![]);
        for path in editor.paths() {
            editor.set_http_default(&path, name, &scopes)?;
        }
    }
    *body = editor.finish();
    Ok(())
}

/// The authorizers by name; that of IAM has the configuration null.
fn authorizers(source: &Macro, auth: &Value) -> Result<Vec<(Text, Value)>> {
    let mut all: Vec<(Text, Value)> = Vec::new();
    if auth.get("EnableIamAuthorizer").is_some_and(|e| e.is_bool() && e.truthy()) {
        all.push(("AWS_IAM".into(), Value::null()));
    }
    let Some(given) = auth.truthy_at("Authorizers") else { return Ok(all) };
    let given = source.expect("Auth.Authorizers", Type::Map, Some(given))?;
    for pair in given.as_map().into_iter().flat_map(Map::pairs) {
        let config = source.expect(&format!("Auth.Authorizers.{}", pair.key), Type::Map, Some(&pair.value))?;
        check_authorizer(source, &pair.key, config)?;
        match all.iter_mut().find(|(name, _)| *name == pair.key) {
            Some(old) => old.1 = config.clone(),
            None => all.push((pair.key.clone(), config.clone())),
        }
    }
    Ok(all)
}

fn check_authorizer(source: &Macro, name: &str, config: &Value) -> Result<()> {
    const JWT: &[&str] = &["AuthorizationScopes", "JwtConfiguration", "IdentitySource"];
    const REQUEST: &[&str] = &[
        "FunctionArn",
        "FunctionInvokeRole",
        "Identity",
        "AuthorizerPayloadFormatVersion",
        "EnableSimpleResponses",
        "EnableFunctionDefaultPermissions",
    ];
    if let Some(url) = config.get("OpenIdConnectUrl") {
        let message = format!("authorizer `{name}` cannot have `OpenIdConnectUrl`; use `JwtConfiguration`");
        return Err(source.fault(ErrorKind::UnknownProperty, message).at(url.span));
    }
    let path = |key: &str| format!("Auth.Authorizers.{name}.{key}");
    if let Some(jwt) = config.truthy_at("JwtConfiguration") {
        source.expect(&path("JwtConfiguration"), Type::Map, Some(jwt))?;
    }
    if let Some(scopes) = config.given("AuthorizationScopes") {
        source.expect(&path("AuthorizationScopes"), Type::List, Some(scopes))?;
    }
    let jwt = config.truthy_at("JwtConfiguration").is_some();
    let (refused, kind, needed): (_, _, &[&str]) = if jwt {
        (REQUEST, "JWT", &["IdentitySource"])
    } else {
        (JWT, "Lambda", &["FunctionArn", "AuthorizerPayloadFormatVersion"])
    };
    for key in refused {
        if let Some(value) = config.given(key) {
            let message = format!("`{key}` is not for {kind} authorizers such as `{name}`");
            return Err(source.fault(ErrorKind::Exclusive, message).at(value.span));
        }
    }
    for key in needed {
        if config.truthy_at(key).is_none() {
            let message = format!("{kind} authorizer `{name}` needs `{key}`");
            return Err(source.fault(ErrorKind::Missing, message).at(config.span));
        }
    }
    if let Some(flag) = config.given("EnableFunctionDefaultPermissions") {
        source.expect(&path("EnableFunctionDefaultPermissions"), Type::Bool, Some(flag))?;
    }
    Ok(())
}

/// The definition of an authorizer in the document.
fn definition(source: &Macro, name: &str, config: &Value, world: &World) -> Result<Value> {
    if config.is_null() {
        return Ok(map! {
            "type" => "apiKey",
            "name" => "Authorization",
            "in" => "header",
            "x-amazon-apigateway-authtype" => "awsSigv4",
        });
    }
    let get = |key: &str| config.get(key).cloned().unwrap_or_else(Value::null);
    if let Some(jwt) = config.truthy_at("JwtConfiguration").and_then(Value::as_map) {
        let mut lowered = Map::new();
        jwt.iter().for_each(|(k, v)| lowered.insert(k.to_lowercase(), v.clone()));
        let inner = map! { "jwtConfiguration" => lowered, "identitySource" => get("IdentitySource"), "type" => "jwt" };
        return Ok(map! { "type" => "oauth2", AUTHORIZER => inner });
    }
    let mut inner = Map::new();
    inner.insert("type", "request");
    let text = format!(
        "arn:{}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{__FunctionArn__}}/invocations",
        world.partition
    );
    inner.insert("authorizerUri", sub_with(text, map! { "__FunctionArn__" => get("FunctionArn") }));
    if let Some(role) = config.truthy_at("FunctionInvokeRole").filter(|r| r.as_str() != Some("NONE")) {
        inner.insert("authorizerCredentials", role.clone());
    }
    if let Some(identity) = config.truthy_at("Identity") {
        let path = format!("Auth.Authorizers.{name}.Identity");
        let identity = source.expect(&path, Type::Map, Some(identity))?;
        if let Some(seconds) = identity.given("ReauthorizeEvery") {
            inner.insert("authorizerResultTtlInSeconds", seconds.clone());
        }
        let prefixes = ["$request.header.", "$request.querystring.", "$stageVariables.", "$context."];
        let parts = identity_source(source, name, Some(identity), prefixes)?;
        let parts: Vec<Value> = parts.iter().map(|p| p.plain().into()).collect();
        inner.insert("identitySource", parts);
    }
    inner.insert("authorizerPayloadFormatVersion", get("AuthorizerPayloadFormatVersion"));
    if let Some(simple) = config.truthy_at("EnableSimpleResponses") {
        inner.insert("enableSimpleResponses", simple.clone());
    }
    Ok(map! { "type" => "apiKey", "name" => "Unused", "in" => "header", AUTHORIZER => inner })
}

fn add_tags(source: &Macro, body: &mut Value, stage_tags: &mut Value) -> Result<()> {
    let given = source.truthy("Tags");
    if given.is_some() {
        HTTP.needs_valid_body(source, "Tags", body)?;
    }
    if !body.truthy() || !HTTP.is_valid(body) {
        return Ok(());
    }
    if given.is_none() {
        *stage_tags = Map::new().into();
    }
    stage_tags.set(CREATOR, "SAM");
    let mut editor = Editor::new(HTTP, Some(body))?;
    if let Some(tags) = stage_tags.as_map() {
        editor.add_tags(tags)?;
    }
    *body = editor.finish();
    Ok(())
}

fn disable_endpoint(editor: &mut Editor, disable: &Value) -> Result<()> {
    const CONFIGURATION: &str = "x-amazon-apigateway-endpoint-configuration";
    let mut servers = editor.doc.get("servers").cloned().unwrap_or_else(|| list![Map::python2()]);
    for server in servers.as_list_mut().into_iter().flatten() {
        let span = server.span;
        let Some(server) = server.as_map_mut() else {
            return Err(super::errors::Fault::document("each of `servers` must be a map").at(span));
        };
        server.entry(CONFIGURATION, || Map::new().into()).set("disableExecuteApiEndpoint", disable);
    }
    editor.doc.set("servers", servers);
    Ok(())
}

fn stage(source: &Macro, tags: &Value) -> Resource {
    let stage_name = source.truthy("StageName").cloned().unwrap_or_else(|| "$default".into());
    let name = stage_name.as_str().unwrap_or("");
    let id = if !name.is_empty() && name.chars().all(char::is_alphanumeric) {
        source.id.plus(name).plus("Stage")
    } else if name == "$default" {
        source.id.plus("ApiGatewayDefaultStage")
    } else {
        let hash = if name.is_empty() { String::new() } else { ids::short(name) };
        source.id.plus("Stage").plus(&hash)
    };
    Resource::new(id, "AWS::ApiGatewayV2::Stage", &source.cause_of("StageName"))
        .with_attributes(&source.passed_on())
        .with_same(source, &["AccessLogSettings", "DefaultRouteSettings", "RouteSettings"])
        .with("ApiId", reference(source.id.clone()))
        .with("StageName", stage_name)
        .with("Tags", tags.clone())
        .with_same(source, &["StageVariables"])
        .with("AutoDeploy", true)
}
