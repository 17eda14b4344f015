//! `stacklens check`: reads, recognises and checks files, side by side, and reports them in the order given.

use super::bundles::{self, Read, Texts};
use super::config::{Applied, Configuration, Engines};
use super::explain_config;
use super::fix::{self, Change, FixArgs};
use super::gather::Input;
use super::input;
use super::remote::Sources;
use super::selection;
use super::{CLEAN, CheckArgs, ColorArg, FAILED, FOUND, FailOn, FormatArg, KindArg, Streams, say};
use crate::diagnostic::{Applicability, Severity};
use crate::document::{self, Document, DocumentKind};
use crate::report::{self, Checked, Counts, Format, Style};
use crate::settings::ids;
use crate::settings::layer::Key;
use crate::source::{SourceFile, Span};
use crate::syntax::{self, SyntaxError, SyntaxErrorKind, Tree};
use clap::ValueEnum;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Stack of a worker; nesting is limited by the reader, so this is far more than a file can need.
const STACK: usize = 16 * 1024 * 1024;
/// Fewer inputs than this are checked without further threads.
const WORTH_THREADS: usize = 8;

/// What became of one input.
enum Outcome {
    Checked(Box<Read>, Option<Change>),
    /// Left alone, and why; said only when asked.
    Skipped(String),
    /// The program could not do its work on this one.
    Failed(String),
}

/// Checks what was asked, again and again if that was asked too; the exit code.
pub(super) fn run(args: &CheckArgs, streams: &mut Streams<'_>) -> io::Result<u8> {
    if !args.watch {
        return once(args, streams);
    }
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        say(streams, "--watch cannot watch standard input");
        return Ok(FAILED);
    }
    super::watch::watch(&args.paths, streams, |streams| once(args, streams))
}

fn once(args: &CheckArgs, streams: &mut Streams<'_>) -> io::Result<u8> {
    let (args, inputs, configuration) = match prepare(args, streams) {
        Ok(prepared) => prepared,
        Err(message) => {
            say(streams, &message);
            return Ok(FAILED);
        }
    };
    let args = &args;
    let sources = match args.fetching.sources() {
        Ok(sources) => sources,
        Err(message) => {
            say(streams, &message);
            return Ok(FAILED);
        }
    };
    if let Some(said) = super::facts::described().filter(|_| args.verbose) {
        say(streams, &said);
    }
    let stdin = match read_stdin(&inputs, streams) {
        Ok(bytes) => bytes,
        Err(e) => {
            say(streams, &format!("cannot read standard input: {e}"));
            return Ok(FAILED);
        }
    };
    let applied: Vec<Applied> = inputs.iter().map(|i| configuration.applied(i)).collect();
    let engines = Engines::new(&configuration, &applied, args.verbose);
    let job = Job {
        engines,
        sources,
        kind: args.kind.map(KindArg::kind),
        format: args.format(),
        stdin,
        fixing: args.fixing,
        stdin_name: args.selection.stdin_filename.clone(),
        jobs: args.jobs.map(usize::from),
        progress: streams.progress.then(|| super::progress::bar(inputs.len())),
    };
    if args.configuration.explain_config {
        for (input, applied) in inputs.iter().zip(&applied) {
            let document = job.document(input);
            explain_config::print(&input.name(), document.as_ref(), applied, &configuration, streams.stdout)?;
        }
        return Ok(CLEAN);
    }
    // Left alone as the configuration says; its place among the inputs keeps its engine.
    let skipped: Vec<Option<String>> = applied.into_iter().map(|a| a.ignored).collect();
    let mut failed = false;
    let mut read = Vec::new();
    let mut changes = Vec::new();
    for (input, outcome) in inputs.iter().zip(job.all(&inputs, &skipped)) {
        match outcome {
            Outcome::Checked(one, change) => {
                read.push(*one);
                changes.extend(change.map(|c| (input.clone(), c)));
            }
            Outcome::Skipped(message) => {
                if args.verbose {
                    say(streams, &message);
                }
            }
            Outcome::Failed(message) => {
                failed = true;
                say(streams, &message);
            }
        }
    }
    let more = if args.no_bundle || args.kind.is_some() || args.format() == FormatArg::CfnLint {
        Vec::new()
    } else {
        match job.cross(&args.paths, &inputs, &mut read, &mut changes) {
            Ok(more) => more,
            Err(message) => {
                failed = true;
                say(streams, &message);
                Vec::new()
            }
        }
    };
    job.sources.tell(streams);
    let checked = |r: Read| Checked { file: r.document.file, findings: r.findings };
    let mut files: Vec<Checked> = read.into_iter().map(checked).chain(more).collect();
    match args.baseline.apply(&mut files) {
        Ok(None) => {}
        Ok(Some(said)) => {
            if !args.quiet {
                say(streams, &said);
            }
        }
        Err(message) => {
            failed = true;
            say(streams, &message);
        }
    }
    let counts = Counts::of(&files);
    if args.fixing.most().is_some() {
        failed |= !finish_fixing(args, &files, &changes, &inputs, streams)?;
    } else {
        write_report(args, &files, streams)?;
        if args.statistics {
            // What another program reads stays what it is.
            let people = matches!(args.format(), FormatArg::Pretty | FormatArg::Short) && args.output.is_none();
            report::statistics(&files, if people { &mut *streams.stdout } else { &mut *streams.stderr })?;
        }
    }
    Ok(if failed {
        FAILED
    } else if counts.worst().is_some_and(|worst| counts_as_found(args.fail_on.unwrap_or(FailOn::Warning), worst)) {
        FOUND
    } else {
        CLEAN
    })
}

/// Writes what was fixed where it belongs, and the report of what is left. Whether every file could be written.
fn finish_fixing(
    args: &CheckArgs,
    files: &[Checked],
    changes: &[(Input, Change)],
    inputs: &[Input],
    streams: &mut Streams<'_>,
) -> io::Result<bool> {
    let all: Vec<&Change> = changes.iter().map(|c| &c.1).collect();
    let left: Vec<_> = files.iter().flat_map(|f| &f.findings).collect();
    let mut written = true;
    if args.fixing.diff {
        for (input, change) in changes {
            fix::print_diff(&input.name(), change, colored(args, streams), streams.stdout)?;
        }
        fix::say_summary(args.fixing, &all, &left, streams);
        return Ok(true);
    }
    for (input, change) in changes {
        if let Input::Named(path) | Input::Found(path) = input
            && let Err(message) = fix::write(path, change)
        {
            written = false;
            say(streams, &message);
        }
    }
    if inputs.contains(&Input::Stdin) {
        // The text is the answer, so the report goes beside it.
        let name = args.selection.stdin_filename.clone().unwrap_or_else(|| Input::Stdin.name());
        let stdin = files.iter().find(|f| f.file.name == name);
        if let Some(checked) = stdin {
            streams.stdout.write_all(checked.file.text.as_bytes())?;
        }
        let style = Style {
            format: format(args.format()),
            color: false,
            quiet: args.quiet,
            fixes: args.fixing.most().is_none(),
        };
        report::write(files, style, streams.stderr)?;
    } else {
        write_report(args, files, streams)?;
    }
    if written && !args.quiet {
        fix::say_summary(args.fixing, &all, &left, streams);
    }
    Ok(written)
}

fn colored(args: &CheckArgs, streams: &Streams<'_>) -> bool {
    match args.color {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => streams.color && args.output.is_none(),
    }
}

fn write_report(args: &CheckArgs, files: &[Checked], streams: &mut Streams<'_>) -> io::Result<()> {
    let style = Style {
        format: format(args.format()),
        color: colored(args, streams),
        quiet: args.quiet,
        fixes: args.fixing.most().is_none(),
    };
    match &args.output {
        Some(path) => {
            let mut file = io::BufWriter::new(std::fs::File::create(path)?);
            report::write(files, style, &mut file)?;
            file.flush()
        }
        None => report::write(files, style, streams.stdout),
    }
}

impl CheckArgs {
    fn format(&self) -> FormatArg {
        self.format.unwrap_or(FormatArg::Pretty)
    }
}

/// What is asked, after configuration files have had their say about the run itself; what to read; what applies.
fn prepare(args: &CheckArgs, streams: &mut Streams<'_>) -> Result<(CheckArgs, Vec<Input>, Configuration), String> {
    if let Some(answer) = args.cfn_lint.answer() {
        return Err(answer.to_owned());
    }
    if args.fixing.unsafe_fixes && args.fixing.most().is_none() {
        return Err("`--unsafe-fixes` goes with `--fix` or `--diff`".to_owned());
    }
    let mut args = args.clone();
    args.paths.extend(args.cfn_lint.templates.iter().cloned());
    let is_list = |p: &PathBuf| p.to_str().is_some_and(|t| t.starts_with(['E', 'W', 'I']) && ids::is_known(t));
    if let Some(id) = args.paths.iter().find(|p| is_list(p) && !p.exists()) {
        let id = id.display();
        return Err(format!(
            "there is no file `{id}`; ids in a list are separated by commas: `--ignore-checks W2001,{id}`"
        ));
    }
    let mut inputs = args.selection.narrow(selection::gather(&args.paths))?;
    let mut remarks = Vec::new();
    let configuration = Configuration::read(&args, &inputs, &mut remarks)?;
    remarks.iter().for_each(|r| say(streams, r));
    if args.paths.is_empty()
        && let Some(templates) = configuration.templates()?
    {
        inputs.retain(|i| templates.cover(&i.name()));
    }
    let of_run = configuration.of_run();
    let word = |key: Key| of_run.value(key).map(str::to_owned);
    let format = word(Key::Format).and_then(|f| match f.as_str() {
        "quiet" | "parseable" => Some(FormatArg::Short),
        "json" => Some(FormatArg::CfnLint),
        "junit" => Some(FormatArg::Junit),
        "sarif" => Some(FormatArg::Sarif),
        _ => None,
    });
    args.format = args.format.or(format);
    args.fail_on = args.fail_on.or(word(Key::FailOn).and_then(|w| FailOn::from_str(&w, true).ok()));
    args.output = args.output.or(word(Key::OutputFile).map(PathBuf::from));
    Ok((args, inputs, configuration))
}

/// Reads parameter values: `[{"ParameterKey": .., "ParameterValue": ..}]`, `["K=V"]`, `{"Parameters": {"K": "V"}}` or
/// `{"K": "V"}`.
pub(super) fn parameter_file(path: &Path) -> Result<Vec<(String, String)>, String> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read `{name}`: {e}"))?;
    let json: serde_json::Value =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|e| format!("`{name}` is not JSON: {e}"))?;
    let text_of = |v: &serde_json::Value| match v {
        serde_json::Value::String(s) => Some(s.clone()),
        serde_json::Value::Number(n) => Some(n.to_string()),
        serde_json::Value::Bool(b) => Some(b.to_string()),
        serde_json::Value::Array(items) => {
            items.iter().map(|i| i.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>().map(|v| v.join(","))
        }
        _ => None,
    };
    let wrong = || {
        format!("`{name}` holds no parameters: a list of ParameterKey and ParameterValue, or an object, is expected")
    };
    if let Some(items) = json.as_array() {
        return items
            .iter()
            .map(|item| match item.as_str() {
                Some(pair) => pair.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned())),
                None => {
                    let key = item.get("ParameterKey")?.as_str()?.to_owned();
                    let value = item.get("ParameterValue").or_else(|| item.get("ResolvedValue"));
                    Some((key, value.and_then(text_of).unwrap_or_default()))
                }
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(wrong);
    }
    let object = json.get("Parameters").unwrap_or(&json).as_object().ok_or_else(wrong)?;
    object.iter().map(|(k, v)| Some((k.clone(), text_of(v)?))).collect::<Option<Vec<_>>>().ok_or_else(wrong)
}

/// Standard input, when it is among the inputs; no more of it than a file may have, so that too much is noticed.
fn read_stdin(inputs: &[Input], streams: &mut Streams<'_>) -> io::Result<Vec<u8>> {
    if inputs.contains(&Input::Stdin) { input::limited(streams.stdin) } else { Ok(Vec::new()) }
}

fn format(format: FormatArg) -> Format {
    match format {
        FormatArg::Pretty => Format::Pretty,
        FormatArg::Short => Format::Short,
        FormatArg::Json => Format::Json,
        FormatArg::CfnLint => Format::CfnLint,
        FormatArg::Sarif => Format::Sarif,
        FormatArg::Junit => Format::Junit,
        FormatArg::Checkstyle => Format::Checkstyle,
        FormatArg::Github => Format::Github,
        FormatArg::Gitlab => Format::Gitlab,
    }
}

fn counts_as_found(least: FailOn, worst: Severity) -> bool {
    match least {
        FailOn::Error => worst >= Severity::Error,
        FailOn::Warning => worst >= Severity::Warning,
        FailOn::Info => true,
        FailOn::Never => false,
    }
}

/// What all inputs of a run share.
struct Job {
    /// Where what a template names is read from.
    sources: Sources,
    engines: Engines,
    kind: Option<DocumentKind>,
    format: FormatArg,
    stdin: Vec<u8>,
    fixing: FixArgs,
    /// What standard input is called, if it is called anything.
    stdin_name: Option<String>,
    /// How many threads at most, if that was said.
    jobs: Option<usize>,
    progress: Option<indicatif::ProgressBar>,
}

impl Job {
    /// The outcome of every input, in order, however many threads work on them.
    fn all(&self, inputs: &[Input], skipped: &[Option<String>]) -> Vec<Outcome> {
        let previous = panic::take_hook();
        // The message of a panic is kept for the report instead of being printed in the middle of it.
        panic::set_hook(Box::new(|info| {
            let at = info.location().map_or_else(String::new, |l| format!(" at {}:{}", l.file(), l.line()));
            LAST_PANIC.with_borrow_mut(|last| *last = format!("{}{at}", panic_text(info.payload())));
        }));
        let slots: Vec<OnceLock<Outcome>> = inputs.iter().map(|_| OnceLock::new()).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let i = next.fetch_add(1, Ordering::Relaxed);
                let Some((input, slot)) = inputs.get(i).zip(slots.get(i)) else { break };
                let outcome = match skipped.get(i) {
                    Some(Some(why)) => Outcome::Skipped(format!("left alone `{}`: {why}", input.name())),
                    _ => self.one(input, i),
                };
                // Each slot is filled once: the counter gives every index to one worker.
                let _ = slot.set(outcome);
                if let Some(bar) = &self.progress {
                    bar.inc(1);
                }
            }
        };
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = self.jobs.unwrap_or_else(processors).min(inputs.len());
        let started = Mutex::new(0);
        std::thread::scope(|scope| {
            if threads > 1 && inputs.len() >= WORTH_THREADS {
                for _ in 0..threads {
                    if std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).is_ok() {
                        *started.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                    }
                }
            }
            if *started.lock().unwrap_or_else(PoisonError::into_inner) == 0 {
                work();
            }
        });
        panic::set_hook(previous);
        if let Some(bar) = &self.progress {
            bar.finish_and_clear();
        }
        let missing = || Outcome::Failed("internal error: a file was not reached".to_owned());
        slots.into_iter().map(|slot| slot.into_inner().unwrap_or_else(missing)).collect()
    }

    fn one(&self, input: &Input, index: usize) -> Outcome {
        let (name, bytes) = match self.bytes(input) {
            Ok(read) => read,
            Err(message) => return Outcome::Failed(message),
        };
        let named = !matches!(input, Input::Found(_));
        match panic::catch_unwind(AssertUnwindSafe(|| self.check(name.clone(), bytes, named, index))) {
            Ok(outcome) => outcome,
            Err(_) => {
                let what = LAST_PANIC.with_borrow_mut(std::mem::take);
                let version = env!("CARGO_PKG_VERSION");
                Outcome::Failed(format!("internal error in stacklens {version} on `{name}`: {what}"))
            }
        }
    }

    /// The name and the content of an input.
    fn bytes(&self, input: &Input) -> Result<(String, Vec<u8>), String> {
        let name = input.name();
        match input {
            Input::Stdin => Ok((self.stdin_name.clone().unwrap_or(name), self.stdin.clone())),
            Input::Named(path) | Input::Found(path) => match input::limited_file(path) {
                Ok(bytes) => Ok((name, bytes)),
                Err(e) => Err(format!("cannot read `{name}`: {e}")),
            },
            Input::Failed(_, message) => Err(format!("cannot read `{name}`: {message}")),
        }
    }

    /// The document of an input, if it is one.
    fn document(&self, input: &Input) -> Option<Document> {
        let (name, bytes) = self.bytes(input).ok()?;
        self.recognized(name, bytes, !matches!(input, Input::Found(_))).ok().map(|found| found.0)
    }

    /// The document of a text, and whether the text is the whole of it; what became of it when there is none.
    fn recognized(&self, name: String, bytes: Vec<u8>, named: bool) -> Result<(Document, bool), Outcome> {
        let too_large = input::too_large(&bytes);
        if !named && (too_large.is_some() || !document::may_be_known(&name, &bytes)) {
            let message = format!("left alone `{name}`: none of the documents that are known");
            return Err(Outcome::Skipped(message));
        }
        let (file, tree) = match too_large {
            Some(message) => oversized(name, message),
            None => read(name, bytes),
        };
        let decoded =
            tree.errors.iter().all(|e| e.kind != SyntaxErrorKind::Encoding && e.kind != SyntaxErrorKind::Limit);
        if !named && document::is_source_of_another(&file.text, &tree) {
            let message = format!("left alone `{}`: another program makes a file of it first", file.name);
            return Err(Outcome::Skipped(message));
        }
        let known = document::recognize(&file.name, &tree);
        let kind = match (self.kind, known) {
            (Some(kind), _) if named => kind,
            (Some(kind), Some(found)) if kind != found => {
                return Err(Outcome::Skipped(format!("left alone `{}`: {}", file.name, found.as_str())));
            }
            (_, Some(found)) => found,
            // cfn-lint takes every named file for a template. A file that cannot be read says so in its findings.
            (_, None) if named && (self.format == FormatArg::CfnLint || !tree.errors.is_empty()) => {
                DocumentKind::Template
            }
            (_, None) => return Err(unknown(&file.name, named)),
        };
        Ok((self.with_includes(Document::new(file, kind, tree)), decoded))
    }

    /// The document with what it includes.
    fn with_includes(&self, mut document: Document) -> Document {
        if !matches!(&*document.file.name, "<stdin>" | "-") {
            let path = document.file.name.clone();
            super::includes::include(&mut document, Path::new(&path), &self.sources);
        }
        document
    }

    fn check(&self, name: String, bytes: Vec<u8>, named: bool, input: usize) -> Outcome {
        let engine = self.engines.of(Some(input));
        let (document, decoded) = match self.recognized(name, bytes, named) {
            Ok(recognized) => recognized,
            Err(outcome) => return outcome,
        };
        let findings = engine.check(&document);
        let path = (document.file.name != "<stdin>").then(|| PathBuf::from(&document.file.name));
        let fixed = match self.fixing.most() {
            // A text that could not be decoded is not the text of the file.
            Some(most) if decoded => {
                fix::improve(&document, &findings, engine, most, &|document| self.with_includes(document))
            }
            _ => None,
        };
        match fixed {
            Some((change, document, findings)) if !self.fixing.diff => {
                Outcome::Checked(Box::new(Read { path, document, findings, input }), Some(change))
            }
            other => Outcome::Checked(Box::new(Read { path, document, findings, input }), other.map(|o| o.0)),
        }
    }

    /// Crosses what was read; what is found in further files.
    fn cross(
        &self,
        paths: &[PathBuf],
        inputs: &[Input],
        read: &mut [Read],
        changes: &mut Vec<(Input, Change)>,
    ) -> Result<Vec<Checked>, String> {
        let neighbour = |path: &Path| {
            let name = path.display().to_string();
            let bytes = input::limited_file(path).ok().filter(|b| input::too_large(b).is_none())?;
            if !document::may_be_known(&name, &bytes) {
                return None;
            }
            let (file, tree) = self::read(name, bytes);
            let kind = document::recognize(&file.name, &tree)?;
            Some(Document::new(file, kind, tree))
        };
        let done = guarded(|| {
            let mut more = bundles::cross(&self.engines, paths, read, &neighbour, &Texts::new());
            if let Some(most) = self.fixing.most() {
                self.fix_across(most, paths, inputs, read, changes, &neighbour);
                let done = bundles::improve_added(&self.engines, paths, read, most, &neighbour, &more);
                for (i, done) in done {
                    let one = &mut more[i];
                    let before = one.checked.file.text.clone();
                    let path = PathBuf::from(&one.checked.file.name);
                    changes
                        .push((Input::Found(path), Change { before, after: done.text.clone(), applied: done.applied }));
                    if !self.fixing.diff {
                        one.checked.file = SourceFile::new(one.checked.file.name.clone(), done.text);
                        one.checked.findings = done.findings;
                    }
                }
            }
            more.into_iter().map(|added| added.checked).collect()
        });
        done.map_err(|what| {
            let version = env!("CARGO_PKG_VERSION");
            format!("internal error in stacklens {version} while crossing the files: {what}")
        })
    }

    /// Applies the fixes of what the files showed together.
    fn fix_across(
        &self,
        most: Applicability,
        paths: &[PathBuf],
        inputs: &[Input],
        read: &mut [Read],
        changes: &mut Vec<(Input, Change)>,
        neighbour: &dyn Fn(&Path) -> Option<Document>,
    ) {
        let make = |old: &Document, text: &str| {
            let file = SourceFile::new(old.file.name.clone(), text);
            let tree = syntax::read(&file);
            self.with_includes(Document::new(file, old.kind, tree))
        };
        let of = |changes: &[(Input, Change)], one: &Read| {
            changes.iter().position(|c| inputs.get(one.input).is_some_and(|input| c.0 == *input))
        };
        let start = |one: &Read| of(changes, one).map(|at| changes[at].1.after.clone());
        for (i, done) in bundles::improve(&self.engines, paths, read, most, neighbour, &start, &make) {
            match (of(changes, &read[i]), inputs.get(read[i].input)) {
                (Some(at), _) => {
                    changes[at].1.after.clone_from(&done.text);
                    changes[at].1.applied.extend(done.applied);
                }
                (None, Some(input)) => {
                    let before = read[i].document.file.text.clone();
                    let applied = done.applied;
                    changes.push((input.clone(), Change { before, after: done.text.clone(), applied }));
                }
                (None, None) => continue,
            }
            if !self.fixing.diff {
                read[i].document = make(&read[i].document, &done.text);
                read[i].findings = done.findings;
            }
        }
    }
}

/// Does something that may panic by mistake; the message if it did.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(|info| {
        let at = info.location().map_or_else(String::new, |l| format!(" at {}:{}", l.file(), l.line()));
        LAST_PANIC.with_borrow_mut(|last| *last = format!("{}{at}", panic_text(info.payload())));
    }));
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    panic::set_hook(previous);
    done.map_err(|_| LAST_PANIC.with_borrow_mut(std::mem::take))
}

thread_local! {
    static LAST_PANIC: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) };
}

fn panic_text(payload: &dyn std::any::Any) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message")
}

fn unknown(name: &str, named: bool) -> Outcome {
    let what = "a template, an AppSpec, a buildspec or another of the documents that are known";
    if named {
        Outcome::Failed(format!("`{name}` is not recognised as {what}; `--kind` says which it is"))
    } else {
        Outcome::Skipped(format!("left alone `{name}`: not {what}"))
    }
}

fn read(name: String, bytes: Vec<u8>) -> (SourceFile, Tree) {
    match SourceFile::from_bytes(name.clone(), bytes) {
        Ok(file) => {
            let tree = document::read(&file);
            (file, tree)
        }
        Err((error, text)) => {
            let file = SourceFile::new(name, text);
            let at = error.offset.min(file.text.len());
            (file, failed(SyntaxErrorKind::Encoding, Span::new(at, at), error.message))
        }
    }
}

fn oversized(name: String, message: String) -> (SourceFile, Tree) {
    (SourceFile::new(name, ""), failed(SyntaxErrorKind::Limit, Span::default(), message))
}

/// A tree of a file that could not be read at all.
fn failed(kind: SyntaxErrorKind, span: Span, message: String) -> Tree {
    Tree {
        root: None,
        errors: vec![SyntaxError { kind, span, message, related: None, help: None }],
        comments: Vec::new(),
        aliases: Vec::new(),
        merge_keys: Vec::new(),
        format: syntax::Format::Yaml,
        left_out: Vec::new(),
    }
}
