//! AppSpecs for machines and the files they name: whether those are in the bundle, and whether scripts can run.

mod placement;

use crate::appspec::{Os, Script, paths};
use crate::bundle::revisions::{Presence, Revision};
use crate::bundle::scripts::{LineEnds, Start, left_running, line_ends, start};
use crate::bundle::{Bundle, folder};
use crate::diagnostic::{Applicability, Diagnostic, Severity};
use crate::rule::{Check, Crossed, Family, rule};
use crate::syntax::{Entry, Style};
use std::collections::BTreeSet;

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&MISPLACED, &SOURCE_MISSING, &SCRIPT_MISSING, &SCRIPT_CANNOT_RUN, &BACKGROUND_PROCESS],
    checks: &[Check::AppSpec(placement::name), Check::Bundle(placement::folders), Check::Bundle(revisions)],
};

rule!(
    MISPLACED,
    "revisions" / "CD100",
    "appspec-misplaced",
    Warning,
    "An AppSpec for machines is not called `appspec.yml` or not at the root of the bundle"
);
rule!(
    SOURCE_MISSING,
    "revisions" / "CD128",
    "source-missing",
    Error,
    "A copy names a source that is not in the bundle"
);
rule!(
    SCRIPT_MISSING,
    "revisions" / "CD169",
    "script-missing",
    Error,
    "A hook names a script that is not in the bundle"
);
rule!(SCRIPT_CANNOT_RUN, "revisions" / "CD170", "script-cannot-run", Error, "A hook script cannot be started as it is");
rule!(
    BACKGROUND_PROCESS,
    "revisions" / "CD172",
    "background-process",
    Warning,
    "A hook script leaves a process that holds its output open"
);

fn revisions(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    let mut seen = BTreeSet::new();
    for spec in &bundle.appspecs {
        let Some(revision) = Revision::of(bundle, spec) else { continue };
        for copy in spec.view.files() {
            if let Some(source) = copy.source {
                source_missing(bundle, &revision, source, crossed);
            }
        }
        for hook in spec.view.hooks() {
            for script in &hook.scripts {
                hook_script(bundle, &revision, &hook.event.text, script, crossed, &mut seen);
            }
        }
    }
}

fn source_missing(bundle: &Bundle<'_>, revision: &Revision<'_, '_>, source: &Entry, crossed: &mut Crossed) {
    let Some(path) = source.value.as_str().filter(|p| !p.trim().is_empty()) else { return };
    if paths::is_whole_bundle(path) {
        return;
    }
    let windows = revision.spec.view.os() == Some(Os::Windows);
    let (severity, near) = match revision.presence(bundle, path, false) {
        Presence::OtherCase(_) if windows => return,
        Presence::OtherCase(real) => (Severity::Error, Some(real)),
        Presence::Missing(near) => (Severity::Error, near),
        Presence::Doubtful(near) => (Severity::Warning, near),
        Presence::There(_) | Presence::Made | Presence::Unknown => return,
    };
    let message = format!("`{path}` is not in the bundle, so the deployment fails at the event Install");
    let found = crossed.report(&SOURCE_MISSING, revision.spec.path, source.value.span, message);
    found.severity = severity;
    found.help("name a file or folder that is in the bundle, or have the build make it before it packs the bundle");
    propose(found, revision, source, path, near.as_deref());
}

/// Offers the nearest name, written as the AppSpec writes its paths.
fn propose(found: &mut Diagnostic, revision: &Revision<'_, '_>, entry: &Entry, written: &str, near: Option<&str>) {
    let Some(near) = near else { return };
    let inside = near.strip_prefix(revision.root.as_str()).unwrap_or(near).trim_start_matches('/');
    let lead = if written.starts_with('/') { "/" } else { "" };
    found.message = format!("{}; did you mean `{lead}{inside}`?", found.message);
    if entry.value.style == Style::Plain && !inside.contains([':', '#', ' ']) {
        found.fix(
            Applicability::Unsafe,
            format!("write `{lead}{inside}`"),
            entry.value.span,
            format!("{lead}{inside}"),
        );
    }
}

fn hook_script(
    bundle: &Bundle<'_>,
    revision: &Revision<'_, '_>,
    event: &str,
    script: &Script<'_>,
    crossed: &mut Crossed,
    seen: &mut BTreeSet<String>,
) {
    let Some(location) = script.location else { return };
    let Some(path) = location.value.as_str().filter(|p| !p.trim().is_empty()) else { return };
    let windows = revision.spec.view.os() == Some(Os::Windows);
    let first = path.split_whitespace().next().unwrap_or(path);
    let arguments = first != path && matches!(revision.presence(bundle, first, true), Presence::There(_));
    let (severity, near) = match revision.presence(bundle, path, true) {
        Presence::There(full) => return script_file(bundle, revision, event, location, &full, crossed, seen),
        Presence::OtherCase(full) if windows => {
            return script_file(bundle, revision, event, location, &full, crossed, seen);
        }
        Presence::OtherCase(real) => (Severity::Error, Some(real)),
        Presence::Missing(near) => (Severity::Error, near),
        Presence::Doubtful(near) => (Severity::Warning, near),
        Presence::Made | Presence::Unknown => return,
    };
    let message = format!("the script `{path}` is not in the bundle, so the deployment fails at the event {event}");
    let found = crossed.report(&SCRIPT_MISSING, revision.spec.path, location.value.span, message);
    found.severity = severity;
    if arguments {
        found.help(format!(
            "the whole text is taken for the name of a file; write `{first}` and give the arguments inside the script"
        ));
    } else {
        found.help(if path.starts_with(['/', '\\']) {
            "the leading separator means the root of the bundle, not of the machine; add the script to the bundle and name it from there"
        } else {
            "add the script to the bundle, or name one that is there; the path starts at the root of the bundle"
        });
        propose(found, revision, location, path, near.as_deref());
    }
}

/// What a script that is there shows.
fn script_file(
    bundle: &Bundle<'_>,
    revision: &Revision<'_, '_>,
    event: &str,
    location: &Entry,
    full: &str,
    crossed: &mut Crossed,
    seen: &mut BTreeSet<String>,
) {
    if bundle.folder.has_folder(full) {
        let message = format!("`{full}` is a folder, so the deployment fails at the event {event}");
        crossed
            .report(&SCRIPT_CANNOT_RUN, revision.spec.path, location.value.span, message)
            .help("name a script in the folder; each script of an event is an item of its own");
        return;
    }
    if revision.spec.view.os() == Some(Os::Windows) {
        return;
    }
    let Some(bytes) = bundle.folder.bytes(full) else { return };
    first_line(&bytes, revision, event, location, full, crossed);
    if bundle.folder.find(full) == folder::Found::No {
        return;
    }
    if let folder::Found::Yes(entry) = bundle.folder.find(full)
        && entry.executable == Some(false)
        && start(&bytes) != Start::Binary
    {
        let message = format!("`{full}` is not executable; the agent sets the bit itself before it runs the script");
        let found = crossed.report(&SCRIPT_CANNOT_RUN, revision.spec.path, location.value.span, message);
        found.severity = Severity::Info;
        found.help(format!("run `chmod +x {full}` and commit it, so that the script also runs by hand"));
    }
    if let (true, Some(text)) = (seen.insert(full.to_owned()), bundle.folder.text(full)) {
        for (span, command) in left_running(&text.file.text) {
            background(event, full, span, &command, crossed);
        }
    }
}

fn first_line(
    bytes: &[u8],
    revision: &Revision<'_, '_>,
    event: &str,
    location: &Entry,
    full: &str,
    crossed: &mut Crossed,
) {
    let fails = format!("so the event {event} fails");
    let ends = line_ends(bytes);
    let how =
        "save it with Unix line ends (`sed -i 's/\\r$//'`) and keep them with `*.sh text eol=lf` in `.gitattributes`";
    let (severity, message, help) = match start(bytes) {
        Start::Interpreter(name) if ends == LineEnds::First => (
            Severity::Error,
            format!(
                "`{full}` has Windows line ends: the interpreter is taken to be `{name}\\r`, which does not exist, {fails}"
            ),
            how.to_owned(),
        ),
        Start::Interpreter(_) if ends == LineEnds::Later => (
            Severity::Warning,
            format!(
                "`{full}` has lines with Windows line ends; the carriage return becomes part of the commands there"
            ),
            how.to_owned(),
        ),
        Start::Interpreter(_) | Start::Binary => return,
        Start::ByteOrderMark => (
            Severity::Error,
            format!(
                "`{full}` begins with a byte order mark, so its first line names no interpreter and the event {event} can fail"
            ),
            "save the script as UTF-8 without a byte order mark".to_owned(),
        ),
        Start::Utf16 => (
            Severity::Error,
            format!("`{full}` is saved as UTF-16, which no shell reads, {fails}"),
            "save the script as UTF-8 without a byte order mark".to_owned(),
        ),
        Start::Nearly(line) => (
            Severity::Warning,
            format!("`{full}` names its interpreter in a way that is not seen: `{line}`"),
            "the first line must begin with `#!` and the full path: `#!/bin/bash`, nothing before it".to_owned(),
        ),
        Start::Nothing if has_program_ending(full) => return,
        Start::Nothing if ends == LineEnds::First => (
            Severity::Error,
            format!(
                "`{full}` has Windows line ends and no interpreter line; the shell takes the carriage returns for parts of the commands, {fails}"
            ),
            how.to_owned(),
        ),
        Start::Nothing => (
            Severity::Warning,
            format!(
                "`{full}` has no interpreter line: agents 1.x run it with `sh`, agents 2.x cannot start it, so the event {event} fails there"
            ),
            "write `#!/bin/bash` (or the shell it is written for) as the first line".to_owned(),
        ),
    };
    let found = crossed.report(&SCRIPT_CANNOT_RUN, revision.spec.path, location.value.span, message);
    found.severity = severity;
    found.help(help);
}

/// Whether a name is that of a program for Windows.
fn has_program_ending(path: &str) -> bool {
    [".ps1", ".bat", ".cmd", ".exe"].iter().any(|e| path.to_ascii_lowercase().ends_with(e))
}

fn background(event: &str, full: &str, span: crate::source::Span, command: &str, crossed: &mut Crossed) {
    let shown: String = command.chars().take(60).collect();
    let message = format!(
        "`{shown}` goes on in the background with the output of the script, so the event {event} waits for it until its time is over and fails"
    );
    crossed
        .report(&BACKGROUND_PROCESS, full, span, message)
        .help("send both outputs elsewhere, `> /dev/null 2> /dev/null < /dev/null &`, or let systemd start the service")
        .fix(Applicability::Unsafe, "close its output", span, "> /dev/null 2> /dev/null < /dev/null &");
}
