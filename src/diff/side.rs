//! One side of a comparison: an expanded template under its parameter values, each resource as a [`Val`].

use super::value::{Cause, Kind, Piece, Val, joined};
use crate::intrinsics::sub::{self, Piece as SubPiece};
use crate::intrinsics::{Intrinsic, PSEUDO_PARAMETERS, get_att_parts};
use crate::source::Span;
use crate::syntax::{Call, Node, NodeKind};
use crate::template::{Parameter, Template};
use crate::value::regions::{partition, url_suffix};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Steps for one template: nodes read and text made, in units of 16 bytes.
const STEPS: u64 = 4_000_000;

/// How a parameter got its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// It was given for this run.
    Run,
    /// It is the default.
    Default,
    /// There is none.
    Nothing,
}

/// A parameter with its value.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) value: Option<String>,
    pub(super) given: Given,
    pub(super) ssm: bool,
    pub(super) list: bool,
    pub(super) secret: bool,
    /// The value is known only during the update: one text for equal values.
    pub(super) open: Option<String>,
}

/// A template under parameter values.
pub(super) struct Side<'n> {
    pub(super) template: &'n Template<'n>,
    pub(super) settings: &'n BTreeMap<String, Setting>,
    pub(super) region: &'n str,
    decided: RefCell<BTreeMap<&'n str, Option<bool>>>,
    steps: Cell<u64>,
}

/// The value of a parameter in a template: given, else the default.
pub(super) fn setting(parameter: &Parameter<'_>, given: &[(String, String)]) -> Setting {
    let default = parameter.default().and_then(|node| match &node.kind {
        NodeKind::List(items) => Some(items.iter().filter_map(Node::scalar_text).collect::<Vec<_>>().join(",")),
        _ => node.scalar_text().map(str::to_owned),
    });
    let run = given.iter().rev().find(|(name, _)| name == parameter.name()).map(|(_, value)| value.clone());
    let (value, how) = match (run, default) {
        (Some(value), _) => (Some(value), Given::Run),
        (None, Some(value)) => (Some(value), Given::Default),
        (None, None) => (None, Given::Nothing),
    };
    Setting {
        value,
        given: how,
        ssm: parameter.is_ssm(),
        list: parameter.is_list(),
        secret: parameter.no_echo(),
        open: None,
    }
}

impl<'n> Side<'n> {
    pub(super) fn new(template: &'n Template<'n>, settings: &'n BTreeMap<String, Setting>, region: &'n str) -> Self {
        Side { template, settings, region, decided: RefCell::default(), steps: Cell::new(0) }
    }

    /// Whether the steps ran out, so that something was left as it is.
    pub(super) fn gave_up(&self) -> bool {
        self.steps.get() > STEPS
    }

    /// Whether a condition holds; `None` if that is not known.
    pub(super) fn holds(&self, name: &str) -> Option<bool> {
        let condition = self.template.conditions.get(name)?;
        let name = &*condition.key.text;
        if let Some(known) = self.decided.borrow().get(name) {
            return *known;
        }
        // A condition that needs itself is not decided.
        self.decided.borrow_mut().insert(name, None);
        let holds = self.truth(condition.node);
        self.decided.borrow_mut().insert(name, holds);
        holds
    }

    fn truth(&self, node: &'n Node) -> Option<bool> {
        let call = node.as_call()?;
        let parts = call.argument.as_list().unwrap_or_default();
        match call.function {
            Intrinsic::Condition => self.holds(call.argument.as_str()?),
            Intrinsic::Not => self.truth(parts.first()?).map(|holds| !holds),
            Intrinsic::And => all(parts.iter().map(|part| self.truth(part))),
            Intrinsic::Or => all(parts.iter().map(|part| self.truth(part).map(|holds| !holds))).map(|none| !none),
            Intrinsic::Equals => {
                let [left, right] = parts else { return None };
                let (left, right) = (self.value(left)?, self.value(right)?);
                match (left.known(), right.known()) {
                    (Some(left), Some(right)) => Some(left == right),
                    _ if left.canonical() == right.canonical() => Some(true),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The parameters that a condition reads, directly or through others.
    pub(super) fn behind(&self, condition: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut seen = vec![condition.to_owned()];
        let mut open = vec![condition.to_owned()];
        while let Some(name) = open.pop() {
            let Some(condition) = self.template.conditions.get(&name) else { continue };
            condition.node.walk(&mut |node| {
                let Some(call) = node.as_call() else { return };
                let Some(name) = call.argument.as_str() else { return };
                match call.function {
                    Intrinsic::Ref if self.settings.contains_key(name) => found.push(name.to_owned()),
                    Intrinsic::Condition if !seen.iter().any(|s| s == name) => {
                        seen.push(name.to_owned());
                        open.push(name.to_owned());
                    }
                    _ => {}
                }
            });
        }
        found.sort();
        found.dedup();
        found
    }

    /// The value of a node; `None` is `AWS::NoValue`.
    pub(super) fn value(&self, node: &'n Node) -> Option<Val> {
        self.spend(1);
        let kind = match &node.kind {
            NodeKind::Null => Kind::Null,
            NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {
                Kind::Text(vec![Piece::Text(node.scalar_text().unwrap_or_default().to_owned())])
            }
            NodeKind::List(items) => Kind::List(items.iter().filter_map(|item| self.value(item)).collect()),
            NodeKind::Map(entries) => {
                let mut out: BTreeMap<String, Val> = BTreeMap::new();
                for e in entries {
                    match self.value(&e.value) {
                        Some(value) => out.insert(e.key.text.to_string(), value),
                        None => out.remove(&*e.key.text),
                    };
                }
                Kind::Map(out.into_iter().collect())
            }
            NodeKind::Call(call) if self.gave_up() => return Some(self.opaque(call, node.span, false)),
            NodeKind::Call(call) => return self.call(call, node.span),
            NodeKind::Tagged(tagged) => {
                let arguments = self.value(&tagged.value).into_iter().collect();
                Kind::Text(vec![Piece::Call { name: tagged.tag.to_string(), arguments }])
            }
        };
        Some(Val { kind, from: Vec::new(), span: node.span })
    }

    fn spend(&self, steps: usize) {
        self.steps.set(self.steps.get().saturating_add(steps as u64));
    }

    /// A call that stays one.
    fn opaque(&self, call: &'n Call, span: Span, deep: bool) -> Val {
        let arguments = if deep { self.value(&call.argument).into_iter().collect() } else { Vec::new() };
        Val::pieces(span, vec![Piece::Call { name: call.function.name().to_owned(), arguments }])
    }

    fn call(&self, call: &'n Call, span: Span) -> Option<Val> {
        let found = match call.function {
            Intrinsic::Ref => {
                let name = call.argument.as_str().unwrap_or_default();
                if name == "AWS::NoValue" {
                    return None;
                }
                Some(self.reference(name, span))
            }
            Intrinsic::GetAtt => get_att_parts(&call.argument)
                .map(|p| Val::pieces(span, vec![Piece::Attribute(p.id.to_owned(), p.attribute.to_owned())])),
            Intrinsic::If => return self.choose(call, span),
            Intrinsic::Sub => self.sub(&call.argument, span),
            Intrinsic::Join => self.join(&call.argument, span),
            Intrinsic::Select => self.select(&call.argument),
            Intrinsic::Split => self.split(&call.argument, span),
            Intrinsic::FindInMap => self.find_in_map(&call.argument),
            Intrinsic::Length => self.length(&call.argument, span),
            _ => None,
        };
        Some(found.unwrap_or_else(|| self.opaque(call, span, true)))
    }

    fn reference(&self, name: &str, span: Span) -> Val {
        let Some(setting) = self.settings.get(name) else {
            let piece = match name {
                "AWS::Region" => Piece::Text(self.region.to_owned()),
                "AWS::Partition" => Piece::Text(partition(self.region).to_owned()),
                "AWS::URLSuffix" => Piece::Text(url_suffix(self.region).to_owned()),
                _ if PSEUDO_PARAMETERS.contains(&name) => Piece::Pseudo(name.to_owned()),
                _ => Piece::Ref(name.to_owned()),
            };
            return Val::pieces(span, vec![piece]);
        };
        let passed = setting.open.as_ref().map(|key| Piece::Passed { name: name.to_owned(), key: key.clone() });
        let mut value = match &setting.value {
            _ if passed.is_some() => Val::pieces(span, passed.into_iter().collect()),
            Some(value) if !setting.ssm => {
                self.spend(value.len() / 16);
                if setting.list {
                    let items = value.split(',').map(|item| Val::text(span, item.trim())).collect();
                    Val { kind: Kind::List(items), from: Vec::new(), span }
                } else if setting.secret {
                    Val::pieces(span, vec![Piece::Secret(value.clone())])
                } else {
                    Val::text(span, value.clone())
                }
            }
            // The name in the parameter store is what is known of such a parameter.
            Some(key) => Val::pieces(span, vec![Piece::Stored { name: name.to_owned(), key: key.clone() }]),
            None if setting.ssm => Val::pieces(span, vec![Piece::Stored { name: name.to_owned(), key: String::new() }]),
            None => Val::pieces(span, vec![Piece::Parameter(name.to_owned())]),
        };
        value.add([Cause::Parameter(name.to_owned())]);
        value
    }

    fn choose(&self, call: &'n Call, span: Span) -> Option<Val> {
        let Some([condition, then, otherwise]) = call.argument.as_list() else {
            return Some(self.opaque(call, span, true));
        };
        let Some(name) = condition.as_str() else { return Some(self.opaque(call, span, true)) };
        let cause = Cause::Condition(name.to_owned());
        match self.holds(name) {
            Some(holds) => {
                let mut value = self.value(if holds { then } else { otherwise })?;
                value.add([cause]);
                Some(value)
            }
            None => {
                let kind = Kind::Choice {
                    condition: name.to_owned(),
                    then: self.value(then).map(Box::new),
                    otherwise: self.value(otherwise).map(Box::new),
                };
                Some(Val { kind, from: vec![cause], span })
            }
        }
    }

    fn sub(&self, argument: &'n Node, span: Span) -> Option<Val> {
        let (text, variables) = match &argument.kind {
            NodeKind::String(text) => (&**text, None),
            NodeKind::List(items) => match items.as_slice() {
                [text, variables] => (text.as_str()?, Some(variables)),
                _ => return None,
            },
            _ => return None,
        };
        let (mut pieces, mut from) = (Vec::new(), Vec::new());
        for piece in sub::pieces(text) {
            let name = match piece {
                SubPiece::Text(text) => {
                    pieces.push(Piece::Text(text.into_owned()));
                    continue;
                }
                SubPiece::Variable(variable) => variable.name,
            };
            let value = match variables.and_then(|v| v.get(name)) {
                Some(node) => self.value(node)?,
                None => match name.split_once('.') {
                    Some((id, attribute)) => {
                        Val::pieces(span, vec![Piece::Attribute(id.to_owned(), attribute.to_owned())])
                    }
                    None => self.reference(name, span),
                },
            };
            append(value, &mut pieces, &mut from)?;
        }
        let mut value = self.made(pieces, span);
        value.add(from);
        Some(value)
    }

    /// A text of pieces, paid for.
    fn made(&self, pieces: Vec<Piece>, span: Span) -> Val {
        let length = |piece: &Piece| if let Piece::Text(text) = piece { text.len() / 16 + 1 } else { 1 };
        self.spend(pieces.iter().map(length).sum());
        Val::pieces(span, joined(pieces))
    }

    fn join(&self, argument: &'n Node, span: Span) -> Option<Val> {
        let [delimiter, list] = argument.as_list()? else { return None };
        let delimiter = self.value(delimiter)?.known()?.to_owned();
        let list = self.value(list)?;
        let Kind::List(items) = list.kind else { return None };
        let (mut pieces, mut from) = (Vec::new(), list.from);
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                pieces.push(Piece::Text(delimiter.clone()));
            }
            append(item, &mut pieces, &mut from)?;
        }
        let mut value = self.made(pieces, span);
        value.add(from);
        Some(value)
    }

    fn select(&self, argument: &'n Node) -> Option<Val> {
        let [index, list] = argument.as_list()? else { return None };
        let index: usize = self.value(index)?.known()?.trim().parse().ok()?;
        let list = self.value(list)?;
        let mut item = list.items().get(index)?.clone();
        item.add(list.from);
        Some(item)
    }

    fn split(&self, argument: &'n Node, span: Span) -> Option<Val> {
        let [delimiter, source] = argument.as_list()? else { return None };
        let delimiter = self.value(delimiter)?.known()?.to_owned();
        let source = self.value(source)?;
        let text = source.known()?;
        if delimiter.is_empty() {
            return None;
        }
        self.spend(text.len());
        let items = text.split(&delimiter).map(|item| Val::text(span, item)).collect();
        Some(Val { kind: Kind::List(items), from: source.from.clone(), span })
    }

    fn find_in_map(&self, argument: &'n Node) -> Option<Val> {
        let [map, first, second, rest @ ..] = argument.as_list()? else { return None };
        let (map, first, second) = (self.value(map)?, self.value(first)?, self.value(second)?);
        let mapping = self.template.mappings.get(map.known()?)?;
        let entry = match (first.known(), second.known()) {
            (Some(first), Some(second)) => mapping.node.get(first).and_then(|row| row.get(second)),
            _ => return None,
        };
        let default = || rest.first().and_then(|options| options.get("DefaultValue"));
        let mut value = self.value(entry.or_else(default)?)?;
        value.add([Cause::Mapping(mapping.key.text.to_string())]);
        value.add(first.from.into_iter().chain(second.from));
        Some(value)
    }

    fn length(&self, argument: &'n Node, span: Span) -> Option<Val> {
        let list = self.value(argument)?;
        match &list.kind {
            Kind::List(items) => Some(Val::text(span, items.len().to_string())),
            _ => None,
        }
    }
}

/// Puts a value at the end of a text; `None` if it is no text.
fn append(value: Val, pieces: &mut Vec<Piece>, from: &mut Vec<Cause>) -> Option<()> {
    let Kind::Text(more) = value.kind else { return None };
    pieces.extend(more);
    from.extend(value.from);
    Some(())
}

/// Whether all hold, with three values.
fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(true);
    for part in parts {
        match part {
            Some(false) => return Some(false),
            Some(true) => {}
            None => known = None,
        }
    }
    known
}
