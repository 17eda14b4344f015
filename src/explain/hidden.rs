//! Dependencies that nothing in the file expresses but that decide whether a deployment works, and `DependsOn` entries
//! that say what is known already.

use super::model::*;
use super::template::Context;
use super::values::Val;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Steps for all questions whether one resource leads to another.
const PATH_STEPS: usize = 600_000;

/// What is said about one situation.
#[derive(Debug, Deserialize)]
struct Situation {
    text: String,
    source: String,
    #[serde(default)]
    quiet: bool,
}

fn situations() -> &'static BTreeMap<String, Situation> {
    static LIST: OnceLock<BTreeMap<String, Situation>> = OnceLock::new();
    LIST.get_or_init(|| serde_json::from_str(include_str!("../../schemas/explain/hidden.json")).unwrap_or_default())
}

/// The resources with what they hold and how they hang together.
pub(super) struct Advisor<'a, 'n> {
    context: &'a Context<'a, 'n>,
    resources: &'a [Resource],
    by_id: BTreeMap<&'a str, usize>,
    by_kind: BTreeMap<&'a str, Vec<usize>>,
    edges: &'a [Edge],
    needs: Vec<Vec<(usize, usize)>>,
    steps: usize,
    out: Vec<Advice>,
}

/// Advice about hidden and about needless dependencies.
pub(super) fn advice(model: &Model, context: &Context<'_, '_>) -> Vec<Advice> {
    let by_id: BTreeMap<&str, usize> = model.resources.iter().enumerate().map(|(i, r)| (r.id.as_str(), i)).collect();
    let mut by_kind: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, resource) in model.resources.iter().enumerate() {
        by_kind.entry(&resource.kind).or_default().push(i);
    }
    let mut needs = vec![Vec::new(); model.resources.len()];
    for (number, edge) in model.edges.iter().enumerate().filter(|(_, e)| e.possible) {
        if let (Some(&from), Some(&to)) = (by_id.get(edge.from.as_str()), by_id.get(edge.to.as_str())) {
            needs[from].push((to, number));
        }
    }
    let mut advisor = Advisor {
        context,
        resources: &model.resources,
        by_id,
        by_kind,
        edges: &model.edges,
        needs,
        steps: 0,
        out: Vec::new(),
    };
    advisor.gateways();
    advisor.load_balanced_services();
    advisor.deployments();
    advisor.notifications();
    advisor.address_blocks();
    advisor.mount_targets();
    advisor.policies_of_roles();
    advisor.needless();
    advisor.out
}

impl<'a, 'n> Advisor<'a, 'n> {
    fn of(&self, kind: &str) -> Vec<usize> {
        let on = |i: &usize| self.resources[*i].exists != Exists::No;
        self.by_kind.get(kind).into_iter().flatten().copied().filter(on).collect()
    }

    fn value(&self, i: usize) -> Option<&'a Val<'n>> {
        self.context.values.get(self.resources[i].id.as_str())
    }

    /// The resources that a property refers to.
    fn targets(&self, i: usize, path: &str) -> Vec<usize> {
        let Some(value) = self.value(i).and_then(|v| v.at(path)) else { return Vec::new() };
        value.resources().into_iter().filter_map(|id| self.by_id.get(id).copied()).collect()
    }

    fn target(&self, i: usize, path: &str) -> Option<usize> {
        self.targets(i, path).first().copied()
    }

    fn literal(&self, i: usize, path: &str) -> Option<String> {
        self.value(i)?.literal_at(path)
    }

    /// Whether `from` leads to `to`, one edge left out.
    fn leads(&mut self, from: usize, to: usize, without: Option<usize>) -> bool {
        let mut seen = BTreeSet::from([from]);
        let mut open = vec![from];
        while let Some(here) = open.pop() {
            for &(next, edge) in &self.needs[here] {
                self.steps += 1;
                if self.steps > PATH_STEPS {
                    return true;
                }
                if Some(edge) == without {
                    continue;
                }
                if next == to {
                    return true;
                }
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        false
    }

    fn missing(&mut self, id: &str, from: usize, to: usize) {
        if from == to || self.leads(from, to, None) || self.leads(to, from, None) {
            return;
        }
        let Some(situation) = situations().get(id) else { return };
        let (a, b) = (&self.resources[from], &self.resources[to]);
        let text = situation.text.replace("{a}", &a.id).replace("{b}", &b.id);
        self.out.push(Advice {
            id: id.to_owned(),
            about: a.id.clone(),
            text,
            remedy: Some(format!("DependsOn: {} in {}", b.id, a.id)),
            important: !situation.quiet,
            label: Label::Documented,
            source: situation.source.clone(),
            at: Some(a.at),
            other: Some(b.id.clone()),
            edit: self.edit(from, &b.id),
        });
    }

    /// The edit that adds a `DependsOn` to a resource that has none, in block YAML.
    fn edit(&self, from: usize, target: &str) -> Vec<TextEdit> {
        let resource = &self.resources[from];
        let view = self.context.template.resources.get(&resource.id);
        let Some(view) = view.filter(|v| resource.origin.is_none() && v.node.get("DependsOn").is_none()) else {
            return Vec::new();
        };
        let Some(entry) = view.node.entry("Type") else { return Vec::new() };
        let file = self.context.file;
        let at = file.position(entry.key.span.start);
        let line = file.line_span(at.line);
        let before = file.slice(crate::source::Span { start: line.start, end: entry.key.span.start });
        if !before.chars().all(|c| c == ' ') || at.line == file.position(resource.at.start).line {
            return Vec::new();
        }
        let place = Place { line: at.line, column: 1, start: line.start, end: line.start };
        vec![TextEdit { at: place, text: format!("{before}DependsOn: {target}\n") }]
    }

    /// H1 to H4: what needs the gateway to be attached.
    fn gateways(&mut self) {
        let attachments = self.of("AWS::EC2::VPCGatewayAttachment");
        for &attachment in &attachments {
            let internet = self.target(attachment, "InternetGatewayId");
            let vpn = self.target(attachment, "VpnGatewayId");
            let network = self.target(attachment, "VpcId");
            for route in self.of("AWS::EC2::Route") {
                let gateway = self.target(route, "GatewayId");
                if gateway.is_some() && (gateway == internet || gateway == vpn) {
                    self.missing("H1", route, attachment);
                }
            }
            for route in self.of("AWS::EC2::VPNGatewayRoutePropagation") {
                if vpn.is_some() && self.target(route, "VpnGatewayId") == vpn {
                    self.missing("H4", route, attachment);
                }
            }
            if internet.is_some() {
                self.public_things(attachment, network);
            }
        }
    }

    fn public_things(&mut self, attachment: usize, network: Option<usize>) {
        if self.of("AWS::EC2::VPCGatewayAttachment").len() == 1 {
            for address in self.of("AWS::EC2::EIP") {
                self.missing("H2", address, attachment);
            }
        }
        let public = |advisor: &Self, subnet: usize| {
            advisor.target(subnet, "VpcId") == network
                && advisor.literal(subnet, "MapPublicIpOnLaunch").is_some_and(|v| v.eq_ignore_ascii_case("true"))
        };
        for instance in self.of("AWS::EC2::Instance") {
            let own = self.literal(instance, "NetworkInterfaces.0.AssociatePublicIpAddress");
            let subnet =
                self.target(instance, "SubnetId").or_else(|| self.target(instance, "NetworkInterfaces.0.SubnetId"));
            let Some(subnet) = subnet.filter(|s| network.is_some() && self.target(*s, "VpcId") == network) else {
                continue;
            };
            let is_public = own.map_or_else(|| public(self, subnet), |v| v.eq_ignore_ascii_case("true"));
            if is_public && self.value(instance).is_some_and(|v| v.at("UserData").is_some()) {
                self.missing("H3", instance, attachment);
            }
        }
        for balancer in self.of("AWS::ElasticLoadBalancingV2::LoadBalancer") {
            let faces = self.literal(balancer, "Scheme").is_none_or(|s| s == "internet-facing");
            let subnets = self.targets(balancer, "Subnets");
            if faces && network.is_some() && subnets.iter().any(|s| self.target(*s, "VpcId") == network) {
                self.missing("H3b", balancer, attachment);
            }
        }
    }

    /// H5: a service can use a target group only once a listener leads to it.
    fn load_balanced_services(&mut self) {
        let mut listeners: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (kind, path) in [
            ("AWS::ElasticLoadBalancingV2::Listener", "DefaultActions"),
            ("AWS::ElasticLoadBalancingV2::ListenerRule", "Actions"),
        ] {
            for listener in self.of(kind) {
                for group in self.targets(listener, path) {
                    listeners.entry(group).or_default().push(listener);
                }
            }
        }
        for service in self.of("AWS::ECS::Service") {
            for group in self.targets(service, "LoadBalancers") {
                let Some(found) = listeners.get(&group).cloned() else { continue };
                let mut ordered = false;
                for &listener in &found {
                    ordered = ordered || self.leads(service, listener, None);
                }
                if let (false, Some(&first)) = (ordered, found.first()) {
                    self.missing("H5", service, first);
                }
            }
        }
    }

    /// H8: a deployment is a picture of the methods that exist.
    fn deployments(&mut self) {
        let mut methods: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for method in self.of("AWS::ApiGateway::Method") {
            if let Some(api) = self.target(method, "RestApiId") {
                methods.entry(api).or_default().push(method);
            }
        }
        for deployment in self.of("AWS::ApiGateway::Deployment") {
            let Some(api) = self.target(deployment, "RestApiId") else { continue };
            let missing: Vec<usize> = methods.get(&api).cloned().unwrap_or_default();
            if let Some(first) = missing.into_iter().find(|&m| !self.leads(deployment, m, None)) {
                self.missing("H8", deployment, first);
            }
        }
    }

    /// H9: a bucket checks, when it is made, whether it may call those it notifies.
    fn notifications(&mut self) {
        let grants = [
            ("NotificationConfiguration.LambdaConfigurations", "Function", "AWS::Lambda::Permission", "FunctionName"),
            ("NotificationConfiguration.QueueConfigurations", "Queue", "AWS::SQS::QueuePolicy", "Queues"),
            ("NotificationConfiguration.TopicConfigurations", "Topic", "AWS::SNS::TopicPolicy", "Topics"),
        ];
        for (list, member, kind, subject) in grants {
            for bucket in self.of("AWS::S3::Bucket") {
                let Some(value) = self.value(bucket).and_then(|v| v.at(list)) else { continue };
                let called: Vec<&str> =
                    value.items().iter().filter_map(|i| i.at(member)).flat_map(Val::resources).collect();
                for grant in self.of(kind) {
                    let grants_it =
                        self.targets(grant, subject).iter().any(|t| called.contains(&self.resources[*t].id.as_str()));
                    let for_buckets = kind != "AWS::Lambda::Permission"
                        || self.literal(grant, "Principal").is_some_and(|p| p == "s3.amazonaws.com");
                    if grants_it && for_buckets {
                        self.missing("H9", bucket, grant);
                    }
                }
            }
        }
    }

    /// H11: a subnet with addresses that the network gets later.
    fn address_blocks(&mut self) {
        for block in self.of("AWS::EC2::VPCCidrBlock") {
            let network = self.target(block, "VpcId");
            let six = self.value(block).is_some_and(|v| v.at("AmazonProvidedIpv6CidrBlock").is_some());
            for subnet in self.of("AWS::EC2::Subnet") {
                let uses = self.value(subnet).is_some_and(|v| v.at("Ipv6CidrBlock").is_some());
                if six && uses && network.is_some() && self.target(subnet, "VpcId") == network {
                    self.missing("H11", subnet, block);
                }
            }
        }
    }

    /// H12: a function that mounts a file system.
    fn mount_targets(&mut self) {
        let mounts = self.of("AWS::EFS::MountTarget");
        for function in self.of("AWS::Lambda::Function") {
            let points = self.targets(function, "FileSystemConfigs");
            for point in points {
                let system = self.target(point, "FileSystemId");
                let first =
                    mounts.iter().copied().find(|m| system.is_some() && self.target(*m, "FileSystemId") == system);
                if let Some(mount) = first {
                    self.missing("H12", function, mount);
                }
            }
        }
    }

    /// H7 and H15: who uses a role at once, while its rights stand in a policy of their own.
    fn policies_of_roles(&mut self) {
        let mut policies: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for kind in ["AWS::IAM::Policy", "AWS::IAM::RolePolicy"] {
            for policy in self.of(kind) {
                for path in ["Roles", "RoleName"] {
                    for role in self.targets(policy, path) {
                        policies.entry(role).or_default().push(policy);
                    }
                }
            }
        }
        if policies.is_empty() {
            return;
        }
        let mut users: Vec<(&str, usize, usize)> = Vec::new();
        for mapping in self.of("AWS::Lambda::EventSourceMapping") {
            users.extend(self.target(mapping, "FunctionName").map(|f| ("H15", mapping, f)));
        }
        for (i, resource) in self.resources.iter().enumerate() {
            let custom =
                resource.kind.starts_with("Custom::") || resource.kind == "AWS::CloudFormation::CustomResource";
            if custom && resource.exists != Exists::No {
                users.extend(self.target(i, "ServiceToken").map(|f| ("H7", i, f)));
            }
        }
        for (id, user, function) in users {
            let Some(role) = self.target(function, "Role") else { continue };
            for policy in policies.get(&role).cloned().unwrap_or_default() {
                self.missing(id, user, policy);
            }
        }
    }

    /// `DependsOn` entries that another path covers.
    fn needless(&mut self) {
        let entries: Vec<usize> = (0..self.edges.len()).filter(|&i| self.edges[i].via == "DependsOn").collect();
        for number in entries {
            let edge = &self.edges[number];
            let ends = (self.by_id.get(edge.from.as_str()), self.by_id.get(edge.to.as_str()));
            let (Some(&from), Some(&to)) = ends else { continue };
            let direct = self.needs[from]
                .iter()
                .filter(|(target, other)| *target == to && self.edges[*other].via != "DependsOn")
                .map(|(_, other)| &self.edges[*other])
                .min_by_key(|other| other.guard.len());
            let text = match direct {
                Some(other) if other.guard.is_empty() => {
                    format!("{} waits for {} anyway: {} refers to it", edge.from, edge.to, other.path)
                }
                _ if self.unguarded_path(from, to, number) => {
                    format!("{} waits for {} anyway, by way of others", edge.from, edge.to)
                }
                _ => continue,
            };
            let edge = &self.edges[number];
            self.out.push(Advice {
                id: "depends-on-covered".to_owned(),
                about: edge.from.clone(),
                text: format!("{text}; DependsOn may stay where it should wait until {} is fully ready", edge.to),
                remedy: None,
                important: false,
                label: Label::Inferred,
                source: "references of the template".to_owned(),
                at: Some(edge.at),
                other: Some(edge.to.clone()),
                edit: Vec::new(),
            });
        }
    }

    /// Whether a path without any condition on it leads there, one edge left out.
    fn unguarded_path(&mut self, from: usize, to: usize, without: usize) -> bool {
        let mut seen = BTreeSet::from([from]);
        let mut open = vec![from];
        while let Some(here) = open.pop() {
            for &(next, number) in &self.needs[here] {
                self.steps += 1;
                if self.steps > PATH_STEPS {
                    return false;
                }
                let plain = self.edges[number].guard.is_empty() && self.resources[next].guard.is_empty();
                if number == without || !plain {
                    continue;
                }
                if next == to {
                    return true;
                }
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        false
    }
}
