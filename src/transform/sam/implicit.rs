//! The API that events imply when they name none, the paths that events add to generated documents, and the conditions
//! around both.

use std::collections::BTreeMap;

use super::conditions::combine;
use super::editor::{ANY_METHOD, Dialect, Editor};
use super::errors::{ErrorKind, Fault, Owner, Result};
use super::resource::{Property, Type, expect, unknown_property};
use crate::nearest::nearest;
use crate::source::Span;
use crate::transform::value::{Map, Pair, Text, Value, conditional, map, reference};

/// What distinguishes the implicit REST API from the implicit HTTP API.
struct Flavor {
    dialect: Dialect,
    id: &'static str,
    condition: &'static str,
    event: &'static str,
    ty: &'static str,
    property: &'static str,
    properties: &'static [Property],
}

const REST: Flavor = Flavor {
    dialect: Dialect::Rest,
    id: "ServerlessRestApi",
    condition: "ServerlessRestApiCondition",
    event: "Api",
    ty: "AWS::Serverless::Api",
    property: "RestApiId",
    properties: super::events::api::PROPERTIES,
};

const HTTP: Flavor = Flavor {
    dialect: Dialect::Http,
    id: "ServerlessHttpApi",
    condition: "ServerlessHttpApiCondition",
    event: "HttpApi",
    ty: "AWS::Serverless::HttpApi",
    property: "ApiId",
    properties: super::events::http_api::PROPERTIES,
};

/// The id that an API property names: the target of a `Ref`, or the value itself.
pub fn api_id(value: Option<&Value>) -> Option<&Value> {
    let value = value?;
    Some(value.get("Ref").unwrap_or(value))
}

/// Gives APIs without a document a generated one.
pub fn add_default_bodies(resources: &mut Map) {
    for resource in resources.values_mut() {
        let dialect = match resource.get("Type").and_then(Value::as_str) {
            Some("AWS::Serverless::Api") => Dialect::Rest,
            Some("AWS::Serverless::HttpApi") => Dialect::Http,
            _ => continue,
        };
        let Some(resource) = resource.as_map_mut() else { continue };
        let properties = resource.entry("Properties", || Map::new().into());
        if properties.truthy_at("DefinitionBody").is_none() && properties.truthy_at("DefinitionUri").is_none() {
            properties.set("DefinitionBody", dialect.skeleton());
            properties.set("__MANAGE_SWAGGER", true);
        }
    }
}

/// Its id and the way to the event that makes it, in words.
pub type Way = (Text, String);

/// Adds the implicit REST API.
///
/// # Errors
/// Problems of `Api` events.
pub fn add_rest(template: &mut Value) -> Result<Option<Way>> {
    Plugin { flavor: &REST, methods: BTreeMap::new(), policies: BTreeMap::new(), cause: None }.run(template)
}

/// Adds the implicit HTTP API.
///
/// # Errors
/// Problems of `HttpApi` events.
pub fn add_http(template: &mut Value) -> Result<Option<Way>> {
    Plugin { flavor: &HTTP, methods: BTreeMap::new(), policies: BTreeMap::new(), cause: None }.run(template)
}

/// Condition per path and method of an API, in the order met.
type Methods = Vec<(String, String, Option<Text>)>;

struct Plugin {
    flavor: &'static Flavor,
    methods: BTreeMap<String, Methods>,
    policies: BTreeMap<String, Vec<[Option<String>; 2]>>,
    /// The first event in the text that needs the implicit API, and the way to it in words.
    cause: Option<(Span, String)>,
}

/// What an event inherits from the resource it belongs to.
struct Inherited {
    condition: Option<Text>,
    policies: [Option<String>; 2],
    tags: Option<Map>,
}

fn resources_mut(template: &mut Value) -> Option<&mut Map> {
    template.as_map_mut()?.get_mut("Resources")?.as_map_mut()
}

impl Plugin {
    fn run(mut self, template: &mut Value) -> Result<Option<Way>> {
        let globals = template.get("Globals").cloned();
        let Some(resources) = resources_mut(template) else { return Ok(None) };
        let replaced = resources.get(self.flavor.id).map(Value::deep_copy);
        resources.insert(self.flavor.id, self.resource());
        let mut errors = Vec::new();
        for id in resources.key_list() {
            match self.scan(&id, resources, globals.as_ref()).map_err(|f| f.in_resource(&id)) {
                Ok(()) => {}
                Err(Fault::Local(error)) => errors.push(*error),
                Err(fatal) => return Err(fatal),
            }
        }
        self.add_attributes(template);
        self.add_path_conditions(template)?;
        if let Some(resources) = resources_mut(template) {
            let paths = resources.get(self.flavor.id).and_then(|r| r.path(&["Properties", "DefinitionBody", "paths"]));
            if paths.is_some_and(|p| !p.truthy()) {
                match replaced {
                    Some(resource) => resources.insert(self.flavor.id, resource),
                    None => drop(resources.remove(self.flavor.id)),
                }
            }
        }
        if !errors.is_empty() {
            return Err(Fault::Fatal(errors));
        }
        let Some((span, way)) = self.cause else { return Ok(None) };
        // The author's own resource of that id is its own cause.
        let made = resources_mut(template).is_some_and(|resources| resources.place(self.flavor.id, span));
        Ok(made.then(|| (self.flavor.id.into(), way)))
    }

    fn resource(&self) -> Value {
        let mut properties = Map::new();
        if self.flavor.dialect == Dialect::Rest {
            properties.insert("StageName", "Prod");
        }
        properties.insert("DefinitionBody", self.flavor.dialect.skeleton());
        properties.insert("__MANAGE_SWAGGER", true);
        map! { "Type" => self.flavor.ty, "Properties" => properties }
    }

    /// Takes the events of one resource.
    fn scan(&mut self, id: &Text, resources: &mut Map, globals: Option<&Value>) -> Result<()> {
        let Some(resource) = resources.get(id) else { return Ok(()) };
        let section = match resource.get("Type").and_then(Value::as_str) {
            Some("AWS::Serverless::Function") => "Function",
            Some("AWS::Serverless::StateMachine") => "StateMachine",
            _ => return Ok(()),
        };
        let Some(events) = resource.path(&["Properties", "Events"]).and_then(Value::as_map) else { return Ok(()) };
        let mut found = Map::python2();
        for pair in events.pairs() {
            if pair.value.truthy() && pair.value.get("Type").and_then(Value::as_str) == Some(self.flavor.event) {
                found.insert_placed(pair.key.clone(), pair.key_span, pair.value.clone());
            }
        }
        if found.is_empty() {
            return Ok(());
        }
        let text = |key: &str| resource.get(key).and_then(Value::as_text).filter(|t| !t.is_empty()).cloned();
        let global = globals.and_then(|g| g.get(section));
        let property = |key: &str| {
            let local = resource.path(&["Properties", key]).filter(|v| v.truthy());
            local.or_else(|| global.and_then(|g| g.get(key))).filter(|v| v.truthy())
        };
        let tags = property("PropagateTags").and(property("Tags")).and_then(Value::as_map).cloned();
        let policies = [text("DeletionPolicy"), text("UpdateReplacePolicy")].map(|p| p.map(|t| t.to_string()));
        let inherited = Inherited { condition: text("Condition"), policies, tags };
        for event_id in found.key_list() {
            let place = found.pair(&event_id).map_or(crate::transform::value::UNPLACED, |p| p.key_span);
            let Some(event) = found.get_mut(&event_id) else { continue };
            let implicit = self.take_event(&event_id, event, &inherited, resources).map_err(|f| f.at(place))?;
            if implicit && self.cause.as_ref().is_none_or(|(first, _)| place.start < first.start) {
                self.cause = Some((place, format!("{id}.Events.{event_id}")));
            }
        }
        if let Some(events) = resources.get_mut(id).and_then(|r| r.path_mut(&["Properties", "Events"]))
            && let Some(events) = events.as_map_mut()
        {
            events.update(&found);
        }
        Ok(())
    }

    /// Takes one event; whether it belongs to the implicit API.
    fn take_event(&mut self, id: &Text, event: &mut Value, from: &Inherited, resources: &mut Map) -> Result<bool> {
        let given = event.get("Properties");
        let http = self.flavor.dialect == Dialect::Http;
        if !http && !given.is_some_and(Value::truthy) {
            return Ok(false);
        }
        if given.is_some_and(|p| !p.is_map()) {
            let fault = Fault::event(id, ErrorKind::WrongType, "`Properties` must be a map");
            return Err(fault.at(given.map_or(event.span, |p| p.span)));
        }
        let Some(event) = event.as_map_mut() else { return Ok(false) };
        let properties = event.entry("Properties", || Map::new().into());
        let span = properties.span;
        if properties.get(self.flavor.property).is_none() {
            self.add_tags(from, resources);
            properties.set(self.flavor.property, reference(self.flavor.id));
        }
        let empty = |key: &str| properties.truthy_at(key).is_none();
        if http && empty("Path") && empty("Method") {
            properties.set("Path", "$default");
            properties.set("Method", ANY_METHOD);
        }
        let properties = properties.clone();
        let owner = Owner::Event(id.to_string());
        for key in ["Path", "Method"] {
            if properties.given(key).is_none() {
                let known = self.flavor.properties;
                let misspelt = |p: &&Pair| {
                    let is = |name: &str| known.iter().any(|k| k.name == name);
                    !is(&p.key) && nearest(&p.key, known.iter().map(|k| k.name)) == Some(key)
                };
                if let Some(pair) = properties.as_map().and_then(|m| m.pairs().find(misspelt)) {
                    let names: Vec<&str> = known.iter().map(|k| k.name).collect();
                    return Err(unknown_property(owner, pair, self.flavor.event, &names));
                }
                let message = format!("`{}` event needs property `{key}`", self.flavor.event);
                return Err(Fault::event(id, ErrorKind::Missing, message));
            }
        }
        let text = |key: &str, value| expect(&owner, key, Type::Str, value, span).map(|v| v.as_text().cloned());
        let api = text(self.flavor.property, api_id(properties.get(self.flavor.property)))?;
        let path = text("Path", properties.get("Path"))?;
        let method = text("Method", properties.get("Method"))?;
        let (Some(api), Some(path), Some(method)) = (api, path, method) else { return Ok(false) };
        let methods = self.methods.entry(api.to_string()).or_default();
        methods.retain(|(p, m, _)| (p.as_str(), m.as_str()) != (&*path, &*method));
        methods.push((path.to_string(), method.to_string(), from.condition.clone()));
        self.policies.entry(api.to_string()).or_default().push(from.policies.clone());
        self.add_to_document(id, &api, &path, &method, properties.get(self.flavor.property), resources)?;
        if let Some(settings) = properties.get("RouteSettings").filter(|_| http) {
            add_route_settings(id, &api, (&path, &method), settings, from, resources)?;
        }
        Ok(&*api == self.flavor.id)
    }

    fn add_tags(&self, from: &Inherited, resources: &mut Map) {
        let Some(tags) = &from.tags else { return };
        let Some(properties) = resources.get_mut(self.flavor.id).and_then(|r| r.path_mut(&["Properties"])) else {
            return;
        };
        if let Some(properties) = properties.as_map_mut() {
            if let Some(all) = properties.entry("Tags", || Map::new().into()).as_map_mut() {
                all.update(tags);
            }
            properties.insert("PropagateTags", true);
        }
    }

    fn add_to_document(
        &self,
        event: &str,
        api: &str,
        path: &Text,
        method: &Text,
        named: Option<&Value>,
        resources: &mut Map,
    ) -> Result<()> {
        let ty = resources.get(api).map(|r| r.get("Type").and_then(Value::as_str).unwrap_or(""));
        if ty.is_none_or(|ty| ty == "AWS::Serverless::HttpApi" && self.flavor.dialect == Dialect::Rest) {
            let message = format!(
                "`{}` must name a resource of type `{}` in this template, `{api}` is none",
                self.flavor.property, self.flavor.ty
            );
            let span = named.map_or(crate::transform::value::UNPLACED, |v| v.span);
            return Err(Fault::event(event, ErrorKind::Invalid, message).at(span));
        }
        let Some(properties) = resources.get_mut(api).and_then(|r| r.path_mut(&["Properties"])) else { return Ok(()) };
        let body = properties.get("DefinitionBody");
        let valid = body.is_some_and(|b| self.flavor.dialect.is_valid(b));
        if !valid || properties.truthy_at("__MANAGE_SWAGGER").is_none() {
            return Ok(());
        }
        let mut editor = Editor::new(self.flavor.dialect, body)?;
        editor.add_path(path, method)?;
        properties.set("DefinitionBody", editor.finish());
        Ok(())
    }

    /// Condition and policies of the implicit API, from the resources whose events made it.
    fn add_attributes(&self, template: &mut Value) {
        let mut attributes: Vec<(&str, Value)> = Vec::new();
        if let Some(methods) = self.methods.get(self.flavor.id)
            && let Some(conditions) = all_conditions(methods.iter())
        {
            let condition = match conditions.as_slice() {
                [only] => Value::from(only),
                _ => {
                    combine(template, self.flavor.condition, &conditions);
                    Value::from(self.flavor.condition)
                }
            };
            attributes.push(("Condition", condition));
        }
        let policies = self.policies.get(self.flavor.id).map_or(&[][..], Vec::as_slice);
        for (i, key, ranking) in [
            (0, "DeletionPolicy", &["Retain", "Delete"][..]),
            (1, "UpdateReplacePolicy", &["Retain", "Snapshot", "Delete"][..]),
        ] {
            let found = ranking.iter().find(|r| policies.iter().any(|p| p[i].as_deref() == Some(**r)));
            attributes.extend(found.map(|policy| (key, Value::from(*policy))));
        }
        let Some(resource) = resources_mut(template).and_then(|r| r.get_mut(self.flavor.id)) else { return };
        for (key, value) in attributes {
            resource.set(key, value);
        }
    }

    /// Wraps each path whose methods all have conditions.
    fn add_path_conditions(&self, template: &mut Value) -> Result<()> {
        let ids = template.get("Resources").and_then(Value::as_map).map(Map::key_list).unwrap_or_default();
        for id in ids {
            let Some(resource) = template.path(&["Resources", &id]) else { continue };
            let managed = resource.path(&["Properties", "__MANAGE_SWAGGER"]).is_some_and(Value::truthy);
            if resource.get("Type").and_then(Value::as_str) != Some(self.flavor.ty) || !managed {
                continue;
            }
            let mut editor = Editor::new(self.flavor.dialect, resource.path(&["Properties", "DefinitionBody"]))?;
            for path in editor.paths() {
                let methods = self.methods.get(&*id).map_or(&[][..], Vec::as_slice);
                let here = methods.iter().filter(|(p, _, _)| *p == *path);
                let Some(conditions) = all_conditions(here) else { continue };
                let condition = match conditions.as_slice() {
                    [only] => Value::from(only),
                    _ => {
                        let words = path.replace('/', "SLASH").replace('{', "OB").replace('}', "CB");
                        let name = format!("{id}{words}PathCondition");
                        combine(template, &name, &conditions);
                        Value::from(name)
                    }
                };
                editor.make_path_conditional(&path, &condition);
            }
            let body = editor.finish();
            if let Some(properties) = template.path_mut(&["Resources", &id, "Properties"]) {
                properties.set("DefinitionBody", body);
            }
        }
        Ok(())
    }
}

/// The distinct conditions of methods, sorted; `None` when there is no method or one has no condition.
fn all_conditions<'m>(methods: impl Iterator<Item = &'m (String, String, Option<Text>)>) -> Option<Vec<Text>> {
    let mut conditions: Vec<Text> = Vec::new();
    for (_, _, condition) in methods {
        let condition = condition.as_ref()?;
        if !conditions.contains(condition) {
            conditions.push(condition.clone());
        }
    }
    conditions.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    (!conditions.is_empty()).then_some(conditions)
}

fn add_route_settings(
    event: &str,
    api: &str,
    (path, method): (&Text, &Text),
    settings: &Value,
    from: &Inherited,
    resources: &mut Map,
) -> Result<()> {
    let route = if method == ANY_METHOD { path.to_string() } else { format!("{} {path}", method.to_uppercase()) };
    let settings = match &from.condition {
        Some(condition) => conditional(condition.clone(), settings.clone()),
        None => settings.clone(),
    };
    let Some(properties) = resources.get_mut(api).and_then(|r| r.path_mut(&["Properties"])) else { return Ok(()) };
    let Some(properties) = properties.as_map_mut() else { return Ok(()) };
    let all = properties.entry("RouteSettings", || Map::new().into());
    expect(&Owner::Resource(api.to_owned()), "RouteSettings", Type::Map, Some(all), all.span)?;
    expect(&Owner::Event(event.to_owned()), "RouteSettings", Type::Map, Some(&settings), settings.span)?;
    if let (Some(all), Some(settings)) = (all.as_map_mut(), settings.as_map())
        && let Some(one) = all.entry(route, || Map::new().into()).as_map_mut()
    {
        one.update(settings);
    }
    Ok(())
}
