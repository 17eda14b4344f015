//! The picture in the README is the program's own output. `UPDATE_EXPECT=1` draws it again.

use super::cli::stacklens;
use super::{root, updating};
use std::fmt::Write;

/// What the picture shows.
const SHOWN: &[&str] = &["check", "--color", "always", "samples/templates/broken/bad-references.yaml"];
/// Lines after which the picture ends; the summary is always the last one.
const LINES: usize = 38;
/// Width and height of a character.
const CELL: (f64, f64) = (8.4, 18.0);

/// The colour of the parameters of an escape sequence; `None` is that of plain text.
fn color(parameters: &str) -> (Option<&'static str>, bool) {
    let bold = parameters.split(';').any(|p| p == "1") && !parameters.starts_with("38");
    let color = match parameters {
        p if p.ends_with("31") => Some("#ff6b6b"),
        p if p.ends_with("33") => Some("#ffd166"),
        p if p.ends_with("34") => Some("#74b9ff"),
        p if p.ends_with("36") => Some("#66d9e8"),
        p if p.ends_with("32") => Some("#8ce99a"),
        "38;5;115" => Some("#8bd5ca"),
        "38;5;240" | "38;5;246" => Some("#7f849c"),
        _ => None,
    };
    (color, bold)
}

/// Text with escape sequences as one SVG text element per run, each at its column.
fn line(text: &str, y: f64, out: &mut String) {
    let (mut column, mut style) = (0, (None, false));
    for (i, part) in text.split('\u{1b}').enumerate() {
        let run = match (i, part.strip_prefix('[').and_then(|p| p.split_once('m'))) {
            (1.., Some((parameters, rest))) => {
                style = color(parameters);
                rest
            }
            _ => part,
        };
        if !run.trim().is_empty() {
            let blanks = run.chars().take_while(|c| *c == ' ').count();
            let x = 16.0 + (column + blanks) as f64 * CELL.0;
            let text = run.trim().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let fill = style.0.map_or_else(String::new, |c| format!(" fill=\"{c}\""));
            let weight = if style.1 { " font-weight=\"bold\"" } else { "" };
            let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.0}\"{fill}{weight}>{text}</text>");
        }
        column += run.chars().count();
    }
}

/// A terminal window that shows some lines.
fn window(command: &str, lines: &[&str]) -> String {
    let columns = 100.0;
    let (width, height) = (32.0 + columns * CELL.0, 64.0 + (lines.len() + 1) as f64 * CELL.1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\" \
         xml:space=\"preserve\" fill=\"#cdd6f4\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"10\" fill=\"#1e1e2e\"/>\n\
         <circle cx=\"22\" cy=\"20\" r=\"6\" fill=\"#ff5f57\"/>\n\
         <circle cx=\"42\" cy=\"20\" r=\"6\" fill=\"#febc2e\"/>\n\
         <circle cx=\"62\" cy=\"20\" r=\"6\" fill=\"#28c840\"/>\n"
    );
    line(&format!("\u{1b}[32m$\u{1b}[0m {command}"), 54.0, &mut out);
    for (i, text) in lines.iter().enumerate() {
        line(text, 54.0 + (i + 1) as f64 * CELL.1, &mut out);
    }
    out.push_str("</svg>\n");
    out
}

#[test]
fn the_picture_is_what_the_program_prints() {
    let answer = stacklens(SHOWN, "");
    let all: Vec<_> = answer.out.lines().collect();
    let mut lines: Vec<_> = all.iter().copied().take(LINES).collect();
    // Cut between two findings, and end with the summary.
    if all.len() > LINES {
        while lines.last().is_some_and(|l| !l.is_empty()) {
            lines.pop();
        }
        lines.push("...");
        lines.push("");
        lines.extend(all.last());
    }
    let command = format!("stacklens check {}", SHOWN.last().unwrap());
    let drawn = window(&command, &lines);
    let path = root().join("docs/terminal.svg");
    if updating() {
        std::fs::create_dir_all(root().join("docs")).unwrap();
        std::fs::write(path, drawn).unwrap();
    } else {
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert_eq!(kept, drawn, "UPDATE_EXPECT=1 draws it again");
    }
}
