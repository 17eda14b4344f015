//! JSON Schemas over the spanned tree, for documents without functions: AppSpec, buildspec, configuration files.
//!
//! The only module that knows the `jsonschema` crate. The validator reads our nodes in place, nothing is copied, and
//! every violation comes back with the node it is about. A schema may name the fault behind a keyword with `x-fault`:
//! a text, or a mapping from keyword to text; the innermost one around the failing keyword counts. What a fault means
//! to a reader is up to the caller.

use crate::source::Span;
use crate::syntax::{Entry, Key, Node, NodeKind, scalar};
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::json::{self, JsonNumber, NodeIdentity};
use jsonschema::{JsonType, ValidationError, Validator};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Most violations that are reported for one document: a file with more is wrong as a whole.
pub const MAX_VIOLATIONS: usize = 1000;

/// A compiled schema.
#[derive(Debug)]
pub struct Schema {
    source: Value,
    validator: Compiled,
}

#[derive(Debug)]
enum Compiled {
    Exact(Validator<View<false>>),
    Folded(Validator<View<true>>),
}

/// How keys of the document are compared with those of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Character by character.
    Exact,
    /// ASCII capitals do not count; the schema writes all its keys in lower case.
    Folded,
}

/// One violation of a schema.
#[derive(Clone, Debug)]
pub struct Violation<'n> {
    /// The keyword that failed, with its facts.
    pub keyword: Keyword,
    /// The fault the schema names for it.
    pub fault: Option<String>,
    /// The value it is about: the wrong one, or the mapping that lacks or has a key.
    pub node: &'n Node,
    /// The key whose value `node` is; `None` for the root and list items.
    pub key: Option<&'n Key>,
    /// The mapping keys and list indices from the root to `node`, as the document writes them.
    pub path: Vec<String>,
    /// The unknown key, for `Keyword::UnknownKey` and `Keyword::KeyName`.
    pub unknown: Option<&'n Key>,
    /// For `AnyOf` and `OneOf`: the violations of each alternative.
    pub alternatives: Vec<Vec<Violation<'n>>>,
    /// Whether `node` stands under a YAML tag, so that its value is not what the text says.
    pub tagged: bool,
}

/// The keywords a document schema uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keyword {
    /// A key is missing; its name as the schema writes it.
    Required(String),
    /// A key that the schema does not know (`additionalProperties`, one violation per key).
    UnknownKey(String),
    /// A key whose name is refused (`propertyNames`).
    KeyName(String),
    /// The value is of another type; the types allowed, in the words of JSON Schema.
    Type(Vec<&'static str>),
    /// The value is none of these.
    Enum(Vec<String>),
    /// The value is not this one.
    Const(String),
    /// The text does not match.
    Pattern(String),
    /// Below a minimum (given), or at an exclusive one.
    Minimum(String),
    /// Above a maximum (given), or at an exclusive one.
    Maximum(String),
    /// Too few items or keys, or too short.
    TooFew(u64),
    /// Too many items or keys, or too long.
    TooMany(u64),
    /// Two items of a list are equal.
    NotUnique,
    /// None of several alternatives fits.
    AnyOf,
    /// None, or more than one, of several alternatives fits.
    OneOf,
    /// The value is refused whatever it is (`false`, `not`).
    Refused,
    /// Any other keyword, by its name.
    Other(String),
}

impl Schema {
    /// Compiles a schema from its JSON text.
    ///
    /// # Errors
    /// When the text is no JSON or no valid schema.
    pub fn parse(text: &str, case: Case) -> Result<Self, String> {
        let source: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let validator = match case {
            Case::Exact => {
                Compiled::Exact(jsonschema::options_for().offline().build(&source).map_err(|e| e.to_string())?)
            }
            Case::Folded => {
                Compiled::Folded(jsonschema::options_for().offline().build(&source).map_err(|e| e.to_string())?)
            }
        };
        Ok(Schema { source, validator })
    }

    /// The violations of a tree (the first `MAX_VIOLATIONS`), in the order of the schema. Of a key that stands twice
    /// the last one counts.
    pub fn violations<'n>(&self, root: &'n Node) -> Vec<Violation<'n>> {
        let mut out = Vec::new();
        match &self.validator {
            Compiled::Exact(v) => {
                let errors: Vec<_> = v.iter_errors(root).take(MAX_VIOLATIONS).collect();
                errors.iter().for_each(|e| self.convert(e, root, false, &mut out));
            }
            Compiled::Folded(v) => {
                let errors: Vec<_> = v.iter_errors(root).take(MAX_VIOLATIONS).collect();
                errors.iter().for_each(|e| self.convert(e, root, true, &mut out));
            }
        }
        out
    }

    /// Turns one error into one violation, or one per unknown key.
    fn convert<'n>(&self, error: &ValidationError<'_>, root: &'n Node, fold: bool, out: &mut Vec<Violation<'n>>) {
        let place = Place::find(root, error.instance_path().as_str(), fold);
        let violation = |keyword: Keyword| Violation {
            keyword,
            fault: self.fault(error.schema_path().as_str(), error.kind().keyword()),
            node: place.node,
            key: place.key,
            path: place.path.clone(),
            unknown: None,
            alternatives: Vec::new(),
            tagged: place.tagged,
        };
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                for name in unexpected.iter().take(MAX_VIOLATIONS) {
                    let entry = find_entry(place.node, name, fold);
                    let written = entry.map_or(name.as_str(), |e| &*e.key.text).to_owned();
                    out.push(Violation { unknown: entry.map(|e| &e.key), ..violation(Keyword::UnknownKey(written)) });
                }
            }
            ValidationErrorKind::PropertyNames { error: inner } => {
                let name = inner.instance().as_str().unwrap_or_default().to_owned();
                let entry = find_entry(place.node, &name, fold);
                out.push(Violation { unknown: entry.map(|e| &e.key), ..violation(Keyword::KeyName(name)) });
            }
            ValidationErrorKind::AnyOf { context } => {
                let alternatives = self.alternatives(context, root, fold);
                out.push(Violation { alternatives, ..violation(Keyword::AnyOf) });
            }
            ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::OneOfMultipleValid { context } => {
                let alternatives = self.alternatives(context, root, fold);
                out.push(Violation { alternatives, ..violation(Keyword::OneOf) });
            }
            kind => out.push(violation(simple_keyword(kind))),
        }
    }

    fn alternatives<'n>(
        &self,
        context: &[Vec<ValidationError<'static>>],
        root: &'n Node,
        fold: bool,
    ) -> Vec<Vec<Violation<'n>>> {
        context
            .iter()
            .map(|errors| {
                let mut list = Vec::new();
                errors.iter().for_each(|e| self.convert(e, root, fold, &mut list));
                list
            })
            .collect()
    }

    /// The innermost `x-fault` around a keyword.
    fn fault(&self, pointer: &str, keyword: &str) -> Option<String> {
        let mut found = None;
        let mut at = Some(&self.source);
        let mut look = |schema: &Value| match schema.get("x-fault") {
            Some(Value::String(fault)) => found = Some(fault.clone()),
            Some(Value::Object(by_keyword)) => {
                if let Some(fault) = by_keyword.get(keyword).and_then(Value::as_str) {
                    found = Some(fault.to_owned());
                }
            }
            _ => {}
        };
        look(&self.source);
        for segment in segments(pointer) {
            at = match at {
                Some(Value::Object(map)) => map.get(&*segment),
                Some(Value::Array(list)) => segment.parse::<usize>().ok().and_then(|i| list.get(i)),
                _ => None,
            };
            if let Some(schema) = at {
                look(schema);
            }
        }
        found
    }
}

impl Violation<'_> {
    /// Where to report it: the unknown key; for a missing key the key of the mapping that lacks it (the first key of a
    /// list item or of the root); else the value, or its key when the value is nothing at all.
    pub fn span(&self) -> Span {
        if let Some(key) = self.unknown {
            return key.span;
        }
        let first = self.node.as_map().and_then(<[Entry]>::first).map(|e| e.key.span);
        match (&self.keyword, self.key) {
            (Keyword::Required(_), Some(key)) => key.span,
            (Keyword::Required(_), None) => first.unwrap_or(self.node.span),
            (_, Some(key)) if self.node.span.is_empty() => key.span,
            _ => self.node.span,
        }
    }

    /// The path with `*` for list indices, joined by dots: `files.*.source`.
    pub fn pattern(&self) -> String {
        let parts: Vec<&str> = self
            .path
            .iter()
            .map(|p| if !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()) { "*" } else { p.as_str() })
            .collect();
        parts.join(".")
    }
}

fn simple_keyword(kind: &ValidationErrorKind) -> Keyword {
    use ValidationErrorKind as K;
    match kind {
        K::Required { property } => Keyword::Required(text_of(property)),
        K::Type { kind } => Keyword::Type(type_names(kind)),
        K::Enum { options } => Keyword::Enum(options.as_array().into_iter().flatten().map(text_of).collect()),
        K::Constant { expected_value } => Keyword::Const(text_of(expected_value)),
        K::Pattern { pattern } => Keyword::Pattern(pattern.clone()),
        K::Minimum { limit } | K::ExclusiveMinimum { limit } => Keyword::Minimum(text_of(limit)),
        K::Maximum { limit } | K::ExclusiveMaximum { limit } => Keyword::Maximum(text_of(limit)),
        K::MinItems { limit } | K::MinLength { limit } | K::MinProperties { limit } => Keyword::TooFew(*limit),
        K::MaxItems { limit } | K::MaxLength { limit } | K::MaxProperties { limit } => Keyword::TooMany(*limit),
        K::UniqueItems => Keyword::NotUnique,
        K::FalseSchema | K::Not { .. } => Keyword::Refused,
        other => Keyword::Other(other.keyword().to_owned()),
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn type_names(kind: &TypeKind) -> Vec<&'static str> {
    let name = |t: JsonType| match t {
        JsonType::Null => "null",
        JsonType::Boolean => "boolean",
        JsonType::Integer => "integer",
        JsonType::Number => "number",
        JsonType::String => "string",
        JsonType::Array => "array",
        JsonType::Object => "object",
    };
    match kind {
        TypeKind::Single(t) => vec![name(*t)],
        TypeKind::Multiple(set) => set.iter().map(name).collect(),
    }
}

/// The segments of a JSON pointer, unescaped.
fn segments(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer.split('/').skip(1).map(|s| s.replace("~1", "/").replace("~0", "~"))
}

/// A node found by its path.
struct Place<'n> {
    node: &'n Node,
    key: Option<&'n Key>,
    path: Vec<String>,
    tagged: bool,
}

impl<'n> Place<'n> {
    fn find(root: &'n Node, pointer: &str, fold: bool) -> Self {
        let mut place = Place { node: root, key: None, path: Vec::new(), tagged: false };
        place.tagged = matches!(root.kind, NodeKind::Tagged(_));
        for segment in segments(pointer) {
            let inner = plain(place.node);
            let next = match &inner.kind {
                NodeKind::Map(_) => {
                    find_entry(inner, &segment, fold).map(|e| (&e.value, Some(&e.key), e.key.text.to_string()))
                }
                NodeKind::List(items) => {
                    segment.parse::<usize>().ok().and_then(|i| items.get(i)).map(|n| (n, None, segment.clone()))
                }
                _ => None,
            };
            let Some((node, key, name)) = next else { break };
            place.tagged |= matches!(node.kind, NodeKind::Tagged(_));
            place.node = node;
            place.key = key;
            place.path.push(name);
        }
        place
    }
}

/// The entry of a name: the last one written like that, or else the last one that differs in case alone.
fn find_entry<'n>(node: &'n Node, name: &str, fold: bool) -> Option<&'n Entry> {
    let entries = plain(node).as_map()?;
    let exact = entries.iter().rev().find(|e| &*e.key.text == name);
    exact.or_else(|| entries.iter().rev().find(|e| fold && e.key.text.eq_ignore_ascii_case(name)))
}

/// The value under tags and calls: an AppSpec or a buildspec gives them no meaning.
fn plain(node: &Node) -> &Node {
    match &node.kind {
        NodeKind::Tagged(t) => plain(&t.value),
        NodeKind::Call(c) => plain(&c.argument),
        _ => node,
    }
}

/// Our tree as the validator sees it.
#[derive(Debug)]
struct View<const FOLD: bool>;

impl<const FOLD: bool> json::Json for View<FOLD> {
    type Node<'a> = &'a Node;
    type PreparedKey = String;
    type StringBuffer = Option<Node>;

    fn prepare_key(key: &str) -> String {
        key.to_owned()
    }

    fn with_string_node<T>(buffer: &mut Option<Node>, string: &str, f: impl FnOnce(&Node) -> T) -> T {
        f(buffer.insert(Node::new(Span::default(), NodeKind::String(string.into()))))
    }
}

impl<'a, const FOLD: bool> json::Node<'a, View<FOLD>> for &'a Node {
    type Object = Members<'a, FOLD>;
    type Array = &'a [Node];
    type Number = Number<'a>;

    fn as_object(&self) -> Option<Members<'a, FOLD>> {
        plain(self).as_map().map(Members)
    }

    fn as_array(&self) -> Option<&'a [Node]> {
        plain(self).as_list()
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        let node = plain(self);
        match &node.kind {
            NodeKind::String(s) => Some(Cow::Borrowed(s)),
            // not a number to JSON: `.inf`
            NodeKind::Number(s) if finite(s).is_none() => Some(Cow::Borrowed(s)),
            _ => None,
        }
    }

    fn as_number(&self) -> Option<Number<'a>> {
        match &plain(self).kind {
            NodeKind::Number(text) => finite(text).map(|value| Number { text, value }),
            _ => None,
        }
    }

    fn as_boolean(&self) -> Option<bool> {
        plain(self).as_bool()
    }

    fn is_null(&self) -> bool {
        plain(self).is_null()
    }

    fn json_type(&self) -> JsonType {
        match &plain(self).kind {
            NodeKind::Bool(_) => JsonType::Boolean,
            NodeKind::Number(s) if finite(s).is_some() => JsonType::Number,
            NodeKind::Number(_) | NodeKind::String(_) => JsonType::String,
            NodeKind::List(_) => JsonType::Array,
            NodeKind::Map(_) => JsonType::Object,
            NodeKind::Null | NodeKind::Call(_) | NodeKind::Tagged(_) => JsonType::Null,
        }
    }

    fn to_value(&self) -> Cow<'a, Value> {
        Cow::Owned(to_value(self))
    }

    fn identity(&self) -> Option<NodeIdentity> {
        Some(NodeIdentity::new(std::ptr::from_ref::<Node>(plain(self)) as usize))
    }
}

fn finite(text: &str) -> Option<f64> {
    scalar::number_value(text).filter(|v| v.is_finite())
}

/// A node as a plain JSON value; of a key that stands twice the last one counts.
pub fn to_value(node: &Node) -> Value {
    let node = plain(node);
    match &node.kind {
        NodeKind::Bool(b) => Value::Bool(*b),
        NodeKind::Number(text) => {
            finite(text).map_or_else(|| Value::String(text.to_string()), |value| Number { text, value }.json().into())
        }
        NodeKind::String(s) => Value::String(s.to_string()),
        NodeKind::List(items) => Value::Array(items.iter().map(to_value).collect()),
        NodeKind::Map(entries) => {
            Value::Object(entries.iter().map(|e| (e.key.text.to_string(), to_value(&e.value))).collect())
        }
        NodeKind::Null | NodeKind::Call(_) | NodeKind::Tagged(_) => Value::Null,
    }
}

/// A number with its text.
#[derive(Clone, Copy, Debug)]
struct Number<'a> {
    text: &'a str,
    value: f64,
}

impl Number<'_> {
    fn json(self) -> serde_json::Number {
        let whole = self.text.parse::<i64>().ok().filter(|w| *w as f64 == self.value);
        whole
            .map(serde_json::Number::from)
            .or_else(|| serde_json::Number::from_f64(self.value))
            .unwrap_or_else(|| serde_json::Number::from(0))
    }

    fn whole(self) -> bool {
        self.value.fract() == 0.0 && self.value.abs() < 9.0e15
    }
}

impl JsonNumber for Number<'_> {
    fn as_u64(&self) -> Option<u64> {
        (self.whole() && self.value >= 0.0).then_some(self.value as u64)
    }

    fn as_i64(&self) -> Option<i64> {
        self.whole().then_some(self.value as i64)
    }

    fn as_f64(&self) -> Option<f64> {
        Some(self.value)
    }

    fn as_str(&self) -> Cow<'_, str> {
        Cow::Owned(self.json().to_string())
    }

    fn to_number(&self) -> Cow<'_, serde_json::Number> {
        Cow::Owned(self.json())
    }

    fn is_integer(&self) -> bool {
        self.value.fract() == 0.0
    }
}

/// The entries of a mapping as the validator sees them.
#[derive(Clone, Copy)]
struct Members<'a, const FOLD: bool>(&'a [Entry]);

impl<'a, const FOLD: bool> Members<'a, FOLD> {
    fn name(entry: &'a Entry) -> Cow<'a, str> {
        if FOLD && entry.key.text.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(entry.key.text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(&entry.key.text)
        }
    }
}

impl<'a, const FOLD: bool> json::Object<'a, View<FOLD>> for Members<'a, FOLD> {
    type Node = &'a Node;
    type MemberName = Cow<'a, str>;
    type MembersIter = std::vec::IntoIter<(Cow<'a, str>, &'a Node)>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, key: &String) -> Option<&'a Node> {
        let same = |e: &&Entry| if FOLD { e.key.text.eq_ignore_ascii_case(key) } else { &*e.key.text == key.as_str() };
        self.0.iter().rev().find(same).map(|e| &e.value)
    }

    fn members(&self) -> Self::MembersIter {
        let mut seen = BTreeSet::new();
        let mut list: Vec<_> =
            (self.0.iter().rev()).filter(|e| seen.insert(Self::name(e))).map(|e| (Self::name(e), &e.value)).collect();
        list.reverse();
        list.into_iter()
    }
}

impl<'a, const FOLD: bool> json::Array<'a, View<FOLD>> for &'a [Node] {
    type Node = &'a Node;
    type ElementsIter = std::slice::Iter<'a, Node>;

    fn len(&self) -> usize {
        <[Node]>::len(self)
    }

    fn elements(&self) -> Self::ElementsIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(at: usize, s: &str) -> Node {
        Node::new(Span::new(at, at + s.len()), NodeKind::String(s.into()))
    }

    fn map(at: usize, entries: Vec<(&str, Node)>) -> Node {
        let entries = entries
            .into_iter()
            .map(|(k, value)| {
                let span = Span::new(value.span.start as usize - k.len() - 2, value.span.start as usize - 2);
                Entry { key: Key { text: k.into(), span, style: Default::default() }, value }
            })
            .collect();
        Node::new(Span::new(at, at + 1), NodeKind::Map(entries))
    }

    const SCHEMA: &str = r##"{
        "type": "object", "x-fault": "shape", "required": ["name"], "additionalProperties": false,
        "properties": {
            "name": {"type": "string", "enum": ["a", "b"], "x-fault": {"enum": "name-value"}},
            "other": {"$ref": "#/$defs/other"}
        },
        "$defs": {"other": {"x-fault": "other", "type": "array"}}
    }"##;

    #[test]
    fn violations_carry_fault_place_and_facts() {
        let schema = Schema::parse(SCHEMA, Case::Exact).unwrap();
        let root = map(0, vec![("name", text(6, "c")), ("other", text(20, "x")), ("more", text(30, "y"))]);
        let found: Vec<_> = (schema.violations(&root).iter())
            .map(|v| (v.fault.clone().unwrap_or_default(), v.keyword.clone(), v.span().start))
            .collect();
        assert!(found.contains(&("name-value".into(), Keyword::Enum(vec!["a".into(), "b".into()]), 6)), "{found:?}");
        assert!(found.contains(&("other".into(), Keyword::Type(vec!["array"]), 20)), "{found:?}");
        assert!(found.contains(&("shape".into(), Keyword::UnknownKey("more".into()), 24)), "{found:?}");
        assert_eq!(found.len(), 3);
        let empty = map(0, vec![]);
        assert_eq!(schema.violations(&empty)[0].keyword, Keyword::Required("name".into()));
    }

    #[test]
    fn folded_keys_keep_their_spelling() {
        let schema = Schema::parse(SCHEMA, Case::Folded).unwrap();
        let root = map(0, vec![("Name", text(6, "c")), ("MORE", text(30, "y"))]);
        let found = schema.violations(&root);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().any(|v| v.path == ["Name"]));
        assert!(found.iter().any(|v| v.keyword == Keyword::UnknownKey("MORE".into())));
    }
}
