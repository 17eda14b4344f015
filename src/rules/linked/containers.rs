//! Services of ECS and the task definitions that they run.

use super::{FARGATE_LOG_DRIVER, SERVICE_WITHOUT_NETWORK, TASK_NOT_FOR_FARGATE, cases, links, say};
use crate::resolve::{Case, Link};
use crate::rule::Context;
use crate::syntax::{Node, NodeKind};
use crate::template::Resource;

/// The log drivers that Fargate has.
const DRIVERS: &[&str] = &["awslogs", "splunk", "awsfirelens"];

pub(super) fn service<'a>(service: &Resource<'a>, cx: &mut Context<'a>) {
    for link in links(service, &["TaskDefinition"], "AWS::ECS::TaskDefinition", cx) {
        network(service, &link, cx);
        for launch in cases(service, &["LaunchType"], &link.pins, cx) {
            if launch.text() == Some("FARGATE") {
                compatibility(service, &link, &launch, cx);
                log_drivers(service, &link, &launch, cx);
            }
        }
    }
}

fn network<'a>(service: &Resource<'a>, link: &Link<'a>, cx: &mut Context<'a>) {
    for mode in cases(&link.target, &["NetworkMode"], &link.pins, cx) {
        if mode.text() != Some("awsvpc") {
            continue;
        }
        for lacking in cases(service, &["NetworkConfiguration"], &mode.pins, cx) {
            if !lacking.is_absent() {
                continue;
            }
            let message = format!(
                "`{}` has no `NetworkConfiguration`, which tasks of `{}` need: their network mode is `awsvpc`",
                service.id(),
                link.target.id()
            );
            if let Some(finding) =
                say(&SERVICE_WITHOUT_NETWORK, &lacking.clone().as_missing(), &lacking.pins, message, cx)
            {
                finding
                    .label(mode.span(), "the network mode is set here")
                    .help("Give the service a `NetworkConfiguration` with the subnets of its tasks.");
            }
        }
    }
}

fn compatibility<'a>(service: &Resource<'a>, link: &Link<'a>, launch: &Case<'a>, cx: &mut Context<'a>) {
    for mode in cases(&link.target, &["NetworkMode"], &launch.pins, cx) {
        // With `awsvpc` the task definition is looked at for itself.
        if mode.text_or("bridge").is_none_or(|mode| mode == "awsvpc") {
            continue;
        }
        for given in cases(&link.target, &["RequiresCompatibilities"], &mode.pins, cx) {
            let message = match given.node().map(Node::as_list) {
                None if given.is_absent() => format!(
                    "`{}` is not made for Fargate, where `{}` runs it: it has no `RequiresCompatibilities`",
                    link.target.id(),
                    service.id()
                ),
                Some(Some(items)) if !items.iter().any(may_be_fargate) => format!(
                    "`{}` is not made for Fargate, where `{}` runs it: `RequiresCompatibilities` lacks `FARGATE`",
                    link.target.id(),
                    service.id()
                ),
                _ => continue,
            };
            let given = if given.is_absent() { given.as_missing() } else { given };
            if let Some(finding) = say(&TASK_NOT_FOR_FARGATE, &given, &given.pins, message, cx) {
                finding
                    .label(launch.span(), "the service is launched on Fargate")
                    .label(link.from, "and runs this task definition")
                    .help("Add `FARGATE` to `RequiresCompatibilities` of the task definition.");
            }
        }
    }
}

fn may_be_fargate(item: &Node) -> bool {
    match &item.kind {
        NodeKind::Call(_) | NodeKind::Tagged(_) => true,
        _ => item.scalar_text() == Some("FARGATE"),
    }
}

fn log_drivers<'a>(service: &Resource<'a>, link: &Link<'a>, launch: &Case<'a>, cx: &mut Context<'a>) {
    let path = ["ContainerDefinitions", "*", "LogConfiguration", "LogDriver"];
    for driver in cases(&link.target, &path, &launch.pins, cx) {
        let Some(name) = driver.text().filter(|name| !DRIVERS.contains(name)) else { continue };
        let message = format!(
            "Fargate, where `{}` runs this container, has no log driver `{name}`; allowed: `awslogs`, `splunk`, `awsfirelens`",
            service.id()
        );
        if let Some(finding) = say(&FARGATE_LOG_DRIVER, &driver, &driver.pins, message, cx) {
            finding
                .label(launch.span(), "the service is launched on Fargate")
                .label(link.from, "and runs this task definition")
                .help("Use `awslogs`, or `awsfirelens` to send the logs elsewhere.");
        }
    }
}
