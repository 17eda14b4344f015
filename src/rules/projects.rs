//! Projects of CodeBuild in templates and the buildspecs that they run: text that CloudFormation takes for its own, and
//! builds on Lambda compute.

use crate::buildspec::Buildspec;
use crate::bundle::Bundle;
use crate::bundle::builds::Build;
use crate::bundle::deliveries::{self, Spec, is_inline};
use crate::diagnostic::Applicability;
use crate::intrinsics::{Intrinsic, sub};
use crate::rule::{Check, Crossed, Family, rule};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use crate::template::Resource;
use std::collections::BTreeSet;

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&SHELL_VARIABLE, &LAMBDA_COMPUTE],
    checks: &[Check::Bundle(inline_texts), Check::Bundle(lambda_compute)],
};

rule!(
    SHELL_VARIABLE,
    "projects" / "CB186",
    "shell-variable-in-sub",
    Error,
    "A buildspec inside `Fn::Sub` writes a variable of the shell as one of the template"
);
rule!(
    LAMBDA_COMPUTE,
    "projects" / "CB189",
    "lambda-compute-lacks",
    Warning,
    "A build on Lambda compute uses what that compute does not have"
);

fn inline_texts(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    for (template, project, _) in deliveries::projects(bundle) {
        let holder = &bundle.templates[template];
        let Some(call) = project.property("Source").and_then(|s| s.get("BuildSpec")).and_then(Node::as_call) else {
            continue;
        };
        let (scalar, own) = match (&call.argument.kind, call.function) {
            (NodeKind::String(_), Intrinsic::Sub) => (&call.argument, None),
            (NodeKind::List(items), Intrinsic::Sub) => match items.as_slice() {
                [text, rest @ ..] => (text, rest.first()),
                [] => continue,
            },
            _ => continue,
        };
        let Some(text) = scalar.as_str().filter(|text| is_inline(text)) else { continue };
        for (nth, variable) in sub::variables(text).into_iter().enumerate() {
            let name = variable.name;
            let base = name.split('.').next().unwrap_or(name);
            let known = name.starts_with("AWS::")
                || holder.view.parameters.contains(base)
                || holder.view.resources.contains(base)
                || own.is_some_and(|map| map.as_map().is_none() || map.get(base).is_some());
            // What is no name of the shell is a slip in a name of the template.
            if known || !is_of_shell(name) {
                continue;
            }
            let span = sub::variable_span(&holder.document.file, scalar, name, nth);
            let message = format!(
                "`${{{name}}}` is a variable of the shell, but `Fn::Sub` takes it for a name of the template, which has none, so \
                 CloudFormation refuses the template"
            );
            let found = crossed.report(&SHELL_VARIABLE, holder.path, span, message);
            found.help(format!("write `${{!{name}}}`, which becomes `${{{name}}}`, or `${name}` without braces"));
            if span != scalar.span {
                found.fix(Applicability::Safe, format!("write `${{!{name}}}`"), span, format!("!{name}"));
            }
        }
    }
}

/// Whether a name between braces looks like one of the shell: capitals, or an expansion such as `VAR:-default`.
fn is_of_shell(name: &str) -> bool {
    let letters = name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').count();
    let (base, rest) = name.split_at(letters);
    let capitals = base.chars().any(|c| c.is_ascii_uppercase()) && !base.chars().any(|c| c.is_ascii_lowercase());
    capitals && rest.is_empty()
        || !base.is_empty() && rest.starts_with([':', '%', '#', '/', '-', '^', ','])
        || base.contains('_') && rest.is_empty()
}

fn lambda_compute(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    let mut said = BTreeSet::new();
    for (template, project, spec) in deliveries::projects(bundle) {
        let kind = project.property("Environment").and_then(|e| e.get("Type")).and_then(Node::as_str);
        if !matches!(kind, Some("LINUX_LAMBDA_CONTAINER" | "ARM_LAMBDA_CONTAINER")) {
            continue;
        }
        let holder = &bundle.templates[template];
        properties(holder.path, &project, crossed);
        match spec {
            Spec::File(index) => {
                let file = &bundle.buildspecs[index];
                for (span, what) in used(&file.view) {
                    if !said.insert((index, span)) {
                        continue;
                    }
                    let message = format!("the project `{}` builds on Lambda compute, {what}", project.id());
                    report(file.path, span, message, crossed);
                }
            }
            Spec::Inline(node) => {
                let all = deliveries::inline(node, used).unwrap_or_default();
                if let Some((_, what)) = all.first() {
                    let message = format!("the project `{}` builds on Lambda compute, {what}", project.id());
                    report(holder.path, node.span, message, crossed);
                }
            }
            _ => {}
        }
    }
}

fn report(path: &str, span: Span, message: String, crossed: &mut Crossed) {
    crossed
        .report(&LAMBDA_COMPUTE, path, span, message)
        .help("leave it out, or use the environment type `LINUX_CONTAINER` or `ARM_CONTAINER`");
}

/// What a project asks for that Lambda compute does not have.
fn properties(path: &str, project: &Resource<'_>, crossed: &mut Crossed) {
    let Some(properties) = project.properties() else { return };
    let refused = "which Lambda compute does not have, so CodeBuild refuses the project";
    let on = |node: &Node| node.scalar_text().is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let cached = |node: &Node| node.get("Type").and_then(Node::as_str).is_some_and(|kind| kind != "NO_CACHE");
    let whole = |node: &Node| node.as_map().is_some() || node.as_list().is_some_and(|list| !list.is_empty());
    type Asks<'f> = &'f dyn Fn(&Node) -> bool;
    let wanted: [(&str, &str, Asks<'_>); 6] = [
        ("Cache", "a cache", &cached),
        ("VpcConfig", "a place in a VPC", &whole),
        ("FileSystemLocations", "a file system", &whole),
        ("BadgeEnabled", "a badge", &on),
        ("TimeoutInMinutes", "a time limit of its own", &|node: &Node| node.scalar_text().is_some()),
        ("QueuedTimeoutInMinutes", "a time limit for the queue", &|node: &Node| node.scalar_text().is_some()),
    ];
    for (name, what, asks) in wanted {
        if let Some(entry) = properties.entry(name).filter(|entry| asks(&entry.value)) {
            report(path, entry.key.span, format!("the project asks for {what}, {refused}"), crossed);
        }
    }
    let privileged = properties.get("Environment").and_then(|e| e.entry("PrivilegedMode"));
    if let Some(entry) = privileged.filter(|entry| on(&entry.value)) {
        report(path, entry.key.span, format!("the project asks for privileged mode, {refused}"), crossed);
    }
}

/// What a buildspec uses that Lambda compute does not have.
fn used(spec: &Buildspec<'_>) -> Vec<(Span, String)> {
    let mut found = Vec::new();
    if let Some(cache) = spec.root.entry("cache") {
        found.push((cache.key.span, "which keeps no cache, so every build starts without it".to_owned()));
    }
    if let Some(user) = spec.root.entry("run-as") {
        found.push((user.key.span, "where `run-as` cannot change the user, so the build fails".to_owned()));
    }
    for phase in spec.phases() {
        if let Some(user) = phase.node.entry("run-as") {
            let what = format!("where `run-as` cannot change the user, so the phase {} fails", phase.key.text);
            found.push((user.key.span, what));
        }
        let retries =
            phase.node.entry("on-failure").filter(|e| e.value.as_str().is_some_and(|t| t.starts_with("RETRY")));
        if let Some(entry) = retries {
            let what = format!("which does not repeat a phase, so {} is not tried again", phase.key.text);
            found.push((entry.value.span, what));
        }
    }
    for step in &Build::read(spec).steps {
        let program = step.command.program();
        let manages = matches!(program, "yum" | "dnf" | "apt" | "apt-get" | "apk" | "microdnf");
        let installs = manages
            && step.command.arguments().any(|word| matches!(&*word.text, "install" | "update" | "upgrade" | "add"));
        if installs {
            let what = format!("where nobody is root, so `{program}` fails in its phase");
            let place = step.span_of(&spec.document.file, program);
            found.push((place, what));
        }
    }
    found
}
