//! The page of a rule is its test: what it says is reported is reported there and nowhere else, what it says is
//! accepted is clean, and fixes do what they say.
//!
//! `PAGES=E10 cargo test pages` looks only at the rules whose ids start like that.

use super::{apply, check, document, files_below, flatten, root, well_formed};
use stacklens::diagnostic::{Diagnostic, Severity};
use stacklens::document::{Document, DocumentKind, Nested, NestedParameter};
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
    /// Whether it continues the folder that the block before it shows.
    joined: bool,
}

impl Block {
    /// Whether this is a document to check, not a shell session or the like.
    pub(super) fn is_document(&self) -> bool {
        matches!(self.section.as_str(), "Reported" | "Accepted")
            && self.info.first().is_some_and(|i| i == "yaml" || i == "json")
            && self.path().is_none()
    }

    /// The path in the folder that this block is a file of: `file=scripts/start.sh`. Blocks with nothing between them are
    /// files of one folder; `mode=755` makes a file executable, `crlf` gives it the line ends of Windows.
    fn path(&self) -> Option<&str> {
        self.info.iter().find_map(|i| i.strip_prefix("file="))
    }

    fn content(&self) -> String {
        if self.has("crlf") { self.text.replace('\n', "\r\n") } else { self.text.clone() }
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
            () if self.has("states") => DocumentKind::StateMachine,
            () if self.has("ebextensions") => DocumentKind::Beanstalk,
            () => DocumentKind::Template,
        };
        let given = self.info.iter().find_map(|i| i.strip_prefix("name:"));
        let default = if self.info[0] == "json" { "page.json" } else { "page.yaml" };
        let mut document = document(given.unwrap_or(default), text, kind);
        document.nested = self.info.iter().filter_map(|i| nested(i.strip_prefix("nested:")?)).collect();
        document
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

/// The template beside a page's: `network.yaml:Cidr,Zones?:VpcId` has two parameters, the second with a default, and one
/// output.
fn nested(text: &str) -> Option<Nested> {
    let (location, rest) = text.split_once(':')?;
    let (parameters, outputs) = rest.split_once(':').map_or((rest, None), |(p, o)| (p, Some(o)));
    let parameter =
        |name: &str| NestedParameter { name: name.trim_end_matches('?').to_owned(), required: !name.ends_with('?') };
    let parameters = Some(parameters.split(',').filter(|p| !p.is_empty()).map(parameter).collect());
    let outputs = outputs.map(|o| o.split(',').map(str::to_owned).collect());
    Some(Nested { location: location.to_owned(), parameters, outputs })
}

/// The fenced blocks of a page.
pub(super) fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut section = String::new();
    let mut open: Option<Block> = None;
    let mut joined = false;
    for (i, line) in page.lines().enumerate() {
        match &mut open {
            Some(block) => {
                if line.trim_end() == "```" {
                    blocks.extend(open.take());
                    joined = true;
                } else {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
            }
            None => {
                if let Some(heading) = line.strip_prefix("## ") {
                    joined = false;
                    section = heading.trim().to_owned();
                } else if let Some(info) = line.strip_prefix("```") {
                    let info = info.split_whitespace().map(str::to_owned).collect();
                    let (section, text) = (section.clone(), String::new());
                    open = Some(Block { section, info, text, line: i + 2, joined });
                } else if !line.trim().is_empty() {
                    joined = false;
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

/// The folders that a page shows: blocks with paths, with nothing between them.
fn folders(blocks: &[Block]) -> Vec<Vec<&Block>> {
    let mut folders: Vec<Vec<&Block>> = Vec::new();
    let mut before = false;
    for block in blocks {
        let file = block.path().is_some();
        match folders.last_mut() {
            Some(last) if file && before && block.joined => last.push(block),
            _ if file => folders.push(vec![block]),
            _ => {}
        }
        before = file;
    }
    folders
}

/// The findings in every file of a folder, each file by itself and all together.
fn check_files(files: &[(&str, String, bool)]) -> BTreeMap<String, Vec<Diagnostic>> {
    use stacklens::bundle::folder::Folder;
    use stacklens::bundle::memory::Memory;
    use stacklens::bundle::{Bundle, Member};
    use stacklens::document::recognize;
    let mut memory = Memory::default();
    let mut documents = Vec::new();
    for (path, text, executable) in files {
        memory.add(*path, text.clone(), *executable);
        let ending = path.rsplit('.').next().unwrap_or_default();
        let file = stacklens::source::SourceFile::new(*path, text.clone());
        let tree = stacklens::syntax::read(&file);
        let ours = ["yml", "yaml", "json", "template", "asl", "config"].contains(&ending);
        if let (true, Some(kind)) = (ours, recognize(path, &tree)) {
            documents.push((*path, Document::new(file, kind, tree)));
        }
    }
    let folder = Folder::new(memory.listing(), true, &memory);
    let members: Vec<Member<'_>> = documents.iter().map(|(path, document)| Member { path, document }).collect();
    let engine = stacklens::engine::Engine::new(stacklens::settings::Settings::everything(super::options()));
    let mut found: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
    for member in &members {
        found.insert(member.path.to_owned(), check(member.document));
    }
    for (path, list) in engine.cross(&Bundle::new(&folder, members.clone()), &members, &|_| Some(&engine)) {
        found.entry(path).or_default().extend(list);
    }
    found
}

fn check_folder(rule: &Rule, files: &[&Block], wrong: &mut Vec<String>) {
    let content = |b: &&Block| (b.path().unwrap_or_default().to_owned(), b.content(), b.has("mode=755"));
    let texts: Vec<_> = files.iter().map(content).collect();
    let given: Vec<_> = texts.iter().map(|(p, t, x)| (p.as_str(), t.clone(), *x)).collect();
    let found = check_files(&given);
    let place = format!("{}.md:{}", rule.id, files[0].line);
    let accepted = files[0].section == "Accepted";
    if !accepted && files.iter().all(|b| b.markers().is_empty()) {
        wrong.push(format!("{place}: a reported folder says nowhere what is reported"));
    }
    for (block, (path, text, _)) in files.iter().zip(&texts) {
        let document = document(path, text, DocumentKind::Template);
        let all: Vec<_> = found.get(path.as_str()).into_iter().flatten().collect();
        let markers = block.markers();
        let matches = |d: &Diagnostic, m: &(u32, Severity, String)| {
            d.rule.id == rule.id
                && document.file.position(d.span.start).line == m.0
                && d.severity == m.1
                && d.message.contains(&m.2)
        };
        let shown = list(&all, &document);
        for m in markers.iter().filter(|m| !all.iter().any(|d| matches(d, m))) {
            wrong.push(format!("{place}: {path}: not reported on line {}: {} {}\n{shown}", m.0, m.1.as_str(), m.2));
        }
        let bad = |d: &Diagnostic| {
            let own = d.rule.id == rule.id && !markers.iter().any(|m| matches(d, m));
            own || accepted && d.severity == Severity::Error
        };
        if all.iter().any(|d| bad(d)) {
            wrong.push(format!("{place}: {path}: reported but not said\n{shown}"));
        }
        for d in &all {
            if let Err(complaint) = well_formed(&document, d) {
                wrong.push(format!("{place}: {path}: {complaint}"));
            }
            let Some(fix) = d.fix.as_ref().filter(|_| d.rule.id == rule.id) else { continue };
            let fixed = given.iter().map(|(p, t, x)| (*p, if p == path { apply(t, fix) } else { t.clone() }, *x));
            let again = check_files(&fixed.collect::<Vec<_>>());
            let same =
                |list: &[Diagnostic]| list.iter().filter(|o| o.rule.id == rule.id && o.message == d.message).count();
            let after = again.get(path.as_str()).map_or(0, |l| same(l));
            if after >= found.get(path.as_str()).map_or(0, |l| same(l)) {
                wrong.push(format!("{place}: {path}: the fix does not remove `{}`", d.message));
            }
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
        for folder in folders(&blocks) {
            check_folder(rule, &folder, &mut wrong);
        }
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
            let shows = |b: &Block| b.section == section && (b.is_document() || b.path().is_some());
            if !blocks(rule.page).iter().any(shows) {
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
