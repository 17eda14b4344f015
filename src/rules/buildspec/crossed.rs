//! Artifacts against what is around the buildspec: the project or pipeline that expects them, the folders they come from.

use super::{BASE_DIRECTORY, SECONDARY_ARTIFACTS};
use crate::buildspec::{Buildspec, entries};
use crate::bundle::artifacts::ArtifactSet;
use crate::bundle::builds::{Build, Made, source_bases};
use crate::bundle::deliveries::{self, Maker, Spec};
use crate::bundle::folder::{self, Found};
use crate::bundle::{Bundle, In};
use crate::diagnostic::Applicability;
use crate::rule::Crossed;
use crate::rule::suggest::nearest;
use crate::source::Span;
use crate::syntax::Node;

pub(super) fn secondary(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    for (index, spec) in bundle.buildspecs.iter().enumerate() {
        let own = ArtifactSet::secondary(spec.view.root);
        let Some(wanted) = wanted(bundle, index) else { continue };
        for (name, span) in &own {
            if !wanted.iter().any(|w| w == name) && !name.contains('$') {
                unknown(spec, name, *span, &wanted, crossed);
            }
        }
    }
}

/// The names that the projects of a buildspec expect, or the pipelines that run them; `None` when that is open.
fn wanted(bundle: &Bundle<'_>, index: usize) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut any = false;
    for (_, project, spec) in deliveries::projects(bundle) {
        if !matches!(spec, Spec::File(i) if i == index) {
            continue;
        }
        let kind = project.property("Artifacts").and_then(|a| a.get("Type")).and_then(Node::as_str)?;
        if kind == "CODEPIPELINE" {
            continue;
        }
        any = true;
        for item in project.property("SecondaryArtifacts").map_or(Some([].as_slice()), Node::as_list)? {
            names.push(item.get("ArtifactIdentifier")?.as_str()?.to_owned());
        }
    }
    for of in &bundle.pipelines {
        for (_, action) in of.pipeline.actions() {
            let outputs: Vec<_> = action.outputs.iter().map(|o| o.name()).collect();
            let Some(Some(first)) = outputs.first() else { continue };
            let made = deliveries::maker(bundle, of, first);
            if !matches!(made, Maker::Build { spec: Spec::File(i), certain: true, .. } if i == index) {
                continue;
            }
            any = true;
            for name in outputs {
                names.push(name?.to_owned());
            }
        }
    }
    any.then_some(names)
}

/// A `base-directory` that is not in the source, in a build of which every command is known and none makes it.
pub(super) fn base_directories(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    if !bundle.folder.whole {
        return;
    }
    for spec in &bundle.buildspecs {
        let Some(artifacts) = spec.view.root.get("artifacts") else { continue };
        let build = Build::read(&spec.view);
        let all = entries(artifacts.get("secondary-artifacts")).iter().map(|e| &e.value);
        for node in std::iter::once(artifacts).chain(all).filter_map(|a| a.get("base-directory")) {
            let Some(path) = node.as_str().filter(|p| !p.starts_with('/') && !p.contains(['$', '`', '*', '?', '~']))
            else {
                continue;
            };
            let Some(inside) = folder::join("", path).filter(|p| !p.is_empty()) else { continue };
            let there = source_bases(spec.path)
                .any(|base| folder::join(base, path).is_none_or(|p| bundle.folder.find(&p) != Found::No));
            if there || bundle.folder.ignored(&inside) || build.is_opaque() || build.makes(&inside, None) != Made::No {
                continue;
            }
            let message = format!(
                "the folder `{path}` is neither in the source nor made by a command, so the phase UPLOAD_ARTIFACTS of the build fails"
            );
            crossed
                .report(&BASE_DIRECTORY, spec.path, node.span, message)
                .help("name a folder that is there when the build ends, seen from the root of the source");
        }
    }
}

fn unknown(spec: &In<'_, Buildspec<'_>>, name: &str, span: Span, wanted: &[String], crossed: &mut Crossed) {
    let message =
        format!("nothing expects a secondary artifact `{name}`, so the phase UPLOAD_ARTIFACTS of the build fails");
    let found = crossed.report(&SECONDARY_ARTIFACTS, spec.path, span, message);
    let all: Vec<_> = wanted.iter().map(|w| format!("`{w}`")).collect();
    if all.is_empty() {
        found.help("add it to `SecondaryArtifacts` of the project, or name it as an output of the pipeline's action");
    } else {
        found.help(format!("the project or pipeline expects {}", all.join(", ")));
    }
    let near = nearest(name, wanted.iter().map(String::as_str));
    if let Some(near) = near.or(if let [only] = wanted { Some(only.as_str()) } else { None }) {
        found.fix(Applicability::Unsafe, format!("write `{near}`"), span, near);
    }
}
