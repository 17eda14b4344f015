//! Tables of DynamoDB and their indexes.

use super::{
    EXPIRY_NOT_A_NUMBER, FEW_KEY_VALUES, INDEX_PROJECTION, INDEX_SLOWER_THAN_TABLE, INDEX_UNITS, LOCAL_INDEX_KEYS,
    REPLICAS_WITHOUT_STREAM,
};
use crate::conditions::Pins;
use crate::diagnostic::Applicability;
use crate::resolve::Case;
use crate::rule::Context;
use crate::rule::linking::{below, cases, is_true, joined, never_given, number, offer_text, say, without};
use crate::syntax::Node;
use crate::template::Resource;

const LISTS: [&str; 2] = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"];

/// A key of a schema: the case of its attribute and its name.
fn key<'a>(schema: &Case<'a>, kind: &str, cx: &Context<'a>) -> Option<(Case<'a>, &'a str)> {
    for item in below(schema, "*", cx) {
        let ([kinds], [names]) = (&*below(&item, "KeyType", cx), &*below(&item, "AttributeName", cx)) else {
            return None;
        };
        if kinds.text()? == kind {
            let name = names.text()?;
            return Some((names.clone(), name));
        }
    }
    None
}

/// Whether a list and all its items are written out, so that nothing is hidden in a function.
fn plain(list: &Case<'_>) -> bool {
    list.node().and_then(Node::as_list).is_some_and(|items| items.iter().all(|item| item.as_map().is_some()))
}

pub(super) fn local_indexes<'a>(table: &Resource<'a>, cx: &mut Context<'a>) {
    for own in cases(table, "KeySchema", &Pins::none(), cx) {
        let Some((own_key, own_name)) = key(&own, "HASH", cx).filter(|_| plain(&own)) else { continue };
        for index in cases(table, "LocalSecondaryIndexes.*", &own.pins, cx) {
            if index.node().is_none() {
                continue;
            }
            let sorted = own.node().and_then(Node::as_list).is_some_and(|items| items.len() > 1);
            if !sorted {
                let message = format!("`{}` has a local index, but no sort key of its own", table.id());
                let at = Case { member: crate::resolve::Member::Absent, ..index.clone() };
                if let Some(finding) = say(&LOCAL_INDEX_KEYS, &at, &index.pins, message, cx) {
                    finding
                        .label(own.span(), "the keys of the table")
                        .help("Give the table a `RANGE` key, or make it a global secondary index.");
                }
            }
            for schema in below(&index, "KeySchema", cx) {
                let Some((theirs, name)) = key(&schema, "HASH", cx).filter(|(_, name)| *name != own_name) else {
                    continue;
                };
                let message = format!(
                    "a local index of `{}` must have the partition key of the table, `{own_name}`, not `{name}`",
                    table.id()
                );
                if let Some(finding) = say(&LOCAL_INDEX_KEYS, &theirs, &theirs.pins, message, cx) {
                    finding
                        .label(own_key.span(), "the partition key of the table")
                        .help("Use the partition key of the table, or make it a global secondary index.");
                }
            }
        }
    }
}

pub(super) fn projections<'a>(table: &Resource<'a>, cx: &mut Context<'a>) {
    let mut names: Vec<(Case<'a>, &'a str)> = Vec::new();
    for list in LISTS {
        for index in cases(table, &format!("{list}.*"), &Pins::none(), cx) {
            for name in below(&index, "IndexName", cx) {
                let Some(text) = name.text() else { continue };
                let earlier = names.iter().find(|(other, known)| *known == text && other.pins == name.pins);
                if let Some((other, _)) = earlier {
                    let place = other.span();
                    let message = format!("two indexes of `{}` are called `{text}`", table.id());
                    if let Some(finding) = say(&INDEX_PROJECTION, &name, &name.pins, message, cx) {
                        finding.label(place, "the other one").help("Give each index a name of its own.");
                    }
                } else {
                    names.push((name, text));
                }
            }
            for kind in below(&index, "Projection.ProjectionType", cx) {
                let index = Case { pins: kind.pins.clone(), ..index.clone() };
                for list in below(&index, "Projection.NonKeyAttributes", cx) {
                    let (at, message) = match kind.text() {
                        Some("INCLUDE") if list.is_absent() => (&kind, "`INCLUDE` needs `NonKeyAttributes`".to_owned()),
                        Some(other) if other != "INCLUDE" && list.node().is_some_and(|n| n.as_list().is_some()) => {
                            (&list, format!("`NonKeyAttributes` goes with `INCLUDE`, not with `{other}`"))
                        }
                        _ => continue,
                    };
                    let edits = without(&list, cx).filter(|_| !list.is_absent());
                    if let Some(finding) = say(&INDEX_PROJECTION, at, &list.pins, message, cx) {
                        finding
                            .label(kind.span(), "what the index copies")
                            .help("List attributes with `INCLUDE`, and only then.")
                            .fix_by(Applicability::Unsafe, "remove the list", edits);
                    }
                }
            }
        }
    }
}

pub(super) fn units<'a>(table: &Resource<'a>, cx: &mut Context<'a>) {
    for mode in cases(table, "BillingMode", &Pins::none(), cx) {
        let Some(words) = mode.text_or("PROVISIONED") else { continue };
        for index in cases(table, "GlobalSecondaryIndexes.*", &mode.pins, cx) {
            if index.node().is_none_or(|node| node.as_map().is_none()) {
                continue;
            }
            for given in below(&index, "ProvisionedThroughput", cx) {
                let (at, message) = match words {
                    "PROVISIONED" if given.is_absent() => {
                        let at = given.clone().as_missing();
                        (
                            at,
                            format!(
                                "this index has no `ProvisionedThroughput`, and `{}` has provisioned capacity",
                                table.id()
                            ),
                        )
                    }
                    "PAY_PER_REQUEST" if given.node().is_some_and(|node| node.as_map().is_some()) => {
                        (given.clone(), format!("this index has capacity units, and `{}` pays per request", table.id()))
                    }
                    _ => continue,
                };
                let edits = without(&given, cx).filter(|_| !given.is_absent());
                let other = if mode.is_absent() { table.key.span } else { mode.span() };
                if let Some(finding) = say(&INDEX_UNITS, &at, &given.pins, message, cx) {
                    finding
                        .label(other, format!("the billing mode is `{words}`"))
                        .help("Give the index `ProvisionedThroughput` when the table has provisioned capacity, and only then.")
                        .fix_by(Applicability::Safe, "remove the units", edits);
                }
            }
        }
    }
}

pub(super) fn writes<'a>(table: &Resource<'a>, cx: &mut Context<'a>) {
    // What scales is not fixed.
    if cx.resources_of("AWS::ApplicationAutoScaling::ScalableTarget").next().is_some() {
        return;
    }
    for [mode, own] in
        joined([(table, "BillingMode"), (table, "ProvisionedThroughput.WriteCapacityUnits")], &Pins::none(), cx)
    {
        let (Some("PROVISIONED"), Some(most)) = (mode.text_or("PROVISIONED"), number(&own)) else { continue };
        for index in cases(table, "GlobalSecondaryIndexes.*.ProvisionedThroughput.WriteCapacityUnits", &own.pins, cx) {
            let Some(less) = number(&index).filter(|less| *less < most) else { continue };
            let message =
                format!("this index takes {less} writes a second, `{}` {most}: it holds back the table", table.id());
            if let Some(finding) = say(&INDEX_SLOWER_THAN_TABLE, &index, &index.pins, message, cx) {
                finding
                    .label(own.span(), "the write units of the table")
                    .help("Give the index as many write units as the table, or let both scale.");
                offer_text(finding, &index, Applicability::Unsafe, &most.to_string());
            }
        }
    }
}

pub(super) fn expiry<'a>(table: &Resource<'a>, cx: &mut Context<'a>) {
    let of = [(table, "TimeToLiveSpecification.Enabled"), (table, "TimeToLiveSpecification.AttributeName")];
    for [enabled, attribute] in joined(of, &Pins::none(), cx) {
        let Some(name) = attribute.text().filter(|_| is_true(&enabled)) else { continue };
        for item in cases(table, "AttributeDefinitions.*", &attribute.pins, cx) {
            let ([names], [kinds]) = (&*below(&item, "AttributeName", cx), &*below(&item, "AttributeType", cx)) else {
                continue;
            };
            let Some(kind) = kinds.text().filter(|kind| names.text() == Some(name) && *kind != "N") else { continue };
            let message = format!(
                "items of `{}` expire by `{name}`, but `{name}` is of type `{kind}`: only numbers count",
                table.id()
            );
            if let Some(finding) = say(&EXPIRY_NOT_A_NUMBER, &attribute, &item.pins, message, cx) {
                finding
                    .label(kinds.span(), "its type")
                    .help("Name an attribute that holds the second of expiry as a number.");
            }
        }
        for item in cases(table, "KeySchema.*.AttributeName", &attribute.pins, cx) {
            if item.text() != Some(name) {
                continue;
            }
            let message = format!("items of `{}` expire by `{name}`, which is a key of the table", table.id());
            if let Some(finding) = say(&EXPIRY_NOT_A_NUMBER, &attribute, &item.pins, message, cx) {
                finding.label(item.span(), "the key").help("Name an attribute that is no key.");
            }
        }
    }
}

pub(super) fn replicas<'a>(table: &Resource<'a>, cx: &mut Context<'a>) {
    let of = [(table, "StreamSpecification.StreamViewType"), (table, "Replicas")];
    for [stream, replicas] in joined(of, &Pins::none(), cx) {
        let count = match replicas.node().and_then(Node::as_list) {
            Some(items) if plain(&replicas) => items.len(),
            _ => continue,
        };
        let lacks = stream.text_or("").is_some_and(|kind| kind != "NEW_AND_OLD_IMAGES");
        // Strong consistency needs no stream.
        if count < 2 || !lacks || !never_given(table, "MultiRegionConsistency", cx) {
            continue;
        }
        let message = format!("`{}` has {count} replicas, but no stream of new and old images", table.id());
        let at = Case { member: crate::resolve::Member::Absent, ..replicas.clone() };
        let other = if stream.is_absent() { table.key.span } else { stream.span() };
        if let Some(finding) = say(&REPLICAS_WITHOUT_STREAM, &at, &replicas.pins, message, cx) {
            finding
                .label(other, "this decides about the stream")
                .help("Add `StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}`.");
        }
    }
}

/// Names of attributes that have few values.
const FEW: &[&str] = &[
    "active", "category", "country", "date", "day", "deleted", "enabled", "flag", "gender", "month", "sex", "state",
    "status", "type", "year",
];

/// Items are spread over partitions by their hash key: one that has few values puts them in few places.
pub(super) fn spread<'a>(table: &Resource<'a>, cx: &mut Context<'a>) {
    for (path, of) in [("KeySchema", "items"), ("GlobalSecondaryIndexes.*.KeySchema", "items in this index")] {
        for schema in cases(table, path, &Pins::none(), cx) {
            let Some((at, name)) = key(&schema, "HASH", cx) else { continue };
            let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
            let plain = plain.to_ascii_lowercase();
            if !FEW.contains(&plain.strip_prefix("is").unwrap_or(&plain)) {
                continue;
            }
            let message = format!("`{name}` has few values, so the {of} of `{}` crowd in few partitions", table.id());
            if let Some(finding) = say(&FEW_KEY_VALUES, &at, &at.pins, message, cx) {
                finding.help(
                    "One value takes 1,000 writes and 3,000 reads a second at most: use an attribute with many values, or add a number to it (`open#0` to `open#9`).",
                );
            }
        }
    }
}
