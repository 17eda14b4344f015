//! The ways of requests and events through the resources, and why a transform makes what it makes.

use super::model::*;
use super::template::Context;
use super::values::Val;
use crate::syntax::Node;
use std::collections::BTreeMap;

/// Seconds after which API Gateway gives up by default.
const API_PATIENCE: u32 = 29;

/// Fills the paths of requests and events.
pub(super) fn fill(model: &mut Model, context: &Context<'_, '_>, written: &Node) {
    let mut out = Vec::new();
    if model.file.kind == "sam" {
        out.extend(serverless(model, context, written));
    }
    for resource in model.existing() {
        let Some(value) = context.values.get(resource.id.as_str()) else { continue };
        match resource.kind.as_str() {
            "AWS::Lambda::EventSourceMapping" => out.extend(polled(model, context, value)),
            "AWS::Events::Rule" => out.extend(rule(model, context, resource, value)),
            "AWS::S3::Bucket" => out.extend(notified(model, context, resource, value)),
            "AWS::SNS::Subscription" => out.extend(subscribed(model, context, value)),
            "AWS::ElasticLoadBalancingV2::Listener" => out.extend(balanced(model, value)),
            _ => {}
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    out.retain(|r| seen.insert((r.trigger.clone(), r.steps.clone())));
    model.requests = out;
}

fn function(model: &Model, context: &Context<'_, '_>, id: &str) -> Vec<String> {
    let limit = context.values.get(id).and_then(|v| v.literal_at("Timeout"));
    let shown = match (model.resource(id).map(|r| r.kind.as_str()), limit) {
        (Some("AWS::Lambda::Function"), Some(seconds)) => format!("{id} ({seconds} s limit)"),
        (Some("AWS::Lambda::Function"), None) => format!("{id} (3 s limit)"),
        _ => id.to_owned(),
    };
    let mut out = vec![shown];
    out.extend(stores(model, id));
    out
}

/// What a function reads and writes: what it refers to, or the policies of its role.
fn stores(model: &Model, id: &str) -> Option<String> {
    let own = model.resource(id)?;
    let mut roots: Vec<&str> = own.needs.iter().map(String::as_str).collect();
    let roles = own.needs.iter().filter_map(|n| model.resource(n)).filter(|r| r.kind == "AWS::IAM::Role");
    roots.extend(roles.flat_map(|r| r.needs.iter().map(String::as_str)));
    let holds = |id: &&str| {
        model.resource(id).is_some_and(|r| {
            matches!(
                r.kind.as_str(),
                "AWS::DynamoDB::Table"
                    | "AWS::S3::Bucket"
                    | "AWS::SQS::Queue"
                    | "AWS::SNS::Topic"
                    | "AWS::RDS::DBInstance"
                    | "AWS::RDS::DBCluster"
                    | "AWS::Kinesis::Stream"
                    | "AWS::SecretsManager::Secret"
                    | "AWS::StepFunctions::StateMachine"
            )
        })
    };
    let mut found: Vec<&str> = roots.into_iter().filter(holds).collect();
    found.sort_unstable();
    found.dedup();
    (!found.is_empty()).then(|| found.join(", "))
}

fn named(value: &Val<'_>, model: &Model) -> Option<String> {
    let id = value.resources().into_iter().next();
    match id {
        // A version or alias stands for its function.
        Some(id) => match model
            .resource(id)
            .filter(|r| matches!(r.kind.as_str(), "AWS::Lambda::Alias" | "AWS::Lambda::Version"))
        {
            Some(alias) => {
                let function =
                    alias.needs.iter().find(|n| model.resource(n).is_some_and(|r| r.kind == "AWS::Lambda::Function"));
                function.cloned().or_else(|| Some(id.to_owned()))
            }
            None => Some(id.to_owned()),
        },
        None => Some(value.show_short(60)),
    }
}

fn path(trigger: String, steps: Vec<String>) -> RequestPath {
    RequestPath { trigger, steps, notes: Vec::new() }
}

fn polled(model: &Model, context: &Context<'_, '_>, value: &Val<'_>) -> Option<RequestPath> {
    let source = named(value.at("EventSourceArn")?, model)?;
    let target = named(value.at("FunctionName")?, model)?;
    let mut steps = vec![source.clone()];
    steps.extend(function(model, context, &target));
    let mut out = path(format!("records of {source}"), steps);
    let batch = value.literal_at("BatchSize").map(|b| format!("up to {b} at once"));
    out.notes.push(batch.unwrap_or_else(|| "Lambda polls with the function's role".to_owned()));
    Some(out)
}

fn rule(model: &Model, context: &Context<'_, '_>, resource: &Resource, value: &Val<'_>) -> Vec<RequestPath> {
    let trigger = match value.literal_at("ScheduleExpression") {
        Some(schedule) => format!("schedule {schedule}"),
        None => format!("events that fit {}", resource.id),
    };
    let targets = value.at("Targets").map(Val::items).unwrap_or_default();
    let one = |target: &Val<'_>| {
        let target = named(target.at("Arn")?, model)?;
        let mut steps = vec![resource.id.clone()];
        steps.extend(function(model, context, &target));
        Some(path(trigger.clone(), steps))
    };
    targets.iter().filter_map(one).collect()
}

fn notified(model: &Model, context: &Context<'_, '_>, bucket: &Resource, value: &Val<'_>) -> Vec<RequestPath> {
    let mut out = Vec::new();
    for (list, member) in
        [("LambdaConfigurations", "Function"), ("QueueConfigurations", "Queue"), ("TopicConfigurations", "Topic")]
    {
        let items = value.at(&format!("NotificationConfiguration.{list}")).map(Val::items).unwrap_or_default();
        for item in items {
            let Some(target) = item.at(member).and_then(|t| named(t, model)) else { continue };
            let event = item.literal_at("Event").unwrap_or_else(|| "an event".to_owned());
            let mut steps = vec![bucket.id.clone()];
            steps.extend(function(model, context, &target));
            out.push(path(event, steps));
        }
    }
    out
}

fn subscribed(model: &Model, context: &Context<'_, '_>, value: &Val<'_>) -> Option<RequestPath> {
    let topic = named(value.at("TopicArn")?, model)?;
    let target = named(value.at("Endpoint")?, model)?;
    let mut steps = vec![topic.clone()];
    steps.extend(function(model, context, &target));
    Some(path(format!("messages of {topic}"), steps))
}

fn balanced(model: &Model, listener: &Val<'_>) -> Option<RequestPath> {
    let balancer = named(listener.at("LoadBalancerArn")?, model)?;
    let group = listener
        .at("DefaultActions")?
        .resources()
        .into_iter()
        .find(|id| model.resource(id).is_some_and(|r| r.kind == "AWS::ElasticLoadBalancingV2::TargetGroup"))?;
    let port = listener.at("Port").map(Val::words).unwrap_or_default();
    let protocol = listener.at("Protocol").map(Val::words).unwrap_or_default();
    let behind = model.resource(group)?.needed_by.iter().find(|u| {
        model
            .resource(u)
            .is_some_and(|r| matches!(r.kind.as_str(), "AWS::ECS::Service" | "AWS::AutoScaling::AutoScalingGroup"))
    });
    let mut steps = vec!["client".to_owned(), balancer, group.to_owned()];
    steps.extend(behind.cloned());
    Some(path(format!("{protocol} {port}").trim().to_owned(), steps))
}

/// The API events of a SAM template, from the text as written.
fn serverless(model: &Model, context: &Context<'_, '_>, written: &Node) -> Vec<RequestPath> {
    let mut out = Vec::new();
    let globals = written.at(&["Globals", "Function"]);
    for entry in written.get("Resources").and_then(Node::as_map).unwrap_or_default() {
        let Some(properties) = entry.value.get("Properties") else { continue };
        let kind = entry.value.get("Type").and_then(Node::as_str).unwrap_or_default();
        if kind != "AWS::Serverless::Function" && kind != "AWS::Serverless::StateMachine" {
            continue;
        }
        let id = &*entry.key.text;
        let alias =
            properties.get("AutoPublishAlias").or_else(|| globals?.get("AutoPublishAlias")).and_then(Node::as_str);
        for event in properties.get("Events").and_then(Node::as_map).unwrap_or_default() {
            let Some(body) = event.value.get("Properties") else { continue };
            let kind = event.value.get("Type").and_then(Node::as_str).unwrap_or_default();
            let (api, implicit) = match kind {
                "Api" => (body.get("RestApiId"), "ServerlessRestApi"),
                "HttpApi" => (body.get("ApiId"), "ServerlessHttpApi"),
                _ => continue,
            };
            let api = match api {
                Some(node) => context_ref(node).unwrap_or("the API"),
                None => implicit,
            };
            let text = |key: &str| body.get(key).and_then(Node::scalar_text);
            let method = text("Method").unwrap_or("any").to_uppercase();
            let trigger = format!("{method} {}", text("Path").unwrap_or("every path"));
            let mut steps = vec!["client".to_owned(), api.to_owned()];
            steps.extend(alias.map(|a| format!("alias {a}")));
            steps.extend(function(model, context, id));
            let mut one = path(trigger, steps);
            let limit =
                context.values.get(id).and_then(|v| v.literal_at("Timeout")).and_then(|t| t.parse::<u32>().ok());
            let patience = if kind == "HttpApi" { API_PATIENCE + 1 } else { API_PATIENCE };
            match limit {
                Some(limit) if limit > patience => {
                    one.notes
                        .push(format!("the API gives up after {patience} s, before the function's {limit} s are over"));
                }
                _ => one.notes.push(format!("the API gives up after {patience} s")),
            }
            out.push(one);
        }
    }
    out
}

fn context_ref(node: &Node) -> Option<&str> {
    crate::value::evaluate::referenced(node).or_else(|| node.as_str())
}

/// Why the transform makes a resource.
pub(super) fn because(id: &str, kind: &str, origin: &Origin, values: &BTreeMap<&str, Val<'_>>) -> String {
    let value = values.get(id);
    let text = |path: &str| value.and_then(|v| v.literal_at(path));
    let own = id == origin.id;
    match kind {
        _ if own => {
            let noun = super::sentences::noun(kind, 1);
            format!("the {noun} itself")
        }
        "AWS::IAM::Role" if origin.step.contains("DeploymentPreference") => "CodeDeploy acts with it".to_owned(),
        "AWS::IAM::Role" if id.ends_with("CloudWatchRole") => "its logs are on unless Logging is false".to_owned(),
        "AWS::IAM::Role" if id.ends_with("DataSourceRole") => "the data source has no ServiceRoleArn".to_owned(),
        "AWS::IAM::Role" => "no Role is given".to_owned(),
        "AWS::Lambda::Version" => "a new one each time the code changes".to_owned(),
        "AWS::Lambda::Alias" => "points at the newest version".to_owned(),
        "AWS::Lambda::Permission" => {
            let who = match text("Principal").as_deref() {
                Some("apigateway.amazonaws.com") => "API Gateway",
                Some("events.amazonaws.com") => "EventBridge",
                Some("s3.amazonaws.com") => "S3",
                Some("sns.amazonaws.com") => "SNS",
                _ => "the event's service",
            };
            format!("lets {who} call the function")
        }
        "AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api" => "an event without an API of its own".to_owned(),
        "AWS::ApiGateway::Deployment" => "a new one whenever a path changes".to_owned(),
        "AWS::ApiGateway::Stage" | "AWS::ApiGatewayV2::Stage" => match text("StageName") {
            Some(name) => format!("the API answers under stage {name}"),
            None => "the stage under which the API answers".to_owned(),
        },
        "AWS::Events::Rule" | "AWS::Scheduler::Schedule" => "the trigger".to_owned(),
        "AWS::Lambda::EventSourceMapping" => "Lambda polls the source".to_owned(),
        "AWS::SNS::Subscription" => "the function receives the topic's messages".to_owned(),
        "AWS::CodeDeploy::Application" | "AWS::CodeDeploy::DeploymentGroup" => {
            "traffic is moved step by step".to_owned()
        }
        "AWS::Lambda::Url" => "the function has an address of its own".to_owned(),
        "AWS::Lambda::EventInvokeConfig" => "settings for asynchronous calls".to_owned(),
        "AWS::IAM::ManagedPolicy" if origin.step.contains("onnector") => "the rights of a connector".to_owned(),
        _ => String::new(),
    }
}
