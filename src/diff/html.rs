//! The change set as one HTML file: no script, nothing loaded from anywhere, everything from the templates escaped.

use super::words::{self, clean};
use super::{Change, Detail, Diff, Difference, Note, Verdict};
use crate::markup;
use std::fmt::Write as _;
use std::io::{self, Write};

const STYLE: &str = include_str!("html/page.css");

/// Writes the change set as a page.
///
/// # Errors
/// When the writer fails.
pub fn write(diff: &Diff, out: &mut dyn Write) -> io::Result<()> {
    let title = format!("{} → {}", clean(&diff.old), clean(&diff.new));
    let mut body = String::new();
    head(diff, &mut body);
    body.push_str("<main>\n");
    contents(diff, true, &mut body);
    body.push_str("</main>\n");
    out.write_all(markup::page(&title, STYLE, "", &body).as_bytes())
}

/// Everything below the head. Only the outer one has places to jump to.
fn contents(diff: &Diff, outer: bool, out: &mut String) {
    for (verdict, heading) in words::SECTIONS {
        let all = diff.changes.iter().filter(|c| c.verdict == *verdict && !c.without_edit);
        section(if outer { class(*verdict) } else { "" }, heading, all.collect(), out);
    }
    let silent = diff.changes.iter().filter(|c| c.without_edit).collect();
    section("", "May change without any edit", silent, out);
    followers(diff, out);
    outputs(diff, outer, out);
    permissions(diff, out);
    rest(diff, out);
}

/// Text of the templates: nothing hidden stays in it, and nothing of it is HTML.
fn safe(text: &str) -> String {
    markup::text(&clean(text)).into_owned()
}

/// A value of the templates, cut where it is long.
fn value(text: &str) -> String {
    markup::text(&words::short(text)).into_owned()
}

/// Our own words, in which names stand between backticks.
fn prose(text: &str) -> String {
    let text = safe(text);
    let parts: Vec<&str> = text.split('`').collect();
    // A name may hold a backtick itself.
    if parts.len().is_multiple_of(2) {
        return text;
    }
    let part =
        |(at, part): (usize, &&str)| if at % 2 == 1 { format!("<code>{part}</code>") } else { (*part).to_owned() };
    parts.iter().enumerate().map(part).collect()
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Refused => "refused",
        Verdict::DataLoss => "data",
        Verdict::Replace => "replaced",
        Verdict::MayReplace => "perhaps",
        Verdict::Remove => "removed",
        Verdict::Add => "added",
        Verdict::Modify => "updated",
        Verdict::NoEffect => "none",
    }
}

/// The files, the whole in one line with the way to each section, the parameters.
fn head(diff: &Diff, out: &mut String) {
    let _ = writeln!(
        out,
        "<header>\n<h1>{} <span class=\"to\">→</span> {}</h1>\n<p>what an update does in {}</p>\n<p class=\"sum\">",
        safe(&diff.old),
        safe(&diff.new),
        safe(&diff.region)
    );
    for (verdict, text) in words::counts(diff) {
        let (class, target) = verdict.map_or(("outputs", "outputs"), |v| (class(v), class(v)));
        let _ = writeln!(out, "<a class=\"chip {class}\" href=\"#{target}\">{text}</a>");
    }
    if words::counts(diff).is_empty() {
        let _ = writeln!(out, "<span class=\"chip none\">{}</span>", words::summary(diff));
    }
    out.push_str("</p>\n");
    if !diff.parameters.is_empty() {
        out.push_str("<ul class=\"plain\">\n");
        for parameter in &diff.parameters {
            let shown = |text: &Option<String>| text.as_deref().map_or_else(|| "no value".to_owned(), value);
            let how = if parameter.by_default { " <span class=\"tag\">default</span>" } else { "" };
            let (name, old, new) = (safe(&parameter.name), shown(&parameter.old), shown(&parameter.new));
            let _ = writeln!(out, "<li>parameter <code>{name}</code>: <del>{old}</del> → <ins>{new}</ins>{how}</li>");
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</header>\n");
}

fn followers(diff: &Diff, out: &mut String) {
    let lines = words::followers(diff);
    if lines.is_empty() {
        return;
    }
    out.push_str("<section>\n<h2>What follows from what</h2>\n<ul class=\"plain tree\">\n");
    for (depth, name, outcome) in lines {
        let arrow = "<span class=\"step\"></span>".repeat(depth.min(20));
        let arrow = if depth > 0 { format!("{arrow}→ ") } else { arrow };
        let _ = writeln!(out, "<li>{arrow}<code>{}</code> {outcome}</li>", markup::text(&name));
    }
    out.push_str("</ul>\n</section>\n");
}

fn section(id: &str, heading: &str, all: Vec<&Change>, out: &mut String) {
    if all.is_empty() {
        return;
    }
    let id = if id.is_empty() { String::new() } else { format!(" id=\"{id}\"") };
    let _ = writeln!(out, "<section{id}>\n<h2>{heading} <span class=\"hint\">{}</span></h2>", all.len());
    all.into_iter().for_each(|change| card(change, out));
    out.push_str("</section>\n");
}

fn card(change: &Change, out: &mut String) {
    let line = match (change.new_line, change.old_line) {
        (Some(line), _) => format!("line {line}"),
        (None, Some(line)) => format!("old line {line}"),
        _ => String::new(),
    };
    let _ = writeln!(
        out,
        "<article class=\"change {}\">\n<h3>{} <span class=\"kind\">{}</span> <span class=\"chip {}\">{}</span> \
         <span class=\"hint\">{line}</span></h3>\n<ul>",
        class(change.verdict),
        safe(&change.id),
        safe(&change.type_name),
        class(change.verdict),
        words::outcome(change)
    );
    if change.if_default_taken {
        out.push_str("<li>if the new default is taken</li>\n");
    }
    change.details.iter().for_each(|one| detail(one, out));
    for (word, found) in [("refused", &words::refusal(change)), ("data loss", &change.data_loss)] {
        if let Some(note) = found {
            let _ = writeln!(out, "<li><b class=\"replace\">{word}</b>: {}</li>", labelled(note));
        }
    }
    if let Some(action) = change.policy_action {
        let _ = writeln!(out, "<li>{}</li>", words::policy(action));
    }
    for note in &change.notes {
        let _ = writeln!(out, "<li>{}</li>", labelled(note));
    }
    out.push_str("</ul>\n");
    if let Some(nested) = &change.nested {
        let (old, new) = (safe(&nested.old), safe(&nested.new));
        let _ = writeln!(out, "<div class=\"nested\">\n<h2>In it: {old} <span class=\"to\">→</span> {new}</h2>");
        let _ = writeln!(out, "<p>{}</p>", words::summary(nested));
        contents(nested, false, out);
        out.push_str("</div>\n");
    }
    out.push_str("</article>\n");
}

fn labelled(note: &Note) -> String {
    format!("{} {}", prose(&note.text), tag(note.label.as_str()))
}

fn tag(text: &str) -> String {
    format!("<span class=\"tag\">{text}</span>")
}

fn detail(detail: &Detail, out: &mut String) {
    let by = words::cause(detail).map(|cause| format!(" by {}", markup::text(&cause))).unwrap_or_default();
    let difference = match (&detail.before, &detail.after) {
        (Some(before), Some(after)) if words::short(before) == words::short(after) => safe(&words::difference(detail)),
        (Some(before), Some(after)) => format!("<del>{}</del> → <ins>{}</ins>", value(before), value(after)),
        _ if detail.difference == Difference::Remove => format!("<del>{}</del>", safe(&words::difference(detail))),
        (None, None) => safe(&words::difference(detail)),
        _ => format!("<ins>{}</ins>", safe(&words::difference(detail))),
    };
    let (place, why) = (safe(&words::place(detail)), prose(&words::reason(detail)));
    let label = tag(detail.label.as_str());
    let _ = writeln!(out, "<li><code>{place}</code> {difference}{by}<span class=\"why\">{why} {label}</span></li>");
}

fn outputs(diff: &Diff, outer: bool, out: &mut String) {
    if diff.outputs.is_empty() {
        return;
    }
    out.push_str(if outer { "<section id=\"outputs\">" } else { "<section>" });
    out.push_str(
        "\n<h2>Outputs</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">output</th>\
         <th scope=\"col\">before</th><th scope=\"col\">after</th></tr></thead>\n<tbody>\n",
    );
    for output in &diff.outputs {
        let shown = |text: &Option<String>| text.as_deref().map_or_else(|| "—".to_owned(), value);
        let after = match (&output.after, &output.cause) {
            (None, Some(_)) => safe(&words::new_value(output)),
            _ => shown(&output.after),
        };
        let (name, before) = (safe(&output.name), shown(&output.before));
        let _ = writeln!(out, "<tr><td>{name}</td><td><del>{before}</del></td><td><ins>{after}</ins></td></tr>");
    }
    out.push_str("</tbody></table></div>\n</section>\n");
}

fn permissions(diff: &Diff, out: &mut String) {
    if diff.permissions.is_empty() {
        return;
    }
    out.push_str("<section>\n<h2>Permissions</h2>\n<ul>\n");
    for change in &diff.permissions {
        let element = if change.difference == Difference::Add { "ins" } else { "del" };
        let wide = if change.wide { format!(" {}", tag("wide")) } else { String::new() };
        let (said, at) = (prose(&change.text), safe(&change.at));
        let _ = writeln!(out, "<li><{element}>{said}</{element}>{wide} <span class=\"hint\">{at}</span></li>");
    }
    out.push_str("</ul>\n</section>\n");
}

fn rest(diff: &Diff, out: &mut String) {
    let mut list = |heading: &str, items: Vec<String>| {
        if items.is_empty() {
            return;
        }
        let _ = writeln!(out, "<section>\n<h2>{heading}</h2>\n<ul>");
        for item in items {
            let _ = writeln!(out, "<li>{item}</li>");
        }
        out.push_str("</ul>\n</section>\n");
    };
    let need = |need: &super::CapabilityNeed| {
        let new = if need.new { format!(" {}", tag("new")) } else { String::new() };
        format!("<code>{}</code> because of <code>{}</code>{new}", need.name, safe(&need.because))
    };
    let capabilities = if diff.is_empty() { Vec::new() } else { diff.capabilities.iter().map(need).collect() };
    list("To deploy", capabilities);
    list("Notes", diff.notes.iter().map(labelled).collect());
    list("Not decided here", diff.undecided.iter().map(|text| prose(text)).collect());
}
