//! How long the transform of each SAM template takes: one line per template with the fastest of some rounds in
//! nanoseconds, of a warm process and without reading the file. `benches/expand.py` compares with the reference.
//!
//! usage: expand [--rounds N] [FILE or FOLDER...]

use stacklens::source::SourceFile;
use stacklens::syntax::{self, Node};
use stacklens::transform::{self, ExpandOptions};
use std::hint::black_box;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

fn main() {
    let mut rounds = 20;
    let mut folders = Vec::new();
    let mut words = std::env::args().skip(1).filter(|w| w != "--bench");
    while let Some(word) = words.next() {
        match word.as_str() {
            "--rounds" => rounds = words.next().and_then(|n| n.parse().ok()).unwrap_or(rounds),
            folder => folders.push(PathBuf::from(folder)),
        }
    }
    if folders.is_empty() {
        folders.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/sam/valid"));
    }
    let mut files: Vec<PathBuf> = folders.iter().flat_map(|f| files(f)).collect();
    files.sort();
    let parameters = [("param1", "value1"), ("param2", "value2")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    let options =
        ExpandOptions { region: "ap-southeast-1".to_owned(), parameters: parameters.to_vec(), resolve: false };
    let mut out = std::io::stdout().lock();
    for path in files {
        let Some(root) = root(&path) else { continue };
        if !transform::expand(&root, &options).errors.is_empty() {
            continue;
        }
        let time = || {
            let start = Instant::now();
            black_box(transform::expand(black_box(&root), &options));
            start.elapsed().as_nanos()
        };
        let fastest = (0..rounds).map(|_| time()).min().unwrap_or_default();
        let _ = writeln!(out, "{}\t{fastest}", path.display());
    }
}

fn root(path: &Path) -> Option<Node> {
    let file = SourceFile::new(path.to_string_lossy(), std::fs::read_to_string(path).ok()?);
    syntax::read(&file)
        .root
        .filter(|root| transform::asks_for(root, "AWS::Serverless-2016-10-31") || root.get("Resources").is_some())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    if folder.is_file() {
        return vec![folder.to_owned()];
    }
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(|e| Some(e.ok()?.path()));
    entries.filter(|p| p.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json")).collect()
}
