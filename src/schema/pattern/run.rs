//! The search: tries one way after the other, remembers where it has been once it takes long, and gives up after a
//! fixed number of steps.

use super::class::{Membership, contains};
use super::code::{COUNTERS, ENDLESS, op};
use std::collections::HashSet;

/// Steps before the search remembers where it has been.
const PATIENCE: u32 = 1_000;
/// Steps before it gives up.
const LIMIT: u32 = 400_000;

/// A place in the search.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct State {
    at: u32,
    position: u32,
    counters: [u16; COUNTERS],
}

/// What is left to try: a place; with `low` below its position, also that place at each character down to there.
struct Pending {
    state: State,
    low: u32,
}

/// One search in one text.
pub(super) struct Search<'p, 't> {
    words: &'p [[u8; 4]],
    start: usize,
    text: &'t str,
    steps: u32,
    /// Whether some character was neither in a set nor out of it.
    pub undecided: bool,
}

/// The search took too long.
pub(super) struct GaveUp;

impl<'p, 't> Search<'p, 't> {
    pub fn new(words: &'p [[u8; 4]], start: usize, text: &'t str) -> Self {
        Search { words, start, text, steps: 0, undecided: false }
    }

    /// Whether the pattern occurs anywhere.
    pub fn anywhere(&mut self) -> Result<bool, GaveUp> {
        let mut seen = HashSet::new();
        let anchored = self.word(0) & 255 == op::START;
        for position in 0..=self.text.len() {
            if !self.text.is_char_boundary(position) {
                continue;
            }
            let state = State { at: 0, position: position as u32, counters: [0; COUNTERS] };
            if self.from(state, &mut seen)?.is_some() {
                return Ok(true);
            }
            if anchored {
                break;
            }
        }
        Ok(false)
    }

    fn word(&self, at: u32) -> u32 {
        self.words.get(self.start + at as usize).map_or(0, |bytes| u32::from_le_bytes(*bytes))
    }

    fn step(&mut self, count: u32) -> Result<(), GaveUp> {
        self.steps += count;
        if self.steps > LIMIT { Err(GaveUp) } else { Ok(()) }
    }

    fn next(&self, position: u32) -> Option<char> {
        self.text.get(position as usize..)?.chars().next()
    }

    fn previous(&self, position: u32) -> Option<char> {
        self.text.get(..position as usize)?.chars().next_back()
    }

    fn is_in(&mut self, class: u32, character: char) -> bool {
        match contains(self.words, class as usize, character) {
            Membership::Yes => true,
            Membership::No => false,
            Membership::Undecided => {
                self.undecided = true;
                true
            }
        }
    }

    /// Where the program ends when it starts here; nothing if it cannot end.
    fn from(&mut self, first: State, seen: &mut HashSet<State>) -> Result<Option<u32>, GaveUp> {
        let mut pending: Vec<Pending> = Vec::new();
        let mut state = first;
        loop {
            match self.advance(state, &mut pending, seen)? {
                Some(end) => return Ok(Some(end)),
                None => {
                    let Some(next) = pending.last_mut() else { return Ok(None) };
                    state = next.state;
                    if next.low < state.position {
                        let back = self.previous(state.position).map_or(1, char::len_utf8) as u32;
                        next.state.position = state.position.saturating_sub(back);
                    } else {
                        pending.pop();
                    }
                }
            }
        }
    }

    /// Follows one way until it ends or leads nowhere.
    fn advance(
        &mut self,
        mut state: State,
        pending: &mut Vec<Pending>,
        seen: &mut HashSet<State>,
    ) -> Result<Option<u32>, GaveUp> {
        loop {
            self.step(1)?;
            let word = self.word(state.at);
            let argument = word >> 8;
            let branches = matches!(word & 255, op::SPLIT | op::LOOP | op::CLASSES | op::ATOMIC | op::LOOK);
            if branches && self.steps > PATIENCE && !seen.insert(state) {
                return Ok(None);
            }
            match word & 255 {
                op::MATCH => return Ok(Some(state.position)),
                op::JUMP => state.at = argument,
                op::SPLIT => {
                    let other = State { at: self.word(state.at + 1), ..state };
                    pending.push(Pending { low: other.position, state: other });
                    state.at = argument;
                }
                op::CLASSES => match self.classes(state, argument, pending)? {
                    Some(next) => state = next,
                    None => return Ok(None),
                },
                op::LOOP => match self.repeat(state, argument as usize, pending) {
                    Some(next) => state = next,
                    None => return Ok(None),
                },
                op::LOOK => {
                    if self.look(state, argument)? == (argument & 1 == 1) {
                        return Ok(None);
                    }
                    state.at = self.word(state.at + 2);
                }
                op::ATOMIC => {
                    let inside = State { at: state.at + 1, ..state };
                    let Some(end) = self.from(inside, &mut HashSet::new())? else { return Ok(None) };
                    state = State { at: argument, position: end, ..state };
                }
                _ => match self.simple(state, word) {
                    Some(next) => state = next,
                    None => return Ok(None),
                },
            }
        }
    }

    /// Instructions with one way on.
    fn simple(&mut self, state: State, word: u32) -> Option<State> {
        let (position, argument) = (state.position, word >> 8);
        let mut next = State { at: state.at + 1, ..state };
        let fits = match word & 255 {
            op::TEXT => {
                let rest = self.text.as_bytes().get(position as usize..)?;
                let bytes = rest.get(..argument as usize)?;
                next.at += argument.div_ceil(4);
                next.position += argument;
                let wanted = |number: usize| self.word(state.at + 1 + number as u32 / 4) >> (number % 4 * 8) & 255;
                bytes.iter().enumerate().all(|(number, byte)| u32::from(*byte) == wanted(number))
            }
            op::CLASS => {
                let character = self.next(position)?;
                next.position += character.len_utf8() as u32;
                self.is_in(argument, character)
            }
            op::START => position == 0,
            op::END => matches!(self.text.get(position as usize..), Some("" | "\n")),
            op::VERY_END => position as usize == self.text.len(),
            op::BOUNDARY => {
                let word = |one: Option<char>| one.is_some_and(|one| one.is_alphanumeric() || one == '_');
                (word(self.previous(position)) != word(self.next(position))) != (argument == 1)
            }
            _ => false,
        };
        fits.then_some(next)
    }

    /// As many characters of a set as there are; fewer are left to try.
    fn classes(&mut self, state: State, class: u32, pending: &mut Vec<Pending>) -> Result<Option<State>, GaveUp> {
        let (least, most) = (self.word(state.at + 1), self.word(state.at + 2));
        let text = self.text;
        let (mut position, mut count, mut low) = (state.position, 0, state.position);
        for character in text.get(position as usize..).unwrap_or_default().chars() {
            if most != ENDLESS && count >= most || !self.is_in(class, character) {
                break;
            }
            count += 1;
            position += character.len_utf8() as u32;
            if count == least {
                low = position;
            }
        }
        self.step(count / 8)?;
        if count < least {
            return Ok(None);
        }
        let next = State { at: state.at + 3, position, ..state };
        if position > low {
            let back = self.previous(position).map_or(1, char::len_utf8) as u32;
            pending.push(Pending { state: State { position: position - back, ..next }, low });
        }
        Ok(Some(next))
    }

    /// Once more through a counted repetition, or out of it.
    fn repeat(&mut self, state: State, counter: usize, pending: &mut Vec<Pending>) -> Option<State> {
        let (least, most) = (self.word(state.at + 1), self.word(state.at + 2));
        let count = u32::from(*state.counters.get(counter)?);
        let mut out = State { at: self.word(state.at + 3), ..state };
        *out.counters.get_mut(counter)? = 0;
        if count >= most {
            return Some(out);
        }
        let mut body = State { at: state.at + 4, ..state };
        // Beyond the least number nothing depends on how many there were, unless there is a most.
        let next = if most == ENDLESS { (count + 1).min(least) } else { count + 1 };
        *body.counters.get_mut(counter)? = next as u16;
        if count >= least {
            pending.push(Pending { low: out.position, state: out });
        }
        Some(body)
    }

    /// Whether what is looked for is there.
    fn look(&mut self, state: State, flags: u32) -> Result<bool, GaveUp> {
        let mut position = state.position;
        if flags & 2 != 0 {
            for _ in 0..self.word(state.at + 1) {
                let Some(before) = self.previous(position) else { return Ok(false) };
                position -= before.len_utf8() as u32;
            }
        }
        let inside = State { at: state.at + 3, position, ..state };
        Ok(self.from(inside, &mut HashSet::new())?.is_some())
    }
}
