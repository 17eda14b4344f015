//! Markdown, for a pull request: the important parts open, the rest folded, the order as a Mermaid picture.

use super::Model;
use super::model::Exists;
use super::view::{Block, Level, Part, Section, head, sections};

/// Longest text; what does not fit is left out with a word about it.
const MOST: usize = 60_000;
/// Most resources that are drawn.
const MOST_NODES: usize = 60;

/// The explanation as Markdown.
pub fn render(model: &Model, level: Level, only: &[Part]) -> String {
    let head = head(model);
    let mut out = String::new();
    for (i, line) in head.iter().enumerate() {
        let line = escape(line);
        out.push_str(&if i == 0 { format!("## {line}\n\n") } else { format!("{line}\n\n") });
    }
    for section in sections(model, level, only) {
        let open = matches!(section.part, Part::Short | Part::Parameters | Part::Risk | Part::Iam | Part::Steps);
        let text = if open || !only.is_empty() {
            one(&section)
        } else {
            let title = escape(&sentence(&section.title));
            format!("<details><summary>{title}</summary>\n\n{}</details>\n\n", body(&section))
        };
        let text = if section.part == Part::Order { format!("{}{text}", picture(model)) } else { text };
        if out.len() + text.len() > MOST {
            out.push_str("*The rest is left out: the text would be too long for a comment.*\n");
            break;
        }
        out.push_str(&text);
    }
    out
}

/// Sections alone.
pub fn render_sections(sections: &[Section]) -> String {
    sections.iter().map(one).collect()
}

fn sentence(title: &str) -> String {
    let lower = title.to_lowercase();
    let mut out = String::new();
    for (i, c) in lower.chars().enumerate() {
        if i == 0 { out.extend(c.to_uppercase()) } else { out.push(c) }
    }
    // What stands in brackets has names in it.
    match (title.find('('), out.find('(')) {
        (Some(at), Some(own)) => format!("{}{}", &out[..own], &title[at..]),
        _ => out,
    }
}

fn one(section: &Section) -> String {
    format!("### {}\n\n{}", escape(&sentence(&section.title)), body(section))
}

fn body(section: &Section) -> String {
    let mut out = String::new();
    for block in &section.blocks {
        match block {
            Block::Text(text) => out.push_str(&format!("{}\n\n", escape(text))),
            Block::Items(items) => {
                for item in items {
                    let mark = if item.important { "**!** " } else { "" };
                    let tag = if item.tag.is_empty() { String::new() } else { format!(" *({})*", escape(&item.tag)) };
                    let remedy = item.remedy.as_ref().map(|r| format!(" → {}", escape(r))).unwrap_or_default();
                    out.push_str(&format!("- {mark}{}{remedy}{tag}\n", escape(&item.text)));
                    for detail in &item.details {
                        out.push_str(&format!("  - {}\n", escape(detail)));
                    }
                }
                out.push('\n');
            }
            Block::Table { head, rows } => table(&mut out, head, rows),
            Block::Code(lines) => {
                lines.lines().for_each(|l| out.push_str(&format!("    {l}\n")));
                out.push('\n');
            }
            Block::Questions(list) => {
                for one in list {
                    out.push_str(&format!(
                        "<details><summary>{}</summary>\n\n{}\n\n</details>\n\n",
                        escape(&one.question),
                        escape(&one.answer)
                    ));
                }
            }
        }
    }
    out
}

fn table(out: &mut String, head: &[String], rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).chain([head.len()]).max().unwrap_or(0);
    let row = |cells: &[String]| {
        let mut line = "|".to_owned();
        for i in 0..columns {
            line.push_str(&format!(" {} |", cells.get(i).map(|c| escape(c)).unwrap_or_default()));
        }
        line.push('\n');
        line
    };
    out.push_str(&row(head));
    out.push_str(&format!("|{}\n", " --- |".repeat(columns)));
    rows.iter().for_each(|r| out.push_str(&row(r)));
    out.push('\n');
}

/// Text that stays text in Markdown and in HTML.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '#' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '@' => out.push_str("&#64;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The order as a picture: waves as groups.
fn picture(model: &Model) -> String {
    let count = model.waves.iter().map(Vec::len).sum::<usize>();
    if count == 0 || count > MOST_NODES {
        return String::new();
    }
    let number: std::collections::BTreeMap<&str, usize> =
        model.waves.iter().flatten().enumerate().map(|(i, id)| (id.as_str(), i)).collect();
    let mut out = "```mermaid\nflowchart LR\n".to_owned();
    for (i, wave) in model.waves.iter().enumerate() {
        out.push_str(&format!("  subgraph w{0}[\"wave {0}\"]\n", i + 1));
        for id in wave {
            let label: String = id.chars().filter(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_')).collect();
            out.push_str(&format!("    n{}[\"{label}\"]\n", number.get(id.as_str()).copied().unwrap_or_default()));
        }
        out.push_str("  end\n");
    }
    let mut drawn = std::collections::BTreeSet::new();
    for edge in model.edges.iter().filter(|e| e.exists != Exists::No) {
        if let (Some(&from), Some(&to)) = (number.get(edge.from.as_str()), number.get(edge.to.as_str()))
            && drawn.insert((to, from))
        {
            out.push_str(&format!("  n{to} --> n{from}\n"));
        }
    }
    out.push_str("```\n\n");
    out
}
