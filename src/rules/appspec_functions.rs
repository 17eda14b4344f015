//! AppSpec for Lambda and ECS: `Hooks`, the functions called on the way.

use crate::appspec::agent::{self, Event};
use crate::appspec::{AppSpec, FunctionHook, Platform, field};
use crate::diagnostic::{Applicability, Findings, Fix, Severity};
use crate::rule::edits::as_list_item;
use crate::rule::outcome::conclude;
use crate::rule::shape::quoted;
use crate::rule::suggest::nearest;
use crate::rule::{Check, Family, Rule};
use crate::schema::documents::{Keyword, Violation};
use crate::source::Span;
use crate::syntax::{Entry, Style};

/// The rules about it.
pub static FAMILY: Family = Family {
    rules: &[&WRONG_SERVICE_HOOKS, &HOOK_WITHOUT_FUNCTION, &DUPLICATE_HOOK],
    checks: &[Check::AppSpec(function_hooks)],
};

static WRONG_SERVICE_HOOKS: Rule = Rule {
    id: "CD190",
    name: "wrong-service-hooks",
    summary: "The hooks of Lambda or ECS have a wrong shape or event",
    page: include_str!("appspec_functions/CD190.md"),
    severity: Severity::Error,
    checks: &[],
};

static HOOK_WITHOUT_FUNCTION: Rule = Rule {
    id: "CD191",
    name: "hook-without-function",
    summary: "A hook of Lambda or ECS names no function",
    page: include_str!("appspec_functions/CD191.md"),
    severity: Severity::Error,
    checks: &[],
};

static DUPLICATE_HOOK: Rule = Rule {
    id: "CD192",
    name: "duplicate-hook",
    summary: "An event of Lambda or ECS stands twice",
    page: include_str!("appspec_functions/CD192.md"),
    severity: Severity::Error,
    checks: &[],
};

/// `Hooks` of Lambda and ECS.
fn function_hooks(spec: &AppSpec<'_>, findings: &mut Findings) {
    if spec.is_server() {
        return;
    }
    spec.faults("service-hooks").for_each(|v| hooks_shape(spec, v, findings));
    spec.faults("hook-function").for_each(|v| hook_function(v, findings));
    events(spec, findings);
    conclude(
        findings,
        &[(&WRONG_SERVICE_HOOKS, REFUSED), (&HOOK_WITHOUT_FUNCTION, REFUSED), (&DUPLICATE_HOOK, REFUSED)],
    );
}

const REFUSED: &str = "CodeDeploy refuses the AppSpec when the deployment is created, before its first event";

fn hooks_shape(spec: &AppSpec<'_>, violation: &Violation<'_>, findings: &mut Findings) {
    let node = violation.node;
    let span = spec.first_line(violation.span());
    if violation.path.len() == 1 {
        let found = findings.report(
            &WRONG_SERVICE_HOOKS,
            span,
            format!("`Hooks` is a list with one event per item, but this is {}", node.describe()),
        );
        let scripts = |e: &Entry| e.value.as_list().is_some_and(|l| l.iter().any(|i| field(i, "location").is_some()));
        if node.as_map().is_some_and(|m| m.iter().any(scripts)) {
            found.help("scripts run on machines only; write `- BeforeAllowTraffic: FUNCTION` with the name of a Lambda function");
            return;
        }
        found.help("put `- ` in front of every event: `- BeforeAllowTraffic: FUNCTION`");
        if let (Some(entries), Style::Plain) = (node.as_map(), node.style) {
            let edits =
                entries.iter().flat_map(|e| as_list_item(&spec.document.file, e.key.span.to(e.value.span))).collect();
            let title = "make every event a list item".to_owned();
            found.fix = Some(Fix { title, applicability: Applicability::Safe, edits });
        }
        return;
    }
    match &violation.keyword {
        Keyword::TooMany(_) => {
            let second = node.as_map().and_then(|m| m.get(1)).map_or(span, |e| e.key.span);
            let found = findings.report(
                &WRONG_SERVICE_HOOKS,
                second,
                "an item of `Hooks` holds one event, but a second one stands here",
            );
            found.help("put `- ` in front of it, in the column of the other items");
        }
        _ => {
            let message = format!("an item of `Hooks` is an event with a function, but this is {}", node.describe());
            findings.report(&WRONG_SERVICE_HOOKS, span, message).help("write `- BeforeAllowTraffic: FUNCTION`");
        }
    }
}

fn hook_function(violation: &Violation<'_>, findings: &mut Findings) {
    let node = violation.node;
    let event = violation.path.last().map_or("", String::as_str);
    let span = match violation.key {
        Some(key) if !node.is_scalar() => key.span,
        _ => violation.span(),
    };
    let scripts = node.as_list().is_some_and(|l| l.iter().any(|i| field(i, "location").is_some()))
        || field(node, "location").is_some();
    let message = if scripts {
        format!("`{event}` calls a Lambda function; scripts run on machines only")
    } else if node.is_null() || node.as_str().is_some_and(|t| t.trim().is_empty()) {
        format!("`{event}` names no function")
    } else {
        format!("`{event}` takes the name or ARN of one Lambda function, but this is {}", node.describe())
    };
    findings
        .report(&HOOK_WITHOUT_FUNCTION, span, message)
        .help("write the name or the ARN of one Lambda function; without it the deployment fails with INVALID_LAMBDA_CONFIGURATION");
}

/// The events of `Hooks`: known, open, once each; and what they call.
fn events(spec: &AppSpec<'_>, findings: &mut Findings) {
    let mut seen: Vec<(&str, Span)> = Vec::new();
    let place = if spec.platform == Platform::Lambda { "Lambda" } else { "ECS" };
    for hook in spec.function_hooks().iter().take(1000) {
        let name = &*hook.event.text;
        script_name(hook, findings);
        match agent::event(spec.platform, name) {
            Event::Open(_) => {
                if let Some((_, first)) = seen.iter().find(|(n, _)| *n == name) {
                    findings
                        .report(&DUPLICATE_HOOK, hook.event.span, format!("the event `{name}` stands twice"))
                        .label(*first, "the first time")
                        .help("an event calls one function; call the second one from it");
                }
                seen.push((name, hook.event.span));
                continue;
            }
            Event::Reserved => {
                let message = format!("`{name}` is an event of CodeDeploy itself; no function can be given for it");
                findings.report(&WRONG_SERVICE_HOOKS, hook.event.span, message).help(open(spec));
                continue;
            }
            Event::Unknown => {}
        }
        let machines = agent::event(Platform::Server, name) != Event::Unknown;
        let ecs = agent::event(Platform::Ecs, name) != Event::Unknown;
        let message = match (spec.platform, machines, ecs) {
            (Platform::Lambda, _, true) => {
                format!("`{name}` is an event of other platforms; a deployment of Lambda does not have it")
            }
            (_, true, _) => format!("`{name}` is an event of machines; a deployment of {place} does not have it"),
            _ => format!("`{name}` is no event of a deployment of {place}"),
        };
        let found = findings.report(&WRONG_SERVICE_HOOKS, hook.event.span, message);
        let names = || agent::open_events(spec.platform);
        let meant = agent::meant_event(name).filter(|m| names().any(|n| n == *m));
        match names().find(|n| n.eq_ignore_ascii_case(name)).or(meant).or_else(|| nearest(name, names())) {
            Some(meant) => {
                found.help(format!("did you mean `{meant}`?"));
                let sure = if meant.eq_ignore_ascii_case(name) { Applicability::Safe } else { Applicability::Unsafe };
                found.fix(sure, format!("write `{meant}`"), hook.event.span, meant);
            }
            None => {
                found.help(open(spec));
            }
        }
    }
}

fn open(spec: &AppSpec<'_>) -> String {
    format!("events with a function are {}", quoted(&agent::open_events(spec.platform).collect::<Vec<_>>()))
}

fn script_name(hook: &FunctionHook<'_>, findings: &mut Findings) {
    let Some(text) = hook.function.as_str() else { return };
    let ending = text.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).unwrap_or_default();
    if matches!(ending.as_str(), "sh" | "py" | "js" | "ps1" | "bat" | "rb" | "zip") {
        findings
            .report(
                &HOOK_WITHOUT_FUNCTION,
                hook.function.span,
                format!("`{}` calls a Lambda function, but `{text}` is the name of a file", hook.event.text),
            )
            .help("write the name or the ARN of a Lambda function; scripts run on machines only");
    }
}
