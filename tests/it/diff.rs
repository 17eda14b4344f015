//! Predictions of change sets: the cases of `tests/data/diff`, each a folder with both templates and the text.

use super::manners::{git, run_in};
use super::write;
use super::{document, root, updating};
use stacklens::diff::{Diff, Options, Replacement, Verdict, changeset, diff, html, markdown, text};
use stacklens::document::DocumentKind;

/// What is printed of a resource in the table below.
fn outcome(found: &Diff, id: &str) -> String {
    let Some(change) = found.changes.iter().find(|c| c.id == id) else { return "not listed".to_owned() };
    let replacement = match change.replacement {
        Some(Replacement::True) => " replace",
        Some(Replacement::Conditional) if change.in_practice => " may replace, in practice yes",
        Some(Replacement::Conditional) => " may replace",
        _ => "",
    };
    let policy = change.policy_action.map(|p| format!(" {p:?}")).unwrap_or_default();
    let silent = if change.without_edit { " without an edit" } else { "" };
    format!("{:?}{replacement}{policy}{silent}", change.verdict)
}

fn options(case: &str) -> Options {
    let stack_tags = if case.starts_with("24") { vec![("team".to_owned(), "shop".to_owned())] } else { Vec::new() };
    Options { region: "us-east-1".to_owned(), stack_tags, ..Options::default() }
}

fn predict(old: &str, new: &str, options: &Options) -> Diff {
    let old = document("old.yaml", old, DocumentKind::Template);
    let new = document("new.yaml", new, DocumentKind::Template);
    diff(&old, &new, options).unwrap()
}

fn read(case: &str, name: &str) -> String {
    let path = root().join("tests/data/diff").join(case).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn case(name: &str) -> Diff {
    predict(&read(name, "old.yaml"), &read(name, "new.yaml"), &options(name))
}

const NONE: &str = "not listed";

/// Case, resource, the right answer.
const CASES: &[(&str, &str, &str)] = &[
    ("01-create-only", "Network", "Replace replace ReplaceAndDelete"),
    ("02-ref-follows", "Subnet", "MayReplace may replace, in practice yes ReplaceAndDelete"),
    ("03-sub-follows", "Group", "DataLoss may replace, in practice yes ReplaceAndDelete"),
    ("04-join-follows", "Group", "DataLoss may replace, in practice yes ReplaceAndDelete"),
    ("05-parameter-default", "Network", "Replace replace ReplaceAndDelete"),
    ("06-mapping", "Network", "Replace replace ReplaceAndDelete"),
    ("06-mapping", "Function", "Modify"),
    ("07-condition-flips", "Alarm", "Remove Delete"),
    ("07-condition-flips", "Topic", NONE),
    ("08-ref-or-sub", "Subnet", NONE),
    ("09-no-value", "Network", NONE),
    ("10-nested-create-only", "Environment", "Replace replace ReplaceAndDelete"),
    ("10-nested-create-only", "Table", "Replace replace ReplaceAndDelete"),
    // It is replaced, and as its name stays, that is refused.
    ("11-no-update-handler", "Security", "Refused replace"),
    ("12-service-token", "Cleaner", "Refused"),
    ("13-order-without-meaning", "Server", "NoEffect"),
    ("14-name-stays", "Orders", "Refused replace"),
    ("15-deletion-policy", "Bucket", "Modify"),
    ("16-default-snapshot", "Database", "Remove Snapshot"),
    ("17-depends-on-order", "Queue", NONE),
    ("18-getatt-spelling", "Mapping", NONE),
    ("19-renamed-with-name", "ReportBucket", "Refused"),
    ("19-renamed-with-name", "Reports", "DataLoss Delete"),
    ("20-type-changed", "Store", "Refused replace"),
    ("21-launch-template", "Template", "Modify"),
    ("21-launch-template", "Server", "MayReplace may replace, in practice yes ReplaceAndDelete"),
    ("22-empty-or-absent", "Bucket", "NoEffect"),
    ("23-latest-image", "Server", "MayReplace may replace ReplaceAndDelete without an edit"),
    ("24-stack-tag", "Bucket", "Modify"),
    ("24-stack-tag", "Policy", NONE),
    ("24-stack-tag", "Job", "MayReplace may replace ReplaceAndDelete"),
    ("24-stack-tag", "QueryLog", "Replace replace ReplaceAndDelete"),
];

#[test]
fn the_acceptance_cases_are_right() {
    let wrong: Vec<String> = CASES
        .iter()
        .filter_map(|(name, id, wanted)| {
            let found = outcome(&case(name), id);
            (found != *wanted).then(|| format!("{name} {id}: {found}, wanted {wanted}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let mut names: Vec<&str> = CASES.iter().map(|(name, ..)| *name).collect();
    names.dedup();
    assert_eq!(names.len(), 24);
}

#[test]
fn an_edit_without_effect_is_no_change() {
    for name in
        ["08-ref-or-sub", "09-no-value", "13-order-without-meaning", "17-depends-on-order", "22-empty-or-absent"]
    {
        let found = case(name);
        assert!(found.is_empty() && !found.replaces() && !found.deletes() && !found.loses_data(), "{name}");
    }
    assert!(case("23-latest-image").is_empty());
}

#[test]
fn the_text_is_as_expected() {
    for folder in std::fs::read_dir(root().join("tests/data/diff")).unwrap() {
        let folder = folder.unwrap().path();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let mut out = Vec::new();
        text::write(&case(&name), false, &mut out).unwrap();
        let found = String::from_utf8(out).unwrap();
        let path = folder.join("expected.txt");
        if updating() {
            std::fs::write(&path, &found).unwrap();
        }
        assert_eq!(found, std::fs::read_to_string(&path).unwrap_or_default(), "{name}");
    }
}

#[test]
fn every_format_is_the_same_each_time() {
    for (name, ..) in CASES {
        let render = || {
            let found = case(name);
            let mut out = Vec::new();
            markdown::write(&found, &mut out).unwrap();
            html::write(&found, &mut out).unwrap();
            out.extend(serde_json::to_vec(&found).unwrap());
            out.extend(serde_json::to_vec(&changeset::changeset(&found)).unwrap());
            out
        };
        assert!(render() == render(), "{name}");
    }
}

#[test]
fn a_change_set_has_the_shape_of_aws() {
    let found = changeset::changeset(&case("05-parameter-default"));
    let change = &found["Changes"][0]["ResourceChange"];
    assert_eq!(change["Action"], "Modify");
    assert_eq!(change["Replacement"], "True");
    assert_eq!(change["PolicyAction"], "ReplaceAndDelete");
    assert_eq!(change["Scope"][0], "Properties");
    let details = change["Details"].as_array().unwrap();
    assert_eq!(details[0]["ChangeSource"], "ParameterReference");
    assert_eq!(details[0]["CausingEntity"], "Range");
    assert_eq!(details[0]["Evaluation"], "Static");
    assert_eq!(details[0]["Target"]["Name"], "CidrBlock");
    assert_eq!(details[0]["Target"]["RequiresRecreation"], "Always");
    assert_eq!(details[1]["ChangeSource"], "DirectModification");
    assert_eq!(details[1]["Evaluation"], "Dynamic");
}

#[test]
fn previous_values_can_be_kept() {
    let name = "05-parameter-default";
    let (old, new) = (read(name, "old.yaml"), read(name, "new.yaml"));
    let kept = Options { keep_previous: true, ..options(name) };
    assert!(predict(&old, &new, &kept).is_empty());
    let given = Options { new_parameters: vec![("Range".to_owned(), "10.0.0.0/16".to_owned())], ..options(name) };
    assert!(predict(&old, &new, &given).is_empty());
}

#[test]
fn secrets_are_never_shown() {
    let template = |value: &str| {
        format!(
            "Parameters:\n  Password: {{Type: String, NoEcho: true, Default: {value}}}\nResources:\n  Db:\n    Type: \
             AWS::RDS::DBInstance\n    Properties:\n      MasterUserPassword: !Sub 'x-${{Password}}'\n"
        )
    };
    let found = predict(&template("hunter2"), &template("swordfish"), &options(""));
    let json = serde_json::to_string(&found).unwrap();
    assert!(!found.changes.is_empty() && !json.contains("hunter2") && !json.contains("swordfish"), "{json}");
}

#[test]
fn published_versions_of_a_function_are_no_alarm() {
    let template = |key: &str| {
        format!(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  App:\n    Type: AWS::Serverless::Function\n    \
             Properties:\n      Handler: a.b\n      Runtime: python3.13\n      AutoPublishAlias: live\n      CodeUri: \
             s3://bucket/{key}\n"
        )
    };
    let found = predict(&template("one.zip"), &template("two.zip"), &options(""));
    assert_eq!(outcome(&found, "AppAliaslive"), "Modify");
    let version = found.changes.iter().find(|c| c.verdict == Verdict::Remove).unwrap();
    assert!(version.notes.iter().any(|n| n.text.contains("takes its place")), "{version:?}");
    assert!(!found.replaces() && !found.deletes());
}

#[test]
fn what_comes_from_templates_is_escaped() {
    let template = |value: &str| {
        format!(
            "Resources:\n  \"</script><b>\\e[31m\":\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: \
             \"<img src=x>{value}`|\\x07\"\n"
        )
    };
    let found = predict(&template("a"), &template("b"), &options(""));
    let mut page = Vec::new();
    html::write(&found, &mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    assert!(!page.contains("<img") && !page.contains("<b>") && !page.contains("</script>"));
    assert!(page.contains("default-src 'none'") && !page.contains("script-src"));
    let mut plain = Vec::new();
    text::write(&found, false, &mut plain).unwrap();
    assert!(!plain.contains(&0x1b) && !plain.contains(&0x07));
    let mut list = Vec::new();
    markdown::write(&found, &mut list).unwrap();
    assert!(!String::from_utf8(list).unwrap().contains("<img"));
}

#[test]
fn odd_input_is_answered() {
    let odd = [
        "",
        "Resources",
        "[]",
        "Resources: []",
        "Resources: {A: 1}",
        "Resources: {A: {Type: 3, Properties: []}}",
        "Resources: {A: {Type: AWS::S3::Bucket, Properties: !Ref A, DependsOn: A, Condition: C}}\nConditions: {C: !Condition C}",
        "Resources: {A: {Type: AWS::S3::Bucket, Properties: {BucketName: !GetAtt A.Arn, Tags: !If [X, 1]}}}",
        "Resources: {A: {Type: AWS::SNS::Topic, Properties: {TopicName: !Select [99, !Split ['', x]]}}}",
        "Resources: {A: {Type: AWS::EC2::VPC, Properties: {CidrBlock: !Ref B}}, B: {Type: AWS::EC2::VPC, Properties: {CidrBlock: !Ref A}}}",
        "Parameters: 3\nMappings: 3\nConditions: 3\nOutputs: 3\nResources: {A: {Type: Custom::X}}",
        "Transform: AWS::LanguageExtensions\nResources: {'Fn::ForEach::X': [N, [A, B], {'R${N}': {Type: AWS::SNS::Topic}}]}",
    ];
    for old in odd {
        for new in odd {
            let a = document("old.yaml", old, DocumentKind::Template);
            let b = document("new.yaml", new, DocumentKind::Template);
            let Ok(found) = diff(&a, &b, &options("")) else { continue };
            let mut out = Vec::new();
            text::write(&found, true, &mut out).unwrap();
            html::write(&found, &mut out).unwrap();
            if old == new {
                assert!(found.is_empty(), "{old}: {found:?}");
            }
        }
    }
}

#[test]
fn the_exit_code_follows_what_was_asked() {
    let run = |case: &str, more: &[&str]| {
        let folder = root().join("tests/data/diff").join(case);
        let (old, new) = (folder.join("old.yaml"), folder.join("new.yaml"));
        let files = ["diff", old.to_str().unwrap(), new.to_str().unwrap()];
        super::cli::stacklens(&[&files, more].concat(), "").code
    };
    assert_eq!(run("01-create-only", &[]), 0);
    assert_eq!(run("01-create-only", &["--fail-on", "replace"]), 1);
    assert_eq!(run("01-create-only", &["--fail-on", "data-loss"]), 0);
    assert_eq!(run("19-renamed-with-name", &["--fail-on", "data-loss"]), 1);
    assert_eq!(run("07-condition-flips", &["--fail-on", "delete"]), 1);
    assert_eq!(run("13-order-without-meaning", &["--fail-on", "change,replace,delete"]), 0);
    assert_eq!(super::cli::stacklens(&["diff", "nowhere.yaml", "nowhere.yaml"], "").code, 2);
    assert_eq!(super::cli::stacklens(&["diff", "one.yaml"], "").code, 2);
    let answer = super::cli::stacklens(&["diff", "--git", "--output=x", "README.md"], "");
    assert_eq!(answer.code, 2);
}

const TOPIC: &str = "Resources:\n  News:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: old}\n";

#[test]
fn the_old_side_may_be_a_revision() {
    let folder = super::cli::folder("diff-git");
    write(&folder, "app/template.yaml", TOPIC);
    write(&folder, "app/moved.yaml", TOPIC);
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "first"]);
    let (code, out, err) = run_in(&folder, &["diff", "--git", "HEAD", "app/template.yaml"]);
    assert!(code == 0 && out.contains("no changes"), "{out}{err}");
    write(&folder, "app/template.yaml", &TOPIC.replace("old", "new"));
    write(&folder, "app/fresh.yaml", TOPIC);
    git(&folder, &["mv", "app/moved.yaml", "app/elsewhere.yaml"]);
    for (place, file) in [("", "app/template.yaml"), ("app", "template.yaml"), ("app", "../app/template.yaml")] {
        let (code, out, err) = run_in(&folder.join(place), &["diff", "--git", "HEAD", file, "--fail-on", "replace"]);
        assert!(code == 1 && out.starts_with(&format!("{file}@HEAD → {file}\n1 replaced\n")), "{place}: {out}{err}");
    }
    let refused = |arguments: &[&str], words: &str| {
        let (code, out, err) = run_in(&folder, &[&["diff", "--git"], arguments].concat());
        assert!(code == 2 && out.is_empty() && err.contains(words), "{arguments:?}: {err}");
    };
    refused(&["HEAD", "app/fresh.yaml"], "app/fresh.yaml is not in `HEAD`: it is new");
    refused(&["HEAD", "app/elsewhere.yaml"], "was moved.yaml at `HEAD`: `git show HEAD:./moved.yaml`");
    refused(&["nowhere", "app/template.yaml"], "git cannot give app/template.yaml at `nowhere`: fatal:");
    refused(&["HEAD", "no/such.yaml"], "no/such.yaml");
    refused(&["HEAD:x", "app/template.yaml"], "`HEAD:x` is no revision");
    refused(&["--output=x", "app/template.yaml"], "");
}

const OUTER: &str = "\
Parameters: {Range: {Type: String, Default: 10.0.0.0/16}}
Resources:
  Network: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: parts/network.yaml, Parameters: {Range: !Ref Range}}}
  Rooms:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./parts/rooms.yaml
      Parameters: {Network: !GetAtt Network.Outputs.Id}
  Notes: {Type: AWS::SNS::Topic, Properties: {DisplayName: !GetAtt Network.Outputs.Name}}
";
const NETWORK: &str = "\
Parameters: {Range: {Type: String}}
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: !Ref Range}}
Outputs: {Id: {Value: !Ref Vpc}, Name: {Value: fixed}}
";
const ROOMS: &str = "\
Parameters: {Network: {Type: String}}
Resources:
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Network, CidrBlock: 10.0.1.0/24}}
  Files: {Type: AWS::S3::Bucket}
";

#[test]
fn nested_stacks_are_followed_into_local_files() {
    let folder = super::cli::folder("diff-nested");
    for (name, text) in [("main.yaml", OUTER), ("parts/network.yaml", NETWORK), ("parts/rooms.yaml", ROOMS)] {
        write(&folder, name, text);
    }
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "first"]);
    let run = |more: &[&str]| run_in(&folder, &[&["diff", "--git", "HEAD", "main.yaml"], more].concat());
    let (code, out, err) = run(&["--fail-on", "change"]);
    assert!(code == 0 && out.contains("no changes"), "{out}{err}");

    // A parameter replaces the network inside; its new id reaches the subnet in the other stack and nobody else.
    write(&folder, "main.yaml", &OUTER.replace("10.0.0.0/16", "10.1.0.0/16"));
    let (code, out, err) = run(&["--fail-on", "replace"]);
    assert!(code == 1, "{out}{err}");
    for part in [
        "1 replaced in nested stacks, 1 may be replaced in nested stacks",
        "│   Vpc  AWS::EC2::VPC  line 3",
        "│     ~ CidrBlock  10.0.0.0/16 → 10.1.0.0/16  by parameter Range",
        "│   ~ Id  ${Vpc} → another value: Vpc is new",
        "~ Parameters/Network  gets the new Network.Outputs.Id",
        "│   Subnet  AWS::EC2::Subnet  line 3  in practice yes",
    ] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    assert!(!out.contains("Notes"), "{out}");
    for format in ["markdown", "html", "json", "changeset"] {
        let (_, out, _) = run(&["--format", format]);
        assert!(out.contains(if format == "changeset" { "Rooms" } else { "Vpc" }), "{format}: {out}");
    }

    // Data that is lost inside counts; so does what goes with a whole stack.
    write(&folder, "main.yaml", OUTER);
    write(&folder, "parts/rooms.yaml", ROOMS.split("  Files").next().unwrap());
    assert_eq!(run(&["--fail-on", "data-loss"]).0, 1);
    let without = format!("{}{}", OUTER.split("  Rooms").next().unwrap(), "");
    write(&folder, "main.yaml", &without);
    assert_eq!(run(&["--fail-on", "data-loss"]).0, 1);
    // What another stack passes as a secret stays one.
    let secret = |value: &str| format!("Parameters: {{Range: {{Type: String, NoEcho: true, Default: {value}}}}}\n");
    let outer = |value: &str| OUTER.replacen(OUTER.lines().next().unwrap(), secret(value).trim_end(), 1);
    write(&folder, "one.yaml", &outer("hunter2"));
    write(&folder, "two.yaml", &outer("swordfish"));
    let (_, out, _) = run_in(&folder, &["diff", "one.yaml", "two.yaml", "--format", "json"]);
    assert!(out.contains("Vpc") && !out.contains("hunter2") && !out.contains("swordfish"), "{out}");
    // A template that deploys itself comes to an end.
    write(
        &folder,
        "self.yaml",
        "Resources: {Me: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: self.yaml}}}\n",
    );
    assert_eq!(run_in(&folder, &["diff", "self.yaml", "self.yaml", "--fail-on", "change"]).0, 0);
}
