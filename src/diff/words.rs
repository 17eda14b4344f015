//! The words that every format for people uses.

use super::{
    Action, Change, ChangeSource, Detail, Diff, Difference, Effect, Evaluation, Note, OutputChange, PolicyAction,
    Replacement, Verdict,
};
use std::collections::{BTreeMap, BTreeSet};

/// Longest value that is shown whole.
const LONGEST: usize = 72;

/// The sections, the gravest first, with their headings.
pub(super) const SECTIONS: &[(Verdict, &str)] = &[
    (Verdict::Refused, "Would fail"),
    (Verdict::DataLoss, "Data is lost"),
    (Verdict::Replace, "Replaced"),
    (Verdict::MayReplace, "May be replaced"),
    (Verdict::Remove, "Removed"),
    (Verdict::Add, "Added"),
    (Verdict::Modify, "Updated in place"),
    (Verdict::NoEffect, "Edited without effect"),
];

/// Text that may go to a terminal: control characters are spelled.
pub(super) fn clean(text: &str) -> String {
    let spell = |c: char| {
        let hidden =
            c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if hidden { c.escape_default().to_string() } else { c.to_string() }
    };
    text.chars().map(spell).collect()
}

/// A value, cut where it is long.
pub(super) fn short(text: &str) -> String {
    let clean = clean(text);
    if clean.chars().count() <= LONGEST {
        return if clean.is_empty() { "''".to_owned() } else { clean };
    }
    let start: String = clean.chars().take(LONGEST - 1).collect();
    format!("{start}…")
}

/// A place without what all places share: `KeySchema/0/AttributeName`.
pub(super) fn place(detail: &Detail) -> String {
    let path = detail.path.strip_prefix("/Properties/").unwrap_or(detail.path.trim_start_matches('/'));
    clean(path)
}

/// What happens at a place: `10.0.0.0/16 → 10.1.0.0/16`.
pub(super) fn difference(detail: &Detail) -> String {
    match (&detail.before, &detail.after) {
        (Some(before), Some(after)) => {
            let (from, to) = (short(before), short(after));
            if from == to && before != after { format!("{from} (another value)") } else { format!("{from} → {to}") }
        }
        (None, Some(after)) => format!("added: {}", short(after)),
        (Some(before), None) => format!("removed, was {}", short(before)),
        (None, None) => match (detail.source, &detail.cause) {
            (ChangeSource::ResourceReference, Some(id)) => format!("gets the new id of {}", clean(id)),
            (ChangeSource::ResourceAttribute, Some(name)) if detail.in_practice => {
                format!("gets the new {}", clean(name))
            }
            (ChangeSource::ResourceAttribute, Some(name)) => format!("reads {}, which may change", clean(name)),
            _ if detail.difference == Difference::Remove => "removed".to_owned(),
            _ => "may get another value".to_owned(),
        },
    }
}

/// What stands behind a change, if it is more than the text of the place: `parameter Env`.
pub(super) fn cause(detail: &Detail) -> Option<String> {
    let name = clean(detail.cause.as_deref()?);
    match detail.source {
        ChangeSource::ParameterReference => Some(format!("parameter {name}")),
        ChangeSource::Condition => Some(format!("condition {name}")),
        ChangeSource::Mapping => Some(format!("mapping {name}")),
        ChangeSource::StackTag => Some("tag of the stack".to_owned()),
        _ => None,
    }
}

/// What a detail asks for, with the reason.
pub(super) fn reason(detail: &Detail) -> String {
    let what = match (detail.effect, detail.evaluation, detail.in_practice) {
        _ if detail.cosmetic => "no effect",
        (Effect::Always, Evaluation::Static, _) => "replaces",
        (Effect::Always, Evaluation::Dynamic, true) => "replaces, in practice",
        (Effect::Always, Evaluation::Dynamic, false) | (Effect::Conditionally, ..) => "may replace",
        (Effect::Refused, ..) => "refused",
        (Effect::Never, ..) => return clean(&detail.why),
    };
    format!("{what}: {}", clean(&detail.why))
}

/// Why the update would fail, unless a detail says it already.
pub(super) fn refusal(change: &Change) -> Option<Note> {
    let said = |note: &&Note| change.details.iter().any(|d| d.effect == Effect::Refused && d.why == note.text);
    change.refused.as_ref().filter(|note| !said(note)).cloned()
}

/// The change in two or three words, for a table.
pub(super) fn outcome(change: &Change) -> &'static str {
    match (change.verdict, change.action, change.replacement) {
        (Verdict::Refused, ..) => "would fail",
        (_, Action::Add, _) => "added",
        (_, Action::Remove, _) => match change.policy_action {
            Some(PolicyAction::Retain) => "leaves the stack, kept",
            Some(PolicyAction::Snapshot) => "removed, snapshot kept",
            _ => "removed",
        },
        (_, Action::Dynamic, _) => "depends on a condition",
        (_, _, Some(Replacement::True)) => "replaced",
        (_, _, Some(Replacement::Conditional)) if change.in_practice => "may be replaced (in practice yes)",
        (_, _, Some(Replacement::Conditional)) => "may be replaced",
        (Verdict::NoEffect, ..) => "no effect",
        _ => "updated in place",
    }
}

/// What happens to the old resource.
pub(super) fn policy(action: PolicyAction) -> &'static str {
    match action {
        PolicyAction::Delete => "deleted",
        PolicyAction::Retain => "kept in the account, outside the stack",
        PolicyAction::Snapshot => "deleted after a snapshot",
        PolicyAction::ReplaceAndDelete => "the old one is deleted when the update is done",
        PolicyAction::ReplaceAndRetain => "the old one is kept, outside the stack",
        PolicyAction::ReplaceAndSnapshot => "the old one is deleted after a snapshot",
    }
}

/// The whole in parts: how many changes of each verdict, and (without one) how many outputs.
pub(super) fn counts(diff: &Diff) -> Vec<(Option<Verdict>, String)> {
    let words = [
        (Verdict::Refused, "would fail"),
        (Verdict::DataLoss, "with data loss"),
        (Verdict::Replace, "replaced"),
        (Verdict::MayReplace, "may be replaced"),
        (Verdict::Remove, "removed"),
        (Verdict::Add, "added"),
        (Verdict::Modify, "updated in place"),
    ];
    let parts = words.iter().filter_map(|(verdict, word)| match diff.count(*verdict) {
        0 => None,
        count => Some((Some(*verdict), format!("{count} {word}"))),
    });
    let mut parts: Vec<(Option<Verdict>, String)> = parts.collect();
    let mut below = Vec::new();
    gather(diff, &mut below);
    for (verdict, word) in words {
        match below.iter().map(|inner| inner.count(verdict)).sum::<usize>() {
            0 => {}
            count => parts.push((Some(verdict), format!("{count} {word} in nested stacks"))),
        }
    }
    if !diff.outputs.is_empty() {
        let count = diff.outputs.len();
        parts.push((None, format!("{count} output{} changed", if count == 1 { "" } else { "s" })));
    }
    parts
}

/// What happens in nested stacks, at any depth.
fn gather<'d>(diff: &'d Diff, out: &mut Vec<&'d Diff>) {
    for inner in diff.changes.iter().filter_map(|change| change.nested.as_deref()) {
        out.push(inner);
        gather(inner, out);
    }
}

/// The new value of an output that stays.
pub(super) fn new_value(output: &OutputChange) -> String {
    match (&output.after, &output.cause) {
        (Some(after), _) => short(after),
        (None, Some(cause)) if output.surely => format!("another value: {} is new", clean(cause)),
        (None, Some(cause)) => format!("may be another value, with {}", clean(cause)),
        (None, None) => String::new(),
    }
}

/// The whole in one line: `1 replaced, 2 updated`.
pub(super) fn summary(diff: &Diff) -> String {
    let parts: Vec<String> = counts(diff).into_iter().map(|(_, text)| text).collect();
    if parts.is_empty() { "no changes".to_owned() } else { parts.join(", ") }
}

/// What follows from what: the changed resources that nobody else causes, each with those that follow.
pub(super) fn followers(diff: &Diff) -> Vec<(usize, String, String)> {
    let mut users: BTreeMap<&str, Vec<(&str, String)>> = BTreeMap::new();
    let mut caused = BTreeSet::new();
    for change in &diff.changes {
        for detail in &change.details {
            if !matches!(detail.source, ChangeSource::ResourceReference | ChangeSource::ResourceAttribute) {
                continue;
            }
            let Some(name) = &detail.cause else { continue };
            let target = name.split('.').next().unwrap_or(name);
            if target != change.id {
                users.entry(target).or_default().push((&change.id, place(detail)));
                caused.insert(change.id.as_str());
            }
        }
    }
    let outcomes: BTreeMap<&str, &str> = diff.changes.iter().map(|c| (c.id.as_str(), outcome(c))).collect();
    let mut lines = Vec::new();
    let mut seen = BTreeSet::new();
    let own = |id: &str| {
        diff.changes.iter().find(|c| c.id == id).is_some_and(|c| {
            c.details
                .iter()
                .any(|d| !matches!(d.source, ChangeSource::ResourceReference | ChangeSource::ResourceAttribute))
        })
    };
    let mut open: Vec<(usize, &str, String)> = Vec::new();
    for root in users.keys().filter(|id| !caused.contains(*id) || own(id)).rev() {
        open.push((0, root, String::new()));
    }
    while let Some((depth, id, via)) = open.pop() {
        let outcome = outcomes.get(id).copied().unwrap_or("changes");
        let again = !seen.insert(id);
        let more = users.get(id).filter(|_| !again);
        if depth == 0 && again {
            continue;
        }
        let mark = if again && users.contains_key(id) { " (see above)" } else { "" };
        lines.push((depth, format!("{}{via}", clean(id)), format!("{outcome}{mark}")));
        for (user, place) in more.into_iter().flatten().rev() {
            open.push((depth + 1, user, format!(".{place}")));
        }
    }
    lines
}
