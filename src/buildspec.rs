//! A CodeBuild buildspec as views over the tree.

use crate::document::Document;
use crate::syntax::Node;

/// A buildspec.
#[derive(Debug)]
pub struct Buildspec<'n> {
    /// The file and its tree.
    pub document: &'n Document,
    /// The root node.
    pub root: &'n Node,
}

impl<'n> Buildspec<'n> {
    /// Reads the views of a document; `None` when it has no root.
    pub fn read(document: &'n Document) -> Option<Self> {
        Some(Buildspec { document, root: document.root()? })
    }
}
