//! The picture as text.

use super::{NodeKind, Picture, Show, guards};
use crate::explain::model::Exists;
use std::fmt::Write as _;

/// Every wave, every resource, what it waits for and why.
pub(super) fn tree(picture: &Picture, show: Show) -> String {
    let mut out = String::new();
    for (file, path) in picture.files.iter().enumerate() {
        let waves = picture.waves(file);
        let is_resource =
            |node: usize| picture.nodes[node].file == file && picture.nodes[node].kind == NodeKind::Resource;
        let nodes = (0..picture.nodes.len()).filter(|node| is_resource(*node)).count();
        let arrows = picture.arrows.iter().filter(|arrow| is_resource(arrow.then)).count();
        if file > 0 {
            out.push('\n');
        }
        let _ = writeln!(out, "{path} · {} · {}", count(nodes, "resource"), count(arrows, "dependency"));
        for (wave, nodes) in waves {
            if wave == 0 {
                let _ = writeln!(out, "on a loop");
            } else {
                let _ = writeln!(out, "wave {wave}");
            }
            for node in nodes {
                write_node(picture, node, show, &mut out);
            }
        }
    }
    out
}

fn write_node(picture: &Picture, index: usize, show: Show, out: &mut String) {
    let node = &picture.nodes[index];
    let _ = write!(out, "  {} ({})", node.name, node.short_type);
    match node.exists {
        Exists::Yes => {}
        Exists::No => out.push_str(" · off"),
        Exists::Maybe => out.push_str(" · perhaps"),
    }
    if show.guards && !node.guard.is_empty() {
        let _ = write!(out, " · if {}", guards(&node.guard));
    }
    if node.stateful {
        out.push_str(" · holds data");
    }
    out.push('\n');
    let arrows: Vec<_> = picture.arrows.iter().filter(|arrow| arrow.then == index).collect();
    let width = arrows.iter().map(|arrow| name(picture, arrow.first, node.file).chars().count()).max().unwrap_or(0);
    for (i, arrow) in arrows.iter().enumerate() {
        let branch = if i + 1 == arrows.len() { "└─" } else { "├─" };
        let first = name(picture, arrow.first, node.file);
        let pad = " ".repeat(width - first.chars().count());
        let _ = write!(out, "    {branch} {first}{pad}  {}", arrow.reasons.join(", "));
        if arrow.exists == Exists::No {
            out.push_str(" · off");
        }
        if show.guards && !arrow.guard.is_empty() {
            let _ = write!(out, " · if {}", guards(&arrow.guard));
        }
        out.push('\n');
    }
}

/// A node's name as seen from a file: with its own when that is another one.
fn name(picture: &Picture, index: usize, from: usize) -> String {
    let node = &picture.nodes[index];
    match node.kind {
        NodeKind::Resource if node.file != from => format!("{} of {}", node.name, picture.files[node.file]),
        _ => node.name.clone(),
    }
}

fn count(n: usize, one: &str) -> String {
    match (n, one.strip_suffix('y')) {
        (1, _) => format!("1 {one}"),
        (_, Some(stem)) => format!("{n} {stem}ies"),
        (_, None) => format!("{n} {one}s"),
    }
}
