//! Shapes of the fixed parts of a template as static data, and the walk that compares a node with one.
//!
//! A shape says what a value may be; the walk hands out typed problems with the most specific place, and the family of the
//! section gives them their rule. What a function will give is not known here, so where functions are allowed they pass.

use super::suggest::nearest;
use crate::intrinsics::Intrinsic;
use crate::source::Span;
use crate::syntax::{Call, Key, Node, NodeKind};

/// A kind of value. Scalars are lenient as CloudFormation is: numbers and booleans pass for text, text that says a number
/// or a boolean passes for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, or any other scalar but null.
    Text,
    /// Text and nothing else.
    String,
    /// A number, or text that is one.
    Number,
    /// A whole number, or text that is one.
    Integer,
    /// A boolean, or the text of one.
    Boolean,
    /// A sequence.
    List,
    /// A mapping.
    Map,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Kind::Text | Kind::String => "a string",
            Kind::Number => "a number",
            Kind::Integer => "an integer",
            Kind::Boolean => "a boolean",
            Kind::List => "a list",
            Kind::Map => "a mapping",
        }
    }

    /// Whether a value is of this kind.
    pub fn accepts(self, node: &Node) -> bool {
        let text = || node.scalar_text().unwrap_or("");
        match self {
            Kind::Text => node.scalar_text().is_some(),
            Kind::String => node.as_str().is_some(),
            Kind::Number => number(node).is_some(),
            Kind::Integer => match &node.kind {
                NodeKind::Number(_) => node.as_f64().is_some_and(|n| n.fract() == 0.0),
                NodeKind::String(s) => s.trim().parse::<i64>().is_ok(),
                _ => false,
            },
            Kind::Boolean => matches!(text(), "true" | "false" | "True" | "False" | "TRUE" | "FALSE"),
            Kind::List => node.as_list().is_some(),
            Kind::Map => node.as_map().is_some(),
        }
    }
}

fn number(node: &Node) -> Option<f64> {
    match &node.kind {
        NodeKind::Number(_) => node.as_f64(),
        NodeKind::String(s) => s.trim().parse().ok(),
        _ => None,
    }
}

/// What a value may be. Everything left out of a shape is free.
#[derive(Debug)]
pub struct Shape {
    /// Allowed kinds; none means any.
    pub kinds: &'static [Kind],
    /// Known members of a mapping.
    pub members: &'static [(&'static str, &'static Shape)],
    /// Whether members that are not known are wrong.
    pub closed: bool,
    /// The shape of members that are not known.
    pub rest: Option<&'static Shape>,
    /// Members that must be there.
    pub required: &'static [&'static str],
    /// (this member, excludes that one): the second is wrong when both are there.
    pub excludes: &'static [(&'static str, &'static str)],
    /// The shape of list items.
    pub items: Option<&'static Shape>,
    /// Allowed texts; none means any.
    pub values: &'static [&'static str],
    /// Least and greatest number.
    pub range: Option<(f64, f64)>,
    /// Least and greatest length of a text, in characters.
    pub length: Option<(usize, usize)>,
    /// Most items of a list.
    pub max_items: Option<usize>,
}

impl Shape {
    /// Anything.
    pub const ANY: Shape = Shape {
        kinds: &[],
        members: &[],
        closed: false,
        rest: None,
        required: &[],
        excludes: &[],
        items: None,
        values: &[],
        range: None,
        length: None,
        max_items: None,
    };

    /// Of these kinds, whatever is inside.
    pub const fn of(kinds: &'static [Kind]) -> Shape {
        Shape { kinds, ..Shape::ANY }
    }

    /// A mapping with exactly these members.
    pub const fn closed(members: &'static [(&'static str, &'static Shape)]) -> Shape {
        Shape { kinds: &[Kind::Map], members, closed: true, ..Shape::ANY }
    }

    /// A mapping from free keys.
    pub const fn map_of(rest: &'static Shape) -> Shape {
        Shape { kinds: &[Kind::Map], rest: Some(rest), ..Shape::ANY }
    }

    /// A list.
    pub const fn list_of(items: &'static Shape) -> Shape {
        Shape { kinds: &[Kind::List], items: Some(items), ..Shape::ANY }
    }

    /// One of these texts.
    pub const fn one_of(values: &'static [&'static str]) -> Shape {
        Shape { kinds: &[Kind::Text], values, ..Shape::ANY }
    }

    /// A whole number between two bounds.
    pub const fn integer(least: i32, greatest: i32) -> Shape {
        Shape { kinds: &[Kind::Integer], range: Some((least as f64, greatest as f64)), ..Shape::ANY }
    }
}

/// Any value.
pub static ANY: Shape = Shape::ANY;
/// Text.
pub static TEXT: Shape = Shape::of(&[Kind::Text]);
/// A boolean.
pub static BOOLEAN: Shape = Shape::of(&[Kind::Boolean]);
/// A whole number.
pub static INTEGER: Shape = Shape::of(&[Kind::Integer]);
/// A number.
pub static NUMBER: Shape = Shape::of(&[Kind::Number]);
/// A mapping.
pub static MAP: Shape = Shape::of(&[Kind::Map]);
/// A list of texts.
pub static TEXTS: Shape = Shape::list_of(&TEXT);
/// A mapping to texts.
pub static TEXT_MAP: Shape = Shape::map_of(&TEXT);

/// Which part of a shape does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// A member that is not known.
    UnknownMember,
    /// A member is missing.
    MissingMember,
    /// Two members exclude each other.
    ExcludedMember,
    /// A value of the wrong kind.
    WrongKind,
    /// A text that is not among the allowed ones, a number out of bounds, too many items.
    WrongValue,
    /// A text too short or too long.
    WrongLength,
}

/// A place where a value does not have its shape.
#[derive(Debug)]
pub struct Problem<'n> {
    /// Which part does not hold.
    pub kind: ProblemKind,
    /// Where.
    pub span: Span,
    /// The member that is unknown, missing or holds the wrong value; empty at the root and in lists.
    pub name: &'n str,
    /// One lower-case sentence.
    pub message: String,
    /// What to do, when that is clear.
    pub help: Option<String>,
    /// Where the value is a function that is not allowed: the call.
    pub call: Option<&'n Call>,
}

/// Compares nodes with shapes.
pub struct Checker<'n, 's> {
    /// Whether functions may stand for values.
    pub functions: bool,
    /// Takes the problems.
    pub found: &'s mut dyn FnMut(Problem<'n>),
}

impl<'n> Checker<'n, '_> {
    /// Compares one value. `name` is its key (empty if none), `owner` the place to report missing members at.
    pub fn check(&mut self, node: &'n Node, name: &'n str, owner: Span, shape: &'static Shape) {
        if self.functions
            && let NodeKind::Call(call) = &node.kind
        {
            self.branches(call, name, shape);
            return;
        }
        if !shape.kinds.is_empty() && !shape.kinds.iter().any(|k| k.accepts(node)) {
            self.wrong_kind(node, name, owner, shape);
            return;
        }
        match &node.kind {
            NodeKind::Map(_) => self.map(node, owner, shape),
            NodeKind::List(items) => {
                if let Some(most) = shape.max_items
                    && items.len() > most
                {
                    let message = format!("{} has {} items; at most {most} are allowed", titled(name), items.len());
                    self.report(ProblemKind::WrongValue, node.span, name, message);
                }
                if let Some(items_shape) = shape.items {
                    items.iter().for_each(|item| self.check(item, "", item.span, items_shape));
                }
            }
            _ => self.scalar(node, name, shape),
        }
    }

    /// The branches of a `Fn::If` must have the shape too; of other functions nothing is known.
    fn branches(&mut self, call: &'n Call, name: &'n str, shape: &'static Shape) {
        if call.function == Intrinsic::If
            && let Some([_, yes, no]) = call.argument.as_list()
        {
            self.check(yes, name, yes.span, shape);
            self.check(no, name, no.span, shape);
        }
    }

    fn wrong_kind(&mut self, node: &'n Node, name: &'n str, owner: Span, shape: &'static Shape) {
        let allowed: Vec<&str> = shape.kinds.iter().map(|k| k.words()).collect();
        let message = format!("{} must be {}, not {}", titled(name), any_of(&allowed), node.describe());
        let span = if node.span.is_empty() { owner } else { node.span };
        let call = node.as_call();
        (self.found)(Problem { kind: ProblemKind::WrongKind, span, name, message, help: None, call });
    }

    fn scalar(&mut self, node: &'n Node, name: &'n str, shape: &'static Shape) {
        let Some(text) = node.scalar_text() else { return };
        if !shape.values.is_empty() && !shape.values.contains(&text) {
            let known = shape.values.iter().copied();
            let help = nearest(text, known).map(|n| format!("Did you mean `{n}`?"));
            let message = format!("`{text}` is not allowed for {}; allowed: {}", titled(name), quoted(shape.values));
            let problem = Problem { kind: ProblemKind::WrongValue, span: node.span, name, message, help, call: None };
            (self.found)(problem);
        }
        if let Some((least, greatest)) = shape.range
            && number(node).is_some_and(|n| n < least || n > greatest)
        {
            let message = format!("{} is {text}; it must lie between {least} and {greatest}", titled(name));
            self.report(ProblemKind::WrongValue, node.span, name, message);
        }
        if let Some((least, greatest)) = shape.length
            && matches!(node.kind, NodeKind::String(_))
        {
            let length = text.chars().count();
            if length < least || length > greatest {
                let bounds = match (least == greatest, least) {
                    (true, _) => format!("exactly {least}"),
                    (_, 0) => format!("at most {greatest}"),
                    _ => format!("{least} to {greatest}"),
                };
                let message = format!("{} has {length} characters; {bounds} are allowed", titled(name));
                self.report(ProblemKind::WrongLength, node.span, name, message);
            }
        }
    }

    fn map(&mut self, node: &'n Node, owner: Span, shape: &'static Shape) {
        let entries = node.as_map().unwrap_or_default();
        for e in entries {
            let known = shape.members.iter().find(|m| m.0 == &*e.key.text).map(|m| m.1);
            match known.or(shape.rest) {
                Some(s) => self.check(&e.value, &e.key.text, e.key.span, s),
                None if shape.closed && !(self.functions && is_macro_key(&e.key.text)) => self.unknown(&e.key, shape),
                None => {}
            }
        }
        for required in shape.required {
            if entries.iter().all(|e| &*e.key.text != *required || e.value.is_null()) {
                let message = format!("`{required}` is missing");
                self.report(ProblemKind::MissingMember, owner, required, message);
            }
        }
        for (this, that) in shape.excludes {
            if node.get(this).is_some()
                && let Some(e) = node.entry(that)
            {
                let message = format!("`{that}` cannot stand together with `{this}`");
                self.report(ProblemKind::ExcludedMember, e.key.span, that, message);
            }
        }
    }

    fn unknown(&mut self, key: &'n Key, shape: &'static Shape) {
        let names: Vec<&str> = shape.members.iter().map(|m| m.0).collect();
        let help = nearest(&key.text, names.iter().copied()).map(|n| format!("Did you mean `{n}`?"));
        let message = match names.len() {
            0 => format!("`{}` is not known here", key.text),
            1..=9 => format!("`{}` is not known here; known: {}", key.text, quoted(&names)),
            _ => format!("`{}` is not known here", key.text),
        };
        let (kind, span) = (ProblemKind::UnknownMember, key.span);
        (self.found)(Problem { kind, span, name: &key.text, message, help, call: None });
    }

    fn report(&mut self, kind: ProblemKind, span: Span, name: &'n str, message: String) {
        (self.found)(Problem { kind, span, name, message, help: None, call: None });
    }
}

/// Keys that a macro or the language extensions will replace.
pub fn is_macro_key(key: &str) -> bool {
    key == "Fn::Transform" || key.starts_with("Fn::ForEach")
}

/// A name in backticks; `the value` where there is none.
fn titled(name: &str) -> String {
    if name.is_empty() { "the value".to_owned() } else { format!("`{name}`") }
}

/// Names in backticks, with commas.
pub fn quoted(names: &[&str]) -> String {
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

/// "a, b or c".
pub fn any_of(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
