//! The rules as data: where each one looks and which schema holds there.

use super::{
    ACL_WITHOUT_OWNERSHIP,
    ALARM_PERIOD_INVALID,
    ALIAS_WITH_TTL,
    AURORA_CLUSTER_PROPERTIES,
    AURORA_INSTANCE_WITH_CLUSTER_PROPERTIES,
    AURORA_SERVERLESS_IGNORED,
    AUTHORIZER_CACHE_TIME,
    BACKUP_RETENTION_INVALID,
    CACHE_ENGINE_VERSION_UNKNOWN,
    CLASSIC_LISTENER_WITHOUT_CERTIFICATE,
    CLUSTER_ENGINE_VERSION_DEPRECATED,
    CLUSTER_ENGINE_VERSION_UNKNOWN,
    COOKIE_FORWARDING_UNKNOWN,
    ENVIRONMENT_NAME_RESERVED,
    Extension,
    FARGATE_SCHEDULING,
    FARGATE_SIZE_INVALID,
    FARGATE_TASK_INCOMPLETE,
    FIFO_PROPERTIES,
    GATEWAY_TYPE_UNKNOWN,
    GENEVE_PORT,
    HEALTH_CHECK_WITHOUT_ALARM,
    HEALTH_CHECK_WITHOUT_HTTP,
    IMAGE_WITH_ZIP_PROPERTIES,
    INLINE_CODE_RUNTIME,
    INLINE_CODE_WITHOUT_RUNTIME,
    INSTANCE_ENGINE_VERSION_DEPRECATED,
    INSTANCE_ENGINE_VERSION_UNKNOWN,
    KEY_WITHOUT_ENCRYPTION,
    LAYER_OF_AWS,
    LISTENER_WITHOUT_CERTIFICATE,
    LOG_OPTIONS_INVALID,
    METHOD_PATH_MALFORMED,
    MONITORING_INCOMPLETE,
    MULTI_AZ_CLUSTER_PROPERTIES,
    ONE_PORT_MINUS_ONE,
    ONE_SUBNET_ONLY,
    PORTS_IGNORED,
    PORTS_MISSING,
    QUEUE_WITH_POSITION,
    RECORD_VALUE_MALFORMED,
    REPLICA_MODE_UNKNOWN,
    REST_API_WITHOUT_NAME,
    S3_LOCATION_MISSING,
    SCALING_OF_OTHER_MODE,
    SNAPSHOT_WITH_USERNAME,
    SOURCE_CLUSTER_WITH_CREDENTIALS,
    STORAGE_CAPACITY_RANGE,
    STREAM_WITHOUT_POSITION,
    SYSTEM_LOG_LEVEL_WITH_TEXT,
    TARGET_GROUP_PROPERTIES,
    THROUGHPUT_MISSING,
    THROUGHPUT_ON_DEMAND,
    TIMEOUT_TOO_LONG,
    TWO_PRIMARY_ADDRESSES,
    VALKEY_WITHOUT_ENCRYPTION,
    VIRTUAL_NAME_MALFORMED,
    VOLUME_IOPS_INVALID,
};

/// Every rule of the family that is a schema.
pub(super) static EXTENSIONS: &[Extension] = &[
    Extension {
        rule: &THROUGHPUT_MISSING,
        schema: "extensions/aws_dynamodb_table/billingmode_provisioned_dependent",
        every: false,
        because: "a table is billed for provisioned throughput unless `BillingMode` is `PAY_PER_REQUEST`",
        places: &[
            ("AWS::DynamoDB::Table", &[]),
        ],
    },
    Extension {
        rule: &THROUGHPUT_ON_DEMAND,
        schema: "extensions/aws_dynamodb_table/billingmode_exclusive",
        every: false,
        because: "the table is billed per request",
        places: &[
            ("AWS::DynamoDB::Table", &[]),
        ],
    },
    Extension {
        rule: &REST_API_WITHOUT_NAME,
        schema: "extensions/aws_apigateway_restapi/openapi_properties",
        every: false,
        because: "neither `Body` nor `BodyS3Location` gives it",
        places: &[
            ("AWS::ApiGateway::RestApi", &[]),
        ],
    },
    Extension {
        rule: &RECORD_VALUE_MALFORMED,
        schema: "extensions/aws_route53_recordset/recordset_pattern",
        every: true,
        because: "",
        places: &[
            ("AWS::Route53::RecordSet", &[]),
            ("AWS::Route53::RecordSetGroup", &["RecordSets", "*"]),
        ],
    },
    Extension {
        rule: &ALIAS_WITH_TTL,
        schema: "extensions/aws_route53_recordset/recordset_alias",
        every: false,
        because: "an alias record takes the time to live of its target",
        places: &[
            ("AWS::Route53::RecordSet", &[]),
            ("AWS::Route53::RecordSetGroup", &["RecordSets", "*"]),
        ],
    },
    Extension {
        rule: &ACL_WITHOUT_OWNERSHIP,
        schema: "extensions/aws_s3_bucket/ownershipcontrols",
        every: false,
        because: "new buckets refuse access control lists unless `OwnershipControls` allows them",
        places: &[
            ("AWS::S3::Bucket", &[]),
        ],
    },
    Extension {
        rule: &FARGATE_TASK_INCOMPLETE,
        schema: "extensions/aws_ecs_taskdefinition/fargate_properties",
        every: true,
        because: "the task is to run on Fargate",
        places: &[
            ("AWS::ECS::TaskDefinition", &[]),
        ],
    },
    Extension {
        rule: &FARGATE_SIZE_INVALID,
        schema: "extensions/aws_ecs_taskdefinition/fargate_cpu_memory",
        every: false,
        because: "Fargate offers only certain amounts of memory for each amount of CPU",
        places: &[
            ("AWS::ECS::TaskDefinition", &[]),
        ],
    },
    Extension {
        rule: &PORTS_MISSING,
        schema: "extensions/aws_ec2_securitygroup/protocols_and_port_ranges_include",
        every: false,
        because: "the protocol has ports",
        places: &[
            ("AWS::EC2::SecurityGroup", &["SecurityGroupIngress", "*"]),
            ("AWS::EC2::SecurityGroup", &["SecurityGroupEgress", "*"]),
            ("AWS::EC2::SecurityGroupEgress", &[]),
            ("AWS::EC2::SecurityGroupIngress", &[]),
        ],
    },
    Extension {
        rule: &PORTS_IGNORED,
        schema: "extensions/aws_ec2_securitygroup/protocols_and_port_ranges_exclude",
        every: false,
        because: "ports are ignored for this protocol, so the rule opens more than it says",
        places: &[
            ("AWS::EC2::SecurityGroup", &["SecurityGroupIngress", "*"]),
            ("AWS::EC2::SecurityGroup", &["SecurityGroupEgress", "*"]),
            ("AWS::EC2::SecurityGroupEgress", &[]),
            ("AWS::EC2::SecurityGroupIngress", &[]),
        ],
    },
    Extension {
        rule: &ONE_PORT_MINUS_ONE,
        schema: "extensions/aws_ec2_securitygroup/all_to_and_from_ports",
        every: false,
        because: "-1 stands for all ports and must be both ends",
        places: &[
            ("AWS::EC2::SecurityGroup", &["SecurityGroupIngress", "*"]),
            ("AWS::EC2::SecurityGroup", &["SecurityGroupEgress", "*"]),
            ("AWS::EC2::SecurityGroupEgress", &[]),
            ("AWS::EC2::SecurityGroupIngress", &[]),
        ],
    },
    Extension {
        rule: &VOLUME_IOPS_INVALID,
        schema: "extensions/aws_ec2_instance/blockdevicemappings",
        every: false,
        because: "this is decided by `VolumeType`",
        places: &[
            ("AWS::AutoScaling::LaunchConfiguration", &["BlockDeviceMappings", "*", "Ebs"]),
            ("AWS::EC2::Instance", &["BlockDeviceMappings", "*", "Ebs"]),
            ("AWS::EC2::LaunchTemplate", &["LaunchTemplateData", "BlockDeviceMappings", "*", "Ebs"]),
            ("AWS::EC2::SpotFleet", &["SpotFleetRequestConfigData", "LaunchSpecifications", "*", "BlockDeviceMappings", "*", "Ebs"]),
            ("AWS::OpsWorks::Instance", &["BlockDeviceMappings", "*", "Ebs"]),
        ],
    },
    Extension {
        rule: &INLINE_CODE_RUNTIME,
        schema: "extensions/aws_lambda_function/zipfile_runtime_enum",
        every: false,
        because: "inline code works for Node.js and Python only",
        places: &[
            ("AWS::Lambda::Function", &[]),
            ("AWS::Serverless::Function", &[]),
        ],
    },
    Extension {
        rule: &INLINE_CODE_WITHOUT_RUNTIME,
        schema: "extensions/aws_lambda_function/zipfile_runtime_exists",
        every: false,
        because: "inline code needs one",
        places: &[
            ("AWS::Lambda::Function", &[]),
            ("AWS::Serverless::Function", &[]),
        ],
    },
    Extension {
        rule: &IMAGE_WITH_ZIP_PROPERTIES,
        schema: "extensions/aws_lambda_function/packagetype_image_exclusions",
        every: false,
        because: "the image brings its own",
        places: &[
            ("AWS::Lambda::Function", &[]),
            ("AWS::Serverless::Function", &[]),
        ],
    },
    Extension {
        rule: &ENVIRONMENT_NAME_RESERVED,
        schema: "extensions/aws_lambda_function/environment_variable_keys",
        every: true,
        because: "Lambda sets it itself",
        places: &[
            ("AWS::Lambda::Function", &["Environment", "Variables"]),
            ("AWS::Serverless::Function", &["Environment", "Variables"]),
        ],
    },
    Extension {
        rule: &SYSTEM_LOG_LEVEL_WITH_TEXT,
        schema: "extensions/aws_lambda_function/loglevel_logformat",
        every: false,
        because: "log levels need `LogFormat: JSON`",
        places: &[
            ("AWS::Lambda::Function", &[]),
            ("AWS::Serverless::Function", &[]),
        ],
    },
    Extension {
        rule: &STREAM_WITHOUT_POSITION,
        schema: "extensions/aws_lambda_eventsourcemapping/eventsourcearn_stream_inclusive",
        every: false,
        because: "the source is a stream",
        places: &[
            ("AWS::Lambda::EventSourceMapping", &[]),
        ],
    },
    Extension {
        rule: &QUEUE_WITH_POSITION,
        schema: "extensions/aws_lambda_eventsourcemapping/eventsourcearn_sqs_exclusive",
        every: false,
        because: "a queue has no position to start at",
        places: &[
            ("AWS::Lambda::EventSourceMapping", &[]),
        ],
    },
    Extension {
        rule: &AURORA_INSTANCE_WITH_CLUSTER_PROPERTIES,
        schema: "extensions/aws_rds_dbinstance/aurora_exclusive",
        every: false,
        because: "`AllocatedStorage`, `CopyTagsToSnapshot`, `DeletionProtection`, `EnableIAMDatabaseAuthentication` and `MasterUserPassword` belong to the Aurora cluster",
        places: &[
            ("AWS::RDS::DBInstance", &[]),
        ],
    },
    Extension {
        rule: &SCALING_OF_OTHER_MODE,
        schema: "extensions/aws_rds_dbcluster/serverless_exclusive",
        every: false,
        because: "it belongs to another `EngineMode`",
        places: &[
            ("AWS::RDS::DBCluster", &[]),
        ],
    },
    Extension {
        rule: &MONITORING_INCOMPLETE,
        schema: "extensions/aws_rds_dbcluster/monitoring",
        every: false,
        because: "interval and role go together",
        places: &[
            ("AWS::RDS::DBCluster", &[]),
        ],
    },
    Extension {
        rule: &CLUSTER_ENGINE_VERSION_UNKNOWN,
        schema: "extensions/aws_rds_dbcluster/engine_version",
        every: true,
        because: "",
        places: &[
            ("AWS::RDS::DBCluster", &[]),
        ],
    },
    Extension {
        rule: &INSTANCE_ENGINE_VERSION_UNKNOWN,
        schema: "extensions/aws_rds_dbinstance/engine_version",
        every: true,
        because: "",
        places: &[
            ("AWS::RDS::DBInstance", &[]),
        ],
    },
    Extension {
        rule: &CLUSTER_ENGINE_VERSION_DEPRECATED,
        schema: "extensions/aws_rds_dbcluster/engine_version_deprecated",
        every: false,
        because: "the version is deprecated",
        places: &[
            ("AWS::RDS::DBCluster", &[]),
        ],
    },
    Extension {
        rule: &INSTANCE_ENGINE_VERSION_DEPRECATED,
        schema: "extensions/aws_rds_dbinstance/engine_version_deprecated",
        every: false,
        because: "the version is deprecated",
        places: &[
            ("AWS::RDS::DBInstance", &[]),
        ],
    },
    Extension {
        rule: &MULTI_AZ_CLUSTER_PROPERTIES,
        schema: "extensions/aws_rds_dbcluster/multiaz",
        every: true,
        because: "it is a multi-AZ cluster of MySQL or PostgreSQL",
        places: &[
            ("AWS::RDS::DBCluster", &[]),
        ],
    },
    Extension {
        rule: &AURORA_CLUSTER_PROPERTIES,
        schema: "extensions/aws_rds_dbcluster/aurora",
        every: true,
        because: "Aurora manages it itself",
        places: &[
            ("AWS::RDS::DBCluster", &[]),
        ],
    },
    Extension {
        rule: &AURORA_SERVERLESS_IGNORED,
        schema: "extensions/aws_rds_dbcluster/aurora_warning",
        every: true,
        because: "a serverless v1 cluster ignores it",
        places: &[
            ("AWS::RDS::DBCluster", &[]),
        ],
    },
    Extension {
        rule: &SNAPSHOT_WITH_USERNAME,
        schema: "extensions/aws_rds_dbcluster/snapshotidentifier",
        every: false,
        because: "the snapshot brings the user name",
        places: &[
            ("AWS::RDS::DBCluster", &[]),
        ],
    },
    Extension {
        rule: &SOURCE_CLUSTER_WITH_CREDENTIALS,
        schema: "extensions/aws_rds_dbcluster/sourcedbclusteridentifier",
        every: false,
        because: "the source cluster brings it",
        places: &[
            ("AWS::RDS::DBCluster", &[]),
        ],
    },
    Extension {
        rule: &BACKUP_RETENTION_INVALID,
        schema: "extensions/aws_rds_dbinstance/backupretentionperiod_maximum",
        every: true,
        because: "backups are kept for at most 35 days, and by the cluster where there is one",
        places: &[
            ("AWS::RDS::DBInstance", &[]),
        ],
    },
    Extension {
        rule: &KEY_WITHOUT_ENCRYPTION,
        schema: "extensions/aws_rds_dbinstance/kmskey_storageencrypted",
        every: false,
        because: "`KmsKeyId` is set",
        places: &[
            ("AWS::RDS::DBInstance", &[]),
        ],
    },
    Extension {
        rule: &LISTENER_WITHOUT_CERTIFICATE,
        schema: "extensions/aws_elasticloadbalancingv2_listener/certificate",
        every: true,
        because: "the protocol is encrypted",
        places: &[
            ("AWS::ElasticLoadBalancingV2::Listener", &[]),
        ],
    },
    Extension {
        rule: &TARGET_GROUP_PROPERTIES,
        schema: "extensions/aws_elasticloadbalancingv2_targetgroup/targettype_restrictions",
        every: true,
        because: "this is decided by `TargetType`",
        places: &[
            ("AWS::ElasticLoadBalancingV2::TargetGroup", &[]),
        ],
    },
    Extension {
        rule: &FIFO_PROPERTIES,
        schema: "extensions/aws_sqs_queue/properties",
        every: true,
        because: "this is decided by `FifoQueue`",
        places: &[
            ("AWS::SQS::Queue", &[]),
        ],
    },
    Extension {
        rule: &ALARM_PERIOD_INVALID,
        schema: "extensions/aws_cloudwatch_alarm/period",
        every: false,
        because: "a period is 10, 30 or a multiple of 60 seconds",
        places: &[
            ("AWS::CloudWatch::Alarm", &[]),
        ],
    },
    Extension {
        rule: &FARGATE_SCHEDULING,
        schema: "extensions/aws_ecs_service/fargate",
        every: true,
        because: "Fargate and external deployment controllers schedule replicas only",
        places: &[
            ("AWS::ECS::Service", &[]),
        ],
    },
    Extension {
        rule: &VIRTUAL_NAME_MALFORMED,
        schema: "extensions/aws_ec2_instance/virtualname_ephemeral",
        every: false,
        because: "virtual names are `ephemeral0` to `ephemeral23`",
        places: &[
            ("AWS::EC2::Instance", &["BlockDeviceMappings", "*"]),
            ("AWS::EC2::LaunchTemplate", &["LaunchTemplateData", "BlockDeviceMappings", "*"]),
            ("AWS::EC2::SpotFleet", &["SpotFleetRequestConfigData", "LaunchSpecifications", "*", "BlockDeviceMappings", "*"]),
            ("AWS::AutoScaling::LaunchConfiguration", &["BlockDeviceMappings", "*"]),
            ("AWS::OpsWorks::Instance", &["BlockDeviceMappings", "*"]),
        ],
    },
    Extension {
        rule: &TIMEOUT_TOO_LONG,
        schema: "extensions/aws_lambda_function/capacity_provider_timeout",
        every: false,
        because: "only functions on a capacity provider run longer than 15 minutes",
        places: &[
            ("AWS::Lambda::Function", &[]),
        ],
    },
    Extension {
        rule: &VALKEY_WITHOUT_ENCRYPTION,
        schema: "extensions/aws_elasticache_replicationgroup/transitencryptionenabled_valkey",
        every: true,
        because: "the engine is Valkey",
        places: &[
            ("AWS::ElastiCache::ReplicationGroup", &[]),
        ],
    },
    Extension {
        rule: &S3_LOCATION_MISSING,
        schema: "extensions/aws_codebuild_project/s3_locations",
        every: false,
        because: "the type is `S3`",
        places: &[
            ("AWS::CodeBuild::Project", &["Artifacts"]),
            ("AWS::CodeBuild::Project", &["Source"]),
        ],
    },
    Extension {
        rule: &LOG_OPTIONS_INVALID,
        schema: "extensions/aws_ecs_taskdefinition/logging_configuration",
        every: true,
        because: "the log driver is `awslogs`",
        places: &[
            ("AWS::ECS::TaskDefinition", &["ContainerDefinitions", "*", "LogConfiguration"]),
        ],
    },
    Extension {
        rule: &TWO_PRIMARY_ADDRESSES,
        schema: "extensions/aws_ec2_instance/privateipaddress",
        every: false,
        because: "`PrivateIpAddress` already gives the primary address",
        places: &[
            ("AWS::EC2::Instance", &[]),
            ("AWS::EC2::NetworkInterface", &[]),
        ],
    },
    Extension {
        rule: &CLASSIC_LISTENER_WITHOUT_CERTIFICATE,
        schema: "extensions/aws_elasticloadbalancing_loadbalancer/certificate",
        every: true,
        because: "the protocol is encrypted",
        places: &[
            ("AWS::ElasticLoadBalancing::LoadBalancer", &["Listeners", "*"]),
        ],
    },
    Extension {
        rule: &ONE_SUBNET_ONLY,
        schema: "extensions/aws_elasticloadbalancingv2_loadbalancer/application_subnets",
        every: true,
        because: "an application load balancer needs subnets in two availability zones",
        places: &[
            ("AWS::ElasticLoadBalancingV2::LoadBalancer", &[]),
        ],
    },
    Extension {
        rule: &GENEVE_PORT,
        schema: "extensions/aws_elasticloadbalancingv2_targetgroup/protocol_restrictions",
        every: true,
        because: "GENEVE has one port",
        places: &[
            ("AWS::ElasticLoadBalancingV2::TargetGroup", &[]),
        ],
    },
    Extension {
        rule: &HEALTH_CHECK_WITHOUT_HTTP,
        schema: "extensions/aws_elasticloadbalancingv2_targetgroup/healthcheckprotocol_restrictions",
        every: true,
        because: "the health check does not use HTTP",
        places: &[
            ("AWS::ElasticLoadBalancingV2::TargetGroup", &[]),
        ],
    },
    Extension {
        rule: &CACHE_ENGINE_VERSION_UNKNOWN,
        schema: "extensions/aws_elasticache_cachecluster/engine_version",
        every: true,
        because: "",
        places: &[
            ("AWS::ElastiCache::CacheCluster", &[]),
        ],
    },
    Extension {
        rule: &AUTHORIZER_CACHE_TIME,
        schema: "extensions/aws_apigateway_authorizer/ttl",
        every: false,
        because: "results are kept for at most an hour",
        places: &[
            ("AWS::ApiGateway::Authorizer", &[]),
        ],
    },
    Extension {
        rule: &REPLICA_MODE_UNKNOWN,
        schema: "extensions/aws_rds_dbinstance/replicamode_enum",
        every: false,
        because: "Oracle and Db2 replicas have two modes",
        places: &[
            ("AWS::RDS::DBInstance", &[]),
        ],
    },
    Extension {
        rule: &COOKIE_FORWARDING_UNKNOWN,
        schema: "extensions/aws_cloudfront_distribution/forward_enum",
        every: false,
        because: "",
        places: &[
            ("AWS::CloudFront::Distribution", &["DistributionConfig", "DefaultCacheBehavior"]),
            ("AWS::CloudFront::Distribution", &["DistributionConfig", "CacheBehaviors", "*"]),
        ],
    },
    Extension {
        rule: &METHOD_PATH_MALFORMED,
        schema: "extensions/aws_apigateway_stage/method_settings_resource_path",
        every: false,
        because: "resource paths start with a slash",
        places: &[
            ("AWS::ApiGateway::Stage", &["MethodSettings", "*"]),
        ],
    },
    Extension {
        rule: &STORAGE_CAPACITY_RANGE,
        schema: "extensions/aws_fsx_filesystem/storage_capacity",
        every: false,
        because: "this is decided by `FileSystemType`",
        places: &[
            ("AWS::FSx::FileSystem", &[]),
        ],
    },
    Extension {
        rule: &HEALTH_CHECK_WITHOUT_ALARM,
        schema: "extensions/aws_route53_healthcheck/healthcheckconfig_type_inclusive",
        every: false,
        because: "the health check watches an alarm",
        places: &[
            ("AWS::Route53::HealthCheck", &["HealthCheckConfig"]),
        ],
    },
    Extension {
        rule: &LAYER_OF_AWS,
        schema: "extensions/aws_lambda_function/awslayer",
        every: false,
        because: "layers of this form work in few accounts only",
        places: &[
            ("AWS::Lambda::Function", &["Layers", "*"]),
        ],
    },
    Extension {
        rule: &GATEWAY_TYPE_UNKNOWN,
        schema: "extensions/aws_ec2_vpngateway/type_enum",
        every: true,
        because: "`ipsec.1` is the only type",
        places: &[
            ("AWS::EC2::VPNGateway", &["Type"]),
        ],
    },
];
