//! Rules about what needs what: loops, `DependsOn`, references to what may not exist.

use crate::conditions::{Answer, Conditions, Pins};
use crate::diagnostic::Severity;
use crate::graph::{Cause, Dependency, ItemKind};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Family, Rule};
use crate::syntax::Node;
use crate::template::Resource;

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&REF_MAYBE_ABSENT, &CIRCULAR_DEPENDENCY, &DEPENDS_ON_TARGET, &DEPENDS_ON_REDUNDANT],
    checks: &[],
};

/// W1001.
pub static REF_MAYBE_ABSENT: Rule = Rule {
    id: "W1001",
    name: "ref-maybe-absent-resource",
    summary: "A reference to a resource whose condition can be false where the reference is used.",
    page: include_str!("graph/W1001.md"),
    severity: Severity::Warning,
    checks: &[Check::Template(ref_maybe_absent)],
};

/// E3004.
pub static CIRCULAR_DEPENDENCY: Rule = Rule {
    id: "E3004",
    name: "circular-dependency",
    summary: "Resources that need each other in a circle.",
    page: include_str!("graph/E3004.md"),
    severity: Severity::Error,
    checks: &[Check::Template(circular_dependency)],
};

/// E3005.
pub static DEPENDS_ON_TARGET: Rule = Rule {
    id: "E3005",
    name: "depends-on-unknown-target",
    summary: "A `DependsOn` that names no other resource, or one that may not exist.",
    page: include_str!("graph/E3005.md"),
    severity: Severity::Error,
    checks: &[Check::Resource(&[], depends_on_target)],
};

/// W3005.
pub static DEPENDS_ON_REDUNDANT: Rule = Rule {
    id: "W3005",
    name: "depends-on-redundant",
    summary: "A `DependsOn` that repeats what a reference already says.",
    page: include_str!("graph/W3005.md"),
    severity: Severity::Warning,
    checks: &[Check::Template(depends_on_redundant)],
};

/// Longest loop that is written out in full.
const SHOWN: usize = 8;

/// A resource type that stands for several resources: a SAM resource or a module.
fn is_expanded_later(kind: Option<&str>) -> bool {
    kind.is_some_and(|k| k.starts_with("AWS::Serverless::") || k.ends_with("::MODULE"))
}

/// "`Fn::Sub` in `Properties.Name`".
fn written(d: &Dependency<'_, '_>) -> String {
    match d.edge.cause {
        Cause::DependsOn => "`DependsOn`".to_owned(),
        cause => format!("`{}` in `{}`", cause.as_str(), d.edge.property()),
    }
}

fn circular_dependency(cx: &mut Context<'_>) {
    let mut found = Vec::new();
    for cycle in cx.graph().loops(&cx.resolver().conditions) {
        let mut names: Vec<String> = cycle.iter().map(|d| format!("`{}`", d.from.name)).collect();
        if names.len() > SHOWN {
            let left = names.len() - SHOWN;
            names.truncate(SHOWN);
            names.push(format!("{left} more"));
        }
        let whole = format!("{} → `{}`", names.join(" → "), cycle.first().map_or("", |d| d.from.name));
        for (i, d) in cycle.iter().enumerate() {
            if is_expanded_later(d.from.resource_type) || is_expanded_later(d.to.resource_type) {
                continue;
            }
            let message = if d.from.name == d.to.name {
                format!("`{}` needs itself through {}", d.from.name, written(d))
            } else {
                format!("`{}` needs `{}`, which needs it in turn: {whole}", d.from.name, d.to.name)
            };
            let others = (1..cycle.len().min(SHOWN)).map(|k| &cycle[(i + k) % cycle.len()]);
            let labels: Vec<_> = others
                .map(|o| (o.edge.span, format!("`{}` needs `{}`: {}", o.from.name, o.to.name, written(o))))
                .collect();
            found.push((d.edge.span, d.from.span, message, labels));
        }
    }
    for (span, key, message, labels) in found {
        let finding = cx.report(&CIRCULAR_DEPENDENCY, span, message);
        for (span, text) in labels {
            finding.label(span, text);
        }
        finding.reference_at(key);
        finding.help(
            "CloudFormation creates a resource after everything it refers to: break the circle, for example by moving \
             one reference into a resource of its own.",
        );
    }
}

fn depends_on_target(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let template = cx.template;
    let generated = template.section("Resources").and_then(Node::as_map).unwrap_or_default();
    let open_ended = generated.iter().any(|e| e.key.text.starts_with("Fn::"));
    for (name, node) in resource.depends_on() {
        let stands_for_more =
            |r: &Resource<'_>| is_expanded_later(r.kind()) && name.starts_with(r.id()) && name != r.id();
        if name == resource.id() {
            let message = format!("`{name}` depends on itself");
            cx.report(&DEPENDS_ON_TARGET, node.span, message);
        } else if let Some(target) = template.resources.get(name) {
            if let Some(condition) = target.node.get("Condition").and_then(Node::as_str) {
                depends_on_absent(resource, name, node, condition, cx);
            }
        } else if !open_ended && !template.resources.iter().any(stands_for_more) {
            let message = format!("`{name}` is not a resource of this template");
            let near = nearest(name, template.resources.names().filter(|n| *n != resource.id()));
            let help = near.map(|n| format!("Did you mean `{n}`?"));
            let parameter = template.parameters.contains(name);
            let finding = cx.report(&DEPENDS_ON_TARGET, node.span, message);
            if parameter {
                finding.help("`DependsOn` takes logical ids of resources; parameters always exist.");
            } else if let Some(help) = help {
                finding.help(help);
            }
        }
    }
}

/// Reports a target that can be absent while the resource exists.
fn depends_on_absent(resource: &Resource<'_>, name: &str, node: &Node, condition: &str, cx: &mut Context<'_>) {
    let conditions = &cx.resolver().conditions;
    let mut pins = Pins::none();
    if let Some(own) = resource.condition() {
        match conditions.pin(&pins, own, true) {
            Some(next) => pins = next,
            None => return,
        }
    }
    if !cx.template.conditions.contains(condition) || conditions.implies(&pins, condition, true) != Answer::No {
        return;
    }
    let when = case(conditions, &pins);
    let message = format!("`{name}` does not exist when condition `{condition}` is false{when}");
    let place = cx.template.conditions.get(condition).map(|c| c.key.span);
    let finding = cx.report(&DEPENDS_ON_TARGET, node.span, message);
    if let Some(span) = place {
        finding.label(span, "the condition");
    }
    finding.help(format!("Give both resources the same condition, or one that implies `{condition}`."));
}

/// " and `A` is true": what is pinned, for a message.
fn case(conditions: &Conditions<'_>, pins: &Pins) -> String {
    conditions.describe(pins).iter().map(|(name, holds)| format!(" and `{name}` is {holds}")).collect()
}

fn depends_on_redundant(cx: &mut Context<'_>) {
    let mut found = Vec::new();
    for (entry, references) in cx.graph().redundant_depends_on(&cx.resolver().conditions) {
        for d in references {
            let message = format!("`{}` is already needed by {}", entry.to.name, written(&d));
            found.push((entry.edge.span, message, d.edge.span));
        }
    }
    for (span, message, reference) in found {
        let finding = cx.report(&DEPENDS_ON_REDUNDANT, span, message);
        finding.label(reference, "this reference makes CloudFormation wait already");
        finding.help("Remove the entry from `DependsOn`.");
    }
}

fn ref_maybe_absent(cx: &mut Context<'_>) {
    let conditions = &cx.resolver().conditions;
    let graph = cx.graph();
    let mut found = Vec::new();
    for d in graph.dependencies() {
        if d.to.kind != ItemKind::Resource || matches!(d.edge.cause, Cause::DependsOn | Cause::Condition) {
            continue;
        }
        let Some(condition) = d.to.condition.filter(|c| cx.template.conditions.contains(c)) else { continue };
        // A place that no deployment reaches says nothing.
        let Some(pins) = graph.pins(conditions, &d) else { continue };
        if conditions.implies(&pins, condition, true) != Answer::No {
            continue;
        }
        let when = case(conditions, &pins);
        let name = d.to.name;
        let message = format!("`{name}` does not exist when condition `{condition}` is false{when}");
        found.push((d.edge.span, d.edge.token, message, d.to.span, condition));
    }
    for (span, token, message, target, condition) in found {
        let finding = cx.report(&REF_MAYBE_ABSENT, span, message);
        finding.label(target, format!("exists only when `{condition}` is true"));
        finding.reference_at(token);
        finding.help(format!("Use the reference only where `{condition}` holds, for example inside `Fn::If`."));
    }
}
