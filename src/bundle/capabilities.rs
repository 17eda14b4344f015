//! Which capabilities have to be acknowledged when a template is deployed.

use super::{Bundle, folder};
use crate::intrinsics::Intrinsic;
use crate::schema::traits::Traits;
use crate::syntax::Node;
use crate::template::Template;
use crate::transform::{self, ExpandOptions};

/// A capability that CloudFormation asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// IAM resources; the next one acknowledges them too.
    Iam,
    /// IAM resources with names of their own.
    NamedIam,
    /// Transforms of nested templates, and of the template itself when no change set shows their result.
    AutoExpand,
}

/// One that a template needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Which.
    pub capability: Capability,
    /// Why, to go on after "since".
    pub why: String,
}

/// The names that CloudFormation knows.
pub const NAMES: &[&str] = &["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];

/// How deep nested templates are looked into.
const MAX_DEPTH: usize = 5;

impl Capability {
    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Capability::Iam => "CAPABILITY_IAM",
            Capability::NamedIam => "CAPABILITY_NAMED_IAM",
            Capability::AutoExpand => "CAPABILITY_AUTO_EXPAND",
        }
    }

    /// Whether one of these names acknowledges it.
    pub fn is_in<'t>(self, mut given: impl Iterator<Item = &'t str>) -> bool {
        given.any(|name| name == self.name() || self == Capability::Iam && name == "CAPABILITY_NAMED_IAM")
    }
}

/// What certainly has to be acknowledged for a template, at most one of each. `directly`: without a change set.
pub fn needed(bundle: &Bundle<'_>, template: usize, directly: bool) -> Vec<Need> {
    let mut found = Vec::new();
    look(bundle, template, directly, 0, &mut found);
    if found.iter().any(|need| need.capability == Capability::NamedIam) {
        found.retain(|need| need.capability != Capability::Iam);
    }
    found.sort_by_key(|need| need.capability);
    found
}

fn look(bundle: &Bundle<'_>, index: usize, directly: bool, depth: usize, found: &mut Vec<Need>) {
    let template = &bundle.templates[index];
    let mut add = |capability, why: String| {
        if !found.iter().any(|need| need.capability == capability) {
            found.push(Need { capability, why });
        }
    };
    if directly && let Some((name, _)) = template.view.transforms.first() {
        add(Capability::AutoExpand, format!("`{}` uses the transform `{name}`", template.path));
    }
    let Some(root) = template.document.root() else { return };
    let expanded = (template.view.is_sam() || template.view.has_language_extensions())
        .then(|| transform::expand(root, &ExpandOptions::default()).root);
    let whole = expanded.as_ref().map_or(Template::read(root), Template::read);
    for resource in whole.resources.iter().filter(|r| r.condition().is_none()) {
        let Some(kind) = resource.kind() else { continue };
        if let Some(capability) = Traits::of(kind).and_then(|traits| traits.capability()) {
            let own = capability.name_property.filter(|name| resource.property(name).is_some_and(is_given));
            match own {
                Some(name) => {
                    add(Capability::NamedIam, format!("`{}` of `{}` has a `{name}`", resource.id(), template.path));
                }
                None => add(Capability::Iam, format!("`{}` of `{}` is an `{kind}`", resource.id(), template.path)),
            }
        }
    }
    for resource in template.view.resources.iter().filter(|r| r.condition().is_none()) {
        match resource.kind() {
            Some("AWS::Serverless::Application") => {
                let why =
                    format!("`{}` of `{}` is an application with a template of its own", resource.id(), template.path);
                add(Capability::AutoExpand, why);
            }
            Some("AWS::CloudFormation::Stack") if depth < MAX_DEPTH => {
                let nested = resource.property("TemplateURL").and_then(Node::as_str).and_then(|url| {
                    let full = folder::join(folder::parent(template.path), url)?;
                    bundle.templates.iter().position(|t| t.path == full)
                });
                if let Some(nested) = nested.filter(|nested| *nested != index) {
                    let mut inner = Vec::new();
                    look(bundle, nested, true, depth + 1, &mut inner);
                    inner.into_iter().for_each(|need| add(need.capability, need.why));
                }
            }
            _ => {}
        }
    }
}

/// Whether a property certainly has a value.
fn is_given(node: &Node) -> bool {
    match node.as_call() {
        Some(call) => {
            call.function != Intrinsic::If
                && !(call.function == Intrinsic::Ref && call.argument.as_str() == Some("AWS::NoValue"))
        }
        None => !node.is_null(),
    }
}
