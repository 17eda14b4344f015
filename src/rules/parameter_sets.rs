//! Files with values for the parameters of a template.

use crate::bundle::Bundle;
use crate::bundle::parameters::{self, ParameterSet};
use crate::diagnostic::Severity;
use crate::rule::suggest::nearest;
use crate::rule::{Check, Crossed, Family, rule};
use crate::template::Template;

/// The family.
pub static FAMILY: Family = Family { rules: &[&VALUES_DO_NOT_FIT], checks: &[Check::Bundle(sets)] };

rule!(
    VALUES_DO_NOT_FIT,
    "parameter_sets" / "SL045",
    "parameter-values-do-not-fit",
    Error,
    "A file gives values that the template does not have or does not allow"
);

fn sets(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    for set in parameters::sets(bundle) {
        let template = &bundle.templates[set.template];
        values(&set, template.path, &template.view, crossed);
        if set.complete {
            missing(&set, template.path, &template.view, crossed);
        }
    }
}

fn values(set: &ParameterSet, path: &str, template: &Template<'_>, crossed: &mut Crossed) {
    for (name, span, value) in &set.values {
        let Some(parameter) = template.parameters.get(name) else {
            let message = format!("`{path}` has no parameter `{name}`, so CloudFormation refuses the values");
            let found = crossed.report(&VALUES_DO_NOT_FIT, &set.path, *span, message);
            // SAM leaves out what the template does not have, and another template may be meant.
            found.severity = if set.complete { Severity::Error } else { Severity::Warning };
            match nearest(name, template.parameters.names()) {
                Some(near) => found.help(format!("did you mean `{near}`?")),
                None => found.help("remove it, or add the parameter to the template"),
            };
            continue;
        };
        let (Some(value), Some(allowed)) = (value, parameter.allowed_values()) else { continue };
        let texts: Vec<_> = allowed.iter().filter_map(|n| n.scalar_text()).collect();
        let fits = |v: &str| texts.contains(&v);
        let fine = if parameter.is_list() { value.split(',').all(|v| fits(v.trim())) } else { fits(value) };
        if fine || parameter.is_ssm() || texts.len() != allowed.len() {
            continue;
        }
        let message = format!("`{path}` does not allow `{value}` for `{name}`, so CloudFormation refuses the values");
        let all: Vec<_> = texts.iter().map(|t| format!("`{t}`")).collect();
        crossed.report(&VALUES_DO_NOT_FIT, &set.path, *span, message).help(format!("allowed are {}", all.join(", ")));
    }
}

fn missing(set: &ParameterSet, path: &str, template: &Template<'_>, crossed: &mut Crossed) {
    for parameter in template.parameters.iter() {
        let name = parameter.name();
        if parameter.default().is_some() || set.values.iter().any(|v| v.0 == name) {
            continue;
        }
        let message = format!(
            "there is no value for `{name}`, which `{path}` asks for without a default, so the deployment fails"
        );
        crossed
            .report(&VALUES_DO_NOT_FIT, &set.path, set.place, message)
            .help(format!("add a value for `{name}`, or give the parameter a `Default`"));
    }
}
