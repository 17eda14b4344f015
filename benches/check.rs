//! How long reading and checking take: `cargo bench`. Times are of one thread; instruction counts, which do not depend
//! on the machine's load, are gated by `.ci/run`.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use stacklens::document::{self, Document, DocumentKind};
use stacklens::rule::Options;
use stacklens::source::SourceFile;
use stacklens::{engine, syntax};
use std::fmt::Write;
use std::path::Path;

fn main() {
    divan::main();
}

const INPUTS: &[&str] = &["small", "100 resources", "500 resources", "200 conditions", "nested ifs"];

fn input(name: &str) -> String {
    match name {
        "small" => queues(2),
        "100 resources" => queues(100),
        "500 resources" => queues(500),
        "200 conditions" => conditions(200),
        _ => nested_ifs(500, 20),
    }
}

/// `count` resources: queues, each with a policy that refers to it.
fn queues(count: usize) -> String {
    let mut text = "Parameters:\n  Stage:\n    Type: String\n    AllowedValues: [test, prod]\nResources:\n".to_owned();
    for i in 0..count / 2 {
        let _ = write!(
            text,
            "  Queue{i}:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !Sub '${{Stage}}-queue-{i}'\n      \
             VisibilityTimeout: 60\n      Tags:\n        - Key: stage\n          Value: !Ref Stage\n  Policy{i}:\n    \
             Type: AWS::SQS::QueuePolicy\n    Properties:\n      Queues: [!Ref Queue{i}]\n      PolicyDocument:\n        \
             Version: '2012-10-17'\n        Statement:\n          - Effect: Allow\n            Principal: '*'\n            \
             Action: sqs:SendMessage\n            Resource: !GetAtt Queue{i}.Arn\n"
        );
    }
    text
}

/// `count` conditions, each built on the one before it, over 40 parameters, and a topic for each.
fn conditions(count: usize) -> String {
    let mut text = "Parameters:\n".to_owned();
    for i in 0..40 {
        let _ = writeln!(text, "  P{i}:\n    Type: String\n    Default: ''");
    }
    text += "Conditions:\n  C0: !Equals [!Ref P0, '']\n";
    for i in 1..count {
        let _ = writeln!(text, "  C{i}: !Or [!Condition C{}, !Not [!Equals [!Ref P{}, '']]]", i - 1, i % 40);
    }
    text += "Resources:\n";
    for i in 0..count {
        let (c, p) = ((i * 7) % count, i % 40);
        let _ = writeln!(
            text,
            "  T{i}:\n    Type: AWS::SNS::Topic\n    Condition: C{i}\n    Properties:\n      \
             TopicName: !If [C{c}, !Ref P{p}, !Ref AWS::NoValue]"
        );
    }
    text
}

/// `resources` topics whose names are `depth` nested `Fn::If`s.
fn nested_ifs(resources: usize, depth: usize) -> String {
    let mut text = "Parameters:\n".to_owned();
    let mut named = "Conditions:\n".to_owned();
    let mut value = "last".to_owned();
    for i in 0..depth {
        let _ = writeln!(text, "  P{i}:\n    Type: String\n    Default: 'a'");
        let _ = writeln!(named, "  C{i}: !Equals [!Ref P{i}, a]");
        value = format!("!If [C{i}, name{i}, {value}]");
    }
    text = text + &named + "Resources:\n";
    for i in 0..resources {
        let _ = writeln!(text, "  T{i}:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: {value}");
    }
    text
}

fn options() -> Options {
    Options { as_of: Some("2026-11-21".to_owned()), ..Options::default() }
}

#[divan::bench(args = INPUTS)]
fn read(bencher: Bencher<'_, '_>, name: &str) {
    let text = input(name);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| syntax::read(black_box(&SourceFile::new("template.yaml", text.as_str()))));
}

#[divan::bench(args = INPUTS)]
fn check(bencher: Bencher<'_, '_>, name: &str) {
    let file = SourceFile::new("template.yaml", input(name));
    let tree = syntax::read(&file);
    let document = Document::new(file, DocumentKind::Template, tree);
    let options = options();
    bencher.bench(|| engine::check(black_box(&document), &options));
}

/// From bytes to findings: our samples, and the conformance templates beside the checkout when they are there.
#[divan::bench(args = ["samples", "../shared/conformance/cfn-lint/templates"])]
fn files(bencher: Bencher<'_, '_>, folder: &str) {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    files.sort();
    let options = options();
    let bytes: usize = files.iter().map(|f| f.1.len()).sum();
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        let mut findings = 0;
        for (name, text) in &files {
            let file = SourceFile::new(name.as_str(), text.as_str());
            let tree = syntax::read(&file);
            if let Some(kind) = document::recognize(name, &tree) {
                findings += engine::check(&Document::new(file, kind, tree), &options).len();
            }
        }
        findings
    });
}

fn collect(folder: &Path, out: &mut Vec<(String, String)>) {
    for path in std::fs::read_dir(folder).into_iter().flatten().filter_map(|e| Some(e.ok()?.path())) {
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json")
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            out.push((path.to_string_lossy().into_owned(), text));
        }
    }
}
