//! SARIF 2.1.0, for code scanning: rules with their pages as help, related places, fixes, fingerprints.

use super::identity::{Fingerprints, uri};
use super::{Checked, file_of, range};
use crate::diagnostic::{Diagnostic, Severity};
use crate::rule::Rule;
use crate::source::{SourceFile, Span};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes the log: one run.
pub(super) fn write(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    let rules: BTreeMap<&str, &Rule> =
        files.iter().flat_map(|f| &f.findings).map(|finding| (finding.rule.id, finding.rule)).collect();
    let index = |rule: &Rule| rules.keys().position(|id| *id == rule.id);
    let mut fingerprints = Fingerprints::default();
    let mut results = Vec::new();
    for checked in files {
        for finding in &checked.findings {
            let file = file_of(files, checked, finding);
            let mut result = result(file, finding);
            result["ruleIndex"] = json!(index(finding.rule));
            result["partialFingerprints"] = json!({"stacklens/v1": fingerprints.next(&file.name, finding)});
            results.push(result);
        }
    }
    let artifacts: Vec<Value> = files.iter().map(|f| json!({"location": {"uri": uri(&f.file.name)}})).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "stacklens",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.values().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "artifacts": artifacts,
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn descriptor(rule: &Rule) -> Value {
    // The page begins with the rule's name as its title, which the viewer shows by itself.
    let help = rule.page.split_once('\n').map_or("", |(_, rest)| rest).trim();
    json!({
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "help": {"text": help, "markdown": help},
        "defaultConfiguration": {"level": level(rule.severity)},
    })
}

fn result(file: &SourceFile, finding: &Diagnostic) -> Value {
    let mut text = finding.message.clone();
    for more in finding.notes.iter().chain(&finding.help) {
        text.push('\n');
        text.push_str(more);
    }
    let mut result = json!({
        "ruleId": finding.rule.id,
        "level": level(finding.severity),
        "message": {"text": text},
        "locations": [{"physicalLocation": place(file, finding.span)}],
    });
    let labels = finding.labels.iter().map(|label| (label.span, label.message.clone()));
    let children = finding.children.iter().map(|child| (child.span, format!("{}: {}", child.rule.id, child.message)));
    let related: Vec<Value> = labels
        .chain(children)
        .enumerate()
        .map(|(i, (span, text))| json!({"id": i, "physicalLocation": place(file, span), "message": {"text": text}}))
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = json!(related);
    }
    if let Some(fix) = &finding.fix {
        let replacements: Vec<Value> = fix
            .edits
            .iter()
            .map(|edit| json!({"deletedRegion": region(file, edit.span), "insertedContent": {"text": edit.text}}))
            .collect();
        result["fixes"] = json!([{
            "description": {"text": fix.title},
            "artifactChanges": [{"artifactLocation": {"uri": uri(&file.name)}, "replacements": replacements}],
        }]);
    }
    result
}

fn place(file: &SourceFile, span: Span) -> Value {
    json!({"artifactLocation": {"uri": uri(&file.name)}, "region": region(file, span)})
}

fn region(file: &SourceFile, span: Span) -> Value {
    let (start, end) = range(file, span);
    json!({"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column})
}
