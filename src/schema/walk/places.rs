//! Places in the properties of a resource, each with the conditions that lead there, to check what stands there against
//! schemas that are not those of the type.

use super::groups::if_parts;
use super::{At, ITEM, Surroundings, Verdict, Violation, Walker, is_no_value};
use crate::conditions::Pins;
use crate::schema::store::SchemaNode;
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeKind, Style};
use crate::template::Resource;

/// A value of a resource, and what is known where it stands.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    /// The value.
    pub node: &'a Node,
    /// Its key, or the start of an item or of a branch of `Fn::If`.
    pub key: Span,
    kind: &'a str,
    keys: Vec<&'a str>,
    pins: Pins,
}

/// What stands for properties that are not there.
static NO_PROPERTIES: Node =
    Node { span: Span { start: 0, end: 0 }, style: Style::Plain, kind: NodeKind::Map(Vec::new()) };

/// The values at a path below `Properties`; an empty path is `Properties` itself. `*` goes through the items of a list
/// and the members of an object, and every `Fn::If` on the way is followed into both branches.
pub fn places<'a>(resource: &Resource<'a>, path: &[&str], around: Surroundings<'_, 'a>) -> Vec<Place<'a>> {
    places_where(resource, path, &Pins::none(), around)
}

/// The same, as far as it can be where something is pinned already: nothing when the resource is not there then.
pub fn places_where<'a>(
    resource: &Resource<'a>,
    path: &[&str],
    pinned: &Pins,
    around: Surroundings<'_, 'a>,
) -> Vec<Place<'a>> {
    let (key, value) = match resource.node.entry("Properties") {
        Some(Entry { key, value }) => (key.span, value),
        None => (resource.key.span, &NO_PROPERTIES),
    };
    let kind = resource.kind().unwrap_or_default();
    let mut pins = pinned.clone();
    if let Some(condition) = resource.condition() {
        match around.resolver.conditions.pin(&pins, condition, true) {
            Some(next) => pins = next,
            // A resource whose condition never holds is looked at all the same.
            None if pinned.is_empty() => pins = Pins::none(),
            None => return Vec::new(),
        }
    }
    let mut found = Vec::new();
    let start = Place { node: value, key, kind, keys: Vec::new(), pins };
    descend(start, path, around, &mut found);
    found
}

fn descend<'a>(place: Place<'a>, path: &[&str], around: Surroundings<'_, 'a>, found: &mut Vec<Place<'a>>) {
    // Numbers and booleans are shown at what holds them.
    let start = |node: &Node, above: Span| match node.kind {
        NodeKind::Number(_) | NodeKind::Bool(_) => above,
        _ => Span { start: node.span.start, end: node.span.start },
    };
    match &place.node.kind {
        NodeKind::Call(call) if is_no_value(call) => return,
        NodeKind::Call(call) => {
            if let Some((name, then, otherwise)) = if_parts(call) {
                let above = if call.short { place.key } else { call.function_span };
                for (branch, value) in [(then, true), (otherwise, false)] {
                    if let Some(pins) = around.resolver.conditions.pin(&place.pins, name, value) {
                        let branch = Place { node: branch, key: start(branch, above), pins, ..place.clone() };
                        descend(branch, path, around, found);
                    }
                }
                return;
            }
        }
        _ => {}
    }
    let Some((first, rest)) = path.split_first() else {
        found.push(place);
        return;
    };
    let mut enter = |node: &'a Node, key: Span, name: &'a str| {
        let mut below = Place { node, key, ..place.clone() };
        below.keys.push(name);
        descend(below, rest, around, found);
    };
    match &place.node.kind {
        NodeKind::List(items) if *first == "*" => {
            items.iter().for_each(|item| enter(item, start(item, place.key), ITEM));
        }
        NodeKind::Map(entries) if *first == "*" => {
            entries.iter().for_each(|e| enter(&e.value, e.key.span, &e.key.text));
        }
        NodeKind::Map(_) => {
            if let Some(e) = place.node.entry(first) {
                enter(&e.value, e.key.span, &e.key.text);
            }
        }
        _ => {}
    }
}

impl<'a> Place<'a> {
    /// What is pinned here: the condition of the resource and those of the branches that lead here.
    pub fn pins(&self) -> &Pins {
        &self.pins
    }

    /// The values at a path below this one.
    pub fn below(&self, path: &[&str], around: Surroundings<'_, 'a>) -> Vec<Place<'a>> {
        let mut found = Vec::new();
        descend(self.clone(), path, around, &mut found);
        found
    }

    /// What the value breaks of a schema. A function is an unknown value, except `Fn::If`, whose branches are looked at.
    pub fn check(&self, schema: SchemaNode, around: Surroundings<'_, 'a>) -> Vec<Violation> {
        let mut walker = Walker::new(around, self.kind);
        walker.opaque = true;
        walker.pins = self.pins.clone();
        walker.keys = self.keys.clone();
        walker.check(self.node, schema, At::key(self.key));
        walker.out
    }

    /// The same, and what the values that functions give break.
    pub fn check_resolving(&self, schema: SchemaNode, around: Surroundings<'_, 'a>) -> Vec<Violation> {
        let mut walker = Walker::new(around, self.kind);
        walker.pins = self.pins.clone();
        walker.keys = self.keys.clone();
        walker.check(self.node, schema, At::key(self.key));
        walker.out
    }

    /// Whether the value fits a schema; `None` when that is not known.
    pub fn fits(&self, schema: SchemaNode, around: Surroundings<'_, 'a>) -> Option<bool> {
        let mut walker = Walker::new(around, self.kind);
        walker.opaque = true;
        walker.pins = self.pins.clone();
        match walker.verdict(self.node, schema, At::key(self.key)) {
            Verdict::Valid => Some(true),
            Verdict::Invalid => Some(false),
            Verdict::Unknown => None,
        }
    }

    /// The value with one of its members in lower case, when that is another text.
    pub fn in_lower_case(&self, member: &str) -> Option<Node> {
        let lower = self.node.get(member)?.as_str().filter(|t| t.chars().any(char::is_uppercase))?.to_lowercase();
        let mut copy = self.node.clone();
        if let NodeKind::Map(entries) = &mut copy.kind {
            for entry in entries.iter_mut().filter(|e| &*e.key.text == member) {
                entry.value.kind = NodeKind::String(lower.clone().into());
            }
        }
        Some(copy)
    }

    /// Another value in the same place, such as the one that a text spells.
    pub fn with<'b>(&self, node: &'b Node) -> Place<'b>
    where
        'a: 'b,
    {
        Place { node, key: self.key, kind: self.kind, keys: self.keys.clone(), pins: self.pins.clone() }
    }
}
