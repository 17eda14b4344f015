//! Run sheets of what a template defines: pipelines and state machines.

use super::Around;
use super::model::*;
use super::template::Context;
use super::values::Val;
use crate::buildspec::Buildspec;
use crate::bundle::PipelineOf;
use crate::bundle::artifacts::Taken;
use crate::bundle::deliveries::{self, Maker, Spec};
use crate::document::Document;
use crate::pipeline::{Action, Pipeline};
use crate::syntax::{Node, NodeKind};
use serde_json::Value;
use std::collections::{BTreeSet, VecDeque};

/// Most states that are listed.
const MOST_STATES: usize = 200;

/// Fills the run sheets of a template.
pub(super) fn fill(model: &mut Model, context: &Context<'_, '_>, around: Around<'_, '_>) {
    let mut out = Vec::new();
    for resource in model.existing() {
        let Some(view) = context.template.resources.get(&resource.id) else { continue };
        if let Some(pipeline) = Pipeline::of(view) {
            out.push(pipeline_sheet(context, resource, &pipeline, around));
        }
        if resource.kind == "AWS::StepFunctions::StateMachine" {
            out.extend(context.values.get(resource.id.as_str()).and_then(|v| state_sheet(resource, v)));
        }
    }
    model.sheets = out;
}

/// The files that an action needs, with what is known of where they come from.
fn needed(action: &Action<'_>, pipeline: &str, around: Around<'_, '_>) -> Vec<String> {
    let bundle = around.bundle;
    let of = bundle.and_then(|(bundle, path)| {
        let here = |p: &&PipelineOf<'_>| p.resource.id() == pipeline && bundle.templates[p.template].path == path;
        Some((bundle, bundle.pipelines.iter().find(here)?))
    });
    let mut out: Vec<(String, String)> = Vec::new();
    for need in deliveries::needs(action) {
        let by = match of {
            Some((bundle, of)) => deliveries::maker(bundle, of, &need.artifact),
            None => Maker::Other,
        };
        let taken = |spec: &Buildspec<'_>, output: Option<&str>| {
            Some(match deliveries::artifact_of(spec, output)?.takes(&need.file) {
                Taken::Yes(_) => "hands it on",
                Taken::No => "does not hand it on",
                Taken::Elsewhere(_) => "hands it on under another path",
                Taken::Unknown => return None,
            })
        };
        let source = match (&by, of) {
            (Maker::Source, _) => Some("it comes from the source".to_owned()),
            (Maker::Build { spec: Spec::File(index), output, .. }, Some((bundle, _))) => {
                let spec = &bundle.buildspecs[*index];
                taken(&spec.view, output.as_deref()).map(|words| format!("{} {words}", spec.path))
            }
            (Maker::Build { spec: Spec::Inline(node), output, .. }, _) => {
                let words = deliveries::inline(node, |view| taken(view, output.as_deref())).flatten();
                words.map(|words| format!("the buildspec in the template {words}"))
            }
            _ => None,
        };
        let source = source.map(|s| format!(" ({s})")).unwrap_or_default();
        out.push((need.artifact, format!("{}{source}", need.file)));
    }
    let mut lines: Vec<String> = Vec::new();
    let mut last = None;
    for (artifact, file) in out {
        match lines.last_mut().filter(|_| last.as_ref() == Some(&artifact)) {
            Some(line) => line.push_str(&format!(", {file}")),
            None => lines.push(format!("{artifact} must hold {file}")),
        }
        last = Some(artifact);
    }
    lines
}

fn pipeline_sheet(
    context: &Context<'_, '_>,
    resource: &Resource,
    pipeline: &Pipeline<'_>,
    around: Around<'_, '_>,
) -> Sheet {
    let mut sheet = Sheet {
        title: format!("Pipeline {}", resource.id),
        columns: vec!["action", "what it does", "takes → gives"],
        ..Sheet::default()
    };
    for stage in &pipeline.stages {
        for (i, action) in stage.actions.iter().enumerate() {
            let step = if i == 0 { stage.name().unwrap_or("?").to_owned() } else { String::new() };
            let order = action.run_order().unwrap_or(1);
            let first = stage.actions.iter().position(|a| a.run_order() == Some(order)) == Some(i);
            let name = action.name().unwrap_or("?");
            let name = if first || i == 0 { name.to_owned() } else { format!("{name} (at the same time)") };
            let list = |artifacts: &[crate::pipeline::Artifact<'_>]| {
                artifacts.iter().filter_map(|a| a.name()).collect::<Vec<_>>().join(", ")
            };
            let (inputs, outputs) = (list(&action.inputs), list(&action.outputs));
            let flow =
                if inputs.is_empty() && outputs.is_empty() { String::new() } else { format!("{inputs} → {outputs}") };
            sheet.rows.push(SheetRow {
                step,
                cells: vec![name, what(action), flow.trim().to_owned()],
                details: needed(action, &resource.id, around),
                at: Some(Place::of(context.file, action.node.span)),
            });
        }
    }
    let source = "user guide: CodePipeline concepts";
    sheet.notes.push(Claim::new(
        "a failed action stops its stage; what earlier stages deployed stays, and the stage can be retried",
        Label::Documented,
        source,
    ));
    sheet
}

fn what(action: &Action<'_>) -> String {
    let text = |node: Option<&Node>| node.and_then(Node::as_str).unwrap_or("?").to_owned();
    let (category, provider) = (text(action.category()), text(action.provider()));
    let setting = |key: &str| {
        action.setting(key).and_then(|n| {
            n.scalar_text().map(str::to_owned).or_else(|| crate::value::evaluate::referenced(n).map(str::to_owned))
        })
    };
    match (category.as_str(), provider.as_str()) {
        ("Approval", _) => "waits for a person, at most 7 days".to_owned(),
        ("Source", _) => match setting("BranchName").or_else(|| setting("Branch")) {
            Some(branch) => format!("fetches the source from {provider}, branch {branch}"),
            None => format!("fetches the source from {provider}"),
        },
        ("Build" | "Test", "CodeBuild") => match setting("ProjectName") {
            Some(project) => format!("runs the buildspec of {project}"),
            None => "runs a buildspec".to_owned(),
        },
        ("Deploy", "CloudFormation") => {
            let mode = setting("ActionMode").unwrap_or_else(|| "deploys".to_owned());
            match setting("StackName") {
                Some(stack) => format!("CloudFormation {mode} of stack {stack}"),
                None => format!("CloudFormation {mode}"),
            }
        }
        ("Deploy", "CodeDeployToECS") => "blue/green deployment to ECS by AppSpec and task definition".to_owned(),
        ("Deploy", "CodeDeploy") => "deploys by the AppSpec in the artifact".to_owned(),
        ("Deploy", "ECS") => "rolling deployment of the image in imagedefinitions.json".to_owned(),
        ("Deploy", "S3") => "puts the artifact into a bucket".to_owned(),
        ("Invoke", _) => match setting("FunctionName") {
            Some(function) => format!("calls {function}"),
            None => format!("calls {provider}"),
        },
        _ => format!("{category} by {provider}"),
    }
}

fn json(value: &Val<'_>) -> Value {
    match value {
        Val::Absent => Value::Null,
        Val::Text(_) => Value::String(value.show()),
        Val::List(items) => Value::Array(items.iter().map(json).collect()),
        Val::Map(entries) => Value::Object(entries.iter().map(|e| (e.0.to_owned(), json(&e.2))).collect()),
    }
}

fn state_sheet(resource: &Resource, value: &Val<'_>) -> Option<Sheet> {
    let definition = match (value.at("Definition"), value.at("DefinitionString")) {
        (Some(map), _) => json(map),
        (None, Some(text)) => serde_json::from_str(&text.show()).ok()?,
        (None, None) => return None,
    };
    definition_sheet(format!("State machine {}", resource.id), &definition)
}

/// Fills the model from a definition in a file of its own.
pub(super) fn fill_definition(model: &mut Model, document: &Document) {
    let Some(root) = document.root() else { return };
    let Some(mut sheet) = definition_sheet(String::new(), &plain_json(root)) else { return };
    let states = root.get("States").and_then(Node::as_map).unwrap_or_default();
    for row in &mut sheet.rows {
        let state = states.iter().find(|s| *s.key.text == *row.step);
        row.at = state.map(|s| Place::of(&document.file, s.key.span));
    }
    let all = crate::states::states(root);
    let tasks = all.iter().filter(|s| s.0.value.get("Type").and_then(Node::as_str) == Some("Task")).count();
    let number = if all.len() == 1 { "one state".to_owned() } else { format!("{} states", all.len()) };
    let start = root.get("StartAt").and_then(Node::as_str).unwrap_or("?");
    let text = format!("A state machine of {number}, {tasks} of them tasks; it starts at {start}.");
    model.in_short.push(Claim::new(text, Label::File, "States"));
    model.file.description = root.get("Comment").and_then(Node::as_str).map(str::to_owned);
    model.sheets.push(sheet);
}

fn plain_json(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Map(entries) => {
            Value::Object(entries.iter().map(|e| (e.key.text.to_string(), plain_json(&e.value))).collect())
        }
        NodeKind::List(items) => Value::Array(items.iter().map(plain_json).collect()),
        NodeKind::Bool(b) => Value::Bool(*b),
        NodeKind::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_string())),
        NodeKind::String(text) => Value::String(text.to_string()),
        NodeKind::Null | NodeKind::Call(_) | NodeKind::Tagged(_) => Value::Null,
    }
}

fn definition_sheet(title: String, definition: &Value) -> Option<Sheet> {
    let states = definition.get("States")?.as_object()?;
    let start = definition.get("StartAt")?.as_str()?;
    let mut sheet = Sheet { title, columns: vec!["what it does", "then", "if it fails"], ..Sheet::default() };
    let mut queue = VecDeque::from([start.to_owned()]);
    let mut seen: BTreeSet<String> = BTreeSet::from([start.to_owned()]);
    while let Some(name) = queue.pop_front() {
        let Some(state) = states.get(&name) else { continue };
        if sheet.rows.len() >= MOST_STATES {
            break;
        }
        for next in targets(state) {
            if seen.insert(next.clone()) {
                queue.push_back(next);
            }
        }
        sheet.rows.push(SheetRow {
            step: name,
            cells: vec![does(state), then(state), failure(state)],
            ..SheetRow::default()
        });
    }
    let unreached: Vec<String> = states.keys().filter(|k| !seen.contains(*k)).cloned().collect();
    if !unreached.is_empty() {
        let text = format!("no way leads to {}", super::view::few(&unreached, 6));
        sheet.notes.push(Claim::new(text, Label::File, "definition of the state machine"));
    }
    Some(sheet)
}

fn field<'v>(state: &'v Value, key: &str) -> Option<&'v str> {
    state.get(key)?.as_str()
}

fn targets(state: &Value) -> Vec<String> {
    let list = |key: &str| state.get(key).and_then(Value::as_array).into_iter().flatten();
    let choices = list("Choices").chain(list("Catch")).filter_map(|c| field(c, "Next"));
    let all = field(state, "Next").into_iter().chain(choices).chain(field(state, "Default"));
    all.map(str::to_owned).collect()
}

fn does(state: &Value) -> String {
    let kind = field(state, "Type").unwrap_or("?");
    match kind {
        "Task" => {
            let resource = field(state, "Resource").unwrap_or("?");
            let parameters = state.get("Parameters").or_else(|| state.get("Arguments"));
            let subject = parameters.and_then(|p| {
                field(p, "FunctionName")
                    .or_else(|| field(p, "TableName"))
                    .or_else(|| field(p, "QueueUrl"))
                    .or_else(|| field(p, "TopicArn"))
            });
            let service = resource.split(":::").nth(1).unwrap_or(resource);
            match subject {
                Some(subject) => format!("calls {service} on {subject}"),
                None => format!("calls {service}"),
            }
        }
        "Choice" => {
            let count = state.get("Choices").and_then(Value::as_array).map_or(0, Vec::len);
            format!("chooses among {count}")
        }
        "Wait" => match (
            state
                .get("Seconds")
                .and_then(|s| s.as_u64().map(|n| n.to_string()).or_else(|| s.as_str().map(str::to_owned))),
            field(state, "Timestamp"),
        ) {
            (Some(seconds), _) => format!("waits {seconds} s"),
            (None, Some(time)) => format!("waits until {time}"),
            _ => "waits as the input says".to_owned(),
        },
        "Parallel" => {
            let count = state.get("Branches").and_then(Value::as_array).map_or(0, Vec::len);
            format!("runs {count} branches at the same time")
        }
        "Map" => "runs the same steps for each item".to_owned(),
        "Pass" => "passes its input on".to_owned(),
        "Succeed" => "ends well".to_owned(),
        "Fail" => match field(state, "Error") {
            Some(error) => format!("ends with error {error}"),
            None => "ends with an error".to_owned(),
        },
        other => other.to_owned(),
    }
}

fn then(state: &Value) -> String {
    if let Some(next) = field(state, "Next") {
        return next.to_owned();
    }
    let choices: Vec<String> = state
        .get("Choices")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|c| field(c, "Next"))
        .map(str::to_owned)
        .collect();
    if !choices.is_empty() {
        let default = field(state, "Default").map(|d| format!(" or else {d}")).unwrap_or_default();
        return format!("{}{default}", choices.join(" or "));
    }
    "the end".to_owned()
}

fn failure(state: &Value) -> String {
    if !matches!(field(state, "Type"), Some("Task" | "Parallel" | "Map")) {
        return String::new();
    }
    let mut parts = Vec::new();
    let retries = state.get("Retry").and_then(Value::as_array);
    if let Some(retries) = retries {
        let attempts: Vec<String> = retries
            .iter()
            .map(|r| {
                r.get("MaxAttempts")
                    .map_or_else(|| "3".to_owned(), |m| m.as_str().map_or_else(|| m.to_string(), str::to_owned))
            })
            .collect();
        parts.push(format!("tried again up to {} times", attempts.join("/")));
    }
    let catches: Vec<&str> =
        state.get("Catch").and_then(Value::as_array).into_iter().flatten().filter_map(|c| field(c, "Next")).collect();
    parts.push(if catches.is_empty() {
        "the execution fails".to_owned()
    } else {
        format!("goes to {}", catches.join(" or "))
    });
    parts.join(", then ")
}
