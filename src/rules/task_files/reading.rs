//! Whether a task definition can be read at all: `taskdef.json` is JSON, without comments and superfluous commas.

use super::NOT_JSON;
use crate::diagnostic::{Applicability, Findings, Severity};
use crate::document::{Document, DocumentKind};
use crate::source::Span;
use crate::syntax::{Format, SyntaxErrorKind};

const FAILS: &str = "so the new revision of the task definition cannot be registered and no deployment begins";

/// Whether something stands where a value is missing that another program puts a value in for: `<MEMORY>`, `${MEMORY}`,
/// `{{ memory }}`, `%MEMORY%`, `@MEMORY@`, `__MEMORY__`.
fn is_placeholder(text: &str, at: Span) -> bool {
    let rest = text.get(at.start as usize..).unwrap_or_default();
    rest.starts_with(['<', '$', '%', '@']) || rest.starts_with("{{") || rest.starts_with("__")
}

pub(super) fn check(document: &Document, findings: &mut Findings) {
    if document.kind != DocumentKind::TaskDefinition {
        return;
    }
    let file = &document.file;
    if document.tree.errors.iter().any(|e| is_placeholder(&file.text, e.span)) {
        return;
    }
    for error in &document.tree.errors {
        if error.kind == SyntaxErrorKind::DuplicateKey {
            let message = format!("{}, and only the last one counts", error.message);
            let found = findings.report(&NOT_JSON, error.span, message);
            found.severity = Severity::Warning;
            found.help("keep one of the two");
            if let Some((span, text)) = &error.related {
                found.label(*span, text.clone());
            }
            continue;
        }
        let found = findings.report(&NOT_JSON, error.span, format!("{}, {FAILS}", error.message));
        match &error.help {
            Some(help) => found.help(help.clone()),
            None => found.help("write plain JSON: a comma between two items, none behind the last, no comments"),
        };
        if file.slice(error.span) == "," {
            found.fix(Applicability::Safe, "remove the comma", error.span, "");
        }
    }
    let named_json = file.name.to_ascii_lowercase().ends_with(".json");
    if document.tree.errors.is_empty() && named_json && document.tree.format != Format::Json {
        let start = document.root().map_or(0, |root| root.span.start as usize);
        let place = Span::new(start, start);
        findings
            .report(&NOT_JSON, place, format!("the file is called like JSON and holds YAML, {FAILS}"))
            .help("write it as JSON, or pass it with `--cli-input-yaml` under a name that ends in `.yaml`");
    }
}
