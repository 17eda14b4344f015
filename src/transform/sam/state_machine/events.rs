//! Events of state machines.

use super::super::World;
use super::super::errors::{ErrorKind, Fault, Result};
use super::super::resource::{Macro, Property, Resource};
use super::super::role;
use super::{Target, api, sources};
use crate::source::Span;
use crate::transform::value::{Map, Text, Value, list};

/// The role that lets an event start the state machine, `{L}{E}Role`.
pub fn start_role(event: &Macro, target: &Target, principal: &'static str) -> Resource {
    // The reference loses the mark of the id on this way.
    let id = event.id.plus("Role").plain();
    let policy = role::policy(id.plus("StartExecutionPolicy"), "states:StartExecution", target.arn());
    Resource::new(id, "AWS::IAM::Role", &event.cause)
        .with_attributes(&target.passed_on)
        .with("AssumeRolePolicyDocument", role::trust(principal))
        .with("Policies", list![policy])
        .with("PermissionsBoundary", target.boundary.clone())
}

fn all(source: &Macro) -> impl Iterator<Item = (&Text, Span, &Value)> {
    let events = source.truthy("Events").and_then(Value::as_map);
    events.into_iter().flat_map(Map::pairs).map(|p| (&p.key, p.key_span, &p.value))
}

/// The properties of an event type, `None` when there is no such type.
fn properties(ty: &str) -> Option<&'static [Property]> {
    if ty == "Api" { Some(api::PROPERTIES) } else { sources::properties(ty) }
}

fn build(source: &Macro, id: &Text, place: Span, event: &Value) -> Result<Macro> {
    let invalid = |kind, message: String| Fault::event(id, kind, message).at(place);
    let Some(ty) = event.get("Type") else {
        return Err(invalid(ErrorKind::Missing, "an event needs `Type`".to_owned()));
    };
    let Some((ty, known)) = ty.as_str().and_then(|t| Some((t, properties(t)?))) else {
        let message = format!("`{}` is no event type of state machines", crate::transform::python_text::str(ty));
        return Err(invalid(ErrorKind::Invalid, message).at(ty.span));
    };
    let cause = source.cause.below(&format!("Events.{id}"), place);
    Macro::new(source.id.plus(id), Some(id.clone()), ty, event, cause, known).map_err(|f| f.at(place))
}

/// The checks of all events, before anything is generated.
///
/// # Errors
/// The first problem of an event.
pub fn link(source: &Macro, world: &World) -> Result<()> {
    for (id, place, value) in all(source) {
        let linked = build(source, id, place, value).and_then(|event| match event.ty.as_str() {
            "Api" => super::super::events::api::link(&event, world).map(|_| ()),
            _ => Ok(()),
        });
        linked.map_err(|f| f.at(place).in_resource(&source.id))?;
    }
    Ok(())
}

/// Generates what the events of a state machine need, in the order of its map.
///
/// # Errors
/// The first problem of an event.
pub fn translate(source: &Macro, target: &Target, world: &mut World) -> Result<Vec<Resource>> {
    let mut made = Vec::new();
    for (id, place, value) in all(source) {
        let event = build(source, id, place, value)?;
        let resources = match event.ty.as_str() {
            "Api" => api::translate(&event, target, world),
            _ => sources::translate(&event, target),
        };
        made.extend(resources.map_err(|f| f.at(place))?);
    }
    Ok(made)
}
