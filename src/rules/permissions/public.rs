//! Buckets and keys: who is let in, and who should have been.

use super::{KEY_LOCKED_OUT, Memo, ORIGIN_NOT_READABLE, PUBLIC_AND_BLOCKED, WRITES_WHERE_IT_LISTENS, once};
use crate::conditions::Pins;
use crate::diagnostic::Severity;
use crate::policy::matching::{Part, Target};
use crate::policy::role::Scene;
use crate::policy::{Answer, Document, Effect, Statement};
use crate::resolve::{Case, Member};
use crate::rule::Context;
use crate::rule::linking::{below, cases, is_not_true, is_true, joined, named, say};
use crate::template::Resource;

const BUCKET: &str = "AWS::S3::Bucket";
const FUNCTION: &str = "AWS::Lambda::Function";

/// A bucket policy that lets everybody in, where the bucket takes no such policy.
pub(super) fn blocked<'a>(policy: &Resource<'a>, _: &mut Memo, cx: &mut Context<'a>) {
    for [named_bucket, document] in joined([(policy, "Bucket"), (policy, "PolicyDocument")], &Pins::none(), cx) {
        let Some((bucket, None)) = named(&named_bucket, cx) else { continue };
        let (Some(node), Some(BUCKET)) = (document.node(), bucket.kind()) else { continue };
        let Some(pins) = cx.resolver().existing(&bucket, &document.pins) else { continue };
        let value = Scene::new(cx.resolver(), &pins).reader().value(node);
        let open = |s: &&Statement| {
            s.effect == Some(Effect::Allow)
                && !s.maybe
                && !s.is_conditional()
                && s.principals.as_ref().is_some_and(|p| !p.negated && p.name_everybody() == Answer::Yes)
        };
        let Some(statement) = Document::of(&value).statements.iter().find(open).cloned() else { continue };
        let place = statement.principals.as_ref().and_then(|p| p.list.first()).map_or(statement.span, |p| p.who.span);
        for switches in cases(&bucket, "PublicAccessBlockConfiguration", &pins, cx) {
            let by_default = switches.is_absent();
            let switch =
                if by_default { None } else { below(&switches, "BlockPublicPolicy", cx).into_iter().find(is_true) };
            if !by_default && switch.is_none() {
                continue;
            }
            let id = bucket.id();
            let message = match &switch {
                Some(_) => format!("everybody is let in, but `{id}` blocks public policies, so the policy is refused"),
                None => format!("everybody is let in, but a new bucket like `{id}` blocks public policies by itself"),
            };
            let other = switch.as_ref().map_or(bucket.key.span, Case::span);
            once(&PUBLIC_AND_BLOCKED, place, message, cx, |finding| {
                finding.label(other, if by_default { "nothing is switched off here" } else { "it says so here" }).help(
                    "Let only CloudFront read it, or set `BlockPublicPolicy` and `RestrictPublicBuckets` to `false`.",
                );
                if by_default {
                    finding.severity = Severity::Warning;
                }
            });
        }
    }
}

/// A key whose policy nobody can change again.
pub(super) fn locked_out<'a>(key: &Resource<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    for [policy, bypass] in joined([(key, "KeyPolicy"), (key, "BypassPolicyLockoutSafetyCheck")], &Pins::none(), cx) {
        if policy.node().is_none() || !is_not_true(&bypass) {
            continue;
        }
        let Some(access) = memo.on_resource(key, &bypass.pins, cx).filter(|access| access.whole) else { continue };
        let may = |s: &Statement| {
            s.effect != Some(Effect::Deny)
                && s.names_action("kms:PutKeyPolicy") != Answer::No
                && s.principals.as_ref().is_none_or(crate::policy::Principals::may_name_identities)
        };
        if access.statements().next().is_none() || access.statements().any(may) {
            continue;
        }
        let message = format!("nobody may change the policy of `{}` again, so KMS refuses it", key.id());
        // The document as a whole lacks it: shown at its key.
        let at = Case { member: Member::Absent, ..policy };
        if let Some(finding) = say(&KEY_LOCKED_OUT, &at, &bypass.pins, message, cx) {
            finding.help("Allow `kms:*` on `*` to `AWS: !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:root`.");
        }
    }
}

/// A bucket that starts a function by new objects, which the function may make itself.
pub(super) fn listens<'a>(bucket: &Resource<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    for configuration in cases(bucket, "NotificationConfiguration.LambdaConfigurations.*", &Pins::none(), cx) {
        let event = below(&configuration, "Event", cx);
        let made = |c: &Case<'a>| c.text().is_some_and(|e| e.starts_with("s3:ObjectCreated:") || e == "s3:*");
        let filtered = below(&configuration, "Filter", cx).iter().any(|c| !c.is_absent());
        if filtered || !event.iter().any(made) {
            continue;
        }
        for case in below(&configuration, "Function", cx) {
            let Some((function, _)) = named(&case, cx).filter(|(f, _)| f.kind() == Some(FUNCTION)) else { continue };
            for role in cases(&function, "Role", &case.pins, cx) {
                let scene = Scene::new(cx.resolver(), &role.pins);
                let Some(found) = role.node().and_then(|node| scene.role(node)) else { continue };
                let Some(access) = memo.of_role(&found, &role.pins, cx) else { continue };
                let (kinds, target) = (scene.kinds(), Target::part(bucket, Part::Below));
                let names = |s: &&Statement| {
                    s.effect == Some(Effect::Allow)
                        && s.is_about("s3:PutObject", target, &kinds) == Answer::Yes
                        && s.resources
                            .as_ref()
                            .is_some_and(|r| r.items.iter().any(|item| item.resource() == Some(bucket.id())))
                };
                let allowed = scene.allows(&access, "s3:PutObject", target) == Answer::Yes;
                let Some(place) = access.statements().find(names).map(|s| s.span).filter(|_| allowed) else { continue };
                let message = format!(
                    "every new object of `{0}` starts `{1}`, which may write new objects into `{0}`: that never ends",
                    bucket.id(),
                    function.id()
                );
                if let Some(finding) = say(&WRITES_WHERE_IT_LISTENS, &case, &role.pins, message, cx) {
                    finding.label(place, "it may write here").help(
                        "Let the function write into another bucket, or limit the notification to a prefix that it does not write below.",
                    );
                }
            }
        }
    }
}

/// The origins of a distribution that are buckets of the template.
pub(super) fn origins<'a>(distribution: &Resource<'a>, memo: &mut Memo, cx: &mut Context<'a>) {
    for origin in cases(distribution, "DistributionConfig.Origins.*", &Pins::none(), cx) {
        for domain in below(&origin, "DomainName", cx) {
            let Some((bucket, Some("DomainName" | "RegionalDomainName"))) = named(&domain, cx) else { continue };
            if bucket.kind() != Some(BUCKET) {
                continue;
            }
            let control = below(&origin, "OriginAccessControlId", cx);
            let identity = below(&origin, "S3OriginConfig.OriginAccessIdentity", cx);
            let none = |c: &Case<'a>| c.is_absent() || c.text() == Some("");
            let with = match (control.iter().all(none), identity.iter().all(none)) {
                (true, true) => "",
                (false, _) if control.iter().all(|c| c.node().is_some()) => "control",
                (true, false) if identity.iter().all(|c| c.node().is_some()) => "identity",
                _ => continue,
            };
            origin_closed(distribution, &bucket, &domain, with, memo, cx);
        }
    }
}

fn origin_closed<'a>(
    distribution: &Resource<'a>,
    bucket: &Resource<'a>,
    domain: &Case<'a>,
    with: &str,
    memo: &mut Memo,
    cx: &mut Context<'a>,
) {
    let Some(pins) = cx.resolver().existing(bucket, &domain.pins) else { return };
    let Some(access) = memo.on_resource(bucket, &pins, cx) else { return };
    let lists = cases(bucket, "AccessControl", &pins, cx).iter().any(|c| !c.is_absent() && c.text() != Some("Private"));
    if lists || access.lets_service("cloudfront.amazonaws.com", "s3:GetObject") != Answer::No {
        return;
    }
    // Objects may be public by lists of their own.
    let owned = cases(bucket, "OwnershipControls", &pins, cx).iter().all(Case::is_absent);
    if with != "control" && (!owned || access.may_let_identities("s3:GetObject")) {
        return;
    }
    let (id, from) = (bucket.id(), distribution.id());
    let message = match with {
        "" => format!("`{from}` serves `{id}`, which is private, without saying who it is"),
        "control" => {
            format!("`{from}` serves `{id}` with an access control, but the bucket does not let CloudFront read")
        }
        _ => format!("`{from}` serves `{id}` with an identity, but the bucket does not let it read"),
    };
    if let Some(finding) = say(&ORIGIN_NOT_READABLE, domain, &pins, message, cx) {
        let help = match with {
            "" => format!(
                "Give the origin an `OriginAccessControlId`, and in a bucket policy allow `s3:GetObject` on `!Sub ${{{id}.Arn}}/*` to `Service: cloudfront.amazonaws.com`."
            ),
            _ => format!(
                "In a bucket policy, allow `s3:GetObject` on `!Sub ${{{id}.Arn}}/*` to it, limited to the distribution."
            ),
        };
        finding.label(bucket.key.span, "the bucket").help(help);
    }
}
