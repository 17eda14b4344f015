//! Functions in a VPC and the services that they call.

use super::{FUNCTION_WITHOUT_WAY_OUT, network};
use crate::conditions::{Answer, Pins};
use crate::diagnostic::Severity;
use crate::graph::ItemKind;
use crate::network::{SUBNET, Through, VPC};
use crate::resolve::Case;
use crate::rule::Context;
use crate::rule::linking::{cases, is_not_true, links, named, never_given, only, say};
use crate::rule::shape::quoted;
use crate::source::Span;
use crate::syntax::Node;
use crate::template::Resource;

/// Types whose resources are used through the endpoint of a service.
const SERVICES: &[(&str, &str)] = &[
    ("AWS::DynamoDB::GlobalTable", "dynamodb"),
    ("AWS::DynamoDB::Table", "dynamodb"),
    ("AWS::Events::EventBus", "events"),
    ("AWS::Kinesis::Stream", "kinesis-streams"),
    ("AWS::S3::Bucket", "s3"),
    ("AWS::SNS::Topic", "sns"),
    ("AWS::SQS::Queue", "sqs"),
    ("AWS::SSM::Parameter", "ssm"),
    ("AWS::SecretsManager::Secret", "secretsmanager"),
    ("AWS::StepFunctions::StateMachine", "states"),
];

/// Starts of actions that code calls itself, and the service that answers.
const ACTIONS: &[(&str, &str)] = &[
    ("dynamodb:", "dynamodb"),
    ("events:PutEvents", "events"),
    ("kinesis:PutRecord", "kinesis-streams"),
    ("lambda:Invoke", "lambda"),
    ("s3:", "s3"),
    ("secretsmanager:GetSecretValue", "secretsmanager"),
    ("sns:Publish", "sns"),
    ("sqs:SendMessage", "sqs"),
    ("ssm:GetParameter", "ssm"),
    ("states:StartExecution", "states"),
];
/// Actions by which Lambda reads a stream for the function.
const OF_READERS: &[&str] =
    &["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"];

pub(super) fn way_out<'a>(function: &Resource<'a>, cx: &mut Context<'a>) {
    if never_given(function, "VpcConfig", cx) {
        return;
    }
    for at in cases(function, "VpcConfig.SubnetIds.*", &Pins::none(), cx) {
        let Some((subnet, _)) = named(&at, cx).filter(|found| found.0.kind() == Some(SUBNET)) else { continue };
        let dual = cases(function, "VpcConfig.Ipv6AllowedForDualStack", &at.pins, cx);
        if !dual.iter().all(is_not_true) {
            continue;
        }
        let net = network(cx);
        let ways = net.settle(&net.near(&subnet), &at.pins, |pins| net.way_out(&subnet, pins));
        for (pins, way) in ways {
            let lost = match way.through {
                Through::InternetGateway => {
                    "whose way out is an internet gateway: a function has no public address to use it with"
                }
                Through::Nothing => "which has no way out",
                Through::Nat(_) | Through::Other => continue,
            };
            report(function, &at, &subnet, (lost, &way.table, way.at), &pins, cx);
        }
    }
}

/// How a function is shut in: in words, the route table, and what says so.
type Lost<'w, 'a> = (&'w str, &'w Resource<'a>, Span);

fn report<'a>(
    function: &Resource<'a>,
    at: &Case<'a>,
    subnet: &Resource<'a>,
    (lost, table, route): Lost<'_, 'a>,
    pins: &Pins,
    cx: &mut Context<'a>,
) {
    let called = called(function, cx);
    let vpcs = links(subnet, "VpcId", VPC, pins, cx);
    let net = network(cx);
    let vpc = vpcs.first().map(|link| link.target).filter(|vpc| vpcs.len() == 1 && !net.given_away(vpc));
    let without = |service: &&str| vpc.is_some_and(|vpc| net.endpoint(&vpc, table, service, pins) == Answer::No);
    let missing: Vec<&str> = called.iter().copied().filter(without).collect();
    let (id, subnet) = (function.id(), subnet.id());
    let open = lost.contains("internet");
    let message = match missing.is_empty() {
        false => format!("`{id}` calls {} from `{subnet}`, {lost}", quoted(&missing)),
        // With an endpoint for everything it may well be meant so.
        true if open && called.is_empty() => format!("`{id}` runs in `{subnet}`, {lost}"),
        true => return,
    };
    // What only has no way out yet may get one from another stack.
    let certain = open && !missing.is_empty();
    if let Some(finding) = say(&FUNCTION_WITHOUT_WAY_OUT, at, pins, message, cx) {
        finding.label(route, if open { "the way out of the subnet" } else { "its route table" }).help(
            "Use subnets whose way out is a NAT gateway, or give the VPC endpoints of the services that are called.",
        );
        if !certain {
            finding.severity = Severity::Info;
        }
    }
}

/// The services that a function certainly calls, as its variables and the policies of its role show.
pub(super) fn called<'a>(function: &Resource<'a>, cx: &Context<'a>) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = Vec::new();
    for need in cx.graph().needs(ItemKind::Resource, function.id()) {
        let kind = need.to.resource_type.unwrap_or_default();
        if need.edge.property().starts_with("Properties.Environment.") {
            found.extend(SERVICES.iter().filter(|known| known.0 == kind).map(|known| known.1));
        }
    }
    if let Some(role) = only(function, "Role", cx).and_then(|case| Some(named(&case, cx)?.0))
        && let Some(policies) = role.property("Policies")
    {
        policies.walk(&mut |node: &Node| {
            let text = node.as_str().filter(|text| !OF_READERS.contains(text)).unwrap_or_default();
            found.extend(ACTIONS.iter().filter(|known| text.starts_with(known.0)).map(|known| known.1));
        });
    }
    found.sort_unstable();
    found.dedup();
    found
}
