//! Environment variables: names, secrets, exports, size.

use super::{ENV_SHAPE, ENV_SIZE, EXPORTED_VARIABLES, RESERVED_NAME, SECRET_LITERAL, SECRET_REFERENCE, VARIABLE_TWICE};
use crate::buildspec::{Buildspec, items};
use crate::diagnostic::{Findings, Severity};
use crate::rule::secrets::is_given_away;
use crate::source::Span;
use crate::syntax::Node;
use std::collections::BTreeMap;

/// Characters of all variables together, names and values, that a build environment takes.
const ENV_LIMIT: usize = 5_500;

const SECTIONS: [&str; 3] = ["variables", "parameter-store", "secrets-manager"];

pub(super) fn environment(buildspec: &Buildspec<'_>, findings: &mut Findings) {
    let mut seen: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    let mut size = 0;
    for section in SECTIONS {
        for e in buildspec.env(section) {
            let name = &*e.key.text;
            reserved(name, e.key.span, findings);
            match seen.get(name) {
                Some((other, first)) if *other != section => {
                    findings
                        .report(
                            &VARIABLE_TWICE,
                            e.key.span,
                            format!(
                                "`{name}` is also defined under `{other}`; which value the build sees is not certain"
                            ),
                        )
                        .label(*first, "first here")
                        .help("keep one of the two");
                }
                _ => {
                    seen.insert(name, (section, e.key.span));
                }
            }
            if section == "variables" {
                size += name.chars().count() + e.value.scalar_text().map_or(0, |t| t.chars().count());
                literal(name, &e.value, findings);
            }
            if section == "secrets-manager" {
                reference(name, &e.value, findings);
            }
        }
    }
    if size > ENV_LIMIT
        && let Some(e) = buildspec.root.get("env").and_then(|n| n.entry("variables"))
    {
        findings
            .report(
                &ENV_SIZE,
                e.key.span,
                format!("the variables take {size} characters; environments over about {ENV_LIMIT} have failed"),
            )
            .help("move long values to the parameter store");
    }
    exported(buildspec, &seen, findings);
}

fn reserved(name: &str, span: Span, findings: &mut Findings) {
    if name.starts_with("CODEBUILD_") {
        findings
            .report(
                &RESERVED_NAME,
                span,
                format!(
                    "`{name}`: names that start with `CODEBUILD_` belong to CodeBuild, which may overwrite the value"
                ),
            )
            .help("choose another name");
    } else if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || name.contains([' ', '=']) {
        findings
            .report(&ENV_SHAPE, span, format!("`{name}` cannot be the name of an environment variable"))
            .help("use letters, digits and `_`, starting with a letter");
    }
}

fn literal(name: &str, value: &Node, findings: &mut Findings) {
    if is_given_away(name, value) {
        findings
            .report(&SECRET_LITERAL, value.span, format!("the value of `{name}` looks like a secret, and everybody who reads the source can read it"))
            .help("keep it in Secrets Manager or the parameter store and name it under `env.secrets-manager` or `env.parameter-store`");
    }
}

fn reference(name: &str, value: &Node, findings: &mut Findings) {
    let Some(text) = value.as_str() else { return };
    // An ARN has six colons of its own before the secret's name.
    let rest = if text.starts_with("arn:") { text.splitn(7, ':').nth(6).unwrap_or("") } else { text };
    let parts: Vec<&str> = rest.split(':').collect();
    let stage = parts.get(2).is_some_and(|p| !p.is_empty());
    let id = parts.get(3).is_some_and(|p| !p.is_empty());
    let message = if parts.len() > 4 {
        format!("the reference of `{name}` has {} parts; there are four", parts.len())
    } else if stage && id {
        format!("the reference of `{name}` names both a version stage and a version id; they exclude each other")
    } else if parts[0].is_empty() {
        format!("the reference of `{name}` names no secret")
    } else {
        return;
    };
    findings
        .report(&SECRET_REFERENCE, value.span, message)
        .help("write `secret-id:json-key:version-stage:version-id`; the build fails before `install` otherwise");
}

fn exported(buildspec: &Buildspec<'_>, defined: &BTreeMap<&str, (&str, Span)>, findings: &mut Findings) {
    let Some(list) = buildspec.root.at(&["env", "exported-variables"]) else { return };
    for item in items(list) {
        let Some(name) = item.as_str().filter(|n| !n.starts_with("AWS_") && !n.starts_with("CODEBUILD_")) else {
            continue;
        };
        if let Some((section @ ("parameter-store" | "secrets-manager"), span)) = defined.get(name) {
            let found = findings.report(
                &EXPORTED_VARIABLES,
                item.span,
                format!("`{name}` comes from `{section}`, whose values are masked when exported"),
            );
            found.severity = Severity::Warning;
            found.label(*span, "defined here");
            continue;
        }
        // A script that is sourced may set anything.
        let set = defined.contains_key(name)
            || buildspec.commands().any(|(text, _)| {
                text.contains(name)
                    || text.contains("source ")
                    || text.trim_start().starts_with(". ")
                    || text.contains("&& . ")
            });
        if !set {
            let found = findings.report(
                &EXPORTED_VARIABLES,
                item.span,
                format!("`{name}` is exported, but neither `env` nor a command sets it"),
            );
            found.severity = Severity::Warning;
            found.help(format!("set it in a command: `export {name}=...`"));
        }
    }
}
