//! Who may use whom: a module uses its own line of the table and the lines above. And each dependency has one door.

use super::{files_below, root, short_name};
use std::collections::BTreeMap;

/// Lowest first. `syntax` and `intrinsics` share a line because a call names its function; `diagnostic` and `rule` because
/// a finding names its rule.
const LAYERS: &[&[&str]] = &[
    &["source", "nearest", "digest", "markup"],
    &["syntax", "intrinsics"],
    &["schema"],
    &["document"],
    &["template", "appspec", "buildspec", "pipeline", "taskdef", "states", "beanstalk"],
    &["value", "conditions", "resolve"],
    &["policy"],
    &["transform"],
    &["graph", "schema::walk"],
    &["network"],
    &["bundle"],
    &["diagnostic", "rule", "fix"],
    &["rules"],
    &["settings", "suppress", "engine"],
    &["explain", "diff"],
    &["picture"],
    &["page"],
    &["report"],
    &["lsp", "cli", "fetch"],
    &["main", "lib"],
];

/// The only files that may name a dependency; `*` where a dependency is plain vocabulary.
const DOORS: &[(&str, &[&str])] = &[
    ("ariadne", &["src/report/terminal.rs"]),
    ("base64", &["src/markup.rs"]),
    ("clap", &["src/cli.rs", "src/cli/"]),
    ("clap_complete", &["src/cli/shell.rs"]),
    ("clap_mangen", &["src/cli/shell.rs"]),
    ("criterion", &[]),
    ("fancy_regex", &["src/rule/pattern.rs", "src/schema/pattern.rs"]),
    ("globset", &["src/settings/globs.rs"]),
    ("ignore", &["src/cli/gather.rs", "src/cli/selection.rs"]),
    ("indicatif", &["src/cli/check.rs", "src/cli/progress.rs"]),
    ("jsonc_parser", &["src/syntax/json.rs"]),
    ("jsonschema", &["src/schema/documents.rs", "src/schema/documents/"]),
    ("libyaml_safer", &["src/syntax/yaml.rs", "src/syntax/yaml/"]),
    ("notify", &["src/cli/watch.rs"]),
    ("petgraph", &["src/graph.rs", "src/graph/"]),
    ("reqwest", &["src/fetch.rs", "src/fetch/templates.rs"]),
    ("serde", &["*"]),
    ("serde_json", &["*"]),
    ("serde_yaml", &["src/cli/expand/yaml.rs"]),
    ("sha1", &["src/digest.rs"]),
    ("sha2", &["src/digest.rs", "src/markup.rs"]),
    ("similar", &["src/cli/fix.rs"]),
    ("toml", &["src/syntax/toml.rs"]),
    ("yaml_rust2", &["src/syntax/yaml.rs", "src/syntax/yaml/"]),
    ("zip", &["src/fetch/archive.rs"]),
];

/// What a file is in the table, and its family when it is one of the rules.
fn module_of(name: &str) -> (String, Option<String>) {
    let path = name.trim_start_matches("src/").trim_end_matches(".rs");
    let mut parts = path.split('/');
    let first = parts.next().unwrap_or_default().to_owned();
    let second = parts.next().map(str::to_owned);
    match (first.as_str(), second) {
        ("schema", Some(second)) if second == "walk" => ("schema::walk".to_owned(), None),
        ("rules", second) => (first, second),
        _ => (first, None),
    }
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|l| l.contains(&module))
}

/// The code of a file without comments and without its tests.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..end].lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The modules that are named after `crate::`, each as far as the table knows it.
fn used(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let names = if let Some(group) = rest.strip_prefix('{') {
            let group = group.split('}').next().unwrap_or_default();
            group.split(',').map(str::trim).collect()
        } else {
            vec![rest]
        };
        for name in names {
            let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            let path: String = name.chars().take_while(|c| is_name(*c)).collect();
            let parts: Vec<_> = path.split("::").filter(|p| !p.is_empty()).map(str::to_owned).collect();
            if !parts.is_empty() {
                found.push(parts);
            }
        }
    }
    found
}

fn sources() -> BTreeMap<String, String> {
    files_below(&root().join("src"))
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| e == "rs") && !p.ends_with("tests.rs"))
        .map(|p| (short_name(&p), std::fs::read_to_string(&p).unwrap()))
        .collect()
}

#[test]
fn modules_use_only_what_is_below_them() {
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        let (module, family) = module_of(&name);
        let Some(own) = layer(&module) else {
            wrong.push(format!("{name}: `{module}` is not in the table"));
            continue;
        };
        for path in used(&code(&text)) {
            let mut target = path[0].clone();
            if target == "schema" && path.get(1).is_some_and(|p| p == "walk") {
                target = "schema::walk".to_owned();
            }
            match layer(&target) {
                Some(other) if other <= own => {}
                // `crate::Something` that is no module is a re-export of the root.
                Some(_) => wrong.push(format!("{name}: uses `{}`, which is above it", path.join("::"))),
                None if target.starts_with(char::is_uppercase) => {}
                None => wrong.push(format!("{name}: `{target}` is not in the table")),
            }
            if let (Some(family), "rules", Some(other)) = (&family, target.as_str(), path.get(1))
                && other != family
                && root().join(format!("src/rules/{other}.rs")).exists()
            {
                wrong.push(format!("{name}: uses the family `{other}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_dependency_has_one_door() {
    let mut wrong = Vec::new();
    let cargo = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let listed = cargo.split("[dependencies]").nth(1).unwrap_or_default().split("\n[").next().unwrap_or_default();
    for line in listed.lines().filter(|l| l.contains('=')) {
        let name = line.split('=').next().unwrap_or_default().trim().replace('-', "_");
        if !DOORS.iter().any(|d| d.0 == name) {
            wrong.push(format!("Cargo.toml: `{name}` has no door"));
        }
    }
    for (name, text) in sources() {
        let code = code(&text);
        for (dependency, doors) in DOORS {
            if doors.iter().any(|d| *d == "*" || name == *d || d.ends_with('/') && name.starts_with(d)) {
                continue;
            }
            let named =
                |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '"'));
            let paths = code.match_indices(&format!("{dependency}::")).any(|(at, _)| named(at));
            if paths || code.contains(&format!("use {dependency};")) {
                wrong.push(format!("{name}: `{dependency}` has its door elsewhere: {doors:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_stay_readable() {
    for (name, text) in sources() {
        assert!(text.starts_with("//!"), "{name}: a module says what it is in its first line");
        assert!(!name.ends_with("/mod.rs"), "{name}: modules are `x.rs` and `x/`");
    }
}
