//! `stacklens check --explain-config`: what applies to a file, and which line of which file says so.

use super::config::{Applied, Configuration};
use crate::document::Document;
use crate::rules;
use crate::settings::Settings;
use crate::settings::layer::{Key, Layer};
use crate::suppress::{Scope, Suppressions};
use std::io::{self, Write};

/// Prints what applies to one input.
pub(super) fn print(
    name: &str,
    document: Option<&Document>,
    applied: &Applied,
    configuration: &Configuration,
    out: &mut dyn Write,
) -> io::Result<()> {
    match document {
        Some(document) => writeln!(out, "{name}: {}", document.kind.as_str())?,
        None => writeln!(out, "{name}: nothing that is checked")?,
    }
    if applied.files.is_empty() {
        writeln!(out, "  no configuration file")?;
    }
    for (file, why) in &applied.files {
        writeln!(out, "  {file} ({why})")?;
    }
    if let Some(where_) = &applied.ignored {
        writeln!(out, "  left alone: {where_}")?;
        return Ok(());
    }
    let own = document.map(Suppressions::read).unwrap_or_default();
    let given = applied.config.under(&own.layer).under(configuration.command_line());
    settings(&given, out)?;
    if let Some(document) = document {
        marks(document, &own, out)?;
    }
    let settings = Settings::new(applied.config.clone(), configuration.command_line().clone()).with(&own.layer);
    let on = rules::all().filter(|r| settings.reports(r)).count();
    writeln!(out, "  {on} rules report, {} are off", rules::all().count() - on)
}

fn settings(given: &Layer, out: &mut dyn Write) -> io::Result<()> {
    let mut rows: Vec<(&str, &str, &str)> = Vec::new();
    for (key, values) in given.iter() {
        for (i, value) in values.iter().enumerate() {
            rows.push((if i == 0 { key.name() } else { "" }, &value.value, &value.origin));
        }
    }
    if given.given(Key::Regions).is_empty() {
        rows.push((Key::Regions.name(), "us-east-1", "the default"));
    }
    let width = rows.iter().map(|r| r.1.chars().count()).max().unwrap_or(0).min(50);
    for (key, value, origin) in rows {
        writeln!(out, "  {key:<20} {value:<width$}  {origin}")?;
    }
    Ok(())
}

fn marks(document: &Document, own: &Suppressions, out: &mut dyn Write) -> io::Result<()> {
    let line = |offset: u32| document.file.position(offset).line;
    for (resource, ids) in &own.resources {
        writeln!(out, "  the resource {resource} ignores {} (its metadata)", ids.join(", "))?;
    }
    for mark in &own.marks {
        let place = match mark.scope {
            Scope::File => "the whole file".to_owned(),
            Scope::Line(line) => format!("line {line}"),
            Scope::Block(span) => format!("lines {} to {}", line(span.start), line(span.end.saturating_sub(1))),
        };
        writeln!(out, "  {place} ignores {} (line {})", mark.id, line(mark.span.start))?;
    }
    Ok(())
}
