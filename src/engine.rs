//! One document in, sorted findings out: runs each check only for what it asks.

use crate::appspec::AppSpec;
use crate::buildspec::Buildspec;
use crate::diagnostic::{Diagnostic, Findings};
use crate::document::{Document, DocumentKind};
use crate::rule::{CallSite, Check, Context, Options};
use crate::rules::FAMILIES;
use crate::syntax::{Call, Node, NodeKind};
use crate::template::Template;

/// Runs every check over one document. Findings are sorted by place and rule, exact duplicates dropped.
pub fn check(document: &Document, options: &Options) -> Vec<Diagnostic> {
    let mut findings = Findings::default();
    for check in checks() {
        if let Check::Document(f) = check {
            f(document, &mut findings);
        }
    }
    match document.kind {
        DocumentKind::Template => {
            if let Some(root) = document.root() {
                findings.list.extend(check_template(document, root, options));
            }
        }
        DocumentKind::AppSpec => {
            if let Some(appspec) = AppSpec::read(document) {
                for check in checks() {
                    if let Check::AppSpec(f) = check {
                        f(&appspec, &mut findings);
                    }
                }
            }
        }
        DocumentKind::Buildspec => {
            if let Some(buildspec) = Buildspec::read(document) {
                for check in checks() {
                    if let Check::Buildspec(f) = check {
                        f(&buildspec, &mut findings);
                    }
                }
            }
        }
    }
    finish(document, findings)
}

fn checks() -> impl Iterator<Item = &'static Check> {
    FAMILIES.iter().flat_map(|f| f.rules.iter().flat_map(|r| r.checks).chain(f.checks))
}

fn check_template(document: &Document, root: &Node, options: &Options) -> Vec<Diagnostic> {
    let template = Template::read(root);
    let mut cx = Context::new(document, &template, options);
    for check in checks() {
        match check {
            Check::Template(f) => f(&mut cx),
            Check::Resource(types, f) => {
                for resource in template.resources.iter() {
                    if types.is_empty() || resource.kind().is_some_and(|k| types.contains(&k)) {
                        f(resource, &mut cx);
                    }
                }
            }
            _ => {}
        }
    }
    let calls: Vec<_> = checks()
        .filter_map(|c| match c {
            Check::Call(functions, f) => Some((*functions, *f)),
            _ => None,
        })
        .collect();
    if !calls.is_empty() {
        walk_calls(root, &mut |call, site| {
            for (functions, f) in &calls {
                if functions.contains(&call.function) {
                    f(call, site, &mut cx);
                }
            }
        });
    }
    cx.findings.list
}

/// Visits every call of a template with its site.
pub fn walk_calls<'n>(root: &'n Node, visit: &mut dyn FnMut(&'n Call, &CallSite<'_>)) {
    fn go<'n>(
        node: &'n Node,
        section: &'n str,
        name: &'n str,
        keys: &mut Vec<&'n str>,
        around: &mut Vec<&'n Call>,
        visit: &mut dyn FnMut(&'n Call, &CallSite<'_>),
    ) {
        match &node.kind {
            NodeKind::List(items) => items.iter().for_each(|n| go(n, section, name, keys, around, visit)),
            NodeKind::Map(entries) => {
                for e in entries {
                    keys.push(&e.key.text);
                    go(&e.value, section, name, keys, around, visit);
                    keys.pop();
                }
            }
            NodeKind::Call(call) => {
                visit(call, &CallSite { section, name, keys, around, span: node.span });
                keys.push(call.function.name());
                around.push(call);
                go(&call.argument, section, name, keys, around, visit);
                around.pop();
                keys.pop();
            }
            NodeKind::Tagged(t) => go(&t.value, section, name, keys, around, visit),
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {}
        }
    }
    for section in root.as_map().unwrap_or_default() {
        let (mut keys, mut around) = (Vec::new(), Vec::new());
        match &section.value.kind {
            NodeKind::Map(entries) => {
                for e in entries {
                    go(&e.value, &section.key.text, &e.key.text, &mut keys, &mut around, visit);
                }
            }
            _ => go(&section.value, &section.key.text, "", &mut keys, &mut around, visit),
        }
    }
}

fn finish(_document: &Document, findings: Findings) -> Vec<Diagnostic> {
    let mut list = findings.list;
    list.sort_by(|a, b| (a.span, a.rule.id, &a.message).cmp(&(b.span, b.rule.id, &b.message)));
    list.dedup_by(|a, b| a.span == b.span && a.rule.id == b.rule.id && a.message == b.message);
    list
}
