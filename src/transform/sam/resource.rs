//! The objects between which the transform translates: the author's SAM resources and events, and generated resources.

use std::rc::Rc;

use super::errors::{ErrorKind, Fault, Owner, Result, SamError};
use crate::nearest::nearest;
use crate::source::Span;
use crate::transform::value::{Kind, Map, Pair, Text, UNPLACED, Value, get_att, reference};

/// The attributes of a resource that are kept.
pub const ATTRIBUTES: &[&str] = &["DeletionPolicy", "UpdatePolicy", "Condition", "UpdateReplacePolicy", "Metadata"];
/// Those of them that generated companions get.
pub const PASSED_ON: &[&str] = &["Condition", "DeletionPolicy", "UpdateReplacePolicy"];

/// Types whose unknown properties are passed over.
const LENIENT: &[&str] = &["AWS::Serverless::GraphQLApi"];

/// What a property may hold.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// Anything.
    Any,
    /// Text.
    Str,
    /// A map.
    Map,
    /// A list of anything.
    List,
    /// A boolean.
    Bool,
    /// A whole number.
    Int,
    /// One of several.
    One(&'static [Type]),
    /// A list of one type.
    ListOf(&'static Type),
    /// A map from text to one type.
    MapOf(&'static Type),
    /// One of several words.
    Enum(&'static [&'static str]),
}

/// A property of a SAM resource or event.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What it may hold.
    pub ty: Type,
    /// Whether any map with one key passes as an intrinsic function.
    pub intrinsics: bool,
}

/// A property that may be an intrinsic function.
pub const fn p(name: &'static str, ty: Type) -> Property {
    Property { name, required: false, ty, intrinsics: true }
}

/// A required property that may be an intrinsic function.
pub const fn req(name: &'static str, ty: Type) -> Property {
    Property { name, required: true, ty, intrinsics: true }
}

/// A property that must be written out.
pub const fn strict(name: &'static str, ty: Type) -> Property {
    Property { name, required: false, ty, intrinsics: false }
}

/// A property that may hold anything.
pub const fn any(name: &'static str) -> Property {
    Property { name, required: false, ty: Type::Any, intrinsics: false }
}

impl Type {
    /// Whether a value is of this type.
    pub fn accepts(self, value: &Value) -> bool {
        match self {
            Type::Any => true,
            Type::Str => value.is_str(),
            Type::Map => value.is_map(),
            Type::List => value.is_list(),
            Type::Bool => value.is_bool(),
            Type::Int => value.is_int(),
            Type::One(types) => types.iter().any(|t| t.accepts(value)),
            Type::ListOf(item) => value.as_list().is_some_and(|l| l.iter().all(|v| item.accepts(v))),
            Type::MapOf(item) => value.as_map().is_some_and(|m| m.values().all(|v| item.accepts(v))),
            Type::Enum(words) => value.as_str().is_some_and(|s| words.contains(&s)),
        }
    }

    /// The type in words.
    pub fn describe(self) -> String {
        match self {
            Type::Any => "anything".into(),
            Type::Str => "a string".into(),
            Type::Map => "a map".into(),
            Type::List => "a list".into(),
            Type::Bool => "a boolean".into(),
            Type::Int => "an integer".into(),
            Type::One(types) => types.iter().map(|t| t.describe()).collect::<Vec<_>>().join(" or "),
            Type::ListOf(item) => format!("a list, each item {}", item.describe()),
            Type::MapOf(item) => format!("a map, each value {}", item.describe()),
            Type::Enum(words) => words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(" or "),
        }
    }
}

/// A value in words: "a list", "a string".
pub fn describe(value: &Value) -> &'static str {
    match value.kind {
        Kind::Null => "null",
        Kind::Bool(_) => "a boolean",
        Kind::Int(_) | Kind::Long(_) | Kind::Float(_) => "a number",
        Kind::Str(_) => "a string",
        Kind::List(_) => "a list",
        Kind::Map(_) => "a map",
    }
}

/// Where a generated thing comes from.
#[derive(Clone, Debug)]
pub struct Cause {
    /// The author's text.
    pub span: Span,
    /// The path in words: `GetItem.Events.Api`.
    pub step: Rc<str>,
}

impl Cause {
    /// A cause below this one.
    pub fn below(&self, step: &str, span: Span) -> Cause {
        let span = if span == UNPLACED { self.span } else { span };
        Cause { span, step: format!("{}.{step}", self.step).into() }
    }
}

/// A SAM resource or event of the author.
#[derive(Clone, Debug)]
pub struct Macro {
    /// The logical id; of an event that of its owner and its own.
    pub id: Text,
    /// The id of an event.
    pub event: Option<Text>,
    /// The type.
    pub ty: String,
    /// Where it stands.
    pub cause: Cause,
    /// `DependsOn`.
    pub depends_on: Option<Value>,
    /// The attributes that are kept.
    pub attributes: Map,
    /// The properties as given.
    pub properties: Map,
}

/// The problem of a property that a type does not have, with the one that was meant.
pub fn unknown_property(owner: Owner, pair: &Pair, of: &str, known: &[&str]) -> Fault {
    let name = &pair.key;
    let message = format!("`{name}` is no property of `{of}`{}", did_you_mean(name, known.iter().copied()));
    Fault::Local(Box::new(SamError { owner, kind: ErrorKind::UnknownProperty, message, span: pair.key_span }))
}

/// The end of a message about an unknown name: the known one that is near to it.
pub fn did_you_mean<'c>(name: &str, known: impl IntoIterator<Item = &'c str>) -> String {
    nearest(name, known).map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default()
}

/// Whether a text can be a logical id.
pub fn is_logical_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric())
}

impl Macro {
    /// Builds it from the author's map and checks names and types of its properties.
    ///
    /// # Errors
    /// The first property that is unknown, missing or of a wrong type.
    pub fn new(
        id: Text,
        event: Option<Text>,
        ty: &str,
        map: &Value,
        cause: Cause,
        known: &[Property],
    ) -> Result<Macro> {
        let invalid = |kind, message: String| Fault::resource(&id, kind, message).at(cause.span);
        if !is_logical_id(&id) {
            return Err(invalid(ErrorKind::Invalid, format!("logical id `{id}` must consist of letters and digits")));
        }
        let properties = match map.get("Properties") {
            None => Map::new(),
            Some(value) => match value.as_map() {
                Some(map) => map.clone(),
                None => {
                    let message = format!("`Properties` must be a map, not {}", describe(value));
                    return Err(invalid(ErrorKind::WrongType, message).at(value.span));
                }
            },
        };
        for pair in properties.pairs().filter(|_| !LENIENT.contains(&ty)) {
            if !known.iter().any(|k| k.name == &*pair.key) {
                let names: Vec<&str> = known.iter().map(|k| k.name).collect();
                return Err(unknown_property(Owner::Resource(id.to_string()), pair, ty, &names));
            }
        }
        let mut attributes = Map::new();
        for name in ATTRIBUTES {
            if let Some(pair) = map.as_map().and_then(|m| m.pair(name)) {
                attributes.insert_placed(*name, pair.key_span, pair.value.clone());
            }
        }
        let depends_on = map.get("DependsOn").cloned();
        let made = Macro { id, event, ty: ty.to_owned(), cause, depends_on, attributes, properties };
        made.check(known)?;
        Ok(made)
    }

    fn check(&self, known: &[Property]) -> Result<()> {
        for property in known {
            let value = self.properties.get(property.name).filter(|v| !v.is_null());
            let Some(value) = value else {
                if property.required {
                    let message = format!("`{}` needs property `{}`", self.ty, property.name);
                    return Err(self.fault(ErrorKind::Missing, message));
                }
                continue;
            };
            let intrinsic = property.intrinsics && value.as_map().is_some_and(|m| m.len() == 1);
            if !intrinsic && !property.ty.accepts(value) {
                let message =
                    format!("`{}` must be {}, not {}", property.name, property.ty.describe(), describe(value));
                return Err(self.fault(ErrorKind::WrongType, message).at(value.span));
            }
        }
        Ok(())
    }

    /// A problem of this resource (of an event: of the combined id). It gets the resource's place unless it has one.
    pub fn fault(&self, kind: ErrorKind, message: impl Into<String>) -> Fault {
        Fault::resource(&self.id, kind, message)
    }

    /// A value of this resource that is not accepted.
    pub fn invalid(&self, message: impl Into<String>) -> Fault {
        Fault::invalid(&self.id, message)
    }

    /// A value of this event that is not accepted, owned by the event's own id.
    pub fn event_fault(&self, message: impl Into<String>) -> Fault {
        Fault::event(self.event.as_deref().unwrap_or(&self.id), ErrorKind::Invalid, message)
    }

    /// A property that is given and not null.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.properties.get(name).filter(|v| !v.is_null())
    }

    /// A property that is truthy.
    pub fn truthy(&self, name: &str) -> Option<&Value> {
        self.properties.get(name).filter(|v| v.truthy())
    }

    /// A property as text.
    pub fn str(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// A property, null when absent.
    pub fn value(&self, name: &str) -> Value {
        self.properties.get(name).cloned().unwrap_or_else(Value::null)
    }

    /// Refuses what a map below this resource has besides known properties; `of` names the map.
    ///
    /// # Errors
    /// When there is another key.
    pub fn only(&self, map: &Value, of: &str, known: &[&str]) -> Result<()> {
        let other = map.as_map().and_then(|m| m.pairs().find(|p| !known.contains(&&*p.key)));
        other.map_or(Ok(()), |pair| Err(unknown_property(Owner::Resource(self.id.to_string()), pair, of, known)))
    }

    /// The place of a property's value, else of the resource.
    pub fn span(&self, name: &str) -> Span {
        match self.properties.get(name) {
            Some(value) if value.span != UNPLACED => value.span,
            _ => self.cause.span,
        }
    }

    /// Where the key of a property stands, as a cause.
    pub fn cause_of(&self, name: &str) -> Cause {
        match self.properties.pair(name).map(|pair| pair.key_span) {
            None | Some(UNPLACED) => self.cause.clone(),
            Some(span) => self.cause.below(name, span),
        }
    }

    /// The attributes that generated companions get.
    pub fn passed_on(&self) -> Map {
        passed_on(&self.attributes)
    }
}

/// The attributes that generated companions get, in their fixed order.
pub fn passed_on(attributes: &Map) -> Map {
    let mut kept = Map::new();
    for name in PASSED_ON {
        if let Some(pair) = attributes.pair(name) {
            kept.insert_placed(*name, pair.key_span, pair.value.clone());
        }
    }
    kept
}

/// A generated resource.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The logical id.
    pub id: Text,
    /// The type.
    pub ty: &'static str,
    /// `DependsOn`, left out when falsy.
    pub depends_on: Option<Value>,
    /// Attributes in the order set.
    pub attributes: Map,
    /// Properties in the order of output.
    pub properties: Map,
    /// What caused it.
    pub cause: Cause,
}

impl Resource {
    /// A resource without properties.
    pub fn new(id: impl Into<Text>, ty: &'static str, cause: &Cause) -> Resource {
        let (attributes, properties) = (Map::new(), Map::new());
        Resource { id: id.into(), ty, depends_on: None, attributes, properties, cause: cause.clone() }
    }

    /// Adds attributes.
    pub fn with_attributes(mut self, attributes: &Map) -> Resource {
        self.attributes.update(attributes);
        self
    }

    /// Sets `DependsOn`.
    pub fn depending_on(mut self, on: Option<Value>) -> Resource {
        self.depends_on = on;
        self
    }

    /// Sets a property, unless the value is null.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Resource {
        self.set(name, value);
        self
    }

    /// Sets a property if there is a value.
    pub fn with_some(self, name: &'static str, value: Option<impl Into<Value>>) -> Resource {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Copies properties of the same name, in this order, leaving out those that are absent or null.
    pub fn with_same(mut self, from: &Macro, names: &[&'static str]) -> Resource {
        for name in names {
            if let Some(pair) = from.properties.pair(name) {
                self.set(name, pair.value.clone());
            }
        }
        self
    }

    /// Sets a property, unless the value is null.
    pub fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        if !value.is_null() {
            self.properties.insert(name, value);
        }
    }

    /// Sets a property that stands before others when it is new, unless the value is null.
    pub fn set_before(&mut self, name: &'static str, value: impl Into<Value>, later: &[&str]) {
        let new = !self.properties.has(name);
        self.set(name, value);
        let moved: Vec<_> = self.properties.pairs().filter(|p| new && later.contains(&&*p.key)).cloned().collect();
        for pair in moved {
            self.properties.remove(&pair.key);
            self.properties.insert_placed(pair.key, pair.key_span, pair.value);
        }
    }

    /// A property.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.properties.get(name)
    }

    /// `Ref` to it.
    pub fn reference(&self) -> Value {
        reference(self.id.clone())
    }

    /// `Fn::GetAtt` of its ARN.
    pub fn arn(&self) -> Value {
        get_att(self.id.clone(), "Arn")
    }

    /// The attributes that companions of this resource get.
    pub fn passed_on(&self) -> Map {
        passed_on(&self.attributes)
    }

    /// The resource as it stands in a template.
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        map.insert("Type", self.ty);
        if let Some(on) = self.depends_on.as_ref().filter(|v| v.truthy()) {
            map.insert("DependsOn", on.clone());
        }
        map.update(&self.attributes);
        map.insert("Properties", self.properties.clone());
        Value::from(map).at(self.cause.span)
    }
}

impl Macro {
    /// Checks a value below a property of this resource; `path` is its name with dots.
    ///
    /// # Errors
    /// When the value is absent or of another type.
    pub fn expect<'v>(&self, path: &str, ty: Type, value: Option<&'v Value>) -> Result<&'v Value> {
        let around = self.span(path.split('.').next().unwrap_or(path));
        expect(&Owner::Resource(self.id.to_string()), path, ty, value, around)
    }
}

/// Checks a value: `path` names it, `around` is the place of what holds it.
///
/// # Errors
/// When the value is absent, null or of another type.
pub fn expect<'v>(owner: &Owner, path: &str, ty: Type, value: Option<&'v Value>, around: Span) -> Result<&'v Value> {
    let fault =
        |kind, message, span| Fault::Local(Box::new(SamError { owner: owner.clone(), kind, message, span })).at(around);
    match value {
        Some(value) if !value.is_null() => {
            if ty.accepts(value) {
                return Ok(value);
            }
            let message = format!("`{path}` must be {}, not {}", ty.describe(), describe(value));
            Err(fault(ErrorKind::WrongType, message, value.span))
        }
        _ => Err(fault(ErrorKind::Missing, format!("`{path}` must be {}", ty.describe()), UNPLACED)),
    }
}
