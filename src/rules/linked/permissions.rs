//! Who may call a function, and where the messages of a topic go.

use super::{ENDPOINT_UNLIKE_PROTOCOL, PRINCIPAL_UNLIKE_SOURCE, SOURCE_ACCOUNT_MISSING, cases, say};
use crate::conditions::Pins;
use crate::resolve::{Case, Named};
use crate::rule::Context;
use crate::template::Resource;

/// The service principal that owns each type of source.
const PRINCIPALS: &[(&str, &str)] = &[
    ("AWS::ApiGateway::RestApi", "apigateway.amazonaws.com"),
    ("AWS::ApiGatewayV2::Api", "apigateway.amazonaws.com"),
    ("AWS::Cognito::UserPool", "cognito-idp.amazonaws.com"),
    ("AWS::Config::ConfigRule", "config.amazonaws.com"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "elasticloadbalancing.amazonaws.com"),
    ("AWS::Events::Rule", "events.amazonaws.com"),
    ("AWS::IoT::TopicRule", "iot.amazonaws.com"),
    ("AWS::Logs::LogGroup", "logs.amazonaws.com"),
    ("AWS::S3::Bucket", "s3.amazonaws.com"),
    ("AWS::SNS::Topic", "sns.amazonaws.com"),
];

pub(super) fn permission<'a>(permission: &Resource<'a>, cx: &mut Context<'a>) {
    for source in cases(permission, &["SourceArn"], &Pins::none(), cx) {
        let Some(node) = source.node() else { continue };
        match Named::of(node, cx.template) {
            Named::Resource(target, _) => {
                let Some(pins) = cx.resolver().existing(&target, &source.pins) else { continue };
                let source = Case { pins, ..source };
                if target.kind() == Some("AWS::S3::Bucket") {
                    let which = format!("the ARN of bucket `{}`", target.id());
                    account(permission, &source, &which, cx);
                }
                principal(permission, &target, &source, cx);
            }
            Named::Literal(text) if !names_account(text) => account(permission, &source, &format!("`{text}`"), cx),
            Named::Literal(_) | Named::Parameter(_) | Named::Other => {}
        }
    }
}

/// Whether an ARN has an account number among its parts.
fn names_account(arn: &str) -> bool {
    let parts: Vec<&str> = arn.split(':').collect();
    let inner = parts.len().saturating_sub(1);
    parts.iter().take(inner).skip(1).any(|part| part.len() == 12 && part.bytes().all(|b| b.is_ascii_digit()))
}

fn account<'a>(permission: &Resource<'a>, source: &Case<'a>, which: &str, cx: &mut Context<'a>) {
    for lacking in cases(permission, &["SourceAccount"], &source.pins, cx) {
        if !lacking.is_absent() {
            continue;
        }
        let message = format!(
            "`{}` has no `SourceAccount`, and {which} does not say the account: whoever owns that name may call the function",
            permission.id()
        );
        if let Some(finding) = say(&SOURCE_ACCOUNT_MISSING, &lacking.clone().as_missing(), &lacking.pins, message, cx) {
            finding.label(source.span(), "the source").help("Add `SourceAccount: !Ref AWS::AccountId`.");
        }
    }
}

fn principal<'a>(permission: &Resource<'a>, target: &Resource<'a>, source: &Case<'a>, cx: &mut Context<'a>) {
    let kind = target.kind().unwrap_or_default();
    let Some((_, owner)) = PRINCIPALS.iter().find(|p| p.0 == kind) else { return };
    for given in cases(permission, &["Principal"], &source.pins, cx) {
        let Some(name) = given.text().filter(|name| !is_principal(name, owner)) else { continue };
        let message = format!(
            "`{}` lets `{name}` call the function, but its source `{}` is of `{owner}`",
            permission.id(),
            target.id()
        );
        if let Some(finding) = say(&PRINCIPAL_UNLIKE_SOURCE, &given, &given.pins, message, cx) {
            finding
                .label(source.span(), format!("the source is of type `{kind}`"))
                .help(format!("Write `Principal: {owner}`."));
        }
    }
}

/// Whether a principal is that of the service. The one of logs may name a region.
fn is_principal(name: &str, owner: &str) -> bool {
    if name == owner {
        return true;
    }
    let region = name.strip_prefix("logs.").and_then(|rest| rest.strip_suffix(".amazonaws.com"));
    owner == "logs.amazonaws.com" && region.is_some_and(|region| region.split('-').count() >= 3)
}

/// The types whose ARN fits a protocol.
const ENDPOINTS: &[(&str, &str, &[&str])] = &[
    ("sqs", "a queue", &["AWS::SQS::Queue"]),
    (
        "lambda",
        "a function",
        &["AWS::Lambda::Function", "AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::Serverless::Function"],
    ),
];

pub(super) fn subscription<'a>(subscription: &Resource<'a>, cx: &mut Context<'a>) {
    for protocol in cases(subscription, &["Protocol"], &Pins::none(), cx) {
        let name = protocol.text().unwrap_or_default();
        let Some((_, wanted, kinds)) = ENDPOINTS.iter().find(|e| e.0 == name) else { continue };
        for endpoint in cases(subscription, &["Endpoint"], &protocol.pins, cx) {
            let Some(node) = endpoint.node() else { continue };
            let found = match Named::of(node, cx.template) {
                Named::Resource(target, Some(attribute)) => {
                    let Some(kind) = target.kind().filter(|kind| is_foreign(kind, attribute, kinds)) else { continue };
                    format!("`{}` is of type `{kind}`", target.id())
                }
                Named::Literal(text) if !text.starts_with("arn:") || !is_of_service(text, name) => {
                    format!("`{text}` is none")
                }
                _ => continue,
            };
            let message = format!("the endpoint for protocol `{name}` must be the ARN of {wanted}, but {found}");
            if let Some(finding) = say(&ENDPOINT_UNLIKE_PROTOCOL, &endpoint, &endpoint.pins, message, cx) {
                finding.label(protocol.span(), "the protocol").help("Change the endpoint or the protocol.");
            }
        }
    }
}

/// Whether an attribute of a type is certainly not the ARN that is wanted.
fn is_foreign(kind: &str, attribute: &str, kinds: &[&str]) -> bool {
    let opaque = kind.starts_with("Custom::")
        || kind.starts_with("AWS::CloudFormation::")
        || kind.starts_with("AWS::SSM::")
        || kind.starts_with("AWS::ServiceCatalog::")
        || kind == "AWS::Serverless::Application"
        || kind.ends_with("::MODULE")
        || crate::schema::store::find(kind).is_none();
    !opaque && (!kinds.contains(&kind) || !attribute.contains("Arn") && kind != "AWS::Lambda::Version")
}

fn is_of_service(arn: &str, service: &str) -> bool {
    arn.split(':').nth(2) == Some(service)
}
