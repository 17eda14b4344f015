//! Configuration files, suppressions, and what wins.

use super::cli::folder;
use super::write;
use std::path::Path;
use std::process::Command;

/// W2001 (unused parameter), W1020 (`Fn::Sub` without a variable), E3012 is not found.
const TEXT: &str = "\
Parameters:
  Stage: {Type: String}
Resources:
  Topic:
    Type: AWS::SNS::Topic
Outputs:
  Name:
    Value: !Sub plain
";

struct Answer {
    code: i32,
    out: String,
    err: String,
}

impl Answer {
    /// The ids that were reported.
    fn ids(&self) -> Vec<&str> {
        self.out.lines().filter_map(|l| Some(l.rsplit_once('[')?.1.trim_end_matches(']'))).collect()
    }
}

/// Runs the program in a folder that is its own home.
fn run(folder: &Path, arguments: &[&str]) -> Answer {
    let done = Command::new(env!("CARGO_BIN_EXE_stacklens"))
        .env("XDG_CACHE_HOME", "/nowhere")
        .args(arguments)
        .current_dir(folder)
        .env("HOME", folder.join("home"))
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Answer { code: done.status.code().unwrap_or(-1), out: text(done.stdout), err: text(done.stderr) }
}

fn check(folder: &Path, more: &[&str]) -> Answer {
    run(folder, &[&["check", "--format", "short"], more].concat())
}

#[test]
fn sources_win_over_each_other_in_order() {
    let folder = folder("sources");
    write(&folder, "a.yaml", TEXT);
    assert_eq!(check(&folder, &[]).ids(), ["W2001", "W1020"]);
    write(&folder, "home/.cfnlintrc", "ignore_checks: [W2001]\n");
    assert_eq!(check(&folder, &[]).ids(), ["W1020"]);
    write(&folder, ".cfnlintrc.yaml", "ignore_checks: [W1020]\n");
    assert_eq!(check(&folder, &[]).ids(), ["W2001"], "the project's list replaces the user's");
    write(&folder, "stacklens.toml", "ignore-checks = [\"W2001\", \"W1020\"]\n");
    assert_eq!(check(&folder, &[]).ids(), [""; 0]);
    assert_eq!(check(&folder, &["-i", "W3"]).ids(), ["W2001", "W1020"], "the command line wins");
    assert_eq!(check(&folder, &["-i", "W2001", "--merge-configs"]).ids(), [""; 0]);
    assert_eq!(check(&folder, &["--no-config"]).ids(), ["W2001", "W1020"]);
    assert_eq!(check(&folder, &["--config", ".cfnlintrc.yaml"]).ids(), ["W2001"]);
    assert_eq!(check(&folder, &["-m", "W1020"]).ids(), ["W1020"], "mandatory beats ignored");
    let own = "Metadata: {cfn-lint: {config: {ignore_checks: [W1020]}}}\n";
    write(&folder, "a.yaml", &format!("{own}{TEXT}"));
    assert_eq!(check(&folder, &[]).ids(), ["W2001"], "a template's own list beats that of a file");
}

#[test]
fn paths_have_settings_of_their_own() {
    let folder = folder("paths");
    let config = "\
ignore-templates = [\"vendor\"]
[severity]
W2001 = \"error\"
[[paths]]
match = [\"legacy/**\"]
ignore-checks = [\"W1020\"]
[paths.severity]
W2001 = \"info\"
";
    write(&folder, "stacklens.toml", config);
    for name in ["a.yaml", "legacy/b.yaml", "lib/vendor/c.yaml", "inner/d.yaml"] {
        write(&folder, name, TEXT);
    }
    write(&folder, "inner/stacklens.toml", "ignore-checks = [\"W\"]\n");
    let lines: Vec<_> = check(&folder, &[]).out.lines().map(|l| l.split(" the ").next().unwrap().to_owned()).collect();
    assert_eq!(
        lines[..2],
        ["a.yaml:2:3: error:", "a.yaml:8:12: warning: `Fn::Sub` has no variable to replace [W1020]"]
    );
    assert_eq!(lines.len(), 3, "informational findings are off, the nearest file alone counts: {lines:?}");
    let answer = check(&folder, &["--explain-config", "legacy/b.yaml", "lib/vendor/c.yaml"]);
    for line in [
        "legacy/b.yaml: template",
        "  stacklens.toml (found above the file)",
        "  ignore-checks        W1020        stacklens.toml:6",
        "  severity             W2001=error  stacklens.toml:3",
        "                       W2001=info   stacklens.toml:8",
        "  regions              us-east-1    the default",
        "  left alone: `vendor` in stacklens.toml:1",
    ] {
        assert!(answer.out.lines().any(|l| l == line), "{line}\n{}", answer.out);
    }
}

#[test]
fn mistakes_in_configuration_are_answered() {
    let folder = folder("mistakes");
    write(&folder, "a.yaml", TEXT);
    write(&folder, "stacklens.toml", "ignored-checks = [\"W2001\"]\n");
    let answer = check(&folder, &[]);
    assert_eq!(answer.code, 2);
    assert!(
        answer.err.contains("stacklens.toml:1:1: there is no setting `ignored-checks`; did you mean `ignore-checks`?"),
        "{}",
        answer.err
    );
    write(&folder, "stacklens.toml", "ignore-checks = [\"w2001\"]\n");
    let answer = check(&folder, &[]);
    assert_eq!(answer.code, 1);
    assert!(
        answer.err.contains("stacklens.toml:1:18: no rule has an id that starts with `w2001`; did you mean `W2001`?"),
        "{}",
        answer.err
    );
    assert!(check(&folder, &["--regions", "nowhere"]).err.contains("there is no region `nowhere`"));
    assert_eq!(check(&folder, &["--config", "missing.toml"]).code, 2);
    assert!(check(&folder, &["-i", "W2001", "W1020"]).err.contains("separated by commas"));
    assert!(check(&folder, &["--update-specs"]).err.contains("built in"));
    assert!(check(&folder, &["--severity", "W2001=fatal"]).err.contains("W2001=error"));
}

#[test]
fn the_whole_of_cfnlintrc_is_understood() {
    let folder = folder("rc");
    write(&folder, "templates/a.yaml", TEXT);
    write(&folder, "templates/skip.yaml", TEXT);
    write(&folder, "b.yaml", TEXT);
    let config = "\
templates: [templates/*.yaml]
ignore_templates: [templates/skip.yaml]
include_checks: [I]
mandatory_checks: [W2001]
ignore_checks: [W]
configure_rules: {E3012: {strict: false}}
regions: [eu-west-1]
parameters: [{Stage: prod}]
format: parseable
non_zero_exit_code: none
include_experimental: true
ignore_bad_template: true
merge_configs: false
debug: false
";
    write(&folder, ".cfnlintrc", config);
    let answer = run(&folder, &["check"]);
    assert_eq!((answer.ids(), answer.err.as_str(), answer.code), (vec!["W2001", "I4010"], "", 1));
    assert!(answer.out.starts_with("templates/a.yaml:2:3: "), "{}", answer.out);
}

#[test]
fn comments_suppress_in_every_kind_of_file() {
    let folder = folder("comments");
    let text = TEXT
        .replace("String}", "String} # stacklens: ignore W2001 -- used by a script")
        .replace("  Name:", "  # cfn-lint: disable=W1020\n  Name:");
    write(&folder, "a.yaml", &text);
    let answer = check(&folder, &["a.yaml"]);
    assert_eq!(answer.ids(), [""; 0], "{}", answer.out);
    let buildspec = "version: 0.2\nphases:\n  biuld: # stacklens: ignore CB\n    commands: [make]\n";
    write(&folder, "buildspec.yml", buildspec);
    assert!(!check(&folder, &["buildspec.yml"]).out.contains("biuld"));
    write(&folder, "c.yaml", &TEXT.replace("SNS::Topic", "SNS::Topic # stacklens: ignore E3012"));
    assert_eq!(check(&folder, &["c.yaml"]).ids(), ["W2001", "SL040", "W1020"]);
    assert_eq!(check(&folder, &["c.yaml", "-i", "E3012"]).ids(), ["W2001", "W1020"], "what is off is not judged");
    check(&folder, &["--fix", "c.yaml"]);
    assert!(!std::fs::read_to_string(folder.join("c.yaml")).unwrap().contains("stacklens"));
}

/// One finding of each rule that has options, or none without them.
const WITH_OPTIONS: &str = "\
Owner: team
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: 12
      FifoTopic: \"false\"
      DisplayName: ${Topic}
  First:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: !Sub arn:aws:sqs:eu-west-1:123456789012:q
      RoleName: same
  Second:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {}
      RoleName: same
  Rule:
    Type: AWS::Route53::HealthCheck
    Properties:
      HealthCheckConfig: {Type: HTTP, IPAddress: not-an-address}
";

#[test]
fn options_of_rules_have_their_effect() {
    let folder = folder("options");
    write(&folder, "a.yaml", WITH_OPTIONS);
    let lines = |more: &[&str]| {
        let answer = check(&folder, &[&["-c", "I3042", "-i", "W,E3510,E3511,E3530"], more].concat());
        assert_eq!(answer.err, "", "{more:?}");
        let line = |l: &str| {
            let line = l.strip_prefix("a.yaml:")?.split(':').next()?;
            Some(format!("{} {line}", l.rsplit_once('[')?.1.trim_end_matches(']')))
        };
        answer.out.lines().filter_map(line).collect::<Vec<_>>()
    };
    let usual = ["E1001 1", "E1029 8", "I3042 12", "E3019 13", "E3019 18", "E3031 22"];
    assert_eq!(lines(&[]), usual);
    assert_eq!(lines(&["-x", "E1001:sections=Owner"]), usual[1..]);
    assert_eq!(lines(&["-x", "E1029:custom_excludes=\\$\\{T"]), [&usual[..1], &usual[2..]].concat());
    assert_eq!(lines(&["-x", "E1029:custom_excludes=T"]), usual, "the pattern is held against all of it");
    let strict = ["E1001 1", "E3012 6", "E3012 7", "E1029 8", "I3042 12", "E3019 13", "E3019 18", "E3031 22"];
    assert_eq!(lines(&["-x", "E3012:strict=true"]), strict);
    assert_eq!(lines(&["-x", "E3031:exceptions=not-an"]), usual[..5]);
    assert_eq!(lines(&["-x", "E3031:exceptions=an-address"]), usual, "a pattern holds from the start");
    assert_eq!(lines(&["-x", "E3019:exceptions=AWS::IAM::Role="]), [&usual[..3], &usual[5..]].concat());
    assert_eq!(lines(&["-x", "I3042:partition=false"]), [&usual[..2], &usual[3..]].concat());
    let places = lines(&["-x", "I3042:region=true", "-x", "I3042:accountId=true"]);
    assert_eq!(places.iter().filter(|l| *l == "I3042 12").count(), 3);

    let config = "\
configure_rules:
  E1001: {sections: Owner}
  E3012: {strict: true}
  E3019: {exceptions: {AWS::SNS::Topic: {primaryIdentifier: [/properties/TopicName]}}}
  E3031: {exceptions: [xyz, not-an]}
";
    write(&folder, ".cfnlintrc", config);
    assert_eq!(lines(&[]), ["E3012 6", "E3012 7", "E1029 8", "I3042 12", "E3019 13", "E3019 18"]);
}

#[test]
fn settings_for_rules_that_do_not_exist_are_remarked_on() {
    let folder = folder("options-unknown");
    write(&folder, "a.yaml", TEXT);
    let said = |more: &[&str]| check(&folder, more).err.lines().map(str::to_owned).collect::<Vec<_>>();
    let one = |option: &str| said(&["-x", option]).join("\n");
    assert!(one("E3012:strikt=true").contains("`E3012` has no option `strikt`; did you mean `strict`?"));
    assert!(one("W2001:x=1").contains("`W2001` has no options"));
    assert!(one("E9999:x=1").contains("no rule has an id that starts with `E9999`"));
    assert!(said(&["-c", "W2031"]).join("").contains("`W2031` is no rule here: W1030"));
    assert!(said(&["-i", "W2031,E2003"]).is_empty(), "what is not reported can be ignored");
    write(&folder, "stacklens.toml", "include-checks = [\"W2031\"]\n[rules.I3042]\nregions = true\n");
    let config = said(&[]).join("\n");
    assert!(config.contains("`W2031` is no rule here") && config.contains("did you mean `region`?"), "{config}");
}

#[test]
fn experimental_rules_report_only_when_asked_for() {
    let folder = folder("experimental");
    write(&folder, "a.yaml", TEXT);
    let found = |more: &[&str]| check(&folder, more).ids().contains(&"I4010");
    assert!(!found(&["-c", "I4010"]) && !found(&["-m", "I4010"]) && !found(&["-e"]));
    assert!(found(&["-e", "-c", "I4010"]));
    assert!(!found(&["-e", "-c", "I4010", "-x", "I4010:additional_incidental_patterns=^Top"]));
    assert!(!found(&["-e", "-c", "I4010", "-x", "I4010:additional_low_value_types=AWS::SNS::Topic"]));
    write(&folder, "stacklens.toml", "include-experimental = true\ninclude-checks = [\"I\"]\n");
    assert!(found(&[]));
}

#[test]
fn what_files_show_together_counts_and_is_fixed_like_the_rest() {
    let folder = folder("together");
    let nested = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n";
    let main = "Resources:\n  Inner:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: ./nestd.yaml\n";
    write(&folder, "nested.yaml", nested);
    write(&folder, "main.yaml", main);
    write(&folder, "src/app.py", "");
    let always = "ignore-checks = [\"W3002\"]\n";
    write(&folder, "stacklens.toml", always);
    assert_eq!(check(&folder, &["."]).ids(), ["SL046"]);
    let shown = run(&folder, &["check", "--color", "never", "."]).out;
    assert!(shown.contains("fix available: write `./nested.yaml` (`--fix --unsafe-fixes`)"), "{shown}");
    assert!(shown.ends_with("1 error in 2 files; 1 may be fixed with `--fix --unsafe-fixes`\n"), "{shown}");
    write(
        &folder,
        "stacklens.toml",
        &format!("{always}[[paths]]\nmatch = [\"main.yaml\"]\nignore-checks = [\"SL046\"]\n"),
    );
    assert_eq!(check(&folder, &["."]).ids(), [""; 0]);
    write(
        &folder,
        "stacklens.toml",
        &format!("{always}[[paths]]\nmatch = [\"nested.yaml\"]\nignore-checks = [\"SL046\"]\n"),
    );
    assert_eq!(check(&folder, &["."]).ids(), ["SL046"]);
    let difference = run(&folder, &["check", "--diff", "--unsafe-fixes", "."]).out;
    assert!(difference.contains("+      TemplateURL: ./nested.yaml"), "{difference}");
    assert_eq!(run(&folder, &["check", "--fix", "--unsafe-fixes", "."]).code, 0);
    assert_eq!(std::fs::read_to_string(folder.join("main.yaml")).unwrap(), main.replace("nestd", "nested"));
}

#[test]
fn an_unused_id_in_metadata_is_removed() {
    let folder = folder("metadata-unused");
    let text = |ids: &str| format!("Metadata:\n  stacklens:\n    ignore: [{ids}]\n{TEXT}");
    for (before, after) in [("W2001, E3012, W1020", "W2001, W1020"), ("W2001, W1020, E3012", "W2001, W1020")] {
        write(&folder, "a.yaml", &text(before));
        assert_eq!(run(&folder, &["check", "--fix", "a.yaml"]).code, 0);
        assert_eq!(std::fs::read_to_string(folder.join("a.yaml")).unwrap(), text(after));
    }
}
