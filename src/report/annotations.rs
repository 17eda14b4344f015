//! What the hosts of code show beside it: workflow commands of GitHub Actions, the code quality report of GitLab.

use super::identity::{Fingerprints, path};
use super::{Checked, file_of, range};
use crate::diagnostic::Severity;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Writes a workflow command per finding (`::error file=..,line=..::message`).
pub(super) fn github(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    for checked in files {
        for finding in &checked.findings {
            let file = file_of(files, checked, finding);
            let (start, end) = range(file, finding.span);
            let command = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "notice",
            };
            write!(out, "::{command} file={},line={}", property(&path(&file.name)), start.line)?;
            // Columns over several lines are refused there.
            if start.line == end.line {
                write!(out, ",col={},endColumn={}", start.column, end.column)?;
            } else {
                write!(out, ",endLine={}", end.line)?;
            }
            let title = format!("{} {}", finding.rule.id, finding.rule.name);
            let mut message = finding.message.clone();
            for more in finding.notes.iter().chain(&finding.help) {
                message.push('\n');
                message.push_str(more);
            }
            writeln!(out, ",title={}::{}", property(&title), data(&message))?;
        }
    }
    Ok(())
}

/// Escapes the message of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Writes the array of a code quality report.
pub(super) fn gitlab(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    let mut fingerprints = Fingerprints::default();
    let mut issues: Vec<Value> = Vec::new();
    for checked in files {
        for finding in &checked.findings {
            let file = file_of(files, checked, finding);
            let (start, end) = range(file, finding.span);
            let severity = match finding.severity {
                Severity::Error => "major",
                Severity::Warning => "minor",
                Severity::Info => "info",
            };
            issues.push(json!({
                "description": finding.message,
                "check_name": finding.rule.id,
                "fingerprint": fingerprints.next(&file.name, finding),
                "severity": severity,
                "location": {"path": path(&file.name), "lines": {"begin": start.line, "end": end.line}},
            }));
        }
    }
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}
