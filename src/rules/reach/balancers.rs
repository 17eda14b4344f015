//! Load balancers: their zones, and whether their targets let them in.

use super::{BALANCER_IN_ONE_ZONE, TARGETS_SHUT_TO_BALANCER, let_in, network};
use crate::conditions::{Answer, Pins};
use crate::diagnostic::Applicability;
use crate::network::{GROUP, Ports, SUBNET};
use crate::resolve::{Case, Link};
use crate::rule::Context;
use crate::rule::linking::{below, cases, joined_below, links, named, number, say};
use crate::template::Resource;

const TARGET_GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";
const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
const INSTANCE: &str = "AWS::EC2::Instance";
const LISTENER_RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";

/// Whether a load balancer is one of applications in every case.
fn is_application<'a>(balancer: &Resource<'a>, cx: &Context<'a>) -> bool {
    let kinds = cases(balancer, "Type", &Pins::none(), cx);
    kinds.iter().all(|kind| kind.text_or("application") == Some("application"))
}

pub(super) fn zones<'a>(balancer: &Resource<'a>, cx: &mut Context<'a>) {
    if !is_application(balancer, cx) {
        return;
    }
    for path in [["Subnets", "*"].as_slice(), &["SubnetMappings", "*", "SubnetId"]] {
        let net = network(cx);
        let dotted = path.join(".");
        let mut about = vec![*balancer];
        about.extend(links(balancer, &dotted, SUBNET, &Pins::none(), cx).iter().map(|link| link.target));
        let found = net.settle(&about, &Pins::none(), |pins| {
            if net.exists(balancer, pins) != Answer::Yes {
                return None;
            }
            let items = cx.resolver().cases(balancer, path, pins);
            let items: Vec<&Case<'a>> = items.iter().filter(|item| !item.is_absent()).collect();
            let mut zones = Vec::new();
            for item in &items {
                let (subnet, _) = named(item, cx).filter(|found| found.0.kind() == Some(SUBNET))?;
                zones.push((subnet, net.one(&subnet, &["AvailabilityZone"], pins)?.node()?));
            }
            let same = zones.len() > 1 && zones.iter().all(|zone| zone.1.same_value(zones[0].1));
            let same: Option<InOneZone<'a>> = same.then(|| ((*items[0]).clone(), zones));
            Some(same)
        });
        for (pins, same) in found {
            let Some((at, zones)) = same else { continue };
            let message = format!(
                "all subnets of `{}` are in one zone, and an application load balancer needs two",
                balancer.id()
            );
            if let Some(finding) = say(&BALANCER_IN_ONE_ZONE, &at, &pins, message, cx) {
                for (subnet, zone) in zones.iter().take(3) {
                    finding.label(zone.span, format!("the zone of `{}`", subnet.id()));
                }
                finding.help("Add a subnet whose `AvailabilityZone` is another one.");
            }
        }
    }
}

/// The place of the first subnet, and the subnets with their zones.
type InOneZone<'a> = (Case<'a>, Vec<(Resource<'a>, &'a crate::syntax::Node)>);

/// The paths at which listeners and their rules name target groups.
const FORWARDS: &[(&str, &[&str])] = &[
    (LISTENER, &["DefaultActions.*.TargetGroupArn", "DefaultActions.*.ForwardConfig.TargetGroups.*.TargetGroupArn"]),
    (LISTENER_RULE, &["Actions.*.TargetGroupArn", "Actions.*.ForwardConfig.TargetGroups.*.TargetGroupArn"]),
];

/// The target groups that a load balancer sends requests to.
fn target_groups<'a>(balancer: &Resource<'a>, cx: &Context<'a>) -> Vec<Link<'a>> {
    let net = network(cx);
    let listeners = net.users(balancer, LISTENER);
    let rules: Vec<Resource<'a>> = listeners.iter().flat_map(|listener| net.users(listener, LISTENER_RULE)).collect();
    let mut found: Vec<Link<'a>> = Vec::new();
    for from in listeners.iter().chain(&rules) {
        for (_, paths) in FORWARDS.iter().filter(|known| from.kind() == Some(known.0)) {
            for path in *paths {
                found.extend(links(from, path, TARGET_GROUP, &Pins::none(), cx));
            }
        }
    }
    let mut seen: Vec<&str> = Vec::new();
    found.retain(|link| {
        !seen.contains(&link.target.id()) && {
            seen.push(link.target.id());
            true
        }
    });
    found
}

pub(super) fn targets<'a>(balancer: &Resource<'a>, cx: &mut Context<'a>) {
    if !is_application(balancer, cx) {
        return;
    }
    for group in target_groups(balancer, cx) {
        for service in network(cx).users(&group.target, "AWS::ECS::Service") {
            for entry in cases(&service, "LoadBalancers.*", &group.pins, cx) {
                let own = |case: &Case<'a>| named(case, cx).is_some_and(|found| found.0.id() == group.target.id());
                if !below(&entry, "TargetGroupArn", cx).iter().any(own) {
                    continue;
                }
                for port in below(&entry, "ContainerPort", cx) {
                    let path = "NetworkConfiguration.AwsvpcConfiguration.SecurityGroups.*";
                    shut(balancer, &service, path, &port, cx);
                }
            }
        }
        for fleet in network(cx).users(&group.target, "AWS::AutoScaling::AutoScalingGroup") {
            machines(balancer, &group, &fleet, cx);
        }
        for target in cases(&group.target, "Targets.*", &group.pins, cx) {
            for [of, own] in joined_below(&target, ["Id", "Port"], cx) {
                let Some((instance, _)) = named(&of, cx).filter(|found| found.0.kind() == Some(INSTANCE)) else {
                    continue;
                };
                let ports = if own.is_absent() { cases(&group.target, "Port", &own.pins, cx) } else { vec![own] };
                for port in ports {
                    shut(balancer, &instance, "SecurityGroupIds.*", &port, cx);
                }
            }
        }
    }
}

fn machines<'a>(balancer: &Resource<'a>, group: &Link<'a>, fleet: &Resource<'a>, cx: &mut Context<'a>) {
    let made_of = [
        ("LaunchTemplate.LaunchTemplateId", "AWS::EC2::LaunchTemplate", "LaunchTemplateData.SecurityGroupIds.*"),
        ("LaunchConfigurationName", "AWS::AutoScaling::LaunchConfiguration", "SecurityGroups.*"),
    ];
    for (path, kind, groups) in made_of {
        for made in links(fleet, path, kind, &group.pins, cx) {
            for port in cases(&group.target, "Port", &made.pins, cx) {
                shut(balancer, &made.target, groups, &port, cx);
            }
        }
    }
}

/// Says so when no security group of a target lets in one of the load balancer.
fn shut<'a>(balancer: &Resource<'a>, target: &Resource<'a>, path: &str, port: &Case<'a>, cx: &mut Context<'a>) {
    let Some(wanted) = number(port).filter(|port| *port >= 1.0 && *port <= 65535.0) else { return };
    let wanted = wanted as u32;
    let own = "SecurityGroups.*";
    let net = network(cx);
    let mut about = vec![*balancer, *target];
    for (of, path) in [(balancer, own), (target, path)] {
        for link in links(of, path, GROUP, &port.pins, cx) {
            about.extend(net.near_group(&link.target));
        }
    }
    let found = net.settle(&about, &port.pins, |pins| {
        let ours = net.groups(&cases(balancer, own, pins, cx))?;
        let theirs = net.groups(&cases(target, path, pins, cx))?;
        match net.let_in(&theirs, &ours, Ports::one(wanted), pins) {
            Answer::Yes => Some(None),
            Answer::Unknown => None,
            Answer::No => Some(Some((*theirs.first()?, *ours.first()?))),
        }
    });
    for (pins, shut) in found {
        let Some((theirs, ours)) = shut else { continue };
        let edits = let_in(&theirs, &ours, wanted, cx);
        let message = format!(
            "`{}` sends requests to `{}` on port {wanted}, which does not let it in",
            balancer.id(),
            target.id()
        );
        if let Some(finding) = say(&TARGETS_SHUT_TO_BALANCER, port, &pins, message, cx) {
            finding
                .label(theirs.key.span, format!("no rule of it is for `{}` and port {wanted}", ours.id()))
                .label(ours.key.span, "the security group of the load balancer")
                .help(format!(
                    "Add to `SecurityGroupIngress` of `{}`: `{{IpProtocol: tcp, FromPort: {wanted}, ToPort: {wanted}, SourceSecurityGroupId: !GetAtt {}.GroupId}}`.",
                    theirs.id(),
                    ours.id()
                ))
                .fix_by(Applicability::Unsafe, format!("let `{}` in", ours.id()), edits);
        }
    }
}
