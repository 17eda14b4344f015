//! What a template says about its own checking: `Metadata: cfn-lint: config`, for the whole file and for one resource.

use crate::diagnostic::{Diagnostic, PathPart};
use crate::settings::Settings;
use crate::syntax::Node;
use crate::transform::foreach::is_loop;
use std::collections::BTreeMap;

/// The configuration found in one template.
#[derive(Clone, Debug, Default)]
pub struct Suppressions {
    /// Prefixes of rule ids ignored in the whole file.
    pub ignore: Vec<String>,
    /// Prefixes of rule ids reported besides those on by default.
    pub include: Vec<String>,
    /// Regions to check for.
    pub regions: Vec<String>,
    /// Parameter values.
    pub parameters: Vec<(String, String)>,
    /// Whether lists are added to those of the run instead of giving way to them.
    pub merge: bool,
    /// Exact rule ids ignored below a resource.
    pub resources: BTreeMap<String, Vec<String>>,
}

impl Suppressions {
    /// Reads the configuration of a template.
    pub fn read(root: &Node) -> Self {
        let mut found = Suppressions::default();
        if let Some(config) = root.at(&["Metadata", "cfn-lint", "config"]) {
            found.ignore = texts(config.get("ignore_checks"));
            found.include = texts(config.get("include_checks"));
            found.regions = texts(config.get("regions"));
            found.merge = config.get("merge_configs").and_then(Node::as_bool).unwrap_or(false);
            if let Some(parameters) = config.get("parameters").and_then(Node::as_map) {
                found.parameters = parameters
                    .iter()
                    .filter_map(|e| Some((e.key.text.to_string(), e.value.scalar_text()?.to_owned())))
                    .collect();
            }
        }
        found.resources(root.get("Resources"));
        found
    }

    /// Reads the configuration of resources, those in loops included.
    fn resources(&mut self, section: Option<&Node>) {
        for resource in section.and_then(Node::as_map).unwrap_or_default() {
            if is_loop(&resource.key.text) {
                self.resources(resource.value.as_list().and_then(<[Node]>::last));
                continue;
            }
            let ignore = texts(resource.value.at(&["Metadata", "cfn-lint", "config", "ignore_checks"]));
            if !ignore.is_empty() {
                self.resources.insert(resource.key.text.to_string(), ignore);
            }
        }
    }

    /// Whether nothing is configured, so that the settings of the run apply as they are.
    pub fn changes_settings(&self) -> bool {
        !(self.ignore.is_empty() && self.include.is_empty() && self.regions.is_empty() && self.parameters.is_empty())
    }

    /// The settings for this file. What the run says wins over what the file says, list by list, unless the file asks
    /// for both to be merged.
    pub fn apply(&self, run: &Settings) -> Settings {
        let mut settings = run.clone();
        for (list, own) in [(&mut settings.ignore, &self.ignore), (&mut settings.include, &self.include)] {
            if list.is_empty() || self.merge {
                list.extend(own.iter().cloned());
            }
        }
        if !self.regions.is_empty() && !run.regions_chosen {
            settings.options.regions = self.regions.clone();
        }
        if run.options.parameters.is_empty() || self.merge {
            settings.options.parameters.extend(self.parameters.iter().cloned());
        }
        settings
    }

    /// Whether a resource's own configuration hides a finding at `path`.
    pub fn hides(&self, finding: &Diagnostic) -> bool {
        let [PathPart::Key(section), path @ ..] = finding.path.as_slice() else { return false };
        let name = path.iter().find_map(|part| match part {
            PathPart::Key(name) if !is_loop(name) => Some(name),
            _ => None,
        });
        let Some(name) = name else { return false };
        section == "Resources" && self.resources.get(name).is_some_and(|ids| ids.iter().any(|id| id == finding.rule.id))
    }
}

/// The texts of a list, or the one text that stands in place of a list.
fn texts(node: Option<&Node>) -> Vec<String> {
    let Some(node) = node else { return Vec::new() };
    match node.as_list() {
        Some(items) => items.iter().filter_map(Node::as_str).map(str::to_owned).collect(),
        None => node.as_str().map(str::to_owned).into_iter().collect(),
    }
}
