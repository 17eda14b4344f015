//! Batch builds: kinds, identifiers, dependencies, environments.

use super::{
    BATCH_COMPUTE_FLEET, BATCH_CYCLE, BATCH_DEPEND_ON_PLACE, BATCH_DEPENDENCY, BATCH_ENUM, BATCH_IDENTIFIER, BATCH_KIND,
};
use crate::buildspec::{Buildspec, items};
use crate::diagnostic::{Applicability, Findings, Severity};
use crate::rule::suggest::nearest;
use crate::syntax::Node;
use std::collections::BTreeMap;

const KINDS: [&str; 4] = ["build-list", "build-graph", "build-matrix", "build-fanout"];

/// Environment types of the CodeBuild API (botocore 1.44.5).
const TYPES: &[&str] = &[
    "WINDOWS_CONTAINER",
    "LINUX_CONTAINER",
    "LINUX_GPU_CONTAINER",
    "ARM_CONTAINER",
    "WINDOWS_SERVER_2019_CONTAINER",
    "WINDOWS_SERVER_2022_CONTAINER",
    "LINUX_LAMBDA_CONTAINER",
    "ARM_LAMBDA_CONTAINER",
    "LINUX_EC2",
    "ARM_EC2",
    "WINDOWS_EC2",
    "MAC_ARM",
];

/// Compute types of the CodeBuild API (botocore 1.44.5).
const COMPUTE: &[&str] = &[
    "BUILD_GENERAL1_SMALL",
    "BUILD_GENERAL1_MEDIUM",
    "BUILD_GENERAL1_LARGE",
    "BUILD_GENERAL1_XLARGE",
    "BUILD_GENERAL1_2XLARGE",
    "BUILD_LAMBDA_1GB",
    "BUILD_LAMBDA_2GB",
    "BUILD_LAMBDA_4GB",
    "BUILD_LAMBDA_8GB",
    "BUILD_LAMBDA_10GB",
    "ATTRIBUTE_BASED_COMPUTE",
    "CUSTOM_INSTANCE_TYPE",
];

pub(super) fn batch(buildspec: &Buildspec<'_>, findings: &mut Findings) {
    let Some(entry) = buildspec.root.entry("batch") else { return };
    let batch = &entry.value;
    let kinds: Vec<_> = KINDS.iter().filter_map(|k| batch.entry(k)).collect();
    match kinds.as_slice() {
        [] if batch.as_map().is_some() => {
            findings
                .report(&BATCH_KIND, entry.key.span, "`batch` names no kind of batch build")
                .help("use one of `build-list`, `build-graph`, `build-matrix` and `build-fanout`");
        }
        [first, second, ..] => {
            findings
                .report(
                    &BATCH_KIND,
                    second.key.span,
                    format!("`{}` stands beside `{}`; a batch has one kind", second.key.text, first.key.text),
                )
                .label(first.key.span, "the other kind")
                .help("keep one of them");
        }
        _ => {}
    }
    for key in ["build-list", "build-graph"] {
        let builds = batch.get(key).and_then(Node::as_list).unwrap_or_default();
        builds_of(builds, key == "build-graph", findings);
    }
}

fn builds_of(builds: &[Node], graph: bool, findings: &mut Findings) {
    let mut ids: BTreeMap<&str, &Node> = BTreeMap::new();
    for build in builds {
        let Some(node) = build.get("identifier") else { continue };
        let Some(id) = node.scalar_text() else { continue };
        if let Some(first) = ids.get(id) {
            findings
                .report(&BATCH_IDENTIFIER, node.span, format!("the identifier `{id}` stands twice"))
                .label(first.span, "first here")
                .help("give every build a name of its own");
        }
        ids.insert(id, node);
    }
    for build in builds {
        environment(build, findings);
        let Some(entry) = build.entry("depend-on") else { continue };
        if !graph {
            findings
                .report(
                    &BATCH_DEPEND_ON_PLACE,
                    entry.key.span,
                    "`depend-on` has no effect in a build list: its builds start together",
                )
                .help("use `build-graph` for builds that wait for each other");
            continue;
        }
        for item in items(&entry.value) {
            let Some(name) = item.as_str().filter(|n| !ids.contains_key(n)) else { continue };
            let found = findings.report(&BATCH_DEPENDENCY, item.span, format!("no build has the identifier `{name}`"));
            match nearest(name, ids.keys().copied()) {
                Some(near) => {
                    found.help(format!("did you mean `{near}`?")).fix(
                        Applicability::Unsafe,
                        format!("write `{near}`"),
                        item.span,
                        near,
                    );
                }
                None => {
                    found.help(format!("the identifiers are {}", ids.keys().copied().collect::<Vec<_>>().join(", ")));
                }
            }
        }
    }
    if graph {
        cycles(builds, findings);
    }
}

/// Each cycle once, told from the build that stands first in the file.
fn cycles(builds: &[Node], findings: &mut Findings) {
    let id = |b: &Node| b.get("identifier").and_then(Node::scalar_text).unwrap_or("").to_owned();
    let mut reported: Vec<String> = Vec::new();
    for start in builds {
        let first = id(start);
        if reported.contains(&first) {
            continue;
        }
        // Breadth first, so the shortest way round is told.
        let mut ways: Vec<Vec<(String, &Node)>> = vec![vec![(first.clone(), start)]];
        let mut seen = vec![first.clone()];
        let mut found = None;
        while let Some(way) = (!ways.is_empty()).then(|| ways.remove(0)) {
            let Some((_, last)) = way.last() else { continue };
            for item in last.get("depend-on").map(items).unwrap_or_default() {
                let Some(name) = item.as_str() else { continue };
                if name == first {
                    found = Some((way.clone(), item));
                    break;
                }
                if let Some(next) = builds.iter().find(|b| id(b) == name)
                    && !seen.iter().any(|s| s == name)
                {
                    seen.push(name.to_owned());
                    let mut longer = way.clone();
                    longer.push((name.to_owned(), next));
                    ways.push(longer);
                }
            }
            if found.is_some() {
                break;
            }
        }
        let Some((way, last)) = found else { continue };
        let names: Vec<&str> = way.iter().map(|w| w.0.as_str()).chain([first.as_str()]).collect();
        let message = format!("these builds wait for each other: {}", names.join(" -> "));
        let span = start.entry("depend-on").map_or(start.span, |e| e.value.span);
        let diagnostic = findings.report(&BATCH_CYCLE, span, message);
        if way.len() > 1 {
            diagnostic.label(last.span, format!("waits for `{first}` again"));
        }
        diagnostic.help("remove one `depend-on` of the circle; the batch is refused otherwise");
        reported.extend(way.into_iter().map(|w| w.0));
    }
}

fn environment(build: &Node, findings: &mut Findings) {
    let Some(entry) = build.entry("env") else { return };
    let env = &entry.value;
    if let (Some(compute), Some(fleet)) = (env.entry("compute-type"), env.entry("fleet")) {
        findings
            .report(
                &BATCH_COMPUTE_FLEET,
                entry.key.span,
                "`compute-type` and `fleet` exclude each other: a fleet has its own compute type",
            )
            .label(compute.key.span, "the compute type")
            .label(fleet.key.span, "the fleet")
            .help("keep one of them");
    }
    for (key, known, word) in [("type", TYPES, "environment type"), ("compute-type", COMPUTE, "compute type")] {
        let Some(node) = env.get(key) else { continue };
        let Some(text) = node.scalar_text().filter(|t| !t.contains('$') && !known.contains(t)) else { continue };
        let found = findings.report(&BATCH_ENUM, node.span, format!("`{text}` is no {word} of CodeBuild"));
        if key == "compute-type" {
            found.severity = Severity::Warning;
        }
        match nearest(text, known.iter().copied()) {
            Some(near) => {
                found.help(format!("did you mean `{near}`?")).fix(
                    Applicability::Unsafe,
                    format!("write `{near}`"),
                    node.span,
                    near,
                );
            }
            None => {
                found.help(format!("known are {}", known.join(", ")));
            }
        }
    }
}
