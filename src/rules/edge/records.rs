//! Records of DNS: whether they fit their zone, how one of several is chosen, and websites that they lead to.

use super::{RECORD_NOT_IN_ZONE, RECORD_ROUTING, WEBSITE_OTHER_NAME, is_website};
use crate::conditions::Pins;
use crate::diagnostic::Severity;
use crate::resolve::Case;
use crate::rule::cases::together;
use crate::rule::linking::{below, cases, is_true, joined_below, never_given, say};
use crate::rule::{Context, shape};
use crate::syntax::Node;
use crate::template::Resource;

const ZONE: &str = "AWS::Route53::HostedZone";

/// One record: of its own, or of a group.
struct Record<'a> {
    /// The mapping of its properties.
    body: Case<'a>,
    /// The resource that it stands in.
    owner: Resource<'a>,
}

/// Every record of the template.
fn records<'a>(cx: &Context<'a>) -> Vec<Record<'a>> {
    let mut found = Vec::new();
    for owner in cx.template.resources.iter() {
        let path: &[&str] = match owner.kind() {
            Some("AWS::Route53::RecordSet") => &[],
            Some("AWS::Route53::RecordSetGroup") => &["RecordSets", "*"],
            _ => continue,
        };
        let bodies = cx.resolver().cases(owner, path, &Pins::none());
        let bodies = bodies.into_iter().filter(|body| body.node().is_some_and(|node| node.as_map().is_some()));
        found.extend(bodies.map(|body| Record { body, owner: *owner }));
    }
    found
}

pub(super) fn names(cx: &mut Context<'_>) {
    let records = records(cx);
    if records.is_empty() {
        return;
    }
    for record in &records {
        zone(record, cx);
        routing(record, cx);
        website(record, cx);
    }
    kinds(&records, cx);
}

/// A name as it is compared: without a dot at the end, in small letters.
fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// Whether two names are the same: as texts, or because the same expression gives both.
fn same(one: &Case<'_>, other: &Case<'_>) -> bool {
    match (one.text(), other.text()) {
        (Some(a), Some(b)) => plain(a) == plain(b),
        _ => match (one.node(), other.node()) {
            (Some(a), Some(b)) => a.as_call().is_some() && a.same_value(b),
            _ => false,
        },
    }
}

/// The names that the zone of a record can have, and whether the zone is of the template.
fn zones<'a>(record: &Record<'a>, pins: &Pins, cx: &Context<'a>) -> Vec<(Case<'a>, bool)> {
    let mut found = Vec::new();
    for holder in [Some(&record.body), None] {
        let read = |name: &str| match holder {
            Some(body) => below(&Case { pins: pins.clone(), ..body.clone() }, name, cx),
            None => cases(&record.owner, name, pins, cx),
        };
        found.extend(read("HostedZoneName").into_iter().filter(|case| case.node().is_some()).map(|case| (case, false)));
        for id in read("HostedZoneId") {
            let named = crate::rule::linking::named(&id, cx);
            let Some((zone, _)) = named.filter(|found| found.0.kind() == Some(ZONE)) else { continue };
            found.extend(cases(&zone, "Name", &id.pins, cx).into_iter().map(|case| (case, true)));
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}

fn zone<'a>(record: &Record<'a>, cx: &mut Context<'a>) {
    for [kind, name] in joined_below(&record.body, ["Type", "Name"], cx) {
        for (zone, local) in zones(record, &name.pins, cx) {
            let at_top = same(&name, &zone);
            if at_top && kind.text() == Some("CNAME") {
                let message = "a `CNAME` cannot stand at the top of its zone".to_owned();
                if let Some(finding) = say(&RECORD_NOT_IN_ZONE, &kind, &zone.pins, message, cx) {
                    finding
                        .label(name.span(), "the name of the record")
                        .label(zone.span(), "the name of the zone")
                        .help("Use type `A` with an `AliasTarget`, or a name below the zone.");
                }
            }
            // What only has the name of its zone is looked at by another rule.
            let (true, Some(own), Some(above)) = (local, name.text(), zone.text()) else { continue };
            let (own, above) = (plain(own), plain(above));
            if own == above || own.ends_with(&format!(".{above}")) {
                continue;
            }
            let message = format!("`{own}` is not in the zone `{above}`");
            if let Some(finding) = say(&RECORD_NOT_IN_ZONE, &name, &zone.pins, message, cx) {
                finding
                    .label(zone.span(), "the name of the zone")
                    .help(format!("Choose a name that ends in `.{above}`."));
            }
        }
    }
}

/// Properties that choose among records of one name.
const CHOICES: &[&str] =
    &["Weight", "Region", "Failover", "GeoLocation", "GeoProximityLocation", "CidrRoutingConfig", "MultiValueAnswer"];

/// The ways in which a record says that it is one of several.
fn choices<'a>(record: &Record<'a>, cx: &Context<'a>) -> Vec<(&'static str, Case<'a>)> {
    let mut found = Vec::new();
    for name in CHOICES {
        if record.body.node().is_none_or(|body| body.get(name).is_none()) {
            continue;
        }
        let given = below(&record.body, name, cx).into_iter().filter(|case| match *name {
            "MultiValueAnswer" => is_true(case),
            _ => case.node().is_some(),
        });
        found.extend(given.map(|case| (*name, case)));
    }
    found
}

fn routing<'a>(record: &Record<'a>, cx: &mut Context<'a>) {
    let choices = choices(record, cx);
    for (i, (name, choice)) in choices.iter().enumerate() {
        let second =
            choices[..i].iter().find(|other| other.0 != *name && together(&other.1.pins, &choice.pins, cx.resolver()));
        if let Some((other, first)) = second {
            let message = format!("a record is chosen either by `{other}` or by `{name}`");
            if let Some(finding) = say(&RECORD_ROUTING, choice, &choice.pins, message, cx) {
                finding.label(first.key, "the other way of choosing").help("Leave one of them.");
            }
            continue;
        }
        let body = Case { pins: choice.pins.clone(), ..record.body.clone() };
        for identifier in below(&body, "SetIdentifier", cx) {
            if !identifier.is_absent() {
                continue;
            }
            let message = format!("a record that is chosen by `{name}` needs a `SetIdentifier`");
            if let Some(finding) = say(&RECORD_ROUTING, choice, &identifier.pins, message, cx) {
                finding.help("Give each of the records of this name another `SetIdentifier`.");
            }
        }
    }
    if choices.is_empty() {
        for identifier in below(&record.body, "SetIdentifier", cx) {
            if identifier.node().is_none()
                || record.body.node().is_some_and(|body| CHOICES.iter().any(|c| body.get(c).is_some()))
            {
                continue;
            }
            let message = "nothing says how a record with a `SetIdentifier` is chosen".to_owned();
            if let Some(finding) = say(&RECORD_ROUTING, &identifier, &identifier.pins, message, cx) {
                finding.help(format!("Remove it, or add one of {}.", shape::quoted(CHOICES)));
            }
        }
    }
    primary(record, cx);
}

/// A primary record without a check is never left.
fn primary<'a>(record: &Record<'a>, cx: &mut Context<'a>) {
    let paths = ["Failover", "HealthCheckId", "AliasTarget", "AliasTarget.EvaluateTargetHealth"];
    for [failover, check, alias, evaluated] in joined_below(&record.body, paths, cx) {
        if failover.text() != Some("PRIMARY") || !check.is_absent() {
            continue;
        }
        let unchecked = match alias.node() {
            Some(_) => crate::rule::linking::is_not_true(&evaluated),
            None => alias.is_absent(),
        };
        if !unchecked {
            continue;
        }
        let message = "a primary record without a health check never gives way to the secondary one".to_owned();
        if let Some(finding) = say(&RECORD_ROUTING, &failover, &evaluated.pins, message, cx) {
            let help = match alias.node() {
                Some(_) => "Set `EvaluateTargetHealth: true` in the `AliasTarget`, or add a `HealthCheckId`.",
                None => "Add a `HealthCheckId`.",
            };
            finding.help(help).severity = Severity::Warning;
        }
    }
}

/// What makes records belong together: name, type and zone.
struct Set<'a> {
    name: Case<'a>,
    kind: Case<'a>,
    zone: Option<&'a Node>,
    choice: Option<&'static str>,
    at: Case<'a>,
}

/// All records of one name and type are chosen in one way.
fn kinds<'a>(records: &[Record<'a>], cx: &mut Context<'a>) {
    let mut sets: Vec<Set<'a>> = Vec::new();
    for record in records {
        let choices = choices(record, cx);
        let rows = joined_below(&record.body, ["Name", "Type"], cx);
        let ([[name, kind]], [] | [_]) = (rows.as_slice(), choices.as_slice()) else { continue };
        let hold =
            |name: &str| record.body.node().and_then(|body| body.get(name)).or_else(|| record.owner.property(name));
        sets.push(Set {
            name: name.clone(),
            kind: kind.clone(),
            zone: hold("HostedZoneId").or_else(|| hold("HostedZoneName")),
            choice: choices.first().map(|choice| choice.0),
            at: choices.into_iter().next().map_or_else(|| name.clone(), |choice| choice.1),
        });
    }
    if sets.len() > MOST_RECORDS {
        return;
    }
    for (i, set) in sets.iter().enumerate() {
        let other = sets[..i].iter().find(|other| {
            other.choice != set.choice
                && same(&other.name, &set.name)
                && set.kind.text().is_some_and(|kind| other.kind.text() == Some(kind))
                && matches!((other.zone, set.zone), (Some(a), Some(b)) if a.same_value(b))
                && together(&other.at.pins, &set.at.pins, cx.resolver())
        });
        let Some(other) = other else {
            alone(set, &sets, cx);
            continue;
        };
        let way = |choice: Option<&str>| choice.map_or("as the only one".to_owned(), |name| format!("by `{name}`"));
        let message = format!(
            "this record is chosen {}, and another one of the same name and type {}",
            way(set.choice),
            way(other.choice)
        );
        let span = other.at.span();
        if let Some(finding) = say(&RECORD_ROUTING, &set.at, &set.at.pins, message, cx) {
            finding.label(span, "the other record").help("Let all records of one name and type be chosen in one way.");
        }
    }
}

/// A record that is made to be chosen among several, and is the only one of its name here.
fn alone<'a>(set: &Set<'a>, sets: &[Set<'a>], cx: &mut Context<'a>) {
    let why = match (set.choice, set.at.text()) {
        (Some("Weight"), _) => "it gets all answers whatever its weight",
        (Some("Failover"), Some("PRIMARY")) => "nothing answers when it fails",
        _ => return,
    };
    // What cannot be compared may be the other one.
    let certain =
        |other: &Set<'a>| other.name.text().is_some() && set.name.text().is_some() && !same(&other.name, &set.name);
    let alone = sets.iter().filter(|other| other.at.span() != set.at.span()).all(certain);
    if !alone {
        return;
    }
    let message = format!("this record is the only one of its name in the template, so {why}");
    if let Some(finding) = say(&RECORD_ROUTING, &set.at, &set.at.pins, message, cx) {
        finding.help("Add the other record, unless another stack makes it.").severity = Severity::Info;
    }
}

/// Most records that are compared with each other.
const MOST_RECORDS: usize = 1_000;

/// A record that leads to the website of a bucket: the bucket is found by the name of the record.
fn website<'a>(record: &Record<'a>, cx: &mut Context<'a>) {
    for [target, name] in joined_below(&record.body, ["AliasTarget.DNSName", "Name"], cx) {
        if !target.node().is_some_and(to_website) {
            continue;
        }
        let sites: Vec<Resource<'a>> = cx
            .resources_of("AWS::S3::Bucket")
            .filter(|bucket| bucket.property("WebsiteConfiguration").is_some())
            .copied()
            .collect();
        let mut others = Vec::new();
        let mut own = None;
        for site in &sites {
            for given in cases(site, "BucketName", &name.pins, cx) {
                match () {
                    () if same(&given, &name) => own = Some(*site),
                    () if given.is_absent() || given.text().is_some() && name.text().is_some() => {
                        others.push((*site, given));
                    }
                    // The bucket may have that name.
                    () => return,
                }
            }
        }
        match own {
            Some(site) => unreadable(&site, &target, cx),
            None => {
                let [(site, given)] = others.as_slice() else { continue };
                let id = site.id();
                let message = format!("the website of `{id}` is only found under the name of the bucket");
                if let Some(finding) = say(&WEBSITE_OTHER_NAME, &name, &given.pins, message, cx) {
                    let label = if given.is_absent() { "it has a generated name" } else { "the name of the bucket" };
                    finding
                        .label(given.span(), label)
                        .help("Give the bucket the name of the record, or put a distribution before it.");
                }
            }
        }
    }
}

fn to_website(node: &Node) -> bool {
    let mut found = false;
    node.walk(&mut |part| found |= part.as_str().is_some_and(is_website));
    found
}

/// Buckets refuse public policies unless they are told not to.
fn unreadable<'a>(site: &Resource<'a>, target: &Case<'a>, cx: &mut Context<'a>) {
    if !never_given(site, "PublicAccessBlockConfiguration", cx) {
        return;
    }
    let message = format!("nobody may read the website of `{}`: buckets refuse public access", site.id());
    let pins = target.pins.clone();
    if let Some(finding) = say(&WEBSITE_OTHER_NAME, target, &pins, message, cx) {
        finding.label(site.key.span, "this bucket does not allow public access").help(
            "Set the four switches of `PublicAccessBlockConfiguration` to false and add a policy, or put a distribution before it.",
        );
    }
}
