//! Lambda functions that CodeDeploy calls during a deployment: whether they exist, may be called and may answer; and the
//! configuration that a deployment follows.

use crate::bundle::builds::Build;
use crate::bundle::functions::{self, Allowed, Name};
use crate::bundle::groups;
use crate::bundle::{Bundle, folder};
use crate::diagnostic::{Applicability, Diagnostic, Severity};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Crossed, Family, rule};
use crate::syntax::{Entry, Node, Style};
use crate::template::{Resource, Template};

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&FUNCTION_UNKNOWN, &CANNOT_REPORT, &NAME_NOT_ALLOWED, &CONFIGURATION_UNKNOWN],
    checks: &[
        Check::Bundle(appspec_hooks),
        Check::Resource(&["AWS::Serverless::Function"], preference),
        Check::Resource(&["AWS::Lambda::Alias"], alias_hooks),
        Check::Resource(&[groups::GROUP], group),
        Check::Resource(&["AWS::CodeDeploy::DeploymentConfig"], own_configuration),
        Check::Template(preference_of_all),
        Check::Bundle(named_in_commands),
    ],
};

rule!(
    FUNCTION_UNKNOWN,
    "hook_functions" / "CD193",
    "hook-function-unknown",
    Warning,
    "A hook names a function that no template has"
);
rule!(
    CANNOT_REPORT,
    "hook_functions" / "CD194",
    "hook-cannot-report",
    Warning,
    "A hook function may not report its result"
);
rule!(
    NAME_NOT_ALLOWED,
    "hook_functions" / "CD195",
    "hook-name-not-allowed",
    Warning,
    "A hook function has a name that CodeDeploy may not call"
);
rule!(
    CONFIGURATION_UNKNOWN,
    "hook_functions" / "CD197",
    "deployment-configuration-unknown",
    Error,
    "A deployment names a configuration that is not predefined or not of its platform"
);

/// What a role with the usual policy may call.
const PREFIX: &str = "CodeDeployHook_";

/// Predefined configurations behind `CodeDeployDefault.`, by platform.
const CONFIGURATIONS: &[(&str, &[&str])] = &[
    ("Server", &["AllAtOnce", "HalfAtATime", "OneAtATime"]),
    (
        "Lambda",
        &[
            "LambdaAllAtOnce",
            "LambdaCanary10Percent5Minutes",
            "LambdaCanary10Percent10Minutes",
            "LambdaCanary10Percent15Minutes",
            "LambdaCanary10Percent30Minutes",
            "LambdaLinear10PercentEvery1Minute",
            "LambdaLinear10PercentEvery2Minutes",
            "LambdaLinear10PercentEvery3Minutes",
            "LambdaLinear10PercentEvery10Minutes",
        ],
    ),
    (
        "ECS",
        &[
            "ECSAllAtOnce",
            "ECSCanary10Percent5Minutes",
            "ECSCanary10Percent15Minutes",
            "ECSLinear10PercentEvery1Minutes",
            "ECSLinear10PercentEvery3Minutes",
        ],
    ),
];

/// What all predefined configurations begin with.
const DEFAULT: &str = "CodeDeployDefault.";

fn appspec_hooks(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    for spec in bundle.appspecs.iter().filter(|s| !s.view.is_server()) {
        for hook in spec.view.function_hooks() {
            if let Some(text) = hook.function.as_str() {
                appspec_hook(bundle, spec.path, &hook.event.text, hook.function, text, crossed);
            }
        }
    }
}

fn appspec_hook(bundle: &Bundle<'_>, path: &str, event: &str, node: &Node, text: &str, crossed: &mut Crossed) {
    let name = match text.split_once(":function:") {
        Some((_, name)) => name.split(':').next().unwrap_or(name),
        None => text,
    };
    if name.is_empty() || name.contains(['$', '<', '{', '%', '/', ' ', '.']) {
        return;
    }
    let mut all = Vec::new();
    let mut open = false;
    for template in &bundle.templates {
        for function in functions::functions(&template.view) {
            let own = functions::name(&function);
            if own.may_be(name) == Some(true) || function.id() == name {
                cannot_report(template.path, &template.view, &function, event, |p, place, message| {
                    crossed.report(&CANNOT_REPORT, p, place, message)
                });
                return;
            }
            open |= own.may_be(name).is_none();
            if let Name::Known(own) = own {
                all.push(own);
            }
        }
    }
    // Functions of another project in the same folder say nothing about what this one deploys.
    let project = folder::parent(folder::parent(path));
    let beside = |other: &str| project.is_empty() || other.strip_prefix(project).is_some_and(|r| r.starts_with('/'));
    let any = bundle.templates.iter().any(|t| beside(t.path) && functions::functions(&t.view).next().is_some());
    if !any || open || text.contains(":function:") && nearest(name, all.iter().map(String::as_str)).is_none() {
        return;
    }
    let message = format!("no template here has a function named `{name}`; without it the event {event} fails");
    let found = crossed.report(&FUNCTION_UNKNOWN, path, node.span, message);
    match nearest(name, all.iter().map(String::as_str))
        .or_else(|| all.iter().map(String::as_str).find(|a| a.starts_with(name)))
    {
        Some(near) => {
            found.help(format!("did you mean `{near}`?"));
            if node.style == Style::Plain {
                found.fix(Applicability::Unsafe, format!("write `{near}`"), node.span, text.replace(name, near));
            }
        }
        None => {
            found.help("write the name or ARN of a function that exists when the deployment runs");
        }
    }
}

fn cannot_report<'d>(
    path: &str,
    template: &Template<'_>,
    function: &Resource<'_>,
    event: &str,
    report: impl FnOnce(&str, crate::source::Span, String) -> &'d mut Diagnostic,
) {
    let Allowed::No(place) = functions::may_report(template, function) else { return };
    let id = function.id();
    let message = format!(
        "the role of `{id}` does not allow `{}`, so the hook {event} gets no answer and the deployment fails after an hour",
        functions::REPORT
    );
    report(path, place, message)
        .help(format!("add a statement that allows `{}` to the policies of the function", functions::REPORT));
}

/// Hooks and configuration of a SAM function, of its own or of `Globals`.
fn preference(function: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(own) = function.property("DeploymentPreference") else { return };
    configuration_of_sam(own, cx);
    let globals = cx.template.section("Globals").and_then(|g| g.at(&["Function", "DeploymentPreference"]));
    let has_role = [Some(own), globals].into_iter().flatten().any(|p| p.get("Role").is_some());
    for hook in own.get("Hooks").and_then(Node::as_map).unwrap_or_default() {
        let Some(target) = functions::meant(cx.template, &hook.value) else { continue };
        if !has_role {
            name_not_allowed(hook, &target, cx);
        }
        let template = cx.template;
        cannot_report("", template, &target, &hook.key.text, |_, place, message| {
            cx.report(&CANNOT_REPORT, place, message)
        });
    }
}

/// What `Globals` say for every function.
fn preference_of_all(cx: &mut Context<'_>) {
    if !cx.template.is_sam() {
        return;
    }
    let globals = cx.template.section("Globals");
    if let Some(own) = globals.and_then(|g| g.at(&["Function", "DeploymentPreference"])) {
        configuration_of_sam(own, cx);
    }
}

fn name_not_allowed(hook: &Entry, target: &Resource<'_>, cx: &mut Context<'_>) {
    if functions::name(target).starts_with(PREFIX) != Some(false) {
        return;
    }
    let id = target.id();
    let message = format!(
        "the role that SAM makes for CodeDeploy may call only functions named `{PREFIX}...`, so the hook {} with `{id}` fails",
        hook.key.text
    );
    let first = target.properties().filter(|_| target.property("FunctionName").is_none());
    let first = first.filter(|p| p.style == Style::Plain).and_then(Node::as_map).and_then(<[Entry]>::first);
    let indent = first.map(|e| cx.document.file.position(e.key.span.start).column.saturating_sub(1) as usize);
    let found = cx.report(&NAME_NOT_ALLOWED, hook.value.span, message);
    found.help(format!(
        "give `{id}` a `FunctionName` that begins with `{PREFIX}`, or give `DeploymentPreference` a `Role` of your own"
    ));
    if let (Some(first), Some(indent)) = (first, indent) {
        let place = crate::source::Span { start: first.key.span.start, end: first.key.span.start };
        let text = format!("FunctionName: {PREFIX}{id}\n{}", " ".repeat(indent));
        found.fix(Applicability::Unsafe, "name the function", place, text);
    }
}

fn alias_hooks(alias: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(update) = alias.node.at(&["UpdatePolicy", "CodeDeployLambdaAliasUpdate"]) else { return };
    for key in ["BeforeAllowTrafficHook", "AfterAllowTrafficHook"] {
        let Some(target) = update.get(key).and_then(|n| functions::meant(cx.template, n)) else { continue };
        let template = cx.template;
        cannot_report("", template, &target, key, |_, place, message| cx.report(&CANNOT_REPORT, place, message));
    }
}

fn configuration_of_sam(preference: &Node, cx: &mut Context<'_>) {
    let Some(node) = preference.get("Type") else { return };
    let Some(text) = node.as_str() else { return };
    if text.starts_with(DEFAULT) {
        predefined(node, text, "Lambda", cx);
        return;
    }
    let names = CONFIGURATIONS[1].1.iter().filter_map(|n| n.strip_prefix("Lambda"));
    if is_declared(text, cx) || names.clone().any(|n| n == text) {
        return;
    }
    let message = format!(
        "no predefined configuration is called `{text}`, so the stack fails unless the account has its own of that name"
    );
    let found = cx.report(&CONFIGURATION_UNKNOWN, node.span, message);
    found.severity = Severity::Warning;
    let all: Vec<_> = names.clone().collect();
    let same = names.clone().find(|name| name.eq_ignore_ascii_case(text)).map(str::to_owned);
    match same.as_deref().or_else(|| nearest(text, names)) {
        Some(near) => {
            found.help(format!("did you mean `{near}`? There are {}", all.join(", ")));
            found.fix(Applicability::Unsafe, format!("write `{near}`"), node.span, near);
        }
        None => {
            found.help(format!("there are {}", all.join(", ")));
        }
    }
}

fn group(group: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(node) = group.property("DeploymentConfigName") else { return };
    let platform = groups::platform(cx.template, group).map_or("", groups::name);
    let Some(text) = node.as_str() else { return };
    if text.starts_with(DEFAULT) {
        predefined(node, text, platform, cx);
    } else if let Some(meant) = without_prefix(text).filter(|_| !is_declared(text, cx)) {
        let message = format!(
            "no predefined configuration is called `{text}` without `{DEFAULT}` in front, so the stack fails unless the account \
             has its own of that name"
        );
        let found = cx.report(&CONFIGURATION_UNKNOWN, node.span, message);
        found.severity = Severity::Warning;
        found.help(format!("write `{DEFAULT}{meant}`"));
        if node.style == Style::Plain {
            let whole = format!("{DEFAULT}{meant}");
            found.fix(Applicability::Unsafe, format!("write `{whole}`"), node.span, whole);
        }
    }
}

/// The predefined configuration that a name is meant for when only the words in front of it, or its capitals, are wrong.
fn without_prefix(text: &str) -> Option<&'static str> {
    let name = text.get(..DEFAULT.len()).filter(|start| start.eq_ignore_ascii_case(DEFAULT));
    let rest = name.map_or(text, |start| &text[start.len()..]);
    CONFIGURATIONS.iter().flat_map(|c| c.1.iter().copied()).find(|known| known.eq_ignore_ascii_case(rest))
}

/// Whether the template makes a configuration of a name, or of one that is not known.
fn is_declared(name: &str, cx: &Context<'_>) -> bool {
    let names = cx.resources_of("AWS::CodeDeploy::DeploymentConfig").map(|r| r.property("DeploymentConfigName"));
    names.flatten().any(|node| node.as_str().is_none_or(|own| own == name))
}

/// A configuration of one's own with a name that only predefined ones have.
fn own_configuration(configuration: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(node) = configuration.property("DeploymentConfigName") else { return };
    let Some(text) = node.as_str().filter(|text| text.starts_with(DEFAULT)) else { return };
    let message = format!(
        "names that begin with `{DEFAULT}` are kept for predefined configurations, so creating `{text}` fails and the stack \
         is rolled back"
    );
    let own = text.strip_prefix(DEFAULT).unwrap_or(text);
    let found = cx.report(&CONFIGURATION_UNKNOWN, node.span, message);
    found.help(format!("use the predefined one by its name, or call your own `{own}`"));
}

/// Configurations that the commands of buildspecs name.
fn named_in_commands(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    for spec in &bundle.buildspecs {
        for step in &Build::read(&spec.view).steps {
            if !step.command.asks(&["aws", "deploy"]) {
                continue;
            }
            for word in step.command.options(&["--deployment-config-name"]).iter().filter(|word| word.known) {
                let Some(name) = word.text.strip_prefix(DEFAULT) else { continue };
                let all = || CONFIGURATIONS.iter().flat_map(|c| c.1.iter().copied());
                if all().any(|known| known == name) {
                    continue;
                }
                let place = step.span_of(&spec.document.file, &word.text);
                let message =
                    format!("CodeDeploy has no predefined configuration `{}`, so the command fails", word.text);
                let found = crossed.report(&CONFIGURATION_UNKNOWN, spec.path, place, message);
                match nearest(name, all()) {
                    Some(near) => {
                        found.help(format!("did you mean `{DEFAULT}{near}`?"));
                        if spec.document.file.slice(place) == word.text {
                            let whole = format!("{DEFAULT}{near}");
                            found.fix(Applicability::Unsafe, format!("write `{whole}`"), place, whole);
                        }
                    }
                    None => {
                        let all: Vec<_> = all().collect();
                        found.help(format!("behind `{DEFAULT}` there are {}", all.join(", ")));
                    }
                }
            }
        }
    }
}

/// A name that only a predefined configuration can have; `platform` is empty when it is not known.
fn predefined(node: &Node, text: &str, platform: &str, cx: &mut Context<'_>) {
    let name = text.strip_prefix(DEFAULT).unwrap_or(text);
    let all = || CONFIGURATIONS.iter().flat_map(|(p, names)| names.iter().map(move |n| (*p, *n)));
    let of = all().find(|(_, n)| *n == name).map(|(p, _)| p);
    let fitting: Vec<_> = all().filter(|(p, _)| platform.is_empty() || *p == platform).map(|(_, n)| n).collect();
    let message = match of {
        Some(of) if platform.is_empty() || of == platform => return,
        Some(of) => {
            format!("`{text}` is for the platform {of}, but this deploys to {platform}, so CodeDeploy refuses it")
        }
        None => format!("CodeDeploy has no predefined configuration `{text}`, so the stack fails"),
    };
    let near = nearest(name, fitting.iter().copied());
    let found = cx.report(&CONFIGURATION_UNKNOWN, node.span, message);
    found.help(format!(
        "for {} there are {}",
        if platform.is_empty() { "all platforms" } else { platform },
        fitting.join(", ")
    ));
    if let (Some(near), Style::Plain) = (near, node.style) {
        found.fix(Applicability::Unsafe, format!("write `{DEFAULT}{near}`"), node.span, format!("{DEFAULT}{near}"));
    }
}
