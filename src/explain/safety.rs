//! What the deployment needs and what can be lost: names, capabilities, permissions, data, limits, regions.

use super::model::*;
use super::template::Context;
use super::values::Val;
use crate::schema::store;
use crate::schema::traits::{HandlerKind, ReplacementStrategy, Traits};
use crate::source::Span;
use crate::syntax::Node;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Largest template body that is sent in a request.
const DIRECT_BODY: usize = 51_200;
/// Largest template body that lies in a bucket.
const BUCKET_BODY: usize = 1_000_000;

fn naming() -> &'static BTreeMap<String, (String, String)> {
    static LIST: OnceLock<BTreeMap<String, (String, String)>> = OnceLock::new();
    LIST.get_or_init(|| serde_json::from_str(include_str!("../../schemas/explain/names.json")).unwrap_or_default())
}

/// The physical name of a resource.
pub(super) fn name(context: &Context<'_, '_>, kind: &str, id: &str, properties: &Val<'_>) -> Option<Name> {
    let (property, scope) = naming().get(kind)?;
    let unique_in = (scope != "none").then(|| scope.clone());
    if let Some(value) = properties.at(property) {
        let (value, source) = (value.show_short(120), format!("property {property}"));
        let property = Some(property.clone());
        return Some(Name { property, value, fixed: scope != "none", unique_in, label: Label::File, source });
    }
    let stack = context.world.stack_name.unwrap_or("<stack name>");
    let mut value = format!("{stack}-{id}-<12 characters>");
    if kind == "AWS::S3::Bucket" {
        value = value.to_lowercase();
    }
    let source = "user guide: names that CloudFormation makes".to_owned();
    Some(Name { property: None, value, fixed: false, unique_in, label: Label::Documented, source })
}

/// What `Ref` gives.
pub(super) fn reference(traits: Traits) -> Option<Claim> {
    let gives = traits.ref_returns();
    if gives.is_empty() {
        return None;
    }
    let source = if traits.ref_is_special() { "service specification: Ref" } else { "primaryIdentifier" };
    let label = if traits.ref_is_special() { Label::Documented } else { Label::Schema };
    Some(Claim::new(gives.join("|"), label, source))
}

/// How many actions its handlers may call.
pub(super) fn counts(traits: Traits) -> Option<Counts> {
    let count = |kind| traits.handler(kind).map_or(0, |h| h.permissions().count());
    traits.has_handlers().then(|| Counts {
        create: count(HandlerKind::Create),
        update: count(HandlerKind::Update),
        delete: count(HandlerKind::Delete),
    })
}

/// Fills everything of this module that is about the whole template.
pub(super) fn fill(model: &mut Model, context: &Context<'_, '_>, written: &Node) {
    data(model, context);
    capabilities(model, context, written);
    permissions(model, context);
    model.limits = limits(model, context);
    availability(model);
}

fn data(model: &mut Model, context: &Context<'_, '_>) {
    for resource in model.resources.iter().filter(|r| r.stateful && r.exists != Exists::No) {
        let traits = context.facts.of(&resource.kind).traits;
        let values = context.values.get(&*resource.id);
        let protection = traits.and_then(|t| t.deletion_protection()).filter(|property| {
            values.and_then(|v| v.literal_at(property)).is_some_and(|v| v.eq_ignore_ascii_case("true"))
        });
        let on_failed_create = match resource.on_delete {
            Fate::Retain => Fate::Retain,
            Fate::Unknown => Fate::Unknown,
            _ => Fate::Delete,
        };
        model.data_at_risk.push(DataRisk {
            resource: resource.id.clone(),
            on_delete: resource.on_delete,
            on_replace: resource.on_replace,
            on_failed_create,
            protection: protection.map(str::to_owned),
            text: risk_text(resource, protection),
            label: Label::Documented,
            source: "user guide: DeletionPolicy, UpdateReplacePolicy; list of types that hold data".to_owned(),
        });
    }
}

fn risk_text(resource: &Resource, protection: Option<&str>) -> String {
    let id = &resource.id;
    let mut text = match (resource.on_delete, resource.on_replace) {
        (Fate::Delete, Fate::Delete) if resource.kind == "AWS::S3::Bucket" => format!(
            "{id} holds data and has no policy that keeps it: a bucket with something in it cannot be deleted, so \
             deleting the stack fails until it is empty; an empty one goes without a question"
        ),
        (Fate::Delete, Fate::Delete) => format!(
            "{id} holds data and has no policy that keeps it: removing it, replacing it or deleting the stack destroys \
             what is in it"
        ),
        (Fate::Delete, kept) => format!(
            "{id} holds data: removing it or deleting the stack destroys what is in it; when it is replaced, the old one \
             is {}",
            kept.words()
        ),
        (Fate::Unknown, _) | (_, Fate::Unknown) => {
            format!("{id} holds data, and what becomes of it is decided by a policy that is not known here")
        }
        (kept, Fate::Delete) => format!(
            "{id} holds data: on removal it is {}, but when it is replaced, the old one is deleted with what is in it \
             (no UpdateReplacePolicy)",
            kept.words()
        ),
        (on_delete, on_replace) => format!(
            "{id} holds data: on removal it is {}; when it is replaced, the old one is {}",
            on_delete.words(),
            on_replace.words()
        ),
    };
    if let Some(property) = protection {
        text.push_str(&format!("; {property} refuses any deletion until it is switched off"));
    }
    text
}

fn capabilities(model: &mut Model, context: &Context<'_, '_>, written: &Node) {
    let (mut plain, mut named) = (Vec::new(), Vec::new());
    for resource in &model.resources {
        let Some(capability) = context.facts.of(&resource.kind).traits.and_then(|t| t.capability()) else { continue };
        let property =
            capability.name_property.filter(|p| context.values.get(&*resource.id).is_some_and(|v| v.at(p).is_some()));
        let mut text = match (property, &resource.origin) {
            (Some(property), _) => format!("{}.{property} is set", resource.id),
            (None, Some(_)) => format!("{} is an {} (made by the transform)", resource.id, resource.short_type),
            (None, None) => format!("{} is an {}", resource.id, resource.short_type),
        };
        if resource.exists == Exists::No {
            text.push_str(" (off here, but the template is read as a whole)");
        }
        let claim = Claim::new(text, Label::Documented, "user guide: acknowledging IAM resources")
            .about(&resource.id, Some(resource.at));
        if property.is_some() { named.push(claim) } else { plain.push(claim) }
    }
    if !named.is_empty() {
        model.capabilities.push(Capability { name: "CAPABILITY_NAMED_IAM", causes: named });
    } else if !plain.is_empty() {
        model.capabilities.push(Capability { name: "CAPABILITY_IAM", causes: plain });
    }
    let transforms = crate::template::rewritten_by(written);
    if !transforms.is_empty() {
        let claim = |(text, span): (String, Span)| {
            let text = format!("{text}; only when the stack is made or updated directly, not through a change set");
            let mut claim = Claim::new(text, Label::Documented, "user guide: CAPABILITY_AUTO_EXPAND");
            claim.at = Some(Place::of(context.file, span));
            claim
        };
        let causes = transforms.into_iter().map(claim).collect();
        model.capabilities.push(Capability { name: "CAPABILITY_AUTO_EXPAND", causes });
    }
}

fn permissions(model: &mut Model, context: &Context<'_, '_>) {
    let mut sets: [BTreeSet<String>; 3] = Default::default();
    let mut seen = BTreeSet::new();
    for resource in model.resources.iter().filter(|r| r.exists != Exists::No) {
        if !seen.insert(resource.kind.as_str()) {
            if context.facts.of(&resource.kind).traits.is_none_or(|t| !t.has_handlers()) {
                model.permissions.unknown.push(resource.id.clone());
            }
            continue;
        }
        match context.facts.of(&resource.kind).traits.filter(|t| t.has_handlers()) {
            None => model.permissions.unknown.push(resource.id.clone()),
            Some(traits) => {
                let kinds = [HandlerKind::Create, HandlerKind::Update, HandlerKind::Delete];
                for (set, kind) in sets.iter_mut().zip(kinds) {
                    let actions = traits.handler(kind).into_iter().flat_map(|h| h.permissions());
                    set.extend(actions.map(|a| a.to_string()));
                }
            }
        }
    }
    let roles: BTreeSet<&str> =
        model.resources.iter().filter(|r| r.kind == "AWS::IAM::Role").map(|r| r.id.as_str()).collect();
    let kind: BTreeMap<&str, &str> = model.resources.iter().map(|r| (r.id.as_str(), r.kind.as_str())).collect();
    let passes = |e: &&Edge| {
        roles.contains(e.to.as_str())
            && e.exists != Exists::No
            && e.via != "DependsOn"
            && !kind
                .get(e.from.as_str())
                .is_some_and(|k| k.starts_with("AWS::IAM::") && *k != "AWS::IAM::InstanceProfile")
    };
    let passed: BTreeSet<String> = model.edges.iter().filter(passes).map(|e| e.to.clone()).collect();
    model.permissions.passed_roles = passed.into_iter().collect();
    let [create, update, delete] = sets.map(|s| s.into_iter().collect());
    (model.permissions.create, model.permissions.update, model.permissions.delete) = (create, update, delete);
}

fn limits(model: &Model, context: &Context<'_, '_>) -> Vec<Limit> {
    let bytes = context.file.text.len();
    let allowed = if bytes <= DIRECT_BODY { DIRECT_BODY } else { BUCKET_BODY };
    let body = if bytes <= DIRECT_BODY { "bytes, sent in the request" } else { "bytes, from a bucket" };
    vec![
        Limit { what: "resources", used: model.resources.len(), allowed: 500 },
        Limit { what: "parameters", used: context.template.parameters.len(), allowed: 200 },
        Limit { what: "mappings", used: context.template.mappings.len(), allowed: 200 },
        Limit { what: "outputs", used: context.template.outputs.len(), allowed: 200 },
        Limit { what: body, used: bytes, allowed },
    ]
}

fn availability(model: &mut Model) {
    let kinds: BTreeSet<&str> =
        model.resources.iter().filter(|r| r.exists != Exists::No).map(|r| r.kind.as_str()).collect();
    let known = store::regions().count();
    let found: Vec<_> = kinds.iter().filter_map(|k| Some((*k, store::find(k)?.regions()))).collect();
    let everywhere = |region: &&str| found.iter().all(|f| f.1.contains(region));
    let regions = store::regions().filter(everywhere).map(str::to_owned).collect();
    let mut limited_by: Vec<(String, usize)> =
        found.iter().filter(|f| f.1.len() < known).map(|f| (f.0.to_owned(), f.1.len())).collect();
    limited_by.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    limited_by.truncate(3);
    model.availability = Availability { regions, known, limited_by };
}

/// Whether a replacement of the resource is refused because its name is fixed.
pub(super) fn refuses_replacement(resource: &Resource, traits: Option<Traits>) -> bool {
    let first = traits.is_some_and(|t| t.replacement_strategy() == ReplacementStrategy::CreateThenDelete);
    first && resource.name.as_ref().is_some_and(|n| n.fixed)
}
