//! `AWS::Serverless::SimpleTable`.

use super::errors::{ErrorKind, Result};
use super::resource::{Macro, Property, Resource, Type, any, p};
use super::{World, tags};
use crate::transform::value::{Value, list, map};

/// The type.
pub static KIND: super::Kind =
    super::Kind { ty: "AWS::Serverless::SimpleTable", round: 4, properties: PROPERTIES, translate, referable: &[] };

const PROPERTIES: &[Property] = &[
    any("PointInTimeRecoverySpecification"),
    p("PrimaryKey", Type::MapOf(&Type::Str)),
    p("ProvisionedThroughput", Type::MapOf(&Type::One(&[Type::Int, Type::Map]))),
    p("TableName", Type::One(&[Type::Str, Type::Map])),
    p("Tags", Type::Map),
    p("SSESpecification", Type::Map),
];

fn translate(source: Macro, _world: &mut World) -> Result<Vec<Resource>> {
    let (name, ty) = key(&source)?;
    let mut table = Resource::new(source.id.clone(), "AWS::DynamoDB::Table", &source.cause)
        .with_attributes(&source.attributes)
        .depending_on(source.depends_on.clone())
        .with("AttributeDefinitions", list![map! { "AttributeName" => &name, "AttributeType" => ty }])
        .with("KeySchema", list![map! { "AttributeName" => &name, "KeyType" => "HASH" }]);
    for property in ["PointInTimeRecoverySpecification", "ProvisionedThroughput", "TableName"] {
        if let Some(value) = source.truthy(property) {
            table.set(property, value);
        }
    }
    if let Some(tags) = source.truthy("Tags") {
        table.set("Tags", tags::list(Some(tags)));
    }
    if let Some(value) = source.truthy("SSESpecification") {
        table.set("SSESpecification", value);
    }
    if source.truthy("ProvisionedThroughput").is_none() {
        table.set("BillingMode", "PAY_PER_REQUEST");
    }
    Ok(vec![table])
}

/// Name and type of the key.
fn key(source: &Macro) -> Result<(Value, Value)> {
    let Some(key) = source.truthy("PrimaryKey") else { return Ok(("id".into(), "S".into())) };
    let part = |name: &str| match key.given(name) {
        Some(value) => Ok(value.clone()),
        None => Err(source.fault(ErrorKind::Missing, format!("`PrimaryKey` needs `{name}`")).at(key.span)),
    };
    let (name, ty) = (part("Name")?, part("Type")?);
    let short = match ty.as_str() {
        Some("String") => "S",
        Some("Number") => "N",
        Some("Binary") => "B",
        _ => {
            let message = "`Type` of `PrimaryKey` must be `String`, `Number` or `Binary`";
            return Err(source.invalid(message).at(ty.span));
        }
    };
    Ok((name, Value::from(short).at(ty.span)))
}
