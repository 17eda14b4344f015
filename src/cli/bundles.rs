//! Crossing the files of a run: which folders are looked at as one, and what is on the disk there.

use super::config::Engines;
use super::gather::{self, Ignored};
use super::input;
use crate::bundle::folder::{Entry, Folder, Kind, Source};
use crate::bundle::samconfig;
use crate::bundle::{Bundle, Member};
use crate::diagnostic::{Applicability, Diagnostic};
use crate::document::{self, Document, DocumentKind};
use crate::engine::merge;
use crate::fix::{self, Improved, Look};
use crate::report::Checked;
use crate::rules;
use crate::source::SourceFile;
use crate::syntax;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

/// Most neighbours of a named file that are read.
const MAX_NEIGHBOURS: usize = 300;
/// Most things that are listed around a named file that lies in no repository: its folder may be anything.
const MAX_AROUND: usize = 2_000;
/// What a template says that other documents of its folder may answer; without any of it they are not read.
const ASKS_DOCUMENTS: &[&str] = &[
    "AWS::CodeBuild::",
    "AWS::CodePipeline::",
    "AWS::CodeDeploy::",
    "AWS::ECS::TaskDefinition",
    "ImportValue",
    "CodeDeployHook_",
];
/// What a template says that the files of its folder may answer; without any of it the folder is not even listed.
const ASKS_FILES: &[&str] = &[
    "Uri",
    "Handler",
    "Code",
    "Content",
    "TemplateURL",
    "Location",
    "Definition",
    "Body",
    "Buildspec",
    "BuildSpec",
    "Parameters",
];

/// A document of the run, where it was read from, and its findings.
pub(super) struct Read {
    /// Where it was read from; `None` for standard input.
    pub(super) path: Option<PathBuf>,
    /// The document.
    pub(super) document: Document,
    /// Its findings so far.
    pub(super) findings: Vec<Diagnostic>,
    /// Which input of the run it is.
    pub(super) input: usize,
}

/// A folder whose documents belong together.
struct Root {
    /// The folder as it is written in front of the names of its files.
    shown: PathBuf,
    /// The folder without links and `..`.
    real: PathBuf,
    /// Whether the folder itself was asked for, so that all its documents are read already.
    asked: bool,
    /// Most things to list below it.
    most: usize,
    /// The repository around it, which is looked at when the folder alone shows something: what seems to be missing here may
    /// lie there, and listing a repository takes longer than checking a file.
    around: Option<PathBuf>,
}

/// Texts to take in the place of those on the disk, by the path of the file without links.
pub(super) type Texts = BTreeMap<PathBuf, String>;

/// A file that is no document of the run, with what was found in it.
pub(super) struct Added {
    /// Where it is, without links.
    pub(super) path: PathBuf,
    /// The file and its findings.
    pub(super) checked: Checked,
}

/// Adds what the files show together to the findings; files that are no documents of the run are added with theirs.
/// `neighbour` reads a file that was not asked for.
pub(super) fn cross(
    engines: &Engines,
    paths: &[PathBuf],
    read: &mut [Read],
    neighbour: &dyn Fn(&Path) -> Option<Document>,
    texts: &Texts,
) -> Vec<Added> {
    let mut added = Vec::new();
    let reals: Vec<Option<PathBuf>> =
        read.iter().map(|r| r.path.as_deref().and_then(|p| p.canonicalize().ok())).collect();
    let mut todo = roots(paths, &reals);
    let mut next = 0;
    while next < todo.len() {
        let root = &todo[next];
        next += 1;
        let asked: Vec<&Document> = read
            .iter()
            .zip(&reals)
            .filter(|(_, real)| real.as_deref().is_some_and(|r| r.starts_with(&root.real)))
            .map(|(r, _)| &r.document)
            .collect();
        if !root.asked && !asked.iter().any(|d| says(d, ASKS_FILES) || says(d, ASKS_DOCUMENTS)) {
            continue;
        }
        let disk = Disk::open(root, texts);
        let values = || disk.entries.keys().any(|p| holds_values(p));
        let partial = !(root.asked
            || asked.iter().any(|d| says(d, ASKS_DOCUMENTS))
            || asked.iter().any(|d| says(d, &["Parameters"])) && values());
        let folder = Folder::new(disk.listing(), disk.whole, &disk);
        let own: Vec<(String, usize)> = reals
            .iter()
            .enumerate()
            .filter_map(|(i, real)| Some((relative(&root.real, real.as_deref()?)?, i)))
            .collect();
        let others = if root.asked || partial { Vec::new() } else { neighbours(root, &disk, &own, neighbour) };
        let found = {
            let named = own.iter().map(|(path, i)| Member { path, document: &read[*i].document });
            let members: Vec<_> =
                named.chain(others.iter().map(|(path, document)| Member { path, document })).collect();
            let mut bundle = Bundle::new(&folder, members.clone());
            bundle.partial |= partial;
            let of = |path: &str| own.iter().find(|o| o.0 == path).map(|(_, i)| engines.of(Some(read[*i].input)));
            engines.of(None).cross(&bundle, &members, &of)
        };
        if let Some(around) = root.around.clone().filter(|_| !found.is_empty()) {
            if !todo.iter().any(|r| r.real == around) {
                todo.push(named_root(around, gather::MAX_LISTED, None));
            }
            continue;
        }
        for (path, findings) in found {
            if let Some((_, i)) = own.iter().find(|o| o.0 == path) {
                merge(&mut read[*i].findings, findings);
            } else if !others.iter().any(|o| o.0 == path)
                && let Some(text) = folder.text(&path)
            {
                let name = root.shown.join(&path).display().to_string();
                let checked = Checked { file: SourceFile::new(name, text.file.text.clone()), findings };
                added.push(Added { path: root.real.join(&path), checked });
            }
        }
    }
    added.sort_by(|a, b| a.checked.file.name.cmp(&b.checked.file.name));
    added
}

/// Whether a document asks for something beside it; whatever is no template always does.
fn says(document: &Document, words: &[&str]) -> bool {
    document.kind != DocumentKind::Template || words.iter().any(|w| document.file.text.contains(w))
}

/// Whether a file is called like one with values for parameters.
fn holds_values(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let named = |words: &[&str]| words.iter().any(|word| path.contains(word));
    path.rsplit('/').next().is_some_and(|name| samconfig::NAMES.contains(&name))
        || path.ends_with(".json") && named(&["param", "config", "override"])
        || (path.ends_with(".yaml") || path.ends_with(".yml")) && named(&["deployment", "param"])
}

/// Applies the fixes of what the files showed together, to one file after the other: what each became, by its place.
///
/// `start` gives the text of a file that other fixes have changed, `make` the document of a text in place of another.
pub(super) fn improve(
    engines: &Engines,
    paths: &[PathBuf],
    read: &mut [Read],
    most: Applicability,
    neighbour: &dyn Fn(&Path) -> Option<Document>,
    start: &dyn Fn(&Read) -> Option<String>,
    make: &dyn Fn(&Document, &str) -> Document,
) -> Vec<(usize, Improved)> {
    let fixable =
        |d: &Diagnostic| rules::looks_across(d.rule) && d.fix.as_ref().is_some_and(|f| f.applicability <= most);
    let mut improved = Vec::new();
    for i in 0..read.len() {
        if !read[i].findings.iter().any(fixable) {
            continue;
        }
        let before = start(&read[i]).unwrap_or_else(|| read[i].document.file.text.clone());
        let engine = engines.of(Some(read[i].input));
        let kept: Vec<Vec<Diagnostic>> = read.iter_mut().map(|r| std::mem::take(&mut r.findings)).collect();
        let done = {
            let cell = RefCell::new(&mut *read);
            let look = |text: &str| {
                let mut read = cell.borrow_mut();
                let document = make(&read[i].document, text);
                let mut look = Look { reads: document.tree.errors.is_empty(), findings: engine.check(&document) };
                let original = std::mem::replace(&mut read[i].document, document);
                cross(engines, paths, &mut read, neighbour, &Texts::new());
                let shown: Vec<_> = read.iter_mut().map(|r| std::mem::take(&mut r.findings)).collect();
                merge(&mut look.findings, shown.into_iter().nth(i).unwrap_or_default());
                read[i].document = original;
                look
            };
            fix::improve(&before, look(&before), most, &look)
        };
        for (one, findings) in read.iter_mut().zip(kept) {
            one.findings = findings;
        }
        if !done.applied.is_empty() {
            improved.push((i, done));
        }
    }
    improved
}

/// Applies the fixes of what was found in files that are no documents of the run: what each became, by its place.
pub(super) fn improve_added(
    engines: &Engines,
    paths: &[PathBuf],
    read: &mut [Read],
    most: Applicability,
    neighbour: &dyn Fn(&Path) -> Option<Document>,
    added: &[Added],
) -> Vec<(usize, Improved)> {
    let fixable = |d: &Diagnostic| d.fix.as_ref().is_some_and(|f| f.applicability <= most);
    let mut improved = Vec::new();
    for (i, one) in added.iter().enumerate().filter(|(_, one)| one.checked.findings.iter().any(fixable)) {
        let kept: Vec<Vec<Diagnostic>> = read.iter_mut().map(|r| std::mem::take(&mut r.findings)).collect();
        let done = {
            let cell = RefCell::new(&mut *read);
            let look = |text: &str| {
                let mut read = cell.borrow_mut();
                let texts = Texts::from([(one.path.clone(), text.to_owned())]);
                let found = cross(engines, paths, &mut read, neighbour, &texts);
                read.iter_mut().for_each(|r| r.findings.clear());
                let findings = found.into_iter().find(|a| a.path == one.path).map(|a| a.checked.findings);
                let toml = one.path.extension().is_some_and(|ending| ending == "toml");
                let file = SourceFile::new(one.checked.file.name.clone(), text);
                let reads = toml || crate::syntax::read(&file).errors.is_empty();
                Look { reads, findings: findings.unwrap_or_default() }
            };
            let before = &one.checked.file.text;
            fix::improve(before, look(before), most, &look)
        };
        for (document, findings) in read.iter_mut().zip(kept) {
            document.findings = findings;
        }
        if !done.applied.is_empty() {
            improved.push((i, done));
        }
    }
    improved
}

/// The folders to cross: those asked for that lie in no other, then those around the named files outside of them.
fn roots(paths: &[PathBuf], reals: &[Option<PathBuf>]) -> Vec<Root> {
    let mut roots: BTreeMap<PathBuf, Root> = BTreeMap::new();
    let here = [PathBuf::from(".")];
    for path in if paths.is_empty() { &here } else { paths } {
        if let (true, Ok(real)) = (path.is_dir(), path.canonicalize()) {
            let shown = path.strip_prefix("./").unwrap_or(path);
            let shown = if shown == Path::new(".") { PathBuf::new() } else { shown.to_owned() };
            roots.entry(real.clone()).or_insert(Root {
                shown,
                real,
                asked: true,
                most: gather::MAX_LISTED,
                around: None,
            });
        }
    }
    let folders: Vec<PathBuf> = roots.keys().cloned().collect();
    roots.retain(|real, _| !folders.iter().any(|f| f != real && real.starts_with(f)));
    for real in reals.iter().flatten() {
        if folders.iter().any(|f| real.starts_with(f)) {
            continue;
        }
        let Some(folder) = real.parent() else { continue };
        let repository = folder.ancestors().take(12).find(|a| a.join(".git").exists());
        let around = repository.filter(|a| *a != folder).map(Path::to_owned);
        let most = if repository == Some(folder) { gather::MAX_LISTED } else { MAX_AROUND };
        roots.entry(folder.to_owned()).or_insert_with(|| named_root(folder.to_owned(), most, around));
    }
    roots.into_values().collect()
}

/// Hands the documents of a folder and below to `look`, with what lies there.
pub(super) fn folder<T>(path: &Path, look: impl FnOnce(&Bundle<'_>) -> T) -> Option<T> {
    let real = path.canonicalize().ok()?;
    let root = Root { shown: path.to_owned(), real, asked: true, most: gather::MAX_LISTED, around: None };
    let texts = Texts::new();
    let disk = Disk::open(&root, &texts);
    let others = neighbours(&root, &disk, &[], &document);
    let folder = Folder::new(disk.listing(), disk.whole, &disk);
    let members = others.iter().map(|(path, document)| Member { path, document }).collect();
    Some(look(&Bundle::new(&folder, members)))
}

/// Hands the documents around one to `look`, with the path of that one: those of its repository, of the folder that the
/// program runs in, or of its own folder.
pub(super) fn around<T>(path: &Path, own: &Document, look: impl FnOnce(&Bundle<'_>, &str) -> T) -> Option<T> {
    let real = path.canonicalize().ok()?;
    let here = std::env::current_dir().ok().and_then(|d| d.canonicalize().ok());
    let repository = real.ancestors().skip(1).take(12).find(|a| a.join(".git").exists());
    let folder = here.as_deref().filter(|h| real.starts_with(h)).or(repository).or(real.parent())?;
    // A pipeline may name files anywhere; the others look beside them.
    let folder = if own.kind == DocumentKind::Template { folder } else { real.parent()? };
    let root = named_root(folder.to_owned(), MAX_AROUND, None);
    let texts = Texts::new();
    let disk = Disk::open(&root, &texts);
    let name = relative(&root.real, &real)?;
    let others = neighbours(&root, &disk, &[(name.clone(), 0)], &document);
    let folder = Folder::new(disk.listing(), disk.whole, &disk);
    let others = others.iter().map(|(path, document)| Member { path, document });
    let members = others.chain([Member { path: &name, document: own }]).collect();
    Some(look(&Bundle::new(&folder, members), &name))
}

/// A document that nobody asked for.
fn document(path: &Path) -> Option<Document> {
    let name = path.display().to_string();
    let bytes = input::limited_file(path).ok().filter(|b| input::too_large(b).is_none())?;
    if !document::may_be_known(&name, &bytes) {
        return None;
    }
    let file = SourceFile::from_bytes(name, bytes).ok()?;
    let tree = syntax::read(&file);
    let kind = document::recognize(&file.name, &tree)?;
    Some(Document::new(file, kind, tree))
}

/// A folder with named files.
fn named_root(real: PathBuf, most: usize, around: Option<PathBuf>) -> Root {
    let here = std::env::current_dir().and_then(|d| d.canonicalize()).ok();
    let shown = here.and_then(|h| real.strip_prefix(h).ok().map(Path::to_owned));
    Root { shown: shown.unwrap_or_else(|| real.clone()), real, asked: false, most, around }
}

/// The documents around named files: those of their own folders first.
fn neighbours(
    root: &Root,
    disk: &Disk<'_>,
    own: &[(String, usize)],
    read: &dyn Fn(&Path) -> Option<Document>,
) -> Vec<(String, Document)> {
    let beside =
        |path: &str| own.iter().any(|o| crate::bundle::folder::parent(&o.0) == crate::bundle::folder::parent(path));
    let mut files: Vec<&String> = disk
        .entries
        .iter()
        .filter(|(path, entry)| entry.kind == Kind::File && gather::is_candidate(Path::new(path)))
        .map(|(path, _)| path)
        .filter(|path| !own.iter().any(|o| o.0 == **path) && !path.split('/').any(|p| p.starts_with('.')))
        .collect();
    files.sort_by_key(|path| (!beside(path), path.matches('/').count()));
    let files = files.into_iter().take(MAX_NEIGHBOURS);
    files.filter_map(|path| Some((path.clone(), read(&root.real.join(path))?))).collect()
}

/// The path of a file in a folder, with `/` between its parts; `None` when it lies elsewhere or is no text.
fn relative(folder: &Path, path: &Path) -> Option<String> {
    let inside = path.strip_prefix(folder).ok()?;
    let parts = inside.components().map(|c| match c {
        Component::Normal(part) => part.to_str(),
        _ => None,
    });
    Some(parts.collect::<Option<Vec<_>>>()?.join("/"))
}

/// A folder on the disk.
struct Disk<'t> {
    texts: &'t Texts,
    real: PathBuf,
    entries: BTreeMap<String, Entry>,
    whole: bool,
    ignored: Ignored,
}

impl<'t> Disk<'t> {
    fn open(root: &Root, texts: &'t Texts) -> Self {
        let (found, whole) = gather::list(&root.real, root.most);
        let patterns: Vec<PathBuf> =
            found.iter().filter(|p| p.file_name().is_some_and(|n| n == ".gitignore")).cloned().collect();
        let mut disk = Disk {
            texts,
            real: root.real.clone(),
            entries: BTreeMap::new(),
            whole,
            ignored: Ignored::read(patterns.iter().map(PathBuf::as_path)),
        };
        for path in found {
            if let (Some(name), Some(entry)) = (relative(&disk.real, &path), disk.look(&path)) {
                disk.entries.insert(name, entry);
            }
        }
        disk
    }

    fn listing(&self) -> Vec<(String, Entry)> {
        self.entries.iter().map(|(p, e)| (p.clone(), *e)).collect()
    }

    /// What a path is. A link counts as what it leads to when that lies in the folder.
    fn look(&self, path: &Path) -> Option<Entry> {
        let own = path.symlink_metadata().ok()?;
        let other = Entry { kind: Kind::Other, executable: None, size: 0 };
        if own.is_symlink() && !path.canonicalize().is_ok_and(|real| real.starts_with(&self.real)) {
            return Some(other);
        }
        let found = path.metadata().ok()?;
        Some(if found.is_dir() {
            Entry { kind: Kind::Folder, executable: None, size: 0 }
        } else if found.is_file() {
            Entry { kind: Kind::File, executable: executable(&found), size: found.len() }
        } else {
            other
        })
    }

    /// Where a path of the folder is on the disk; `None` when it is written so that it could lead out.
    fn place(&self, path: &str) -> Option<PathBuf> {
        let plain = Path::new(path).components().all(|c| matches!(c, Component::Normal(_)));
        plain.then(|| self.real.join(path))
    }
}

impl Source for Disk<'_> {
    fn entry(&self, path: &str) -> Option<Entry> {
        let place = self.place(path)?;
        // A link among the folders above must not lead out either.
        let real = place.parent()?.canonicalize().ok()?;
        if real.starts_with(&self.real) { self.look(&place) } else { None }
    }

    fn read(&self, path: &str, limit: usize) -> Option<Vec<u8>> {
        let real = self.place(path)?.canonicalize().ok()?;
        if !(real.starts_with(&self.real) && real.is_file()) {
            return None;
        }
        if let Some(text) = self.texts.get(&real) {
            return Some(text.clone().into_bytes());
        }
        let mut bytes = Vec::new();
        std::fs::File::open(real).ok()?.take(limit as u64 + 1).read_to_end(&mut bytes).ok()?;
        (bytes.len() <= limit).then_some(bytes)
    }

    fn ignored(&self, path: &str) -> bool {
        self.place(path).is_some_and(|place| self.ignored.has(&place))
    }
}

#[cfg(unix)]
fn executable(found: &std::fs::Metadata) -> Option<bool> {
    use std::os::unix::fs::PermissionsExt;
    Some(found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn executable(_: &std::fs::Metadata) -> Option<bool> {
    None
}
