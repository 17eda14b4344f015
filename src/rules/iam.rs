//! IAM policies: those of identities, of resources, of repositories, and those that say who may take on a role.

mod actions;
mod targets;

use crate::diagnostic::Diagnostic;
use crate::intrinsics::dynamic;
use crate::rule::{Check, Context, Family, Rule, resolved, rule, violations};
use crate::schema::store;
use crate::schema::walk::{Kind, Place, Violation, places};
use crate::source::Span;
use crate::syntax::{Node, embedded};
use crate::template::Resource;

rule!(
    IDENTITY_POLICY_INVALID,
    "iam" / "E3510",
    "identity-policy-invalid",
    Error,
    "a policy of a user, group, role or permission set is malformed"
);
rule!(ROLE_ARN_EXPECTED, "iam" / "E3511", "role-arn-expected", Error, "a text where the ARN of a role is needed");
rule!(
    RESOURCE_POLICY_INVALID,
    "iam" / "E3512",
    "resource-policy-invalid",
    Error,
    "a policy of a resource is malformed"
);
rule!(
    REPOSITORY_POLICY_INVALID,
    "iam" / "E3513",
    "repository-policy-invalid",
    Error,
    "a policy of an image repository is malformed"
);
rule!(
    POLICY_RESOURCE_MALFORMED,
    "iam" / "E3514",
    "policy-resource-malformed",
    Error,
    "a resource policy names something that is no ARN"
);
rule!(
    TRUST_POLICY_INVALID,
    "iam" / "E3530",
    "trust-policy-invalid",
    Error,
    "a policy that says who may take on a role is malformed"
);
rule!(POLICY_VERSION_OLD, "iam" / "W2511", "policy-version-old", Warning, "a policy in the old policy language");
rule!(
    ACTION_UNKNOWN,
    "iam" / "W3037",
    "action-unknown",
    Warning,
    "a policy names an action or a service that does not exist"
);

rule!(
    ACTION_WITHOUT_RESOURCE,
    "iam" / "I3510",
    "action-without-resource",
    Info,
    "a statement names an action that works on none of its resources"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &IDENTITY_POLICY_INVALID,
        &ROLE_ARN_EXPECTED,
        &RESOURCE_POLICY_INVALID,
        &REPOSITORY_POLICY_INVALID,
        &POLICY_RESOURCE_MALFORMED,
        &TRUST_POLICY_INVALID,
        &POLICY_VERSION_OLD,
        &ACTION_UNKNOWN,
        &ACTION_WITHOUT_RESOURCE,
    ],
    checks: &[Check::Template(policies), Check::Template(role_arns)],
};

/// What kind of policy stands where.
struct Policy {
    kind: &'static str,
    path: &'static [&'static str],
    rule: &'static Rule,
    schema: &'static str,
}

const fn identity(kind: &'static str, path: &'static [&'static str]) -> Policy {
    Policy { kind, path, rule: &IDENTITY_POLICY_INVALID, schema: "other/iam/policy_identity" }
}

const fn of_resource(kind: &'static str, path: &'static [&'static str]) -> Policy {
    Policy { kind, path, rule: &RESOURCE_POLICY_INVALID, schema: "other/iam/policy_resource" }
}

const INLINE: &[&str] = &["Policies", "*", "PolicyDocument"];
const POLICIES: &[Policy] = &[
    identity("AWS::IAM::Group", INLINE),
    identity("AWS::IAM::Role", INLINE),
    identity("AWS::IAM::User", INLINE),
    identity("AWS::IAM::ManagedPolicy", &["PolicyDocument"]),
    identity("AWS::IAM::Policy", &["PolicyDocument"]),
    identity("AWS::IAM::GroupPolicy", &["PolicyDocument"]),
    identity("AWS::IAM::RolePolicy", &["PolicyDocument"]),
    identity("AWS::IAM::UserPolicy", &["PolicyDocument"]),
    identity("AWS::SSO::PermissionSet", &["InlinePolicy"]),
    of_resource("AWS::KMS::Key", &["KeyPolicy"]),
    of_resource("AWS::OpenSearchService::Domain", &["AccessPolicies"]),
    of_resource("AWS::S3::BucketPolicy", &["PolicyDocument"]),
    of_resource("AWS::SNS::TopicPolicy", &["PolicyDocument"]),
    of_resource("AWS::SQS::QueuePolicy", &["PolicyDocument"]),
    Policy {
        kind: "AWS::ECR::Repository",
        path: &["RepositoryPolicyText"],
        rule: &REPOSITORY_POLICY_INVALID,
        schema: "other/iam/policy_resource_ecr",
    },
    Policy {
        kind: "AWS::IAM::Role",
        path: &["AssumeRolePolicyDocument"],
        rule: &TRUST_POLICY_INVALID,
        schema: "other/iam/policy_trust",
    },
];

fn policies(cx: &mut Context<'_>) {
    for resource in cx.template.resources.iter() {
        let Some(kind) = resource.kind() else { continue };
        for policy in POLICIES.iter().filter(|p| p.kind == kind) {
            for place in found(resource, policy.path, cx) {
                check(policy, &place, cx);
            }
        }
    }
}

fn found<'a>(resource: &Resource<'a>, path: &[&str], cx: &Context<'a>) -> Vec<Place<'a>> {
    places(resource, path, cx.surroundings())
}

fn check<'a>(policy: &Policy, place: &Place<'a>, cx: &mut Context<'a>) {
    let Some(schema) = store::named(policy.schema) else { return };
    let start = cx.findings.list.len();
    let around = cx.surroundings();
    if place.node.as_str().is_some() {
        let Some(document) = embedded::json(&cx.document.file, place.node) else { return };
        let violations = place.with(&document).check(schema, around);
        say(policy, violations, cx);
        contents(policy, &document, place.key, cx);
        // In the file the text is one value.
        for diagnostic in &mut cx.findings.list[start..] {
            diagnostic.reference_at(place.key);
            diagnostic.children.iter_mut().for_each(|child| child.reference_span = Some(place.key));
        }
    } else {
        let violations = place.check_resolving(schema, around);
        say(policy, violations, cx);
        contents(policy, place.node, place.key, cx);
    }
}

fn say(policy: &Policy, found: Vec<Violation>, cx: &mut Context<'_>) {
    for violation in found {
        // The statements of a bucket policy may share their names.
        if policy.kind == "AWS::S3::BucketPolicy" && matches!(violation.kind, Kind::RepeatedKeys { .. }) {
            continue;
        }
        let Some(mut diagnostic) = diagnostic(policy, &violation, cx) else { continue };
        if let Some((message, help)) = about_principals(&violation) {
            diagnostic.message = message;
            diagnostic.help(help);
        }
        cx.findings.list.push(diagnostic);
    }
}

/// The finding of a violation and of what is nested in it; `None` when another rule answers for the function at fault.
fn diagnostic(policy: &Policy, violation: &Violation, cx: &Context<'_>) -> Option<Diagnostic> {
    let rule = match (&violation.kind, &violation.resolved) {
        (Kind::FunctionOutput { .. } | Kind::OtherFormat { .. }, _) => return None,
        // Inside alternatives a value that a function gives counts as unknown.
        (Kind::AnyOf | Kind::OneOf { .. }, Some(_)) => return None,
        (_, Some(resolved)) => crate::rules::find(resolved::rule_id(resolved.function)?)?,
        (_, None) => policy.rule,
    };
    let mut found = violations::diagnostic(rule, violation, &cx.document.file);
    resolved::explain(&mut found, violation);
    found.children = violation.children.iter().filter_map(|child| diagnostic(policy, child, cx)).collect();
    Some(found)
}

/// Better words for what is wrong with a principal.
fn about_principals(violation: &Violation) -> Option<(String, &'static str)> {
    match &violation.kind {
        Kind::Const { found, .. } if violation.property == "Principal" || violation.property == "NotPrincipal" => {
            Some((
                format!("`{}` as a text can only be `*`, found `{found}`", violation.property),
                "Say what kind of principal it is: `AWS: arn:aws:iam::123456789012:root`, `Service: lambda.amazonaws.com`.",
            ))
        }
        Kind::AnyOf if violation.property == "AWS" => {
            let found = violation.children.iter().find_map(|child| match &child.kind {
                Kind::Pattern { found, .. } => Some(found),
                _ => None,
            })?;
            Some((
                format!("`{found}` is no principal of an AWS account"),
                "Write an account number, the ARN of an account, user or role, or `*`.",
            ))
        }
        _ => None,
    }
}

/// What the schemas do not say.
fn contents(policy: &Policy, document: &Node, key: Span, cx: &mut Context<'_>) {
    if let Some(entry) = document.entry("Version") {
        each(&entry.value, entry.key.span, false, &mut |version, _| {
            if version.as_str() == Some("2008-10-17") {
                let message = "the policy version `2008-10-17` is the old one: policy variables are plain text in it";
                cx.report(&POLICY_VERSION_OLD, version.span, message).help("Write `2012-10-17`.");
            }
        });
    }
    let Some(statements) = document.get("Statement") else { return };
    let of_resources = !matches!(policy.schema, "other/iam/policy_trust" | "other/iam/policy_resource_ecr");
    each(statements, key, true, &mut |statement, _| {
        if of_resources {
            targets::check(statement, cx);
        }
        for entry in statement.as_map().unwrap_or_default() {
            match &*entry.key.text {
                "Action" | "NotAction" => {
                    each(&entry.value, entry.key.span, true, &mut |action, _| {
                        actions::check(policy.kind, action, entry.key.span, cx);
                    });
                }
                "Resource" | "NotResource" if policy.rule.id == RESOURCE_POLICY_INVALID.id => {
                    each(&entry.value, entry.key.span, true, &mut |node, _| resource_arn(policy.kind, node, cx));
                }
                _ => {}
            }
        }
    });
}

/// A value, the items of a list if `items`, the branches of every `Fn::If`; each with its key or its start.
fn each<'n>(node: &'n Node, key: Span, items: bool, visit: &mut dyn FnMut(&'n Node, Span)) {
    let start = |node: &Node| Span { start: node.span.start, end: node.span.start };
    match (node.as_list(), node.as_call()) {
        (Some(list), _) if items => list.iter().for_each(|item| each(item, start(item), false, visit)),
        (_, Some(call)) if call.function == crate::intrinsics::Intrinsic::If => {
            for branch in call.argument.as_list().unwrap_or_default().iter().skip(1) {
                each(branch, start(branch), items, visit);
            }
        }
        _ => visit(node, key),
    }
}

fn resource_arn(kind: &str, node: &Node, cx: &mut Context<'_>) {
    let Some(text) = node.as_str().filter(|t| !dynamic::contains(t)) else { return };
    if text == "*" {
        if kind == "AWS::S3::BucketPolicy" {
            let message = "a bucket policy must name the bucket or its objects, found `*`";
            let help = "Write `arn:aws:s3:::name` for the bucket, `arn:aws:s3:::name/*` for its objects.";
            cx.report(&POLICY_RESOURCE_MALFORMED, node.span, message).help(help);
        }
    } else if !is_resource_arn(text) {
        let message = format!("`{text}` is no ARN");
        let help = "An ARN looks like `arn:aws:sqs:eu-west-1:123456789012:orders`.";
        cx.report(&POLICY_RESOURCE_MALFORMED, node.span, message).help(help);
    }
}

fn is_resource_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, _region, rest @ ..] = parts.as_slice() else { return false };
    *arn == "arn"
        && (*partition == "*" || is_partition(partition))
        && !service.is_empty()
        && match rest {
            [] => true,
            [account, resource] => {
                (account.is_empty() || *account == "*" || *account == "aws" || is_account(account))
                    && !resource.is_empty()
            }
            _ => false,
        }
}

fn is_partition(text: &str) -> bool {
    text.strip_prefix("aws").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-'))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Properties that take the ARN of a role and say so nowhere else.
const ROLE_ARNS: &[(&str, &[&str])] = &[
    ("AWS::Backup::BackupSelection", &["BackupSelection", "IamRoleArn"]),
    ("AWS::Batch::ComputeEnvironment", &["ComputeResources", "SpotIamFleetRole"]),
    ("AWS::Batch::ComputeEnvironment", &["ServiceRole"]),
    ("AWS::EC2::SpotFleet", &["SpotFleetRequestConfigData", "IamFleetRole"]),
    ("AWS::ECS::TaskDefinition", &["ExecutionRoleArn"]),
    ("AWS::S3::Bucket", &["ReplicationConfiguration", "Role"]),
];

fn role_arns(cx: &mut Context<'_>) {
    for resource in cx.template.resources.iter() {
        for (_, path) in ROLE_ARNS.iter().filter(|(kind, _)| resource.kind() == Some(kind)) {
            for place in found(resource, path, cx) {
                let Some(text) = place.node.as_str().filter(|t| !dynamic::contains(t)) else { continue };
                if !is_role_arn(text) && !crate::intrinsics::PSEUDO_PARAMETERS.contains(&text) {
                    let name = path.last().copied().unwrap_or_default();
                    let message = format!("`{name}` takes the ARN of a role, found `{text}`");
                    let help = "It looks like `arn:aws:iam::123456789012:role/name`.";
                    cx.report(&ROLE_ARN_EXPECTED, place.node.span, message).help(help);
                }
            }
        }
    }
}

fn is_role_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, resource] = parts.as_slice() else { return false };
    let name = resource.strip_prefix("role/").unwrap_or_default();
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&b);
    (partition.is_empty() || is_partition(partition))
        && is_account(account)
        && !name.is_empty()
        && name.bytes().all(fits)
}
