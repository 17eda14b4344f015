//! Questions about SAM: what comes out of a resource, where a value comes from, who may call, what a policy template allows.

use super::Asker;
use crate::explain::lessons::delivery::timetable;
use crate::explain::short::{and, number};
use crate::explain::values::Val;
use crate::explain::view::few;
use crate::syntax::Node;

pub(super) fn ask(a: &mut Asker<'_, '_, '_>) {
    made(a);
    native(a);
    defaults(a);
    callers(a);
    doors(a);
    rights(a);
    traffic(a);
    paths(a);
}

/// The resources of the file, with id, type and body.
fn resources<'w>(written: &'w Node) -> Vec<(&'w str, &'w str, &'w Node)> {
    let entries = written.get("Resources").and_then(Node::as_map).unwrap_or_default();
    let kind = |n: &'w Node| n.get("Type").and_then(Node::as_str).unwrap_or_default();
    entries.iter().map(|e| (&*e.key.text, kind(&e.value), &e.value)).collect()
}

/// What comes out of the resource of which most is made.
fn made(a: &mut Asker<'_, '_, '_>) {
    let mut best: Option<(&str, &Node, Vec<String>)> = None;
    for (id, kind, body) in resources(a.written) {
        if !kind.starts_with("AWS::Serverless::") {
            continue;
        }
        let of = |r: &&crate::explain::model::Resource| r.id == id || r.origin.as_ref().is_some_and(|o| o.id == id);
        let list: Vec<String> = a.model.existing().filter(of).map(|r| format!("{} ({})", r.id, r.short_type)).collect();
        if best.as_ref().is_none_or(|b| b.2.len() < list.len()) {
            best = Some((id, body, list));
        }
    }
    let Some((id, body, list)) = best.filter(|b| b.2.len() > 1) else { return };
    let end = a.context.file.position(body.span.end.saturating_sub(1)).line;
    let lines = end.saturating_sub(a.line(body.span)) + 2;
    a.ask(
        format!("Which resources come from the {lines} lines of {id}?"),
        format!("{}: {}.", capital(&number(list.len())), few(&list, 10)),
    );
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// What a thin form becomes.
fn native(a: &mut Asker<'_, '_, '_>) {
    for (id, kind, _) in resources(a.written) {
        if !matches!(
            kind,
            "AWS::Serverless::SimpleTable"
                | "AWS::Serverless::StateMachine"
                | "AWS::Serverless::Application"
                | "AWS::Serverless::GraphQLApi"
                | "AWS::Serverless::HttpApi"
                | "AWS::Serverless::Api"
        ) {
            continue;
        }
        let Some(resource) = a.model.existing().find(|r| r.id == id) else { continue };
        let answer = match kind {
            "AWS::Serverless::SimpleTable" => {
                format!("{}: with one key and without indexes, which only the long form can have.", resource.kind)
            }
            _ => format!("{0}; `stacklens explain {0}` lists its properties.", resource.kind),
        };
        a.ask(format!("Which type of CloudFormation does {id} become?"), answer);
        return;
    }
}

/// Where a value of a function comes from: its own lines or the section Globals.
fn defaults(a: &mut Asker<'_, '_, '_>) {
    let Some(globals) = a.written.at(&["Globals", "Function"]).and_then(Node::as_map) else { return };
    let functions: Vec<(&str, &Node)> = resources(a.written)
        .into_iter()
        .filter(|r| r.1 == "AWS::Serverless::Function")
        .filter_map(|(id, _, body)| Some((id, body.get("Properties")?)))
        .collect();
    let mut asked = (false, false);
    for global in globals {
        let name = &*global.key.text;
        let from = a.line(global.key.span);
        for (id, own) in &functions {
            match own.entry(name) {
                None if !asked.0 => {
                    asked.0 = true;
                    let value = global.value.scalar_text().map(|v| format!(": {v}")).unwrap_or_default();
                    a.ask(
                        format!("Where does the {name} of {id} come from?"),
                        format!("From Globals, line {from}{value}. A line of its own in {id} would win."),
                    );
                }
                Some(entry) if !asked.1 => {
                    asked.1 = true;
                    let line = a.line(entry.key.span);
                    let both = match (&global.value, &entry.value) {
                        (g, o) if g.as_map().is_some() && o.as_map().is_some() => {
                            "both: the entries are put together, and of two with the same name its own wins"
                        }
                        (g, o) if g.as_list().is_some() && o.as_list().is_some() => {
                            "both lists: they are put together, that of Globals first"
                        }
                        _ => "its own: the one in Globals counts for functions without",
                    };
                    a.ask(
                        format!("{name} stands in Globals (line {from}) and in {id} (line {line}): which one counts?"),
                        format!("{}.", capital(both)),
                    );
                }
                _ => {}
            }
        }
    }
}

/// What may call a function.
fn callers(a: &mut Asker<'_, '_, '_>) {
    for (id, kind, _) in resources(a.written) {
        if kind != "AWS::Serverless::Function" {
            continue;
        }
        let start = |s: &String| s == id || s.starts_with(&format!("{id} "));
        let triggers: Vec<String> =
            a.model.requests.iter().filter(|r| r.steps.iter().any(start)).map(|r| r.trigger.clone()).collect();
        if !triggers.is_empty() {
            a.ask(
                format!("What starts {id}?"),
                format!("{}. Anybody else needs lambda:InvokeFunction in a policy of their own.", few(&triggers, 6)),
            );
            return;
        }
    }
}

/// Who may call the paths of an API.
fn doors(a: &mut Asker<'_, '_, '_>) {
    let mut out: Vec<(String, String)> = Vec::new();
    for resource in a.model.existing() {
        if !matches!(resource.kind.as_str(), "AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api") {
            continue;
        }
        let Some(Val::Map(paths)) = a.context.values.get(resource.id.as_str()).and_then(|v| v.at("Body.paths")) else {
            continue;
        };
        for (path, _, verbs) in paths {
            let Val::Map(verbs) = verbs else { continue };
            for (verb, _, operation) in verbs {
                if *verb == "options" {
                    continue;
                }
                let verb = if verb.starts_with("x-amazon") { "ANY".to_owned() } else { verb.to_uppercase() };
                out.push((format!("{verb} {path}"), security(operation)));
            }
        }
    }
    for (route, answer) in out.into_iter().take(2) {
        a.ask(format!("Who may call {route}?"), answer);
    }
}

fn security(operation: &Val<'_>) -> String {
    let mut names = Vec::new();
    for item in operation.at("security").map(Val::items).unwrap_or_default() {
        if let Val::Map(entries) = item {
            names.extend(entries.iter().map(|e| e.0.to_owned()).filter(|n| n != "NONE"));
        }
    }
    match names.as_slice() {
        [] => "Everybody who knows the address: neither an authorizer nor a key is asked for.".to_owned(),
        [key] if key == "api_key" => {
            "Everybody with a key; a key meters callers, it does not prove who they are.".to_owned()
        }
        [iam] if iam == "AWS_IAM" => "Identities of AWS with execute-api:Invoke, by signed requests.".to_owned(),
        names => format!("Callers whom the authorizer {} lets in.", and(names)),
    }
}

/// What a policy template allows.
fn rights(a: &mut Asker<'_, '_, '_>) {
    for (id, kind, body) in resources(a.written) {
        if !matches!(kind, "AWS::Serverless::Function" | "AWS::Serverless::StateMachine") {
            continue;
        }
        let policies = body.at(&["Properties", "Policies"]).and_then(Node::as_list).unwrap_or_default();
        let role = format!("{id}Role");
        let Some(inline) = a.context.values.get(role.as_str()).and_then(|v| v.at("Policies")) else { continue };
        for (i, policy) in policies.iter().enumerate() {
            let Some([template]) = policy.as_map() else { continue };
            if &*template.key.text == "Statement" || !template.key.text.ends_with("Policy") {
                continue;
            }
            let name = format!("{role}Policy{i}");
            let found = inline.items().iter().find(|p| p.literal_at("PolicyName").as_deref() == Some(&name));
            let Some(statements) = found.and_then(|p| p.at("PolicyDocument.Statement")) else { continue };
            let mut parts = Vec::new();
            for statement in statements.items() {
                let actions = statement.at("Action").map(Val::items).unwrap_or_default();
                let actions: Vec<String> = actions.iter().map(Val::show).collect();
                let on = statement.at("Resource").map(Val::resources).unwrap_or_default();
                let on = if on.is_empty() { String::new() } else { format!(" on {}", on.join(", ")) };
                parts.push(format!("{}{on}", few(&actions, 9)));
            }
            a.ask(
                format!("What does {} in line {} allow {id}?", template.key.text, a.line(template.key.span)),
                format!("{}.", parts.join("; and ")),
            );
            return;
        }
    }
}

/// When a new version has all the traffic.
fn traffic(a: &mut Asker<'_, '_, '_>) {
    for (id, _, body) in resources(a.written) {
        let Some(kind) = body.at(&["Properties", "DeploymentPreference", "Type"]).and_then(Node::as_str) else {
            continue;
        };
        let Some(timetable) = timetable(&format!("Lambda{kind}")) else { continue };
        a.ask(
            format!("When does the whole traffic of {id} reach a new version?"),
            format!("{}. Until then CodeDeploy can take it back.", capital(&timetable)),
        );
        return;
    }
}

/// Which local paths must be there.
fn paths(a: &mut Asker<'_, '_, '_>) {
    let mut found = Vec::new();
    for (_, kind, body) in resources(a.written) {
        let key = match kind {
            "AWS::Serverless::Function" => "CodeUri",
            "AWS::Serverless::LayerVersion" => "ContentUri",
            "AWS::Serverless::StateMachine" | "AWS::Serverless::Api" | "AWS::Serverless::HttpApi" => "DefinitionUri",
            "AWS::Serverless::Application" => "Location",
            "AWS::CloudFormation::Stack" => "TemplateURL",
            _ => continue,
        };
        let path = body.at(&["Properties", key]).and_then(Node::as_str);
        let path = path.or_else(|| a.written.at(&["Globals", "Function", key]).and_then(Node::as_str));
        if let Some(path) = path.filter(|p| !p.contains("://") && !p.contains("{{"))
            && !found.iter().any(|f| f == path)
        {
            found.push(path.to_owned());
        }
    }
    if !found.is_empty() {
        a.ask(
            "Which paths must be there before `sam build` or `sam package` runs?",
            format!(
                "{}, seen from the folder of the template. What is deployed has addresses in S3 instead.",
                few(&found, 6)
            ),
        );
    }
}
