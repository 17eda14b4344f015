//! SAM templates: what the transform refuses, and what the service will refuse of what it generates.
//!
//! The rules run over the expanded template as well. A finding there stands at the author's text that caused the
//! generated value; it counts only when the author's own template does not already show the same fault.

use super::Dispatch;
use crate::diagnostic::{Diagnostic, PathPart, Severity};
use crate::document::Document;
use crate::rule::Options;
use crate::rules::sam_transform;
use crate::source::Span;
use crate::syntax::{Node, NodeKind, Style};
use crate::template::Template;
use crate::transform::sam::errors::{ErrorKind, Owner, SamError};
use crate::transform::sam::policies;
use crate::transform::{self, ExpandOptions, Expansion, Origin, packaged};

/// Adds what the expansion of a SAM template shows to the findings of the template itself.
pub(super) fn check(
    document: &Document,
    root: &Node,
    options: &Options,
    dispatch: &Dispatch,
    found: &mut Vec<Diagnostic>,
) {
    let expand = ExpandOptions {
        region: options.regions.first().cloned().unwrap_or_default(),
        parameters: parameters(root, options),
        resolve: false,
    };
    let expansion = transform::expand(&packaged::everything(root), &expand);
    for error in &expansion.errors {
        problem(document, root, error, found);
    }
    if !expansion.errors.is_empty() {
        return;
    }
    let template = Template::read(&expansion.root);
    let own = found.len();
    for mut finding in super::run(document, &expansion.root, &template, options, dispatch) {
        if counts(&finding, &found[..own]) {
            name_policy(document, &mut finding);
            add(root, &expansion, finding, found);
        }
    }
}

/// A problem of the transform: said at the finding that already shows the same fault less clearly, or on its own.
fn problem(document: &Document, root: &Node, error: &SamError, found: &mut Vec<Diagnostic>) {
    if sharpen(root, error.span, &error.message, found) {
        return;
    }
    if said_as_missing(root, error, found) {
        return;
    }
    let token = super::locate(root, error.span).token;
    let overlaps = |d: &Diagnostic| {
        let same = d.span == error.span || (d.span == token && !token.is_empty());
        d.severity == Severity::Error && !error.span.is_empty() && (same || error.span.contains(d.span))
    };
    if found.iter().any(|d| overlaps(d) && d.rule.id != "E3038") {
        return;
    }
    let mut diagnostic = sam_transform::problem(error);
    // Of a value that starts below its key the key is the better place.
    let line = |span: Span| document.file.position(span.start).line;
    if !token.is_empty() && line(token) != line(error.span) {
        diagnostic.span = token;
    }
    found.push(diagnostic);
}

/// Gives a finding that only says "none of the alternatives" the message and place of the fault inside it.
fn sharpen(root: &Node, span: Span, message: &str, found: &mut [Diagnostic]) -> bool {
    let vague = |d: &&mut Diagnostic| {
        matches!(d.rule.id, "E3017" | "E3018") && (around(root, d.span).contains(span) || span.contains(d.span))
    };
    let Some(finding) = found.iter_mut().find(vague) else { return false };
    // cfn-lint's place of the fault stays what it was.
    let token = super::locate(root, finding.span).token;
    finding.reference_span.get_or_insert(token);
    message.clone_into(&mut finding.message);
    finding.span = span;
    true
}

/// A key with its value, where a span is that of a key; else the span.
fn around(node: &Node, span: Span) -> Span {
    let inner = match &node.kind {
        NodeKind::Map(entries) => entries.iter().find_map(|e| {
            let whole = e.key.span.to(e.value.span);
            let hit = if e.key.span == span { Some(whole) } else { Some(around(&e.value, span)) };
            hit.filter(|_| whole.contains(span))
        }),
        NodeKind::List(items) => items.iter().find(|n| n.span.contains(span)).map(|n| around(n, span)),
        NodeKind::Call(call) => Some(around(&call.argument, span)),
        NodeKind::Tagged(t) => Some(around(&t.value, span)),
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => None,
    };
    inner.unwrap_or(span)
}

/// Whether something missing from a resource is already reported there.
fn said_as_missing(root: &Node, error: &SamError, found: &[Diagnostic]) -> bool {
    let Owner::Resource(id) = &error.owner else { return false };
    let inside = |d: &Diagnostic| matches!(super::locate(root, d.span).path.get(1), Some(PathPart::Key(k)) if k == id);
    error.kind == ErrorKind::Missing
        && found.iter().any(|d| matches!(d.rule.id, "E3003" | "W2533" | "E3678") && inside(d))
}

/// What a parameter without a value gets, so that the transform can go on: the value is known at deployment.
const PLACEHOLDER: &str = "valuegivenatdeployment";

/// The given values, and one for every parameter that has none.
fn parameters(root: &Node, options: &Options) -> Vec<(String, String)> {
    let mut values = options.parameters.clone();
    for e in root.get("Parameters").and_then(Node::as_map).unwrap_or_default() {
        let name = &*e.key.text;
        if e.value.get("Default").is_some() || values.iter().any(|v| v.0 == name) {
            continue;
        }
        let allowed = e.value.get("AllowedValues").and_then(Node::as_list).and_then(<[Node]>::first);
        let number = e.value.get("Type").and_then(Node::as_str) == Some("Number");
        let value = allowed.and_then(Node::scalar_text).unwrap_or(if number { "1" } else { PLACEHOLDER });
        values.push((name.to_owned(), value.to_owned()));
    }
    values
}

/// Whether a finding is of the rules that see two resources together: what the transform makes takes part in that, so
/// warnings and advice count as well.
fn is_about_links(finding: &Diagnostic) -> bool {
    let number = finding.rule.id.strip_prefix("SL").and_then(|n| n.parse::<u32>().ok());
    number.is_some_and(|n| n > 100)
}

/// Whether a finding on the expanded template is new and about a value.
fn counts(finding: &Diagnostic, own: &[Diagnostic]) -> bool {
    let error = finding.severity == Severity::Error;
    if !(error || is_about_links(finding)) || finding.message.contains(PLACEHOLDER) {
        return false;
    }
    own.iter().all(|d| {
        let same = d.rule.id == finding.rule.id && d.span == finding.span;
        let fault = d.severity == Severity::Error
            && (d.span.contains(finding.span) || finding.span.contains(d.span))
            && !finding.span.is_empty();
        !same && !fault
    })
}

/// Names the managed policy that was meant, where a name is taken for an ARN because no policy is called so.
fn name_policy(document: &Document, finding: &mut Diagnostic) {
    let text = document.file.slice(finding.span).trim_matches(['"', '\'']);
    let name = finding.rule.id == "E3031" && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@-_".contains(&b));
    if let Some(meant) = Some(text).filter(|_| name).and_then(policies::nearest_managed) {
        finding.message = format!("there is no managed policy `{text}`");
        finding.help(format!("Did you mean `{meant}`?"));
    }
}

/// Adds a finding, and says which generated resource holds it, if one does.
fn add(root: &Node, expansion: &Expansion, mut finding: Diagnostic, found: &mut Vec<Diagnostic>) {
    let whole = |span: Span| root.get("Resources").is_some_and(|r| r.span == span) || root.span == span;
    if whole(finding.span) {
        return;
    }
    if let Some((id, origin)) = generated(expansion, finding.span) {
        // A fault at the whole resource is a fault of the transform's own constants, not of the author's text.
        let own = root.at(&["Resources", id]).is_some();
        if origin.span == finding.span && !(own && is_about_links(&finding)) {
            return;
        }
        if is_about_links(&finding) {
            // The edit was made for the generated text.
            finding.fix = None;
        }
        let kind = expansion.root.at(&["Resources", id, "Type"]).and_then(Node::as_str).unwrap_or("resource");
        finding.note(format!("in `{id}`, the {kind} that `{}` becomes", origin.step));
    }
    if !found.iter().any(|d| d.rule.id == finding.rule.id && d.span == finding.span)
        && (is_about_links(&finding) || !sharpen(root, finding.span, &finding.message, found))
    {
        found.push(finding);
    }
}

/// The generated resource that holds a value of exactly this place.
fn generated(expansion: &Expansion, span: Span) -> Option<(&str, &Origin)> {
    let resources = expansion.root.get("Resources").and_then(Node::as_map).unwrap_or_default();
    resources.iter().find_map(|entry| {
        let origin = expansion.origins.iter().find(|o| o.path.len() == 2 && *o.path[1] == *entry.key.text)?;
        holds(&entry.value, span).then_some((&*entry.key.text, origin))
    })
}

/// Whether a value of exactly this place is in a tree, or a key of it.
fn holds(node: &Node, span: Span) -> bool {
    if node.span == span && !(node.style == Style::Generated && matches!(node.kind, NodeKind::Map(_))) {
        return true;
    }
    match &node.kind {
        NodeKind::List(items) => items.iter().any(|n| holds(n, span)),
        NodeKind::Map(entries) => entries.iter().any(|e| e.key.span == span || holds(&e.value, span)),
        NodeKind::Call(call) => holds(&call.argument, span),
        NodeKind::Tagged(t) => holds(&t.value, span),
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => false,
    }
}
