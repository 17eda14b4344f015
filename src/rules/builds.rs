//! Buildspecs and the files around them: what their commands name, and what the actions of a pipeline need of them.

mod artifacts;
mod commands;

use crate::bundle::Bundle;
use crate::bundle::deliveries::{self, Spec};
use crate::bundle::folder;
use crate::bundle::revisions::near;
use crate::diagnostic::{Applicability, Severity};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Crossed, Family, edits, rule};
use crate::source::SourceFile;
use crate::syntax::{Node, Style};

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &BUILDSPEC_MISSING,
        &BATCH_BUILDSPEC_MISSING,
        &TEMPLATE_MISSING,
        &ARTIFACT_LACKS_FILE,
        &DOCKER_NOT_PRIVILEGED,
        &COMMAND_SCRIPT_MISSING,
    ],
    checks: &[
        Check::Bundle(buildspec_files),
        Check::Bundle(commands::commands),
        Check::Bundle(artifacts::artifacts),
        Check::Bundle(artifacts::appspec_below),
    ],
};

rule!(
    BUILDSPEC_MISSING,
    "builds" / "CB100",
    "buildspec-missing",
    Error,
    "A project names a buildspec that is not there, or none is where it is looked for"
);
rule!(
    BATCH_BUILDSPEC_MISSING,
    "builds" / "CB179",
    "batch-buildspec-missing",
    Warning,
    "A batch names a buildspec that is not there"
);
rule!(
    TEMPLATE_MISSING,
    "builds" / "CB180",
    "template-file-missing",
    Error,
    "A command deploys a template or parameter file that is not there"
);
rule!(
    ARTIFACT_LACKS_FILE,
    "builds" / "CB182",
    "artifact-lacks-file",
    Error,
    "The artifacts of a build lack a file that the pipeline's action needs"
);
rule!(
    DOCKER_NOT_PRIVILEGED,
    "builds" / "CB185",
    "docker-not-privileged",
    Warning,
    "A build uses Docker in a project without privileged mode"
);
rule!(
    COMMAND_SCRIPT_MISSING,
    "builds" / "CB190",
    "command-script-missing",
    Warning,
    "A command runs a script that is not there"
);

fn buildspec_files(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    for (template, project, spec) in deliveries::projects(bundle) {
        let place = &bundle.templates[template];
        match spec {
            Spec::Missing(node) => project_path(bundle, place.path, node, crossed),
            Spec::File(index) => {
                let spec = &bundle.buildspecs[index];
                let uses = uses_docker(&spec.view);
                docker(&place.document.file, place.path, &project, uses, crossed);
            }
            Spec::Inline(node) => {
                let uses = deliveries::inline(node, uses_docker).unwrap_or(false);
                docker(&place.document.file, place.path, &project, uses, crossed);
            }
            Spec::Usual | Spec::Unknown => {}
        }
    }
    for spec in &bundle.buildspecs {
        usual_name(bundle, spec.path, spec.view.root, crossed);
        for build in spec.view.batch_builds() {
            if let Some(node) = build.get("buildspec") {
                batch_path(bundle, spec.path, node, crossed);
            }
        }
    }
}

/// A project's path to its buildspec that leads nowhere. The sources may lie elsewhere, so only a near name is certain.
fn project_path(bundle: &Bundle<'_>, template: &str, node: &Node, crossed: &mut Crossed) {
    let Some(path) = node.as_str().filter(|p| !p.contains(['$', '{']) && !p.is_empty()) else { return };
    let there = crate::bundle::builds::source_bases(template)
        .any(|base| folder::join(base, path).is_some_and(|p| bundle.folder.has(&p)));
    let same_name = bundle.folder.files().any(|f| folder::base_name(f) == folder::base_name(path));
    if there || same_name || !bundle.folder.whole {
        return;
    }
    let beside = crate::bundle::builds::source_bases(template)
        .find_map(|base| near(bundle.folder, &folder::join(base, path)?).filter(|n| bundle.folder.has_file(n)));
    let other = nearest(path, bundle.buildspecs.iter().map(|b| b.path)).map(str::to_owned);
    let Some(near) = beside.clone().or(other) else { return };
    let message =
        format!("there is no `{path}` in the source, so every build of this project fails before its first phase");
    let found = crossed.report(&BUILDSPEC_MISSING, template, node.span, message);
    found.severity = if beside.is_some() { Severity::Error } else { Severity::Warning };
    found.help(format!("did you mean `{near}`? The path starts at the root of the source"));
    if node.style == Style::Plain {
        found.fix(Applicability::Unsafe, format!("write `{near}`"), node.span, near);
    }
}

/// A file at the top that looks like the buildspec but is not found by its name.
fn usual_name(bundle: &Bundle<'_>, path: &str, root: &Node, crossed: &mut Crossed) {
    let name = folder::base_name(path);
    let parent = folder::parent(path);
    let usual = folder::join(parent, "buildspec.yml").unwrap_or_default();
    let wrong =
        ["buildspec.yaml", "build-spec.yml", "build-spec.yaml", "build_spec.yml", "Buildspec.yml", "BuildSpec.yml"];
    // Below the top a project needs a path of its own anyway.
    if !wrong.contains(&name) || !parent.is_empty() || bundle.folder.has(&usual) || root.get("phases").is_none() {
        return;
    }
    let named = |t: &crate::bundle::In<'_, crate::template::Template<'_>>| t.document.file.text.contains(name);
    let elsewhere = bundle.templates.iter().any(named)
        || bundle.buildspecs.iter().any(|b| b.path != path && b.document.file.text.contains(name))
        || bundle
            .folder
            .files()
            .filter(|f| [".tf", ".ts", ".py", ".sh", ".md"].iter().any(|e| f.ends_with(e)))
            .take(400)
            .any(|f| bundle.folder.text(f).is_some_and(|t| t.file.text.contains(name)));
    if elsewhere {
        return;
    }
    let place = root.as_map().and_then(|m| m.first()).map_or(root.span, |e| e.key.span);
    let message = format!(
        "the file is called `{name}`, but a project without a path of its own looks for `buildspec.yml` and fails"
    );
    let found = crossed.report(&BUILDSPEC_MISSING, path, place, message);
    found.severity = Severity::Warning;
    found.help("rename the file to `buildspec.yml`, or set its path as the buildspec of the project");
}

fn batch_path(bundle: &Bundle<'_>, spec: &str, node: &Node, crossed: &mut Crossed) {
    let Some(path) = node.as_str().filter(|p| !deliveries::is_inline(p)) else { return };
    if path.contains(['$', '{']) || path.starts_with("arn:") || !bundle.folder.whole {
        return;
    }
    if crate::bundle::builds::source_has(bundle.folder, spec, Some(""), path) {
        return;
    }
    let close = folder::join(folder::parent(spec), path).and_then(|p| near(bundle.folder, &p));
    let found = crossed.report(
        &BATCH_BUILDSPEC_MISSING,
        spec,
        node.span,
        format!("there is no `{path}` in the source, so this build of the batch fails before its first phase"),
    );
    found.help(match close {
        Some(near) => format!("did you mean `{near}`?"),
        None => "the path starts at the root of the source".to_owned(),
    });
}

/// Whether commands build or run containers.
fn uses_docker(buildspec: &crate::buildspec::Buildspec<'_>) -> bool {
    let build = crate::bundle::builds::Build::read(buildspec);
    build.steps.iter().any(|s| {
        let c = &s.command;
        matches!(c.program(), "docker")
            && matches!(c.word(1), "build" | "run" | "push" | "pull" | "buildx" | "compose" | "tag")
            || c.program() == "docker-compose"
    })
}

fn docker(file: &SourceFile, path: &str, project: &crate::template::Resource<'_>, uses: bool, crossed: &mut Crossed) {
    if !uses {
        return;
    }
    let Some(environment) = project.property("Environment").filter(|e| e.as_map().is_some()) else { return };
    let kind = environment.get("Type").and_then(Node::as_str).unwrap_or("");
    let lambda = kind.ends_with("LAMBDA_CONTAINER");
    let privileged = match environment.get("PrivilegedMode") {
        None => Some(false),
        Some(node) => node.scalar_text().map(|t| t.eq_ignore_ascii_case("true")),
    };
    let linux = matches!(kind, "LINUX_CONTAINER" | "LINUX_GPU_CONTAINER" | "ARM_CONTAINER");
    let Some(entry) = project.node.get("Properties").and_then(|p| p.entry("Environment")) else { return };
    if lambda {
        let message = "the buildspec uses Docker, which Lambda compute does not have, so the command fails";
        crossed
            .report(&DOCKER_NOT_PRIVILEGED, path, entry.key.span, message)
            .help("use `LINUX_CONTAINER` or `ARM_CONTAINER` with `PrivilegedMode: true`");
    } else if linux && privileged == Some(false) {
        let message = "the buildspec uses Docker, but the project has no privileged mode: \"Cannot connect to the Docker daemon\"";
        let place = environment.entry("PrivilegedMode").map_or(entry.key.span, |e| e.value.span);
        let found = crossed.report(&DOCKER_NOT_PRIVILEGED, path, place, message);
        found.help("set `PrivilegedMode: true` in `Environment`");
        if environment.entry("PrivilegedMode").is_some() {
            found.fix(Applicability::Safe, "switch privileged mode on", place, "true");
        } else if let Some(first) = environment.as_map().and_then(<[crate::syntax::Entry]>::first) {
            let added = edits::add_after(file, environment, first, "PrivilegedMode", "true");
            found.fix_by(Applicability::Unsafe, "switch privileged mode on", added);
        }
    }
}
