//! `DeploymentPreference` of functions and the CodeDeploy resources it makes.

use super::errors::{ErrorKind, Fault, Result};
use super::resource::{Cause, Macro, Resource};
use super::{World, conditions, role, tags};
use crate::transform::value::{Map, Text, Value, get_att, list, map, reference, sub_with};

const APPLICATION: &str = "ServerlessDeploymentApplication";
const ROLE: &str = "CodeDeployServiceRole";
const CONDITION: &str = "ServerlessCodeDeployCondition";

/// Configurations that CodeDeploy has under names of its own.
const PREDEFINED: &[&str] = &[
    "Canary10Percent5Minutes",
    "Canary10Percent10Minutes",
    "Canary10Percent15Minutes",
    "Canary10Percent30Minutes",
    "Linear10PercentEvery1Minute",
    "Linear10PercentEvery2Minutes",
    "Linear10PercentEvery3Minutes",
    "Linear10PercentEvery10Minutes",
    "AllAtOnce",
];

/// The preference of one function that is enabled.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The logical id of the function.
    pub function: Text,
    cause: Cause,
    ty: Value,
    alarms: Value,
    role: Value,
    triggers: Value,
    condition: Option<Text>,
    tags: Option<Value>,
}

/// Reads the preference of a function, if it has one that is enabled, and gives the alias its update policy.
///
/// # Errors
/// When the preference is not accepted.
pub fn prepare(source: &Macro, alias: Option<&mut Resource>, world: &mut World) -> Result<()> {
    let Some(given) = source.truthy("DeploymentPreference") else { return Ok(()) };
    let part = |name: &str| given.get(name).map(|v| world.resolver.both(v)).transpose();
    let enabled = part("Enabled")?;
    let ty = part("Type")?;
    let pass = match part("PassthroughCondition")? {
        None => false,
        Some(value) => boolean(source, &value)?,
    };
    let off = |v: &Value| !v.truthy() || matches!(v.as_str(), Some("false" | "False"));
    if enabled.is_some_and(|e| off(&e)) {
        return Ok(());
    }
    let Some(ty) = ty else {
        return Err(source.fault(ErrorKind::Missing, "`DeploymentPreference` needs `Type`").at(given.span));
    };
    let hooks = given.get("Hooks");
    if hooks.is_some_and(|h| !h.is_map()) {
        let message = "`Hooks` of `DeploymentPreference` must be a map";
        return Err(source.fault(ErrorKind::WrongType, message).at(source.span("DeploymentPreference")));
    }
    let get = |name: &str| given.get(name).cloned().unwrap_or_else(Value::null);
    let tags = source.truthy("PropagateTags").and(source.truthy("Tags")).cloned();
    let condition = source.attributes.get("Condition").and_then(Value::as_text).filter(|_| pass).cloned();
    let deployment = Deployment {
        function: source.id.clone(),
        cause: source.cause_of("DeploymentPreference"),
        ty,
        alarms: get("Alarms"),
        role: get("Role"),
        triggers: get("TriggerConfigurations"),
        condition,
        tags,
    };
    world.deployments.push(deployment);
    let Some(alias) = alias else {
        let message = "`DeploymentPreference` needs `AutoPublishAlias`";
        return Err(source.fault(ErrorKind::Exclusive, message).at(source.span("DeploymentPreference")));
    };
    let mut update = Map::new();
    update.insert("ApplicationName", reference(APPLICATION));
    update.insert("DeploymentGroupName", reference(source.id.plus("DeploymentGroup")));
    for (from, to) in [("PreTraffic", "BeforeAllowTrafficHook"), ("PostTraffic", "AfterAllowTrafficHook")] {
        if let Some(hook) = hooks.and_then(|h| h.truthy_at(from)) {
            update.insert(to, hook.clone());
        }
    }
    alias.attributes.insert("UpdatePolicy", map! { "CodeDeployLambdaAliasUpdate" => update });
    Ok(())
}

fn boolean(source: &Macro, value: &Value) -> Result<bool> {
    let is = |b: bool, words: [&str; 2]| value.is_exactly(b) || value.as_str().is_some_and(|s| words.contains(&s));
    if is(true, ["true", "True"]) {
        return Ok(true);
    }
    if is(false, ["false", "False"]) {
        return Ok(false);
    }
    let message = "`PassthroughCondition` must be `true` or `false`";
    Err(source.invalid(message).at(value.span))
}

/// The resources of CodeDeploy, once for the template.
pub fn translate(world: &mut World) -> Vec<Resource> {
    let deployments = std::mem::take(&mut world.deployments);
    let Some(first) = deployments.first() else { return Vec::new() };
    let condition = shared_condition(&deployments, world);
    let mut union = Map::new();
    for tags in deployments.iter().filter_map(|d| d.tags.as_ref()?.as_map()) {
        union.update(tags);
    }
    let shared = |mut resource: Resource| {
        if let Some(condition) = &condition {
            resource.attributes.insert("Condition", condition.clone());
        }
        let tags = tags::list(Some(&union.clone().into()));
        resource.with("Tags", if tags.is_empty() { Value::null() } else { tags.into() })
    };
    let application = Resource::new(APPLICATION, "AWS::CodeDeploy::Application", &first.cause);
    let mut made = vec![shared(application.with("ComputePlatform", "Lambda"))];
    if !deployments.iter().all(|d| d.role.truthy()) {
        let limited = matches!(world.partition, "aws-iso" | "aws-iso-b");
        let name = format!("service-role/AWSCodeDeployRoleForLambda{}", if limited { "Limited" } else { "" });
        made.push(shared(
            Resource::new(ROLE, "AWS::IAM::Role", &first.cause)
                .with("AssumeRolePolicyDocument", role::trust("codedeploy.amazonaws.com"))
                .with("ManagedPolicyArns", list![world.managed_policy(&name)]),
        ));
    }
    for deployment in &deployments {
        match group(deployment) {
            Ok(resource) => made.push(resource),
            Err(Fault::Local(error)) => world.errors.push(*error),
            Err(Fault::Fatal(errors)) => world.errors.extend(errors),
        }
    }
    made
}

/// The condition of application and role, if every function has one.
fn shared_condition(deployments: &[Deployment], world: &mut World) -> Option<Value> {
    let mut conditions: Vec<Text> = Vec::new();
    for deployment in deployments {
        let condition = deployment.condition.as_ref()?;
        if !conditions.contains(condition) {
            conditions.push(condition.clone());
        }
    }
    if let [only] = conditions.as_slice() {
        return Some(only.into());
    }
    if world.template.get("Conditions").is_some() {
        conditions::combine(&mut world.template, CONDITION, &conditions);
    }
    Some(CONDITION.into())
}

fn group(deployment: &Deployment) -> Result<Resource> {
    let alarms = match &deployment.alarms {
        v if !v.truthy() || v.is_no_value() => Value::null(),
        v => match v.call("Fn::If") {
            None => alarms(deployment, v)?,
            Some(argument) => {
                let Some([condition, yes, no]) = argument.as_list() else {
                    let message = "`Fn::If` in `Alarms` needs three arguments";
                    return Err(Fault::invalid(&deployment.function, message).at(v.span));
                };
                let branches = list![condition, alarms(deployment, yes)?, alarms(deployment, no)?];
                map! { "Fn::If" => branches }
            }
        },
    };
    let events = list!["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"];
    let role = if deployment.role.truthy() { deployment.role.clone() } else { get_att(ROLE, "Arn") };
    let truthy = |value: &Value| if value.truthy() { value.clone() } else { Value::null() };
    let tags = deployment.tags.as_ref().map(|t| Value::from(tags::list(Some(t))));
    let id = deployment.function.plus("DeploymentGroup");
    let mut resource = Resource::new(id, "AWS::CodeDeploy::DeploymentGroup", &deployment.cause)
        .with("AlarmConfiguration", alarms)
        .with("ApplicationName", reference(APPLICATION))
        .with("AutoRollbackConfiguration", map! { "Enabled" => true, "Events" => events })
        .with("DeploymentConfigName", configuration(&deployment.ty, ""))
        .with(
            "DeploymentStyle",
            map! { "DeploymentType" => "BLUE_GREEN", "DeploymentOption" => "WITH_TRAFFIC_CONTROL" },
        )
        .with("ServiceRoleArn", role)
        .with("TriggerConfigurations", truthy(&deployment.triggers))
        .with_some("Tags", tags);
    if let Some(condition) = &deployment.condition {
        resource.attributes.insert("Condition", condition);
    }
    Ok(resource)
}

fn alarms(deployment: &Deployment, value: &Value) -> Result<Value> {
    let Some(items) = value.as_list() else {
        let message = "`Alarms` of `DeploymentPreference` must be a list";
        return Err(Fault::invalid(&deployment.function, message).at(value.span).at(deployment.cause.span));
    };
    if items.first().is_none_or(Value::is_no_value) {
        return Ok(map! {});
    }
    let alarms: Vec<Value> = items.iter().map(|a| map! { "Name" => a }.at(a.span)).collect();
    Ok(map! { "Enabled" => true, "Alarms" => alarms })
}

/// The name of the configuration; those that CodeDeploy has are spelled its way, inside functions too.
fn configuration(value: &Value, key: &str) -> Value {
    if let Some(items) = value.as_list() {
        let items: Vec<Value> = items.iter().map(|v| configuration(v, "")).collect();
        return Value { span: value.span, ..items.into() };
    }
    if let Some((function, argument)) = value.only_pair().filter(|_| value.is_intrinsic()) {
        return map! { function => configuration(argument, function) }.at(value.span);
    }
    if !value.as_str().is_some_and(|name| PREDEFINED.contains(&name)) {
        return value.clone();
    }
    let (text, variables) = ("CodeDeployDefault.Lambda${ConfigName}", map! { "ConfigName" => value });
    let new = if key == "Fn::Sub" { list![text, variables] } else { sub_with(text, variables) };
    new.at(value.span)
}
