//! Pipelines of CodePipeline: where sources stand, which artifacts actions take and give, and what they are told.

mod counts;

use crate::conditions::{Answer, Pins};
use crate::diagnostic::Diagnostic;
use crate::resolve::{Case, Member, Named};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Family, Rule, rule};
use crate::schema::formats;
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use crate::template::Resource;

rule!(
    SOURCE_NOT_FIRST,
    "pipelines" / "E3700",
    "source-not-first",
    Error,
    "a pipeline has a source after its first stage, or something else in it"
);
rule!(
    ARTIFACT_UNKNOWN,
    "pipelines" / "E3701",
    "artifact-unknown",
    Error,
    "an action takes an artifact that no earlier action gives, or gives one that is there already"
);
rule!(
    ARTIFACT_COUNT,
    "pipelines" / "E3702",
    "artifact-count",
    Error,
    "an action has fewer or more artifacts than its provider allows"
);
rule!(
    ACTION_SETTING_INVALID,
    "pipelines" / "E3703",
    "action-setting-invalid",
    Error,
    "an action names a template in an artifact that it does not take, or a role by something else than its ARN"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&SOURCE_NOT_FIRST, &ARTIFACT_UNKNOWN, &ARTIFACT_COUNT, &ACTION_SETTING_INVALID],
    checks: &[Check::Template(pipelines)],
};

/// One action of a pipeline, in one case.
struct Action<'a> {
    node: &'a Node,
    pins: Pins,
    /// The number of its stage.
    stage: usize,
    /// Whether its stage is the first; `None` when that depends on conditions.
    first: Option<bool>,
    /// `RunOrder`, 1 unless set; `None` when it is not known.
    order: Option<u32>,
}

/// The name of an artifact that an action gives.
struct Output<'a> {
    name: &'a str,
    span: Span,
    pins: Pins,
    stage: usize,
    order: Option<u32>,
}

fn pipelines(cx: &mut Context<'_>) {
    for pipeline in cx.template.resources.iter().filter(|r| r.kind() == Some("AWS::CodePipeline::Pipeline")) {
        let mut incomplete = false;
        let actions = actions(pipeline, cx, &mut incomplete);
        for action in &actions {
            category(action, cx);
            counts::check(action, cx);
            settings(action, cx);
        }
        artifacts(&actions, incomplete, cx);
    }
}

/// The actions in the order of the file. `incomplete` is set when there may be others.
fn actions<'a>(pipeline: &Resource<'a>, cx: &Context<'a>, incomplete: &mut bool) -> Vec<Action<'a>> {
    let resolver = cx.resolver();
    let mut actions = Vec::new();
    for stages in resolver.cases(pipeline, &["Stages"], &Pins::none()) {
        let Some(items) = stages.node().and_then(Node::as_list) else {
            *incomplete = true;
            continue;
        };
        let mut first = Some(true);
        for (stage, item) in items.iter().enumerate() {
            let branching = matches!(item.kind, NodeKind::Call(_) | NodeKind::Tagged(_));
            // A stage that may be absent leaves open which one is the first.
            let is_first = first.filter(|first| !(*first && branching));
            first = if branching { is_first } else { Some(false) };
            for case in resolver.cases_below(item, start(item), &["Actions", "*"], &stages.pins) {
                match case.member {
                    Member::Value(node) if node.as_map().is_some() => {
                        let order = resolver.cases_below(node, case.key, &["RunOrder"], &case.pins);
                        let order = match order.as_slice() {
                            [only] => only.text_or("1").and_then(|text| text.parse().ok()),
                            _ => None,
                        };
                        actions.push(Action { node, pins: case.pins, stage, first: is_first, order });
                    }
                    Member::Value(_) | Member::Unknown => *incomplete = true,
                    Member::Absent => {}
//! Pipelines of templates: the order of their artifacts, and the files that their deploy actions work with.

use crate::appspec::{AppSpec, Platform};
use crate::bundle::deliveries::{self, Maker};
use crate::bundle::revisions::near;
use crate::bundle::{Bundle, In, PipelineOf, folder};
use crate::diagnostic::{Applicability, Severity};
use crate::pipeline::{Action, Pipeline, TYPE};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Crossed, Family, rule};
use crate::syntax::{Node, Style};
use crate::template::Resource;

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&ARTIFACT_ORDER, &APPSPEC_KIND, &DEPLOY_FILE_MISSING, &IMAGE_PLACEHOLDER],
    checks: &[Check::Resource(&[TYPE], artifact_order), Check::Bundle(deploy_actions)],
};

rule!(
    ARTIFACT_ORDER,
    "pipelines" / "CP103",
    "artifact-not-made",
    Error,
    "An action takes an artifact that no action before it makes"
);
rule!(
    APPSPEC_KIND,
    "pipelines" / "CP110",
    "appspec-of-other-provider",
    Error,
    "The AppSpec is not of the kind that the deploy action reads"
);
rule!(
    DEPLOY_FILE_MISSING,
    "pipelines" / "CP112",
    "deploy-file-missing",
    Error,
    "A deploy action names a file that its artifact does not have"
);
rule!(
    IMAGE_PLACEHOLDER,
    "pipelines" / "TD106",
    "image-placeholder-missing",
    Error,
    "The task definition lacks the placeholder that the pipeline fills in"
);

fn artifact_order(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(pipeline) = Pipeline::of(resource).filter(|p| p.whole) else { return };
    for (place, action) in pipeline.actions() {
        let before = pipeline.made_before(place);
        for input in &action.inputs {
            let Some(name) = input.name().filter(|n| !before.contains(n)) else { continue };
            let who = action.name().map_or(String::new(), |n| format!(" `{n}`"));
            let later = pipeline.maker(name).filter(|(at, _)| *at != place);
            let message = match &later {
                Some((_, maker)) => format!(
                    "the action{who} takes the artifact `{name}`, which `{}` makes only later, so CodePipeline refuses the pipeline",
                    maker.name().unwrap_or("another action")
                ),
                None => format!(
                    "no action makes the artifact `{name}` that the action{who} takes, so CodePipeline refuses the pipeline"
                ),
            };
            let near = nearest(name, before.iter().copied());
            let found = cx.report(&ARTIFACT_ORDER, input.node.span, message);
            match near {
                Some(near) => {
                    found.help(format!("did you mean `{near}`?"));
                    if input.node.style == Style::Plain {
                        found.fix(Applicability::Unsafe, format!("take `{near}`"), input.node.span, near);
                    }
                }
                None if later.is_some() => {
                    found.help("give the action that makes it a smaller `RunOrder`, or move it to an earlier stage");
                }
                None if before.is_empty() => {
                    found.help("name it under `OutputArtifacts` of an earlier action");
                }
                None => {
                    let all: Vec<_> = before.iter().map(|n| format!("`{n}`")).collect();
                    found.help(format!("made before are {}", all.join(", ")));
                }
            }
        }
    }
    actions
}

fn start(node: &Node) -> Span {
    Span { start: node.span.start, end: node.span.start }
}

impl<'a> Action<'a> {
    fn cases(&self, path: &[&str], cx: &Context<'a>) -> Vec<Case<'a>> {
        cx.resolver().cases_below(self.node, start(self.node), path, &self.pins)
    }

    fn called(&self) -> String {
        match self.node.get("Name").and_then(Node::scalar_text) {
            Some(name) => format!("action `{name}`"),
            None => "the action".to_owned(),
        }
    }
}

/// Reports what is certain in a possible case, once for each place.
fn say<'c>(
    rule: &'static Rule,
    span: Span,
    pins: &Pins,
    message: String,
    cx: &'c mut Context<'_>,
) -> Option<&'c mut Diagnostic> {
    let certain = cx.resolver().conditions.satisfiable(pins) == Answer::Yes;
    let said = cx.findings.list.iter().any(|d| d.span == span && d.rule.id == rule.id);
    (certain && !said).then(|| cx.report(rule, span, message))
}

/// What an action can do that is not to bring the source.
const LATER: &[&str] = &["Build", "Approval", "Deploy", "Test", "Invoke", "Compute"];

fn category<'a>(action: &Action<'a>, cx: &mut Context<'a>) {
    for case in action.cases(&["ActionTypeId", "Category"], cx) {
        let (Some(name), Some(first)) = (case.text(), action.first) else { continue };
        let (message, help) = match (first, name) {
            (true, "Source") => continue,
            (true, _) => (
                format!("the first stage can only have actions of category `Source`, found `{name}`"),
                "Let the pipeline start with a stage that fetches the source, and move this action behind it.",
            ),
            (false, "Source") => (
                "an action of category `Source` can only stand in the first stage".to_owned(),
                "Move the action into the first stage.",
            ),
            (false, _) if !LATER.contains(&name) => {
                let list = crate::rule::shape::quoted(LATER);
                (format!("`{name}` is no category of actions; allowed here: {list}"), "Write one of the categories.")
            }
            (false, _) => continue,
        };
        if let Some(finding) = say(&SOURCE_NOT_FIRST, case.span(), &case.pins, message, cx) {
            finding.help(help);
        }
    }
}

fn artifacts<'a>(actions: &[Action<'a>], incomplete: bool, cx: &mut Context<'a>) {
    let mut outputs: Vec<Output<'a>> = Vec::new();
    let mut unknown = incomplete;
    for action in actions {
        for case in action.cases(&["OutputArtifacts", "*", "Name"], cx) {
            match case.text() {
                Some(name) => outputs.push(Output {
                    name,
                    span: case.span(),
                    pins: case.pins,
                    stage: action.stage,
                    order: action.order,
                }),
                None => unknown |= !case.is_absent(),
            }
        }
        unknown |=
            action.cases(&["OutputArtifacts"], cx).iter().any(|c| c.node().is_some_and(|n| n.as_list().is_none()));
    }
    repeated(&outputs, cx);
    if unknown {
        return;
    }
    for action in actions {
        for case in action.cases(&["InputArtifacts", "*", "Name"], cx) {
            let Some(name) = case.text() else { continue };
            // What stands before it in the file runs before it, unless the order says otherwise.
            let before = |o: &&Output<'_>| {
                o.stage < action.stage
                    || o.stage == action.stage
                        && (o.span < start(action.node)
                            || o.order.is_none()
                            || action.order.is_none()
                            || o.order < action.order)
            };
            let earlier: Vec<&Output<'_>> = outputs.iter().filter(before).collect();
            if earlier.iter().any(|o| o.name == name && together(&case.pins, &o.pins, cx)) {
                continue;
            }
            let later = outputs.iter().find(|o| o.name == name);
            let near = nearest(name, earlier.iter().map(|o| o.name)).map(str::to_owned);
            let message = format!("{} takes artifact `{name}`, which no earlier action gives", action.called());
            if let Some(finding) = say(&ARTIFACT_UNKNOWN, case.span(), &case.pins, message, cx) {
                match (later, near) {
                    (Some(later), _) => finding
                        .label(later.span, "it is given here")
                        .help("Give the artifact in an earlier stage, or under the same conditions."),
                    (None, Some(near)) => finding.help(format!("Did you mean `{near}`?")),
                    (None, None) => finding.help("Name an artifact that an action of an earlier stage gives."),
                };
}

fn deploy_actions(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    for of in &bundle.pipelines {
        for (_, action) in of.pipeline.actions() {
            if action.category().and_then(Node::as_str) != Some("Deploy") {
                continue;
            }
            match action.provider().and_then(Node::as_str) {
                Some("CodeDeploy") => appspec_kind(bundle, of, action, true, crossed),
                Some("CodeDeployToECS") => {
                    appspec_kind(bundle, of, action, false, crossed);
                    source_files(bundle, of, action, crossed);
                    image_placeholders(bundle, of, action, crossed);
                }
                _ => {}
            }
        }
    }
}

fn repeated<'a>(outputs: &[Output<'a>], cx: &mut Context<'a>) {
    for (i, output) in outputs.iter().enumerate() {
        let same = |o: &&Output<'_>| o.name == output.name && o.span != output.span;
        let Some(earlier) = outputs.iter().take(i).filter(same).find(|o| together(&output.pins, &o.pins, cx)) else {
            continue;
        };
        let message = format!("artifact `{}` is given by two actions", output.name);
        let place = earlier.span;
        if let Some(finding) = say(&ARTIFACT_UNKNOWN, output.span, &output.pins, message, cx) {
            finding.label(place, "it is given here already").help("Give each artifact a name of its own.");
        }
    }
}

/// Whether two cases may come about at once.
fn together(one: &Pins, other: &Pins, cx: &Context<'_>) -> bool {
    let conditions = &cx.resolver().conditions;
    conditions.satisfiable_with(one, &conditions.describe(other), &[]) != Answer::No
}

fn settings<'a>(action: &Action<'a>, cx: &mut Context<'a>) {
    for path in action.cases(&["Configuration", "TemplatePath"], cx) {
        let Some(text) = path.text() else { continue };
        let inputs =
            cx.resolver().cases_below(action.node, start(action.node), &["InputArtifacts", "*", "Name"], &path.pins);
        let known: Vec<&str> = inputs.iter().filter_map(Case::text).collect();
        let unknown = inputs.iter().any(|c| c.text().is_none() && !c.is_absent());
        let named = text.split("::").next().unwrap_or(text);
        if unknown || known.iter().any(|name| text.strip_prefix(name).is_some_and(|rest| rest.starts_with("::"))) {
            continue;
        }
        let taken = match known.as_slice() {
            [] => "it takes none".to_owned(),
            names => format!("it takes {}", crate::rule::shape::quoted(names)),
        };
        let message = format!("{} names a template in artifact `{named}`, but {taken}", action.called());
        if let Some(finding) = say(&ACTION_SETTING_INVALID, path.span(), &path.pins, message, cx) {
            finding.help("Write `TemplatePath: <input artifact>::<file>` with an input artifact of this action.");
        }
    }
    for role in action.cases(&["Configuration", "RoleArn"], cx) {
        let Some(node) = role.node() else { continue };
        let what = match Named::of(node, cx.template) {
            Named::Literal(text) if node.as_str().is_some() && !formats::holds("AWS::IAM::Role.Arn", text) => {
                format!("`{text}` is none")
            }
            Named::Resource(target, None) if target.kind() == Some("AWS::IAM::Role") => {
                format!("`Ref` gives the name of role `{}`", target.id())
            }
            Named::Resource(target, Some(attribute))
                if target.kind() == Some("AWS::IAM::Role") && attribute != "Arn" =>
            {
                format!("this is `{attribute}` of role `{}`", target.id())
            }
            _ => continue,
        };
        let message = format!("`RoleArn` must be the ARN of a role, but {what}");
        if let Some(finding) = say(&ACTION_SETTING_INVALID, role.span(), &role.pins, message, cx) {
            finding.help("Use `!GetAtt <role>.Arn`, or the ARN of a role that exists.");
/// The AppSpecs that can be meant: those in the folder of the template or above it; all when there are none.
fn appspecs<'r, 'b>(bundle: &'r Bundle<'b>, template: &str) -> Vec<&'r In<'b, AppSpec<'b>>> {
    let above: Vec<_> = crate::bundle::builds::source_bases(template).collect();
    let near: Vec<_> = bundle.appspecs.iter().filter(|a| above.contains(&folder::parent(a.path))).collect();
    if near.is_empty() { bundle.appspecs.iter().collect() } else { near }
}

fn appspec_kind<'b>(
    bundle: &Bundle<'b>,
    of: &PipelineOf<'b>,
    action: &Action<'b>,
    machines: bool,
    crossed: &mut Crossed,
) {
    let template = &bundle.templates[of.template];
    let all = appspecs(bundle, template.path);
    let fits = |a: &&In<'_, AppSpec<'_>>| match a.view.platform {
        Platform::Server => machines,
        Platform::Ecs => !machines,
        Platform::Lambda => false,
        Platform::Service => true,
    };
    let (Some(first), false, Some(node)) = (all.first(), all.iter().any(|a| fits(a)), action.provider()) else {
        return;
    };
    let (what, wanted) = match first.view.platform {
        Platform::Ecs => ("ECS", "`CodeDeployToECS`"),
        Platform::Lambda => ("Lambda", "`CloudFormation` (a Lambda function is deployed by its template)"),
        _ => ("machines", "`CodeDeploy`"),
    };
    let provider = node.as_str().unwrap_or("");
    let message = format!(
        "`{}` is an AppSpec for {what}, which the provider `{provider}` does not read, so the action fails",
        first.path
    );
    let found = crossed.report(&APPSPEC_KIND, template.path, node.span, message);
    found.help(format!("the provider for it is {wanted}; its `Configuration` is another one"));
    if first.view.platform == Platform::Ecs && node.style == Style::Plain {
        found.fix(Applicability::Unsafe, "write `CodeDeployToECS`", node.span, "CodeDeployToECS");
    }
}

/// Files that come straight from the source: only a near name makes it certain that this folder is the source.
fn source_files<'b>(bundle: &Bundle<'b>, of: &PipelineOf<'b>, action: &Action<'b>, crossed: &mut Crossed) {
    let template = &bundle.templates[of.template];
    for (artifact, path, usual) in [
        ("AppSpecTemplateArtifact", "AppSpecTemplatePath", "appspec.yaml"),
        ("TaskDefinitionTemplateArtifact", "TaskDefinitionTemplatePath", "taskdef.json"),
    ] {
        let Some(holder) = action.configuration().and_then(|c| c.entry(artifact)) else { continue };
        let Some(name) = holder.value.as_str() else { continue };
        if !matches!(deliveries::maker(bundle, of, name), Maker::Source) {
            continue;
        }
        let setting = action.setting(path);
        let Some(file) = setting.map_or(Some(usual), Node::as_str) else { continue };
        let bases: Vec<_> = crate::bundle::builds::source_bases(template.path).collect();
        let full = |base: &&str| folder::join(base, file);
        if bases.iter().filter_map(full).any(|p| bundle.folder.has(&p)) {
            continue;
        }
        let close = bases.iter().filter_map(full).find_map(|p| near(bundle.folder, &p));
        let Some(close) = close else { continue };
        let place = setting.map_or(holder.value.span, |n| n.span);
        let message =
            format!("there is no `{file}` in the artifact `{name}`, so the action cannot begin the deployment");
        let found = crossed.report(&DEPLOY_FILE_MISSING, template.path, place, message);
        found.severity = Severity::Error;
        found.help(format!("there is `{close}`: rename it, or name it in `{path}`"));
    }
}

fn image_placeholders<'b>(bundle: &Bundle<'b>, of: &PipelineOf<'b>, action: &Action<'b>, crossed: &mut Crossed) {
    let template = &bundle.templates[of.template];
    let name = action.setting("TaskDefinitionTemplatePath").map_or(Some("taskdef.json"), Node::as_str);
    let Some(name) = name else { return };
    let above: Vec<_> = crate::bundle::builds::source_bases(template.path).collect();
    let fits = |path: &str| above.iter().any(|base| folder::join(base, name).is_some_and(|p| p == path));
    let named = |path: &str| folder::base_name(path) == folder::base_name(name);
    let tasks = &bundle.tasks;
    let task = tasks.iter().find(|t| fits(t.path)).or_else(|| {
        let mut same = tasks.iter().filter(|t| named(t.path));
        same.next().filter(|_| same.next().is_none())
    });
    let Some(task) = task else { return };
    let rewritten = bundle.buildspecs.iter().any(|b| {
        let build = crate::bundle::builds::Build::read(&b.view);
        build.steps.iter().any(|s| {
            let touches =
                s.command.words.iter().chain(&s.command.writes).any(|w| w.text.contains(folder::base_name(name)));
            touches && !matches!(s.command.program(), "cat" | "echo" | "ls" | "cp" | "mv")
        })
    });
    if rewritten {
        return;
    }
    for n in 1..=4 {
        let Some(node) = action.setting(&format!("Image{n}ContainerName")) else { continue };
        let Some(placeholder) = node.as_str() else { continue };
        let plain = placeholder.trim_matches(['<', '>']);
        let wanted = format!("<{plain}>");
        let images: Vec<_> = task.view.containers().iter().filter_map(|c| c.image()).collect();
        if images.iter().any(|i| i.as_str().is_none_or(|t| t.contains(&wanted))) {
            continue;
        }
        let Some(first) = images.first() else { continue };
        let message = format!(
            "no image here is `{wanted}`, which the action `{}` replaces by the new image, so the old one is deployed again",
            action.name().unwrap_or("of the pipeline")
        );
        let found = crossed.report(&IMAGE_PLACEHOLDER, task.path, first.span, message);
        found.help(format!("write `\"image\": \"{wanted}\"` for the container that gets the new image"));
        if images.len() == 1 {
            found.fix(Applicability::Safe, format!("write `{wanted}`"), first.span, format!("\"{wanted}\""));
        }
    }
}
