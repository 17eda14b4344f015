//! Services of ECS, their task definitions and target groups.

use super::{
    CONTAINER_UNKNOWN, NO_EXECUTION_ROLE, PLACEMENT_ON_FARGATE, ROLLOUT_STUCK, SERVICE_HANDED_OVER, TARGETS_OTHER_KIND,
};
use crate::conditions::Pins;
use crate::diagnostic::{Applicability, Severity};
use crate::resolve::{Case, Link};
use crate::rule::Context;
use crate::rule::linking::{below, cases, joined, links, number, number_or, offer_text, place, say};
use crate::rule::suggest::nearest;
use crate::syntax::Node;
use crate::template::Resource;

const TASK: &str = "AWS::ECS::TaskDefinition";

/// A container of a task definition: its name and the ports that it listens on.
struct Container<'a> {
    name: &'a str,
    ports: Vec<&'a str>,
}

/// The containers, when all of them are known.
fn containers<'a>(task: &Link<'a>, pins: &Pins, cx: &Context<'a>) -> Option<Vec<Container<'a>>> {
    let lists = cases(&task.target, "ContainerDefinitions", pins, cx);
    let [list] = lists.as_slice() else { return None };
    let items = list.node()?.as_list()?;
    items.iter().map(container).collect()
}

fn container(item: &Node) -> Option<Container<'_>> {
    item.as_map()?;
    let name = item.get("Name")?.scalar_text().filter(|name| !name.contains("{{"))?;
    let mut ports = Vec::new();
    if let Some(mappings) = item.get("PortMappings") {
        for mapping in mappings.as_list()? {
            mapping.as_map()?;
            if mapping.get("ContainerPortRange").is_some() {
                return None;
            }
            ports.push(mapping.get("ContainerPort")?.scalar_text()?);
        }
    }
    Some(Container { name, ports })
}

pub(super) fn balanced<'a>(service: &Resource<'a>, cx: &mut Context<'a>) {
    for task in links(service, "TaskDefinition", TASK, &Pins::none(), cx) {
        for entry in cases(service, "LoadBalancers.*", &task.pins, cx) {
            let Some(known) = containers(&task, &entry.pins, cx) else { continue };
            for name in below(&entry, "ContainerName", cx) {
                let Some(text) = name.text() else { continue };
                let Some(container) = known.iter().find(|c| c.name == text) else {
                    unknown(&task, &name, text, &known, cx);
                    continue;
                };
                let entry = Case { pins: name.pins.clone(), ..entry.clone() };
                for port in below(&entry, "ContainerPort", cx) {
                    let Some(wanted) = port.text().filter(|port| !container.ports.contains(port)) else { continue };
                    let id = task.target.id();
                    let message = format!("container `{text}` of `{id}` does not listen on {wanted}");
                    if let Some(finding) = say(&CONTAINER_UNKNOWN, &port, &port.pins, message, cx) {
                        let ports = container.ports.join(", ");
                        let help = if ports.is_empty() {
                            format!("Give the container `PortMappings` with {wanted}.")
                        } else {
                            format!("It listens on {ports}.")
                        };
                        finding.label(task.target.key.span, "the task definition").help(help);
                    }
                }
            }
        }
    }
}

fn unknown<'a>(task: &Link<'a>, name: &Case<'a>, text: &str, known: &[Container<'a>], cx: &mut Context<'a>) {
    let near = nearest(text, known.iter().map(|c| c.name));
    let message = format!("`{}` has no container `{text}`", task.target.id());
    if let Some(finding) = say(&CONTAINER_UNKNOWN, name, &name.pins, message, cx) {
        finding.label(task.target.key.span, "the task definition");
        match near {
            Some(near) => {
                finding.help(format!("Did you mean `{near}`?"));
                offer_text(finding, name, Applicability::Unsafe, near);
            }
            None => {
                let all: Vec<_> = known.iter().map(|c| format!("`{}`", c.name)).collect();
                finding.help(format!("Its containers are {}.", all.join(", ")));
            }
        }
    }
}

pub(super) fn kinds<'a>(service: &Resource<'a>, cx: &mut Context<'a>) {
    for task in links(service, "TaskDefinition", TASK, &Pins::none(), cx) {
        let path = "LoadBalancers.*.TargetGroupArn";
        for group in links(service, path, "AWS::ElasticLoadBalancingV2::TargetGroup", &task.pins, cx) {
            for [mode, kind] in joined([(&task.target, "NetworkMode"), (&group.target, "TargetType")], &group.pins, cx)
            {
                // Without a mode Windows and Linux differ, but neither has `awsvpc`.
                let (Some(network), Some(given)) = (mode.text_or("bridge"), kind.text_or("instance")) else { continue };
                let (wanted, words) = match (network, given) {
                    ("awsvpc", "instance") => ("ip", "are reached by their address"),
                    ("bridge" | "host", "ip") => ("instance", "are reached through their machine"),
                    _ => continue,
                };
                let message = format!(
                    "tasks of `{}` {words}, so the target type of `{}` must be `{wanted}`",
                    task.target.id(),
                    group.target.id()
                );
                let other = place(&mode, &task.target);
                let at = if kind.is_absent() { kind.clone().as_missing() } else { kind.clone() };
                if let Some(finding) = say(&TARGETS_OTHER_KIND, &at, &kind.pins, message, cx) {
                    finding
                        .label(other, format!("the network mode is `{network}`"))
                        .label(group.from, "the service hands requests on here")
                        .help(format!("Set `TargetType: {wanted}`."));
                    offer_text(finding, &at, Applicability::Unsafe, wanted);
                }
            }
        }
    }
}

/// Whether every item of a list is a literal, and one is the given.
fn lists(case: &Case<'_>, word: &str) -> bool {
    let items = case.node().and_then(Node::as_list).unwrap_or_default();
    items.iter().any(|item| item.as_str() == Some(word))
}

pub(super) fn execution<'a>(task: &Resource<'a>, cx: &mut Context<'a>) {
    for [made_for, role] in joined([(task, "RequiresCompatibilities"), (task, "ExecutionRoleArn")], &Pins::none(), cx) {
        if !lists(&made_for, "FARGATE") || !role.is_absent() {
            continue;
        }
        for container in cases(task, "ContainerDefinitions.*", &role.pins, cx) {
            if container.node().is_none_or(|node| node.as_map().is_none()) {
                continue;
            }
            let images = below(&container, "Image", cx);
            let drivers = below(&container, "LogConfiguration.LogDriver", cx);
            let secrets = below(&container, "Secrets", cx);
            let image = |case: &&Case<'a>| {
                case.text().is_some_and(|image| image.contains(".dkr.ecr.") && image.contains(".amazonaws.com"))
            };
            let some = |case: &&Case<'a>| case.node().and_then(Node::as_list).is_some_and(|items| !items.is_empty());
            let reasons = [
                (images.iter().find(image), "its image is in ECR"),
                (drivers.iter().find(|case| case.text() == Some("awslogs")), "it logs with `awslogs`"),
                (secrets.iter().find(some), "it takes secrets"),
            ];
            for (case, why) in reasons {
                let Some(case) = case else { continue };
                let message =
                    format!("this container of `{}` needs an `ExecutionRoleArn` on Fargate: {why}", task.id());
                let at = if case.node().is_some_and(Node::is_scalar) {
                    case.clone()
                } else {
                    Case { member: crate::resolve::Member::Absent, ..case.clone() }
                };
                if let Some(finding) = say(&NO_EXECUTION_ROLE, &at, &case.pins, message, cx) {
                    finding
                        .label(made_for.span(), "it is made for Fargate")
                        .help("Give the task definition the `ExecutionRoleArn` of a role that `ecs-tasks.amazonaws.com` may assume.");
                }
                break;
            }
        }
    }
}

pub(super) fn placement<'a>(service: &Resource<'a>, cx: &mut Context<'a>) {
    for property in ["PlacementStrategies", "PlacementConstraints"] {
        for [launch, given] in joined([(service, "LaunchType"), (service, property)], &Pins::none(), cx) {
            let some = given.node().and_then(Node::as_list).is_some_and(|items| !items.is_empty());
            if launch.text() != Some("FARGATE") || !some {
                continue;
            }
            let message = format!("Fargate places tasks itself, so `{}` cannot have `{property}`", service.id());
            let edits = crate::rule::linking::without(&given, cx);
            let at = Case { member: crate::resolve::Member::Absent, ..given.clone() };
            if let Some(finding) = say(&PLACEMENT_ON_FARGATE, &at, &given.pins, message, cx) {
                finding
                    .label(launch.span(), "the service is launched on Fargate")
                    .help(format!("Remove `{property}`."))
                    .fix_by(Applicability::Safe, format!("remove `{property}`"), edits);
            }
        }
    }
}

pub(super) fn room<'a>(service: &Resource<'a>, cx: &mut Context<'a>) {
    let of = [
        (service, "SchedulingStrategy"),
        (service, "DeploymentController.Type"),
        (service, "DesiredCount"),
        (service, "DeploymentConfiguration.MinimumHealthyPercent"),
        (service, "DeploymentConfiguration.MaximumPercent"),
    ];
    for [strategy, controller, count, least, most] in joined(of, &Pins::none(), cx) {
        if strategy.text_or("REPLICA") != Some("REPLICA") || controller.text_or("ECS") != Some("ECS") {
            continue;
        }
        let (Some(count), Some(low), Some(high)) = (number(&count), number_or(&least, 100.0), number(&most)) else {
            continue;
        };
        let stays = (count * low / 100.0).ceil();
        let may = (count * high / 100.0).floor();
        if count < 1.0 || stays < count || may > count {
            continue;
        }
        let message = format!(
            "during a deployment `{}` may neither start nor stop one of its {count} tasks: at least {stays} and at most {may} may run",
            service.id()
        );
        if let Some(finding) = say(&ROLLOUT_STUCK, &most, &most.pins, message, cx) {
            finding
                .label(place(&least, service), format!("at least {low} percent stay"))
                .help("Raise `MaximumPercent` to 200, or lower `MinimumHealthyPercent`.");
            offer_text(finding, &most, Applicability::Unsafe, "200");
        }
    }
}

/// What CodeDeploy releases CloudFormation may not change.
pub(super) fn released<'a>(service: &Resource<'a>, cx: &mut Context<'a>) {
    for controller in cases(service, "DeploymentController.Type", &Pins::none(), cx) {
        if controller.text() != Some("CODE_DEPLOY") {
            continue;
        }
        for task in links(service, "TaskDefinition", TASK, &controller.pins, cx) {
            let message = format!(
                "`{}` is released by CodeDeploy, so a stack update that changes `{}` is refused",
                service.id(),
                task.target.id()
            );
            let (span, at) = (task.target.key.span, controller.clone());
            if let Some(finding) = say(&SERVICE_HANDED_OVER, &at, &task.pins, message, cx) {
                finding
                    .label(span, "each change makes a new revision, which the service would have to take")
                    .help("Release new revisions with CodeDeploy, or choose the controller `ECS`.")
                    .severity = Severity::Info;
            }
        }
    }
}
