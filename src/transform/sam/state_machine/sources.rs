//! Events of state machines other than APIs. Not there yet: every source.

use super::super::World;
use super::super::errors::Result;
use super::super::resource::{Macro, Property, Resource};
use super::Target;

/// The properties of an event type, `None` when there is no such type.
pub fn properties(ty: &str) -> Option<&'static [Property]> {
    let _ = ty;
    None
}

/// Generates what an event needs.
///
/// # Errors
/// What the event holds and is not accepted.
pub fn translate(event: &Macro, target: &Target, world: &mut World) -> Result<Vec<Resource>> {
    let _ = (event, target, world);
    Ok(Vec::new())
}
