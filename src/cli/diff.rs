//! `stacklens diff`: what an update from one template to another would do.

use super::{CLEAN, FAILED, FOUND, Streams, say};
use crate::diff::{self, Diff, Options, changeset, html, markdown, text};
use crate::document::Document;
use clap::{Args, ValueEnum};
use std::io::{self, Write};
use std::path::PathBuf;

mod sides;

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

    #[command(flatten)]
    fetching: super::remote::FetchArgs,

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
    let sides = match args.fetching.sources().and_then(|sources| {
        let sides = sides::read(args, &sources, streams);
        sources.tell(streams);
        sides
    }) {
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
        let known = [&sides.0.document, &sides.1.document].into_iter().filter_map(Document::root);
        if !known.into_iter().any(|root| root.at(&["Parameters", name]).is_some()) {
            say(streams, &format!("no template has a parameter `{name}`"));
        }
    }
    let found = match diff::diff_stacks(&sides.0, &sides.1, &options) {
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
