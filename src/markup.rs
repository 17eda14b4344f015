//! Text inside XML and HTML. What a user's file holds is hostile here: it must stay text.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// What all our pages look like: colours for light and dark, text, tables, links.
pub const STYLE: &str = include_str!("markup/base.css");

/// Escapes the text of an element. Characters that XML 1.0 cannot hold become U+FFFD.
pub fn text(raw: &str) -> Cow<'_, str> {
    escape(raw, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    })
}

/// Escapes the value of an attribute between double quotes: line breaks too, which would be read as spaces.
pub fn attribute(raw: &str) -> Cow<'_, str> {
    escape(raw, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\n' => Some("&#10;"),
        '\r' => Some("&#13;"),
        '\t' => Some("&#9;"),
        _ => None,
    })
}

fn escape(raw: &str, known: fn(char) -> Option<&'static str>) -> Cow<'_, str> {
    let impossible =
        |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if !raw.chars().any(|c| known(c).is_some() || impossible(c)) {
        return Cow::Borrowed(raw);
    }
    let mut escaped = String::with_capacity(raw.len() + 16);
    for c in raw.chars() {
        match known(c) {
            Some(entity) => escaped.push_str(entity),
            None if impossible(c) => escaped.push('\u{fffd}'),
            None => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

/// A whole page that asks nobody for anything: what it may do is fixed by hashes of its own style and script.
///
/// `style` comes after [`STYLE`]. `body` is HTML already escaped. The style and the script must not contain `</`, which no style or script of ours does.
pub fn page(title: &str, style: &str, script: &str, body: &str) -> String {
    let style = format!("{STYLE}{style}");
    let policy = [("style-src", style.as_str()), ("script-src", script)]
        .iter()
        .filter(|(_, content)| !content.is_empty())
        .map(|(directive, content)| format!("; {directive} 'sha256-{}'", digest(content)))
        .collect::<String>();
    let script = if script.is_empty() { String::new() } else { format!("<script>{script}</script>\n") };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; form-action 'none'{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}{script}</body>\n</html>\n",
        text(title)
    )
}

/// The digest of a style or script as a Content-Security-Policy names it.
fn digest(content: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(content.as_bytes()))
}
