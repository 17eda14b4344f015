//! Listener rules and their target groups; launch templates, their security groups and subnets.

use super::apis::identity;
use super::{FORWARD_TO_GENEVE, SECURITY_GROUP_OF_OTHER_VPC, cases, links, say};
use crate::resolve::Named;
use crate::rule::Context;
use crate::template::Resource;

pub(super) fn listener_rule<'a>(rule: &Resource<'a>, cx: &mut Context<'a>) {
    let paths: [&[&str]; 2] = [
        &["Actions", "*", "TargetGroupArn"],
        &["Actions", "*", "ForwardConfig", "TargetGroups", "*", "TargetGroupArn"],
    ];
    for path in paths {
        for link in links(rule, path, "AWS::ElasticLoadBalancingV2::TargetGroup", cx) {
            for protocol in cases(&link.target, &["Protocol"], &link.pins, cx) {
                if protocol.text() != Some("GENEVE") {
                    continue;
                }
                let message = format!(
                    "listener rule `{}` forwards to `{}`, whose protocol `GENEVE` only gateway load balancers speak",
                    rule.id(),
                    link.target.id()
                );
                if let Some(finding) = say(&FORWARD_TO_GENEVE, &protocol, &protocol.pins, message, cx) {
                    finding
                        .label(link.from, "the rule forwards here")
                        .help("Forward to a target group with `HTTP` or `HTTPS`.");
                }
            }
        }
    }
}

pub(super) fn launch_template<'a>(template: &Resource<'a>, cx: &mut Context<'a>) {
    let groups = links(template, &["LaunchTemplateData", "SecurityGroupIds", "*"], "AWS::EC2::SecurityGroup", cx);
    let path = ["LaunchTemplateData", "NetworkInterfaces", "*", "SubnetId"];
    let vpc = |named| identity(named, &["AWS::EC2::VPC"], "VpcId");
    for group in groups {
        for subnet in cx.resolver().links(template, &path, "AWS::EC2::Subnet", &group.pins) {
            for theirs in cases(&subnet.target, &["VpcId"], &subnet.pins, cx) {
                for ours in cases(&group.target, &["VpcId"], &theirs.pins, cx) {
                    let (Some(a), Some(b)) = (ours.node(), theirs.node()) else { continue };
                    let (Some(a), Some(b)) = (vpc(Named::of(a, cx.template)), vpc(Named::of(b, cx.template))) else {
                        continue;
                    };
                    if a == b {
                        continue;
                    }
                    let message = format!(
                        "security group `{}` is in VPC {}, but `{}` uses it with subnet `{}`, which is in {}",
                        group.target.id(),
                        a.words(),
                        template.id(),
                        subnet.target.id(),
                        b.words()
                    );
                    if let Some(finding) = say(&SECURITY_GROUP_OF_OTHER_VPC, &ours, &ours.pins, message, cx) {
                        finding
                            .label(theirs.span(), "the VPC of the subnet")
                            .label(group.from, "the security group is used here")
                            .help("Use a security group and a subnet of one VPC.");
                    }
                }
            }
        }
    }
}
