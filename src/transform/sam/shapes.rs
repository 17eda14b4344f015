//! Shapes of nested properties: the keys of a map and what each may hold. Values are converted where the reference
//! converts them: the text `10` becomes a number where a number is asked for.

use super::errors::{ErrorKind, Fault, Result};
use super::resource::{Macro, describe};
use crate::source::Span;
use crate::transform::python_text;
use crate::transform::value::{Kind, Map, Pair, Text, UNPLACED, Value};

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Anything but null.
    Any,
    /// Text; numbers become text.
    Str,
    /// A boolean, or a word for one.
    Bool,
    /// A whole number, or text that is one.
    Int,
    /// A number, or text that is one.
    Float,
    /// One of several words.
    Words(&'static [&'static str]),
    /// A map of anything.
    Map,
    /// A map with values of one shape.
    MapOf(&'static Shape),
    /// A list of one shape.
    List(&'static Shape),
    /// A map with certain keys.
    Model(&'static [Field]),
    /// The first of several that fits.
    Either(&'static [Shape]),
}

/// A key of a map.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    name: &'static str,
    shape: Shape,
    required: bool,
}

/// A key that may be there.
pub const fn may(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: false }
}

/// A key that must be there.
pub const fn must(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: true }
}

/// Text or a function.
pub const TEXT: Shape = Shape::Either(&[Shape::Map, Shape::Str]);
/// A whole number or a function.
pub const INT: Shape = Shape::Either(&[Shape::Map, Shape::Int]);
/// A number or a function.
pub const FLOAT: Shape = Shape::Either(&[Shape::Map, Shape::Float]);
/// A list of texts, any of them a function, or a function.
pub const TEXTS: Shape = Shape::Either(&[Shape::Map, Shape::List(&TEXT)]);

/// Why a value does not fit.
struct Misfit {
    kind: ErrorKind,
    message: String,
    span: Span,
}

type Fit<T> = std::result::Result<T, Misfit>;

/// The properties of a resource in the order of the fields, converted; those absent or null are left out.
///
/// # Errors
/// The first value that does not fit.
pub fn properties(source: &Macro, fields: &'static [Field]) -> Result<Map> {
    let known = source.properties.pairs().filter(|p| fields.iter().any(|f| f.name == &*p.key));
    let mut given = Map::new();
    for pair in known {
        given.insert_placed(pair.key.clone(), pair.key_span, pair.value.clone());
    }
    model(&given, fields, "", source.cause.span).map_err(|misfit| {
        Fault::resource(&source.id, misfit.kind, misfit.message).at(misfit.span).at(source.cause.span)
    })
}

fn read(value: &Value, shape: Shape, path: &str) -> Fit<Value> {
    let misfit = || {
        let message = format!("`{path}` must be {}, not {}", words(shape), describe(value));
        Misfit { kind: ErrorKind::WrongType, message, span: value.span }
    };
    if value.is_null() {
        return Err(misfit());
    }
    let made = match shape {
        Shape::Any => return Ok(value.clone()),
        Shape::Str => match value.kind {
            Kind::Str(_) => return Ok(value.clone()),
            Kind::Bool(_) | Kind::Int(_) | Kind::Long(_) | Kind::Float(_) => Some(python_text::str(value).into()),
            _ => None,
        },
        Shape::Bool => boolean(value).map(Value::from),
        Shape::Int => int(value),
        Shape::Float => float(value).map(|f| Kind::Float(f).into()),
        Shape::Words(known) => value.as_str().filter(|w| known.contains(w)).map(|_| value.clone()),
        Shape::Map => as_map(value).map(Value::from),
        Shape::MapOf(item) => {
            let map = as_map(value).ok_or_else(misfit)?;
            let mut made = Map::new();
            for pair in map.pairs() {
                let read = read(&pair.value, *item, &format!("{path}.{}", pair.key)).map_err(|m| m.at(pair))?;
                made.insert_placed(pair.key.clone(), pair.key_span, read);
            }
            Some(made.into())
        }
        Shape::List(item) => {
            let items = value.as_list().ok_or_else(misfit)?;
            let read = items.iter().enumerate().map(|(i, v)| read(v, *item, &format!("{path}.{i}")));
            Some(read.collect::<Fit<Vec<Value>>>()?.into())
        }
        Shape::Model(fields) => {
            let map = as_map(value).ok_or_else(misfit)?;
            Some(model(&map, fields, &format!("{path}."), value.span)?.into())
        }
        Shape::Either(shapes) => return either(value, shapes, path).ok_or_else(misfit),
    };
    match made {
        Some(made) => Ok(Value { span: value.span, ..made }),
        None => Err(misfit()),
    }
}

impl Misfit {
    fn at(mut self, pair: &Pair) -> Misfit {
        if self.span == UNPLACED {
            self.span = pair.key_span;
        }
        self
    }
}

fn either(value: &Value, shapes: &[Shape], path: &str) -> Option<Value> {
    shapes.iter().find_map(|shape| read(value, *shape, path).ok())
}

fn model(map: &Map, fields: &[Field], prefix: &str, around: Span) -> Fit<Map> {
    let mut made = Map::new();
    for field in fields {
        let name = field.name;
        let Some(pair) = map.pair(name).filter(|p| field.required || !p.value.is_null()) else {
            if field.required {
                let message = format!("`{prefix}{name}` is needed");
                return Err(Misfit { kind: ErrorKind::Missing, message, span: around });
            }
            continue;
        };
        let value = read(&pair.value, field.shape, &format!("{prefix}{name}")).map_err(|m| m.at(pair))?;
        made.insert_placed(name, pair.key_span, value);
    }
    if let Some(pair) = map.pairs().find(|p| !fields.iter().any(|f| f.name == &*p.key)) {
        let hint = super::resource::did_you_mean(&pair.key, fields.iter().map(|f| f.name));
        let message = match prefix.strip_suffix('.') {
            Some(path) => format!("`{}` is no property of `{path}`{hint}", pair.key),
            None => format!("`{}` is no property here{hint}", pair.key),
        };
        return Err(Misfit { kind: ErrorKind::UnknownProperty, message, span: pair.key_span });
    }
    Ok(made)
}

/// What Python's `dict` makes of a value: a list of pairs is a map too, an empty one an empty map.
fn as_map(value: &Value) -> Option<Map> {
    if let Some(map) = value.as_map() {
        return Some(map.clone());
    }
    if value.as_str() == Some("") {
        return Some(Map::new());
    }
    let mut made = Map::new();
    for item in value.as_list()? {
        let (key, value) = pair_of(item)?;
        made.insert(key, value.at(item.span));
    }
    Some(made)
}

/// The two parts of an item that has two.
fn pair_of(item: &Value) -> Option<(Text, Value)> {
    let key = |v: &Value| match v.kind {
        Kind::Str(_) | Kind::Int(_) | Kind::Long(_) | Kind::Float(_) => Some(Text::from(python_text::str(v))),
        _ => None,
    };
    match &item.kind {
        Kind::Str(text) => {
            let mut chars = text.chars();
            let (a, b) = (chars.next()?, chars.next()?);
            chars.next().is_none().then(|| (a.to_string().into(), b.to_string().into()))
        }
        Kind::List(items) => match items.as_slice() {
            [a, b] => Some((key(a)?, b.clone())),
            _ => None,
        },
        Kind::Map(map) if map.len() == 2 => {
            let keys = map.key_list();
            Some((keys.first()?.clone(), Value::from(keys.get(1)?)))
        }
        _ => None,
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match &value.kind {
        Kind::Bool(b) => Some(*b),
        Kind::Int(_) | Kind::Float(_) => {
            value.number().and_then(|n| if n == 0.0 { Some(false) } else { (n == 1.0).then_some(true) })
        }
        Kind::Str(text) => match text.to_ascii_lowercase().as_str() {
            "0" | "off" | "f" | "false" | "n" | "no" => Some(false),
            "1" | "on" | "t" | "true" | "y" | "yes" => Some(true),
            _ => None,
        },
        _ => None,
    }
}

fn int(value: &Value) -> Option<Value> {
    match &value.kind {
        Kind::Int(_) | Kind::Long(_) => Some(value.clone()),
        Kind::Bool(b) => Some(i64::from(*b).into()),
        Kind::Float(f) if f.is_finite() => Some((f.trunc() as i64).into()),
        Kind::Str(text) => text.trim().parse::<i64>().ok().map(Value::from),
        _ => None,
    }
}

fn float(value: &Value) -> Option<f64> {
    match &value.kind {
        Kind::Str(text) => text.trim().parse().ok(),
        _ => value.number(),
    }
}

fn words(shape: Shape) -> String {
    match shape {
        Shape::Any => "something".into(),
        Shape::Str => "a string".into(),
        Shape::Bool => "a boolean".into(),
        Shape::Int => "an integer".into(),
        Shape::Float => "a number".into(),
        Shape::Words(known) => known.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(" or "),
        Shape::Map | Shape::MapOf(_) | Shape::Model(_) => "a map".into(),
        Shape::List(_) => "a list".into(),
        Shape::Either(shapes) => {
            // A map stands for a function where there is something else as well.
            let shown = shapes.iter().filter(|s| !matches!(s, Shape::Map));
            shown.map(|s| words(*s)).collect::<Vec<_>>().join(" or ")
        }
    }
}
