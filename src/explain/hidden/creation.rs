//! What should have been made before something else is: seen when a stack is created.

use super::super::values::Val;
use super::Advisor;
use std::collections::BTreeMap;

impl Advisor<'_, '_> {
    /// H1 to H15.
    pub(super) fn creation(&mut self) {
        self.gateways();
        self.load_balanced_services();
        self.services_on_machines();
        self.capacity_of_services();
        self.deployments();
        self.notifications();
        self.address_blocks();
        self.mount_targets();
        self.policies_of_roles();
        self.scopes();
        self.signals();
        self.functions_in_networks();
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
        for gateway in self.of("AWS::EC2::NatGateway") {
            let public = self.literal(gateway, "ConnectivityType").is_none_or(|t| t == "public");
            let here = self.target(gateway, "SubnetId").is_some_and(|s| self.target(s, "VpcId") == network);
            // With an address of this template, what is said of the address holds for the gateway too.
            let own = self.target(gateway, "AllocationId").is_some_and(|a| self.is_on(a));
            if public && here && network.is_some() && !own {
                self.missing("H2b", gateway, attachment);
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
            if is_public {
                let starts = self.value(instance).is_some_and(|v| v.at("UserData").is_some());
                self.missing(if starts { "H3" } else { "D1" }, instance, attachment);
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
                    ordered = ordered || self.leads(service, listener);
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
            if let Some(first) = missing.into_iter().find(|&m| !self.leads(deployment, m)) {
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
        for custom in self.custom_resources() {
            // One that works on a bucket has its last call when the stack is deleted.
            let bucket = |id: &&str| self.by_id.get(*id).is_some_and(|b| self.resources[*b].kind == "AWS::S3::Bucket");
            let empties = self.value(custom).is_some_and(|v| v.resources().iter().any(bucket));
            let id = if empties { "D4" } else { "H7" };
            users.extend(self.target(custom, "ServiceToken").map(|f| (id, custom, f)));
        }
        for (id, user, function) in users {
            let Some(role) = self.target(function, "Role") else { continue };
            for policy in policies.get(&role).cloned().unwrap_or_default() {
                self.missing(id, user, policy);
            }
        }
    }

    /// H6: a service on machines waits for tasks that find no machine until the group of machines is there.
    fn services_on_machines(&mut self) {
        let groups = self.of("AWS::AutoScaling::AutoScalingGroup");
        if groups.is_empty() {
            return;
        }
        for service in self.of("AWS::ECS::Service") {
            let Some(cluster) = self.target(service, "Cluster") else { continue };
            let kind = self.literal(service, "LaunchType");
            let strategy = self.value(service).is_some_and(|v| v.at("CapacityProviderStrategy").is_some());
            let by_default = kind.is_none() && !strategy && !self.has_default_strategy(cluster);
            if !(kind.as_deref() == Some("EC2") || by_default && !self.is_for_fargate(service)) {
                continue;
            }
            let id = self.resources[cluster].id.as_str();
            // What joins the cluster says its name in the start script.
            let joins = |group: &usize| {
                let templates = ["LaunchTemplate", "LaunchConfigurationName"].into_iter();
                let made = templates.flat_map(|p| self.targets(*group, p)).chain([*group]);
                made.filter_map(|t| self.value(t)).any(|v| v.resources().contains(&id))
            };
            let joining: Vec<usize> = groups.iter().copied().filter(joins).collect();
            if let [group] = joining.as_slice() {
                self.missing("H6", service, *group);
            }
        }
    }

    fn has_default_strategy(&self, cluster: usize) -> bool {
        let own = self.value(cluster).is_some_and(|v| v.at("DefaultCapacityProviderStrategy").is_some());
        let associations = self.of("AWS::ECS::ClusterCapacityProviderAssociations");
        own || associations.into_iter().any(|a| self.target(a, "Cluster") == Some(cluster))
    }

    fn is_for_fargate(&self, service: usize) -> bool {
        let Some(task) = self.target(service, "TaskDefinition") else { return true };
        let kinds = self.value(task).and_then(|v| v.at("RequiresCompatibilities"));
        kinds.is_some_and(|v| v.items().iter().any(|i| i.literal().is_none_or(|t| t == "FARGATE")))
    }

    /// H6: a service can use a capacity provider only once it is joined to the cluster.
    fn capacity_of_services(&mut self) {
        for association in self.of("AWS::ECS::ClusterCapacityProviderAssociations") {
            let cluster = self.target(association, "Cluster");
            for service in self.of("AWS::ECS::Service") {
                let uses = self.value(service).is_some_and(|v| v.at("CapacityProviderStrategy").is_some());
                if uses && cluster.is_some() && self.target(service, "Cluster") == cluster {
                    self.missing("H6b", service, association);
                }
            }
        }
    }

    /// H10: a client may ask for a scope only once the server that defines it is there.
    fn scopes(&mut self) {
        for server in self.of("AWS::Cognito::UserPoolResourceServer") {
            let pool = self.target(server, "UserPoolId");
            let Some(identifier) = self.value(server).and_then(|v| v.at("Identifier")).map(Val::show) else { continue };
            let prefix = format!("{identifier}/");
            for client in self.of("AWS::Cognito::UserPoolClient") {
                let scopes = self.value(client).and_then(|v| v.at("AllowedOAuthScopes"));
                let asks = scopes.is_some_and(|v| v.items().iter().any(|i| i.show().starts_with(&prefix)));
                if asks && pool.is_some() && self.target(client, "UserPoolId") == pool {
                    self.missing("H10", client, server);
                }
            }
        }
    }

    /// H13: the clock of a wait condition runs from its creation, not from that of the machine that signals.
    fn signals(&mut self) {
        for condition in self.of("AWS::CloudFormation::WaitCondition") {
            let Some(handle) = self.target(condition, "Handle") else { continue };
            let mut signalling = Vec::new();
            for user in self.users(handle) {
                let starts = |kind: &str| match kind {
                    "AWS::EC2::LaunchTemplate" | "AWS::AutoScaling::LaunchConfiguration" => true,
                    other => other == "AWS::EC2::Instance" || other == "AWS::AutoScaling::AutoScalingGroup",
                };
                match self.resources[user].kind.as_str() {
                    "AWS::EC2::LaunchTemplate" | "AWS::AutoScaling::LaunchConfiguration" => {
                        let made = self.users(user).into_iter().filter(|u| starts(&self.resources[*u].kind));
                        signalling.extend(made);
                    }
                    kind if starts(kind) => signalling.push(user),
                    _ => {}
                }
            }
            if signalling.iter().any(|s| self.leads(condition, *s)) {
                continue;
            }
            if let Some(&first) = signalling.first() {
                self.missing("H13", condition, first);
            }
        }
    }

    /// H14: a function in a network answers a custom resource only over the network's way out.
    fn functions_in_networks(&mut self) {
        for custom in self.custom_resources() {
            let Some(function) = self.target(custom, "ServiceToken") else { continue };
            let subnets = self.targets(function, "VpcConfig.SubnetIds");
            let associations = self.of("AWS::EC2::SubnetRouteTableAssociation");
            let joined = associations.iter().copied().filter(|a| {
                let subnet = self.target(*a, "SubnetId");
                subnet.is_some_and(|s| subnets.contains(&s))
            });
            let joined: Vec<usize> = joined.collect();
            let tables: Vec<usize> = joined.iter().filter_map(|a| self.target(*a, "RouteTableId")).collect();
            let out = |route: &usize| {
                let everything = self.literal(*route, "DestinationCidrBlock").is_some_and(|d| d == "0.0.0.0/0");
                everything && self.target(*route, "RouteTableId").is_some_and(|t| tables.contains(&t))
            };
            let routes: Vec<usize> = self.of("AWS::EC2::Route").into_iter().filter(out).collect();
            if routes.is_empty() {
                continue;
            }
            let waits = |all: &[usize]| all.iter().all(|one| self.leads(custom, *one));
            let lacking: Vec<usize> = [&routes, &joined]
                .into_iter()
                .filter(|all| !waits(all))
                .filter_map(|all| all.first().copied())
                .collect();
            for one in lacking {
                self.missing("H14", custom, one);
            }
        }
    }
}
