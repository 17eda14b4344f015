//! Build projects of CodeBuild.

use super::PROJECT_REFUSED;
use crate::conditions::Pins;
use crate::diagnostic::{Applicability, Severity};
use crate::rule::Context;
use crate::rule::linking::{at_key, below, cases, joined, offer_text, say};
use crate::rule::secrets::is_given_away;
use crate::template::Resource;

/// Characters of all variables together, names and values, that a build takes.
const MOST: usize = 5_500;
const PIPELINE: &str = "CODEPIPELINE";

/// A project is part of a pipeline with its source and its artifacts, or with neither.
pub(super) fn kinds<'a>(project: &Resource<'a>, cx: &mut Context<'a>) {
    for [source, artifacts] in joined([(project, "Source.Type"), (project, "Artifacts.Type")], &Pins::none(), cx) {
        let (Some(from), Some(to)) = (source.text(), artifacts.text()) else { continue };
        let (wrong, other, words) = match (from == PIPELINE, to == PIPELINE) {
            (true, false) => (&artifacts, &source, "gets its source from a pipeline, so its artifacts go there too"),
            (false, true) => {
                (&source, &artifacts, "hands its artifacts to a pipeline, so its source comes from there too")
            }
            _ => continue,
        };
        let message = format!("`{}` {words}", project.id());
        let span = other.span();
        if let Some(finding) = say(&PROJECT_REFUSED, wrong, &artifacts.pins, message, cx) {
            finding.label(span, "the other type").help(format!("Set both types to `{PIPELINE}`, or neither."));
            offer_text(finding, wrong, Applicability::Unsafe, PIPELINE);
        }
    }
}

pub(super) fn variables<'a>(project: &Resource<'a>, cx: &mut Context<'a>) {
    let mut size = 0;
    for variable in cases(project, "Environment.EnvironmentVariables.*", &Pins::none(), cx) {
        let (names, values, kinds) =
            (below(&variable, "Name", cx), below(&variable, "Value", cx), below(&variable, "Type", cx));
        let ([name], [value], [kind]) = (&*names, &*values, &*kinds) else { continue };
        let (Some(word), Some(node)) = (name.text(), value.node()) else { continue };
        size += word.chars().count() + value.text().map_or(0, |text| text.chars().count());
        if kind.text_or("PLAINTEXT") != Some("PLAINTEXT") || value.text().is_none() || !is_given_away(word, node) {
            continue;
        }
        let message =
            format!("the value of `{word}` looks like a secret, and everyone who sees `{}` can read it", project.id());
        if let Some(finding) = say(&PROJECT_REFUSED, value, &value.pins, message, cx) {
            finding
                .help("Name a secret or a parameter instead, with `Type: SECRETS_MANAGER` or `PARAMETER_STORE`.")
                .severity = Severity::Warning;
        }
    }
    if size <= MOST {
        return;
    }
    for list in cases(project, "Environment.EnvironmentVariables", &Pins::none(), cx) {
        if list.node().is_none() {
            continue;
        }
        let message = format!("the variables of `{}` take {size} characters, a build takes {MOST}", project.id());
        if let Some(finding) = say(&PROJECT_REFUSED, &at_key(&list), &list.pins, message, cx) {
            finding.help("Keep long values in the parameter store.").severity = Severity::Warning;
        }
    }
}
