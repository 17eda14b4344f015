//! What each part of the file is for.

use super::Model;
use super::view::Block;

/// The teaching blocks.
pub(super) fn blocks(_model: &Model) -> Vec<Block> {
    Vec::new()
}
