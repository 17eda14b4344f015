//! The templates that a template deploys as stacks of their own: opened where they can be read.

use super::includes;
use super::remote::Sources;
use crate::document::{Document, DocumentKind, Stack};
use crate::source::SourceFile;
use crate::syntax;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// How deep nested stacks are followed.
const DEEPEST: usize = 6;

/// How many templates of nested stacks are read for one template.
const MOST: usize = 200;

/// Where what a template names is.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// On the disk.
    Disk,
    /// As a revision of the repository had it.
    Revision(&'a str),
    /// A template at an address has no files beside it.
    Address,
}

/// Where the files of a stack come from.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    /// Where those beside the template are.
    pub(super) place: Place<'a>,
    /// What is read from addresses.
    pub(super) sources: &'a Sources,
}

impl<'a> Origin<'a> {
    /// Files on the disk.
    pub(super) fn disk(sources: &'a Sources) -> Self {
        Origin { place: Place::Disk, sources }
    }

    /// The text of a file that lies in a folder or below, or of what is at an address.
    fn text(self, folder: &Path, location: &str) -> Option<String> {
        match self.place {
            Place::Disk => self.sources.load(folder, location),
            _ if location.contains("://") => self.sources.load(folder, location),
            Place::Address => None,
            Place::Revision(revision) => {
                let path = includes::relative(location)?.to_str()?;
                let output = show(revision, folder, path).ok().filter(|output| output.status.success())?;
                SourceFile::from_bytes(location, output.stdout).ok().map(|file| file.text)
            }
        }
    }

    /// What a file is called in messages.
    pub(super) fn name(self, path: &Path) -> String {
        match self.place {
            Place::Disk | Place::Address => path.display().to_string(),
            Place::Revision(revision) => format!("{}@{revision}", path.display()),
        }
    }

    /// Where a nested template is, and the path that it has.
    fn of(self, folder: &Path, location: &str) -> (Self, PathBuf) {
        match includes::relative(location) {
            Some(below) => (self, folder.join(below.strip_prefix("./").unwrap_or(below))),
            None => (Origin { place: Place::Address, ..self }, PathBuf::from(location)),
        }
    }
}

/// A template with what it includes and the templates of its nested stacks. `path` is where it was read from.
pub(super) fn open(document: Document, path: &Path, origin: Origin<'_>) -> Stack {
    opened(document, path, origin, 0, &mut 0)
}

fn opened(mut document: Document, path: &Path, origin: Origin<'_>, depth: usize, count: &mut usize) -> Stack {
    let folder = includes::folder_of(path);
    includes::settle_with(&mut document, &|location| origin.text(folder, location));
    let mut nested = BTreeMap::new();
    for location in includes::nested(&document) {
        if depth >= DEEPEST || *count >= MOST {
            break;
        }
        let Some(text) = origin.text(folder, &location) else { continue };
        *count += 1;
        let (origin, path) = origin.of(folder, &location);
        let Ok(file) = SourceFile::from_bytes(origin.name(&path), text.into_bytes()) else { continue };
        let tree = syntax::read(&file);
        let document = Document::new(file, DocumentKind::Template, tree);
        nested.insert(location, opened(document, &path, origin, depth + 1, count));
    }
    Stack { document, nested }
}

/// What git has of a file, named from a folder, in a revision.
pub(super) fn show(revision: &str, folder: &Path, path: &str) -> io::Result<Output> {
    let object = format!("{revision}:./{path}");
    Command::new("git").arg("-C").arg(folder).args(["show", "--end-of-options", &object]).output()
}
