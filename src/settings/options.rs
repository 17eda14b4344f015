//! Options of single rules: which there are, and how their values are written.

use super::ids;
use crate::rule::suggest::nearest;
use crate::rules::accepted::instead_of;
use crate::syntax::{Node, NodeKind};

/// (rule, its options), sorted by rule.
const OPTIONS: &[(&str, &[&str])] = &[
    ("E1001", &["sections"]),
    ("E1029", &["custom_excludes"]),
    ("E3012", &["strict"]),
    ("E3019", &["exceptions"]),
    ("E3031", &["exceptions"]),
    ("I3042", &["partition", "region", "accountId"]),
    ("I4010", &["additional_incidental_patterns", "additional_low_value_types"]),
    ("W4011", &["additional_incidental_patterns"]),
    ("W4012", &["additional_incidental_patterns"]),
];

/// What is wrong with an option: a rule that does not exist or has no options, an option it does not have.
pub fn fault(rule: &str, option: &str) -> Option<(String, Option<String>)> {
    if !ids::is_known(rule) {
        return Some((format!("no rule has an id that starts with `{rule}`"), ids::suggestion(rule)));
    }
    // cfn-lint knows this one of every rule that is experimental.
    if option == "experimental" {
        return None;
    }
    if let Some(instead) = instead_of(rule) {
        return Some((format!("`{rule}` is no rule here, so its options have no effect: {instead}"), None));
    }
    let Some((_, known)) = OPTIONS.iter().find(|o| o.0 == rule) else {
        return Some((format!("`{rule}` has no options, so `{option}` has no effect"), None));
    };
    if known.contains(&option) {
        return None;
    }
    let help = match nearest(option, known.iter().copied()) {
        Some(near) => format!("Did you mean `{near}`?"),
        None => format!("It has {}.", known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ")),
    };
    Some((format!("`{rule}` has no option `{option}`"), Some(help)))
}

/// The values of an option as texts: one, those of a list, or `name=value,value` for each name of a mapping. `None` when
/// it is none of these.
pub fn texts(value: &Node) -> Option<Vec<String>> {
    let text = |node: &Node| node.scalar_text().map(str::to_owned);
    match &value.kind {
        NodeKind::Null => Some(Vec::new()),
        NodeKind::List(items) => items.iter().map(text).collect(),
        NodeKind::Map(entries) => entries
            .iter()
            .map(|entry| {
                // cfn-lint has the names under the key that a schema has them under.
                let names = texts(entry.value.get("primaryIdentifier").unwrap_or(&entry.value))?;
                Some(format!("{}={}", entry.key.text, names.join(",")))
            })
            .collect(),
        _ => text(value).map(|one| vec![one]),
    }
}
