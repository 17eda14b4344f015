//! What the configuration of an action must hold for its provider.

use super::{
    ACTION_CONFIGURATION, CLOUDFORMATION_MODE, IMAGE_PAIRS, PRIMARY_SOURCE, REFUSED, at_configuration, called,
};
use crate::diagnostic::{Applicability, Severity};
use crate::pipeline::{Action, Artifact};
use crate::rule::Context;
use crate::rule::suggest::nearest;
use crate::syntax::{Node, Style};

/// Category and provider; keys that must be there; further keys.
type Row = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const KEYS: &[Row] = &[
    ("Build", "CodeBuild", &["ProjectName"], BUILD),
    ("Test", "CodeBuild", &["ProjectName"], BUILD),
    ("Deploy", "CodeDeploy", &["ApplicationName", "DeploymentGroupName"], &[]),
    (
        "Deploy",
        "CodeDeployToECS",
        &["ApplicationName", "DeploymentGroupName", "TaskDefinitionTemplateArtifact", "AppSpecTemplateArtifact"],
        &["TaskDefinitionTemplatePath", "AppSpecTemplatePath"],
    ),
    ("Deploy", "ECS", &["ClusterName", "ServiceName"], &["FileName", "DeploymentTimeout"]),
    (
        "Deploy",
        "CloudFormation",
        &["ActionMode", "StackName"],
        &[
            "ChangeSetName",
            "TemplatePath",
            "TemplateConfiguration",
            "RoleArn",
            "Capabilities",
            "ParameterOverrides",
            "OutputFileName",
        ],
    ),
    ("Deploy", "S3", &["BucketName", "Extract"], &["ObjectKey", "KMSEncryptionKeyARN", "CannedACL", "CacheControl"]),
    ("Deploy", "ElasticBeanstalk", &["ApplicationName", "EnvironmentName"], &[]),
    (
        "Deploy",
        "AppConfig",
        &["Application", "Environment", "ConfigurationProfile", "InputArtifactConfigurationPath"],
        &["DeploymentStrategy"],
    ),
    ("Deploy", "EKS", &["ClusterName"], &[]),
    ("Invoke", "Lambda", &["FunctionName"], &["UserParameters"]),
    ("Invoke", "StepFunctions", &["StateMachineArn"], &["ExecutionNamePrefix", "InputType", "Input"]),
    (
        "Source",
        "CodeStarSourceConnection",
        &["ConnectionArn", "FullRepositoryId", "BranchName"],
        &["OutputArtifactFormat", "DetectChanges"],
    ),
    ("Source", "CodeCommit", &["RepositoryName", "BranchName"], &["PollForSourceChanges", "OutputArtifactFormat"]),
    ("Source", "S3", &["S3Bucket", "S3ObjectKey"], &["PollForSourceChanges", "AllowOverrideForS3ObjectKey"]),
    ("Source", "ECR", &["RepositoryName"], &["ImageTag"]),
];

const BUILD: &[&str] = &["PrimarySource", "BatchEnabled", "CombineArtifacts", "EnvironmentVariables"];

pub(super) fn check(action: &Action<'_>, cx: &mut Context<'_>) {
    let (Some(category), Some(provider)) =
        (action.category().and_then(Node::as_str), action.provider().and_then(Node::as_str))
    else {
        return;
    };
    // A configuration that a function makes is not visible.
    if action.configuration().is_some_and(|n| n.as_map().is_none()) {
        return;
    }
    if let Some((_, _, required, further)) = KEYS.iter().find(|k| (k.0, k.1) == (category, provider)) {
        keys(action, provider, required, further, cx);
    }
    match (category, provider) {
        ("Build" | "Test", "CodeBuild") => primary(action, cx),
        ("Deploy", "CloudFormation") => mode(action, cx),
        ("Deploy", "CodeDeployToECS") => images(action, cx),
        ("Deploy", "S3") => {
            let extract = action.setting("Extract").and_then(Node::scalar_text);
            if extract == Some("false") && action.setting("ObjectKey").is_none() {
                let message = format!("{} copies one object and does not say where, {REFUSED}", who(action));
                at_configuration(&ACTION_CONFIGURATION, action, message, cx)
                    .help("Add `ObjectKey`, or write `Extract: true`.");
            }
        }
        _ => {}
    }
}

fn who(action: &Action<'_>) -> String {
    called("action", action.name())
}

fn keys(action: &Action<'_>, provider: &str, required: &[&str], further: &[&str], cx: &mut Context<'_>) {
    let given = action.configuration().and_then(Node::as_map).unwrap_or_default();
    let missing: Vec<&str> = required.iter().copied().filter(|r| !given.iter().any(|e| &*e.key.text == *r)).collect();
    for entry in given {
        let name = &*entry.key.text;
        if required.contains(&name) || further.contains(&name) || name.starts_with("Image") {
            continue;
        }
        let Some(near) = nearest(name, missing.iter().chain(further).copied()) else { continue };
        let message = format!("`{provider}` has no setting `{name}`");
        let finding = cx.report(&ACTION_CONFIGURATION, entry.key.span, message);
        finding.severity = Severity::Warning;
        finding.help(format!("Did you mean `{near}`?"));
        if entry.key.style == Style::Plain {
            finding.fix(Applicability::Unsafe, format!("write `{near}`"), entry.key.span, near);
        }
    }
    if !missing.is_empty() {
        let list = crate::rule::shape::quoted(&missing);
        let message = format!("{} of `{provider}` lacks {list} in its configuration, {REFUSED}", who(action));
        at_configuration(&ACTION_CONFIGURATION, action, message, cx)
            .help(format!("`{provider}` asks for {}.", crate::rule::shape::quoted(required)));
    }
}

fn primary(action: &Action<'_>, cx: &mut Context<'_>) {
    let names: Option<Vec<&str>> = action.inputs.iter().map(Artifact::name).collect();
    let (Some(names), true) = (names, action.inputs.len() > 1) else { return };
    let Some(node) = action.setting("PrimarySource") else {
        let message = format!(
            "{} takes {} artifacts and does not say which one holds the buildspec, {REFUSED}",
            who(action),
            names.len()
        );
        at_configuration(&PRIMARY_SOURCE, action, message, cx)
            .help(format!("Add `PrimarySource` with one of {}.", crate::rule::shape::quoted(&names)));
        return;
    };
    let Some(text) = node.as_str().filter(|t| !names.contains(t)) else { return };
    let near = nearest(text, names.iter().copied()).map(str::to_owned);
    let message = format!("`PrimarySource` names `{text}`, which is no input of {}, {REFUSED}", who(action));
    let finding = cx.report(&PRIMARY_SOURCE, node.span, message);
    finding.help(format!("Write one of {}.", crate::rule::shape::quoted(&names)));
    if let (Some(near), Style::Plain) = (near, node.style) {
        finding.fix(Applicability::Unsafe, format!("write `{near}`"), node.span, near);
    }
}

fn mode(action: &Action<'_>, cx: &mut Context<'_>) {
    if let Some(node) = action.setting("Capabilities")
        && let Some(text) = node.as_str().filter(|t| t.trim().contains(char::is_whitespace))
    {
        let message = format!("`Capabilities` is a list with commas and no blanks, `{text}` fails the action");
        let plain: String = text.split([' ', ',', '\t']).filter(|p| !p.is_empty()).collect::<Vec<_>>().join(",");
        let finding = cx.report(&CLOUDFORMATION_MODE, node.span, message);
        finding.help(format!("Write `{plain}`."));
        if node.style == Style::Plain && !text.contains('\n') {
            finding.fix(Applicability::Safe, format!("write `{plain}`"), node.span, plain);
        }
    }
    let Some(mode) = action.setting("ActionMode").and_then(Node::as_str) else { return };
    let changes = mode.starts_with("CHANGE_SET_");
    let template = matches!(mode, "CREATE_UPDATE" | "REPLACE_ON_FAILURE" | "CHANGE_SET_REPLACE");
    let role = template || mode == "DELETE_ONLY";
    let needs = [("ChangeSetName", changes), ("TemplatePath", template), ("RoleArn", role)];
    for (key, _) in needs.iter().filter(|(key, needed)| *needed && action.setting(key).is_none()) {
        let message =
            format!("the mode `{mode}` needs `{key}`, which {} does not have, so the action fails", who(action));
        at_configuration(&CLOUDFORMATION_MODE, action, message, cx).help(match *key {
            "TemplatePath" => "Add `TemplatePath: <input artifact>::<file>`.".to_owned(),
            "RoleArn" => "Add the ARN of the role that CloudFormation works with.".to_owned(),
            _ => "Add the name of the change set; it is the same for making and executing it.".to_owned(),
        });
    }
}

fn images(action: &Action<'_>, cx: &mut Context<'_>) {
    let mut before = true;
    for n in 1..=4 {
        let keys = [format!("Image{n}ArtifactName"), format!("Image{n}ContainerName")];
        let found: Vec<_> = keys.iter().map(|k| action.configuration().and_then(|c| c.entry(k))).collect();
        let (given, missing) = match (&found[0], &found[1]) {
            (Some(e), None) => (e, &keys[1]),
            (None, Some(e)) => (e, &keys[0]),
            (Some(e), Some(_)) => {
                if !before {
                    let message = format!("there is an image {n}, but no image {}", n - 1);
                    let finding = cx.report(&IMAGE_PAIRS, e.key.span, message);
                    finding.severity = Severity::Warning;
                    finding.help("Number the images from 1 without a gap.");
                }
                before = true;
                continue;
            }
            (None, None) => {
                before = false;
                continue;
            }
        };
        let message = format!("`{}` needs `{missing}` beside it, {REFUSED}", given.key.text);
        cx.report(&IMAGE_PAIRS, given.key.span, message)
            .help("One names the artifact with the image, the other the placeholder in the task definition.");
        before = true;
    }
}
