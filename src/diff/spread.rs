//! How a change travels: whoever refers to a resource that is replaced gets another value, and may be replaced in turn.
//! Levels only rise, so it ends.

use super::classify::Place;
use super::consequences;
use super::resource::{Context, Pair};
use super::value::{Piece, Val};
use super::{ChangeSource, Detail, Difference, Effect, Evaluation, Label, Scope};
use crate::schema::traits::Traits;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Times that one resource is looked at again at most: its state can rise no more often.
const ROUNDS: u32 = 12;

/// What happens to a resource, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Nothing,
    Update,
    MayReplace,
    Replace,
}

/// What others have to know of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) level: Level,
    /// Whether a replacement is practically certain.
    pub(super) in_practice: bool,
    /// Whether a replacement can happen without any edit only.
    pub(super) without_edit: bool,
    /// Whether it rests on changed defaults alone.
    pub(super) if_default_taken: bool,
    /// Whether attributes may have changed by an update in place.
    pub(super) attributes_open: bool,
}

/// A reference: where it stands, to which resource, to which attribute.
type Reference = (Vec<String>, String, Option<String>);

/// Types whose attributes nobody can foresee.
fn is_opaque(type_name: &str) -> bool {
    type_name.starts_with("Custom::")
        || matches!(type_name, "AWS::CloudFormation::CustomResource" | "AWS::CloudFormation::Stack")
}

/// The state of a resource from its details.
pub(super) fn state(pair: &Pair) -> State {
    let details = || pair.own.iter().chain(&pair.follows).filter(|d| !d.cosmetic);
    let level_of = |d: &Detail| match (d.effect, d.evaluation) {
        (Effect::Always, Evaluation::Static) => Level::Replace,
        (Effect::Always | Effect::Conditionally, _) => Level::MayReplace,
        (Effect::Never, _) if d.source == ChangeSource::Automatic => Level::Nothing,
        (Effect::Never | Effect::Refused, _) => Level::Update,
    };
    let level = details().map(level_of).max().unwrap_or(Level::Nothing);
    let edited = details().filter(|d| !d.without_edit).map(level_of).max().unwrap_or(Level::Nothing);
    let grave = |d: &&Detail| level_of(d) == level && !d.without_edit;
    State {
        level,
        in_practice: details().any(|d| {
            d.effect == Effect::Always && (d.evaluation == Evaluation::Static || d.in_practice) && !d.without_edit
        }),
        without_edit: edited < level,
        if_default_taken: details().any(|d| grave(&d)) && details().filter(grave).all(|d| d.if_default_taken),
        attributes_open: details()
            .any(|d| d.scope == Scope::Properties && !d.without_edit && d.source != ChangeSource::Automatic),
    }
}

/// Attributes that an update in place leaves as they are: names, identifiers and what is made of them.
fn is_stable(traits: Option<Traits>, type_name: &str, attribute: &str) -> bool {
    if is_opaque(type_name) {
        return false;
    }
    let identifies = |t: Traits| {
        let mut more = t.additional_identifiers().into_iter().flatten();
        t.primary_identifier().any(|p| p == attribute) || more.any(|p| p == attribute)
    };
    let last = attribute.rsplit('.').next().unwrap_or(attribute);
    traits.is_some_and(identifies)
        || ["Arn", "ARN", "Id", "ID", "Name", "Url", "URL"].iter().any(|end| last.ends_with(end))
        || matches!(last, "Address" | "Uri" | "PrincipalOrgID" | "CreationDate" | "DomainNameV2")
}

/// Attributes that surely get another value when these properties change.
fn surely_changes(pair: &Pair, attribute: &str) -> bool {
    let launch_template = pair.new.as_ref().is_some_and(|new| new.type_name == "AWS::EC2::LaunchTemplate");
    launch_template
        && attribute == "LatestVersionNumber"
        && pair.own.iter().any(|d| {
            d.path.starts_with("/Properties/LaunchTemplateData")
                && d.evaluation == Evaluation::Static
                && !d.cosmetic
                && !d.without_edit
        })
}

/// Follows every change to those who refer to it, until nothing more happens.
pub(super) fn spread(pairs: &mut [Pair], context: &Context<'_, '_>) {
    let _ = context;
    let places: BTreeMap<String, usize> = pairs.iter().enumerate().map(|(at, p)| (p.id.clone(), at)).collect();
    let references: Vec<Vec<Reference>> = pairs.iter().map(references).collect();
    let mut users: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (user, all) in references.iter().enumerate() {
        for (_, target, _) in all {
            if let Some(&target) = places.get(target)
                && target != user
            {
                users.entry(target).or_default().insert(user);
            }
        }
    }
    let mut states: Vec<State> = pairs.iter().map(state).collect();
    let mut rounds = vec![0; pairs.len()];
    let mut open: VecDeque<usize> = (0..pairs.len())
        .filter(|&at| states[at].level > Level::Nothing || pairs[at].outputs.as_ref().is_some_and(|o| !o.is_empty()))
        .collect();
    while let Some(target) = open.pop_front() {
        for &user in users.get(&target).into_iter().flatten() {
            if pairs[user].both().is_none() || rounds[user] >= ROUNDS {
                continue;
            }
            let follows = follow(&pairs[user], &references[user], &|id| {
                let at = *places.get(id)?;
                Some((&pairs[at], states[at]))
            });
            pairs[user].follows = follows;
            let now = state(&pairs[user]);
            if now != states[user] {
                states[user] = now;
                rounds[user] += 1;
                open.push_back(user);
            }
        }
    }
}

/// The references of a resource that stays.
fn references(pair: &Pair) -> Vec<Reference> {
    let mut out = Vec::new();
    let Some((_, new)) = pair.both() else { return out };
    let Some(properties) = &new.properties else { return out };
    properties.references(&mut Vec::new(), &mut |path, piece| match piece {
        Piece::Ref(id) => out.push((path.to_vec(), id.clone(), None)),
        Piece::Attribute(id, name) => out.push((path.to_vec(), id.clone(), Some(name.clone()))),
        _ => {}
    });
    out.sort();
    out.dedup();
    out
}

/// What follows for a resource from those that it refers to.
fn follow<'p>(user: &Pair, references: &[Reference], look: &dyn Fn(&str) -> Option<(&'p Pair, State)>) -> Vec<Detail> {
    let mut out = Vec::new();
    let Some((old, new)) = user.both() else { return out };
    let place = Place {
        type_name: &new.type_name,
        traits: user.traits,
        old: old.properties.as_ref(),
        new: new.properties.as_ref(),
        update_policy: new.attributes.get("UpdatePolicy"),
    };
    for (path, id, attribute) in references {
        let Some((target, state)) = look(id) else { continue };
        let Some(in_practice) = reaches(target, state, attribute.as_deref()) else { continue };
        let shown = format!("/Properties/{}", path.join("/"));
        if user.own.iter().any(|d| d.path == shown && !d.cosmetic && !d.without_edit) {
            continue;
        }
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        let verdict = place.effect(&parts, None, None);
        let (source, cause) = match attribute {
            None => (ChangeSource::ResourceReference, id.clone()),
            Some(name) => (ChangeSource::ResourceAttribute, format!("{id}.{name}")),
        };
        let tags = user.traits.and_then(|t| t.tagging()).and_then(|t| t.property);
        out.push(Detail {
            scope: if tags.is_some() && tags == parts.first().copied() { Scope::Tags } else { Scope::Properties },
            path: shown,
            effect: verdict.effect,
            evaluation: Evaluation::Dynamic,
            difference: Difference::Modify,
            source,
            cause: Some(cause),
            before: None,
            after: None,
            why: verdict.why,
            label: if verdict.label == Label::Documented { Label::Documented } else { verdict.label },
            in_practice,
            without_edit: state.level >= Level::MayReplace && state.without_edit,
            if_default_taken: state.if_default_taken,
            cosmetic: false,
        });
    }
    out
}

/// The resource, or attribute of one, through which a value outside of resources gets another value, surely or perhaps.
pub(super) fn reached(value: &Val, pairs: &[Pair]) -> Option<(String, bool)> {
    let mut found: Vec<(bool, String)> = Vec::new();
    value.references(&mut Vec::new(), &mut |_, piece| {
        let (id, attribute) = match piece {
            Piece::Ref(id) => (id, None),
            Piece::Attribute(id, name) => (id, Some(name.as_str())),
            _ => return,
        };
        let Ok(at) = pairs.binary_search_by(|pair| pair.id.as_str().cmp(id)) else { return };
        let Some(target) = pairs.get(at) else { return };
        let state = state(target);
        if state.without_edit {
            return;
        }
        if let Some(surely) = reaches(target, state, attribute) {
            let name = attribute.map_or_else(|| id.clone(), |attribute| format!("{id}.{attribute}"));
            found.push((surely, name));
        }
    });
    found.sort_by(|a, b| (std::cmp::Reverse(a.0), &a.1).cmp(&(std::cmp::Reverse(b.0), &b.1)));
    found.into_iter().next().map(|(surely, name)| (name, surely))
}

/// Whether a change of a resource reaches those who read it (an attribute of) it; surely or perhaps.
fn reaches(target: &Pair, state: State, attribute: Option<&str>) -> Option<bool> {
    let (old, new) = target.both()?;
    if old.type_name != new.type_name || consequences::is_refused(target, state) {
        return None;
    }
    if state.level >= Level::MayReplace {
        let traits = target.traits?;
        let read = match attribute {
            None => traits.ref_returns(),
            Some(name) => vec![name],
        };
        // A name that the template gives stays the same.
        let given = |name: &&str| {
            let value = |p: &super::resource::Present| p.property(&[name])?.known().map(str::to_owned);
            value(old).is_some() && value(old) == value(new)
        };
        if !read.is_empty() && read.iter().all(given) {
            return None;
        }
        return Some(state.in_practice);
    }
    let attribute = attribute?;
    if let (Some(outputs), Some(name)) = (&target.outputs, attribute.strip_prefix("Outputs.")) {
        return outputs.get(name).copied();
    }
    if state.level != Level::Update || !state.attributes_open {
        return None;
    }
    if surely_changes(target, attribute) {
        return Some(true);
    }
    (!is_stable(target.traits, &new.type_name, attribute)).then_some(false)
}
