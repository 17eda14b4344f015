//! The picture as SVG: drawn here, without scripts, fonts or anything from elsewhere.

use super::layout::{HEIGHT, Layout, Point, WIDTH, layout};
use super::{Arrow, Node, NodeKind, Picture, Show, guards};
use crate::explain::model::Exists;
use crate::markup::{attribute, text};
use std::borrow::Cow;
use std::fmt::Write as _;

/// Characters of a name that fit into a node.
const LONGEST_NAME: usize = 19;
/// Characters of a type that fit into a node.
const LONGEST_TYPE: usize = 24;
/// Tints of services; a service always has the same one.
const TINTS: u32 = 11;

/// The look, light and dark. The page around it may bring its own.
pub const STYLE: &str = "\
svg.picture{font-family:system-ui,-apple-system,\"Segoe UI\",sans-serif;background:#fff}\
.picture .box{fill:#fff;stroke:#8a97a6}\
.picture .name{fill:#1d2733;font-size:13px;font-weight:600}\
.picture .type{fill:#5b6876;font-size:11px}\
.picture .wave,.picture .file{fill:#5b6876;font-size:12px}\
.picture .file{font-weight:600}\
.picture .frame{fill:none;stroke:#d5dce4}\
.picture .arrow{fill:none;stroke:#8a97a6;stroke-width:1.4}\
.picture .tip{fill:#8a97a6}\
.picture .off .box,.picture .perhaps .box,.picture .arrow.off,.picture .arrow.perhaps{stroke-dasharray:4 3}\
.picture .off .name,.picture .off .type{opacity:.6}\
.picture .data .box{stroke:#1d2733;stroke-width:2}\
.picture .t0{fill:#3a6ea5}.picture .t1{fill:#b5651d}.picture .t2{fill:#5a8f3c}.picture .t3{fill:#8e4585}\
.picture .t4{fill:#b03a48}.picture .t5{fill:#2a8c8c}.picture .t6{fill:#7a6a2f}.picture .t7{fill:#5d5fb0}\
.picture .t8{fill:#4f6272}.picture .t9{fill:#a8478a}.picture .t10{fill:#2f7d4f}\
.picture .kind{fill:#fff;font-size:9px;font-weight:700;text-anchor:middle}\
@media(prefers-color-scheme:dark){svg.picture{background:#11161c}.picture .box{fill:#1a2129;stroke:#6f7d8c}\
.picture .name{fill:#e8edf2}.picture .type,.picture .wave,.picture .file{fill:#a3afbc}.picture .frame{stroke:#36414d}\
.picture .arrow{stroke:#6f7d8c}.picture .tip{fill:#6f7d8c}.picture .data .box{stroke:#e8edf2}}";

/// How an SVG is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct SvgOptions {
    /// What to show.
    pub show: Show,
    /// Whether it stands in a page, which then has the style.
    pub embedded: bool,
    /// Whether the page has cards for the resources of the first file: then nodes lead to `#card-ID`.
    pub cards: bool,
}

/// Draws a picture.
pub fn svg(picture: &Picture, options: SvgOptions) -> String {
    let layout = layout(picture);
    let (width, height) = layout.size;
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"picture\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">",
        attribute(&format!("dependencies of {}", picture.files.join(", ")))
    );
    if !options.embedded {
        let _ = write!(out, "<style>{STYLE}</style>");
    }
    out.push_str(
        "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path class=\"tip\" d=\"M0 0 8 4 0 8z\"/></marker></defs>\n",
    );
    write_frames(picture, &layout, &mut out);
    for (i, (arrow, points)) in picture.arrows.iter().zip(&layout.arrows).enumerate() {
        let line = if layout.around[i] { corners(points) } else { path(points) };
        write_arrow(picture, arrow, &line, options.show, &mut out);
    }
    for (node, at) in picture.nodes.iter().zip(&layout.nodes) {
        write_node(node, *at, options, &mut out);
    }
    out.push_str("</svg>\n");
    out
}

fn write_frames(picture: &Picture, layout: &Layout, out: &mut String) {
    if picture.files.len() > 1 {
        for frame in &layout.frames {
            let ((x, y), (width, height)) = (frame.at, frame.size);
            let _ = writeln!(
                out,
                "<rect class=\"frame\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>\
                 <text class=\"file\" x=\"{}\" y=\"{}\">{}</text>",
                x + 10.0,
                y + 18.0,
                text(&picture.files[frame.file])
            );
        }
    }
    for heading in &layout.headings {
        let (x, y) = heading.at;
        let label = if heading.wave == 0 { "on a loop".to_owned() } else { format!("wave {}", heading.wave) };
        let _ = writeln!(out, "<text class=\"wave\" x=\"{x}\" y=\"{y}\">{label}</text>");
    }
}

fn write_arrow(picture: &Picture, arrow: &Arrow, line: &str, show: Show, out: &mut String) {
    let (first, then) = (&picture.nodes[arrow.first], &picture.nodes[arrow.then]);
    let mut title = format!("{} waits for {}: {}", then.name, first.name, arrow.reasons.join(", "));
    if show.guards && !arrow.guard.is_empty() {
        let _ = write!(title, " (if {})", guards(&arrow.guard));
    }
    let _ = writeln!(
        out,
        "<path class=\"arrow{}\" data-first=\"{}\" data-then=\"{}\" d=\"{}\" marker-end=\"url(#tip)\"><title>{}</title></path>",
        state(arrow.exists),
        attribute(&key(first)),
        attribute(&key(then)),
        line,
        text(&title)
    );
}

/// A line with corners.
fn corners(points: &[Point]) -> String {
    let mut out = String::new();
    for (i, (x, y)) in points.iter().enumerate() {
        let _ = write!(out, "{}{x} {y}", if i == 0 { 'M' } else { 'L' });
    }
    out
}

/// A smooth line: bent between columns, straight past them.
fn path(points: &[Point]) -> String {
    let mut out = String::new();
    let Some((start, rest)) = points.split_first() else { return out };
    let _ = write!(out, "M{} {}", start.0, start.1);
    let mut at = *start;
    for (i, to) in rest.iter().enumerate() {
        // Every second stretch runs along a column.
        if i % 2 == 1 {
            let _ = write!(out, "H{}", to.0);
        } else {
            let bend = if to.0 > at.0 { ((to.0 - at.0) / 2.0).max(30.0) } else { 18.0 };
            let _ = write!(out, "C{} {} {} {} {} {}", at.0 + bend, at.1, to.0 - bend, to.1, to.0, to.1);
        }
        at = *to;
    }
    out
}

fn write_node(node: &Node, (x, y): Point, options: SvgOptions, out: &mut String) {
    let mut title = format!("{} · {}", node.name, node.short_type);
    if !node.guard.is_empty() {
        let _ = write!(title, " · if {}", guards(&node.guard));
    }
    if node.stateful {
        title.push_str(" · holds data");
    }
    let data = if node.stateful { " data" } else { "" };
    let linked = options.cards && node.file == 0 && node.kind == NodeKind::Resource;
    if linked {
        let _ = write!(out, "<a href=\"#card-{}\">", attribute(&node.name));
    }
    let _ = write!(
        out,
        "<g class=\"node{}{data}\" data-id=\"{}\" data-line=\"{}\"><title>{}</title>\
         <rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\"/>",
        state(node.exists),
        attribute(&key(node)),
        node.line,
        text(&title)
    );
    let family = node.short_type.split(' ').next().unwrap_or_default();
    let monogram = match node.kind {
        NodeKind::Resource => monogram(family),
        NodeKind::Export => "OUT".to_owned(),
        NodeKind::Template => "FILE".to_owned(),
    };
    let _ = write!(
        out,
        "<path class=\"t{}\" d=\"M{} {y}h-22a6 6 0 0 0-6 6v{}a6 6 0 0 0 6 6h22z\"/>\
         <text class=\"kind\" x=\"{}\" y=\"{}\">{}</text>",
        tint(family),
        x + 28.0,
        HEIGHT - 12.0,
        x + 14.0,
        y + HEIGHT / 2.0 + 3.0,
        text(&monogram)
    );
    let rest = node.short_type.strip_prefix(family).map(str::trim).filter(|rest| !rest.is_empty());
    let mut below = match node.kind {
        NodeKind::Resource => rest.unwrap_or(&node.short_type).to_owned(),
        NodeKind::Export | NodeKind::Template => node.short_type.clone(),
    };
    if options.show.guards && !node.guard.is_empty() {
        below = format!("if {}", guards(&node.guard));
    }
    // Of a file's path, the end is what tells files apart.
    let name = if node.kind == NodeKind::Template { node.name.rsplit('/').next() } else { None };
    let name = name.unwrap_or(&node.name);
    let _ = write!(
        out,
        "<text class=\"name\" x=\"{}\" y=\"{}\">{}</text><text class=\"type\" x=\"{}\" y=\"{}\">{}</text></g>",
        x + 36.0,
        y + 18.0,
        text(&short(name, LONGEST_NAME)),
        x + 36.0,
        y + 33.0,
        text(&short(&below, LONGEST_TYPE))
    );
    out.push_str(if linked { "</a>\n" } else { "\n" });
}

/// What the page knows a node by: names of the first file are the ids of its cards.
fn key(node: &Node) -> Cow<'_, str> {
    if node.file == 0 { Cow::Borrowed(&node.name) } else { Cow::Owned(format!("{}/{}", node.file, node.name)) }
}

fn state(exists: Exists) -> &'static str {
    match exists {
        Exists::Yes => "",
        Exists::No => " off",
        Exists::Maybe => " perhaps",
    }
}

/// Up to four characters for a service: the capitals of its name where they say enough.
fn monogram(family: &str) -> String {
    if family == "CloudFormation" {
        return "CFN".to_owned();
    }
    let capitals: String = family.chars().filter(|c| !c.is_lowercase()).take(4).collect();
    let all: String = family.chars().take(4).collect();
    if capitals.chars().count() > 1 { capitals } else { all.to_uppercase() }
}

/// The same tint for the same service in every picture.
fn tint(family: &str) -> u32 {
    family.bytes().fold(7u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte))) % TINTS
}

/// A text cut in its middle, where names of one kind differ least.
fn short(name: &str, longest: usize) -> String {
    let count = name.chars().count();
    if count <= longest {
        return name.to_owned();
    }
    let tail = longest / 3;
    let head: String = name.chars().take(longest - tail - 1).collect();
    let tail: String = name.chars().skip(count - tail).collect();
    format!("{head}…{tail}")
}
