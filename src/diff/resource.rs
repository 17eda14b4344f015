//! Resources side by side: which exist before and after, and what differs in those that stay.

use super::classify::Place;
use super::compare::{Comparison, Leaf, Weight};
use super::side::{Given, Side};
use super::value::{Cause, Val};
use super::{ChangeSource, Detail, Difference, Effect, Evaluation, Label, Scope};
use crate::schema::traits::Traits;
use crate::source::SourceFile;
use crate::template::Resource;
use std::collections::BTreeMap;

/// The attributes of a resource that are compared, besides its properties.
const ATTRIBUTES: &[(&str, Scope)] = &[
    ("Metadata", Scope::Metadata),
    ("CreationPolicy", Scope::CreationPolicy),
    ("UpdatePolicy", Scope::UpdatePolicy),
    ("DeletionPolicy", Scope::DeletionPolicy),
    ("UpdateReplacePolicy", Scope::UpdateReplacePolicy),
];

/// Both sides of a comparison, and what is known of both together.
pub(super) struct Context<'c, 'n> {
    pub(super) old: &'c Side<'n>,
    pub(super) new: &'c Side<'n>,
    pub(super) files: (&'c SourceFile, &'c SourceFile),
}

/// A resource on one side.
pub(super) struct Present {
    pub(super) type_name: String,
    pub(super) properties: Option<Val>,
    pub(super) attributes: BTreeMap<&'static str, Val>,
    /// Whether it exists: `None` if its condition is not decided.
    pub(super) exists: Option<bool>,
    pub(super) condition: Option<String>,
    pub(super) line: u32,
    pub(super) generated: bool,
}

/// A logical id with what is on both sides and what differs.
pub(super) struct Pair {
    pub(super) id: String,
    pub(super) old: Option<Present>,
    pub(super) new: Option<Present>,
    pub(super) traits: Option<Traits>,
    /// What differs by itself.
    pub(super) own: Vec<Detail>,
    /// What follows from other resources.
    pub(super) follows: Vec<Detail>,
    /// Which outputs of a nested stack get another value, surely or perhaps; `None` when its template is not known.
    pub(super) outputs: Option<BTreeMap<String, bool>>,
}

impl Present {
    pub(super) fn is_here(&self) -> bool {
        self.exists != Some(false)
    }

    /// A policy attribute as text.
    pub(super) fn policy(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.known()
    }

    pub(super) fn property(&self, path: &[&str]) -> Option<&Val> {
        self.properties.as_ref()?.at(path)
    }
}

impl Pair {
    /// Both, if the resource stays.
    pub(super) fn both(&self) -> Option<(&Present, &Present)> {
        match (&self.old, &self.new) {
            (Some(old), Some(new)) if old.is_here() && new.is_here() => Some((old, new)),
            _ => None,
        }
    }
}

impl<'c, 'n> Context<'c, 'n> {
    pub(super) fn new(old: &'c Side<'n>, new: &'c Side<'n>, files: (&'c SourceFile, &'c SourceFile)) -> Self {
        Context { old, new, files }
    }

    /// Whether a parameter has another value, and whether by its default alone.
    pub(super) fn parameter_changes(&self, name: &str) -> Option<bool> {
        let (old, new) = (self.old.settings.get(name)?, self.new.settings.get(name)?);
        if old.value == new.value && old.ssm == new.ssm && old.list == new.list && old.open == new.open {
            return None;
        }
        Some(old.given == Given::Default && new.given == Given::Default)
    }

    /// Whether a condition has another value.
    pub(super) fn condition_changes(&self, name: &str) -> bool {
        self.old.holds(name) != self.new.holds(name)
    }

    /// Whether a mapping is written differently.
    pub(super) fn mapping_changes(&self, name: &str) -> bool {
        match (self.old.template.mappings.get(name), self.new.template.mappings.get(name)) {
            (Some(old), Some(new)) => !old.node.same_value(new.node),
            _ => true,
        }
    }

    /// The parameters with another value behind a condition.
    pub(super) fn parameters_behind(&self, condition: &str) -> Vec<String> {
        let mut names = self.new.behind(condition);
        names.retain(|name| self.parameter_changes(name).is_some());
        names
    }
}

/// The resource of one side as a value.
fn present<'n>(side: &Side<'n>, resource: &Resource<'n>, file: &SourceFile) -> Present {
    let condition = resource.condition();
    let exists = match condition {
        Some(name) if side.template.conditions.contains(name) => side.holds(name),
        _ => Some(true),
    };
    let attribute = |(name, _): &(&'static str, Scope)| {
        let value = side.value(resource.node.get(name)?)?;
        Some((*name, value))
    };
    Present {
        type_name: resource.kind().unwrap_or_default().to_owned(),
        properties: resource.properties().and_then(|node| side.value(node)),
        attributes: ATTRIBUTES.iter().filter_map(attribute).collect(),
        exists,
        condition: condition.map(str::to_owned),
        line: file.position(resource.key.span.start).line,
        generated: resource.key.style == crate::syntax::Style::Generated,
    }
}

/// Every resource of both sides, sorted by logical id.
pub(super) fn compare_all(context: &Context<'_, '_>) -> Vec<Pair> {
    let mut pairs: BTreeMap<String, (Option<Present>, Option<Present>)> = BTreeMap::new();
    for resource in context.old.template.resources.iter() {
        let found = present(context.old, resource, context.files.0);
        pairs.entry(resource.id().to_owned()).or_default().0 = Some(found);
    }
    for resource in context.new.template.resources.iter() {
        let found = present(context.new, resource, context.files.1);
        pairs.entry(resource.id().to_owned()).or_default().1 = Some(found);
    }
    let pair = |(id, (old, new)): (String, (Option<Present>, Option<Present>))| {
        let type_name = new.as_ref().or(old.as_ref()).map(|p| p.type_name.clone()).unwrap_or_default();
        let traits = Traits::of(&type_name);
        let mut pair = Pair { id, old, new, traits, own: Vec::new(), follows: Vec::new(), outputs: None };
        pair.own = own_details(&pair, context);
        pair
    };
    pairs.into_iter().map(pair).collect()
}

/// What differs in a resource that stays.
fn own_details(pair: &Pair, context: &Context<'_, '_>) -> Vec<Detail> {
    let Some((old, new)) = pair.both() else { return Vec::new() };
    if old.type_name != new.type_name {
        return Vec::new();
    }
    let mut details = Vec::new();
    let mut comparison = Comparison::new(pair.traits, Vec::new());
    comparison.run(old.properties.as_ref(), new.properties.as_ref());
    for leaf in comparison.leaves {
        details.extend(property_details(&leaf, pair, context));
    }
    for (name, scope) in ATTRIBUTES {
        let mut comparison = Comparison::new(None, vec![(*name).to_owned()]);
        comparison.run(old.attributes.get(name), new.attributes.get(name));
        for leaf in comparison.leaves.iter().filter(|leaf| leaf.weight == Weight::Real) {
            let why = match scope {
                Scope::Metadata => "metadata alone changes nothing in the resource",
                Scope::DeletionPolicy | Scope::UpdateReplacePolicy => "a policy changes nothing in the resource now",
                _ => "it counts from this update on",
            };
            details.push(Detail {
                scope: *scope,
                path: format!("/{}", leaf.path.join("/")),
                why: why.to_owned(),
                label: Label::Documented,
                ..base(leaf)
            });
        }
    }
    if new.type_name == "AWS::CloudFormation::Stack" && details.is_empty() {
        details.push(automatic());
    }
    details.extend(stored(new));
    details
}

/// The parts of a detail that the place alone decides.
fn base(leaf: &Leaf) -> Detail {
    let difference = match (&leaf.before, &leaf.after) {
        (None, _) => Difference::Add,
        (_, None) => Difference::Remove,
        _ => Difference::Modify,
    };
    // What is unknown on one side only may turn out to be the same.
    let open = leaf.conditional || [&leaf.before, &leaf.after].into_iter().flatten().any(Val::is_open);
    let both = leaf.before.is_some() && leaf.after.is_some();
    let passed = both && [&leaf.before, &leaf.after].into_iter().flatten().all(Val::is_passed);
    Detail {
        scope: Scope::Properties,
        path: String::new(),
        effect: Effect::Never,
        evaluation: if leaf.conditional || open && both { Evaluation::Dynamic } else { Evaluation::Static },
        difference,
        source: ChangeSource::DirectModification,
        cause: None,
        before: leaf.before.as_ref().map(Val::show),
        after: leaf.after.as_ref().map(Val::show),
        why: String::new(),
        label: Label::Schema,
        in_practice: open && passed && !leaf.conditional,
        without_edit: false,
        if_default_taken: false,
        cosmetic: leaf.weight != Weight::Real,
    }
}

/// The details of a changed property, one for each cause.
fn property_details(leaf: &Leaf, pair: &Pair, context: &Context<'_, '_>) -> Vec<Detail> {
    let Some((old, new)) = pair.both() else { return Vec::new() };
    let place = Place {
        type_name: &new.type_name,
        traits: pair.traits,
        old: old.properties.as_ref(),
        new: new.properties.as_ref(),
        update_policy: new.attributes.get("UpdatePolicy"),
    };
    let path: Vec<&str> = leaf.path.iter().map(String::as_str).collect();
    let verdict = place.effect(&path, leaf.before.as_ref(), leaf.after.as_ref());
    let tags = pair.traits.and_then(|t| t.tagging()).and_then(|t| t.property);
    let mut detail = Detail {
        scope: if tags.is_some() && tags == path.first().copied() { Scope::Tags } else { Scope::Properties },
        path: format!("/Properties/{}", leaf.path.join("/")).trim_end_matches('/').to_owned(),
        effect: verdict.effect,
        why: verdict.why,
        label: verdict.label,
        ..base(leaf)
    };
    if detail.cosmetic {
        detail.effect = Effect::Never;
        detail.label = Label::Inferred;
        let why = match leaf.weight {
            Weight::Order => "the same items in another order, which means nothing here",
            Weight::Hollow => "empty and absent are probably the same",
            _ => "the service makes the same of both",
        };
        detail.why = why.to_owned();
    }
    let mut details = Vec::new();
    for (source, cause, by_default) in causes(leaf, context) {
        details.push(Detail { source, cause: Some(cause), if_default_taken: by_default, ..detail.clone() });
    }
    if details.is_empty() || rewritten(leaf, context) {
        details.push(detail);
    }
    details
}

/// What stands behind a change that the template text alone does not explain.
fn causes(leaf: &Leaf, context: &Context<'_, '_>) -> Vec<(ChangeSource, String, bool)> {
    let mut out = Vec::new();
    let mut all: Vec<&Cause> = leaf.from.0.iter().chain(&leaf.from.1).collect();
    all.sort();
    all.dedup();
    for cause in all {
        match cause {
            Cause::Parameter(name) => {
                if let Some(by_default) = context.parameter_changes(name) {
                    out.push((ChangeSource::ParameterReference, name.clone(), by_default));
                }
            }
            Cause::Condition(name) if context.condition_changes(name) => {
                let behind = context.parameters_behind(name);
                let by_default =
                    !behind.is_empty() && behind.iter().all(|p| context.parameter_changes(p) == Some(true));
                out.push((ChangeSource::Condition, name.clone(), by_default));
            }
            Cause::Mapping(name) if context.mapping_changes(name) => {
                out.push((ChangeSource::Mapping, name.clone(), false));
            }
            _ => {}
        }
    }
    out
}

/// Whether the text of the template differs at the place as well.
fn rewritten(leaf: &Leaf, context: &Context<'_, '_>) -> bool {
    let text = |value: &Option<Val>, file: &SourceFile| value.as_ref().map(|v| file.slice(v.span).to_owned());
    let (old, new) = (text(&leaf.before, context.files.0), text(&leaf.after, context.files.1));
    let by_mapping = leaf.from.0.iter().chain(&leaf.from.1).any(|c| matches!(c, Cause::Mapping(_)));
    let by_condition = leaf.from.1.iter().any(|c| matches!(c, Cause::Condition(_)));
    old != new && !by_mapping && !by_condition
}

/// A nested stack is looked at in every update.
fn automatic() -> Detail {
    Detail {
        scope: Scope::Properties,
        path: "/Properties".to_owned(),
        effect: Effect::Never,
        evaluation: Evaluation::Dynamic,
        difference: Difference::Modify,
        source: ChangeSource::Automatic,
        cause: None,
        before: None,
        after: None,
        why: "a nested stack is updated whenever its own template has changed".to_owned(),
        label: Label::Documented,
        in_practice: false,
        without_edit: true,
        if_default_taken: false,
        cosmetic: false,
    }
}

/// What may change because a parameter is read from the parameter store at each update.
fn stored(new: &Present) -> Vec<Detail> {
    let mut out: Vec<Detail> = Vec::new();
    let Some(properties) = &new.properties else { return out };
    let traits = Traits::of(&new.type_name);
    let place = Place {
        type_name: &new.type_name,
        traits,
        old: None,
        new: Some(properties),
        update_policy: new.attributes.get("UpdatePolicy"),
    };
    properties.references(&mut Vec::new(), &mut |path, piece| {
        let super::value::Piece::Stored { name, .. } = piece else { return };
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        let verdict = place.effect(&parts, None, None);
        let path = format!("/Properties/{}", path.join("/"));
        if verdict.effect == Effect::Never || out.iter().any(|d| d.path == path) {
            return;
        }
        out.push(Detail {
            path,
            effect: verdict.effect,
            source: ChangeSource::ParameterReference,
            cause: Some(name.clone()),
            why: format!("`{name}` is read from the parameter store at each update; {}", verdict.why),
            label: Label::Inferred,
            ..automatic()
        });
    });
    out
}

/// What tags of the stack do to the resources that stay.
pub(super) fn add_stack_tags(pairs: &mut [Pair], context: &Context<'_, '_>, tags: &[(String, String)]) {
    let _ = context;
    if tags.is_empty() {
        return;
    }
    let shown: Vec<String> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    for pair in pairs.iter_mut().filter(|pair| pair.both().is_some()) {
        let Some(tagging) = pair.traits.and_then(|t| t.tagging()).filter(|t| t.taggable && t.system_tags) else {
            continue;
        };
        let Some(property) = tagging.property else { continue };
        let place = Place {
            type_name: pair.traits.map_or("", |t| t.type_name()),
            traits: pair.traits,
            old: None,
            new: None,
            update_policy: None,
        };
        let verdict = place.effect(&[property], None, None);
        pair.own.push(Detail {
            scope: Scope::Tags,
            path: format!("/Properties/{property}"),
            effect: verdict.effect,
            evaluation: Evaluation::Static,
            difference: Difference::Add,
            source: ChangeSource::StackTag,
            cause: Some(shown.join(", ")),
            after: Some(shown.join(", ")),
            why: verdict.why,
            label: verdict.label,
            without_edit: false,
            ..automatic()
        });
    }
}
