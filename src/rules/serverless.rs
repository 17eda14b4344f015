//! What the SAM transform passes on and the services behind it refuse. Rules about plain types see serverless resources
//! through what these become.

use crate::intrinsics::dynamic;
use crate::rule::shape::quoted;
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Family, rule};
use crate::schema::walk::places;
use crate::syntax::Node;
use crate::template::Resource;

rule!(
    SERVICE_WORD_UNKNOWN,
    "serverless" / "SL050",
    "service-word-unknown",
    Error,
    "a word that the service does not know: an S3 event, a type of endpoint, a schedule",
    [Check::Template(every_word)]
);
rule!(
    ROUTE_MALFORMED,
    "serverless" / "SL051",
    "route-malformed",
    Error,
    "an event of an API with a path or a method that does not exist",
    [Check::Resource(&["AWS::Serverless::Function", "AWS::Serverless::StateMachine"], routes)]
);
rule!(
    DEFAULT_AUTHORIZER_UNDEFINED,
    "serverless" / "SL052",
    "default-authorizer-undefined",
    Error,
    "a default authorizer that the API does not define",
    [Check::Resource(&["AWS::Serverless::Api", "AWS::Serverless::HttpApi"], default_authorizer)]
);
rule!(
    APPLICATION_UNKNOWN,
    "serverless" / "SL054",
    "application-unknown",
    Info,
    "an application of the Serverless Application Repository stays unknown",
    [Check::Resource(&["AWS::Serverless::Application"], application)]
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&SERVICE_WORD_UNKNOWN, &ROUTE_MALFORMED, &DEFAULT_AUTHORIZER_UNDEFINED, &APPLICATION_UNKNOWN],
    checks: &[],
};

/// The events of `NotificationConfiguration`.
const S3_EVENTS: &[&str] = &[
    "s3:ObjectCreated:*",
    "s3:ObjectCreated:Put",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectRemoved:*",
    "s3:ObjectRemoved:Delete",
    "s3:ObjectRemoved:DeleteMarkerCreated",
    "s3:ObjectRestore:*",
    "s3:ObjectRestore:Post",
    "s3:ObjectRestore:Completed",
    "s3:ObjectRestore:Delete",
    "s3:ReducedRedundancyLostObject",
    "s3:Replication:*",
    "s3:Replication:OperationFailedReplication",
    "s3:Replication:OperationMissedThreshold",
    "s3:Replication:OperationReplicatedAfterThreshold",
    "s3:Replication:OperationNotTracked",
    "s3:LifecycleExpiration:*",
    "s3:LifecycleExpiration:Delete",
    "s3:LifecycleExpiration:DeleteMarkerCreated",
    "s3:LifecycleTransition",
    "s3:IntelligentTiering",
    "s3:ObjectTagging:*",
    "s3:ObjectTagging:Put",
    "s3:ObjectTagging:Delete",
    "s3:ObjectAcl:Put",
];

const FILTER_NAMES: &[&str] = &["prefix", "suffix"];
const ENDPOINTS: &[&str] = &["EDGE", "REGIONAL", "PRIVATE"];
const LOG_LEVELS: &[&str] = &["OFF", "ERROR", "INFO"];

/// (type, path, words, what such a word is, whether capitals count).
type Words = (&'static str, &'static [&'static str], &'static [&'static str], &'static str, bool);

/// Words that the facts about the types leave open.
const WORDS: &[Words] = &[
    ("AWS::S3::Bucket", &["NotificationConfiguration", "LambdaConfigurations", "*", "Event"], S3_EVENTS, S3, true),
    ("AWS::S3::Bucket", &["NotificationConfiguration", "QueueConfigurations", "*", "Event"], S3_EVENTS, S3, true),
    ("AWS::S3::Bucket", &["NotificationConfiguration", "TopicConfigurations", "*", "Event"], S3_EVENTS, S3, true),
    ("AWS::S3::Bucket", &filter("LambdaConfigurations"), FILTER_NAMES, FILTER, false),
    ("AWS::S3::Bucket", &filter("QueueConfigurations"), FILTER_NAMES, FILTER, false),
    ("AWS::S3::Bucket", &filter("TopicConfigurations"), FILTER_NAMES, FILTER, false),
    ("AWS::ApiGateway::RestApi", &["EndpointConfiguration", "Types", "*"], ENDPOINTS, ENDPOINT, true),
    ("AWS::ApiGateway::DomainName", &["EndpointConfiguration", "Types", "*"], ENDPOINTS, ENDPOINT, true),
    ("AWS::ApiGateway::Stage", &["MethodSettings", "*", "LoggingLevel"], LOG_LEVELS, LEVEL, false),
];

const S3: &str = "event of S3";
const FILTER: &str = "name of a key filter";
const ENDPOINT: &str = "type of endpoint";
const LEVEL: &str = "log level of API Gateway";

const fn filter(list: &'static str) -> [&'static str; 7] {
    ["NotificationConfiguration", list, "*", "Filter", "S3Key", "Rules", "*"]
}

/// The text that a value certainly is.
fn literal(node: &Node) -> Option<&str> {
    node.as_str().filter(|text| !dynamic::contains(text) && !text.contains("${"))
}

fn every_word(cx: &mut Context<'_>) {
    let template = cx.template;
    for resource in template.resources.iter() {
        words(resource, cx);
        forms(resource, cx);
    }
}

fn words<'a>(resource: &Resource<'a>, cx: &mut Context<'a>) {
    let Some(kind) = resource.kind() else { return };
    for (_, path, known, what, exact) in WORDS.iter().filter(|w| w.0 == kind) {
        let around = cx.surroundings();
        for place in places(resource, path, around) {
            let node = if *what == FILTER { place.node.get("Name") } else { Some(place.node) };
            let Some((node, text)) = node.and_then(|n| Some((n, literal(n)?))) else { continue };
            if known.iter().any(|k| *k == text || !exact && k.eq_ignore_ascii_case(text)) {
                continue;
            }
            let help = match nearest(text, known.iter().copied()) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => format!("Known are {}.", quoted(known)),
            };
            cx.report(&SERVICE_WORD_UNKNOWN, node.span, format!("`{text}` is no {what}")).help(help);
        }
    }
}

const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "any"];
/// The name of any method in documents.
const ANY_METHOD: &str = "x-amazon-apigateway-any-method";

fn routes(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(events) = resource.properties().and_then(|p| p.get("Events")).and_then(Node::as_map) else { return };
    for event in events {
        let kind = event.value.get("Type").and_then(Node::as_str).unwrap_or_default();
        if !matches!(kind, "Api" | "HttpApi") {
            continue;
        }
        let property = |name: &str| event.value.at(&["Properties", name]).and_then(|n| Some((n, literal(n)?)));
        let default = |text: &str| kind == "HttpApi" && text == "$default";
        if let Some((node, path)) = property("Path").filter(|(_, path)| !path.starts_with('/') && !default(path)) {
            let message = format!("`{path}` is no path of an API: it must begin with `/`");
            cx.report(&ROUTE_MALFORMED, node.span, message).help(format!("Write `/{path}`."));
        }
        if let Some((node, method)) = property("Method") {
            let lower = method.to_lowercase();
            if METHODS.contains(&&*lower) || lower == ANY_METHOD || default(method) {
                continue;
            }
            let help = match nearest(&lower, METHODS.iter().copied()) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => format!("Methods are {}.", quoted(METHODS)),
            };
            cx.report(&ROUTE_MALFORMED, node.span, format!("`{method}` is no method of an API")).help(help);
        }
    }
}

fn default_authorizer(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let group = resource.kind().and_then(|k| k.strip_prefix("AWS::Serverless::")).unwrap_or_default();
    let Some(auth) = resource.properties().and_then(|p| p.get("Auth")) else { return };
    let Some((node, name)) = auth.get("DefaultAuthorizer").and_then(|n| Some((n, literal(n)?))) else { return };
    let globals = cx.template.root.at(&["Globals", group, "Auth", "Authorizers"]);
    let lists = [auth.get("Authorizers"), globals];
    let known: Vec<&str> =
        lists.iter().flatten().flat_map(|l| l.as_map().unwrap_or_default()).map(|e| &*e.key.text).collect();
    let open = lists.iter().flatten().any(|l| l.as_map().is_none());
    if open || known.contains(&name) || matches!(name, "AWS_IAM" | "NONE") {
        return;
    }
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("Did you mean `{near}`?"),
        None => "Define it under `Auth.Authorizers`.".to_owned(),
    };
    cx.report(&DEFAULT_AUTHORIZER_UNDEFINED, node.span, format!("the API defines no authorizer `{name}`")).help(help);
}

/// Whether a text is a schedule of EventBridge Scheduler.
fn is_schedule(text: &str) -> bool {
    let inside = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if let Some(rate) = inside("rate") {
        let unit = |unit: &str| ["minute", "hour", "day"].contains(&unit.strip_suffix('s').unwrap_or(unit));
        return rate.split_once(' ').is_some_and(|(value, u)| digits(value) && unit(u));
    }
    if let Some(cron) = inside("cron") {
        return cron.split_whitespace().count() == 6;
    }
    // yyyy-mm-ddThh:mm:ss
    inside("at").is_some_and(|at| {
        at.len() == 19
            && at.bytes().zip("0000-00-00T00:00:00".bytes()).all(|(b, form)| match form {
                b'0' => b.is_ascii_digit(),
                mark => b == mark,
            })
    })
}

fn is_stage(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn is_http_stage(text: &str) -> bool {
    text == "$default" || is_stage(text)
}

/// (type, path, whether a text has the right form, what is wrong when not, what to do).
type Form = (&'static str, &'static [&'static str], fn(&str) -> bool, &'static str, &'static str);

/// Texts whose form the facts about the types leave open.
const FORMS: &[Form] = &[
    (
        "AWS::Scheduler::Schedule",
        &["ScheduleExpression"],
        is_schedule,
        "is no schedule",
        "It looks like `rate(5 minutes)`, `cron(0 12 * * ? *)` or `at(2026-12-24T18:00:00)`.",
    ),
    ("AWS::ApiGateway::Stage", &["StageName"], is_stage, "is no name of a stage", "Use letters, digits, `-` and `_`."),
    (
        "AWS::ApiGatewayV2::Stage",
        &["StageName"],
        is_http_stage,
        "is no name of a stage",
        "Use letters, digits, `-` and `_`, or `$default`.",
    ),
];

fn forms<'a>(resource: &Resource<'a>, cx: &mut Context<'a>) {
    let Some(kind) = resource.kind() else { return };
    for (_, path, good, what, help) in FORMS.iter().filter(|f| f.0 == kind) {
        let around = cx.surroundings();
        for place in places(resource, path, around) {
            if let Some(text) = literal(place.node).filter(|t| !good(t)) {
                cx.report(&SERVICE_WORD_UNKNOWN, place.node.span, format!("`{text}` {what}")).help(*help);
            }
        }
    }
}

/// An application whose template cannot be read here.
fn application(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(location) = resource.properties().and_then(|p| p.entry("Location")) else { return };
    let Some(id) = location.value.get("ApplicationId") else { return };
    let named = id.as_str().and_then(|arn| arn.rsplit('/').next()).map(|name| format!("`{name}`"));
    let what = named.unwrap_or_else(|| "the application".to_owned());
    let message = format!("{what} is in the Serverless Application Repository, so the nested stack stays unknown");
    cx.report(&APPLICATION_UNKNOWN, location.key.span, message)
        .help("Its parameters and outputs, and the resources that it makes, are not checked.");
}
