//! Functions and the databases, caches and file systems that they use.

use super::{FUNCTION_OUTSIDE_VPC, STORE_SHUT_TO_FUNCTION, let_in, network};
use crate::conditions::{Answer, Pins};
use crate::diagnostic::Applicability;
use crate::graph::ItemKind;
use crate::network::{Network, Ports};
use crate::resolve::{Case, Member};
use crate::rule::Context;
use crate::rule::linking::{cases, links, never_given, only, say};
use crate::source::Span;
use crate::template::Resource;

/// How a kind of store is reached.
struct Store {
    kind: &'static str,
    groups: &'static str,
    port: &'static str,
    /// Ports that it may have without one.
    default: for<'a> fn(&Resource<'a>, &Context<'a>) -> Vec<u32>,
    /// Whether it never has a public address.
    inside: bool,
}

const STORES: &[Store] = &[
    Store {
        kind: "AWS::RDS::DBInstance",
        groups: "VPCSecurityGroups.*",
        port: "Port",
        default: |store, cx| by_engine(store, "Engine", cx),
        inside: false,
    },
    Store {
        kind: "AWS::RDS::DBCluster",
        groups: "VpcSecurityGroupIds.*",
        port: "Port",
        default: |store, cx| by_engine(store, "Engine", cx),
        inside: false,
    },
    Store {
        kind: "AWS::RDS::DBProxy",
        groups: "VpcSecurityGroupIds.*",
        port: "",
        default: |store, cx| by_engine(store, "EngineFamily", cx),
        inside: true,
    },
    Store {
        kind: "AWS::DocDB::DBCluster",
        groups: "VpcSecurityGroupIds.*",
        port: "Port",
        default: |_, _| vec![27017],
        inside: true,
    },
    Store {
        kind: "AWS::ElastiCache::CacheCluster",
        groups: "VpcSecurityGroupIds.*",
        port: "Port",
        default: |store, cx| by_engine(store, "Engine", cx),
        inside: true,
    },
    Store {
        kind: "AWS::ElastiCache::ReplicationGroup",
        groups: "SecurityGroupIds.*",
        port: "Port",
        default: |_, _| vec![6379],
        inside: true,
    },
    Store {
        kind: "AWS::MemoryDB::Cluster",
        groups: "SecurityGroupIds.*",
        port: "Port",
        default: |_, _| vec![6379],
        inside: true,
    },
    Store {
        kind: "AWS::DAX::Cluster",
        groups: "SecurityGroupIds.*",
        port: "",
        default: |_, _| vec![8111, 9111],
        inside: true,
    },
];

/// Ports of engines without a `Port`. Of Aurora both are possible.
const ENGINES: &[(&str, &[u32])] = &[
    ("aurora-mysql", &[3306]),
    ("aurora-postgresql", &[3306, 5432]),
    ("mariadb", &[3306]),
    ("memcached", &[11211]),
    ("mysql", &[3306]),
    ("postgres", &[5432]),
    ("postgresql", &[5432]),
    ("redis", &[6379]),
    ("valkey", &[6379]),
];

fn by_engine<'a>(store: &Resource<'a>, property: &str, cx: &Context<'a>) -> Vec<u32> {
    let engine = only(store, property, cx).and_then(|case| case.text().map(str::to_ascii_lowercase));
    let known = ENGINES.iter().find(|known| engine.as_deref() == Some(known.0));
    known.map(|known| known.1.to_vec()).unwrap_or_default()
}

/// A place where a function gets the address of a store.
struct Use<'a> {
    store: Resource<'a>,
    facts: &'static Store,
    at: Case<'a>,
}

/// The addresses of stores in the variables of a function.
fn uses<'a>(function: &Resource<'a>, cx: &Context<'a>) -> Vec<Use<'a>> {
    let mut found: Vec<Use<'a>> = Vec::new();
    let conditions = &cx.resolver().conditions;
    for need in cx.graph().needs(ItemKind::Resource, function.id()) {
        let kind = need.to.resource_type.unwrap_or_default();
        let Some(facts) = STORES.iter().find(|known| known.kind == kind) else { continue };
        let address = need.edge.attribute.is_some_and(|name| name.to_ascii_lowercase().contains("endpoint"));
        if !address || !need.edge.property().starts_with("Properties.Environment.") {
            continue;
        }
        let (Some(store), Some(pins)) = (cx.template.resources.get(need.to.name), cx.graph().pins(conditions, &need))
        else {
            continue;
        };
        let Some(pins) = cx.resolver().existing(store, &pins) else { continue };
        if found.iter().all(|known| known.store.id() != store.id()) {
            found.push(Use { store: *store, facts, at: place(need.edge.span, pins) });
        }
    }
    found
}

/// A case that is nothing but a place.
fn place<'a>(span: Span, pins: Pins) -> Case<'a> {
    Case { member: Member::Unknown, key: span, owner: span, pins }
}

pub(super) fn endpoints<'a>(function: &Resource<'a>, cx: &mut Context<'a>) {
    let uses = uses(function, cx);
    if uses.is_empty() {
        return;
    }
    let outside = never_given(function, "VpcConfig", cx);
    for found in uses {
        match outside {
            true => unreachable_store(function, &found, cx),
            false => shut(function, &found, cx),
        }
    }
}

/// A function without a VPC uses a store that only has addresses inside one.
fn unreachable_store<'a>(function: &Resource<'a>, found: &Use<'a>, cx: &mut Context<'a>) {
    if !found.facts.inside && !is_private(&found.store, &found.at.pins, cx) {
        return;
    }
    let (id, store) = (function.id(), found.store.id());
    let message = format!("`{id}` is outside the VPC, so it cannot reach `{store}`, which has no public address");
    let pins = found.at.pins.clone();
    if let Some(finding) = say(&FUNCTION_OUTSIDE_VPC, &found.at, &pins, message, cx) {
        finding
            .label(function.key.span, "this function has no `VpcConfig`")
            .label(found.store.key.span, "only reached from inside its VPC")
            .help("Give the function a `VpcConfig` with subnets of that VPC and a security group that is let in.");
    }
}

/// Whether a database certainly has no public address.
fn is_private<'a>(store: &Resource<'a>, pins: &Pins, cx: &Context<'a>) -> bool {
    let not_public = |instance: &Resource<'a>| {
        let given = cases(instance, "PubliclyAccessible", pins, cx);
        let off = |case: &Case<'_>| case.text().is_some_and(|text| text.eq_ignore_ascii_case("false"));
        !given.is_empty() && given.iter().all(off)
    };
    if store.kind() == Some("AWS::RDS::DBCluster") {
        let instances = network(cx).users(store, "AWS::RDS::DBInstance");
        return !instances.is_empty() && instances.iter().all(not_public);
    }
    not_public(store)
}

/// A function in a VPC uses a store whose security groups do not let it in.
fn shut<'a>(function: &Resource<'a>, found: &Use<'a>, cx: &mut Context<'a>) {
    let mut ports = Vec::new();
    if !found.facts.port.is_empty() {
        for port in cases(&found.store, found.facts.port, &found.at.pins, cx) {
            match port.text().and_then(|text| text.trim().parse().ok()) {
                Some(port) => ports.push(port),
                None if port.is_absent() => {}
                None => return,
            }
        }
    }
    if ports.is_empty() {
        ports = (found.facts.default)(&found.store, cx);
    }
    // An instance of a cluster has the groups of the cluster.
    let of_cluster = found.store.property("DBClusterIdentifier").is_some();
    if ports.is_empty() || of_cluster {
        return;
    }
    closed(function, &found.store, found.facts.groups, &ports, &found.at, cx);
}

/// The groups of a resource, and the resources whose conditions decide about them.
fn groups<'a>(of: &Resource<'a>, path: &str, pins: &Pins, net: &Network<'_, 'a>, cx: &Context<'a>) -> Groups<'a> {
    let mut near = vec![*of];
    for link in links(of, path, crate::network::GROUP, pins, cx) {
        near.extend(net.near_group(&link.target));
    }
    near
}

type Groups<'a> = Vec<Resource<'a>>;

/// Says so when none of the groups of a store lets in any of the groups of a function.
fn closed<'a>(
    function: &Resource<'a>,
    store: &Resource<'a>,
    path: &str,
    ports: &[u32],
    at: &Case<'a>,
    cx: &mut Context<'a>,
) {
    let own = "VpcConfig.SecurityGroupIds.*";
    let net = network(cx);
    let mut about = groups(function, own, &at.pins, &net, cx);
    about.extend(groups(store, path, &at.pins, &net, cx));
    let found = net.settle(&about, &at.pins, |pins| {
        let theirs = net.groups(&cases(store, path, pins, cx))?;
        let ours = net.groups(&cases(function, own, pins, cx))?;
        let all = ports.iter().map(|port| net.let_in(&theirs, &ours, Ports::one(*port), pins));
        let all: Vec<Answer> = all.collect();
        match () {
            () if all.contains(&Answer::Yes) => Some(None),
            () if all.contains(&Answer::Unknown) => None,
            () => Some(Some((*theirs.first()?, *ours.first()?))),
        }
    });
    for (pins, shut) in found {
        let (Some((theirs, ours)), Some(port)) = (shut, ports.last()) else { continue };
        let (id, store) = (function.id(), store.id());
        let edits = let_in(&theirs, &ours, *port, cx);
        let message = format!("`{id}` uses `{store}`, which does not let it in on port {port}");
        if let Some(finding) = say(&STORE_SHUT_TO_FUNCTION, at, &pins, message, cx) {
            finding
                .label(theirs.key.span, format!("no rule of it is for `{}` and port {port}", ours.id()))
                .label(ours.key.span, "the security group of the function")
                .help(format!(
                    "Add to `SecurityGroupIngress` of `{}`: `{{IpProtocol: tcp, FromPort: {port}, ToPort: {port}, SourceSecurityGroupId: !GetAtt {}.GroupId}}`.",
                    theirs.id(),
                    ours.id()
                ))
                .fix_by(Applicability::Unsafe, format!("let `{}` in", ours.id()), edits);
        }
    }
}

/// File systems that a function mounts.
pub(super) fn files<'a>(function: &Resource<'a>, cx: &mut Context<'a>) {
    for mount in cases(function, "FileSystemConfigs.*.Arn", &Pins::none(), cx) {
        let Some(point) = crate::rule::linking::named(&mount, cx).map(|found| found.0) else { continue };
        for system in links(&point, "FileSystemId", "AWS::EFS::FileSystem", &mount.pins, cx) {
            for target in network(cx).users(&system.target, "AWS::EFS::MountTarget") {
                closed(function, &target, "SecurityGroups.*", &[2049], &mount, cx);
            }
        }
    }
}
