//! Context in metadata: what a template and its resources are for, written for those who change them later.
//!
//! An experiment of the linter that other checkers are measured by, so these rules report only when experimental rules
//! are asked for.

use crate::rule::shape::{self, Checker, Kind, Problem, ProblemKind, Shape};
use crate::rule::{Check, Context, Family, rule};
use crate::schema::pattern::{Found, OwnPattern};
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeKind};
use crate::template::Resource;

rule!(CONTEXT_MISSING, "context" / "I4010", "context-missing", Info, "resources do not say what they are for");
rule!(REASON_MISSING, "context" / "W4011", "context-reason-missing", Warning, "a context block gives no reason");
rule!(BAD_CONTEXT, "context" / "W4012", "bad-context", Warning, "a context block is malformed");

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&CONTEXT_MISSING, &REASON_MISSING, &BAD_CONTEXT],
    checks: &[Check::Template(missing), Check::Template(blocks)],
};

/// The key of a context block in the metadata of a template or a resource.
const KEY: &str = "com.aws.cloudformation.Context";
/// The start of the file, for what is missing as a whole.
const START: Span = Span { start: 0, end: 0 };
/// Most resources that are named in one message.
const MOST_NAMED: usize = 5;

/// Types that belong to other resources, which say what both are for.
const SUBORDINATE: &[&str] = &[
    "AWS::IAM::Policy",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::Logs::LogStream",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
];

static STRING: Shape = Shape::of(&[Kind::String]);
static STRINGS: Shape = Shape::list_of(&STRING);
static LEVEL: Shape =
    Shape::one_of(&["must-never-change", "change-with-constraints", "review-required", "free-to-tune"]);
static LEVELS: Shape = Shape::map_of(&LEVEL);
static CONFIDENCE: Shape = Shape::one_of(&["high", "medium", "low"]);
static SOURCE: Shape = Shape::one_of(&["authored", "comment", "commit", "infer"]);
static TRUST: Shape = Shape {
    required: &["src", "conf"],
    ..Shape::closed(&[("cite", &STRING), ("conf", &CONFIDENCE), ("note", &STRING), ("src", &SOURCE)])
};
static REFERENCE: Shape = Shape {
    kinds: &[Kind::String, Kind::Map],
    required: &["at"],
    ..Shape::closed(&[("at", &STRING), ("has", &STRING), ("scope", &STRING)])
};
static REFERENCES: Shape = Shape::list_of(&REFERENCE);
static OF_RESOURCE: Shape = Shape::closed(&[
    ("deps", &STRINGS),
    ("must", &STRINGS),
    ("mutability", &LEVELS),
    ("mutable", &LEVEL),
    ("trust", &TRUST),
    ("why", &STRING),
]);
static OF_TEMPLATE: Shape =
    Shape::closed(&[("arch", &STRING), ("must", &STRINGS), ("owner", &STRING), ("ref", &REFERENCES)]);

/// A context block with its key.
fn block(around: Option<&Node>) -> Option<&Entry> {
    around?.get("Metadata")?.entry(KEY).filter(|e| !e.value.is_null())
}

/// The resources that a person wrote for a purpose of their own.
fn primary<'a>(cx: &Context<'a>) -> Vec<&'a Resource<'a>> {
    let template = cx.template;
    if template.is_cdk() {
        return Vec::new();
    }
    let asked = ["I4010", "W4011", "W4012"]
        .into_iter()
        .flat_map(|id| cx.options.rules.texts(id, "additional_incidental_patterns"));
    let patterns: Vec<OwnPattern> = asked.map(OwnPattern::new).collect();
    let incidental = |id: &str| is_incidental(id) || patterns.iter().any(|p| p.find(id) == Found::Yes);
    template.resources.iter().filter(|r| r.kind().is_some() && !incidental(r.id())).collect()
}

/// Whether a logical id is one that frameworks give to their helpers.
fn is_incidental(id: &str) -> bool {
    let helper = |(at, _): (usize, &str)| id[..at].ends_with(|c: char| c.is_ascii_lowercase());
    id.starts_with("LogRetention")
        || ["frameworkonEvent", "frameworkisComplete", "frameworkonTimeout"].iter().any(|part| id.contains(part))
        || id.match_indices("Providerframework").any(helper)
        || id == "AWS679f53fac002430cb0da5b7982bd2287"
}

/// Whether a resource says that it need not have a block.
fn is_excused(resource: &Resource<'_>) -> bool {
    let metadata = resource.node.get("Metadata");
    [&["cfn-lint", "config", "ignore_checks"][..], &["stacklens", "ignore"]].into_iter().any(|path| {
        let list = metadata.and_then(|m| m.at(path)).and_then(Node::as_list).unwrap_or_default();
        list.iter().any(|id| id.as_str() == Some(CONTEXT_MISSING.id))
    })
}

fn missing(cx: &mut Context<'_>) {
    let root = cx.template.root;
    let extra: Vec<&str> = cx.options.rules.texts(CONTEXT_MISSING.id, "additional_low_value_types").collect();
    let matters = |kind: &str| !SUBORDINATE.contains(&kind) && !kind.ends_with("::MODULE") && !extra.contains(&kind);
    let without: Vec<&Resource<'_>> = primary(cx)
        .into_iter()
        .filter(|r| r.kind().is_some_and(matters) && block(Some(r.node)).is_none() && !is_excused(r))
        .collect();
    let Some(first) = without.first() else { return };
    let metadata = root.entry("Metadata");
    // The purpose of a single resource is that of the template.
    if without.len() > 1 && metadata.and_then(|e| e.value.entry(KEY)).is_none() {
        let place = metadata.map_or(START, |e| e.key.span);
        cx.report(&CONTEXT_MISSING, place, format!("the metadata of the template has no `{KEY}`"))
            .help("Say in its `arch` how the resources work together, and in `must` what always has to hold.");
    }
    let (named, more) = without.split_at(without.len().min(MOST_NAMED));
    let names: Vec<&str> = named.iter().map(|r| r.id()).collect();
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    let message = format!("the metadata of {}{more} has no `{KEY}`", shape::quoted(&names));
    let finding = cx.report(&CONTEXT_MISSING, first.key.span, message);
    finding.help("Say in its `why` what the resource is for; where nobody knows, `trust: {src: infer, conf: low}`.");
    for other in named.iter().skip(1) {
        finding.label(other.key.span, "nor has this one");
    }
}

fn blocks(cx: &mut Context<'_>) {
    for resource in primary(cx) {
        let Some(entry) = block(Some(resource.node)) else { continue };
        if !has_reason(&entry.value) {
            let message = format!("the context of `{}` has no `why`", resource.id());
            cx.report(&REASON_MISSING, entry.key.span, message)
                .help("Give the purpose and what was decided against, or `trust: {src: infer, conf: low}`.");
        }
        compare(cx, entry, &OF_RESOURCE, &OF_TEMPLATE, "the template");
    }
    if !cx.template.is_cdk()
        && let Some(entry) = block(Some(cx.template.root))
    {
        compare(cx, entry, &OF_TEMPLATE, &OF_RESOURCE, "a resource");
    }
}

/// Whether a block says why, or that nobody knows. A block of another form is not looked into.
fn has_reason(value: &Node) -> bool {
    if value.as_map().is_none() {
        return true;
    }
    let why = value.get("why").is_some_and(|n| match &n.kind {
        NodeKind::String(text) => !text.trim().is_empty(),
        NodeKind::Call(_) | NodeKind::Tagged(_) => true,
        _ => false,
    });
    why || value.at(&["trust", "conf"]).and_then(Node::as_str) == Some("low")
}

/// Compares a block with its shape. What belongs elsewhere is said to.
fn compare<'a>(cx: &mut Context<'a>, entry: &'a Entry, own: &'static Shape, other: &'static Shape, place: &str) {
    let mut found: Vec<Problem<'a>> = Vec::new();
    Checker { functions: true, found: &mut |p| found.push(p) }.check(&entry.value, KEY, entry.key.span, own);
    let outer = |span: Span| entry.value.as_map().unwrap_or_default().iter().any(|e| e.key.span == span);
    for problem in found {
        let misplaced = problem.kind == ProblemKind::UnknownMember
            && outer(problem.span)
            && other.members.iter().any(|m| m.0 == problem.name);
        let help = if misplaced { Some(format!("It belongs to the context of {place}.")) } else { problem.help };
        let finding = cx.report(&BAD_CONTEXT, problem.span, problem.message);
        finding.help = help;
    }
}
