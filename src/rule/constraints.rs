//! What the constraints of a parameter say about a value for it.

use crate::syntax::Node;
use crate::template::Parameter;

/// The constraints that a value breaks: what to say, and the member that says so.
pub fn broken(parameter: &Parameter<'_>, value: &str) -> Vec<(String, &'static str)> {
    let mut out = Vec::new();
    let member = |name| parameter.node.get(name);
    if let Some(allowed) = parameter.allowed_values()
        && !allowed.is_empty()
        && allowed.iter().all(|a| a.scalar_text().is_some_and(|a| !same_value(parameter, a, value)))
    {
        out.push(("is not among `AllowedValues`".to_owned(), "AllowedValues"));
    }
    if let Some(pattern) = member("AllowedPattern").and_then(Node::as_str)
        && crate::rule::pattern::matches_start(pattern, value) == Some(false)
    {
        out.push(("does not match `AllowedPattern`".to_owned(), "AllowedPattern"));
    }
    let number = |name| member(name).and_then(Node::scalar_text).and_then(|t| t.trim().parse::<f64>().ok());
    if parameter.kind() == Some("Number")
        && let Ok(n) = value.trim().parse::<f64>()
    {
        if number("MinValue").is_some_and(|least| n < least) {
            out.push(("is less than `MinValue`".to_owned(), "MinValue"));
        }
        if number("MaxValue").is_some_and(|most| n > most) {
            out.push(("is greater than `MaxValue`".to_owned(), "MaxValue"));
        }
    }
    let length = value.chars().count() as f64;
    if number("MinLength").is_some_and(|least| length < least) {
        out.push((format!("has {length} characters, fewer than `MinLength`"), "MinLength"));
    }
    if number("MaxLength").is_some_and(|most| length > most) {
        out.push((format!("has {length} characters, more than `MaxLength`"), "MaxLength"));
    }
    out
}

/// Whether two texts are the same value of the parameter: numbers by value, everything else as text.
fn same_value(parameter: &Parameter<'_>, a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    parameter.kind() == Some("Number")
        && matches!((a.trim().parse::<f64>(), b.trim().parse::<f64>()), (Ok(a), Ok(b)) if a == b)
}
