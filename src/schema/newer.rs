//! Newer facts about resource types, from the archive of schemas that AWS publishes, laid over those of the program.
//!
//! Types that the program does not know are taken as they are. Of a type that it knows, only further properties,
//! values and attributes are taken, so that no valid file becomes a faulty one. What comes out is a set of facts for
//! the types that changed, in the form that the program itself carries, with a line in front that says where it is from.

use super::compile::{Sources, compile};
use super::layout::VERSION;
use super::store;
use crate::digest::sha256;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

mod loosen;
#[cfg(test)]
mod tests;

/// First line of a file of newer facts.
const MARK: &[u8] = b"stacklens newer facts\n";
/// The attributes that the schemas do not tell.
const ATTRIBUTES: &str = include_str!("../../schemas/attributes.json");
/// Keywords that say nothing about what is valid.
const NO_FACTS: [&str; 10] = [
    "$comment",
    "$id",
    "$schema",
    "arrayType",
    "description",
    "documentationUrl",
    "examples",
    "relationshipRef",
    "sourceUrl",
    "title",
];
/// Keywords at the root that the facts have no use for.
const NO_FACTS_OF_A_TYPE: [&str; 7] = [
    "handlers",
    "nonPublicDefinitions",
    "nonPublicProperties",
    "remote",
    "resourceLink",
    "typeConfiguration",
    "typeName",
];

static IN_USE: OnceLock<About> = OnceLock::new();

/// Where a set of newer facts comes from and what it brought.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The version of the form.
    pub version: u32,
    /// The facts of the program that it was laid over.
    pub base: String,
    /// The date of the archive, as in 2026-11-21, if it is known.
    pub date: Option<String>,
    /// Where the archive was taken from.
    pub source: String,
    /// SHA-256 of the archive.
    pub sha256: String,
    /// SHA-256 of the facts that follow.
    pub facts_sha256: String,
    /// How many schemas the archive holds.
    pub schemas: usize,
    /// The types that were not known.
    pub types: Vec<String>,
    /// How many properties, values and attributes of known types are new.
    pub properties: usize,
    /// See `properties`.
    pub values: usize,
    /// See `properties`.
    pub attributes: usize,
    /// Types and entries that were left out, each with the reason.
    pub left_out: Vec<String>,
}

/// Where an archive comes from.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// Its address, or the name of a file.
    pub source: String,
    /// Its date, if it is known.
    pub date: Option<String>,
    /// Its SHA-256.
    pub sha256: String,
}

/// The date of the facts that the program carries, and the package they are from.
pub fn embedded() -> (String, String) {
    let about: Json = serde_json::from_str(include_str!("../../schemas/version.json")).unwrap_or_default();
    let text = |name: &str| about.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    (text("date"), text("package"))
}

/// The newer facts that this process uses.
pub fn in_use() -> Option<&'static About> {
    IN_USE.get()
}

/// Lays the schemas of an archive over the facts of the program: the content of a file for [`install`].
///
/// `Err` if nothing in it is a schema.
pub fn merge(schemas: impl Iterator<Item = (String, Vec<u8>)>, origin: Origin) -> Result<(About, Vec<u8>), String> {
    let mut about = About {
        version: VERSION,
        base: store::fingerprint(),
        date: origin.date,
        source: origin.source,
        sha256: origin.sha256,
        facts_sha256: String::new(),
        schemas: 0,
        types: Vec::new(),
        properties: 0,
        values: 0,
        attributes: 0,
        left_out: Vec::new(),
    };
    let (mut changed, mut seen) = (BTreeMap::new(), BTreeSet::new());
    for (entry, bytes) in schemas {
        let Some((name, schema)) = read(&bytes) else {
            about.left_out.push(format!("{}: it is no schema of a resource type", printable(&entry)));
            continue;
        };
        if !seen.insert(name.clone()) {
            about.left_out.push(format!("{name}: it is there twice"));
            continue;
        }
        about.schemas += 1;
        if let Some(change) = Change::of(&name, schema) {
            changed.insert(name, change);
        }
    }
    if about.schemas == 0 {
        return Err("the archive holds no schemas of resource types".to_owned());
    }
    let facts = compiled(&mut changed, &mut about.left_out)?;
    for (name, change) in changed {
        match change.gain {
            None => about.types.push(name),
            Some(gain) => {
                about.properties += gain.properties;
                about.values += gain.values;
                about.attributes += gain.attributes.len();
            }
        }
    }
    about.facts_sha256 = sha256(&facts);
    let mut file = MARK.to_vec();
    serde_json::to_writer(&mut file, &about).map_err(|e| e.to_string())?;
    file.push(b'\n');
    file.extend(facts);
    Ok((about, file))
}

/// A type that differs from what the program knows.
struct Change {
    schema: Json,
    /// What is new about a known type; `None` for a type that is new as a whole.
    gain: Option<loosen::Gain>,
}

impl Change {
    fn of(name: &str, newer: Json) -> Option<Change> {
        let Some(known) = store::embedded(name) else { return Some(Change { schema: newer, gain: None }) };
        let mut schema = known.to_source();
        let mut gain = loosen::loosen(&mut schema, &newer);
        gain.attributes.retain(|path| known.attribute(&path.replace('/', ".")).is_none());
        (!gain.is_nothing()).then_some(Change { schema, gain: Some(gain) })
    }
}

/// Compiles the types that changed, without those that cannot be.
fn compiled(changed: &mut BTreeMap<String, Change>, left_out: &mut Vec<String>) -> Result<Vec<u8>, String> {
    loop {
        let problems = match compile(&sources(changed)) {
            Ok(facts) => return Ok(facts),
            Err(problems) => problems,
        };
        let before = changed.len();
        for problem in &problems {
            if let Some((name, _)) = problem.split_once(": ")
                && changed.remove(name).is_some()
            {
                left_out.push(problem.clone());
            }
        }
        if changed.len() == before {
            return Err(problems.join("\n"));
        }
    }
}

fn sources(changed: &BTreeMap<String, Change>) -> Sources {
    let mut attributes: Json = serde_json::from_str(ATTRIBUTES).unwrap_or_default();
    let mut types = Map::new();
    let mut availability = Map::new();
    for (name, change) in changed {
        types.insert(name.clone(), change.schema.clone());
        let everywhere = store::embedded(name).map(|known| known.regions().names().collect::<Vec<_>>().join(" "));
        availability.insert(name.clone(), everywhere.unwrap_or_else(|| "all".to_owned()).into());
        if let Some(gain) = &change.gain
            && let Some(also) = attributes.get_mut("also").and_then(Json::as_object_mut)
        {
            let list = also.entry(name.clone()).or_insert_with(|| json!([]));
            if let Some(list) = list.as_array_mut() {
                list.extend(gain.attributes.iter().map(|path| Json::from(path.as_str())));
            }
        }
    }
    // The same regions in the same order, because a set of regions is bits.
    let regions: Map<String, Json> = store::regions().map(|name| (name.to_owned(), json!({}))).collect();
    let mut sources = Sources::default();
    sources.put("attributes", attributes);
    sources.put("regions", regions.into());
    sources.put("availability", availability.into());
    sources.put("resources/newer", types.into());
    sources
}

/// The name and the schema in an entry of the archive.
fn read(bytes: &[u8]) -> Option<(String, Json)> {
    let mut schema: Json = serde_json::from_slice(bytes).ok()?;
    let name = schema.get("typeName")?.as_str()?.to_owned();
    let parts: Vec<&str> = name.split("::").collect();
    let plain = |part: &&str| (1..=64).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let ours = matches!(parts[..], ["Custom", ..] | [.., "MODULE"]);
    if ours || !(3..=4).contains(&parts.len()) || !parts.iter().all(plain) || !schema.get("properties")?.is_object() {
        return None;
    }
    let root = schema.as_object_mut()?;
    root.retain(|keyword, _| !NO_FACTS_OF_A_TYPE.contains(&keyword.as_str()));
    if let Some(tagging) = root.get_mut("tagging").and_then(Json::as_object_mut) {
        tagging.remove("permissions");
    }
    strip(&mut schema);
    Some((name, schema))
}

/// Takes out what is no fact.
fn strip(schema: &mut Json) {
    let Some(members) = schema.as_object_mut() else { return };
    members.retain(|keyword, _| !NO_FACTS.contains(&keyword.as_str()));
    for (keyword, value) in members {
        match keyword.as_str() {
            "properties" | "patternProperties" | "definitions" | "dependencies" => {
                value.as_object_mut().into_iter().flatten().for_each(|(_, part)| strip(part));
            }
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
                value.as_array_mut().into_iter().flatten().for_each(strip);
            }
            "items" | "additionalProperties" | "not" | "if" | "then" | "else" | "contains" | "propertyNames" => {
                strip(value);
            }
            _ => {}
        }
    }
}

/// Uses the content of a file that [`merge`] made, for the rest of the process; or says why not.
pub fn install(file: Vec<u8>) -> Result<&'static About, String> {
    let (about, at) = look(&file)?;
    if about.version != VERSION {
        return Err("they are in the form of another version of stacklens".to_owned());
    }
    if about.base != store::fingerprint() {
        return Err("they were made for another version of stacklens".to_owned());
    }
    let facts = &file[at..];
    if sha256(facts) != about.facts_sha256 || !store::lay_over(facts.to_vec()) {
        return Err("they are damaged".to_owned());
    }
    Ok(IN_USE.get_or_init(|| about))
}

/// What a file of newer facts says about itself, and where the facts begin.
pub fn look(file: &[u8]) -> Result<(About, usize), String> {
    let damaged = || "they are damaged".to_owned();
    let rest = file.strip_prefix(MARK).ok_or_else(damaged)?;
    let end = rest.iter().position(|&byte| byte == b'\n').ok_or_else(damaged)?;
    let about = serde_json::from_slice(&rest[..end]).map_err(|_| damaged())?;
    Ok((about, MARK.len() + end + 1))
}

/// The name of an entry as it can be shown.
fn printable(name: &str) -> String {
    name.chars().take(120).map(|c| if c.is_control() { '?' } else { c }).collect()
}
