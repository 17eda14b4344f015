//! `stacklens diff`: what an update from one template to another would do.

use super::{CLEAN, FAILED, FOUND, Streams, say};
use crate::diff::{self, Diff, Options, changeset, html, markdown, text};
use crate::document::{Document, DocumentKind};
use crate::source::SourceFile;
use crate::{syntax, transform};
use clap::{Args, ValueEnum};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::Command;

/// What people type most.
const EXAMPLES: &str = "\
Examples:
  stacklens diff deployed.yaml template.yaml
  stacklens diff --git main template.yaml             the file as it was on main
  stacklens diff old.yaml new.yaml --old-parameter Env=dev --parameter-overrides Env=prod
  stacklens diff --git HEAD~1 template.yaml --fail-on data-loss --format markdown";

/// The arguments.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct DiffArgs {
    /// The old template and the new one; with --git, the new one. `-` is standard input
    #[arg(required = true, num_args = 1..=2, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Take the old template from this revision of the repository
    #[arg(long, value_name = "REVISION")]
    git: Option<String>,

    /// Values of parameters in the stack as it is
    #[arg(long, value_name = "KEY=VALUE", value_parser = super::key_value)]
    old_parameter: Vec<(String, String)>,

    /// Values of parameters in the update
    #[arg(long, visible_alias = "parameter", value_name = "KEY=VALUE", value_parser = super::key_value)]
    parameter_overrides: Vec<(String, String)>,

    /// Parameters that are not given keep their old value, as with `aws cloudformation deploy`
    #[arg(long)]
    keep_previous: bool,

    /// A tag that the update gives to the stack or changes
    #[arg(long, value_name = "KEY=VALUE", value_parser = super::key_value)]
    stack_tag: Vec<(String, String)>,

    /// The region of the stack
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    region: String,

    /// How to print
    #[arg(long, value_enum, default_value_t = DiffFormat::Text)]
    format: DiffFormat,

    /// What makes the exit code 1
    #[arg(long, value_enum, value_delimiter = ',')]
    fail_on: Vec<DiffFail>,

    /// Write to a file
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<PathBuf>,

    /// Whether to colour
    #[arg(long, value_enum, default_value_t = super::ColorArg::Auto)]
    color: super::ColorArg,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum DiffFormat {
    /// For people
    Text,
    /// For a comment on a pull request
    Markdown,
    /// The whole model
    Json,
    /// One page that loads nothing
    Html,
    /// The shape of AWS's DescribeChangeSet
    Changeset,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum DiffFail {
    /// A resource is or may be replaced, or the update would fail
    Replace,
    /// A resource is deleted, or replaced and the old one deleted
    Delete,
    /// Data is or may be lost
    DataLoss,
    /// Anything changes
    Change,
}

/// Compares and prints; the exit code.
pub(super) fn run(args: &DiffArgs, streams: &mut Streams<'_>) -> io::Result<u8> {
    let sides = match read(args, streams) {
        Ok(sides) => sides,
        Err(message) => {
            say(streams, &message);
            return Ok(FAILED);
        }
    };
    let options = Options {
        region: args.region.clone(),
        old_parameters: args.old_parameter.clone(),
        new_parameters: args.parameter_overrides.clone(),
        keep_previous: args.keep_previous,
        stack_tags: args.stack_tag.clone(),
    };
    for (name, _) in args.parameter_overrides.iter().chain(&args.old_parameter) {
        let known = [&sides.0, &sides.1].into_iter().filter_map(Document::root);
        if !known.into_iter().any(|root| root.at(&["Parameters", name]).is_some()) {
            say(streams, &format!("no template has a parameter `{name}`"));
        }
    }
    let found = match diff::diff(&sides.0, &sides.1, &options) {
        Ok(found) => found,
        Err(e) => {
            let line = e.line.map(|line| format!(":{line}")).unwrap_or_default();
            say(streams, &format!("{}{line}: {}", e.name, e.message));
            return Ok(FAILED);
        }
    };
    let color = match args.color {
        super::ColorArg::Auto => streams.color && args.output.is_none(),
        super::ColorArg::Always => true,
        super::ColorArg::Never => false,
    };
    let mut page = Vec::new();
    print(&found, args.format, color, &mut page)?;
    match &args.output {
        Some(path) => {
            if let Err(e) = std::fs::write(path, &page) {
                say(streams, &format!("cannot write {}: {e}", path.display()));
                return Ok(FAILED);
            }
        }
        None => streams.stdout.write_all(&page)?,
    }
    let fails = args.fail_on.iter().any(|what| match what {
        DiffFail::Replace => found.replaces() || found.is_refused(),
        DiffFail::Delete => found.deletes(),
        DiffFail::DataLoss => found.loses_data(),
        DiffFail::Change => !found.is_empty(),
    });
    Ok(if fails { FOUND } else { CLEAN })
}

fn print(found: &Diff, format: DiffFormat, color: bool, out: &mut dyn Write) -> io::Result<()> {
    match format {
        DiffFormat::Text => text::write(found, color, out),
        DiffFormat::Markdown => markdown::write(found, out),
        DiffFormat::Html => html::write(found, out),
        DiffFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, found)?;
            writeln!(out)
        }
        DiffFormat::Changeset => {
            serde_json::to_writer_pretty(&mut *out, &changeset::changeset(found))?;
            writeln!(out)
        }
    }
}

/// Both templates.
fn read(args: &DiffArgs, streams: &mut Streams<'_>) -> Result<(Document, Document), String> {
    match (&args.git, args.files.as_slice()) {
        (Some(revision), [file]) => {
            if file.as_os_str() == "-" {
                return Err("--git needs the name of a file".to_owned());
            }
            let old = at_revision(revision, file)?;
            let new = from_disk(file, streams.stdin)?;
            Ok((old, new))
        }
        (Some(_), _) => Err("with --git, name one file: its old side is the revision".to_owned()),
        (None, [old, new]) => {
            if old == new && old.as_os_str() == "-" {
                return Err("standard input can be one of the two files only".to_owned());
            }
            let old = from_disk(old, streams.stdin)?;
            let new = from_disk(new, streams.stdin)?;
            Ok((old, new))
        }
        (None, _) => Err("name the old and the new template, or one file with --git REVISION".to_owned()),
    }
}

fn from_disk(path: &Path, stdin: &mut dyn Read) -> Result<Document, String> {
    let fail = |e: &dyn std::fmt::Display| format!("cannot read {}: {e}", path.display());
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        stdin.read_to_end(&mut bytes).map_err(|e| fail(&e))?;
        return document("<stdin>".to_owned(), bytes, None);
    }
    bytes = std::fs::read(path).map_err(|e| fail(&e))?;
    document(path.display().to_string(), bytes, Some(path))
}

fn document(name: String, bytes: Vec<u8>, path: Option<&Path>) -> Result<Document, String> {
    let file =
        SourceFile::from_bytes(name.clone(), bytes).map_err(|(e, _)| format!("cannot read {name}: {}", e.message))?;
    let tree = syntax::read(&file);
    let mut document = Document::new(file, DocumentKind::Template, tree);
    if let Some(path) = path {
        super::includes::include(&mut document, path);
        if let Some(root) = &mut document.tree.root {
            transform::include::remove_transforms(root, &document.included);
        }
    }
    Ok(document)
}

/// A file as it was in a revision of the repository that it lies in.
fn at_revision(revision: &str, file: &Path) -> Result<Document, String> {
    // Anything that git could take for an option is no revision.
    if revision.starts_with('-') || revision.contains(':') {
        return Err(format!("`{revision}` is no revision"));
    }
    let (Some(name), folder) = (file.file_name(), file.parent()) else {
        return Err(format!("{} is no file", file.display()));
    };
    if file.components().next_back().is_some_and(|c| c == Component::ParentDir) {
        return Err(format!("{} is no file", file.display()));
    }
    let folder = folder.filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let object = format!("{revision}:./{}", name.to_string_lossy());
    let output = Command::new("git").arg("-C").arg(folder).args(["show", "--end-of-options"]).arg(&object).output();
    let output = match output {
        Ok(output) => output,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err("git is not installed, and --git needs it".to_owned());
        }
        Err(e) => return Err(format!("cannot run git: {e}")),
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let line = said.lines().next().unwrap_or_default();
        return Err(format!("git cannot give {} at `{revision}`: {line}", file.display()));
    }
    document(format!("{}@{revision}", file.display()), output.stdout, Some(file))
}
