//! What the definition of a state machine asks of the role of the resource around it.

use super::EVENTS_PERMISSION;
use crate::bundle::functions::{Allowed, Wanted, may};
use crate::rule::Context;
use crate::states::{self, Integration};
use crate::syntax::Node;
use crate::template::Resource;

/// Making the rule that tells when a job is done.
const PUT_RULE: Wanted = Wanted {
    action: "events:PutRule",
    allowed_by: &["CloudWatchEventsFullAccess", "AmazonEventBridgeFullAccess", "AWSStepFunctionsFullAccess"],
};

pub(super) fn check(resource: &Resource<'_>, roots: &[Node], cx: &mut Context<'_>) {
    roots.iter().for_each(|root| events(resource, root, cx));
}

fn events(resource: &Resource<'_>, root: &Node, cx: &mut Context<'_>) {
    let resources = states::states(root).into_iter().filter_map(|(state, _)| state.value.get("Resource"));
    let mut calls = resources.filter_map(|node| Some((node, Integration::read(node.as_str()?)?)));
    let Some((node, call)) = calls.find(|(_, call)| call.needs_events()) else { return };
    let key = if resource.kind() == Some("AWS::Serverless::StateMachine") { "Role" } else { "RoleArn" };
    let Allowed::No(place) = may(cx.template, resource, key, PUT_RULE) else { return };
    let what = format!("{}:{}{}", call.service, call.action, call.pattern.as_str());
    let message = format!(
        "the role does not allow `events:PutRule`, without which `{what}` cannot wait, so making the state machine fails"
    );
    cx.report(&EVENTS_PERMISSION, place, message).label(node.span, "this task waits for its job").help(
        "Allow `events:PutTargets`, `events:PutRule` and `events:DescribeRule` on the rules `StepFunctionsGetEvents*`.",
    );
}
