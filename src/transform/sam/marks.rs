//! Which parts of a template the reference reads as Python 2 would, so that old deployment ids stay as they are.

use crate::transform::value::{Map, Text, Value};

fn events_of_type(resource: &Value, ty: &str) -> bool {
    let events = resource.path(&["Properties", "Events"]).and_then(Value::as_map);
    events.is_some_and(|m| m.values().any(|e| e.get("Type").and_then(Value::as_str) == Some(ty)))
}

fn type_of(resource: &Value) -> &str {
    resource.get("Type").and_then(Value::as_str).unwrap_or("")
}

/// Whether there is a REST API, written or implied.
fn has_rest_api(resources: &Map) -> bool {
    resources.values().any(|r| match type_of(r) {
        "AWS::Serverless::Api" => true,
        "AWS::Serverless::Function" | "AWS::Serverless::StateMachine" => events_of_type(r, "Api"),
        _ => false,
    })
}

/// Whether there is an HTTP API, written or implied, with a default authorizer.
fn has_http_api_with_default(template: &Value, resources: &Map) -> bool {
    let global = template.path(&["Globals", "HttpApi", "Auth", "DefaultAuthorizer"]).is_some_and(Value::truthy);
    resources.values().any(|r| match type_of(r) {
        "AWS::Serverless::HttpApi" => {
            global || r.path(&["Properties", "Auth", "DefaultAuthorizer"]).is_some_and(Value::truthy)
        }
        "AWS::Serverless::Function" => global && events_of_type(r, "HttpApi"),
        _ => false,
    })
}

/// Sets the marks, in the template and in the given parameter values.
pub fn apply(template: &mut Value, parameters: &mut Map) {
    let Some(resources) = template.get("Resources").and_then(Value::as_map) else { return };
    if !has_rest_api(resources) && !has_http_api_with_default(template, resources) {
        return;
    }
    if let Some(api) = template.path_mut(&["Globals", "Api"]) {
        *api = api.to_python2();
    }
    if let Some(section) = template.path_mut(&["Parameters"]) {
        rebuild(section, |definition| {
            if let Some(default) = definition.path_mut(&["Default"]) {
                *default = default.to_python2();
            }
        });
    }
    if let Some(section) = template.path_mut(&["Resources"]) {
        rebuild(section, mark_resource);
    }
    for value in parameters.values_mut() {
        *value = value.to_python2();
    }
}

/// The section becomes a Python 2 map with unicode keys.
fn rebuild(section: &mut Value, edit: impl Fn(&mut Value)) {
    let Some(map) = section.as_map() else { return };
    let mut new = Map::python2();
    for pair in map.pairs() {
        let mut value = pair.value.clone();
        edit(&mut value);
        new.insert_placed(Text::uni(&pair.key), pair.key_span, value);
    }
    *section = Value { span: section.span, ..new.into() };
}

fn mark_resource(resource: &mut Value) {
    if resource.given("Properties").is_none() {
        return;
    }
    let paths: &[&[&str]] = match type_of(resource) {
        "AWS::Serverless::Api" | "AWS::Serverless::HttpApi" => &[&["Properties"]],
        "AWS::Serverless::Function" | "AWS::Serverless::StateMachine" => {
            &[&["Condition"], &["Properties", "FunctionName"], &["Properties", "Events"]]
        }
        _ => return,
    };
    for path in paths {
        if let Some(value) = resource.path_mut(path) {
            *value = value.to_python2();
        }
    }
}
