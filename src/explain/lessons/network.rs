//! Figures of networks, servers, groups and tasks.

use super::figures::{amount, count, seconds};
use super::{Figure, Scope, number, plain, text};
use crate::explain::short::and;
use crate::explain::values::{Piece, Val};

/// Addresses behind a prefix such as `10.0.0.0/16`.
fn addresses(range: &str) -> Option<f64> {
    let prefix: u32 = range.rsplit_once('/')?.1.trim().parse().ok()?;
    (prefix <= 32).then(|| 2f64.powi(32 - prefix as i32))
}

/// Addresses of a network.
pub(super) fn network(s: &Scope<'_, '_, '_>) -> Figure {
    let range = plain(s.value)?;
    Ok(range.as_deref().and_then(addresses).map(|n| count(n, "address").replace("addresss", "addresses")))
}

/// Usable addresses of a subnet.
pub(super) fn subnet(s: &Scope<'_, '_, '_>) -> Figure {
    let range = plain(s.value)?;
    Ok(range
        .as_deref()
        .and_then(addresses)
        .filter(|n| *n >= 16.0)
        .map(|n| format!("{} - 5 = {} for servers and other network cards", amount(n), amount(n - 5.0))))
}

/// Where the default route of a subnet leads.
pub(super) fn subnet_routes(s: &Scope<'_, '_, '_>) -> Figure {
    if plain(s.value)?.as_deref() != Some("true") {
        return Ok(None);
    }
    let associations = s.of_type("AWS::EC2::SubnetRouteTableAssociation");
    let table =
        associations.iter().find(|(_, a)| refers(a.at("SubnetId"), s.id)).and_then(|(_, a)| a.at("RouteTableId"));
    let Some(table) = table.and_then(|t| t.resources().into_iter().next()) else {
        return Ok(Some("no route table of this file is put on it: the main table of the network decides".to_owned()));
    };
    for (id, route) in s.of_type("AWS::EC2::Route") {
        let default = text(route, "DestinationCidrBlock")?.as_deref() == Some("0.0.0.0/0");
        if default && refers(route.at("RouteTableId"), table) {
            return Ok(Some(match gateway(s, route) {
                Some(("AWS::EC2::InternetGateway", to)) => {
                    format!("{id} leads from {table} to the internet gateway {to}: the subnet is public")
                }
                Some((_, to)) => format!(
                    "{id} leads from {table} to {to}, not to an internet gateway: the public address is of no use"
                ),
                None => format!("{id} of {table} is the default route; where it leads is not in this file"),
            }));
        }
    }
    Ok(Some(format!("{table} has no default route in this file")))
}

fn refers(value: Option<&Val<'_>>, id: &str) -> bool {
    value.is_some_and(|v| v.resources().contains(&id))
}

/// The kind and the id of what a route leads to.
fn gateway<'s>(s: &Scope<'s, '_, '_>, route: &Val<'_>) -> Option<(&'s str, &'s str)> {
    for key in
        ["GatewayId", "NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "NetworkInterfaceId", "InstanceId"]
    {
        if let Some(id) = route.at(key).and_then(|v| v.resources().into_iter().next()) {
            let resource = s.model.resource(id)?;
            return Some((&resource.kind, &resource.id));
        }
    }
    None
}

/// What a route does.
pub(super) fn route(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(range) = plain(s.value)? else { return Ok(None) };
    let what = if range == "0.0.0.0/0" {
        "everything that no other route takes".to_owned()
    } else {
        format!("packets for {range}")
    };
    let table = s.properties.at("RouteTableId").map(Val::words).unwrap_or_default();
    Ok(gateway(s, s.properties).map(|(kind, id)| {
        let meaning = match kind {
            "AWS::EC2::InternetGateway" => ": subnets with this table are public",
            "AWS::EC2::NatGateway" => ": subnets with this table get out, but nobody gets in",
            _ => "",
        };
        format!("{what} goes from {table} to {id}{meaning}")
    }))
}

/// What a security group lets in.
pub(super) fn doors(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for rule in s.value.items() {
        let protocol = text(rule, "IpProtocol")?.unwrap_or_else(|| "?".to_owned());
        let ports = match (text(rule, "FromPort")?, text(rule, "ToPort")?) {
            _ if protocol == "-1" => "everything".to_owned(),
            (Some(from), Some(to)) if from == to => format!("{protocol} {from}"),
            (Some(from), Some(to)) => format!("{protocol} {from} to {to}"),
            _ => format!("all of {protocol}"),
        };
        let from = ["CidrIp", "CidrIpv6", "SourceSecurityGroupId", "SourceSecurityGroupName", "SourcePrefixListId"]
            .iter()
            .find_map(|k| rule.at(k))
            .map(Val::words)
            .unwrap_or_else(|| "somewhere".to_owned());
        let from = if matches!(&*from, "0.0.0.0/0" | "::/0") { "anywhere".to_owned() } else { from };
        out.push(format!("{ports} from {from}"));
    }
    Ok((!out.is_empty()).then(|| format!("lets in {}", and(&out))))
}

/// The size of the start script.
pub(super) fn user_data(s: &Scope<'_, '_, '_>) -> Figure {
    let Val::Text(pieces) = s.value else { return Ok(None) };
    let known: usize = pieces.iter().map(|p| if let Piece::Text(t) = p { t.len() } else { 0 }).sum();
    if known == 0 {
        return Ok(None);
    }
    let lines: usize = pieces.iter().map(|p| if let Piece::Text(t) = p { t.matches('\n').count() } else { 0 }).sum();
    let about = if s.value.known() { "" } else { "about " };
    Ok(Some(format!(
        "{about}{} in {}, of 16,384 bytes",
        count(known as f64, "byte"),
        count(lines.max(1) as f64, "line")
    )))
}

/// An instance type taken apart.
pub(super) fn instance_type(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(kind) = plain(s.value)? else { return Ok(None) };
    let Some((family, size)) = kind.split_once('.') else { return Ok(None) };
    let Some(at) = family.find(|c: char| c.is_ascii_digit()) else { return Ok(None) };
    let letters = &family[..at];
    let rest = &family[at..];
    let digits = rest.chars().take_while(char::is_ascii_digit).count();
    let (generation, extras) = rest.split_at(digits);
    let purpose = match letters {
        "t" => "burstable: it saves up processor time while idle",
        "m" => "balanced",
        "c" => "much processor for its memory",
        "r" | "x" => "much memory for its processor",
        "i" | "im" | "is" => "fast local disks",
        "d" | "h" => "large local disks",
        "g" | "p" | "gr" => "graphics processors",
        _ => return Ok(None),
    };
    let processor =
        if extras.contains('g') && letters != "g" { ", an ARM processor (images must be built for arm64)" } else { "" };
    Ok(Some(format!("family {letters} ({purpose}), generation {generation}{processor}, size {size}")))
}

/// What a disk can do.
pub(super) fn volume(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(size) = s.own_number()? else { return Ok(None) };
    let kind = s.text("VolumeType")?.unwrap_or_else(|| "gp2".to_owned());
    Ok(match kind.as_str() {
        "gp2" => {
            let base = (3.0 * size).clamp(100.0, 16_000.0);
            let burst = if base < 3000.0 { ", up to 3,000 for a while" } else { "" };
            Some(format!("gp2: {} IOPS all the time{burst}", amount(base)))
        }
        "gp3" => {
            let iops = s.number("Iops")?.unwrap_or(3000.0);
            let throughput = s.number("Throughput")?.unwrap_or(125.0);
            Some(format!("gp3: {} IOPS and {} MiB/s whatever the size", amount(iops), amount(throughput)))
        }
        _ => None,
    })
}

/// How long a broken target goes on getting requests.
pub(super) fn health(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(interval) = s.own_number()? else { return Ok(None) };
    let bad = s.number("UnhealthyThresholdCount")?.unwrap_or(2.0);
    Ok(Some(format!(
        "a broken target is left out after about {} x {} s = {}",
        amount(bad),
        amount(interval),
        seconds(bad * interval)
    )))
}

/// How far a group can grow.
pub(super) fn group_size(s: &Scope<'_, '_, '_>) -> Figure {
    let (Some(most), Some(least)) = (s.own_number()?, s.number("MinSize")?) else { return Ok(None) };
    let desired = s.number("DesiredCapacity")?;
    let start = desired.unwrap_or(least);
    Ok(Some(if most == least {
        format!("always {}: it replaces, but does not grow", count(most, "server"))
    } else {
        format!("starts with {}, between {} and {}", amount(start), amount(least), amount(most))
    }))
}

/// Processors and memory of a task.
pub(super) fn task_size(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(cpu) = s.own_number()? else { return Ok(None) };
    let memory = s.number("Memory")?;
    let memory = memory.map(|m| format!(" and {} MB", amount(m))).unwrap_or_default();
    Ok(Some(format!("{} vCPU{memory} for each task", amount(cpu / 1024.0))))
}

/// How many tasks run during an update.
pub(super) fn service_window(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(desired) = s.own_number()? else { return Ok(None) };
    if s.text("DeploymentController.Type")?.is_some_and(|t| t != "ECS")
        || s.text("SchedulingStrategy")?.is_some_and(|t| t == "DAEMON")
    {
        return Ok(None);
    }
    let least = s.number("DeploymentConfiguration.MinimumHealthyPercent")?.unwrap_or(100.0);
    let most = s.number("DeploymentConfiguration.MaximumPercent")?.unwrap_or(200.0);
    let (low, high) = ((desired * least / 100.0).ceil(), (desired * most / 100.0).floor());
    let verdict = if low >= desired && high <= desired {
        "; so no task can be exchanged: an update makes no progress"
    } else if low < desired {
        "; fewer serve for a while"
    } else {
        "; new ones start before old ones stop"
    };
    Ok(Some(format!("during an update at least {} and at most {} run{verdict}", amount(low), count(high, "task"))))
}

/// The share of a weighted record.
pub(super) fn weight(s: &Scope<'_, '_, '_>) -> Figure {
    let (Some(own), Some(name)) = (s.own_number()?, s.text("Name")?) else { return Ok(None) };
    let mut sum = 0.0;
    for (_, record) in s.of_type("AWS::Route53::RecordSet") {
        if text(record, "Name")?.as_ref() == Some(&name) && text(record, "Type")? == s.text("Type")? {
            sum += number(record, "Weight")?.unwrap_or_default();
        }
    }
    Ok((sum > 0.0).then(|| {
        format!(
            "{} of {} = {} % of the answers, counting the records of this file",
            amount(own),
            amount(sum),
            amount(own / sum * 100.0)
        )
    }))
}
