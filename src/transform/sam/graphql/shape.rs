//! The properties of a GraphQL API below the first level.

use crate::transform::sam::shapes::{Field, Shape, TEXT, may, must};

const ANY: Shape = Shape::Any;

const TYPE: Shape = Shape::Words(&["AWS_IAM", "API_KEY", "AWS_LAMBDA", "OPENID_CONNECT", "AMAZON_COGNITO_USER_POOLS"]);

const LAMBDA: Shape = Shape::Model(&[
    may("AuthorizerResultTtlInSeconds", ANY),
    must("AuthorizerUri", ANY),
    may("IdentityValidationExpression", ANY),
]);

const OPENID: Shape =
    Shape::Model(&[may("AuthTTL", ANY), may("ClientId", ANY), may("IatTTL", ANY), may("Issuer", ANY)]);

const POOL: Shape = Shape::Model(&[
    may("AppIdClientRegex", ANY),
    may("AwsRegion", ANY),
    may("DefaultAction", ANY),
    must("UserPoolId", ANY),
]);

const ADDITIONAL: Shape = Shape::Model(&[
    must("Type", TYPE),
    may("LambdaAuthorizer", LAMBDA),
    may("OpenIDConnect", OPENID),
    may("UserPool", POOL),
]);

const AUTH: Shape = Shape::Model(&[
    must("Type", TYPE),
    may("LambdaAuthorizer", LAMBDA),
    may("OpenIDConnect", OPENID),
    may("UserPool", POOL),
    may("Additional", Shape::List(&ADDITIONAL)),
]);

const LOGGING: Shape = Shape::Either(&[
    Shape::Model(&[may("CloudWatchLogsRoleArn", ANY), may("ExcludeVerboseContent", ANY), may("FieldLogLevel", ANY)]),
    Shape::Bool,
]);

const DYNAMO_DB: Shape = Shape::Model(&[
    must("TableName", ANY),
    may("ServiceRoleArn", ANY),
    may("TableArn", ANY),
    may("Permissions", Shape::List(&Shape::Words(&["Read", "Write"]))),
    may("Name", ANY),
    may("Description", ANY),
    may("Region", ANY),
    may(
        "DeltaSync",
        Shape::Model(&[must("BaseTableTTL", ANY), must("DeltaSyncTableName", ANY), must("DeltaSyncTableTTL", ANY)]),
    ),
    may("UseCallerCredentials", ANY),
    may("Versioned", ANY),
]);

const FUNCTION_SOURCE: Shape =
    Shape::Model(&[must("FunctionArn", ANY), may("ServiceRoleArn", ANY), may("Name", ANY), may("Description", ANY)]);

const RUNTIME: Shape = Shape::Model(&[must("Name", ANY), must("Version", ANY)]);

const SYNC: Shape = Shape::Model(&[
    must("ConflictDetection", ANY),
    may("ConflictHandler", ANY),
    may("LambdaConflictHandlerConfig", Shape::Model(&[must("LambdaConflictHandlerArn", ANY)])),
]);

const FUNCTION: Shape = Shape::Model(&[
    may("DataSource", TEXT),
    may("Runtime", RUNTIME),
    may("InlineCode", ANY),
    may("CodeUri", ANY),
    may("Description", ANY),
    may("MaxBatchSize", ANY),
    may("Name", Shape::Str),
    may("Id", ANY),
    may("Sync", SYNC),
]);

const RESOLVER: Shape = Shape::Model(&[
    may("FieldName", Shape::Str),
    may("Caching", Shape::Model(&[must("Ttl", ANY), may("CachingKeys", Shape::List(&ANY))])),
    may("InlineCode", ANY),
    may("CodeUri", ANY),
    may("MaxBatchSize", ANY),
    may("Pipeline", Shape::List(&Shape::Str)),
    may("Runtime", RUNTIME),
    may("Sync", SYNC),
]);

const CACHE: Shape = Shape::Model(&[
    must("ApiCachingBehavior", ANY),
    must("Ttl", ANY),
    must("Type", ANY),
    may("AtRestEncryptionEnabled", ANY),
    may("TransitEncryptionEnabled", ANY),
]);

/// All properties.
pub const PROPERTIES: &[Field] = &[
    must("Auth", AUTH),
    may("Tags", Shape::Map),
    may("Name", ANY),
    may("XrayEnabled", Shape::Bool),
    may("SchemaInline", ANY),
    may("SchemaUri", ANY),
    may("Logging", LOGGING),
    may(
        "DataSources",
        Shape::Model(&[may("DynamoDb", Shape::MapOf(&DYNAMO_DB)), may("Lambda", Shape::MapOf(&FUNCTION_SOURCE))]),
    ),
    may("Functions", Shape::MapOf(&FUNCTION)),
    may("Resolvers", Shape::MapOf(&Shape::MapOf(&RESOLVER))),
    may(
        "ApiKeys",
        Shape::MapOf(&Shape::Model(&[may("ApiKeyId", ANY), may("Description", ANY), may("ExpiresOn", ANY)])),
    ),
    may("DomainName", Shape::Model(&[must("CertificateArn", ANY), must("DomainName", ANY), may("Description", ANY)])),
    may("Cache", CACHE),
    may("Visibility", ANY),
    may("OwnerContact", ANY),
    may("IntrospectionConfig", ANY),
    may("QueryDepthLimit", ANY),
    may("ResolverCountLimit", ANY),
];
