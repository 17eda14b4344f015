//! Which project, buildspec and artifact stand behind an action of a pipeline.

use super::artifacts::ArtifactSet;
use super::builds::{self, Build};
use super::folder;
use super::shell::Command;
use super::{Bundle, In, PipelineOf};
use crate::buildspec::Buildspec;
use crate::document::{Document, DocumentKind};
use crate::intrinsics::Intrinsic;
use crate::pipeline::Action;
use crate::source::SourceFile;
use crate::syntax::{Node, NodeKind};
use crate::template::{Resource, Template};

/// The type of a project in templates.
pub const PROJECT: &str = "AWS::CodeBuild::Project";

/// The buildspec that a project uses.
#[derive(Clone, Copy, Debug)]
pub enum Spec<'b> {
    /// A file: its index in `Bundle::buildspecs`.
    File(usize),
    /// Written in the template at this node.
    Inline(&'b Node),
    /// A file of this name, which is not in the folder.
    Missing(&'b Node),
    /// The usual file, which is not in the folder.
    Usual,
    /// That is not visible.
    Unknown,
}

/// What makes an artifact.
#[derive(Clone, Debug)]
pub enum Maker<'b> {
    /// An action that fetches it.
    Source,
    /// A build.
    Build {
        /// The buildspec.
        spec: Spec<'b>,
        /// The name of the secondary artifact; `None` for the first.
        output: Option<String>,
        /// Whether the project was found, so that the buildspec is certain.
        certain: bool,
    },
    /// Something else, or nothing.
    Other,
}

/// The projects of the templates with their buildspecs.
pub fn projects<'b>(bundle: &Bundle<'b>) -> Vec<(usize, Resource<'b>, Spec<'b>)> {
    let mut found = Vec::new();
    for (i, template) in bundle.templates.iter().enumerate() {
        for resource in template.view.resources.iter().filter(|r| r.kind() == Some(PROJECT)) {
            found.push((i, *resource, spec_of(bundle, template.path, resource)));
        }
    }
    found
}

/// The buildspec of a project.
pub fn spec_of<'b>(bundle: &Bundle<'b>, template: &str, project: &Resource<'b>) -> Spec<'b> {
    let Some(source) = project.property("Source") else { return Spec::Unknown };
    if source.as_map().is_none() {
        return Spec::Unknown;
    }
    match source.get("BuildSpec") {
        None => match file_from(bundle, template, "buildspec.yml") {
            Some(index) => Spec::File(index),
            None => Spec::Usual,
        },
        Some(node) => match &node.kind {
            NodeKind::String(text) if is_inline(text) => Spec::Inline(node),
            NodeKind::String(text) if text.starts_with("arn:") || text.contains("s3:") => Spec::Unknown,
            NodeKind::String(text) => match file_from(bundle, template, text) {
                Some(index) => Spec::File(index),
                None => Spec::Missing(node),
            },
            NodeKind::Call(call) if call.function == Intrinsic::Sub => {
                let text = call.argument.as_str();
                if text.is_some_and(is_inline) { Spec::Inline(&call.argument) } else { Spec::Unknown }
            }
            _ => Spec::Unknown,
        },
    }
}

/// Whether the text of `BuildSpec` is the document itself, not the path of one.
pub fn is_inline(text: &str) -> bool {
    text.contains('\n') || text.trim_start().starts_with("version") || text.trim_start().starts_with('{')
}

/// The buildspec of a path seen from the folder of a template or any above it.
fn file_from(bundle: &Bundle<'_>, template: &str, path: &str) -> Option<usize> {
    super::builds::source_bases(template).find_map(|base| {
        let full = folder::join(base, path)?;
        bundle.buildspecs.iter().position(|b| b.path == full)
    })
}

/// The project that an action runs.
fn project_of<'b>(bundle: &Bundle<'b>, of: &PipelineOf<'b>, action: &Action<'b>) -> Option<(usize, Resource<'b>)> {
    let name = action.setting("ProjectName")?;
    let own: &In<'b, Template<'b>> = &bundle.templates[of.template];
    if let Some(call) = name.as_call() {
        let id = match call.function {
            Intrinsic::Ref => call.argument.as_str()?,
            Intrinsic::Sub => call.argument.as_str()?.strip_prefix("${")?.strip_suffix('}')?,
            _ => return None,
        };
        let project = own.view.resources.get(id).filter(|r| r.kind() == Some(PROJECT))?;
        return Some((of.template, *project));
    }
    let name = name.as_str()?;
    let named =
        |r: &&Resource<'b>| r.kind() == Some(PROJECT) && r.property("Name").and_then(Node::as_str) == Some(name);
    let all = bundle.templates.iter().enumerate();
    all.filter_map(|(i, t)| Some((i, *t.view.resources.iter().find(named)?))).next()
}

/// What makes an artifact of a pipeline.
pub fn maker<'b>(bundle: &Bundle<'b>, of: &PipelineOf<'b>, artifact: &str) -> Maker<'b> {
    let Some((_, action)) = of.pipeline.maker(artifact) else { return Maker::Other };
    let category = action.category().and_then(Node::as_str);
    if category == Some("Source") {
        return Maker::Source;
    }
    if action.provider().and_then(Node::as_str) != Some("CodeBuild") {
        return Maker::Other;
    }
    let output = (action.outputs.len() > 1).then(|| artifact.to_owned());
    let template = bundle.templates[of.template].path;
    match project_of(bundle, of, action) {
        Some((template, project)) => {
            let spec = spec_of(bundle, bundle.templates[template].path, &project);
            Maker::Build { spec, output, certain: true }
        }
        None => {
            let builds = of.pipeline.actions().filter(|(_, a)| a.is("Build", "CodeBuild") || a.is("Test", "CodeBuild"));
            let usual = file_from(bundle, template, "buildspec.yml");
            let spec = match usual {
                Some(index) if builds.count() == 1 => Spec::File(index),
                _ => Spec::Unknown,
            };
            Maker::Build { spec, output, certain: false }
        }
    }
}

/// Reads a buildspec that is written in a template and hands its views to `look`. Where its lines begin in the template
/// is not kept.
pub fn inline<T>(node: &Node, look: impl FnOnce(&Buildspec<'_>) -> T) -> Option<T> {
    let text = node.as_str()?;
    let file = SourceFile::new("buildspec.yml", text);
    let tree = crate::syntax::read(&file);
    if !tree.errors.is_empty() {
        return None;
    }
    let document = Document::new(file, DocumentKind::Buildspec, tree);
    Some(look(&Buildspec::read(&document)?))
}

/// The artifact that a build makes; `None` when it is not visible.
pub fn artifact_of(buildspec: &Buildspec<'_>, output: Option<&str>) -> Option<ArtifactSet> {
    ArtifactSet::read(buildspec.root, output)
}

/// The template of a path as another file writes it, seen from the folder of that file or any above.
pub fn template_at(bundle: &Bundle<'_>, from: &str, path: &str) -> Option<usize> {
    let path = path.strip_prefix("file://").unwrap_or(path);
    builds::source_bases(from).find_map(|base| {
        let full = folder::join(base, path)?;
        bundle.templates.iter().position(|t| t.path == full)
    })
}

/// The template of the folder that an action of a pipeline deploys.
pub fn deployed_by<'b>(bundle: &Bundle<'b>, of: &PipelineOf<'b>, action: &Action<'b>) -> Option<usize> {
    let (_, file) = action.setting("TemplatePath")?.as_str()?.split_once("::")?;
    source_of(bundle, bundle.templates[of.template].path, file)
}

/// The template of a path, or the one that a build makes it of.
pub fn source_of(bundle: &Bundle<'_>, from: &str, path: &str) -> Option<usize> {
    if let Some(found) = template_at(bundle, from, path) {
        return Some(found);
    }
    let name = folder::base_name(path);
    let makes = |c: &Command| {
        let out = c.options(&["--output-template-file"]);
        out.iter().any(|w| folder::base_name(&w.text) == name)
    };
    bundle.buildspecs.iter().find_map(|spec| {
        let build = Build::read(&spec.view);
        let step = build.steps.iter().find(|step| makes(&step.command))?;
        let source = step.command.options(&["--template-file", "--template", "-t"]);
        match source.first().filter(|word| !word.text.contains(".aws-sam/")) {
            Some(word) => template_at(bundle, spec.path, &word.text),
            // `sam` takes the usual one.
            None => ["template.yaml", "template.yml"].iter().find_map(|name| template_at(bundle, spec.path, name)),
        }
    })
}

/// A file that an action of a pipeline needs.
#[derive(Clone, Debug)]
pub struct Need {
    /// The artifact that must hold it.
    pub artifact: String,
    /// The path in the artifact.
    pub file: String,
    /// Whether a build makes it as a rule, so that it is not looked for in the source.
    pub made: bool,
}

/// The files that an action needs, each with the artifact that must hold it.
pub fn needs(action: &Action<'_>) -> Vec<Need> {
    let input = || action.inputs.first().and_then(|i| i.name()).map(str::to_owned);
    let text = |key: &str| action.setting(key).map(|n| n.as_str().map(str::to_owned));
    let mut found = Vec::new();
    let mut add = |artifact: Option<String>, file: &str, made: bool| {
        if let Some(artifact) = artifact {
            found.push(Need { artifact, file: file.trim_start_matches("./").to_owned(), made });
        }
    };
    match (action.category().and_then(Node::as_str), action.provider().and_then(Node::as_str)) {
        (Some("Deploy"), Some("CodeDeploy")) => add(input(), "appspec.yml", false),
        (Some("Deploy"), Some("ECS")) => match text("FileName") {
            Some(None) => {}
            name => add(input(), name.flatten().as_deref().unwrap_or("imagedefinitions.json"), true),
        },
        (Some("Deploy"), Some("CodeDeployToECS")) => {
            for (artifact, path, usual) in [
                ("AppSpecTemplateArtifact", "AppSpecTemplatePath", "appspec.yaml"),
                ("TaskDefinitionTemplateArtifact", "TaskDefinitionTemplatePath", "taskdef.json"),
            ] {
                match text(path) {
                    Some(None) => {}
                    name => add(text(artifact).flatten(), name.flatten().as_deref().unwrap_or(usual), false),
                }
            }
            for n in 1..=4 {
                add(text(&format!("Image{n}ArtifactName")).flatten(), "imageDetail.json", true);
            }
        }
        (Some("Deploy"), Some("CloudFormation")) => {
            for key in ["TemplatePath", "TemplateConfiguration"] {
                if let Some((artifact, file)) = text(key).flatten().as_deref().and_then(|t| t.split_once("::")) {
                    add(Some(artifact.to_owned()), file, false);
                }
            }
        }
        _ => {}
    }
    found
}
