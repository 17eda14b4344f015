//! Paths into inputs: named files, standard input, and what a walk through folders finds, in a fixed order.

use crate::document::is_extension_name;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, WalkBuilder};
use std::path::{Path, PathBuf};

/// Something to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// Standard input.
    Stdin,
    /// A file that was named: it must be one of ours.
    Named(PathBuf),
    /// A file that a walk found: it may be anything.
    Found(PathBuf),
    /// Something that cannot be read, and why.
    Failed(PathBuf, String),
}

impl Input {
    /// The name to print.
    pub(super) fn name(&self) -> String {
        match self {
            Input::Stdin => "<stdin>".to_owned(),
            Input::Named(path) | Input::Found(path) | Input::Failed(path, _) => path.display().to_string(),
        }
    }
}

/// Endings of the files that are looked into when a folder is walked.
const ENDINGS: &[&str] = &["yaml", "yml", "json", "template", "cfn", "cform", "asl"];

/// Folders that hold what tools fetched or made: nothing in them is looked at, ignored by Git or not.
const MADE: &[&str] =
    &["node_modules", ".git", ".aws-sam", "cdk.out", ".terraform", ".serverless", "__pycache__", ".venv", "venv"];

/// Most things that are listed below one folder.
pub(super) const MAX_LISTED: usize = 50_000;

/// Finds the inputs under the paths, in the order of the paths, each folder sorted.
pub(super) fn gather(paths: &[PathBuf]) -> Vec<Input> {
    let here = [PathBuf::from(".")];
    let mut inputs = Vec::new();
    for path in if paths.is_empty() { &here } else { paths } {
        if path.as_os_str() == "-" {
            inputs.push(Input::Stdin);
        } else if path.is_dir() {
            walk(path, &mut inputs);
        } else {
            inputs.push(Input::Named(path.clone()));
        }
    }
    inputs
}

/// The one hidden folder with files of ours: the configuration of Elastic Beanstalk.
const HIDDEN: &str = ".ebextensions";

/// Walks a folder: `.gitignore` is honoured, hidden files and links are left alone (so no loop can be entered).
fn walk(folder: &Path, inputs: &mut Vec<Input>) {
    let walk = WalkBuilder::new(folder)
        .hidden(false)
        .follow_links(false)
        .require_git(false)
        .git_global(false)
        .git_exclude(false)
        .sort_by_file_name(|a, b| a.cmp(b))
        .filter_entry(|entry| is_own(entry) && (entry.depth() == 0 || is_shown(entry)))
        .build();
    for entry in walk {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|t| t.is_file()) => {
                let path = entry.into_path();
                if is_candidate(&path) {
                    inputs.push(Input::Found(tidy(path)));
                }
            }
            Ok(_) => {}
            Err(e) => inputs.push(Input::Failed(folder.to_owned(), e.to_string())),
        }
    }
}

/// Whether an entry is no folder of fetched or made things (the folder that was asked for may be one).
fn is_own(entry: &DirEntry) -> bool {
    let made = entry.file_name().to_str().is_some_and(|n| MADE.contains(&n));
    !(made && entry.depth() > 0 && entry.file_type().is_some_and(|t| t.is_dir()))
}

/// Whether an entry is not hidden, or hidden and of ours nevertheless.
fn is_shown(entry: &DirEntry) -> bool {
    entry.file_name().to_str().is_none_or(|name| !name.starts_with('.') || name == HIDDEN)
}

/// All that lies below a folder, hidden files too, except what Git ignores, but no more than `most`; and whether that is
/// really all.
pub(super) fn list(folder: &Path, most: usize) -> (Vec<PathBuf>, bool) {
    let walk = WalkBuilder::new(folder)
        .hidden(false)
        .follow_links(false)
        .require_git(false)
        .git_global(false)
        .git_exclude(false)
        .sort_by_file_name(|a, b| a.cmp(b))
        .filter_entry(is_own)
        .build();
    let mut whole = true;
    let mut found = Vec::new();
    for entry in walk {
        match entry {
            Ok(entry) if found.len() < most => {
                if entry.depth() > 0 {
                    found.push(entry.into_path());
                }
            }
            Ok(_) => return (found, false),
            Err(_) => whole = false,
        }
    }
    (found, whole)
}

/// What Git is told to ignore below a folder: one set of patterns for each `.gitignore`.
#[derive(Debug, Default)]
pub(super) struct Ignored {
    sets: Vec<Gitignore>,
}

impl Ignored {
    /// Reads these `.gitignore` files.
    pub(super) fn read<'p>(files: impl Iterator<Item = &'p Path>) -> Self {
        let sets = files.filter_map(|file| {
            let mut builder = GitignoreBuilder::new(file.parent()?);
            // A line that cannot be read is left out, as Git does.
            let _ = builder.add(file);
            builder.build().ok()
        });
        Ignored { sets: sets.collect() }
    }

    /// Whether a path (with the folder in front) is ignored, whether or not it is there.
    pub(super) fn has(&self, path: &Path) -> bool {
        let below = |set: &&Gitignore| path.starts_with(set.path());
        let ignored = |set: &Gitignore, folder| set.matched_path_or_any_parents(path, folder).is_ignore();
        self.sets.iter().filter(below).any(|set| ignored(set, false) || ignored(set, true))
    }
}

pub(super) fn is_candidate(path: &Path) -> bool {
    path.extension().and_then(|e| e.to_str()).is_some_and(|e| ENDINGS.iter().any(|n| e.eq_ignore_ascii_case(n)))
        || path.to_str().is_some_and(is_extension_name)
}

/// `./a.yaml` is `a.yaml`.
fn tidy(path: PathBuf) -> PathBuf {
    path.strip_prefix("./").map(Path::to_owned).unwrap_or(path)
}
