//! Usage plans of REST APIs, for one API or shared by all.

use super::World;
use super::errors::{ErrorKind, Fault, Result};
use super::resource::{Macro, Resource};
use crate::transform::value::{Map, Text, Value, list, map, reference};

const CONDITION: &str = "SharedUsagePlanCondition";

/// What APIs with a shared plan have in common, as far as they are translated.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    depends_on: Vec<Value>,
    api_stages: Vec<Value>,
    stage_keys: Vec<Value>,
    conditions: Vec<Value>,
    unconditional: bool,
    deletion_policy: Option<Value>,
    update_replace_policy: Option<Value>,
}

/// Plan, key and their link; nothing without `Auth.UsagePlan`.
///
/// # Errors
/// When `UsagePlan` is not accepted.
pub fn translate(source: &Macro, auth: &Value, stage: &Text, world: &mut World) -> Result<Vec<Resource>> {
    const KEYS: &[&str] = &["CreateUsagePlan", "Description", "Quota", "Tags", "Throttle", "UsagePlanName"];
    let Some(given) = auth.given("UsagePlan") else { return Ok(Vec::new()) };
    let invalid = |message: &str, at: &Value| Err(source.invalid(message).at(at.span).at(given.span));
    if !given.is_map() {
        return invalid("`UsagePlan` must be a map", given);
    }
    source.only(given, "UsagePlan", KEYS)?;
    let Some(create) = given.given("CreateUsagePlan") else {
        return Err(source.fault(ErrorKind::Missing, "`UsagePlan` needs `CreateUsagePlan`").at(given.span));
    };
    let shared = match create.as_str() {
        Some("NONE") => return Ok(Vec::new()),
        Some("PER_API") => false,
        Some("SHARED") => true,
        _ => return invalid("`CreateUsagePlan` must be `SHARED`, `PER_API` or `NONE`", create),
    };
    let api_stage = map! { "ApiId" => reference(source.id.clone()), "Stage" => reference(stage.clone()) };
    let stage_key = map! { "RestApiId" => reference(source.id.clone()), "StageName" => reference(stage.clone()) };
    let (prefix, depends_on, api_stages, stage_keys, attributes) = if shared {
        let attributes = combine(source, world).map_err(|f| f.at(create.span))?;
        let all = &mut world.shared_usage_plan;
        for (list, item) in [
            (&mut all.depends_on, Value::from(&source.id)),
            (&mut all.api_stages, api_stage),
            (&mut all.stage_keys, stage_key),
        ] {
            if !list.iter().any(|v| v.same(&item)) {
                list.push(item);
            }
        }
        let (depends_on, stages, keys) = (all.depends_on.clone(), all.api_stages.clone(), all.stage_keys.clone());
        (Text::from("Serverless"), depends_on, stages, keys, attributes)
    } else {
        let depends_on = vec![Value::from(&source.id)];
        (source.id.clone(), depends_on, vec![api_stage], vec![stage_key], source.passed_on())
    };
    let cause = source.cause_of("Auth").below("UsagePlan", given.span);
    let resource = |suffix: &str, ty, on: Value| {
        Resource::new(prefix.plus(suffix), ty, &cause).with_attributes(&attributes).depending_on(Some(on))
    };
    let mut plan = resource("UsagePlan", "AWS::ApiGateway::UsagePlan", depends_on.into()).with("ApiStages", api_stages);
    for name in ["Description", "Quota", "Tags", "Throttle", "UsagePlanName"] {
        if let Some(value) = given.truthy_at(name) {
            plan.set(name, value);
        }
    }
    let key = resource("ApiKey", "AWS::ApiGateway::ApiKey", list![plan.id.clone()])
        .with("Enabled", true)
        .with("StageKeys", stage_keys);
    let link = resource("UsagePlanKey", "AWS::ApiGateway::UsagePlanKey", list![key.id.clone()])
        .with("KeyId", key.reference())
        .with("KeyType", "API_KEY")
        .with("UsagePlanId", plan.reference());
    Ok(vec![plan, key, link])
}

/// The attributes of shared resources, from those of all APIs so far.
fn combine(source: &Macro, world: &mut World) -> Result<Map> {
    let own = source.passed_on();
    let word = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let shared = &mut world.shared_usage_plan;
    if let Some(policy) = own.get("DeletionPolicy").filter(|p| p.truthy())
        && (shared.deletion_policy.is_none() || word(policy) == "Retain")
    {
        shared.deletion_policy = Some(policy.clone());
    }
    if let Some(policy) = own.get("UpdateReplacePolicy").filter(|p| p.truthy()) {
        let replace = match &shared.update_replace_policy {
            None => true,
            Some(old) => word(policy) == "Retain" || word(policy) == "Snapshot" && word(old) == "Delete",
        };
        if replace {
            shared.update_replace_policy = Some(policy.clone());
        }
    }
    if !shared.unconditional {
        match own.get("Condition").filter(|c| !c.is_null()) {
            None => {
                shared.unconditional = true;
                if let Some(conditions) = world.template.path_mut(&["Conditions"]) {
                    conditions.take(CONDITION);
                }
            }
            Some(condition) if !shared.conditions.iter().any(|c| c.same(condition)) => {
                shared.conditions.push(condition.clone());
                if world.template.given("Conditions").is_none() {
                    return Err(Fault::template("a resource has `Condition`, but there is no section `Conditions`"));
                }
                let definition = match shared.conditions.as_slice() {
                    [only] => only.clone(),
                    many => {
                        let items: Vec<Value> = many.iter().map(|c| map! { "Condition" => c }).collect();
                        map! { "Fn::Or" => items }
                    }
                };
                world.add_condition(CONDITION, definition);
            }
            Some(_) => {}
        }
    }
    let shared = &world.shared_usage_plan;
    let mut attributes = Map::new();
    for (name, policy) in
        [("DeletionPolicy", &shared.deletion_policy), ("UpdateReplacePolicy", &shared.update_replace_policy)]
    {
        if let Some(policy) = policy {
            attributes.insert(name, policy.clone());
        }
    }
    if !shared.conditions.is_empty() && !shared.unconditional {
        attributes.insert("Condition", CONDITION);
    }
    Ok(attributes)
}
