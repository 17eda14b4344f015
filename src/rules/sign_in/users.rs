//! User pools and their app clients.

use super::{CLIENT_INCOMPLETE, MESSAGES_NOT_SET_UP};
use crate::conditions::Pins;
use crate::diagnostic::{Applicability, Severity};
use crate::resolve::{Case, Member};
use crate::rule::Context;
use crate::rule::linking::{
    at_key, awaited, below, cases, is_not_true, is_nothing, is_true, joined, links, parts, place, say, waiting_for,
};
use crate::rule::suggest::nearest;
use crate::syntax::Node;
use crate::template::Resource;

/// The texts of a list, when all of them are known, each as a case of its own.
fn items<'a>(list: &Case<'a>, cx: &Context<'a>) -> Option<Vec<(&'a str, Case<'a>)>> {
    if list.is_absent() {
        return Some(Vec::new());
    }
    list.node()?.as_list()?;
    below(list, "*", cx).into_iter().map(|item| Some((item.text()?, item))).collect()
}

pub(super) fn messages<'a>(pool: &Resource<'a>, cx: &mut Context<'a>) {
    let of = [(pool, "MfaConfiguration"), (pool, "EnabledMfas"), (pool, "SmsConfiguration")];
    for [factor, ways, sms] in joined(of, &Pins::none(), cx) {
        let Some(word @ ("ON" | "OPTIONAL")) = factor.text() else { continue };
        let Some(list) = items(&ways, cx).filter(|_| sms.is_absent()) else { continue };
        let asked = list.iter().find(|(way, _)| *way == "SMS_MFA");
        if asked.is_none() && !ways.is_absent() {
            continue;
        }
        let at = asked.map_or(&factor, |(_, item)| item);
        let message = format!("`{}` sends codes as text messages, but has no `SmsConfiguration` to do so", pool.id());
        if let Some(finding) = say(&MESSAGES_NOT_SET_UP, at, &sms.pins, message, cx) {
            if asked.is_some() {
                finding.label(factor.span(), format!("a second factor is `{word}`"));
            } else {
                finding.note("without `EnabledMfas` the second factor is a text message");
            }
            finding.help(
                "Add `SmsConfiguration` with a role that may send messages, or allow `SOFTWARE_TOKEN_MFA` alone in `EnabledMfas`.",
            );
        }
    }
}

const SWITCH: &str = "AllowedOAuthFlowsUserPoolClient";

pub(super) fn flows<'a>(client: &Resource<'a>, cx: &mut Context<'a>) {
    let id = client.id();
    let of = [(client, "AllowedOAuthFlows"), (client, "GenerateSecret"), (client, SWITCH)];
    for [flows, secret, switch] in joined(of, &Pins::none(), cx) {
        let Some(list) = items(&flows, cx) else { continue };
        let of_program = list.iter().find(|(flow, _)| *flow == "client_credentials");
        let other = list.iter().find(|(flow, _)| matches!(*flow, "code" | "implicit"));
        if let Some((_, item)) = of_program.filter(|_| is_not_true(&secret)) {
            let message = format!("`{id}` signs in with `client_credentials`, which needs a secret, and has none");
            let there = place(&secret, client);
            if let Some(finding) = say(&CLIENT_INCOMPLETE, item, &switch.pins, message, cx) {
                finding.label(there, "no secret is made for it").help("Set `GenerateSecret: true`.");
            }
        }
        if let (Some((_, item)), Some((flow, there))) = (of_program, other) {
            let message = format!("`client_credentials` is for programs and cannot stand beside `{flow}`");
            let span = there.span();
            if let Some(finding) = say(&CLIENT_INCOMPLETE, item, &switch.pins, message, cx) {
                finding.label(span, "this is for people").help("Make a client for each.");
            }
        }
        if !list.is_empty() && is_not_true(&switch) {
            let message = format!("the OAuth flows of `{id}` are off: `{SWITCH}` is not true");
            if let Some(finding) = say(&CLIENT_INCOMPLETE, &at_key(&flows), &switch.pins, message, cx) {
                finding.severity = Severity::Warning;
                if switch.node().is_some() {
                    finding.label(switch.span(), "they are switched off here");
                }
                finding.help(format!("Set `{SWITCH}: true`."));
                crate::rule::linking::offer_text(finding, &switch, Applicability::Unsafe, "true");
            }
        }
    }
}

pub(super) fn redirects<'a>(client: &Resource<'a>, cx: &mut Context<'a>) {
    let id = client.id();
    for needed in ["AllowedOAuthFlows", "AllowedOAuthScopes"] {
        for [switch, given] in joined([(client, SWITCH), (client, needed)], &Pins::none(), cx) {
            if !is_true(&switch) || !is_nothing(&given) {
                continue;
            }
            let message = format!("`{id}` may use OAuth flows, but has no `{needed}`");
            if let Some(finding) = say(&CLIENT_INCOMPLETE, &switch, &given.pins, message, cx) {
                finding.help(format!("Add `{needed}`, or set `{SWITCH}: false`."));
            }
        }
    }
    for [flows, addresses, switch] in
        joined([(client, "AllowedOAuthFlows"), (client, "CallbackURLs"), (client, SWITCH)], &Pins::none(), cx)
    {
        let Some(list) = items(&flows, cx).filter(|_| is_true(&switch) && is_nothing(&addresses)) else { continue };
        let Some((flow, item)) = list.iter().find(|(flow, _)| matches!(*flow, "code" | "implicit")) else { continue };
        let message = format!("with `{flow}` people are sent back to `CallbackURLs`, and `{id}` has none");
        if let Some(finding) = say(&CLIENT_INCOMPLETE, item, &switch.pins, message, cx) {
            finding.help("Add the addresses of the application that they may be sent to.").severity = Severity::Warning;
        }
    }
}

const POOL: &str = "AWS::Cognito::UserPool";
const PROVIDER: &str = "AWS::Cognito::UserPoolIdentityProvider";

/// Providers that a client names must be there before it.
pub(super) fn providers<'a>(client: &Resource<'a>, cx: &mut Context<'a>) {
    let nested = |kind: &str| {
        kind == "AWS::CloudFormation::Stack" || kind.starts_with("Custom::") || kind.ends_with("::CustomResource")
    };
    if cx.template.resources.iter().any(|r| r.kind().is_none_or(nested)) {
        return;
    }
    for pool in links(client, "UserPoolId", POOL, &Pins::none(), cx) {
        let own = parts(PROVIDER, "UserPoolId", &pool.target, cx);
        let names: Vec<(Resource<'a>, Vec<Case<'a>>)> =
            own.iter().map(|p| (*p, cases(p, "ProviderName", &Pins::none(), cx))).collect();
        let open = names.iter().any(|(_, cases)| cases.iter().any(|name| name.text().is_none()))
            || own.len() < cx.resources_of(PROVIDER).count();
        if open {
            continue;
        }
        let waits = awaited(client, cx);
        for item in cases(client, "SupportedIdentityProviders.*", &pool.pins, cx) {
            let Some(text) = item.text().filter(|text| *text != "COGNITO") else { continue };
            match names.iter().find(|(_, cases)| cases.iter().any(|name| name.text() == Some(text))) {
                None => unknown(&pool.target, &item, text, &names, cx),
                Some((provider, _)) if !waits.contains(provider.id()) && provider.condition() == client.condition() => {
                    let message = format!(
                        "`{}` does not wait for `{}`, and the provider must be there first",
                        client.id(),
                        provider.id()
                    );
                    let edits = waiting_for(client, &[provider.id()], cx);
                    if let Some(finding) = say(&CLIENT_INCOMPLETE, &item, &item.pins, message, cx) {
                        finding.severity = Severity::Warning;
                        finding
                            .label(provider.key.span, "the provider")
                            .help(format!("Add `DependsOn: {}` to the client.", provider.id()))
                            .fix_by(Applicability::Safe, "wait for the provider", edits);
                    }
                }
                Some(_) => {}
            }
        }
    }
}

fn unknown<'a>(
    pool: &Resource<'a>,
    item: &Case<'a>,
    text: &str,
    names: &[(Resource<'a>, Vec<Case<'a>>)],
    cx: &mut Context<'a>,
) {
    let near = nearest(text, names.iter().flat_map(|(_, cases)| cases.iter().filter_map(Case::text)));
    let message = format!("`{}` has no identity provider `{text}`", pool.id());
    let plain = matches!(item.member, Member::Value(node) if Node::is_scalar(node));
    if let Some(finding) = say(&CLIENT_INCOMPLETE, item, &item.pins, message, cx) {
        finding.label(pool.key.span, "the user pool");
        match near.filter(|_| plain) {
            Some(near) => {
                finding.help(format!("Did you mean `{near}`?"));
                crate::rule::linking::offer_text(finding, item, Applicability::Unsafe, near);
            }
            None => {
                finding.help("Add an `AWS::Cognito::UserPoolIdentityProvider` with this `ProviderName`.");
            }
        }
    }
}
