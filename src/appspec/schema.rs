//! The schemas of the three platforms, compiled when the first such document is read.

use super::Platform;
use crate::schema::documents::{Case, Schema, Violation};
use crate::syntax::Node;
use std::sync::LazyLock;

static SERVER: LazyLock<Option<Schema>> =
    LazyLock::new(|| Schema::parse(include_str!("../../schemas/appspec-server.json"), Case::Exact).ok());
static LAMBDA: LazyLock<Option<Schema>> =
    LazyLock::new(|| Schema::parse(include_str!("../../schemas/appspec-lambda.json"), Case::Folded).ok());
static ECS: LazyLock<Option<Schema>> =
    LazyLock::new(|| Schema::parse(include_str!("../../schemas/appspec-ecs.json"), Case::Folded).ok());

/// What the schema of a platform finds wrong; of an undecided platform the shape common to Lambda and ECS.
pub(super) fn violations(root: &Node, platform: Platform) -> Vec<Violation<'_>> {
    if root.as_map().is_none() {
        return Vec::new();
    }
    let schema = match platform {
        Platform::Server => &SERVER,
        Platform::Lambda => &LAMBDA,
        Platform::Ecs | Platform::Service => &ECS,
    };
    let mut list = schema.as_ref().map(|s| s.violations(root)).unwrap_or_default();
    list.retain(|v| !v.tagged && super::template_function(v.node).is_none());
    if platform == Platform::Service {
        let common = ["version", "unknown-key", "resources-shape", "service-hooks", "hook-function"];
        list.retain(|v| v.fault.as_deref().is_some_and(|f| common.contains(&f)));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schemas_compile() {
        assert!(SERVER.is_some() && LAMBDA.is_some() && ECS.is_some());
    }
}
