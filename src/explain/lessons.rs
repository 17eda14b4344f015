//! What a student should hear at the values of a file: facts written by hand, and the figures that follow from the file.
//!
//! Nothing here is read or computed unless lessons are asked for.

mod access;
mod asked;
mod calendar;
mod data;
mod delivery;
mod figures;
mod lambda;
mod machines;
mod network;
mod occurrences;
mod services;

use super::ExplainOptions;
use super::model::{Lesson, Lessons, Model, Place};
use super::template::Context;
use super::values::{Piece, Val};
use crate::document::Document;
use crate::source::SourceFile;
use crate::syntax::{Node, NodeKind};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Most resources of which one fact is shown.
const MOST_PLACES: usize = 8;

/// A fact about a property or a key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fact {
    /// The resource type, `buildspec` or `appspec`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The property: `RedrivePolicy`, `Code.S3Key`.
    pub property: String,
    /// What to know, in sentences.
    pub say: String,
    /// How the figure is computed, for people.
    #[serde(default)]
    pub formula: String,
    /// What holds when it is not written.
    #[serde(default)]
    pub absent: String,
    /// The name of the figure that says what it means in this file.
    #[serde(default)]
    compute: String,
    /// What says so.
    pub source: String,
}

#[derive(Debug, Default, Deserialize)]
struct Facts {
    date: String,
    facts: Vec<Fact>,
}

fn all() -> &'static Facts {
    static ALL: OnceLock<Facts> = OnceLock::new();
    ALL.get_or_init(|| serde_json::from_str(include_str!("../../schemas/teach/values.json")).unwrap_or_default())
}

/// The fact about a property of a type, with the day on which it was looked up.
pub(super) fn about(kind: &str, property: &str) -> Option<(&'static Fact, &'static str)> {
    let all = all();
    all.facts.iter().find(|f| f.kind == kind && f.property == property).map(|f| (f, &*all.date))
}

/// A figure: what a value means here; `Err` is what it depends on.
type Figure = Result<Option<String>, String>;

/// What figures are computed from.
struct Scope<'s, 'c, 'n> {
    model: &'s Model,
    /// None for files that are no templates.
    context: Option<&'s Context<'c, 'n>>,
    /// The day that counts as today.
    today: &'s str,
    id: &'s str,
    properties: &'s Val<'n>,
    /// The value that the fact is about.
    value: &'s Val<'n>,
}

impl<'s, 'n> Scope<'s, '_, 'n> {
    /// The text of a property.
    fn text(&self, path: &str) -> Result<Option<String>, String> {
        text(self.properties, path)
    }

    /// The number of a property.
    fn number(&self, path: &str) -> Result<Option<f64>, String> {
        number(self.properties, path)
    }

    /// The value itself as a number.
    fn own_number(&self) -> Result<Option<f64>, String> {
        plain(self.value).map(|t| t.and_then(|t| t.trim().parse().ok()))
    }

    /// The resources of a type that exist or may, with their properties.
    fn of_type(&self, kind: &str) -> Vec<(&'s str, &'s Val<'n>)> {
        let Some(context) = self.context else { return Vec::new() };
        let ids = self.model.existing().filter(|r| r.kind == kind).map(|r| r.id.as_str());
        ids.filter_map(|id| Some((id, context.values.get(id)?))).collect()
    }

    /// The resource that a value refers to; for an alias or a version the function behind it.
    fn target(&self, value: Option<&Val<'n>>) -> Option<&'s str> {
        let mut id = value?.resources().into_iter().next()?;
        for _ in 0..2 {
            let resource = self.model.resource(id)?;
            if !matches!(&*resource.kind, "AWS::Lambda::Alias" | "AWS::Lambda::Version") {
                return Some(&resource.id);
            }
            id = self.context?.values.get(id)?.at("FunctionName")?.resources().into_iter().next()?;
        }
        None
    }

    /// The properties of another resource.
    fn properties_of(&self, id: &str) -> Option<&'s Val<'n>> {
        self.context?.values.get(id)
    }
}

/// The text below a path; what it depends on when it is not known.
fn text(value: &Val<'_>, path: &str) -> Result<Option<String>, String> {
    value.at(path).map_or(Ok(None), plain)
}

/// The number below a path.
fn number(value: &Val<'_>, path: &str) -> Result<Option<f64>, String> {
    text(value, path).map(|t| t.and_then(|t| t.trim().parse().ok()))
}

fn plain(value: &Val<'_>) -> Result<Option<String>, String> {
    match value {
        Val::Text(_) => value.literal().map(Some).ok_or_else(|| open(value)),
        _ => Ok(None),
    }
}

/// What a value is, in words; nothing when it is absent.
fn words(value: Option<&Val<'_>>) -> String {
    value.map(Val::words).unwrap_or_default()
}

/// What a value depends on, in words.
fn open(value: &Val<'_>) -> String {
    let Val::Text(pieces) = value else { return "a value that is not known here".to_owned() };
    for piece in pieces {
        match piece {
            Piece::Hole(words) => return words.clone(),
            Piece::Ref(id) => return format!("what {id} will be called"),
            Piece::Att(id, attribute) => return format!("{attribute} of {id}"),
            Piece::Text(_) => {}
        }
    }
    "a dynamic reference".to_owned()
}

/// The lessons of a template.
pub(super) fn of_template(
    model: &Model,
    context: &Context<'_, '_>,
    document: &Document,
    options: &ExplainOptions,
) -> Lessons {
    let mut values = Vec::new();
    for fact in &all().facts {
        let owners: Vec<&str> = model.existing().filter(|r| r.kind == fact.kind).map(|r| r.id.as_str()).collect();
        let mut shown = 0;
        for id in owners {
            let Some(properties) = context.values.get(id) else { continue };
            if shown == MOST_PLACES {
                break;
            }
            let at = model.resource(id).map(|r| {
                let path = format!("/Properties/{}", fact.property.replace('.', "/"));
                let starts = |p: &&super::model::Property| {
                    p.path == path || p.path.strip_prefix(&*path).is_some_and(|rest| rest.starts_with('/'))
                };
                r.properties.iter().find(starts).map_or(r.at, |p| p.at)
            });
            let Some(value) = properties.at(&fact.property) else {
                if !fact.absent.is_empty() {
                    let so = format!("not written, so {}", fact.absent);
                    values.push(lesson(fact, id, String::new(), Some(so), None, at));
                    shown += 1;
                }
                continue;
            };
            // `sam package` will choose the address: the one here only stands for it.
            if fact.property == "Code.S3Key" && properties.literal_at("Code.S3Bucket").as_deref() == Some("packaged") {
                continue;
            }
            let scope = Scope { model, context: Some(context), today: &options.as_of, id, properties, value };
            values.push(computed(fact, &scope, at));
            shown += 1;
        }
    }
    // A reader follows the file: first the types that stand first in it.
    let mut first: BTreeMap<&str, u32> = BTreeMap::new();
    for resource in model.existing() {
        let line = first.entry(&resource.kind).or_insert(u32::MAX);
        *line = (*line).min(resource.at.line);
    }
    values.sort_by_key(|l: &Lesson| first.get(l.kind.as_str()).copied());
    let terms = document.root().map(|r| occurrences::of_template(&document.file, r)).unwrap_or_default();
    let mut constructs = asked::of_template(model, context, document, options);
    constructs.extend(network::mutual_groups(model, context));
    let questions = super::teach::questions(model, constructs);
    let policies = super::policies::of_template(model, context);
    Lessons { date: all().date.clone(), values, policies, terms, questions }
}

/// The lessons of an AppSpec or a buildspec.
pub(super) fn of_file(model: &Model, document: &Document, options: &ExplainOptions) -> Lessons {
    let mut lessons = Lessons { date: all().date.clone(), ..Lessons::default() };
    let Some(root) = document.root() else { return lessons };
    let properties = as_written(root);
    for fact in all().facts.iter().filter(|f| f.kind == model.file.kind) {
        let Some(value) = properties.at(&fact.property) else { continue };
        let scope = Scope { model, context: None, today: &options.as_of, id: "", properties: &properties, value };
        lessons.values.push(computed(fact, &scope, key_place(&document.file, root, &fact.property)));
    }
    lessons.terms = occurrences::of_file(&document.file, root, model);
    lessons.questions = super::teach::questions(model, asked::of_file(model, document));
    lessons
}

fn computed(fact: &Fact, scope: &Scope<'_, '_, '_>, at: Option<Place>) -> Lesson {
    let figure = figures::find(&fact.compute).map_or(Ok(None), |f| f(scope));
    let plain = |v: &Val<'_>| matches!(v, Val::Text(_)) && !v.show().contains('\n');
    let value = match scope.value {
        one if plain(one) => one.show_short(60),
        // A short list of plain values is shown where no figure says what is in it.
        Val::List(items) if fact.compute.is_empty() && !items.is_empty() && items.iter().all(plain) => {
            scope.value.words()
        }
        _ => String::new(),
    };
    let (here, depends) = match figure {
        Ok(here) => (here, None),
        Err(words) => (None, Some(words)),
    };
    lesson(fact, scope.id, value, here, depends, at)
}

fn lesson(
    fact: &Fact,
    about: &str,
    value: String,
    here: Option<String>,
    depends_on: Option<String>,
    at: Option<Place>,
) -> Lesson {
    Lesson {
        kind: fact.kind.clone(),
        property: fact.property.clone(),
        about: about.to_owned(),
        value,
        text: fact.say.clone(),
        formula: fact.formula.clone(),
        here,
        depends_on,
        source: fact.source.clone(),
        at,
    }
}

/// The place of a key by its path.
fn key_place(file: &SourceFile, root: &Node, path: &str) -> Option<Place> {
    let mut here = root;
    let mut place = None;
    for step in path.split('.') {
        let entry = here.entry(step)?;
        place = Some(Place::of(file, entry.key.span));
        here = &entry.value;
    }
    place
}

/// A file without functions as a value.
fn as_written(node: &Node) -> Val<'_> {
    match &node.kind {
        NodeKind::List(items) => Val::List(items.iter().map(as_written).collect()),
        NodeKind::Map(entries) => {
            Val::Map(entries.iter().map(|e| (&*e.key.text, e.key.span, as_written(&e.value))).collect())
        }
        NodeKind::Tagged(t) => as_written(&t.value),
        NodeKind::Call(call) => as_written(&call.argument),
        NodeKind::Null => Val::Absent,
        _ => Val::Text(vec![Piece::Text(node.scalar_text().unwrap_or_default().to_owned())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_complete() {
        assert!(all().facts.len() > 100, "{}", all().facts.len());
        for fact in &all().facts {
            let name = format!("{}.{}", fact.kind, fact.property);
            assert!(fact.compute.is_empty() || figures::find(&fact.compute).is_some(), "{name}: {}", fact.compute);
            assert!(fact.say.ends_with('.') && !fact.source.is_empty(), "{name}");
            assert!(!fact.absent.ends_with('.') && !fact.formula.ends_with('.'), "{name}");
        }
    }

    #[test]
    fn facts_are_about_properties_that_exist() {
        for fact in all().facts.iter().filter(|f| f.kind.contains("::")) {
            let Some(traits) = crate::schema::traits::Traits::of(&fact.kind) else {
                panic!("{} is no type", fact.kind);
            };
            let steps: Vec<&str> = fact.property.split('.').collect();
            assert!(traits.schema_at(&steps).is_some(), "{}.{}", fact.kind, fact.property);
        }
    }
}
