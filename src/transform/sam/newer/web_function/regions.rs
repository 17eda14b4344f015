//! The regions of an endpoint: names of groups, regions, functions.

use std::collections::BTreeSet;

use crate::transform::sam::errors::{ErrorKind, Result};
use crate::transform::sam::resource::Macro;
use crate::transform::value::Value;

const GROUPS: &[(&str, &[&str])] = &[
    ("US", &["us-east-1", "us-east-2", "us-west-1", "us-west-2"]),
    ("AP", &["ap-south-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2"]),
    ("CA", &["ca-central-1"]),
    ("EU", &["eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1"]),
    ("SA", &["sa-east-1"]),
    (
        "SPARSE_GLOBAL",
        &["us-east-1", "eu-west-1", "eu-central-1", "ap-northeast-1", "ap-southeast-2", "sa-east-1", "ap-southeast-1"],
    ),
];

/// The list for the endpoint, null without `ReplicaRegions`.
///
/// # Errors
/// When a name is unknown, or what is left out cannot be told.
pub fn all(source: &Macro) -> Result<Value> {
    let Some(given) = source.get("ReplicaRegions") else { return Ok(Value::null()) };
    if given.is_intrinsic() {
        return Ok(given.clone());
    }
    if let Some(items) = given.as_list() {
        return Ok(join(expand(source, items)?, items).at(given.span));
    }
    source.only(given, "ReplicaRegions", &["IncludeRegions", "ExcludeRegions"])?;
    let (included, excluded) = (list(source, given, "IncludeRegions")?, list(source, given, "ExcludeRegions")?);
    let is_function = |v: &&Value| !v.is_str();
    if !excluded.is_empty() {
        let message = if included.is_empty() {
            "`ExcludeRegions` needs `IncludeRegions`"
        } else if excluded.iter().any(|v| is_function(&v)) {
            "`ExcludeRegions` cannot hold functions"
        } else if included.iter().any(|v| is_function(&v)) {
            "`IncludeRegions` cannot hold functions beside `ExcludeRegions`"
        } else {
            ""
        };
        if !message.is_empty() {
            let span = given.get("ExcludeRegions").map_or(given.span, |v| v.span);
            return Err(source.fault(ErrorKind::Exclusive, message).at(span));
        }
    }
    let without = expand(source, excluded)?;
    let mut names = expand(source, included)?;
    names.retain(|name| !without.contains(name));
    Ok(join(names, included).at(given.span))
}

fn list<'v>(source: &Macro, given: &'v Value, name: &str) -> Result<&'v [Value]> {
    let Some(value) = given.truthy_at(name) else { return Ok(&[]) };
    match value.as_list() {
        Some(items) => Ok(items),
        None => Err(source.invalid(format!("`{name}` must be a list written out")).at(value.span)),
    }
}

/// The names in order, then the functions.
fn join(names: BTreeSet<String>, items: &[Value]) -> Value {
    let names = names.into_iter().map(|name| {
        let span =
            items.iter().find(|v| v.as_str() == Some(&name)).map_or(crate::transform::value::UNPLACED, |v| v.span);
        Value::from(name).at(span)
    });
    names.chain(items.iter().filter(|v| !v.is_str()).cloned()).collect::<Vec<Value>>().into()
}

/// The regions that names stand for.
fn expand(source: &Macro, items: &[Value]) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for item in items {
        let Some(name) = item.as_str() else { continue };
        let upper = name.to_uppercase();
        let group = GROUPS.iter().find(|(group, _)| *group == upper);
        if upper == "ALL_STANDARD" {
            found.extend(GROUPS.iter().flat_map(|(_, regions)| *regions).map(|r| (*r).to_owned()));
        } else if let Some((_, regions)) = group {
            found.extend(regions.iter().map(|r| (*r).to_owned()));
        } else if name.contains('-') {
            found.insert(name.to_owned());
        } else {
            return Err(source.invalid(format!("`{name}` is neither a region nor a group of regions")).at(item.span));
        }
    }
    Ok(found)
}
