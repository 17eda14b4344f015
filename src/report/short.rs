//! One line per finding: `file:line:column: severity: message [rule]`.

use super::{Checked, Style, file_of, summary};
use std::io::{self, Write};

/// Writes one line per finding and a summary.
pub(super) fn write(files: &[Checked], style: Style, out: &mut dyn Write) -> io::Result<()> {
    for checked in files {
        for finding in &checked.findings {
            let file = file_of(files, checked, finding);
            let at = file.position(finding.span.start);
            let copies = if finding.count > 1 { format!(" ({} times)", finding.count) } else { String::new() };
            writeln!(
                out,
                "{}:{}:{}: {}: {}{copies} [{}]",
                file.name,
                at.line,
                at.column,
                finding.severity.as_str(),
                one_line(&finding.message),
                finding.rule.id
            )?;
        }
    }
    if !style.quiet {
        writeln!(out, "{}", summary(files, style))?;
    }
    Ok(())
}

/// A message on one line, whatever names of the user's it holds.
fn one_line(message: &str) -> String {
    message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
