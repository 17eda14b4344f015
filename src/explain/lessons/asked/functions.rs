//! Questions about functions, pseudo parameters and dynamic references: what each gives here, and elsewhere.

use super::Asker;
use crate::explain::short::and;
use crate::explain::values::{Val, World};
use crate::explain::view::few;
use crate::intrinsics::dynamic::{self, SECURE_STRINGS};
use crate::intrinsics::sub::{self, Piece};
use crate::intrinsics::{Intrinsic, get_att_parts};
use crate::syntax::{Call, Node};
use std::collections::BTreeMap;

/// Longest value that is shown.
const LONGEST: usize = 160;

pub(super) fn ask(a: &mut Asker<'_, '_, '_>) {
    attributes(a);
    braces(a);
    results(a);
    elsewhere(a);
    nothing(a);
    references(a);
}

/// Which attributes of a resource are used, and which could be.
fn attributes(a: &mut Asker<'_, '_, '_>) {
    let mut used: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (_, _, node) in a.properties() {
        node.walk(&mut |n| {
            if let Some(call) = n.as_call()
                && call.function == Intrinsic::GetAtt
                && let Some(parts) = get_att_parts(&call.argument)
            {
                let list = used.entry(parts.id).or_default();
                if !list.iter().any(|x| x == parts.attribute) {
                    list.push(parts.attribute.to_owned());
                }
            }
        });
    }
    let own: Vec<&str> = a.own().into_iter().map(|r| r.id()).collect();
    let of = |id: &str| a.model.resource(id).filter(|_| own.contains(&id)).map(|r| &r.attributes);
    let mut best: Option<(&str, &[String], Vec<String>)> = None;
    for (id, list) in &used {
        let all = of(id).cloned().unwrap_or_default();
        let free: Vec<String> = all.into_iter().filter(|x| !list.contains(x) && !x.contains(['*', '.'])).collect();
        if free.len() > best.as_ref().map_or(1, |b| b.2.len()) {
            best = Some((id, list, free));
        }
    }
    if let Some((id, list, free)) = best {
        let answer = format!("{}; {} are there too.", and(list), few(&free, 6));
        a.ask(format!("Which attributes of {id} does the file use?"), answer);
    }
}

/// Which braces CloudFormation fills in.
fn braces(a: &mut Asker<'_, '_, '_>) {
    for (id, property, node) in a.properties() {
        let mut found = None;
        node.walk(&mut |n| {
            let Some(call) = n.as_call().filter(|c| c.function == Intrinsic::Sub && found.is_none()) else { return };
            let text = call.argument.as_str().or_else(|| call.argument.as_list()?.first()?.as_str());
            let Some(text) = text.filter(|t| t.contains("${!")) else { return };
            let filled: Vec<String> = sub::variables(text).into_iter().map(|v| format!("${{{}}}", v.name)).collect();
            let kept: Vec<String> = sub::pieces(text)
                .into_iter()
                .filter_map(|p| if let Piece::Text(t) = p { Some(t.into_owned()) } else { None })
                .filter(|t| t.starts_with("${") && t.ends_with('}'))
                .collect();
            found = Some((n.span, filled, kept));
        });
        if let Some((span, filled, kept)) = found {
            let mine = if filled.is_empty() { "None".to_owned() } else { few(&filled, 6) };
            a.ask(
                format!("Which braces in {property} of {id} (line {}) does CloudFormation fill in?", a.line(span)),
                format!(
                    "{mine}. {} stays as it is, for the one who reads the text: it has a ! in the file.",
                    few(&kept, 4)
                ),
            );
            return;
        }
    }
}

/// What the first call of each function of lists and text gives.
fn results(a: &mut Asker<'_, '_, '_>) {
    const SHOWN: &[Intrinsic] = &[
        Intrinsic::Sub,
        Intrinsic::Join,
        Intrinsic::Select,
        Intrinsic::Split,
        Intrinsic::Cidr,
        Intrinsic::GetAZs,
        Intrinsic::ImportValue,
    ];
    for function in SHOWN {
        let mut found = Vec::new();
        for (id, property, node) in a.properties() {
            node.walk(&mut |n| {
                if found.len() < 12 && n.as_call().is_some_and(|c| c.function == *function) {
                    found.push((id, property, n));
                }
            });
        }
        for (id, property, node) in found {
            let Some(call) = node.as_call() else { continue };
            let Some(answer) = result(a, call, node) else { continue };
            let name = function.name();
            a.ask(format!("What does {name} in {property} of {id} (line {}) give?", a.line(node.span)), answer);
            break;
        }
    }
}

fn result<'n>(a: &Asker<'_, '_, 'n>, call: &'n Call, node: &'n Node) -> Option<String> {
    let region = a.context.world.region;
    let val = a.context.world.eval(node);
    match call.function {
        Intrinsic::GetAZs => {
            let of = call.argument.as_str().filter(|t| !t.is_empty()).unwrap_or(region);
            Some(format!("A list of the zones of {of}, such as {of}a, {of}b: as many as the account has there."))
        }
        Intrinsic::ImportValue => {
            let name = a.context.world.eval(&call.argument).show_short(80);
            Some(format!("What another stack exports as {name}: that stack must be there first, and stay."))
        }
        Intrinsic::Select if val.show().ends_with("zone of the region>") => {
            let shown = val.show();
            let which = shown.trim_matches(['<', '>']);
            let letter = match which.split(' ').next() {
                Some("second") => 'b',
                Some("third") => 'c',
                _ => 'a',
            };
            Some(format!("The {which}, in {region} for instance {region}{letter}."))
        }
        _ => {
            // A script or a document is too long for an answer, and one hole alone says nothing.
            let shown = val.show();
            let empty = shown.starts_with('<') && shown.find('>') == Some(shown.len() - 1);
            let same = call.argument.as_str() == Some(&shown);
            if shown.is_empty() || shown.contains('\n') || shown.len() > LONGEST || empty || same {
                return None;
            }
            let holes = match shown.contains('<') {
                true => " What stands in <> is known only once that is made or given.",
                false => "",
            };
            let end = if shown.ends_with('.') { "" } else { "." };
            Some(format!("{shown}{end}{holes}"))
        }
    }
}

fn holds(node: &Node, function: Intrinsic) -> bool {
    let mut found = false;
    node.walk(&mut |n| found |= n.as_call().is_some_and(|c| c.function == function));
    found
}

/// What a value is in another region.
fn elsewhere(a: &mut Asker<'_, '_, '_>) {
    for (id, property, node) in a.properties() {
        let mut regional = false;
        let mut partition = false;
        node.walk(&mut |n| {
            let Some(call) = n.as_call() else { return };
            let mut seen = |name: &str| {
                regional |= matches!(name, "AWS::Region" | "AWS::URLSuffix");
                partition |= name == "AWS::Partition";
            };
            match call.function {
                Intrinsic::Ref => call.argument.as_str().into_iter().for_each(&mut seen),
                Intrinsic::Sub => {
                    let text = call.argument.as_str().or_else(|| call.argument.as_list()?.first()?.as_str());
                    text.map(sub::variables).into_iter().flatten().for_each(|v| seen(v.name));
                }
                _ => {}
            }
        });
        // What a mapping holds elsewhere is asked at the mapping.
        let mapped = holds(node, Intrinsic::FindInMap);
        if mapped || !regional && !partition {
            continue;
        }
        let here = &a.context.world;
        let other = match (regional, here.region) {
            (true, "eu-west-1") => "us-east-1",
            (true, _) => "eu-west-1",
            (false, _) => "cn-north-1",
        };
        let world = World {
            template: here.template,
            region: other,
            stack_name: here.stack_name,
            parameters: here.parameters.clone(),
            given: here.given,
            conditions: here.conditions.clone(),
        };
        let (now, then) = (here.eval(node), world.eval(node));
        let short = |v: &Val<'_>| match v {
            Val::List(items) if items.len() == 1 => items.first().map(Val::show).unwrap_or_default(),
            other => other.show(),
        };
        if now == then || short(&then).len() > LONGEST || !matches!(then, Val::Text(_) | Val::List(_)) {
            continue;
        }
        let unknown = if short(&then).contains('<') { ", with what stands in <> filled in" } else { "" };
        a.ask(format!("What is {property} of {id} in {other}?"), format!("{}{unknown}.", short(&then)));
        return;
    }
}

/// Which property disappears.
fn nothing(a: &mut Asker<'_, '_, '_>) {
    let gone = |n: &Node| {
        n.as_call().is_some_and(|c| c.function == Intrinsic::Ref && c.argument.as_str() == Some("AWS::NoValue"))
    };
    for (id, property, node) in a.properties() {
        let mut found = None;
        node.walk(&mut |n| {
            if let Some(call) = n.as_call()
                && call.function == Intrinsic::If
                && let Some([name, then, other]) = call.argument.as_list()
                && (gone(then) || gone(other))
                && found.is_none()
            {
                let whole = std::ptr::eq(n, node);
                found = Some((name.as_str().unwrap_or("?").to_owned(), gone(other), n.span, whole));
            }
        });
        if let Some((condition, holds, span, whole)) = found {
            let state = if holds { "does not hold" } else { "holds" };
            let what = match whole {
                true => format!("{property} of {id} disappears"),
                false => format!("a part of {property} of {id} disappears"),
            };
            a.ask(
                format!("What happens in line {} when {condition} {state}?", a.line(span)),
                format!("There {what}, as if it were not written: the default of the service holds."),
            );
            return;
        }
    }
}

/// Dynamic references: when they are read, who sees them, whether they may stand there.
fn references(a: &mut Asker<'_, '_, '_>) {
    let mut found = Vec::new();
    for (id, property, node) in a.properties() {
        collect(node, &mut vec![property.to_owned()], &mut |keys, n| {
            for reference in dynamic::find(n.as_str().unwrap_or_default()) {
                let parts: Vec<String> = reference.parts.iter().map(|p| (*p).to_owned()).collect();
                found.push((id, property, reference.service.to_owned(), parts, n.span.start, keys.to_vec()));
            }
        });
    }
    let mut kinds = Vec::new();
    for (id, property, service, parts, at, keys) in found {
        if kinds.contains(&service) {
            continue;
        }
        let line = a.context.file.position(at).line;
        let name = parts.first().cloned().unwrap_or_default();
        // Inside Fn::Sub the colons of a pseudo parameter take the parts apart.
        if parts.iter().any(|p| p.contains("${")) {
            continue;
        }
        match service.as_str() {
            "ssm" => {
                let answer = match parts.get(1) {
                    Some(version) => format!(
                        "Never by itself: version {version} of {name} stays until the number in line {line} is changed."
                    ),
                    None => format!(
                        "By the next update of the stack that changes {id}; a new value of {name} alone changes nothing."
                    ),
                };
                a.ask(format!("When is the value of {name} read again?"), answer);
            }
            "ssm-secure" => {
                let kind = a.context.template.resources.get(id).and_then(|r| r.kind()).unwrap_or_default();
                let path: Vec<&str> = keys.iter().map(String::as_str).collect();
                let answer = match SECURE_STRINGS.iter().any(|s| s.0 == kind && s.1 == path) {
                    true => format!("Yes: {property} of {kind} is one of the few properties that take it."),
                    false => format!(
                        "No: only a few properties take it, and {property} of {kind} is none of them. A secret of \
                         Secrets Manager may stand in every property."
                    ),
                };
                a.ask(format!("May {{{{resolve:ssm-secure}}}} stand in line {line}?"), answer);
            }
            "secretsmanager" => a.ask(
                format!("Who sees the secret of line {line}?"),
                format!(
                    "Whoever may read {} in Secrets Manager, and {id} itself. The template and the stack hold only the \
                     reference; after a rotation {id} keeps the old value until it is updated.",
                    if name.is_empty() { "it" } else { &name }
                ),
            ),
            _ => continue,
        }
        kinds.push(service);
    }
}

/// The texts below a node, each with the keys on the way to it, indices left out.
fn collect<'n>(node: &'n Node, keys: &mut Vec<String>, visit: &mut dyn FnMut(&[String], &'n Node)) {
    if node.as_str().is_some() {
        visit(keys, node);
    } else if let Some(call) = node.as_call() {
        collect(&call.argument, keys, visit);
    } else if let Some(items) = node.as_list() {
        items.iter().for_each(|i| collect(i, keys, visit));
    } else {
        for entry in node.as_map().unwrap_or_default() {
            keys.push(entry.key.text.to_string());
            collect(&entry.value, keys, visit);
            keys.pop();
        }
    }
}
