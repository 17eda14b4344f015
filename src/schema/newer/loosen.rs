//! Lays a newer schema of a type over the one that is known: what was allowed stays allowed.
//!
//! The known schema carries corrections that the registry's own lacks. So only what can do no harm is taken: further
//! properties where unknown ones were refused, further values of a list, further attributes. Whatever stands below
//! `oneOf`, `not` or `if` is left as it is, because allowing more there can mean allowing less in the end.

use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// More places than this are not compared: no real schema has so many.
const MAX_PLACES: usize = 20_000;
/// References that lead to references.
const MAX_REFERENCES: usize = 20;
/// Put before the names of definitions that come from the newer schema.
const PREFIX: &str = "newer.";
/// Lists of properties that say what a property is.
const LISTS: [&str; 5] = [
    "conditionalCreateOnlyProperties",
    "createOnlyProperties",
    "deprecatedProperties",
    "readOnlyProperties",
    "writeOnlyProperties",
];

/// What a newer schema brought.
#[derive(Default, Debug, PartialEq, Eq)]
pub(super) struct Gain {
    /// Properties at any depth.
    pub properties: usize,
    /// Values of lists.
    pub values: usize,
    /// Attributes beside the new read-only properties, as they are written in `attributes.json`.
    pub attributes: Vec<String>,
}

impl Gain {
    /// Whether nothing is new.
    pub(super) fn is_nothing(&self) -> bool {
        *self == Gain::default()
    }
}

/// Changes the known schema of a type so that it also allows what the newer one does.
pub(super) fn loosen(known: &mut Json, newer: &Json) -> Gain {
    let newer = renamed(newer);
    let before = names(known.get("properties"));
    let closed = is_closed(known);
    let frozen = frozen(known);
    let mut gain = Gain::default();
    let (mut open, mut seen) = (vec![(String::new(), String::new())], BTreeSet::new());
    while let Some((place, other)) = open.pop() {
        let (Some(place), Some(other)) = (followed(known, place), followed(&newer, other)) else { continue };
        let is_frozen = frozen.iter().any(|one| place == *one || place.starts_with(&format!("{one}/")));
        if is_frozen || seen.len() > MAX_PLACES || !seen.insert((place.clone(), other.clone())) {
            continue;
        }
        let Some(theirs) = newer.pointer(&other).and_then(Json::as_object) else { continue };
        let Some(ours) = known.pointer_mut(&place).and_then(Json::as_object_mut) else { continue };
        gain.values += values(ours, theirs);
        gain.properties += properties(ours, theirs);
        open.extend(below(ours, theirs).into_iter().map(|part| (place.clone() + &part, other.clone() + &part)));
    }
    if gain.properties > 0
        && let (Some(all), Some(more)) = (known.as_object_mut(), newer.get("definitions").and_then(Json::as_object))
    {
        let all = all.entry("definitions").or_insert_with(|| Json::Object(Map::new()));
        if let Some(all) = all.as_object_mut() {
            all.extend(more.iter().map(|(name, part)| (name.clone(), part.clone())));
        }
    }
    let added = names(known.get("properties"));
    let added: BTreeSet<&String> = added.difference(&before).filter(|_| closed).collect();
    gain.attributes = about(known, &newer, &added);
    gain
}

fn names(properties: Option<&Json>) -> BTreeSet<String> {
    properties.and_then(Json::as_object).into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

fn is_closed(schema: &Json) -> bool {
    schema.get("additionalProperties") == Some(&Json::Bool(false)) && schema.get("patternProperties").is_none()
}

/// The newer schema with names of definitions that cannot meet those that are known.
fn renamed(schema: &Json) -> Json {
    let mut out = schema.clone();
    rename(&mut out);
    if let Some(Json::Object(definitions)) = out.get_mut("definitions") {
        *definitions =
            std::mem::take(definitions).into_iter().map(|(name, part)| (PREFIX.to_owned() + &name, part)).collect();
    }
    out
}

fn rename(part: &mut Json) {
    match part {
        Json::Array(items) => items.iter_mut().for_each(rename),
        Json::Object(members) => {
            for (name, value) in members {
                match value {
                    Json::String(target) if name == "$ref" => {
                        if let Some(rest) = target.strip_prefix("#/definitions/") {
                            *target = format!("#/definitions/{PREFIX}{rest}");
                        }
                    }
                    other => rename(other),
                }
            }
        }
        _ => {}
    }
}

/// Places that must stay as they are: what is referred to below `oneOf`, `not` and `if`.
fn frozen(root: &Json) -> BTreeSet<String> {
    let mut open = Vec::new();
    delicate(root, &mut open);
    let mut found = BTreeSet::new();
    while let Some(place) = open.pop() {
        if let Some(part) = root.pointer(&place)
            && found.insert(place)
        {
            references(part, &mut open);
        }
    }
    found
}

fn delicate(part: &Json, found: &mut Vec<String>) {
    match part {
        Json::Array(items) => items.iter().for_each(|item| delicate(item, found)),
        Json::Object(members) => {
            for (name, value) in members {
                match name.as_str() {
                    "oneOf" | "not" | "if" | "contains" => references(value, found),
                    _ => delicate(value, found),
                }
            }
        }
        _ => {}
    }
}

fn references(part: &Json, found: &mut Vec<String>) {
    match part {
        Json::Array(items) => items.iter().for_each(|item| references(item, found)),
        Json::Object(members) => {
            if let Some(target) = members.get("$ref").and_then(Json::as_str) {
                found.extend(target.strip_prefix('#').map(str::to_owned));
            }
            members.values().for_each(|value| references(value, found));
        }
        _ => {}
    }
}

/// The place that the references at a place lead to.
fn followed(root: &Json, mut place: String) -> Option<String> {
    for _ in 0..MAX_REFERENCES {
        match root.pointer(&place)?.get("$ref") {
            None => return Some(place),
            Some(target) => target.as_str()?.strip_prefix('#')?.clone_into(&mut place),
        }
    }
    None
}

/// Adds further values to a list of values; how many.
fn values(ours: &mut Map<String, Json>, theirs: &Map<String, Json>) -> usize {
    let Some(theirs) = theirs.get("enum").and_then(Json::as_array) else { return 0 };
    let spelling = if ours.contains_key("enum") { "enum" } else { "enumCaseInsensitive" };
    let Some(ours) = ours.get_mut(spelling).and_then(Json::as_array_mut) else { return 0 };
    let same = |a: &Json, b: &Json| match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) if spelling == "enumCaseInsensitive" => a.eq_ignore_ascii_case(b),
        _ => a == b,
    };
    let before = ours.len();
    for value in theirs.iter().filter(|value| !value.is_object() && !value.is_array()) {
        if !ours.iter().any(|one| same(one, value)) {
            ours.push(value.clone());
        }
    }
    ours.len() - before
}

/// Adds further properties where unknown ones were refused; how many.
fn properties(ours: &mut Map<String, Json>, theirs: &Map<String, Json>) -> usize {
    let closed =
        ours.get("additionalProperties") == Some(&Json::Bool(false)) && !ours.contains_key("patternProperties");
    let Some(theirs) = theirs.get("properties").and_then(Json::as_object).filter(|_| closed) else { return 0 };
    let Some(ours) = ours.get_mut("properties").and_then(Json::as_object_mut) else { return 0 };
    let new: Vec<_> = theirs.iter().filter(|(name, _)| !ours.contains_key(*name)).collect();
    let count = new.len();
    ours.extend(new.into_iter().map(|(name, part)| (name.clone(), part.clone())));
    count
}

/// The places below that both have.
fn below(ours: &Map<String, Json>, theirs: &Map<String, Json>) -> Vec<String> {
    let mut found = Vec::new();
    for keyword in ["items", "additionalProperties"] {
        if ours.get(keyword).is_some_and(Json::is_object) && theirs.get(keyword).is_some_and(Json::is_object) {
            found.push(format!("/{keyword}"));
        }
    }
    for keyword in ["properties", "patternProperties"] {
        let (Some(ours), Some(theirs)) = (ours.get(keyword), theirs.get(keyword)) else { continue };
        for name in ours.as_object().into_iter().flat_map(Map::keys).filter(|name| theirs.get(name).is_some()) {
            found.push(format!("/{keyword}/{}", name.replace('~', "~0").replace('/', "~1")));
        }
    }
    found
}

/// Takes over what is said about new properties; gives the attributes that are new without being new properties.
fn about(known: &mut Json, newer: &Json, added: &BTreeSet<&String>) -> Vec<String> {
    let mut attributes = Vec::new();
    for list in LISTS {
        let theirs = newer.get(list).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        let ours = known.get(list).and_then(Json::as_array).cloned().unwrap_or_default();
        let mut more = ours.clone();
        for pointer in theirs.filter(|pointer| !ours.iter().any(|one| one == pointer)) {
            let Some(path) = pointer.strip_prefix("/properties/") else { continue };
            if added.iter().any(|name| path == *name || path.starts_with(&format!("{name}/"))) {
                more.push(pointer.into());
            } else if list == "readOnlyProperties" {
                attributes.push(path.to_owned());
            }
        }
        if more.len() > ours.len()
            && let Some(known) = known.as_object_mut()
        {
            known.insert(list.to_owned(), more.into());
        }
    }
    attributes
}
