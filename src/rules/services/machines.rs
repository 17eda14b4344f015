//! Definitions of state machines, also those written as JSON text.

use super::STATE_MACHINE_INVALID;
use crate::rule::{Context, violations};
use crate::schema::store;
use crate::schema::walk::{Surroundings, places};
use crate::syntax::{Node, embedded};
use crate::template::Resource;

pub(super) fn check<'a>(resource: &Resource<'a>, cx: &mut Context<'a>) {
    let Some(schema) = store::named("other/step_functions/statemachine") else { return };
    // The SAM transform has its own way with texts.
    let names: &[&str] = if cx.template.is_sam() { &["Definition"] } else { &["Definition", "DefinitionString"] };
    for name in names {
        let found = places(resource, &[name], Surroundings { template: cx.template, resolver: cx.resolver() });
        for place in found {
            let start = cx.findings.list.len();
            let text = embedded::json(&cx.document.file, place.node);
            if text.is_none() && place.node.as_map().is_none() {
                continue;
            }
            let node = text.as_ref().unwrap_or(place.node);
            if !uses_jsonata(node) {
                let around = Surroundings { template: cx.template, resolver: cx.resolver() };
                let violations = place.with(node).check(schema, around);
                for violation in violations {
                    let file = &cx.document.file;
                    // A placeholder stands for a value that is put in later.
                    if file.slice(violation.span).contains("${") {
                        continue;
                    }
                    let mut diagnostic = violations::diagnostic(&STATE_MACHINE_INVALID, &violation, file);
                    let children = violation.children.iter();
                    diagnostic.children =
                        children.map(|child| violations::diagnostic(&STATE_MACHINE_INVALID, child, file)).collect();
                    cx.findings.list.push(diagnostic);
                }
            }
            start_states(node, cx);
            if text.is_some() {
                for diagnostic in &mut cx.findings.list[start..] {
                    diagnostic.reference_at(place.key);
                    diagnostic.children.iter_mut().for_each(|child| child.reference_span = Some(place.key));
                }
            }
        }
    }
}

/// Whether the machine is written in the other query language, for which other facts hold. A single state may be: the facts
/// about states know both.
fn uses_jsonata(node: &Node) -> bool {
    node.get("QueryLanguage").is_some_and(|language| language.as_str() != Some("JSONPath"))
}

/// The state in which a machine, a branch or an iteration starts must be one of its states.
fn start_states(node: &Node, cx: &mut Context<'_>) {
    let states = node.get("States").and_then(Node::as_map);
    let Some(states) = states else { return };
    if let Some(start) = node.get("StartAt")
        && let Some(name) = start.as_str()
        && !name.contains("${")
        && !states.iter().any(|e| &*e.key.text == name || e.key.text.contains("Fn::"))
    {
        let known = states.iter().map(|e| &*e.key.text);
        let near = crate::rule::suggest::nearest(name, known).map(|near| format!("Did you mean `{near}`?"));
        let finding =
            cx.report(&STATE_MACHINE_INVALID, start.span, format!("`StartAt` names `{name}`, which is no state"));
        if let Some(near) = near {
            finding.help(near);
        }
    }
    for state in states {
        for branch in state.value.get("Branches").and_then(Node::as_list).unwrap_or_default() {
            start_states(branch, cx);
        }
        for part in ["ItemProcessor", "Iterator"] {
            if let Some(part) = state.value.get(part) {
                start_states(part, cx);
            }
        }
    }
}
