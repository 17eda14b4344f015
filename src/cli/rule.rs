//! `stacklens rule`: the page of a rule, or the list.

use super::{CLEAN, ColorArg, FAILED, Streams, say};
use crate::rule::Rule;
use crate::rules;
use crate::settings::ids;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::io::{self, Write};

#[derive(Args, Debug)]
pub(super) struct RuleArgs {
    /// The rule's id (E3002), its name (property-unknown), or how ids start (E30); without it, all are listed
    id: Option<String>,

    /// How to print; for people on a terminal, otherwise Markdown
    #[arg(long, short = 'f', value_enum)]
    format: Option<RuleFormat>,

    /// Whether to colour
    #[arg(long, value_enum, default_value_t = ColorArg::Auto)]
    color: ColorArg,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum RuleFormat {
    /// For people
    Pretty,
    /// The page as it is written
    Markdown,
    /// JSON
    Json,
}

/// Prints a page or a list; the exit code.
pub(super) fn run(args: &RuleArgs, streams: &mut Streams<'_>) -> io::Result<u8> {
    let color = match args.color {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => streams.terminal,
    };
    let wanted = args.id.as_deref().unwrap_or("");
    let exact = rules::all().find(|r| !wanted.is_empty() && (r.id.eq_ignore_ascii_case(wanted) || r.name == wanted));
    if let Some(rule) = exact {
        let default = if streams.terminal || color { RuleFormat::Pretty } else { RuleFormat::Markdown };
        match args.format.unwrap_or(default) {
            RuleFormat::Pretty => pretty(rule, color, streams.stdout)?,
            RuleFormat::Markdown => streams.stdout.write_all(rule.page.as_bytes())?,
            RuleFormat::Json => {
                let mut value = entry(rule);
                value["page"] = rule.page.into();
                print_json(&value, streams.stdout)?;
            }
        }
        return Ok(CLEAN);
    }
    let upper = wanted.to_uppercase();
    let mut listed: Vec<&Rule> = rules::all().filter(|r| r.id.starts_with(&upper)).collect();
    if listed.is_empty() {
        let text = match rules::accepted::instead_of(&upper) {
            Some(instead) => format!("there is no rule `{upper}` here: {instead}"),
            None => {
                let help = ids::suggestion(wanted).unwrap_or_else(|| "`stacklens rule` lists them.".to_owned());
                format!("there is no rule `{wanted}`. {help}")
            }
        };
        say(streams, &text);
        return Ok(FAILED);
    }
    listed.sort_by_key(|r| r.id);
    match args.format.unwrap_or(RuleFormat::Pretty) {
        RuleFormat::Pretty => list(&listed, color, streams.stdout)?,
        RuleFormat::Markdown => table(&listed, streams.stdout)?,
        RuleFormat::Json => print_json(&listed.into_iter().map(entry).collect(), streams.stdout)?,
    }
    Ok(CLEAN)
}

fn entry(rule: &Rule) -> Value {
    json!({ "id": rule.id, "name": rule.name, "severity": rule.severity, "summary": rule.summary })
}

fn print_json(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

fn list(rules: &[&Rule], color: bool, out: &mut dyn Write) -> io::Result<()> {
    for rule in rules {
        let severity = format!("{:<8}", rule.severity.as_str());
        let severity = paint(&severity, severity_code(rule), color);
        writeln!(out, "{:<6} {severity} {:<40} {}", rule.id, rule.name, rule.summary)?;
    }
    Ok(())
}

fn table(rules: &[&Rule], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "| id | severity | name | |\n|---|---|---|---|")?;
    for rule in rules {
        let summary = rule.summary.replace('|', "\\|");
        writeln!(out, "| {} | {} | {} | {summary} |", rule.id, rule.severity.as_str(), rule.name)?;
    }
    Ok(())
}

fn severity_code(rule: &Rule) -> &'static str {
    match rule.severity.as_str() {
        "error" => "31",
        "warning" => "33",
        _ => "34",
    }
}

fn paint(text: &str, code: &str, color: bool) -> String {
    if color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

/// The page for reading in a terminal: headings stand out, examples are set in, what is reported is marked.
fn pretty(rule: &Rule, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let severity = paint(&format!("{}[{}]", rule.severity.as_str(), rule.id), severity_code(rule), color);
    writeln!(out, "{severity} {}", paint(rule.name, "1", color))?;
    let mut in_code = false;
    for line in rule.page.lines().skip(1) {
        if let Some(info) = line.strip_prefix("```") {
            in_code = !in_code;
            if in_code && info.split_whitespace().any(|word| word == "fixed") {
                writeln!(out, "    {}", paint("after the fix:", "3", color))?;
            }
        } else if in_code {
            writeln!(out, "    {}", code(line, color))?;
        } else if let Some(heading) = line.strip_prefix("## ") {
            writeln!(out, "{}", paint(heading, "1;4", color))?;
        } else {
            writeln!(out, "{}", words(line, color))?;
        }
    }
    Ok(())
}

/// A line of an example.
fn code(line: &str, color: bool) -> String {
    let marks = [("# error:", "31"), ("# warning:", "33"), ("# info:", "34")];
    let found = marks.iter().filter_map(|(mark, code)| line.find(mark).map(|at| (at, code))).min();
    match found {
        Some((at, mark)) => format!("{}{}", paint(&line[..at], "36", color), paint(&line[at..], mark, color)),
        None => paint(line, "36", color),
    }
}

/// A line of text: what is between backticks is coloured, or keeps its backticks.
fn words(line: &str, color: bool) -> String {
    if !color {
        return line.to_owned();
    }
    let part = |(i, part): (usize, &str)| if i % 2 == 1 { paint(part, "36", true) } else { part.to_owned() };
    line.split('`').enumerate().map(part).collect()
}
