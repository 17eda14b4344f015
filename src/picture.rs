//! The picture of what a template builds: resources as nodes, reasons to wait as arrows, in the order of creation.
//!
//! An arrow goes from what is made first to what waits for it. A picture is made from explanations ([`Model`]) of one file or
//! of several that use each other; every format is a view of it.

mod dot;
mod layout;
mod mermaid;
mod svg;
mod tree;

pub use self::svg::{STYLE, SvgOptions, svg};

use crate::explain::Model;
use crate::explain::model::{Edge, Exists, Guard};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A resource.
    Resource,
    /// A value that a stack offers to others.
    Export,
    /// The template that a nested stack is made from.
    Template,
}

/// A node.
#[derive(Clone, Debug)]
pub struct Node {
    /// The file it belongs to, an index into [`Picture::files`].
    pub file: usize,
    /// What it is.
    pub kind: NodeKind,
    /// Its logical id, the name of an export, the path of a template.
    pub name: String,
    /// Its type in short: `EC2 Subnet`.
    pub short_type: String,
    /// The column it stands in, from 1; 0 on a loop, where there is no order.
    pub wave: u32,
    /// Whether it exists under the assumptions.
    pub exists: Exists,
    /// Whether it holds data.
    pub stateful: bool,
    /// The conditions under which it exists: `IsProd`, `not IsProd`.
    pub guard: Vec<String>,
    /// The line of the file it stands on.
    pub line: u32,
}

/// An arrow.
#[derive(Clone, Debug)]
pub struct Arrow {
    /// What is made first, an index into [`Picture::nodes`].
    pub first: usize,
    /// What waits for it.
    pub then: usize,
    /// Why: `Ref SubnetId`, `DependsOn`.
    pub reasons: Vec<String>,
    /// The branches around every one of the reasons.
    pub guard: Vec<String>,
    /// Whether it is there under the assumptions.
    pub exists: Exists,
}

/// The picture.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// The paths of the files.
    pub files: Vec<String>,
    /// The nodes, in the order of the files.
    pub nodes: Vec<Node>,
    /// The arrows, sorted by their ends.
    pub arrows: Vec<Arrow>,
}

/// What to show beside names and types.
#[derive(Clone, Copy, Debug, Default)]
pub struct Show {
    /// The conditions of nodes and arrows.
    pub guards: bool,
    /// Nodes of one wave together, where the format does not do so by itself.
    pub waves: bool,
}

impl Picture {
    /// The picture of one file, or of several with what they take from each other; each with its nested stacks.
    pub fn of(models: &[Model]) -> Picture {
        let mut picture = Picture::default();
        let mut at = BTreeMap::new();
        let parts = parts(models);
        for (file, part) in parts.iter().enumerate() {
            picture.files.push(part.label.clone());
            picture.add_resources(file, part.model, &mut at);
        }
        let mut arrows = BTreeMap::new();
        for (file, Part { model, .. }) in parts.iter().enumerate() {
            for edge in model.edges.iter().filter(|edge| edge.possible && edge.from != edge.to) {
                let (Some(then), Some(first)) = (at.get(&(file, &*edge.from)), at.get(&(file, &*edge.to))) else {
                    continue;
                };
                add_reason(arrows.entry((*first, *then)).or_insert_with(|| Arrow::new(*first, *then)), edge);
            }
        }
        if parts.len() > 1 {
            picture.join_stacks(&parts, &at, &mut arrows);
        }
        picture.arrows = arrows.into_values().collect();
        picture
    }

    fn add_resources<'m>(&mut self, file: usize, model: &'m Model, at: &mut BTreeMap<(usize, &'m str), usize>) {
        for resource in &model.resources {
            at.insert((file, &*resource.id), self.nodes.len());
            self.nodes.push(Node {
                file,
                kind: NodeKind::Resource,
                name: resource.id.clone(),
                short_type: resource.short_type.clone(),
                wave: resource.wave.unwrap_or(0),
                exists: resource.exists,
                stateful: resource.stateful,
                guard: resource.guard.iter().map(condition).collect(),
                line: resource.origin.as_ref().map_or(resource.at.line, |origin| origin.at.line),
            });
        }
    }

    /// Adds exports that another file imports, and the templates of nested stacks.
    fn join_stacks(
        &mut self,
        parts: &[Part<'_>],
        at: &BTreeMap<(usize, &str), usize>,
        arrows: &mut BTreeMap<(usize, usize), Arrow>,
    ) {
        let mut exports = BTreeMap::new();
        for (file, Part { model, .. }) in parts.iter().enumerate() {
            for output in &model.outputs {
                if let Some(name) = &output.export {
                    exports.entry(name.as_str()).or_insert((file, output));
                }
            }
        }
        let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
        for (file, Part { model, .. }) in parts.iter().enumerate() {
            for import in &model.imports {
                let Some(&(maker, output)) = exports.get(import.name.as_str()) else { continue };
                let Some(&then) = at.get(&(file, &*import.by)) else { continue };
                let node = *shown.entry(&import.name).or_insert_with(|| {
                    let first: Vec<usize> =
                        output.reads.iter().filter_map(|id| at.get(&(maker, id.as_str())).copied()).collect();
                    let wave = first.iter().map(|i| self.nodes[*i].wave).max().unwrap_or(0) + 1;
                    let node = self.nodes.len();
                    self.nodes.push(Node {
                        file: maker,
                        kind: NodeKind::Export,
                        name: import.name.clone(),
                        short_type: format!("export of {}", output.name),
                        wave,
                        exists: output.exists,
                        stateful: false,
                        guard: Vec::new(),
                        line: output.at.line,
                    });
                    for from in first {
                        arrows.entry((from, node)).or_insert_with(|| Arrow::plain(from, node, "Outputs"));
                    }
                    node
                });
                arrows.entry((node, then)).or_insert_with(|| Arrow::plain(node, then, "Fn::ImportValue"));
            }
        }
        for (file, part) in parts.iter().enumerate() {
            if let Some((around, id)) = part.of
                && let Some(&from) = at.get(&(around, id))
            {
                self.join_template(from, file, arrows);
            }
            self.join_by_path(file, parts, at, arrows);
        }
    }

    /// Joins nested stacks whose templates are drawn as files of their own: those above the folder of who deploys them.
    fn join_by_path(
        &mut self,
        file: usize,
        parts: &[Part<'_>],
        at: &BTreeMap<(usize, &str), usize>,
        arrows: &mut BTreeMap<(usize, usize), Arrow>,
    ) {
        let model = parts[file].model;
        let opened = |id: &str| model.stacks.iter().any(|stack| stack.id == id);
        for resource in model.resources.iter().filter(|r| r.kind == "AWS::CloudFormation::Stack" && !opened(&r.id)) {
            let url = resource.properties.iter().find(|p| p.path == "/Properties/TemplateURL" && p.known);
            let Some(url) = url else { continue };
            let folder = Path::new(&model.file.path).parent().unwrap_or(Path::new(""));
            let path = plain(&folder.join(&url.value));
            let nested = parts.iter().position(|p| p.of.is_none() && plain(Path::new(&p.model.file.path)) == path);
            if let (Some(nested), Some(&from)) = (nested, at.get(&(file, &*resource.id))) {
                self.join_template(from, nested, arrows);
            }
        }
    }

    /// An arrow from a nested stack to its template.
    fn join_template(&mut self, from: usize, file: usize, arrows: &mut BTreeMap<(usize, usize), Arrow>) {
        let node = match self.nodes.iter().position(|n| n.file == file && n.kind == NodeKind::Template) {
            Some(node) => node,
            None => {
                let label = &self.files[file];
                self.nodes.push(Node {
                    file,
                    kind: NodeKind::Template,
                    name: label.split_once(": ").map_or(label.as_str(), |(_, path)| path).to_owned(),
                    short_type: "nested template".to_owned(),
                    wave: 1,
                    exists: self.nodes[from].exists,
                    stateful: false,
                    guard: Vec::new(),
                    line: 1,
                });
                self.nodes.len() - 1
            }
        };
        arrows.entry((from, node)).or_insert_with(|| Arrow::plain(from, node, "TemplateURL"));
    }

    /// Only what is at most so many arrows away from the named nodes, in either direction.
    ///
    /// # Errors
    /// The first name that no node has.
    pub fn around(&self, names: &[String], depth: usize) -> Result<Picture, String> {
        let mut kept = BTreeMap::new();
        let mut queue = VecDeque::new();
        for name in names {
            let before = queue.len();
            for (i, _) in self.nodes.iter().enumerate().filter(|(_, node)| node.name == *name) {
                kept.insert(i, 0);
                queue.push_back(i);
            }
            if queue.len() == before {
                return Err(name.clone());
            }
        }
        while let Some(node) = queue.pop_front() {
            let far = kept[&node] + 1;
            if far > depth {
                continue;
            }
            for arrow in self.arrows.iter().filter(|arrow| arrow.first == node || arrow.then == node) {
                for end in [arrow.first, arrow.then] {
                    if let std::collections::btree_map::Entry::Vacant(e) = kept.entry(end) {
                        e.insert(far);
                        queue.push_back(end);
                    }
                }
            }
        }
        Ok(self.only(&kept.into_keys().collect()))
    }

    /// Without what does not exist under the assumptions.
    #[must_use]
    pub fn existing(&self) -> Picture {
        let kept = (0..self.nodes.len()).filter(|i| self.nodes[*i].exists != Exists::No).collect();
        let mut picture = self.only(&kept);
        picture.arrows.retain(|arrow| arrow.exists != Exists::No);
        picture
    }

    fn only(&self, kept: &BTreeSet<usize>) -> Picture {
        let renamed: BTreeMap<usize, usize> = kept.iter().enumerate().map(|(new, old)| (*old, new)).collect();
        let arrows = self.arrows.iter().filter_map(|arrow| {
            let (first, then) = (*renamed.get(&arrow.first)?, *renamed.get(&arrow.then)?);
            Some(Arrow { first, then, ..arrow.clone() })
        });
        Picture {
            files: self.files.clone(),
            nodes: kept.iter().map(|i| self.nodes[*i].clone()).collect(),
            arrows: arrows.collect(),
        }
    }

    /// As text: every wave, every resource, what it waits for and why.
    pub fn tree(&self, show: Show) -> String {
        tree::tree(self, show)
    }

    /// In the language of Graphviz.
    pub fn dot(&self, show: Show) -> String {
        dot::dot(self, show)
    }

    /// In the language of Mermaid.
    pub fn mermaid(&self, show: Show) -> String {
        mermaid::mermaid(self, show)
    }

    /// The nodes of a file in the order of waves, those on loops last: wave and nodes.
    fn waves(&self, file: usize) -> Vec<(u32, Vec<usize>)> {
        let mut waves: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (i, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.file == file) {
            // Zero is no wave: it sorts behind all others.
            waves.entry(node.wave.wrapping_sub(1)).or_default().push(i);
        }
        waves.into_iter().map(|(wave, nodes)| (wave.wrapping_add(1), nodes)).collect()
    }
}

/// One stack of a picture.
struct Part<'m> {
    /// What stands above it.
    label: String,
    model: &'m Model,
    /// Which stack deploys it, and by which resource.
    of: Option<(usize, &'m str)>,
}

/// The stacks of a picture: each template with its nested stacks behind it. A template that another one deploys is drawn
/// there.
fn parts(models: &[Model]) -> Vec<Part<'_>> {
    fn add<'m>(model: &'m Model, prefix: &str, of: Option<(usize, &'m str)>, out: &mut Vec<Part<'m>>) {
        let path = &model.file.path;
        let label = if prefix.is_empty() { path.clone() } else { format!("{prefix}: {path}") };
        let own = out.len();
        out.push(Part { label, model, of });
        for stack in &model.stacks {
            let prefix = if prefix.is_empty() { stack.id.clone() } else { format!("{prefix}/{}", stack.id) };
            add(&stack.model, &prefix, Some((own, &stack.id)), out);
        }
    }
    fn opens(model: &Model, path: &Path) -> bool {
        model.stacks.iter().any(|s| plain(Path::new(&s.model.file.path)) == path || opens(&s.model, path))
    }
    let mut drawn = vec![true; models.len()];
    for (i, model) in models.iter().enumerate() {
        let path = plain(Path::new(&model.file.path));
        let elsewhere = models.iter().enumerate().any(|(j, other)| j != i && drawn[j] && opens(other, &path));
        drawn[i] = !elsewhere;
    }
    let mut out = Vec::new();
    models.iter().zip(drawn).filter(|(_, drawn)| *drawn).for_each(|(model, _)| add(model, "", None, &mut out));
    out
}

impl Arrow {
    fn new(first: usize, then: usize) -> Arrow {
        Arrow { first, then, reasons: Vec::new(), guard: Vec::new(), exists: Exists::No }
    }

    fn plain(first: usize, then: usize, reason: &str) -> Arrow {
        Arrow { first, then, reasons: vec![reason.to_owned()], guard: Vec::new(), exists: Exists::Yes }
    }
}

fn add_reason(arrow: &mut Arrow, edge: &Edge) {
    let mut reason = edge.via.to_owned();
    if let Some(attribute) = &edge.attribute {
        let _ = write!(reason, " {attribute}");
    }
    let place = edge.path.trim_start_matches("/Properties").trim_start_matches('/').replace('/', ".");
    if !place.is_empty() && !place.starts_with("DependsOn") {
        let _ = write!(reason, " in {place}");
    }
    let guard: Vec<String> = edge.guard.iter().map(condition).collect();
    if arrow.reasons.is_empty() {
        arrow.guard = guard;
    } else {
        // Two reasons with different conditions: what both need is what the arrow needs.
        arrow.guard.retain(|g| guard.contains(g));
    }
    arrow.exists = match (arrow.exists, edge.exists) {
        (Exists::Yes, _) | (_, Exists::Yes) => Exists::Yes,
        (Exists::Maybe, _) | (_, Exists::Maybe) => Exists::Maybe,
        _ => Exists::No,
    };
    if !arrow.reasons.contains(&reason) {
        arrow.reasons.push(reason);
    }
}

fn condition(guard: &Guard) -> String {
    if guard.holds { guard.condition.clone() } else { format!("not {}", guard.condition) }
}

/// A path without `.` and without `a/..`, so that two spellings of one path are equal.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// A condition or several, in words.
fn guards(guard: &[String]) -> String {
    guard.join(" and ")
}
