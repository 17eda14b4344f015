//! For people: each finding with the lines it speaks of, labels at the other places involved, help and notes.

use super::{Checked, Counts, Style, file_of, own_fix, summary};
use crate::diagnostic::{Applicability, Diagnostic, Severity};
use crate::source::{SourceFile, Span};
use ariadne::{Color, Config, IndexType, Label, LabelAttach, Report, ReportKind, Source};
use std::io::{self, Write};
use std::ops::Range;

/// Longer lines are cut around what is pointed at, so that a minified file stays readable.
const LONGEST_LINE: usize = 300;
/// How much of a cut line is kept on each side.
const KEPT: usize = 100;

/// Writes every finding and a summary.
pub(super) fn write(files: &[Checked], style: Style, out: &mut dyn Write) -> io::Result<()> {
    for checked in files {
        let mut shown: Option<(&str, Source<String>)> = None;
        for finding in &checked.findings {
            let file = file_of(files, checked, finding);
            let excerpt = Excerpt::new(file, finding);
            match excerpt {
                Excerpt::Whole { shift } => {
                    let source = match shown.take() {
                        Some((name, source)) if name == file.name => source,
                        _ => Source::from(printable(&file.text[shift..])),
                    };
                    print(finding, file, |s| whole(s, shift), &source, style, out)?;
                    shown = Some((&file.name, source));
                }
                Excerpt::Cut(cut) => {
                    let source = Source::from(cut.text.clone()).with_display_line_offset(cut.first_line);
                    print(finding, file, |s| cut.map(s), &source, style, out)?;
                }
            }
        }
    }
    if !style.quiet {
        let counts = Counts::of(files);
        let text = summary(files, style);
        let code = ansi(counts.worst());
        if style.color {
            writeln!(out, "\x1b[{code}m{text}\x1b[0m")?;
        } else {
            writeln!(out, "{text}")?;
        }
    }
    Ok(())
}

fn whole(span: Span, shift: usize) -> Range<usize> {
    (span.start as usize).saturating_sub(shift)..(span.end as usize).saturating_sub(shift)
}

fn color_of(severity: Severity) -> Color {
    match severity {
        Severity::Error => Color::Red,
        Severity::Warning => Color::Yellow,
        Severity::Info => Color::Blue,
    }
}

fn print(
    finding: &Diagnostic,
    file: &SourceFile,
    place: impl Fn(Span) -> Range<usize>,
    source: &Source<String>,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = file.name.as_str();
    let color = color_of(finding.severity);
    let config = Config::default()
        .with_index_type(IndexType::Byte)
        .with_color(style.color)
        .with_label_attach(LabelAttach::Start)
        .with_tab_width(4);
    let at = first_line(file, finding.span);
    let mut report = Report::build(ReportKind::Error, (name, place(at))).with_config(config);
    // Labels in the order of the file are drawn in one frame.
    let mut labels = vec![(at, primary_text(finding), color)];
    labels.extend(finding.labels.iter().map(|l| (first_line(file, l.span), l.message.clone(), Color::Cyan)));
    labels.sort_by_key(|l| l.0);
    for (order, (span, text, color)) in labels.into_iter().enumerate() {
        let label = Label::new((name, place(span))).with_message(text).with_color(color);
        report.add_label(label.with_order(order as i32));
    }
    if let Some(help) = &finding.help {
        report.add_help(help);
    }
    let mut notes = Vec::new();
    if finding.count > 1 {
        notes.push(format!("this stands for {} generated copies", finding.count));
    }
    notes.extend(finding.notes.iter().cloned());
    for child in &finding.children {
        add_child(file, child, 0, &mut notes);
    }
    if let Some(fix) = own_fix(finding).filter(|_| style.fixes) {
        let options = match fix.applicability {
            Applicability::Safe => "--fix",
            Applicability::Unsafe => "--fix --unsafe-fixes",
        };
        notes.push(format!("fix available: {} (`{options}`)", fix.title));
    }
    if !notes.is_empty() {
        report.add_note(notes.join("\n"));
    }
    let mut text = Vec::new();
    report.finish().write((name, source), &mut text)?;
    let text = String::from_utf8_lossy(&text);
    // The first line is the printer's own headline; ours says the same in the words of the other formats.
    let frame = text.split_once('\n').map_or("", |t| t.1);
    headline(finding, style, out)?;
    for line in true_position(frame, file, finding.span).lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out)
}

/// `error[E3002]: message`.
fn headline(finding: &Diagnostic, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let (word, id) = (finding.severity.as_str(), finding.rule.id);
    let message: String = finding.message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if style.color {
        let code = ansi(Some(finding.severity));
        writeln!(out, "\x1b[{code}m{word}[{id}]\x1b[0m\x1b[1m: {message}\x1b[0m")
    } else {
        writeln!(out, "{word}[{id}]: {message}")
    }
}

/// The frame with the place as it is in the file: in a cut line the printer counted the columns of the cut.
fn true_position(frame: &str, file: &SourceFile, span: Span) -> String {
    let at = file.position(span.start);
    let Some(start) = frame.find(&file.name).map(|s| s + file.name.len()) else { return frame.to_owned() };
    let length = frame[start..].find(|c: char| c != ':' && !c.is_ascii_digit()).unwrap_or(0);
    format!("{}:{}:{}{}", &frame[..start], at.line, at.column, &frame[start + length..])
}

fn ansi(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(Severity::Error) => "1;31",
        Some(Severity::Warning) => "1;33",
        Some(Severity::Info) => "1;34",
        None => "1;32",
    }
}

/// What stands at the arrow: the name of the fault, for the message is above.
fn primary_text(finding: &Diagnostic) -> String {
    finding.rule.name.replace('-', " ")
}

/// An alternative that does not hold either, and why.
fn add_child(file: &SourceFile, child: &Diagnostic, depth: usize, notes: &mut Vec<String>) {
    let at = file.position(child.span.start);
    let indent = "  ".repeat(depth);
    notes.push(format!("{indent}{}:{}: {} [{}]", at.line, at.column, child.message, child.rule.id));
    for inner in &child.children {
        add_child(file, inner, depth + 1, notes);
    }
}

/// A span that goes over several lines is shown by its first: the rest is rarely what is wrong.
fn first_line(file: &SourceFile, span: Span) -> Span {
    let line = file.line_span(file.position(span.start).line);
    Span { start: span.start, end: span.end.min(line.end).max(span.start) }
}

/// Text with the same bytes per line, in which only `\n` and `\r\n` end a line for the printer, and nothing can steer a
/// terminal.
fn printable(text: &str) -> String {
    if !text.chars().any(unsafe_to_print) {
        return text.to_owned();
    }
    text.chars()
        .flat_map(|c| {
            let n = if unsafe_to_print(c) { c.len_utf8() } else { 0 };
            std::iter::repeat_n('?', n).chain((n == 0).then_some(c))
        })
        .collect()
}

fn unsafe_to_print(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || matches!(c, '\u{2028}' | '\u{2029}')
}

/// What the printer is given: the whole file, or a few lines cut short.
enum Excerpt {
    Whole { shift: usize },
    Cut(Cut),
}

/// Lines that are too long, each cut around what is pointed at.
struct Cut {
    text: String,
    first_line: usize,
    /// (bytes of the file, where they went).
    pieces: Vec<(Range<usize>, usize)>,
}

impl Excerpt {
    fn new(file: &SourceFile, finding: &Diagnostic) -> Self {
        let spans: Vec<_> = std::iter::once(finding.span)
            .chain(finding.labels.iter().map(|l| l.span))
            .map(|s| first_line(file, s))
            .collect();
        let long = |s: &Span| file.line_span(file.position(s.start).line).len() > LONGEST_LINE;
        if !spans.iter().any(long) {
            return Excerpt::Whole { shift: file.bom_len() };
        }
        let lines: Vec<_> = spans.iter().map(|s| file.position(s.start).line).collect();
        let (first, last) = (lines.iter().min().copied().unwrap_or(1), lines.iter().max().copied().unwrap_or(1));
        let mut cut = Cut { text: String::new(), first_line: first as usize - 1, pieces: Vec::new() };
        for line in first..=last {
            let here: Vec<_> = spans.iter().zip(&lines).filter(|(_, l)| **l == line).map(|(s, _)| *s).collect();
            cut.line(file, line, &here);
        }
        Excerpt::Cut(cut)
    }
}

impl Cut {
    fn line(&mut self, file: &SourceFile, line: u32, spans: &[Span]) {
        let full = file.line_span(line);
        if let Some(covered) = spans.iter().copied().reduce(Span::to) {
            let mut start = full.start.max(covered.start.saturating_sub(KEPT as u32)) as usize;
            let wanted = covered.end.min(covered.start + LONGEST_LINE as u32) + KEPT as u32;
            let mut end = full.end.min(wanted) as usize;
            while !file.text.is_char_boundary(start) {
                start -= 1;
            }
            while !file.text.is_char_boundary(end) {
                end -= 1;
            }
            if start > full.start as usize {
                self.text.push('…');
            }
            self.pieces.push((start..end, self.text.len()));
            self.text.push_str(&printable(&file.text[start..end].replace(['\r', '\n'], " ")));
            if end < full.end as usize {
                self.text.push('…');
            }
        }
        self.text.push('\n');
    }

    fn map(&self, span: Span) -> Range<usize> {
        let offset = |at: usize| {
            let piece = self.pieces.iter().find(|(r, _)| r.start <= at && at <= r.end).or(self.pieces.last());
            piece.map_or(0, |(r, to)| to + at.clamp(r.start, r.end) - r.start)
        };
        offset(span.start as usize)..offset(span.end as usize).max(offset(span.start as usize))
    }
}
