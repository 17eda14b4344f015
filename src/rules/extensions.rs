//! What several properties of a resource say together: one table of rules, each with the places it looks at and the
//! schema that holds there. A function is an unknown value, and what is unknown is never reported.

mod best;
mod table;

use crate::diagnostic::Diagnostic;
use crate::rule::{Check, Context, Family, Rule, rule, violations};
use crate::schema::store::{self, SchemaNode};
use crate::schema::walk::{Kind, Place, Violation, places};
use crate::template::Resource;

rule!(
    THROUGHPUT_MISSING,
    "extensions" / "E3639",
    "throughput-missing",
    Error,
    "a DynamoDB table with provisioned capacity has no throughput, or none above zero"
);
rule!(
    THROUGHPUT_ON_DEMAND,
    "extensions" / "E3638",
    "throughput-on-demand",
    Error,
    "an on-demand DynamoDB table reserves throughput"
);
rule!(
    REST_API_WITHOUT_NAME,
    "extensions" / "E3660",
    "rest-api-without-name",
    Error,
    "a REST API has neither a name nor a definition that brings one"
);
rule!(
    RECORD_VALUE_MALFORMED,
    "extensions" / "E3023",
    "record-value-malformed",
    Error,
    "a value of a DNS record does not fit the type of the record"
);
rule!(ALIAS_WITH_TTL, "extensions" / "E3029", "alias-with-ttl", Error, "an alias record has a time to live of its own");
rule!(
    DB_CLASS_OF_OTHER_VERSION,
    "extensions" / "E3062",
    "db-class-of-other-version",
    Error,
    "a class of database instances that the version of the engine does not have"
);
rule!(
    ACL_WITHOUT_OWNERSHIP,
    "extensions" / "E3045",
    "acl-without-ownership",
    Error,
    "a bucket has an access control list but does not enable such lists"
);
rule!(
    FARGATE_TASK_INCOMPLETE,
    "extensions" / "E3048",
    "fargate-task-incomplete",
    Error,
    "a task definition for Fargate lacks what Fargate needs, or has what it does not support"
);
rule!(
    FARGATE_SIZE_INVALID,
    "extensions" / "E3047",
    "fargate-size-invalid",
    Error,
    "a Fargate task has a combination of CPU and memory that does not exist"
);
rule!(
    PORTS_MISSING,
    "extensions" / "E3687",
    "ports-missing",
    Error,
    "a rule for TCP, UDP or ICMP does not say which ports"
);
rule!(
    PORTS_IGNORED,
    "extensions" / "W3687",
    "ports-ignored",
    Warning,
    "a rule gives ports for a protocol that has none"
);
rule!(ONE_PORT_MINUS_ONE, "extensions" / "E3688", "one-port-minus-one", Error, "only one end of a port range is -1");
rule!(
    VOLUME_IOPS_INVALID,
    "extensions" / "E3671",
    "volume-iops-invalid",
    Error,
    "a volume has no IOPS where its type needs them, or an amount its type does not offer"
);
rule!(
    INLINE_CODE_RUNTIME,
    "extensions" / "E3677",
    "inline-code-runtime",
    Error,
    "inline code is given for a runtime that cannot have it"
);
rule!(
    INLINE_CODE_WITHOUT_RUNTIME,
    "extensions" / "E3678",
    "inline-code-without-runtime",
    Error,
    "inline code has no runtime"
);
rule!(
    IMAGE_WITH_ZIP_PROPERTIES,
    "extensions" / "E3685",
    "image-with-zip-properties",
    Error,
    "a function from a container image has properties of zip packages"
);
rule!(
    ENVIRONMENT_NAME_RESERVED,
    "extensions" / "E3663",
    "environment-name-reserved",
    Error,
    "a function sets an environment variable that Lambda sets itself"
);
rule!(
    SYSTEM_LOG_LEVEL_WITH_TEXT,
    "extensions" / "E3696",
    "system-log-level-with-text",
    Error,
    "a log level is set for logs in plain text"
);
rule!(
    STREAM_WITHOUT_POSITION,
    "extensions" / "E3633",
    "stream-without-position",
    Error,
    "a stream source does not say where to start reading"
);
rule!(
    QUEUE_WITH_POSITION,
    "extensions" / "E3634",
    "queue-with-position",
    Error,
    "a queue source says where to start reading"
);
rule!(
    AURORA_INSTANCE_WITH_CLUSTER_PROPERTIES,
    "extensions" / "E3682",
    "aurora-instance-with-cluster-properties",
    Error,
    "an Aurora instance sets what belongs to its cluster"
);
rule!(
    SCALING_OF_OTHER_MODE,
    "extensions" / "E3686",
    "scaling-of-other-mode",
    Error,
    "a database cluster has the scaling settings of another engine mode"
);
rule!(
    MONITORING_INCOMPLETE,
    "extensions" / "E3689",
    "monitoring-incomplete",
    Error,
    "enhanced monitoring of a cluster has only one of interval and role"
);
rule!(
    CLUSTER_ENGINE_VERSION_UNKNOWN,
    "extensions" / "E3690",
    "cluster-engine-version-unknown",
    Error,
    "a database cluster names an engine or a version that does not exist"
);
rule!(
    INSTANCE_ENGINE_VERSION_UNKNOWN,
    "extensions" / "E3691",
    "instance-engine-version-unknown",
    Error,
    "a database instance names an engine or a version that does not exist"
);
rule!(
    CLUSTER_ENGINE_VERSION_DEPRECATED,
    "extensions" / "W3690",
    "cluster-engine-version-deprecated",
    Warning,
    "a database cluster names a version that is no longer offered"
);
rule!(
    INSTANCE_ENGINE_VERSION_DEPRECATED,
    "extensions" / "W3691",
    "instance-engine-version-deprecated",
    Warning,
    "a database instance names a version that is no longer offered"
);
rule!(
    MULTI_AZ_CLUSTER_PROPERTIES,
    "extensions" / "E3692",
    "multi-az-cluster-properties",
    Error,
    "a MySQL or PostgreSQL cluster lacks what a multi-AZ cluster needs, or has what it does not support"
);
rule!(
    AURORA_CLUSTER_PROPERTIES,
    "extensions" / "E3693",
    "aurora-cluster-properties",
    Error,
    "an Aurora cluster sets what Aurora manages itself"
);
rule!(
    AURORA_SERVERLESS_IGNORED,
    "extensions" / "W3693",
    "aurora-serverless-ignored",
    Warning,
    "a serverless Aurora cluster sets performance insights, which it ignores"
);
rule!(
    SNAPSHOT_WITH_USERNAME,
    "extensions" / "W3688",
    "snapshot-with-username",
    Warning,
    "a cluster from a snapshot sets a master user name, which is ignored"
);
rule!(
    SOURCE_CLUSTER_WITH_CREDENTIALS,
    "extensions" / "W3689",
    "source-cluster-with-credentials",
    Warning,
    "a cluster that is restored from another one sets credentials or encryption, which are ignored"
);
rule!(
    BACKUP_RETENTION_INVALID,
    "extensions" / "E3719",
    "backup-retention-invalid",
    Error,
    "the backup retention of a database instance is too long, or is set where the cluster keeps it"
);
rule!(
    KEY_WITHOUT_ENCRYPTION,
    "extensions" / "E3720",
    "key-without-encryption",
    Error,
    "a database instance names a key but is not encrypted"
);
rule!(
    LISTENER_WITHOUT_CERTIFICATE,
    "extensions" / "E3676",
    "listener-without-certificate",
    Error,
    "a listener for HTTPS or TLS has no certificate"
);
rule!(
    TARGET_GROUP_PROPERTIES,
    "extensions" / "E3681",
    "target-group-properties",
    Error,
    "a target group lacks ports and protocol, or has them although its target is a function"
);
rule!(
    FIFO_PROPERTIES,
    "extensions" / "E3501",
    "fifo-properties",
    Error,
    "a queue has the name or the properties of the other kind of queue"
);
rule!(
    ALARM_PERIOD_INVALID,
    "extensions" / "E3615",
    "alarm-period-invalid",
    Error,
    "the period of an alarm is not one of those that CloudWatch has"
);
rule!(
    FARGATE_SCHEDULING,
    "extensions" / "E3044",
    "fargate-scheduling",
    Error,
    "a service on Fargate is not scheduled as replicas"
);
rule!(
    VIRTUAL_NAME_MALFORMED,
    "extensions" / "E3715",
    "virtual-name-malformed",
    Error,
    "a device has a virtual name that is no instance store"
);
rule!(TIMEOUT_TOO_LONG, "extensions" / "E3717", "timeout-too-long", Error, "a function may run longer than 15 minutes");
rule!(
    VALKEY_WITHOUT_ENCRYPTION,
    "extensions" / "E3704",
    "valkey-without-encryption",
    Error,
    "a Valkey replication group does not say whether it encrypts in transit"
);
rule!(
    S3_LOCATION_MISSING,
    "extensions" / "E3636",
    "s3-location-missing",
    Error,
    "a build project keeps artifacts in S3 but does not say where"
);
rule!(
    LOG_OPTIONS_INVALID,
    "extensions" / "E3046",
    "log-options-invalid",
    Error,
    "a container that logs to CloudWatch lacks the options of the driver, or has unknown ones"
);
rule!(
    TWO_PRIMARY_ADDRESSES,
    "extensions" / "E3674",
    "two-primary-addresses",
    Error,
    "an instance has its private address in two places"
);
rule!(
    CLASSIC_LISTENER_WITHOUT_CERTIFICATE,
    "extensions" / "E3679",
    "classic-listener-without-certificate",
    Error,
    "a listener of a classic load balancer for HTTPS or SSL has no certificate"
);
rule!(
    ONE_SUBNET_ONLY,
    "extensions" / "E3680",
    "one-subnet-only",
    Error,
    "an application load balancer stands in one subnet only"
);
rule!(
    GENEVE_PORT,
    "extensions" / "E3683",
    "geneve-port",
    Error,
    "a target group for GENEVE has another port than 6081"
);
rule!(
    HEALTH_CHECK_WITHOUT_HTTP,
    "extensions" / "E3684",
    "health-check-without-http",
    Error,
    "a health check that is not HTTP has settings of HTTP"
);
rule!(
    CACHE_ENGINE_VERSION_UNKNOWN,
    "extensions" / "E3695",
    "cache-engine-version-unknown",
    Error,
    "a cache cluster names an engine or a version that does not exist"
);
rule!(
    AUTHORIZER_CACHE_TIME,
    "extensions" / "E3718",
    "authorizer-cache-time",
    Error,
    "an authorizer keeps its results longer than allowed"
);
rule!(
    REPLICA_MODE_UNKNOWN,
    "extensions" / "E3721",
    "replica-mode-unknown",
    Error,
    "a replica of an Oracle or Db2 database has a mode that does not exist"
);
rule!(
    COOKIE_FORWARDING_UNKNOWN,
    "extensions" / "E3722",
    "cookie-forwarding-unknown",
    Error,
    "a cache behaviour forwards cookies in a way that does not exist"
);
rule!(
    METHOD_PATH_MALFORMED,
    "extensions" / "E3723",
    "method-path-malformed",
    Error,
    "the settings of a method are for a path that does not start with a slash"
);
rule!(
    STORAGE_CAPACITY_RANGE,
    "extensions" / "E3725",
    "storage-capacity-range",
    Error,
    "the storage of a file system is outside the range of its type"
);
rule!(
    HEALTH_CHECK_WITHOUT_ALARM,
    "extensions" / "E3661",
    "health-check-without-alarm",
    Error,
    "a health check of an alarm does not name the alarm"
);
rule!(LAYER_OF_AWS, "extensions" / "W3702", "layer-of-aws", Warning, "a layer has an ARN without region and account");
rule!(
    GATEWAY_TYPE_UNKNOWN,
    "extensions" / "W3703",
    "gateway-type-unknown",
    Warning,
    "a VPN gateway has another type than `ipsec.1`"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &THROUGHPUT_MISSING,
        &THROUGHPUT_ON_DEMAND,
        &REST_API_WITHOUT_NAME,
        &RECORD_VALUE_MALFORMED,
        &ALIAS_WITH_TTL,
        &ACL_WITHOUT_OWNERSHIP,
        &DB_CLASS_OF_OTHER_VERSION,
        &FARGATE_TASK_INCOMPLETE,
        &FARGATE_SIZE_INVALID,
        &PORTS_MISSING,
        &PORTS_IGNORED,
        &ONE_PORT_MINUS_ONE,
        &VOLUME_IOPS_INVALID,
        &INLINE_CODE_RUNTIME,
        &INLINE_CODE_WITHOUT_RUNTIME,
        &IMAGE_WITH_ZIP_PROPERTIES,
        &ENVIRONMENT_NAME_RESERVED,
        &SYSTEM_LOG_LEVEL_WITH_TEXT,
        &STREAM_WITHOUT_POSITION,
        &QUEUE_WITH_POSITION,
        &AURORA_INSTANCE_WITH_CLUSTER_PROPERTIES,
        &SCALING_OF_OTHER_MODE,
        &MONITORING_INCOMPLETE,
        &CLUSTER_ENGINE_VERSION_UNKNOWN,
        &INSTANCE_ENGINE_VERSION_UNKNOWN,
        &CLUSTER_ENGINE_VERSION_DEPRECATED,
        &INSTANCE_ENGINE_VERSION_DEPRECATED,
        &MULTI_AZ_CLUSTER_PROPERTIES,
        &AURORA_CLUSTER_PROPERTIES,
        &AURORA_SERVERLESS_IGNORED,
        &SNAPSHOT_WITH_USERNAME,
        &SOURCE_CLUSTER_WITH_CREDENTIALS,
        &BACKUP_RETENTION_INVALID,
        &KEY_WITHOUT_ENCRYPTION,
        &LISTENER_WITHOUT_CERTIFICATE,
        &TARGET_GROUP_PROPERTIES,
        &FIFO_PROPERTIES,
        &ALARM_PERIOD_INVALID,
        &FARGATE_SCHEDULING,
        &VIRTUAL_NAME_MALFORMED,
        &TIMEOUT_TOO_LONG,
        &VALKEY_WITHOUT_ENCRYPTION,
        &S3_LOCATION_MISSING,
        &LOG_OPTIONS_INVALID,
        &TWO_PRIMARY_ADDRESSES,
        &CLASSIC_LISTENER_WITHOUT_CERTIFICATE,
        &ONE_SUBNET_ONLY,
        &GENEVE_PORT,
        &HEALTH_CHECK_WITHOUT_HTTP,
        &CACHE_ENGINE_VERSION_UNKNOWN,
        &AUTHORIZER_CACHE_TIME,
        &REPLICA_MODE_UNKNOWN,
        &COOKIE_FORWARDING_UNKNOWN,
        &METHOD_PATH_MALFORMED,
        &STORAGE_CAPACITY_RANGE,
        &HEALTH_CHECK_WITHOUT_ALARM,
        &LAYER_OF_AWS,
        &GATEWAY_TYPE_UNKNOWN,
    ],
    checks: &[Check::Template(extensions)],
};

/// One rule of the table.
struct Extension {
    rule: &'static Rule,
    schema: &'static str,
    /// Whether everything that is wrong is said, or only what comes nearest to the point.
    every: bool,
    /// Why it is wrong, added to what is wrong.
    because: &'static str,
    /// Resource types, and paths below `Properties`.
    places: &'static [(&'static str, &'static [&'static str])],
}

fn extensions(cx: &mut Context<'_>) {
    for resource in cx.template.resources.iter() {
        let Some(kind) = resource.kind() else { continue };
        for extension in table::EXTENSIONS {
            let mut paths = extension.places.iter().filter(|place| place.0 == kind).peekable();
            if paths.peek().is_none() {
                continue;
            }
            let Some(schema) = store::named(extension.schema) else { continue };
            for (_, path) in paths {
                check(extension, schema, path, resource, cx);
            }
        }
    }
}

fn check<'a>(extension: &Extension, schema: SchemaNode, path: &[&str], resource: &Resource<'a>, cx: &mut Context<'a>) {
    let around = cx.surroundings();
    let mut found = Vec::new();
    for place in places(resource, path, around) {
        if path.is_empty() && place.node.as_map().is_none() {
            continue;
        }
        // The service takes the names of engines in any case.
        let violations = match place.in_lower_case("Engine") {
            Some(copy) => place.with(&copy).check(schema, around),
            None => place.check(schema, around),
        };
        let chosen: Vec<&Violation> =
            if extension.every { violations.iter().collect() } else { best::of(&violations).into_iter().collect() };
        found.extend(chosen.into_iter().map(|violation| diagnostic(extension, violation, &place, cx)));
    }
    cx.findings.list.extend(found);
}

fn diagnostic(extension: &Extension, violation: &Violation, place: &Place<'_>, cx: &Context<'_>) -> Diagnostic {
    let mut diagnostic = violations::diagnostic(extension.rule, violation, &cx.document.file);
    let because = extension.because;
    match &violation.kind {
        Kind::Not if place.node.get("PlacementConstraints").is_some() => {
            let key = place.node.entry("PlacementConstraints").map_or(violation.span, |e| e.key.span);
            diagnostic.message = format!("`PlacementConstraints` cannot be set here: {because}");
            diagnostic.span = key;
        }
        Kind::Not if violation.property.is_empty() => diagnostic.message = because.to_owned(),
        // The combination as a whole is what may not be: it is shown at the version, which decides.
        Kind::Excluded { name } if name.is_empty() => {
            if let Some(entry) = place.node.entry("EngineVersion") {
                let version = entry.value.scalar_text().unwrap_or_default();
                diagnostic.message = format!("`EngineVersion` is `{version}`: {because}");
                diagnostic.span = entry.value.span;
                diagnostic.reference_at(violation.span);
            } else {
                diagnostic.message = because.to_owned();
            }
        }
        _ if !because.is_empty() => diagnostic.message = format!("{}: {because}", diagnostic.message),
        _ => {}
    }
    if extension.every {
        let children = violation.children.iter();
        diagnostic.children =
            children.map(|child| violations::diagnostic(extension.rule, child, &cx.document.file)).collect();
    }
    diagnostic
}
