//! The network that a template builds, as far as the template alone decides it: which way out a subnet has, which services
//! a VPC has endpoints of, and whom a security group lets in.
//!
//! Every answer is given for some pinned conditions and is three-valued. "No" is only said where nothing outside the
//! template can add to it: what a nested stack, a custom resource or an output hands on may be extended elsewhere.

mod endpoints;
mod groups;

pub use groups::Ports;

use crate::conditions::{Answer, Pins};
use crate::graph::{Cause, Graph, Item, ItemKind};
use crate::intrinsics::Intrinsic;
use crate::resolve::{Case, Named, Resolver};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use crate::template::Resource;

/// The type of a subnet.
pub const SUBNET: &str = "AWS::EC2::Subnet";
/// The type of a security group.
pub const GROUP: &str = "AWS::EC2::SecurityGroup";
/// The type of a VPC.
pub const VPC: &str = "AWS::EC2::VPC";
const ASSOCIATION: &str = "AWS::EC2::SubnetRouteTableAssociation";
const TABLE: &str = "AWS::EC2::RouteTable";
const ROUTE: &str = "AWS::EC2::Route";
const ENDPOINT: &str = "AWS::EC2::VPCEndpoint";

/// Most resources whose conditions are looked at for one question.
const MOST_NEAR: usize = 400;

/// Reads the network of a template.
#[derive(Clone, Copy, Debug)]
pub struct Network<'n, 'a> {
    resolver: &'n Resolver<'a>,
    graph: &'n Graph<'a>,
    /// Whether a macro may add resources.
    open: bool,
}

/// Where what no other route knows is sent.
#[derive(Clone, Debug)]
pub struct WayOut<'a> {
    /// Through what.
    pub through: Through<'a>,
    /// The route table.
    pub table: Resource<'a>,
    /// The route; `None` when the table has none.
    pub route: Option<Resource<'a>>,
    /// The place of the route, or of the route table when it has none.
    pub at: Span,
    /// Whether there is a default route for IPv6 too.
    pub six: bool,
}

/// What the default route of a subnet leads to.
#[derive(Clone, Copy, Debug)]
pub enum Through<'a> {
    /// An internet gateway: in and out, for what has a public address.
    InternetGateway,
    /// A NAT gateway: out only; with the gateway when it is of the template.
    Nat(Option<Resource<'a>>),
    /// Something else: another network, an appliance.
    Other,
    /// There is certainly no default route.
    Nothing,
}

impl<'n, 'a> Network<'n, 'a> {
    /// A reader of one template.
    pub fn new(resolver: &'n Resolver<'a>, graph: &'n Graph<'a>) -> Self {
        let template = resolver.template;
        let open = template.transforms.iter().any(|t| !t.0.starts_with("AWS::"))
            || template.resources.iter().any(|r| r.id().starts_with("Fn::"));
        Network { resolver, graph, open }
    }

    /// Whether a resource exists where these conditions are pinned.
    pub fn exists(&self, resource: &Resource<'a>, pins: &Pins) -> Answer {
        let Some(name) = resource.condition() else { return Answer::Yes };
        let conditions = &self.resolver.conditions;
        match conditions.pinned(pins, name) {
            Some(true) => Answer::Yes,
            Some(false) => Answer::No,
            None if conditions.implies(pins, name, true) == Answer::Yes => Answer::Yes,
            None if conditions.implies(pins, name, false) == Answer::Yes => Answer::No,
            None => Answer::Unknown,
        }
    }

    /// Answers a question that the conditions of some resources decide: once when it has an answer whatever they are,
    /// otherwise for each combination of them that has one. Nothing when the combinations are too many.
    pub fn settle<T>(&self, about: &[Resource<'a>], pins: &Pins, ask: impl Fn(&Pins) -> Option<T>) -> Vec<(Pins, T)> {
        if let Some(answer) = ask(pins) {
            return vec![(pins.clone(), answer)];
        }
        let mut names = Vec::new();
        for resource in about.iter().take(MOST_NEAR) {
            names.extend(resource.condition());
            conditions_in(resource.node, &mut names);
        }
        names.sort_unstable();
        names.dedup();
        let scenarios = self.resolver.conditions.scenarios(pins, &names);
        if names.is_empty() || !scenarios.complete {
            return Vec::new();
        }
        scenarios.pins.iter().filter_map(|pins| Some((pins.clone(), ask(pins)?))).collect()
    }

    /// The resources whose conditions decide which way out a subnet has: itself, its route tables and their routes.
    pub fn near(&self, subnet: &Resource<'a>) -> Vec<Resource<'a>> {
        let mut near = vec![*subnet];
        for association in self.users(subnet, ASSOCIATION) {
            near.push(association);
            for table in self.resolver.links(&association, &["RouteTableId"], TABLE, &Pins::none()) {
                near.push(table.target);
                near.extend(self.users(&table.target, ROUTE));
            }
        }
        near
    }

    /// The route table that the template associates with a subnet, with the place that says so. `None` when it is not
    /// known, or none is, so that it has the main table of its VPC.
    pub fn table(&self, subnet: &Resource<'a>, pins: &Pins) -> Option<(Resource<'a>, Span)> {
        let mut found = None;
        for association in self.users(subnet, ASSOCIATION) {
            match self.exists(&association, pins) {
                Answer::Yes => {}
                Answer::No => continue,
                Answer::Unknown => return None,
            }
            if self.named(&association, "SubnetId", pins)?.id() != subnet.id() {
                continue;
            }
            let table = self.named(&association, "RouteTableId", pins)?;
            if found.is_some() || table.kind() != Some(TABLE) {
                return None;
            }
            found = Some((table, association.key.span));
        }
        found
    }

    /// The way out of a subnet; `None` when it is not known.
    pub fn way_out(&self, subnet: &Resource<'a>, pins: &Pins) -> Option<WayOut<'a>> {
        let (table, _) = self.table(subnet, pins)?;
        let mut found: Option<WayOut<'a>> = None;
        let mut six = false;
        let mut open =
            self.handed_on(&table, &[ROUTE, ASSOCIATION, ENDPOINT, "AWS::EC2::GatewayRouteTableAssociation"]);
        for route in self.users(&table, ROUTE) {
            match self.exists(&route, pins) {
                Answer::Yes => {}
                Answer::No => continue,
                Answer::Unknown => return None,
            }
            if self.named(&route, "RouteTableId", pins)?.id() != table.id() {
                continue;
            }
            match self.destination(&route, pins)? {
                Destination::Part => {}
                Destination::Half => open = true,
                Destination::Six => six = true,
                Destination::All if found.is_some() => return None,
                Destination::All => {
                    let through = self.through(&route, pins)?;
                    found = Some(WayOut { through, table, route: Some(route), at: route.key.span, six: false });
                }
            }
        }
        match found {
            None if open || six => None,
            None => Some(WayOut { through: Through::Nothing, table, route: None, at: table.key.span, six }),
            Some(way) => Some(WayOut { six, ..way }),
        }
    }

    fn destination(&self, route: &Resource<'a>, pins: &Pins) -> Option<Destination> {
        let block = self.one(route, &["DestinationCidrBlock"], pins)?;
        if !block.is_absent() {
            let (address, length) = block.text()?.split_once('/')?;
            let length: u32 = length.parse().ok()?;
            return Some(match (address, length) {
                ("0.0.0.0", 0) => Destination::All,
                (_, ..8) => Destination::Half,
                _ => Destination::Part,
            });
        }
        let block = self.one(route, &["DestinationIpv6CidrBlock"], pins)?;
        if block.is_absent() {
            return Some(Destination::Part);
        }
        Some(if block.text()?.ends_with("/0") { Destination::Six } else { Destination::Part })
    }

    fn through(&self, route: &Resource<'a>, pins: &Pins) -> Option<Through<'a>> {
        let gateway = self.one(route, &["GatewayId"], pins)?;
        if let Some(node) = gateway.node() {
            return match Named::of(node, self.resolver.template) {
                Named::Resource(target, _) if target.kind() == Some("AWS::EC2::InternetGateway") => {
                    Some(Through::InternetGateway)
                }
                Named::Resource(target, _) if target.kind() == Some("AWS::EC2::VPNGateway") => Some(Through::Other),
                // An attachment has the id of the gateway in it.
                Named::Resource(..) => None,
                Named::Literal(id) if id.starts_with("igw-") => Some(Through::InternetGateway),
                Named::Literal(_) => Some(Through::Other),
                Named::Parameter(_) | Named::Other => None,
            };
        }
        let nat = self.one(route, &["NatGatewayId"], pins)?;
        if !gateway.is_absent() {
            return None;
        }
        match nat.node().map(|node| Named::of(node, self.resolver.template)) {
            Some(Named::Resource(target, _)) if target.kind() == Some("AWS::EC2::NatGateway") => {
                Some(Through::Nat(Some(target)))
            }
            Some(_) => Some(Through::Nat(None)),
            None if nat.is_absent() => Some(Through::Other),
            None => None,
        }
    }

    /// Whether something of the template may be extended by what the template does not show: another resource than of
    /// these types uses it, or an output hands it on.
    pub fn handed_on(&self, resource: &Resource<'a>, known: &[&str]) -> bool {
        let strange = |item: &Item<'_>| match item.kind {
            ItemKind::Resource => item.resource_type.is_none_or(|kind| !known.contains(&kind)),
            ItemKind::Output => true,
            ItemKind::Parameter | ItemKind::Condition => false,
        };
        let users = self.graph.needed_by(ItemKind::Resource, resource.id());
        self.open || users.iter().any(|user| user.edge.cause != Cause::DependsOn && strange(user.from))
    }

    /// Whether a nested stack or a custom resource of the template gets something, so that it may extend it.
    pub fn given_away(&self, resource: &Resource<'a>) -> bool {
        let users = self.graph.needed_by(ItemKind::Resource, resource.id());
        self.open
            || users.iter().any(|user| {
                let kind = user.from.resource_type.unwrap_or_default();
                let strange =
                    kind.starts_with("Custom::") || kind.starts_with("AWS::CloudFormation::") || kind.is_empty();
                user.from.kind == ItemKind::Resource && user.edge.cause != Cause::DependsOn && strange
            })
    }

    /// The resources of a type that name another one, each once, in source order.
    pub fn users(&self, resource: &Resource<'a>, kind: &str) -> Vec<Resource<'a>> {
        let mut found: Vec<Resource<'a>> = Vec::new();
        for user in self.graph.needed_by(ItemKind::Resource, resource.id()) {
            if user.from.kind == ItemKind::Resource
                && user.from.resource_type == Some(kind)
                && user.edge.cause != Cause::DependsOn
                && found.iter().all(|f| f.id() != user.from.name)
                && let Some(user) = self.resolver.template.resources.get(user.from.name)
            {
                found.push(*user);
            }
        }
        found
    }

    /// The one case of a property under these pins; `None` when it depends on more.
    pub fn one(&self, resource: &Resource<'a>, path: &[&str], pins: &Pins) -> Option<Case<'a>> {
        let mut all = self.resolver.cases(resource, path, pins);
        if all.len() == 1 { all.pop() } else { None }
    }

    /// The resource that a property certainly names under these pins.
    pub fn named(&self, resource: &Resource<'a>, name: &str, pins: &Pins) -> Option<Resource<'a>> {
        match Named::of(self.one(resource, &[name], pins)?.node()?, self.resolver.template) {
            Named::Resource(target, _) => Some(target),
            _ => None,
        }
    }
}

/// How much of the addresses a route is for.
enum Destination {
    /// All that no other route knows.
    All,
    /// So much that it may stand for a default route.
    Half,
    /// All of IPv6.
    Six,
    /// Some networks.
    Part,
}

fn conditions_in<'a>(node: &'a Node, names: &mut Vec<&'a str>) {
    node.walk(&mut |part| {
        if let NodeKind::Call(call) = &part.kind
            && call.function == Intrinsic::If
            && let Some([name, ..]) = call.argument.as_list()
        {
            names.extend(name.as_str());
        }
    });
}

#[cfg(test)]
mod tests;
