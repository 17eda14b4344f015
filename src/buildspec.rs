//! A CodeBuild buildspec as views over the tree. Tolerant: what has the wrong shape is simply not in the views.

use crate::document::Document;
use crate::syntax::{Entry, Key, Node, NodeKind};

/// The four phases, in the order they run.
pub const PHASES: &[&str] = &["install", "pre_build", "build", "post_build"];

/// The keys a buildspec may have at the top.
pub const SECTIONS: &[&str] =
    &["version", "run-as", "env", "proxy", "phases", "reports", "artifacts", "cache", "batch"];

/// A buildspec.
#[derive(Debug)]
pub struct Buildspec<'n> {
    /// The file and its tree.
    pub document: &'n Document,
    /// The root node.
    pub root: &'n Node,
}

/// One phase.
#[derive(Clone, Copy, Debug)]
pub struct Phase<'n> {
    /// Its name.
    pub key: &'n Key,
    /// Its body.
    pub node: &'n Node,
}

impl<'n> Phase<'n> {
    /// The nodes of its commands: `commands`, then `finally`. A single text counts as a list of one.
    pub fn commands(self) -> impl Iterator<Item = &'n Node> {
        ["commands", "finally"].into_iter().filter_map(|key| self.node.get(key)).flat_map(items)
    }
}

impl<'n> Buildspec<'n> {
    /// Reads the views of a document; `None` when it has no root.
    pub fn read(document: &'n Document) -> Option<Self> {
        Some(Buildspec { document, root: document.root()? })
    }

    /// `version` as written.
    pub fn version(&self) -> Option<&'n str> {
        self.root.get("version")?.scalar_text()
    }

    /// The phases that stand there, in source order.
    pub fn phases(&self) -> impl Iterator<Item = Phase<'n>> {
        entries(self.root.get("phases")).iter().map(|e| Phase { key: &e.key, node: &e.value })
    }

    /// Every command of every phase that is text, with its node.
    pub fn commands(&self) -> impl Iterator<Item = (&'n str, &'n Node)> {
        self.phases().flat_map(|p| p.commands()).filter_map(|n| Some((n.as_str()?, n)))
    }

    /// The entries of a mapping below `env`.
    pub fn env(&self, section: &str) -> &'n [Entry] {
        entries(self.root.at(&["env", section]))
    }

    /// The paths of `artifacts.files` and of every secondary artifact.
    pub fn artifact_files(&self) -> Vec<&'n Node> {
        let Some(artifacts) = self.root.get("artifacts") else { return Vec::new() };
        let secondary = entries(artifacts.get("secondary-artifacts")).iter().map(|e| &e.value);
        std::iter::once(artifacts).chain(secondary).filter_map(|a| a.get("files")).flat_map(items).collect()
    }

    /// The builds of `batch.build-list` and `batch.build-graph`.
    pub fn batch_builds(&self) -> Vec<&'n Node> {
        let batch = self.root.get("batch");
        ["build-list", "build-graph"].into_iter().filter_map(|k| batch?.get(k)?.as_list()).flatten().collect()
    }
}

/// The entries of a mapping; none for anything else.
pub fn entries(node: Option<&Node>) -> &[Entry] {
    node.and_then(Node::as_map).unwrap_or_default()
}

/// The items of a list, or a single text as one item.
pub fn items(node: &Node) -> &[Node] {
    match &node.kind {
        NodeKind::List(items) => items,
        NodeKind::String(_) => std::slice::from_ref(node),
        _ => &[],
    }
}
