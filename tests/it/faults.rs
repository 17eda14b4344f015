//! Single faults in clean templates: each must be found, and nearly always on its own line.
//!
//! `FAULTS_SHOW=1` prints what each kind came to and every mutant that was missed, `FAULTS_FROM=folder` takes the
//! templates of another folder as well, `FAULTS_OUT=folder` writes the mutants, so that other tools can read them.

mod kinds;

use super::{files_below, flatten, root, short_name};
use stacklens::diagnostic::{Diagnostic, Severity};
use stacklens::document::{Document, DocumentKind, recognize};
use stacklens::engine::Engine;
use stacklens::settings::Settings;
use stacklens::source::{SourceFile, Span};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Faults of one kind that are tried per template.
const PER_TEMPLATE: usize = 4;
/// Share of the faults that must be found, and of those found on the very line.
const FOUND: f64 = 0.98;
const ON_LINE: f64 = 0.95;

/// Kinds in which a known name is misspelt, so that the name that was meant can be told.
const MISSPELT: &[&str] = &[
    "condition-name",
    "depends-on-name",
    "enumeration",
    "function-name",
    "get-att-attribute",
    "get-att-resource",
    "if-condition",
    "map-column",
    "map-name",
    "map-row",
    "output-key",
    "parameter-key",
    "parameter-type",
    "property-case",
    "property-name",
    "pseudo-parameter",
    "ref",
    "resource-type",
    "section-name",
    "sub-attribute",
    "sub-variable",
    "action",
    "effect",
];

/// Share of misspelt names for which the right one is suggested.
const SUGGESTED: f64 = 0.9;

/// One change of a text that makes it wrong.
pub(super) struct Fault {
    /// Disjoint edits in order.
    pub(super) edits: Vec<(Span, String)>,
    /// Offsets in the original whose lines are right for a finding; no edit before the first adds lines.
    pub(super) places: Vec<u32>,
}

impl Fault {
    fn apply(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (span, new) in self.edits.iter().rev() {
            text.replace_range(span.start as usize..span.end as usize, new);
        }
        text
    }
}

/// What the mutants of one kind came to.
#[derive(Default)]
struct Tally {
    tried: usize,
    found: usize,
    on_line: usize,
    meant: usize,
}

fn read(name: &str, text: &str) -> Option<Document> {
    let file = SourceFile::new(name, text);
    let tree = stacklens::syntax::read(&file);
    let kind = recognize(name, &tree)?;
    Some(Document::new(file, kind, tree))
}

fn findings(engine: &Engine, document: &Document) -> Vec<Diagnostic> {
    let mut all = engine.check(document);
    all.retain(|d| d.severity >= Severity::Warning);
    all
}

/// The lines of a finding: its own, that of its key, those of what is nested in it.
fn lines(document: &Document, finding: &Diagnostic) -> Vec<u32> {
    let line = |span: Span| document.file.position(span.start).line;
    let spans = flatten(finding).into_iter().flat_map(|d| [Some(d.span), d.reference_span]);
    spans.flatten().map(line).collect()
}

/// Every `n`th, so that at most `most` are left.
fn spread<T>(items: Vec<T>, most: usize) -> Vec<T> {
    let step = items.len().div_ceil(most).max(1);
    items.into_iter().step_by(step).collect()
}

fn templates() -> Vec<PathBuf> {
    let mut all = Vec::new();
    for folder in ["samples/templates/valid", "samples/sam/valid"] {
        all.extend(files_below(&root().join(folder)));
    }
    if let Some(more) = std::env::var_os("FAULTS_FROM") {
        all.extend(files_below(&PathBuf::from(more)));
    }
    all
}

#[test]
fn injected_faults_are_found() {
    let engine = Engine::new(Settings::default());
    let out = std::env::var_os("FAULTS_OUT").map(PathBuf::from);
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut missed = String::new();
    let mut index = String::new();
    for path in templates() {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let name = short_name(&path);
        let Some(document) = read(&name, &text) else { continue };
        if document.kind != DocumentKind::Template || !findings(&engine, &document).is_empty() {
            continue;
        }
        for (kind, faults) in kinds::faults(&document) {
            for (number, fault) in spread(faults, PER_TEMPLATE).into_iter().enumerate() {
                let mutant = fault.apply(&text);
                let wanted: Vec<u32> = {
                    let places = fault.places.iter();
                    places.map(|p| document.file.position(*p).line).collect()
                };
                let (mut found, mut on_line, mut meant) = (true, true, true);
                if let Some(document) = read(&name, &mutant) {
                    let all = findings(&engine, &document);
                    found = !all.is_empty();
                    let suggests = |d: &Diagnostic| d.help.as_ref().is_some_and(|h| h.contains('`'));
                    meant = all.iter().any(|d| flatten(d).into_iter().any(suggests));
                    on_line = all.iter().flat_map(|f| lines(&document, f)).any(|l| wanted.contains(&l));
                }
                let tally = tallies.entry(kind).or_default();
                tally.tried += 1;
                tally.found += usize::from(found);
                tally.on_line += usize::from(on_line);
                tally.meant += usize::from(meant);
                if MISSPELT.contains(&kind) && !meant {
                    let line = mutant.lines().nth(wanted[0] as usize - 1).unwrap_or_default();
                    let _ = writeln!(missed, "{kind}: nothing suggested: {name}:{}: {}", wanted[0], line.trim());
                }
                if !on_line {
                    let how = if found { "not on its line" } else { "missed" };
                    let line = mutant.lines().nth(wanted[0] as usize - 1).unwrap_or_default();
                    let _ = writeln!(missed, "{kind}: {how}: {name}:{}: {}", wanted[0], line.trim());
                }
                if let Some(out) = &out {
                    let stem = name.replace(['/', '.'], "_");
                    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or("yaml");
                    let file = format!("{stem}-{kind}-{number}.{ending}");
                    std::fs::write(out.join(&file), &mutant).unwrap();
                    let _ = writeln!(index, "{file}\t{kind}\t{wanted:?}\t{found}\t{on_line}");
                }
            }
        }
    }
    if let Some(out) = &out {
        std::fs::write(out.join("index.tsv"), index).unwrap();
    }
    let sum = |part: fn(&Tally) -> usize| tallies.values().map(part).sum::<usize>();
    let (tried, found, on_line) = (sum(|t| t.tried), sum(|t| t.found), sum(|t| t.on_line));
    let misspelt = || tallies.iter().filter(|t| MISSPELT.contains(t.0)).map(|t| t.1);
    let (names, meant) = (misspelt().map(|t| t.tried).sum::<usize>(), misspelt().map(|t| t.meant).sum::<usize>());
    let mut table = String::new();
    for (kind, t) in &tallies {
        let _ = writeln!(table, "{kind}: {} tried, {} found, {} on the line", t.tried, t.found, t.on_line);
    }
    let report =
        format!("{table}{missed}{tried} tried, {found} found, {on_line} on the line; {meant} of {names} names");
    if std::env::var_os("FAULTS_SHOW").is_some() {
        let _ = std::io::Write::write_all(&mut std::io::stderr(), report.as_bytes());
    }
    assert!(tried > 500 && tallies.len() >= 34, "too few mutants to say anything\n{report}");
    assert!(found as f64 >= FOUND * tried as f64, "too many faults are missed\n{report}");
    assert!(meant as f64 >= SUGGESTED * names as f64, "too few suggestions\n{report}");
    assert!(on_line as f64 >= ON_LINE * tried as f64, "too many faults are found elsewhere\n{report}");
}
