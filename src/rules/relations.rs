//! Resources that do not fit each other, decided by what the template alone says.

use crate::conditions::{Answer, Conditions, Pins};
use crate::intrinsics::{Intrinsic, get_att_parts};
use crate::rule::{Check, Context, Family, Options, rule};
use crate::schema::store;
use crate::schema::walk::{Place, places};
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeKind};
use crate::template::Resource;
use std::collections::{BTreeMap, BTreeSet};

rule!(IDENTIFIER_TWICE, "relations" / "E3019", "identifier-twice", Error, "two resources have the same identifier");
rule!(
    SUBNET_ROUTED_TWICE,
    "relations" / "E3022",
    "subnet-routed-twice",
    Error,
    "one subnet is associated with two route tables"
);
rule!(
    NO_ESSENTIAL_CONTAINER,
    "relations" / "E3042",
    "no-essential-container",
    Error,
    "a task definition has no essential container"
);
rule!(
    ROLE_BY_NAME_WITH_PATH,
    "relations" / "E3050",
    "role-by-name-with-path",
    Error,
    "a role with a path is given by its name"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&IDENTIFIER_TWICE, &SUBNET_ROUTED_TWICE, &NO_ESSENTIAL_CONTAINER, &ROLE_BY_NAME_WITH_PATH],
    checks: &[
        Check::Template(identifiers),
        Check::Template(subnets),
        Check::Template(containers),
        Check::Resource(&["AWS::CodeBuild::Project"], role_path),
    ],
};

/// What identifies a resource, under the conditions that make it so.
struct Identity<'n> {
    resource: &'n Resource<'n>,
    conditions: BTreeMap<&'n str, bool>,
    values: Vec<(&'n str, &'n Entry, &'n Node)>,
}

/// Most combinations of `Fn::If` branches that are looked at in one resource.
const MAX_CHOICES: usize = 32;

fn identifiers(cx: &mut Context<'_>) {
    let template = cx.template;
    let mut by_type: BTreeMap<&str, Vec<Identity<'_>>> = BTreeMap::new();
    for resource in template.resources.iter() {
        let Some(kind) = resource.kind() else { continue };
        let names = identifier_names(kind, cx.options);
        if names.is_empty() || resource.properties().is_none() {
            continue;
        }
        by_type.entry(kind).or_default().extend(identities(resource, &names));
    }
    let mut clashes = Vec::new();
    let conditions = &cx.resolver().conditions;
    for list in by_type.values() {
        // Only resources with an equal first value can clash, so a thousand buckets stay cheap.
        let mut reported: BTreeSet<&str> = BTreeSet::new();
        let mut groups: BTreeMap<&str, Vec<&Identity<'_>>> = BTreeMap::new();
        for identity in list {
            groups.entry(first_text(identity)).or_default().push(identity);
        }
        for one in list {
            let group = groups.get(first_text(one)).map_or(&[][..], Vec::as_slice);
            let other = group.iter().take(MAX_COMPARED).find(|other| clash(one, other, conditions));
            if let Some(other) = other
                && reported.insert(one.resource.id())
            {
                clashes.push((one, *other));
            }
        }
    }
    for (one, other) in clashes {
        identifier_clash(one, other, cx);
    }
}

/// Most resources that one is compared with.
const MAX_COMPARED: usize = 200;

fn first_text<'n>(identity: &Identity<'n>) -> &'n str {
    identity.values.first().and_then(|v| v.2.scalar_text()).unwrap_or("")
}

fn identifier_clash(one: &Identity<'_>, other: &Identity<'_>, cx: &mut Context<'_>) {
    let names: Vec<&str> = one.values.iter().map(|v| v.0).collect();
    let place = |identity: &Identity<'_>| match identity.values.as_slice() {
        [(_, entry, _)] => entry.key.span,
        _ => identity.resource.node.entry("Properties").map_or(identity.resource.key.span, |e| e.key.span),
    };
    let message = format!(
        "`{}` and `{}` have the same {}, which must be unique",
        one.resource.id(),
        other.resource.id(),
        crate::rule::shape::quoted(&names)
    );
    let properties = one.resource.node.entry("Properties");
    let key = properties.filter(|e| e.value.as_call().is_some()).map_or(place(one), |e| e.key.span);
    cx.report(&IDENTIFIER_TWICE, place(one), message)
        .reference_at(key)
        .label(place(other), "the other one")
        .help("Give each its own name, or leave the name out and let CloudFormation choose one.");
}

/// The properties that identify a resource of a type, when the author sets all of them. Options may say otherwise:
/// `AWS::S3::Bucket=BucketName`, several with commas, none for a type that is left out.
fn identifier_names<'o>(kind: &str, options: &'o Options) -> Vec<&'o str> {
    let given = options.rules.texts("E3019", "exceptions").filter_map(|text| text.split_once('='));
    if let Some((_, names)) = given.filter(|(of, _)| *of == kind).last() {
        let names = names.split(',').map(|n| n.trim().trim_start_matches("/properties/"));
        return names.filter(|n| !n.is_empty()).collect();
    }
    if kind == "AWS::CodeBuild::Project" {
        return vec!["Name"];
    }
    let Some(facts) = store::find(kind) else { return Vec::new() };
    let read_only: BTreeSet<&str> = facts.read_only().collect();
    let names: Vec<_> = facts
        .primary_identifier()
        .map(|p| p.strip_prefix("/properties/").filter(|n| !read_only.contains(p) && !n.contains('/')))
        .collect();
    names.into_iter().collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// The identity of a resource for every choice of the `Fn::If`s in it.
fn identities<'n>(resource: &'n Resource<'n>, names: &[&'n str]) -> Vec<Identity<'n>> {
    let Some(properties) = resource.properties() else { return Vec::new() };
    let own: BTreeMap<&str, bool> = resource.condition().map(|c| (c, true)).into_iter().collect();
    let mut bodies = Vec::new();
    value_choices(properties, &own, &mut bodies);
    let mut all = Vec::new();
    for (conditions, body) in bodies {
        let mut out = vec![Identity { resource, conditions, values: Vec::new() }];
        for name in names {
            // What the author leaves out is chosen by CloudFormation and therefore unique.
            let Some(entry) = body.entry(name) else {
                out.clear();
                break;
            };
            out = out.iter().flat_map(|base| with_value(base, name, entry)).take(MAX_CHOICES).collect();
        }
        all.extend(out);
    }
    all.truncate(MAX_CHOICES);
    all
}

/// An identity with one more value, for every choice of the `Fn::If`s in that value.
fn with_value<'n>(base: &Identity<'n>, name: &'n str, entry: &'n Entry) -> Vec<Identity<'n>> {
    let mut choices = Vec::new();
    value_choices(&entry.value, &base.conditions, &mut choices);
    let extended = |(conditions, value): Choice<'n>| {
        let mut values = base.values.clone();
        values.push((name, entry, value));
        Identity { resource: base.resource, conditions, values }
    };
    choices.into_iter().map(extended).collect()
}

type Choice<'n> = (BTreeMap<&'n str, bool>, &'n Node);

fn value_choices<'n>(node: &'n Node, conditions: &BTreeMap<&'n str, bool>, out: &mut Vec<Choice<'n>>) {
    if let NodeKind::Call(call) = &node.kind
        && call.function == Intrinsic::If
    {
        let Some([name, yes, no]) = call.argument.as_list() else { return };
        let Some(name) = name.as_str() else { return };
        for (branch, holds) in [(yes, true), (no, false)] {
            if conditions.get(name).is_none_or(|h| *h == holds) && out.len() < MAX_CHOICES {
                let mut conditions = conditions.clone();
                conditions.insert(name, holds);
                value_choices(branch, &conditions, out);
            }
        }
        return;
    }
    let no_value =
        node.as_call().is_some_and(|c| c.function == Intrinsic::Ref && c.argument.as_str() == Some("AWS::NoValue"));
    if !no_value && !node.is_null() {
        out.push((conditions.clone(), node));
    }
}

fn compatible(a: &BTreeMap<&str, bool>, b: &BTreeMap<&str, bool>) -> bool {
    a.iter().all(|(name, holds)| b.get(name).is_none_or(|h| h == holds))
}

/// Whether two resources can certainly exist at once with equal identifiers.
fn clash(a: &Identity<'_>, b: &Identity<'_>, conditions: &Conditions<'_>) -> bool {
    if a.resource.id() == b.resource.id()
        || !compatible(&a.conditions, &b.conditions)
        || !a.values.iter().zip(&b.values).all(|(x, y)| x.2.same_value(y.2))
    {
        return false;
    }
    let together: Vec<_> = a.conditions.iter().chain(&b.conditions).map(|(name, holds)| (*name, *holds)).collect();
    conditions.satisfiable_with(&Pins::none(), &together, &[]) == Answer::Yes
}

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

fn containers(cx: &mut Context<'_>) {
    for task in cx.resources_of("AWS::ECS::TaskDefinition") {
        let around = cx.surroundings();
        for place in places(task, &["ContainerDefinitions"], around) {
            essential(&place, cx);
        }
    }
}

fn essential(place: &Place<'_>, cx: &mut Context<'_>) {
    let Some(items) = place.node.as_list() else { return };
    let maybe_essential = |item: &Node| match &item.kind {
        NodeKind::Map(_) => {
            !item.get("Essential").and_then(Node::scalar_text).is_some_and(|t| matches!(t, "false" | "False"))
        }
        _ => true,
    };
    if !items.iter().any(maybe_essential) {
        let message = match items.is_empty() {
            true => "a task definition needs at least one container",
            false => "every container has `Essential: false`; at least one must be essential",
        };
        cx.report(&NO_ESSENTIAL_CONTAINER, place.node.span, message).reference_at(place.key);
    }
}

fn role_path(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let template = cx.template;
    resource.each_at(&["ServiceRole"], true, &mut |node, _| {
        let Some(call) = node.as_call().filter(|c| c.function == Intrinsic::Ref) else { return };
        let Some(role) = call.argument.as_str().and_then(|name| template.resources.get(name)) else { return };
        let Some(path) = role.property("Path").filter(|p| p.as_str().is_some_and(|t| t != "/")) else { return };
        let text = path.as_str().unwrap_or("");
        cx.report(
            &ROLE_BY_NAME_WITH_PATH,
            call.argument.span,
            format!("`Ref` gives the role's name without its path `{text}`"),
        )
        .label(path.span, "the path is set here")
        .help(format!("Use `!GetAtt {}.Arn`.", role.id()));
    });
}
