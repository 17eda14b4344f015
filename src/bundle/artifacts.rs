//! Which files a buildspec hands on.

use super::folder;
use crate::buildspec::{entries, items};
use crate::source::Span;
use crate::syntax::Node;

/// One artifact of a buildspec.
#[derive(Clone, Debug)]
pub struct ArtifactSet {
    /// The key `files`, or the mapping without it.
    pub span: Span,
    /// The items of `files`, with their places.
    pub patterns: Vec<(String, Span)>,
    /// `base-directory`, when it is another folder than the source folder.
    pub base: Option<String>,
    /// Whether all files come without the folders in front of them.
    pub flat: bool,
    /// `exclude-paths`.
    pub without: Vec<String>,
}

/// Whether a file is taken along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// By this pattern.
    Yes(String),
    /// Nothing takes it.
    No,
    /// It is taken, but arrives under this path.
    Elsewhere(String),
    /// That depends on variables.
    Unknown,
}

impl ArtifactSet {
    /// The first artifact of a buildspec, or the one of that name. `None` when there is no such artifact.
    pub fn read(root: &Node, name: Option<&str>) -> Option<Self> {
        let artifacts = root.entry("artifacts")?;
        let (key, node) = match name {
            None => (&artifacts.key, &artifacts.value),
            Some(name) => {
                let entry = artifacts.value.get("secondary-artifacts")?.entry(name)?;
                (&entry.key, &entry.value)
            }
        };
        let files = node.entry("files");
        let text = |n: &Node| n.scalar_text().map(str::to_owned);
        let patterns = files.map(|e| items(&e.value)).unwrap_or_default();
        let base = node.get("base-directory").and_then(text).map(|b| b.trim_end_matches('/').to_owned());
        Some(ArtifactSet {
            span: files.map_or(key.span, |e| e.key.span),
            patterns: patterns.iter().filter_map(|n| Some((text(n)?, n.span))).collect(),
            base: base
                .filter(|b| !matches!(b.as_str(), "" | "." | "./" | "$CODEBUILD_SRC_DIR" | "${CODEBUILD_SRC_DIR}")),
            flat: node.get("discard-paths").is_some_and(is_yes),
            without: node.get("exclude-paths").map(items).unwrap_or_default().iter().filter_map(text).collect(),
        })
    }

    /// The names of the secondary artifacts, with their places.
    pub fn secondary(root: &Node) -> Vec<(&str, Span)> {
        let all = entries(root.at(&["artifacts", "secondary-artifacts"]));
        all.iter().map(|e| (&*e.key.text, e.key.span)).collect()
    }

    /// Whether a file is in the artifact under this path, if it is there to be taken.
    pub fn takes(&self, path: &str) -> Taken {
        let mut answer = Taken::No;
        let name = folder::base_name(path);
        for (pattern, _) in &self.patterns {
            let pattern = plain(pattern);
            if pattern.contains('$') || pattern.contains('`') {
                answer = if answer == Taken::No { Taken::Unknown } else { answer };
                continue;
            }
            if self.flat {
                if path == name && matches(folder::base_name(pattern), name) {
                    return self.unless_left_out(path, pattern);
                }
                if matches(folder::base_name(pattern), name) && answer == Taken::No {
                    answer = Taken::Elsewhere(name.to_owned());
                }
                continue;
            }
            if matches(pattern, path) {
                return self.unless_left_out(path, pattern);
            }
            // A folder alone; some say that its files are taken, so nothing is concluded.
            if path.starts_with(&format!("{}/", pattern.trim_end_matches('/'))) && answer == Taken::No {
                answer = Taken::Unknown;
            }
            if folder::base_name(pattern) == name && answer == Taken::No {
                answer = Taken::Elsewhere(pattern.to_owned());
            }
        }
        answer
    }

    fn unless_left_out(&self, path: &str, pattern: &str) -> Taken {
        if self.without.iter().any(|p| matches(plain(p), path)) { Taken::No } else { Taken::Yes(pattern.to_owned()) }
    }
}

fn plain(pattern: &str) -> &str {
    let pattern = pattern.trim();
    let pattern = pattern.strip_prefix("$CODEBUILD_SRC_DIR/").unwrap_or(pattern);
    pattern.strip_prefix("./").unwrap_or(pattern)
}

fn is_yes(node: &Node) -> bool {
    node.as_bool() == Some(true) || node.as_str().is_some_and(|t| t.eq_ignore_ascii_case("yes"))
}

/// Whether a pattern names a path: `**` stands for any folders, `*` and `?` for parts of one name.
pub fn matches(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').filter(|p| !p.is_empty()).collect();
    let path: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    // Row by row over the parts of the pattern: which ends of the path are reached.
    let mut reached = vec![false; path.len() + 1];
    reached[0] = true;
    for part in pattern {
        let mut next = vec![false; path.len() + 1];
        if part == "**" {
            let mut any = false;
            for (i, now) in reached.iter().enumerate() {
                any |= now;
                next[i] = any;
            }
        } else {
            for (i, name) in path.iter().enumerate() {
                next[i + 1] = reached[i] && wild(part.as_bytes(), name.as_bytes());
            }
        }
        reached = next;
    }
    reached[path.len()]
}

fn wild(pattern: &[u8], text: &[u8]) -> bool {
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for &p in pattern {
        let mut next = vec![false; text.len() + 1];
        let mut any = false;
        for i in 0..=text.len() {
            any |= reached[i];
            next[i] = match p {
                b'*' => any,
                b'?' => i > 0 && reached[i - 1],
                _ => i > 0 && reached[i - 1] && text[i - 1] == p,
            };
        }
        reached = next;
    }
    reached[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    #[test]
    fn patterns() {
        assert!(matches("**/*", "a/b.txt") && matches("**/*", "b.txt") && matches("scripts/**/*", "scripts/x.sh"));
        assert!(matches("scripts/*", "scripts/x.sh") && !matches("scripts/*", "scripts/a/x.sh"));
        assert!(!matches("*", "a/b") && matches("a?.yml", "ab.yml") && matches("**", "x/y"));
    }

    #[test]
    fn what_is_taken() {
        let text = "artifacts:\n  files: [a/appspec.yml, 'src/**/*', $X]\n  secondary-artifacts:\n    s: {files: ['*'], discard-paths: yes}\n";
        let file = SourceFile::new("b.yml", text);
        let root = crate::syntax::read(&file).root.unwrap_or_else(|| unreachable!());
        let first = ArtifactSet::read(&root, None).unwrap_or_else(|| unreachable!());
        assert_eq!(first.takes("src/x/y.js"), Taken::Yes("src/**/*".to_owned()));
        assert_eq!(first.takes("appspec.yml"), Taken::Elsewhere("a/appspec.yml".to_owned()));
        assert_eq!(first.takes("other.yml"), Taken::Unknown);
        let second = ArtifactSet::read(&root, Some("s")).unwrap_or_else(|| unreachable!());
        assert_eq!(second.takes("x.yml"), Taken::Yes("*".to_owned()));
        assert_eq!(second.takes("a/x.yml"), Taken::Elsewhere("x.yml".to_owned()));
        assert_eq!(ArtifactSet::secondary(&root).len(), 1);
    }
}
