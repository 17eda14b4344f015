//! Figures of networks, servers, groups and tasks.

use super::figures::{amount, count, seconds};
use super::{Context, Figure, Scope, number, plain, text};
use crate::explain::model::{Model, Question};
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

/// The default route of a subnet, as far as the file has it.
enum Way<'s> {
    /// No route table of the file is put on the subnet.
    NoTable,
    /// The route table has none in the file.
    Closed(&'s str),
    /// The route, its table, and the kind and id of what it leads to.
    Out(&'s str, &'s str, Option<(&'s str, &'s str)>),
}

fn way<'s>(s: &Scope<'s, '_, '_>, subnet: &str) -> Result<Way<'s>, String> {
    let associations = s.of_type("AWS::EC2::SubnetRouteTableAssociation");
    let table =
        associations.iter().find(|(_, a)| refers(a.at("SubnetId"), subnet)).and_then(|(_, a)| a.at("RouteTableId"));
    let Some(table) = table.and_then(|t| t.resources().into_iter().next()) else { return Ok(Way::NoTable) };
    for (id, route) in s.of_type("AWS::EC2::Route") {
        let default = text(route, "DestinationCidrBlock")?.as_deref() == Some("0.0.0.0/0");
        if default && refers(route.at("RouteTableId"), table) {
            return Ok(Way::Out(id, table, gateway(s, route)));
        }
    }
    Ok(Way::Closed(table))
}

/// Where the default route of a subnet leads.
pub(super) fn subnet_routes(s: &Scope<'_, '_, '_>) -> Figure {
    if plain(s.value)?.as_deref() != Some("true") {
        return Ok(None);
    }
    Ok(Some(match way(s, s.id)? {
        Way::NoTable => "no route table of this file is put on it: the main table of the network decides".to_owned(),
        Way::Closed(table) => format!("{table} has no default route in this file"),
        Way::Out(id, table, Some(("AWS::EC2::InternetGateway", to))) => {
            format!("{id} leads from {table} to the internet gateway {to}: the subnet is public")
        }
        Way::Out(id, table, Some((_, to))) => {
            format!("{id} leads from {table} to {to}, not to an internet gateway: the public address is of no use")
        }
        Way::Out(id, table, None) => {
            format!("{id} of {table} is the default route; where it leads is not in this file")
        }
    }))
}

/// Whether a function has a way out of the subnets that it is in.
pub(super) fn function_ways(s: &Scope<'_, '_, '_>) -> Figure {
    let mut parts = Vec::new();
    for subnet in s.value.resources() {
        if s.model.resource(subnet).is_none_or(|r| r.kind != "AWS::EC2::Subnet") {
            continue;
        }
        parts.push(match way(s, subnet)? {
            Way::NoTable => continue,
            Way::Closed(table) => format!("from {subnet} no way out in this file, as {table} has no default route"),
            Way::Out(id, _, Some(("AWS::EC2::InternetGateway", _))) => {
                format!("from {subnet} no way out: {id} leads to an internet gateway, and the function has no public address")
            }
            Way::Out(id, _, Some((kind, to))) => {
                let words = if kind == "AWS::EC2::NatGateway" { ", so to the internet" } else { "" };
                format!("from {subnet} through {to}{words} ({id})")
            }
            Way::Out(id, _, None) => format!("from {subnet} by {id}, to something outside this file"),
        });
    }
    Ok((!parts.is_empty()).then(|| parts.join("; ")))
}

/// Lists of rules in a security group, with the member that names the other side.
const LISTS: [(&str, &str); 2] =
    [("SecurityGroupIngress", "SourceSecurityGroupId"), ("SecurityGroupEgress", "DestinationSecurityGroupId")];

/// Security groups that name each other: which rule to take out, and how it is written as a resource of its own.
pub(super) fn mutual_groups(model: &Model, context: &Context<'_, '_>) -> Vec<Question> {
    let mut out = Vec::new();
    for cycle in &model.cycles {
        let group = |id: &String| model.resource(id).filter(|r| r.kind == "AWS::EC2::SecurityGroup");
        let [a, b, ..] = cycle.as_slice() else { continue };
        let (Some(first), Some(second)) = (group(a), group(b)) else { continue };
        let edges = model.edges.iter().filter(|e| e.from == first.id && e.to == second.id);
        let Some((edge, list, key)) = edges
            .filter_map(|e| {
                LISTS.iter().find(|l| e.path.starts_with(&format!("/Properties/{}/", l.0))).map(|l| (e, l.0, l.1))
            })
            .next()
        else {
            continue;
        };
        let rule = edge.path.split('/').skip(2).take(2).collect::<Vec<_>>().join(".");
        let values = context.values.get(first.id.as_str());
        let mut members = vec![format!("GroupId: !GetAtt {}.GroupId", first.id)];
        for name in ["IpProtocol", "FromPort", "ToPort"] {
            let value = values.and_then(|v| v.literal_at(&format!("{rule}.{name}")));
            members.extend(value.map(|value| format!("{name}: {value}")));
        }
        members.push(format!("{key}: !GetAtt {}.GroupId", second.id));
        let direction = if list == "SecurityGroupIngress" { "From" } else { "To" };
        let (one, other, line) = (&first.id, &second.id, edge.at.line);
        out.push(Question {
            question: format!("How can {} be made?", and(cycle)),
            answer: format!(
                "As they stand not at all: each waits for the other. Take the rule out of {one} (line {line}) and write it \
                 as a resource that waits for both: {one}{direction}{other}: {{Type: AWS::EC2::{list}, Properties: \
                 {{{}}}}}.",
                members.join(", ")
            ),
        });
    }
    out
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
