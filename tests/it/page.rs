//! The page of an explanation: everything is in it, escaped, and nothing else may run.

use crate::cli::stacklens;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha2::{Digest, Sha256};

fn page(template: &str) -> String {
    let answer = stacklens(&["explain", "-", "--format", "html", "--level", "full"], template);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    answer.out
}

fn between<'t>(text: &'t str, open: &str, close: &str) -> Vec<&'t str> {
    text.split(open).skip(1).map(|rest| rest.split(close).next().unwrap()).collect()
}

#[test]
fn every_resource_has_a_node_a_card_and_its_lines() {
    let template = std::fs::read_to_string(crate::root().join("samples/templates/valid/vpc-ec2.yaml")).unwrap();
    let html = page(&template);
    let cards = between(&html, "id=\"card-", "\"");
    assert_eq!(cards.len(), 13);
    for id in cards {
        assert!(html.contains(&format!("<g class=\"node\" data-id=\"{id}\"")), "{id}");
        assert!(html.contains(&format!("data-r=\"{id}\"")), "{id}");
    }
    assert_eq!(between(&html, "<li id=\"L", "\"").len(), template.lines().count());
}

#[test]
fn only_our_own_style_and_script_may_run() {
    let html = page("Description: </script><script>alert(1)</script>\nResources:\n  A: {Type: AWS::SNS::Topic}\n");
    for (tag, directive) in [("style", "style-src"), ("script", "script-src")] {
        let content = between(&html, &format!("<{tag}>"), &format!("</{tag}>"));
        assert_eq!(content.len(), 1, "{tag}");
        let digest = BASE64_STANDARD.encode(Sha256::digest(content[0].as_bytes()));
        assert!(html.contains(&format!("{directive} 'sha256-{digest}'")), "{tag}");
    }
    assert!(html.contains("default-src 'none'"));
    for outside in ["http://", "https://", "src=", "url(", "@import", "onclick", " style=\""] {
        let found: Vec<&str> = html.match_indices(outside).map(|(i, _)| &html[i..(i + 40).min(html.len())]).collect();
        let known = ["http://www.w3.org/2000/svg", "url(#tip)"];
        assert!(found.iter().all(|f| known.iter().any(|k| f.starts_with(k))), "{found:?}");
    }
}

#[test]
fn a_question_is_answered_by_a_page() {
    let answer =
        stacklens(&["explain", "-", "--format", "html", "--why", "DB"], "Resources:\n  DB: {Type: AWS::SNS::Topic}\n");
    assert_eq!(answer.code, 0);
    assert!(
        answer.out.starts_with("<!DOCTYPE html>") && answer.out.contains("<h2>Why DB is there</h2>"),
        "{}",
        answer.out
    );
}
