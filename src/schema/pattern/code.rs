//! From the tree of a pattern to a program for the search.

use super::class::Class;
use super::parse::Tree;

/// Instructions: the lowest eight bits of a word; the rest of the word is its argument.
pub(super) mod op {
    /// Found.
    pub const MATCH: u32 = 0;
    /// A text: its length in bytes; the bytes follow, four to a word.
    pub const TEXT: u32 = 1;
    /// One character of a set: address of the set.
    pub const CLASS: u32 = 2;
    /// Characters of a set: address of the set; least and most follow.
    pub const CLASSES: u32 = 3;
    /// Goes on elsewhere.
    pub const JUMP: u32 = 4;
    /// Goes on elsewhere or, if that leads nowhere, at the address that follows.
    pub const SPLIT: u32 = 5;
    /// The beginning of the text.
    pub const START: u32 = 6;
    /// The end of the text or the line feed at its end.
    pub const END: u32 = 7;
    /// The end of the text.
    pub const VERY_END: u32 = 8;
    /// Between a word and something else; argument 1 turns it round.
    pub const BOUNDARY: u32 = 9;
    /// Looks without moving: bits negative and behind; the length to step back and the address after it follow.
    pub const LOOK: u32 = 10;
    /// Counts a repetition: number of the counter; least, most and the address after it follow.
    pub const LOOP: u32 = 11;
    /// Takes the first way that fits: address after it.
    pub const ATOMIC: u32 = 12;
}

/// Without an upper limit.
pub(super) const ENDLESS: u32 = u32::MAX;
/// Counters that can be nested.
pub(super) const COUNTERS: usize = 4;
const LONGEST: usize = 20_000;

/// Writes programs; sets of characters are kept where `keep` puts them.
pub(super) struct Writer<'k> {
    pub code: Vec<u32>,
    pub keep: &'k mut dyn FnMut(Vec<u32>) -> u32,
}

impl Writer<'_> {
    /// Writes the program of a tree; `None` if it is too long or too deep.
    pub fn write(&mut self, tree: &Tree, counters: usize) -> Option<()> {
        if self.code.len() > LONGEST {
            return None;
        }
        match tree {
            Tree::Literal(character) => self.text(&character.to_string()),
            Tree::Class(class) => {
                let at = self.class(class);
                self.code.push(op::CLASS | at << 8);
            }
            Tree::Sequence(parts) => return self.sequence(parts, counters),
            Tree::Alternatives(all) => return self.alternatives(all, counters),
            Tree::Repeat { body, least, most } => return self.repeat(body, *least, *most, counters),
            Tree::Look { body, behind, negative } => {
                let back = if *behind { length(body)? } else { 0 };
                self.code.push(op::LOOK | u32::from(*negative) << 8 | u32::from(*behind) << 9);
                self.code.extend([back, 0]);
                let end = self.code.len() - 1;
                self.write(body, counters)?;
                self.code.push(op::MATCH);
                self.set(end);
            }
            Tree::Atomic(body) => {
                let at = self.code.len();
                self.code.push(0);
                self.write(body, counters)?;
                self.code.push(op::MATCH);
                let end = self.code.len() as u32;
                if let Some(word) = self.code.get_mut(at) {
                    *word = op::ATOMIC | end << 8;
                }
            }
            Tree::Start => self.code.push(op::START),
            Tree::End => self.code.push(op::END),
            Tree::VeryEnd => self.code.push(op::VERY_END),
            Tree::Boundary { negative } => self.code.push(op::BOUNDARY | u32::from(*negative) << 8),
        }
        Some(())
    }

    fn class(&mut self, class: &Class) -> u32 {
        (self.keep)(class.words())
    }

    fn text(&mut self, text: &str) {
        self.code.push(op::TEXT | (text.len() as u32) << 8);
        for bytes in text.as_bytes().chunks(4) {
            self.code.push(bytes.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte)));
        }
    }

    /// Puts the present address into a word.
    fn set(&mut self, at: usize) {
        let here = self.code.len() as u32;
        if let Some(word) = self.code.get_mut(at) {
            *word = here;
        }
    }

    /// Neighbouring characters become one text.
    fn sequence(&mut self, parts: &[Tree], counters: usize) -> Option<()> {
        let mut text = String::new();
        for part in parts {
            if let Tree::Literal(character) = part {
                text.push(*character);
                continue;
            }
            if !text.is_empty() {
                self.text(&std::mem::take(&mut text));
            }
            self.write(part, counters)?;
        }
        if !text.is_empty() {
            self.text(&text);
        }
        Some(())
    }

    fn alternatives(&mut self, all: &[Tree], counters: usize) -> Option<()> {
        let mut jumps = Vec::new();
        for (number, part) in all.iter().enumerate() {
            if number + 1 == all.len() {
                self.write(part, counters)?;
                break;
            }
            let split = self.code.len();
            self.code.extend([op::SPLIT | (split as u32 + 2) << 8, 0]);
            self.write(part, counters)?;
            jumps.push(self.code.len());
            self.code.push(0);
            self.set(split + 1);
        }
        let end = self.code.len() as u32;
        for jump in jumps {
            if let Some(word) = self.code.get_mut(jump) {
                *word = op::JUMP | end << 8;
            }
        }
        Some(())
    }

    fn repeat(&mut self, body: &Tree, least: u32, most: Option<u32>, counters: usize) -> Option<()> {
        if let Some(class) = single(body) {
            let at = self.class(&class);
            self.code.extend([op::CLASSES | at << 8, least, most.unwrap_or(ENDLESS)]);
            return Some(());
        }
        let start = self.code.len() as u32;
        match (least, most) {
            (1, Some(1)) => self.write(body, counters)?,
            (0, Some(1)) => {
                self.code.extend([op::SPLIT | (start + 2) << 8, 0]);
                self.write(body, counters)?;
                self.set(start as usize + 1);
            }
            (0, None) => {
                self.code.extend([op::SPLIT | (start + 2) << 8, 0]);
                self.write(body, counters)?;
                self.code.push(op::JUMP | start << 8);
                self.set(start as usize + 1);
            }
            (1, None) => {
                self.write(body, counters)?;
                let after = self.code.len() as u32 + 2;
                self.code.extend([op::SPLIT | start << 8, after]);
            }
            _ => {
                if counters >= COUNTERS || least > 60_000 || most.is_some_and(|most| most > 60_000) {
                    return None;
                }
                self.code.extend([op::LOOP | (counters as u32) << 8, least, most.unwrap_or(ENDLESS), 0]);
                self.write(body, counters + 1)?;
                self.code.push(op::JUMP | start << 8);
                self.set(start as usize + 3);
            }
        }
        Some(())
    }
}

/// The set, if the tree is one character.
fn single(tree: &Tree) -> Option<Class> {
    match tree {
        Tree::Class(class) => Some(class.clone()),
        Tree::Literal(character) => Some(Class::one(*character)),
        Tree::Sequence(parts) if parts.len() == 1 => single(parts.first()?),
        _ => None,
    }
}

/// How many characters a tree takes, if always the same number.
fn length(tree: &Tree) -> Option<u32> {
    match tree {
        Tree::Literal(_) | Tree::Class(_) => Some(1),
        Tree::Sequence(parts) => parts.iter().try_fold(0, |sum, part| Some(sum + length(part)?)),
        Tree::Alternatives(all) => {
            let first = length(all.first()?)?;
            all.iter().all(|part| length(part) == Some(first)).then_some(first)
        }
        Tree::Repeat { body, least, most } if *most == Some(*least) => Some(length(body)?.saturating_mul(*least)),
        Tree::Repeat { .. } => None,
        Tree::Atomic(body) => length(body),
        _ => Some(0),
    }
}
