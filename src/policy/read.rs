//! Policies as the template writes them: functions looked into as far as they can be, conditions followed as far as they
//! are decided.

use super::{Kind, Piece, Value};
use crate::conditions::{Answer, Conditions, Pins};
use crate::intrinsics::sub::{self, Piece as SubPiece};
use crate::intrinsics::{Intrinsic, dynamic, get_att_parts};
use crate::resolve::Resolver;
use crate::syntax::{Call, Entry, Node, NodeKind};
use crate::template::Template;

/// Reads values under some conditions.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'r, 'a> {
    /// The template.
    pub template: &'a Template<'a>,
    conditions: &'r Conditions<'a>,
    /// What holds where the policy is looked at.
    pub pins: &'r Pins,
}

impl<'r, 'a> Reader<'r, 'a> {
    /// A reader of the values of a template.
    pub fn new(resolver: &'r Resolver<'a>, pins: &'r Pins) -> Self {
        Reader { template: resolver.template, conditions: &resolver.conditions, pins }
    }

    /// Whether a condition holds; `None` when both can be.
    pub fn holds(&self, name: &str) -> Option<bool> {
        if let Some(known) = self.conditions.pinned(self.pins, name) {
            return Some(known);
        }
        match (self.conditions.implies(self.pins, name, true), self.conditions.implies(self.pins, name, false)) {
            (Answer::Yes, _) => Some(true),
            (_, Answer::Yes) => Some(false),
            _ => None,
        }
    }

    /// The value of a node.
    pub fn value(&self, node: &Node) -> Value {
        let kind = match &node.kind {
            NodeKind::Null => Kind::List(Vec::new()),
            NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {
                Kind::Text(vec![scalar(node.scalar_text().unwrap_or_default())])
            }
            NodeKind::List(items) => Kind::List(items.iter().map(|item| self.value(item)).collect()),
            NodeKind::Map(entries) if entries.iter().any(is_macro) => Kind::Unknown,
            NodeKind::Map(entries) => {
                let members = entries.iter().map(|e| (e.key.text.to_string(), e.key.span, self.value(&e.value)));
                Kind::Map(members.filter(|m| m.2.kind != Kind::List(Vec::new())).collect())
            }
            NodeKind::Call(call) => return self.call(call, node),
            NodeKind::Tagged(_) => Kind::Unknown,
        };
        Value { kind, span: node.span, maybe: false }
    }

    fn call(&self, call: &Call, node: &Node) -> Value {
        let span = node.span;
        match call.function {
            Intrinsic::If => self.branches(call, node),
            Intrinsic::Ref if call.argument.as_str() == Some("AWS::NoValue") => {
                Value { kind: Kind::List(Vec::new()), span, maybe: false }
            }
            Intrinsic::Ref => match call.argument.as_str() {
                // A parameter may hold a list.
                Some(name) if self.template.parameters.get(name).is_some_and(|p| p.is_list()) => Value::unknown(span),
                Some(name) => Value::text(span, vec![self.name(name)]),
                None => Value::unknown(span),
            },
            Intrinsic::GetAtt => match get_att_parts(&call.argument) {
                Some(parts) => {
                    Value::text(span, vec![Piece::Attribute(parts.id.to_owned(), parts.attribute.to_owned())])
                }
                None => Value::unknown(span),
            },
            Intrinsic::Sub => Value::text(span, self.substitution(&call.argument)),
            Intrinsic::Join => Value::text(span, self.joined(&call.argument)),
            Intrinsic::ImportValue | Intrinsic::Select => {
                Value::text(span, vec![Piece::Hole(call.function.name().to_owned())])
            }
            _ => Value::unknown(span),
        }
    }

    fn branches(&self, call: &Call, node: &Node) -> Value {
        let Some([name, yes, no]) = call.argument.as_list() else { return Value::unknown(node.span) };
        let Some(name) = name.as_str() else { return Value::unknown(node.span) };
        match self.holds(name) {
            Some(true) => self.value(yes),
            Some(false) => self.value(no),
            None => {
                let branch = |node| Value { maybe: true, ..self.value(node) };
                Value { kind: Kind::List(vec![branch(yes), branch(no)]), span: node.span, maybe: false }
            }
        }
    }

    /// What `Ref` gives.
    fn name(&self, name: &str) -> Piece {
        if self.template.resources.contains(name) {
            return Piece::Ref(name.to_owned());
        }
        Piece::Hole(name.to_owned())
    }

    fn substitution(&self, argument: &Node) -> Vec<Piece> {
        let unknown = || vec![Piece::Hole("Fn::Sub".to_owned())];
        let (text, given) = match &argument.kind {
            NodeKind::List(items) => match items.as_slice() {
                [text, given] => (text.as_str(), Some(given)),
                [text] => (text.as_str(), None),
                _ => (None, None),
            },
            _ => (argument.as_str(), None),
        };
        let Some(text) = text else { return unknown() };
        let mut out = Vec::new();
        for piece in sub::pieces(text) {
            match piece {
                SubPiece::Text(text) => out.push(scalar(&text)),
                SubPiece::Variable(variable) => match given.and_then(|g| g.get(variable.name)) {
                    Some(node) => out.extend(self.pieces(node)),
                    None => out.push(match variable.name.split_once('.') {
                        Some((id, attribute)) => Piece::Attribute(id.to_owned(), attribute.to_owned()),
                        None => self.name(variable.name),
                    }),
                },
            }
        }
        tidy(out)
    }

    fn joined(&self, argument: &Node) -> Vec<Piece> {
        let unknown = || vec![Piece::Hole("Fn::Join".to_owned())];
        let Some([delimiter, items]) = argument.as_list() else { return unknown() };
        let (Some(delimiter), Some(items)) = (delimiter.as_str(), items.as_list()) else { return unknown() };
        let mut out = Vec::new();
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                out.push(scalar(delimiter));
            }
            out.extend(self.pieces(item));
        }
        tidy(out)
    }

    /// A value as a part of a text.
    fn pieces(&self, node: &Node) -> Vec<Piece> {
        match self.value(node).kind {
            Kind::Text(pieces) => pieces,
            _ => vec![Piece::Hole(String::new())],
        }
    }
}

/// A text; what a dynamic reference gives is not known.
fn scalar(text: &str) -> Piece {
    if dynamic::contains(text) { Piece::Hole("{{resolve}}".to_owned()) } else { Piece::Text(text.to_owned()) }
}

/// Joins neighbouring texts, so that what is known wholly is one piece.
pub fn tidy(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for piece in pieces {
        match (out.last_mut(), piece) {
            (_, Piece::Text(text)) if text.is_empty() => {}
            (Some(Piece::Text(last)), Piece::Text(text)) => last.push_str(&text),
            (_, piece) => out.push(piece),
        }
    }
    out
}

/// Keys that a macro or a loop replaces.
fn is_macro(entry: &Entry) -> bool {
    &*entry.key.text == "Fn::Transform" || entry.key.text.starts_with("Fn::ForEach")
}
