//! Which sections, functions, pseudo parameters, dynamic references, parts of SAM, events and phases a file has.

use crate::explain::model::{Model, Occurrence, Place};
use crate::explain::terms;
use crate::intrinsics::Intrinsic;
use crate::intrinsics::dynamic;
use crate::intrinsics::sub::{self, Piece};
use crate::source::{SourceFile, Span};
use crate::syntax::{Node, NodeKind};

const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Transform",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Globals",
    "Resources",
    "Outputs",
    "Hooks",
];

const ATTRIBUTES: &[&str] = &["DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "CreationPolicy", "UpdatePolicy"];

/// Properties of SAM resources that have a text of their own.
const OF_SAM: &[&str] = &["Events", "Policies", "AutoPublishAlias", "DeploymentPreference", "CodeUri", "Connectors"];

struct Found<'f> {
    file: &'f SourceFile,
    list: Vec<Occurrence>,
}

impl Found<'_> {
    fn put(&mut self, name: &str, span: Span) {
        let Some((name, _)) = terms::find(name) else { return };
        if let Some(known) = self.list.iter_mut().find(|o| o.name == name) {
            known.count += 1;
            return;
        }
        self.list.push(Occurrence { name: name.to_owned(), count: 1, at: Place::of(self.file, span) });
    }
}

/// The terms of a template as it is written: sections first, then attributes, functions, pseudo parameters.
pub(super) fn of_template(file: &SourceFile, root: &Node) -> Vec<Occurrence> {
    let mut found = Found { file, list: Vec::new() };
    for section in SECTIONS {
        if let Some(entry) = root.entry(section) {
            found.put(section, entry.key.span);
        }
    }
    for name in ["AWS::CloudFormation::Interface", "AWS::CloudFormation::Init"] {
        let inside = root.get("Resources").and_then(Node::as_map).unwrap_or_default().iter();
        let places = std::iter::once(root).chain(inside.map(|r| &r.value));
        for entry in places.filter_map(|p| p.get("Metadata")?.entry(name)) {
            found.put(name, entry.key.span);
        }
    }
    if let Some(transform) = root.get("Transform") {
        transform.walk(&mut |node| node.as_str().into_iter().for_each(|name| found.put(name, node.span)));
    }
    let resources = || root.get("Resources").and_then(Node::as_map).unwrap_or_default().iter();
    for entry in resources() {
        if let Some(kind) =
            entry.value.get("Type").filter(|t| t.as_str().is_some_and(|t| t.starts_with("AWS::Serverless::")))
        {
            found.put(kind.as_str().unwrap_or_default(), kind.span);
            for name in OF_SAM {
                let place = if *name == "Connectors" { Some(&entry.value) } else { entry.value.get("Properties") };
                if let Some(entry) = place.and_then(|p| p.entry(name)) {
                    found.put(name, entry.key.span);
                }
            }
        }
    }
    for name in ATTRIBUTES {
        for entry in resources() {
            if let Some(entry) = entry.value.entry(name) {
                found.put(name, entry.key.span);
            }
        }
    }
    if let Some(export) = root
        .get("Outputs")
        .and_then(Node::as_map)
        .unwrap_or_default()
        .iter()
        .find_map(|output| output.value.entry("Export"))
    {
        found.put("Export", export.key.span);
    }
    found.list.extend(calls(file, root));
    found.list
}

/// Functions, then pseudo parameters, then dynamic references.
fn calls(file: &SourceFile, root: &Node) -> Vec<Occurrence> {
    let mut functions = Found { file, list: Vec::new() };
    let mut pseudo = Found { file, list: Vec::new() };
    let mut dynamics = Found { file, list: Vec::new() };
    root.walk(&mut |node| {
        if let Some(call) = node.as_call() {
            functions.put(call.function.name(), call.function_span);
            match call.function {
                Intrinsic::Ref => {
                    if let Some(name) = call.argument.as_str().filter(|n| n.starts_with("AWS::")) {
                        pseudo.put(name, call.argument.span);
                    }
                }
                Intrinsic::Sub => {
                    let text = call.argument.as_str().or_else(|| call.argument.as_list()?.first()?.as_str());
                    for piece in sub::pieces(text.unwrap_or_default()) {
                        if let Piece::Variable(v) = piece
                            && v.name.starts_with("AWS::")
                        {
                            pseudo.put(v.name, call.argument.span);
                        }
                    }
                }
                _ => {}
            }
        }
        if let NodeKind::String(_) = node.kind {
            for reference in dynamic::find(node.as_str().unwrap_or_default()) {
                dynamics.put(&format!("{{{{resolve:{}}}}}", reference.service), node.span);
            }
        }
    });
    functions.list.extend(pseudo.list);
    functions.list.extend(dynamics.list);
    functions.list
}

/// The terms of an AppSpec (its keys and all events that will happen) or of a buildspec (its keys and phases).
pub(super) fn of_file(file: &SourceFile, root: &Node, model: &Model) -> Vec<Occurrence> {
    let mut found = Found { file, list: Vec::new() };
    let keys: &[&str] = match model.file.kind {
        "appspec" => &["version", "os", "files", "permissions", "file_exists_behavior", "hooks"],
        _ => &["version", "run-as", "env", "proxy", "batch", "phases", "reports", "artifacts", "cache"],
    };
    let own = |key: &str| format!("{} {key}", model.file.kind);
    for key in keys {
        if let Some(entry) = root.entry(key) {
            let name = own(key);
            let known = terms::find(&name).is_some_and(|(own, _)| own == name);
            found.put(if known { &name } else { key }, entry.key.span);
        }
    }
    for key in ["Resources", "Hooks"] {
        if let Some(entry) = root.entry(key).filter(|_| model.file.kind == "appspec") {
            found.put(&own(key), entry.key.span);
        }
    }
    for one in root.get("Resources").and_then(Node::as_list).unwrap_or_default() {
        let body = one.as_map().and_then(|m| m.first()).and_then(|e| e.value.get("Properties"));
        for key in ["TaskDefinition", "LoadBalancerInfo", "CurrentVersion", "TargetVersion"] {
            if let Some(entry) = body.and_then(|b| b.entry(key)) {
                found.put(key, entry.key.span);
            }
        }
    }
    if let Some(env) = root.get("env").and_then(Node::as_map).filter(|_| model.file.kind == "buildspec") {
        for entry in env {
            found.put(&entry.key.text, entry.key.span);
        }
    }
    for row in model.sheets.iter().flat_map(|s| &s.rows) {
        let step = row.step.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
        if found.list.iter().all(|o| o.name != step)
            && let Some((name, _)) = terms::find(step)
        {
            let at = row.at.unwrap_or_else(|| Place::of(file, root.span));
            found.list.push(Occurrence { name: name.to_owned(), count: u32::from(row.at.is_some()), at });
        }
    }
    if let Some(phases) = root.get("phases").and_then(Node::as_map).filter(|_| model.file.kind == "buildspec") {
        for entry in phases.iter().filter_map(|p| p.value.as_map()).flatten() {
            if matches!(&*entry.key.text, "finally" | "on-failure" | "runtime-versions") {
                found.put(&entry.key.text, entry.key.span);
            }
        }
    }
    found.list
}
