//! The change set as text.

use super::words::{self, clean, short};
use super::{Change, Detail, Diff, Difference, Note, Verdict};
use std::io::{self, Write};

/// Writes with or without colours.
struct Page<'w> {
    out: &'w mut dyn Write,
    color: bool,
}

/// Writes the change set for people; `color` for terminals.
///
/// # Errors
/// When the writer fails.
pub fn write(diff: &Diff, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { out, color };
    page.head(diff)?;
    for (verdict, heading) in words::SECTIONS {
        let all: Vec<&Change> = diff.changes.iter().filter(|c| c.verdict == *verdict && !c.without_edit).collect();
        if !all.is_empty() {
            page.heading(heading, *verdict)?;
            all.into_iter().try_for_each(|change| page.change(change))?;
        }
    }
    let silent: Vec<&Change> = diff.changes.iter().filter(|c| c.without_edit).collect();
    if !silent.is_empty() {
        page.heading("May change without any edit", Verdict::MayReplace)?;
        silent.into_iter().try_for_each(|change| page.change(change))?;
    }
    page.followers(diff)?;
    page.outputs(diff)?;
    page.permissions(diff)?;
    page.rest(diff)
}

impl Page<'_> {
    fn paint(&self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn head(&mut self, diff: &Diff) -> io::Result<()> {
        let files = format!("{} → {}", clean(&diff.old), clean(&diff.new));
        writeln!(self.out, "{}", self.paint("1", &files))?;
        writeln!(self.out, "{}", words::summary(diff))?;
        if !diff.parameters.is_empty() {
            writeln!(self.out)?;
            for parameter in &diff.parameters {
                let value = |text: &Option<String>| text.as_deref().map_or_else(|| "no value".to_owned(), short);
                let how = if parameter.by_default { "  (default)" } else { "" };
                let name = clean(&parameter.name);
                writeln!(self.out, "  parameter {name}: {} → {}{how}", value(&parameter.old), value(&parameter.new))?;
            }
        }
        Ok(())
    }

    fn heading(&mut self, text: &str, verdict: Verdict) -> io::Result<()> {
        let code = match verdict {
            Verdict::Refused | Verdict::DataLoss => "1;31",
            Verdict::Replace | Verdict::MayReplace => "1;33",
            Verdict::Remove => "1;35",
            Verdict::Add => "1;32",
            Verdict::Modify => "1;36",
            Verdict::NoEffect => "1",
        };
        writeln!(self.out, "\n{}", self.paint(code, &text.to_uppercase()))
    }

    fn change(&mut self, change: &Change) -> io::Result<()> {
        let line = match (change.new_line, change.old_line) {
            (Some(line), _) => format!("line {line}"),
            (None, Some(line)) => format!("old line {line}"),
            _ => String::new(),
        };
        let id = self.paint("1", &clean(&change.id));
        let extra = match change.verdict {
            Verdict::MayReplace if change.in_practice => "  in practice yes",
            _ if change.if_default_taken => "  if the new default is taken",
            _ => "",
        };
        writeln!(self.out, "  {id}  {}  {line}{extra}", clean(&change.type_name))?;
        for detail in &change.details {
            self.detail(detail)?;
        }
        for (word, code, found) in [("refused", "31", &words::refusal(change)), ("data loss", "31", &change.data_loss)]
        {
            if let Some(note) = found {
                let word = self.paint(code, word);
                writeln!(self.out, "      {word}: {}  [{}]", clean(&note.text), note.label.as_str())?;
            }
        }
        if let Some(action) = change.policy_action {
            writeln!(self.out, "      {}", words::policy(action))?;
        }
        change.notes.iter().try_for_each(|note| self.note(note, "      "))?;
        let Some(nested) = &change.nested else { return Ok(()) };
        let mut inner = Vec::new();
        write(nested, self.color, &mut inner)?;
        for line in String::from_utf8_lossy(&inner).lines() {
            writeln!(self.out, "{}", format!("      │ {line}").trim_end())?;
        }
        Ok(())
    }

    fn detail(&mut self, detail: &Detail) -> io::Result<()> {
        let sign = match detail.difference {
            Difference::Add => "+",
            Difference::Remove => "-",
            Difference::Modify => "~",
        };
        let by = words::cause(detail).map(|cause| format!("  by {cause}")).unwrap_or_default();
        writeln!(self.out, "    {sign} {}  {}{by}", words::place(detail), words::difference(detail))?;
        writeln!(self.out, "      {}  [{}]", words::reason(detail), detail.label.as_str())
    }

    fn note(&mut self, note: &Note, indent: &str) -> io::Result<()> {
        writeln!(self.out, "{indent}· {}  [{}]", clean(&note.text), note.label.as_str())
    }

    fn followers(&mut self, diff: &Diff) -> io::Result<()> {
        let lines = words::followers(diff);
        if lines.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n{}", self.paint("1", "WHAT FOLLOWS FROM WHAT"))?;
        for (depth, name, outcome) in lines {
            let arrow = if depth > 0 { "→ " } else { "" };
            writeln!(self.out, "  {}{arrow}{name}  {outcome}", "  ".repeat(depth.min(20)))?;
        }
        Ok(())
    }

    fn outputs(&mut self, diff: &Diff) -> io::Result<()> {
        if diff.outputs.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n{}", self.paint("1", "OUTPUTS"))?;
        for output in &diff.outputs {
            let value = |text: &Option<String>| text.as_deref().map(short).unwrap_or_default();
            let name = clean(&output.name);
            match output.difference {
                Difference::Add => writeln!(self.out, "  + {name}  {}", value(&output.after))?,
                Difference::Remove => writeln!(self.out, "  - {name}  was {}", value(&output.before))?,
                Difference::Modify => {
                    writeln!(self.out, "  ~ {name}  {} → {}", value(&output.before), words::new_value(output))?;
                }
            }
        }
        Ok(())
    }

    fn permissions(&mut self, diff: &Diff) -> io::Result<()> {
        if diff.permissions.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n{}", self.paint("1", "PERMISSIONS"))?;
        for change in &diff.permissions {
            let (sign, code) = if change.difference == Difference::Add { ("+", "32") } else { ("-", "31") };
            let wide = if change.wide { self.paint("33", "  wide") } else { String::new() };
            writeln!(self.out, "  {} {}{wide}", self.paint(code, sign), clean(&change.text))?;
        }
        Ok(())
    }

    fn rest(&mut self, diff: &Diff) -> io::Result<()> {
        if !diff.capabilities.is_empty() && !diff.is_empty() {
            writeln!(self.out, "\n{}", self.paint("1", "TO DEPLOY"))?;
            for need in &diff.capabilities {
                let new = if need.new { "  new" } else { "" };
                writeln!(self.out, "  {} because of {}{new}", need.name, clean(&need.because))?;
            }
        }
        if !diff.notes.is_empty() {
            writeln!(self.out, "\n{}", self.paint("1", "NOTES"))?;
            diff.notes.iter().try_for_each(|note| self.note(note, "  "))?;
        }
        if !diff.undecided.is_empty() {
            writeln!(self.out, "\n{}", self.paint("1", "NOT DECIDED HERE"))?;
            for text in &diff.undecided {
                writeln!(self.out, "  · {}", clean(text))?;
            }
        }
        Ok(())
    }
}
