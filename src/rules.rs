//! All rules: the families in order. A new family adds two lines here.

pub mod accepted;
mod acknowledgements;
mod analysis;
mod apis;
mod appspec;
mod appspec_files;
mod appspec_functions;
mod appspec_hooks;
mod appspec_permissions;
mod appspec_resources;
mod beanstalk;
mod builds;
mod buildspec;
mod callers;
mod conditions;
mod conditions_use;
mod context;
mod deliveries;
mod deployment_groups;
mod dynamic_references;
mod ecs_files;
mod edge;
mod extensions;
mod functions;
mod graph;
mod hook_functions;
mod hygiene;
mod iam;
mod lambda;
pub mod language_extensions;
mod limits;
mod linked;
mod machines;
mod mappings;
mod metadata;
mod mistakes;
mod neighbours;
mod nested;
mod networks;
mod outputs;
mod parameter_sets;
mod parameter_use;
mod parameters;
mod parse;
mod permissions;
mod pipelines;
mod policies;
mod projects;
mod properties;
mod reach;
mod regional;
mod relations;
mod releases;
mod resource_types;
mod resources;
mod revisions;
mod rules_section;
mod sam;
mod sam_config;
pub mod sam_transform;
mod serverless;
mod services;
mod sign_in;
mod stages;
mod state_machines;
mod stores;
pub mod suppressions;
mod task_files;
mod taskdef;
mod template;
mod workflows;

use crate::rule::{Check, Family, Rule};

/// Every family.
pub static FAMILIES: &[&Family] = &[
    &parse::FAMILY,
    &template::FAMILY,
    &parameters::FAMILY,
    &parameter_use::FAMILY,
    &mappings::FAMILY,
    &conditions::FAMILY,
    &conditions_use::FAMILY,
    &rules_section::FAMILY,
    &outputs::FAMILY,
    &metadata::FAMILY,
    &context::FAMILY,
    &resources::FAMILY,
    &policies::FAMILY,
    &lambda::FAMILY,
    &sam::FAMILY,
    &sam_transform::FAMILY,
    &language_extensions::FAMILY,
    &graph::FAMILY,
    &hygiene::FAMILY,
    &relations::FAMILY,
    &linked::FAMILY,
    &callers::FAMILY,
    &stores::FAMILY,
    &releases::FAMILY,
    &workflows::FAMILY,
    &machines::FAMILY,
    &apis::FAMILY,
    &sign_in::FAMILY,
    &edge::FAMILY,
    &permissions::FAMILY,
    &networks::FAMILY,
    &reach::FAMILY,
    &nested::FAMILY,
    &pipelines::FAMILY,
    &stages::FAMILY,
    &state_machines::FAMILY,
    &limits::FAMILY,
    &appspec::FAMILY,
    &appspec_files::FAMILY,
    &appspec_permissions::FAMILY,
    &appspec_hooks::FAMILY,
    &appspec_resources::FAMILY,
    &appspec_functions::FAMILY,
    &buildspec::FAMILY,
    &functions::FAMILY,
    &dynamic_references::FAMILY,
    &resource_types::FAMILY,
    &properties::FAMILY,
    &iam::FAMILY,
    &extensions::FAMILY,
    &regional::FAMILY,
    &serverless::FAMILY,
    &services::FAMILY,
    &suppressions::FAMILY,
    &taskdef::FAMILY,
    &task_files::FAMILY,
    &beanstalk::FAMILY,
    &builds::FAMILY,
    &deliveries::FAMILY,
    &deployment_groups::FAMILY,
    &projects::FAMILY,
    &ecs_files::FAMILY,
    &hook_functions::FAMILY,
    &neighbours::FAMILY,
    &parameter_sets::FAMILY,
    &sam_config::FAMILY,
    &acknowledgements::FAMILY,
    // Fills in what the families above leave open.
    &mistakes::FAMILY,
    &revisions::FAMILY,
    // Sees what the others had to leave undecided, so it is the last.
    &analysis::FAMILY,
];

/// Every rule, in the order of the families.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.iter().flat_map(|f| f.rules.iter().copied())
}

/// The rule of an id.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|r| r.id == id)
}

/// Whether a rule reports only when experimental rules are asked for.
pub fn is_experimental(rule: &Rule) -> bool {
    context::FAMILY.rules.iter().any(|r| r.id == rule.id)
}

/// Whether a rule needs to see the files of a folder together.
pub fn looks_across(rule: &Rule) -> bool {
    let across = |c: &Check| matches!(c, Check::Bundle(_));
    FAMILIES
        .iter()
        .filter(|f| f.rules.iter().any(|r| r.id == rule.id))
        .any(|f| f.checks.iter().chain(rule.checks).any(across))
}
