//! Paths into inputs: named files, standard input, and what a walk through folders finds, in a fixed order.

use ignore::WalkBuilder;
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

/// Endings of the files that are looked into when a folder is walked.
const ENDINGS: &[&str] = &["yaml", "yml", "json", "template", "cfn", "cform"];

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

/// Walks a folder: `.gitignore` is honoured, hidden files and links are left alone (so no loop can be entered).
fn walk(folder: &Path, inputs: &mut Vec<Input>) {
    let walk = WalkBuilder::new(folder)
        .follow_links(false)
        .require_git(false)
        .git_global(false)
        .git_exclude(false)
        .sort_by_file_name(|a, b| a.cmp(b))
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

fn is_candidate(path: &Path) -> bool {
    path.extension().and_then(|e| e.to_str()).is_some_and(|e| ENDINGS.iter().any(|n| e.eq_ignore_ascii_case(n)))
}

/// `./a.yaml` is `a.yaml`.
fn tidy(path: PathBuf) -> PathBuf {
    path.strip_prefix("./").map(Path::to_owned).unwrap_or(path)
}
