//! Functions that give something else than the property takes.

use super::{
    BASE64_ARGUMENT, CIDR_ARGUMENT, FIND_IN_MAP_ARGUMENT, GET_ATT_TARGET, GET_AZS_ARGUMENT, GET_STACK_OUTPUT_ARGUMENT,
    IMPORT_VALUE_ARGUMENT, JOIN_ARGUMENT, LENGTH_ARGUMENT, REF_TARGET, SPLIT_ARGUMENT, SUB_ARGUMENT,
    TO_JSON_STRING_ARGUMENT,
};
use crate::diagnostic::Diagnostic;
use crate::intrinsics::Intrinsic;
use crate::rule::{Context, Rule};
use crate::schema::walk::{Kind, Violation};

/// Reports results whose kind does not fit.
pub(super) fn function_outputs(cx: &mut Context<'_>) {
    // Without their transform these functions are reported for that alone.
    let extended = |v: &&Violation| {
        !matches!(&v.kind, Kind::FunctionOutput { function: Intrinsic::ToJsonString | Intrinsic::Length, .. })
    };
    let extensions = cx.template.has_language_extensions();
    let found = cx.violations().iter().filter(|v| extensions || extended(v)).filter_map(diagnostic);
    let found: Vec<Diagnostic> = found.collect();
    cx.findings.list.extend(found);
}

fn rule_of(function: Intrinsic) -> Option<&'static Rule> {
    Some(match function {
        Intrinsic::Ref => &REF_TARGET,
        Intrinsic::GetAtt => &GET_ATT_TARGET,
        Intrinsic::Base64 => &BASE64_ARGUMENT,
        Intrinsic::Join => &JOIN_ARGUMENT,
        Intrinsic::Sub => &SUB_ARGUMENT,
        Intrinsic::ToJsonString => &TO_JSON_STRING_ARGUMENT,
        Intrinsic::Cidr => &CIDR_ARGUMENT,
        Intrinsic::GetAZs => &GET_AZS_ARGUMENT,
        Intrinsic::Split => &SPLIT_ARGUMENT,
        Intrinsic::Length => &LENGTH_ARGUMENT,
        Intrinsic::ImportValue => &IMPORT_VALUE_ARGUMENT,
        Intrinsic::GetStackOutput => &GET_STACK_OUTPUT_ARGUMENT,
        Intrinsic::FindInMap => &FIND_IN_MAP_ARGUMENT,
        _ => return None,
    })
}

fn diagnostic(violation: &Violation) -> Option<Diagnostic> {
    let Kind::FunctionOutput { function, gives, expected } = &violation.kind else { return None };
    let owner = if violation.property.is_empty() { &violation.type_name } else { &violation.property };
    let item = if violation.item { "an item of " } else { "" };
    let takes: Vec<&str> = expected.iter().map(|name| words(name)).collect();
    let message = format!("`{}` gives {gives}, but {item}`{owner}` takes {}", function.name(), takes.join(" or "));
    let mut diagnostic = Diagnostic::new(rule_of(*function)?, violation.span, message);
    if let Some(reference) = violation.reference {
        diagnostic.reference_at(reference);
    }
    if expected.contains(&"array") && !matches!(function, Intrinsic::Cidr | Intrinsic::GetAZs | Intrinsic::Split) {
        diagnostic.help("One value becomes a list in brackets.");
    } else if gives.contains("list") {
        diagnostic.help("`Fn::Select` takes one item of a list, `Fn::Join` makes one text of it.");
    }
    Some(diagnostic)
}

fn words(name: &str) -> &str {
    match name {
        "string" => "a string",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "a boolean",
        "object" => "a mapping",
        "array" => "a list",
        other => other,
    }
}
