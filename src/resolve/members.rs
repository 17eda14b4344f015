//! Properties of resources case by case: what stands at a path under which conditions, and which resource a value names.

use super::Resolver;
use crate::conditions::Pins;
use crate::intrinsics::{Intrinsic, dynamic, get_att_parts};
use crate::source::Span;
use crate::syntax::{Call, Entry, Node, NodeKind};
use crate::template::{Resource, Template};

/// Most cases of one path.
const MAX_CASES: usize = 64;
/// Most cases of all paths of one template.
pub(super) const TEMPLATE_CASES: u32 = 200_000;

/// What stands at a path in one case.
#[derive(Clone, Copy, Debug)]
pub enum Member<'a> {
    /// A value: a literal or a function that is not `Fn::If`.
    Value(&'a Node),
    /// Nothing: the property is not given, null or `AWS::NoValue`.
    Absent,
    /// A function or a macro stands on the way, so that this is not known.
    Unknown,
}

/// One case of a path: what stands there, and the conditions that make it so.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// What stands there.
    pub member: Member<'a>,
    /// The key that holds the value; for an item of a list the item. When there is none, that of the mapping around.
    pub key: Span,
    /// The key of the mapping that holds or lacks the property.
    pub owner: Span,
    /// The conditions of this case.
    pub pins: Pins,
}

impl<'a> Case<'a> {
    /// The value, when there is one.
    pub fn node(&self) -> Option<&'a Node> {
        match self.member {
            Member::Value(node) => Some(node),
            Member::Absent | Member::Unknown => None,
        }
    }

    /// Whether the property is certainly not given in this case.
    pub fn is_absent(&self) -> bool {
        matches!(self.member, Member::Absent)
    }

    /// A scalar that is known from the template alone, as text.
    pub fn text(&self) -> Option<&'a str> {
        self.node()?.scalar_text().filter(|text| !dynamic::contains(text))
    }

    /// The scalar, or what holds when the property is absent.
    pub fn text_or(&self, default: &'a str) -> Option<&'a str> {
        if self.is_absent() { Some(default) } else { self.text() }
    }

    /// The same case, shown where the property is missing.
    #[must_use]
    pub fn as_missing(self) -> Self {
        Case { key: self.owner, ..self }
    }

    /// The most specific place: the value, or the mapping that lacks it.
    pub fn span(&self) -> Span {
        self.node().map_or(self.key, |node| node.span)
    }
}

/// What a value names.
#[derive(Clone, Copy, Debug)]
pub enum Named<'a> {
    /// A resource of the template; with the attribute for `Fn::GetAtt`.
    Resource(Resource<'a>, Option<&'a str>),
    /// A parameter or pseudo parameter.
    Parameter(&'a str),
    /// A text or number that the author wrote.
    Literal(&'a str),
    /// Something else: a function whose result is not known, a list, a mapping.
    Other,
}

impl<'a> Named<'a> {
    /// Reads what a value names.
    pub fn of(node: &'a Node, template: &Template<'a>) -> Named<'a> {
        match &node.kind {
            NodeKind::Call(call) => Self::of_call(call, template),
            _ => match node.scalar_text() {
                Some(text) if !dynamic::contains(text) => Named::Literal(text),
                _ => Named::Other,
            },
        }
    }

    fn of_call(call: &'a Call, template: &Template<'a>) -> Named<'a> {
        let resource = |id: &str| template.resources.get(id).copied();
        match call.function {
            Intrinsic::Ref => match call.argument.as_str() {
                Some(name) => match resource(name) {
                    Some(found) => Named::Resource(found, None),
                    None => Named::Parameter(name),
                },
                None => Named::Other,
            },
            Intrinsic::GetAtt => match get_att_parts(&call.argument) {
                Some(parts) => {
                    resource(parts.id).map_or(Named::Other, |found| Named::Resource(found, Some(parts.attribute)))
                }
                None => Named::Other,
            },
            _ => Named::Other,
        }
    }
}

/// A property of one resource that names another one, in one case.
#[derive(Clone, Debug)]
pub struct Link<'a> {
    /// The resource that is named.
    pub target: Resource<'a>,
    /// The value that names it.
    pub from: Span,
    /// The conditions of this case, with those that both resources need.
    pub pins: Pins,
}

/// The key of a value and that of the mapping around it.
#[derive(Clone, Copy)]
struct Keys {
    own: Span,
    owner: Span,
}

impl<'a> Resolver<'a> {
    /// What is known where a resource exists: its own condition holds. `None` when it cannot exist together with `pins`.
    pub fn existing(&self, resource: &Resource<'a>, pins: &Pins) -> Option<Pins> {
        match resource.condition() {
            Some(name) => self.conditions.pin(pins, name, true),
            None => Some(pins.clone()),
        }
    }

    /// Every case of a path below `Properties`. `*` goes through the items of a list; every `Fn::If` on the way and at
    /// the end is followed into the branches that are possible under `pins`.
    pub fn cases(&self, resource: &Resource<'a>, path: &[&str], pins: &Pins) -> Vec<Case<'a>> {
        let mut found = Vec::new();
        let Some(pins) = self.existing(resource, pins) else { return found };
        if self.cases_left.get() == 0 {
            self.give_up(resource.key.span);
            return found;
        }
        match resource.node.entry("Properties") {
            Some(Entry { key, value }) => {
                self.descend(value, Keys { own: key.span, owner: resource.key.span }, path, &pins, &mut found);
            }
            None => {
                let key = resource.key.span;
                found.push(Case { member: Member::Absent, key, owner: key, pins });
            }
        }
        self.count(found)
    }

    /// The same below any value. `key` is the key that holds it.
    pub fn cases_below(&self, node: &'a Node, key: Span, path: &[&str], pins: &Pins) -> Vec<Case<'a>> {
        let mut found = Vec::new();
        if self.cases_left.get() == 0 {
            self.give_up(node.span);
            return found;
        }
        self.descend(node, Keys { own: key, owner: key }, path, pins, &mut found);
        self.count(found)
    }

    fn count(&self, found: Vec<Case<'a>>) -> Vec<Case<'a>> {
        self.cases_left.set(self.cases_left.get().saturating_sub(found.len() as u32));
        found
    }

    /// The resources of a type (of any type when it is empty) that the values at a path name by `Ref` or `Fn::GetAtt`.
    pub fn links(&self, resource: &Resource<'a>, path: &[&str], kind: &str, pins: &Pins) -> Vec<Link<'a>> {
        let mut links = Vec::new();
        for case in self.cases(resource, path, pins) {
            let Some(node) = case.node() else { continue };
            let Named::Resource(target, _) = Named::of(node, self.template) else { continue };
            if !kind.is_empty() && target.kind() != Some(kind) {
                continue;
            }
            if let Some(pins) = self.existing(&target, &case.pins) {
                links.push(Link { target, from: node.span, pins });
            }
        }
        links
    }

    fn descend(&self, node: &'a Node, keys: Keys, path: &[&str], pins: &Pins, found: &mut Vec<Case<'a>>) {
        if found.len() >= MAX_CASES {
            return;
        }
        let mut push = |member| found.push(Case { member, key: keys.own, owner: keys.owner, pins: pins.clone() });
        match &node.kind {
            NodeKind::Null => return push(Member::Absent),
            NodeKind::Call(call) if is_no_value(call) => return push(Member::Absent),
            NodeKind::Call(call) if call.function == Intrinsic::If => {
                let Some([name, yes, no]) = call.argument.as_list() else { return push(Member::Unknown) };
                let Some(name) = name.as_str() else { return push(Member::Unknown) };
                for (branch, holds) in [(yes, true), (no, false)] {
                    if let Some(pins) = self.conditions.pin(pins, name, holds) {
                        self.descend(branch, keys, path, &pins, found);
                    }
                }
                return;
            }
            NodeKind::Call(_) | NodeKind::Tagged(_) if !path.is_empty() => return push(Member::Unknown),
            _ => {}
        }
        let Some((first, rest)) = path.split_first() else { return push(Member::Value(node)) };
        match &node.kind {
            NodeKind::List(items) if *first == "*" => {
                for item in items {
                    self.descend(item, Keys { own: item.span, owner: keys.own }, rest, pins, found);
                }
            }
            NodeKind::Map(entries) => match node.entry(first) {
                Some(entry) => {
                    let keys = Keys { own: entry.key.span, owner: keys.own };
                    self.descend(&entry.value, keys, rest, pins, found);
                }
                None if entries.iter().any(|e| is_macro_key(&e.key.text)) => push(Member::Unknown),
                None => found.push(Case { member: Member::Absent, key: keys.own, owner: keys.own, pins: pins.clone() }),
            },
            _ => push(Member::Unknown),
        }
    }
}

fn is_no_value(call: &Call) -> bool {
    call.function == Intrinsic::Ref && call.argument.as_str() == Some("AWS::NoValue")
}

/// Keys that a macro or a loop replaces, so that members may come from there.
fn is_macro_key(key: &str) -> bool {
    key == "Fn::Transform" || key.starts_with("Fn::ForEach")
}
