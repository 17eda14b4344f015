//! Sets of characters: exact for ASCII, by ranges and general properties beyond it.
//!
//! Not every Unicode property is known here. Where a character may or may not have one, the answer is "undecided",
//! and the search then ends without an answer rather than with a wrong one.

/// A property of characters beyond ASCII.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub(super) enum Property {
    Letter = 1,
    Upper = 1 << 1,
    Lower = 1 << 2,
    Mark = 1 << 3,
    Number = 1 << 4,
    Punctuation = 1 << 5,
    Symbol = 1 << 6,
    Separator = 1 << 7,
    Other = 1 << 8,
    Control = 1 << 9,
    Format = 1 << 10,
    Word = 1 << 11,
    Digit = 1 << 12,
    Space = 1 << 13,
    Graph = 1 << 14,
    Print = 1 << 15,
}

use Property as P;

const PROPERTIES: [Property; 16] = [
    P::Letter,
    P::Upper,
    P::Lower,
    P::Mark,
    P::Number,
    P::Punctuation,
    P::Symbol,
    P::Separator,
    P::Other,
    P::Control,
    P::Format,
    P::Word,
    P::Digit,
    P::Space,
    P::Graph,
    P::Print,
];

/// Whether a character is in a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Membership {
    Yes,
    No,
    Undecided,
}

impl Membership {
    fn or(self, other: Membership) -> Membership {
        match (self, other) {
            (Membership::Yes, _) | (_, Membership::Yes) => Membership::Yes,
            (Membership::No, Membership::No) => Membership::No,
            _ => Membership::Undecided,
        }
    }

    fn not(self) -> Membership {
        match self {
            Membership::Yes => Membership::No,
            Membership::No => Membership::Yes,
            Membership::Undecided => Membership::Undecided,
        }
    }
}

impl From<bool> for Membership {
    fn from(truth: bool) -> Self {
        if truth { Membership::Yes } else { Membership::No }
    }
}

/// A set of characters.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Class {
    /// ASCII characters in the set, with negation already applied.
    pub ascii: u128,
    /// Ranges beyond ASCII.
    pub ranges: Vec<(u32, u32)>,
    /// Properties of which one is enough.
    pub with: u32,
    /// Properties of which lacking one is enough.
    pub without: u32,
    /// Whether what is beyond ASCII is turned round.
    pub negated: bool,
}

impl Class {
    /// A set with one character.
    pub fn one(character: char) -> Class {
        let mut class = Class::default();
        class.add(character as u32, character as u32);
        class
    }

    /// Every character but the line feed; with `all`, every character.
    pub fn dot(all: bool) -> Class {
        let ascii = if all { !0 } else { !(1 << b'\n') };
        Class { ascii, negated: true, ..Class::default() }
    }

    /// The set of a property.
    pub fn property(property: Property, lacking: bool) -> Class {
        let mut class = Class::default();
        class.add_property(property, lacking);
        class
    }

    /// Adds a range.
    pub fn add(&mut self, low: u32, high: u32) {
        for code in low..=high.min(127) {
            self.ascii |= 1 << code;
        }
        if high > 127 {
            self.ranges.push((low.max(128), high));
        }
    }

    /// Adds what has a property, or what lacks it.
    pub fn add_property(&mut self, property: Property, lacking: bool) {
        let all = (0..128u8).filter(|code| ascii_has(*code, property) != lacking);
        self.ascii |= all.fold(0u128, |set, code| set | 1 << code);
        if lacking {
            self.without |= property as u32;
        } else {
            self.with |= property as u32;
        }
    }

    /// Turns the set round.
    pub fn negate(&mut self) {
        self.ascii = !self.ascii;
        self.negated = !self.negated;
    }

    /// Adds the other case of each ASCII letter.
    pub fn fold(&mut self) {
        let upper = self.ascii >> 65 & ((1 << 26) - 1);
        let lower = self.ascii >> 97 & ((1 << 26) - 1);
        self.ascii |= upper << 97 | lower << 65;
    }

    /// The set as words.
    pub fn words(&self) -> Vec<u32> {
        let mut words = vec![(self.ranges.len() as u32) << 1 | u32::from(self.negated)];
        words.extend((0..4).map(|part| (self.ascii >> (32 * part)) as u32));
        words.extend([self.with, self.without]);
        words.extend(self.ranges.iter().flat_map(|(low, high)| [*low, *high]));
        words
    }
}

/// Whether a character is in the set that lies at an address.
pub(super) fn contains(words: &[[u8; 4]], at: usize, character: char) -> Membership {
    let word = |offset: usize| words.get(at + offset).map_or(0, |bytes| u32::from_le_bytes(*bytes));
    let code = character as u32;
    if code < 128 {
        return Membership::from(word(1 + code as usize / 32) >> (code % 32) & 1 == 1);
    }
    let head = word(0);
    let mut found = Membership::No;
    for range in 0..(head >> 1) as usize {
        if (word(7 + range * 2)..=word(8 + range * 2)).contains(&code) {
            found = Membership::Yes;
        }
    }
    let (with, without) = (word(5), word(6));
    if with | without != 0 && found == Membership::No {
        for property in PROPERTIES {
            if with & property as u32 != 0 {
                found = found.or(has(character, property));
            }
            if without & property as u32 != 0 {
                found = found.or(has(character, property).not());
            }
        }
        found = found.or(together(character, with));
    }
    if head & 1 == 1 { found.not() } else { found }
}

fn ascii_has(code: u8, property: Property) -> bool {
    match property {
        P::Letter => code.is_ascii_alphabetic(),
        P::Upper => code.is_ascii_uppercase(),
        P::Lower => code.is_ascii_lowercase(),
        P::Mark | P::Format => false,
        P::Number | P::Digit => code.is_ascii_digit(),
        P::Symbol => b"$+<=>^`|~".contains(&code),
        P::Punctuation => code.is_ascii_punctuation() && !b"$+<=>^`|~".contains(&code),
        P::Separator => code == b' ',
        P::Other | P::Control => code.is_ascii_control(),
        P::Word => code.is_ascii_alphanumeric() || code == b'_',
        P::Space => matches!(code, b' ' | 9..=13),
        P::Graph => code.is_ascii_graphic(),
        P::Print => code.is_ascii_graphic() || code == b' ',
    }
}

fn is_separator(character: char) -> bool {
    matches!(
        character,
        '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// Whether a character beyond ASCII has a property.
fn has(character: char, property: Property) -> Membership {
    let letter = character.is_alphabetic();
    // Some marks and enclosed letters count as alphabetic; numbers written as letters too.
    let plain_letter = letter && (character.is_uppercase() || character.is_lowercase() || is_known_letter(character));
    let known = plain_letter || character.is_numeric() || is_separator(character) || character.is_control();
    let unless_known = |value: bool| if known { Membership::from(value) } else { Membership::Undecided };
    match property {
        P::Letter if letter && !plain_letter => Membership::Undecided,
        P::Letter => Membership::from(plain_letter && !character.is_numeric()),
        P::Upper => Membership::from(character.is_uppercase()),
        P::Lower => Membership::from(character.is_lowercase()),
        P::Number => Membership::from(character.is_numeric()),
        P::Separator => Membership::from(is_separator(character)),
        P::Control => Membership::from(character.is_control()),
        P::Mark | P::Punctuation | P::Symbol | P::Format => unless_known(false),
        P::Other => unless_known(character.is_control()),
        P::Word if character.is_alphanumeric() => Membership::Yes,
        P::Word => unless_known(false),
        P::Digit => {
            if character.is_numeric() {
                Membership::Undecided
            } else {
                Membership::No
            }
        }
        P::Space => Membership::from(character.is_whitespace()),
        P::Graph => unless_known(!is_separator(character) && !character.is_control()),
        P::Print => unless_known(!character.is_control()),
    }
}

/// What several properties together decide: everything that is assigned and visible is a letter, a mark, a number,
/// a sign or a separator.
fn together(character: char, with: u32) -> Membership {
    let all = P::Letter as u32 | P::Mark as u32 | P::Punctuation as u32 | P::Symbol as u32;
    let hidden = matches!(character as u32, 0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x200b..=0x200f | 0x202a..=0x202e
        | 0x2060..=0x206f | 0xd800..=0xf8ff | 0xfeff | 0xfff0..=0xffff | 0x10000..);
    let other = character.is_numeric() || is_separator(character) || character.is_control();
    Membership::from(with & all == all && !hidden && !other)
}

/// Letters without case in the blocks of the common scripts.
fn is_known_letter(character: char) -> bool {
    matches!(character as u32, 0x5d0..=0x5ea | 0x620..=0x64a | 0x4e00..=0x9fff | 0x3041..=0x3096 | 0x30a1..=0x30fa
        | 0xac00..=0xd7a3 | 0xe01..=0xe30)
}
