//! Where the network leads: which subnets are public, and which way out functions and tasks have.

use super::model::{Label, Model, NetworkWay, Place};
use super::short::and;
use super::template::Context;
use crate::conditions::{Answer, Pins};
use crate::network::{Network, SUBNET, Through, WayOut};
use crate::resolve::{Named, Resolver};
use crate::template::Resource;

/// A kind of resource that stands in subnets.
struct Inside {
    kind: &'static str,
    subnets: &'static [&'static str],
    /// What says whether it has a public address; without it there is none.
    address: Option<&'static [&'static str]>,
}

const INSIDE: &[Inside] = &[
    Inside { kind: "AWS::Lambda::Function", subnets: &["VpcConfig", "SubnetIds", "*"], address: None },
    Inside {
        kind: "AWS::ECS::Service",
        subnets: &["NetworkConfiguration", "AwsvpcConfiguration", "Subnets", "*"],
        address: Some(&["NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp"]),
    },
];

/// Fills what is certain under the assumptions; nothing when the template has no subnet.
pub(super) fn fill(model: &mut Model, context: &Context<'_, '_>) {
    if context.template.resources.iter().all(|r| r.kind() != Some(SUBNET)) {
        return;
    }
    let regions = [context.world.region.to_owned()];
    let resolver = Resolver::new(context.template, &regions, &[]);
    let mut pins = Pins::none();
    for (name, value) in &context.world.conditions {
        if let Some(next) = value.and_then(|holds| resolver.conditions.assume(&pins, name, holds)) {
            pins = next;
        }
    }
    let reader = Reader { net: Network::new(&resolver, context.graph), resolver: &resolver, pins };
    for resource in context.template.resources.iter() {
        let text = match resource.kind() {
            Some(SUBNET) => reader.subnet(resource),
            Some(kind) => {
                INSIDE.iter().find(|known| known.kind == kind).and_then(|known| reader.inside(resource, known))
            }
            None => None,
        };
        if let Some(text) = text.filter(|_| reader.net.exists(resource, &reader.pins) == Answer::Yes) {
            model.network.push(NetworkWay {
                resource: resource.id().to_owned(),
                text,
                label: Label::Inferred,
                source: "default routes of the route tables".to_owned(),
                at: Place::of(context.file, resource.key.span),
            });
        }
    }
}

struct Reader<'r, 'a> {
    net: Network<'r, 'a>,
    resolver: &'r Resolver<'a>,
    pins: Pins,
}

impl<'a> Reader<'_, 'a> {
    fn subnet(&self, subnet: &Resource<'a>) -> Option<String> {
        let way = self.net.way_out(subnet, &self.pins)?;
        Some(match way.through {
            Through::InternetGateway => format!("public: {}to an internet gateway", route(&way)),
            Through::Nat(Some(nat)) => format!("private: {}out through {}", route(&way), nat.id()),
            Through::Nat(None) => format!("private: {}out through a NAT gateway", route(&way)),
            Through::Other => format!("private: {}out through another network or an appliance", route(&way)),
            Through::Nothing => format!("closed: {} has no default route", way.table.id()),
        })
    }

    /// The way out of what stands in subnets.
    fn inside(&self, resource: &Resource<'a>, known: &Inside) -> Option<String> {
        let public = match known.address {
            Some(path) => self.net.one(resource, path, &self.pins)?.text_or("DISABLED")? == "ENABLED",
            None => false,
        };
        let mut ways: Vec<(String, Vec<String>)> = Vec::new();
        for case in self.resolver.cases(resource, known.subnets, &self.pins) {
            let Named::Resource(subnet, _) = Named::of(case.node()?, self.resolver.template) else { return None };
            let way = self.net.way_out(&subnet, &self.pins)?;
            let words = match way.through {
                Through::InternetGateway if public => "to the internet, with a public address".to_owned(),
                Through::InternetGateway => {
                    "no way out: it has no public address to use the internet gateway with".to_owned()
                }
                Through::Nat(Some(nat)) => format!("out through {}", nat.id()),
                Through::Nat(None) => "out through a NAT gateway".to_owned(),
                Through::Other => "out through another network or an appliance".to_owned(),
                Through::Nothing => "no way out".to_owned(),
            };
            let words = match (&way.through, self.net.named(&subnet, "VpcId", &self.pins)) {
                (Through::Nothing | Through::InternetGateway, Some(vpc)) if words.starts_with("no way out") => {
                    let reached = self.net.reached(&vpc, &way.table, &self.pins);
                    let services: Vec<String> =
                        reached.iter().map(|(service, endpoint)| format!("{service} by {}", endpoint.id())).collect();
                    if services.is_empty() { words } else { format!("{words}; endpoints: {}", and(&services)) }
                }
                _ => words,
            };
            match ways.iter_mut().find(|known| known.0 == words) {
                Some(known) => known.1.push(subnet.id().to_owned()),
                None => ways.push((words, vec![subnet.id().to_owned()])),
            }
        }
        let parts: Vec<String> = ways.iter().map(|(words, subnets)| format!("in {}: {words}", and(subnets))).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// The route that leads somewhere.
fn route(way: &WayOut<'_>) -> String {
    way.route.map(|route| format!("{} leads ", route.id())).unwrap_or_default()
}
