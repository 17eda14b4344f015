//! What expressions are for given parameter values, defaults and a region.

use crate::intrinsics::Intrinsic;
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use crate::template::Template;
use crate::value::evaluate::{Choices, Evaluation};
use crate::value::regions::{partition, url_suffix};
use crate::value::{Origin, OriginKind};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Steps for one expression.
const STEPS: u64 = 40_000;
/// Steps for all expressions of one template.
const ALL_STEPS: u64 = 4_000_000;
/// Deepest chain of conditions that name each other.
const MAX_CONDITION_DEPTH: usize = 50;

/// Answers what expressions are when every parameter has its given value or its default.
#[derive(Debug)]
pub struct Known<'t> {
    /// The template.
    pub template: &'t Template<'t>,
    values: BTreeMap<Box<str>, Rc<str>>,
    conditions: RefCell<BTreeMap<String, Option<bool>>>,
    depth: Cell<usize>,
    steps: Cell<u64>,
}

impl<'t> Known<'t> {
    /// Takes the given values, then the defaults.
    pub fn new(template: &'t Template<'t>, region: &str, parameters: &[(String, String)]) -> Self {
        let mut values: BTreeMap<Box<str>, Rc<str>> = BTreeMap::new();
        for parameter in template.parameters.iter().filter(|p| !p.is_ssm()) {
            let text = match parameter.default().map(|d| &d.kind) {
                Some(NodeKind::List(items)) => {
                    let texts: Option<Vec<_>> = items.iter().map(Node::scalar_text).collect();
                    texts.map(|t| t.join(",").into())
                }
                _ => parameter.default().and_then(Node::scalar_text).map(Rc::from),
            };
            let given = parameters.iter().rev().find(|p| p.0 == parameter.name());
            if let Some(text) = given.map(|g| g.1.as_str().into()).or(text) {
                values.insert(parameter.name().into(), text);
            }
        }
        if !region.is_empty() {
            values.insert("AWS::Region".into(), region.into());
            values.insert("AWS::Partition".into(), partition(region).into());
            values.insert("AWS::URLSuffix".into(), url_suffix(region).into());
        }
        Known { template, values, conditions: RefCell::default(), depth: Cell::new(0), steps: Cell::new(0) }
    }

    /// What a node is; `None` when that is not known or it is `AWS::NoValue`.
    pub fn value(&self, node: &Node) -> Option<Node> {
        let limit = ALL_STEPS.saturating_sub(self.steps.get()).min(STEPS);
        let mut evaluation = Evaluation::new(self.template, self, limit);
        let found = evaluation.node(node);
        self.steps.set(self.steps.get() + evaluation.steps);
        Some((*found.ok()??).clone())
    }

    /// The scalar that a node is.
    pub fn scalar(&self, node: &Node) -> Option<Node> {
        self.value(node).filter(|n| n.scalar_text().is_some())
    }

    /// Whether a condition holds.
    fn holds(&self, name: &str) -> Option<bool> {
        if let Some(answer) = self.conditions.borrow().get(name) {
            return *answer;
        }
        if self.depth.get() >= MAX_CONDITION_DEPTH {
            return None;
        }
        // A condition that needs itself has no answer.
        self.conditions.borrow_mut().insert(name.to_owned(), None);
        self.depth.set(self.depth.get() + 1);
        let answer = self.template.conditions.get(name).and_then(|c| self.truth(c.node));
        self.depth.set(self.depth.get() - 1);
        self.conditions.borrow_mut().insert(name.to_owned(), answer);
        answer
    }

    fn truth(&self, node: &Node) -> Option<bool> {
        let NodeKind::Call(call) = &node.kind else { return None };
        let items = || call.argument.as_list();
        match call.function {
            Intrinsic::Condition => self.holds(call.argument.as_str()?),
            Intrinsic::Not => match items()? {
                [only] => self.truth(only).map(|t| !t),
                _ => None,
            },
            Intrinsic::And => items()?.iter().try_fold(true, |all, n| Some(self.truth(n)? && all)),
            Intrinsic::Or => items()?.iter().try_fold(false, |any, n| Some(self.truth(n)? || any)),
            Intrinsic::Equals => match items()? {
                [a, b] => {
                    let (a, b) = (self.scalar(a)?, self.scalar(b)?);
                    Some(a.scalar_text() == b.scalar_text())
                }
                _ => None,
            },
            _ => None,
        }
    }
}

impl<'n> Choices<'n> for Known<'_> {
    fn value(&self, name: &str) -> Option<(Rc<str>, Origin<'n>)> {
        let text = self.values.get(name)?;
        Some((Rc::clone(text), Origin { kind: OriginKind::Default, name: "", span: None::<Span> }))
    }

    fn condition(&self, name: &str) -> Option<bool> {
        self.holds(name)
    }
}
