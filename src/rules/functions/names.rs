//! The names that a template knows: what `Ref`, `Fn::GetAtt`, `Fn::Sub` and `Fn::If` may name.

use super::arguments::Gives;
use crate::intrinsics::{GetAttParts, PSEUDO_PARAMETERS, get_att_parts};
use crate::rule::suggest::nearest;
use crate::schema::store;
use crate::syntax::{Node, NodeKind};
use crate::template::{Resource, Template};

/// Transforms whose effect on the names of a template is known.
const KNOWN_TRANSFORMS: &[&str] = &[
    "AWS::Serverless-2016-10-31",
    "AWS::LanguageExtensions",
    "AWS::CodeDeployBlueGreen",
    "AWS::SecretsManager-2020-07-23",
    "AWS::SecretsManager-2024-09-16",
];

/// Names in reach of a call.
pub(super) struct Names<'a> {
    template: &'a Template<'a>,
    /// Whether resources can be named here: not in conditions and not in the name of an export.
    pub resources: bool,
}

/// Why an attribute cannot be named.
pub(super) enum AttributeFault<'a> {
    /// There is no such resource.
    NoResource,
    /// The type has no such attribute; with the type.
    NoAttribute(&'a str),
}

impl<'a> Names<'a> {
    /// The names of a template.
    pub fn new(template: &'a Template<'a>) -> Self {
        Names { template, resources: true }
    }

    /// Whether a macro of unknown effect may add anything anywhere.
    pub fn has_macros(&self) -> bool {
        self.template.transforms.iter().any(|t| !KNOWN_TRANSFORMS.contains(&t.0))
            || self.template.root.get("Fn::Transform").is_some()
    }

    /// Whether names may be there that the text of the template does not show.
    fn is_open(&self, section: &str) -> bool {
        let generated = |name: &str| {
            self.template
                .section(name)
                .and_then(Node::as_map)
                .is_some_and(|m| m.iter().any(|e| super::is_macro_key(&e.key.text)))
                || self.template.section(name).is_some_and(|n| matches!(n.kind, NodeKind::Call(_)))
        };
        self.has_macros() || generated(section)
    }

    /// Whether a `Ref` to this name finds something.
    pub fn knows_ref(&self, name: &str) -> bool {
        PSEUDO_PARAMETERS.contains(&name)
            || self.template.parameters.contains(name)
            || self.resources && self.knows_resource(name)
            || self.is_open("Parameters")
    }

    /// Whether there is a resource of that logical id, or one that will make it.
    pub fn knows_resource(&self, id: &str) -> bool {
        self.template.resources.contains(id)
            || self.is_open("Resources")
            || self.template.resources.iter().any(|r| makes_resources(r) && id.starts_with(r.id()))
            || self.has_serverless()
                && [
                    "ServerlessRestApi",
                    "ServerlessHttpApi",
                    "ServerlessDeploymentApplication",
                    "CodeDeployServiceRole",
                ]
                .iter()
                .any(|p| id.starts_with(p))
    }

    /// Whether serverless resources make others, whose ids are known only in part.
    fn has_serverless(&self) -> bool {
        let serverless = |r: &Resource<'_>| r.kind().is_some_and(|k| k.starts_with("AWS::Serverless::"));
        self.template.is_sam() || self.template.resources.iter().any(serverless)
    }

    /// Whether there is a condition of that name.
    pub fn knows_condition(&self, name: &str) -> bool {
        self.template.conditions.contains(name) || self.is_open("Conditions")
    }

    /// The name that was meant, among all that `Ref` can name here.
    pub fn near_ref(&self, name: &str) -> Option<String> {
        let resources = self.template.resources.names().filter(|_| self.resources);
        let implicit = ["ServerlessRestApi", "ServerlessHttpApi"].into_iter().filter(|_| self.template.is_sam());
        let known = self.template.parameters.names().chain(resources).chain(PSEUDO_PARAMETERS.iter().copied());
        let known = known.chain(implicit);
        nearest(name, known).map(str::to_owned)
    }

    /// The resource that was meant.
    pub fn near_resource(&self, name: &str) -> Option<String> {
        nearest(name, self.template.resources.names()).map(str::to_owned)
    }

    /// What is wrong with `id.attribute`, if anything certainly is.
    pub fn attribute_fault(&self, id: &str, attribute: &str) -> Option<AttributeFault<'a>> {
        let Some(resource) = self.template.resources.get(id) else {
            return (!self.knows_resource(id)).then_some(AttributeFault::NoResource);
        };
        let kind = resource.kind()?;
        if self.has_macros() || gives_any_attribute(kind) || attribute.contains("${") {
            return None;
        }
        // A resource that a serverless one makes: `MyFunction.Version.FunctionArn`.
        (!known_attribute(kind, attribute)?).then_some(AttributeFault::NoAttribute(kind))
    }

    /// The attribute of a type that was meant.
    pub fn near_attribute(&self, kind: &str, attribute: &str) -> Option<String> {
        nearest(attribute, store::find(kind)?.attributes().map(|a| a.0)).map(str::to_owned)
    }

    /// The values that a `Ref` to this name can give: the allowed ones of a parameter, else its default. A pseudo
    /// parameter stands for itself: its value is never a name.
    pub fn values(&self, name: &str) -> Vec<String> {
        if let Some(parameter) = self.template.parameters.get(name).filter(|p| !p.is_ssm()) {
            let allowed = parameter.allowed_values().unwrap_or_default().iter().filter_map(Node::scalar_text);
            let mut values: Vec<String> = allowed.map(str::to_owned).collect();
            if values.is_empty() {
                values.extend(parameter.default().and_then(Node::scalar_text).map(str::to_owned));
            }
            return values;
        }
        match name {
            "AWS::Region" | "AWS::AccountId" | "AWS::StackId" | "AWS::Partition" | "AWS::URLSuffix" => {
                vec![name.to_owned()]
            }
            _ => Vec::new(),
        }
    }

    /// What a `Ref` to this name gives.
    pub fn ref_gives(&self, name: &str) -> Gives {
        if let Some(parameter) = self.template.parameters.get(name) {
            return match parameter.kind() {
                Some(_) if parameter.is_list() => Gives::List,
                Some(_) => Gives::Scalar,
                None => Gives::Unknown,
            };
        }
        match name {
            "AWS::NoValue" => Gives::Unknown,
            "AWS::NotificationARNs" => Gives::List,
            _ if PSEUDO_PARAMETERS.contains(&name) => Gives::Scalar,
            _ if self.template.resources.contains(name) => Gives::Scalar,
            _ => Gives::Unknown,
        }
    }

    /// What a `Fn::GetAtt` gives.
    pub fn get_att_gives(&self, argument: &Node) -> Gives {
        let Some(GetAttParts { id, attribute, .. }) = get_att_parts(argument) else { return Gives::Unknown };
        let Some(kind) = self.template.resources.get(id).and_then(Resource::kind) else { return Gives::Unknown };
        if gives_any_attribute(kind) { Gives::Unknown } else { attribute_gives(kind, attribute) }
    }
}

/// Whether a resource stands for others whose ids start with its own.
fn makes_resources(resource: &Resource<'_>) -> bool {
    resource.kind().is_some_and(|k| k.ends_with("::MODULE") || k.starts_with("AWS::Serverless::"))
}

/// Types whose attributes are not a fixed list.
fn gives_any_attribute(kind: &str) -> bool {
    kind.starts_with("Custom::")
        || kind.ends_with("::MODULE")
        || kind.starts_with("AWS::Serverless::")
        || matches!(
            kind,
            "AWS::CloudFormation::CustomResource"
                | "AWS::CloudFormation::Stack"
                | "AWS::ServiceCatalog::CloudFormationProvisionedProduct"
        )
}

/// Whether a type has an attribute; `None` when the type is not known.
fn known_attribute(kind: &str, attribute: &str) -> Option<bool> {
    Some(store::find(kind)?.attribute(attribute).is_some())
}

/// What an attribute is.
fn attribute_gives(kind: &str, attribute: &str) -> Gives {
    let schema = store::find(kind).and_then(|t| t.attribute(attribute));
    match schema.and_then(|s| s.target().types()) {
        Some(t) if t.string() || t.integer() || t.number() || t.boolean() => {
            if t.array() || t.object() {
                Gives::Unknown
            } else {
                Gives::Scalar
            }
        }
        Some(t) if t.array() => Gives::List,
        _ => Gives::Unknown,
    }
}
