//! The one tree every document becomes: nodes with byte spans, whatever the spelling (YAML or JSON).
//!
//! Reading never fails: it gives a tree as far as there is one, and the errors met. Anchors are expanded (the copies keep
//! the spans of the anchored text), duplicate keys are kept, plain scalars have the meaning CloudFormation gives them.

pub mod comments;
pub mod embedded;
pub mod json;
pub mod placeholders;
pub mod scalar;
pub mod toml;
pub mod yaml;

use crate::source::{SourceFile, Span};

/// A value with its place. `span` covers the value alone: no key, no tag, no anchor; quotes and brackets are inside.
///
/// A node that a transform generated has the span of the author's text that caused it.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where in the file.
    pub span: Span,
    /// How a scalar was written.
    pub style: Style,
    /// What it is.
    pub kind: NodeKind,
}

/// How a node was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Style {
    /// A plain YAML scalar, a block collection.
    #[default]
    Plain,
    /// `'text'`.
    SingleQuoted,
    /// `"text"` (every JSON string).
    DoubleQuoted,
    /// `|` or `>`.
    Block,
    /// A collection in brackets (every JSON collection).
    Flow,
    /// Made by a transform: the span is that of its cause.
    Generated,
}

/// The kinds of value. `Call` appears only after `intrinsics::recognize`.
#[derive(Clone, Debug)]
pub enum NodeKind {
    /// Null, `~` or nothing at all.
    Null,
    /// A boolean (YAML 1.1: also yes/no/on/off).
    Bool(bool),
    /// A number, its text as written (`3.0`, `0x1F`, `1_000`).
    Number(Box<str>),
    /// Text. Dates (`2010-09-09`) and digit strings that are no numbers stay text.
    String(Box<str>),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in source order, duplicates kept.
    Map(Vec<Entry>),
    /// An intrinsic function, in either spelling.
    Call(Box<Call>),
    /// A node with a YAML tag that is no intrinsic (`!Foo x`).
    Tagged(Box<Tagged>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// Calls `visit` for every null in the value, with the key that holds it (a list item has the key of its list).
    pub fn each_null<'n>(&'n self, visit: &mut dyn FnMut(Span, &'n Node)) {
        fn go<'n>(key: Span, node: &'n Node, visit: &mut dyn FnMut(Span, &'n Node)) {
            match &node.kind {
                NodeKind::Null => visit(key, node),
                NodeKind::List(items) => items.iter().for_each(|item| go(key, item, visit)),
                NodeKind::Map(entries) => entries.iter().for_each(|e| go(e.key.span, &e.value, visit)),
                NodeKind::Call(call) => {
                    go(if call.short { key } else { call.function_span }, &call.argument, visit);
                }
                NodeKind::Tagged(t) => go(key, &t.value, visit),
                NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {}
            }
        }
        go(self.key.span, &self.value, visit);
    }
}

/// A mapping key: its text, whatever scalar it was.
#[derive(Clone, Debug)]
pub struct Key {
    /// The text, unescaped.
    pub text: Box<str>,
    /// Where; quotes are inside.
    pub span: Span,
    /// How it was written.
    pub style: Style,
}

/// An intrinsic function call; `!Ref x` and `{Ref: x}` are the same thing.
#[derive(Clone, Debug)]
pub struct Call {
    /// Which function.
    pub function: crate::intrinsics::Intrinsic,
    /// The characters that named it: `!Sub`, or the key `Fn::Sub`.
    pub function_span: Span,
    /// Whether it was written with a YAML tag.
    pub short: bool,
    /// Its argument. `!GetAtt A.B.C` in the short spelling gives the list `[A, B.C]`.
    pub argument: Node,
}

/// A node under a tag that is not an intrinsic.
#[derive(Clone, Debug)]
pub struct Tagged {
    /// The tag with its exclamation mark(s): `!Foo`.
    pub tag: Box<str>,
    /// Where the tag stands.
    pub tag_span: Span,
    /// The value under it.
    pub value: Node,
}

/// What went wrong while reading, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Which kind; the rules turn it into an id.
    pub kind: SyntaxErrorKind,
    /// Where.
    pub span: Span,
    /// One lower-case sentence.
    pub message: String,
    /// Another place involved (the first of two equal keys).
    pub related: Option<(Span, String)>,
    /// What to do.
    pub help: Option<String>,
}

/// Kinds of syntax errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// The text is not YAML or JSON here.
    Malformed,
    /// A key stands twice in one mapping (`span` is the later, `related` the first).
    DuplicateKey,
    /// A key is null.
    NullKey,
    /// A key is a list or mapping.
    ComplexKey,
    /// An alias names no anchor.
    UnknownAlias,
    /// More than one document in the file.
    SeveralDocuments,
    /// Nesting, node count, size or alias expansion over a limit.
    Limit,
    /// The bytes are not text.
    Encoding,
}

/// A comment: `# ...` to the end of the line, the span without the line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From `#` to the last character.
    pub span: Span,
    /// Whether only blanks stand before it on its line.
    pub alone: bool,
}

/// Which reader read the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// YAML.
    Yaml,
    /// JSON.
    Json,
}

/// A read file: the tree and everything the tree does not hold.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The root; `None` for an empty file or one that could not be read at all.
    pub root: Option<Node>,
    /// In source order.
    pub errors: Vec<SyntaxError>,
    /// In source order.
    pub comments: Vec<Comment>,
    /// Places of aliases (`*name`), in source order.
    pub aliases: Vec<Span>,
    /// Places of merge keys (`<<`), in source order.
    pub merge_keys: Vec<Span>,
    /// Which reader.
    pub format: Format,
    /// Lines that were left out because of a syntax error in them, where that is known, in source order.
    pub left_out: Vec<Span>,
}

impl Tree {
    /// Whether parts of the file are not in the tree because of a syntax error.
    pub fn is_torn(&self) -> bool {
        self.errors.iter().any(|e| e.kind == SyntaxErrorKind::Malformed)
    }
}

/// Largest file that is read, in bytes. CloudFormation's own limit is 1 MB; generated files may be larger.
pub const MAX_FILE_BYTES: usize = 16 * 1024 * 1024;
/// Deepest nesting that is read.
pub const MAX_DEPTH: usize = 200;
/// Most nodes that a tree may have, aliases expanded.
pub const MAX_NODES: usize = 2_000_000;
/// Most nodes that aliases may add.
pub const MAX_ALIAS_NODES: usize = 250_000;

/// Reads a file: JSON when it starts with `{` or `[` and its name ends in `.json` or the text is JSON, YAML otherwise.
pub fn read(file: &SourceFile) -> Tree {
    if file.text.len() > MAX_FILE_BYTES {
        let message = format!(
            "the file has {} MB; files over {} MB are not read",
            file.text.len() / (1024 * 1024),
            MAX_FILE_BYTES / (1024 * 1024)
        );
        let error = SyntaxError {
            kind: SyntaxErrorKind::Limit,
            span: Span::new(0, 0),
            message,
            related: None,
            help: Some("CloudFormation accepts templates up to 1 MB".to_owned()),
        };
        return Tree {
            root: None,
            errors: vec![error],
            comments: Vec::new(),
            aliases: Vec::new(),
            merge_keys: Vec::new(),
            format: Format::Yaml,
            left_out: Vec::new(),
        };
    }
    let body = file.text[file.bom_len()..].trim_start();
    if body.starts_with('{') || body.starts_with('[') && file.name.ends_with(".json") {
        let tree = json::read(file);
        // A YAML flow mapping also starts with a brace: only a `.json` name makes JSON the law.
        if tree.errors.is_empty() || file.name.ends_with(".json") {
            return tree;
        }
        let as_yaml = yaml::read(file);
        return if as_yaml.errors.is_empty() { as_yaml } else { tree };
    }
    yaml::read(file)
}

impl Node {
    /// A plain node.
    pub fn new(span: Span, kind: NodeKind) -> Self {
        Node { span, style: Style::Plain, kind }
    }

    /// A node that a transform makes, caused by the text at `span`.
    pub fn generated(span: Span, kind: NodeKind) -> Self {
        Node { span, style: Style::Generated, kind }
    }

    /// Text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::String(s) => Some(s),
            _ => None,
        }
    }

    /// The text of a string, number or boolean as CloudFormation would pass it on (`true`, `3.0`).
    pub fn scalar_text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::String(s) | NodeKind::Number(s) => Some(s),
            NodeKind::Bool(true) => Some("true"),
            NodeKind::Bool(false) => Some("false"),
            _ => None,
        }
    }

    /// The boolean, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            NodeKind::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// The number, if this is one that a float can hold.
    pub fn as_f64(&self) -> Option<f64> {
        match &self.kind {
            NodeKind::Number(text) => scalar::number_value(text),
            _ => None,
        }
    }

    /// The items, if this is a list.
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, if this is a mapping.
    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.kind {
            NodeKind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The call, if this is an intrinsic function.
    pub fn as_call(&self) -> Option<&Call> {
        match &self.kind {
            NodeKind::Call(call) => Some(call),
            _ => None,
        }
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, NodeKind::Null)
    }

    /// Whether this is a string, number, boolean or null.
    pub fn is_scalar(&self) -> bool {
        matches!(self.kind, NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_))
    }

    /// The entry of a key (the last one, as readers of YAML and JSON take it).
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_map()?.iter().rev().find(|e| &*e.key.text == key)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|e| &e.value)
    }

    /// The value under a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// What kind of value this is, in words: "a list", "a string", "`!Sub`".
    pub fn describe(&self) -> String {
        match &self.kind {
            NodeKind::Null => "null".to_owned(),
            NodeKind::Bool(_) => "a boolean".to_owned(),
            NodeKind::Number(_) => "a number".to_owned(),
            NodeKind::String(_) => "a string".to_owned(),
            NodeKind::List(_) => "a list".to_owned(),
            NodeKind::Map(_) => "a mapping".to_owned(),
            NodeKind::Call(c) => format!("`{}`", c.function.name()),
            NodeKind::Tagged(t) => format!("a value tagged `{}`", t.tag),
        }
    }

    /// Whether two values are equal, whatever their places, styles and the spelling of calls.
    pub fn same_value(&self, other: &Node) -> bool {
        match (&self.kind, &other.kind) {
            (NodeKind::Null, NodeKind::Null) => true,
            (NodeKind::Bool(a), NodeKind::Bool(b)) => a == b,
            (NodeKind::Number(a), NodeKind::Number(b)) | (NodeKind::String(a), NodeKind::String(b)) => a == b,
            (NodeKind::List(a), NodeKind::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same_value(b))
            }
            (NodeKind::Map(a), NodeKind::Map(b)) => {
                a.len() == b.len()
                    && a.iter().all(|x| b.iter().any(|y| x.key.text == y.key.text && x.value.same_value(&y.value)))
            }
            (NodeKind::Call(a), NodeKind::Call(b)) => a.function == b.function && a.argument.same_value(&b.argument),
            (NodeKind::Tagged(a), NodeKind::Tagged(b)) => a.tag == b.tag && a.value.same_value(&b.value),
            _ => false,
        }
    }

    /// Calls `visit` on every key in this node.
    pub fn each_key<'n>(&'n self, visit: &mut dyn FnMut(&'n Key)) {
        self.walk(&mut |node| node.as_map().unwrap_or_default().iter().for_each(|e| visit(&e.key)));
    }

    /// Calls `visit` on this node and every node below it, in source order; keys are not nodes.
    pub fn walk<'n>(&'n self, visit: &mut dyn FnMut(&'n Node)) {
        visit(self);
        match &self.kind {
            NodeKind::List(items) => items.iter().for_each(|n| n.walk(visit)),
            NodeKind::Map(entries) => entries.iter().for_each(|e| e.value.walk(visit)),
            NodeKind::Call(call) => call.argument.walk(visit),
            NodeKind::Tagged(t) => t.value.walk(visit),
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {}
        }
    }
}
