//! What one configuration file shows by itself.

use super::{
    COMMANDS_SHAPE, CONTENT_AND_SOURCE, FILE_MODE, KEY_TWICE, KEY_UNKNOWN, LEADER_ONLY, OLD_HOOKS, SETTINGS_SHAPE,
    UNREADABLE, options,
};
use crate::beanstalk;
use crate::diagnostic::{Applicability, Findings, Severity};
use crate::document::{Document, DocumentKind};
use crate::rule::edits;
use crate::rule::suggest::nearest;
use crate::source::Span;
use crate::syntax::{Entry, Format, Node, NodeKind, Style, SyntaxErrorKind};

const FAILS: &str = "so the deployment fails";
/// Folders whose scripts only platforms before Amazon Linux 2 run.
const OLD_FOLDERS: &str = "/opt/elasticbeanstalk/hooks/";

pub(super) fn check(document: &Document, findings: &mut Findings) {
    if document.kind != DocumentKind::Beanstalk {
        return;
    }
    unreadable(document, findings);
    let Some(root) = document.root() else { return };
    if root.as_map().is_none() {
        if !root.is_null() {
            let message = format!("a configuration file is a mapping of keys, this one holds {}", root.describe());
            findings.report(&UNREADABLE, root.span, message);
        }
        return;
    }
    let known: Vec<&str> = beanstalk::keys().collect();
    unknown(root, "a configuration file", &known, document, findings);
    if let Some(entry) = root.entry("option_settings") {
        settings(document, entry, findings);
    }
    for key in ["commands", "container_commands"] {
        if let Some(entry) = root.entry(key) {
            commands(document, entry, findings);
        }
    }
    if let Some(entry) = root.entry("files") {
        files(document, entry, findings);
    }
}

fn unreadable(document: &Document, findings: &mut Findings) {
    for error in &document.tree.errors {
        if error.kind == SyntaxErrorKind::DuplicateKey {
            let message = format!("{}; only one of them counts", error.message);
            let found = findings.report(&KEY_TWICE, error.span, message);
            if let Some((span, words)) = &error.related {
                found.label(*span, words.clone());
            }
            found.help("Put what stands under both into one.");
            continue;
        }
        let message = format!("{}, so Elastic Beanstalk cannot use the file", error.message);
        let found = findings.report(&UNREADABLE, error.span, message);
        let line = document.file.line_span(document.file.position(error.span.start).line);
        let text = document.file.slice(line);
        let indent = &text[..text.len() - text.trim_start().len()];
        found.help(match (&error.help, indent.contains('\t')) {
            (_, true) => "YAML is indented with spaces: replace the tab.".to_owned(),
            (Some(help), false) => help.clone(),
            (None, false) => "Mend the text at this place.".to_owned(),
        });
    }
}

/// Reports keys that are not known: those like a known one as errors.
fn unknown(node: &Node, what: &str, known: &[&str], document: &Document, findings: &mut Findings) {
    for e in node.as_map().unwrap_or_default() {
        let key = &*e.key.text;
        if known.contains(&key) || key.contains('`') || key.starts_with("Fn::") {
            continue;
        }
        let found = findings.report(&KEY_UNKNOWN, e.key.span, format!("{what} has no key `{key}`"));
        match nearest(key, known.iter().copied()) {
            Some(near) => {
                found.help(format!("Did you mean `{near}`?"));
                if let Some(span) = options::inside_quotes(&document.file, e.key.span) {
                    found.fix(Applicability::Unsafe, format!("write `{near}`"), span, near);
                }
            }
            None => {
                found.severity = Severity::Warning;
                found.help("Remove it, or move it to where it belongs: it has no effect here.");
            }
        }
    }
}

fn settings(document: &Document, entry: &Entry, findings: &mut Findings) {
    let refused = "so Elastic Beanstalk refuses the configuration";
    match &entry.value.kind {
        NodeKind::List(items) => {
            for item in items {
                let named = item
                    .as_map()
                    .is_some_and(|m| m.iter().any(|e| e.key.text.replace('_', "").eq_ignore_ascii_case("optionname")));
                if !named && item.as_call().is_none() {
                    let message = format!("an item of `option_settings` has no `option_name`, {refused}");
                    let place = item.as_map().and_then(<[Entry]>::first).map_or(item.span, |e| e.key.span);
                    findings.report(&SETTINGS_SHAPE, place, message).help(
                        "An item has `namespace`, `option_name` and `value`; a mapping of namespaces is no list: drop the `-`.",
                    );
                }
            }
        }
        NodeKind::Map(namespaces) => {
            for e in namespaces.iter().filter(|e| e.value.as_map().is_none() && e.value.as_call().is_none()) {
                if e.value.is_null() && e.key.text.contains(':') {
                    continue;
                }
                let message = if e.key.text.contains(':') {
                    format!(
                        "the namespace `{}` is a mapping of options, not {}, {refused}",
                        e.key.text,
                        e.value.describe()
                    )
                } else {
                    format!("the option `{}` stands in no namespace, {refused}", e.key.text)
                };
                findings
                    .report(&SETTINGS_SHAPE, e.key.span, message)
                    .help("Write the namespace, and below it, indented, its options with their values.");
            }
        }
        NodeKind::Null => {}
        _ => {
            let message = format!("`option_settings` is {}, {refused}", entry.value.describe());
            findings
                .report(&SETTINGS_SHAPE, entry.value.span, message)
                .help("Write a mapping of namespaces with their options.");
        }
    }
    options::report(&document.file, &beanstalk::settings(&entry.value), None, findings);
}

fn commands(document: &Document, entry: &Entry, findings: &mut Findings) {
    let section = &*entry.key.text;
    let container = section == "container_commands";
    let known: &[&str] = &["command", "cwd", "env", "test", "ignoreErrors", "leader_only", "waitAfterCompletion"];
    let example = "Write a name for each command and below it `command` with what to run.";
    let Some(all) = entry.value.as_map() else {
        if !entry.value.is_null() {
            let message = format!("`{section}` is {}, not a mapping of names, {FAILS}", entry.value.describe());
            findings.report(&COMMANDS_SHAPE, entry.key.span, message).help(example);
        }
        return;
    };
    for one in all {
        let name = &*one.key.text;
        let Some(parts) = one.value.as_map() else {
            let message = format!("`{name}` is {}, not a mapping with `command`, {FAILS}", one.value.describe());
            findings.report(&COMMANDS_SHAPE, one.key.span, message).help(example);
            continue;
        };
        if one.value.get("command").is_none() && !parts.iter().any(|e| nearest(&e.key.text, ["command"]).is_some()) {
            let message = format!("`{name}` has no `command`, {FAILS}");
            findings.report(&COMMANDS_SHAPE, one.key.span, message).help(example);
        }
        unknown(&one.value, "a command", known, document, findings);
        if let Some(leader) = one.value.entry("leader_only").filter(|_| !container) {
            let message = "`leader_only` counts in `container_commands` alone; here the command runs on every instance";
            let removal = document.root().and_then(|root| edits::remove(&document.file, root, leader.key.span));
            findings
                .report(&LEADER_ONLY, leader.key.span, message)
                .help("Move the command to `container_commands`.")
                .fix_by(Applicability::Unsafe, "remove `leader_only`", removal);
        }
    }
}

fn files(document: &Document, entry: &Entry, findings: &mut Findings) {
    let known: &[&str] = &["mode", "owner", "group", "content", "source", "encoding", "authentication", "context"];
    for file in entry.value.as_map().unwrap_or_default().iter().filter(|f| f.value.as_map().is_some()) {
        let path = &*file.key.text;
        unknown(&file.value, "a file", known, document, findings);
        let (content, source) = (file.value.entry("content"), file.value.entry("source"));
        if let (Some(_), Some(source)) = (content, source) {
            let message = format!("`{path}` has both `content` and `source`, {FAILS}");
            findings.report(&CONTENT_AND_SOURCE, source.key.span, message).help("Keep the one that is meant.");
        } else if content.is_none() && source.is_none() {
            let message = format!("`{path}` has neither `content` nor `source`, {FAILS}");
            findings
                .report(&CONTENT_AND_SOURCE, file.key.span, message)
                .help("Add `content` with the text, or `source` with an address.");
        }
        if let Some(mode) = file.value.get("mode") {
            file_mode(document, mode, findings);
        }
        if path.starts_with(OLD_FOLDERS) {
            let message =
                "scripts in this folder run on platforms before Amazon Linux 2 alone, which are no longer supported";
            findings.report(&OLD_HOOKS, file.key.span, message).help(
                "Put the script into `.platform/hooks/prebuild`, `predeploy` or `postdeploy` of the source bundle.",
            );
        }
    }
}

fn file_mode(document: &Document, mode: &Node, findings: &mut Findings) {
    let Some(text) = mode.scalar_text() else { return };
    if text.contains(['`', '$']) {
        return;
    }
    let written = document.file.slice(mode.span);
    let octal = !text.is_empty() && text.bytes().all(|b| (b'0'..=b'7').contains(&b));
    let plain = mode.style == Style::Plain && document.tree.format == Format::Yaml;
    if !octal {
        let message = format!("`{written}` is no mode: six octal digits are expected, {FAILS}");
        findings.report(&FILE_MODE, mode.span, message).help("Write for instance `\"000644\"`.");
    } else if plain && written.len() > 1 && written.starts_with('0') {
        let number = u64::from_str_radix(written, 8).unwrap_or_default();
        let message = format!("without quotes `{written}` is an octal number, and the mode becomes {number}");
        let found = findings.report(&FILE_MODE, mode.span, message);
        found.severity = Severity::Warning;
        found.help("Put the mode in quotes.");
        quoted(found, mode.span, written);
    } else if text.len() != 6 {
        let message = format!("the mode `{text}` has {} digits, not six", text.len());
        let found = findings.report(&FILE_MODE, mode.span, message);
        found.severity = if text.len() < 3 { Severity::Warning } else { Severity::Info };
        let digits = &text[text.len().saturating_sub(3)..];
        found.help(format!("Write `\"000{digits:0>3}\"`."));
        quoted(found, mode.span, digits);
    }
}

/// Offers the mode as six digits in quotes.
fn quoted(found: &mut crate::diagnostic::Diagnostic, span: Span, digits: &str) {
    let last = &digits[digits.len().saturating_sub(3)..];
    let text = format!("\"000{last:0>3}\"");
    found.fix(Applicability::Safe, format!("write `{text}`"), span, text);
}
