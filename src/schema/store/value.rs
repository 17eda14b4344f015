//! A JSON value of the facts: of `enum`, `const`, `default` and the tables.

use super::super::layout::tag;
use super::Facts;

/// A JSON value.
#[derive(Clone, Copy)]
pub struct Value {
    facts: &'static Facts,
    word: u32,
}

/// What a [`Value`] is.
#[derive(Clone, Copy)]
pub enum Kind {
    /// `null`
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(&'static str),
    /// A list: see [`Value::items`].
    List,
    /// An object: see [`Value::members`].
    Object,
}

/// A list of values.
#[derive(Clone, Copy)]
pub struct List {
    pub(super) facts: &'static Facts,
    pub(super) at: u32,
}

impl List {
    /// The values in the order of the source.
    pub fn iter(self) -> impl ExactSizeIterator<Item = Value> {
        (0..self.facts.word(self.at)).map(move |at| Value::new(self.facts, self.facts.word(self.at + 1 + at)))
    }

    /// How many values there are.
    pub fn len(self) -> usize {
        self.facts.word(self.at) as usize
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl Value {
    pub(super) fn new(facts: &'static Facts, word: u32) -> Self {
        Value { facts, word }
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        let payload = self.word >> 3;
        let bits = || self.facts.numbers.get(payload as usize).map_or(0, |bytes| u64::from_le_bytes(*bytes));
        match self.word & 7 {
            tag::WORD if payload == 0 => Kind::Null,
            tag::WORD => Kind::Bool(payload == 2),
            tag::TEXT => Kind::Text(self.facts.text(payload)),
            tag::SMALL => Kind::Integer(i64::from(payload)),
            tag::LARGE => Kind::Integer(bits() as i64),
            tag::FLOAT => Kind::Float(f64::from_bits(bits())),
            tag::LIST => Kind::List,
            _ => Kind::Object,
        }
    }

    /// The text, if it is one.
    pub fn as_str(self) -> Option<&'static str> {
        match self.kind() {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(self) -> Option<bool> {
        match self.kind() {
            Kind::Bool(truth) => Some(truth),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub fn as_i64(self) -> Option<i64> {
        match self.kind() {
            Kind::Integer(number) => Some(number),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_f64(self) -> Option<f64> {
        match self.kind() {
            Kind::Integer(number) => Some(number as f64),
            Kind::Float(number) => Some(number),
            _ => None,
        }
    }

    /// The items of a list; none of anything else.
    pub fn items(self) -> impl Iterator<Item = Value> {
        let at = if self.word & 7 == tag::LIST { self.word >> 3 } else { 0 };
        List { facts: self.facts, at }.iter()
    }

    /// The members of an object, sorted by name; none of anything else.
    pub fn members(self) -> impl Iterator<Item = (&'static str, Value)> {
        let facts = self.facts;
        let at = if self.word & 7 == tag::OBJECT { self.word >> 3 } else { 0 };
        (0..facts.word(at)).map(move |member| {
            let at = at + 1 + member * 2;
            (facts.text(facts.word(at)), Value::new(facts, facts.word(at + 1)))
        })
    }

    /// A member of an object.
    pub fn get(self, name: &str) -> Option<Value> {
        if self.word & 7 != tag::OBJECT {
            return None;
        }
        let at = self.word >> 3;
        let at = self.facts.search(at + 1, self.facts.word(at), 2, name)?;
        Some(Value::new(self.facts, self.facts.word(at + 1)))
    }

    /// The same value for serde_json, for messages and comparison in tests.
    pub fn to_json(self) -> serde_json::Value {
        match self.kind() {
            Kind::Null => serde_json::Value::Null,
            Kind::Bool(truth) => truth.into(),
            Kind::Integer(number) => number.into(),
            Kind::Float(number) => number.into(),
            Kind::Text(text) => text.into(),
            Kind::List => self.items().map(Value::to_json).collect(),
            Kind::Object => self.members().map(|(name, value)| (name.to_owned(), value.to_json())).collect(),
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind() {
            Kind::Text(text) => out.write_str(text),
            _ => self.to_json().fmt(out),
        }
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.to_json().fmt(out)
    }
}
