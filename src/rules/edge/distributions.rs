//! Distributions: certificates, origins, web ACLs.

use super::{ACL_OF_OTHER_SCOPE, CERTIFICATE_NOT_FOR_EDGE, WEBSITE_WITHOUT_TLS, is_website};
use crate::conditions::Pins;
use crate::diagnostic::Applicability;
use crate::intrinsics::{Intrinsic, get_att_parts};
use crate::resolve::{Case, Named};
use crate::rule::Context;
use crate::rule::linking::{below, cases, is_true, joined, joined_below, links, named, offer_text, say};
use crate::syntax::{Node, NodeKind};
use crate::template::Resource;

const CONFIG: &str = "DistributionConfig";
/// The region that holds what distributions use.
const HOME: &str = "us-east-1";

/// The service and the region of an ARN of the partition with distributions in many countries.
fn service_and_region(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.strip_prefix("arn:aws:")?.split(':');
    Some((parts.next()?, parts.next()?))
}

pub(super) fn certificate<'a>(distribution: &Resource<'a>, cx: &mut Context<'a>) {
    let id = distribution.id();
    for case in cases(distribution, "DistributionConfig.ViewerCertificate.AcmCertificateArn", &Pins::none(), cx) {
        let Some(("acm", region)) = case.text().and_then(service_and_region) else { continue };
        if region == HOME || region.is_empty() {
            continue;
        }
        let message = format!("the certificate of `{id}` is in `{region}`; distributions only take those of `{HOME}`");
        if let Some(finding) = say(&CERTIFICATE_NOT_FOR_EDGE, &case, &case.pins, message, cx) {
            finding.help(format!("Request the certificate in `{HOME}`, whatever the region of the stack."));
        }
    }
    let of = [
        (distribution, "DistributionConfig.Aliases"),
        (distribution, "DistributionConfig.ViewerCertificate"),
        (distribution, "DistributionConfig.ViewerCertificate.CloudFrontDefaultCertificate"),
    ];
    for [aliases, certificate, default] in joined(of, &Pins::none(), cx) {
        if !certificate.is_absent() && !is_true(&default) {
            continue;
        }
        let known = Case { pins: default.pins.clone(), ..aliases };
        let Some(alias) = below(&known, "*", cx).into_iter().find(|item| item.node().is_some()) else { continue };
        let why = if certificate.is_absent() { "no certificate" } else { "only the certificate of CloudFront" };
        let message = format!("`{id}` has names of its own, but {why}");
        if let Some(finding) = say(&CERTIFICATE_NOT_FOR_EDGE, &alias, &alias.pins, message, cx) {
            if !certificate.is_absent() {
                finding.label(default.span(), "it is only for names of `cloudfront.net`");
            }
            finding.help(format!("Add `ViewerCertificate` with the ARN of a certificate for them in `{HOME}`."));
        }
    }
}

/// Whether the domain of an origin is certainly the website of a bucket.
fn leads_to_website(node: &Node) -> bool {
    let mut found = false;
    node.walk(&mut |part| match &part.kind {
        NodeKind::Call(call) if call.function == Intrinsic::GetAtt => {
            found |= get_att_parts(&call.argument).is_some_and(|parts| parts.attribute == "WebsiteURL");
        }
        NodeKind::String(text) => found |= is_website(text) || text.contains(".WebsiteURL}"),
        _ => {}
    });
    found
}

pub(super) fn origins<'a>(distribution: &Resource<'a>, cx: &mut Context<'a>) {
    for origin in cases(distribution, "DistributionConfig.Origins.*", &Pins::none(), cx) {
        let paths = ["DomainName", "CustomOriginConfig.OriginProtocolPolicy", "S3OriginConfig"];
        for [domain, policy, bucket] in joined_below(&origin, paths, cx) {
            if !domain.node().is_some_and(leads_to_website) {
                continue;
            }
            if let Some(chosen @ ("https-only" | "match-viewer")) = policy.text() {
                let message = format!("the website of a bucket is only asked with HTTP, and `{chosen}` uses HTTPS");
                if let Some(finding) = say(&WEBSITE_WITHOUT_TLS, &policy, &policy.pins, message, cx) {
                    finding
                        .label(domain.span(), "the website")
                        .help("Set `http-only`, or use the bucket itself as origin with an origin access control.");
                    let always = chosen == "https-only";
                    let sure = if always { Applicability::Safe } else { Applicability::Unsafe };
                    offer_text(finding, &policy, sure, "http-only");
                }
            }
            if bucket.node().is_some() {
                let message = "the website of a bucket is no bucket, so `S3OriginConfig` does not work for it";
                if let Some(finding) = say(&WEBSITE_WITHOUT_TLS, &domain, &bucket.pins, message.to_owned(), cx) {
                    finding.label(bucket.key, "this is for the bucket itself").help(
                        "Use `!GetAtt Bucket.RegionalDomainName`, or `CustomOriginConfig` with `http-only` for the website.",
                    );
                }
            }
        }
    }
}

const WEB_ACL: &str = "AWS::WAFv2::WebACL";

/// The scope of a web ACL that a value names, and what says so.
fn scopes<'a>(resource: &Resource<'a>, path: &str, cx: &Context<'a>) -> Vec<(Case<'a>, Case<'a>, String)> {
    let mut found = Vec::new();
    for at in cases(resource, path, &Pins::none(), cx) {
        if let Some((acl, _)) = named(&at, cx).filter(|found| found.0.kind() == Some(WEB_ACL)) {
            for scope in cases(&acl, "Scope", &at.pins, cx) {
                if let Some(text) = scope.text() {
                    found.push((at.clone(), scope.clone(), text.to_owned()));
                }
            }
        } else if let Some(Named::Literal(arn)) = at.node().map(|node| Named::of(node, cx.template)) {
            let scope = match () {
                () if arn.contains(":global/webacl/") => "CLOUDFRONT",
                () if arn.contains(":regional/webacl/") => "REGIONAL",
                () => continue,
            };
            found.push((at.clone(), at.clone(), scope.to_owned()));
        }
    }
    found
}

pub(super) fn acl<'a>(distribution: &Resource<'a>, cx: &mut Context<'a>) {
    for (at, scope, text) in scopes(distribution, &format!("{CONFIG}.WebACLId"), cx) {
        if text == "REGIONAL" {
            let message = format!(
                "the web ACL of `{}` is `REGIONAL`, and distributions take those of `CLOUDFRONT`",
                distribution.id()
            );
            report(&at, &scope, message, "Give the web ACL `Scope: CLOUDFRONT`, in a stack in `us-east-1`.", cx);
        }
    }
}

pub(super) fn association<'a>(association: &Resource<'a>, cx: &mut Context<'a>) {
    for (at, scope, text) in scopes(association, "WebACLArn", cx) {
        if text == "CLOUDFRONT" {
            let message =
                format!("`{}` is for a resource of a region, and the web ACL is for distributions", association.id());
            let help = "Give the web ACL `Scope: REGIONAL`; a distribution names its web ACL in `WebACLId`.";
            report(&at, &scope, message, help, cx);
        }
    }
    for link in links(association, "ResourceArn", "AWS::CloudFront::Distribution", &Pins::none(), cx) {
        for at in cases(association, "ResourceArn", &link.pins, cx) {
            let message = format!("`{}` is a distribution, which names its web ACL itself", link.target.id());
            let help = "Remove the association, and set `WebACLId` of the distribution.";
            report(&at, &at, message, help, cx);
        }
    }
}

fn report<'a>(at: &Case<'a>, scope: &Case<'a>, message: String, help: &str, cx: &mut Context<'a>) {
    if let Some(finding) = say(&ACL_OF_OTHER_SCOPE, at, &scope.pins, message, cx) {
        if scope.span() != at.span() {
            finding.label(scope.span(), "the scope");
        }
        finding.help(help);
    }
}

/// A web ACL for distributions is only made in one region.
pub(super) fn region<'a>(acl: &Resource<'a>, cx: &mut Context<'a>) {
    if cx.options.regions.iter().any(|region| region == HOME || !region.contains('-')) {
        return;
    }
    for scope in cases(acl, "Scope", &Pins::none(), cx) {
        if scope.text() != Some("CLOUDFRONT") {
            continue;
        }
        let regions: Vec<&str> = cx.options.regions.iter().map(String::as_str).collect();
        let message = format!(
            "a web ACL for distributions is only made in `{HOME}`, and the stack is for {}",
            crate::rule::shape::quoted(&regions)
        );
        if let Some(finding) = say(&ACL_OF_OTHER_SCOPE, &scope, &scope.pins, message, cx) {
            finding.help(format!("Put it into a stack of its own in `{HOME}`."));
        }
    }
}
