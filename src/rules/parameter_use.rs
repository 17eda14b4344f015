//! How parameters are used: not at all, in the open, for secrets and for images.

use crate::diagnostic::Applicability;
use crate::intrinsics::{Intrinsic, dynamic, sub};
use crate::rule::edits;
use crate::rule::shape::is_macro_key;
use crate::rule::{CallSite, Check, Context, Family, rule};
use crate::syntax::{Call, Node, NodeKind};
use crate::template::Resource;
use std::collections::BTreeSet;

rule!(PARAMETER_UNUSED, "parameter_use" / "W2001", "parameter-unused", Warning, "a parameter is never used");
rule!(
    SECRET_SHOWN,
    "parameter_use" / "W2010",
    "secret-shown",
    Warning,
    "a NoEcho parameter is shown in metadata or outputs"
);
rule!(
    SECRET_FROM_PARAMETER,
    "parameter_use" / "W1011",
    "secret-from-parameter",
    Warning,
    "a secret comes from a parameter"
);
rule!(
    PASSWORD_IN_THE_OPEN,
    "parameter_use" / "W2501",
    "password-in-the-open",
    Warning,
    "a password is a literal or comes from a parameter that is echoed"
);
rule!(
    IMAGE_PARAMETER_TYPE,
    "parameter_use" / "W2506",
    "image-parameter-type",
    Warning,
    "an image id comes from a parameter of another type"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&PARAMETER_UNUSED, &SECRET_SHOWN, &SECRET_FROM_PARAMETER, &PASSWORD_IN_THE_OPEN, &IMAGE_PARAMETER_TYPE],
    checks: &[
        Check::Template(unused),
        Check::Call(&[Intrinsic::Ref, Intrinsic::Sub], shown),
        Check::Resource(&[], secrets),
        Check::Resource(&[], passwords),
        Check::Resource(&[], images),
    ],
};

fn unused(cx: &mut Context<'_>) {
    let template = cx.template;
    // A macro may read parameters by itself.
    let macros = template.section("Transform").is_some_and(|t| !t.is_null());
    if macros || template.parameters.is_empty() || !cx.document.tree.errors.is_empty() {
        return;
    }
    let mut used: BTreeSet<&str> = BTreeSet::new();
    template.root.walk(&mut |node| match &node.kind {
        NodeKind::Call(call) => names(call.function, &call.argument, &mut used),
        NodeKind::Map(entries) => {
            for e in entries {
                if let Some(function) = Intrinsic::from_name(&e.key.text) {
                    names(function, &e.value, &mut used);
                }
            }
        }
        _ => {}
    });
    for parameter in template.parameters.iter() {
        let name = parameter.name();
        if !used.contains(name) && !is_macro_key(name) {
            let removal = edits::remove(&cx.document.file, template.root, parameter.key.span);
            cx.report(&PARAMETER_UNUSED, parameter.key.span, format!("the parameter `{name}` is never used"))
                .help("Remove it, or use it with `Ref` or `Fn::Sub`.")
                // Whoever deploys may still pass a value for it.
                .fix_by(Applicability::Unsafe, "remove the parameter", removal);
        }
    }
}

/// Names that a function reads.
fn names<'n>(function: Intrinsic, argument: &'n Node, used: &mut BTreeSet<&'n str>) {
    match function {
        Intrinsic::Ref => used.extend(argument.as_str()),
        Intrinsic::ValueOf | Intrinsic::ValueOfAll => {
            used.extend(argument.as_list().and_then(|l| l.first()).and_then(Node::as_str));
        }
        Intrinsic::Sub => {
            for variable in sub::variables(sub_text(argument).unwrap_or("")) {
                used.insert(variable.name);
                used.extend(variable.name.split_once('.').map(|(name, _)| name));
            }
        }
        _ => {}
    }
}

fn sub_text(argument: &Node) -> Option<&str> {
    match &argument.kind {
        NodeKind::String(text) => Some(text),
        NodeKind::List(items) => items.first().and_then(Node::as_str),
        _ => None,
    }
}

fn shown(call: &Call, site: &CallSite<'_>, cx: &mut Context<'_>) {
    let place = match (site.section, site.keys.first().copied()) {
        ("Metadata", _) => "metadata",
        ("Outputs", _) => "outputs",
        ("Resources", Some("Metadata")) => "resource metadata",
        _ => return,
    };
    let template = cx.template;
    let mut secrets = BTreeSet::new();
    names(call.function, &call.argument, &mut secrets);
    for name in secrets {
        if let Some(parameter) = template.parameters.get(name).filter(|p| p.no_echo()) {
            cx.report(
                &SECRET_SHOWN,
                call.argument.span,
                format!("the NoEcho parameter `{name}` is readable in {place}"),
            )
            .label(parameter.key.span, "declared with `NoEcho` here");
        }
    }
}

/// (resource type, property path) of secrets.
const SECRETS: &[(&str, &[&str])] = &[
    ("AWS::DirectoryService::MicrosoftAD", &["Password"]),
    ("AWS::DirectoryService::SimpleAD", &["Password"]),
    ("AWS::ElastiCache::ReplicationGroup", &["AuthToken"]),
    ("AWS::IAM::User", &["LoginProfile", "Password"]),
    ("AWS::KinesisFirehose::DeliveryStream", &["RedshiftDestinationConfiguration", "Password"]),
    ("AWS::OpsWorks::App", &["AppSource", "Password"]),
    ("AWS::OpsWorks::Stack", &["RdsDbInstances", "*", "DbPassword"]),
    ("AWS::OpsWorks::Stack", &["CustomCookbooksSource", "Password"]),
    ("AWS::RDS::DBCluster", &["MasterUserPassword"]),
    ("AWS::RDS::DBInstance", &["MasterUserPassword"]),
    ("AWS::Redshift::Cluster", &["MasterUserPassword"]),
];

fn secrets(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let template = cx.template;
    for (_, path) in SECRETS.iter().filter(|(kind, _)| resource.kind() == Some(*kind)) {
        resource.each_at(path, true, &mut |node, _| {
            if let Some(name) = ref_name(node)
                && template.parameters.contains(name)
            {
                let message = format!("the secret comes from the parameter `{name}`");
                cx.report(&SECRET_FROM_PARAMETER, node.span, message)
                    .help("Use a dynamic reference: `{{resolve:secretsmanager:...}}`.");
            }
        });
    }
}

/// The name in a `Ref`.
fn ref_name(node: &Node) -> Option<&str> {
    node.as_call().filter(|c| c.function == Intrinsic::Ref)?.argument.as_str()
}

/// Properties that hold passwords.
const PASSWORDS: &[&str] = &[
    "AccountPassword",
    "AdminPassword",
    "ADDomainJoinPassword",
    "CrossRealmTrustPrincipalPassword",
    "KdcAdminPassword",
    "Password",
    "DbPassword",
    "MasterUserPassword",
    "PasswordParam",
];

fn passwords(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let template = cx.template;
    let Some(properties) = resource.properties() else { return };
    let mut check = |node: &Node| {
        for e in node.as_map().unwrap_or_default() {
            let name = &*e.key.text;
            if !PASSWORDS.contains(&name) {
                continue;
            }
            match &e.value.kind {
                NodeKind::String(text) => password_text(name, text, &e.value, cx),
                NodeKind::Map(_) => {
                    let message = format!("`{name}` is a password and cannot be a mapping");
                    cx.report(&PASSWORD_IN_THE_OPEN, e.value.span, message).reference_at(e.key.span);
                }
                _ => {
                    let parameter = ref_name(&e.value).and_then(|n| template.parameters.get(n));
                    if let Some(parameter) = parameter.filter(|p| !p.no_echo()) {
                        let message =
                            format!("the parameter `{}` is used as `{name}` but has no `NoEcho`", parameter.name());
                        cx.report(&PASSWORD_IN_THE_OPEN, parameter.key.span, message)
                            .label(e.value.span, "used as a password here")
                            .help("Set `NoEcho: true`, or better take the password from Secrets Manager.");
                    }
                }
            }
        }
    };
    properties.walk(&mut check);
}

fn password_text(name: &str, text: &str, node: &Node, cx: &mut Context<'_>) {
    let references = dynamic::find(text);
    let message = if references.is_empty() {
        format!("`{name}` is written in the template for everyone to read")
    } else if references.iter().any(|r| r.service == "ssm") {
        format!("`{name}` comes from a plain SSM parameter, which is not secret")
    } else {
        return;
    };
    cx.report(&PASSWORD_IN_THE_OPEN, node.span, message)
        .help("Use `{{resolve:secretsmanager:...}}` or `{{resolve:ssm-secure:...}}`.");
}

/// (resource type, property path) of image ids.
const IMAGES: &[(&str, &[&str])] = &[
    ("AWS::AutoScaling::LaunchConfiguration", &["ImageId"]),
    ("AWS::Batch::ComputeEnvironment", &["ComputeResources", "ImageId"]),
    ("AWS::Cloud9::EnvironmentEC2", &["ImageId"]),
    ("AWS::EC2::Instance", &["ImageId"]),
    ("AWS::EC2::LaunchTemplate", &["LaunchTemplateData", "ImageId"]),
    ("AWS::EC2::SpotFleet", &["SpotFleetRequestConfigData", "LaunchSpecifications", "*", "ImageId"]),
    ("AWS::ImageBuilder::Image", &["ImageId"]),
];

fn images(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let template = cx.template;
    for (_, path) in IMAGES.iter().filter(|(kind, _)| resource.kind() == Some(*kind)) {
        resource.each_at(path, false, &mut |node, _| {
            let Some(parameter) = ref_name(node).and_then(|n| template.parameters.get(n)) else { return };
            let Some(kind) = parameter.kind() else { return };
            if matches!(kind, "AWS::EC2::Image::Id" | "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>") {
                return;
            }
            let span = parameter.node.get("Type").map_or(parameter.key.span, |t| t.span);
            cx.report(
                &IMAGE_PARAMETER_TYPE,
                span,
                format!("`{}` is an image id but has type `{kind}`", parameter.name()),
            )
            .label(node.span, "used as an image id here")
            .help("Use the type `AWS::EC2::Image::Id` or `AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>`.");
        });
    }
}
