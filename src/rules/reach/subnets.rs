//! NAT gateways, public subnets and network ACLs.

use super::{ACL_ENTRIES, NAT_WITHOUT_INTERNET, PUBLIC_ADDRESS_WITHOUT_INTERNET, network};
use crate::conditions::{Answer, Pins};
use crate::diagnostic::{Applicability, Severity};
use crate::network::{Network, SUBNET, Through};
use crate::resolve::Case;
use crate::rule::Context;
use crate::rule::linking::{cases, is_not_true, is_true, joined, named, number, offer_text, say};
use crate::template::Resource;

pub(super) fn nat<'a>(gateway: &Resource<'a>, cx: &mut Context<'a>) {
    for [kind, at] in joined([(gateway, "ConnectivityType"), (gateway, "SubnetId")], &Pins::none(), cx) {
        let Some((subnet, _)) = named(&at, cx).filter(|found| found.0.kind() == Some(SUBNET)) else { continue };
        if kind.text_or("public") != Some("public") {
            continue;
        }
        let net = network(cx);
        let ways = net.settle(&net.near(&subnet), &at.pins, |pins| net.way_out(&subnet, pins));
        for (pins, way) in ways {
            let id = gateway.id();
            let (message, label) = match way.through {
                Through::Nat(Some(other)) if other.id() == id => (
                    format!("`{id}` is in `{}`, whose way out is `{id}` itself, so it leads nowhere", subnet.id()),
                    "this route sends everything back to it",
                ),
                Through::Nat(_) => (
                    format!("`{id}` is in `{}`, which leads to another NAT gateway, not to the internet", subnet.id()),
                    "the way out of the subnet",
                ),
                Through::Nothing => (
                    format!("`{id}` is in `{}`, which has no route to the internet", subnet.id()),
                    "the table has no route for `0.0.0.0/0`",
                ),
                Through::InternetGateway | Through::Other => continue,
            };
            if let Some(finding) = say(&NAT_WITHOUT_INTERNET, &at, &pins, message, cx) {
                finding
                    .label(way.at, label)
                    .help("Put it into a subnet whose route for `0.0.0.0/0` goes to an internet gateway.");
            }
        }
    }
}

pub(super) fn public<'a>(subnet: &Resource<'a>, cx: &mut Context<'a>) {
    for given in cases(subnet, "MapPublicIpOnLaunch", &Pins::none(), cx) {
        if !is_true(&given) {
            continue;
        }
        let net = network(cx);
        let ways = net.settle(&net.near(subnet), &given.pins, |pins| net.way_out(subnet, pins));
        for (pins, way) in ways {
            let why = match way.through {
                Through::Nat(_) => "its way out is a NAT gateway, which does not use them",
                Through::Nothing => "it has no route to the internet",
                Through::InternetGateway | Through::Other => continue,
            };
            let message = format!("what starts in `{}` gets a public address, but {why}", subnet.id());
            if let Some(finding) = say(&PUBLIC_ADDRESS_WITHOUT_INTERNET, &given, &pins, message, cx) {
                let label = if matches!(way.through, Through::Nothing) { "its route table" } else { "its way out" };
                finding
                    .label(way.at, label)
                    .help("Add a route for `0.0.0.0/0` to the internet gateway, or remove `MapPublicIpOnLaunch`.");
            }
        }
    }
}

/// One entry of a network ACL.
struct Entry<'a> {
    rule: Case<'a>,
    egress: Case<'a>,
    resource: Resource<'a>,
}

pub(super) fn acl<'a>(acl: &Resource<'a>, cx: &mut Context<'a>) {
    let net = network(cx);
    let entries = net.users(acl, "AWS::EC2::NetworkAclEntry");
    let mut known: Vec<Entry<'a>> = Vec::new();
    for entry in &entries {
        let of = [(entry, "NetworkAclId"), (entry, "Egress"), (entry, "RuleNumber")];
        for [owner, egress, rule] in joined(of, &Pins::none(), cx) {
            if named(&owner, cx).is_some_and(|found| found.0.id() == acl.id()) {
                known.push(Entry { rule, egress, resource: *entry });
            }
        }
    }
    numbers(acl, &known, cx);
    answers(acl, &entries, cx);
}

fn numbers<'a>(acl: &Resource<'a>, known: &[Entry<'a>], cx: &mut Context<'a>) {
    for (i, entry) in known.iter().enumerate() {
        let Some(number) = number(&entry.rule) else { continue };
        let Some(out) = direction(&entry.egress) else { continue };
        let twin = known[..i].iter().find(|other| {
            other.resource.id() != entry.resource.id()
                && other.rule.text() == entry.rule.text()
                && direction(&other.egress) == Some(out)
                && crate::rule::cases::together(&other.rule.pins, &entry.rule.pins, cx.resolver())
        });
        let Some(twin) = twin else { continue };
        let taken: Vec<&str> =
            known.iter().filter(|e| direction(&e.egress) == Some(out)).filter_map(|e| e.rule.text()).collect();
        let free = (1..).map(|step| number + f64::from(step)).find(|n| !taken.contains(&n.to_string().as_str()));
        let side = if out { "outgoing" } else { "incoming" };
        let message = format!("`{}` already has an entry {number} for {side} traffic", acl.id());
        let span = twin.rule.span();
        if let Some(finding) = say(&ACL_ENTRIES, &entry.rule, &entry.rule.pins, message, cx) {
            finding.label(span, "the other entry");
            if let Some(free) = free {
                finding.help(format!("Choose another number; {free} is free."));
                offer_text(finding, &entry.rule, Applicability::Unsafe, &free.to_string());
            }
        }
    }
}

fn direction(egress: &Case<'_>) -> Option<bool> {
    match () {
        () if is_true(egress) => Some(true),
        () if is_not_true(egress) => Some(false),
        () => None,
    }
}

/// What the entries of a network ACL that allow TCP let through.
#[derive(Default)]
struct Allowed<'a> {
    /// An entry for incoming requests to ports of servers.
    requests: Option<(Case<'a>, Resource<'a>)>,
    /// An entry for anything incoming.
    incoming: Option<(Case<'a>, Resource<'a>)>,
    /// Whether anything may leave.
    outgoing: bool,
    /// Whether answers may leave: to the high ports that clients have.
    answers: bool,
}

/// Adds what an entry allows; `None` when it is not known.
fn allow<'a>(entry: &Resource<'a>, net: &Network<'_, 'a>, pins: &Pins, allowed: &mut Allowed<'a>) -> Option<()> {
    let action = net.one(entry, &["RuleAction"], pins)?;
    if !action.text()?.eq_ignore_ascii_case("allow") {
        return Some(());
    }
    let last = match net.one(entry, &["Protocol"], pins)?.text()?.trim() {
        "-1" => 65535.0,
        "6" => number(&net.one(entry, &["PortRange", "To"], pins)?)?,
        _ => return Some(()),
    };
    if direction(&net.one(entry, &["Egress"], pins)?)? {
        allowed.outgoing = true;
        allowed.answers |= last >= FIRST_HIGH;
    } else {
        if last < FIRST_HIGH {
            allowed.requests.get_or_insert((action.clone(), *entry));
        }
        allowed.incoming.get_or_insert((action, *entry));
    }
    Some(())
}

/// The first of the ports that clients take.
const FIRST_HIGH: f64 = 1024.0;

/// Lets requests in, but lets no answers out.
fn answers<'a>(acl: &Resource<'a>, entries: &[Resource<'a>], cx: &mut Context<'a>) {
    let net = network(cx);
    if net.handed_on(acl, &["AWS::EC2::NetworkAclEntry", "AWS::EC2::SubnetNetworkAclAssociation"]) {
        return;
    }
    let mut about = entries.to_vec();
    about.push(*acl);
    let found = net.settle(&about, &Pins::none(), |pins| {
        let mut allowed = Allowed::default();
        for entry in entries {
            match net.exists(entry, pins) {
                Answer::Yes if net.named(entry, "NetworkAclId", pins)?.id() == acl.id() => {
                    allow(entry, &net, pins, &mut allowed)?;
                }
                Answer::Yes | Answer::No => {}
                Answer::Unknown => return None,
            }
        }
        Some(allowed)
    });
    for (pins, allowed) in found {
        let shut = if allowed.outgoing { allowed.requests } else { allowed.incoming };
        let Some((action, entry)) = shut.filter(|_| !allowed.answers) else { continue };
        let message = format!(
            "`{}` lets requests in, but no TCP answers out: no outgoing entry allows the ports 1024-65535",
            acl.id()
        );
        if let Some(finding) = say(&ACL_ENTRIES, &action, &pins, message, cx) {
            let help = format!(
                "Add an entry beside `{}` with `Egress: true`, `Protocol: 6` and ports from 1024 to 65535.",
                entry.id()
            );
            finding.label(acl.key.span, "the network ACL").help(help).severity = Severity::Warning;
        }
    }
}
