//! Domain names that must lie below each other: records in their zone, certificates below the domain that validates them.

use super::{RECORD_OUTSIDE_ZONE, VALIDATION_DOMAIN_UNRELATED, literal};
use crate::rule::Context;
use crate::rule::cases::cases;
use crate::schema::walk::Place;

/// Whether a name is a domain or lies below it.
fn below(name: &str, domain: &str) -> bool {
    let (name, domain) = (name.to_lowercase(), domain.to_lowercase());
    name.strip_suffix(&domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

pub(super) fn record<'a>(place: &Place<'a>, cx: &mut Context<'a>) {
    let (Some(name), Some(zone)) = (place.node.entry("Name"), place.node.entry("HostedZoneName")) else { return };
    let Some(all) = cases(&[Some(&name.value), Some(&zone.value)], place.pins(), cx.resolver()) else { return };
    for case in all {
        let Some(zone_node) = case.seen(Some(&zone.value), cx.resolver()) else { continue };
        let Some(name_node) = case.seen(Some(&name.value), cx.resolver()) else { continue };
        let (Some(zone_text), Some(text)) = (literal(zone_node), literal(name_node)) else { continue };
        if !zone_text.ends_with('.') {
            let message = format!("the name of the zone `{zone_text}` must end in a dot");
            cx.report(&RECORD_OUTSIDE_ZONE, zone_node.span, message)
                .reference_at(zone.key.span)
                .help(format!("Write `{zone_text}.`."));
        }
        if !below(text.trim_end_matches('.'), zone_text.trim_end_matches('.')) {
            let message = format!("`{text}` does not belong to the hosted zone `{zone_text}`");
            cx.report(&RECORD_OUTSIDE_ZONE, name_node.span, message)
                .reference_at(name.key.span)
                .label(zone_node.span, "the zone");
        }
    }
}

pub(super) fn validation<'a>(place: &Place<'a>, cx: &mut Context<'a>) {
    let (Some(name), Some(above)) = (place.node.entry("DomainName"), place.node.entry("ValidationDomain")) else {
        return;
    };
    let Some(all) = cases(&[Some(&name.value), Some(&above.value)], place.pins(), cx.resolver()) else { return };
    for case in all {
        let Some(name_node) = case.seen(Some(&name.value), cx.resolver()) else { continue };
        let Some(above_node) = case.seen(Some(&above.value), cx.resolver()) else { continue };
        let (Some(text), Some(domain)) = (literal(name_node), literal(above_node)) else { continue };
        if !below(text, domain) {
            let message = format!("`{text}` does not lie below its validation domain `{domain}`");
            cx.report(&VALIDATION_DOMAIN_UNRELATED, name_node.span, message)
                .reference_at(name.key.span)
                .label(above_node.span, "the validation domain");
        }
    }
}
