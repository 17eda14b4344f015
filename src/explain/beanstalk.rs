//! What a configuration file of Elastic Beanstalk does, in the order in which it is done.

use super::model::*;
use crate::beanstalk::{ON_INSTANCES, settings};
use crate::document::Document;
use crate::syntax::{Entry, Node};

/// Fills the model from a configuration file.
pub(super) fn fill(model: &mut Model, document: &Document) {
    let Some(root) = document.root() else { return };
    let mut sheet = Sheet { columns: vec!["what", "where"], ..Sheet::default() };
    let mut row = |step: &str, what: String, place: &str, span| {
        let cells = vec![what, place.to_owned()];
        let at = Some(Place::of(&document.file, span));
        sheet.rows.push(SheetRow { step: step.to_owned(), cells, details: Vec::new(), at });
    };
    let mut short = Vec::new();
    if let Some(entry) = root.entry("option_settings") {
        let all = settings(&entry.value);
        short.push(count(all.len(), "option"));
        for one in all {
            let value = one.value.and_then(Node::scalar_text).unwrap_or("a value");
            row("option_settings", format!("{} = {value} ({})", one.name, one.namespace), "environment", one.name_span);
        }
    }
    for e in root.get("Resources").and_then(Node::as_map).unwrap_or_default() {
        let kind = e.value.get("Type").and_then(Node::as_str).unwrap_or("a resource of the environment");
        row("Resources", format!("{} ({kind})", e.key.text), "stack of the environment", e.key.span);
    }
    for section in ON_INSTANCES {
        let Some(entry) = root.entry(section) else { continue };
        let mut parts: Vec<&Entry> = entry.value.as_map().unwrap_or_default().iter().collect();
        if !parts.is_empty() {
            short.push(count(parts.len(), &section.trim_end_matches('s').replace('_', " ")));
        }
        if section.contains("commands") {
            // Whatever the order in the file.
            parts.sort_by(|a, b| a.key.text.cmp(&b.key.text));
        }
        for part in parts {
            let place = match part.value.get("leader_only").and_then(Node::as_bool) {
                Some(true) if *section == "container_commands" => "one instance, the leader",
                _ => "every instance",
            };
            row(section, describe(section, part), place, part.key.span);
        }
    }
    let about = if short.is_empty() { "nothing".to_owned() } else { short.join(", ") };
    let sentence = format!("A configuration file of Elastic Beanstalk: {about}.");
    model.in_short.push(Claim::new(sentence, Label::File, "the keys of the file"));
    if root.get("commands").is_some() || root.get("container_commands").is_some() {
        let text = "Files of the folder are read in the order of their names, and the commands of each in the order of theirs; `commands` run before the application is unpacked, `container_commands` after that, before it is put in place.";
        sheet.notes.push(Claim::new(text, Label::Documented, "developer guide: customizing software"));
    }
    model.sheets.push(sheet);
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn describe(section: &str, part: &Entry) -> String {
    let name = &part.key.text;
    let text = |key: &str| part.value.get(key).and_then(Node::scalar_text);
    match section {
        "commands" | "container_commands" => {
            let first = text("command").unwrap_or("?").lines().next().unwrap_or_default().trim().to_owned();
            match text("test") {
                Some(test) => format!("{name}: {first} (if `{}` succeeds)", test.lines().next().unwrap_or_default()),
                None => format!("{name}: {first}"),
            }
        }
        "files" => match text("source") {
            Some(source) => format!("{name} from {source}"),
            None => format!("{name}{}", text("mode").map(|m| format!(", mode {m}")).unwrap_or_default()),
        },
        "sources" => format!("{name} from {}", part.value.as_str().unwrap_or("an archive")),
        "packages" | "services" => {
            let inside: Vec<&str> = part.value.as_map().unwrap_or_default().iter().map(|e| &*e.key.text).collect();
            format!("{name}: {}", inside.join(", "))
        }
        _ => name.to_string(),
    }
}
