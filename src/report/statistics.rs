//! How often each rule was broken, most often first.

use super::Checked;
use crate::rule::Rule;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes a line per rule: how many findings in how many files, its id and name.
///
/// # Errors
/// When the writer fails.
pub fn statistics(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    let mut counts: BTreeMap<&str, (usize, usize, &Rule)> = BTreeMap::new();
    for checked in files {
        let mut here: Vec<&str> = Vec::new();
        for finding in &checked.findings {
            let entry = counts.entry(finding.rule.id).or_insert((0, 0, finding.rule));
            entry.0 += 1;
            if !here.contains(&finding.rule.id) {
                here.push(finding.rule.id);
                entry.1 += 1;
            }
        }
    }
    let mut lines: Vec<_> = counts.into_values().collect();
    lines.sort_by_key(|(findings, _, rule)| (std::cmp::Reverse(*findings), rule.id));
    for (findings, files, rule) in lines {
        let word = if files == 1 { "file" } else { "files" };
        writeln!(out, "{findings:>6} in {files:>4} {word:<5}  {:<6} {}", rule.id, rule.name)?;
    }
    Ok(())
}
