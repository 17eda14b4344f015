//! The Mappings section: its two levels, its names and limits, and mappings that nothing reads.

use crate::diagnostic::Applicability;
use crate::intrinsics::Intrinsic;
use crate::rule::edits;
use crate::rule::shape::is_macro_key;
use crate::rule::{Check, Context, Family, rule};
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeKind};
use std::collections::BTreeSet;

rule!(BAD_MAPPING, "mappings" / "E7001", "bad-mapping", Error, "a mapping does not have two levels of keys");
rule!(
    MAPPING_NAME_TOO_LONG,
    "mappings" / "E7002",
    "mapping-name-too-long",
    Error,
    "a mapping's name or key is too long"
);
rule!(MAPPING_TOO_LARGE, "mappings" / "E7010", "mapping-too-large", Error, "a mapping has more than 200 keys");
rule!(
    MAPPING_NEARLY_TOO_LARGE,
    "mappings" / "I7010",
    "mapping-nearly-too-large",
    Info,
    "a mapping is near its limit of keys"
);
rule!(MAPPING_UNUSED, "mappings" / "W7001", "mapping-unused", Warning, "a mapping is never read");

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&BAD_MAPPING, &MAPPING_NAME_TOO_LONG, &MAPPING_TOO_LARGE, &MAPPING_NEARLY_TOO_LARGE, &MAPPING_UNUSED],
    checks: &[Check::Template(shape), Check::Template(unused)],
};

const MAX_KEYS: usize = 200;
const MAX_NAME: usize = 255;

fn shape(cx: &mut Context<'_>) {
    let Some(section) = cx.template.root.entry("Mappings") else { return };
    if cx.lost(&section.value) {
        return;
    }
    let Some(mappings) = entries(section, "the section ", cx) else { return };
    for mapping in mappings {
        if is_macro_key(&mapping.key.text) || !name(mapping, "mapping name", "", cx) {
            continue;
        }
        let Some(top) = level(mapping, cx) else { continue };
        for key in top {
            if is_macro_key(&key.key.text) || !name(key, "key", ".-", cx) {
                continue;
            }
            let Some(second) = level(key, cx) else { continue };
            for leaf in second {
                if !is_macro_key(&leaf.key.text) && name(leaf, "key", "", cx) {
                    value(leaf, cx);
                }
            }
        }
    }
}

/// The entries of a mapping; reports another kind of value. A macro call is left alone.
fn entries<'n>(entry: &'n Entry, what: &str, cx: &mut Context<'_>) -> Option<&'n [Entry]> {
    match &entry.value.kind {
        NodeKind::Map(entries) => Some(entries),
        NodeKind::Call(call) if call.function == Intrinsic::Transform => None,
        _ => {
            let span = place(entry);
            let message = format!("{what}`{}` must be a mapping, not {}", entry.key.text, entry.value.describe());
            cx.report(&BAD_MAPPING, span, message).help(
                "A mapping has two levels: names of top-level keys, and below each the second-level keys with values.",
            );
            None
        }
    }
}

fn place(entry: &Entry) -> Span {
    if entry.value.is_null() { entry.key.span } else { entry.value.span }
}

/// One level of keys, its size checked.
fn level<'n>(entry: &'n Entry, cx: &mut Context<'_>) -> Option<&'n [Entry]> {
    let keys = entries(entry, "", cx)?;
    let name = &entry.key.text;
    if keys.is_empty() {
        cx.report(&BAD_MAPPING, entry.key.span, format!("`{name}` has no keys; at least one is needed"));
    } else if keys.len() > MAX_KEYS {
        let message = format!("`{name}` has {} keys; at most {MAX_KEYS} are allowed", keys.len());
        cx.report(&MAPPING_TOO_LARGE, entry.key.span, message);
    } else if keys.len() * 10 > MAX_KEYS * 9 {
        let message = format!("`{name}` has {} keys of at most {MAX_KEYS}", keys.len());
        cx.report(&MAPPING_NEARLY_TOO_LARGE, entry.key.span, message);
    }
    Some(keys)
}

/// Whether a name is well-formed; reports when not.
fn name(entry: &Entry, what: &str, also: &str, cx: &mut Context<'_>) -> bool {
    let text = &*entry.key.text;
    let length = text.chars().count();
    if length > MAX_NAME {
        let message = format!("the {what} has {length} characters; at most {MAX_NAME} are allowed");
        cx.report(&MAPPING_NAME_TOO_LONG, entry.key.span, message);
        return false;
    }
    if text.is_empty() || !text.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c)) {
        let more = if also.is_empty() { "" } else { ", `.` and `-`" };
        let message = format!("the {what} `{text}` may hold only letters and digits{more}");
        cx.report(&BAD_MAPPING, entry.key.span, message);
        return false;
    }
    true
}

fn value(leaf: &Entry, cx: &mut Context<'_>) {
    let wrong = match &leaf.value.kind {
        NodeKind::Null | NodeKind::Map(_) => true,
        NodeKind::Call(call) => call.function != Intrinsic::Transform,
        _ => false,
    };
    if wrong {
        let message = format!(
            "the value of `{}` must be a literal string, number, boolean or list, not {}",
            leaf.key.text,
            leaf.value.describe()
        );
        cx.report(&BAD_MAPPING, place(leaf), message);
    }
}

fn unused(cx: &mut Context<'_>) {
    let template = cx.template;
    if template.mappings.is_empty() || !cx.document.tree.errors.is_empty() {
        return;
    }
    let mut used = BTreeSet::new();
    let mut known = true;
    template.root.walk(&mut |node| {
        let argument = match &node.kind {
            NodeKind::Call(call) if call.function == Intrinsic::FindInMap => &call.argument,
            NodeKind::Map(_) => match node.get("Fn::FindInMap") {
                Some(argument) => argument,
                None => return,
            },
            _ => return,
        };
        match argument.as_list().and_then(<[Node]>::first) {
            Some(first) => match first.scalar_text() {
                Some(name) => _ = used.insert(name),
                None => known = false,
            },
            None => known = false,
        }
    });
    if !known {
        return;
    }
    for mapping in template.mappings.iter() {
        if !used.contains(&*mapping.key.text) && !is_macro_key(&mapping.key.text) {
            let removal = edits::remove(&cx.document.file, template.root, mapping.key.span);
            cx.report(&MAPPING_UNUSED, mapping.key.span, format!("the mapping `{}` is never read", mapping.key.text))
                .help("Remove it, or read it with `Fn::FindInMap`.")
                .fix_by(Applicability::Safe, "remove the mapping", removal);
        }
    }
}
