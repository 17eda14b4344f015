//! Identity pools and the roles of those that they let in.

use super::{IDENTITIES_WITHOUT_ROLE, TRUST_MISPLACED};
use crate::conditions::Pins;
use crate::diagnostic::Applicability;
use crate::graph::ItemKind;
use crate::resolve::{Case, Member};
use crate::rule::Context;
use crate::rule::linking::{below, cases, is_true, joined, links, offer_text, parts, say};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use crate::template::Resource;

const ATTACHMENT: &str = "AWS::Cognito::IdentityPoolRoleAttachment";
const ROLE: &str = "AWS::IAM::Role";
const SERVICE: &str = "cognito-identity.amazonaws.com";

pub(super) fn pool<'a>(pool: &Resource<'a>, cx: &mut Context<'a>) {
    let attachments = parts(ATTACHMENT, "IdentityPoolId", pool, cx);
    let unseen = cx.resources_of(ATTACHMENT).any(|a| links(a, "IdentityPoolId", "", &Pins::none(), cx).is_empty());
    if attachments.is_empty() && !unseen {
        // Who else knows the pool may attach the roles.
        let hands_on = |kind: &str| {
            kind == "AWS::CloudFormation::Stack" || kind.starts_with("Custom::") || kind.ends_with("::CustomResource")
        };
        let users = cx.graph().needed_by(ItemKind::Resource, pool.id());
        let exported =
            |name: &str| cx.template.outputs.get(name).is_some_and(|output| output.node.get("Export").is_some());
        if users.iter().any(|d| d.from.resource_type.is_some_and(hands_on) || exported(d.from.name)) {
            return;
        }
        let message = format!("`{}` has no roles, so nobody gets credentials from it", pool.id());
        cx.report(&IDENTITIES_WITHOUT_ROLE, pool.key.span, message).help(
            "Add an `AWS::Cognito::IdentityPoolRoleAttachment` with the pool and the role of those who have signed in.",
        );
    }
    for attachment in &attachments {
        for [guests, roles] in
            joined([(pool, "AllowUnauthenticatedIdentities"), (attachment, "Roles")], &Pins::none(), cx)
        {
            let known = match roles.node() {
                Some(node) => node.as_map().is_some_and(|m| !m.iter().any(|e| e.key.text.contains("Fn::"))),
                None => roles.is_absent(),
            };
            if !is_true(&guests) || !known || roles.node().is_some_and(|n| n.get("unauthenticated").is_some()) {
                continue;
            }
            let message = format!("`{}` lets guests in, but there is no role for them", pool.id());
            let other = roles.key;
            if let Some(finding) = say(&IDENTITIES_WITHOUT_ROLE, &guests, &roles.pins, message, cx) {
                finding
                    .label(other, "the roles")
                    .help("Add a role as `unauthenticated`, or set `AllowUnauthenticatedIdentities: false`.");
            }
        }
    }
}

/// Services whose data a guest has no business to change.
const SERVICES: &[&str] =
    &["dynamodb", "ec2", "iam", "kms", "lambda", "rds", "s3", "secretsmanager", "sns", "sqs", "ssm"];
/// How actions begin that change something.
const CHANGES: &[&str] = &["*", "attach", "batchwrite", "create", "delete", "put", "remove", "send", "update"];

fn changes(action: &str) -> bool {
    let low = action.to_ascii_lowercase();
    match low.split_once(':') {
        Some((service, verb)) => SERVICES.contains(&service) && CHANGES.iter().any(|start| verb.starts_with(start)),
        None => low == "*",
    }
}

/// The texts of a value or list, with their places.
fn texts(node: &Node) -> Vec<(&str, Span)> {
    match &node.kind {
        NodeKind::List(items) => items.iter().filter_map(|i| Some((i.as_str()?, i.span))).collect(),
        _ => node.as_str().map(|text| (text, node.span)).into_iter().collect(),
    }
}

/// The statements of a policy document.
fn statements<'a>(document: &Case<'a>, cx: &Context<'a>) -> Vec<Case<'a>> {
    let mut found = Vec::new();
    for list in below(document, "Statement", cx) {
        match list.node() {
            Some(node) if node.as_list().is_some() => found.extend(below(&list, "*", cx)),
            Some(_) => found.push(list),
            None => {}
        }
    }
    found
}

/// What guests may change.
pub(super) fn guests<'a>(attachment: &Resource<'a>, cx: &mut Context<'a>) {
    for link in links(attachment, "Roles.unauthenticated", ROLE, &Pins::none(), cx) {
        let mut documents = cases(&link.target, "Policies.*.PolicyDocument", &link.pins, cx);
        for policy in parts("AWS::IAM::Policy", "Roles.*", &link.target, cx) {
            documents.extend(cases(&policy, "PolicyDocument", &link.pins, cx));
        }
        for document in documents {
            for statement in statements(&document, cx) {
                may_change(&link.target, &statement, link.from, cx);
            }
        }
    }
}

fn may_change<'a>(role: &Resource<'a>, statement: &Case<'a>, from: Span, cx: &mut Context<'a>) {
    let Some(node) = statement.node() else { return };
    let allows = node.get("Effect").and_then(Node::as_str) == Some("Allow") && node.get("Condition").is_none();
    let mut own = false;
    node.walk(&mut |part| own |= part.as_str().is_some_and(|text| text.contains("cognito-identity.amazonaws.com:sub")));
    if !allows || own {
        return;
    }
    for (action, span) in node.get("Action").map(texts).unwrap_or_default() {
        if !changes(action) || cx.findings.list.iter().any(|d| d.span == span && d.rule.id == "SL155") {
            continue;
        }
        let message = format!("guests get the role `{}`, which may `{action}`", role.id());
        cx.report(&IDENTITIES_WITHOUT_ROLE, span, message)
            .label(from, "guests get the role here")
            .help("Anyone on the internet is a guest: let the role read what is public, and nothing else.");
    }
}

/// Who may assume a role for identities.
pub(super) fn trust<'a>(role: &Resource<'a>, cx: &mut Context<'a>) {
    for document in cases(role, "AssumeRolePolicyDocument", &Pins::none(), cx) {
        for statement in statements(&document, cx) {
            let Some(node) = statement.node() else { continue };
            let trusted = node.at(&["Principal", "Federated"]).map(texts).unwrap_or_default();
            let Some((_, principal)) = trusted.iter().find(|(text, _)| *text == SERVICE) else { continue };
            let allows = node.get("Effect").and_then(Node::as_str) == Some("Allow");
            let Some(action) = node.entry("Action").filter(|_| allows) else { continue };
            let actions = texts(&action.value);
            if let Some((_, span)) = actions.iter().find(|(text, _)| *text == "sts:AssumeRole") {
                let message = format!(
                    "identities assume `{}` by `sts:AssumeRoleWithWebIdentity`, and this allows another action",
                    role.id()
                );
                let value = items_or_self(&action.value).iter().find(|item| item.span == *span);
                let Some(value) = value else { continue };
                let at = Case { member: Member::Value(value), key: action.key.span, ..statement.clone() };
                if let Some(finding) = say(&TRUST_MISPLACED, &at, &statement.pins, message, cx) {
                    finding.label(*principal, "the identities").help("Write `sts:AssumeRoleWithWebIdentity`.");
                    offer_text(finding, &at, Applicability::Safe, "sts:AssumeRoleWithWebIdentity");
                }
            } else if actions.iter().any(|(text, _)| *text == "sts:AssumeRoleWithWebIdentity") && !names_pool(node) {
                let message =
                    format!("`{}` may be assumed by identities of any pool, also of other accounts", role.id());
                let span = *principal;
                if cx.findings.list.iter().any(|d| d.span == span && d.rule.id == "SL156") {
                    continue;
                }
                cx.report(&TRUST_MISPLACED, span, message)
                    .help(format!("Add a `Condition` with `StringEquals` of `{SERVICE}:aud` and the id of the pool."));
            }
        }
    }
}

fn items_or_self(node: &Node) -> &[Node] {
    node.as_list().unwrap_or(std::slice::from_ref(node))
}

/// Whether a statement asks for a pool, or for what cannot be seen.
fn names_pool(statement: &Node) -> bool {
    let Some(condition) = statement.get("Condition") else { return false };
    let Some(tests) = condition.as_map() else { return true };
    let asks = |e: &crate::syntax::Entry| {
        e.value.as_map().is_none_or(|keys| {
            keys.iter().any(|k| {
                let key = k.key.text.to_ascii_lowercase();
                key.ends_with(":aud") || key.ends_with(":sub") || key.contains("fn::")
            })
        })
    };
    tests.iter().any(asks)
}
