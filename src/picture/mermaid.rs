//! The picture in the language of Mermaid, which Markdown on GitHub and GitLab draws.

use super::{NodeKind, Picture, Show, guards};
use crate::explain::model::Exists;
use std::fmt::Write as _;

/// A flowchart: solid arrows and boxes exist under the assumptions, dashed ones do not or perhaps.
pub(super) fn mermaid(picture: &Picture, show: Show) -> String {
    let mut out = String::from("flowchart LR\n");
    for (file, path) in picture.files.iter().enumerate() {
        let several = picture.files.len() > 1;
        if several {
            let _ = writeln!(out, "  subgraph f{file}[\"{}\"]", escaped(path));
        }
        for (wave, nodes) in picture.waves(file) {
            if show.waves {
                let label = if wave == 0 { "on a loop".to_owned() } else { format!("wave {wave}") };
                let _ = writeln!(out, "  subgraph w{file}_{wave}[\"{label}\"]");
            }
            for node in nodes {
                write_node(picture, node, show, &mut out);
            }
            if show.waves {
                out.push_str("  end\n");
            }
        }
        if several {
            out.push_str("  end\n");
        }
    }
    for arrow in &picture.arrows {
        let line = if arrow.exists == Exists::Yes { "-->" } else { "-.->" };
        let label = if show.guards && !arrow.guard.is_empty() {
            format!("|\"if {}\"|", escaped(&guards(&arrow.guard)))
        } else {
            String::new()
        };
        let _ = writeln!(out, "  n{} {line}{label} n{}", arrow.first, arrow.then);
    }
    let class = |name: &str, style: &str, of: &dyn Fn(&super::Node) -> bool, out: &mut String| {
        let nodes: Vec<String> =
            picture.nodes.iter().enumerate().filter(|(_, node)| of(node)).map(|(i, _)| format!("n{i}")).collect();
        if !nodes.is_empty() {
            let _ = writeln!(out, "  classDef {name} {style}\n  class {} {name}", nodes.join(","));
        }
    };
    class("off", "stroke-dasharray: 4 3", &|node| node.exists != Exists::Yes, &mut out);
    class("data", "stroke-width: 3px", &|node| node.stateful, &mut out);
    out
}

fn write_node(picture: &Picture, index: usize, show: Show, out: &mut String) {
    let node = &picture.nodes[index];
    let mut label = format!("{}<br/>{}", escaped(&node.name), escaped(&node.short_type));
    if show.guards && !node.guard.is_empty() {
        let _ = write!(label, "<br/>if {}", escaped(&guards(&node.guard)));
    }
    let (open, close) = match node.kind {
        NodeKind::Resource => ("[", "]"),
        NodeKind::Export => ("([", "])"),
        NodeKind::Template => ("[[", "]]"),
    };
    let _ = writeln!(out, "    n{index}{open}\"{label}\"{close}");
}

/// Text inside quotes: what has a meaning there, or in the HTML made of it, is written as its number.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '.' | ',' | ':' | '-' | '_' | '/' | '(' | ')' => out.push(c),
            c if c.is_control() => out.push(' '),
            c => {
                let _ = write!(out, "#{};", u32::from(c));
            }
        }
    }
    out
}
