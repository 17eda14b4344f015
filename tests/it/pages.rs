//! The page of a rule is its test: what it says is reported is reported there and nowhere else, what it says is
//! accepted is clean, and fixes do what they say.
//!
//! `PAGES=E10 cargo test pages` looks only at the rules whose ids start like that.

use super::{apply, check, document, files_below, flatten, root, well_formed};
use stacklens::diagnostic::{Diagnostic, Severity};
use stacklens::document::{Document, DocumentKind};
use stacklens::rule::Rule;
use std::collections::{BTreeMap, BTreeSet};

/// A fenced block of a page.
pub(super) struct Block {
    /// The heading it stands under.
    pub(super) section: String,
    /// The words after the backticks.
    pub(super) info: Vec<String>,
    /// The content.
    pub(super) text: String,
    /// Line of the page on which the content starts.
    pub(super) line: usize,
}

impl Block {
    /// Whether this is a document to check, not a shell session or the like.
    pub(super) fn is_document(&self) -> bool {
        matches!(self.section.as_str(), "Reported" | "Accepted")
            && self.info.first().is_some_and(|i| i == "yaml" || i == "json")
    }

    fn has(&self, word: &str) -> bool {
        self.info.iter().any(|i| i == word)
    }

    /// The document that the block shows.
    pub(super) fn document(&self, text: &str) -> Document {
        let kind = match () {
            () if self.has("appspec") => DocumentKind::AppSpec,
            () if self.has("buildspec") => DocumentKind::Buildspec,
            () if self.has("taskdef") => DocumentKind::TaskDefinition,
            () => DocumentKind::Template,
        };
        let given = self.info.iter().find_map(|i| i.strip_prefix("name:"));
        let default = if self.info[0] == "json" { "page.json" } else { "page.yaml" };
        document(given.unwrap_or(default), text, kind)
    }

    /// What is expected: line, severity, part of the message.
    fn markers(&self) -> Vec<(u32, Severity, String)> {
        let words = [("error", Severity::Error), ("warning", Severity::Warning), ("info", Severity::Info)];
        let mut markers = Vec::new();
        for word in &self.info {
            for (name, severity) in words {
                if let Some(line) = word.strip_prefix(name).and_then(|w| w.strip_prefix(':')) {
                    markers.push((line.parse().unwrap_or(0), severity, String::new()));
                }
            }
        }
        for (i, line) in self.text.lines().enumerate() {
            for part in line.split("# ").skip(1) {
                for (name, severity) in words {
                    if let Some(text) = part.strip_prefix(name).and_then(|w| w.strip_prefix(": ")) {
                        markers.push((i as u32 + 1, severity, text.trim().to_owned()));
                    }
                }
            }
        }
        markers
    }
}

/// The fenced blocks of a page.
pub(super) fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut section = String::new();
    let mut open: Option<Block> = None;
    for (i, line) in page.lines().enumerate() {
        match &mut open {
            Some(block) => {
                if line.trim_end() == "```" {
                    blocks.extend(open.take());
                } else {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
            }
            None => {
                if let Some(heading) = line.strip_prefix("## ") {
                    section = heading.trim().to_owned();
                } else if let Some(info) = line.strip_prefix("```") {
                    let info = info.split_whitespace().map(str::to_owned).collect();
                    open = Some(Block { section: section.clone(), info, text: String::new(), line: i + 2 });
                }
            }
        }
    }
    blocks
}

fn list(findings: &[&Diagnostic], document: &Document) -> String {
    let line = |d: &&Diagnostic| {
        format!("      line {}: {} {}", document.file.position(d.span.start).line, d.rule.id, d.message)
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Large documents in few lines: `(a x 256)` stands for 256 times `a`, and a line that ends in `# times: 201` for that
/// many lines, in which `$n` is the number of the line.
fn expanded(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let (line, times) = match line.split_once(" # times: ") {
            Some((line, times)) => (line, times.trim().parse().unwrap_or(1)),
            None => (line, 1_usize),
        };
        for n in 1..=times {
            out.push_str(&repeated(&line.replace("$n", &n.to_string())));
            out.push('\n');
        }
    }
    out
}

fn repeated(line: &str) -> String {
    let found = || {
        let start = line.find("(a x ")?;
        let end = start + line[start..].find(')')?;
        Some((start, end, line[start + "(a x ".len()..end].parse::<usize>().ok()?))
    };
    match found() {
        Some((start, end, times)) => format!("{}{}{}", &line[..start], "a".repeat(times), &line[end + 1..]),
        None => line.to_owned(),
    }
}

/// Checks with the parameter values that `given:Name=value` in the first line of the block gives.
fn check_given(document: &Document, block: &Block) -> Vec<Diagnostic> {
    let mut options = super::options();
    let given = block.info.iter().filter_map(|i| i.strip_prefix("given:")?.split_once('='));
    options.parameters = given.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    stacklens::engine::check(document, &options)
}

fn check_block(rule: &Rule, block: &Block, wrong: &mut Vec<String>) {
    let document = block.document(&expanded(&block.text));
    let findings = check_given(&document, block);
    let place = format!("{}.md:{}", rule.id, block.line);
    for finding in &findings {
        if let Err(complaint) = well_formed(&document, finding) {
            wrong.push(format!("{place}: {complaint}"));
        }
    }
    let brief = |list: &[Diagnostic]| list.iter().map(|d| (d.rule.id, d.span, d.message.clone())).collect::<Vec<_>>();
    if brief(&findings) != brief(&check_given(&document, block)) {
        wrong.push(format!("{place}: two runs differ"));
    }
    let all: Vec<_> = findings.iter().flat_map(flatten).collect();
    let markers = block.markers();
    if block.section == "Accepted" {
        let bad: Vec<_> = all.into_iter().filter(|d| d.rule.id == rule.id || d.severity == Severity::Error).collect();
        if !bad.is_empty() {
            wrong.push(format!("{place}: an accepted block must be clean\n{}", list(&bad, &document)));
        }
        return;
    }
    if markers.is_empty() {
        wrong.push(format!("{place}: a reported block says nowhere what is reported"));
    }
    let matches = |d: &Diagnostic, m: &(u32, Severity, String)| {
        d.rule.id == rule.id
            && document.file.position(d.span.start).line == m.0
            && d.severity == m.1
            && d.message.contains(&m.2)
    };
    for marker in &markers {
        if !all.iter().any(|d| matches(d, marker)) {
            wrong.push(format!(
                "{place}: not reported on line {}: {} {}\n{}",
                marker.0,
                marker.1.as_str(),
                marker.2,
                list(&all, &document)
            ));
        }
    }
    let unexpected: Vec<_> =
        findings.iter().filter(|d| d.rule.id == rule.id && !markers.iter().any(|m| matches(d, m))).collect();
    if !unexpected.is_empty() {
        wrong.push(format!("{place}: reported but not said\n{}", list(&unexpected, &document)));
    }
    check_fixes(rule, block, &findings, &place, wrong);
}

fn check_fixes(rule: &Rule, block: &Block, findings: &[Diagnostic], place: &str, wrong: &mut Vec<String>) {
    let same = |list: &[Diagnostic], d: &Diagnostic| {
        list.iter().filter(|o| o.rule.id == rule.id && o.message == d.message).count()
    };
    for finding in findings.iter().filter(|d| d.rule.id == rule.id) {
        let Some(fix) = &finding.fix else { continue };
        let text = apply(&block.text, fix);
        let document = block.document(&text);
        let again = check(&document);
        if !document.tree.errors.is_empty() {
            wrong.push(format!("{place}: the fixed text cannot be read\n{text}"));
        } else if same(&again, finding) >= same(findings, finding) {
            wrong.push(format!("{place}: the fix does not remove `{}`\n{text}", finding.message));
        }
    }
}

/// A `fixed` block shows the block before it after its fixes, without the remarks.
fn check_fixed(rule: &Rule, before: &Block, block: &Block, wrong: &mut Vec<String>) {
    let mut text = before.text.clone();
    // Each fix is made for the text as it is, so they are applied one after the other.
    for _ in 0..20 {
        let document = before.document(&text);
        let Some(fix) = check(&document).into_iter().filter(|d| d.rule.id == rule.id).find_map(|d| d.fix) else {
            break;
        };
        text = apply(&text, &fix);
    }
    let plain = |text: &str| {
        text.lines()
            .map(|l| {
                ["# error:", "# warning:", "# info:"]
                    .iter()
                    .fold(l, |l, m| l.split(m).next().unwrap_or(l))
                    .trim_end()
                    .to_owned()
            })
            .collect::<Vec<_>>()
            .join("\n")
    };
    if plain(&text) != plain(&block.text) {
        wrong.push(format!("{}.md:{}: the fixes give\n{}", rule.id, block.line, plain(&text)));
    }
}

fn chosen() -> impl Iterator<Item = &'static Rule> {
    let prefix = std::env::var("PAGES").unwrap_or_default();
    stacklens::rules::all().filter(move |r| prefix.split(',').any(|p| r.id.starts_with(p)))
}

#[test]
fn pages_are_true() {
    let mut wrong = Vec::new();
    for rule in chosen() {
        let blocks = blocks(rule.page);
        for (i, block) in blocks.iter().enumerate().filter(|(_, b)| b.is_document()) {
            if block.has("fixed") {
                match i.checked_sub(1).and_then(|i| blocks.get(i)) {
                    Some(before) => check_fixed(rule, before, block, &mut wrong),
                    None => wrong.push(format!("{}.md:{}: nothing before this is fixed", rule.id, block.line)),
                }
            } else {
                check_block(rule, block, &mut wrong);
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn pages_have_their_sections() {
    let mut wrong = Vec::new();
    for rule in chosen() {
        let mut lines = rule.page.lines();
        if lines.next() != Some(format!("# {}", rule.name).as_str()) {
            wrong.push(format!("{}.md: must start with `# {}`", rule.id, rule.name));
        }
        if lines.next() != Some("") || lines.next().is_none_or(str::is_empty) {
            wrong.push(format!("{}.md: a blank line and a sentence must follow the title", rule.id));
        }
        for heading in ["## Why it matters", "## Reported", "## Accepted", "## How to fix it"] {
            if !rule.page.lines().any(|l| l == heading) {
                wrong.push(format!("{}.md: no `{heading}`", rule.id));
            }
        }
        for section in ["Reported", "Accepted"] {
            if !blocks(rule.page).iter().any(|b| b.section == section && b.is_document()) {
                wrong.push(format!("{}.md: no block under {section}", rule.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn rules_and_pages_agree() {
    let mut wrong = Vec::new();
    let mut ids = BTreeMap::new();
    let mut names = BTreeSet::new();
    for rule in stacklens::rules::all() {
        if ids.insert(rule.id, rule).is_some() {
            wrong.push(format!("{} is registered twice", rule.id));
        }
        if !names.insert(rule.name) {
            wrong.push(format!("{}: the name `{}` is taken", rule.id, rule.name));
        }
        if !rule.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            wrong.push(format!("{}: `{}` is not kebab-case", rule.id, rule.name));
        }
        if rule.summary.is_empty() || rule.summary.contains('\n') {
            wrong.push(format!("{}: the summary must be one line", rule.id));
        }
    }
    let mut seen = BTreeSet::new();
    for path in files_below(&root().join("src/rules")) {
        if path.extension().is_none_or(|e| e != "md") {
            continue;
        }
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        match ids.get(id.as_str()) {
            Some(rule) if rule.page == text => {}
            Some(_) => wrong.push(format!("{id}: the registered page is another one")),
            None => wrong.push(format!("{}: no rule has this page", path.display())),
        }
        seen.insert(id);
    }
    for id in ids.keys().filter(|id| !seen.contains(**id)) {
        wrong.push(format!("{id}: no page src/rules/<family>/{id}.md"));
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
