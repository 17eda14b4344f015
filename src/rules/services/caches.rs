//! Replication groups of caches: what cluster mode, which a parameter group switches on, needs.

use super::CLUSTER_WITHOUT_FAILOVER;
use crate::intrinsics::Intrinsic;
use crate::rule::Context;
use crate::rule::cases::{Case, cases};
use crate::schema::walk::{Place, places};
use crate::source::Span;
use crate::syntax::Node;
use crate::template::Resource;

const MEMBERS: [&str; 3] = ["AutomaticFailoverEnabled", "NumNodeGroups", "NumCacheClusters"];

pub(super) fn check<'a>(group: &Resource<'a>, cx: &mut Context<'a>) {
    let around = cx.surroundings();
    for properties in places(group, &[], around) {
        let around = cx.surroundings();
        for used in properties.below(&["CacheParameterGroupName"], around) {
            let Some(call) = used.node.as_call().filter(|c| c.function == Intrinsic::Ref) else { continue };
            let parameters = call.argument.as_str().and_then(|name| cx.template.resources.get(name));
            let Some(parameters) = parameters.filter(|r| r.kind() == Some("AWS::ElastiCache::ParameterGroup")) else {
                continue;
            };
            // The reference shows the fault at the function that names the parameter group.
            let key = if call.short { used.key } else { call.function_span };
            cluster(&properties, &used, parameters, key, cx);
        }
    }
}

fn cluster<'a>(properties: &Place<'a>, used: &Place<'a>, parameters: &Resource<'a>, key: Span, cx: &mut Context<'a>) {
    let settings = parameters.property("Properties");
    let members = MEMBERS.map(|name| properties.node.get(name));
    let all = cases(&[settings, members[0], members[1], members[2]], used.pins(), cx.resolver());
    for case in all.unwrap_or_default() {
        let mode =
            settings.and_then(|s| case.member(case.seen(Some(s), cx.resolver())?, "cluster-enabled", cx.resolver()));
        // `yes` without quotes is a boolean in YAML.
        let Some(mode) = mode.filter(|n| n.as_str() == Some("yes") || n.as_bool() == Some(true)) else { continue };
        for (span, message) in faults(&case, &members, properties.key, cx) {
            let finding = cx.report(&CLUSTER_WITHOUT_FAILOVER, span, message);
            finding.reference_at(key).label(mode.span, "cluster mode is switched on here");
            if let Some(note) = case.describe() {
                finding.note(format!("when {note}"));
            }
        }
    }
}

fn faults<'a>(case: &Case<'a>, members: &[Option<&'a Node>; 3], key: Span, cx: &Context<'a>) -> Vec<(Span, String)> {
    let [failover, groups, nodes] = members.map(|member| case.seen(member, cx.resolver()));
    let mut out = Vec::new();
    if let Some(failover) = failover.filter(|n| matches!(n.scalar_text(), Some("false" | "False"))) {
        out.push((failover.span, "cluster mode needs `AutomaticFailoverEnabled`".to_owned()));
    }
    if groups.is_some_and(|groups| groups.scalar_text() != Some("0")) {
        return out;
    }
    let number = |node: &Node| node.scalar_text().and_then(|text| text.parse::<u64>().ok());
    match nodes {
        None => out.push((key, "cluster mode needs `NumNodeGroups`, or at least 2 in `NumCacheClusters`".to_owned())),
        Some(node) if number(node).is_some_and(|count| count <= 1) => {
            out.push((node.span, "cluster mode needs at least 2 in `NumCacheClusters`".to_owned()));
        }
        Some(_) => {}
    }
    out
}
