//! What the actions of a pipeline need of the artifact they are given.

use super::ARTIFACT_LACKS_FILE;
use crate::buildspec::Buildspec;
use crate::bundle::artifacts::{ArtifactSet, Taken};
use crate::bundle::builds::{Build, Made, source_has};
use crate::bundle::deliveries::{self, Maker, Need, Spec};
use crate::bundle::folder::base_name;
use crate::bundle::{Bundle, PipelineOf};
use crate::diagnostic::{Applicability, Edit, Fix, Severity};
use crate::pipeline::Action;
use crate::rule::Crossed;
use crate::source::{SourceFile, Span};
use crate::syntax::NodeKind;
use std::collections::BTreeSet;

pub(super) fn artifacts(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    let mut said = BTreeSet::new();
    for of in &bundle.pipelines {
        for (_, action) in of.pipeline.actions() {
            // An AppSpec of another platform is the fault then, not its absence.
            if action.is("Deploy", "CodeDeploy")
                && !(bundle.appspecs.is_empty() || bundle.appspecs.iter().any(|a| a.view.is_server()))
            {
                continue;
            }
            for need in deliveries::needs(action) {
                one(bundle, of, action, &need, crossed, &mut said);
            }
        }
    }
}

/// An AppSpec that a build copies into a folder of which the whole is taken: it arrives in that folder, where no agent looks.
/// Without a pipeline in sight that is only likely to be wrong.
pub(super) fn appspec_below(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    const NAME: &str = "appspec.yml";
    if !bundle.pipelines.is_empty() || !bundle.appspecs.iter().any(|a| a.view.is_server() && base_name(a.path) == NAME)
    {
        return;
    }
    for spec in &bundle.buildspecs {
        let Some(set) = deliveries::artifact_of(&spec.view, None) else { continue };
        if set.base.is_some() || set.flat || set.patterns.is_empty() || matches!(set.takes(NAME), Taken::Yes(_)) {
            continue;
        }
        let build = Build::read(&spec.view);
        let copies = build.steps.iter().filter(|s| matches!(s.command.program(), "cp" | "mv"));
        let below = copies.flat_map(|s| {
            let here = s.folder.clone().unwrap_or_default();
            let named = s.outputs().into_iter().filter(|w| w.known && base_name(&w.text) == NAME);
            named.filter_map(move |w| crate::bundle::folder::join(&here, &w.text)).collect::<Vec<_>>()
        });
        let found = below.into_iter().find_map(|path| match set.takes(&path) {
            Taken::Yes(pattern) if path != NAME => Some((path, pattern)),
            _ => None,
        });
        let Some((path, pattern)) = found else { continue };
        let plain = |p: &str| p.trim_start_matches("./").to_owned();
        let place = set.patterns.iter().find(|p| plain(&p.0) == pattern).map_or(set.span, |p| p.1);
        let folder = crate::bundle::folder::parent(&path);
        let message = format!(
            "`{NAME}` arrives as `{path}`, but a deployment to machines looks for it at the top of the artifact and fails"
        );
        let found = crossed.report(&ARTIFACT_LACKS_FILE, spec.path, place, message);
        found.severity = Severity::Warning;
        found.help(format!("write `base-directory: {folder}` and `files: ['**/*']`"));
    }
}

fn one<'b>(
    bundle: &Bundle<'b>,
    of: &PipelineOf<'b>,
    action: &Action<'b>,
    need: &Need,
    crossed: &mut Crossed,
    said: &mut BTreeSet<(String, u32, String)>,
) {
    let Maker::Build { spec, output, certain } = deliveries::maker(bundle, of, &need.artifact) else { return };
    let name = action.name().unwrap_or("the action");
    match spec {
        Spec::File(index) => {
            let spec = &bundle.buildspecs[index];
            let place = Place { path: spec.path, file: &spec.document.file, whole: None };
            let Some(problem) = judge(bundle, &spec.view, &place, output.as_deref(), need) else { return };
            if said.insert((place.path.to_owned(), problem.span.start, need.file.clone())) {
                say(&place, &problem, name, certain, need, &spec.view, output.as_deref(), crossed);
            }
        }
        Spec::Inline(node) => {
            let template = &bundle.templates[of.template];
            deliveries::inline(node, |view| {
                let place = Place { path: template.path, file: &template.document.file, whole: Some(node.span) };
                let Some(problem) = judge(bundle, view, &place, output.as_deref(), need) else { return };
                if said.insert((place.path.to_owned(), node.span.start, need.file.clone())) {
                    say(&place, &problem, name, certain, need, view, output.as_deref(), crossed);
                }
            });
        }
        Spec::Missing(_) | Spec::Usual | Spec::Unknown => {}
    }
}

/// Where a buildspec is written.
struct Place<'p> {
    path: &'p str,
    file: &'p SourceFile,
    /// The text in a template that it is; all is reported there.
    whole: Option<Span>,
}

struct Problem {
    span: Span,
    /// What is the matter, to go on after the name of the file.
    what: String,
    help: String,
    severity: Severity,
    /// Whether a line in `files` is all that is needed.
    addable: bool,
}

/// Whether the artifact lacks the file; `None` when it has it or that is open.
fn judge(
    bundle: &Bundle<'_>,
    spec: &Buildspec<'_>,
    place: &Place<'_>,
    output: Option<&str>,
    need: &Need,
) -> Option<Problem> {
    let file = &need.file;
    let problem = |span, what: String, help: String, severity, addable| {
        Some(Problem { span: place.whole.unwrap_or(span), what, help, severity, addable })
    };
    let Some(set) = deliveries::artifact_of(spec, output) else {
        if spec.root.get("artifacts").is_some() {
            return None;
        }
        let key = spec.root.entry("phases").map(|e| e.key.span)?;
        let help = format!("add `artifacts` with `files: [{file}]`");
        return problem(
            key,
            "is not handed on, since the buildspec has no `artifacts`".to_owned(),
            help,
            Severity::Error,
            false,
        );
    };
    if set.patterns.is_empty() || file.contains(['$', '#', '{']) {
        return None;
    }
    let build = Build::read(spec);
    match set.takes(file) {
        Taken::Unknown => None,
        Taken::Elsewhere(path) if set.flat => {
            let help = "remove `discard-paths`, so that files keep their folders".to_owned();
            problem(set.span, format!("arrives as `{path}` because of `discard-paths`"), help, Severity::Error, false)
        }
        Taken::Elsewhere(path) => {
            let help = format!("copy it to the top before the build ends (`cp {path} {file}`) and list `{file}`");
            problem(set.span, format!("arrives only as `{path}`"), help, Severity::Error, false)
        }
        Taken::No => {
            let help = format!("add `{file}` to `files`");
            problem(set.span, "is not in its artifacts".to_owned(), help, Severity::Error, set.base.is_none())
        }
        Taken::Yes(pattern) => {
            let path = match &set.base {
                Some(base) if base.contains(['$', '*', '`']) || base.starts_with('/') => return None,
                Some(base) => crate::bundle::folder::join(base, file)?,
                None => file.clone(),
            };
            absent(bundle, spec, place, &build, &set, need, &path, &pattern)
                .and_then(|(what, help, severity)| problem(set.span, what, help, severity, false))
        }
    }
}

/// Whether a file that the patterns would take is there to be taken.
#[allow(clippy::too_many_arguments)] // all of one question
fn absent(
    bundle: &Bundle<'_>,
    spec: &Buildspec<'_>,
    place: &Place<'_>,
    build: &Build<'_>,
    set: &ArtifactSet,
    need: &Need,
    path: &str,
    pattern: &str,
) -> Option<(String, String, Severity)> {
    let name = base_name(&need.file);
    let listed = source_has(bundle.folder, place.path, Some(""), path);
    if listed
        || !bundle.folder.whole
        || build.names_output(name)
        || build.mentions(name)
        || spec.root.at(&["env", "variables"]).is_some_and(|n| {
            n.as_map().is_some_and(|m| m.iter().any(|e| e.value.as_str().is_some_and(|t| t.contains(name))))
        })
    {
        return None;
    }
    let made = build.makes(path, None);
    if bundle.folder.ignored(path) || made == Made::Yes {
        return None;
    }
    let elsewhere = bundle.folder.files().filter(|f| base_name(f) == name).min_by_key(|f| f.matches('/').count());
    match (&set.base, elsewhere) {
        (Some(base), Some(at)) => {
            let severity = if made == Made::No { Severity::Error } else { Severity::Warning };
            // A folder of public files is copied into what a build makes.
            let copied = at.split('/').any(|p| matches!(p, "public" | "static" | "assets" | "resources" | "src"));
            if copied && made != Made::No {
                return None;
            }
            let what = format!("lies at `{at}`, but only what is below `{base}` is taken");
            Some((what, format!("copy it first (`cp {at} {base}/`), or move `base-directory`"), severity))
        }
        (None, None) if made == Made::No && pattern.contains('*') => {
            let severity = if need.made { Severity::Error } else { Severity::Warning };
            Some((
                format!("is neither in the source nor made by a command, so `{pattern}` does not take it"),
                format!("make `{name}` in a command before the build ends"),
                severity,
            ))
        }
        (None, None) if made == Made::No => Some((
            "is listed in its artifacts, but it is neither in the source nor made by a command".to_owned(),
            format!("make `{name}` in a command before the build ends"),
            Severity::Warning,
        )),
        _ => None,
    }
}

#[allow(clippy::too_many_arguments)] // all of one report
fn say(
    place: &Place<'_>,
    problem: &Problem,
    action: &str,
    certain: bool,
    need: &Need,
    spec: &Buildspec<'_>,
    output: Option<&str>,
    crossed: &mut Crossed,
) {
    let file = &need.file;
    let message =
        format!("the action `{action}` of the pipeline needs `{file}`, which {}; the action fails", problem.what);
    let found = crossed.report(&ARTIFACT_LACKS_FILE, place.path, problem.span, message);
    found.severity = if certain { problem.severity } else { problem.severity.min(Severity::Warning) };
    if !certain {
        found.note("the project is not in these templates; this is taken to be its buildspec");
    }
    found.help(problem.help.clone());
    if problem.addable && place.whole.is_none() {
        found.fix = addition(place.file, spec, output, file);
    }
}

/// A further item of `files`.
fn addition(source: &SourceFile, spec: &Buildspec<'_>, output: Option<&str>, file: &str) -> Option<Fix> {
    let artifacts = spec.root.get("artifacts")?;
    let node = match output {
        Some(name) => artifacts.at(&["secondary-artifacts", name, "files"])?,
        None => artifacts.get("files")?,
    };
    let NodeKind::List(items) = &node.kind else { return None };
    let last = items.last()?;
    let end = Span { start: last.span.end, end: last.span.end };
    let text = if node.style == crate::syntax::Style::Flow {
        format!(", {file}")
    } else {
        let start = source.line_span(source.position(last.span.start).line);
        let line = source.slice(start);
        let indent = &line[..line.find('-')?];
        format!("\n{indent}- {file}")
    };
    let title = format!("add `{file}` to the artifacts");
    Some(Fix { title, applicability: Applicability::Safe, edits: vec![Edit { span: end, text }] })
}
