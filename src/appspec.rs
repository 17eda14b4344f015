//! A CodeDeploy AppSpec as views over the tree: which compute platform it is for, and its sections.
//!
//! The views are tolerant: what has the wrong shape is left out of them, and the violations of the schema say so.

pub mod agent;
pub mod paths;
mod schema;

use crate::document::Document;
use crate::schema::documents::Violation;
use crate::source::Span;
use crate::syntax::{Entry, Key, Node, NodeKind};
use std::cell::OnceCell;

/// What an AppSpec deploys to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// EC2 instances and machines on-premises: read by the agent on the machine.
    Server,
    /// A Lambda function: read by the service.
    Lambda,
    /// An ECS service: read by the service.
    Ecs,
    /// Lambda or ECS, not decided by what is there; or a platform that does not exist.
    Service,
}

/// The operating system of a server AppSpec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Os {
    /// `linux`
    Linux,
    /// `windows`
    Windows,
}

/// An AppSpec.
#[derive(Debug)]
pub struct AppSpec<'n> {
    /// The file and its tree.
    pub document: &'n Document,
    /// The root node.
    pub root: &'n Node,
    /// What it deploys to.
    pub platform: Platform,
    violations: OnceCell<Vec<Violation<'n>>>,
}

/// One entry of `files`.
#[derive(Clone, Copy, Debug)]
pub struct FileCopy<'n> {
    /// The whole list item.
    pub item: &'n Node,
    /// `source`.
    pub source: Option<&'n Entry>,
    /// `destination`.
    pub destination: Option<&'n Entry>,
}

/// One entry of `permissions`.
#[derive(Clone, Copy, Debug)]
pub struct Permission<'n> {
    /// The whole list item.
    pub item: &'n Node,
    /// `object`.
    pub object: Option<&'n Entry>,
}

/// One event of a server AppSpec's `hooks`.
#[derive(Clone, Debug)]
pub struct Hook<'n> {
    /// The event.
    pub event: &'n Key,
    /// What stands under it.
    pub value: &'n Node,
    /// The scripts, in order.
    pub scripts: Vec<Script<'n>>,
}

/// One script of an event.
#[derive(Clone, Copy, Debug)]
pub struct Script<'n> {
    /// The whole list item.
    pub item: &'n Node,
    /// `location`.
    pub location: Option<&'n Entry>,
    /// `timeout`.
    pub timeout: Option<&'n Entry>,
    /// `runas`.
    pub runas: Option<&'n Entry>,
}

/// The resource of a Lambda or ECS AppSpec.
#[derive(Clone, Copy, Debug)]
pub struct Target<'n> {
    /// Its name.
    pub name: &'n Key,
    /// What stands under the name.
    pub body: &'n Node,
    /// `Type`.
    pub kind: Option<&'n Entry>,
    /// `Properties`.
    pub properties: Option<&'n Entry>,
}

/// One hook of a Lambda or ECS AppSpec.
#[derive(Clone, Copy, Debug)]
pub struct FunctionHook<'n> {
    /// The event.
    pub event: &'n Key,
    /// The function to call: a name or an ARN.
    pub function: &'n Node,
}

/// Top-level keys of an AppSpec for machines.
pub const SERVER_KEYS: &[&str] = &["version", "os", "files", "permissions", "hooks", "file_exists_behavior"];
/// Top-level keys that only an AppSpec for machines has.
pub const SERVER_ONLY_KEYS: &[&str] = &["os", "files", "permissions", "file_exists_behavior"];
/// Top-level keys of an AppSpec for Lambda or ECS, as templates write them.
pub const SERVICE_KEYS: &[&str] = &["version", "Resources", "Hooks"];
/// Keys that belong below `Resources` in an AppSpec for Lambda or ECS.
pub const TARGET_KEYS: &[&str] = &[
    "TargetService",
    "Type",
    "Properties",
    "TaskDefinition",
    "LoadBalancerInfo",
    "ContainerName",
    "ContainerPort",
    "PlatformVersion",
    "NetworkConfiguration",
    "CapacityProviderStrategy",
    "CurrentVersion",
    "TargetVersion",
];

impl<'n> AppSpec<'n> {
    /// Reads the views of a document; `None` when it has no root.
    pub fn read(document: &'n Document) -> Option<Self> {
        let root = document.root()?;
        Some(AppSpec { document, root, platform: platform(root), violations: OnceCell::new() })
    }

    /// What the schema of the platform finds wrong. Empty when the root is no mapping.
    pub fn violations(&self) -> &[Violation<'n>] {
        self.violations.get_or_init(|| schema::violations(self.root, self.platform))
    }

    /// The violations of one fault.
    pub fn faults(&self, fault: &str) -> impl Iterator<Item = &Violation<'n>> {
        self.violations().iter().filter(move |v| v.fault.as_deref() == Some(fault))
    }

    /// The part of a span that lies on its first line.
    pub fn first_line(&self, span: Span) -> Span {
        let line = self.document.file.position(span.start).line;
        let end = self.document.file.line_span(line).end.max(span.start);
        Span { start: span.start, end: span.end.min(end) }
    }

    /// Whether the agent on a machine reads it.
    pub fn is_server(&self) -> bool {
        self.platform == Platform::Server
    }

    /// The top-level entries.
    pub fn entries(&self) -> &'n [Entry] {
        self.root.as_map().unwrap_or_default()
    }

    /// A top-level entry: the exact key for machines, in any capitals for Lambda and ECS.
    pub fn section(&self, key: &str) -> Option<&'n Entry> {
        if self.is_server() { self.root.entry(key) } else { field(self.root, key) }
    }

    /// The operating system, when it is a valid one.
    pub fn os(&self) -> Option<Os> {
        match self.root.get("os")?.as_str()? {
            "linux" => Some(Os::Linux),
            "windows" => Some(Os::Windows),
            _ => None,
        }
    }

    /// The well-formed entries of `files`, in order.
    pub fn files(&self) -> Vec<FileCopy<'n>> {
        items(self.root.get("files"))
            .filter(|item| item.as_map().is_some())
            .map(|item| FileCopy { item, source: item.entry("source"), destination: item.entry("destination") })
            .collect()
    }

    /// The well-formed entries of `permissions`, in order.
    pub fn permissions(&self) -> Vec<Permission<'n>> {
        items(self.root.get("permissions"))
            .filter(|item| item.as_map().is_some())
            .map(|item| Permission { item, object: item.entry("object") })
            .collect()
    }

    /// The events of an AppSpec for machines, in the order written.
    pub fn hooks(&self) -> Vec<Hook<'n>> {
        let entries = self.root.get("hooks").and_then(Node::as_map).unwrap_or_default();
        let script = |item: &'n Node| Script {
            item,
            location: item.entry("location"),
            timeout: item.entry("timeout"),
            runas: item.entry("runas"),
        };
        entries
            .iter()
            .map(|e| Hook {
                event: &e.key,
                value: &e.value,
                scripts: items(Some(&e.value)).filter(|i| i.as_map().is_some()).map(script).collect(),
            })
            .collect()
    }

    /// The resources of an AppSpec for Lambda or ECS. There should be one.
    pub fn targets(&self) -> Vec<Target<'n>> {
        let Some(section) = field(self.root, "Resources") else { return Vec::new() };
        let maps: Vec<&'n Node> = match &section.value.kind {
            NodeKind::List(items) => items.iter().collect(),
            _ => vec![&section.value],
        };
        let entries = maps.into_iter().filter_map(|m| m.as_map()).flatten();
        entries
            .filter(|e| e.value.as_map().is_some())
            .map(|e| Target {
                name: &e.key,
                body: &e.value,
                kind: field(&e.value, "Type"),
                properties: field(&e.value, "Properties"),
            })
            .collect()
    }

    /// The hooks of an AppSpec for Lambda or ECS, in the order written; from a mapping as well, wrong as that is.
    pub fn function_hooks(&self) -> Vec<FunctionHook<'n>> {
        let Some(section) = field(self.root, "Hooks") else { return Vec::new() };
        let maps: Vec<&'n Node> = match &section.value.kind {
            NodeKind::List(items) => items.iter().collect(),
            _ => vec![&section.value],
        };
        let entries = maps.into_iter().filter_map(|m| m.as_map()).flatten();
        entries.map(|e| FunctionHook { event: &e.key, function: &e.value }).collect()
    }
}

impl Target<'_> {
    /// The type, when it is text.
    pub fn type_name(&self) -> Option<&str> {
        self.kind?.value.as_str()
    }
}

/// What the type of a Lambda or ECS resource is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetType {
    /// `AWS::Lambda::Function` or `AWS::ECS::Service`.
    Right,
    /// Kubernetes in some form.
    Kubernetes,
    /// Another service of AWS that CodeDeploy does not deploy to by an AppSpec.
    OtherService,
    /// Neither: a slip.
    Wrong,
}

/// Judges the type of a Lambda or ECS resource.
pub fn target_type(name: &str) -> TargetType {
    let lower = name.to_ascii_lowercase();
    if matches!(name, "AWS::Lambda::Function" | "AWS::ECS::Service") {
        TargetType::Right
    } else if lower.contains("eks") || lower.contains("kubernetes") || lower.contains("k8s") {
        TargetType::Kubernetes
    } else if lower.starts_with("aws::") && type_platform(name).is_none() && name.split("::").count() == 3 {
        TargetType::OtherService
    } else {
        TargetType::Wrong
    }
}

/// An entry by its key in any capitals; the last one written exactly so, or else the last one.
pub fn field<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    node.entry(key).or_else(|| node.as_map()?.iter().rev().find(|e| e.key.text.eq_ignore_ascii_case(key)))
}

/// The function a value is written as, if it uses a template's function: `!Ref x`, `{Fn::Sub: x}`.
pub fn template_function(node: &Node) -> Option<&str> {
    match &node.kind {
        NodeKind::Tagged(t) => crate::intrinsics::all().find_map(|f| {
            let name = f.name();
            let short = name.strip_prefix("Fn::").unwrap_or(name);
            (t.tag.strip_prefix('!') == Some(short)).then_some(&*t.tag)
        }),
        NodeKind::Map(entries) => match entries.as_slice() {
            [only] if &*only.key.text == "Ref" || only.key.text.starts_with("Fn::") => Some(&only.key.text),
            _ => None,
        },
        _ => None,
    }
}

fn items(node: Option<&Node>) -> impl Iterator<Item = &Node> {
    node.and_then(Node::as_list).unwrap_or_default().iter()
}

/// Decides the platform from what is there.
fn platform(root: &Node) -> Platform {
    let Some(entries) = root.as_map() else { return Platform::Server };
    if field(root, "Resources").is_some() {
        return target_platform(root);
    }
    if SERVER_ONLY_KEYS.iter().any(|k| field(root, k).is_some()) {
        return Platform::Server;
    }
    if let Some(found) = entries.iter().find_map(|e| properties_platform(&e.key.text)) {
        return found;
    }
    if entries.iter().any(|e| is_one_of(&e.key.text, TARGET_KEYS) || &*e.key.text == "apiVersion") {
        return Platform::Service;
    }
    match field(root, "hooks").map(|e| &e.value.kind) {
        Some(NodeKind::List(items)) if !items.iter().any(has_scripts) => Platform::Service,
        _ => Platform::Server,
    }
}

/// Whether an event of this list item holds scripts.
fn has_scripts(item: &Node) -> bool {
    let entries = item.as_map().unwrap_or_default();
    entries.iter().any(|e| items(Some(&e.value)).any(|s| s.get("location").is_some()))
}

fn is_one_of(key: &str, names: &[&str]) -> bool {
    names.iter().any(|n| n.eq_ignore_ascii_case(key))
}

/// The platform of a document with `Resources`: by the type, else by the properties, wherever they are indented.
fn target_platform(root: &Node) -> Platform {
    let Some(section) = field(root, "Resources") else { return Platform::Service };
    let (mut by_type, mut by_key) = (None, None);
    section.value.walk(&mut |node| {
        for e in node.as_map().unwrap_or_default() {
            if e.key.text.eq_ignore_ascii_case("Type") {
                by_type = by_type.or_else(|| e.value.as_str().map(type_platform));
            }
            by_key = by_key.or_else(|| properties_platform(&e.key.text));
        }
    });
    by_type.flatten().or(if by_type == Some(None) { None } else { by_key }).unwrap_or(Platform::Service)
}

/// The platform a type means, right or nearly so.
fn type_platform(name: &str) -> Option<Platform> {
    let name = name.to_ascii_lowercase();
    if name.contains("lambda") || name.contains("serverless") {
        Some(Platform::Lambda)
    } else if name.contains("ecs") {
        Some(Platform::Ecs)
    } else {
        None
    }
}

/// The platform that a property belongs to.
fn properties_platform(key: &str) -> Option<Platform> {
    if is_one_of(
        key,
        &["TaskDefinition", "LoadBalancerInfo", "CapacityProviderStrategy", "ContainerName", "ContainerPort"],
    ) {
        Some(Platform::Ecs)
    } else if is_one_of(key, &["CurrentVersion", "TargetVersion"]) {
        Some(Platform::Lambda)
    } else {
        None
    }
}
