//! The commands of a build as far as they can be told apart without running them: words, redirections, folders.
//!
//! Nothing here knows a shell well. What is not plainly a word is marked as unknown, and nothing is concluded from it.

use std::collections::BTreeMap;

/// A word of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Its text without quotes, known variables put in.
    pub text: String,
    /// Whether that is all: no unknown variable, command or pattern is in it.
    pub known: bool,
}

/// One simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments; words such as `if`, `then` and `sudo` in front are left out.
    pub words: Vec<Word>,
    /// The files that its output goes to.
    pub writes: Vec<Word>,
}

impl Command {
    /// The text of a word, empty when there is none.
    pub fn word(&self, index: usize) -> &str {
        self.words.get(index).map_or("", |w| &w.text)
    }

    /// The program without the folders in front of it.
    pub fn program(&self) -> &str {
        self.word(0).rsplit('/').next().unwrap_or("")
    }

    /// Whether the command begins with these words.
    pub fn starts(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(i, w)| if i == 0 { self.program() == *w } else { self.word(i) == *w })
    }

    /// Whether the words without options begin like this (`aws --region x cloudformation deploy` does).
    pub fn asks(&self, words: &[&str]) -> bool {
        let mut plain = self.words.iter().map(|w| w.text.as_str());
        words.iter().all(|wanted| plain.any(|w| w.rsplit('/').next() == Some(wanted)))
    }

    /// The values of an option, written `--name value` or `--name=value`.
    pub fn options(&self, names: &[&str]) -> Vec<Word> {
        let mut found = Vec::new();
        for (i, word) in self.words.iter().enumerate() {
            for name in names {
                if word.text == *name {
                    found.extend(self.words.get(i + 1).filter(|w| !w.text.starts_with("--")).cloned());
                } else if let Some(value) = word.text.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
                    found.push(Word { text: value.to_owned(), known: word.known });
                }
            }
        }
        found
    }

    /// The words that are no options, the program left out.
    pub fn arguments(&self) -> impl Iterator<Item = &Word> {
        self.words.iter().skip(1).filter(|w| !w.text.starts_with('-'))
    }
}

/// Words in front of a command that are not the command.
const LEADING: &[&str] =
    &["if", "then", "else", "elif", "do", "while", "until", "!", "time", "sudo", "exec", "command", "nohup", "eval"];

struct Reader<'t, 'v> {
    rest: std::iter::Peekable<std::str::Chars<'t>>,
    variables: &'v mut BTreeMap<String, String>,
    word: Option<Word>,
    command: Command,
    /// The next word is the target of a redirection: of the output, or of something that is left out.
    target: Option<bool>,
    /// The texts that end the here-documents of the line.
    heredocs: Vec<String>,
    heredoc_next: bool,
    out: Vec<Command>,
}

/// Takes a text apart. Assignments of known values are kept in `variables`.
pub fn commands(text: &str, variables: &mut BTreeMap<String, String>) -> Vec<Command> {
    let mut reader = Reader {
        rest: text.chars().peekable(),
        variables,
        word: None,
        command: Command::default(),
        target: None,
        heredocs: Vec::new(),
        heredoc_next: false,
        out: Vec::new(),
    };
    while let Some(c) = reader.rest.next() {
        reader.step(c);
    }
    reader.end_command();
    reader.out
}

impl Reader<'_, '_> {
    fn step(&mut self, c: char) {
        match c {
            '\n' => {
                self.end_command();
                self.skip_heredocs();
            }
            ' ' | '\t' | '\r' => self.end_word(),
            '#' if self.word.is_none() => {
                while self.rest.peek().is_some_and(|c| *c != '\n') {
                    self.rest.next();
                }
            }
            ';' | '|' | '(' | ')' => self.end_command(),
            '{' | '}' if self.word.is_none() && self.rest.peek().is_none_or(|c| c.is_whitespace() || *c == ';') => {
                self.end_command();
            }
            '&' => {
                if self.rest.peek() == Some(&'>') {
                    self.rest.next();
                    self.redirect(true);
                } else {
                    self.end_command();
                }
            }
            '>' => self.redirect(true),
            '<' => self.redirect(false),
            '\\' => match self.rest.next() {
                Some('\n') | None => {}
                Some(c) => self.push(c),
            },
            '\'' => {
                self.touch();
                while let Some(c) = self.rest.next().filter(|c| *c != '\'') {
                    self.push(c);
                }
            }
            '"' => self.quoted(),
            '$' => self.dollar(),
            '`' => {
                self.unknown();
                while self.rest.next().is_some_and(|c| c != '`') {}
            }
            '*' | '?' => {
                self.unknown();
                self.push(c);
            }
            c => self.push(c),
        }
    }

    fn quoted(&mut self) {
        self.touch();
        while let Some(c) = self.rest.next() {
            match c {
                '"' => return,
                '\\' => match self.rest.next() {
                    Some('\n') | None => {}
                    Some(c @ ('"' | '\\' | '$' | '`')) => self.push(c),
                    Some(c) => {
                        self.push('\\');
                        self.push(c);
                    }
                },
                '$' => self.dollar(),
                '`' => {
                    self.unknown();
                    while self.rest.next().is_some_and(|c| c != '`') {}
                }
                c => self.push(c),
            }
        }
    }

    /// `$NAME`, `${NAME}`, `$(command)`, `$((sum))`.
    fn dollar(&mut self) {
        let name: String = match self.rest.peek() {
            Some('(') => {
                self.unknown();
                let mut depth = 0;
                for c in self.rest.by_ref() {
                    depth += i32::from(c == '(') - i32::from(c == ')');
                    if depth == 0 {
                        break;
                    }
                }
                return;
            }
            Some('{') => {
                self.rest.next();
                self.rest.by_ref().take_while(|c| *c != '}').collect()
            }
            _ => {
                let mut name = String::new();
                while let Some(c) = self.rest.peek().filter(|c| c.is_ascii_alphanumeric() || **c == '_') {
                    name.push(*c);
                    self.rest.next();
                }
                name
            }
        };
        match self.variables.get(&name).cloned() {
            Some(value) => value.chars().for_each(|c| self.push(c)),
            None => {
                self.unknown();
                self.push('$');
                name.chars().for_each(|c| self.push(c));
            }
        }
    }

    fn touch(&mut self) -> &mut Word {
        self.word.get_or_insert(Word { text: String::new(), known: true })
    }

    fn push(&mut self, c: char) {
        self.touch().text.push(c);
    }

    fn unknown(&mut self) {
        self.touch().known = false;
    }

    fn redirect(&mut self, output: bool) {
        // The digit in front names what is redirected.
        if self.word.as_ref().is_some_and(|w| w.text.len() == 1 && w.text.bytes().all(|b| b.is_ascii_digit())) {
            self.word = None;
        }
        self.end_word();
        if output {
            while matches!(self.rest.peek(), Some('>' | '|')) {
                self.rest.next();
            }
            if self.rest.peek() == Some(&'&') {
                self.rest.next();
                self.target = Some(false);
                return;
            }
            self.target = Some(true);
            return;
        }
        if self.rest.peek() == Some(&'<') {
            self.rest.next();
            match self.rest.peek() {
                Some('<') => {
                    self.rest.next();
                }
                other => {
                    if other == Some(&'-') {
                        self.rest.next();
                    }
                    self.heredoc_next = true;
                }
            }
        }
        self.target = Some(false);
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        match self.target.take() {
            Some(true) => self.command.writes.push(word),
            Some(false) => {
                if std::mem::take(&mut self.heredoc_next) {
                    self.heredocs.push(word.text);
                }
            }
            None => {
                if self.command.words.is_empty() && self.leads(&word) {
                    return;
                }
                self.command.words.push(word);
            }
        }
    }

    /// Whether a word stands before the program: a keyword or an assignment.
    fn leads(&mut self, word: &Word) -> bool {
        if LEADING.contains(&word.text.as_str()) || word.text == "export" {
            return true;
        }
        let is_name = |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        match word.text.split_once('=') {
            Some((name, value)) if is_name(name) => {
                if word.known {
                    self.variables.insert(name.to_owned(), value.to_owned());
                } else {
                    self.variables.remove(name);
                }
                true
            }
            _ => false,
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        self.target = None;
        let command = std::mem::take(&mut self.command);
        if !command.words.is_empty() || !command.writes.is_empty() {
            self.out.push(command);
        }
    }

    fn skip_heredocs(&mut self) {
        for end in std::mem::take(&mut self.heredocs) {
            loop {
                let mut line = String::new();
                let mut more = false;
                for c in self.rest.by_ref() {
                    if c == '\n' {
                        more = true;
                        break;
                    }
                    line.push(c);
                }
                if line.trim() == end || !more {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<String> {
        let mut variables = BTreeMap::from([("DIR".to_owned(), "out".to_owned())]);
        commands(text, &mut variables)
            .iter()
            .map(|c| {
                let words: Vec<_> =
                    c.words.iter().map(|w| format!("{}{}", w.text, if w.known { "" } else { "?" })).collect();
                let writes: Vec<_> = c.writes.iter().map(|w| format!(" >{}", w.text)).collect();
                format!("{}{}", words.join(" "), writes.concat())
            })
            .collect()
    }

    #[test]
    fn words_quotes_variables() {
        assert_eq!(plain("cd $DIR && cp 'a b' \"$DIR/c\"; echo $X"), ["cd out", "cp a b out/c", "echo $X?"]);
        assert_eq!(plain("if ! make; then exit 1; fi"), ["make", "exit 1", "fi"]);
        assert_eq!(plain("F=t.yml; aws x --template-file ${F}\\\n --y # no"), ["aws x --template-file t.yml --y"]);
    }

    #[test]
    fn redirections_and_here_documents() {
        assert_eq!(plain("printf '[{}]' > images.json 2>&1"), ["printf [{}] >images.json"]);
        assert_eq!(plain("cat <<'EOF' > a.sh\necho hi > b\nEOF\nls"), ["cat >a.sh", "ls"]);
        assert_eq!(plain("a &> log & b | tee x"), ["a >log", "b", "tee x"]);
    }
}
