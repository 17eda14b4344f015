//! GraphQL APIs: their authorization, schema, data sources and resolvers.

use super::GRAPHQL_INCOMPLETE;
use crate::conditions::Pins;
use crate::diagnostic::{Applicability, Severity};
use crate::resolve::Case;
use crate::rule::Context;
use crate::rule::linking::{below, cases, joined, links, offer_text, parts, say};
use crate::rule::suggest::nearest;
use crate::template::Resource;

const API: &str = "AWS::AppSync::GraphQLApi";
const SOURCE: &str = "AWS::AppSync::DataSource";

/// Type of authorization and the block that says with whom.
const AUTHORITIES: &[(&str, &str)] = &[
    ("AMAZON_COGNITO_USER_POOLS", "UserPoolConfig"),
    ("AWS_LAMBDA", "LambdaAuthorizerConfig"),
    ("OPENID_CONNECT", "OpenIDConnectConfig"),
];

/// Type of data source, the block that says which one, and whether it is reached with a role.
const SOURCES: &[(&str, &str, bool)] = &[
    ("AMAZON_DYNAMODB", "DynamoDBConfig", true),
    ("AMAZON_ELASTICSEARCH", "ElasticsearchConfig", true),
    ("AMAZON_EVENTBRIDGE", "EventBridgeConfig", true),
    ("AMAZON_OPENSEARCH_SERVICE", "OpenSearchServiceConfig", true),
    ("AWS_LAMBDA", "LambdaConfig", true),
    ("HTTP", "HttpConfig", false),
    ("RELATIONAL_DATABASE", "RelationalDatabaseConfig", true),
];

pub(super) fn authorization<'a>(api: &Resource<'a>, cx: &mut Context<'a>) {
    for (wanted, block) in AUTHORITIES {
        for [kind, given] in joined([(api, "AuthenticationType"), (api, block)], &Pins::none(), cx) {
            lacking(api, &kind, &given, wanted, block, cx);
        }
        for item in cases(api, "AdditionalAuthenticationProviders.*", &Pins::none(), cx) {
            for kind in below(&item, "AuthenticationType", cx) {
                let item = Case { pins: kind.pins.clone(), ..item.clone() };
                for given in below(&item, block, cx) {
                    lacking(api, &kind, &given, wanted, block, cx);
                }
            }
        }
    }
}

fn lacking<'a>(
    resource: &Resource<'a>,
    kind: &Case<'a>,
    given: &Case<'a>,
    wanted: &str,
    block: &str,
    cx: &mut Context<'a>,
) {
    if kind.text() != Some(wanted) || !given.is_absent() {
        return;
    }
    let message = format!("`{}` is of the type `{wanted}` and has no `{block}`", resource.id());
    if let Some(finding) = say(&GRAPHQL_INCOMPLETE, kind, &given.pins, message, cx) {
        finding.help(format!("Add `{block}`, or choose another type."));
    }
}

pub(super) fn source<'a>(source: &Resource<'a>, cx: &mut Context<'a>) {
    for (wanted, block, role) in SOURCES {
        for [kind, given] in joined([(source, "Type"), (source, block)], &Pins::none(), cx) {
            lacking(source, &kind, &given, wanted, block, cx);
        }
        for [kind, given] in joined([(source, "Type"), (source, "ServiceRoleArn")], &Pins::none(), cx) {
            if kind.text() != Some(wanted) || !role || !given.is_absent() {
                continue;
            }
            let message =
                format!("`{}` has no `ServiceRoleArn`, so AppSync has no right to what is behind it", source.id());
            if let Some(finding) = say(&GRAPHQL_INCOMPLETE, &kind, &given.pins, message, cx) {
                finding.severity = Severity::Warning;
                finding.help("Add a role that `appsync.amazonaws.com` may assume and that may use the source.");
            }
        }
    }
}

/// Whether parts of an API may come from elsewhere than this template.
fn is_shared(cx: &Context<'_>) -> bool {
    let foreign = |kind: &str| {
        kind == "AWS::CloudFormation::Stack"
            || kind == "AWS::CloudFormation::CustomResource"
            || kind.starts_with("Custom::")
            || kind.starts_with("AWS::Serverless::")
    };
    cx.template.resources.iter().any(|r| r.kind().is_none_or(foreign))
}

/// A resolver or function that names a data source which its API does not have.
pub(super) fn source_name<'a>(resolver: &Resource<'a>, cx: &mut Context<'a>) {
    for api in links(resolver, "ApiId", API, &Pins::none(), cx) {
        for name in cases(resolver, "DataSourceName", &api.pins, cx) {
            let Some(text) = name.text().filter(|_| !is_shared(cx)) else { continue };
            let sources = parts(SOURCE, "ApiId", &api.target, cx);
            // One whose API cannot be seen may belong to this one.
            let elsewhere = cx.resources_of(SOURCE).any(|s| links(s, "ApiId", "", &Pins::none(), cx).is_empty());
            let names: Vec<Vec<Case<'a>>> =
                sources.iter().map(|source| cases(source, "Name", &Pins::none(), cx)).collect();
            let known: Option<Vec<&str>> = names.iter().flatten().map(Case::text).collect();
            let Some(known) = known.filter(|known| !elsewhere && !known.contains(&text)) else { continue };
            let near = nearest(text, known.iter().copied());
            let message = format!("`{}` has no data source `{text}`", api.target.id());
            if let Some(finding) = say(&GRAPHQL_INCOMPLETE, &name, &name.pins, message, cx) {
                finding.label(api.target.key.span, "the API");
                match near {
                    Some(near) => {
                        finding.help(format!("Did you mean `{near}`?"));
                        offer_text(finding, &name, Applicability::Unsafe, near);
                    }
                    None => {
                        finding.help("Use the name of a data source: `!GetAtt Source.Name`.");
                    }
                }
            }
        }
    }
}

/// Resolvers belong to the fields of a schema.
pub(super) fn schema<'a>(api: &Resource<'a>, cx: &mut Context<'a>) {
    let resolvers = parts("AWS::AppSync::Resolver", "ApiId", api, cx);
    let Some(first) = resolvers.first() else { return };
    let merged = cases(api, "ApiType", &Pins::none(), cx).iter().any(|kind| kind.text_or("GRAPHQL") != Some("GRAPHQL"));
    if merged || is_shared(cx) || cx.resources_of("AWS::AppSync::GraphQLSchema").next().is_some() {
        return;
    }
    let (span, other) = (api.key.span, first.key.span);
    cx.report(&GRAPHQL_INCOMPLETE, span, format!("`{}` has resolvers, but no schema with their fields", api.id()))
        .label(other, "a resolver")
        .help("Add an `AWS::AppSync::GraphQLSchema` with the `Definition`, and let the resolvers depend on it.");
}
