//! Database instances and the clusters that they belong to.

use super::{ENCRYPTION_UNLIKE_CLUSTER, ENGINE_UNLIKE_CLUSTER, cases, links, say};
use crate::resolve::Link;
use crate::rule::Context;
use crate::template::Resource;

pub(super) fn instance<'a>(instance: &Resource<'a>, cx: &mut Context<'a>) {
    for link in links(instance, &["DBClusterIdentifier"], "AWS::RDS::DBCluster", cx) {
        engine(instance, &link, cx);
        encryption(instance, &link, cx);
    }
}

fn engine<'a>(instance: &Resource<'a>, link: &Link<'a>, cx: &mut Context<'a>) {
    for theirs in cases(&link.target, &["Engine"], &link.pins, cx) {
        for ours in cases(instance, &["Engine"], &theirs.pins, cx) {
            let (Some(cluster), Some(own)) = (theirs.text(), ours.text()) else { continue };
            if cluster.eq_ignore_ascii_case(own) {
                continue;
            }
            let message = format!(
                "`{}` has engine `{own}`, but its cluster `{}` has `{cluster}`",
                instance.id(),
                link.target.id()
            );
            if let Some(finding) = say(&ENGINE_UNLIKE_CLUSTER, &ours, &ours.pins, message, cx) {
                finding
                    .label(theirs.span(), "the engine of the cluster")
                    .help(format!("Write `Engine: {cluster}`, the engine of the cluster."));
            }
        }
    }
}

fn encryption<'a>(instance: &Resource<'a>, link: &Link<'a>, cx: &mut Context<'a>) {
    for theirs in cases(&link.target, &["StorageEncrypted"], &link.pins, cx) {
        for ours in cases(instance, &["StorageEncrypted"], &theirs.pins, cx) {
            let (Some(cluster), Some(own)) = (theirs.text_or("false").and_then(truth), ours.text().and_then(truth))
            else {
                continue;
            };
            if cluster == own {
                continue;
            }
            let is = |encrypted| if encrypted { "encrypted" } else { "not encrypted" };
            let default = if theirs.is_absent() { " (the default)" } else { "" };
            let message = format!(
                "`{}` is {}, but its cluster `{}` is {}{default}",
                instance.id(),
                is(own),
                link.target.id(),
                is(cluster)
            );
            let place = if theirs.is_absent() { link.target.key.span } else { theirs.span() };
            if let Some(finding) = say(&ENCRYPTION_UNLIKE_CLUSTER, &ours, &ours.pins, message, cx) {
                finding
                    .label(place, format!("the cluster is {}", is(cluster)))
                    .help("Set `StorageEncrypted` on the cluster and leave it out of its instances.");
            }
        }
    }
}

fn truth(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}
