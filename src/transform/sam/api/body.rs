//! The document of a REST API: what the properties of the API add to it.

use super::super::World;
use super::super::authorizers;
use super::super::editor::{Dialect, Editor, is_version_3, needs_body};
use super::super::errors::{ErrorKind, Fault, Result};
use super::super::resource::{Macro, Type};
use super::super::swagger::Cors;
use super::targets_open_api_3;
use crate::transform::python_text;
use crate::transform::value::{Map, Text, Value, list, map2};

const REST: Dialect = Dialect::Rest;

/// The document with everything added, null when there is none.
///
/// # Errors
/// The first problem of a property or of the document.
pub fn build(source: &Macro, world: &World) -> Result<Value> {
    let mut body = source.value("DefinitionBody");
    add_cors(source, &mut body)?;
    add_auth(source, &mut body, world)?;
    add_gateway_responses(source, &mut body)?;
    add_binary_types(source, &mut body)?;
    add_models(source, &mut body)?;
    if let Some(disable) = source.get("DisableExecuteApiEndpoint") {
        needs_body(source, "DisableExecuteApiEndpoint", &body)?;
        let mut editor = Editor::new(REST, Some(&body))?;
        disable_endpoint(&mut editor, disable)?;
        body = editor.finish();
    }
    if source.truthy("DefinitionUri").is_none() && body.truthy() {
        post_process(source, &mut body)?;
    }
    Ok(body)
}

fn add_cors(source: &Macro, body: &mut Value) -> Result<()> {
    const KEYS: &[&str] = &["AllowMethods", "AllowHeaders", "AllowOrigin", "MaxAge", "AllowCredentials"];
    let Some(given) = source.truthy("Cors") else { return Ok(()) };
    needs_body(source, "Cors", body)?;
    let get = |key: &str| given.get(key).cloned().unwrap_or_else(Value::null);
    let cors = if given.is_str() || given.is_intrinsic() {
        let null = Value::null;
        Cors { origins: given.clone(), headers: null(), methods: null(), max_age: null(), credentials: false }
    } else {
        source.only(given, "Cors", KEYS)?;
        let credentials = given.get("AllowCredentials").is_some_and(|c| c.is_bool() && c.truthy());
        let origins = given.get("AllowOrigin").cloned().unwrap_or_else(|| "'*'".into());
        let (headers, methods, max_age) = (get("AllowHeaders"), get("AllowMethods"), get("MaxAge"));
        Cors { origins, headers, methods, max_age, credentials }
    };
    REST.needs_valid_body(source, "Cors", body)?;
    if cors.credentials && cors.origins.as_str() == Some("'*'") {
        let message = "`AllowCredentials` needs an `AllowOrigin` other than `'*'`";
        return Err(source.invalid(message).at(given.span));
    }
    let mut editor = Editor::new(REST, Some(body))?;
    let mut seen: Vec<String> = Vec::new();
    for path in editor.paths() {
        let normal = if path == "/" { "/" } else { path.trim_end_matches('/') };
        if seen.iter().any(|s| s == normal) {
            continue;
        }
        seen.push(normal.to_owned());
        editor.add_cors(&path, &cors).map_err(|fault| match fault {
            Fault::Local(error) => source.invalid(error.message).at(error.span).at(given.span),
            fatal => fatal,
        })?;
    }
    *body = editor.finish();
    Ok(())
}

fn add_auth(source: &Macro, body: &mut Value, world: &World) -> Result<()> {
    const KEYS: &[&str] = &[
        "Authorizers",
        "DefaultAuthorizer",
        "InvokeRole",
        "AddDefaultAuthorizerToCorsPreflight",
        "AddApiKeyRequiredToCorsPreflight",
        "ApiKeyRequired",
        "ResourcePolicy",
        "UsagePlan",
    ];
    let Some(auth) = source.truthy("Auth") else { return Ok(()) };
    needs_body(source, "Auth", body)?;
    source.only(auth, "Auth", KEYS)?;
    REST.needs_valid_body(source, "Auth", body)?;
    let mut editor = Editor::new(REST, Some(body))?;
    let all = authorizers::all(source, auth, true)?;
    let preflight = |key: &str| auth.get(key).is_none_or(Value::truthy);
    if !all.is_empty() {
        editor.check_definitions()?;
        for authorizer in &all {
            let definition = authorizer.definition(source, world)?;
            editor.security.set(authorizer.name.clone(), definition);
        }
        if let Some(default) = auth.truthy_at("DefaultAuthorizer") {
            let Some(name) = default.as_text() else {
                return Err(source.invalid("`DefaultAuthorizer` must be the name of an authorizer").at(default.span));
            };
            let Some(authorizer) = all.iter().find(|a| a.name == *name) else {
                let message = format!("`DefaultAuthorizer` names `{name}`, which is not defined in `Authorizers`");
                return Err(source.invalid(message).at(default.span));
            };
            let known: Vec<Text> = all.iter().map(|a| a.name.clone()).collect();
            for path in editor.paths() {
                let preflight = preflight("AddDefaultAuthorizerToCorsPreflight");
                editor.set_default_authorizer(&path, name, &authorizer.scopes(), &known, preflight)?;
            }
        }
    }
    if auth.truthy_at("ApiKeyRequired").is_some() {
        editor.add_api_key_definition()?;
        for path in editor.paths() {
            editor.require_api_key(&path, preflight("AddApiKeyRequiredToCorsPreflight"))?;
        }
    }
    if let Some(policy) = auth.truthy_at("ResourcePolicy") {
        if !policy.is_map() {
            return Err(Fault::document("`ResourcePolicy` must be a map").at(policy.span));
        }
        for path in editor.paths() {
            editor.add_resource_policy(policy, &path, &source.value("StageName"))?;
        }
        if let Some(statements) = policy.truthy_at("CustomStatements") {
            editor.add_custom_statements(statements);
        }
    }
    *body = editor.finish();
    post_process(source, body)
}

fn add_gateway_responses(source: &Macro, body: &mut Value) -> Result<()> {
    let Some(given) = source.truthy("GatewayResponses") else { return Ok(()) };
    needs_body(source, "GatewayResponses", body)?;
    let responses: Vec<_> = given.as_map().into_iter().flat_map(Map::pairs).collect();
    for pair in &responses {
        if !pair.value.is_map() || pair.value.is_intrinsic() {
            let message = format!("gateway response `{}` must be a map, functions are not accepted", pair.key);
            return Err(source.fault(ErrorKind::WrongType, message).at(pair.value.span));
        }
        source.only(&pair.value, &pair.key, &["ResponseParameters", "ResponseTemplates", "StatusCode"])?;
    }
    REST.needs_valid_body(source, "GatewayResponses", body)?;
    let mut editor = Editor::new(REST, Some(body))?;
    let mut made = Map::python2();
    for pair in responses {
        made.insert(pair.key.clone(), gateway_response(source, &pair.key, &pair.value)?);
    }
    for (key, value) in made.iter() {
        editor.gateway_responses.set(key.clone(), value.clone());
    }
    *body = editor.finish();
    Ok(())
}

fn gateway_response(source: &Macro, name: &str, given: &Value) -> Result<Value> {
    let path = format!("GatewayResponses.{name}");
    let mut prefixed = Map::python2();
    if let Some(parameters) = given.truthy_at("ResponseParameters") {
        let path = format!("{path}.ResponseParameters");
        let parameters = source.expect(&path, Type::Map, Some(parameters))?;
        let kinds = [("Headers", "header."), ("Paths", "path."), ("QueryStrings", "querystring.")];
        source.only(parameters, "ResponseParameters", &kinds.map(|k| k.0))?;
        for (kind, prefix) in kinds {
            let Some(values) = parameters.get(kind) else { continue };
            let values = source.expect(&format!("{path}.{kind}"), Type::Map, Some(values))?;
            for pair in values.as_map().into_iter().flat_map(Map::pairs) {
                prefixed.insert(pair.key.with(format!("gatewayresponse.{prefix}{}", pair.key)), pair.value.clone());
            }
        }
    }
    let templates = given.truthy_at("ResponseTemplates").cloned().unwrap_or_else(|| map2! {});
    let mut response = map2! { "responseParameters" => prefixed, "responseTemplates" => templates };
    if let Some(code) = given.given("StatusCode") {
        let text = code.as_text().cloned().unwrap_or_else(|| python_text::str(code).into());
        let good = (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if code.truthy() && !good {
            return Err(source.invalid(format!("`StatusCode` of `{path}` must be a number")).at(code.span));
        }
        if !text.is_empty() {
            // `str()` of a string keeps its mark only as plain text.
            response.set("statusCode", Value::from(text.plain()).at(code.span));
        }
    }
    Ok(response)
}

fn add_binary_types(source: &Macro, body: &mut Value) -> Result<()> {
    let Some(types) = source.truthy("BinaryMediaTypes").filter(|_| body.truthy()) else { return Ok(()) };
    let mut editor = Editor::new(REST, Some(body))?;
    editor.doc.set("x-amazon-apigateway-binary-media-types", unescape(types));
    *body = editor.finish();
    Ok(())
}

/// Every `~1` in keys and texts becomes `/`.
fn unescape(value: &Value) -> Value {
    let text = |t: &str| Text::uni(&t.replace("~1", "/"));
    let new = if let Some(map) = value.as_map() {
        let mut new = Map::python2();
        map.iter().for_each(|(k, v)| new.insert(text(k), unescape(v)));
        new.into()
    } else if let Some(items) = value.as_list() {
        items.iter().map(unescape).collect::<Vec<_>>().into()
    } else if let Some(t) = value.as_str() {
        text(t).into()
    } else {
        return value.clone();
    };
    Value { span: value.span, ..new }
}

fn add_models(source: &Macro, body: &mut Value) -> Result<()> {
    let Some(models) = source.truthy("Models") else { return Ok(()) };
    REST.needs_valid_body(source, "Models", body)?;
    let pairs: Vec<_> = models.as_map().into_iter().flat_map(Map::pairs).collect();
    if let Some(bad) = pairs.iter().find(|p| !p.value.is_map()) {
        let message = format!("model `{}` must be a map", bad.key);
        return Err(source.fault(ErrorKind::WrongType, message).at(bad.value.span));
    }
    let mut editor = Editor::new(REST, Some(body))?;
    if !editor.definitions.truthy() {
        editor.definitions = map2! {};
    }
    for pair in pairs {
        if pair.value.truthy_at("type").is_none() {
            return Err(Fault::document(format!("model `{}` needs `type`", pair.key)).at(pair.value.span));
        }
        editor.definitions.set(pair.key.with(pair.key.to_lowercase()), pair.value.clone());
    }
    *body = editor.finish();
    post_process(source, body)
}

fn disable_endpoint(editor: &mut Editor, disable: &Value) -> Result<()> {
    const CONFIGURATION: &str = "x-amazon-apigateway-endpoint-configuration";
    let set = |target: &mut Value| {
        let span = target.span;
        let inner = target.as_map_mut().map(|m| m.entry(CONFIGURATION, || Map::new().into()));
        match inner {
            Some(inner) if inner.is_map() => {
                inner.set("disableExecuteApiEndpoint", disable);
                Ok(())
            }
            _ => Err(Fault::document("the endpoint configuration of the document must be a map").at(span)),
        }
    };
    if editor.doc.truthy_at("openapi").is_some_and(is_version_3) {
        let mut servers = editor.doc.get("servers").cloned().unwrap_or_else(|| list![map2! {}]);
        for server in servers.as_list_mut().into_iter().flatten() {
            set(server)?;
        }
        editor.doc.set("servers", servers);
        return Ok(());
    }
    set(&mut editor.doc)
}

/// Brings the document into the form of OpenAPI 3, unless it is Swagger. Runs after several steps and wraps the headers
/// of `options` each time, as the reference does.
fn post_process(source: &Macro, body: &mut Value) -> Result<()> {
    if body.given("swagger").is_some() || !targets_open_api_3(source, body) {
        return Ok(());
    }
    for (from, to) in [("securityDefinitions", "securitySchemes"), ("definitions", "schemas")] {
        if let Some(part) = body.truthy_at(from).cloned() {
            let mut components = body.truthy_at("components").cloned().unwrap_or_else(|| map2! {});
            components.set(to, part);
            body.set("components", components);
            body.take(from);
        }
    }
    let Some(paths) = body.path_mut(&["paths"]).filter(|p| p.truthy()) else { return Ok(()) };
    let malformed = |what: String, span| Err(Fault::document(format!("{what} must be a map")).at(span));
    let span = paths.span;
    let Some(paths) = paths.as_map_mut() else { return malformed("`paths`".into(), span) };
    for path in paths.key_list() {
        let Some(item) = paths.get_mut(&path) else { continue };
        if !item.is_map() {
            return malformed(format!("path `{path}`"), item.span);
        }
        let Some(options) = item.path_mut(&["options"]).filter(|o| o.truthy()) else { continue };
        if !options.is_map() {
            return malformed(format!("`options` of path `{path}`"), options.span);
        }
        let Some(options) = options.as_map_mut() else { continue };
        for field in options.copy().key_list() {
            if field == "produces" || field == "consumes" {
                options.remove(&field);
            }
            if field == "responses" {
                let Some(responses) = options.get_mut("responses") else { continue };
                wrap_headers(&path, responses)?;
            }
        }
    }
    Ok(())
}

fn wrap_headers(path: &str, responses: &mut Value) -> Result<()> {
    if !responses.is_map() {
        let message = format!("the responses of `options` of path `{path}` must be a map");
        return Err(Fault::document(message).at(responses.span));
    }
    let headers = responses.path_mut(&["200", "headers"]);
    let Some(headers) = headers.filter(|h| h.truthy()) else { return Ok(()) };
    let span = headers.span;
    let Some(headers) = headers.as_map_mut() else {
        return Err(Fault::document(format!("headers of `options` of path `{path}` must be a map")).at(span));
    };
    for name in headers.key_list() {
        if let Some(header) = headers.get_mut(&name) {
            *header = map2! { "schema" => header.clone() };
        }
    }
    Ok(())
}
