//! Questions to the model: why something is there, who uses it, how two things hang together, what another value would do.

use super::model::*;
use super::short::place;
use super::view::{Block, Item, Part, Section, few};
use std::collections::{BTreeMap, VecDeque};

fn section(title: &str, blocks: Vec<Block>) -> Section {
    Section { part: Part::Resources, title: title.to_owned(), blocks }
}

fn tagged(text: String, tag: String) -> Item {
    Item { text, tag, ..Item::default() }
}

fn edge_text(edge: &Edge) -> String {
    let attribute = edge.attribute.as_ref().map(|a| format!(".{a}")).unwrap_or_default();
    let mut text =
        format!("{} {}{attribute} in {}", edge.via, edge.to, edge.path.trim_start_matches('/').replace('/', "."));
    for guard in &edge.guard {
        text.push_str(&format!(", only if {} is {}", guard.condition, guard.holds));
    }
    if !edge.possible {
        text.push_str(", which no deployment reaches");
    } else if edge.exists == Exists::No {
        text.push_str(" (not under these assumptions)");
    }
    text
}

/// Every name that can be asked about.
pub fn names(model: &Model) -> Vec<&str> {
    let resources = model.resources.iter().map(|r| r.id.as_str());
    let parameters = model.parameters.iter().map(|p| p.name.as_str());
    let conditions = model.conditions.iter().map(|c| c.name.as_str());
    let outputs = model.outputs.iter().map(|o| o.name.as_str());
    resources.chain(parameters).chain(conditions).chain(outputs).collect()
}

/// Why something is there, what it waits for and who waits for it, with the source of each claim.
pub fn why(model: &Model, id: &str) -> Option<Vec<Section>> {
    if let Some(resource) = model.resource(id) {
        return Some(why_resource(model, resource));
    }
    if let Some(parameter) = model.parameters.iter().find(|p| p.name == id) {
        return Some(why_parameter(parameter));
    }
    if let Some(condition) = model.conditions.iter().find(|c| c.name == id) {
        let mut items = vec![Item::plain(format!("it holds when {} (line {})", condition.meaning, condition.at.line))];
        items.push(Item::plain(match condition.value {
            Some(value) => format!("here it is {value}"),
            None => "here it is not decided".to_owned(),
        }));
        if !condition.switches.is_empty() {
            items.push(Item::plain(format!("it switches {}", few(&condition.switches, 12))));
        }
        return Some(vec![section(&format!("CONDITION {id}"), vec![Block::Items(items)])]);
    }
    let output = model.outputs.iter().find(|o| o.name == id)?;
    let mut items = vec![Item::plain(format!("its value is {} (line {})", output.value, output.at.line))];
    if !output.reads.is_empty() {
        items.push(Item::plain(format!("it reads {}", few(&output.reads, 12))));
    }
    if let Some(export) = &output.export {
        let text = format!("other stacks import it as {export}; it cannot be removed or changed while one does");
        items.push(tagged(text, "documented: user guide, exports".to_owned()));
    }
    Some(vec![section(&format!("OUTPUT {id}"), vec![Block::Items(items)])])
}

fn why_resource(model: &Model, resource: &Resource) -> Vec<Section> {
    let id = &resource.id;
    let mut there = Vec::new();
    match &resource.origin {
        Some(origin) => {
            let because = if origin.because.is_empty() { String::new() } else { format!(": {}", origin.because) };
            let text = format!("the transform makes it from {} (line {}){because}", origin.step, origin.at.line);
            there.push(tagged(text, "documented: SAM".to_owned()));
        }
        None => there.push(tagged(format!("it is written in line {}", resource.at.line), "file".to_owned())),
    }
    for guard in &resource.guard {
        let condition = model.conditions.iter().find(|c| c.name == guard.condition);
        let meaning = condition.map(|c| c.meaning.clone()).unwrap_or_default();
        let here = match resource.exists {
            Exists::Yes => "it does here",
            Exists::No => "it does not here",
            Exists::Maybe => "not decided here",
        };
        there.push(tagged(
            format!("it exists only if {} holds ({meaning}): {here}", guard.condition),
            "file".to_owned(),
        ));
    }
    there.push(tagged(resource.sentence.clone(), resource.label.as_str().to_owned()));
    if let Some(reference) = &resource.reference {
        let tag = format!("{}: {}", reference.label.as_str(), reference.source);
        there.push(tagged(format!("!Ref {id} gives {}", reference.text), tag));
    }
    let mut out = vec![section(&format!("WHY {id} IS THERE"), vec![Block::Items(there)])];
    let line = |e: &Edge| format!("line {}", e.at.line);
    let needs: Vec<Item> =
        model.edges.iter().filter(|e| e.from == *id).map(|e| tagged(edge_text(e), line(e))).collect();
    if !needs.is_empty() {
        let wave = resource.wave.map(|w| format!(" (wave {w})")).unwrap_or_default();
        out.push(section(&format!("IT WAITS FOR{wave}"), vec![Block::Items(needs)]));
    }
    out.extend(who_uses(model, id));
    let rows = resource.properties.iter().map(|p| {
        let name = p.path.trim_start_matches("/Properties/").replace('/', ".");
        let note = p.note.as_ref().map(|n| format!(" ({n})")).unwrap_or_default();
        let tag = format!("{}: {}", p.label.as_str(), p.source);
        vec![name, format!("line {}", p.at.line), format!("{}{note}", p.on_change.words()), tag]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    if !rows.is_empty() {
        out.push(section("IF A PROPERTY CHANGES", vec![Block::Table { head: Vec::new(), rows }]));
    }
    out
}

fn why_parameter(parameter: &Parameter) -> Vec<Section> {
    let mut items = Vec::new();
    let lists = [
        (&parameter.effects.refused, "refused"),
        (&parameter.effects.replace, "replaced"),
        (&parameter.effects.may_replace, "may be replaced"),
        (&parameter.effects.update, "changed in place"),
        (&parameter.effects.switch, "comes or goes"),
    ];
    for (list, words) in lists {
        for effect in list {
            let mut text = match effect.property.as_str() {
                "" => format!("{}: {words}", effect.resource),
                property => format!("{}.{property}: {} {words}", effect.resource, effect.resource),
            };
            if let Some(condition) = &effect.condition {
                text.push_str(&format!(", by condition {condition}"));
            }
            if let Some(followed) = &effect.follows {
                text.push_str(&format!(", because {followed} is replaced"));
            }
            if let Some(note) = &effect.note {
                text.push_str(&format!(" ({note})"));
            }
            items.push(tagged(text, format!("{}: {}", effect.label.as_str(), effect.source)));
        }
    }
    items.extend(parameter.effects.outputs.iter().map(|o| Item::plain(format!("output {o} changes"))));
    if items.is_empty() {
        items.push(Item::plain("nothing uses it"));
    }
    vec![section(&format!("WHAT A CHANGE OF {} DOES", parameter.name), vec![Block::Items(items)])]
}

/// Who needs a resource, or reads a parameter.
pub fn who_uses(model: &Model, id: &str) -> Vec<Section> {
    let mut items: Vec<Item> = Vec::new();
    for edge in model.edges.iter().filter(|e| e.to == id) {
        items.push(tagged(format!("{}: {}", edge.from, edge_text(edge)), format!("line {}", edge.at.line)));
    }
    for output in model.outputs.iter().filter(|o| o.reads.iter().any(|r| r == id)) {
        items.push(tagged(format!("output {} reads it", output.name), format!("line {}", output.at.line)));
    }
    if let Some(parameter) = model.parameters.iter().find(|p| p.name == id) {
        return why_parameter(parameter);
    }
    if items.is_empty() {
        items.push(Item::plain("nothing uses it"));
    }
    vec![section(&format!("WHO USES {id}"), vec![Block::Items(items)])]
}

/// The shortest way from one resource to another, in either direction.
pub fn path(model: &Model, from: &str, to: &str) -> Option<Vec<Section>> {
    model.resource(from)?;
    model.resource(to)?;
    let found = shortest(model, from, to).or_else(|| shortest(model, to, from));
    let Some(edges) = found else {
        let text = format!("Neither waits for the other: {from} and {to} can be made at the same time.");
        return Some(vec![section(&format!("{from} AND {to}"), vec![Block::Text(text)])]);
    };
    let items = edges
        .iter()
        .map(|e| tagged(format!("{} waits for {}: {}", e.from, e.to, edge_text(e)), format!("line {}", e.at.line)));
    let title = match (edges.first(), edges.last()) {
        (Some(first), Some(last)) => format!("{} WAITS FOR {}", first.from, last.to),
        _ => format!("{from} AND {to}"),
    };
    Some(vec![section(&title, vec![Block::Items(items.collect())])])
}

fn shortest<'m>(model: &'m Model, from: &str, to: &str) -> Option<Vec<&'m Edge>> {
    let mut out: BTreeMap<&str, Vec<&Edge>> = BTreeMap::new();
    for edge in model.edges.iter().filter(|e| e.possible) {
        out.entry(&edge.from).or_default().push(edge);
    }
    let mut came: BTreeMap<&str, &Edge> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(here) = queue.pop_front() {
        if here == to {
            break;
        }
        for edge in out.get(here).into_iter().flatten() {
            if edge.to != from && !came.contains_key(edge.to.as_str()) {
                came.insert(&edge.to, edge);
                queue.push_back(&edge.to);
            }
        }
    }
    let mut edges = Vec::new();
    let mut here = to;
    while here != from {
        let edge = came.get(here)?;
        edges.push(*edge);
        here = &edge.from;
    }
    edges.reverse();
    (!edges.is_empty()).then_some(edges)
}

/// What differs between two models of the same file: resources, values and order.
pub fn what_if(before: &Model, after: &Model) -> Vec<Section> {
    let mut items = Vec::new();
    let old: BTreeMap<&str, &Resource> = before.resources.iter().map(|r| (r.id.as_str(), r)).collect();
    let new: BTreeMap<&str, &Resource> = after.resources.iter().map(|r| (r.id.as_str(), r)).collect();
    for resource in &after.resources {
        let was = old.get(resource.id.as_str());
        let there = |r: &Resource| r.exists != Exists::No;
        match (was.is_some_and(|r| there(r)), there(resource)) {
            (false, true) => items.push(Item::plain(format!("+ {} ({}) is added", resource.id, resource.short_type))),
            (true, false) => items.push(Item {
                text: format!("- {} ({}) is removed: {}", resource.id, resource.short_type, resource.on_delete.words()),
                important: resource.stateful,
                ..Item::default()
            }),
            (true, true) => items.extend(changed(was.copied(), resource)),
            (false, false) => {}
        }
    }
    for resource in before.resources.iter().filter(|r| !new.contains_key(r.id.as_str()) && r.exists != Exists::No) {
        items.push(Item::plain(format!("- {} ({}) is removed", resource.id, resource.short_type)));
    }
    let outputs: BTreeMap<&str, &Output> = before.outputs.iter().map(|o| (o.name.as_str(), o)).collect();
    for output in &after.outputs {
        if let Some(was) = outputs.get(output.name.as_str()).filter(|o| o.value != output.value) {
            items.push(Item::plain(format!("~ output {}: {} → {}", output.name, was.value, output.value)));
        }
    }
    if items.is_empty() {
        items.push(Item::plain("nothing changes"));
    }
    vec![section("WHAT WOULD CHANGE", vec![Block::Items(items)])]
}

fn changed(was: Option<&Resource>, resource: &Resource) -> Vec<Item> {
    let old: BTreeMap<&str, &Property> = was.iter().flat_map(|r| &r.properties).map(|p| (p.path.as_str(), p)).collect();
    let now: BTreeMap<&str, &Property> = resource.properties.iter().map(|p| (p.path.as_str(), p)).collect();
    let gone = old.values().filter(|p| !now.contains_key(p.path.as_str())).map(|p| (*p, "(absent)"));
    let mut out = Vec::new();
    let differs = resource.properties.iter().filter(|p| old.get(p.path.as_str()).is_none_or(|o| o.value != p.value));
    for (property, value) in differs.map(|p| (p, p.value.as_str())).chain(gone) {
        let before = old.get(property.path.as_str()).map_or("(absent)", |p| p.value.as_str());
        let name = place(&format!("/{}{}", resource.id, property.path));
        out.push(Item {
            text: format!("~ {name}: {before} → {value}: {}", property.on_change.words()),
            tag: property.label.as_str().to_owned(),
            remedy: property.note.clone(),
            important: property.on_change >= OnChange::Replace,
            ..Item::default()
        });
    }
    out
}

/// A policy document with what the deployment may need.
pub fn policy(model: &Model) -> serde_json::Value {
    let permissions = &model.permissions;
    let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for action in permissions.create.iter().chain(&permissions.update).chain(&permissions.delete) {
        if action == "iam:PassRole" {
            continue;
        }
        services.entry(action.split(':').next().unwrap_or_default()).or_default().push(action);
    }
    let mut statements: Vec<serde_json::Value> = Vec::new();
    for (service, mut actions) in services {
        actions.sort_unstable();
        actions.dedup();
        let name: String = service.chars().filter(char::is_ascii_alphanumeric).collect();
        let sid = format!("Deploy{}{}", name[..1.min(name.len())].to_uppercase(), &name[1.min(name.len())..]);
        statements.push(serde_json::json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": "*" }));
    }
    if !permissions.passed_roles.is_empty() {
        let stack = model.assumptions.stack_name.as_deref().unwrap_or("*");
        let partition = crate::value::regions::partition(&model.assumptions.region);
        let one = |id: &String| {
            let name = model.resource(id).and_then(|r| r.name.as_ref()).filter(|n| n.fixed && !n.value.contains('<'));
            let name = name.map_or_else(|| format!("{stack}-{id}-*"), |n| n.value.clone());
            format!("arn:{partition}:iam::*:role/{name}")
        };
        let roles: Vec<String> = permissions.passed_roles.iter().map(one).collect();
        statements.push(serde_json::json!({
            "Sid": "PassRoles", "Effect": "Allow", "Action": "iam:PassRole", "Resource": roles
        }));
    } else if permissions.create.iter().chain(&permissions.update).any(|a| a == "iam:PassRole") {
        statements.push(serde_json::json!({
            "Sid": "PassRoles", "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"
        }));
    }
    serde_json::json!({ "Version": "2012-10-17", "Statement": statements })
}
