//! Databases and caches.

use super::{CACHE_REFUSED, DATABASE_REFUSED, OPEN_DATABASE, PROTECTED_AND_DELETED, ZONE_BESIDE_MULTI_AZ};
use crate::conditions::Pins;
use crate::diagnostic::Applicability;
use crate::resolve::Case;
use crate::rule::Context;
use crate::rule::linking::{below, cases, is_not_true, is_true, joined, links, number, offer_text, say, without};
use crate::template::Resource;

pub(super) fn zone<'a>(database: &Resource<'a>, cx: &mut Context<'a>) {
    for [both, zone] in joined([(database, "MultiAZ"), (database, "AvailabilityZone")], &Pins::none(), cx) {
        if !is_true(&both) || zone.node().is_none() {
            continue;
        }
        let edits = without(&zone, cx);
        let message = format!("`{}` is in two zones and chooses its zones itself", database.id());
        if let Some(finding) = say(&ZONE_BESIDE_MULTI_AZ, &zone, &zone.pins, message, cx) {
            finding.label(both.span(), "this puts it in two zones").help("Remove `AvailabilityZone`.").fix_by(
                Applicability::Safe,
                "remove the zone",
                edits,
            );
        }
    }
}

/// Most letters of a database name by engine.
const NAMES: &[(&str, usize)] = &[("mysql", 64), ("mariadb", 64), ("postgres", 63)];

pub(super) fn name<'a>(database: &Resource<'a>, cx: &mut Context<'a>) {
    for [engine, name] in joined([(database, "Engine"), (database, "DBName")], &Pins::none(), cx) {
        let known = NAMES.iter().find(|known| engine.text() == Some(known.0));
        let (Some((engine_name, most)), Some(text)) = (known, name.text()) else {
            continue;
        };
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
        let rest = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if text.is_empty() || first && rest && text.len() <= *most {
            continue;
        }
        let message = format!(
            "`{text}` is refused: a name of `{engine_name}` has letters, digits and `_`, at most {most}, no digit first"
        );
        if let Some(finding) = say(&DATABASE_REFUSED, &name, &name.pins, message, cx) {
            finding.label(engine.span(), "the engine").help("Choose a plain word.");
            let better: String = text.chars().map(|c| if c == '-' || c == '.' { '_' } else { c }).collect();
            if better != text && better.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                offer_text(finding, &name, Applicability::Unsafe, &better);
            }
        }
    }
}

pub(super) fn replica<'a>(replica: &Resource<'a>, cx: &mut Context<'a>) {
    let path = "SourceDBInstanceIdentifier";
    for [source, user] in joined([(replica, path), (replica, "MasterUsername")], &Pins::none(), cx) {
        if source.node().is_none() || user.node().is_none() {
            continue;
        }
        let edits = without(&user, cx);
        let message = format!("`{}` is a replica, which takes the user of its source", replica.id());
        if let Some(finding) = say(&DATABASE_REFUSED, &user, &user.pins, message, cx) {
            finding.label(source.span(), "this makes it a replica").help("Remove `MasterUsername`.").fix_by(
                Applicability::Safe,
                "remove the user",
                edits,
            );
        }
    }
    for link in links(replica, path, "AWS::RDS::DBInstance", &Pins::none(), cx) {
        for [source, kept] in joined([(replica, path), (&link.target, "BackupRetentionPeriod")], &link.pins, cx) {
            if number(&kept) != Some(0.0) {
                continue;
            }
            let message = format!(
                "`{}` is a replica of `{}`, but `{}` keeps no backups, so it can have none",
                replica.id(),
                link.target.id(),
                link.target.id()
            );
            if let Some(finding) = say(&DATABASE_REFUSED, &source, &kept.pins, message, cx) {
                finding
                    .label(kept.span(), "backups are off")
                    .help("Set `BackupRetentionPeriod` of the source to 1 or more.");
            }
        }
    }
}

pub(super) fn public<'a>(database: &Resource<'a>, cx: &mut Context<'a>) {
    for open in cases(database, "PubliclyAccessible", &Pins::none(), cx) {
        if !is_true(&open) {
            continue;
        }
        let message = format!("`{}` has a public address", database.id());
        if let Some(finding) = say(&OPEN_DATABASE, &open, &open.pins, message, cx) {
            finding.help("Set `PubliclyAccessible: false` and connect from within the VPC.");
            offer_text(finding, &open, Applicability::Unsafe, "false");
        }
    }
}

/// Ports of databases and caches.
const PORTS: &[(f64, &str)] = &[
    (1433.0, "SQL Server"),
    (1521.0, "Oracle"),
    (3306.0, "MySQL"),
    (5432.0, "PostgreSQL"),
    (6379.0, "Redis"),
    (8111.0, "DAX"),
    (11211.0, "Memcached"),
    (27017.0, "DocumentDB"),
];

pub(super) fn open_group<'a>(group: &Resource<'a>, cx: &mut Context<'a>) {
    for rule in cases(group, "SecurityGroupIngress.*", &Pins::none(), cx) {
        for range in ["CidrIp", "CidrIpv6"] {
            for open in below(&rule, range, cx) {
                if !matches!(open.text(), Some("0.0.0.0/0" | "::/0")) {
                    continue;
                }
                ports(group, &rule, &open, cx);
            }
        }
    }
}

fn ports<'a>(group: &Resource<'a>, rule: &Case<'a>, open: &Case<'a>, cx: &mut Context<'a>) {
    let rule = Case { pins: open.pins.clone(), ..rule.clone() };
    let ([from], [to]) = (&*below(&rule, "FromPort", cx), &*below(&rule, "ToPort", cx)) else {
        return;
    };
    let (Some(first), Some(last)) = (number(from), number(to)) else {
        return;
    };
    let Some((port, what)) = PORTS.iter().find(|known| first == known.0 && last == known.0) else {
        return;
    };
    let message = format!("`{}` opens port {port} ({what}) to everyone", group.id());
    if let Some(finding) = say(&OPEN_DATABASE, open, &open.pins, message, cx) {
        finding
            .label(from.span(), "the port")
            .help("Let in the security groups of those that use it: `SourceSecurityGroupId`.");
    }
}

pub(super) fn protected<'a>(database: &Resource<'a>, cx: &mut Context<'a>) {
    let policy = database.node.entry("DeletionPolicy");
    // Without a policy an instance leaves a snapshot; it has to be deleted for that as well.
    let goes = policy.is_none_or(|entry| matches!(entry.value.as_str(), Some("Delete" | "Snapshot")));
    if !goes {
        return;
    }
    for guard in cases(database, "DeletionProtection", &Pins::none(), cx) {
        if !is_true(&guard) {
            continue;
        }
        let message = format!("deleting the stack stops at `{}`, which is protected against deletion", database.id());
        if let Some(finding) = say(&PROTECTED_AND_DELETED, &guard, &guard.pins, message, cx) {
            let other = policy.map_or(database.key.span, |entry| entry.value.span);
            finding
                .label(other, "it is to be deleted with the stack")
                .help("Keep it with `DeletionPolicy: Retain`, or switch the protection off in an update before.");
        }
    }
}

pub(super) fn cache<'a>(cluster: &Resource<'a>, cx: &mut Context<'a>) {
    for [engine, kept] in joined([(cluster, "Engine"), (cluster, "SnapshotRetentionLimit")], &Pins::none(), cx) {
        if engine.text() != Some("memcached") || number(&kept).is_none_or(|days| days <= 0.0) {
            continue;
        }
        let edits = without(&kept, cx);
        let message = format!("Memcached has no snapshots, so `{}` cannot keep any", cluster.id());
        if let Some(finding) = say(&CACHE_REFUSED, &kept, &kept.pins, message, cx) {
            finding.label(engine.span(), "the engine").help("Remove `SnapshotRetentionLimit`.").fix_by(
                Applicability::Safe,
                "remove the limit",
                edits,
            );
        }
    }
    for [engine, nodes] in joined([(cluster, "Engine"), (cluster, "NumCacheNodes")], &Pins::none(), cx) {
        let redis = matches!(engine.text(), Some("redis" | "valkey"));
        let Some(count) = number(&nodes).filter(|count| redis && *count > 1.0) else {
            continue;
        };
        let message = format!("`{}` has {count} nodes, but a cluster of Redis has one", cluster.id());
        if let Some(finding) = say(&CACHE_REFUSED, &nodes, &nodes.pins, message, cx) {
            finding
                .label(engine.span(), "the engine")
                .help("Use an `AWS::ElastiCache::ReplicationGroup` for more nodes.");
        }
    }
}

pub(super) fn cache_group<'a>(group: &Resource<'a>, cx: &mut Context<'a>) {
    for [failover, both] in joined([(group, "AutomaticFailoverEnabled"), (group, "MultiAZEnabled")], &Pins::none(), cx)
    {
        if !is_true(&both) || failover.is_absent() || !is_not_true(&failover) {
            continue;
        }
        let message = format!("`{}` is in two zones, which needs `AutomaticFailoverEnabled`", group.id());
        if let Some(finding) = say(&CACHE_REFUSED, &both, &both.pins, message, cx) {
            finding.label(failover.span(), "failover is off").help("Set `AutomaticFailoverEnabled: true`.");
        }
    }
}
