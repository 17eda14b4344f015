//! stacklens reads the files a team deploys AWS with, checks them and explains them.
//!
//! The modules in reading order; a module uses only modules above its own (see `tests/it/layers.rs`).

pub mod source;
pub mod syntax;
pub mod intrinsics;
pub mod document;
pub mod template;
pub mod appspec;
pub mod buildspec;
pub mod resolve;
pub mod transform;
pub mod graph;
pub mod schema;
pub mod diagnostic;
pub mod rule;
pub mod rules;
pub mod engine;
pub mod report;
pub mod cli;
