//! What Swagger and OpenAPI documents have in common: paths, methods and conditions around both.

use super::errors::{ErrorKind, Fault, Result};
use super::resource::Macro;
use crate::transform::python_text;
use crate::transform::value::{Map, Text, Value, conditional, map2, reference};

/// The key of the integration of a method.
pub const INTEGRATION: &str = "x-amazon-apigateway-integration";
/// The method name that stands for every method.
pub const ANY_METHOD: &str = "x-amazon-apigateway-any-method";

/// Which kind of document an API has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Documents of REST APIs: Swagger 2 or OpenAPI 3.
    Rest,
    /// Documents of HTTP APIs: OpenAPI 3.
    Http,
}

/// A document under edit. As in the reference, making one and reading it back copies the document, which may change the
/// order of its keys.
#[derive(Clone, Debug)]
pub struct Editor {
    /// The document.
    pub doc: Value,
    /// Which kind.
    pub dialect: Dialect,
    /// `securityDefinitions` or `components.securitySchemes`.
    pub security: Value,
    /// Gateway responses (REST).
    pub gateway_responses: Value,
    /// Resource policy (REST).
    pub policy: Value,
    /// `definitions` (REST).
    pub definitions: Value,
    /// `tags` (HTTP).
    pub tags: Value,
    /// `info` (HTTP).
    pub info: Value,
}

/// Whether a version is 3, 3.x or 3.x.y with single digits.
pub fn is_version_3(version: &Value) -> bool {
    version_digits(&python_text::str(version), &['3'])
}

/// Whether a text is a version of one to three single digits, the first one of `first`.
pub fn version_digits(text: &str, first: &[char]) -> bool {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let chars: Vec<char> = text.chars().collect();
    match chars.as_slice() {
        [a, '.', b] => first.contains(a) && b.is_numeric(),
        [a, '.', b, '.', c] => first.contains(a) && b.is_numeric() && c.is_numeric(),
        _ => false,
    }
}

impl Dialect {
    /// The start of a document without paths.
    pub fn skeleton(self) -> Value {
        let info = map2! { "version" => "1.0", "title" => reference("AWS::StackName") };
        match self {
            Dialect::Rest => map2! { "swagger" => "2.0", "info" => info, "paths" => map2! {} },
            Dialect::Http => map2! { "openapi" => "3.0.1", "info" => info, "paths" => map2! {} },
        }
    }

    /// Whether a value can be edited.
    pub fn is_valid(self, doc: &Value) -> bool {
        let paths = doc.get("paths").is_some_and(Value::is_map);
        let swagger = self == Dialect::Rest && doc.truthy_at("swagger").is_some();
        paths && (swagger || doc.truthy_at("openapi").is_some_and(is_version_3))
    }

    /// Refuses a property of an API that edits its document when the document cannot be edited.
    ///
    /// # Errors
    /// When there is no document, or one of another form.
    pub fn needs_valid_body(self, source: &Macro, property: &str, body: &Value) -> Result<()> {
        needs_body(source, property, body)?;
        if self.is_valid(body) {
            return Ok(());
        }
        let form = match self {
            Dialect::Rest => "a Swagger or OpenAPI document with `paths`",
            Dialect::Http => "an OpenAPI 3 document with `openapi` and `paths`",
        };
        Err(source.invalid(format!("`{property}` needs {form} in `DefinitionBody`")).at(body.span))
    }
}

/// Refuses a property of an API that edits its document when there is none.
///
/// # Errors
/// When there is no document.
pub fn needs_body(source: &Macro, property: &str, body: &Value) -> Result<()> {
    if body.truthy() {
        return Ok(());
    }
    let message = format!("`{property}` needs a document in `DefinitionBody`");
    Err(source.fault(ErrorKind::Exclusive, message).at(source.span(property)))
}

/// Method names in the spelling of the documents.
pub fn normalize_method(method: &Text) -> Text {
    let lower = method.to_lowercase();
    if lower == "any" { Text::from(ANY_METHOD) } else { method.with(lower) }
}

/// Calls `edit` for what stands under `item`: itself, or both branches of an `Fn::If`.
///
/// # Errors
/// When `Fn::If` holds no list, or what `edit` returns.
pub fn each_content(item: &mut Value, edit: &mut dyn FnMut(&mut Value) -> Result<()>) -> Result<()> {
    if item.get("Fn::If").is_none() {
        return edit(item);
    }
    let span = item.span;
    let branches = item.as_map_mut().and_then(|m| m.get_mut("Fn::If")).and_then(Value::as_list_mut);
    let Some(branches) = branches else { return Err(Fault::document("`Fn::If` must hold a list").at(span)) };
    for branch in branches.iter_mut().skip(1).filter(|b| !b.is_no_value()) {
        edit(branch)?;
    }
    Ok(())
}

/// What stands under `item`: itself, or both branches of an `Fn::If`.
///
/// # Errors
/// When `Fn::If` holds no list.
pub fn contents(item: &Value) -> Result<Vec<&Value>> {
    match item.get("Fn::If") {
        None => Ok(vec![item]),
        Some(value) => {
            let branches =
                value.as_list().ok_or_else(|| Fault::document("`Fn::If` must hold a list").at(value.span))?;
            Ok(branches.iter().skip(1).filter(|b| !b.is_no_value()).collect())
        }
    }
}

fn no_map(what: &str, at: &Value) -> Fault {
    Fault::document(format!("{what} must be a map")).at(at.span)
}

impl Editor {
    /// Begins to edit a document.
    ///
    /// # Errors
    /// When it is no such document.
    pub fn new(dialect: Dialect, doc: Option<&Value>) -> Result<Editor> {
        let Some(doc) = doc.filter(|d| dialect.is_valid(d)) else {
            let span = doc.map_or(crate::transform::value::UNPLACED, |d| d.span);
            let what = match dialect {
                Dialect::Rest => "a Swagger or OpenAPI 3 document with `paths`",
                Dialect::Http => "an OpenAPI 3 document with `openapi` and `paths`",
            };
            return Err(Fault::document(format!("`DefinitionBody` must be {what}")).at(span));
        };
        let doc = doc.deep_copy();
        let part = |key: &str| doc.truthy_at(key).cloned().unwrap_or_else(|| Map::python2().into());
        let security = match dialect {
            Dialect::Rest => part("securityDefinitions"),
            Dialect::Http => {
                if doc.get("components").is_some_and(|c| !c.is_map() && !c.is_null()) {
                    return Err(no_map("`components`", &doc));
                }
                let schemes = doc.path(&["components", "securitySchemes"]).filter(|v| v.truthy());
                schemes.cloned().unwrap_or_else(|| Map::python2().into())
            }
        };
        let definitions = doc.get("definitions").cloned().unwrap_or_else(|| Map::python2().into());
        let editor = Editor {
            dialect,
            security,
            gateway_responses: part("x-amazon-apigateway-gateway-responses"),
            policy: part("x-amazon-apigateway-policy"),
            definitions,
            tags: doc.truthy_at("tags").cloned().unwrap_or_else(|| Vec::new().into()),
            info: part("info"),
            doc,
        };
        if dialect == Dialect::Rest {
            for path in editor.paths() {
                editor.path_items(&path)?;
            }
        }
        Ok(editor)
    }

    /// Ends the edit: the document.
    pub fn finish(mut self) -> Value {
        let mut put = |key: &'static str, value: Value| {
            if value.truthy() {
                self.doc.set(key, value);
            }
        };
        match self.dialect {
            Dialect::Rest => {
                put("securityDefinitions", self.security);
                put("x-amazon-apigateway-gateway-responses", self.gateway_responses);
                put("definitions", self.definitions);
            }
            Dialect::Http => {
                put("tags", self.tags);
                if self.security.truthy()
                    && let Some(doc) = self.doc.as_map_mut()
                {
                    let components = doc.entry("components", || Map::python2().into());
                    if !components.truthy() {
                        *components = Map::python2().into();
                    }
                    components.set("securitySchemes", self.security);
                }
                let mut put = |key: &'static str, value: Value| {
                    if value.truthy() {
                        self.doc.set(key, value);
                    }
                };
                put("info", self.info);
            }
        }
        self.doc.deep_copy()
    }

    /// The paths, in the order of the document.
    pub fn paths(&self) -> Vec<Text> {
        self.doc.get("paths").and_then(Value::as_map).map(Map::key_list).unwrap_or_default()
    }

    fn paths_mut(&mut self) -> Option<&mut Map> {
        self.doc.as_map_mut()?.get_mut("paths")?.as_map_mut()
    }

    /// The path items of a path, both branches of a condition.
    ///
    /// # Errors
    /// When one is no map.
    pub fn path_items(&self, path: &str) -> Result<Vec<&Value>> {
        let Some(item) = self.doc.path(&["paths"]).and_then(|p| p.get(path)) else { return Ok(Vec::new()) };
        let items = contents(item)?;
        match items.iter().find(|i| !i.is_map()) {
            Some(bad) => Err(no_map(&format!("path `{path}`"), if bad.is_null() { item } else { bad })),
            None => Ok(items),
        }
    }

    /// Edits the path items of a path.
    ///
    /// # Errors
    /// When one is no map, or what `edit` returns.
    pub fn each_path_item(&mut self, path: &str, edit: &mut dyn FnMut(&mut Map) -> Result<()>) -> Result<()> {
        let Some(item) = self.paths_mut().and_then(|p| p.get_mut(path)) else { return Ok(()) };
        each_content(item, &mut |content| {
            let span = content.span;
            match content.as_map_mut() {
                Some(map) => edit(map),
                None => Err(Fault::document(format!("path `{path}` must be a map")).at(span)),
            }
        })
    }

    /// Whether a method is there, in both branches of a condition.
    ///
    /// # Errors
    /// When a condition is malformed.
    pub fn has_path(&self, path: &str, method: &str) -> Result<bool> {
        match self.doc.path(&["paths"]).and_then(|p| p.get(path)) {
            None => Ok(false),
            Some(item) => Ok(contents(item)?.iter().all(|i| i.get(method).is_some())),
        }
    }

    /// Whether a method has an integration, in both branches of a condition.
    ///
    /// # Errors
    /// When a path item or method is no map.
    pub fn has_integration(&self, path: &str, method: &str) -> Result<bool> {
        if !self.has_path(path, method)? {
            return Ok(false);
        }
        for item in self.path_items(path)? {
            let Some(definition) = item.get(method).filter(|m| m.is_map()) else { return Ok(false) };
            let mut found = false;
            for content in contents(definition)? {
                if !content.is_map() {
                    return Err(no_map(&format!("method `{method}` of path `{path}`"), content));
                }
                found |= content.truthy_at(INTEGRATION).is_some();
                if found {
                    break;
                }
            }
            if !found {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Adds a path with a method where they are absent.
    ///
    /// # Errors
    /// When the path is there and no map.
    pub fn add_path(&mut self, path: &Text, method: &Text) -> Result<()> {
        let method = normalize_method(method);
        if let Some(paths) = self.paths_mut() {
            let item = paths.entry(path.clone(), || Map::python2().into());
            if !item.is_map() {
                let fault = Fault::document(format!("path `{path}` must be a map")).at(item.span);
                return Err(fault);
            }
        }
        self.each_path_item(path, &mut |item| {
            item.entry(method.clone(), || Map::python2().into());
            Ok(())
        })
    }

    /// Wraps a path in a condition.
    pub fn make_path_conditional(&mut self, path: &Text, condition: &Value) {
        if let Some(item) = self.paths_mut().and_then(|p| p.get_mut(path)) {
            *item = conditional(condition.clone(), item.clone());
        }
    }

    /// Edits each definition of one method of a path that has an integration.
    ///
    /// # Errors
    /// When a path item or method is no map, or what `edit` returns.
    pub fn each_method(
        &mut self,
        path: &str,
        method: &Text,
        edit: &mut dyn FnMut(&mut Map) -> Result<()>,
    ) -> Result<()> {
        let name = normalize_method(method);
        self.each_path_item(path, &mut |item| {
            let Some(definition) = item.get_mut(&name) else {
                return Err(Fault::document(format!("method `{method}` of path `{path}` must be a map")));
            };
            each_definition(path, method, definition, edit)
        })
    }

    /// Edits each method of a path that has an integration; `skip` names what is no method.
    ///
    /// # Errors
    /// When a path item or method is no map, or what `edit` returns.
    pub fn each_method_of(
        &mut self,
        path: &str,
        skip: &[&str],
        edit: &mut dyn FnMut(&Text, &mut Map) -> Result<()>,
    ) -> Result<()> {
        self.each_path_item(path, &mut |item| {
            for name in item.key_list() {
                if skip.contains(&name.as_str()) {
                    continue;
                }
                let Some(definition) = item.get_mut(&name) else { continue };
                let normal = normalize_method(&name);
                each_definition(path, &name, definition, &mut |m| edit(&normal, m))?;
            }
            Ok(())
        })
    }
}

fn each_definition(
    path: &str,
    method: &str,
    definition: &mut Value,
    edit: &mut dyn FnMut(&mut Map) -> Result<()>,
) -> Result<()> {
    each_content(definition, &mut |content| {
        let span = content.span;
        let Some(map) = content.as_map_mut() else {
            return Err(Fault::document(format!("method `{method}` of path `{path}` must be a map")).at(span));
        };
        if map.get(INTEGRATION).is_some_and(Value::truthy) { edit(map) } else { Ok(()) }
    })
}
