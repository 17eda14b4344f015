//! Sizes of Auto Scaling groups and the policies that scale them.

use super::{MAXIMUM_BELOW_MINIMUM, NO_ROOM_TO_SCALE, cases, links, say};
use crate::conditions::Pins;
use crate::resolve::Case;
use crate::rule::Context;
use crate::template::Resource;

/// The pairs of smallest and largest size that a group can have, as far as they are known.
fn sizes_of<'a>(group: &Resource<'a>, pins: &Pins, cx: &Context<'a>) -> Vec<(Case<'a>, Case<'a>, f64, f64)> {
    let number = |case: &Case<'_>| case.text()?.parse::<f64>().ok();
    let mut pairs = Vec::new();
    for least in cases(group, &["MinSize"], pins, cx) {
        for most in cases(group, &["MaxSize"], &least.pins, cx) {
            if let (Some(low), Some(high)) = (number(&least), number(&most)) {
                pairs.push((least.clone(), most, low, high));
            }
        }
    }
    pairs
}

pub(super) fn sizes<'a>(group: &Resource<'a>, cx: &mut Context<'a>) {
    for (least, most, low, high) in sizes_of(group, &Pins::none(), cx) {
        if high >= low {
            continue;
        }
        let message = format!("`MaxSize` is {high}, less than `MinSize`, which is {low}");
        if let Some(finding) = say(&MAXIMUM_BELOW_MINIMUM, &most, &most.pins, message, cx) {
            finding.label(least.span(), "the smallest size").help("Set `MaxSize` to at least `MinSize`.");
        }
    }
}

pub(super) fn policy<'a>(policy: &Resource<'a>, cx: &mut Context<'a>) {
    for link in links(policy, &["AutoScalingGroupName"], "AWS::AutoScaling::AutoScalingGroup", cx) {
        for kind in cases(policy, &["PolicyType"], &link.pins, cx) {
            if kind.text() != Some("TargetTrackingScaling") {
                continue;
            }
            for (least, most, low, high) in sizes_of(&link.target, &kind.pins, cx) {
                if high > low {
                    continue;
                }
                let message = format!(
                    "`{}` is to scale `{}`, whose `MaxSize` {high} is not more than its `MinSize` {low}",
                    policy.id(),
                    link.target.id()
                );
                if let Some(finding) = say(&NO_ROOM_TO_SCALE, &most, &most.pins, message, cx) {
                    finding
                        .label(least.span(), "the smallest size")
                        .label(link.from, "the policy scales this group")
                        .help("Raise `MaxSize`, or remove the policy.");
                }
            }
        }
    }
}
