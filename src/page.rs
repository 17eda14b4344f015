//! An explanation as one HTML page that asks nobody for anything: the file with notes in its margin, the picture, a card for
//! each resource, a switch between scenarios, a search. All of it is there without scripts; the script only ties it together.

mod cards;
mod listing;

use crate::explain::Model;
use crate::explain::model::{Exists, Scenario};
use crate::explain::view::{self, Block, Item, Level, Part, Section};
use crate::markup::{attribute, page, text};
use crate::picture::{self, Picture, SvgOptions};
use std::fmt::Write as _;

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// The page of a file.
pub fn render(model: &Model, source: &str, level: Level, only: &[Part]) -> String {
    let head = view::head(model);
    let mut body = String::from("<header>\n");
    for (i, line) in head.iter().enumerate() {
        let tag = if i == 0 { "h1" } else { "p" };
        let _ = writeln!(body, "<{tag}>{}</{tag}>", text(line));
    }
    write_controls(model, &mut body);
    body.push_str("</header>\n<main>\n<section id=\"story\">\n");
    let names: Vec<&str> = model.resources.iter().map(|r| r.id.as_str()).collect();
    for section in view::sections(model, level, only) {
        // The cards are a part of the page of their own.
        if section.part != Part::Resources {
            write_section(&section, &names, &mut body);
        }
    }
    body.push_str("</section>\n");
    let drawn = model.is_template() && !model.resources.is_empty();
    if drawn {
        let drawing = picture::svg(
            &Picture::of(std::slice::from_ref(model)),
            SvgOptions { embedded: true, cards: true, ..SvgOptions::default() },
        );
        let _ = write!(
            body,
            "<section id=\"drawing\">\n<h2>In the order of creation</h2>\n<p class=\"hint\">Left before right: an arrow leads \
             from what is made first to what waits for it. Dashed is off with these values; a heavy frame holds data.</p>\n\
             <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"picture\">{drawing}</div>\n</section>\n"
        );
    }
    listing::write(model, source, &mut body);
    if drawn {
        cards::write(model, &mut body);
    }
    body.push_str("</main>\n");
    let style = if drawn { format!("{STYLE}{}", picture::STYLE) } else { STYLE.to_owned() };
    page(&model.file.path, &style, SCRIPT, &body)
}

/// Sections that answer a question about something of these names, as a page of their own.
pub fn answer(sections: &[Section], names: &[&str]) -> String {
    let mut body = String::from("<main>\n<section id=\"story\">\n");
    sections.iter().for_each(|section| write_section(section, names, &mut body));
    body.push_str("</section>\n</main>\n");
    let title = sections.first().map(|s| sentence_case(&s.title, names)).unwrap_or_default();
    page(&title, STYLE, "", &body)
}

fn write_controls(model: &Model, out: &mut String) {
    out.push_str("<form class=\"controls\" hidden>\n");
    if model.scenarios.list.len() > 1 {
        out.push_str("<label>With <select id=\"scenario\">\n");
        for scenario in &model.scenarios.list {
            let label = if scenario.assumed { "the assumed values".to_owned() } else { settings(scenario) };
            let _ = writeln!(
                out,
                "<option data-off=\"{}\" data-changes=\"{}\">{}</option>",
                attribute(&off(model, scenario).join(" ")),
                attribute(&scenario.changes.join(" ")),
                text(&label)
            );
        }
        out.push_str("</select></label>\n");
    }
    out.push_str(
        "<label>Find <input id=\"find\" type=\"search\" placeholder=\"id, type, value\"></label>\n\
         <output id=\"found\" aria-live=\"polite\"></output>\n</form>\n",
    );
}

fn settings(scenario: &Scenario) -> String {
    scenario.when.iter().map(|s| format!("{}={}", s.name, s.value)).collect::<Vec<_>>().join(", ")
}

/// The resources that do not exist in a scenario.
fn off<'m>(model: &'m Model, scenario: &Scenario) -> Vec<&'m str> {
    let exists = |id: &str| scenario.waves.iter().flatten().any(|other| other == id);
    model.resources.iter().filter(|r| !exists(&r.id)).map(|r| r.id.as_str()).collect()
}

fn write_section(section: &Section, names: &[&str], out: &mut String) {
    let _ = writeln!(out, "<div class=\"part\">\n<h2>{}</h2>", text(&sentence_case(&section.title, names)));
    for block in &section.blocks {
        write_block(block, out);
    }
    out.push_str("</div>\n");
}

fn write_block(block: &Block, out: &mut String) {
    match block {
        Block::Text(words) => {
            for line in words.lines() {
                let _ = writeln!(out, "<p>{}</p>", text(line.trim()));
            }
        }
        Block::Items(items) => {
            out.push_str("<ul>\n");
            for item in items {
                write_item(item, out);
            }
            out.push_str("</ul>\n");
        }
        Block::Table { head, rows } => write_table(head, rows, out),
        Block::Code(lines) => {
            let _ = writeln!(out, "<pre>{}</pre>", text(lines));
        }
        Block::Questions(list) => {
            for one in list {
                let _ = writeln!(
                    out,
                    "<details class=\"question\"><summary>{}</summary><p>{}</p></details>",
                    text(&one.question),
                    text(&one.answer)
                );
            }
        }
    }
}

fn write_item(item: &Item, out: &mut String) {
    let class = if item.important { " class=\"important\"" } else { "" };
    let _ = write!(out, "<li{class}>{}", text(&item.text));
    if !item.tag.is_empty() {
        let _ = write!(out, " <span class=\"tag\">{}</span>", text(&item.tag));
    }
    if let Some(remedy) = &item.remedy {
        let _ = write!(out, "<br><span class=\"remedy\">{}</span>", text(remedy));
    }
    if !item.details.is_empty() {
        out.push_str("<ul>");
        for detail in &item.details {
            let _ = write!(out, "<li>{}</li>", text(detail));
        }
        out.push_str("</ul>");
    }
    out.push_str("</li>\n");
}

fn write_table(head: &[String], rows: &[Vec<String>], out: &mut String) {
    out.push_str("<div class=\"scroll\"><table>\n");
    if head.iter().any(|cell| !cell.is_empty()) {
        out.push_str("<thead><tr>");
        for cell in head {
            let _ = write!(out, "<th scope=\"col\">{}</th>", text(cell));
        }
        out.push_str("</tr></thead>\n");
    }
    out.push_str("<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for cell in row {
            let _ = write!(out, "<td>{}</td>", text(cell));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
}

/// `IF YOU CHANGE A PARAMETER` as a heading of a page. Titles hold names too: only words all in capitals change that are
/// not names of the file.
fn sentence_case(title: &str, names: &[&str]) -> String {
    let is_shouted = |word: &str| {
        word.chars().any(char::is_alphabetic) && !word.chars().any(char::is_lowercase) && !names.contains(&word)
    };
    let words = title.split(' ').enumerate().map(|(i, word)| {
        if !is_shouted(word) {
            return word.to_owned();
        }
        let lower = word.to_lowercase();
        match (i, lower.chars().next()) {
            (0, Some(first)) => first.to_uppercase().chain(lower.chars().skip(1)).collect(),
            _ => lower,
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The class of something that is off or perhaps off.
fn state(exists: Exists) -> &'static str {
    match exists {
        Exists::Yes => "",
        Exists::No => " off",
        Exists::Maybe => " perhaps",
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn headings_do_not_shout() {
        assert_eq!(super::sentence_case("IF YOU CHANGE A PARAMETER", &[]), "If you change a parameter");
        assert_eq!(
            super::sentence_case("WHAT WILL EXIST (9 of 10; WebIp is off)", &[]),
            "What will exist (9 of 10; WebIp is off)"
        );
        assert_eq!(super::sentence_case("WHY DB IS THERE", &["DB"]), "Why DB is there");
    }
}
