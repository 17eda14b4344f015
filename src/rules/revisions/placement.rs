//! Whether the agent finds an AppSpec: by its name, at the root of the bundle.

use super::MISPLACED;
use crate::appspec::AppSpec;
use crate::bundle::builds::Build;
use crate::bundle::deliveries::{self, Maker};
use crate::bundle::revisions::Revision;
use crate::bundle::{Bundle, In, folder};
use crate::diagnostic::Findings;
use crate::rule::Crossed;
use crate::source::Span;

/// A name that not every agent looks for.
pub(super) fn name(spec: &AppSpec<'_>, findings: &mut Findings) {
    let name = spec.document.file.name.as_str();
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let wrong = ["appspec.yml", "appspec.yaml", "appspec.json"].iter().any(|n| base.eq_ignore_ascii_case(n));
    if !spec.is_server() || !wrong || base == "appspec.yml" {
        return;
    }
    let Some(first) = spec.entries().first() else { return };
    let follows = if base == "appspec.yaml" {
        "agents 1.x find it for the event Install but not for the hooks, so the deployment fails at the first event with a \
         script; agents 2.x take it"
    } else {
        "agents 1.x and 2.x do not find it, so the deployment fails at its first event"
    };
    let message =
        format!("the file is called `{base}`, but a deployment to machines looks for `appspec.yml`: {follows}");
    findings
        .report(&MISPLACED, first.key.span, message)
        .help("rename the file to `appspec.yml`, at the root of the bundle");
}

/// A folder of its own, while what it names lies elsewhere.
pub(super) fn folders(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    for spec in &bundle.appspecs {
        let own = folder::parent(spec.path);
        if own.is_empty() || !spec.view.is_server() || folder::base_name(spec.path) != "appspec.yml" {
            continue;
        }
        let Some(first) = spec.view.entries().first() else { continue };
        if is_moved(bundle, spec) {
            continue;
        }
        if let Some(action) = deployed_as_it_is(bundle, spec) {
            let message = format!(
                "the action `{action}` deploys the source as it is, with this file in the folder `{own}`, and the agent looks \
                 for `appspec.yml` at the root only, so the deployment fails at its first event"
            );
            report(spec, first.key.span, message, crossed);
            continue;
        }
        let Some(revision) = Revision::of(bundle, spec) else { continue };
        if revision.root != own && !revision.alone {
            let root = if revision.root.is_empty() { "the folder above" } else { &revision.root };
            let message = format!(
                "what this AppSpec names is seen from `{root}`, so that is the root of the bundle, and the agent does not look \
                 for `appspec.yml` in `{own}`: the deployment fails at its first event"
            );
            report(spec, first.key.span, message, crossed);
        }
    }
}

fn report(spec: &In<'_, AppSpec<'_>>, span: Span, message: String, crossed: &mut Crossed) {
    let found = crossed.report(&MISPLACED, spec.path, span, message);
    found.help("move the file to the root of the bundle, or have the build copy it there");
}

/// Whether something copies or packs the file, so that where it lies says nothing.
fn is_moved(bundle: &Bundle<'_>, spec: &In<'_, AppSpec<'_>>) -> bool {
    let own = folder::parent(spec.path);
    let name = folder::base_name(own);
    let build = bundle.buildspecs.iter().any(|file| {
        let build = Build::read(&file.view);
        let artifacts = file.document.file.text.contains("base-directory");
        artifacts || build.mentions("appspec") || build.mentions(own) || build.mentions(name) || build.is_opaque()
    });
    let other = |path: &&str| {
        let file = folder::base_name(path);
        [".sh", ".ps1", ".gradle", ".tf", ".py", ".rb", ".groovy", ".xml", ".js", ".ts", ".md"]
            .iter()
            .any(|e| file.ends_with(e))
            || matches!(file, "Makefile" | "Jenkinsfile" | "package.json" | "Rakefile" | "Dockerfile")
            || path.contains(".github/")
            || path.contains(".circleci/")
            || file.starts_with('.') && file.ends_with(".yml")
            || file.ends_with("-pipelines.yml")
    };
    let says = |path: &str| {
        bundle.folder.text(path).is_some_and(|text| {
            let text = &text.file.text;
            text.contains("appspec")
                || text.contains("codedeploy")
                || text.contains("deploy push")
                || text.contains(own)
        })
    };
    build || bundle.folder.files().filter(other).take(300).any(says)
}

/// The action of a pipeline that hands the source to CodeDeploy, when this is the only AppSpec of it.
fn deployed_as_it_is(bundle: &Bundle<'_>, spec: &In<'_, AppSpec<'_>>) -> Option<String> {
    if bundle.appspecs.iter().filter(|other| other.view.is_server()).count() != 1 || bundle.folder.has("appspec.yaml") {
        return None;
    }
    for of in &bundle.pipelines {
        let template = bundle.templates[of.template].path;
        // The template is of the same source: it lies beside the folder, or at the top.
        let top = folder::parent(template);
        if !top.is_empty() && !spec.path.starts_with(&format!("{top}/")) {
            continue;
        }
        for (_, action) in of.pipeline.actions().filter(|(_, action)| action.is("Deploy", "CodeDeploy")) {
            let input = action.inputs.first().and_then(|input| input.name())?;
            if matches!(deliveries::maker(bundle, of, input), Maker::Source) {
                return Some(action.name().unwrap_or("of the pipeline").to_owned());
            }
        }
    }
    None
}
