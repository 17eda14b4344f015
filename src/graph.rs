//! The dependency graph of a template: which resource, output, condition needs which, by what, and under which conditions.
//! Edges point from what needs to what is needed. The only module that knows petgraph.

mod build;

use crate::conditions::{Answer, Conditions, Pins};
use crate::source::{SourceFile, Span};
use crate::template::Template;
use petgraph::Direction;
use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Edges looked at while searching loops in one knot of resources.
const LOOP_STEPS: usize = 1_000_000;
/// Most loops that are listed.
const MAX_LOOPS: usize = 1_000;

/// What a node of the graph is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// A parameter.
    Parameter,
    /// A condition.
    Condition,
    /// A resource.
    Resource,
    /// An output.
    Output,
}

/// A node of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'n> {
    /// What it is.
    pub kind: ItemKind,
    /// Its name.
    pub name: &'n str,
    /// Where the name stands.
    pub span: Span,
    /// The `Type` of a resource.
    pub resource_type: Option<&'n str>,
    /// The `Condition` of a resource or output.
    pub condition: Option<&'n str>,
}

/// Why something needs something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// `Ref`.
    Ref,
    /// `Fn::GetAtt`.
    GetAtt,
    /// `${Name}` inside `Fn::Sub`.
    SubRef,
    /// `${Name.Attribute}` inside `Fn::Sub`.
    SubGetAtt,
    /// `DependsOn`.
    DependsOn,
    /// `Condition`, or the condition of `Fn::If`.
    Condition,
}

impl Cause {
    /// How it is written: "`Ref`", "`DependsOn`".
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::Ref => "Ref",
            Cause::GetAtt => "Fn::GetAtt",
            Cause::SubRef | Cause::SubGetAtt => "Fn::Sub",
            Cause::DependsOn => "DependsOn",
            Cause::Condition => "Condition",
        }
    }
}

/// One step from an item to a place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'n> {
    /// A mapping key, or the long name of a function.
    Key(&'n str),
    /// A list index.
    Index(usize),
}

/// One reason to need something.
#[derive(Clone, Debug)]
pub struct Edge<'n> {
    /// What kind of reference.
    pub cause: Cause,
    /// The most specific place: the name inside the reference.
    pub span: Span,
    /// The key or list item that holds the reference.
    pub token: Span,
    /// The attribute, for a reference to one.
    pub attribute: Option<&'n str>,
    /// From the item's body to the reference: `Properties`, `VpcId`.
    pub path: Vec<Step<'n>>,
    /// The branches of `Fn::If` around it: condition and value, outermost first.
    pub guards: Vec<(&'n str, bool)>,
}

impl Edge<'_> {
    /// The path without functions and what is inside them: `Properties.Tags[0].Value`.
    pub fn property(&self) -> String {
        let mut out = String::new();
        let mut inside_function = false;
        for step in &self.path {
            match step {
                Step::Key(key) if key.starts_with("Fn::") => inside_function = true,
                Step::Key(key) => {
                    inside_function = false;
                    if !out.is_empty() {
                        out.push('.');
                    }
                    out.push_str(key);
                }
                Step::Index(i) if !inside_function => out.push_str(&format!("[{i}]")),
                Step::Index(_) => {}
            }
        }
        out
    }
}

/// An edge with its ends.
#[derive(Clone, Copy, Debug)]
pub struct Dependency<'g, 'n> {
    /// What needs.
    pub from: &'g Item<'n>,
    /// What is needed.
    pub to: &'g Item<'n>,
    /// Why.
    pub edge: &'g Edge<'n>,
}

/// The graph.
#[derive(Debug, Default)]
pub struct Graph<'n> {
    graph: DiGraph<Item<'n>, Edge<'n>>,
    index: BTreeMap<(ItemKind, &'n str), NodeIndex>,
}

impl<'n> Graph<'n> {
    /// Builds the graph of a template; the file gives the places inside `Fn::Sub` texts.
    pub fn build(file: &SourceFile, template: &Template<'n>) -> Self {
        build::graph(file, template)
    }

    /// Every item: parameters, conditions, resources, outputs, each in source order.
    pub fn items(&self) -> impl Iterator<Item = &Item<'n>> {
        self.graph.node_weights()
    }

    /// The item of a name.
    pub fn item(&self, kind: ItemKind, name: &str) -> Option<&Item<'n>> {
        self.graph.node_weight(*self.index.get(&(kind, name))?)
    }

    /// Every dependency, in the order of the source of the item that needs.
    pub fn dependencies(&self) -> impl Iterator<Item = Dependency<'_, 'n>> {
        self.graph.edge_indices().filter_map(|e| self.dependency(e))
    }

    /// What an item needs, in source order.
    pub fn needs(&self, kind: ItemKind, name: &str) -> Vec<Dependency<'_, 'n>> {
        self.around(kind, name, Direction::Outgoing)
    }

    /// What needs an item.
    pub fn needed_by(&self, kind: ItemKind, name: &str) -> Vec<Dependency<'_, 'n>> {
        self.around(kind, name, Direction::Incoming)
    }

    fn around(&self, kind: ItemKind, name: &str, direction: Direction) -> Vec<Dependency<'_, 'n>> {
        let Some(&node) = self.index.get(&(kind, name)) else { return Vec::new() };
        let mut edges: Vec<EdgeIndex> = self.graph.edges_directed(node, direction).map(|e| e.id()).collect();
        edges.sort_unstable();
        edges.into_iter().filter_map(|e| self.dependency(e)).collect()
    }

    fn dependency(&self, edge: EdgeIndex) -> Option<Dependency<'_, 'n>> {
        let (from, to) = self.graph.edge_endpoints(edge)?;
        let from = self.graph.node_weight(from)?;
        Some(Dependency { from, to: self.graph.node_weight(to)?, edge: self.graph.edge_weight(edge)? })
    }

    /// What is pinned where a dependency stands: the condition of the item and the branches around the reference.
    /// `None`: no deployment reaches this place.
    pub fn pins(&self, conditions: &Conditions<'n>, dependency: &Dependency<'_, 'n>) -> Option<Pins> {
        let mut pins = Pins::none();
        if let Some(condition) = dependency.from.condition {
            pins = conditions.pin(&pins, condition, true)?;
        }
        for (name, holds) in &dependency.edge.guards {
            pins = conditions.pin(&pins, name, *holds)?;
        }
        Some(pins)
    }

    /// The loops among resources that some deployment can have: each as its edges in order, starting at the resource that
    /// comes first in the source. Every resource on a loop is on at least one of those listed.
    pub fn loops(&self, conditions: &Conditions<'n>) -> Vec<Vec<Dependency<'_, 'n>>> {
        let mut out: Vec<Vec<EdgeIndex>> = Vec::new();
        for knot in self.knots() {
            let mut covered = BTreeSet::new();
            let mut steps = 0;
            for &start in &knot {
                if covered.contains(&start) || out.len() >= MAX_LOOPS {
                    continue;
                }
                let found = self
                    .shortest_loop(start, &knot, &mut steps)
                    .filter(|l| self.possible(l, conditions))
                    .or_else(|| self.possible_loop(start, &knot, conditions, &mut steps));
                if let Some(edges) = found {
                    covered.extend(edges.iter().filter_map(|&e| Some(self.graph.edge_endpoints(e)?.0)));
                    out.push(self.rotated(edges));
                }
            }
        }
        out.iter().map(|l| l.iter().filter_map(|&e| self.dependency(e)).collect()).collect()
    }

    /// Groups of resources that reach each other, each sorted, in source order.
    fn knots(&self) -> Vec<BTreeSet<NodeIndex>> {
        let is_resource = |n: NodeIndex| self.graph[n].kind == ItemKind::Resource;
        let mut knots: Vec<BTreeSet<NodeIndex>> = petgraph::algo::kosaraju_scc(&self.graph)
            .into_iter()
            .filter(|group| group.iter().all(|&n| is_resource(n)))
            .filter(|group| match group.as_slice() {
                [only] => self.graph.find_edge(*only, *only).is_some(),
                _ => true,
            })
            .map(|group| group.into_iter().collect())
            .collect();
        knots.sort_by_key(|k| k.first().copied());
        knots
    }

    /// The edges out of a node that stay in a group, in source order.
    fn edges_within(&self, node: NodeIndex, group: &BTreeSet<NodeIndex>) -> Vec<(EdgeIndex, NodeIndex)> {
        let mut edges: Vec<_> =
            self.graph.edges(node).filter(|e| group.contains(&e.target())).map(|e| (e.id(), e.target())).collect();
        edges.sort_unstable();
        edges
    }

    fn shortest_loop(
        &self,
        start: NodeIndex,
        group: &BTreeSet<NodeIndex>,
        steps: &mut usize,
    ) -> Option<Vec<EdgeIndex>> {
        let mut came: BTreeMap<NodeIndex, (NodeIndex, EdgeIndex)> = BTreeMap::new();
        let mut open = VecDeque::from([start]);
        while let Some(node) = open.pop_front() {
            for (edge, target) in self.edges_within(node, group) {
                *steps += 1;
                if *steps > LOOP_STEPS {
                    return None;
                }
                if target == start {
                    let mut edges = vec![edge];
                    let mut at = node;
                    while at != start {
                        let (before, edge) = *came.get(&at)?;
                        edges.push(edge);
                        at = before;
                    }
                    edges.reverse();
                    return Some(edges);
                }
                if target != start && !came.contains_key(&target) {
                    came.insert(target, (node, edge));
                    open.push_back(target);
                }
            }
        }
        None
    }

    fn possible(&self, edges: &[EdgeIndex], conditions: &Conditions<'n>) -> bool {
        let mut pins = Pins::none();
        for &e in edges {
            match self.pinned(&pins, e, conditions) {
                Some(next) => pins = next,
                None => return false,
            }
        }
        conditions.satisfiable(&pins) != Answer::No
    }

    /// Pins what an edge needs to exist.
    fn pinned(&self, pins: &Pins, edge: EdgeIndex, conditions: &Conditions<'n>) -> Option<Pins> {
        let dependency = self.dependency(edge)?;
        let mut pins = pins.clone();
        for condition in [dependency.from.condition, dependency.to.condition].into_iter().flatten() {
            pins = conditions.pin(&pins, condition, true)?;
        }
        for (name, holds) in &dependency.edge.guards {
            pins = conditions.pin(&pins, name, *holds)?;
        }
        Some(pins)
    }

    /// A loop through `start` whose conditions can hold together, by depth-first search.
    fn possible_loop(
        &self,
        start: NodeIndex,
        group: &BTreeSet<NodeIndex>,
        conditions: &Conditions<'n>,
        steps: &mut usize,
    ) -> Option<Vec<EdgeIndex>> {
        let mut path: Vec<EdgeIndex> = Vec::new();
        let mut on_path = BTreeSet::from([start]);
        let mut stack = vec![(self.edges_within(start, group).into_iter(), Pins::none(), start)];
        while let Some((edges, pins, node)) = stack.last_mut() {
            let Some((edge, target)) = edges.next() else {
                on_path.remove(node);
                stack.pop();
                path.pop();
                continue;
            };
            *steps += 10;
            if *steps > LOOP_STEPS {
                return None;
            }
            if target != start && on_path.contains(&target) {
                continue;
            }
            let Some(next) = self.pinned(pins, edge, conditions) else { continue };
            path.push(edge);
            if target == start {
                if conditions.satisfiable(&next) != Answer::No {
                    return Some(path);
                }
                path.pop();
                continue;
            }
            on_path.insert(target);
            stack.push((self.edges_within(target, group).into_iter(), next, target));
        }
        None
    }

    /// The same loop, starting at the resource that comes first in the source.
    fn rotated(&self, mut edges: Vec<EdgeIndex>) -> Vec<EdgeIndex> {
        let first = (0..edges.len()).min_by_key(|&i| self.graph.edge_endpoints(edges[i]).map(|e| e.0));
        edges.rotate_left(first.unwrap_or_default());
        edges
    }

    /// The resources in the order in which CloudFormation can create them: each wave needs only earlier ones. Resources on
    /// a loop, and what needs them, are in no wave.
    pub fn waves(&self) -> Vec<Vec<&Item<'n>>> {
        let resources: Vec<NodeIndex> =
            self.graph.node_indices().filter(|&n| self.graph[n].kind == ItemKind::Resource).collect();
        let mut missing: BTreeMap<NodeIndex, usize> = BTreeMap::new();
        for &n in &resources {
            let targets: BTreeSet<NodeIndex> =
                self.graph.neighbors(n).filter(|&t| self.graph[t].kind == ItemKind::Resource).collect();
            missing.insert(n, targets.len());
        }
        let mut wave: Vec<NodeIndex> = resources.into_iter().filter(|n| missing.get(n) == Some(&0)).collect();
        let mut out = Vec::new();
        while !wave.is_empty() {
            let mut next = Vec::new();
            for &n in &wave {
                let users: BTreeSet<NodeIndex> = self.graph.neighbors_directed(n, Direction::Incoming).collect();
                for user in users {
                    if let Some(count) = missing.get_mut(&user) {
                        *count -= 1;
                        if *count == 0 {
                            next.push(user);
                        }
                    }
                }
            }
            out.push(wave.iter().map(|&n| &self.graph[n]).collect());
            next.sort_unstable();
            wave = next;
        }
        out
    }

    /// Each `DependsOn` entry with the references by which the same resource needs the same target anyway. A reference
    /// inside a branch of `Fn::If` counts only when the branch is always taken.
    pub fn redundant_depends_on(
        &self,
        conditions: &Conditions<'n>,
    ) -> Vec<(Dependency<'_, 'n>, Vec<Dependency<'_, 'n>>)> {
        let mut out = Vec::new();
        for node in self.graph.node_indices() {
            let mut edges: Vec<EdgeIndex> = self.graph.edges(node).map(|e| e.id()).collect();
            edges.sort_unstable();
            let all: Vec<Dependency<'_, 'n>> = edges.into_iter().filter_map(|e| self.dependency(e)).collect();
            if !all.iter().any(|d| d.edge.cause == Cause::DependsOn) {
                continue;
            }
            let mut references: BTreeMap<&str, Vec<Dependency<'_, 'n>>> = BTreeMap::new();
            for d in &all {
                let creates = !matches!(d.edge.cause, Cause::DependsOn | Cause::Condition);
                if creates && d.to.kind == ItemKind::Resource && self.always(d, conditions) {
                    references.entry(d.to.name).or_default().push(*d);
                }
            }
            for d in all.iter().filter(|d| d.edge.cause == Cause::DependsOn) {
                if let Some(found) = references.get(d.to.name) {
                    out.push((*d, found.clone()));
                }
            }
        }
        out
    }

    /// Whether a reference is there whenever its item is.
    fn always(&self, dependency: &Dependency<'_, 'n>, conditions: &Conditions<'n>) -> bool {
        if dependency.edge.guards.is_empty() {
            return true;
        }
        let mut pins = Pins::none();
        if let Some(condition) = dependency.from.condition {
            match conditions.pin(&pins, condition, true) {
                Some(next) => pins = next,
                None => return false,
            }
        }
        dependency.edge.guards.iter().all(|(name, holds)| conditions.implies(&pins, name, *holds) == Answer::Yes)
    }
}

#[cfg(test)]
mod tests;
