//! What a plain scalar means to CloudFormation: YAML 1.1 as its readers take it.
//!
//! Numbers keep their text as written (`3.0`, `0123`): what a service gets is text anyway, and an account id with a
//! leading zero must survive. Dates stay text.

use super::NodeKind;

/// The meaning of a plain (unquoted) YAML scalar.
pub fn plain(text: &str) -> NodeKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return NodeKind::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return NodeKind::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return NodeKind::Bool(false),
        _ => {}
    }
    if yaml_number(text).is_some() { NodeKind::Number(text.into()) } else { NodeKind::String(text.into()) }
}

/// The value of a number as written in YAML 1.1 or JSON; `None` when the text is no number.
pub fn number_value(text: &str) -> Option<f64> {
    yaml_number(text).or_else(|| {
        // JSON also writes `1e3`.
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.starts_with(|c: char| c.is_ascii_digit()) { text.parse().ok() } else { None }
    })
}

/// Whether a number is written as an integer (no point, no exponent, not infinite).
pub fn is_integer(text: &str) -> bool {
    yaml_integer(text).is_some()
}

/// Whether a plain scalar is a date or a point in time in YAML 1.1 (`2010-09-09`, `2001-12-14T21:59:43Z`).
pub fn is_date(text: &str) -> bool {
    let b = text.as_bytes();
    let digits = |r: std::ops::Range<usize>| b.get(r).is_some_and(|s| s.iter().all(u8::is_ascii_digit));
    if b.len() < 8 || !digits(0..4) || b[4] != b'-' {
        return false;
    }
    let rest: Vec<&str> = text[5..].splitn(2, '-').collect();
    let [month, rest] = rest.as_slice() else { return false };
    if month.is_empty() || month.len() > 2 || !month.bytes().all(|c| c.is_ascii_digit()) {
        return false;
    }
    let day = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    match &rest[day..] {
        "" => day == 2 && month.len() == 2,
        time => {
            (1..=2).contains(&day)
                && time.starts_with(['T', 't', ' ', '\t'])
                && time[1..].trim_start().starts_with(|c: char| c.is_ascii_digit())
                && time.contains(':')
        }
    }
}

fn yaml_number(text: &str) -> Option<f64> {
    let first = *text.as_bytes().first()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    yaml_integer(text).or_else(|| yaml_float(text))
}

fn sign(text: &str) -> (f64, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (-1.0, &text[1..]),
        Some(b'+') => (1.0, &text[1..]),
        _ => (1.0, text),
    }
}

fn radix(digits: &str, radix: u32) -> Option<f64> {
    let mut value = 0.0;
    let mut any = false;
    for c in digits.chars().filter(|&c| c != '_') {
        value = value * f64::from(radix) + f64::from(c.to_digit(radix)?);
        any = true;
    }
    any.then_some(value)
}

fn yaml_integer(text: &str) -> Option<f64> {
    let (sign, digits) = sign(text);
    let value = if let Some(hex) = digits.strip_prefix("0x") {
        radix(hex, 16)?
    } else if let Some(binary) = digits.strip_prefix("0b") {
        radix(binary, 2)?
    } else if digits == "0" {
        0.0
    } else if let Some(octal) = digits.strip_prefix('0') {
        radix(octal, 8)?
    } else if digits.contains(':') {
        sexagesimal(digits)?
    } else {
        if !digits.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let plain: String = digits.chars().filter(|&c| c != '_').collect();
        if !plain.bytes().all(|c| c.is_ascii_digit()) {
            return None;
        }
        plain.parse().ok()?
    };
    Some(sign * value)
}

/// `1:30` is 90 in YAML 1.1.
fn sexagesimal(digits: &str) -> Option<f64> {
    let mut parts = digits.split(':');
    let first = parts.next()?;
    if !first.starts_with(|c: char| ('1'..='9').contains(&c)) {
        return None;
    }
    let mut value = radix(first, 10)?;
    for part in parts {
        if part.is_empty() || part.len() > 2 || !part.bytes().all(|c| c.is_ascii_digit()) {
            return None;
        }
        let n: u32 = part.parse().ok()?;
        if n > 59 {
            return None;
        }
        value = value * 60.0 + f64::from(n);
    }
    Some(value)
}

fn yaml_float(text: &str) -> Option<f64> {
    let (sign, digits) = sign(text);
    match digits {
        ".inf" | ".Inf" | ".INF" => return Some(sign * f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" if digits.len() == text.len() => return Some(f64::NAN),
        _ => {}
    }
    let (whole, rest) = digits.split_once('.')?;
    if !whole.bytes().all(|c| c.is_ascii_digit() || c == b'_') || (whole.is_empty() && rest.is_empty()) {
        return None;
    }
    if whole.starts_with('_') {
        return None;
    }
    let (fraction, exponent) = match rest.find(['e', 'E']) {
        Some(i) => (&rest[..i], Some(&rest[i + 1..])),
        None => (rest, None),
    };
    if !fraction.bytes().all(|c| c.is_ascii_digit() || c == b'_') {
        return None;
    }
    if let Some(e) = exponent {
        // YAML 1.1 wants the sign of the exponent.
        let digits = e.strip_prefix(['+', '-'])?;
        if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) {
            return None;
        }
    }
    let plain: String = digits.chars().filter(|&c| c != '_').collect();
    plain.parse::<f64>().ok().map(|v| sign * v)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_mean_what_yaml_1_1_says() {
        let kind = |t: &str| match plain(t) {
            NodeKind::Null => "null".to_owned(),
            NodeKind::Bool(b) => format!("bool {b}"),
            NodeKind::Number(n) => format!("number {n} {}", number_value(t).unwrap()),
            NodeKind::String(_) => "string".to_owned(),
            other => format!("{other:?}"),
        };
        for (text, expected) in [
            ("", "null"),
            ("~", "null"),
            ("yes", "bool true"),
            ("Off", "bool false"),
            ("y", "string"),
            ("12", "number 12 12"),
            ("-3", "number -3 -3"),
            ("3.0", "number 3.0 3"),
            ("0777", "number 0777 511"),
            ("0x1F", "number 0x1F 31"),
            ("012345678901", "string"),
            ("123456789012", "number 123456789012 123456789012"),
            ("1_000", "number 1_000 1000"),
            ("1:30", "number 1:30 90"),
            ("80:80", "string"),
            ("2010-09-09", "string"),
            ("1e3", "string"),
            ("1.5e+3", "number 1.5e+3 1500"),
            (".5", "number .5 0.5"),
            (".", "string"),
            ("-", "string"),
            ("10.0.0.0/16", "string"),
            ("1.2.3", "string"),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
        assert!(
            is_date("2010-09-09") && is_date("2001-12-14T21:59:43Z") && !is_date("2010-09-9") && !is_date("10.0.0.0")
        );
    }
}
