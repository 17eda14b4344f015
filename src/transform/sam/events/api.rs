//! `Api` events: a permission, and the method in the document of the REST API.

use super::Context;
use crate::transform::sam::World;
use crate::transform::sam::editor::{Dialect, Editor, normalize_method};
use crate::transform::sam::errors::{Fault, Owner, Result};
use crate::transform::sam::implicit::api_id;
use crate::transform::sam::resource::{Macro, Property, Resource, Type, expect, p, req};
use crate::transform::sam::swagger::{Integration, path_pattern};
use crate::transform::value::{Kind, Map, Text, Value, map, sub_with};

/// The properties.
pub const PROPERTIES: &[Property] = &[
    req("Path", Type::Str),
    req("Method", Type::Str),
    req("RestApiId", Type::Str),
    p("Stage", Type::Str),
    p("Auth", Type::Map),
    p("RequestModel", Type::Map),
    p("RequestParameters", Type::List),
    p("TimeoutInMillis", Type::Int),
    p("ResponseTransferMode", Type::Str),
];

/// The REST API that an event names: its id, and the end of the permission's id.
#[derive(Clone, Debug)]
pub struct Link {
    /// The logical id of the API.
    pub api: String,
    /// The stage, or a word for one that is not known.
    pub suffix: Text,
}

/// Looks up the REST API that an event names.
///
/// # Errors
/// When there is no such resource.
pub fn link(event: &Macro, world: &World) -> Result<Link> {
    let given = event.get("RestApiId");
    let Some(api) = api_id(given).and_then(Value::as_str) else {
        return Ok(Link { api: String::new(), suffix: "AllStages".into() });
    };
    let Some(resource) = world.resource(api) else {
        let message = format!("`RestApiId` names `{api}`, which is no resource of this template");
        return Err(event.event_fault(message).at(event.span("RestApiId")));
    };
    let properties = resource.get("Properties").cloned().unwrap_or_else(|| Map::new().into());
    expect(&Owner::Resource(api.to_owned()), "Properties", Type::Map, Some(&properties), resource.span)?;
    let suffix = match properties.get("StageName").and_then(Value::as_text) {
        Some(stage) if stage.is_empty() => return Err(Fault::invalid(api, "`StageName` is empty")),
        Some(stage) => stage.clone(),
        None => "Stage".into(),
    };
    Ok(Link { api: api.to_owned(), suffix })
}

/// Method and path as they stand in the ARN of a permission.
pub fn arn_path(path: &Text, greedy: bool) -> Text {
    let trimmed = path.strip_suffix('/').filter(|p| !p.is_empty()).unwrap_or(path);
    path_pattern(&path.with(trimmed), greedy)
}

fn text_property(event: &Macro, name: &str) -> Result<Text> {
    match event.get(name).and_then(Value::as_text) {
        Some(text) => Ok(text.clone()),
        None => Err(event.event_fault(format!("`{name}` must be a string")).at(event.span(name))),
    }
}

/// Generates the permission and edits the document.
///
/// # Errors
/// What the event holds and is not accepted.
pub fn translate(context: &mut Context) -> Result<Vec<Resource>> {
    let link = link(&context.event, context.world)?;
    let path = text_property(&context.event, "Path")?;
    let method = text_property(&context.event, "Method")?;
    let method = method.with(method.to_lowercase());
    let verb = if method == "any" { "*".to_owned() } else { method.to_uppercase() };
    let text = format!(
        "arn:{}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{__ApiId__}}/${{__Stage__}}/{verb}{}",
        context.world.partition,
        arn_path(&path, true)
    );
    let variables = map! { "__ApiId__" => context.event.value("RestApiId"), "__Stage__" => "*" };
    let permission = context
        .permission(&context.event.id, &link.suffix, "apigateway.amazonaws.com")
        .with("SourceArn", sub_with(text, variables));
    let api = context.world.resource(&link.api).and_then(|r| r.get("Properties")).cloned();
    let Some(api) = api else { return Ok(vec![permission]) };
    let edit = Edit { event: &context.event, link: &link, path: &path, method: &method };
    if api.truthy_at("__MANAGE_SWAGGER").is_some() || api.truthy_at("MergeDefinitions").is_some() {
        let uri = function_uri(context);
        let condition = context.target.condition().cloned();
        edit.integrate(&api, uri, condition.as_ref(), context.world)?;
    }
    edit.override_auth(context.world)?;
    Ok(vec![permission])
}

/// The address under which API Gateway calls the target.
fn function_uri(context: &Context) -> Value {
    let stream = context.event.str("ResponseTransferMode") == Some("RESPONSE_STREAM");
    integration_uri(context, context.world.partition, stream)
}

/// The address under which API Gateway calls the target, with a concrete or a variable partition.
pub fn integration_uri(context: &Context, partition: &str, stream: bool) -> Value {
    let (version, end) =
        if stream { ("2021-11-15", "response-streaming-invocations") } else { ("2015-03-31", "invocations") };
    let target = context.target;
    let name = if target.alias { format!("${{{}}}", target.id) } else { format!("${{{}.Arn}}", target.id) };
    let text = format!("arn:{partition}:apigateway:${{AWS::Region}}:lambda:path/{version}/functions/{name}/{end}");
    let text = if target.id.uni && !target.alias { Text::uni(&text) } else { text.into() };
    let mut uri = Map::python2();
    uri.insert("Fn::Sub", text);
    uri.into()
}

/// One edit of the document of a REST API.
pub struct Edit<'a> {
    /// The event.
    pub event: &'a Macro,
    /// The API.
    pub link: &'a Link,
    /// The path.
    pub path: &'a Text,
    /// The method in lower case.
    pub method: &'a Text,
}

impl Edit<'_> {
    /// Opens the document, refusing a method that has an integration already.
    ///
    /// # Errors
    /// When the document is malformed or the method is taken.
    pub fn open(&self, body: Option<&Value>) -> Result<Editor> {
        let editor = Editor::new(Dialect::Rest, body)?;
        if editor.has_integration(self.path, &normalize_method(self.method))? {
            let message = format!("method `{}` of path `{}` is defined more than once", self.method, self.path);
            return Err(self.event.event_fault(message));
        }
        Ok(editor)
    }

    /// Puts the document back.
    pub fn close(&self, body: Value, world: &mut World) {
        if let Some(properties) = world.resource_mut(&self.link.api).and_then(|r| r.path_mut(&["Properties"])) {
            properties.set("DefinitionBody", body);
        }
    }

    fn integrate(&self, api: &Value, uri: Value, condition: Option<&Value>, world: &mut World) -> Result<()> {
        let Some(body) = api.given("DefinitionBody") else { return Ok(()) };
        let merge = api.truthy_at("MergeDefinitions").is_some();
        let skeleton = merge.then(|| Dialect::Rest.skeleton());
        let mut editor = self.open(skeleton.as_ref().or(Some(body)))?;
        let empty: Value = Map::python2().into();
        let event_auth = self.event.truthy("Auth").unwrap_or(&empty);
        let event_owner = Owner::Event(self.event.event.as_deref().unwrap_or("").to_owned());
        expect(&event_owner, "Auth", Type::Map, Some(event_auth), self.event.cause.span)?;
        let api_auth = api.truthy_at("Auth").unwrap_or(&empty);
        expect(&Owner::Resource(self.link.api.clone()), "Auth", Type::Map, Some(api_auth), api_auth.span)?;
        let partition = world.partition;
        let stream = self.event.str("ResponseTransferMode") == Some("RESPONSE_STREAM");
        let with = Integration { uri, event_auth, api_auth, condition, stream, partition };
        editor.add_function(self.path, self.method, &with)?;
        let stage: Value = (&self.link.suffix).into();
        self.add_auth(&mut editor, &stage, world)?;
        if let Some(timeout) = self.event.truthy("TimeoutInMillis") {
            editor.set_timeout(self.path, self.method, timeout)?;
        }
        self.add_model(&mut editor, api)?;
        self.add_parameters(&mut editor)?;
        let body = if merge { self.merged(api, editor)? } else { editor.finish() };
        self.close(body, world);
        Ok(())
    }

    /// The author's document with the generated method merged over its own.
    fn merged(&self, api: &Value, editor: Editor) -> Result<Value> {
        let mut body = api.get("DefinitionBody").and_then(Value::as_map).map(Map::copy).unwrap_or_default();
        let made = editor.finish();
        let generated = made.path(&["paths", self.path, &normalize_method(self.method)]).cloned();
        let fault = || Fault::invalid(&self.link.api, "`DefinitionBody` must hold maps under `paths`");
        let mut paths = body.get("paths").filter(|p| p.truthy()).cloned().unwrap_or_else(|| Map::new().into());
        let span = paths.span;
        let Some(map) = paths.as_map_mut() else { return Err(fault().at(span)) };
        let own = match map.get(self.path) {
            None => Map::new(),
            Some(item) => match (item.is_map() || !item.truthy(), item.truthy_at(self.method)) {
                (true, None) => Map::new(),
                (true, Some(method)) if method.is_map() => method.as_map().cloned().unwrap_or_default(),
                _ => return Err(fault().at(item.span)),
            },
        };
        let mut merged = Map::new();
        merged.update(&own);
        if let Some(generated) = generated.as_ref().and_then(Value::as_map) {
            merged.update(generated);
        }
        map.entry(self.path.clone(), || Map::new().into()).set(self.method.clone(), merged);
        if body.get("paths").is_some_and(Value::truthy) {
            body.insert("paths", paths);
        }
        Ok(body.into())
    }

    /// A document of the author's gets the authorization of the event only when that asks to override.
    fn override_auth(&self, world: &mut World) -> Result<()> {
        let Some(auth) = self.event.truthy("Auth").filter(|a| a.truthy_at("OverrideApiAuth").is_some()) else {
            return Ok(());
        };
        let body = world.resource(&self.link.api).and_then(|r| r.path(&["Properties", "DefinitionBody"])).cloned();
        let Some(body) = body.filter(Value::truthy) else { return Ok(()) };
        if !["Authorizer", "ApiKeyRequired", "ResourcePolicy"].iter().any(|k| auth.truthy_at(k).is_some()) {
            let message = "`OverrideApiAuth` needs `Authorizer`, `ApiKeyRequired` or `ResourcePolicy`";
            return Err(self.event.event_fault(message).at(auth.span));
        }
        let mut editor = Editor::new(Dialect::Rest, Some(&body))?;
        let stage: Value = (&self.link.suffix).into();
        self.add_auth(&mut editor, &stage, world)?;
        self.close(editor.finish(), world);
        Ok(())
    }

    /// Applies the `Auth` of the event.
    ///
    /// # Errors
    /// When it names what the API does not have.
    pub fn add_auth(&self, editor: &mut Editor, stage: &Value, world: &mut World) -> Result<()> {
        let Some(auth) = self.event.truthy("Auth") else { return Ok(()) };
        let api = self.resolved_api(world)?;
        let api_auth = api.as_ref().and_then(|a| a.truthy_at("Auth"));
        self.check_auth(auth, api_auth)?;
        if auth.truthy_at("Authorizer").is_some() || auth.given("ApiKeyRequired").is_some() {
            editor.add_event_auth(self.path, self.method, auth, api.as_ref())?;
        }
        if let Some(policy) = auth.truthy_at("ResourcePolicy") {
            let id = self.event.event.as_deref().unwrap_or("").to_owned();
            expect(&Owner::Resource(id), "Auth.ResourcePolicy", Type::Map, Some(policy), auth.span)?;
            editor.add_resource_policy(policy, self.path, stage)?;
            if let Some(statements) = policy.truthy_at("CustomStatements") {
                editor.add_custom_statements(statements);
            }
        }
        Ok(())
    }

    /// The properties of the API with parameters in `Auth` resolved, which the API itself sees too.
    fn resolved_api(&self, world: &mut World) -> Result<Option<Value>> {
        let Some(mut api) = world.resource(&self.link.api).and_then(|r| r.get("Properties")).cloned() else {
            return Ok(None);
        };
        if let Some(auth) = api.get("Auth") {
            let in_place = auth.call("Ref").is_none();
            let auth = world.resolver.parameters(auth)?;
            api.set("Auth", auth.clone());
            let target = world.resource_mut(&self.link.api).and_then(|r| r.path_mut(&["Properties"]));
            if let Some(properties) = target.filter(|_| in_place) {
                properties.set("Auth", auth);
            }
        }
        Ok(Some(api))
    }

    fn check_auth(&self, auth: &Value, api_auth: Option<&Value>) -> Result<()> {
        let fault = |message: String, at: &Value| Err(self.event.event_fault(message).at(at.span).at(auth.span));
        if let Some(authorizer) = auth.truthy_at("Authorizer") {
            let authorizers = api_auth.and_then(|a| a.truthy_at("Authorizers"));
            if let Some(authorizers) = authorizers {
                let owner = Owner::Resource(self.link.api.clone());
                expect(&owner, "Auth.Authorizers", Type::Map, Some(authorizers), authorizers.span)?;
            }
            match authorizer.as_str() {
                Some("AWS_IAM") => {}
                Some("NONE") => {
                    if api_auth.and_then(|a| a.truthy_at("DefaultAuthorizer")).is_none() {
                        let message = "authorizer `NONE` needs a `DefaultAuthorizer` of the API that it switches off";
                        return fault(message.into(), authorizer);
                    }
                }
                Some(name) => {
                    if authorizers.and_then(|a| a.truthy_at(name)).is_none() {
                        let message = format!("authorizer `{name}` is not defined in `Auth` of `{}`", self.link.api);
                        return fault(message, authorizer);
                    }
                }
                None => return fault("`Authorizer` must be the name of an authorizer".into(), authorizer),
            }
        }
        if let Some(scopes) = auth.truthy_at("AuthorizationScopes") {
            if !scopes.is_list() {
                return fault("`AuthorizationScopes` must be a list".into(), scopes);
            }
            if auth.truthy_at("Authorizer").is_none() {
                return fault("`AuthorizationScopes` needs `Authorizer`".into(), scopes);
            }
        }
        if let Some(required) = auth.given("ApiKeyRequired").filter(|r| !r.truthy())
            && api_auth.and_then(|a| a.truthy_at("ApiKeyRequired")).is_none()
        {
            let message = "`ApiKeyRequired: false` needs an API that requires keys";
            return fault(message.into(), required);
        }
        Ok(())
    }

    fn add_model(&self, editor: &mut Editor, api: &Value) -> Result<()> {
        let Some(request) = self.event.truthy("RequestModel") else { return Ok(()) };
        let Some(model) = request.truthy_at("Model") else { return Ok(()) };
        let fault = |message: String, at: &Value| Err(self.event.event_fault(message).at(at.span));
        let Some(name) = model.as_text() else { return fault("`Model` must be the name of a model".into(), model) };
        if api.truthy_at("Models").and_then(|m| m.truthy_at(name)).is_none() {
            return fault(format!("model `{name}` is not defined in `Models` of `{}`", self.link.api), model);
        }
        editor.add_request_model(self.path, self.method, name, request.given("Required"))?;
        let flags = [request.given("ValidateBody"), request.given("ValidateParameters")];
        if flags.iter().all(Option::is_none) {
            return Ok(());
        }
        let mut values = [false; 2];
        for (value, flag) in values.iter_mut().zip(flags) {
            *value = match flag.map(|f| &f.kind) {
                None => false,
                Some(Kind::Bool(b)) => *b,
                Some(_) => {
                    let message = "`ValidateBody` and `ValidateParameters` must be `true` or `false`";
                    return fault(message.into(), request);
                }
            };
        }
        editor.add_validator(self.path, self.method, values[0], values[1])
    }

    fn add_parameters(&self, editor: &mut Editor) -> Result<()> {
        let Some(given) = self.event.truthy("RequestParameters").and_then(Value::as_list) else { return Ok(()) };
        let fault = |message: &str, at: &Value| Err(self.event.event_fault(message).at(at.span));
        let mut parameters = Vec::new();
        for item in given {
            let (name, settings) = match (item.as_text(), item.as_map().and_then(|m| m.iter().next())) {
                (Some(name), _) => (name, None),
                (None, Some((name, settings))) => (name, Some(settings)),
                _ => return fault("each of `RequestParameters` must be a string or a map", item),
            };
            let kinds = ["querystring.", "path.", "header."];
            let rest = name.strip_prefix("method.request.");
            if !rest.is_some_and(|r| kinds.iter().any(|k| r.starts_with(k))) {
                let message = "names in `RequestParameters` begin with `method.request.` and `querystring.`, `path.` or `header.`";
                return fault(message, item);
            }
            let known = |s: &Value| s.as_map().is_some_and(|m| m.keys().all(|k| k == "Required" || k == "Caching"));
            if settings.is_some_and(|s| !known(s)) {
                return fault("settings in `RequestParameters` are `Required` and `Caching`", item);
            }
            let get = |key: &str| settings.and_then(|s| s.get(key)).cloned().unwrap_or_else(|| false.into());
            parameters.push((name.clone(), get("Required"), get("Caching")));
        }
        editor.add_request_parameters(self.path, self.method, &parameters)
    }
}
