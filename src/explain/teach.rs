//! What each part of the file is for, what its values mean, and questions whose answers come from the model.

use super::model::*;
use super::short::{and, place, when};
use super::terms;
use super::view::{Block, Item, few};
use std::collections::BTreeSet;

/// Most statements of one holder that are read aloud.
const MOST_STATEMENTS: usize = 30;
/// Most questions that are asked.
const MOST_QUESTIONS: usize = 40;

/// The terms that this file uses, each with what it is for.
pub(super) fn parts(lessons: &Lessons, platform: Option<&str>) -> Vec<Block> {
    let mut items = Vec::new();
    for occurrence in &lessons.terms {
        let Some((name, term)) = terms::find(&occurrence.name) else { continue };
        let where_ = match occurrence.count {
            0 => "not in the file".to_owned(),
            1 => format!("line {}", occurrence.at.line),
            2 => format!("line {} and once more", occurrence.at.line),
            n => format!("line {} and {} more times", occurrence.at.line, n - 1),
        };
        let mut details = Vec::new();
        let (is, when, mistake) =
            (fitting(&term.is, platform), fitting(&term.when, platform), fitting(&term.mistake, platform));
        if when.starts_with("When ") {
            details.push(when);
        } else if !when.is_empty() {
            details.push(format!("When: {when}"));
        }
        if !mistake.is_empty() {
            details.push(format!("The usual mistake: {mistake}"));
        }
        items.push(Item { text: format!("{name} ({where_}): {is}"), details, ..Item::default() });
    }
    if items.is_empty() { Vec::new() } else { vec![Block::Items(items)] }
}

/// A text without the sentences about other platforms of CodeDeploy than this file's.
fn fitting(text: &str, platform: Option<&str>) -> String {
    let Some(platform) = platform else { return text.to_owned() };
    let own = if platform.starts_with("EC2") { "machines" } else { platform };
    let mut kept = Vec::new();
    for sentence in text.split_inclusive(". ") {
        let head = sentence.split_once(':').filter(|(head, _)| head.starts_with("On "));
        match head {
            Some((head, rest)) if head.split([' ', ',']).any(|w| w == own) => {
                kept.push(capital_first(rest.trim()));
            }
            Some(_) => {}
            None => kept.push(sentence.trim().to_owned()),
        }
    }
    kept.join(" ")
}

fn capital_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The facts at the values of this file: each once, with every place below it.
pub(super) fn values(lessons: &Lessons) -> Vec<Block> {
    let mut items: Vec<Item> = Vec::new();
    let mut last = None;
    for lesson in &lessons.values {
        let of = match lesson.about.as_str() {
            "" => lesson.property.clone(),
            _ => format!("{} of {}", lesson.property, lesson.kind),
        };
        if last.as_ref() != Some(&of) {
            let formula = if lesson.formula.is_empty() { String::new() } else { format!(" [{}]", lesson.formula) };
            items.push(Item { text: format!("{of}: {}{formula}", lesson.text), ..Item::default() });
            last = Some(of);
        }
        if let Some(item) = items.last_mut() {
            item.details.push(here(lesson));
        }
    }
    if items.is_empty() { Vec::new() } else { vec![Block::Items(items)] }
}

/// The policies, read aloud.
pub(super) fn policies(lessons: &Lessons) -> Vec<Block> {
    let rest = |count: usize| (count > MOST_STATEMENTS).then(|| format!("and {} more", count - MOST_STATEMENTS));
    let item = |one: &Aloud| {
        let what = if one.what.is_empty() { String::new() } else { format!("the {} ", one.what) };
        let used = if one.used_by.is_empty() { String::new() } else { format!(", used by {}", and(&one.used_by)) };
        let line = |said: &Said| said.at.map(|at| format!(" (line {})", at.line)).unwrap_or_default();
        Item {
            text: capital_first(&format!("{what}{}{used}:", one.about)),
            details: one
                .statements
                .iter()
                .take(MOST_STATEMENTS)
                .map(|said| format!("{}{}", said.text, line(said)))
                .chain(rest(one.statements.len()))
                .collect(),
            ..Item::default()
        }
    };
    let items: Vec<Item> = lessons.policies.iter().map(item).collect();
    if items.is_empty() { Vec::new() } else { vec![Block::Items(items)] }
}

fn here(lesson: &Lesson) -> String {
    let name = if lesson.about.is_empty() { "here".to_owned() } else { lesson.about.clone() };
    let line = lesson.at.map(|at| format!(" (line {})", at.line)).unwrap_or_default();
    let value = if lesson.value.is_empty() { String::new() } else { format!(" = {}", lesson.value) };
    let meaning = match (&lesson.here, &lesson.depends_on) {
        (Some(here), _) => format!(": {here}"),
        (None, Some(depends)) => format!(": what that means depends on {depends}"),
        (None, None) => String::new(),
    };
    format!("{name}{value}{line}{meaning}")
}

/// The questions.
pub(super) fn asked(lessons: &Lessons) -> Vec<Block> {
    if lessons.questions.is_empty() { Vec::new() } else { vec![Block::Questions(lessons.questions.clone())] }
}

/// Questions about this file: those about its constructs, then those whose answers are made of the model.
pub(super) fn questions(model: &Model, constructs: Vec<Question>) -> Vec<Question> {
    let mut out = Vec::new();
    if model.is_template() {
        origins(model, &mut out);
        constructs.into_iter().for_each(|q| ask(&mut out, q.question, q.answer));
        references(model, &mut out);
        order(model, &mut out);
        values_and_conditions(model, &mut out);
        changes(model, &mut out);
        ends(model, &mut out);
    } else {
        steps(model, &mut out);
        constructs.into_iter().for_each(|q| ask(&mut out, q.question, q.answer));
    }
    if model.is_template() {
        steps(model, &mut out);
    }
    out.truncate(MOST_QUESTIONS);
    out
}

fn ask(out: &mut Vec<Question>, question: impl Into<String>, answer: impl Into<String>) {
    let question = question.into();
    if out.iter().all(|q| q.question != question) {
        out.push(Question { question, answer: answer.into() });
    }
}

/// What a transform made.
fn origins(model: &Model, out: &mut Vec<Question>) {
    if model.resources.len() > model.written {
        let made: Vec<String> = model
            .resources
            .iter()
            .filter(|r| r.origin.as_ref().is_some_and(|o| o.id != r.id))
            .map(|r| r.id.clone())
            .collect();
        let by = match made.is_empty() {
            true => "the loops make the others".to_owned(),
            false => format!("the transform adds {}", few(&made, 6)),
        };
        ask(
            out,
            "How many resources does CloudFormation get to see?",
            format!(
                "{}, though only {} {} written: {by}.",
                model.resources.len(),
                model.written,
                if model.written == 1 { "is" } else { "are" },
            ),
        );
    }
    for resource in model.existing().filter(|r| r.origin.as_ref().is_some_and(|o| o.id != r.id)).take(1) {
        if let Some(origin) = &resource.origin {
            let because = match origin.because.as_str() {
                "" => String::new(),
                because => format!(": {because}"),
            };
            let answer = format!("Line {} ({}){because}.", origin.at.line, origin.step);
            ask(out, format!("Which line makes {}?", resource.id), answer);
        }
    }
}

/// What waits for what.
fn order(model: &Model, out: &mut Vec<Question>) {
    if let Some(first) = model.waves.first().filter(|_| model.waves.len() > 1) {
        let (they, wait) = if first.len() == 1 { ("it waits", "alone") } else { ("they wait", "at the same time") };
        ask(out, "Which resources are made first?", format!("{}, {wait}: {they} for nothing.", few(first, 8)));
    }
    let mut asked = BTreeSet::new();
    for edge in model.edges.iter().filter(|e| e.exists != Exists::No && e.from != e.to) {
        let own = model.resource(&edge.from).is_some_and(|r| r.origin.as_ref().is_none_or(|o| o.id == r.id));
        if asked.len() == 3 || !own || edge.path.contains("/Body/") || !asked.insert(edge.via) {
            continue;
        }
        let property = place(edge.path.trim_start_matches("/Properties"));
        let answer = match (edge.via, &edge.attribute) {
            ("DependsOn", _) => {
                format!("Because DependsOn in line {} says so; no value of {} is used.", edge.at.line, edge.to)
            }
            (via, Some(attribute)) => format!(
                "Because {property} needs {}.{attribute}, which exists only once {} has been made ({via}, line {}).",
                edge.to, edge.to, edge.at.line
            ),
            (via, None) => format!(
                "Because {property} needs the identifier of {}, which exists only once {} has been made ({via}, line {}).",
                edge.to, edge.to, edge.at.line
            ),
        };
        ask(out, format!("Why does {} wait for {}?", edge.from, edge.to), answer);
    }
}

/// What changes do: one replacement, one change in place.
fn changes(model: &Model, out: &mut Vec<Question>) {
    let mut replaced = 0;
    for resource in model.existing().filter(|r| r.origin.as_ref().is_none_or(|o| o.id == r.id)) {
        let Some(property) = resource.properties.iter().find(|p| p.on_change == OnChange::Replace) else { continue };
        let name = property.path.trim_start_matches("/Properties/").replace('/', ".");
        let because = match property.source.as_str() {
            "it is create-only in the schema" => {
                "this property is set when the resource is made and never again (create-only in the schema)"
            }
            other => other,
        };
        let mut answer = format!("It is replaced by a new one, because {because}.");
        if property.source.starts_with("CloudFormation reference") {
            answer = match &property.note {
                Some(note) => format!("It is replaced by a new one: {note}."),
                None => "It is replaced by a new one.".to_owned(),
            };
        }
        let reads =
            |id: &&String| model.edges.iter().any(|e| e.from == **id && e.to == resource.id && e.via != "DependsOn");
        let readers: Vec<String> = resource.needed_by.iter().filter(reads).cloned().collect();
        if !readers.is_empty() {
            let verb = if readers.len() == 1 { "is given the identifier" } else { "are given the identifier" };
            answer.push_str(&format!(" {} {verb} of the new one.", few(&readers, 4)));
        }
        if resource.stateful && resource.on_replace == Fate::Delete {
            answer.push_str(" What the old one holds is lost: there is no UpdateReplacePolicy that keeps it.");
        }
        ask(out, format!("What happens to {} if {name} changes?", resource.id), answer);
        replaced += 1;
        if replaced == 2 {
            break;
        }
    }
    let in_place = model.existing().find_map(|r| {
        let written = r.origin.as_ref().is_none_or(|o| o.id == r.id);
        let fits = |p: &&Property| {
            let plain = p.path.matches('/').count() == 2 && !p.value.starts_with(['[', '{']);
            plain && p.on_change == OnChange::Never && p.known && p.label == Label::Schema
        };
        r.properties.iter().find(fits).filter(|_| written && !r.stateful).map(|p| (r, p))
    });
    if let Some((resource, property)) = in_place {
        let name = property.path.trim_start_matches("/Properties/");
        ask(
            out,
            format!("What happens to {} if {name} changes?", resource.id),
            "It stays the same one and is changed in place.",
        );
    }
    for parameter in model.parameters.iter() {
        let mut direct: Vec<String> = Vec::new();
        let mut after = BTreeSet::new();
        for effect in &parameter.effects.replace {
            if effect.follows.is_some() {
                after.insert(effect.resource.as_str());
            } else if !direct.contains(&effect.resource) {
                direct.push(effect.resource.clone());
            }
        }
        if direct.is_empty() {
            continue;
        }
        let also = after.iter().filter(|id| direct.iter().all(|d| d != *id)).count();
        let also = if also > 0 { format!(", and with it {also} more that stand on it") } else { String::new() };
        let ssm = match parameter.kind.starts_with("AWS::SSM::Parameter::Value") {
            true => " Its value is read again at each deployment, so this can happen without any edit.",
            false => "",
        };
        ask(
            out,
            format!("Which resources are replaced if the parameter {} changes?", parameter.name),
            format!("{}{also}.{ssm}", few(&direct, 6)),
        );
        break;
    }
}

/// What one other value of one parameter changes, with the values before and after.
fn told(model: &Model, when: &[Setting]) -> Vec<String> {
    let [setting] = when else { return Vec::new() };
    let parameter = model.parameters.iter().find(|p| p.name == setting.name);
    let value = parameter.and_then(|p| p.values.iter().find(|v| v.value == setting.value));
    value.map(|v| v.details.iter().map(|d| d.replacen(' ', ": ", 1)).collect()).unwrap_or_default()
}

/// What other values switch.
fn values_and_conditions(model: &Model, out: &mut Vec<Question>) {
    for scenario in model.scenarios.list.iter().filter(|s| !s.assumed && !s.when.is_empty()).take(2) {
        let mut parts = Vec::new();
        if !scenario.adds.is_empty() {
            let verb = if scenario.adds.len() == 1 { "exists" } else { "exist" };
            parts.push(format!("{} {verb} in addition", few(&scenario.adds, 5)));
        }
        if !scenario.removes.is_empty() {
            let verb = if scenario.removes.len() == 1 { "does" } else { "do" };
            parts.push(format!("{} {verb} not exist", few(&scenario.removes, 5)));
        }
        let details = told(model, &scenario.when);
        if !details.is_empty() {
            parts.push(few(&details, 4));
        } else if !scenario.changes.is_empty() {
            let places: Vec<String> = scenario.changes.iter().map(|c| place(c)).collect();
            let noun = if places.len() == 1 { "has another value" } else { "have other values" };
            parts.push(format!("{} {noun}", few(&places, 5)));
        }
        if !parts.is_empty() {
            ask(out, format!("What is different with {}?", when(&scenario.when)), format!("{}.", and(&parts)));
        }
    }
}

/// What references give.
fn references(model: &Model, out: &mut Vec<Question>) {
    let mut kinds = BTreeSet::new();
    let used = |r: &&Resource| {
        r.origin.as_ref().is_none_or(|o| o.id == r.id) && model.edges.iter().any(|e| e.to == r.id && e.via == "Ref")
    };
    for resource in model.existing().filter(used) {
        let Some(reference) = &resource.reference else { continue };
        if kinds.len() == 2 || !kinds.insert(resource.kind.as_str()) {
            continue;
        }
        let parts: Vec<String> = reference.text.split('|').map(str::to_owned).collect();
        let example = terms::reference_example(&resource.kind).map(|e| format!(", such as {e}")).unwrap_or_default();
        let mut answer = format!("Its {}{example}", and(&parts));
        let arn = resource.attributes.iter().find(|a| *a == "Arn");
        match arn {
            Some(arn) if !reference.text.contains("Arn") => {
                answer.push_str(&format!("; its ARN is !GetAtt {}.{arn}.", resource.id));
            }
            _ => answer.push('.'),
        }
        ask(out, format!("What does !Ref {} give?", resource.id), answer);
    }
    if let Some(output) = model.outputs.iter().find(|o| o.export.is_some() && o.exists != Exists::No) {
        let name = output.export.as_deref().unwrap_or_default();
        ask(
            out,
            format!("Who can use the output {}?", output.name),
            format!(
                "Every stack of the same account and region, as !ImportValue {name}. While one does, it can neither change nor go."
            ),
        );
    }
}

/// What the deployment asks for, and what is left in the end.
fn ends(model: &Model, out: &mut Vec<Question>) {
    if let Some(capability) = model.capabilities.first()
        && let Some(cause) = capability.causes.first()
    {
        ask(
            out,
            format!("Why does the deployment need {}?", capability.name),
            format!("Because {}: whoever deploys must say that they know of it.", cause.text.trim_end_matches('.')),
        );
    }
    if model.existing().next().is_none() {
        return;
    }
    let kept: Vec<String> = model
        .existing()
        .filter(|r| matches!(r.on_delete, Fate::Retain | Fate::RetainExceptOnCreate | Fate::Snapshot))
        .map(|r| if r.on_delete == Fate::Snapshot { format!("a snapshot of {}", r.id) } else { r.id.clone() })
        .collect();
    let lost: Vec<String> =
        model.existing().filter(|r| r.stateful && r.on_delete == Fate::Delete).map(|r| r.id.clone()).collect();
    let mut answer = if kept.is_empty() { "Nothing".to_owned() } else { few(&kept, 6) };
    if answer.starts_with("a snapshot of ") {
        answer = capital_first(&answer);
    }
    if !lost.is_empty() {
        let verb = if lost.len() == 1 { "goes" } else { "go" };
        answer.push_str(&format!(". {} {verb}, with the data inside", few(&lost, 6)));
    }
    ask(out, "What survives when the stack is deleted?", format!("{answer}."));
}

/// Events, phases, stages: what happens when one fails.
fn steps(model: &Model, out: &mut Vec<Question>) {
    for sheet in &model.sheets {
        let mut stage = "";
        for row in &sheet.rows {
            stage = if row.step.is_empty() { stage } else { &row.step };
            if let [action, what, ..] = row.cells.as_slice()
                && what.starts_with("waits for a person")
            {
                ask(
                    out,
                    format!("Where does a person decide in {}?", sheet.title),
                    format!(
                        "In stage {stage}, at {action}: it waits there for at most 7 days, and without an answer it fails."
                    ),
                );
            }
        }
        let Some(column) = sheet.columns.iter().position(|c| matches!(*c, "if it fails" | "then")) else { continue };
        if model.is_template() {
            continue;
        }
        for row in &sheet.rows {
            let step = row.step.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
            let own =
                row.cells.first().is_some_and(|c| c.contains("your") || c.contains("command") && !c.starts_with('0'));
            let Some(cell) = row.cells.get(column).filter(|c| own && !c.is_empty() && *c != "—") else { continue };
            match model.file.kind {
                "buildspec" => {
                    ask(out, format!("What happens if a command of {step} fails?"), format!("{}.", capital(cell)))
                }
                _ => ask(out, format!("What happens if {step} fails?"), format!("{}.", capital(cell))),
            }
        }
        for fact in sheet.facts.iter().filter(|f| f.name == "ARTIFACTS") {
            ask(out, "What does the next stage of a pipeline receive?", format!("{}.", few(&fact.items, 8)));
        }
        let old: Vec<&str> = sheet
            .rows
            .iter()
            .filter(|r| r.details.iter().any(|d| d.contains("last successful revision")))
            .map(|r| r.step.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' '))
            .collect();
        if !old.is_empty() {
            let names: Vec<String> = old.iter().map(|s| (*s).to_owned()).collect();
            let verb = if names.len() == 1 { "runs its script" } else { "run their scripts" };
            ask(
                out,
                "Which scripts are not those of this revision?",
                format!("{} {verb} from the last revision that was deployed successfully.", and(&names)),
            );
        }
    }
}

/// A cell as a sentence without its full stop; a name at its start stays as it is.
fn capital(text: &str) -> String {
    let text = text.trim_end_matches('.');
    if text.split(' ').next().is_some_and(|w| w.contains('_')) { text.to_owned() } else { capital_first(text) }
}
