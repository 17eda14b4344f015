//! Ports of containers: of the host, of the container, and of the health check in front of them.

use super::{DYNAMIC_PORT_UNCHECKED, HOST_PORT_DIFFERS};
use crate::conditions::Pins;
use crate::intrinsics::{Intrinsic, get_att_parts};
use crate::rule::Context;
use crate::schema::walk::{Place, Surroundings, places, places_where};
use crate::syntax::Node;
use crate::template::Resource;

/// In `awsvpc` mode a container has the network interface of its task, so both ports are one.
pub(super) fn host_ports<'a>(task: &Resource<'a>, cx: &mut Context<'a>) {
    let around = cx.surroundings();
    let mut found = Vec::new();
    for mode in places(task, &["NetworkMode"], around).iter().filter(|p| p.node.as_str() == Some("awsvpc")) {
        let path = ["ContainerDefinitions", "*", "PortMappings", "*"];
        for mapping in places_where(task, &path, mode.pins(), around) {
            for host in mapping.below(&["HostPort"], around) {
                let other = host.with(mapping.node).below(&["ContainerPort"], around).into_iter().find(
                    |port| matches!((number(host.node), number(port.node)), (Some(host), Some(port)) if host != port),
                );
                found.extend(other.map(|port| (host, port, mode.node.span)));
            }
        }
    }
    for (host, port, mode) in found {
        let text = |node: &Node| node.scalar_text().unwrap_or_default().to_owned();
        let message = format!("the host port {} must be the container port {}", text(host.node), text(port.node));
        cx.report(&HOST_PORT_DIFFERS, host.node.span, message)
            .reference_at(host.key)
            .label(mode, "in this mode both are one")
            .help("Leave `HostPort` out.");
    }
}

/// A port that is written as a number.
fn number(node: &Node) -> Option<u64> {
    node.scalar_text()?.parse().ok()
}

/// The resource of a type that a `Ref` or `Fn::GetAtt` names.
fn target<'a>(node: &'a Node, kind: &str, cx: &Context<'a>) -> Option<&'a Resource<'a>> {
    let call = node.as_call()?;
    let id = match call.function {
        Intrinsic::Ref => call.argument.as_str(),
        Intrinsic::GetAtt => get_att_parts(&call.argument).map(|parts| parts.id),
        _ => None,
    };
    cx.template.resources.get(id?).filter(|r| r.kind() == Some(kind))
}

/// Host port 0 lets the service choose a port for each container: a health check must follow it.
pub(super) fn dynamic_ports<'a>(service: &Resource<'a>, cx: &mut Context<'a>) {
    let around = cx.surroundings();
    let mut found = Vec::new();
    for task in places(service, &["TaskDefinition"], around) {
        let Some(definition) = target(task.node, "AWS::ECS::TaskDefinition", cx) else { continue };
        for balancer in places_where(service, &["LoadBalancers", "*"], task.pins(), around) {
            for pins in dynamic(definition, &balancer, around) {
                for group in places_where(service, &["LoadBalancers", "*"], &pins, around) {
                    if group.node.span == balancer.node.span {
                        found.extend(fixed_checks(&group, cx));
                    }
                }
            }
        }
    }
    for (check, port) in found {
        let message = format!("the health check uses port {port}, but the port of the container is dynamic");
        cx.report(&DYNAMIC_PORT_UNCHECKED, check.node.span, message)
            .reference_at(check.key)
            .label(service.key.span, "used by this service, whose host port is 0")
            .help("Set `HealthCheckPort: traffic-port`, or leave it out.");
    }
}

/// When the container behind a load balancer has host port 0: what is pinned in each such case.
fn dynamic<'a>(definition: &Resource<'a>, balancer: &Place<'a>, around: Surroundings<'_, 'a>) -> Vec<Pins> {
    let mut out = Vec::new();
    for name in balancer.below(&["ContainerName"], around) {
        for port in name.with(balancer.node).below(&["ContainerPort"], around) {
            let (Some(wanted), Some(port_number)) = (name.node.as_str(), number(port.node)) else { continue };
            for container in places_where(definition, &["ContainerDefinitions", "*"], port.pins(), around) {
                for own in container.below(&["Name"], around).iter().filter(|n| n.node.as_str() == Some(wanted)) {
                    for mapping in own.with(container.node).below(&["PortMappings", "*"], around) {
                        let inner = mapping.below(&["ContainerPort"], around);
                        for inner in inner.iter().filter(|p| number(p.node) == Some(port_number)) {
                            let hosts = inner.with(mapping.node).below(&["HostPort"], around);
                            let zero = hosts.iter().filter(|host| number(host.node) == Some(0));
                            out.extend(zero.map(|host| host.pins().clone()));
                        }
                    }
                }
            }
        }
    }
    out
}

/// The health checks on a fixed port of the target groups that a load balancer of a service names.
fn fixed_checks<'a>(balancer: &Place<'a>, cx: &Context<'a>) -> Vec<(Place<'a>, String)> {
    let around = cx.surroundings();
    let mut out = Vec::new();
    for used in balancer.below(&["TargetGroupArn"], around) {
        let Some(group) = target(used.node, "AWS::ElasticLoadBalancingV2::TargetGroup", cx) else { continue };
        for check in places_where(group, &["HealthCheckPort"], used.pins(), around) {
            // Left out, it is the port of the traffic.
            if let Some(text) = check.node.scalar_text().filter(|text| *text != "traffic-port") {
                let text = text.to_owned();
                out.push((check, text));
            }
        }
    }
    out
}
