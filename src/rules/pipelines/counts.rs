//! How many artifacts an action takes and gives.

use super::{ARTIFACT_COUNT, Action, say, start};
use crate::resolve::Case;
use crate::rule::Context;
use crate::syntax::{Node, NodeKind};

/// Least and most.
type Range = (usize, usize);
/// Owner, category, provider; input and output artifacts.
type Row = (&'static str, &'static str, &'static str, Range, Range);

const COUNTS: &[Row] = &[
    ("AWS", "Source", "S3", (0, 0), (1, 1)),
    ("AWS", "Source", "CodeCommit", (0, 0), (1, 1)),
    ("AWS", "Source", "ECR", (0, 0), (1, 1)),
    ("AWS", "Test", "CodeBuild", (1, 5), (0, 5)),
    ("AWS", "Test", "DeviceFarm", (1, 1), (0, 0)),
    ("AWS", "Build", "CodeBuild", (1, 5), (0, 5)),
    ("AWS", "Approval", "Manual", (0, 0), (0, 0)),
    ("AWS", "Deploy", "S3", (1, 1), (0, 0)),
    ("AWS", "Deploy", "CloudFormation", (0, 10), (0, 1)),
    ("AWS", "Deploy", "CodeDeploy", (1, 1), (0, 0)),
    ("AWS", "Deploy", "ElasticBeanstalk", (1, 1), (0, 0)),
    ("AWS", "Deploy", "OpsWorks", (1, 1), (0, 0)),
    ("AWS", "Deploy", "ECS", (1, 1), (0, 0)),
    ("AWS", "Deploy", "ServiceCatalog", (1, 1), (0, 0)),
    ("AWS", "Invoke", "Lambda", (0, 5), (0, 5)),
    ("ThirdParty", "Source", "GitHub", (0, 0), (1, 1)),
    ("ThirdParty", "Deploy", "AlexaSkillsKit", (0, 2), (0, 0)),
    ("Custom", "Build", "Jenkins", (0, 5), (0, 5)),
    ("Custom", "Test", "Jenkins", (0, 5), (0, 5)),
];

pub(super) fn check<'a>(action: &Action<'a>, cx: &mut Context<'a>) {
    let resolver = cx.resolver();
    let mut kinds = Vec::new();
    for owner in action.cases(&["ActionTypeId", "Owner"], cx) {
        for category in resolver.cases_below(action.node, owner.key, &["ActionTypeId", "Category"], &owner.pins) {
            for provider in resolver.cases_below(action.node, owner.key, &["ActionTypeId", "Provider"], &category.pins)
            {
                let (Some(o), Some(c), Some(p)) = (owner.text(), category.text(), provider.text()) else { continue };
                if let Some(row) = COUNTS.iter().find(|row| (row.0, row.1, row.2) == (o, c, p)) {
                    kinds.push((row, provider));
                }
            }
        }
    }
    for (row, provider) in kinds {
        side(action, row, "InputArtifacts", row.3, &provider, cx);
        side(action, row, "OutputArtifacts", row.4, &provider, cx);
    }
}

fn side<'a>(
    action: &Action<'a>,
    row: &Row,
    name: &'static str,
    (least, most): Range,
    provider: &Case<'a>,
    cx: &mut Context<'a>,
) {
    let words = match (least, most) {
        (_, 0) => "no".to_owned(),
        (least, most) if least == most => format!("exactly {most}"),
        (0, most) => format!("at most {most}"),
        (least, most) => format!("{least} to {most}"),
    };
    let kind = if name == "InputArtifacts" { "input" } else { "output" };
    for case in cx.resolver().cases_below(action.node, start(action.node), &[name], &provider.pins) {
        let (fewest, largest) = match case.node().map(Node::as_list) {
            None if case.is_absent() => (0, 0),
            Some(Some(items)) => (items.iter().filter(|i| !branches(i)).count(), items.len()),
            _ => continue,
        };
        if fewest <= most && largest >= least {
            continue;
        }
        let span = if case.is_absent() { start(action.node) } else { case.key };
        let found = if case.is_absent() { "none".to_owned() } else { largest.to_string() };
        let message = format!(
            "an action of `{}` in category `{}` has {words} {kind} artifact{}, found {found}",
            row.2,
            row.1,
            if most == 1 { "" } else { "s" }
        );
        if let Some(finding) = say(&ARTIFACT_COUNT, span, &case.pins, message, cx) {
            finding.label(provider.span(), "the provider");
            if fewest > most {
                finding.help(format!("Remove artifacts from `{name}`."));
            } else {
                finding.help(format!("Name the artifacts in `{name}`."));
            }
        }
    }
}

/// Whether an item may turn out to be nothing.
fn branches(item: &Node) -> bool {
    matches!(item.kind, NodeKind::Call(_) | NodeKind::Tagged(_) | NodeKind::Null)
}
