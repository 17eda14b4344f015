//! A card for each resource: what it is, what its properties do, what it needs.

use super::state;
use crate::explain::Model;
use crate::explain::model::{OnChange, Resource};
use crate::markup::{attribute, text};
use std::fmt::Write as _;

/// Writes all cards, in the order of creation, so that the tab key follows it.
pub(super) fn write(model: &Model, out: &mut String) {
    let mut resources: Vec<&Resource> = model.resources.iter().collect();
    resources.sort_by_key(|r| r.wave.unwrap_or(u32::MAX));
    out.push_str("<section id=\"cards\">\n<h2>Each resource</h2>\n");
    for resource in resources {
        write_card(model, resource, out);
    }
    out.push_str("</section>\n");
}

fn write_card(model: &Model, resource: &Resource, out: &mut String) {
    let id = attribute(&resource.id);
    let _ = writeln!(
        out,
        "<details class=\"card{}\" id=\"card-{id}\" data-id=\"{id}\">\n<summary><b>{}</b> {} \
         <span class=\"wave\">{}</span></summary>",
        state(resource.exists),
        text(&resource.id),
        text(&resource.kind),
        resource.wave.map_or_else(|| "on a loop".to_owned(), |wave| format!("wave {wave}"))
    );
    let _ = writeln!(
        out,
        "<p>{}{} <span class=\"tag\">{}</span></p>",
        text(&resource.sentence),
        if resource.detail.is_empty() { String::new() } else { format!(" Here: {}.", text(&resource.detail)) },
        resource.label.as_str()
    );
    if let Some(origin) = &resource.origin {
        let line = origin.at.line;
        let because = if origin.because.is_empty() { String::new() } else { format!(": {}", text(&origin.because)) };
        let _ =
            writeln!(out, "<p>Made from {}, <a href=\"#L{line}\">line {line}</a>{because}.</p>", text(&origin.step));
    } else {
        let line = resource.at.line;
        let _ = writeln!(out, "<p><a href=\"#L{line}\">line {line}</a></p>");
    }
    for guard in &resource.guard {
        let meaning = model.conditions.iter().find(|c| c.name == guard.condition).map(|c| c.meaning.as_str());
        let not = if guard.holds { "holds" } else { "does not hold" };
        let meaning = meaning.map(|m| format!(" ({})", text(m))).unwrap_or_default();
        let _ = writeln!(out, "<p>Exists only if {} {not}{meaning}.</p>", text(&guard.condition));
    }
    if let Some(reference) = &resource.reference {
        let _ = writeln!(out, "<p><code>!Ref {}</code> gives {}.</p>", text(&resource.id), text(&reference.text));
    }
    if !resource.attributes.is_empty() {
        let _ = writeln!(out, "<p><code>!GetAtt</code> gives {}.</p>", text(&resource.attributes.join(", ")));
    }
    write_properties(resource, out);
    let _ = writeln!(
        out,
        "<p>When it is removed it is {}; when it is replaced, the old one is {}.</p>",
        resource.on_delete.words(),
        resource.on_replace.words()
    );
    write_links("Waits for", &resource.needs, out);
    write_links("Waited for by", &resource.needed_by, out);
    if let Some(name) = &resource.name {
        let _ = writeln!(out, "<p>Its name: <code>{}</code></p>", text(&name.value));
    }
    if let Some(counts) = resource.permissions {
        let _ = writeln!(
            out,
            "<p>Its handlers may call {} actions to create it, {} to update, {} to delete.</p>",
            counts.create, counts.update, counts.delete
        );
    }
    out.push_str("</details>\n");
}

fn write_properties(resource: &Resource, out: &mut String) {
    if resource.properties.is_empty() {
        return;
    }
    out.push_str(
        "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">property</th><th scope=\"col\">value</th>\
                  <th scope=\"col\">if it changes</th></tr></thead>\n<tbody>\n",
    );
    for property in &resource.properties {
        let class = match property.on_change {
            OnChange::Replace | OnChange::Refused => " class=\"replace\"",
            OnChange::Conditional => " class=\"may\"",
            OnChange::Never | OnChange::Unknown => "",
        };
        let name = property.path.trim_start_matches("/Properties/").replace('/', ".");
        let note = property.note.as_ref().map(|note| format!(": {}", text(note))).unwrap_or_default();
        let _ = writeln!(
            out,
            "<tr data-path=\"/{}{}\"><td>{}</td><td><code>{}</code></td><td{class}>{}{note} <span class=\"tag\">{}</span></td></tr>",
            attribute(&resource.id),
            attribute(&property.path),
            text(&name),
            text(&property.value),
            property.on_change.words(),
            property.label.as_str()
        );
    }
    out.push_str("</tbody></table></div>\n");
}

fn write_links(words: &str, ids: &[String], out: &mut String) {
    if ids.is_empty() {
        return;
    }
    let links: Vec<String> =
        ids.iter().map(|id| format!("<a href=\"#card-{}\">{}</a>", attribute(id), text(id))).collect();
    let _ = writeln!(out, "<p>{words} {}.</p>", links.join(", "));
}
