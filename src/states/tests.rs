use super::*;
use crate::source::SourceFile;
use crate::syntax::placeholders;

fn problems_of(text: &str) -> Vec<Problem> {
    let file = SourceFile::new("m.asl.json", text);
    let tree = placeholders::fill(&file, crate::syntax::read(&file));
    assert_eq!(tree.errors, [], "{text}");
    problems(&tree.root.unwrap_or_else(|| unreachable!()))
}

fn faults(text: &str) -> Vec<Fault> {
    problems_of(text).into_iter().map(|p| p.fault).collect()
}

const GOOD: &str = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}}"#;

#[test]
fn ways_between_states() {
    assert_eq!(faults(GOOD), []);
    assert_eq!(faults(&GOOD.replace(r#""StartAt": "A""#, r#""StartAt": "X""#)), [Fault::Start("X".to_owned())]);
    let lost = GOOD.replace(r#""Next": "B""#, r#""End": true"#);
    assert_eq!(faults(&lost), [Fault::Unreachable("B".to_owned())]);
    let unknown = GOOD.replace(r#""A", "#, r#""${First}", "#);
    assert_eq!(faults(&unknown), []);
    let round = GOOD.replace(r#""Type": "Succeed""#, r#""Type": "Pass", "Next": "A""#);
    assert_eq!(faults(&round), [Fault::Endless]);
    // What is not known to lead on may lead anywhere.
    let open = GOOD.replace(r#", "Next": "B""#, "");
    assert_eq!(faults(&open), [Fault::NoWayOn("A".to_owned())]);
}

#[test]
fn single_states() {
    let text = r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Arguments": {}, "End": true, "Retry": [{"ErrorEquals": ["States.ALL", "X"]}]}}}"#;
    let found = faults(text);
    assert!(found.contains(&Fault::TokenLost("A".to_owned())) && found.contains(&Fault::AllNotLast("Retry")));
    assert!(found.contains(&Fault::WaitsForYears("A".to_owned())));
    let who = "the state `A`".to_owned();
    assert!(found.contains(&Fault::OtherLanguage(who, "Arguments".to_owned(), Language::JsonPath)));
}

#[test]
fn a_schema_leaves_iterators_open() {
    let text = r#"{"StartAt": "A", "States": {"A": {"Type": "Map", "End": true,
        "Iterator": {"StartAt": "B", "States": {"B": {"Type": "Pass"}}}}}}"#;
    let found = problems_of(text);
    assert_eq!(found.len(), 1);
    assert!(found[0].fault == Fault::NoWayOn("B".to_owned()) && !found[0].shape);
    let processor = problems_of(&text.replace("Iterator", "ItemProcessor"));
    assert!(processor.len() == 1 && processor[0].shape);
}

#[test]
fn substitutions_may_stand_outside_of_quotes() {
    let text = GOOD.replace(r#""Type": "Pass""#, r#""Type": "Wait", "Seconds": ${Delay}"#);
    assert_eq!(faults(&text), []);
    let names: Vec<&str> = placeholders::find(&text).into_iter().map(|p| p.1).collect();
    assert_eq!(names, ["Delay"]);
}

#[test]
fn integrations_are_read() {
    let read = |text| Integration::read(text).map(|i| (i.service, i.action, i.pattern, i.needs_events()));
    assert_eq!(read("arn:aws:states:::ecs:runTask.sync"), Some(("ecs", "runTask", Pattern::Sync, true)));
    assert_eq!(
        read("arn:aws:states:::aws-sdk:s3:getObject"),
        Some(("aws-sdk", "s3:getObject", Pattern::Response, false))
    );
    assert_eq!(read("arn:aws:lambda:us-east-1:111122223333:function:f"), None);
    let meant = |text| Integration::read(text).and_then(|i| i.meant());
    assert_eq!(meant("arn:aws:states:::lamda:invoke"), Some("lambda"));
    assert_eq!(meant("arn:aws:states:::sqs:sendMesage"), Some("sendMessage"));
    assert_eq!(meant("arn:aws:states:::sqs:sendMessage"), None);
}
