//! `samconfig.toml`, `samconfig.yaml` and `samconfig.yml`: what `sam` is told without saying it on the command line.
//!
//! Three levels lead to an option: the environment (`default`), the command with `_` between its words (`local_invoke`,
//! or `global` for all), and `parameters`.

use super::Bundle;
use super::folder::{self, Text};
use crate::source::{SourceFile, Span};
use crate::syntax::{self, Entry, Node};
use std::rc::Rc;

/// The names that `sam` looks for, in its order.
pub const NAMES: &[&str] = &["samconfig.toml", "samconfig.yaml", "samconfig.yml"];
/// The command whose options count for all.
pub const GLOBAL: &str = "global";
/// The key at the top that is no environment.
pub const VERSION: &str = "version";

/// One such file.
#[derive(Debug)]
pub struct SamConfig {
    /// Its path in the folder.
    pub path: String,
    /// The file.
    pub text: Rc<Text>,
    /// What it says, or why it cannot be read.
    pub root: Result<Node, (Span, String)>,
}

/// The files of a folder, sorted by path.
pub fn all(bundle: &Bundle<'_>) -> Vec<SamConfig> {
    let named = |path: &&str| NAMES.contains(&folder::base_name(path));
    bundle.folder.files().filter(named).filter_map(|path| read(bundle, path)).collect()
}

fn read(bundle: &Bundle<'_>, path: &str) -> Option<SamConfig> {
    let text = bundle.folder.text(path)?;
    let root = if path.ends_with(".toml") {
        syntax::toml::read(&text.file)
    } else {
        let tree = text.tree();
        match (tree.errors.first(), &tree.root) {
            (Some(error), _) => Err((error.span, error.message.clone())),
            (None, Some(root)) => Ok(root.clone()),
            (None, None) => Err((Span::new(0, 0), "the file is empty".to_owned())),
        }
    };
    Some(SamConfig { path: path.to_owned(), text, root })
}

impl SamConfig {
    /// The file.
    pub fn file(&self) -> &SourceFile {
        &self.text.file
    }

    /// The environments, in the order written.
    pub fn environments(&self) -> impl Iterator<Item = &Entry> {
        let entries = self.root.as_ref().ok().and_then(Node::as_map).unwrap_or_default();
        entries.iter().filter(|e| &*e.key.text != VERSION && e.value.as_map().is_some())
    }

    /// The options of a command in an environment, without those of all commands.
    pub fn parameters(&self, environment: &str, command: &str) -> Option<&Node> {
        self.root.as_ref().ok()?.at(&[environment, command, "parameters"])
    }

    /// An option under one of its names: that of the command, else that of all commands.
    pub fn option(&self, environment: &str, command: &str, names: &[&str]) -> Option<&Entry> {
        [command, GLOBAL].iter().find_map(|command| {
            let parameters = self.parameters(environment, command)?;
            names.iter().find_map(|name| parameters.entry(name))
        })
    }

    /// The path of the template that a command takes, as written; the usual ones when none is.
    pub fn template(&self, environment: &str, command: &str) -> Option<&str> {
        self.option(environment, command, TEMPLATE)?.value.as_str()
    }

    /// The words of an option that takes several, each with its place: one text with blanks or commas, or several texts.
    pub fn words(&self, node: &Node) -> Vec<(String, Span)> {
        let texts = node.as_list().unwrap_or(std::slice::from_ref(node));
        let of = |n: &Node| -> Vec<(String, Span)> {
            let words = n.as_str().unwrap_or_default().split([' ', ',', '\n']).filter(|word| !word.is_empty());
            words.map(|word| (word.to_owned(), self.inside(n.span, word).unwrap_or(n.span))).collect()
        };
        texts.iter().flat_map(of).collect()
    }

    /// Where a text stands as a word of its own within a value: without the quotes around it.
    pub fn inside(&self, span: Span, text: &str) -> Option<Span> {
        let start = span.start as usize + place(self.file().slice(span), text)?;
        Some(Span::new(start, start + text.len()))
    }

    /// The template of the folder that is deployed in an environment: its index in `Bundle::templates`.
    ///
    /// What `sam build` writes and what `package` makes stands for the template that it is made of.
    pub fn deployed(&self, bundle: &Bundle<'_>, environment: &str) -> Option<usize> {
        let own = folder::parent(&self.path);
        let find = |name: &str| {
            let full = folder::join(own, name)?;
            bundle.templates.iter().position(|t| t.path == full)
        };
        let made = |name: &str| name.contains(".aws-sam/") || folder::base_name(name).contains("packaged");
        let usual = || ["template.yaml", "template.yml", "template.json"].iter().find_map(|name| find(name));
        for command in ["deploy", "package", "build"] {
            match self.template(environment, command) {
                Some(name) if made(name) => {}
                Some(name) => return find(name),
                None => {}
            }
        }
        usual()
    }
}

/// The names of the option that says which template is meant.
pub const TEMPLATE: &[&str] = &["template_file", "template"];

/// A parameter of the template with its value, as an override gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The name of the parameter.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// The value.
    pub value: String,
}

/// The overrides in a value of `parameter_overrides`: one text, several texts, or a table. A text holds `Name=Value` pairs
/// or `ParameterKey=Name,ParameterValue=Value` pairs.
pub fn overrides(file: &SourceFile, node: &Node) -> Vec<Override> {
    if let Some(entries) = node.as_map() {
        let one = |e: &Entry| {
            let value = match e.value.as_list() {
                Some(items) => items.iter().map(Node::scalar_text).collect::<Option<Vec<_>>>()?.join(","),
                None => e.value.scalar_text()?.to_owned(),
            };
            Some(Override { name: e.key.text.to_string(), name_span: e.key.span, value })
        };
        return entries.iter().filter_map(one).collect();
    }
    let texts = node.as_list().unwrap_or(std::slice::from_ref(node));
    let mut found = Vec::new();
    for (node, text) in texts.iter().filter_map(|n| Some((n, n.as_str()?))) {
        let raw = file.slice(node.span);
        let mut from = 0;
        for (name, value) in pairs(text) {
            // The name is written as it is read; looking on behind the last one tells equal names apart.
            let at = raw.get(from..).and_then(|rest| place(rest, &name));
            let name_span = match at {
                Some(at) => {
                    let start = node.span.start as usize + from + at;
                    from += at + name.len();
                    Span::new(start, start + name.len())
                }
                None => node.span,
            };
            found.push(Override { name, name_span, value });
        }
    }
    found
}

/// Where a name stands as a word of its own.
fn place(text: &str, name: &str) -> Option<usize> {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    let alone = |at: usize| {
        !word(text[..at].chars().next_back()) && !word(text.get(at + name.len()..).and_then(|t| t.chars().next()))
    };
    text.match_indices(name).map(|(at, _)| at).find(|at| alone(*at))
}

/// Names and values of a text with overrides. Blanks separate them; what stands in quotes is one value.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for word in words(text) {
        let Some((key, value)) = word.split_once('=') else { continue };
        if key == "ParameterKey" {
            if let Some((name, value)) = value.split_once(",ParameterValue=") {
                found.push((name.to_owned(), value.to_owned()));
            }
        } else if !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric()) {
            found.push((key.to_owned(), value.to_owned()));
        }
    }
    found
}

/// The words of a text, quotes taken off.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match (c, quote) {
            ('\\', _) => word.extend(rest.next()),
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            (c, None) if c.is_whitespace() => words.push(std::mem::take(&mut word)),
            (c, _) => word.push(c),
        }
    }
    words.push(word);
    words.retain(|w| !w.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String, u32)> {
        let file = SourceFile::new("samconfig.toml", text);
        let root = syntax::toml::read(&file).unwrap_or_else(|(_, e)| unreachable!("{e}"));
        let node = root.get("o").unwrap_or_else(|| unreachable!());
        let line = |o: &Override| file.position(o.name_span.start).line;
        overrides(&file, node).into_iter().map(|o| (o.name.clone(), o.value.clone(), line(&o))).collect()
    }

    #[test]
    fn every_form_of_overrides_is_read() {
        let check = |text: &str, expected: &[(&str, &str, u32)]| {
            let found = read(text);
            let found: Vec<_> = found.iter().map(|f| (f.0.as_str(), f.1.as_str(), f.2)).collect();
            assert_eq!(found, expected, "{text}");
        };
        check(
            r#"o = "Stage=\"prod\" Size=3 Url=\"a=b c\"""#,
            &[("Stage", "prod", 1), ("Size", "3", 1), ("Url", "a=b c", 1)],
        );
        check("o = 'Stage=prod Size=\"3\"'", &[("Stage", "prod", 1), ("Size", "3", 1)]);
        check(
            "o = \"\"\"\nStage=prod\nSize=3 \\\n  Url=x\n\"\"\"",
            &[("Stage", "prod", 2), ("Size", "3", 3), ("Url", "x", 4)],
        );
        check("o = '''\nStage=prod\n'''", &[("Stage", "prod", 2)]);
        check("o = [\n  \"Stage=prod\",\n  'Size=3',\n]", &[("Stage", "prod", 2), ("Size", "3", 3)]);
        check(
            "o = \"ParameterKey=Stage,ParameterValue=prod ParameterKey=Size,ParameterValue=3\"",
            &[("Stage", "prod", 1), ("Size", "3", 1)],
        );
        check(
            "[o]\nStage = \"prod\"\nSize = 3\nZones = [\"a\", \"b\"]",
            &[("Stage", "prod", 2), ("Size", "3", 3), ("Zones", "a,b", 4)],
        );
    }
}
