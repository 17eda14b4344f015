//! Values that no service takes, which the facts about the types do not exclude.

use crate::diagnostic::Diagnostic;
use crate::intrinsics::Intrinsic;
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Family, rule};
use crate::schema::store::{self, SchemaNode};
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeKind};
use crate::template::Resource;

rule!(
    NULL_VALUE,
    "mistakes" / "SL060",
    "null-value",
    Warning,
    "a null, which CloudFormation accepts nowhere in a template",
    [Check::After(null_values)]
);
rule!(
    PORT_OUT_OF_RANGE,
    "mistakes" / "SL061",
    "port-out-of-range",
    Error,
    "a port number that does not exist",
    [Check::Resource(&[], ports)]
);
rule!(
    PRINCIPAL_KIND_UNKNOWN,
    "mistakes" / "SL062",
    "principal-kind-unknown",
    Error,
    "a principal of a kind that policies do not know",
    [Check::Resource(&[], principals)]
);

rule!(
    STATEMENT_EFFECT,
    "mistakes" / "SL063",
    "statement-effect",
    Error,
    "a policy statement without a valid `Effect`",
    [Check::Resource(&[], effects)]
);

/// The family.
pub static FAMILY: Family =
    Family { rules: &[&NULL_VALUE, &PORT_OUT_OF_RANGE, &PRINCIPAL_KIND_UNKNOWN, &STATEMENT_EFFECT], checks: &[] };

/// Nulls that nothing else was said about.
fn null_values(cx: &mut Context<'_>) {
    let root = cx.template.root;
    let mut found = Vec::new();
    for section in root.as_map().unwrap_or_default() {
        // Conditions and rules have their own words for it; the metadata of a template is for its readers.
        if matches!(&*section.key.text, "Conditions" | "Rules" | "Metadata") {
            continue;
        }
        section.each_null(&mut |key, node| {
            let said = |d: &Diagnostic| d.span == key || d.span == node.span && !node.span.is_empty();
            if !cx.lost(node) && !cx.findings.list.iter().any(said) {
                found.push((key, node.span));
            }
        });
    }
    for (key, span) in found {
        let name = cx.document.file.slice(key).trim_matches(['"', '\'']).to_owned();
        let place = if span.is_empty() { key } else { span };
        cx.report(&NULL_VALUE, place, format!("`{name}` is null, which CloudFormation does not accept"))
            .help("Remove the key, or use `!Ref AWS::NoValue` where it depends on a condition.");
    }
}

const MAX_PORT: i64 = 65_535;

fn ports(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(facts) = resource.kind().and_then(store::find) else { return };
    let Some(properties) = resource.properties() else { return };
    let mut found = Vec::new();
    each_port(properties, facts.schema(), 0, &mut |entry, port| found.push((entry.value.span, port)));
    for (span, port) in found {
        let message = format!("there is no port {port}; ports go up to {MAX_PORT}");
        cx.report(&PORT_OUT_OF_RANGE, span, message);
    }
}

/// Visits the literal port numbers out of range among the properties that a type knows.
fn each_port(node: &Node, schema: SchemaNode, depth: u32, visit: &mut dyn FnMut(&Entry, i64)) {
    // Facts may refer to themselves; a port deeper than this does not exist.
    const DEEPEST: u32 = 24;
    let schema = schema.target();
    match &node.kind {
        NodeKind::Map(entries) if depth < DEEPEST => {
            for entry in entries {
                let Some(member) = schema.property(&entry.key.text) else { continue };
                let port = entry.key.text.ends_with("Port");
                // Where the facts have bounds of their own, these are what is reported.
                let bounded = member.target().maximum().is_some();
                match entry.value.scalar_text().and_then(|t| t.trim().parse::<i64>().ok()) {
                    Some(number) if port && !bounded && !(-1..=MAX_PORT).contains(&number) => visit(entry, number),
                    _ => each_port(&entry.value, member, depth + 1, visit),
                }
            }
        }
        NodeKind::Call(call) if call.function == Intrinsic::If && depth < DEEPEST => {
            let branches = call.argument.as_list().unwrap_or_default().iter().skip(1);
            branches.for_each(|branch| each_port(branch, schema, depth + 1, visit));
        }
        NodeKind::List(items) if depth < DEEPEST => {
            if let Some(under) = schema.items() {
                items.iter().for_each(|item| each_port(item, under, depth + 1, visit));
            }
        }
        _ => {}
    }
}

/// The kinds of principal that a policy knows.
const PRINCIPALS: &[&str] = &["AWS", "CanonicalUser", "Federated", "Service"];

fn principals(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(properties) = resource.properties() else { return };
    if !resource.kind().is_some_and(|k| k.starts_with("AWS::")) {
        return;
    }
    let mut found: Vec<(Span, &str)> = Vec::new();
    properties.walk(&mut |node| {
        let is_statement =
            node.get("Effect").is_some() && ["Action", "NotAction"].iter().any(|k| node.get(k).is_some());
        if !is_statement {
            return;
        }
        for key in ["Principal", "NotPrincipal"] {
            for entry in node.get(key).and_then(Node::as_map).unwrap_or_default() {
                let name = &*entry.key.text;
                if !PRINCIPALS.contains(&name) && !name.starts_with("Fn::") && name != "*" {
                    found.push((entry.key.span, name));
                }
            }
        }
    });
    for (span, name) in found {
        let d = cx.report(&PRINCIPAL_KIND_UNKNOWN, span, format!("policies know no principals of the kind `{name}`"));
        match nearest(name, PRINCIPALS.iter().copied()) {
            Some(near) => d.help(format!("Did you mean `{near}`?")),
            None => d.help("The kinds are `AWS`, `CanonicalUser`, `Federated` and `Service`."),
        };
    }
}

/// Types whose policies other rules compare with a schema.
const POLICIES_KNOWN: &[&str] = &[
    "AWS::ECR::Repository",
    "AWS::IAM::Group",
    "AWS::IAM::GroupPolicy",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::User",
    "AWS::IAM::UserPolicy",
    "AWS::KMS::Key",
    "AWS::OpenSearchService::Domain",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SSO::PermissionSet",
];

/// The statements of policies in all other types: those of endpoints, secrets, vaults and the like.
fn effects(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(properties) = resource.properties() else { return };
    // Policies of serverless resources are compared where they end: in roles.
    let open = |k: &str| k.starts_with("AWS::") && !k.starts_with("AWS::Serverless::") && !POLICIES_KNOWN.contains(&k);
    if !resource.kind().is_some_and(open) {
        return;
    }
    let mut found: Vec<(Span, String)> = Vec::new();
    properties.walk(&mut |node| {
        // Only what says of itself that it is a policy.
        let is_policy = matches!(node.get("Version").and_then(Node::as_str), Some("2012-10-17" | "2008-10-17"));
        let Some(statements) = node.entry("Statement").filter(|_| is_policy) else { return };
        let single = std::slice::from_ref(&statements.value);
        for statement in statements.value.as_list().unwrap_or(single) {
            let has_action = ["Action", "NotAction"].iter().any(|k| statement.get(k).is_some());
            match statement.get("Effect") {
                Some(effect) => {
                    if let Some(text) = effect.as_str().filter(|t| !matches!(*t, "Allow" | "Deny")) {
                        found.push((effect.span, format!("`Effect` cannot be `{text}`; allowed: `Allow` or `Deny`")));
                    }
                }
                None if has_action => {
                    let first = statement.as_map().and_then(<[Entry]>::first).map_or(statement.span, |e| e.key.span);
                    found.push((first, "the statement has no `Effect`".to_owned()));
                }
                None => {}
            }
        }
    });
    for (span, message) in found {
        cx.report(&STATEMENT_EFFECT, span, message).help("A statement has the effect `Allow` or `Deny`.");
    }
}
