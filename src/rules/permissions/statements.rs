//! Single statements, wherever a policy document stands.

use super::{ACTION_OF_OTHER_LEVEL, BUCKET_ARN_MALFORMED, CONDITION_KEY_UNKNOWN, NO_STATEMENT, TOO_MUCH_ALLOWED, once};
use crate::conditions::Pins;
use crate::diagnostic::{Applicability, Severity};
use crate::policy::matching::{fits, shape};
use crate::policy::read::Reader;
use crate::policy::{Document, Effect, Item, Piece, Statement, keys};
use crate::rule::Context;
use crate::schema::store;
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeKind};
use crate::template::Resource;

/// A document that was found.
struct Found<'a> {
    owner: Resource<'a>,
    /// The key that holds it.
    key: &'a Entry,
    node: &'a Node,
}

/// Looks at every policy document of the template.
pub(super) fn documents(cx: &mut Context<'_>) {
    let text = &cx.document.file.text;
    if !text.contains("Statement") && !text.contains("2012-10-17") {
        return;
    }
    let mut found = Vec::new();
    for resource in cx.template.resources.iter() {
        if let Some(properties) = resource.properties() {
            search(resource, properties, &mut found);
        }
    }
    for document in found {
        check(&document, cx);
    }
}

fn search<'a>(owner: &Resource<'a>, node: &'a Node, found: &mut Vec<Found<'a>>) {
    match &node.kind {
        NodeKind::Map(entries) => {
            for entry in entries {
                if is_document(&entry.value) {
                    found.push(Found { owner: *owner, key: entry, node: &entry.value });
                } else {
                    search(owner, &entry.value, found);
                }
            }
        }
        NodeKind::List(items) => items.iter().for_each(|item| search(owner, item, found)),
        NodeKind::Call(call) => search(owner, &call.argument, found),
        _ => {}
    }
}

/// Whether a mapping is a policy document: it has statements, or the version of the policy language.
fn is_document(node: &Node) -> bool {
    if node.as_map().is_none() {
        return false;
    }
    let version = || matches!(node.get("Version").and_then(Node::scalar_text), Some("2012-10-17" | "2008-10-17"));
    match node.get("Statement") {
        Some(statement) => statement.as_list().is_some() || statement.as_map().is_some_and(|m| m.len() > 1),
        None => version(),
    }
}

fn check(found: &Found<'_>, cx: &mut Context<'_>) {
    if found.node.entry("Statement").is_none() {
        return without_statement(found, cx);
    }
    let pins = Pins::none();
    let document = Document::of(&Reader::new(cx.resolver(), &pins).value(found.node));
    let bound = found.owner.kind().unwrap_or_default();
    for statement in &document.statements {
        arns(statement, cx);
        levels(statement, cx);
        condition_keys(statement, cx);
        if bound.starts_with("AWS::IAM::") {
            if &*found.key.key.text == "AssumeRolePolicyDocument" {
                trust(statement, cx);
            } else if statement.principals.is_none() {
                too_much(statement, cx);
            }
        }
    }
}

/// Types whose policies other rules look at as a whole.
const LOOKED_AT: &[&str] = &[
    "AWS::IAM::",
    "AWS::SSO::",
    "AWS::KMS::Key",
    "AWS::OpenSearchService::Domain",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::ECR::Repository",
    "AWS::Serverless::",
];

fn without_statement(found: &Found<'_>, cx: &mut Context<'_>) {
    let kind = found.owner.kind().unwrap_or_default();
    let known = found.node.as_map().unwrap_or_default().iter().all(|e| matches!(&*e.key.text, "Version" | "Id"));
    let name = &*found.key.key.text;
    let policy = name.contains("Policy") || name.contains("Policies");
    if !known || !policy || LOOKED_AT.iter().any(|l| kind.starts_with(l)) {
        return;
    }
    let span = found.key.key.span;
    once(
        &NO_STATEMENT,
        span,
        format!("`{name}` is a policy without a `Statement`, which the service refuses"),
        cx,
        |f| {
            f.help("Add a `Statement` with `Effect`, `Action` and what else this kind of policy needs, or drop the policy.");
        },
    );
}

/// What stands after the account in ARNs of S3 that have a region.
const WITH_REGION: &[&str] = &[
    "accesspoint",
    "access-grants",
    "access-point",
    "async-request",
    "job",
    "outpost",
    "storage-lens",
    "table",
    "bucket/",
];

fn arns(statement: &Statement, cx: &mut Context<'_>) {
    for item in statement.resources.iter().flat_map(|clause| &clause.items) {
        let shape = shape(&item.pieces);
        let parts: Vec<&str> = shape.splitn(6, ':').collect();
        let ["arn", _, "s3", region, account, name] = parts.as_slice() else { continue };
        let fault = if region.is_empty() && account.is_empty() && name.starts_with(':') {
            "a colon too many"
        } else if is_filled(region) || is_filled(account) {
            let open = name.contains('\u{1}') || name.contains('*') && name.find('*') < name.find('/');
            let certain = !open && !WITH_REGION.iter().any(|w| name.starts_with(w)) && !name.starts_with(':');
            if !certain || name.is_empty() {
                continue;
            }
            if is_filled(region) { "a region" } else { "an account" }
        } else {
            continue;
        };
        let message = format!("this ARN of S3 has {fault}, so it names no bucket");
        let better = item.literal().map(|text| {
            let partition = text.split(':').nth(1).unwrap_or("aws");
            format!("arn:{partition}:s3:::{}", name.trim_start_matches(':'))
        });
        let plain = cx.document.file.slice(item.span).trim_matches(['"', '\'']) == item.literal().unwrap_or("\u{1}");
        once(&BUCKET_ARN_MALFORMED, item.span, message, cx, |finding| {
            finding.help(
                "Buckets have neither region nor account in their ARN: `arn:aws:s3:::name`, `arn:aws:s3:::name/*`.",
            );
            if let Some(text) = better.filter(|_| plain) {
                let quote = |t: &str| t.to_owned();
                finding.fix(Applicability::Unsafe, format!("write `{text}`"), inner(item.span, item), quote(&text));
            }
        });
    }
}

/// The place of a text without its quotes.
fn inner(span: Span, item: &Item) -> Span {
    let length = item.literal().map_or(0, str::len) as u32;
    let quotes = span.len() as u32 - length.min(span.len() as u32);
    Span { start: span.start + quotes / 2, end: span.end - quotes / 2 }
}

/// Whether a part of an ARN says something that is not empty: a wildcard fits nothing as well.
fn is_filled(part: &str) -> bool {
    !part.is_empty() && part != "*" && !part.starts_with('\u{2}')
}

/// What a resource of S3 is: the bucket or objects in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Bucket,
    Objects,
}

fn level(item: &Item, cx: &Context<'_>) -> Option<Level> {
    let rest = match item.pieces.as_slice() {
        [Piece::Text(text)] => {
            text.split_once(":s3:::").map(|s| s.1.to_owned()).filter(|name| !name.contains('*') || name.contains('/'))
        }
        [Piece::Attribute(id, attribute), rest @ ..] if attribute == "Arn" && is_bucket(id, cx) => after(rest),
        [Piece::Text(start), Piece::Ref(id), rest @ ..] if start.ends_with(":s3:::") && is_bucket(id, cx) => {
            after(rest)
        }
        [Piece::Text(a), Piece::Hole(_), Piece::Text(b), Piece::Ref(id), rest @ ..]
            if a == "arn:" && b == ":s3:::" && is_bucket(id, cx) =>
        {
            after(rest)
        }
        _ => None,
    }?;
    match rest.contains('/') {
        true => Some(Level::Objects),
        false if rest.contains(['*', '?']) => None,
        false => Some(Level::Bucket),
    }
}

/// The text behind the name of a bucket; `None` when it is not wholly known.
fn after(rest: &[Piece]) -> Option<String> {
    match rest {
        [] => Some(String::new()),
        [Piece::Text(text), ..] if text.starts_with('/') => Some(text.clone()),
        [Piece::Text(text)] => Some(text.clone()),
        _ => None,
    }
}

fn is_bucket(id: &str, cx: &Context<'_>) -> bool {
    cx.template.resources.get(id).and_then(|r| r.kind()) == Some("AWS::S3::Bucket")
}

/// The level of an action of S3: every action that a pattern means must be of it.
fn action_level(action: &str) -> Option<Level> {
    let name = action.to_lowercase();
    let name = name.strip_prefix("s3:")?;
    let actions = store::table("tables/policy_actions")?.get("s3")?.get("actions")?;
    let mut found = None;
    for (known, kinds) in actions.members().filter(|(known, _)| fits(name, known)) {
        let _ = known;
        let of = |wanted: &str| kinds.items().any(|k| k.as_str() == Some(wanted));
        let level = match (of("bucket"), of("object")) {
            (true, false) => Level::Bucket,
            (false, true) => Level::Objects,
            _ => return None,
        };
        if found.is_some_and(|f| f != level) {
            return None;
        }
        found = Some(level);
    }
    found
}

fn levels(statement: &Statement, cx: &mut Context<'_>) {
    let (Some(actions), Some(resources)) = (&statement.actions, &statement.resources) else { return };
    if actions.negated || resources.negated || !resources.whole || resources.items.is_empty() {
        return;
    }
    if !actions.items.iter().any(|a| a.literal().is_some_and(|t| t.len() > 3 && t[..3].eq_ignore_ascii_case("s3:"))) {
        return;
    }
    let mut levels = resources.items.iter().map(|item| level(item, cx));
    let Some(Some(first)) = levels.next() else { return };
    if levels.any(|l| l != Some(first)) {
        return;
    }
    let wrong: Vec<(&str, Span)> = actions
        .items
        .iter()
        .filter_map(|item| Some((item.literal()?, item.span)))
        .filter(|(action, _)| action_level(action).is_some_and(|l| l != first))
        .collect();
    for (action, span) in wrong {
        let (message, help) = match first {
            Level::Bucket => (
                format!("`{action}` is done on objects, but only the bucket is named: this never applies"),
                "Name the objects: the ARN of the bucket and `/*`.",
            ),
            Level::Objects => (
                format!("`{action}` is done on the bucket, but only its objects are named: this never applies"),
                "Name the bucket itself: its ARN without `/*`.",
            ),
        };
        let place = resources.items[0].span;
        once(&ACTION_OF_OTHER_LEVEL, span, message, cx, |finding| {
            finding.label(place, "what is named").help(help);
        });
    }
}

fn condition_keys(statement: &Statement, cx: &mut Context<'_>) {
    for condition in &statement.conditions {
        let Some(meant) = keys::meant(&condition.key) else { continue };
        let then = match statement.effect {
            Some(Effect::Allow) => "so the statement allows nothing",
            Some(Effect::Deny) => "so the statement does not do what it seems to",
            None => "so it is never fulfilled as meant",
        };
        let message = format!("there is no condition key `{}`, {then}", condition.key);
        let span = condition.key_span;
        let (start, end) = (span.start, span.end);
        let slice = cx.document.file.slice(span);
        let quotes = u32::from(slice.starts_with(['"', '\'']));
        let exact = slice.trim_matches(['"', '\'']) == condition.key;
        once(&CONDITION_KEY_UNKNOWN, span, message, cx, |finding| {
            finding.help(format!("Did you mean `{meant}`?"));
            if exact {
                let place = Span { start: start + quotes, end: end - quotes };
                finding.fix(Applicability::Unsafe, format!("write `{meant}`"), place, meant);
            }
        });
    }
}

/// An identity that may do everything, or give any role to a service.
fn too_much(statement: &Statement, cx: &mut Context<'_>) {
    let (Some(actions), Some(resources)) = (&statement.actions, &statement.resources) else { return };
    let Some(everything) = resources.items.iter().find(|item| item.literal() == Some("*")) else { return };
    if statement.effect != Some(Effect::Allow) || statement.is_conditional() || actions.negated || resources.negated {
        return;
    }
    let place = everything.span;
    for item in &actions.items {
        let low = item.literal().unwrap_or_default().to_lowercase();
        let message = match low.as_str() {
            "*" | "*:*" => "everything is allowed on everything".to_owned(),
            "iam:*" | "iam:passrole" | "iam:pass*" => {
                format!(
                    "`{}` on `*` allows to hand every role of the account to a service",
                    item.literal().unwrap_or_default()
                )
            }
            _ => continue,
        };
        once(&TOO_MUCH_ALLOWED, item.span, message, cx, |finding| {
            finding
                .label(place, "on every resource")
                .help("Name the actions that are needed, and the ARNs of the roles that may be handed on.");
        });
    }
}

/// Who may take a role.
fn trust(statement: &Statement, cx: &mut Context<'_>) {
    if statement.effect != Some(Effect::Allow) || statement.is_conditional() {
        return;
    }
    let Some(principals) = statement.principals.as_ref().filter(|p| !p.negated) else { return };
    for principal in principals.list.iter().filter(|p| p.kind == "AWS") {
        let Some(text) = principal.who.literal() else { continue };
        let account = text.strip_prefix("arn:aws:iam::").and_then(|t| t.strip_suffix(":root")).unwrap_or(text);
        let other = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        let (message, severity, help) = if text == "*" {
            let message = "anybody with an AWS account may take this role".to_owned();
            (message, Severity::Warning, "Name the accounts or roles that are meant, or add a `Condition`.")
        } else if other {
            let message = format!("whoever acts for account `{account}` may take this role, on anyone's behalf");
            let help = "If the account belongs to somebody else, ask for an `sts:ExternalId` in a `Condition`.";
            (message, Severity::Info, help)
        } else {
            continue;
        };
        once(&TOO_MUCH_ALLOWED, principal.who.span, message, cx, |finding| {
            finding.help(help).severity = severity;
        });
    }
}
