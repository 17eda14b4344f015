//! One evaluation of an expression under choices already made. It ends in a value, in a reason why there is none, or in
//! the next choice to make: so whoever asks decides which choices there are, and a choice counts for the whole expression.

use super::regions::{availability_zones, is_region};
use super::{Origin, OriginKind, Unknown, ValueNode};
use crate::intrinsics::sub::{self, Piece};
use crate::intrinsics::{Intrinsic, PSEUDO_PARAMETERS};
use crate::source::Span;
use crate::syntax::{Call, Node, NodeKind};
use crate::template::Template;
use std::rc::Rc;

/// The choices made so far.
pub trait Choices<'n> {
    /// The text chosen for a parameter or pseudo parameter and where it comes from.
    fn value(&self, name: &str) -> Option<(Rc<str>, Origin<'n>)>;
    /// What was chosen for a condition.
    fn condition(&self, name: &str) -> Option<bool>;
}

/// What is missing to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need<'n> {
    /// The value of a parameter or pseudo parameter; `among` when the expression itself says which values matter.
    Value {
        /// Its name.
        name: &'n str,
        /// The keys of the mapping in which it is looked up.
        among: Option<Vec<&'n str>>,
    },
    /// Whether a condition holds.
    Condition(&'n str),
}

/// Why an evaluation ended without a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop<'n> {
    /// A choice is needed.
    Need(Need<'n>),
    /// There is no value to be known.
    Unknown(Unknown),
}

type Outcome<'n> = Result<Option<ValueNode<'n>>, Stop<'n>>;

/// One evaluation: the template it reads, the choices, and what it did.
pub struct Evaluation<'e, 'n> {
    template: &'e Template<'n>,
    choices: &'e dyn Choices<'n>,
    /// The places read so far, in order.
    pub origins: Vec<Origin<'n>>,
    /// Work done: nodes visited and text made.
    pub steps: u64,
    limit: u64,
}

const fn unknown<'n, T>(reason: Unknown) -> Result<T, Stop<'n>> {
    Err(Stop::Unknown(reason))
}

impl<'e, 'n> Evaluation<'e, 'n> {
    /// An evaluation that gives up after `limit` steps.
    pub fn new(template: &'e Template<'n>, choices: &'e dyn Choices<'n>, limit: u64) -> Self {
        Evaluation { template, choices, origins: Vec::new(), steps: 0, limit }
    }

    fn step(&mut self, count: usize) -> Result<(), Stop<'n>> {
        self.steps += count as u64;
        if self.steps > self.limit { unknown(Unknown::Budget) } else { Ok(()) }
    }

    /// Evaluates a node. `None` is `AWS::NoValue`. Lists and mappings come back as they stand.
    ///
    /// # Errors
    /// When a choice is missing or the value cannot be known.
    pub fn node(&mut self, node: &'n Node) -> Outcome<'n> {
        self.step(1)?;
        match &node.kind {
            NodeKind::Call(call) => self.call(call, node.span),
            NodeKind::Tagged(_) => unknown(Unknown::Malformed),
            _ => Ok(Some(ValueNode::Borrowed(node))),
        }
    }

    /// Evaluates a node to a text; `None` is `AWS::NoValue`.
    fn text(&mut self, node: &'n Node) -> Result<Option<Rc<str>>, Stop<'n>> {
        match self.node(node)? {
            None => Ok(None),
            Some(value) => match value.scalar_text() {
                Some(text) => {
                    self.step(text.len() / 16)?;
                    Ok(Some(text.into()))
                }
                None => unknown(Unknown::Malformed),
            },
        }
    }

    /// Evaluates a node that must be a text.
    ///
    /// # Errors
    /// As `node`, and when the value is no text.
    pub fn required_text(&mut self, node: &'n Node) -> Result<Rc<str>, Stop<'n>> {
        self.text(node)?.ok_or(Stop::Unknown(Unknown::Malformed))
    }

    fn call(&mut self, call: &'n Call, span: Span) -> Outcome<'n> {
        let argument = &call.argument;
        match call.function {
            Intrinsic::Ref => match argument.as_str() {
                Some(name) => self.reference(name, span),
                None => unknown(Unknown::Malformed),
            },
            Intrinsic::If => self.choose(argument),
            Intrinsic::Join => self.join(argument, span),
            Intrinsic::Sub => self.sub(argument, span),
            Intrinsic::Select => self.select(argument),
            Intrinsic::Split => self.split(argument, span),
            Intrinsic::FindInMap => self.find_in_map(argument),
            Intrinsic::GetAZs => {
                let given = self.required_text(argument)?;
                let region = if given.is_empty() { self.pseudo("AWS::Region")? } else { given };
                if !is_region(&region) {
                    return unknown(Unknown::Malformed);
                }
                let zones = availability_zones(&region);
                Ok(Some(ValueNode::texts(span, zones.iter().map(String::as_str))))
            }
            Intrinsic::ToJsonString => {
                let value = self.deep(argument)?.ok_or(Stop::Unknown(Unknown::Malformed))?;
                let text = json_text(&value).ok_or(Stop::Unknown(Unknown::Malformed))?;
                self.step(text.len() / 16)?;
                Ok(Some(ValueNode::text(span, text)))
            }
            Intrinsic::Length => {
                let count = self.items(argument)?.len();
                let kind = NodeKind::Number(count.to_string().into());
                Ok(Some(ValueNode::Made(Rc::new(Node::generated(span, kind)))))
            }
            Intrinsic::GetAtt | Intrinsic::ImportValue | Intrinsic::GetStackOutput => unknown(Unknown::Deployment),
            _ => unknown(Unknown::Function),
        }
    }

    fn pseudo(&mut self, name: &'static str) -> Result<Rc<str>, Stop<'n>> {
        match self.choices.value(name) {
            Some((text, origin)) => {
                self.origins.push(origin);
                Ok(text)
            }
            None => Err(Stop::Need(Need::Value { name, among: None })),
        }
    }

    /// The value of a name: parameter or pseudo parameter.
    fn reference(&mut self, name: &'n str, span: Span) -> Outcome<'n> {
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        let parameter = self.template.parameters.get(name);
        if parameter.is_none() && !PSEUDO_PARAMETERS.contains(&name) {
            let defined = self.template.resources.contains(name);
            return unknown(if defined { Unknown::Deployment } else { Unknown::Undefined });
        }
        let Some((text, origin)) = self.choices.value(name) else {
            return Err(Stop::Need(Need::Value { name, among: None }));
        };
        self.origins.push(origin);
        self.step(text.len() / 16)?;
        let is_list = parameter.map_or(name == "AWS::NotificationARNs", |p| p.is_list());
        Ok(Some(if is_list {
            ValueNode::texts(span, text.split(',').map(str::trim))
        } else {
            ValueNode::text(span, &*text)
        }))
    }

    fn choose(&mut self, argument: &'n Node) -> Outcome<'n> {
        let Some([condition, then, otherwise]) = argument.as_list() else { return unknown(Unknown::Malformed) };
        let name = match &condition.kind {
            NodeKind::String(name) => &**name,
            _ => return unknown(Unknown::Malformed),
        };
        if !self.template.conditions.contains(name) {
            return unknown(Unknown::Undefined);
        }
        match self.choices.condition(name) {
            Some(true) => self.node(then),
            Some(false) => self.node(otherwise),
            None => Err(Stop::Need(Need::Condition(name))),
        }
    }

    /// The items of a list or of a call that gives one, `AWS::NoValue` left out.
    fn items(&mut self, node: &'n Node) -> Result<Vec<ValueNode<'n>>, Stop<'n>> {
        match &node.kind {
            NodeKind::List(items) => {
                let mut out = Vec::with_capacity(items.len());
                let mut need = None;
                for item in items {
                    match self.node(item) {
                        Ok(value) => out.extend(value),
                        Err(Stop::Need(n)) => {
                            need.get_or_insert(n);
                        }
                        Err(stop) => return Err(stop),
                    }
                }
                need.map_or(Ok(out), |n| Err(Stop::Need(n)))
            }
            NodeKind::Call(_) => {
                let value = self.node(node)?.ok_or(Stop::Unknown(Unknown::Malformed))?;
                match value {
                    ValueNode::Borrowed(inner) if matches!(inner.kind, NodeKind::List(_)) => self.items(inner),
                    ValueNode::Made(inner) => match &inner.kind {
                        NodeKind::List(items) => {
                            self.step(items.len())?;
                            Ok(items.iter().map(|i| ValueNode::Made(Rc::new(i.clone()))).collect())
                        }
                        _ => unknown(Unknown::Malformed),
                    },
                    ValueNode::Borrowed(_) => unknown(Unknown::Malformed),
                }
            }
            _ => unknown(Unknown::Malformed),
        }
    }

    fn join(&mut self, argument: &'n Node, span: Span) -> Outcome<'n> {
        let Some([delimiter, list]) = argument.as_list() else { return unknown(Unknown::Malformed) };
        let items = self.items(list)?;
        let delimiter = self.required_text(delimiter)?;
        let mut text = String::new();
        for (i, item) in items.iter().enumerate() {
            let part = item.scalar_text().ok_or(Stop::Unknown(Unknown::Malformed))?;
            self.step(1 + (part.len() + delimiter.len()) / 16)?;
            if i > 0 {
                text.push_str(&delimiter);
            }
            text.push_str(part);
        }
        Ok(Some(ValueNode::text(span, text)))
    }

    fn sub(&mut self, argument: &'n Node, span: Span) -> Outcome<'n> {
        let (text, variables) = match &argument.kind {
            NodeKind::String(text) => (&**text, None),
            NodeKind::List(items) => match items.as_slice() {
                [text, variables] => match (text.as_str(), &variables.kind) {
                    (Some(text), NodeKind::Map(_)) => (text, Some(variables)),
                    _ => return unknown(Unknown::Malformed),
                },
                _ => return unknown(Unknown::Malformed),
            },
            _ => return unknown(Unknown::Malformed),
        };
        self.step(text.len() / 16)?;
        let mut out = String::new();
        let mut need = None;
        for piece in sub::pieces(text) {
            let variable = match piece {
                Piece::Text(t) => {
                    out.push_str(&t);
                    continue;
                }
                Piece::Variable(v) => v.name,
            };
            let value = match variables.and_then(|m| m.get(variable)) {
                Some(node) => self.text(node),
                None if variable.contains('.') => unknown(Unknown::Deployment),
                None => self.reference(variable, span).and_then(|v| match v {
                    None => Ok(None),
                    Some(v) => match v.scalar_text() {
                        Some(t) => Ok(Some(Rc::from(t))),
                        None => unknown(Unknown::Malformed),
                    },
                }),
            };
            match value {
                Ok(Some(value)) => {
                    self.step(1 + value.len() / 16)?;
                    out.push_str(&value);
                }
                Ok(None) => return unknown(Unknown::Malformed),
                Err(Stop::Need(n)) => {
                    need.get_or_insert(n);
                }
                Err(stop) => return Err(stop),
            }
        }
        match need {
            Some(n) => Err(Stop::Need(n)),
            None => Ok(Some(ValueNode::text(span, out))),
        }
    }

    fn select(&mut self, argument: &'n Node) -> Outcome<'n> {
        let Some([index, list]) = argument.as_list() else { return unknown(Unknown::Malformed) };
        let index: usize = self.required_text(index)?.trim().parse().map_err(|_| Stop::Unknown(Unknown::Malformed))?;
        // In a literal list only the chosen item has to be known, unless a function before it may drop out.
        if let NodeKind::List(items) = &list.kind {
            let mut position = 0;
            for item in items {
                if item.as_call().is_some_and(|c| c.function == Intrinsic::If) {
                    match self.node(item)? {
                        None => continue,
                        Some(value) if position == index => return Ok(Some(value)),
                        Some(_) => {}
                    }
                } else if position == index {
                    return self.node(item);
                }
                position += 1;
            }
            return unknown(Unknown::OutOfRange);
        }
        let items = self.items(list)?;
        items.get(index).cloned().map(Some).ok_or(Stop::Unknown(Unknown::OutOfRange))
    }

    fn split(&mut self, argument: &'n Node, span: Span) -> Outcome<'n> {
        let Some([delimiter, source]) = argument.as_list() else { return unknown(Unknown::Malformed) };
        let delimiter = self.required_text(delimiter)?;
        let source = self.required_text(source)?;
        if delimiter.is_empty() {
            return unknown(Unknown::Malformed);
        }
        self.step(source.len() / 4)?;
        Ok(Some(ValueNode::texts(span, source.split(&*delimiter))))
    }

    fn find_in_map(&mut self, argument: &'n Node) -> Outcome<'n> {
        let Some([map, first, second, rest @ ..]) = argument.as_list() else { return unknown(Unknown::Malformed) };
        let map = self.required_text(map)?;
        let Some(mapping) = self.template.mappings.get(&map) else { return unknown(Unknown::Undefined) };
        let (map_name, map_node) = (&*mapping.key.text, mapping.node);
        let entries = map_node.as_map().unwrap_or_default();
        if map_node.as_call().is_some() || entries.iter().any(|e| e.key.text.starts_with("Fn::")) {
            return unknown(Unknown::Function);
        }
        // A pseudo parameter stands for every key that it can be.
        if let Some(name @ ("AWS::Region" | "AWS::AccountId")) = referenced(first)
            && self.choices.value(name).is_none()
        {
            let fits = |key: &str| match name {
                "AWS::Region" => is_region(key),
                _ => key.len() == 12 && key.bytes().all(|b| b.is_ascii_digit()),
            };
            let keys: Vec<&'n str> = entries.iter().map(|e| &*e.key.text).filter(|k| fits(k)).collect();
            return Err(Stop::Need(Need::Value { name, among: Some(keys) }));
        }
        if referenced(second).is_some_and(|n| n.starts_with("AWS::")) {
            return unknown(Unknown::Deployment);
        }
        let first = self.required_text(first)?;
        let second = self.required_text(second)?;
        self.step(1)?;
        let found = map_node.entry(&first).and_then(|f| Some((&*f.key.text, f.value.entry(&second)?)));
        match found {
            Some((first, entry)) => {
                let kind = OriginKind::Mapping(first, &entry.key.text);
                self.origins.push(Origin { kind, name: map_name, span: Some(entry.value.span) });
                self.node(&entry.value)
            }
            None => match rest.first().and_then(|options| options.get("DefaultValue")) {
                Some(default) => self.node(default),
                None => unknown(Unknown::MissingKey),
            },
        }
    }

    /// A value with every call inside it evaluated.
    fn deep(&mut self, node: &'n Node) -> Outcome<'n> {
        self.step(1)?;
        let made = |kind| Ok(Some(ValueNode::Made(Rc::new(Node::generated(node.span, kind)))));
        let own = |value: ValueNode<'n>| match value {
            ValueNode::Borrowed(n) => n.clone(),
            ValueNode::Made(n) => Rc::unwrap_or_clone(n),
        };
        match &node.kind {
            NodeKind::List(items) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items {
                    out.extend(self.deep(item)?.map(own));
                }
                made(NodeKind::List(out))
            }
            NodeKind::Map(entries) => {
                let mut out = Vec::with_capacity(entries.len());
                for e in entries {
                    if let Some(value) = self.deep(&e.value)? {
                        out.push(crate::syntax::Entry { key: e.key.clone(), value: own(value) });
                    }
                }
                made(NodeKind::Map(out))
            }
            NodeKind::Call(_) => match self.node(node)? {
                Some(ValueNode::Borrowed(inner)) => self.deep(inner),
                other => Ok(other),
            },
            NodeKind::Tagged(_) => unknown(Unknown::Malformed),
            _ => Ok(Some(ValueNode::Borrowed(node))),
        }
    }
}

/// The name of a plain `Ref`.
pub fn referenced(node: &Node) -> Option<&str> {
    match node.as_call() {
        Some(call) if call.function == Intrinsic::Ref => call.argument.as_str(),
        _ => None,
    }
}

/// The JSON text of a value without calls, in source order.
pub fn json_text(node: &Node) -> Option<String> {
    fn value(node: &Node) -> Option<serde_json::Value> {
        Some(match &node.kind {
            NodeKind::Null => serde_json::Value::Null,
            NodeKind::Bool(b) => (*b).into(),
            NodeKind::Number(text) => {
                serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.to_string()))
            }
            NodeKind::String(text) => serde_json::Value::String(text.to_string()),
            NodeKind::List(items) => items.iter().map(value).collect::<Option<Vec<_>>>()?.into(),
            NodeKind::Map(entries) => {
                let mut map = serde_json::Map::new();
                for e in entries {
                    map.insert(e.key.text.to_string(), value(&e.value)?);
                }
                map.into()
            }
            NodeKind::Call(_) | NodeKind::Tagged(_) => return None,
        })
    }
    value(node).map(|v| v.to_string())
}
