//! Containers, deployments, alarms and what stacks share: faults between a service, what it runs and how it is rolled out.

mod containers;
mod deployments;
mod logs;
mod outputs;
mod places;
mod projects;
mod template;

use crate::rule::linking::{Look, show};
use crate::rule::{Check, Context, Family, rule};

rule!(
    CONTAINER_UNKNOWN,
    "releases" / "SL210",
    "container-unknown",
    Error,
    "a service sends requests to a container or port that its task definition does not have"
);
rule!(
    TARGETS_OTHER_KIND,
    "releases" / "SL211",
    "targets-other-kind",
    Error,
    "a target group is of another kind than the tasks behind it"
);
rule!(
    NO_EXECUTION_ROLE,
    "releases" / "SL212",
    "no-execution-role",
    Error,
    "a task on Fargate needs an execution role and has none"
);
rule!(
    PLACEMENT_ON_FARGATE,
    "releases" / "SL213",
    "placement-on-fargate",
    Error,
    "a service on Fargate says where its tasks are placed"
);
rule!(
    ROLLOUT_STUCK,
    "releases" / "SL216",
    "rollout-stuck",
    Warning,
    "a service may neither start nor stop a task during a deployment"
);
rule!(
    SERVICE_HANDED_OVER,
    "releases" / "SL217",
    "service-handed-over",
    Error,
    "a service of ECS and the CodeDeploy group that releases it do not fit"
);
rule!(
    PLATFORM_MISMATCH,
    "releases" / "SL218",
    "platform-mismatch",
    Error,
    "a deployment group has settings of another platform than its application"
);
rule!(
    TRAFFIC_BLOCK,
    "releases" / "SL219",
    "traffic-block",
    Error,
    "a deployment configuration has a block that does not fit its type"
);
rule!(
    PROJECT_REFUSED,
    "releases" / "SL222",
    "project-refused",
    Error,
    "a build project gets its source in one way and hands on in another, or shows a secret"
);
rule!(
    EXPORTED_TWICE,
    "releases" / "SL223",
    "exported-twice",
    Error,
    "a name is exported twice, or imported by the template that exports it"
);
rule!(ALARM_NEVER_FIRES, "releases" / "SL226", "alarm-never-fires", Error, "an alarm waits for what cannot come");
rule!(
    LOGS_KEPT_FOREVER,
    "releases" / "SL227",
    "logs-kept-forever",
    Info,
    "the logs of a function are kept forever, or read by itself"
);
rule!(
    SHARDS_ON_DEMAND,
    "releases" / "SL228",
    "shards-on-demand",
    Error,
    "a stream that is on demand has a number of shards"
);
rule!(
    CERTIFICATE_WAITS,
    "releases" / "SL229",
    "certificate-waits",
    Info,
    "a certificate is validated by a record that nobody creates"
);

rule!(
    REGION_WRITTEN_OUT,
    "releases" / "SL231",
    "region-written-out",
    Info,
    "a region or image is written out in a template that is for any region"
);
rule!(SECRET_SHOWN, "releases" / "SL232", "secret-in-output", Warning, "an output shows a secret");

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &CONTAINER_UNKNOWN,
        &TARGETS_OTHER_KIND,
        &NO_EXECUTION_ROLE,
        &PLACEMENT_ON_FARGATE,
        &ROLLOUT_STUCK,
        &SERVICE_HANDED_OVER,
        &PLATFORM_MISMATCH,
        &TRAFFIC_BLOCK,
        &PROJECT_REFUSED,
        &EXPORTED_TWICE,
        &ALARM_NEVER_FIRES,
        &LOGS_KEPT_FOREVER,
        &SHARDS_ON_DEMAND,
        &CERTIFICATE_WAITS,
        &REGION_WRITTEN_OUT,
        &SECRET_SHOWN,
    ],
    checks: &[Check::Template(releases)],
};

/// What looks at which type.
const LOOKS: &[(&str, Look)] = &[
    ("AWS::CertificateManager::Certificate", template::certificate),
    ("AWS::CloudWatch::Alarm", template::alarm),
    ("AWS::CodeBuild::Project", projects::kinds),
    ("AWS::CodeBuild::Project", projects::variables),
    ("AWS::CodeDeploy::DeploymentConfig", deployments::config),
    ("AWS::CodeDeploy::DeploymentGroup", deployments::containers),
    ("AWS::CodeDeploy::DeploymentGroup", deployments::group),
    ("AWS::ECS::Service", containers::balanced),
    ("AWS::ECS::Service", containers::kinds),
    ("AWS::ECS::Service", containers::placement),
    ("AWS::ECS::Service", containers::released),
    ("AWS::ECS::Service", containers::room),
    ("AWS::ECS::TaskDefinition", containers::execution),
    ("AWS::Kinesis::Stream", template::stream),
    ("AWS::Logs::SubscriptionFilter", logs::subscription),
];

fn releases(cx: &mut Context<'_>) {
    show(LOOKS, cx);
    template::exports(cx);
    logs::kept(cx);
    outputs::secrets(cx);
    places::regions(cx);
}
