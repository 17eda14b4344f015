//! `AWS::Serverless::StateMachine`.

pub mod api;
pub mod events;
pub mod sources;

use super::errors::{ErrorKind, Result};
use super::resource::{Macro, Property, Resource, Type, any, p, strict};
use super::role::{self, RoleParts};
use super::{World, code, tags};
use crate::transform::python_text::{INDENTED, json};
use crate::transform::value::{Map, Text, Value, get_att, list, map, reference};

const STR_OR_MAP: Type = Type::One(&[Type::Str, Type::Map]);

/// The type.
pub static KIND: super::Kind =
    super::Kind { ty: "AWS::Serverless::StateMachine", round: 2, properties: PROPERTIES, translate, referable: &[] };

const PROPERTIES: &[Property] = &[
    p("Definition", Type::Map),
    p("DefinitionUri", STR_OR_MAP),
    p("Logging", Type::Map),
    p("Role", Type::Str),
    any("RolePath"),
    p("DefinitionSubstitutions", Type::Map),
    p("Events", Type::MapOf(&Type::Map)),
    p("Name", Type::Str),
    p("Type", Type::Str),
    p("Tags", Type::Map),
    p("PropagateTags", Type::Bool),
    p("Policies", Type::One(&[Type::Str, Type::ListOf(&STR_OR_MAP)])),
    p("Tracing", Type::Map),
    p("PermissionsBoundary", Type::Str),
    any("AutoPublishAlias"),
    any("DeploymentPreference"),
    strict("UseAliasAsEventTarget", Type::Bool),
];

/// What events start: a state machine, or its alias.
#[derive(Clone, Debug)]
pub struct Target {
    /// The logical id of the state machine or alias.
    pub id: Text,
    /// The attributes that generated companions get.
    pub passed_on: Map,
    /// The permissions boundary of the state machine.
    pub boundary: Value,
}

impl Target {
    /// The ARN.
    pub fn arn(&self) -> Value {
        reference(self.id.clone())
    }
}

fn translate(source: Macro, world: &mut World) -> Result<Vec<Resource>> {
    events::link(&source, world)?;
    let mut machine = Resource::new(source.id.clone(), "AWS::StepFunctions::StateMachine", &source.cause)
        .with_attributes(&source.attributes)
        .depending_on(source.depends_on.clone());
    let (definition, uri) = (source.truthy("Definition"), source.truthy("DefinitionUri"));
    let mut substitutions = source.truthy("DefinitionSubstitutions").cloned().unwrap_or_else(Value::null);
    match (definition, uri) {
        (Some(_), Some(uri)) => {
            let message = "`Definition` and `DefinitionUri` exclude each other";
            return Err(source.fault(ErrorKind::Exclusive, message).at(uri.span));
        }
        (Some(definition), None) => {
            let (text, found) = definition_text(definition);
            machine.set("DefinitionString", text.at(definition.span));
            if !found.is_empty() {
                match substitutions.as_map_mut() {
                    Some(map) => map.update(&found),
                    None => substitutions = found.into(),
                }
            }
        }
        (None, Some(uri)) => {
            let location = Value::from(code::body_location(&source, "DefinitionUri", Map::new())?);
            machine.set("DefinitionS3Location", location.at(uri.span));
        }
        (None, None) => {
            let message = "a state machine needs `Definition` or `DefinitionUri`";
            return Err(source.fault(ErrorKind::Missing, message));
        }
    }
    let mut tags = vec![map! { "Key" => "stateMachine:createdBy", "Value" => "SAM" }];
    tags.extend(tags::list(source.get("Tags")));
    let role = role_of(&source, &tags, world)?;
    let role_arn = role.as_ref().map_or_else(|| source.value("Role"), Resource::arn);
    machine = machine
        .with_some("LoggingConfiguration", source.get("Logging"))
        .with("RoleArn", role_arn)
        .with_some("StateMachineName", source.get("Name"))
        .with_some("StateMachineType", source.get("Type"))
        .with("Tags", tags)
        .with("DefinitionSubstitutions", substitutions)
        .with_some("TracingConfiguration", source.get("Tracing"));
    let mut made = vec![machine];
    made.extend(role);
    let alias = publish(&source, &mut made)?;
    let id = alias.filter(|_| source.truthy("UseAliasAsEventTarget").is_some()).unwrap_or_else(|| source.id.clone());
    let target = Target { id, passed_on: source.passed_on(), boundary: source.value("PermissionsBoundary") };
    made.extend(events::translate(&source, &target, world)?);
    tags::propagate(&mut made, source.get("Tags"), source.truthy("PropagateTags").is_some());
    Ok(made)
}

/// The role that is generated unless one is given.
fn role_of(source: &Macro, tags: &[Value], world: &World) -> Result<Option<Resource>> {
    if source.truthy("Role").is_some() {
        return match source.truthy("Policies") {
            None => Ok(None),
            Some(policies) => {
                let message = "`Role` and `Policies` exclude each other";
                Err(source.fault(ErrorKind::Exclusive, message).at(policies.span))
            }
        };
    }
    let traced = source.get("Tracing").and_then(|t| t.get("Enabled")).is_some_and(|e| e.is_bool() && e.truthy());
    let extra = if traced { vec![Value::from(world.xray_policy())] } else { Vec::new() };
    let parts = RoleParts {
        trust: role::trust("states.amazonaws.com"),
        managed: Vec::new(),
        policies: Vec::new(),
        tags: tags.to_vec().into(),
        extra,
    };
    role::execution_role(source, parts, world).map(Some)
}

/// Version and alias; the id of the alias.
fn publish(source: &Macro, made: &mut Vec<Resource>) -> Result<Option<Text>> {
    let Some(name) = source.truthy("AutoPublishAlias") else {
        for property in ["UseAliasAsEventTarget", "DeploymentPreference"] {
            if source.truthy(property).is_some() {
                let message = format!("`{property}` needs `AutoPublishAlias`");
                return Err(source.fault(ErrorKind::Exclusive, message).at(source.span(property)));
            }
        }
        return Ok(None);
    };
    let cause = source.cause_of("AutoPublishAlias");
    let mut attributes = source.passed_on();
    for attribute in ["DeletionPolicy", "UpdateReplacePolicy"] {
        if !attributes.has(attribute) {
            attributes.insert(attribute, "Retain");
        }
    }
    let version = Resource::new(source.id.plus("Version"), "AWS::StepFunctions::StateMachineVersion", &cause)
        .with_attributes(&attributes)
        .with("StateMachineArn", reference(source.id.clone()))
        .with("StateMachineRevisionId", get_att(source.id.clone(), "StateMachineRevisionId"));
    let mut preference = match source.truthy("DeploymentPreference") {
        Some(given) => given.clone(),
        None => map! { "Type" => "ALL_AT_ONCE" },
    };
    preference.set("StateMachineVersionArn", version.reference());
    let text = crate::transform::python_text::str(name);
    let alias = Resource::new(source.id.plus("Alias").plus(&text), "AWS::StepFunctions::StateMachineAlias", &cause)
        .with_attributes(&source.passed_on())
        .with("Name", name)
        .with("DeploymentPreference", preference);
    let id = alias.id.clone();
    made.push(version);
    made.push(alias);
    Ok(Some(id))
}

/// The definition as `Fn::Join` of the lines of its JSON, and what it takes from outside as substitutions.
fn definition_text(definition: &Value) -> (Value, Map) {
    let mut definition = definition.clone();
    let mut found = Map::new();
    substitute(&mut definition, &mut found);
    let text = json(&definition, INDENTED);
    let lines: Vec<Value> = text.split('\n').map(|l| Text::of(l).into()).collect();
    (map! { "Fn::Join" => list!["\n", lines] }, found)
}

/// Replaces functions and dynamic references, maps in the order of their keys.
fn substitute(value: &mut Value, found: &mut Map) {
    let mut keys = value.as_map().map(Map::key_list).unwrap_or_default();
    keys.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    if let Some(map) = value.as_map_mut() {
        for key in keys {
            if let Some(item) = map.get_mut(&key) {
                substitute_one(item, found);
            }
        }
    } else {
        value.as_list_mut().into_iter().flatten().for_each(|item| substitute_one(item, found));
    }
}

fn substitute_one(item: &mut Value, found: &mut Map) {
    if item.is_intrinsic() || item.as_str().is_some_and(is_dynamic_reference) {
        let name = format!("definition_substitution_{}", found.len() + 1);
        let span = item.span;
        let old = std::mem::replace(item, Value::from(format!("${{{name}}}")).at(span));
        found.insert(name, old);
    } else if item.is_map() || item.is_list() {
        substitute(item, found);
    }
}

/// Whether a text is one dynamic reference and nothing else.
fn is_dynamic_reference(text: &str) -> bool {
    let Some(body) = text.strip_prefix("{{resolve:").and_then(|t| t.strip_suffix("}}")) else { return false };
    body.split_once(':').is_some_and(|(service, rest)| {
        !service.is_empty() && service.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') && !rest.is_empty()
    })
}
