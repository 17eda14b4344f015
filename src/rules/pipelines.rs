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
        }
    }
}
