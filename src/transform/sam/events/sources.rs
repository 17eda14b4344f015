//! Event sources other than APIs. Not there yet: every source.

use super::super::World;
use super::super::errors::Result;
use super::super::resource::{Macro, Property, Resource};
use super::Context;

/// The properties of an event type, `None` when there is no such type.
pub fn properties(ty: &str) -> Option<&'static [Property]> {
    let _ = ty;
    None
}

/// The checks before anything is generated.
///
/// # Errors
/// What the event refers to and cannot be used.
pub fn link(event: &Macro, world: &World) -> Result<()> {
    let _ = (event, world);
    Ok(())
}

/// Generates what an event needs.
///
/// # Errors
/// What the event holds and is not accepted.
pub fn translate(context: &mut Context) -> Result<Vec<Resource>> {
    let _ = context;
    Ok(Vec::new())
}
