//! What changes besides resources: outputs, parameters, capabilities; and edits that nothing reads.

use super::consequences::list;
use super::resource::{Context, Pair};
use super::side::{Given, Side};
use super::spread;
use super::value::Val;
use super::{CapabilityNeed, Change, Difference, Label, Note, OutputChange, ParameterValue, Verdict};
use crate::schema::traits::Traits;
use crate::syntax::Node;
use crate::template::rewritten_by;
use std::collections::{BTreeMap, BTreeSet};

/// The outputs that differ: by their text, or because of a resource that they show.
pub(super) fn outputs(context: &Context<'_, '_>, pairs: &[Pair]) -> Vec<OutputChange> {
    let (old, new) = (exported(context.old), exported(context.new));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names.into_iter().filter_map(|name| output(name, old.get(name), new.get(name), pairs)).collect()
}

/// An output with its value and the name of its export.
type Shown = (Option<Val>, Option<Val>);

fn output(name: &str, before: Option<&Shown>, after: Option<&Shown>, pairs: &[Pair]) -> Option<OutputChange> {
    let texts = |found: Option<&Shown>| {
        found.map(|(value, export)| (value.as_ref().map(Val::canonical), export.as_ref().map(Val::canonical)))
    };
    let show = |found: Option<&Shown>| found.and_then(|(value, _)| value.as_ref()).map(Val::show);
    let export = before.and_then(|(_, export)| export.as_ref()).map(Val::show);
    if texts(before) == texts(after) {
        let (cause, surely) = spread::reached(after?.0.as_ref()?, pairs)?;
        return Some(OutputChange {
            name: name.to_owned(),
            difference: Difference::Modify,
            before: show(before),
            after: None,
            export,
            cause: Some(cause),
            surely,
        });
    }
    Some(OutputChange {
        name: name.to_owned(),
        difference: match (before, after) {
            (None, _) => Difference::Add,
            (_, None) => Difference::Remove,
            _ => Difference::Modify,
        },
        before: show(before),
        after: show(after),
        export,
        cause: None,
        surely: true,
    })
}

type Exported = BTreeMap<String, Shown>;

fn exported(side: &Side<'_>) -> Exported {
    let here =
        side.template.outputs.iter().filter(|o| o.condition().is_none_or(|name| side.holds(name) != Some(false)));
    here.map(|output| {
        let value = output.node.get("Value").and_then(|node| side.value(node));
        let export = output.node.at(&["Export", "Name"]).and_then(|node| side.value(node));
        (output.key.text.to_string(), (value, export))
    })
    .collect()
}

/// The parameters whose values differ, secrets hidden.
pub(super) fn parameters(context: &Context<'_, '_>) -> Vec<ParameterValue> {
    let names: BTreeSet<&String> = context.old.settings.keys().chain(context.new.settings.keys()).collect();
    let mut out = Vec::new();
    for name in names {
        let (old, new) = (context.old.settings.get(name), context.new.settings.get(name));
        let value = |side: Option<&super::side::Setting>| side.and_then(|s| s.value.clone());
        if value(old) == value(new) {
            continue;
        }
        let secret = old.or(new).is_some_and(|s| s.secret) || new.is_some_and(|s| s.secret);
        let show = |text: Option<String>| text.map(|text| if secret { "****".to_owned() } else { text });
        let by_default =
            old.is_some_and(|s| s.given == Given::Default) && new.is_some_and(|s| s.given == Given::Default);
        out.push(ParameterValue { name: name.clone(), old: show(value(old)), new: show(value(new)), by_default });
    }
    out
}

/// What each side has to acknowledge: the name of the capability and what asks for it.
fn needs(side: &Side<'_>) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for resource in side.template.resources.iter() {
        let Some(capability) = resource.kind().and_then(Traits::of).and_then(|t| t.capability()) else { continue };
        let named = capability.name_property.filter(|name| {
            let value = resource.property(name).and_then(|node| side.value(node));
            value.is_some()
        });
        match named {
            Some(name) => {
                let because = format!("{}.{name}", resource.id());
                out.entry("CAPABILITY_NAMED_IAM".to_owned()).or_insert(because);
            }
            None => {
                out.entry("CAPABILITY_IAM".to_owned()).or_insert_with(|| resource.id().to_owned());
            }
        }
    }
    // The stronger one covers the other.
    if out.contains_key("CAPABILITY_NAMED_IAM") {
        out.remove("CAPABILITY_IAM");
    }
    out
}

/// The capabilities of the update. `written` are both templates as they are written.
pub(super) fn capabilities(context: &Context<'_, '_>, written: (Option<&Node>, Option<&Node>)) -> Vec<CapabilityNeed> {
    let old = needs(context.old);
    let covered = |name: &str| old.contains_key(name) || name == "CAPABILITY_IAM" && !old.is_empty();
    let needs = needs(context.new).into_iter();
    let mut out: Vec<CapabilityNeed> =
        needs.map(|(name, because)| CapabilityNeed { new: !covered(&name), name, because }).collect();
    let macros = |root: Option<&Node>| root.map(rewritten_by).unwrap_or_default();
    if let Some((first, _)) = macros(written.1).into_iter().next() {
        out.push(CapabilityNeed {
            name: AUTO_EXPAND.to_owned(),
            because: format!("{first}, when no change set is looked at first"),
            new: macros(written.0).is_empty(),
        });
    }
    out
}

/// What a direct update of a template with macros has to acknowledge.
pub(super) const AUTO_EXPAND: &str = "CAPABILITY_AUTO_EXPAND";

/// Remarks on the whole.
pub(super) fn notes(context: &Context<'_, '_>, changes: &[Change], outputs: &[OutputChange]) -> Vec<Note> {
    let mut out = Vec::new();
    let mut note = |label, text: String| out.push(Note { text, label });
    let by_default: Vec<String> = parameters(context).into_iter().filter(|p| p.by_default).map(|p| p.name).collect();
    if !by_default.is_empty() {
        note(
            Label::Documented,
            format!(
                "the default of {} is another: it counts only if the update takes the default; `aws cloudformation deploy` \
             keeps the previous value (`--keep-previous` shows that case)",
                list(&by_default)
            ),
        );
    }
    let unread = unread_mappings(context, changes);
    if !unread.is_empty() {
        note(
            Label::Inferred,
            format!("{} changed, but nothing reads the changed entries in {}", list(&unread), context.new.region),
        );
    }
    let exports: Vec<String> = outputs
        .iter()
        .filter(|o| o.difference != Difference::Add && o.surely)
        .filter_map(|o| o.export.clone())
        .collect();
    if !exports.is_empty() {
        note(
            Label::Documented,
            format!(
                "the export {} goes or changes: CloudFormation refuses that while another stack imports it",
                list(&exports)
            ),
        );
    }
    let renamed_data = changes.iter().any(|c| c.verdict == Verdict::DataLoss);
    if renamed_data {
        note(
            Label::Documented,
            "`DeletionPolicy` protects what is removed, `UpdateReplacePolicy` what is replaced; a policy has \
              to be deployed before the removal that it protects from"
                .to_owned(),
        );
    }
    out
}

/// Mappings that differ without any effect.
fn unread_mappings(context: &Context<'_, '_>, changes: &[Change]) -> Vec<String> {
    let names = context.new.template.mappings.names().map(str::to_owned);
    let used = |name: &str| changes.iter().flat_map(|c| &c.details).any(|d| d.cause.as_deref() == Some(name));
    names
        .filter(|name| context.old.template.mappings.contains(name) && context.mapping_changes(name) && !used(name))
        .collect()
}

/// What was left open.
pub(super) fn undecided(context: &Context<'_, '_>, too_many_permissions: bool) -> Vec<String> {
    let mut out = Vec::new();
    if too_many_permissions {
        out.push("which permissions change: there are too many".to_owned());
    }
    let unknown: Vec<String> = context
        .new
        .settings
        .iter()
        .filter(|(_, setting)| setting.value.is_none() && setting.open.is_none())
        .map(|(name, _)| name.clone())
        .collect();
    if !unknown.is_empty() {
        out.push(format!("the value of {}: give it with --parameter-overrides", list(&unknown)));
    }
    let conditions: Vec<String> = context
        .new
        .template
        .conditions
        .names()
        .filter(|name| context.new.holds(name).is_none())
        .map(str::to_owned)
        .collect();
    if !conditions.is_empty() {
        out.push(format!("whether {} holds", list(&conditions)));
    }
    if context.old.gave_up() || context.new.gave_up() {
        out.push("some expressions: they are too large".to_owned());
    }
    let macros: Vec<String> = context
        .new
        .template
        .transforms
        .iter()
        .map(|t| t.0)
        .filter(|name| !["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"].contains(name))
        .map(str::to_owned)
        .collect();
    if !macros.is_empty() {
        out.push(format!("what {} makes of the template", list(&macros)));
    }
    out
}
