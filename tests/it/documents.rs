//! The documents beside the code say what the program says.

use crate::{root, updating};
use stacklens::rules;
use std::fmt::Write as _;

/// `docs/rules.md`: every rule with its severity and sentence, by the first letters of its id.
#[test]
fn the_index_of_rules_is_current() {
    let mut text = String::from(
        "# Rules\n\nEvery rule, by id. `stacklens rule ID` prints its page: why it matters, examples, how to mend it. \
         This list is made from the rules themselves (`UPDATE_EXPECT=1 cargo test documents`).\n",
    );
    let mut rules: Vec<_> = rules::all().collect();
    rules.sort_by_key(|rule| rule.id);
    let mut group = "";
    for rule in &rules {
        let letters = rule.id.trim_end_matches(|c: char| c.is_ascii_digit());
        if letters != group {
            group = letters;
            let _ = write!(text, "\n## {}\n\n| id | name | severity | |\n|---|---|---|---|\n", title(group));
        }
        let page = page_of(rule.id);
        let summary = rule.summary.replace('|', "\\|");
        let _ = writeln!(text, "| [{}]({page}) | {} | {} | {summary} |", rule.id, rule.name, rule.severity.as_str());
    }
    let path = root().join("docs/rules.md");
    if updating() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), text, "UPDATE_EXPECT=1 cargo test documents");
}

/// The picture in the README is what the program draws.
#[test]
fn the_drawing_is_current() {
    let template = root().join("samples/templates/valid/vpc-ec2.yaml");
    let drawn = crate::cli::stacklens(&["graph", "-", "--format", "svg"], &std::fs::read_to_string(template).unwrap());
    let path = root().join("docs/pictures/vpc.svg");
    if updating() {
        std::fs::write(&path, &drawn.out).unwrap();
    }
    assert!(std::fs::read_to_string(&path).unwrap_or_default() == drawn.out, "UPDATE_EXPECT=1 cargo test documents");
}

fn title(letters: &str) -> &'static str {
    match letters {
        "E" => "E: errors in templates",
        "W" => "W: warnings about templates",
        "I" => "I: information about templates, off by default",
        "CD" => "CD: AppSpec files",
        "CB" => "CB: buildspecs",
        "CP" => "CP: pipelines",
        "TD" => "TD: task definitions",
        "SF" => "SF: state machines",
        "EB" => "EB: Elastic Beanstalk",
        "SL" => "SL: everything else of our own",
        other => panic!("no title for {other}"),
    }
}

/// The page of a rule, from `docs` on. It stands in the folder of its family, or of a part of it.
fn page_of(id: &str) -> String {
    let name = format!("{id}.md");
    let pages = crate::files_below(&root().join("src/rules"));
    let page = pages.iter().find(|path| path.file_name().is_some_and(|n| n.to_string_lossy() == name));
    format!("../{}", crate::short_name(page.unwrap_or_else(|| panic!("{id} has no page"))))
}

/// Links of the documents lead to files that are there.
#[test]
fn links_lead_somewhere() {
    let mut documents = crate::files_below(&root().join("docs"));
    documents.push(root().join("README.md"));
    for path in documents.iter().filter(|path| path.extension().is_some_and(|e| e == "md")) {
        let text = std::fs::read_to_string(path).unwrap();
        for rest in text.split("](").skip(1) {
            let target = rest.split(')').next().unwrap().split('#').next().unwrap();
            if target.is_empty() || target.contains("://") || target.contains(' ') {
                continue;
            }
            assert!(path.parent().unwrap().join(target).exists(), "{}: {target}", path.display());
        }
    }
}

/// Commands that the README shows are understood.
#[test]
fn options_of_the_documents_exist() {
    let help = crate::cli::stacklens(&["man"], "").out.replace("\\-", "-");
    for name in ["README.md", "docs/coming-from-cfn-lint.md", "docs/ci.md", "docs/configuration.md"] {
        let text = std::fs::read_to_string(root().join(name)).unwrap();
        let commands = text.lines().filter(|line| line.trim_start().starts_with("stacklens "));
        for line in commands {
            for option in line.split('#').next().unwrap().split_whitespace().filter(|word| word.starts_with("--")) {
                let option = option.split('=').next().unwrap();
                assert!(option == "--" || help.contains(option), "{name}: {option} in {line}");
            }
        }
    }
}
