//! Where things stand: waves as columns from left to right, crossings reduced, arrows bent around what is between.

use super::Picture;
use std::collections::BTreeMap;

/// Width of a node.
pub(super) const WIDTH: f64 = 208.0;
/// Height of a node.
pub(super) const HEIGHT: f64 = 42.0;
/// Between two columns; arrows bend here.
const GAP: f64 = 84.0;
/// Between two nodes of a column.
const SPACE: f64 = 16.0;
/// What an arrow takes where it passes a column.
const PASS: f64 = 10.0;
/// Around everything.
const MARGIN: f64 = 20.0;
/// Between the frames of two files, when arrows pass there.
const BETWEEN: f64 = 44.0;
/// Left of all frames, for arrows between files that are not neighbours.
const GUTTER: f64 = 30.0;
/// Between two arrows in a band or in the gutter.
const LANE: f64 = 4.0;
/// How many arrows pass a band beside each other; further ones share their lanes.
const LANES: f64 = 8.0;
/// Above the nodes of a file: its name.
const TITLE: f64 = 30.0;
/// Above the columns: which wave it is.
const HEADING: f64 = 24.0;
/// A column with more nodes is broken into several.
const TALLEST: usize = 20;
/// Rounds of moving nodes to the middle of what they are joined with.
const ROUNDS: usize = 6;
/// More arrows than this that pass a column are drawn straight.
const MOST_PASSES: usize = 20_000;

/// A point.
pub(super) type Point = (f64, f64);

/// A heading above a column.
pub(super) struct Heading {
    pub(super) at: Point,
    /// The wave; 0 is a loop.
    pub(super) wave: u32,
}

/// The frame around a file's nodes.
pub(super) struct Frame {
    pub(super) file: usize,
    pub(super) at: Point,
    pub(super) size: (f64, f64),
}

/// The finished layout.
pub(super) struct Layout {
    pub(super) size: (f64, f64),
    /// Upper left corner of each node.
    pub(super) nodes: Vec<Point>,
    /// The points of each arrow, its ends included.
    pub(super) arrows: Vec<Vec<Point>>,
    /// The arrows from one file's nodes to another's: they go around what is between, corner by corner.
    pub(super) around: Vec<bool>,
    pub(super) headings: Vec<Heading>,
    pub(super) frames: Vec<Frame>,
}

/// What takes a place in a column.
#[derive(Clone, Copy, PartialEq)]
enum Slot {
    Node(usize),
    /// An arrow on its way past.
    Pass,
}

/// The columns of one file while they are put in order.
struct Columns {
    slots: Vec<Vec<Slot>>,
    waves: Vec<u32>,
    /// Links between neighbouring columns: (slot in column c, slot in column c + 1), by c.
    links: Vec<Vec<(usize, usize)>>,
    /// The slots that an arrow passes, by arrow.
    passes: BTreeMap<usize, Vec<(usize, usize)>>,
}

/// Lays a picture out.
pub(super) fn layout(picture: &Picture) -> Layout {
    let mut layout = Layout {
        size: (0.0, 0.0),
        nodes: vec![(0.0, 0.0); picture.nodes.len()],
        arrows: vec![Vec::new(); picture.arrows.len()],
        around: picture.arrows.iter().map(|a| picture.nodes[a.first].file != picture.nodes[a.then].file).collect(),
        headings: Vec::new(),
        frames: Vec::new(),
    };
    let left = if layout.around.contains(&true) { MARGIN + GUTTER } else { MARGIN };
    let mut top = MARGIN;
    for file in 0..picture.files.len() {
        if !picture.nodes.iter().any(|node| node.file == file) {
            continue;
        }
        let mut columns = Columns::new(picture, file);
        let orders = columns.order();
        let (width, height) = columns.place(&orders, (left, top), picture, &mut layout);
        layout.frames.push(Frame { file, at: (left - MARGIN / 2.0, top), size: (width + MARGIN, height) });
        layout.size.0 = layout.size.0.max(left + width + MARGIN + if left > MARGIN { LANE * LANES } else { 0.0 });
        top += height + if left > MARGIN { BETWEEN } else { MARGIN };
    }
    layout.size.1 = top.max(2.0 * MARGIN);
    lead_around(picture, &mut layout);
    for (i, arrow) in picture.arrows.iter().enumerate() {
        if layout.arrows[i].is_empty() {
            let (a, b) = (layout.nodes[arrow.first], layout.nodes[arrow.then]);
            layout.arrows[i] = vec![(a.0 + WIDTH, a.1 + HEIGHT / 2.0), (b.0, b.1 + HEIGHT / 2.0)];
        }
    }
    layout
}

/// Leads the arrows between files through the bands between their frames and a gutter on the left.
fn lead_around(picture: &Picture, layout: &mut Layout) {
    let frames: BTreeMap<usize, (usize, f64, f64)> =
        layout.frames.iter().enumerate().map(|(i, f)| (f.file, (i, f.at.1, f.at.1 + f.size.1))).collect();
    let all = (0..picture.arrows.len()).filter(|i| layout.around[*i]).collect::<Vec<_>>();
    for (number, i) in all.into_iter().enumerate() {
        let arrow = &picture.arrows[i];
        let ends = (frames.get(&picture.nodes[arrow.first].file), frames.get(&picture.nodes[arrow.then].file));
        let (Some(&(from, above, below)), Some(&(to, top, bottom))) = ends else { continue };
        let lane = LANE * (number % LANES as usize) as f64;
        let (a, b) = (layout.nodes[arrow.first], layout.nodes[arrow.then]);
        let (a, b) = ((a.0 + WIDTH, a.1 + HEIGHT / 2.0), (b.0, b.1 + HEIGHT / 2.0));
        let out = if to > from { below + LANE + lane } else { above - LANE - lane };
        let into = if to > from { top - LANE - lane } else { bottom + LANE + lane };
        let (right, left) = (a.0 + LANE + lane, b.0 - LANE - 6.0 - lane);
        let mut points = vec![a, (right, a.1), (right, out)];
        if from.abs_diff(to) > 1 {
            points.extend([(MARGIN / 2.0 + lane, out), (MARGIN / 2.0 + lane, into), (left, into)]);
        } else {
            points.push((left, out));
        }
        points.extend([(left, b.1), b]);
        layout.arrows[i] = points;
    }
}

impl Columns {
    fn new(picture: &Picture, file: usize) -> Columns {
        let mut columns = Columns { slots: Vec::new(), waves: Vec::new(), links: Vec::new(), passes: BTreeMap::new() };
        let mut place = BTreeMap::new();
        for (wave, nodes) in picture.waves(file) {
            let parts = nodes.len().div_ceil(TALLEST).max(1);
            for part in nodes.chunks(nodes.len().div_ceil(parts)) {
                for (i, node) in part.iter().enumerate() {
                    place.insert(*node, (columns.slots.len(), i));
                }
                columns.slots.push(part.iter().map(|node| Slot::Node(*node)).collect());
                columns.waves.push(wave);
            }
        }
        columns.links = vec![Vec::new(); columns.slots.len()];
        let mut passes = 0;
        for (i, arrow) in picture.arrows.iter().enumerate() {
            let (Some(&(from, mut slot)), Some(&(to, end))) = (place.get(&arrow.first), place.get(&arrow.then)) else {
                continue;
            };
            if to <= from || passes + (to - from) > MOST_PASSES {
                continue;
            }
            passes += to - from;
            let mut passed = Vec::new();
            for column in from + 1..to {
                columns.slots[column].push(Slot::Pass);
                let next = columns.slots[column].len() - 1;
                columns.links[column - 1].push((slot, next));
                passed.push((column, next));
                slot = next;
            }
            columns.links[to - 1].push((slot, end));
            columns.passes.insert(i, passed);
        }
        columns
    }

    /// The order of the slots of each column, top to bottom.
    fn order(&mut self) -> Vec<Vec<usize>> {
        let mut orders: Vec<Vec<usize>> = self.slots.iter().map(|slots| (0..slots.len()).collect()).collect();
        let mut best = (self.crossings(&orders), orders.clone());
        for round in 0..ROUNDS {
            let forward = round % 2 == 0;
            let columns: Vec<usize> =
                if forward { (1..orders.len()).collect() } else { (0..orders.len().saturating_sub(1)).rev().collect() };
            for column in columns {
                let beside = if forward { column - 1 } else { column + 1 };
                let rank = ranks(&orders[beside]);
                let mut sums = vec![(0.0, 0usize); self.slots[column].len()];
                for (left, right) in &self.links[column.min(beside)] {
                    let (own, other) = if forward { (*right, *left) } else { (*left, *right) };
                    sums[own].0 += rank[other] as f64;
                    sums[own].1 += 1;
                }
                let own = ranks(&orders[column]);
                let middle =
                    |slot: usize| if sums[slot].1 == 0 { own[slot] as f64 } else { sums[slot].0 / sums[slot].1 as f64 };
                orders[column].sort_by(|a, b| middle(*a).total_cmp(&middle(*b)).then(own[*a].cmp(&own[*b])));
            }
            let crossings = self.crossings(&orders);
            if crossings < best.0 {
                best = (crossings, orders.clone());
            }
        }
        best.1
    }

    /// How many pairs of arrows cross between neighbouring columns.
    fn crossings(&self, orders: &[Vec<usize>]) -> u64 {
        let ranks: Vec<Vec<usize>> = orders.iter().map(|order| ranks(order)).collect();
        let mut crossings = 0;
        for (column, links) in self.links.iter().enumerate().take(orders.len().saturating_sub(1)) {
            let mut ends: Vec<(usize, usize)> =
                links.iter().map(|(a, b)| (ranks[column][*a], ranks[column + 1][*b])).collect();
            ends.sort_unstable();
            // Inversions of the right ends, counted with a tree of sums.
            let mut sums = vec![0u64; orders[column + 1].len() + 1];
            for (seen, (_, right)) in ends.iter().enumerate() {
                let (mut i, mut not_above) = (right + 1, 0);
                while i > 0 {
                    not_above += sums[i];
                    i &= i - 1;
                }
                crossings += seen as u64 - not_above;
                let mut i = right + 1;
                while i < sums.len() {
                    sums[i] += 1;
                    i += i & i.wrapping_neg();
                }
            }
        }
        crossings
    }

    /// Gives every slot its place; width and height of it all.
    fn place(&self, orders: &[Vec<usize>], (left, top): Point, picture: &Picture, layout: &mut Layout) -> (f64, f64) {
        let height_of = |slot: &Slot| if *slot == Slot::Pass { PASS } else { HEIGHT + SPACE };
        let tallest = self.slots.iter().map(|slots| slots.iter().map(height_of).sum::<f64>()).fold(0.0, f64::max);
        let title = if picture.files.len() > 1 { TITLE } else { 0.0 };
        let first = top + title + HEADING;
        let mut middles: Vec<Vec<f64>> = Vec::new();
        for (column, order) in orders.iter().enumerate() {
            let slots = &self.slots[column];
            let x = left + column as f64 * (WIDTH + GAP);
            let mut y = first + (tallest - slots.iter().map(height_of).sum::<f64>()) / 2.0;
            let mut middle = vec![0.0; slots.len()];
            for slot in order {
                let height = height_of(&slots[*slot]);
                if let Slot::Node(node) = slots[*slot] {
                    layout.nodes[node] = (x, y);
                    middle[*slot] = y + HEIGHT / 2.0;
                } else {
                    middle[*slot] = y + height / 2.0;
                }
                y += height;
            }
            middles.push(middle);
            if column == 0 || self.waves[column] != self.waves[column - 1] {
                layout.headings.push(Heading { at: (x, top + title + HEADING - 10.0), wave: self.waves[column] });
            }
        }
        for (arrow, passed) in &self.passes {
            let (a, b) = (layout.nodes[picture.arrows[*arrow].first], layout.nodes[picture.arrows[*arrow].then]);
            let mut points = vec![(a.0 + WIDTH, a.1 + HEIGHT / 2.0)];
            for (column, slot) in passed {
                let x = left + *column as f64 * (WIDTH + GAP);
                let y = middles[*column][*slot];
                points.push((x, y));
                points.push((x + WIDTH, y));
            }
            points.push((b.0, b.1 + HEIGHT / 2.0));
            layout.arrows[*arrow] = points;
        }
        let width = orders.len() as f64 * (WIDTH + GAP) - GAP;
        (width, title + HEADING + tallest)
    }
}

/// The place of each slot in an order.
fn ranks(order: &[usize]) -> Vec<usize> {
    let mut ranks = vec![0; order.len()];
    for (rank, slot) in order.iter().enumerate() {
        ranks[*slot] = rank;
    }
    ranks
}
