//! Roles and who assumes them, keys, machines and their volumes, endpoints, target groups, rules of listeners, buckets and
//! what stands before them.

mod compute;
mod delivery;
mod listeners;
mod roles;
mod storage;

use crate::rule::linking::{Look, show};
use crate::rule::{Check, Context, Family, rule};

rule!(
    INTEGRATION_NOT_POST,
    "machines" / "SL141",
    "integration-not-post",
    Warning,
    "an API calls a function by another method than POST"
);
rule!(
    REPLICATION_WITHOUT_VERSIONS,
    "machines" / "SL179",
    "replication-without-versions",
    Error,
    "a bucket is copied, or copied to, without keeping versions"
);
rule!(
    DOT_WITH_ACCELERATION,
    "machines" / "SL182",
    "dot-with-acceleration",
    Error,
    "a bucket with transfer acceleration has a dot in its name"
);
rule!(
    METHODS_NOT_A_SET,
    "machines" / "SL187",
    "methods-not-a-set",
    Error,
    "a distribution allows methods that are none of the sets there are"
);
rule!(
    ROLE_NOT_FOR_SERVICE,
    "machines" / "SL194",
    "role-not-for-service",
    Error,
    "a service gets a role that does not trust it"
);
rule!(
    ROLE_NAMED_WRONGLY,
    "machines" / "SL195",
    "role-named-wrongly",
    Error,
    "a role is named by its ARN, or stands for its instance profile"
);
rule!(
    KEY_USAGE,
    "machines" / "SL198",
    "key-usage",
    Error,
    "a key is rotated or used in a way that its kind does not allow"
);
rule!(
    USER_DATA_NOT_ENCODED,
    "machines" / "SL199",
    "user-data-not-encoded",
    Error,
    "the user data of a machine is plain text"
);
rule!(
    VOLUME_REFUSED,
    "machines" / "SL200",
    "volume-refused",
    Error,
    "a volume is in another zone than its machine, or has settings that its type does not have"
);
rule!(
    ENDPOINT_OTHER_TYPE,
    "machines" / "SL204",
    "endpoint-other-type",
    Error,
    "a gateway endpoint is made for a service that has none"
);
rule!(
    CHECK_LONGER_THAN_INTERVAL,
    "machines" / "SL205",
    "check-longer-than-interval",
    Error,
    "a health check may take longer than the time to the next one"
);
rule!(
    LISTENER_RULE_REFUSED,
    "machines" / "SL206",
    "listener-rule-refused",
    Error,
    "a rule of a listener has too many values, a field twice, or the number of another rule"
);
rule!(
    WANTED_OUTSIDE_RANGE,
    "machines" / "SL208",
    "wanted-outside-range",
    Error,
    "an Auto Scaling group wants fewer or more machines than it may have"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &INTEGRATION_NOT_POST,
        &REPLICATION_WITHOUT_VERSIONS,
        &DOT_WITH_ACCELERATION,
        &METHODS_NOT_A_SET,
        &ROLE_NOT_FOR_SERVICE,
        &ROLE_NAMED_WRONGLY,
        &KEY_USAGE,
        &USER_DATA_NOT_ENCODED,
        &VOLUME_REFUSED,
        &ENDPOINT_OTHER_TYPE,
        &CHECK_LONGER_THAN_INTERVAL,
        &LISTENER_RULE_REFUSED,
        &WANTED_OUTSIDE_RANGE,
    ],
    checks: &[Check::Template(machines), Check::Template(listeners::priorities)],
};

/// What looks at which type.
const LOOKS: &[(&str, Look)] = &[
    ("AWS::ApiGateway::Method", delivery::method),
    ("AWS::AutoScaling::AutoScalingGroup", compute::wanted),
    ("AWS::AutoScaling::LaunchConfiguration", compute::user_data),
    ("AWS::CloudFront::Distribution", delivery::distribution),
    ("AWS::CodeBuild::Project", roles::assumed),
    ("AWS::CodeDeploy::DeploymentGroup", roles::assumed),
    ("AWS::CodePipeline::Pipeline", roles::assumed),
    ("AWS::EC2::Instance", compute::user_data),
    ("AWS::EC2::Instance", roles::profile),
    ("AWS::EC2::LaunchTemplate", compute::launch_template),
    ("AWS::EC2::VPCEndpoint", compute::endpoint),
    ("AWS::EC2::Volume", storage::volume),
    ("AWS::EC2::VolumeAttachment", storage::attachment),
    ("AWS::ECS::TaskDefinition", roles::assumed),
    ("AWS::ElasticLoadBalancingV2::ListenerRule", listeners::conditions),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", compute::health),
    ("AWS::Events::Rule", roles::assumed),
    ("AWS::IAM::InstanceProfile", roles::names),
    ("AWS::IAM::InstanceProfile", roles::assumed),
    ("AWS::IAM::ManagedPolicy", roles::names),
    ("AWS::IAM::Policy", roles::names),
    ("AWS::KMS::Key", storage::key),
    ("AWS::Lambda::Function", roles::assumed),
    ("AWS::S3::Bucket", delivery::replication),
    ("AWS::S3::Bucket", delivery::acceleration),
    ("AWS::Scheduler::Schedule", roles::assumed),
    ("AWS::StepFunctions::StateMachine", roles::assumed),
];

fn machines(cx: &mut Context<'_>) {
    show(LOOKS, cx);
}
