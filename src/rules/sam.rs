//! What is only allowed in SAM templates: serverless types, Globals, connectors.

use crate::intrinsics::Intrinsic;
use crate::rule::shape::{self, Checker, Kind, Problem, Shape, quoted};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Family, rule};
use crate::syntax::{Node, NodeKind};
use crate::template::Resource;

rule!(
    SERVERLESS_WITHOUT_TRANSFORM,
    "sam" / "E3038",
    "serverless-without-transform",
    Error,
    "a serverless resource stands in a template without the SAM transform"
);
rule!(
    SAM_ATTRIBUTE_WITHOUT_TRANSFORM,
    "sam" / "E3066",
    "sam-attribute-without-transform",
    Error,
    "an attribute of SAM stands in a template without the SAM transform"
);
rule!(
    BAD_GLOBALS,
    "sam" / "E3724",
    "bad-globals",
    Error,
    "Globals is malformed or stands in a template without the SAM transform"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&SERVERLESS_WITHOUT_TRANSFORM, &SAM_ATTRIBUTE_WITHOUT_TRANSFORM, &BAD_GLOBALS],
    checks: &[
        Check::Resource(&[], serverless),
        Check::Resource(&[], attributes),
        Check::Template(globals),
        Check::Resource(&[], ignore_globals),
    ],
};

const ADD_TRANSFORM: &str = "Add `Transform: AWS::Serverless-2016-10-31` at the top of the template.";

fn serverless(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let (Some(kind), Some(node)) = (resource.kind(), resource.type_node()) else { return };
    if kind.starts_with("AWS::Serverless::") && !cx.template.is_sam() {
        let message = format!("`{kind}` exists only in templates with the SAM transform");
        cx.report(&SERVERLESS_WITHOUT_TRANSFORM, node.span, message).help(ADD_TRANSFORM);
    }
}

fn attributes(resource: &Resource<'_>, cx: &mut Context<'_>) {
    if cx.template.is_sam() {
        return;
    }
    for name in ["Connectors", "IgnoreGlobals"] {
        if let Some(e) = resource.node.entry(name) {
            let message = format!("`{name}` exists only in templates with the SAM transform");
            cx.report(&SAM_ATTRIBUTE_WITHOUT_TRANSFORM, e.key.span, message).help(ADD_TRANSFORM);
        }
    }
}

static TEXT_OR_MAP: Shape = Shape::of(&[Kind::Text, Kind::Map]);
static CODE_URI: Shape = Shape {
    members: &[
        ("Bucket", &TEXT_OR_MAP),
        ("Key", &TEXT_OR_MAP),
        ("StorageMode", &TEXT_OR_MAP),
        ("Version", &TEXT_OR_MAP),
    ],
    closed: true,
    ..Shape::of(&[Kind::Text, Kind::Map])
};
static API: Shape = Shape::closed(&[
    ("AccessLogSetting", &shape::ANY),
    ("AlwaysDeploy", &shape::BOOLEAN),
    ("Auth", &shape::ANY),
    ("BinaryMediaTypes", &shape::ANY),
    ("CacheClusterEnabled", &shape::BOOLEAN),
    ("CacheClusterSize", &shape::TEXT),
    ("CanarySetting", &shape::ANY),
    ("Cors", &TEXT_OR_MAP),
    ("DefinitionUri", &shape::ANY),
    ("Domain", &shape::ANY),
    ("EndpointConfiguration", &shape::ANY),
    ("GatewayResponses", &shape::MAP),
    ("MergeDefinitions", &shape::BOOLEAN),
    ("MethodSettings", &shape::ANY),
    ("MinimumCompressionSize", &shape::NUMBER),
    ("Name", &shape::TEXT),
    ("OpenApiVersion", &shape::TEXT),
    ("PropagateTags", &shape::BOOLEAN),
    ("SecurityPolicy", &shape::TEXT),
    ("TracingEnabled", &shape::BOOLEAN),
    ("Variables", &shape::MAP),
]);
static CAPACITY_PROVIDER: Shape = Shape::closed(&[
    ("InstanceRequirements", &shape::ANY),
    ("KmsKeyArn", &shape::TEXT),
    ("OperatorRole", &shape::ANY),
    ("PropagateTags", &shape::BOOLEAN),
    ("ScalingConfig", &shape::ANY),
    ("Tags", &shape::MAP),
    ("VpcConfig", &shape::ANY),
]);
static FUNCTION: Shape = Shape::closed(&[
    ("Architectures", &shape::TEXTS),
    ("AssumeRolePolicyDocument", &shape::MAP),
    ("AutoPublishAlias", &TEXT_OR_MAP),
    ("CapacityProviderConfig", &shape::ANY),
    ("CodeUri", &CODE_URI),
    ("DeadLetterQueue", &shape::MAP),
    ("DeploymentPreference", &shape::ANY),
    ("Description", &shape::ANY),
    ("DurableConfig", &shape::ANY),
    ("Environment", &shape::ANY),
    ("EphemeralStorage", &shape::ANY),
    ("EventInvokeConfig", &shape::ANY),
    ("FunctionScalingConfig", &shape::ANY),
    ("Handler", &shape::TEXT),
    ("KmsKeyArn", &shape::ANY),
    ("Layers", &shape::ANY),
    ("LoggingConfig", &shape::ANY),
    ("MemorySize", &shape::ANY),
    ("PermissionsBoundary", &shape::TEXT),
    ("PropagateTags", &shape::BOOLEAN),
    ("ProvisionedConcurrencyConfig", &shape::ANY),
    ("PublishToLatestPublished", &shape::BOOLEAN),
    ("RecursiveLoop", &shape::TEXT),
    ("ReservedConcurrentExecutions", &shape::ANY),
    ("RolePath", &shape::TEXT),
    ("Runtime", &shape::TEXT),
    ("RuntimeManagementConfig", &shape::ANY),
    ("SnapStart", &shape::ANY),
    ("SourceKMSKeyArn", &shape::TEXT),
    ("Tags", &shape::MAP),
    ("TenancyConfig", &shape::ANY),
    ("Timeout", &shape::ANY),
    ("Tracing", &TEXT_OR_MAP),
    ("VersionDeletionPolicy", &TEXT_OR_MAP),
    ("VpcConfig", &shape::ANY),
]);
static HTTP_API: Shape = Shape::closed(&[
    ("AccessLogSettings", &shape::ANY),
    ("Auth", &shape::ANY),
    ("CorsConfiguration", &shape::ANY),
    ("DefaultRouteSettings", &shape::ANY),
    ("Domain", &shape::ANY),
    ("FailOnWarnings", &shape::ANY),
    ("PropagateTags", &shape::BOOLEAN),
    ("RouteSettings", &shape::ANY),
    ("StageVariables", &shape::ANY),
    ("Tags", &shape::ANY),
]);
static WEB_SOCKET_API: Shape = Shape::closed(&[
    ("AccessLogSettings", &shape::ANY),
    ("ApiKeySelectionExpression", &shape::TEXT),
    ("DefaultRouteSettings", &shape::ANY),
    ("DisableExecuteApiEndpoint", &shape::BOOLEAN),
    ("DisableSchemaValidation", &shape::BOOLEAN),
    ("Domain", &shape::ANY),
    ("IpAddressType", &shape::TEXT),
    ("PropagateTags", &shape::BOOLEAN),
    ("RouteSelectionExpression", &shape::TEXT),
    ("RouteSettings", &shape::ANY),
    ("StageVariables", &shape::ANY),
    ("Tags", &shape::MAP),
]);
static LAYER_VERSION: Shape = Shape::closed(&[("PublishLambdaVersion", &shape::BOOLEAN)]);
static SIMPLE_TABLE: Shape = Shape::closed(&[("SSESpecification", &shape::ANY)]);
static STATE_MACHINE: Shape = Shape::closed(&[("PropagateTags", &shape::BOOLEAN)]);
static GLOBALS: Shape = Shape::closed(&[
    ("Api", &API),
    ("CapacityProvider", &CAPACITY_PROVIDER),
    ("Function", &FUNCTION),
    ("HttpApi", &HTTP_API),
    ("LayerVersion", &LAYER_VERSION),
    ("SimpleTable", &SIMPLE_TABLE),
    ("StateMachine", &STATE_MACHINE),
    ("WebSocketApi", &WEB_SOCKET_API),
]);

fn globals(cx: &mut Context<'_>) {
    let template = cx.template;
    let Some(e) = template.root.entry("Globals") else { return };
    if !matches!(e.value.kind, NodeKind::Map(_)) {
        return;
    }
    if !template.is_sam() {
        cx.report(&BAD_GLOBALS, e.key.span, "`Globals` exists only in templates with the SAM transform")
            .help(ADD_TRANSFORM);
        return;
    }
    let found = &mut |p: Problem<'_>| {
        let d = cx.report(&BAD_GLOBALS, p.span, p.message);
        d.help = p.help;
    };
    Checker { functions: true, found }.check(&e.value, "Globals", e.key.span, &GLOBALS);
}

/// Names in `IgnoreGlobals` must be properties that Globals sets for this type.
fn ignore_globals(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let template = cx.template;
    let Some(items) = resource.node.get("IgnoreGlobals").and_then(Node::as_list) else { return };
    let Some(group) = resource.kind().and_then(|k| k.strip_prefix("AWS::Serverless::")) else { return };
    let Some(set) = template.root.at(&["Globals", group]).and_then(Node::as_map).filter(|_| template.is_sam()) else {
        return;
    };
    let names: Vec<&str> = set.iter().map(|e| &*e.key.text).collect();
    if names.iter().any(|n| Intrinsic::from_name(n).is_some()) {
        return;
    }
    for item in items {
        let Some(name) = item.as_str().filter(|n| !names.contains(n)) else { continue };
        let message = format!("`{name}` is not set under `Globals.{group}`; set there: {}", quoted(&names));
        let d = cx.report(&BAD_GLOBALS, item.span, message);
        if let Some(known) = nearest(name, names.iter().copied()) {
            d.help(format!("Did you mean `{known}`?"));
        }
    }
}
