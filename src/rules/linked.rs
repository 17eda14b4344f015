//! Resources of which one names another and that do not fit each other. A property of one must agree with a property of
//! the other; both are read case by case, and only what is certain in a possible case is reported.

mod apis;
mod containers;
mod databases;
mod groups;
mod networks;
mod permissions;
mod queues;

use crate::conditions::Pins;
use crate::resolve::{Case, Link};
use crate::rule::linking::{Look, say, show};
use crate::rule::{Check, Context, Family, rule};
use crate::template::Resource;

rule!(
    SERVICE_WITHOUT_NETWORK,
    "linked" / "E3052",
    "service-without-network",
    Error,
    "a service has no network configuration although its task definition needs one"
);
rule!(
    TASK_NOT_FOR_FARGATE,
    "linked" / "E3054",
    "task-not-for-fargate",
    Error,
    "a service on Fargate runs a task definition that is not made for Fargate"
);
rule!(
    FARGATE_LOG_DRIVER,
    "linked" / "E3713",
    "fargate-log-driver",
    Error,
    "a service on Fargate runs containers whose log driver Fargate does not have"
);
rule!(
    DEAD_LETTERS_OTHER_KIND,
    "linked" / "E3502",
    "dead-letters-other-kind",
    Error,
    "a queue and its dead-letter queue are of different kinds"
);
rule!(
    VISIBILITY_SHORTER_THAN_TIMEOUT,
    "linked" / "E3505",
    "visibility-shorter-than-timeout",
    Error,
    "a queue shows a message again while the function that reads it may still be running"
);
rule!(
    FIFO_BATCH_TOO_LARGE,
    "linked" / "E3705",
    "fifo-batch-too-large",
    Error,
    "a function reads more messages at once from a FIFO queue than such a queue gives"
);
rule!(
    DEPLOYMENT_OF_OTHER_API,
    "linked" / "E3698",
    "deployment-of-other-api",
    Error,
    "a stage shows a deployment of another REST API"
);
rule!(
    AUTHORIZER_OF_OTHER_API,
    "linked" / "E3699",
    "authorizer-of-other-api",
    Error,
    "a method uses an authorizer of another REST API"
);
rule!(
    AUTHORIZER_OTHER_TYPE,
    "linked" / "E3708",
    "authorizer-other-type",
    Error,
    "the type of an authorizer does not fit the authorization of a method"
);
rule!(
    ENGINE_UNLIKE_CLUSTER,
    "linked" / "E3707",
    "engine-unlike-cluster",
    Error,
    "a database instance has another engine than its cluster"
);
rule!(
    ENCRYPTION_UNLIKE_CLUSTER,
    "linked" / "E3709",
    "encryption-unlike-cluster",
    Error,
    "a database instance and its cluster disagree about encryption"
);
rule!(
    MAXIMUM_BELOW_MINIMUM,
    "linked" / "E3706",
    "maximum-below-minimum",
    Error,
    "an Auto Scaling group may have fewer instances than it must have"
);
rule!(NO_ROOM_TO_SCALE, "linked" / "E3712", "no-room-to-scale", Error, "a group that is to be scaled has a fixed size");
rule!(
    FORWARD_TO_GENEVE,
    "linked" / "E3711",
    "forward-to-geneve",
    Error,
    "a listener rule forwards to a target group of a gateway load balancer"
);
rule!(
    SECURITY_GROUP_OF_OTHER_VPC,
    "linked" / "E3714",
    "security-group-of-other-vpc",
    Error,
    "a launch template has a security group and a subnet of different VPCs"
);
rule!(
    SOURCE_ACCOUNT_MISSING,
    "linked" / "W3663",
    "source-account-missing",
    Warning,
    "a permission is for an ARN that does not say the account"
);
rule!(
    PRINCIPAL_UNLIKE_SOURCE,
    "linked" / "W3664",
    "principal-unlike-source",
    Warning,
    "a permission is for another service than the one that owns its source"
);
rule!(
    ENDPOINT_UNLIKE_PROTOCOL,
    "linked" / "W3694",
    "endpoint-unlike-protocol",
    Warning,
    "the endpoint of a subscription is not of the kind that its protocol says"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &SERVICE_WITHOUT_NETWORK,
        &TASK_NOT_FOR_FARGATE,
        &DEAD_LETTERS_OTHER_KIND,
        &VISIBILITY_SHORTER_THAN_TIMEOUT,
        &DEPLOYMENT_OF_OTHER_API,
        &AUTHORIZER_OF_OTHER_API,
        &FIFO_BATCH_TOO_LARGE,
        &MAXIMUM_BELOW_MINIMUM,
        &ENGINE_UNLIKE_CLUSTER,
        &AUTHORIZER_OTHER_TYPE,
        &ENCRYPTION_UNLIKE_CLUSTER,
        &FORWARD_TO_GENEVE,
        &NO_ROOM_TO_SCALE,
        &FARGATE_LOG_DRIVER,
        &SECURITY_GROUP_OF_OTHER_VPC,
        &SOURCE_ACCOUNT_MISSING,
        &PRINCIPAL_UNLIKE_SOURCE,
        &ENDPOINT_UNLIKE_PROTOCOL,
    ],
    checks: &[Check::Template(linked)],
};

/// What looks at which type.
const LOOKS: &[(&str, Look)] = &[
    ("AWS::ApiGateway::Method", apis::method),
    ("AWS::ApiGateway::Stage", apis::stage),
    ("AWS::AutoScaling::AutoScalingGroup", groups::sizes),
    ("AWS::AutoScaling::ScalingPolicy", groups::policy),
    ("AWS::EC2::LaunchTemplate", networks::launch_template),
    ("AWS::ECS::Service", containers::service),
    ("AWS::ElasticLoadBalancingV2::ListenerRule", networks::listener_rule),
    ("AWS::Lambda::EventSourceMapping", queues::source),
    ("AWS::Lambda::Permission", permissions::permission),
    ("AWS::RDS::DBInstance", databases::instance),
    ("AWS::SNS::Subscription", permissions::subscription),
    ("AWS::SQS::Queue", queues::dead_letters),
];

fn linked(cx: &mut Context<'_>) {
    show(LOOKS, cx);
}

/// Every case of a property of a resource.
fn cases<'a>(resource: &Resource<'a>, path: &[&str], pins: &Pins, cx: &Context<'a>) -> Vec<Case<'a>> {
    cx.resolver().cases(resource, path, pins)
}

/// The resources of a type that a property names.
fn links<'a>(resource: &Resource<'a>, path: &[&str], kind: &str, cx: &Context<'a>) -> Vec<Link<'a>> {
    cx.resolver().links(resource, path, kind, &Pins::none())
}

#[cfg(test)]
mod tests;
