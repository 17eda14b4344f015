//! stacklens reads the files a team deploys AWS with, checks them and explains them.
//!
//! The modules in reading order; a module uses only modules above its own (see `tests/it/layers.rs`).

pub mod appspec;
pub mod buildspec;
pub mod cli;
pub mod conditions;
pub mod diagnostic;
pub mod document;
pub mod engine;
pub mod graph;
pub mod intrinsics;
pub mod report;
pub mod resolve;
pub mod rule;
pub mod rules;
pub mod schema;
pub mod settings;
pub mod source;
pub mod suppress;
pub mod syntax;
pub mod template;
pub mod transform;
pub mod value;
