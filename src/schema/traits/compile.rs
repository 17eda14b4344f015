//! Packs `schemas/traits/` into `schemas/traits.bin`; the form is described in [`super::record`].

use super::HandlerKind;
use super::record::{BLOCK, HEADER, MAGIC, flag};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The sources: facts by type.
pub(super) fn read(folder: &Path) -> BTreeMap<String, Map<String, Value>> {
    let mut out = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the folder of the sources").flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("a source");
        let types: BTreeMap<String, Map<String, Value>> = serde_json::from_str(&text).expect("JSON");
        out.extend(types);
    }
    out
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn members<'v>(about: &'v Map<String, Value>, key: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    about.get(key).and_then(Value::as_object).into_iter().flatten()
}

fn split(action: &str) -> (&str, &str) {
    action.split_once(':').expect("an action")
}

/// Every list of permissions of a type.
fn permissions(about: &Map<String, Value>) -> Vec<Vec<&str>> {
    let handlers = members(about, "handlers").map(|(_, handler)| texts(handler.get("permissions")));
    handlers.chain([texts(about.get("tag_permissions"))]).collect()
}

#[derive(Default)]
struct Packer {
    actions: BTreeMap<(String, String), usize>,
    texts: BTreeMap<String, usize>,
}

impl Packer {
    fn number(&self, out: &mut Vec<u8>, mut number: usize) {
        while number > 0x7f {
            out.push(number as u8 | 0x80);
            number >>= 7;
        }
        out.push(number as u8);
    }

    fn text(&self, out: &mut Vec<u8>, text: &str) {
        self.number(out, self.texts[text]);
    }

    fn list(&self, out: &mut Vec<u8>, actions: &[&str]) {
        let numbers: BTreeSet<usize> = actions
            .iter()
            .map(|action| {
                let (service, name) = split(action);
                self.actions[&(service.to_owned(), name.to_owned())]
            })
            .collect();
        self.number(out, numbers.len());
        let mut last = 0;
        for number in numbers {
            self.number(out, number - last);
            last = number;
        }
    }

    fn record(&self, about: &Map<String, Value>) -> Vec<u8> {
        let mut flags = 0;
        let mut out = vec![0];
        for key in about.keys() {
            flags |= match key.as_str() {
                "stateful" => flag::STATEFUL,
                "handlers" => flag::HANDLERS,
                "tag_permissions" => flag::TAG_PERMISSIONS,
                "arn" => flag::ARN,
                "ref" => flag::REF,
                "replaces" => flag::REPLACES,
                "defaults" => flag::DEFAULTS,
                other => panic!("`{other}` is not known here"),
            };
        }
        if flags & flag::HANDLERS != 0 {
            let handler = |kind: HandlerKind| about["handlers"].get(kind.name());
            let present = HandlerKind::ALL.iter().filter(|kind| handler(**kind).is_some());
            self.number(&mut out, present.map(|kind| 1 << *kind as usize).sum());
            for one in HandlerKind::ALL.iter().filter_map(|kind| handler(*kind)) {
                self.number(&mut out, one.get("timeout").and_then(Value::as_u64).unwrap_or(0) as usize);
                self.list(&mut out, &texts(one.get("permissions")));
            }
        }
        if flags & flag::TAG_PERMISSIONS != 0 {
            self.list(&mut out, &texts(about.get("tag_permissions")));
        }
        if let Some(arn) = about.get("arn").and_then(Value::as_str) {
            self.text(&mut out, arn);
        }
        if flags & flag::REF != 0 {
            let names = texts(about.get("ref"));
            self.number(&mut out, names.len());
            names.iter().for_each(|name| self.text(&mut out, name));
        }
        if flags & flag::REPLACES != 0 {
            self.number(&mut out, members(about, "replaces").count());
            for (name, how) in members(about, "replaces") {
                self.text(&mut out, name);
                self.number(&mut out, usize::from(how == "yes"));
            }
        }
        if flags & flag::DEFAULTS != 0 {
            self.number(&mut out, members(about, "defaults").count());
            for (name, value) in members(about, "defaults") {
                self.text(&mut out, name);
                self.text(&mut out, &value.to_string());
            }
        }
        out[0] = flags;
        out
    }
}

/// The bytes of the file.
pub(super) fn compile(types: &BTreeMap<String, Map<String, Value>>) -> Vec<u8> {
    let all = types.values().flat_map(permissions).flatten().map(split);
    let actions: BTreeSet<(String, String)> = all.map(|(s, n)| (s.to_owned(), n.to_owned())).collect();
    let mut order: Vec<String> = actions.iter().map(|(_, name)| name.clone()).collect();
    let mut other: BTreeSet<String> = actions.iter().map(|(service, _)| service.clone()).collect();
    for (name, about) in types {
        other.insert(name.clone());
        other.extend(about.get("arn").and_then(Value::as_str).map(str::to_owned));
        other.extend(texts(about.get("ref")).into_iter().map(str::to_owned));
        other.extend(members(about, "replaces").map(|(name, _)| name.clone()));
        other.extend(members(about, "defaults").flat_map(|(name, value)| [name.clone(), value.to_string()]));
    }
    let texts = other.iter().enumerate().map(|(at, text)| (text.clone(), order.len() + at)).collect();
    let mut packer = Packer { texts, ..Packer::default() };
    order.extend(other);
    let mut services: BTreeMap<String, usize> = BTreeMap::new();
    for (at, (service, name)) in actions.into_iter().enumerate() {
        services.entry(service.clone()).or_insert(at);
        packer.actions.insert((service, name), at);
    }
    let (mut records, mut starts) = (Vec::new(), Vec::new());
    for (name, about) in types {
        starts.push((packer.texts[name], records.len()));
        records.extend(packer.record(about));
    }
    let header = [MAGIC as usize, order.len(), packer.actions.len(), services.len(), types.len(), records.len()];
    assert_eq!(header.len(), HEADER);
    let word = |number: usize| u32::try_from(number).expect("a word").to_le_bytes();
    let half = |number: usize| u16::try_from(number).expect("a half").to_le_bytes();
    let mut out: Vec<u8> = header.into_iter().flat_map(word).collect();
    let mut at = 0;
    for block in order.chunks(BLOCK) {
        out.extend(word(at));
        at += block.iter().map(String::len).sum::<usize>();
    }
    out.extend(word(at));
    out.extend(order.iter().map(|text| u8::try_from(text.len()).expect("a short text")));
    for (service, first) in &services {
        out.extend(half(packer.texts[service]));
        out.extend(half(*first));
    }
    for (name, start) in starts {
        out.extend(half(name));
        out.extend(word(start));
    }
    out.extend(records);
    order.iter().for_each(|text| out.extend(text.as_bytes()));
    out
}
