//! Secondary artifacts against the project or pipeline that expects them.

use super::SECONDARY_ARTIFACTS;
use crate::buildspec::Buildspec;
use crate::bundle::artifacts::ArtifactSet;
use crate::bundle::deliveries::{self, Maker, Spec};
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
