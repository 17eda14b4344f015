//! The Outputs section.

use crate::intrinsics::Intrinsic;
use crate::rule::shape::{self, Checker, Problem, ProblemKind, Shape, is_macro_key};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Family, rule};
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeKind};

rule!(BAD_OUTPUT, "outputs" / "E6001", "bad-output", Error, "an output has an unknown member or a malformed name");
rule!(
    OUTPUT_MEMBER_MISSING,
    "outputs" / "E6002",
    "output-member-missing",
    Error,
    "an output has no value, or its export no name"
);
rule!(OUTPUT_WRONG_KIND, "outputs" / "E6003", "output-wrong-kind", Error, "a member of an output has the wrong kind");
rule!(
    OUTPUT_CONDITION_UNKNOWN,
    "outputs" / "E6005",
    "output-condition-unknown",
    Error,
    "an output's condition is not defined"
);
rule!(TOO_MANY_OUTPUTS, "outputs" / "E6010", "too-many-outputs", Error, "there are more than 200 outputs");
rule!(
    NEARLY_TOO_MANY_OUTPUTS,
    "outputs" / "I6010",
    "nearly-too-many-outputs",
    Info,
    "the number of outputs is near its limit"
);
rule!(
    OUTPUT_TEXT_TOO_LONG,
    "outputs" / "E6011",
    "output-text-too-long",
    Error,
    "an output's name or description is too long"
);
rule!(
    OUTPUT_NAME_NEARLY_TOO_LONG,
    "outputs" / "I6011",
    "output-name-nearly-too-long",
    Info,
    "an output's name is near its limit"
);
rule!(BAD_OUTPUT_VALUE, "outputs" / "E6101", "bad-output-value", Error, "an output's value is not a string");
rule!(
    BAD_EXPORT_NAME,
    "outputs" / "E6102",
    "bad-export-name",
    Error,
    "an export name is not a string known before deployment"
);
rule!(OUTPUT_OF_IMPORT, "outputs" / "W6001", "output-of-import", Warning, "an output passes on an imported value");

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &BAD_OUTPUT,
        &OUTPUT_MEMBER_MISSING,
        &OUTPUT_WRONG_KIND,
        &OUTPUT_CONDITION_UNKNOWN,
        &TOO_MANY_OUTPUTS,
        &NEARLY_TOO_MANY_OUTPUTS,
        &OUTPUT_TEXT_TOO_LONG,
        &OUTPUT_NAME_NEARLY_TOO_LONG,
        &BAD_OUTPUT_VALUE,
        &BAD_EXPORT_NAME,
        &OUTPUT_OF_IMPORT,
    ],
    checks: &[Check::Template(section), Check::After(claim)],
};

const MAX_OUTPUTS: usize = 200;
const MAX_NAME: usize = 255;

static DESCRIPTION: Shape = Shape { length: Some((0, 1024)), ..Shape::of(&[shape::Kind::Text]) };
static EXPORT: Shape = Shape { required: &["Name"], ..Shape::closed(&[("Name", &shape::ANY)]) };
static OUTPUT: Shape = Shape {
    required: &["Value"],
    ..Shape::closed(&[
        ("Condition", &shape::TEXT),
        ("Description", &DESCRIPTION),
        ("Export", &EXPORT),
        ("Value", &shape::ANY),
    ])
};

fn section(cx: &mut Context<'_>) {
    let template = cx.template;
    let Some(section) = template.root.entry("Outputs") else { return };
    let Some(entries) = section.value.as_map() else {
        if section.value.as_call().is_none() && !cx.lost(&section.value) {
            let span = place(section);
            let message = format!("`Outputs` must be a mapping, not {}", section.value.describe());
            cx.report(&OUTPUT_WRONG_KIND, span, message);
        }
        return;
    };
    if entries.len() * 10 > MAX_OUTPUTS * 9 {
        let rule = if entries.len() > MAX_OUTPUTS { &TOO_MANY_OUTPUTS } else { &NEARLY_TOO_MANY_OUTPUTS };
        let message = format!("there are {} outputs; at most {MAX_OUTPUTS} are allowed", entries.len());
        cx.report(rule, section.key.span, message);
    }
    for output in entries {
        if is_macro_key(&output.key.text) {
            if output.key.text.starts_with("Fn::ForEach") && template.transforms.is_empty() {
                let key = &output.key.text;
                let message = format!("`{key}` is taken for an output, and its name may hold only letters and digits");
                cx.report(&BAD_OUTPUT, output.key.span, message).help("Add `Transform: AWS::LanguageExtensions`.");
            }
        } else if name(output, cx) {
            body(output, cx);
        }
    }
}

fn place(entry: &Entry) -> Span {
    if entry.value.is_null() || entry.value.span.is_empty() { entry.key.span } else { entry.value.span }
}

/// Whether the name is well-formed; reports when not.
fn name(output: &Entry, cx: &mut Context<'_>) -> bool {
    let (text, span) = (&*output.key.text, output.key.span);
    let length = text.chars().count();
    if length > MAX_NAME {
        let message = format!("the output name has {length} characters; at most {MAX_NAME} are allowed");
        cx.report(&OUTPUT_TEXT_TOO_LONG, span, message);
    } else if length * 10 > MAX_NAME * 9 {
        let message = format!("the output name has {length} of at most {MAX_NAME} characters");
        cx.report(&OUTPUT_NAME_NEARLY_TOO_LONG, span, message);
    }
    let well_formed = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric());
    if !well_formed {
        cx.report(&BAD_OUTPUT, span, format!("the output name `{text}` may hold only letters and digits"));
    }
    well_formed
}

fn body(output: &Entry, cx: &mut Context<'_>) {
    let template = cx.template;
    let found = &mut |p: Problem<'_>| {
        let rule = match p.kind {
            ProblemKind::MissingMember => &OUTPUT_MEMBER_MISSING,
            ProblemKind::WrongKind => &OUTPUT_WRONG_KIND,
            ProblemKind::WrongLength => &OUTPUT_TEXT_TOO_LONG,
            _ => &BAD_OUTPUT,
        };
        let d = cx.report(rule, p.span, p.message);
        d.help = p.help;
    };
    Checker { functions: false, found }.check(&output.value, &output.key.text, output.key.span, &OUTPUT);
    if let Some(condition) = output.value.get("Condition")
        && let Some(name) = condition.as_str()
        && !template.conditions.contains(name)
        && !template.conditions.names().any(is_macro_key)
    {
        let d = cx.report(&OUTPUT_CONDITION_UNKNOWN, condition.span, format!("there is no condition `{name}`"));
        if let Some(known) = nearest(name, template.conditions.names()) {
            d.help(format!("Did you mean `{known}`?"));
        }
    }
    if let Some(e) = output.value.entry("Value") {
        value(&e.value, cx);
        imports(&e.value, cx);
    }
    if let Some(e) = output.value.at(&["Export"]).and_then(|x| x.entry("Name")) {
        export(&e.value, cx);
    }
}

/// What a value cannot be: a list or a mapping. Functions that give one are found with the functions.
fn value(node: &Node, cx: &mut Context<'_>) {
    match &node.kind {
        NodeKind::List(_) | NodeKind::Map(_) => {
            cx.report(&BAD_OUTPUT_VALUE, node.span, format!("an output must be a string, not {}", node.describe()))
                .help("Use `Fn::Join` for a list, `Fn::Sub` for a composed text.");
        }
        NodeKind::Call(call) if call.function == Intrinsic::If => {
            for branch in call.argument.as_list().unwrap_or_default().iter().skip(1) {
                value(branch, cx);
            }
        }
        _ => {}
    }
}

fn imports(node: &Node, cx: &mut Context<'_>) {
    node.walk(&mut |n| {
        if let NodeKind::Call(call) = &n.kind
            && call.function == Intrinsic::ImportValue
        {
            cx.report(
                &OUTPUT_OF_IMPORT,
                call.argument.span,
                "this output passes on a value that another stack exports",
            )
            .help("Let readers import it from the stack that exports it.");
        }
    });
}

fn export(node: &Node, cx: &mut Context<'_>) {
    let template = cx.template;
    if matches!(node.kind, NodeKind::List(_) | NodeKind::Map(_)) {
        let message = format!("an export name must be a string, not {}", node.describe());
        cx.report(&BAD_EXPORT_NAME, node.span, message);
        return;
    }
    node.walk(&mut |n| {
        let NodeKind::Call(call) = &n.kind else { return };
        let resource = match call.function {
            Intrinsic::Ref => call.argument.as_str().filter(|name| template.resources.contains(name)),
            Intrinsic::GetAtt => crate::intrinsics::get_att_parts(&call.argument).map(|p| p.id),
            Intrinsic::GetStackOutput => {
                cx.report(&BAD_EXPORT_NAME, n.span, "an export name cannot come from another stack");
                None
            }
            _ => None,
        };
        if let Some(resource) = resource {
            let message = format!("an export name cannot depend on the resource `{resource}`");
            cx.report(&BAD_EXPORT_NAME, n.span, message)
                .help("Use literals, parameters and pseudo parameters such as `AWS::StackName`.");
        }
    });
}

/// Faults in functions below an output's value count to the output.
fn claim(cx: &mut Context<'_>) {
    const FUNCTIONS: &[&str] =
        &["E1010", "E1015", "E1016", "E1017", "E1018", "E1019", "E1020", "E1021", "E1022", "E1024", "E1028", "E1033"];
    let places: Vec<Span> =
        cx.template.outputs.iter().filter_map(|o| o.node.entry("Value")).map(|e| e.key.span.to(e.value.span)).collect();
    for finding in &mut cx.findings.list {
        if FUNCTIONS.contains(&finding.rule.id) && places.iter().any(|p| p.contains(finding.span)) {
            finding.rule = &BAD_OUTPUT_VALUE;
        }
    }
}
