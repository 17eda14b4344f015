//! Violations of facts as findings: the words for each kind, the places, the fix.

use super::Rule;
use super::suggest::nearest;
use crate::diagnostic::{Applicability, Diagnostic};
use crate::schema::formats::{describe, enclosing_ipv4_network};
use crate::schema::walk::{Kind, Violation};
use crate::source::{SourceFile, Span};

/// The finding of a violation, without those of the alternatives under it.
pub fn diagnostic(rule: &'static Rule, violation: &Violation, file: &SourceFile) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(rule, violation.span, say(violation));
    if let Some(reference) = violation.reference {
        diagnostic.reference_at(reference);
    }
    if let Some(help) = help(violation) {
        diagnostic.help(help);
    }
    match &violation.kind {
        Kind::RepeatedItem { first, .. } => {
            diagnostic.label(*first, "the first one");
        }
        Kind::RepeatedKeys { first, .. } => {
            diagnostic.label(*first, "first used here");
        }
        _ => {}
    }
    if violation.resolved.is_none()
        && let Some((span, text)) = replacement(violation, |span| file.slice(span))
    {
        diagnostic.fix(Applicability::Unsafe, format!("replace it by `{text}`"), span, text);
    }
    if !violation.conditions.is_empty() {
        let conditions: Vec<String> =
            violation.conditions.iter().map(|(name, holds)| format!("`{name}` is {holds}")).collect();
        diagnostic.note(format!("when {}", conditions.join(" and ")));
    }
    diagnostic
}

/// A format in words: "a subnet id".
fn words(format: &str) -> String {
    match describe(format) {
        Some((words, _)) => words.to_owned(),
        None => match format.strip_suffix('s') {
            Some(one) => {
                describe(one).map_or_else(|| format!("`{format}`"), |(words, _)| format!("a list, each item {words}"))
            }
            None => format!("`{format}`"),
        },
    }
}

/// The object a violation is about: a property, or the type itself.
fn owner(v: &Violation) -> String {
    match (v.property.is_empty(), v.item) {
        (true, _) => format!("`{}`", v.type_name),
        (_, true) => format!("an item of `{}`", v.property),
        _ => format!("`{}`", v.property),
    }
}

/// Names in backticks with commas, "or" before the last.
fn either<S: AsRef<str>>(names: &[S]) -> String {
    join(names, "or")
}

fn join<S: AsRef<str>>(names: &[S], word: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{}`", n.as_ref())).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

/// Allowed values: all of a few, otherwise those that come nearest.
fn allowed(found: &str, values: &[String]) -> String {
    const FEW: usize = 7;
    if values.len() <= FEW {
        return format!("allowed: {}", either(values));
    }
    let near = near(found, values, 5);
    format!("allowed are {} and {} more", join(&near, "").replace("  ", ", "), values.len() - near.len())
}

/// The values nearest to what was written: the likely one first, then those that begin alike.
fn near<'v>(found: &str, values: &'v [String], most: usize) -> Vec<&'v str> {
    if let Some(number) = number(found) {
        let mut near: Vec<(f64, &str)> =
            values.iter().filter_map(|v| Some((v.parse::<f64>().ok()?, v.as_str()))).collect();
        near.sort_by(|a, b| (a.0 - number).abs().total_cmp(&(b.0 - number).abs()));
        near.truncate(most);
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        if !near.is_empty() {
            return near.into_iter().map(|n| n.1).collect();
        }
    }
    let mut near: Vec<&str> = meant(found, values).into_iter().collect();
    let lower = found.to_lowercase();
    for length in (1..=lower.chars().count()).rev() {
        let prefix: String = lower.chars().take(length).collect();
        for value in values.iter().filter(|v| v.to_lowercase().starts_with(&prefix)) {
            if near.len() < most && !near.contains(&value.as_str()) {
                near.push(value);
            }
        }
    }
    for value in values {
        if near.len() < most && !near.contains(&value.as_str()) {
            near.push(value);
        }
    }
    near
}

/// The allowed value that was meant; numbers are not mistyped like words.
fn meant<'v>(found: &str, values: &'v [String]) -> Option<&'v str> {
    match number(found) {
        Some(_) => None,
        None => nearest(found, values.iter().map(String::as_str)),
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|n: &f64| n.is_finite())
}

fn count(n: u64, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

/// Type names in words: "a string or an object".
fn types(names: &[&str]) -> String {
    let words: Vec<&str> = names
        .iter()
        .map(|name| match *name {
            "string" => "a string",
            "integer" => "an integer",
            "number" => "a number",
            "boolean" => "a boolean",
            "object" => "a mapping",
            "array" => "a list",
            "null" => "null",
            other => other,
        })
        .collect();
    match words.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        words => words.join(""),
    }
}

/// A text as far as it is worth showing.
fn short(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.replace('\n', " ");
    }
    let start: String = text.chars().take(57).collect();
    format!("{}...", start.replace('\n', " "))
}

/// The message of a violation, without the part about resolving.
pub fn say(v: &Violation) -> String {
    let owner = owner(v);
    match &v.kind {
        Kind::Type { expected, found } => format!("{owner} takes {}, found {found}", types(expected)),
        Kind::UnknownProperty { name, .. } if v.property.is_empty() => format!("{owner} has no property `{name}`"),
        Kind::UnknownProperty { name, .. } => format!("{owner} has no member `{name}`"),
        Kind::UnmatchedKey { name, patterns } => {
            format!("the key `{name}` of {owner} does not match {}", either(patterns))
        }
        Kind::Required { name, .. } => format!("{owner} lacks the required `{name}`"),
        Kind::RequiredOr { names } => format!("{owner} needs at least one of {}", either(names)),
        Kind::RequiredXor { names, found } if found.is_empty() => {
            format!("{owner} needs exactly one of {}, found none", either(names))
        }
        Kind::RequiredXor { found, .. } => format!("{owner} takes only one of {}", join(found, "and")),
        Kind::DependentRequired { name, because } => format!("{owner} has `{because}` and so needs `{name}` too"),
        Kind::DependentExcluded { name, because } => format!("`{name}` cannot be used together with `{because}`"),
        Kind::Enum { found, allowed: values, .. } => {
            format!("{owner} cannot be `{}`; {}", short(found), allowed(found, values))
        }
        Kind::Const { found, expected } => format!("{owner} must be `{expected}`, found `{}`", short(found)),
        Kind::Pattern { found, pattern } if pattern.chars().count() <= 80 => {
            format!("`{}` does not match `{pattern}`, the pattern of {owner}", short(found))
        }
        Kind::Pattern { found, .. } => format!("`{}` does not match the pattern of {owner}", short(found)),
        Kind::MinLength { limit, found } => {
            format!("{owner} needs at least {}, found {found}", count(*limit, "character", "characters"))
        }
        Kind::MaxLength { limit, found } => {
            format!("{owner} takes at most {}, found {found}", count(*limit, "character", "characters"))
        }
        Kind::Minimum { limit, exclusive: false, found } => format!("{owner} must be at least {limit}, found {found}"),
        Kind::Minimum { limit, found, .. } => format!("{owner} must be more than {limit}, found {found}"),
        Kind::Maximum { limit, exclusive: false, found } => format!("{owner} must be at most {limit}, found {found}"),
        Kind::Maximum { limit, found, .. } => format!("{owner} must be less than {limit}, found {found}"),
        Kind::MultipleOf { of, found } => format!("{owner} must be a multiple of {of}, found {found}"),
        Kind::MinItems { limit, found } => {
            format!("{owner} needs at least {}, found {found}", count(*limit, "item", "items"))
        }
        Kind::MaxItems { limit, found } => {
            format!("{owner} takes at most {}, found {found}", count(*limit, "item", "items"))
        }
        Kind::MaxUniqueItems { limit, found } => {
            format!("{owner} takes at most {}, found {found}", count(*limit, "different item", "different items"))
        }
        Kind::MinProperties { limit, found } => {
            format!("{owner} needs at least {}, found {found}", count(*limit, "member", "members"))
        }
        Kind::MaxProperties { limit, found } => {
            format!("{owner} takes at most {}, found {found}", count(*limit, "member", "members"))
        }
        Kind::RepeatedItem { item, .. } => format!("`{}` stands twice in `{}`", short(item), v.property),
        Kind::RepeatedKeys { keys, .. } => format!("two items of `{}` have the same {}", v.property, join(keys, "and")),
        Kind::Format { format, found } => format!("`{}` is not {}", short(found), words(format)),
        Kind::AnyOf => format!("{owner} fits none of the alternatives"),
        Kind::OneOf { several: false } => format!("{owner} fits none of the alternatives, one of which must hold"),
        Kind::OneOf { several: true } => format!("{owner} fits several alternatives that exclude each other"),
        Kind::Not => format!("{owner} has a value that is reserved or excluded here"),
        Kind::Excluded { name } => format!("`{name}` cannot be set here"),
        Kind::Contains { least: 1 } => format!("no item of `{}` is of the kind that is needed", v.property),
        Kind::Contains { least } => {
            format!("fewer than {least} items of `{}` are of the kind that is needed", v.property)
        }
        Kind::ReservedKey { name } => format!("the key `{name}` of {owner} is not allowed"),
        Kind::ReservedTag { key } => format!("the tag key `{}` starts with `aws:`, which is reserved", short(key)),
        Kind::Lifecycle { status, date } => lifecycle(&v.type_name, status, *date),
        Kind::FunctionOutput { function, gives, expected } => {
            format!("`{}` gives {gives}, but {owner} takes {}", function.name(), types(expected))
        }
        Kind::OtherFormat { target, found, expected, .. } => match found.as_slice() {
            [] => format!("`{target}` is not {}", words(expected)),
            found => {
                let mut kinds: Vec<String> = found.iter().map(|f| words(f)).collect();
                kinds.dedup();
                format!("`{target}` is {}, not {}", kinds.join(" or "), words(expected))
            }
        },
    }
}

/// What to do next.
fn help(v: &Violation) -> Option<String> {
    match &v.kind {
        Kind::UnknownProperty { name, known, present } => {
            if let Some(name) = rename(name, known, present) {
                return Some(format!("Did you mean `{name}`?"));
            }
            (!known.is_empty() && known.len() <= 8).then(|| format!("It takes {}.", join(known, "and")))
        }
        Kind::Required { name, present } => {
            let near = nearest(name, present.iter().map(String::as_str))?;
            Some(format!("There is `{near}`: should it be `{name}`?"))
        }
        Kind::RequiredXor { found, .. } if !found.is_empty() => {
            Some("Keep the one you need and remove the others.".to_owned())
        }
        Kind::Enum { found, allowed, .. } => meant(found, allowed).map(|near| format!("Did you mean `{near}`?")),
        Kind::Format { format: "ipv4-network", found } => match enclosing_ipv4_network(found) {
            Some(network) => Some(format!("Bits after the prefix must be zero: `{network}`.")),
            None => describe("ipv4-network").map(|(_, example)| format!("It looks like `{example}`.")),
        },
        Kind::Format { format, .. } => describe(format).map(|(_, example)| format!("It looks like `{example}`.")),
        Kind::Lifecycle { status, .. } => Some(lifecycle_help(status).to_owned()),
        Kind::Pattern { pattern, .. } if pattern.chars().count() > 80 => Some(format!("The pattern is `{pattern}`.")),
        _ => None,
    }
}

/// The property that was meant, unless it is there already.
fn rename<'k>(name: &str, known: &[&'k str], present: &[String]) -> Option<&'k str> {
    nearest(name, known.iter().copied().filter(|k| !present.iter().any(|p| p == k)))
}

/// A mechanical replacement: where and by what. `source` gives the text under a span.
fn replacement<'s>(v: &Violation, source: impl Fn(Span) -> &'s str) -> Option<(Span, String)> {
    let wanted = match &v.kind {
        Kind::UnknownProperty { name, known, present } => rename(name, known, present)?.to_owned(),
        Kind::Enum { found, allowed, .. } => meant(found, allowed)?.to_owned(),
        Kind::Format { format: "ipv4-network", found } => enclosing_ipv4_network(found)?,
        Kind::Type { expected, .. } => return Some((v.span, converted(source(v.span), expected)?)),
        _ => return None,
    };
    let written = source(v.span);
    if written.starts_with('"') {
        return Some((v.span, format!("\"{wanted}\"")));
    }
    if written.starts_with('\'') {
        return Some((v.span, format!("'{wanted}'")));
    }
    (!written.contains('\n')).then_some((v.span, wanted))
}

/// A value in the kind that is expected: `"yes"` as `true`, `60.0` as `60`, one text as a list of one, and back.
fn converted(written: &str, expected: &[&str]) -> Option<String> {
    let quoted = |q: char| written.strip_prefix(q).and_then(|t| t.strip_suffix(q));
    let inner = quoted('"').or_else(|| quoted('\'')).unwrap_or(written);
    let safe = |c: char| c.is_alphanumeric() || " -_./".contains(c);
    if written.is_empty() || written.contains('\n') {
        return None;
    }
    let one = written.strip_prefix('[').and_then(|t| t.strip_suffix(']')).map(str::trim);
    match (expected, one) {
        (["boolean"], _) => match inner.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some("true".to_owned()),
            "false" | "no" | "off" => Some("false".to_owned()),
            _ => None,
        },
        (["integer"], _) => {
            inner.trim().parse().ok().filter(|n: &f64| n.fract() == 0.0 && n.abs() < 1e15).map(|n| format!("{n}"))
        }
        (["string"], Some(one)) => {
            let plain = one.trim_matches(|c| matches!(c, '"' | '\''));
            (!plain.is_empty() && plain.chars().all(safe)).then(|| one.to_owned())
        }
        (["string"], None) if written.parse::<f64>().is_ok() || matches!(written, "true" | "false") => {
            Some(format!("\"{written}\""))
        }
        (["array"], None) if inner != written || inner.chars().all(safe) => Some(format!("[{written}]")),
        _ => None,
    }
}

/// The message about a service that ends or has ended.
fn lifecycle(kind: &str, status: &str, date: Option<&str>) -> String {
    match (status, date) {
        ("shutdown", Some(date)) => format!("`{kind}` belongs to a service that was shut down on {date}"),
        ("shutdown", None) => format!("`{kind}` belongs to a service that has been shut down"),
        ("sunset", Some(date)) => format!("`{kind}` belongs to a service that is shut down on {date}"),
        ("sunset", None) => format!("`{kind}` belongs to a service that will be shut down"),
        (_, Some(date)) => format!("`{kind}` belongs to a service that has been in maintenance mode since {date}"),
        (_, None) => format!("`{kind}` belongs to a service in maintenance mode"),
    }
}

/// What to do about such a service.
fn lifecycle_help(status: &str) -> &'static str {
    match status {
        "shutdown" => "Remove the resource or move to the service that replaced it; it can no longer be created.",
        "sunset" => "Plan the move to a replacement before that day.",
        _ => "Use the type that replaced it for new resources; this one gets no new features.",
    }
}
