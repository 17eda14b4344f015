//! The intrinsic functions: their arguments, and the names they use.

mod arguments;
mod find_in_map;
mod names;
mod outputs;
mod references;
mod texts;

use crate::diagnostic::{Diagnostic, Severity};
use crate::intrinsics::{self, Intrinsic};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Family, Rule};
use crate::syntax::NodeKind;
use arguments::Checker;

macro_rules! rules {
    ($($static:ident $id:literal $name:literal $summary:literal)*) => {
        $(
            #[doc = $summary]
            pub static $static: Rule = Rule {
                id: $id,
                name: $name,
                summary: $summary,
                page: include_str!(concat!("functions/", $id, ".md")),
                severity: severity($id),
                checks: &[],
            };
        )*
        /// The rules of this family.
        static RULES: &[&Rule] = &[$(&$static),*];
    };
}

/// The severity that the first letter of an id says; errors for ids of our own.
const fn severity(id: &str) -> Severity {
    match id.as_bytes()[0] {
        b'W' => Severity::Warning,
        b'I' => Severity::Info,
        _ => Severity::Error,
    }
}

rules! {
    GET_ATT_TARGET "E1010" "get-att-unknown-target" "`Fn::GetAtt` names a resource or an attribute that does not exist"
    FIND_IN_MAP_ARGUMENT "E1011" "find-in-map-unknown-key" "`Fn::FindInMap` names a mapping or a key that does not exist"
    GET_AZS_ARGUMENT "E1015" "get-azs-bad-region" "`Fn::GetAZs` takes something that is not a region"
    IMPORT_VALUE_ARGUMENT "E1016" "import-value-bad-argument" "`Fn::ImportValue` takes something that is not a name"
    SELECT_ARGUMENT "E1017" "select-bad-argument" "`Fn::Select` has a bad index or takes something that is not a list"
    SPLIT_ARGUMENT "E1018" "split-bad-argument" "`Fn::Split` has a bad delimiter or takes something that is not a string"
    SUB_ARGUMENT "E1019" "sub-unknown-variable" "`Fn::Sub` uses a variable that does not exist"
    SUB_WITHOUT_VARIABLES "W1020" "sub-without-variables" "`Fn::Sub` has no variable to replace"
    REF_TARGET "E1020" "ref-unknown-target" "`Ref` names something that does not exist or does not fit"
    BASE64_ARGUMENT "E1021" "base64-bad-argument" "`Fn::Base64` takes something that is not a string"
    JOIN_ARGUMENT "E1022" "join-bad-argument" "`Fn::Join` has a bad delimiter or takes something that is not a list of strings"
    CIDR_ARGUMENT "E1024" "cidr-bad-argument" "`Fn::Cidr` has a bad address block, count or size"
    JOIN_FOR_SUB "I1022" "join-for-sub" "`Fn::Join` with an empty delimiter stands where `Fn::Sub` is easier to read"
    IF_ARGUMENT "E1028" "if-unknown-condition" "`Fn::If` names a condition that does not exist or lacks a branch"
    VARIABLE_WITHOUT_SUB "E1029" "variable-without-sub" "a text holds `${Name}` but no `Fn::Sub` replaces it"
    LENGTH_ARGUMENT "E1030" "length-bad-argument" "`Fn::Length` lacks its transform or takes something that is not a list"
    TO_JSON_STRING_ARGUMENT "E1031" "to-json-string-bad-argument" "`Fn::ToJsonString` lacks its transform or has nothing to write"
    FOR_EACH_TRANSFORM "E1032" "for-each-without-transform" "`Fn::ForEach` is used without its transform"
    GET_STACK_OUTPUT_ARGUMENT "E1033" "get-stack-output-bad-argument" "`Fn::GetStackOutput` lacks a member or has one that does not exist"
    HARD_CODED_PARTITION "I3042" "hard-coded-partition" "an ARN in `Fn::Sub` names its partition"
    UNKNOWN_FUNCTION "SL020" "unknown-function" "a value is written as a function that does not exist"
}

/// The family.
pub static FAMILY: Family = Family {
    rules: RULES,
    checks: &[
        Check::Template(functions),
        Check::Template(outputs::function_outputs),
        Check::Template(for_each_without_transform),
        Check::Template(misfits),
        Check::Template(texts::variable_without_sub),
        Check::Call(&[Intrinsic::Sub], texts::sub_without_variables),
        Check::Call(&[Intrinsic::Sub], texts::hard_coded_partition),
        Check::Call(&[Intrinsic::Join], texts::join_for_sub),
        Check::After(nest_unknown_functions),
    ],
};

/// The attributes of a resource in which functions are evaluated.
const RESOURCE_PARTS: &[&str] =
    &["Properties", "Metadata", "CreationPolicy", "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy"];

/// Walks every place of a template where functions are evaluated.
fn functions(cx: &mut Context<'_>) {
    let template = cx.template;
    let mut checker = Checker::new(cx);
    checker.names.resources = false;
    for condition in template.conditions.iter() {
        if let Some(call) = condition.node.as_call() {
            checker.outermost(call, condition.node);
        }
    }
    checker.names.resources = true;
    for rule in template.rules.iter() {
        let asserts = rule.node.get("Assertions").and_then(|n| n.as_list()).unwrap_or_default();
        let conditions = asserts.iter().filter_map(|a| a.get("Assert")).chain(rule.node.get("RuleCondition"));
        for node in conditions {
            if let Some(call) = node.as_call() {
                checker.outermost(call, node);
            }
        }
    }
    if template.is_sam()
        && let Some(globals) = template.section("Globals")
    {
        checker.free(globals);
    }
    for resource in template.resources.iter().filter(|r| !is_macro_key(r.id())) {
        for part in RESOURCE_PARTS {
            if let Some(node) = resource.node.get(part) {
                checker.free(node);
            }
        }
    }
    for output in template.outputs.iter().filter(|o| !is_macro_key(&o.key.text)) {
        if let Some(value) = output.node.get("Value") {
            checker.in_output = true;
            checker.output_value(value);
            checker.in_output = false;
        }
        if let Some(name) = output.node.at(&["Export", "Name"]) {
            checker.names.resources = false;
            checker.free(name);
            checker.names.resources = true;
        }
    }
}

/// Functions that give one value where an attribute of a resource is a mapping.
fn misfits(cx: &mut Context<'_>) {
    let mut found = Vec::new();
    for resource in cx.template.resources.iter() {
        for part in ["CreationPolicy", "UpdatePolicy"] {
            let Some(node) = resource.node.get(part) else { continue };
            if let Some(call) = node.as_call()
                && matches!(call.function, Intrinsic::Ref | Intrinsic::Sub | Intrinsic::Join)
            {
                let message = format!("`{}` gives a single value, but `{part}` takes a mapping", call.function.name());
                found.push(Diagnostic::new(arguments::rule_of(call.function), arguments::extent(node), message));
            }
        }
    }
    cx.findings.list.extend(found);
}

/// An unknown function is also a value of the wrong kind: one finding, with the function as its cause.
fn nest_unknown_functions(cx: &mut Context<'_>) {
    let all = std::mem::take(&mut cx.findings.list);
    let (causes, mut rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|d| d.rule.id == UNKNOWN_FUNCTION.id);
    for cause in causes {
        let value = cause.reference_span.unwrap_or(cause.span);
        match rest.iter_mut().find(|d| d.rule.id == "E3012" && d.span == value) {
            Some(finding) => {
                finding.help = cause.help.clone().or(finding.help.take());
                finding.fix = cause.fix.clone().or(finding.fix.take());
                finding.children.push(cause);
            }
            None => rest.push(cause),
        }
    }
    cx.findings.list = rest;
}

/// `Fn::ForEach` is a key, not a call: it needs the language extensions wherever it stands.
fn for_each_without_transform(cx: &mut Context<'_>) {
    let template = cx.template;
    if template.has_language_extensions() {
        return;
    }
    let mut spans = Vec::new();
    for section in ["Conditions", "Resources", "Outputs"] {
        let Some(node) = template.section(section) else { continue };
        node.walk(&mut |n| {
            if let NodeKind::Map(entries) = &n.kind {
                spans.extend(entries.iter().filter(|e| e.key.text.starts_with("Fn::ForEach")).map(|e| e.key.span));
            }
        });
    }
    for span in spans {
        let message = "`Fn::ForEach` needs the transform `AWS::LanguageExtensions`";
        let help = "Add `Transform: AWS::LanguageExtensions` to the top level of the template.";
        cx.report(&FOR_EACH_TRANSFORM, span, message).help(help);
    }
}

/// Keys that a macro or the language extensions will replace.
fn is_macro_key(key: &str) -> bool {
    key == "Fn::Transform" || key.starts_with("Fn::ForEach")
}

/// The function that a wrong name meant, in the same spelling.
fn meant(name: &str) -> Option<&'static str> {
    let bare = name.trim_start_matches("Fn::");
    // `Fn::Ref` and `Fn::Condition` have no prefix.
    if let Some(f) = intrinsics::all().find(|f| f.tag()[1..].eq_ignore_ascii_case(bare)) {
        return Some(f.name());
    }
    let near = nearest(bare, intrinsics::all().map(|f| &f.tag()[1..]))?;
    intrinsics::all().find(|f| &f.tag()[1..] == near).map(intrinsics::Intrinsic::name)
}

/// A name with the quotes of the text it replaces.
fn requoted(source: &str, name: &str) -> String {
    match source.chars().next() {
        Some(quote @ ('"' | '\'')) => format!("{quote}{name}{quote}"),
        _ => name.to_owned(),
    }
}
