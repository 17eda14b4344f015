//! What should go before something else does: seen when a stack is deleted. The mirror of the order of creation, and where it
//! is known best by those whose stack could not be deleted.

use super::super::model::Advice;
use super::Advisor;

/// Properties that name another resource by its physical name: the user, its property, what is named, its property.
const NAMED: &[(&str, &str, &str, &str)] = &[
    ("AWS::Events::Rule", "EventBusName", "AWS::Events::EventBus", "Name"),
    ("AWS::Athena::NamedQuery", "WorkGroup", "AWS::Athena::WorkGroup", "Name"),
    ("AWS::Athena::PreparedStatement", "WorkGroup", "AWS::Athena::WorkGroup", "Name"),
    ("AWS::Glue::Table", "DatabaseName", "AWS::Glue::Database", "DatabaseInput.Name"),
    ("AWS::Glue::Crawler", "DatabaseName", "AWS::Glue::Database", "DatabaseInput.Name"),
    ("AWS::ECS::Service", "Cluster", "AWS::ECS::Cluster", "ClusterName"),
    ("AWS::Logs::LogStream", "LogGroupName", "AWS::Logs::LogGroup", "LogGroupName"),
    ("AWS::Logs::MetricFilter", "LogGroupName", "AWS::Logs::LogGroup", "LogGroupName"),
    ("AWS::Logs::SubscriptionFilter", "LogGroupName", "AWS::Logs::LogGroup", "LogGroupName"),
    ("AWS::Lambda::Permission", "FunctionName", "AWS::Lambda::Function", "FunctionName"),
    ("AWS::Lambda::EventSourceMapping", "FunctionName", "AWS::Lambda::Function", "FunctionName"),
    ("AWS::Lambda::Alias", "FunctionName", "AWS::Lambda::Function", "FunctionName"),
    ("AWS::Lambda::Version", "FunctionName", "AWS::Lambda::Function", "FunctionName"),
    ("AWS::S3::BucketPolicy", "Bucket", "AWS::S3::Bucket", "BucketName"),
    ("AWS::IAM::InstanceProfile", "Roles", "AWS::IAM::Role", "RoleName"),
    ("AWS::IAM::Policy", "Roles", "AWS::IAM::Role", "RoleName"),
    ("AWS::RDS::DBInstance", "DBSubnetGroupName", "AWS::RDS::DBSubnetGroup", "DBSubnetGroupName"),
    ("AWS::RDS::DBCluster", "DBSubnetGroupName", "AWS::RDS::DBSubnetGroup", "DBSubnetGroupName"),
    ("AWS::CodeDeploy::DeploymentGroup", "ApplicationName", "AWS::CodeDeploy::Application", "ApplicationName"),
];

impl Advisor<'_, '_> {
    /// D3 to D5; D1 and D2 stand with what they are the mirror of.
    pub(super) fn deletion(&mut self, cycles: &[Vec<String>]) {
        self.named_by_text();
        self.buckets_by_name();
        self.firewalls(cycles);
    }

    /// D3: who names another by text is made without waiting for it, and goes after it.
    fn named_by_text(&mut self) {
        for (kind, property, named, own) in NAMED {
            for maker in self.of(named) {
                let Some(name) = self.value(maker).and_then(|v| v.at(own)) else { continue };
                if name.resources().is_empty() && name.show().is_empty() {
                    continue;
                }
                for user in self.of(kind) {
                    let given = self.value(user).and_then(|v| v.at(property));
                    if given.is_some_and(|v| v.items().iter().any(|item| item == name)) {
                        self.missing("D3", user, maker);
                    }
                }
            }
        }
    }

    /// D4: a custom resource that is told the name of a bucket works on it to the end, when the bucket may be gone.
    fn buckets_by_name(&mut self) {
        let buckets = self.of("AWS::S3::Bucket");
        for custom in self.custom_resources() {
            for &bucket in &buckets {
                let Some(name) = self.value(bucket).and_then(|v| v.at("BucketName")) else { continue };
                let told = self.value(custom).is_some_and(|v| v.entries().iter().any(|e| e.2 == *name));
                if told && name.resources().is_empty() {
                    self.missing("D4b", custom, bucket);
                }
            }
        }
    }

    /// D5: firewalls that name each other inside themselves can neither be made nor deleted.
    fn firewalls(&mut self, cycles: &[Vec<String>]) {
        const KIND: &str = "AWS::EC2::SecurityGroup";
        for cycle in cycles {
            let places: Vec<usize> = cycle.iter().filter_map(|id| self.by_id.get(id.as_str()).copied()).collect();
            let firewalls = places.iter().all(|i| self.resources[*i].kind == KIND);
            let [first, second, ..] = places.as_slice() else { continue };
            if !firewalls || places.len() != cycle.len() {
                continue;
            }
            let Some(situation) = super::situations().get("D5") else { continue };
            let (a, b) = (&self.resources[*first], &self.resources[*second]);
            let named = |text: &str| text.replace("{a}", &a.id).replace("{b}", &b.id);
            self.out.push(Advice {
                id: "D5".to_owned(),
                about: a.id.clone(),
                text: named(&situation.text),
                remedy: situation.remedy.as_deref().map(named),
                important: true,
                label: situation.label(),
                source: situation.source.clone(),
                at: Some(a.at),
                other: Some(b.id.clone()),
                edit: Vec::new(),
            });
        }
    }
}
