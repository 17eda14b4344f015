//! Facts about resource types: read where they lie, nothing is unpacked and nothing is done at start-up.
//!
//! [`find`] gives a resource type, [`named`] one of the schemas for a part of a template or for what several
//! properties say together, [`table`] a plain table. All of them are small copyable views into the same words.

use super::layout::{HEADER, MAGIC, NAMED_REGIONAL, NAMED_SCHEMA, NAMED_VALUE, NAMED_WORDS, TYPE_WORDS, VERSION};
use std::cmp::Ordering;
use std::sync::OnceLock;

mod node;
mod regional;
mod source;
mod value;

pub use super::pattern::{Found, OwnPattern, Pattern};
pub use node::{Context, Dependency, Gather, Names, SchemaNode, Types};
pub use regional::{Case, Regional};
pub use value::{Kind, List, Value};

/// One set of facts.
pub(super) struct Facts {
    words: &'static [[u8; 4]],
    starts: &'static [[u8; 4]],
    numbers: &'static [[u8; 8]],
    text: &'static [u8],
    types: (u32, u32),
    named: (u32, u32),
    regions: u32,
    patterns: u32,
}

static BYTES: &[u8] = include_bytes!("../../schemas/facts.bin");
static EMBEDDED: Facts = match Facts::open(BYTES) {
    Some(facts) => facts,
    None => Facts::EMPTY,
};

/// Newer facts about some types: looked at first.
static NEWER: OnceLock<Facts> = OnceLock::new();

/// The facts that the program carries.
fn facts() -> &'static Facts {
    &EMBEDDED
}

/// Uses newer facts about some types for the rest of the process; `false` if they cannot be used.
pub(super) fn lay_over(bytes: Vec<u8>) -> bool {
    let bytes: &'static [u8] = Box::leak(bytes.into_boxed_slice());
    Facts::open(bytes).is_some_and(|facts| NEWER.set(facts).is_ok())
}

/// Tells the facts of the program from those of any other version of it.
pub(super) fn fingerprint() -> String {
    let (parts, rest) = BYTES.as_chunks::<8>();
    let mix = |sum: u64, part: u64| (sum ^ part).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29);
    let sum = parts.iter().map(|part| u64::from_le_bytes(*part)).fold(0xcbf2_9ce4_8422_2325, mix);
    format!("{:016x}", rest.iter().map(|byte| u64::from(*byte)).fold(sum, mix))
}

impl Facts {
    /// No facts at all.
    const EMPTY: Facts = Facts {
        words: &[[0; 4], [0; 4]],
        starts: &[],
        numbers: &[],
        text: &[],
        types: (0, 0),
        named: (0, 0),
        regions: 0,
        patterns: 0,
    };

    /// Takes a file of facts as it is; `None` if it is of another version or cut short.
    const fn open(bytes: &'static [u8]) -> Option<Facts> {
        let (all, _) = bytes.as_chunks::<4>();
        if all.len() < HEADER || word_of(all, 0) != MAGIC || word_of(all, 1) != VERSION {
            return None;
        }
        let words = word_of(all, 2) as usize;
        let starts = word_of(all, 3) as usize + 1;
        let numbers = word_of(all, 4) as usize;
        let text = word_of(all, 5) as usize;
        let expected = 4 * (HEADER + words + starts) + 8 * numbers + text;
        if bytes.len() != expected {
            return None;
        }
        let (before, rest) = all.split_at(HEADER).1.split_at(words);
        let (_, tail) = bytes.split_at(4 * (HEADER + words + starts));
        let (floats, text) = tail.split_at(8 * numbers);
        Some(Facts {
            words: before,
            starts: rest.split_at(starts).0,
            numbers: floats.as_chunks::<8>().0,
            text,
            types: (word_of(all, 6), word_of(all, 7)),
            named: (word_of(all, 8), word_of(all, 9)),
            regions: word_of(all, 10),
            patterns: word_of(all, 11),
        })
    }

    fn find(&'static self, name: &str) -> Option<TypeFacts> {
        let at = self.search(self.types.0, self.types.1, TYPE_WORDS, name)?;
        Some(TypeFacts { facts: self, at })
    }

    /// Every type but the one that stands for modules.
    fn all(&'static self) -> impl Iterator<Item = TypeFacts> {
        let all = (0..self.types.1).map(move |at| TypeFacts { facts: self, at: self.types.0 + at * TYPE_WORDS });
        all.filter(|one| one.name() != "Module")
    }

    fn word(&self, at: u32) -> u32 {
        self.words.get(at as usize).map_or(0, |bytes| u32::from_le_bytes(*bytes))
    }

    /// The bytes of a text.
    fn bytes(&self, number: u32) -> &'static [u8] {
        let start = self.starts.get(number as usize).map_or(0, |start| u32::from_le_bytes(*start));
        let end = self.starts.get(number as usize + 1).map_or(0, |end| u32::from_le_bytes(*end));
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    fn text(&self, number: u32) -> &'static str {
        std::str::from_utf8(self.bytes(number)).unwrap_or_default()
    }

    fn pattern(&'static self, at: u32) -> Pattern<'static> {
        Pattern::from_parts(self.text(self.word(at)), self.words, at + 2, self.word(at + 1))
    }

    /// The entry whose first word is the number of this text, in a sorted table of `count` entries of `width` words.
    fn search(&self, table: u32, count: u32, width: u32, name: &str) -> Option<u32> {
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            let at = table + middle * width;
            match self.bytes(self.word(at)).cmp(name.as_bytes()) {
                Ordering::Equal => return Some(at),
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        None
    }
}

const fn word_of(words: &[[u8; 4]], at: usize) -> u32 {
    u32::from_le_bytes(words[at])
}

/// A set of regions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Regions(u64);

impl Regions {
    /// Whether a region is in the set; a region that is not known is not.
    pub fn contains(&self, region: &str) -> bool {
        region_bit(region).is_some_and(|bit| self.0 >> bit & 1 == 1)
    }

    /// The names, sorted.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        regions().enumerate().filter(move |(bit, _)| self.0 >> bit & 1 == 1).map(|(_, name)| name)
    }

    /// How many regions are in the set.
    pub fn len(&self) -> usize {
        let known = facts().word(facts().regions);
        let mask = if known >= 64 { !0 } else { (1u64 << known) - 1 };
        (self.0 & mask).count_ones() as usize
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Every region that is known, sorted.
pub fn regions() -> impl Iterator<Item = &'static str> {
    let table = facts().regions;
    (0..facts().word(table)).map(move |at| facts().text(facts().word(table + 1 + at * 2)))
}

/// Whether a region is known.
pub fn is_region(name: &str) -> bool {
    region_bit(name).is_some()
}

/// The availability zones of a region, sorted; none for a region that is not known.
pub fn availability_zones(region: &str) -> impl Iterator<Item = &'static str> {
    let list = region_bit(region).map_or(0, |bit| facts().word(facts().regions + 2 + bit * 2));
    (0..facts().word(list)).map(move |at| facts().text(facts().word(list + 1 + at)))
}

fn region_bit(name: &str) -> Option<u32> {
    let table = facts().regions;
    let at = facts().search(table + 1, facts().word(table), 2, name)?;
    Some((at - table - 1) / 2)
}

/// What is known about one resource type.
#[derive(Clone, Copy)]
pub struct TypeFacts {
    facts: &'static Facts,
    at: u32,
}

/// The facts of a resource type. Custom resources share the facts of `AWS::CloudFormation::CustomResource`, modules
/// those of `Module`.
pub fn find(name: &str) -> Option<TypeFacts> {
    let facts = facts();
    let name = match name {
        custom if custom.starts_with("Custom::") => "AWS::CloudFormation::CustomResource",
        module if module.ends_with("::MODULE") => "Module",
        other => other,
    };
    NEWER.get().and_then(|newer| newer.find(name)).or_else(|| facts.find(name))
}

/// What the program itself carries about a resource type.
pub(super) fn embedded(name: &str) -> Option<TypeFacts> {
    facts().find(name)
}

/// Whether the facts of a type are newer than the program.
pub fn is_newer(found: TypeFacts) -> bool {
    !std::ptr::eq(found.facts, facts())
}

/// Every resource type, sorted by name, without the one that stands for modules.
pub fn types() -> impl Iterator<Item = TypeFacts> {
    let mut newer = NEWER.get().into_iter().flat_map(Facts::all).peekable();
    let mut known = facts().all().peekable();
    std::iter::from_fn(move || {
        let (Some(new), Some(old)) = (newer.peek(), known.peek()) else { return newer.next().or_else(|| known.next()) };
        match new.name().cmp(old.name()) {
            Ordering::Less => newer.next(),
            Ordering::Equal => {
                known.next();
                newer.next()
            }
            Ordering::Greater => known.next(),
        }
    })
}

/// Whether a type can be used in a region; `None` if one of them is not known.
pub fn is_available(type_name: &str, region: &str) -> Option<bool> {
    let found = find(type_name)?;
    is_region(region).then(|| found.regions().contains(region))
}

/// A schema by name, such as `other/iam/policy` or `extensions/aws_lambda_function/zipfile_runtime_enum`.
pub fn named(name: &str) -> Option<SchemaNode> {
    let (facts, at) = named_entry(name, NAMED_SCHEMA)?;
    Some(SchemaNode::new(facts, facts.word(at + 2), facts.word(at + 3)))
}

/// A table by name, such as `tables/lambda_runtimes`.
pub fn table(name: &str) -> Option<Value> {
    let (facts, at) = named_entry(name, NAMED_VALUE)?;
    Some(Value::new(facts, facts.word(at + 2)))
}

/// The values that each region has, by name, such as `regional/aws_ec2_instance/instancetype_enum`.
pub fn regional(name: &str) -> Option<Regional> {
    let (facts, at) = named_entry(name, NAMED_REGIONAL)?;
    Some(Regional::new(facts, facts.word(at + 2)))
}

/// The names of all schemas that [`named`] finds.
pub fn names() -> impl Iterator<Item = &'static str> {
    let facts = facts();
    let all = (0..facts.named.1).map(move |at| facts.named.0 + at * NAMED_WORDS);
    all.filter(move |at| facts.word(at + 1) == NAMED_SCHEMA).map(move |at| facts.text(facts.word(at)))
}

/// Every pattern of the facts, sorted.
pub fn patterns() -> impl Iterator<Item = Pattern<'static>> {
    let facts = facts();
    (0..facts.word(facts.patterns)).map(move |at| facts.pattern(facts.word(facts.patterns + 1 + at)))
}

fn named_entry(name: &str, kind: u32) -> Option<(&'static Facts, u32)> {
    let facts = facts();
    let at = facts.search(facts.named.0, facts.named.1, NAMED_WORDS, name)?;
    (facts.word(at + 1) == kind).then_some((facts, at))
}

impl TypeFacts {
    /// The name of the type.
    pub fn name(&self) -> &'static str {
        self.facts.text(self.word(0))
    }

    /// The regions where the type can be used.
    pub fn regions(&self) -> Regions {
        Regions(u64::from(self.word(1)) | u64::from(self.word(2)) << 32)
    }

    /// The schema of `Properties`.
    pub fn schema(&self) -> SchemaNode {
        SchemaNode::new(self.facts, self.word(3), self.word(4))
    }

    /// Pointers of the properties that only the service sets, such as `/properties/Arn`.
    pub fn read_only(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.pointers("readOnlyProperties")
    }

    /// Pointers of the properties that cannot be read back.
    pub fn write_only(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.pointers("writeOnlyProperties")
    }

    /// Pointers of the properties whose change replaces the resource.
    pub fn create_only(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.pointers("createOnlyProperties")
    }

    /// Pointers of the properties whose change may replace the resource.
    pub fn conditional_create_only(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.pointers("conditionalCreateOnlyProperties")
    }

    /// Pointers of the properties that should no longer be used.
    pub fn deprecated(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.pointers("deprecatedProperties")
    }

    /// Pointers of the properties that together identify the resource: what `Ref` gives.
    pub fn primary_identifier(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.pointers("primaryIdentifier")
    }

    /// The pointer of the property that holds the tags, if the type can be tagged and says so.
    pub fn tag_property(&self) -> Option<&'static str> {
        let tagging = self.about("tagging")?;
        let taggable = tagging.get("taggable").and_then(|value| value.as_bool()).unwrap_or(true);
        if !taggable {
            return None;
        }
        Some(tagging.get("tagProperty").and_then(|value| value.as_str()).unwrap_or("/properties/Tags"))
    }

    /// Anything else that is said about the type: `tagging`, `lifecycle`, `replacementStrategy`,
    /// `propertyTransform`, `additionalIdentifiers`, `taggable`.
    pub fn about(&self, keyword: &str) -> Option<Value> {
        Value::new(self.facts, self.word(5)).get(keyword)
    }

    /// The attributes of `Fn::GetAtt` with the schema of each, sorted by name; `*` stands for any text.
    pub fn attributes(&self) -> impl Iterator<Item = (&'static str, SchemaNode)> + use<> {
        let (facts, list, definitions) = (self.facts, self.word(6), self.word(4));
        (0..facts.word(list)).map(move |at| {
            let at = list + 1 + at * 2;
            (facts.text(facts.word(at)), SchemaNode::new(facts, facts.word(at + 1), definitions))
        })
    }

    /// The schema of one attribute, if the type has it: by name, else by the longest name with a `*` that fits.
    pub fn attribute(&self, name: &str) -> Option<SchemaNode> {
        let list = self.word(6);
        if let Some(at) = self.facts.search(list + 1, self.facts.word(list), 2, name) {
            return Some(SchemaNode::new(self.facts, self.facts.word(at + 1), self.word(4)));
        }
        let fitting = self.attributes().filter(|(pattern, _)| pattern.contains('*') && fits(pattern, name));
        fitting.max_by_key(|(pattern, _)| pattern.len()).map(|(_, schema)| schema)
    }

    fn word(&self, at: u32) -> u32 {
        self.facts.word(self.at + at)
    }

    fn pointers(&self, keyword: &str) -> impl Iterator<Item = &'static str> + use<> {
        self.about(keyword).into_iter().flat_map(|list| list.items()).filter_map(|item| item.as_str())
    }
}

/// Whether a name fits a pattern in which `*` stands for any text.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == name };
    let Some(rest) = name.strip_prefix(before) else { return false };
    let starts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    starts.into_iter().any(|at| rest.get(at..).is_some_and(|rest| fits(after, rest)))
}

#[cfg(test)]
mod tests;
