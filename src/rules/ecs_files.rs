//! The files of an ECS deployment together: AppSpec, task definition, image definitions.

use crate::appspec::{Platform, field};
use crate::bundle::tasks::{self, Task};
use crate::bundle::{Bundle, folder};
use crate::diagnostic::Applicability;
use crate::rule::suggest::nearest;
use crate::rule::{Check, Crossed, Family, rule};
use crate::syntax::{Node, Style};
use crate::taskdef::Port;

/// The family.
pub static FAMILY: Family = Family { rules: &[&TASK_MISMATCH], checks: &[Check::Bundle(appspecs)] };

rule!(
    TASK_MISMATCH,
    "ecs_files" / "CD196",
    "task-definition-mismatch",
    Error,
    "An AppSpec names a container or port that the task definition does not have"
);

fn appspecs(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    for spec in bundle.appspecs.iter().filter(|s| s.view.platform == Platform::Ecs) {
        for target in spec.view.targets() {
            let Some(properties) = target.properties.map(|e| &e.value) else { continue };
            let Some(balancer) = field(properties, "LoadBalancerInfo").map(|e| &e.value) else { continue };
            let Some(container) = field(balancer, "ContainerName").map(|e| &e.value) else { continue };
            let meant = meant(bundle, folder::parent(spec.path), field(properties, "TaskDefinition").map(|e| &e.value));
            let plain = meant.iter().all(|t| t.view.is_plain());
            if meant.is_empty() || !plain {
                continue;
            }
            container_and_port(
                spec.path,
                &meant,
                container,
                field(balancer, "ContainerPort").map(|e| &e.value),
                crossed,
            );
        }
    }
}

/// The task definitions that the AppSpec can mean: of those around it the ones of the family that it names, if it does.
fn meant<'b>(bundle: &Bundle<'b>, own: &str, named: Option<&Node>) -> Vec<Task<'b>> {
    let around = tasks::around(bundle, own);
    let Some(text) = named.and_then(Node::as_str) else { return around };
    let Some((_, rest)) = text.split_once(":task-definition/") else { return around };
    let family = rest.split(':').next().unwrap_or(rest);
    if family.contains(['<', '$', '{']) {
        return around;
    }
    let same = |t: &Task<'_>| t.view.get("family").and_then(Node::as_str).is_none_or(|f| f == family);
    around.into_iter().filter(same).collect()
}

fn container_and_port(path: &str, meant: &[Task<'_>], container: &Node, port: Option<&Node>, crossed: &mut Crossed) {
    let Some(name) = container.as_str().filter(|n| !n.contains(['<', '$', '{'])) else { return };
    let having: Vec<_> = meant.iter().filter_map(|t| Some((t, t.container(name)?))).collect();
    let refused = "so ECS refuses the new tasks at the event Install";
    let Some((task, found)) = having.first() else {
        let mut names: Vec<&str> = meant.iter().flat_map(Task::names).collect();
        names.dedup();
        let list: Vec<_> = names.iter().map(|n| format!("`{n}`")).collect();
        let message = format!("`{}` has no container `{name}` (it has {}), {refused}", meant[0].path, list.join(", "));
        let near =
            nearest(name, names.iter().copied()).or(if names.len() == 1 { names.first().copied() } else { None });
        let found = crossed.report(&TASK_MISMATCH, path, container.span, message);
        found.help("write the name of the container that the load balancer sends requests to");
        if let (Some(near), Style::Plain) = (near, container.style) {
            found.fix(Applicability::Unsafe, format!("write `{near}`"), container.span, near);
        }
        return;
    };
    let Some((node, number)) = port.and_then(|n| Some((n, n.scalar_text()?.parse::<u32>().ok()?))) else { return };
    let ranges = |c: &crate::taskdef::Container<'_>| c.ports().iter().map(Port::range).collect::<Vec<_>>();
    let opens = |c: &crate::taskdef::Container<'_>| {
        ranges(c).iter().any(|r| r.is_none_or(|(first, last)| (first..=last).contains(&number)))
    };
    if having.iter().any(|(_, c)| opens(c)) {
        return;
    }
    let own: Vec<_> = ranges(found).into_iter().flatten().collect();
    let what = match own.as_slice() {
        [] => "opens no port".to_owned(),
        [(port, _)] => format!("opens port {port}, not {number}"),
        _ => format!("does not open port {number}"),
    };
    let message = format!("the container `{name}` of `{}` {what}, {refused}", task.path);
    let diagnostic = crossed.report(&TASK_MISMATCH, path, node.span, message);
    match own.as_slice() {
        [(port, last)] if port == last => {
            diagnostic.help("the port here and a `containerPort` of the container must be the same number");
            diagnostic.fix(Applicability::Unsafe, format!("write {port}"), node.span, port.to_string());
        }
        _ => {
            diagnostic.help(format!(
                "add `{{\"containerPort\": {number}}}` to the `portMappings` of the container, or write a port it opens"
            ));
        }
    }
}
