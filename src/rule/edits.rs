//! Edits that several rules offer: making a mapping a list item, indenting lines.

use crate::diagnostic::Edit;
use crate::source::{SourceFile, Span};

/// Puts `- ` in front of a block mapping and moves its other lines along.
pub fn as_list_item(file: &SourceFile, mapping: Span) -> Vec<Edit> {
    let first = Span { start: mapping.start, end: mapping.start };
    let mut edits = vec![Edit { span: first, text: "- ".to_owned() }];
    edits.extend(indent_lines(file, Span { start: mapping.start + 1, end: mapping.end }, 2));
    edits
}

/// Indents every line that starts inside a span, blank ones left alone.
pub fn indent_lines(file: &SourceFile, lines: Span, by: usize) -> Vec<Edit> {
    let first = file.position(lines.start).line;
    let last = file.position(lines.end.saturating_sub(1)).line;
    (first..=last)
        .map(|line| file.line_span(line))
        .filter(|line| line.start >= lines.start && !file.slice(*line).trim().is_empty())
        .map(|line| Edit { span: Span { start: line.start, end: line.start }, text: " ".repeat(by) })
        .collect()
}
