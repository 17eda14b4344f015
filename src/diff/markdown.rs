//! The change set as Markdown, for a comment on a pull request.

use super::words::{self, clean};
use super::{Change, Diff, Difference, OutputChange};
use std::io::{self, Write};

/// Characters after which details are left out: a comment on GitHub holds 65 536.
const MOST: usize = 60_000;

/// Writes the change set as Markdown.
///
/// # Errors
/// When the writer fails.
pub fn write(diff: &Diff, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## What this update does\n")?;
    contents(diff, out)
}

fn contents(diff: &Diff, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} → {}: **{}**", code(&diff.old), code(&diff.new), words::summary(diff))?;
    let mut budget = MOST;
    for (verdict, heading) in words::SECTIONS {
        let all = diff.changes.iter().filter(|c| c.verdict == *verdict && !c.without_edit);
        section(heading, all.collect(), &mut budget, out)?;
    }
    section("May change without any edit", diff.changes.iter().filter(|c| c.without_edit).collect(), &mut budget, out)?;
    let lines = words::followers(diff);
    if !lines.is_empty() {
        writeln!(out, "\n### What follows from what\n")?;
        for (depth, name, outcome) in lines {
            writeln!(out, "{}- {} {outcome}", "  ".repeat(depth.min(20)), code(&name))?;
        }
    }
    if !diff.outputs.is_empty() {
        writeln!(out, "\n### Outputs\n\n| output | before | after |\n|---|---|---|")?;
        for output in &diff.outputs {
            let value = |text: &Option<String>| text.as_deref().map(|t| code(&words::short(t))).unwrap_or_default();
            let after = |output: &OutputChange| match &output.after {
                Some(text) => code(&words::short(text)),
                None => escape(&words::new_value(output)),
            };
            writeln!(out, "| {} | {} | {} |", code(&output.name), value(&output.before), after(output))?;
        }
    }
    if !diff.permissions.is_empty() {
        writeln!(out, "\n### Permissions\n\n| | change | where |\n|---|---|---|")?;
        for change in &diff.permissions {
            let sign = if change.difference == Difference::Add { "➕" } else { "➖" };
            let wide = if change.wide { " **wide**" } else { "" };
            writeln!(out, "| {sign} | {}{wide} | {} |", escape(&change.text), code(&change.at))?;
        }
    }
    if !diff.capabilities.is_empty() && !diff.is_empty() {
        writeln!(out, "\n### To deploy\n")?;
        for need in &diff.capabilities {
            let new = if need.new { ", new" } else { "" };
            writeln!(out, "- {} because of {}{new}", code(&need.name), code(&need.because))?;
        }
    }
    let notes = diff
        .notes
        .iter()
        .map(|n| escape(&n.text))
        .chain(diff.undecided.iter().map(|t| format!("not decided here: {}", escape(t))));
    let notes: Vec<String> = notes.collect();
    if !notes.is_empty() {
        writeln!(out, "\n### Notes\n")?;
        notes.iter().try_for_each(|note| writeln!(out, "- {note}"))?;
    }
    Ok(())
}

fn section(heading: &str, all: Vec<&Change>, budget: &mut usize, out: &mut dyn Write) -> io::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### {heading}\n")?;
    for (at, change) in all.iter().enumerate() {
        let text = item(change);
        if text.len() > *budget {
            return writeln!(out, "- … and {} more", all.len() - at);
        }
        *budget -= text.len();
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

fn item(change: &Change) -> String {
    let practice = if change.in_practice { " (in practice yes)" } else { "" };
    let mut text = format!("- **{}** {}{practice}\n", escape(&change.id), code(&change.type_name));
    for detail in &change.details {
        let by = words::cause(detail).map(|cause| format!(" by {}", escape(&cause))).unwrap_or_default();
        let (place, difference) = (code(&words::place(detail)), escape(&words::difference(detail)));
        text += &format!(
            "  - {place} {difference}{by}: {} _({})_\n",
            escape(&words::reason(detail)),
            detail.label.as_str()
        );
    }
    for (word, found) in [("refused", &words::refusal(change)), ("data loss", &change.data_loss)] {
        if let Some(note) = found {
            text += &format!("  - **{word}**: {} _({})_\n", escape(&note.text), note.label.as_str());
        }
    }
    if let Some(action) = change.policy_action {
        text += &format!("  - {}\n", words::policy(action));
    }
    for note in &change.notes {
        text += &format!("  - {} _({})_\n", escape(&note.text), note.label.as_str());
    }
    let mut inner = Vec::new();
    if change.nested.as_ref().is_some_and(|nested| contents(nested, &mut inner).is_ok()) {
        text += "\n";
        for line in String::from_utf8_lossy(&inner).lines() {
            text += format!("  > {line}").trim_end();
            text += "\n";
        }
        text += "\n";
    }
    text
}

/// Text in which Markdown and HTML see nothing but text; backticks of our own words stay.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in clean(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    // A backtick without partner would open code up to the end.
    if out.matches('`').count() % 2 == 1 { out.replace('`', "'") } else { out }
}

fn code(text: &str) -> String {
    format!("`{}`", clean(text).replace('`', "'").replace('|', "\\|"))
}
