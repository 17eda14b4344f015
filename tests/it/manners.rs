//! What a person expects of a command: patterns, exclusions, what changed, a baseline, counts, completions, a manual page.

use crate::cli::{BROKEN, CLEAN, folder, stacklens};
use crate::write;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs the built program in a folder: exit code, standard output, standard error.
pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_stacklens"))
        .env("XDG_CACHE_HOME", "/nowhere")
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

pub(crate) fn git(folder: &Path, arguments: &[&str]) {
    let who = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"];
    let status = Command::new("git").current_dir(folder).args(who).args(arguments).stdout(Stdio::null()).status();
    assert!(status.unwrap().success(), "git {arguments:?}");
}

#[test]
fn patterns_and_exclusions() {
    let folder = folder("patterns");
    for name in ["a/one.yaml", "a/b/two.yaml", "a/b/three.json", "c/four.yaml"] {
        write(&folder, name, if name.ends_with("json") { "{\"a\": 1}" } else { BROKEN });
    }
    let files = |arguments: &[&str]| {
        let mut all = vec!["check", "--format", "short", "-q"];
        all.extend(arguments);
        let (_, out, err) = run_in(&folder, &all);
        let names: Vec<String> = out.lines().map(|l| l.split(':').next().unwrap().to_owned()).collect();
        (names, err)
    };
    assert_eq!(files(&["a/*.yaml"]).0, ["a/one.yaml"]);
    assert_eq!(files(&["**/*.yaml"]).0, ["a/b/two.yaml", "a/one.yaml", "c/four.yaml"]);
    assert_eq!(files(&["c/*.yaml", "a/b"]).0, ["c/four.yaml", "a/b/two.yaml"]);
    assert_eq!(files(&["--exclude", "a/b", "--exclude", "four.*"]).0, ["a/one.yaml"]);
    assert_eq!(files(&["--exclude", "b"]).0, ["a/one.yaml", "c/four.yaml"]);
    let (names, err) = files(&["x/*.yaml", "c"]);
    assert_eq!(names, ["c/four.yaml"]);
    assert!(err.contains("`x/*.yaml`: no file matches this pattern"), "{err}");
    write(&folder, "d/odd[1].yaml", BROKEN);
    assert_eq!(files(&["d/odd[1].yaml"]).0, ["d/odd[1].yaml"]);
}

#[test]
fn hooks_may_name_files_that_are_none_of_ours() {
    let folder = folder("skip");
    write(&folder, "t.yaml", BROKEN);
    write(&folder, "other.yaml", "a: 1\n");
    assert_eq!(run_in(&folder, &["check", "t.yaml", "other.yaml"]).0, 2);
    let (code, out, err) = run_in(&folder, &["check", "--skip-unknown", "--format", "short", "t.yaml", "other.yaml"]);
    assert!(code == 1 && err.is_empty() && out.ends_with("1 error in 1 file\n"), "{out} {err}");
    assert_eq!(run_in(&folder, &["check", "--skip-unknown", "nowhere.yaml"]).0, 2);
}

#[test]
fn only_what_changed_since_a_commit() {
    let folder = folder("since");
    write(&folder, "old.yaml", BROKEN);
    write(&folder, "sub/edited ä.yaml", CLEAN);
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "first"]);
    assert_eq!(run_in(&folder, &["check", "--since", "HEAD"]).0, 0);
    write(&folder, "sub/edited ä.yaml", BROKEN);
    write(&folder, "new.yaml", BROKEN);
    let (code, out, err) = run_in(&folder, &["check", "--since", "HEAD", "--format", "short", "-q"]);
    let names: Vec<&str> = out.lines().map(|l| l.split(':').next().unwrap()).collect();
    assert_eq!((code, names, err.as_str()), (1, vec!["new.yaml", "sub/edited ä.yaml"], ""));
    let (_, out, _) = run_in(&folder.join("sub"), &["check", "--since", "HEAD", "--format", "short", "-q", ".."]);
    assert_eq!(out.lines().count(), 2, "{out}");
    let (code, _, err) = run_in(&folder, &["check", "--since", "nowhere"]);
    assert!(code == 2 && err.contains("--since: git says:"), "{code} {err}");
    assert_eq!(run_in(&folder, &["check", "--since=--output=x"]).0, 2);
}

#[test]
fn a_baseline_hides_what_was_known_even_when_lines_move() {
    let folder = folder("baseline");
    write(&folder, "t.yaml", BROKEN);
    let (code, _, err) = run_in(&folder, &["check", "--baseline", "known.json"]);
    assert!(code == 2 && err.contains("cannot read the baseline `known.json`"), "{err}");
    let (code, _, err) =
        run_in(&folder, &["check", "--baseline", "known.json", "--update-baseline", "--exclude", "known.json"]);
    assert!(code == 0 && err.contains("wrote 1 findings"), "{code} {err}");
    let check = ["check", "t.yaml", "--baseline", "known.json"];
    assert_eq!(run_in(&folder, &check).0, 0);
    write(&folder, "t.yaml", &format!("# moved\n{BROKEN}  Bad:\n    Type: AWS::No::Such\n"));
    let (code, out, _) = run_in(&folder, &check);
    assert!(code == 1 && out.contains("AWS::No::Such") && !out.contains("E0000"), "{out}");
    write(&folder, "t.yaml", CLEAN);
    let (code, _, err) = run_in(&folder, &check);
    assert!(code == 0 && err.contains("1 of it no longer occur"), "{err}");
    write(&folder, "known.json", "{\"version\": 9, \"findings\": []}");
    assert_eq!(run_in(&folder, &check).0, 2);
}

#[test]
fn statistics_count_by_rule() {
    let answer = stacklens(&["check", "-", "--statistics", "--format", "short"], BROKEN);
    assert!(answer.out.contains("     1 in    1 file"), "{}", answer.out);
    let json = stacklens(&["check", "-", "--statistics", "--format", "json"], BROKEN);
    assert!(serde_json::from_str::<serde_json::Value>(&json.out).is_ok());
    assert!(json.err.contains("     1 in    1 file"), "{}", json.err);
}

#[test]
fn standard_input_can_have_a_name() {
    let appspec = "version: 0.0\nos: linux\nhooks:\n  Nonsense:\n    - location: a.sh\n";
    let answer = stacklens(&["check", "-", "--stdin-filename", "app/appspec.yml", "--format", "short"], appspec);
    assert!(answer.out.starts_with("app/appspec.yml:4:3: error"), "{} {}", answer.out, answer.err);
}

#[test]
fn as_many_at_a_time_as_said() {
    let samples = crate::root().join("samples");
    let path = samples.to_string_lossy();
    let one = stacklens(&["check", "-j", "1", &path], "");
    assert_eq!(one.out, stacklens(&["check", "-j", "7", &path], "").out);
    assert_eq!(stacklens(&["check", "-j", "0", &path], "").code, 2);
}

#[test]
fn the_shell_gets_completions_and_a_page() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let answer = stacklens(&["completions", shell], "");
        assert!(answer.code == 0 && answer.out.contains("parameter-overrides"), "{shell}");
    }
    let page = stacklens(&["man"], "");
    assert!(page.out.starts_with(".ie") || page.out.contains(".TH stacklens 1"), "{}", page.out);
    assert!(page.out.contains("STACKLENS CHECK"));
}

#[test]
fn watching_checks_again_after_a_change() {
    let folder = folder("watch");
    write(&folder, "t.yaml", BROKEN);
    let mut child = Command::new(env!("CARGO_BIN_EXE_stacklens"))
        .env("XDG_CACHE_HOME", "/nowhere")
        .current_dir(&folder)
        .args(["check", "--watch", "--format", "short", "t.yaml"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut summary = || lines.by_ref().find(|l| l.ends_with(" in 1 file")).unwrap();
    assert_eq!(summary(), "1 error in 1 file");
    write(&folder, "t.yaml", CLEAN);
    // A change may be seen before it is whole; the last state is seen in any case.
    while summary() != "no findings in 1 file" {}
    child.kill().unwrap();
    child.wait().unwrap();
}
