//! Pipelines of templates: names, what each provider is told, and what a type of pipeline can do.

mod settings;
mod texts;

use crate::diagnostic::Severity;
use crate::pipeline::{self, Action, Pipeline};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Family, Rule, rule};
use crate::source::Span;
use crate::syntax::{Entry, Node, Style};
use crate::taskdef::entry;
use crate::template::Resource;

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &PIPELINE_SHAPE,
        &NO_USE_OF_SOURCE,
        &PROVIDER_ARTIFACT_COUNT,
        &ACTION_CONFIGURATION,
        &PRIMARY_SOURCE,
        &PIPELINE_TYPE,
        &PIPELINE_NAMES,
        &IMAGE_PAIRS,
        &CLOUDFORMATION_MODE,
        &VARIABLE_REFERENCE,
        &OLD_SOURCE,
        &NO_APPROVAL,
        &PROVIDER_UNKNOWN,
    ],
    checks: &[Check::Resource(&[pipeline::TYPE], pipeline)],
};

rule!(
    PIPELINE_SHAPE,
    "stages" / "CP101",
    "pipeline-shape",
    Error,
    "A pipeline has too few stages, or a stage no action"
);
rule!(NO_USE_OF_SOURCE, "stages" / "CP102", "nothing-but-source", Error, "A pipeline only fetches sources");
rule!(
    PROVIDER_ARTIFACT_COUNT,
    "stages" / "CP104",
    "provider-artifact-count",
    Error,
    "An action takes or makes another number of artifacts than its provider does"
);
rule!(
    ACTION_CONFIGURATION,
    "stages" / "CP105",
    "action-configuration",
    Error,
    "The configuration of an action lacks what its provider asks for"
);
rule!(
    PRIMARY_SOURCE,
    "stages" / "CP106",
    "primary-source",
    Error,
    "A build with several inputs does not say which one holds its buildspec"
);
rule!(PIPELINE_TYPE, "stages" / "CP108", "pipeline-type", Error, "A pipeline of type V1 uses what only V2 has");
rule!(PIPELINE_NAMES, "stages" / "CP109", "pipeline-names", Error, "Two stages or two actions have the same name");
rule!(
    IMAGE_PAIRS,
    "stages" / "CP111",
    "image-pairs",
    Error,
    "An image of a deployment lacks its artifact or its placeholder"
);
rule!(
    CLOUDFORMATION_MODE,
    "stages" / "CP113",
    "cloudformation-mode",
    Error,
    "A CloudFormation action lacks what its mode needs"
);
rule!(
    VARIABLE_REFERENCE,
    "stages" / "CP114",
    "variable-reference",
    Warning,
    "An action uses a variable that no action before it gives"
);
rule!(OLD_SOURCE, "stages" / "CP115", "old-source", Info, "A source is fetched in an outdated way");
rule!(NO_APPROVAL, "stages" / "CP116", "no-approval", Info, "A pipeline deploys to production without an approval");
rule!(
    PROVIDER_UNKNOWN,
    "stages" / "CP117",
    "provider-unknown",
    Warning,
    "An action names a provider that does not exist"
);

const REFUSED: &str = "so CodePipeline refuses the pipeline";

fn pipeline(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(pipeline) = Pipeline::of(resource) else { return };
    if pipeline.whole {
        shape(resource, &pipeline, cx);
        approval(&pipeline, cx);
        texts::variables(&pipeline, cx);
    }
    stage_names(&pipeline, cx);
    kind(resource, &pipeline, cx);
    for (_, action) in pipeline.actions() {
        provider(action, cx);
        counts(action, cx);
        settings::check(action, cx);
    }
}

/// The entry `Stages` and others of the pipeline itself.
fn shape(resource: &Resource<'_>, pipeline: &Pipeline<'_>, cx: &mut Context<'_>) {
    let place = entry(pipeline.node, "stages").map_or(resource.key.span, |e| e.key.span);
    if pipeline.stages.len() < 2 {
        let message = format!("a pipeline needs two stages or more, this one has {}, {REFUSED}", pipeline.stages.len());
        cx.report(&PIPELINE_SHAPE, place, message)
            .help("The first stage fetches the source, the ones behind it build, test or deploy.");
        return;
    }
    for stage in &pipeline.stages {
        if stage.actions.is_empty() {
            let place = entry(stage.node, "actions").map_or(stage.node.span, |e| e.key.span);
            cx.report(&PIPELINE_SHAPE, place, format!("{} has no action, {REFUSED}", called("stage", stage.name())))
                .help("Give it an action, or remove the stage.");
        }
    }
    let categories: Option<Vec<_>> = pipeline.actions().map(|(_, a)| a.category()?.as_str()).collect();
    if categories.is_some_and(|all| !all.is_empty() && all.iter().all(|c| *c == "Source")) {
        cx.report(&NO_USE_OF_SOURCE, place, format!("every action of the pipeline is a source, {REFUSED}"))
            .help("Add a stage that builds, tests or deploys what is fetched.");
    }
}

fn called(what: &str, name: Option<&str>) -> String {
    name.map_or_else(|| format!("the {what}"), |n| format!("the {what} `{n}`"))
}

fn stage_names(pipeline: &Pipeline<'_>, cx: &mut Context<'_>) {
    let name = |node| entry(node, "name").map(|e| &e.value);
    let stages: Vec<_> = pipeline.stages.iter().filter_map(|s| name(s.node)).collect();
    twice("stages of the pipeline", &stages, cx);
    for stage in &pipeline.stages {
        let actions: Vec<_> = stage.actions.iter().filter_map(|a| name(a.node)).collect();
        twice("actions of the stage", &actions, cx);
    }
}

fn twice(what: &str, names: &[&Node], cx: &mut Context<'_>) {
    for (i, node) in names.iter().enumerate() {
        let Some(text) = node.as_str() else { continue };
        if let Some(first) = names[..i].iter().find(|n| n.as_str() == Some(text)) {
            cx.report(&PIPELINE_NAMES, node.span, format!("two {what} are called `{text}`, {REFUSED}"))
                .label(first.span, "the first one")
                .help("Give each a name of its own.");
        }
    }
}

/// What only pipelines of type V2 have.
fn kind(resource: &Resource<'_>, pipeline: &Pipeline<'_>, cx: &mut Context<'_>) {
    let kind = resource.property("PipelineType");
    let severity = match kind.map(Node::as_str) {
        None => Severity::Warning,
        Some(Some("V1")) => Severity::Error,
        _ => return,
    };
    let own = |key| entry(pipeline.node, key);
    let filled = |e: &&Entry| e.value.as_list().is_none_or(|l| !l.is_empty());
    let mut found: Vec<(Span, String)> = Vec::new();
    found.extend(own("variables").filter(filled).map(|e| (e.key.span, "variables".to_owned())));
    found.extend(own("triggers").filter(filled).map(|e| (e.key.span, "triggers".to_owned())));
    let mode = own("executionMode").filter(|e| matches!(e.value.as_str(), Some("QUEUED" | "PARALLEL")));
    found.extend(mode.map(|e| (e.value.span, format!("the execution mode `{}`", e.value.as_str().unwrap_or("")))));
    for stage in &pipeline.stages {
        for key in ["onFailure", "onSuccess", "beforeEntry"] {
            found.extend(entry(stage.node, key).map(|e| (e.key.span, format!("`{}` of a stage", e.key.text))));
        }
    }
    for (_, action) in pipeline.actions() {
        if let Some(node) = action.provider().filter(|p| matches!(p.as_str(), Some("EKS" | "Commands"))) {
            found.push((node.span, format!("the provider `{}`", node.as_str().unwrap_or(""))));
        }
    }
    for (span, what) in found {
        let why = match kind {
            Some(_) => "this one is `V1`",
            None => "this one names none, which stands for `V1`",
        };
        let finding = cx.report(&PIPELINE_TYPE, span, format!("only a pipeline of type `V2` has {what}, {why}"));
        finding.severity = severity;
        finding.help("Write `PipelineType: V2`.");
        if let Some(node) = kind {
            finding.fix(crate::diagnostic::Applicability::Unsafe, "write `V2`", node.span, "V2");
        }
    }
}

/// Production is reached without anyone asked.
fn approval(pipeline: &Pipeline<'_>, cx: &mut Context<'_>) {
    let mut asked = false;
    for stage in &pipeline.stages {
        let is = |a: &Action<'_>, what| a.category().and_then(Node::as_str) == Some(what);
        asked |= stage.actions.iter().any(|a| a.category().is_none_or(|n| n.as_str().is_none()) || is(a, "Approval"));
        let Some(node) = entry(stage.node, "name").map(|e| &e.value) else { continue };
        let production = node.as_str().is_some_and(|n| n.to_ascii_lowercase().contains("prod"));
        if production && !asked && stage.actions.iter().any(|a| is(a, "Deploy")) {
            let name = node.as_str().unwrap_or("");
            cx.report(&NO_APPROVAL, node.span, format!("`{name}` deploys without an approval before it"))
                .help("Put an action of category `Approval` and provider `Manual` in front of it.");
            return;
        }
    }
}

/// Category and providers of AWS.
const PROVIDERS: &[(&str, &[&str])] = &[
    ("Source", &["S3", "ECR", "CodeCommit", "CodeStarSourceConnection"]),
    ("Build", &["CodeBuild", "ECRBuildAndPublish"]),
    ("Test", &["CodeBuild", "DeviceFarm"]),
    (
        "Deploy",
        &[
            "S3",
            "CloudFormation",
            "CloudFormationStackSet",
            "CloudFormationStackInstances",
            "CodeDeploy",
            "CodeDeployToECS",
            "ElasticBeanstalk",
            "OpsWorks",
            "ECS",
            "EKS",
            "ServiceCatalog",
            "AppConfig",
            "EC2",
            "Lambda",
        ],
    ),
    ("Approval", &["Manual"]),
    ("Invoke", &["Lambda", "StepFunctions", "InspectorScan", "CodePipeline"]),
    ("Compute", &["Commands"]),
];

fn provider(action: &Action<'_>, cx: &mut Context<'_>) {
    let owner = entry(action.node, "actionTypeId").and_then(|e| entry(&e.value, "owner")).map(|e| &e.value);
    let (Some(node), Some(category)) = (action.provider(), action.category().and_then(Node::as_str)) else { return };
    let Some(name) = node.as_str() else { return };
    if (owner.and_then(Node::as_str), category, name) == (Some("ThirdParty"), "Source", "GitHub") {
        cx.report(
            &OLD_SOURCE,
            node.span,
            "the provider `GitHub` works with a personal token and is kept only for old pipelines",
        )
        .help("Use `Owner: AWS` and `Provider: CodeStarSourceConnection` with the ARN of a connection.");
    }
    let polls = action.setting("PollForSourceChanges").filter(|n| n.scalar_text() == Some("true"));
    if let Some(node) = polls.filter(|_| matches!(name, "CodeCommit" | "S3")) {
        cx.report(
            &OLD_SOURCE,
            node.span,
            "the source is polled, which is slow and stops after some weeks without a change",
        )
        .help("Write `false` and start the pipeline by a rule of EventBridge.")
        .fix(crate::diagnostic::Applicability::Unsafe, "write `false`", node.span, "false");
    }
    if owner.and_then(Node::as_str) != Some("AWS") {
        return;
    }
    let Some((_, known)) = PROVIDERS.iter().find(|p| p.0 == category) else { return };
    if known.contains(&name) {
        return;
    }
    let elsewhere = PROVIDERS.iter().find(|p| p.1.contains(&name)).map(|p| p.0);
    let message = match elsewhere {
        Some(other) => {
            format!("the provider `{name}` belongs to the category `{other}`, not to `{category}`, {REFUSED}")
        }
        None => format!("AWS has no provider `{name}` in the category `{category}`, {REFUSED}"),
    };
    let near = nearest(name, known.iter().copied());
    let finding = cx.report(&PROVIDER_UNKNOWN, node.span, message);
    match near {
        Some(near) => {
            finding.help(format!("Did you mean `{near}`?"));
            if node.style == Style::Plain {
                finding.fix(crate::diagnostic::Applicability::Unsafe, format!("write `{near}`"), node.span, near);
            }
        }
        None => {
            finding.help(format!("In this category there are {}.", crate::rule::shape::quoted(known)));
        }
    }
}

/// Provider; least and most inputs; least and most outputs.
type Artifacts = (&'static str, (usize, usize), (usize, usize));

/// How many artifacts actions take and give.
const COUNTS: &[Artifacts] = &[
    ("CodeStarSourceConnection", (0, 0), (1, 1)),
    ("CodeDeployToECS", (1, 5), (0, 0)),
    ("EKS", (1, 1), (0, 0)),
    ("AppConfig", (1, 1), (0, 0)),
    ("StepFunctions", (0, 1), (0, 1)),
];

fn counts(action: &Action<'_>, cx: &mut Context<'_>) {
    let Some(name) = action.provider().and_then(Node::as_str) else { return };
    let Some((_, takes, makes)) = COUNTS.iter().find(|c| c.0 == name) else { return };
    for (key, what, (least, most)) in [("inputArtifacts", "takes", *takes), ("outputArtifacts", "makes", *makes)] {
        let found = entry(action.node, key);
        let plain = |n: &Node| n.as_list().filter(|l| l.iter().all(|i| i.as_map().is_some())).map(<[Node]>::len);
        let Some(number) = found.map_or(Some(0), |e| plain(&e.value)) else { continue };
        if (least..=most).contains(&number) {
            continue;
        }
        let allowed = match (least, most) {
            (_, 0) => "none".to_owned(),
            (least, most) if least == most => format!("exactly {most}"),
            (least, most) => format!("{least} to {most}"),
        };
        let place = found.map_or_else(|| action.provider().map_or(action.node.span, |p| p.span), |e| e.key.span);
        let words = if most == 0 { "no" } else { &*allowed };
        let message = format!("an action of `{name}` {what} {words} artifacts, this one {number}, {REFUSED}");
        cx.report(&PROVIDER_ARTIFACT_COUNT, place, message).help(format!("Let `{}` hold {allowed}.", capital(key)));
    }
}

fn capital(key: &str) -> String {
    let mut letters = key.chars();
    letters.next().map_or_else(String::new, |c| format!("{}{}", c.to_ascii_uppercase(), letters.as_str()))
}

/// Reports at the configuration of an action, or where its provider is named.
fn at_configuration<'c>(
    rule: &'static Rule,
    action: &Action<'_>,
    message: String,
    cx: &'c mut Context<'_>,
) -> &'c mut crate::diagnostic::Diagnostic {
    let place = entry(action.node, "configuration").map(|e| e.key.span);
    cx.report(rule, place.or_else(|| action.provider().map(|p| p.span)).unwrap_or(action.node.span), message)
}
