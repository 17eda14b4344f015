//! Output formats, one module each. A report is a view of the same findings, written to any writer.

mod annotations;
mod cfn_lint;
mod identity;
mod json;
mod sarif;
mod short;
mod statistics;
mod terminal;
mod xml;

pub(crate) use self::identity::Fingerprints;
pub use self::statistics::statistics;

use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::source::{SourceFile, Span};
use std::io::{self, Write};

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: the lines concerned with their surroundings.
    Pretty,
    /// One line per finding.
    Short,
    /// Our own JSON.
    Json,
    /// The JSON of `cfn-lint --format json`.
    CfnLint,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit XML.
    Junit,
    /// Checkstyle XML.
    Checkstyle,
    /// Workflow commands of GitHub Actions.
    Github,
    /// The code quality report of GitLab.
    Gitlab,
}

/// A checked file and what was found in it.
#[derive(Debug)]
pub struct Checked {
    /// The file.
    pub file: SourceFile,
    /// Its findings, sorted.
    pub findings: Vec<Diagnostic>,
}

/// How many findings of each severity there are; a finding that stands for several copies is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Files that were checked.
    pub files: usize,
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Informational findings.
    pub infos: usize,
}

impl Counts {
    /// Counts the findings of a run.
    pub fn of(files: &[Checked]) -> Self {
        let mut counts = Counts { files: files.len(), ..Counts::default() };
        for finding in files.iter().flat_map(|f| &f.findings) {
            match finding.severity {
                Severity::Error => counts.errors += 1,
                Severity::Warning => counts.warnings += 1,
                Severity::Info => counts.infos += 1,
            }
        }
        counts
    }

    /// The worst severity that was found.
    pub fn worst(self) -> Option<Severity> {
        match self {
            Counts { errors: 1.., .. } => Some(Severity::Error),
            Counts { warnings: 1.., .. } => Some(Severity::Warning),
            Counts { infos: 1.., .. } => Some(Severity::Info),
            _ => None,
        }
    }
}

/// How to write a report.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// The format.
    pub format: Format,
    /// Whether to colour (only the formats for people do).
    pub color: bool,
    /// Whether to leave out the summary line.
    pub quiet: bool,
    /// Whether to say which findings can be fixed; not when what could be fixed has been.
    pub fixes: bool,
}

/// Writes the findings of a run.
///
/// # Errors
/// When the writer fails.
pub fn write(files: &[Checked], style: Style, out: &mut dyn Write) -> io::Result<()> {
    match style.format {
        Format::Pretty => terminal::write(files, style, out),
        Format::Short => short::write(files, style, out),
        Format::Json => json::write(files, out),
        Format::CfnLint => cfn_lint::write(files, out),
        Format::Sarif => sarif::write(files, out),
        Format::Junit => xml::junit(files, out),
        Format::Checkstyle => xml::checkstyle(files, out),
        Format::Github => annotations::github(files, out),
        Format::Gitlab => annotations::gitlab(files, out),
    }
}

/// The file that a finding speaks of: the one being checked, or another one of the run.
pub(crate) fn file_of<'a>(files: &'a [Checked], checked: &'a Checked, finding: &Diagnostic) -> &'a SourceFile {
    match &finding.file {
        Some(name) => files.iter().map(|f| &f.file).find(|f| f.name == *name).unwrap_or(&checked.file),
        None => &checked.file,
    }
}

/// `3 errors and 1 warning in 2 files; 2 can be fixed with `--fix``.
fn summary(files: &[Checked], style: Style) -> String {
    let counts = Counts::of(files);
    let of = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    let mut parts = Vec::new();
    for (n, word) in [(counts.errors, "error"), (counts.warnings, "warning"), (counts.infos, "note")] {
        if n > 0 {
            parts.push(of(n, word));
        }
    }
    let found = match parts.as_slice() {
        [] => "no findings".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    };
    let fixable = if style.fixes { fixable(files) } else { String::new() };
    format!("{found} in {}{fixable}", of(counts.files, "file"))
}

/// How many findings can be fixed, for the summary.
fn fixable(files: &[Checked]) -> String {
    let fixes = || files.iter().flat_map(|f| &f.findings).filter_map(own_fix);
    let guesses = fixes().filter(|f| f.applicability == Applicability::Unsafe).count();
    match (fixes().count() - guesses, guesses) {
        (0, 0) => String::new(),
        (safe, 0) => format!("; {safe} can be fixed with `--fix`"),
        (0, guesses) => format!("; {guesses} may be fixed with `--fix --unsafe-fixes`"),
        (safe, guesses) => format!("; {safe} can be fixed with `--fix`, {guesses} more with `--unsafe-fixes` too"),
    }
}

/// The fix of a finding, if it is about the file it is reported in.
fn own_fix(finding: &Diagnostic) -> Option<&Fix> {
    finding.fix.as_ref().filter(|_| finding.file.is_none())
}

/// Start and end of a span as lines and columns.
fn range(file: &SourceFile, span: Span) -> (crate::source::LineColumn, crate::source::LineColumn) {
    (file.position(span.start), file.position(span.end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Rule;

    static RULE: Rule = Rule {
        id: "E9001",
        name: "thing-unknown",
        summary: "A thing must be known.",
        page: "",
        severity: Severity::Error,
        checks: &[],
    };

    fn span(file: &SourceFile, needle: &str) -> Span {
        let start = file.text.find(needle).unwrap();
        Span::new(start, start + needle.len())
    }

    fn printed(text: &str, needle: &str, format: Format) -> String {
        let file = SourceFile::new("a.yaml", text);
        let mut finding = Diagnostic::new(&RULE, span(&file, needle), "`x` is not known");
        finding.help("write `y`").note("in the copy `X1`");
        finding.label(span(&file, "first"), "first defined here");
        finding.children.push(Diagnostic::new(&RULE, span(&file, needle), "`x` is no `z`"));
        finding.fix(Applicability::Safe, "write `y`", span(&file, needle), "y");
        let mut out = Vec::new();
        let style = Style { format, color: false, quiet: false, fixes: true };
        write(&[Checked { file, findings: vec![finding] }], style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn pretty_shows_the_lines_concerned() {
        let expected = "\
error[E9001]: `x` is not known
   ╭─[ a.yaml:2:5 ]
   │
 1 │ first: 1
   │ ┬────
   │ ╰────── first defined here
 2 │ ä: {x: 2}
   │     ┬
   │     ╰── thing unknown
   │
   │ Help: write `y`
   │
   │ Note: in the copy `X1`
   │       2:5: `x` is no `z` [E9001]
   │       fix available: write `y` (`--fix`)
───╯

1 error in 1 file; 1 can be fixed with `--fix`
";
        assert_eq!(printed("\u{feff}first: 1\nä: {x: 2}\n", "x", Format::Pretty), expected);
    }

    #[test]
    fn pretty_cuts_long_lines() {
        let text = format!("first: 1\nlong: [{}, x, {}]\n", "1, ".repeat(300), "2, ".repeat(300));
        let printed = printed(&text, "x", Format::Pretty);
        assert!(printed.contains("a.yaml:2:910 ]"), "{printed}");
        assert!(printed.contains("…, 1, 1") && printed.contains(", x, 2, 2"), "{printed}");
        assert!(printed.lines().all(|l| l.chars().count() < 300), "{printed}");
    }

    #[test]
    fn short_is_one_line() {
        let expected = "a.yaml:2:5: error: `x` is not known [E9001]\n1 error in 1 file; 1 can be fixed with `--fix`\n";
        assert_eq!(printed("first: 1\nä: {x: 2}\n", "x", Format::Short), expected);
    }
}
