//! A folder that exists only as text: for tests and for pages that show several files.

use super::folder::{Entry, Kind, Source};
use std::collections::BTreeMap;

/// Files by path, each with its content and whether it may be executed.
#[derive(Debug, Default)]
pub struct Memory {
    files: BTreeMap<String, (String, bool)>,
}

impl Memory {
    /// Adds a file.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>, executable: bool) {
        self.files.insert(path.into(), (text.into(), executable));
    }

    /// Everything there is.
    pub fn listing(&self) -> Vec<(String, Entry)> {
        self.files.iter().map(|(path, file)| (path.clone(), entry(file))).collect()
    }
}

fn entry(file: &(String, bool)) -> Entry {
    Entry { kind: Kind::File, executable: Some(file.1), size: file.0.len() as u64 }
}

impl Source for Memory {
    fn entry(&self, path: &str) -> Option<Entry> {
        self.files.get(path).map(entry)
    }

    fn read(&self, path: &str, limit: usize) -> Option<Vec<u8>> {
        self.files.get(path).map(|f| f.0.clone().into_bytes()).filter(|b| b.len() <= limit)
    }

    fn ignored(&self, path: &str) -> bool {
        let patterns = self.files.get(".gitignore").map_or("", |f| &f.0);
        let named = |pattern: &str| {
            let pattern = pattern.trim().trim_matches('/');
            !pattern.is_empty() && path.split('/').any(|part| part == pattern)
        };
        patterns.lines().any(named)
    }
}
