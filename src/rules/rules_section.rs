//! The Rules section: assertions about parameters.

use crate::intrinsics::Intrinsic;
use crate::rule::shape::{self, Checker, Problem, Shape, is_macro_key};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Family, Rule, rule};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};

rule!(BAD_RULE, "rules_section" / "E1700", "bad-rule", Error, "a rule of the Rules section is malformed");
rule!(
    ASSERT_NOT_BOOLEAN,
    "rules_section" / "E1701",
    "assert-not-boolean",
    Error,
    "an assertion does not give true or false"
);
rule!(
    RULE_CONDITION_NOT_BOOLEAN,
    "rules_section" / "E1702",
    "rule-condition-not-boolean",
    Error,
    "a rule condition does not give true or false"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&BAD_RULE, &ASSERT_NOT_BOOLEAN, &RULE_CONDITION_NOT_BOOLEAN],
    checks: &[Check::Template(section)],
};

static ASSERTION: Shape = Shape {
    members: &[("Assert", &shape::ANY), ("AssertDescription", &shape::TEXT)],
    ..Shape::of(&[shape::Kind::Map])
};
static ASSERTIONS: Shape = Shape::list_of(&ASSERTION);
static RULE: Shape = Shape {
    members: &[("Assertions", &ASSERTIONS), ("RuleCondition", &shape::ANY)],
    required: &["Assertions"],
    ..Shape::of(&[shape::Kind::Map])
};

fn section(cx: &mut Context<'_>) {
    let template = cx.template;
    let Some(section) = template.root.entry("Rules") else { return };
    if section.value.as_map().is_none() {
        let span = if section.value.is_null() { section.key.span } else { section.value.span };
        cx.report(&BAD_RULE, span, format!("`Rules` must be a mapping, not {}", section.value.describe()));
        return;
    }
    for rule in template.rules.iter().filter(|r| !is_macro_key(&r.key.text)) {
        let name = &*rule.key.text;
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            cx.report(&BAD_RULE, rule.key.span, format!("the rule name `{name}` may hold only letters and digits"));
            continue;
        }
        let found = &mut |p: Problem<'_>| {
            let d = cx.report(&BAD_RULE, p.span, p.message);
            d.help = p.help;
        };
        Checker { functions: false, found }.check(rule.node, name, rule.key.span, &RULE);
        if let Some(e) = rule.node.entry("RuleCondition") {
            boolean(&e.value, e.key.span, &RULE_CONDITION_NOT_BOOLEAN, cx);
        }
        for assertion in rule.node.get("Assertions").and_then(Node::as_list).unwrap_or_default() {
            if let Some(e) = assertion.entry("Assert") {
                boolean(&e.value, e.key.span, &ASSERT_NOT_BOOLEAN, cx);
            }
        }
    }
}

fn boolean(node: &Node, key: Span, rule: &'static Rule, cx: &mut Context<'_>) {
    let template = cx.template;
    match &node.kind {
        NodeKind::Call(call) if call.function == Intrinsic::Condition => {
            let Some(name) = call.argument.as_str() else { return };
            if !template.conditions.contains(name) {
                let d = cx.report(rule, call.argument.span, format!("there is no condition `{name}`"));
                if let Some(known) = nearest(name, template.conditions.names()) {
                    d.help(format!("Did you mean `{known}`?"));
                }
            }
        }
        NodeKind::Call(call) if gives_boolean(call.function) => {}
        _ if shape::Kind::Boolean.accepts(node) => {}
        _ => {
            let span = if node.is_null() { key } else { node.span };
            let message = format!("a rule must give true or false, not {}", node.describe());
            cx.report(rule, span, message).help(
                "Use `Fn::Equals`, `Fn::And`, `Fn::Or`, `Fn::Not`, `Fn::Contains`, `Fn::EachMemberEquals` or `Fn::EachMemberIn`.",
            );
        }
    }
}

fn gives_boolean(function: Intrinsic) -> bool {
    function.is_boolean()
        || matches!(function, Intrinsic::RefAll | Intrinsic::ValueOf | Intrinsic::ValueOfAll | Intrinsic::Transform)
}
