//! What a change at one place does: the schema's answer, refined where AWS's documentation says that it depends on the
//! values. The list is kept by hand; each entry names its source. Read 2026-11.

use super::value::Val;
use super::{Effect, Label};
use crate::schema::traits::{ChangeSource, OnChange, Traits};

/// An answer with its reason.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) effect: Effect,
    pub(super) why: String,
    pub(super) label: Label,
}

/// The resource around the place.
pub(super) struct Place<'v> {
    pub(super) type_name: &'v str,
    pub(super) traits: Option<Traits>,
    pub(super) old: Option<&'v Val>,
    pub(super) new: Option<&'v Val>,
    /// `UpdatePolicy` of the new resource.
    pub(super) update_policy: Option<&'v Val>,
}

fn verdict(effect: Effect, label: Label, why: &str) -> Verdict {
    Verdict { effect, why: why.to_owned(), label }
}

fn documented(effect: Effect, why: &str) -> Option<Verdict> {
    Some(verdict(effect, Label::Documented, why))
}

impl Place<'_> {
    /// What a change below a path of properties does; `before` and `after` stand there.
    pub(super) fn effect(&self, path: &[&str], before: Option<&Val>, after: Option<&Val>) -> Verdict {
        if let Some(known) = self.by_values(path, before, after) {
            return known;
        }
        let Some(traits) = self.traits else {
            return verdict(Effect::Conditionally, Label::Inferred, "the type is not known");
        };
        let (change, source) = traits.on_change(path);
        // A whole object that comes or goes counts as what it holds.
        let held = [before, after].into_iter().flatten();
        let below = |known: &'static str| {
            let mut rest = known.split('/').filter(|part| *part != "*");
            let mut own = path.iter().filter(|part| part.bytes().any(|b| !b.is_ascii_digit()));
            own.all(|part| rest.next() == Some(part)).then(|| rest.collect::<Vec<_>>())
        };
        let holds = |rest: &[&str], value: &Val| !rest.is_empty() && has(value, rest);
        let mut change = (change, source);
        for value in held {
            if change.0 < OnChange::Replace && traits.create_only().filter_map(below).any(|rest| holds(&rest, value)) {
                change = (OnChange::Replace, ChangeSource::CreateOnly);
            }
            if change.0 < OnChange::MayReplace
                && traits.conditional_create_only().filter_map(below).any(|rest| holds(&rest, value))
            {
                change = (OnChange::MayReplace, ChangeSource::ConditionalCreateOnly);
            }
        }
        let effect = match change.0 {
            OnChange::Replace => Effect::Always,
            OnChange::MayReplace => Effect::Conditionally,
            OnChange::Update => Effect::Never,
        };
        let label = match change.1 {
            ChangeSource::Specification | ChangeSource::SourcesDisagree => Label::Documented,
            _ => Label::Schema,
        };
        let why = if effect == Effect::Never { "updated in place" } else { change.1.describe() };
        verdict(effect, label, why)
    }

    fn known(&self, side: Option<&Val>, path: &[&str]) -> Option<String> {
        side?.at(path)?.known().map(str::to_owned)
    }

    /// The answers that depend on values.
    fn by_values(&self, path: &[&str], before: Option<&Val>, after: Option<&Val>) -> Option<Verdict> {
        match (self.type_name, path) {
            // Template reference, AWS::DynamoDB::Table.
            ("AWS::DynamoDB::Table", ["KeySchema", ..]) => {
                documented(Effect::Always, "another key schema makes another table")
            }
            ("AWS::DynamoDB::Table", ["AttributeDefinitions", ..]) => {
                if self.attribute_changes_type() {
                    documented(Effect::Conditionally, "an attribute of a key or index has another type")
                } else {
                    documented(Effect::Never, "attribute definitions are updated in place")
                }
            }
            // Template reference, AWS::EC2::Instance.
            ("AWS::EC2::Instance", ["InstanceType" | "UserData" | "EbsOptimized", ..]) => documented(
                Effect::Conditionally,
                "stopped, changed and started with an EBS root volume; replaced with an instance store",
            ),
            // Template reference, AWS::RDS::DBInstance and AWS::RDS::DBCluster.
            ("AWS::RDS::DBInstance", ["DBSnapshotIdentifier"]) | ("AWS::RDS::DBCluster", ["SnapshotIdentifier"]) => {
                documented(Effect::Always, "another or no snapshot makes another database")
            }
            // Template reference, AWS::ECS::Service.
            ("AWS::ECS::Service", ["LaunchType"]) => {
                documented(Effect::Always, "another launch type makes another service")
            }
            ("AWS::ECS::Service", ["LoadBalancers", ..]) => match self
                .known(self.new, &["DeploymentController", "Type"])
            {
                Some(kind) if kind != "ECS" => {
                    documented(Effect::Always, "load balancers change in place only with the deployment controller ECS")
                }
                _ => documented(Effect::Never, "updated in place with the deployment controller ECS"),
            },
            // Template reference, AWS::Lambda::Function.
            ("AWS::Lambda::Function", ["DurableConfig", ..]) => {
                let side = |side: Option<&Val>| side.and_then(|v| v.get("DurableConfig")).is_some();
                if side(self.old) == side(self.new) {
                    documented(Effect::Never, "durable execution stays on")
                } else {
                    documented(Effect::Always, "durable execution is switched on or off")
                }
            }
            // AWS Glue keeps table names in small letters.
            ("AWS::Glue::Table", ["TableInput", "Name"]) => {
                let same = matches!((before.and_then(Val::known), after.and_then(Val::known)),
                    (Some(a), Some(b)) if a.eq_ignore_ascii_case(b));
                if same {
                    documented(Effect::Never, "only the case differs")
                } else {
                    documented(Effect::Always, "another name makes another table")
                }
            }
            // User guide, custom resources: the service token cannot be changed.
            ("AWS::CloudFormation::CustomResource", ["ServiceToken"]) => {
                documented(Effect::Refused, "the service token of a custom resource cannot be changed")
            }
            (custom, ["ServiceToken"]) if custom.starts_with("Custom::") => {
                documented(Effect::Refused, "the service token of a custom resource cannot be changed")
            }
            (custom, _) if custom.starts_with("Custom::") || custom == "AWS::CloudFormation::CustomResource" => {
                documented(
                    Effect::Conditionally,
                    "the function behind it decides: another physical id is a replacement",
                )
            }
            // Template reference, AWS::Batch::ComputeEnvironment.
            ("AWS::Batch::ComputeEnvironment", ["ComputeResources", ..])
                if self.known(self.new, &["ReplaceComputeEnvironment"]).as_deref() == Some("false") =>
            {
                documented(Effect::Never, "`ReplaceComputeEnvironment` is false")
            }
            // User guide, UpdatePolicy: EnableVersionUpgrade.
            (
                "AWS::OpenSearchService::Domain" | "AWS::Elasticsearch::Domain",
                ["EngineVersion" | "ElasticsearchVersion"],
            ) => {
                let policy = self.update_policy.and_then(|p| p.get("EnableVersionUpgrade")).and_then(Val::known);
                if policy == Some("true") {
                    documented(Effect::Never, "`EnableVersionUpgrade` upgrades in place")
                } else {
                    documented(Effect::Always, "without `EnableVersionUpgrade` another version makes another domain")
                }
            }
            // User guide, UpdatePolicy: AutoScalingReplacingUpdate.
            (
                "AWS::AutoScaling::AutoScalingGroup",
                ["LaunchTemplate" | "LaunchConfigurationName" | "VPCZoneIdentifier" | "MixedInstancesPolicy", ..],
            ) => {
                let policy = self.update_policy.and_then(|p| p.at(&["AutoScalingReplacingUpdate", "WillReplace"]));
                if policy.and_then(Val::known) == Some("true") {
                    documented(Effect::Always, "`AutoScalingReplacingUpdate` makes a new group")
                } else {
                    None
                }
            }
            _ => None,
        }
    }

    /// Whether an attribute that both tables define has another type.
    fn attribute_changes_type(&self) -> bool {
        let types = |side: Option<&Val>| {
            let items = side.and_then(|v| v.get("AttributeDefinitions")).map(Val::items).unwrap_or_default();
            let pair = |item: &Val| {
                let text = |name: &str| item.get(name).map(Val::canonical);
                Some((text("AttributeName")?, text("AttributeType")?))
            };
            items.iter().filter_map(pair).collect::<Vec<_>>()
        };
        let (old, new) = (types(self.old), types(self.new));
        old.iter().any(|(name, kind)| new.iter().any(|(other, now)| other == name && now != kind))
    }
}

/// Whether a value holds something at a path, in any item of the lists on the way.
fn has(value: &Val, path: &[&str]) -> bool {
    match path {
        [] => true,
        [name, rest @ ..] => {
            value.get(name).is_some_and(|inner| has(inner, rest)) || value.items().iter().any(|item| has(item, path))
        }
    }
}
