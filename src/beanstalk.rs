//! A configuration file of Elastic Beanstalk, `.ebextensions/*.config`, as views over the tree, and the options of an
//! environment wherever they are set. Tolerant: what has the wrong shape is simply not in the views.

use crate::intrinsics::Intrinsic;
use crate::nearest::nearest;
use crate::schema::beanstalk::{BeanstalkOption, Values, in_namespace, options};
use crate::source::Span;
use crate::syntax::{Call, Entry, Node, NodeKind};

/// The keys that change an instance, in the order in which they are processed.
pub const ON_INSTANCES: &[&str] =
    &["packages", "groups", "users", "sources", "files", "commands", "services", "container_commands"];
/// The sections of a template that a file may have.
pub const SECTIONS: &[&str] = &["Parameters", "Mappings", "Conditions", "Resources", "Outputs"];
/// The namespace of an option that names none.
pub const DEFAULT_NAMESPACE: &str = "aws:elasticbeanstalk:application:environment";

/// The keys that a file may have at the top.
pub fn keys() -> impl Iterator<Item = &'static str> {
    ["option_settings"].iter().chain(ON_INSTANCES).chain(SECTIONS).copied()
}

/// One option that is set.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'n> {
    /// Its namespace.
    pub namespace: &'n str,
    /// Where the namespace stands, if it is written.
    pub namespace_span: Option<Span>,
    /// Its name.
    pub name: &'n str,
    /// Where the name stands.
    pub name_span: Span,
    /// The value, if there is one.
    pub value: Option<&'n Node>,
}

/// An entry by its name in any spelling: `option_name`, `OptionName`.
fn loose<'n>(node: &'n Node, name: &str) -> Option<&'n Entry> {
    let plain = |text: &str| text.replace('_', "").to_ascii_lowercase();
    node.as_map()?.iter().rev().find(|e| plain(&e.key.text) == plain(name))
}

/// The options that `option_settings` of a file or `OptionSettings` of a template sets: a list of them, or a mapping of
/// namespaces.
pub fn settings(node: &Node) -> Vec<Setting<'_>> {
    let mut found = Vec::new();
    for one in node.as_list().unwrap_or_default() {
        let Some(name) = loose(one, "option_name") else { continue };
        let Some(text) = name.value.as_str() else { continue };
        let namespace = loose(one, "namespace");
        let own = match namespace {
            Some(e) => match e.value.as_str() {
                Some(text) => text,
                None => continue,
            },
            None => DEFAULT_NAMESPACE,
        };
        found.push(Setting {
            namespace: own,
            namespace_span: namespace.map(|e| e.value.span),
            name: text,
            name_span: name.value.span,
            value: loose(one, "value").map(|e| &e.value),
        });
    }
    for namespace in node.as_map().unwrap_or_default() {
        for e in namespace.value.as_map().unwrap_or_default() {
            found.push(Setting {
                namespace: &namespace.key.text,
                namespace_span: Some(namespace.key.span),
                name: &e.key.text,
                name_span: e.key.span,
                value: Some(&e.value),
            });
        }
    }
    found
}

impl<'n> Setting<'n> {
    /// The value, when it is certain.
    pub fn text(&self) -> Option<&'n str> {
        let text = self.value?.scalar_text()?;
        (!text.contains(['`', '$', '{'])).then_some(text)
    }
}

/// What is wrong with an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionFault {
    /// There is no such namespace, but a similar one.
    Namespace,
    /// The namespace has no such option.
    Name,
    /// The option is written with other capitals.
    Capitals,
    /// The option does not take this value: what it takes.
    Value(String),
    /// The option has no effect beside another one: which, and what that says.
    Beside(&'static str, String),
}

/// A fault of an option with its place.
#[derive(Clone, Debug)]
pub struct OptionProblem<'n> {
    /// What it is.
    pub fault: OptionFault,
    /// The option.
    pub setting: Setting<'n>,
    /// Where.
    pub span: Span,
    /// What was probably meant.
    pub near: Option<&'static str>,
    /// Another place that belongs to it.
    pub other: Option<Span>,
}

/// What is wrong with the options that are set together.
pub fn option_problems<'n>(all: &[Setting<'n>]) -> Vec<OptionProblem<'n>> {
    let mut found: Vec<OptionProblem<'n>> = all.iter().filter_map(|s| problem(*s)).collect();
    let set = |namespace: &str, name: &str| {
        all.iter().rev().find(|s| s.namespace == namespace && s.name == name).and_then(|s| Some((*s, s.text()?)))
    };
    let environment = "aws:elasticbeanstalk:environment";
    let Some((policy, text)) = set("aws:elasticbeanstalk:command", "DeploymentPolicy") else { return found };
    let mut beside = |other: (Setting<'n>, &'n str), name: &'static str| {
        let fault = OptionFault::Beside(name, other.1.to_owned());
        let span = policy.value.map_or(policy.name_span, |v| v.span);
        let other = other.0.value.map(|v| v.span);
        found.push(OptionProblem { fault, setting: policy, span, near: None, other });
    };
    if let Some(kind) = set(environment, "EnvironmentType").filter(|k| k.1 == "SingleInstance")
        && ["Rolling", "RollingWithAdditionalBatch", "TrafficSplitting"].contains(&text)
    {
        beside(kind, "EnvironmentType");
    } else if let Some(balancer) = set(environment, "LoadBalancerType").filter(|b| b.1 != "application")
        && text == "TrafficSplitting"
    {
        beside(balancer, "LoadBalancerType");
    }
    found
}

fn problem(setting: Setting<'_>) -> Option<OptionProblem<'_>> {
    let report = |fault, span, near| Some(OptionProblem { fault, setting, span, near, other: None });
    let known = in_namespace(setting.namespace);
    if known.is_empty() {
        let span = setting.namespace_span?;
        let plain = options().iter().map(|o| o.namespace).filter(|n| !n.ends_with('*'));
        let near = nearest(setting.namespace, plain)?;
        // Names of a namespace may be the author's own; nothing is said about a longer one.
        let parts = |text: &str| text.matches(':').count();
        return (parts(near) == parts(setting.namespace)).then(|| report(OptionFault::Namespace, span, Some(near)))?;
    }
    if known.iter().any(|o| o.name == "*") {
        return None;
    }
    let Some(option) = known.iter().find(|o| o.name == setting.name) else {
        if setting.name.contains(['`', '$', '{']) {
            return None;
        }
        let capitals = known.iter().find(|o| o.name.eq_ignore_ascii_case(setting.name));
        let near = nearest(setting.name, known.iter().map(|o| o.name));
        return match capitals {
            Some(option) => report(OptionFault::Capitals, setting.name_span, Some(option.name)),
            None => report(OptionFault::Name, setting.name_span, near),
        };
    };
    let BeanstalkOption { values, .. } = **option;
    let text = setting.text()?;
    if values.allows(text) || text.is_empty() {
        return None;
    }
    let span = setting.value?.span;
    let near = if let Values::OneOf(_) = values { nearest(text, values.names()) } else { None };
    report(OptionFault::Value(values.describe()), span, near)
}

/// The sections of a file that are those of a template, as a template: its functions are recognised, and what reads an
/// option of the environment is a value that nobody knows. `None` when there are no resources.
pub fn template(root: &Node) -> Option<Node> {
    root.get("Resources")?.as_map()?;
    let sections = root.as_map()?.iter().filter(|e| SECTIONS.contains(&&*e.key.text));
    let entries = sections.map(|e| Entry { key: e.key.clone(), value: closed(&e.value) }).collect();
    Some(Node { kind: NodeKind::Map(entries), ..root.clone() })
}

/// A value in which `Fn::GetOptionSetting` is a call like those whose result is not known.
fn closed(node: &Node) -> Node {
    let kind = match &node.kind {
        NodeKind::Map(entries) => match entries.as_slice() {
            [only] if &*only.key.text == "Fn::GetOptionSetting" => NodeKind::Call(Box::new(Call {
                function: Intrinsic::ImportValue,
                function_span: only.key.span,
                short: false,
                argument: Node::generated(only.value.span, NodeKind::String("option".into())),
            })),
            entries => {
                NodeKind::Map(entries.iter().map(|e| Entry { key: e.key.clone(), value: closed(&e.value) }).collect())
            }
        },
        NodeKind::List(items) => NodeKind::List(items.iter().map(closed).collect()),
        NodeKind::Call(call) => {
            let mut call = call.clone();
            call.argument = closed(&call.argument);
            NodeKind::Call(call)
        }
        other => other.clone(),
    };
    Node { span: node.span, style: node.style, kind }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    #[test]
    fn both_shapes_of_options_are_read() {
        let read = |text: &str| {
            let file = SourceFile::new(".ebextensions/a.config", text);
            let root = crate::syntax::read(&file).root.unwrap_or_else(|| unreachable!());
            let node = root.get("option_settings").cloned().unwrap_or_else(|| unreachable!());
            settings(&node).iter().map(|s| format!("{} {} {:?}", s.namespace, s.name, s.text())).collect::<Vec<_>>()
        };
        let expected = ["aws:autoscaling:asg MinSize Some(\"1\")"];
        assert_eq!(read("option_settings:\n  aws:autoscaling:asg:\n    MinSize: 1\n"), expected);
        let list = "option_settings:\n  - namespace: aws:autoscaling:asg\n    option_name: MinSize\n    value: 1\n";
        assert_eq!(read(list), expected);
        assert_eq!(
            read("option_settings:\n  - option_name: HOME\n    value: '`{\"Ref\": \"X\"}`'\n"),
            ["aws:elasticbeanstalk:application:environment HOME None"]
        );
    }
}
