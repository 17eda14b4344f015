//! What the roles of functions and tasks have to be allowed, by what the functions and tasks are to do.

use super::{
    EXECUTION_ROLE_LACKS, KEY_NOT_USABLE, Memo, NETWORK_NOT_ALLOWED, SOURCE_NOT_READABLE, TARGET_NOT_ALLOWED,
    TRACES_NOT_ALLOWED, list,
};
use crate::conditions::Pins;
use crate::diagnostic::{Applicability, Diagnostic, Edit, Severity};
use crate::policy::matching::Part;
use crate::policy::role::{Access, Scene};
use crate::policy::{Answer, Effect, Target};
use crate::resolve::Case;
use crate::rule::linking::{cases, joined, mentioned, named, say};
use crate::rule::{Context, Rule};
use crate::syntax::{Node, Style};
use crate::template::Resource;
use std::rc::Rc;

const FUNCTION: &str = "AWS::Lambda::Function";

/// The function that a value names, itself or by an alias or version of it.
fn function<'a>(case: &Case<'a>, cx: &Context<'a>) -> Option<Resource<'a>> {
    let (mut found, _) = named(case, cx)?;
    for _ in 0..2 {
        match found.kind()? {
            FUNCTION => return Some(found),
            "AWS::Lambda::Alias" | "AWS::Lambda::Version" => {
                let all = cases(&found, "FunctionName", &case.pins, cx);
                let [only] = all.as_slice() else { return None };
                found = named(only, cx)?.0;
            }
            _ => return None,
        }
    }
    None
}

/// A role with what it may do, in one case.
struct Held<'a> {
    role: Resource<'a>,
    access: Rc<Access>,
    pins: Pins,
}

/// The roles of the template that a property names.
fn roles<'a>(resource: &Resource<'a>, path: &str, pins: &Pins, memo: &mut Memo, cx: &Context<'a>) -> Vec<Held<'a>> {
    let mut found = Vec::new();
    for case in cases(resource, path, pins, cx) {
        let role = case.node().and_then(|node| Scene::new(cx.resolver(), &case.pins).role(node));
        let Some(role) = role else { continue };
        let Some(pins) = cx.resolver().existing(&role, &case.pins) else { continue };
        if let Some(access) = memo.of_role(&role, &pins, cx) {
            found.push(Held { role, access, pins });
        }
    }
    found
}

impl<'a> Held<'a> {
    fn lacking<'t>(&self, actions: &[&'t str], target: Target<'_>, cx: &Context<'a>) -> Vec<&'t str> {
        Scene::new(cx.resolver(), &self.pins).lacking(&self.access, actions, target)
    }
}

/// What is to be allowed, and what to say when it is not.
struct Wanted<'w> {
    rule: &'static Rule,
    message: String,
    missing: &'w [&'w str],
    on: String,
    managed: &'static str,
}

fn report<'c, 'a>(
    wanted: &Wanted<'_>,
    at: &Case<'a>,
    held: &Held<'a>,
    cx: &'c mut Context<'a>,
) -> Option<&'c mut Diagnostic> {
    let edits = match wanted.managed {
        "" => None,
        name => with_managed(&held.role, name, cx),
    };
    let finding = say(wanted.rule, at, &held.pins, wanted.message.clone(), cx)?;
    finding.label(held.role.key.span, "the role");
    let actions = list(wanted.missing);
    let own = format!("allow {actions} on {}", wanted.on);
    let name = wanted.managed.rsplit('/').next().unwrap_or_default();
    let help = match name {
        "" => format!("In a policy of the role, {own}."),
        name => format!("Give the role the managed policy `{name}`, or {own}."),
    };
    finding.help(help).fix_by(Applicability::Unsafe, format!("give the role `{name}`"), edits);
    Some(finding)
}

/// The edits that give a role of the file a managed policy of AWS.
fn with_managed(role: &Resource<'_>, name: &str, cx: &Context<'_>) -> Option<Vec<Edit>> {
    let properties = role.properties()?;
    let entries = properties.as_map()?;
    let first = entries.first()?;
    let json = first.key.style == Style::DoubleQuoted;
    let arn = format!("arn:aws:iam::aws:policy/{name}");
    let arn = if json { format!("\"{arn}\"") } else { arn };
    if let Some(entry) = properties.entry("ManagedPolicyArns") {
        let last = entry.value.as_list()?.last()?;
        if !last.is_scalar() {
            return None;
        }
        let text = if entry.value.style == Style::Flow {
            format!(", {arn}")
        } else {
            format!("\n{}- {arn}", indent(last.span.start.saturating_sub(2), cx)?)
        };
        let end = last.span.end;
        return Some(vec![Edit { span: crate::source::Span { start: end, end }, text }]);
    }
    let start = first.key.span.start;
    let text = match (json, properties.style == Style::Flow) {
        (true, _) => format!("\"ManagedPolicyArns\": [{arn}], "),
        (false, true) => format!("ManagedPolicyArns: [{arn}], "),
        (false, false) => format!("ManagedPolicyArns:\n{0}  - {arn}\n{0}", indent(start, cx)?),
    };
    Some(vec![Edit { span: crate::source::Span { start, end: start }, text }])
}

/// The blanks before a place that is the first of its line.
fn indent(start: u32, cx: &Context<'_>) -> Option<String> {
    let file = &cx.document.file;
    let line = file.line_span(file.position(start).line);
    let before = file.slice(crate::source::Span { start: line.start, end: start });
    before.bytes().all(|b| b == b' ').then(|| before.to_owned())
}

/// A source of events: type, attribute, its part, what reading it needs, the managed policy for that.
const SOURCES: &[(&str, &str, Part, &[&str], &str)] = &[
    (
        "AWS::SQS::Queue",
        "Arn",
        Part::Itself,
        &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        "service-role/AWSLambdaSQSQueueExecutionRole",
    ),
    (
        "AWS::DynamoDB::Table",
        "StreamArn",
        Part::Stream,
        &["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"],
        "service-role/AWSLambdaDynamoDBExecutionRole",
    ),
    (
        "AWS::Kinesis::Stream",
        "Arn",
        Part::Itself,
        &["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream"],
        "service-role/AWSLambdaKinesisExecutionRole",
    ),
];

/// A mapping: its function reads the source with its role.
pub(super) fn source<'a>(mapping: &Resource<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    for [source, reader] in joined([(mapping, "EventSourceArn"), (mapping, "FunctionName")], &Pins::none(), cx) {
        let Some((target, Some(attribute))) = named(&source, cx) else { continue };
        let row = SOURCES.iter().find(|row| target.kind() == Some(row.0) && row.1 == attribute);
        let (Some((_, _, part, actions, managed)), Some(function)) = (row, function(&reader, cx)) else { continue };
        for held in roles(&function, "Role", &reader.pins, memo, cx) {
            let missing = held.lacking(actions, Target::part(&target, *part), cx);
            if missing.is_empty() || memo.lets_identities(&target, actions[0], &held.pins, cx) {
                continue;
            }
            let message = format!(
                "`{}` reads `{}` with role `{}`, which does not allow {}",
                function.id(),
                target.id(),
                held.role.id(),
                list(&missing)
            );
            let on = format!("`!GetAtt {}.{attribute}`", target.id());
            report(&Wanted { rule: &SOURCE_NOT_READABLE, message, missing: &missing, on, managed }, &source, &held, cx);
        }
    }
}

/// What sending to a type needs.
const RECEIVERS: &[(&str, &str, Part)] = &[
    ("AWS::Events::EventBus", "events:PutEvents", Part::Itself),
    (FUNCTION, "lambda:InvokeFunction", Part::Itself),
    ("AWS::S3::Bucket", "s3:PutObject", Part::Below),
    ("AWS::SNS::Topic", "sns:Publish", Part::Itself),
    ("AWS::SQS::Queue", "sqs:SendMessage", Part::Itself),
];

fn sends<'a>(
    of: &Resource<'a>,
    path: &str,
    function: &Resource<'a>,
    pins: &Pins,
    memo: &mut Memo,
    cx: &mut Context<'a>,
) {
    for case in cases(of, path, pins, cx) {
        let Some((target, _)) = named(&case, cx) else { continue };
        let Some((_, action, part)) = RECEIVERS.iter().find(|r| target.kind() == Some(r.0)) else { continue };
        for held in roles(function, "Role", &case.pins, memo, cx) {
            let missing = held.lacking(&[action], Target::part(&target, *part), cx);
            if missing.is_empty() || memo.lets_identities(&target, action, &held.pins, cx) {
                continue;
            }
            let message = format!(
                "what `{}` hands on goes to `{}`, but its role `{}` does not allow `{action}`",
                function.id(),
                target.id(),
                held.role.id(),
            );
            let on = format!("`{}`", target.id());
            report(
                &Wanted { rule: &TARGET_NOT_ALLOWED, message, missing: &missing, on, managed: "" },
                &case,
                &held,
                cx,
            );
        }
    }
}

/// The places that a mapping or an invoke configuration sends to.
pub(super) fn destinations<'a>(resource: &Resource<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    for reader in cases(resource, "FunctionName", &Pins::none(), cx) {
        let Some(function) = function(&reader, cx) else { continue };
        for path in ["DestinationConfig.OnFailure.Destination", "DestinationConfig.OnSuccess.Destination"] {
            sends(resource, path, &function, &reader.pins, memo, cx);
        }
    }
}

/// A function: its dead letters, its network, its traces.
pub(super) fn of_function<'a>(function: &Resource<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    sends(function, "DeadLetterConfig.TargetArn", function, &Pins::none(), memo, cx);
    network(function, memo, cx);
    traces(function, memo, cx);
}

const NETWORK: &[&str] = &["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"];

fn network<'a>(function: &Resource<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    for subnets in cases(function, "VpcConfig.SubnetIds", &Pins::none(), cx) {
        if subnets.node().is_none_or(|node| node.as_list().is_some_and(<[Node]>::is_empty)) {
            continue;
        }
        for held in roles(function, "Role", &subnets.pins, memo, cx) {
            let missing = held.lacking(NETWORK, Target::Any, cx);
            if missing.is_empty() {
                continue;
            }
            let message = format!(
                "`{}` is to run in a VPC, but its role `{}` does not allow {}",
                function.id(),
                held.role.id(),
                list(&missing)
            );
            let managed = "service-role/AWSLambdaVPCAccessExecutionRole";
            let refused = missing.contains(&NETWORK[0]);
            let on = "`*`".to_owned();
            let wanted = Wanted { rule: &NETWORK_NOT_ALLOWED, message, missing: &missing, on, managed };
            if let Some(finding) = report(&wanted, &subnets, &held, cx)
                && !refused
            {
                finding.severity = Severity::Warning;
            }
        }
    }
}

fn traces<'a>(function: &Resource<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    for mode in cases(function, "TracingConfig.Mode", &Pins::none(), cx) {
        if mode.text() != Some("Active") {
            continue;
        }
        for held in roles(function, "Role", &mode.pins, memo, cx) {
            let actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"];
            let missing = held.lacking(&actions, Target::Any, cx);
            if missing.len() < actions.len() {
                continue;
            }
            let message =
                format!("`{}` is traced, but its role `{}` may not send traces", function.id(), held.role.id());
            let on = "`*`".to_owned();
            let managed = "AWSXRayDaemonWriteAccess";
            report(&Wanted { rule: &TRACES_NOT_ALLOWED, message, missing: &missing, on, managed }, &mode, &held, cx);
        }
    }
}

const PULL: &[&str] = &["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/// A task definition: what ECS does before the containers run.
pub(super) fn task<'a>(task: &Resource<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    for held in roles(task, "ExecutionRoleArn", &Pins::none(), memo, cx) {
        let managed = "service-role/AmazonECSTaskExecutionRolePolicy";
        for image in cases(task, "ContainerDefinitions.*.Image", &held.pins, cx) {
            if image.node().is_some_and(|node| is_of_ecr(node, cx)) {
                needed(&image, PULL, "pulls its image from ECR", managed, task, &held, cx);
            }
        }
        // On machines of one's own, these write the logs with their role.
        let fargate = cases(task, "RequiresCompatibilities.*", &held.pins, cx);
        let fargate = fargate.iter().any(|case| case.text() == Some("FARGATE"));
        for driver in cases(task, "ContainerDefinitions.*.LogConfiguration.LogDriver", &held.pins, cx) {
            if driver.text() == Some("awslogs") && fargate {
                let actions = ["logs:CreateLogStream", "logs:PutLogEvents"];
                needed(&driver, &actions, "writes its logs to CloudWatch", managed, task, &held, cx);
            }
        }
        for secret in cases(task, "ContainerDefinitions.*.Secrets.*.ValueFrom", &held.pins, cx) {
            let kind = named(&secret, cx).and_then(|(target, _)| target.kind());
            let text = secret.text().unwrap_or_default();
            if kind == Some("AWS::SecretsManager::Secret") || text.contains(":secretsmanager:") {
                needed(&secret, &["secretsmanager:GetSecretValue"], "reads a secret", "", task, &held, cx);
            } else if kind == Some("AWS::SSM::Parameter") || text.contains(":ssm:") {
                needed(&secret, &["ssm:GetParameters"], "reads a parameter", "", task, &held, cx);
            }
        }
    }
}

fn is_of_ecr<'a>(node: &'a Node, cx: &Context<'a>) -> bool {
    let mut found = false;
    node.walk(&mut |part| found |= part.as_str().is_some_and(|text| text.contains(".dkr.ecr.")));
    found || !mentioned(node, "AWS::ECR::Repository", cx).is_empty()
}

/// Only what no statement at all allows: which repository, group or secret it is does not matter.
fn needed<'a>(
    at: &Case<'a>,
    actions: &[&str],
    does: &str,
    managed: &'static str,
    task: &Resource<'a>,
    held: &Held<'a>,
    cx: &mut Context<'a>,
) {
    let missing = held.lacking(actions, Target::Any, cx);
    if missing.is_empty() {
        return;
    }
    let (id, role) = (task.id(), held.role.id());
    let message =
        format!("a container of `{id}` {does}, but its execution role `{role}` does not allow {}", list(&missing));
    let wanted =
        Wanted { rule: &EXECUTION_ROLE_LACKS, message, missing: &missing, on: "what it uses".to_owned(), managed };
    report(&wanted, at, held, cx);
}

/// What needs which right on the key of a bucket.
const USES: &[(&str, &str)] = &[("s3:PutObject", "kms:GenerateDataKey"), ("s3:GetObject", "kms:Decrypt")];

/// A bucket with a key of the template: those who may read or write objects must be allowed to use the key.
pub(super) fn bucket_key<'a>(bucket: &Resource<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    let path = "BucketEncryption.ServerSideEncryptionConfiguration.*.ServerSideEncryptionByDefault.KMSMasterKeyID";
    for case in cases(bucket, path, &Pins::none(), cx) {
        let keys = case.node().map(|node| mentioned(node, "AWS::KMS::Key", cx)).unwrap_or_default();
        let [key] = keys.as_slice() else { continue };
        let users: Vec<Resource<'a>> = cx.resources_of("AWS::IAM::Role").copied().collect();
        for role in users {
            let Some(pins) = cx.resolver().existing(&role, &case.pins) else { continue };
            let Some(access) = memo.of_role(&role, &pins, cx) else { continue };
            if access.whole {
                uses_key([bucket, key], &Held { role, access, pins }, memo, cx);
            }
        }
    }
}

fn uses_key<'a>([bucket, key]: [&Resource<'a>; 2], held: &Held<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    let objects = Target::part(bucket, Part::Below);
    for (action, wanted) in USES {
        if held.lacking(&[wanted], Target::of(key), cx).is_empty() {
            continue;
        }
        let kinds = Scene::new(cx.resolver(), &held.pins).kinds();
        let grants = |s: &&crate::policy::Statement| {
            s.effect == Some(Effect::Allow)
                && s.is_about(action, objects, &kinds) == Answer::Yes
                && s.resources.as_ref().is_some_and(|r| r.items.iter().any(|i| i.resource() == Some(bucket.id())))
        };
        let Some(span) = held.access.statements().find(grants).map(|s| s.span) else { continue };
        if memo.key_names(key, &held.role, wanted, &held.pins, cx) {
            continue;
        }
        let (role, id) = (held.role.id(), key.id());
        let message = format!(
            "`{role}` is allowed `{action}` in `{}`, whose key is `{id}`, but not `{wanted}` with that key",
            bucket.id()
        );
        super::once(&KEY_NOT_USABLE, span, message, cx, |finding| {
            finding
                .label(key.key.span, "the key of the bucket")
                .help(format!("Add a statement that allows `{wanted}` on `!GetAtt {id}.Arn`."));
        });
        return;
    }
}
