//! Templates with the language extensions: checked in their expanded form, the copies of a fault reported once.

use super::{Dispatch, generated, run};
use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::rule::Options;
use crate::rules::language_extensions;
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use crate::template::Template;
use crate::transform::foreach::{self, Extended, Purpose};
use std::collections::BTreeMap;

/// Rules about how the author wrote the template. What they find in the expanded form counts only when it is also there
/// in the text: a mapping that only a loop goes through is used, a comparison with the identifier is not constant.
const ABOUT_THE_TEXT: &[&str] = &["I1022", "W1020", "W1028", "W2001", "W7001", "W8003", "E8003"];

/// Findings of other rounds that are kept below the first because they say something else.
const KEPT_COPIES: usize = 5;

/// Checks a template that declares the language extensions.
pub(super) fn check(document: &Document, root: &Node, options: &Options, dispatch: &Dispatch) -> Vec<Diagnostic> {
    let region = options.regions.first().map_or("", String::as_str);
    let extended = foreach::extend(root, Purpose::Check, region, &options.parameters);
    let expanded = Template::read(&extended.root);
    let mut found = run(document, &extended.root, &expanded, options, dispatch);
    let in_loop = |span: Span| extended.bodies.iter().any(|b| b.contains(span));
    // A condition that a loop makes is unused when nothing in the expanded form uses it.
    let condition = |d: &Diagnostic| d.rule.id == "W8001" && (!in_loop(d.span) || !extended.undecided.is_empty());
    let about_the_text = |d: &Diagnostic| ABOUT_THE_TEXT.contains(&d.rule.id) || condition(d);
    if extended.has_loops && found.iter().any(about_the_text) {
        let written = run(document, root, &Template::read(root), options, dispatch);
        found.retain(|d| !about_the_text(d) || written.iter().any(|w| w.rule.id == d.rule.id && w.span == d.span));
    }
    if expanded.is_sam() {
        generated::check(document, &extended.root, options, dispatch, &mut found);
    }
    let mut found = merge(document, &extended, found);
    found.extend(extended.problems.iter().map(language_extensions::problem));
    found.extend(extended.over_budget.map(language_extensions::not_expanded));
    found
}

/// One finding for all rounds of a loop.
fn merge(document: &Document, extended: &Extended, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut out: Vec<Diagnostic> = Vec::with_capacity(found.len());
    let mut places: BTreeMap<(Span, &'static str), usize> = BTreeMap::new();
    for mut finding in found {
        if !extended.bodies.iter().any(|b| b.contains(finding.span)) {
            out.push(finding);
            continue;
        }
        drop_local_fix(document, &mut finding);
        match places.get(&(finding.span, finding.rule.id)) {
            Some(&index) => absorb(&mut out[index], finding),
            None => {
                places.insert((finding.span, finding.rule.id), out.len());
                out.push(finding);
            }
        }
    }
    let mut copies = BTreeMap::new();
    for finding in out.iter().filter(|d| d.count == 1 && extended.bodies.iter().any(|b| b.contains(d.span))) {
        copies.insert(finding.span, Copies::default());
    }
    if !copies.is_empty() {
        count_copies(&extended.root, None, &mut copies);
    }
    for finding in out.iter_mut().filter(|d| d.count == 1 && d.children.is_empty()) {
        if let Some(found) = copies.get(&finding.span).filter(|c| c.count > 1 && !c.differ) {
            finding.count = found.count;
        }
    }
    out
}

/// What stands at one place of the text, after expansion.
#[derive(Default)]
struct Copies<'n> {
    count: u32,
    first: Option<&'n Node>,
    key: Option<&'n str>,
    /// Whether the rounds have different values there.
    differ: bool,
}

/// Counts the copies of some places. `above` is the place of the node around, when that is the call of this argument.
fn count_copies<'n>(node: &'n Node, above: Option<Span>, copies: &mut BTreeMap<Span, Copies<'n>>) {
    if above != Some(node.span)
        && let Some(found) = copies.get_mut(&node.span)
    {
        found.count += 1;
        let first = *found.first.get_or_insert(node);
        found.differ = found.differ || !first.same_value(node);
    }
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|n| count_copies(n, None, copies)),
        NodeKind::Map(entries) => {
            for e in entries {
                if let Some(found) = copies.get_mut(&e.key.span) {
                    found.count += 1;
                    let first = *found.key.get_or_insert(&e.key.text);
                    found.differ = found.differ || *first != *e.key.text;
                }
                count_copies(&e.value, None, copies);
            }
        }
        NodeKind::Call(call) => count_copies(&call.argument, Some(node.span), copies),
        NodeKind::Tagged(tagged) => count_copies(&tagged.value, None, copies),
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {}
    }
}

/// An edit made for one round would be wrong for the others.
fn drop_local_fix(document: &Document, finding: &mut Diagnostic) {
    let local = |span: Span| document.file.slice(span).contains('{');
    if finding.fix.as_ref().is_some_and(|f| f.edits.iter().any(|e| local(e.span))) {
        finding.fix = None;
    }
}

fn absorb(kept: &mut Diagnostic, copy: Diagnostic) {
    kept.count += copy.count;
    if kept.fix != copy.fix {
        kept.fix = None;
    }
    if copy.message != kept.message {
        let known = |d: &Diagnostic| d.rule.id == copy.rule.id && d.message == copy.message;
        if kept.children.len() < KEPT_COPIES && !kept.children.iter().any(known) {
            kept.children.push(copy);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::DocumentKind;
    use crate::source::SourceFile;

    fn findings(text: &str) -> Vec<(String, u32, u32)> {
        let file = SourceFile::new("t.yaml", text);
        let tree = crate::syntax::read(&file);
        let document = Document::new(file, DocumentKind::Template, tree);
        let found = crate::engine::check(&document, &Options::default());
        let found = found.iter().filter(|d| d.severity > crate::diagnostic::Severity::Info);
        found.map(|d| (d.rule.id.to_owned(), document.file.position(d.span.start).line, d.count)).collect()
    }

    #[test]
    fn a_fault_in_a_loop_is_one_finding_at_its_line() {
        let text = "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Topics:\n    - Name\n    - [A, B, C]\n    - Topic${Name}:\n        Type: AWS::SNS::Topic\n        Properties:\n          DisplayNam: !Ref Name\nOutputs:\n  Out:\n    Value: !Ref TopicB\n";
        assert_eq!(findings(text), [("E3002".to_owned(), 9, 3)]);
    }

    #[test]
    fn what_an_unknown_collection_makes_is_not_judged() {
        let text = "Transform: AWS::LanguageExtensions\nParameters:\n  Names: {Type: CommaDelimitedList}\nResources:\n  Fn::ForEach::Topics:\n    - Name\n    - !Ref Names\n    - Topic${Name}:\n        Type: AWS::SNS::Topic\n        Properties:\n          DisplayName: !Ref Name\nOutputs:\n  Out:\n    Value: !Ref TopicB\n";
        assert_eq!(findings(text), []);
    }

    #[test]
    fn mappings_and_conditions_of_loops_are_used() {
        let text = "Transform: AWS::LanguageExtensions\nMappings:\n  M: {a: {List: [X, Y]}}\nConditions:\n  Fn::ForEach::C:\n    - N\n    - [X, Y]\n    - Is${N}: !Equals [!Ref AWS::Region, !Sub 'eu-${N}']\nResources:\n  Fn::ForEach::Topics:\n    - Name\n    - !FindInMap [M, a, List]\n    - Topic${Name}:\n        Type: AWS::SNS::Topic\n        Condition: !Sub Is${Name}\n";
        let found = findings(text);
        assert!(!found.iter().any(|f| f.0.starts_with("W7") || f.0.starts_with("W8")), "{found:?}");
    }

    #[test]
    fn too_many_rounds_are_said() {
        let list: Vec<String> = (0..100).map(|i| i.to_string()).collect();
        let list = list.join(",");
        let text = format!(
            "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::A:\n  - X\n  - [{list}]\n  - Fn::ForEach::B:\n    - Y\n    - [{list}]\n    - Fn::ForEach::C:\n      - Z\n      - [{list}]\n      - T${{X}}x${{Y}}x${{Z}}: {{Type: AWS::SNS::Topic}}\n"
        );
        assert_eq!(findings(&text), [("SL011".to_owned(), 3, 1)]);
    }
}
