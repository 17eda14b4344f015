//! Patterns: searched for in a text, in a bounded number of steps.
//!
//! Schemas take their patterns from services written in several languages; what is read here is what these languages
//! share. Patterns of the facts are compiled when the facts are, those of a template when they are met. The answer has
//! three values: a pattern that is not understood, and a search that takes too long, are unknown and never "valid".

mod class;
mod code;
mod parse;
mod run;

#[cfg(test)]
mod tests;

/// What a search found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// The pattern occurs.
    Yes,
    /// It does not.
    No,
    /// The pattern is not understood, or the answer would take too long.
    Unknown,
}

/// A pattern with its program.
#[derive(Clone, Copy)]
pub struct Pattern<'p> {
    source: &'p str,
    words: &'p [[u8; 4]],
    start: u32,
    length: u32,
}

impl<'p> Pattern<'p> {
    /// A program among other words.
    pub(super) fn from_parts(source: &'p str, words: &'p [[u8; 4]], start: u32, length: u32) -> Self {
        Pattern { source, words, start, length }
    }

    /// The pattern as its author wrote it.
    pub fn source(&self) -> &'p str {
        self.source
    }

    /// Whether the pattern can be searched for at all.
    pub fn is_understood(&self) -> bool {
        self.length > 0
    }

    /// Searches a text: the pattern may begin and end anywhere in it.
    pub fn find(&self, text: &str) -> Found {
        if !self.is_understood() || u32::try_from(text.len()).is_err() {
            return Found::Unknown;
        }
        let mut search = run::Search::new(self.words, self.start as usize, text);
        match search.anywhere() {
            Ok(_) if search.undecided => Found::Unknown,
            Ok(true) => Found::Yes,
            Ok(false) => Found::No,
            Err(run::GaveUp) => Found::Unknown,
        }
    }
}

/// A pattern that was read at run time, such as the `AllowedPattern` of a parameter.
#[derive(Clone, Debug)]
pub struct OwnPattern {
    source: String,
    words: Vec<[u8; 4]>,
    start: u32,
}

impl OwnPattern {
    /// Reads a pattern. One that is not understood can still be asked, and answers that it does not know.
    pub fn new(source: &str) -> OwnPattern {
        let mut words: Vec<[u8; 4]> = Vec::new();
        let code = compile(source, &mut |class| {
            let at = words.len() as u32;
            words.extend(class.into_iter().map(u32::to_le_bytes));
            at
        });
        let start = words.len() as u32;
        words.extend(code.unwrap_or_default().into_iter().map(u32::to_le_bytes));
        OwnPattern { source: source.to_owned(), words, start }
    }

    /// The pattern as a view, which is what can be asked.
    pub fn view(&self) -> Pattern<'_> {
        let length = self.words.len() as u32 - self.start;
        Pattern { source: &self.source, words: &self.words, start: self.start, length }
    }

    /// Searches a text.
    pub fn find(&self, text: &str) -> Found {
        self.view().find(text)
    }
}

/// The program of a pattern, with its sets of characters where `keep` puts them; `None` if it is not understood.
pub(super) fn compile(source: &str, keep: &mut dyn FnMut(Vec<u32>) -> u32) -> Option<Vec<u32>> {
    let tree = parse::parse(source)?;
    let mut writer = code::Writer { code: Vec::new(), keep };
    writer.write(&tree, 0)?;
    writer.code.push(code::op::MATCH);
    Some(writer.code)
}
