//! State machines of Step Functions: what an express workflow cannot do.

use crate::conditions::Pins;
use crate::diagnostic::Severity;
use crate::intrinsics::Intrinsic;
use crate::rule::linking::{joined, show};
use crate::rule::{Check, Context, Family, rule};
use crate::source::Span;
use crate::syntax::{Node, NodeKind, embedded};
use crate::template::Resource;

rule!(
    EXPRESS_CANNOT_WAIT,
    "workflows" / "SL225",
    "express-cannot-wait",
    Error,
    "an express workflow waits for a job, for a person, or longer than it may run"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&EXPRESS_CANNOT_WAIT],
    checks: &[Check::Template(|cx| show(&[("AWS::StepFunctions::StateMachine", machine)], cx))],
};

/// Seconds that an express workflow runs at most.
const LONGEST: f64 = 300.0;

/// Where it is said that a workflow is an express one, and whether that is the whole machine.
#[derive(Clone, Copy)]
struct Express {
    said: Span,
    whole: bool,
}

/// What an express workflow cannot do, and where.
struct Fault {
    span: Span,
    message: String,
    help: &'static str,
    refused: bool,
    because: Express,
}

fn machine<'a>(machine: &Resource<'a>, cx: &mut Context<'a>) {
    let mut faults = Vec::new();
    for property in ["Definition", "DefinitionString"] {
        for [kind, definition] in joined([(machine, "StateMachineType"), (machine, property)], &Pins::none(), cx) {
            let Some(node) = definition.node() else { continue };
            let express = (kind.text() == Some("EXPRESS")).then(|| Express { said: kind.span(), whole: true });
            match written(node).and_then(|text| embedded::json(&cx.document.file, text)) {
                Some(tree) => workflow(&tree, express, &mut faults),
                None => workflow(node, express, &mut faults),
            }
        }
    }
    for fault in faults {
        if cx.findings.list.iter().any(|d| d.span == fault.span && d.rule.id == EXPRESS_CANNOT_WAIT.id) {
            continue;
        }
        let finding = cx.report(&EXPRESS_CANNOT_WAIT, fault.span, fault.message);
        finding.label(fault.because.said, "the workflow is an express one").help(fault.help);
        if !fault.refused {
            finding.severity = Severity::Warning;
        }
    }
}

/// The text of a definition, also in an `Fn::Sub`.
fn written(node: &Node) -> Option<&Node> {
    match &node.kind {
        NodeKind::String(_) => Some(node),
        NodeKind::Call(call) if call.function == Intrinsic::Sub => match call.argument.as_list() {
            Some(items) => items.first(),
            None => Some(&call.argument),
        },
        _ => None,
    }
}

/// A text, also that of an `Fn::Sub`.
fn text(node: &Node) -> Option<&str> {
    written(node)?.as_str()
}

/// The states of a workflow or of a part of it. `express` is where it is said that it is an express one.
fn workflow(node: &Node, express: Option<Express>, faults: &mut Vec<Fault>) {
    if let Some(because) = express {
        limit(node, "TimeoutSeconds", because, faults);
    }
    for entry in node.get("States").and_then(Node::as_map).unwrap_or_default() {
        let (name, state) = (&*entry.key.text, &entry.value);
        if let Some(because) = express {
            task(name, state, because, faults);
            limit(state, "TimeoutSeconds", because, faults);
            limit(state, "Seconds", because, faults);
        }
        for branch in state.get("Branches").and_then(Node::as_list).unwrap_or_default() {
            workflow(branch, express, faults);
        }
        for part in ["ItemProcessor", "Iterator"] {
            let Some(part) = state.get(part) else { continue };
            let own = part.at(&["ProcessorConfig", "ExecutionType"]);
            let inner = match own.and_then(Node::as_str) {
                Some("EXPRESS") => own.map(|node| Express { said: node.span, whole: false }),
                Some("STANDARD") => None,
                _ => express,
            };
            workflow(part, inner, faults);
        }
    }
}

fn task(name: &str, state: &Node, because: Express, faults: &mut Vec<Fault>) {
    let Some(node) = state.get("Resource") else { return };
    let Some(resource) = text(node) else { return };
    let what = match () {
        () if resource.ends_with(".sync") || resource.contains(".sync:") => "for a job to end (`.sync`)",
        () if resource.ends_with(".waitForTaskToken") => "for a token (`.waitForTaskToken`)",
        () if resource.contains(":activity:") => "for a worker (an activity)",
        () => return,
    };
    faults.push(Fault {
        span: node.span,
        message: format!("`{name}` waits {what}, which an express workflow cannot"),
        help: "Make the workflow a standard one, or start the job without waiting for its end.",
        refused: because.whole,
        because,
    });
}

fn limit(node: &Node, member: &str, because: Express, faults: &mut Vec<Fault>) {
    let Some(value) = node.get(member) else { return };
    if value.as_f64().is_some_and(|seconds| seconds > LONGEST) {
        faults.push(Fault {
            span: value.span,
            message: format!(
                "`{member}` is {} seconds, and an express workflow ends after {LONGEST}",
                value.scalar_text().unwrap_or_default()
            ),
            help: "Make the workflow a standard one, or wait less.",
            refused: false,
            because,
        });
    }
}
