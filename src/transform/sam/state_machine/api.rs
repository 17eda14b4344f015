//! `Api` events of state machines: a role, and the method in the document of the REST API.

use super::super::World;
use super::super::errors::Result;
use super::super::events::api::{Edit, link};
use super::super::resource::{Macro, Property, Resource, Type, p, req, strict};
use super::Target;
use super::events::start_role;
use crate::transform::python_text::{DEFAULT, json};
use crate::transform::value::{Value, map, sub};

/// The properties.
pub const PROPERTIES: &[Property] = &[
    req("Path", Type::Str),
    req("Method", Type::Str),
    req("RestApiId", Type::Str),
    p("Stage", Type::Str),
    p("Auth", Type::Map),
    strict("UnescapeMappingTemplate", Type::Bool),
];

/// Generates the role and edits the document.
///
/// # Errors
/// What the event holds and is not accepted.
pub fn translate(event: &Macro, target: &Target, world: &mut World) -> Result<Vec<Resource>> {
    let link = link(event, world)?;
    let text = |name: &str| event.get(name).and_then(Value::as_text).cloned();
    let (Some(path), Some(method)) = (text("Path"), text("Method")) else {
        return Err(event.event_fault("`Path` and `Method` must be strings"));
    };
    let method = method.with(method.to_lowercase());
    let role = start_role(event, target, "apigateway.amazonaws.com");
    let api = world.resource(&link.api).and_then(|r| r.get("Properties")).cloned();
    let managed = api.as_ref().is_some_and(|a| a.truthy_at("__MANAGE_SWAGGER").is_some());
    let body = api.as_ref().and_then(|a| a.given("DefinitionBody"));
    if let (true, Some(body)) = (managed, body) {
        let edit = Edit { event, link: &link, path: &path, method: &method };
        let mut editor = edit.open(Some(body))?;
        let uri = sub("arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution");
        let condition = target.passed_on.get("Condition");
        let template = map! { "application/json" => sub(request_template(event, target)) };
        editor.add_state_machine(&path, &method, uri, &role.arn(), &template, condition)?;
        edit.add_auth(&mut editor, &event.value("Stage"), world)?;
        edit.close(editor.finish(), world);
    }
    Ok(vec![role])
}

/// The text that makes the input of an execution from a request.
fn request_template(event: &Macro, target: &Target) -> String {
    let input = "$util.escapeJavaScript($input.json('$'))";
    let machine = format!("${{{}}}", target.id);
    if event.truthy("UnescapeMappingTemplate").is_some() {
        let unescaped = format!("{input}.replaceAll(\"\\\\'\",\"'\")");
        return format!("{{\"input\": \"{unescaped}\", \"stateMachineArn\": \"{machine}\"}}");
    }
    json(&map! { "input" => input, "stateMachineArn" => machine }, DEFAULT)
}
