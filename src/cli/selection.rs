//! Which of the inputs a run is about: patterns, exclusions, and what changed since a commit.

use super::gather::Input;
use clap::Args;
use ignore::overrides::{Override, OverrideBuilder};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

/// How the inputs are narrowed.
#[derive(Args, Debug, Clone)]
pub(super) struct SelectionArgs {
    /// Leave out files that match, as in a `.gitignore`
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,

    /// Report only on files that differ from this commit, and on new ones
    #[arg(long, value_name = "REV")]
    since: Option<String>,

    /// Leave alone named files that are none of ours, as in a folder (for hooks that pass every changed file)
    #[arg(long)]
    skip_unknown: bool,

    /// What standard input is called: decides its kind, and what its relative names mean
    #[arg(long, value_name = "FILE")]
    pub(super) stdin_filename: Option<String>,
}

impl SelectionArgs {
    /// Keeps the inputs that the run is about.
    ///
    /// # Errors
    /// A sentence, when a pattern is none or git cannot answer.
    pub(super) fn narrow(&self, inputs: Vec<Input>) -> Result<Vec<Input>, String> {
        let excluded = if self.exclude.is_empty() { None } else { Some(excluded(&self.exclude)?) };
        let changed = self.since.as_deref().map(changed).transpose()?;
        Ok(inputs
            .into_iter()
            .filter(|input| match input {
                Input::Named(path) | Input::Found(path) => {
                    !excluded.as_ref().is_some_and(|globs| globs.matched(relative(path), false).is_whitelist())
                        && changed.as_ref().is_none_or(|set| path.canonicalize().is_ok_and(|p| set.contains(&p)))
                }
                Input::Stdin | Input::Failed(..) => true,
            })
            .map(|input| match input {
                Input::Named(path) if self.skip_unknown => Input::Found(path),
                other => other,
            })
            .collect())
    }
}

/// The inputs under paths and patterns (for shells that do not expand them, and `**`), in the order given.
pub(super) fn gather(paths: &[PathBuf]) -> Vec<Input> {
    if !paths.iter().any(|path| is_pattern(path)) {
        return super::gather::gather(paths);
    }
    let mut inputs = Vec::new();
    for path in paths {
        if is_pattern(path) {
            matching(path, &mut inputs);
        } else {
            inputs.append(&mut super::gather::gather(std::slice::from_ref(path)));
        }
    }
    inputs
}

/// Whether a path holds characters of a pattern and is not simply called so.
fn is_pattern(path: &Path) -> bool {
    path.to_str().is_some_and(|text| text.contains(['*', '?', '['])) && !path.exists()
}

/// Adds the files that match a pattern, sorted. They may be anything, as in a folder.
fn matching(pattern: &Path, inputs: &mut Vec<Input>) {
    let fixed = pattern.components().take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']));
    let base: PathBuf = fixed.collect();
    let rest = pattern.strip_prefix(&base).unwrap_or(pattern).to_string_lossy().into_owned();
    let base = if base.as_os_str().is_empty() { PathBuf::from(".") } else { base };
    let mut builder = OverrideBuilder::new(&base);
    let built = builder.add(&format!("/{rest}")).and_then(|builder| builder.build());
    let overrides = match built {
        Ok(overrides) => overrides,
        Err(e) => {
            inputs.push(Input::Failed(pattern.to_owned(), format!("it is no file and no pattern: {e}")));
            return;
        }
    };
    let before = inputs.len();
    let walk = ignore::WalkBuilder::new(&base)
        .standard_filters(false)
        .follow_links(false)
        .overrides(overrides)
        .sort_by_file_name(|a, b| a.cmp(b))
        .build();
    for entry in walk.flatten().filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file())) {
        let path = entry.into_path();
        inputs.push(Input::Found(path.strip_prefix("./").map(Path::to_owned).unwrap_or(path)));
    }
    if inputs.len() == before {
        inputs.push(Input::Failed(pattern.to_owned(), "no file matches this pattern".to_owned()));
    }
}

/// Patterns of files to leave out. (In this library's terms a plain pattern allows; here, what it matches goes.)
fn excluded(globs: &[String]) -> Result<Override, String> {
    let mut builder = OverrideBuilder::new("");
    for glob in globs {
        let wrong = |e: ignore::Error| format!("`{glob}` is no pattern for --exclude: {e}");
        builder.add(glob).map_err(wrong)?;
        // A folder stands for what is in it, at any depth when only its name is given.
        let folder = glob.trim_end_matches('/');
        let anywhere = if folder.contains('/') { "" } else { "**/" };
        builder.add(&format!("{anywhere}{folder}/**")).map_err(wrong)?;
    }
    builder.build().map_err(|e| format!("the patterns of --exclude cannot be used: {e}"))
}

/// A path below the current folder without what leads there.
fn relative(path: &Path) -> PathBuf {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| path.strip_prefix(here).ok());
    below.unwrap_or(path).components().filter(|part| !matches!(part, Component::CurDir | Component::RootDir)).collect()
}

/// The files that differ from a commit in the work tree, and those that git does not know yet, as canonical paths.
fn changed(revision: &str) -> Result<BTreeSet<PathBuf>, String> {
    if revision.starts_with('-') {
        return Err(format!("`{revision}` is no commit"));
    }
    let top = git(&["rev-parse", "--show-toplevel"])?;
    let top = PathBuf::from(String::from_utf8_lossy(&top).trim_end_matches(['\n', '\r']));
    let mut names = git(&["diff", "--name-only", "--diff-filter=d", "-z", revision, "--"])?;
    // Untracked names are given from the current folder on unless git is asked from the top.
    let top_name = top.to_string_lossy().into_owned();
    names.extend(git(&["-C", &top_name, "ls-files", "--others", "--exclude-standard", "-z"])?);
    Ok(names
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
        .filter_map(|name| top.join(String::from_utf8_lossy(name).as_ref()).canonicalize().ok())
        .collect())
}

fn git(arguments: &[&str]) -> Result<Vec<u8>, String> {
    let output = Command::new("git")
        .args(arguments)
        .output()
        .map_err(|e| format!("--since needs git, which cannot be started: {e}"))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        let why = String::from_utf8_lossy(&output.stderr);
        Err(format!("--since: git says: {}", why.lines().next().unwrap_or("nothing")))
    }
}
