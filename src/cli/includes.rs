//! Files that a template includes or deploys as stacks of their own: read from its own folder, never from outside it.

use crate::document::{Document, DocumentKind, Nested};
use crate::source::SourceFile;
use crate::syntax::{self, MAX_FILE_BYTES, Node};
use crate::template::Template;
use crate::transform::include;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// Most nested templates that are read for one template.
const MAX_NESTED: usize = 100;

/// Includes the local files that a template names, and looks at those that it deploys. `path` is where the template was read from.
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
    document.nested = nested(document, folder);
}

/// What the local templates say that a template deploys as stacks of their own.
fn nested(document: &Document, folder: &Path) -> Vec<Nested> {
    let Some(root) = document.root() else { return Vec::new() };
    let mut locations: BTreeSet<&str> = BTreeSet::new();
    for resource in Template::read(root).resources.iter() {
        let property = match resource.kind() {
            Some("AWS::CloudFormation::Stack") => "TemplateURL",
            Some("AWS::Serverless::Application") => "Location",
            _ => continue,
        };
        resource.each_at(&[property], true, &mut |node: &Node, _| locations.extend(node.as_str()));
    }
    let read = |location: &&str| {
        let file = SourceFile::new(*location, load(folder, location)?);
        Nested::of(location, &syntax::read(&file))
    };
    locations.iter().take(MAX_NESTED).filter_map(read).collect()
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
