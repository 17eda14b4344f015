//! Tasks on Fargate and the way to their images.

use super::{TASK_WITHOUT_WAY_OUT, network};
use crate::conditions::{Answer, Pins};
use crate::diagnostic::Applicability;
use crate::network::{SUBNET, Through, VPC};
use crate::resolve::Case;
use crate::rule::Context;
use crate::rule::linking::{below, cases, joined, links, named, number, offer_text, say};
use crate::template::Resource;

const SETTINGS: &str = "NetworkConfiguration.AwsvpcConfiguration";

pub(super) fn image<'a>(service: &Resource<'a>, cx: &mut Context<'a>) {
    let address = format!("{SETTINGS}.AssignPublicIp");
    let subnets = format!("{SETTINGS}.Subnets.*");
    let of = [
        (service, "LaunchType"),
        (service, "CapacityProviderStrategy"),
        (service, "DesiredCount"),
        (service, address.as_str()),
    ];
    for [launch, strategy, wanted, address] in joined(of, &Pins::none(), cx) {
        let providers = below(&strategy, "*.CapacityProvider", cx);
        let spread = providers.iter().any(|case| matches!(case.text(), Some("FARGATE" | "FARGATE_SPOT")));
        // A service that starts nothing may get its network later.
        if launch.text() != Some("FARGATE") && !spread || number(&wanted) == Some(0.0) {
            continue;
        }
        let Some(given) = address.text_or("DISABLED") else { continue };
        for at in cases(service, &subnets, &address.pins, cx) {
            if let Some((subnet, _)) = named(&at, cx).filter(|found| found.0.kind() == Some(SUBNET)) {
                look(service, &at, &subnet, (given == "ENABLED", &address), cx);
            }
        }
    }
}

fn look<'a>(
    service: &Resource<'a>,
    at: &Case<'a>,
    subnet: &Resource<'a>,
    (public, address): (bool, &Case<'a>),
    cx: &mut Context<'a>,
) {
    let net = network(cx);
    let ways = net.settle(&net.near(subnet), &at.pins, |pins| net.way_out(subnet, pins));
    for (pins, way) in ways {
        let why = match way.through {
            // With an address of IPv6 the task may go out by that.
            _ if way.six => continue,
            Through::InternetGateway if !public => "has no public address to use the internet gateway with",
            Through::Nothing => "has no way out",
            _ => continue,
        };
        let net = network(cx);
        let vpcs = links(subnet, "VpcId", VPC, &pins, cx);
        let [vpc] = vpcs.as_slice() else { continue };
        if net.given_away(&vpc.target) || net.endpoint(&vpc.target, &way.table, "ecr.dkr", &pins) != Answer::No {
            continue;
        }
        let message = format!("a task of `{}` in `{}` {why}, so it cannot pull its image", service.id(), subnet.id());
        let label = if public { "its route table" } else { "the way out of the subnet" };
        if let Some(finding) = say(&TASK_WITHOUT_WAY_OUT, at, &pins, message, cx) {
            finding.label(way.at, label);
            if !public && !address.is_absent() {
                finding.label(address.span(), "no public address");
            }
            if !public && matches!(way.through, Through::InternetGateway) {
                offer_text(finding, address, Applicability::Unsafe, "ENABLED");
            }
            finding.help(match way.through {
                Through::InternetGateway => {
                    "Set `AssignPublicIp: ENABLED`, or use subnets whose way out is a NAT gateway."
                }
                _ => "Use subnets whose way out is a NAT gateway, or add endpoints for ECR, S3 and the logs.",
            });
        }
    }
}
