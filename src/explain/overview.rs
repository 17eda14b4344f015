//! A folder: which documents are in it, how they belong together, and what to look at next.

use super::view::{Block, Item, Part, Section, few};
use super::{Around, ExplainOptions, Model};
use crate::bundle::deliveries::{self, Maker, Spec};
use crate::bundle::exports::{self, may_meet};
use crate::bundle::{Bundle, folder, tasks};
use crate::document::{Document, DocumentKind};
use crate::syntax::Node;

/// Most documents that are listed.
const MOST: usize = 200;
/// Most of them that are proposed to be explained next.
const MOST_NEXT: usize = 5;

/// The documents of a folder. `name` is how the folder is called in a command line.
pub fn sections(bundle: &Bundle<'_>, name: &str, options: &ExplainOptions) -> Vec<Section> {
    let mut documents: Vec<(&str, &Document)> = Vec::new();
    documents.extend(bundle.templates.iter().map(|d| (d.path, d.document)));
    documents.extend(bundle.appspecs.iter().map(|d| (d.path, d.document)));
    documents.extend(bundle.buildspecs.iter().map(|d| (d.path, d.document)));
    documents.extend(bundle.tasks.iter().map(|d| (d.path, d.document)));
    documents.sort_by_key(|d| d.0);
    let count = documents.len();
    let mut rows = Vec::new();
    for (path, document) in documents.iter().take(MOST) {
        let model = Model::within(document, options, Around { bundle: Some((bundle, path)), ..Around::default() });
        let short = model.in_short.first().map(|c| c.text.clone()).unwrap_or_default();
        rows.push(vec![(*path).to_owned(), kind(&model).to_owned(), short]);
    }
    if count > MOST {
        rows.push(vec![format!("and {} more", count - MOST)]);
    }
    let mut together = Vec::new();
    pipelines(bundle, &mut together);
    projects(bundle, &mut together);
    traffic(bundle, &mut together);
    stacks(bundle, &mut together);
    shared(bundle, &mut together);
    let documents = if count == 1 { "1 document".to_owned() } else { format!("{count} documents") };
    let mut out = vec![section(&format!("WHAT IS HERE ({documents})"), Block::Table { head: Vec::new(), rows })];
    if !together.is_empty() {
        let items = together.into_iter().map(Item::plain).collect();
        out.push(section("HOW IT BELONGS TOGETHER", Block::Items(items)));
    }
    out.push(section("WHAT TO LOOK AT NEXT", Block::Code(next(bundle, name, &documents_by_weight(bundle)))));
    out
}

fn section(title: &str, block: Block) -> Section {
    Section { part: Part::Folder, title: title.to_owned(), blocks: vec![block] }
}

fn kind(model: &Model) -> &'static str {
    match model.file.kind {
        "cloudformation" => "template",
        "sam" => "SAM template",
        "appspec" => "AppSpec",
        "buildspec" => "buildspec",
        _ => "task definition",
    }
}

/// What pipelines run and hand on.
fn pipelines(bundle: &Bundle<'_>, out: &mut Vec<String>) {
    for of in &bundle.pipelines {
        let path = bundle.templates[of.template].path;
        for (_, action) in of.pipeline.actions() {
            let mut makers: Vec<String> = Vec::new();
            let needs = deliveries::needs(action);
            for need in &needs {
                if let Maker::Build { spec: Spec::File(index), .. } = deliveries::maker(bundle, of, &need.artifact) {
                    let spec = bundle.buildspecs[index].path.to_owned();
                    if !makers.contains(&spec) {
                        makers.push(spec);
                    }
                }
            }
            if needs.is_empty() {
                continue;
            }
            let files: Vec<String> = needs.iter().map(|n| n.file.clone()).collect();
            let from =
                if makers.is_empty() { String::new() } else { format!(" from what {} hands on", few(&makers, 3)) };
            let (name, pipeline) = (action.name().unwrap_or("?"), of.resource.id());
            out.push(format!("{path}: action {name} of pipeline {pipeline} needs {}{from}", few(&files, 5)));
        }
    }
}

/// Which buildspec a project runs.
fn projects(bundle: &Bundle<'_>, out: &mut Vec<String>) {
    for (template, resource, spec) in deliveries::projects(bundle) {
        let path = bundle.templates[template].path;
        match spec {
            Spec::File(index) => {
                out.push(format!("{path}: project {} runs {}", resource.id(), bundle.buildspecs[index].path));
            }
            Spec::Inline(_) => out.push(format!("{path}: project {} has its buildspec inside", resource.id())),
            Spec::Missing(node) => {
                let name = node.as_str().unwrap_or("?");
                out.push(format!("{path}: project {} runs {name}, which is not here", resource.id()));
            }
            Spec::Usual | Spec::Unknown => {}
        }
    }
}

/// Which task definition an AppSpec sends traffic to, and which scripts one of machines runs.
fn traffic(bundle: &Bundle<'_>, out: &mut Vec<String>) {
    for spec in &bundle.appspecs {
        let around = tasks::around(bundle, folder::parent(spec.path));
        for target in spec.view.targets() {
            let properties = target.properties.map(|e| &e.value);
            let name =
                properties.and_then(|p| p.at(&["LoadBalancerInfo", "ContainerName"])).and_then(Node::scalar_text);
            if let (Some(name), Some(task)) = (name, around.first()) {
                out.push(format!("{}: sends traffic to container {name} of {}", spec.path, task.path));
            }
        }
        let scripts: Vec<String> = spec
            .view
            .hooks()
            .iter()
            .flat_map(|h| &h.scripts)
            .filter_map(|s| s.location?.value.scalar_text().map(str::to_owned))
            .collect();
        if !scripts.is_empty() && spec.view.is_server() {
            out.push(format!("{}: runs {}", spec.path, few(&scripts, 5)));
        }
    }
}

/// Which template another one deploys.
fn stacks(bundle: &Bundle<'_>, out: &mut Vec<String>) {
    for template in &bundle.templates {
        for resource in template.view.resources.iter() {
            let property = match resource.kind() {
                Some("AWS::CloudFormation::Stack") => "TemplateURL",
                Some("AWS::Serverless::Application") => "Location",
                _ => continue,
            };
            let Some(place) = resource.property(property).and_then(Node::as_str) else { continue };
            let full = folder::join(folder::parent(template.path), place);
            let Some(found) = bundle.templates.iter().find(|t| Some(t.path) == full.as_deref()) else { continue };
            out.push(format!("{}: deploys {} as nested stack {}", template.path, found.path, resource.id()));
        }
    }
}

/// Which template imports what another one exports.
fn shared(bundle: &Bundle<'_>, out: &mut Vec<String>) {
    let (exported, imported, _) = exports::all(bundle);
    for import in &imported {
        let maker = exported.iter().find(|e| e.path != import.path && may_meet(&e.text, &import.text));
        let line = maker.map(|m| format!("{}: imports {}, which {} exports", import.path, import.text, m.path));
        out.extend(line.filter(|line| !out.contains(line)));
    }
}

/// The documents that say most, first: pipelines and outer templates.
fn documents_by_weight<'b>(bundle: &Bundle<'b>) -> Vec<&'b str> {
    let mut all: Vec<(usize, &str)> = Vec::new();
    for (i, template) in bundle.templates.iter().enumerate() {
        let pipeline = bundle.pipelines.iter().any(|p| p.template == i);
        all.push((template.view.resources.len() + if pipeline { 100 } else { 20 }, template.path));
    }
    all.extend(bundle.appspecs.iter().map(|a| (20, a.path)));
    all.extend(bundle.buildspecs.iter().map(|b| (10, b.path)));
    all.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    all.into_iter().map(|a| a.1).collect()
}

fn next(bundle: &Bundle<'_>, name: &str, documents: &[&str]) -> String {
    let below = |path: &str| {
        let path =
            if matches!(name, "" | ".") { path.to_owned() } else { format!("{}/{path}", name.trim_end_matches('/')) };
        if path.contains(' ') { format!("'{path}'") } else { path }
    };
    let mut lines: Vec<String> =
        documents.iter().take(MOST_NEXT).map(|path| format!("stacklens explain {}", below(path))).collect();
    let whole = if name.is_empty() { "." } else { name };
    if bundle.templates.len() > 1 {
        lines.push(format!("stacklens graph {whole}"));
    }
    lines.push(format!("stacklens check {whole}"));
    lines.join("\n")
}

/// Whether crossing a document with its neighbours says more of it.
pub fn gains(document: &Document) -> bool {
    match document.kind {
        DocumentKind::AppSpec | DocumentKind::Buildspec => true,
        DocumentKind::Template => document.file.text.contains("AWS::CodePipeline::Pipeline"),
        DocumentKind::TaskDefinition | DocumentKind::StateMachine | DocumentKind::Beanstalk => false,
    }
}
