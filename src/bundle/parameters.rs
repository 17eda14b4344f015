//! Values for the parameters of a template that stand in other files: lists and objects for the command line and the
//! pipeline, deployment files of Git sync, `samconfig.toml`.

use super::{Bundle, In, folder};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use crate::template::Template;
use std::rc::Rc;

/// Values for one template.
#[derive(Debug)]
pub struct ParameterSet {
    /// The file with the values.
    pub path: String,
    /// The template: its index in `Bundle::templates`.
    pub template: usize,
    /// Name, place and value of each; the value is `None` when it is not text.
    pub values: Vec<(String, Span, Option<String>)>,
    /// Whether all values are given here, so that one that is missing is missing.
    pub complete: bool,
    /// Where to say that something is missing.
    pub place: Span,
}

/// Most files that are looked into.
const MAX_FILES: usize = 400;

/// The sets of values of a folder, in the order of their paths.
pub fn sets(bundle: &Bundle<'_>) -> Vec<ParameterSet> {
    let mut found = Vec::new();
    if bundle.partial {
        // Values may belong to a template that is not here.
        return found;
    }
    let named = |p: &&str| [".json", ".yaml", ".yml", ".toml"].iter().any(|e| p.ends_with(e));
    let known = |p: &str| bundle.templates.iter().any(|t| t.path == p);
    for path in bundle.folder.files().filter(named).filter(|p| !known(p)).take(MAX_FILES) {
        if path.ends_with(".toml") {
            if folder::base_name(path) == "samconfig.toml" {
                found.extend(sam(bundle, path));
            }
            continue;
        }
        let Some(text) = bundle.folder.text(path) else { continue };
        let plain = &text.file.text;
        let worth =
            plain.contains("ParameterKey") || plain.contains("\"Parameters\"") || plain.contains("template-file-path");
        if !worth || plain.contains("\"Resources\"") {
            continue;
        }
        let tree = text.tree();
        if let Some(root) = tree.root.as_ref().filter(|_| tree.errors.is_empty()) {
            found.extend(file(bundle, path, root));
        }
    }
    found
}

fn file(bundle: &Bundle<'_>, path: &str, root: &Node) -> Option<ParameterSet> {
    let text = |n: &Node| n.scalar_text().map(str::to_owned);
    let object = |node: &Node| -> Vec<(String, Span, Option<String>)> {
        node.as_map().unwrap_or_default().iter().map(|e| (e.key.text.to_string(), e.key.span, text(&e.value))).collect()
    };
    if let Some(target) = root.get("template-file-path").and_then(Node::as_str) {
        let parameters = root.entry("parameters")?;
        let full = super::builds::source_bases(path).find_map(|base| {
            let full = folder::join(base, target)?;
            bundle.templates.iter().position(|t| t.path == full)
        })?;
        let values = object(&parameters.value);
        return Some(ParameterSet {
            path: path.to_owned(),
            template: full,
            values,
            complete: true,
            place: parameters.key.span,
        });
    }
    let values = match &root.kind {
        NodeKind::List(items) => {
            let all = items.iter().map(|i| {
                let key = i.get("ParameterKey")?;
                Some((key.as_str()?.to_owned(), key.span, i.get("ParameterValue").and_then(text)))
            });
            all.collect::<Option<Vec<_>>>()?
        }
        _ => object(root.get("Parameters").filter(|n| n.as_map().is_some())?),
    };
    let template = belonging(bundle, path, &values)?;
    Some(ParameterSet { path: path.to_owned(), template, values, complete: false, place: Span::default() })
}

/// The template that values belong to: it has most of the names, no other one has as many, and it lies near.
fn belonging(bundle: &Bundle<'_>, path: &str, values: &[(String, Span, Option<String>)]) -> Option<usize> {
    let own = folder::parent(path);
    let near = |t: &In<'_, Template<'_>>| {
        let there = folder::parent(t.path);
        there == own
            || folder::parent(own) == there
            || folder::parent(there) == own
            || folder::parent(there) == folder::parent(own)
    };
    let score = |t: &In<'_, Template<'_>>| values.iter().filter(|v| t.view.parameters.contains(&v.0)).count();
    let mut scores: Vec<(usize, usize)> =
        bundle.templates.iter().enumerate().filter(|(_, t)| near(t)).map(|(i, t)| (score(t), i)).collect();
    scores.sort_by_key(|(score, i)| (std::cmp::Reverse(*score), *i));
    let (best, index) = *scores.first()?;
    let alone = scores.get(1).is_none_or(|(next, _)| *next < best);
    (best >= 1 && best * 2 > values.len() && alone).then_some(index)
}

/// The overrides in `samconfig.toml`: one set for each environment that has them.
fn sam(bundle: &Bundle<'_>, path: &str) -> Vec<ParameterSet> {
    let Some(text) = bundle.folder.text(path) else { return Vec::new() };
    let own = folder::parent(path);
    let index = |name: &str| {
        let full = folder::join(own, name)?;
        bundle.templates.iter().position(|t| t.path == full)
    };
    let usual = ["template.yaml", "template.yml", "template.json"].iter().find_map(|n| index(n));
    let mut found = Vec::new();
    // A file for another template says so; which section that belongs to is not worth finding out.
    if text.file.text.lines().any(|l| l.trim_start().starts_with("template")) {
        return found;
    }
    let Some(template) = usual else { return found };
    let mut at = 0;
    for line in text.file.text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let Some(rest) = line.trim_start().strip_prefix("parameter_overrides") else { continue };
        let offset = start + (line.len() - line.trim_start().len());
        let place = Span::new(offset, offset + "parameter_overrides".len());
        if let Some(values) =
            overrides(Rc::clone(&text).file.text.as_str(), start + line.len() - rest.len(), start + line.len())
        {
            found.push(ParameterSet { path: path.to_owned(), template, values, complete: false, place });
        }
    }
    found
}

/// `Name=Value` pairs between two places of a text, each value in quotes or not.
fn overrides(text: &str, from: usize, to: usize) -> Option<Vec<(String, Span, Option<String>)>> {
    let line = text.get(from..to)?;
    let mut values = Vec::new();
    for (at, _) in line.match_indices('=').skip(1) {
        let before = &line[..at];
        let start = before.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |i| i + 1);
        let opens = before[..start].ends_with(['"', '\'', ' ', ',']);
        if start == at || !opens || before[..start].matches("\\\"").count() % 2 == 1 {
            continue;
        }
        let rest = &line[at + 1..];
        let value = match rest.strip_prefix("\\\"") {
            Some(quoted) => quoted.split("\\\"").next(),
            None => rest.split([' ', '"', '\'', ',']).next().filter(|v| !v.is_empty()),
        };
        values.push((before[start..].to_owned(), Span::new(from + start, from + at), value.map(str::to_owned)));
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::overrides;

    #[test]
    fn overrides_of_sam() {
        let text = r#" = "Stage=\"prod\" Size=3 Url=\"a=b c\"""#;
        let found = overrides(text, 0, text.len()).unwrap_or_default();
        let plain: Vec<_> = found.iter().map(|f| (f.0.as_str(), f.2.as_deref())).collect();
        assert_eq!(plain, [("Stage", Some("prod")), ("Size", Some("3")), ("Url", Some("a=b c"))]);
    }
}
