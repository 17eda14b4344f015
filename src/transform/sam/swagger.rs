//! Edits of the documents of REST APIs.

use super::editor::{ANY_METHOD, Editor, INTEGRATION, each_content, is_version_3, normalize_method};
use super::errors::{Fault, Result};
use crate::transform::value::{Map, Text, Value, conditional, list, map, map2};

/// Entries of a path that are no methods.
const NO_METHODS: &[&str] = &["summary", "description", "parameters"];

/// The path with every `{part}` replaced by `*`; `greedy` says whether any `{part+}` counts, or only `{proxy+}`.
pub fn path_pattern(path: &Text, greedy: bool) -> Text {
    let mut out = String::with_capacity(path.len());
    let mut rest = path.as_str();
    while let Some(start) = rest.find('{') {
        out.push_str(&rest[..start]);
        let inside = &rest[start + 1..];
        let end = inside.find('}').unwrap_or(0);
        let name = &inside[..end];
        let stem = if greedy || name == "proxy+" { name.strip_suffix('+').unwrap_or(name) } else { name };
        let good =
            !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
        if good {
            out.push('*');
            rest = &inside[end + 1..];
        } else {
            out.push('{');
            rest = inside;
        }
    }
    out.push_str(rest);
    path.with(out)
}

/// The list under `security` of a method.
fn security_of(method: &Map, path: &str, name: &str) -> Result<Vec<Value>> {
    let Some(value) = method.get("security") else { return Ok(Vec::new()) };
    let fault = |what: &str, span| {
        Err(Fault::document(format!("`security` of method `{name}` of path `{path}` must be {what}")).at(span))
    };
    let Some(items) = value.as_list() else { return fault("a list", value.span) };
    Ok(items.to_vec())
}

fn check_maps(items: &[Value], path: &str, name: &str) -> Result<()> {
    match items.iter().find(|i| !i.is_map()) {
        None => Ok(()),
        Some(bad) => {
            let message = format!("each entry of `security` of method `{name}` of path `{path}` must be a map");
            Err(Fault::document(message).at(bad.span))
        }
    }
}

fn has_key(item: &Value, key: &str) -> bool {
    item.get(key).is_some()
}

/// The credentials of an integration with IAM authorization.
fn credentials(event: &Value, api: &Value, partition: &str) -> Value {
    let role = |auth: &Value| match auth.get("InvokeRole") {
        Some(role) if !role.truthy() => Some("NONE".into()),
        role => role.cloned(),
    };
    let role = role(event).or_else(|| role(api));
    match role {
        Some(role) if role.as_str() != Some("CALLER_CREDENTIALS") => role,
        _ => format!("arn:{partition}:iam::*:user/*").into(),
    }
}

/// What an integration with a function is made from.
#[derive(Debug)]
pub struct Integration<'a> {
    /// The address of the function.
    pub uri: Value,
    /// `Auth` of the event.
    pub event_auth: &'a Value,
    /// `Auth` of the API.
    pub api_auth: &'a Value,
    /// The condition of the function.
    pub condition: Option<&'a Value>,
    /// Whether the response is streamed.
    pub stream: bool,
    /// For caller credentials.
    pub partition: &'a str,
}

impl Editor {
    /// Adds the integration of a function.
    ///
    /// # Errors
    /// When the document is malformed there.
    pub fn add_function(&mut self, path: &Text, method: &Text, with: &Integration) -> Result<()> {
        self.add_path(path, method)?;
        let method = normalize_method(method);
        let uri = match with.condition {
            Some(condition) => conditional(condition, with.uri.clone()),
            None => with.uri.clone(),
        };
        self.each_path_item(path, &mut |item| {
            let Some(definition) = item.get_mut(&method) else { return Ok(()) };
            let mut integration = Map::python2();
            integration.insert("type", "aws_proxy");
            integration.insert("httpMethod", "POST");
            integration.insert("uri", uri.clone());
            if with.stream {
                integration.insert("responseTransferMode", "STREAM");
            }
            let event = with.event_auth.get("Authorizer").and_then(Value::as_str) == Some("AWS_IAM");
            let default = with.api_auth.get("DefaultAuthorizer").and_then(Value::as_str) == Some("AWS_IAM");
            if event || default && !with.event_auth.truthy() {
                let role = credentials(with.event_auth, with.api_auth, with.partition);
                if role.as_str() != Some("NONE") {
                    integration.insert("credentials", role);
                }
            }
            let Some(map) = definition.as_map_mut() else {
                return Err(Fault::document(format!("method `{method}` of path `{path}` must be a map")));
            };
            map.insert(INTEGRATION, integration);
            map.entry("responses", || map2! {});
            if let Some(condition) = with.condition {
                *definition = conditional(condition, definition.clone());
            }
            Ok(())
        })
    }

    /// Adds the integration of a state machine.
    ///
    /// # Errors
    /// When the document is malformed there.
    pub fn add_state_machine(
        &mut self,
        path: &Text,
        method: &Text,
        uri: Value,
        role: &Value,
        template: &Value,
        condition: Option<&Value>,
    ) -> Result<()> {
        self.add_path(path, method)?;
        let method = normalize_method(method);
        let uri = condition.map_or_else(|| uri.clone(), |c| conditional(c, uri.clone()));
        self.each_path_item(path, &mut |item| {
            let Some(definition) = item.get_mut(&method) else { return Ok(()) };
            let Some(map) = definition.as_map_mut() else { return Ok(()) };
            let responses = map2! {
                "200" => map2! { "statusCode" => "200" },
                "400" => map2! { "statusCode" => "400" },
            };
            let integration = map2! {
                "type" => "aws",
                "httpMethod" => "POST",
                "uri" => uri.clone(),
                "responses" => responses,
                "credentials" => role,
            };
            map.insert(INTEGRATION, integration);
            map.entry("responses", || {
                map2! {
                    "200" => map2! { "description" => "OK" },
                    "400" => map2! { "description" => "Bad Request" },
                }
            });
            let mut more = Map::new();
            more.insert("requestTemplates", template.clone());
            if let Some(integration) = map.get_mut(INTEGRATION).and_then(Value::as_map_mut) {
                integration.update(&more);
            }
            if let Some(condition) = condition {
                *definition = conditional(condition, definition.clone());
            }
            Ok(())
        })
    }

    /// Sets the time-out of a method.
    ///
    /// # Errors
    /// When the document is malformed there.
    pub fn set_timeout(&mut self, path: &Text, method: &Text, timeout: &Value) -> Result<()> {
        self.each_method(path, method, &mut |m| {
            if let Some(integration) = m.get_mut(INTEGRATION) {
                integration.set("timeoutInMillis", timeout);
            }
            Ok(())
        })
    }

    /// Adds what the `Auth` of an event asks for.
    ///
    /// # Errors
    /// When the document is malformed there.
    pub fn add_event_auth(&mut self, path: &Text, method: &Text, auth: &Value, api: Option<&Value>) -> Result<()> {
        if let Some(authorizer) = auth.truthy_at("Authorizer").and_then(Value::as_text) {
            let authorizers = api.and_then(|a| a.truthy_at("Auth")).and_then(|a| a.truthy_at("Authorizers"));
            self.set_method_authorizer(path, method, authorizer, authorizers, auth.given("AuthorizationScopes"))?;
        }
        if let Some(required) = auth.given("ApiKeyRequired") {
            let name = if required.truthy() { "api_key" } else { "api_key_false" };
            let mut found = false;
            self.each_method(path, method, &mut |m| {
                let mut security = security_of(m, path, method)?;
                security.push(map2! { name => list![] });
                m.insert("security", security);
                found = true;
                Ok(())
            })?;
            if found && required.truthy() {
                self.add_api_key_definition()?;
            }
        }
        Ok(())
    }

    fn set_method_authorizer(
        &mut self,
        path: &Text,
        method: &Text,
        name: &Text,
        authorizers: Option<&Value>,
        scopes: Option<&Value>,
    ) -> Result<()> {
        let mut iam = false;
        let mut granted = None;
        if let Some(authorizers) = authorizers.filter(|_| name != "NONE") {
            let authorizer = authorizers.get(name);
            if authorizer.is_some_and(|a| !a.is_map()) {
                return Err(Fault::document(format!("authorizer `{name}` must be a map")).at(authorizers.span));
            }
            let own = scopes.or_else(|| authorizer.and_then(|a| a.given("AuthorizationScopes")));
            granted = own.filter(|_| authorizer.is_some()).cloned();
        }
        self.each_method(path, method, &mut |m| {
            let mut security = security_of(m, path, method)?;
            security.push(map2! { name => granted.clone().unwrap_or_else(|| list![]) });
            iam |= security.first().is_some_and(|s| has_key(s, "AWS_IAM"));
            m.insert("security", security);
            Ok(())
        })?;
        if iam {
            self.add_iam_definition();
        }
        Ok(())
    }

    /// Adds the definition of IAM authorization.
    pub fn add_iam_definition(&mut self) {
        if !has_key(&self.security, "AWS_IAM") {
            let definition = map2! {
                "x-amazon-apigateway-authtype" => "awsSigv4",
                "type" => "apiKey",
                "name" => "Authorization",
                "in" => "header",
            };
            self.merge_security("AWS_IAM", definition);
        }
    }

    /// Adds the definition of API keys.
    ///
    /// # Errors
    /// When the definitions are no map.
    pub fn add_api_key_definition(&mut self) -> Result<()> {
        self.check_definitions()?;
        if !has_key(&self.security, "api_key") {
            let definition = map2! { "type" => "apiKey", "name" => "x-api-key", "in" => "header" };
            self.merge_security("api_key", definition);
        }
        Ok(())
    }

    fn merge_security(&mut self, name: impl Into<Text>, definition: Value) {
        let more = map2! { name => definition };
        if let (Some(all), Some(more)) = (self.security.as_map_mut(), more.as_map()) {
            all.update(more);
        }
    }

    /// The security definitions must be a map.
    ///
    /// # Errors
    /// When they are not.
    pub fn check_definitions(&self) -> Result<()> {
        if self.security.is_map() {
            return Ok(());
        }
        Err(Fault::template("`securityDefinitions` must be a map").at(self.security.span))
    }

    /// Gives every method of a path the default authorizer, unless it has one or refuses it.
    ///
    /// # Errors
    /// When the document is malformed there.
    pub fn set_default_authorizer(
        &mut self,
        path: &str,
        name: &Text,
        scopes: &Value,
        known: &[Text],
        preflight: bool,
    ) -> Result<()> {
        let mut iam = false;
        self.each_method_of(path, NO_METHODS, &mut |method, m| {
            if method == "options" && !preflight {
                return Ok(());
            }
            let existing = security_of(m, path, method)?;
            check_maps(&existing, path, method)?;
            let is_authorizer = |s: &Value| has_key(s, "AWS_IAM") || known.iter().any(|k| has_key(s, k));
            let (own, mut others): (Vec<Value>, Vec<Value>) = existing.into_iter().partition(is_authorizer);
            if let Some(none) = others.iter().position(|s| has_key(s, "NONE")) {
                others.remove(none);
            } else if own.is_empty() {
                others.push(map2! { name => scopes });
            } else {
                others.extend(own);
            }
            if !others.is_empty() {
                iam |= has_key(&others[0], "AWS_IAM");
                m.insert("security", others);
            }
            Ok(())
        })?;
        if iam {
            self.add_iam_definition();
        }
        Ok(())
    }

    /// Makes every method of a path ask for an API key, unless it refuses.
    ///
    /// # Errors
    /// When the document is malformed there.
    pub fn require_api_key(&mut self, path: &str, preflight: bool) -> Result<()> {
        self.each_method_of(path, NO_METHODS, &mut |method, m| {
            let existing = security_of(m, path, method)?;
            check_maps(&existing, path, method)?;
            let is_key = |s: &Value| has_key(s, "api_key") || has_key(s, "api_key_false");
            let (own, mut others): (Vec<Value>, Vec<Value>) = existing.iter().cloned().partition(is_key);
            let refused = own.iter().any(|s| has_key(s, "api_key_false"));
            if !refused && (method != "options" || preflight) {
                others.push(map2! { "api_key" => list![] });
            }
            if !Value::from(others.clone()).same(&existing.into()) {
                m.insert("security", others);
            }
            Ok(())
        })
    }

    /// Adds a model as the body of a method.
    ///
    /// # Errors
    /// When the document is malformed there.
    pub fn add_request_model(
        &mut self,
        path: &Text,
        method: &Text,
        model: &Text,
        required: Option<&Value>,
    ) -> Result<()> {
        let name = model.with(model.to_lowercase());
        let swagger = self.doc.given("swagger").is_some();
        let open_api = self.doc.truthy_at("openapi").is_some_and(is_version_3);
        self.each_method(path, method, &mut |m| {
            if swagger {
                let mut parameter = Map::python2();
                parameter.insert("in", "body");
                parameter.insert("name", name.clone());
                parameter.insert("schema", map! { "$ref" => format!("#/definitions/{name}") });
                if let Some(required) = required {
                    parameter.insert("required", required.clone());
                }
                if let Some(list) = m.entry("parameters", || list![]).as_list_mut() {
                    list.push(parameter.into());
                }
            } else if open_api {
                let schema = map! { "$ref" => format!("#/components/schemas/{name}") };
                let mut body = map! { "content" => map! { "application/json" => map! { "schema" => schema } } };
                if let Some(required) = required {
                    body.set("required", required);
                }
                m.insert("requestBody", body);
            }
            Ok(())
        })
    }

    /// Adds a request validator and its use in a method.
    ///
    /// # Errors
    /// When the document is malformed there.
    pub fn add_validator(&mut self, path: &Text, method: &Text, body: bool, parameters: bool) -> Result<()> {
        let name = match (body, parameters) {
            (true, true) => "body-and-params",
            (true, false) => "body-only",
            (false, true) => "params-only",
            (false, false) => "no-validation",
        };
        let key = "x-amazon-apigateway-request-validators";
        if self.doc.truthy_at(key).is_none() {
            self.doc.set(key, map2! {});
        }
        let definition = map2! { "validateRequestBody" => body, "validateRequestParameters" => parameters };
        let more = map2! { name => definition };
        if let Some(all) = self.doc.path_mut(&[key]).filter(|v| v.truthy_at(name).is_none())
            && let (Some(all), Some(more)) = (all.as_map_mut(), more.as_map())
        {
            all.update(more);
        }
        let more = map2! { "x-amazon-apigateway-request-validator" => name };
        self.each_method(path, method, &mut |m| {
            if let Some(more) = more.as_map() {
                m.update(more);
            }
            Ok(())
        })
    }

    /// Adds parameters to a method: (full name, required, cached).
    ///
    /// # Errors
    /// When the document is malformed there.
    pub fn add_request_parameters(
        &mut self,
        path: &Text,
        method: &Text,
        parameters: &[(Text, Value, Value)],
    ) -> Result<()> {
        self.each_method(path, method, &mut |m| {
            for (full, required, cached) in parameters {
                let (place, name) = full.trim_start_matches("method.request.").split_once('.').unwrap_or(("", full));
                let parameter = map2! {
                    "in" => if place == "querystring" { Text::from("query") } else { full.with(place) },
                    "name" => full.with(name),
                    "required" => required,
                    "type" => "string",
                };
                if let Some(list) = m.entry("parameters", || list![]).as_list_mut() {
                    list.push(parameter);
                }
                let integration = m.get_mut(INTEGRATION).filter(|_| cached.truthy()).and_then(Value::as_map_mut);
                if let Some(list) = integration.and_then(|i| i.entry("cacheKeyParameters", || list![]).as_list_mut()) {
                    list.push(full.into());
                }
            }
            m.entry("parameters", || list![]);
            Ok(())
        })
    }

    /// Adds an `options` method that answers preflight requests, where there is none.
    ///
    /// # Errors
    /// When the document is malformed there.
    pub fn add_cors(&mut self, path: &str, cors: &Cors) -> Result<()> {
        let mut methods = cors.methods.clone();
        let Some(item) = self.doc.path_mut(&["paths", path]) else { return Ok(()) };
        each_content(item, &mut |content| {
            let span = content.span;
            let Some(item) = content.as_map_mut() else {
                return Err(Fault::document(format!("path `{path}` must be a map")).at(span));
            };
            if item.has("options") {
                return Ok(());
            }
            if !cors.origins.truthy() {
                return Err(Fault::template("`Cors` needs `AllowOrigin`").at(cors.origins.span));
            }
            if !methods.truthy() {
                methods = allowed_methods(item).into();
            }
            item.insert("options", cors.options(&methods));
            Ok(())
        })
    }
}

/// The methods that a path allows, quoted.
fn allowed_methods(item: &Map) -> String {
    let mut names: Vec<String> = if item.has(ANY_METHOD) {
        ["OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"].iter().map(|m| (*m).to_owned()).collect()
    } else {
        item.keys().map(|k| k.to_uppercase()).chain(["OPTIONS".to_owned()]).collect()
    };
    names.sort();
    names.dedup();
    format!("'{}'", names.join(","))
}

/// What preflight requests are answered.
#[derive(Debug)]
pub struct Cors {
    /// `Access-Control-Allow-Origin`.
    pub origins: Value,
    /// `Access-Control-Allow-Headers`.
    pub headers: Value,
    /// `Access-Control-Allow-Methods`; null: those of the path.
    pub methods: Value,
    /// `Access-Control-Max-Age`.
    pub max_age: Value,
    /// `Access-Control-Allow-Credentials`.
    pub credentials: bool,
}

impl Cors {
    fn options(&self, methods: &Value) -> Value {
        let mut parameters = Map::python2();
        let mut headers = Map::python2();
        let mut add = |name: &str, value: Value, ty: &'static str| {
            parameters.insert(format!("method.response.header.Access-Control-{name}"), value);
            headers.insert(format!("Access-Control-{name}"), map! { "type" => ty });
        };
        add("Allow-Origin", self.origins.clone(), "string");
        if self.headers.truthy() {
            add("Allow-Headers", self.headers.clone(), "string");
        }
        if methods.truthy() {
            add("Allow-Methods", methods.clone(), "string");
        }
        if !self.max_age.is_null() {
            add("Max-Age", self.max_age.clone(), "integer");
        }
        if self.credentials {
            add("Allow-Credentials", "'true'".into(), "string");
        }
        let answer = map2! {
            "statusCode" => "200",
            "responseParameters" => parameters,
            "responseTemplates" => map! { "application/json" => "{}\n" },
        };
        let integration = map2! {
            "type" => "mock",
            "requestTemplates" => map! { "application/json" => "{\n  \"statusCode\" : 200\n}\n" },
            "responses" => map2! { "default" => answer },
        };
        map2! {
            "summary" => "CORS support",
            "consumes" => list!["application/json"],
            "produces" => list!["application/json"],
            INTEGRATION => integration,
            "responses" => map2! {
                "200" => map2! { "description" => "Default response for CORS method", "headers" => headers },
            },
        }
    }
}
