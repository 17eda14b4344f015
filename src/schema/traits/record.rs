//! How the traits lie in `schemas/traits.bin`, and how they are read there.
//!
//! ```text
//! magic, texts, actions, services, types, bytes of records      six words
//! start of every block of 32 texts                              a word each, and one for the end
//! length of each text                                           a byte each
//! services: number of the name, first action                    two halves each
//! types: number of the name, start of the record                a half and a word each
//! records, texts
//! ```
//!
//! The texts of the actions come first, sorted by service and name, so that the number of an action is that of its
//! text. A record is a byte of flags and then, for each flag in order, numbers of seven bits a byte.

use super::{Action, HandlerKind};
use std::cmp::Ordering;

/// First word of the file: `SLT1`.
pub(super) const MAGIC: u32 = u32::from_le_bytes(*b"SLT1");
/// Words in the header.
pub(super) const HEADER: usize = 6;
/// Texts in a block.
pub(super) const BLOCK: usize = 32;

/// The bits of a record.
pub(super) mod flag {
    pub const STATEFUL: u8 = 1;
    pub const HANDLERS: u8 = 2;
    pub const TAG_PERMISSIONS: u8 = 4;
    pub const ARN: u8 = 8;
    pub const REF: u8 = 16;
    pub const REPLACES: u8 = 32;
    pub const DEFAULTS: u8 = 64;
}

static BYTES: &[u8] = include_bytes!("../../../schemas/traits.bin");
static FILE: File = File::open(BYTES);

/// The parts of the file.
struct File {
    blocks: &'static [u8],
    lengths: &'static [u8],
    services: &'static [u8],
    types: &'static [u8],
    records: &'static [u8],
    texts: &'static [u8],
}

impl File {
    const EMPTY: File = File { blocks: &[], lengths: &[], services: &[], types: &[], records: &[], texts: &[] };

    /// Takes the file apart; a file of another kind or cut short holds nothing.
    const fn open(bytes: &'static [u8]) -> File {
        if bytes.len() < 4 * HEADER || word_at(bytes, 0) != MAGIC {
            return File::EMPTY;
        }
        let texts = word_at(bytes, 1) as usize;
        let services = 4 * word_at(bytes, 3) as usize;
        let types = 6 * word_at(bytes, 4) as usize;
        let records = word_at(bytes, 5) as usize;
        let blocks = 4 * (texts.div_ceil(BLOCK) + 1);
        if bytes.len() < 4 * HEADER + blocks + texts + services + types + records {
            return File::EMPTY;
        }
        let (_, rest) = bytes.split_at(4 * HEADER);
        let (blocks, rest) = rest.split_at(blocks);
        let (lengths, rest) = rest.split_at(texts);
        let (services, rest) = rest.split_at(services);
        let (types, rest) = rest.split_at(types);
        let (records, texts) = rest.split_at(records);
        File { blocks, lengths, services, types, records, texts }
    }

    fn text(&self, number: usize) -> &'static str {
        let block = number / BLOCK;
        let before = self.lengths.get(block * BLOCK..number).unwrap_or_default();
        let start = word(self.blocks, 4 * block) as usize + before.iter().map(|l| usize::from(*l)).sum::<usize>();
        let length = self.lengths.get(number).map_or(0, |l| usize::from(*l));
        let bytes = self.texts.get(start..start + length).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    fn action(&self, number: usize) -> Action {
        let (mut low, mut high) = (0, self.services.len() / 4);
        while low < high {
            let middle = low + (high - low) / 2;
            if usize::from(half(self.services, 4 * middle + 2)) <= number {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let service = self.text(half(self.services, 4 * low.saturating_sub(1)).into());
        Action { service, name: self.text(number) }
    }
}

const fn word_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[4 * at], bytes[4 * at + 1], bytes[4 * at + 2], bytes[4 * at + 3]])
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn half(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|b| b.try_into().ok()).map_or(0, u16::from_le_bytes)
}

/// What is kept about a type; an empty one says nothing.
#[derive(Clone, Copy)]
pub(super) struct Record {
    bytes: &'static [u8],
}

/// A place in a record.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    bytes: &'static [u8],
}

/// The record of a type.
pub(super) fn find(name: &str) -> Record {
    let (mut low, mut high) = (0, FILE.types.len() / 6);
    while low < high {
        let middle = low + (high - low) / 2;
        match FILE.text(half(FILE.types, 6 * middle).into()).cmp(name) {
            Ordering::Equal => {
                let start = word(FILE.types, 6 * middle + 2) as usize;
                return Record { bytes: FILE.records.get(start..).unwrap_or_default() };
            }
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
        }
    }
    Record { bytes: &[] }
}

impl Reader {
    /// The next number; zero at the end.
    fn number(&mut self) -> usize {
        let mut out = 0;
        for shift in (0..28).step_by(7) {
            let Some((first, rest)) = self.bytes.split_first() else { break };
            self.bytes = rest;
            out |= usize::from(first & 0x7f) << shift;
            if first & 0x80 == 0 {
                break;
            }
        }
        out
    }

    fn text(&mut self) -> &'static str {
        FILE.text(self.number())
    }

    /// Goes past as many numbers as the next one says, times the width.
    fn skip(&mut self, width: usize) {
        for _ in 0..self.number() * width {
            self.number();
        }
    }

    /// The actions of a list that begins here: their number, then the distance of each from the one before.
    pub(super) fn actions(mut self) -> impl Iterator<Item = Action> {
        let count = self.number();
        let mut last = 0;
        (0..count).map(move |_| {
            last += self.number();
            FILE.action(last)
        })
    }
}

impl Record {
    fn flags(self) -> u8 {
        self.bytes.first().copied().unwrap_or(0)
    }

    /// The place where the part of a flag begins, if the record has it.
    fn part(self, wanted: u8) -> Option<Reader> {
        let flags = self.flags();
        if flags & wanted == 0 {
            return None;
        }
        let mut reader = Reader { bytes: self.bytes.get(1..).unwrap_or_default() };
        let before = |one: u8| flags & one != 0 && one < wanted;
        if before(flag::HANDLERS) {
            let kinds = reader.number();
            for _ in 0..kinds.count_ones() {
                reader.number();
                reader.skip(1);
            }
        }
        if before(flag::TAG_PERMISSIONS) {
            reader.skip(1);
        }
        if before(flag::ARN) {
            reader.number();
        }
        if before(flag::REF) {
            reader.skip(1);
        }
        if before(flag::REPLACES) {
            reader.skip(2);
        }
        Some(reader)
    }

    pub(super) fn has_handlers(self) -> bool {
        self.flags() & flag::HANDLERS != 0
    }

    pub(super) fn stateful(self) -> bool {
        self.flags() & flag::STATEFUL != 0
    }

    pub(super) fn handler(self, wanted: HandlerKind) -> Option<(Option<u32>, Reader)> {
        let mut reader = self.part(flag::HANDLERS)?;
        let kinds = reader.number();
        for kind in HandlerKind::ALL {
            if kinds >> kind as usize & 1 == 0 {
                continue;
            }
            let minutes = reader.number() as u32;
            if kind == wanted {
                return Some(((minutes > 0).then_some(minutes), reader));
            }
            reader.skip(1);
        }
        None
    }

    pub(super) fn tag_permissions(self) -> Reader {
        self.part(flag::TAG_PERMISSIONS).unwrap_or(Reader { bytes: &[] })
    }

    pub(super) fn arn_shape(self) -> Option<&'static str> {
        self.part(flag::ARN).map(|mut reader| reader.text())
    }

    pub(super) fn ref_returns(self) -> impl Iterator<Item = &'static str> {
        let mut reader = self.part(flag::REF).unwrap_or(Reader { bytes: &[] });
        (0..reader.number()).map(move |_| reader.text())
    }

    /// Whether the specification says that a property replaces (`true`) or may replace (`false`).
    pub(super) fn second_opinion(self, property: &str) -> Option<bool> {
        let mut reader = self.part(flag::REPLACES)?;
        let mut all = (0..reader.number()).map(|_| (reader.text(), reader.number() == 1));
        all.find(|(name, _)| *name == property).map(|(_, surely)| surely)
    }

    pub(super) fn defaults(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let mut reader = self.part(flag::DEFAULTS).unwrap_or(Reader { bytes: &[] });
        (0..reader.number()).map(move |_| (reader.text(), reader.text()))
    }
}
