//! What a change means in the end: replacement, refusal, what becomes of the old resource and of the data in it.

use super::resource::{Context, Pair, Present};
use super::spread::{Level, State, state};
use super::{
    Action, Change, ChangeSource, Detail, Difference, Effect, Evaluation, Label, Note, PolicyAction, Replacement,
    Scope, Verdict,
};
use crate::schema::traits::{DeletionDefault, ReplacementStrategy, Traits};
use std::collections::BTreeMap;

/// The name that a template gives to a resource: the properties of its identifier with their values.
fn given_name(present: &Present, traits: Traits) -> Option<Vec<(&'static str, String)>> {
    if !traits.name_can_be_given() {
        return None;
    }
    let part = |path: &'static str| {
        let parts: Vec<&str> = path.split('/').collect();
        Some((path, present.property(&parts)?.canonical()))
    };
    traits.primary_identifier().map(part).collect()
}

/// The name that stays the same while the resource would be replaced.
fn kept_name(pair: &Pair) -> Option<Vec<&'static str>> {
    let (old, new) = pair.both()?;
    let traits = pair.traits?;
    if traits.replacement_strategy() == ReplacementStrategy::DeleteThenCreate {
        return None;
    }
    let name = given_name(old, traits)?;
    if Some(&name) != given_name(new, traits).as_ref() {
        return None;
    }
    let moves = |path: &str| {
        let start = format!("/Properties/{path}");
        pair.own.iter().chain(&pair.follows).any(|d| d.path.starts_with(&start) && !d.cosmetic)
    };
    let paths: Vec<&'static str> = name.into_iter().map(|(path, _)| path).collect();
    (!paths.iter().any(|path| moves(path))).then_some(paths)
}

/// Whether the update of a resource is refused, so that nothing follows from it.
pub(super) fn is_refused(pair: &Pair, state: State) -> bool {
    state.level == Level::Replace && kept_name(pair).is_some()
}

fn note(label: Label, text: impl Into<String>) -> Note {
    Note { text: text.into(), label }
}

/// Turns what was found into changes.
pub(super) fn conclude(pairs: Vec<Pair>, context: &Context<'_, '_>) -> Vec<Change> {
    let mut changes: Vec<Change> = pairs.iter().filter_map(|pair| change(pair, context)).collect();
    let by_id: BTreeMap<&str, &Pair> = pairs.iter().map(|pair| (pair.id.as_str(), pair)).collect();
    moved_names(&mut changes, &by_id);
    changes
}

fn change(pair: &Pair, context: &Context<'_, '_>) -> Option<Change> {
    let old = pair.old.as_ref().filter(|p| p.is_here());
    let new = pair.new.as_ref().filter(|p| p.is_here());
    let mut change = Change {
        id: pair.id.clone(),
        type_name: new.or(old)?.type_name.clone(),
        verdict: Verdict::NoEffect,
        action: Action::Modify,
        replacement: None,
        in_practice: false,
        policy_action: None,
        scope: Vec::new(),
        refused: None,
        data_loss: None,
        without_edit: false,
        if_default_taken: false,
        details: Vec::new(),
        notes: Vec::new(),
        nested: None,
        old_line: pair.old.as_ref().map(|p| p.line),
        new_line: pair.new.as_ref().map(|p| p.line),
    };
    match (old, new) {
        (Some(old), None) => removed(&mut change, pair, old, context),
        (None, Some(new)) => added(&mut change, pair, new, context),
        (Some(old), Some(new)) if old.type_name != new.type_name => {
            change.verdict = Verdict::Refused;
            change.replacement = Some(Replacement::True);
            let text = format!("the type of a resource cannot be changed: it is `{}` now", old.type_name);
            change.refused = Some(note(Label::Documented, text));
        }
        (Some(old), Some(new)) => stays(&mut change, pair, old, new)?,
        (None, None) => return None,
    }
    for (side, present) in [("old", old), ("new", new)] {
        if let Some(present) = present
            && present.exists.is_none()
            && let Some(condition) = &present.condition
        {
            change.notes.push(note(
                Label::Inferred,
                format!("in the {side} template it exists only if `{condition}` holds, which is not decided here"),
            ));
            if old.is_none_or(|o| o.exists != new.and_then(|n| n.exists)) || new.is_none() {
                change.action = Action::Dynamic;
            }
        }
    }
    Some(change)
}

/// The reason why a resource comes or goes by a condition.
fn by_condition(change: &mut Change, pair: &Pair, context: &Context<'_, '_>) {
    let names = [&pair.old, &pair.new].into_iter().flatten().filter_map(|p| p.condition.clone());
    let Some(name) = names.into_iter().find(|name| context.condition_changes(name)) else { return };
    let behind = context.parameters_behind(&name);
    let by_default = !behind.is_empty() && behind.iter().all(|p| context.parameter_changes(p) == Some(true));
    let shown = |holds: Option<bool>| holds.map(|holds| holds.to_string());
    change.if_default_taken = by_default;
    change.details.push(Detail {
        scope: Scope::Properties,
        path: "/Condition".to_owned(),
        effect: Effect::Never,
        evaluation: Evaluation::Static,
        difference: Difference::Modify,
        source: ChangeSource::Condition,
        before: shown(context.old.holds(&name)),
        after: shown(context.new.holds(&name)),
        cause: Some(name),
        why: match behind.as_slice() {
            [] => "its condition has another value".to_owned(),
            names => format!("its condition depends on {}", list(names)),
        },
        label: Label::Documented,
        in_practice: false,
        without_edit: false,
        if_default_taken: by_default,
        cosmetic: false,
    });
}

/// Names in backticks with commas.
pub(super) fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn added(change: &mut Change, pair: &Pair, new: &Present, context: &Context<'_, '_>) {
    change.action = Action::Add;
    change.verdict = Verdict::Add;
    if pair.old.is_some() {
        by_condition(change, pair, context);
    }
    if new.generated {
        change.notes.push(note(Label::Inferred, "made by the SAM transform"));
    }
}

fn removed(change: &mut Change, pair: &Pair, old: &Present, context: &Context<'_, '_>) {
    change.action = Action::Remove;
    change.verdict = Verdict::Remove;
    let (action, by_default) = on_removal(old, pair.traits);
    change.policy_action = Some(action);
    if pair.new.is_some() {
        by_condition(change, pair, context);
    }
    match action {
        PolicyAction::Snapshot if by_default => {
            change.notes.push(note(Label::Documented, "without a `DeletionPolicy` this type leaves a snapshot"))
        }
        PolicyAction::Retain => {
            change.notes.push(note(Label::Documented, "it leaves the stack and stays in the account, with its name"));
        }
        PolicyAction::Delete => data_at_risk(change, pair, old, "deleted"),
        _ => {}
    }
}

/// What happens to a resource that is taken out of the template: what its last deployed policy says.
fn on_removal(old: &Present, traits: Option<Traits>) -> (PolicyAction, bool) {
    match old.policy("DeletionPolicy") {
        Some("Retain" | "RetainExceptOnCreate") => (PolicyAction::Retain, false),
        Some("Snapshot") => (PolicyAction::Snapshot, false),
        Some(_) => (PolicyAction::Delete, false),
        None => match traits.map(|t| t.deletion_default()) {
            Some(DeletionDefault::Snapshot) => (PolicyAction::Snapshot, true),
            Some(DeletionDefault::SnapshotOutsideCluster) if old.property(&["DBClusterIdentifier"]).is_none() => {
                (PolicyAction::Snapshot, true)
            }
            _ => (PolicyAction::Delete, true),
        },
    }
}

/// What happens to the old copy of a replaced resource.
fn on_replacement(new: &Present) -> PolicyAction {
    match new.policy("UpdateReplacePolicy") {
        Some("Retain") => PolicyAction::ReplaceAndRetain,
        Some("Snapshot") => PolicyAction::ReplaceAndSnapshot,
        _ => PolicyAction::ReplaceAndDelete,
    }
}

fn data_at_risk(change: &mut Change, pair: &Pair, old: &Present, word: &str) {
    let Some(traits) = pair.traits.filter(|t| t.stateful()) else { return };
    let protection = traits.deletion_protection();
    if let Some(name) = protection
        && old.property(&[name]).and_then(|value| value.known()) == Some("true")
    {
        change.notes.push(note(Label::Documented, format!("`{name}` keeps the service from deleting it")));
        return;
    }
    change.data_loss = Some(note(Label::Inferred, format!("{} is {word} with the data in it", change.id)));
    if traits.type_name() == "AWS::S3::Bucket" {
        change
            .notes
            .push(note(Label::Documented, "a bucket that still holds objects cannot be deleted and stays behind"));
    }
    if word == "deleted" {
        change.verdict = Verdict::DataLoss;
    }
}

/// A resource that is on both sides; `None` if nothing happens to it.
fn stays(change: &mut Change, pair: &Pair, old: &Present, new: &Present) -> Option<()> {
    let mut details: Vec<Detail> = pair.own.iter().chain(&pair.follows).cloned().collect();
    if details.is_empty() && old.exists == new.exists {
        return None;
    }
    details.sort_by(|a, b| {
        let key = |d: &Detail| (d.cosmetic, std::cmp::Reverse(d.effect), d.evaluation, d.path.clone(), d.source);
        key(a).cmp(&key(b))
    });
    let state = state(pair);
    change.scope = details.iter().map(|d| d.scope).collect();
    change.scope.sort();
    change.scope.dedup();
    change.without_edit = !details.is_empty()
        && details.iter().all(|d| d.without_edit || d.cosmetic)
        && details.iter().any(|d| d.without_edit);
    change.if_default_taken = !change.without_edit
        && details.iter().any(|d| d.if_default_taken)
        && details.iter().filter(|d| !d.cosmetic && !d.without_edit).all(|d| d.if_default_taken);
    let refusal = details.iter().find(|d| d.effect == Effect::Refused).map(|d| note(d.label, d.why.clone()));
    let policies_only =
        change.scope.iter().all(|s| matches!(s, Scope::DeletionPolicy | Scope::UpdateReplacePolicy | Scope::Metadata));
    let real = details.iter().any(|d| !d.cosmetic);
    change.details = details;
    change.replacement = Some(match state.level {
        Level::Replace => Replacement::True,
        Level::MayReplace => Replacement::Conditional,
        _ => Replacement::False,
    });
    change.in_practice = state.level == Level::MayReplace && state.in_practice;
    change.verdict = match state.level {
        Level::Replace => Verdict::Replace,
        Level::MayReplace => Verdict::MayReplace,
        _ if real || old.exists != new.exists => Verdict::Modify,
        _ => Verdict::NoEffect,
    };
    if policies_only && real {
        change.notes.push(note(
            Label::Inferred,
            "if nothing else changes in the stack, CloudFormation may say that there is nothing to update",
        ));
    }
    if let Some(refusal) = refusal {
        change.verdict = Verdict::Refused;
        change.refused = Some(refusal);
    } else if state.level >= Level::MayReplace {
        replaced(change, pair, old, new, state);
    }
    Some(())
}

fn replaced(change: &mut Change, pair: &Pair, old: &Present, new: &Present, state: State) {
    let action = on_replacement(new);
    let kept = kept_name(pair);
    if let Some(paths) = &kept {
        let names: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let text = format!("a new resource would need another name, but {} stays the same", list(&names));
        if state.level == Level::Replace {
            change.verdict = Verdict::Refused;
            change.refused = Some(note(Label::Documented, text));
            change.notes.push(note(
                Label::Documented,
                "change the name as well, leave it out, or deploy twice: first without the resource, then with it",
            ));
            return;
        }
        change.notes.push(note(Label::Documented, format!("if it has to be replaced, the update fails: {text}")));
    }
    change.policy_action = Some(action);
    let surely = state.level == Level::Replace || state.in_practice;
    match action {
        PolicyAction::ReplaceAndDelete => {
            let word = if surely { "replaced and the old one deleted" } else { "deleted if it is replaced," };
            data_at_risk(change, pair, old, word);
            if change.data_loss.is_some() && surely {
                change.verdict = Verdict::DataLoss;
            }
        }
        PolicyAction::ReplaceAndRetain => {
            change.notes.push(note(Label::Documented, "the old one stays in the account, outside the stack"));
        }
        _ => {}
    }
    if pair.traits.is_some_and(|t| t.replacement_strategy() == ReplacementStrategy::DeleteThenCreate) {
        change.notes.push(note(Label::Schema, "the old one is deleted before the new one is made"));
    }
}

/// Resources that are gone and come again under another logical id: the name is still taken when the new one is made.
fn moved_names(changes: &mut [Change], pairs: &BTreeMap<&str, &Pair>) {
    let of = |action: Action| {
        let all = changes.iter().enumerate().filter(move |(_, c)| c.action == action);
        all.map(|(at, c)| (at, c.id.clone(), c.type_name.clone())).collect::<Vec<_>>()
    };
    let (gone, come) = (of(Action::Remove), of(Action::Add));
    let mut used = Vec::new();
    for (new_at, new_id, kind) in &come {
        let Some(new) = pairs.get(new_id.as_str()).and_then(|p| p.new.as_ref()) else { continue };
        let (text, traits) = (new.properties.as_ref().map(|p| p.canonical()), Traits::of(kind));
        for (old_at, old_id, _) in gone.iter().filter(|(_, _, other)| other == kind) {
            let Some(old) = pairs.get(old_id.as_str()).and_then(|p| p.old.as_ref()) else { continue };
            if used.contains(old_at) {
                continue;
            }
            let name = traits.and_then(|t| given_name(new, t));
            let same_name = name.is_some() && name == traits.and_then(|t| given_name(old, t));
            let same_text = text.is_some() && text == old.properties.as_ref().map(|p| p.canonical());
            if same_name {
                used.push(*old_at);
                let paths: Vec<String> = name.into_iter().flatten().map(|(path, _)| path.to_owned()).collect();
                changes[*new_at].verdict = Verdict::Refused;
                changes[*new_at].refused = Some(note(
                    Label::Documented,
                    format!(
                        "{} is still taken by `{old_id}`: new resources are made before old ones are deleted",
                        list(&paths)
                    ),
                ));
            } else if republished(kind, old_id, new_id) {
                used.push(*old_at);
                let text = "a new one is published whenever what it captures changes";
                changes[*new_at].notes.push(note(Label::Documented, format!("takes the place of `{old_id}`: {text}")));
                changes[*old_at].notes.push(note(Label::Documented, format!("`{new_id}` takes its place: {text}")));
                continue;
            }
            if same_name || same_text {
                used.push(*old_at);
                let advice = "stack refactoring renames a logical id without touching the resource";
                changes[*old_at].notes.push(note(Label::Inferred, format!("it looks renamed to `{new_id}`; {advice}")));
                changes[*new_at]
                    .notes
                    .push(note(Label::Inferred, format!("it looks like `{old_id}` under another id")));
                break;
            }
        }
    }
}

/// Whether two ids are those of one published thing whose id ends in a hash of its content.
fn republished(kind: &str, old: &str, new: &str) -> bool {
    let publishes =
        ["AWS::Lambda::Version", "AWS::ApiGateway::Deployment", "AWS::Lambda::LayerVersion"].contains(&kind);
    let stem = |id: &str| {
        let end = id.trim_end_matches(|c: char| c.is_ascii_hexdigit());
        (id.len() - end.len() >= 8).then(|| end.to_owned())
    };
    publishes && stem(old).is_some() && stem(old) == stem(new)
}
