//! Paths as an AppSpec writes them: of a bundle and of a machine.

use std::collections::BTreeSet;

/// The parts of a path, whichever separator it is written with; `.` is dropped, `..` kept.
pub fn parts(path: &str) -> Vec<&str> {
    path.split(['/', '\\']).filter(|p| !p.is_empty() && *p != ".").collect()
}

/// The last part.
pub fn base_name(path: &str) -> Option<&str> {
    parts(path).last().copied()
}

/// A path of a machine in one spelling: parts joined by `/`, without a separator at the end.
pub fn normal(path: &str) -> String {
    let mut out = String::new();
    for part in parts(path) {
        out.push('/');
        out.push_str(part);
    }
    out
}

/// Whether `inner` is `outer` or lies below it; both in the form of `normal`.
pub fn is_within(inner: &str, outer: &str) -> bool {
    inner == outer || inner.strip_prefix(outer).is_some_and(|rest| outer.is_empty() || rest.starts_with('/'))
}

/// Whether a path inside a bundle climbs out of it.
pub fn leaves_bundle(path: &str) -> bool {
    let mut depth = 0_i32;
    for part in parts(path) {
        depth += if part == ".." { -1 } else { 1 };
        if depth < 0 {
            return true;
        }
    }
    false
}

/// Whether a path names the whole bundle.
pub fn is_whole_bundle(path: &str) -> bool {
    !path.is_empty() && parts(path).is_empty()
}

/// Whether it starts with a drive: `C:\x`.
pub fn has_drive(path: &str) -> bool {
    let bytes = path.as_bytes();
    bytes.len() >= 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':'
}

/// Whether the last part has an ending that files have and folders do not.
pub fn looks_like_file(path: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "bat",
        "cfg",
        "cmd",
        "conf",
        "config",
        "cnf",
        "crt",
        "css",
        "csv",
        "dll",
        "env",
        "exe",
        "gz",
        "htm",
        "html",
        "ico",
        "ini",
        "jar",
        "js",
        "json",
        "key",
        "md",
        "mjs",
        "pem",
        "php",
        "png",
        "properties",
        "ps1",
        "py",
        "rb",
        "rpm",
        "deb",
        "service",
        "sh",
        "socket",
        "sql",
        "svg",
        "tar",
        "tgz",
        "timer",
        "toml",
        "txt",
        "war",
        "xml",
        "yaml",
        "yml",
        "zip",
    ];
    let Some(name) = base_name(path) else { return false };
    if path.ends_with(['/', '\\']) {
        return false;
    }
    name.rsplit_once('.')
        .is_some_and(|(stem, end)| !stem.is_empty() && ENDINGS.contains(&end.to_ascii_lowercase().as_str()))
}

/// What a `files` entry is known to put on the machine: the file itself when the source is one, else something below
/// the destination.
pub fn deployed(source: &str, destination: &str) -> Deployed {
    let folder = normal(destination);
    match base_name(source) {
        Some(name) if looks_like_file(source) => Deployed::File(format!("{folder}/{name}")),
        _ => Deployed::Below(folder),
    }
}

/// See [`deployed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deployed {
    /// This file.
    File(String),
    /// Files below this folder, their names unknown.
    Below(String),
}

/// Everything that `files` puts on the machine, for questions about paths.
#[derive(Clone, Debug, Default)]
pub struct Copied {
    files: BTreeSet<String>,
    folders: BTreeSet<String>,
}

impl FromIterator<Deployed> for Copied {
    fn from_iter<I: IntoIterator<Item = Deployed>>(items: I) -> Self {
        let mut copied = Copied::default();
        for item in items {
            match item {
                Deployed::File(path) => copied.files.insert(path),
                Deployed::Below(path) => copied.folders.insert(path),
            };
        }
        copied
    }
}

impl Copied {
    /// Whether nothing is copied.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.folders.is_empty()
    }

    /// Whether this very file is copied.
    pub fn has_file(&self, path: &str) -> bool {
        self.files.contains(path)
    }

    /// Whether `object` can be something copied, above it or below it.
    pub fn touches(&self, object: &str) -> bool {
        let mut above = Some(object);
        while let Some(folder) = above {
            if self.folders.contains(folder) {
                return true;
            }
            above = folder.rsplit_once('/').map(|(parent, _)| parent);
        }
        self.reached(object)
    }

    /// Whether something copied is `object` or lies below it.
    fn reached(&self, object: &str) -> bool {
        let below = format!("{object}/");
        [&self.files, &self.folders]
            .iter()
            .any(|set| set.contains(object) || set.range(below.clone()..).next().is_some_and(|p| p.starts_with(&below)))
    }

    /// Whether something copied lies below both of two objects.
    pub fn are_reached_from(&self, one: &str, other: &str) -> bool {
        if is_within(one, other) { self.reached(one) } else { is_within(other, one) && self.reached(other) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundle_and_machine_paths() {
        assert!(leaves_bundle("../a") && leaves_bundle("a/../../b") && !leaves_bundle("a/../b"));
        assert!(is_whole_bundle("/") && is_whole_bundle("\\") && !is_whole_bundle("") && !is_whole_bundle("a"));
        assert!(is_within("/srv/app", "/srv") && !is_within("/srv2", "/srv") && is_within("/srv", ""));
        assert!(looks_like_file("a/index.html") && !looks_like_file("conf.d") && !looks_like_file("example.com"));
        assert_eq!(deployed("a/x.sh", "/srv/"), Deployed::File("/srv/x.sh".into()));
    }
}
