//! Rules about what conditions are good for: unused ones, comparisons that never change, branches never taken.

use crate::conditions::{Answer, Conditions, Pins};
use crate::diagnostic::{Applicability, Severity};
use crate::intrinsics::Intrinsic;
use crate::rule::edits;
use crate::rule::{CallSite, Check, Context, Family, Rule};
use crate::source::Span;
use crate::syntax::{Call, Node, NodeKind};
use crate::value::evaluate::referenced;
use std::collections::BTreeSet;

/// The family.
pub static FAMILY: Family =
    Family { rules: &[&IF_BRANCH_UNREACHABLE, &CONDITION_UNUSED, &EQUALS_CONSTANT], checks: &[] };

/// W1028.
pub static IF_BRANCH_UNREACHABLE: Rule = Rule {
    id: "W1028",
    name: "if-branch-unreachable",
    summary: "A branch of `Fn::If` that no deployment can take.",
    page: include_str!("conditions_use/W1028.md"),
    severity: Severity::Warning,
    checks: &[Check::Template(if_branch_unreachable)],
};

/// W8001.
pub static CONDITION_UNUSED: Rule = Rule {
    id: "W8001",
    name: "condition-unused",
    summary: "A condition that nothing uses.",
    page: include_str!("conditions_use/W8001.md"),
    severity: Severity::Warning,
    checks: &[Check::Template(condition_unused)],
};

/// W8003.
pub static EQUALS_CONSTANT: Rule = Rule {
    id: "W8003",
    name: "equals-constant",
    summary: "A `Fn::Equals` whose answer is always the same.",
    page: include_str!("conditions_use/W8003.md"),
    severity: Severity::Warning,
    checks: &[Check::Call(&[Intrinsic::Equals], equals_constant)],
};

fn condition_unused(cx: &mut Context<'_>) {
    let template = cx.template;
    if template.conditions.is_empty() {
        return;
    }
    let mut used: BTreeSet<&str> = BTreeSet::new();
    template.root.walk(&mut |node| match node.as_call() {
        Some(call) if call.function == Intrinsic::If => {
            used.extend(call.argument.as_list().and_then(|l| l.first()).and_then(Node::as_str));
        }
        _ => {}
    });
    // `Condition` names a condition only inside other conditions; elsewhere it is no function.
    for condition in template.conditions.iter() {
        condition.node.walk(&mut |node| match node.as_call() {
            Some(call) if call.function == Intrinsic::Condition => used.extend(call.argument.as_str()),
            _ => {}
        });
    }
    used.extend(template.resources.iter().filter_map(|r| r.condition()));
    used.extend(template.outputs.iter().filter_map(|o| o.condition()));
    for condition in template.conditions.iter() {
        let name = &*condition.key.text;
        if used.contains(name) || name.starts_with("Fn::") {
            continue;
        }
        let message = format!("condition `{name}` is never used");
        let removal = edits::remove(&cx.document.file, template.root, condition.key.span);
        let finding = cx.report(&CONDITION_UNUSED, condition.key.span, message);
        finding.help("Use it in a `Condition` attribute or in `Fn::If`, or remove it.");
        finding.fix_by(Applicability::Safe, "remove the condition", removal);
    }
}

fn equals_constant(call: &Call, site: &CallSite<'_>, cx: &mut Context<'_>) {
    if !matches!(site.section, "Conditions" | "Rules") {
        return;
    }
    let Some([left, right]) = call.argument.as_list() else { return };
    let message = if left.same_value(right) {
        if referenced(left).is_some() || left.as_call().is_some() {
            "both sides are the same expression, so this is always true".to_owned()
        } else {
            let text = left.scalar_text().unwrap_or_default();
            format!("both sides are `{text}`, so this is always true")
        }
    } else {
        match (left.scalar_text(), right.scalar_text()) {
            (Some(l), Some(r)) if l == r => format!("both sides are `{l}`, so this is always true"),
            (Some(l), Some(r)) => format!("`{l}` is never `{r}`, so this is always false"),
            _ => return,
        }
    };
    let finding = cx.report(&EQUALS_CONSTANT, site.span, message);
    finding.help("Compare a parameter, a pseudo parameter or a mapping value with a text.");
}

fn if_branch_unreachable(cx: &mut Context<'_>) {
    let template = cx.template;
    let conditions = &cx.resolver().conditions;
    if conditions.is_empty() {
        return;
    }
    let mut walk = Walk { conditions, found: Vec::new() };
    let resources = template.resources.iter().map(|r| (r.condition(), r.node));
    let outputs = template.outputs.iter().map(|o| (o.condition(), o.node));
    for (condition, node) in resources.chain(outputs) {
        let pins = match condition {
            // A condition that is never true makes the whole item dead, not single branches.
            Some(name) => match conditions.pin(&Pins::none(), name, true) {
                Some(pins) => pins,
                None => continue,
            },
            None => Pins::none(),
        };
        walk.node(node, &pins);
    }
    for (span, message) in walk.found {
        let finding = cx.report(&IF_BRANCH_UNREACHABLE, span, message);
        finding.help("Remove the `Fn::If` and keep the branch that is taken.");
    }
}

struct Walk<'w, 'n> {
    conditions: &'w Conditions<'n>,
    found: Vec<(Span, String)>,
}

impl Walk<'_, '_> {
    fn node(&mut self, node: &Node, pins: &Pins) {
        match &node.kind {
            NodeKind::List(items) => items.iter().for_each(|n| self.node(n, pins)),
            NodeKind::Map(entries) => entries.iter().for_each(|e| self.node(&e.value, pins)),
            NodeKind::Tagged(t) => self.node(&t.value, pins),
            NodeKind::Call(call) => match (call.function, call.argument.as_list()) {
                (Intrinsic::If, Some([condition, then, otherwise])) => {
                    let Some(name) = condition.as_str() else { return };
                    self.branch(name, true, then, pins);
                    self.branch(name, false, otherwise, pins);
                }
                _ => self.node(&call.argument, pins),
            },
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {}
        }
    }

    fn branch(&mut self, name: &str, holds: bool, node: &Node, pins: &Pins) {
        if self.conditions.reachable(pins, name, holds) == Answer::No {
            let because = self.because(name, pins);
            let message = format!("this branch is never taken: `{name}` is always {} here{because}", !holds);
            let span = match node.as_call() {
                Some(call) if call.short => call.function_span.to(node.span),
                _ => node.span,
            };
            self.found.push((span, message));
            self.node(node, pins);
            return;
        }
        match self.conditions.pin(pins, name, holds) {
            Some(next) => self.node(node, &next),
            None => self.node(node, pins),
        }
    }

    /// ", since `A` is true": what is known at the place.
    fn because(&self, name: &str, pins: &Pins) -> String {
        let known: Vec<_> = self
            .conditions
            .describe(pins)
            .iter()
            .filter(|(n, _)| *n != name)
            .map(|(n, holds)| format!("`{n}` is {holds}"))
            .collect();
        if known.is_empty() { String::new() } else { format!(", since {}", known.join(" and ")) }
    }
}
