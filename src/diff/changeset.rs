//! The change set in the shape of AWS's `DescribeChangeSet` with property values, to compare with a real one.

use super::{Change, ChangeSource, Detail, Diff, Difference, Effect, Evaluation, Scope, Verdict};
use serde_json::{Map, Value, json};

/// The change set as AWS would describe it, sorted by logical id.
pub fn changeset(diff: &Diff) -> Value {
    let mut changes: Vec<&Change> = diff.changes.iter().filter(|c| c.verdict != Verdict::NoEffect).collect();
    changes.sort_by(|a, b| a.id.cmp(&b.id));
    let parameter = |p: &super::ParameterValue| {
        p.new.as_ref().map(|value| json!({ "ParameterKey": p.name, "ParameterValue": value }))
    };
    // A change set shows what macros made of the template, so it needs no word for that.
    let asked = diff.capabilities.iter().filter(|c| c.name != super::around::AUTO_EXPAND);
    let capabilities: Vec<&String> = asked.map(|c| &c.name).collect();
    json!({
        "Parameters": diff.parameters.iter().filter_map(parameter).collect::<Vec<_>>(),
        "Capabilities": capabilities,
        "Changes": changes.into_iter().map(resource).collect::<Vec<_>>(),
    })
}

fn resource(change: &Change) -> Value {
    let mut out = Map::new();
    if let Some(action) = change.policy_action {
        out.insert("PolicyAction".into(), json!(action));
    }
    out.insert("Action".into(), json!(change.action));
    out.insert("LogicalResourceId".into(), json!(change.id));
    out.insert("ResourceType".into(), json!(change.type_name));
    if let Some(replacement) = change.replacement {
        out.insert("Replacement".into(), json!(replacement));
    }
    out.insert("Scope".into(), json!(change.scope));
    let listed = change.details.iter().filter(|d| !d.cosmetic && d.path != "/Condition");
    let mut details: Vec<Value> = Vec::new();
    for detail in listed {
        details.push(one(detail, detail.source, detail.evaluation));
        if detail.source == ChangeSource::ParameterReference {
            details.push(one(detail, ChangeSource::DirectModification, Evaluation::Dynamic));
        }
    }
    out.insert("Details".into(), details.into());
    json!({ "Type": "Resource", "ResourceChange": out })
}

fn one(detail: &Detail, source: ChangeSource, evaluation: Evaluation) -> Value {
    let mut target = Map::new();
    target.insert("Attribute".into(), json!(detail.scope));
    if detail.scope == Scope::Properties {
        let name = detail.path.split('/').nth(2).unwrap_or_default();
        target.insert("Name".into(), json!(name));
        let recreation = match detail.effect {
            Effect::Never => "Never",
            Effect::Conditionally => "Conditionally",
            Effect::Always | Effect::Refused => "Always",
        };
        target.insert("RequiresRecreation".into(), json!(recreation));
    }
    target.insert("Path".into(), json!(detail.path));
    for (name, value) in [("BeforeValue", &detail.before), ("AfterValue", &detail.after)] {
        if let Some(value) = value {
            target.insert(name.into(), json!(value));
        }
    }
    let kind = match detail.difference {
        Difference::Add => "Add",
        Difference::Modify => "Modify",
        Difference::Remove => "Remove",
    };
    target.insert("AttributeChangeType".into(), json!(kind));
    // Conditions, mappings and tags are no source that AWS knows.
    let (source, cause) = match source {
        ChangeSource::Condition | ChangeSource::Mapping | ChangeSource::StackTag => {
            (ChangeSource::DirectModification, None)
        }
        ChangeSource::DirectModification => (source, None),
        other => (other, detail.cause.as_ref()),
    };
    let mut out = Map::new();
    out.insert("Target".into(), target.into());
    out.insert("Evaluation".into(), json!(evaluation));
    out.insert("ChangeSource".into(), json!(source));
    if let Some(cause) = cause {
        out.insert("CausingEntity".into(), json!(cause));
    }
    out.into()
}
