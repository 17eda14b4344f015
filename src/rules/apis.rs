//! APIs: what API Gateway refuses, ignores or answers with an error, seen between methods, authorizers, stages, keys and
//! deployments.

mod access;
mod cors;
mod graphql;
mod methods;
mod stages;

use crate::rule::linking::{Look, show};
use crate::rule::{Check, Context, Family, rule};

rule!(
    PROXY_TEMPLATES_IGNORED,
    "apis" / "SL142",
    "proxy-templates-ignored",
    Warning,
    "a proxy integration has templates or headers that nobody reads"
);
rule!(
    ANSWER_MISSING,
    "apis" / "SL143",
    "answer-missing",
    Warning,
    "a method has no answer for what its integration returns"
);
rule!(
    CACHE_REFUSED_OR_OFF,
    "apis" / "SL144",
    "cache-refused-or-off",
    Warning,
    "a stage is to keep answers, but has no cache or not such a one"
);
rule!(
    AUTHORIZER_INCOMPLETE,
    "apis" / "SL145",
    "authorizer-incomplete",
    Error,
    "an authorizer or a method lacks what its type of authorization needs"
);
rule!(
    KEY_OPENS_NOTHING,
    "apis" / "SL146",
    "key-opens-nothing",
    Warning,
    "an API wants keys, but no usage plan lets one in"
);
rule!(
    DEPLOYMENT_MADE_ONCE,
    "apis" / "SL147",
    "deployment-made-once",
    Info,
    "a deployment keeps its name, so later methods do not reach its stage"
);
rule!(
    STAGE_VARIABLE_MISSING,
    "apis" / "SL148",
    "stage-variable-missing",
    Warning,
    "a method uses a variable that a stage does not have"
);
rule!(
    NO_PREFLIGHT,
    "apis" / "SL149",
    "no-preflight",
    Info,
    "an API beside a website does not answer what browsers ask first"
);
rule!(
    PRIVATE_WITHOUT_POLICY,
    "apis" / "SL150",
    "private-without-policy",
    Error,
    "a private API is deployed without a resource policy"
);
rule!(
    CERTIFICATE_OF_OTHER_REGION,
    "apis" / "SL151",
    "certificate-of-other-region",
    Error,
    "the certificate of an edge domain is not in us-east-1"
);
rule!(
    GRAPHQL_INCOMPLETE,
    "apis" / "SL152",
    "graphql-incomplete",
    Error,
    "a GraphQL API, a data source or a resolver lacks what its type needs"
);
rule!(
    DEPLOYMENT_BEFORE_METHODS,
    "apis" / "SL080",
    "deployment-before-methods",
    Warning,
    "a deployment does not wait for the methods that it is to contain"
);

rule!(
    QUESTION_FOR_ANSWER,
    "apis" / "SL095",
    "question-for-answer",
    Warning,
    "an API answers browsers with a header that only their question has"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &DEPLOYMENT_BEFORE_METHODS,
        &QUESTION_FOR_ANSWER,
        &PROXY_TEMPLATES_IGNORED,
        &ANSWER_MISSING,
        &CACHE_REFUSED_OR_OFF,
        &AUTHORIZER_INCOMPLETE,
        &KEY_OPENS_NOTHING,
        &DEPLOYMENT_MADE_ONCE,
        &STAGE_VARIABLE_MISSING,
        &NO_PREFLIGHT,
        &PRIVATE_WITHOUT_POLICY,
        &CERTIFICATE_OF_OTHER_REGION,
        &GRAPHQL_INCOMPLETE,
    ],
    checks: &[Check::Template(apis)],
};

/// What looks at which type.
const LOOKS: &[(&str, Look)] = &[
    ("AWS::ApiGateway::ApiKey", access::key),
    ("AWS::ApiGateway::Authorizer", access::authorizer),
    ("AWS::ApiGateway::Deployment", stages::deployment),
    ("AWS::ApiGateway::Deployment", stages::deployment_cache),
    ("AWS::ApiGateway::DomainName", stages::domain),
    ("AWS::ApiGateway::GatewayResponse", cors::gateway_response),
    ("AWS::ApiGateway::Method", access::method),
    ("AWS::ApiGateway::Method", cors::method),
    ("AWS::ApiGateway::Method", methods::proxied),
    ("AWS::ApiGateway::Method", methods::answers),
    ("AWS::ApiGateway::RestApi", access::plans),
    ("AWS::ApiGateway::RestApi", methods::preflight),
    ("AWS::ApiGateway::RestApi", stages::private),
    ("AWS::ApiGateway::RestApi", stages::variables),
    ("AWS::ApiGateway::Stage", stages::cache),
    ("AWS::ApiGatewayV2::Api", methods::preflight_http),
    ("AWS::ApiGatewayV2::Authorizer", access::authorizer_http),
    ("AWS::ApiGatewayV2::Route", access::route),
    ("AWS::AppSync::DataSource", graphql::source),
    ("AWS::AppSync::FunctionConfiguration", graphql::source_name),
    ("AWS::AppSync::GraphQLApi", graphql::authorization),
    ("AWS::AppSync::GraphQLApi", graphql::schema),
    ("AWS::AppSync::Resolver", graphql::source_name),
];

fn apis(cx: &mut Context<'_>) {
    show(LOOKS, cx);
}

const METHOD: &str = "AWS::ApiGateway::Method";

/// `1 method`, `2 methods`.
fn count(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}
