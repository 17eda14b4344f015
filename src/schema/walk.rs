//! Checks a value against the facts about its type, in three values: valid, invalid, unknown.
//!
//! CloudFormation values hold functions whose result is not known before deployment, so a check may not be decidable.
//! Outside alternatives a function is looked at for what it can give (its kind, the values a parameter may have); inside
//! `anyOf`, `oneOf`, `not` and `if` it makes the alternative unknown, and what is unknown is never reported. Facts that
//! depend on which members are present are decided once per combination of conditions that can be true together.
//!
//! This module knows no rule: it returns typed violations.

mod calls;
mod composites;
mod groups;
mod places;
mod resolution;
mod summary;
mod tags;
mod values;
mod violation;

pub use places::{Place, places, places_where};
pub use violation::{Assumption, Kind, Resolved, Violation};

use super::store::{Found, SchemaNode, TypeFacts};
use crate::conditions::Pins;
use crate::intrinsics::{self, Intrinsic, dynamic};
use crate::resolve::Resolver;
use crate::schema::pattern::OwnPattern;
use crate::source::Span;
use crate::syntax::{Call, Entry, Node, NodeKind};
use crate::template::{Resource, Template};

/// What the walk may ask about the template around a value.
#[derive(Clone, Copy)]
pub struct Surroundings<'e, 'a> {
    /// The template: names of parameters and resources.
    pub template: &'e Template<'a>,
    /// What a node can be, and which conditions can be true together.
    pub resolver: &'e Resolver<'a>,
    /// What a user has asked for.
    pub manner: Manner<'e>,
}

/// How strictly values are looked at.
#[derive(Clone, Copy, Default)]
pub struct Manner<'e> {
    /// Whether a scalar must be of the kind that the facts name: CloudFormation turns scalars into one another.
    pub strict: bool,
    /// Texts that match one of these from their start need not match the pattern of their property.
    pub excepted: &'e [OwnPattern],
}

/// Most schema levels that are followed; facts refer to themselves (a filter holds filters).
const MAX_LEVELS: u32 = 400;
/// Most keyword evaluations for one resource, so that alternatives within alternatives end.
const MAX_STEPS: u32 = 400_000;

/// Checks the properties of a resource. `facts` are those of its type.
pub fn resource<'a>(resource: &Resource<'a>, facts: TypeFacts, around: Surroundings<'_, 'a>) -> Vec<Violation> {
    let root = facts.schema();
    let properties = resource.node.entry("Properties");
    let key = properties.map_or(resource.key.span, |e| e.key.span);
    let mut walker = Walker::new(around, resource.kind().unwrap_or_default());
    if let Some(condition) = resource.condition() {
        walker.pins = around.resolver.conditions.pin(&walker.pins, condition, true).unwrap_or_default();
    }
    if let Some(lifecycle) = facts.about("lifecycle") {
        let text = |name| lifecycle.get(name).and_then(|value| value.as_str());
        if let Some(status) = text("status") {
            walker.report(key, Kind::Lifecycle { status, date: text("date") });
        }
    }
    match properties {
        Some(Entry { value, .. }) => {
            if let Some(violation) = shape(resource, around) {
                walker.out.push(violation);
                return walker.out;
            }
            walker.check(value, root, At::key(key));
            if facts.tag_property() == Some("/properties/Tags") {
                walker.tags(value);
            }
        }
        None => {
            let empty = Node::new(resource.key.span, NodeKind::Map(Vec::new()));
            let mut inner = Walker::new(around, walker.type_name);
            inner.pins = walker.pins.clone();
            inner.check(&empty, root, At::key(key));
            walker.out.append(&mut inner.out);
        }
    }
    walker.out
}

/// Checks the one thing that is known of the properties of any type: that they are a mapping.
pub fn shape<'a>(resource: &Resource<'a>, around: Surroundings<'_, 'a>) -> Option<Violation> {
    let mut walker = Walker::new(around, resource.kind().unwrap_or_default());
    let entry = resource.node.entry("Properties")?;
    match &entry.value.kind {
        NodeKind::Call(call) if is_no_value(call) => {
            let found = "nothing".to_owned();
            walker.report(calls::place(call), Kind::Type { expected: vec!["object"], found });
        }
        NodeKind::Map(_) | NodeKind::Call(_) | NodeKind::Tagged(_) => {}
        _ => {
            let found = values::describe(&entry.value);
            walker.report(entry.key.span, Kind::Type { expected: vec!["object"], found });
        }
    }
    walker.out.pop()
}

/// Checks one value against one schema; for values outside of resources and for tests.
pub fn value<'a>(node: &'a Node, key: Span, schema: SchemaNode, around: Surroundings<'_, 'a>) -> Vec<Violation> {
    let mut walker = Walker::new(around, "");
    walker.check(node, schema, At::key(key));
    walker.out
}

/// Where a fault of a whole value is shown: the key that holds it, or the start of a list item.
#[derive(Clone, Copy, Debug)]
struct At {
    /// The key, the start of a list item or the start of a branch of `Fn::If`.
    span: Span,
    /// The key above the outermost `Fn::If` whose branch the value is, when members are decided there.
    reference: Option<Span>,
}

impl At {
    fn key(span: Span) -> Self {
        At { span, reference: None }
    }

    fn start_of(node: &Node) -> Self {
        At::key(Span { start: node.span.start, end: node.span.start })
    }
}

/// One run over one value. `'w` is the lifetime of the value, which may be a candidate made by the resolver.
struct Walker<'w, 'e> {
    around: Surroundings<'e, 'w>,
    type_name: &'w str,
    /// What a SAM template gives every resource of the type.
    globals: Option<&'w Node>,
    out: Vec<Violation>,
    /// Conditions that hold here: the resource's own, those of `Fn::If` around, those of the combination at hand.
    pins: Pins,
    /// The conditions of the branches of `Fn::If` around, outermost first.
    within: Vec<(&'w str, bool)>,
    /// Depth of combinations tried: members behind `Fn::If` are then seen through the pinned conditions.
    assumed: u32,
    /// Keys from `Properties` down to the value.
    keys: Vec<&'w str>,
    /// Depth inside alternatives, where functions are unknown.
    alternatives: u32,
    /// Set when an alternative cannot be decided.
    unknown: bool,
    /// Only the verdict counts: nothing is collected.
    quiet: u32,
    /// The verdict so far while `quiet`.
    failed: bool,
    /// The value is a candidate: functions in it are not resolved again.
    resolved: bool,
    /// Functions are unknown everywhere, not only in alternatives.
    opaque: bool,
    levels: u32,
    steps: u32,
}

/// Stands in `Walker::keys` for an item of a list.
const ITEM: &str = "[]";

/// What an alternative came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Valid,
    Invalid,
    Unknown,
}

impl<'w, 'e> Walker<'w, 'e> {
    fn new(around: Surroundings<'e, 'w>, type_name: &'w str) -> Self {
        Walker {
            around,
            type_name,
            globals: type_name
                .strip_prefix("AWS::Serverless::")
                .and_then(|kind| around.template.section("Globals")?.get(kind)),
            out: Vec::new(),
            pins: Pins::none(),
            within: Vec::new(),
            assumed: 0,
            keys: Vec::new(),
            alternatives: 0,
            unknown: false,
            quiet: 0,
            failed: false,
            resolved: false,
            opaque: false,
            levels: 0,
            steps: 0,
        }
    }

    fn report(&mut self, span: Span, kind: Kind) {
        self.push(Violation::new(span, kind));
    }

    fn report_at(&mut self, at: At, kind: Kind) {
        let mut violation = Violation::new(at.span, kind);
        violation.reference = at.reference;
        self.push(violation);
    }

    fn push(&mut self, mut violation: Violation) {
        if self.is_given_globally(&violation.kind) {
            self.unknown = true;
            return;
        }
        self.failed = true;
        if self.quiet > 0 {
            return;
        }
        let below = match &violation.kind {
            Kind::UnknownProperty { .. } | Kind::UnmatchedKey { .. } | Kind::DependentExcluded { .. } => 1,
            Kind::RequiredXor { found, .. } => usize::from(!found.is_empty()),
            _ => 0,
        };
        for (name, holds) in &self.within {
            if !violation.conditions.iter().any(|c| c.0 == *name) {
                violation.conditions.push(((*name).to_owned(), *holds));
            }
        }
        violation.depth = violation.depth.max(self.keys.len() + below);
        if violation.property.is_empty() {
            violation.item = self.keys.last() == Some(&ITEM);
            let named = self.keys.iter().rev().find(|k| **k != ITEM);
            violation.property = named.copied().unwrap_or_default().to_owned();
        }
        if violation.type_name.is_empty() {
            violation.type_name = self.type_name.to_owned();
        }
        self.out.push(violation);
    }

    /// Whether a member that seems to be missing may come from the `Globals` section of a SAM template.
    fn is_given_globally(&self, kind: &Kind) -> bool {
        let Some(globals) = self.globals else { return false };
        let given = |name: &str| globals.entry(name).is_some();
        match kind {
            Kind::Required { name, .. } => given(self.keys.first().copied().unwrap_or(name)),
            Kind::RequiredOr { names } | Kind::RequiredXor { names, .. } => match self.keys.first() {
                Some(first) => given(first),
                None => names.iter().any(|n| given(n)),
            },
            Kind::DependentRequired { .. } | Kind::MinProperties { .. } | Kind::MinItems { .. } => {
                self.keys.first().is_none_or(|first| given(first))
            }
            _ => false,
        }
    }

    /// Whether a verdict is all that is wanted and nothing can change it: an alternative that holds something unknown is
    /// unknown, whatever else is wrong with it.
    fn decided(&self) -> bool {
        self.quiet > 0 && self.failed && self.unknown
    }

    /// Checks one node against one schema.
    fn check(&mut self, node: &'w Node, schema: SchemaNode, at: At) {
        self.steps += 1;
        if self.levels >= MAX_LEVELS || self.steps >= MAX_STEPS {
            self.unknown = true;
            return;
        }
        self.levels += 1;
        match &node.kind {
            _ if schema.is_nothing() && !is_branching(node) => {
                let name = self.keys.last().copied().unwrap_or_default().to_owned();
                self.report(at.span, Kind::Excluded { name });
            }
            NodeKind::Call(call) => self.call(node, call, schema, at),
            NodeKind::Tagged(_) => self.unknown = true,
            NodeKind::String(text) if is_opaque(text) => self.unknown = true,
            _ => self.keywords(node, schema, at),
        }
        self.levels -= 1;
    }

    fn keywords(&mut self, node: &'w Node, schema: SchemaNode, at: At) {
        if let Some(target) = schema.reference() {
            self.check(node, target, At::key(at.span));
            if self.decided() {
                return;
            }
        }
        if !self.kind(node, schema) || self.decided() {
            return;
        }
        match &node.kind {
            NodeKind::Map(entries) => self.map(node, entries, schema, at),
            NodeKind::List(items) => {
                self.list(items, schema);
                if let Some(wanted) = schema.contains() {
                    self.contains(items, wanted, schema.min_contains().unwrap_or(1), at);
                }
            }
            NodeKind::Null => {}
            _ => self.scalar(node, schema),
        }
        if self.decided() {
            return;
        }
        self.values(node, schema, at);
        self.groups(node, schema, at);
        if !self.decided() {
            self.composites(node, schema, at);
        }
    }

    fn map(&mut self, node: &'w Node, entries: &'w [Entry], schema: SchemaNode, at: At) {
        if let Some(names) = schema.property_names() {
            self.names(entries, names);
        }
        let additional = schema.additional_properties();
        let has_patterns = schema.pattern_properties().len() > 0;
        if additional.is_none() && !has_patterns && !schema.has_properties() {
            self.object_length(node, schema, at);
            return;
        }
        for entry in entries {
            let key = &*entry.key.text;
            let mut known = false;
            if let Some(property) = schema.property(key) {
                known = true;
                self.member(entry, property);
            }
            if has_patterns {
                for (pattern, value) in schema.pattern_properties() {
                    if pattern.find(key) != Found::No {
                        known = true;
                        self.member(entry, value);
                    }
                }
            }
            if !known && !is_macro_key(key) {
                match additional {
                    Some(value) if value.is_nothing() => self.unexpected(entry, entries, schema, has_patterns),
                    Some(value) => self.member(entry, value),
                    None => {}
                }
            }
            if self.decided() {
                return;
            }
        }
        self.object_length(node, schema, at);
    }

    fn unexpected(&mut self, entry: &'w Entry, entries: &'w [Entry], schema: SchemaNode, has_patterns: bool) {
        if self.quiet > 0 {
            self.failed = true;
            return;
        }
        let name = entry.key.text.to_string();
        let kind = if has_patterns {
            Kind::UnmatchedKey { name, patterns: schema.pattern_properties().map(|p| p.0.source()).collect() }
        } else {
            let known: Vec<&'static str> = schema.properties().map(|p| p.0).collect();
            let present = entries.iter().map(|e| e.key.text.to_string()).collect();
            Kind::UnknownProperty { name, known, present }
        };
        self.report(entry.key.span, kind);
    }

    /// A member of an object, under its schema.
    fn member(&mut self, entry: &'w Entry, schema: SchemaNode) {
        let Some(value) = self.seen(&entry.value) else { return };
        let start = self.out.len();
        self.keys.push(&entry.key.text);
        self.check(value, schema, At::key(entry.key.span));
        self.keys.pop();
        // A branch that was chosen stands for the member.
        if value.is_scalar() && value.span != entry.value.span {
            for violation in self.out.iter_mut().skip(start) {
                violation.reference.get_or_insert(entry.key.span);
            }
        }
    }

    fn list(&mut self, items: &'w [Node], schema: SchemaNode) {
        let rest = schema.items();
        let mut number = 0;
        for item in items {
            let Some(item) = self.seen(item) else { continue };
            let under = schema.prefix_items().nth(number).or(rest);
            number += 1;
            self.keys.push(ITEM);
            if let Some(under) = under {
                self.check(item, under, At::start_of(item));
            }
            self.keys.pop();
            if self.decided() {
                return;
            }
        }
    }
}

/// Whether a text stands for something else, so that no fact about texts applies to it: a dynamic reference, or a pseudo
/// parameter whose `Ref` was forgotten.
fn is_opaque(text: &str) -> bool {
    text.starts_with("AWS::") && intrinsics::PSEUDO_PARAMETERS.contains(&text) || dynamic::contains(text)
}

/// Whether a value may turn out not to be there.
fn is_branching(node: &Node) -> bool {
    node.is_null() || node.as_call().is_some_and(|call| call.function == intrinsics::Intrinsic::If || is_no_value(call))
}

/// `!Ref AWS::NoValue`: the member is not there.
fn is_no_value(call: &Call) -> bool {
    call.function == Intrinsic::Ref && call.argument.as_str() == Some("AWS::NoValue")
}

/// Keys that a macro or a loop replaces before the properties are read.
fn is_macro_key(key: &str) -> bool {
    key == "Fn::Transform" || key.starts_with("Fn::ForEach")
}

#[cfg(test)]
mod tests;
