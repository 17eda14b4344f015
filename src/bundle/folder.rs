//! What lies in a folder, without the documents: names, kinds, and the text of a file when it is asked for.
//!
//! Paths are relative to the folder, with `/` between their parts. Nothing outside the folder has a path, so nothing
//! outside is ever read.

use crate::source::SourceFile;
use crate::syntax::{self, Tree};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Largest file that is read to cross it.
pub const MAX_TEXT: usize = 1024 * 1024;

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// Something else: a link out of the folder, a device.
    Other,
}

/// One thing in the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Whether it may be executed; `None` where files have no such bit.
    pub executable: Option<bool>,
    /// Bytes of a file.
    pub size: u64,
}

/// Where a folder comes from: the disk, or a test.
pub trait Source {
    /// What a path names that is not in the listing (ignored by Git, or past the limit of the listing).
    fn entry(&self, path: &str) -> Option<Entry>;
    /// The bytes of a file, if it has no more than `limit`.
    fn read(&self, path: &str, limit: usize) -> Option<Vec<u8>>;
    /// Whether Git is told to leave this path out of the repository, there or not.
    fn ignored(&self, path: &str) -> bool;
}

/// A folder.
#[allow(missing_debug_implementations)]
pub struct Folder<'s> {
    /// What is in it. Folders that hold something are in it as well.
    entries: BTreeMap<String, Entry>,
    /// Whether `entries` is all there is, apart from what Git ignores.
    pub whole: bool,
    source: &'s dyn Source,
    texts: RefCell<BTreeMap<String, Option<Rc<Text>>>>,
}

/// A file that was read because another one names it.
#[derive(Debug)]
pub struct Text {
    /// The file; its name is the path in the folder.
    pub file: SourceFile,
    tree: OnceCell<Tree>,
}

impl Text {
    /// The file as YAML or JSON.
    pub fn tree(&self) -> &Tree {
        self.tree.get_or_init(|| syntax::read(&self.file))
    }
}

/// What was found under a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is there.
    Yes(Entry),
    /// It is there under a name with other capitals: this one.
    OtherCase(String),
    /// It is not there.
    No,
}

impl<'s> Folder<'s> {
    /// A folder of these entries. The folders above each entry are added.
    pub fn new(listing: impl IntoIterator<Item = (String, Entry)>, whole: bool, source: &'s dyn Source) -> Self {
        let mut entries = BTreeMap::new();
        for (path, entry) in listing {
            let mut above = path.as_str();
            while let Some((parent, _)) = above.rsplit_once('/') {
                let folder = Entry { kind: Kind::Folder, executable: None, size: 0 };
                if entries.insert(parent.to_owned(), folder).is_some() {
                    break;
                }
                above = parent;
            }
            entries.insert(path, entry);
        }
        Folder { entries, whole, source, texts: RefCell::default() }
    }

    /// The paths of everything, sorted.
    pub fn paths(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(p, e)| (p.as_str(), e))
    }

    /// The files, sorted.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.paths().filter(|(_, e)| e.kind == Kind::File).map(|(p, _)| p)
    }

    /// The names in a folder (`""` is the top), sorted.
    pub fn names_in<'f>(&'f self, folder: &str) -> Vec<&'f str> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let below = self.entries.range(prefix.clone()..).map(|(p, _)| p.as_str());
        below
            .take_while(|p| p.starts_with(&prefix))
            .filter_map(|p| p.get(prefix.len()..))
            .filter(|n| !n.is_empty() && !n.contains('/'))
            .collect()
    }

    /// What is under a path (`""` is the folder itself).
    pub fn find(&self, path: &str) -> Found {
        if path.is_empty() {
            return Found::Yes(Entry { kind: Kind::Folder, executable: None, size: 0 });
        }
        if let Some(entry) = self.entries.get(path) {
            return Found::Yes(*entry);
        }
        let other = self.entries.keys().find(|p| p.eq_ignore_ascii_case(path));
        if let Some(other) = other {
            return Found::OtherCase(other.clone());
        }
        match self.source.entry(path) {
            Some(entry) => Found::Yes(entry),
            None => Found::No,
        }
    }

    /// Whether there is a file or folder under a path, with just these capitals.
    pub fn has(&self, path: &str) -> bool {
        matches!(self.find(path), Found::Yes(_))
    }

    /// Whether there is a file under a path.
    pub fn has_file(&self, path: &str) -> bool {
        matches!(self.find(path), Found::Yes(e) if e.kind != Kind::Folder)
    }

    /// Whether there is a folder under a path.
    pub fn has_folder(&self, path: &str) -> bool {
        matches!(self.find(path), Found::Yes(e) if e.kind == Kind::Folder)
    }

    /// Whether Git is told to leave a path out, so that it is made by a build.
    pub fn ignored(&self, path: &str) -> bool {
        self.source.ignored(path)
    }

    /// The text of a file; `None` when there is no such file, or it is too large or no text.
    pub fn text(&self, path: &str) -> Option<Rc<Text>> {
        if let Some(known) = self.texts.borrow().get(path) {
            return known.clone();
        }
        let read = || {
            let bytes = self.source.read(path, MAX_TEXT)?;
            let file = SourceFile::from_bytes(path, bytes).ok()?;
            Some(Rc::new(Text { file, tree: OnceCell::new() }))
        };
        let text = if self.has_file(path) { read() } else { None };
        self.texts.borrow_mut().insert(path.to_owned(), text.clone());
        text
    }

    /// The bytes of a file.
    pub fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        if self.has_file(path) { self.source.read(path, MAX_TEXT) } else { None }
    }
}

/// The path that `path` means in the folder `base`: `.` and `..` taken out, either separator. `None` when it leaves the
/// whole folder or is no relative path.
pub fn join(base: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = base.split('/').filter(|p| !p.is_empty()).collect();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The folder that a path lies in; `""` is the top.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// The last part of a path.
pub fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_in_the_folder() {
        assert_eq!(join("a/b", "../c/./d"), Some("a/c/d".to_owned()));
        assert_eq!(join("", "scripts\\run.ps1"), Some("scripts/run.ps1".to_owned()));
        assert_eq!(join("a", "../../etc/passwd"), None);
        assert_eq!((parent("a/b"), parent("a"), base_name("a/b")), ("a", "", "b"));
    }
}
