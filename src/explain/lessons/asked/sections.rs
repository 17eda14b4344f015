//! Questions about sections and attributes: groups of parameters, rules, mappings, servers during an update, signals.

use super::Asker;
use crate::bundle::exports;
use crate::explain::existence;
use crate::explain::lessons::figures::{amount, count};
use crate::explain::short::and;
use crate::explain::view::few;
use crate::intrinsics::Intrinsic;
use crate::schema::store;
use crate::syntax::Node;

pub(super) fn ask(a: &mut Asker<'_, '_, '_>) {
    groups(a);
    rules(a);
    mappings(a);
    rolling(a);
    signals(a);
    importers(a);
}

/// Which templates beside this one import an output.
fn importers(a: &mut Asker<'_, '_, '_>) {
    let options = a.options;
    let Some(imports) = &options.imports else { return };
    // A name that is one variable may be any export: that says nothing.
    let open = |name: &str| name.starts_with("${") && name.find('}') == Some(name.len() - 1);
    let mut out = Vec::new();
    for output in a.context.template.outputs.iter() {
        let Some(name) = output.node.at(&["Export", "Name"]).and_then(exports::text) else { continue };
        let mut users: Vec<String> = Vec::new();
        for (file, import) in imports {
            if !open(import) && exports::may_meet(&name, import) {
                users.push(file.clone());
            }
        }
        users.dedup();
        if !users.is_empty() {
            let verb = if users.len() == 1 { "imports" } else { "import" };
            out.push((
                format!("Which templates of this folder import the output {}?", output.key.text),
                format!("{} {verb} it: change or remove it only after they no longer do.", few(&users, 6)),
            ));
        }
    }
    out.into_iter().take(2).for_each(|(question, answer)| a.ask(question, answer));
}

/// How the console groups parameters.
fn groups(a: &mut Asker<'_, '_, '_>) {
    let place = ["Metadata", "AWS::CloudFormation::Interface", "ParameterGroups"];
    for group in a.written.at(&place).and_then(Node::as_list).unwrap_or_default().iter().take(2) {
        let Some(label) = group.at(&["Label", "default"]).and_then(Node::as_str) else { continue };
        let names = group.get("Parameters").and_then(Node::as_list).unwrap_or_default();
        let names: Vec<String> = names.iter().filter_map(Node::as_str).map(str::to_owned).collect();
        if !names.is_empty() {
            let verb = if names.len() == 1 { "It is" } else { "They are" };
            a.ask(
                format!("Which parameters does the console show under `{label}`?"),
                format!("{}. {verb} given in the same way as without the group: it only helps people.", few(&names, 8)),
            );
        }
    }
}

/// What the rules of a template refuse.
fn rules(a: &mut Asker<'_, '_, '_>) {
    let mut found = Vec::new();
    for rule in a.context.template.rules.iter() {
        let when = rule.node.get("RuleCondition").map(existence::meaning);
        let when = when.map(|w| format!("When {w}, those")).unwrap_or_else(|| "Those".to_owned());
        let mut must = Vec::new();
        for assertion in rule.node.get("Assertions").and_then(Node::as_list).unwrap_or_default() {
            let Some(holds) = assertion.get("Assert").map(existence::meaning) else { continue };
            let told = assertion.get("AssertDescription").and_then(Node::as_str);
            let told = told.map(|t| format!(" (\"{}\")", t.trim_end_matches('.'))).unwrap_or_default();
            must.push(format!("{holds}{told}"));
        }
        if !must.is_empty() {
            found.push((rule.key.text.to_string(), format!("{when} for which this does not hold: {}.", and(&must))));
        }
    }
    for (name, answer) in found.into_iter().take(2) {
        a.ask(
            format!("Which values does the rule {name} refuse?"),
            format!("{answer} It is looked at before anything is made."),
        );
    }
}

/// What a mapping holds for another region or another value.
fn mappings(a: &mut Asker<'_, '_, '_>) {
    let mut found = Vec::new();
    for (id, property, node) in a.properties() {
        node.walk(&mut |n| {
            if let Some(call) = n.as_call()
                && call.function == Intrinsic::FindInMap
                && let Some([map, first, second, ..]) = call.argument.as_list()
                && found.len() < 8
            {
                found.push((id, property, n.span, map, first, second));
            }
        });
    }
    let mut maps = Vec::new();
    for (id, property, span, map, first, second) in found {
        let eval = |n| a.context.world.eval(n).literal();
        let (Some(map), Some(here), Some(key)) = (eval(map), eval(first), eval(second)) else { continue };
        let Some(mapping) = a.context.template.mappings.get(&map) else { continue };
        let keys: Vec<&str> = mapping.node.as_map().unwrap_or_default().iter().map(|e| &*e.key.text).collect();
        let Some(other) = keys.iter().find(|k| **k != here).filter(|_| !maps.contains(&map)) else { continue };
        let value = mapping.node.at(&[other, &key]).and_then(Node::scalar_text);
        let by_region = keys.iter().all(|k| store::is_region(k));
        let answer = match value {
            Some(value) => format!("{value}, from {map}.{other}.{key}"),
            None => format!("Nothing: {map}.{other} has no {key}, so the deployment fails"),
        };
        let names: Vec<String> = keys.iter().map(|k| (*k).to_owned()).collect();
        let rest = match by_region {
            true => format!(" The map has {} alone: in any other region the deployment fails.", few(&names, 6)),
            false => format!(" The map knows {}; with another word the deployment fails.", few(&names, 6)),
        };
        let who = match first.as_call().and_then(|c| c.argument.as_str()) {
            Some("AWS::Region") | None => format!("in {other}"),
            Some(parameter) => format!("when {parameter} is {other}"),
        };
        let question = format!("What does Fn::FindInMap in {property} of {id} (line {}) give {who}?", a.line(span));
        a.ask(question, format!("{answer}.{rest}"));
        maps.push(map);
        if maps.len() == 2 {
            break;
        }
    }
}

/// How many servers of a group serve while it is updated.
fn rolling(a: &mut Asker<'_, '_, '_>) {
    for resource in a.own() {
        let Some(policy) = resource.node.at(&["UpdatePolicy", "AutoScalingRollingUpdate"]) else { continue };
        let Some(values) = a.context.values.get(resource.id()) else { continue };
        let number = |n: Option<&Node>| n.and_then(Node::scalar_text).and_then(|t| t.parse::<f64>().ok());
        let own = |key: &str| values.literal_at(key).and_then(|t| t.parse::<f64>().ok());
        let Some(servers) = own("DesiredCapacity").or_else(|| own("MinSize")).filter(|n| *n >= 1.0) else { continue };
        let batch = number(policy.get("MaxBatchSize")).unwrap_or(1.0).clamp(1.0, servers);
        let kept = number(policy.get("MinInstancesInService")).unwrap_or(0.0);
        let serving = (servers - batch).max(kept.min(servers));
        let size = (servers - serving).max(0.0);
        let answer = if size < 1.0 {
            format!("All {}, for a new one is started before an old one goes.", amount(servers))
        } else {
            let rounds = (servers / size.min(batch)).ceil();
            format!(
                "At least {} of {}: {} at a time, in {}.",
                amount(serving),
                amount(servers),
                amount(size.min(batch)),
                count(rounds, "round")
            )
        };
        a.ask(format!("How many servers of {} serve while it is updated?", resource.id()), answer);
        return;
    }
}

/// What a resource waits for before it counts as made.
fn signals(a: &mut Asker<'_, '_, '_>) {
    for resource in a.own() {
        let Some(signal) = resource.node.at(&["CreationPolicy", "ResourceSignal"]) else { continue };
        let text = |key: &str| signal.get(key).and_then(Node::scalar_text);
        let n = text("Count").unwrap_or("1").parse::<f64>().unwrap_or(1.0);
        let time = text("Timeout").unwrap_or("PT5M");
        let text = &a.context.file.text;
        let sent = match text.find("cfn-signal") {
            Some(at) => {
                let line = text.get(..at).map_or(0, |before| before.matches('\n').count() + 1);
                format!("cfn-signal in line {line} sends it")
            }
            None => "nothing in this file calls cfn-signal, so it must come from elsewhere".to_owned(),
        };
        let (signals, within) = (count(n, "signal"), duration(time));
        a.ask(
            format!("When does {} count as made?", resource.id()),
            format!("After {signals} within {within}, else the creation is rolled back: {sent}."),
        );
        return;
    }
}

/// `PT1H15M` in words.
fn duration(text: &str) -> String {
    let mut seconds = 0.0;
    let mut digits = String::new();
    for c in text.trim_start_matches("PT").chars() {
        match c {
            '0'..='9' => digits.push(c),
            unit => {
                let n: f64 = digits.parse().unwrap_or_default();
                digits.clear();
                seconds += n * match unit {
                    'H' => 3600.0,
                    'M' => 60.0,
                    'S' => 1.0,
                    _ => return text.to_owned(),
                };
            }
        }
    }
    if seconds > 0.0 { crate::explain::lessons::figures::seconds(seconds) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_words() {
        assert_eq!(duration("PT1H15M"), "1 hour 15 minutes");
        assert_eq!(duration("PT90S"), "1 minute 30 seconds");
        assert_eq!(duration("soon"), "soon");
    }
}
