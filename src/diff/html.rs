//! The change set as one HTML file: no script, nothing loaded from anywhere, everything from the templates escaped.

use super::words::{self, clean};
use super::{Change, Detail, Diff, Difference, Verdict};
use std::io::{self, Write};

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--red:#b3261e;--amber:#9a6700;--green:#1a7f37;--blue:#0969da;--violet:#8250df}
@media(prefers-color-scheme:dark){:root{--red:#ff8a80;--amber:#e3b341;--green:#56d364;--blue:#79c0ff;--violet:#d2a8ff}}
body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:0 auto;padding:1.5rem 1rem;overflow-wrap:anywhere}
h1{font-size:1.3rem;margin:0}h2{font-size:1.05rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:0}
code{font:13px/1.4 ui-monospace,monospace;background:var(--soft);padding:.05em .3em;border-radius:4px}
.sum{font-size:1.1rem;margin:.3rem 0 1rem}.card{border:1px solid var(--line);border-left:5px solid var(--c);border-radius:6px;padding:.6rem .9rem;margin:.6rem 0}
.card header{display:flex;flex-wrap:wrap;gap:.3rem .8rem;align-items:baseline}.type,.label,.line{opacity:.75;font-size:.85rem}
ul{margin:.4rem 0;padding-left:1.2rem}li{margin:.25rem 0}.why{display:block;opacity:.85}.bad{color:var(--red);font-weight:600}
del{color:var(--red)}ins{color:var(--green)}.refused,.data{--c:var(--red)}.replace,.may{--c:var(--amber)}.remove{--c:var(--violet)}.add{--c:var(--green)}.modify{--c:var(--blue)}.none{--c:var(--line)}
.tree{list-style:none;padding:0}table{border-collapse:collapse}td,th{border:1px solid var(--line);padding:.25rem .6rem;text-align:left}
@media print{.card{break-inside:avoid}}";

/// Writes the change set as a page.
///
/// # Errors
/// When the writer fails.
pub fn write(diff: &Diff, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'\">",
        style_hash()
    )?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">")?;
    writeln!(
        out,
        "<title>{} → {}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
        escape(&diff.old),
        escape(&diff.new)
    )?;
    writeln!(
        out,
        "<h1>{} → {}</h1>\n<p class=\"sum\">{}</p>",
        escape(&diff.old),
        escape(&diff.new),
        words::summary(diff)
    )?;
    for parameter in &diff.parameters {
        let value =
            |text: &Option<String>| text.as_deref().map_or_else(|| "no value".to_owned(), |t| escape(&words::short(t)));
        let how = if parameter.by_default { " (default)" } else { "" };
        let name = escape(&parameter.name);
        writeln!(
            out,
            "<div>parameter <code>{name}</code>: {} → {}{how}</div>",
            value(&parameter.old),
            value(&parameter.new)
        )?;
    }
    for (verdict, heading) in words::SECTIONS {
        let all = diff.changes.iter().filter(|c| c.verdict == *verdict && !c.without_edit);
        section(heading, all.collect(), out)?;
    }
    section("May change without any edit", diff.changes.iter().filter(|c| c.without_edit).collect(), out)?;
    let lines = words::followers(diff);
    if !lines.is_empty() {
        writeln!(out, "<section><h2>What follows from what</h2><ul class=\"tree\">")?;
        for (depth, name, outcome) in lines {
            let arrow = "→ ".repeat(depth.min(20));
            writeln!(out, "<li>{arrow}<code>{}</code> {outcome}</li>", escape(&name))?;
        }
        writeln!(out, "</ul></section>")?;
    }
    rest(diff, out)?;
    writeln!(out, "</body>\n</html>")
}

/// The hash by which the policy of the page lets its style in.
fn style_hash() -> String {
    use sha2::{Digest, Sha256};
    format!("sha256-{}", base64(&Sha256::digest(STYLE.as_bytes())))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let all = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = all >> (18 - 6 * place) & 63;
            out.push(if place <= chunk.len() { char::from(DIGITS[digit as usize]) } else { '=' });
        }
    }
    out
}

fn section(heading: &str, all: Vec<&Change>, out: &mut dyn Write) -> io::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section><h2>{heading}</h2>")?;
    all.into_iter().try_for_each(|change| card(change, out))?;
    writeln!(out, "</section>")
}

fn card(change: &Change, out: &mut dyn Write) -> io::Result<()> {
    let class = match change.verdict {
        Verdict::Refused => "refused",
        Verdict::DataLoss => "data",
        Verdict::Replace => "replace",
        Verdict::MayReplace => "may",
        Verdict::Remove => "remove",
        Verdict::Add => "add",
        Verdict::Modify => "modify",
        Verdict::NoEffect => "none",
    };
    let line = change.new_line.or(change.old_line).map(|line| format!("line {line}")).unwrap_or_default();
    writeln!(
        out,
        "<article class=\"card {class}\"><header><h3>{}</h3><span class=\"type\">{}</span><span>{}</span>\
         <span class=\"line\">{line}</span></header><ul>",
        escape(&change.id),
        escape(&change.type_name),
        words::outcome(change)
    )?;
    change.details.iter().try_for_each(|one| detail(one, out))?;
    for (word, found) in [("refused", &words::refusal(change)), ("data loss", &change.data_loss)] {
        if let Some(note) = found {
            writeln!(
                out,
                "<li><span class=\"bad\">{word}</span>: {}{}</li>",
                escape(&note.text),
                label(note.label.as_str())
            )?;
        }
    }
    if let Some(action) = change.policy_action {
        writeln!(out, "<li>{}</li>", words::policy(action))?;
    }
    for note in &change.notes {
        writeln!(out, "<li>{}{}</li>", escape(&note.text), label(note.label.as_str()))?;
    }
    writeln!(out, "</ul></article>")
}

fn label(text: &str) -> String {
    format!(" <span class=\"label\">[{text}]</span>")
}

fn detail(detail: &Detail, out: &mut dyn Write) -> io::Result<()> {
    let by = words::cause(detail).map(|cause| format!(" by {}", escape(&cause))).unwrap_or_default();
    let difference = match (&detail.before, &detail.after) {
        (Some(before), Some(after)) => {
            format!("<del>{}</del> → <ins>{}</ins>", escape(&words::short(before)), escape(&words::short(after)))
        }
        _ if detail.difference == Difference::Remove => format!("<del>{}</del>", escape(&words::difference(detail))),
        _ => format!("<ins>{}</ins>", escape(&words::difference(detail))),
    };
    let (place, why) = (escape(&words::place(detail)), escape(&words::reason(detail)));
    let label = label(detail.label.as_str());
    writeln!(out, "<li><code>{place}</code> {difference}{by}<span class=\"why\">{why}{label}</span></li>")
}

fn rest(diff: &Diff, out: &mut dyn Write) -> io::Result<()> {
    if !diff.outputs.is_empty() {
        writeln!(out, "<section><h2>Outputs</h2><table><tr><th>output<th>before<th>after</tr>")?;
        for output in &diff.outputs {
            let value = |text: &Option<String>| text.as_deref().map(|t| escape(&words::short(t))).unwrap_or_default();
            let name = escape(&output.name);
            writeln!(out, "<tr><td>{name}<td>{}<td>{}</tr>", value(&output.before), value(&output.after))?;
        }
        writeln!(out, "</table></section>")?;
    }
    if !diff.capabilities.is_empty() && !diff.is_empty() {
        writeln!(out, "<section><h2>To deploy</h2><ul>")?;
        for need in &diff.capabilities {
            let new = if need.new { ", new" } else { "" };
            writeln!(
                out,
                "<li><code>{}</code> because of <code>{}</code>{new}</li>",
                need.name,
                escape(&need.because)
            )?;
        }
        writeln!(out, "</ul></section>")?;
    }
    let notes: Vec<String> = diff.notes.iter().map(|n| escape(&n.text) + &label(n.label.as_str())).collect();
    let open = diff.undecided.iter().map(|text| format!("not decided here: {}", escape(text)));
    let all: Vec<String> = notes.into_iter().chain(open).collect();
    if !all.is_empty() {
        writeln!(out, "<section><h2>Notes</h2><ul>")?;
        all.iter().try_for_each(|text| writeln!(out, "<li>{text}</li>"))?;
        writeln!(out, "</ul></section>")?;
    }
    Ok(())
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in clean(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
