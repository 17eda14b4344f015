//! Values for the parameters of a template that stand in other files: lists and objects for the command line and the
//! pipeline, deployment files of Git sync, the configuration of `sam`.

use super::builds::{Build, source_bases};
use super::deliveries::{deployed_by, source_of, template_at};
use super::samconfig::{self, SamConfig};
use super::{Bundle, In, PipelineOf, folder};
use crate::pipeline::Action;
use crate::source::{SourceFile, Span};
use crate::syntax::{Node, NodeKind};
use crate::template::Template;
use std::collections::BTreeSet;

/// Values for one template.
#[derive(Clone, Debug)]
pub struct ParameterSet {
    /// The file with the values.
    pub path: String,
    /// The environment of the file that they are for, where it has several.
    pub environment: Option<String>,
    /// The template: its index in `Bundle::templates`.
    pub template: usize,
    /// The values, in the order written.
    pub values: Vec<Given>,
    /// Whether all values are given here, so that one that is missing is missing.
    pub complete: bool,
    /// Whether what the template does not have is passed over without a word.
    pub tolerant: bool,
    /// Where to say that something is missing.
    pub place: Span,
}

/// A value for a parameter.
#[derive(Clone, Debug)]
pub struct Given {
    /// The name of the parameter.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// The value, when it is text.
    pub value: Option<String>,
    /// Where the value stands.
    pub value_span: Span,
    /// The line of it, from 1.
    pub line: u32,
}

impl ParameterSet {
    /// What to call the file: with the environment, where it has several.
    pub fn title(&self) -> String {
        match &self.environment {
            Some(environment) => format!("`{}` for `{environment}`", self.path),
            None => format!("`{}`", self.path),
        }
    }
}

impl Given {
    /// The value that will be used; `None` when it is not known or only stands for one that is filled in later.
    pub fn known(&self) -> Option<&str> {
        let value = self.value.as_deref()?;
        let lower = value.to_ascii_lowercase();
        let filled_in = value.contains("${")
            || value.contains("{{")
            || value.contains("#{")
            || value.starts_with('$')
            || value.contains('<') && value.contains('>')
            || value.len() > 2 && value.starts_with('%') && value.ends_with('%')
            || value.len() > 4 && value.starts_with("__") && value.ends_with("__")
            || STAND_INS.iter().any(|word| lower.contains(word));
        (!filled_in).then_some(value)
    }
}

/// Words in values that are to be replaced before the file is used.
const STAND_INS: &[&str] = &[
    "replace",
    "changeme",
    "change-me",
    "change_me",
    "todo",
    "xxxx",
    "your-",
    "your_",
    "yourd",
    "placeholder",
    "fill-in",
    "fill_in",
    "insert-",
    "insert_",
    "...",
];

/// Most files that are looked into.
const MAX_FILES: usize = 400;
/// Most sets of values.
const MAX_SETS: usize = 400;

/// The sets of values of a folder, in the order of their paths.
pub fn sets(bundle: &Bundle<'_>) -> Vec<ParameterSet> {
    let mut found = Vec::new();
    if bundle.partial {
        // Values may belong to a template that is not here.
        return found;
    }
    let named = named_files(bundle);
    for config in samconfig::all(bundle) {
        found.extend(of_sam(bundle, &config));
    }
    for (path, template) in &named {
        found.extend(read(bundle, path).filter(|f| !f.values.is_empty()).map(|f| f.for_template(*template)));
    }
    let known = |p: &str| bundle.templates.iter().any(|t| t.path == p) || named.iter().any(|n| n.0 == p);
    let ending = |p: &&str| [".json", ".yaml", ".yml"].iter().any(|e| p.ends_with(e));
    let files = bundle.folder.files().filter(ending).filter(|p| !known(p));
    for path in files.filter(|p| !samconfig::NAMES.contains(&folder::base_name(p))).take(MAX_FILES) {
        let Some(file) = read(bundle, path) else { continue };
        let template = match &file.target {
            Some(target) => template_at(bundle, path, target),
            None => belonging(bundle, path, &file.values),
        };
        found.extend(template.map(|template| file.for_template(template)));
    }
    found.sort_by(|a, b| (&a.path, a.template, &a.environment).cmp(&(&b.path, b.template, &b.environment)));
    found.truncate(MAX_SETS);
    found
}

/// A file with values whose template is still to be found.
struct ValueFile {
    path: String,
    values: Vec<Given>,
    /// The path of the template, when the file says it: then it is a deployment file of Git sync.
    target: Option<String>,
    place: Span,
}

impl ValueFile {
    fn for_template(self, template: usize) -> ParameterSet {
        let complete = self.target.is_some();
        ParameterSet {
            path: self.path,
            environment: None,
            template,
            values: self.values,
            complete,
            tolerant: false,
            place: self.place,
        }
    }
}

fn read(bundle: &Bundle<'_>, path: &str) -> Option<ValueFile> {
    let text = bundle.folder.text(path)?;
    let plain = &text.file.text;
    let worth = ["ParameterKey", "\"Parameters\"", "template-file-path"].iter().any(|word| plain.contains(word));
    if !worth || plain.contains("\"Resources\"") {
        return None;
    }
    let tree = text.tree();
    let root = tree.root.as_ref().filter(|_| tree.errors.is_empty())?;
    if let Some(target) = root.get("template-file-path").and_then(Node::as_str) {
        let parameters = root.entry("parameters")?;
        return Some(ValueFile {
            path: path.to_owned(),
            values: object(&text.file, &parameters.value)?,
            target: Some(target.to_owned()),
            place: parameters.key.span,
        });
    }
    let values = match root.get("Parameters").unwrap_or(root) {
        node if node.as_list().is_some() => list(&text.file, node)?,
        node if root.get("Parameters").is_some() => object(&text.file, node)?,
        _ => return None,
    };
    Some(ValueFile { path: path.to_owned(), values, target: None, place: Span::default() })
}

fn given(file: &SourceFile, name: &str, name_span: Span, value: Option<&Node>) -> Given {
    let text = |node: &Node| match &node.kind {
        NodeKind::List(items) => {
            items.iter().map(Node::scalar_text).collect::<Option<Vec<_>>>().map(|texts| texts.join(","))
        }
        NodeKind::Null => None,
        _ => node.scalar_text().map(str::to_owned),
    };
    let value_span = value.map_or(name_span, |node| node.span);
    Given {
        name: name.to_owned(),
        name_span,
        value: value.and_then(text),
        value_span,
        line: file.position(value_span.start).line,
    }
}

/// `{"Name": "Value"}`.
fn object(file: &SourceFile, node: &Node) -> Option<Vec<Given>> {
    Some(node.as_map()?.iter().map(|e| given(file, &e.key.text, e.key.span, Some(&e.value))).collect())
}

/// `[{"ParameterKey": "Name", "ParameterValue": "Value"}]`, or `["Name=Value"]`.
fn list(file: &SourceFile, node: &Node) -> Option<Vec<Given>> {
    let one = |item: &Node| {
        if let Some((name, value)) = item.as_str().and_then(|text| text.split_once('=')) {
            let mut given = given(file, name, item.span, None);
            given.value = Some(value.to_owned());
            return Some(given);
        }
        let key = item.get("ParameterKey")?;
        Some(given(file, key.as_str()?, key.span, item.get("ParameterValue")))
    };
    node.as_list()?.iter().map(one).collect()
}

/// The files with values that a pipeline or a build names together with their template.
fn named_files(bundle: &Bundle<'_>) -> Vec<(String, usize)> {
    let mut found = BTreeSet::new();
    let file_at = |from: &str, path: &str| {
        source_bases(from).find_map(|base| folder::join(base, path).filter(|full| bundle.folder.has_file(full)))
    };
    for of in &bundle.pipelines {
        for (_, action) in of.pipeline.actions() {
            let Some((template, file)) = configured(bundle, of, action) else { continue };
            found.extend(file_at(bundle.templates[of.template].path, file).map(|file| (file, template)));
        }
    }
    for spec in &bundle.buildspecs {
        for step in &Build::read(&spec.view).steps {
            let c = &step.command;
            if !(c.asks(&["aws", "cloudformation"]) || c.program() == "sam") {
                continue;
            }
            let template = c.options(&["--template-file", "--template-body", "--template", "-t"]);
            let Some(template) = template.first().filter(|w| w.known) else { continue };
            let Some(template) = source_of(bundle, spec.path, &template.text) else { continue };
            for word in c.options(&["--parameters", "--parameter-overrides"]).iter().filter(|w| w.known) {
                let file = word.text.strip_prefix("file://").and_then(|path| file_at(spec.path, path));
                found.extend(file.map(|file| (file, template)));
            }
        }
    }
    found.into_iter().collect()
}

/// The template that an action of a pipeline deploys, and the file with its values.
fn configured<'b>(bundle: &Bundle<'b>, of: &PipelineOf<'b>, action: &Action<'b>) -> Option<(usize, &'b str)> {
    let path = |key: &str| Some(action.setting(key)?.as_str()?.split_once("::")?.1);
    let file = path("TemplateConfiguration")?;
    let template = deployed_by(bundle, of, action)?;
    Some((template, file))
}

/// The template that values belong to: it has most of the names, no other one has as many, and it lies near.
fn belonging(bundle: &Bundle<'_>, path: &str, values: &[Given]) -> Option<usize> {
    let own = folder::parent(path);
    let near = |t: &In<'_, Template<'_>>| {
        let there = folder::parent(t.path);
        there == own
            || folder::parent(own) == there
            || folder::parent(there) == own
            || folder::parent(there) == folder::parent(own)
    };
    let score = |t: &In<'_, Template<'_>>| values.iter().filter(|v| t.view.parameters.contains(&v.name)).count();
    let mut scores: Vec<(usize, usize)> =
        bundle.templates.iter().enumerate().filter(|(_, t)| near(t)).map(|(i, t)| (score(t), i)).collect();
    scores.sort_by_key(|(score, i)| (std::cmp::Reverse(*score), *i));
    let (best, index) = *scores.first()?;
    let alone = scores.get(1).is_none_or(|(next, _)| *next < best);
    (best >= 1 && best * 2 > values.len() && alone).then_some(index)
}

/// The overrides in the configuration of `sam`: one set for each environment that has them.
fn of_sam(bundle: &Bundle<'_>, config: &SamConfig) -> Vec<ParameterSet> {
    let mut found: Vec<ParameterSet> = Vec::new();
    for environment in config.environments() {
        let environment = &*environment.key.text;
        let Some(template) = config.deployed(bundle, environment) else { continue };
        for command in ["deploy", "sync", samconfig::GLOBAL] {
            let Some(entry) = config.option(environment, command, &["parameter_overrides"]) else { continue };
            if found.iter().any(|set| set.place == entry.key.span) {
                continue;
            }
            let mut set = ParameterSet {
                path: config.path.clone(),
                environment: Some(environment.to_owned()),
                template,
                values: Vec::new(),
                complete: false,
                tolerant: true,
                place: entry.key.span,
            };
            let line = |span: Span| config.file().position(span.start).line;
            set.values = samconfig::overrides(config.file(), &entry.value)
                .into_iter()
                .map(|o| Given {
                    line: line(o.name_span),
                    name: o.name,
                    name_span: o.name_span,
                    value: Some(o.value),
                    value_span: o.name_span,
                })
                .collect();
            found.push(set);
        }
    }
    found
}
