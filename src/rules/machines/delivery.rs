//! Buckets, distributions and the APIs before functions.

use super::{DOT_WITH_ACCELERATION, INTEGRATION_NOT_POST, METHODS_NOT_A_SET, REPLICATION_WITHOUT_VERSIONS};
use crate::conditions::Pins;
use crate::diagnostic::Applicability;
use crate::resolve::{Case, Member};
use crate::rule::Context;
use crate::rule::linking::{cases, joined, links, mentioned, offer_text, place, say};
use crate::syntax::Node;
use crate::template::Resource;

pub(super) fn method<'a>(method: &Resource<'a>, cx: &mut Context<'a>) {
    let of = [(method, "Integration.Type"), (method, "Integration.Uri"), (method, "Integration.IntegrationHttpMethod")];
    for [kind, uri, verb] in joined(of, &Pins::none(), cx) {
        let Some(text) = verb.text().filter(|text| *text != "POST") else { continue };
        let functions = uri.node().map(|node| mentioned(node, "AWS::Lambda::Function", cx)).unwrap_or_default();
        let ([function], Some("AWS" | "AWS_PROXY")) = (functions.as_slice(), kind.text()) else { continue };
        let message =
            format!("`{}` calls `{}` by {text}, and a function is called by POST only", method.id(), function.id());
        if let Some(finding) = say(&INTEGRATION_NOT_POST, &verb, &verb.pins, message, cx) {
            finding.label(uri.span(), "the function").help("Write `POST`, whatever method the client uses.");
            offer_text(finding, &verb, Applicability::Safe, "POST");
        }
    }
}

pub(super) fn replication<'a>(bucket: &Resource<'a>, cx: &mut Context<'a>) {
    const STATUS: &str = "VersioningConfiguration.Status";
    for [copies, status] in joined([(bucket, "ReplicationConfiguration"), (bucket, STATUS)], &Pins::none(), cx) {
        if copies.node().is_none() || status.text_or("") == Some("Enabled") || status.text_or("").is_none() {
            continue;
        }
        let message = format!("`{}` is copied, but it keeps no versions", bucket.id());
        let at = Case { member: Member::Absent, ..copies.clone() };
        if let Some(finding) = say(&REPLICATION_WITHOUT_VERSIONS, &at, &status.pins, message, cx) {
            finding
                .label(place(&status, bucket), "versions are not switched on")
                .help("Set `VersioningConfiguration: {Status: Enabled}`.");
        }
    }
    let path = "ReplicationConfiguration.Rules.*.Destination.Bucket";
    for link in links(bucket, path, "AWS::S3::Bucket", &Pins::none(), cx) {
        for [there, status] in joined([(bucket, path), (&link.target, STATUS)], &link.pins, cx) {
            let given = status.text_or("");
            if there.span() != link.from || given.is_none() || given == Some("Enabled") {
                continue;
            }
            let message = format!("`{}` is copied to `{}`, which keeps no versions", bucket.id(), link.target.id());
            if let Some(finding) = say(&REPLICATION_WITHOUT_VERSIONS, &there, &status.pins, message, cx) {
                finding
                    .label(place(&status, &link.target), "versions are not switched on")
                    .help("Set `VersioningConfiguration: {Status: Enabled}` there too.");
            }
        }
    }
}

pub(super) fn acceleration<'a>(bucket: &Resource<'a>, cx: &mut Context<'a>) {
    let of = [(bucket, "AccelerateConfiguration.AccelerationStatus"), (bucket, "BucketName")];
    for [status, name] in joined(of, &Pins::none(), cx) {
        let dotted = name.text().filter(|name| name.contains('.') && status.text() == Some("Enabled"));
        let Some(text) = dotted else { continue };
        let message = format!("`{text}` has a dot, so `{}` cannot have transfer acceleration", bucket.id());
        if let Some(finding) = say(&DOT_WITH_ACCELERATION, &name, &name.pins, message, cx) {
            finding.label(status.span(), "acceleration is on").help("Use a name without dots.");
        }
    }
}

/// The sets of methods that a behaviour may have, sorted.
const SETS: [&[&str]; 3] =
    [&["GET", "HEAD"], &["GET", "HEAD", "OPTIONS"], &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]];

pub(super) fn distribution<'a>(distribution: &Resource<'a>, cx: &mut Context<'a>) {
    for (path, sets) in [
        ("DefaultCacheBehavior.AllowedMethods", 3),
        ("CacheBehaviors.*.AllowedMethods", 3),
        ("DefaultCacheBehavior.CachedMethods", 2),
        ("CacheBehaviors.*.CachedMethods", 2),
    ] {
        for list in cases(distribution, &format!("DistributionConfig.{path}"), &Pins::none(), cx) {
            let Some(items) = list.node().and_then(Node::as_list) else { continue };
            let Some(mut given) = items.iter().map(Node::as_str).collect::<Option<Vec<_>>>() else { continue };
            given.sort_unstable();
            given.dedup();
            // A word that is no method at all is reported as such.
            let methods = SETS.get(2).is_some_and(|all| given.iter().all(|method| all.contains(method)));
            if given.is_empty() || !methods || SETS.iter().take(sets).any(|set| *set == given) {
                continue;
            }
            let mut allowed: Vec<String> = SETS.iter().take(sets).map(|set| set.join(" ")).collect();
            let last = allowed.pop().unwrap_or_default();
            let message = format!(
                "`{}` cannot have the methods {}; the sets are {} or {last}",
                distribution.id(),
                given.join(" "),
                allowed.join(", ")
            );
            if let Some(finding) = say(&METHODS_NOT_A_SET, &list, &list.pins, message, cx) {
                let near = SETS.iter().take(sets).find(|set| given.iter().all(|method| set.contains(method)));
                if let Some(near) = near {
                    finding.help(format!("The least set that has them all is [{}].", near.join(", ")));
                }
            }
        }
    }
}
