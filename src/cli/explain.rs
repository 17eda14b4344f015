//! `stacklens explain`: what a file is, builds and does; and what a term means.

use super::remote::Sources;
use super::stacks::{self, Origin};
use super::{CLEAN, FAILED, Streams, say};
use crate::document::{self, Document, DocumentKind, Stack};
use crate::explain::view::{Level, Part, Section};
use crate::explain::{Around, ExplainOptions, Model, markdown, overview, queries, scenario, terms, text};
use crate::rule::suggest;
use crate::source::SourceFile;
use crate::{page, rules, syntax};
use clap::{Args, ValueEnum};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Most entries of the file's folder that are looked at for imports.
const MOST_BESIDE: usize = 500;
/// Largest file that is looked at for imports.
const LARGEST_BESIDE: u64 = 1 << 20;

/// The arguments.
#[derive(Args, Debug)]
pub(super) struct ExplainArgs {
    /// Files to explain; `-` is standard input. Or one term: AWS::EC2::Subnet, AWS::EC2::Subnet.CidrBlock, Fn::Sub,
    /// AWS::Region, BeforeInstall, post_build, E3002
    #[arg(value_name = "FILE|TERM")]
    targets: Vec<String>,

    #[command(flatten)]
    fetching: super::remote::FetchArgs,

    /// How to print
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    format: ExplainFormat,

    /// How much to say
    #[arg(long, value_enum, default_value_t = LevelArg::Normal)]
    level: LevelArg,

    /// Print only this part
    #[arg(long, value_enum, value_name = "NAME", value_delimiter = ',')]
    section: Vec<SectionArg>,

    /// Why this resource, parameter, condition or output is there, with the source of every claim
    #[arg(long, value_name = "ID")]
    why: Option<String>,

    /// Who uses this resource or parameter
    #[arg(long, value_name = "ID")]
    who_uses: Option<String>,

    /// How two resources hang together
    #[arg(long, num_args = 2, value_names = ["A", "B"])]
    path: Vec<String>,

    /// What other parameter values would change
    #[arg(long, value_name = "KEY=VALUE", value_parser = super::key_value)]
    what_if: Vec<(String, String)>,

    /// Which construct answers a situation, such as "stop cold starts", and where it is in the file; `list` lists them
    #[arg(long, value_name = "TEXT|list")]
    scenario: Option<String>,

    /// Print an IAM policy with what a deployment may need, at most
    #[arg(long)]
    permissions: bool,

    /// Parameter values
    #[arg(long, visible_alias = "param", value_name = "KEY=VALUE", num_args = 1..)]
    parameter_overrides: Vec<String>,

    /// The region to explain for
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    region: String,

    /// The name of the stack
    #[arg(long, value_name = "NAME")]
    stack_name: Option<String>,

    /// The date that counts as today, for runtimes and schedules
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = super::date)]
    as_of: Option<String>,

    /// What the file is, instead of recognising it
    #[arg(long, value_enum)]
    kind: Option<super::KindArg>,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum ExplainFormat {
    /// For a terminal
    Text,
    /// For a pull request
    #[value(alias = "md")]
    Markdown,
    /// The model
    Json,
    /// One page with the picture, the file and a card for each resource
    Html,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum LevelArg {
    /// A few sentences
    Brief,
    /// What will exist and what to take care of
    Normal,
    /// Everything
    Full,
    /// Everything, and what each part is for
    Teach,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum SectionArg {
    /// The file in short
    Short,
    /// What a transform made of it
    Origins,
    /// What will exist, in order
    Order,
    /// The nested stacks
    Stacks,
    /// What parameters do
    Params,
    /// What conditions switch
    Conditions,
    /// What to take care of
    Risk,
    /// What happens step by step
    Steps,
    /// Capabilities and permissions
    Iam,
    /// What happens on failure and deletion
    Life,
    /// Outputs and exports
    Outputs,
    /// Physical names
    Names,
    /// Limits
    Limits,
    /// One card per resource
    Resources,
    /// What each part is for
    Teach,
}

impl SectionArg {
    fn part(self) -> Part {
        match self {
            SectionArg::Short => Part::Short,
            SectionArg::Origins => Part::Origins,
            SectionArg::Order => Part::Order,
            SectionArg::Stacks => Part::Stacks,
            SectionArg::Params => Part::Parameters,
            SectionArg::Conditions => Part::Scenarios,
            SectionArg::Risk => Part::Risk,
            SectionArg::Steps => Part::Steps,
            SectionArg::Iam => Part::Iam,
            SectionArg::Life => Part::Life,
            SectionArg::Outputs => Part::Outputs,
            SectionArg::Names => Part::Names,
            SectionArg::Limits => Part::Limits,
            SectionArg::Resources => Part::Resources,
            SectionArg::Teach => Part::Teach,
        }
    }
}

/// Explains files or a term; the exit code.
pub(super) fn run(args: &ExplainArgs, streams: &mut Streams<'_>) -> io::Result<u8> {
    let mut targets = args.targets.clone();
    let mut parameters = Vec::new();
    for given in &args.parameter_overrides {
        match super::key_value(given) {
            Ok(pair) => parameters.push(pair),
            // `--parameter-overrides A=1 B=2 FILE`: files end the list.
            Err(_) if Path::new(given).exists() => targets.push(given.clone()),
            Err(e) => {
                say(streams, &format!("`{given}` is no parameter value: {e}"));
                return Ok(FAILED);
            }
        }
    }
    if let Some(asked) = args.scenario.as_deref().filter(|s| targets.is_empty() || *s == "list") {
        return situation(args, asked, None, streams);
    }
    if targets.is_empty() {
        say(streams, "name a file to explain, or a term such as AWS::EC2::Subnet, Fn::Sub or BeforeInstall");
        return Ok(FAILED);
    }
    if !crate::schema::store::is_region(&args.region) {
        say(
            streams,
            &format!(
                "`{}` is no region that is known{}",
                args.region,
                meant(&args.region, crate::schema::store::regions())
            ),
        );
        return Ok(FAILED);
    }
    let sources = match args.fetching.sources() {
        Ok(sources) => sources,
        Err(message) => {
            say(streams, &message);
            return Ok(FAILED);
        }
    };
    let mut options = options(args, parameters);
    let mut code = CLEAN;
    let several = targets.len() > 1;
    let mut models = Vec::new();
    for target in &targets {
        if target != "-" && !Path::new(target).exists() {
            code = code.max(term(target, streams)?);
            continue;
        }
        if Path::new(target).is_dir() {
            code = code.max(overview(target, args, &options, streams)?);
            continue;
        }
        let Some(stack) = read(target, args, &sources, streams) else {
            code = FAILED;
            continue;
        };
        if options.lessons && target != "-" && stack.document.kind == DocumentKind::Template {
            options.imports = Some(imports_beside(Path::new(target)));
        }
        let model = model(target, &stack, &options);
        if let Some(unknown) =
            options.parameters.iter().find(|p| model.is_template() && model.parameters.iter().all(|m| m.name != p.0))
        {
            let names = model.parameters.iter().map(|p| p.name.as_str());
            say(streams, &format!("{target} has no parameter `{}`{}", unknown.0, meant(&unknown.0, names)));
            code = FAILED;
            continue;
        }
        if several && args.format == ExplainFormat::Json && !asks(args) {
            models.push(model);
            continue;
        }
        code = code.max(answer(args, &stack, &model, &options, streams)?);
    }
    sources.tell(streams);
    if !models.is_empty() {
        serde_json::to_writer_pretty(&mut *streams.stdout, &models)?;
        writeln!(streams.stdout)?;
    }
    Ok(code)
}

fn options(args: &ExplainArgs, parameters: Vec<(String, String)>) -> ExplainOptions {
    ExplainOptions {
        region: args.region.clone(),
        stack_name: args.stack_name.clone(),
        parameters,
        lessons: args.level == LevelArg::Teach || args.section.contains(&SectionArg::Teach) || args.scenario.is_some(),
        as_of: args.as_of.clone().unwrap_or_else(|| crate::settings::FACTS_DATE.to_owned()),
        imports: None,
    }
}

/// What the other templates of the folder import; the file itself and larger ones are left out.
fn imports_beside(path: &Path) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = std::fs::read_dir(folder) else { return out };
    let mut files: Vec<PathBuf> = entries
        .take(MOST_BESIDE)
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.file_name() != path.file_name() && super::gather::is_candidate(p))
        .filter(|p| p.metadata().is_ok_and(|m| m.is_file() && m.len() <= LARGEST_BESIDE))
        .collect();
    files.sort();
    for file in files {
        let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(source) = std::fs::read(&file).ok().and_then(|b| SourceFile::from_bytes(&*name, b).ok()) else {
            continue;
        };
        // Most files do not import anything: those need not be read as YAML.
        if !source.text.contains("ImportValue") {
            continue;
        }
        let tree = syntax::read(&source);
        if document::recognize(&name, &tree) == Some(DocumentKind::Template) {
            let other = Document::new(source, DocumentKind::Template, tree);
            let imports = other.root().map(crate::bundle::exports::imports_of).unwrap_or_default();
            out.extend(imports.into_iter().map(|i| (name.clone(), i.1)));
        }
    }
    out
}

fn asks(args: &ExplainArgs) -> bool {
    args.why.is_some()
        || args.who_uses.is_some()
        || !args.path.is_empty()
        || !args.what_if.is_empty()
        || args.permissions
        || args.scenario.is_some()
}

fn meant<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    suggest::nearest(name, candidates).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default()
}

/// The model of a document, with what its neighbours say of it.
fn model(target: &str, stack: &Stack, options: &ExplainOptions) -> Model {
    let nested = Around { nested: Some(&stack.nested), ..Around::default() };
    let crossed = || {
        super::bundles::around(Path::new(target), &stack.document, |bundle, path| {
            let path = bundle.paths().find(|p| *p == path)?;
            Some(Model::within(&stack.document, options, Around { bundle: Some((bundle, path)), ..nested }))
        })
    };
    let crossed = if target != "-" && overview::gains(&stack.document) { crossed().flatten() } else { None };
    crossed.unwrap_or_else(|| Model::within(&stack.document, options, nested))
}

/// Says what is in a folder; the exit code.
fn overview(target: &str, args: &ExplainArgs, options: &ExplainOptions, streams: &mut Streams<'_>) -> io::Result<u8> {
    if asks(args) {
        say(streams, &format!("{target} is a folder; questions are answered about one file"));
        return Ok(FAILED);
    }
    let name = target.trim_end_matches('/');
    let found = super::bundles::folder(Path::new(target), |bundle| {
        let any = bundle.paths().next().is_some();
        any.then(|| overview::sections(bundle, name, options))
    });
    match found.flatten() {
        Some(sections) => print(args, &sections, streams),
        None => {
            say(streams, &format!("there is no template, AppSpec, buildspec or task definition in {target}"));
            Ok(FAILED)
        }
    }
}

fn read(target: &str, args: &ExplainArgs, sources: &Sources, streams: &mut Streams<'_>) -> Option<Stack> {
    let path = PathBuf::from(target);
    let (name, bytes) = match super::input::whole(&path, streams.stdin) {
        Ok(read) => read,
        Err(e) => {
            say(streams, &format!("cannot read {target}: {e}"));
            return None;
        }
    };
    let file = match SourceFile::from_bytes(name.as_str(), bytes) {
        Ok(file) => file,
        Err((e, _)) => {
            say(streams, &format!("cannot read {target}: {}", e.message));
            return None;
        }
    };
    let tree = document::read(&file);
    if let Some(error) = tree.errors.iter().find(|e| e.kind != syntax::SyntaxErrorKind::DuplicateKey) {
        let line = file.position(error.span.start).line;
        say(streams, &format!("{name}:{line}: {}; `stacklens check` says more", error.message));
        return None;
    }
    let Some(kind) = args.kind.map(super::KindArg::kind).or_else(|| document::recognize(&name, &tree)) else {
        say(streams, &format!("{name} is not recognised as a template, AppSpec or buildspec; --kind says what it is"));
        return None;
    };
    let document = Document::new(file, kind, tree);
    if target == "-" || kind != DocumentKind::Template {
        return Some(Stack { document, nested: BTreeMap::new() });
    }
    Some(stacks::open(document, &path, Origin::disk(sources)))
}

fn answer(
    args: &ExplainArgs,
    stack: &Stack,
    model: &Model,
    options: &ExplainOptions,
    streams: &mut Streams<'_>,
) -> io::Result<u8> {
    if let Some(asked) = &args.scenario {
        return situation(args, asked, Some((model, &stack.document.file.text)), streams);
    }
    if asks(args) {
        return ask(args, stack, model, options, streams);
    }
    let level = match args.level {
        LevelArg::Brief => Level::Brief,
        LevelArg::Normal => Level::Normal,
        LevelArg::Full => Level::Full,
        LevelArg::Teach => Level::Teach,
    };
    let only: Vec<Part> = args.section.iter().map(|s| s.part()).collect();
    match args.format {
        ExplainFormat::Text => streams.stdout.write_all(text::render(model, level, &only).as_bytes())?,
        ExplainFormat::Markdown => streams.stdout.write_all(markdown::render(model, level, &only).as_bytes())?,
        ExplainFormat::Html => {
            streams.stdout.write_all(page::render(model, &stack.document.file.text, level, &only).as_bytes())?;
        }
        ExplainFormat::Json => {
            serde_json::to_writer_pretty(&mut *streams.stdout, model)?;
            writeln!(streams.stdout)?;
        }
    }
    Ok(CLEAN)
}

fn ask(
    args: &ExplainArgs,
    stack: &Stack,
    model: &Model,
    options: &ExplainOptions,
    streams: &mut Streams<'_>,
) -> io::Result<u8> {
    if !model.is_template() {
        say(streams, "questions are answered about templates only");
        return Ok(FAILED);
    }
    if args.permissions {
        serde_json::to_writer_pretty(&mut *streams.stdout, &queries::policy(model))?;
        writeln!(streams.stdout)?;
        return Ok(CLEAN);
    }
    let known = queries::names(model);
    let asked = args.why.iter().chain(&args.who_uses).chain(&args.path);
    for name in asked {
        if !known.contains(&name.as_str()) {
            say(streams, &format!("{} has no `{name}`{}", model.file.path, meant(name, known.iter().copied())));
            return Ok(FAILED);
        }
    }
    let mut sections = Vec::new();
    sections.extend(args.why.iter().filter_map(|id| queries::why(model, id)).flatten());
    sections.extend(args.who_uses.iter().flat_map(|id| queries::who_uses(model, id)));
    if let [a, b] = args.path.as_slice() {
        match queries::path(model, a, b) {
            Some(found) => sections.extend(found),
            None => {
                say(streams, "--path is between two resources");
                return Ok(FAILED);
            }
        }
    }
    if !args.what_if.is_empty() {
        for (name, _) in &args.what_if {
            if !model.parameters.iter().any(|p| p.name == *name) {
                let names = model.parameters.iter().map(|p| p.name.as_str());
                say(streams, &format!("{} has no parameter `{name}`{}", model.file.path, meant(name, names)));
                return Ok(FAILED);
            }
        }
        let mut other = options.clone();
        other.parameters.extend(args.what_if.iter().cloned());
        sections.extend(queries::what_if(model, &Model::of_stack(stack, &other)));
    }
    print(args, &sections, streams)
}

/// Prints the construct that answers a situation; the exit code.
fn situation(
    args: &ExplainArgs,
    asked: &str,
    file: Option<(&Model, &str)>,
    streams: &mut Streams<'_>,
) -> io::Result<u8> {
    if asked == "list" {
        return print(args, &[scenario::list()], streams);
    }
    let found = scenario::matching(asked);
    if found.is_empty() {
        say(streams, &format!("no situation is known for `{asked}`; `--scenario list` lists them"));
        return Ok(FAILED);
    }
    let sections: Vec<Section> = found.into_iter().map(|s| scenario::answer(s, file)).collect();
    print(args, &sections, streams)
}

/// The names that a question is about.
fn asked_about(args: &ExplainArgs) -> Vec<&str> {
    args.why.iter().chain(&args.who_uses).chain(&args.path).map(String::as_str).collect()
}

/// Prints sections that are an answer; the exit code.
fn print(args: &ExplainArgs, sections: &[Section], streams: &mut Streams<'_>) -> io::Result<u8> {
    match args.format {
        ExplainFormat::Markdown => streams.stdout.write_all(markdown::render_sections(sections).as_bytes())?,
        ExplainFormat::Json => {
            serde_json::to_writer_pretty(&mut *streams.stdout, sections)?;
            writeln!(streams.stdout)?;
        }
        ExplainFormat::Html => streams.stdout.write_all(page::answer(sections, &asked_about(args)).as_bytes())?,
        ExplainFormat::Text => streams.stdout.write_all(text::render_sections(sections).trim_start().as_bytes())?,
    }
    Ok(CLEAN)
}

/// Prints what a term means; the exit code.
fn term(name: &str, streams: &mut Streams<'_>) -> io::Result<u8> {
    if let Some(rule) = rules::all().find(|r| r.id.eq_ignore_ascii_case(name) || r.name == name) {
        streams.stdout.write_all(rule.page.as_bytes())?;
        return Ok(CLEAN);
    }
    if let Some(found) = terms::explain(name) {
        streams.stdout.write_all(found.as_bytes())?;
        return Ok(CLEAN);
    }
    let looks_like_file = name.contains('/')
        || name.contains('\\')
        || [".yaml", ".yml", ".json", ".template"].iter().any(|e| name.ends_with(e));
    if looks_like_file && !name.contains("::") {
        say(streams, &format!("there is no file {name}"));
        return Ok(FAILED);
    }
    let candidates = terms::nearest(name);
    let candidates = candidates.or_else(|| {
        let rules: Vec<&str> = rules::all().flat_map(|r| [r.id, r.name]).collect();
        suggest::nearest(name, rules).map(str::to_owned)
    });
    let meant = candidates.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
    say(streams, &format!("`{name}` is neither a file nor a term that is known{meant}"));
    Ok(FAILED)
}
