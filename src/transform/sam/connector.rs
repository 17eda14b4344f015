//! `AWS::Serverless::Connector`, and connectors embedded in other resources.

pub mod ends;
pub mod facts;

use super::World;
use super::errors::{ErrorKind, Fault, Result, SamError};
use super::resource::{Cause, Macro, Property, Resource, Type, describe, req};
use crate::source::Span;
use crate::transform::value::{Map, Text, UNPLACED, Value, list, map};
use ends::End;
use facts::Link;

const TYPE: &str = "AWS::Serverless::Connector";

/// The type.
pub static KIND: super::Kind = super::Kind { ty: TYPE, round: 5, properties: PROPERTIES, translate, referable: &[] };

const PROPERTIES: &[Property] = &[
    req("Source", Type::Map),
    req("Destination", Type::One(&[Type::Map, Type::ListOf(&Type::Map)])),
    req("Permissions", Type::ListOf(&Type::Str)),
];

/// A connector: what is linked, and what its generated resources get.
#[derive(Clone, Debug)]
pub struct Connector {
    /// Its logical id.
    pub id: Text,
    /// `Source`.
    pub source: Value,
    /// `Destination`: a map or a list of maps.
    pub destination: Value,
    /// The permissions asked for, with the place of the list.
    pub permissions: Vec<Value>,
    /// Where they stand.
    pub permissions_span: Span,
    /// `DependsOn` of the generated resources.
    pub depends_on: Option<Value>,
    /// Attributes of the generated resources.
    pub attributes: Map,
    /// What caused it.
    pub cause: Cause,
}

fn translate(source: Macro, world: &mut World) -> Result<Vec<Resource>> {
    let asked = source.value("Permissions");
    let permissions = match (asked.as_list(), asked.as_map()) {
        (Some(items), _) => items.to_vec(),
        (None, Some(map)) => map.keys().map(Value::from).collect(),
        (None, None) => Vec::new(),
    };
    let connector = Connector {
        id: source.id.clone(),
        source: source.value("Source"),
        destination: source.value("Destination"),
        permissions,
        permissions_span: source.span("Permissions"),
        depends_on: source.depends_on.clone(),
        attributes: source.attributes.clone(),
        cause: source.cause.clone(),
    };
    connector.resources(world)
}

impl Connector {
    fn invalid(&self, message: impl Into<String>) -> Fault {
        Fault::invalid(&self.id, message)
    }

    /// What it generates; what waits for that gets its `DependsOn`.
    ///
    /// # Errors
    /// When an end is not known, or the two cannot be linked as asked.
    pub fn resources(&self, world: &mut World) -> Result<Vec<Resource>> {
        let listed = self.destination.as_list();
        let destinations = listed.unwrap_or(std::slice::from_ref(&self.destination));
        let mut made = Vec::new();
        for (index, destination) in destinations.iter().enumerate() {
            let suffix = if listed.is_some() { format!("Destination{index}") } else { String::new() };
            let to = ends::find(self, destination, &self.source, world)?;
            let from = ends::find(self, &self.source, destination, world)?;
            made.extend(self.link(&from, &to, &suffix, world)?);
        }
        if made.is_empty() {
            return Err(self.invalid("`Destination` is an empty list").at(self.destination.span));
        }
        let ids: Vec<Value> = made.iter().map(|r| Value::from(r.id.clone())).collect();
        replace_dependency(&self.id, &ids, world);
        Ok(made)
    }

    fn link(&self, from: &End, to: &End, suffix: &str, world: &mut World) -> Result<Vec<Resource>> {
        let Some(link) = facts::link(&from.ty, &to.ty) else {
            let message = format!("there is no connector from `{}` to `{}`", from.ty, to.ty);
            return Err(self.invalid(message).at(to.span));
        };
        self.check_permissions(&link, from, to)?;
        let access = link.fill(from, to).map_err(|missing| {
            let end = if missing.starts_with("Source") { from } else { to };
            let name = missing.split_once('.').map_or(missing, |(_, name)| name);
            let message =
                format!("`{name}` of `{}` is needed here", if end.is_source { "Source" } else { "Destination" });
            self.fault(ErrorKind::Missing, message).at(end.span)
        })?;
        let holder = if link.on_source { from } else { to };
        let name = if link.on_source { "Source" } else { "Destination" };
        let chosen = access.into_iter().filter(|(category, _)| self.asks_for(category));
        let new = |id: Text, ty| {
            Resource::new(id, ty, &self.cause).with_attributes(&self.attributes).depending_on(self.depends_on.clone())
        };
        let wanted = |value: &Option<Value>, what: &str| match value {
            Some(value) if value.truthy() => Ok(value.clone().at(holder.span)),
            _ => {
                let message = format!("{what} of `{name}` is not known");
                Err(self.fault(ErrorKind::Missing, message).at(holder.span))
            }
        };
        let mut made = match link.product {
            "role-policy" => {
                let role = wanted(&holder.role, "the role")?;
                let id = self.id.plus("Policy").plus(suffix);
                self.wait_for(&id, &link, from, to, world);
                let policy = new(id, "AWS::IAM::ManagedPolicy");
                vec![policy.with("PolicyDocument", self.document(chosen)).with("Roles", list![role])]
            }
            "queue-policy" => {
                let url = wanted(&holder.url, "the URL of the queue")?;
                let policy = new(self.id.plus("QueuePolicy").plus(suffix), "AWS::SQS::QueuePolicy");
                vec![policy.with("PolicyDocument", self.document(chosen)).with("Queues", list![url])]
            }
            "topic-policy" => {
                let arn = wanted(&holder.arn, "the ARN of the topic")?;
                let policy = new(self.id.plus("TopicPolicy").plus(suffix), "AWS::SNS::TopicPolicy");
                vec![policy.with("PolicyDocument", self.document(chosen)).with("Topics", list![arn])]
            }
            _ => {
                let arn = wanted(&holder.arn, "the ARN of the function")?;
                let permission = |(category, content): (&str, Value)| {
                    let id = self.id.plus(category).plus("LambdaPermission").plus(suffix);
                    let part = |key: &str| content.get(key).cloned();
                    new(id, "AWS::Lambda::Permission")
                        .with_some("Action", part("Action"))
                        .with("FunctionName", arn.clone())
                        .with_some("Principal", part("Principal"))
                        .with_some("SourceAccount", part("SourceAccount"))
                        .with_some("SourceArn", part("SourceArn"))
                };
                chosen.map(permission).collect()
            }
        };
        let metadata = self.metadata(from, to, world);
        for resource in &mut made {
            let given = resource.attributes.entry("Metadata", || Map::new().into());
            match given.as_map_mut() {
                Some(map) => map.update(&metadata),
                None => *given = metadata.clone().into(),
            }
        }
        Ok(made)
    }

    fn fault(&self, kind: ErrorKind, message: impl Into<String>) -> Fault {
        Fault::resource(&self.id, kind, message)
    }

    fn asks_for(&self, category: &str) -> bool {
        self.permissions.iter().any(|p| p.as_str() == Some(category))
    }

    fn check_permissions(&self, link: &Link, from: &End, to: &End) -> Result<()> {
        let known = || link.categories().iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
        if self.permissions.is_empty() {
            let message = format!("`Permissions` is empty; there are {}", known());
            return Err(self.fault(ErrorKind::Missing, message).at(self.permissions_span));
        }
        for permission in &self.permissions {
            if !permission.as_str().is_some_and(|p| link.categories().contains(&p)) {
                let given = permission.as_str().unwrap_or_default();
                let message =
                    format!("`{given}` is no permission from `{}` to `{}`; there are {}", from.ty, to.ty, known());
                let span = if permission.span == UNPLACED { self.permissions_span } else { permission.span };
                return Err(self.invalid(message).at(span));
            }
        }
        let same = |set: &Vec<&str>| {
            set.iter().all(|c| self.asks_for(c))
                && self.permissions.iter().all(|p| p.as_str().is_some_and(|p| set.contains(&p)))
        };
        let together = link.together();
        if !together.is_empty() && !together.iter().any(same) {
            let sets: Vec<String> = together.iter().map(|set| format!("`{}`", set.join("` and `"))).collect();
            let message = format!("from `{}` to `{}` `Permissions` must be {}", from.ty, to.ty, sets.join(" or "));
            return Err(self.invalid(message).at(self.permissions_span));
        }
        Ok(())
    }

    fn document<'a>(&self, chosen: impl Iterator<Item = (&'a str, Value)>) -> Value {
        let mut statements = Vec::new();
        for (_, list) in chosen {
            statements.extend(list.as_list().into_iter().flatten().cloned());
        }
        map! { "Version" => "2012-10-17", "Statement" => statements }.at(self.permissions_span)
    }

    fn metadata(&self, from: &End, to: &End, world: &World) -> Map {
        let ty = |end: &End| {
            let original = end.id.as_ref().and_then(|id| world.resource(id)?.get("Type").cloned());
            let ty = original.filter(Value::truthy).unwrap_or_else(|| Text::of(&end.ty).into());
            map! { "Type" => ty }.at(end.span)
        };
        let mut metadata = Map::new();
        metadata
            .insert("aws:sam:connectors", map! { &self.id => map! { "Source" => ty(from), "Destination" => ty(to) } });
        metadata
    }

    /// Lets the resource that needs the policy wait for it.
    fn wait_for(&self, policy: &Text, link: &Link, from: &End, to: &End, world: &mut World) {
        let waiting = match (link.waiting, &from.id, &to.id) {
            (Some("event-source-mapping"), Some(from), Some(to)) => only_mapping(from, to, world),
            (Some("source"), Some(from), _) => Some(from.clone()),
            _ => None,
        };
        let Some(resource) = waiting.and_then(|id| world.template.path_mut(&["Resources", &id])) else { return };
        let mut on = match resource.get("DependsOn") {
            None => Vec::new(),
            Some(on) => on.as_list().map_or_else(|| vec![on.clone()], <[Value]>::to_vec),
        };
        let policy = Value::from(policy).at(self.cause.span);
        if !on.iter().any(|v| v.same(&policy)) {
            on.push(policy);
        }
        resource.set("DependsOn", on);
    }
}

/// The one event source mapping between two resources.
fn only_mapping(from: &Text, to: &Text, world: &World) -> Option<Text> {
    let resources = world.template.get("Resources")?.as_map()?;
    let mut found = resources.iter().filter(|(_, resource)| {
        let names = |key: &str, id: &Text| {
            resource.path(&["Properties", key]).and_then(ends::id_in).is_some_and(|named| named == id.as_str())
        };
        resource.get("Type").and_then(Value::as_str) == Some("AWS::Lambda::EventSourceMapping")
            && names("FunctionName", to)
            && names("EventSourceArn", from)
    });
    match (found.next(), found.next()) {
        (Some((id, _)), None) => Some(id.clone()),
        _ => None,
    }
}

/// Who waits for the connector waits for what it generates.
fn replace_dependency(id: &Text, made: &[Value], world: &mut World) {
    let waits = |resource: &Value| {
        resource.get("DependsOn").is_some_and(|on| match on.as_list() {
            Some(items) => items.iter().any(|v| v.as_str() == Some(id)),
            None => on.as_str() == Some(id),
        })
    };
    let Some(resources) = world.template.path_mut(&["Resources"]) else { return };
    if !resources.as_map().is_some_and(|m| m.values().any(waits)) {
        return;
    }
    for resource in resources.as_map_mut().into_iter().flat_map(Map::values_mut).filter(|r| waits(r)) {
        let Some(on) = resource.get("DependsOn").cloned() else { continue };
        let mut items = on.as_list().map_or_else(|| vec![on.clone()], <[Value]>::to_vec);
        let Some(position) = items.iter().position(|v| v.as_str() == Some(id)) else { continue };
        let span = items.remove(position).span;
        for new in made {
            if !items.iter().any(|v| v.same(new)) {
                items.push(new.clone().at(span));
            }
        }
        resource.set("DependsOn", Value { span: on.span, ..items.into() });
    }
}

/// What the embedded connectors of a template give.
#[derive(Debug, Default)]
pub struct Embedded {
    /// Their ids, each with its way in words.
    pub steps: Vec<(Text, String)>,
    /// What is wrong with them.
    pub errors: Vec<SamError>,
}

/// Turns the connectors embedded in resources into resources.
pub fn embed(template: &mut Value) -> Embedded {
    let mut found = Embedded::default();
    let Some(resources) = template
        .path_mut(&["Resources"])
        .filter(|r| r.as_map().is_some_and(|m| m.values().any(|v| v.get("Connectors").is_some())))
    else {
        return found;
    };
    let Some(resources) = resources.as_map_mut() else { return found };
    let mut made = Map::new();
    for (id, resource) in resources.iter() {
        let Some(pair) = resource.as_map().and_then(|m| m.pair("Connectors")) else { continue };
        let Some(connectors) = pair.value.as_map() else {
            let message = format!("`Connectors` must be a map, not {}", describe(&pair.value));
            found.note(Fault::resource(id, ErrorKind::WrongType, message).at(place(&pair.value, pair.key_span)));
            continue;
        };
        for connector in connectors.pairs() {
            let full = id.plus(&connector.key);
            match embedded(id, &full, connector) {
                Ok(_) if resources.has(&full) => {
                    let message = format!("connector `{}` of `{id}` has the id of resource `{full}`", connector.key);
                    found.note(Fault::resource(id, ErrorKind::DuplicateId, message).at(connector.key_span));
                }
                Ok(value) => {
                    made.insert_placed(full.clone(), connector.key_span, value);
                    found.steps.push((full, format!("{id}.Connectors.{}", connector.key)));
                }
                Err(fault) => found.note(fault),
            }
        }
    }
    resources.update(&made);
    for resource in resources.values_mut().filter(|r| r.get("Connectors").is_some()) {
        resource.take("Connectors");
    }
    found
}

impl Embedded {
    fn note(&mut self, fault: Fault) {
        match fault {
            Fault::Local(error) => self.errors.push(*error),
            Fault::Fatal(errors) => self.errors.extend(errors),
        }
    }
}

/// The place of a value; nothing at all stands at its key.
fn place(value: &Value, key: Span) -> Span {
    if value.is_null() || value.span == UNPLACED { key } else { value.span }
}

/// An embedded connector as a resource.
fn embedded(owner: &Text, full: &Text, pair: &crate::transform::value::Pair) -> Result<Value> {
    let (name, span) = (&pair.key, pair.key_span);
    let wrong = |id: &str, what: &str, value: &Value, span| {
        let message = format!("{what} of connector `{name}` must be a map, not {}", describe(value));
        Fault::resource(id, ErrorKind::WrongType, message).at(span)
    };
    if !pair.value.is_map() {
        let message = format!("connector `{name}` must be a map, not {}", describe(&pair.value));
        return Err(Fault::resource(full, ErrorKind::WrongType, message).at(place(&pair.value, span)));
    }
    let given = match pair.value.as_map().and_then(|m| m.pair("Properties")) {
        None => {
            let message = format!("connector `{name}` needs `Properties`");
            return Err(Fault::resource(owner, ErrorKind::Missing, message).at(span));
        }
        Some(given) => given,
    };
    let mut properties = given.value.clone();
    if !properties.is_map() {
        return Err(wrong(owner, "`Properties`", &properties, place(&properties, given.key_span)));
    }
    let mut source = map! { "Id" => Value::from(owner).at(span) };
    let reference = properties.as_map().and_then(|m| m.pair("SourceReference")).cloned();
    if let Some(reference) = reference {
        let Some(more) = reference.value.as_map() else {
            return Err(wrong(
                owner,
                "`SourceReference`",
                &reference.value,
                place(&reference.value, reference.key_span),
            ));
        };
        if let Some(id) = more.pair("Id") {
            let message = "`SourceReference` cannot name another `Id`";
            return Err(Fault::invalid(name, message).at(id.key_span));
        }
        if let Some(map) = source.as_map_mut() {
            map.update(more);
        }
        source = source.at(reference.value.span);
        properties.take("SourceReference");
    }
    properties.set("Source", source.at(span));
    let mut resource = pair.value.clone();
    resource.set("Type", TYPE);
    resource.set("Properties", properties);
    let cause = Cause { span, step: full.to_string().into() };
    let checked = Macro::new(full.clone(), None, TYPE, &resource, cause, PROPERTIES).map_err(|f| f.at(span))?;
    let mut made = map! { "Type" => TYPE };
    if let Some(on) = checked.depends_on.filter(Value::truthy) {
        made.set("DependsOn", on);
    }
    if let Some(made) = made.as_map_mut() {
        made.update(&checked.attributes);
        let mut properties = Map::new();
        for property in PROPERTIES {
            if let Some(pair) = checked.properties.pair(property.name).filter(|p| !p.value.is_null()) {
                properties.insert_placed(property.name, pair.key_span, pair.value.clone());
            }
        }
        made.insert_placed("Properties", given.key_span, Value { span: given.value.span, ..properties.into() });
    }
    Ok(Value { span: pair.value.span, ..made })
}
