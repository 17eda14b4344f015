//! Who may call: authorizers, methods that name them, keys and usage plans.

use super::{AUTHORIZER_INCOMPLETE, KEY_OPENS_NOTHING, METHOD, count};
use crate::conditions::Pins;
use crate::diagnostic::{Applicability, Severity};
use crate::resolve::{Case, Named};
use crate::rule::Context;
use crate::rule::linking::{
    at_key, cases, is_nothing, is_true, joined, links, named, never_given, offer_text, parts, say,
};
use crate::template::Resource;

/// Type of an authorizer, what it needs, and what that is.
type Needs = [(&'static str, &'static str, &'static str)];

const NEEDS: &Needs = &[
    ("COGNITO_USER_POOLS", "ProviderARNs", "the ARNs of the user pools whose tokens it takes"),
    ("TOKEN", "AuthorizerUri", "the URI of the function that it asks"),
    ("REQUEST", "AuthorizerUri", "the URI of the function that it asks"),
];
const NEEDS_HTTP: &Needs = &[
    ("JWT", "JwtConfiguration", "the issuer and the audience of the tokens that it takes"),
    ("REQUEST", "AuthorizerUri", "the URI of the function that it asks"),
];

pub(super) fn authorizer<'a>(authorizer: &Resource<'a>, cx: &mut Context<'a>) {
    needs(authorizer, "Type", NEEDS, cx);
}

pub(super) fn authorizer_http<'a>(authorizer: &Resource<'a>, cx: &mut Context<'a>) {
    needs(authorizer, "AuthorizerType", NEEDS_HTTP, cx);
}

fn needs<'a>(authorizer: &Resource<'a>, property: &str, needs: &Needs, cx: &mut Context<'a>) {
    for (wanted, path, what) in needs {
        for [kind, given] in joined([(authorizer, property), (authorizer, path)], &Pins::none(), cx) {
            if kind.text() != Some(wanted) || !is_nothing(&given) {
                continue;
            }
            let message = format!("`{}` is an authorizer of the type `{wanted}` without `{path}`", authorizer.id());
            if let Some(finding) = say(&AUTHORIZER_INCOMPLETE, &kind, &given.pins, message, cx) {
                finding.help(format!("Add `{path}`: {what}."));
            }
        }
    }
}

pub(super) fn method<'a>(method: &Resource<'a>, cx: &mut Context<'a>) {
    authorization(method, "method", &["CUSTOM", "COGNITO_USER_POOLS"], cx);
}

pub(super) fn route<'a>(route: &Resource<'a>, cx: &mut Context<'a>) {
    authorization(route, "route", &["CUSTOM", "JWT"], cx);
}

fn authorization<'a>(part: &Resource<'a>, word: &str, asking: &[&str], cx: &mut Context<'a>) {
    for [kind, given] in joined([(part, "AuthorizationType"), (part, "AuthorizerId")], &Pins::none(), cx) {
        match kind.text_or("NONE") {
            Some(text) if asking.contains(&text) && given.is_absent() => {
                let message = format!("{word} `{}` asks for `{text}` and names no authorizer", part.id());
                if let Some(finding) = say(&AUTHORIZER_INCOMPLETE, &kind, &given.pins, message, cx) {
                    finding.help("Add the `AuthorizerId`: `!Ref` of the authorizer.");
                }
            }
            Some("NONE") if given.node().is_some() => open(part, word, &kind, &given, cx),
            _ => {}
        }
    }
}

/// An authorizer is named that nobody asks.
fn open<'a>(part: &Resource<'a>, word: &str, kind: &Case<'a>, given: &Case<'a>, cx: &mut Context<'a>) {
    let fitting = named(given, cx).and_then(|(authorizer, _)| {
        let property = if word == "route" { "AuthorizerType" } else { "Type" };
        match cases(&authorizer, property, &given.pins, cx).as_slice() {
            [only] => match only.text()? {
                "TOKEN" | "REQUEST" => Some("CUSTOM"),
                "COGNITO_USER_POOLS" => Some("COGNITO_USER_POOLS"),
                "JWT" => Some("JWT"),
                _ => None,
            },
            _ => None,
        }
    });
    let message = format!("{word} `{}` names an authorizer, but asks nobody: it is open to all", part.id());
    let at = if kind.node().is_some() { kind.clone() } else { at_key(given) };
    let other = given.key;
    if let Some(finding) = say(&AUTHORIZER_INCOMPLETE, &at, &given.pins, message, cx) {
        finding.severity = Severity::Warning;
        finding.label(other, "the authorizer");
        match fitting {
            Some(wanted) => {
                finding.help(format!("Set `AuthorizationType: {wanted}`, which fits this authorizer."));
                offer_text(finding, &at, Applicability::Unsafe, wanted);
            }
            None => {
                finding.help("Set the `AuthorizationType` that fits the authorizer, or remove `AuthorizerId`.");
            }
        }
    }
}

const PLAN: &str = "AWS::ApiGateway::UsagePlan";

pub(super) fn key<'a>(key: &Resource<'a>, cx: &mut Context<'a>) {
    if cx.template.is_sam() {
        return;
    }
    if never_given(key, "Enabled", cx) {
        let message = format!("`{}` is not enabled, so every request with it is refused", key.id());
        let edits = key.node.entry("Properties").and_then(|e| {
            let first = e.value.as_map()?.first()?;
            crate::rule::edits::add_after(&cx.document.file, &e.value, first, "Enabled", "true")
        });
        cx.report(&KEY_OPENS_NOTHING, key.key.span, message)
            .help("Add `Enabled: true`: without it a key is off.")
            .fix_by(Applicability::Unsafe, "enable the key", edits);
        return;
    }
    let plans = cx.resources_of(PLAN).count();
    // The ways of a key into a plan: one of the template, or one that cannot be seen here.
    let linked = cx.resources_of("AWS::ApiGateway::UsagePlanKey").any(|link| {
        cases(link, "KeyId", &Pins::none(), cx).iter().any(|case| match case.node() {
            Some(node) => match Named::of(node, cx.template) {
                Named::Resource(target, _) => target.id() == key.id(),
                _ => true,
            },
            None => true,
        })
    });
    let alone = cx.graph().needed_by(crate::graph::ItemKind::Resource, key.id()).is_empty();
    if plans > 0 && !linked && alone && never_given(key, "StageKeys", cx) {
        let message = format!("`{}` belongs to none of the {} of this template", key.id(), count(plans, "usage plan"));
        cx.report(&KEY_OPENS_NOTHING, key.key.span, message)
            .help("Add an `AWS::ApiGateway::UsagePlanKey` with the `KeyId`, `KeyType: API_KEY` and the `UsagePlanId`.");
    }
}

/// Methods that want a key, and no plan of the template that has a stage of their API.
pub(super) fn plans<'a>(api: &Resource<'a>, cx: &mut Context<'a>) {
    if cx.template.is_sam() {
        return;
    }
    let mut asking = None;
    for method in parts(METHOD, "RestApiId", api, cx) {
        asking = cases(&method, "ApiKeyRequired", &Pins::none(), cx).into_iter().find(is_true);
        if asking.is_some() {
            break;
        }
    }
    let Some(asking) = asking else { return };
    let mut known = 0;
    for plan in cx.resources_of(PLAN) {
        known += 1;
        let stages = cases(plan, "ApiStages.*.ApiId", &Pins::none(), cx);
        let lists = cases(plan, "ApiStages", &Pins::none(), cx);
        let sure = lists.iter().all(|list| list.is_absent() || list.node().is_some_and(|n| n.as_list().is_some()));
        let mine = links(plan, "ApiStages.*.ApiId", "", &Pins::none(), cx).iter().any(|l| l.target.id() == api.id());
        let open = stages.iter().any(|case| !case.is_absent() && named(case, cx).is_none());
        if mine || open || !sure {
            return;
        }
    }
    let message = match known {
        0 => format!("methods of `{}` want a key, and this template has no usage plan that gives one out", api.id()),
        _ => {
            format!("methods of `{}` want a key, but no usage plan has a stage of it: all calls are refused", api.id())
        }
    };
    if let Some(finding) = say(&KEY_OPENS_NOTHING, &asking, &asking.pins, message, cx) {
        finding.label(api.key.span, "the API").help(
            "Add an `AWS::ApiGateway::UsagePlan` with the API and its stage in `ApiStages`, and a `UsagePlanKey` for each key.",
        );
        if known == 0 {
            finding.severity = Severity::Info;
        }
    }
}
