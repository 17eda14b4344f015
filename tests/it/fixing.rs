//! `check --fix`: what is written, what is not, and that a file keeps what makes it this file.

use super::cli::{folder, stacklens};
use super::write;

/// A safe fix in the output (`Fn::Sub` without a variable), an unsafe one in the resource (a misspelt reference).
const TEXT: &str = "\
Parameters:
  Stage: {Type: String}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: !Ref Stag
Outputs:
  Name:
    Value: !Sub plain # kept
";

#[test]
fn safe_fixes_are_written_and_guesses_when_asked_for() {
    let folder = folder("fix");
    let path = write(&folder, "a.yaml", TEXT);
    let read = || std::fs::read_to_string(&path).unwrap();
    assert_eq!(stacklens(&["check", &path], "").code, 1);
    assert_eq!(read(), TEXT, "without --fix nothing is written");

    let answer = stacklens(&["check", "--fix", &path], "");
    let safe = TEXT.replace("!Sub plain", "plain");
    assert_eq!(read(), safe);
    assert_eq!(answer.code, 1);
    assert!(answer.out.contains("E1020") && !answer.out.contains("W1020"), "what is left is reported: {}", answer.out);
    assert!(
        answer.err.contains("fixed 1 finding in 1 file; `--unsafe-fixes` has a guess for 2 more"),
        "{}",
        answer.err
    );

    let answer = stacklens(&["check", "--fix", "--unsafe-fixes", &path], "");
    assert_eq!(read(), safe.replace("Ref Stag", "Ref Stage"));
    assert_eq!(answer.code, 0, "{}", answer.out);
}

#[test]
fn a_difference_changes_nothing() {
    let folder = folder("diff");
    let path = write(&folder, "a.yaml", TEXT);
    let answer = stacklens(&["check", "--diff", "--unsafe-fixes", &path], "");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), TEXT);
    assert_eq!(answer.code, 1, "as without fixing");
    for line in ["-      DisplayName: !Ref Stag\n", "+      DisplayName: !Ref Stage\n", "@@ -4,7 +4,7 @@\n"] {
        assert!(answer.out.contains(line), "{line}: {}", answer.out);
    }
    assert_eq!(stacklens(&["check", "--unsafe-fixes", &path], "").code, 2);
}

#[test]
fn standard_input_is_fixed_to_standard_output() {
    let answer = stacklens(&["check", "--fix", "-", "--format", "short"], TEXT);
    assert_eq!(answer.out, TEXT.replace("!Sub plain", "plain"));
    assert!(answer.err.contains("E1020"), "{}", answer.err);
    let nothing = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n";
    assert_eq!(stacklens(&["check", "--fix", "-"], nothing).out, nothing, "a text without fixes comes back as it is");
}

#[test]
fn line_ends_mark_and_permissions_are_kept() {
    let folder = folder("keep");
    let text = format!("\u{feff}{}", TEXT.replace('\n', "\r\n"));
    let path = write(&folder, "a.yaml", &text);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&path, folder.join("link.yaml")).unwrap();
        stacklens(&["check", "--fix", &folder.join("link.yaml").to_string_lossy()], "");
        assert!(folder.join("link.yaml").is_symlink());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }
    stacklens(&["check", "--fix", &path], "");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text.replace("!Sub plain", "plain"));
    assert_eq!(
        std::fs::read_dir(&folder).unwrap().filter(|e| e.as_ref().is_ok_and(|e| !e.path().is_symlink())).count(),
        1
    );
}

#[cfg(unix)]
#[test]
fn a_read_only_file_is_left_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder("readonly");
    let path = write(&folder, "a.yaml", TEXT);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
    let answer = stacklens(&["check", "--fix", &path], "");
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("it is read-only"), "{}", answer.err);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), TEXT);
}
