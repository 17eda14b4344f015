//! Reading: every span of every sample (and of the conformance templates, where they are) decodes to its value.

use stacklens::source::{SourceFile, Span};
use stacklens::syntax::{self, Format, Node, NodeKind, Style, Tree};
use std::path::{Path, PathBuf};

/// The files to read: our samples, and the conformance sets beside the checkout when they are there.
pub(crate) fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut out = Vec::new();
    for folder in [root.join("samples"), root.join("../shared/conformance")] {
        collect(&folder, &mut out);
    }
    out.sort();
    out
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.filter_map(|e| Some(e.ok()?.path())) {
        if path.is_dir() {
            if !path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("expected")) {
                collect(&path, out);
            }
        } else if path.extension().is_some_and(|e| ["yaml", "yml", "json", "template"].iter().any(|x| e == *x)) {
            out.push(path);
        }
    }
}

#[test]
fn every_span_decodes_to_its_value() {
    let mut faults = Vec::new();
    let mut scalars = 0;
    for path in files() {
        let Ok(file) = SourceFile::from_bytes(path.to_string_lossy(), std::fs::read(&path).unwrap()) else { continue };
        let tree = syntax::read(&file);
        if let Some(root) = &tree.root {
            let mut check = Check { file: &file, tree: &tree, faults: Vec::new(), scalars: 0 };
            check.node(root, Span::new(0, file.text.len()));
            scalars += check.scalars;
            faults.extend(check.faults.into_iter().map(|f| format!("{}: {f}", path.display())));
        }
        for comment in &tree.comments {
            assert!(file.slice(comment.span).starts_with('#'), "{}", path.display());
        }
    }
    assert!(faults.is_empty(), "{} faults, the first: {:#?}", faults.len(), &faults[..faults.len().min(10)]);
    assert!(scalars > 0);
}

struct Check<'a> {
    file: &'a SourceFile,
    tree: &'a Tree,
    faults: Vec<String>,
    scalars: usize,
}

impl Check<'_> {
    fn node(&mut self, node: &Node, parent: Span) {
        // What an alias repeats keeps the place of the anchored text.
        if self.tree.aliases.is_empty() && !parent.contains(node.span) {
            self.faults.push(format!("`{}` is not inside its parent", self.file.slice(node.span)));
        }
        let text = self.file.slice(node.span);
        match &node.kind {
            NodeKind::String(value) => {
                self.scalars += 1;
                if words(&decode(text, node.style, self.tree.format)) != words(value) {
                    self.faults.push(format!("`{text}` is not {value:?}"));
                }
            }
            NodeKind::Number(value) => {
                self.scalars += 1;
                if text != &**value {
                    self.faults.push(format!("`{text}` is not the number {value}"));
                }
            }
            NodeKind::List(items) => {
                if node.style == Style::Flow && !(text.starts_with('[') && text.ends_with(']')) {
                    self.faults.push(format!("`{text}` is no list in brackets"));
                }
                items.iter().for_each(|i| self.node(i, node.span));
            }
            NodeKind::Map(entries) => {
                for e in entries {
                    let in_place = node.span.contains(e.key.span) && e.key.span.end <= e.value.span.start;
                    if self.tree.aliases.is_empty() && self.tree.merge_keys.is_empty() && !in_place {
                        self.faults.push(format!("the key `{}` is misplaced", e.key.text));
                    }
                    if e.key.style == Style::Plain && self.file.slice(e.key.span) != &*e.key.text {
                        self.faults.push(format!("the key `{}` has a wrong span", e.key.text));
                    }
                    self.node(&e.value, node.span);
                }
            }
            NodeKind::Tagged(t) => {
                if self.file.slice(t.tag_span) != &*t.tag {
                    self.faults.push(format!("the tag `{}` has a wrong span", t.tag));
                }
                self.node(&t.value, node.span);
            }
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Call(_) => {}
        }
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn decode(text: &str, style: Style, format: Format) -> String {
    match style {
        Style::SingleQuoted => text[1..text.len() - 1].replace("''", "'"),
        Style::DoubleQuoted if format == Format::Json => serde_json::from_str(text).unwrap_or_default(),
        Style::DoubleQuoted => unescape(&text[1..text.len() - 1]),
        Style::Block => text.split_once('\n').map_or("", |t| t.1).to_owned(),
        Style::Plain | Style::Flow | Style::Generated => text.to_owned(),
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let digits = match chars.peek() {
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            _ => 0,
        };
        if digits > 0 {
            let code: String = chars.by_ref().skip(1).take(digits).collect();
            out.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
            continue;
        }
        match chars.next() {
            Some('n' | 'r' | 'N' | 'L' | 'P') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('0') => out.push('\0'),
            Some('a') => out.push('\u{7}'),
            Some('\n') => while chars.next_if(|c| c.is_whitespace()).is_some() {},
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

#[test]
fn both_spellings_of_every_intrinsic_give_equal_trees() {
    for function in stacklens::intrinsics::all() {
        let (name, tag) = (function.name(), function.tag());
        let argument = if name == "Fn::GetAtt" { "[A, B.C]" } else { "[a, {b: c}, 1]" };
        // `Condition` is a function only where a condition is expected.
        let long = format!("Conditions:\n  X:\n    Fn::Not:\n    - {name}: {argument}\n");
        let short = format!("Conditions:\n  X: !Not\n    - {tag} {argument}\n");
        let [long, short] = [long, short].map(|text| {
            let tree = syntax::read(&SourceFile::new("t.yaml", text));
            assert!(tree.errors.is_empty(), "{name}: {:?}", tree.errors);
            stacklens::intrinsics::recognize(tree.root.unwrap())
        });
        assert!(long.same_value(&short), "{name}");
        let calls = |n: &Node| {
            let mut count = 0;
            n.walk(&mut |n| count += usize::from(n.as_call().is_some()));
            count
        };
        assert_eq!(calls(&long), 2, "{name}");
        assert_eq!(calls(&short), 2, "{tag}");
    }
    let dotted = syntax::read(&SourceFile::new("t.yaml", "s:\n  a: !GetAtt A.B.C\n  b: {Fn::GetAtt: [A, B.C]}\n"));
    let root = stacklens::intrinsics::recognize(dotted.root.unwrap());
    assert!(root.at(&["s", "a"]).unwrap().same_value(root.at(&["s", "b"]).unwrap()));
}

/// (text, what must be there): the odd corners of YAML, each readable.
#[test]
fn corners_of_yaml_are_read() {
    let read = |text: &str| syntax::read(&SourceFile::new("t.yaml", text));
    for (text, path, expected) in [
        ("\u{feff}a: b\n", "a", "b"),
        ("a: b\r\nc: d\r\n", "c", "d"),
        ("a: &x {k: v}\nb: *x\n", "b.k", "v"),
        ("base: &x {k: v, l: w}\nb:\n  <<: *x\n  l: own\n", "b.l", "own"),
        ("base: &x {k: v}\nb:\n  <<: [*x]\n", "b.k", "v"),
        ("a: [\n  b,\n  c\n]\nd: e\n", "d", "e"),
        ("a:\tb\n", "a", "b"),
        ("a: 'it''s'\n", "a", "it's"),
        ("a: |\n  text\n  more", "a", "text\nmore"),
        ("a: >-\n  one\n  two\nb: c\n", "a", "one two"),
        ("a: |2\n    x\nb: y\n", "a", "  x\n"),
        ("? a\n: b\n", "a", "b"),
        ("a: \"\\u00e9 \\\"q\\\"\"\n", "a", "é \"q\""),
        ("ä: ö # ü\n", "ä", "ö"),
        ("a: 2010-09-09\n", "a", "2010-09-09"),
        ("a: 012345678901\n", "a", "012345678901"),
        ("a: 3.0\n", "a", "3.0"),
        ("a: yes\n", "a", "true"),
        ("%YAML 1.1\n---\na: b\n...\n", "a", "b"),
    ] {
        let tree = read(text);
        assert!(tree.errors.is_empty(), "{text:?}: {:?}", tree.errors);
        let root = tree.root.expect(text);
        let value = root.at(&path.split('.').collect::<Vec<_>>()).expect(text);
        assert_eq!(value.scalar_text().expect(text), expected, "{text:?}");
    }
    for text in ["", "\n# only a comment\n", "---\n", "\u{feff}"] {
        let tree = read(text);
        assert!(tree.root.is_none() && tree.errors.is_empty(), "{text:?}: {tree:?}");
    }
}

/// (text, messages with their lines): after an error the rest is still read.
#[test]
fn errors_have_places_and_the_rest_is_still_read() {
    let text = "Resources:\n  Good:\n    Type: AWS::SNS::Topic\n  Bad:\n    Type: 'AWS::SQS::Queue\n  Also:\n    Type: AWS::SNS::Topic\nOutputs:\n  O:\n    Value: x\n";
    type Case<'a> = (&'a str, &'a [(u32, &'a str)], &'a [&'a str]);
    let cases: &[Case<'_>] = &[
        (text, &[(5, "never closed")], &["Outputs"]),
        (
            "Resources:\n  A:\n    Type: x\n     Bad: y\n  B:\n    Type: z\nOutputs:\n  O: {Value: [1, 2}\n",
            &[(4, "`:` stands where no key can stand"), (8, "comma")],
            &["Resources"],
        ),
        ("a: 1\nb: 2\na: 3\n", &[(3, "stands twice")], &["a", "b"]),
        ("a: 1\n~: 2\n", &[(2, "null")], &["a"]),
        ("a: *nope\nb: 1\n", &[(1, "anchor")], &["b"]),
        ("a: 1\n---\nb: 2\n", &[(2, "second document")], &["a"]),
        ("a:\n\tb: 1\nc: 2\n", &[(2, "tab")], &["c"]),
        ("a: {b: 1\nc: 2\n", &[(2, "brace")], &[]),
    ];
    for (text, errors, keys) in cases {
        let file = SourceFile::new("t.yaml", *text);
        let tree = syntax::read(&file);
        let found: Vec<_> =
            tree.errors.iter().map(|e| (file.position(e.span.start).line, e.message.as_str())).collect();
        assert_eq!(found.len(), errors.len(), "{text}\n{found:?}");
        for ((line, message), (want_line, want)) in found.iter().zip(*errors) {
            assert!(line == want_line && message.contains(want), "{text}\n{found:?}");
        }
        for key in *keys {
            assert!(tree.root.as_ref().is_some_and(|r| r.get(key).is_some()), "{key} of {text}");
        }
    }
}

#[test]
fn limits_are_errors_not_crashes() {
    let deep = "[".repeat(10_000);
    let block = (0..5_000).map(|i| format!("{}a:\n", " ".repeat(i))).collect::<String>();
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (from, to) in ["ab", "bc", "cd", "de", "ef", "fg", "gh"].iter().map(|p| p.split_at(1)) {
        bomb +=
            &format!("{to}: &{to} [*{from}, *{from}, *{from}, *{from}, *{from}, *{from}, *{from}, *{from}, *{from}]\n");
    }
    for (name, text) in [("t.yaml", &deep), ("t.json", &deep), ("t.yaml", &block), ("t.yaml", &bomb)] {
        let tree = syntax::read(&SourceFile::new(name, text.as_str()));
        let messages: Vec<_> = tree.errors.iter().map(|e| &e.message).collect();
        assert!(!messages.is_empty(), "{}", &text[..60]);
        assert!(tree.root.is_none(), "{messages:?}");
    }
}
