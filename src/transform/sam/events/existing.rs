//! Event sources that change a resource of the template and emit it again: `S3` changes a bucket, `Cognito` a user pool.

use super::Context;
use crate::source::Span;
use crate::transform::sam::World;
use crate::transform::sam::errors::{ErrorKind, Fault, Owner, Result};
use crate::transform::sam::resource::{ATTRIBUTES, Cause, Macro, Property, Resource, Type, describe, expect, p, req};
use crate::transform::value::{Map, Text, UNPLACED, Value, conditional, get_att, if_else, list, map, reference};

const WORDS: Type = Type::One(&[Type::Str, Type::ListOf(&Type::Str)]);
/// Words that must be written out.
const fn words(name: &'static str) -> Property {
    Property { name, required: true, ty: WORDS, intrinsics: false }
}

/// The properties of `S3`.
pub const BUCKET_EVENT: &[Property] =
    &[req("Bucket", Type::Str), words("Events"), p("Filter", Type::MapOf(&Type::Str))];
/// The properties of `Cognito`.
pub const POOL_EVENT: &[Property] = &[req("UserPool", Type::Str), words("Trigger")];

/// The properties of a bucket that survive, in the order of output.
const BUCKET: &[&str] = &[
    "AccessControl",
    "AccelerateConfiguration",
    "AnalyticsConfigurations",
    "BucketEncryption",
    "BucketName",
    "CorsConfiguration",
    "IntelligentTieringConfigurations",
    "InventoryConfigurations",
    "LifecycleConfiguration",
    "LoggingConfiguration",
    "MetricsConfigurations",
    "NotificationConfiguration",
    "ObjectLockConfiguration",
    "ObjectLockEnabled",
    "OwnershipControls",
    "PublicAccessBlockConfiguration",
    "ReplicationConfiguration",
    "Tags",
    "VersioningConfiguration",
    "WebsiteConfiguration",
];

/// The properties of a user pool that survive, in the order of output.
const USER_POOL: &[&str] = &[
    "AccountRecoverySetting",
    "AdminCreateUserConfig",
    "AliasAttributes",
    "AutoVerifiedAttributes",
    "DeletionProtection",
    "DeviceConfiguration",
    "EmailAuthenticationMessage",
    "EmailAuthenticationSubject",
    "EmailConfiguration",
    "EmailVerificationMessage",
    "EmailVerificationSubject",
    "EnabledMfas",
    "LambdaConfig",
    "MfaConfiguration",
    "Policies",
    "Schema",
    "SmsAuthenticationMessage",
    "SmsConfiguration",
    "SmsVerificationMessage",
    "UserAttributeUpdateSettings",
    "UsernameAttributes",
    "UsernameConfiguration",
    "UserPoolAddOns",
    "UserPoolName",
    "UserPoolTags",
    "UserPoolTier",
    "VerificationMessageTemplate",
    "WebAuthnRelyingPartyID",
    "WebAuthnUserVerification",
];

/// The resource of this template that a property of an event refers to.
///
/// # Errors
/// When it is no `Ref` to a resource of this template.
pub fn target(event: &Macro, property: &str, world: &World) -> Result<Text> {
    let given = event.value(property);
    let name = given.get("Ref");
    if let Some(name) = name.filter(|n| !n.is_str()) {
        return Err(event.event_fault(format!("`Ref` in `{property}` must name a resource")).at(name.span));
    }
    match name.and_then(Value::as_text) {
        Some(id) if world.resource(id).is_some() => Ok(id.clone()),
        _ => {
            let message = format!("`{property}` must be a `Ref` to a resource of this template");
            Err(event.event_fault(message).at(given.span))
        }
    }
}

/// The words of a property that holds one or several.
fn word_list(value: &Value) -> Vec<Value> {
    value.as_list().map_or_else(|| vec![value.clone()], <[Value]>::to_vec)
}

/// An event of a bucket.
///
/// # Errors
/// What the event or the bucket holds and is not accepted.
pub fn bucket(context: &mut Context) -> Result<Vec<Resource>> {
    let id = target(&context.event, "Bucket", context.world)?;
    let permission = context
        .permission(&context.event.id, "", "s3.amazonaws.com")
        .with("SourceAccount", reference("AWS::AccountId"));
    let place = context.event.cause.span;
    match permission.attributes.get("Condition").cloned() {
        Some(condition) => depend_by_tag(context, &id, &permission, &condition)?,
        None => depend(context, &id, &permission)?,
    }
    let entries = notifications(context);
    let list =
        section(context.world, &id, &["NotificationConfiguration", "LambdaConfigurations"], &[Type::Map, Type::List])?;
    for entry in entries {
        if let Some(list) = list.as_list_mut().filter(|l| !l.iter().any(|v| v.same(&entry))) {
            list.push(entry.at(place));
        }
    }
    let bucket = again(context.world, &id, "AWS::S3::Bucket", BUCKET)?;
    Ok(vec![permission, bucket])
}

/// What the bucket shall notify.
fn notifications(context: &Context) -> Vec<Value> {
    let events = word_list(&context.event.value("Events"));
    let condition = context.target.passed_on.get("Condition");
    events
        .into_iter()
        .map(|event| {
            let mut entry = map! { "Function" => context.target.arn() };
            if let Some(filter) = context.event.get("Filter") {
                entry.set("Filter", filter);
            }
            entry.set("Event", event);
            condition.map_or(entry.clone(), |c| conditional(c, entry))
        })
        .collect()
}

/// The bucket waits for the permission.
fn depend(context: &mut Context, id: &Text, permission: &Resource) -> Result<()> {
    let event = &context.event;
    let bucket = context.world.original.path_mut(&["Resources", id]);
    let Some(bucket) = bucket.and_then(Value::as_map_mut) else { return Ok(()) };
    let mut on: Vec<Value> = Vec::new();
    if let Some(given) = bucket.get("DependsOn") {
        let items = given.as_list().map_or_else(|| vec![given.clone()], <[Value]>::to_vec);
        if items.iter().any(|i| i.is_list() || i.is_map()) || !(given.is_str() || given.is_list()) {
            let message = format!("`DependsOn` of `{id}` must be a string or a list of strings");
            return Err(event.fault(ErrorKind::WrongType, message).at(given.span));
        }
        for item in items {
            if !on.iter().any(|v| v.same(&item)) {
                on.push(item);
            }
        }
    }
    let own = Value::from(&permission.id);
    if !on.iter().any(|v| v.same(&own)) {
        on.push(own.at(event.cause.span));
    }
    bucket.insert("DependsOn", on);
    Ok(())
}

/// The bucket waits for the permission, if there is one: a tag refers to it.
fn depend_by_tag(context: &mut Context, id: &Text, permission: &Resource, condition: &Value) -> Result<()> {
    let place = context.event.cause.span;
    let tags = section(context.world, id, &["Tags"], &[Type::List])?;
    let tag = map! {
        "Key" => format!("sam:ConditionalDependsOn:{}", permission.id),
        "Value" => if_else(condition, permission.reference(), "no dependency"),
    };
    if let Some(tags) = tags.as_list_mut() {
        tags.push(tag.at(place));
    }
    Ok(())
}

/// An event of a user pool.
///
/// # Errors
/// What the event or the user pool holds and is not accepted.
pub fn user_pool(context: &mut Context) -> Result<Vec<Resource>> {
    let id = target(&context.event, "UserPool", context.world)?;
    let permission = context
        .permission(&context.target.id.plus("Cognito"), "", "cognito-idp.amazonaws.com")
        .with("SourceArn", get_att(id.clone(), "Arn"));
    let arn = context.target.arn();
    let triggers = word_list(&context.event.value("Trigger"));
    let config = section(context.world, &id, &["LambdaConfig"], &[Type::Map])?;
    for trigger in triggers {
        let (Some(map), Some(name)) = (config.as_map_mut(), trigger.as_text()) else { continue };
        if map.has(name) {
            let message = format!("trigger `{name}` of `{id}` is defined more than once");
            return Err(context.event.event_fault(message).at(trigger.span));
        }
        map.insert_placed(name, trigger.span, arn.clone().at(trigger.span));
    }
    let pool = again(context.world, &id, "AWS::Cognito::UserPool", USER_POOL)?;
    Ok(vec![permission, pool])
}

/// A part of the properties of a resource, made where it is absent; the last of `types` may be a list.
fn section<'w>(world: &'w mut World, id: &Text, path: &[&'static str], types: &[Type]) -> Result<&'w mut Value> {
    let owner = Owner::Resource(id.to_string());
    let around = place(world, id);
    let fault = || Fault::resource(id, ErrorKind::WrongType, format!("`{id}` must be a map")).at(around);
    let resource = world.resource_mut(id).and_then(Value::as_map_mut).ok_or_else(fault)?;
    let mut current = resource.entry("Properties", Value::null);
    if current.is_null() {
        *current = Map::new().into();
    }
    expect(&owner, "Properties", Type::Map, Some(&*current), around)?;
    for (name, ty) in path.iter().zip(types) {
        let map = current.as_map_mut().ok_or_else(fault)?;
        let next = map.entry(*name, Value::null);
        if next.is_null() {
            *next = if matches!(ty, Type::List) { list![] } else { Map::new().into() };
        }
        expect(&owner, name, *ty, Some(&*next), around)?;
        current = next;
    }
    Ok(current)
}

/// Where a resource of the template stands.
fn place(world: &World, id: &str) -> Span {
    let pair = world.original.get("Resources").and_then(Value::as_map).and_then(|m| m.pair(id));
    pair.map_or(UNPLACED, |p| if p.key_span == UNPLACED { p.value.span } else { p.key_span })
}

/// The resource as it stands now, with the attributes and properties that survive.
fn again(world: &World, id: &Text, ty: &'static str, known: &[&'static str]) -> Result<Resource> {
    let span = place(world, id);
    let invalid = |kind, message: String, at: Span| Err(Fault::resource(id, kind, message).at(at).at(span));
    let Some(resource) = world.resource(id).filter(|r| r.is_map()) else {
        return invalid(ErrorKind::WrongType, format!("`{id}` must be a map"), span);
    };
    match resource.get("Type") {
        None => return invalid(ErrorKind::Missing, format!("`{id}` needs `Type`"), span),
        Some(given) if given.as_str() != Some(ty) => {
            return invalid(
                ErrorKind::Invalid,
                format!("`{id}` must be of type `{ty}` to be an event source"),
                given.span,
            );
        }
        Some(_) => {}
    }
    let cause = Cause { span, step: id.to_string().into() };
    let mut made = Resource::new(id.clone(), ty, &cause).depending_on(resource.get("DependsOn").cloned());
    for name in ATTRIBUTES {
        if let Some(pair) = resource.as_map().and_then(|m| m.pair(name)) {
            made.attributes.insert_placed(*name, pair.key_span, pair.value.clone());
        }
    }
    let Some(given) = resource.get("Properties") else { return Ok(made) };
    let Some(properties) = given.as_map() else {
        return invalid(
            ErrorKind::WrongType,
            format!("`Properties` of `{id}` must be a map, not {}", describe(given)),
            given.span,
        );
    };
    if let Some(pair) = properties.pairs().find(|p| !known.contains(&&*p.key)) {
        let message = format!("`{}` is no property of `{ty}` that an event source may have", pair.key);
        return invalid(ErrorKind::UnknownProperty, message, pair.key_span);
    }
    for name in known {
        if let Some(pair) = properties.pair(name).filter(|p| !p.value.is_null()) {
            made.properties.insert_placed(*name, pair.key_span, pair.value.clone());
        }
    }
    Ok(made)
}
