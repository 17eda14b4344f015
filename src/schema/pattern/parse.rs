//! Reading a pattern: the syntax that Python, Java and ECMAScript share, and what occurs of their differences.

use super::class::{Class, Property};
use std::iter::Peekable;
use std::str::Chars;

/// A pattern as a tree.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Class(Class),
    Literal(char),
    Sequence(Vec<Tree>),
    Alternatives(Vec<Tree>),
    Repeat {
        body: Box<Tree>,
        least: u32,
        most: Option<u32>,
    },
    /// Looks ahead or behind without moving.
    Look {
        body: Box<Tree>,
        behind: bool,
        negative: bool,
    },
    /// Takes the first way that fits and no other.
    Atomic(Box<Tree>),
    Start,
    /// The end, or the line feed at the end.
    End,
    VeryEnd,
    Boundary {
        negative: bool,
    },
}

const DEEPEST: usize = 60;
const MOST: u32 = 100_000;

struct Reader<'p> {
    rest: Peekable<Chars<'p>>,
    depth: usize,
    fold: bool,
    dot_all: bool,
}

/// Reads a pattern; `None` if it is not understood.
pub(super) fn parse(source: &str) -> Option<Tree> {
    let mut reader = Reader { rest: source.chars().peekable(), depth: 0, fold: false, dot_all: false };
    let tree = reader.alternatives()?;
    reader.rest.next().is_none().then_some(tree)
}

impl Reader<'_> {
    fn take(&mut self, wanted: char) -> bool {
        self.rest.next_if_eq(&wanted).is_some()
    }

    fn starts(&self, text: &str) -> bool {
        let mut rest = self.rest.clone();
        text.chars().all(|wanted| rest.next() == Some(wanted))
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.rest.next();
        }
    }

    fn alternatives(&mut self) -> Option<Tree> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let (fold, dot_all) = (self.fold, self.dot_all);
        let mut all = vec![self.sequence()?];
        while self.take('|') {
            all.push(self.sequence()?);
        }
        (self.fold, self.dot_all) = (fold, dot_all);
        self.depth -= 1;
        if all.len() == 1 { all.pop() } else { Some(Tree::Alternatives(all)) }
    }

    fn sequence(&mut self) -> Option<Tree> {
        let mut parts = Vec::new();
        while let Some(&next) = self.rest.peek() {
            if next == '|' || next == ')' {
                break;
            }
            let Some(part) = self.atom()? else { continue };
            parts.push(self.repeats(part)?);
        }
        Some(Tree::Sequence(parts))
    }

    /// What one repetition can apply to; nothing for flags and comments.
    fn atom(&mut self) -> Option<Option<Tree>> {
        Some(Some(match self.rest.next()? {
            '^' => Tree::Start,
            '$' => Tree::End,
            '.' => Tree::Class(Class::dot(self.dot_all)),
            '[' => {
                let mut class = self.class()?;
                if self.fold {
                    class.fold();
                }
                Tree::Class(class)
            }
            '(' => return self.group(),
            '\\' => self.escape()?,
            '*' | '+' | '?' => return None,
            other => self.literal(other),
        }))
    }

    fn literal(&self, character: char) -> Tree {
        if self.fold && character.is_ascii_alphabetic() {
            let mut class = Class::one(character);
            class.fold();
            return Tree::Class(class);
        }
        Tree::Literal(character)
    }

    fn group(&mut self) -> Option<Option<Tree>> {
        let mut wrap: fn(Tree) -> Tree = |tree| tree;
        if self.starts("?#") {
            while self.rest.next()? != ')' {}
            return Some(None);
        }
        let (fold, dot_all) = (self.fold, self.dot_all);
        if self.take('?') {
            match self.rest.next()? {
                ':' => {}
                '=' => wrap = |tree| Tree::Look { body: Box::new(tree), behind: false, negative: false },
                '!' => wrap = |tree| Tree::Look { body: Box::new(tree), behind: false, negative: true },
                '>' => wrap = |tree| Tree::Atomic(Box::new(tree)),
                '<' if self.take('=') => {
                    wrap = |tree| Tree::Look { body: Box::new(tree), behind: true, negative: false };
                }
                '<' if self.take('!') => {
                    wrap = |tree| Tree::Look { body: Box::new(tree), behind: true, negative: true };
                }
                '<' => while self.rest.next()? != '>' {},
                'P' if self.take('<') => while self.rest.next()? != '>' {},
                flag @ ('i' | 's' | 'u' | 'm' | 'a') => {
                    if self.flags(flag)? {
                        return Some(None);
                    }
                }
                _ => return None,
            }
        }
        let tree = self.alternatives()?;
        (self.fold, self.dot_all) = (fold, dot_all);
        self.take(')').then(|| Some(wrap(tree)))
    }

    /// Flags in a pattern; whether they hold for what follows rather than for a group.
    fn flags(&mut self, first: char) -> Option<bool> {
        let mut next = first;
        loop {
            match next {
                'i' => self.fold = true,
                's' => self.dot_all = true,
                'u' | 'a' => {}
                ')' => return Some(true),
                ':' => return Some(false),
                _ => return None,
            }
            next = self.rest.next()?;
        }
    }

    fn repeats(&mut self, mut part: Tree) -> Option<Tree> {
        loop {
            let (least, most) = if self.take('*') {
                (0, None)
            } else if self.take('+') {
                (1, None)
            } else if self.take('?') {
                (0, Some(1))
            } else if let Some((length, least, most)) = self.counts() {
                self.skip(length);
                (least, most)
            } else {
                return Some(part);
            };
            if most.is_some_and(|most| most < least) {
                return None;
            }
            part = Tree::Repeat { body: Box::new(part), least, most };
            if self.take('+') {
                part = Tree::Atomic(Box::new(part));
            } else {
                // Which way is tried first makes no difference to whether there is one.
                self.take('?');
            }
        }
    }

    /// `{2}`, `{2,}`, `{,2}`, `{2,3}` with its length; anything else that begins with a brace is text.
    fn counts(&self) -> Option<(usize, u32, Option<u32>)> {
        let mut rest = self.rest.clone();
        if rest.next() != Some('{') {
            return None;
        }
        let inside: String = rest.take_while(|next| *next != '}').collect();
        if !self.starts(&format!("{{{inside}}}")) {
            return None;
        }
        let number = |text: &str| text.parse::<u32>().ok().map(|number| number.min(MOST));
        let (least, most) = match inside.split_once(',') {
            None => (number(&inside)?, Some(number(&inside)?)),
            Some(("", "")) => return None,
            Some(("", most)) => (0, Some(number(most)?)),
            Some((least, "")) => (number(least)?, None),
            Some((least, most)) => (number(least)?, Some(number(most)?)),
        };
        Some((inside.chars().count() + 2, least, most))
    }

    fn escape(&mut self) -> Option<Tree> {
        Some(match self.rest.next()? {
            'b' => Tree::Boundary { negative: false },
            'B' => Tree::Boundary { negative: true },
            'A' => Tree::Start,
            'Z' | 'z' => Tree::VeryEnd,
            '1'..='9' => return None,
            other => match self.shorthand(other)? {
                Some(class) => Tree::Class(class),
                None => match self.code(other)? {
                    high @ 0xd800..=0xdbff if self.starts("\\u") => {
                        self.skip(2);
                        let low = self.hexadecimal(4)?;
                        Tree::Literal(char::from_u32(0x10000 + ((high - 0xd800) << 10) + low.checked_sub(0xdc00)?)?)
                    }
                    code => self.literal(char::from_u32(code)?),
                },
            },
        })
    }

    /// `\d`, `\p{L}` and the like.
    fn shorthand(&mut self, letter: char) -> Option<Option<Class>> {
        let property = match letter {
            'd' | 'D' => Property::Digit,
            'w' | 'W' => Property::Word,
            's' | 'S' => Property::Space,
            'p' | 'P' => {
                let name: String = match self.rest.next()? {
                    '{' => std::iter::from_fn(|| self.rest.next_if(|next| *next != '}')).collect(),
                    one => one.to_string(),
                };
                if name.chars().count() > 1 || self.rest.peek() == Some(&'}') {
                    self.take('}');
                }
                return self.property(&name, letter == 'P').map(Some);
            }
            _ => return Some(None),
        };
        Some(Some(Class::property(property, letter.is_ascii_uppercase())))
    }

    fn property(&self, name: &str, lacking: bool) -> Option<Class> {
        let property = match name {
            "L" | "Alpha" | "IsAlphabetic" | "Letter" => Property::Letter,
            "Lu" | "Upper" => Property::Upper,
            "Ll" | "Lower" => Property::Lower,
            "M" => Property::Mark,
            "N" => Property::Number,
            "Nd" | "Digit" => Property::Digit,
            "P" | "Punct" => Property::Punctuation,
            "S" => Property::Symbol,
            "Z" | "Zs" => Property::Separator,
            "C" => Property::Other,
            "Cc" | "Cntrl" => Property::Control,
            "Cf" => Property::Format,
            "Space" => Property::Space,
            "Graph" => Property::Graph,
            "Print" => Property::Print,
            "ASCII" => {
                let mut class = Class::default();
                class.add(0, 127);
                if lacking {
                    class.negate();
                }
                return Some(class);
            }
            _ => return None,
        };
        Some(Class::property(property, lacking))
    }

    /// The character that an escape stands for; it may be half of a pair.
    fn code(&mut self, letter: char) -> Option<u32> {
        Some(match letter {
            'n' => 10,
            't' => 9,
            'r' => 13,
            'f' => 12,
            'v' => 11,
            'a' => 7,
            'e' => 27,
            '0' => 0,
            'x' => self.hexadecimal(2)?,
            'u' if self.take('{') => {
                let digits: String = std::iter::from_fn(|| self.rest.next_if(|next| *next != '}')).collect();
                self.take('}');
                u32::from_str_radix(&digits, 16).ok()?
            }
            'u' => self.hexadecimal(4)?,
            'U' => self.hexadecimal(8)?,
            other => other as u32,
        })
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<u32> {
        (0..digits).try_fold(0u32, |code, _| {
            let digit = self.rest.next()?.to_digit(16)?;
            code.checked_mul(16)?.checked_add(digit)
        })
    }

    /// What stands between brackets; the opening one is taken.
    fn class(&mut self) -> Option<Class> {
        let mut class = Class::default();
        let negated = self.take('^');
        let mut first = true;
        loop {
            let next = self.rest.next()?;
            if next == ']' && !first {
                break;
            }
            first = false;
            let low = match self.member(next, &mut class)? {
                Some(code) => code,
                None => continue,
            };
            let range = self.rest.peek() == Some(&'-') && !self.starts("-]");
            if !range {
                add(&mut class, low, low);
                continue;
            }
            self.skip(1);
            let next = self.rest.next()?;
            match self.member(next, &mut class)? {
                // Halves of pairs make odd ranges.
                Some(high) if is_half(low) || is_half(high) => add(&mut class, low, high),
                Some(high) if high < low => return None,
                Some(high) => add(&mut class, low, high),
                None => {
                    add(&mut class, low, low);
                    add(&mut class, '-' as u32, '-' as u32);
                }
            }
        }
        if negated {
            if self.fold {
                class.fold();
            }
            class.negate();
        }
        Some(class)
    }

    /// One member of a set: its code, or nothing when it was a set of its own.
    fn member(&mut self, next: char, class: &mut Class) -> Option<Option<u32>> {
        if next == '[' && self.starts(":") {
            let mut rest = self.rest.clone();
            rest.next();
            let name: String = rest.take_while(char::is_ascii_alphabetic).collect();
            if self.starts(&format!(":{name}:]")) {
                self.skip(name.len() + 3);
                merge(class, &posix(&name)?);
                return Some(None);
            }
        }
        if next != '\\' {
            return Some(Some(next as u32));
        }
        let letter = self.rest.next()?;
        if letter == 'b' {
            return Some(Some(8));
        }
        match self.shorthand(letter)? {
            Some(set) => {
                merge(class, &set);
                Some(None)
            }
            None => self.code(letter).map(Some),
        }
    }
}

fn is_half(code: u32) -> bool {
    (0xd800..0xe000).contains(&code)
}

/// Adds a range. Halves of pairs mean the characters that are written with pairs.
fn add(class: &mut Class, low: u32, high: u32) {
    match (is_half(low), is_half(high)) {
        (false, false) => class.add(low, high),
        (low_half, high_half) => {
            class.add(0x10000, 0x0010_ffff);
            if !low_half {
                class.add(low, 0xd7ff.max(low));
            }
            if !high_half && high > 0xdfff {
                class.add(0xe000, high);
            }
        }
    }
}

fn merge(class: &mut Class, other: &Class) {
    class.ascii |= other.ascii;
    class.ranges.extend(&other.ranges);
    class.with |= other.with;
    class.without |= other.without;
    if other.negated && other.with | other.without == 0 && other.ranges.is_empty() {
        class.ranges.push((128, 0x0010_ffff));
    }
}

fn posix(name: &str) -> Option<Class> {
    let property = match name {
        "alpha" => Property::Letter,
        "upper" => Property::Upper,
        "lower" => Property::Lower,
        "digit" => Property::Digit,
        "punct" => Property::Punctuation,
        "space" => Property::Space,
        "word" => Property::Word,
        "graph" => Property::Graph,
        "print" => Property::Print,
        "cntrl" => Property::Control,
        "alnum" => {
            let mut class = Class::property(Property::Letter, false);
            class.add_property(Property::Digit, false);
            return Some(class);
        }
        _ => return None,
    };
    Some(Class::property(property, false))
}
