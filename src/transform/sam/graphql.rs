//! `AWS::Serverless::GraphQLApi`.

pub mod auth;
pub mod data_sources;
pub mod resolvers;
pub mod shape;

use super::connector::Connector;
use super::errors::{ErrorKind, Result};
use super::resource::{Cause, Macro, Property, Resource, Type, any, strict};
use super::{World, role, shapes, tags};
use crate::transform::value::{Map, Pair, Text, Value, get_att, list, map, reference, sub};

/// The type.
pub static KIND: super::Kind =
    super::Kind { ty: "AWS::Serverless::GraphQLApi", round: 4, properties: PROPERTIES, translate, referable: &[] };

const PROPERTIES: &[Property] = &[
    any("Name"),
    strict("Tags", Type::Map),
    any("XrayEnabled"),
    Property { name: "Auth", required: true, ty: Type::Map, intrinsics: false },
    strict("SchemaInline", Type::Str),
    strict("SchemaUri", Type::Str),
    strict("Logging", Type::One(&[Type::Map, Type::Bool])),
    strict("DataSources", Type::Map),
    strict("Functions", Type::Map),
    strict("Resolvers", Type::Map),
    strict("ApiKeys", Type::Map),
    strict("DomainName", Type::Map),
    strict("Cache", Type::Map),
    any("Visibility"),
    any("OwnerContact"),
    any("IntrospectionConfig"),
    any("QueryDepthLimit"),
    any("ResolverCountLimit"),
];

/// An API on its way, with what its functions and resolvers refer to.
#[derive(Debug)]
pub struct Api {
    source: Macro,
    given: Value,
    /// Names of data sources by the author's names.
    data_sources: Map,
    /// Ids of functions by the author's names.
    functions: Map,
    /// The data source without data, made when a function asks for it.
    none: Option<Resource>,
}

fn translate(source: Macro, world: &mut World) -> Result<Vec<Resource>> {
    let given: Value = shapes::properties(&source, shape::PROPERTIES)?.into();
    let mut api = Api { source, given, data_sources: Map::new(), functions: Map::new(), none: None };
    let (main, authorizers, role) = api.main()?;
    let mut made = vec![main, api.schema()?];
    for connector in authorizers {
        made.extend(connector.resources(world)?);
    }
    made.extend(role);
    for pair in api.section("ApiKeys") {
        made.push(api.key(&pair));
    }
    made.extend(api.cache());
    made.extend(data_sources::all(&mut api, world)?);
    made.extend(api.domain());
    made.extend(resolvers::functions(&mut api)?);
    made.extend(resolvers::resolvers(&api)?);
    made.extend(api.none.take());
    Ok(made)
}

impl Api {
    /// The pairs of a property that is a map.
    fn section(&self, name: &str) -> Vec<Pair> {
        self.given.truthy_at(name).and_then(Value::as_map).into_iter().flat_map(Map::pairs).cloned().collect()
    }

    /// The attribute that other resources name the API by.
    fn api_id(&self) -> Value {
        get_att(self.source.id.clone(), "ApiId")
    }

    fn id(&self, suffix: &str) -> Text {
        self.source.id.plus(suffix)
    }

    /// The cause of what an entry of a property gives.
    fn cause(&self, property: &str, pair: &Pair) -> Cause {
        self.source.cause_of(property).below(&pair.key, pair.key_span)
    }

    /// A generated resource with the attributes and dependencies of the API.
    fn resource(&self, id: Text, ty: &'static str, cause: &Cause) -> Resource {
        Resource::new(id, ty, cause)
            .with_attributes(&self.source.attributes)
            .depending_on(self.source.depends_on.clone())
    }

    /// A role that AppSync may assume.
    fn role(&self, id: Text, cause: &Cause) -> Resource {
        self.resource(id, "AWS::IAM::Role", cause)
            .with("AssumeRolePolicyDocument", role::trust("appsync.amazonaws.com"))
    }

    /// The API itself, connectors to its authorizers, the role that writes logs.
    fn main(&self) -> Result<(Resource, Vec<Connector>, Option<Resource>)> {
        let given = |name: &str| self.given.truthy_at(name);
        let mut all_tags = given("Tags").cloned().unwrap_or_else(|| map! {});
        all_tags.set("graphqlapi:createdBy", "SAM");
        let (log, role) = self.logging();
        let auth = auth::read(&self.source, &self.given)?;
        let name = given("Name").cloned().unwrap_or_else(|| self.source.id.clone().into());
        let mut main = self
            .resource(self.source.id.clone(), "AWS::AppSync::GraphQLApi", &self.source.cause)
            .with("Name", name)
            .with("Tags", tags::list(Some(&all_tags)))
            .with_some("XrayEnabled", self.given.get("XrayEnabled"))
            .with("AuthenticationType", auth.ty)
            .with("LogConfig", log);
        for name in auth::CONFIGURATIONS {
            main = main.with_some(name, auth.configuration.as_ref().filter(|c| c.0 == *name).map(|c| c.1.clone()));
        }
        if !auth.additional.is_empty() {
            main.set("AdditionalAuthenticationProviders", auth.additional);
        }
        for name in ["Visibility", "OwnerContact", "IntrospectionConfig", "QueryDepthLimit", "ResolverCountLimit"] {
            main = main.with_some(name, given(name));
        }
        let connectors = auth.functions.iter().enumerate().map(|(i, arn)| {
            let id = self.id(&format!("ToLambdaAuthConnector{}", i + 1));
            let source = map! {
                "Type" => "AWS::AppSync::GraphQLApi",
                "Arn" => reference(self.source.id.clone()),
                "ResourceId" => self.api_id(),
            };
            let destination = map! { "Type" => "AWS::Lambda::Function", "Arn" => arn };
            let cause = self.source.cause_of("Auth");
            connector(id, source, destination, vec!["Write".into()], Cause { span: arn.span, ..cause })
        });
        Ok((main, connectors.collect(), role))
    }

    /// The configuration of logs, and the role for it unless there is one.
    fn logging(&self) -> (Value, Option<Resource>) {
        let given = self.given.get("Logging");
        if given.is_some_and(|l| l.is_bool() && !l.truthy()) {
            return (Value::null(), None);
        }
        let mut log = map! {};
        let part = |name: &str| given.and_then(|l| l.truthy_at(name));
        if let Some(exclude) = part("ExcludeVerboseContent") {
            log.set("ExcludeVerboseContent", exclude);
        }
        log.set("FieldLogLevel", part("FieldLogLevel").cloned().unwrap_or_else(|| "ALL".into()));
        let span = self.source.span("Logging");
        if let Some(role) = part("CloudWatchLogsRoleArn") {
            log.set("CloudWatchLogsRoleArn", role);
            return (log.at(span), None);
        }
        let cause = match given {
            Some(_) => self.source.cause_of("Logging"),
            None => self.source.cause.clone(),
        };
        let policy = sub("arn:${AWS::Partition}:iam::aws:policy/service-role/AWSAppSyncPushToCloudWatchLogs");
        let role = self.role(self.id("CloudWatchRole"), &cause).with("ManagedPolicyArns", list![policy]);
        log.set("CloudWatchLogsRoleArn", role.arn());
        (log.at(span), Some(role))
    }

    fn schema(&self) -> Result<Resource> {
        let (inline, uri) = (self.given.truthy_at("SchemaInline"), self.given.truthy_at("SchemaUri"));
        match (inline, uri) {
            (None, None) => {
                let message = "a GraphQL API needs `SchemaInline` or `SchemaUri`";
                return Err(self.source.fault(ErrorKind::Missing, message));
            }
            (Some(_), Some(uri)) => {
                let message = "`SchemaInline` and `SchemaUri` exclude each other";
                return Err(self.source.fault(ErrorKind::Exclusive, message).at(uri.span));
            }
            _ => {}
        }
        let cause = self.source.cause_of(if inline.is_some() { "SchemaInline" } else { "SchemaUri" });
        Ok(self
            .resource(self.id("Schema"), "AWS::AppSync::GraphQLSchema", &cause)
            .with("ApiId", self.api_id())
            .with_some("Definition", self.given.get("SchemaInline"))
            .with_some("DefinitionS3Location", self.given.get("SchemaUri")))
    }

    fn key(&self, pair: &Pair) -> Resource {
        let part = |name: &str| pair.value.get(name);
        self.resource(self.id(&pair.key), "AWS::AppSync::ApiKey", &self.cause("ApiKeys", pair))
            .with("ApiId", self.api_id())
            .with_some("ApiKeyId", part("ApiKeyId"))
            .with_some("Description", part("Description"))
            .with_some("Expires", part("ExpiresOn"))
    }

    fn cache(&self) -> Option<Resource> {
        // A map that is there has what it needs.
        let given = self.given.get("Cache")?;
        let part = |name: &str| given.get(name);
        Some(
            self.resource(self.id("ApiCache"), "AWS::AppSync::ApiCache", &self.source.cause_of("Cache"))
                .with_some("ApiCachingBehavior", part("ApiCachingBehavior"))
                .with("ApiId", self.api_id())
                .with_some("AtRestEncryptionEnabled", part("AtRestEncryptionEnabled"))
                .with_some("TransitEncryptionEnabled", part("TransitEncryptionEnabled"))
                .with_some("Ttl", part("Ttl"))
                .with_some("Type", part("Type")),
        )
    }

    fn domain(&self) -> Vec<Resource> {
        let Some(given) = self.given.get("DomainName") else { return Vec::new() };
        let cause = self.source.cause_of("DomainName");
        let domain = self
            .resource(self.id("DomainName"), "AWS::AppSync::DomainName", &cause)
            .with_some("CertificateArn", given.get("CertificateArn"))
            .with_some("Description", given.get("Description"))
            .with_some("DomainName", given.get("DomainName"));
        let association = self
            .resource(self.id("DomainNameApiAssociation"), "AWS::AppSync::DomainNameApiAssociation", &cause)
            .with("ApiId", self.api_id())
            .with("DomainName", domain.reference());
        vec![domain, association]
    }
}

/// A connector between two ends that are described.
fn connector(id: Text, source: Value, destination: Value, permissions: Vec<Value>, cause: Cause) -> Connector {
    Connector {
        id,
        source,
        destination,
        permissions,
        permissions_span: cause.span,
        depends_on: None,
        attributes: Map::new(),
        cause,
    }
}
