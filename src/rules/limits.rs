//! Limits of single properties that no schema states.

use crate::conditions::{Answer, Pins};
use crate::intrinsics::dynamic;
use crate::rule::{Check, Context, Family, rule};
use crate::template::Resource;
use crate::value::regions;

rule!(
    COLD_STORAGE_TOO_SHORT,
    "limits" / "E3504",
    "cold-storage-too-short",
    Error,
    "a backup is deleted less than 90 days after it went to cold storage"
);
rule!(
    LAYER_ARN_TOO_LONG,
    "limits" / "E3716",
    "layer-arn-too-long",
    Error,
    "the ARN of a layer is longer than it can be in a region"
);
rule!(
    PARAMETER_NAME_RESERVED,
    "limits" / "W3701",
    "parameter-name-reserved",
    Warning,
    "an SSM parameter has a name that is reserved or malformed"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&COLD_STORAGE_TOO_SHORT, &LAYER_ARN_TOO_LONG, &PARAMETER_NAME_RESERVED],
    checks: &[Check::Template(limits)],
};

fn limits(cx: &mut Context<'_>) {
    for resource in cx.template.resources.iter() {
        match resource.kind() {
            Some("AWS::Backup::BackupPlan") => lifecycles(resource, cx),
            Some("AWS::Lambda::Function" | "AWS::Serverless::Function") => layers(resource, cx),
            Some("AWS::SSM::Parameter") => name(resource, cx),
            _ => {}
        }
    }
}

/// The days that a backup has to stay in cold storage.
const COLD_DAYS: i64 = 90;

fn lifecycles<'a>(plan: &Resource<'a>, cx: &mut Context<'a>) {
    let rules = ["BackupPlan", "BackupPlanRule", "*"];
    let copies = ["BackupPlan", "BackupPlanRule", "*", "CopyActions", "*"];
    for path in [&rules[..], &copies[..]] {
        let path = [path, &["Lifecycle"]].concat();
        for lifecycle in cx.resolver().cases(plan, &path, &Pins::none()) {
            let Some(node) = lifecycle.node() else { continue };
            let below = |name, pins: &Pins| cx.resolver().cases_below(node, lifecycle.key, &[name], pins);
            let mut found = Vec::new();
            for moved in below("MoveToColdStorageAfterDays", &lifecycle.pins) {
                for deleted in below("DeleteAfterDays", &moved.pins) {
                    let number = |text: Option<&str>| text?.parse::<i64>().ok();
                    let (Some(cold), Some(end)) = (number(moved.text()), number(deleted.text())) else { continue };
                    let possible = cx.resolver().conditions.satisfiable(&deleted.pins) == Answer::Yes;
                    if end.saturating_sub(cold) < COLD_DAYS && possible {
                        found.push((moved.span(), deleted, cold, end));
                    }
                }
            }
            for (moved, deleted, cold, end) in found {
                let message = format!(
                    "`DeleteAfterDays` is {end}, but a backup that moves to cold storage after {cold} days has to stay there for 90"
                );
                cx.report(&COLD_STORAGE_TOO_SHORT, deleted.span(), message)
                    .reference_at(deleted.key)
                    .label(moved, "it moves to cold storage here")
                    .help(format!(
                        "Set `DeleteAfterDays` to {} or more, or leave `MoveToColdStorageAfterDays` out.",
                        cold.saturating_add(COLD_DAYS)
                    ));
            }
        }
    }
}

/// The length of the ARN of a layer without partition and region.
const LAYER_ARN: usize = 176;

fn layers<'a>(function: &Resource<'a>, cx: &mut Context<'a>) {
    for layer in cx.resolver().cases(function, &["Layers", "*"], &Pins::none()) {
        let Some(text) = layer.node().and_then(|n| n.as_str()).filter(|t| !dynamic::contains(t)) else { continue };
        let length = text.chars().count();
        let limit = |region: &str| LAYER_ARN + regions::partition(region).len() + region.len();
        let Some(region) = cx.options.regions.iter().find(|region| length > limit(region)) else { continue };
        let message =
            format!("the ARN of the layer has {length} characters, more than the {} of `{region}`", limit(region));
        cx.report(&LAYER_ARN_TOO_LONG, layer.span(), message).help("Use a layer with a shorter name.");
    }
}

fn name<'a>(parameter: &Resource<'a>, cx: &mut Context<'a>) {
    for name in cx.resolver().cases(parameter, &["Name"], &Pins::none()) {
        let Some(text) = name.node().and_then(|n| n.as_str()).filter(|t| !dynamic::contains(t)) else { continue };
        let Some(wrong) = wrong_name(text) else { continue };
        cx.report(&PARAMETER_NAME_RESERVED, name.span(), format!("`{text}` is {wrong}"))
            .help("Start the name with something of your own, such as `/shop/`.");
    }
}

/// What is wrong with the name of an SSM parameter.
fn wrong_name(name: &str) -> Option<&'static str> {
    let inner = name.strip_prefix('/').unwrap_or(name);
    let lower = inner.get(..3).unwrap_or_default().to_ascii_lowercase();
    if lower == "aws" || lower == "ssm" {
        return Some("reserved: names of parameters cannot start with `aws` or `ssm`");
    }
    let good =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    let parts_good = if inner.len() == name.len() { good(inner) } else { inner.split('/').all(good) };
    (!parts_good).then_some(
        "no name of a parameter: it has letters, digits, `_`, `.` and `-`, and starts with `/` when it has levels",
    )
}

#[cfg(test)]
mod tests {
    use super::wrong_name;

    #[test]
    fn names_of_parameters() {
        for good in ["name", "/shop/db/url", "/shop", "a-b_c.d", "myaws", "/my/aws"] {
            assert_eq!(wrong_name(good), None, "{good}");
        }
        for bad in ["aws", "/aws/x", "SSM-x", "/Ssm", "a/b", "/a//b", "/", "", "a b", "/a/"] {
            assert!(wrong_name(bad).is_some(), "{bad}");
        }
    }
}
