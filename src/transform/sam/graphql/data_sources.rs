//! The data sources of a GraphQL API: tables, functions, nothing.

use super::{Api, connector};
use crate::transform::sam::World;
use crate::transform::sam::errors::Result;
use crate::transform::sam::resource::{Cause, Resource};
use crate::transform::value::{Map, Pair, Text, Value, get_att, map, reference, sub_with};

const TYPE: &str = "AWS::AppSync::DataSource";

/// All data sources with their roles and policies.
///
/// # Errors
/// When a connector is not accepted.
pub fn all(api: &mut Api, world: &mut World) -> Result<Vec<Resource>> {
    let mut made = Vec::new();
    for (section, kind) in [("DynamoDb", "DynamoDB"), ("Lambda", "Lambda")] {
        let given = api.given.path(&["DataSources", section]).and_then(Value::as_map);
        let pairs: Vec<Pair> = given.into_iter().flat_map(Map::pairs).cloned().collect();
        for pair in pairs {
            let id = api.id(&pair.key).plus(kind).plus("DataSource");
            let step = format!("{section}.{}", pair.key);
            let cause = api.source.cause_of("DataSources").below(&step, pair.key_span);
            made.extend(one(api, id.clone(), &pair, section == "DynamoDb", &cause, world)?);
            api.data_sources.insert(pair.key.clone(), get_att(id, "Name"));
        }
    }
    Ok(made)
}

fn one(api: &Api, id: Text, pair: &Pair, table: bool, cause: &Cause, world: &mut World) -> Result<Vec<Resource>> {
    let given = &pair.value;
    let role = match given.truthy_at("ServiceRoleArn") {
        Some(_) => None,
        None => Some(api.role(id.plus("Role"), cause)),
    };
    let arn = match &role {
        Some(role) => role.arn(),
        None => given.get("ServiceRoleArn").cloned().unwrap_or_else(Value::null),
    };
    let name = given.truthy_at("Name").cloned().unwrap_or_else(|| Value::from(&pair.key).at(pair.key_span));
    let mut source = api
        .resource(id.clone(), TYPE, cause)
        .with("ApiId", api.api_id())
        .with_some("Description", given.get("Description"))
        .with("Name", name)
        .with("Type", if table { "AMAZON_DYNAMODB" } else { "AWS_LAMBDA" })
        .with("ServiceRoleArn", arn);
    if table {
        source.set("DynamoDBConfig", configuration(given));
    } else {
        source.set("LambdaConfig", map! { "LambdaFunctionArn" => part(given, "FunctionArn") });
    }
    let mut made = vec![source];
    let Some(role) = role else { return Ok(made) };
    let from = map! {
        "Type" => TYPE,
        "Arn" => get_att(id.clone(), "DataSourceArn"),
        "RoleName" => role.reference(),
    };
    made.push(role);
    let link = if table {
        let arn = given.truthy_at("TableArn").cloned().unwrap_or_else(|| table_arn(given));
        let to = map! { "Type" => "AWS::DynamoDB::Table", "Arn" => arn };
        let asked = given.truthy_at("Permissions").and_then(Value::as_list);
        let permissions = match asked {
            Some(items) => items.iter().filter(|i| i.is_str()).cloned().collect(),
            None => vec!["Read".into(), "Write".into()],
        };
        connector(id.plus("ToTableConnector"), from, to, permissions, cause.clone())
    } else {
        let to = map! { "Type" => "AWS::Lambda::Function", "Arn" => part(given, "FunctionArn") };
        connector(id.plus("ToLambdaConnector"), from, to, vec!["Write".into()], cause.clone())
    };
    made.extend(link.resources(world)?);
    Ok(made)
}

fn part(given: &Value, name: &str) -> Value {
    given.get(name).cloned().unwrap_or_else(Value::null)
}

fn region(given: &Value) -> Value {
    given.truthy_at("Region").cloned().unwrap_or_else(|| reference("AWS::Region"))
}

fn table_arn(given: &Value) -> Value {
    let text = "arn:${AWS::Partition}:dynamodb:${__Region__}:${AWS::AccountId}:table/${__TableName__}";
    sub_with(text, map! { "__TableName__" => part(given, "TableName"), "__Region__" => region(given) })
}

fn configuration(given: &Value) -> Value {
    let mut made = map! { "AwsRegion" => region(given), "TableName" => part(given, "TableName") };
    for (from, to) in
        [("UseCallerCredentials", "UseCallerCredentials"), ("Versioned", "Versioned"), ("DeltaSync", "DeltaSyncConfig")]
    {
        if let Some(value) = given.truthy_at(from) {
            made.set(to, value);
        }
    }
    made
}

/// The name of the data source without data, which is made if it is not there.
pub fn none(api: &mut Api, cause: &Cause) -> Value {
    let id = api.id("NoneDataSource");
    if api.none.is_none() {
        let source = api
            .resource(id.clone(), TYPE, cause)
            .with("ApiId", api.api_id())
            .with("Name", Value::from(id.clone()))
            .with("Type", "NONE");
        api.none = Some(source);
    }
    get_att(id, "Name")
}
