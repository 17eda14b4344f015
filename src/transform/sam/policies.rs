//! Policy templates and the names of managed policies.
//!
//! Facts: `schemas/sam/policy_templates.json` and `schemas/sam/managed_policies.tsv`.

use super::World;
use super::errors::{ErrorKind, Fault, Result};
use crate::nearest::nearest;
use crate::source::Span;
use crate::transform::value::{Kind, Map, Text, Value};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One policy template.
#[derive(Debug, Deserialize)]
struct Template {
    parameters: Vec<String>,
    statement: serde_json::Value,
}

static TEMPLATES: LazyLock<BTreeMap<String, Template>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../schemas/sam/policy_templates.json")).unwrap_or_default()
});

/// Name, path, partitions; a line each, sorted by name.
const MANAGED: &str = include_str!("../../../schemas/sam/managed_policies.tsv");

/// Replaces the policy templates in `Policies` by the documents they stand for.
///
/// # Errors
/// When a template misses a parameter, or its parameters are no map.
pub fn expand_templates(properties: &mut Value, id: &str, ty: &str) -> Result<()> {
    if !matches!(ty, "AWS::Serverless::Function" | "AWS::Serverless::StateMachine") {
        return Ok(());
    }
    let Some(given) = properties.truthy_at("Policies") else { return Ok(()) };
    let span = given.span;
    let entries = given.as_list().map_or_else(|| vec![given.clone()], <[Value]>::to_vec);
    let mut converted = Vec::with_capacity(entries.len());
    for entry in entries {
        converted.push(convert(entry, id)?);
    }
    if !converted.is_empty() {
        properties.set("Policies", Value::from(converted).at(span));
    }
    Ok(())
}

/// The template that an entry names, if it names one.
fn template_of(entry: &Value) -> Option<(&'static Template, &Text, &Value)> {
    let (name, parameters) = entry.only_pair()?;
    TEMPLATES.get(&**name).map(|t| (t, name, parameters))
}

/// The policy template that a name is near to, as the end of a message.
pub fn did_you_mean(name: &str) -> String {
    super::resource::did_you_mean(name, TEMPLATES.keys().map(String::as_str))
}

fn is_no_value(value: &Value) -> bool {
    value.call("Ref").and_then(Value::as_str) == Some("AWS::NoValue")
}

fn convert(entry: Value, id: &str) -> Result<Value> {
    if let Some((template, name, parameters)) = template_of(&entry) {
        return document(template, name, parameters, entry.span, id);
    }
    let Some([condition, yes, no]) = entry.call("Fn::If").and_then(Value::as_list) else { return Ok(entry) };
    let fits = |v: &Value| template_of(v).is_some() || is_no_value(v);
    if !(fits(yes) && fits(no)) || (is_no_value(yes) && is_no_value(no)) {
        return Ok(entry);
    }
    let (yes, no) = (convert(yes.clone(), id)?, convert(no.clone(), id)?);
    let mut map = Map::new();
    map.insert("Fn::If", vec![condition.clone(), yes, no]);
    Ok(Value::from(map).at(entry.span))
}

/// The document that a template and its parameters give.
fn document(template: &Template, name: &Text, parameters: &Value, span: Span, id: &str) -> Result<Value> {
    let Some(given) = parameters.as_map() else {
        let message = format!("the parameters of policy template `{name}` must be a map");
        return Err(Fault::resource(id, ErrorKind::WrongType, message).at(span));
    };
    let missing: Vec<&str> = template.parameters.iter().map(String::as_str).filter(|p| !given.has(p)).collect();
    if let [needed] = missing.as_slice()
        && let Some(other) = given.pairs().find(|p| !template.parameters.iter().any(|t| *t == *p.key))
    {
        let message = format!("`{}` is no parameter of policy template `{name}`, which needs `{needed}`", other.key);
        return Err(Fault::resource(id, ErrorKind::Missing, message).at(other.key_span).at(span));
    }
    if !missing.is_empty() {
        let message = format!("policy template `{name}` needs `{}`", missing.join("`, `"));
        return Err(Fault::resource(id, ErrorKind::Missing, message).at(span));
    }
    let mut map = Map::new();
    map.insert("Statement", fill(&template.statement, given, &template.parameters, span));
    Ok(Value::from(map).at(span))
}

/// A copy of a definition in which every `Ref` to a parameter is the value given for it.
fn fill(definition: &serde_json::Value, given: &Map, parameters: &[String], span: Span) -> Value {
    use serde_json::Value as Json;
    let inner = |v: &Json| fill(v, given, parameters, span);
    match definition {
        Json::Null => Value::null(),
        Json::Bool(b) => Value::from(*b),
        Json::Number(n) => n.as_i64().map_or_else(|| Value::from(Kind::Float(n.as_f64().unwrap_or(0.0))), Value::from),
        Json::String(s) => Value::from(Text::of(s)),
        Json::Array(items) => Value::from(items.iter().map(inner).collect::<Vec<_>>()),
        Json::Object(object) => {
            if let (1, Some(Json::String(name))) = (object.len(), object.get("Ref"))
                && parameters.contains(name)
                && let Some(pair) = given.pair(name)
            {
                return pair.value.clone();
            }
            let mut map = Map::new();
            for (key, value) in object {
                map.insert(Text::of(key), inner(value));
            }
            Value::from(map)
        }
    }
    .at(span)
}

/// The ARN of a managed policy by its name; what is no known name stays as it is.
pub fn managed_arn(world: &World, name: &str) -> String {
    match path_of(name, world.partition) {
        Some(path) => format!("arn:{}:iam::aws:policy/{path}", world.partition),
        None => name.to_owned(),
    }
}

/// The managed policy whose name is nearest to a name, when one is near.
pub fn nearest_managed(name: &str) -> Option<&'static str> {
    nearest(name, MANAGED.lines().filter_map(|line| line.split('\t').next()))
}

/// The path of a managed policy in a partition, found by bisection over the lines of the table.
fn path_of(name: &str, partition: &str) -> Option<&'static str> {
    let (mut low, mut high) = (0, MANAGED.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = MANAGED[..middle].rfind('\n').map_or(0, |n| n + 1);
        let end = MANAGED[start..].find('\n').map_or(MANAGED.len(), |n| start + n);
        let mut columns = MANAGED[start..end].split('\t');
        match columns.next().unwrap_or("").cmp(name) {
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
            std::cmp::Ordering::Equal => {
                return rows(name, start).find(|r| r.1.split(',').any(|p| p == partition)).map(|r| r.0);
            }
        }
    }
    None
}

/// Path and partitions of every row of a name; `at` is the start of one of them.
fn rows(name: &str, at: usize) -> impl Iterator<Item = (&'static str, &'static str)> {
    let is_row =
        move |line: &'static str| line.split_once('\t').filter(|l| l.0 == name).and_then(|l| l.1.split_once('\t'));
    let mut first = at;
    while let Some(before) = first.checked_sub(1) {
        let start = MANAGED[..before].rfind('\n').map_or(0, |n| n + 1);
        if is_row(&MANAGED[start..before]).is_none() {
            break;
        }
        first = start;
    }
    let found: Vec<_> = MANAGED[first..].lines().map_while(is_row).collect();
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn managed_policies_are_found_in_their_partition() {
        for line in MANAGED.lines() {
            let columns: Vec<&str> = line.split('\t').collect();
            let [name, path, partitions] = columns.as_slice() else { panic!("{line}") };
            for partition in partitions.split(',') {
                assert_eq!(path_of(name, partition), Some(*path), "{line}");
            }
        }
        assert_eq!(path_of("NoSuchPolicy", "aws"), None);
        assert!(TEMPLATES.len() > 50);
    }
}
