//! From the template's sections to items and edges.

use super::{Cause, Edge, Graph, Item, ItemKind, Step};
use crate::intrinsics::{self, Intrinsic, sub};
use crate::source::{SourceFile, Span};
use crate::syntax::{Call, Node, NodeKind};
use crate::template::Template;
use petgraph::graph::NodeIndex;

/// Builds the graph of a template.
pub(super) fn graph<'n>(file: &SourceFile, template: &Template<'n>) -> Graph<'n> {
    let mut graph = Graph::default();
    let plain = |kind, name, span| Item { kind, name, span, resource_type: None, condition: None };
    for p in template.parameters.iter() {
        add(&mut graph, plain(ItemKind::Parameter, p.name(), p.key.span));
    }
    for c in template.conditions.iter() {
        add(&mut graph, plain(ItemKind::Condition, &c.key.text, c.key.span));
    }
    for r in template.resources.iter() {
        let mut item = plain(ItemKind::Resource, r.id(), r.key.span);
        (item.resource_type, item.condition) = (r.kind(), r.condition());
        add(&mut graph, item);
    }
    for o in template.outputs.iter() {
        let mut item = plain(ItemKind::Output, &o.key.text, o.key.span);
        item.condition = o.condition();
        add(&mut graph, item);
    }
    let conditions = template.conditions.iter().map(|c| (ItemKind::Condition, &*c.key.text, c.node));
    let resources = template.resources.iter().map(|r| (ItemKind::Resource, r.id(), r.node));
    let outputs = template.outputs.iter().map(|o| (ItemKind::Output, &*o.key.text, o.node));
    for (kind, name, node) in conditions.chain(resources).chain(outputs) {
        let Some(&from) = graph.index.get(&(kind, name)) else { continue };
        if kind != ItemKind::Condition
            && let Some(condition) = node.get("Condition")
            && let Some(target) = condition.as_str()
        {
            let edge = Edge {
                cause: Cause::Condition,
                span: condition.span,
                token: condition.span,
                attribute: None,
                path: vec![Step::Key("Condition")],
                guards: Vec::new(),
            };
            connect(&mut graph, from, &[ItemKind::Condition], target, edge);
        }
        let mut walk = Walk { file, graph: &mut graph, from, token: node.span, path: Vec::new(), guards: Vec::new() };
        if kind == ItemKind::Resource {
            walk.depends_on(node);
        }
        walk.node(node);
    }
    graph
}

fn add<'n>(graph: &mut Graph<'n>, item: Item<'n>) {
    // The last of two equal names counts, as for every reader.
    let key = (item.kind, item.name);
    let node = graph.graph.add_node(item);
    graph.index.insert(key, node);
}

fn connect<'n>(graph: &mut Graph<'n>, from: NodeIndex, kinds: &[ItemKind], target: &'n str, edge: Edge<'n>) {
    for &kind in kinds {
        if let Some(&to) = graph.index.get(&(kind, target)) {
            graph.graph.add_edge(from, to, edge);
            return;
        }
    }
}

/// Where an item of a list starts, its tag included.
fn place(item: &Node) -> Span {
    match item.as_call() {
        Some(call) if call.short => call.function_span.to(item.span),
        _ => item.span,
    }
}

struct Walk<'w, 'n> {
    file: &'w SourceFile,
    graph: &'w mut Graph<'n>,
    from: NodeIndex,
    token: Span,
    path: Vec<Step<'n>>,
    guards: Vec<(&'n str, bool)>,
}

impl<'n> Walk<'_, 'n> {
    fn edge(&mut self, cause: Cause, target: &'n str, span: Span, attribute: Option<&'n str>) {
        let kinds: &[ItemKind] = match cause {
            Cause::Ref | Cause::SubRef => &[ItemKind::Resource, ItemKind::Parameter],
            Cause::GetAtt | Cause::SubGetAtt | Cause::DependsOn => &[ItemKind::Resource],
            Cause::Condition => &[ItemKind::Condition],
        };
        let (path, guards) = (self.path.clone(), self.guards.clone());
        let edge = Edge { cause, span, token: self.token, attribute, path, guards };
        connect(self.graph, self.from, kinds, target, edge);
    }

    fn depends_on(&mut self, body: &'n Node) {
        let Some(node) = body.get("DependsOn") else { return };
        self.path.push(Step::Key("DependsOn"));
        match &node.kind {
            NodeKind::String(name) => self.edge(Cause::DependsOn, name, node.span, None),
            NodeKind::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    if let Some(name) = item.as_str() {
                        self.path.push(Step::Index(i));
                        self.edge(Cause::DependsOn, name, item.span, None);
                        self.path.pop();
                    }
                }
            }
            _ => {}
        }
        self.path.pop();
    }

    fn node(&mut self, node: &'n Node) {
        match &node.kind {
            NodeKind::List(items) => self.items(items),
            NodeKind::Map(entries) => {
                let token = self.token;
                for e in entries {
                    self.path.push(Step::Key(&e.key.text));
                    self.token = e.key.span;
                    self.node(&e.value);
                    self.path.pop();
                }
                self.token = token;
            }
            NodeKind::Call(call) => self.call(call),
            NodeKind::Tagged(t) => self.node(&t.value),
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {}
        }
    }

    fn items(&mut self, items: &'n [Node]) {
        let token = self.token;
        for (i, item) in items.iter().enumerate() {
            self.path.push(Step::Index(i));
            self.token = place(item);
            self.node(item);
            self.path.pop();
        }
        self.token = token;
    }

    fn call(&mut self, call: &'n Call) {
        let argument = &call.argument;
        match call.function {
            Intrinsic::Ref => {
                if let Some(name) = argument.as_str() {
                    return self.edge(Cause::Ref, name, argument.span, None);
                }
            }
            Intrinsic::GetAtt => {
                if let Some(parts) = intrinsics::get_att_parts(argument) {
                    return self.edge(Cause::GetAtt, parts.id, parts.id_span, Some(parts.attribute));
                }
                // The attribute may be a function: the resource is needed all the same.
                if let Some([id, _]) = argument.as_list()
                    && let Some(name) = id.as_str()
                {
                    self.edge(Cause::GetAtt, name, id.span, None);
                }
            }
            Intrinsic::Condition => {
                if let Some(name) = argument.as_str() {
                    return self.edge(Cause::Condition, name, argument.span, None);
                }
            }
            Intrinsic::Sub => self.sub(argument),
            Intrinsic::If => {
                if let Some([condition, then, otherwise]) = argument.as_list()
                    && let Some(name) = condition.as_str()
                {
                    self.path.push(Step::Key(call.function.name()));
                    self.edge(Cause::Condition, name, condition.span, None);
                    let token = self.token;
                    for (i, branch, holds) in [(1, then, true), (2, otherwise, false)] {
                        self.token = place(branch);
                        self.path.push(Step::Index(i));
                        self.guards.push((name, holds));
                        self.node(branch);
                        self.guards.pop();
                        self.path.pop();
                    }
                    self.token = token;
                    self.path.pop();
                    return;
                }
            }
            _ => {}
        }
        let token = self.token;
        if !call.short {
            self.token = call.function_span;
        }
        self.path.push(Step::Key(call.function.name()));
        self.node(argument);
        self.path.pop();
        self.token = token;
    }

    fn sub(&mut self, argument: &'n Node) {
        let (scalar, own) = match &argument.kind {
            NodeKind::String(_) => (argument, None),
            NodeKind::List(items) => match items.as_slice() {
                [scalar, own] => (scalar, Some(own)),
                [scalar] => (scalar, None),
                _ => return,
            },
            _ => return,
        };
        let Some(text) = scalar.as_str() else { return };
        for (nth, variable) in sub::variables(text).into_iter().enumerate() {
            if own.is_some_and(|m| m.get(variable.name).is_some()) {
                continue;
            }
            let mut span = sub::variable_span(self.file, scalar, variable.name, nth);
            match variable.name.split_once('.') {
                Some((id, attribute)) => {
                    if span.len() == variable.name.len() {
                        span.end = span.start + id.len() as u32;
                    }
                    self.edge(Cause::SubGetAtt, id, span, Some(attribute));
                }
                None => self.edge(Cause::SubRef, variable.name, span, None),
            }
        }
    }
}
