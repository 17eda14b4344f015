//! A CloudFormation template as views that borrow the tree. Modelling never fails: what has the wrong shape is simply not
//! in the views, and the rules of the sections look at the nodes themselves.

use crate::intrinsics::Intrinsic;
use crate::source::Span;
use crate::syntax::{Key, Node, NodeKind};
use std::collections::BTreeMap;

/// The sections that a template may have, in the order of the documentation.
pub const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Hooks",
    "Globals",
    "Resources",
    "Outputs",
];

/// A template: its sections by name, in source order.
#[derive(Debug)]
pub struct Template<'n> {
    /// The root mapping.
    pub root: &'n Node,
    /// `Parameters`.
    pub parameters: Named<'n, Parameter<'n>>,
    /// `Mappings`.
    pub mappings: Named<'n, Mapping<'n>>,
    /// `Conditions`.
    pub conditions: Named<'n, Condition<'n>>,
    /// `Rules`.
    pub rules: Named<'n, RuleAssertions<'n>>,
    /// `Resources`.
    pub resources: Named<'n, Resource<'n>>,
    /// `Outputs`.
    pub outputs: Named<'n, Output<'n>>,
    /// Names under `Transform`, in order, with their places.
    pub transforms: Vec<(&'n str, Span)>,
}

/// Named things of one section: source order and lookup by name.
#[derive(Debug)]
pub struct Named<'n, T> {
    /// In source order.
    pub list: Vec<T>,
    index: BTreeMap<&'n str, usize>,
}

impl<'n, T> Named<'n, T> {
    fn read(section: Option<&'n Node>, make: impl Fn(&'n Key, &'n Node) -> T) -> Self {
        let mut list = Vec::new();
        let mut index = BTreeMap::new();
        for e in section.and_then(Node::as_map).unwrap_or_default() {
            index.insert(&*e.key.text, list.len());
            list.push(make(&e.key, &e.value));
        }
        Named { list, index }
    }

    /// The thing of that name (the last one when a name stands twice).
    pub fn get(&self, name: &str) -> Option<&T> {
        self.index.get(name).map(|&i| &self.list[i])
    }

    /// Whether there is one of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.index.contains_key(name)
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'n str> + '_ {
        self.index.keys().copied()
    }

    /// In source order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.list.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.list.len()
    }
}

/// A parameter.
#[derive(Debug)]
pub struct Parameter<'n> {
    /// Its name.
    pub key: &'n Key,
    /// Its body.
    pub node: &'n Node,
}

impl<'n> Parameter<'n> {
    /// The name.
    pub fn name(&self) -> &'n str {
        &self.key.text
    }

    /// `Type`, when it is text.
    pub fn kind(&self) -> Option<&'n str> {
        self.node.get("Type")?.as_str()
    }

    /// Whether `Ref` gives a list: `CommaDelimitedList`, `List<...>`, also below `AWS::SSM::Parameter::Value<...>`.
    pub fn is_list(&self) -> bool {
        self.kind().is_some_and(|k| k.contains("List"))
    }

    /// Whether the value comes from the SSM parameter store at deployment.
    pub fn is_ssm(&self) -> bool {
        self.kind().is_some_and(|k| k.starts_with("AWS::SSM::Parameter::"))
    }

    /// `Default`.
    pub fn default(&self) -> Option<&'n Node> {
        self.node.get("Default")
    }

    /// `AllowedValues`.
    pub fn allowed_values(&self) -> Option<&'n [Node]> {
        self.node.get("AllowedValues")?.as_list()
    }

    /// Whether `NoEcho` is on.
    pub fn no_echo(&self) -> bool {
        self.node.get("NoEcho").and_then(Node::scalar_text).is_some_and(|t| t.eq_ignore_ascii_case("true"))
    }
}

/// A mapping: two levels of keys.
#[derive(Debug)]
pub struct Mapping<'n> {
    /// Its name.
    pub key: &'n Key,
    /// Its body.
    pub node: &'n Node,
}

/// A condition.
#[derive(Debug)]
pub struct Condition<'n> {
    /// Its name.
    pub key: &'n Key,
    /// Its expression.
    pub node: &'n Node,
}

/// An entry of the `Rules` section.
#[derive(Debug)]
pub struct RuleAssertions<'n> {
    /// Its name.
    pub key: &'n Key,
    /// Its body.
    pub node: &'n Node,
}

/// A resource.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'n> {
    /// Its logical id.
    pub key: &'n Key,
    /// Its body.
    pub node: &'n Node,
    /// Nearly every check asks for it, so it is looked up once.
    kind: Option<&'n str>,
}

impl<'n> Resource<'n> {
    fn new(key: &'n Key, node: &'n Node) -> Self {
        Resource { key, node, kind: node.get("Type").and_then(Node::as_str) }
    }

    /// The logical id.
    pub fn id(&self) -> &'n str {
        &self.key.text
    }

    /// `Type`, when it is text.
    pub fn kind(&self) -> Option<&'n str> {
        self.kind
    }

    /// `Type` as a node.
    pub fn type_node(&self) -> Option<&'n Node> {
        self.node.get("Type")
    }

    /// `Properties` (a mapping or a call).
    pub fn properties(&self) -> Option<&'n Node> {
        self.node.get("Properties")
    }

    /// A property by name.
    pub fn property(&self, name: &str) -> Option<&'n Node> {
        self.properties()?.get(name)
    }

    /// Calls `visit` for every value at a path of properties, with the place of its key (of the item in a list). `*` goes
    /// through the items of a list; `branches` also goes into both branches of every `Fn::If` on the way.
    pub fn each_at(&self, path: &[&str], branches: bool, visit: &mut dyn FnMut(&'n Node, Span)) {
        if let Some(e) = self.node.entry("Properties") {
            each_at(&e.value, e.key.span, path, branches, visit);
        }
    }

    /// The name in `Condition`.
    pub fn condition(&self) -> Option<&'n str> {
        self.node.get("Condition")?.as_str()
    }

    /// The names in `DependsOn`, each with its node.
    pub fn depends_on(&self) -> Vec<(&'n str, &'n Node)> {
        match self.node.get("DependsOn") {
            Some(n) => match &n.kind {
                NodeKind::String(s) => vec![(&**s, n)],
                NodeKind::List(items) => items.iter().filter_map(|i| Some((i.as_str()?, i))).collect(),
                _ => Vec::new(),
            },
            None => Vec::new(),
        }
    }
}

/// An output.
#[derive(Debug)]
pub struct Output<'n> {
    /// Its name.
    pub key: &'n Key,
    /// Its body.
    pub node: &'n Node,
}

impl<'n> Output<'n> {
    /// The name in `Condition`.
    pub fn condition(&self) -> Option<&'n str> {
        self.node.get("Condition")?.as_str()
    }
}

impl<'n> Template<'n> {
    /// Reads the views of a template root (after `intrinsics::recognize`).
    pub fn read(root: &'n Node) -> Self {
        let section = |name| root.get(name);
        Template {
            root,
            parameters: Named::read(section("Parameters"), |key, node| Parameter { key, node }),
            mappings: Named::read(section("Mappings"), |key, node| Mapping { key, node }),
            conditions: Named::read(section("Conditions"), |key, node| Condition { key, node }),
            rules: Named::read(section("Rules"), |key, node| RuleAssertions { key, node }),
            resources: Named::read(section("Resources"), Resource::new),
            outputs: Named::read(section("Outputs"), |key, node| Output { key, node }),
            transforms: transforms(section("Transform")),
        }
    }

    /// A top-level section's node.
    pub fn section(&self, name: &str) -> Option<&'n Node> {
        self.root.get(name)
    }

    /// Whether the SAM transform is declared.
    pub fn is_sam(&self) -> bool {
        self.transforms.iter().any(|t| t.0 == "AWS::Serverless-2016-10-31")
    }

    /// Whether the CDK wrote the template.
    pub fn is_cdk(&self) -> bool {
        let made = |r: &Resource<'_>| {
            r.kind() == Some("AWS::CDK::Metadata") || r.id() == "CDKMetadata" || construct(r.node).is_some()
        };
        self.resources.iter().any(made)
    }

    /// Whether the language extensions are declared.
    pub fn has_language_extensions(&self) -> bool {
        self.transforms.iter().any(|t| t.0 == "AWS::LanguageExtensions")
    }
}

/// Everything that rewrites a template as it is written: its transforms and the calls of `Fn::Transform`, at most fifty of
/// them.
pub fn rewritten_by(root: &Node) -> Vec<(String, Span)> {
    let mut found: Vec<(String, Span)> =
        transforms(root.get("Transform")).iter().map(|t| (format!("transform {}", t.0), t.1)).collect();
    root.walk(&mut |n| {
        if let Some(call) = n.as_call()
            && call.function == Intrinsic::Transform
            && found.len() < 50
        {
            let name = call.argument.get("Name").and_then(Node::as_str).unwrap_or("?");
            found.push((format!("Fn::Transform {name}"), n.span));
        }
    });
    found
}

/// The path of the construct that made a resource, as the CDK notes it: `App/Queue`.
pub fn construct(resource: &Node) -> Option<&str> {
    let path = resource.at(&["Metadata", "aws:cdk:path"])?.as_str()?;
    // The resource itself is the default child of what the author wrote.
    Some(path.strip_suffix("/Resource").or_else(|| path.strip_suffix("/Default")).unwrap_or(path))
}

fn each_at<'n>(node: &'n Node, key: Span, path: &[&str], branches: bool, visit: &mut dyn FnMut(&'n Node, Span)) {
    if let NodeKind::Call(call) = &node.kind
        && call.function == Intrinsic::If
        && branches
    {
        for branch in call.argument.as_list().unwrap_or_default().iter().skip(1) {
            each_at(branch, branch.span, path, branches, visit);
        }
        return;
    }
    match path {
        [] => visit(node, key),
        ["*", rest @ ..] => {
            for item in node.as_list().unwrap_or_default() {
                each_at(item, item.span, rest, branches, visit);
            }
        }
        [name, rest @ ..] => {
            if let Some(e) = node.entry(name) {
                each_at(&e.value, e.key.span, rest, branches, visit);
            }
        }
    }
}

fn transforms(node: Option<&Node>) -> Vec<(&str, Span)> {
    fn one<'n>(node: &'n Node, out: &mut Vec<(&'n str, Span)>) {
        match &node.kind {
            NodeKind::String(s) => out.push((s, node.span)),
            NodeKind::Map(_) => {
                if let Some(name) = node.get("Name")
                    && let Some(text) = name.as_str()
                {
                    out.push((text, name.span));
                }
            }
            NodeKind::List(items) => items.iter().for_each(|i| one(i, out)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    if let Some(node) = node {
        one(node, &mut out);
    }
    out
}
