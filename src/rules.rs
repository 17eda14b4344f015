//! All rules: the families in order. A new family adds two lines here.

mod appspec;
mod appspec_files;
mod appspec_hooks;
mod appspec_permissions;
mod appspec_resources;
mod buildspec;
pub mod dynamic_references;
pub mod functions;
mod properties;
mod resource_types;

use crate::rule::{Family, Rule};

/// Every family.
pub static FAMILIES: &[&Family] = &[
    &appspec::FAMILY,
    &appspec_files::FAMILY,
    &appspec_permissions::FAMILY,
    &appspec_hooks::FAMILY,
    &appspec_resources::FAMILY,
    &buildspec::FAMILY,
    &functions::FAMILY,
    &dynamic_references::FAMILY,
    &resource_types::FAMILY,
    &properties::FAMILY,
];

/// Every rule, in the order of the families.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.iter().flat_map(|f| f.rules.iter().copied())
}

/// The rule of an id.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|r| r.id == id)
}
