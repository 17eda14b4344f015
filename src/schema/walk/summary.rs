//! Short questions about a schema that several parts of the walk ask.

use crate::schema::store::{SchemaNode, Types, Value};

/// Whether a scalar is limited in some way other than by type and allowed values.
pub(super) fn limits_scalars(schema: SchemaNode) -> bool {
    schema.pattern().is_some()
        || schema.format().is_some()
        || schema.min_length().is_some()
        || schema.max_length().is_some()
        || limits_numbers(schema)
}

/// Whether a number is limited.
pub(super) fn limits_numbers(schema: SchemaNode) -> bool {
    schema.minimum().is_some()
        || schema.maximum().is_some()
        || schema.exclusive_minimum().is_some()
        || schema.exclusive_maximum().is_some()
        || schema.multiple_of().is_some()
}

/// Whether there are alternatives or parts.
pub(super) fn has_composites(schema: SchemaNode) -> bool {
    schema.all_of().len() + schema.any_of().len() + schema.one_of().len() > 0 || schema.negation().is_some()
}

/// Whether something depends on which members of an object are there.
pub(super) fn limits_members(schema: SchemaNode) -> bool {
    let lists = schema.required().len() + schema.required_or().len() + schema.required_xor().len();
    let dependents = schema.dependent_required().len() + schema.dependent_excluded().len() + schema.dependencies().len();
    lists + dependents + schema.dependent_schemas().len() > 0
        || schema.min_properties().is_some()
        || schema.max_properties().is_some()
        || schema.condition().is_some()
}

/// Whether something depends on which items of a list are there.
pub(super) fn limits_items(schema: SchemaNode) -> bool {
    schema.min_items().is_some()
        || schema.max_items().is_some()
        || schema.repetition().is_some()
        || schema.condition().is_some()
}

/// Whether allowed values are listed.
pub(super) fn lists_values(schema: SchemaNode) -> bool {
    schema.enumeration().is_some() || schema.enum_case_insensitive().is_some()
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
