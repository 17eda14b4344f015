//! AppSpec for machines: `files` and `file_exists_behavior`.

use crate::appspec::paths::{self, Deployed};
use crate::appspec::{AppSpec, FileCopy, Os};
use crate::diagnostic::{Applicability, Findings, Fix, Severity};
use crate::rule::edits::as_list_item;
use crate::rule::suggest::nearest;
use crate::rule::{Check, Family, Rule};
use crate::schema::documents::{Keyword, Violation};
use crate::source::Span;
use crate::syntax::{Entry, NodeKind, Style};
use std::collections::{BTreeMap, BTreeSet};

/// The rules about it.
pub static FAMILY: Family = Family {
    rules: &[
        &FILES_NOT_A_LIST,
        &FILES_INCOMPLETE_ITEM,
        &DESTINATION_NOT_ABSOLUTE,
        &DESTINATION_IS_FILE,
        &SOURCE_WILDCARD,
        &SOURCE_OUTSIDE_BUNDLE,
        &DUPLICATE_DESTINATION,
        &FOREIGN_PATH_STYLE,
        &WHOLE_BUNDLE_COPIED,
        &WRONG_FILE_EXISTS_BEHAVIOR,
    ],
    checks: &[Check::AppSpec(files)],
};

static FILES_NOT_A_LIST: Rule = Rule {
    id: "CD120",
    name: "files-not-a-list",
    summary: "`files` is not a list of mappings",
    page: include_str!("appspec_files/CD120.md"),
    severity: Severity::Error,
    checks: &[],
};

static FILES_INCOMPLETE_ITEM: Rule = Rule {
    id: "CD121",
    name: "files-incomplete-item",
    summary: "An item of `files` lacks its source or destination",
    page: include_str!("appspec_files/CD121.md"),
    severity: Severity::Error,
    checks: &[],
};

static DESTINATION_NOT_ABSOLUTE: Rule = Rule {
    id: "CD122",
    name: "destination-not-absolute",
    summary: "The destination of a copy is a relative path",
    page: include_str!("appspec_files/CD122.md"),
    severity: Severity::Error,
    checks: &[],
};

static DESTINATION_IS_FILE: Rule = Rule {
    id: "CD123",
    name: "destination-is-file",
    summary: "The destination of a copy names the file again",
    page: include_str!("appspec_files/CD123.md"),
    severity: Severity::Warning,
    checks: &[],
};

static SOURCE_WILDCARD: Rule = Rule {
    id: "CD124",
    name: "source-wildcard",
    summary: "The source of a copy holds a wildcard",
    page: include_str!("appspec_files/CD124.md"),
    severity: Severity::Error,
    checks: &[],
};

static SOURCE_OUTSIDE_BUNDLE: Rule = Rule {
    id: "CD125",
    name: "source-outside-bundle",
    summary: "The source of a copy lies outside the bundle",
    page: include_str!("appspec_files/CD125.md"),
    severity: Severity::Warning,
    checks: &[],
};

static DUPLICATE_DESTINATION: Rule = Rule {
    id: "CD126",
    name: "duplicate-destination",
    summary: "Two items copy to the same file",
    page: include_str!("appspec_files/CD126.md"),
    severity: Severity::Error,
    checks: &[],
};

static FOREIGN_PATH_STYLE: Rule = Rule {
    id: "CD127",
    name: "foreign-path-style",
    summary: "A path is written in the way of the other operating system",
    page: include_str!("appspec_files/CD127.md"),
    severity: Severity::Warning,
    checks: &[],
};

static WHOLE_BUNDLE_COPIED: Rule = Rule {
    id: "CD129",
    name: "whole-bundle-copied",
    summary: "The whole bundle is copied",
    page: include_str!("appspec_files/CD129.md"),
    severity: Severity::Info,
    checks: &[],
};

static WRONG_FILE_EXISTS_BEHAVIOR: Rule = Rule {
    id: "CD130",
    name: "wrong-file-exists-behavior",
    summary: "`file_exists_behavior` is wrong or at the wrong place",
    page: include_str!("appspec_files/CD130.md"),
    severity: Severity::Error,
    checks: &[],
};

const KEYS: &[&str] = &["source", "destination"];

/// Everything about `files` and `file_exists_behavior`.
fn files(spec: &AppSpec<'_>, findings: &mut Findings) {
    if !spec.is_server() {
        return;
    }
    spec.faults("files-shape").for_each(|v| files_shape(spec, v, findings));
    files_keys(spec, findings);
    spec.faults("file-exists-behavior").for_each(|v| behavior_value(v, findings));
    let copies = spec.files();
    for copy in &copies {
        if let Some(source) = copy.source {
            source_path(spec, source, findings);
        }
        if let Some(destination) = copy.destination {
            destination_path(spec, copy, destination, findings);
        }
    }
    duplicate_destinations(spec, &copies, findings);
}

fn files_shape(spec: &AppSpec<'_>, violation: &Violation<'_>, findings: &mut Findings) {
    let in_list = violation.path.len() > 1;
    let span = spec.first_line(violation.span());
    let what = violation.node.describe();
    let message = if in_list {
        format!("an item of `files` is a mapping with `source` and `destination`, but this is {what}")
    } else {
        format!("`files` is a list of mappings with `source` and `destination`, but this is {what}")
    };
    let found = findings.report(&FILES_NOT_A_LIST, span, message);
    found.help(
        "write `- source: FROM` and below it `destination: TO`; as it stands the agent fails to read the AppSpec at the first \
         lifecycle event, with an error that does not name the key",
    );
    let mapping = !in_list && violation.node.as_map().is_some() && violation.node.style == Style::Plain;
    if mapping && KEYS.iter().any(|k| violation.node.entry(k).is_some()) {
        found.fix = Some(Fix {
            title: "make the mapping the first item of a list".to_owned(),
            applicability: Applicability::Safe,
            edits: as_list_item(&spec.document.file, violation.node.span),
        });
    }
}

/// Missing, empty and unknown keys; an item that was split in two.
fn files_keys(spec: &AppSpec<'_>, findings: &mut Findings) {
    let copies = spec.files();
    let mut halves = BTreeSet::new();
    for pair in copies.windows(2) {
        let (a, b) = (&pair[0], &pair[1]);
        if let (Some(source), None, None, Some(destination)) = (a.source, a.destination, b.source, b.destination) {
            halves.insert(a.item.span);
            halves.insert(b.item.span);
            split_item(spec, source, destination, findings);
        }
    }
    for violation in spec.faults("files-keys") {
        match &violation.keyword {
            Keyword::Required(key) if !halves.contains(&violation.node.span) => missing_key(violation, key, findings),
            Keyword::Required(_) => {}
            Keyword::UnknownKey(name) => unknown_key(violation, name, findings),
            _ => bad_value(violation, findings),
        }
    }
}

fn split_item(spec: &AppSpec<'_>, source: &Entry, destination: &Entry, findings: &mut Findings) {
    let found = findings.report(
        &FILES_INCOMPLETE_ITEM,
        source.key.span,
        "`source` and its `destination` are two list items; one item has both keys",
    );
    found.label(destination.key.span, "belongs to the item above");
    found.help("remove the `-` in front of `destination`; the agent refuses the AppSpec at the first lifecycle event");
    let file = &spec.document.file;
    let line = file.line_span(file.position(destination.key.span.start).line);
    let before = Span { start: line.start, end: destination.key.span.start };
    let text = file.slice(before);
    if text.trim() == "-" {
        found.fix(Applicability::Safe, "join the two items", before, text.replace('-', " "));
    }
}

fn missing_key(violation: &Violation<'_>, key: &str, findings: &mut Findings) {
    let other = if key == "source" { "what to copy from the bundle" } else { "the folder to copy it to" };
    let found = findings.report(&FILES_INCOMPLETE_ITEM, violation.span(), format!("`{key}` is missing: {other}"));
    let entries = violation.node.as_map().unwrap_or_default();
    let near = entries
        .iter()
        .find(|e| nearest(&e.key.text, KEYS.iter().copied()) == Some(key) || key.starts_with(&*e.key.text));
    if let Some(near) = near {
        found.label(near.key.span, format!("did you mean `{key}`?"));
    }
    found.help("the agent refuses the AppSpec at the first lifecycle event");
}

fn unknown_key(violation: &Violation<'_>, name: &str, findings: &mut Findings) {
    let span = violation.span();
    if name.eq_ignore_ascii_case("file_exists_behavior") {
        let found = findings.report(
            &WRONG_FILE_EXISTS_BEHAVIOR,
            span,
            "`file_exists_behavior` is a key of the whole AppSpec; in an item of `files` it is ignored",
        );
        found.severity = Severity::Warning;
        found.help("move it to the top level, beside `files`; here the deployment keeps its own setting, which is to fail when a file exists");
        return;
    }
    let found =
        findings.report(&FILES_INCOMPLETE_ITEM, span, format!("`{name}` is no key of a `files` item and is ignored"));
    found.severity = Severity::Warning;
    let short = KEYS.iter().copied().find(|k| k.starts_with(&name.to_ascii_lowercase()) && name.len() > 2);
    match nearest(name, KEYS.iter().copied()).or(short) {
        Some(key) => {
            found.help(format!("did you mean `{key}`?"));
            if violation.node.entry(key).is_none() {
                found.fix(Applicability::Safe, format!("write `{key}`"), span, key);
            }
        }
        None => {
            found.help("the keys are `source` and `destination`; owner and mode of files are set under `permissions`");
        }
    }
}

fn bad_value(violation: &Violation<'_>, findings: &mut Findings) {
    let Some(key) = violation.key.map(|k| &*k.text) else { return };
    let node = violation.node;
    let empty = node.is_null() || node.as_str() == Some("");
    let message = match (&node.kind, key) {
        _ if empty && key == "source" => {
            "`source` is empty: agents 1.x copy the whole bundle, agents 2.x refuse the AppSpec".to_owned()
        }
        _ if empty => format!("`{key}` is empty; the agent refuses the AppSpec at the first lifecycle event"),
        (NodeKind::Number(_) | NodeKind::Bool(_), _) => {
            format!("`{key}` is text, but this is {}; with agents 1.x the Install event fails", node.describe())
        }
        _ => format!("`{key}` is text, but this is {}", node.describe()),
    };
    let found = findings.report(&FILES_INCOMPLETE_ITEM, violation.span(), message);
    match (node.scalar_text(), empty) {
        (Some(text), false) => {
            found.help("put the value in quotes");
            found.fix(Applicability::Safe, "put it in quotes", node.span, format!("\"{text}\""));
        }
        _ if key == "source" => {
            found.help("name a file or folder of the bundle; `/` is the whole bundle");
        }
        _ => {
            found.help("name a folder by its absolute path");
        }
    }
}

fn behavior_value(violation: &Violation<'_>, findings: &mut Findings) {
    let text = violation.node.scalar_text().unwrap_or_default();
    let shown = if text.is_empty() { violation.node.describe() } else { format!("`{text}`") };
    let message = format!("`file_exists_behavior` is `DISALLOW`, `OVERWRITE` or `RETAIN` in capitals, not {shown}");
    let found = findings.report(&WRONG_FILE_EXISTS_BEHAVIOR, violation.span(), message);
    let upper = text.to_ascii_uppercase();
    let meant = match upper.as_str() {
        "REPLACE" | "FORCE" | "TRUE" => Some("OVERWRITE"),
        "KEEP" | "IGNORE" | "SKIP" => Some("RETAIN"),
        "FAIL" | "ERROR" | "FALSE" | "DENY" => Some("DISALLOW"),
        _ => nearest(&upper, ["DISALLOW", "OVERWRITE", "RETAIN"])
            .or(["DISALLOW", "OVERWRITE", "RETAIN"].into_iter().find(|v| *v == upper)),
    };
    let hint = meant.map(|m| format!("write `{m}`; ")).unwrap_or_default();
    found.help(format!("{hint}the agent refuses the AppSpec at the first lifecycle event"));
    if let Some(meant) = meant {
        let sure = if upper == meant { Applicability::Safe } else { Applicability::Unsafe };
        found.fix(sure, format!("write `{meant}`"), violation.node.span, meant);
    }
}

fn source_path(spec: &AppSpec<'_>, source: &Entry, findings: &mut Findings) {
    let Some(path) = source.value.as_str() else { return };
    let span = source.value.span;
    if path.contains(['*', '?']) {
        let folder =
            path.rsplit_once(['/', '\\']).map_or("/", |(folder, _)| if folder.is_empty() { "/" } else { folder });
        let found = findings.report(
            &SOURCE_WILDCARD,
            span,
            format!("wildcards are not expanded in `source`, so the Install event looks for a file called `{path}` and fails"),
        );
        found.help(format!("name the folder (`{folder}`): everything in it is copied; or list the files one by one"));
        let all = matches!(path.rsplit(['/', '\\']).next(), Some("*" | "**" | "*.*"));
        if all && !folder.contains(['*', '?']) && source.value.style == Style::Plain {
            found.fix(Applicability::Unsafe, format!("name the folder `{folder}`"), span, folder);
        }
    } else if paths::leaves_bundle(path) {
        findings.report(&SOURCE_OUTSIDE_BUNDLE, span, format!("`{path}` leads out of the bundle")).help(
            "put what is copied into the bundle; on the machine nothing lies beside it, so the Install event fails",
        );
    } else if paths::is_whole_bundle(path) {
        findings
            .report(
                &WHOLE_BUNDLE_COPIED,
                span,
                "the whole bundle is copied, the AppSpec and the scripts of the hooks included",
            )
            .help("to leave them out, put the application into a folder and name that as `source`");
    } else if spec.os() == Some(Os::Linux) && path.contains('\\') {
        path_style(
            span,
            format!("`{path}` is written with backslashes, which are part of a file name on linux"),
            path,
            findings,
        );
    }
}

fn path_style(span: Span, message: String, path: &str, findings: &mut Findings) {
    findings.report(&FOREIGN_PATH_STYLE, span, message).help("write the path with `/`").fix(
        Applicability::Unsafe,
        "write it with `/`",
        span,
        path.replace('\\', "/"),
    );
}

fn destination_path(spec: &AppSpec<'_>, copy: &FileCopy<'_>, destination: &Entry, findings: &mut Findings) {
    let Some(path) = destination.value.as_str().filter(|p| !p.is_empty()) else { return };
    let span = destination.value.span;
    match spec.os() {
        Some(Os::Linux) if paths::has_drive(path) || path.contains('\\') => {
            let message =
                format!("`{path}` is a path of Windows, but `os` is `linux`: the agent takes it for a relative name");
            findings.report(&FOREIGN_PATH_STYLE, span, message).help("write an absolute path such as `/srv/app`");
            return;
        }
        Some(Os::Windows) if path.starts_with('/') => {
            let message = format!("`{path}` has no drive, but `os` is `windows`");
            findings
                .report(&FOREIGN_PATH_STYLE, span, message)
                .help("write the path with its drive, such as `C:\\app`");
            return;
        }
        _ => {}
    }
    let absolute = path.starts_with('/') || path.starts_with("\\\\") || paths::has_drive(path);
    if !absolute {
        let why = if path.starts_with('~') {
            "`~` is not expanded"
        } else if path.contains('$') || path.contains('%') {
            "variables are not expanded"
        } else {
            "the files land below the working directory of the agent"
        };
        findings
            .report(
                &DESTINATION_NOT_ABSOLUTE,
                span,
                format!("`destination` must be an absolute path, but `{path}` is relative: {why}"),
            )
            .help("write the whole path of the folder, from `/` or from the drive");
        return;
    }
    let source = copy.source.and_then(|s| s.value.as_str()).unwrap_or_default();
    let (Some(file), Some(last)) = (paths::base_name(source), paths::base_name(path)) else { return };
    if file == last && paths::looks_like_file(source) {
        let cut = path.trim_end_matches(['/', '\\']);
        let folder = &cut[..cut.len() - last.len()];
        let found = findings.report(
            &DESTINATION_IS_FILE,
            span,
            format!("`destination` is a folder, so the file becomes `{cut}/{file}`"),
        );
        found.help("leave the name of the file out");
        let folder = if folder.len() > 1 { folder.trim_end_matches('/') } else { folder };
        if !folder.is_empty() && destination.value.style == Style::Plain {
            found.fix(Applicability::Unsafe, "leave the file name out", span, folder);
        }
    }
}

fn duplicate_destinations(spec: &AppSpec<'_>, copies: &[FileCopy<'_>], findings: &mut Findings) {
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    for copy in copies {
        let (Some(source), Some(destination)) = (copy.source, copy.destination) else { continue };
        let (Some(from), Some(to)) = (source.value.as_str(), destination.value.as_str()) else { continue };
        if from.is_empty() || to.is_empty() || from.contains(['*', '?']) {
            continue;
        }
        let fold = |path: String| if spec.os() == Some(Os::Windows) { path.to_lowercase() } else { path };
        let (id, what) = match paths::deployed(from, to) {
            Deployed::File(target) => (fold(target.clone()), format!("`{target}` is copied twice")),
            Deployed::Below(folder) => {
                (fold(format!("{folder} < {}", paths::normal(from))), format!("`{from}` is copied to `{to}` twice"))
            }
        };
        if let Some(first) = seen.get(&id) {
            let found =
                findings.report(&DUPLICATE_DESTINATION, source.value.span, format!("{what}; the Install event fails"));
            found.label(*first, "the first time");
            found.help("keep one of the two entries, or copy to two folders");
        } else {
            seen.insert(id, source.value.span);
        }
    }
}
