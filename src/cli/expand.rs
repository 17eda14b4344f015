//! `stacklens expand`: the template that AWS would deploy.

mod yaml;

use super::{CLEAN, ExpandArgs, ExpandFormat, FAILED, FOUND, Streams, say};
use crate::document::{self, Document, DocumentKind};
use crate::source::SourceFile;
use crate::syntax::{self, Node};
use crate::transform::packaged::{self, Upload};
use crate::transform::{self, ExpandOptions, Expansion, python_text, sam::errors::Owner, tree};
use serde_json::{Map, Value, json};
use std::io::{self, Read};
use std::path::Path;

/// Expands a file and prints it; the exit code.
pub(super) fn run(args: &ExpandArgs, streams: &mut Streams<'_>) -> io::Result<u8> {
    let mut pairs = Vec::new();
    let mut path = args.file.clone();
    for text in &args.parameter_overrides {
        match super::key_value(text) {
            Ok(pair) => pairs.push(pair),
            // `--parameter-overrides A=1 B=2 FILE`: the file ends the list.
            Err(_) if path.is_none() => path = Some(text.into()),
            Err(e) => {
                say(streams, &format!("`{text}` is no parameter value: {e}"));
                return Ok(FAILED);
            }
        }
    }
    let Some(path) = path else {
        say(streams, "name the template to expand; `-` is standard input");
        return Ok(FAILED);
    };
    let sources = match args.fetching.sources() {
        Ok(sources) => sources,
        Err(message) => {
            say(streams, &message);
            return Ok(FAILED);
        }
    };
    let file = match read(&path, streams.stdin) {
        Ok(file) => file,
        Err(message) => {
            say(streams, &format!("cannot read {}: {message}", path.display()));
            return Ok(FAILED);
        }
    };
    let tree = syntax::read(&file);
    let mut document = Document::new(file, DocumentKind::Template, tree);
    if path.as_os_str() != "-" {
        super::includes::settle(&mut document, &path, &sources);
        sources.tell(streams);
    }
    if let Some(found) = syntax_errors(&document) {
        return print_errors(args, &document, found, streams);
    }
    let Some(root) = document.root() else {
        say(streams, "the template is empty");
        return Ok(FAILED);
    };
    if let Some(other) = other_kind(&document) {
        say(streams, &format!("{} is {other}", document.file.name));
        return Ok(FAILED);
    }
    say_unknown_parameters(root, &pairs, streams);
    let folder = path.parent().unwrap_or(Path::new(""));
    let packaged = packaged::present(root, &|path| !path.is_empty() && folder.join(path).exists());
    let options = ExpandOptions { region: args.region.clone(), parameters: pairs, resolve: args.resolve };
    let mut expansion = transform::expand(&packaged.root, &options);
    for error in &mut expansion.errors {
        if let Some(upload) = packaged.absent.iter().find(|u| u.span == error.span) {
            error.message += &format!("; there is no file or folder `{}` beside the template either", upload.path);
        }
    }
    if !expansion.problems.is_empty() {
        let found = expansion.problems.iter().map(|p| {
            let mut object = Map::new();
            object.insert("rule".into(), "E0001".into());
            object.insert("message".into(), p.message.as_str().into());
            place(&document.file, p.span.start, &mut object);
            object
        });
        return print_errors(args, &document, found.collect(), streams);
    }
    if let Some(span) = expansion.over_budget {
        let line = document.file.position(span.start).line;
        say(streams, &format!("the loops from line {line} on make too many entries; they are left as they are"));
    }
    if !expansion.errors.is_empty() {
        let found = expansion.errors.iter().map(|e| {
            let mut object = Map::new();
            object.insert("rule".into(), "sam".into());
            object.insert("message".into(), e.message.as_str().into());
            match &e.owner {
                Owner::Resource(id) => object.insert("logicalId".into(), id.as_str().into()),
                Owner::Event(id) => object.insert("eventId".into(), id.as_str().into()),
                Owner::Globals => object.insert("logicalId".into(), "Globals".into()),
                Owner::Template => None,
            };
            place(&document.file, e.span.start, &mut object);
            object
        });
        return print_errors(args, &document, found.collect(), streams);
    }
    say_packaged(&document.file, &packaged.uploads, streams);
    say_applications(&document.file, root, streams);
    match args.format {
        ExpandFormat::Json => print_json(args, &document.file, &expansion, streams)?,
        ExpandFormat::Yaml => print_yaml(args, &document.file, &expansion, streams)?,
    }
    Ok(CLEAN)
}

/// What a file is in words, if it is no template.
fn other_kind(document: &Document) -> Option<&'static str> {
    match document::recognize(&document.file.name, &document.tree) {
        Some(DocumentKind::AppSpec) => Some("an AppSpec, no template"),
        Some(DocumentKind::Buildspec) => Some("a buildspec, no template"),
        Some(DocumentKind::TaskDefinition) => Some("a task definition, no template"),
        Some(DocumentKind::StateMachine) => Some("a definition of Step Functions, no template"),
        Some(DocumentKind::Beanstalk) => Some("a configuration file of Elastic Beanstalk, no template"),
        _ if document.root()?.as_map().is_none() => Some("no template: a template is a map with `Resources`"),
        _ => None,
    }
}

/// Says which of the given parameter values are of no parameter.
fn say_unknown_parameters(root: &Node, given: &[(String, String)], streams: &mut Streams<'_>) {
    let known: Vec<&str> = match root.get("Parameters").map(Node::as_map) {
        Some(Some(parameters)) => parameters.iter().map(|p| &*p.key.text).collect(),
        _ => Vec::new(),
    };
    for (name, _) in given.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
        let meant = crate::nearest::nearest(name, known.iter().copied());
        let hint = meant.map(|m| format!("; did you mean `{m}`?")).unwrap_or_default();
        say(streams, &format!("the template has no parameter `{name}`{hint}"));
    }
}

/// Says which local paths stand for what `sam package` uploads.
fn say_packaged(file: &SourceFile, uploads: &[Upload], streams: &mut Streams<'_>) {
    let Some(first) = uploads.first() else { return };
    let line = file.position(first.span.start).line;
    let more = match uploads.len() - 1 {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let text = format!(
        "`{}: {}` in line {line}{more}: a local path stands as an address in the bucket `packaged`; `sam package` puts \
         the real one, and ids that hash it (versions, layers) change with it",
        first.property, first.path
    );
    say(streams, &text);
}

/// Says which resources stand for applications of the repository, which cannot be looked up offline.
fn say_applications(file: &SourceFile, root: &Node, streams: &mut Streams<'_>) {
    for e in root.get("Resources").and_then(Node::as_map).unwrap_or_default() {
        let location = e.value.at(&["Properties", "Location"]);
        let application = e.value.get("Type").and_then(Node::as_str) == Some("AWS::Serverless::Application");
        if application && location.is_some_and(|l| l.get("ApplicationId").is_some()) {
            let line = file.position(e.key.span.start).line;
            let text = format!(
                "`{}` in line {line} is an application of the Serverless Application Repository: a nested stack whose \
                 template is not known offline, so its `TemplateURL` is empty",
                e.key.text
            );
            say(streams, &text);
        }
    }
}

fn read(path: &Path, stdin: &mut dyn Read) -> Result<SourceFile, String> {
    let (name, bytes) = super::input::whole(path, stdin)?;
    SourceFile::from_bytes(name, bytes).map_err(|(e, _)| e.message)
}

fn place(file: &SourceFile, offset: u32, object: &mut Map<String, Value>) {
    let at = file.position(offset);
    object.insert("line".into(), at.line.into());
    object.insert("column".into(), at.column.into());
}

/// What the reader met, unless it can be lived with.
fn syntax_errors(document: &Document) -> Option<Vec<Map<String, Value>>> {
    let fatal = |e: &&syntax::SyntaxError| e.kind != syntax::SyntaxErrorKind::DuplicateKey;
    let found = document.tree.errors.iter().filter(fatal).map(|e| {
        let mut object = Map::new();
        object.insert("rule".into(), "syntax".into());
        object.insert("message".into(), e.message.as_str().into());
        place(&document.file, e.span.start, &mut object);
        object
    });
    let found: Vec<_> = found.collect();
    (!found.is_empty()).then_some(found)
}

fn print_errors(
    args: &ExpandArgs,
    document: &Document,
    found: Vec<Map<String, Value>>,
    streams: &mut Streams<'_>,
) -> io::Result<u8> {
    if args.format == ExpandFormat::Json {
        serde_json::to_writer_pretty(&mut *streams.stdout, &json!({ "errors": found }))?;
        writeln!(streams.stdout)?;
        return Ok(FOUND);
    }
    for object in &found {
        let text = |key: &str| object.get(key).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
        let (line, column) = (text("line").unwrap_or_default(), text("column").unwrap_or_default());
        let message = text("message").unwrap_or_default();
        let owner = text("logicalId").or(text("eventId")).map(|id| format!("{id}: ")).unwrap_or_default();
        writeln!(streams.stderr, "{}:{line}:{column}: error: {owner}{message}", document.file.name)?;
    }
    Ok(FOUND)
}

fn print_json(
    args: &ExpandArgs,
    file: &SourceFile,
    expansion: &Expansion,
    streams: &mut Streams<'_>,
) -> io::Result<()> {
    let template = python_text::json(&tree::value(&expansion.root), python_text::READABLE);
    if !args.origins {
        return writeln!(streams.stdout, "{template}");
    }
    let origins = expansion.origins.iter().map(|o| {
        let at = file.position(o.span.start);
        let value = json!({ "file": file.name, "line": at.line, "column": at.column, "step": o.step });
        (o.path.join("."), value)
    });
    let origins = serde_json::to_string_pretty(&origins.collect::<Map<_, _>>())?;
    writeln!(streams.stdout, "{{\n\"template\": {template},\n\"origins\": {origins}\n}}")
}

fn print_yaml(
    args: &ExpandArgs,
    file: &SourceFile,
    expansion: &Expansion,
    streams: &mut Streams<'_>,
) -> io::Result<()> {
    let mut text = String::new();
    for section in expansion.root.as_map().unwrap_or_default() {
        let name = &*section.key.text;
        let entries = section.value.as_map().filter(|e| args.origins && name == "Resources" && !e.is_empty());
        let Some(entries) = entries else {
            yaml::entry(name, &section.value, 0, &mut text);
            continue;
        };
        text += "Resources:\n";
        for e in entries {
            if let Some(origin) = expansion.origins.iter().find(|o| o.path == [name, &*e.key.text]) {
                let line = file.position(origin.span.start).line;
                text += &format!("  # from {}:{line} {}\n", file.name, origin.step);
            }
            yaml::entry(&e.key.text, &e.value, 2, &mut text);
        }
    }
    if expansion.root.as_map().is_none_or(<[_]>::is_empty) {
        yaml::write(&expansion.root, 0, &mut text);
    }
    streams.stdout.write_all(text.as_bytes())
}
