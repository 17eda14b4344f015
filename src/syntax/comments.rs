//! Comments and what they belong to. The reader collects them; suppression and explanation ask for their lines.

use super::{Comment, Tree};
use crate::source::SourceFile;

impl Comment {
    /// The text without `#` and the blanks around it.
    pub fn text<'f>(&self, file: &'f SourceFile) -> &'f str {
        file.slice(self.span).trim_start_matches('#').trim()
    }
}

impl Tree {
    /// The comments that end on a line (from 1).
    pub fn comments_on<'t>(&'t self, file: &'t SourceFile, line: u32) -> impl Iterator<Item = &'t Comment> {
        self.comments.iter().filter(move |c| file.position(c.span.start).line == line)
    }
}
