//! Files that a template includes: read from its own folder, never from outside it.

use crate::document::{Document, DocumentKind};
use crate::source::SourceFile;
use crate::syntax::MAX_FILE_BYTES;
use crate::transform::include;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// Includes the local files that a template names. `path` is where the template was read from.
pub(super) fn include(document: &mut Document, path: &Path) {
    if document.kind != DocumentKind::Template {
        return;
    }
    let Some(root) = document.root() else { return };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let load = |location: &str| load(folder, location);
    if let Some(found) = include::include(root, &load) {
        document.tree.root = Some(found.root);
        document.included = found.places;
    }
}

fn load(folder: &Path, location: &str) -> Option<String> {
    let path = inside(folder, location)?;
    let file = std::fs::File::open(path).ok()?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes).ok()?;
    if bytes.len() > MAX_FILE_BYTES {
        return None;
    }
    SourceFile::from_bytes(location, bytes).ok().map(|f| f.text)
}

/// The file of a relative path, when it is a plain file in the folder or below, links followed.
fn inside(folder: &Path, location: &str) -> Option<PathBuf> {
    let relative = Path::new(location);
    let plain = |c: Component<'_>| matches!(c, Component::Normal(_) | Component::CurDir);
    if location.contains("://") || !relative.components().all(plain) {
        return None;
    }
    let folder = folder.canonicalize().ok()?;
    let path = folder.join(relative).canonicalize().ok()?;
    (path.starts_with(&folder) && path.is_file()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_folder_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        assert!(inside(&folder, "lib.rs").is_some());
        assert!(inside(&folder, "./cli/check.rs").is_some());
        for outside in ["../Cargo.toml", "/etc/passwd", "s3://bucket/key", "cli", "nothing.yaml", "file:///etc/passwd"]
        {
            assert!(inside(&folder, outside).is_none(), "{outside}");
        }
    }
}
