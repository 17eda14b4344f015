//! What AWS's documentation says in prose and no schema does: short lists kept by hand.

/// What happens to a resource that is removed when nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeletionDefault {
    /// It is deleted.
    Delete,
    /// A snapshot is made first.
    Snapshot,
    /// A snapshot is made first, unless the instance belongs to a cluster (`DBClusterIdentifier`).
    SnapshotOutsideCluster,
}

/// The acknowledgement that IAM resources need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// The property that names the resource and so asks for `CAPABILITY_NAMED_IAM`.
    pub name_property: Option<&'static str>,
}

/// Types of which deletion can leave a snapshot.
///
/// Source: CloudFormation user guide, "DeletionPolicy attribute".
const SNAPSHOTS: &[&str] = &[
    "AWS::DocDB::DBCluster",
    "AWS::EC2::Volume",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
];

/// Types that hold what people made, beyond those of the service specification. Inferred from what the services are.
const HOLDS_DATA: &[&str] = &[
    "AWS::Cassandra::Keyspace",
    "AWS::Cassandra::Table",
    "AWS::CodeCommit::Repository",
    "AWS::CloudTrail::EventDataStore",
    "AWS::DSQL::Cluster",
    "AWS::DocDBElastic::Cluster",
    "AWS::ECR::Repository",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::KinesisVideo::Stream",
    "AWS::Lightsail::Bucket",
    "AWS::Lightsail::Database",
    "AWS::MSK::Cluster",
    "AWS::MSK::ServerlessCluster",
    "AWS::MemoryDB::Cluster",
    "AWS::NeptuneGraph::Graph",
    "AWS::OpenSearchServerless::Collection",
    "AWS::RDS::GlobalCluster",
    "AWS::RedshiftServerless::Namespace",
    "AWS::S3Express::DirectoryBucket",
    "AWS::S3Tables::Table",
    "AWS::S3Tables::TableBucket",
    "AWS::S3Vectors::VectorBucket",
    "AWS::Timestream::Database",
    "AWS::Timestream::InfluxDBInstance",
    "AWS::Timestream::Table",
];

/// Types with the property that forbids deletion. Source: the pages of the types in the template reference.
const PROTECTION: &[(&str, &str)] = &[
    ("AWS::Cognito::UserPool", "DeletionProtection"),
    ("AWS::DSQL::Cluster", "DeletionProtectionEnabled"),
    ("AWS::DocDB::DBCluster", "DeletionProtection"),
    ("AWS::DynamoDB::Table", "DeletionProtectionEnabled"),
    ("AWS::Neptune::DBCluster", "DeletionProtection"),
    ("AWS::NeptuneGraph::Graph", "DeletionProtection"),
    ("AWS::QLDB::Ledger", "DeletionProtection"),
    ("AWS::RDS::DBCluster", "DeletionProtection"),
    ("AWS::RDS::DBInstance", "DeletionProtection"),
    ("AWS::RDS::GlobalCluster", "DeletionProtection"),
];

/// IAM types with the property that names the resource.
///
/// Source: CloudFormation user guide, "Acknowledging IAM resources".
const CAPABILITIES: &[(&str, Option<&str>)] = &[
    ("AWS::IAM::AccessKey", None),
    ("AWS::IAM::Group", Some("GroupName")),
    ("AWS::IAM::InstanceProfile", Some("InstanceProfileName")),
    ("AWS::IAM::ManagedPolicy", Some("ManagedPolicyName")),
    ("AWS::IAM::Policy", None),
    ("AWS::IAM::Role", Some("RoleName")),
    ("AWS::IAM::User", Some("UserName")),
    ("AWS::IAM::UserToGroupAddition", None),
];

/// Whether CloudFormation can make a snapshot of such a resource before it removes it. *Documented.*
pub fn can_snapshot(type_name: &str) -> bool {
    SNAPSHOTS.contains(&type_name)
}

pub(super) fn holds_data(type_name: &str) -> bool {
    HOLDS_DATA.contains(&type_name)
}

pub(super) fn deletion_default(type_name: &str) -> DeletionDefault {
    match type_name {
        "AWS::RDS::DBCluster" => DeletionDefault::Snapshot,
        "AWS::RDS::DBInstance" => DeletionDefault::SnapshotOutsideCluster,
        _ => DeletionDefault::Delete,
    }
}

pub(super) fn deletion_protection(type_name: &str) -> Option<&'static str> {
    PROTECTION.iter().find(|(known, _)| *known == type_name).map(|(_, property)| *property)
}

pub(super) fn capability(type_name: &str) -> Option<Capability> {
    let (_, name_property) = CAPABILITIES.iter().find(|(known, _)| *known == type_name)?;
    Some(Capability { name_property: *name_property })
}

#[cfg(test)]
pub(super) fn named_types() -> impl Iterator<Item = &'static str> {
    let more = PROTECTION.iter().map(|(name, _)| *name).chain(CAPABILITIES.iter().map(|(name, _)| *name));
    SNAPSHOTS.iter().chain(HOLDS_DATA).copied().chain(more)
}
