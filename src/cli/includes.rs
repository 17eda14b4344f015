//! What a template includes or deploys as stacks of their own: files of its own folder, never from outside it, and what is
//! at addresses if the user allows that.

use super::input;
use super::remote::Sources;
use crate::document::{Document, DocumentKind, Nested};
use crate::source::SourceFile;
use crate::syntax::{self, Node};
use crate::template::Template;
use crate::transform::include;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// Most nested templates that are read for one template.
const MAX_NESTED: usize = 100;

/// Includes the local files that a template names, and looks at those that it deploys. `path` is where the template was read from.
pub(super) fn include(document: &mut Document, path: &Path, sources: &Sources) {
    let folder = folder_of(path);
    include_with(document, &|location| sources.load(folder, location));
}

/// Includes the local files for good: what they replaced is gone, so that the template reads as CloudFormation sees it.
pub(super) fn settle(document: &mut Document, path: &Path, sources: &Sources) {
    let folder = folder_of(path);
    settle_with(document, &|location| sources.load(folder, location));
}

/// The same with files from anywhere: `load` gives the text of a path that is written in the template.
pub(super) fn settle_with(document: &mut Document, load: &dyn Fn(&str) -> Option<String>) {
    include_with(document, load);
    if let Some(root) = &mut document.tree.root {
        include::remove_transforms(root, &document.included);
    }
}

/// The folder of a file, never an empty path.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn include_with(document: &mut Document, load: &dyn Fn(&str) -> Option<String>) {
    if document.kind != DocumentKind::Template {
        return;
    }
    let Some(root) = document.root() else { return };
    if let Some(found) = include::include(root, load) {
        document.tree.root = Some(found.root);
        document.included = found.places;
    }
    let read = |location: &String| {
        let file = SourceFile::new(location.as_str(), load(location)?);
        Nested::of(location, &syntax::read(&file))
    };
    document.nested = nested(document).iter().filter_map(read).collect();
}

/// The paths of the templates that a template deploys as stacks of their own, as they are written there.
pub(super) fn nested(document: &Document) -> BTreeSet<String> {
    let mut locations = BTreeSet::new();
    let Some(root) = document.root() else { return locations };
    for resource in Template::read(root).resources.iter() {
        let property = match resource.kind() {
            Some("AWS::CloudFormation::Stack") => "TemplateURL",
            Some("AWS::Serverless::Application") => "Location",
            _ => continue,
        };
        resource.each_at(&[property], true, &mut |node: &Node, _| {
            let room = locations.len() < MAX_NESTED;
            locations.extend(node.as_str().filter(|_| room).map(str::to_owned));
        });
    }
    locations
}

/// The text of a file in a folder or below.
pub(super) fn load(folder: &Path, location: &str) -> Option<String> {
    let path = inside(folder, location)?;
    let bytes = input::limited_file(&path).ok().filter(|bytes| input::too_large(bytes).is_none())?;
    SourceFile::from_bytes(location, bytes).ok().map(|f| f.text)
}

/// A path that leads down from the folder of a template.
pub(super) fn relative(location: &str) -> Option<&Path> {
    let path = Path::new(location);
    let plain = |c: Component<'_>| matches!(c, Component::Normal(_) | Component::CurDir);
    (!location.contains("://") && path.components().all(plain)).then_some(path)
}

/// The file of a relative path, when it is a plain file in the folder or below, links followed.
fn inside(folder: &Path, location: &str) -> Option<PathBuf> {
    let relative = relative(location)?;
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
