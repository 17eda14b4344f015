//! Dependencies that nothing in the file expresses but that decide whether a deployment works, and `DependsOn` entries
//! that say what is known already.

mod creation;
mod deletion;

use super::model::*;
use super::template::Context;
use super::values::Val;
use serde::Deserialize;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Steps for all questions whether one resource leads to another.
const PATH_STEPS: usize = 600_000;

/// What is said about one situation.
#[derive(Debug, Deserialize)]
struct Situation {
    text: String,
    source: String,
    /// What to do instead of writing `DependsOn`.
    remedy: Option<String>,
    #[serde(default)]
    quiet: bool,
}

impl Situation {
    /// What AWS's own pages say is documented; what users report is a conclusion.
    fn label(&self) -> Label {
        if self.source.contains("guide") || self.source.contains("reference") {
            Label::Documented
        } else {
            Label::Inferred
        }
    }
}

fn situations() -> &'static BTreeMap<String, Situation> {
    static LIST: OnceLock<BTreeMap<String, Situation>> = OnceLock::new();
    LIST.get_or_init(|| serde_json::from_str(include_str!("../../schemas/explain/hidden.json")).unwrap_or_default())
}

/// The resources with what they hold and how they hang together.
pub(super) struct Advisor<'a, 'n> {
    context: &'a Context<'a, 'n>,
    resources: &'a [Resource],
    by_id: BTreeMap<&'a str, usize>,
    by_kind: BTreeMap<&'a str, Vec<usize>>,
    edges: &'a [Edge],
    needs: Vec<Vec<(usize, usize)>>,
    steps: Cell<usize>,
    out: Vec<Advice>,
}

/// Advice about hidden and about needless dependencies.
pub(super) fn advice(model: &Model, context: &Context<'_, '_>) -> Vec<Advice> {
    let by_id: BTreeMap<&str, usize> = model.resources.iter().enumerate().map(|(i, r)| (r.id.as_str(), i)).collect();
    let mut by_kind: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, resource) in model.resources.iter().enumerate() {
        by_kind.entry(&resource.kind).or_default().push(i);
    }
    let mut needs = vec![Vec::new(); model.resources.len()];
    for (number, edge) in model.edges.iter().enumerate().filter(|(_, e)| e.possible) {
        if let (Some(&from), Some(&to)) = (by_id.get(edge.from.as_str()), by_id.get(edge.to.as_str())) {
            needs[from].push((to, number));
        }
    }
    let mut advisor = Advisor {
        context,
        resources: &model.resources,
        by_id,
        by_kind,
        edges: &model.edges,
        needs,
        steps: Cell::new(0),
        out: Vec::new(),
    };
    advisor.creation();
    advisor.deletion(&model.cycles);
    advisor.needless();
    advisor.out
}

impl<'a, 'n> Advisor<'a, 'n> {
    fn of(&self, kind: &str) -> Vec<usize> {
        self.by_kind.get(kind).into_iter().flatten().copied().filter(|i| self.is_on(*i)).collect()
    }

    fn is_on(&self, i: usize) -> bool {
        self.resources[i].exists != Exists::No
    }

    /// The custom resources that exist, or may.
    fn custom_resources(&self) -> Vec<usize> {
        let custom = |r: &Resource| r.kind.starts_with("Custom::") || r.kind == "AWS::CloudFormation::CustomResource";
        (0..self.resources.len()).filter(|i| custom(&self.resources[*i]) && self.is_on(*i)).collect()
    }

    /// The resources that refer to one, each once.
    fn users(&self, to: usize) -> Vec<usize> {
        let users = (0..self.needs.len()).filter(|i| self.needs[*i].iter().any(|n| n.0 == to));
        users.filter(|i| self.is_on(*i)).collect()
    }

    fn value(&self, i: usize) -> Option<&'a Val<'n>> {
        self.context.values.get(self.resources[i].id.as_str())
    }

    /// The resources that a property refers to.
    fn targets(&self, i: usize, path: &str) -> Vec<usize> {
        let Some(value) = self.value(i).and_then(|v| v.at(path)) else { return Vec::new() };
        value.resources().into_iter().filter_map(|id| self.by_id.get(id).copied()).collect()
    }

    fn target(&self, i: usize, path: &str) -> Option<usize> {
        self.targets(i, path).first().copied()
    }

    fn literal(&self, i: usize, path: &str) -> Option<String> {
        self.value(i)?.literal_at(path)
    }

    /// Whether a way of edges that pass leads from one to the other; `None` when that took too long to find out.
    fn way(&self, from: usize, to: usize, passes: impl Fn(usize, usize) -> bool) -> Option<bool> {
        let mut seen = BTreeSet::from([from]);
        let mut open = vec![from];
        while let Some(here) = open.pop() {
            for &(next, edge) in &self.needs[here] {
                self.steps.set(self.steps.get() + 1);
                if self.steps.get() > PATH_STEPS {
                    return None;
                }
                if !passes(next, edge) {
                    continue;
                }
                if next == to {
                    return Some(true);
                }
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        Some(false)
    }

    /// Whether one may wait for the other.
    fn leads(&self, from: usize, to: usize) -> bool {
        self.way(from, to, |_, _| true).unwrap_or(true)
    }

    /// Whether one surely waits for the other, without this edge and whatever the conditions are.
    fn surely_leads(&self, from: usize, to: usize, without: usize) -> bool {
        let plain = |next: usize, edge: usize| {
            edge != without && self.edges[edge].guard.is_empty() && self.resources[next].guard.is_empty()
        };
        self.way(from, to, plain).unwrap_or(false)
    }

    fn missing(&mut self, id: &str, from: usize, to: usize) {
        if from == to || self.leads(from, to) || self.leads(to, from) {
            return;
        }
        let Some(situation) = situations().get(id) else { return };
        let (a, b) = (&self.resources[from], &self.resources[to]);
        let named = |text: &str| text.replace("{a}", &a.id).replace("{b}", &b.id);
        // `DependsOn` on something that may be off is refused while it is off.
        let ordered = b.guard.iter().all(|guard| a.guard.contains(guard));
        let by_hand = situation.remedy.is_some() || !ordered;
        let remedy = match &situation.remedy {
            Some(remedy) => named(remedy),
            None if ordered => named("DependsOn: {b} in {a}"),
            None => named(
                "a reference to {b} in the Metadata of {a}, inside Fn::If with the condition of {b}: DependsOn would fail \
                 while {b} is off",
            ),
        };
        self.out.push(Advice {
            id: id.to_owned(),
            about: a.id.clone(),
            text: named(&situation.text),
            remedy: Some(remedy),
            important: !situation.quiet,
            label: situation.label(),
            source: situation.source.clone(),
            at: Some(a.at),
            other: Some(b.id.clone()),
            edit: if by_hand { Vec::new() } else { self.edit(from, &b.id) },
        });
    }

    /// The edit that adds a `DependsOn` to a resource that has none, in block YAML.
    fn edit(&self, from: usize, target: &str) -> Vec<TextEdit> {
        let resource = &self.resources[from];
        let view = self.context.template.resources.get(&resource.id);
        let Some(view) = view.filter(|v| resource.origin.is_none() && v.node.get("DependsOn").is_none()) else {
            return Vec::new();
        };
        let Some(entry) = view.node.entry("Type") else { return Vec::new() };
        let file = self.context.file;
        let at = file.position(entry.key.span.start);
        let line = file.line_span(at.line);
        let before = file.slice(crate::source::Span { start: line.start, end: entry.key.span.start });
        if !before.chars().all(|c| c == ' ') || at.line == file.position(resource.at.start).line {
            return Vec::new();
        }
        let place = Place { line: at.line, column: 1, start: line.start, end: line.start };
        vec![TextEdit { at: place, text: format!("{before}DependsOn: {target}\n") }]
    }

    /// `DependsOn` entries that another path covers.
    fn needless(&mut self) {
        let entries: Vec<usize> = (0..self.edges.len()).filter(|&i| self.edges[i].via == "DependsOn").collect();
        for number in entries {
            let edge = &self.edges[number];
            let ends = (self.by_id.get(edge.from.as_str()), self.by_id.get(edge.to.as_str()));
            let (Some(&from), Some(&to)) = ends else { continue };
            let direct = self.needs[from]
                .iter()
                .filter(|(target, other)| *target == to && self.edges[*other].via != "DependsOn")
                .map(|(_, other)| &self.edges[*other])
                .min_by_key(|other| other.guard.len());
            let text = match direct {
                Some(other) if other.guard.is_empty() => {
                    format!("{} waits for {} anyway: {} refers to it", edge.from, edge.to, other.path)
                }
                _ if self.surely_leads(from, to, number) => {
                    format!("{} waits for {} anyway, by way of others", edge.from, edge.to)
                }
                _ => continue,
            };
            let edge = &self.edges[number];
            self.out.push(Advice {
                id: "depends-on-covered".to_owned(),
                about: edge.from.clone(),
                text: format!("{text}; DependsOn may stay where it should wait until {} is fully ready", edge.to),
                remedy: None,
                important: false,
                label: Label::Inferred,
                source: "references of the template".to_owned(),
                at: Some(edge.at),
                other: Some(edge.to.clone()),
                edit: Vec::new(),
            });
        }
    }
}
