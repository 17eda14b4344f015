//! From a template to its model: transforms first, then conditions, then the graph, then everything that follows.

use super::effects::{Followers, Spread, followers};
use super::existence::{self, MAX_SCENARIOS, combinations, of_region};
use super::facts::Facts;
use super::model::*;
use super::order;
use super::values::{Val, World};
use super::{Around, ExplainOptions};
use crate::conditions::{Answer, Conditions, Pins};
use crate::document::Document;
use crate::graph::{Cause, Dependency, Graph, ItemKind, Step};
use crate::source::SourceFile;
use crate::syntax::{Node, NodeKind};
use crate::template::{Parameter as ParameterView, Template};
use crate::transform::{self, ExpandOptions, Expansion};
use std::collections::{BTreeMap, BTreeSet};

/// Most other values of a parameter that are tried.
const MAX_VALUES: usize = 12;
/// Most places where the values of a parameter are compared.
const MAX_PLACES: usize = 40;

/// Everything that the parts of the model are made from.
pub(super) struct Context<'c, 'n> {
    pub file: &'c SourceFile,
    pub template: &'n Template<'n>,
    pub graph: &'c Graph<'n>,
    pub conditions: &'c Conditions<'n>,
    pub world: &'c World<'n>,
    pub facts: &'c Facts,
    pub expansion: &'c Expansion,
    /// What `Properties` of each resource will be.
    pub values: &'c BTreeMap<&'n str, Val<'n>>,
    /// What decides each condition.
    pub deciders: &'c BTreeMap<&'n str, BTreeSet<&'n str>>,
}

/// Fills the model from a template.
pub(super) fn fill(model: &mut Model, document: &Document, options: &ExplainOptions, around: Around<'_, '_>) {
    let Some(root) = document.root() else { return };
    let written = Template::read(root);
    model.written = written.resources.len();
    if written.is_sam() {
        model.file.kind = "sam";
    }
    let expand =
        ExpandOptions { region: options.region.clone(), parameters: options.parameters.clone(), resolve: false };
    let mut expansion = transform::expand(&transform::packaged::everything(root), &expand);
    if !expansion.errors.is_empty() || !expansion.problems.is_empty() {
        let text = "the transforms refuse this template, so what is said here is about the template as it is written; \
                    `stacklens check` says why";
        model.undecided.push(Claim::new(text, Label::Inferred, "expansion"));
        expansion.root = root.clone();
        expansion.origins.clear();
    }
    let template = Template::read(&expansion.root);
    let conditions = Conditions::new(&template);
    let graph = Graph::build(&document.file, &template);
    let nothing = BTreeMap::new();
    let given = around.given.unwrap_or(&nothing);
    let assumed = assume(model, &template, options, given);
    let mut values: Vec<(&str, &str)> = of_region(&options.region);
    values.extend(assumed.iter().filter_map(|(n, v)| Some((*n, v.as_deref()?))));
    let deciders = existence::deciders(&template);
    let world = World {
        template: &template,
        region: &options.region,
        stack_name: options.stack_name.as_deref(),
        parameters: assumed
            .iter()
            .map(|(n, v)| {
                let hidden = template.parameters.get(n).is_some_and(|p| p.no_echo());
                (*n, v.clone().filter(|_| !hidden))
            })
            .collect(),
        given,
        conditions: existence::decide(&conditions, &deciders, &values, &|_| true),
    };
    let facts = Facts::default();
    let evaluated: BTreeMap<&str, Val<'_>> =
        template.resources.iter().map(|r| (r.id(), r.properties().map_or(Val::Absent, |p| world.eval(p)))).collect();
    let context = Context {
        file: &document.file,
        template: &template,
        graph: &graph,
        conditions: &conditions,
        world: &world,
        facts: &facts,
        expansion: &expansion,
        values: &evaluated,
        deciders: &deciders,
    };
    model.file.description = template.section("Description").and_then(Node::as_str).map(str::to_owned);
    super::resources::fill(model, &context);
    edges(model, &context);
    waves(model);
    conditions_of(model, &context);
    scenarios(model, &context, &assumed);
    parameters(model, &context, &values);
    join_values(model);
    outputs(model, &context);
    imports(model, &context);
    let opened = around.nested.map(|nested| super::stacks::open(model, &context, nested, options));
    super::safety::fill(model, &context, root);
    if let Some(opened) = opened {
        super::stacks::join(model, &context, opened);
    }
    super::pipelines::fill(model, &context, around);
    super::requests::fill(model, &context, root);
    super::ways::fill(model, &context);
    undecided(model, &context);
    super::advice::fill(model, &context);
    super::short::fill(model, &context);
    if options.lessons {
        model.lessons = Some(super::lessons::of_template(model, &context, document, options));
    }
}

/// The value taken for each parameter.
fn assume<'n>(
    model: &mut Model,
    template: &Template<'n>,
    options: &ExplainOptions,
    words: &BTreeMap<String, String>,
) -> BTreeMap<&'n str, Option<String>> {
    let mut out = BTreeMap::new();
    for parameter in template.parameters.iter() {
        let name = parameter.name();
        let given = options.parameters.iter().rev().find(|p| p.0 == name).map(|p| p.1.clone());
        let (value, from) = match (given, default_text(parameter)) {
            _ if words.contains_key(name) => (None, "stack"),
            _ if parameter.is_ssm() => (None, "ssm"),
            (Some(given), _) => (Some(given), "given"),
            (None, Some(default)) => (Some(default), "default"),
            (None, None) => (None, "unknown"),
        };
        let hidden = parameter.no_echo();
        model.assumptions.parameters.push(AssumedParameter {
            name: name.to_owned(),
            value: value.clone().or_else(|| words.get(name).cloned()).filter(|_| !hidden),
            from: if hidden && value.is_some() {
                "hidden"
            } else if words.contains_key(name) {
                "stack"
            } else {
                from
            },
        });
        out.insert(name, value);
    }
    out
}

fn default_text(parameter: &ParameterView<'_>) -> Option<String> {
    let default = parameter.default()?;
    match &default.kind {
        NodeKind::List(items) => Some(items.iter().filter_map(Node::scalar_text).collect::<Vec<_>>().join(",")),
        _ => default.scalar_text().map(str::to_owned),
    }
}

/// The path as a pointer: `/Properties/Tags/0/Value`; functions are left out.
fn pointer(path: &[Step<'_>]) -> String {
    let mut out = String::new();
    let mut inside = false;
    for step in path {
        match step {
            Step::Key(key) if key.starts_with("Fn::") => inside = true,
            Step::Key(key) => {
                inside = false;
                out.push('/');
                out.push_str(key);
            }
            Step::Index(i) if !inside => out.push_str(&format!("/{i}")),
            Step::Index(_) => {}
        }
    }
    out
}

fn exists(value: Option<bool>) -> Exists {
    match value {
        Some(true) => Exists::Yes,
        Some(false) => Exists::No,
        None => Exists::Maybe,
    }
}

/// The values of the guards together.
fn together(guards: &[Guard], values: &dyn Fn(&str) -> Option<bool>) -> Option<bool> {
    let mut all = Some(true);
    for guard in guards {
        match values(&guard.condition) {
            Some(value) if value != guard.holds => return Some(false),
            Some(_) => {}
            None => all = None,
        }
    }
    all
}

fn edges(model: &mut Model, context: &Context<'_, '_>) {
    let by_id: BTreeMap<&str, &Resource> = model.resources.iter().map(|r| (&*r.id, r)).collect();
    let own = |id: &str| by_id.get(id).map_or(&[][..], |r| &r.guard);
    let value = |name: &str| context.world.conditions.get(name).copied().unwrap_or(Some(true));
    let mut out = Vec::new();
    for dependency in context.graph.dependencies() {
        if dependency.from.kind != ItemKind::Resource || dependency.to.kind != ItemKind::Resource {
            continue;
        }
        let (from, to) = (dependency.from.name, dependency.to.name);
        let guard: Vec<Guard> = guards(&dependency);
        let all: Vec<Guard> = own(from).iter().chain(own(to)).chain(&guard).cloned().collect();
        out.push(Edge {
            from: from.to_owned(),
            to: to.to_owned(),
            via: dependency.edge.cause.as_str(),
            attribute: dependency.edge.attribute.map(str::to_owned),
            path: pointer(&dependency.edge.path),
            guard,
            exists: exists(together(&all, &value)),
            possible: possible(context, &dependency),
            at: Place::of(context.file, dependency.edge.span),
        });
    }
    let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut needed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for edge in out.iter().filter(|e| e.exists != Exists::No && e.from != e.to) {
        needs.entry(edge.from.clone()).or_default().insert(edge.to.clone());
        needed.entry(edge.to.clone()).or_default().insert(edge.from.clone());
    }
    let order: BTreeMap<String, usize> = model.resources.iter().enumerate().map(|(i, r)| (r.id.clone(), i)).collect();
    let listed = |set: Option<BTreeSet<String>>| {
        let mut list: Vec<String> = set.into_iter().flatten().collect();
        list.sort_by_key(|id| order.get(id).copied());
        list
    };
    for resource in &mut model.resources {
        resource.needs = listed(needs.remove(&resource.id));
        resource.needed_by = listed(needed.remove(&resource.id));
    }
    model.edges = out;
    for found in context.graph.loops(context.conditions) {
        model.cycles.push(found.iter().map(|d| d.from.name.to_owned()).collect());
    }
}

fn guards(dependency: &Dependency<'_, '_>) -> Vec<Guard> {
    let guards = dependency.edge.guards.iter();
    guards.map(|(name, holds)| Guard { condition: (*name).to_owned(), holds: *holds }).collect()
}

/// Whether some deployment has this edge.
fn possible(context: &Context<'_, '_>, dependency: &Dependency<'_, '_>) -> bool {
    let conditions = [dependency.from.condition, dependency.to.condition].into_iter().flatten().map(|c| (c, true));
    let all: Vec<(&str, bool)> = conditions.chain(dependency.edge.guards.iter().copied()).collect();
    all.is_empty() || context.conditions.satisfiable_with(&Pins::none(), &all, &[]) != Answer::No
}

/// The edges by number, of those that pass.
fn numbered(model: &Model, passes: impl Fn(&Edge) -> bool) -> Vec<(usize, usize)> {
    let order: BTreeMap<&str, usize> = model.resources.iter().enumerate().map(|(i, r)| (&*r.id, i)).collect();
    let mut out: Vec<(usize, usize)> = model
        .edges
        .iter()
        .filter(|e| passes(e))
        .filter_map(|e| Some((*order.get(&*e.from)?, *order.get(&*e.to)?)))
        .collect();
    out.sort_unstable();
    out.dedup();
    out
}

fn waves(model: &mut Model) {
    let count = model.resources.len();
    let on: Vec<bool> = model.resources.iter().map(|r| r.exists != Exists::No).collect();
    let active = numbered(model, |e| e.exists != Exists::No);
    let created = order::waves(count, &|i| on[i], &active);
    let reversed: Vec<(usize, usize)> = active.iter().map(|&(a, b)| (b, a)).collect();
    let deleted = order::waves(count, &|i| on[i], &reversed);
    let chain = created.longest(&active);
    let possible = numbered(model, |e| e.possible);
    let off = order::waves(count, &|_| true, &possible);
    for (i, resource) in model.resources.iter_mut().enumerate() {
        resource.wave = if on[i] { created.waves[i] } else { off.waves[i] };
    }
    let id = |i: &usize| model.resources[*i].id.clone();
    let ids = |groups: Vec<Vec<usize>>| groups.iter().map(|g| g.iter().map(id).collect()).collect();
    let (waves, deletion, chain) = (ids(created.grouped()), ids(deleted.grouped()), chain.iter().map(id).collect());
    (model.waves, model.deletion, model.longest_chain) = (waves, deletion, chain);
}

fn conditions_of(model: &mut Model, context: &Context<'_, '_>) {
    for condition in context.template.conditions.iter() {
        let name = &*condition.key.text;
        let can =
            |holds: &bool| context.conditions.satisfiable_with(&Pins::none(), &[(name, *holds)], &[]) != Answer::No;
        let mut switches = Vec::new();
        for use_ in context.graph.needed_by(ItemKind::Condition, name) {
            let own = matches!(use_.edge.path.as_slice(), [Step::Key("Condition")]);
            if own && matches!(use_.from.kind, ItemKind::Resource | ItemKind::Output) {
                switches.push(use_.from.name.to_owned());
            }
        }
        model.conditions.push(Condition {
            name: name.to_owned(),
            meaning: existence::meaning(condition.node),
            value: context.world.conditions.get(name).copied().flatten(),
            can_be: [true, false].into_iter().filter(can).collect(),
            switches,
            at: Place::of(context.file, condition.key.span),
        });
    }
}

/// The places where a condition chooses a value: (resource, path, branches around, condition).
type Choice = (String, String, Vec<Guard>, String);

fn choices(context: &Context<'_, '_>) -> Vec<Choice> {
    let mut out: Vec<Choice> = Vec::new();
    let mut seen = BTreeSet::new();
    for dependency in context.graph.dependencies() {
        let own = matches!(dependency.edge.path.as_slice(), [Step::Key("Condition")]);
        if dependency.from.kind != ItemKind::Resource || dependency.edge.cause != Cause::Condition || own {
            continue;
        }
        let path = pointer(&dependency.edge.path);
        let key = (dependency.from.name, path.clone(), dependency.to.name);
        if seen.insert(key) {
            out.push((dependency.from.name.to_owned(), path, guards(&dependency), dependency.to.name.to_owned()));
        }
    }
    out
}

/// What differs from the assumptions when the conditions have these values.
fn difference(
    model: &Model,
    choices: &[Choice],
    assumed: &dyn Fn(&str) -> Option<bool>,
    values: &dyn Fn(&str) -> Option<bool>,
) -> (Vec<Exists>, Vec<String>, Vec<String>, Vec<String>) {
    let there: Vec<Exists> = model.resources.iter().map(|r| exists(together(&r.guard, values))).collect();
    let pick = |now: Exists| {
        let pairs = model.resources.iter().zip(&there);
        pairs.filter(|(r, t)| **t == now && r.exists != now).map(|(r, _)| r.id.clone()).collect::<Vec<_>>()
    };
    let (adds, removes) = (pick(Exists::Yes), pick(Exists::No));
    let on: BTreeMap<&str, Exists> = model.resources.iter().zip(&there).map(|(r, t)| (&*r.id, *t)).collect();
    let mut changes: Vec<String> = Vec::new();
    for (resource, path, guards, condition) in choices {
        let stays = on.get(&**resource) == Some(&Exists::Yes) && !adds.contains(resource);
        let reached = together(guards, values) != Some(false);
        if stays && reached && values(condition).is_some() && values(condition) != assumed(condition) {
            let change = format!("/{resource}{path}");
            if changes.last() != Some(&change) {
                changes.push(change);
            }
        }
    }
    (there, adds, removes, changes)
}

fn scenarios(model: &mut Model, context: &Context<'_, '_>, assumed: &BTreeMap<&str, Option<String>>) {
    if context.conditions.is_empty() {
        let waves = model.waves.clone();
        let scenario = Scenario {
            when: Vec::new(),
            conditions: Vec::new(),
            assumed: true,
            adds: Vec::new(),
            removes: Vec::new(),
            changes: Vec::new(),
            waves,
        };
        model.scenarios = Scenarios { list: vec![scenario], complete: true };
        return;
    }
    let base = |name: &str| context.world.conditions.get(name).copied().unwrap_or(Some(true));
    let (found, mut complete) = combinations(context.conditions, context.template, assumed, context.world.region);
    let choices = choices(context);
    let mut by_effect: BTreeMap<(Vec<Exists>, Vec<String>), usize> = BTreeMap::new();
    let mut list: Vec<Scenario> = Vec::new();
    for one in found {
        let known: BTreeMap<&str, bool> = one.conditions.iter().map(|g| (&*g.condition, g.holds)).collect();
        let value = |name: &str| known.get(name).copied().or_else(|| base(name));
        let (there, adds, removes, changes) = difference(model, &choices, &base, &value);
        let is_assumed = one.conditions.iter().all(|g| base(&g.condition).is_none_or(|b| b == g.holds));
        let key = (there, changes.clone());
        if let Some(&at) = by_effect.get(&key) {
            let shown: &mut Scenario = &mut list[at];
            let better = (!is_assumed, one.when.len()) < (!shown.assumed, shown.when.len());
            if better {
                (shown.when, shown.conditions, shown.assumed) = (one.when, one.conditions, is_assumed);
            }
            continue;
        }
        if list.len() == MAX_SCENARIOS {
            complete = false;
            continue;
        }
        by_effect.insert(key, list.len());
        let waves = scenario_waves(model, &value);
        list.push(Scenario {
            when: one.when,
            conditions: one.conditions,
            assumed: is_assumed,
            adds,
            removes,
            changes,
            waves,
        });
    }
    // One is the assumed one: that with the fewest other values, when some value is not known.
    let best = (0..list.len()).filter(|&i| list[i].assumed).min_by_key(|&i| list[i].when.len());
    list.iter_mut().enumerate().for_each(|(i, s)| s.assumed = Some(i) == best);
    list.sort_by_key(|s| !s.assumed);
    model.scenarios = Scenarios { list, complete };
}

fn scenario_waves(model: &Model, value: &dyn Fn(&str) -> Option<bool>) -> Vec<Vec<String>> {
    let on: Vec<bool> = model.resources.iter().map(|r| together(&r.guard, value) != Some(false)).collect();
    let edges = numbered(model, |e| together(&e.guard, value) != Some(false));
    let order = order::waves(model.resources.len(), &|i| on[i], &edges);
    let ids = |group: Vec<usize>| group.iter().map(|&i| model.resources[i].id.clone()).collect();
    order.grouped().into_iter().map(ids).collect()
}

fn parameters(model: &mut Model, context: &Context<'_, '_>, values: &[(&str, &str)]) {
    let kinds: BTreeMap<&str, &str> =
        context.template.resources.iter().filter_map(|r| Some((r.id(), r.kind()?))).collect();
    let follow: Followers = followers(&model.edges, &kinds, context.facts);
    let spread = Spread::new(context.graph, context.facts, &follow);
    let deciding: BTreeMap<&str, Vec<&str>> = existence::deciding(context.template).into_iter().collect();
    for parameter in context.template.parameters.iter() {
        let name = parameter.name();
        let effects = spread.of(name);
        let allowed = || parameter.allowed_values().map(|a| a.iter().filter_map(Node::scalar_text).collect());
        let options: Vec<&str> = allowed().or_else(|| deciding.get(name).cloned()).unwrap_or_default();
        let options: Vec<&str> = options.into_iter().filter(|o| *o != existence::ANOTHER).collect();
        let others = other_values(model, context, values, name, (&options, deciding.contains_key(name)), &effects);
        model.parameters.push(Parameter {
            name: name.to_owned(),
            kind: parameter.kind().unwrap_or_default().to_owned(),
            description: parameter.node.get("Description").and_then(Node::as_str).map(str::to_owned),
            default: default_text(parameter).filter(|_| !parameter.no_echo()),
            allowed: parameter
                .allowed_values()
                .unwrap_or_default()
                .iter()
                .filter_map(Node::scalar_text)
                .map(str::to_owned)
                .collect(),
            no_echo: parameter.no_echo(),
            at: Place::of(context.file, parameter.key.span),
            effects,
            values: if parameter.no_echo() { Vec::new() } else { others },
        });
    }
}

/// What each other value of a parameter does: who comes and goes, which values differ.
fn other_values(
    model: &Model,
    context: &Context<'_, '_>,
    values: &[(&str, &str)],
    name: &str,
    (options, decides): (&[&str], bool),
    effects: &Effects,
) -> Vec<ValueEffect> {
    let own = values.iter().find(|v| v.0 == name).map(|v| v.1);
    let all = effects.refused.iter().chain(&effects.replace).chain(&effects.may_replace).chain(&effects.update);
    let mut places: Vec<(&str, &str)> = Vec::new();
    for effect in all.filter(|e| e.follows.is_none() && !e.property.is_empty()) {
        let top = effect.property.split(['.', '[']).next().unwrap_or_default();
        if !places.contains(&(&effect.resource, top)) {
            places.push((&effect.resource, top));
        }
        if places.len() >= MAX_PLACES {
            break;
        }
    }
    let mut out = Vec::new();
    for option in options.iter().filter(|o| Some(**o) != own && !o.is_empty()).take(MAX_VALUES) {
        let mut with: Vec<(&str, &str)> = values.iter().filter(|v| v.0 != name).copied().collect();
        with.push((name, option));
        let other = World {
            template: context.template,
            region: context.world.region,
            stack_name: context.world.stack_name,
            given: context.world.given,
            parameters: context
                .world
                .parameters
                .iter()
                .map(|(n, v)| (*n, if *n == name { Some((*option).to_owned()) } else { v.clone() }))
                .collect(),
            conditions: {
                let mut all = context.world.conditions.clone();
                if decides {
                    all.extend(existence::decide(context.conditions, context.deciders, &with, &|d| d.contains(name)));
                }
                all
            },
        };
        let value = |name: &str| other.conditions.get(name).copied().unwrap_or(Some(true));
        let there: Vec<Exists> = model.resources.iter().map(|r| exists(together(&r.guard, &value))).collect();
        let pick = |now: Exists| {
            let pairs = model.resources.iter().zip(&there);
            pairs.filter(|(r, t)| **t == now && r.exists != now).map(|(r, _)| r.id.clone()).collect::<Vec<_>>()
        };
        let (adds, removes) = if decides { (pick(Exists::Yes), pick(Exists::No)) } else { (Vec::new(), Vec::new()) };
        let (mut changes, mut details) = (Vec::new(), Vec::new());
        for (resource, top) in places.iter().filter(|p| !adds.iter().chain(&removes).any(|a| a == p.0)) {
            let Some(node) = context.template.resources.get(resource).and_then(|r| r.property(top)) else { continue };
            let now = other.eval(node);
            let before = context.values.get(resource).and_then(|v| v.at(top)).unwrap_or(&Val::Absent);
            if now != *before {
                changes.push(format!("/{resource}/Properties/{top}"));
                details.push(format!("{resource}.{top} {} → {}", before.show_short(30), now.show_short(30)));
            }
        }
        if !(adds.is_empty() && removes.is_empty() && changes.is_empty()) {
            out.push(ValueEffect { value: (*option).to_owned(), adds, removes, changes, details });
        }
    }
    out
}

/// A scenario of one parameter also changes what mappings give for its value.
fn join_values(model: &mut Model) {
    for scenario in &mut model.scenarios.list {
        let [setting] = scenario.when.as_slice() else { continue };
        let parameter = model.parameters.iter().find(|p| p.name == setting.name);
        let value = parameter.and_then(|p| p.values.iter().find(|v| v.value == setting.value));
        for change in value.iter().flat_map(|v| &v.changes) {
            if !scenario.changes.iter().any(|c| c == change || c.starts_with(&format!("{change}/"))) {
                scenario.changes.push(change.clone());
            }
        }
        scenario.changes.sort();
    }
}

/// What only the deployment will know.
fn undecided(model: &mut Model, context: &Context<'_, '_>) {
    let mut out = Vec::new();
    for parameter in &model.assumptions.parameters {
        match parameter.from {
            "ssm" => out.push(format!("the value of {}: it is read from Parameter Store", parameter.name)),
            "unknown" => out.push(format!("the value of {}: it has no default", parameter.name)),
            _ => {}
        }
    }
    let zones = context.template.resources.iter().any(|r| {
        let mut found = false;
        r.node.walk(&mut |n| {
            found = found || n.as_call().is_some_and(|c| c.function == crate::intrinsics::Intrinsic::GetAZs);
        });
        found
    });
    if zones {
        out.push("which availability zones the account sees".to_owned());
    }
    let unknown: BTreeSet<&str> = model
        .resources
        .iter()
        .filter(|r| context.facts.of(&r.kind).traits.is_none() && !r.kind.starts_with("Custom::"))
        .map(|r| r.kind.as_str())
        .filter(|k| !k.is_empty() && *k != "AWS::CloudFormation::CustomResource")
        .collect();
    for kind in unknown.into_iter().take(5) {
        out.push(format!("what a {kind} is: the type is not known here"));
    }
    out.extend(super::stacks::closed(model));
    for transform in &context.template.transforms {
        if !matches!(transform.0, "AWS::LanguageExtensions" | "AWS::Serverless-2016-10-31" | "AWS::Include") {
            out.push(format!("what the transform {} makes of the template", transform.0));
        }
    }
    if !model.resources.is_empty() {
        out.push("prices, account quotas, and what exists in the account already".to_owned());
    }
    model.undecided.extend(out.into_iter().map(|t| Claim::new(t, Label::Inferred, "template")));
}

fn outputs(model: &mut Model, context: &Context<'_, '_>) {
    for output in context.template.outputs.iter() {
        let value = output.node.get("Value").map(|n| context.world.eval(n));
        let condition = output.condition().map(|c| context.world.conditions.get(c).copied().unwrap_or(Some(true)));
        let mut reads: Vec<String> = Vec::new();
        for need in context.graph.needs(ItemKind::Output, &output.key.text) {
            let name = need.to.name;
            if need.to.kind == ItemKind::Resource && !reads.iter().any(|r| r == name) {
                reads.push(name.to_owned());
            }
        }
        model.outputs.push(Output {
            name: output.key.text.to_string(),
            description: output.node.get("Description").and_then(Node::as_str).map(str::to_owned),
            value: value.map(|v| v.show_short(200)).unwrap_or_default(),
            comes_from: None,
            export: output.node.at(&["Export", "Name"]).map(|n| context.world.eval(n).show_short(200)),
            exists: exists(condition.unwrap_or(Some(true))),
            reads,
            at: Place::of(context.file, output.key.span),
        });
    }
}

fn imports(model: &mut Model, context: &Context<'_, '_>) {
    let resources = context.template.resources.iter().map(|r| (r.id(), r.node));
    let outputs = context.template.outputs.iter().map(|o| (&*o.key.text, o.node));
    for (id, node) in resources.chain(outputs) {
        let mut found = Vec::new();
        node.walk(&mut |n| {
            if let Some(call) = n.as_call()
                && call.function == crate::intrinsics::Intrinsic::ImportValue
            {
                found.push((&call.argument, n.span));
            }
        });
        for (argument, span) in found {
            let name = context.world.eval(argument).show_short(200);
            model.imports.push(Import { name, by: id.to_owned(), at: Place::of(context.file, span) });
        }
    }
}
