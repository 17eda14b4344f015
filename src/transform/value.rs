//! The values a transform works on: ordered maps, cheap to copy, each node with the place in the author's text that
//! caused it. Intrinsic functions are maps with one key.
//!
//! Two facts of Python 2 live on because deployment ids are hashes of Python 2 text: strings are plain or "unicode", and
//! maps keep the order of insertion or the order of a Python 2.7 dictionary.

use std::cell::Cell;
use std::rc::Rc;

use super::order::Table;
use crate::source::Span;

/// The span of a value made by a transform until it gets that of its cause.
pub const UNPLACED: Span = Span { start: u32::MAX, end: u32::MAX };

/// Text with its Python 2 mark. Equality ignores the mark.
#[derive(Clone, Debug)]
pub struct Text {
    text: Chars,
    /// Whether it is a `unicode` string of Python 2.
    pub uni: bool,
}

/// Characters that cost nothing to copy.
#[derive(Clone, Debug)]
enum Chars {
    Fixed(&'static str),
    Shared(Rc<str>),
}

/// A value with its place.
#[derive(Clone, Debug)]
pub struct Value {
    /// The author's text that caused it, `UNPLACED` while not known.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// The kinds of value.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number of any size, in decimal.
    Long(Rc<str>),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Str(Text),
    /// A list.
    List(Rc<Vec<Value>>),
    /// A map.
    Map(Rc<Map>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The key.
    pub key: Text,
    /// Where the key stands, `UNPLACED` when made.
    pub key_span: Span,
    /// The value.
    pub value: Value,
}

/// An ordered map.
#[derive(Clone, Debug, Default)]
pub struct Map {
    pairs: Vec<Pair>,
    table: Option<Box<Table>>,
    /// Whether a deep copy is known to have the same order of keys, here and in everything below. Whatever gives out
    /// something to change takes it back.
    settled: Cell<bool>,
}

impl Text {
    /// Text with the unicode mark.
    pub fn uni(text: &str) -> Text {
        Text { text: Chars::Shared(text.into()), uni: true }
    }

    /// Text of the author.
    pub fn of(text: &str) -> Text {
        Text { text: Chars::Shared(text.into()), uni: false }
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        match &self.text {
            Chars::Fixed(text) => text,
            Chars::Shared(text) => text,
        }
    }

    /// Concatenation: the result has the mark of the left part.
    pub fn plus(&self, right: &str) -> Text {
        self.with(format!("{self}{right}"))
    }

    /// The same characters with the unicode mark.
    pub fn marked(&self) -> Text {
        Text { text: self.text.clone(), uni: true }
    }

    /// The same characters without a mark.
    pub fn plain(&self) -> Text {
        Text { text: self.text.clone(), uni: false }
    }

    /// Other characters with the same mark.
    pub fn with(&self, text: impl Into<Rc<str>>) -> Text {
        Text { text: Chars::Shared(text.into()), uni: self.uni }
    }
}

impl std::ops::Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        self.as_str() == other.as_str()
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl From<&'static str> for Text {
    fn from(text: &'static str) -> Text {
        Text { text: Chars::Fixed(text), uni: false }
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text { text: Chars::Shared(text.into()), uni: false }
    }
}

impl From<&Text> for Text {
    fn from(text: &Text) -> Text {
        text.clone()
    }
}

impl From<Kind> for Value {
    fn from(kind: Kind) -> Value {
        Value { span: UNPLACED, kind }
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Value {
        Kind::Str(text.into()).into()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Kind::Str(text.into()).into()
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Value {
        Kind::Str(text).into()
    }
}

impl From<&Text> for Value {
    fn from(text: &Text) -> Value {
        Kind::Str(text.clone()).into()
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Kind::Bool(value).into()
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Kind::Int(value).into()
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Value {
        Kind::List(Rc::new(items)).into()
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Value {
        Kind::Map(Rc::new(map)).into()
    }
}

impl From<&Value> for Value {
    fn from(value: &Value) -> Value {
        value.clone()
    }
}

impl Value {
    /// Null.
    pub fn null() -> Value {
        Kind::Null.into()
    }

    /// The same value caused by the text at `span`, if it has no place of its own.
    pub fn at(mut self, span: Span) -> Value {
        if self.span == UNPLACED {
            self.span = span;
        }
        self
    }

    /// Text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        self.as_text().map(Text::as_str)
    }

    /// Text with its mark, if this is a string.
    pub fn as_text(&self) -> Option<&Text> {
        match &self.kind {
            Kind::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The map, if this is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.kind {
            Kind::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The map to change, if this is one.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match &mut self.kind {
            Kind::Map(map) => Some(Rc::make_mut(map)),
            _ => None,
        }
    }

    /// The items, if this is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The items to change, if this is a list.
    pub fn as_list_mut(&mut self) -> Option<&mut Vec<Value>> {
        match &mut self.kind {
            Kind::List(items) => Some(Rc::make_mut(items)),
            _ => None,
        }
    }

    /// Whether this is a map.
    pub fn is_map(&self) -> bool {
        matches!(self.kind, Kind::Map(_))
    }

    /// Whether this is a list.
    pub fn is_list(&self) -> bool {
        matches!(self.kind, Kind::List(_))
    }

    /// Whether this is a string.
    pub fn is_str(&self) -> bool {
        matches!(self.kind, Kind::Str(_))
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// Whether this is an integer in the eyes of Python, where booleans are.
    pub fn is_int(&self) -> bool {
        matches!(self.kind, Kind::Int(_) | Kind::Long(_) | Kind::Bool(_))
    }

    /// Whether this is a boolean.
    pub fn is_bool(&self) -> bool {
        matches!(self.kind, Kind::Bool(_))
    }

    /// Whether this equals a boolean (so does the number 1 or 0).
    pub fn is_exactly(&self, value: bool) -> bool {
        self.same(&value.into())
    }

    /// Truth as in Python: null, false, zero and everything empty are false.
    pub fn truthy(&self) -> bool {
        match &self.kind {
            Kind::Null => false,
            Kind::Bool(b) => *b,
            Kind::Int(i) => *i != 0,
            Kind::Long(_) => true,
            Kind::Float(f) => *f != 0.0,
            Kind::Str(t) => !t.is_empty(),
            Kind::List(items) => !items.is_empty(),
            Kind::Map(map) => !map.is_empty(),
        }
    }

    /// The value of a key, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map()?.get(key)
    }

    /// The value of a key if it is truthy.
    pub fn truthy_at(&self, key: &str) -> Option<&Value> {
        self.get(key).filter(|v| v.truthy())
    }

    /// The value of a key if it is not null.
    pub fn given(&self, key: &str) -> Option<&Value> {
        self.get(key).filter(|v| !v.is_null())
    }

    /// The value under a path of keys.
    pub fn path(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |v, key| v.get(key))
    }

    /// The value under a path of keys, to change it.
    pub fn path_mut(&mut self, path: &[&str]) -> Option<&mut Value> {
        path.iter().try_fold(self, |v, key| v.as_map_mut()?.get_mut(key))
    }

    /// Sets a key, if this is a map.
    pub fn set(&mut self, key: impl Into<Text>, value: impl Into<Value>) {
        if let Some(map) = self.as_map_mut() {
            map.insert(key, value);
        }
    }

    /// Removes a key, if this is a map that has it.
    pub fn take(&mut self, key: &str) -> Option<Value> {
        self.as_map_mut()?.remove(key)
    }

    /// Equality as in Python: marks and order of maps do not count, `true`, `1` and `1.0` are equal.
    pub fn same(&self, other: &Value) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Null, Kind::Null) => true,
            (Kind::Str(a), Kind::Str(b)) => a == b,
            (Kind::Long(a), Kind::Long(b)) => a == b,
            (Kind::List(a), Kind::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.same(b)),
            (Kind::Map(a), Kind::Map(b)) => {
                a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| v.same(w)))
            }
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => a == b,
                _ => false,
            },
        }
    }

    /// The number a number or boolean stands for.
    pub fn number(&self) -> Option<f64> {
        match &self.kind {
            Kind::Bool(b) => Some(f64::from(u8::from(*b))),
            Kind::Int(i) => Some(*i as f64),
            Kind::Float(f) => Some(*f),
            Kind::Long(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The only pair of a map with one key.
    pub fn only_pair(&self) -> Option<(&Text, &Value)> {
        let map = self.as_map()?;
        (map.len() == 1).then(|| map.iter().next()).flatten()
    }

    /// Whether this is an intrinsic function: a map whose one key is `Ref`, `Condition` or begins with `Fn::`.
    pub fn is_intrinsic(&self) -> bool {
        self.only_pair().is_some_and(|(k, _)| k == "Ref" || k == "Condition" || k.starts_with("Fn::"))
    }

    /// The argument of a certain intrinsic function.
    pub fn call(&self, function: &str) -> Option<&Value> {
        self.only_pair().filter(|(k, _)| *k == function).map(|(_, v)| v)
    }

    /// Whether this is `Fn::If`.
    pub fn is_if(&self) -> bool {
        self.call("Fn::If").is_some()
    }

    /// Whether this is `Ref: AWS::NoValue`.
    pub fn is_no_value(&self) -> bool {
        self.call("Ref").and_then(Value::as_str) == Some("AWS::NoValue")
    }

    /// A copy as Python's `deepcopy` makes it: Python 2.7 dictionaries get new tables, filled in the order of iteration.
    /// What keeps its order that way is shared with the original.
    pub fn deep_copy(&self) -> Value {
        self.reordered().unwrap_or_else(|| self.clone())
    }

    /// The deep copy, if it differs from this in the order of keys.
    fn reordered(&self) -> Option<Value> {
        let kind = match &self.kind {
            Kind::List(items) => {
                let copies: Vec<Option<Value>> = items.iter().map(Value::reordered).collect();
                if copies.iter().all(Option::is_none) {
                    return None;
                }
                let copies = copies.into_iter().zip(items.iter()).map(|(new, old)| new.unwrap_or_else(|| old.clone()));
                Kind::List(Rc::new(copies.collect()))
            }
            Kind::Map(map) => Kind::Map(Rc::new(map.reordered()?)),
            _ => return None,
        };
        Some(Value { span: self.span, kind })
    }

    /// The same value that shares no list and no map with this one.
    pub fn unshared(&self) -> Value {
        let kind = match &self.kind {
            Kind::List(items) => Kind::List(Rc::new(items.iter().map(Value::unshared).collect())),
            Kind::Map(map) => {
                let mut new = Map::clone(map);
                new.values_mut().for_each(|v| *v = v.unshared());
                Kind::Map(Rc::new(new))
            }
            kind => kind.clone(),
        };
        Value { span: self.span, kind }
    }

    /// The same value as Python 2 would have read it: every string unicode, every map a Python 2.7 dictionary.
    pub fn to_python2(&self) -> Value {
        let kind = match &self.kind {
            Kind::Str(t) => Kind::Str(t.marked()),
            Kind::List(items) => Kind::List(Rc::new(items.iter().map(Value::to_python2).collect())),
            Kind::Map(map) => {
                let mut new = Map::python2();
                for pair in map.pairs() {
                    new.insert_placed(pair.key.marked(), pair.key_span, pair.value.to_python2());
                }
                Kind::Map(Rc::new(new))
            }
            kind => kind.clone(),
        };
        Value { span: self.span, kind }
    }
}

impl Map {
    /// An empty map that keeps the order of insertion.
    pub fn new() -> Map {
        Map::default()
    }

    /// An empty map with the order of a Python 2.7 dictionary.
    pub fn python2() -> Map {
        Map { table: Some(Box::default()), ..Map::default() }
    }

    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    fn position(&self, key: &str) -> Option<usize> {
        match &self.table {
            Some(table) if self.pairs.len() > 8 => table.find(key, &self.pairs),
            _ => self.pairs.iter().position(|p| &*p.key == key),
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.position(key).map(|i| &self.pairs[i].value)
    }

    /// The pair of a key.
    pub fn pair(&self, key: &str) -> Option<&Pair> {
        self.position(key).map(|i| &self.pairs[i])
    }

    /// The value of a key, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.settled.set(false);
        self.position(key).map(|i| &mut self.pairs[i].value)
    }

    /// Whether there is such a key.
    pub fn has(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// Sets a key; a present one keeps its place and its mark.
    pub fn insert(&mut self, key: impl Into<Text>, value: impl Into<Value>) {
        self.insert_placed(key, UNPLACED, value);
    }

    /// Sets a key that stands in the author's text.
    pub fn insert_placed(&mut self, key: impl Into<Text>, key_span: Span, value: impl Into<Value>) {
        let key = key.into();
        self.settled.set(false);
        match self.position(&key) {
            Some(i) => self.pairs[i].value = value.into(),
            None => {
                self.pairs.push(Pair { key, key_span, value: value.into() });
                if let Some(table) = &mut self.table {
                    table.add(self.pairs.len() - 1, &self.pairs);
                }
            }
        }
    }

    /// The value of a key, which is set first if it is absent.
    pub fn entry(&mut self, key: impl Into<Text>, default: impl FnOnce() -> Value) -> &mut Value {
        let key = key.into();
        self.settled.set(false);
        let i = match self.position(&key) {
            Some(i) => i,
            None => {
                self.insert(key, default());
                self.pairs.len() - 1
            }
        };
        &mut self.pairs[i].value
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let i = self.position(key)?;
        self.settled.set(false);
        if let Some(table) = &mut self.table {
            table.remove(i);
        }
        Some(self.pairs.remove(i).value)
    }

    /// Sets every pair of another map (Python's `update`).
    pub fn update(&mut self, other: &Map) {
        self.settled.set(false);
        if let Some(table) = &mut self.table {
            table.reserve(other.len(), &self.pairs);
        }
        for pair in other.pairs() {
            self.insert_placed(pair.key.clone(), pair.key_span, pair.value.clone());
        }
    }

    /// Sets a key; the place of the new key counts.
    pub fn set_placed(&mut self, key: &Text, key_span: Span, value: impl Into<Value>) {
        self.settled.set(false);
        match self.position(key) {
            Some(i) => {
                self.pairs[i].value = value.into();
                if key_span != UNPLACED {
                    self.pairs[i].key_span = key_span;
                }
            }
            None => self.insert_placed(key, key_span, value),
        }
    }

    /// Gives a key that was made a place; whether there is such a key.
    pub fn place(&mut self, key: &str, key_span: Span) -> bool {
        let made = self.position(key).filter(|i| self.pairs[*i].key_span == UNPLACED);
        if let Some(i) = made {
            self.pairs[i].key_span = key_span;
        }
        made.is_some()
    }

    /// A copy as Python's `copy` makes it.
    pub fn copy(&self) -> Map {
        if self.table.is_none() {
            return self.clone();
        }
        let mut new = Map::python2();
        new.update(self);
        new
    }

    /// The pairs in the order of iteration.
    pub fn pairs(&self) -> impl Iterator<Item = &Pair> {
        let ordered = self.table.as_ref().map(|t| t.iter());
        let plain = if ordered.is_some() { 0 } else { self.pairs.len() };
        ordered.into_iter().flatten().map(|i| &self.pairs[i]).chain(self.pairs[..plain].iter())
    }

    /// Keys and values in the order of iteration.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &Value)> {
        self.pairs().map(|p| (&p.key, &p.value))
    }

    /// The keys in the order of iteration.
    pub fn keys(&self) -> impl Iterator<Item = &Text> {
        self.pairs().map(|p| &p.key)
    }

    /// The keys in the order of iteration, copied, so that the map may be changed meanwhile.
    pub fn key_list(&self) -> Vec<Text> {
        self.keys().cloned().collect()
    }

    /// The values in the order of iteration.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.pairs().map(|p| &p.value)
    }

    /// All values, to change them, in no order that matters.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.settled.set(false);
        self.pairs.iter_mut().map(|p| &mut p.value)
    }

    /// The deep copy, if it differs from this in the order of keys.
    fn reordered(&self) -> Option<Map> {
        if self.settled.get() {
            return None;
        }
        let mut changed: Vec<(usize, Value)> = Vec::new();
        changed.extend(self.pairs.iter().enumerate().filter_map(|(i, p)| Some((i, p.value.reordered()?))));
        let table = self.table.as_ref().map(|t| t.refilled(&self.pairs));
        let same = table == self.table.as_deref().cloned();
        if changed.is_empty() && same {
            self.settled.set(true);
            return None;
        }
        let mut new = Map { pairs: self.pairs.clone(), table: table.map(Box::new), settled: Cell::default() };
        for (i, value) in changed {
            new.pairs[i].value = value;
        }
        Some(new)
    }
}

/// Makes a map in the order of insertion: `map! { "Type" => "x" }`.
macro_rules! map {
    ($($key:expr => $value:expr),* $(,)?) => {{
        #[allow(unused_mut)]
        let mut map = $crate::transform::value::Map::new();
        $( map.insert($key, $value); )*
        $crate::transform::value::Value::from(map)
    }};
}

/// Makes a map in the order of a Python 2.7 dictionary.
macro_rules! map2 {
    ($($key:expr => $value:expr),* $(,)?) => {{
        #[allow(unused_mut)]
        let mut map = $crate::transform::value::Map::python2();
        $( map.insert($key, $value); )*
        $crate::transform::value::Value::from(map)
    }};
}

/// Makes a list of values.
macro_rules! list {
    ($($item:expr),* $(,)?) => { $crate::transform::value::Value::from(vec![$( $crate::transform::value::Value::from($item) ),*]) };
}

pub(crate) use {list, map, map2};

/// `Ref`.
pub fn reference(id: impl Into<Text>) -> Value {
    map! { "Ref" => id.into() }
}

/// `Fn::GetAtt`.
pub fn get_att(id: impl Into<Text>, attribute: impl Into<Value>) -> Value {
    map! { "Fn::GetAtt" => list![id.into(), attribute.into()] }
}

/// `Fn::Sub` of a text.
pub fn sub(text: impl Into<Text>) -> Value {
    map! { "Fn::Sub" => text.into() }
}

/// `Fn::Sub` of a text with variables.
pub fn sub_with(text: impl Into<Text>, variables: Value) -> Value {
    map! { "Fn::Sub" => list![text.into(), variables] }
}

/// `Fn::If`.
pub fn if_else(condition: impl Into<Value>, yes: impl Into<Value>, no: impl Into<Value>) -> Value {
    map! { "Fn::If" => list![condition.into(), yes.into(), no.into()] }
}

/// `Ref: AWS::NoValue`.
pub fn no_value() -> Value {
    reference("AWS::NoValue")
}

/// `value` under a condition, nothing otherwise.
pub fn conditional(condition: impl Into<Value>, value: impl Into<Value>) -> Value {
    if_else(condition, value, no_value())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_2_order() {
        let keys = |m: &Map| m.keys().map(|k| k.to_string()).collect::<Vec<_>>();
        let mut m = Map::python2();
        for k in ["swagger", "info", "paths"] {
            m.insert(k, true);
        }
        assert_eq!(keys(&m), ["info", "paths", "swagger"]);
        for k in ["a", "b", "c", "d", "e"] {
            m.insert(k, true);
        }
        m.remove("paths");
        assert!(m.has("swagger") && !m.has("paths"));
        assert_eq!(m.len(), 7);
        assert_eq!(keys(&m).len(), 7);
    }
}
