//! Security groups: whether one lets another in.

use super::{GROUP, Network};
use crate::conditions::{Answer, Pins};
use crate::resolve::{Case, Named};
use crate::source::Span;
use crate::syntax::Node;
use crate::template::Resource;

const INGRESS: &str = "AWS::EC2::SecurityGroupIngress";
const EGRESS: &str = "AWS::EC2::SecurityGroupEgress";

/// A range of TCP ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// The first.
    pub first: u32,
    /// The last.
    pub last: u32,
}

impl Ports {
    /// One port.
    pub fn one(port: u32) -> Self {
        Ports { first: port, last: port }
    }

    /// In words: "port 443", "the ports 1024-65535".
    pub fn words(self) -> String {
        match self.first == self.last {
            true => format!("port {}", self.first),
            false => format!("the ports {}-{}", self.first, self.last),
        }
    }
}

impl<'a> Network<'_, 'a> {
    /// The security groups of the template that some cases list; `None` when one of them is not of the template, or there
    /// are none, so that the default group of the VPC counts.
    pub fn groups(&self, listed: &[Case<'a>]) -> Option<Vec<Resource<'a>>> {
        let mut groups = Vec::new();
        for case in listed.iter().filter(|case| !case.is_absent()) {
            match Named::of(case.node()?, self.resolver.template) {
                Named::Resource(group, _) if group.kind() == Some(GROUP) => groups.push(group),
                _ => return None,
            }
        }
        (!groups.is_empty()).then_some(groups)
    }

    /// The resources whose conditions decide whom a group lets in.
    pub fn near_group(&self, group: &Resource<'a>) -> Vec<Resource<'a>> {
        let mut near = vec![*group];
        near.extend(self.users(group, INGRESS));
        near
    }

    /// Whether one of some groups certainly or possibly lets in TCP connections from one of others to some of the ports.
    pub fn let_in(&self, to: &[Resource<'a>], from: &[Resource<'a>], ports: Ports, pins: &Pins) -> Answer {
        let mut answer = Answer::No;
        for group in to {
            for other in from {
                match self.lets_in(group, other, ports, pins) {
                    Answer::Yes => return Answer::Yes,
                    Answer::Unknown => answer = Answer::Unknown,
                    Answer::No => {}
                }
            }
        }
        answer
    }

    fn lets_in(&self, group: &Resource<'a>, from: &Resource<'a>, ports: Ports, pins: &Pins) -> Answer {
        let mut answer = if self.handed_on(group, KNOWN_USERS) { Answer::Unknown } else { Answer::No };
        let rules = self.resolver.cases(group, &["SecurityGroupIngress", "*"], pins);
        let inline = rules.iter().filter(|rule| !rule.is_absent()).map(|rule| {
            let certain = rule.pins == *pins || self.resolver.existing(group, pins).is_some_and(|own| own == rule.pins);
            let passes = match rule.node() {
                Some(node) => self.passes(|name| self.below(node, rule.key, name, &rule.pins), from, ports),
                None => Answer::Unknown,
            };
            if passes == Answer::Yes && !certain { Answer::Unknown } else { passes }
        });
        let single = self.users(group, INGRESS).into_iter().map(|rule| {
            let exists = self.exists(&rule, pins);
            if exists == Answer::No {
                return Answer::No;
            }
            match self.named(&rule, "GroupId", pins) {
                None => return Answer::Unknown,
                Some(owner) if owner.id() != group.id() => return Answer::No,
                Some(_) => {}
            }
            let passes = self.passes(|name| self.one(&rule, &[name], pins), from, ports);
            if passes == Answer::Yes { exists } else { passes }
        });
        for passes in inline.chain(single) {
            match passes {
                Answer::Yes => return Answer::Yes,
                Answer::Unknown => answer = Answer::Unknown,
                Answer::No => {}
            }
        }
        answer
    }

    fn below(&self, node: &'a Node, key: Span, name: &str, pins: &Pins) -> Option<Case<'a>> {
        let mut all = self.resolver.cases_below(node, key, &[name], pins);
        if all.len() == 1 { all.pop() } else { None }
    }

    /// Whether one rule lets a group in.
    fn passes(&self, read: impl Fn(&str) -> Option<Case<'a>>, from: &Resource<'a>, ports: Ports) -> Answer {
        match covers(&read, ports) {
            Answer::No => Answer::No,
            certain => match self.is_for(&read, from) {
                Answer::Yes => certain,
                other => other,
            },
        }
    }

    fn is_for(&self, read: &impl Fn(&str) -> Option<Case<'a>>, from: &Resource<'a>) -> Answer {
        let Some(group) = read("SourceSecurityGroupId") else { return Answer::Unknown };
        if let Some(node) = group.node() {
            return match Named::of(node, self.resolver.template) {
                Named::Resource(other, _) if other.id() == from.id() => Answer::Yes,
                Named::Resource(other, _) if other.kind() == Some(GROUP) => Answer::No,
                _ => Answer::Unknown,
            };
        }
        match read("CidrIp").map(|block| block.text()) {
            Some(Some("0.0.0.0/0")) => Answer::Yes,
            // The addresses of the other side may or may not be among those of a range or a list.
            _ => Answer::Unknown,
        }
    }
}

/// What uses a group without adding rules to it.
const KNOWN_USERS: &[&str] = &[
    INGRESS,
    EGRESS,
    GROUP,
    "AWS::AutoScaling::LaunchConfiguration",
    "AWS::Batch::ComputeEnvironment",
    "AWS::CodeBuild::Project",
    "AWS::DAX::Cluster",
    "AWS::DMS::ReplicationInstance",
    "AWS::DocDB::DBCluster",
    "AWS::EC2::Instance",
    "AWS::EC2::LaunchTemplate",
    "AWS::EC2::NetworkInterface",
    "AWS::EC2::VPCEndpoint",
    "AWS::ECS::Service",
    "AWS::EFS::MountTarget",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::ElasticLoadBalancing::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::Events::Rule",
    "AWS::Lambda::Function",
    "AWS::MSK::Cluster",
    "AWS::MemoryDB::Cluster",
    "AWS::Neptune::DBCluster",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBProxy",
    "AWS::Redshift::Cluster",
    "AWS::Scheduler::Schedule",
];

/// Whether a rule is for any of some TCP ports.
fn covers<'a>(read: &impl Fn(&str) -> Option<Case<'a>>, ports: Ports) -> Answer {
    match read("IpProtocol").as_ref().and_then(Case::text) {
        Some("-1") => return Answer::Yes,
        Some("tcp" | "TCP" | "6") => {}
        Some(_) => return Answer::No,
        None => return Answer::Unknown,
    }
    let port = |name: &str| read(name).as_ref().and_then(Case::text)?.trim().parse::<i64>().ok();
    let (Some(first), Some(last)) = (port("FromPort"), port("ToPort")) else { return Answer::Unknown };
    if first < 0 || last < 0 || first <= i64::from(ports.last) && i64::from(ports.first) <= last {
        Answer::Yes
    } else {
        Answer::No
    }
}
