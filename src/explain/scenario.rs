//! Situations: which construct answers one, and where it is in a file or what would be added.

use super::lessons;
use super::model::*;
use super::view::{Block, Item, Part, Section};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Most situations that one question finds.
const MOST: usize = 3;

/// A situation with its answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Situation {
    /// Its short name: `canary`.
    pub id: String,
    /// What somebody wants.
    pub asks: String,
    /// Words by which it is found.
    words: String,
    /// Which construct answers it.
    answer: String,
    /// Where it stands in a file.
    find: Vec<Construct>,
    /// What would be added.
    add: String,
}

/// A construct to look for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Construct {
    /// A resource type, or `event`, `import`, `kept`, `output`, `parameter`, `section`, `step`, `value`.
    #[serde(rename = "type")]
    kind: String,
    /// The property, or the name of the event or section.
    property: String,
    /// What must stand in the value.
    #[serde(default)]
    like: String,
}

/// All situations.
pub fn all() -> &'static [Situation] {
    static ALL: OnceLock<Vec<Situation>> = OnceLock::new();
    ALL.get_or_init(|| serde_json::from_str(include_str!("../../schemas/teach/scenarios.json")).unwrap_or_default())
}

/// The list of the situations, as a section.
pub fn list() -> Section {
    let rows = all().iter().map(|s| vec![s.id.clone(), s.asks.clone()]).collect();
    Section { part: Part::Teach, title: "SITUATIONS".to_owned(), blocks: vec![Block::Table { head: Vec::new(), rows }] }
}

/// The situations that a text describes, best first: its short name, or words of it.
pub fn matching(text: &str) -> Vec<&'static Situation> {
    let wanted = stems(text);
    if let Some(exact) = all().iter().find(|s| s.id.eq_ignore_ascii_case(text.trim())) {
        return vec![exact];
    }
    // A word that many situations share says little.
    let known: Vec<BTreeSet<String>> =
        all().iter().map(|s| stems(&format!("{} {} {}", s.id, s.asks, s.words))).collect();
    let weight = |word: &str| match known.iter().filter(|k| k.contains(word)).count() {
        0 => 0,
        n => 24 / n.min(24),
    };
    let mut scored: Vec<(usize, usize)> = known
        .iter()
        .enumerate()
        .map(|(i, words)| (wanted.iter().filter(|w| words.contains(*w)).map(|w| weight(w)).sum(), i))
        .filter(|(score, _)| *score >= 4)
        .collect();
    scored.sort_by_key(|(score, i)| (std::cmp::Reverse(*score), *i));
    let best = scored.first().map_or(0, |s| s.0);
    scored.into_iter().filter(|(score, _)| score * 3 >= best * 2).take(MOST).filter_map(|(_, i)| all().get(i)).collect()
}

/// Words that say nothing about a situation.
const EMPTY: &str = " the and for how can what with from that this are its into want only must let one when need should \
                     where which has too have been does did not but their them they you your our out off own all any \
                     using used use ";

/// Words without endings and without those that mean nothing; `IteratorAge` is also the two words.
fn stems(text: &str) -> BTreeSet<String> {
    let mut spread = String::with_capacity(text.len() * 2);
    let mut before = ' ';
    for c in text.chars() {
        if before.is_lowercase() && c.is_uppercase() {
            spread.push(' ');
        }
        spread.push(c);
        before = c;
    }
    format!("{spread} {text}")
        .to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| w.len() > 2 || !w.is_empty() && w.chars().all(|c| c.is_ascii_digit()))
        .filter(|w| !EMPTY.contains(&format!(" {w} ")))
        .map(stem)
        .collect()
}

fn stem(word: &str) -> String {
    let mut word = word;
    for (ending, least) in [("ing", 3), ("ed", 3), ("ly", 4), ("es", 4), ("s", 2), ("e", 4)] {
        if let Some(rest) = word.strip_suffix(ending).filter(|rest| rest.len() >= least) {
            word = rest;
            // `running`: the letter was doubled for the ending.
            let mut last = word.chars().rev();
            if let (true, Some(a), Some(b)) = (matches!(ending, "ing" | "ed"), last.next(), last.next())
                && a == b
                && !matches!(a, 's' | 'l')
                && word.len() > 3
            {
                word = &word[..word.len() - 1];
            }
        }
    }
    word.to_owned()
}

/// What answers the situation: in this file, when there is one.
///
/// The text of the file is for values that the model holds only in part.
pub fn answer(situation: &Situation, file: Option<(&Model, &str)>) -> Section {
    let mut blocks = vec![Block::Text(situation.answer.clone())];
    let found = file.map(|(m, text)| situation.find.iter().flat_map(|f| places(m, text, f)).collect::<Vec<_>>());
    match found {
        Some(found) if !found.is_empty() => {
            blocks.push(Block::Text("In this file:".to_owned()));
            blocks.push(Block::Items(found));
        }
        other => {
            let text = if other.is_some() {
                "This file does not have it. What would be added, for example:"
            } else {
                "For example:"
            };
            blocks.push(Block::Text(text.to_owned()));
            blocks.push(Block::Code(situation.add.clone()));
        }
    }
    Section { part: Part::Teach, title: situation.asks.to_uppercase(), blocks }
}

fn at_line(at: Place) -> String {
    format!("line {}", at.line)
}

/// Where a construct stands.
fn places(model: &Model, source: &str, wanted: &Construct) -> Vec<Item> {
    let mut out = Vec::new();
    match wanted.kind.as_str() {
        "event" => {
            for row in model.sheets.iter().filter(|_| model.file.kind == "appspec").flat_map(|s| &s.rows) {
                let own = row.at.is_some() && row.step.ends_with(&wanted.property);
                if let (true, Some(at)) = (own, row.at) {
                    let who = row.cells.first().map(|c| format!(": {c}")).unwrap_or_default();
                    out.push(Item::plain(format!("{} ({}){who}", wanted.property, at_line(at))));
                }
            }
        }
        "step" => {
            for row in model.sheets.iter().flat_map(|s| &s.rows) {
                let Some(cell) = row.cells.iter().find(|c| c.contains(&wanted.property)) else { continue };
                let name = row.cells.first().filter(|c| *c != cell).unwrap_or(&row.step);
                let line = row.at.map(|at| format!(" ({})", at_line(at))).unwrap_or_default();
                out.push(Item::plain(format!("{name}{line}: {cell}")));
            }
        }
        "output" => {
            for output in &model.outputs {
                if let Some(name) = &output.export {
                    out.push(Item::plain(format!(
                        "output {} is exported as {name} ({})",
                        output.name,
                        at_line(output.at)
                    )));
                }
            }
        }
        "import" => {
            for import in &model.imports {
                out.push(Item::plain(format!("{} imports {} ({})", import.by, import.name, at_line(import.at))));
            }
        }
        "parameter" => {
            for parameter in model.parameters.iter().filter(|p| p.kind.starts_with(&wanted.property)) {
                out.push(Item::plain(format!(
                    "parameter {} is read from SSM at each deployment ({})",
                    parameter.name,
                    at_line(parameter.at)
                )));
            }
        }
        "kept" => {
            for risk in &model.data_at_risk {
                let verdict = format!(
                    "{}: {} on deletion, {} when it is replaced",
                    risk.resource,
                    risk.on_delete.words(),
                    risk.on_replace.words()
                );
                let safe = risk.on_delete != Fate::Delete && risk.on_replace != Fate::Delete;
                let remedy = (!safe)
                    .then(|| "DeletionPolicy and UpdateReplacePolicy, both Retain or Snapshot, keep it".to_owned());
                out.push(Item { text: verdict, important: !safe, remedy, ..Item::default() });
            }
        }
        "section" => {
            let sections = model.lessons.iter().flat_map(|l| &l.terms);
            for term in sections.filter(|t| t.name == wanted.property) {
                out.push(Item::plain(format!("{} ({})", term.name, at_line(term.at))));
            }
        }
        kind => {
            for resource in model.existing().filter(|r| kind == "value" || r.kind == kind) {
                out.extend(property(model, source, resource, wanted));
            }
        }
    }
    out
}

/// The property of a resource that answers.
fn property(model: &Model, source: &str, resource: &Resource, wanted: &Construct) -> Option<Item> {
    let path = format!("/Properties/{}", wanted.property.replace('.', "/"));
    let below = |p: &Property| p.path == path || p.path.strip_prefix(&*path).is_some_and(|rest| rest.starts_with('/'));
    let like = if wanted.kind == "value" { &wanted.property } else { &wanted.like };
    let body = source.get(resource.body.start as usize..resource.body.end as usize).unwrap_or_default();
    let holds = |p: &Property| {
        like.is_empty()
            || p.value.contains(like.as_str())
            || p.path.contains(like.as_str())
            || p.value.ends_with('…') && body.contains(like.as_str())
    };
    let found = match (wanted.kind.as_str(), wanted.property.as_str()) {
        (_, "") => return Some(Item::plain(format!("{} ({})", resource.id, at_line(resource.at)))),
        ("value", _) => resource.properties.iter().find(|p| p.value.contains(like.as_str()))?,
        _ => resource.properties.iter().find(|p| below(p) && holds(p))?,
    };
    let name = found.path.trim_start_matches("/Properties/").replace('/', ".");
    let value: String = found.value.chars().take(60).collect();
    let dots = if found.value.chars().count() > 60 { "…" } else { "" };
    let mut text = format!("{}.{name} = {value}{dots} ({})", resource.id, at_line(found.at));
    let lesson =
        model.lessons.iter().flat_map(|l| &l.values).find(|l| l.about == resource.id && l.property == wanted.property);
    match lesson.map(|l| (&l.here, &l.depends_on)) {
        Some((Some(here), _)) => text.push_str(&format!(": {here}")),
        Some((None, Some(depends))) => text.push_str(&format!(": what that means depends on {depends}")),
        _ => {}
    }
    let fact = lessons::about(&resource.kind, &wanted.property).map(|(f, _)| f.say.clone());
    Some(Item { text, details: fact.into_iter().collect(), ..Item::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_find_their_situation() {
        for (question, id) in [
            ("canary", "canary"),
            ("10 percent of the users first, then the rest", "canary"),
            ("how to stop cold starts", "cold-start"),
            ("my message is processed twice", "processed-twice"),
            ("the browser blocks my call: CORS", "cors"),
            ("keep the database when I delete the stack", "keep-data"),
            ("API gateway returns 504", "504"),
            ("many queues must get the same event", "fan-out"),
            ("somebody has to approve the release", "approval"),
        ] {
            let found: Vec<&str> = matching(question).iter().map(|s| s.id.as_str()).collect();
            assert_eq!(found.first(), Some(&id), "{question}: {found:?}");
        }
        assert!(matching("zebra").is_empty());
    }

    #[test]
    fn situations_name_types_and_properties_that_exist() {
        assert!(all().len() >= 40);
        for situation in all() {
            for place in situation.find.iter().filter(|p| p.kind.contains("::")) {
                let traits = crate::schema::traits::Traits::of(&place.kind);
                let steps: Vec<&str> = place.property.split('.').filter(|s| !s.is_empty()).collect();
                let there = traits.is_some_and(|t| steps.is_empty() || t.schema_at(&steps).is_some());
                assert!(there, "{}: {}.{}", situation.id, place.kind, place.property);
            }
        }
    }
}
