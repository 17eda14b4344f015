//! Resource attributes that say what happens to a resource: creation, update, replacement and deletion, and retention.

use crate::diagnostic::Applicability;
use crate::intrinsics::Intrinsic;
use crate::rule::edits;
use crate::rule::shape::{self, Checker, Problem, Shape, quoted};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Family, Rule, rule};
use crate::schema::{store, traits};
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeKind};
use crate::template::Resource;

rule!(
    BAD_UPDATE_POLICY,
    "policies" / "E3016",
    "bad-update-policy",
    Error,
    "an update policy does not fit its resource type"
);
rule!(
    BAD_DELETION_POLICY,
    "policies" / "E3035",
    "bad-deletion-policy",
    Error,
    "a deletion policy is not one the resource type has"
);
rule!(
    BAD_REPLACE_POLICY,
    "policies" / "E3036",
    "bad-replace-policy",
    Error,
    "an update replace policy is not one the resource type has"
);
rule!(
    BAD_CREATION_POLICY,
    "policies" / "E3055",
    "bad-creation-policy",
    Error,
    "a creation policy does not fit its resource type"
);
rule!(
    HALF_PROTECTED,
    "policies" / "W3011",
    "half-protected",
    Warning,
    "a resource is kept when deleted or when replaced, but not both"
);
rule!(
    STATEFUL_UNPROTECTED,
    "policies" / "I3011",
    "stateful-unprotected",
    Info,
    "a resource that holds data does not say what happens to it"
);
rule!(RETENTION_BY_DEFAULT, "policies" / "I3013", "retention-by-default", Info, "data expires after a default time");

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &BAD_UPDATE_POLICY,
        &BAD_DELETION_POLICY,
        &BAD_REPLACE_POLICY,
        &BAD_CREATION_POLICY,
        &HALF_PROTECTED,
        &STATEFUL_UNPROTECTED,
        &RETENTION_BY_DEFAULT,
    ],
    checks: &[
        Check::Resource(&[], update_policy),
        Check::Resource(&[], creation_policy),
        Check::Resource(&[], removal_policies),
        Check::Resource(&[], half_protected),
        Check::Resource(&[], stateful),
        Check::Resource(&[], retention),
    ],
};

static ALARMS: Shape = Shape { max_items: Some(10), ..Shape::list_of(&shape::TEXT) };
static ALARM_SPECIFICATION: Shape = Shape::closed(&[("Alarms", &ALARMS)]);
static STANDBY: Shape = Shape::one_of(&["Ignore", "Terminate", "Wait"]);
static PROTECTED: Shape = Shape::one_of(&["Ignore", "Refresh", "Wait"]);
static TWO_DAYS: Shape = Shape::integer(0, 172_800);
static NATURAL: Shape = Shape::integer(0, i32::MAX);
static MAX_HEALTHY: Shape = Shape::integer(100, 200);
static PERCENT: Shape = Shape::integer(0, 100);
static INTEGERS: Shape = Shape::list_of(&shape::INTEGER);
static REFRESH_PREFERENCES: Shape = Shape::closed(&[
    ("AlarmSpecification", &ALARM_SPECIFICATION),
    ("BakeTime", &TWO_DAYS),
    ("CheckpointDelay", &TWO_DAYS),
    ("CheckpointPercentages", &INTEGERS),
    ("InstanceWarmup", &NATURAL),
    ("MaxHealthyPercentage", &MAX_HEALTHY),
    ("MinHealthyPercentage", &PERCENT),
    ("ScaleInProtectedInstances", &PROTECTED),
    ("SkipMatching", &shape::BOOLEAN),
    ("StandbyInstances", &STANDBY),
]);
static REFRESH_STRATEGY: Shape = Shape::one_of(&["ReplaceRootVolume", "Rolling"]);
static REFRESH: Shape = Shape {
    required: &["Strategy"],
    ..Shape::closed(&[("Preferences", &REFRESH_PREFERENCES), ("Strategy", &REFRESH_STRATEGY)])
};
static PROCESS: Shape = Shape::one_of(&[
    "Launch",
    "Terminate",
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "ReplaceUnhealthy",
    "ScheduledActions",
]);
static PROCESSES: Shape = Shape::list_of(&PROCESS);
static ROLLING: Shape = Shape::closed(&[
    ("MaxBatchSize", &shape::INTEGER),
    ("MinActiveInstancesPercent", &shape::INTEGER),
    ("MinInstancesInService", &shape::INTEGER),
    ("MinSuccessfulInstancesPercent", &shape::INTEGER),
    ("PauseTime", &shape::TEXT),
    ("SuspendProcesses", &PROCESSES),
    ("WaitOnResourceSignals", &shape::BOOLEAN),
]);
static REPLACING: Shape = Shape::closed(&[("WillReplace", &shape::BOOLEAN)]);
static SCHEDULED: Shape = Shape::closed(&[("IgnoreUnmodifiedGroupSizeProperties", &shape::BOOLEAN)]);
static GROUP_UPDATE: Shape = Shape {
    excludes: &[("AutoScalingInstanceRefresh", "AutoScalingRollingUpdate")],
    ..Shape::closed(&[
        ("AutoScalingInstanceRefresh", &REFRESH),
        ("AutoScalingReplacingUpdate", &REPLACING),
        ("AutoScalingRollingUpdate", &ROLLING),
        ("AutoScalingScheduledAction", &SCHEDULED),
    ])
};
static ALIAS_DEPLOY: Shape = Shape::closed(&[
    ("AfterAllowTrafficHook", &shape::TEXT),
    ("ApplicationName", &shape::TEXT),
    ("BeforeAllowTrafficHook", &shape::TEXT),
    ("DeploymentGroupName", &shape::TEXT),
]);
static ALIAS_UPDATE: Shape = Shape::closed(&[("CodeDeployLambdaAliasUpdate", &ALIAS_DEPLOY)]);
static SEARCH_UPDATE: Shape = Shape::closed(&[("EnableVersionUpgrade", &shape::BOOLEAN)]);
static CACHE_UPDATE: Shape = Shape::closed(&[("UseOnlineResharding", &shape::BOOLEAN)]);
static FLEET_STEP: Shape = Shape::closed(&[("Type", &shape::BOOLEAN)]);
static FLEET_UPDATE: Shape = Shape::closed(&[("StartAfterUpdate", &FLEET_STEP), ("StopBeforeUpdate", &FLEET_STEP)]);

/// Update policies by resource type; no other type has one.
const UPDATE_POLICIES: &[(&str, &Shape)] = &[
    ("AWS::AppStream::Fleet", &FLEET_UPDATE),
    ("AWS::AutoScaling::AutoScalingGroup", &GROUP_UPDATE),
    ("AWS::ElastiCache::ReplicationGroup", &CACHE_UPDATE),
    ("AWS::Elasticsearch::Domain", &SEARCH_UPDATE),
    ("AWS::Lambda::Alias", &ALIAS_UPDATE),
    ("AWS::OpenSearchService::Domain", &SEARCH_UPDATE),
];

fn update_policy(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let (Some(kind), Some(e)) = (resource.kind(), resource.node.entry("UpdatePolicy")) else { return };
    if is_custom(kind) {
        return;
    }
    match UPDATE_POLICIES.iter().find(|p| p.0 == kind) {
        Some((_, shape)) => policy(&BAD_UPDATE_POLICY, e, shape, cx),
        None => {
            let types: Vec<&str> = UPDATE_POLICIES.iter().map(|p| p.0).collect();
            cx.report(&BAD_UPDATE_POLICY, e.key.span, format!("`{kind}` has no `UpdatePolicy`"))
                .help(format!("Only these types have one: {}.", quoted(&types)));
        }
    }
}

/// A function that gives a whole policy: only `Fn::If` can, and what the language extensions resolve beforehand.
fn policy(rule: &'static Rule, entry: &Entry, shape: &'static Shape, cx: &mut Context<'_>) {
    if entry.value.as_call().is_some_and(|c| c.function == Intrinsic::Select) && !cx.template.has_language_extensions()
    {
        let message = format!("`{}` must be a mapping, not `Fn::Select`", entry.key.text);
        cx.report(rule, entry.value.span, message)
            .help("With the transform `AWS::LanguageExtensions` it could be one.");
        return;
    }
    let found = &mut |p: Problem<'_>| {
        let d = cx.report(rule, p.span, p.message);
        d.help = p.help;
    };
    Checker { functions: true, found }.check(&entry.value, "", entry.key.span, shape);
}

static SIGNAL: Shape = Shape::closed(&[("Timeout", &shape::TEXT), ("Count", &shape::INTEGER)]);
static GROUP_CREATION_SUCCESS: Shape = Shape::closed(&[("MinSuccessfulInstancesPercent", &shape::INTEGER)]);
static GROUP_CREATION: Shape =
    Shape::closed(&[("AutoScalingCreationPolicy", &GROUP_CREATION_SUCCESS), ("ResourceSignal", &SIGNAL)]);
static WAIT_CREATION: Shape = Shape::closed(&[("ResourceSignal", &SIGNAL)]);
static FLEET_CREATION: Shape = Shape::closed(&[("StartFleet", &FLEET_START)]);
static FLEET_START: Shape =
    Shape { members: &[("Type", &shape::BOOLEAN)], ..Shape::of(&[shape::Kind::Boolean, shape::Kind::Map]) };

fn creation_policy(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let (Some(kind), Some(e)) = (resource.kind(), resource.node.entry("CreationPolicy")) else { return };
    let shape = match kind {
        "AWS::AppStream::Fleet" => &FLEET_CREATION,
        "AWS::AutoScaling::AutoScalingGroup" => &GROUP_CREATION,
        "AWS::CloudFormation::WaitCondition" => &WAIT_CREATION,
        _ => return,
    };
    // Another kind of value is a fault of the resource's shape and reported there.
    if matches!(e.value.kind, NodeKind::Map(_) | NodeKind::Call(_)) {
        policy(&BAD_CREATION_POLICY, e, shape, cx);
    }
}

fn is_custom(kind: &str) -> bool {
    kind == "AWS::CloudFormation::CustomResource" || kind.starts_with("Custom::")
}

fn removal_policies(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(kind) = resource.kind() else { return };
    let snapshot = traits::can_snapshot(kind);
    let mut deletion = vec!["Delete", "Retain", "RetainExceptOnCreate"];
    let mut replace = vec!["Delete", "Retain"];
    if snapshot {
        deletion.push("Snapshot");
        replace.push("Snapshot");
    }
    for (name, rule, allowed) in
        [("DeletionPolicy", &BAD_DELETION_POLICY, deletion), ("UpdateReplacePolicy", &BAD_REPLACE_POLICY, replace)]
    {
        if let Some(e) = resource.node.entry(name) {
            let place = if e.value.is_null() { e.key.span } else { e.value.span };
            removal(&Removal { name, kind, rule, allowed: &allowed }, &e.value, place, cx);
        }
    }
}

struct Removal<'c> {
    name: &'c str,
    kind: &'c str,
    rule: &'static Rule,
    allowed: &'c [&'c str],
}

fn removal(policy: &Removal<'_>, node: &Node, place: Span, cx: &mut Context<'_>) {
    let name = policy.name;
    match &node.kind {
        NodeKind::String(text) if policy.allowed.contains(&&**text) => {}
        NodeKind::String(text) => {
            let mut message = format!("`{text}` is no `{name}`; allowed: {}", quoted(policy.allowed));
            if &**text == "Snapshot" {
                message = format!("`{}` cannot be snapshotted; allowed: {}", policy.kind, quoted(policy.allowed));
            }
            let d = cx.report(policy.rule, place, message);
            if let Some(known) = nearest(text, policy.allowed.iter().copied()) {
                d.help(format!("Did you mean `{known}`?"));
            }
        }
        NodeKind::Call(call) => match call.function {
            Intrinsic::If => {
                for branch in call.argument.as_list().unwrap_or_default().iter().skip(1) {
                    removal(policy, branch, branch.span, cx);
                }
            }
            Intrinsic::Sub | Intrinsic::Select | Intrinsic::FindInMap | Intrinsic::Ref | Intrinsic::Transform => {}
            function => {
                let message = format!("`{name}` cannot come from `{}`", function.name());
                let d = cx.report(policy.rule, place, message);
                d.help(format!("Write one of {}.", quoted(policy.allowed)));
                d.also(format!("`{}` is none of the allowed values", function.name()));
            }
        },
        _ => {
            let message = format!("`{name}` must be a string, not {}", node.describe());
            cx.report(policy.rule, place, message).also(format!("allowed: {}", quoted(policy.allowed)));
        }
    }
}

fn half_protected(resource: &Resource<'_>, cx: &mut Context<'_>) {
    if matches!(resource.kind(), Some("AWS::Lambda::Version" | "AWS::Lambda::LayerVersion")) {
        return;
    }
    let entry = |name| resource.node.entry(name).filter(|e| !e.value.is_null());
    let (present, missing, words) = match (entry("DeletionPolicy"), entry("UpdateReplacePolicy")) {
        (Some(present), None) => (present, "UpdateReplacePolicy", "replaced by an update"),
        (None, Some(present)) => (present, "DeletionPolicy", "deleted"),
        _ => return,
    };
    if present.value.as_str() == Some("Delete") {
        return;
    }
    let message =
        format!("`{}` is set but `{missing}` is not, so the resource is lost when it is {words}", present.key.text);
    let file = &cx.document.file;
    let value = match present.value.as_str() {
        // This one is for `DeletionPolicy` alone.
        Some("RetainExceptOnCreate") => "Retain",
        _ => file.slice(present.value.span),
    };
    let edits = edits::add_after(file, resource.node, present, missing, value);
    cx.report(&HALF_PROTECTED, resource.key.span, message).label(present.key.span, "protects only one way").fix_by(
        Applicability::Unsafe,
        format!("add `{missing}`"),
        edits,
    );
}

fn stateful(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(kind) = resource.kind() else { return };
    let Some(facts) = store::table("tables/stateful_types").and_then(|t| t.get(kind)) else { return };
    // A resource that cannot be deleted while it holds anything is safe by itself.
    if facts.get("DeleteRequiresEmptyResource").and_then(|v| v.as_bool()) == Some(true) {
        return;
    }
    for (name, when) in [("DeletionPolicy", "deleted"), ("UpdateReplacePolicy", "replaced")] {
        if resource.node.get(name).is_none_or(Node::is_null) {
            let message = format!("`{kind}` holds data and has no `{name}`: the data goes when it is {when}");
            cx.report(&STATEFUL_UNPROTECTED, resource.key.span, message).help(format!("Set `{name}` explicitly."));
        }
    }
}

/// (type, properties that say how long data is kept).
const RETENTION: &[(&str, &[&str])] = &[
    ("AWS::DocDB::DBCluster", &["BackupRetentionPeriod"]),
    ("AWS::Kinesis::Stream", &["RetentionPeriodHours"]),
    ("AWS::RDS::DBCluster", &["BackupRetentionPeriod"]),
    ("AWS::RDS::DBInstance", &["BackupRetentionPeriod"]),
    ("AWS::Redshift::Cluster", &["AutomatedSnapshotRetentionPeriod"]),
    ("AWS::SQS::Queue", &["MessageRetentionPeriod"]),
    ("AWS::Synthetics::Canary", &["SuccessRetentionPeriod", "FailureRetentionPeriod"]),
];

fn retention(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some((kind, needed)) = RETENTION.iter().find(|r| resource.kind() == Some(r.0)) else { return };
    let properties = resource.node.entry("Properties");
    if properties.is_some_and(|e| e.value.as_map().is_none()) {
        return;
    }
    let place = properties.map_or(resource.key.span, |e| e.key.span);
    let property = |name| properties.and_then(|e| e.value.get(name)).filter(|n| !n.is_null());
    if *kind == "AWS::RDS::DBInstance" {
        // Backups of a cluster's instance and of a read replica are set elsewhere.
        let Some(engine) = property("Engine").and_then(Node::as_str) else { return };
        if engine.starts_with("aurora") || property("SourceDBInstanceIdentifier").is_some() {
            return;
        }
    }
    for name in *needed {
        if property(name).is_none() {
            let message = format!("`{kind}` has no `{name}`: its data expires after the default time");
            cx.report(&RETENTION_BY_DEFAULT, place, message).help(format!("Set `{name}` explicitly."));
        }
    }
}
