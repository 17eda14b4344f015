//! Artifacts, caches and the form of their paths.

use super::{ARTIFACTS_TYPE, CACHE, PATH_FORM};
use crate::buildspec::{Buildspec, entries, items};
use crate::diagnostic::{Applicability, Findings, Severity};
use crate::rule::edits;
use crate::syntax::Node;

pub(super) fn files(buildspec: &Buildspec<'_>, findings: &mut Findings) {
    if let Some(artifacts) = buildspec.root.get("artifacts") {
        artifact(buildspec, artifacts, findings);
        for e in entries(artifacts.get("secondary-artifacts")) {
            artifact(buildspec, &e.value, findings);
        }
    }
    let cache = buildspec.root.get("cache");
    if let Some(cache) = cache
        && let Some(fallback) = cache.entry("fallback-keys")
        && cache.get("key").is_none()
    {
        let found = findings.report(&CACHE, fallback.key.span, "`fallback-keys` counts only beside `key`");
        found.severity = Severity::Warning;
        found.help("add `key:`, or remove the fallback keys");
    }
    for node in cache.and_then(|c| c.get("paths")).map(items).unwrap_or_default() {
        path_form(node, false, findings);
    }
}

fn artifact(buildspec: &Buildspec<'_>, node: &Node, findings: &mut Findings) {
    if let Some(e) = node.entry("type") {
        let edits = edits::remove(&buildspec.document.file, buildspec.root, e.key.span);
        findings.report(&ARTIFACTS_TYPE, e.key.span, "`type` has no effect any more").help("remove the line").fix_by(
            Applicability::Safe,
            "remove the line",
            edits,
        );
    }
    let paths: Vec<&Node> = node.get("files").map(items).unwrap_or_default().iter().collect();
    for path in &paths {
        path_form(path, true, findings);
    }
}

fn path_form(node: &Node, certain: bool, findings: &mut Findings) {
    let Some(text) = node.as_str().filter(|t| !t.contains('$')) else { return };
    if text.ends_with('/') && text.len() > 1 {
        let found = findings.report(
            &PATH_FORM,
            node.span,
            format!("`{text}` names a folder, and a folder alone matches no file"),
        );
        found.help(format!("write `{text}**/*`"));
        if certain {
            let quote = if matches!(node.style, crate::syntax::Style::Plain) { "" } else { "'" };
            found.fix(Applicability::Safe, "take everything below it", node.span, format!("{quote}{text}**/*{quote}"));
        }
    } else if text.starts_with("../") {
        findings
            .report(&PATH_FORM, node.span, format!("`{text}` leaves the source folder"))
            .help("copy the files into the source folder first, or set `base-directory`");
    }
}
