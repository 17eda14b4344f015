//! The actions that a policy names.

use super::ACTION_UNKNOWN;
use crate::intrinsics::dynamic;
use crate::policy::matching::fits;
use crate::rule::Context;
use crate::rule::suggest::nearest;
use crate::schema::store::{self, Value};
use crate::source::Span;
use crate::syntax::Node;

/// Policies that stand on one service: its actions are the only ones that mean anything there.
const OF_ONE_SERVICE: &[(&str, &str, &str)] = &[
    ("AWS::S3::BucketPolicy", "s3", "a bucket"),
    ("AWS::SQS::QueuePolicy", "sqs", "a queue"),
    ("AWS::SNS::TopicPolicy", "sns", "a topic"),
];

/// Checks one action. Templates with the SAM transform are left alone: the transform may rewrite their policies.
pub(super) fn check(kind: &str, node: &Node, key: Span, cx: &mut Context<'_>) {
    let Some(action) = node.as_str() else { return };
    if action == "*" || cx.template.is_sam() || dynamic::contains(action) {
        return;
    }
    let Some((service, name)) = action.split_once(':') else {
        let message = format!("`{action}` is no action: an action is written `service:Name`");
        cx.report(&ACTION_UNKNOWN, node.span, message).reference_at(key);
        return;
    };
    let (service, name) = (service.to_lowercase(), name.to_lowercase());
    if let Some((_, only, what)) = OF_ONE_SERVICE.iter().find(|one| one.0 == kind && one.1 != service) {
        let message = format!("the policy of {what} can only name actions of `{only}`, found `{action}`");
        cx.report(&ACTION_UNKNOWN, node.span, message).reference_at(key);
    }
    let Some(services) = store::table("tables/policy_actions") else { return };
    let Some(facts) = services.get(&service) else {
        let finding = cx.report(&ACTION_UNKNOWN, node.span, format!("`{service}` is no service that has actions"));
        finding.reference_at(key);
        if let Some(near) = nearest(&service, services.members().map(|m| m.0)) {
            finding.help(format!("Did you mean `{near}`?"));
        }
        return;
    };
    let Some(actions) = facts.get("actions") else { return };
    if exists(&name, actions) {
        return;
    }
    let finding = if name.contains(['*', '?']) {
        cx.report(&ACTION_UNKNOWN, node.span, format!("no action of `{service}` fits `{action}`"))
    } else {
        cx.report(&ACTION_UNKNOWN, node.span, format!("`{service}` has no action `{action}`"))
    };
    finding.reference_at(key);
    if let Some(near) = nearest(&name, actions.members().map(|m| m.0)) {
        finding.help(format!("Did you mean `{service}:{near}`?"));
    }
}

fn exists(name: &str, actions: Value) -> bool {
    if name.contains(['*', '?']) {
        return actions.members().any(|(action, _)| fits(name, action));
    }
    actions.get(name).is_some()
}
