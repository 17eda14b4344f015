//! Locations in S3: `s3://bucket/key?versionId=v`, or a map.

use super::errors::Result;
use super::resource::Macro;
use crate::transform::value::{Map, Value};

/// Bucket, key and version of an `s3://` address.
pub fn parse_uri(text: &str) -> Option<(String, String, Option<String>)> {
    let colon = text.find("://")?;
    if !text[..colon].eq_ignore_ascii_case("s3") {
        return None;
    }
    let rest = &text[colon + 3..];
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (bucket, rest) = rest.split_at(end);
    if bucket.contains('[') != bucket.contains(']') || bucket.starts_with('[') {
        return None;
    }
    let rest = rest.split('#').next().unwrap_or("");
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if bucket.is_empty() || path.is_empty() {
        return None;
    }
    let versions: Vec<String> = query
        .split('&')
        .filter_map(|part| part.split_once('='))
        .filter(|(name, value)| decode(name) == "versionId" && !value.is_empty())
        .map(|(_, value)| decode(value))
        .collect();
    let version = match versions.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    };
    Some((bucket.to_owned(), path.trim_start_matches('/').to_owned(), version))
}

/// A part of a query: `+` is a blank, `%41` a byte.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let escaped = text.get(i + 1..i + 3).filter(|_| bytes[i] == b'%').and_then(|h| u8::from_str_radix(h, 16).ok());
        match (bytes[i], escaped) {
            (_, Some(byte)) => {
                out.push(byte);
                i += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        i += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Whether a text holds a dynamic reference whose name has a slash.
fn has_slashed_reference(text: &str) -> bool {
    let mut rest = text;
    while let Some(start) = rest.find("{{resolve:") {
        let inside = &rest[start + 10..];
        let Some(end) = inside.find("}}") else { return false };
        let body = &inside[..end];
        let known = ["ssm:", "ssm-secure:", "secretsmanager:"].iter().any(|k| body.starts_with(k));
        if known && body.contains('/') {
            return true;
        }
        rest = inside;
    }
    false
}

/// The code of a function or layer: `S3Bucket`, `S3Key`, `S3ObjectVersion`, `S3ObjectStorageMode`.
///
/// # Errors
/// When the property is no location.
pub fn lambda_location(source: &Macro, property: &str) -> Result<Map> {
    let value = source.value(property);
    let mut code = Map::new();
    if let Some(map) = value.as_map() {
        let (Some(bucket), Some(key)) = (value.truthy_at("Bucket"), value.truthy_at("Key")) else {
            let message = format!("`{property}` needs `Bucket` and `Key`");
            return Err(source.invalid(message).at(source.span(property)));
        };
        code.insert("S3Bucket", bucket.clone());
        code.insert("S3Key", key.clone());
        for (from, to) in [("Version", "S3ObjectVersion"), ("StorageMode", "S3ObjectStorageMode")] {
            if let Some(value) = map.get(from) {
                code.insert(to, value.clone());
            }
        }
        return Ok(code);
    }
    let Some(text) = value.as_str() else {
        let message = format!("`{property}` must be a string or a map with `Bucket` and `Key`");
        return Err(source.invalid(message).at(value.span));
    };
    if has_slashed_reference(text) {
        let message = format!("`{property}` holds a dynamic reference; use the form with `Bucket` and `Key`");
        return Err(source.invalid(message).at(value.span));
    }
    let Some((bucket, key, version)) = parse_uri(text) else {
        let message = format!("`{property}` must have the form `s3://bucket/key`, found `{text}`");
        return Err(source.invalid(message).at(value.span));
    };
    let at = |text: String| Value::from(text).at(value.span);
    code.insert("S3Bucket", at(bucket));
    code.insert("S3Key", at(key));
    if let Some(version) = version {
        code.insert("S3ObjectVersion", at(version));
    }
    Ok(code)
}

/// A definition in S3: `Bucket`, `Key`, `Version`.
///
/// # Errors
/// When the property is no location.
pub fn body_location(source: &Macro, property: &str, mut made: Map) -> Result<Map> {
    let value = source.value(property);
    if value.is_map() {
        let (Some(bucket), Some(key)) = (value.truthy_at("Bucket"), value.truthy_at("Key")) else {
            let message = format!("`{property}` needs `Bucket` and `Key`");
            return Err(source.invalid(message).at(source.span(property)));
        };
        made.insert("Bucket", bucket.clone());
        made.insert("Key", key.clone());
        if let Some(version) = value.get("Version") {
            made.insert("Version", version.clone());
        }
        return Ok(made);
    }
    let Some((bucket, key, version)) = value.as_str().and_then(parse_uri) else {
        let message = format!("`{property}` must have the form `s3://bucket/key`");
        return Err(source.invalid(message).at(value.span));
    };
    let at = |text: String| Value::from(text).at(value.span);
    made.insert("Bucket", at(bucket));
    made.insert("Key", at(key));
    if let Some(version) = version {
        made.insert("Version", at(version));
    }
    Ok(made)
}
