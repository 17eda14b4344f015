//! JSON into the tree. Strict: comments, trailing commas and bare words are errors, as for CloudFormation.

use super::{Entry, Format, Key, MAX_DEPTH, MAX_NODES, Node, NodeKind, Style, SyntaxError, SyntaxErrorKind, Tree};
use crate::source::{SourceFile, Span};
use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::errors::ParseErrorKind;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions};
use std::collections::BTreeMap;

/// Reads JSON.
pub fn read(file: &SourceFile) -> Tree {
    let mut tree = Tree {
        root: None,
        errors: Vec::new(),
        comments: Vec::new(),
        aliases: Vec::new(),
        merge_keys: Vec::new(),
        format: Format::Json,
        left_out: Vec::new(),
    };
    let base = file.bom_len();
    let text = &file.text[base..];
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let collect = CollectOptions { comments: CommentCollectionStrategy::Off, tokens: false };
    let first = jsonc_parser::parse_to_ast(text, &collect, &strict);
    let parsed = match first {
        Ok(result) => Some(result),
        Err(e) => {
            let too_deep = matches!(e.kind(), ParseErrorKind::NestingDepthExceeded);
            tree.errors.push(describe(text, base, &e));
            // With a comment, a comma too many or one too few the rest can still be checked.
            if too_deep {
                None
            } else {
                let loose = ParseOptions { allow_single_quoted_strings: false, ..ParseOptions::default() };
                jsonc_parser::parse_to_ast(text, &collect, &loose).ok()
            }
        }
    };
    if let Some(value) = parsed.and_then(|r| r.value) {
        let mut reader = Reader { base, tree: &mut tree, nodes: 0, stopped: false };
        let root = reader.node(value, 0);
        if !reader.stopped {
            tree.root = Some(root);
        }
    }
    tree.errors.sort_by_key(|e| e.span);
    tree
}

struct Reader<'t> {
    base: usize,
    tree: &'t mut Tree,
    nodes: usize,
    stopped: bool,
}

impl Reader<'_> {
    fn node(&mut self, value: Value<'_>, depth: usize) -> Node {
        self.nodes += 1;
        let range = match &value {
            Value::StringLit(v) => v.range,
            Value::NumberLit(v) => v.range,
            Value::BooleanLit(v) => v.range,
            Value::Object(v) => v.range,
            Value::Array(v) => v.range,
            Value::NullKeyword(v) => v.range,
        };
        let span = Span::new(range.start + self.base, range.end + self.base);
        if (depth > MAX_DEPTH || self.nodes > MAX_NODES) && !self.stopped {
            self.stopped = true;
            let message = if depth > MAX_DEPTH {
                format!("values are nested more than {MAX_DEPTH} deep here")
            } else {
                format!("the file has more than {MAX_NODES} values")
            };
            let kind = SyntaxErrorKind::Limit;
            let span = Span { start: span.start, end: span.start + 1 };
            self.tree.errors.push(SyntaxError { kind, span, message, related: None, help: None });
        }
        if self.stopped {
            return Node::new(span, NodeKind::Null);
        }
        let (style, kind) = match value {
            Value::StringLit(v) => (Style::DoubleQuoted, NodeKind::String(v.value.into())),
            Value::NumberLit(v) => (Style::Plain, NodeKind::Number(v.value.into())),
            Value::BooleanLit(v) => (Style::Plain, NodeKind::Bool(v.value)),
            Value::NullKeyword(_) => (Style::Plain, NodeKind::Null),
            Value::Array(v) => {
                let items = v.elements.into_iter().map(|e| self.node(e, depth + 1)).collect();
                (Style::Flow, NodeKind::List(items))
            }
            Value::Object(v) => {
                let mut entries = Vec::with_capacity(v.properties.len());
                for property in v.properties {
                    let (text, range): (Box<str>, _) = match property.name {
                        ObjectPropName::String(s) => (s.value.into(), s.range),
                        ObjectPropName::Word(w) => (w.value.into(), w.range),
                    };
                    let span = Span::new(range.start + self.base, range.end + self.base);
                    let value = self.node(property.value, depth + 1);
                    entries.push(Entry { key: Key { text, span, style: Style::DoubleQuoted }, value });
                }
                self.duplicates(&entries);
                (Style::Flow, NodeKind::Map(entries))
            }
        };
        Node { span, style, kind }
    }

    fn duplicates(&mut self, entries: &[Entry]) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for e in entries {
            match seen.get(&*e.key.text) {
                Some(first) => self.tree.errors.push(SyntaxError {
                    kind: SyntaxErrorKind::DuplicateKey,
                    span: e.key.span,
                    message: format!("the key `{}` stands twice in this object", e.key.text),
                    related: Some((*first, "first here".to_owned())),
                    help: Some("remove one of them; only the last one would count".to_owned()),
                }),
                None => {
                    seen.insert(&e.key.text, e.key.span);
                }
            }
        }
    }
}

/// The problem in words a person can act on.
fn describe(text: &str, base: usize, error: &jsonc_parser::errors::ParseError) -> SyntaxError {
    use ParseErrorKind as K;
    let range = error.range();
    let mut start = range.start.min(text.len());
    if matches!(error.kind(), K::ExpectedComma) {
        // The parser stands behind the value before.
        start = text.len() - text[start..].trim_start().len();
    }
    let (message, help) = match error.kind() {
        K::TrailingCommasNotAllowed => ("a comma stands before the closing bracket", Some("remove the comma")),
        K::CommentsNotAllowed => ("JSON has no comments", Some("remove the comment, or write the template in YAML")),
        K::ExpectedComma => ("a comma is missing before this value", Some("separate entries with commas")),
        K::ExpectedColonAfterObjectKey => ("this key has no `:` after it", Some("write `\"key\": value`")),
        K::ExpectedObjectValue => ("this key has no value", Some("write a value after the `:`")),
        K::ExpectedStringObjectProperty | K::UnexpectedWord | K::SingleQuotedStringsNotAllowed => {
            ("a bare or single-quoted word stands where JSON wants a value", Some("put it in double quotes"))
        }
        K::MultipleRootJsonValues => ("text follows after the end of the JSON value", Some("remove it")),
        K::UnexpectedCloseBrace | K::UnexpectedCloseBracket => ("this bracket closes nothing", Some("remove it")),
        K::UnterminatedArray => ("this list is never closed", Some("add the closing `]`")),
        K::UnterminatedObject => ("this object is never closed", Some("add the closing `}`")),
        K::NestingDepthExceeded => ("values are nested too deep", None),
        K::String(_) => (
            "this string is not closed or holds a character it may not hold",
            Some("escape line ends as `\\n` and close the string"),
        ),
        _ => ("this is not valid JSON", None),
    };
    let end = range.end.clamp(start, text.len()).max((start + 1).min(text.len()));
    let end = text[start..end].find('\n').map_or(end, |n| start + n.max(1));
    let limit = matches!(error.kind(), K::NestingDepthExceeded);
    SyntaxError {
        kind: if limit { SyntaxErrorKind::Limit } else { SyntaxErrorKind::Malformed },
        span: Span::new(start + base, end + base),
        message: message.to_owned(),
        related: None,
        help: help.map(str::to_owned),
    }
}
