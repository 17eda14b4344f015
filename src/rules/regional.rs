//! Types of instances and nodes that a region does not have.

use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Family, Rule, rule};
use crate::schema::store::{self, Case};
use crate::schema::walk::{Place, places};
use crate::syntax::Node;

rule!(
    DB_INSTANCE_CLASS_UNAVAILABLE,
    "regional" / "E3025",
    "db-instance-class-unavailable",
    Error,
    "a class of database instances that its engine does not have in the region"
);
rule!(
    BLOCKCHAIN_NODE_TYPE_UNAVAILABLE,
    "regional" / "E3617",
    "blockchain-node-type-unavailable",
    Error,
    "a type that the region does not have for nodes of blockchain networks"
);
rule!(
    DOCDB_INSTANCE_TYPE_UNAVAILABLE,
    "regional" / "E3620",
    "docdb-instance-type-unavailable",
    Error,
    "a type that the region does not have for DocumentDB instances"
);
rule!(
    APPSTREAM_FLEET_TYPE_UNAVAILABLE,
    "regional" / "E3621",
    "appstream-fleet-type-unavailable",
    Error,
    "a type that the region does not have for AppStream fleets"
);
rule!(
    EC2_INSTANCE_TYPE_UNAVAILABLE,
    "regional" / "E3628",
    "ec2-instance-type-unavailable",
    Error,
    "a type that the region does not have for EC2 instances"
);
rule!(
    NEPTUNE_INSTANCE_TYPE_UNAVAILABLE,
    "regional" / "E3635",
    "neptune-instance-type-unavailable",
    Error,
    "a type that the region does not have for Neptune instances"
);
rule!(
    SAGEMAKER_PROCESSING_TYPE_UNAVAILABLE,
    "regional" / "E3640",
    "sagemaker-processing-type-unavailable",
    Error,
    "a type that the region does not have for SageMaker processing jobs"
);
rule!(
    GAMELIFT_FLEET_TYPE_UNAVAILABLE,
    "regional" / "E3641",
    "gamelift-fleet-type-unavailable",
    Error,
    "a type that the region does not have for GameLift fleets"
);
rule!(
    SAGEMAKER_HOSTING_TYPE_UNAVAILABLE,
    "regional" / "E3642",
    "sagemaker-hosting-type-unavailable",
    Error,
    "a type that the region does not have for SageMaker endpoints"
);
rule!(
    SAGEMAKER_TRANSFORM_TYPE_UNAVAILABLE,
    "regional" / "E3643",
    "sagemaker-transform-type-unavailable",
    Error,
    "a type that the region does not have for SageMaker transform jobs"
);
rule!(
    SAGEMAKER_CLUSTER_TYPE_UNAVAILABLE,
    "regional" / "E3644",
    "sagemaker-cluster-type-unavailable",
    Error,
    "a type that the region does not have for SageMaker clusters"
);
rule!(
    ELASTICACHE_NODE_TYPE_UNAVAILABLE,
    "regional" / "E3647",
    "elasticache-node-type-unavailable",
    Error,
    "a type that the region does not have for ElastiCache nodes"
);
rule!(
    ELASTICSEARCH_INSTANCE_TYPE_UNAVAILABLE,
    "regional" / "E3652",
    "elasticsearch-instance-type-unavailable",
    Error,
    "a type that the region does not have for Elasticsearch domains"
);
rule!(
    OPENSEARCH_INSTANCE_TYPE_UNAVAILABLE,
    "regional" / "E3653",
    "opensearch-instance-type-unavailable",
    Error,
    "a type that the region does not have for OpenSearch domains"
);
rule!(
    REDSHIFT_NODE_TYPE_UNAVAILABLE,
    "regional" / "E3667",
    "redshift-node-type-unavailable",
    Error,
    "a type that the region does not have for Redshift nodes"
);
rule!(
    MQ_BROKER_TYPE_UNAVAILABLE,
    "regional" / "E3670",
    "mq-broker-type-unavailable",
    Error,
    "a type that the region does not have for message brokers"
);
rule!(
    DAX_NODE_TYPE_UNAVAILABLE,
    "regional" / "E3672",
    "dax-node-type-unavailable",
    Error,
    "a type that the region does not have for DAX nodes"
);
rule!(
    EMR_INSTANCE_TYPE_UNAVAILABLE,
    "regional" / "E3675",
    "emr-instance-type-unavailable",
    Error,
    "a type that the region does not have for EMR instances"
);
rule!(
    DB_CLUSTER_CLASS_UNAVAILABLE,
    "regional" / "E3694",
    "db-cluster-class-unavailable",
    Error,
    "a class of database cluster instances that its engine does not have in the region"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &DB_INSTANCE_CLASS_UNAVAILABLE,
        &BLOCKCHAIN_NODE_TYPE_UNAVAILABLE,
        &DOCDB_INSTANCE_TYPE_UNAVAILABLE,
        &APPSTREAM_FLEET_TYPE_UNAVAILABLE,
        &EC2_INSTANCE_TYPE_UNAVAILABLE,
        &NEPTUNE_INSTANCE_TYPE_UNAVAILABLE,
        &SAGEMAKER_PROCESSING_TYPE_UNAVAILABLE,
        &GAMELIFT_FLEET_TYPE_UNAVAILABLE,
        &SAGEMAKER_HOSTING_TYPE_UNAVAILABLE,
        &SAGEMAKER_TRANSFORM_TYPE_UNAVAILABLE,
        &SAGEMAKER_CLUSTER_TYPE_UNAVAILABLE,
        &ELASTICACHE_NODE_TYPE_UNAVAILABLE,
        &ELASTICSEARCH_INSTANCE_TYPE_UNAVAILABLE,
        &OPENSEARCH_INSTANCE_TYPE_UNAVAILABLE,
        &REDSHIFT_NODE_TYPE_UNAVAILABLE,
        &MQ_BROKER_TYPE_UNAVAILABLE,
        &DAX_NODE_TYPE_UNAVAILABLE,
        &EMR_INSTANCE_TYPE_UNAVAILABLE,
        &DB_CLUSTER_CLASS_UNAVAILABLE,
    ],
    checks: &[Check::Template(regional)],
};

/// One rule: which values are meant, and where they stand.
struct Table {
    rule: &'static Rule,
    values: &'static str,
    /// Resource types, and paths below `Properties`.
    places: &'static [(&'static str, &'static [&'static str])],
}

const TABLES: &[Table] = &[
    Table {
        rule: &DB_INSTANCE_CLASS_UNAVAILABLE,
        values: "regional/aws_rds_dbinstance/dbinstanceclass_enum",
        places: &[("AWS::RDS::DBInstance", &[])],
    },
    Table {
        rule: &BLOCKCHAIN_NODE_TYPE_UNAVAILABLE,
        values: "regional/aws_managedblockchain_node/nodeconfiguration_instancetype_enum",
        places: &[("AWS::ManagedBlockchain::Node", &["NodeConfiguration", "InstanceType"])],
    },
    Table {
        rule: &DOCDB_INSTANCE_TYPE_UNAVAILABLE,
        values: "regional/aws_docdb_dbinstance/dbinstanceclass_enum",
        places: &[("AWS::DocDB::DBInstance", &["DBInstanceClass"])],
    },
    Table {
        rule: &APPSTREAM_FLEET_TYPE_UNAVAILABLE,
        values: "regional/aws_appstream_fleet/instancetype_enum",
        places: &[("AWS::AppStream::Fleet", &["InstanceType"])],
    },
    Table {
        rule: &EC2_INSTANCE_TYPE_UNAVAILABLE,
        values: "regional/aws_ec2_instance/instancetype_enum",
        places: &[
            ("AWS::EC2::Instance", &["InstanceType"]),
            ("AWS::EC2::LaunchTemplate", &["LaunchTemplateData", "InstanceType"]),
            ("AWS::EC2::EC2Fleet", &["LaunchTemplateConfigs", "*", "Overrides", "*", "InstanceType"]),
            ("AWS::EC2::CapacityReservationFleet", &["InstanceTypeSpecifications", "*", "InstanceType"]),
            ("AWS::GameLift::GameServerGroup", &["InstanceDefinitions", "*", "InstanceType"]),
        ],
    },
    Table {
        rule: &NEPTUNE_INSTANCE_TYPE_UNAVAILABLE,
        values: "regional/aws_neptune_dbinstance/dbinstanceclass_enum",
        places: &[("AWS::Neptune::DBInstance", &["DBInstanceClass"])],
    },
    Table {
        rule: &SAGEMAKER_PROCESSING_TYPE_UNAVAILABLE,
        values: "regional/aws_sagemaker_processing/instancetype_enum",
        places: &[
            ("AWS::SageMaker::DataQualityJobDefinition", &["JobResources", "ClusterConfig", "InstanceType"]),
            ("AWS::SageMaker::ModelBiasJobDefinition", &["JobResources", "ClusterConfig", "InstanceType"]),
            ("AWS::SageMaker::ModelExplainabilityJobDefinition", &["JobResources", "ClusterConfig", "InstanceType"]),
            ("AWS::SageMaker::ModelQualityJobDefinition", &["JobResources", "ClusterConfig", "InstanceType"]),
            (
                "AWS::SageMaker::MonitoringSchedule",
                &[
                    "MonitoringScheduleConfig",
                    "MonitoringJobDefinition",
                    "MonitoringResources",
                    "ClusterConfig",
                    "InstanceType",
                ],
            ),
        ],
    },
    Table {
        rule: &GAMELIFT_FLEET_TYPE_UNAVAILABLE,
        values: "regional/aws_gamelift_fleet/ec2instancetype_enum",
        places: &[("AWS::GameLift::Fleet", &["EC2InstanceType"])],
    },
    Table {
        rule: &SAGEMAKER_HOSTING_TYPE_UNAVAILABLE,
        values: "regional/aws_sagemaker_hosting/instancetype_enum",
        places: &[(
            "AWS::SageMaker::InferenceExperiment",
            &["ModelVariants", "*", "InfrastructureConfig", "RealTimeInferenceConfig", "InstanceType"],
        )],
    },
    Table {
        rule: &SAGEMAKER_TRANSFORM_TYPE_UNAVAILABLE,
        values: "regional/aws_sagemaker_transform/instancetype_enum",
        places: &[(
            "AWS::SageMaker::ModelPackage",
            &[
                "ValidationSpecification",
                "ValidationProfiles",
                "*",
                "TransformJobDefinition",
                "TransformResources",
                "InstanceType",
            ],
        )],
    },
    Table {
        rule: &SAGEMAKER_CLUSTER_TYPE_UNAVAILABLE,
        values: "regional/aws_sagemaker_cluster/instancetype_enum",
        places: &[
            ("AWS::SageMaker::Cluster", &["InstanceGroups", "*", "InstanceType"]),
            ("AWS::SageMaker::Cluster", &["RestrictedInstanceGroups", "*", "InstanceType"]),
        ],
    },
    Table {
        rule: &ELASTICACHE_NODE_TYPE_UNAVAILABLE,
        values: "regional/aws_elasticache_cachecluster/cachenodetype_enum",
        places: &[("AWS::ElastiCache::CacheCluster", &["CacheNodeType"])],
    },
    Table {
        rule: &ELASTICSEARCH_INSTANCE_TYPE_UNAVAILABLE,
        values: "regional/aws_elasticsearch_domain/elasticsearchclusterconfig_instancetype_enum",
        places: &[("AWS::Elasticsearch::Domain", &["ElasticsearchClusterConfig", "InstanceType"])],
    },
    Table {
        rule: &OPENSEARCH_INSTANCE_TYPE_UNAVAILABLE,
        values: "regional/aws_opensearchservice_domain/clusterconfig_instancetype_enum",
        places: &[("AWS::OpenSearchService::Domain", &["ClusterConfig", "InstanceType"])],
    },
    Table {
        rule: &REDSHIFT_NODE_TYPE_UNAVAILABLE,
        values: "regional/aws_redshift_cluster/nodetype_enum",
        places: &[("AWS::Redshift::Cluster", &["NodeType"])],
    },
    Table {
        rule: &MQ_BROKER_TYPE_UNAVAILABLE,
        values: "regional/aws_amazonmq_broker/instancetype_enum",
        places: &[("AWS::AmazonMQ::Broker", &["HostInstanceType"])],
    },
    Table {
        rule: &DAX_NODE_TYPE_UNAVAILABLE,
        values: "regional/aws_dax_cluster/nodetype_enum",
        places: &[("AWS::DAX::Cluster", &["NodeType"])],
    },
    Table {
        rule: &EMR_INSTANCE_TYPE_UNAVAILABLE,
        values: "regional/aws_emr_cluster/instancetypeconfig_instancetype_enum",
        places: &[
            ("AWS::EMR::Cluster", &["Instances", "CoreInstanceFleet", "InstanceTypeConfigs", "*", "InstanceType"]),
            ("AWS::EMR::Cluster", &["Instances", "CoreInstanceGroup", "InstanceType"]),
            (
                "AWS::EMR::Cluster",
                &["Instances", "TaskInstanceFleets", "*", "InstanceTypeConfigs", "*", "InstanceType"],
            ),
            ("AWS::EMR::Cluster", &["Instances", "TaskInstanceGroups", "*", "InstanceType"]),
        ],
    },
    Table {
        rule: &DB_CLUSTER_CLASS_UNAVAILABLE,
        values: "regional/aws_rds_dbcluster/dbclusterinstanceclass_enum",
        places: &[("AWS::RDS::DBCluster", &[])],
    },
];

fn regional(cx: &mut Context<'_>) {
    for resource in cx.template.resources.iter() {
        let Some(kind) = resource.kind() else { continue };
        for table in TABLES {
            for (_, path) in table.places.iter().filter(|place| place.0 == kind) {
                let around = cx.surroundings();
                for place in places(resource, path, around) {
                    check(table, &place, cx);
                }
            }
        }
    }
}

fn check<'a>(table: &Table, place: &Place<'a>, cx: &mut Context<'a>) {
    let Some(values) = store::regional(table.values) else { return };
    for case in values.cases() {
        let around = cx.surroundings();
        if let Some(condition) = case.condition() {
            // The service takes the names of engines in any case.
            let fits = match place.in_lower_case("Engine") {
                Some(copy) => place.with(&copy).fits(condition, around),
                None => place.fits(condition, around),
            };
            if fits != Some(true) {
                continue;
            }
        }
        let node = match case.property() {
            Some(name) => place.node.get(name),
            None => Some(place.node),
        };
        if let Some((node, text)) = node.and_then(|node| Some((node, node.as_str()?))) {
            value(table, case, node, text, cx);
        }
    }
}

fn value(table: &Table, case: Case, node: &Node, text: &str, cx: &mut Context<'_>) {
    if crate::intrinsics::dynamic::contains(text) {
        return;
    }
    let lacking: Vec<&str> = cx
        .options
        .regions
        .iter()
        .map(String::as_str)
        .filter(|region| case.allows(text, region) == Some(false))
        .collect();
    let Some(first) = lacking.first() else { return };
    let message = match lacking.len() {
        1 => format!("`{text}` is not available here in `{first}`"),
        more => format!("`{text}` is not available here in `{first}` and {} more regions", more - 1),
    };
    let near = nearest(text, case.values(first)).map(|near| format!("Did you mean `{near}`?"));
    let finding = cx.report(table.rule, node.span, message);
    if let Some(near) = near {
        finding.help(near);
    }
}
