//! A CodeDeploy AppSpec as views over the tree.

use crate::document::Document;
use crate::syntax::Node;

/// An AppSpec.
#[derive(Debug)]
pub struct AppSpec<'n> {
    /// The file and its tree.
    pub document: &'n Document,
    /// The root node.
    pub root: &'n Node,
}

impl<'n> AppSpec<'n> {
    /// Reads the views of a document; `None` when it has no root.
    pub fn read(document: &'n Document) -> Option<Self> {
        Some(AppSpec { document, root: document.root()? })
    }
}
