//! Rules about what needs what: loops, `DependsOn`, references to what may not exist.

use crate::conditions::{Answer, Conditions, Pins};
use crate::diagnostic::{Applicability, Diagnostic, Severity};
use crate::graph::{Cause, Dependency, ItemKind};
use crate::rule::edits;
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
    checks: &[Check::Template(depends_on_target)],
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
/// Most edges of one loop that are reported.
const MAX_EDGES: usize = 100;

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
        for (i, d) in cycle.iter().enumerate().take(MAX_EDGES) {
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

fn depends_on_target(cx: &mut Context<'_>) {
    let template = cx.template;
    let keys = template.section("Resources").and_then(Node::as_map).unwrap_or_default();
    // Names that are made later cannot be told from wrong ones.
    let open_ended = keys.iter().any(|e| e.key.text.starts_with("Fn::"));
    let stand_for_more: Vec<&str> =
        template.resources.iter().filter(|r| is_expanded_later(r.kind())).map(|r| r.id()).collect();
    for resource in template.resources.iter() {
        for (name, node) in resource.depends_on() {
            if name == resource.id() {
                let message = format!("`{name}` depends on itself");
                cx.report(&DEPENDS_ON_TARGET, node.span, message);
            } else if let Some(target) = template.resources.get(name) {
                if let Some(condition) = target.condition() {
                    depends_on_absent(resource, name, node, condition, cx);
                }
            } else if !open_ended && !stand_for_more.iter().any(|id| name.starts_with(id)) {
                depends_on_unknown(resource, name, node, cx);
            }
        }
    }
}

/// Reports a target that is no resource.
fn depends_on_unknown(resource: &Resource<'_>, name: &str, node: &Node, cx: &mut Context<'_>) {
    let template = cx.template;
    // The nearest name is looked for only where that is cheap.
    let names = template.resources.names().filter(|n| *n != resource.id()).take(2_000);
    let near = nearest(name, names).map(|n| format!("Did you mean `{n}`?"));
    let message = format!("`{name}` is not a resource of this template");
    let finding = cx.report(&DEPENDS_ON_TARGET, node.span, message);
    if template.parameters.contains(name) {
        finding.help("`DependsOn` takes logical ids of resources; parameters always exist.");
    } else if let Some(near) = near {
        finding.help(near);
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
    // The CDK writes out every dependency of a construct, needed or not; its user cannot change that.
    if cx.template.is_cdk() {
        return;
    }
    let mut found = Vec::new();
    for (entry, references) in cx.graph().redundant_depends_on(&cx.resolver().conditions) {
        // One entry is one fault: the first reference says why, the others are nested below it.
        let mut all = references.iter().map(|d| {
            let message = format!("`{}` is already needed by {}", entry.to.name, written(d));
            let mut finding = Diagnostic::new(&DEPENDS_ON_REDUNDANT, entry.edge.span, message);
            finding.label(d.edge.span, "this reference makes CloudFormation wait already");
            finding
        });
        let Some(mut first) = all.next() else { continue };
        first.help("Remove the entry from `DependsOn`.");
        let removal = edits::remove(&cx.document.file, cx.template.root, entry.edge.span);
        first.fix_by(Applicability::Safe, "remove the entry", removal);
        first.children = all.collect();
        found.push(first);
    }
    cx.findings.list.extend(found);
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
