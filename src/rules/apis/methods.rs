//! Methods: what is ignored, what cannot be answered, and what browsers ask first.

use super::{ANSWER_MISSING, METHOD, NO_PREFLIGHT, PROXY_TEMPLATES_IGNORED};
use crate::conditions::Pins;
use crate::diagnostic::Applicability;
use crate::resolve::Case;
use crate::rule::Context;
use crate::rule::linking::{at_key, below, cases, joined, mentioned, never_given, only, parts, say, without};
use crate::syntax::{Node, NodeKind};
use crate::template::Resource;

/// What a proxy integration does not read, and who sends it instead.
const UNREAD: &[(&str, &str)] = &[
    ("Integration.RequestTemplates", "The whole request is handed on; take what is needed from it there."),
    ("Integration.IntegrationResponses.*.ResponseTemplates", "Build the answer in what the method calls."),
    ("Integration.IntegrationResponses.*.ResponseParameters", "Send the headers from what the method calls."),
];

pub(super) fn proxied<'a>(method: &Resource<'a>, cx: &mut Context<'a>) {
    for (path, help) in UNREAD {
        for [kind, given] in joined([(method, "Integration.Type"), (method, path)], &Pins::none(), cx) {
            let Some(text @ ("AWS_PROXY" | "HTTP_PROXY")) = kind.text() else { continue };
            let some = given.node().and_then(Node::as_map).is_some_and(|entries| !entries.is_empty());
            let name = path.rsplit('.').next().unwrap_or(path);
            // Headers of the answer of an HTTP proxy are another matter.
            if !some || text == "HTTP_PROXY" && name == "ResponseParameters" {
                continue;
            }
            let message = format!("`{}` hands everything through (`{text}`), so its `{name}` are ignored", method.id());
            let edits = without(&given, cx);
            if let Some(finding) = say(&PROXY_TEMPLATES_IGNORED, &at_key(&given), &given.pins, message, cx) {
                finding.label(kind.span(), "the type of the integration").help(*help).fix_by(
                    Applicability::Unsafe,
                    format!("remove `{name}`"),
                    edits,
                );
            }
        }
    }
}

pub(super) fn answers<'a>(method: &Resource<'a>, cx: &mut Context<'a>) {
    for [kind, answers] in
        joined([(method, "Integration.Type"), (method, "Integration.IntegrationResponses")], &Pins::none(), cx)
    {
        let Some(text @ ("AWS" | "HTTP" | "MOCK")) = kind.text() else { continue };
        let none = answers.node().and_then(Node::as_list).is_some_and(<[Node]>::is_empty);
        if answers.is_absent() || none {
            let message = format!(
                "`{}` has no `IntegrationResponses`, so with an integration of the type `{text}` every call ends with an error 500",
                method.id()
            );
            if let Some(finding) = say(&ANSWER_MISSING, &kind, &answers.pins, message, cx) {
                finding.help("Add an item to `IntegrationResponses` and one to `MethodResponses`, both with the same `StatusCode`.");
            }
            continue;
        }
        for item in below(&answers, "*", cx) {
            for status in below(&item, "StatusCode", cx) {
                unanswered(method, &status, cx);
            }
        }
    }
}

/// An answer of the integration for which the method has none.
fn unanswered<'a>(method: &Resource<'a>, status: &Case<'a>, cx: &mut Context<'a>) {
    let Some(code) = status.text() else { return };
    for list in cases(method, "MethodResponses", &status.pins, cx) {
        let codes = match list.node() {
            None if list.is_absent() => Some(Vec::new()),
            Some(Node { kind: NodeKind::List(items), .. }) => {
                items.iter().map(|item| item.get("StatusCode")?.scalar_text()).collect::<Option<Vec<_>>>()
            }
            _ => None,
        };
        if codes.is_none_or(|codes| codes.contains(&code)) {
            continue;
        }
        let message = format!("`{}` has no method response {code}, so this answer cannot be given", method.id());
        let other = list.node().map_or(method.key.span, |_| list.key);
        if let Some(finding) = say(&ANSWER_MISSING, status, &list.pins, message, cx) {
            finding
                .label(other, "what the method may answer")
                .help(format!("Add `StatusCode: {code}` to `MethodResponses`."));
        }
    }
}

/// Whether a template shows that browsers will call an API from another address than its own.
fn has_website<'a>(api: &Resource<'a>, cx: &Context<'a>) -> bool {
    let mut distributions = cx.resources_of("AWS::CloudFront::Distribution").peekable();
    // An API that is behind the same distribution as the pages has their address.
    let kind = api.kind().unwrap_or_default();
    let through = |d: &'a Resource<'a>| mentioned(d.node, kind, cx).iter().any(|found| found.id() == api.id());
    let site = |bucket: &Resource<'a>| {
        cases(bucket, "WebsiteConfiguration.IndexDocument", &Pins::none(), cx).iter().any(|c| c.node().is_some())
    };
    let seen = distributions.peek().is_some()
        || cx.resources_of("AWS::S3::Bucket").any(site)
        || cx.resources_of("AWS::Amplify::App").next().is_some();
    seen && !cx.resources_of("AWS::CloudFront::Distribution").any(through)
}

fn report_preflight<'a>(api: &Resource<'a>, help: &str, cx: &mut Context<'a>) {
    let message =
        format!("`{}` does not answer `OPTIONS`, which a browser asks before it calls from another site", api.id());
    cx.report(&NO_PREFLIGHT, api.key.span, message).help(help);
}

pub(super) fn preflight<'a>(api: &Resource<'a>, cx: &mut Context<'a>) {
    if !never_given(api, "BodyS3Location", cx) {
        return;
    }
    let methods = parts(METHOD, "RestApiId", api, cx);
    let mut proxied = false;
    for method in &methods {
        let Some(verb) = only(method, "HttpMethod", cx) else { return };
        if !verb.text().is_some_and(|verb| verb != "OPTIONS" && verb != "ANY") {
            return;
        }
        let kinds = cases(method, "Integration.Type", &Pins::none(), cx);
        proxied |= kinds.iter().any(|kind| matches!(kind.text(), Some("AWS_PROXY" | "HTTP_PROXY")));
    }
    let body = cases(api, "Body", &Pins::none(), cx);
    let silent = match body.as_slice() {
        [only] if only.is_absent() => proxied,
        [only] => only.node().is_some_and(|body| body_without(body, &["options", "x-amazon-apigateway-any-method"])),
        _ => false,
    };
    if silent && has_website(api, cx) {
        report_preflight(
            api,
            "Add an `OPTIONS` method to each path, with a MOCK integration that sends the `Access-Control-Allow-` headers; in SAM set `Cors`.",
            cx,
        );
    }
}

/// Whether a document describes paths, all of them visible, and none has one of these members.
fn body_without(body: &Node, members: &[&str]) -> bool {
    let Some(paths) = body.get("paths").and_then(Node::as_map) else { return false };
    let plain = |path: &Node| {
        path.as_map().is_some_and(|entries| {
            !entries.iter().any(|e| members.contains(&&*e.key.text) || e.key.text.contains("Fn::"))
        })
    };
    !paths.is_empty() && paths.iter().all(|e| plain(&e.value))
}

pub(super) fn preflight_http<'a>(api: &Resource<'a>, cx: &mut Context<'a>) {
    let http = only(api, "ProtocolType", cx).is_some_and(|kind| kind.text() == Some("HTTP"));
    let given = ["CorsConfiguration", "Body", "BodyS3Location", "Target"];
    if !http || given.iter().any(|path| !never_given(api, path, cx)) {
        return;
    }
    let routes = parts("AWS::ApiGatewayV2::Route", "ApiId", api, cx);
    let open = |route: &Resource<'a>| {
        let key = only(route, "RouteKey", cx);
        let words = key.as_ref().and_then(Case::text);
        words.is_none_or(|key| key == "$default" || key.starts_with("ANY ") || key.starts_with("OPTIONS "))
    };
    if !routes.is_empty() && !routes.iter().any(open) && has_website(api, cx) {
        report_preflight(
            api,
            "Give the API a `CorsConfiguration` with the origins, methods and headers of the site.",
            cx,
        );
    }
}
