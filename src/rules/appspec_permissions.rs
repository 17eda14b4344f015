//! AppSpec for machines: `permissions`.

use crate::appspec::agent::{self, Mode};
use crate::appspec::paths::{self, Copied};
use crate::appspec::{AppSpec, Os, Permission};
use crate::diagnostic::{Applicability, Diagnostic, Edit, Findings, Fix, Severity};
use crate::rule::edits::{self, as_list_item};
use crate::rule::outcome::conclude;
use crate::rule::suggest::nearest;
use crate::rule::{Check, Family, Rule};
use crate::schema::documents::{Keyword, Violation};
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeKind, Style};

/// The rules about it.
pub static FAMILY: Family = Family {
    rules: &[
        &PERMISSIONS_ON_WINDOWS,
        &PERMISSION_WRONG_KEY,
        &PERMISSION_WRONG_TYPE,
        &PERMISSION_EXCEPT_NOT_A_LIST,
        &PERMISSION_WRONG_MODE,
        &PERMISSION_OCTAL_MODE,
        &ACL_MALFORMED,
        &ACL_DEFAULT_ON_FILE,
        &ACL_SHORT_FORM,
        &SELINUX_CONTEXT_MALFORMED,
        &PATTERN_NEVER_MATCHES,
        &PERMISSION_OVERLAP,
        &OBJECT_NOT_DEPLOYED,
        &PATTERN_ON_FILE,
        &OWNER_IS_A_NUMBER,
        &ACL_CUT_BY_MASK,
    ],
    checks: &[Check::AppSpec(permissions)],
};

static PERMISSIONS_ON_WINDOWS: Rule = Rule {
    id: "CD140",
    name: "permissions-on-windows",
    summary: "Permissions are given for Windows",
    page: include_str!("appspec_permissions/CD140.md"),
    severity: Severity::Error,
    checks: &[],
};

static PERMISSION_WRONG_KEY: Rule = Rule {
    id: "CD141",
    name: "permission-wrong-key",
    summary: "An item of `permissions` lacks its object or has a key that nobody reads",
    page: include_str!("appspec_permissions/CD141.md"),
    severity: Severity::Error,
    checks: &[],
};

static PERMISSION_WRONG_TYPE: Rule = Rule {
    id: "CD142",
    name: "permission-wrong-type",
    summary: "`type` of a permission is not a list of `file` and `directory`",
    page: include_str!("appspec_permissions/CD142.md"),
    severity: Severity::Error,
    checks: &[],
};

static PERMISSION_EXCEPT_NOT_A_LIST: Rule = Rule {
    id: "CD143",
    name: "permission-except-not-a-list",
    summary: "`except` of a permission is not a list",
    page: include_str!("appspec_permissions/CD143.md"),
    severity: Severity::Error,
    checks: &[],
};

static PERMISSION_WRONG_MODE: Rule = Rule {
    id: "CD144",
    name: "permission-wrong-mode",
    summary: "The mode of a permission is not octal digits",
    page: include_str!("appspec_permissions/CD144.md"),
    severity: Severity::Error,
    checks: &[],
};

static PERMISSION_OCTAL_MODE: Rule = Rule {
    id: "CD145",
    name: "permission-octal-mode",
    summary: "A mode with a leading zero has no quotes",
    page: include_str!("appspec_permissions/CD145.md"),
    severity: Severity::Warning,
    checks: &[],
};

static ACL_MALFORMED: Rule = Rule {
    id: "CD146",
    name: "acl-malformed",
    summary: "An access list entry is malformed",
    page: include_str!("appspec_permissions/CD146.md"),
    severity: Severity::Error,
    checks: &[],
};

static ACL_DEFAULT_ON_FILE: Rule = Rule {
    id: "CD147",
    name: "acl-default-on-file",
    summary: "A default access list entry reaches files",
    page: include_str!("appspec_permissions/CD147.md"),
    severity: Severity::Error,
    checks: &[],
};

static ACL_SHORT_FORM: Rule = Rule {
    id: "CD148",
    name: "acl-short-form",
    summary: "An access list entry leaves a part out",
    page: include_str!("appspec_permissions/CD148.md"),
    severity: Severity::Warning,
    checks: &[],
};

static SELINUX_CONTEXT_MALFORMED: Rule = Rule {
    id: "CD149",
    name: "selinux-context-malformed",
    summary: "The SELinux context of a permission is incomplete or malformed",
    page: include_str!("appspec_permissions/CD149.md"),
    severity: Severity::Error,
    checks: &[],
};

static PATTERN_NEVER_MATCHES: Rule = Rule {
    id: "CD150",
    name: "pattern-never-matches",
    summary: "A pattern of a permission holds a slash and so matches nothing",
    page: include_str!("appspec_permissions/CD150.md"),
    severity: Severity::Warning,
    checks: &[],
};

static PERMISSION_OVERLAP: Rule = Rule {
    id: "CD151",
    name: "permission-overlap",
    summary: "Two permissions reach the same files",
    page: include_str!("appspec_permissions/CD151.md"),
    severity: Severity::Error,
    checks: &[],
};

static OBJECT_NOT_DEPLOYED: Rule = Rule {
    id: "CD152",
    name: "object-not-deployed",
    summary: "A permission names a path to which nothing is copied",
    page: include_str!("appspec_permissions/CD152.md"),
    severity: Severity::Warning,
    checks: &[],
};

static PATTERN_ON_FILE: Rule = Rule {
    id: "CD153",
    name: "pattern-on-file",
    summary: "A permission narrows down a single file",
    page: include_str!("appspec_permissions/CD153.md"),
    severity: Severity::Error,
    checks: &[],
};

static OWNER_IS_A_NUMBER: Rule = Rule {
    id: "CD154",
    name: "owner-is-a-number",
    summary: "The owner or group of a permission is a number",
    page: include_str!("appspec_permissions/CD154.md"),
    severity: Severity::Warning,
    checks: &[],
};

static ACL_CUT_BY_MASK: Rule = Rule {
    id: "CD155",
    name: "acl-cut-by-mask",
    summary: "An access list entry is cut down by the mask that the agent adds",
    page: include_str!("appspec_permissions/CD155.md"),
    severity: Severity::Warning,
    checks: &[],
};

const KEYS: &[&str] = &["object", "pattern", "except", "owner", "group", "mode", "acls", "context", "type"];
const AT_INSTALL: &str = "the Install event fails";
const STOPS: &str = "the agent refuses the AppSpec at the first lifecycle event";

/// Everything about `permissions`.
fn permissions(spec: &AppSpec<'_>, findings: &mut Findings) {
    if !spec.is_server() {
        return;
    }
    if spec.os() == Some(Os::Windows) {
        on_windows(spec, findings);
        return;
    }
    for violation in spec.violations() {
        match violation.fault.as_deref() {
            Some("permission-keys") => permission_keys(spec, violation, findings),
            Some("permission-except") => permission_except(violation, findings),
            Some("permission-type") => permission_type(violation, findings),
            Some("owner-number") => owner_number(violation, findings),
            Some("acl-syntax") => acl_shape(violation, findings),
            Some("selinux-context") => context_shape(violation, findings),
            Some("mode") => malformed_mode(violation.node, violation.span(), findings),
            _ => {}
        }
    }
    let list = spec.permissions();
    let copies = deployed(spec);
    for permission in &list {
        mode(permission, findings);
        owners(permission, findings);
        acls(spec, permission, findings);
        context(spec, permission, findings);
        patterns(permission, findings);
        object(permission, &copies, findings);
    }
    overlaps(&list, &copies, findings);
    conclude(findings, &[(&ACL_MALFORMED, STOPS), (&SELINUX_CONTEXT_MALFORMED, STOPS)]);
}

fn on_windows(spec: &AppSpec<'_>, findings: &mut Findings) {
    let Some(section) = spec.section("permissions") else { return };
    let empty = section.value.is_null() || section.value.as_list().is_some_and(<[Node]>::is_empty);
    if empty {
        return;
    }
    findings
        .report(
            &PERMISSIONS_ON_WINDOWS,
            section.key.span,
            format!("`permissions` work on linux only; with `os: windows` {STOPS}"),
        )
        .help("remove the section; set rights with `icacls` in a script of the AfterInstall event");
}

fn permission_keys(spec: &AppSpec<'_>, violation: &Violation<'_>, findings: &mut Findings) {
    let span = spec.first_line(violation.span());
    match &violation.keyword {
        Keyword::Required(_) => {
            findings
                .report(&PERMISSION_WRONG_KEY, span, "`object` is missing: the folder or file whose rights are set")
                .help(format!("add `object: /path`; without it {STOPS}"));
        }
        Keyword::UnknownKey(name) => {
            let found = findings.report(
                &PERMISSION_WRONG_KEY,
                span,
                format!("`{name}` is no key of a `permissions` item and is ignored"),
            );
            found.severity = Severity::Warning;
            let meant = match name.as_str() {
                "user" => Some("owner"),
                "acl" => Some("acls"),
                "path" | "file" | "source" | "destination" => Some("object"),
                "permission" | "permissions" | "chmod" => Some("mode"),
                _ => nearest(name, KEYS.iter().copied()),
            };
            if let Some(meant) = meant {
                found.help(format!("did you mean `{meant}`?"));
                if violation.node.entry(meant).is_none() {
                    found.fix(Applicability::Unsafe, format!("write `{meant}`"), span, meant);
                }
            }
        }
        _ if violation.path.len() == 1 => {
            let what = violation.node.describe();
            let found = findings.report(
                &PERMISSION_WRONG_KEY,
                span,
                format!("`permissions` is a list of mappings, but this is {what}"),
            );
            found.help(format!(
                "put `- ` in front of `object`; as it stands {STOPS}, with an error that does not name the key"
            ));
            if violation.node.as_map().is_some() && violation.node.style == Style::Plain {
                found.fix = Some(Fix {
                    title: "make the mapping the first item of a list".to_owned(),
                    applicability: Applicability::Safe,
                    edits: as_list_item(&spec.document.file, violation.node.span),
                });
            }
        }
        _ => {
            let key = violation.key.map_or("an item of `permissions`".to_owned(), |k| format!("`{}`", k.text));
            let wanted = if violation.key.is_some() { "text" } else { "a mapping" };
            let message = format!("{key} is {wanted}, but this is {}", violation.node.describe());
            findings.report(&PERMISSION_WRONG_KEY, span, message).help(STOPS_SENTENCE);
        }
    }
}

const STOPS_SENTENCE: &str = "the agent fails to read the AppSpec at the first lifecycle event";

fn permission_except(violation: &Violation<'_>, findings: &mut Findings) {
    let what = violation.node.describe();
    let found = findings.report(
        &PERMISSION_EXCEPT_NOT_A_LIST,
        violation.span(),
        format!("`except` is a list of names, but this is {what}"),
    );
    found.help(STOPS_SENTENCE);
    offer_brackets(violation.node, found);
}

/// Offers to put a single text into a list.
fn offer_brackets(node: &Node, found: &mut Diagnostic) {
    let (Some(text), false) = (node.as_str(), node.style == Style::Block) else { return };
    let text = if node.style == Style::Plain { text.to_owned() } else { format!("\"{}\"", text.escape_default()) };
    found.fix(Applicability::Safe, "put it into a list", node.span, format!("[{text}]"));
}

fn permission_type(violation: &Violation<'_>, findings: &mut Findings) {
    let node = violation.node;
    let span = violation.span();
    match &violation.keyword {
        Keyword::TooFew(_) => {
            let found =
                findings.report(&PERMISSION_WRONG_TYPE, span, "`type` is an empty list, so this entry does nothing");
            found.severity = Severity::Warning;
            found.help("write `[file]`, `[directory]` or both, or leave `type` out, which means both");
        }
        Keyword::Enum(_) => {
            let text = node.scalar_text().unwrap_or_default();
            let found = findings.report(
                &PERMISSION_WRONG_TYPE,
                span,
                format!("`type` may hold `file` and `directory`, not `{text}`"),
            );
            found.help(STOPS_SENTENCE);
            let meant = match text.to_ascii_lowercase().as_str() {
                "folder" | "dir" | "directories" | "folders" => Some("directory"),
                other => {
                    nearest(other, ["file", "directory"]).or(["file", "directory"].into_iter().find(|t| *t == other))
                }
            };
            if let Some(meant) = meant {
                found.fix(Applicability::Safe, format!("write `{meant}`"), node.span, meant);
            }
        }
        _ => {
            let found = findings.report(
                &PERMISSION_WRONG_TYPE,
                span,
                format!("`type` is a list, but this is {}", node.describe()),
            );
            found.help(format!("write `type: [{}]`; as it stands {STOPS}", node.as_str().unwrap_or("file")));
            offer_brackets(node, found);
        }
    }
}

fn owner_number(violation: &Violation<'_>, findings: &mut Findings) {
    let key = violation.key.map_or("owner", |k| &*k.text);
    let node = violation.node;
    if node.scalar_text().is_none() {
        let message = format!("`{key}` is the name of a {}, but this is {}", user_or_group(key), node.describe());
        findings.report(&OWNER_IS_A_NUMBER, violation.span(), message).help("write the name as text").severity =
            Severity::Error;
        return;
    }
    numeric_owner(key, node, findings);
}

fn user_or_group(key: &str) -> &'static str {
    if key == "group" { "group" } else { "user" }
}

fn numeric_owner(key: &str, node: &Node, findings: &mut Findings) {
    let text = node.scalar_text().unwrap_or_default();
    findings
        .report(
            &OWNER_IS_A_NUMBER,
            node.span,
            format!("`{key}` is the name of a {}, but `{text}` is a number; {AT_INSTALL}", user_or_group(key)),
        )
        .help("write the name, as `id -nu` or `getent group` shows it");
}

fn owners(permission: &Permission<'_>, findings: &mut Findings) {
    for key in ["owner", "group"] {
        let Some(entry) = permission.item.entry(key) else { continue };
        let digits = entry.value.as_str().is_some_and(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit()));
        if digits {
            numeric_owner(key, &entry.value, findings);
        }
    }
}

fn mode(permission: &Permission<'_>, findings: &mut Findings) {
    let Some(entry) = permission.item.entry("mode") else { return };
    let node = &entry.value;
    if !matches!(node.kind, NodeKind::String(_)) && !matches!(&node.kind, NodeKind::Number(n) if !n.contains('.')) {
        return; // said by the schema
    }
    match agent::mode(node) {
        Mode::Octal(_) => {}
        Mode::Malformed => malformed_mode(node, node.span, findings),
        Mode::LeadingZero { meant, becomes, accepted } => {
            let text = node.scalar_text().unwrap_or_default();
            let outcome = if accepted {
                format!("agents 1.x silently apply mode {becomes}")
            } else {
                format!("agents 1.x see {becomes} and refuse the AppSpec")
            };
            let found = findings.report(
                &PERMISSION_OCTAL_MODE,
                node.span,
                format!("`{text}` without quotes is an octal number in YAML 1.1: {outcome}, agents 2.x apply {meant}"),
            );
            found.severity = if accepted { Severity::Warning } else { Severity::Error };
            found.help("put the mode in quotes");
            found.fix(Applicability::Safe, "quote the mode", node.span, format!("\"{text}\""));
        }
    }
}

fn malformed_mode(node: &Node, span: Span, findings: &mut Findings) {
    let shown = node.scalar_text().map_or_else(|| node.describe(), |t| format!("`{t}`"));
    let found = findings.report(
        &PERMISSION_WRONG_MODE,
        span,
        format!("`mode` is one to four octal digits, not {shown}; {STOPS}"),
    );
    match node.scalar_text().and_then(|t| t.strip_prefix("0o")) {
        Some(digits) => {
            found.help("leave `0o` out");
            found.fix(Applicability::Safe, "leave `0o` out", span, format!("\"{digits}\""));
        }
        None => {
            found.help("write for example `mode: \"755\"` for folders and scripts, `mode: \"644\"` for other files");
        }
    }
}

fn acl_shape(violation: &Violation<'_>, findings: &mut Findings) {
    let what = violation.node.describe();
    let message = if violation.key.is_some() {
        format!("`acls` is a list of entries such as `u:bob:rw-`, but this is {what}")
    } else {
        format!("an entry of `acls` is text such as `u:bob:rw-`, but this is {what}")
    };
    let found = findings.report(&ACL_MALFORMED, violation.span(), message);
    found.help("put each entry in quotes: `acls: [\"u:bob:rw-\"]`");
    if violation.key.is_some() {
        offer_brackets(violation.node, found);
    }
}

fn acls(spec: &AppSpec<'_>, permission: &Permission<'_>, findings: &mut Findings) {
    let entries = permission.item.get("acls").and_then(Node::as_list).unwrap_or_default();
    let on_files = reaches(permission, "file");
    let mut read = Vec::new();
    for node in entries {
        let Some(text) = node.as_str() else { continue };
        let acl = match agent::acl(text) {
            Ok(acl) => acl,
            Err(why) => {
                findings
                    .report(&ACL_MALFORMED, node.span, format!("`{text}` is no entry of an access list: {why}"))
                    .help("write `u:NAME:RIGHTS` or `g:NAME:RIGHTS`, for defaults of a folder with `d:` in front; rights are `rwx` letters or one octal digit");
                continue;
            }
        };
        if acl.default && on_files {
            findings
                .report(
                    &ACL_DEFAULT_ON_FILE,
                    node.span,
                    format!("`{text}` sets a default, which files do not have; the Install event fails as soon as it meets a file"),
                )
                .help("add `type: [directory]` to this item and put the entries for files into an item of their own")
                .fix_by(Applicability::Unsafe, "add `type: [directory]`", for_folders(spec, permission));
        }
        if acl.short {
            let full = format!(
                "{}{}:{}:{}",
                if acl.default { "d:" } else { "" },
                acl.kind,
                acl.name,
                text.rsplit(':').next().unwrap_or_default()
            );
            let found = findings.report(
                &ACL_SHORT_FORM,
                node.span,
                format!("`{text}` leaves a part out, which agents 2.x refuse"),
            );
            found.help(format!("write `{full}`"));
            let quoted = format!("\"{full}\"");
            found.fix(Applicability::Safe, format!("write `{full}`"), node.span, quoted);
        }
        read.push((node, acl));
    }
    acl_mask(permission, &read, findings);
}

/// `type: [directory]` behind the object of an item that says no type and has defaults only.
fn for_folders(spec: &AppSpec<'_>, permission: &Permission<'_>) -> Option<Vec<Edit>> {
    let all = permission.item.get("acls").and_then(Node::as_list)?;
    let defaults =
        |node: &Node| node.as_str().is_some_and(|text| text.starts_with("d:") || text.starts_with("default:"));
    if permission.item.get("type").is_some() || !all.iter().all(defaults) {
        return None;
    }
    edits::add_after(&spec.document.file, permission.item, permission.object?, "type", "[directory]")
}

/// Without a mask entry the agent makes one of the group's rights, which cuts all named entries.
fn acl_mask(permission: &Permission<'_>, entries: &[(&Node, agent::Acl<'_>)], findings: &mut Findings) {
    let Some(Mode::Octal(mode)) = permission.item.get("mode").map(agent::mode) else { return };
    let group = mode.bytes().rev().nth(1).map_or(0, |b| b.saturating_sub(b'0'));
    if entries.iter().any(|(_, a)| a.kind == 'm' && !a.default) {
        return;
    }
    for (node, acl) in entries {
        let named = !acl.default && matches!(acl.kind, 'u' | 'g') && !acl.name.is_empty();
        if !named || acl.rights & !group == 0 {
            continue;
        }
        let effective = agent::rights_letters(acl.rights & group);
        findings
            .report(
                &ACL_CUT_BY_MASK,
                node.span,
                format!(
                    "`{}` has no more than `{effective}`: without a mask entry the agent limits it to the rights of the group in mode {mode}",
                    acl.name
                ),
            )
            .help(format!("add the entry `m::{}`", agent::rights_letters(acl.rights | group)));
    }
}

fn context_shape(violation: &Violation<'_>, findings: &mut Findings) {
    let span = violation.span();
    match &violation.keyword {
        Keyword::Required(_) => {
            findings
                .report(&SELINUX_CONTEXT_MALFORMED, span, format!("`type` is missing in `context`; {STOPS}"))
                .help("add the SELinux type, such as `type: httpd_sys_content_t`");
        }
        Keyword::UnknownKey(name) => {
            let meant = if name == "user" { Some("name") } else { nearest(name, ["name", "type", "range"]) };
            let found = findings.report(
                &SELINUX_CONTEXT_MALFORMED,
                span,
                format!("`{name}` is no key of `context` and is ignored"),
            );
            found.severity = Severity::Warning;
            match meant {
                Some("name") => {
                    found.help("the SELinux user is given as `name`, whatever the reference says");
                    if violation.node.entry("name").is_none() {
                        found.fix(Applicability::Safe, "write `name`", span, "name");
                    }
                }
                Some(other) => {
                    found.help(format!("did you mean `{other}`?"));
                }
                None => {
                    found.help("the keys are `name`, `type` and `range`");
                }
            }
        }
        _ => {
            let (key, wanted) = match violation.path.last().map(String::as_str) {
                Some("context") | None => ("context", "a mapping with `type`, `name` and `range`"),
                Some(key) => (key, "text"),
            };
            let message = format!("`{key}` is {wanted}, but this is {}", violation.node.describe());
            findings.report(&SELINUX_CONTEXT_MALFORMED, span, message).help(STOPS_SENTENCE);
        }
    }
}

fn context(spec: &AppSpec<'_>, permission: &Permission<'_>, findings: &mut Findings) {
    let Some(context) = permission.item.entry("context") else { return };
    if context.value.as_map().is_none() {
        return;
    }
    let Some(range) = context.value.get("range").filter(|r| !r.is_null()) else {
        let found = findings.report(
            &SELINUX_CONTEXT_MALFORMED,
            context.key.span,
            "`context` has no `range`; with agents 1.x the Install event fails",
        );
        found.severity = Severity::Warning;
        found.help("add `range: s0`, the range of ordinary files");
        let last = context.value.as_map().and_then(<[Entry]>::last);
        let added = last.and_then(|last| edits::add_after(&spec.document.file, &context.value, last, "range", "s0"));
        found.fix_by(Applicability::Unsafe, "add `range: s0`", added);
        return;
    };
    let Some(text) = range.as_str() else { return };
    if let Err(why) = agent::selinux_range(text) {
        findings
            .report(&SELINUX_CONTEXT_MALFORMED, range.span, format!("`{text}` is no SELinux range: {why}"))
            .help("write a sensitivity and, if needed, categories: `s0`, `s0-s3`, `s0:c1,c5.c9`");
    }
}

/// Patterns are compared with the name at one level, so one with a `/` matches nothing.
fn patterns(permission: &Permission<'_>, findings: &mut Findings) {
    let pattern = permission.item.get("pattern").into_iter();
    let except = permission.item.get("except").and_then(Node::as_list).unwrap_or_default().iter();
    for (key, node) in pattern.map(|n| ("pattern", n)).chain(except.map(|n| ("except", n))) {
        let Some(text) = node.as_str().filter(|t| t.contains('/') && *t != "**") else { continue };
        let nothing = if key == "pattern" { "matches nothing" } else { "excepts nothing" };
        findings
            .report(
                &PATTERN_NEVER_MATCHES,
                node.span,
                format!("`{text}` {nothing}: `{key}` is compared with plain names directly below `object`, which hold no `/`"),
            )
            .help("name the deeper folder as `object` of an item of its own and write the last part alone");
    }
}

/// Whether an item reaches files or folders.
fn reaches(permission: &Permission<'_>, kind: &str) -> bool {
    match permission.item.get("type") {
        Some(node) if node.as_list().is_some() => {
            node.as_list().unwrap_or_default().iter().any(|n| n.as_str() == Some(kind))
        }
        Some(node) => node.as_str().is_none_or(|t| t == kind),
        None => true,
    }
}

/// What the `files` section puts on the machine.
fn deployed(spec: &AppSpec<'_>) -> Copied {
    let text = |e: Option<&Entry>| e.and_then(|e| e.value.as_str()).filter(|t| !t.is_empty()).map(str::to_owned);
    let copies = spec.files();
    copies.iter().filter_map(|c| Some(paths::deployed(&text(c.source)?, &text(c.destination)?))).collect()
}

fn object(permission: &Permission<'_>, copies: &Copied, findings: &mut Findings) {
    let Some(entry) = permission.object else { return };
    let Some(text) = entry.value.as_str().filter(|t| !t.is_empty()) else { return };
    let path = paths::normal(text);
    if !copies.touches(&path) {
        let found = findings.report(
            &OBJECT_NOT_DEPLOYED,
            entry.value.span,
            format!("this deployment copies nothing to `{text}`, so the entry changes nothing"),
        );
        found.help("permissions are set on what `files` copies; for anything else run `chmod` or `chown` in a script of the AfterInstall event");
        if copies.is_empty() {
            found.severity = Severity::Info;
        }
    }
    let is_file = copies.has_file(&path);
    if !is_file || !reaches(permission, "file") {
        return;
    }
    let pattern = permission.item.entry("pattern").filter(|e| e.value.as_str().is_some_and(|p| p != "**"));
    let except = permission.item.entry("except").filter(|e| e.value.as_list().is_some_and(|l| !l.is_empty()));
    if let Some(narrowed) = pattern.or(except) {
        findings
            .report(
                &PATTERN_ON_FILE,
                narrowed.value.span,
                format!(
                    "`{text}` is a single file, so `{}` has nothing to choose from; {AT_INSTALL}",
                    narrowed.key.text
                ),
            )
            .label(entry.value.span, "a file that `files` copies")
            .help("remove the key, or name the folder as `object`");
    }
}

/// Whether an item takes everything below its object.
fn takes_all(permission: &Permission<'_>) -> bool {
    let pattern = permission.item.get("pattern").is_none_or(|p| p.is_null() || p.as_str() == Some("**"));
    let except =
        permission.item.get("except").is_none_or(|e| e.is_null() || e.as_list().is_some_and(<[Node]>::is_empty));
    pattern && except && reaches(permission, "file")
}

fn overlaps(list: &[Permission<'_>], copies: &Copied, findings: &mut Findings) {
    let object = |p: &Permission<'_>| p.object.and_then(|e| e.value.as_str()).map(paths::normal);
    // more items than anybody writes: the pairs would be too many
    let whole: Vec<_> = list.iter().filter(|p| takes_all(p)).filter_map(|p| Some((p, object(p)?))).take(200).collect();
    for (i, (later, path)) in whole.iter().enumerate() {
        let both = |other: &str| copies.are_reached_from(path, other);
        let Some((first, _)) = whole[..i].iter().find(|(_, other)| both(other)) else { continue };
        let (Some(here), Some(there)) = (later.object, first.object) else { continue };
        findings
            .report(
                &PERMISSION_OVERLAP,
                here.value.span,
                format!(
                    "two items set permissions of the same files below `{}`; {AT_INSTALL}",
                    longer(path, &here.value, &there.value)
                ),
            )
            .label(there.value.span, "the other item")
            .help("merge the two, or keep them apart with `pattern`, `except` or `type`");
    }
}

/// The deeper of two objects as written.
fn longer<'n>(path: &str, here: &'n Node, there: &'n Node) -> &'n str {
    let (a, b) = (here.as_str().unwrap_or_default(), there.as_str().unwrap_or_default());
    if path.len() >= paths::normal(b).len() { a } else { b }
}
