//! The containers of an ECS task definition.

use super::model::*;
use super::short::number;
use crate::document::Document;
use crate::syntax::Node;
use crate::taskdef::entry;

fn get<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    entry(node, key).map(|e| &e.value)
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    get(node, key)?.scalar_text()
}

/// Fills the model from a task definition.
pub(super) fn fill(model: &mut Model, document: &Document) {
    let Some(root) = document.root() else { return };
    let containers = get(root, "containerDefinitions").and_then(Node::as_list).unwrap_or_default();
    let mut sheet = Sheet { columns: vec!["image", "ports", "size", "if it stops"], ..Sheet::default() };
    for container in containers {
        let ports = get(container, "portMappings").and_then(Node::as_list).unwrap_or_default();
        let ports: Vec<&str> = ports.iter().filter_map(|p| text(p, "containerPort")).collect();
        let mut size: Vec<String> = text(container, "cpu").map(|c| format!("{c} CPU units")).into_iter().collect();
        size.extend(text(container, "memory").map(|m| format!("at most {m} MB")));
        let essential = text(container, "essential") != Some("false");
        let stops = if essential { "the whole task stops" } else { "the others go on" };
        sheet.rows.push(SheetRow {
            step: text(container, "name").unwrap_or("?").to_owned(),
            cells: vec![
                text(container, "image").unwrap_or("?").to_owned(),
                ports.join(", "),
                size.join(", "),
                stops.to_owned(),
            ],
            details: Vec::new(),
            at: Some(Place::of(&document.file, container.span)),
        });
    }
    let family = text(root, "family").unwrap_or("?");
    let count = containers.len();
    let plural = if count == 1 { "" } else { "s" };
    let together = if count > 1 { " together" } else { "" };
    let mut sentence = format!("Task {family} runs {} container{plural}{together}", number(count));
    if let (Some(cpu), Some(memory)) = (text(root, "cpu"), text(root, "memory")) {
        sentence.push_str(&format!(", with {cpu} CPU units and {memory} MB"));
    }
    model.in_short.push(Claim::new(format!("{sentence}."), Label::File, "containerDefinitions"));
    model.sheets.push(sheet);
}
