//! One card per resource: what it is, what a change of each property does, what it needs and who needs it.

use super::model::*;
use super::view::{Block, few};

/// The cards of all resources, in the order of the file.
pub(super) fn all(model: &Model) -> Vec<Block> {
    model.resources.iter().flat_map(|r| card(model, r)).collect()
}

/// The card of one resource.
pub(super) fn card(model: &Model, resource: &Resource) -> Vec<Block> {
    let mut title = format!("\n{} — {} (line {})", resource.id, resource.kind, resource.at.line);
    if resource.exists == Exists::No {
        title.push_str(", off here");
    }
    let mut out = vec![Block::Text(title), Block::Text(about(resource))];
    if let Some(origin) = &resource.origin
        && !origin.because.is_empty()
    {
        out.push(Block::Text(format!("Made from {} (line {}): {}.", origin.step, origin.at.line, origin.because)));
    }
    if let Some(guard) = resource.guard.first() {
        let meaning = model.conditions.iter().find(|c| c.name == guard.condition);
        let meaning = meaning.map(|c| format!(": {}", c.meaning)).unwrap_or_default();
        out.push(Block::Text(format!("Exists only if {} holds{meaning}.", guard.condition)));
    }
    if let Some(reference) = &resource.reference {
        out.push(Block::Text(format!("!Ref {} gives {}.", resource.id, reference.text)));
    }
    let rows: Vec<Vec<String>> = resource.properties.iter().map(property).collect();
    if !rows.is_empty() {
        let head = ["property", "value", "if it changes"].map(str::to_owned).to_vec();
        out.push(Block::Table { head, rows });
    }
    for (words, list) in [("Waits for", &resource.needs), ("Waited for by", &resource.needed_by)] {
        if !list.is_empty() {
            out.push(Block::Text(format!("{words} {}.", few(list, 10))));
        }
    }
    out
}

fn about(resource: &Resource) -> String {
    if resource.detail.is_empty() {
        return resource.sentence.clone();
    }
    format!("{} Here: {}.", resource.sentence, resource.detail)
}

fn property(property: &Property) -> Vec<String> {
    let name = property.path.trim_start_matches("/Properties/").replace('/', ".");
    let mut change = property.on_change.words().to_owned();
    if let Some(note) = &property.note {
        change.push_str(&format!(": {note}"));
    }
    let value = if property.value.chars().count() > 44 {
        format!("{}…", property.value.chars().take(43).collect::<String>())
    } else {
        property.value.clone()
    };
    vec![name, value, change]
}
