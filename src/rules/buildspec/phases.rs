//! Phases: commands, on-failure, finally, runtimes, steps.

use super::{COMMANDS_MISSING, FINALLY_SHAPE, ON_FAILURE_UNKNOWN, RUNTIME_PLACE, RUNTIME_UNKNOWN, STEPS_WITH_COMMANDS};
use crate::buildspec::{Buildspec, PHASES, Phase, entries};
use crate::diagnostic::{Applicability, Findings, Severity};
use crate::rule::suggest::nearest;
use crate::syntax::{Node, NodeKind};

/// Runtimes and the versions that some image of April 2026 or older offers. Facts from the repository of the build
/// images (aws/aws-codebuild-docker-images) and the reference's table of available runtimes; `N` also stands for `N.x`.
const RUNTIMES: &[(&str, &[&str])] = &[
    ("android", &["28", "29"]),
    ("dotnet", &["3.1", "5.0", "6.0", "8.0", "9.0", "10.0"]),
    (
        "golang",
        &[
            "1.12", "1.13", "1.14", "1.15", "1.16", "1.17", "1.18", "1.19", "1.20", "1.21", "1.22", "1.23", "1.24",
            "1.25", "1.26",
        ],
    ),
    ("java", &["corretto8", "corretto11", "corretto17", "corretto21", "corretto25", "openjdk8", "openjdk11"]),
    ("nodejs", &["8", "10", "12", "14", "16", "18", "20", "22", "24"]),
    ("php", &["7.3", "7.4", "8.0", "8.1", "8.2", "8.3", "8.4", "8.5"]),
    ("python", &["3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]),
    ("ruby", &["2.6", "2.7", "3.1", "3.2", "3.3", "3.4", "4.0"]),
    ("rust", &["1.93", "1.94"]),
];

/// Names people write for a runtime.
const SLIPS: &[(&str, &str)] = &[
    ("node", "nodejs"),
    ("node.js", "nodejs"),
    ("javascript", "nodejs"),
    ("go", "golang"),
    ("python3", "python"),
    ("openjdk", "java"),
    ("jdk", "java"),
    (".net", "dotnet"),
];

pub(super) fn phases(buildspec: &Buildspec<'_>, findings: &mut Findings) {
    for phase in buildspec.phases().filter(|p| PHASES.contains(&&*p.key.text)) {
        commands(phase, findings);
        on_failure(phase, findings);
        runtimes(phase, findings);
    }
}

fn is_empty(node: Option<&Node>) -> bool {
    node.is_none_or(|n| n.is_null() || n.as_list().is_some_and(<[Node]>::is_empty))
}

fn commands(phase: Phase<'_>, findings: &mut Findings) {
    let name = &*phase.key.text;
    let steps = phase.node.entry("steps");
    let without = is_empty(phase.node.get("commands"));
    if !matches!(phase.node.kind, NodeKind::Map(_) | NodeKind::Null) {
        return;
    }
    if let (Some(steps), Some(commands)) = (steps, phase.node.entry("commands")) {
        findings
            .report(
                &STEPS_WITH_COMMANDS,
                phase.key.span,
                format!("the phase `{name}` has both `steps` and `commands`; only one kind can run"),
            )
            .label(steps.key.span, "steps here")
            .label(commands.key.span, "commands here")
            .help("split them over two phases");
    }
    if let Some(finally) = phase.node.entry("finally")
        && without
        && steps.is_none()
    {
        findings
            .report(&FINALLY_SHAPE, finally.key.span, format!("`finally` of `{name}` stands without `commands`"))
            .help("add the commands it comes after");
        return;
    }
    let runtimes_alone = name == "install" && phase.node.get("commands").is_none();
    if without && steps.is_none() && !(runtimes_alone && phase.node.entry("runtime-versions").is_some()) {
        let span = phase.node.entry("commands").map_or(phase.key.span, |e| e.key.span);
        let found = findings.report(&COMMANDS_MISSING, span, format!("the phase `{name}` has no commands"));
        found.help("list at least one command under `commands:`, or remove the phase");
        if name == "install" {
            found.severity = Severity::Warning;
        }
    }
}

fn on_failure(phase: Phase<'_>, findings: &mut Findings) {
    let Some(node) = phase.node.get("on-failure") else { return };
    let Some(text) = node.scalar_text() else {
        findings.report(&ON_FAILURE_UNKNOWN, node.span, format!("`on-failure` is {}; it is a word", node.describe()));
        return;
    };
    if node.as_str().is_none() {
        findings.report(
            &ON_FAILURE_UNKNOWN,
            node.span,
            format!("`on-failure` is `{text}`; it is ABORT, CONTINUE or RETRY"),
        );
        return;
    }
    if text == "ABORT" || text == "CONTINUE" || text == "RETRY" {
        return;
    }
    let upper = text.to_uppercase();
    if let Some(rest) = text.strip_prefix("RETRY-") {
        let (count, pattern) = match rest.split_once('-') {
            Some((n, pattern)) if !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) => (Some(n), Some(pattern)),
            _ if !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()) => (Some(rest), None),
            _ => (None, Some(rest)),
        };
        if count.is_some_and(|n| n.parse::<u32>().map_or(true, |n| n > 100)) {
            findings
                .report(
                    &ON_FAILURE_UNKNOWN,
                    node.span,
                    format!("`{text}` retries more than 100 times, which CodeBuild refuses"),
                )
                .help("give a number from 0 to 100");
        } else if pattern.is_some_and(|p| p.is_empty() || !balanced(p)) {
            findings
                .report(&ON_FAILURE_UNKNOWN, node.span, format!("the regular expression in `{text}` does not compile"))
                .help("close every bracket, or write a backslash before it");
        }
        return;
    }
    let found = findings.report(
        &ON_FAILURE_UNKNOWN,
        node.span,
        format!("`on-failure` is `{text}`; it is ABORT, CONTINUE, RETRY, RETRY-count or RETRY-pattern"),
    );
    let known = ["ABORT", "CONTINUE", "RETRY"];
    if let Some(near) = known.into_iter().find(|k| *k == upper).or_else(|| nearest(text, known)) {
        let safe = if near == upper { Applicability::Safe } else { Applicability::Unsafe };
        found.help(format!("write `{near}`, in capitals")).fix(safe, format!("write `{near}`"), node.span, near);
    }
}

/// Whether every bracket of a regular expression is closed and it does not end in a backslash.
fn balanced(pattern: &str) -> bool {
    let (mut depth, mut class) = (0_i32, false);
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.next().is_none() => return false,
            '\\' => {}
            ']' if class => class = false,
            _ if class => {}
            '[' => class = true,
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                if depth < 0 {
                    return false;
                }
            }
            _ => {}
        }
    }
    depth == 0 && !class && !pattern.starts_with(['*', '+', '?'])
}

fn runtimes(phase: Phase<'_>, findings: &mut Findings) {
    let Some(entry) = phase.node.entry("runtime-versions") else { return };
    if &*phase.key.text != "install" {
        findings
            .report(
                &RUNTIME_PLACE,
                entry.key.span,
                format!("`runtime-versions` stands in `{}`; CodeBuild reads it in `install` alone", phase.key.text),
            )
            .help("move it under `phases.install`");
        return;
    }
    for e in entries(Some(&entry.value)) {
        let name = &*e.key.text;
        let Some((_, versions)) = RUNTIMES.iter().find(|r| r.0 == name) else {
            let found =
                findings.report(&RUNTIME_UNKNOWN, e.key.span, format!("no build image has a runtime named `{name}`"));
            let slip = SLIPS.iter().find(|s| s.0 == name.to_lowercase()).map(|s| s.1);
            if name == "docker" {
                found.help("Docker is part of the images: remove the line, and turn on privileged mode in the project");
            } else if let Some(near) = slip.or_else(|| nearest(name, RUNTIMES.iter().map(|r| r.0))) {
                found.help(format!("did you mean `{near}`?")).fix(
                    Applicability::Unsafe,
                    format!("write `{near}`"),
                    e.key.span,
                    near,
                );
            } else {
                found.help("the runtimes are android, dotnet, golang, java, nodejs, php, python, ruby and rust");
            }
            continue;
        };
        version(name, versions, &e.value, findings);
    }
}

fn version(name: &str, versions: &[&str], node: &Node, findings: &mut Findings) {
    let Some(text) = node.scalar_text() else {
        findings
            .report(
                &RUNTIME_UNKNOWN,
                node.span,
                format!("the version of `{name}` is {}; it is one value", node.describe()),
            )
            .help("name one version: a build has one of each runtime");
        return;
    };
    let known = |v: &str| versions.contains(&v);
    let stem = text.strip_suffix(".x").unwrap_or(text);
    let fine = text == "latest"
        || text.contains('$')
        || known(stem)
        || versions.iter().any(|v| v.starts_with(&format!("{stem}.")))
        // A patch version, or `.0` after a whole number.
        || text.rsplit_once('.').is_some_and(|(minor, _)| known(minor) || known(minor.trim_end_matches(".0")));
    if fine {
        return;
    }
    let found = findings.report(&RUNTIME_UNKNOWN, node.span, format!("no current build image lists {name} `{text}`"));
    found.severity = Severity::Warning;
    found.help(format!("listed are {}; a newer image may install others", versions.join(", ")));
}
