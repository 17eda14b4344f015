//! Patterns that a template's author wrote (`AllowedPattern`), matched with a step limit.

use fancy_regex::{Regex, RegexBuilder};

/// Most steps that one match may take before it counts as undecided.
const STEPS: usize = 100_000;
/// Longest pattern that is tried.
const MAX_PATTERN: usize = 4096;

fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .backtrack_limit(STEPS)
        .delegate_size_limit(1 << 20)
        .build()
        .map_err(|e| e.to_string().lines().last().unwrap_or("").trim().to_owned())
}

/// Whether a value matches from its start. `None` when the pattern cannot be used here or the match takes too long.
pub fn matches_start(pattern: &str, value: &str) -> Option<bool> {
    if pattern.len() > MAX_PATTERN {
        return None;
    }
    compile(&format!("^(?:{pattern})")).ok()?.is_match(value).ok()
}

/// What is wrong with a pattern that does not compile.
pub fn error(pattern: &str) -> Option<String> {
    if pattern.len() > MAX_PATTERN {
        return None;
    }
    compile(pattern).err()
}
