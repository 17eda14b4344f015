//! Secrets and parameters, and the values that are taken from them.

use super::{ARN_FOR_PASSWORD, PARAMETER_TIER, SECRET_IN_VARIABLE, SECRET_KEY_UNKNOWN, SECRET_VALUE};
use crate::conditions::Pins;
use crate::diagnostic::Severity;
use crate::resolve::Case;
use crate::rule::linking::{below, cases, joined, named, only, say};
use crate::rule::suggest::nearest;
use crate::rule::{CallSite, Context};
use crate::syntax::{Call, Node};
use crate::template::Resource;

const SECRET: &str = "AWS::SecretsManager::Secret";
/// Most bytes of a standard parameter.
const STANDARD: usize = 4096;

pub(super) fn password<'a>(database: &Resource<'a>, cx: &mut Context<'a>) {
    for case in cases(database, "MasterUserPassword", &Pins::none(), cx) {
        let Some((secret, None)) = named(&case, cx) else { continue };
        if secret.kind() != Some(SECRET) {
            continue;
        }
        let id = secret.id();
        let message = format!("`Ref` gives the ARN of `{id}`, so that is the password of `{}`", database.id());
        if let Some(finding) = say(&ARN_FOR_PASSWORD, &case, &case.pins, message, cx) {
            finding.label(secret.key.span, "the secret").help(format!(
                "Write `!Sub \"{{{{resolve:secretsmanager:${{{id}}}:SecretString:password}}}}\"` with the key of the password."
            ));
        }
    }
}

/// The keys of a secret whose value is made from a template; `None` when they are not known.
fn keys<'a>(secret: &Resource<'a>, cx: &Context<'a>) -> Option<Vec<String>> {
    let made = only(secret, "GenerateSecretString.SecretStringTemplate", cx)?;
    let key = only(secret, "GenerateSecretString.GenerateStringKey", cx)?;
    let value: serde_json::Value = serde_json::from_str(made.text()?).ok()?;
    let mut keys: Vec<String> = value.as_object()?.keys().cloned().collect();
    keys.push(key.text()?.to_owned());
    Some(keys)
}

/// `{{resolve:secretsmanager:${Secret}:SecretString:key}}` in an `Fn::Sub`.
pub(super) fn key(call: &Call, _: &CallSite<'_>, cx: &mut Context<'_>) {
    let argument = match call.argument.as_list() {
        Some([text, _]) => text,
        _ => &call.argument,
    };
    let Some(text) = argument.as_str() else { return };
    for part in text.split("{{resolve:secretsmanager:${").skip(1) {
        let Some((id, rest)) = part.split_once('}') else { continue };
        let Some(end) = rest.find("}}") else { continue };
        let inner = rest.get(..end).unwrap_or_default();
        let Some(rest) = inner.strip_prefix(":SecretString:") else { continue };
        let key = rest.split(':').next().unwrap_or_default();
        let id = id.trim();
        let Some(secret) = cx.template.resources.get(id).copied().filter(|r| r.kind() == Some(SECRET)) else {
            continue;
        };
        let attached = cx.resources_of("AWS::SecretsManager::SecretTargetAttachment").next().is_some();
        let Some(keys) = keys(&secret, cx).filter(|_| !key.is_empty() && !key.contains("${")) else { continue };
        // What is attached to a database gets keys of that.
        if attached || keys.iter().any(|known| known == key) {
            continue;
        }
        let help = match nearest(key, keys.iter().map(String::as_str)) {
            Some(near) => format!("Did you mean `{near}`?"),
            None => format!("Known are {}.", keys.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ")),
        };
        cx.report(&SECRET_KEY_UNKNOWN, argument.span, format!("`{id}` has no key `{key}`"))
            .label(secret.key.span, "the secret")
            .help(help);
    }
}

/// Whether a text or the text of an `Fn::Sub` takes the value of a secret.
fn takes_secret(node: &Node) -> bool {
    let holds = |text: &str| text.contains("{{resolve:secretsmanager:") || text.contains("{{resolve:ssm-secure:");
    let mut found = false;
    node.walk(&mut |part| found |= part.as_str().is_some_and(holds));
    found
}

fn report_variable<'a>(of: &Resource<'a>, name: &str, case: &Case<'a>, cx: &mut Context<'a>) {
    if !case.node().is_some_and(takes_secret) {
        return;
    }
    let message = format!("the secret in `{name}` becomes readable in the variables of `{}`", of.id());
    if let Some(finding) = say(&SECRET_IN_VARIABLE, case, &case.pins, message, cx) {
        finding
            .help("Pass the name of the secret and read it at run time; a container of ECS takes it from `Secrets`.");
    }
}

pub(super) fn variables<'a>(function: &Resource<'a>, cx: &mut Context<'a>) {
    for variables in cases(function, "Environment.Variables", &Pins::none(), cx) {
        for entry in variables.node().and_then(Node::as_map).unwrap_or_default() {
            let name = &*entry.key.text;
            if name.contains('.') {
                continue;
            }
            for case in below(&variables, name, cx) {
                report_variable(function, name, &case, cx);
            }
        }
    }
}

pub(super) fn container<'a>(task: &Resource<'a>, cx: &mut Context<'a>) {
    for variable in cases(task, "ContainerDefinitions.*.Environment.*", &Pins::none(), cx) {
        let names = below(&variable, "Name", cx);
        let name = names.first().and_then(Case::text).unwrap_or("Value");
        for case in below(&variable, "Value", cx) {
            report_variable(task, name, &case, cx);
        }
    }
}

pub(super) fn value<'a>(secret: &Resource<'a>, cx: &mut Context<'a>) {
    for [made, given] in joined([(secret, "GenerateSecretString"), (secret, "SecretString")], &Pins::none(), cx) {
        let Some(node) = given.node() else { continue };
        if made.node().is_some() {
            let message = format!("`{}` has both a given and a generated value", secret.id());
            if let Some(finding) = say(&SECRET_VALUE, &given, &given.pins, message, cx) {
                finding.label(made.key, "the generated value").help("Remove one of the two.");
            }
        } else if made.is_absent() && given.text().is_some_and(|text| !text.is_empty()) && node.is_scalar() {
            let message = format!("the value of `{}` stands in the template, where everyone can read it", secret.id());
            if let Some(finding) = say(&SECRET_VALUE, &given, &given.pins, message, cx) {
                finding
                    .help("Let `GenerateSecretString` make the value, or take it from a parameter with `NoEcho`.")
                    .severity = Severity::Warning;
            }
        }
    }
}

pub(super) fn parameter<'a>(parameter: &Resource<'a>, cx: &mut Context<'a>) {
    for [tier, policies] in joined([(parameter, "Tier"), (parameter, "Policies")], &Pins::none(), cx) {
        if tier.text_or("Standard") == Some("Standard") && policies.text().is_some_and(|text| text.contains('{')) {
            let message = format!("only the tier `Advanced` has policies, and `{}` is in `Standard`", parameter.id());
            if let Some(finding) = say(&PARAMETER_TIER, &policies, &policies.pins, message, cx) {
                finding.help("Set `Tier: Advanced`.");
            }
        }
    }
    for [tier, value] in joined([(parameter, "Tier"), (parameter, "Value")], &Pins::none(), cx) {
        let size = value.text().map_or(0, str::len);
        if tier.text_or("Standard") == Some("Standard") && size > STANDARD {
            let message =
                format!("the value of `{}` has {size} bytes, a standard parameter holds {STANDARD}", parameter.id());
            if let Some(finding) = say(&PARAMETER_TIER, &value, &value.pins, message, cx) {
                finding.help("Set `Tier: Advanced`, which holds 8192, or split the value.");
            }
        }
    }
}
