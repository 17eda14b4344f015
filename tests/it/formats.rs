//! The formats that other programs read: valid by those programs' own schemas, whatever files and messages are called.

use crate::cli::{folder, stacklens};
use serde_json::Value;
use std::path::Path;

/// A template whose names and comments hold what each format must escape.
const ODD: &str =
    "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      \"a%,:\\n<b>&\\\"\\x01ä\": 1\n";

fn report(format: &str) -> String {
    let folder = folder(&format!("format-{format}"));
    let name = folder.join("my stack,%ä.yaml");
    std::fs::write(&name, ODD).unwrap();
    let clean = folder.join("clean.yaml");
    std::fs::write(&clean, crate::cli::CLEAN).unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let paths = [&clean, &name, &samples].map(|p| p.to_string_lossy().into_owned());
    let mut arguments = vec!["check", "--format", format, "-c", "I"];
    arguments.extend(paths.iter().map(String::as_str));
    let answer = stacklens(&arguments, "");
    assert_eq!((answer.code, answer.err.as_str()), (1, ""));
    answer.out
}

/// The schema is that of the standard, as it comes with the crate serde-sarif 0.8.0 (MIT).
#[test]
fn sarif_is_valid_by_its_schema() {
    let mut schema: Value = serde_json::from_str(include_str!("../data/sarif-schema-2.1.0.json")).unwrap();
    // The one pattern of the standard, in two places, that is no regular expression (a bracket too many).
    for definition in ["run", "toolComponent"] {
        let language = schema.pointer_mut(&format!("/definitions/{definition}/properties/language")).unwrap();
        assert!(language.as_object_mut().unwrap().remove("pattern").is_some());
    }
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let log: Value = serde_json::from_str(&report("sarif")).unwrap();
    let errors: Vec<String> = validator.iter_errors(&log).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert_eq!(errors, [] as [&str; 0]);

    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(results.len() > 50);
    let mut fingerprints = std::collections::BTreeSet::new();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(!rules[index]["help"]["markdown"].as_str().unwrap().is_empty());
        assert!(fingerprints.insert(result["partialFingerprints"]["stacklens/v1"].to_string()), "{result}");
    }
    assert!(results.iter().any(|r| r.get("fixes").is_some()));
    assert!(results.iter().any(|r| r.get("relatedLocations").is_some()));
    let uri = results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
    assert!(uri.starts_with("file:///") && uri.ends_with("/my%20stack,%25%C3%A4.yaml"), "{uri}");
}

#[test]
fn fingerprints_stay_when_lines_move() {
    let fingerprint = |text: &str| {
        let log: Value = serde_json::from_str(&stacklens(&["check", "-", "--format", "sarif"], text).out).unwrap();
        log["runs"][0]["results"][0]["partialFingerprints"].clone()
    };
    assert_eq!(fingerprint(crate::cli::BROKEN), fingerprint(&format!("# a line more\n\n{}", crate::cli::BROKEN)));
}

#[test]
fn junit_has_a_case_for_each_finding_and_each_clean_file() {
    let text = report("junit");
    let xml = roxmltree::Document::parse(&text).unwrap();
    let root = xml.root_element();
    let count = |node: roxmltree::Node<'_, '_>, name: &str| {
        node.descendants().filter(|n| n.has_tag_name(name)).count().to_string()
    };
    assert_eq!(root.attribute("tests"), Some(count(root, "testcase").as_str()));
    assert_eq!(root.attribute("failures"), Some(count(root, "failure").as_str()));
    for suite in root.children().filter(|n| n.has_tag_name("testsuite")) {
        assert_eq!(suite.attribute("tests"), Some(count(suite, "testcase").as_str()));
        assert_eq!(suite.attribute("failures"), Some(count(suite, "failure").as_str()));
    }
    let odd = root.descendants().find(|n| n.has_tag_name("failure")).unwrap();
    assert!(odd.attribute("message").unwrap().contains("a%,:\n<b>&\"\u{fffd}ä"), "{odd:?}");
}

#[test]
fn checkstyle_names_every_file() {
    let text = report("checkstyle");
    let xml = roxmltree::Document::parse(&text).unwrap();
    let files: Vec<&str> =
        xml.descendants().filter(|n| n.has_tag_name("file")).filter_map(|n| n.attribute("name")).collect();
    assert!(files[0].ends_with("clean.yaml") && files[1].ends_with("my stack,%ä.yaml"), "{files:?}");
    let error = xml.descendants().find(|n| n.has_tag_name("error")).unwrap();
    assert_eq!(error.attribute("line"), Some("5"));
    assert_eq!(error.attribute("source"), Some("stacklens.E3002"));
}

#[test]
fn github_commands_are_one_line_each() {
    let text = report("github");
    let line = text.lines().next().unwrap();
    assert!(
        text.lines().all(|l| l.starts_with("::error ") || l.starts_with("::warning ") || l.starts_with("::notice "))
    );
    let (place, message) = line.strip_prefix("::error ").and_then(|l| l.split_once("::")).unwrap();
    assert!(place.contains("my stack%2C%25ä.yaml,line=5,col=7"), "{place}");
    assert!(place.ends_with(",title=E3002 property-unknown"), "{place}");
    assert!(message.contains("a%25,:%0A<b>"), "{message}");
}

/// The fields that GitLab demands: a description, a check name, a unique fingerprint, one of five severities, a place.
#[test]
fn gitlab_issues_have_what_is_demanded() {
    let issues: Value = serde_json::from_str(&report("gitlab")).unwrap();
    let mut fingerprints = std::collections::BTreeSet::new();
    for issue in issues.as_array().unwrap() {
        assert!(issue["description"].is_string() && issue["check_name"].is_string(), "{issue}");
        assert!(fingerprints.insert(issue["fingerprint"].to_string()), "{issue}");
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&issue["severity"].as_str().unwrap()));
        assert!(issue["location"]["path"].is_string() && issue["location"]["lines"]["begin"].is_u64(), "{issue}");
    }
}
