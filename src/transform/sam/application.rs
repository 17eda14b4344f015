//! `AWS::Serverless::Application`. The address of an application's template is known to the application repository alone:
//! offline it stays a description in words.

use super::errors::{ErrorKind, Result};
use super::resource::{Macro, Property, Resource, Type, p, req};
use super::{World, tags};
use crate::transform::value::{Value, map};

/// The type.
pub static KIND: super::Kind =
    super::Kind { ty: "AWS::Serverless::Application", round: 4, properties: PROPERTIES, translate, referable: &[] };

const PROPERTIES: &[Property] = &[
    req("Location", Type::One(&[Type::Str, Type::Map])),
    p("TemplateUrl", Type::Str),
    p("Parameters", Type::Map),
    p("NotificationARNs", Type::ListOf(&Type::One(&[Type::Str, Type::Map]))),
    p("Tags", Type::Map),
    p("TimeoutInMinutes", Type::Int),
];

fn translate(source: Macro, world: &mut World) -> Result<Vec<Resource>> {
    let mut location = source.value("Location");
    let mut url = location.clone();
    let mut more = Vec::new();
    if location.is_map() {
        for key in ["ApplicationId", "SemanticVersion"] {
            let Some(value) = location.given(key) else {
                return Err(source.fault(ErrorKind::Missing, format!("`Location` needs `{key}`")).at(location.span));
            };
            let resolved = world.resolver.both(value)?;
            match resolved.as_str() {
                Some(text) if text.trim_start().starts_with("{{resolve:") => {
                    let message = format!(
                        "`{key}` cannot be a dynamic reference: the transform looks it up before it is resolved"
                    );
                    return Err(source.invalid(message).at(value.span));
                }
                Some(text) if !text.trim().is_empty() => location.set(key, resolved),
                _ => {
                    let message = format!("`{key}` must be a string, or a function whose value is known");
                    return Err(source.invalid(message).at(value.span));
                }
            }
        }
        url = "".into();
        for (tag, key) in
            [("serverlessrepo:applicationId", "ApplicationId"), ("serverlessrepo:semanticVersion", "SemanticVersion")]
        {
            let value = location.get(key).cloned().unwrap_or_else(Value::null);
            more.push(map! { "Key" => tag, "Value" => value });
        }
    }
    let stack = Resource::new(source.id.clone(), "AWS::CloudFormation::Stack", &source.cause)
        .with_attributes(&source.passed_on())
        .depending_on(source.depends_on.clone())
        .with("TemplateURL", url)
        .with_same(&source, &["Parameters", "NotificationARNs"])
        .with("Tags", tags::with_creator(&source, more)?)
        .with_same(&source, &["TimeoutInMinutes"]);
    Ok(vec![stack])
}
