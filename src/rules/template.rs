//! The template as a whole: its sections, its size, its description, its transforms and hooks.

use crate::diagnostic::{Diagnostic, Findings};
use crate::document::{Document, DocumentKind};
use crate::rule::shape::{self, Checker, Kind, Shape, is_macro_key};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Family, rule};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use crate::template::SECTIONS;

rule!(BAD_SECTION, "template" / "E1001", "bad-section", Error, "a section is unknown, missing or of the wrong kind");
rule!(
    TEMPLATE_TOO_LARGE,
    "template" / "E1002",
    "template-too-large",
    Error,
    "the template is larger than CloudFormation accepts"
);
rule!(
    TEMPLATE_NEARLY_TOO_LARGE,
    "template" / "I1002",
    "template-nearly-too-large",
    Info,
    "the template is near the size limit"
);
rule!(
    DESCRIPTION_TOO_LONG,
    "template" / "E1003",
    "description-too-long",
    Error,
    "the description is longer than 1024 characters"
);
rule!(
    DESCRIPTION_NEARLY_TOO_LONG,
    "template" / "I1003",
    "description-nearly-too-long",
    Info,
    "the description is near its limit"
);
rule!(DESCRIPTION_NOT_TEXT, "template" / "E1004", "description-not-text", Error, "the description is not a string");
rule!(
    BAD_TRANSFORM,
    "template" / "E1005",
    "bad-transform",
    Error,
    "the transform section is malformed or names no transform"
);
rule!(NAME_SHARED, "template" / "E3007", "name-shared", Error, "a resource and a parameter share a name");

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &BAD_SECTION,
        &TEMPLATE_TOO_LARGE,
        &TEMPLATE_NEARLY_TOO_LARGE,
        &DESCRIPTION_TOO_LONG,
        &DESCRIPTION_NEARLY_TOO_LONG,
        &DESCRIPTION_NOT_TEXT,
        &BAD_TRANSFORM,
        &NAME_SHARED,
    ],
    checks: &[
        Check::Document(empty_template),
        Check::Document(size),
        Check::Template(sections),
        Check::Template(format_version),
        Check::Template(description),
        Check::Template(transform),
        Check::Template(hooks),
        Check::Template(shared_names),
        Check::After(null_conditions),
    ],
};

/// Largest template that CloudFormation takes, in bytes.
const MAX_BYTES: usize = 1_000_000;
/// Longest description.
const MAX_DESCRIPTION: usize = 1024;

const START: Span = Span { start: 0, end: 0 };

fn empty_template(document: &Document, findings: &mut Findings) {
    let empty = document.root().is_none_or(Node::is_null);
    if document.kind == DocumentKind::Template && empty && document.tree.errors.is_empty() {
        findings.report(&BAD_SECTION, START, "the template is empty: `Resources` is missing");
    }
}

fn size(document: &Document, findings: &mut Findings) {
    let size = document.file.text.len();
    if document.kind != DocumentKind::Template || size <= MAX_BYTES / 10 * 9 {
        return;
    }
    let (rule, words) = match size > MAX_BYTES {
        true => (&TEMPLATE_TOO_LARGE, "more than"),
        false => (&TEMPLATE_NEARLY_TOO_LARGE, "more than nine tenths of"),
    };
    let message = format!("the template has {size} bytes, {words} the {MAX_BYTES} that CloudFormation accepts");
    findings.report(rule, START, message).help("Move parts into nested stacks.");
}

fn sections(cx: &mut Context<'_>) {
    let root = cx.template.root;
    let Some(entries) = root.as_map() else { return };
    let has_macro = entries.iter().any(|e| is_macro_key(&e.key.text));
    for e in entries {
        let name = &*e.key.text;
        if SECTIONS.contains(&name) {
            // The other sections have rules of their own that know their shape.
            if name == "Globals" && !matches!(e.value.kind, NodeKind::Map(_) | NodeKind::Call(_)) {
                let span = if e.value.is_null() { e.key.span } else { e.value.span };
                cx.report(&BAD_SECTION, span, format!("`Globals` must be a mapping, not {}", e.value.describe()));
            }
            continue;
        }
        if is_macro_key(name) || cx.options.rules.texts("E1001", "sections").any(|s| s == name) {
            continue;
        }
        let d = cx.report(&BAD_SECTION, e.key.span, format!("`{name}` is not a section of a template"));
        if let Some(known) = nearest(name, SECTIONS.iter().copied()) {
            d.help(format!("Did you mean `{known}`?"));
        } else if e.value.get("Type").is_some() {
            d.help("It looks like a resource: indent it below `Resources`.");
        } else {
            d.help(format!("Sections are {}.", shape::quoted(SECTIONS)));
        }
    }
    match root.entry("Resources") {
        None if !has_macro && !entries.is_empty() => {
            cx.report(&BAD_SECTION, START, "`Resources` is missing: a template needs at least one resource");
        }
        None if !has_macro => {
            cx.report(&BAD_SECTION, START, "the template is empty: `Resources` is missing");
        }
        _ => {}
    }
}

fn format_version(cx: &mut Context<'_>) {
    let Some(e) = cx.template.root.entry("AWSTemplateFormatVersion") else { return };
    if e.value.as_str() == Some("2010-09-09") {
        return;
    }
    let span = if e.value.is_null() { e.key.span } else { e.value.span };
    let message = match e.value.scalar_text() {
        Some(text) => format!("`{text}` is not a template format version"),
        None => format!("the template format version must be a string, not {}", e.value.describe()),
    };
    cx.report(&BAD_SECTION, span, message).help("The only version is `2010-09-09`.");
}

fn description(cx: &mut Context<'_>) {
    let Some(e) = cx.template.root.entry("Description") else { return };
    let Some(text) = e.value.as_str() else {
        let span = if e.value.is_null() { e.key.span } else { e.value.span };
        let message = format!("the description must be a literal string, not {}", e.value.describe());
        cx.report(&DESCRIPTION_NOT_TEXT, span, message);
        return;
    };
    let length = text.chars().count();
    if length * 10 > MAX_DESCRIPTION * 9 {
        let rule = if length > MAX_DESCRIPTION { &DESCRIPTION_TOO_LONG } else { &DESCRIPTION_NEARLY_TOO_LONG };
        let message = format!("the description has {length} characters; at most {MAX_DESCRIPTION} are allowed");
        cx.report(rule, e.value.span, message);
    }
}

static TRANSFORM_OBJECT: Shape =
    Shape { required: &["Name"], ..Shape::closed(&[("Name", &shape::TEXT), ("Parameters", &shape::MAP)]) };
static TRANSFORM: Shape =
    Shape { kinds: &[Kind::Text, Kind::List, Kind::Map], items: Some(&TRANSFORM_ITEM), ..TRANSFORM_OBJECT };
static TRANSFORM_ITEM: Shape = Shape { kinds: &[Kind::Text, Kind::Map], ..TRANSFORM_OBJECT };

/// The transforms that AWS runs.
const TRANSFORMS: &[&str] = &[
    "AWS::Serverless-2016-10-31",
    "AWS::LanguageExtensions",
    "AWS::Include",
    "AWS::CodeDeployBlueGreen",
    "AWS::CodeStar",
    "AWS::SecretsManager-2020-07-23",
    "AWS::SecretsManager-2024-09-16",
    "AWS::ServiceCatalog",
];

fn transform(cx: &mut Context<'_>) {
    let template = cx.template;
    if let Some(e) = template.root.entry("Transform") {
        let found = &mut |p: shape::Problem<'_>| {
            let d = cx.report(&BAD_TRANSFORM, p.span, p.message);
            d.help = p.help;
        };
        Checker { functions: false, found }.check(&e.value, "Transform", e.key.span, &TRANSFORM);
    }
    for (name, span) in &template.transforms {
        if !name.starts_with("AWS::") || TRANSFORMS.contains(name) {
            continue;
        }
        let meant = match name.starts_with("AWS::Serverless") {
            true => Some("AWS::Serverless-2016-10-31"),
            false => nearest(name, TRANSFORMS.iter().copied()),
        };
        if let Some(meant) = meant {
            cx.report(&BAD_TRANSFORM, *span, format!("there is no transform `{name}`"))
                .help(format!("The transform is called `{meant}`."));
        }
    }
}

static HOOK: Shape =
    Shape { required: &["Type", "Properties"], ..Shape::closed(&[("Type", &HOOK_TYPE), ("Properties", &shape::MAP)]) };
static HOOK_TYPE: Shape = Shape::one_of(&["AWS::CodeDeploy::BlueGreen"]);
static HOOKS: Shape = Shape::map_of(&HOOK);

fn hooks(cx: &mut Context<'_>) {
    let Some(e) = cx.template.root.entry("Hooks") else { return };
    let found = &mut |p: shape::Problem<'_>| {
        let d = cx.report(&BAD_SECTION, p.span, p.message);
        d.help = p.help;
    };
    Checker { functions: true, found }.check(&e.value, "Hooks", e.key.span, &HOOKS);
}

/// What is null where a condition is expected. A finding that is there already takes it in.
fn null_conditions(cx: &mut Context<'_>) {
    let mut keys = Vec::new();
    for section in ["Conditions", "Rules"] {
        for entry in cx.template.section(section).and_then(Node::as_map).unwrap_or_default() {
            entry.each_null(&mut |key, node| keys.extend((!cx.lost(node)).then_some((key, node.span))));
        }
    }
    for (key, span) in keys {
        let mut null = Diagnostic::new(&BAD_SECTION, key, "null values are not allowed in a template");
        null.reference_at(key);
        let known = cx.findings.list.iter_mut().find(|d| d.span == key || d.span == span && !span.is_empty());
        match known {
            Some(finding) => finding.children.push(null),
            None => cx.findings.list.push(null),
        }
    }
}

fn shared_names(cx: &mut Context<'_>) {
    let template = cx.template;
    for resource in template.resources.iter() {
        if let Some(parameter) = template.parameters.get(resource.id()) {
            let message = format!("the resource `{}` has the name of a parameter", resource.id());
            cx.report(&NAME_SHARED, resource.key.span, message)
                .label(parameter.key.span, "the parameter of that name")
                .help("`Ref` could mean either, so names must differ.");
        }
    }
}
