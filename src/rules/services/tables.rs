//! Tables of DynamoDB: the attributes that are defined are those that keys use, no more and no less.

use super::{TABLE_ATTRIBUTES_MISMATCH, literal};
use crate::resolve::Resolver;
use crate::rule::Context;
use crate::rule::cases::{Case, cases};
use crate::rule::shape::quoted;
use crate::schema::walk::Place;
use crate::syntax::Node;
use std::collections::BTreeSet;

const MEMBERS: [&str; 4] = ["AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"];

pub(super) fn attributes<'a>(place: &Place<'a>, cx: &mut Context<'a>) {
    if place.node.as_map().is_none() {
        return;
    }
    let members = MEMBERS.map(|name| place.node.get(name));
    let Some(all) = cases(&members, place.pins(), cx.resolver()) else { return };
    for case in all {
        let Some((defined, used)) = names(&case, &members, cx.resolver()) else { continue };
        let unused: Vec<&str> = defined.difference(&used).copied().collect();
        let missing: Vec<&str> = used.difference(&defined).copied().collect();
        let message = match (missing.is_empty(), unused.is_empty()) {
            (true, true) => continue,
            (false, true) => format!("`AttributeDefinitions` lacks {}, used by a key", quoted(&missing)),
            (true, false) => format!("`AttributeDefinitions` has {}, which no key uses", quoted(&unused)),
            (false, false) => {
                format!("`AttributeDefinitions` has {} where the keys use {}", quoted(&unused), quoted(&missing))
            }
        };
        let span = place.node.entry("AttributeDefinitions").map_or(place.key, |e| e.key.span);
        let note = case.describe();
        let finding = cx.report(&TABLE_ATTRIBUTES_MISMATCH, span, message);
        finding.reference_at(place.key).help("Define exactly the attributes of the keys of the table and its indexes.");
        if let Some(note) = note {
            finding.note(format!("when {note}"));
        }
    }
}

type Names<'a> = BTreeSet<&'a str>;

/// The attributes that are defined and those that keys use; `None` when not all of them are known.
fn names<'a>(
    case: &Case<'a>,
    members: &[Option<&'a Node>; 4],
    resolver: &Resolver<'a>,
) -> Option<(Names<'a>, Names<'a>)> {
    let [defined, keys, global, local] = members.map(|member| case.seen(member, resolver));
    let defined = attribute_names(case, defined, resolver)?;
    let mut used = attribute_names(case, keys, resolver)?;
    for indexes in [global, local].into_iter().flatten() {
        for index in case.items(indexes, resolver)? {
            index.as_map()?;
            used.extend(attribute_names(case, case.member(index, "KeySchema", resolver), resolver)?);
        }
    }
    Some((defined, used))
}

fn attribute_names<'a>(case: &Case<'a>, list: Option<&'a Node>, resolver: &Resolver<'a>) -> Option<Names<'a>> {
    let Some(list) = list else { return Some(Names::new()) };
    let name = |item: &'a Node| literal(case.member(item, "AttributeName", resolver)?);
    case.items(list, resolver)?.into_iter().map(name).collect()
}
