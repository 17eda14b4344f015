//! What a script shows before it runs: its first line, its line ends, what it leaves running.

use crate::source::Span;

/// How a file begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// With a line that names this interpreter.
    Interpreter(String),
    /// Without such a line.
    Nothing,
    /// With something like it that the kernel does not take: this line.
    Nearly(String),
    /// With a byte order mark.
    ByteOrderMark,
    /// It is UTF-16.
    Utf16,
    /// It is no text: a program.
    Binary,
}

/// How lines end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnds {
    /// As Unix has them.
    Unix,
    /// The first line ends with a carriage return.
    First,
    /// Only later lines do.
    Later,
}

/// Looks at the first bytes of a script.
pub fn start(bytes: &[u8]) -> Start {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Start::Utf16;
    }
    if bytes.iter().take(1024).any(|&b| b == 0) {
        return Start::Binary;
    }
    if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
        return Start::ByteOrderMark;
    }
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]).into_owned();
    let first = text.lines().next().unwrap_or("").trim_end();
    if let Some(interpreter) = first.strip_prefix("#!") {
        let interpreter = interpreter.trim();
        return if interpreter.starts_with('/') {
            Start::Interpreter(interpreter.to_owned())
        } else {
            Start::Nearly(first.to_owned())
        };
    }
    let squeezed: String = first.chars().filter(|c| !c.is_whitespace()).collect();
    let nearly = ["#/bin/", "#/usr/", "!#/", "!/bin/", "/bin/bash", "/bin/sh", "#!/"];
    if nearly.iter().any(|n| squeezed.starts_with(n)) {
        return Start::Nearly(first.to_owned());
    }
    // The line is there, but not as the first.
    let later = text.lines().skip_while(|l| l.trim().is_empty()).find(|l| l.trim_start().starts_with("#!/"));
    match later {
        Some(line) if text.lines().take(3).any(|l| l == line) => Start::Nearly(line.trim_end().to_owned()),
        _ => Start::Nothing,
    }
}

/// Looks at the line ends.
pub fn line_ends(bytes: &[u8]) -> LineEnds {
    let mut lines = bytes.split_inclusive(|&b| b == b'\n');
    if lines.next().is_some_and(|l| l.ends_with(b"\r\n")) {
        LineEnds::First
    } else if lines.any(|l| l.ends_with(b"\r\n")) {
        LineEnds::Later
    } else {
        LineEnds::Unix
    }
}

/// The places of `&` behind commands whose outputs stay those of the script, with what stands before on the line.
pub fn left_running(text: &str) -> Vec<(Span, String)> {
    let mut found = Vec::new();
    let mut heredoc: Option<String> = None;
    let mut offset = 0;
    let mut command = String::new();
    let waits = text.lines().any(|l| matches!(l.trim(), "wait" | "wait;"));
    let redirected = text.lines().any(|l| {
        let line = l.trim_start();
        line.starts_with("exec ") && line.contains('>')
    });
    if waits || redirected {
        return found;
    }
    for line in text.split_inclusive('\n') {
        let at = offset;
        offset += line.len();
        let trimmed = line.trim_end();
        if let Some(end) = &heredoc {
            if trimmed.trim() == end {
                heredoc = None;
            }
            continue;
        }
        let body = without_comment(trimmed);
        if let Some(end) = heredoc_end(body) {
            heredoc = Some(end);
        }
        if let Some(rest) = body.strip_suffix('\\') {
            command.push_str(rest);
            continue;
        }
        command.push_str(body);
        for ampersand in background(body) {
            let before = &body[..ampersand];
            let whole = format!("{}{}", &command[..command.len() - body.len()], before);
            if !both_redirected(&whole) {
                found.push((Span::new(at + ampersand, at + ampersand + 1), before.trim().to_owned()));
            }
        }
        command.clear();
    }
    found
}

/// A line without the comment at its end.
fn without_comment(line: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (i, c) in line.char_indices() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if matches!(c, '\'' | '"') => quote = Some(c),
            None if c == '#' && before.is_whitespace() => return line[..i].trim_end(),
            None => {}
        }
        before = c;
    }
    line
}

/// The word that ends the here-document which a line begins.
fn heredoc_end(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("<<")?;
    let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start();
    if rest.starts_with('<') {
        return None;
    }
    let word: String =
        rest.trim_start_matches(['\'', '"', '\\']).chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!word.is_empty()).then_some(word)
}

/// Where a line puts a command into the background.
fn background(line: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let bytes = line.as_bytes();
    let mut quote = None;
    for (i, c) in line.char_indices() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if matches!(c, '\'' | '"' | '`') => quote = Some(c),
            None if c == '&' => {
                let beside = |b: Option<&u8>| matches!(b, Some(b'&' | b'>' | b'<' | b'\\'));
                let before = i.checked_sub(1).and_then(|j| bytes.get(j));
                let after = bytes.get(i + 1);
                let alone = after.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b')' | b';' | b'}'));
                if !beside(before) && !beside(after) && alone {
                    found.push(i);
                }
            }
            None => {}
        }
    }
    // `[[ $a & $b ]]` and sums are no commands.
    if line.contains("$((") || line.trim_start().starts_with("[[") {
        found.clear();
    }
    found
}

/// Whether a command sends both its outputs elsewhere.
fn both_redirected(command: &str) -> bool {
    let last = command.rsplit("&&").next().unwrap_or(command);
    let last = last.rsplit(';').next().unwrap_or(last);
    let squeezed: String = last.chars().filter(|c| !c.is_whitespace()).collect();
    let errors = squeezed.contains("2>") || squeezed.contains("&>") || squeezed.contains(">&");
    let both = squeezed.contains("&>") || squeezed.contains(">&/") || squeezed.contains(">&$");
    let mut output = false;
    let bytes = squeezed.as_bytes();
    for (i, b) in bytes.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|j| bytes.get(j));
        if *b == b'>' && !matches!(before, Some(b'2' | b'>' | b'-' | b'=')) {
            output = true;
        }
    }
    both || output && errors
        || squeezed.contains("systemctl")
        || squeezed.starts_with("screen-d")
        || squeezed.contains("tmuxnew")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_lines() {
        assert_eq!(start(b"#!/bin/bash\n"), Start::Interpreter("/bin/bash".to_owned()));
        assert_eq!(start(b"echo hi\n"), Start::Nothing);
        assert_eq!(start(b"\n#!/bin/sh\n"), Start::Nearly("#!/bin/sh".to_owned()));
        assert_eq!(start(b"# !/bin/sh\n"), Start::Nearly("# !/bin/sh".to_owned()));
        assert_eq!(start(b"\xef\xbb\xbf#!/bin/sh\n"), Start::ByteOrderMark);
        assert_eq!(start(b"\x7fELF\0"), Start::Binary);
        assert_eq!(
            (line_ends(b"a\r\nb"), line_ends(b"a\nb\r\n"), line_ends(b"a")),
            (LineEnds::First, LineEnds::Later, LineEnds::Unix)
        );
    }

    #[test]
    fn what_is_left_running() {
        let found = |text: &str| left_running(text).len();
        assert_eq!(found("#!/bin/sh\nnode app.js &\n"), 1);
        assert_eq!(found("nohup node app.js > out.log &\n"), 1);
        assert_eq!(found("a && b\nx > /dev/null 2>&1 &\ny &> log &\nz > o 2> e < /dev/null &\n"), 0);
        assert_eq!(found("java -jar x.jar \\\n  > log 2>&1 &\n"), 0);
        assert_eq!(found("echo 'a & b' # c &\ncat <<EOF\na &\nEOF\n"), 0);
        assert_eq!(found("a & b &\nwait\n"), 0);
        assert_eq!(found("node x & echo $! > pid\n"), 1);
    }
}
