//! What a node can be: values with the choices they need and the places they came from, or unknown with the reason.

pub mod evaluate;
pub mod regions;

use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use std::ops::Deref;
use std::rc::Rc;

/// A value: a node of the document as it stands there, or one that was computed.
#[derive(Clone, Debug)]
pub enum ValueNode<'n> {
    /// Part of the document. Calls may stand inside it.
    Borrowed(&'n Node),
    /// Computed: the span is that of the expression.
    Made(Rc<Node>),
}

impl Deref for ValueNode<'_> {
    type Target = Node;

    fn deref(&self) -> &Node {
        match self {
            ValueNode::Borrowed(node) => node,
            ValueNode::Made(node) => node,
        }
    }
}

impl ValueNode<'_> {
    /// A computed text.
    pub fn text(span: Span, text: impl Into<Box<str>>) -> Self {
        ValueNode::Made(Rc::new(Node::generated(span, NodeKind::String(text.into()))))
    }

    /// A computed list of texts.
    pub fn texts<'t>(span: Span, items: impl Iterator<Item = &'t str>) -> Self {
        let items = items.map(|t| Node::generated(span, NodeKind::String(t.into()))).collect();
        ValueNode::Made(Rc::new(Node::generated(span, NodeKind::List(items))))
    }
}

/// How a value was arrived at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginKind<'n> {
    /// The `Default` of a parameter.
    Default,
    /// An item of a parameter's `AllowedValues`.
    AllowedValue(usize),
    /// `MinValue` of a parameter.
    MinValue,
    /// `MaxValue` of a parameter.
    MaxValue,
    /// A value given for this run.
    Given,
    /// A pseudo parameter whose value follows from the region.
    Region,
    /// A pseudo parameter whose value is only known when deployed: a stand-in of the right form.
    Placeholder,
    /// An entry of a mapping: first key and second key.
    Mapping(&'n str, &'n str),
}

/// One place that a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'n> {
    /// How.
    pub kind: OriginKind<'n>,
    /// The name of the parameter, pseudo parameter or mapping.
    pub name: &'n str,
    /// Where the value is written; `None` for given values and pseudo parameters.
    pub span: Option<Span>,
}

impl Origin<'_> {
    /// Whether this is a value of a template parameter.
    pub fn is_parameter(&self) -> bool {
        matches!(
            self.kind,
            OriginKind::Default
                | OriginKind::AllowedValue(_)
                | OriginKind::MinValue
                | OriginKind::MaxValue
                | OriginKind::Given
        )
    }

    /// The origin and its value in words: "the default `a` of parameter `X`".
    pub fn describe_value(&self, value: &str) -> String {
        let (name, mut value) = (self.name, value.to_owned());
        if value.chars().count() > 40 {
            value = value.chars().take(37).chain("...".chars()).collect();
        }
        match self.kind {
            OriginKind::Default => format!("the default `{value}` of parameter `{name}`"),
            OriginKind::AllowedValue(_) => format!("the allowed value `{value}` of parameter `{name}`"),
            OriginKind::MinValue => format!("the minimum `{value}` of parameter `{name}`"),
            OriginKind::MaxValue => format!("the maximum `{value}` of parameter `{name}`"),
            OriginKind::Given => format!("the value `{value}` given for parameter `{name}`"),
            OriginKind::Region | OriginKind::Placeholder | OriginKind::Mapping(..) => self.describe(),
        }
    }

    /// The origin in words: "the default of parameter `X`".
    pub fn describe(&self) -> String {
        let name = self.name;
        match self.kind {
            OriginKind::Default => format!("the default of parameter `{name}`"),
            OriginKind::AllowedValue(_) => format!("an allowed value of parameter `{name}`"),
            OriginKind::MinValue => format!("the minimum of parameter `{name}`"),
            OriginKind::MaxValue => format!("the maximum of parameter `{name}`"),
            OriginKind::Given => format!("the value given for parameter `{name}`"),
            OriginKind::Region | OriginKind::Placeholder => format!("`{name}`"),
            OriginKind::Mapping(first, second) => format!("mapping `{name}` under `{first}` and `{second}`"),
        }
    }
}

/// Something that must hold for a value to come about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assumption<'n> {
    /// A parameter or pseudo parameter has this value.
    Value {
        /// Its name.
        name: &'n str,
        /// The value as text (a list with commas).
        text: Rc<str>,
    },
    /// A condition holds or does not.
    Condition {
        /// Its name.
        name: &'n str,
        /// Whether it holds.
        holds: bool,
    },
}

impl Assumption<'_> {
    /// The assumption in words: "`Env` is `prod`", "condition `IsProd` is false".
    pub fn describe(&self) -> String {
        match self {
            Assumption::Value { name, text } => format!("`{name}` is `{text}`"),
            Assumption::Condition { name, holds } => format!("condition `{name}` is {holds}"),
        }
    }
}

/// One value that a node can have.
#[derive(Clone, Debug)]
pub struct Candidate<'n> {
    /// The value; `None` when it is `AWS::NoValue`, so that the property is absent.
    pub value: Option<ValueNode<'n>>,
    /// What must hold for it, in the order in which the expression asks.
    pub assumptions: Vec<Assumption<'n>>,
    /// The places that it came from, in the order of the expression; empty for a literal.
    pub origins: Vec<Origin<'n>>,
}

impl Candidate<'_> {
    /// Whether a template parameter has a part in the value.
    pub fn from_parameter(&self) -> bool {
        self.origins.iter().any(Origin::is_parameter)
    }
}

/// Why a value, or the rest of the values, is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unknown {
    /// Known only when the stack is deployed: a resource's name or attribute, an import.
    Deployment,
    /// A parameter without default and allowed values, or one read from the parameter store.
    Parameter,
    /// A name that nothing defines.
    Undefined,
    /// An argument of the wrong shape.
    Malformed,
    /// A mapping has no such entry.
    MissingKey,
    /// An index past the end of a list.
    OutOfRange,
    /// A function whose value is not computed.
    Function,
    /// No value is possible under what is known at this place.
    Contradiction,
    /// More work than the budget allows.
    Budget,
}

/// The answer to what a node can be: the candidates, and why there may be others.
#[derive(Clone, Debug)]
pub struct Resolution<'n> {
    /// Every value found, in the order of the choices.
    pub candidates: Vec<Candidate<'n>>,
    /// Why there are or may be further values; `None` when the candidates are all.
    pub rest: Option<Unknown>,
}

impl<'n> Resolution<'n> {
    /// Nothing is known, for this reason.
    pub fn unknown(reason: Unknown) -> Self {
        Resolution { candidates: Vec::new(), rest: Some(reason) }
    }

    /// The one value, when there is no other.
    pub fn known(&self) -> Option<&ValueNode<'n>> {
        match (self.candidates.as_slice(), self.rest) {
            ([only], None) => only.value.as_ref(),
            _ => None,
        }
    }

    /// Whether no value is known.
    pub fn is_unknown(&self) -> bool {
        self.candidates.is_empty()
    }
}
