//! Pictures: what they show, in which order, and that those they are made for accept them.

use crate::cli::{folder, stacklens};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Names and descriptions that try to be something else.
const HOSTILE: &str = r#"
Description: "</script><script>alert(1)</script>"
Conditions:
  "Is\"Prod<b>": !Equals [!Ref AWS::Region, us-east-1]
Resources:
  "A\"]; evil [label=\"<img src=x>|{}`#;\\":
    Type: AWS::SNS::Topic
    Condition: "Is\"Prod<b>"
  End:
    Type: AWS::SNS::Topic
    DependsOn: "A\"]; evil [label=\"<img src=x>|{}`#;\\"
"#;

const STACK: &str = "\
Parameters:
  Env: {Type: String, Default: dev}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Topic:
    Type: AWS::SNS::Topic
    Condition: IsProd
    Properties:
      DisplayName: !Ref Queue
  Table:
    Type: AWS::DynamoDB::Table
    DependsOn: [Queue]
    Properties:
      TableName: !If [IsProd, !GetAtt Topic.TopicName, none]
";

fn graph(arguments: &[&str], template: &str) -> String {
    let mut all = vec!["graph", "-"];
    all.extend(arguments);
    let answer = stacklens(&all, template);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{arguments:?}");
    answer.out
}

#[test]
fn text_says_what_waits_for_what_and_why() {
    let expected = "\
<stdin> · 3 resources · 3 dependencies
wave 1
  Queue (SQS Queue) · holds data
wave 2
  Topic (SNS Topic) · off · if IsProd
    └─ Queue  Ref in DisplayName · off
  Table (DynamoDB Table) · holds data
    ├─ Queue  DependsOn
    └─ Topic  Fn::GetAtt TopicName in TableName · off · if IsProd
";
    assert_eq!(graph(&["--guards"], STACK), expected);
    let prod = graph(&["--parameter", "Env=prod", "--existing"], STACK);
    assert!(prod.contains("wave 3\n  Table") && !prod.contains("off"), "{prod}");
    let dev = graph(&["--existing"], STACK);
    assert!(!dev.contains("Topic"), "{dev}");
}

#[test]
fn only_what_is_near() {
    let near = graph(&["--around", "Topic"], STACK);
    assert!(near.contains("Queue") && near.contains("Table"), "{near}");
    let itself = graph(&["--around", "Topic", "--depth", "0"], STACK);
    assert!(itself.starts_with("<stdin> · 1 resource · 0 dependencies"), "{itself}");
    let unknown = stacklens(&["graph", "-", "--around", "Topik"], STACK);
    assert!(unknown.code == 2 && unknown.err.contains("did you mean `Topic`?"), "{}", unknown.err);
}

#[test]
fn stacks_of_a_folder_are_joined() {
    let folder = folder("graph-stacks");
    let put = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    put(
        "a-parent.yaml",
        "Resources:\n  Net:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: ./net.yaml}\n",
    );
    put(
        "app.yaml",
        "Resources:\n  App:\n    Type: AWS::SNS::Topic\n    Properties: {DisplayName: !ImportValue net-vpc}\n",
    );
    put(
        "net.yaml",
        "Resources:\n  Vpc:\n    Type: AWS::EC2::VPC\n    Properties: {CidrBlock: 10.0.0.0/16}\n\
         Outputs:\n  Id:\n    Value: !Ref Vpc\n    Export: {Name: net-vpc}\n",
    );
    let text = stacklens(&["graph", &folder.to_string_lossy()], "").out.replace(&*folder.to_string_lossy(), "DIR");
    assert!(text.contains("App (SNS Topic)\n    └─ net-vpc  Fn::ImportValue"), "{text}");
    assert!(text.contains("net-vpc (export of Id)\n    └─ Vpc  Outputs"), "{text}");
    assert!(text.contains("DIR/net.yaml (nested template)\n    └─ Net of DIR/a-parent.yaml  TemplateURL"), "{text}");
}

#[test]
fn what_is_no_template_is_said() {
    for (text, said) in [
        ("", "cannot be read"),
        ("a: 1", "is not recognised"),
        ("a: [", "cannot be read"),
        ("version: 0.2\nphases: {}\n", "is no template"),
    ] {
        let answer = stacklens(&["graph", "-"], text);
        assert!(answer.code == 2 && answer.err.contains(said), "{text:?}: {}", answer.err);
    }
}

#[test]
fn drawings_are_well_formed_and_hold_every_node() {
    for (name, text) in templates() {
        let svg = graph(&["--format", "svg", "--guards"], &text);
        let xml = roxmltree::Document::parse(&svg).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(!xml.descendants().any(|n| n.has_tag_name("script") || n.has_tag_name("img")), "{name}");
        let with = |class: &str| {
            let is = |n: &roxmltree::Node<'_, '_>| {
                n.attribute("class").is_some_and(|c| c.split(' ').next() == Some(class)) && n.is_element()
            };
            xml.descendants().filter(is).count()
        };
        let tree = graph(&[], &text);
        assert_eq!(
            with("node"),
            tree.lines().filter(|l| l.starts_with("  ") && !l.starts_with("   ")).count(),
            "{name}"
        );
        assert_eq!(with("arrow"), tree.lines().filter(|l| l.starts_with("    ")).count(), "{name}");
        let html = graph(&["--format", "html"], &text);
        assert!(html.contains("default-src 'none'") && !html.contains("<script"), "{name}");
    }
}

/// Graphviz itself reads it, where it is installed.
#[test]
fn graphviz_accepts_the_language() {
    if Command::new("dot").arg("-V").stderr(Stdio::null()).status().is_err() {
        return;
    }
    for (name, text) in templates() {
        let dot = graph(&["--format", "dot", "--guards", "--waves"], &text);
        let mut child = Command::new("dot")
            .args(["-Tplain", "-Gnslimit=1"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(dot.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{name}: {output:?}\n{dot}");
        let drawn = String::from_utf8(output.stdout).unwrap();
        let count = |word: &str, text: &str| text.lines().filter(|l| l.trim_start().starts_with(word)).count();
        assert_eq!(count("node ", &drawn), dot.matches("shape=").count() - 1, "{name}");
    }
}

/// Every sample template, and a hostile one.
fn templates() -> Vec<(String, String)> {
    let mut all = vec![("hostile".to_owned(), HOSTILE.to_owned())];
    for below in ["samples/templates/valid", "samples/sam/valid"] {
        for path in crate::files_below(&crate::root().join(below)) {
            let is_template = |p: &Path| p.extension().is_some_and(|e| e == "yaml" || e == "json");
            if is_template(&path) {
                let text = std::fs::read_to_string(&path).unwrap();
                if text.contains("Resources") {
                    all.push((path.display().to_string(), text));
                }
            }
        }
    }
    assert!(all.len() > 5);
    all
}
