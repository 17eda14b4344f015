//! The samples: what is under `valid` has no finding, what is under `broken` has those in its `.expected`.
//!
//! `UPDATE_EXPECT=1` rewrites the expected files.

use super::cli::stacklens;
use super::{files_below, root, short_name, updating};
use stacklens::diagnostic::Diagnostic;
use stacklens::document::{Document, recognize};
use stacklens::engine::Engine;
use stacklens::settings::Settings;
use stacklens::source::SourceFile;
use std::path::{Path, PathBuf};

/// The samples in folders of this name that are one document each.
fn samples(folder: &str) -> Vec<PathBuf> {
    files_below(&root().join("samples"))
        .into_iter()
        .filter(|p| p.components().any(|c| c.as_os_str() == folder))
        .filter(|p| !p.components().any(|c| c.as_os_str() == "bundles"))
        .filter(|p| p.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json" || e == "config"))
        .collect()
}

fn line(document: &Document, finding: &Diagnostic, depth: usize, out: &mut String) {
    let at = document.file.position(finding.span.start);
    out.push_str(&"  ".repeat(depth));
    out.push_str(&format!(
        "{}:{} {} {} {}\n",
        at.line,
        at.column,
        finding.severity.as_str(),
        finding.rule.id,
        finding.message
    ));
    for child in &finding.children {
        line(document, child, depth + 1, out);
    }
}

/// The findings of a file at default settings, one per line.
fn found(path: &Path) -> String {
    let name = short_name(path);
    let file = SourceFile::new(&*name, std::fs::read_to_string(path).unwrap());
    let tree = stacklens::syntax::read(&file);
    let Some(kind) = recognize(&name, &tree) else { return format!("{name} is not recognised\n") };
    let document = Document::new(file, kind, tree);
    let mut out = String::new();
    for finding in Engine::new(Settings::default()).check(&document) {
        line(&document, &finding, 0, &mut out);
    }
    out
}

#[test]
fn valid_samples_are_clean() {
    let mut wrong = Vec::new();
    for path in samples("valid") {
        let found = found(&path);
        if !found.is_empty() {
            wrong.push(format!("{}:\n{found}", short_name(&path)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn broken_samples_are_reported_as_expected() {
    let mut wrong = Vec::new();
    for path in samples("broken") {
        let mut expected = path.clone().into_os_string();
        expected.push(".expected");
        let found = found(&path);
        if found.is_empty() {
            wrong.push(format!("{}: nothing is reported", short_name(&path)));
        }
        if updating() {
            std::fs::write(&expected, &found).unwrap();
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != found {
            wrong.push(format!("{}: now reported\n{found}", short_name(&path)));
        }
    }
    assert!(wrong.is_empty(), "UPDATE_EXPECT=1 accepts what is reported\n{}", wrong.join("\n"));
}

/// The projects in a folder of `samples/bundles`, sorted.
fn bundles(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("samples/bundles").join(folder)).unwrap();
    let mut found: Vec<_> = entries.map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    found.sort();
    found
}

/// What checking a whole project prints, with paths from the top of it.
fn crossed(project: &Path) -> String {
    let out = stacklens(&["check", &project.to_string_lossy(), "--format", "short", "--as-of", "2026-11-21"], "").out;
    out.replace(&format!("{}/", project.to_string_lossy().replace('\\', "/")), "")
}

#[test]
fn valid_projects_are_clean() {
    for project in bundles("valid") {
        let found = crossed(&project);
        assert!(found.starts_with("no findings"), "{}:\n{found}", short_name(&project));
    }
}

#[test]
fn broken_projects_are_reported_as_expected() {
    let mut wrong = Vec::new();
    for project in bundles("broken") {
        let expected = project.with_extension("expected");
        let found = crossed(&project);
        if updating() {
            std::fs::write(&expected, &found).unwrap();
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != found {
            wrong.push(format!("{}: now reported\n{found}", short_name(&project)));
        }
    }
    assert!(wrong.is_empty(), "UPDATE_EXPECT=1 accepts what is reported\n{}", wrong.join("\n"));
}
