//! Files that templates name beside them, and the handlers of functions in them.

use super::folder::{self, Folder};
use super::revisions::{is_bare, made, near};
use super::{Bundle, In};
use crate::syntax::Node;
use crate::template::{Resource, Template};

/// Whether a file that a template names is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Local {
    /// At this path of the folder.
    There(String),
    /// It is not, and nothing makes it; this is the nearest there is.
    Missing(Option<String>),
    /// A build may make it, or the code is not kept here at all.
    Unknown,
}

/// Properties that name local files for `sam` and `aws cloudformation package`: type, property, what it is.
pub const LOCAL: &[(&str, &str, &str)] = &[
    ("AWS::Serverless::Function", "CodeUri", "code"),
    ("AWS::Serverless::LayerVersion", "ContentUri", "content"),
    ("AWS::Serverless::Api", "DefinitionUri", "definition"),
    ("AWS::Serverless::HttpApi", "DefinitionUri", "definition"),
    ("AWS::Serverless::StateMachine", "DefinitionUri", "definition"),
    ("AWS::Serverless::GraphQLApi", "SchemaUri", "schema"),
    ("AWS::Lambda::Function", "Code", "code"),
    ("AWS::Lambda::LayerVersion", "Content", "content"),
    ("AWS::ApiGateway::RestApi", "BodyS3Location", "definition"),
    ("AWS::StepFunctions::StateMachine", "DefinitionS3Location", "definition"),
    ("AWS::CloudFormation::Stack", "TemplateURL", "template"),
    ("AWS::Serverless::Application", "Location", "template"),
];

/// The path that a value names beside the template; `None` when it is an address or not plain text.
pub fn local_path(node: &Node) -> Option<&str> {
    let text = node.as_str()?;
    let address = text.contains("://") || text.starts_with("arn:") || text.contains(['$', '{', '<', '*', '%']);
    (!address && !text.trim().is_empty() && !text.starts_with(['/', '~'])).then_some(text)
}

/// Whether a path is there, seen from the folder of a template.
pub fn look(bundle: &Bundle<'_>, template: &str, path: &str) -> Local {
    let own = folder::parent(template);
    let Some(full) = folder::join(own, path) else { return Local::Unknown };
    if bundle.folder.has(&full) {
        return Local::There(full);
    }
    if !bundle.folder.whole || bundle.folder.ignored(&full) || is_bare(bundle.folder, own) {
        return Local::Unknown;
    }
    let close = near(bundle.folder, &full);
    match made(bundle, &full, false) {
        super::builds::Made::No => Local::Missing(close),
        _ => Local::Unknown,
    }
}

/// What is wrong with the handler of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handler {
    /// Nothing, or it cannot be told.
    Fine,
    /// The code has no such file; this is the nearest module.
    NoFile(String, Option<String>),
    /// The file has no function of that name.
    NoFunction(String, String),
}

/// Looks for the handler of a function in the folder of its code.
pub fn handler(bundle: &Bundle<'_>, place: &In<'_, Template<'_>>, function: &Resource<'_>) -> Handler {
    let globals = place.view.section("Globals").and_then(|g| g.get("Function"));
    let setting = |key: &str| function.property(key).or_else(|| globals.and_then(|g| g.get(key)));
    let text = |key: &str| setting(key).and_then(Node::as_str);
    let inline =
        function.property("InlineCode").is_some() || setting("Layers").is_some() || setting("ImageUri").is_some();
    if inline
        || function.node.at(&["Metadata", "BuildMethod"]).is_some()
        || function.node.at(&["Metadata", "SkipBuild"]).is_some()
    {
        return Handler::Fine;
    }
    let key = if function.kind() == Some("AWS::Lambda::Function") { "Code" } else { "CodeUri" };
    let (Some(runtime), Some(handler), Some(code)) =
        (text("Runtime"), text("Handler"), setting(key).and_then(local_path))
    else {
        return Handler::Fine;
    };
    let Local::There(code) = look(bundle, place.path, code) else { return Handler::Fine };
    let Some((module, name)) = handler.rsplit_once('.').filter(|(m, n)| !m.is_empty() && !n.is_empty()) else {
        return Handler::Fine;
    };
    if !bundle.folder.has_folder(&code) || handler.contains(['$', '{']) || module.starts_with('/') {
        return Handler::Fine;
    }
    let (python, node) = (runtime.starts_with("python"), runtime.starts_with("nodejs"));
    let endings: &[&str] = match (python, node) {
        (true, _) => &[".py", "/__init__.py"],
        (_, true) => &[".js", ".mjs", ".cjs", ".ts", ".tsx", ".mts", "/index.js"],
        _ => return Handler::Fine,
    };
    let module = if python { module.replace('.', "/") } else { module.to_owned() };
    let Some(base) = folder::join(&code, &module) else { return Handler::Fine };
    if let Some(file) = endings.iter().map(|e| format!("{base}{e}")).find(|f| bundle.folder.has(f)) {
        let Some(text) = bundle.folder.text(&file) else { return Handler::Fine };
        let text = &text.file.text;
        let star = text.contains("import *") || text.contains("export *") || text.contains("module.exports = require");
        return if text.trim().is_empty() || star || has_word(text, name) {
            Handler::Fine
        } else {
            Handler::NoFunction(file, name.to_owned())
        };
    }
    no_file(bundle.folder, &code, &base, endings)
}

fn no_file(files: &Folder<'_>, code: &str, base: &str, endings: &[&str]) -> Handler {
    let wanted = format!("{base}{}", endings[0]);
    let prefix = if code.is_empty() { String::new() } else { format!("{code}/") };
    let own: Vec<&str> =
        files.files().filter(|f| f.starts_with(&prefix) && endings.iter().any(|e| f.ends_with(e))).collect();
    let built = files.ignored(&wanted)
        || ["dist", "build", "lib", "out", "bundle"].iter().any(|d| base.split('/').any(|p| p == *d))
        || files.has(&format!("{prefix}tsconfig.json"))
        || files.has(&format!("{prefix}Makefile"));
    if own.is_empty() || built {
        return Handler::Fine;
    }
    let modules = own.iter().filter_map(|f| Some(f.strip_prefix(&prefix)?.rsplit_once('.')?.0));
    let module = base.strip_prefix(&prefix).unwrap_or(base);
    let same_name = modules.clone().find(|m| folder::base_name(m) == folder::base_name(module));
    let close = crate::nearest::nearest(module, modules).or(same_name).map(str::to_owned);
    Handler::NoFile(wanted, close)
}

/// Whether a word stands in a text, not as part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word)
        .any(|(at, _)| !part(text[..at].chars().next_back()) && !part(text[at + word.len()..].chars().next()))
}
