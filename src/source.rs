//! One input file: its bytes as text, byte spans into it, and the positions people read.
//!
//! Everything above works in byte spans; lines and columns are made here, once, when something is printed.

use std::sync::OnceLock;

/// A half-open range of UTF-8 byte offsets into one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset just past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from byte offsets. Files are limited far below 4 GiB, so the conversion cannot lose anything.
    pub fn new(start: usize, end: usize) -> Self {
        Span { start: start as u32, end: end as u32 }
    }

    /// Number of bytes.
    pub fn len(self) -> usize {
        (self.end.saturating_sub(self.start)) as usize
    }

    /// Whether no byte is covered.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether `other` lies inside this span (equal spans do).
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A position as people count: line and column from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// One input file. `text` is the file's content byte for byte (a byte order mark included), so spans are file offsets.
#[derive(Debug)]
pub struct SourceFile {
    /// The name to print: the path as the user gave it, or as the walk found it.
    pub name: String,
    /// The content.
    pub text: String,
    lines: OnceLock<Vec<u32>>,
}

/// Why bytes could not become text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    /// Offset of the first bad byte.
    pub offset: usize,
    /// What is wrong, one lower-case sentence.
    pub message: String,
}

impl SourceFile {
    /// A file from text that is already decoded.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        SourceFile { name: name.into(), text: text.into(), lines: OnceLock::new() }
    }

    /// A file from raw bytes.
    ///
    /// # Errors
    /// When the bytes are UTF-16, contain a NUL (a binary file) or are not UTF-8; the error names the offset.
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, (DecodeError, String)> {
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]).into_owned();
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            let message = "the file is UTF-16; it must be saved as UTF-8".to_owned();
            return Err((DecodeError { offset: 0, message }, String::new()));
        }
        if let Some(offset) = bytes.iter().take(65_536).position(|&b| b == 0) {
            let message = "the file holds a NUL byte, so it is not a text file".to_owned();
            return Err((DecodeError { offset, message }, lossy(&bytes)));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(SourceFile::new(name, text)),
            Err(e) => {
                let offset = e.utf8_error().valid_up_to();
                let byte = e.as_bytes().get(offset).copied().unwrap_or_default();
                let message = format!("the file is not UTF-8: byte 0x{byte:02X} at offset {offset}");
                let text = String::from_utf8_lossy(e.as_bytes()).into_owned();
                Err((DecodeError { offset, message }, text))
            }
        }
    }

    /// Length of the byte order mark at the start: 3 or 0.
    pub fn bom_len(&self) -> usize {
        if self.text.starts_with('\u{feff}') { 3 } else { 0 }
    }

    /// The text under a span; empty when the span does not fit the file.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// Byte offsets at which lines start. `\n`, `\r\n` and a lone `\r` end a line.
    pub fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let mut starts = vec![0];
            for (i, &b) in bytes.iter().enumerate() {
                if b == b'\n' || (b == b'\r' && bytes.get(i + 1) != Some(&b'\n')) {
                    starts.push(i as u32 + 1);
                }
            }
            starts
        })
    }

    /// The position of a byte offset. Offsets past the end give the end of the file.
    pub fn position(&self, offset: u32) -> LineColumn {
        let starts = self.line_starts();
        let offset = offset.min(self.text.len() as u32);
        let line = starts.partition_point(|&s| s <= offset).max(1);
        let start = starts[line - 1] as usize;
        let before = self.text.get(start..offset as usize).unwrap_or("");
        let bom = usize::from(line == 1 && self.bom_len() > 0 && offset >= 3);
        LineColumn { line: line as u32, column: (before.chars().count() - bom) as u32 + 1 }
    }

    /// Byte range of a line (from 1) without its line end.
    pub fn line_span(&self, line: u32) -> Span {
        let starts = self.line_starts();
        let i = (line.max(1) as usize - 1).min(starts.len() - 1);
        let start = starts[i] as usize;
        let end = starts.get(i + 1).map_or(self.text.len(), |&e| e as usize);
        let trimmed = self.text[start..end].trim_end_matches(['\n', '\r']);
        Span::new(start, start + trimmed.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_all_line_ends() {
        let f = SourceFile::new("x", "\u{feff}aé\r\nb\rc\nd");
        let at = |needle: &str| {
            let p = f.position(f.text.find(needle).unwrap() as u32);
            (p.line, p.column)
        };
        assert_eq!(at("a"), (1, 1));
        assert_eq!(at("é"), (1, 2));
        assert_eq!(at("b"), (2, 1));
        assert_eq!(at("c"), (3, 1));
        assert_eq!(at("d"), (4, 1));
        assert_eq!(f.slice(f.line_span(1)), "\u{feff}aé");
    }
}
