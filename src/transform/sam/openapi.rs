//! Edits of the documents of HTTP APIs.

use super::editor::{ANY_METHOD, Editor, INTEGRATION, contents, normalize_method};
use super::errors::{Fault, Result};
use crate::transform::value::{Map, Text, Value, conditional, list, map, map2};

impl Editor {
    /// Whether the integration of a method calls this very function, not an alias.
    ///
    /// # Errors
    /// When the document is malformed there.
    pub fn calls_function(&self, path: &str, method: &str, function: &str) -> Result<bool> {
        if !self.has_integration(path, method)? {
            return Ok(false);
        }
        for item in self.path_items(path)? {
            let Some(definition) = item.get(method) else { continue };
            for content in contents(definition)? {
                let Some(uri) = content.get(INTEGRATION).and_then(|i| i.get("uri")).filter(|u| u.is_map()) else {
                    return Ok(false);
                };
                for uri in contents(uri)? {
                    let text = uri.get("Fn::Sub").and_then(Value::as_str).unwrap_or("");
                    if first_arn_owner(text) != Some(function) {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    /// Adds the integration of a function where there is none.
    ///
    /// # Errors
    /// When the document is malformed there.
    pub fn add_http_function(
        &mut self,
        path: &Text,
        method: &Text,
        uri: &Value,
        condition: Option<&Value>,
    ) -> Result<()> {
        let name = normalize_method(method);
        if self.has_integration(path, &name)? {
            return Ok(());
        }
        self.add_path(path, method)?;
        let uri = condition.map_or_else(|| uri.clone(), |c| conditional(c, uri.clone()));
        let default = path == "$default" && name == ANY_METHOD;
        self.each_path_item(path, &mut |item| {
            let Some(definition) = item.get_mut(&name) else { return Ok(()) };
            if definition.is_null() {
                *definition = map2! {};
            }
            let span = definition.span;
            let Some(map) = definition.as_map_mut() else {
                return Err(Fault::document(format!("method `{name}` of path `{path}` must be a map")).at(span));
            };
            let integration = map2! {
                "type" => "aws_proxy",
                "httpMethod" => "POST",
                "payloadFormatVersion" => "2.0",
                "uri" => uri.clone(),
            };
            map.insert(INTEGRATION, integration);
            if default {
                map.insert("isDefaultRoute", true);
            }
            map.entry("responses", || map2! {});
            if let Some(condition) = condition {
                *definition = conditional(condition, definition.clone());
            }
            Ok(())
        })
    }

    /// Adds an authorizer to a method.
    ///
    /// # Errors
    /// When the document is malformed there.
    pub fn add_http_authorizer(
        &mut self,
        path: &Text,
        method: &Text,
        name: &Text,
        scopes: Option<&Value>,
        authorizers: Option<&Value>,
    ) -> Result<()> {
        let mut granted = None;
        if name != "NONE" && name != "AWS_IAM" {
            let authorizer = authorizers.and_then(|a| a.get(name));
            if let Some(bad) = authorizer.filter(|a| !a.is_map()) {
                return Err(Fault::document(format!("authorizer `{name}` must be a map")).at(bad.span));
            }
            let own = authorizer.and_then(|a| a.truthy_at("AuthorizationScopes"));
            granted = scopes.filter(|s| s.truthy()).or(own).filter(|_| authorizer.is_some_and(Value::truthy)).cloned();
        }
        self.each_method(path, method, &mut |m| {
            let mut security = match m.get("security") {
                None => Vec::new(),
                Some(value) => match value.as_list() {
                    Some(items) => items.to_vec(),
                    None => {
                        let message = format!("`security` of method `{method}` of path `{path}` must be a list");
                        return Err(Fault::document(message).at(value.span));
                    }
                },
            };
            security.push(map! { name => granted.clone().unwrap_or_else(|| list![]) });
            m.insert("security", security);
            Ok(())
        })
    }

    /// Adds the parts of a path as parameters of a method.
    ///
    /// # Errors
    /// When the document is malformed there.
    pub fn add_path_parameters(&mut self, path: &Text, method: &Text) -> Result<()> {
        let names: Vec<&str> =
            path.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect();
        if names.is_empty() {
            return Ok(());
        }
        self.each_method(path, method, &mut |m| {
            let parameters = m.entry("parameters", || list![]);
            for name in &names {
                let Some(list) = parameters.as_list_mut() else { continue };
                let present = list.iter_mut().find(|p| p.get("name").and_then(Value::as_str) == Some(*name));
                match present {
                    Some(parameter) => {
                        parameter.set("in", "path");
                        parameter.set("required", true);
                    }
                    None => list.push(map2! { "name" => Text::uni(name), "in" => "path", "required" => true }),
                }
            }
            Ok(())
        })
    }

    /// Sets the payload version of a method.
    ///
    /// # Errors
    /// When the document is malformed there.
    pub fn set_payload_version(&mut self, path: &Text, method: &Text, version: &Value) -> Result<()> {
        self.each_method(path, method, &mut |m| {
            if let Some(integration) = m.get_mut(INTEGRATION) {
                integration.set("payloadFormatVersion", version);
            }
            Ok(())
        })
    }

    /// Gives every method of a path the default authorizer, unless it has security already.
    ///
    /// # Errors
    /// When the document is malformed there.
    pub fn set_http_default(&mut self, path: &str, name: &Text, scopes: &Value) -> Result<()> {
        self.each_method_of(path, &["parameters", "options", "OPTIONS", "Options"], &mut |_, m| {
            if !m.get("security").is_some_and(Value::truthy) {
                m.insert("security", list![map! { name => scopes }]);
            }
            Ok(())
        })
    }

    /// Adds tags.
    ///
    /// # Errors
    /// When the tags of the document are no list.
    pub fn add_tags(&mut self, tags: &Map) -> Result<()> {
        const VALUE: &str = "x-amazon-apigateway-tag-value";
        for (name, value) in tags.iter() {
            let span = self.tags.span;
            let Some(list) = self.tags.as_list_mut() else {
                return Err(Fault::document("`tags` of the document must be a list").at(span));
            };
            match list.iter_mut().find(|t| t.get("name").and_then(Value::as_str) == Some(name.as_str())) {
                Some(tag) => tag.set(VALUE, value),
                None => list.push(map2! { "name" => name, VALUE => value }),
            }
        }
        Ok(())
    }
}

/// The first `X` of `X.Arn` in a text.
fn first_arn_owner(text: &str) -> Option<&str> {
    let mut from = 0;
    while let Some(at) = text[from..].find(".Arn") {
        let end = from + at;
        let start = text[..end].rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |i| i + 1);
        if start < end {
            return Some(&text[start..end]);
        }
        from = end + 4;
    }
    None
}
