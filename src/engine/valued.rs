//! Templates under the values that files of the folder give for their parameters: what is found only with these values.

use super::Engine;
use crate::bundle::Bundle;
use crate::bundle::parameters::ParameterSet;
use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::intrinsics::{Intrinsic, sub};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use crate::template::Template;
use std::collections::BTreeSet;

/// Most sets of values under which one template is checked.
const MAX_SETS: usize = 24;
/// Files that a finding names.
const NAMED: usize = 3;
/// Rules that say whether the values fit the parameters: the file with the values is the place for that.
const ABOUT_VALUES: &[&str] = &["E2900"];

/// What the values of the files show in one template that its own text does not.
pub(super) fn check(
    engine: &Engine,
    document: &Document,
    template: &Template<'_>,
    sets: &[&ParameterSet],
) -> Vec<Diagnostic> {
    let mut known: Option<BTreeSet<(&'static str, Span)>> = None;
    let mut found: Vec<(Diagnostic, Vec<&ParameterSet>)> = Vec::new();
    for set in sets.iter().take(MAX_SETS) {
        let values = values(engine, template, set);
        if values.is_empty() {
            continue;
        }
        let known = known.get_or_insert_with(|| {
            let plain = engine.found(document, &[]);
            plain.iter().map(|d| (d.rule.id, d.span)).collect()
        });
        for finding in engine.found(document, &values) {
            if known.contains(&(finding.rule.id, finding.span)) || ABOUT_VALUES.contains(&finding.rule.id) {
                continue;
            }
            let same = |f: &&mut (Diagnostic, Vec<&ParameterSet>)| {
                f.0.rule.id == finding.rule.id && f.0.span == finding.span && f.0.message == finding.message
            };
            match found.iter_mut().find(same) {
                Some(one) => one.1.push(set),
                None => found.push((finding, vec![set])),
            }
        }
    }
    found.into_iter().map(|(finding, sets)| told(document, template, finding, &sets)).collect()
}

/// The values of a file that the template takes and the run does not give itself. What is not to be shown is left out.
fn values(engine: &Engine, template: &Template<'_>, set: &ParameterSet) -> Vec<(String, String)> {
    let takes = |name: &str| template.parameters.get(name).is_some_and(|p| !p.is_ssm() && !p.no_echo());
    let own = |name: &str| engine.settings.options.parameters.iter().any(|given| given.0 == name);
    let usable = set.values.iter().filter(|v| takes(&v.name) && !own(&v.name));
    usable.filter_map(|v| Some((v.name.clone(), v.known()?.to_owned()))).collect()
}

/// A finding with the files whose values lead to it.
fn told(document: &Document, template: &Template<'_>, mut finding: Diagnostic, sets: &[&ParameterSet]) -> Diagnostic {
    let titles: Vec<String> = sets.iter().map(|set| set.title()).collect();
    // Some messages say already that a value was given.
    let how = if finding.message.contains(" given for parameter ") { " in" } else { ", with the values of" };
    finding.message = format!("{}{how} {}", finding.message, listed(&titles));
    // It would write the value of one file into the template that all share.
    finding.fix = None;
    let mut names = BTreeSet::new();
    if let Some(root) = document.root() {
        mentioned(root, finding.span, &mut names);
    }
    for parameter in template.parameters.iter().filter(|p| names.contains(p.name())) {
        let places: Vec<(String, &str)> = sets
            .iter()
            .filter_map(|set| {
                let given = set.values.iter().rev().find(|v| v.name == parameter.name())?;
                Some((format!("`{}:{}`", set.path, given.line), given.known()?))
            })
            .collect();
        let Some((_, value)) = places.first() else { continue };
        let files: Vec<String> = places.iter().map(|p| p.0.clone()).collect();
        finding.label(parameter.key.span, format!("`{}` is `{value}` in {}", parameter.name(), listed(&files)));
    }
    finding
}

/// `a`, `b` and 3 more.
fn listed(texts: &[String]) -> String {
    let shown = texts.get(..NAMED.min(texts.len())).unwrap_or_default();
    let more = texts.len() - shown.len();
    match (shown, more) {
        ([only], 0) => only.clone(),
        ([first @ .., last], 0) => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The names that the value at a place mentions: the innermost node around it that names any.
fn mentioned(node: &Node, span: Span, names: &mut BTreeSet<String>) {
    let children: Vec<&Node> = match &node.kind {
        NodeKind::Map(entries) => {
            // A finding at a key is about its value.
            if let Some(entry) = entries.iter().find(|e| e.key.span == span) {
                return collect(&entry.value, names);
            }
            entries.iter().map(|e| &e.value).collect()
        }
        NodeKind::List(items) => items.iter().collect(),
        NodeKind::Call(call) => vec![&call.argument],
        NodeKind::Tagged(tagged) => vec![&tagged.value],
        _ => Vec::new(),
    };
    if let Some(child) = children.into_iter().find(|c| c.span.contains(span)) {
        mentioned(child, span, names);
    }
    if names.is_empty() && (node.span == span || node.as_call().is_some()) {
        collect(node, names);
    }
}

/// The names in `Ref` and `Fn::Sub` below a node.
fn collect(node: &Node, names: &mut BTreeSet<String>) {
    node.walk(&mut |part| {
        let NodeKind::Call(call) = &part.kind else { return };
        match call.function {
            Intrinsic::Ref => names.extend(call.argument.as_str().map(str::to_owned)),
            Intrinsic::Sub => {
                let text = call.argument.as_str().or_else(|| call.argument.as_list()?.first()?.as_str());
                names.extend(text.into_iter().flat_map(sub::variables).map(|variable| variable.name.to_owned()));
            }
            _ => {}
        }
    });
}

/// The sets of values for a template.
pub(super) fn of<'b>(bundle: &'b Bundle<'_>, template: usize) -> Vec<&'b ParameterSet> {
    bundle.sets().iter().filter(|set| set.template == template).collect()
}
