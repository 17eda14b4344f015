//! Half a file, a file with a line gone or doubled: nothing may panic, and every span must fit.

use super::pages::blocks;
use super::{check, document, files_below, root, short_name, well_formed};
use stacklens::document::{Document, DocumentKind, recognize};
use stacklens::source::SourceFile;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The text cut after each line, without each line, and with each line twice. `step` leaves some out.
fn variants(text: &str, step: usize) -> Vec<String> {
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let mut all = Vec::new();
    for i in (0..lines.len()).step_by(step) {
        let (before, after) = (lines[..i].concat(), lines[i + 1..].concat());
        let half: String = lines[i].chars().take(lines[i].chars().count() / 2).collect();
        all.push(format!("{before}{half}"));
        all.push(format!("{before}{after}"));
        all.push(format!("{before}{}{}{after}", lines[i], lines[i]));
    }
    all
}

fn survives(name: &str, text: &str, make: &dyn Fn(&str) -> Document, wrong: &mut Vec<String>) {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let document = make(text);
        check(&document).iter().try_for_each(|finding| well_formed(&document, finding))
    }));
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(complaint)) => wrong.push(format!("{name}: {complaint}\n{text}")),
        Err(_) => wrong.push(format!("{name}: a panic\n{text}")),
    }
}

#[test]
fn mutilated_samples() {
    let mut wrong = Vec::new();
    for path in files_below(&root().join("samples")) {
        let name = short_name(&path);
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let file = SourceFile::new(&*name, &*text);
        let tree = stacklens::syntax::read(&file);
        let kind = recognize(&name, &tree).unwrap_or(DocumentKind::Template);
        let step = (text.lines().count() / 40).max(1);
        for variant in variants(&text, step) {
            survives(&name, &variant, &|text| document(&name, text, kind), &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{} wrong, the first:\n{}", wrong.len(), wrong[0]);
}

#[test]
fn mutilated_pages() {
    let mut wrong = Vec::new();
    for rule in stacklens::rules::all() {
        for block in blocks(rule.page).iter().filter(|b| b.is_document()) {
            for variant in variants(&block.text, 2) {
                survives(rule.id, &variant, &|text| block.document(text), &mut wrong);
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong, the first:\n{}", wrong.len(), wrong[0]);
}
