//! The ways from state to state of one machine.

use super::{Fault, Sink, is_open, is_plain, plain};
use crate::nearest::nearest;
use crate::syntax::{Entry, Node};

/// Looks at the ways between the states of a machine.
pub(super) fn check(root: &Node, states: &[Entry], sink: &mut Sink) {
    let names: Vec<&str> = states.iter().map(|s| &*s.key.text).collect();
    let index = |name: &str| names.iter().position(|n| *n == name);
    // Something that is not visible may lead anywhere, and may be the end.
    let mut visible = !states.iter().any(|s| is_open(&s.value) || !is_plain(&s.key.text));
    let mut open = Vec::new();
    match root.get("StartAt").map(|n| (n, plain(n))) {
        Some((node, Some(name))) => match index(name) {
            Some(i) => open.push(i),
            None => {
                let problem = sink.report(Fault::Start(name.to_owned()), node.span);
                problem.near = nearest(name, names.iter().copied()).map(str::to_owned);
                problem.shape = true;
                visible = false;
            }
        },
        _ => visible = false,
    }
    let mut ways: Vec<Vec<usize>> = Vec::new();
    for state in states {
        let mut next = Vec::new();
        for (key, node) in targets(&state.value) {
            match plain(node).map(|name| (name, index(name))) {
                Some((_, Some(i))) => next.push(i),
                Some((name, None)) => {
                    let problem = sink.report(Fault::Target(key, name.to_owned()), node.span);
                    problem.near = nearest(name, names.iter().copied()).map(str::to_owned);
                    problem.shape = true;
                    visible = false;
                }
                None => visible = false,
            }
        }
        visible &= goes_on(&state.value);
        ways.push(next);
    }
    if !visible {
        return;
    }
    let mut seen = vec![false; states.len()];
    while let Some(i) = open.pop() {
        if !std::mem::replace(&mut seen[i], true) {
            open.extend(&ways[i]);
        }
    }
    for (state, _) in states.iter().zip(&seen).filter(|(_, seen)| !**seen) {
        sink.report(Fault::Unreachable(state.key.text.to_string()), state.key.span);
    }
    if !states.iter().any(|s| ends(&s.value)) {
        let place = root.entry("States").map_or(root.span, |e| e.key.span);
        sink.report(Fault::Endless, place);
    }
}

/// Whether a state says how it goes on, as one of its type does; one that does not may have been meant to lead anywhere.
fn goes_on(state: &Node) -> bool {
    match state.get("Type").and_then(Node::as_str) {
        Some("Succeed" | "Fail") => true,
        Some("Choice") => state.get("Choices").and_then(Node::as_list).is_some(),
        Some("Task" | "Pass" | "Wait" | "Parallel" | "Map") => state.get("Next").is_some() || ends(state),
        _ => false,
    }
}

/// Whether the machine ends in a state.
fn ends(state: &Node) -> bool {
    matches!(state.get("Type").and_then(Node::as_str), Some("Succeed" | "Fail"))
        || state.get("End").is_some_and(|e| e.as_bool() != Some(false))
}

/// The names of states that a state leads to, with the keys they stand under.
fn targets(state: &Node) -> Vec<(&'static str, &Node)> {
    let mut found: Vec<(&'static str, &Node)> = Vec::new();
    found.extend(state.get("Next").map(|n| ("Next", n)));
    found.extend(state.get("Default").map(|n| ("Default", n)));
    for key in ["Choices", "Catch"] {
        let Some(list) = state.get(key) else { continue };
        for item in list.as_list().unwrap_or_default() {
            found.extend(item.get("Next").map(|n| ("Next", n)));
        }
    }
    found
}
