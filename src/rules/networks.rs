//! Networks: address ranges of subnets and their VPC, and endpoints of one VPC that exclude each other.

mod ranges;

use self::ranges::Range;
use crate::conditions::Pins;
use crate::graph::ItemKind;
use crate::intrinsics::{Intrinsic, get_att_parts};
use crate::rule::cases::together;
use crate::rule::{Check, Context, Family, rule};
use crate::schema::walk::{Place, Surroundings, places, places_where};
use crate::source::Span;
use crate::syntax::Node;
use crate::template::Resource;

rule!(
    SUBNET_OUTSIDE_VPC,
    "networks" / "E3059",
    "subnet-outside-vpc",
    Error,
    "the addresses of a subnet are not among those of its VPC"
);
rule!(SUBNETS_OVERLAP, "networks" / "E3060", "subnets-overlap", Error, "two subnets of a VPC share addresses");
rule!(
    PRIVATE_DNS_TWICE,
    "networks" / "E3064",
    "private-dns-twice",
    Error,
    "two endpoints of a VPC claim the private name of one service"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&SUBNET_OUTSIDE_VPC, &SUBNETS_OVERLAP, &PRIVATE_DNS_TWICE],
    checks: &[Check::Template(subnets_inside), Check::Template(overlaps), Check::Template(endpoints)],
};

/// Properties by which a network gets addresses that the template does not say.
const ASSIGNED: &[&str] = &["Ipv4IpamPoolId", "Ipv6IpamPoolId", "Ipv6Pool", "AmazonProvidedIpv6CidrBlock"];
const BLOCKS: &[&str] = &["CidrBlock", "Ipv6CidrBlock"];

/// The address ranges of a VPC or of a block added to it; `None` when some of them are not known.
fn ranges_of<'a>(resource: &Resource<'a>, cx: &Context<'a>) -> Option<Vec<Range>> {
    let around = cx.surroundings();
    if ASSIGNED.iter().any(|name| !places(resource, &[name], around).is_empty()) {
        return None;
    }
    let blocks = BLOCKS.iter().flat_map(|name| places(resource, &[name], around));
    blocks.filter(|place| !place.node.is_null()).map(|place| Range::parse(place.node.as_str()?)).collect()
}

fn subnets_inside(cx: &mut Context<'_>) {
    for vpc in cx.resources_of("AWS::EC2::VPC") {
        subnets_of(vpc, cx);
    }
}

fn subnets_of<'a>(vpc: &Resource<'a>, cx: &mut Context<'a>) {
    if vpc.properties().and_then(Node::as_map).is_none() {
        return;
    }
    let Some(mut known) = ranges_of(vpc, cx) else { return };
    let users: Vec<(&str, Option<&str>)> = cx
        .graph()
        .needed_by(ItemKind::Resource, vpc.id())
        .iter()
        .filter(|d| d.to.name == vpc.id() && d.from.kind == ItemKind::Resource)
        .map(|d| (d.from.name, d.from.resource_type))
        .collect();
    for (name, kind) in &users {
        if *kind != Some("AWS::EC2::VPCCidrBlock") {
            continue;
        }
        match cx.template.resources.get(name).and_then(|block| ranges_of(block, cx)) {
            Some(more) => known.extend(more),
            None => return,
        }
    }
    let mut subnets: Vec<&str> = users.iter().filter(|u| u.1 == Some("AWS::EC2::Subnet")).map(|u| u.0).collect();
    subnets.dedup();
    for name in subnets {
        if let Some(subnet) = cx.template.resources.get(name) {
            let subnet = *subnet;
            inside(&subnet, vpc, &known, cx);
        }
    }
}

/// Reports the ranges of a subnet that lie in none of the known ranges of the VPC.
fn inside<'a>(subnet: &Resource<'a>, vpc: &Resource<'a>, known: &[Range], cx: &mut Context<'a>) {
    let around = cx.surroundings();
    let mut found = Vec::new();
    for owner in places(subnet, &["VpcId"], around).iter().filter(|p| target(p.node) == Some(vpc.id())) {
        for name in BLOCKS {
            found.extend(places_where(subnet, &[name], owner.pins(), around));
        }
    }
    for place in found {
        let Some(range) = place.node.as_str().and_then(Range::parse) else { continue };
        let alike: Vec<String> = known.iter().filter(|k| k.is_v4() == range.is_v4()).map(Range::to_string).collect();
        // A VPC without a known IPv4 range has one that is not known: there is none without.
        if known.iter().any(|k| k.contains(&range)) || range.is_v4() && alike.is_empty() {
            continue;
        }
        let message = match alike.as_slice() {
            [] => format!("`{range}` is an IPv6 range, but the VPC `{}` has none", vpc.id()),
            [one] => format!("`{range}` is not inside `{one}`, the range of the VPC `{}`", vpc.id()),
            more => {
                format!("`{range}` is inside none of the ranges of the VPC `{}`: `{}`", vpc.id(), more.join("`, `"))
            }
        };
        cx.report(&SUBNET_OUTSIDE_VPC, place.node.span, message)
            .reference_at(place.key)
            .label(vpc.key.span, "the VPC of the subnet");
    }
}

/// The logical id that a `Ref` or `Fn::GetAtt` names.
fn target(node: &Node) -> Option<&str> {
    let call = node.as_call()?;
    match call.function {
        Intrinsic::Ref => call.argument.as_str(),
        Intrinsic::GetAtt => get_att_parts(&call.argument).map(|parts| parts.id),
        _ => None,
    }
}

/// A range of a subnet, and when the subnet has it.
struct Taken<'a> {
    vpc: &'a str,
    subnet: &'a str,
    range: Range,
    span: Span,
    pins: Pins,
}

/// Most ranges that are compared with each other.
const MAX_RANGES: usize = 2_000;

fn overlaps(cx: &mut Context<'_>) {
    let mut taken: Vec<Taken<'_>> = Vec::new();
    let template = cx.template;
    for subnet in template.resources.iter().filter(|r| r.kind() == Some("AWS::EC2::Subnet")) {
        let around = cx.surroundings();
        let mut own = Vec::new();
        for owner in places(subnet, &["VpcId"], around) {
            let Some(vpc) = target(owner.node).or(owner.node.as_str()) else { continue };
            for place in BLOCKS.iter().flat_map(|name| places_where(subnet, &[name], owner.pins(), around)) {
                if let Some(range) = place.node.as_str().and_then(Range::parse) {
                    let pins = place.pins().clone();
                    own.push(Taken { vpc, subnet: subnet.id(), range, span: place.node.span, pins });
                }
            }
        }
        if taken.len() + own.len() > MAX_RANGES {
            return;
        }
        let key = subnet.node.entry("Properties").map_or(subnet.key.span, |e| e.key.span);
        for one in &own {
            overlap(one, &taken, key, cx);
        }
        taken.extend(own);
    }
}

/// Reports each different range of an earlier subnet that this one shares addresses with.
fn overlap(one: &Taken<'_>, taken: &[Taken<'_>], key: Span, cx: &mut Context<'_>) {
    let mut said: Vec<&Range> = Vec::new();
    for other in taken.iter().filter(|other| other.vpc == one.vpc && other.range.overlaps(&one.range)) {
        if said.contains(&&other.range) || !together(&one.pins, &other.pins, cx.resolver()) {
            continue;
        }
        said.push(&other.range);
        let (subnet, range) = (other.subnet, &other.range);
        let message = match one.range == *range {
            true => format!("`{range}` is also the range of `{subnet}` in the same VPC"),
            false => format!("`{}` overlaps `{range}`, the range of `{subnet}` in the same VPC", one.range),
        };
        cx.report(&SUBNETS_OVERLAP, one.span, message).reference_at(key).label(other.span, "the other range");
    }
}

/// An endpoint that takes the private name of its service.
struct Endpoint<'a> {
    id: &'a str,
    vpc: &'a Node,
    service: &'a Node,
    place: Place<'a>,
}

fn endpoints(cx: &mut Context<'_>) {
    let template = cx.template;
    let mut seen: Vec<Endpoint<'_>> = Vec::new();
    for resource in template.resources.iter().filter(|r| r.kind() == Some("AWS::EC2::VPCEndpoint")) {
        let around = cx.surroundings();
        let mut own = Vec::new();
        for properties in places(resource, &[], around) {
            own.extend(claims(resource.id(), &properties, around));
        }
        for one in own {
            let twin = seen.iter().find(|other| {
                other.id != one.id
                    && other.vpc.same_value(one.vpc)
                    && other.service.same_value(one.service)
                    && together(one.place.pins(), other.place.pins(), cx.resolver())
            });
            if let Some(other) = twin {
                let message = format!("`{}` already has the private name of this service in the same VPC", other.id);
                let (span, place) = (one.service.span, other.service.span);
                let key = resource.node.entry("Properties").map_or(resource.key.span, |e| e.key.span);
                cx.report(&PRIVATE_DNS_TWICE, span, message)
                    .reference_at(key)
                    .label(place, "the other endpoint")
                    .help("Use one endpoint for both, or set `PrivateDnsEnabled: false` on one of them.");
            }
            if seen.len() < MAX_RANGES {
                seen.push(one);
            }
        }
    }
}

/// What an endpoint claims, for every combination of the branches in its properties.
fn claims<'a>(id: &'a str, properties: &Place<'a>, around: Surroundings<'_, 'a>) -> Vec<Endpoint<'a>> {
    let mut out = Vec::new();
    let is = |place: &Place<'_>, text: &str| place.node.scalar_text() == Some(text);
    for kind in properties.below(&["VpcEndpointType"], around).iter().filter(|p| is(p, "Interface")) {
        for dns in with_pins(properties, "PrivateDnsEnabled", kind, around).iter().filter(|p| is(p, "true")) {
            for vpc in with_pins(properties, "VpcId", dns, around) {
                for service in with_pins(properties, "ServiceName", &vpc, around) {
                    if comparable(vpc.node) && comparable(service.node) {
                        out.push(Endpoint { id, vpc: vpc.node, service: service.node, place: service });
                    }
                }
            }
        }
    }
    out
}

/// A member of the properties as it is where another one was found.
fn with_pins<'a>(properties: &Place<'a>, name: &str, at: &Place<'a>, around: Surroundings<'_, 'a>) -> Vec<Place<'a>> {
    at.with(properties.node).below(&[name], around)
}

/// Whether equal expressions give equal values.
fn comparable(node: &Node) -> bool {
    match node.as_call() {
        Some(call) => matches!(call.function, Intrinsic::Ref | Intrinsic::GetAtt | Intrinsic::Sub),
        None => node.as_str().is_some(),
    }
}
