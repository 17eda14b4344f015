//! The Conditions section and the shape of the boolean functions, here and in the Rules section.

use crate::intrinsics::Intrinsic;
use crate::rule::shape::is_macro_key;
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Family, Rule, rule};
use crate::source::Span;
use crate::syntax::{Call, Node, NodeKind};

rule!(
    BAD_CONDITION,
    "conditions" / "E8001",
    "bad-condition",
    Error,
    "a condition is not a boolean function, or its name is malformed"
);
rule!(BAD_EQUALS, "conditions" / "E8003", "bad-equals", Error, "`Fn::Equals` does not compare two scalars");
rule!(BAD_AND, "conditions" / "E8004", "bad-and", Error, "`Fn::And` does not join two to ten conditions");
rule!(BAD_NOT, "conditions" / "E8005", "bad-not", Error, "`Fn::Not` does not negate exactly one condition");
rule!(BAD_OR, "conditions" / "E8006", "bad-or", Error, "`Fn::Or` does not join two to ten conditions");

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&BAD_CONDITION, &BAD_EQUALS, &BAD_AND, &BAD_NOT, &BAD_OR],
    checks: &[Check::Template(section), Check::Template(rules_section)],
};

/// Functions that may stand on a side of `Fn::Equals`.
const IN_EQUALS: &[Intrinsic] = &[
    Intrinsic::Ref,
    Intrinsic::FindInMap,
    Intrinsic::Sub,
    Intrinsic::Join,
    Intrinsic::Select,
    Intrinsic::Split,
    Intrinsic::Length,
    Intrinsic::ToJsonString,
    Intrinsic::Transform,
];
/// Functions that give true or false in a condition.
const BOOLEAN: &[Intrinsic] = &[Intrinsic::Condition, Intrinsic::Equals, Intrinsic::Not, Intrinsic::And, Intrinsic::Or];
/// Functions that give true or false in the Rules section besides those.
const IN_RULES: &[Intrinsic] = &[
    Intrinsic::Contains,
    Intrinsic::EachMemberEquals,
    Intrinsic::EachMemberIn,
    Intrinsic::RefAll,
    Intrinsic::ValueOf,
    Intrinsic::ValueOfAll,
];

fn section(cx: &mut Context<'_>) {
    let template = cx.template;
    let Some(section) = template.root.entry("Conditions") else { return };
    match &section.value.kind {
        NodeKind::Map(_) => {}
        NodeKind::Null if cx.lost(&section.value) => return,
        NodeKind::Call(call) if call.function == Intrinsic::Transform => return,
        _ => {
            let span = if section.value.is_null() { section.key.span } else { section.value.span };
            let message = format!("`Conditions` must be a mapping, not {}", section.value.describe());
            cx.report(&BAD_CONDITION, span, message);
            return;
        }
    }
    for condition in template.conditions.iter() {
        let name = &*condition.key.text;
        if is_macro_key(name) {
            continue;
        }
        let well_formed = |c: char| c.is_ascii_alphanumeric() || c == '&' || c == '_';
        if name.is_empty() || name.chars().count() > 255 || !name.chars().all(well_formed) {
            let message =
                format!("the condition name `{name}` may hold only letters, digits, `_` and `&`, at most 255");
            cx.report(&BAD_CONDITION, condition.key.span, message);
            continue;
        }
        boolean(condition.node, condition.key.span, &BAD_CONDITION, false, cx);
    }
}

fn rules_section(cx: &mut Context<'_>) {
    let template = cx.template;
    for rule in template.rules.iter() {
        let mut values: Vec<&Node> = rule.node.get("RuleCondition").into_iter().collect();
        for assertion in rule.node.get("Assertions").and_then(Node::as_list).unwrap_or_default() {
            values.extend(assertion.get("Assert"));
        }
        for value in values {
            if let NodeKind::Call(call) = &value.kind
                && call.function != Intrinsic::Condition
            {
                function(call, value, true, cx);
            }
        }
    }
}

/// Checks a value that must be true or false; what is wrong counts to `rule`.
fn boolean(node: &Node, key: Span, rule: &'static Rule, in_rules: bool, cx: &mut Context<'_>) {
    match &node.kind {
        NodeKind::Bool(_) => {}
        NodeKind::Null if cx.lost(node) => {}
        NodeKind::Call(call) if call.function == Intrinsic::Condition => condition(call, rule, cx),
        NodeKind::Call(call) if call.function == Intrinsic::Transform => {}
        NodeKind::Call(call) if BOOLEAN.contains(&call.function) => {
            // A fault inside belongs to the outermost function.
            if std::ptr::eq(rule, &BAD_CONDITION) {
                function(call, node, in_rules, cx);
            } else {
                arguments(call, node, rule, in_rules, cx);
            }
        }
        NodeKind::Call(call) if in_rules && IN_RULES.contains(&call.function) => {}
        _ => {
            let span = if node.is_null() || node.span.is_empty() { key } else { node.span };
            let template = cx.template;
            let is_condition = |name: &str| template.conditions.contains(name);
            let d = cx.report(rule, span, format!("a condition must give true or false, not {}", node.describe()));
            match node.as_str() {
                Some(name) if is_condition(name) => d.help("Write `!Condition name` to use a condition."),
                _ => d.help("Use `Fn::Equals`, `Fn::And`, `Fn::Or`, `Fn::Not` or `Condition`."),
            };
            // A condition stands at its name, what is joined or negated where it starts.
            several_functions(node, if std::ptr::eq(rule, &BAD_CONDITION) { key } else { span }, d);
        }
    }
}

/// What may be wrong with a mapping where a condition is expected: several functions in one, or a misspelt one.
fn several_functions(node: &Node, reference: Span, d: &mut crate::diagnostic::Diagnostic) {
    let Some(entries) = node.as_map() else { return };
    let names: Vec<_> = entries.iter().filter(|e| Intrinsic::from_name(&e.key.text).is_some()).collect();
    if names.len() > 1 {
        d.note("a function must be the only key of its mapping");
        return;
    }
    if let [only] = entries
        && let Some(known) = nearest(&only.key.text, crate::intrinsics::all().map(Intrinsic::name))
    {
        d.help(format!("`{}` is no function. Did you mean `{known}`?", only.key.text));
        d.reference_at(reference);
        d.span = only.key.span;
    }
}

/// A `Condition` must name one that is defined.
fn condition(call: &Call, rule: &'static Rule, cx: &mut Context<'_>) {
    let template = cx.template;
    let Some(name) = call.argument.as_str() else {
        let message = format!("`Condition` takes the name of a condition, not {}", call.argument.describe());
        cx.report(rule, call.argument.span, message);
        return;
    };
    if template.conditions.contains(name) || template.conditions.names().any(is_macro_key) {
        return;
    }
    let d = cx.report(rule, call.argument.span, format!("there is no condition `{name}`"));
    if let Some(known) = nearest(name, template.conditions.names()) {
        d.help(format!("Did you mean `{known}`?"));
    }
}

fn function(call: &Call, node: &Node, in_rules: bool, cx: &mut Context<'_>) {
    let rule = match call.function {
        Intrinsic::Equals => &BAD_EQUALS,
        Intrinsic::And => &BAD_AND,
        Intrinsic::Not => &BAD_NOT,
        Intrinsic::Or => &BAD_OR,
        _ => return,
    };
    arguments(call, node, rule, in_rules, cx);
}

fn arguments(call: &Call, node: &Node, rule: &'static Rule, in_rules: bool, cx: &mut Context<'_>) {
    let name = call.function.name();
    let (least, most) = match call.function {
        Intrinsic::Equals => (2, 2),
        Intrinsic::Not => (1, 1),
        Intrinsic::And | Intrinsic::Or => (2, 10),
        _ => return,
    };
    let place = if call.argument.span.is_empty() { call.function_span } else { call.argument.span };
    let Some(items) = call.argument.as_list() else {
        if call.argument.as_call().is_some_and(|c| c.function == Intrinsic::Transform) {
            return;
        }
        let d = cx.report(rule, place, format!("`{name}` takes a list, not {}", call.argument.describe()));
        if call.function == Intrinsic::Not {
            d.help("Put the condition into a list of one item.");
        }
        return;
    };
    if items.len() < least || items.len() > most {
        let allowed = if least == most { format!("exactly {least}") } else { format!("{least} to {most}") };
        let message = format!("`{name}` has {} items; it takes {allowed}", items.len());
        cx.report(rule, place, message);
    }
    for item in items {
        if call.function == Intrinsic::Equals {
            side(item, node, rule, cx);
        } else {
            boolean(item, place, rule, in_rules, cx);
        }
    }
}

/// One side of a comparison.
fn side(item: &Node, equals: &Node, rule: &'static Rule, cx: &mut Context<'_>) {
    let wrong = match &item.kind {
        NodeKind::Call(call) => !IN_EQUALS.contains(&call.function),
        NodeKind::Null | NodeKind::List(_) | NodeKind::Map(_) => true,
        _ => false,
    };
    // The functions of the Rules section give values only they know.
    if wrong && !item.as_call().is_some_and(|c| IN_RULES.contains(&c.function)) {
        let span = if item.span.is_empty() { equals.span } else { item.span };
        let message = format!("`Fn::Equals` compares scalars, this side is {}", item.describe());
        let d = cx.report(rule, span, message);
        d.help("Use a literal, `Ref`, `Fn::FindInMap`, `Fn::Sub`, `Fn::Join`, `Fn::Select` or `Fn::Split`.");
        several_functions(item, span, d);
    }
}
