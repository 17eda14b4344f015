//! The file in a few sentences.

use super::model::*;
use super::sentences::{about, noun};
use super::template::Context;
use super::values::Val;
use std::collections::BTreeMap;

/// Most kinds of things that are named.
const MOST_KINDS: usize = 8;

/// Fills the short description of a template.
pub(super) fn fill(model: &mut Model, context: &Context<'_, '_>) {
    let mut out = vec![builds(model)];
    out.extend(doors(model, context));
    out.extend(scenarios(model));
    model.in_short = out;
}

fn builds(model: &Model) -> Claim {
    let existing: Vec<&Resource> = model.existing().collect();
    let source = "types of the resources";
    if existing.is_empty() {
        let text = if model.resources.is_empty() {
            "Builds nothing: it has no resources."
        } else {
            "Builds nothing under these assumptions."
        };
        return Claim::new(text, Label::File, source);
    }
    let made_along = |r: &Resource| r.origin.as_ref().is_some_and(|o| o.id != r.id && !o.id.starts_with("Serverless"));
    let main = |r: &&&Resource| !about(&r.kind).is_some_and(|a| a.glue) && !made_along(r);
    let mut shown: Vec<&Resource> = existing.iter().filter(main).copied().collect();
    if shown.is_empty() {
        shown = existing.clone();
    }
    let mut groups: Vec<(String, Vec<&Resource>)> = Vec::new();
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    for resource in shown {
        let key = noun(&resource.kind, 1);
        match index.get(&key) {
            Some(&at) => groups[at].1.push(resource),
            None => {
                index.insert(key.clone(), groups.len());
                groups.push((key, vec![resource]));
            }
        }
    }
    let rest: usize = groups.iter().skip(MOST_KINDS).map(|g| g.1.len()).sum();
    let mut words: Vec<String> = groups.iter().take(MOST_KINDS).map(|(_, list)| counted(list)).collect();
    if rest > 0 {
        words.push(format!("{} more", number(rest)));
    }
    Claim::new(format!("Builds {}.", and(&words)), Label::File, source)
}

fn counted(list: &[&Resource]) -> String {
    match list {
        [only] => {
            let plain = !only.detail.is_empty()
                && only.detail.chars().count() <= 20
                && !only.detail.contains([',', '<', '('])
                && only.detail.contains(['/', '.']);
            let in_other =
                only.detail.starts_with("in ") || only.detail.contains(" in ") || only.detail.starts_with("of ");
            let detail = if plain && !in_other { format!(" ({})", only.detail) } else { String::new() };
            format!("one {}{detail}", noun(&only.kind, 1))
        }
        many => {
            format!("{} {}", number(many.len()), many.first().map(|r| noun(&r.kind, many.len())).unwrap_or_default())
        }
    }
}

/// Who can reach it from outside.
fn doors(model: &Model, context: &Context<'_, '_>) -> Vec<Claim> {
    let mut words: Vec<(String, &Resource)> = Vec::new();
    for resource in model.existing() {
        let Some(value) = context.values.get(resource.id.as_str()) else { continue };
        match resource.kind.as_str() {
            "AWS::EC2::SecurityGroup" => {
                let rules = value.at("SecurityGroupIngress").map(Val::items).unwrap_or_default();
                let open: Vec<String> = rules.iter().filter(|r| is_open(r)).map(ports).collect();
                if !open.is_empty() {
                    words.push((format!("{} lets in {} from anywhere", resource.id, and(&open)), resource));
                }
            }
            "AWS::EC2::SecurityGroupIngress" if is_open(value) => {
                words.push((format!("{} lets in {} from anywhere", resource.id, ports(value)), resource));
            }
            "AWS::Lambda::Url" if value.literal_at("AuthType").as_deref() == Some("NONE") => {
                words.push((format!("anyone who knows the address of {} may call it", resource.id), resource));
            }
            "AWS::ElasticLoadBalancingV2::LoadBalancer"
                if value.literal_at("Scheme").is_none_or(|s| s == "internet-facing") =>
            {
                words.push((format!("{} faces the internet", resource.id), resource));
            }
            _ => {}
        }
    }
    let sentence = |(text, resource): (String, &Resource)| {
        let mut text = text;
        if !text.starts_with(&resource.id)
            && let Some(first) = text.get_mut(..1)
        {
            first.make_ascii_uppercase();
        }
        Claim::new(format!("{text}."), Label::File, format!("line {}", resource.at.line))
            .about(&resource.id, Some(resource.at))
    };
    words.into_iter().take(3).map(sentence).collect()
}

fn is_open(rule: &Val<'_>) -> bool {
    ["CidrIp", "CidrIpv6"].iter().any(|p| matches!(rule.literal_at(p).as_deref(), Some("0.0.0.0/0" | "::/0")))
}

fn ports(rule: &Val<'_>) -> String {
    let protocol = rule.literal_at("IpProtocol").unwrap_or_else(|| "?".to_owned());
    if protocol == "-1" {
        return "everything".to_owned();
    }
    match (rule.at("FromPort").map(Val::words), rule.at("ToPort").map(Val::words)) {
        (Some(from), Some(to)) if from == to => format!("{protocol} {from}"),
        (Some(from), Some(to)) => format!("{protocol} {from} to {to}"),
        _ => protocol,
    }
}

fn scenarios(model: &Model) -> Vec<Claim> {
    let mut out = Vec::new();
    for scenario in model.scenarios.list.iter().filter(|s| !s.assumed && !s.when.is_empty()).take(3) {
        let mut parts = Vec::new();
        let several = |list: &[String]| {
            let mut list: Vec<String> = list.to_vec();
            if list.len() > 4 {
                let more = list.len() - 3;
                list.truncate(3);
                list.push(format!("{} more", number(more)));
            }
            and(&list)
        };
        if !scenario.adds.is_empty() {
            parts.push(format!("adds {}", several(&scenario.adds)));
        }
        if !scenario.removes.is_empty() {
            parts.push(format!("leaves out {}", several(&scenario.removes)));
        }
        if !scenario.changes.is_empty() {
            let changes: Vec<String> = scenario.changes.iter().map(|c| place(c)).collect();
            parts.push(format!("changes {}", several(&changes)));
        }
        if parts.is_empty() {
            continue;
        }
        let text = format!("With {} it {}.", when(&scenario.when), and(&parts));
        out.push(Claim::new(text, Label::Inferred, "conditions of the template"));
    }
    out
}

/// `Env=prod and Size=large`.
pub(super) fn when(settings: &[Setting]) -> String {
    let one = |s: &Setting| match s.value.as_str() {
        super::existence::ANOTHER => format!("another {}", s.name),
        "" => format!("an empty {}", s.name),
        value => format!("{}={value}", s.name),
    };
    and(&settings.iter().map(one).collect::<Vec<_>>())
}

/// `/Web/Properties/InstanceType` as `Web.InstanceType`.
pub(super) fn place(pointer: &str) -> String {
    let mut steps = pointer.trim_start_matches('/').split('/');
    let id = steps.next().unwrap_or_default();
    let mut out = id.to_owned();
    for step in steps.filter(|s| *s != "Properties") {
        if step.bytes().all(|b| b.is_ascii_digit()) {
            out.push_str(&format!("[{step}]"));
        } else {
            out.push('.');
            out.push_str(step);
        }
    }
    out
}

/// `a, b and c`.
pub(super) fn and(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Small numbers as words.
pub(super) fn number(n: usize) -> String {
    const WORDS: &[&str] =
        &["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    WORDS.get(n).map_or_else(|| n.to_string(), |w| (*w).to_owned())
}
