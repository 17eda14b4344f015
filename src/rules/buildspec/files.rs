//! Artifacts, caches and the form of their paths.

use super::{ARTIFACTS_TYPE, CACHE, DISCARD_PATHS, PATH_FORM};
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
    discard_paths(node, &paths, findings);
}

/// An AppSpec names its scripts by folder; flattened, the agent does not find them.
fn discard_paths(node: &Node, paths: &[&Node], findings: &mut Findings) {
    let Some(e) = node.entry("discard-paths") else { return };
    let on = e.value.as_bool() == Some(true) || e.value.as_str().is_some_and(|t| t.eq_ignore_ascii_case("yes"));
    let is_appspec = |t: &str| matches!(t.rsplit('/').next(), Some("appspec.yml" | "appspec.yaml"));
    let appspec = paths.iter().find(|p| p.as_str().is_some_and(is_appspec));
    // The AppSpec alone may well be taken out of its folder.
    let folders =
        paths.iter().filter_map(|p| p.as_str()).any(|t| !is_appspec(t) && (t.contains('/') || t.contains("**")));
    if let (true, true, Some(appspec)) = (on, folders, appspec) {
        findings
            .report(&DISCARD_PATHS, e.key.span, "`discard-paths` puts all files into one folder, so the paths that the AppSpec names do not exist in the bundle")
            .label(appspec.span, "the AppSpec goes along")
            .help("remove `discard-paths`, or the deployment fails in its first hook");
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
