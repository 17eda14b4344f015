//! The nested stacks of a template: their templates with the values that they are given, and what they give back.

use super::model::*;
use super::short::and;
use super::template::Context;
use super::values::Val;
use super::view::Block;
use super::{Around, ExplainOptions};
use crate::document::Stack;
use std::collections::{BTreeMap, BTreeSet};

const KIND: &str = "AWS::CloudFormation::Stack";
/// The bucket that stands for a place that is not known before packaging.
const PACKAGED: &str = "s3://packaged/";

/// What stands behind the outputs of nested stacks: by the resource and the output.
pub(super) type Outputs = BTreeMap<(String, String), String>;

/// Opens the nested stacks in the order of their creation, so that what one gives is known when another takes it.
pub(super) fn open(
    model: &mut Model,
    context: &Context<'_, '_>,
    nested: &BTreeMap<String, Stack>,
    options: &ExplainOptions,
) -> Outputs {
    let mut outputs = Outputs::new();
    let ordered: Vec<String> = model.waves.iter().flatten().cloned().collect();
    for id in ordered {
        let stack = model.resource(&id).filter(|r| r.kind == KIND);
        let Some(values) = stack.and_then(|_| context.values.get(id.as_str())) else { continue };
        let Some(location) = values.literal_at("TemplateURL") else { continue };
        let location = location.strip_prefix(PACKAGED).unwrap_or(&location);
        let Some(found) = nested.get(location).or_else(|| nested.get(&format!("./{location}"))) else { continue };
        let one = inside(&id, location, values, found, &outputs, options);
        for output in &one.model.outputs {
            let text = output.comes_from.as_ref().unwrap_or(&output.value);
            let text = if names(&one.model, text) { format!("{id}/{text}") } else { text.clone() };
            outputs.insert((id.clone(), output.name.clone()), text);
        }
        model.stacks.push(one);
    }
    outputs
}

/// Whether a text is a reference to a resource and nothing else.
fn names(model: &Model, text: &str) -> bool {
    let id = text.split(['.', '/']).next().unwrap_or_default();
    model.resource(id).is_some() && !text.contains([' ', '<'])
}

fn inside(
    id: &str,
    location: &str,
    values: &Val<'_>,
    stack: &Stack,
    outputs: &Outputs,
    options: &ExplainOptions,
) -> NestedStack {
    let (mut known, mut words, mut given) = (Vec::new(), BTreeMap::new(), Vec::new());
    for (name, _, value) in values.at("Parameters").map(Val::entries).unwrap_or_default() {
        let literal = match value {
            Val::List(items) => items.iter().map(Val::literal).collect::<Option<Vec<_>>>().map(|all| all.join(",")),
            one => one.literal(),
        };
        let shown = match &literal {
            Some(text) => text.clone(),
            None => value.show_with(&|id, attribute| behind(outputs, id, attribute)).unwrap_or_else(|| value.show()),
        };
        match literal {
            Some(text) => known.push(((*name).to_owned(), text)),
            None => {
                words.insert((*name).to_owned(), shown.trim_matches(['<', '>']).to_owned());
            }
        }
        given.push(Setting { name: (*name).to_owned(), value: shown });
    }
    let below = ExplainOptions { parameters: known, lessons: false, stack_name: None, ..options.clone() };
    let around = Around { nested: Some(&stack.nested), given: Some(&words), ..Around::default() };
    let model = Model::within(&stack.document, &below, around);
    NestedStack { id: id.to_owned(), location: location.to_owned(), given, model: Box::new(model) }
}

/// What stands behind an attribute of a nested stack.
fn behind(outputs: &Outputs, id: &str, attribute: &str) -> Option<String> {
    outputs.get(&(id.to_owned(), attribute.strip_prefix("Outputs.")?.to_owned())).cloned()
}

/// Adds what the nested stacks need and hold to what is said of the template as a whole.
pub(super) fn join(model: &mut Model, context: &Context<'_, '_>, outputs: Outputs) {
    for output in &mut model.outputs {
        let value = context.template.outputs.get(&output.name).and_then(|o| o.node.get("Value"));
        let value = value.map(|n| context.world.eval(n));
        output.comes_from = value.and_then(|v| v.show_with(&|id, attribute| behind(&outputs, id, attribute)));
    }
    let stacks = std::mem::take(&mut model.stacks);
    for stack in &stacks {
        effects(&mut model.parameters, stack);
        data(model, stack);
        capabilities(model, stack);
        permissions(&mut model.permissions, stack);
    }
    model.stacks = stacks;
}

/// Follows the parameters of the template into those of a nested stack.
fn effects(parameters: &mut [Parameter], stack: &NestedStack) {
    let id = &stack.id;
    for effects in parameters.iter_mut().map(|p| &mut p.effects) {
        let reached = effects.update.iter().chain(&effects.may_replace).filter(|e| e.resource == *id);
        let names: BTreeSet<String> =
            reached.filter_map(|e| e.property.strip_prefix("Parameters.").map(str::to_owned)).collect();
        for inner in stack.model.parameters.iter().filter(|p| names.contains(&p.name)).map(|p| &p.effects) {
            let outward = |list: &[Effect]| {
                let one = |e: &Effect| Effect {
                    resource: format!("{id}/{}", e.resource),
                    follows: e.follows.as_ref().map(|f| format!("{id}/{f}")),
                    ..e.clone()
                };
                list.iter().map(one).collect::<Vec<_>>()
            };
            effects.refused.extend(outward(&inner.refused));
            effects.replace.extend(outward(&inner.replace));
            effects.may_replace.extend(outward(&inner.may_replace));
            effects.update.extend(outward(&inner.update));
            effects.switch.extend(outward(&inner.switch));
        }
    }
}

/// What can be lost in a nested stack, in place of what is said of one that nobody has looked into.
fn data(model: &mut Model, stack: &NestedStack) {
    model.data_at_risk.retain(|risk| risk.resource != stack.id);
    let Some(resource) = model.resources.iter_mut().find(|r| r.id == stack.id) else { return };
    let inside = &stack.model.data_at_risk;
    resource.stateful = !inside.is_empty();
    if inside.is_empty() {
        return;
    }
    let holders = |risks: &mut dyn Iterator<Item = &DataRisk>| {
        super::view::few(&risks.map(|r| r.resource.clone()).collect::<Vec<_>>(), 4)
    };
    let id = &stack.id;
    let lost = holders(&mut inside.iter().filter(|r| r.on_delete == Fate::Delete));
    let kept = matches!(resource.on_delete, Fate::Retain | Fate::RetainExceptOnCreate);
    let (text, fate) = if kept {
        (
            format!("{id} holds data in {}: on removal the nested stack is kept", holders(&mut inside.iter())),
            Fate::Retain,
        )
    } else if lost.is_empty() {
        (format!("{id} holds data in {}, which has policies of its own", holders(&mut inside.iter())), Fate::Retain)
    } else {
        let text = format!(
            "{id} holds data in {lost}, which no policy keeps: removing {id} or deleting the stack destroys it"
        );
        (text, Fate::Delete)
    };
    model.data_at_risk.push(DataRisk {
        resource: id.clone(),
        on_delete: fate,
        on_replace: fate,
        on_failed_create: Fate::Delete,
        protection: None,
        text,
        label: Label::Documented,
        source: format!("{}: DeletionPolicy of what is in it", stack.location),
    });
}

/// Whoever deploys the outer stack acknowledges for the inner ones too.
fn capabilities(model: &mut Model, stack: &NestedStack) {
    for needed in &stack.model.capabilities {
        let causes = needed.causes.iter().map(|cause| {
            // A change set does without it, but not where the transform stands in a nested stack.
            let text = cause.text.split("; only when the stack").next().unwrap_or_default();
            let mut claim = Claim::new(format!("in {}: {text}", stack.id), cause.label, cause.source.clone());
            claim.about = Some(stack.id.clone());
            claim
        });
        // With the wider one, the narrower is there too.
        let named = model.capabilities.iter().any(|c| c.name == "CAPABILITY_NAMED_IAM");
        let name = match needed.name {
            "CAPABILITY_IAM" if named => "CAPABILITY_NAMED_IAM",
            "CAPABILITY_NAMED_IAM" => {
                model.capabilities.iter_mut().filter(|c| c.name == "CAPABILITY_IAM").for_each(|c| c.name = needed.name);
                needed.name
            }
            name => name,
        };
        match model.capabilities.iter_mut().find(|c| c.name == name) {
            Some(there) => there.causes.extend(causes),
            None => model.capabilities.push(Capability { name, causes: causes.collect() }),
        }
    }
}

fn permissions(all: &mut Permissions, stack: &NestedStack) {
    let inside = &stack.model.permissions;
    for (list, more) in
        [(&mut all.create, &inside.create), (&mut all.update, &inside.update), (&mut all.delete, &inside.delete)]
    {
        let joined: BTreeSet<String> = list.drain(..).chain(more.iter().cloned()).collect();
        list.extend(joined);
    }
    let below = |id: &String| format!("{}/{id}", stack.id);
    all.passed_roles.extend(inside.passed_roles.iter().map(below));
    all.unknown.extend(inside.unknown.iter().map(below));
}

/// What is printed of each nested stack, those within them included: the title and what stands below it.
pub(super) fn sections(model: &Model, brief: bool) -> Vec<(String, Vec<Block>)> {
    let mut out = Vec::new();
    for stack in &model.stacks {
        let taken = |name: &str| takers(model, &stack.id, name);
        let blocks = if brief { short(stack) } else { blocks(stack, &taken) };
        out.push((format!("NESTED STACK {} ({})", stack.id, stack.location), blocks));
        let below = sections(&stack.model, brief);
        let prefix = format!("NESTED STACK {}/", stack.id);
        out.extend(below.into_iter().map(|(title, blocks)| (title.replacen("NESTED STACK ", &prefix, 1), blocks)));
    }
    out
}

fn short(stack: &NestedStack) -> Vec<Block> {
    stack.model.in_short.iter().map(|c| Block::Text(c.text.clone())).collect()
}

fn blocks(stack: &NestedStack, taken: &dyn Fn(&str) -> Vec<String>) -> Vec<Block> {
    let model = &stack.model;
    let mut out = short(stack);
    out.extend(super::view::order(model));
    let mut rows: Vec<Vec<String>> = Vec::new();
    for given in &stack.given {
        let first = if rows.is_empty() { "takes" } else { "" };
        rows.push(vec![first.to_owned(), given.name.clone(), format!("= {}", given.value), String::new()]);
    }
    for (i, output) in model.outputs.iter().filter(|o| o.exists != Exists::No).enumerate() {
        let takers = taken(&output.name);
        let exported = output.export.as_ref().map(|e| format!("exported as {e}"));
        let used = if takers.is_empty() { None } else { Some(format!("taken by {}", super::view::few(&takers, 4))) };
        let note = exported.into_iter().chain(used).collect::<Vec<_>>().join(", ");
        let value = output.comes_from.as_ref().unwrap_or(&output.value);
        let first = if i == 0 { "gives" } else { "" };
        rows.push(vec![first.to_owned(), output.name.clone(), format!("= {value}"), note]);
    }
    if !rows.is_empty() {
        out.push(Block::Table { head: Vec::new(), rows });
    }
    out.extend(super::view::important(model));
    out
}

/// Who takes an output of a nested stack: resources and outputs of the template around it.
fn takers(model: &Model, id: &str, output: &str) -> Vec<String> {
    let attribute = format!("Outputs.{output}");
    let mut out: Vec<String> = Vec::new();
    for edge in model.edges.iter().filter(|e| e.to == id && e.attribute.as_deref() == Some(&attribute)) {
        if !out.contains(&edge.from) {
            out.push(edge.from.clone());
        }
    }
    let shown = format!("{id}.{attribute}");
    let reads = |o: &&Output| o.value.split(['<', '>', ',', ' ']).any(|part| part == shown);
    out.extend(model.outputs.iter().filter(reads).map(|o| format!("output {}", o.name)));
    out
}

/// What cannot be said of nested stacks whose templates are elsewhere.
pub(super) fn closed(model: &Model) -> Option<String> {
    let opened: BTreeSet<&str> = model.stacks.iter().map(|s| s.id.as_str()).collect();
    let closed = model.existing().filter(|r| r.kind == KIND && !opened.contains(r.id.as_str()));
    let closed: Vec<String> = closed.map(|r| r.id.clone()).collect();
    match closed.as_slice() {
        [] => None,
        [one] => Some(format!("what the nested stack {one} holds: its template is not here")),
        several => Some(format!("what the nested stacks {} hold: their templates are not here", and(several))),
    }
}
