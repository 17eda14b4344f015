//! Events of functions: each type's properties, the checks before anything is generated, and what it generates.

pub mod api;
pub mod existing;
pub mod http_api;
pub mod plain;
pub mod rules;
pub mod schedules;
pub mod sources;
pub mod streams;
pub mod topics;

use super::World;
use super::errors::{ErrorKind, Fault, Result};
use super::resource::{Macro, Property, Resource, did_you_mean};
use crate::source::Span;
use crate::transform::value::{Map, Text, Value, get_att, reference};

/// What events invoke: a function, or its alias.
#[derive(Clone, Debug)]
pub struct Target {
    /// The logical id of the function or alias.
    pub id: Text,
    /// The logical id of the function.
    pub function: Text,
    /// Whether it is an alias.
    pub alias: bool,
    /// The attributes that generated companions get.
    pub passed_on: Map,
}

impl Target {
    /// The ARN.
    pub fn arn(&self) -> Value {
        if self.alias { reference(self.id.clone()) } else { get_att(self.id.clone(), "Arn") }
    }

    /// The name, or for an alias its ARN.
    pub fn name(&self) -> Value {
        reference(self.id.clone())
    }

    /// The condition of the function.
    pub fn condition(&self) -> Option<&Value> {
        self.passed_on.get("Condition").filter(|c| c.truthy())
    }
}

/// What the translation of an event sees and changes.
pub struct Context<'a> {
    /// The event: its id is that of the function followed by its own, which is `event.event`.
    pub event: Macro,
    /// What it invokes.
    pub target: &'a Target,
    /// The role of the function; events may add policies, whether it is emitted or not.
    pub role: &'a mut Resource,
    /// Everything else.
    pub world: &'a mut World,
}

impl Context<'_> {
    /// A generated resource `{L}{E}` + suffix with the attributes that are handed on.
    pub fn resource(&self, suffix: &str, ty: &'static str) -> Resource {
        let id = self.event.id.plus(suffix);
        Resource::new(id, ty, &self.event.cause).with_attributes(&self.target.passed_on)
    }

    /// A permission to invoke the target: its id is `prefix` + `Permission` + suffix, a suffix with other characters than
    /// letters and digits hashed.
    pub fn permission(&self, prefix: &Text, suffix: &str, principal: &'static str) -> Resource {
        let suffix = if suffix.is_empty() || suffix.chars().all(char::is_alphanumeric) {
            suffix.to_owned()
        } else {
            super::ids::short(suffix)
        };
        Resource::new(prefix.plus("Permission").plus(&suffix), "AWS::Lambda::Permission", &self.event.cause)
            .with_attributes(&self.target.passed_on)
            .with("Action", "lambda:InvokeFunction")
            .with("FunctionName", self.target.name())
            .with("Principal", principal)
    }
}

/// The types of events.
const TYPES: &[&str] = &[
    "AlexaSkill",
    "Api",
    "CloudWatchEvent",
    "CloudWatchLogs",
    "Cognito",
    "DocumentDB",
    "DynamoDB",
    "EventBridgeRule",
    "HttpApi",
    "IoTRule",
    "Kinesis",
    "MQ",
    "MSK",
    "S3",
    "SNS",
    "SQS",
    "Schedule",
    "ScheduleV2",
    "SelfManagedKafka",
];

/// The properties of an event type, `None` when there is no such type.
fn properties(ty: &str) -> Option<&'static [Property]> {
    match ty {
        "Api" => Some(api::PROPERTIES),
        "HttpApi" => Some(http_api::PROPERTIES),
        _ => sources::properties(ty),
    }
}

/// Builds an event: checks its type and its properties, which `known` has for each type of event.
///
/// # Errors
/// When there is no such type, or a property is unknown, missing or of a wrong type.
pub fn build(source: &Macro, given: &Given<'_>, known: fn(&str) -> Option<&'static [Property]>) -> Result<Macro> {
    let Given { id, place, event } = *given;
    let invalid = |kind, message: String, at| Fault::event(id, kind, message).at(at).at(place);
    if !event.is_map() {
        return Err(invalid(ErrorKind::WrongType, "an event must be a map".to_owned(), place));
    }
    let Some(ty) = event.get("Type") else {
        return Err(invalid(ErrorKind::Missing, "an event needs `Type`".to_owned(), place));
    };
    let Some((name, properties)) = ty.as_str().and_then(|t| Some((t, known(t)?))) else {
        let text = crate::transform::python_text::str(ty);
        let hint = did_you_mean(&text, TYPES.iter().copied().filter(|t| known(t).is_some()));
        let message = format!("`{text}` is no type of event{hint}");
        return Err(invalid(ErrorKind::Invalid, message, ty.span));
    };
    let cause = source.cause.below(&format!("Events.{id}"), place);
    Macro::new(source.id.plus(id), Some(id.clone()), name, event, cause, properties).map_err(|f| f.at(place))
}

/// An event as the author wrote it.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// Its id.
    pub id: &'a Text,
    /// Where the id stands.
    pub place: Span,
    /// The event.
    pub event: &'a Value,
}

/// The events of a function or state machine in the order of its map.
pub fn all(source: &Macro) -> impl Iterator<Item = Given<'_>> {
    let events = source.truthy("Events").and_then(Value::as_map);
    events.into_iter().flat_map(Map::pairs).map(|p| Given { id: &p.key, place: p.key_span, event: &p.value })
}

/// The checks of all events, before anything of their function is generated.
///
/// # Errors
/// The first problem of an event.
pub fn link(source: &Macro, world: &World) -> Result<()> {
    for given in all(source) {
        let linked = build(source, &given, properties).and_then(|event| match event.ty.as_str() {
            "Api" => api::link(&event, world).map(|_| ()),
            "HttpApi" => http_api::link(&event, world),
            _ => sources::link(&event, world),
        });
        linked.map_err(|f| f.at(given.place).in_resource(&source.id))?;
    }
    Ok(())
}

/// Generates what the events of a function need, in the order of their paths.
///
/// # Errors
/// The first problem of an event.
pub fn translate(source: &Macro, target: &Target, role: &mut Resource, world: &mut World) -> Result<Vec<Resource>> {
    let mut events: Vec<_> = all(source).collect();
    events.sort_by(|a, b| sort_key(a).cmp(sort_key(b)));
    let mut made = Vec::new();
    for given in events {
        let event = build(source, &given, properties).map_err(|f| f.in_resource(&source.id))?;
        let mut context = Context { event, target, role, world };
        let resources = match context.event.ty.as_str() {
            "Api" => api::translate(&mut context),
            "HttpApi" => http_api::translate(&mut context),
            _ => sources::translate(&mut context),
        };
        made.extend(resources.map_err(|f| f.at(given.place).in_resource(&source.id))?);
    }
    Ok(made)
}

fn sort_key<'v>(given: &Given<'v>) -> &'v str {
    given.event.path(&["Properties", "Path"]).and_then(Value::as_str).unwrap_or(given.id)
}
