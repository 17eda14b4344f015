//! The file itself, line by line: each line knows its resource, and the margin says what stands there.

use crate::explain::Model;
use crate::explain::model::OnChange;
use crate::markup::{attribute, text};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Longer lines are cut: nobody reads them here, and a minified file has one.
const LONGEST: usize = 2_000;

/// Writes the annotated file.
pub(super) fn write(model: &Model, source: &str, out: &mut String) {
    let (owners, notes) = (owners(model, source), notes(model));
    out.push_str("<section id=\"file\">\n<h2>The file</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"the file\">\n");
    out.push_str("<ol class=\"lines\">\n");
    for (i, line) in source.trim_start_matches('\u{feff}').lines().enumerate() {
        let number = u32::try_from(i + 1).unwrap_or(u32::MAX);
        let owner = owners.get(&number);
        let _ = write!(out, "<li id=\"L{number}\"");
        if let Some(id) = owner {
            let _ = write!(out, " data-r=\"{}\"", attribute(id));
        }
        let cut: String = line.chars().take(LONGEST).collect();
        let more = if cut.len() < line.len() { "…" } else { "" };
        let _ = write!(out, "><code>{}{more}</code>", text(&cut));
        if let Some(note) = notes.get(&number) {
            let _ = write!(out, "<span class=\"note {}\">{}</span>", note.class, text(&note.words));
        }
        out.push_str("</li>\n");
    }
    out.push_str("</ol></div>\n</section>\n");
}

/// The resource that each line belongs to. Generated resources belong to the lines of what made them.
fn owners<'m>(model: &'m Model, source: &str) -> BTreeMap<u32, &'m str> {
    let mut owners = BTreeMap::new();
    for resource in &model.resources {
        let body = source.as_bytes().get(resource.body.start as usize..resource.body.end as usize).unwrap_or_default();
        // A body in block style ends before the line of the next key.
        let breaks = body.trim_ascii_end().iter().filter(|byte| **byte == b'\n').count();
        let last = resource.body.line.saturating_add(u32::try_from(breaks).unwrap_or(0));
        for line in resource.at.line.min(resource.body.line)..=last {
            owners.entry(line).or_insert(resource.id.as_str());
        }
    }
    owners
}

struct Note {
    words: String,
    class: &'static str,
}

/// What stands in the margin: what a resource is, and properties whose change replaces it.
fn notes(model: &Model) -> BTreeMap<u32, Note> {
    let mut notes: BTreeMap<u32, Note> = BTreeMap::new();
    for resource in &model.resources {
        let place = resource.origin.as_ref().map_or(resource.at, |origin| origin.at);
        let words = match &resource.origin {
            Some(origin) if !origin.because.is_empty() => format!("makes {} ({})", resource.id, resource.short_type),
            _ if resource.detail.is_empty() => resource.short_type.clone(),
            _ => format!("{}: {}", resource.short_type, resource.detail),
        };
        let note = notes.entry(place.line).or_insert(Note { words: String::new(), class: "what" });
        if !note.words.is_empty() {
            note.words.push_str(", ");
        }
        note.words.push_str(&words);
    }
    for resource in model.resources.iter().filter(|r| r.origin.is_none()) {
        for property in &resource.properties {
            let (class, words) = match property.on_change {
                OnChange::Replace => ("replace", "a change replaces it"),
                OnChange::Conditional => ("may", "a change may replace it"),
                OnChange::Refused => ("replace", "a change is refused"),
                OnChange::Never | OnChange::Unknown => continue,
            };
            notes.entry(property.at.line).or_insert(Note { words: words.to_owned(), class });
        }
    }
    notes
}
