//! Events of state machines.

use super::super::World;
use super::super::errors::Result;
use super::super::events::{all, build};
use super::super::resource::{Macro, Property, Resource};
use super::super::role;
use super::{Target, api, sources};
use crate::transform::value::list;

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

/// The properties of an event type, `None` when there is no such type.
fn properties(ty: &str) -> Option<&'static [Property]> {
    if ty == "Api" { Some(api::PROPERTIES) } else { sources::properties(ty) }
}

/// The checks of all events, before anything is generated.
///
/// # Errors
/// The first problem of an event.
pub fn link(source: &Macro, world: &World) -> Result<()> {
    for given in all(source) {
        let linked = build(source, &given, properties).and_then(|event| match event.ty.as_str() {
            "Api" => super::super::events::api::link(&event, world).map(|_| ()),
            _ => Ok(()),
        });
        linked.map_err(|f| f.at(given.place).in_resource(&source.id))?;
    }
    Ok(())
}

/// Generates what the events of a state machine need, in the order of its map.
///
/// # Errors
/// The first problem of an event.
pub fn translate(source: &Macro, target: &Target, world: &mut World) -> Result<Vec<Resource>> {
    let mut made = Vec::new();
    for given in all(source) {
        let event = build(source, &given, properties)?;
        let resources = match event.ty.as_str() {
            "Api" => api::translate(&event, target, world),
            _ => sources::translate(&event, target),
        };
        made.extend(resources.map_err(|f| f.at(given.place))?);
    }
    Ok(made)
}
