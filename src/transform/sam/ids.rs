//! Logical ids that embed a hash.

use sha1::{Digest, Sha1};

use crate::transform::python_text::{COMPACT, json};
use crate::transform::value::{Kind, Value};

/// SHA-1 of a text in hexadecimal digits.
pub fn sha1(text: &str) -> String {
    let digest = Sha1::digest(text.as_bytes());
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

/// The first ten hexadecimal digits of the SHA-1 of a text.
pub fn short(text: &str) -> String {
    let mut digits = sha1(text);
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
