//! Parameter values, and where the transform looks through references to them and into mappings.

use super::errors::{Fault, Result};
use crate::transform::value::{Map, Text, Value};

/// What references are resolved with.
#[derive(Clone, Debug, Default)]
pub struct Resolver {
    /// Parameter values by name.
    pub parameters: Map,
    /// The `Mappings` section.
    pub mappings: Map,
}

/// A value that stands for one that is not known yet.
const DEFERRED: &str = "{{IntrinsicFunction:";

impl Resolver {
    /// The value with references to parameters replaced, in `Ref` and inside the text of `Fn::Sub`.
    ///
    /// # Errors
    /// When `Fn::Sub` meets a parameter that is no string.
    pub fn parameters(&self, value: &Value) -> Result<Value> {
        let mut value = value.clone();
        if !self.parameters.is_empty() {
            self.walk(&mut value, &|v| self.parameter(v))?;
        }
        Ok(value)
    }

    /// The value with `Fn::FindInMap` replaced where map and keys are known.
    ///
    /// # Errors
    /// When `Fn::FindInMap` is not a list of three, or a map has not two levels.
    pub fn mappings(&self, value: &Value) -> Result<Value> {
        let mut value = value.clone();
        if !self.mappings.is_empty() {
            self.walk(&mut value, &|v| self.mapping(v))?;
        }
        Ok(value)
    }

    /// Parameters first, then mappings.
    ///
    /// # Errors
    /// As the two steps.
    pub fn both(&self, value: &Value) -> Result<Value> {
        self.mappings(&self.parameters(value)?)
    }

    fn walk(&self, value: &mut Value, handle: &dyn Fn(&Value) -> Result<Option<Value>>) -> Result<()> {
        if let Some(new) = handle(value)? {
            let span = value.span;
            *value = Value { span, ..new };
        }
        if value.is_list() && value.as_list().is_some_and(|l| l.iter().any(has_call)) {
            for item in value.as_list_mut().into_iter().flatten() {
                self.walk(item, handle)?;
            }
        } else if value.as_map().is_some_and(|m| m.values().any(has_call)) {
            for item in value.as_map_mut().into_iter().flat_map(Map::values_mut) {
                self.walk(item, handle)?;
            }
        }
        Ok(())
    }

    fn parameter(&self, value: &Value) -> Result<Option<Value>> {
        let Some((function, argument)) = value.only_pair() else { return Ok(None) };
        match function.as_str() {
            "Ref" => {
                let found = argument.as_str().and_then(|name| self.parameters.get(name));
                Ok(found.filter(|v| !v.as_str().is_some_and(|s| s.starts_with(DEFERRED))).cloned())
            }
            "Fn::Sub" => {
                let text = match argument.as_list() {
                    Some(items) => items.first(),
                    None => Some(argument),
                };
                let Some((text, span)) = text.and_then(|t| Some((t.as_text()?, t.span))) else { return Ok(None) };
                let Some(new) = self.substitute(text).map_err(|f| f.at(span))? else { return Ok(None) };
                let new = Value { span, ..Value::from(new) };
                let mut value = value.clone();
                if let Some(argument) = value.as_map_mut().and_then(|m| m.get_mut("Fn::Sub")) {
                    match argument.as_list_mut() {
                        Some(items) => items[0] = new,
                        None => *argument = new,
                    }
                }
                Ok(Some(value))
            }
            _ => Ok(None),
        }
    }

    /// The text with every `${Name}` of a known parameter replaced; `None` when nothing changes.
    fn substitute(&self, text: &Text) -> Result<Option<Text>> {
        let mut result: Option<String> = None;
        for name in plain_variables(text) {
            let Some(value) = self.parameters.get(name) else { continue };
            let Some(value) = value.as_str() else {
                let message = format!("`Fn::Sub` uses parameter `{name}`, whose value is not a string");
                return Err(Fault::document(message));
            };
            let now = result.as_deref().unwrap_or(text);
            result = Some(now.replacen(&format!("${{{name}}}"), value, 1));
        }
        Ok(result.map(|new| text.with(new)))
    }

    fn mapping(&self, value: &Value) -> Result<Option<Value>> {
        let Some(argument) = value.call("Fn::FindInMap") else { return Ok(None) };
        let items = argument.as_list().filter(|items| items.len() == 3).ok_or_else(|| {
            Fault::document("`Fn::FindInMap` must be a list of a map name, a top-level key and a second-level key")
                .at(value.span)
        })?;
        let mut keys = Vec::with_capacity(3);
        for item in items {
            keys.push(self.mappings(item)?);
        }
        let [Some(map), Some(first), Some(second)] = [0, 1, 2].map(|i| keys[i].as_str()) else { return Ok(None) };
        let mut level = self.mappings.get(map);
        for key in [first, second] {
            let Some(found) = level else { return Ok(None) };
            let Some(inner) = found.as_map() else {
                return Err(Fault::document(format!("mapping `{map}` must have two levels of keys")).at(found.span));
            };
            level = inner.get(key);
        }
        Ok(level.cloned())
    }
}

fn has_call(value: &Value) -> bool {
    value.is_map() || value.is_list()
}

/// The names in `${...}` that can be parameters: letters, digits and dots, or `AWS::` and letters.
fn plain_variables(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let inside = &rest[start + 2..];
        let Some(end) = inside.find('}') else { break };
        let name = &inside[..end];
        if is_plain_variable(name) {
            names.push(name);
            rest = &inside[end + 1..];
        } else {
            rest = inside;
        }
    }
    names
}

fn is_plain_variable(name: &str) -> bool {
    let word = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    match name.strip_prefix("AWS::") {
        Some(rest) => {
            rest.starts_with(|c: char| c.is_ascii_uppercase()) && rest.bytes().all(|b| b.is_ascii_alphabetic())
        }
        None => word(name),
    }
}
