//! AppSpec for Lambda and ECS: `Resources`.

use crate::appspec::{AppSpec, Platform, TARGET_KEYS, TargetType, field, target_type, template_function};
use crate::diagnostic::{Applicability, Findings, Fix, Severity};
use crate::rule::edits::{as_list_item, indent_lines};
use crate::rule::outcome::conclude;
use crate::rule::shape::quoted;
use crate::rule::suggest::nearest;
use crate::rule::{Check, Family, Rule};
use crate::schema::documents::{Keyword, Violation};
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeKind, Style};

/// The rules about it.
pub static FAMILY: Family = Family {
    rules: &[
        &RESOURCES_WRONG_SHAPE,
        &WRONG_RESOURCE_TYPE,
        &LAMBDA_WRONG_PROPERTIES,
        &LAMBDA_WRONG_VERSIONS,
        &ECS_WRONG_PROPERTIES,
        &WRONG_CONTAINER_PORT,
        &NETWORK_CONFIGURATION_INCOMPLETE,
        &WRONG_ASSIGN_PUBLIC_IP,
        &CAPACITY_PROVIDER_CONFLICT,
        &APPSPEC_PLACEHOLDER,
    ],
    checks: &[Check::AppSpec(service)],
};

static RESOURCES_WRONG_SHAPE: Rule = Rule {
    id: "CD180",
    name: "resources-wrong-shape",
    summary: "The resources of an AppSpec are not a list with one resource",
    page: include_str!("appspec_resources/CD180.md"),
    severity: Severity::Error,
    checks: &[],
};

static WRONG_RESOURCE_TYPE: Rule = Rule {
    id: "CD181",
    name: "wrong-resource-type",
    summary: "The type of a resource is missing or none of an AppSpec",
    page: include_str!("appspec_resources/CD181.md"),
    severity: Severity::Error,
    checks: &[],
};

static LAMBDA_WRONG_PROPERTIES: Rule = Rule {
    id: "CD182",
    name: "lambda-wrong-properties",
    summary: "A Lambda AppSpec lacks one of its four properties",
    page: include_str!("appspec_resources/CD182.md"),
    severity: Severity::Error,
    checks: &[],
};

static LAMBDA_WRONG_VERSIONS: Rule = Rule {
    id: "CD183",
    name: "lambda-wrong-versions",
    summary: "The versions of a Lambda AppSpec cannot be shifted",
    page: include_str!("appspec_resources/CD183.md"),
    severity: Severity::Error,
    checks: &[],
};

static ECS_WRONG_PROPERTIES: Rule = Rule {
    id: "CD184",
    name: "ecs-wrong-properties",
    summary: "An ECS AppSpec lacks its task definition or load balancer",
    page: include_str!("appspec_resources/CD184.md"),
    severity: Severity::Error,
    checks: &[],
};

static WRONG_CONTAINER_PORT: Rule = Rule {
    id: "CD185",
    name: "wrong-container-port",
    summary: "The container port of an ECS AppSpec is no port",
    page: include_str!("appspec_resources/CD185.md"),
    severity: Severity::Error,
    checks: &[],
};

static NETWORK_CONFIGURATION_INCOMPLETE: Rule = Rule {
    id: "CD186",
    name: "network-configuration-incomplete",
    summary: "The network configuration of an ECS AppSpec is incomplete",
    page: include_str!("appspec_resources/CD186.md"),
    severity: Severity::Error,
    checks: &[],
};

static WRONG_ASSIGN_PUBLIC_IP: Rule = Rule {
    id: "CD187",
    name: "wrong-assign-public-ip",
    summary: "`AssignPublicIp` is not `ENABLED` or `DISABLED`",
    page: include_str!("appspec_resources/CD187.md"),
    severity: Severity::Error,
    checks: &[],
};

static CAPACITY_PROVIDER_CONFLICT: Rule = Rule {
    id: "CD188",
    name: "capacity-provider-conflict",
    summary: "The capacity provider strategy of an ECS AppSpec cannot work",
    page: include_str!("appspec_resources/CD188.md"),
    severity: Severity::Error,
    checks: &[],
};

static APPSPEC_PLACEHOLDER: Rule = Rule {
    id: "CD189",
    name: "appspec-placeholder",
    summary: "A placeholder was left in an AppSpec",
    page: include_str!("appspec_resources/CD189.md"),
    severity: Severity::Warning,
    checks: &[],
};

const LAMBDA_KEYS: &[&str] = &["Name", "Alias", "CurrentVersion", "TargetVersion"];
const ECS_KEYS: &[&str] =
    &["TaskDefinition", "LoadBalancerInfo", "PlatformVersion", "NetworkConfiguration", "CapacityProviderStrategy"];
const NETWORK_KEYS: &[&str] = &["Subnets", "SecurityGroups", "AssignPublicIp"];

/// What comes of the errors here.
const OUTCOMES: &[(&Rule, &str)] = &[
    (&RESOURCES_WRONG_SHAPE, REFUSED),
    (&WRONG_RESOURCE_TYPE, REFUSED),
    (&LAMBDA_WRONG_PROPERTIES, REFUSED),
    (&LAMBDA_WRONG_VERSIONS, REFUSED),
    (&ECS_WRONG_PROPERTIES, REFUSED),
    (&WRONG_CONTAINER_PORT, "ECS refuses the new tasks and the deployment fails at the event Install"),
    (&NETWORK_CONFIGURATION_INCOMPLETE, REFUSED),
    (&WRONG_ASSIGN_PUBLIC_IP, REFUSED),
    (&CAPACITY_PROVIDER_CONFLICT, "ECS refuses the new tasks and the deployment fails at the event Install"),
];
const REFUSED: &str = "CodeDeploy refuses the AppSpec when the deployment is created, before its first event";

/// `Resources` of Lambda and ECS.
fn service(spec: &AppSpec<'_>, findings: &mut Findings) {
    sections(spec, findings);
    conclude(findings, OUTCOMES);
}

fn sections(spec: &AppSpec<'_>, findings: &mut Findings) {
    if spec.is_server() {
        return;
    }
    let displaced = misindented(spec, findings) || misindented_properties(spec, findings);
    for violation in spec.violations() {
        let name = violation.fault.as_deref().unwrap_or_default();
        let below_resources = violation.path.first().is_some_and(|p| p.eq_ignore_ascii_case("resources"));
        if displaced && below_resources {
            continue;
        }
        match name {
            "resources-shape" => resources_shape(spec, violation, findings),
            "resource-type" => resource_type(spec, violation, findings),
            "lambda-properties" => properties(&LAMBDA_WRONG_PROPERTIES, LAMBDA_KEYS, violation, findings),
            "ecs-properties" => properties(&ECS_WRONG_PROPERTIES, ECS_KEYS, violation, findings),
            "lambda-versions" => version_type(violation, findings),
            "network-configuration" => network(violation, findings),
            "assign-public-ip" => public_ip(violation, findings),
            "capacity-provider" => capacity_shape(violation, findings),
            _ => {}
        }
    }
    for target in spec.targets() {
        let Some(properties) = target.properties.map(|e| &e.value) else { continue };
        match spec.platform {
            Platform::Lambda => versions(properties, findings),
            Platform::Ecs => {
                task_definition(properties, findings);
                container_port(properties, findings);
                capacity_strategy(properties, findings);
            }
            Platform::Server | Platform::Service => {}
        }
    }
    placeholders(spec, findings);
}

/// The name as people write it, for a key as the schema does.
fn written(key: &str) -> String {
    let known = LAMBDA_KEYS.iter().chain(ECS_KEYS).chain(NETWORK_KEYS);
    let more = [
        "ContainerName",
        "ContainerPort",
        "AwsvpcConfiguration",
        "CapacityProvider",
        "Base",
        "Weight",
        "Type",
        "Properties",
        "Resources",
    ];
    known.copied().chain(more).find(|k| k.eq_ignore_ascii_case(key)).unwrap_or(key).to_owned()
}

/// `Type` and `Properties` beside the name of the resource, or the properties beside `Properties`.
fn misindented(spec: &AppSpec<'_>, findings: &mut Findings) -> bool {
    let Some(section) = field(spec.root, "Resources") else { return false };
    let maps = match section.value.as_list() {
        Some(items) => items.iter().collect(),
        None => vec![&section.value],
    };
    let mut found_any = false;
    for map in maps {
        let Some(entries) = map.as_map() else { continue };
        let beside = entries
            .iter()
            .position(|e| e.key.text.eq_ignore_ascii_case("Type") || e.key.text.eq_ignore_ascii_case("Properties"));
        let Some(at) = beside else { continue };
        let named = entries[..at].last().filter(|e| e.value.is_null());
        let inner = &entries[at];
        let message = match named {
            Some(named) => format!(
                "`{}` stands beside `{}` instead of below it: it is indented too little",
                inner.key.text, named.key.text
            ),
            None => format!("`{}` stands where the name of the resource belongs", inner.key.text),
        };
        let found = findings.report(&RESOURCES_WRONG_SHAPE, inner.key.span, message);
        match named {
            Some(named) => {
                found.label(named.key.span, "has nothing below it");
                found.help("indent `Type`, `Properties` and what is below them by two more columns than the name");
                if map.style == Style::Plain {
                    let file = &spec.document.file;
                    let last = entries.last().unwrap_or(inner);
                    let start = file.line_span(file.position(inner.key.span.start).line).start;
                    let end = last.key.span.end.max(last.value.span.end);
                    found.fix = Some(Fix {
                        title: "indent the lines".to_owned(),
                        applicability: Applicability::Safe,
                        edits: indent_lines(file, Span { start, end }, 2),
                    });
                }
            }
            None => {
                found.help("write `- TargetService:` for ECS or `- YOUR-NAME:` for Lambda and put `Type` and `Properties` below it");
            }
        }
        found_any = true;
    }
    found_any
}

/// The properties beside an empty `Properties` instead of below it.
fn misindented_properties(spec: &AppSpec<'_>, findings: &mut Findings) -> bool {
    let (rule, known): (&'static Rule, _) = if spec.platform == Platform::Lambda {
        (&LAMBDA_WRONG_PROPERTIES, LAMBDA_KEYS)
    } else {
        (&ECS_WRONG_PROPERTIES, ECS_KEYS)
    };
    let file = &spec.document.file;
    let mut found_any = false;
    for target in spec.targets() {
        let Some(empty) = target.properties.filter(|e| e.value.is_null()) else { continue };
        let entries = target.body.as_map().unwrap_or_default();
        let beside: Vec<_> = entries
            .iter()
            .skip_while(|e| e.key.span != empty.key.span)
            .skip(1)
            .take_while(|e| known.iter().any(|k| k.eq_ignore_ascii_case(&e.key.text)))
            .collect();
        let (Some(first), Some(last)) = (beside.first(), beside.last()) else { continue };
        let message =
            format!("`{}` stands beside `Properties` instead of below it: it is indented too little", first.key.text);
        let found = findings.report(rule, first.key.span, message);
        found.label(empty.key.span, "has nothing below it");
        found.help("indent the properties by two more columns");
        let start = file.line_span(file.position(first.key.span.start).line).start;
        let end = last.key.span.end.max(last.value.span.end);
        if target.body.style == Style::Plain {
            found.fix = Some(Fix {
                title: "indent the properties".to_owned(),
                applicability: Applicability::Safe,
                edits: indent_lines(file, Span { start, end }, 2),
            });
        }
        found_any = true;
    }
    found_any
}

fn resources_shape(spec: &AppSpec<'_>, violation: &Violation<'_>, findings: &mut Findings) {
    let node = violation.node;
    let span = spec.first_line(violation.span());
    let top = violation.path.len() == 1;
    let refuses = "CodeDeploy refuses the AppSpec when the deployment is created";
    match &violation.keyword {
        Keyword::Required(_) => {
            let lost = spec.entries().iter().find(|e| TARGET_KEYS.iter().any(|k| k.eq_ignore_ascii_case(&e.key.text)));
            let message = match lost {
                Some(entry) => format!("`Resources` is missing; `{}` belongs below it", entry.key.text),
                None => "`Resources` is missing: what to deploy".to_owned(),
            };
            findings.report(&RESOURCES_WRONG_SHAPE, lost.map_or(span, |e| e.key.span), message).help(
                "write `Resources:`, below it `- TargetService:` (ECS) or `- YOUR-NAME:` (Lambda), and below that `Type` and `Properties`",
            );
        }
        Keyword::TooFew(_) if top => {
            findings
                .report(&RESOURCES_WRONG_SHAPE, span, "`Resources` is empty; it holds exactly one resource")
                .help("add the function or the service to deploy");
        }
        Keyword::TooMany(_) if top => {
            let second = node.as_list().and_then(|l| l.get(1)).unwrap_or(node);
            let at = second.as_map().and_then(<[Entry]>::first).map_or(second.span, |e| e.key.span);
            let message = format!(
                "`Resources` holds {} resources; an AppSpec deploys exactly one",
                node.as_list().map_or(2, <[Node]>::len)
            );
            findings
                .report(&RESOURCES_WRONG_SHAPE, at, message)
                .help("write an AppSpec for each and deploy them one by one");
        }
        Keyword::TooMany(_) => {
            let second = node.as_map().and_then(|m| m.get(1)).map_or(span, |e| e.key.span);
            findings
                .report(
                    &RESOURCES_WRONG_SHAPE,
                    second,
                    "an AppSpec deploys exactly one resource, but a second one stands here",
                )
                .help(refuses);
        }
        _ if top => {
            let found = findings.report(
                &RESOURCES_WRONG_SHAPE,
                span,
                format!("`Resources` is a list with one resource, but this is {}", node.describe()),
            );
            found.help(format!("put `- ` in front of the name of the resource; {refuses}"));
            if node.as_map().is_some_and(|m| m.len() == 1) && node.style == Style::Plain {
                found.fix = Some(Fix {
                    title: "make the resource a list item".to_owned(),
                    applicability: Applicability::Safe,
                    edits: as_list_item(&spec.document.file, node.span),
                });
            }
        }
        _ => {
            let message =
                format!("a resource is a name with `Type` and `Properties` below it, but this is {}", node.describe());
            findings.report(&RESOURCES_WRONG_SHAPE, span, message).help(refuses);
        }
    }
}

fn resource_type(spec: &AppSpec<'_>, violation: &Violation<'_>, findings: &mut Findings) {
    let right = if spec.platform == Platform::Ecs { "AWS::ECS::Service" } else { "AWS::Lambda::Function" };
    if matches!(violation.keyword, Keyword::Required(_)) {
        findings
            .report(&WRONG_RESOURCE_TYPE, violation.span(), "`Type` is missing")
            .help(format!("add `Type: {right}`"));
        return;
    }
    let text = violation.node.scalar_text().unwrap_or_default();
    if matches!(target_type(text), TargetType::Kubernetes | TargetType::OtherService) {
        return; // said as an unsupported platform
    }
    let shown = if text.is_empty() { violation.node.describe() } else { format!("`{text}`") };
    let found = findings.report(
        &WRONG_RESOURCE_TYPE,
        violation.span(),
        format!("`Type` is `AWS::Lambda::Function` or `AWS::ECS::Service`, not {shown}"),
    );
    if text.starts_with("AWS::Serverless") {
        found.help(
            "types of SAM exist in templates only; in an AppSpec the function has the type `AWS::Lambda::Function`",
        );
    } else {
        found.help(format!("write `{right}`"));
    }
    if !violation.node.span.is_empty() {
        found.fix(Applicability::Unsafe, format!("write `{right}`"), violation.node.span, right);
    }
}

/// Missing, unknown and wrongly typed properties.
fn properties(rule: &'static Rule, known: &[&str], violation: &Violation<'_>, findings: &mut Findings) {
    let span = violation.span();
    match &violation.keyword {
        Keyword::Required(key) => {
            let key = written(key);
            let found = findings.report(rule, span, format!("`{key}` is missing"));
            if key == "Properties" {
                found.help(format!("add `Properties:` and below it {}", quoted(known)));
            } else {
                found.help(format!("add it: {}", meaning(&key)));
            }
        }
        Keyword::UnknownKey(name) => {
            let inner: &[&str] = match violation.path.last().map(|p| p.to_ascii_lowercase()).as_deref() {
                Some("loadbalancerinfo") => &["ContainerName", "ContainerPort"],
                Some("properties") => known,
                _ => &["Type", "Properties"],
            };
            let found = findings.report(rule, span, format!("`{name}` is not known here and is ignored"));
            found.severity = Severity::Warning;
            if let Some(meant) = nearest(name, inner.iter().copied()) {
                found.help(format!("did you mean `{meant}`?"));
                if field(violation.node, meant).is_none() {
                    found.fix(Applicability::Unsafe, format!("write `{meant}`"), span, meant);
                }
            } else if known.contains(&name.as_str()) {
                found.help(format!("`{name}` belongs below `Properties`: indent it further"));
            } else {
                found.help(format!("the keys are {}", quoted(inner)));
            }
        }
        _ => wrong_value(rule, violation, findings),
    }
}

fn wrong_value(rule: &'static Rule, violation: &Violation<'_>, findings: &mut Findings) {
    let key = violation.path.last().map(|k| written(k)).unwrap_or_default();
    let node = violation.node;
    let wanted = match violation.keyword {
        Keyword::Type(ref types) if types.contains(&"object") => "a mapping",
        Keyword::Type(ref types) if types.contains(&"array") => "a list",
        _ => "text",
    };
    let message = if node.is_null() || node.as_str() == Some("") {
        format!("`{key}` is empty")
    } else if node.as_map().is_none() && violation.key.is_none() {
        format!("a resource is a mapping with `Type` and `Properties`, but this is {}", node.describe())
    } else {
        format!("`{key}` is {wanted}, but this is {}", node.describe())
    };
    let found = findings.report(rule, violation.span(), message);
    if wanted == "a mapping" && node.is_null() {
        found.help("its keys belong below it: indent them further");
    } else {
        found.help(meaning(&key));
    }
}

/// What a property is.
fn meaning(key: &str) -> &'static str {
    match key {
        "Name" => "`Name` is the name of the function",
        "Alias" => "`Alias` is the alias whose traffic is shifted",
        "CurrentVersion" => "`CurrentVersion` is the version that the alias names now, such as \"3\"",
        "TargetVersion" => "`TargetVersion` is the version to shift the traffic to, such as \"4\"",
        "TaskDefinition" => "`TaskDefinition` is the ARN of a task definition with its revision",
        "LoadBalancerInfo" => {
            "`LoadBalancerInfo` names the container and its port that get the traffic: `ContainerName` and `ContainerPort`"
        }
        "ContainerName" => "`ContainerName` is the name of a container of the task definition",
        "ContainerPort" => "`ContainerPort` is the port of that container",
        _ => "CodeDeploy refuses the AppSpec when the deployment is created",
    }
}

fn version_type(violation: &Violation<'_>, findings: &mut Findings) {
    let key = violation.path.last().map(|k| written(k)).unwrap_or_default();
    let message = format!("`{key}` is the number of a version, but this is {}", violation.node.describe());
    findings.report(&LAMBDA_WRONG_VERSIONS, violation.span(), message).help(meaning(&key));
}

fn versions(properties: &Node, findings: &mut Findings) {
    let read = |key: &str, findings: &mut Findings| -> Option<(u64, Span)> {
        let node = &field(properties, key)?.value;
        let text = node.scalar_text().filter(|_| !matches!(node.kind, NodeKind::Bool(_)))?;
        if is_placeholder(text) || text.contains("${") {
            return None;
        }
        let number = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        if number.is_none() && !text.contains('.') || text == "$LATEST" {
            let message = format!("`{key}` is the number of a published version, not `{text}`");
            findings
                .report(&LAMBDA_WRONG_VERSIONS, node.span, message)
                .help("publish a version first (`aws lambda publish-version`); an alias with shifting traffic cannot name `$LATEST`");
        }
        Some((number?, node.span))
    };
    let current = read("CurrentVersion", findings);
    let target = read("TargetVersion", findings);
    let (Some((current, from)), Some((target, to))) = (current, target) else { return };
    if current == target {
        findings
            .report(&LAMBDA_WRONG_VERSIONS, to, format!("`TargetVersion` and `CurrentVersion` are both {target}, so there is nothing to shift"))
            .label(from, "the version the alias names now")
            .help("name another version; CodeDeploy answers this with the misleading message that the AppSpec is missing or invalid");
    } else if target < current {
        let found = findings.report(
            &LAMBDA_WRONG_VERSIONS,
            to,
            format!("`TargetVersion` {target} is older than `CurrentVersion` {current}"),
        );
        found.severity = Severity::Warning;
        found
            .label(from, "the version the alias names now")
            .help("swap the two unless the deployment is meant to go back");
    }
}

fn is_placeholder(text: &str) -> bool {
    let inner = text.strip_prefix('<').and_then(|t| t.strip_suffix('>'));
    inner.is_some_and(|t| {
        !t.is_empty() && t.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ' | '.'))
    })
}

fn task_definition(properties: &Node, findings: &mut Findings) {
    let Some(node) = field(properties, "TaskDefinition").map(|e| &e.value) else { return };
    let Some(text) = node.as_str().filter(|t| !t.is_empty()) else { return };
    if text.contains(['<', '$', '{', '%', '!']) || text == "TASK-DEFINITION-ARN" {
        return;
    }
    let Some((front, family)) = text.split_once(":task-definition/").filter(|(front, _)| front.starts_with("arn:"))
    else {
        let message = format!("`TaskDefinition` is the ARN of a task definition, not `{text}`");
        findings
            .report(&ECS_WRONG_PROPERTIES, node.span, message)
            .help("write `arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:REVISION`, or `<TASK_DEFINITION>` when the CodePipeline action CodeDeployToECS fills it in");
        return;
    };
    let revision = family.split_once(':').map(|(_, r)| r);
    if !revision.is_some_and(|r| !r.is_empty() && r.bytes().all(|b| b.is_ascii_digit())) {
        findings
            .report(
                &ECS_WRONG_PROPERTIES,
                node.span,
                format!("the ARN `{front}:task-definition/{family}` names no revision"),
            )
            .help("add the number of the revision: `:12`");
    }
}

fn container_port(properties: &Node, findings: &mut Findings) {
    let Some(balancer) = field(properties, "LoadBalancerInfo") else { return };
    let Some(entry) = field(&balancer.value, "ContainerPort") else { return };
    let node = &entry.value;
    let text = node.scalar_text().unwrap_or_default();
    if is_placeholder(text) || text.contains("${") || template_function(node).is_some() {
        return;
    }
    let port = text.parse::<u32>().ok().filter(|p| (1..=65_535).contains(p));
    if port.is_some() {
        return;
    }
    let span = if node.span.is_empty() { entry.key.span } else { node.span };
    let shown = if text.is_empty() { node.describe() } else { format!("`{text}`") };
    findings
        .report(&WRONG_CONTAINER_PORT, span, format!("`ContainerPort` is a whole number from 1 to 65535, not {shown}"))
        .help("write the `containerPort` of the container in the task definition");
}

fn network(violation: &Violation<'_>, findings: &mut Findings) {
    let span = violation.span();
    match &violation.keyword {
        Keyword::Required(key) => {
            let key = written(key);
            let found = findings.report(&NETWORK_CONFIGURATION_INCOMPLETE, span, format!("`{key}` is missing"));
            if key == "AwsvpcConfiguration" {
                found.help("put the keys below `AwsvpcConfiguration`");
            } else {
                found.help("give all of `Subnets`, `SecurityGroups` and `AssignPublicIp`, or leave `NetworkConfiguration` out: then the service keeps what it has");
            }
        }
        Keyword::UnknownKey(name) => {
            let found = findings.report(
                &NETWORK_CONFIGURATION_INCOMPLETE,
                span,
                format!("`{name}` is not known here and is ignored"),
            );
            found.severity = Severity::Warning;
            if let Some(meant) = nearest(name, NETWORK_KEYS.iter().copied().chain(["AwsvpcConfiguration"])) {
                found.help(format!("did you mean `{meant}`?"));
            }
        }
        Keyword::TooMany(limit) => {
            let key = violation.path.last().map(|k| written(k)).unwrap_or_default();
            findings
                .report(&NETWORK_CONFIGURATION_INCOMPLETE, span, format!("`{key}` holds at most {limit} items"))
                .help("CodeDeploy refuses the AppSpec when the deployment is created");
        }
        _ => wrong_value(&NETWORK_CONFIGURATION_INCOMPLETE, violation, findings),
    }
}

fn public_ip(violation: &Violation<'_>, findings: &mut Findings) {
    let node = violation.node;
    let text = node.scalar_text().unwrap_or_default();
    let shown = if text.is_empty() { node.describe() } else { format!("`{text}`") };
    let found = findings.report(
        &WRONG_ASSIGN_PUBLIC_IP,
        violation.span(),
        format!("`AssignPublicIp` is `ENABLED` or `DISABLED`, not {shown}"),
    );
    let meant = match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "enabled" | "enable" => "ENABLED",
        "false" | "no" | "off" | "disabled" | "disable" => "DISABLED",
        _ => return,
    };
    found.help(format!("write `{meant}`"));
    found.fix(Applicability::Safe, format!("write `{meant}`"), node.span, meant);
}

fn capacity_shape(violation: &Violation<'_>, findings: &mut Findings) {
    let key = violation.path.last().map(|k| written(k)).unwrap_or_default();
    let span = violation.span();
    let message = match &violation.keyword {
        Keyword::Required(_) => "`CapacityProvider` is missing: the name of the provider".to_owned(),
        Keyword::UnknownKey(name) => {
            findings
                .report(&CAPACITY_PROVIDER_CONFLICT, span, format!("`{name}` is not known here and is ignored"))
                .help("the keys are `CapacityProvider`, `Base` and `Weight`")
                .severity = Severity::Warning;
            return;
        }
        Keyword::Minimum(limit) => format!("`{key}` is {limit} at least"),
        Keyword::Maximum(limit) => format!("`{key}` is {limit} at most"),
        Keyword::Type(types) if types.contains(&"integer") => {
            format!("`{key}` is a whole number, but this is {}", violation.node.describe())
        }
        _ => {
            wrong_value(&CAPACITY_PROVIDER_CONFLICT, violation, findings);
            return;
        }
    };
    findings
        .report(&CAPACITY_PROVIDER_CONFLICT, span, message)
        .help("CodeDeploy refuses the AppSpec when the deployment is created");
}

fn capacity_strategy(properties: &Node, findings: &mut Findings) {
    let Some(strategy) = field(properties, "CapacityProviderStrategy") else { return };
    let items = strategy.value.as_list().unwrap_or_default();
    let number = |item: &Node, key: &str| field(item, key).and_then(|e| e.value.as_f64());
    let mut bases =
        items.iter().filter(|i| number(i, "Base").is_some_and(|b| b > 0.0)).filter_map(|i| field(i, "Base"));
    if let Some(first) = bases.next() {
        for second in bases {
            findings
                .report(
                    &CAPACITY_PROVIDER_CONFLICT,
                    second.value.span,
                    "only one provider of a strategy may have a `Base`",
                )
                .label(first.value.span, "the first one")
                .help("keep the `Base` of one provider and share the rest out by `Weight`");
        }
    }
    let weightless = |i: &Node| field(i, "Weight").is_none() || number(i, "Weight") == Some(0.0);
    if items.len() > 1 && items.iter().all(weightless) {
        findings
            .report(
                &CAPACITY_PROVIDER_CONFLICT,
                strategy.key.span,
                "every provider has the weight 0, so no task can be placed",
            )
            .help("give at least one provider a `Weight` above 0");
    }
}

/// Text that a template or a console example leaves to be filled in.
fn placeholders(spec: &AppSpec<'_>, findings: &mut Findings) {
    spec.root.walk(&mut |node| {
        let Some(text) = node.as_str() else { return };
        let what = if text == "<TASK_DEFINITION>" {
            return;
        } else if is_placeholder(text) || text == "TASK-DEFINITION-ARN" {
            format!("`{text}` is a placeholder that nobody has filled in, so the deployment looks for something of that name and fails")
        } else if let Some(part) =
            ["<ACCOUNT-ID>", "<ACCOUNT_ID>", "<REGION>"].iter().find(|p| text.to_ascii_uppercase().contains(**p))
        {
            format!(
                "`{}` is a placeholder that nobody has filled in, so the deployment looks for something of that name and fails",
                part.to_ascii_lowercase()
            )
        } else if text.starts_with("arn:") && text.contains(":123456789012:") {
            "the account 123456789012 is the one of examples".to_owned()
        } else {
            return;
        };
        findings.report(&APPSPEC_PLACEHOLDER, node.span, what).help(
            "write the real value; only `<TASK_DEFINITION>` is filled in, by the CodePipeline action CodeDeployToECS",
        );
    });
}
