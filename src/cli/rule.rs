//! `stacklens rule`: the page of a rule, or the list.

use super::{CLEAN, FAILED, RuleArgs, Streams, say};
use crate::rules;
use std::io;

/// Prints a page or the list; the exit code.
pub(super) fn run(args: &RuleArgs, streams: &mut Streams<'_>) -> io::Result<u8> {
    let Some(id) = &args.id else {
        let mut all: Vec<_> = rules::all().collect();
        all.sort_by_key(|r| r.id);
        for rule in all {
            writeln!(
                streams.stdout,
                "{:<6} {:<8} {:<40} {}",
                rule.id,
                rule.severity.as_str(),
                rule.name,
                rule.summary
            )?;
        }
        return Ok(CLEAN);
    };
    match rules::all().find(|r| r.id.eq_ignore_ascii_case(id) || r.name == id) {
        Some(rule) => {
            streams.stdout.write_all(rule.page.as_bytes())?;
            Ok(CLEAN)
        }
        None => {
            let upper = id.to_uppercase();
            match rules::accepted::instead_of(&upper) {
                Some(instead) => say(streams, &format!("there is no rule `{upper}` here: {instead}")),
                None => say(streams, &format!("there is no rule `{id}`; `stacklens rule` lists them")),
            }
            Ok(FAILED)
        }
    }
}
