//! The Metadata section: no nulls, the console's interface, and the settings of checkers.

use crate::rule::shape::{self, Checker, Kind, Problem, Shape};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Family, rule};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};

rule!(BAD_INTERFACE, "metadata" / "E4001", "bad-interface", Error, "`AWS::CloudFormation::Interface` is malformed");
rule!(
    NULL_IN_METADATA,
    "metadata" / "E4002",
    "null-in-metadata",
    Error,
    "the metadata section is no mapping or holds a null"
);
rule!(
    INTERFACE_PARAMETER_UNKNOWN,
    "metadata" / "W4001",
    "interface-parameter-unknown",
    Warning,
    "the interface names a parameter that is not defined"
);
rule!(
    BAD_CHECKER_SETTINGS,
    "metadata" / "W4005",
    "bad-checker-settings",
    Warning,
    "the settings under `cfn-lint` are malformed"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&BAD_INTERFACE, &NULL_IN_METADATA, &INTERFACE_PARAMETER_UNKNOWN, &BAD_CHECKER_SETTINGS],
    checks: &[Check::Template(section), Check::Template(interface), Check::Template(settings)],
};

fn section(cx: &mut Context<'_>) {
    let Some(e) = cx.template.root.entry("Metadata") else { return };
    if cx.lost(&e.value) {
        return;
    }
    if !matches!(e.value.kind, NodeKind::Map(_) | NodeKind::Call(_)) {
        let span = if e.value.is_null() { e.key.span } else { e.value.span };
        cx.report(&NULL_IN_METADATA, span, format!("`Metadata` must be a mapping, not {}", e.value.describe()));
        return;
    }
    nulls(&e.value, e.key.span, cx);
}

fn nulls(node: &Node, key: Span, cx: &mut Context<'_>) {
    match &node.kind {
        NodeKind::Null if cx.lost(node) => {}
        NodeKind::Null => {
            cx.report(&NULL_IN_METADATA, key, "null values are not allowed in a template");
        }
        NodeKind::List(items) => items.iter().for_each(|n| nulls(n, if n.span.is_empty() { key } else { n.span }, cx)),
        NodeKind::Map(entries) => entries.iter().for_each(|e| nulls(&e.value, e.key.span, cx)),
        _ => {}
    }
}

static LABEL: Shape = Shape { kinds: &[Kind::Map, Kind::Text], ..Shape::closed(&[("default", &shape::TEXT)]) };
static LABELS: Shape = Shape::map_of(&LABEL);
static GROUP: Shape = Shape::closed(&[("Label", &LABEL), ("Parameters", &LIST)]);
static LIST: Shape = Shape::of(&[Kind::List]);
static GROUPS: Shape = Shape::list_of(&GROUP);
static INTERFACE: Shape = Shape::closed(&[("ParameterGroups", &GROUPS), ("ParameterLabels", &LABELS)]);

fn interface(cx: &mut Context<'_>) {
    let template = cx.template;
    let Some(e) = template.section("Metadata").and_then(|m| m.entry("AWS::CloudFormation::Interface")) else { return };
    let found = &mut |p: Problem<'_>| {
        let d = cx.report(&BAD_INTERFACE, p.span, p.message);
        d.help = p.help;
    };
    Checker { functions: false, found }.check(&e.value, "AWS::CloudFormation::Interface", e.key.span, &INTERFACE);
    let mut named: Vec<(&str, Span)> = Vec::new();
    for group in e.value.get("ParameterGroups").and_then(Node::as_list).unwrap_or_default() {
        for name in group.get("Parameters").and_then(Node::as_list).unwrap_or_default() {
            named.extend(name.as_str().map(|text| (text, name.span)));
        }
    }
    for label in e.value.get("ParameterLabels").and_then(Node::as_map).unwrap_or_default() {
        named.push((&label.key.text, label.key.span));
    }
    for (name, span) in named {
        if template.parameters.contains(name) {
            continue;
        }
        let d = cx.report(&INTERFACE_PARAMETER_UNKNOWN, span, format!("there is no parameter `{name}`"));
        if let Some(known) = nearest(name, template.parameters.names()) {
            d.help(format!("Did you mean `{known}`?"));
        }
    }
}

static SETTINGS: Shape = Shape::closed(&[
    ("append_rules", &shape::TEXTS),
    ("configure_rules", &shape::MAP),
    ("ignore_bad_template", &shape::BOOLEAN),
    ("ignore_checks", &shape::TEXTS),
    ("include_checks", &shape::TEXTS),
    ("include_experimental", &shape::BOOLEAN),
    ("merge_configs", &shape::BOOLEAN),
    ("regions", &shape::TEXTS),
    ("mandatory_checks", &shape::TEXTS),
    ("custom_rules", &shape::TEXT),
    ("override_spec", &shape::TEXT),
    ("parameters", &shape::ANY),
    ("parameter_files", &shape::TEXTS),
]);

fn settings(cx: &mut Context<'_>) {
    let Some(e) = cx.template.section("Metadata").and_then(|m| m.get("cfn-lint")).and_then(|c| c.entry("config"))
    else {
        return;
    };
    let found = &mut |p: Problem<'_>| {
        let d = cx.report(&BAD_CHECKER_SETTINGS, p.span, p.message);
        d.help = p.help;
    };
    Checker { functions: false, found }.check(&e.value, "config", e.key.span, &SETTINGS);
}
