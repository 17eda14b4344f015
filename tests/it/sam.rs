//! The SAM transform: every generated resource says where it comes from, and faults in what is generated are reported at
//! the author's words.

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
            .filter(|d| d.severity == stacklens::diagnostic::Severity::Error)
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
    let errors: Vec<_> = found
        .iter()
        .filter(|d| d.severity == stacklens::diagnostic::Severity::Error)
        .map(|d| (d.rule.id, &d.message))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}
