//! What a term means: a resource type or property, a function, a pseudo parameter, a section, an event, a phase.

use super::facts::{Facts, short_type};
use super::sentences;
use crate::rule::suggest;
use crate::schema::traits::{HandlerKind, ReplacementStrategy, Traits};
use crate::schema::{store, store::SchemaNode};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::OnceLock;

/// What is written by hand about one term.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Term {
    /// What kind of thing it is: `function of templates`.
    pub kind: String,
    /// What it is for.
    pub is: String,
    /// When it takes effect, and who acts.
    #[serde(default)]
    pub when: String,
    /// What goes wrong with it most often.
    #[serde(default)]
    pub mistake: String,
    /// A short example.
    #[serde(default)]
    pub example: String,
    /// Other names.
    #[serde(default)]
    pub also: Vec<String>,
}

fn all() -> &'static BTreeMap<String, Term> {
    static ALL: OnceLock<BTreeMap<String, Term>> = OnceLock::new();
    ALL.get_or_init(|| serde_json::from_str(include_str!("../../schemas/explain/terms.json")).unwrap_or_default())
}

/// What `Ref` gives for a resource of a type, for example.
pub(super) fn reference_example(kind: &str) -> Option<&'static str> {
    static ALL: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    let text = include_str!("../../schemas/explain/references.json");
    ALL.get_or_init(|| serde_json::from_str(text).unwrap_or_default()).get(kind).map(String::as_str)
}

/// What is written about a term, by its name or another spelling of it.
pub(super) fn find(name: &str) -> Option<(&'static str, &'static Term)> {
    let same = |own: &str| own.eq_ignore_ascii_case(name);
    let all = all().iter();
    let exact = all.clone().find(|(own, _)| *own == name);
    exact
        .or_else(|| all.clone().find(|(own, term)| same(own) || term.also.iter().any(|a| same(a))))
        .map(|(n, t)| (n.as_str(), t))
}

/// The nearest term that is known.
pub fn nearest(name: &str) -> Option<String> {
    if let Some((kind, property)) = name.split_once('.')
        && let Some(facts) = store::find(kind)
    {
        let names: Vec<&str> = facts.schema().properties().map(|p| p.0).collect();
        return suggest::nearest(property, names).map(|p| format!("{kind}.{p}"));
    }
    let types: Vec<&str> = store::types().map(|t| t.name()).collect();
    let candidates =
        all().iter().flat_map(|(n, t)| std::iter::once(n.as_str()).chain(t.also.iter().map(String::as_str)));
    let serverless = sentences::types();
    let folded = types.iter().copied().find(|t| t.eq_ignore_ascii_case(name));
    folded.or_else(|| suggest::nearest(name, candidates.chain(types).chain(serverless))).map(str::to_owned)
}

/// What a term means, as text; `None` when it is not known.
pub fn explain(name: &str) -> Option<String> {
    if let Some((name, term)) = find(name) {
        return Some(written(name, term));
    }
    if let Some(traits) = Traits::of(name).filter(|_| name.contains("::")) {
        return Some(resource_type(traits));
    }
    if let Some(about) = sentences::about(name).filter(|_| name.contains("::")) {
        return Some(format!("{name} · SAM resource type\n\n{}\n", about.is));
    }
    let (kind, path) = name.split_once('.')?;
    property(Traits::of(kind)?, path)
}

fn written(name: &str, term: &Term) -> String {
    let mut out = format!("{name} · {}\n\n{}\n", term.kind, term.is);
    if !term.when.is_empty() {
        let _ = write!(out, "\nWhen: {}\n", term.when);
    }
    if !term.mistake.is_empty() {
        let _ = write!(out, "\nThe usual mistake: {}\n", term.mistake);
    }
    if !term.example.is_empty() {
        out.push_str("\nExample:\n");
        for line in term.example.lines() {
            let _ = writeln!(out, "  {line}");
        }
    }
    out
}

fn resource_type(traits: Traits) -> String {
    let name = traits.type_name();
    let mut out = format!("{name} · resource type ({})\n\n{}\n", short_type(name), sentences::sentence(name).0);
    let gives = traits.ref_returns();
    if !gives.is_empty() {
        let example = reference_example(name).map(|e| format!(", such as {e}")).unwrap_or_default();
        let _ = write!(out, "\n!Ref gives: {}{example}\n", gives.join("|"));
    }
    let attributes: Vec<String> =
        traits.read_only().filter(|a| !a.contains('*')).map(|a| a.replace('/', ".")).collect();
    if !attributes.is_empty() {
        let _ = writeln!(out, "!GetAtt gives: {}; and most properties as they are set", attributes.join(", "));
    }
    if let Some(arn) = traits.arn_shape() {
        let _ = writeln!(out, "ARN: {arn}");
    }
    let schema = traits.facts().schema();
    let required: Vec<&str> = schema.required().collect();
    let facts = Facts::default();
    let read_only: Vec<&str> = traits.read_only().collect();
    out.push_str("\nProperties (* required):\n");
    let rows: Vec<(&str, SchemaNode)> = schema.properties().filter(|p| !read_only.contains(&p.0)).collect();
    let width = rows.iter().map(|r| r.0.len()).max().unwrap_or(0).min(40) + 2;
    for (property, node) in rows {
        let change = facts.property_change(name, &[property]);
        let star = if required.contains(&property) { "*" } else { " " };
        let kind = kind_of(node);
        let _ = writeln!(out, "  {star} {property:<width$}{kind:<12}{}", change.on_change.words());
    }
    life(&mut out, traits);
    out
}

fn life(out: &mut String, traits: Traits) {
    out.push('\n');
    if traits.stateful() {
        out.push_str("It holds data: DeletionPolicy and UpdateReplacePolicy decide what becomes of it.\n");
    }
    if traits.replacement_strategy() == ReplacementStrategy::DeleteThenCreate {
        out.push_str("When it is replaced, the old one is deleted first.\n");
    }
    if let Some(capability) = traits.capability() {
        let named = capability.name_property.map(|p| format!(" (with {p}: CAPABILITY_NAMED_IAM)")).unwrap_or_default();
        let _ = writeln!(out, "A template with it needs CAPABILITY_IAM{named}.");
    }
    if let Some(create) = traits.handler(HandlerKind::Create) {
        let actions: Vec<String> = create.permissions().map(|a| a.to_string()).collect();
        let _ = writeln!(out, "To create it, at most: {}.", super::view::few(&actions, 12));
    }
    let regions = traits.facts().regions().len();
    let _ = writeln!(out, "It exists in {regions} of {} known regions.", store::regions().count());
}

fn kind_of(node: SchemaNode) -> &'static str {
    let Some(types) = node.target().types() else { return "" };
    types.names().next().unwrap_or_default()
}

fn property(traits: Traits, path: &str) -> Option<String> {
    let steps: Vec<&str> = path.split('.').collect();
    let node = traits.schema_at(&steps).or_else(|| {
        // Items of lists may be left out: `Ingress.CidrIp`.
        let spelled: Vec<&str> = steps.iter().flat_map(|s| [*s, "*"]).collect();
        traits.schema_at(&spelled[..spelled.len() - 1])
    })?;
    let node = node.target();
    let name = traits.type_name();
    let mut out = format!("{name}.{path} · property\n\n");
    if let Some(types) = node.types() {
        let _ = writeln!(out, "Type: {}", types.names().collect::<Vec<_>>().join(" or "));
    }
    if traits.facts().schema().required().any(|r| r == path) {
        out.push_str("It is required.\n");
    }
    if traits.read_only().any(|r| r.replace('/', ".") == path) {
        out.push_str("Only the service sets it: read it with !GetAtt.\n");
        return Some(out);
    }
    if let Some((fact, date)) = super::lessons::about(name, path) {
        let _ = writeln!(out, "{}", fact.say);
        if !fact.absent.is_empty() {
            let _ = writeln!(out, "Not written: {}.", fact.absent);
        }
        if !fact.formula.is_empty() {
            let _ = writeln!(out, "Computed: {}.", fact.formula);
        }
        let _ = writeln!(out, "[{}, looked up {date}]\n", fact.source);
    }
    let change =
        Facts::default().property_change(name, &steps.iter().copied().filter(|s| *s != "*").collect::<Vec<_>>());
    let note = change.note.map(|n| format!(" ({n})")).unwrap_or_default();
    let _ = writeln!(
        out,
        "If it changes: {}{note}. [{}: {}]",
        change.on_change.words(),
        change.label.as_str(),
        change.source
    );
    if let Some(default) = steps.first().filter(|_| steps.len() == 1).and_then(|p| traits.default_of(p)) {
        let _ = writeln!(out, "Default: {default}");
    }
    if let Some(list) = node.enumeration() {
        let values: Vec<String> =
            list.iter().map(|v| v.as_str().map_or_else(|| v.to_json().to_string(), str::to_owned)).collect();
        let _ = writeln!(out, "Allowed: {}", super::view::few(&values, 30));
    }
    for (words, value) in [("at least", node.min_length()), ("at most", node.max_length())] {
        if let Some(value) = value {
            let _ = writeln!(out, "Length: {words} {value}");
        }
    }
    if let Some(pattern) = node.pattern() {
        let _ = writeln!(out, "Pattern: {}", pattern.source());
    }
    let below: Vec<&str> = node.properties().map(|p| p.0).collect();
    let below = if below.is_empty() {
        node.items().map(|i| i.target().properties().map(|p| p.0).collect()).unwrap_or_default()
    } else {
        below
    };
    if !below.is_empty() {
        let _ = writeln!(out, "Below it: {}", below.join(", "));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_and_pseudo_parameters_are_explained() {
        let functions = crate::intrinsics::all().map(|f| f.name());
        for name in functions.chain(crate::intrinsics::PSEUDO_PARAMETERS.iter().copied()) {
            assert!(find(name).is_some(), "{name}");
        }
        for phase in crate::buildspec::PHASES {
            assert!(find(phase).is_some(), "{phase}");
        }
    }

    #[test]
    fn examples_of_references_are_about_types_that_give_one() {
        let all: BTreeMap<String, String> =
            serde_json::from_str(include_str!("../../schemas/explain/references.json")).unwrap();
        for kind in all.keys() {
            assert!(Traits::of(kind).is_some_and(|t| !t.ref_returns().is_empty()), "{kind}");
        }
    }
}
