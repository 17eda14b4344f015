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

const INPUTS: &[&str] = &["small", "100 resources", "500 resources", "200 conditions", "nested ifs", "linked ifs"];

fn input(name: &str) -> String {
    match name {
        "small" => queues(2),
        "100 resources" => queues(100),
        "500 resources" => queues(500),
        "200 conditions" => conditions(200),
        "linked ifs" => linked_ifs(500, 200),
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

/// Queues, functions and sources that name each other through nested `Fn::If`s over many conditions, which depend on each
/// other and on parameters that may be empty.
fn linked_ifs(resources: usize, conditions: usize) -> String {
    fn nested(depth: usize, seed: usize, conditions: usize, leaf: &dyn Fn(usize) -> String) -> String {
        if depth == 0 {
            return leaf(seed);
        }
        let (yes, no) = (seed * 2 + 1, seed * 2 + 2);
        let condition = (seed * 7 + depth * 13) % conditions;
        let (yes, no) = (nested(depth - 1, yes, conditions, leaf), nested(depth - 1, no, conditions, leaf));
        format!("!If [C{condition}, {yes}, {no}]")
    }
    let mut text = "Parameters:\n".to_owned();
    for i in 0..40 {
        let _ = writeln!(text, "  P{i}: {{Type: String, AllowedValues: [a, b, c, d]}}");
        let _ = writeln!(text, "  F{i}: {{Type: String, Default: ''}}");
    }
    text += "Conditions:\n";
    for i in 0..conditions {
        let before = |n: usize| format!("!Condition C{}", i.saturating_sub(n));
        let _ = match i % 5 {
            0 => writeln!(text, "  C{i}: !Equals [!Ref P{}, {}]", i % 40, ["a", "b", "c", "d"][i % 4]),
            1 => writeln!(text, "  C{i}: !Not [!Equals [!Ref F{}, '']]", i % 40),
            2 => writeln!(text, "  C{i}: !And [{}, {}]", before(1), before(2)),
            3 => writeln!(text, "  C{i}: !Or [{}, {}, !Condition C{}]", before(1), before(3), i / 2),
            _ => writeln!(text, "  C{i}: !Not [{}]", before(1)),
        };
    }
    text += "Resources:\n";
    let groups = resources / 3;
    for i in 0..groups {
        let of = |depth, leaf: &dyn Fn(usize) -> String| nested(depth, i, conditions, leaf);
        let condition = i % conditions;
        let dead = of(2, &|k| format!("!GetAtt Queue{}.Arn", k % groups));
        let hidden = of(3, &|k| (30 + k % 50).to_string());
        let fifo = of(2, &|k| if k % 2 == 0 { "true".to_owned() } else { "!Ref AWS::NoValue".to_owned() });
        let _ = write!(
            text,
            "  Queue{i}:\n    Type: AWS::SQS::Queue\n    Condition: C{condition}\n    Properties:\n      \
             VisibilityTimeout: {hidden}\n      FifoQueue: {fifo}\n      RedrivePolicy: {{deadLetterTargetArn: {dead}, \
             maxReceiveCount: 3}}\n  Function{i}:\n    Type: AWS::Lambda::Function\n    Condition: C{condition}\n    \
             Properties:\n      Role: arn:aws:iam::123456789012:role/x\n      Runtime: python3.13\n      Handler: a.b\n      \
             Timeout: {}\n      MemorySize: {}\n      Code: {{S3Bucket: bucket, S3Key: {}}}\n  Source{i}:\n    \
             Type: AWS::Lambda::EventSourceMapping\n    Properties:\n      EventSourceArn: {}\n      FunctionName: {}\n      \
             BatchSize: {}\n",
            of(3, &|k| (3 + k % 60).to_string()),
            of(3, &|k| (128 + k % 64).to_string()),
            of(2, &|k| format!("key{k}")),
            of(2, &|k| format!("!GetAtt Queue{}.Arn", k % groups)),
            of(2, &|k| format!("!Ref Function{}", k % groups)),
            of(2, &|k| (1 + k % 20).to_string()),
        );
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
