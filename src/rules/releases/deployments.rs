//! Deployment groups and configurations of CodeDeploy.

use super::{PLATFORM_MISMATCH, SERVICE_HANDED_OVER, TRAFFIC_BLOCK};
use crate::conditions::Pins;
use crate::resolve::{Case, Member};
use crate::rule::Context;
use crate::rule::linking::{at_key, below, cases, is_nothing, joined, links, named, number, place, say};
use crate::syntax::Node;
use crate::template::Resource;

/// The platform of a configuration that AWS offers.
fn platform_of(config: &str) -> Option<&'static str> {
    let name = config.strip_prefix("CodeDeployDefault.")?;
    Some(match name {
        _ if name.starts_with("Lambda") => "Lambda",
        _ if name.starts_with("ECS") => "ECS",
        "AllAtOnce" | "HalfAtATime" | "OneAtATime" => "Server",
        _ => return None,
    })
}

pub(super) fn group<'a>(group: &Resource<'a>, cx: &mut Context<'a>) {
    for link in links(group, "ApplicationName", "AWS::CodeDeploy::Application", &Pins::none(), cx) {
        for platform in cases(&link.target, "ComputePlatform", &link.pins, cx) {
            let Some(own) = platform.text_or("Server") else { continue };
            let about = (link.target.id(), own, place(&platform, &link.target));
            for config in cases(group, "DeploymentConfigName", &platform.pins, cx) {
                configuration(group, about, &config, cx);
            }
            if own != "Server" {
                style(group, about, &platform.pins, cx);
            }
        }
    }
}

type About<'a> = (&'a str, &'a str, crate::source::Span);

fn configuration<'a>(
    group: &Resource<'a>,
    (application, own, other): About<'_>,
    config: &Case<'a>,
    cx: &mut Context<'a>,
) {
    let theirs = match named(config, cx) {
        Some((target, None)) if target.kind() == Some("AWS::CodeDeploy::DeploymentConfig") => {
            let all = cases(&target, "ComputePlatform", &config.pins, cx);
            let [platform] = all.as_slice() else { return };
            platform.text_or("Server")
        }
        _ => config.text().and_then(platform_of),
    };
    let Some(theirs) = theirs.filter(|theirs| *theirs != own) else { return };
    let message = format!(
        "the configuration of `{}` is for the platform `{theirs}`, but `{application}` is for `{own}`",
        group.id()
    );
    if let Some(finding) = say(&PLATFORM_MISMATCH, config, &config.pins, message, cx) {
        finding.label(other, format!("the application is for `{own}`")).help(match own {
            "Lambda" => "Use one such as `CodeDeployDefault.LambdaAllAtOnce`.",
            "ECS" => "Use one such as `CodeDeployDefault.ECSAllAtOnce`.",
            _ => "Use one such as `CodeDeployDefault.OneAtATime`.",
        });
    }
}

fn style<'a>(group: &Resource<'a>, (application, own, other): About<'_>, pins: &Pins, cx: &mut Context<'a>) {
    let of = [
        ("DeploymentStyle.DeploymentType", "BLUE_GREEN"),
        ("DeploymentStyle.DeploymentOption", "WITH_TRAFFIC_CONTROL"),
    ];
    for (path, wanted) in of {
        for given in cases(group, path, pins, cx) {
            let Some(text) = given.text().filter(|text| *text != wanted) else { continue };
            let message = format!("`{application}` is for `{own}`, whose deployments are `{wanted}`, not `{text}`");
            if let Some(finding) = say(&PLATFORM_MISMATCH, &given, &given.pins, message, cx) {
                finding.label(other, format!("the application is for `{own}`")).help(format!("Write `{wanted}`."));
                crate::rule::linking::offer_text(finding, &given, crate::diagnostic::Applicability::Safe, wanted);
            }
        }
    }
}

pub(super) fn config<'a>(config: &Resource<'a>, cx: &mut Context<'a>) {
    for block in ["TimeBasedCanary", "TimeBasedLinear"] {
        let path = format!("TrafficRoutingConfig.{block}");
        for [kind, given] in joined([(config, "TrafficRoutingConfig.Type"), (config, &path)], &Pins::none(), cx) {
            let Some(text) = kind.text() else { continue };
            let (at, message) = match given.member {
                Member::Value(_) if text != block => {
                    let at = Case { member: Member::Absent, ..given.clone() };
                    (at, format!("this block of `{}` goes with `{block}`, but the type is `{text}`", config.id()))
                }
                _ => continue,
            };
            if let Some(finding) = say(&TRAFFIC_BLOCK, &at, &given.pins, message, cx) {
                finding.label(kind.span(), "the type").help(format!("Give the block that belongs to `{text}`, only."));
            }
        }
    }
    for path in ["TimeBasedCanary.CanaryPercentage", "TimeBasedLinear.LinearPercentage"] {
        for share in cases(config, &format!("TrafficRoutingConfig.{path}"), &Pins::none(), cx) {
            if number(&share).is_none_or(|n| (1.0..=99.0).contains(&n)) {
                continue;
            }
            let message = format!(
                "a share of traffic is from 1 to 99 percent, `{}` has {}",
                config.id(),
                share.text().unwrap_or_default()
            );
            if let Some(finding) = say(&TRAFFIC_BLOCK, &share, &share.pins, message, cx) {
                finding.help("Use `AllAtOnce` to move everything in one step.");
            }
        }
    }
    for [platform, hosts] in joined([(config, "ComputePlatform"), (config, "MinimumHealthyHosts")], &Pins::none(), cx) {
        let other = platform.text().filter(|text| matches!(*text, "Lambda" | "ECS"));
        if let (Some(text), Some(_)) = (other, hosts.node()) {
            let message = format!("`{}` is for `{text}`, which has no hosts", config.id());
            let at = Case { member: Member::Absent, ..hosts.clone() };
            if let Some(finding) = say(&TRAFFIC_BLOCK, &at, &hosts.pins, message, cx) {
                finding.label(platform.span(), "the platform").help("Give a `TrafficRoutingConfig` instead.");
            }
        }
    }
    for [platform, traffic] in
        joined([(config, "ComputePlatform"), (config, "TrafficRoutingConfig")], &Pins::none(), cx)
    {
        if platform.text_or("Server") == Some("Server") && traffic.node().is_some() {
            let message = format!("`{}` is for machines, which have no traffic to shift", config.id());
            let at = Case { member: Member::Absent, ..traffic.clone() };
            if let Some(finding) = say(&TRAFFIC_BLOCK, &at, &traffic.pins, message, cx) {
                finding
                    .label(place(&platform, config), "the platform is decided here")
                    .help("Give `MinimumHealthyHosts`, or set `ComputePlatform` to `Lambda` or `ECS`.");
            }
        }
    }
}

/// A group that releases a service of ECS.
pub(super) fn containers<'a>(group: &Resource<'a>, cx: &mut Context<'a>) {
    for [services, balancing] in joined([(group, "ECSServices"), (group, "LoadBalancerInfo")], &Pins::none(), cx) {
        if is_nothing(&services) || services.node().is_none() {
            continue;
        }
        if balancing.is_absent() {
            let message = format!(
                "`{}` releases a service of ECS, but has no `LoadBalancerInfo` to move its traffic",
                group.id()
            );
            if let Some(finding) = say(&SERVICE_HANDED_OVER, &at_key(&services), &balancing.pins, message, cx) {
                finding.help("Add `TargetGroupPairInfoList` with two target groups and the listener.");
            }
        }
        for pair in below(&balancing, "TargetGroupPairInfoList.*", cx) {
            target_groups(group, &pair, cx);
        }
        for name in below(&services, "*.ServiceName", cx) {
            let Some((service, _)) = named(&name, cx).filter(|(s, _)| s.kind() == Some("AWS::ECS::Service")) else {
                continue;
            };
            for controller in cases(&service, "DeploymentController.Type", &name.pins, cx) {
                let Some(given) = controller.text_or("ECS").filter(|text| *text != "CODE_DEPLOY") else { continue };
                let message = format!("`{}` is released by `{given}`, not by CodeDeploy", service.id());
                let other = place(&controller, &service);
                if let Some(finding) = say(&SERVICE_HANDED_OVER, &name, &controller.pins, message, cx) {
                    finding.label(other, "the service").help("Set `DeploymentController: {Type: CODE_DEPLOY}` there.");
                }
            }
        }
    }
}

/// CodeDeploy moves the traffic of a listener from one target group to the other.
fn target_groups<'a>(group: &Resource<'a>, pair: &Case<'a>, cx: &mut Context<'a>) {
    if pair.node().is_none_or(|node| node.as_map().is_none()) {
        return;
    }
    for groups in below(pair, "TargetGroups", cx) {
        let count = match groups.node() {
            Some(node) => match node.as_list() {
                Some(items) if items.iter().all(|item| item.as_map().is_some()) => items.len(),
                _ => continue,
            },
            None if groups.is_absent() => 0,
            None => continue,
        };
        if count != 2 {
            let message = format!("`{}` moves traffic between two target groups, and has {count}", group.id());
            if let Some(finding) = say(&SERVICE_HANDED_OVER, &at_key(&groups), &groups.pins, message, cx) {
                finding.help("Name both: the one of the tasks that run, and the one of those to come.");
            }
        }
    }
    for route in below(pair, "ProdTrafficRoute.ListenerArns", cx) {
        let none = route.node().and_then(Node::as_list).is_some_and(<[Node]>::is_empty);
        if route.is_absent() || none {
            let message = format!("`{}` names no listener whose traffic is moved", group.id());
            if let Some(finding) = say(&SERVICE_HANDED_OVER, &at_key(&route), &route.pins, message, cx) {
                finding.help("Add `ProdTrafficRoute: {ListenerArns: [...]}`.");
            }
        }
    }
}
