//! Options of environments, in configuration files and in templates.

use super::{ENVIRONMENT_LOSES, OPTION_IN_TEMPLATE, OPTION_UNKNOWN, OPTION_VALUE};
use crate::beanstalk::{OptionFault, OptionProblem, Setting, option_problems, settings};
use crate::diagnostic::{Applicability, Findings, Severity};
use crate::rule::{Context, Rule};
use crate::source::{SourceFile, Span};
use crate::template::Resource;

/// The namespace of the database that belongs to an environment.
const DATABASE: &str = "aws:rds:dbinstance";

pub(super) fn in_template(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(node) = resource.property("OptionSettings") else { return };
    let all = settings(node);
    let file = &cx.document.file;
    report(file, &all, Some(&OPTION_IN_TEMPLATE), &mut cx.findings);
    let here = |name: &str| all.iter().find(|s| s.namespace == DATABASE && s.name == name);
    if let Some(engine) = here("DBEngine").filter(|_| here("DBDeletionPolicy").is_none()) {
        let message = "the database of this environment is deleted together with the environment, and its data with it";
        cx.report(&ENVIRONMENT_LOSES, engine.name_span, message)
            .help("Set `DBDeletionPolicy` to `Snapshot` or `Retain`, or make the database a resource of its own.");
    }
}

/// Reports what is wrong with options; under one rule, or under those of configuration files.
pub(super) fn report(file: &SourceFile, all: &[Setting<'_>], rule: Option<&'static Rule>, findings: &mut Findings) {
    for problem in option_problems(all) {
        let own = match problem.fault {
            OptionFault::Value(_) | OptionFault::Beside(..) => &OPTION_VALUE,
            _ => &OPTION_UNKNOWN,
        };
        let (message, help, severity) = words(&problem);
        let found = findings.report(rule.unwrap_or(own), problem.span, message);
        found.help(help);
        found.severity = severity;
        if let Some(other) = problem.other {
            found.label(other, "the other option");
        }
        if let (Some(near), Some(span)) = (problem.near, inside_quotes(file, problem.span)) {
            let how = if problem.fault == OptionFault::Capitals { Applicability::Safe } else { Applicability::Unsafe };
            found.fix(how, format!("write `{near}`"), span, near);
        }
    }
}

fn words(problem: &OptionProblem<'_>) -> (String, String, Severity) {
    let Setting { namespace, name, .. } = problem.setting;
    let meant = |other: &str| match problem.near {
        Some(near) => format!("Did you mean `{near}`?"),
        None => other.to_owned(),
    };
    let refused = "so Elastic Beanstalk refuses the configuration";
    match &problem.fault {
        OptionFault::Namespace => {
            (format!("there is no namespace `{namespace}`, {refused}"), meant(""), Severity::Error)
        }
        OptionFault::Capitals => (
            format!("the option is written `{}`, not `{name}`; capitals count", problem.near.unwrap_or_default()),
            meant(""),
            Severity::Warning,
        ),
        OptionFault::Name if problem.near.is_some() => {
            (format!("`{namespace}` has no option `{name}`, {refused}"), meant(""), Severity::Error)
        }
        OptionFault::Name => (
            format!("`{namespace}` has no option `{name}` that is documented"),
            "Look for the option in the general options of Elastic Beanstalk; it may belong to another namespace."
                .to_owned(),
            Severity::Warning,
        ),
        OptionFault::Value(allowed) => {
            let text = problem.setting.text().unwrap_or_default();
            let message = format!("`{name}` cannot be `{text}`, {refused}");
            (message, meant(&format!("It takes {allowed}.")), Severity::Error)
        }
        OptionFault::Beside(other, value) => {
            let text = problem.setting.text().unwrap_or_default();
            let message = format!("`{name}` cannot be `{text}` while `{other}` is `{value}`");
            let help = match *other {
                "LoadBalancerType" => "Splitting traffic needs an application load balancer.",
                _ => "One instance has no others that could serve meanwhile: use `AllAtOnce` or `Immutable`.",
            };
            (message, help.to_owned(), Severity::Warning)
        }
    }
}

/// The place of a word without its quotes.
pub(super) fn inside_quotes(file: &SourceFile, span: Span) -> Option<Span> {
    let text = file.slice(span);
    let inner = text.trim_matches(['"', '\'']);
    if inner.is_empty() || inner.contains(['{', '\n', '"']) {
        return None;
    }
    let start = span.start as usize + text.find(inner)?;
    Some(Span::new(start, start + inner.len()))
}
