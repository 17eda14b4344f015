//! Both sides of a comparison, each with the local templates of its nested stacks: from files, or as a revision had them.

use super::super::remote::Sources;
use super::super::stacks::{self, Origin, Place};
use super::super::{Streams, includes, input};
use super::DiffArgs;
use crate::document::{Document, DocumentKind, Stack};
use crate::source::SourceFile;
use crate::syntax;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Component, Path};
use std::process::Command;

/// Both sides.
pub(super) fn read(args: &DiffArgs, sources: &Sources, streams: &mut Streams<'_>) -> Result<(Stack, Stack), String> {
    let disk = Origin::disk(sources);
    match (&args.git, args.files.as_slice()) {
        (Some(revision), [file]) => {
            if file.as_os_str() == "-" {
                return Err("--git needs the name of a file".to_owned());
            }
            let old = at_revision(Origin { place: Place::Revision(revision), sources }, revision, file)?;
            let new = from_disk(file, disk, streams.stdin)?;
            Ok((old, new))
        }
        (Some(_), _) => Err("with --git, name one file: its old side is the revision".to_owned()),
        (None, [old, new]) => {
            if old == new && old.as_os_str() == "-" {
                return Err("standard input can be one of the two files only".to_owned());
            }
            let old = from_disk(old, disk, streams.stdin)?;
            let new = from_disk(new, disk, streams.stdin)?;
            Ok((old, new))
        }
        (None, _) => Err("name the old and the new template, or one file with --git REVISION".to_owned()),
    }
}

fn from_disk(path: &Path, origin: Origin<'_>, stdin: &mut dyn Read) -> Result<Stack, String> {
    let (name, bytes) = input::whole(path, stdin).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    let document = document(name, bytes)?;
    if path.as_os_str() == "-" {
        return Ok(Stack { document, nested: BTreeMap::new() });
    }
    Ok(stacks::open(document, path, origin))
}

fn document(name: String, bytes: Vec<u8>) -> Result<Document, String> {
    let file =
        SourceFile::from_bytes(name.clone(), bytes).map_err(|(e, _)| format!("cannot read {name}: {}", e.message))?;
    let tree = syntax::read(&file);
    Ok(Document::new(file, DocumentKind::Template, tree))
}

/// A file as it was in a revision of the repository that it lies in.
fn at_revision(origin: Origin<'_>, revision: &str, file: &Path) -> Result<Stack, String> {
    // Anything that git could take for an option is no revision.
    if revision.starts_with('-') || revision.contains(':') || revision.is_empty() {
        return Err(format!("`{revision}` is no revision"));
    }
    let Some(name) = file.file_name() else { return Err(format!("{} is no file", file.display())) };
    if file.components().next_back().is_some_and(|c| c == Component::ParentDir) {
        return Err(format!("{} is no file", file.display()));
    }
    let folder = includes::folder_of(file);
    let output = match stacks::show(revision, folder, &name.to_string_lossy()) {
        Ok(output) => output,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err("git is not installed, and --git needs it".to_owned());
        }
        Err(e) => return Err(format!("cannot run git: {e}")),
    };
    if output.status.success() {
        let document = document(origin.name(file), output.stdout)?;
        return Ok(stacks::open(document, file, origin));
    }
    if !is_commit(revision, folder) {
        let said = String::from_utf8_lossy(&output.stderr);
        let line = said.lines().next().unwrap_or_default();
        return Err(format!("git cannot give {} at `{revision}`: {line}", file.display()));
    }
    Err(match old_name(revision, folder, &name.to_string_lossy()) {
        Some(old) => format!(
            "{} was {old} at `{revision}`: `git show {revision}:./{old}` gives it, to be compared as a file",
            file.display()
        ),
        None => format!("{} is not in `{revision}`: it is new, so that all of it would be added", file.display()),
    })
}

fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn is_commit(revision: &str, folder: &Path) -> bool {
    git(folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")]).is_some()
}

/// What a file of a folder was called in a revision, seen from that folder, if git takes it for a renamed one.
fn old_name(revision: &str, folder: &Path, name: &str) -> Option<String> {
    let arguments = ["diff", "--relative", "--name-status", "-z", "--find-renames", "--diff-filter=R", revision, "--"];
    let said = git(folder, &arguments)?;
    let mut fields = said.split('\0');
    while let (Some(_), Some(old), Some(new)) = (fields.next(), fields.next(), fields.next()) {
        if new == name {
            return Some(old.to_owned());
        }
    }
    None
}
