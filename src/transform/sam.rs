//! The SAM transform: `AWS::Serverless::*` resources become plain CloudFormation.
//!
//! Which file does what:
//!
//! * `marks`, `order`, `python_text`, `ids`: Python 2 key order and text, hashes in logical ids.
//! * `resource`: the author's resources (`Macro`), generated ones (`Resource`), property tables; `errors`; `tags`.
//! * `globals`, `implicit`, `conditions`, `parameters`, `partition`: what runs before or beside the resources.
//! * `function`, `version`, `role`, `policies`, `destinations`, `deployment`: functions.
//! * `events`: events of functions, dispatched to `events/api`, `events/http_api`, and `events/sources` for all others.
//! * `editor`, `swagger`, `openapi`, `authorizers`: API documents.
//! * `api`, `http_api`, `domains`, `usage_plans`: the API resources.
//! * `state_machine` (events in `state_machine/events`), `simple_table`, `application`, `layer`.
//! * `connector` (embedded ones too), `graphql`, `websocket`, `capacity_provider`, `newer`: the remaining types;
//!   `shapes` checks and converts what is nested in their properties.
//!
//! A new type is a `pub static KIND: Kind` of its module and a line in `KINDS`.
//!
//! * `references`: `DependsOn`, `Ref`, `Fn::GetAtt` and `Fn::Sub` after the resources are generated.

pub mod api;
pub mod application;
pub mod authorizers;
pub mod capacity_provider;
pub mod code;
pub mod conditions;
pub mod connector;
pub mod deployment;
pub mod destinations;
pub mod domains;
pub mod editor;
pub mod errors;
pub mod events;
pub mod function;
pub mod globals;
pub mod graphql;
pub mod http_api;
pub mod ids;
pub mod implicit;
pub mod layer;
pub mod marks;
pub mod newer;
pub mod openapi;
pub mod parameters;
pub mod partition;
pub mod policies;
pub mod references;
pub mod resource;
pub mod resource_policy;
pub mod role;
pub mod shapes;
pub mod simple_table;
pub mod state_machine;
pub mod swagger;
pub mod tags;
pub mod usage_plans;
pub mod version;
pub mod websocket;

use super::value::{Map, Text, UNPLACED, Value};
use super::{ExpandOptions, Origin, Outcome};
use errors::{ErrorKind, Fault, Owner, Result, SamError};
use parameters::Resolver;
use resource::{Cause, Macro, Property, Resource, is_logical_id};
use std::collections::BTreeMap;

/// Types whose `Properties` must be a map and take part in `Globals`.
const ENUMERATED: &[&str] = &[
    "AWS::Serverless::Api",
    "AWS::Serverless::Function",
    "AWS::Serverless::WebFunction",
    "AWS::Serverless::SimpleTable",
    "AWS::Serverless::Application",
    "AWS::Serverless::LayerVersion",
    "AWS::Serverless::HttpApi",
    "AWS::Serverless::WebSocketApi",
    "AWS::Serverless::StateMachine",
    "AWS::Serverless::CapacityProvider",
    "AWS::Serverless::MicrovmImage",
    "AWS::Serverless::NetworkConnector",
];

/// Generated types that may replace a resource of the same id, with the type of the latter.
const REPLACEMENTS: &[(&str, &str)] = &[
    ("AWS::Lambda::Function", "AWS::Serverless::Function"),
    ("AWS::Lambda::WebFunction", "AWS::Serverless::WebFunction"),
    ("AWS::Lambda::LayerVersion", "AWS::Serverless::LayerVersion"),
    ("AWS::Lambda::CapacityProvider", "AWS::Serverless::CapacityProvider"),
    ("AWS::Lambda::MicrovmImage", "AWS::Serverless::MicrovmImage"),
    ("AWS::Lambda::NetworkConnector", "AWS::Serverless::NetworkConnector"),
    ("AWS::ApiGateway::RestApi", "AWS::Serverless::Api"),
    ("AWS::ApiGatewayV2::Api", "AWS::Serverless::HttpApi"),
    ("AWS::ApiGatewayV2::Api", "AWS::Serverless::WebSocketApi"),
    ("AWS::DynamoDB::Table", "AWS::Serverless::SimpleTable"),
    ("AWS::CloudFormation::Stack", "AWS::Serverless::Application"),
    ("AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine"),
    ("AWS::AppSync::GraphQLApi", "AWS::Serverless::GraphQLApi"),
    ("AWS::S3::Bucket", "AWS::S3::Bucket"),
    ("AWS::SNS::Topic", "AWS::SNS::Topic"),
    ("AWS::Cognito::UserPool", "AWS::Cognito::UserPool"),
    ("AWS::ApiGateway::DomainName", "AWS::ApiGateway::DomainName"),
    ("AWS::ApiGateway::BasePathMapping", "AWS::ApiGateway::BasePathMapping"),
    ("AWS::ApiGateway::DomainNameV2", "AWS::ApiGateway::DomainNameV2"),
    ("AWS::ApiGateway::BasePathMappingV2", "AWS::ApiGateway::BasePathMappingV2"),
];

/// How a SAM type is translated.
pub struct Kind {
    /// The type.
    pub ty: &'static str,
    /// In which round: functions 0, web functions 1, state machines 2, APIs 3, others 4, connectors 5.
    pub round: u8,
    /// Its properties.
    pub properties: &'static [Property],
    /// Generates its resources.
    pub translate: fn(Macro, &mut World) -> Result<Vec<Resource>>,
    /// Names of generated resources that references may use, with their types.
    pub referable: &'static [(&'static str, &'static str)],
}

/// Every type that is translated.
static KINDS: &[&Kind] = &[
    &function::KIND,
    &state_machine::KIND,
    &api::KIND,
    &http_api::KIND,
    &simple_table::KIND,
    &application::KIND,
    &layer::KIND,
    &websocket::KIND,
    &graphql::KIND,
    &capacity_provider::KIND,
    &newer::NETWORK_CONNECTOR,
    &newer::MICROVM_IMAGE,
    &newer::web_function::KIND,
    &connector::KIND,
];

/// What the translation of one resource sees and changes.
#[derive(Debug)]
pub struct World {
    /// The template as it stands before resources are translated; events edit documents and buckets in it.
    pub original: Value,
    /// The template that is being made.
    pub template: Value,
    /// Parameter values and mappings.
    pub resolver: Resolver,
    /// The region.
    pub region: String,
    /// Its partition.
    pub partition: &'static str,
    /// Texts of function names by the API whose events name them, for deployment ids.
    pub function_names: Vec<(String, String)>,
    /// Functions with a deployment preference.
    pub deployments: Vec<function::Deployment>,
    /// Record set groups by zone, shared by all APIs.
    pub record_sets: Vec<Resource>,
    /// What APIs with a shared usage plan have in common.
    pub shared_usage_plan: usage_plans::Shared,
    /// Destinations made for a map that several functions share through `Globals`.
    pub shared_destinations: Vec<(Value, Value)>,
    /// New logical ids of resources that change theirs.
    pub renamed: Vec<(Text, Text)>,
    /// Problems that do not end the translation of their resource.
    pub errors: Vec<SamError>,
    /// The resources that have no entry of their own (embedded connectors, implicit APIs), each with its way in words.
    pub ways: Vec<(Text, String)>,
    origins: Vec<Option<Origin>>,
    origin_of: BTreeMap<String, usize>,
    referable: Vec<(String, &'static str, Text)>,
}

impl World {
    /// A resource of the original template.
    pub fn resource(&self, id: &str) -> Option<&Value> {
        self.original.get("Resources")?.get(id)
    }

    /// A resource of the original template, to change it.
    pub fn resource_mut(&mut self, id: &str) -> Option<&mut Value> {
        self.original.path_mut(&["Resources", id])
    }

    /// A resource of the template that is being made.
    pub fn made(&self, id: &str) -> Option<&Value> {
        self.template.get("Resources")?.get(id)
    }

    /// Adds a condition to the template.
    pub fn add_condition(&mut self, name: impl Into<Text>, definition: Value) {
        conditions::add(&mut self.template, name, definition);
    }

    /// The ARN of a managed policy of AWS.
    pub fn managed_policy(&self, name: &str) -> String {
        format!("arn:{}:iam::aws:policy/{name}", self.partition)
    }

    /// The name of the policy for X-Ray in this partition.
    pub fn xray_policy(&self) -> &'static str {
        if self.partition == "aws" { "AWSXrayWriteOnlyAccess" } else { "AWSXRayDaemonWriteAccess" }
    }

    fn put(&mut self, resource: &Resource) {
        // Python's `update` makes room before it sets, which decides the order of a Python 2.7 dictionary.
        let mut one = Map::new();
        one.insert(resource.id.clone(), resource.to_value());
        if let Some(resources) = self.template.path_mut(&["Resources"]).and_then(Value::as_map_mut) {
            resources.update(&one);
        }
        // Of two resources of one id the later counts, at its place in the order.
        if let Some(before) = self.origin_of.insert(resource.id.to_string(), self.origins.len()) {
            self.origins[before] = None;
        }
        let path = vec!["Resources".to_owned(), resource.id.to_string()];
        let step = resource.cause.step.to_string();
        self.origins.push(Some(Origin { path, span: resource.cause.span, step }));
    }
}

/// Transforms a template.
pub fn transform(template: Value, options: &ExpandOptions) -> Outcome {
    let mut template = template;
    match prepare(&mut template, options) {
        Ok(mut world) => {
            match translate_all(&mut world) {
                Ok(()) => {}
                Err(Fault::Local(error)) => world.errors.push(*error),
                Err(Fault::Fatal(errors)) => world.errors = errors,
            }
            let World { template, origins, errors, .. } = world;
            Outcome { template, origins: origins.into_iter().flatten().collect(), errors }
        }
        Err(Fault::Local(error)) => Outcome { template, origins: Vec::new(), errors: vec![*error] },
        Err(Fault::Fatal(errors)) => Outcome { template, origins: Vec::new(), errors },
    }
}

/// The steps before the first resource is translated.
fn prepare(template: &mut Value, options: &ExpandOptions) -> Result<World> {
    check_frame(template)?;
    let mut given = Map::new();
    for (name, value) in &options.parameters {
        given.insert(Text::of(name), Text::of(value));
    }
    marks::apply(template, &mut given);
    let partition = partition::of_region(&options.region);
    let parameters = parameter_values(template, given, &options.region, partition);
    if let Some(resources) = template.path_mut(&["Resources"]).and_then(Value::as_map_mut) {
        implicit::add_default_bodies(resources);
    }
    let mut ways = Vec::new();
    ways.extend(implicit::add_rest(template)?);
    ways.extend(implicit::add_http(template)?);
    globals::merge(template, ENUMERATED)?;
    let embedded = connector::embed(template);
    ways.extend(embedded.steps);
    let mappings = match template.get("Mappings") {
        None => Map::new(),
        Some(value) => match value.as_map() {
            Some(map) => map.clone(),
            None => return Err(Fault::document("`Mappings` must be a map").at(value.span)),
        },
    };
    let resolver = Resolver { parameters, mappings };
    Ok(World {
        template: template.deep_copy(),
        original: std::mem::replace(template, Value::null()),
        resolver,
        region: options.region.clone(),
        partition,
        function_names: Vec::new(),
        deployments: Vec::new(),
        record_sets: Vec::new(),
        shared_usage_plan: usage_plans::Shared::default(),
        shared_destinations: Vec::new(),
        renamed: Vec::new(),
        errors: embedded.errors,
        ways,
        origins: Vec::new(),
        origin_of: BTreeMap::new(),
        referable: Vec::new(),
    })
}

/// The frame that everything else relies on.
fn check_frame(template: &Value) -> Result<()> {
    let resources = template.get("Resources");
    let Some(map) = resources.and_then(Value::as_map).filter(|m| !m.is_empty()) else {
        let span = resources.map_or(template.span, |r| r.span);
        return Err(Fault::document("`Resources` must be a map with at least one resource").at(span));
    };
    for pair in map.pairs() {
        if !pair.value.is_map() {
            return Err(Fault::document(format!("resource `{}` must be a map", pair.key)).at(pair.key_span));
        }
    }
    for pair in map.pairs() {
        if let Some(condition) = pair.value.truthy_at("Condition").filter(|c| !c.is_str()) {
            let message = format!("`Condition` of resource `{}` must be the name of a condition", pair.key);
            return Err(Fault::document(message).at(condition.span));
        }
        let ty = pair.value.get("Type").and_then(Value::as_str);
        let properties = pair.value.get("Properties").filter(|p| !p.is_map());
        if let (Some(properties), true) = (properties, ty.is_some_and(|t| ENUMERATED.contains(&t))) {
            let message = format!("`Properties` must be a map, not {}", resource::describe(properties));
            let span = if properties.is_null() { pair.key_span } else { properties.span };
            return Err(Fault::resource(&pair.key, ErrorKind::WrongType, message).at(span).fatal());
        }
    }
    Ok(())
}

/// Given values, defaults, and the two pseudo parameters that are known.
fn parameter_values(template: &Value, mut given: Map, region: &str, partition: &str) -> Map {
    for pair in template.get("Parameters").and_then(Value::as_map).into_iter().flat_map(Map::pairs) {
        if let (false, Some(default)) = (given.has(&pair.key), pair.value.get("Default")) {
            given.insert(pair.key.clone(), default.clone());
        }
    }
    for (name, value) in [("AWS::Region", region), ("AWS::Partition", partition)] {
        if !given.has(name) {
            given.insert(name, Text::of(value));
        }
    }
    given
}

/// Translates every SAM resource, round by round.
fn translate_all(world: &mut World) -> Result<()> {
    let mut todo: Vec<(&'static Kind, Text)> = Vec::new();
    for (id, resource) in world.original.get("Resources").and_then(Value::as_map).into_iter().flat_map(Map::iter) {
        let ty = resource.get("Type").and_then(Value::as_str);
        todo.extend(KINDS.iter().find(|k| Some(k.ty) == ty).map(|kind| (*kind, id.clone())));
    }
    todo.sort_by_key(|(kind, _)| kind.round);
    for (kind, id) in todo {
        match translate(kind, &id, world) {
            Ok(()) => {}
            Err(Fault::Local(error)) => world.errors.push(*error),
            Err(fatal) => return Err(fatal),
        }
    }
    for resource in deployment::translate(world) {
        world.put(&resource);
    }
    if world.errors.is_empty() {
        if let Some(template) = world.template.as_map_mut() {
            template.remove("Transform");
        }
        // What is not shared is edited where it stands.
        world.original = Value::null();
        references::rename(&mut world.template, &world.renamed);
        references::resolve(&mut world.template, &world.referable);
    }
    Ok(())
}

/// Translates one resource.
fn translate(kind: &Kind, id: &Text, world: &mut World) -> Result<()> {
    let Some(pair) = world.original.get("Resources").and_then(Value::as_map).and_then(|m| m.pair(id)) else {
        return Ok(());
    };
    let span = if pair.key_span == UNPLACED { pair.value.span } else { pair.key_span };
    let way = world.ways.iter().find(|(made, _)| made == id).map_or(id.as_str(), |(_, way)| way);
    let cause = Cause { span, step: way.into() };
    let mut source = pair.value.clone();
    if let Some(properties) = source.path_mut(&["Properties"]) {
        policies::expand_templates(properties, id, kind.ty)?;
    }
    if kind.ty == "AWS::Serverless::Function" {
        function::note_names(&source, world)?;
    }
    let built = Macro::new(id.clone(), None, kind.ty, &source, cause.clone(), kind.properties);
    let made = built.and_then(|m| (kind.translate)(m, world)).map_err(|f| f.at(cause.span))?;
    for (name, ty) in kind.referable {
        if let Some(resource) = made.iter().rev().find(|r| r.ty == *ty) {
            world.referable.push((id.to_string(), name, resource.id.clone()));
        }
    }
    if let Some(resources) = world.template.path_mut(&["Resources"]) {
        resources.take(id);
    }
    for resource in made {
        if !is_logical_id(&resource.id) {
            let message = format!("generated logical id `{}` must consist of letters and digits", resource.id);
            return Err(Fault::invalid(&resource.id, message).at(resource.cause.span));
        }
        let original = world.resource(&resource.id).and_then(|r| r.get("Type")).and_then(Value::as_str);
        let clash = original.is_some_and(|ty| !REPLACEMENTS.contains(&(resource.ty, ty)));
        if clash || original.is_none() && world.resource(&resource.id).is_some() {
            let message = format!("`{id}` generates `{}`, but the template has a resource of that id", resource.id);
            let owner = Owner::Resource(id.to_string());
            let span = resource.cause.span;
            world.errors.push(SamError { owner, kind: ErrorKind::DuplicateId, message, span });
        } else {
            world.put(&resource);
        }
    }
    Ok(())
}
