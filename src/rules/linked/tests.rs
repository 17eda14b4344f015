//! Links between resources that depend on conditions, and links that are not known.

use crate::document::{Document, DocumentKind};
use crate::rule::Options;
use crate::source::SourceFile;

/// The findings of this family as `rule line message`.
fn found(text: &str) -> Vec<String> {
    let file = SourceFile::new("t.yaml", text);
    let tree = crate::syntax::read(&file);
    let document = Document::new(file, DocumentKind::Template, tree);
    let own = |id: &str| super::FAMILY.rules.iter().any(|rule| rule.id == id);
    let findings = crate::engine::check(&document, &Options::default());
    let line = |d: &crate::diagnostic::Diagnostic| {
        let line = document.file.position(d.span.start).line;
        format!("{} {line} {}", d.rule.id, d.notes.join("; ")).trim_end().to_owned()
    };
    findings.iter().filter(|d| own(d.rule.id)).map(line).collect()
}

const PARAMETERS: &str = "\
Parameters:
  Env: {Type: String}
  Number: {Type: Number}
Conditions:
  Prod: !Equals [!Ref Env, prod]
  Test: !Not [!Condition Prod]
Resources:
";

fn of(resources: &str) -> Vec<String> {
    found(&format!("{PARAMETERS}{resources}"))
}

fn queue(source: &str, dead: &str, target: &str) -> Vec<String> {
    of(&format!(
        "  Source:
    Type: AWS::SQS::Queue
    Properties:
      {source}
      RedrivePolicy: {{deadLetterTargetArn: {target}, maxReceiveCount: 3}}
  Dead:
    Type: AWS::SQS::Queue
    Properties:
      {dead}
"
    ))
}

#[test]
fn a_difference_is_found_where_it_is() {
    assert_eq!(queue("FifoQueue: true", "DelaySeconds: 1", "!GetAtt Dead.Arn"), ["E3502 11"]);
    assert_eq!(queue("FifoQueue: 'true'", "FifoQueue: false", "!GetAtt Dead.Arn"), ["E3502 11"]);
    // Nothing says what the source is: the finding is at the properties.
    assert_eq!(queue("DelaySeconds: 1", "FifoQueue: true", "!GetAtt Dead.Arn"), ["E3502 10"]);
    assert_eq!(queue("FifoQueue: true", "FifoQueue: true", "!GetAtt Dead.Arn"), Vec::<String>::new());
}

#[test]
fn what_is_not_known_is_silent() {
    let none: Vec<String> = Vec::new();
    assert_eq!(queue("FifoQueue: true", "FifoQueue: !Ref Env", "!GetAtt Dead.Arn"), none);
    assert_eq!(queue("FifoQueue: !ImportValue x", "FifoQueue: true", "!GetAtt Dead.Arn"), none);
    assert_eq!(queue("FifoQueue: true", "DelaySeconds: 1", "!Ref Env"), none);
    assert_eq!(queue("FifoQueue: true", "DelaySeconds: 1", "!Sub '${Dead.Arn}'"), none);
    assert_eq!(queue("FifoQueue: true", "DelaySeconds: 1", "!GetAtt Nothing.Arn"), none);
    assert_eq!(queue("FifoQueue: true", "'Fn::Transform': {Name: Macro}", "!GetAtt Dead.Arn"), none);
    assert_eq!(queue("FifoQueue: '{{resolve:ssm:/fifo}}'", "DelaySeconds: 1", "!GetAtt Dead.Arn"), none);
}

#[test]
fn conditions_count_on_both_sides() {
    let none: Vec<String> = Vec::new();
    let when = |holds: &str| vec![format!("E3502 11 this is so when {holds}")];
    let dead = "!GetAtt Dead.Arn";
    let nothing = "!Ref AWS::NoValue";
    // Both depend on the same condition, in the same way and in opposite ways.
    assert_eq!(
        queue(&format!("FifoQueue: !If [Prod, true, {nothing}]"), "FifoQueue: !If [Test, false, true]", dead),
        none
    );
    assert_eq!(
        queue("FifoQueue: !If [Prod, true, false]", "FifoQueue: !If [Test, false, false]", dead),
        when("`Prod` is true and `Test` is false")
    );
    // The link itself is there in one case only.
    assert_eq!(
        queue("FifoQueue: true", "DelaySeconds: 1", &format!("!If [Prod, {dead}, {nothing}]")),
        when("`Prod` is true")
    );
    assert_eq!(
        queue("FifoQueue: !If [Prod, false, true]", "DelaySeconds: 1", &format!("!If [Prod, {dead}, {nothing}]")),
        none
    );
}

#[test]
fn a_place_is_reported_once() {
    let text = "  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      NetworkMode: bridge
      RequiresCompatibilities: [EC2]
  One: &service
    Type: AWS::ECS::Service
    Properties: {LaunchType: FARGATE, TaskDefinition: !Ref Task}
  Two:
    Type: AWS::ECS::Service
    Properties: {LaunchType: FARGATE, TaskDefinition: !Ref Task}
";
    assert_eq!(of(text), ["E3054 12"]);
}

#[test]
fn parameters_may_be_equal() {
    let stage = |api: &str, other: &str| {
        of(&format!(
            "  A: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: a}}}}
  B: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: b}}}}
  Deployment:
    Type: AWS::ApiGateway::Deployment
    Properties:
      RestApiId: {other}
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties: {{StageName: s, DeploymentId: !Ref Deployment, RestApiId: {api}}}
"
        ))
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(stage("!Ref A", "!Ref B"), ["E3698 13"]);
    assert_eq!(stage("!Ref A", "abc123"), ["E3698 13"]);
    assert_eq!(stage("!Ref A", "!GetAtt A.RestApiId"), none);
    assert_eq!(stage("!Ref Env", "!Ref Number"), none);
    assert_eq!(stage("!Ref Env", "!Ref A"), none);
}
