//! Reading on after a syntax error: the resource or section that holds it is blanked out (offsets stay), and the rest is
//! read again. Each round reports one error, so a file with several broken places shows several.

use super::{Problem, empty_tree, parse};
use crate::source::Span;
use crate::syntax::{SyntaxError, SyntaxErrorKind, Tree};

/// Most errors reported for one file this way.
const MAX_ROUNDS: usize = 8;

/// Reads what can be read of a text that no parser accepts.
pub(super) fn read_around(text: &str, first: Problem) -> Tree {
    let mut errors = vec![describe(text, &first)];
    let mut masked = text.to_owned();
    let mut left_out = Vec::new();
    let mut problem = first;
    // A key at the top that follows a text at the top: each key after it would be one more error of the same cause.
    let rounds = if is_below_text(text, problem.offset, &problem.text) { 0 } else { MAX_ROUNDS };
    for _ in 0..rounds {
        let mut best = None;
        for (start, end) in regions(&masked, place(text, &problem)) {
            let candidate = blank(&masked, start, end);
            match parse(&candidate) {
                Ok(mut tree) => {
                    tree.errors.extend(errors);
                    left_out.push(Span::new(start, end));
                    tree.left_out = left_out;
                    tree.errors.sort_by_key(|e| e.span);
                    return tree;
                }
                // Only a later error means that this region held the first one.
                Err(next) if next.offset > end => {
                    best = Some((candidate, next, Span::new(start, end)));
                    break;
                }
                Err(_) => {}
            }
        }
        let Some((candidate, next, region)) = best else { break };
        left_out.push(region);
        errors.push(describe(text, &next));
        (masked, problem) = (candidate, next);
    }
    let mut tree = empty_tree();
    tree.errors = errors;
    tree
}

/// Whether the file begins with a text instead of a key, and what is wrong is the first `:` after it.
fn is_below_text(text: &str, offset: usize, said: &str) -> bool {
    let start = text[..offset.min(text.len())].rfind('\n').map_or(0, |i| i + 1);
    let at_top = text[start..].starts_with(|c: char| !c.is_whitespace() && c != '-');
    let mut before = text[..start].lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#') && *l != "---");
    said.contains("mapping values are not allowed")
        && at_top
        && before.next().is_some_and(|l| !l.contains(": ") && !l.trim_end().ends_with(':'))
}

/// Where the fault most likely is: an unfinished quote or bracket began earlier than it was noticed.
fn place(text: &str, problem: &Problem) -> usize {
    match problem.context {
        Some(context) if problem.text.contains("quoted scalar") || problem.text.contains("flow") => context,
        _ => problem.offset.min(text.len()),
    }
}

/// Regions to try, from the narrowest: the entry of a section, the section, everything from there on.
fn regions(text: &str, offset: usize) -> Vec<(usize, usize)> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        let content = body.trim_start();
        let counts = !content.is_empty() && !content.starts_with('#');
        lines.push((start, body.len() - content.len(), counts));
        start += line.len();
    }
    let at = lines.partition_point(|l| l.0 <= offset).saturating_sub(1);
    let Some(section) = (0..=at).rev().find(|&i| lines[i].2 && lines[i].1 == 0) else {
        return vec![(0, text.len())];
    };
    let until = |from: usize, indent: usize| {
        lines.iter().skip(from + 1).find(|l| l.2 && l.1 <= indent).map_or(text.len(), |l| l.0)
    };
    let mut out = Vec::new();
    let child = lines.iter().skip(section + 1).find(|l| l.2).map_or(0, |l| l.1);
    if child > 0 {
        if let Some(entry) = (section + 1..=at).rev().find(|&i| lines[i].2 && lines[i].1 <= child) {
            out.push((lines[entry].0, until(entry, lines[entry].1)));
        }
        // A mis-indented line can make the entry before it the culprit.
        if let Some(entry) = (section + 1..at).rev().find(|&i| lines[i].2 && lines[i].1 == child) {
            out.push((lines[entry].0, until(at, child)));
        }
    }
    out.push((lines[section].0, until(section, 0)));
    if let Some(before) = (0..section).rev().find(|&i| lines[i].2 && lines[i].1 == 0) {
        out.push((lines[before].0, until(section, 0)));
    }
    out.push((lines[section].0, text.len()));
    out.dedup();
    out
}

fn blank(text: &str, start: usize, end: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for b in &mut bytes[start..end] {
        if !matches!(*b, b'\n' | b'\r') {
            *b = b' ';
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// The problem in words a person can act on.
fn describe(text: &str, problem: &Problem) -> SyntaxError {
    let said = problem.text.as_str();
    let has = |needle: &str| said.contains(needle);
    let here = text[problem.offset.min(text.len())..].chars().next();
    let quoted = has("quoted scalar");
    let (message, help): (String, Option<&str>) = if quoted && (has("end of stream") || has("document indicator")) {
        ("the quoted text that starts here is never closed".to_owned(), Some("add the closing quote"))
    } else if quoted && has("escape") {
        (
            "unknown escape in a double-quoted text".to_owned(),
            Some("write the backslash twice, or use single quotes, where a backslash is just a backslash"),
        )
    } else if here == Some('\t') {
        ("a tab stands where YAML expects spaces".to_owned(), Some("indent with spaces"))
    } else if has("mapping values are not allowed") {
        (
            "a `:` stands where no key can stand".to_owned(),
            Some("put a value that contains `: ` in quotes, or check the indentation of this line"),
        )
    } else if has("expected key") || has("block mapping") || has("invalid indentation") {
        (
            "this line does not fit the mapping around it".to_owned(),
            Some("check the indentation: keys of one mapping start in one column"),
        )
    } else if has("'-' indicator") || has("block sequence") {
        ("this line does not fit the list around it".to_owned(), Some("start every item with `- ` in one column"))
    } else if has("expected ':'") || has("simple key") {
        (
            "this key has no `:` after it".to_owned(),
            Some("write `key: value`, or quote the text above if it goes on here"),
        )
    } else if has("scanning an alias") || has("scanning an anchor") {
        let c = if has("alias") { '*' } else { '&' };
        (
            format!("`{c}` at the start of a value has a meaning in YAML and needs a name behind it"),
            Some("put the value in quotes"),
        )
    } else if has("cannot start any token") {
        let c = here.unwrap_or(' ');
        (format!("`{c}` cannot start a value"), Some("put the value in quotes"))
    } else if has("',' or ']'") || has("flow sequence") {
        ("the list in brackets is not closed or misses a comma here".to_owned(), Some("check the brackets and commas"))
    } else if has("',' or '}'") || has("flow mapping") {
        ("the mapping in braces is not closed or misses a comma here".to_owned(), Some("check the braces and commas"))
    } else {
        (format!("this is not valid YAML: {said}"), None)
    };
    let unclosed = quoted && message.contains("closed");
    let start = if unclosed { problem.context.unwrap_or(problem.offset) } else { problem.offset };
    let start = start.min(text.len());
    let length = text[start..].find([' ', '\n', '\r']).filter(|&n| n > 0).unwrap_or(1);
    let end = (start + length).min(text.len());
    let related = match problem.context {
        Some(context) if context != start && !unclosed && context < text.len() && has("while") => {
            let c = text[context..].chars().next().map_or(1, char::len_utf8);
            Some((Span::new(context, context + c), "what is being read began here".to_owned()))
        }
        _ => None,
    };
    SyntaxError {
        kind: SyntaxErrorKind::Malformed,
        span: Span::new(start, end),
        message,
        related,
        help: help.map(str::to_owned),
    }
}
