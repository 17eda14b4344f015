//! Syntax errors, and the violations of the JSON Schema turned into rules.

use super::{
    ARTIFACTS_FILES, BASE_DIRECTORY, BATCH_FANOUT, BATCH_IDENTIFIER, BATCH_KIND, BATCH_MATRIX, CACHE, COMMAND_NOT_TEXT,
    COMMANDS_SHAPE, DOCUMENT_SHAPE, DUPLICATE_KEY, ENV_SHAPE, EXPORTED_VARIABLES, FINALLY_SHAPE, PHASE_NAME_UNKNOWN,
    PHASES_SHAPE, REPORTS, RUNTIME_UNKNOWN, SECONDARY_ARTIFACTS, SECRET_REFERENCE, SHELL_UNKNOWN, STEPS_WITH_COMMANDS,
    SWITCH_NOT_YES_NO, UNKNOWN_KEY, VERSION, YAML_SYNTAX,
};
use crate::buildspec::{Buildspec, PHASES, SECTIONS};
use crate::diagnostic::{Applicability, Edit, Findings, Severity};
use crate::document::{Document, DocumentKind};
use crate::rule::edits;
use crate::rule::suggest::nearest;
use crate::schema::documents::{Case, Keyword, Schema, Violation};
use crate::source::Span;
use crate::syntax::{Node, NodeKind, SyntaxErrorKind};
use std::sync::LazyLock;

static SCHEMA: LazyLock<Option<Schema>> =
    LazyLock::new(|| Schema::parse(include_str!("../../../schemas/buildspec.json"), Case::Exact).ok());

/// What the reader met, and whether there is a document at all.
pub(super) fn syntax(document: &Document, findings: &mut Findings) {
    if document.kind != DocumentKind::Buildspec {
        return;
    }
    for e in &document.tree.errors {
        let rule = match e.kind {
            SyntaxErrorKind::DuplicateKey => &DUPLICATE_KEY,
            _ => &YAML_SYNTAX,
        };
        let found = findings.report(rule, e.span, e.message.clone());
        if let Some((span, text)) = &e.related {
            found.label(*span, text.clone());
        }
        if rule.id == YAML_SYNTAX.id {
            found.fix_by(Applicability::Unsafe, "indent with blanks", edits::untab(&document.file, e.span));
        }
        let in_command = e.message.contains("no key can stand");
        if in_command {
            found.help(
                "the build stops before its first phase; put the whole command in single quotes: `- 'echo \"a: b\"'`",
            );
        } else if let Some(help) = &e.help {
            found.help(format!("{help}; until then the build stops before its first phase"));
        }
    }
    if document.tree.root.is_none() && document.tree.errors.is_empty() {
        findings
            .report(&DOCUMENT_SHAPE, Span::new(0, 0), "the file is empty, so the build has nothing to run")
            .help("write at least `version: 0.2` and a `phases` mapping with `commands`");
    }
}

/// The violations of the schema, each as the rule it belongs to.
pub(super) fn structure(buildspec: &Buildspec<'_>, findings: &mut Findings) {
    let root = buildspec.root;
    if let Some(e) = root.entry("source").filter(|_| root.get("environment").is_some() && root.get("phases").is_none())
    {
        let first = root.as_map().and_then(<[_]>::first).map_or(e.key.span, |e| e.key.span);
        findings
            .report(&DOCUMENT_SHAPE, first, "this is the definition of a CodeBuild project, not a buildspec")
            .label(e.key.span, "keys of a project")
            .help("a buildspec starts with `version: 0.2` and says under `phases` which commands run");
        return;
    }
    version(buildspec, findings);
    let Some(schema) = &*SCHEMA else { return };
    for violation in schema.violations(root) {
        report(buildspec, &violation, findings);
    }
}

fn version(buildspec: &Buildspec<'_>, findings: &mut Findings) {
    let Some(entry) = buildspec.root.entry("version") else {
        if let Some(first) = buildspec.root.as_map().and_then(<[_]>::first) {
            findings
                .report(&VERSION, first.key.span, "the buildspec has no `version`, so CodeBuild refuses it")
                .help("write `version: 0.2` as the first line")
                .fix(
                    Applicability::Safe,
                    "add `version: 0.2`",
                    Span { start: first.key.span.start, end: first.key.span.start },
                    "version: 0.2\n",
                );
        }
        return;
    };
    let text = entry.value.scalar_text().unwrap_or("");
    match text {
        "0.2" => {}
        "0.1" => {
            if let Some(env) = buildspec.root.entry("env") {
                findings
                    .report(&VERSION, env.key.span, "`env` belongs to version 0.2; version 0.1 ignores it")
                    .reference_at(env.key.span)
                    .label(entry.value.span, "version 0.1")
                    .help("write `version: 0.2`")
                    .fix(Applicability::Unsafe, "write 0.2", entry.value.span, "0.2");
            } else {
                let found =
                    findings.report(&VERSION, entry.value.span, "version 0.1 runs every command in a shell of its own");
                found.severity = Severity::Warning;
                found.help("write `version: 0.2`, unless the commands rely on separate shells");
            }
        }
        _ => {
            let message = if text == "0.0" {
                "`0.0` is the version of an AppSpec; a buildspec has version 0.2".to_owned()
            } else {
                format!(
                    "CodeBuild knows no version {}; it reads 0.2 and the old 0.1",
                    entry.value.scalar_text().map_or_else(|| entry.value.describe(), |t| format!("`{t}`"))
                )
            };
            let span = if entry.value.span.is_empty() { entry.key.span } else { entry.value.span };
            let found = findings.report(&VERSION, span, message);
            found.help("write `version: 0.2`");
            if !entry.value.span.is_empty() {
                found.fix(Applicability::Safe, "write 0.2", entry.value.span, "0.2");
            }
        }
    }
}

fn report(buildspec: &Buildspec<'_>, v: &Violation<'_>, findings: &mut Findings) {
    // A wrong collection starts below its key: the key is the better place.
    let value = matches!(v.fault.as_deref(), Some("variable-value" | "secret-reference"));
    let collection = value && matches!(v.node.kind, NodeKind::Map(_) | NodeKind::List(_));
    let span = v.key.filter(|_| collection && v.unknown.is_none()).map_or(v.span(), |k| k.span);
    let what = v.node.describe();
    let key = v.key.map_or("the document", |k| &*k.text);
    match v.fault.as_deref().unwrap_or("") {
        "document-shape" => {
            findings
                .report(&DOCUMENT_SHAPE, span, format!("the document is {what}; a buildspec is a mapping"))
                .help("start with `version: 0.2` and `phases:` at the left margin");
        }
        "missing-key" => {
            let has_batch = buildspec.root.get("batch").is_some();
            if v.keyword == Keyword::Required("phases".to_owned()) && !has_batch {
                findings
                    .report(&PHASES_SHAPE, span, "the buildspec has no `phases`, so there is nothing to run")
                    .help("write `phases:` with at least `build:` and its `commands`");
            }
        }
        "unknown-key" | "phase-key" | "env-key" => unknown_key(v, findings),
        "phase-name" => phase_name(v, findings),
        "phases-shape" => {
            let span = v.key.filter(|_| !matches!(v.node.kind, NodeKind::List(_))).map_or(span, |k| k.span);
            findings
                .report(
                    &PHASES_SHAPE,
                    span,
                    format!("`phases` is {}; it maps phase names to their commands", empty_or(v)),
                )
                .help("name at least one of `install`, `pre_build`, `build`, `post_build` below it");
        }
        "phase-shape" => {
            findings
                .report(&COMMANDS_SHAPE, span, format!("the phase `{key}` is {what}; it is a mapping with `commands`"))
                .help("put the list under `commands:`")
                .fix_by(
                    Applicability::Safe,
                    "put the list under `commands`",
                    edits::under_key(&buildspec.document.file, v.node, "commands"),
                );
        }
        "commands-shape" => {
            findings
                .report(&COMMANDS_SHAPE, span, format!("`{key}` is {what}; it is a list of commands"))
                .help("start every command with `- `");
        }
        "command" => command(buildspec, v, span, findings),
        "finally-shape" => {
            findings
                .report(&FINALLY_SHAPE, span, format!("`finally` is {what}; it is a list of commands"))
                .help("start every command with `- `");
        }
        "steps-shape" => {
            let found = findings.report(
                &STEPS_WITH_COMMANDS,
                span,
                format!("`steps` is {what}; it is a list of GitHub Actions steps"),
            );
            found.severity = Severity::Error;
        }
        "runtimes-shape" => {
            findings
                .report(
                    &RUNTIME_UNKNOWN,
                    v.key.map_or(span, |k| k.span),
                    format!("`runtime-versions` is {}; it maps runtimes to versions", empty_or(v)),
                )
                .help("name a runtime and its version, for example `nodejs: 22`, or remove the key");
        }
        "env-shape" => {
            findings
                .report(&ENV_SHAPE, span, format!("`{key}` is {what}; it maps names to values"))
                .help("write `NAME: value` lines below it, without dashes");
        }
        "variable-value" => {
            findings
                .report(&ENV_SHAPE, span, format!("the value of `{key}` is {what}; an environment variable is text"))
                .help("write the value in quotes, or flatten it into several variables");
        }
        "shell" => {
            findings
                .report(&SHELL_UNKNOWN, span, format!("{} is no shell of the build images", quoted(v.node)))
                .help("Linux images have `bash` and `/bin/sh`, Windows images `powershell.exe` and `cmd.exe`");
        }
        "secret-reference" => {
            findings
                .report(&SECRET_REFERENCE, span, format!("the reference of `{key}` is {what}; it is text"))
                .help("write `secret-id:json-key:version-stage:version-id`; the later parts may be left out");
        }
        "exported-shape" => {
            findings
                .report(&EXPORTED_VARIABLES, span, format!("`exported-variables` holds {what}; it is a list of names"))
                .help("list the names alone: `- VERSION`");
        }
        "exported-reserved" => {
            findings
                .report(
                    &EXPORTED_VARIABLES,
                    span,
                    format!("{} cannot be exported: names that start with `AWS_` are reserved", quoted(v.node)),
                )
                .help("copy the value into a variable of your own and export that");
        }
        "switch" => {
            findings
                .report(&SWITCH_NOT_YES_NO, span, format!("`{key}` is {}; it is yes or no", quoted(v.node)))
                .help("write `yes` or `no`");
        }
        fault => output_faults(buildspec, fault, v, findings),
    }
}

/// The faults of reports, artifacts, cache and batch.
fn output_faults(buildspec: &Buildspec<'_>, fault: &str, v: &Violation<'_>, findings: &mut Findings) {
    let span = v.span();
    let what = v.node.describe();
    let key = v.key.map_or("it", |k| &*k.text);
    match fault {
        "reports-shape" => {
            findings
                .report(&REPORTS, span, format!("`{key}` is {what}; it maps a report group to its settings"))
                .help("write the group's name, and `files:` below it");
        }
        "reports-many" => {
            let found = findings.report(
                &REPORTS,
                v.key.map_or(span, |k| k.span),
                "more than five report groups; a build reports to five at the most",
            );
            found.severity = Severity::Warning;
            found.help("merge groups, or split the build");
        }
        "reports-files" => {
            findings
                .report(
                    &REPORTS,
                    span,
                    format!("the report group `{}` has no `files` that CodeBuild could collect", group(v)),
                )
                .help("list the result files: `files: ['**/*']`");
        }
        "reports-format" => {
            let formats = [
                "CUCUMBERJSON",
                "JUNITXML",
                "NUNITXML",
                "NUNIT3XML",
                "TESTNGXML",
                "VISUALSTUDIOTRX",
                "CLOVERXML",
                "COBERTURAXML",
                "JACOCOXML",
                "SIMPLECOV",
            ];
            let text = v.node.scalar_text().unwrap_or("");
            let help = match nearest(text, formats) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "tests: JUNITXML, CUCUMBERJSON, NUNITXML, NUNIT3XML, TESTNGXML, VISUALSTUDIOTRX; coverage: CLOVERXML, COBERTURAXML, JACOCOXML, SIMPLECOV".to_owned(),
            };
            findings.report(&REPORTS, span, format!("{} is no report format", quoted(v.node))).help(help);
        }
        "artifacts-shape" => {
            findings
                .report(&ARTIFACTS_FILES, span, format!("`artifacts` is {what}; it is a mapping with `files`"))
                .help("put the list under `files:`")
                .fix_by(
                    Applicability::Safe,
                    "put the list under `files`",
                    edits::under_key(&buildspec.document.file, v.node, "files"),
                );
        }
        "artifacts-files" | "secondary-files" => {
            findings
                .report(&ARTIFACTS_FILES, span, "these artifacts have no `files`, so nothing would be uploaded")
                .help("list what to keep: `files: ['**/*']`; `artifacts.files` is needed beside `secondary-artifacts` too");
        }
        "base-directory" => {
            let found = findings.report(&BASE_DIRECTORY, span, format!("`base-directory` is {what}; it is one path"));
            found.help("name one folder; other folders go into `secondary-artifacts`");
        }
        "secondary-shape" => {
            findings
                .report(
                    &SECONDARY_ARTIFACTS,
                    span,
                    format!("`{key}` is {what}; it maps artifact identifiers to their settings"),
                )
                .help("write the identifier, and `files:` below it");
        }
        "cache-shape" | "cache-paths" => {
            findings
                .report(&CACHE, span, "`cache` has no `paths`, so nothing is cached")
                .help("list the folders: `paths: ['node_modules/**/*']`");
        }
        "cache-action" => {
            findings
                .report(&CACHE, span, format!("{} is no action of a cache", quoted(v.node)))
                .help("write `restore` or `save`, or leave the key out for both");
        }
        "cache-fallback" | "cache-fallback-many" => {
            let many = fault == "cache-fallback-many";
            let message = if many {
                "more than five fallback keys; CodeBuild tries five".to_owned()
            } else {
                format!("`fallback-keys` is {what}; it is a list")
            };
            let found = findings.report(&CACHE, v.key.filter(|_| many).map_or(span, |k| k.span), message);
            found.severity = if many { Severity::Warning } else { Severity::Error };
        }
        "identifier" | "identifier-missing" => {
            let message = if fault == "identifier" {
                format!("{} is no identifier: letters, digits and `_` are allowed", quoted(v.node))
            } else {
                "this build has no `identifier`".to_owned()
            };
            findings.report(&BATCH_IDENTIFIER, span, message).help("give every build a short name of its own");
        }
        "batch-shape" => {
            findings.report(&BATCH_KIND, span, format!("`{key}` is {what}, which no batch build can use"));
        }
        "fanout" | "fanout-missing" => {
            let message = if fault == "fanout" {
                format!("`{key}` is {}; it is a whole number above 0", quoted(v.node))
            } else {
                "`build-fanout` has no `parallelism`".to_owned()
            };
            findings.report(&BATCH_FANOUT, span, message).help("say how many builds share the tests: `parallelism: 4`");
        }
        "matrix" | "matrix-list" => {
            findings
                .report(
                    &BATCH_MATRIX,
                    span,
                    format!(
                        "`{key}` is {what}; in a matrix it is {}",
                        if fault == "matrix" { "a mapping" } else { "a list, one build for each item" }
                    ),
                )
                .help("write the values as a list")
                .fix_by(Applicability::Safe, "put it into a list", in_brackets(buildspec, v.node));
        }
        _ => {}
    }
}

/// A scalar as the only item of a list.
fn in_brackets(buildspec: &Buildspec<'_>, node: &Node) -> Option<Vec<Edit>> {
    let written = buildspec.document.file.slice(node.span);
    let plain = node.is_scalar() && !written.is_empty() && !written.contains(['\n', ',', '#', '[', ']', '{', '}']);
    plain.then(|| vec![Edit { span: node.span, text: format!("[{written}]") }])
}

fn command(buildspec: &Buildspec<'_>, v: &Violation<'_>, span: Span, findings: &mut Findings) {
    let (message, help) = match &v.node.kind {
        NodeKind::Map(entries) => (
            match entries.first() {
                Some(e) => format!("YAML reads this command as a mapping with the key `{}`", e.key.text),
                None => "YAML reads this command as an empty mapping".to_owned(),
            },
            "a `: ` or a leading `{` does that: put the whole command in single quotes",
        ),
        NodeKind::List(_) => (
            "this command is a list".to_owned(),
            "a leading `[` or a second dash does that: put the command in single quotes",
        ),
        _ => ("this command is empty".to_owned(), "remove the dash, or write the command after it"),
    };
    let span = if span.is_empty() { Span { start: span.start.saturating_sub(1), end: span.start } } else { span };
    let found = findings.report(&COMMAND_NOT_TEXT, span, message);
    found.help(format!("{help}; the build fails before its first phase otherwise"));
    if v.node.as_map().is_some() {
        found.fix_by(
            Applicability::Safe,
            "put the whole command in quotes",
            edits::quote_whole(&buildspec.document.file, v.node.span),
        );
    }
}

fn unknown_key(v: &Violation<'_>, findings: &mut Findings) {
    let Some(key) = v.unknown else { return };
    let name = &*key.text;
    let pattern = v.pattern();
    let top = v.path.is_empty();
    if top && PHASES.contains(&name) {
        findings
            .report(&UNKNOWN_KEY, key.span, format!("the phase `{name}` stands beside `phases`, so it never runs"))
            .help("indent it below `phases:`");
        return;
    }
    if v.fault.as_deref() == Some("env-key") {
        findings
            .report(
                &ENV_SHAPE,
                key.span,
                format!("`{name}` stands directly under `env`, where CodeBuild knows no variables"),
            )
            .help("put it under `env.variables`");
        return;
    }
    let known: Vec<&str> = match pattern.as_str() {
        "" => SECTIONS.to_vec(),
        p if p.starts_with("phases.") => {
            vec!["run-as", "on-failure", "runtime-versions", "commands", "finally", "steps"]
        }
        p if p.starts_with("artifacts") => vec![
            "files",
            "name",
            "discard-paths",
            "base-directory",
            "exclude-paths",
            "enable-symlinks",
            "s3-prefix",
            "secondary-artifacts",
        ],
        p if p.starts_with("reports") => vec!["files", "file-format", "base-directory", "discard-paths"],
        "cache" => vec!["paths", "key", "fallback-keys", "action"],
        "batch" => vec!["fast-fail", "build-list", "build-graph", "build-matrix", "build-fanout"],
        p if p.ends_with(".env") => vec!["compute-type", "fleet", "image", "type", "privileged-mode", "variables"],
        "proxy" => vec!["upload-artifacts", "logs"],
        "batch.build-fanout" => vec!["parallelism", "ignore-failure"],
        _ => {
            vec!["identifier", "buildspec", "depend-on", "env", "debug-session", "ignore-failure", "static", "dynamic"]
        }
    };
    let place = if top { "at the top of a buildspec".to_owned() } else { format!("under `{}`", v.path.join(".")) };
    let found = findings.report(&UNKNOWN_KEY, key.span, format!("`{name}` is no key {place}; CodeBuild ignores it"));
    let dashed = name.replace('_', "-");
    match nearest(name, known.iter().copied()).or_else(|| known.iter().copied().find(|k| *k == dashed)) {
        Some(near) => {
            found.help(format!("did you mean `{near}`?")).fix(
                Applicability::Unsafe,
                format!("write `{near}`"),
                key.span,
                near,
            );
        }
        None => {
            found.help(format!("known here: {}", known.join(", ")));
        }
    }
}

fn phase_name(v: &Violation<'_>, findings: &mut Findings) {
    let Some(key) = v.unknown else { return };
    let name = &*key.text;
    let found = findings.report(
        &PHASE_NAME_UNKNOWN,
        key.span,
        format!("`{name}` is no phase; a build has `install`, `pre_build`, `build` and `post_build`"),
    );
    if SECTIONS.contains(&name) {
        found.help(format!("`{name}` belongs at the left margin: move it out of `phases`"));
        return;
    }
    let folded = name.replace('-', "_").to_lowercase();
    let near = PHASES.iter().copied().find(|p| *p == folded || p.replace('_', "") == folded);
    match near.or_else(|| nearest(&folded, PHASES.iter().copied())) {
        Some(near) => {
            found.help(format!("write `{near}`; the build fails at once otherwise")).fix(
                Applicability::Unsafe,
                format!("write `{near}`"),
                key.span,
                near,
            );
        }
        None => {
            found.help("put the commands into `build`, or into `post_build` when they come after it");
        }
    }
}

/// "empty" for an empty mapping or nothing, else what the value is.
fn empty_or(v: &Violation<'_>) -> String {
    match &v.node.kind {
        NodeKind::Null => "empty".to_owned(),
        NodeKind::Map(m) if m.is_empty() => "empty".to_owned(),
        _ => v.node.describe(),
    }
}

fn group<'v>(v: &'v Violation<'_>) -> &'v str {
    v.path.get(1).map_or("", String::as_str)
}

/// A scalar in backticks, or what kind of value it is.
fn quoted(node: &Node) -> String {
    match node.scalar_text() {
        Some(text) => format!("`{text}`"),
        None => node.describe(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_compiles() {
        let compiled = Schema::parse(include_str!("../../../schemas/buildspec.json"), Case::Exact);
        assert_eq!(compiled.err(), None);
    }
}
