//! The bundle that an AppSpec for machines describes: where its root is, and whether what it names is in it.

use super::builds::{Build, Made};
use super::folder::{self, Folder, Found};
use super::{Bundle, In};
use crate::appspec::{AppSpec, paths};
use crate::nearest::nearest;
use crate::syntax::Node;

/// Whether something that an AppSpec names will be in the bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is there, at this path of the folder.
    There(String),
    /// It is there with other capitals.
    OtherCase(String),
    /// It is not there, and nothing makes it; this is the nearest there is.
    Missing(Option<String>),
    /// It is not there; a build that is not seen through could make it.
    Doubtful(Option<String>),
    /// It is not there, but it is made by a build.
    Made,
    /// That is not for us to say: it leads out of the bundle, holds a pattern or a placeholder.
    Unknown,
}

/// An AppSpec for machines with the root of its bundle.
#[derive(Debug)]
pub struct Revision<'r, 'b> {
    /// The AppSpec.
    pub spec: &'r In<'b, AppSpec<'b>>,
    /// The folder that becomes the root of the bundle.
    pub root: String,
    /// Whether nothing that the AppSpec names was found anywhere: the AppSpec alone is here, not its bundle.
    pub alone: bool,
}

/// Folders that builds make.
const BUILT: &[&str] = &[
    "target",
    "build",
    "dist",
    "out",
    "bin",
    "publish",
    "node_modules",
    "vendor",
    ".next",
    "_build",
    "release",
    "artifacts",
    "artifact",
    "output",
    "package",
    "obj",
    "lib",
    "libs",
    "public",
    "static",
    "staging",
    "deploy",
    "tmp",
    "venv",
    "bundle",
    "coverage",
    "site",
    "_site",
    "www",
];
/// Endings of files that builds make.
const BUILT_ENDINGS: &[&str] = &[
    "war",
    "jar",
    "ear",
    "zip",
    "tar",
    "gz",
    "tgz",
    "dll",
    "exe",
    "rpm",
    "deb",
    "so",
    "class",
    "whl",
    "nupkg",
    "phar",
    "bz2",
    "xz",
    "map",
    "css",
    "log",
    "env",
    "pid",
    "key",
    "pem",
    "crt",
    "msi",
    "war.original",
];
/// Files that say how something is built, by their names or endings.
const BUILDERS: &[&str] = &[
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "package.json",
    "Makefile",
    "makefile",
    "go.mod",
    "Cargo.toml",
    "composer.json",
    "Gemfile",
    "setup.py",
    "pyproject.toml",
    "requirements.txt",
    "build.sbt",
    "build.xml",
    "Jenkinsfile",
    "gulpfile.js",
    "Gruntfile.js",
    "webpack.config.js",
    "Rakefile",
    "CMakeLists.txt",
    "mix.exs",
    "project.clj",
    "Dockerfile",
    "bitbucket-pipelines.yml",
    ".travis.yml",
    ".gitlab-ci.yml",
    "azure-pipelines.yml",
    "build.sh",
    "deploy.sh",
    "package.sh",
    "appveyor.yml",
    "build.cake",
    "build.ps1",
    "angular.json",
    "wercker.yml",
    "circle.yml",
    ".drone.yml",
];
/// Files of which a copy may be read to see whether they name what is missing.
const PLANS: &[&str] = &[
    "Jenkinsfile",
    ".travis.yml",
    ".gitlab-ci.yml",
    "bitbucket-pipelines.yml",
    "azure-pipelines.yml",
    "Makefile",
    "package.json",
    "appveyor.yml",
    "circle.yml",
    "wercker.yml",
    ".drone.yml",
];

impl<'r, 'b> Revision<'r, 'b> {
    /// The revision of an AppSpec for machines, when its name says that it is one.
    pub fn of(bundle: &'r Bundle<'b>, spec: &'r In<'b, AppSpec<'b>>) -> Option<Self> {
        let name = folder::base_name(spec.path).to_ascii_lowercase();
        if !spec.view.is_server() || !matches!(name.as_str(), "appspec.yml" | "appspec.yaml") {
            return None;
        }
        let own = folder::parent(spec.path);
        let named = named(&spec.view);
        let count = |base: &str| {
            let there = |p: &&String| folder::join(base, p).is_some_and(|p| bundle.folder.find(&p) != Found::No);
            named.iter().filter(there).count()
        };
        let mut root = own;
        if count(own) == 0 && !named.is_empty() {
            let mut above = own;
            while !above.is_empty() {
                above = folder::parent(above);
                if count(above) > 0 {
                    root = above;
                    break;
                }
            }
        }
        let alone = !named.is_empty() && count(root) == 0 && is_bare(bundle.folder, own);
        Some(Revision { spec, root: root.to_owned(), alone })
    }

    /// Whether something is in the bundle. `script` says that it is one: those are written, hardly ever built.
    pub fn presence(&self, bundle: &Bundle<'_>, path: &str, script: bool) -> Presence {
        if paths::leaves_bundle(path) || path.contains(['$', '<', '>', '*', '?', '{']) || path.contains("%%") {
            return Presence::Unknown;
        }
        let Some(inside) = folder::join("", path) else { return Presence::Unknown };
        let Some(full) = folder::join(&self.root, path) else { return Presence::Unknown };
        match bundle.folder.find(&full) {
            Found::Yes(_) => return Presence::There(full),
            Found::OtherCase(other) => return Presence::OtherCase(other),
            Found::No => {}
        }
        if !bundle.folder.whole {
            return Presence::Unknown;
        }
        let near = near(bundle.folder, &full).or_else(|| only_one_called(bundle.folder, &full));
        if bundle.folder.ignored(&full) || self.is_put_in(bundle, &inside) {
            return Presence::Made;
        }
        match made(bundle, &inside, script) {
            Made::Yes => Presence::Made,
            Made::Perhaps if near.is_none() => Presence::Doubtful(near),
            _ if self.alone => Presence::Doubtful(near),
            _ => Presence::Missing(near),
        }
    }
}

impl Revision<'_, '_> {
    /// Whether a path is found from a folder above an AppSpec that lies in a folder of its own: the bundle is then put
    /// together from both.
    fn is_put_in(&self, bundle: &Bundle<'_>, path: &str) -> bool {
        let mut above = self.root.as_str();
        while !above.is_empty() {
            above = folder::parent(above);
            if folder::join(above, path).is_some_and(|p| bundle.folder.find(&p) != Found::No) {
                return true;
            }
        }
        false
    }
}

/// The file of this name that lies in another folder, when there is only one.
fn only_one_called(files: &Folder<'_>, path: &str) -> Option<String> {
    let mut found = files.files().filter(|f| folder::base_name(f) == folder::base_name(path));
    found.next().filter(|_| found.next().is_none()).map(str::to_owned)
}

/// Whether a build of the folder makes a path that is not there. `script` says that it is one: those are hardly ever built.
pub fn made(bundle: &Bundle<'_>, path: &str, script: bool) -> Made {
    let name = folder::base_name(path);
    let mut made = Made::No;
    for spec in &bundle.buildspecs {
        let build = Build::read(&spec.view);
        let by = build.makes(path, None);
        // A build that copies a folder of the same name or names the file makes it.
        if by == Made::Yes || build.names_output(name) {
            return Made::Yes;
        }
        made = made.max(if script && by == Made::Perhaps { Made::No } else { by });
        let base = spec.view.root.at(&["artifacts", "base-directory"]).and_then(Node::scalar_text);
        if base.is_some_and(|b| !matches!(b, "." | "./" | "")) {
            made = made.max(Made::Perhaps);
        }
    }
    if planned(bundle.folder, name) {
        return Made::Yes;
    }
    if script {
        return made;
    }
    let parts: Vec<&str> = path.split('/').collect();
    let built = parts.iter().any(|p| BUILT.contains(&p.to_ascii_lowercase().as_str()))
        || name.rsplit_once('.').is_some_and(|(_, e)| BUILT_ENDINGS.contains(&e.to_ascii_lowercase().as_str()));
    let builders = has_builder(bundle.folder) || !bundle.buildspecs.is_empty();
    match (built, builders) {
        (true, true) => Made::Yes,
        (true, false) => Made::Perhaps,
        (false, _) if has_compiler(bundle.folder) && !name.contains('.') => made.max(Made::Perhaps),
        _ => made,
    }
}

/// Everything an AppSpec names in its bundle.
fn named(spec: &AppSpec<'_>) -> Vec<String> {
    let sources = spec.files().into_iter().filter_map(|f| f.source?.value.as_str().map(str::to_owned));
    let scripts = spec.hooks().into_iter().flat_map(|h| h.scripts);
    let scripts = scripts.filter_map(|s| s.location?.value.as_str().map(str::to_owned));
    sources.chain(scripts).filter(|p| !paths::is_whole_bundle(p) && !p.is_empty()).collect()
}

/// Whether a folder holds nothing but documents like the AppSpec: no bundle at all.
pub fn is_bare(folder: &Folder<'_>, own: &str) -> bool {
    folder.names_in(own).into_iter().all(|name| {
        let ending = name.rsplit_once('.').map_or("", |(_, e)| e);
        matches!(ending, "yml" | "yaml" | "json" | "md" | "expected" | "txt") || name.starts_with('.')
    })
}

/// A name in the same folder that is nearly the one looked for, as a path from the same place.
pub fn near(files: &Folder<'_>, path: &str) -> Option<String> {
    let parent = folder::parent(path);
    let name = folder::base_name(path);
    let names = files.names_in(parent);
    let stem = |n: &str| n.rsplit_once('.').map_or(n.to_owned(), |(s, _)| s.to_owned());
    let same_stem = |n: &&&str| stem(n) == stem(name) && is_swap(n, name);
    let found = names.iter().find(same_stem).copied().or_else(|| nearest(name, names.iter().copied()));
    if let Some(found) = found {
        return folder::join(parent, found);
    }
    if parent.is_empty() {
        return None;
    }
    // The folder itself may be misspelt.
    let other = near(files, parent)?;
    let path = format!("{other}/{name}");
    files.has(&path).then_some(path)
}

/// Whether two names differ only in one of the usual pairs of endings.
fn is_swap(a: &str, b: &str) -> bool {
    let ending = |n: &str| n.rsplit_once('.').map_or("", |(_, e)| if e.contains('/') { "" } else { e }).to_owned();
    let (a, b) = (ending(a), ending(b));
    let pair = |x: &str, y: &str| a == x && b == y || a == y && b == x;
    pair("yml", "yaml")
        || pair("sh", "")
        || pair("sh", "bash")
        || pair("json", "yaml")
        || pair("json", "yml")
        || pair("js", "mjs")
}

fn has_builder(folder: &Folder<'_>) -> bool {
    folder.files().any(|path| {
        let name = folder::base_name(path);
        BUILDERS.contains(&name)
            || [".csproj", ".sln", ".fsproj"].iter().any(|e| name.ends_with(e))
            || path.contains(".github/workflows/")
            || path.contains(".circleci/")
    })
}

fn has_compiler(folder: &Folder<'_>) -> bool {
    folder.files().any(|path| {
        matches!(
            folder::base_name(path),
            "go.mod" | "Cargo.toml" | "Makefile" | "CMakeLists.txt" | "build.sh" | "main.go"
        )
    })
}

/// Whether a plan of another build system names a file.
fn planned(files: &Folder<'_>, name: &str) -> bool {
    let plans = files.files().filter(|path| {
        PLANS.contains(&folder::base_name(path)) || path.contains(".github/workflows/") || path.contains(".circleci/")
    });
    plans.take(50).any(|path| files.text(path).is_some_and(|t| t.file.text.contains(name)))
}
