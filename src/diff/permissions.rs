//! Who may do what after the update that could not before, and the other way round.
//!
//! Statements are taken apart into single permissions, so that an action more in a list is one permission more, and what
//! only moves from one policy of a role to another is no change. What is left is put together again as statements.

use super::resource::{Context, Pair};
use super::value::{Kind as ValKind, Piece as ValPiece, Val};
use super::{Difference, PermissionChange};
use crate::explain::noun;
use crate::policy::grants::{self, Grants, Source, Way};
use crate::policy::words::Words;
use crate::policy::{Clause, Effect, Item, Kind, Piece, Statement, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Most single permissions of a template that are compared.
const MOST: usize = 50_000;

/// A single permission, comparable: all but what is done.
type Key = (String, u8, String, String, String, String);

/// The permissions that come and go; `None` when there are too many to compare.
pub(super) fn changes(context: &Context<'_, '_>, pairs: &[Pair]) -> Option<Vec<PermissionChange>> {
    let side = |new: bool| {
        let present = pairs.iter().filter_map(|pair| Some((pair, if new { &pair.new } else { &pair.old }.as_ref()?)));
        let sources = present.filter(|(_, p)| p.is_here()).map(|(pair, p)| Source {
            id: pair.id.clone(),
            kind: p.type_name.clone(),
            properties: p.properties.as_ref().map_or_else(value_of_nothing, value),
        });
        grants::of(&sources.collect::<Vec<_>>())
    };
    let (old, new) = (side(false), side(true));
    let mut out = Vec::new();
    for (from, against, difference, template) in
        [(&new, &old, Difference::Add, context.new.template), (&old, &new, Difference::Remove, context.old.template)]
    {
        let (mine, theirs) = (single(from)?, single(against)?);
        let kinds = |id: &str| template.resources.get(id)?.kind().map(str::to_owned);
        let naming = |kind: &str| noun(kind);
        let words = Words { kinds: &kinds, noun: &naming };
        for (key, actions) in &mine {
            let known = theirs.get(key);
            let left: Vec<&String> = actions.keys().filter(|a| known.is_none_or(|k| !k.contains_key(*a))).collect();
            if let Some((_, (grant, resources))) = actions.iter().find(|(a, _)| left.contains(a)) {
                out.push(change(difference, from, *grant, resources.as_ref(), &left, actions, &words));
            }
        }
        managed(from, against, difference, &words, &mut out);
    }
    out.sort_by(|a, b| (&a.holder, a.difference, &a.text).cmp(&(&b.holder, b.difference, &b.text)));
    Some(merged(out))
}

/// Index of the grant and the one resource that it is about.
type Origin = (usize, Option<Item>);

/// The permissions of a side, each action with where it comes from.
fn single(grants: &Grants) -> Option<BTreeMap<Key, BTreeMap<String, Origin>>> {
    let mut out: BTreeMap<Key, BTreeMap<String, Origin>> = BTreeMap::new();
    let mut count = 0;
    for (at, grant) in grants.statements.iter().enumerate() {
        let s = &grant.statement;
        let way = match grant.way {
            Way::Identity => 0,
            Way::Trust => 1,
            Way::Resource => 2,
        };
        let effect = format!("{:?} {}", s.effect, s.maybe);
        let who = s.principals.as_ref().map(|p| format!("{} {}", p.negated, texts(p.list.iter().map(|p| &p.who))));
        let conditions = s.conditions.iter().map(|c| format!("{} {} {}", c.operator, c.key, texts(c.values.iter())));
        let mut conditions: Vec<String> = conditions.collect();
        conditions.sort();
        let empty = Clause { negated: false, key: s.span, items: Vec::new(), whole: true };
        let (actions, resources) = (s.actions.as_ref().unwrap_or(&empty), s.resources.as_ref().unwrap_or(&empty));
        // What a negated list means follows only from the whole of it.
        let split = |clause: &Clause| -> Vec<(String, Option<Item>)> {
            if clause.negated || clause.items.is_empty() {
                vec![(format!("{} {}", clause.negated, texts(clause.items.iter())), None)]
            } else {
                clause.items.iter().map(|item| (text(item), Some(item.clone()))).collect()
            }
        };
        for (resource, item) in split(resources) {
            for (action, _) in split(actions) {
                count += 1;
                if count > MOST {
                    return None;
                }
                let key = (
                    grant.holder.clone(),
                    way,
                    effect.clone(),
                    who.clone().unwrap_or_default(),
                    resource.clone(),
                    conditions.join(";"),
                );
                out.entry(key).or_default().insert(action.to_lowercase(), (at, item.clone()));
            }
        }
    }
    Some(out)
}

fn text(item: &Item) -> String {
    format!("{:?}", item.pieces)
}

fn texts<'i>(items: impl Iterator<Item = &'i Item>) -> String {
    items.map(text).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" ")
}

#[allow(clippy::too_many_arguments)] // what was found, put together once
fn change(
    difference: Difference,
    from: &Grants,
    grant: usize,
    resource: Option<&Item>,
    left: &[&String],
    all: &BTreeMap<String, Origin>,
    words: &Words<'_>,
) -> PermissionChange {
    let grant = &from.statements[grant];
    let mut statement = grant.statement.clone();
    let concerned = |item: &Item| left.iter().any(|l| **l == text(item).to_lowercase());
    // Actions of the same permission may stand in several statements.
    if let Some(clause) = statement.actions.as_mut().filter(|c| !c.negated) {
        let mut items: Vec<Item> = Vec::new();
        for (origin, _) in all.values() {
            let clause = from.statements[*origin].statement.actions.iter().filter(|c| !c.negated);
            for item in clause.flat_map(|c| &c.items).filter(|item| concerned(item)) {
                if !items.iter().any(|known| text(known).eq_ignore_ascii_case(&text(item))) {
                    items.push(item.clone());
                }
            }
        }
        clause.items = items;
    }
    if let (Some(clause), Some(item)) = (statement.resources.as_mut(), resource) {
        clause.items = vec![item.clone()];
    }
    finished(difference, grant, statement, words)
}

fn finished(
    difference: Difference,
    grant: &grants::Grant,
    statement: Statement,
    words: &Words<'_>,
) -> PermissionChange {
    let subject = match (words.kinds)(&grant.holder) {
        Some(kind) => format!("the {} `{}`", noun(&kind), grant.holder),
        None => format!("`{}`", grant.holder),
    };
    let spoken = grants::Grant { statement: statement.clone(), ..grant.clone() }.spoken();
    let mut said = words.sentence(&spoken, &subject);
    if grant.way == Way::Trust {
        let may = if statement.effect == Some(Effect::Deny) { "must never" } else { "may" };
        let who = statement.principals.as_ref().map_or_else(|| "somebody".to_owned(), |p| words.who(p));
        let when = words.when(&statement).map(|when| format!(", {when}")).unwrap_or_default();
        let perhaps = if statement.maybe { "perhaps " } else { "" };
        said = format!("{perhaps}{who} {may} take on {subject}{when}");
    }
    let list = |clause: Option<&Clause>| {
        clause.map(|c| c.items.iter().map(|item| plain(&item.pieces)).collect::<Vec<_>>()).unwrap_or_default()
    };
    let negated = |clause: Option<&Clause>| clause.is_some_and(|c| c.negated);
    let who = statement
        .principals
        .as_ref()
        .map(|p| p.list.iter().map(|p| format!("{}:{}", p.kind, plain(&p.who.pieces))).collect::<Vec<_>>());
    PermissionChange {
        difference,
        holder: grant.holder.clone(),
        at: grant.at.clone(),
        text: said,
        effect: match statement.effect {
            Some(Effect::Allow) => "Allow",
            Some(Effect::Deny) => "Deny",
            None => "",
        },
        actions: list(statement.actions.as_ref()),
        not_actions: negated(statement.actions.as_ref()),
        resources: list(statement.resources.as_ref()),
        not_resources: negated(statement.resources.as_ref()),
        principals: who.unwrap_or_default(),
        condition: words.when(&statement),
        managed_policy: None,
        wide: is_wide(&statement, grant.way),
    }
}

/// Whether a statement gives very much: every action of a service, or something on everything that usually is named.
fn is_wide(statement: &Statement, way: Way) -> bool {
    let everything = |clause: Option<&Clause>| {
        clause.is_some_and(|c| c.negated || c.items.iter().any(|item| item.literal() == Some("*")))
    };
    let all = |item: &Item| item.literal().is_some_and(|t| t == "*" || t.ends_with(":*"));
    let many = statement.actions.as_ref().is_some_and(|c| c.negated || c.items.iter().any(all));
    let public = statement
        .principals
        .as_ref()
        .is_some_and(|p| p.negated || p.list.iter().any(|p| p.kind == "AWS" && p.who.literal() == Some("*")));
    statement.effect != Some(Effect::Deny)
        && !statement.is_conditional()
        && (public || way == Way::Identity && many && everything(statement.resources.as_ref()))
}

fn managed(
    from: &Grants,
    against: &Grants,
    difference: Difference,
    words: &Words<'_>,
    out: &mut Vec<PermissionChange>,
) {
    for policy in &from.managed {
        if against.managed.iter().any(|m| m.holder == policy.holder && m.policy == policy.policy) {
            continue;
        }
        let kind = (words.kinds)(&policy.holder).unwrap_or_default();
        let has = if policy.maybe { "perhaps has" } else { "has" };
        let of = if policy.of_aws { "the managed policy of AWS" } else { "the managed policy" };
        out.push(PermissionChange {
            difference,
            holder: policy.holder.clone(),
            at: policy.holder.clone(),
            text: format!("the {} `{}` {has} {of} `{}`", noun(&kind), policy.holder, policy.policy),
            effect: "Allow",
            actions: Vec::new(),
            not_actions: false,
            resources: Vec::new(),
            not_resources: false,
            principals: Vec::new(),
            condition: None,
            managed_policy: Some(policy.policy.clone()),
            wide: matches!(policy.policy.as_str(), "AdministratorAccess" | "PowerUserAccess" | "IAMFullAccess"),
        });
    }
}

/// Changes that differ only in the resource are one.
fn merged(changes: Vec<PermissionChange>) -> Vec<PermissionChange> {
    let mut out: Vec<PermissionChange> = Vec::new();
    for change in changes {
        if !out.contains(&change) {
            out.push(change);
        }
    }
    out
}

fn plain(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Ref(id) => format!("${{{id}}}"),
            Piece::Attribute(id, attribute) => format!("${{{id}.{attribute}}}"),
            Piece::Hole(name) => format!("${{{name}}}"),
        })
        .collect()
}

fn value_of_nothing() -> Value {
    Value { kind: Kind::Map(Vec::new()), span: crate::source::Span::new(0, 0), maybe: false }
}

/// A value of the comparison as policies are read from it.
fn value(val: &Val) -> Value {
    let nowhere = val.span;
    let kind = match &val.kind {
        ValKind::Null => Kind::List(Vec::new()),
        ValKind::Text(pieces) => Kind::Text(pieces.iter().map(piece).collect()),
        ValKind::List(items) => Kind::List(items.iter().map(value).collect()),
        ValKind::Map(members) => {
            Kind::Map(members.iter().map(|(key, one)| (key.clone(), nowhere, value(one))).collect())
        }
        ValKind::Choice { then, otherwise, .. } => {
            let branches = [then, otherwise].into_iter().flatten();
            Kind::List(branches.map(|one| Value { maybe: true, ..value(one) }).collect())
        }
    };
    Value { kind, span: val.span, maybe: false }
}

fn piece(piece: &ValPiece) -> Piece {
    match piece {
        ValPiece::Text(text) => Piece::Text(text.clone()),
        ValPiece::Ref(id) => Piece::Ref(id.clone()),
        ValPiece::Attribute(id, attribute) => Piece::Attribute(id.clone(), attribute.clone()),
        ValPiece::Parameter(name) | ValPiece::Pseudo(name) => Piece::Hole(name.clone()),
        ValPiece::Stored { name, .. } | ValPiece::Passed { name, .. } => Piece::Hole(name.clone()),
        ValPiece::Secret(_) => Piece::Hole("****".to_owned()),
        ValPiece::Call { name, .. } => Piece::Hole(name.clone()),
    }
}
