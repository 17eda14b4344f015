//! Capabilities that have to be acknowledged for a deployment, wherever it is written down.

use crate::bundle::builds::{Build, Step};
use crate::bundle::capabilities::{Capability, Need, needed};
use crate::bundle::samconfig::{self, SamConfig};
use crate::bundle::shell::Word;
use crate::bundle::{Bundle, deliveries};
use crate::diagnostic::{Applicability, Edit, Severity};
use crate::rule::{Check, Crossed, Family, edits, rule};
use crate::source::Span;
use crate::syntax::{Node, Style};

/// The family.
pub static FAMILY: Family = Family { rules: &[&NOT_ACKNOWLEDGED], checks: &[Check::Bundle(deployments)] };

rule!(
    NOT_ACKNOWLEDGED,
    "acknowledgements" / "CB235",
    "capability-not-acknowledged",
    Error,
    "A deployment does not acknowledge a capability that its template needs"
);

fn deployments(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    if bundle.templates.is_empty() {
        return;
    }
    for config in samconfig::all(bundle) {
        of_sam(bundle, &config, crossed);
    }
    pipelines(bundle, crossed);
    commands(bundle, crossed);
}

/// What of the needs is not among the names that are given.
fn lacking(needs: Vec<Need>, given: &[String]) -> Vec<Need> {
    needs.into_iter().filter(|need| !need.capability.is_in(given.iter().map(String::as_str))).collect()
}

fn message(needs: &[Need], fails: &str) -> String {
    let all: Vec<String> = needs.iter().map(|need| format!("`{}`", need.capability.name())).collect();
    let why: Vec<&str> = needs.iter().map(|need| need.why.as_str()).collect();
    format!("{} must be acknowledged, since {}; {fails}", all.join(" and "), why.join(" and "))
}

/// The names to write: those that are given and those that lack, without what a stronger one covers.
fn together(given: &[String], needs: &[Need]) -> Vec<String> {
    let mut all: Vec<String> = given.to_vec();
    if needs.iter().any(|need| need.capability == Capability::NamedIam) {
        all.retain(|name| name != Capability::Iam.name());
    }
    all.extend(needs.iter().map(|need| need.capability.name().to_owned()));
    all
}

fn of_sam(bundle: &Bundle<'_>, config: &SamConfig, crossed: &mut Crossed) {
    let mut said = Vec::new();
    for environment in config.environments() {
        let environment = &*environment.key.text;
        let Some(template) = config.deployed(bundle, environment) else { continue };
        for command in ["deploy", "sync"] {
            // What is not in the file can be given when the command is called.
            if config.parameters(environment, command).is_none() {
                continue;
            }
            let Some(entry) = config.option(environment, command, &["capabilities"]) else { continue };
            if said.contains(&entry.key.span) || entry.value.scalar_text().is_none() && entry.value.as_list().is_none()
            {
                continue;
            }
            said.push(entry.key.span);
            let given: Vec<String> = config.words(&entry.value).into_iter().map(|w| w.0).collect();
            let needs = lacking(needed(bundle, template, false), &given);
            if needs.is_empty() || given.iter().any(|name| name.contains(['$', '<'])) {
                continue;
            }
            let fails = format!("`sam {command}` fails when it makes the change set");
            let all = together(&given, &needs);
            let found = crossed.report(&NOT_ACKNOWLEDGED, &config.path, entry.value.span, message(&needs, &fails));
            found.help(format!("write `{}`", all.join(" ")));
            let quoted: Vec<String> = all.iter().map(|name| format!("\"{name}\"")).collect();
            let text = match (entry.value.as_list(), config.path.ends_with(".toml")) {
                (Some(_), true) => format!("[{}]", quoted.join(", ")),
                (None, true) => format!("\"{}\"", all.join(" ")),
                (None, false) => all.join(" "),
                (Some(_), false) => continue,
            };
            found.fix(Applicability::Unsafe, "acknowledge what the template needs", entry.value.span, text);
        }
    }
}

/// The actions of pipelines that deploy a template of the folder.
fn pipelines(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    for of in &bundle.pipelines {
        let holder = &bundle.templates[of.template];
        for (_, action) in of.pipeline.actions().filter(|(_, action)| action.is("Deploy", "CloudFormation")) {
            let Some(configuration) = action.configuration().filter(|node| node.as_map().is_some()) else { continue };
            let mode = action.setting("ActionMode").and_then(Node::as_str).unwrap_or_default();
            if !matches!(mode, "CREATE_UPDATE" | "REPLACE_ON_FAILURE" | "CHANGE_SET_REPLACE") {
                continue;
            }
            let Some(template) = deliveries::deployed_by(bundle, of, action) else { continue };
            let entry = configuration.entry("Capabilities");
            let given: Vec<String> = match entry.map(|e| e.value.as_str()) {
                Some(None) => continue,
                Some(Some(text)) => text.split(',').map(|name| name.trim().to_owned()).collect(),
                None => Vec::new(),
            };
            let needs = lacking(needed(bundle, template, mode != "CHANGE_SET_REPLACE"), &given);
            if needs.is_empty() {
                continue;
            }
            let name = action.name().unwrap_or("of the pipeline");
            let place = match (entry, configuration.entry("TemplatePath")) {
                (Some(entry), _) => entry.value.span,
                (None, Some(path)) => path.key.span,
                (None, None) => configuration.span,
            };
            let text = together(&given, &needs).join(",");
            let edits = match entry {
                Some(entry) if entry.value.style == Style::Plain => {
                    Some(vec![Edit { span: entry.value.span, text: text.clone() }])
                }
                Some(_) => None,
                None => configuration
                    .entry("TemplatePath")
                    .and_then(|e| edits::add_after(&holder.document.file, configuration, e, "Capabilities", &text)),
            };
            let fails = format!("the action `{name}` fails");
            crossed
                .report(&NOT_ACKNOWLEDGED, holder.path, place, message(&needs, &fails))
                .help(format!("write `Capabilities: {text}` in its configuration"))
                .fix_by(Applicability::Unsafe, "acknowledge what the template needs", edits);
        }
    }
}

/// The commands of buildspecs that deploy a template of the folder.
fn commands(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    for spec in &bundle.buildspecs {
        for step in &Build::read(&spec.view).steps {
            let c = &step.command;
            let direct = ["create-stack", "update-stack"].iter().any(|verb| c.asks(&["aws", "cloudformation", verb]));
            let by_set = ["deploy", "create-change-set"].iter().any(|verb| c.asks(&["aws", "cloudformation", verb]));
            if !direct && !by_set || c.words.iter().any(|word| !word.known && !is_value(step, word)) {
                continue;
            }
            let path = c.options(&["--template-file", "--template-body"]);
            let Some(path) = path.first().filter(|word| word.known) else { continue };
            let Some(template) = deliveries::source_of(bundle, spec.path, &path.text) else { continue };
            let needs = lacking(needed(bundle, template, direct), &given(step));
            if needs.is_empty() {
                continue;
            }
            let place = step.span_of(&spec.document.file, &path.text);
            let all: Vec<&str> = needs.iter().map(|need| need.capability.name()).collect();
            let found = crossed.report(&NOT_ACKNOWLEDGED, spec.path, place, message(&needs, "the command fails"));
            found.help(format!("add `{}` to what stands after `--capabilities`", all.join(" ")));
            if given(step).is_empty() && place != step.node.span && path.text.len() as u32 == place.end - place.start {
                let end = Span { start: place.end, end: place.end };
                let text = format!(" --capabilities {}", all.join(" "));
                found.fix(Applicability::Unsafe, "acknowledge what the template needs", end, text);
            }
            // A role for CloudFormation, or an update, changes nothing about that; another template of this name might.
            if bundle.templates.iter().filter(|t| t.path.ends_with(path.text.trim_start_matches("./"))).count() > 1 {
                found.severity = Severity::Warning;
            }
        }
    }
}

/// Whether a word that is not known is the value of an option, so that it holds no further options.
fn is_value(step: &Step<'_>, word: &Word) -> bool {
    let words = &step.command.words;
    let at = words.iter().position(|w| std::ptr::eq(w, word)).unwrap_or(0);
    // `--parameter-overrides A=$A B=$B` goes on until the next option.
    let before = words.get(..at).unwrap_or_default().iter().rev();
    let option = before.map(|w| w.text.as_str()).find(|text| text.starts_with("--"));
    option.is_some_and(|option| option != "--capabilities")
        && (word.text.contains('=') || at > 0)
        && words.get(at.wrapping_sub(1)).is_some_and(|w| w.text.starts_with("--") || word.text.contains('='))
}

/// The words after `--capabilities`.
fn given(step: &Step<'_>) -> Vec<String> {
    let words = step.command.words.iter().map(|word| word.text.as_str());
    let rest = words.skip_while(|word| *word != "--capabilities").skip(1);
    let mut all: Vec<String> = rest.take_while(|word| !word.starts_with("--")).map(str::to_owned).collect();
    all.extend(step.command.options(&["--capabilities"]).into_iter().map(|word| word.text));
    all
}
