//! What a resource is, in one plain sentence, and what this one in particular is.

use super::facts::short_type;
use super::values::Val;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What is written by hand about one resource type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    /// What it is called in a sentence: `subnet`.
    pub noun: String,
    /// Several of them, when it is not the noun with an `s`.
    #[serde(default)]
    plural: Option<String>,
    /// One sentence.
    pub is: String,
    /// What tells this one from others: text in `[]` is left out when a value in `{}` is not there.
    #[serde(default)]
    pub detail: String,
    /// Whether it only joins others: it is left out of a summary.
    #[serde(default)]
    pub glue: bool,
}

fn all() -> &'static BTreeMap<String, About> {
    static ALL: OnceLock<BTreeMap<String, About>> = OnceLock::new();
    ALL.get_or_init(|| serde_json::from_str(include_str!("../../schemas/explain/sentences.json")).unwrap_or_default())
}

/// What is written about a type.
pub(super) fn about(kind: &str) -> Option<&'static About> {
    let kind = match kind {
        custom if custom.starts_with("Custom::") => "AWS::CloudFormation::CustomResource",
        other => other,
    };
    all().get(kind)
}

/// The types that something is written about, sorted.
pub(super) fn types() -> impl Iterator<Item = &'static str> {
    all().keys().map(String::as_str)
}

/// The sentence of a type; a plain one when nothing is written about it.
pub(super) fn sentence(kind: &str) -> (String, bool) {
    match about(kind) {
        Some(about) => (about.is.clone(), true),
        None if kind.is_empty() => ("It has no type.".to_owned(), false),
        None => (format!("A resource of type {}.", short_type(kind)), false),
    }
}

/// The noun of a type, for so many.
pub(super) fn noun(kind: &str, count: usize) -> String {
    match about(kind) {
        Some(about) if count == 1 => about.noun.clone(),
        Some(about) => about.plural.clone().unwrap_or_else(|| format!("{}s", about.noun)),
        None => format!("{} resource{}", short_type(kind), if count == 1 { "" } else { "s" }),
    }
}

/// What tells this resource from others of its type.
pub(super) fn detail(kind: &str, properties: &Val<'_>) -> String {
    let Some(about) = about(kind) else { return String::new() };
    fill(&about.detail, properties)
}

/// Fills a pattern: `[{CidrBlock} ][in {VpcId}]`; `{A|B}` takes the first that is there.
pub(super) fn fill(pattern: &str, properties: &Val<'_>) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(open) = rest.find('[') {
        out.push_str(&rest[..open]);
        let Some(length) = rest[open..].find(']') else { break };
        if let Some(text) = segment(&rest[open + 1..open + length], properties) {
            out.push_str(&text);
        }
        rest = &rest[open + length + 1..];
    }
    out.push_str(rest);
    let text = out.split_whitespace().collect::<Vec<_>>().join(" ");
    text.trim_start_matches(", ").trim_end_matches(',').to_owned()
}

fn segment(pattern: &str, properties: &Val<'_>) -> Option<String> {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let length = rest[open..].find('}')?;
        let names = &rest[open + 1..open + length];
        let value = names.split('|').find_map(|path| properties.at(path)).map(words)?;
        if value.is_empty() || value.chars().count() > 60 {
            return None;
        }
        out.push_str(&value);
        rest = &rest[open + length + 1..];
    }
    out.push_str(rest);
    Some(out)
}

fn words(value: &Val<'_>) -> String {
    value.words()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::store;

    #[test]
    fn every_sentence_is_about_a_type_that_exists() {
        let parsed: Result<BTreeMap<String, About>, _> =
            serde_json::from_str(include_str!("../../schemas/explain/sentences.json"));
        assert!(parsed.is_ok(), "{:?}", parsed.err());
        assert!(types().count() >= 150, "{}", types().count());
        for kind in types() {
            let sam = kind.starts_with("AWS::Serverless::");
            assert!(sam || store::find(kind).is_some(), "{kind} is not a resource type");
            let about = about(kind).map(|a| (a.is.as_str(), a.detail.as_str())).unwrap_or_default();
            assert!(about.0.ends_with('.') && about.0.starts_with(char::is_uppercase), "{kind}: {}", about.0);
            assert_eq!(about.1.matches('[').count(), about.1.matches(']').count(), "{kind}");
        }
    }

    #[test]
    fn details_use_properties_that_exist() {
        for kind in types().filter(|k| !k.starts_with("AWS::Serverless::")) {
            let (Some(about), Some(facts)) = (about(kind), store::find(kind)) else { continue };
            for part in about.detail.split('{').skip(1) {
                for path in part.split('}').next().unwrap_or_default().split('|') {
                    let first = path.split('.').next().unwrap_or_default();
                    assert!(facts.schema().property(first).is_some(), "{kind} has no property `{first}`");
                }
            }
        }
    }
}
