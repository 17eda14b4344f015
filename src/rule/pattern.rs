//! Patterns that a template's author wrote (`AllowedPattern`), matched with a step limit.

use crate::schema::pattern::{Found, OwnPattern};
use fancy_regex::RegexBuilder;

/// Longest pattern that is tried.
const MAX_PATTERN: usize = 4096;

/// Whether a value matches from its start. `None` when the pattern cannot be used here or the match takes too long.
pub fn matches_start(pattern: &str, value: &str) -> Option<bool> {
    if pattern.len() > MAX_PATTERN {
        return None;
    }
    match OwnPattern::new(&format!("^(?:{pattern})")).find(value) {
        Found::Yes => Some(true),
        Found::No => Some(false),
        Found::Unknown => None,
    }
}

/// What is wrong with a pattern that does not compile. Our own engine compiles nearly all in no time; only what it does
/// not understand is given to the other one, which also says why.
pub fn error(pattern: &str) -> Option<String> {
    if pattern.len() > MAX_PATTERN || OwnPattern::new(pattern).view().is_understood() {
        return None;
    }
    RegexBuilder::new(pattern)
        .delegate_size_limit(1 << 20)
        .build()
        .err()
        .map(|e| e.to_string().lines().last().unwrap_or("").trim().to_owned())
}
