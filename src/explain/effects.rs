//! What a change of a parameter does: where its value goes, and what a change there means.

use super::facts::{Change, Facts};
use super::model::{Edge, Effect, Effects, OnChange};
use crate::graph::{Cause, Dependency, Graph, ItemKind};
use std::collections::{BTreeMap, BTreeSet};

/// Most steps for following replacements.
const FOLLOW_STEPS: usize = 400_000;

/// References to resources whose change follows when the target is replaced: by target, the (user, property, change).
pub(super) type Followers = BTreeMap<String, Vec<(String, String, Change)>>;

/// Who is touched when a resource is replaced.
pub(super) fn followers(edges: &[Edge], kinds: &BTreeMap<&str, &str>, facts: &Facts) -> Followers {
    let mut out: Followers = BTreeMap::new();
    for edge in edges.iter().filter(|e| e.via != "DependsOn" && e.possible) {
        let Some(kind) = kinds.get(&*edge.from) else { continue };
        let Some(below) = edge.path.strip_prefix("/Properties/") else { continue };
        let keys: Vec<&str> = below.split('/').filter(|s| s.parse::<usize>().is_err()).collect();
        let change = facts.property_change(kind, &keys);
        let entry = out.entry(edge.to.clone()).or_default();
        if !entry.iter().any(|e| e.0 == edge.from && e.1 == keys.join(".")) {
            entry.push((edge.from.clone(), keys.join("."), change));
        }
    }
    out
}

/// What each parameter does.
#[derive(Debug)]
pub(super) struct Spread<'s, 'n> {
    pub graph: &'s Graph<'n>,
    pub facts: &'s Facts,
    pub followers: &'s Followers,
    steps: std::cell::Cell<usize>,
}

impl<'s, 'n> Spread<'s, 'n> {
    pub fn new(graph: &'s Graph<'n>, facts: &'s Facts, followers: &'s Followers) -> Self {
        Spread { graph, facts, followers, steps: std::cell::Cell::new(0) }
    }

    /// The effects of one parameter.
    pub fn of(&self, parameter: &str) -> Effects {
        let mut out = Collected::default();
        let mut conditions: Vec<&str> = Vec::new();
        for use_ in self.graph.needed_by(ItemKind::Parameter, parameter) {
            match use_.from.kind {
                ItemKind::Condition => conditions.push(use_.from.name),
                ItemKind::Resource => self.property(&use_, None, &mut out),
                ItemKind::Output => out.output(use_.from.name),
                ItemKind::Parameter => {}
            }
        }
        let mut seen: BTreeSet<&str> = conditions.iter().copied().collect();
        while let Some(condition) = conditions.pop() {
            for use_ in self.graph.needed_by(ItemKind::Condition, condition) {
                match use_.from.kind {
                    ItemKind::Condition => {
                        if seen.insert(use_.from.name) {
                            conditions.push(use_.from.name);
                        }
                    }
                    ItemKind::Output => out.output(use_.from.name),
                    ItemKind::Resource if is_own_condition(&use_) => {
                        let effect = Effect {
                            resource: use_.from.name.to_owned(),
                            property: String::new(),
                            condition: Some(condition.to_owned()),
                            follows: None,
                            note: None,
                            label: super::model::Label::File,
                            source: "Condition".to_owned(),
                        };
                        if out.seen.insert((effect.resource.clone(), String::new())) {
                            out.effects.switch.push(effect);
                        }
                    }
                    ItemKind::Resource => self.property(&use_, Some(condition), &mut out),
                    ItemKind::Parameter => {}
                }
            }
        }
        self.follow(&mut out);
        out.effects
    }

    fn property(&self, use_: &Dependency<'_, 'n>, condition: Option<&str>, out: &mut Collected) {
        let Some(kind) = use_.from.resource_type else { return };
        let change = self.facts.change(kind, &use_.edge.path);
        let property = use_.edge.property();
        let property = property.strip_prefix("Properties.").unwrap_or(&property).to_owned();
        out.put(effect(use_.from.name, property, &change, condition, None), change.on_change);
    }

    /// A replaced resource has a new id: what stands on it in a property that cannot change is replaced as well.
    fn follow(&self, out: &mut Collected) {
        let mut queue: Vec<String> = out.effects.replace.iter().map(|e| e.resource.clone()).collect();
        let mut done: BTreeSet<String> = queue.iter().cloned().collect();
        while let Some(id) = queue.pop() {
            for (user, property, change) in self.followers.get(&id).into_iter().flatten() {
                let steps = self.steps.get() + 1;
                self.steps.set(steps);
                if steps > FOLLOW_STEPS {
                    return;
                }
                let effect = effect(user, property.clone(), change, None, Some(&id));
                if change.on_change == OnChange::Replace && done.insert(user.clone()) {
                    queue.push(user.clone());
                }
                out.put(effect, change.on_change);
            }
        }
    }
}

fn effect(resource: &str, property: String, change: &Change, condition: Option<&str>, follows: Option<&str>) -> Effect {
    Effect {
        resource: resource.to_owned(),
        property,
        condition: condition.map(str::to_owned),
        follows: follows.map(str::to_owned),
        note: change.note.clone(),
        label: change.label,
        source: change.source.clone(),
    }
}

/// The `Condition` of the resource itself, not one inside an `Fn::If`.
fn is_own_condition(use_: &Dependency<'_, '_>) -> bool {
    use_.edge.cause == Cause::Condition && matches!(use_.edge.path.as_slice(), [crate::graph::Step::Key("Condition")])
}

/// Effects, each resource and property once.
#[derive(Debug, Default)]
struct Collected {
    effects: Effects,
    seen: BTreeSet<(String, String)>,
    outputs: BTreeSet<String>,
}

impl Collected {
    fn put(&mut self, effect: Effect, on_change: OnChange) {
        if !self.seen.insert((effect.resource.clone(), format!("/{}", effect.property))) {
            return;
        }
        let list = match on_change {
            OnChange::Refused => &mut self.effects.refused,
            OnChange::Replace => &mut self.effects.replace,
            OnChange::Conditional => &mut self.effects.may_replace,
            OnChange::Never | OnChange::Unknown => &mut self.effects.update,
        };
        list.push(effect);
    }

    fn output(&mut self, name: &str) {
        if self.outputs.insert(name.to_owned()) {
            self.effects.outputs.push(name.to_owned());
        }
    }
}
