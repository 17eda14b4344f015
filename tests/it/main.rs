//! The one integration binary.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

mod catalogue;
mod cli;
mod configuring;
mod diff;
mod documents;
mod explain;
mod faults;
#[cfg(feature = "fetch")]
mod fetch;
mod fixing;
mod formats;
mod graph;
mod hostile;
mod layers;
mod manners;
mod page;
mod pages;
mod picture;
mod reading;
mod robust;
mod sam;
mod samples;
mod schema;
mod teach;

use stacklens::diagnostic::Diagnostic;
use stacklens::document::{Document, DocumentKind};
use stacklens::engine;
use stacklens::rule::Options;
use stacklens::source::SourceFile;
use std::path::{Path, PathBuf};

/// The root of the project.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether expected files are to be rewritten instead of compared.
fn updating() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
}

/// Writes a file below a folder; its path as it can be given to the program.
fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

/// Whether a file has the expected text, which is written when [updating].
fn is_current(path: &Path, made: &str) -> bool {
    if updating() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, made).unwrap();
    }
    std::fs::read_to_string(path).ok().as_deref() == Some(made)
}

/// All files below a folder, sorted; none when there is no such folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}

/// The path from the project's root, with slashes.
fn short_name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// What every rule is told in tests.
fn options() -> Options {
    Options { as_of: Some("2026-11-21".to_owned()), ..Options::default() }
}

/// A document of a given kind.
fn document(name: &str, text: &str, kind: DocumentKind) -> Document {
    let file = SourceFile::new(name, text);
    let tree = stacklens::syntax::read(&file);
    Document::new(file, kind, tree)
}

/// Every finding of every rule, informational ones too.
fn check(document: &Document) -> Vec<Diagnostic> {
    engine::check(document, &options())
}

/// A finding and all that is nested in it.
fn flatten(finding: &Diagnostic) -> Vec<&Diagnostic> {
    std::iter::once(finding).chain(finding.children.iter().flat_map(flatten)).collect()
}

/// What must hold for every finding in every file; the complaint if it does not.
fn well_formed(document: &Document, finding: &Diagnostic) -> Result<(), String> {
    let text = &document.file.text;
    let id = finding.rule.id;
    let fits = |span: stacklens::source::Span| text.get(span.start as usize..span.end as usize).is_some();
    for one in flatten(finding) {
        if one.file.is_none() && !(fits(one.span) && one.labels.iter().all(|l| fits(l.span))) {
            return Err(format!("{id}: a span does not fit the file: {:?}", one.span));
        }
        if one.message.is_empty() {
            return Err(format!("{id}: an empty message"));
        }
        let Some(fix) = &one.fix else { continue };
        if !fix.edits.iter().all(|e| fits(e.span)) || fix.edits.windows(2).any(|w| w[0].span.end > w[1].span.start) {
            return Err(format!("{id}: the edits of the fix are not sorted and disjoint"));
        }
    }
    Ok(())
}

/// The text after a fix.
fn apply(text: &str, fix: &stacklens::diagnostic::Fix) -> String {
    let mut text = text.to_owned();
    for edit in fix.edits.iter().rev() {
        text.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    }
    text
}
