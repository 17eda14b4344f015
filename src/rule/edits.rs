//! Edits that several rules offer: removing an entry or an item, adding an entry, making a mapping a list item.

use crate::diagnostic::Edit;
use crate::source::{SourceFile, Span};
use crate::syntax::{Entry, Key, Node, NodeKind, Style};

/// Puts `- ` in front of a block mapping and moves its other lines along.
pub fn as_list_item(file: &SourceFile, mapping: Span) -> Vec<Edit> {
    let first = Span { start: mapping.start, end: mapping.start };
    let mut edits = vec![Edit { span: first, text: "- ".to_owned() }];
    edits.extend(indent_lines(file, Span { start: mapping.start + 1, end: mapping.end }, 2));
    edits
}

/// Indents every line that starts inside a span, blank ones left alone.
pub fn indent_lines(file: &SourceFile, lines: Span, by: usize) -> Vec<Edit> {
    let first = file.position(lines.start).line;
    let last = file.position(lines.end.saturating_sub(1)).line;
    (first..=last)
        .map(|line| file.line_span(line))
        .filter(|line| line.start >= lines.start && !file.slice(*line).trim().is_empty())
        .map(|line| Edit { span: Span { start: line.start, end: line.start }, text: " ".repeat(by) })
        .collect()
}

/// Blanks in the place of the tabs in front of all lines, when one of them stands at a place: two for each.
pub fn untab(file: &SourceFile, at: Span) -> Option<Vec<Edit>> {
    let line = file.line_span(file.position(at.start).line);
    let before = file.text.get(line.start as usize..(at.start as usize + 1).min(file.text.len()))?;
    if !before.contains('\t') || !before.trim().is_empty() {
        return None;
    }
    let mut edits = Vec::new();
    for number in 1..=file.line_starts().len() as u32 {
        let line = file.line_span(number);
        let text = file.slice(line);
        let lead = &text[..text.len() - text.trim_start_matches([' ', '\t']).len()];
        if lead.contains('\t') {
            let span = Span { start: line.start, end: line.start + lead.len() as u32 };
            edits.push(Edit { span, text: lead.replace('\t', "  ") });
        }
    }
    Some(edits)
}

/// Puts a key in front of a block list, which becomes its value.
pub fn under_key(file: &SourceFile, list: &Node, key: &str) -> Option<Vec<Edit>> {
    list.as_list().filter(|items| !items.is_empty() && list.style != Style::Flow)?;
    let line = file.line_span(file.position(list.span.start).line);
    let indent = file.slice(Span { start: line.start, end: list.span.start });
    if !indent.trim().is_empty() {
        return None;
    }
    let first = Span { start: list.span.start, end: list.span.start };
    let mut edits = vec![Edit { span: first, text: format!("{key}:\n{indent}  ") }];
    edits.extend(indent_lines(file, Span { start: list.span.start + 1, end: list.span.end }, 2));
    Some(edits)
}

/// Puts a command that YAML took apart into single quotes.
pub fn quote_whole(file: &SourceFile, node: Span) -> Option<Vec<Edit>> {
    let line = file.line_span(file.position(node.start).line);
    let span = Span { start: node.start, end: line.end };
    let text = file.slice(span).trim_end();
    let one_line = node.end <= line.end && !text.is_empty() && !text.starts_with(['"', '\'', '-', '|', '>']);
    let span = Span { start: node.start, end: node.start + text.len() as u32 };
    one_line.then(|| vec![Edit { span, text: format!("'{}'", text.replace('\'', "''")) }])
}

/// What holds a node: a mapping or a list, and which of its parts.
enum Holder<'n> {
    Entry(&'n [Entry], usize, bool),
    Item(&'n [Node], usize, bool),
}

impl Holder<'_> {
    fn is_only(&self) -> bool {
        match self {
            Holder::Entry(entries, ..) => entries.len() == 1,
            Holder::Item(items, ..) => items.len() == 1,
        }
    }

    /// The places of the parts: the one in question, the one before it, the one after it.
    fn places(&self) -> (Span, Option<Span>, Option<Span>) {
        fn around<T>(parts: &[T], i: usize, span: impl Fn(&T) -> Span) -> (Span, Option<Span>, Option<Span>) {
            (span(&parts[i]), i.checked_sub(1).map(|p| span(&parts[p])), parts.get(i + 1).map(&span))
        }
        match self {
            Holder::Entry(entries, i, _) => around(entries, *i, |e| e.key.span.to(e.value.span)),
            Holder::Item(items, i, _) => around(items, *i, |n| n.span),
        }
    }
}

/// Removes what stands at a place: the entry of a key, the entry of a value, the item of a list. What held nothing else is
/// removed with it. `None` when that is not a matter of whole lines or of one comma.
pub fn remove(file: &SourceFile, root: &Node, target: Span) -> Option<Vec<Edit>> {
    let mut path = Vec::new();
    if !find(root, target, &mut path) {
        return None;
    }
    while path.last().is_some_and(Holder::is_only) {
        path.pop();
    }
    let holder = path.last()?;
    let (own, before, after) = holder.places();
    let flow = matches!(holder, Holder::Entry(_, _, true) | Holder::Item(_, _, true));
    let span = if flow {
        match (before, after) {
            (_, Some(after)) if after.start > own.end => Span { start: own.start, end: after.start },
            (Some(before), None) if before.end < own.start => Span { start: before.end, end: own.end },
            _ => return None,
        }
    } else {
        whole_lines(file, own, if matches!(holder, Holder::Item(..)) { "-" } else { "" })?
    };
    Some(vec![Edit { span, text: String::new() }])
}

fn find<'n>(node: &'n Node, target: Span, path: &mut Vec<Holder<'n>>) -> bool {
    let flow = node.style == Style::Flow;
    match &node.kind {
        NodeKind::Map(entries) => entries.iter().enumerate().any(|(i, e)| {
            path.push(Holder::Entry(entries, i, flow));
            let here = e.key.span == target || e.value.is_scalar() && e.value.span == target;
            let found = here || e.value.span.contains(target) && find(&e.value, target, path);
            if !found {
                path.pop();
            }
            found
        }),
        NodeKind::List(items) => items.iter().enumerate().any(|(i, item)| {
            path.push(Holder::Item(items, i, flow));
            let found = item.span == target || item.span.contains(target) && find(item, target, path);
            if !found {
                path.pop();
            }
            found
        }),
        // What is inside a function cannot simply be left out.
        _ => false,
    }
}

/// The lines of a part in block style, when it has them for itself; `mark` is what may stand before it.
fn whole_lines(file: &SourceFile, part: Span, mark: &str) -> Option<Span> {
    let first = file.line_span(file.position(part.start).line);
    let before = file.slice(Span { start: first.start, end: part.start });
    if before.trim_start_matches('\u{feff}').trim() != mark {
        return None;
    }
    let end = file.text.get(..part.end as usize)?.trim_end().len() as u32;
    let line = file.position(end.max(part.start + 1) - 1).line;
    let last = file.line_span(line);
    let rest = file.slice(Span { start: end, end: last.end }).trim_start_matches(':').trim_start();
    if !rest.is_empty() && !rest.starts_with('#') {
        return None;
    }
    let next = file.line_starts().get(line as usize).copied().unwrap_or(file.text.len() as u32);
    let start = first.start.max(file.bom_len() as u32);
    Some(Span { start, end: next })
}

/// Adds an entry with a scalar behind another one of the same mapping, written as that one is.
pub fn add_after(file: &SourceFile, mapping: &Node, neighbour: &Entry, key: &str, value: &str) -> Option<Vec<Edit>> {
    if !neighbour.value.is_scalar() || neighbour.value.style == Style::Block || neighbour.value.is_null() {
        return None;
    }
    let quote = if neighbour.key.style == Style::DoubleQuoted { "\"" } else { "" };
    let end = neighbour.value.span.end;
    let text = if mapping.style == Style::Flow {
        format!(", {quote}{key}{quote}: {value}")
    } else {
        let line = file.line_span(file.position(neighbour.key.span.start).line);
        let indent = file.slice(Span { start: line.start, end: neighbour.key.span.start });
        let indent: String = indent.chars().map(|c| if c == '-' { ' ' } else { c }).collect();
        format!("\n{indent}{quote}{key}{quote}: {value}")
    };
    Some(vec![Edit { span: Span { start: end, end }, text }])
}

/// A value of a resource that an edit adds.
#[derive(Clone, Copy, Debug)]
pub enum Added<'t> {
    /// A text or number, as it is written.
    Plain(&'t str),
    /// `Fn::GetAtt` of a resource.
    Attribute(&'t str, &'t str),
}

/// Adds a resource behind another one, written as that one is: a block of lines, or braces. `None` when the other one does
/// not stand in the file as an entry of its own.
pub fn add_resource(
    file: &SourceFile,
    neighbour: (&Key, &Node),
    name: &str,
    kind: &str,
    properties: &[(&str, Added<'_>)],
) -> Option<Vec<Edit>> {
    let (key, body) = neighbour;
    let line = file.line_span(file.position(key.span.start).line);
    let indent = file.slice(Span { start: line.start, end: key.span.start });
    if !indent.bytes().all(|b| b == b' ') || file.slice(key.span).trim_matches(['"', '\'']) != &*key.text {
        return None;
    }
    if body.style == Style::Flow {
        let quoted = |(name, value): &(&str, Added<'_>)| match value {
            Added::Plain(text) if text.bytes().all(|b| b.is_ascii_digit()) => format!("\"{name}\": {text}"),
            Added::Plain(text) => format!("\"{name}\": \"{text}\""),
            Added::Attribute(id, attribute) => format!("\"{name}\": {{\"Fn::GetAtt\": [\"{id}\", \"{attribute}\"]}}"),
        };
        let inner: Vec<String> = properties.iter().map(quoted).collect();
        let inner = inner.join(", ");
        let text = format!(",\n{indent}\"{name}\": {{\"Type\": \"{kind}\", \"Properties\": {{{inner}}}}}");
        return Some(vec![Edit { span: Span { start: body.span.end, end: body.span.end }, text }]);
    }
    let last = file.line_span(file.position(body.span.end.max(body.span.start + 1) - 1).line);
    let mut text = format!("\n{indent}{name}:\n{indent}  Type: {kind}\n{indent}  Properties:");
    for (name, value) in properties {
        match value {
            Added::Plain(value) => text.push_str(&format!("\n{indent}    {name}: {value}")),
            Added::Attribute(id, attribute) => {
                text.push_str(&format!("\n{indent}    {name}: !GetAtt {id}.{attribute}"));
            }
        }
    }
    Some(vec![Edit { span: Span { start: last.end, end: last.end }, text }])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn removed(text: &str, marked: &str) -> Option<String> {
        let name = if text.starts_with('{') { "t.json" } else { "t.yaml" };
        let file = SourceFile::new(name, text);
        let tree = crate::syntax::read(&file);
        let start = text.find(marked).unwrap();
        let edits = remove(&file, &tree.root.unwrap(), Span::new(start, start + marked.len()))?;
        crate::fix::apply(text, &edits)
    }

    #[test]
    fn entries_and_items_go_with_their_lines_or_commas() {
        let check = |text: &str, marked: &str, expected: &str| {
            assert_eq!(removed(text, marked).as_deref(), Some(expected), "{text}");
        };
        check("A:\n  B: 1 # why\n  C: 2\n", "B", "A:\n  C: 2\n");
        check("A:\n  B:\n    D: 1\n\n  C: 2\n", "B", "A:\n\n  C: 2\n");
        check("A:\n  B:\n    D: 1\nC: 2\n", "B", "C: 2\n");
        check("A:\n  B:\n  C: 2\n", "B", "A:\n  C: 2\n");
        check("A: {B: 1, C: 2}\n", "B", "A: {C: 2}\n");
        check("A: {B: 1, C: 2}\n", "C", "A: {B: 1}\n");
        check("A:\n  - x\n  - y\n", "x", "A:\n  - y\n");
        check("A: [x, y]\nB: z\n", "z", "A: [x, y]\n");
        check("{\"A\": {\"B\": 1},\n \"C\": 2}", "\"B\"", "{\"C\": 2}");
        assert_eq!(removed("A:\n  - B: 1\n    C: 2\n", "B"), None);
        assert_eq!(removed("A: 1\n", "A"), None);
    }

    fn with_resource(text: &str, id: &str) -> Option<String> {
        let name = if text.starts_with('{') { "t.json" } else { "t.yaml" };
        let file = SourceFile::new(name, text);
        let root = crate::syntax::read(&file).root.unwrap();
        let entry = root.get("R").unwrap().entry(id).unwrap();
        let properties = [("P", Added::Plain("80")), ("Q", Added::Attribute("B", "Id"))];
        let edits = add_resource(&file, (&entry.key, &entry.value), "New", "T::U", &properties)?;
        crate::fix::apply(text, &edits)
    }

    #[test]
    fn resources_are_added_as_the_one_before_is_written() {
        let added = with_resource("R:\n  A:\n    Type: X # why\n\n  B:\n    Type: Y\n", "A");
        let expected = "R:\n  A:\n    Type: X # why\n  New:\n    Type: T::U\n    Properties:\n      P: 80\n      \
                        Q: !GetAtt B.Id\n\n  B:\n    Type: Y\n";
        assert_eq!(added.as_deref(), Some(expected));
        let added = with_resource("{\"R\": {\n  \"A\": {\"Type\": \"X\"}\n}}", "A");
        let expected = "{\"R\": {\n  \"A\": {\"Type\": \"X\"},\n  \"New\": {\"Type\": \"T::U\", \"Properties\": {\"P\": 80, \
                        \"Q\": {\"Fn::GetAtt\": [\"B\", \"Id\"]}}}\n}}";
        assert_eq!(added.as_deref(), Some(expected));
        assert_eq!(with_resource("R: {A: {Type: X}}\n", "A"), None);
    }
}
