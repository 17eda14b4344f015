//! "Did you mean" for the rules.

pub use crate::nearest::nearest;
