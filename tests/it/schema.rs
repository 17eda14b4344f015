//! `stacklens schema`: what it says about resource types.

use crate::cli::{self, folder};
use serde_json::Value;

/// Runs the program in this process: exit code, standard output, standard error.
fn stacklens(arguments: &[&str]) -> (u8, String, String) {
    let answer = cli::stacklens(arguments, "");
    (answer.code, answer.out, answer.err)
}

#[test]
fn types_are_listed() {
    let (code, out, _) = stacklens(&["schema", "list", "AWS::SQS"]);
    assert_eq!((code, out.as_str()), (0, "AWS::SQS::Queue\nAWS::SQS::QueueInlinePolicy\nAWS::SQS::QueuePolicy\n"));
    let (_, all, _) = stacklens(&["schema", "list"]);
    assert!(all.lines().count() > 1800 && all.lines().is_sorted());
    let (_, json, _) = stacklens(&["schema", "list", "queuepolicy", "--format", "json"]);
    assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), ["AWS::SQS::QueuePolicy"]);
    let (code, _, err) = stacklens(&["schema", "list", "nowhere"]);
    assert!(code == 2 && err.contains("no resource type has `nowhere` in its name"), "{err}");
}

#[test]
fn a_type_is_shown() {
    let (code, out, _) = stacklens(&["schema", "show", "aws::sqs::queue"]);
    assert_eq!(code, 0);
    for line in ["AWS::SQS::Queue", "  Ref gives   QueueUrl", "Properties", "Attributes"] {
        assert!(out.lines().any(|one| one == line), "{line}\n{out}");
    }
    let name = out.lines().find(|line| line.trim_start().starts_with("QueueName ")).unwrap();
    assert!(name.contains("string") && name.ends_with("create-only"), "{name}");
    let (_, out, _) = stacklens(&["schema", "show", "AWS::S3::Bucket", "LifecycleConfiguration.Rules"]);
    assert!(out.starts_with("AWS::S3::Bucket LifecycleConfiguration.Rules: list of object"), "{out}");
    let status = out.lines().find(|line| line.trim_start().starts_with("Status ")).unwrap();
    assert!(status.contains("Enabled") && status.ends_with("required"), "{status}");
    let (_, out, _) = stacklens(&["schema", "show", "AWS::Lambda::Function", "MemorySize"]);
    assert!(out.contains("value: 128 to "), "{out}");
}

#[test]
fn a_type_as_json() {
    let (_, out, _) = stacklens(&["schema", "show", "AWS::SQS::Queue", "--format", "json"]);
    let page: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(page["properties"]["QueueName"]["create_only"], true);
    assert_eq!(page["properties"]["QueueName"]["required"], false);
    assert_eq!(page["newer_than_program"], false);
    assert!(page["attributes"]["Arn"].is_string());
    assert!(page["regions"].as_array().unwrap().iter().any(|region| region == "eu-west-1"));
    let arguments = ["schema", "show", "AWS::S3::Bucket", "versioningconfiguration.status", "-f", "json"];
    let page: Value = serde_json::from_str(&stacklens(&arguments).1).unwrap();
    assert_eq!(page["property"], "VersioningConfiguration.Status");
    assert_eq!(page["values"], serde_json::json!(["Enabled", "Suspended"]));
}

#[test]
fn unknown_names_get_a_suggestion() {
    let (code, _, err) = stacklens(&["schema", "show", "AWS::SQS::Que"]);
    assert!(code == 2 && err.contains("did you mean `AWS::SQS::Queue`?"), "{err}");
    let (code, _, err) = stacklens(&["schema", "show", "AWS::S3::Bucket", "BucketNam"]);
    assert!(code == 2 && err.contains("`AWS::S3::Bucket` has no property `BucketNam`: did you mean"), "{err}");
}

#[test]
fn what_is_in_use_is_said() {
    let cache = folder("schema-info");
    let (code, out, _) = stacklens(&["schema", "info", "--cache", cache.to_str().unwrap()]);
    assert!(code == 0 && out.contains("newer           none") && out.contains("newer-facts"), "{out}");
    let (_, out, _) = stacklens(&["schema", "info", "--format", "json"]);
    let page: Value = serde_json::from_str(&out).unwrap();
    assert!(page["newer"].is_null() && page["embedded"]["date"].is_string() && page["newer_in_use"] == false, "{page}");
}

#[cfg(not(feature = "fetch"))]
#[test]
fn updates_need_the_feature() {
    let (code, _, err) = stacklens(&["schema", "update"]);
    assert!(code == 2 && err.contains("built without the feature `fetch`"), "{err}");
}
