//! The copying of loop bodies, with the identifiers replaced.

use super::{Known, MAX_ENTRIES, MAX_NODES, MAX_TEXT, Problem, ProblemKind, Purpose, bare, is_bare, is_loop};
use crate::intrinsics::Intrinsic;
use crate::intrinsics::sub::{self, Piece};
use crate::source::Span;
use crate::syntax::{Call, Entry, Key, Node, NodeKind, Style, Tagged};
use crate::transform::Origin;
use crate::value::evaluate::json_text;
use std::collections::{BTreeMap, BTreeSet};

/// Too much work, met in this loop.
pub(super) struct Over(pub Span);

type Result<T> = std::result::Result<T, Over>;

/// Sections whose entries loops may make.
const SECTIONS: &[&str] = &["Conditions", "Resources", "Outputs"];

/// An identifier and its value in this round.
struct Binding {
    name: Box<str>,
    value: Node,
}

/// A loop taken apart.
struct Loop<'n> {
    identifier: &'n str,
    collection: &'n Node,
    body: &'n [Entry],
    body_span: Span,
}

/// The map that a loop adds to.
struct Target<'s> {
    entries: Vec<Entry>,
    /// Where the keys that are there stand.
    keys: BTreeMap<Box<str>, Span>,
    /// The section, when these are its entries.
    section: Option<&'s str>,
}

/// One expansion.
pub(super) struct Expander<'k> {
    known: &'k Known<'k>,
    purpose: Purpose,
    bindings: Vec<Binding>,
    /// The names of the loops around, outermost first.
    names: Vec<Box<str>>,
    outermost: Span,
    entries: u64,
    nodes: u64,
    text: u64,
    said: BTreeSet<Span>,
    pub origins: Vec<Origin>,
    pub problems: Vec<Problem>,
    pub bodies: Vec<Span>,
    pub undecided: Vec<Span>,
}

impl<'k> Expander<'k> {
    pub fn new(known: &'k Known<'k>, purpose: Purpose) -> Self {
        Expander {
            known,
            purpose,
            bindings: Vec::new(),
            names: Vec::new(),
            outermost: Span::default(),
            entries: 0,
            nodes: 0,
            text: 0,
            said: BTreeSet::new(),
            origins: Vec::new(),
            problems: Vec::new(),
            bodies: Vec::new(),
            undecided: Vec::new(),
        }
    }

    /// The whole template, section by section.
    pub fn template(&mut self, root: &Node) -> Result<Node> {
        let Some(sections) = root.as_map() else { return Ok(root.clone()) };
        let mut out = Vec::with_capacity(sections.len());
        for e in sections {
            let name = &*e.key.text;
            let value = match &e.value.kind {
                NodeKind::Map(entries) if SECTIONS.contains(&name) => {
                    Node { kind: self.map(entries, Some(name))?, ..e.value }
                }
                _ => e.value.clone(),
            };
            out.push(Entry { key: e.key.clone(), value });
        }
        Ok(Node { kind: NodeKind::Map(out), ..*root })
    }

    fn in_loop(&self) -> bool {
        !self.bindings.is_empty()
    }

    fn node(&mut self, node: &Node) -> Result<Node> {
        if self.in_loop() {
            self.nodes += 1;
            if self.nodes > MAX_NODES {
                return Err(Over(self.outermost));
            }
        }
        let kind = match &node.kind {
            NodeKind::String(text) => match self.replaced(text, &[])? {
                Some(text) => return Ok(Node::generated(node.span, NodeKind::String(text.into()))),
                None => node.kind.clone(),
            },
            NodeKind::List(items) => NodeKind::List(items.iter().map(|n| self.node(n)).collect::<Result<_>>()?),
            NodeKind::Map(entries) => {
                let kind = self.map(entries, None)?;
                if self.purpose == Purpose::Expand { self.plain_policies(kind) } else { kind }
            }
            NodeKind::Call(call) => return self.call(call, node),
            NodeKind::Tagged(t) => NodeKind::Tagged(Box::new(Tagged { value: self.node(&t.value)?, ..(**t).clone() })),
            kind => kind.clone(),
        };
        Ok(Node { kind, ..*node })
    }

    fn map(&mut self, entries: &[Entry], section: Option<&str>) -> Result<NodeKind> {
        let loops = entries.iter().any(|e| is_loop(&e.key.text));
        let mut target = Target { entries: Vec::with_capacity(entries.len()), keys: BTreeMap::new(), section };
        if loops {
            // What the author wrote counts before what loops make, wherever it stands.
            for e in entries.iter().filter(|e| !is_loop(&e.key.text)) {
                target.keys.insert(e.key.text.clone(), e.key.span);
            }
        }
        for e in entries {
            if is_loop(&e.key.text) {
                self.for_each(e, &mut target)?;
            } else {
                let key = self.key(&e.key)?;
                let value = self.node(&e.value)?;
                target.entries.push(Entry { key, value });
            }
        }
        Ok(NodeKind::Map(target.entries))
    }

    fn key(&mut self, key: &Key) -> Result<Key> {
        Ok(match self.replaced(&key.text, &[])? {
            Some(text) => Key { text: text.into(), span: key.span, style: Style::Generated },
            None => key.clone(),
        })
    }

    /// Adds what a loop makes to a map.
    fn for_each(&mut self, e: &Entry, target: &mut Target<'_>) -> Result<()> {
        if is_bare(&e.value) {
            return self.leave(e, target);
        }
        let Some(parts) = self.parts(e) else { return self.leave(e, target) };
        let Some(values) = self.collection(parts.collection)? else {
            if self.said.insert(e.key.span) {
                self.undecided.push(e.key.span);
            }
            return self.leave(e, target);
        };
        if !self.in_loop() {
            self.outermost = e.key.span;
            self.bodies.push(parts.body_span);
        }
        self.names.push(e.key.text.clone());
        for value in values {
            self.spend_entry()?;
            self.bindings.push(Binding { name: parts.identifier.into(), value });
            for e in parts.body {
                if is_loop(&e.key.text) {
                    self.for_each(e, target)?;
                } else {
                    self.add(e, target)?;
                }
            }
            self.bindings.pop();
        }
        self.names.pop();
        Ok(())
    }

    fn spend_entry(&mut self) -> Result<()> {
        self.entries += 1;
        if self.entries > MAX_ENTRIES { Err(Over(self.outermost)) } else { Ok(()) }
    }

    /// Adds one entry of a loop's body in this round.
    fn add(&mut self, e: &Entry, target: &mut Target<'_>) -> Result<()> {
        self.spend_entry()?;
        let mut key = self.key(&e.key)?;
        key.style = Style::Generated;
        if let Some(first) = target.keys.get(&key.text) {
            if self.said.insert(e.key.span) {
                let same = *first == e.key.span;
                let message = format!("the loop makes `{}` although it is already there", key.text);
                let mut problem =
                    Problem { kind: ProblemKind::Duplicate, span: e.key.span, message, related: None, help: None };
                if same {
                    problem.message = format!("the loop makes `{}` more than once", key.text);
                    problem.help =
                        Some("Every round needs a name of its own: use the identifier in the key.".to_owned());
                } else {
                    problem.related = Some((*first, format!("`{}` is here", key.text)));
                }
                self.problems.push(problem);
            }
            return Ok(());
        }
        target.keys.insert(key.text.clone(), key.span);
        if let Some(section) = target.section {
            let path = vec![section.to_owned(), key.text.to_string()];
            self.origins.push(Origin { path, span: e.key.span, step: self.names.join(".") });
        }
        let value = self.node(&e.value)?;
        target.entries.push(Entry { key, value });
        Ok(())
    }

    /// Keeps a loop that cannot be expanded.
    fn leave(&mut self, e: &Entry, target: &mut Target<'_>) -> Result<()> {
        if target.entries.iter().any(|t| t.key.text == e.key.text) {
            return Ok(());
        }
        let entry = match self.purpose {
            Purpose::Check => bare(&e.key, &e.value),
            Purpose::Expand => e.clone(),
        };
        target.entries.push(entry);
        Ok(())
    }

    fn problem(&mut self, kind: ProblemKind, span: Span, message: String, help: &str) {
        if self.said.insert(span) {
            let help = (!help.is_empty()).then(|| help.to_owned());
            self.problems.push(Problem { kind, span, message, related: None, help });
        }
    }

    /// Takes a loop apart.
    fn parts<'n>(&mut self, e: &'n Entry) -> Option<Loop<'n>> {
        const FORM: &str =
            "A loop is a list of three: an identifier, a list of values, and a mapping of what to repeat.";
        let at = |node: &Node| if node.is_null() { e.key.span } else { node.span };
        let malformed = ProblemKind::Malformed;
        let name = e.key.text.strip_prefix("Fn::ForEach").unwrap_or_default();
        let name = name.strip_prefix("::").unwrap_or_default();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            let message = format!("`{}` does not name the loop: `Fn::ForEach::Name`, letters and digits", e.key.text);
            self.problem(malformed, e.key.span, message, "");
            return None;
        }
        let items = match &e.value.kind {
            NodeKind::List(items) => items,
            _ => {
                let message = format!("a loop is a list of three, not {}", e.value.describe());
                self.problem(malformed, at(&e.value), message, FORM);
                return None;
            }
        };
        let [identifier, collection, body] = items.as_slice() else {
            self.problem(
                malformed,
                e.key.span,
                format!("a loop is a list of three, this one has {}", items.len()),
                FORM,
            );
            return None;
        };
        let Some(name) = identifier.scalar_text().filter(|t| !t.is_empty()) else {
            let message = format!("the identifier of a loop is text, not {}", identifier.describe());
            self.problem(malformed, at(identifier), message, FORM);
            return None;
        };
        let Some(entries) = body.as_map() else {
            if body.as_call().is_none() {
                let message = format!("a loop repeats a mapping, not {}", body.describe());
                self.problem(malformed, at(body), message, FORM);
            }
            return None;
        };
        Some(Loop { identifier: name, collection, body: entries, body_span: body.span })
    }

    /// The values to go through; `None` when they are not known, or wrong.
    fn collection(&mut self, node: &Node) -> Result<Option<Vec<Node>>> {
        const HELP: &str = "Give a list, `Ref` to a list parameter, or `Fn::FindInMap`.";
        match &node.kind {
            NodeKind::List(items) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items {
                    match self.item(item)? {
                        Some(found) => out.extend(found),
                        None => return Ok(None),
                    }
                }
                Ok(Some(out))
            }
            NodeKind::Call(call) => match call.function {
                Intrinsic::Ref | Intrinsic::FindInMap | Intrinsic::If | Intrinsic::Transform => {
                    let parameter = call.argument.as_str().and_then(|n| self.known.template.parameters.get(n));
                    if let Some(p) = parameter.filter(|p| p.kind().is_some() && !p.is_list()) {
                        let message =
                            format!("a loop goes through a list, but the parameter `{}` is no list", p.name());
                        self.problem(ProblemKind::Collection, node.span, message, HELP);
                        return Ok(None);
                    }
                    let call = self.node(node)?;
                    let value = self.known.value(&call);
                    let Some(items) = value.as_ref().and_then(Node::as_list) else { return Ok(None) };
                    let mut out = Vec::with_capacity(items.len());
                    for item in items {
                        match self.known.scalar(item) {
                            Some(found) => out.push(found),
                            None => return Ok(None),
                        }
                    }
                    Ok(Some(out))
                }
                _ => {
                    let message = format!("a loop cannot go through `{}`", call.function.name());
                    let span = if call.short { call.function_span.to(node.span) } else { node.span };
                    self.problem(ProblemKind::Collection, span, message, HELP);
                    Ok(None)
                }
            },
            NodeKind::Tagged(_) | NodeKind::Null => Ok(None),
            _ => {
                let message = format!("a loop goes through a list, not {}", node.describe());
                self.problem(ProblemKind::Collection, node.span, message, HELP);
                Ok(None)
            }
        }
    }

    /// The value or the values that one item of a written list stands for.
    fn item(&mut self, item: &Node) -> Result<Option<Vec<Node>>> {
        match &item.kind {
            NodeKind::Call(_) => {
                let call = self.node(item)?;
                let Some(value) = self.known.value(&call) else { return Ok(None) };
                Ok(match &value.kind {
                    NodeKind::List(items) => items.iter().map(|n| self.known.scalar(n)).collect(),
                    _ if value.scalar_text().is_some() => Some(vec![value]),
                    _ => None,
                })
            }
            NodeKind::List(_) | NodeKind::Map(_) => {
                let message = format!("a loop goes through texts, not through {}", item.describe());
                self.problem(ProblemKind::Collection, item.span, message, "");
                Ok(None)
            }
            NodeKind::Tagged(_) | NodeKind::Null => Ok(None),
            _ => Ok(Some(vec![self.node(item)?])),
        }
    }

    /// A text with the identifiers replaced, `None` when it has none. `shadowed` names mean something else here.
    fn replaced(&mut self, text: &str, shadowed: &[&str]) -> Result<Option<String>> {
        if !self.in_loop() || !text.contains("{") {
            return Ok(None);
        }
        let mut out = String::new();
        let mut rest = text;
        let mut changed = false;
        while let Some(open) = rest.find(['$', '&']) {
            let (before, from) = rest.split_at(open);
            out.push_str(before);
            let name = from.get(1..).and_then(|t| t.strip_prefix('{')).and_then(|t| t.split_once('}')).map(|t| t.0);
            let bound = name.filter(|n| !shadowed.contains(n)).and_then(|n| self.bound(n));
            match (name, bound) {
                (Some(name), Some(value)) => {
                    let value = value.scalar_text().unwrap_or_default();
                    if from.starts_with('&') {
                        out.extend(value.chars().filter(char::is_ascii_alphanumeric));
                    } else {
                        out.push_str(value);
                    }
                    changed = true;
                    rest = &from[name.len() + 3..];
                }
                _ => {
                    out.push_str(&from[..1]);
                    rest = &from[1..];
                }
            }
        }
        out.push_str(rest);
        if changed {
            self.text += out.len() as u64;
            if self.text > MAX_TEXT {
                return Err(Over(self.outermost));
            }
        }
        Ok(changed.then_some(out))
    }

    fn bound(&self, name: &str) -> Option<&Node> {
        self.bindings.iter().rev().find(|b| &*b.name == name).map(|b| &b.value)
    }

    fn call(&mut self, call: &Call, node: &Node) -> Result<Node> {
        if call.function == Intrinsic::Ref
            && let Some(value) = call.argument.as_str().and_then(|n| self.bound(n))
        {
            return Ok(Node::generated(node.span, value.kind.clone()));
        }
        let mut argument = match (&call.argument.kind, call.function) {
            (NodeKind::List(items), Intrinsic::Sub) => self.sub_list(&call.argument, items)?,
            _ => self.node(&call.argument)?,
        };
        let replaced = argument.style == Style::Generated && call.argument.style != Style::Generated;
        if call.function == Intrinsic::Sub && replaced {
            let text = argument.as_str().unwrap_or_default();
            if sub::pieces(text).iter().all(|p| matches!(p, Piece::Text(_))) && !text.contains("${") {
                return Ok(Node::generated(node.span, argument.kind));
            }
        }
        if matches!(call.function, Intrinsic::Ref | Intrinsic::GetAtt)
            && (self.in_loop() || self.purpose == Purpose::Expand)
        {
            argument = self.plain_name(argument);
        }
        let made = Call { argument, ..call.clone() };
        let out = Node { kind: NodeKind::Call(Box::new(made)), ..*node };
        Ok(if self.purpose == Purpose::Expand { self.computed(out) } else { out })
    }

    /// `[text, variables]` of `Fn::Sub`: the variables hide identifiers of the same name.
    fn sub_list(&mut self, list: &Node, items: &[Node]) -> Result<Node> {
        let [text, variables] = items else {
            let items = items.iter().map(|n| self.node(n)).collect::<Result<_>>()?;
            return Ok(Node { kind: NodeKind::List(items), ..*list });
        };
        let own: Vec<&str> = variables.as_map().unwrap_or_default().iter().map(|e| &*e.key.text).collect();
        let replaced = match text.as_str() {
            Some(t) => self.replaced(t, &own)?,
            None => None,
        };
        let text = match replaced {
            Some(t) => Node::generated(text.span, NodeKind::String(t.into())),
            None => text.clone(),
        };
        Ok(Node { kind: NodeKind::List(vec![text, self.node(variables)?]), ..*list })
    }

    /// Functions where a name is expected become the name when it is known.
    fn plain_name(&self, argument: Node) -> Node {
        let text = |node: Node| match node.as_call().and_then(|_| self.known.scalar(&node)) {
            Some(found) => Node::generated(node.span, found.kind),
            None => node,
        };
        match argument.kind {
            NodeKind::List(items) => Node { kind: NodeKind::List(items.into_iter().map(text).collect()), ..argument },
            _ => text(argument),
        }
    }

    /// The value of a call that only the language extensions understand, where it is known.
    fn computed(&self, node: Node) -> Node {
        let NodeKind::Call(call) = &node.kind else { return node };
        let value = match call.function {
            Intrinsic::Length => self.known.value(&node),
            Intrinsic::ToJsonString if !has_calls(&call.argument) => {
                json_text(&call.argument).map(|t| Node::generated(node.span, NodeKind::String(t.into())))
            }
            Intrinsic::FindInMap => {
                let items = call.argument.as_list().unwrap_or_default();
                let plain = |n: &Node| n.as_call().is_none_or(|c| c.function == Intrinsic::Ref);
                let extended = items.len() > 3 || !items.iter().all(plain);
                self.known.value(&node).filter(|v| extended && !has_calls(v))
            }
            _ => None,
        };
        value.map_or(node, |v| v)
    }

    /// `DeletionPolicy` and `UpdateReplacePolicy` are plain after the transform.
    fn plain_policies(&self, kind: NodeKind) -> NodeKind {
        let NodeKind::Map(mut entries) = kind else { return kind };
        if entries.iter().any(|e| &*e.key.text == "Type") {
            for e in &mut entries {
                if matches!(&*e.key.text, "DeletionPolicy" | "UpdateReplacePolicy")
                    && e.value.as_call().is_some()
                    && let Some(found) = self.known.scalar(&e.value)
                {
                    e.value = Node::generated(e.value.span, found.kind);
                }
            }
        }
        NodeKind::Map(entries)
    }
}

fn has_calls(node: &Node) -> bool {
    let mut found = false;
    node.walk(&mut |n| found |= matches!(n.kind, NodeKind::Call(_) | NodeKind::Tagged(_)));
    found
}
