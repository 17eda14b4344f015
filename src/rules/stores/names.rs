//! Names of secrets and parameters, and how they are spelled where they are used.

use super::NAME_SPELLED_TWICE;
use crate::conditions::Pins;
use crate::diagnostic::Applicability;
use crate::intrinsics::dynamic;
use crate::rule::Context;
use crate::rule::linking::cases;
use crate::source::{SourceFile, Span};
use crate::syntax::Node;
use std::collections::BTreeMap;

/// What is kept under a name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Secret,
    Parameter,
}

/// Types with a property that names a secret or parameter.
const NAMES: &[(&str, &str, Kind)] =
    &[("AWS::SSM::Parameter", "Name", Kind::Parameter), ("AWS::SecretsManager::Secret", "Name", Kind::Secret)];

/// Where a name stands in the text of a value; the whole value when it is not found there.
fn place(file: &SourceFile, node: &Node, name: &str) -> Span {
    match file.slice(node.span).find(name) {
        Some(offset) => Span::new(node.span.start as usize + offset, node.span.start as usize + offset + name.len()),
        None => node.span,
    }
}

/// The names, by how they read in small letters, each with its spelling and its place.
type Names<'a> = BTreeMap<(Kind, String), Vec<(&'a str, Span)>>;

fn add<'a>(names: &mut Names<'a>, kind: Kind, name: &'a str, span: Span) {
    let fixed = !name.is_empty() && !name.contains(['$', '{', '<']) && !name.starts_with("arn");
    if fixed {
        names.entry((kind, name.to_ascii_lowercase())).or_default().push((name, span));
    }
}

pub(super) fn spellings(cx: &mut Context<'_>) {
    let file = &cx.document.file;
    if !file.text.contains("{{resolve:") {
        return;
    }
    let template = cx.template;
    let mut names: Names<'_> = BTreeMap::new();
    for (of, path, kind) in NAMES {
        for resource in template.resources.iter().filter(|r| r.kind() == Some(of)) {
            for case in cases(resource, path, &Pins::none(), cx) {
                if let (Some(node), Some(text)) = (case.node(), case.text()) {
                    add(&mut names, *kind, text, node.span);
                }
            }
        }
    }
    template.root.walk(&mut |node| {
        let Some(text) = node.as_str().filter(|text| text.contains("{{resolve:")) else { return };
        for reference in dynamic::find(text) {
            let kind = match reference.service {
                "secretsmanager" => Kind::Secret,
                "ssm" | "ssm-secure" => Kind::Parameter,
                _ => continue,
            };
            if let Some(name) = reference.parts.first() {
                add(&mut names, kind, name, place(file, node, name));
            }
        }
    });
    for list in names.values() {
        let Some((usual, first)) = list.first().copied() else { continue };
        for (name, span) in list.iter().filter(|(name, _)| *name != usual) {
            let message = format!("`{name}` is another name than `{usual}`: small and capital letters differ");
            let exact = cx.document.file.slice(*span) == *name;
            let finding = cx.report(&NAME_SPELLED_TWICE, *span, message);
            finding.label(first, "spelled like this here").help("Spell it in one way.");
            if exact {
                finding.fix(Applicability::Unsafe, format!("write `{usual}`"), *span, usual);
            }
        }
    }
}
