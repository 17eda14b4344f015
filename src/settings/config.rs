//! Configuration files: `stacklens.toml`, and `.cfnlintrc` as cfn-lint reads it. Reading never fails; what is wrong is data.

use super::globs::Globs;
use super::ids;
use super::layer::{Key, Layer};
use super::{options, severity};
use crate::rule::suggest::nearest;
use crate::rules::accepted::instead_of;
use crate::source::{SourceFile, Span};
use crate::syntax::{self, Entry, Node, NodeKind};
use std::sync::Arc;

/// Whose words a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavor {
    /// `stacklens.toml`.
    Ours,
    /// `.cfnlintrc`.
    CfnLint,
}

impl Flavor {
    /// The flavor of a file by its name: TOML is ours, anything else cfn-lint's.
    pub fn of(name: &str) -> Self {
        if name.ends_with(".toml") { Flavor::Ours } else { Flavor::CfnLint }
    }
}

/// A configuration file.
#[derive(Debug)]
pub struct ConfigFile {
    /// The file.
    pub file: SourceFile,
    /// Its settings.
    pub layer: Layer,
    /// Settings for some paths, in order: what matches is added.
    pub paths: Vec<PathSettings>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// Settings of a configuration file for some paths.
#[derive(Debug)]
pub struct PathSettings {
    /// Which paths, relative to the file.
    pub globs: Globs,
    /// The settings.
    pub layer: Layer,
}

/// Something wrong with a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// One lower-case sentence.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Whether the run must not go on: settings would be other than what was meant.
    pub fatal: bool,
}

/// The form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A list of texts, or one text.
    Texts,
    /// Prefixes of rule ids.
    Ids,
    /// One text.
    Text,
    /// One of some words.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// Names with values; cfn-lint takes a list of such mappings.
    Pairs,
    /// Prefixes of ids with severities.
    Levels,
    /// Ids with mappings of options.
    Rules,
    /// Known, but of no use here; the text says why, if that is worth saying.
    Unused(&'static str),
}

const NO_PLUGINS: &str = "stacklens has its rules built in";

/// The keys of `stacklens.toml`.
const OURS: &[(&str, Option<Key>, Form)] = &[
    ("as-of", Some(Key::AsOf), Form::Text),
    ("fail-on", Some(Key::FailOn), Form::Word(&["error", "warning", "info", "never"])),
    ("ignore-bad-template", Some(Key::IgnoreBadTemplate), Form::Flag),
    ("ignore-checks", Some(Key::IgnoreChecks), Form::Ids),
    ("ignore-templates", Some(Key::IgnoreTemplates), Form::Texts),
    ("include-checks", Some(Key::IncludeChecks), Form::Ids),
    ("include-experimental", Some(Key::IncludeExperimental), Form::Flag),
    ("mandatory-checks", Some(Key::MandatoryChecks), Form::Ids),
    ("merge-configs", Some(Key::MergeConfigs), Form::Flag),
    ("parameter-files", Some(Key::ParameterFiles), Form::Texts),
    ("parameters", Some(Key::Parameters), Form::Pairs),
    ("regions", Some(Key::Regions), Form::Texts),
    ("rules", Some(Key::ConfigureRules), Form::Rules),
    ("severity", Some(Key::Severity), Form::Levels),
];

/// The keys of one entry of `[[paths]]`, besides `match`.
const OF_PATHS: &[&str] = &[
    "as-of",
    "ignore-bad-template",
    "ignore-checks",
    "include-checks",
    "mandatory-checks",
    "parameter-files",
    "parameters",
    "regions",
    "rules",
    "severity",
];

/// The keys of `.cfnlintrc`.
const OF_CFN_LINT: &[(&str, Option<Key>, Form)] = &[
    ("append_rules", None, Form::Unused(NO_PLUGINS)),
    ("configure_rules", Some(Key::ConfigureRules), Form::Rules),
    ("custom_rules", None, Form::Unused(NO_PLUGINS)),
    ("debug", None, Form::Unused("")),
    ("deployment_files", None, Form::Unused("deployment files are not read")),
    ("format", Some(Key::Format), Form::Word(&["quiet", "parseable", "json", "junit", "pretty", "sarif"])),
    ("ignore_bad_template", Some(Key::IgnoreBadTemplate), Form::Flag),
    ("ignore_checks", Some(Key::IgnoreChecks), Form::Ids),
    ("ignore_templates", Some(Key::IgnoreTemplates), Form::Texts),
    ("include_checks", Some(Key::IncludeChecks), Form::Ids),
    ("include_experimental", Some(Key::IncludeExperimental), Form::Flag),
    ("mandatory_checks", Some(Key::MandatoryChecks), Form::Ids),
    ("merge_configs", Some(Key::MergeConfigs), Form::Flag),
    ("non_zero_exit_code", None, Form::Unused("")),
    ("output_file", Some(Key::OutputFile), Form::Text),
    ("override_spec", None, Form::Unused("the facts about resource types are built in")),
    ("parameter_files", Some(Key::ParameterFiles), Form::Texts),
    ("parameters", Some(Key::Parameters), Form::Pairs),
    ("regions", Some(Key::Regions), Form::Texts),
    ("registry_schemas", None, Form::Unused("the facts about resource types are built in")),
    ("template_parameters", Some(Key::Parameters), Form::Pairs),
    ("templates", Some(Key::Templates), Form::Texts),
];

/// Reads a configuration file.
pub fn read(file: SourceFile, flavor: Flavor) -> ConfigFile {
    let mut reader = Reader { layer: Layer::default(), paths: Vec::new(), problems: Vec::new(), file: &file, flavor };
    match flavor {
        Flavor::Ours => match syntax::toml::read(&file) {
            Ok(root) => reader.root(&root),
            Err((span, message)) => reader.fault(span, message, None),
        },
        Flavor::CfnLint => {
            let tree = syntax::read(&file);
            for error in &tree.errors {
                reader.fault(error.span, error.message.clone(), error.help.clone());
            }
            match &tree.root {
                Some(root) if !root.is_null() => reader.root(root),
                _ => {}
            }
        }
    }
    let Reader { layer, paths, problems, .. } = reader;
    ConfigFile { file, layer, paths, problems }
}

struct Reader<'f> {
    layer: Layer,
    paths: Vec<PathSettings>,
    problems: Vec<Problem>,
    file: &'f SourceFile,
    flavor: Flavor,
}

impl Reader<'_> {
    fn fault(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        self.problems.push(Problem { span, message: message.into(), help, fatal: true });
    }

    fn remark(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        self.problems.push(Problem { span, message: message.into(), help, fatal: false });
    }

    fn origin(&self, span: Span) -> Arc<str> {
        Arc::from(format!("{}:{}", self.file.name, self.file.position(span.start).line))
    }

    fn root(&mut self, root: &Node) {
        let Some(entries) = root.as_map() else {
            return self.fault(root.span, format!("settings are names with values, not {}", root.describe()), None);
        };
        let mut layer = Layer::default();
        for entry in entries {
            if self.flavor == Flavor::Ours && &*entry.key.text == "paths" {
                self.paths(&entry.value);
            } else {
                self.entry(entry, None, &mut layer);
            }
        }
        self.layer = layer;
    }

    fn paths(&mut self, list: &Node) {
        let Some(items) = list.as_list() else {
            return self.fault(list.span, "`paths` is a list of tables: write `[[paths]]`", None);
        };
        for item in items {
            let mut layer = Layer::default();
            let mut patterns = Vec::new();
            for entry in item.as_map().unwrap_or_default() {
                if &*entry.key.text == "match" {
                    patterns = self.texts(entry).into_iter().map(|(text, _)| text).collect();
                } else {
                    self.entry(entry, Some(OF_PATHS), &mut layer);
                }
            }
            if patterns.is_empty() {
                self.fault(item.span, "it has no `match`, so it is not known which paths are meant", None);
            }
            match Globs::new(patterns.iter().map(String::as_str), true) {
                Ok(globs) => self.paths.push(PathSettings { globs, layer }),
                Err(message) => self.fault(item.span, message, None),
            }
        }
    }

    fn entry(&mut self, entry: &Entry, only: Option<&[&str]>, layer: &mut Layer) {
        let keys = if self.flavor == Flavor::Ours { OURS } else { OF_CFN_LINT };
        let name = &*entry.key.text;
        let allowed = |n: &str| only.is_none_or(|o| o.contains(&n));
        let Some((_, key, form)) = keys.iter().find(|k| k.0 == name && allowed(k.0)) else {
            let extra = match (self.flavor, only) {
                (Flavor::Ours, None) => Some("paths"),
                (Flavor::Ours, Some(_)) => Some("match"),
                _ => None,
            };
            let known = keys.iter().map(|k| k.0).filter(|k| allowed(k)).chain(extra);
            let help = match nearest(name, known.clone()) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => format!("Known are {}.", known.map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ")),
            };
            let message = format!("there is no setting `{name}`{}", if only.is_some() { " for paths" } else { "" });
            // A newer cfn-lint may know it; in our own file it is a mistake.
            return match self.flavor {
                Flavor::Ours => self.fault(entry.key.span, message, Some(help)),
                Flavor::CfnLint => self.remark(entry.key.span, message, Some(help)),
            };
        };
        match (key, form) {
            (Some(key), form) => self.value(*key, *form, entry, layer),
            (None, Form::Unused(why)) if !why.is_empty() => {
                self.remark(entry.key.span, format!("`{name}` has no effect: {why}"), None);
            }
            _ => {}
        }
    }

    fn value(&mut self, key: Key, form: Form, entry: &Entry, layer: &mut Layer) {
        match form {
            Form::Texts | Form::Ids => {
                for (text, span) in self.texts(entry) {
                    if form == Form::Ids {
                        self.id(&text, span);
                        if key != Key::IgnoreChecks {
                            self.no_rule(&text, span);
                        }
                    }
                    layer.give(key, text, &self.origin(span));
                }
            }
            Form::Text | Form::Word(_) => match entry.value.as_str() {
                Some(text) => {
                    if let Form::Word(words) = form
                        && !words.contains(&text)
                    {
                        return self.fault(entry.value.span, format!("`{text}` is none of {}", join(words)), None);
                    }
                    if key == Key::AsOf && !is_date(text) {
                        return self.wrong(entry, "a date as in `2026-11-21`");
                    }
                    layer.give(key, text, &self.origin(entry.value.span));
                }
                None => self.wrong(entry, "a text"),
            },
            Form::Flag => match entry.value.as_bool() {
                Some(flag) => layer.give(key, flag.to_string(), &self.origin(entry.value.span)),
                None => self.wrong(entry, "`true` or `false`"),
            },
            Form::Pairs => self.pairs(key, entry, layer),
            Form::Levels => self.levels(entry, layer),
            Form::Rules => self.rules(entry, layer),
            Form::Unused(_) => {}
        }
    }

    fn wrong(&mut self, entry: &Entry, wanted: &str) {
        let message = format!("`{}` takes {wanted}, not {}", entry.key.text, entry.value.describe());
        self.fault(entry.value.span, message, None);
    }

    fn texts(&mut self, entry: &Entry) -> Vec<(String, Span)> {
        let text = |n: &Node| n.scalar_text().map(|t| (t.to_owned(), n.span));
        let found = match &entry.value.kind {
            NodeKind::List(items) => items.iter().map(text).collect(),
            NodeKind::Null => Some(Vec::new()),
            _ => text(&entry.value).map(|one| vec![one]),
        };
        found.unwrap_or_else(|| {
            self.wrong(entry, "a list of texts");
            Vec::new()
        })
    }

    /// An id that no rule has changes nothing, so the run goes on.
    fn id(&mut self, text: &str, span: Span) {
        if !text.is_empty() && !ids::is_known(text) {
            self.remark(span, format!("no rule has an id that starts with `{text}`"), ids::suggestion(text));
        }
    }

    /// An id of cfn-lint without a rule here can be ignored, but nothing else has an effect on it.
    fn no_rule(&mut self, id: &str, span: Span) {
        if let Some(instead) = instead_of(id) {
            self.remark(span, format!("`{id}` is no rule here: {instead}"), None);
        }
    }

    fn pairs(&mut self, key: Key, entry: &Entry, layer: &mut Layer) {
        let maps = match &entry.value.kind {
            NodeKind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(&entry.value),
        };
        for map in maps {
            let Some(pairs) = map.as_map() else { return self.wrong(entry, "names with values") };
            for pair in pairs {
                let value = match &pair.value.kind {
                    NodeKind::List(items) => {
                        items.iter().map(Node::scalar_text).collect::<Option<Vec<_>>>().map(|texts| texts.join(","))
                    }
                    _ => pair.value.scalar_text().map(str::to_owned),
                };
                match value {
                    Some(value) => {
                        layer.give(key, format!("{}={value}", pair.key.text), &self.origin(pair.key.span));
                    }
                    None => self.wrong(pair, "a text, a number or a list of them"),
                }
            }
        }
    }

    fn levels(&mut self, entry: &Entry, layer: &mut Layer) {
        let Some(levels) = entry.value.as_map() else {
            return self.wrong(entry, "ids with `error`, `warning`, `info` or `off`");
        };
        for level in levels {
            let id = &*level.key.text;
            self.id(id, level.key.span);
            self.no_rule(id, level.key.span);
            match level.value.as_str().filter(|word| severity(word).is_some()) {
                Some(word) => {
                    layer.give(Key::Severity, format!("{id}={word}"), &self.origin(level.key.span));
                }
                None => self.wrong(level, "`error`, `warning`, `info` or `off`"),
            }
        }
    }

    fn rules(&mut self, entry: &Entry, layer: &mut Layer) {
        let Some(rules) = entry.value.as_map() else { return self.wrong(entry, "ids with options") };
        for rule in rules {
            let id = &*rule.key.text;
            self.id(id, rule.key.span);
            let Some(options) = rule.value.as_map() else {
                self.wrong(rule, "options with values");
                continue;
            };
            for option in options {
                let name = &*option.key.text;
                if let Some((message, help)) = options::fault(id, name).filter(|_| ids::is_known(id)) {
                    self.remark(option.key.span, message, help);
                }
                let Some(values) = options::texts(&option.value) else {
                    self.wrong(option, "a text, a list of texts or names with them");
                    continue;
                };
                for value in values {
                    layer.give(Key::ConfigureRules, format!("{id}:{name}={value}"), &self.origin(option.key.span));
                }
            }
        }
    }
}

fn is_date(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape == "0000-00-00"
}

fn join(words: &[&str]) -> String {
    words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(name: &str, text: &str) -> Vec<String> {
        let config = read(SourceFile::new(name, text), Flavor::of(name));
        let line = |p: &Problem| {
            let help = p.help.clone().unwrap_or_default();
            format!("{} {} {help}", config.file.position(p.span.start).line, p.message).trim().to_owned()
        };
        config.problems.iter().map(line).collect()
    }

    #[test]
    fn mistakes_are_named_at_their_place() {
        assert_eq!(
            problems("stacklens.toml", "regions = [\"eu-west-1\"]\nignore_checks = [\"W2001\"]\n"),
            ["2 there is no setting `ignore_checks` Did you mean `ignore-checks`?"]
        );
        assert_eq!(
            problems("stacklens.toml", "ignore-checks = [\"e3012\", \"W9999\"]\n[severity]\nW2001 = \"fatal\"\n"),
            [
                "1 no rule has an id that starts with `e3012` Did you mean `E3012`?",
                "1 no rule has an id that starts with `W9999`",
                "3 `W2001` takes `error`, `warning`, `info` or `off`, not a string",
            ]
        );
        assert_eq!(problems(".cfnlintrc", "ignore_check: [W2001]\n").len(), 1);
        assert_eq!(
            problems(".cfnlintrc", "include_checks: {a: 1}\n"),
            ["1 `include_checks` takes a list of texts, not a mapping"]
        );
        assert!(problems(".cfnlintrc", "templates: ['*.yaml']\nparameters: [{A: 1}]\nformat: json\n").is_empty());
        assert_eq!(problems("stacklens.toml", "a = = 1\n").len(), 1);
    }

    #[test]
    fn every_key_has_its_value() {
        let text = "\
as-of = 2026-01-01
[rules.I3042]
region = true
[severity]
W2001 = \"error\"
[parameters]
Zones = [\"a\", \"b\"]
[[paths]]
match = [\"legacy/**\"]
ignore-checks = [\"W\"]
";
        let config = read(SourceFile::new("stacklens.toml", text), Flavor::Ours);
        assert_eq!(config.problems, []);
        let values = |key: Key| config.layer.values(key).collect::<Vec<_>>();
        assert_eq!(values(Key::AsOf), ["2026-01-01"]);
        assert_eq!(values(Key::ConfigureRules), ["I3042:region=true"]);
        assert_eq!(values(Key::Severity), ["W2001=error"]);
        assert_eq!(values(Key::Parameters), ["Zones=a,b"]);
        assert_eq!(&*config.layer.given(Key::ConfigureRules)[0].origin, "stacklens.toml:3");
        assert!(config.paths[0].globs.cover("legacy/a.yaml"));
    }
}
