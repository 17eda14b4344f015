//! `HttpApi` events: a permission, and the method in the document of the HTTP API.

use super::Context;
use super::api::{arn_path, integration_uri};
use crate::transform::sam::World;
use crate::transform::sam::editor::{ANY_METHOD, Dialect, Editor, normalize_method};
use crate::transform::sam::errors::{Fault, Owner, Result};
use crate::transform::sam::implicit::api_id;
use crate::transform::sam::resource::{Macro, Property, Resource, Type, expect, p};
use crate::transform::value::{Map, Text, Value, map, sub_with};

/// The properties.
pub const PROPERTIES: &[Property] = &[
    p("Path", Type::Str),
    p("Method", Type::Str),
    p("ApiId", Type::Str),
    p("Stage", Type::Str),
    p("Auth", Type::Map),
    p("TimeoutInMillis", Type::Int),
    p("RouteSettings", Type::Map),
    p("PayloadFormatVersion", Type::Str),
];

fn api_of(event: &Macro) -> &str {
    api_id(event.get("ApiId")).and_then(Value::as_str).unwrap_or("")
}

/// The checks before anything is generated.
///
/// # Errors
/// When the event names no API of the template.
pub fn link(event: &Macro, world: &World) -> Result<()> {
    if world.resource(api_of(event)).is_some() {
        return Ok(());
    }
    let message = "`ApiId` must name a resource of type `AWS::Serverless::HttpApi` in this template";
    Err(event.event_fault(message).at(event.span("ApiId")))
}

/// Generates the permission and edits the document.
///
/// # Errors
/// What the event holds and is not accepted.
pub fn translate(context: &mut Context) -> Result<Vec<Resource>> {
    let event = &context.event;
    let api = api_of(event).to_owned();
    let text = |name: &str| event.get(name).and_then(Value::as_text).cloned();
    let (Some(path), Some(method)) = (text("Path"), text("Method")) else {
        return Err(event.event_fault("`Path` and `Method` must be strings").at(event.cause.span));
    };
    let method = method.with(method.to_lowercase());
    let properties = context.world.resource(&api).and_then(|r| r.get("Properties")).cloned();
    let properties = properties.unwrap_or_else(|| Map::new().into());
    let mut made = Vec::new();
    if let Some(text) = permission_text(context, &api, &properties, &path, &method)? {
        let variables = map! { "__ApiId__" => context.event.value("ApiId"), "__Stage__" => "*" };
        let permission = context.permission(&context.event.id, "", "apigateway.amazonaws.com");
        made.push(permission.with("SourceArn", sub_with(text, variables)));
    }
    let Some(body) = properties.given("DefinitionBody") else { return Ok(made) };
    let mut editor = Editor::new(Dialect::Http, Some(body))?;
    let managed = properties.truthy_at("__MANAGE_SWAGGER").is_some();
    if managed && editor.has_integration(&path, &normalize_method(&method))? {
        let message = format!("method `{method}` of path `{path}` is defined more than once");
        return Err(context.event.event_fault(message));
    }
    let uri = integration_uri(context, "${AWS::Partition}", false);
    editor.add_http_function(&path, &method, &uri, context.target.condition())?;
    let event = &context.event;
    if let Some(auth) = event.truthy("Auth") {
        add_auth(event, auth, &api, &properties, &mut editor, &path, &method)?;
    }
    if let Some(timeout) = event.truthy("TimeoutInMillis") {
        editor.set_timeout(&path, &method, timeout)?;
    }
    editor.add_path_parameters(&path, &method)?;
    if let Some(version) = event.truthy("PayloadFormatVersion") {
        editor.set_payload_version(&path, &method, version)?;
    }
    let body = editor.finish();
    if let Some(properties) = context.world.resource_mut(&api).and_then(|r| r.path_mut(&["Properties"])) {
        properties.set("DefinitionBody", body);
    }
    Ok(made)
}

/// The ARN of the permission; `None` when the default route of the same function covers this one.
fn permission_text(
    context: &Context,
    api: &str,
    properties: &Value,
    path: &Text,
    method: &Text,
) -> Result<Option<String>> {
    let mut editor = None;
    if let Some(body) = properties.truthy_at("DefinitionBody") {
        editor = Some(Editor::new(Dialect::Http, Some(body)).map_err(|fault| {
            let message = "`DefinitionBody` must be an OpenAPI 3 document with `openapi` and `paths`";
            match fault {
                Fault::Fatal(errors) => Fault::invalid(api, message).at(errors.first().map_or(body.span, |e| e.span)),
                local => local,
            }
        })?);
    }
    let mut shown = path.with(path.strip_suffix('/').filter(|p| !p.is_empty()).unwrap_or(path));
    if shown == "$default" {
        shown = "".into();
    } else if let Some(editor) = editor
        && editor.calls_function("$default", ANY_METHOD, &context.target.id)?
    {
        return Ok(None);
    }
    let shown = arn_path_of(&shown);
    let verb = if method == "any" || method == ANY_METHOD { "*".to_owned() } else { method.to_uppercase() };
    let end = if method == "any" && shown == "/$default" { shown.to_string() } else { format!("/{verb}{shown}") };
    Ok(Some(format!(
        "arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{__ApiId__}}/${{__Stage__}}{end}"
    )))
}

fn arn_path_of(path: &Text) -> Text {
    if path.is_empty() { path.clone() } else { arn_path(path, false) }
}

fn add_auth(
    event: &Macro,
    auth: &Value,
    api: &str,
    properties: &Value,
    editor: &mut Editor,
    path: &Text,
    method: &Text,
) -> Result<()> {
    let fault = |message: String, at: &Value| Err(event.event_fault(message).at(at.span).at(auth.span));
    let empty: Value = Map::new().into();
    let api_auth = properties.get("Auth").unwrap_or(&empty);
    expect(&Owner::Resource(api.to_owned()), "Auth", Type::Map, Some(api_auth), api_auth.span)?;
    let default = api_auth.truthy_at("DefaultAuthorizer");
    let Some(authorizer) = auth.truthy_at("Authorizer").or(default) else {
        return fault("`Auth` needs `Authorizer`, since the API has no `DefaultAuthorizer`".into(), auth);
    };
    let authorizers = api_auth.truthy_at("Authorizers");
    let iam = api_auth.get("EnableIamAuthorizer").is_some_and(|e| e.is_bool() && e.truthy());
    let Some(name) = authorizer.as_text() else {
        return fault("`Authorizer` must be the name of an authorizer".into(), authorizer);
    };
    if name == "NONE" {
        if default.is_none() {
            return fault(
                "authorizer `NONE` needs a `DefaultAuthorizer` of the API that it switches off".into(),
                authorizer,
            );
        }
    } else if name != "AWS_IAM" || !iam {
        let defined = authorizers.filter(|a| a.is_map()).and_then(|a| a.truthy_at(name));
        if defined.is_none() {
            return fault(format!("authorizer `{name}` is not defined in `Auth` of `{api}`"), authorizer);
        }
    }
    let scopes = auth.truthy_at("AuthorizationScopes");
    if let Some(bad) = scopes.filter(|s| !s.is_list()) {
        return fault("`AuthorizationScopes` must be a list".into(), bad);
    }
    editor.add_http_authorizer(path, method, name, scopes, authorizers)
}
