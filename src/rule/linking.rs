//! How rules look at resources that name each other: property by property and case by case. Paths are written with dots,
//! `RedrivePolicy.maxReceiveCount`, `*` stands for the items of a list.

use super::{Context, Rule};
use crate::conditions::{Answer, Pins};
use crate::diagnostic::{Applicability, Diagnostic, Edit};
use crate::graph::ItemKind;
use crate::intrinsics::{Intrinsic, get_att_parts};
use crate::resolve::{Case, Link, Member, Named};
use crate::source::Span;
use crate::syntax::{Call, Format, Node, NodeKind, Style};
use crate::template::Resource;
use std::collections::BTreeSet;

/// Looks at one resource and at those that it names.
pub type Look = for<'a> fn(&Resource<'a>, &mut Context<'a>);

/// Most combinations of cases looked at for one question.
const MOST: usize = 256;

/// Shows every resource to what looks at its type.
pub fn show(looks: &[(&str, Look)], cx: &mut Context<'_>) {
    for resource in cx.template.resources.iter() {
        let kind = resource.kind().unwrap_or_default();
        for (_, look) in looks.iter().filter(|look| look.0 == kind) {
            look(resource, cx);
        }
    }
}

fn steps(path: &str) -> Vec<&str> {
    path.split('.').collect()
}

/// Every case of a property of a resource.
pub fn cases<'a>(resource: &Resource<'a>, path: &str, pins: &Pins, cx: &Context<'a>) -> Vec<Case<'a>> {
    cx.resolver().cases(resource, &steps(path), pins)
}

/// The same of a value inside a resource.
pub fn below<'a>(within: &Case<'a>, path: &str, cx: &Context<'a>) -> Vec<Case<'a>> {
    match within.node() {
        Some(node) => cx.resolver().cases_below(node, within.key, &steps(path), &within.pins),
        None => Vec::new(),
    }
}

/// The resources of a type that a property names; of any type when that is empty.
pub fn links<'a>(resource: &Resource<'a>, path: &str, kind: &str, pins: &Pins, cx: &Context<'a>) -> Vec<Link<'a>> {
    cx.resolver().links(resource, &steps(path), kind, pins)
}

/// The cases of several properties together: each combination that the conditions allow. The pins of the last case are
/// those of the combination.
pub fn joined<'a, const N: usize>(of: [(&Resource<'a>, &str); N], pins: &Pins, cx: &Context<'a>) -> Vec<[Case<'a>; N]> {
    let mut rows: Vec<Vec<Case<'a>>> = vec![Vec::new()];
    for (resource, path) in of {
        let mut longer = Vec::new();
        for row in rows {
            let pins = row.last().map_or(pins, |case| &case.pins);
            for case in cases(resource, path, pins, cx) {
                let mut row = row.clone();
                row.push(case);
                longer.push(row);
            }
            if longer.len() > MOST {
                return Vec::new();
            }
        }
        rows = longer;
    }
    rows.into_iter().filter_map(|row| row.try_into().ok()).collect()
}

/// The same of several values inside a resource, each below the same one.
pub fn joined_below<'a, const N: usize>(within: &Case<'a>, paths: [&str; N], cx: &Context<'a>) -> Vec<[Case<'a>; N]> {
    let mut rows: Vec<Vec<Case<'a>>> = vec![Vec::new()];
    for path in paths {
        let mut longer = Vec::new();
        for row in rows {
            let pins = row.last().map_or(&within.pins, |case| &case.pins).clone();
            for case in below(&Case { pins, ..within.clone() }, path, cx) {
                let mut row = row.clone();
                row.push(case);
                longer.push(row);
            }
            if longer.len() > MOST {
                return Vec::new();
            }
        }
        rows = longer;
    }
    rows.into_iter().filter_map(|row| row.try_into().ok()).collect()
}

/// The number that a case holds.
pub fn number(case: &Case<'_>) -> Option<f64> {
    case.text()?.trim().parse().ok()
}

/// The number that a case holds, or that counts when there is none.
pub fn number_or(case: &Case<'_>, default: f64) -> Option<f64> {
    if case.is_absent() { Some(default) } else { number(case) }
}

/// Whether a case certainly says `true`; what is absent says `false`.
pub fn is_true(case: &Case<'_>) -> bool {
    case.text().is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// Whether a case certainly says `false` or nothing.
pub fn is_not_true(case: &Case<'_>) -> bool {
    case.is_absent() || case.text().is_some_and(|text| text.eq_ignore_ascii_case("false"))
}

/// The one value of a property that does not depend on conditions; `None` when it may be several or is not known.
pub fn only<'a>(resource: &Resource<'a>, path: &str, cx: &Context<'a>) -> Option<Case<'a>> {
    let mut all = cases(resource, path, &Pins::none(), cx);
    (all.len() == 1 && resource.condition().is_none()).then(|| all.pop()).flatten()
}

/// Whether a property is certainly missing whatever the conditions.
pub fn never_given(resource: &Resource<'_>, path: &str, cx: &Context<'_>) -> bool {
    let all = cx.resolver().cases(resource, &steps(path), &Pins::none());
    !all.is_empty() && all.iter().all(Case::is_absent)
}

/// Reports a fault at a property in a case, once for each place, and says which conditions lead to it. `None` when it is
/// not certain that the case can come about, or the place was reported before.
pub fn say<'c>(
    rule: &'static Rule,
    at: &Case<'_>,
    pins: &Pins,
    message: String,
    cx: &'c mut Context<'_>,
) -> Option<&'c mut Diagnostic> {
    let conditions = &cx.resolver().conditions;
    if conditions.satisfiable(pins) != Answer::Yes {
        return None;
    }
    let holding: Vec<String> =
        conditions.describe(pins).iter().map(|(name, holds)| format!("`{name}` is {holds}")).collect();
    let span = at.span();
    if cx.findings.list.iter().any(|d| d.span == span && d.rule.id == rule.id) {
        return None;
    }
    let finding = cx.report(rule, span, message).reference_at(at.key);
    if !holding.is_empty() {
        finding.note(format!("this is so when {}", holding.join(" and ")));
    }
    Some(finding)
}

/// The same case, shown at its key: where a whole block is meant.
pub fn at_key<'a>(case: &Case<'a>) -> Case<'a> {
    Case { member: Member::Absent, ..case.clone() }
}

/// Whether certainly nothing stands there: no value, or a list without items.
pub fn is_nothing(case: &Case<'_>) -> bool {
    case.is_absent() || case.node().and_then(Node::as_list).is_some_and(<[Node]>::is_empty)
}

/// The place of a property of a resource: its value, or the logical id when it is missing.
pub fn place(case: &Case<'_>, resource: &Resource<'_>) -> Span {
    case.node().map_or(resource.key.span, |node| node.span)
}

/// The resource that a value names with `Ref` or `Fn::GetAtt`, and the attribute.
pub fn named<'a>(case: &Case<'a>, cx: &Context<'a>) -> Option<(Resource<'a>, Option<&'a str>)> {
    match Named::of(case.node()?, cx.template) {
        Named::Resource(target, attribute) => Some((target, attribute)),
        _ => None,
    }
}

/// The resources of a type that a value mentions anywhere: `Ref`, `Fn::GetAtt` and the variables of `Fn::Sub`.
pub fn mentioned<'a>(node: &'a Node, kind: &str, cx: &Context<'a>) -> Vec<Resource<'a>> {
    let mut found: Vec<Resource<'a>> = Vec::new();
    let mut add = |id: &str| {
        if let Some(resource) = cx.template.resources.get(id)
            && resource.kind() == Some(kind)
            && !found.iter().any(|f| f.id() == id)
        {
            found.push(*resource);
        }
    };
    node.walk(&mut |part| {
        let NodeKind::Call(call) = &part.kind else { return };
        match call.function {
            Intrinsic::Ref => call.argument.as_str().into_iter().for_each(&mut add),
            Intrinsic::GetAtt => get_att_parts(&call.argument).into_iter().for_each(|parts| add(parts.id)),
            Intrinsic::Sub => variables(&call.argument).for_each(&mut add),
            _ => {}
        }
    });
    found
}

/// The resources of a type that belong to another one, which they name in a property.
pub fn parts<'a>(kind: &str, path: &str, whole: &Resource<'a>, cx: &Context<'a>) -> Vec<Resource<'a>> {
    let belongs =
        |part: &&'a Resource<'a>| links(part, path, "", &Pins::none(), cx).iter().any(|l| l.target.id() == whole.id());
    cx.resources_of(kind).filter(belongs).copied().collect()
}

/// Everything that a resource waits for, by its logical id.
pub fn awaited<'a>(resource: &Resource<'a>, cx: &Context<'a>) -> BTreeSet<&'a str> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut open = vec![resource.id()];
    while let Some(id) = open.pop() {
        for needed in cx.graph().needs(ItemKind::Resource, id) {
            if needed.to.kind == ItemKind::Resource && seen.insert(needed.to.name) {
                open.push(needed.to.name);
            }
        }
    }
    seen
}

/// The edits that make a resource without `DependsOn` wait for others.
pub fn waiting_for(resource: &Resource<'_>, names: &[&str], cx: &Context<'_>) -> Option<Vec<Edit>> {
    let kind = resource.node.entry("Type").filter(|_| resource.node.get("DependsOn").is_none())?;
    let json = kind.key.style == Style::DoubleQuoted;
    let items: Vec<String> = names.iter().map(|n| if json { format!("\"{n}\"") } else { (*n).to_owned() }).collect();
    super::edits::add_after(&cx.document.file, resource.node, kind, "DependsOn", &format!("[{}]", items.join(", ")))
}

/// The names between `${` and `}` of an `Fn::Sub`, up to a dot.
fn variables(argument: &Node) -> impl Iterator<Item = &str> {
    let text = argument.as_str().or_else(|| argument.as_list()?.first()?.as_str()).unwrap_or_default();
    text.split("${").skip(1).filter_map(|rest| {
        let name = rest.split('}').next()?;
        (!name.starts_with('!')).then(|| name.split('.').next().unwrap_or(name).trim())
    })
}

/// Edits that make a `Ref` the `Fn::GetAtt` of an attribute.
pub fn as_attribute(node: &Node, attribute: &str, cx: &Context<'_>) -> Option<Vec<Edit>> {
    let NodeKind::Call(call) = &node.kind else { return None };
    let id = call.argument.as_str().filter(|_| call.function == Intrinsic::Ref)?;
    Some(if call.short { short(call, id, attribute) } else { long(call, id, attribute, cx) })
}

fn short(call: &Call, id: &str, attribute: &str) -> Vec<Edit> {
    vec![
        Edit { span: call.function_span, text: "!GetAtt".to_owned() },
        Edit { span: call.argument.span, text: format!("{id}.{attribute}") },
    ]
}

fn long(call: &Call, id: &str, attribute: &str, cx: &Context<'_>) -> Vec<Edit> {
    let json = cx.document.tree.format == Format::Json;
    let (key, value) = if json {
        ("\"Fn::GetAtt\"", format!("[\"{id}\", \"{attribute}\"]"))
    } else {
        ("Fn::GetAtt", format!("[{id}, {attribute}]"))
    };
    vec![Edit { span: call.function_span, text: key.to_owned() }, Edit { span: call.argument.span, text: value }]
}

/// Offers to write another scalar in the place of one.
pub fn offer_text(finding: &mut Diagnostic, at: &Case<'_>, applicability: Applicability, text: &str) {
    if let Some(node) = at.node().filter(|node| node.is_scalar()) {
        let quoted = match node.style {
            Style::DoubleQuoted => format!("\"{text}\""),
            Style::SingleQuoted => format!("'{text}'"),
            Style::Plain => text.to_owned(),
            _ => return,
        };
        finding.fix(applicability, format!("write `{text}`"), node.span, quoted);
    }
}

/// The edits that remove a property of a case.
pub fn without(at: &Case<'_>, cx: &Context<'_>) -> Option<Vec<Edit>> {
    super::edits::remove(&cx.document.file, cx.template.root, at.key)
}

/// The edits that add a property with a scalar behind another one of the same resource.
pub fn beside(resource: &Resource<'_>, neighbour: &str, key: &str, value: &str, cx: &Context<'_>) -> Option<Vec<Edit>> {
    let properties = resource.properties()?;
    super::edits::add_after(&cx.document.file, properties, properties.entry(neighbour)?, key, value)
}
