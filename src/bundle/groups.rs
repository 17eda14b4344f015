//! Deployment groups of CodeDeploy in templates: what they deploy to, and how traffic gets there.

use super::Bundle;
use crate::appspec::Platform;
use crate::intrinsics::Intrinsic;
use crate::syntax::{Node, NodeKind};
use crate::template::{Resource, Template};

/// The type of a deployment group in templates.
pub const GROUP: &str = "AWS::CodeDeploy::DeploymentGroup";
/// The type of an application in templates.
pub const APPLICATION: &str = "AWS::CodeDeploy::Application";

/// A deployment group with the template it stands in.
#[derive(Clone, Copy, Debug)]
pub struct Group<'b> {
    /// The index of its template in `Bundle::templates`.
    pub template: usize,
    /// The resource.
    pub resource: Resource<'b>,
    /// What it deploys to, when that is known.
    pub platform: Option<Platform>,
}

/// The deployment groups of a folder.
pub fn all<'b>(bundle: &Bundle<'b>) -> Vec<Group<'b>> {
    let mut found = Vec::new();
    for (index, template) in bundle.templates.iter().enumerate() {
        for resource in template.view.resources.iter().filter(|r| r.kind() == Some(GROUP)) {
            let platform = platform(&template.view, resource);
            found.push(Group { template: index, resource: *resource, platform });
        }
    }
    found
}

/// What a deployment group deploys to: what its application says, else what only groups of one platform have.
pub fn platform(template: &Template<'_>, group: &Resource<'_>) -> Option<Platform> {
    if let Some(application) = application(template, group) {
        return match application.property("ComputePlatform").map(Node::as_str) {
            None | Some(Some("Server")) => Some(Platform::Server),
            Some(Some("Lambda")) => Some(Platform::Lambda),
            Some(Some("ECS")) => Some(Platform::Ecs),
            Some(_) => None,
        };
    }
    let has = |names: &[&str]| names.iter().any(|name| group.property(name).is_some());
    if has(&["ECSServices"]) {
        Some(Platform::Ecs)
    } else if has(&[
        "Ec2TagFilters",
        "Ec2TagSet",
        "OnPremisesInstanceTagFilters",
        "OnPremisesTagSet",
        "AutoScalingGroups",
    ]) {
        Some(Platform::Server)
    } else {
        None
    }
}

/// The application of a group, when the template has it.
fn application<'n>(template: &Template<'n>, group: &Resource<'_>) -> Option<Resource<'n>> {
    let name = group.property("ApplicationName")?;
    let is = |r: &&Resource<'n>| r.kind() == Some(APPLICATION);
    match &name.kind {
        NodeKind::Call(call) if call.function == Intrinsic::Ref => {
            template.resources.get(call.argument.as_str()?).filter(is).copied()
        }
        NodeKind::String(text) => {
            let named = |r: &&Resource<'n>| r.property("ApplicationName").and_then(Node::as_str) == Some(text);
            template.resources.iter().filter(is).find(named).copied()
        }
        _ => None,
    }
}

impl Group<'_> {
    /// Whether it takes machines from a load balancer while it deploys to them; `None` when that is open.
    pub fn shifts_traffic(&self) -> Option<bool> {
        let properties = self.resource.properties().filter(|p| p.as_map().is_some())?;
        let option = properties.at(&["DeploymentStyle", "DeploymentOption"]);
        match (properties.get("LoadBalancerInfo"), option.map(Node::as_str)) {
            (_, Some(Some("WITHOUT_TRAFFIC_CONTROL"))) => Some(false),
            (None, None) => Some(false),
            (Some(node), Some(Some("WITH_TRAFFIC_CONTROL"))) if node.as_map().is_some() => Some(true),
            _ => None,
        }
    }

    /// Whether it has a listener for tests; `None` when that is open.
    pub fn has_test_listener(&self) -> Option<bool> {
        let pairs = self.resource.property("LoadBalancerInfo")?.get("TargetGroupPairInfoList")?.as_list()?;
        let mut open = false;
        for pair in pairs {
            match pair.as_map() {
                Some(_) if pair.get("TestTrafficRoute").is_some() => return Some(true),
                Some(_) => {}
                None => open = true,
            }
        }
        (!open).then_some(false)
    }
}

/// The platform as CodeDeploy calls it.
pub fn name(platform: Platform) -> &'static str {
    match platform {
        Platform::Server => "Server",
        Platform::Lambda => "Lambda",
        Platform::Ecs => "ECS",
        Platform::Service => "Lambda or ECS",
    }
}
