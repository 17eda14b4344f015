//! Definitions inside templates.

use super::{SUBSTITUTION, TYPES, UNREADABLE, describe, not_given, roles, words};
use crate::diagnostic::{Applicability, Severity};
use crate::intrinsics::Intrinsic;
use crate::rule::{Context, edits};
use crate::schema::walk::places;
use crate::states;
use crate::syntax::{Node, placeholders};
use crate::template::Resource;

/// Looks at the state machines of a template.
pub(super) fn check(cx: &mut Context<'_>) {
    for resource in cx.template.resources.iter().filter(|r| r.kind().is_some_and(|k| TYPES.contains(&k))) {
        machine(resource, cx);
    }
}

fn machine<'a>(resource: &Resource<'a>, cx: &mut Context<'a>) {
    let around = cx.surroundings();
    let definitions: Vec<&Node> = places(resource, &["Definition"], around).iter().map(|p| p.node).collect();
    let texts: Vec<&Node> = places(resource, &["DefinitionString"], around).iter().map(|p| p.node).collect();
    let mut roots: Vec<Node> = Vec::new();
    for definition in definitions.into_iter().filter(|n| n.as_map().is_some()) {
        report(definition, true, cx);
        roots.push(definition.clone());
    }
    for node in texts {
        let (text, replaced) = match node.as_call() {
            Some(call) if call.function == Intrinsic::Sub => {
                (call.argument.as_list().and_then(<[Node]>::first).unwrap_or(&call.argument), true)
            }
            Some(_) => continue,
            None => (node, false),
        };
        if text.as_str().is_none() {
            continue;
        }
        match placeholders::in_text(&cx.document.file, text) {
            Ok(root) => {
                // The rule on malformed definitions sees plain texts outside of SAM.
                report(&root, !replaced && !cx.template.is_sam(), cx);
                roots.push(root);
            }
            Err(why) => {
                let message = format!("the definition is no JSON, so the state machine cannot be made: {why}");
                cx.report(&UNREADABLE, text.span, message)
                    .help("Mend the text, or write the definition as a mapping under `Definition`.");
            }
        }
    }
    substitutions(resource, &roots, cx);
    roles::check(resource, &roots, cx);
}

/// Reports what is wrong in a definition. `shaped`: another rule says what its shape shows.
fn report(root: &Node, shaped: bool, cx: &mut Context<'_>) {
    for problem in states::problems(root).iter().filter(|p| !(shaped && p.shape)) {
        let words = words(problem);
        let file = &cx.document.file;
        let found = cx.findings.report(words.rule, problem.span, words.message.clone());
        describe(found, problem, words, file, None);
    }
}

/// Crosses the substitutions that a resource gives with the definitions that stand in it.
fn substitutions(resource: &Resource<'_>, roots: &[Node], cx: &mut Context<'_>) {
    let Some(given) = resource.property("DefinitionSubstitutions").and_then(Node::as_map) else { return };
    let elsewhere = ["DefinitionUri", "DefinitionS3Location"].iter().any(|k| resource.property(k).is_some());
    if roots.is_empty() || elsewhere || given.iter().any(|e| e.key.text.starts_with("Fn::")) {
        return;
    }
    let known: Vec<&str> = given.iter().map(|e| &*e.key.text).collect();
    let inline = resource.property("Definition").is_some();
    let mut used: Vec<String> = Vec::new();
    let mut open = false;
    for root in roots {
        root.walk(&mut |node| {
            // What a function gives may hold any of them, and those in `Fn::Sub` are not meant.
            open |= node.as_call().is_some();
            let Some(text) = node.as_str() else { return };
            for (_, name) in placeholders::find(text) {
                used.push(name.to_owned());
                if inline && !open && !known.contains(&name) && !text.starts_with("{%") {
                    let (message, help) = not_given(name, &known);
                    cx.findings.report(&SUBSTITUTION, node.span, message).help(help);
                }
            }
        });
        root.each_key(&mut |key| used.extend(placeholders::find(&key.text).into_iter().map(|p| p.1.to_owned())));
    }
    // In the text of `DefinitionString` substitutions may stand outside of quotes, where they are not in the tree.
    let file = &cx.document.file;
    let text = resource.property("DefinitionString").map(|n| file.slice(n.span)).unwrap_or_default();
    for entry in given {
        let name = &*entry.key.text;
        if open || used.iter().any(|u| u == name) || text.contains(&format!("${{{name}}}")) {
            continue;
        }
        let message = format!("the definition has no `${{{name}}}` for this substitution");
        let found = cx.findings.report(&SUBSTITUTION, entry.key.span, message);
        found.severity = Severity::Warning;
        found.help("Use it in the definition, or remove it.");
        let edits = cx.document.root().and_then(|root| edits::remove(file, root, entry.key.span));
        found.fix_by(Applicability::Unsafe, format!("remove `{name}`"), edits);
    }
}
