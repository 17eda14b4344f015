//! Functions and resolvers of a GraphQL API.

use super::{Api, data_sources};
use crate::source::Span;
use crate::transform::sam::errors::{ErrorKind, Fault, Result};
use crate::transform::sam::resource::{Cause, Resource};
use crate::transform::value::{Map, Pair, Value, get_att, list, map};

/// What a resolver does between its functions unless the author says so: nothing before, the last result after.
const PASS_THROUGH: &str = "
export function request(ctx) {
    return {};
}

export function response(ctx) {
    return ctx.prev.result;
}
";

/// A problem of a function or resolver, which is known by its own name.
fn fault(pair: &Pair, kind: ErrorKind, message: &str, span: Span) -> Fault {
    Fault::resource(&pair.key, kind, message).at(span).at(pair.key_span)
}

/// The functions, except those that are named by id alone.
///
/// # Errors
/// When a function lacks code, runtime or data source, or has them twice.
pub fn functions(api: &mut Api) -> Result<Vec<Resource>> {
    let mut made = Vec::new();
    for pair in api.section("Functions") {
        let given = &pair.value;
        if let Some(id) = given.truthy_at("Id") {
            if let Some(other) = given.as_map().and_then(|m| m.pairs().find(|p| &*p.key != "Id")) {
                let message = "`Id` excludes every other property of a function";
                return Err(fault(&pair, ErrorKind::Exclusive, message, other.key_span));
            }
            api.functions.insert(pair.key.clone(), id.clone());
            continue;
        }
        let cause = api.cause("Functions", &pair);
        let (inline, uri) = code(&pair)?;
        if inline.is_none() && uri.is_none() {
            let message = "a function needs `InlineCode` or `CodeUri`";
            return Err(fault(&pair, ErrorKind::Missing, message, pair.key_span));
        }
        let source = data_source(api, &pair, &cause)?;
        let name = given.truthy_at("Name").cloned().unwrap_or_else(|| Value::from(&pair.key).at(pair.key_span));
        let id = api.id(&pair.key);
        let function = api
            .resource(id.clone(), "AWS::AppSync::FunctionConfiguration", &cause)
            .with("ApiId", api.api_id())
            .with_some("Code", inline)
            .with_some("CodeS3Location", if inline.is_some() { None } else { uri })
            .with("DataSourceName", source)
            .with_some("Description", given.get("Description"))
            .with_some("MaxBatchSize", given.get("MaxBatchSize"))
            .with("Name", name)
            .with("Runtime", runtime(&pair)?)
            .with_some("SyncConfig", given.get("Sync"));
        api.functions.insert(pair.key.clone(), get_att(id, "FunctionId"));
        made.push(function);
    }
    Ok(made)
}

/// `InlineCode` and `CodeUri`, of which there is one at most.
fn code(pair: &Pair) -> Result<(Option<&Value>, Option<&Value>)> {
    match (pair.value.truthy_at("InlineCode"), pair.value.truthy_at("CodeUri")) {
        (Some(_), Some(uri)) => {
            Err(fault(pair, ErrorKind::Exclusive, "`InlineCode` and `CodeUri` exclude each other", uri.span))
        }
        found => Ok(found),
    }
}

fn runtime(pair: &Pair) -> Result<Value> {
    let Some(runtime) = pair.value.get("Runtime") else {
        return Err(fault(pair, ErrorKind::Missing, "code needs `Runtime`", pair.key_span));
    };
    let part = |name: &str| runtime.get(name).cloned().unwrap_or_else(Value::null);
    Ok(map! { "Name" => part("Name"), "RuntimeVersion" => part("Version") }.at(runtime.span))
}

fn data_source(api: &mut Api, pair: &Pair, cause: &Cause) -> Result<Value> {
    let Some(given) = pair.value.truthy_at("DataSource") else {
        return Err(fault(pair, ErrorKind::Missing, "a function needs `DataSource`", pair.key_span));
    };
    let Some(name) = given.as_str() else { return Ok(given.clone()) };
    if name.to_lowercase() == "none" {
        return Ok(data_sources::none(api, cause).at(given.span));
    }
    match api.data_sources.get(name) {
        Some(found) => Ok(found.clone().at(given.span)),
        None => {
            let message = format!("there is no `{name}` in `DataSources`");
            Err(fault(pair, ErrorKind::Invalid, &message, given.span))
        }
    }
}

/// The resolvers.
///
/// # Errors
/// When a resolver has no functions, names unknown ones, or lacks a runtime.
pub fn resolvers(api: &Api) -> Result<Vec<Resource>> {
    let mut made = Vec::new();
    for ty in api.section("Resolvers") {
        for pair in ty.value.as_map().into_iter().flat_map(Map::pairs) {
            made.push(resolver(api, &ty, pair)?);
        }
    }
    Ok(made)
}

fn resolver(api: &Api, ty: &Pair, pair: &Pair) -> Result<Resource> {
    let given = &pair.value;
    let (inline, uri) = code(pair)?;
    let (inline, runtime) = if inline.is_none() && uri.is_none() {
        let runtime = map! { "Name" => "APPSYNC_JS", "RuntimeVersion" => "1.0.0" };
        (Some(Value::from(PASS_THROUGH)), runtime)
    } else {
        (given.get("InlineCode").cloned(), runtime(pair)?)
    };
    let Some(pipeline) = given.truthy_at("Pipeline") else {
        let message = "a resolver needs `Pipeline`, the functions it calls";
        return Err(fault(pair, ErrorKind::Missing, message, pair.key_span));
    };
    let mut functions = Vec::new();
    for item in pipeline.as_list().into_iter().flatten() {
        let name = item.as_str().unwrap_or_default();
        let Some(id) = api.functions.get(name) else {
            let message = format!("there is no function `{name}` in `Functions`");
            return Err(fault(pair, ErrorKind::Invalid, &message, item.span));
        };
        functions.push(id.clone().at(item.span));
    }
    let step = format!("{}.{}", ty.key, pair.key);
    let cause = api.source.cause_of("Resolvers").below(&step, pair.key_span);
    let name = given.truthy_at("FieldName").cloned().unwrap_or_else(|| Value::from(&pair.key).at(pair.key_span));
    Ok(api
        .resource(api.id(&ty.key).plus(&pair.key), "AWS::AppSync::Resolver", &cause)
        .depending_on(Some(list![api.id("Schema")]))
        .with("ApiId", api.api_id())
        .with_some("CachingConfig", given.get("Caching"))
        .with_some("Code", inline)
        .with_some("CodeS3Location", given.get("CodeUri"))
        .with("FieldName", name)
        .with("Kind", "PIPELINE")
        .with_some("MaxBatchSize", given.truthy_at("MaxBatchSize"))
        .with("PipelineConfig", map! { "Functions" => functions }.at(pipeline.span))
        .with("Runtime", runtime)
        .with("TypeName", Value::from(&ty.key).at(ty.key_span)))
}
