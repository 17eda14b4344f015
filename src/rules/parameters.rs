//! The Parameters section: shape, types, defaults and given values.

use crate::rule::constraints::broken;
use crate::rule::shape::{self, Checker, Kind, Problem, ProblemKind, Shape, is_macro_key};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Family, rule};
use crate::syntax::NodeKind;
use crate::template::Parameter;

rule!(
    BAD_PARAMETER,
    "parameters" / "E2001",
    "bad-parameter",
    Error,
    "a parameter has an unknown, missing or wrong member"
);
rule!(
    UNKNOWN_PARAMETER_TYPE,
    "parameters" / "E2002",
    "unknown-parameter-type",
    Error,
    "a parameter type does not exist"
);
rule!(
    UNDOCUMENTED_PARAMETER_TYPE,
    "parameters" / "W2002",
    "undocumented-parameter-type",
    Warning,
    "a parameter type is not documented"
);
rule!(
    PARAMETER_TEXT_TOO_LONG,
    "parameters" / "E2011",
    "parameter-text-too-long",
    Error,
    "a parameter's name, value or description is too long"
);
rule!(
    DEFAULT_NOT_ALLOWED,
    "parameters" / "E2015",
    "default-not-allowed",
    Error,
    "a default breaks the parameter's own constraints"
);
rule!(
    BAD_ALLOWED_PATTERN,
    "parameters" / "I2003",
    "bad-allowed-pattern",
    Info,
    "an `AllowedPattern` is no regular expression"
);
rule!(
    GIVEN_VALUE_REFUSED,
    "parameters" / "E2900",
    "given-value-refused",
    Error,
    "the values given for this run do not fit the parameters"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &BAD_PARAMETER,
        &UNKNOWN_PARAMETER_TYPE,
        &UNDOCUMENTED_PARAMETER_TYPE,
        &PARAMETER_TEXT_TOO_LONG,
        &DEFAULT_NOT_ALLOWED,
        &BAD_ALLOWED_PATTERN,
        &GIVEN_VALUE_REFUSED,
    ],
    checks: &[Check::Template(section), Check::Template(given)],
};

static VALUE: Shape = Shape { length: Some((0, 4096)), ..Shape::of(&[Kind::Text]) };
static VALUES: Shape = Shape::list_of(&VALUE);
static DESCRIPTION: Shape = Shape { length: Some((0, 4000)), ..Shape::of(&[Kind::Text]) };
static MAX_LENGTH: Shape = Shape::integer(0, 4096);

/// A parameter of type `Number`.
static NUMBER_PARAMETER: Shape = Shape {
    required: &["Type"],
    ..Shape::closed(&[
        ("AllowedValues", &VALUES),
        ("ConstraintDescription", &shape::TEXT),
        ("Default", &VALUE),
        ("Description", &DESCRIPTION),
        ("MaxValue", &shape::NUMBER),
        ("MinValue", &shape::NUMBER),
        ("NoEcho", &shape::BOOLEAN),
        ("Type", &shape::TEXT),
    ])
};
/// A parameter of any other type.
static TEXT_PARAMETER: Shape = Shape {
    required: &["Type"],
    ..Shape::closed(&[
        ("AllowedPattern", &shape::TEXT),
        ("AllowedValues", &VALUES),
        ("ConstraintDescription", &shape::TEXT),
        ("Default", &VALUE),
        ("Description", &DESCRIPTION),
        ("MaxLength", &MAX_LENGTH),
        ("MinLength", &shape::INTEGER),
        ("NoEcho", &shape::BOOLEAN),
        ("Type", &shape::TEXT),
    ])
};
/// A parameter without a type: any member may be right, but their kinds are known.
static UNTYPED_PARAMETER: Shape = Shape {
    required: &["Type"],
    ..Shape::closed(&[
        ("AllowedPattern", &shape::TEXT),
        ("AllowedValues", &VALUES),
        ("ConstraintDescription", &shape::TEXT),
        ("Default", &VALUE),
        ("Description", &DESCRIPTION),
        ("MaxLength", &MAX_LENGTH),
        ("MaxValue", &shape::NUMBER),
        ("MinLength", &shape::INTEGER),
        ("MinValue", &shape::NUMBER),
        ("NoEcho", &shape::BOOLEAN),
        ("Type", &shape::TEXT),
    ])
};

/// Types that are names of things in the account; each may stand in a list and in `AWS::SSM::Parameter::Value`.
const AWS_TYPES: &[&str] = &[
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::VPC::Id",
    "AWS::EC2::Volume::Id",
    "AWS::Route53::HostedZone::Id",
];

/// Whether a parameter type is documented.
fn is_documented(kind: &str) -> bool {
    if matches!(kind, "String" | "Number" | "CommaDelimitedList" | "AWS::SSM::Parameter::Name") {
        return true;
    }
    if let Some(inner) = kind.strip_prefix("AWS::SSM::Parameter::Value<").and_then(|k| k.strip_suffix('>')) {
        return !inner.starts_with("AWS::SSM::Parameter::Value<") && is_documented(inner);
    }
    match kind.strip_prefix("List<").and_then(|k| k.strip_suffix('>')) {
        Some("AWS::EC2::KeyPair::KeyName") => false,
        Some(inner) => matches!(inner, "String" | "Number") || AWS_TYPES.contains(&inner),
        None => AWS_TYPES.contains(&kind),
    }
}

fn section(cx: &mut Context<'_>) {
    let template = cx.template;
    let Some(section) = template.root.entry("Parameters") else { return };
    if !matches!(section.value.kind, NodeKind::Map(_)) {
        if section.value.as_call().is_none() && !cx.lost(&section.value) {
            let span = if section.value.is_null() { section.key.span } else { section.value.span };
            let message = format!("`Parameters` must be a mapping, not {}", section.value.describe());
            cx.report(&BAD_PARAMETER, span, message);
        }
        return;
    }
    for parameter in template.parameters.iter() {
        let name = parameter.name();
        if is_macro_key(name) {
            continue;
        }
        let length = name.chars().count();
        if length > 255 {
            let message = format!("the parameter name has {length} characters; at most 255 are allowed");
            cx.report(&PARAMETER_TEXT_TOO_LONG, parameter.key.span, message);
        }
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            let message = format!("the parameter name `{name}` may hold only letters and digits");
            cx.report(&BAD_PARAMETER, parameter.key.span, message);
            continue;
        }
        body(parameter, cx);
        kind(parameter, cx);
        default(parameter, cx);
        if let Some(node) = parameter.node.get("AllowedPattern")
            && let Some(why) = node.as_str().and_then(crate::rule::pattern::error)
        {
            cx.report(&BAD_ALLOWED_PATTERN, node.span, format!("the pattern is not a regular expression: {why}"));
        }
    }
}

fn body(parameter: &Parameter<'_>, cx: &mut Context<'_>) {
    let (shape, other) = match parameter.kind() {
        Some("Number") => (&NUMBER_PARAMETER, &TEXT_PARAMETER),
        Some(_) => (&TEXT_PARAMETER, &NUMBER_PARAMETER),
        None => (&UNTYPED_PARAMETER, &UNTYPED_PARAMETER),
    };
    let found = &mut |p: Problem<'_>| {
        let rule = if p.kind == ProblemKind::WrongLength { &PARAMETER_TEXT_TOO_LONG } else { &BAD_PARAMETER };
        let elsewhere = p.kind == ProblemKind::UnknownMember && other.members.iter().any(|m| m.0 == p.name);
        let message = match parameter.kind().filter(|_| elsewhere) {
            Some(kind) => format!("`{}` is not a member of a parameter of type `{kind}`", p.name),
            None => p.message,
        };
        let d = cx.report(rule, p.span, message);
        d.help = p.help;
        if p.kind == ProblemKind::UnknownMember && !elsewhere {
            // The reference linter says it twice: of this type of parameter, and of parameters in general.
            d.also("no type of parameter has such a member");
        }
        if p.call.is_some() {
            d.help("Functions are not allowed in Parameters.");
        }
    };
    Checker { functions: false, found }.check(parameter.node, parameter.name(), parameter.key.span, shape);
}

fn kind(parameter: &Parameter<'_>, cx: &mut Context<'_>) {
    let (Some(kind), Some(node)) = (parameter.kind(), parameter.node.get("Type")) else { return };
    if is_documented(kind) {
        return;
    }
    let known = ["String", "Number", "CommaDelimitedList", "AWS::SSM::Parameter::Name", "List<String>", "List<Number>"];
    if kind.starts_with("List<") || kind.starts_with("AWS::SSM::Parameter::Value<") {
        cx.report(&UNDOCUMENTED_PARAMETER_TYPE, node.span, format!("the parameter type `{kind}` is not documented"))
            .help(
                "CloudFormation may take it but will not check values of it; a documented type gives earlier errors.",
            );
        return;
    }
    let d = cx.report(&UNKNOWN_PARAMETER_TYPE, node.span, format!("there is no parameter type `{kind}`"));
    let meant = match kind.to_ascii_lowercase().as_str() {
        "boolean" | "bool" | "text" | "str" => Some("String"),
        "integer" | "int" | "float" | "double" => Some("Number"),
        "list" | "stringlist" | "list<>" => Some("CommaDelimitedList"),
        _ => nearest(kind, known.into_iter().chain(AWS_TYPES.iter().copied())),
    };
    match meant {
        Some(meant) => d.help(format!("Did you mean `{meant}`?")),
        None => d.help("Basic types are `String`, `Number`, `CommaDelimitedList`, `List<Number>` and `List<String>`."),
    };
}

fn default(parameter: &Parameter<'_>, cx: &mut Context<'_>) {
    let Some(node) = parameter.default() else { return };
    let Some(text) = node.scalar_text() else { return };
    let whole = broken(parameter, text);
    // Constraints of a list hold for each item; a default that fits as a whole is left alone.
    if parameter.is_list() && text.split(',').all(|part| broken(parameter, part.trim()).is_empty()) {
        return;
    }
    for (why, constraint) in whole {
        let d = cx.report(&DEFAULT_NOT_ALLOWED, node.span, format!("the default `{text}` {why}"));
        if let Some(constraint) = parameter.node.entry(constraint) {
            d.label(constraint.key.span, "the constraint");
        }
    }
}

/// The values given for this run.
fn given(cx: &mut Context<'_>) {
    let (template, options) = (cx.template, cx.options);
    if options.parameters.is_empty() {
        return;
    }
    let section = template.root.entry("Parameters");
    for (name, value) in &options.parameters {
        let Some(parameter) = template.parameters.get(name) else {
            if options.shared_parameters {
                continue;
            }
            let span = section.map_or(crate::source::Span::new(0, 0), |e| e.key.span);
            let d =
                cx.report(&GIVEN_VALUE_REFUSED, span, format!("a value is given for `{name}`, which is no parameter"));
            if let Some(known) = nearest(name, template.parameters.names()) {
                d.help(format!("Did you mean `{known}`?"));
            }
            continue;
        };
        let parts: Vec<&str> =
            if parameter.is_list() { value.split(',').map(str::trim).collect() } else { vec![value.as_str()] };
        for part in parts {
            for (why, _) in broken(parameter, part) {
                cx.report(&GIVEN_VALUE_REFUSED, parameter.key.span, format!("the given value `{part}` {why}"));
            }
        }
    }
    if options.shared_parameters {
        return;
    }
    for parameter in template.parameters.iter() {
        let name = parameter.name();
        if parameter.default().is_none() && !options.parameters.iter().any(|(n, _)| n == name) && !is_macro_key(name) {
            let message = format!("no value is given for `{name}`, and it has no default");
            cx.report(&GIVEN_VALUE_REFUSED, parameter.key.span, message);
        }
    }
}
