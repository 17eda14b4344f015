//! Events into nodes: every token is found again in the source, in order, by a cursor that only moves forward.

use super::{Event, Events, Problem, Properties, ScalarStyle, empty_tree};
use crate::source::Span;
use crate::syntax::{
    Comment, Entry, Key, MAX_ALIAS_NODES, MAX_DEPTH, MAX_NODES, Node, NodeKind, Style, SyntaxError, SyntaxErrorKind,
    Tagged, Tree, scalar,
};
use std::collections::BTreeMap;

/// Builds the tree of the first document.
pub(super) fn build(text: &str, events: &mut dyn Events) -> Result<Tree, Problem> {
    let mut b = Builder {
        text,
        bytes: text.as_bytes(),
        at: 0,
        events,
        tree: empty_tree(),
        anchors: BTreeMap::new(),
        nodes: 0,
        alias_nodes: 0,
        stopped: false,
    };
    loop {
        match b.events.next()? {
            Event::StreamEnd => break,
            Event::DocumentStart => {
                b.document_start();
                let first = b.events.next()?;
                let root = b.node(first, Place { depth: 0, indent: -1, flow: false })?;
                if b.stopped {
                    b.tree.root = None;
                    break;
                }
                b.tree.root = Some(root);
                b.rest()?;
                break;
            }
            _ => {}
        }
    }
    b.skip_blank();
    if matches!(&b.tree.root, Some(n) if n.is_null() && n.span.is_empty()) {
        b.tree.root = None;
    }
    b.tree.errors.sort_by_key(|e| e.span);
    Ok(b.tree)
}

struct Builder<'t, 'e> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    events: &'e mut dyn Events,
    tree: Tree,
    anchors: BTreeMap<&'t str, (Node, usize)>,
    nodes: usize,
    alias_nodes: usize,
    stopped: bool,
}

/// Where a node stands: how deep, in a block collection of which column, and whether inside brackets.
#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    indent: i64,
    flow: bool,
}

struct Read<'t> {
    tag: Option<(&'t str, Span)>,
    anchor: Option<&'t str>,
}

impl<'t> Builder<'t, '_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn blank_at(&self, ahead: usize) -> bool {
        matches!(self.peek(ahead), b' ' | b'\t' | b'\n' | b'\r' | 0)
    }

    fn column(&self, offset: usize) -> i64 {
        let start = self.text[..offset].rfind('\n').map_or(0, |n| n + 1);
        (offset - start) as i64
    }

    /// Moves over blanks, line ends and comments; comments are collected.
    fn skip_blank(&mut self) {
        loop {
            match self.peek(0) {
                b' ' | b'\t' | b'\n' | b'\r' if self.at < self.bytes.len() => self.at += 1,
                b'#' if self.at == 0 || matches!(self.bytes[self.at - 1], b' ' | b'\t' | b'\n' | b'\r') => {
                    self.comment();
                }
                // A byte order mark inside the text is a blank for both parsers.
                0xEF if self.text[self.at..].starts_with('\u{feff}') => self.at += 3,
                _ => return,
            }
        }
    }

    fn comment(&mut self) {
        let start = self.at;
        let length = self.text[start..].find(['\n', '\r']).unwrap_or(self.text.len() - start);
        self.at = start + length;
        let line = self.text[..start].rfind(['\n', '\r']).map_or(0, |n| n + 1);
        let alone = self.text[line..start].trim().is_empty();
        let end = start + self.text[start..self.at].trim_end().len();
        self.tree.comments.push(Comment { span: Span::new(start, end), alone });
    }

    fn document_start(&mut self) {
        loop {
            self.skip_blank();
            if self.peek(0) == b'%' && self.column(self.at) == 0 {
                self.at += self.text[self.at..].find('\n').unwrap_or(self.text.len() - self.at);
            } else if self.text[self.at..].starts_with("---") && self.blank_at(3) {
                self.at += 3;
                return;
            } else {
                return;
            }
        }
    }

    /// After the first document: everything else must be its end.
    fn rest(&mut self) -> Result<(), Problem> {
        loop {
            match self.events.next()? {
                Event::StreamEnd => return Ok(()),
                Event::DocumentStart => {
                    self.skip_blank();
                    while self.text[self.at..].starts_with("...") {
                        self.at += 3;
                        self.skip_blank();
                    }
                    let span = Span::new(self.at, (self.at + 3).min(self.text.len()));
                    self.error(
                        SyntaxErrorKind::SeveralDocuments,
                        span,
                        "a second document starts here; only the first one is read",
                        Some("keep one document in a file"),
                    );
                    self.at = self.text.len();
                    while !matches!(self.events.next(), Ok(Event::StreamEnd) | Err(_)) {}
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    fn error(&mut self, kind: SyntaxErrorKind, span: Span, message: impl Into<String>, help: Option<&str>) {
        let help = help.map(str::to_owned);
        self.tree.errors.push(SyntaxError { kind, span, message: message.into(), related: None, help });
    }

    fn stop(&mut self, span: Span, message: String) {
        if !self.stopped {
            self.stopped = true;
            self.error(SyntaxErrorKind::Limit, span, message, None);
        }
    }

    /// Reads the tag and anchor that the event announced.
    fn properties(&mut self, expected: Properties) -> Read<'t> {
        let mut read = Read { tag: None, anchor: None };
        while (expected.tag && read.tag.is_none()) || (expected.anchor && read.anchor.is_none()) {
            self.skip_blank();
            let start = self.at;
            match self.peek(0) {
                b'!' if read.tag.is_none() => {
                    if self.peek(1) == b'<' {
                        self.at += self.text[start..].find('>').map_or(1, |n| n + 1);
                    } else {
                        self.word();
                    }
                    read.tag = Some((&self.text[start..self.at], Span::new(start, self.at)));
                }
                b'&' if read.anchor.is_none() => {
                    self.word();
                    read.anchor = Some(&self.text[start + 1..self.at]);
                }
                _ => break,
            }
        }
        read
    }

    /// Moves to the end of a tag, anchor or alias.
    fn word(&mut self) {
        self.at += 1;
        while self.at < self.bytes.len()
            && !self.blank_at(0)
            && !matches!(self.peek(0), b',' | b'[' | b']' | b'{' | b'}')
        {
            self.at += 1;
        }
    }

    fn node(&mut self, event: Event, place: Place) -> Result<Node, Problem> {
        self.nodes += 1;
        if place.depth > MAX_DEPTH {
            let span = Span::new(self.at, self.at);
            self.stop(span, format!("values are nested more than {MAX_DEPTH} deep here"));
        }
        if self.nodes > MAX_NODES {
            let span = Span::new(self.at, self.at);
            self.stop(span, format!("the file has more than {MAX_NODES} values"));
        }
        if self.stopped {
            return Ok(Node::new(Span::new(self.at, self.at), NodeKind::Null));
        }
        let (read, first, node) = match event {
            Event::Alias => return Ok(self.alias()),
            Event::Scalar { value, style, properties } => {
                let read = self.properties(properties);
                let first = self.nodes;
                let node = self.scalar(value, style, place, read.tag);
                (read, first, node)
            }
            Event::SequenceStart(properties) => {
                let read = self.properties(properties);
                let first = self.nodes;
                (read, first, self.sequence(place)?)
            }
            Event::MappingStart(properties) => {
                let read = self.properties(properties);
                let first = self.nodes;
                (read, first, self.mapping(place)?)
            }
            Event::DocumentStart | Event::DocumentEnd | Event::StreamEnd | Event::SequenceEnd | Event::MappingEnd => {
                return Ok(Node::new(Span::new(self.at, self.at), NodeKind::Null));
            }
        };
        let node = match read.tag {
            Some((tag, tag_span)) if !tag.starts_with("!!") && tag != "!" => Node {
                span: node.span,
                style: node.style,
                kind: NodeKind::Tagged(Box::new(Tagged { tag: tag.into(), tag_span, value: node })),
            },
            _ => node,
        };
        if let Some(anchor) = read.anchor {
            let size = self.nodes - first + 1;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok(node)
    }

    fn alias(&mut self) -> Node {
        self.skip_blank();
        let start = self.at;
        if self.peek(0) != b'*' {
            return Node::new(Span::new(start, start), NodeKind::Null);
        }
        self.word();
        if !self.anchors.contains_key(&self.text[start + 1..self.at]) && self.text[start..self.at].ends_with(':') {
            self.at -= 1;
        }
        let span = Span::new(start, self.at);
        self.tree.aliases.push(span);
        let name = &self.text[start + 1..self.at];
        let Some((node, size)) = self.anchors.get(name) else {
            let message = format!("`*{name}` names an anchor that is not defined before it");
            self.error(
                SyntaxErrorKind::UnknownAlias,
                span,
                message,
                Some("define it with `&name` at the value to repeat"),
            );
            return Node::new(span, NodeKind::Null);
        };
        self.alias_nodes += size;
        self.nodes += size;
        if self.alias_nodes > MAX_ALIAS_NODES {
            self.stop(span, format!("aliases expand to more than {MAX_ALIAS_NODES} values"));
            return Node::new(span, NodeKind::Null);
        }
        node.clone()
    }

    fn scalar(&mut self, value: String, style: ScalarStyle, place: Place, tag: Option<(&str, Span)>) -> Node {
        let (span, style) = match style {
            ScalarStyle::Plain => (self.plain_span(&value), Style::Plain),
            ScalarStyle::SingleQuoted => (self.quoted_span(b'\''), Style::SingleQuoted),
            ScalarStyle::DoubleQuoted => (self.quoted_span(b'"'), Style::DoubleQuoted),
            ScalarStyle::Literal | ScalarStyle::Folded => (self.block_span(&value, place), Style::Block),
        };
        let empty = span.is_empty();
        let mut value = if empty { String::new() } else { value };
        // The last line of a block scalar has a line end only if the file has one there.
        if style == Style::Block && self.at == self.text.len() && !self.text.ends_with('\n') && value.ends_with('\n') {
            value.pop();
        }
        let kind = match tag.map(|t| t.0) {
            Some("!!int" | "!!float") => NodeKind::Number(value.into()),
            Some("!!null") => NodeKind::Null,
            Some("!!bool") => scalar::plain(&value),
            Some(_) => NodeKind::String(value.into()),
            None if style == Style::Plain => scalar::plain(&value),
            None => NodeKind::String(value.into()),
        };
        Node { span, style, kind }
    }

    /// The place of a plain scalar: the source is read along with the value, blanks in both being one run.
    fn plain_span(&mut self, value: &str) -> Span {
        let before = (self.at, self.tree.comments.len());
        let restore = |b: &mut Self| {
            b.at = before.0;
            b.tree.comments.truncate(before.1);
            Span::new(b.at, b.at)
        };
        if value.is_empty() {
            return restore(self);
        }
        self.skip_blank();
        let start = self.at;
        let mut end = start;
        let mut source = self.text[start..].char_indices().peekable();
        let mut wanted = value.chars().peekable();
        while let Some(c) = wanted.next() {
            if c.is_whitespace() {
                while wanted.next_if(|c| c.is_whitespace()).is_some() {}
                while source.next_if(|(_, c)| c.is_whitespace()).is_some() {}
            } else {
                match source.next() {
                    Some((i, s)) if s == c => end = start + i + s.len_utf8(),
                    _ => return restore(self),
                }
            }
        }
        // `~` also stands for nothing at all: it is real only when it is alone.
        if value == "~" {
            let after = self.bytes.get(end).copied().unwrap_or(b'\n');
            let alone = matches!(after, b' ' | b'\t' | b'\n' | b'\r' | b',' | b']' | b'}');
            let same_line = !self.text[before.0..start].contains('\n');
            if !alone || (!same_line && self.text[end..].trim_start_matches([' ', '\t']).starts_with(':')) {
                return restore(self);
            }
        }
        self.at = end;
        Span::new(start, end)
    }

    fn quoted_span(&mut self, quote: u8) -> Span {
        self.skip_blank();
        let start = self.at;
        if self.peek(0) != quote {
            return Span::new(start, start);
        }
        self.at += 1;
        while self.at < self.bytes.len() {
            let b = self.peek(0);
            if b == b'\\' && quote == b'"' {
                self.at += 1;
                // The escaped character may have several bytes.
                self.at += self.text.get(self.at..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8);
            } else if b == quote {
                if quote == b'\'' && self.peek(1) == b'\'' {
                    self.at += 2;
                } else {
                    self.at += 1;
                    break;
                }
            } else {
                self.at += 1;
            }
        }
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        Span::new(start, self.at)
    }

    /// The place of a block scalar: from `|` or `>` to the end of its last line that is not blank.
    fn block_span(&mut self, value: &str, place: Place) -> Span {
        self.skip_blank();
        let start = self.at;
        let mut explicit = None;
        self.at += 1;
        while matches!(self.peek(0), b'+' | b'-' | b'0'..=b'9') {
            if self.peek(0).is_ascii_digit() {
                explicit = Some(i64::from(self.peek(0) - b'0'));
            }
            self.at += 1;
        }
        let mut end = self.at;
        while matches!(self.peek(0), b' ' | b'\t') {
            self.at += 1;
        }
        if self.peek(0) == b'#' {
            self.comment();
        }
        let Some(line_end) = self.text[self.at..].find('\n') else {
            return Span::new(start, end);
        };
        let mut line = self.at + line_end + 1;
        self.at = line;
        if value.trim().is_empty() && value.trim_matches('\n').is_empty() {
            return Span::new(start, end);
        }
        let mut indent = explicit.map(|n| place.indent.max(0) + n);
        while line < self.text.len() {
            let length = self.text[line..].find('\n').unwrap_or(self.text.len() - line);
            let content = self.text[line..line + length].trim_end_matches('\r');
            let spaces = content.len() - content.trim_start_matches(' ').len();
            let next = line + length + 1;
            if content.len() == spaces && indent.is_none_or(|i| (spaces as i64) <= i) {
                line = next;
                continue;
            }
            let needed = *indent.get_or_insert(spaces as i64);
            if (spaces as i64) < needed {
                break;
            }
            end = line + content.len();
            self.at = (line + length).min(self.text.len());
            line = next;
        }
        Span::new(start, end)
    }

    fn sequence(&mut self, place: Place) -> Result<Node, Problem> {
        self.skip_blank();
        let start = self.at;
        let flow = self.peek(0) == b'[';
        let inner = Place {
            depth: place.depth + 1,
            indent: if flow { place.indent } else { self.column(start) },
            flow: flow || place.flow,
        };
        if flow {
            self.at += 1;
        }
        let mut items = Vec::new();
        let mut end = start;
        loop {
            let event = self.events.next()?;
            if matches!(event, Event::SequenceEnd) {
                break;
            }
            self.skip_blank();
            match self.peek(0) {
                b',' if flow => self.at += 1,
                b'-' if !flow && self.blank_at(1) => self.at += 1,
                _ => {}
            }
            end = self.at;
            let item = self.node(event, inner)?;
            end = end.max(item.span.end as usize).min(self.at.max(end));
            items.push(item);
        }
        if flow {
            end = self.close(b']', end);
        } else {
            end = end.max(self.trimmed_end(start));
        }
        items.shrink_to_fit();
        let style = if flow { Style::Flow } else { Style::Plain };
        Ok(Node { span: Span::new(start, end), style, kind: NodeKind::List(items) })
    }

    /// Moves over the closing bracket of a flow collection.
    fn close(&mut self, bracket: u8, end: usize) -> usize {
        self.skip_blank();
        if self.peek(0) == b',' {
            self.at += 1;
            self.skip_blank();
        }
        if self.peek(0) == bracket {
            self.at += 1;
            self.at
        } else {
            end
        }
    }

    /// The cursor, but not further than what was read last (blanks and comments were not read yet).
    fn trimmed_end(&self, start: usize) -> usize {
        start + self.text[start..self.at.max(start)].trim_end().len()
    }

    fn mapping(&mut self, place: Place) -> Result<Node, Problem> {
        self.skip_blank();
        let start = self.at;
        let flow = self.peek(0) == b'{';
        let inner = Place {
            depth: place.depth + 1,
            indent: if flow { place.indent } else { self.column(start) },
            flow: flow || place.flow,
        };
        if flow {
            self.at += 1;
        }
        let mut entries: Vec<Entry> = Vec::new();
        let mut merges = Vec::new();
        loop {
            let event = self.events.next()?;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            self.skip_blank();
            if self.peek(0) == b',' && place_allows_comma(inner) {
                self.at += 1;
                self.skip_blank();
            }
            if self.peek(0) == b'?' && self.blank_at(1) {
                self.at += 1;
            }
            let key = self.node(event, inner)?;
            let event = self.events.next()?;
            self.colon();
            let value = self.node(event, inner)?;
            if self.stopped {
                break;
            }
            self.entry(key, value, &mut entries, &mut merges);
        }
        let mut end = self.trimmed_end(start);
        if flow {
            end = self.close(b'}', end);
        }
        self.duplicates(&entries);
        merge(&mut entries, merges);
        // Most mappings are small and there are many of them: spare room would be a third of the tree.
        entries.shrink_to_fit();
        let style = if flow { Style::Flow } else { Style::Plain };
        Ok(Node { span: Span::new(start, end), style, kind: NodeKind::Map(entries) })
    }

    /// Moves over the `:` between a key and its value, if there is one.
    fn colon(&mut self) {
        let before = (self.at, self.tree.comments.len());
        self.skip_blank();
        if self.peek(0) == b':' {
            self.at += 1;
        } else {
            self.at = before.0;
            self.tree.comments.truncate(before.1);
        }
    }

    fn entry(&mut self, key: Node, value: Node, entries: &mut Vec<Entry>, merges: &mut Vec<Node>) {
        let (node, span) = match key.kind {
            NodeKind::Tagged(t) => (t.value, key.span),
            kind => (Node { kind, ..key }, key.span),
        };
        let text: Box<str> = match node.kind {
            NodeKind::String(s) if &*s == "<<" && node.style == Style::Plain => {
                self.tree.merge_keys.push(span);
                match value.kind {
                    NodeKind::List(items) => merges.extend(items),
                    kind => merges.push(Node { kind, ..value }),
                }
                return;
            }
            NodeKind::String(s) | NodeKind::Number(s) => s,
            NodeKind::Bool(_) | NodeKind::Null => {
                let text = self.text.get(span.start as usize..span.end as usize).unwrap_or("");
                if matches!(node.kind, NodeKind::Null) {
                    self.error(
                        SyntaxErrorKind::NullKey,
                        span,
                        "a key is null",
                        Some("write the key as text; put it in quotes if it is meant to be the word"),
                    );
                }
                text.into()
            }
            NodeKind::List(_) | NodeKind::Map(_) | NodeKind::Call(_) | NodeKind::Tagged(_) => {
                self.error(
                    SyntaxErrorKind::ComplexKey,
                    span,
                    "a list or mapping cannot be a key",
                    Some("put the key in quotes if the brackets are meant as text"),
                );
                return;
            }
        };
        entries.push(Entry { key: Key { text, span, style: node.style }, value });
    }

    fn duplicates(&mut self, entries: &[Entry]) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut found = Vec::new();
        if entries.len() < 8 {
            for (i, e) in entries.iter().enumerate() {
                if let Some(first) = entries[..i].iter().find(|f| f.key.text == e.key.text) {
                    found.push((e, first.key.span));
                }
            }
        } else {
            for e in entries {
                match seen.get(&*e.key.text) {
                    Some(first) => found.push((e, *first)),
                    None => {
                        seen.insert(&e.key.text, e.key.span);
                    }
                }
            }
        }
        for (e, first) in found {
            self.tree.errors.push(SyntaxError {
                kind: SyntaxErrorKind::DuplicateKey,
                span: e.key.span,
                message: format!("the key `{}` stands twice in this mapping", e.key.text),
                related: Some((first, "first here".to_owned())),
                help: Some("remove one of them; only the last one would count".to_owned()),
            });
        }
    }
}

fn place_allows_comma(place: Place) -> bool {
    place.flow
}

/// Adds what merge keys bring: keys that stand in the mapping itself win, then the first merged mapping that has one.
fn merge(entries: &mut Vec<Entry>, merges: Vec<Node>) {
    let mut added: Vec<Entry> = Vec::new();
    for node in merges {
        let NodeKind::Map(from) = node.kind else { continue };
        for e in from {
            let known = |list: &[Entry]| list.iter().any(|k| k.key.text == e.key.text);
            if !known(entries) && !known(&added) {
                added.push(e);
            }
        }
    }
    if !added.is_empty() {
        added.append(entries);
        *entries = added;
    }
}
