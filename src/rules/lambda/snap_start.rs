//! SnapStart: which runtimes and regions have it, and what it needs to be of use.

use super::{SNAP_START_POSSIBLE, SNAP_START_UNPUBLISHED, SNAP_START_UNSUPPORTED};
use crate::graph::ItemKind;
use crate::rule::Context;
use crate::rule::cases::cases;
use crate::schema::store::{self, Value};
use crate::schema::walk::{Place, places};
use crate::syntax::Node;
use crate::template::Resource;

/// The one value that turns it on.
const ON: &str = "PublishedVersions";

fn listed(facts: Value, list: &str, text: &str) -> bool {
    facts.get(list).is_some_and(|all| all.items().any(|item| item.as_str() == Some(text)))
}

/// Whether a runtime can be used with SnapStart.
fn supports(facts: Value, runtime: &str) -> bool {
    let family = facts
        .get("families")
        .is_some_and(|all| all.items().any(|f| f.as_str().is_some_and(|prefix| runtime.starts_with(prefix))));
    family && !listed(facts, "excluded", runtime) && !runtime.starts_with("dotnetcore")
}

/// A runtime and region that cannot have it, and one that could.
pub(super) fn supported<'a>(resource: &Resource<'a>, cx: &mut Context<'a>) {
    let around = cx.surroundings();
    for place in places(resource, &[], around) {
        if place.node.as_map().is_some() {
            properties(&place, cx);
        }
    }
}

fn properties<'a>(place: &Place<'a>, cx: &mut Context<'a>) {
    let Some(facts) = store::table("tables/snap_start") else { return };
    let Some(entry) = place.node.entry("Runtime") else { return };
    let snap = place.node.entry("SnapStart");
    let Some(all) = cases(&[Some(&entry.value), snap.map(|e| &e.value)], place.pins(), cx.resolver()) else { return };
    for case in all {
        let Some(node) = case.member(place.node, "Runtime", cx.resolver()) else { continue };
        let Some(runtime) = node.as_str() else { continue };
        let Some(settings) = case.member(place.node, "SnapStart", cx.resolver()) else {
            let everywhere = cx.options.regions.iter().all(|region| listed(facts, "regions", region));
            if everywhere && runtime.starts_with("java") && supports(facts, runtime) {
                let message = format!("functions with the runtime `{runtime}` can start faster with `SnapStart`");
                cx.report(&SNAP_START_POSSIBLE, node.span, message)
                    .reference_at(place.key)
                    .help("Set `SnapStart: {ApplyOn: PublishedVersions}` and publish versions.");
            }
            continue;
        };
        let Some(apply) = case.member(settings, "ApplyOn", cx.resolver()).filter(|n| n.as_str() == Some(ON)) else {
            continue;
        };
        let direct = snap.filter(|e| e.value.as_map().is_some()).and_then(|e| e.value.entry("ApplyOn"));
        let key = direct.or(snap).map_or(place.key, |e| e.key.span);
        if let Some(region) = cx.options.regions.iter().find(|region| !listed(facts, "regions", region)) {
            let message = format!("`SnapStart` is not available in `{region}`");
            cx.report(&SNAP_START_UNSUPPORTED, apply.span, message).reference_at(key);
        }
        if !supports(facts, runtime) {
            let message = format!("functions with the runtime `{runtime}` cannot use `SnapStart`");
            cx.report(&SNAP_START_UNSUPPORTED, apply.span, message)
                .reference_at(key)
                .label(node.span, "the runtime")
                .help("It works for Java from 11, Python from 3.12 and .NET from 8.");
        }
    }
}

/// Snapshots are made of published versions only.
pub(super) fn published<'a>(resource: &Resource<'a>, cx: &mut Context<'a>) {
    let around = cx.surroundings();
    let found = places(resource, &["SnapStart", "ApplyOn"], around);
    for place in found.into_iter().filter(|place| place.node.as_str() == Some(ON)) {
        let versions = cx.graph().needed_by(ItemKind::Resource, resource.id());
        if versions.iter().any(|d| d.from.resource_type == Some("AWS::Lambda::Version")) {
            continue;
        }
        let message = "`SnapStart` has no effect: no `AWS::Lambda::Version` publishes the function";
        cx.report(&SNAP_START_UNPUBLISHED, place.node.span, message)
            .reference_at(place.key)
            .help("Add a version (and an alias) of the function and call that one.");
    }
}

/// The same for SAM, which publishes versions when there is to be an alias.
pub(super) fn published_sam<'a>(resource: &Resource<'a>, cx: &mut Context<'a>) {
    let globals = cx.template.root.at(&["Globals", "Function"]);
    let given = |node: Option<&Node>| node.and_then(|n| n.get("AutoPublishAlias")).is_some_and(|n| !n.is_null());
    if given(resource.properties()) || given(globals) {
        return;
    }
    let around = cx.surroundings();
    let found = places(resource, &["SnapStart", "ApplyOn"], around);
    for place in found.into_iter().filter(|place| place.node.as_str() == Some(ON)) {
        let message = "`SnapStart` has no effect without `AutoPublishAlias`, which publishes versions";
        cx.report(&SNAP_START_UNPUBLISHED, place.node.span, message).reference_at(place.key);
    }
}
