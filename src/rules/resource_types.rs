//! Whether the type of a resource exists where it is deployed.

use crate::conditions::Answer;
use crate::diagnostic::{Applicability, Severity};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Family, Rule};
use crate::schema::store::{self, TypeFacts};
use crate::template::Resource;

/// E3006.
static RESOURCE_TYPE_UNKNOWN: Rule = Rule {
    id: "E3006",
    name: "resource-type-unknown",
    summary: "a resource type that does not exist, or not in this region",
    page: include_str!("resource_types/E3006.md"),
    severity: Severity::Error,
    checks: &[Check::Resource(&[], resource_type_unknown)],
};

/// The family.
pub static FAMILY: Family = Family { rules: &[&RESOURCE_TYPE_UNKNOWN], checks: &[] };

fn resource_type_unknown(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let (Some(kind), Some(node)) = (resource.kind(), resource.type_node()) else { return };
    if kind.starts_with("Custom::") || kind.ends_with("::MODULE") {
        return;
    }
    let found = store::find(kind);
    let wanted = |region: &str| match resource.condition() {
        Some(name) => cx.resolver().conditions.possible_in_region(name, true, region) == Answer::Yes,
        None => true,
    };
    let missing: Vec<String> = cx
        .options
        .regions
        .iter()
        .filter(|region| !found.is_some_and(|t| available(t, region)) && wanted(region))
        .map(|region| format!("`{region}`"))
        .collect();
    if missing.is_empty() {
        return;
    }
    match found {
        Some(_) => {
            let message = format!("`{kind}` is not available in {}", missing.join(", "));
            cx.report(&RESOURCE_TYPE_UNKNOWN, node.span, message)
                .help("Deploy it in another region, or make it depend on a condition that holds only where it exists.");
        }
        None => {
            let near = similar(kind);
            let source = cx.document.file.slice(node.span);
            let quote = source.chars().next().filter(|c| matches!(c, '"' | '\'')).map(String::from).unwrap_or_default();
            let diagnostic =
                cx.report(&RESOURCE_TYPE_UNKNOWN, node.span, format!("there is no resource type `{kind}`"));
            if let Some(near) = near {
                diagnostic.help(format!("Did you mean `{near}`?"));
                let text = format!("{quote}{near}{quote}");
                diagnostic.fix(Applicability::Unsafe, format!("replace it by `{near}`"), node.span, text);
            }
        }
    }
}

/// Whether a type is there; a region without facts of its own has those of the first one.
fn available(found: TypeFacts, region: &str) -> bool {
    store::is_available(found.name(), region).unwrap_or(true)
}

/// The type that was probably meant: same service first, then any service.
fn similar(kind: &str) -> Option<&'static str> {
    let service = kind.rsplit_once("::").map_or(kind, |(service, _)| service);
    let of_service =
        store::types().map(|t| t.name()).filter(|n| n.rsplit_once("::").is_some_and(|(s, _)| s == service));
    nearest(kind, of_service).or_else(|| nearest(kind, store::types().map(|t| t.name())))
}
