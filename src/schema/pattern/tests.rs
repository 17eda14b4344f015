//! Tests of the patterns.

use super::{Found, OwnPattern};

fn check(pattern: &str, yes: &[&str], no: &[&str]) {
    let pattern = OwnPattern::new(pattern);
    assert!(pattern.view().is_understood(), "{pattern:?}");
    for text in yes {
        assert_eq!(pattern.find(text), Found::Yes, "{} on {text:?}", pattern.source);
    }
    for text in no {
        assert_eq!(pattern.find(text), Found::No, "{} on {text:?}", pattern.source);
    }
}

#[test]
fn common_patterns() {
    check("b", &["abc"], &["", "ac"]);
    check("^[a-z0-9][a-z0-9.-]{1,5}[a-z]$", &["bucket", "a.b"], &["Bucket", "ab", "abcdefgh", "ab-"]);
    check("^(?:a|bc|)d$", &["ad", "bcd", "d"], &["bd", "abcd"]);
    check(
        "^arn:(aws|aws-cn):s3:::.+$",
        &["arn:aws:s3:::x", "arn:aws-cn:s3:::x"],
        &["arn:aws:s3:::", "arn:aws-us:s3:::x"],
    );
    check("^(ab){2,3}$", &["abab", "ababab"], &["ab", "abababab", "aba"]);
    check("^(a(b{1,2}){2}){2,}$", &["abbabb", "abbbabbbb"], &["abb", "ababb"]);
    check("^[\\w-.]+$", &["a-b.c_1"], &["a b", ""]);
    check("^a{,2}$", &["", "aa"], &["aaa"]);
    check("a{x}", &["a{x}"], &["ax"]);
    check("^[]a]$", &["]", "a"], &["b"]);
    check("^x$", &["x", "x\n"], &["x\n\n"]);
    check("\\Ax\\Z", &["x"], &["x\n"]);
    check("^a.c$", &["abc", "aüc"], &["a\nc"]);
    check("(?s)^a.c$", &["a\nc"], &[]);
    check("^2\\s*(?i)vCpu$", &["2 vcpu", "2VCPU"], &["2 cpu"]);
    check("\\bab\\b", &["x ab.", "ab"], &["xab", "abx"]);
}

#[test]
fn looking_around() {
    check("^(?!aws:)[a-z:]+$", &["a:b"], &["aws:b"]);
    check("^(?=.{3}$)[a-z]*$", &["abc"], &["ab", "abcd"]);
    check("^[a-z.]*(?<!\\.)$", &["a.b", ""], &["a."]);
    check("(?<=ab)c", &["abc"], &["ac", "c"]);
    check("^a++b$", &["aaab"], &[]);
    check("^(?>a*)ab$", &[], &["aaab"]);
}

#[test]
fn beyond_ascii() {
    check("^[\\p{L}\\p{N}]+$", &["Zürich2", "東京"], &["a b", "a!"]);
    check("^\\P{C}+$", &["a b"], &["a\u{1}"]);
    check("^[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*$", &["a ü 😀"], &["\u{1}"]);
    check("^[^ü]$", &["a", "é"], &["ü"]);
    assert_eq!(OwnPattern::new("^\\p{M}$").find("…"), Found::Unknown);
}

#[test]
fn what_is_not_understood_is_unknown() {
    for pattern in ["(", "a)", "*", "[a", "(a)\\1", "\\p{Nonsense}", "[b-a]", "a{3,2}"] {
        assert_eq!(OwnPattern::new(pattern).find("a"), Found::Unknown, "{pattern}");
    }
    assert_eq!(OwnPattern::new(&"(".repeat(10_000)).find("a"), Found::Unknown);
}

#[test]
fn nothing_takes_long() {
    let long = "a".repeat(2_000);
    for pattern in
        ["^(a+)+$", "^(a|a)*$", "^(a*)*b", "^([A-Za-z0-9]+[A-Za-z0-9-.]*)*;$", "(a?){50}a{50}b", "(.*)*(.*)*x"]
    {
        let pattern = OwnPattern::new(pattern);
        assert!(pattern.view().is_understood());
        pattern.find(&long);
        pattern.find(&format!("{long}!"));
    }
    check(
        "^(a+)+$",
        &["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],
        &["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"],
    );
    check("^(a*)*$", &["", "aaa"], &["b"]);
    check("^(a*){2,4}$", &["", "aaa"], &["b"]);
}
