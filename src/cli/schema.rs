//! `stacklens schema`: what is known about resource types, where it is from, and how to get what is newer.

use super::facts::{self, FactsArgs};
use super::{CLEAN, FAILED, Streams, say};
use crate::schema::{newer, store};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::Path;

mod show;
mod update;

#[derive(Args, Debug)]
pub(super) struct SchemaArgs {
    #[command(subcommand)]
    command: SchemaCommand,
}

#[derive(Subcommand, Debug)]
enum SchemaCommand {
    /// List the resource types that are known
    List(ListArgs),
    /// Print the properties and attributes of a resource type, or what is known about one of its properties
    Show(show::ShowArgs),
    /// Say which facts are in use, how old they are and where newer ones lie
    Info(InfoArgs),
    /// Fetch the schemas that AWS publishes and use what is newer in them from now on
    Update(update::UpdateArgs),
}

#[derive(Args, Debug)]
struct ListArgs {
    /// How the types begin (AWS::S3), or a part of their names
    prefix: Option<String>,

    /// How to print
    #[arg(long, short = 'f', value_enum, default_value_t = SchemaFormat::Text)]
    format: SchemaFormat,
}

#[derive(Args, Debug)]
struct InfoArgs {
    /// How to print
    #[arg(long, short = 'f', value_enum, default_value_t = SchemaFormat::Text)]
    format: SchemaFormat,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum SchemaFormat {
    /// For people
    Text,
    /// JSON
    Json,
}

/// Does what was asked; the exit code.
pub(super) fn run(
    args: &SchemaArgs,
    facts: &FactsArgs,
    file: Option<&Path>,
    streams: &mut Streams<'_>,
) -> io::Result<u8> {
    if !matches!(args.command, SchemaCommand::Update(_)) {
        facts.load(file, streams);
    }
    match &args.command {
        SchemaCommand::List(args) => list(args, streams),
        SchemaCommand::Show(args) => show::run(args, streams),
        SchemaCommand::Info(args) => info(args, file, streams),
        SchemaCommand::Update(args) => update::run(args, file, streams),
    }
}

fn print_json(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

fn list(args: &ListArgs, streams: &mut Streams<'_>) -> io::Result<u8> {
    let wanted = args.prefix.as_deref().unwrap_or_default().to_ascii_lowercase();
    let all: Vec<&str> = store::types().map(|one| one.name()).collect();
    let mut names = all.clone();
    names.retain(|name| name.to_ascii_lowercase().starts_with(&wanted));
    if names.is_empty() {
        names = all;
        names.retain(|name| name.to_ascii_lowercase().contains(&wanted));
    }
    if names.is_empty() {
        say(streams, &format!("no resource type has `{wanted}` in its name"));
        return Ok(FAILED);
    }
    match args.format {
        SchemaFormat::Text => names.iter().try_for_each(|name| writeln!(streams.stdout, "{name}"))?,
        SchemaFormat::Json => print_json(&names.into(), streams.stdout)?,
    }
    Ok(CLEAN)
}

fn info(args: &InfoArgs, file: Option<&Path>, streams: &mut Streams<'_>) -> io::Result<u8> {
    let (date, package) = newer::embedded();
    let types = store::types().count();
    let lying = file.and_then(|file| facts::read(file).ok().flatten()).and_then(|bytes| newer::look(&bytes).ok());
    let used = newer::in_use();
    if args.format == SchemaFormat::Json {
        let value = json!({
            "version": 1,
            "embedded": { "date": date, "package": package },
            "newer": lying.as_ref().map(|(about, _)| about),
            "newer_in_use": used.is_some(),
            "types": types,
            "regions": store::regions().count(),
            "file": file.map(|file| file.display().to_string()),
        });
        print_json(&value, streams.stdout)?;
        return Ok(CLEAN);
    }
    let out = &mut *streams.stdout;
    writeln!(out, "in use          {types} resource types, {} regions", store::regions().count())?;
    writeln!(out, "of the program  {date}, from {package}")?;
    match lying {
        None => writeln!(out, "newer           none")?,
        Some((about, _)) => {
            let date = about.date.as_deref().unwrap_or("date unknown");
            let used = if used.is_some() { "in use" } else { "not in use" };
            writeln!(out, "newer           {date}, {used}, from {}", about.source)?;
            writeln!(out, "                sha256 {}", about.sha256)?;
            writeln!(out, "                {}", update::gained(&about))?;
        }
    }
    match file {
        Some(file) => writeln!(out, "cache           {}", file.display())?,
        None => writeln!(out, "cache           no folder is known: name one with --cache")?,
    }
    Ok(CLEAN)
}
