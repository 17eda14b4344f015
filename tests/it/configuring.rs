//! Configuration files, suppressions, and what wins.

use super::cli::folder;
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

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

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
    assert_eq!((answer.ids(), answer.err.as_str(), answer.code), (vec!["W2001"], "", 1));
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
