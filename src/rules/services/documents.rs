//! Documents of Systems Manager: an object, or a text of JSON or YAML.

use super::SSM_DOCUMENT_INVALID;
use crate::intrinsics::dynamic;
use crate::rule::{Context, violations};
use crate::schema::store;
use crate::schema::walk::Place;
use crate::syntax::{Node, embedded};

pub(super) fn check<'a>(place: &Place<'a>, cx: &mut Context<'a>) {
    let Some(schema) = store::named("other/ssm/document") else { return };
    let spelled = match place.node.as_str() {
        // A placeholder may stand for anything.
        Some(text) if dynamic::contains(text) || text.contains("${") => return,
        Some(_) => match embedded::document(&cx.document.file, place.node) {
            Ok(node) => Some(node),
            Err(message) => {
                let message = format!("the content is neither JSON nor YAML: {message}");
                cx.report(&SSM_DOCUMENT_INVALID, place.node.span, message).reference_at(place.key);
                return;
            }
        },
        None => None,
    };
    let node: &Node = spelled.as_ref().unwrap_or(place.node);
    if node.as_call().is_some() {
        return;
    }
    let around = cx.surroundings();
    let found = place.with(node).check(schema, around);
    for violation in &found {
        let mut diagnostic = violations::diagnostic(&SSM_DOCUMENT_INVALID, violation, &cx.document.file);
        if spelled.is_some() {
            diagnostic.reference_at(place.key);
        }
        cx.findings.list.push(diagnostic);
    }
}
