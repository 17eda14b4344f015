//! Our own JSON: lines and columns from 1, columns in characters, spans in bytes.

use super::{Checked, Counts, file_of, range};
use crate::diagnostic::{Applicability, Diagnostic, PathPart, Severity};
use crate::source::{SourceFile, Span};
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    version: u32,
    findings: Vec<Finding<'a>>,
    summary: Counts,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
    rule: &'a str,
    name: &'a str,
    severity: Severity,
    message: &'a str,
    file: &'a str,
    #[serde(flatten)]
    place: Place,
    path: &'a [PathPart],
    count: u32,
    labels: Vec<Label<'a>>,
    help: Option<&'a str>,
    notes: &'a [String],
    fix: Option<Fix<'a>>,
    children: Vec<Finding<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    span: Span,
}

#[derive(Serialize)]
struct Label<'a> {
    message: &'a str,
    #[serde(flatten)]
    place: Place,
}

#[derive(Serialize)]
struct Fix<'a> {
    title: &'a str,
    applicability: Applicability,
    edits: Vec<Edit<'a>>,
}

#[derive(Serialize)]
struct Edit<'a> {
    span: Span,
    text: &'a str,
}

/// Writes the whole report as one object.
pub(super) fn write(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    let findings = files
        .iter()
        .flat_map(|checked| checked.findings.iter().map(|d| finding(file_of(files, checked, d), d)))
        .collect();
    let report = Report { version: 1, findings, summary: Counts::of(files) };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

fn finding<'a>(file: &'a SourceFile, d: &'a Diagnostic) -> Finding<'a> {
    Finding {
        rule: d.rule.id,
        name: d.rule.name,
        severity: d.severity,
        message: &d.message,
        file: &file.name,
        place: place(file, d.span),
        path: &d.path,
        count: d.count,
        labels: d.labels.iter().map(|l| Label { message: &l.message, place: place(file, l.span) }).collect(),
        help: d.help.as_deref(),
        notes: &d.notes,
        fix: d.fix.as_ref().map(|f| Fix {
            title: &f.title,
            applicability: f.applicability,
            edits: f.edits.iter().map(|e| Edit { span: e.span, text: &e.text }).collect(),
        }),
        children: d.children.iter().map(|c| finding(file, c)).collect(),
    }
}

fn place(file: &SourceFile, span: Span) -> Place {
    let (start, end) = range(file, span);
    Place { line: start.line, column: start.column, end_line: end.line, end_column: end.column, span }
}
