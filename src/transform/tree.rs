//! From the document's tree to values and back.

use super::python_text;
use super::value::{Kind, Map, Text, UNPLACED, Value};
use crate::intrinsics::Intrinsic;
use crate::source::Span;
use crate::syntax::{Call, Entry, Key, Node, NodeKind, Style, scalar};

/// The value of a node; calls become maps with one key, of duplicate keys the last counts.
pub fn value(node: &Node) -> Value {
    let kind = match &node.kind {
        NodeKind::Null => Kind::Null,
        NodeKind::Bool(b) => Kind::Bool(*b),
        NodeKind::Number(text) => number(text),
        NodeKind::String(text) => Kind::Str(Text::of(text)),
        NodeKind::List(items) => Kind::List(std::rc::Rc::new(items.iter().map(value).collect())),
        NodeKind::Map(entries) => {
            let mut map = Map::new();
            for e in entries {
                map.insert_placed(Text::of(&e.key.text), e.key.span, value(&e.value));
            }
            Kind::Map(std::rc::Rc::new(map))
        }
        NodeKind::Call(call) => return Value { span: node.span, ..call_value(call) },
        NodeKind::Tagged(tagged) => {
            let mut map = Map::new();
            map.insert_placed(
                format!("Fn::{}", tagged.tag.trim_start_matches('!')),
                tagged.tag_span,
                value(&tagged.value),
            );
            Kind::Map(std::rc::Rc::new(map))
        }
    };
    Value { span: node.span, kind }
}

fn call_value(call: &Call) -> Value {
    let mut argument = value(&call.argument);
    if call.function == Intrinsic::GetAtt && call.short && argument.is_str() {
        argument = Value { span: argument.span, ..Value::from(vec![argument]) };
    }
    let mut map = Map::new();
    map.insert_placed(call.function.name(), call.function_span, argument);
    map.into()
}

/// A number as YAML 1.1 reads it.
fn number(text: &str) -> Kind {
    let clean: String = text.chars().filter(|c| *c != '_').collect();
    let (negative, digits) = match clean.as_bytes().first() {
        Some(b'-') => (true, &clean[1..]),
        Some(b'+') => (false, &clean[1..]),
        _ => (false, &*clean),
    };
    let radix = |digits: &str, radix| i64::from_str_radix(digits, radix).ok();
    let whole = if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        radix(hex, 16)
    } else if let Some(binary) = digits.strip_prefix("0b") {
        radix(binary, 2)
    } else if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| (b'0'..=b'7').contains(&b)) {
        radix(digits, 8)
    } else {
        digits.parse().ok()
    };
    if let Some(i) = whole {
        return Kind::Int(if negative { -i } else { i });
    }
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Kind::Long(clean.trim_start_matches('+').into());
    }
    match scalar::number_value(text) {
        Some(f) if digits.contains(':') && f.fract() == 0.0 && !digits.contains('.') => Kind::Int(f as i64),
        Some(f) => Kind::Float(f),
        None => Kind::Str(Text::of(text)),
    }
}

/// Where the author's keys stand, by the place of their values.
#[derive(Debug)]
pub struct KeyPlaces(Vec<(Span, Span)>);

impl KeyPlaces {
    /// The places of the keys of a document.
    pub fn of(root: &Node) -> KeyPlaces {
        let mut places = Vec::new();
        root.walk(&mut |node| {
            if let NodeKind::Map(entries) = &node.kind {
                places.extend(entries.iter().filter(|e| !e.value.span.is_empty()).map(|e| (e.value.span, e.key.span)));
            }
        });
        // Stable: of equal places the outermost key, which is met first, is found.
        places.sort_by_key(|p| p.0);
        KeyPlaces(places)
    }

    fn find(&self, value: Span) -> Option<Span> {
        let at = self.0.partition_point(|p| p.0 < value);
        self.0.get(at).filter(|p| p.0 == value).map(|p| p.1)
    }
}

/// The node of a value. What has no place takes that of the node around it; a made key takes the place of the author's
/// key that has the same value, else that of its value.
pub fn node(value: &Value, around: Span, keys: &KeyPlaces) -> Node {
    let generated = value.span == UNPLACED;
    let span = if generated { around } else { value.span };
    let kind = match &value.kind {
        Kind::Null => NodeKind::Null,
        Kind::Bool(b) => NodeKind::Bool(*b),
        Kind::Int(i) => NodeKind::Number(i.to_string().into()),
        Kind::Long(text) => NodeKind::Number((&**text).into()),
        Kind::Float(f) => NodeKind::Number(python_text::float(*f).into()),
        Kind::Str(text) => NodeKind::String(text.as_str().into()),
        Kind::List(items) => NodeKind::List(items.iter().map(|v| node(v, span, keys)).collect()),
        Kind::Map(map) => NodeKind::Map(map.pairs().map(|p| entry(p, span, keys)).collect()),
    };
    Node { span, style: if generated { Style::Generated } else { Style::Plain }, kind }
}

fn entry(pair: &super::value::Pair, around: Span, keys: &KeyPlaces) -> Entry {
    let made = pair.key_span == UNPLACED;
    let span = match (made, pair.value.span) {
        (false, _) => pair.key_span,
        (true, UNPLACED) => around,
        (true, place) => keys.find(place).unwrap_or(place),
    };
    let style = if made { Style::Generated } else { Style::Plain };
    let key = Key { text: pair.key.as_str().into(), span, style };
    Entry { key, value: node(&pair.value, if made { around } else { pair.key_span }, keys) }
}
