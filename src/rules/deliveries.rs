//! Pipelines of templates: the order of their artifacts, and the files that their deploy actions work with.

use crate::appspec::{AppSpec, Platform};
use crate::bundle::deliveries::{self, Maker};
use crate::bundle::revisions::near;
use crate::bundle::{Bundle, In, PipelineOf, folder};
use crate::diagnostic::{Applicability, Severity};
use crate::pipeline::{Action, Pipeline};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Crossed, Family, rule};
use crate::syntax::{Node, Style};

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&ARTIFACT_ORDER, &TEMPLATE_PATH, &APPSPEC_KIND, &DEPLOY_FILE_MISSING, &IMAGE_PLACEHOLDER],
    checks: &[Check::Bundle(artifact_orders), Check::Bundle(deploy_actions)],
};

rule!(
    ARTIFACT_ORDER,
    "deliveries" / "CP103",
    "artifact-not-made",
    Error,
    "An action takes an artifact that no action before it makes"
);
rule!(
    TEMPLATE_PATH,
    "deliveries" / "CP107",
    "template-path",
    Error,
    "A CloudFormation action names a file that is in none of its artifacts"
);
rule!(
    APPSPEC_KIND,
    "deliveries" / "CP110",
    "appspec-of-other-provider",
    Error,
    "The AppSpec is not of the kind that the deploy action reads"
);
rule!(
    DEPLOY_FILE_MISSING,
    "deliveries" / "CP112",
    "deploy-file-missing",
    Error,
    "A deploy action names a file that its artifact does not have"
);
rule!(
    IMAGE_PLACEHOLDER,
    "deliveries" / "TD106",
    "image-placeholder-missing",
    Error,
    "The task definition lacks the placeholder that the pipeline fills in"
);

fn artifact_orders(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    for of in bundle.pipelines.iter().filter(|of| of.pipeline.whole) {
        artifact_order(bundle.templates[of.template].path, &of.pipeline, crossed);
    }
}

fn artifact_order(path: &str, pipeline: &Pipeline<'_>, crossed: &mut Crossed) {
    for (place, action) in pipeline.actions() {
        let before = pipeline.made_before(place);
        for input in &action.inputs {
            let Some(name) = input.name().filter(|n| !before.contains(n)) else { continue };
            let who = action.name().map_or(String::new(), |n| format!(" `{n}`"));
            let later = pipeline.maker(name).filter(|(at, _)| *at != place);
            let message = match &later {
                Some((_, maker)) => format!(
                    "the action{who} takes the artifact `{name}`, which `{}` makes only later, so CodePipeline refuses the pipeline",
                    maker.name().unwrap_or("another action")
                ),
                None => format!(
                    "no action makes the artifact `{name}` that the action{who} takes, so CodePipeline refuses the pipeline"
                ),
            };
            let near = nearest(name, before.iter().copied());
            let found = crossed.report(&ARTIFACT_ORDER, path, input.node.span, message);
            match near {
                Some(near) => {
                    found.help(format!("did you mean `{near}`?"));
                    if input.node.style == Style::Plain {
                        found.fix(Applicability::Unsafe, format!("take `{near}`"), input.node.span, near);
                    }
                }
                None if later.is_some() => {
                    found.help("give the action that makes it a smaller `RunOrder`, or move it to an earlier stage");
                }
                None if before.is_empty() => {
                    found.help("name it under `OutputArtifacts` of an earlier action");
                }
                None => {
                    let all: Vec<_> = before.iter().map(|n| format!("`{n}`")).collect();
                    found.help(format!("made before are {}", all.join(", ")));
                }
            }
        }
    }
}

fn deploy_actions(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    for of in &bundle.pipelines {
        for (_, action) in of.pipeline.actions() {
            if action.category().and_then(Node::as_str) != Some("Deploy") {
                continue;
            }
            match action.provider().and_then(Node::as_str) {
                Some("CloudFormation" | "CloudFormationStackSet") => template_paths(bundle, of, action, crossed),
                Some("CodeDeploy") => appspec_kind(bundle, of, action, true, crossed),
                Some("CodeDeployToECS") => {
                    appspec_kind(bundle, of, action, false, crossed);
                    source_files(bundle, of, action, crossed);
                    image_placeholders(bundle, of, action, crossed);
                }
                _ => {}
            }
        }
    }
}

/// The files of a CloudFormation action: `Artifact::path`, with an artifact that it takes and a file that is there.
fn template_paths<'b>(bundle: &Bundle<'b>, of: &PipelineOf<'b>, action: &Action<'b>, crossed: &mut Crossed) {
    let path = bundle.templates[of.template].path;
    let inputs: Vec<&str> = action.inputs.iter().filter_map(|input| input.name()).collect();
    let plain = inputs.len() == action.inputs.len();
    let name = action.name().map_or(String::new(), |name| format!(" `{name}`"));
    for key in ["TemplatePath", "TemplateConfiguration"] {
        let Some(node) = action.setting(key) else { continue };
        let Some(text) = node.as_str().filter(|text| !text.contains("#{")) else { continue };
        let Some((artifact, file)) = text.split_once("::") else {
            if text.contains("://") || text.trim().is_empty() {
                continue;
            }
            let message = format!("`{text}` does not say which artifact it lies in, so the action{name} fails");
            let found = crossed.report(&TEMPLATE_PATH, path, node.span, message);
            found.help(
                "write the name of an input artifact and `::` in front of the path: `BuildOutput::template.yaml`",
            );
            if let ([only], true) = (inputs.as_slice(), node.style == Style::Plain) {
                let meant = format!("{only}::{}", text.trim_start_matches([':', '/']));
                found.fix(Applicability::Unsafe, format!("write `{meant}`"), node.span, meant);
            }
            continue;
        };
        if plain && !inputs.contains(&artifact) && !artifact.contains('$') {
            let message = format!(
                "the action{name} does not take the artifact `{artifact}`, so it cannot read `{file}` and fails"
            );
            let near = nearest(artifact, inputs.iter().copied());
            let found = crossed.report(&TEMPLATE_PATH, path, node.span, message);
            match near.or(if let [only] = inputs.as_slice() { Some(*only) } else { None }) {
                Some(near) => {
                    let meant = format!("{near}::{file}");
                    found.help(format!("write `{meant}`, or add `{artifact}` to its `InputArtifacts`"));
                    if node.style == Style::Plain {
                        found.fix(Applicability::Unsafe, format!("write `{meant}`"), node.span, meant);
                    }
                }
                None => {
                    found.help(format!("add `{artifact}` to its `InputArtifacts`"));
                }
            }
            continue;
        }
        if !matches!(deliveries::maker(bundle, of, artifact), Maker::Source) || file.contains(['$', '{']) {
            continue;
        }
        let Some(close) = missing_but_near(bundle, path, file) else { continue };
        let message = format!("there is no `{file}` in the source that `{artifact}` is, so the action{name} fails");
        let found = crossed.report(&TEMPLATE_PATH, path, node.span, message);
        found.help(format!("did you mean `{artifact}::{close}`?"));
        if node.style == Style::Plain {
            let meant = format!("{artifact}::{close}");
            found.fix(Applicability::Unsafe, format!("write `{meant}`"), node.span, meant);
        }
    }
}

/// The nearest there is to a file that the source of a pipeline lacks; `None` when it is there, or nothing says that this
/// folder is the source.
fn missing_but_near(bundle: &Bundle<'_>, template: &str, file: &str) -> Option<String> {
    let bases: Vec<_> = crate::bundle::builds::source_bases(template).collect();
    let full = |base: &&str| folder::join(base, file);
    let name = folder::base_name(file);
    if bases.iter().filter_map(full).any(|p| bundle.folder.has(&p) || bundle.folder.ignored(&p)) {
        return None;
    }
    let close = bases.iter().filter_map(|base| Some((base, near(bundle.folder, &full(base)?)?))).next();
    let (base, close) = match close {
        Some((base, close)) => (*base, close),
        // It lies in another folder of the source, and only there.
        None => {
            let mut same = bundle.folder.files().filter(|f| folder::base_name(f) == name);
            match (same.next(), same.next()) {
                (Some(only), None) => ("", only.to_owned()),
                _ => return None,
            }
        }
    };
    bundle.folder.whole.then(|| close.strip_prefix(base).unwrap_or(&close).trim_start_matches('/').to_owned())
}

/// The AppSpecs that can be meant: those in the folder of the template or above it; all when there are none.
fn appspecs<'r, 'b>(bundle: &'r Bundle<'b>, template: &str) -> Vec<&'r In<'b, AppSpec<'b>>> {
    let above: Vec<_> = crate::bundle::builds::source_bases(template).collect();
    let near: Vec<_> = bundle.appspecs.iter().filter(|a| above.contains(&folder::parent(a.path))).collect();
    if near.is_empty() { bundle.appspecs.iter().collect() } else { near }
}

fn appspec_kind<'b>(
    bundle: &Bundle<'b>,
    of: &PipelineOf<'b>,
    action: &Action<'b>,
    machines: bool,
    crossed: &mut Crossed,
) {
    let template = &bundle.templates[of.template];
    let all = appspecs(bundle, template.path);
    let fits = |a: &&In<'_, AppSpec<'_>>| match a.view.platform {
        Platform::Server => machines,
        Platform::Ecs => !machines,
        Platform::Lambda => false,
        Platform::Service => true,
    };
    let (Some(first), false, Some(node)) = (all.first(), all.iter().any(fits), action.provider()) else {
        return;
    };
    let (what, wanted) = match first.view.platform {
        Platform::Ecs => ("ECS", "`CodeDeployToECS`"),
        Platform::Lambda => ("Lambda", "`CloudFormation` (a Lambda function is deployed by its template)"),
        _ => ("machines", "`CodeDeploy`"),
    };
    let provider = node.as_str().unwrap_or("");
    let message = format!(
        "`{}` is an AppSpec for {what}, which the provider `{provider}` does not read, so the action fails",
        first.path
    );
    let found = crossed.report(&APPSPEC_KIND, template.path, node.span, message);
    found.help(format!("the provider for it is {wanted}; its `Configuration` is another one"));
    if first.view.platform == Platform::Ecs && node.style == Style::Plain {
        found.fix(Applicability::Unsafe, "write `CodeDeployToECS`", node.span, "CodeDeployToECS");
    }
}

/// Files that come straight from the source: only a near name makes it certain that this folder is the source.
fn source_files<'b>(bundle: &Bundle<'b>, of: &PipelineOf<'b>, action: &Action<'b>, crossed: &mut Crossed) {
    let template = &bundle.templates[of.template];
    for (artifact, path, usual) in [
        ("AppSpecTemplateArtifact", "AppSpecTemplatePath", "appspec.yaml"),
        ("TaskDefinitionTemplateArtifact", "TaskDefinitionTemplatePath", "taskdef.json"),
    ] {
        let Some(holder) = action.configuration().and_then(|c| c.entry(artifact)) else { continue };
        let Some(name) = holder.value.as_str() else { continue };
        if !matches!(deliveries::maker(bundle, of, name), Maker::Source) {
            continue;
        }
        let setting = action.setting(path);
        let Some(file) = setting.map_or(Some(usual), Node::as_str) else { continue };
        let bases: Vec<_> = crate::bundle::builds::source_bases(template.path).collect();
        let full = |base: &&str| folder::join(base, file);
        if bases.iter().filter_map(full).any(|p| bundle.folder.has(&p)) {
            continue;
        }
        let close = bases.iter().filter_map(full).find_map(|p| near(bundle.folder, &p));
        let Some(close) = close else { continue };
        let place = setting.map_or(holder.value.span, |n| n.span);
        let message =
            format!("there is no `{file}` in the artifact `{name}`, so the action cannot begin the deployment");
        let found = crossed.report(&DEPLOY_FILE_MISSING, template.path, place, message);
        found.severity = Severity::Error;
        found.help(format!("there is `{close}`: rename it, or name it in `{path}`"));
    }
}

fn image_placeholders<'b>(bundle: &Bundle<'b>, of: &PipelineOf<'b>, action: &Action<'b>, crossed: &mut Crossed) {
    let template = &bundle.templates[of.template];
    let name = action.setting("TaskDefinitionTemplatePath").map_or(Some("taskdef.json"), Node::as_str);
    let Some(name) = name else { return };
    let above: Vec<_> = crate::bundle::builds::source_bases(template.path).collect();
    let fits = |path: &str| above.iter().any(|base| folder::join(base, name).is_some_and(|p| p == path));
    let named = |path: &str| folder::base_name(path) == folder::base_name(name);
    let tasks = &bundle.tasks;
    let task = tasks.iter().find(|t| fits(t.path)).or_else(|| {
        let mut same = tasks.iter().filter(|t| named(t.path));
        same.next().filter(|_| same.next().is_none())
    });
    let Some(task) = task else { return };
    let rewritten = bundle.buildspecs.iter().any(|b| {
        let build = crate::bundle::builds::Build::read(&b.view);
        build.steps.iter().any(|s| {
            let touches =
                s.command.words.iter().chain(&s.command.writes).any(|w| w.text.contains(folder::base_name(name)));
            touches && !matches!(s.command.program(), "cat" | "echo" | "ls" | "cp" | "mv")
        })
    });
    if rewritten {
        return;
    }
    for n in 1..=4 {
        let Some(node) = action.setting(&format!("Image{n}ContainerName")) else { continue };
        let Some(placeholder) = node.as_str() else { continue };
        let plain = placeholder.trim_matches(['<', '>']);
        let wanted = format!("<{plain}>");
        let images: Vec<_> = task.view.containers().iter().filter_map(|c| c.image()).collect();
        if images.iter().any(|i| i.as_str().is_none_or(|t| t.contains(&wanted))) {
            continue;
        }
        let Some(first) = images.first() else { continue };
        let message = format!(
            "no image here is `{wanted}`, which the action `{}` replaces by the new image, so the old one is deployed again",
            action.name().unwrap_or("of the pipeline")
        );
        let found = crossed.report(&IMAGE_PLACEHOLDER, task.path, first.span, message);
        found.help(format!("write `\"image\": \"{wanted}\"` for the container that gets the new image"));
        if images.len() == 1 {
            found.fix(Applicability::Safe, format!("write `{wanted}`"), first.span, format!("\"{wanted}\""));
        }
    }
}
