//! Text forms that are hashed into logical ids: Python's `repr` of values as Python 2 printed them, and JSON as Python's
//! `json.dumps` writes it.

use std::fmt::Write;

use super::value::{Kind, Map, Text, Value};

/// The text of a float as Python writes it.
pub fn float(f: f64) -> String {
    if f.is_nan() {
        return "nan".into();
    }
    if f.is_infinite() {
        return if f > 0.0 { "inf".into() } else { "-inf".into() };
    }
    if f == 0.0 {
        return if f.is_sign_negative() { "-0.0".into() } else { "0.0".into() };
    }
    let text = format!("{f:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let text = format!("{f}");
        if text.contains('.') { text } else { text + ".0" }
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    }
}

/// A quote for a Python string literal: `'` unless only `'` stands inside.
fn quote(text: &str) -> char {
    if text.contains('\'') && !text.contains('"') { '"' } else { '\'' }
}

/// `repr` of a plain string in Python 3.
fn plain_repr(text: &str, out: &mut String) {
    let q = quote(text);
    out.push(q);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == q => {
                out.push('\\');
                out.push(c);
            }
            c if (c as u32) < 0x20 || (0x7f..0xa1).contains(&(c as u32)) || c == '\u{ad}' => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push(q);
}

/// The text of a Python 2 `unicode` string as the emulation of the reference gives it.
fn unicode_repr(text: &str, out: &mut String) {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        let code = c as u32;
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            ' '..='~' => escaped.push(c),
            _ if code < 0x100 => {
                let _ = write!(escaped, "\\x{code:02x}");
            }
            _ if code < 0x10000 => {
                let _ = write!(escaped, "\\u{code:04x}");
            }
            _ => {
                let _ = write!(escaped, "\\U{code:08x}");
            }
        }
    }
    let mut literal = String::with_capacity(escaped.len() + 2);
    plain_repr(&escaped, &mut literal);
    out.push('u');
    out.push_str(&literal.replace("\\\\", "\\"));
}

fn text_repr(text: &Text, out: &mut String) {
    if text.uni { unicode_repr(text, out) } else { plain_repr(text, out) }
}

/// The text form of a value (Python's `repr`, with the marks of Python 2).
pub fn repr(value: &Value, out: &mut String) {
    match &value.kind {
        Kind::Null => out.push_str("None"),
        Kind::Bool(true) => out.push_str("True"),
        Kind::Bool(false) => out.push_str("False"),
        Kind::Int(i) => {
            let _ = write!(out, "{i}");
        }
        Kind::Long(text) => {
            out.push_str(text);
            if !text.starts_with('-') {
                out.push('L');
            }
        }
        Kind::Float(f) => out.push_str(&float(*f)),
        Kind::Str(text) => text_repr(text, out),
        Kind::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                repr(item, out);
            }
            out.push(']');
        }
        Kind::Map(map) => {
            out.push('{');
            for (i, (key, item)) in map.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                text_repr(key, out);
                out.push_str(": ");
                repr(item, out);
            }
            out.push('}');
        }
    }
}

/// `str(value)`: the characters of a string, the text form of anything else.
pub fn str(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    let mut out = String::new();
    repr(value, &mut out);
    out
}

/// How JSON is laid out.
#[derive(Clone, Copy)]
pub struct Layout {
    comma: &'static str,
    colon: &'static str,
    sorted: bool,
    indent: usize,
    ascii: bool,
}

/// Without blanks, keys sorted: what logical ids hash.
pub const COMPACT: Layout = Layout { comma: ",", colon: ":", sorted: true, indent: 0, ascii: true };
/// The default of `json.dumps`.
pub const DEFAULT: Layout = Layout { comma: ", ", colon: ": ", sorted: false, indent: 0, ascii: true };
/// Four blanks, keys sorted: definitions of state machines.
pub const INDENTED: Layout = Layout { comma: ",", colon: ": ", sorted: true, indent: 4, ascii: true };

/// For people: two blanks, every character as it is.
pub const READABLE: Layout = Layout { comma: ",", colon: ": ", sorted: false, indent: 2, ascii: false };

/// JSON text as `json.dumps` writes it.
pub fn json(value: &Value, layout: Layout) -> String {
    let mut out = String::new();
    write_json(value, layout, 0, &mut out);
    out
}

fn write_json(value: &Value, layout: Layout, depth: usize, out: &mut String) {
    match &value.kind {
        Kind::Null => out.push_str("null"),
        Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Kind::Int(i) => {
            let _ = write!(out, "{i}");
        }
        Kind::Long(text) => out.push_str(text),
        Kind::Float(f) if f.is_nan() => out.push_str("NaN"),
        Kind::Float(f) if f.is_infinite() => out.push_str(if *f > 0.0 { "Infinity" } else { "-Infinity" }),
        Kind::Float(f) => out.push_str(&float(*f)),
        Kind::Str(text) => write_string(text, layout.ascii, out),
        Kind::List(items) if items.is_empty() => out.push_str("[]"),
        Kind::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                separate(i, layout, depth + 1, out);
                write_json(item, layout, depth + 1, out);
            }
            close(layout, depth, ']', out);
        }
        Kind::Map(map) => write_map(map, layout, depth, out),
    }
}

fn write_map(map: &Map, layout: Layout, depth: usize, out: &mut String) {
    if map.is_empty() {
        return out.push_str("{}");
    }
    let mut pairs: Vec<_> = map.iter().collect();
    if layout.sorted {
        // UTF-8 keeps the order of code points.
        pairs.sort_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
    }
    out.push('{');
    for (i, (key, value)) in pairs.into_iter().enumerate() {
        separate(i, layout, depth + 1, out);
        write_string(key, layout.ascii, out);
        out.push_str(layout.colon);
        write_json(value, layout, depth + 1, out);
    }
    close(layout, depth, '}', out);
}

fn separate(i: usize, layout: Layout, depth: usize, out: &mut String) {
    if i > 0 {
        out.push_str(layout.comma);
    }
    if layout.indent > 0 {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', layout.indent * depth));
    }
}

fn close(layout: Layout, depth: usize, bracket: char, out: &mut String) {
    if layout.indent > 0 {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', layout.indent * depth));
    }
    out.push(bracket);
}

fn write_string(text: &str, ascii: bool, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='\u{7f}' => out.push(c),
            c if !ascii && c > '\u{7f}' => out.push(c),
            c => {
                let mut units = [0u16; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_as_in_python() {
        for (f, text) in [
            (1.0, "1.0"),
            (0.00001, "1e-05"),
            (1e16, "1e+16"),
            (0.1, "0.1"),
            (123456.5, "123456.5"),
            (1e15, "1000000000000000.0"),
            (0.0001, "0.0001"),
            (1.5e-7, "1.5e-07"),
        ] {
            assert_eq!(float(f), text);
        }
    }

    #[test]
    fn unicode_text() {
        let mut out = String::new();
        repr(&Text::uni("a'b\n\\é").into(), &mut out);
        assert_eq!(out, "u\"a'b\\n\\\\\\xe9\"".replace("\\\\\\\\", "\\\\"));
    }
}
