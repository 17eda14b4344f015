//! The normal form of a value: what is written in different ways but means the same is one value here.
//!
//! A text is a list of pieces, so that `!Ref A`, `!Sub ${A}` and `!Join ['', [!Ref A]]` are equal and a reference inside
//! a text is found. Maps are sorted. `AWS::NoValue` is absence.

use crate::source::Span;
use std::fmt::Write;

/// A value with where it stands and what had a part in it.
#[derive(Clone, Debug)]
pub(super) struct Val {
    pub(super) kind: Kind,
    /// The parameters, conditions and mappings that were read for it, sorted.
    pub(super) from: Vec<Cause>,
    pub(super) span: Span,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Null,
    Text(Vec<Piece>),
    List(Vec<Val>),
    /// Sorted by name.
    Map(Vec<(String, Val)>),
    /// One of two, by a condition that is not decided.
    Choice {
        condition: String,
        then: Option<Box<Val>>,
        otherwise: Option<Box<Val>>,
    },
}

/// A part of a text.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Text(String),
    /// `Ref` of a resource.
    Ref(String),
    /// `Fn::GetAtt` of a resource.
    Attribute(String, String),
    /// A parameter whose value is not known.
    Parameter(String),
    /// A parameter whose value is read from the parameter store at each update, and the name there.
    Stored {
        name: String,
        key: String,
    },
    /// A parameter that the stack around passes; the key is one text for equal values.
    Passed {
        name: String,
        key: String,
    },
    /// The value of a `NoEcho` parameter: compared, never shown.
    Secret(String),
    /// A pseudo parameter that only the deployment knows.
    Pseudo(String),
    /// A function that is not computed.
    Call {
        name: String,
        arguments: Vec<Val>,
    },
}

/// Something that has a part in a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    Parameter(String),
    Condition(String),
    Mapping(String),
}

impl Val {
    pub(super) fn text(span: Span, text: impl Into<String>) -> Val {
        Val { kind: Kind::Text(vec![Piece::Text(text.into())]), from: Vec::new(), span }
    }

    pub(super) fn pieces(span: Span, pieces: Vec<Piece>) -> Val {
        Val { kind: Kind::Text(joined(pieces)), from: Vec::new(), span }
    }

    /// The text when it is known.
    pub(super) fn known(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(pieces) => match pieces.as_slice() {
                [] => Some(""),
                [Piece::Text(text)] => Some(text),
                [Piece::Secret(value)] => Some(value),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Val> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The value under a path of names; items of lists are not entered.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Val> {
        path.iter().try_fold(self, |value, name| value.get(name))
    }

    pub(super) fn items(&self) -> &[Val] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// Whether it is an empty list, an empty map or a map of such: as good as absent.
    pub(super) fn is_hollow(&self) -> bool {
        match &self.kind {
            Kind::List(items) => items.is_empty(),
            Kind::Map(entries) => entries.iter().all(|(_, value)| value.is_hollow()),
            Kind::Null => true,
            _ => false,
        }
    }

    /// Adds what was read for it.
    pub(super) fn add(&mut self, causes: impl IntoIterator<Item = Cause>) {
        self.from.extend(causes);
        self.from.sort();
        self.from.dedup();
    }

    /// One text for equal values.
    pub(super) fn canonical(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, true);
        out
    }

    /// The value for people: text as it is, everything else close to JSON.
    pub(super) fn show(&self) -> String {
        match &self.kind {
            Kind::Text(pieces) => shown_pieces(pieces),
            _ => {
                let mut out = String::new();
                self.write(&mut out, false);
                out
            }
        }
    }

    fn write(&self, out: &mut String, exact: bool) {
        match &self.kind {
            Kind::Null => out.push_str("null"),
            Kind::Text(pieces) => write_text(pieces, out, exact),
            Kind::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    item.write(out, exact);
                }
                out.push(']');
            }
            Kind::Map(entries) => {
                out.push('{');
                for (at, (name, value)) in entries.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    let _ = write!(out, "{name:?}: ");
                    value.write(out, exact);
                }
                out.push('}');
            }
            Kind::Choice { condition, then, otherwise } => {
                let _ = write!(out, "if {condition} ");
                for (word, branch) in [("then ", then), (" else ", otherwise)] {
                    out.push_str(word);
                    match branch {
                        Some(value) => value.write(out, exact),
                        None => out.push_str("nothing"),
                    }
                }
            }
        }
    }

    /// Calls `visit` with every reference to a resource (and its attribute) and the path where it stands.
    pub(super) fn references<'v>(&'v self, path: &mut Vec<String>, visit: &mut dyn FnMut(&[String], &'v Piece)) {
        match &self.kind {
            Kind::Null => {}
            Kind::Text(pieces) => {
                for piece in pieces {
                    match piece {
                        Piece::Call { arguments, .. } => {
                            // The place of the whole call is what changes.
                            for argument in arguments {
                                argument.references(&mut path.clone(), &mut |_, piece| visit(path, piece));
                            }
                        }
                        _ => visit(path, piece),
                    }
                }
            }
            Kind::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    path.push(at.to_string());
                    item.references(path, visit);
                    path.pop();
                }
            }
            Kind::Map(entries) => {
                for (name, value) in entries {
                    path.push(name.clone());
                    value.references(path, visit);
                    path.pop();
                }
            }
            Kind::Choice { then, otherwise, .. } => {
                for branch in [then, otherwise].into_iter().flatten() {
                    branch.references(path, visit);
                }
            }
        }
    }

    /// Whether it is a text of which only what the stack around passes is unknown.
    pub(super) fn is_passed(&self) -> bool {
        let Kind::Text(pieces) = &self.kind else { return false };
        let told = |p: &Piece| matches!(p, Piece::Text(_) | Piece::Passed { .. } | Piece::Secret(_) | Piece::Pseudo(_));
        pieces.iter().all(told)
    }

    /// Whether a secret is part of it.
    pub(super) fn holds_secret(&self) -> bool {
        match &self.kind {
            Kind::Null => false,
            Kind::Text(pieces) => pieces.iter().any(|p| match p {
                Piece::Secret(_) => true,
                Piece::Call { arguments, .. } => arguments.iter().any(Val::holds_secret),
                _ => false,
            }),
            Kind::List(items) => items.iter().any(Val::holds_secret),
            Kind::Map(entries) => entries.iter().any(|(_, value)| value.holds_secret()),
            Kind::Choice { then, otherwise, .. } => [then, otherwise].into_iter().flatten().any(|v| v.holds_secret()),
        }
    }

    /// Whether a part is unknown: a parameter without value or a function that is not computed.
    pub(super) fn is_open(&self) -> bool {
        match &self.kind {
            Kind::Null => false,
            Kind::Text(pieces) => {
                let open = |p: &Piece| {
                    matches!(p, Piece::Parameter(_) | Piece::Stored { .. } | Piece::Passed { .. } | Piece::Call { .. })
                };
                pieces.iter().any(open)
            }
            Kind::List(items) => items.iter().any(Val::is_open),
            Kind::Map(entries) => entries.iter().any(|(_, value)| value.is_open()),
            Kind::Choice { .. } => true,
        }
    }
}

/// Neighbouring texts put together, empty ones left out.
pub(super) fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match (out.last_mut(), piece) {
            (Some(Piece::Text(last)), Piece::Text(text)) => last.push_str(&text),
            (_, Piece::Text(text)) if text.is_empty() => {}
            (_, piece) => out.push(piece),
        }
    }
    if out.is_empty() { vec![Piece::Text(String::new())] } else { out }
}

fn write_text(pieces: &[Piece], out: &mut String, exact: bool) {
    if !exact {
        let _ = write!(out, "{:?}", shown_pieces(pieces));
        return;
    }
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                let _ = write!(out, "{text:?}");
            }
            Piece::Secret(value) => {
                let _ = write!(out, "{value:?}");
            }
            Piece::Ref(id) => {
                let _ = write!(out, "<ref {id}>");
            }
            Piece::Attribute(id, name) => {
                let _ = write!(out, "<attribute {id}.{name}>");
            }
            Piece::Parameter(name) => {
                let _ = write!(out, "<parameter {name}>");
            }
            Piece::Stored { name, key } => {
                let _ = write!(out, "<stored {name} {key:?}>");
            }
            // Two stacks around may pass the same under different names.
            Piece::Passed { key, .. } => {
                let _ = write!(out, "<passed {key:?}>");
            }
            Piece::Pseudo(name) => {
                let _ = write!(out, "<{name}>");
            }
            Piece::Call { name, arguments } => {
                let _ = write!(out, "<{name}");
                for argument in arguments {
                    out.push(' ');
                    argument.write(out, true);
                }
                out.push('>');
            }
        }
    }
}

fn shown_pieces(pieces: &[Piece]) -> String {
    let mut out = String::new();
    for piece in pieces {
        let _ = match piece {
            Piece::Text(text) => write!(out, "{text}"),
            Piece::Secret(_) => write!(out, "****"),
            Piece::Ref(name) | Piece::Pseudo(name) | Piece::Parameter(name) => write!(out, "${{{name}}}"),
            Piece::Stored { name, .. } | Piece::Passed { name, .. } => write!(out, "${{{name}}}"),
            Piece::Attribute(id, name) => write!(out, "${{{id}.{name}}}"),
            Piece::Call { name, arguments } => {
                let arguments: Vec<String> = arguments.iter().map(Val::show).collect();
                write!(out, "{name}({})", arguments.join(", "))
            }
        };
    }
    out
}
