//! What each part of the file is for, and questions whose answers come from the model.

use super::model::*;
use super::short::{and, place, when};
use super::terms::{self, Term};
use super::view::{Block, Item, few};

/// Most questions that are asked.
const MOST_QUESTIONS: usize = 14;

/// The teaching blocks: the parts of this file, then questions with their answers.
pub(super) fn blocks(model: &Model) -> Vec<Block> {
    let parts: Vec<Item> = names(model).into_iter().filter_map(|n| terms::find(n).map(|(n, t)| part(n, t))).collect();
    let mut out = Vec::new();
    if !parts.is_empty() {
        out.push(Block::Items(parts));
    }
    let questions = questions(model);
    if !questions.is_empty() {
        out.push(Block::Text("Questions, each with its answer from this file:".to_owned()));
        out.push(Block::Items(questions));
    }
    out
}

fn part(name: &str, term: &Term) -> Item {
    let mut text = format!("{name}: {}", term.is);
    if !term.when.is_empty() {
        text.push_str(&format!(" When: {}", term.when));
    }
    let mistake = (!term.mistake.is_empty()).then(|| format!("The usual mistake: {}", term.mistake));
    Item { text, remedy: mistake, ..Item::default() }
}

/// The terms that this file uses.
fn names(model: &Model) -> Vec<&'static str> {
    let mut out: Vec<&'static str> = Vec::new();
    let mut put = |name: &'static str, there: bool| {
        if there {
            out.push(name);
        }
    };
    if !model.is_template() {
        let steps: Vec<&str> = model
            .sheets
            .iter()
            .flat_map(|s| &s.rows)
            .map(|r| r.step.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' '))
            .collect();
        return steps.into_iter().filter_map(terms::find).map(|(name, _)| name).collect();
    }
    put("Parameters", !model.parameters.is_empty());
    put("Conditions", !model.conditions.is_empty());
    put("Transform", model.file.kind == "sam");
    put("Resources", true);
    put("Outputs", !model.outputs.is_empty());
    for (name, via) in
        [("Ref", "Ref"), ("Fn::GetAtt", "Fn::GetAtt"), ("Fn::Sub", "Fn::Sub"), ("DependsOn", "DependsOn")]
    {
        put(name, model.edges.iter().any(|e| e.via == via));
    }
    put("DeletionPolicy", !model.data_at_risk.is_empty());
    put("UpdateReplacePolicy", !model.data_at_risk.is_empty());
    out
}

fn question(question: String, answer: String) -> Item {
    Item { text: question, remedy: Some(answer), ..Item::default() }
}

/// Questions about this file, with answers made of the model.
pub(super) fn questions(model: &Model) -> Vec<Item> {
    let mut out = Vec::new();
    if let Some(first) = model.waves.first().filter(|_| model.waves.len() > 1) {
        out.push(question(
            "Which resources are made first?".to_owned(),
            format!("{}: they wait for nothing.", few(first, 8)),
        ));
    }
    let waiting = model.edges.iter().filter(|e| e.exists != Exists::No && e.from != e.to);
    let mut asked = std::collections::BTreeSet::new();
    for edge in waiting {
        if asked.len() < 3 && asked.insert(edge.via) {
            let answer = format!(
                "{} in line {} ({}).",
                edge.via,
                edge.at.line,
                edge.path.trim_start_matches('/').replace('/', ".")
            );
            out.push(question(format!("Why does {} wait for {}?", edge.from, edge.to), answer));
        }
    }
    for resource in model.existing() {
        let Some(property) = resource.properties.iter().find(|p| p.on_change == OnChange::Replace) else { continue };
        let name = place(&format!("/{}{}", resource.id, property.path));
        let mut answer = format!("{} is replaced: {}.", resource.id, property.source);
        if resource.stateful && resource.on_replace == Fate::Delete {
            answer.push_str(" What it holds is lost with the old one.");
        }
        out.push(question(format!("What happens if {name} changes?"), answer));
        if out.len() >= 7 {
            break;
        }
    }
    for scenario in model.scenarios.list.iter().filter(|s| !s.assumed && !s.when.is_empty()).take(2) {
        let mut parts = Vec::new();
        if !scenario.adds.is_empty() {
            parts.push(format!("{} more", few(&scenario.adds, 5)));
        }
        if !scenario.removes.is_empty() {
            parts.push(format!("{} less", few(&scenario.removes, 5)));
        }
        if !scenario.changes.is_empty() {
            parts.push(format!(
                "other values for {}",
                few(&scenario.changes.iter().map(|c| place(c)).collect::<Vec<_>>(), 5)
            ));
        }
        if !parts.is_empty() {
            out.push(question(
                format!("What is different with {}?", when(&scenario.when)),
                format!("{}.", and(&parts)),
            ));
        }
    }
    for resource in model.existing().filter(|r| r.origin.as_ref().is_some_and(|o| o.id != r.id)).take(3) {
        if let Some(origin) = &resource.origin {
            let answer = format!("line {} ({}): {}.", origin.at.line, origin.step, origin.because);
            out.push(question(format!("Which line makes {}?", resource.id), answer));
        }
    }
    for resource in model.existing().filter(|r| r.reference.is_some() && !r.needed_by.is_empty()).take(2) {
        if let Some(reference) = &resource.reference {
            out.push(question(format!("What does !Ref {} give?", resource.id), format!("{}.", reference.text)));
        }
    }
    let kept: Vec<String> =
        model.data_at_risk.iter().filter(|d| d.on_delete != Fate::Delete).map(|d| d.resource.clone()).collect();
    if model.existing().next().is_some() {
        let answer = if kept.is_empty() { "Nothing.".to_owned() } else { format!("{}.", few(&kept, 6)) };
        out.push(question("What survives when the stack is deleted?".to_owned(), answer));
    }
    out.truncate(MOST_QUESTIONS);
    out
}
