//! `AWS::Serverless::LayerVersion`.

use super::errors::Result;
use super::resource::{Macro, Property, Resource, Type, p, req};
use super::{World, code, ids};
use crate::transform::value::{Map, Text, Value, map};

const STR_OR_MAP: Type = Type::One(&[Type::Str, Type::Map]);

/// The type.
pub static KIND: super::Kind =
    super::Kind { ty: "AWS::Serverless::LayerVersion", round: 4, properties: PROPERTIES, translate, referable: &[] };

const PROPERTIES: &[Property] = &[
    p("LayerName", STR_OR_MAP),
    p("Description", Type::Str),
    p("PublishLambdaVersion", Type::Bool),
    req("ContentUri", STR_OR_MAP),
    p("CompatibleArchitectures", Type::ListOf(&STR_OR_MAP)),
    p("CompatibleRuntimes", Type::ListOf(&STR_OR_MAP)),
    p("LicenseInfo", Type::Str),
    p("RetentionPolicy", Type::Str),
];

fn translate(mut source: Macro, world: &mut World) -> Result<Vec<Resource>> {
    for name in ["LayerName", "LicenseInfo", "Description", "RetentionPolicy"] {
        let Some(value) = source.truthy(name) else { continue };
        let resolved = world.resolver.parameters(value)?;
        if !resolved.is_str() && !resolved.is_map() {
            return Err(source.invalid(format!("`{name}` must be a string")).at(value.span));
        }
        source.properties.insert(name, resolved);
    }
    let mut attributes = source.passed_on();
    match retention(&source)? {
        Some(policy) => attributes.insert("DeletionPolicy", policy),
        None if !attributes.has("DeletionPolicy") => attributes.insert("DeletionPolicy", "Retain"),
        None => {}
    }
    let old = source.id.clone();
    let new = old.plus(&ids::short_of(&hashed(&source)));
    // From here on the resource goes by its new name, in problems too.
    source.id = new.clone();
    check_architectures(&source)?;
    let content = code::lambda_location(&source, "ContentUri")?;
    let name = source.truthy("LayerName").cloned().unwrap_or_else(|| (&old).into());
    let layer = Resource::new(new.clone(), "AWS::Lambda::LayerVersion", &source.cause)
        .with_attributes(&attributes)
        .depending_on(source.depends_on.clone())
        .with("Content", Value::from(content).at(source.span("ContentUri")))
        .with_same(&source, &["Description"])
        .with("LayerName", name)
        .with_same(&source, &["CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo"]);
    world.renamed.push((old, new));
    Ok(vec![layer])
}

/// What the id is a hash of: the resource as given, without the policies of deletion.
fn hashed(source: &Macro) -> Value {
    let mut map = Map::new();
    map.insert("Type", Text::of(&source.ty));
    if let Some(on) = source.depends_on.as_ref().filter(|d| d.truthy()) {
        map.insert("DependsOn", on.clone());
    }
    for (name, value) in source.attributes.iter() {
        if !matches!(name.as_str(), "DeletionPolicy" | "UpdateReplacePolicy" | "Metadata") {
            map.insert(name, value.clone());
        }
    }
    let mut properties = Map::new();
    for (name, value) in source.properties.iter().filter(|(_, v)| !v.is_null()) {
        properties.insert(name, value.clone());
    }
    map.insert("Properties", properties);
    map! { &source.id => map }
}

fn retention(source: &Macro) -> Result<Option<Value>> {
    let Some(policy) = source.get("RetentionPolicy") else { return Ok(None) };
    let known = ["Retain", "Delete"];
    match policy.as_str().and_then(|text| known.into_iter().find(|k| k.eq_ignore_ascii_case(text))) {
        Some(name) => Ok(Some(Value::from(name).at(policy.span))),
        None => Err(source.invalid("`RetentionPolicy` must be `Retain` or `Delete`").at(policy.span)),
    }
}

fn check_architectures(source: &Macro) -> Result<()> {
    let given = source.truthy("CompatibleArchitectures").filter(|a| !a.is_intrinsic());
    for item in given.and_then(Value::as_list).into_iter().flatten() {
        if !item.is_intrinsic() && !matches!(item.as_str(), Some("arm64" | "x86_64")) {
            return Err(source.invalid("`CompatibleArchitectures` may hold `arm64` and `x86_64`").at(item.span));
        }
    }
    Ok(())
}
