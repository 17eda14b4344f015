//! One document in, sorted findings out: runs each check only for what it asks.

mod copies;
mod extensions;
mod generated;
mod locate;
mod unreadable;
mod valued;

pub use self::locate::{Location, locate};

use crate::appspec::AppSpec;
use crate::buildspec::Buildspec;
use crate::bundle::{Bundle, Member};
use crate::diagnostic::{Diagnostic, Findings, PathPart, Severity};
use crate::document::{Document, DocumentKind};
use crate::intrinsics::Intrinsic;
use crate::rule::{CallSite, Check, Context, Crossed, Options};
use crate::rules::FAMILIES;
use crate::settings::Settings;
use crate::source::Span;
use crate::suppress::Suppressions;
use crate::syntax::{Call, Node, NodeKind};
use crate::taskdef::TaskDefinition;
use crate::template::{self, Resource, Template};
use std::collections::BTreeMap;

/// Notes of generated copies kept on the one finding that stands for them all.
const KEPT_NOTES: usize = 3;

/// Runs every check over one document, whatever a run or the document itself would leave out.
pub fn check(document: &Document, options: &Options) -> Vec<Diagnostic> {
    let settings = Settings::everything(options.clone());
    let findings = collect(document, &settings.options, &Dispatch::new(&settings));
    let mut list = finish(document, findings);
    unreadable::retain_certain(document, &mut list);
    let own = Suppressions::read(document);
    let mut used = vec![false; own.marks.len()];
    for finding in &list {
        own.hides(document, finding, &mut used);
    }
    add_located(document, &mut list, own.report(document, &settings, &used));
    list
}

/// The checks of a run, sorted by what they ask, and its settings.
pub struct Engine {
    settings: Settings,
    dispatch: Dispatch,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Engine {
    /// Prepares a run.
    pub fn new(settings: Settings) -> Self {
        let dispatch = Dispatch::new(&settings);
        Engine { settings, dispatch }
    }

    /// Checks one document under the settings of the run and the document's own configuration.
    pub fn check(&self, document: &Document) -> Vec<Diagnostic> {
        self.found(document, &[])
    }

    /// What is found in a document under further parameter values, weaker than those of the run.
    fn found(&self, document: &Document, values: &[(String, String)]) -> Vec<Diagnostic> {
        let own = Suppressions::read(document);
        let (mut settings, mut findings);
        let settings = if own.layer.is_empty() && values.is_empty() {
            findings = collect(document, &self.settings.options, &self.dispatch);
            &self.settings
        } else {
            settings = if own.layer.is_empty() { self.settings.clone() } else { self.settings.with(&own.layer) };
            settings.options.parameters.splice(0..0, values.iter().cloned());
            settings.options.shared_parameters |= !values.is_empty();
            findings = collect(document, &settings.options, &Dispatch::new(&settings));
            &settings
        };
        if settings.pass_over_unreadable && !document.tree.errors.is_empty() {
            return Vec::new();
        }
        findings.list.retain(|d| settings.reports_finding(d));
        let mut list = finish(document, findings);
        unreadable::retain_certain(document, &mut list);
        let mut used = vec![false; own.marks.len()];
        list.retain(|d| !own.hides(document, d, &mut used) || settings.is_mandatory(d.rule));
        add_located(document, &mut list, own.report(document, settings, &used));
        list.iter_mut().for_each(|d| set_severity(d, settings));
        list
    }

    /// Checks what the files of a folder say about each other: the findings by path, sorted, also those about files that
    /// are none of the documents. What applies to a file, `of` says, and what the file says itself, counts for what is
    /// found in it; the settings of this engine for the others. Templates that `of` knows are checked again under the
    /// values that files give for their parameters.
    pub fn cross<'e>(
        &'e self,
        bundle: &Bundle<'_>,
        members: &[Member<'_>],
        of: &dyn Fn(&str) -> Option<&'e Engine>,
    ) -> Vec<(String, Vec<Diagnostic>)> {
        let mut crossed = Crossed::default();
        self.dispatch.bundles.iter().for_each(|f| f(bundle, &mut crossed));
        let mut found = Vec::new();
        for (path, mut findings) in crossed.files {
            let given = of(&path).map_or(&self.settings, |engine| &engine.settings);
            let member = members.iter().find(|m| m.path == path);
            let list = match member.map(|m| m.document) {
                Some(document) => {
                    let mut list = finish(document, findings);
                    unreadable::retain_certain(document, &mut list);
                    let own = Suppressions::read(document);
                    let changed = (!own.layer.is_empty()).then(|| given.with(&own.layer));
                    let settings = changed.as_ref().unwrap_or(given);
                    let mut used = vec![false; own.marks.len()];
                    list.retain(|d| settings.reports_finding(d));
                    list.retain(|d| !own.hides(document, d, &mut used) || settings.is_mandatory(d.rule));
                    list.iter_mut().for_each(|d| set_severity(d, settings));
                    list
                }
                None => {
                    findings.list.retain(|d| given.reports_finding(d));
                    findings.list.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
                    findings.list.dedup_by(|b, a| same_fault(a, b));
                    findings.list.iter_mut().for_each(|d| set_severity(d, given));
                    findings.list
                }
            };
            if !list.is_empty() {
                found.push((path, list));
            }
        }
        for (index, template) in bundle.templates.iter().enumerate() {
            let sets = valued::of(bundle, index);
            let Some(engine) = of(template.path).filter(|_| !sets.is_empty()) else { continue };
            let list = valued::check(engine, template.document, &template.view, &sets);
            match found.iter_mut().find(|f| f.0 == template.path) {
                Some((_, other)) => merge(other, list),
                None if list.is_empty() => {}
                None => found.push((template.path.to_owned(), list)),
            }
        }
        found
    }
}

/// Adds findings that were made after the others, at their places.
fn add_located(document: &Document, list: &mut Vec<Diagnostic>, mut more: Vec<Diagnostic>) {
    more.iter_mut().for_each(|d| place(document, d, true));
    if !more.is_empty() {
        merge(list, more);
    }
}

/// The severity that the settings give, also of what is nested.
fn set_severity(finding: &mut Diagnostic, settings: &Settings) {
    // A rule that is off is not reported, but it may stand among the alternatives of another.
    finding.severity = settings.chosen(finding.rule).flatten().unwrap_or(finding.severity);
    finding.children.iter_mut().for_each(|c| set_severity(c, settings));
}

/// Rules whose findings say more than those of another rule at the same place, which then give way.
const SAYS_MORE: &[(&str, &str)] = &[
    ("CB186", "E1019"),
    ("CD163", "CD167"),
    ("CD169", "CD168"),
    ("CP103", "E3701"),
    ("CP107", "E3703"),
    ("E1019", "W1020"),
    ("W1030", "W1020"),
    ("W1031", "W1020"),
    ("W1032", "W1020"),
];

/// Takes out findings that give way to another at the same place.
fn give_way(list: &mut Vec<Diagnostic>) {
    let gives = |d: &Diagnostic| SAYS_MORE.iter().any(|pair| pair.1 == d.rule.id);
    if !list.iter().any(gives) {
        return;
    }
    let stronger: Vec<(Span, Option<String>, &str)> = list
        .iter()
        .filter(|d| SAYS_MORE.iter().any(|pair| pair.0 == d.rule.id))
        .map(|d| (d.span, d.file.clone(), d.rule.id))
        .collect();
    list.retain(|d| {
        let beaten =
            |s: &(Span, Option<String>, &str)| s.0 == d.span && s.1 == d.file && SAYS_MORE.contains(&(s.2, d.rule.id));
        !gives(d) || !stronger.iter().any(beaten)
    });
}

/// Adds findings to those of the same file, in order.
pub fn merge(list: &mut Vec<Diagnostic>, more: Vec<Diagnostic>) {
    list.extend(more);
    give_way(list);
    list.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
}

type CallCheck = fn(&Call, &CallSite<'_>, &mut Context<'_>);
type ResourceCheck = fn(&Resource<'_>, &mut Context<'_>);

/// Checks by hook. A rule that does not report is not run, unless its family finds it along with others.
#[derive(Default)]
struct Dispatch {
    documents: Vec<fn(&Document, &mut Findings)>,
    templates: Vec<fn(&mut Context<'_>)>,
    every_resource: Vec<ResourceCheck>,
    resources: BTreeMap<&'static str, Vec<ResourceCheck>>,
    calls: BTreeMap<Intrinsic, Vec<CallCheck>>,
    after: Vec<fn(&mut Context<'_>)>,
    appspecs: Vec<fn(&AppSpec<'_>, &mut Findings)>,
    buildspecs: Vec<fn(&Buildspec<'_>, &mut Findings)>,
    tasks: Vec<fn(&TaskDefinition<'_>, &mut Findings)>,
    bundles: Vec<fn(&Bundle<'_>, &mut Crossed)>,
}

impl Dispatch {
    fn new(settings: &Settings) -> Self {
        let mut dispatch = Dispatch::default();
        for family in FAMILIES {
            let own = family.rules.iter().filter(|r| settings.reports(r)).flat_map(|r| r.checks);
            for check in own.chain(family.checks) {
                dispatch.add(*check);
            }
        }
        dispatch
    }

    fn add(&mut self, check: Check) {
        match check {
            Check::Document(f) => self.documents.push(f),
            Check::Template(f) => self.templates.push(f),
            Check::Resource([], f) => self.every_resource.push(f),
            Check::Resource(types, f) => {
                for kind in types {
                    self.resources.entry(kind).or_default().push(f);
                }
            }
            Check::Call(functions, f) => {
                for function in functions {
                    self.calls.entry(*function).or_default().push(f);
                }
            }
            Check::After(f) => self.after.push(f),
            Check::AppSpec(f) => self.appspecs.push(f),
            Check::Buildspec(f) => self.buildspecs.push(f),
            Check::TaskDefinition(f) => self.tasks.push(f),
            Check::Bundle(f) => self.bundles.push(f),
        }
    }
}

fn collect(document: &Document, options: &Options, dispatch: &Dispatch) -> Findings {
    let mut findings = Findings::default();
    for f in &dispatch.documents {
        f(document, &mut findings);
    }
    // What the reader met stands where it stands, whatever key is around it.
    for finding in &mut findings.list {
        finding.reference_span.get_or_insert(finding.span);
    }
    match document.kind {
        DocumentKind::Template => {
            if let Some(root) = document.root() {
                findings.list.extend(check_template(document, root, options, dispatch));
            }
        }
        DocumentKind::AppSpec => {
            if let Some(appspec) = AppSpec::read(document) {
                dispatch.appspecs.iter().for_each(|f| f(&appspec, &mut findings));
            }
        }
        DocumentKind::Buildspec => {
            if let Some(buildspec) = Buildspec::read(document) {
                dispatch.buildspecs.iter().for_each(|f| f(&buildspec, &mut findings));
            }
        }
        // The checks of documents look at these themselves.
        DocumentKind::StateMachine => {}
        DocumentKind::Beanstalk => {
            if let Some(root) = document.root() {
                findings.list.extend(extensions::check(document, root, options, dispatch));
            }
        }
        DocumentKind::TaskDefinition => {
            if let Some(root) = document.root() {
                let task = TaskDefinition::read(root);
                dispatch.tasks.iter().for_each(|f| f(&task, &mut findings));
            }
        }
    }
    findings
}

fn check_template(document: &Document, root: &Node, options: &Options, dispatch: &Dispatch) -> Vec<Diagnostic> {
    let template = Template::read(root);
    if template.has_language_extensions() {
        return copies::check(document, root, options, dispatch);
    }
    let mut found = run(document, root, &template, options, dispatch);
    if template.is_sam() {
        generated::check(document, root, options, dispatch, &mut found);
    }
    found
}

/// Runs the checks of templates over one tree: the author's, or the expanded one.
fn run(
    document: &Document,
    root: &Node,
    template: &Template<'_>,
    options: &Options,
    dispatch: &Dispatch,
) -> Vec<Diagnostic> {
    let mut cx = Context::new(document, template, options);
    for f in &dispatch.templates {
        f(&mut cx);
    }
    for resource in template.resources.iter() {
        let typed = resource.kind().and_then(|k| dispatch.resources.get(k));
        for f in dispatch.every_resource.iter().chain(typed.into_iter().flatten()) {
            f(resource, &mut cx);
        }
    }
    if !dispatch.calls.is_empty() {
        walk_calls(root, &mut |call, site| {
            for f in dispatch.calls.get(&call.function).into_iter().flatten() {
                f(call, site, &mut cx);
            }
        });
    }
    dispatch.after.iter().for_each(|f| f(&mut cx));
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

/// Sorts by place, merges copies, fills in paths and the tokens that cfn-lint would name.
fn finish(document: &Document, findings: Findings) -> Vec<Diagnostic> {
    let mut list = findings.list;
    // What stands in another file cannot be edited in this one.
    let included = |span: Span| document.included.iter().any(|p| p.contains(span));
    for finding in list.iter_mut().filter(|_| !document.included.is_empty()) {
        if finding.fix.as_ref().is_some_and(|f| f.edits.iter().any(|e| included(e.span))) {
            finding.fix = None;
        }
    }
    for finding in &mut list {
        tidy(document, finding);
    }
    list.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
    let mut merged: Vec<Diagnostic> = Vec::with_capacity(list.len());
    for finding in list {
        match merged.last_mut() {
            Some(last) if same_fault(last, &finding) => absorb(last, finding),
            _ => merged.push(finding),
        }
    }
    for finding in &mut merged {
        if finding.notes.len() > KEPT_NOTES && finding.count > 1 {
            let more = finding.notes.len() - KEPT_NOTES;
            finding.notes.truncate(KEPT_NOTES);
            finding.notes.push(format!("and {more} more"));
        }
        place(document, finding, true);
    }
    give_way(&mut merged);
    merged
}

fn sort_key(d: &Diagnostic) -> (&Option<String>, Span, std::cmp::Reverse<Severity>, &str, &str) {
    (&d.file, d.span, std::cmp::Reverse(d.severity), d.rule.id, &d.message)
}

fn same_fault(a: &Diagnostic, b: &Diagnostic) -> bool {
    a.span == b.span && a.rule.id == b.rule.id && a.message == b.message && a.file == b.file
}

/// Takes a copy of a finding into it. Copies that differ in their notes come from different generated places: those
/// are counted. Exact copies are one report made twice.
fn absorb(kept: &mut Diagnostic, copy: Diagnostic) {
    let new: Vec<_> = copy.notes.into_iter().filter(|n| !kept.notes.contains(n)).collect();
    if !new.is_empty() {
        kept.count += copy.count;
        kept.notes.extend(new);
    }
}

/// Sorts what is inside a finding and keeps its spans inside the file.
fn tidy(document: &Document, finding: &mut Diagnostic) {
    if finding.file.is_none() {
        finding.span = clamp(document, finding.span);
        for label in &mut finding.labels {
            label.span = clamp(document, label.span);
        }
    }
    if let Some(fix) = &mut finding.fix {
        fix.edits.sort_by_key(|e| e.span);
    }
    for child in &mut finding.children {
        tidy(document, child);
    }
}

/// A span on character boundaries inside the file.
fn clamp(document: &Document, span: Span) -> Span {
    let text = &document.file.text;
    let mut start = (span.start as usize).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = (span.end as usize).clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    Span::new(start, end)
}

/// Fills in the path, cfn-lint's token and, of an outermost finding, the construct of the CDK that made the resource.
fn place(document: &Document, finding: &mut Diagnostic, outermost: bool) {
    if finding.file.is_some() {
        return;
    }
    if let Some(root) = document.root() {
        let found = locate(root, finding.span);
        finding.path = found.path;
        if let [PathPart::Key(section), PathPart::Key(id), ..] = finding.path.as_slice()
            && outermost
            && section == "Resources"
            && let Some(construct) = root.at(&[section, id]).and_then(template::construct)
        {
            finding.notes.push(format!("made by the construct `{construct}`"));
        }
        finding.reference_span.get_or_insert(found.token);
    }
    for child in &mut finding.children {
        place(document, child, false);
    }
}
