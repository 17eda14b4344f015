//! The SAM transform: every generated resource says where it comes from, and faults in what is generated are reported at
//! the author's words.

use stacklens::diagnostic::Severity;
use stacklens::document::{Document, DocumentKind};
use stacklens::engine;
use stacklens::rule::Options;
use stacklens::source::{SourceFile, Span};
use stacklens::syntax::{self, Entry, Node};
use stacklens::transform::{self, ExpandOptions, Origin, packaged};

fn document(name: &str, text: String) -> Document {
    let file = SourceFile::new(name, text);
    let tree = syntax::read(&file);
    Document::new(file, DocumentKind::Template, tree)
}

/// What a generated resource may come from: the entry of a resource in the author's text, and where it stands.
fn entry_around<'n>(root: &'n Node, section: &str, span: Span) -> Option<&'n Entry> {
    let entries = root.get(section).and_then(Node::as_map).unwrap_or_default();
    entries.iter().find(|e| e.key.span.to(e.value.span).contains(span))
}

/// Why an origin is wrong, if it is: it lies in the SAM resource, event or `Globals` entry that its words name.
fn wrong_origin(document: &Document, root: &Node, origin: &Origin) -> Option<String> {
    if document.file.slice(origin.span).trim().is_empty() {
        return Some("no text".to_owned());
    }
    if entry_around(root, "Globals", origin.span).is_some() {
        return None;
    }
    let Some(resource) = entry_around(root, "Resources", origin.span) else {
        return Some("outside `Resources` and `Globals`".to_owned());
    };
    let kind = resource.value.get("Type").and_then(Node::as_str).unwrap_or_default();
    let mut steps = origin.step.split('.');
    let owner = steps.next().unwrap_or_default();
    if owner != &*resource.key.text {
        return Some(format!("in `{}`, though made by `{owner}`", resource.key.text));
    }
    // Events write into the buckets and user pools they name.
    let plain =
        ["AWS::S3::Bucket", "AWS::Cognito::UserPool"].contains(&kind) || resource.value.get("Connectors").is_some();
    if !kind.starts_with("AWS::Serverless::") && !plain {
        return Some(format!("in a resource of type `{kind}`"));
    }
    let (second, event) = (steps.next(), steps.next());
    if let (Some("Events"), Some(id)) = (second, event) {
        let events = resource.value.at(&["Properties", "Events"]);
        let whole = events.and_then(|e| e.entry(id)).map(|e| e.key.span.to(e.value.span));
        return (!whole.is_some_and(|w| w.contains(origin.span))).then(|| format!("outside the event `{id}`"));
    }
    None
}

/// The places of values that no text of a SAM resource, an event or `Globals` caused.
fn misplaced(root: &Node, resource: &Entry) -> Vec<Span> {
    let mut found = Vec::new();
    resource.value.walk(&mut |n| {
        let placed = ["Resources", "Globals", "Parameters", "Mappings"];
        if !placed.iter().any(|s| entry_around(root, s, n.span).is_some()) {
            found.push(n.span);
        }
    });
    found
}

#[test]
fn every_generated_resource_has_its_cause_as_origin() {
    let (mut expanded, mut faults) = (0, Vec::new());
    for path in crate::reading::files() {
        let name = path.to_string_lossy().into_owned();
        let wanted = name.contains("samples/sam/") || name.contains("conformance/sam/");
        let Some(text) = std::fs::read_to_string(&path).ok().filter(|_| wanted && !name.contains("hash-inputs")) else {
            continue;
        };
        let document = document(&name, text);
        let Some(root) = document.root() else { continue };
        let options = ExpandOptions { region: "eu-west-1".to_owned(), ..ExpandOptions::default() };
        let expansion = transform::expand(&packaged::everything(root), &options);
        if !expansion.errors.is_empty() {
            continue;
        }
        expanded += 1;
        for e in expansion.root.get("Resources").and_then(Node::as_map).unwrap_or_default() {
            let id = &*e.key.text;
            match expansion.origins.iter().find(|o| o.path.len() == 2 && o.path[1] == id) {
                Some(origin) => {
                    let wrong = wrong_origin(&document, root, origin);
                    faults.extend(wrong.map(|why| format!("{name}: `{id}` from `{}`: {why}", origin.step)));
                    let at = |s: &Span| format!("{name}: a value of `{id}` at {:?}", document.file.position(s.start));
                    faults.extend(misplaced(root, e).iter().take(1).map(at));
                }
                None if root.get("Resources").is_some_and(|r| r.get(id).is_some()) => {}
                None => faults.push(format!("{name}: `{id}` has no origin")),
            }
        }
    }
    assert!(expanded > 0);
    assert!(faults.is_empty(), "{} of {expanded} templates:\n{}", faults.len(), faults.join("\n"));
}

/// (properties of a function, the marked text, words of the message): the finding stands at the mark.
#[test]
fn faults_of_generated_resources_stand_at_the_authors_words() {
    let good = "CodeUri: src\n      Handler: app.handler\n      Runtime: python3.13\n";
    for (fault, words) in [
        ("CodeUri: src\n      Handler: «[app]»\n      Runtime: python3.13\n", "takes a string"),
        ("CodeUri: src\n      Handler: app.handler\n      Runtime: «pyton3.13»\n", "pyton3.13"),
        (&format!("{good}      Timeout: «2000»\n"), "at most 900"),
        (&format!("{good}      MemorySize: «64»\n"), "at least 128"),
        (&format!("{good}      Architectures: [«arm»]\n"), "cannot be `arm`"),
        (
            &format!(
                "{good}      Events:\n        T:\n          Type: Schedule\n          Properties:\n            Schedule: «rat(5 minutes)»\n"
            ),
            "rat(5 minutes)",
        ),
        (
            &format!(
                "{good}      Events:\n        Q:\n          Type: SQS\n          Properties:\n            Queue: arn:aws:sqs:us-east-1:123456789012:q\n            BatchSize: «100000»\n"
            ),
            "at most 10000",
        ),
        (
            &format!(
                "{good}      Events:\n        «Get»:\n          Type: Api\n          Properties:\n            Path: /x\n"
            ),
            "Method",
        ),
        (
            &format!(
                "{good}  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: !Ref «FunctionRolle»\n"
            ),
            "FunctionRolle",
        ),
    ] {
        let marked = format!(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  Function:\n    Type: AWS::Serverless::Function\n    Properties:\n      {fault}"
        );
        let start = marked.find('«').unwrap();
        let text = marked.replacen('«', "", 1);
        let end = text.find('»').unwrap();
        let document = document("template.yaml", text.replacen('»', "", 1));
        let found = engine::check(&document, &Options::default());
        let hit = found
            .iter()
            .any(|d| d.span.start as usize == start && d.span.end as usize == end && d.message.contains(words));
        let errors: Vec<_> = found
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .map(|d| (document.file.slice(d.span), d.rule.id, &d.message))
            .collect();
        assert!(hit, "{marked}\n{errors:#?}");
        assert_eq!(errors.len(), 1, "one fault is one finding: {errors:#?}");
    }
}

#[test]
fn references_to_generated_resources_are_known() {
    let text = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Fn:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: src\n      Handler: a.b\n      Runtime: python3.13\n      AutoPublishAlias: live\n      Events:\n        Get:\n          Type: Api\n          Properties: {Path: /, Method: get}\nOutputs:\n  A: {Value: !Ref FnRole}\n  B: {Value: !Ref Fn.Alias}\n  C: {Value: !Ref FnAliaslive}\n  D: {Value: !Ref ServerlessRestApi}\n  E: {Value: !Ref ServerlessRestApi.Stage}\n  F: {Value: !GetAtt FnRole.Arn}\n";
    let found = engine::check(&document("template.yaml", text.to_owned()), &Options::default());
    let errors: Vec<_> =
        found.iter().filter(|d| d.severity == Severity::Error).map(|d| (d.rule.id, &d.message)).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// A finding in short: its line, rule and severity, and its words.
type Short = (u32, String, Severity, String);

/// A case of `tests/data/sam-faults.txt` without its marks, and what they say.
fn fault_case(body: &str, start: &str) -> (String, Vec<Short>) {
    let whole = body.starts_with("Transform:") || body.starts_with("AWSTemplateFormatVersion:");
    let marked = if whole { body.to_owned() } else { format!("{start}{body}") };
    let (mut text, mut wanted) = (String::new(), Vec::new());
    for (line, number) in marked.lines().zip(1..) {
        let marks = [("  # error: ", Severity::Error), ("  # warning: ", Severity::Warning)];
        let found = marks.iter().find_map(|(mark, severity)| Some((line.split_once(mark)?, *severity)));
        let kept = found.map_or(line, |((kept, _), _)| kept);
        text += &format!("{kept}\n");
        if let Some(((_, mark), severity)) = found {
            let (rule, words) = mark.split_once(' ').unwrap_or((mark, ""));
            wanted.push((number, rule.to_owned(), severity, words.to_owned()));
        }
    }
    (text, wanted)
}

/// Everything that is found in a template, by line.
fn found_in(name: &str, text: String) -> Vec<Short> {
    let document = document(name, text);
    let short = |d: &stacklens::diagnostic::Diagnostic| {
        let words = format!("{} / {}", d.message, d.help.as_deref().unwrap_or_default());
        (document.file.position(d.span.start).line, d.rule.id.to_owned(), d.severity, words)
    };
    let mut found: Vec<Short> =
        engine::check(&document, &Options::default()).iter().map(short).filter(|f| f.2 > Severity::Info).collect();
    found.sort_by_key(|f| f.0);
    found
}

#[test]
fn one_fault_is_one_finding_at_the_authors_line() {
    let all = include_str!("../data/sam-faults.txt");
    let (head, cases) = all.split_once("\n=== ").unwrap();
    let start = head[head.find("Transform:").unwrap()..].trim_end().to_owned() + "\n";
    let (mut tried, mut wrong) = (0, Vec::new());
    for case in cases.split("\n=== ") {
        let (name, body) = case.split_once('\n').unwrap();
        let (text, wanted) = fault_case(body, &start);
        let found = found_in(name, text);
        tried += 1;
        let fits = |(f, w): (&Short, &Short)| f.0 == w.0 && f.1 == w.1 && f.2 == w.2 && f.3.contains(&w.3);
        if found.len() != wanted.len() || wanted.is_empty() || !found.iter().zip(&wanted).all(fits) {
            wrong.push(format!("{name}: wanted {wanted:#?}, found {found:#?}"));
        }
    }
    assert!(tried >= 60, "{tried}");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}

/// A SAM template with code beside it.
const LOCAL: &str = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Fn:\n    Type: AWS::Serverless::Function\n    Properties: {CodeUri: src, Handler: a.b, Runtime: python3.13}\n";

/// (file, text, more arguments, exit code, part of standard output, part of standard error): what `expand` answers.
#[test]
fn expand_answers_odd_input() {
    let table = "{\"Transform\": \"AWS::Serverless-2016-10-31\", \"Parameters\": {\"Name\": {\"Type\": \"String\", \"Default\": \"notes\"}}, \"Resources\": {\"Notes\": {\"Type\": \"AWS::Serverless::SimpleTable\", \"Properties\": {\"TableName\": {\"Ref\": \"Name\"}}}}}";
    let plain = "Resources:\n  T:\n    Type: AWS::SNS::Topic\n";
    let folder = crate::cli::folder("expand");
    for (file, text, more, code, out, err) in [
        ("empty.yaml", "", &[][..], 2, "", "the template is empty"),
        ("comment.yaml", "# nothing\n", &[], 2, "", "the template is empty"),
        ("text.yaml", "hello\n", &[], 2, "", "no template: a template is a map"),
        ("list.yaml", "- a\n", &[], 2, "", "no template: a template is a map"),
        ("buildspec.yml", "version: 0.2\nphases: {build: {commands: [ls]}}\n", &[], 2, "", "a buildspec"),
        ("appspec.yml", "version: 0.0\nos: linux\n", &[], 2, "", "an AppSpec"),
        ("open.yaml", "a: 1\nb: [x\n", &[], 1, "", "open.yaml:3:1: error"),
        ("open.json", "{\"Resources\": {", &["--format", "json"], 1, "\"rule\": \"syntax\"", ""),
        ("none.yaml", "Transform: AWS::Serverless-2016-10-31\n", &[], 1, "", "`Resources` must be a map"),
        ("null.yaml", "Transform: AWS::Serverless-2016-10-31\nResources:\n", &[], 1, "", "null.yaml:2:11"),
        ("plain.yaml", plain, &[], 0, plain, ""),
        ("table.json", table, &[], 0, "  Notes:\n    Type: AWS::DynamoDB::Table\n", ""),
        ("table.json", table, &["--format", "json"], 0, "\"Type\": \"AWS::DynamoDB::Table\"", ""),
        ("table.json", table, &["--format", "json"], 0, "\"Ref\": \"Name\"", ""),
        ("table.json", table, &["--resolve"], 0, "TableName: notes\n", ""),
        ("table.json", table, &["--resolve", "--parameter-overrides", "Name=other"], 0, "TableName: other\n", ""),
        ("table.json", table, &["--parameter-overrides", "Nam=x"], 0, "Ref: Name", "no parameter `Nam`"),
        ("table.json", table, &["--parameter-overrides", "Name"], 2, "", "`Name` is no parameter value"),
        ("table.json", table, &["--origins"], 0, "table.json:1 Notes\n", ""),
        ("local.yaml", LOCAL, &[], 1, "", "no file or folder `src` beside the template"),
        ("local.yaml", LOCAL, &["--format", "json"], 1, "\"logicalId\": \"Fn\"", ""),
        ("two.yaml", "Resources: {}\n---\na: 1\n", &[], 1, "", "two.yaml:2:1: error"),
    ] {
        let path = folder.join(file);
        std::fs::write(&path, text).unwrap();
        let path = path.to_string_lossy();
        let arguments: Vec<&str> = ["expand", &path].into_iter().chain(more.iter().copied()).collect();
        let answer = crate::cli::stacklens(&arguments, "");
        let all = format!("{file} {more:?}: {} {}\n{}", answer.code, answer.out, answer.err);
        assert_eq!(answer.code, code, "{all}");
        assert!(answer.out.contains(out) && answer.err.contains(err), "{all}");
        assert_eq!(answer.err.is_empty(), err.is_empty(), "{all}");
        assert_eq!(answer.out.is_empty(), out.is_empty(), "{all}");
    }
    let absent = folder.join("absent.yaml");
    for path in [&folder, &absent] {
        let answer = crate::cli::stacklens(&["expand", &path.to_string_lossy()], "");
        assert!(answer.code == 2 && answer.err.contains("cannot read"), "{}", answer.err);
    }
    let answer = crate::cli::stacklens(&["expand", "-"], table);
    assert!(answer.code == 0 && answer.out.contains("AWS::DynamoDB::Table"), "{}", answer.err);
}

#[test]
fn local_code_is_taken_as_packaged() {
    let folder = crate::cli::folder("expand-local");
    std::fs::create_dir(folder.join("src")).unwrap();
    let (old, new) = (folder.join("old.yaml"), folder.join("new.yaml"));
    std::fs::write(&old, LOCAL).unwrap();
    std::fs::write(&new, LOCAL.replace("python3.13", "python3.13, Timeout: 30")).unwrap();
    let (old, new) = (old.to_string_lossy().into_owned(), new.to_string_lossy().into_owned());
    let expanded = crate::cli::stacklens(&["expand", &old], "");
    assert!(expanded.code == 0 && expanded.out.contains("S3Key: src"), "{}", expanded.err);
    assert!(expanded.err.contains("`CodeUri: src` in line 5"), "{}", expanded.err);
    for command in ["explain", "graph"] {
        let answer = crate::cli::stacklens(&[command, &old], "");
        assert!(answer.code == 0 && answer.out.contains("FnRole"), "{command}: {}{}", answer.out, answer.err);
        assert!(!answer.out.contains("Serverless Function"), "{command}: {}", answer.out);
    }
    let answer = crate::cli::stacklens(&["diff", &old, &new], "");
    assert!(
        answer.out.contains("AWS::Lambda::Function") || answer.out.contains("Lambda Function"),
        "{}{}",
        answer.out,
        answer.err
    );
    assert!(answer.out.contains("Timeout") && !answer.out.contains("S3Key"), "{}", answer.out);
}

#[test]
fn an_application_of_the_repository_stays_unknown() {
    let text = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Login:\n    Type: AWS::Serverless::Application\n    Properties:\n      Location:\n        ApplicationId: arn:aws:serverlessrepo:us-east-1:123456789012:applications/login-page\n        SemanticVersion: 1.0.4\n";
    let shown = crate::cli::stacklens(&["check", "--kind", "template", "-c", "SL054", "-f", "short", "-"], text);
    assert!(shown.out.contains(":6:7: info: `login-page`"), "{}{}", shown.out, shown.err);
    let quiet = crate::cli::stacklens(&["check", "--kind", "template", "-f", "short", "-"], text);
    assert!(!quiet.out.contains("SL054"), "{}", quiet.out);
    let expanded = crate::cli::stacklens(&["expand", "-"], text);
    assert!(expanded.code == 0 && expanded.err.contains("`Login` in line 3"), "{}", expanded.err);
}
