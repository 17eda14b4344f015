//! Names of findings that stay the same while the lines around them move, and of files as the consumers of reports want them.

use crate::diagnostic::{Diagnostic, PathPart};
use crate::digest::sha1;
use std::collections::BTreeMap;

/// Gives each finding of a report a fingerprint of its own.
///
/// It is made of the file, the rule, the place in the document and the message, not of the line: a finding keeps it when
/// something is written above it. Findings that agree in all of these are numbered.
#[derive(Debug, Default)]
pub(crate) struct Fingerprints {
    seen: BTreeMap<String, usize>,
}

impl Fingerprints {
    /// The fingerprint of the next finding: 40 hexadecimal digits.
    pub(crate) fn next(&mut self, file: &str, finding: &Diagnostic) -> String {
        let mut text = format!("{}\0{}\0{}", path(file), finding.rule.id, finding.message);
        for part in &finding.path {
            match part {
                PathPart::Index(i) => text.push_str(&format!("\0{i}")),
                PathPart::Key(key) => text.push_str(&format!("\0.{key}")),
            }
        }
        let before = self.seen.entry(text.clone()).or_default();
        *before += 1;
        if *before > 1 {
            text.push_str(&format!("\0#{before}"));
        }
        sha1(text.as_bytes())
    }
}

/// The name of a file with forward slashes and without a leading `./`.
pub(super) fn path(name: &str) -> String {
    let name = if cfg!(windows) { name.replace('\\', "/") } else { name.to_owned() };
    name.strip_prefix("./").map(str::to_owned).unwrap_or(name)
}

/// The name of a file as a URI reference (RFC 3986): relative names stay relative, absolute ones get `file://`.
pub(super) fn uri(name: &str) -> String {
    let name = path(name);
    let mut uri = String::with_capacity(name.len() + 8);
    if name.starts_with('/') {
        uri.push_str("file://");
    } else if cfg!(windows) && name.as_bytes().get(1) == Some(&b':') {
        uri.push_str("file:///");
    }
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,=@".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris() {
        for (name, expected) in [
            ("a.yaml", "a.yaml"),
            ("./my stack/ä%.yaml", "my%20stack/%C3%A4%25.yaml"),
            ("/srv/a:b.yaml", "file:///srv/a%3Ab.yaml"),
            ("<stdin>", "%3Cstdin%3E"),
        ] {
            assert_eq!(uri(name), expected);
        }
    }
}
