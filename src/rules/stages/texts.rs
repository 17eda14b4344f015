//! Variables that actions give and use: `#{Namespace.Name}`.

use super::VARIABLE_REFERENCE;
use crate::pipeline::{Pipeline, Place};
use crate::rule::Context;
use crate::rule::suggest::nearest;
use crate::source::Span;
use crate::syntax::Node;
use crate::taskdef::entry;

/// Namespaces that every pipeline has.
const GIVEN: &[&str] = &["codepipeline", "variables"];

pub(super) fn variables(pipeline: &Pipeline<'_>, cx: &mut Context<'_>) {
    let mut spaces: Vec<(&str, Place, Option<u32>)> = Vec::new();
    for (place, action) in pipeline.actions() {
        let Some(node) = entry(action.node, "namespace").map(|e| &e.value) else { continue };
        // A namespace that a function makes may be any.
        let Some(name) = node.as_str() else { return };
        spaces.push((name, place, action.run_order()));
    }
    for ((stage, index), action) in pipeline.actions() {
        let Some(configuration) = action.configuration() else { continue };
        let mut used: Vec<(String, Span)> = Vec::new();
        configuration.walk(&mut |node: &Node| {
            if let Some(text) = node.as_str() {
                used.extend(namespaces(text).into_iter().map(|n| (n, node.span)));
            }
        });
        used.dedup();
        for (name, span) in used {
            if GIVEN.contains(&name.as_str()) {
                continue;
            }
            let order = action.run_order();
            let fails = "so the action fails when it starts";
            let message = match spaces.iter().find(|s| s.0 == name) {
                Some((_, (s, a), other)) => {
                    let earlier = *s < stage
                        || *s == stage && *a != index && other.zip(order).is_none_or(|(other, own)| other < own);
                    if earlier {
                        continue;
                    }
                    format!("the namespace `{name}` is that of an action that does not run before this one, {fails}")
                }
                None => format!("no action has the namespace `{name}`, {fails}"),
            };
            let near = nearest(&name, spaces.iter().map(|s| s.0).chain(GIVEN.iter().copied())).map(str::to_owned);
            cx.report(&VARIABLE_REFERENCE, span, message).help(match near {
                Some(near) if near != name => format!("Did you mean `{near}`?"),
                _ => format!("Write `Namespace: {name}` in an earlier action that gives the variable."),
            });
        }
    }
}

/// The namespaces of the references in a text.
fn namespaces(text: &str) -> Vec<String> {
    let references = text.split("#{").skip(1).filter_map(|rest| rest.split_once('}'));
    let spaces = references.filter_map(|(inside, _)| Some(inside.split_once('.')?.0.trim().to_owned()));
    spaces.filter(|s| !s.is_empty() && !s.contains(['$', '{'])).collect()
}
