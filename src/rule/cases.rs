//! The combinations of conditions that decide some values, and what the values are in each of them.

use crate::conditions::{Answer, Pins};
use crate::intrinsics::Intrinsic;
use crate::resolve::Resolver;
use crate::syntax::{Call, Node, NodeKind};

/// One combination of the conditions that some values depend on.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// Everything that is pinned in it, also what was pinned before.
    pub pins: Pins,
    /// The conditions of the combination, in order of appearance; empty when nothing depends on a condition.
    pub conditions: Vec<(&'a str, bool)>,
}

/// The combinations of the conditions that some values depend on, wherever in them a `Fn::If` stands, as far as they can
/// hold under what is pinned. `None` when they are too many to say anything about all of them.
pub fn cases<'a>(nodes: &[Option<&'a Node>], pins: &Pins, resolver: &Resolver<'a>) -> Option<Vec<Case<'a>>> {
    let mut names = Vec::new();
    for node in nodes.iter().flatten() {
        conditions_in(node, &mut names);
    }
    let scenarios = resolver.conditions.scenarios(pins, &names);
    if !scenarios.complete {
        return None;
    }
    let cases = scenarios.list.iter().zip(scenarios.pins.iter());
    Some(cases.map(|(conditions, pins)| Case { pins: pins.clone(), conditions: conditions.clone() }).collect())
}

fn conditions_in<'a>(node: &'a Node, names: &mut Vec<&'a str>) {
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|item| conditions_in(item, names)),
        NodeKind::Map(entries) => entries.iter().for_each(|e| conditions_in(&e.value, names)),
        NodeKind::Call(call) => {
            if let Some((name, then, otherwise)) = branches(call) {
                if !names.contains(&name) {
                    names.push(name);
                }
                conditions_in(then, names);
                conditions_in(otherwise, names);
            }
        }
        _ => {}
    }
}

/// The condition and the two branches of a well-formed `Fn::If`.
pub fn branches(call: &Call) -> Option<(&str, &Node, &Node)> {
    match (call.function, call.argument.as_list()) {
        (Intrinsic::If, Some([name, then, otherwise])) => Some((name.as_str()?, then, otherwise)),
        _ => None,
    }
}

/// Whether a value is `!Ref AWS::NoValue`, so that the member is not there.
pub fn is_no_value(node: &Node) -> bool {
    node.as_call().is_some_and(|c| c.function == Intrinsic::Ref && c.argument.as_str() == Some("AWS::NoValue"))
}

impl<'a> Case<'a> {
    /// What a value is in this case: the branch that is taken, `None` when it is not there. A function that the case does
    /// not decide stays as it is.
    pub fn seen(&self, node: Option<&'a Node>, resolver: &Resolver<'a>) -> Option<&'a Node> {
        let mut node = node?;
        while let Some((name, then, otherwise)) = node.as_call().and_then(branches) {
            match resolver.conditions.pinned(&self.pins, name) {
                Some(holds) => node = if holds { then } else { otherwise },
                None => break,
            }
        }
        (!is_no_value(node) && !node.is_null()).then_some(node)
    }

    /// A member of a mapping as this case has it.
    pub fn member(&self, node: &'a Node, name: &str, resolver: &Resolver<'a>) -> Option<&'a Node> {
        self.seen(node.get(name), resolver)
    }

    /// The items of a list as this case has them; `None` when it is no list.
    pub fn items(&self, node: &'a Node, resolver: &Resolver<'a>) -> Option<Vec<&'a Node>> {
        Some(node.as_list()?.iter().filter_map(|item| self.seen(Some(item), resolver)).collect())
    }

    /// The combination in words: "`IsProd` is true and `HasDns` is false".
    pub fn describe(&self) -> Option<String> {
        let parts: Vec<String> = self.conditions.iter().map(|(name, holds)| format!("`{name}` is {holds}")).collect();
        (!parts.is_empty()).then(|| parts.join(" and "))
    }
}

/// Whether what is pinned at two places can hold at once.
pub fn together(one: &Pins, other: &Pins, resolver: &Resolver<'_>) -> bool {
    let conditions = &resolver.conditions;
    conditions.satisfiable_with(one, &conditions.describe(other), &[]) == Answer::Yes
}
