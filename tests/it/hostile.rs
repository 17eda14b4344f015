//! Files made to hurt: each ends soon, with a clear message, and never takes the program down.

use super::cli::{Answer, CLEAN, folder, stacklens};
use std::path::Path;
use std::time::{Duration, Instant};

/// Runs `check` on a file and expects an answer within a time that leaves room for a slow machine.
fn check(path: &Path) -> Answer {
    let start = Instant::now();
    let answer = stacklens(&["check", "--format", "short", "--kind", "template", &path.to_string_lossy()], "");
    let took = start.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?} for {}", path.display());
    assert!(!answer.err.contains("internal error"), "{}", answer.err);
    answer
}

/// Checks bytes as a file of that name; one of the words must be in the answer.
fn expect(name: &str, bytes: &[u8], words: &str) {
    let path = folder(&name.replace('.', "-")).join(name);
    std::fs::write(&path, bytes).unwrap();
    let answer = check(&path);
    assert_ne!(answer.code, 0, "{name}: {}", answer.out);
    let first = answer.out.lines().next().unwrap_or_default();
    assert!(first.contains(words), "{name}: {first}{}", answer.err);
    assert!(answer.out.lines().count() < 50, "{name}: {}", answer.out);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn deep_nesting() {
    expect("deep.json", format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)).as_bytes(), "nest");
    expect("deep.yaml", format!("a: {}{}", "[".repeat(10_000), "]".repeat(10_000)).as_bytes(), "nest");
    let mut block = String::new();
    for depth in 0..10_000 {
        block.push_str(&" ".repeat(depth));
        block.push_str("a:\n");
    }
    expect("block.yaml", block.as_bytes(), "");
}

#[test]
fn alias_bomb() {
    let mut text = "Resources: {}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let many = vec![format!("*a{}", i - 1); 10].join(", ");
        text.push_str(&format!("a{i}: &a{i} [{many}]\n"));
    }
    expect("bomb.yaml", text.as_bytes(), "alias");
}

#[test]
fn large_file() {
    let line = "- aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n";
    expect("large.yaml", line.repeat(50 * 1024 * 1024 / line.len()).as_bytes(), "MB");
}

#[test]
fn not_text() {
    expect("binary.yaml", b"\x7fELF\x02\x01\x01\x00\x00\x00", "NUL");
    expect("latin.yaml", b"Resources:\n  A: caf\xe9\n", "not UTF-8");
    expect("wide.yaml", b"\xff\xfeR\x00e\x00s\x00", "UTF-16");
}

#[test]
fn many_resources() {
    let mut text = "Resources:\n".to_owned();
    for i in 0..5_000 {
        text.push_str(&format!("  Topic{i}:\n    Type: AWS::SNS::Topic\n"));
    }
    let path = folder("many").join("many.yaml");
    std::fs::write(&path, text).unwrap();
    check(&path);
}

/// 200 conditions that depend on each other, and 500 resources whose properties and links are nested `Fn::If`s.
#[test]
fn many_conditions() {
    fn nested(depth: usize, seed: usize, leaf: &dyn Fn(usize) -> String) -> String {
        if depth == 0 {
            return leaf(seed);
        }
        let (yes, no) = (nested(depth - 1, seed * 2 + 1, leaf), nested(depth - 1, seed * 2 + 2, leaf));
        format!("!If [C{}, {yes}, {no}]", (seed * 7 + depth * 13) % 200)
    }
    let mut text = "Parameters:\n".to_owned();
    for i in 0..40 {
        text += &format!("  P{i}: {{Type: String, Default: '', AllowedValues: ['', a, b, c]}}\n");
    }
    text += "Conditions:\n  C0: !Equals [!Ref P0, a]\n";
    for i in 1..200 {
        let own = format!("!Equals [!Ref P{}, {}]", i % 40, ["a", "b", "c", "''"][i % 4]);
        let before = format!("!Condition C{}", i - 1);
        text += &match i % 3 {
            0 => format!("  C{i}: !And [{before}, !Not [{own}]]\n"),
            1 => format!("  C{i}: !Or [{before}, {own}]\n"),
            _ => format!("  C{i}: !Not [!Or [!Condition C{}, {own}]]\n", i / 2),
        };
    }
    text += "Resources:\n";
    for i in 0..500 {
        let dead = nested(3, i, &|k| format!("!GetAtt Q{}.Arn", k % 500));
        let fifo = nested(3, i, &|k| if k % 2 == 0 { "true".to_owned() } else { "!Ref AWS::NoValue".to_owned() });
        text += &format!(
            "  Q{i}:\n    Type: AWS::SQS::Queue\n    Condition: C{}\n    Properties:\n      FifoQueue: {fifo}\n      \
             RedrivePolicy: {{deadLetterTargetArn: {dead}, maxReceiveCount: 3}}\n",
            i % 200
        );
    }
    let path = folder("conditions").join("conditions.yaml");
    std::fs::write(&path, text).unwrap();
    let first = check(&path);
    assert_eq!(first.out, check(&path).out);
}

#[cfg(unix)]
#[test]
fn links_in_a_circle() {
    let folder = folder("circle");
    std::fs::write(folder.join("clean.yaml"), CLEAN).unwrap();
    std::fs::create_dir(folder.join("inner")).unwrap();
    std::os::unix::fs::symlink(&folder, folder.join("inner/loop")).unwrap();
    let answer = stacklens(&["check", &folder.to_string_lossy()], "");
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    assert!(answer.out.contains("1 file"), "{}", answer.out);
}

#[cfg(unix)]
#[test]
fn unreadable() {
    use std::os::unix::fs::PermissionsExt;
    let path = folder("unreadable").join("secret.yaml");
    std::fs::write(&path, CLEAN).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&path).is_ok() {
        return; // The superuser may read everything.
    }
    let answer = check(&path);
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("cannot read"), "{}", answer.err);
}
