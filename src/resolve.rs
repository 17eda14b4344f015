//! What a node can be, given parameters, mappings, conditions and regions. An expression is evaluated again and again,
//! each time with one more choice made (a parameter's value, a region, a condition), so that a choice counts for the whole
//! expression; choices that contradict the conditions pinned at the place, or each other, are dropped.

mod members;

pub use members::{Case, Link, Member, Named};

use crate::conditions::{Answer, Conditions, Pins};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use crate::template::{Parameter, Template};
use crate::value::evaluate::{Choices, Evaluation, Need, Stop};
use crate::value::regions::{partition, url_suffix};
use crate::value::{Assumption, Candidate, Origin, OriginKind, Resolution, Unknown, ValueNode};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Most candidates of one node.
pub const MAX_CANDIDATES: usize = 512;
/// Steps for one node.
const NODE_STEPS: u64 = 40_000;
/// Steps for all nodes of one template.
const TEMPLATE_STEPS: u64 = 1_500_000;

/// The value in a region.
type Follows = fn(&str) -> String;

/// Pseudo parameters that follow from the region (the account and the stack in them are stand-ins).
const FOLLOWING_REGION: &[(&str, Follows)] = &[
    ("AWS::Partition", |r| partition(r).to_owned()),
    ("AWS::URLSuffix", |r| url_suffix(r).to_owned()),
    ("AWS::StackId", |r| {
        let id = "51af3dc0-da77-11e4-872e-1234567db123";
        format!("arn:{}:cloudformation:{r}:123456789012:stack/teststack/{id}", partition(r))
    }),
    ("AWS::NotificationARNs", |r| format!("arn:{}:sns:{r}:123456789012:notification", partition(r))),
];

/// Answers what a node can be.
#[derive(Debug)]
pub struct Resolver<'a> {
    /// The template.
    pub template: &'a Template<'a>,
    /// Regions, in order.
    pub regions: &'a [String],
    /// Given parameter values.
    pub parameters: &'a [(String, String)],
    /// Which conditions can hold together.
    pub conditions: Conditions<'a>,
    steps: Cell<u64>,
    over_budget: RefCell<Vec<Span>>,
    /// How many more cases of paths are looked at.
    cases_left: Cell<u32>,
}

/// The choices of one candidate, in the order in which they were needed.
#[derive(Default)]
struct Made<'n> {
    values: Vec<(&'n str, Rc<str>, Origin<'n>)>,
    conditions: Vec<(&'n str, bool)>,
}

impl<'n> Choices<'n> for Made<'n> {
    fn value(&self, name: &str) -> Option<(Rc<str>, Origin<'n>)> {
        if let Some(found) = self.values.iter().find(|v| v.0 == name) {
            return Some((Rc::clone(&found.1), found.2));
        }
        let (name, follows) = FOLLOWING_REGION.iter().find(|f| f.0 == name)?;
        let region = self.values.iter().find(|v| v.0 == "AWS::Region")?;
        Some((follows(&region.1).into(), Origin { kind: OriginKind::Region, name, span: None }))
    }

    fn condition(&self, name: &str) -> Option<bool> {
        self.conditions.iter().find(|c| c.0 == name).map(|c| c.1)
    }
}

/// One question under way.
struct Exploration<'r, 'a> {
    resolver: &'r Resolver<'a>,
    node: &'a Node,
    pins: &'r Pins,
    made: Made<'a>,
    steps: u64,
    limit: u64,
    out: Resolution<'a>,
}

impl<'a> Resolver<'a> {
    /// A resolver for one template and run.
    pub fn new(template: &'a Template<'a>, regions: &'a [String], parameters: &'a [(String, String)]) -> Self {
        Resolver {
            template,
            regions,
            parameters,
            conditions: Conditions::new(template),
            steps: Cell::new(0),
            over_budget: RefCell::new(Vec::new()),
            cases_left: Cell::new(members::TEMPLATE_CASES),
        }
    }

    /// What a node can be where these conditions are pinned. A node that is no call is itself; calls inside a list or
    /// mapping stay as they are (ask for each of them).
    pub fn candidates(&self, node: &'a Node, pins: &Pins) -> Resolution<'a> {
        if node.as_call().is_none() {
            let literal =
                Candidate { value: Some(ValueNode::Borrowed(node)), assumptions: Vec::new(), origins: Vec::new() };
            return Resolution { candidates: vec![literal], rest: None };
        }
        let limit = TEMPLATE_STEPS.saturating_sub(self.steps.get()).min(NODE_STEPS);
        let mut exploration = Exploration {
            resolver: self,
            node,
            pins,
            made: Made::default(),
            steps: 0,
            limit,
            out: Resolution { candidates: Vec::new(), rest: None },
        };
        exploration.explore();
        self.steps.set(self.steps.get() + exploration.steps);
        let mut out = exploration.out;
        if out.candidates.is_empty() && out.rest.is_none() {
            out.rest = Some(Unknown::Contradiction);
        }
        if out.rest == Some(Unknown::Budget) {
            self.give_up(node.span);
        }
        out
    }

    fn give_up(&self, span: Span) {
        let mut over = self.over_budget.borrow_mut();
        if !over.contains(&span) && over.len() < 100 {
            over.push(span);
        }
    }

    /// The text of a node when there is exactly one.
    pub fn known_text(&self, node: &'a Node, pins: &Pins) -> Option<String> {
        self.candidates(node, pins).known()?.scalar_text().map(str::to_owned)
    }

    /// The expressions that were given up for their size so far, at most a hundred.
    pub fn over_budget(&self) -> Vec<Span> {
        self.over_budget.borrow().clone()
    }

    /// The values that a parameter can have: given, allowed, or its default and bounds. Empty when nothing is known.
    pub fn parameter_values(&self, parameter: &Parameter<'a>) -> Vec<(Rc<str>, Origin<'a>)> {
        let name = parameter.name();
        let origin = |kind, span| Origin { kind, name, span };
        if let Some((_, given)) = self.parameters.iter().rev().find(|p| p.0 == name) {
            return if parameter.is_ssm() {
                Vec::new()
            } else {
                vec![(given.as_str().into(), origin(OriginKind::Given, None))]
            };
        }
        if parameter.is_ssm() {
            return Vec::new();
        }
        let mut out: Vec<(Rc<str>, Origin<'a>)> = Vec::new();
        for (i, node) in parameter.allowed_values().unwrap_or_default().iter().enumerate() {
            if let Some(text) = node.scalar_text() {
                out.push((text.into(), origin(OriginKind::AllowedValue(i), Some(node.span))));
            }
        }
        if !out.is_empty() {
            return out;
        }
        for (key, kind) in
            [("Default", OriginKind::Default), ("MinValue", OriginKind::MinValue), ("MaxValue", OriginKind::MaxValue)]
        {
            let Some(node) = parameter.node.get(key) else { continue };
            let text: Option<Rc<str>> = match &node.kind {
                // A list as the default of a list parameter is refused elsewhere; its meaning is clear.
                NodeKind::List(items) => {
                    items.iter().map(Node::scalar_text).collect::<Option<Vec<_>>>().map(|t| t.join(",").into())
                }
                _ => node.scalar_text().map(Rc::from),
            };
            if let Some(text) = text
                && !out.iter().any(|o| o.0 == text)
            {
                out.push((text, origin(kind, Some(node.span))));
            }
        }
        out
    }

    fn pseudo_values(&self, name: &'a str) -> Vec<(Rc<str>, Origin<'a>)> {
        let stand_in = |text: &str| vec![(text.into(), Origin { kind: OriginKind::Placeholder, name, span: None })];
        match name {
            "AWS::Region" => {
                let origin = Origin { kind: OriginKind::Region, name, span: None };
                self.regions.iter().map(|r| (r.as_str().into(), origin)).collect()
            }
            "AWS::AccountId" => stand_in("123456789012"),
            "AWS::StackName" => stand_in("teststack"),
            _ => Vec::new(),
        }
    }
}

impl<'a> Exploration<'_, 'a> {
    fn full(&mut self) -> bool {
        if self.out.candidates.len() >= MAX_CANDIDATES {
            self.out.rest = Some(Unknown::Budget);
        }
        self.out.rest == Some(Unknown::Budget)
    }

    fn explore(&mut self) {
        let template = self.resolver.template;
        let mut evaluation = Evaluation::new(template, &self.made, self.limit.saturating_sub(self.steps));
        let outcome = evaluation.node(self.node);
        let origins = std::mem::take(&mut evaluation.origins);
        self.steps += evaluation.steps;
        match outcome {
            Ok(value) => {
                if !self.full() {
                    let assumptions = self.assumptions();
                    self.out.candidates.push(Candidate { value, assumptions, origins });
                }
            }
            Err(Stop::Unknown(Unknown::Budget)) => self.out.rest = Some(Unknown::Budget),
            Err(Stop::Unknown(reason)) => {
                self.out.rest.get_or_insert(reason);
            }
            Err(Stop::Need(Need::Condition(name))) => self.choose_condition(name),
            Err(Stop::Need(Need::Value { name, among })) => self.choose_value(name, among),
        }
    }

    fn choose_condition(&mut self, name: &'a str) {
        let pinned = self.resolver.conditions.pinned(self.pins, name);
        for holds in [true, false] {
            if pinned == Some(!holds) {
                continue;
            }
            self.made.conditions.push((name, holds));
            if self.possible() {
                self.explore();
            }
            self.made.conditions.pop();
            if self.full() {
                return;
            }
        }
    }

    fn choose_value(&mut self, name: &'a str, among: Option<Vec<&'a str>>) {
        let resolver = self.resolver;
        let follows = FOLLOWING_REGION.iter().any(|f| f.0 == name);
        let name = if follows { "AWS::Region" } else { name };
        let options = match (among, resolver.template.parameters.get(name)) {
            (Some(keys), _) => {
                let origin = Origin { kind: OriginKind::Region, name, span: None };
                keys.into_iter().map(|k| (Rc::from(k), origin)).collect()
            }
            (None, Some(parameter)) => resolver.parameter_values(parameter),
            (None, None) => resolver.pseudo_values(name),
        };
        if options.is_empty() {
            let reason = if name.starts_with("AWS::") { Unknown::MissingKey } else { Unknown::Parameter };
            self.out.rest.get_or_insert(reason);
        }
        for (text, origin) in options {
            self.made.values.push((name, text, origin));
            if self.possible() {
                self.explore();
            }
            self.made.values.pop();
            if self.full() {
                return;
            }
        }
    }

    /// Whether the choices so far can be true together with what is pinned.
    fn possible(&mut self) -> bool {
        let conditions = &self.resolver.conditions;
        if conditions.is_empty() && !conditions.has_rules() {
            return true;
        }
        self.steps += 8;
        let mut values: Vec<(&str, &str)> = Vec::new();
        for (name, text, origin) in &self.made.values {
            if origin.kind == OriginKind::Placeholder {
                continue;
            }
            values.push((name, text));
            if *name == "AWS::Region" {
                values.push(("AWS::Partition", partition(text)));
                values.push(("AWS::URLSuffix", url_suffix(text)));
            }
        }
        for (name, text) in self.resolver.parameters {
            if !values.iter().any(|v| v.0 == name) {
                values.push((name, text));
            }
        }
        conditions.satisfiable_with(self.pins, &self.made.conditions, &values) == Answer::Yes
    }

    fn assumptions(&self) -> Vec<Assumption<'a>> {
        let chosen = self.made.values.iter().filter(|v| v.2.kind != OriginKind::Placeholder);
        let values = chosen.map(|v| Assumption::Value { name: v.0, text: Rc::clone(&v.1) });
        let conditions = self.made.conditions.iter().map(|&(name, holds)| Assumption::Condition { name, holds });
        values.chain(conditions).collect()
    }
}

#[cfg(test)]
mod tests;
