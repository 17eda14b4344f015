//! AppSpec: reading the file, the platform, the keys of the top level.

use crate::appspec::{
    AppSpec, SERVER_KEYS, SERVER_ONLY_KEYS, SERVICE_KEYS, TARGET_KEYS, TargetType, field, target_type,
    template_function,
};
use crate::diagnostic::{Applicability, Edit, Findings, Severity};
use crate::document::{Document, DocumentKind};
use crate::rule::edits;
use crate::rule::outcome::conclude;
use crate::rule::suggest::nearest;
use crate::rule::{Check, Family, Rule};
use crate::schema::documents::{Keyword, Violation};
use crate::source::Span;
use crate::syntax::{Key, Node, NodeKind, Style, SyntaxError, SyntaxErrorKind, scalar};

/// The rules about it.
pub static FAMILY: Family = Family {
    rules: &[
        &APPSPEC_EMPTY,
        &APPSPEC_SYNTAX_ERROR,
        &APPSPEC_BYTE_ORDER_MARK,
        &APPSPEC_DUPLICATE_KEY,
        &APPSPEC_AMBIGUOUS_YAML,
        &APPSPEC_NOT_A_MAPPING,
        &APPSPEC_SEVERAL_DOCUMENTS,
        &APPSPEC_WRONG_VERSION,
        &APPSPEC_WRONG_OS,
        &APPSPEC_UNKNOWN_KEY,
        &APPSPEC_MIXED_PLATFORM,
        &APPSPEC_UNSUPPORTED_PLATFORM,
        &APPSPEC_TEMPLATE_FUNCTION,
    ],
    checks: &[Check::Document(reading), Check::AppSpec(structure)],
};

static APPSPEC_EMPTY: Rule = Rule {
    id: "CD101",
    name: "appspec-empty",
    summary: "An AppSpec has no content",
    page: include_str!("appspec/CD101.md"),
    severity: Severity::Error,
    checks: &[],
};

static APPSPEC_SYNTAX_ERROR: Rule = Rule {
    id: "CD102",
    name: "appspec-syntax-error",
    summary: "An AppSpec is not YAML",
    page: include_str!("appspec/CD102.md"),
    severity: Severity::Error,
    checks: &[],
};

static APPSPEC_BYTE_ORDER_MARK: Rule = Rule {
    id: "CD103",
    name: "appspec-byte-order-mark",
    summary: "A byte order mark stands in front of the first key",
    page: include_str!("appspec/CD103.md"),
    severity: Severity::Error,
    checks: &[],
};

static APPSPEC_DUPLICATE_KEY: Rule = Rule {
    id: "CD104",
    name: "appspec-duplicate-key",
    summary: "A key stands twice in an AppSpec",
    page: include_str!("appspec/CD104.md"),
    severity: Severity::Error,
    checks: &[],
};

static APPSPEC_AMBIGUOUS_YAML: Rule = Rule {
    id: "CD105",
    name: "appspec-ambiguous-yaml",
    summary: "An AppSpec uses a feature of YAML that agents read differently",
    page: include_str!("appspec/CD105.md"),
    severity: Severity::Warning,
    checks: &[],
};

static APPSPEC_NOT_A_MAPPING: Rule = Rule {
    id: "CD106",
    name: "appspec-not-a-mapping",
    summary: "An AppSpec is a list or a text instead of a mapping",
    page: include_str!("appspec/CD106.md"),
    severity: Severity::Error,
    checks: &[],
};

static APPSPEC_SEVERAL_DOCUMENTS: Rule = Rule {
    id: "CD107",
    name: "appspec-several-documents",
    summary: "An AppSpec file holds a second YAML document",
    page: include_str!("appspec/CD107.md"),
    severity: Severity::Warning,
    checks: &[],
};

static APPSPEC_WRONG_VERSION: Rule = Rule {
    id: "CD110",
    name: "appspec-wrong-version",
    summary: "The version of an AppSpec is missing or not the number `0.0`",
    page: include_str!("appspec/CD110.md"),
    severity: Severity::Error,
    checks: &[],
};

static APPSPEC_WRONG_OS: Rule = Rule {
    id: "CD111",
    name: "appspec-wrong-os",
    summary: "The operating system of an AppSpec for machines is missing or unknown",
    page: include_str!("appspec/CD111.md"),
    severity: Severity::Error,
    checks: &[],
};

static APPSPEC_UNKNOWN_KEY: Rule = Rule {
    id: "CD112",
    name: "appspec-unknown-key",
    summary: "An AppSpec has a section that nobody reads",
    page: include_str!("appspec/CD112.md"),
    severity: Severity::Warning,
    checks: &[],
};

static APPSPEC_MIXED_PLATFORM: Rule = Rule {
    id: "CD113",
    name: "appspec-mixed-platform",
    summary: "An AppSpec has sections of two platforms",
    page: include_str!("appspec/CD113.md"),
    severity: Severity::Error,
    checks: &[],
};

static APPSPEC_UNSUPPORTED_PLATFORM: Rule = Rule {
    id: "CD114",
    name: "appspec-unsupported-platform",
    summary: "An AppSpec names a platform that CodeDeploy does not have",
    page: include_str!("appspec/CD114.md"),
    severity: Severity::Error,
    checks: &[],
};

static APPSPEC_TEMPLATE_FUNCTION: Rule = Rule {
    id: "CD115",
    name: "appspec-template-function",
    summary: "An AppSpec uses a function of CloudFormation templates",
    page: include_str!("appspec/CD115.md"),
    severity: Severity::Error,
    checks: &[],
};

const PLATFORMS: &str = "CodeDeploy deploys to EC2 and on-premises machines, Lambda and ECS only; for Kubernetes use the `EKS` \
     deploy action of CodePipeline, which takes a Helm chart or manifests and no AppSpec";
const MACHINE_STOPS: &str = "the agent refuses the AppSpec at the first lifecycle event of the deployment";

/// What reading alone shows.
fn reading(document: &Document, findings: &mut Findings) {
    if document.kind != DocumentKind::AppSpec {
        return;
    }
    let empty = document.root().is_none_or(Node::is_null);
    if empty && document.tree.errors.is_empty() {
        empty_document(document, findings);
    }
    for error in &document.tree.errors {
        match error.kind {
            SyntaxErrorKind::DuplicateKey => duplicate_key(document, error, findings),
            SyntaxErrorKind::SeveralDocuments => {
                let message =
                    "a second document starts here; agents 1.x read the first one only, agents 2.x refuse the file";
                findings.report(&APPSPEC_SEVERAL_DOCUMENTS, error.span, message).help("keep one document in the file");
            }
            _ => {
                let found = findings.report(&APPSPEC_SYNTAX_ERROR, error.span, error.message.clone());
                found.help = error.help.clone();
                untab(document, found);
                if let Some((span, text)) = &error.related {
                    found.label(*span, text.clone());
                }
            }
        }
    }
    conclude(findings, OUTCOMES);
}

/// Offers blanks in the place of the tabs in front of a line.
fn untab(document: &Document, found: &mut crate::diagnostic::Diagnostic) {
    found.fix_by(Applicability::Unsafe, "indent with blanks", edits::untab(&document.file, found.span));
}

fn empty_document(document: &Document, findings: &mut Findings) {
    let file = &document.file;
    let lines = file.line_starts().len() as u32;
    let marker = (1..=lines).map(|l| file.line_span(l)).find(|s| file.slice(*s).starts_with("---"));
    let span = marker.unwrap_or_else(|| file.line_span(1));
    findings.report(&APPSPEC_EMPTY, span, "the AppSpec has no content").help(
        "for machines write at least `version: 0.0` and `os: linux`; for Lambda and ECS `version: 0.0` and `Resources`",
    );
}

fn duplicate_key(document: &Document, error: &SyntaxError, findings: &mut Findings) {
    let key = document.file.slice(error.span).trim_matches(['"', '\'']);
    let entries = document.root().and_then(Node::as_map).unwrap_or_default();
    let top = entries.iter().any(|e| e.key.span == error.span);
    let outcome = if top {
        "agents 1.x silently take the later one, agents 2.x refuse the AppSpec"
    } else {
        "the later one replaces the earlier one silently"
    };
    let found = findings.report(&APPSPEC_DUPLICATE_KEY, error.span, format!("the key `{key}` stands twice; {outcome}"));
    found.severity = if top { Severity::Error } else { Severity::Warning };
    found.help("move everything under the first one and remove the second");
    if let Some((span, _)) = &error.related {
        found.label(*span, "the first one, which is lost");
    }
}

/// The top level: version, platform, keys.
fn structure(spec: &AppSpec<'_>, findings: &mut Findings) {
    sections(spec, findings);
    conclude(findings, OUTCOMES);
}

/// What comes of the errors here.
const OUTCOMES: &[(&Rule, &str)] = &[
    (&APPSPEC_SYNTAX_ERROR, UNREADABLE),
    (&APPSPEC_EMPTY, UNREADABLE),
    (&APPSPEC_NOT_A_MAPPING, UNREADABLE),
    (&APPSPEC_WRONG_VERSION, UNREADABLE),
    (&APPSPEC_MIXED_PLATFORM, UNREADABLE),
    (&APPSPEC_UNSUPPORTED_PLATFORM, "creating the deployment fails"),
    (&APPSPEC_TEMPLATE_FUNCTION, "the deployment fails at the event that uses it"),
];
const UNREADABLE: &str = "the deployment fails before its first script or function runs";

fn sections(spec: &AppSpec<'_>, findings: &mut Findings) {
    if spec.root.as_map().is_none() {
        root_not_mapping(spec, findings);
        return;
    }
    if is_buildspec(spec) {
        spec.faults("version").for_each(|v| version(spec, v, findings));
        return;
    }
    byte_order_mark(spec, findings);
    if spec.is_server() {
        yaml_features(spec, findings);
    }
    template_functions(spec.root, findings);
    spec.faults("version").for_each(|v| version(spec, v, findings));
    spec.faults("os").for_each(|v| os(spec, v, findings));
    mixed_platform(spec, findings);
    unsupported_platform(spec, findings);
    for violation in spec.faults("unknown-key") {
        if let Some(key) = violation.unknown {
            unknown_key(spec, key, findings);
        }
    }
}

/// Whether a buildspec got the name of an AppSpec: its version says it all.
fn is_buildspec(spec: &AppSpec<'_>) -> bool {
    let version = spec.root.get("version").and_then(|v| v.scalar_text());
    matches!(version, Some("0.1" | "0.2")) && spec.root.get("phases").is_some_and(|p| p.as_map().is_some())
}

fn root_not_mapping(spec: &AppSpec<'_>, findings: &mut Findings) {
    if spec.root.is_null() {
        return;
    }
    let found = findings.report(
        &APPSPEC_NOT_A_MAPPING,
        spec.first_line(spec.root.span),
        format!("an AppSpec is a mapping of keys such as `version` and `os`, but this is {}", spec.root.describe()),
    );
    match spec.root.as_list() {
        Some(_) => found.help("remove the `- ` in front of the top-level keys"),
        None => found.help("write each key with a colon and a blank behind it: `version: 0.0`"),
    };
}

fn byte_order_mark(spec: &AppSpec<'_>, findings: &mut Findings) {
    let file = &spec.document.file;
    if file.bom_len() == 0 {
        return;
    }
    let rest = &file.text[file.bom_len()..];
    let harmless = !spec.is_server() || rest.starts_with(['#', '{', '\n', '\r']) || rest.starts_with("---");
    let mark = Span::new(0, file.bom_len());
    let message = if harmless {
        "the file begins with a byte order mark"
    } else {
        "a byte order mark stands in front of the first key, so the agent sees that key one column to the right and drops all \
         the keys below it"
    };
    let found = findings.report(&APPSPEC_BYTE_ORDER_MARK, mark, message);
    found.help("save the file as UTF-8 without a byte order mark");
    found.fix(Applicability::Safe, "remove the byte order mark", mark, "");
    if harmless {
        found.severity = Severity::Info;
    }
}

/// What agents take differently: aliases, merge keys, dates, tags.
fn yaml_features(spec: &AppSpec<'_>, findings: &mut Findings) {
    let tree = &spec.document.tree;
    for span in &tree.merge_keys {
        findings
            .report(
                &APPSPEC_AMBIGUOUS_YAML,
                *span,
                "the merge key `<<` is refused by agents 1.x and left unmerged by agents 2.x",
            )
            .help("write the merged keys out");
    }
    let line = |span: Span| spec.document.file.position(span.start).line;
    for span in &tree.aliases {
        if tree.merge_keys.iter().any(|m| line(*m) == line(*span)) {
            continue;
        }
        let name = spec.document.file.slice(*span);
        findings
            .report(
                &APPSPEC_AMBIGUOUS_YAML,
                *span,
                format!("the alias `{name}` is refused by agents 1.x that run on Ruby 3.1 or newer"),
            )
            .help("write the repeated part out");
    }
    spec.root.walk(&mut |node| match &node.kind {
        NodeKind::String(text) if node.style == Style::Plain && scalar::is_date(text) => {
            findings
                .report(
                    &APPSPEC_AMBIGUOUS_YAML,
                    node.span,
                    format!("the unquoted date `{text}` is refused by agents 1.x that run on Ruby 3.1 or newer"),
                )
                .help("put it in quotes")
                .fix(Applicability::Safe, "quote the date", node.span, format!("\"{text}\""));
        }
        NodeKind::Tagged(t)
            if template_function(node).is_none() && t.tag.starts_with('!') && !t.tag.starts_with("!!") =>
        {
            let message = format!("the tag `{}` has no meaning in an AppSpec", t.tag);
            findings
                .report(&APPSPEC_AMBIGUOUS_YAML, t.tag_span, message)
                .help("remove the tag and write the value itself");
        }
        _ => {}
    });
}

/// Functions and pseudo parameters of templates, anywhere.
fn template_functions(node: &Node, findings: &mut Findings) {
    let what = if let Some(name) = template_function(node) {
        let span = match &node.kind {
            NodeKind::Tagged(t) => t.tag_span,
            NodeKind::Map(entries) => entries.first().map_or(node.span, |e| e.key.span),
            _ => node.span,
        };
        Some((span, format!("`{name}` is a function of CloudFormation templates")))
    } else {
        let text = node.as_str().unwrap_or_default();
        let part = text.find("${AWS::").map(|at| (at, '}')).or_else(|| text.find("{{resolve:").map(|at| (at, '}')));
        part.map(|(at, close)| {
            let end = text[at..].find(close).map_or(text.len(), |e| at + e + 1);
            (node.span, format!("`{}` is replaced in CloudFormation templates", text[at..end].trim_end_matches("}}")))
        })
    };
    if let Some((span, what)) = what {
        findings
            .report(&APPSPEC_TEMPLATE_FUNCTION, span, format!("{what}, but an AppSpec is no template, so it stays as it is written"))
            .help("write the value itself, or fill it in before the deployment, for example with `sed` or `envsubst` in the build");
        return;
    }
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|n| template_functions(n, findings)),
        NodeKind::Map(entries) => entries.iter().for_each(|e| template_functions(&e.value, findings)),
        NodeKind::Tagged(t) => template_functions(&t.value, findings),
        _ => {}
    }
}

fn version(spec: &AppSpec<'_>, violation: &Violation<'_>, findings: &mut Findings) {
    let refused =
        if spec.is_server() { MACHINE_STOPS } else { "CodeDeploy refuses the AppSpec when the deployment is created" };
    if matches!(violation.keyword, Keyword::Required(_)) {
        let variant = spec.entries().iter().find(|e| e.key.text.eq_ignore_ascii_case("version"));
        if let Some(entry) = variant {
            findings
                .report(
                    &APPSPEC_WRONG_VERSION,
                    entry.key.span,
                    format!("the key is `version` in lower case, not `{}`; {refused}", entry.key.text),
                )
                .fix(Applicability::Safe, "write `version`", entry.key.span, "version");
            return;
        }
        let message = "`version` is missing; every AppSpec has `version: 0.0`";
        let found = findings.report(&APPSPEC_WRONG_VERSION, violation.span(), message);
        found.help(format!("add `version: 0.0` as the first line; without it {refused}"));
        if spec.root.style == Style::Plain {
            let start = Span { start: spec.root.span.start, end: spec.root.span.start };
            found.fix(Applicability::Safe, "add `version: 0.0`", start, "version: 0.0\n");
        }
        return;
    }
    let text = violation.node.scalar_text().unwrap_or_default();
    let quoted = matches!(violation.node.style, Style::SingleQuoted | Style::DoubleQuoted);
    let message = match text {
        "0.1" | "0.2" => format!("`{text}` is a version of buildspecs; the version of an AppSpec is `0.0`"),
        _ if quoted && text.parse::<f64>() == Ok(0.0) => {
            "the version is quoted, which makes it text; it must be the number `0.0`".to_owned()
        }
        "" => format!("the version must be the number `0.0`, but it is {}", violation.node.describe()),
        _ => format!("the version must be the number `0.0`, not `{text}`"),
    };
    let found = findings.report(&APPSPEC_WRONG_VERSION, violation.span(), message);
    found.help(format!("write `version: 0.0`; with any other value {refused}"));
    if !violation.node.span.is_empty() && violation.node.is_scalar() {
        found.fix(Applicability::Safe, "write `0.0`", violation.node.span, "0.0");
    }
}

/// A line with the operating system that most machines have, unless a path says otherwise.
fn linux(spec: &AppSpec<'_>) -> Option<Vec<Edit>> {
    let windows = spec.document.file.text.contains(":\\");
    let version = spec.root.entry("version").filter(|_| !windows)?;
    edits::add_after(&spec.document.file, spec.root, version, "os", "linux")
}

fn os(spec: &AppSpec<'_>, violation: &Violation<'_>, findings: &mut Findings) {
    if matches!(violation.keyword, Keyword::Required(_)) {
        if let Some(entry) = spec.entries().iter().find(|e| e.key.text.eq_ignore_ascii_case("os")) {
            findings
                .report(
                    &APPSPEC_WRONG_OS,
                    entry.key.span,
                    format!("the key is `os` in lower case, not `{}`; {MACHINE_STOPS}", entry.key.text),
                )
                .fix(Applicability::Safe, "write `os`", entry.key.span, "os");
            return;
        }
        findings
            .report(
                &APPSPEC_WRONG_OS,
                violation.span(),
                "`os` is missing; an AppSpec for machines says `os: linux` or `os: windows`",
            )
            .help(format!("add `os: linux` or `os: windows`; without it {MACHINE_STOPS}"))
            .fix_by(Applicability::Unsafe, "add `os: linux`", linux(spec));
        return;
    }
    let text = violation.node.scalar_text().unwrap_or_default();
    let folded = text.trim().to_ascii_lowercase();
    let linux = [
        "linux", "ubuntu", "amazon", "amzn", "al2", "rhel", "red hat", "redhat", "centos", "debian", "suse", "fedora",
        "unix",
    ];
    let meant = if folded.starts_with("win") {
        Some("windows")
    } else if linux.iter().any(|l| folded.contains(l)) {
        Some("linux")
    } else {
        nearest(&folded, ["linux", "windows"])
    };
    let shown = if text.is_empty() { violation.node.describe() } else { format!("`{text}`") };
    let found = findings.report(
        &APPSPEC_WRONG_OS,
        violation.span(),
        format!("`os` is `linux` or `windows` in lower case, not {shown}"),
    );
    let hint = meant.map(|m| format!("write `os: {m}`; ")).unwrap_or_default();
    found.help(format!("{hint}with any other value {MACHINE_STOPS}"));
    if let (Some(meant), false) = (meant, violation.node.span.is_empty()) {
        let sure = if folded == meant { Applicability::Safe } else { Applicability::Unsafe };
        found.fix(sure, format!("write `{meant}`"), violation.node.span, meant);
    }
}

fn is_server_only(key: &str) -> bool {
    SERVER_ONLY_KEYS.iter().any(|k| k.eq_ignore_ascii_case(key))
}

fn mixed_platform(spec: &AppSpec<'_>, findings: &mut Findings) {
    let Some(resources) = field(spec.root, "Resources") else { return };
    let foreign: Vec<_> = spec.entries().iter().filter(|e| is_server_only(&e.key.text)).collect();
    let Some(first) = foreign.first() else { return };
    let found = findings.report(
        &APPSPEC_MIXED_PLATFORM,
        first.key.span,
        format!(
            "`{}` belongs to an AppSpec for machines, `{}` to one for Lambda or ECS; one file describes one platform",
            first.key.text, resources.key.text
        ),
    );
    found.label(resources.key.span, "a section for Lambda and ECS");
    for other in &foreign[1..] {
        found.label(other.key.span, "a section for machines as well");
    }
    found.help("keep the sections of the platform that the CodeDeploy application is for and remove the others");
}

fn unsupported_platform(spec: &AppSpec<'_>, findings: &mut Findings) {
    for target in spec.targets() {
        let (Some(kind), Some(name)) = (target.kind, target.type_name()) else { continue };
        let message = match target_type(name) {
            TargetType::Kubernetes => {
                format!("CodeDeploy has no platform for Kubernetes, so `{name}` cannot be deployed by an AppSpec")
            }
            TargetType::OtherService => format!(
                "`{name}` cannot be deployed by an AppSpec; the types are `AWS::Lambda::Function` and `AWS::ECS::Service`"
            ),
            TargetType::Right | TargetType::Wrong => continue,
        };
        findings.report(&APPSPEC_UNSUPPORTED_PLATFORM, kind.value.span, message).help(PLATFORMS);
    }
    if let (Some(version), Some(_)) = (spec.root.entry("apiVersion"), spec.root.entry("kind")) {
        let message = "this is a manifest of Kubernetes; CodeDeploy has no platform for it";
        findings.report(&APPSPEC_UNSUPPORTED_PLATFORM, version.key.span, message).help(PLATFORMS);
    }
}

fn unknown_key(spec: &AppSpec<'_>, key: &Key, findings: &mut Findings) {
    let name = &*key.text;
    let manifest = spec.root.entry("apiVersion").is_some() && spec.root.entry("kind").is_some();
    let displaced = !spec.is_server() && TARGET_KEYS.iter().any(|k| k.eq_ignore_ascii_case(name));
    let foreign = !spec.is_server() && is_server_only(name);
    if manifest || displaced || foreign {
        return; // said by other rules
    }
    let known = if spec.is_server() { SERVER_KEYS } else { SERVICE_KEYS };
    if let Some(right) = known.iter().find(|k| k.eq_ignore_ascii_case(name)) {
        let hidden = spec.root.entry(right).is_none();
        if hidden && matches!(*right, "version" | "os") {
            return; // said as a missing key
        }
        let message =
            format!("`{name}` is not `{right}`: keys are case-sensitive for the agent, so this section is ignored");
        let found = findings.report(&APPSPEC_UNKNOWN_KEY, key.span, message);
        if hidden {
            found.severity = Severity::Error;
            found.fix(Applicability::Safe, format!("write `{right}`"), key.span, *right);
        }
        return;
    }
    let found =
        findings.report(&APPSPEC_UNKNOWN_KEY, key.span, format!("`{name}` is no section of an AppSpec and is ignored"));
    if let Some(right) = nearest(name, known.iter().copied()) {
        found.help(format!("did you mean `{right}`?"));
        if spec.root.entry(right).is_none() {
            found.fix(Applicability::Unsafe, format!("write `{right}`"), key.span, right);
        }
    } else if matches!(name, "phases" | "artifacts" | "env" | "reports" | "cache" | "batch") {
        found.help(format!("`{name}` is a section of a CodeBuild buildspec, which is another file"));
    } else {
        found.help(format!("sections are {}", list_of(known)));
    }
}

/// Names in backticks with commas and a last `and`.
fn list_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.join(""),
    }
}
