//! Dynamic references: `{{resolve:service:...}}` in texts, and pseudo parameters written as plain text.

use crate::diagnostic::{Applicability, Severity};
use crate::intrinsics::PSEUDO_PARAMETERS;
use crate::intrinsics::dynamic::{self, DynamicReference, SECURE_STRINGS};
use crate::rule::{Check, Context, Family, Rule};
use crate::source::Span;
use crate::syntax::{Format, Node, NodeKind, Style};

macro_rules! rules {
    ($($static:ident $id:literal $severity:ident $name:literal $summary:literal)*) => {
        $(
            #[doc = $summary]
            pub static $static: Rule = Rule {
                id: $id,
                name: $name,
                summary: $summary,
                page: include_str!(concat!("dynamic_references/", $id, ".md")),
                severity: Severity::$severity,
                checks: &[],
            };
        )*
        /// The rules of this family.
        static RULES: &[&Rule] = &[$(&$static),*];
    };
}

rules! {
    SECURE_STRING_PLACE "E1027" Error "secure-string-in-wrong-place" "a dynamic reference to a secure string stands where none is resolved"
    MALFORMED_DYNAMIC_REFERENCE "E1050" Error "malformed-dynamic-reference" "a dynamic reference does not have the form of its service"
    SECRET_PLACE "E1051" Error "secret-outside-properties" "a dynamic reference to a secret stands outside the properties of a resource"
    SECRET_FOR_ARN "W1051" Warning "secret-value-for-arn" "a dynamic reference gives the value of a secret where its ARN is expected"
    SPACED_DYNAMIC_REFERENCE "W1053" Warning "spaced-dynamic-reference" "blanks keep a dynamic reference from being resolved"
    PLAIN_PSEUDO_PARAMETER "W1054" Warning "plain-pseudo-parameter" "the name of a pseudo parameter stands as plain text"
}

/// The family.
pub static FAMILY: Family = Family { rules: RULES, checks: &[Check::Template(dynamic_references)] };

/// Properties that hold the ARN of a secret.
const SECRET_ARNS: &[&str] = &[
    "SecretArn",
    "SecretARN",
    "SecretsManagerSecretId",
    "SecretsManagerOracleAsmSecretId",
    "SecretsManagerSecurityDbEncryptionSecretId",
    "SecretsManagerConfiguration",
];

/// Where a text stands.
struct Place<'n> {
    section: &'n str,
    /// The type of the resource.
    kind: &'n str,
    /// Keys below the name, list indices left out.
    keys: Vec<&'n str>,
    /// Inside a function other than `Fn::If`.
    in_function: bool,
    /// The text of a `Fn::Sub`.
    in_sub: bool,
}

fn dynamic_references(cx: &mut Context<'_>) {
    let template = cx.template;
    for section in ["Parameters", "Mappings", "Resources", "Outputs"] {
        let Some(entries) = template.section(section).and_then(Node::as_map) else { continue };
        for e in entries {
            let kind =
                if section == "Resources" { e.value.get("Type").and_then(Node::as_str).unwrap_or("") } else { "" };
            let mut place = Place { section, kind, keys: Vec::new(), in_function: false, in_sub: false };
            walk(cx, &e.value, &mut place);
        }
    }
}

fn walk<'a>(cx: &mut Context<'a>, node: &'a Node, place: &mut Place<'a>) {
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|n| walk(cx, n, place)),
        NodeKind::Map(entries) => {
            for e in entries {
                place.keys.push(&e.key.text);
                walk(cx, &e.value, place);
                place.keys.pop();
            }
        }
        NodeKind::Call(call) => {
            use crate::intrinsics::Intrinsic;
            if matches!(call.function, Intrinsic::Ref | Intrinsic::GetAtt | Intrinsic::Transform | Intrinsic::Condition)
            {
                return;
            }
            let before = (place.in_function, place.in_sub);
            place.in_function |= call.function != Intrinsic::If;
            place.in_sub |= call.function == Intrinsic::Sub;
            walk(cx, &call.argument, place);
            (place.in_function, place.in_sub) = before;
        }
        NodeKind::String(text) => check_text(cx, node, text, place),
        NodeKind::Tagged(_) | NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => {}
    }
}

fn check_text(cx: &mut Context<'_>, node: &Node, text: &str, place: &Place<'_>) {
    if PSEUDO_PARAMETERS.contains(&text) {
        plain_pseudo_parameter(cx, node, text, place);
        return;
    }
    if !text.contains("{{") {
        return;
    }
    for reference in dynamic::find(text) {
        let span = reference_span(cx, node, text, &reference);
        if reference.spaced && starts_spaced(text, &reference) {
            if !place.in_function {
                spaced(cx, span, text, &reference);
            }
        } else if !place.in_function {
            malformed(cx, span, &reference);
            wrong_place(cx, span, &reference, place);
        }
        // In a `Sub` only a text that is nothing but the reference is certain.
        let whole = reference.start == 0 && reference.end == text.len();
        if reference.service == "secretsmanager" && (!place.in_function || place.in_sub && whole) {
            secret_for_arn(cx, span, place);
        }
    }
}

/// Only blanks after the opening braces keep a reference from being resolved for certain.
fn starts_spaced(text: &str, reference: &DynamicReference<'_>) -> bool {
    text.get(reference.start + 2..).is_some_and(|t| t.starts_with(char::is_whitespace))
}

/// The place of a reference; the whole text where escapes or folding move it.
fn reference_span(cx: &Context<'_>, node: &Node, text: &str, reference: &DynamicReference<'_>) -> Span {
    let source = cx.document.file.slice(node.span);
    let Some(written) = text.get(reference.start..reference.end).filter(|_| node.style != Style::Generated) else {
        return node.span;
    };
    match source.find(written) {
        Some(at) => {
            let start = node.span.start as usize + at;
            Span::new(start, start + written.len())
        }
        None => node.span,
    }
}

fn spaced(cx: &mut Context<'_>, span: Span, text: &str, reference: &DynamicReference<'_>) {
    let written = text.get(reference.start..reference.end).unwrap_or("");
    let exact = cx.document.file.slice(span) == written;
    let d =
        cx.report(&SPACED_DYNAMIC_REFERENCE, span, "blanks inside the braces keep this reference from being resolved");
    d.help("Write `{{resolve:` without a blank.");
    if exact {
        let inner = written.trim_start_matches('{').trim_end_matches('}').trim();
        d.fix(Applicability::Unsafe, "remove the blanks", span, format!("{{{{{inner}}}}}"));
    }
}

fn malformed(cx: &mut Context<'_>, span: Span, reference: &DynamicReference<'_>) {
    let parts = &reference.parts;
    let (message, help) = match reference.service {
        "ssm" | "ssm-secure" => {
            let name = parts.first().copied().unwrap_or("");
            let help = "The form is `{{resolve:ssm:name}}` or `{{resolve:ssm:name:version}}`.";
            match parts.get(1) {
                _ if name.is_empty() => ("the name of the SSM parameter is missing".to_owned(), help),
                // A variable of a `Sub` may hold more parts.
                _ if parts.iter().any(|p| p.contains("${")) => return,
                _ if !name.chars().any(|c| c.is_ascii_alphanumeric() || "_.-/".contains(c)) => {
                    (format!("`{name}` is not the name of an SSM parameter"), help)
                }
                _ if parts.len() > 2 => (
                    format!("a reference to an SSM parameter has a name and a version, not {} parts", parts.len()),
                    help,
                ),
                Some(version) if !version.bytes().any(|b| b.is_ascii_digit()) => {
                    (format!("the version of an SSM parameter is a number, not `{version}`"), help)
                }
                _ => return,
            }
        }
        "secretsmanager" => {
            let help =
                "The form is `{{resolve:secretsmanager:secret:SecretString:json-key:version-stage:version-id}}`.";
            // An ARN has seven parts of its own.
            let (rest, is_arn) = match parts.first() {
                Some(&"arn") => (parts.get(7..).unwrap_or(&[]), true),
                _ => (parts.get(1..).unwrap_or(&[]), false),
            };
            if parts.is_empty() || parts == &[""] {
                ("the id of the secret is missing".to_owned(), help)
            } else if parts.iter().any(|p| p.contains("${")) {
                return;
            } else if is_arn && (parts.len() < 7 || parts.get(5) != Some(&"secret")) {
                ("the ARN is not that of a secret".to_owned(), help)
            } else if rest.len() > 4 {
                (format!("a reference to a secret has at most 5 parts, not {}", rest.len() + 1), help)
            } else if let Some(kind) = rest.first()
                && !matches!(*kind, "" | "SecretString")
            {
                (format!("`{kind}` stands where only `SecretString` can"), help)
            } else {
                return;
            }
        }
        other => {
            let help = "The services are `ssm`, `ssm-secure` and `secretsmanager`.";
            if other.contains("${") {
                return;
            }
            (format!("`{other}` is not a service that references are resolved from"), help)
        }
    };
    cx.report(&MALFORMED_DYNAMIC_REFERENCE, span, message).help(help);
}

fn wrong_place(cx: &mut Context<'_>, span: Span, reference: &DynamicReference<'_>, place: &Place<'_>) {
    let first = place.keys.first().copied().unwrap_or("");
    match reference.service {
        "ssm-secure" => {
            let inside = place.keys.get(1..).unwrap_or(&[]);
            let allowed = first == "Properties" && SECURE_STRINGS.iter().any(|s| s.0 == place.kind && s.1 == inside);
            if !allowed {
                let message = "a secure string is not resolved here";
                let help = "Only passwords of a few types take one, such as `MasterUserPassword` of a database; \
                            a secret of Secrets Manager can stand in every property.";
                cx.report(&SECURE_STRING_PLACE, span, message).help(help);
            }
        }
        "secretsmanager" => {
            let allowed = matches!((place.section, first), ("Resources", "Properties") | ("Parameters", "Default"));
            if !allowed {
                let message = "a secret is resolved only in the properties of a resource";
                cx.report(&SECRET_PLACE, span, message);
            }
        }
        _ => {}
    }
}

fn secret_for_arn(cx: &mut Context<'_>, span: Span, place: &Place<'_>) {
    if place.section != "Resources" || place.keys.first() != Some(&"Properties") {
        return;
    }
    if let Some(field) = SECRET_ARNS.iter().find(|f| place.keys.contains(f)) {
        let message = format!("this gives the value of the secret, but `{field}` takes its ARN");
        cx.report(&SECRET_FOR_ARN, span, message).help("Give the ARN itself, or `!Ref` to the secret.");
    }
}

fn plain_pseudo_parameter(cx: &mut Context<'_>, node: &Node, text: &str, place: &Place<'_>) {
    let first = place.keys.first().copied().unwrap_or("");
    let evaluated = match place.section {
        "Resources" => matches!(first, "Properties" | "CreationPolicy" | "UpdatePolicy"),
        "Outputs" => matches!(first, "Value" | "Export"),
        _ => false,
    };
    if !evaluated {
        return;
    }
    let json = cx.document.tree.format == Format::Json;
    let message = format!("`{text}` is plain text here, not the value of the pseudo parameter");
    let d = cx.report(&PLAIN_PSEUDO_PARAMETER, node.span, message);
    d.help(format!("`!Ref {text}` gives its value."));
    let edit = if json { format!("{{\"Ref\": \"{text}\"}}") } else { format!("!Ref {text}") };
    d.fix(Applicability::Unsafe, "refer to the pseudo parameter", node.span, edit);
}
