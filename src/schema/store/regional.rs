//! Values that differ between regions, such as instance types.

use super::{Facts, Regions, SchemaNode, region_bit};

/// Words of one case.
const CASE: u32 = 6;

/// Which values each region has.
#[derive(Clone, Copy)]
pub struct Regional {
    facts: &'static Facts,
    at: u32,
}

/// The values for one condition.
#[derive(Clone, Copy)]
pub struct Case {
    facts: &'static Facts,
    at: u32,
}

impl Regional {
    pub(super) fn new(facts: &'static Facts, at: u32) -> Self {
        Regional { facts, at }
    }

    /// The cases: one without a condition, or one for each condition.
    pub fn cases(self) -> impl ExactSizeIterator<Item = Case> {
        (0..self.facts.word(self.at)).map(move |case| Case { facts: self.facts, at: self.at + 1 + case * CASE })
    }
}

impl Case {
    fn word(self, at: u32) -> u32 {
        self.facts.word(self.at + at)
    }

    /// What the properties around must fit for the case to hold.
    pub fn condition(self) -> Option<SchemaNode> {
        let node = self.word(0).checked_sub(1)?;
        Some(SchemaNode::new(self.facts, node, self.word(1)))
    }

    /// The property whose values these are; `None` if the table is for the value itself.
    pub fn property(self) -> Option<&'static str> {
        self.word(2).checked_sub(1).map(|name| self.facts.text(name))
    }

    /// The regions that the case says something about.
    pub fn regions(self) -> Regions {
        Regions(u64::from(self.word(3)) | u64::from(self.word(4)) << 32)
    }

    /// Whether a region has a value; `None` if nothing is said about the region.
    pub fn allows(self, value: &str, region: &str) -> Option<bool> {
        self.regions().contains(region).then(|| self.regions_of(value).contains(region))
    }

    /// The regions that have a value.
    pub fn regions_of(self, value: &str) -> Regions {
        let list = self.word(5);
        let found = self.facts.search(list + 1, self.facts.word(list), 2, value);
        found.map_or(Regions(0), |at| self.mask(at))
    }

    /// The values that a region has, sorted.
    pub fn values(self, region: &str) -> impl Iterator<Item = &'static str> {
        let (list, bit) = (self.word(5), region_bit(region));
        let all = (0..self.facts.word(list)).map(move |value| list + 1 + value * 2);
        let here = all.filter(move |at| bit.is_some_and(|bit| self.mask(*at).0 >> bit & 1 == 1));
        here.map(move |at| self.facts.text(self.facts.word(at)))
    }

    fn mask(self, at: u32) -> Regions {
        let mask = self.facts.word(at + 1);
        Regions(u64::from(self.facts.word(mask)) | u64::from(self.facts.word(mask + 1)) << 32)
    }
}
