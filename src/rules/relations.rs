//! Resources that do not fit each other, decided by what the template alone says.

use crate::intrinsics::{Intrinsic, get_att_parts};
use crate::rule::{Check, Context, Family, rule};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use crate::template::Resource;

rule!(SUBNET_ROUTED_TWICE, "relations"/"E3022", "subnet-routed-twice", Error, "one subnet is associated with two route tables");
rule!(NO_ESSENTIAL_CONTAINER, "relations"/"E3042", "no-essential-container", Error, "a task definition has no essential container");
rule!(ROLE_BY_NAME_WITH_PATH, "relations"/"E3050", "role-by-name-with-path", Error, "a role with a path is given by its name");

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&SUBNET_ROUTED_TWICE, &NO_ESSENTIAL_CONTAINER, &ROLE_BY_NAME_WITH_PATH],
    checks: &[
        Check::Template(subnets),
        Check::Resource(&["AWS::ECS::TaskDefinition"], containers),
        Check::Resource(&["AWS::CodeBuild::Project"], role_path),
    ],
};

/// One use of a subnet in an association.
#[derive(PartialEq, Eq, Clone)]
struct SubnetUse {
    resource_condition: Option<String>,
    property_condition: Option<String>,
    subnet: String,
}

fn subnets(cx: &mut Context<'_>) {
    let template = cx.template;
    let mut uses: Vec<(&str, Span, Vec<SubnetUse>)> = Vec::new();
    for resource in template.resources.iter().filter(|r| r.kind() == Some("AWS::EC2::SubnetRouteTableAssociation")) {
        let Some(e) = resource.properties().and_then(|p| p.entry("SubnetId")) else { continue };
        let mut out = Vec::new();
        subnet_uses(&e.value, resource.condition(), None, &mut out);
        uses.push((resource.id(), e.key.span, out));
    }
    for (i, (id, span, mine)) in uses.iter().enumerate() {
        let clash = uses.iter().enumerate().find(|(j, (_, _, theirs))| {
            *j != i
                && mine.iter().any(|a| {
                    theirs.iter().any(|b| {
                        let always = b.resource_condition.is_none() && b.property_condition.is_none();
                        a == b || a.subnet == b.subnet && always
                    })
                })
        });
        if let Some((_, (other, place, _))) = clash {
            cx.report(&SUBNET_ROUTED_TWICE, *span, format!("the subnet of `{id}` is also associated by `{other}`"))
                .label(*place, "the other association")
                .help("A subnet has one route table.");
        }
    }
}

fn subnet_uses(node: &Node, resource: Option<&str>, property: Option<&str>, out: &mut Vec<SubnetUse>) {
    let mut add = |subnet: String| {
        out.push(SubnetUse {
            resource_condition: resource.map(str::to_owned),
            property_condition: property.map(str::to_owned),
            subnet,
        });
    };
    match &node.kind {
        NodeKind::String(text) => add(text.to_string()),
        NodeKind::Call(call) => match call.function {
            Intrinsic::Ref => {
                if let Some(name) = call.argument.as_str() {
                    add(name.to_owned());
                }
            }
            Intrinsic::GetAtt => {
                if let Some(parts) = get_att_parts(&call.argument) {
                    add(format!("{}.{}", parts.id, parts.attribute));
                }
            }
            Intrinsic::If => {
                if let Some([name, yes, no]) = call.argument.as_list() {
                    subnet_uses(yes, resource, name.as_str(), out);
                    subnet_uses(no, resource, name.as_str(), out);
                }
            }
            _ => {}
        },
        _ => {}
    }
}

fn containers(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(e) = resource.properties().and_then(|p| p.entry("ContainerDefinitions")) else { return };
    let Some(items) = e.value.as_list() else { return };
    let maybe_essential = |item: &Node| match &item.kind {
        NodeKind::Map(_) => !item
            .get("Essential")
            .and_then(Node::scalar_text)
            .is_some_and(|t| matches!(t, "false" | "False")),
        _ => true,
    };
    if !items.iter().any(maybe_essential) {
        let message = match items.is_empty() {
            true => "a task definition needs at least one container",
            false => "every container has `Essential: false`; at least one must be essential",
        };
        cx.report(&NO_ESSENTIAL_CONTAINER, e.value.span, message).reference_at(e.key.span);
    }
}

fn role_path(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let template = cx.template;
    resource.each_at(&["ServiceRole"], true, &mut |node, _| {
        let Some(call) = node.as_call().filter(|c| c.function == Intrinsic::Ref) else { return };
        let Some(role) = call.argument.as_str().and_then(|name| template.resources.get(name)) else { return };
        let Some(path) = role.property("Path").filter(|p| p.as_str().is_some_and(|t| t != "/")) else { return };
        let text = path.as_str().unwrap_or("");
        cx.report(&ROLE_BY_NAME_WITH_PATH, call.argument.span, format!("`Ref` gives the role's name without its path `{text}`"))
            .label(path.span, "the path is set here")
            .help(format!("Use `!GetAtt {}.Arn`.", role.id()));
    });
}
