//! The command line: what can be asked, and one module per command.

mod baseline;
mod bundles;
mod cfn_lint;
mod check;
mod config;
mod diff;
mod expand;
mod explain;
mod explain_config;
mod facts;
mod fix;
mod gather;
mod graph;
mod includes;
mod input;
mod progress;
mod remote;
mod rule;
mod schema;
mod selection;
mod shell;
mod stacks;
mod watch;

use clap::{ArgMatches, Args, FromArgMatches, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;

/// The answer is that there is nothing to report.
const CLEAN: u8 = 0;
/// Something was found.
const FOUND: u8 = 1;
/// The program could not do its work.
const FAILED: u8 = 2;

#[derive(Parser, Debug)]
#[command(name = "stacklens", version, about = "Checks the files that AWS is deployed with", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    facts: facts::FactsArgs,
}

/// What is asked.
#[derive(Debug)]
enum Command {
    Check(Box<CheckArgs>),
    Expand(ExpandArgs),
    Explain(explain::ExplainArgs),
    Diff(diff::DiffArgs),
    Rule(rule::RuleArgs),
    Schema(schema::SchemaArgs),
    Graph(graph::GraphArgs),
    Completions(shell::CompletionsArgs),
    Man,
}

/// The name of a command, what it does, and its arguments.
type Entry = (&'static str, &'static str, fn(clap::Command) -> clap::Command);

/// The commands. The arguments of one are made only when it is asked for: making those of all takes longer than checking a
/// small template.
const COMMANDS: &[Entry] = &[
    ("check", "Check CloudFormation and SAM templates, AppSpec files and buildspecs", CheckArgs::augment_args),
    ("expand", "Print the CloudFormation template that a SAM template expands to", ExpandArgs::augment_args),
    (
        "explain",
        "Say what a file builds and does, in which order, and what a change would do; or what a term means",
        explain::ExplainArgs::augment_args,
    ),
    (
        "diff",
        "Say what an update from one template to another would do: what is replaced, removed, lost",
        diff::DiffArgs::augment_args,
    ),
    ("rule", "Print the page of a rule, or the list of all rules", rule::RuleArgs::augment_args),
    ("schema", "Say what is known about resource types, and fetch what is newer", schema::SchemaArgs::augment_args),
    ("graph", "Draw what a template builds, in the order of creation", graph::GraphArgs::augment_args),
    ("completions", "Print the completions of a shell", shell::CompletionsArgs::augment_args),
    ("man", "Print the manual page", |command| command),
];

impl Subcommand for Command {
    fn augment_subcommands(program: clap::Command) -> clap::Command {
        let one = |(name, about, arguments): &Entry| clap::Command::new(*name).about(*about).defer(*arguments);
        program.subcommands(COMMANDS.iter().map(one))
    }

    fn augment_subcommands_for_update(program: clap::Command) -> clap::Command {
        Self::augment_subcommands(program)
    }

    fn has_subcommand(name: &str) -> bool {
        COMMANDS.iter().any(|entry| entry.0 == name)
    }
}

impl FromArgMatches for Command {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let unknown = || clap::Error::new(clap::error::ErrorKind::MissingSubcommand);
        let (name, matches) = matches.subcommand().ok_or_else(unknown)?;
        Ok(match name {
            "check" => Command::Check(Box::new(CheckArgs::from_arg_matches(matches)?)),
            "expand" => Command::Expand(ExpandArgs::from_arg_matches(matches)?),
            "explain" => Command::Explain(explain::ExplainArgs::from_arg_matches(matches)?),
            "diff" => Command::Diff(diff::DiffArgs::from_arg_matches(matches)?),
            "rule" => Command::Rule(rule::RuleArgs::from_arg_matches(matches)?),
            "schema" => Command::Schema(schema::SchemaArgs::from_arg_matches(matches)?),
            "graph" => Command::Graph(graph::GraphArgs::from_arg_matches(matches)?),
            "completions" => Command::Completions(shell::CompletionsArgs::from_arg_matches(matches)?),
            "man" => Command::Man,
            _ => return Err(unknown()),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// What people type most, shown under the help of `check`.
const EXAMPLES: &str = "\
Examples:
  stacklens check                            everything below this folder
  stacklens check template.yaml -c I         one file, informational findings too
  stacklens check --since main               what this branch changed
  stacklens check --format sarif -o out.sarif
  cat t.yaml | stacklens check - --stdin-filename app/template.yaml";

#[derive(Args, Debug)]
struct ExpandArgs {
    /// The template; `-` is standard input
    file: Option<PathBuf>,

    /// How to print
    #[arg(long, value_enum, default_value_t = ExpandFormat::Yaml)]
    format: ExpandFormat,

    /// Say of each generated resource where it comes from
    #[arg(long)]
    origins: bool,

    /// The region to expand for
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    region: String,

    /// Parameter values
    #[arg(long, value_name = "KEY=VALUE", num_args = 1..)]
    parameter_overrides: Vec<String>,

    /// Also put in parameter values and mappings where they are known
    #[arg(long)]
    resolve: bool,

    #[command(flatten)]
    fetching: remote::FetchArgs,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum ExpandFormat {
    /// YAML
    Yaml,
    /// JSON
    Json,
}

#[derive(Args, Debug, Clone)]
#[command(after_help = EXAMPLES)]
struct CheckArgs {
    /// Files or folders; `-` is standard input; nothing is the current folder
    paths: Vec<PathBuf>,

    /// How to print
    #[arg(long, short = 'f', value_enum)]
    format: Option<FormatArg>,

    /// What the named files are, instead of recognising it; in folders, only these are checked
    #[arg(long, value_enum)]
    kind: Option<KindArg>,

    /// Regions to check for
    #[arg(long, short = 'r', visible_alias = "region", value_name = "REGION", value_delimiter = ',')]
    regions: Vec<String>,

    /// The date that counts as today, for rules on runtimes and the like
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    as_of: Option<String>,

    /// Parameter values
    #[arg(long, alias = "parameters", value_name = "KEY=VALUE", num_args = 1.., value_parser = key_value)]
    parameter_overrides: Vec<(String, String)>,

    /// A JSON file of parameter values: a list of ParameterKey and ParameterValue, or an object
    #[arg(long, alias = "parameter-files", value_name = "FILE")]
    parameter_file: Vec<PathBuf>,

    /// Also report rules whose id starts like this (`I` for all informational ones)
    #[arg(long, short = 'c', value_name = "PREFIX", value_delimiter = ',')]
    include_checks: Vec<String>,

    /// Also report advice: what works, but can be done better (`SL1`, `SL2`)
    #[arg(long)]
    advice: bool,

    /// Do not report rules whose id starts like this
    #[arg(long, short = 'i', value_name = "PREFIX", value_delimiter = ',')]
    ignore_checks: Vec<String>,

    /// The least severity that makes the exit code 1
    #[arg(long, alias = "non-zero-exit-code", value_enum)]
    fail_on: Option<FailOn>,

    /// Check each file by itself, not what the files of a folder say about each other
    #[arg(long)]
    no_bundle: bool,

    #[command(flatten)]
    fetching: remote::FetchArgs,

    #[command(flatten)]
    fixing: fix::FixArgs,

    #[command(flatten)]
    configuration: config::ConfigArgs,

    #[command(flatten)]
    cfn_lint: cfn_lint::CfnLintArgs,

    /// Write the report to a file
    #[arg(long, short = 'o', alias = "output-file", value_name = "FILE")]
    output: Option<PathBuf>,

    /// Whether to colour
    #[arg(long, value_enum, default_value_t = ColorArg::Auto)]
    color: ColorArg,

    #[command(flatten)]
    selection: selection::SelectionArgs,

    #[command(flatten)]
    baseline: baseline::BaselineArgs,

    /// Also count the findings by rule
    #[arg(long)]
    statistics: bool,

    /// Check again whenever something changes
    #[arg(long, conflicts_with = "output")]
    watch: bool,

    /// How many files are checked at a time; by default, as many as there are processors
    #[arg(long, short = 'j', value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,

    /// Leave out the summary
    #[arg(long, short)]
    quiet: bool,

    /// Say which files were left alone, and what was not decided
    #[arg(long, short)]
    verbose: bool,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum FormatArg {
    /// For people
    Pretty,
    /// One line per finding
    #[value(alias = "parseable")]
    Short,
    /// JSON
    Json,
    /// The JSON of cfn-lint
    CfnLint,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, for test reports
    Junit,
    /// Checkstyle XML
    Checkstyle,
    /// Annotations of GitHub Actions
    Github,
    /// GitLab code quality
    Gitlab,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum KindArg {
    /// A CloudFormation or SAM template
    Template,
    /// A CodeDeploy AppSpec
    Appspec,
    /// A CodeBuild buildspec
    Buildspec,
    /// An ECS task definition, as RegisterTaskDefinition takes it
    Taskdef,
    /// A definition of Step Functions
    States,
    /// A configuration file of Elastic Beanstalk
    Ebextensions,
}

impl KindArg {
    fn kind(self) -> crate::document::DocumentKind {
        use crate::document::DocumentKind;
        match self {
            KindArg::Template => DocumentKind::Template,
            KindArg::Appspec => DocumentKind::AppSpec,
            KindArg::Buildspec => DocumentKind::Buildspec,
            KindArg::Taskdef => DocumentKind::TaskDefinition,
            KindArg::States => DocumentKind::StateMachine,
            KindArg::Ebextensions => DocumentKind::Beanstalk,
        }
    }
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum ColorArg {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum FailOn {
    /// Errors
    Error,
    /// Warnings and errors
    Warning,
    /// Anything
    #[value(alias = "informational")]
    Info,
    /// Nothing
    #[value(alias = "none")]
    Never,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    // Both spellings of the AWS command line: `Key=Value` and `ParameterKey=Key,ParameterValue=Value`.
    if let Some(rest) = text.strip_prefix("ParameterKey=")
        && let Some((key, value)) = rest.split_once(",ParameterValue=")
    {
        return Ok((key.to_owned(), value.to_owned()));
    }
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("it must be KEY=VALUE; put paths first".to_owned()),
    }
}

fn date(text: &str) -> Result<String, String> {
    let digits = |range: std::ops::Range<usize>| {
        text.get(range).filter(|t| t.bytes().all(|b| b.is_ascii_digit())).and_then(|t| t.parse::<u32>().ok())
    };
    let bytes = text.as_bytes();
    let well_formed = bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-';
    match (digits(0..4), digits(5..7), digits(8..10)) {
        (Some(_), Some(1..=12), Some(1..=31)) if well_formed => Ok(text.to_owned()),
        _ => Err("it must be a date as in 2026-11-21".to_owned()),
    }
}

/// The outside world of one run.
#[allow(missing_debug_implementations)]
pub struct Streams<'a> {
    /// Read for `-`.
    pub stdin: &'a mut dyn Read,
    /// The report.
    pub stdout: &'a mut dyn Write,
    /// What the program has to say about itself.
    pub stderr: &'a mut dyn Write,
    /// Whether `stdout` is a terminal.
    pub terminal: bool,
    /// Whether to colour where nothing else is said: a terminal that understands it, and nobody who asked for none.
    pub color: bool,
    /// Whether to show how far a long run is.
    pub progress: bool,
}

/// Runs the program with the arguments and streams of the process; the exit code.
pub fn run() -> u8 {
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    let terminal = stdout.is_terminal();
    let mut out = io::BufWriter::with_capacity(64 * 1024, stdout.lock());
    // https://no-color.org: set and not empty. A dumb terminal understands no escapes.
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let streams = Streams {
        stdin: &mut stdin.lock(),
        stdout: &mut out,
        color: terminal && !set("NO_COLOR") && !dumb,
        progress: stderr.is_terminal() && !dumb,
        stderr: &mut stderr.lock(),
        terminal,
    };
    run_cached(std::env::args_os(), facts::cache_folder(), streams)
}

/// Runs the program with the given arguments (the program's name first) and streams; the exit code.
///
/// The facts about resource types are those of the program. A reader that goes away (`stacklens check | head`) is no
/// failure.
pub fn run_with(arguments: impl IntoIterator<Item = OsString>, streams: Streams<'_>) -> u8 {
    run_cached(arguments, None, streams)
}

fn run_cached(arguments: impl IntoIterator<Item = OsString>, cache: Option<PathBuf>, mut streams: Streams<'_>) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(e) => return usage(&e, &mut streams),
    };
    let newer = cli.facts.file(cache);
    if !matches!(cli.command, Command::Schema(_) | Command::Rule(_) | Command::Completions(_) | Command::Man) {
        cli.facts.load(newer.as_deref(), &mut streams);
    }
    let done = match cli.command {
        Command::Schema(args) => schema::run(&args, &cli.facts, newer.as_deref(), &mut streams),
        Command::Check(args) => check::run(&args, &mut streams),
        Command::Expand(args) => expand::run(&args, &mut streams),
        Command::Diff(args) => diff::run(&args, &mut streams),
        Command::Explain(args) => explain::run(&args, &mut streams),
        Command::Rule(args) => rule::run(&args, &mut streams),
        Command::Graph(args) => graph::run(&args, &mut streams),
        Command::Completions(args) => shell::completions(&args, &mut streams),
        Command::Man => shell::man(&mut streams),
    };
    let done = done.and_then(|code| streams.stdout.flush().map(|()| code));
    match done {
        Ok(code) => code,
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => CLEAN,
        Err(e) => {
            say(&mut streams, &format!("cannot write the report: {e}"));
            FAILED
        }
    }
}

/// Help and version go to standard output and are no failure; anything else is a wrong command line.
fn usage(error: &clap::Error, streams: &mut Streams<'_>) -> u8 {
    let text = error.render();
    if error.use_stderr() {
        // There is nowhere left to complain to when this fails.
        let _ = write!(streams.stderr, "{text}");
        FAILED
    } else {
        let _ = write!(streams.stdout, "{text}").and_then(|()| streams.stdout.flush());
        CLEAN
    }
}

/// Says something about the run itself.
fn say(streams: &mut Streams<'_>, text: &str) {
    // There is nowhere left to complain to when this fails.
    let _ = writeln!(streams.stderr, "stacklens: {text}");
}
