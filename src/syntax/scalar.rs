//! What a plain scalar means to CloudFormation: YAML 1.1 as its readers take it.

use super::NodeKind;

/// The meaning of a plain (unquoted) YAML scalar.
pub fn plain(text: &str) -> NodeKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return NodeKind::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return NodeKind::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return NodeKind::Bool(false),
        _ => {}
    }
    if number_value(text).is_some() { NodeKind::Number(text.into()) } else { NodeKind::String(text.into()) }
}

/// The value of a YAML 1.1 number, `None` when the text is no number.
pub fn number_value(text: &str) -> Option<f64> {
    text.parse().ok()
}
