//! Tables, databases, caches, secrets: faults between a store and its indexes, replicas and settings, and between it and
//! what uses it.

mod databases;
mod names;
mod secrets;
mod tables;

use crate::intrinsics::Intrinsic;
use crate::rule::linking::{Look, show};
use crate::rule::{Check, Context, Family, rule};

rule!(
    LOCAL_INDEX_KEYS,
    "stores" / "SL157",
    "local-index-keys",
    Error,
    "the keys of a local index do not fit those of its table"
);
rule!(
    INDEX_PROJECTION,
    "stores" / "SL158",
    "index-projection",
    Error,
    "an index lists attributes although it does not copy a list, or has the name of another"
);
rule!(
    INDEX_UNITS,
    "stores" / "SL159",
    "index-units",
    Error,
    "an index has capacity units in a table that has none, or none in one that has"
);
rule!(
    INDEX_SLOWER_THAN_TABLE,
    "stores" / "SL160",
    "index-slower-than-table",
    Warning,
    "an index takes fewer writes than its table"
);
rule!(
    EXPIRY_NOT_A_NUMBER,
    "stores" / "SL161",
    "expiry-not-a-number",
    Warning,
    "the attribute by which items expire is a key or no number"
);
rule!(
    REPLICAS_WITHOUT_STREAM,
    "stores" / "SL162",
    "replicas-without-stream",
    Error,
    "a global table has replicas but no stream of new and old images"
);
rule!(
    FEW_KEY_VALUES,
    "stores" / "SL163",
    "few-key-values",
    Info,
    "the items of a table are spread by an attribute that has few values"
);
rule!(
    ZONE_BESIDE_MULTI_AZ,
    "stores" / "SL164",
    "zone-beside-multi-az",
    Error,
    "a database in two zones has a zone given"
);
rule!(
    DATABASE_REFUSED,
    "stores" / "SL165",
    "database-refused",
    Error,
    "the name of a database or its replica is one that the service refuses"
);
rule!(
    OPEN_DATABASE,
    "stores" / "SL166",
    "open-database",
    Warning,
    "a database has a public address, or its port is open to everyone"
);
rule!(
    PROTECTED_AND_DELETED,
    "stores" / "SL167",
    "protected-and-deleted",
    Info,
    "a resource that is protected against deletion is deleted with its stack"
);
rule!(
    CACHE_REFUSED,
    "stores" / "SL168",
    "cache-refused",
    Error,
    "a cache has settings that its engine or its number of nodes does not allow"
);
rule!(
    ARN_FOR_PASSWORD,
    "stores" / "SL169",
    "arn-for-password",
    Warning,
    "the ARN of a secret stands where its value is wanted"
);
rule!(
    SECRET_KEY_UNKNOWN,
    "stores" / "SL170",
    "secret-key-unknown",
    Error,
    "a dynamic reference names a key that the secret of the template does not have"
);
rule!(
    NAME_SPELLED_TWICE,
    "stores" / "SL171",
    "name-spelled-twice",
    Warning,
    "the name of a secret or parameter is spelled in two ways"
);
rule!(
    SECRET_IN_VARIABLE,
    "stores" / "SL172",
    "secret-in-variable",
    Warning,
    "a dynamic reference puts a secret into a readable variable"
);
rule!(
    SECRET_VALUE,
    "stores" / "SL173",
    "secret-value",
    Error,
    "a secret has two values, or one that stands in the template"
);
rule!(
    PARAMETER_TIER,
    "stores" / "SL174",
    "parameter-tier",
    Error,
    "a standard parameter has what only advanced ones have"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &LOCAL_INDEX_KEYS,
        &INDEX_PROJECTION,
        &INDEX_UNITS,
        &INDEX_SLOWER_THAN_TABLE,
        &EXPIRY_NOT_A_NUMBER,
        &REPLICAS_WITHOUT_STREAM,
        &FEW_KEY_VALUES,
        &ZONE_BESIDE_MULTI_AZ,
        &DATABASE_REFUSED,
        &OPEN_DATABASE,
        &PROTECTED_AND_DELETED,
        &CACHE_REFUSED,
        &ARN_FOR_PASSWORD,
        &SECRET_KEY_UNKNOWN,
        &NAME_SPELLED_TWICE,
        &SECRET_IN_VARIABLE,
        &SECRET_VALUE,
        &PARAMETER_TIER,
    ],
    checks: &[Check::Template(stores), Check::Call(&[Intrinsic::Sub], secrets::key)],
};

/// What looks at which type.
const LOOKS: &[(&str, Look)] = &[
    ("AWS::DynamoDB::GlobalTable", tables::replicas),
    ("AWS::DynamoDB::GlobalTable", tables::expiry),
    ("AWS::DynamoDB::GlobalTable", tables::spread),
    ("AWS::DynamoDB::Table", tables::local_indexes),
    ("AWS::DynamoDB::Table", tables::projections),
    ("AWS::DynamoDB::Table", tables::units),
    ("AWS::DynamoDB::Table", tables::writes),
    ("AWS::DynamoDB::Table", tables::expiry),
    ("AWS::DynamoDB::Table", tables::spread),
    ("AWS::EC2::SecurityGroup", databases::open_group),
    ("AWS::ECS::TaskDefinition", secrets::container),
    ("AWS::ElastiCache::CacheCluster", databases::cache),
    ("AWS::ElastiCache::ReplicationGroup", databases::cache_group),
    ("AWS::Lambda::Function", secrets::variables),
    ("AWS::RDS::DBCluster", databases::protected),
    ("AWS::RDS::DBCluster", secrets::password),
    ("AWS::RDS::DBInstance", databases::zone),
    ("AWS::RDS::DBInstance", databases::name),
    ("AWS::RDS::DBInstance", databases::replica),
    ("AWS::RDS::DBInstance", databases::public),
    ("AWS::RDS::DBInstance", databases::protected),
    ("AWS::RDS::DBInstance", secrets::password),
    ("AWS::SSM::Parameter", secrets::parameter),
    ("AWS::SecretsManager::Secret", secrets::value),
];

fn stores(cx: &mut Context<'_>) {
    show(LOOKS, cx);
    names::spellings(cx);
}
