//! The Resources section: the shape of a resource, its attributes and the limits of the section.

use crate::diagnostic::Diagnostic;
use crate::rule::shape::{self, Checker, Kind, Problem, ProblemKind, Shape, is_macro_key};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Family, rule};
use crate::source::Span;
use crate::syntax::{Key, Node, NodeKind};
use crate::template::Resource;

rule!(
    BAD_RESOURCE,
    "resources" / "E3001",
    "bad-resource",
    Error,
    "a resource has an unknown, missing or wrong attribute"
);
rule!(
    SAM_ATTRIBUTE_IGNORED,
    "resources" / "W3001",
    "sam-attribute-ignored",
    Warning,
    "a SAM resource has an attribute that is ignored"
);
rule!(TOO_MANY_RESOURCES, "resources" / "E3010", "too-many-resources", Error, "there are more than 500 resources");
rule!(
    NEARLY_TOO_MANY_RESOURCES,
    "resources" / "I3010",
    "nearly-too-many-resources",
    Info,
    "the number of resources is near its limit"
);
rule!(
    RESOURCE_NAME_NEARLY_TOO_LONG,
    "resources" / "I3012",
    "resource-name-nearly-too-long",
    Info,
    "a logical id is near its limit"
);
rule!(
    RESOURCE_CONDITION_UNKNOWN,
    "resources" / "E3015",
    "resource-condition-unknown",
    Error,
    "a resource's condition is not defined"
);
rule!(
    BAD_RESOURCE_METADATA,
    "resources" / "E3028",
    "bad-resource-metadata",
    Error,
    "a resource's metadata is no mapping or holds a null"
);
rule!(BAD_INIT, "resources" / "E3009", "bad-init", Error, "an `AWS::CloudFormation::Init` block is malformed");
rule!(
    MODULE_ATTRIBUTE,
    "resources" / "E5001",
    "module-attribute",
    Error,
    "a module has an attribute that modules cannot have"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &BAD_RESOURCE,
        &SAM_ATTRIBUTE_IGNORED,
        &BAD_INIT,
        &TOO_MANY_RESOURCES,
        &NEARLY_TOO_MANY_RESOURCES,
        &RESOURCE_NAME_NEARLY_TOO_LONG,
        &RESOURCE_CONDITION_UNKNOWN,
        &BAD_RESOURCE_METADATA,
        &MODULE_ATTRIBUTE,
    ],
    checks: &[
        Check::Template(section),
        Check::Resource(&[], condition),
        Check::Resource(&[], metadata),
        Check::Resource(&[], init),
        Check::Resource(&[], module),
    ],
};

const MAX_RESOURCES: usize = 500;
const MAX_NAME: usize = 255;

static NAME: Shape = Shape::of(&[Kind::String]);
static NAME_OR_LIST: Shape = Shape { items: Some(&NAME), ..Shape::of(&[Kind::String, Kind::List]) };
static CONNECTOR: Shape = Shape {
    required: &["Properties"],
    ..Shape::closed(&[("Properties", &shape::MAP), ("SourceReference", &shape::MAP)])
};
static CONNECTORS: Shape = Shape::map_of(&CONNECTOR);

/// A resource; `Properties` and the policies have checks of their own.
static RESOURCE: Shape = Shape {
    required: &["Type"],
    ..Shape::closed(&[
        ("Type", &NAME),
        ("Properties", &shape::ANY),
        ("DependsOn", &NAME_OR_LIST),
        ("Condition", &NAME),
        ("Metadata", &shape::ANY),
        ("DeletionPolicy", &shape::ANY),
        ("UpdateReplacePolicy", &shape::ANY),
        ("UpdatePolicy", &shape::ANY),
        ("CreationPolicy", &shape::ANY),
        ("Version", &shape::TEXT),
        ("Connectors", &CONNECTORS),
        ("IgnoreGlobals", &NAME_OR_LIST),
    ])
};

fn section(cx: &mut Context<'_>) {
    let template = cx.template;
    let Some(section) = template.root.entry("Resources") else { return };
    let Some(entries) = section.value.as_map() else {
        if section.value.as_call().is_none() && !cx.lost(&section.value) {
            let span = if section.value.is_null() { section.key.span } else { section.value.span };
            let message = format!("`Resources` must be a mapping, not {}", section.value.describe());
            cx.report(&BAD_RESOURCE, span, message);
        }
        return;
    };
    if entries.len() * 10 > MAX_RESOURCES * 9 {
        let rule = if entries.len() > MAX_RESOURCES { &TOO_MANY_RESOURCES } else { &NEARLY_TOO_MANY_RESOURCES };
        let message = format!("there are {} resources; at most {MAX_RESOURCES} are allowed", entries.len());
        cx.report(rule, section.key.span, message).help("Move some into a nested stack or a stack of their own.");
    }
    for resource in template.resources.iter() {
        if is_macro_key(resource.id()) {
            loop_without_transform(resource.key, cx);
        } else if name(resource, cx) {
            attributes(resource, cx);
        }
    }
}

/// Without the language extensions a loop is a resource with a malformed name.
fn loop_without_transform(key: &Key, cx: &mut Context<'_>) {
    if key.text.starts_with("Fn::ForEach") && cx.template.transforms.is_empty() {
        let message =
            format!("`{}` is taken for a resource, and a logical id may hold only letters and digits", key.text);
        cx.report(&BAD_RESOURCE, key.span, message).help("Add `Transform: AWS::LanguageExtensions`.");
    }
}

/// Whether the logical id is well-formed; reports when not.
fn name(resource: &Resource<'_>, cx: &mut Context<'_>) -> bool {
    let (id, span) = (resource.id(), resource.key.span);
    let length = id.chars().count();
    if length > MAX_NAME {
        let message = format!("the logical id has {length} characters; at most {MAX_NAME} are allowed");
        cx.report(&BAD_RESOURCE, span, message);
    } else if length * 10 > MAX_NAME * 9 {
        let message = format!("the logical id has {length} of at most {MAX_NAME} characters");
        cx.report(&RESOURCE_NAME_NEARLY_TOO_LONG, span, message);
    }
    let well_formed = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric());
    if !well_formed {
        cx.report(&BAD_RESOURCE, span, format!("the logical id `{id}` may hold only letters and digits"));
    }
    well_formed
}

fn attributes(resource: &Resource<'_>, cx: &mut Context<'_>) {
    if resource.node.as_call().is_some() || cx.lost(resource.node) {
        return;
    }
    let kind = resource.kind();
    let sam = kind.is_some_and(|k| k.starts_with("AWS::Serverless::"));
    let found = &mut |p: Problem<'_>| {
        let unknown = p.kind == ProblemKind::UnknownMember;
        let rule = if unknown && sam { &SAM_ATTRIBUTE_IGNORED } else { &BAD_RESOURCE };
        let message = match unknown {
            true if sam => format!("the SAM transform ignores the resource attribute `{}`", p.name),
            true => format!("a resource has no attribute `{}`", p.name),
            false if p.name == "Type" && p.kind == ProblemKind::MissingMember => {
                format!("the resource `{}` has no `Type`", resource.id())
            }
            false => p.message,
        };
        let d = cx.report(rule, p.span, message);
        d.help = p.help;
        if unknown && d.help.is_none() && kind.is_some() {
            d.help("If it is a property, indent it below `Properties`.");
        }
    };
    Checker { functions: false, found }.check(resource.node, resource.id(), resource.key.span, &RESOURCE);
    by_type(resource, cx);
}

/// Attributes that depend on the type.
fn by_type(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(kind) = resource.kind() else { return };
    if kind.ends_with("::MODULE") {
        return;
    }
    let custom = kind == "AWS::CloudFormation::CustomResource" || kind.starts_with("Custom::");
    let node = resource.node;
    if !custom && let Some(e) = node.entry("Version") {
        cx.report(&BAD_RESOURCE, e.key.span, format!("`Version` is an attribute of custom resources, not of `{kind}`"))
            .reference_at(resource.key.span)
            .help("If it is a property, indent it below `Properties`.");
    }
    for name in ["CreationPolicy", "UpdatePolicy"] {
        let Some(e) = node.entry(name) else { continue };
        if custom {
            cx.report(&BAD_RESOURCE, e.key.span, format!("a custom resource has no `{name}`"));
        } else if name == "CreationPolicy" && !matches!(e.value.kind, NodeKind::Map(_) | NodeKind::Call(_)) {
            let span = if e.value.is_null() { e.key.span } else { e.value.span };
            cx.report(&BAD_RESOURCE, span, format!("`{name}` must be a mapping, not {}", e.value.describe()));
        }
    }
}

fn condition(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let template = cx.template;
    let Some(node) = resource.node.get("Condition") else { return };
    let Some(name) = node.as_str() else { return };
    if template.conditions.contains(name) || template.conditions.names().any(is_macro_key) {
        return;
    }
    let d = cx.report(&RESOURCE_CONDITION_UNKNOWN, node.span, format!("there is no condition `{name}`"));
    if let Some(known) = nearest(name, template.conditions.names()) {
        d.help(format!("Did you mean `{known}`?"));
    }
}

fn metadata(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(e) = resource.node.entry("Metadata") else { return };
    if !matches!(e.value.kind, NodeKind::Map(_) | NodeKind::List(_) | NodeKind::Call(_)) {
        let span = if e.value.is_null() { e.key.span } else { e.value.span };
        cx.report(&BAD_RESOURCE_METADATA, span, format!("`Metadata` must be a mapping, not {}", e.value.describe()));
        return;
    }
    nulls(&e.value, e.key.span, cx);
}

fn nulls(node: &Node, key: Span, cx: &mut Context<'_>) {
    match &node.kind {
        NodeKind::Null if cx.lost(node) => {}
        NodeKind::Null => {
            cx.report(&BAD_RESOURCE_METADATA, key, "null values are not allowed in a template");
        }
        NodeKind::List(items) => items.iter().for_each(|n| nulls(n, if n.span.is_empty() { key } else { n.span }, cx)),
        NodeKind::Map(entries) => entries.iter().for_each(|e| nulls(&e.value, e.key.span, cx)),
        _ => {}
    }
}

static COMMAND: Shape = Shape::closed(&[
    ("command", &INIT_COMMAND),
    ("cwd", &shape::TEXT),
    ("env", &shape::TEXT_MAP),
    ("ignoreErrors", &shape::TEXT),
    ("test", &shape::TEXT),
    ("waitAfterCompletion", &shape::TEXT),
]);
static INIT_COMMAND: Shape = Shape { items: Some(&shape::TEXT), ..Shape::of(&[Kind::Text, Kind::List]) };
static COMMANDS: Shape = Shape::map_of(&COMMAND);
static CONTENT: Shape = Shape::of(&[Kind::Text, Kind::Map]);
static ENCODING: Shape = Shape::one_of(&["plain", "base64"]);
static MODE: Shape = Shape { length: Some((6, 6)), ..Shape::of(&[Kind::Text]) };
static FILE: Shape = Shape::closed(&[
    ("authentication", &shape::ANY),
    ("content", &CONTENT),
    ("context", &shape::ANY),
    ("encoding", &ENCODING),
    ("group", &shape::TEXT),
    ("mode", &MODE),
    ("owner", &shape::TEXT),
    ("source", &shape::TEXT),
]);
static FILES: Shape = Shape::map_of(&FILE);
static GROUP: Shape = Shape::closed(&[("gid", &shape::TEXT)]);
static GROUPS: Shape = Shape::map_of(&GROUP);
static VERSIONS: Shape = Shape::of(&[Kind::List, Kind::Text]);
static PACKAGE: Shape = Shape::map_of(&VERSIONS);
static PACKAGES: Shape = Shape::closed(&[
    ("apt", &PACKAGE),
    ("msi", &PACKAGE),
    ("python", &PACKAGE),
    ("rpm", &PACKAGE),
    ("rubygems", &PACKAGE),
    ("yum", &PACKAGE),
    ("zypper", &PACKAGE),
]);
static TEXTS_MAP: Shape = Shape::map_of(&shape::TEXTS);
static SERVICE: Shape = Shape::closed(&[
    ("commands", &shape::TEXTS),
    ("enabled", &shape::BOOLEAN),
    ("ensureRunning", &shape::BOOLEAN),
    ("files", &shape::TEXTS),
    ("packages", &TEXTS_MAP),
    ("sources", &shape::TEXTS),
]);
static SERVICE_MAP: Shape = Shape::map_of(&SERVICE);
static SERVICES: Shape =
    Shape::closed(&[("systemd", &SERVICE_MAP), ("sysvinit", &SERVICE_MAP), ("windows", &SERVICE_MAP)]);
static USER: Shape = Shape::closed(&[("groups", &shape::TEXTS), ("homeDir", &shape::TEXT), ("uid", &shape::TEXT)]);
static USERS: Shape = Shape::map_of(&USER);
static CONFIG: Shape = Shape {
    members: &[
        ("commands", &COMMANDS),
        ("files", &FILES),
        ("groups", &GROUPS),
        ("packages", &PACKAGES),
        ("services", &SERVICES),
        ("sources", &shape::TEXT_MAP),
        ("users", &USERS),
    ],
    ..Shape::of(&[Kind::Map])
};
static INIT: Shape = Shape { members: &[("configSets", &shape::MAP)], rest: Some(&CONFIG), ..Shape::of(&[Kind::Map]) };

fn init(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(e) = resource.node.get("Metadata").and_then(|m| m.entry("AWS::CloudFormation::Init")) else { return };
    let found = &mut |p: Problem<'_>| {
        let d = cx.report(&BAD_INIT, p.span, p.message);
        d.help = p.help;
    };
    Checker { functions: true, found }.check(&e.value, "AWS::CloudFormation::Init", e.key.span, &INIT);
}

fn module(resource: &Resource<'_>, cx: &mut Context<'_>) {
    if !resource.kind().is_some_and(|k| k.ends_with("::MODULE")) {
        return;
    }
    for name in ["CreationPolicy", "UpdatePolicy"] {
        if let Some(e) = resource.node.entry(name)
            && e.value.as_map().is_none_or(|m| !m.is_empty())
        {
            let message = format!("a module has no `{name}`");
            let attribute = Diagnostic::new(&BAD_RESOURCE, e.key.span, message.clone());
            cx.report(&MODULE_ATTRIBUTE, e.key.span, message).children.push(attribute);
        }
    }
    if let Some(e) = resource.properties().and_then(|p| p.entry("Tags")) {
        cx.report(&MODULE_ATTRIBUTE, e.key.span, "a module has no `Tags`");
    }
    let reserved = "AWS::CloudFormation::Module";
    if let Some(e) = resource.node.get("Metadata").and_then(|m| m.entry(reserved)) {
        cx.report(&MODULE_ATTRIBUTE, e.key.span, format!("the metadata key `{reserved}` is reserved"));
    }
}
