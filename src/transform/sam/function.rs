//! `AWS::Serverless::Function`.

use super::errors::{ErrorKind, Result};
use super::events::{self, Target};
use super::resource::{Macro, Property, Resource, Type, any, p, strict};
use super::role::{self, RoleParts};
use super::{World, code, conditions, deployment, destinations, implicit, tags, version};
use crate::transform::python_text;
use crate::transform::value::{Kind, Map, Value, if_else, list, map};

pub use super::deployment::Deployment;

const STR_OR_MAP: Type = Type::One(&[Type::Str, Type::Map]);

/// The properties.
const PROPERTIES: &[Property] = &[
    p("FunctionName", STR_OR_MAP),
    any("Handler"),
    any("Runtime"),
    any("CodeUri"),
    any("ImageUri"),
    any("PackageType"),
    any("InlineCode"),
    p("DeadLetterQueue", Type::Map),
    any("Description"),
    any("MemorySize"),
    any("Timeout"),
    any("VpcConfig"),
    p("Role", Type::Str),
    p("AssumeRolePolicyDocument", Type::Map),
    p("Policies", Type::One(&[Type::Str, Type::Map, Type::ListOf(&STR_OR_MAP)])),
    any("RolePath"),
    p("PermissionsBoundary", Type::Str),
    p("Environment", Type::MapOf(&Type::Map)),
    p("Events", Type::MapOf(&Type::Map)),
    p("Tags", Type::Map),
    p("PropagateTags", Type::Bool),
    p("Tracing", Type::One(&[Type::Map, Type::Str])),
    any("KmsKeyArn"),
    p("DeploymentPreference", Type::Map),
    any("ReservedConcurrentExecutions"),
    p("Layers", Type::ListOf(&STR_OR_MAP)),
    p("EventInvokeConfig", Type::Map),
    any("EphemeralStorage"),
    p("AutoPublishAlias", Type::Str),
    p("AutoPublishCodeSha256", Type::Str),
    strict("AutoPublishAliasAllProperties", Type::Bool),
    any("VersionDescription"),
    any("ProvisionedConcurrencyConfig"),
    any("FileSystemConfigs"),
    any("ImageConfig"),
    any("CodeSigningConfigArn"),
    any("Architectures"),
    p("SnapStart", Type::Map),
    p("FunctionUrlConfig", Type::Map),
    any("RuntimeManagementConfig"),
    any("LoggingConfig"),
    any("RecursiveLoop"),
    any("SourceKMSKeyArn"),
    p("CapacityProviderConfig", Type::Map),
    p("FunctionScalingConfig", Type::Map),
    p("VersionDeletionPolicy", Type::Enum(&["Delete", "Retain"])),
    any("PublishToLatestPublished"),
    any("TenancyConfig"),
    p("DurableConfig", Type::Map),
];

/// The type.
pub static KIND: super::Kind = super::Kind {
    ty: "AWS::Serverless::Function",
    round: 0,
    properties: PROPERTIES,
    translate,
    referable: &[
        ("Alias", "AWS::Lambda::Alias"),
        ("Version", "AWS::Lambda::Version"),
        ("DestinationTopic", "AWS::SNS::Topic"),
        ("DestinationQueue", "AWS::SQS::Queue"),
    ],
};

/// The properties of the generated function, in the order of output.
const ORDER: &[&str] = &[
    "Code",
    "PackageType",
    "DeadLetterConfig",
    "Description",
    "FunctionName",
    "Handler",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
    "VpcConfig",
    "Environment",
    "Tags",
    "TracingConfig",
    "KmsKeyArn",
    "Layers",
    "ReservedConcurrentExecutions",
    "FileSystemConfigs",
    "CodeSigningConfigArn",
    "ImageConfig",
    "Architectures",
    "SnapStart",
    "EphemeralStorage",
    "RuntimeManagementConfig",
    "LoggingConfig",
    "RecursiveLoop",
    "CapacityProviderConfig",
    "FunctionScalingConfig",
    "PublishToLatestPublished",
    "TenancyConfig",
    "DurableConfig",
];

/// Those of them that are copied.
const SAME: &[&str] = &[
    "Handler",
    "Runtime",
    "Description",
    "MemorySize",
    "Timeout",
    "VpcConfig",
    "Role",
    "Environment",
    "KmsKeyArn",
    "ReservedConcurrentExecutions",
    "Layers",
    "FileSystemConfigs",
    "ImageConfig",
    "PackageType",
    "Architectures",
    "SnapStart",
    "EphemeralStorage",
    "CodeSigningConfigArn",
    "RuntimeManagementConfig",
    "LoggingConfig",
    "TenancyConfig",
    "RecursiveLoop",
    "DurableConfig",
    "PublishToLatestPublished",
];

/// Records the text of the function's name for each REST API that its events name.
///
/// # Errors
/// When the name cannot be resolved.
pub fn note_names(source: &Value, world: &mut World) -> Result<()> {
    let Some(events) = source.path(&["Properties", "Events"]).and_then(Value::as_map) else { return Ok(()) };
    let Some(name) = source.path(&["Properties", "FunctionName"]) else { return Ok(()) };
    for event in events.values() {
        let api = event.path(&["Properties", "RestApiId"]).filter(|v| v.truthy());
        if event.get("Type").and_then(Value::as_str) != Some("Api") || api.is_none() {
            continue;
        }
        let Some(api) = implicit::api_id(api).and_then(Value::as_str).map(str::to_owned) else { continue };
        let resolved = world.resolver.parameters(&name.deep_copy())?;
        if resolved.truthy() {
            world.function_names.push((api, python_text::str(&resolved)));
        }
    }
    Ok(())
}

/// Generates the function and everything around it.
///
/// # Errors
/// The first problem.
pub fn translate(source: Macro, world: &mut World) -> Result<Vec<Resource>> {
    events::link(&source, world)?;
    check(&source)?;
    let tracing = traced(&source, world)?;
    let mut function = function(&source, world)?;
    let mut rest = Vec::new();
    let alias_name = version::alias_name(&source, world)?;
    let mut alias = None;
    if let Some(name) = &alias_name {
        let version = version::version(&source, &mut function, world)?;
        alias = Some(version::alias(&source, name, &version)?);
        rest.push(version);
    }
    let target = match &alias {
        Some(alias) => {
            Target { id: alias.id.clone(), function: source.id.clone(), alias: true, passed_on: alias.passed_on() }
        }
        None => {
            let id = source.id.clone();
            Target { function: id.clone(), id, alias: false, passed_on: source.passed_on() }
        }
    };
    let mut after = version::url(&source, &target)?;
    deployment::prepare(&source, alias.as_mut(), world)?;
    rest.extend(alias);
    rest.append(&mut after);
    let mut policies = Vec::new();
    if source.truthy("EventInvokeConfig").is_some() {
        let made = destinations::translate(&source, alias_name.as_ref(), &target, world)?;
        rest.extend(made.0);
        policies = made.1;
    }
    let mut role = execution_role(&source, tracing, policies, world)?;
    let emit = choose_role(&source, &mut function, &mut role, world)?;
    let events = events::translate(&source, &target, &mut role, world)?;
    function.properties = role::ordered(&function.properties, ORDER);
    let mut made = vec![function];
    made.append(&mut rest);
    if emit {
        made.push(role);
    }
    made.extend(events);
    tags::propagate(&mut made, source.get("Tags"), source.truthy("PropagateTags").is_some());
    Ok(made)
}

fn check(source: &Macro) -> Result<()> {
    let given = |name: &str| source.get(name).is_some();
    let exclusive = |message: &str, at: &str| Err(source.fault(ErrorKind::Exclusive, message).at(source.span(at)));
    for other in ["ProvisionedConcurrencyConfig", "VpcConfig"] {
        if given("CapacityProviderConfig") && given(other) {
            return exclusive(&format!("`CapacityProviderConfig` and `{other}` exclude each other"), other);
        }
    }
    for (name, needed) in
        [("FunctionScalingConfig", "CapacityProviderConfig"), ("VersionDeletionPolicy", "AutoPublishAlias")]
    {
        if given(name) && !given(needed) {
            return exclusive(&format!("`{name}` needs `{needed}`"), name);
        }
    }
    if let Some(queue) = source.truthy("DeadLetterQueue") {
        let (Some(ty), Some(_)) = (queue.truthy_at("Type"), queue.truthy_at("TargetArn")) else {
            let message = "`DeadLetterQueue` needs `Type` and `TargetArn`";
            return Err(source.fault(ErrorKind::Missing, message).at(queue.span));
        };
        let ty = source.expect("DeadLetterQueue.Type", Type::Str, Some(ty))?;
        if !matches!(ty.as_str(), Some("SQS" | "SNS")) {
            return Err(source.invalid("`Type` of `DeadLetterQueue` must be `SQS` or `SNS`").at(ty.span));
        }
    }
    if source.truthy("TenancyConfig").is_some() {
        for other in ["ProvisionedConcurrencyConfig", "FunctionUrlConfig", "SnapStart"] {
            if source.truthy(other).is_some() {
                return exclusive(&format!("`TenancyConfig` and `{other}` exclude each other"), other);
            }
        }
        for event in source.get("Events").and_then(Value::as_map).into_iter().flat_map(Map::values) {
            if !matches!(event.get("Type").and_then(Value::as_str), Some("Api" | "HttpApi")) {
                let message = "functions with `TenancyConfig` can only have events of type `Api` and `HttpApi`";
                return Err(source.fault(ErrorKind::Exclusive, message).at(event.span));
            }
        }
    }
    Ok(())
}

/// `Tracing` after parameters are resolved, and whether it is on.
fn traced(source: &Macro, world: &World) -> Result<bool> {
    let Some(tracing) = source.truthy("Tracing") else { return Ok(false) };
    Ok(world.resolver.parameters(tracing)?.as_str() != Some("Disabled"))
}

fn function(source: &Macro, world: &World) -> Result<Resource> {
    let mut function = Resource::new(source.id.clone(), "AWS::Lambda::Function", &source.cause)
        .with_attributes(&source.attributes)
        .depending_on(source.depends_on.clone())
        .with_some("FunctionName", source.truthy("FunctionName"))
        .with("Code", package(source)?)
        .with_same(source, SAME)
        .with("Tags", tags::with_creator(source, Vec::new())?);
    if let Some(tracing) = source.truthy("Tracing").filter(|_| traced(source, world).unwrap_or(false)) {
        // `Fn::Sub` at the top is edited where it stands, `Ref` is not.
        let shown =
            if tracing.call("Fn::Sub").is_some() { world.resolver.parameters(tracing)? } else { tracing.clone() };
        function.set("TracingConfig", map! { "Mode" => shown });
    }
    if let Some(queue) = source.truthy("DeadLetterQueue") {
        function.set(
            "DeadLetterConfig",
            map! { "TargetArn" => queue.get("TargetArn").cloned().unwrap_or_else(Value::null) },
        );
    }
    if let Some(config) = source.truthy("CapacityProviderConfig") {
        function.set("CapacityProviderConfig", capacity_provider(source, config)?);
    }
    if let Some(config) = source.truthy("FunctionScalingConfig") {
        function.set("FunctionScalingConfig", config);
    }
    check_package(source, &function)?;
    Ok(function)
}

/// The `Code` of the function.
fn package(source: &Macro) -> Result<Value> {
    let image = match source.truthy("PackageType").map(Value::as_str) {
        None | Some(Some("Zip")) => false,
        Some(Some("Image")) => true,
        _ => return Err(source.invalid("`PackageType` must be `Zip` or `Image`").at(source.span("PackageType"))),
    };
    let mut code = if image {
        let Some(uri) = source.truthy("ImageUri") else {
            return Err(source.fault(ErrorKind::Missing, "a function of package type `Image` needs `ImageUri`"));
        };
        map! { "ImageUri" => uri }
    } else if let Some(inline) = source.get("InlineCode") {
        map! { "ZipFile" => inline }
    } else if source.get("CodeUri").is_some() {
        Value::from(code::lambda_location(source, "CodeUri")?)
    } else {
        return Err(source.fault(ErrorKind::Missing, "a function needs `CodeUri` or `InlineCode`"));
    };
    if let Some(key) = source.truthy("SourceKMSKeyArn").filter(|_| !image) {
        code.set("SourceKMSKeyArn", key);
    }
    Ok(code.at(source.span(if image {
        "ImageUri"
    } else if source.get("InlineCode").is_some() {
        "InlineCode"
    } else {
        "CodeUri"
    })))
}

fn check_package(source: &Macro, function: &Resource) -> Result<()> {
    let truthy = |name: &str| function.get(name).is_some_and(Value::truthy);
    let image = source.str("PackageType") == Some("Image");
    if !image {
        for name in ["Runtime", "Handler"] {
            if !truthy(name) {
                return Err(
                    source.fault(ErrorKind::Missing, format!("a function of package type `Zip` needs `{name}`"))
                );
            }
        }
    }
    let refused: &[&str] = if image { &["Handler", "Runtime", "Layers"] } else { &["ImageConfig"] };
    for name in refused {
        if truthy(name) {
            let kind = if image { "Image" } else { "Zip" };
            let message = format!("a function of package type `{kind}` cannot have `{name}`");
            return Err(source.fault(ErrorKind::Exclusive, message).at(source.span(name)));
        }
    }
    if source.truthy("ProvisionedConcurrencyConfig").is_some() && source.truthy("AutoPublishAlias").is_none() {
        let message = "`ProvisionedConcurrencyConfig` needs `AutoPublishAlias`";
        return Err(source.fault(ErrorKind::Exclusive, message).at(source.span("ProvisionedConcurrencyConfig")));
    }
    Ok(())
}

/// `CapacityProviderConfig` in the form of CloudFormation.
fn capacity_provider(source: &Macro, config: &Value) -> Result<Value> {
    const KEYS: &[(&str, &str)] = &[
        ("Arn", "CapacityProviderArn"),
        ("PerExecutionEnvironmentMaxConcurrency", "PerExecutionEnvironmentMaxConcurrency"),
        ("ExecutionEnvironmentMemoryGiBPerVCpu", "ExecutionEnvironmentMemoryGiBPerVCpu"),
    ];
    let names: Vec<&str> = KEYS.iter().map(|k| k.0).collect();
    source.only(config, "CapacityProviderConfig", &names)?;
    if config.given("Arn").is_none() {
        return Err(source.fault(ErrorKind::Missing, "`CapacityProviderConfig` needs `Arn`").at(config.span));
    }
    let mut inner = Map::new();
    for (key, to) in KEYS {
        let Some(value) = config.given(key) else { continue };
        let accepted = match (*key, &value.kind) {
            (_, Kind::Map(_)) => Some(value.clone()),
            ("Arn", Kind::Str(_)) => Some(value.clone()),
            ("Arn", Kind::Int(i)) => Some(Value::from(i.to_string()).at(value.span)),
            ("Arn", _) => None,
            (_, Kind::Int(_)) => Some(value.clone()),
            (_, Kind::Bool(b)) => Some(Value::from(i64::from(*b)).at(value.span)),
            ("PerExecutionEnvironmentMaxConcurrency" | "ExecutionEnvironmentMemoryGiBPerVCpu", Kind::Float(f)) => {
                Some(Value::from(f.trunc() as i64).at(value.span))
            }
            (_, Kind::Str(text)) => text.trim().parse::<i64>().ok().map(|i| Value::from(i).at(value.span)),
            _ => None,
        };
        let Some(accepted) = accepted else {
            return Err(source.fault(ErrorKind::WrongType, format!("`{key}` has the wrong type")).at(value.span));
        };
        inner.insert(*to, accepted);
    }
    Ok(map! { "LambdaManagedInstancesCapacityProviderConfig" => inner }.at(config.span))
}

fn execution_role(source: &Macro, tracing: bool, more: Vec<Value>, world: &World) -> Result<Resource> {
    let durable = source.truthy("DurableConfig").is_some();
    let basic = if durable { "AWSLambdaBasicDurableExecutionRolePolicy" } else { "AWSLambdaBasicExecutionRole" };
    let mut managed = vec![Value::from(world.managed_policy(&format!("service-role/{basic}")))];
    if tracing {
        managed.push(world.managed_policy(world.xray_policy()).into());
    }
    if source.truthy("VpcConfig").is_some() {
        managed.push(world.managed_policy("service-role/AWSLambdaVPCAccessExecutionRole").into());
    }
    let mut policies = Vec::new();
    if let Some(queue) = source.truthy("DeadLetterQueue") {
        let action =
            if queue.get("Type").and_then(Value::as_str) == Some("SQS") { "sqs:SendMessage" } else { "sns:Publish" };
        let target = queue.get("TargetArn").cloned().unwrap_or_else(Value::null);
        let statement = map! { "Action" => action, "Resource" => target, "Effect" => "Allow" };
        policies.push(map! {
            "PolicyName" => "DeadLetterQueuePolicy",
            "PolicyDocument" => map! { "Version" => "2012-10-17", "Statement" => list![statement] },
        });
    }
    policies.extend(more);
    let trust = source.get("AssumeRolePolicyDocument").cloned().unwrap_or_else(|| role::trust("lambda.amazonaws.com"));
    let tags = tags::with_creator(source, Vec::new())?;
    role::execution_role(source, RoleParts { trust, managed, policies, tags, extra: Vec::new() }, world)
}

/// Decides whether the generated role is used: always without `Role`, in one branch of an `Fn::If` that holds no value.
fn choose_role(source: &Macro, function: &mut Resource, role: &mut Resource, world: &mut World) -> Result<bool> {
    let Some(given) = source.get("Role") else {
        function.set("Role", role.arn());
        return Ok(true);
    };
    if !given.is_if() {
        return Ok(false);
    }
    let resolved = world.resolver.parameters(given)?;
    function.set("Role", resolved.clone());
    let Some([condition, yes, no]) = resolved.call("Fn::If").and_then(Value::as_list) else {
        return Err(source.invalid("`Fn::If` in `Role` needs three arguments").at(given.span));
    };
    match (yes.is_no_value(), no.is_no_value()) {
        (true, true) => function.set("Role", role.arn()),
        (true, false) => {
            function.set("Role", if_else(condition, role.arn(), no));
            role.attributes.insert("Condition", condition);
        }
        (false, true) => {
            function.set("Role", if_else(condition, yes, role.arn()));
            let negated = format!("NOT{}", python_text::str(condition));
            role.attributes.insert("Condition", negated.clone());
            world.add_condition(negated, conditions::not(condition));
        }
        (false, false) => return Ok(false),
    }
    Ok(true)
}
