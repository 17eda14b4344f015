//! The program as it is called: formats, exit codes, standard input, folders.

use super::write;
use serde_json::Value;
use stacklens::cli::{Streams, run_with};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A template whose fault every version reports.
pub(super) const BROKEN: &str =
    "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n  Topic:\n    Type: AWS::SNS::Topic\n";
/// A template without a fault.
pub(super) const CLEAN: &str =
    "AWSTemplateFormatVersion: \"2010-09-09\"\nResources:\n  Topic:\n    Type: AWS::SNS::Topic\n";

/// What a run answered.
pub(super) struct Answer {
    pub(super) code: u8,
    pub(super) out: String,
    pub(super) err: String,
}

/// Runs the program in this process.
pub(super) fn stacklens(arguments: &[&str], stdin: &str) -> Answer {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let streams = Streams {
        stdin: &mut stdin.as_bytes(),
        stdout: &mut out,
        stderr: &mut err,
        terminal: false,
        color: false,
        progress: false,
    };
    let arguments = std::iter::once("stacklens").chain(arguments.iter().copied()).map(OsString::from);
    let code = run_with(arguments, streams);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Answer { code, out: text(out), err: text(err) }
}

/// An empty folder of this test's own.
pub(super) fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("stacklens-test-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.out).unwrap_or_else(|e| panic!("{e}: {}\n{}", answer.out, answer.err))
}

#[test]
fn exit_codes() {
    let folder = folder("codes");
    let (clean, broken) = (write(&folder, "clean.yaml", CLEAN), write(&folder, "broken.yaml", BROKEN));
    assert_eq!(stacklens(&["check", &clean], "").code, 0);
    assert_eq!(stacklens(&["check", &broken], "").code, 1);
    assert_eq!(stacklens(&["check", &broken, "--fail-on", "never"], "").code, 0);
    assert_eq!(stacklens(&["check", &clean, "--nonsense"], "").code, 2);
    let missing = stacklens(&["check", &clean, "/nowhere/at/all.yaml"], "");
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("cannot read `/nowhere/at/all.yaml`"), "{}", missing.err);
    assert!(missing.out.contains("1 file"), "the other file is still checked: {}", missing.out);
    let help = stacklens(&["--help"], "");
    assert_eq!((help.code, help.err.as_str()), (0, ""));
}

/// A rule may report milder than it does by default; only the settings change that.
#[test]
fn findings_keep_their_own_severity() {
    let old = "version: 0.1\nphases: {build: {commands: [make]}}\n";
    let run = |more: &[&str]| {
        let mut all = vec!["check", "-", "--kind", "buildspec", "--format", "short"];
        all.extend(more);
        stacklens(&all, old).out
    };
    assert!(run(&[]).starts_with("<stdin>:1:10: warning: "), "{}", run(&[]));
    assert!(run(&["--severity", "CB110=error"]).starts_with("<stdin>:1:10: error: "));
}

/// Values that several templates share need not fit all of them; values for one file must.
#[test]
fn values_for_several_templates_are_taken_where_they_fit() {
    let folder = folder("shared");
    let with = "Parameters:\n  Env: {Type: String, AllowedValues: [dev, prod]}\nResources:\n  T:\n    Type: AWS::SNS::Topic\n    Properties: {DisplayName: !Ref Env}\n";
    let (with, without) = (write(&folder, "with.yaml", with), write(&folder, "without.yaml", CLEAN));
    let codes = |paths: &[&str], value: &str| {
        let mut all = vec!["check", "--format", "short", "--no-config"];
        all.extend(paths);
        all.extend(["--parameter-overrides", value]);
        stacklens(&all, "").out
    };
    assert!(
        codes(&[&with, &without], "Env=dev").starts_with("no findings"),
        "{}",
        codes(&[&with, &without], "Env=dev")
    );
    assert!(codes(&[&with, &without], "Env=test").contains("[E2900]"));
    assert!(codes(&[&without], "Env=dev").contains("[E2900]"));
}

#[test]
fn a_named_file_must_be_known_and_a_found_one_need_not() {
    let folder = folder("unknown");
    let other = write(&folder, "other.yaml", "a: 1\n");
    let named = stacklens(&["check", &other], "");
    assert_eq!(named.code, 2);
    assert!(named.err.contains("is not recognised"), "{}", named.err);
    let found = stacklens(&["check", &folder.to_string_lossy()], "");
    assert_eq!((found.code, found.err.as_str()), (0, ""));
    assert_eq!(stacklens(&["check", &other, "--format", "cfn-lint"], "").code & 2, 0);
}

#[test]
fn standard_input_and_order() {
    let answer = stacklens(&["check", "-", "--format", "json"], BROKEN);
    let report = json(&answer);
    assert_eq!(report["version"], 1);
    assert_eq!(report["findings"][0]["file"], "<stdin>");
    assert_eq!(report["summary"]["files"], 1);
    let folder = folder("order");
    let names: Vec<_> = (0..40).map(|i| write(&folder, &format!("{}.yaml", (i * 7) % 40), BROKEN)).collect();
    let mut arguments = vec!["check", "--format", "json"];
    arguments.extend(names.iter().map(String::as_str));
    let report = json(&stacklens(&arguments, ""));
    let mut files: Vec<_> =
        report["findings"].as_array().unwrap().iter().map(|f| f["file"].as_str().unwrap()).collect();
    files.dedup();
    assert_eq!(files, names, "the order is that of the arguments");
}

#[test]
fn folders_are_walked_sorted_without_what_git_ignores() {
    let folder = folder("walk");
    write(&folder, "b/two.yaml", BROKEN);
    write(&folder, "a/one.yml", BROKEN);
    write(&folder, "out/three.yaml", BROKEN);
    write(&folder, ".gitignore", "out/\n");
    let report = json(&stacklens(&["check", "--format", "json", &folder.to_string_lossy()], ""));
    let mut files: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["file"].as_str().unwrap().rsplit('/').next().unwrap())
        .collect();
    files.dedup();
    assert_eq!(files, ["one.yml", "two.yaml"]);
}

#[test]
fn formats_have_their_shapes() {
    let report = json(&stacklens(&["check", "-", "--format", "json"], BROKEN));
    let finding = &report["findings"][0];
    for key in [
        "rule",
        "severity",
        "message",
        "file",
        "line",
        "column",
        "endLine",
        "endColumn",
        "span",
        "path",
        "labels",
        "children",
    ] {
        assert!(!finding[key].is_null(), "{key}: {finding}");
    }
    let list = json(&stacklens(&["check", "-", "--format", "cfn-lint"], BROKEN));
    let one = &list[0];
    let keys: Vec<_> = one.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["Filename", "Id", "Level", "Location", "Message", "ParentId", "Rule"]);
    assert_eq!(one["Level"], "Error");
    assert!(one["Location"]["Start"]["LineNumber"].is_u64());
    assert!(one["Rule"]["ShortDescription"].is_string());
    let short = stacklens(&["check", "-", "--format", "short"], BROKEN).out;
    assert!(short.starts_with("<stdin>:") && short.contains(": error: "), "{short}");
    let pretty = stacklens(&["check", "-"], BROKEN).out;
    assert!(pretty.starts_with("error[") && !pretty.contains('\u{1b}'), "{pretty}");
    let coloured = stacklens(&["check", "-", "--color", "always"], BROKEN).out;
    assert!(coloured.starts_with("\u{1b}["), "{coloured}");
}

#[test]
fn output_goes_to_a_file() {
    let folder = folder("output");
    let target = folder.join("report.json");
    let answer = stacklens(&["check", "-", "--format", "json", "--output", &target.to_string_lossy()], BROKEN);
    assert_eq!((answer.code, answer.out.as_str()), (1, ""));
    let report: Value = serde_json::from_str(&std::fs::read_to_string(target).unwrap()).unwrap();
    assert_eq!(report["version"], 1);
}

#[test]
fn parameters_are_read_in_every_form() {
    let folder = folder("parameters");
    let list = write(&folder, "list.json", r#"[{"ParameterKey": "A", "ParameterValue": "1"}]"#);
    let object = write(&folder, "object.json", r#"{"Parameters": {"A": "1", "B": 2}}"#);
    let wrong = write(&folder, "wrong.json", r#"{"Parameters": [1]}"#);
    let template = format!(
        "Parameters:\n  A: {{Type: Number}}\n  B: {{Type: String, Default: x}}\n{CLEAN}    Metadata: {{A: !Ref A, B: !Ref B}}\n"
    );
    for file in [&list, &object] {
        let answer = stacklens(&["check", "-", "--parameter-file", file], &template);
        assert_eq!(answer.code, 0, "{}", answer.out);
    }
    let answer = stacklens(&["check", "-", "--parameter-file", &wrong], CLEAN);
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("holds no parameters"), "{}", answer.err);
    assert_eq!(stacklens(&["check", "-", "--parameter-overrides", "A=1", "B=2"], &template).code, 0);
    assert_eq!(stacklens(&["check", "-", "--parameter-overrides", "A"], CLEAN).code, 2);
    assert_eq!(stacklens(&["check", "-", "--as-of", "2026-13-01"], CLEAN).code, 2);
}

#[test]
fn findings_can_be_left_out() {
    let id = json(&stacklens(&["check", "-", "--format", "json"], BROKEN))["findings"][0]["rule"].clone();
    let id = id.as_str().unwrap();
    let answer = stacklens(&["check", "-", "--format", "json", "--ignore-checks", id], BROKEN);
    assert_eq!((answer.code, json(&answer)["findings"].as_array().unwrap().len()), (0, 0));
    let own = format!("Metadata:\n  cfn-lint:\n    config:\n      ignore_checks: [{id}]\n{BROKEN}");
    assert_eq!(stacklens(&["check", "-"], &own).code, 0);
}

#[test]
fn rules_are_listed_and_shown() {
    let list = stacklens(&["rule"], "");
    assert_eq!(list.code, 0);
    let id = list.out.split_whitespace().next().unwrap_or_default();
    assert!(stacklens(&["rule", id], "").out.starts_with("# "));
    assert_eq!(stacklens(&["rule", "X0000"], "").code, 2);
    let near = stacklens(&["rule", "property-unknwon"], "");
    assert_eq!(
        (near.code, near.err.trim_end()),
        (2, "stacklens: there is no rule `property-unknwon`. Did you mean `property-unknown`?")
    );
    let some = json(&stacklens(&["rule", "w7", "--format", "json"], ""));
    assert!(some.as_array().unwrap().iter().all(|r| r["id"].as_str().unwrap().starts_with("W7")), "{some}");
    assert!(json(&stacklens(&["rule", "W7001", "--format", "json"], ""))["page"].as_str().unwrap().starts_with("# "));
    let page = stacklens(&["rule", "W7001", "--color", "always"], "").out;
    assert!(page.contains("\u{1b}[1;4mReported\u{1b}[0m") && !page.contains("```"), "{page}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = folder("pipe");
    let mut arguments = vec!["check".to_owned(), "--format".to_owned(), "short".to_owned()];
    let file = write(&folder, "broken.yaml", BROKEN);
    arguments.extend(std::iter::repeat_n(file, 4000));
    let mut child = Command::new(env!("CARGO_BIN_EXE_stacklens"))
        .env("XDG_CACHE_HOME", "/nowhere")
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn nested_templates_of_the_folder_are_looked_at() {
    let folder = folder("nested");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let inner = "Parameters:\n  Cidr: {Type: String}\n  Zones: {Type: String, Default: a}\nResources:\n  T: {Type: AWS::SNS::Topic}\n";
    write("stacks/network.yaml", inner);
    write("stacks/broken.yaml", "Parameters: [\n");
    let outer = |url: &str, parameters: &str| {
        format!(
            "Resources:\n  S:\n    Type: AWS::CloudFormation::Stack\n    DeletionPolicy: Delete\n    \
             UpdateReplacePolicy: Delete\n    Properties:\n      TemplateURL: {url}\n{parameters}"
        )
    };
    let found = |url: &str, parameters: &str| {
        let path = write("main.yaml", &outer(url, parameters));
        let answer = stacklens(&["check", "--format", "short", &path], "");
        answer.out.lines().filter(|l| l.contains("E3043")).count()
    };
    assert_eq!(found("stacks/network.yaml", "      Parameters: {Zone: b}\n"), 2);
    assert_eq!(found("./stacks/network.yaml", "      Parameters: {Cidr: b}\n"), 0);
    assert_eq!(found("stacks/network.yaml", ""), 1, "nothing is given");
    assert_eq!(found("stacks/network.yaml", "      Parameters: !Ref All\n"), 0, "not known");
    for elsewhere in ["stacks/broken.yaml", "stacks/none.yaml", "https://example.com/network.yaml", "../main.yaml"] {
        assert_eq!(found(elsewhere, "      Parameters: {Zone: b}\n"), 0, "{elsewhere}");
    }
}

/// An AppSpec whose script is missing, and the script.
const APPSPEC: &str = "version: 0.0\nos: linux\nfiles:\n  - source: app\n    destination: /srv\nhooks:\n  AfterInstall:\n    - location: run.sh\n      timeout: 10\n";

#[test]
fn neighbours_are_crossed_unless_told_not_to() {
    let folder = folder("neighbours");
    let appspec = write(&folder, "appspec.yml", APPSPEC);
    write(&folder, "app/a.js", "1\n");
    write(&folder, "ran.sh", "#!/bin/sh\n");
    let whole = stacklens(&["check", &folder.to_string_lossy(), "--format", "short"], "");
    assert!(whole.code == 1 && whole.out.contains("[CD169]") && whole.out.contains("`ran.sh`"), "{}", whole.out);
    let file = stacklens(&["check", &appspec, "--format", "short"], "");
    assert!(file.code == 1 && file.out.contains("[CD169]"), "{}", file.out);
    let alone = stacklens(&["check", &appspec, "--no-bundle", "--format", "short"], "");
    assert!(alone.code == 0 && alone.out.starts_with("no findings"), "{}", alone.out);
    write(&folder, "run.sh", "#!/bin/sh\n");
    let mended = stacklens(&["check", &folder.to_string_lossy(), "--format", "short"], "");
    assert!(!mended.out.contains("[CD169]"), "{}", mended.out);
}

#[test]
fn a_suppression_of_a_crossing_finding_is_used() {
    let folder = folder("crossing-suppression");
    write(&folder, "app/a.js", "1\n");
    write(&folder, "ran.sh", "#!/bin/sh\n");
    let appspec = write(&folder, "appspec.yml", &APPSPEC.replace("run.sh\n", "run.sh # stacklens: ignore CD169\n"));
    for options in
        [&["check", &appspec, "--format", "short"][..], &["check", &appspec, "--no-bundle", "--format", "short"]]
    {
        let answer = stacklens(options, "");
        assert!(answer.code == 0 && answer.out.starts_with("no findings"), "{}", answer.out);
    }
}

#[cfg(unix)]
#[test]
fn strange_folders_are_crossed() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = folder("strange");
    write(&folder, "appspec.yml", APPSPEC);
    write(&folder, "app/a.js", "1\n");
    symlink(&folder, folder.join("app/loop")).unwrap();
    symlink("/etc", folder.join("outside")).unwrap();
    symlink("nowhere", folder.join("dangling")).unwrap();
    let script = write(&folder, "run.sh", "#!/bin/sh\n");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o000)).unwrap();
    std::fs::write(folder.join("binary.json"), [0xff_u8, 0xfe, 0, 1, 2]).unwrap();
    let answer = stacklens(&["check", &folder.to_string_lossy(), "--format", "short"], "");
    assert!(answer.code <= 1 && !answer.out.contains("[CD169]"), "{}{}", answer.out, answer.err);
}

#[test]
fn a_large_folder_is_crossed_quickly() {
    let folder = folder("large");
    let appspec = write(&folder, "appspec.yml", APPSPEC);
    for i in 0..5_000 {
        write(&folder, &format!("app/d{}/f{i}.js", i % 50), "1\n");
    }
    write(&folder, "run.sh", "#!/bin/sh\n");
    for path in [folder.to_string_lossy().into_owned(), appspec] {
        let start = std::time::Instant::now();
        let answer = stacklens(&["check", &path, "--format", "short"], "");
        assert!(answer.code <= 1 && !answer.out.contains("[CD169]"), "{}", answer.out);
        assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
    }
}
