//! Functions that run at the edge.

use super::FUNCTION_NOT_FOR_EDGE;
use crate::conditions::Pins;
use crate::resolve::{Case, Named};
use crate::rule::Context;
use crate::rule::linking::{below, cases, joined_below, links, named, number, say};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use crate::template::Resource;

const FUNCTION: &str = "AWS::Lambda::Function";

/// What is wrong, in words after "it", and the place that says so.
type Breach = (String, Option<Span>);

pub(super) fn associations<'a>(distribution: &Resource<'a>, cx: &mut Context<'a>) {
    for path in ["DefaultCacheBehavior", "CacheBehaviors.*"] {
        let path = format!("DistributionConfig.{path}.LambdaFunctionAssociations.*");
        for association in cases(distribution, &path, &Pins::none(), cx) {
            for [function, event] in joined_below(&association, ["LambdaFunctionARN", "EventType"], cx) {
                let Some((name, breaches)) = breaches(&function, &event, cx) else { continue };
                if breaches.is_empty() {
                    continue;
                }
                let words: Vec<&str> = breaches.iter().map(|breach| breach.0.as_str()).collect();
                let message = format!("`{name}` cannot run at the edge: it {}", words.join(", it "));
                if let Some(finding) = say(&FUNCTION_NOT_FOR_EDGE, &function, &event.pins, message, cx) {
                    for span in breaches.iter().filter_map(|breach| breach.1) {
                        finding.label(span, "not possible at the edge");
                    }
                    finding.help(
                        "At the edge runs a numbered version of a plain function of `us-east-1`, with Node.js or Python.",
                    );
                }
            }
        }
    }
}

/// What keeps the function of an association from running at the edge, with its name; `None` when it is not known.
fn breaches<'a>(at: &Case<'a>, event: &Case<'a>, cx: &Context<'a>) -> Option<(String, Vec<Breach>)> {
    let mut found = Vec::new();
    let (target, attribute) = match Named::of(at.node()?, cx.template) {
        Named::Literal(arn) => return literal(arn),
        Named::Resource(target, attribute) => (target, attribute),
        Named::Parameter(_) | Named::Other => return None,
    };
    let function = match target.kind()? {
        FUNCTION => {
            if attribute.is_some_and(|name| name != "Arn") {
                return None;
            }
            found.push(("is named without a version".to_owned(), None));
            target
        }
        "AWS::Lambda::Alias" => {
            found.push(("is named by an alias".to_owned(), Some(target.key.span)));
            behind(&target, &event.pins, cx)?
        }
        "AWS::Lambda::Version" => behind(&target, &event.pins, cx)?,
        _ => return None,
    };
    features(&function, &event.pins, cx, &mut found);
    sizes(&function, event, cx, &mut found);
    role(&function, &event.pins, cx, &mut found);
    Some((function.id().to_owned(), found))
}

/// The function of a version or alias.
fn behind<'a>(of: &Resource<'a>, pins: &Pins, cx: &Context<'a>) -> Option<Resource<'a>> {
    let links = links(of, "FunctionName", FUNCTION, pins, cx);
    if links.len() == 1 { links.first().map(|link| link.target) } else { None }
}

fn literal(arn: &str) -> Option<(String, Vec<Breach>)> {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", "aws", "lambda", region, _, "function", name, version @ ..] = parts.as_slice() else { return None };
    let mut found = Vec::new();
    if *region != "us-east-1" {
        found.push((format!("is in `{region}`"), None));
    }
    match version {
        [] => found.push(("is named without a version".to_owned(), None)),
        [version] if !version.bytes().all(|b| b.is_ascii_digit()) => {
            found.push((format!("is named by `{version}`, not by a number"), None));
        }
        _ => {}
    }
    Some(((*name).to_owned(), found))
}

/// Features that functions at the edge do not have.
const FEATURES: &[(&str, &str)] = &[
    ("Environment.Variables", "has environment variables"),
    ("VpcConfig.SubnetIds", "is in a VPC"),
    ("Layers", "has layers"),
    ("DeadLetterConfig.TargetArn", "has a dead-letter queue"),
];

/// Values that functions at the edge do not have.
const VALUES: &[(&str, &str, &str)] = &[
    ("Architectures.*", "arm64", "is for `arm64`"),
    ("PackageType", "Image", "is a container image"),
    ("TracingConfig.Mode", "Active", "has tracing"),
];

fn features<'a>(function: &Resource<'a>, pins: &Pins, cx: &Context<'a>, found: &mut Vec<Breach>) {
    // The one case of a property; what depends on a condition is not looked at.
    let one =
        |path: &str| cases(function, path, pins, cx).into_iter().next().filter(|_| single(function, path, pins, cx));
    for (path, words) in FEATURES {
        let Some(case) = one(path) else { continue };
        let given = case.node().is_some_and(|node| match &node.kind {
            NodeKind::Map(entries) => !entries.is_empty(),
            NodeKind::List(items) => items.iter().any(|item| item.as_call().is_none()),
            _ => path.ends_with("Arn"),
        });
        if given {
            found.push(((*words).to_owned(), Some(case.key)));
        }
    }
    for (path, value, words) in VALUES {
        if let Some(case) = one(path).filter(|case| case.text() == Some(value)) {
            found.push(((*words).to_owned(), Some(case.span())));
        }
    }
    if let Some(case) = one("Runtime")
        && let Some(runtime) = case.text().filter(|text| !text.starts_with("nodejs") && !text.starts_with("python"))
    {
        found.push((format!("runs `{runtime}`"), Some(case.span())));
    }
}

fn single<'a>(function: &Resource<'a>, path: &str, pins: &Pins, cx: &Context<'a>) -> bool {
    cases(function, path, pins, cx).len() == 1
}

fn sizes<'a>(function: &Resource<'a>, event: &Case<'a>, cx: &Context<'a>, found: &mut Vec<Breach>) {
    let viewer = match event.text() {
        Some(text) if text.starts_with("viewer-") => true,
        Some(_) => false,
        None => return,
    };
    let mut limits = vec![
        ("Timeout", if viewer { 5.0 } else { 30.0 }, "seconds"),
        ("EphemeralStorage.Size", 512.0, "MB of storage"),
    ];
    if viewer {
        limits.push(("MemorySize", 128.0, "MB"));
    }
    for (path, most, unit) in limits {
        if !single(function, path, &event.pins, cx) {
            continue;
        }
        for case in cases(function, path, &event.pins, cx) {
            if let Some(value) = number(&case).filter(|value| *value > most) {
                found.push((format!("has {value} {unit}, and at most {most} are possible"), Some(case.span())));
            }
        }
    }
}

/// The role must let the service of the edge use it.
fn role<'a>(function: &Resource<'a>, pins: &Pins, cx: &Context<'a>, found: &mut Vec<Breach>) {
    for at in cases(function, "Role", pins, cx) {
        let Some((role, _)) = named(&at, cx).filter(|found| found.0.kind() == Some("AWS::IAM::Role")) else { continue };
        for trust in cases(&role, "AssumeRolePolicyDocument", &at.pins, cx) {
            let Some(document) = trust.node().filter(|node| node.as_map().is_some()) else { continue };
            let (mut trusted, mut known) = (false, true);
            document.walk(&mut |part: &Node| {
                trusted |= part.as_str().is_some_and(|text| text.contains("edgelambda"));
                known &= part.as_call().is_none_or(|call| call.function == crate::intrinsics::Intrinsic::Sub);
            });
            let services = below(&trust, "Statement", cx);
            if !trusted && known && !services.is_empty() {
                found.push(("has a role that does not trust `edgelambda.amazonaws.com`".to_owned(), Some(trust.key)));
                return;
            }
        }
    }
}
