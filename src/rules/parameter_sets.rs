//! Files with values for the parameters of a template.

use crate::bundle::Bundle;
use crate::bundle::parameters::{Given, ParameterSet};
use crate::diagnostic::{Applicability, Diagnostic, Severity};
use crate::rule::constraints::broken;
use crate::rule::suggest::nearest;
use crate::rule::{Check, Crossed, Family, rule};
use crate::source::Span;
use crate::syntax::Node;
use crate::template::{Parameter, Template};

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
    for set in bundle.sets() {
        let template = &bundle.templates[set.template];
        for given in &set.values {
            match template.view.parameters.get(&given.name) {
                Some(parameter) => refused(set, given, template.path, parameter, crossed),
                None => unknown(bundle, set, given, template.path, &template.view, crossed),
            }
        }
        if set.complete {
            missing(set, template.path, &template.view, crossed);
        }
    }
}

fn unknown(
    bundle: &Bundle<'_>,
    set: &ParameterSet,
    given: &Given,
    path: &str,
    template: &Template<'_>,
    crossed: &mut Crossed,
) {
    let name = &given.name;
    let follows = if set.tolerant {
        "so `sam deploy` leaves the value out without a word"
    } else {
        "so creating the change set fails"
    };
    let message = format!("`{path}` has no parameter `{name}`, {follows}");
    let found = crossed.report(&VALUES_DO_NOT_FIT, &set.path, given.name_span, message);
    // Another template may be meant.
    found.severity = if set.complete { Severity::Error } else { Severity::Warning };
    match nearest(name, template.parameters.names()) {
        Some(near) => {
            found.help(format!("did you mean `{near}`?"));
            let text = bundle.folder.text(&set.path);
            if let Some(text) = text {
                rename(found, text.file.slice(given.name_span), given, near);
            }
        }
        None => {
            found.help("remove it, or add the parameter to the template");
        }
    }
}

/// Offers the right name in the place of the written one.
fn rename(found: &mut Diagnostic, written: &str, given: &Given, near: &str) {
    let quoted = if written == given.name {
        near.to_owned()
    } else if written == format!("\"{}\"", given.name) {
        format!("\"{near}\"")
    } else {
        return;
    };
    found.fix(Applicability::Unsafe, format!("write `{near}`"), given.name_span, quoted);
}

fn refused(set: &ParameterSet, given: &Given, path: &str, parameter: &Parameter<'_>, crossed: &mut Crossed) {
    let Some(value) = given.known().filter(|_| !parameter.is_ssm()) else { return };
    let parts: Vec<&str> = if parameter.is_list() { value.split(',').map(str::trim).collect() } else { vec![value] };
    let name = &given.name;
    let shown = |part: &str| if parameter.no_echo() { "this".to_owned() } else { format!("`{part}`") };
    let mut report = |span: Span, what: String, help: Option<String>| {
        let message = format!("{what}, so creating the stack or the change set with these values fails");
        let found = crossed.report(&VALUES_DO_NOT_FIT, &set.path, span, message);
        found.help = help;
    };
    for part in parts {
        if matches!(parameter.kind(), Some("Number" | "List<Number>")) && part.trim().parse::<f64>().is_err() {
            let what = format!("{} is no number, which the parameter `{name}` of `{path}` asks for", shown(part));
            report(given.value_span, what, None);
            continue;
        }
        for (why, constraint) in broken(parameter, part) {
            let what = format!("`{path}` does not allow {} for `{name}`: it {why}", shown(part));
            report(given.value_span, what, allowed(parameter, constraint));
        }
    }
}

/// What a constraint allows, in words.
fn allowed(parameter: &Parameter<'_>, constraint: &str) -> Option<String> {
    let node = parameter.node.get(constraint)?;
    if let Some(items) = node.as_list() {
        let all: Vec<_> = items.iter().filter_map(Node::scalar_text).map(|text| format!("`{text}`")).collect();
        return Some(format!("allowed are {}", all.join(", ")));
    }
    let said = parameter.node.get("ConstraintDescription").and_then(Node::as_str);
    let limit = format!("`{constraint}` is `{}`", node.scalar_text()?);
    Some(said.map_or(limit.clone(), |said| format!("{limit}; the template says: {said}")))
}

fn missing(set: &ParameterSet, path: &str, template: &Template<'_>, crossed: &mut Crossed) {
    for parameter in template.parameters.iter() {
        let name = parameter.name();
        if parameter.default().is_some() || set.values.iter().any(|v| v.name == name) {
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
