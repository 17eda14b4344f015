//! What the reader could not read, and YAML features that CloudFormation's own reader takes differently.

use crate::diagnostic::{Applicability, Diagnostic, Findings};
use crate::document::{Document, DocumentKind};
use crate::intrinsics;
use crate::rule::suggest::nearest;
use crate::rule::{Check, Family, rule};
use crate::source::Span;
use crate::syntax::{NodeKind, SyntaxErrorKind};
use crate::template::Template;

rule!(SYNTAX_ERROR, "parse" / "E0000", "syntax-error", Error, "the file cannot be read as YAML or JSON here");
rule!(MERGE_KEY, "parse" / "W1100", "merge-key", Warning, "a YAML merge key (`<<`) is used");
rule!(ALIAS, "parse" / "W1101", "yaml-alias", Warning, "a YAML alias (`*name`) is used");

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&SYNTAX_ERROR, &MERGE_KEY, &ALIAS],
    checks: &[Check::Document(syntax_errors), Check::Document(unknown_tags), Check::Document(anchors)],
};

fn syntax_errors(document: &Document, findings: &mut Findings) {
    if document.kind != DocumentKind::Template {
        return; // AppSpecs and buildspecs have rules of their own for it
    }
    let mut firsts = Vec::new();
    for error in &document.tree.errors {
        let d = findings.report(&SYNTAX_ERROR, error.span, error.message.clone());
        if let Some((span, message)) = &error.related {
            d.label(*span, message.clone());
        }
        if let Some(help) = &error.help {
            d.help(help.clone());
        }
        // Of two equal keys neither is the right one by itself, so the first is a finding as well.
        if error.kind == SyntaxErrorKind::DuplicateKey
            && let Some((first, _)) = error.related
        {
            d.help("Keep one of the two, or give one another name.");
            if !firsts.contains(&first) {
                firsts.push(first);
                d.children.push(Diagnostic::new(&SYNTAX_ERROR, first, error.message.clone()));
            }
        }
    }
    let Some(root) = document.root() else { return };
    if document.kind == DocumentKind::Template && root.as_map().is_none() && !root.is_null() {
        let message = format!("a template is a mapping of sections, this file holds {}", root.describe());
        findings.report(&SYNTAX_ERROR, root.span, message).reference_at(Span::new(0, 0));
    }
}

fn unknown_tags(document: &Document, findings: &mut Findings) {
    if document.kind != DocumentKind::Template {
        return;
    }
    let Some(root) = document.root() else { return };
    root.walk(&mut |node| {
        let NodeKind::Tagged(tagged) = &node.kind else { return };
        let d = findings.report(
            &SYNTAX_ERROR,
            tagged.tag_span,
            format!("the tag `{}` is not a function of CloudFormation", tagged.tag),
        );
        if let Some(known) = nearest(&tagged.tag, intrinsics::all().map(|f| f.tag())) {
            d.help(format!("Did you mean `{known}`?"));
            d.fix(Applicability::Unsafe, format!("write `{known}`"), tagged.tag_span, known);
        }
    });
}

fn anchors(document: &Document, findings: &mut Findings) {
    if document.kind != DocumentKind::Template {
        return;
    }
    for span in &document.tree.merge_keys {
        findings.report(&MERGE_KEY, *span, "the merge key `<<` is not understood by CloudFormation itself").help(
            "`aws cloudformation package` resolves it; write the members out where the file is deployed directly.",
        );
    }
    if document.tree.aliases.is_empty() || document.root().is_some_and(|r| Template::read(r).is_sam()) {
        return;
    }
    for span in &document.tree.aliases {
        findings
            .report(&ALIAS, *span, "the alias is not understood by CloudFormation itself")
            .help("`aws cloudformation package` resolves it; repeat the value where the file is deployed directly.");
    }
}
