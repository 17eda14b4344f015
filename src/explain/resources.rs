//! One resource after the other: what it is, whether it exists, what a change of its properties does, what becomes of it.

use super::facts::short_type;
use super::model::*;
use super::requests::because;
use super::template::Context;
use super::values::Val;
use super::{safety, sentences};
use crate::schema::traits::{DeletionDefault, HandlerKind, Traits};
use crate::source::Span;
use crate::syntax::{Node, NodeKind, Style};
use crate::template::Resource as View;

/// Longest value that is shown.
const VALUE_LENGTH: usize = 160;
/// Depth to which mappings are taken apart.
const DEPTH: usize = 3;

/// Fills the resources, in the order of the (expanded) template.
pub(super) fn fill(model: &mut Model, context: &Context<'_, '_>) {
    let written: std::collections::BTreeMap<&str, Origin> = context
        .expansion
        .origins
        .iter()
        .filter_map(|o| match o.path.as_slice() {
            [section, id] if section == "Resources" => Some((id.as_str(), origin(context, o))),
            _ => None,
        })
        .collect();
    for view in context.template.resources.iter() {
        let made = one(context, view, written.get(view.id()).cloned());
        model.resources.push(made);
    }
    in_order_of_the_file(&mut model.resources);
}

/// What a transform makes stands beside its cause: the cause itself first. What has no cause of its own comes last.
fn in_order_of_the_file(resources: &mut [Resource]) {
    let mut first: std::collections::BTreeMap<String, u32> = std::collections::BTreeMap::new();
    for resource in resources.iter() {
        if let Some(origin) = &resource.origin {
            let at = first.entry(origin.id.clone()).or_insert(origin.at.start);
            *at = (*at).min(origin.at.start);
        }
    }
    if first.is_empty() {
        return;
    }
    resources.sort_by_cached_key(|r| match &r.origin {
        Some(o) => {
            let implied = o.id.starts_with("Serverless");
            let start = first.get(&o.id).copied().unwrap_or_default();
            (implied, start, o.step != o.id, o.at.start, o.step.clone(), r.id != o.id, r.id.clone())
        }
        None => (false, r.at.start, false, r.at.start, String::new(), false, r.id.clone()),
    });
}

fn origin(context: &Context<'_, '_>, origin: &crate::transform::Origin) -> Origin {
    let id = origin.step.split('.').next().unwrap_or_default().to_owned();
    Origin { id, step: origin.step.clone(), because: String::new(), at: Place::of(context.file, origin.span) }
}

fn one<'n>(context: &Context<'_, 'n>, view: &View<'n>, origin: Option<Origin>) -> Resource {
    let kind = view.kind().unwrap_or_default();
    let origin = origin.map(|o| Origin { because: because(view.id(), kind, &o, context.values), ..o });
    let traits = context.facts.of(kind).traits;
    let absent = Val::Absent;
    let properties = context.values.get(view.id()).unwrap_or(&absent);
    let (sentence, by_hand) = sentences::sentence(kind);
    let guard: Vec<Guard> =
        view.condition().map(|c| Guard { condition: c.to_owned(), holds: true }).into_iter().collect();
    let value = view.condition().map_or(Some(true), |c| context.world.conditions.get(c).copied().unwrap_or(Some(true)));
    let mut list = Vec::new();
    if let Val::Map(entries) = properties {
        rows(context, kind, view.properties(), entries, &mut Vec::new(), &mut list);
    }
    let (on_delete, on_replace) = fates(view, traits, properties);
    Resource {
        id: view.id().to_owned(),
        kind: kind.to_owned(),
        short_type: short_type(kind),
        at: Place::of(context.file, view.key.span),
        body: Place::of(context.file, whole(view)),
        origin,
        exists: match value {
            Some(true) => Exists::Yes,
            Some(false) => Exists::No,
            None => Exists::Maybe,
        },
        guard,
        wave: None,
        sentence,
        label: if by_hand { Label::Documented } else { Label::Inferred },
        detail: sentences::detail(kind, properties),
        reference: traits.and_then(safety::reference),
        attributes: traits.map(attributes).unwrap_or_default(),
        properties: list,
        stateful: traits.is_some_and(|t| t.stateful()),
        on_delete,
        on_replace,
        name: safety::name(context, kind, view.id(), properties),
        permissions: traits.and_then(safety::counts),
        timeout_minutes: traits.and_then(|t| t.handler(HandlerKind::Create)?.timeout_minutes()),
        needs: Vec::new(),
        needed_by: Vec::new(),
    }
}

/// What only the service sets: the rest of the attributes are properties that the template sets itself.
fn attributes(traits: Traits) -> Vec<String> {
    traits.read_only().filter(|a| !a.contains('*')).map(|a| a.replace('/', ".")).collect()
}

fn whole(view: &View<'_>) -> Span {
    if view.node.style == Style::Generated { view.key.span } else { view.key.span.to(view.node.span) }
}

fn rows<'n>(
    context: &Context<'_, 'n>,
    kind: &str,
    node: Option<&'n Node>,
    entries: &[(&'n str, Span, Val<'n>)],
    path: &mut Vec<&'n str>,
    out: &mut Vec<Property>,
) {
    for (key, span, val) in entries {
        path.push(key);
        let below = node.and_then(|n| n.get(key));
        let is_map = below.is_some_and(|n| matches!(n.kind, NodeKind::Map(_)));
        match val {
            Val::Map(inner) if is_map && path.len() < DEPTH && !inner.is_empty() => {
                rows(context, kind, below, inner, path, out);
            }
            _ => {
                let change = context.facts.property_change(kind, path);
                out.push(Property {
                    path: format!("/Properties/{}", path.join("/")),
                    value: val.show_short(VALUE_LENGTH),
                    known: val.known(),
                    on_change: change.on_change,
                    note: change.note,
                    label: change.label,
                    source: change.source,
                    at: Place::of(context.file, *span),
                });
            }
        }
        path.pop();
    }
}

/// What becomes of it when it is removed, and of the old one when it is replaced.
fn fates(view: &View<'_>, traits: Option<Traits>, properties: &Val<'_>) -> (Fate, Fate) {
    let named = |attribute: &str| {
        view.node.get(attribute).map(|node| match node.as_str() {
            Some("Delete") => Fate::Delete,
            Some("Retain") => Fate::Retain,
            Some("Snapshot") => Fate::Snapshot,
            Some("RetainExceptOnCreate") => Fate::RetainExceptOnCreate,
            _ => Fate::Unknown,
        })
    };
    let by_default = match traits.map(|t| t.deletion_default()) {
        Some(DeletionDefault::Snapshot) => Fate::Snapshot,
        Some(DeletionDefault::SnapshotOutsideCluster) if properties.at("DBClusterIdentifier").is_none() => {
            Fate::Snapshot
        }
        _ => Fate::Delete,
    };
    (named("DeletionPolicy").unwrap_or(by_default), named("UpdateReplacePolicy").unwrap_or(Fate::Delete))
}
