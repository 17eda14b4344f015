//! Short questions about a schema that several parts of the walk ask.

use crate::schema::layout::Keyword;
use crate::schema::store::{SchemaNode, Types, Value};

/// A bit for each keyword.
const fn mask(keywords: &[Keyword]) -> u64 {
    let (mut bits, mut at) = (0, 0);
    while at < keywords.len() {
        bits |= 1 << keywords[at] as u64;
        at += 1;
    }
    bits
}

use Keyword as K;
const NUMBERS: u64 = mask(&[K::Minimum, K::Maximum, K::ExclusiveMinimum, K::ExclusiveMaximum, K::MultipleOf]);
const SCALARS: u64 = NUMBERS | mask(&[K::Pattern, K::Format, K::MinLength, K::MaxLength]);
const COMPOSITES: u64 = mask(&[K::AllOf, K::AnyOf, K::OneOf, K::Not]);
const MEMBERS: u64 = mask(&[K::Required, K::RequiredOr, K::RequiredXor, K::DependentRequired, K::DependentExcluded])
    | mask(&[K::Dependencies, K::DependentSchemas, K::MinProperties, K::MaxProperties, K::If]);
const ITEMS: u64 = mask(&[K::MinItems, K::MaxItems, K::UniqueItems, K::If]);
const VALUES: u64 = mask(&[K::Enum, K::EnumCaseInsensitive]);

/// Whether a scalar is limited in some way other than by type and allowed values.
pub(super) fn limits_scalars(schema: SchemaNode) -> bool {
    schema.says(SCALARS)
}

/// Whether a number is limited.
pub(super) fn limits_numbers(schema: SchemaNode) -> bool {
    schema.says(NUMBERS)
}

/// Whether there are alternatives or parts.
pub(super) fn has_composites(schema: SchemaNode) -> bool {
    schema.says(COMPOSITES)
}

/// Whether something depends on which members of an object are there.
pub(super) fn limits_members(schema: SchemaNode) -> bool {
    schema.says(MEMBERS)
}

/// Whether something depends on which items of a list are there.
pub(super) fn limits_items(schema: SchemaNode) -> bool {
    schema.says(ITEMS)
}

/// Whether allowed values are listed.
pub(super) fn lists_values(schema: SchemaNode) -> bool {
    schema.says(VALUES)
}

/// The type names, for a message.
pub(super) fn names(types: Types) -> Vec<&'static str> {
    types.names().collect()
}

/// Whether any scalar type is named.
pub(super) fn scalar(types: Types) -> bool {
    types.string() || types.number() || types.integer() || types.boolean()
}

/// A scalar of the facts as text.
pub(super) fn text(value: Value) -> String {
    match (value.as_str(), value.as_bool(), value.as_i64(), value.as_f64()) {
        (Some(text), ..) => text.to_owned(),
        (_, Some(truth), ..) => truth.to_string(),
        (_, _, Some(number), _) => number.to_string(),
        (.., Some(number)) => number.to_string(),
        _ => value.to_json().to_string(),
    }
}

/// Whether the text of a scalar is this value to CloudFormation: booleans in any casing, numbers by value.
pub(super) fn is(written: &str, value: Value) -> bool {
    if let Some(text) = value.as_str() {
        return text == written || is_boolean(text) && text.eq_ignore_ascii_case(written) || same_number(written, text);
    }
    if let Some(truth) = value.as_bool() {
        return written.eq_ignore_ascii_case(if truth { "true" } else { "false" });
    }
    value.as_f64().is_some_and(|number| written.trim().parse::<f64>() == Ok(number))
}

fn is_boolean(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

/// `1` and `1.0`; texts that only look like numbers in part (`1.10.2`) are texts.
fn same_number(a: &str, b: &str) -> bool {
    let looks = |t: &str| t.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    looks(a) && looks(b) && matches!((a.parse::<f64>(), b.parse::<f64>()), (Ok(a), Ok(b)) if a == b)
}
