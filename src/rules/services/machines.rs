//! Definitions of state machines, also those written as JSON text.

use super::STATE_MACHINE_INVALID;
use crate::rule::suggest::nearest;
use crate::rule::{Context, violations};
use crate::schema::store;
use crate::schema::walk::{Kind, Place, Surroundings, Violation, places};
use crate::syntax::{Node, embedded};
use crate::template::Resource;

pub(super) fn check<'a>(resource: &Resource<'a>, cx: &mut Context<'a>) {
    // The SAM transform has its own way with texts.
    let names: &[&str] = if cx.template.is_sam() { &["Definition"] } else { &["Definition", "DefinitionString"] };
    for name in names {
        let around = cx.surroundings();
        let substitutions = Substitutions::read(resource, around);
        for place in places(resource, &[name], around) {
            let start = cx.findings.list.len();
            let text = embedded::json(&cx.document.file, place.node);
            if text.is_none() && place.node.as_map().is_none() {
                continue;
            }
            let node = text.as_ref().unwrap_or(place.node);
            definition(&place, node, &substitutions, cx);
            transitions(node, cx);
            if text.is_some() {
                for diagnostic in &mut cx.findings.list[start..] {
                    diagnostic.reference_at(place.key);
                    diagnostic.children.iter_mut().for_each(|child| child.reference_span = Some(place.key));
                }
            }
        }
    }
}

/// The names in `${...}` that are replaced when the machine is created; `None` when they are not known.
struct Substitutions<'a>(Option<Vec<&'a str>>);

impl<'a> Substitutions<'a> {
    fn read(resource: &Resource<'a>, around: Surroundings<'_, 'a>) -> Self {
        let mut names = Vec::new();
        for place in places(resource, &["DefinitionSubstitutions"], around) {
            match place.node.as_map() {
                Some(entries) if !entries.iter().any(|e| e.key.text.contains("Fn::")) => {
                    names.extend(entries.iter().map(|e| &*e.key.text));
                }
                _ => return Substitutions(None),
            }
        }
        Substitutions(Some(names))
    }

    /// Whether a text holds placeholders, all of which are replaced: then what it will be is not known.
    fn replace(&self, text: &str) -> bool {
        let mut placeholders = text.split("${").skip(1).peekable();
        placeholders.peek().is_some()
            && placeholders.all(|rest| {
                let name = rest.split('}').next().unwrap_or(rest).trim();
                self.0.as_ref().is_none_or(|names| names.contains(&name))
            })
    }
}

fn definition<'a>(place: &Place<'a>, node: &Node, substitutions: &Substitutions<'_>, cx: &mut Context<'a>) {
    let language = node.get("QueryLanguage");
    let known = match language.map(Node::as_str) {
        None | Some(Some("JSONPath")) => Some("other/step_functions/statemachine"),
        Some(Some("JSONata")) => Some("other/step_functions/statemachine_jsonata"),
        // Only that the language is none of the two can be said.
        Some(Some(_)) => Some("other/step_functions/statemachine"),
        Some(None) => None,
    };
    let other = language.and_then(Node::as_str).is_some_and(|name| !["JSONPath", "JSONata"].contains(&name));
    let Some(schema) = known.and_then(store::named) else { return };
    let around = cx.surroundings();
    let file = &cx.document.file;
    let mut found = Vec::new();
    for violation in place.with(node).check(schema, around) {
        if other && violation.property != "QueryLanguage" || stands_for_something(&violation, substitutions, cx) {
            continue;
        }
        let mut diagnostic = violations::diagnostic(&STATE_MACHINE_INVALID, &violation, file);
        if let Kind::Excluded { name } = &violation.kind {
            diagnostic.message = match language.and_then(Node::as_str) {
                Some("JSONata") => format!("`{name}` cannot be used in a state machine in JSONata"),
                _ => format!("`{name}` cannot be used in this query language"),
            };
        }
        let children = violation.children.iter();
        diagnostic.children =
            children.map(|child| violations::diagnostic(&STATE_MACHINE_INVALID, child, file)).collect();
        found.push(diagnostic);
    }
    cx.findings.list.extend(found);
}

/// Whether what is wrong is a text that another one takes the place of, or an expression that gives another value.
fn stands_for_something(violation: &Violation, substitutions: &Substitutions<'_>, cx: &Context<'_>) -> bool {
    let text = cx.document.file.slice(violation.span).trim_matches(['"', '\'']);
    let about_value = matches!(
        violation.kind,
        Kind::Type { .. } | Kind::Enum { .. } | Kind::Pattern { .. } | Kind::Minimum { .. } | Kind::Maximum { .. }
    );
    // `<ACCOUNT>` is a gap that somebody fills.
    about_value && (text.starts_with("{%") || text.contains('<') || substitutions.replace(text))
        || matches!(violation.kind, Kind::UnknownProperty { .. }) && text.contains("${")
}

/// Every state that another one leads to, and the one in which a machine, a branch or an iteration starts, must be one of
/// the states beside it.
fn transitions(node: &Node, cx: &mut Context<'_>) {
    let Some(states) = node.get("States").and_then(Node::as_map) else { return };
    if states.iter().any(|e| e.key.text.contains("Fn::") || e.key.text.contains("${")) {
        return;
    }
    let known: Vec<&str> = states.iter().map(|e| &*e.key.text).collect();
    target("StartAt", node.get("StartAt"), &known, cx);
    for state in states.iter().map(|e| &e.value) {
        target("Next", state.get("Next"), &known, cx);
        target("Default", state.get("Default"), &known, cx);
        for list in ["Catch", "Choices"] {
            for item in state.get(list).and_then(Node::as_list).unwrap_or_default() {
                target("Next", item.get("Next"), &known, cx);
            }
        }
        for branch in state.get("Branches").and_then(Node::as_list).unwrap_or_default() {
            transitions(branch, cx);
        }
        for part in ["ItemProcessor", "Iterator"] {
            if let Some(part) = state.get(part) {
                transitions(part, cx);
            }
        }
    }
}

fn target(member: &str, node: Option<&Node>, known: &[&str], cx: &mut Context<'_>) {
    let Some((node, name)) = node.and_then(|node| Some((node, node.as_str()?))) else { return };
    if name.contains("${") || known.contains(&name) {
        return;
    }
    let near = nearest(name, known.iter().copied()).map(|near| format!("Did you mean `{near}`?"));
    let message = format!("`{member}` names `{name}`, which is no state");
    let finding = cx.report(&STATE_MACHINE_INVALID, node.span, message);
    if let Some(near) = near {
        finding.help(near);
    }
}
