//! Plain text, for a terminal: no colour, at most a hundred columns where words allow.

use super::view::{Block, Item, Level, Part, Section, head, sections};
use super::{Model, view};

/// Widest line.
const WIDTH: usize = 110;

/// The explanation as text.
pub fn render(model: &Model, level: Level, only: &[Part]) -> String {
    let mut out = String::new();
    let head = head(model);
    for (i, line) in head.iter().enumerate() {
        if i == 0 {
            out.push_str(line);
            out.push('\n');
        } else {
            wrap(&mut out, line, "", "  ");
        }
    }
    let mut out = harmless(&out);
    out.push_str(&render_sections(&sections(model, level, only)));
    out
}

/// Without what a terminal would act on.
fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// Sections alone.
pub fn render_sections(sections: &[Section]) -> String {
    let mut out = String::new();
    for section in sections {
        out.push('\n');
        out.push_str(&section.title);
        out.push('\n');
        for (i, block) in section.blocks.iter().enumerate() {
            let is_table = |b: &Block| matches!(b, Block::Table { head, .. } if !head.is_empty());
            let again = is_table(block) && i > 0 && matches!(section.blocks[i - 1], Block::Table { .. });
            if again {
                out.push('\n');
            }
            print(&mut out, block);
        }
    }
    harmless(&out)
}

fn print(out: &mut String, block: &Block) {
    match block {
        Block::Text(text) => {
            for line in text.lines() {
                wrap(out, line, "  ", "    ");
            }
        }
        Block::Items(items) => {
            for (i, one) in items.iter().enumerate() {
                if i > 0 && !one.details.is_empty() {
                    out.push('\n');
                }
                item(out, one);
            }
        }
        Block::Code(lines) => lines.lines().for_each(|l| out.push_str(&format!("      {l}\n"))),
        Block::Table { head, rows } => table(out, head, rows),
        Block::Questions(list) => {
            for (i, one) in list.iter().enumerate() {
                if i > 0 {
                    out.push('\n');
                }
                wrap(out, &one.question, "  ? ", "    ");
                wrap(out, &one.answer, "      = ", "        ");
            }
        }
    }
}

fn item(out: &mut String, item: &Item) {
    let mark = if item.important { "! " } else { "  " };
    let mut text = item.text.clone();
    if !item.tag.is_empty() {
        text.push_str(&format!("  [{}]", item.tag));
    }
    wrap(out, &text, &format!("  {mark}"), "    ");
    if let Some(remedy) = &item.remedy {
        wrap(out, &format!("→ {remedy}"), "    ", "      ");
    }
    for detail in &item.details {
        wrap(out, &format!("· {detail}"), "    ", "      ");
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// Columns side by side; the last one wraps.
fn table(out: &mut String, head: &[String], rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).chain([head.len()]).max().unwrap_or(0);
    let mut widths = vec![0; columns];
    for row in rows.iter().map(Vec::as_slice).chain([head]) {
        if is_remark(row) {
            continue;
        }
        for (i, cell) in row.iter().enumerate() {
            widths[i] = widths[i].max(length(cell).min(60));
        }
    }
    if head.iter().any(|h| !h.is_empty()) {
        line(out, head, &widths);
    }
    for row in rows {
        if is_remark(row) {
            let indent = " ".repeat(2 + widths[0] + 2);
            wrap(out, &row[1], &indent, &format!("{indent}  "));
        } else {
            line(out, row, &widths);
        }
    }
}

/// A row that says more about the one above.
fn is_remark(row: &[String]) -> bool {
    matches!(row, [first, second] if first.is_empty() && second.starts_with("· "))
}

fn line(out: &mut String, row: &[String], widths: &[usize]) {
    let last = row.iter().rposition(|c| !c.is_empty()).unwrap_or(0);
    let mut text = "  ".to_owned();
    let mut at = 2;
    for (i, cell) in row.iter().enumerate() {
        if i == last {
            let indent = " ".repeat(at.min(80));
            wrap(out, cell, &text, &indent);
            return;
        }
        text.push_str(cell);
        let width = widths.get(i).copied().unwrap_or(0);
        let pad = width.saturating_sub(length(cell)) + 2;
        text.push_str(&" ".repeat(pad));
        at += width + 2;
    }
}

/// Writes words into lines: `first` before the first line, `rest` before the others.
fn wrap(out: &mut String, text: &str, first: &str, rest: &str) {
    let mut here = first.to_owned();
    let mut empty = true;
    for word in text.split(' ') {
        if empty && word.is_empty() && here == rest {
            continue;
        }
        if !empty && length(&here) + 1 + length(word) > WIDTH {
            out.push_str(here.trim_end());
            out.push('\n');
            here = rest.to_owned();
            empty = true;
        }
        if !empty {
            here.push(' ');
        }
        here.push_str(word);
        empty = false;
    }
    out.push_str(here.trim_end());
    out.push('\n');
}

/// A list of sections under a title of their own.
pub fn render_answer(title: &str, sections: &[view::Section]) -> String {
    format!("{title}\n{}", render_sections(sections))
}
