//! Task definitions in files of their own and the files with images beside them: what ECS refuses to register.

mod images;
mod reading;

use crate::diagnostic::{Applicability, Findings, Severity};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Family, rule};
use crate::source::Span;
use crate::syntax::{Node, Style};
use crate::taskdef::{Container, Port, TaskDefinition, entry};

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &NOT_JSON,
        &KEY_MISSING,
        &KEY_UNKNOWN,
        &FARGATE_NEEDS,
        &CONTAINERS_DISAGREE,
        &HOST_PORT,
        &OUTPUT_FIELD,
        &NOT_A_LIST,
        &IMAGE_KEYS,
        &NAME_UNKNOWN,
        &IMAGE_DETAIL,
    ],
    checks: &[Check::Document(reading::check), Check::TaskDefinition(definition), Check::Bundle(images::files)],
};

rule!(NOT_JSON, "task_files" / "TD101", "task-not-json", Error, "A task definition cannot be read");
rule!(KEY_MISSING, "task_files" / "TD102", "task-key-missing", Error, "A task definition lacks what ECS asks for");
rule!(
    KEY_UNKNOWN,
    "task_files" / "TD103",
    "task-key-unknown",
    Warning,
    "A task definition has a key that ECS does not know"
);
rule!(FARGATE_NEEDS, "task_files" / "TD105", "fargate-needs", Error, "A task for Fargate lacks what Fargate asks for");
rule!(
    CONTAINERS_DISAGREE,
    "task_files" / "TD107",
    "containers-disagree",
    Error,
    "The containers of a task do not go together"
);
rule!(
    HOST_PORT,
    "task_files" / "TD108",
    "host-port",
    Error,
    "A host port differs from the container port in `awsvpc` mode"
);
rule!(
    OUTPUT_FIELD,
    "task_files" / "TD109",
    "output-field",
    Warning,
    "A task definition holds what only ECS itself writes"
);

rule!(NOT_A_LIST, "task_files" / "TD110", "image-definitions-no-list", Error, "`imagedefinitions.json` is not a list");
rule!(
    IMAGE_KEYS,
    "task_files" / "TD111",
    "image-definition-keys",
    Error,
    "An item of `imagedefinitions.json` is not a `name` and an `imageUri`"
);
rule!(
    NAME_UNKNOWN,
    "task_files" / "TD112",
    "image-definition-name",
    Error,
    "`imagedefinitions.json` names a container that the task definition does not have"
);
rule!(IMAGE_DETAIL, "task_files" / "TD113", "image-detail", Error, "`imageDetail.json` does not hold an `ImageURI`");

const REFUSED: &str = "so registering the task definition fails";

/// Keys of a task definition.
const KEYS: &[&str] = &[
    "family",
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "containerDefinitions",
    "volumes",
    "placementConstraints",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "tags",
    "pidMode",
    "ipcMode",
    "proxyConfiguration",
    "inferenceAccelerators",
    "ephemeralStorage",
    "runtimePlatform",
    "enableFaultInjection",
];

/// Keys of a container.
const CONTAINER_KEYS: &[&str] = &[
    "name",
    "image",
    "repositoryCredentials",
    "cpu",
    "memory",
    "memoryReservation",
    "links",
    "portMappings",
    "essential",
    "restartPolicy",
    "entryPoint",
    "command",
    "environment",
    "environmentFiles",
    "mountPoints",
    "volumesFrom",
    "linuxParameters",
    "secrets",
    "dependsOn",
    "startTimeout",
    "stopTimeout",
    "versionConsistency",
    "hostname",
    "user",
    "workingDirectory",
    "disableNetworking",
    "privileged",
    "readonlyRootFilesystem",
    "dnsServers",
    "dnsSearchDomains",
    "extraHosts",
    "dockerSecurityOptions",
    "interactive",
    "pseudoTerminal",
    "dockerLabels",
    "ulimits",
    "logConfiguration",
    "healthCheck",
    "systemControls",
    "resourceRequirements",
    "firelensConfiguration",
    "credentialSpecs",
];

/// Keys that describe a registered task definition.
const OUTPUT: &[&str] = &[
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "deleteRequestedAt",
];

fn definition(task: &TaskDefinition<'_>, findings: &mut Findings) {
    let start = task.root.as_map().and_then(|m| m.first()).map_or(task.root.span, |e| e.key.span);
    if task.entry("family").is_none() {
        findings
            .report(&KEY_MISSING, start, format!("there is no `family`, {REFUSED}"))
            .help("add `family`, the name under which the revisions are counted");
    }
    output_fields(task, findings);
    unknown(task.root, "a task definition", KEYS, findings);
    for container in task.containers() {
        for key in ["name", "image"] {
            if container.entry(key).is_none() {
                let who = container.name().map_or("a container".to_owned(), |n| format!("the container `{n}`"));
                let place = container.node.as_map().and_then(|m| m.first()).map_or(container.node.span, |e| e.key.span);
                findings
                    .report(&KEY_MISSING, place, format!("{who} has no `{key}`, {REFUSED}"))
                    .help(format!("add `{key}`"));
            }
        }
        unknown(container.node, "a container", CONTAINER_KEYS, findings);
    }
    if let Some(e) = task.entry("containerDefinitions").filter(|e| e.value.as_list().is_some_and(<[Node]>::is_empty)) {
        findings
            .report(&KEY_MISSING, e.key.span, format!("there is no container in `containerDefinitions`, {REFUSED}"))
            .help("add a container with `name` and `image`");
    }
    fargate(task, findings);
    containers(task, findings);
    ports(task, findings);
}

/// A file that was copied from the answer of ECS has many such keys: one finding for all of them.
fn output_fields(task: &TaskDefinition<'_>, findings: &mut Findings) {
    let all = task.root.as_map().unwrap_or_default().iter().filter(|e| OUTPUT.contains(&&*e.key.text));
    let all: Vec<_> = all.map(|e| &e.key).collect();
    let Some((first, more)) = all.split_first() else { return };
    let message = match more.len() {
        0 => format!("`{}` is what ECS says of a registered task definition; it is no input", first.text),
        n => format!(
            "`{}` and {n} more keys are what ECS says of a registered task definition; they are no input",
            first.text
        ),
    };
    let found = findings.report(&OUTPUT_FIELD, first.span, message);
    for key in more {
        found.label(key.span, "this one too");
    }
    found.help("remove what `describe-task-definition` added before the file is used for a deployment");
}

fn unknown(node: &Node, what: &str, keys: &[&str], findings: &mut Findings) {
    for e in node.as_map().unwrap_or_default() {
        let name = &*e.key.text;
        if keys.contains(&name) {
            continue;
        }
        if OUTPUT.contains(&name) {
            continue;
        }
        let same = keys.iter().find(|k| k.eq_ignore_ascii_case(name)).copied();
        let near = same.or_else(|| nearest(name, keys.iter().copied()));
        let found = findings.report(&KEY_UNKNOWN, e.key.span, format!("{what} has no key `{name}`, {REFUSED}"));
        if let Some(near) = near {
            found.severity = Severity::Error;
            found.help(format!("did you mean `{near}`?"));
            let text = if e.key.style == Style::Plain { near.to_owned() } else { format!("\"{near}\"") };
            let how = if same.is_some() { Applicability::Safe } else { Applicability::Unsafe };
            found.fix(how, format!("write `{near}`"), e.key.span, text);
        } else {
            found.help("remove it, or look for its name in the reference of ECS");
        }
    }
}

fn fargate(task: &TaskDefinition<'_>, findings: &mut Findings) {
    if !task.requires("FARGATE") {
        return;
    }
    let place = task.entry("requiresCompatibilities").map_or(task.root.span, |e| e.key.span);
    let mode = task.entry("networkMode");
    if mode.is_none_or(|e| e.value.as_str().is_some_and(|m| m != "awsvpc")) {
        let at = mode.map_or(place, |e| e.value.span);
        let found = findings.report(
            &FARGATE_NEEDS,
            at,
            format!("Fargate works only with the network mode `awsvpc`, {REFUSED}"),
        );
        found.help("write `\"networkMode\": \"awsvpc\"`");
        if let Some(e) = mode {
            let text = if e.value.style == Style::Plain { "awsvpc" } else { "\"awsvpc\"" };
            found.fix(Applicability::Unsafe, "write `awsvpc`", e.value.span, text);
        }
    }
    for key in ["cpu", "memory"] {
        if task.entry(key).is_none() {
            findings
                .report(&FARGATE_NEEDS, place, format!("Fargate asks for `{key}` of the whole task, {REFUSED}"))
                .help(format!("add `{key}` beside `family`"));
        }
    }
    if task.entry("executionRoleArn").is_some() {
        return;
    }
    for container in task.containers() {
        let driver = container.entry("logConfiguration").and_then(|e| entry(&e.value, "logDriver"));
        let image = container.image().filter(|n| n.as_str().is_some_and(|t| t.contains(".dkr.ecr.")));
        let need: Option<(Span, &str)> = if let Some(e) = driver.filter(|e| e.value.as_str() == Some("awslogs")) {
            Some((e.value.span, "to write logs with `awslogs`"))
        } else if let Some(e) = container.entry("secrets").filter(|e| e.value.as_list().is_some_and(|l| !l.is_empty()))
        {
            Some((e.key.span, "to read the secrets"))
        } else {
            image.map(|n| (n.span, "to pull an image from ECR"))
        };
        if let Some((span, what)) = need {
            findings
                .report(&FARGATE_NEEDS, span, format!("Fargate needs an `executionRoleArn` {what}, {REFUSED}"))
                .help("add `executionRoleArn` with a role that has the policy `AmazonECSTaskExecutionRolePolicy`");
            return;
        }
    }
}

fn containers(task: &TaskDefinition<'_>, findings: &mut Findings) {
    if !task.is_plain() {
        return;
    }
    let all = task.containers();
    let names: Vec<&str> = all.iter().filter_map(Container::name).collect();
    for (i, container) in all.iter().enumerate() {
        let Some(e) = container.entry("name") else { continue };
        if let Some(first) = all[..i].iter().find(|c| c.name() == container.name()).and_then(|c| c.entry("name")) {
            findings
                .report(
                    &CONTAINERS_DISAGREE,
                    e.value.span,
                    format!("two containers are called `{}`, {REFUSED}", names[i]),
                )
                .label(first.value.span, "the first one")
                .help("give each container a name of its own");
        }
    }
    if all.iter().all(|c| c.entry("essential").is_some_and(|e| e.value.as_bool() == Some(false)))
        && let Some(e) = all.first().and_then(|c| c.entry("essential"))
    {
        findings
            .report(&CONTAINERS_DISAGREE, e.value.span, format!("no container of the task is essential, {REFUSED}"))
            .help("let the container that does the work be essential: `\"essential\": true`");
    }
    let waits = |c: &Container<'_>| -> Vec<(usize, Span)> {
        let list = c.entry("dependsOn").and_then(|e| e.value.as_list()).unwrap_or_default();
        let of = |n: &Node| {
            let node = &entry(n, "containerName")?.value;
            Some((names.iter().position(|o| Some(*o) == node.as_str())?, node.span))
        };
        list.iter().filter_map(of).collect()
    };
    let graph: Vec<Vec<(usize, Span)>> = all.iter().map(waits).collect();
    for container in &all {
        for item in container.entry("dependsOn").and_then(|e| e.value.as_list()).unwrap_or_default() {
            let Some(node) = entry(item, "containerName").map(|e| &e.value) else { continue };
            let Some(name) = node.as_str().filter(|n| !names.contains(n)) else { continue };
            let near = nearest(name, names.iter().copied());
            let found =
                findings.report(&CONTAINERS_DISAGREE, node.span, format!("there is no container `{name}`, {REFUSED}"));
            if let Some(near) = near {
                let text = if node.style == Style::Plain { near.to_owned() } else { format!("\"{near}\"") };
                found.fix(Applicability::Unsafe, format!("write `{near}`"), node.span, text);
            }
            found.help(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name a container of this task".to_owned(),
            });
        }
    }
    for (i, next) in graph.iter().enumerate() {
        let back = next.iter().find(|(to, _)| *to == i || reaches(&graph, *to, i));
        if let Some((to, span)) = back {
            let message = format!("`{}` waits for `{}`, which waits for it in turn, {REFUSED}", names[i], names[*to]);
            findings.report(&CONTAINERS_DISAGREE, *span, message).help("remove one of the dependencies");
            return;
        }
    }
}

fn reaches(graph: &[Vec<(usize, Span)>], from: usize, to: usize) -> bool {
    let mut seen = vec![false; graph.len()];
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if at == to {
            return true;
        }
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        open.extend(graph[at].iter().map(|n| n.0));
    }
    false
}

fn ports(task: &TaskDefinition<'_>, findings: &mut Findings) {
    if task.get("networkMode").and_then(Node::as_str) != Some("awsvpc") {
        return;
    }
    let number = |n: &Node| n.scalar_text()?.parse::<u32>().ok();
    for port in task.containers().iter().flat_map(Container::ports) {
        let Some((own, host)) = pair(&port) else { continue };
        let (Some(own), Some(given)) = (number(own), number(host)) else { continue };
        if own == given || given == 0 {
            continue;
        }
        let message =
            format!("in the mode `awsvpc` the host port is the container port, {given} is not {own}, {REFUSED}");
        findings.report(&HOST_PORT, host.span, message).help("leave `hostPort` out").fix(
            Applicability::Unsafe,
            format!("write {own}"),
            host.span,
            own.to_string(),
        );
    }
}

fn pair<'n>(port: &Port<'n>) -> Option<(&'n Node, &'n Node)> {
    Some((port.container_port()?, &entry(port.node, "hostPort")?.value))
}
