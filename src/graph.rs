//! The dependency graph of a template: which resource needs which, and why.

use crate::template::Template;

/// The graph.
#[derive(Debug, Default)]
pub struct Graph {}

impl Graph {
    /// Builds the graph of a template.
    pub fn build(_template: &Template<'_>) -> Self {
        Graph {}
    }
}
