//! Definitions in files of their own, and what the templates say that deploy them.

use super::{SUBSTITUTION, TYPES, UNREADABLE, describe, not_given, words};
use crate::bundle::code::{self, Local};
use crate::bundle::folder::Text;
use crate::bundle::{Bundle, In};
use crate::diagnostic::{Diagnostic, Findings, Severity};
use crate::document::{Document, DocumentKind};
use crate::rule::Crossed;
use crate::source::{SourceFile, Span};
use crate::states;
use crate::syntax::{Tree, placeholders};
use crate::template::{Resource, Template};
use std::collections::BTreeMap;

/// Looks at a file that is a definition.
pub(super) fn document(document: &Document, findings: &mut Findings) {
    if document.kind == DocumentKind::StateMachine {
        look(&document.file, &document.tree, &mut |d| findings.list.push(d));
    }
}

fn look(file: &SourceFile, tree: &Tree, report: &mut dyn FnMut(Diagnostic)) {
    for error in &tree.errors {
        let message = format!("the definition cannot be read, so the state machine cannot be made: {}", error.message);
        let mut found = Diagnostic::new(&UNREADABLE, error.span, message);
        if let Some((span, words)) = &error.related {
            found.label(*span, words.clone());
        }
        if let Some(help) = &error.help {
            found.help(help.clone());
        }
        report(found);
    }
    let Some(root) = tree.root.as_ref().filter(|_| tree.errors.is_empty()) else { return };
    if root.as_map().is_none() {
        let message =
            format!("a definition is a mapping with `StartAt` and `States`, this file holds {}", root.describe());
        report(Diagnostic::new(&UNREADABLE, root.span, message));
        return;
    }
    for problem in &states::problems(root) {
        let words = words(problem);
        let mut found = Diagnostic::new(words.rule, problem.span, words.message.clone());
        describe(&mut found, problem, words, file, Some(root));
        report(found);
    }
}

/// A state machine of a template with the file of its definition.
struct Deployed<'b> {
    template: &'b In<'b, Template<'b>>,
    resource: &'b Resource<'b>,
    /// The names of the substitutions with their places; `None` when they are not all visible.
    given: Option<Vec<(&'b str, Span)>>,
}

/// Crosses the definitions in files with the templates that name them.
pub(super) fn bundle(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    let mut files: BTreeMap<String, Vec<Deployed<'_>>> = BTreeMap::new();
    for template in &bundle.templates {
        for resource in template.view.resources.iter().filter(|r| r.kind().is_some_and(|k| TYPES.contains(&k))) {
            let named = resource.property("DefinitionUri").or_else(|| resource.property("DefinitionS3Location"));
            let there = named.and_then(code::local_path).map(|p| code::look(bundle, template.path, p));
            if let Some(Local::There(path)) = there {
                let given = given(resource);
                files.entry(path).or_default().push(Deployed { template, resource, given });
            }
        }
    }
    for (path, users) in &files {
        let Some(text) = bundle.folder.text(path) else { continue };
        if !bundle.definitions.iter().any(|d| d.path == path) {
            let tree = placeholders::fill(&text.file, text.tree().clone());
            look(&text.file, &tree, &mut |d| crossed.files.entry(path.clone()).or_default().list.push(d));
        }
        substitutions(path, &text, users, crossed);
    }
}

fn given<'b>(resource: &Resource<'b>) -> Option<Vec<(&'b str, Span)>> {
    match resource.property("DefinitionSubstitutions") {
        None => Some(Vec::new()),
        Some(node) => {
            let entries = node.as_map()?;
            let plain = !entries.iter().any(|e| e.key.text.starts_with("Fn::"));
            plain.then(|| entries.iter().map(|e| (&*e.key.text, e.key.span)).collect())
        }
    }
}

fn substitutions(path: &str, text: &Text, users: &[Deployed<'_>], crossed: &mut Crossed) {
    let used = placeholders::find(&text.file.text);
    for user in users {
        let Some(given) = &user.given else { continue };
        let known: Vec<&str> = given.iter().map(|g| g.0).collect();
        let mut said: Vec<&str> = Vec::new();
        for (span, name) in used.iter().filter(|(_, name)| !known.contains(name)) {
            if said.contains(name) {
                continue;
            }
            said.push(name);
            let (message, help) = not_given(name, &known);
            let found = crossed.report(&SUBSTITUTION, path, *span, message);
            found.help(help).note(format!("deployed by `{}` of {}", user.resource.id(), user.template.path));
        }
        for (name, span) in given.iter().filter(|(name, _)| !used.iter().any(|u| u.1 == *name)) {
            let message = format!("the definition in `{path}` has no `${{{name}}}` for this substitution");
            let found = crossed.report(&SUBSTITUTION, user.template.path, *span, message);
            found.severity = Severity::Warning;
            found.help("Use it in the definition, or remove it.");
        }
    }
}
