//! `stacklens check --fix`: the fixes of findings, written to the files or shown as a difference.

use super::Streams;
use crate::diagnostic::{Applicability, Diagnostic};
use crate::document::Document;
use crate::engine::Engine;
use crate::fix::{self, Applied, Look};
use crate::source::SourceFile;
use crate::syntax;
use clap::Args;
use similar::TextDiff;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

#[derive(Args, Debug, Clone, Copy)]
#[command(next_help_heading = "Fixing")]
pub(super) struct FixArgs {
    /// Apply the fixes that keep the meaning; no file is written without this
    #[arg(long)]
    pub(super) fix: bool,

    /// Apply the fixes that are a good guess too
    #[arg(long)]
    pub(super) unsafe_fixes: bool,

    /// Show what the fixes would change, and change nothing
    #[arg(long)]
    pub(super) diff: bool,
}

impl FixArgs {
    /// Which fixes are asked for, if any are.
    pub(super) fn most(self) -> Option<Applicability> {
        let most = if self.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
        (self.fix || self.diff).then_some(most)
    }
}

/// What fixing does to one file.
pub(super) struct Change {
    /// The text before.
    pub(super) before: String,
    /// The text after.
    pub(super) after: String,
    /// What was done.
    pub(super) applied: Vec<Applied>,
}

/// Applies the fixes of the findings of a document as far as they hold; the findings that are left.
///
/// `prepare` makes the document of a text as it made this one.
pub(super) fn improve(
    document: &Document,
    findings: &[Diagnostic],
    engine: &Engine,
    most: Applicability,
    prepare: &dyn Fn(Document) -> Document,
) -> Option<(Change, Document, Vec<Diagnostic>)> {
    let fixable = |d: &Diagnostic| d.fix.as_ref().is_some_and(|f| f.applicability <= most);
    if !findings.iter().any(fixable) {
        return None;
    }
    let made = |text: &str| {
        let file = SourceFile::new(document.file.name.clone(), text);
        let tree = syntax::read(&file);
        prepare(Document::new(file, document.kind, tree))
    };
    let look = |text: &str| {
        let document = made(text);
        Look { reads: document.tree.errors.is_empty(), findings: engine.check(&document) }
    };
    let before = document.file.text.clone();
    let first = Look { reads: document.tree.errors.is_empty(), findings: findings.to_vec() };
    let done = fix::improve(&before, first, most, &look);
    if done.applied.is_empty() {
        return None;
    }
    let document = made(&done.text);
    Some((Change { before, after: done.text, applied: done.applied }, document, done.findings))
}

/// Puts a changed file in the place of the old one, all at once, with the permissions it had.
pub(super) fn write(path: &Path, change: &Change) -> Result<(), String> {
    let shown = path.display();
    let failed = |e: io::Error| format!("cannot write `{shown}`: {e}");
    // A link stays a link: what it points to is replaced.
    let path = path.canonicalize().map_err(failed)?;
    let permissions = fs::metadata(&path).map_err(failed)?.permissions();
    if permissions.readonly() {
        return Err(format!("cannot write `{shown}`: it is read-only"));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.stacklens-{}", std::process::id()));
    let done = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).open(&beside)?;
        file.write_all(change.after.as_bytes())?;
        file.set_permissions(permissions)?;
        file.sync_all()?;
        if fs::read(&path)? != change.before.as_bytes() {
            return Err(io::Error::other("it has changed since it was read"));
        }
        fs::rename(&beside, &path)
    })();
    done.map_err(|e| {
        // What cannot be removed either was never made, or there is nothing more to do about it.
        let _ = fs::remove_file(&beside);
        failed(e)
    })
}

/// Writes the difference as `patch` reads it.
pub(super) fn print_diff(name: &str, change: &Change, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let name = name.trim_start_matches('/');
    let diff = TextDiff::from_lines(change.before.as_str(), change.after.as_str());
    let text = diff.unified_diff().context_radius(3).header(&format!("a/{name}"), &format!("b/{name}")).to_string();
    if !color {
        return out.write_all(text.as_bytes());
    }
    for line in text.split_inclusive('\n') {
        let code = match line.as_bytes() {
            [b'+', b'+', ..] | [b'-', b'-', ..] => "1",
            [b'+', ..] => "32",
            [b'-', ..] => "31",
            [b'@', ..] => "36",
            _ => "0",
        };
        let (content, end) = line.strip_suffix('\n').map_or((line, ""), |l| (l, "\n"));
        write!(out, "\x1b[{code}m{content}\x1b[0m{end}")?;
    }
    Ok(())
}

/// Says what was done, or would be, and what is left to be asked for.
pub(super) fn say_summary(args: FixArgs, changes: &[&Change], left: &[&Diagnostic], streams: &mut Streams<'_>) {
    let of = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    let fixed: usize = changes.iter().map(|c| c.applied.len()).sum();
    let verb = if args.diff { "would fix" } else { "fixed" };
    let mut text = match fixed {
        0 => "nothing to fix".to_owned(),
        n => format!("{verb} {} in {}", of(n, "finding"), of(changes.len(), "file")),
    };
    let guessed = |d: &&&Diagnostic| d.fix.as_ref().is_some_and(|f| f.applicability == Applicability::Unsafe);
    let guesses = left.iter().filter(guessed).count();
    if guesses > 0 && !args.unsafe_fixes {
        text.push_str(&format!("; `--unsafe-fixes` has a guess for {guesses} more"));
    }
    super::say(streams, &text);
}
