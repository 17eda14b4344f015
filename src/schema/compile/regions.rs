//! Regions, where a type can be used, and which values each region has.

use super::{Compiler, Json, flat};
use std::collections::BTreeMap;

impl<'s> Compiler<'s> {
    /// Regions in the order of the bits: name, availability zones.
    pub(super) fn regions(&mut self) -> u32 {
        let mut words = Vec::new();
        for (name, about) in self.sources.members("regions") {
            let zones = about.get("zones").and_then(Json::as_array).into_iter().flatten();
            let zones = zones.filter_map(Json::as_str).map(|zone| self.text(zone)).collect();
            words.push((self.text(name), self.list(zones, 1)));
        }
        if words.len() > 64 {
            self.problems.push("regions: more than 64".to_owned());
        }
        words.sort_unstable();
        self.list(flat(words), 2)
    }

    /// The bit of each region, and the region whose types it shares.
    fn bits(&self) -> BTreeMap<&'s str, (usize, Option<&'s str>)> {
        let regions = self.sources.members("regions").enumerate();
        let regions = regions.map(|(bit, (region, about))| (region.as_str(), (bit, about.get("types_of"))));
        regions.map(|(region, (bit, other))| (region, (bit, other.and_then(Json::as_str)))).collect()
    }

    /// Regions as text: names, or `all` without those that follow with a `-`.
    fn spelled(&mut self, spelled: &str, all: u64, place: &str) -> u64 {
        let bits = self.bits();
        let mut mask = 0u64;
        for word in spelled.split(' ').filter(|word| !word.is_empty()) {
            if word == "all" {
                mask = all;
                continue;
            }
            let name = word.strip_prefix('-').unwrap_or(word);
            match bits.get(name) {
                Some((bit, _)) if name == word => mask |= 1 << bit,
                Some((bit, _)) => mask &= !(1 << bit),
                None => self.problems.push(format!("{place}: unknown region `{name}`")),
            }
        }
        mask
    }

    /// The regions where a type can be used.
    pub(super) fn mask(&mut self, name: &str) -> u64 {
        let sources = self.sources;
        let spelled = sources.files.get("availability").and_then(|all| all.get(name)).and_then(Json::as_str);
        let Some(spelled) = spelled else {
            self.problems.push(format!("availability: `{name}` is missing"));
            return 0;
        };
        let bits = self.bits();
        let all = bits.values().filter(|(_, other)| other.is_none()).fold(0u64, |mask, (bit, _)| mask | 1 << bit);
        let mut mask = self.spelled(spelled, all, "availability");
        for (bit, other) in bits.values() {
            let same = other.and_then(|other| bits.get(other)).is_some_and(|(other, _)| mask >> other & 1 == 1);
            mask |= u64::from(same) << bit;
        }
        mask
    }

    /// Values per region: for each condition its schema and definitions, the property, the regions, the values.
    pub(super) fn cases(&mut self, name: &str, cases: &'s Json) -> u32 {
        let every = self.bits().values().fold(0u64, |mask, (bit, _)| mask | 1 << bit);
        let mut words = Vec::new();
        for case in cases.as_array().into_iter().flatten() {
            let (condition, definitions) = match case.get("if") {
                Some(condition) => {
                    let (node, definitions, _) = self.document(name, condition, false);
                    (node + 1, definitions)
                }
                None => (0, 0),
            };
            let property = case.get("property").and_then(Json::as_str).map_or(0, |property| self.text(property) + 1);
            let spelled = case.get("regions").and_then(Json::as_str).unwrap_or_default();
            let regions = self.spelled(spelled, every, name);
            let mut values = Vec::new();
            for (value, spelled) in case.get("values").and_then(Json::as_object).into_iter().flatten() {
                let mask = self.spelled(spelled.as_str().unwrap_or_default(), regions, name);
                values.push((self.text(value), self.emit(vec![mask as u32, (mask >> 32) as u32])));
            }
            values.sort_unstable();
            let values = self.list(flat(values), 2);
            words.extend([condition, definitions, property, regions as u32, (regions >> 32) as u32, values]);
        }
        self.list(words, 6)
    }
}
