//! Values that deploy but are a bad idea: old instance types, fixed zones, local paths, legacy access control.

use crate::intrinsics::dynamic;
use crate::rule::{Check, Context, Family, rule};
use crate::syntax::{Node, NodeKind};
use crate::template::Resource;

rule!(
    LOCAL_CODE,
    "hygiene" / "W3002",
    "local-code",
    Warning,
    "a property names a local file that must be packaged first"
);
rule!(FIXED_ZONE, "hygiene" / "W3010", "fixed-zone", Warning, "an availability zone is written in the template");
rule!(
    LEGACY_ACCESS_CONTROL,
    "hygiene" / "W3045",
    "legacy-access-control",
    Warning,
    "a bucket uses legacy access control lists"
);
rule!(
    OLD_INSTANCE_TYPE,
    "hygiene" / "I3100",
    "old-instance-type",
    Info,
    "an instance type of a previous generation is used"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&LOCAL_CODE, &FIXED_ZONE, &LEGACY_ACCESS_CONTROL, &OLD_INSTANCE_TYPE],
    checks: &[
        Check::Resource(&[], local_code),
        Check::Template(fixed_zones),
        Check::Resource(&["AWS::S3::Bucket"], access_control),
        Check::Resource(&[], old_instance_type),
    ],
};

type Paths = &'static [(&'static str, &'static [&'static str])];

/// Properties that `aws cloudformation package` fills.
const PACKAGED: Paths = &[
    ("AWS::ApiGateway::RestApi", &["BodyS3Location"]),
    ("AWS::AppSync::FunctionConfiguration", &["RequestMappingTemplateS3Location"]),
    ("AWS::AppSync::FunctionConfiguration", &["ResponseMappingTemplateS3Location"]),
    ("AWS::AppSync::GraphQLSchema", &["DefinitionS3Location"]),
    ("AWS::AppSync::Resolver", &["RequestMappingTemplateS3Location"]),
    ("AWS::AppSync::Resolver", &["ResponseMappingTemplateS3Location"]),
    ("AWS::CloudFormation::Stack", &["TemplateURL"]),
    ("AWS::CodeCommit::Repository", &["Code", "S3"]),
    ("AWS::ElasticBeanstalk::ApplicationVersion", &["SourceBundle"]),
    ("AWS::Lambda::Function", &["Code"]),
    ("AWS::Lambda::LayerVersion", &["Content"]),
    ("AWS::StepFunctions::StateMachine", &["DefinitionS3Location"]),
];

fn local_code(resource: &Resource<'_>, cx: &mut Context<'_>) {
    if cx.template.is_sam() {
        return;
    }
    for (_, path) in PACKAGED.iter().filter(|p| resource.kind() == Some(p.0)) {
        resource.each_at(path, true, &mut |node, _| {
            let Some(text) = node.as_str() else { return };
            if text.starts_with("s3://") || text.starts_with("https://") || dynamic::contains(text) {
                return;
            }
            if text.starts_with("http://") {
                let message = format!("`{text}` is not read: only https addresses of objects in S3 are");
                cx.report(&LOCAL_CODE, node.span, message).help("Begin the address with `https://`.");
                return;
            }
            cx.report(&LOCAL_CODE, node.span, format!("`{text}` is a local path, which deploys only after packaging"))
                .help("Run `aws cloudformation package`, or name the object in S3.");
        });
    }
}

/// Properties that take an availability zone.
const ZONES: Paths = &[
    ("AWS::AutoScaling::AutoScalingGroup", &["AvailabilityZones", "*"]),
    ("AWS::DAX::Cluster", &["AvailabilityZones", "*"]),
    ("AWS::DMS::ReplicationInstance", &["AvailabilityZone"]),
    ("AWS::EC2::Host", &["AvailabilityZone"]),
    ("AWS::EC2::Instance", &["AvailabilityZone"]),
    ("AWS::EC2::LaunchTemplate", &["LaunchTemplateData", "Placement", "AvailabilityZone"]),
    (
        "AWS::EC2::SpotFleet",
        &["SpotFleetRequestConfigData", "LaunchSpecifications", "*", "Placement", "AvailabilityZone"],
    ),
    (
        "AWS::EC2::SpotFleet",
        &["SpotFleetRequestConfigData", "LaunchTemplateConfigs", "*", "Overrides", "*", "AvailabilityZone"],
    ),
    ("AWS::EC2::Subnet", &["AvailabilityZone"]),
    ("AWS::EC2::Volume", &["AvailabilityZone"]),
    ("AWS::ElasticLoadBalancing::LoadBalancer", &["AvailabilityZones", "*"]),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", &["Targets", "*", "AvailabilityZone"]),
    ("AWS::EMR::Cluster", &["Instances", "Placement", "AvailabilityZone"]),
    ("AWS::Glue::Connection", &["ConnectionInput", "PhysicalConnectionRequirements", "AvailabilityZone"]),
    ("AWS::OpsWorks::Instance", &["AvailabilityZone"]),
    ("AWS::RDS::DBCluster", &["AvailabilityZones", "*"]),
    ("AWS::RDS::DBInstance", &["AvailabilityZone"]),
];

fn fixed_zones(cx: &mut Context<'_>) {
    let template = cx.template;
    if template.is_cdk() {
        return;
    }
    for resource in template.resources.iter() {
        for (_, path) in ZONES.iter().filter(|p| resource.kind() == Some(p.0)) {
            resource.each_at(path, false, &mut |node, _| {
                if let Some(zone) = node.as_str().filter(|z| *z != "all") {
                    cx.report(
                        &FIXED_ZONE,
                        node.span,
                        format!("the availability zone `{zone}` ties the template to one region"),
                    )
                    .help("Take a zone with `Fn::Select` from `Fn::GetAZs`, or from a parameter.");
                }
            });
        }
    }
}

fn access_control(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(e) = resource.properties().and_then(|p| p.entry("AccessControl")) else { return };
    let empty = match &e.value.kind {
        NodeKind::Null => true,
        NodeKind::String(text) => text.is_empty(),
        NodeKind::Call(call) => call.argument.as_str() == Some("AWS::NoValue"),
        _ => false,
    };
    if !empty {
        cx.report(&LEGACY_ACCESS_CONTROL, e.key.span, "`AccessControl` sets a legacy access control list")
            .help("Use a bucket policy (`AWS::S3::BucketPolicy`).");
    }
}

/// Properties that take an instance type.
const INSTANCE_TYPES: Paths = &[
    ("AWS::AutoScaling::LaunchConfiguration", &["InstanceType"]),
    ("AWS::EC2::CapacityReservation", &["InstanceType"]),
    ("AWS::EC2::EC2Fleet", &["FleetLaunchTemplateOverridesRequest", "InstanceType"]),
    ("AWS::EC2::Host", &["InstanceType"]),
    ("AWS::EC2::Instance", &["InstanceType"]),
    ("AWS::EC2::LaunchTemplate", &["LaunchTemplateData", "InstanceType"]),
    ("AWS::EC2::SpotFleet", &["SpotFleetLaunchSpecification", "InstanceType"]),
    ("AWS::ElastiCache::CacheCluster", &["CacheNodeType"]),
    ("AWS::ElastiCache::GlobalReplicationGroup", &["CacheNodeType"]),
    ("AWS::ElastiCache::ReplicationGroup", &["CacheNodeType"]),
    ("AWS::Elasticsearch::Domain", &["ElasticsearchClusterConfig", "InstanceType"]),
    ("AWS::OpenSearchService::Domain", &["ClusterConfig", "InstanceType"]),
    ("AWS::RDS::DBInstance", &["DBInstanceClass"]),
];

/// Families of previous generations.
const OLD_FAMILIES: &[&str] =
    &["c1", "c2", "c3", "cc2", "cg1", "cr1", "g2", "hi1", "hs1", "i2", "m1", "m2", "m3", "r1", "r2", "r3", "t1"];

fn old_instance_type(resource: &Resource<'_>, cx: &mut Context<'_>) {
    for (_, path) in INSTANCE_TYPES.iter().filter(|p| resource.kind() == Some(p.0)) {
        resource.each_at(path, false, &mut |node: &Node, _| {
            if let Some(text) = node.as_str()
                && let Some(family) = text.split('.').find(|part| OLD_FAMILIES.contains(part))
            {
                cx.report(&OLD_INSTANCE_TYPE, node.span, format!("`{text}` is of the previous generation `{family}`"))
                    .help("A current generation costs less for the same work.");
            }
        });
    }
}
