//! What to take care of: what can happen without an edit, what will be refused, what will be empty.

use super::hidden;
use super::model::*;
use super::safety;
use super::template::Context;
use std::collections::BTreeMap;

/// Fills the advice, important first, each kind in the order of the file.
pub(super) fn fill(model: &mut Model, context: &Context<'_, '_>) {
    let mut out = hidden::advice(model, context);
    out.extend(silent_replacements(model));
    out.extend(refused_replacements(model, context));
    out.extend(fixed_keys(model, context));
    out.extend(architectures(model, context));
    out.extend(empty_addresses(model, context));
    out.extend(slow_things(model, context));
    let order: BTreeMap<&str, usize> = model.resources.iter().enumerate().map(|(i, r)| (r.id.as_str(), i)).collect();
    out.sort_by_key(|a| (!a.important, order.get(a.about.as_str()).copied()));
    model.advice = out;
}

fn advice(id: &str, resource: &Resource, text: String, important: bool, label: Label, source: &str) -> Advice {
    Advice {
        id: id.to_owned(),
        about: resource.id.clone(),
        text,
        remedy: None,
        important,
        label,
        source: source.to_owned(),
        at: Some(resource.at),
        other: None,
        edit: Vec::new(),
    }
}

/// Parameters that are looked up at each deployment and feed a property that cannot change.
fn silent_replacements(model: &Model) -> Vec<Advice> {
    let mut out = Vec::new();
    let by_id: BTreeMap<&str, &Resource> = model.resources.iter().map(|r| (r.id.as_str(), r)).collect();
    let looked_up = model.assumptions.parameters.iter().filter(|p| p.from == "ssm").map(|p| p.name.as_str());
    let looked_up: std::collections::BTreeSet<&str> = looked_up.collect();
    for parameter in model.parameters.iter().filter(|p| looked_up.contains(p.name.as_str())) {
        for effect in parameter.effects.replace.iter().filter(|e| e.follows.is_none()) {
            let Some(resource) = by_id.get(effect.resource.as_str()) else { continue };
            let text = format!(
                "a redeploy without any edit can replace {}: {} comes from parameter {}, which is looked up again each time",
                resource.id, effect.property, parameter.name
            );
            let mut one = advice("silent-replacement", resource, text, true, Label::Inferred, "");
            one.source = format!("type of parameter {} and {}", parameter.name, effect.source);
            one.remedy =
                Some("keep the value in a parameter of your own when the moment of replacement matters".to_owned());
            out.push(one);
        }
    }
    out
}

/// Parameters whose change needs a replacement that a fixed name makes impossible.
fn refused_replacements(model: &Model, context: &Context<'_, '_>) -> Vec<Advice> {
    let by_id: BTreeMap<&str, &Resource> = model.resources.iter().map(|r| (r.id.as_str(), r)).collect();
    let mut causes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for parameter in &model.parameters {
        for effect in &parameter.effects.replace {
            let Some(resource) = by_id.get(effect.resource.as_str()) else { continue };
            let own_name = resource.name.as_ref().and_then(|n| n.property.as_deref()) == Some(&effect.property);
            if !own_name {
                causes.entry(&effect.resource).or_default().push(&parameter.name);
            }
        }
    }
    let mut out = Vec::new();
    for resource in &model.resources {
        let Some(parameters) = causes.get(resource.id.as_str()) else { continue };
        let traits = context.facts.of(&resource.kind).traits;
        let fixed = safety::refuses_replacement(resource, traits);
        let Some(name) = resource.name.as_ref().filter(|_| fixed) else { continue };
        // A name that a parameter of the same change makes new does not stand in the way.
        if name.value.contains('<') {
            continue;
        }
        let mut parameters = parameters.clone();
        parameters.dedup();
        let text = format!(
            "a change of {} needs a new {}, but its name is fixed ({}): CloudFormation makes the new one first and refuses",
            parameters.join(" or "),
            resource.id,
            name.value
        );
        let mut one = advice("refused-replacement", resource, text, false, Label::Documented, "user guide: name type");
        one.remedy = Some(format!(
            "leave {} out, or change it in the same update",
            name.property.as_deref().unwrap_or("the name")
        ));
        out.push(one);
    }
    out
}

/// Code at a place that does not change with the code.
fn fixed_keys(model: &Model, context: &Context<'_, '_>) -> Vec<Advice> {
    let mut out = Vec::new();
    for resource in model.resources.iter().filter(|r| r.kind == "AWS::Lambda::Function" && r.exists != Exists::No) {
        let Some(code) = context.values.get(resource.id.as_str()).and_then(|v| v.at("Code")) else { continue };
        let versioned = code.at("S3ObjectVersion").is_some();
        let (Some(bucket), Some(key)) = (code.literal_at("S3Bucket"), code.literal_at("S3Key")) else { continue };
        // A packaged key is the checksum of its content.
        let hashed = key.rsplit('/').next().is_some_and(|k| {
            let stem = k.split('.').next().unwrap_or_default();
            stem.len() >= 32 && stem.bytes().all(|b| b.is_ascii_hexdigit())
        });
        // A local folder gets its address when it is packaged.
        let local = bucket == "packaged" && resource.origin.is_some();
        if versioned || hashed || local {
            continue;
        }
        let text = format!(
            "{} takes its code from s3://{bucket}/{key}: as long as the key stays the same, CloudFormation sees no change \
             and does not update the code",
            resource.id
        );
        out.push(advice(
            "fixed-key",
            resource,
            text,
            true,
            Label::Documented,
            "CloudFormation reference: AWS::Lambda::Function Code",
        ));
    }
    out
}

/// An ARM instance type with an x86 image, or the other way round.
fn architectures(model: &Model, context: &Context<'_, '_>) -> Vec<Advice> {
    let mut out = Vec::new();
    for resource in model.resources.iter().filter(|r| r.kind == "AWS::EC2::Instance" && r.exists != Exists::No) {
        let Some(value) = context.values.get(resource.id.as_str()) else { continue };
        let Some(kind) = value.literal_at("InstanceType") else { continue };
        let image = context.template.resources.get(&resource.id).and_then(|r| r.property("ImageId"));
        let parameter = image.and_then(crate::value::evaluate::referenced);
        let path = parameter
            .and_then(|p| context.template.parameters.get(p))
            .and_then(|p| p.default())
            .and_then(crate::syntax::Node::as_str);
        let family = kind.split('.').next().unwrap_or_default();
        let after = family
            .trim_start_matches(|c: char| c.is_ascii_lowercase())
            .trim_start_matches(|c: char| c.is_ascii_digit());
        let arm = after.starts_with('g') && !family.starts_with('g') || family == "a1";
        let wrong = match path {
            Some(path) if arm && (path.contains("x86_64") || path.contains("amd64")) => "an x86_64",
            Some(path) if !arm && (path.contains("arm64") || path.contains("aarch64")) => "an arm64",
            _ => continue,
        };
        let text = format!(
            "{} is of type {kind}, which is {}, but its image is {wrong} one",
            resource.id,
            if arm { "an arm64 family" } else { "no arm64 family" }
        );
        out.push(advice(
            "architecture",
            resource,
            text,
            true,
            Label::Inferred,
            "names of instance families and of the image parameter",
        ));
    }
    out
}

/// Outputs with a public address that nothing gives.
fn empty_addresses(model: &Model, context: &Context<'_, '_>) -> Vec<Advice> {
    let mut out = Vec::new();
    for resource in model.resources.iter().filter(|r| r.kind == "AWS::EC2::Instance" && r.exists == Exists::Yes) {
        let Some(value) = context.values.get(resource.id.as_str()) else { continue };
        let subnet = value.at("SubnetId").map(|v| v.resources()).unwrap_or_default();
        let Some(subnet) = subnet.first().and_then(|s| context.values.get(s)) else { continue };
        let hands_out = subnet
            .at("MapPublicIpOnLaunch")
            .is_some_and(|v| v.literal().is_none_or(|t| t.eq_ignore_ascii_case("true")));
        let addressed = resource.needed_by.iter().any(|u| {
            model.resource(u).is_some_and(|r| r.kind == "AWS::EC2::EIP" || r.kind == "AWS::EC2::EIPAssociation")
        });
        if hands_out || addressed || value.at("NetworkInterfaces").is_some() {
            continue;
        }
        for output in &model.outputs {
            let uses = ["PublicIp", "PublicDnsName"]
                .into_iter()
                .find(|a| output.value.contains(&format!("{}.{a}", resource.id)));
            if let Some(attribute) = uses {
                let text = format!(
                    "output {} uses {}.{attribute}, but nothing gives {} a public address: expect an empty value",
                    output.name, resource.id, resource.id
                );
                out.push(advice(
                    "empty-attribute",
                    resource,
                    text,
                    true,
                    Label::Inferred,
                    "MapPublicIpOnLaunch of the subnet",
                ));
            }
        }
    }
    out
}

/// What can hold up the stack for long.
fn slow_things(model: &Model, context: &Context<'_, '_>) -> Vec<Advice> {
    let mut out = Vec::new();
    for resource in model.resources.iter().filter(|r| r.exists != Exists::No) {
        let value = context.values.get(resource.id.as_str());
        let custom = resource.kind.starts_with("Custom::") || resource.kind == "AWS::CloudFormation::CustomResource";
        let text = match resource.kind.as_str() {
            _ if custom => format!(
                "{} waits for an answer of its function; if none comes, the stack waits for an hour, and again at rollback",
                resource.id
            ),
            "AWS::CertificateManager::Certificate" => format!(
                "{} waits until the domain is proved to be yours: the DNS record or mail must be answered while the stack waits",
                resource.id
            ),
            "AWS::ECS::Service" => format!(
                "{} is done only when its tasks run and are healthy; a container that does not start holds up the stack for hours",
                resource.id
            ),
            "AWS::Lambda::Function" if value.is_some_and(|v| v.at("VpcConfig").is_some()) => format!(
                "{} stands in a network: when the stack is deleted, its network cards keep the subnets and firewalls for up to \
                 45 minutes",
                resource.id
            ),
            _ => continue,
        };
        let id = if resource.kind == "AWS::Lambda::Function" { "D2" } else { "slow" };
        out.push(advice(id, resource, text, false, Label::Documented, "user guide and CloudFormation reference"));
    }
    out
}
