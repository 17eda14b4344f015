//! Walks two values of a resource together and lists the places where they differ.

use super::value::{Cause, Kind, Val};
use crate::schema::traits::Traits;
use std::collections::BTreeMap;

/// Members that name an item of a list, so that an item is compared with the one of the same name.
const NAMES: &[&str] = &["Key", "Name", "Id", "AttributeName", "IndexName", "Sid", "PolicyName", "DeviceName"];

/// What a difference amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// The value differs.
    Real,
    /// The same items in another order, where the order means nothing.
    Order,
    /// Empty against absent.
    Hollow,
    /// The service rewrites both to the same value.
    Rewritten,
}

/// A place where two values differ.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub(super) path: Vec<String>,
    pub(super) before: Option<Val>,
    pub(super) after: Option<Val>,
    pub(super) weight: Weight,
    /// What had a part in the old and the new value, what holds for the values around included.
    pub(super) from: (Vec<Cause>, Vec<Cause>),
    /// Whether it depends on a condition that is not decided.
    pub(super) conditional: bool,
}

/// Compares two values of one resource type.
pub(super) struct Comparison {
    traits: Option<Traits>,
    path: Vec<String>,
    from: (Vec<Cause>, Vec<Cause>),
    conditional: bool,
    pub(super) leaves: Vec<Leaf>,
}

impl Comparison {
    /// Begins at a path that is no property (`Metadata`), or at the properties with the facts of the type.
    pub(super) fn new(traits: Option<Traits>, path: Vec<String>) -> Self {
        Comparison { traits, path, from: Default::default(), conditional: false, leaves: Vec::new() }
    }

    pub(super) fn run(&mut self, old: Option<&Val>, new: Option<&Val>) {
        let before = self.from.clone();
        self.from.0.extend(old.into_iter().flat_map(|v| v.from.iter().cloned()));
        self.from.1.extend(new.into_iter().flat_map(|v| v.from.iter().cloned()));
        match (old, new) {
            (None, None) => {}
            (Some(old), Some(new)) => self.both(old, new),
            (Some(one), None) | (None, Some(one)) => {
                if let Kind::Choice { condition, then, otherwise } = &one.kind {
                    let was = self.conditional;
                    self.conditional = true;
                    let _ = condition;
                    for branch in [then, otherwise] {
                        let branch = branch.as_deref();
                        if old.is_some() { self.run(branch, None) } else { self.run(None, branch) }
                    }
                    self.conditional = was;
                } else {
                    let weight = if one.is_hollow() { Weight::Hollow } else { Weight::Real };
                    self.leaf(old, new, weight);
                }
            }
        }
        self.from = before;
    }

    fn leaf(&mut self, before: Option<&Val>, after: Option<&Val>, weight: Weight) {
        let tidy = |causes: &Vec<Cause>, value: Option<&Val>| {
            let mut all = causes.clone();
            if let Some(value) = value {
                gather(value, &mut all);
            }
            all.sort();
            all.dedup();
            all
        };
        let from = (tidy(&self.from.0, before), tidy(&self.from.1, after));
        self.leaves.push(Leaf {
            path: self.path.clone(),
            before: before.cloned(),
            after: after.cloned(),
            weight,
            from,
            conditional: self.conditional,
        });
    }

    fn both(&mut self, old: &Val, new: &Val) {
        match (&old.kind, &new.kind) {
            (Kind::Map(before), Kind::Map(after)) => {
                let (before, after) = (by_name(before), by_name(after));
                let mut names: Vec<&str> = before.keys().chain(after.keys()).copied().collect();
                names.sort_unstable();
                names.dedup();
                for name in names {
                    self.path.push(name.to_owned());
                    self.run(before.get(name).copied(), after.get(name).copied());
                    self.path.pop();
                }
            }
            (Kind::List(before), Kind::List(after)) => self.lists(old, new, before, after),
            (
                Kind::Choice { condition: one, then: t1, otherwise: o1 },
                Kind::Choice { condition: two, then: t2, otherwise: o2 },
            ) if one == two => {
                let was = self.conditional;
                self.conditional = true;
                self.run(t1.as_deref(), t2.as_deref());
                self.run(o1.as_deref(), o2.as_deref());
                self.conditional = was;
            }
            (Kind::Choice { then, otherwise, .. }, _) => self.branches(then, otherwise, |this, branch| {
                this.run(branch, Some(new));
            }),
            (_, Kind::Choice { then, otherwise, .. }) => self.branches(then, otherwise, |this, branch| {
                this.run(Some(old), branch);
            }),
            _ if old.canonical() == new.canonical() || self.same_scalar(old, new) => {}
            _ => {
                let weight = if self.same_after_rewriting(old, new) { Weight::Rewritten } else { Weight::Real };
                self.leaf(Some(old), Some(new), weight);
            }
        }
    }

    fn branches(
        &mut self,
        then: &Option<Box<Val>>,
        otherwise: &Option<Box<Val>>,
        mut visit: impl FnMut(&mut Self, Option<&Val>),
    ) {
        let was = self.conditional;
        self.conditional = true;
        visit(self, then.as_deref());
        visit(self, otherwise.as_deref());
        self.conditional = was;
    }

    fn parts(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// Whether two texts are the same number or truth value to a property that wants one.
    fn same_scalar(&self, old: &Val, new: &Val) -> bool {
        let (Some(a), Some(b)) = (old.known(), new.known()) else { return false };
        let types = self.traits.and_then(|t| t.schema_at(&self.parts())).and_then(|node| node.target().types());
        let Some(types) = types else { return false };
        if (types.number() || types.integer())
            && let (Ok(a), Ok(b)) = (a.parse::<f64>(), b.parse::<f64>())
        {
            return a == b;
        }
        types.boolean() && a.eq_ignore_ascii_case(b) && ["true", "false"].iter().any(|t| a.eq_ignore_ascii_case(t))
    }

    /// Whether the service makes the same of both: names that it writes in small letters.
    fn same_after_rewriting(&self, old: &Val, new: &Val) -> bool {
        let (Some(a), Some(b), Some(traits)) = (old.known(), new.known(), self.traits) else { return false };
        let here = self.path.join("/");
        let mut transforms = traits.transforms().filter(|(path, _)| *path == here);
        a.eq_ignore_ascii_case(b) && transforms.any(|(_, text)| text.contains("$lowercase"))
    }

    fn lists(&mut self, old: &Val, new: &Val, before: &[Val], after: &[Val]) {
        let ordered = self.traits.is_none_or(|t| t.order_matters(&self.parts()));
        if ordered && !named(before, after) {
            return self.ordered(before, after);
        }
        let keys = |items: &[Val]| items.iter().map(Val::canonical).collect::<Vec<_>>();
        let (a, b) = (keys(before), keys(after));
        if a == b {
            return;
        }
        let (mut sorted_a, mut sorted_b) = (a.clone(), b.clone());
        sorted_a.sort();
        sorted_b.sort();
        if sorted_a == sorted_b {
            // Named items of a list with an order are moved: that may mean something.
            let weight = if ordered { Weight::Real } else { Weight::Order };
            return self.leaf(Some(old), Some(new), weight);
        }
        let (gone, come) = (left_over(&a, &sorted_b), left_over(&b, &sorted_a));
        self.pairs(before, after, gone, come);
    }

    /// Compares what is left of two lists: items of the same name, one with one, or each on its own.
    fn pairs(&mut self, before: &[Val], after: &[Val], mut gone: Vec<usize>, mut come: Vec<usize>) {
        let mut pairs: Vec<(Option<usize>, Option<usize>)> = Vec::new();
        let names: BTreeMap<(&str, &str), usize> =
            come.iter().filter_map(|&at| Some((name_of(&after[at])?, at))).collect();
        let mut taken = Vec::new();
        gone.retain(|&at| match name_of(&before[at]).and_then(|name| names.get(&name)) {
            Some(&other) if !taken.contains(&other) => {
                taken.push(other);
                pairs.push((Some(at), Some(other)));
                false
            }
            _ => true,
        });
        come.retain(|at| !taken.contains(at));
        if gone.len() == 1 && come.len() == 1 {
            pairs.push((gone.pop(), come.pop()));
        }
        pairs.extend(gone.into_iter().map(|at| (Some(at), None)));
        pairs.extend(come.into_iter().map(|at| (None, Some(at))));
        for (old, new) in pairs {
            self.path.push(new.or(old).unwrap_or_default().to_string());
            self.run(old.and_then(|at| before.get(at)), new.and_then(|at| after.get(at)));
            self.path.pop();
        }
    }

    /// Items in their places; where the lengths differ, what is equal at both ends stays out.
    fn ordered(&mut self, before: &[Val], after: &[Val]) {
        let same = |a: &Val, b: &Val| a.canonical() == b.canonical();
        let (mut start, mut end) = (0, 0);
        if before.len() != after.len() {
            let most = before.len().min(after.len());
            while start < most && same(&before[start], &after[start]) {
                start += 1;
            }
            while end < most - start && same(&before[before.len() - 1 - end], &after[after.len() - 1 - end]) {
                end += 1;
            }
        }
        let (a, b) = (&before[start..before.len() - end], &after[start..after.len() - end]);
        for at in 0..a.len().max(b.len()) {
            self.path.push((start + at).to_string());
            self.run(a.get(at), b.get(at));
            self.path.pop();
        }
    }
}

fn by_name(entries: &[(String, Val)]) -> BTreeMap<&str, &Val> {
    entries.iter().map(|(name, value)| (name.as_str(), value)).collect()
}

/// What had a part anywhere in a value.
fn gather(value: &Val, out: &mut Vec<Cause>) {
    out.extend(value.from.iter().cloned());
    match &value.kind {
        Kind::List(items) => items.iter().for_each(|item| gather(item, out)),
        Kind::Map(entries) => entries.iter().for_each(|(_, value)| gather(value, out)),
        Kind::Choice { then, otherwise, .. } => {
            [then, otherwise].into_iter().flatten().for_each(|branch| gather(branch, out));
        }
        Kind::Null | Kind::Text(_) => {}
    }
}

fn name_of(item: &Val) -> Option<(&'static str, &str)> {
    NAMES.iter().find_map(|name| Some((*name, item.get(name)?.known()?)))
}

/// Whether every item of both lists has a name of its own.
fn named(before: &[Val], after: &[Val]) -> bool {
    let own = |items: &[Val]| {
        let mut names: Vec<_> = items.iter().filter_map(name_of).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        count == items.len() && names.len() == count
    };
    !before.is_empty() && !after.is_empty() && own(before) && own(after)
}

/// The places of the items that the other list, sorted, has no partner for.
fn left_over(items: &[String], other: &[String]) -> Vec<usize> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for item in other {
        *counts.entry(item).or_default() += 1;
    }
    let mut out = Vec::new();
    for (at, item) in items.iter().enumerate() {
        match counts.get_mut(item.as_str()) {
            Some(count) if *count > 0 => *count -= 1,
            _ => out.push(at),
        }
    }
    out
}
