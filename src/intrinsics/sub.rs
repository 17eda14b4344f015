//! The `${...}` grammar inside the text of `Fn::Sub`, with the place of every variable in the file.

use crate::source::{SourceFile, Span};
use crate::syntax::{Node, Style};

/// A piece of a Sub text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Text as it is (`${!Literal}` gives `${Literal}`, hence owned only then).
    Text(std::borrow::Cow<'t, str>),
    /// `${Name}` or `${Name.Attribute}`.
    Variable(Variable<'t>),
}

/// A variable of a Sub text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable<'t> {
    /// What stands between the braces, trimmed.
    pub name: &'t str,
    /// Byte range of the name inside the (decoded) text.
    pub offset: usize,
}

/// Takes a Sub text apart. A `${` without `}` is text.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = 0;
    let mut from = 0;
    while let Some(found) = text[from..].find("${") {
        let open = from + found;
        let Some(length) = text[open + 2..].find('}') else { break };
        let inner = &text[open + 2..open + 2 + length];
        let after = open + 2 + length + 1;
        if let Some(literal) = inner.strip_prefix('!') {
            if open > rest {
                out.push(Piece::Text(text[rest..open].into()));
            }
            out.push(Piece::Text(format!("${{{literal}}}").into()));
        } else {
            // `${a${b}`: the inner one counts.
            if let Some(nested) = inner.rfind("${") {
                from = open + 2 + nested;
                continue;
            }
            if open > rest {
                out.push(Piece::Text(text[rest..open].into()));
            }
            let name = inner.trim();
            let offset = open + 2 + (inner.len() - inner.trim_start().len());
            out.push(Piece::Variable(Variable { name, offset }));
        }
        rest = after;
        from = after;
    }
    if rest < text.len() {
        out.push(Piece::Text(text[rest..].into()));
    }
    out
}

/// The variables of a Sub text, in order.
pub fn variables(text: &str) -> Vec<Variable<'_>> {
    pieces(text)
        .into_iter()
        .filter_map(|p| match p {
            Piece::Variable(v) => Some(v),
            Piece::Text(_) => None,
        })
        .collect()
}

/// Where a variable's name stands in the file: found again in the source of the scalar, since folding and escapes move
/// text. `nth` is the variable's number among all variables of the text; the whole scalar when it cannot be found.
pub fn variable_span(file: &SourceFile, scalar: &Node, name: &str, nth: usize) -> Span {
    if scalar.style == Style::Generated {
        return scalar.span;
    }
    let source = file.slice(scalar.span);
    let found = variables(source);
    match found.get(nth).filter(|v| v.name == name).or_else(|| found.iter().find(|v| v.name == name)) {
        Some(v) => {
            let start = scalar.span.start as usize + v.offset;
            Span::new(start, start + v.name.len())
        }
        None => scalar.span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&str> {
        variables(text).into_iter().map(|v| v.name).collect()
    }

    #[test]
    fn variables_are_found_and_literals_are_not() {
        assert_eq!(names("a-${B}-${C.D}"), ["B", "C.D"]);
        assert_eq!(names("${!No}${ Yes }"), ["Yes"]);
        assert_eq!(names("${open"), [""; 0]);
        assert_eq!(names("$${X}"), ["X"]);
        assert_eq!(names("${a${B}}"), ["B"]);
        assert_eq!(pieces("${!x}"), [Piece::Text("${x}".into())]);
    }
}
