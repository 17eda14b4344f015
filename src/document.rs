//! What a file is: by flag, by name, by its top-level keys. A document is the file, its kind and its tree.

use crate::source::{SourceFile, Span};
use crate::syntax::{Node, NodeKind, Tree, placeholders};
use std::collections::BTreeMap;

/// The kinds of document that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DocumentKind {
    /// A CloudFormation template (SAM included: that is a transform).
    Template,
    /// A CodeDeploy AppSpec.
    AppSpec,
    /// A CodeBuild buildspec.
    Buildspec,
    /// An ECS task definition in a file of its own, as `RegisterTaskDefinition` takes it.
    TaskDefinition,
    /// A definition of Step Functions in a file of its own.
    StateMachine,
    /// A configuration file of Elastic Beanstalk, `.ebextensions/*.config`.
    Beanstalk,
}

impl DocumentKind {
    /// The word for `--kind` and for messages.
    pub fn as_str(self) -> &'static str {
        match self {
            DocumentKind::Template => "template",
            DocumentKind::AppSpec => "appspec",
            DocumentKind::Buildspec => "buildspec",
            DocumentKind::TaskDefinition => "taskdef",
            DocumentKind::StateMachine => "states",
            DocumentKind::Beanstalk => "ebextensions",
        }
    }
}

/// A read file with its kind.
#[derive(Debug)]
pub struct Document {
    /// The file.
    pub file: SourceFile,
    /// What it is.
    pub kind: DocumentKind,
    /// Its tree; for a template the intrinsics are recognised.
    pub tree: Tree,
    /// The places of the files that were included in the tree: many nodes stand at each of them.
    pub included: Vec<Span>,
    /// The templates in files that this one deploys as stacks of their own.
    pub nested: Vec<Nested>,
}

/// What a nested template takes and gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nested {
    /// The path as it is written in the template that deploys it.
    pub location: String,
    /// Its parameters; `None` when they cannot be told from the file alone.
    pub parameters: Option<Vec<NestedParameter>>,
    /// The names of its outputs; `None` when they cannot be told from the file alone.
    pub outputs: Option<Vec<String>>,
}

/// A parameter of a nested template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NestedParameter {
    /// Its name.
    pub name: String,
    /// Whether a value has to be given: there is no default.
    pub required: bool,
}

impl Nested {
    /// What a template that was read says about itself. `None`: it is no template, or could not be read whole.
    pub fn of(location: &str, tree: &Tree) -> Option<Nested> {
        let root = tree.root.as_ref().filter(|_| tree.errors.is_empty())?;
        root.entry("Resources")?;
        // A macro may add sections and names; those of AWS that are known do not.
        let is_open = |key: &str| key.starts_with("Fn::");
        if root.as_map()?.iter().any(|e| is_open(&e.key.text)) {
            return Some(Nested { location: location.to_owned(), parameters: None, outputs: None });
        }
        let section = |name: &str| match root.get(name) {
            None => Some(&[][..]),
            Some(node) => node.as_map().filter(|m| !m.iter().any(|e| is_open(&e.key.text))),
        };
        let parameters = section("Parameters").map(|entries| {
            let parameter = |e: &crate::syntax::Entry| NestedParameter {
                name: e.key.text.to_string(),
                required: e.value.get("Default").is_none_or(Node::is_null),
            };
            entries.iter().map(parameter).collect()
        });
        // Any transform but those of AWS may add outputs.
        let transforms = root.get("Transform").map_or(&[][..], |t| t.as_list().unwrap_or(std::slice::from_ref(t)));
        let known = |t: &Node| t.as_str().is_some_and(|name| name.starts_with("AWS::") && name != "AWS::Include");
        let outputs = section("Outputs")
            .filter(|_| transforms.iter().all(known))
            .map(|entries| entries.iter().map(|e| e.key.text.to_string()).collect());
        Some(Nested { location: location.to_owned(), parameters, outputs })
    }
}

/// A template with the local templates that it deploys as stacks of their own, by what is written there as their place.
#[derive(Debug)]
pub struct Stack {
    /// The template.
    pub document: Document,
    /// The templates of its nested stacks.
    pub nested: BTreeMap<String, Stack>,
}

impl Document {
    /// Reads and models a file whose kind is known.
    pub fn new(file: SourceFile, kind: DocumentKind, mut tree: Tree) -> Self {
        match kind {
            DocumentKind::Template | DocumentKind::Beanstalk => tree.root = tree.root.map(crate::intrinsics::recognize),
            DocumentKind::StateMachine => tree = placeholders::fill(&file, tree),
            _ => {}
        }
        Document { file, kind, tree, included: Vec::new(), nested: Vec::new() }
    }

    /// The root node.
    pub fn root(&self) -> Option<&Node> {
        self.tree.root.as_ref()
    }
}

/// Whether a file may be one of ours, from its name and the words in it; far quicker than reading it.
pub fn may_be_known(name: &str, bytes: &[u8]) -> bool {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().all(|w| contains(bytes, w.as_bytes()));
    base.contains("appspec")
        || base.contains("buildspec")
        || is_extension_name(name)
        || has(&["StartAt", "States"])
        || has(&["containerDefinitions"])
        || has(&["Resources"])
        || has(&["AWSTemplateFormatVersion"])
        || has(&["Transform"])
        || has(&["ersion", "phases"])
        || has(&["ersion", "os", "hooks"])
        || has(&["ersion", "os", "files"])
        || has(&["ersion", "resources"])
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    let Some(first) = word.first() else { return true };
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|b| b == first) {
        from += at;
        if bytes[from..].starts_with(word) {
            return true;
        }
        from += 1;
    }
    false
}

/// Whether a text that is no YAML is the source of one: another program (Jinja, Cookiecutter, a shell) makes the file from it.
/// `{{resolve:...}}` without quotes is a slip of an author, not such a place.
pub fn is_source_of_another(text: &str, tree: &Tree) -> bool {
    let statement = |open: &str, close: &str| text.find(open).is_some_and(|at| text[at..].contains(close));
    let filled_in = |span: Span| {
        let rest = text.get(span.start as usize..).unwrap_or_default();
        let inside = rest.trim_start_matches(['{', ' ']);
        rest.starts_with("{{") && !inside.starts_with("resolve:")
            || rest.starts_with('{')
                && span.start > 0
                && text[..span.start as usize].ends_with('{')
                && !inside.starts_with("resolve:")
    };
    !tree.errors.is_empty()
        && (statement("{%", "%}") || statement("<%", "%>") || tree.errors.iter().all(|e| filled_in(e.span)))
}

/// Reads a file. A definition of Step Functions may have substitutions where no JSON could be read; it is read as it would
/// be with them filled in.
pub fn read(file: &SourceFile) -> Tree {
    let tree = crate::syntax::read(file);
    let definition = ["StartAt", "States", "${"].iter().all(|word| file.text.contains(word));
    if definition && !tree.errors.is_empty() { placeholders::fill(file, tree) } else { tree }
}

/// Recognises a file's kind from its name and top-level keys. `None`: it is none of ours.
pub fn recognize(name: &str, tree: &Tree) -> Option<DocumentKind> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    let stem = base.rsplit_once('.').map_or(&*base, |(stem, _)| stem);
    let root = tree.root.as_ref();
    if is_extension_name(name) {
        return Some(DocumentKind::Beanstalk);
    }
    let has = |key: &str| root.is_some_and(|r| r.entry(key).is_some());
    let is_map = root.is_some_and(|r| matches!(r.kind, NodeKind::Map(_)));
    let named_appspec = is_appspec_name(stem);
    // An AppSpec of ECS or Lambda has `Resources` too, as a list; one that got this wrong still has its version.
    let appspec = named_appspec || root.is_some_and(has_appspec_version);
    let resources = has("Resources") && looks_like_resources(root) && !appspec;
    if has("AWSTemplateFormatVersion") || resources || has("Transform") && is_map {
        return Some(DocumentKind::Template);
    }
    if named_appspec {
        return (!is_map || is_like_appspec(&base, root)).then_some(DocumentKind::AppSpec);
    }
    if stem.starts_with("buildspec") || stem.ends_with("buildspec") {
        return Some(DocumentKind::Buildspec);
    }
    if is_definition_name(&base) {
        return Some(DocumentKind::StateMachine);
    }
    if !is_map {
        // Broken text may leave nothing to go by but the name.
        let broken = !tree.errors.is_empty() && matches!(stem, "taskdef" | "task-definition" | "task_definition");
        return broken.then_some(DocumentKind::TaskDefinition);
    }
    if root.is_some_and(is_definition) {
        return Some(DocumentKind::StateMachine);
    }
    if is_task_definition(stem, root) {
        return Some(DocumentKind::TaskDefinition);
    }
    let lower =
        |key: &str| root.and_then(Node::as_map).is_some_and(|m| m.iter().any(|e| e.key.text.eq_ignore_ascii_case(key)));
    if has("version") && has("phases") {
        return Some(DocumentKind::Buildspec);
    }
    if lower("version") && has("os") && (has("files") || has("hooks")) {
        return Some(DocumentKind::AppSpec);
    }
    let sections = ["os", "files", "permissions", "hooks", "resources"];
    if root.is_some_and(has_appspec_version) && sections.iter().any(|s| lower(s)) {
        return Some(DocumentKind::AppSpec);
    }
    if lower("version")
        && root.and_then(|r| r.get("Resources").or_else(|| r.get("resources"))).is_some_and(is_appspec_resources)
    {
        return Some(DocumentKind::AppSpec);
    }
    None
}

/// Whether a mapping in a file called `appspec` is meant for CodeDeploy: other programs call their files so as well, and
/// so do requests that hold an AppSpec as text. Only under the one name that agents look for it needs no known key.
fn is_like_appspec(base: &str, root: Option<&Node>) -> bool {
    let known = ["version", "os", "files", "permissions", "hooks", "resources", "file_exists_behavior"];
    let keys = || root.and_then(Node::as_map).unwrap_or_default().iter().map(|e| &*e.key.text);
    if keys().any(|k| known.iter().any(|n| k.eq_ignore_ascii_case(n))) {
        return true;
    }
    base == "appspec.yml" && !keys().any(|k| matches!(k, "revision" | "applicationName"))
}

/// Whether a path is that of a configuration file of Elastic Beanstalk: `.ebextensions/NAME.config`.
pub fn is_extension_name(name: &str) -> bool {
    let mut parts = name.rsplit(['/', '\\']);
    let base = parts.next().unwrap_or_default();
    base.ends_with(".config") && base.len() > ".config".len() && parts.next() == Some(".ebextensions")
}

/// Whether a file name is that of a definition of Step Functions: `order.asl.json`.
fn is_definition_name(base: &str) -> bool {
    [".asl.json", ".asl.yaml", ".asl.yml", ".asl"].iter().any(|end| base.ends_with(end))
}

/// Whether this is a definition of Step Functions: where it starts, and states that have types.
fn is_definition(root: &Node) -> bool {
    let states = root.get("States").and_then(Node::as_map).unwrap_or_default();
    root.get("StartAt").is_some_and(|n| n.as_str().is_some()) && states.iter().any(|s| s.value.get("Type").is_some())
}

/// Whether a file name without its ending is that of an AppSpec.
fn is_appspec_name(stem: &str) -> bool {
    stem == "appspec"
        || ["appspec-", "appspec_"].iter().any(|p| stem.starts_with(p))
        || ["-appspec", "_appspec", ".appspec"].iter().any(|p| stem.ends_with(p))
}

/// Whether this is a task definition: by what it must have, or by its usual name and the one key it cannot be without.
fn is_task_definition(stem: &str, root: Option<&Node>) -> bool {
    let has = |key: &str| root.is_some_and(|r| r.entry(key).is_some());
    let named = ["taskdef", "task-def", "task_def"].iter().any(|n| stem.contains(n));
    has("containerDefinitions") && (has("family") || named)
}

/// Whether the version is `0.0`, which only an AppSpec has.
fn has_appspec_version(root: &Node) -> bool {
    root.get("version").and_then(Node::scalar_text).is_some_and(|v| v == "0.0")
}

/// A template's `Resources` maps logical ids to mappings with `Type`; an AppSpec's is a list.
fn looks_like_resources(root: Option<&Node>) -> bool {
    match root.and_then(|r| r.get("Resources")).map(|n| &n.kind) {
        Some(NodeKind::Map(entries)) => {
            entries.is_empty()
                || entries.iter().any(|e| e.key.text.starts_with("Fn::") || e.value.get("Type").is_some())
        }
        _ => false,
    }
}

fn is_appspec_resources(node: &Node) -> bool {
    node.as_list().is_some_and(|items| {
        items.iter().any(|i| {
            i.as_map().is_some_and(|m| {
                m.iter().any(|e| {
                    e.value.get("Type").and_then(Node::as_str).is_some_and(|t| {
                        t.starts_with("AWS::ECS::") || t.starts_with("AWS::Lambda::") || t.starts_with("AWS::EKS")
                    })
                })
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, text: &str) -> Option<DocumentKind> {
        let file = SourceFile::new(name, text);
        recognize(name, &crate::syntax::read(&file))
    }

    #[test]
    fn sources_of_files_are_told_from_slips() {
        let made = |text: &str| {
            let file = SourceFile::new("t.yaml", text);
            is_source_of_another(text, &crate::syntax::read(&file))
        };
        assert!(made("Globals:\n  {%- if x %}\n  A: 1\n  {%- endif %}\n"));
        assert!(made("Resources:\n  A:\n    Runtime: {{ runtime }}\n"));
        assert!(!made("Resources:\n  A:\n    Password: {{resolve:ssm:/a}}\n"));
        assert!(!made("Resources:\n  A:\n    Password: \"{{ x }} {% y %}\"\n"));
        assert!(!made("Resources:\n  A: b: c\n"));
    }

    #[test]
    fn files_of_others_that_are_called_appspec() {
        assert_eq!(kind("appspec.json", r#"{"settings": [], "language": "eng"}"#), None);
        assert_eq!(
            kind("deploy/appspec.yml", "applicationName: shop\nrevision: {revisionType: AppSpecContent}\n"),
            None
        );
        assert_eq!(kind("appspec.json", r#"{"version": 0.0, "Resources": []}"#), Some(DocumentKind::AppSpec));
        assert_eq!(kind("appspec.yaml", "Hooks: []\n"), Some(DocumentKind::AppSpec));
        assert_eq!(kind("appspec.yml", "file: []\n"), Some(DocumentKind::AppSpec));
        assert_eq!(kind("appspec.yml", ""), Some(DocumentKind::AppSpec));
    }
}
