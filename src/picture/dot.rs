//! The picture in the language of Graphviz.

use super::{NodeKind, Picture, Show, guards};
use crate::explain::model::Exists;
use std::fmt::Write as _;

/// A digraph: solid arrows and boxes exist under the assumptions, dashed ones do not or perhaps.
pub(super) fn dot(picture: &Picture, show: Show) -> String {
    let mut out = String::from(
        "digraph stacklens {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"Helvetica\"];\n  \
         edge [fontname=\"Helvetica\", fontsize=10];\n",
    );
    for (file, path) in picture.files.iter().enumerate() {
        let several = picture.files.len() > 1;
        let indent = if several { "    " } else { "  " };
        if several {
            let _ = writeln!(out, "  subgraph cluster_{file} {{\n    label={};", quoted(path));
        }
        for (wave, nodes) in picture.waves(file) {
            if show.waves {
                let label = if wave == 0 { "on a loop".to_owned() } else { format!("wave {wave}") };
                let _ = writeln!(out, "{indent}subgraph cluster_{file}_{wave} {{ label=\"{label}\"; style=dotted;");
            }
            for node in nodes {
                write_node(picture, node, show, indent, &mut out);
            }
            if show.waves {
                let _ = writeln!(out, "{indent}}}");
            }
        }
        if several {
            out.push_str("  }\n");
        }
    }
    for arrow in &picture.arrows {
        let mut label = arrow.reasons.join("\n");
        if show.guards && !arrow.guard.is_empty() {
            let _ = write!(label, "\nif {}", guards(&arrow.guard));
        }
        let style = if arrow.exists == Exists::Yes { "" } else { ", style=dashed" };
        let _ = writeln!(out, "  n{} -> n{} [label={}{style}];", arrow.first, arrow.then, quoted(&label));
    }
    out.push_str("}\n");
    out
}

fn write_node(picture: &Picture, index: usize, show: Show, indent: &str, out: &mut String) {
    let node = &picture.nodes[index];
    let mut label = format!("{}\n{}", node.name, node.short_type);
    if show.guards && !node.guard.is_empty() {
        let _ = write!(label, "\nif {}", guards(&node.guard));
    }
    let mut style = vec!["rounded"];
    if node.exists != Exists::Yes {
        style.push("dashed");
    }
    if node.stateful {
        style.push("bold");
    }
    let shape = match node.kind {
        NodeKind::Resource => "box",
        NodeKind::Export => "cds",
        NodeKind::Template => "note",
    };
    let style = style.join(",");
    let _ = writeln!(out, "{indent}n{index} [label={}, shape={shape}, style=\"{style}\"];", quoted(&label));
}

/// A quoted string of the language: only quotes and backslashes are special, line ends are written out.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
