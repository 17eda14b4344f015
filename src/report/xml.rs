//! The two XML formats: JUnit for test reports, Checkstyle for the many tools that read it.

use super::{Checked, Counts, file_of};
use crate::diagnostic::{Diagnostic, Severity};
use crate::markup::{attribute, text};
use std::io::{self, Write};

/// Writes a test suite per file: each finding is a failed case, a file without findings one that passed.
///
/// Informational findings do not fail; they are what the case of their file printed.
pub(super) fn junit(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    let counts = Counts::of(files);
    let failures = counts.errors + counts.warnings;
    let tests: usize = files.iter().map(cases).sum();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<testsuites name="stacklens" tests="{tests}" failures="{failures}" errors="0">"#)?;
    for checked in files {
        let name = attribute(&checked.file.name);
        let failing = failing(checked).count();
        let tests = cases(checked);
        writeln!(out, r#"  <testsuite name="{name}" tests="{tests}" failures="{failing}" errors="0" skipped="0">"#)?;
        for finding in failing_with_place(files, checked) {
            finding.write(out)?;
        }
        if failing == 0 {
            writeln!(out, r#"    <testcase name="no findings" classname="{name}"/>"#)?;
        }
        let notes: Vec<&Diagnostic> =
            checked.findings.iter().filter(|finding| finding.severity == Severity::Info).collect();
        if !notes.is_empty() {
            writeln!(out, "    <system-out>")?;
            for note in notes {
                let line = file_of(files, checked, note).position(note.span.start).line;
                writeln!(out, "{}:{line}: {}: {}", text(&checked.file.name), note.rule.id, text(&note.message))?;
            }
            writeln!(out, "    </system-out>")?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn failing(checked: &Checked) -> impl Iterator<Item = &Diagnostic> {
    checked.findings.iter().filter(|finding| finding.severity != Severity::Info)
}

fn cases(checked: &Checked) -> usize {
    failing(checked).count().max(1)
}

/// A finding and where it is.
struct Placed<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    finding: &'a Diagnostic,
}

fn failing_with_place<'a>(files: &'a [Checked], checked: &'a Checked) -> impl Iterator<Item = Placed<'a>> {
    failing(checked).map(move |finding| placed(files, checked, finding))
}

fn placed<'a>(files: &'a [Checked], checked: &'a Checked, finding: &'a Diagnostic) -> Placed<'a> {
    let file = file_of(files, checked, finding);
    let at = file.position(finding.span.start);
    Placed { file: &file.name, line: at.line, column: at.column, finding }
}

impl Placed<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let Placed { file, line, column, finding } = self;
        let rule = finding.rule;
        let (file, message) = (attribute(file), attribute(&finding.message));
        writeln!(out, r#"    <testcase name="{} {} at {line}:{column}" classname="{file}">"#, rule.id, rule.name)?;
        write!(out, r#"      <failure message="{message}" type="{}">"#, finding.severity.as_str())?;
        write!(out, "{}:{line}:{column}: {}", text(self.file), text(&finding.message))?;
        for more in finding.notes.iter().chain(&finding.help) {
            write!(out, "\n{}", text(more))?;
        }
        writeln!(out, "</failure>\n    </testcase>")
    }
}

/// Writes a `file` element per file with an `error` element per finding.
pub(super) fn checkstyle(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<checkstyle version="8.0">"#)?;
    for checked in files {
        writeln!(out, r#"  <file name="{}">"#, attribute(&checked.file.name))?;
        for finding in &checked.findings {
            let Placed { line, column, .. } = placed(files, checked, finding);
            let (severity, id) = (finding.severity.as_str(), finding.rule.id);
            let message = match &finding.help {
                Some(help) => attribute(&format!("{} ({help})", finding.message)).into_owned(),
                None => attribute(&finding.message).into_owned(),
            };
            writeln!(
                out,
                r#"    <error line="{line}" column="{column}" severity="{severity}" message="{message}" source="stacklens.{id}"/>"#
            )?;
        }
        writeln!(out, "  </file>")?;
    }
    writeln!(out, "</checkstyle>")
}
