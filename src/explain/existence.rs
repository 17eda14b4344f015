//! Which conditions hold under the assumptions, and which distinct sets of resources the parameters can give.

use super::model::{Guard, Setting};
use crate::conditions::{Answer, Conditions, Pins};
use crate::intrinsics::{Intrinsic, sub};
use crate::syntax::{Node, NodeKind};
use crate::template::Template;
use crate::value::regions::{partition, url_suffix};
use std::collections::{BTreeMap, BTreeSet};

/// Most scenarios that are listed.
pub(super) const MAX_SCENARIOS: usize = 32;
/// Most conditions whose combinations are listed; with more, one parameter is changed at a time.
const MOST_TOGETHER: usize = 10;
/// The value that stands for any that nothing mentions.
pub(super) const ANOTHER: &str = "another value";

/// The values of the pseudo parameters that follow from a region.
pub(super) fn of_region(region: &str) -> Vec<(&str, &str)> {
    vec![("AWS::Region", region), ("AWS::Partition", partition(region)), ("AWS::URLSuffix", url_suffix(region))]
}

/// What decides each condition: the names that its expression, and those of the conditions in it, refer to.
pub(super) fn deciders<'n>(template: &Template<'n>) -> BTreeMap<&'n str, BTreeSet<&'n str>> {
    let mut direct: BTreeMap<&'n str, (BTreeSet<&'n str>, BTreeSet<&'n str>)> = BTreeMap::new();
    for condition in template.conditions.iter() {
        let (mut names, mut others) = (BTreeSet::new(), BTreeSet::new());
        condition.node.walk(&mut |node| {
            let Some(call) = node.as_call() else { return };
            match (call.function, call.argument.as_str()) {
                (Intrinsic::Ref, Some(name)) => drop(names.insert(name)),
                (Intrinsic::Condition, Some(name)) => drop(others.insert(name)),
                (Intrinsic::Sub, _) => {
                    let text = call.argument.as_str().or_else(|| call.argument.as_list()?.first()?.as_str());
                    names.extend(text.map(sub::variables).into_iter().flatten().map(|v| v.name));
                }
                _ => {}
            }
        });
        direct.insert(&condition.key.text, (names, others));
    }
    let mut out = BTreeMap::new();
    for &name in direct.keys() {
        let (mut found, mut seen, mut open) = (BTreeSet::new(), BTreeSet::from([name]), vec![name]);
        while let Some((names, others)) = open.pop().and_then(|n| direct.get(n)) {
            found.extend(names.iter().copied());
            open.extend(others.iter().copied().filter(|o| direct.contains_key(o) && seen.insert(*o)));
        }
        out.insert(name, found);
    }
    out
}

/// The value of each condition when the parameters have these values. Those that `only` leaves out are not looked at.
pub(super) fn decide<'n>(
    conditions: &Conditions<'n>,
    deciders: &BTreeMap<&'n str, BTreeSet<&'n str>>,
    values: &[(&str, &str)],
    only: &dyn Fn(&BTreeSet<&'n str>) -> bool,
) -> BTreeMap<&'n str, Option<bool>> {
    let mut out = BTreeMap::new();
    for (&name, decisive) in deciders.iter().filter(|d| only(d.1)) {
        // A rule of the template may tie any parameter to any other.
        let matters = |v: &&(&str, &str)| conditions.has_rules() || v.0.starts_with("AWS::") || decisive.contains(v.0);
        let own: Vec<(&str, &str)> = values.iter().filter(matters).copied().collect();
        let can = |holds| conditions.satisfiable_with(&Pins::none(), &[(name, holds)], &own);
        let value = match (can(true), can(false)) {
            (Answer::No, Answer::No) => None,
            (Answer::No, _) => Some(false),
            (_, Answer::No) => Some(true),
            _ => None,
        };
        out.insert(name, value);
    }
    out
}

/// The conditions that something is made of: of resources, outputs and branches.
pub(super) fn used<'n>(template: &Template<'n>) -> Vec<&'n str> {
    let mut found: BTreeSet<&'n str> = BTreeSet::new();
    let resources = template.resources.iter().map(|r| (r.condition(), r.node));
    let outputs = template.outputs.iter().map(|o| (o.condition(), o.node));
    for (condition, node) in resources.chain(outputs) {
        found.extend(condition);
        node.walk(&mut |n| {
            if let Some(call) = n.as_call()
                && call.function == Intrinsic::If
                && let Some(name) = call.argument.as_list().and_then(|l| l.first()).and_then(Node::as_str)
            {
                found.insert(name);
            }
        });
    }
    template.conditions.iter().map(|c| &*c.key.text).filter(|n| found.contains(n)).collect()
}

/// The parameters that decide conditions, with the values that matter for each.
pub(super) fn deciding<'n>(template: &'n Template<'n>) -> Vec<(&'n str, Vec<&'n str>)> {
    let mut compared: BTreeMap<&'n str, Vec<&'n str>> = BTreeMap::new();
    for condition in template.conditions.iter() {
        condition.node.walk(&mut |node| {
            let NodeKind::Call(call) = &node.kind else { return };
            match call.function {
                Intrinsic::Ref => {
                    if let Some(name) = call.argument.as_str() {
                        compared.entry(name).or_default();
                    }
                }
                Intrinsic::Equals => {
                    if let Some([a, b]) = call.argument.as_list() {
                        for (one, other) in [(a, b), (b, a)] {
                            if let (Some(name), Some(text)) =
                                (crate::value::evaluate::referenced(one), other.scalar_text())
                            {
                                compared.entry(name).or_default().push(text);
                            }
                        }
                    }
                }
                _ => {}
            }
        });
    }
    let mut out = Vec::new();
    for parameter in template.parameters.iter() {
        let Some(mut values) = compared.remove(parameter.name()) else { continue };
        match parameter.allowed_values() {
            Some(allowed) => values = allowed.iter().filter_map(Node::scalar_text).collect(),
            None => values.push(ANOTHER),
        }
        let mut seen = BTreeSet::new();
        values.retain(|v| seen.insert(*v));
        out.push((parameter.name(), values));
    }
    out
}

/// A combination of conditions with parameters that give it.
#[derive(Debug)]
pub(super) struct Combination {
    pub when: Vec<Setting>,
    pub conditions: Vec<Guard>,
}

/// The combinations of the used conditions that can occur in the region, and whether these are all.
pub(super) fn combinations<'n>(
    conditions: &Conditions<'n>,
    template: &'n Template<'n>,
    assumed: &BTreeMap<&'n str, Option<String>>,
    region: &str,
) -> (Vec<Combination>, bool) {
    let names = used(template);
    if names.len() > MOST_TOGETHER {
        return (one_at_a_time(conditions, template, assumed, region, &names), false);
    }
    let found = conditions.scenarios(&Pins::none(), &names);
    let deciding = deciding(template);
    let mut complete = found.complete;
    let mut out = Vec::new();
    for combination in &found.list {
        let pinned: Vec<(&str, bool)> = combination.clone();
        let mut values: Vec<(&str, &str)> = of_region(region);
        match conditions.satisfiable_with(&Pins::none(), &pinned, &values) {
            Answer::No => continue,
            Answer::Unknown => complete = false,
            Answer::Yes => {}
        }
        let mut when = Vec::new();
        let mut possible = true;
        for (name, options) in &deciding {
            let own = assumed.get(name).and_then(Option::as_deref);
            let first = own.into_iter().chain(options.iter().copied().filter(|o| Some(*o) != own));
            let fitting = first.into_iter().find(|text| {
                values.push((name, text));
                let fits = conditions.satisfiable_with(&Pins::none(), &pinned, &values) != Answer::No;
                if !fits {
                    values.pop();
                }
                fits
            });
            match fitting {
                Some(text) if Some(text) != own => {
                    when.push(Setting { name: (*name).to_owned(), value: text.to_owned() });
                }
                Some(_) => {}
                None => possible = options.is_empty(),
            }
        }
        if possible {
            let guards = pinned.iter().map(|(n, holds)| Guard { condition: (*n).to_owned(), holds: *holds });
            out.push(Combination { when, conditions: guards.collect() });
        }
    }
    (out, complete)
}

/// The assumed values, then each other value of each parameter alone.
fn one_at_a_time<'n>(
    conditions: &Conditions<'n>,
    template: &'n Template<'n>,
    assumed: &BTreeMap<&'n str, Option<String>>,
    region: &str,
    names: &[&'n str],
) -> Vec<Combination> {
    let deciders = deciders(template);
    let mut values: Vec<(&str, &str)> = of_region(region);
    values.extend(assumed.iter().filter_map(|(n, v)| Some((*n, v.as_deref()?))));
    let base = decide(conditions, &deciders, &values, &|_| true);
    let guards = |decided: &BTreeMap<&'n str, Option<bool>>| -> Vec<Guard> {
        let value = |name: &&'n str| decided.get(*name).or_else(|| base.get(*name)).copied().flatten();
        let guard = |name: &&'n str| Some(Guard { condition: (*name).to_owned(), holds: value(name)? });
        names.iter().filter_map(guard).collect()
    };
    let mut out = vec![Combination { when: Vec::new(), conditions: guards(&base) }];
    for (name, options) in deciding(template) {
        let own = assumed.get(name).and_then(Option::as_deref);
        for option in options.into_iter().filter(|o| Some(*o) != own).take(MAX_SCENARIOS) {
            if out.len() > 4 * MAX_SCENARIOS {
                return out;
            }
            let mut with: Vec<(&str, &str)> = values.iter().filter(|v| v.0 != name).copied().collect();
            with.push((name, option));
            let decided = decide(conditions, &deciders, &with, &|d| d.contains(name));
            let when = vec![Setting { name: name.to_owned(), value: option.to_owned() }];
            out.push(Combination { when, conditions: guards(&decided) });
        }
    }
    out
}

/// An expression of a condition in words: `Env is prod and not IsTest`.
pub(super) fn meaning(node: &Node) -> String {
    let NodeKind::Call(call) = &node.kind else {
        return node
            .scalar_text()
            .map_or_else(|| "?".to_owned(), |t| if t.is_empty() { "\"\"".into() } else { t.into() });
    };
    let items = call.argument.as_list().unwrap_or_default();
    let inner = |n: &Node| {
        let text = meaning(n);
        let joined = n.as_call().is_some_and(|c| matches!(c.function, Intrinsic::And | Intrinsic::Or));
        if joined { format!("({text})") } else { text }
    };
    let joined = |word: &str| items.iter().map(inner).collect::<Vec<_>>().join(word);
    match (call.function, items) {
        (Intrinsic::Equals, [a, b]) => match b.scalar_text() {
            Some("") => format!("{} is empty", meaning(a)),
            _ => format!("{} is {}", meaning(a), meaning(b)),
        },
        (Intrinsic::Not, [one]) => match one.as_call() {
            Some(c) if c.function == Intrinsic::Equals => match c.argument.as_list() {
                Some([a, b]) if b.scalar_text() == Some("") => format!("{} is not empty", meaning(a)),
                Some([a, b]) => format!("{} is not {}", meaning(a), meaning(b)),
                _ => format!("not {}", inner(one)),
            },
            _ => format!("not {}", inner(one)),
        },
        (Intrinsic::And, _) => joined(" and "),
        (Intrinsic::Or, _) => joined(" or "),
        (Intrinsic::Condition | Intrinsic::Ref, _) => call.argument.as_str().unwrap_or("?").to_owned(),
        (Intrinsic::FindInMap, [map, a, b, ..]) => format!("{}[{}][{}]", meaning(map), meaning(a), meaning(b)),
        (Intrinsic::Join, [_, list]) => {
            list.as_list().unwrap_or_default().iter().map(meaning).collect::<Vec<_>>().join(" + ")
        }
        (Intrinsic::Select, [index, list]) => format!("item {} of {}", meaning(index), meaning(list)),
        _ => format!("{}(…)", call.function.name()),
    }
}
