//! Secrets that outputs show.

use super::SECRET_SHOWN;
use crate::diagnostic::Applicability;
use crate::intrinsics::{Intrinsic, dynamic, get_att_parts, sub};
use crate::rule::Context;
use crate::rule::edits::remove;
use crate::source::Span;
use crate::syntax::{Node, NodeKind};

/// Types with an attribute that is a secret.
const ATTRIBUTES: &[(&str, &str)] =
    &[("AWS::Cognito::UserPoolClient", "ClientSecret"), ("AWS::IAM::AccessKey", "SecretAccessKey")];
/// How the names of outputs end that hold a secret.
const ENDS: &[&str] = &["passwd", "password", "secret", "secretaccesskey", "secretkey"];
/// Words that say whether there is one.
const WORDS: &[&str] = &["disabled", "enabled", "false", "none", "true"];

pub(super) fn secrets(cx: &mut Context<'_>) {
    let template = cx.template;
    for output in template.outputs.iter() {
        let Some(value) = output.node.get("Value") else { continue };
        let mut found: Option<(Span, String)> = None;
        value.walk(&mut |node| {
            for (id, attribute) in attributes(node) {
                let kind = template.resources.get(id).and_then(crate::template::Resource::kind).unwrap_or_default();
                if ATTRIBUTES.contains(&(kind, attribute)) {
                    found = Some((node.span, format!("`{}` shows the `{attribute}` of `{id}`", output.key.text)));
                }
            }
        });
        if found.is_none() && names_secret(&output.key.text) && value.as_str().is_some_and(is_literal) {
            found = Some((value.span, format!("`{}` shows a secret that is written in the template", output.key.text)));
        }
        let Some((span, message)) = found else { continue };
        let edits = remove(&cx.document.file, template.root, output.key.span);
        cx.report(&SECRET_SHOWN, span, format!("{message} to everyone who may see the stack"))
            .help("Keep it in a secret of Secrets Manager, and put out the ARN of that.")
            .fix_by(Applicability::Unsafe, "remove the output", edits);
    }
}

/// The attributes that a call names.
fn attributes(node: &Node) -> Vec<(&str, &str)> {
    let NodeKind::Call(call) = &node.kind else { return Vec::new() };
    match call.function {
        Intrinsic::GetAtt => get_att_parts(&call.argument).map(|p| (p.id, p.attribute)).into_iter().collect(),
        Intrinsic::Sub => {
            let text = call.argument.as_str().or_else(|| call.argument.as_list()?.first()?.as_str());
            let names = text.map(sub::variables).unwrap_or_default();
            names.iter().filter_map(|v| v.name.split_once('.')).collect()
        }
        _ => Vec::new(),
    }
}

fn names_secret(name: &str) -> bool {
    let low = name.to_ascii_lowercase();
    ENDS.iter().any(|end| low.ends_with(end))
}

/// Whether a text is one that stands for itself, and no address.
fn is_literal(text: &str) -> bool {
    let address = text.contains("://") || text.starts_with("arn:") || text.starts_with('/');
    let word = WORDS.contains(&&*text.to_ascii_lowercase());
    text.len() >= 4 && !text.contains(' ') && !address && !word && !dynamic::contains(text)
}
