//! Property values against the facts about their resource type.
//!
//! The walk gives typed violations; the one `match` here names the rule of each. Function results are checked the same
//! way: what a function resolves to belongs to the rule of the function.

mod formats;
mod lifecycle;
mod resolved;

use crate::diagnostic::Diagnostic;
use crate::rule::{Check, Context, Family, Rule, violations};
use crate::schema::walk::{Kind, Violation};
use std::collections::BTreeMap;

/// A rule that the walk reports: id, name, summary, severity.
macro_rules! property_rule {
    ($(#[$doc:meta])* $vis:vis $static:ident, $id:literal, $name:literal, $severity:ident, $summary:literal) => {
        $(#[$doc])*
        $vis static $static: Rule = Rule {
            id: $id,
            name: $name,
            summary: $summary,
            page: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/rules/properties/", $id, ".md")),
            severity: crate::diagnostic::Severity::$severity,
            checks: &[],
        };
    };
}
pub(super) use property_rule;

property_rule!(PROPERTY_UNKNOWN, "E3002", "property-unknown", Error, "a property that the resource type does not have");
property_rule!(PROPERTY_MISSING, "E3003", "property-missing", Error, "a required property is missing");
property_rule!(VALUE_WRONG_TYPE, "E3012", "value-wrong-type", Error, "a value of another type than the property takes");
property_rule!(
    NOT_EXACTLY_ONE,
    "E3014",
    "properties-not-exactly-one",
    Error,
    "not exactly one of several properties is set"
);
property_rule!(NO_ALTERNATIVE, "E3017", "no-alternative-holds", Error, "a value fits none of the alternatives");
property_rule!(
    NOT_ONE_ALTERNATIVE,
    "E3018",
    "not-one-alternative-holds",
    Error,
    "a value does not fit exactly one alternative"
);
property_rule!(
    PROPERTIES_EXCLUDE,
    "E3020",
    "properties-exclude-each-other",
    Error,
    "two properties that exclude each other"
);
property_rule!(
    COMPANION_MISSING,
    "E3021",
    "companion-property-missing",
    Error,
    "a property that another one needs is missing"
);
property_rule!(TAG_INVALID, "E3024", "tag-invalid", Error, "a tag without key, with a reserved key or a repeated one");
property_rule!(VALUE_NOT_ALLOWED, "E3030", "value-not-allowed", Error, "a value that is not one of those allowed");
property_rule!(
    PATTERN_MISMATCH,
    "E3031",
    "pattern-mismatch",
    Error,
    "a text that does not match the pattern of its property"
);
property_rule!(ITEM_COUNT, "E3032", "item-count-out-of-range", Error, "a list with too few or too many items");
property_rule!(TEXT_LENGTH, "E3033", "text-length-out-of-range", Error, "a text that is too short or too long");
property_rule!(NUMBER_RANGE, "E3034", "number-out-of-range", Error, "a number outside the range of its property");
property_rule!(ITEM_REPEATED, "E3037", "item-repeated", Error, "an item stands twice in a list of different items");
property_rule!(
    ITEM_REPEATED_NEEDLESSLY,
    "I3037",
    "item-repeated-needlessly",
    Info,
    "an item stands twice in a list that allows it"
);
property_rule!(
    NONE_OF_PROPERTIES,
    "E3058",
    "properties-none-set",
    Error,
    "none of several properties is set, one of which must be"
);
property_rule!(DISTINCT_ITEM_COUNT, "E3065", "distinct-items-too-many", Error, "a list with too many different items");

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &formats::GET_ATT_OTHER_KIND,
        &formats::REF_OTHER_KIND,
        &formats::SECURITY_GROUP_ID,
        &formats::VPC_ID,
        &formats::AMI_ID,
        &formats::SECURITY_GROUP_NAME,
        &formats::SUBNET_ID,
        &formats::LOG_GROUP_NAME,
        &formats::ROLE_ARN,
        &formats::KMS_KEY_ARN,
        &formats::SNS_TOPIC_ARN,
        &formats::CERTIFICATE_ARN,
        &formats::FUNCTION_ARN,
        &formats::BUCKET_NAME,
        &formats::KMS_KEY_ID,
        &formats::KMS_ALIAS,
        &PROPERTY_UNKNOWN,
        &PROPERTY_MISSING,
        &VALUE_WRONG_TYPE,
        &NOT_EXACTLY_ONE,
        &NO_ALTERNATIVE,
        &NOT_ONE_ALTERNATIVE,
        &PROPERTIES_EXCLUDE,
        &COMPANION_MISSING,
        &TAG_INVALID,
        &VALUE_NOT_ALLOWED,
        &PATTERN_MISMATCH,
        &ITEM_COUNT,
        &TEXT_LENGTH,
        &NUMBER_RANGE,
        &ITEM_REPEATED,
        &ITEM_REPEATED_NEEDLESSLY,
        &NONE_OF_PROPERTIES,
        &DISTINCT_ITEM_COUNT,
        &lifecycle::SERVICE_SHUT_DOWN,
        &lifecycle::SERVICE_SUNSETTING,
        &lifecycle::SERVICE_IN_MAINTENANCE,
        &resolved::REF_VALUE_INVALID,
        &resolved::SUB_VALUE_INVALID,
        &resolved::JOIN_VALUE_INVALID,
        &resolved::SPLIT_VALUE_INVALID,
        &resolved::FIND_IN_MAP_VALUE_INVALID,
        &resolved::SELECT_VALUE_INVALID,
        &resolved::GET_AZS_VALUE_INVALID,
    ],
    checks: &[Check::Template(properties)],
};

/// Most places shown with one finding.
const MOST_LABELS: usize = 5;

fn properties(cx: &mut Context<'_>) {
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut places = BTreeMap::new();
    for diagnostic in cx.violations().iter().filter_map(|v| diagnostic(v, cx)) {
        // A bad value of a parameter is one finding, however often the parameter is used like this.
        let next = found.len();
        let first = *places.entry((diagnostic.rule.id, diagnostic.span)).or_insert(next);
        match found.get_mut(first) {
            Some(first) if first.message == diagnostic.message => first.labels.extend(diagnostic.labels),
            _ => found.push(diagnostic),
        }
    }
    for diagnostic in &mut found {
        diagnostic.labels.sort_by_key(|label| label.span);
        diagnostic.labels.dedup();
        diagnostic.labels.truncate(MOST_LABELS);
    }
    cx.findings.list.extend(found);
}

/// The rule of a violation; `None` when it belongs to the rule of a function.
fn rule_of(violation: &Violation) -> Option<&'static Rule> {
    if let Some(resolved) = &violation.resolved {
        return crate::rules::find(crate::rule::resolved::rule_id(resolved.function)?);
    }
    if violation.tagging {
        return Some(&TAG_INVALID);
    }
    Some(match &violation.kind {
        Kind::Type { .. } => &VALUE_WRONG_TYPE,
        Kind::UnknownProperty { .. }
        | Kind::UnmatchedKey { .. }
        | Kind::Const { .. }
        | Kind::MultipleOf { .. }
        | Kind::MinProperties { .. }
        | Kind::MaxProperties { .. }
        | Kind::RepeatedKeys { .. }
        | Kind::Excluded { .. }
        | Kind::Contains { .. }
        | Kind::ReservedKey { .. }
        | Kind::Not => &PROPERTY_UNKNOWN,
        Kind::Required { .. } => &PROPERTY_MISSING,
        Kind::RequiredOr { .. } => &NONE_OF_PROPERTIES,
        Kind::RequiredXor { .. } => &NOT_EXACTLY_ONE,
        Kind::DependentRequired { .. } => &COMPANION_MISSING,
        Kind::DependentExcluded { .. } => &PROPERTIES_EXCLUDE,
        Kind::Enum { .. } => &VALUE_NOT_ALLOWED,
        Kind::Pattern { .. } => &PATTERN_MISMATCH,
        Kind::MinLength { .. } | Kind::MaxLength { .. } => &TEXT_LENGTH,
        Kind::Minimum { .. } | Kind::Maximum { .. } => &NUMBER_RANGE,
        Kind::MinItems { .. } | Kind::MaxItems { .. } => &ITEM_COUNT,
        Kind::MaxUniqueItems { .. } => &DISTINCT_ITEM_COUNT,
        Kind::RepeatedItem { allowed: false, .. } => &ITEM_REPEATED,
        Kind::RepeatedItem { allowed: true, .. } => &ITEM_REPEATED_NEEDLESSLY,
        Kind::Format { format, .. } => formats::rule_of(format).unwrap_or(&PROPERTY_UNKNOWN),
        Kind::OtherFormat { function, .. } => formats::other_kind(*function),
        Kind::AnyOf => &NO_ALTERNATIVE,
        Kind::OneOf { .. } => &NOT_ONE_ALTERNATIVE,
        Kind::ReservedTag { .. } => &TAG_INVALID,
        Kind::Lifecycle { status, .. } => return lifecycle::rule_of(status),
        Kind::FunctionOutput { .. } => return None,
    })
}

fn diagnostic(violation: &Violation, cx: &Context<'_>) -> Option<Diagnostic> {
    let mut diagnostic = violations::diagnostic(rule_of(violation)?, violation, &cx.document.file);
    crate::rule::resolved::explain(&mut diagnostic, violation);
    for child in violation.children.iter().filter_map(|v| self::diagnostic(v, cx)) {
        let same = |d: &Diagnostic| d.rule.id == child.rule.id && d.span == child.span && d.message == child.message;
        if !diagnostic.children.iter().any(same) {
            diagnostic.children.push(child);
        }
    }
    Some(diagnostic)
}
