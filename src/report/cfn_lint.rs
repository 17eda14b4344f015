//! The JSON array of `cfn-lint --format json`, for scripts that read it. Alternatives of a finding follow it as entries of
//! their own.

use super::{Checked, file_of, range};
use crate::diagnostic::{Diagnostic, PathPart, Severity};
use crate::digest::sha1;
use crate::source::{LineColumn, SourceFile};
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Match<'a> {
    filename: &'a str,
    id: String,
    level: &'static str,
    location: Location<'a>,
    message: &'a str,
    parent_id: Option<String>,
    rule: Rule<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Location<'a> {
    end: Position,
    path: Option<&'a [PathPart]>,
    start: Position,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Position {
    column_number: u32,
    line_number: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Rule<'a> {
    description: &'a str,
    id: &'a str,
    short_description: &'a str,
    source: String,
}

/// Writes the array.
pub(super) fn write(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    let mut matches = Vec::new();
    for checked in files {
        for finding in &checked.findings {
            add(file_of(files, checked, finding), finding, None, &mut matches);
        }
    }
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, formatter);
    matches.serialize(&mut serializer)?;
    writeln!(out)
}

fn add<'a>(file: &'a SourceFile, d: &'a Diagnostic, parent: Option<&str>, out: &mut Vec<Match<'a>>) {
    let (start, end) = range(file, d.reference_span.unwrap_or(d.span));
    let id = identity(&file.name, d, start);
    // A finding without a key spans the first character, as there.
    let end = if start == end { LineColumn { column: start.column + 1, ..start } } else { end };
    let position = |p: LineColumn| Position { column_number: p.column, line_number: p.line };
    out.push(Match {
        filename: &file.name,
        id: id.clone(),
        level: match d.severity {
            Severity::Error => "Error",
            Severity::Warning => "Warning",
            Severity::Info => "Informational",
        },
        location: Location {
            end: position(end),
            path: (!d.path.is_empty()).then_some(d.path.as_slice()),
            start: position(start),
        },
        message: &d.message,
        parent_id: parent.map(str::to_owned),
        rule: Rule {
            description: d.rule.summary,
            id: d.rule.id,
            short_description: d.rule.name,
            source: format!("{}/blob/main/src/rules/{}.md", env!("CARGO_PKG_REPOSITORY"), d.rule.id),
        },
    });
    for child in &d.children {
        add(file, child, Some(&id), out);
    }
}

/// An identifier in the form of a UUID, the same for the same finding in every run.
fn identity(name: &str, d: &Diagnostic, at: LineColumn) -> String {
    let text = format!("{name}\0{}\0{}\0{}:{}", d.rule.id, d.message, at.line, at.column);
    let hex = sha1(text.as_bytes());
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32])
}
