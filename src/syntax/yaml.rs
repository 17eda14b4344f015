//! YAML into the tree.
//!
//! yaml-rust2 gives the events through its pull interface. Where its stricter grammar refuses a document, libyaml-safer
//! gives the same events, so that what CloudFormation's users write is read (closing brackets at the parent's
//! indentation, a tab after a key). Both give only rough positions; `build` finds every token again in the source, which
//! makes spans exact and collects comments on the way. What neither accepts is read again without the part that holds
//! the error (`recover`).

mod build;
mod recover;

use super::{Format, SyntaxError, SyntaxErrorKind, Tree};
use crate::source::{SourceFile, Span};

/// An event of either parser, reduced to what the builder needs.
#[derive(Debug)]
enum Event {
    DocumentStart,
    DocumentEnd,
    StreamEnd,
    Alias,
    Scalar { value: String, style: ScalarStyle, properties: Properties },
    SequenceStart(Properties),
    SequenceEnd,
    MappingStart(Properties),
    MappingEnd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ScalarStyle {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

/// Which properties stand before a node.
#[derive(Clone, Copy, Debug, Default)]
struct Properties {
    tag: bool,
    anchor: bool,
}

/// A parser's refusal: byte offset in the text, and in which words.
#[derive(Debug, Clone)]
struct Problem {
    offset: usize,
    /// Where the construct began that could not be finished.
    context: Option<usize>,
    text: String,
    limit: bool,
}

/// A source of events.
trait Events {
    fn next(&mut self) -> Result<Event, Problem>;
}

/// Reads YAML.
pub fn read(file: &SourceFile) -> Tree {
    let base = file.bom_len();
    let text = &file.text[base..];
    let mut tree = match parse(text) {
        Ok(tree) => tree,
        Err(problem) => recover::read_around(text, problem),
    };
    if base > 0 {
        shift(&mut tree, base as u32);
    }
    tree
}

fn empty_tree() -> Tree {
    Tree {
        root: None,
        errors: Vec::new(),
        comments: Vec::new(),
        aliases: Vec::new(),
        merge_keys: Vec::new(),
        format: Format::Yaml,
        left_out: Vec::new(),
    }
}

/// One attempt with both parsers.
fn parse(text: &str) -> Result<Tree, Problem> {
    match build::build(text, &mut Primary::new(text)) {
        Ok(tree) => Ok(tree),
        Err(problem) if problem.limit => {
            let mut tree = empty_tree();
            tree.errors.push(SyntaxError {
                kind: SyntaxErrorKind::Limit,
                span: Span::new(problem.offset, problem.offset + 1),
                message: problem.text,
                related: None,
                help: None,
            });
            Ok(tree)
        }
        Err(_) => {
            // The fallback's known panic on a block scalar at the end of the input needs a line end there.
            let mut input = text.to_owned();
            if !input.ends_with('\n') {
                input.push('\n');
            }
            let attempt = std::panic::catch_unwind(|| {
                let mut bytes = input.as_bytes();
                build::build(text, &mut Fallback::new(&input, &mut bytes))
            });
            attempt.unwrap_or_else(|_| Err(primary_problem(text)))
        }
    }
}

fn primary_problem(text: &str) -> Problem {
    match build::build(text, &mut Primary::new(text)) {
        Err(problem) => problem,
        Ok(_) => Problem { offset: 0, context: None, text: "cannot be read".to_owned(), limit: false },
    }
}

struct Primary<'t> {
    parser: yaml_rust2::parser::Parser<std::str::Chars<'t>>,
    text: &'t str,
}

impl<'t> Primary<'t> {
    fn new(text: &'t str) -> Self {
        Primary { parser: yaml_rust2::parser::Parser::new_from_str(text), text }
    }
}

impl Events for Primary<'_> {
    fn next(&mut self) -> Result<Event, Problem> {
        use yaml_rust2::parser::Event as E;
        use yaml_rust2::scanner::TScalarStyle as S;
        loop {
            let (event, _) = self.parser.next_token().map_err(|e| {
                let mark = e.marker();
                let limit = e.info().contains("recursion limit");
                Problem {
                    offset: line_offset(self.text, mark.line().saturating_sub(1), mark.col()),
                    context: None,
                    text: if limit { "values are nested too deep here".to_owned() } else { e.info().to_owned() },
                    limit,
                }
            })?;
            let properties = |anchor: usize, tag: bool| Properties { tag, anchor: anchor > 0 };
            return Ok(match event {
                E::Nothing | E::StreamStart => continue,
                E::DocumentStart => Event::DocumentStart,
                E::DocumentEnd => Event::DocumentEnd,
                E::StreamEnd => Event::StreamEnd,
                E::Alias(_) => Event::Alias,
                E::Scalar(value, style, anchor, tag) => Event::Scalar {
                    value,
                    style: match style {
                        S::Plain => ScalarStyle::Plain,
                        S::SingleQuoted => ScalarStyle::SingleQuoted,
                        S::DoubleQuoted => ScalarStyle::DoubleQuoted,
                        S::Literal => ScalarStyle::Literal,
                        S::Folded => ScalarStyle::Folded,
                    },
                    properties: properties(anchor, tag.is_some()),
                },
                E::SequenceStart(anchor, tag) => Event::SequenceStart(properties(anchor, tag.is_some())),
                E::SequenceEnd => Event::SequenceEnd,
                E::MappingStart(anchor, tag) => Event::MappingStart(properties(anchor, tag.is_some())),
                E::MappingEnd => Event::MappingEnd,
            });
        }
    }
}

struct Fallback<'t> {
    parser: libyaml_safer::Parser<&'t mut &'t [u8]>,
    text: &'t str,
}

impl<'t> Fallback<'t> {
    fn new(text: &'t str, bytes: &'t mut &'t [u8]) -> Self {
        let mut parser = libyaml_safer::Parser::new();
        parser.set_encoding(libyaml_safer::Encoding::Utf8);
        parser.set_input_string(bytes);
        Fallback { parser, text }
    }
}

impl Events for Fallback<'_> {
    fn next(&mut self) -> Result<Event, Problem> {
        use libyaml_safer::EventData as E;
        use libyaml_safer::ScalarStyle as S;
        loop {
            let event = self.parser.parse().map_err(|e| {
                let at = |m: libyaml_safer::Mark| line_offset(self.text, m.line as usize, m.column as usize);
                Problem {
                    offset: e.problem_mark().map_or(0, at),
                    context: e.context_mark().map(at),
                    text: match e.context() {
                        Some(context) => format!("{} {context}", e.problem()),
                        None => e.problem().to_owned(),
                    },
                    limit: false,
                }
            })?;
            return Ok(match event.data {
                E::StreamStart { .. } => continue,
                E::StreamEnd => Event::StreamEnd,
                E::DocumentStart { .. } => Event::DocumentStart,
                E::DocumentEnd { .. } => Event::DocumentEnd,
                E::Alias { .. } => Event::Alias,
                E::Scalar { anchor, tag, value, style, .. } => Event::Scalar {
                    value,
                    style: match style {
                        S::SingleQuoted => ScalarStyle::SingleQuoted,
                        S::DoubleQuoted => ScalarStyle::DoubleQuoted,
                        S::Literal => ScalarStyle::Literal,
                        S::Folded => ScalarStyle::Folded,
                        _ => ScalarStyle::Plain,
                    },
                    properties: Properties { tag: tag.is_some(), anchor: anchor.is_some() },
                },
                E::SequenceStart { anchor, tag, .. } => {
                    Event::SequenceStart(Properties { tag: tag.is_some(), anchor: anchor.is_some() })
                }
                E::SequenceEnd => Event::SequenceEnd,
                E::MappingStart { anchor, tag, .. } => {
                    Event::MappingStart(Properties { tag: tag.is_some(), anchor: anchor.is_some() })
                }
                E::MappingEnd => Event::MappingEnd,
            });
        }
    }
}

/// Byte offset of a line (from 0) and column (characters, from 0).
fn line_offset(text: &str, line: usize, column: usize) -> usize {
    let mut offset = 0;
    for _ in 0..line {
        match text[offset..].find('\n') {
            Some(n) => offset += n + 1,
            None => return text.len(),
        }
    }
    let rest = &text[offset..];
    rest.char_indices().nth(column).map_or(text.len(), |(i, _)| offset + i)
}

/// Moves every span by the length of the byte order mark.
fn shift(tree: &mut Tree, by: u32) {
    use super::{Node, NodeKind};
    fn span(s: &mut Span, by: u32) {
        s.start += by;
        s.end += by;
    }
    fn node(n: &mut Node, by: u32) {
        span(&mut n.span, by);
        match &mut n.kind {
            NodeKind::List(items) => items.iter_mut().for_each(|i| node(i, by)),
            NodeKind::Map(entries) => {
                for e in entries {
                    span(&mut e.key.span, by);
                    node(&mut e.value, by);
                }
            }
            NodeKind::Tagged(t) => {
                span(&mut t.tag_span, by);
                node(&mut t.value, by);
            }
            NodeKind::Call(_) | NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {}
        }
    }
    if let Some(root) = &mut tree.root {
        node(root, by);
    }
    for e in &mut tree.errors {
        span(&mut e.span, by);
        if let Some((s, _)) = &mut e.related {
            span(s, by);
        }
    }
    tree.comments.iter_mut().for_each(|c| span(&mut c.span, by));
    tree.aliases.iter_mut().for_each(|s| span(s, by));
    tree.merge_keys.iter_mut().for_each(|s| span(s, by));
}
