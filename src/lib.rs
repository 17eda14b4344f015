//! stacklens reads the files a team deploys AWS with, checks them and explains them.
//!
//! # The map
//!
//! A file goes through the modules in this order. A module uses only those above it (`tests/it/layers.rs` holds the table
//! and checks it).
//!
//! | module | what it is |
//! |---|---|
//! | [`source`] | one file: its text, byte [spans](source::Span), lines and columns |
//! | [`syntax`] | YAML and JSON into one tree of [nodes](syntax::Node); reading never fails, it gives errors as data |
//! | [`intrinsics`] | the functions of templates in both spellings, as [calls](syntax::Call) |
//! | [`schema`] | facts: resource types, and JSON Schemas of the other documents |
//! | [`document`] | what a file is |
//! | [`template`], [`appspec`], [`buildspec`], [`states`], [`beanstalk`] | views that borrow the tree and give names to its parts |
//! | [`resolve`] | what a node can be: a known value, one of several, or unknown |
//! | [`transform`] | what transforms make of a template |
//! | [`graph`] | which resource needs which, and why |
//! | [`network`] | which way out a subnet has, and whom a security group lets in |
//! | [`diagnostic`], [`rule`], [`fix`] | what a check says, what a check is, and how a text is mended |
//! | [`rules`] | the rules, in families; each with its page |
//! | [`settings`], [`suppress`], [`engine`] | what applies; one document in, sorted findings out |
//! | [`digest`] | hexadecimal digests, for whoever needs one |
//! | [`diff`](mod@diff) | what an update of a stack would do |
//! | [`explain`] | what a file builds and does: one model, and its views |
//! | [`report`] | the output formats |
//! | [`cli`] | the commands; with the feature `fetch` also `fetch`, the only part that uses the network |
//!
//! # What always holds
//!
//! - A span is a range of bytes of the author's text, on character boundaries. What a transform generates has the span
//!   of the text that caused it.
//! - Broken input is data: reading and modelling never fail and never panic. `Result` is for the outside world.
//! - An intrinsic function is a kind of node, not a mapping with a special key: whoever looks at a value says what a call
//!   means there.
//! - What cannot be known is not reported. Validation has three answers: valid, invalid, unknown.
//! - Nothing below the rules knows a rule's id: it gives typed problems, and a family of rules puts them into words.
//! - The same files and options give the same bytes: no clock, no environment, no hash order.
//! - Whatever can grow without bound has a limit that is counted in steps, not in time.
//! - A dependency is named in one module only.
//! - A rule's page is its documentation and its test.

pub mod appspec;
pub mod beanstalk;
pub mod buildspec;
pub mod bundle;
pub mod cli;
pub mod conditions;
pub mod diagnostic;
pub mod diff;
pub mod digest;
pub mod document;
pub mod engine;
pub mod explain;
#[cfg(feature = "fetch")]
pub mod fetch;
pub mod fix;
pub mod graph;
pub mod intrinsics;
pub mod markup;
pub mod nearest;
pub mod network;
pub mod page;
pub mod picture;
pub mod pipeline;
pub mod policy;
pub mod report;
pub mod resolve;
pub mod rule;
pub mod rules;
pub mod schema;
pub mod settings;
pub mod source;
pub mod states;
pub mod suppress;
pub mod syntax;
pub mod taskdef;
pub mod template;
pub mod transform;
pub mod value;
