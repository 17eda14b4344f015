//! Logical ids that embed a hash.

use crate::digest;
use crate::transform::python_text::{COMPACT, json};
use crate::transform::value::{Kind, Value};

/// The first ten hexadecimal digits of the SHA-1 of a text.
pub fn short(text: &str) -> String {
    let mut digits = digest::sha1(text.as_bytes());
    digits.truncate(10);
    digits
}

/// The ten digits for a value: of a string its characters are hashed, of anything else its JSON text; nothing at all for
/// an empty value.
pub fn short_of(value: &Value) -> String {
    match &value.kind {
        _ if !value.truthy() => String::new(),
        Kind::Str(text) => short(text),
        _ => short(&json(value, COMPACT)),
    }
}
