//! Suppressions in comments: `# stacklens: ignore E3012, W2001 -- why`.
//!
//! Behind something it counts for that line, alone on its line for what stands below it: the next key with all its value,
//! or the next item of a list. `ignore-file` counts for the file. `cfn-lint` may stand for `stacklens`, `disable` for
//! `ignore`.

use super::{Fault, Mark, Scope, Suppressions};
use crate::diagnostic::{Applicability, Edit, Fix};
use crate::document::Document;
use crate::source::{SourceFile, Span};
use crate::syntax::{Comment, Node, NodeKind};

/// A comment that is meant for a checker.
struct Directive<'t> {
    /// The word after the name: `ignore`.
    word: &'t str,
    /// Whether it is written in our own name: then everything must be understood.
    ours: bool,
    /// What follows the word.
    rest: &'t str,
}

/// Reads the comments of a document.
pub(super) fn read(document: &Document, found: &mut Suppressions) {
    for comment in &document.tree.comments {
        let text = document.file.slice(comment.span);
        let Some(directive) = directive(text) else { continue };
        let whole_file = match directive.word {
            "ignore" | "disable" => false,
            "ignore-file" | "disable-file" => true,
            _ => {
                if directive.ours {
                    let message = format!("`{}` is nothing a comment can ask for", directive.word);
                    let help = "Write `# stacklens: ignore E3012 -- reason` or `ignore-file`.".to_owned();
                    let span = part(document, comment, directive.word);
                    found.faults.push(Fault { span, message, help: Some(help) });
                }
                continue;
            }
        };
        let line = document.file.position(comment.span.start).line;
        let scope = match (whole_file, comment.alone) {
            (true, _) => Some(Scope::File),
            (false, false) => Some(Scope::Line(line)),
            (false, true) => document.root().and_then(|root| below(root, document, line)).map(Scope::Block),
        };
        let ids = split(directive.rest);
        if ids.is_empty() {
            let message = "it does not say which rules are ignored".to_owned();
            let help = "Name them: `# stacklens: ignore E3012 -- reason`.".to_owned();
            found.faults.push(Fault { span: comment.span, message, help: Some(help) });
        }
        let Some(scope) = scope else { continue };
        for (index, id) in ids.iter().enumerate() {
            if !is_id(id) {
                let message = format!("`{id}` is no id of a rule");
                let help = "A reason stands behind `--`: `# stacklens: ignore E3012 -- reason`.".to_owned();
                found.faults.push(Fault { span: part(document, comment, id), message, help: Some(help) });
                break;
            }
            let removal = removal(document, comment, &ids, index);
            let span = part(document, comment, id);
            found.marks.push(Mark { id: (*id).to_owned(), span, scope, removal: Some(removal) });
        }
    }
}

fn directive(text: &str) -> Option<Directive<'_>> {
    let text = text.trim_start_matches(['#', '/', '*']).trim_start();
    let (name, rest) = text.split_once(':')?;
    let ours = match name.trim_end() {
        "stacklens" => true,
        "cfn-lint" => false,
        _ => return None,
    };
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '-').unwrap_or(rest.len());
    let (word, rest) = rest.split_at(end);
    Some(Directive { word, ours, rest: rest.trim_start_matches([' ', '=', ':']) })
}

/// The ids before the reason, or before another comment.
fn split(rest: &str) -> Vec<&str> {
    let ids = rest.split("--").next().and_then(|ids| ids.split('#').next()).unwrap_or("");
    ids.split([',', ' ', '\t', '\r']).filter(|id| !id.is_empty()).collect()
}

/// Whether a text is built like an id, or the start of one, in either case.
fn is_id(text: &str) -> bool {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = text.len() - digits.len();
    (1..=2).contains(&letters) && digits.len() <= 4 && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The place of a part of a comment.
fn part(document: &Document, comment: &Comment, part: &str) -> Span {
    let text = &document.file.text;
    let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let span = Span::new(start, start + part.len());
    if comment.span.contains(span) { span } else { comment.span }
}

/// Removes one id of a comment, or the comment when it has no other.
fn removal(document: &Document, comment: &Comment, ids: &[&str], index: usize) -> Fix {
    let file = &document.file;
    let (title, span) = match ids {
        [_] => ("remove the comment", whole(file, comment)),
        _ => {
            let at = |i: usize| ids.get(i).map(|id| part(document, comment, id));
            let own = part(document, comment, ids[index]);
            // With what separates it from its neighbour.
            let span = match (at(index + 1), index.checked_sub(1).and_then(at)) {
                (Some(next), _) => Span { start: own.start, end: next.start },
                (None, Some(previous)) => Span { start: previous.end, end: own.end },
                (None, None) => own,
            };
            ("remove the id", span)
        }
    };
    let edits = vec![Edit { span, text: String::new() }];
    Fix { title: title.to_owned(), applicability: Applicability::Safe, edits }
}

/// A comment with the blanks before it, or with its line when it is alone there.
fn whole(file: &SourceFile, comment: &Comment) -> Span {
    let start = comment.span.start as usize;
    let before = file.text.get(..start).unwrap_or("");
    if !comment.alone {
        return Span::new(before.trim_end_matches([' ', '\t']).len(), comment.span.end as usize);
    }
    let line = file.position(comment.span.start).line as usize;
    let starts = file.line_starts();
    let end = starts.get(line).map_or(file.text.len(), |&s| s as usize);
    let first = starts.get(line - 1).map_or(start, |&s| s as usize);
    Span::new(if line == 1 { first.max(file.bom_len()) } else { first }, end)
}

/// The first entry or item that starts below a line: the outermost of those that start together.
fn below(root: &Node, document: &Document, line: u32) -> Option<Span> {
    let after = document.file.line_starts().get(line as usize).copied()?;
    let mut best: Option<Span> = None;
    first_from(root, after, &mut best);
    best
}

fn first_from(node: &Node, after: u32, best: &mut Option<Span>) {
    let mut offer = |span: Span| {
        let better = best.is_none_or(|b| span.start < b.start || span.start == b.start && span.end > b.end);
        if span.start >= after && better {
            *best = Some(span);
        }
    };
    match &node.kind {
        NodeKind::Map(entries) => {
            entries.iter().for_each(|e| offer(e.key.span.to(e.value.span)));
            for e in entries.iter().filter(|e| e.value.span.end > after) {
                first_from(&e.value, after, best);
            }
        }
        NodeKind::List(items) => {
            items.iter().for_each(|i| offer(i.span));
            for item in items.iter().filter(|i| i.span.end > after) {
                first_from(item, after, best);
            }
        }
        NodeKind::Call(call) => {
            // A function written with its name is an entry like any other.
            if !call.short {
                offer(call.function_span.to(call.argument.span));
            }
            first_from(&call.argument, after, best);
        }
        NodeKind::Tagged(tagged) => first_from(&tagged.value, after, best),
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::DocumentKind;

    const TEXT: &str = "\
Resources:
  # stacklens: ignore E3012 -- old
  # more words
  Bucket:
    Type: AWS::S3::Bucket # cfn-lint: disable=W3,E2
    Properties:
      # stacklens: ignore E1
      - Key: a
        Value: b
      - Key: c
# stacklens: ignore-file W2001
# stacklens: ignore
# stacklens: forget W1
# stacklens: ignore E1 for a reason
# cfn-lint: is good
";

    fn read_marks() -> (Document, Suppressions) {
        let file = SourceFile::new("t.yaml", TEXT);
        let tree = crate::syntax::read(&file);
        let document = Document::new(file, DocumentKind::Template, tree);
        let mut found = Suppressions::default();
        read(&document, &mut found);
        (document, found)
    }

    #[test]
    fn comments_count_for_a_line_for_what_is_below_or_for_the_file() {
        let (document, found) = read_marks();
        let lines = |mark: &Mark| match mark.scope {
            Scope::File => "file".to_owned(),
            Scope::Line(line) => line.to_string(),
            Scope::Block(span) => {
                let end = document.file.text[..span.end as usize].trim_end().len() as u32;
                format!("{}-{}", document.file.position(span.start).line, document.file.position(end).line)
            }
        };
        let marks: Vec<_> = found.marks.iter().map(|m| format!("{} {}", m.id, lines(m))).collect();
        assert_eq!(marks, ["E3012 4-10", "W3 5", "E2 5", "E1 8-9", "W2001 file"]);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let (document, found) = read_marks();
        let faults: Vec<_> = found.faults.iter().map(|f| document.file.position(f.span.start).line).collect();
        assert_eq!(faults, [12, 13], "line 14 has nothing below it, line 15 is not meant for us");
        assert!(is_id("E3012") && is_id("W") && is_id("CD101") && !is_id("for") && !is_id("E30123"));
    }

    #[test]
    fn an_id_or_the_comment_is_removed() {
        let (document, found) = read_marks();
        let after = |id: &str| {
            let mark = found.marks.iter().find(|m| m.id == id).unwrap();
            crate::fix::apply(&document.file.text, &mark.removal.as_ref().unwrap().edits).unwrap()
        };
        assert_eq!(after("E3012"), TEXT.replace("  # stacklens: ignore E3012 -- old\n", ""));
        assert_eq!(after("W3"), TEXT.replace("W3,E2", "E2"));
        assert_eq!(after("E2"), TEXT.replace("W3,E2", "W3"));
    }
}
