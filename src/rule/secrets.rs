//! What looks like a secret that was written where everybody can read it.

use crate::syntax::Node;

/// Words in the names of variables that hold secrets.
const WORDS: [&str; 8] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY", "ACCESS_KEY"];
/// How names of variables end that only point to a secret, or say something about it.
const POINTS: [&str; 12] =
    ["NAME", "ARN", "PATH", "FILE", "URL", "ID", "PARAMETER", "KEY_ID", "LENGTH", "TTL", "EXPIRY", "TYPE"];

/// Whether a variable of this name with this value gives a secret away. Names of secrets, paths and switches are none
/// themselves.
pub fn is_given_away(name: &str, value: &Node) -> bool {
    let Some(text) = value.scalar_text().filter(|t| !t.is_empty() && !t.contains('$')) else { return false };
    let upper = name.to_uppercase();
    let key_id = text.len() == 20 && (text.starts_with("AKIA") || text.starts_with("ASIA"));
    let named = WORDS.iter().any(|w| upper.contains(w));
    let points = POINTS.iter().any(|w| upper.ends_with(&format!("_{w}")));
    let plain = text.starts_with('/') || text.starts_with("arn:") || value.as_bool().is_some() || text.len() < 4;
    key_id || (named && !points && !plain && value.as_f64().is_none())
}
