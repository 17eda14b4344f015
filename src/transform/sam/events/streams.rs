//! Sources that Lambda reads from: streams, queues, brokers and document databases. Each becomes an event source mapping
//! and rights of the role.

mod grants;

use super::Context;
use crate::transform::sam::errors::{ErrorKind, Result};
use crate::transform::sam::resource::{Macro, Property, Resource, Type, any, expect, p, strict};
use crate::transform::sam::{errors::Owner, role};
use crate::transform::value::{Map, Value, list, map};

/// The properties that all of them know.
macro_rules! shared {
    ($($own:expr),* $(,)?) => {
        &[
            p("BatchSize", Type::Int),
            any("StartingPosition"),
            any("StartingPositionTimestamp"),
            p("Enabled", Type::Bool),
            p("MaximumBatchingWindowInSeconds", Type::Int),
            p("MaximumRetryAttempts", Type::Int),
            p("BisectBatchOnFunctionError", Type::Bool),
            p("MaximumRecordAgeInSeconds", Type::Int),
            p("DestinationConfig", Type::Map),
            p("ParallelizationFactor", Type::Int),
            p("Topics", Type::List),
            p("Queues", Type::List),
            p("SourceAccessConfigurations", Type::List),
            p("SecretsManagerKmsKeyId", Type::Str),
            p("TumblingWindowInSeconds", Type::Int),
            p("FunctionResponseTypes", Type::List),
            p("KafkaBootstrapServers", Type::List),
            p("FilterCriteria", Type::Map),
            any("KmsKeyArn"),
            p("ConsumerGroupId", Type::Str),
            p("ScalingConfig", Type::Map),
            p("ProvisionedPollerConfig", Type::Map),
            p("SchemaRegistryConfig", Type::Map),
            p("MetricsConfig", Type::Map),
            p("LoggingConfig", Type::Map),
            $($own),*
        ]
    };
}

/// A property that must be there and may hold anything.
const fn needed(name: &'static str) -> Property {
    Property { required: true, ..any(name) }
}

const STREAM: &[Property] = shared![needed("Stream"), needed("StartingPosition")];
const QUEUE: &[Property] = shared![needed("Queue")];
const BROKER: &[Property] = shared![needed("Broker"), strict("DynamicPolicyName", Type::Bool)];
const KAFKA: &[Property] = shared![];
const DOCUMENTS: &[Property] =
    shared![needed("Cluster"), needed("DatabaseName"), any("CollectionName"), any("FullDocument")];

/// The properties of an event type, `None` when there is no such type.
pub fn properties(ty: &str) -> Option<&'static [Property]> {
    Some(match ty {
        "Kinesis" | "DynamoDB" | "MSK" => STREAM,
        "SQS" => QUEUE,
        "MQ" => BROKER,
        "SelfManagedKafka" => KAFKA,
        "DocumentDB" => DOCUMENTS,
        _ => return None,
    })
}

/// The property that names the source.
fn source(ty: &str) -> &'static str {
    match ty {
        "SQS" => "Queue",
        "MQ" => "Broker",
        "DocumentDB" => "Cluster",
        _ => "Stream",
    }
}

/// Generates the mapping, and gives the role what it needs.
///
/// # Errors
/// What the event holds and is not accepted.
pub fn translate(context: &mut Context) -> Result<Vec<Resource>> {
    let event = &context.event;
    check_filter(event)?;
    let (managed_kafka, own_kafka) = kafka_settings(event)?;
    let (destination, policy) = destination(event)?;
    let mut event = event.clone();
    let statements = grants::policy(&mut event, context.world)?;
    let (managed_kafka, own_kafka) =
        if statements.rewritten { kafka_settings(&event)? } else { (managed_kafka, own_kafka) };
    let servers = event
        .truthy("KafkaBootstrapServers")
        .map(|servers| map! { "Endpoints" => map! { "KafkaBootstrapServers" => servers } }.at(servers.span));
    let mapping = context
        .resource("", "AWS::Lambda::EventSourceMapping")
        .with_same(&event, &["BatchSize"])
        .with_some("DocumentDBEventSourceConfig", documents(&event))
        .with_same(&event, &["Enabled"])
        .with_some("EventSourceArn", event.get(source(&event.ty)))
        .with("FunctionName", context.target.name())
        .with_same(
            &event,
            &[
                "MaximumBatchingWindowInSeconds",
                "MaximumRetryAttempts",
                "BisectBatchOnFunctionError",
                "MaximumRecordAgeInSeconds",
            ],
        )
        .with_some("DestinationConfig", destination)
        .with_same(
            &event,
            &[
                "ParallelizationFactor",
                "StartingPosition",
                "StartingPositionTimestamp",
                "Topics",
                "Queues",
                "SourceAccessConfigurations",
                "TumblingWindowInSeconds",
                "FunctionResponseTypes",
            ],
        )
        .with_some("SelfManagedEventSource", servers)
        .with_same(&event, &["FilterCriteria", "KmsKeyArn"])
        .with_some("AmazonManagedKafkaEventSourceConfig", managed_kafka)
        .with_some("SelfManagedKafkaEventSourceConfig", own_kafka)
        .with_same(&event, &["ScalingConfig", "ProvisionedPollerConfig", "MetricsConfig", "LoggingConfig"]);
    if let Some(name) = managed_policy(&event.ty) {
        role::add_managed(context.role, Value::from(context.world.managed_policy(name)).at(event.cause.span));
    }
    for policy in statements.policy.into_iter().chain(policy) {
        role::add_policy(context.role, policy.at(event.cause.span));
    }
    Ok(vec![mapping])
}

/// The mapping of a queue between a topic and a function.
pub fn mapping_of_queue(context: &mut Context, queue: Value, batch: Value) -> Resource {
    let cause = context.event.cause_of("SqsSubscription");
    if let Some(name) = managed_policy("SQS") {
        role::add_managed(context.role, Value::from(context.world.managed_policy(name)).at(cause.span));
    }
    Resource { cause, ..context.resource("EventSourceMapping", "AWS::Lambda::EventSourceMapping") }
        .with("BatchSize", batch)
        .with("Enabled", true)
        .with("EventSourceArn", queue)
        .with("FunctionName", context.target.name())
}

/// The managed policy that lets a role read from a source.
fn managed_policy(ty: &str) -> Option<&'static str> {
    Some(match ty {
        "Kinesis" => "service-role/AWSLambdaKinesisExecutionRole",
        "DynamoDB" => "service-role/AWSLambdaDynamoDBExecutionRole",
        "SQS" => "service-role/AWSLambdaSQSQueueExecutionRole",
        "MSK" => "service-role/AWSLambdaMSKExecutionRole",
        _ => return None,
    })
}

fn check_filter(event: &Macro) -> Result<()> {
    let Some(filter) = event.truthy("FilterCriteria").filter(|f| !f.is_intrinsic()) else { return Ok(()) };
    let filters_alone = filter.only_pair().is_some_and(|(key, _)| key == "Filters");
    if filters_alone {
        return Ok(());
    }
    Err(event.event_fault("`FilterCriteria` must hold `Filters` and nothing else").at(filter.span))
}

/// `ConsumerGroupId` and `SchemaRegistryConfig`, which stand in a map of their own for each kind of Kafka.
fn kafka_settings(event: &Macro) -> Result<(Option<Value>, Option<Value>)> {
    let (group, registry) = (event.truthy("ConsumerGroupId"), event.truthy("SchemaRegistryConfig"));
    let kafka = matches!(event.ty.as_str(), "MSK" | "SelfManagedKafka");
    if let (Some(group), false) = (group, kafka) {
        let message = format!("`ConsumerGroupId` is no property of `{}`", event.ty);
        return Err(event.event_fault(message).of_kind(ErrorKind::UnknownProperty).at(group.span));
    }
    let mut settings = Map::new();
    if let Some(group) = group {
        settings.insert("ConsumerGroupId", group);
    }
    if let (Some(registry), true) = (registry, kafka) {
        settings.insert("SchemaRegistryConfig", registry);
    }
    let settings = (!settings.is_empty()).then(|| Value::from(settings));
    Ok(if event.ty == "MSK" { (settings, None) } else { (None, settings) })
}

/// What a document database needs to know.
fn documents(event: &Macro) -> Option<Value> {
    if event.ty != "DocumentDB" {
        return None;
    }
    let mut config = map! { "DatabaseName" => event.value("DatabaseName") };
    for name in ["CollectionName", "FullDocument"] {
        if let Some(value) = event.truthy(name) {
            config.set(name, value);
        }
    }
    Some(config)
}

/// Where records go that cannot be processed, and the policy for it; `Type` says which policy and is left out.
fn destination(event: &Macro) -> Result<(Option<Value>, Option<Value>)> {
    let Some(config) = event.truthy("DestinationConfig") else { return Ok((None, None)) };
    let owner = Owner::Event(event.event.as_deref().unwrap_or(&event.id).to_owned());
    let failure = expect(&owner, "DestinationConfig.OnFailure", Type::Map, config.get("OnFailure"), config.span)?;
    let Some(ty) = failure.truthy_at("Type") else { return Ok((Some(config.clone()), None)) };
    let arn = failure.get("Destination").cloned().unwrap_or_else(Value::null);
    let name = |suffix: &str| event.id.plain().plus(suffix);
    let policy = match ty.as_str() {
        Some("SQS") => Some(role::policy(name("SQSPolicy"), "sqs:SendMessage", arn)),
        Some("SNS") => Some(role::policy(name("SNSPolicy"), "sns:publish", arn)),
        Some("S3") => {
            let statement = |action: &'static str, resource: Value| {
                map! { "Action" => action, "Effect" => "Allow", "Resource" => resource }
            };
            let objects = map! { "Fn::Join" => list!["/", list![arn.clone(), "*"]] };
            let statements = list![statement("s3:PutObject", objects), statement("s3:ListBucket", arn)];
            Some(map! { "PolicyName" => name("S3Policy"), "PolicyDocument" => map! { "Statement" => statements } })
        }
        Some("Kafka") => None,
        _ => {
            let message = "`Type` of `OnFailure` must be `SQS`, `SNS`, `S3` or `Kafka`";
            return Err(event.event_fault(message).at(ty.span));
        }
    };
    let place = ty.span;
    let mut config = config.clone();
    if let Some(failure) = config.path_mut(&["OnFailure"]) {
        failure.take("Type");
    }
    Ok((Some(config), policy.map(|p| p.at(place))))
}
