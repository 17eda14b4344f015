//! `stacklens graph`: what a template builds, as a picture.

use super::gather::{Input, gather};
use super::remote::Sources;
use super::stacks::Origin;
use super::{CLEAN, FAILED, Streams, say};
use crate::document::{self, Document, DocumentKind, Stack};
use crate::explain::{ExplainOptions, Model};
use crate::markup;
use crate::picture::{self, Picture, Show, SvgOptions};
use crate::source::SourceFile;
use crate::syntax::{self, MAX_FILE_BYTES};
use clap::{Args, ValueEnum};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
pub(super) struct GraphArgs {
    /// Templates, or folders whose templates are drawn together; `-` is standard input
    #[arg(required = true)]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    fetching: super::remote::FetchArgs,

    /// How to print
    #[arg(long, value_enum, default_value_t = GraphFormat::Text)]
    format: GraphFormat,

    /// Only this resource and what is near it
    #[arg(long, value_name = "ID")]
    around: Vec<String>,

    /// How many arrows away is near
    #[arg(long, value_name = "N", default_value_t = 1, requires = "around")]
    depth: usize,

    /// Show the conditions of resources and arrows
    #[arg(long)]
    guards: bool,

    /// Put resources that can be made at the same time together (text and SVG always do)
    #[arg(long)]
    waves: bool,

    /// Leave out what does not exist with these parameter values
    #[arg(long)]
    existing: bool,

    /// The region
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    region: String,

    /// A parameter value; may be given several times
    #[arg(long, visible_alias = "parameter-overrides", value_name = "KEY=VALUE", value_parser = super::key_value)]
    parameter: Vec<(String, String)>,

    /// Write to a file
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum GraphFormat {
    /// For people: waves, resources, what each waits for
    Text,
    /// Graphviz
    Dot,
    /// Mermaid, for Markdown
    Mermaid,
    /// A drawing
    Svg,
    /// A page with the drawing
    Html,
}

/// Draws what was asked; the exit code.
pub(super) fn run(args: &GraphArgs, streams: &mut Streams<'_>) -> io::Result<u8> {
    let options =
        ExplainOptions { region: args.region.clone(), parameters: args.parameter.clone(), ..ExplainOptions::default() };
    let sources = match args.fetching.sources() {
        Ok(sources) => sources,
        Err(message) => {
            say(streams, &message);
            return Ok(FAILED);
        }
    };
    let mut failed = false;
    let mut models = Vec::new();
    for input in gather(&args.paths) {
        match read(&input, streams.stdin, &sources) {
            Ok(Some(stack)) => models.push(Model::of_stack(&stack, &options)),
            Ok(None) => {}
            Err(message) => {
                failed = true;
                say(streams, &message);
            }
        }
    }
    sources.tell(streams);
    if models.is_empty() {
        if !failed {
            say(streams, "there is no template here");
        }
        return Ok(FAILED);
    }
    let mut picture = Picture::of(&models);
    if !args.around.is_empty() {
        picture = match picture.around(&args.around, args.depth) {
            Ok(picture) => picture,
            Err(name) => {
                let known = picture.nodes.iter().map(|node| node.name.as_str());
                let meant = crate::nearest::nearest(&name, known);
                let hint = meant.map(|m| format!(" (did you mean `{m}`?)")).unwrap_or_default();
                say(streams, &format!("there is no resource `{name}`{hint}"));
                return Ok(FAILED);
            }
        };
    }
    if args.existing {
        picture = picture.existing();
    }
    let text = print(&picture, args);
    match &args.output {
        Some(path) => std::fs::write(path, text)?,
        None => streams.stdout.write_all(text.as_bytes())?,
    }
    Ok(if failed { FAILED } else { CLEAN })
}

fn print(picture: &Picture, args: &GraphArgs) -> String {
    let show = Show { guards: args.guards, waves: args.waves };
    match args.format {
        GraphFormat::Text => picture.tree(show),
        GraphFormat::Dot => picture.dot(show),
        GraphFormat::Mermaid => picture.mermaid(show),
        GraphFormat::Svg => picture::svg(picture, SvgOptions { show, ..SvgOptions::default() }),
        GraphFormat::Html => {
            let title = picture.files.join(", ");
            let body = format!(
                "<h1>{}</h1>\n<div class=\"drawing\">{}</div>\n<h2>The same as text</h2>\n<pre>{}</pre>\n",
                markup::text(&title),
                picture::svg(picture, SvgOptions { show, embedded: true, cards: false }),
                markup::text(&picture.tree(show))
            );
            let style = format!(".drawing,pre{{overflow:auto}}{}", picture::STYLE);
            markup::page(&title, &style, "", &body)
        }
    }
}

/// The template behind an input; none when a walk found something else.
fn read(input: &Input, stdin: &mut dyn Read, sources: &Sources) -> Result<Option<Stack>, String> {
    let name = input.name();
    let bytes = match input {
        Input::Stdin => super::input::limited(stdin),
        Input::Named(path) | Input::Found(path) => super::input::limited_file(path),
        Input::Failed(_, message) => return Err(format!("cannot read `{name}`: {message}")),
    };
    let bytes = bytes.map_err(|e| format!("cannot read `{name}`: {e}"))?;
    let found = matches!(input, Input::Found(_));
    if bytes.len() > MAX_FILE_BYTES || found && !document::may_be_known(&name, &bytes) {
        return if found { Ok(None) } else { Err(format!("`{name}` is too large")) };
    }
    let file = match SourceFile::from_bytes(name.clone(), bytes) {
        Ok(file) => file,
        Err(_) if found => return Ok(None),
        Err((error, _)) => return Err(format!("cannot read `{name}`: {}", error.message)),
    };
    let tree = syntax::read(&file);
    match document::recognize(&file.name, &tree) {
        Some(DocumentKind::Template) => {}
        _ if found => return Ok(None),
        Some(other) => return Err(format!("`{name}` is no template but {}", other.as_str())),
        None if tree.root.is_none() => return Err(format!("`{name}` cannot be read; `stacklens check` says why")),
        None => return Err(format!("`{name}` is not recognised as a template")),
    }
    let document = Document::new(file, DocumentKind::Template, tree);
    Ok(Some(match input {
        Input::Stdin => Stack { document, nested: BTreeMap::new() },
        _ => super::stacks::open(document, Path::new(&name), Origin::disk(sources)),
    }))
}
