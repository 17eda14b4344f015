//! Stages, deployments and domains.

use super::{
    CACHE_REFUSED_OR_OFF, CERTIFICATE_OF_OTHER_REGION, DEPLOYMENT_BEFORE_METHODS, DEPLOYMENT_MADE_ONCE, METHOD,
    PRIVATE_WITHOUT_POLICY, STAGE_VARIABLE_MISSING, count,
};
use crate::conditions::Pins;
use crate::diagnostic::{Applicability, Severity};
use crate::intrinsics::Intrinsic;
use crate::resolve::Case;
use crate::rule::Context;
use crate::rule::linking::{
    at_key, awaited, cases, is_not_true, is_true, joined, links, number, parts, place, say, waiting_for,
};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use crate::template::Resource;
use std::collections::BTreeMap;

const DEPLOYMENT: &str = "AWS::ApiGateway::Deployment";
const API: &str = "AWS::ApiGateway::RestApi";
/// Seconds that an answer is kept at most.
const LONGEST: f64 = 3600.0;
/// Gigabytes that a cache may have.
const SIZES: &[&str] = &["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"];

pub(super) fn cache<'a>(stage: &Resource<'a>, cx: &mut Context<'a>) {
    caches(stage, "", cx);
}

pub(super) fn deployment_cache<'a>(deployment: &Resource<'a>, cx: &mut Context<'a>) {
    caches(deployment, "StageDescription.", cx);
}

fn caches<'a>(stage: &Resource<'a>, under: &str, cx: &mut Context<'a>) {
    let (switch, size) = (format!("{under}CacheClusterEnabled"), format!("{under}CacheClusterSize"));
    for path in [format!("{under}CachingEnabled"), format!("{under}MethodSettings.*.CachingEnabled")] {
        for [wanted, cluster] in joined([(stage, &path), (stage, &switch)], &Pins::none(), cx) {
            if !is_true(&wanted) || !is_not_true(&cluster) {
                continue;
            }
            let message = format!("answers are to be kept, but `{}` has no cache to keep them in", stage.id());
            let other = place(&cluster, stage);
            if let Some(finding) = say(&CACHE_REFUSED_OR_OFF, &wanted, &cluster.pins, message, cx) {
                let label = if cluster.is_absent() { "`CacheClusterEnabled` is not set" } else { "the cache is off" };
                finding.label(other, label).help("Set `CacheClusterEnabled: true` and a `CacheClusterSize`.");
            }
        }
    }
    for path in [format!("{under}CacheTtlInSeconds"), format!("{under}MethodSettings.*.CacheTtlInSeconds")] {
        for kept in cases(stage, &path, &Pins::none(), cx) {
            if number(&kept).is_none_or(|n| (0.0..=LONGEST).contains(&n)) {
                continue;
            }
            let given = kept.text().unwrap_or_default();
            let message = format!("an answer is kept for 0 to {LONGEST} seconds, `{}` has {given}", stage.id());
            if let Some(finding) = say(&CACHE_REFUSED_OR_OFF, &kept, &kept.pins, message, cx) {
                finding.severity = Severity::Error;
            }
        }
    }
    for given in cases(stage, &size, &Pins::none(), cx) {
        let Some(text) = given.text().filter(|text| !SIZES.contains(text)) else { continue };
        let message = format!("there is no cache of {text} gigabytes");
        if let Some(finding) = say(&CACHE_REFUSED_OR_OFF, &given, &given.pins, message, cx) {
            finding.help(format!("The sizes are {}.", SIZES.join(", "))).severity = Severity::Error;
        }
    }
}

/// Whether a logical id carries a mark that changes with the content: a hash or a time.
fn is_marked(id: &str) -> bool {
    let mut runs = id.split(|c: char| !c.is_ascii_hexdigit());
    runs.any(|run| run.len() >= 8 && run.bytes().any(|b| b.is_ascii_digit()))
}

pub(super) fn deployment<'a>(deployment: &Resource<'a>, cx: &mut Context<'a>) {
    let apis = links(deployment, "RestApiId", API, &Pins::none(), cx);
    let [api] = apis.as_slice() else { return };
    let methods = parts(METHOD, "RestApiId", &api.target, cx);
    if methods.is_empty() {
        return;
    }
    waits(deployment, &api.target, &methods, cx);
    if cx.template.is_cdk() || is_marked(deployment.id()) {
        return;
    }
    let message = format!(
        "`{}` is made once: what changes later in the {} of `{}` does not reach its stage",
        deployment.id(),
        count(methods.len(), "method"),
        api.target.id()
    );
    cx.report(&DEPLOYMENT_MADE_ONCE, deployment.key.span, message).label(api.target.key.span, "the API").help(
        "Give the deployment a new logical id with every change, deploy with `aws apigateway create-deployment`, or let SAM or the CDK do it.",
    );
}

/// A deployment is a copy of the methods there are: it must wait for them.
fn waits<'a>(deployment: &Resource<'a>, api: &Resource<'a>, methods: &[Resource<'a>], cx: &mut Context<'a>) {
    let waits = awaited(deployment, cx);
    let conditional = |r: &Resource<'_>| r.condition().is_some() && r.condition() != deployment.condition();
    let missed: Vec<&Resource<'a>> = methods.iter().filter(|m| !waits.contains(m.id()) && !conditional(m)).collect();
    let Some(first) = missed.first() else { return };
    let names: Vec<&str> = missed.iter().map(|m| m.id()).collect();
    let message = if missed.len() == methods.len() {
        format!(
            "`{}` waits for no method of `{}`, and an API without methods cannot be deployed",
            deployment.id(),
            api.id()
        )
    } else {
        format!(
            "`{}` does not wait for `{}`, so that the stage may come without it",
            deployment.id(),
            names.join("`, `")
        )
    };
    let (span, other) = (deployment.key.span, first.key.span);
    let edits = waiting_for(deployment, &names, cx);
    cx.report(&DEPLOYMENT_BEFORE_METHODS, span, message)
        .label(other, "nothing says that this comes first")
        .help(format!("Name the methods in `DependsOn`: {}.", names.join(", ")))
        .fix_by(Applicability::Safe, "wait for the methods", edits);
}

/// A stage: the resource that makes it, and where its variables stand.
fn stages<'a>(api: &Resource<'a>, cx: &Context<'a>) -> Vec<(Resource<'a>, Case<'a>)> {
    let mut found = Vec::new();
    for stage in parts("AWS::ApiGateway::Stage", "RestApiId", api, cx) {
        found.extend(cases(&stage, "Variables", &Pins::none(), cx).into_iter().map(|case| (stage, case)));
    }
    for made in parts(DEPLOYMENT, "RestApiId", api, cx) {
        for [name, variables] in
            joined([(&made, "StageName"), (&made, "StageDescription.Variables")], &Pins::none(), cx)
        {
            if name.node().is_some() {
                found.push((made, variables));
            }
        }
    }
    found
}

/// The stage variables in the texts of a value, each with a place.
fn used<'a>(node: &'a Node, found: &mut BTreeMap<&'a str, Span>) {
    node.walk(&mut |part| {
        let Some(text) = part.as_str() else { return };
        for rest in text.split("stageVariables.").skip(1) {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let braced = text.contains("${stageVariables.") || text.contains("${!stageVariables.");
            if let Some(name) = rest.get(..end).filter(|name| braced && !name.is_empty()) {
                found.entry(name).or_insert(part.span);
            }
        }
    });
}

pub(super) fn variables<'a>(api: &Resource<'a>, cx: &mut Context<'a>) {
    let mut wanted = BTreeMap::new();
    for method in parts(METHOD, "RestApiId", api, cx) {
        for uri in cases(&method, "Integration.Uri", &Pins::none(), cx) {
            uri.node().into_iter().for_each(|node| used(node, &mut wanted));
        }
    }
    for body in cases(api, "Body", &Pins::none(), cx) {
        let Some(body) = body.node() else { continue };
        body.walk(&mut |part| {
            part.get("uri").into_iter().for_each(|uri| used(uri, &mut wanted));
        });
    }
    if wanted.is_empty() {
        return;
    }
    for (stage, variables) in stages(api, cx) {
        let given: Vec<&str> = match variables.node() {
            Some(node) => match node.as_map() {
                Some(entries) if !entries.iter().any(|e| e.key.text.contains("Fn::")) => {
                    entries.iter().map(|e| &*e.key.text).collect()
                }
                _ => continue,
            },
            None if variables.is_absent() => Vec::new(),
            None => continue,
        };
        let missing: Vec<(&str, Span)> =
            wanted.iter().filter(|(name, _)| !given.contains(name)).map(|(n, s)| (*n, *s)).collect();
        let Some((_, other)) = missing.first().copied() else { continue };
        let names: Vec<&str> = missing.iter().map(|m| m.0).collect();
        let message = format!(
            "stage `{}` has no variable `{}`, so the calls that need it end with an error 500",
            stage.id(),
            names.join("`, `")
        );
        let at = if variables.is_absent() { variables.clone().as_missing() } else { at_key(&variables) };
        if let Some(finding) = say(&STAGE_VARIABLE_MISSING, &at, &variables.pins, message, cx) {
            finding.label(other, "it is used here").help("Add it to the `Variables` of the stage.");
        }
    }
}

pub(super) fn private<'a>(api: &Resource<'a>, cx: &mut Context<'a>) {
    let deployed = parts(DEPLOYMENT, "RestApiId", api, cx);
    let Some(first) = deployed.first() else { return };
    let of = [(api, "EndpointConfiguration.Types"), (api, "Policy"), (api, "Body"), (api, "BodyS3Location")];
    for [types, policy, body, stored] in joined(of, &Pins::none(), cx) {
        let list = types.node().and_then(Node::as_list).unwrap_or_default();
        let Some(word) = list.iter().find(|item| item.as_str() == Some("PRIVATE")) else { continue };
        let unsaid = match body.node() {
            None => body.is_absent(),
            Some(node) => node.as_map().is_some_and(|entries| {
                !entries.iter().any(|e| e.key.text.contains("policy") || e.key.text.contains("Fn::"))
            }),
        };
        if !policy.is_absent() || !stored.is_absent() || !unsaid {
            continue;
        }
        let message = format!("`{}` is private and has no `Policy`, so it cannot be deployed", api.id());
        let (span, pins) = (first.key.span, stored.pins.clone());
        let at = Case { member: crate::resolve::Member::Value(word), ..types.clone() };
        if let Some(finding) = say(&PRIVATE_WITHOUT_POLICY, &at, &pins, message, cx) {
            finding.label(span, "it is deployed here").help(
                "Add a `Policy` that says which VPC or endpoint may call it (`aws:SourceVpc`, `aws:SourceVpce`).",
            );
        }
    }
}

pub(super) fn domain<'a>(domain: &Resource<'a>, cx: &mut Context<'a>) {
    for [types, certificate] in
        joined([(domain, "EndpointConfiguration.Types"), (domain, "CertificateArn")], &Pins::none(), cx)
    {
        let edge = types.is_absent()
            || types.node().and_then(Node::as_list).is_some_and(|l| l.iter().any(|i| i.as_str() == Some("EDGE")));
        let Some(region) = certificate.node().filter(|_| edge).and_then(region_of) else { continue };
        if region == "us-east-1" {
            continue;
        }
        let message =
            format!("`{}` is an edge domain, whose certificate must be in us-east-1, not in {region}", domain.id());
        if let Some(finding) = say(&CERTIFICATE_OF_OTHER_REGION, &certificate, &certificate.pins, message, cx) {
            finding
                .label(
                    place(&types, domain),
                    if types.is_absent() {
                        "a domain is an edge domain unless it says otherwise"
                    } else {
                        "the kind of the domain"
                    },
                )
                .help("Use a certificate of us-east-1, or make the domain `REGIONAL` with a `RegionalCertificateArn`.");
        }
    }
}

/// The region in the ARN of a certificate, when it stands there.
fn region_of(node: &Node) -> Option<&str> {
    let text = match &node.kind {
        NodeKind::Call(call) if call.function == Intrinsic::Sub => {
            call.argument.as_str().or_else(|| call.argument.as_list()?.first()?.as_str())?
        }
        _ => node.as_str()?,
    };
    let mut parts = text.split(':');
    let region = (parts.next()? == "arn").then(|| parts.nth(2)).flatten()?;
    let is_region = region.len() > 6 && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (text.contains(":acm:") && is_region).then_some(region)
}
