//! Patterns of paths: `*` within a name, `**` across folders, `{a,b}`, `[ab]`; a folder stands for all that is in it.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Patterns, relative to one folder.
#[derive(Clone, Debug)]
pub struct Globs {
    set: GlobSet,
}

impl Globs {
    /// Patterns from their texts. With `anywhere` a pattern without a slash is looked for in every folder.
    ///
    /// # Errors
    /// What is wrong with a pattern.
    pub fn new<'p>(patterns: impl IntoIterator<Item = &'p str>, anywhere: bool) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            let text = pattern.trim_start_matches("./").trim_end_matches('/');
            let spread = anywhere && !text.contains('/');
            for ending in ["", "/**"] {
                let text = format!("{}{text}{ending}", if spread { "**/" } else { "" });
                let glob = GlobBuilder::new(&text).literal_separator(true).build();
                set.add(glob.map_err(|e| format!("the pattern `{pattern}` is malformed: {}", e.kind()))?);
            }
        }
        let set = set.build().map_err(|e| format!("the patterns are too large: {}", e.kind()))?;
        Ok(Globs { set })
    }

    /// Whether one of the patterns covers a path with slashes.
    pub fn cover(&self, path: &str) -> bool {
        self.set.is_match(path)
    }
}

#[cfg(test)]
mod tests {
    use super::Globs;

    #[test]
    fn patterns_cover_files_and_folders() {
        let covers = |pattern: &str, anywhere: bool, path: &str| Globs::new([pattern], anywhere).unwrap().cover(path);
        assert!(covers("vendor/", true, "vendor/a/b.yaml") && covers("vendor", true, "lib/vendor/b.yaml"));
        assert!(!covers("vendor", false, "lib/vendor/b.yaml"));
        assert!(covers("*.test.yaml", true, "a/b.test.yaml") && !covers("a/*.yaml", true, "a/b/c.yaml"));
        assert!(covers("a/**/*.yaml", true, "a/b/c.yaml") && covers("a/**/*.yaml", true, "a/c.yaml"));
        assert!(Globs::new(["a[b"], true).is_err());
    }
}
