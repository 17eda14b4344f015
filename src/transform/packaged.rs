//! The template as `sam package` leaves it: local paths are addresses in S3, a function without code has some. The
//! transform itself, like the service, accepts addresses only.

use crate::source::Span;
use crate::syntax::{Entry, Key, Node, NodeKind, Style};

/// Types with the properties that name a local file or folder.
const LOCAL: &[(&str, &[&str])] = &[
    ("AWS::Serverless::Function", &["CodeUri"]),
    ("AWS::Serverless::WebFunction", &["CodeUri"]),
    ("AWS::Serverless::MicrovmImage", &["CodeUri"]),
    ("AWS::Serverless::LayerVersion", &["ContentUri"]),
    ("AWS::Serverless::Api", &["DefinitionUri"]),
    ("AWS::Serverless::HttpApi", &["DefinitionUri"]),
    ("AWS::Serverless::StateMachine", &["DefinitionUri"]),
    ("AWS::Serverless::GraphQLApi", &["SchemaUri", "CodeUri"]),
    // A local template passes through the transform; only functions are of interest.
    ("AWS::Serverless::Application", &["Location"]),
];

const FUNCTION: &str = "AWS::Serverless::Function";
const BUCKET: &str = "s3://packaged/";
const IMAGE: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com/packaged:latest";

/// A path that stands for what will be uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Where the path stands.
    pub span: Span,
    /// The property that holds it.
    pub property: String,
    /// The path as written.
    pub path: String,
}

/// A template with addresses in S3 for its local paths.
#[derive(Clone, Debug)]
pub struct Packaged {
    /// The template.
    pub root: Node,
    /// The paths that became addresses.
    pub uploads: Vec<Upload>,
    /// The paths that did not, because nothing is there.
    pub absent: Vec<Upload>,
}

/// What counts as packaged.
enum Rule<'a> {
    /// Every path, functions whose value is not known, code that is left out.
    Everything,
    /// Paths of files and folders that are there.
    Present(&'a dyn Fn(&str) -> bool),
}

/// The template after packaging, whether or not there is something to package: for checks.
pub fn everything(root: &Node) -> Node {
    run(root, &Rule::Everything).root
}

/// The template after those files and folders are packaged that `present` says are there.
pub fn present(root: &Node, present: &dyn Fn(&str) -> bool) -> Packaged {
    run(root, &Rule::Present(present))
}

fn run(root: &Node, rule: &Rule<'_>) -> Packaged {
    let mut packaged = Packaged { root: root.clone(), uploads: Vec::new(), absent: Vec::new() };
    let global_code = root.at(&["Globals", "Function"]).is_some_and(|n| has_code(n, false));
    let mut taken = std::mem::replace(&mut packaged.root.kind, NodeKind::Null);
    if let NodeKind::Map(sections) = &mut taken {
        for section in sections {
            let NodeKind::Map(entries) = &mut section.value.kind else { continue };
            for entry in entries {
                match &*section.key.text {
                    "Globals" => {
                        let kind = format!("AWS::Serverless::{}", entry.key.text);
                        upload(&kind, &mut entry.value, rule, &mut packaged);
                    }
                    "Resources" => resource(&mut entry.value, rule, global_code, &mut packaged),
                    _ => {}
                }
            }
        }
    }
    packaged.root.kind = taken;
    packaged
}

fn has_code(node: &Node, image: bool) -> bool {
    let keys: &[&str] = if image { &["ImageUri"] } else { &["CodeUri", "InlineCode"] };
    keys.iter().any(|k| node.get(k).is_some())
}

fn resource(node: &mut Node, rule: &Rule<'_>, global_code: bool, packaged: &mut Packaged) {
    let Some(kind) = node.get("Type").and_then(Node::as_str).map(str::to_owned) else { return };
    let property = |name: &str| node.at(&["Properties", name]);
    let image = property("PackageType").and_then(Node::as_str) == Some("Image");
    // A function that names an image is one, whatever package type it leaves out.
    let named = property("ImageUri").is_some();
    let typed = property("PackageType").is_some();
    let context = node.at(&["Metadata", "DockerContext"]).cloned();
    let NodeKind::Map(attributes) = &mut node.kind else { return };
    let Some(properties) = attributes.iter_mut().find(|a| &*a.key.text == "Properties") else { return };
    upload(&kind, &mut properties.value, rule, packaged);
    if kind != FUNCTION {
        return;
    }
    if let Rule::Present(_) = rule {
        // `sam build` makes the image from the folder in the metadata.
        if let Some(context) = context.filter(|_| image && !named) {
            let mut made = Node::generated(context.span, context.kind);
            let before = packaged.uploads.len();
            replace("DockerContext", &mut made, rule, packaged);
            if packaged.uploads.len() > before {
                add(properties, "ImageUri", IMAGE);
            }
        }
        return;
    }
    if named && !typed {
        add(properties, "PackageType", "Image");
    }
    let image = image || named;
    if (!global_code || image) && !has_code(&properties.value, image) {
        let (name, value) = if image { ("ImageUri", IMAGE) } else { ("CodeUri", "s3://packaged/file") };
        add(properties, name, value);
    }
}

/// Adds a property that the packaged template has.
fn add(properties: &mut Entry, name: &str, value: &str) {
    let span = properties.key.span;
    let key = Key { text: name.into(), span, style: Style::Generated };
    let value = Node::generated(span, NodeKind::String(value.into()));
    if let NodeKind::Map(list) = &mut properties.value.kind {
        list.push(Entry { key, value });
    }
}

/// Replaces the local paths of one resource.
fn upload(kind: &str, properties: &mut Node, rule: &Rule<'_>, packaged: &mut Packaged) {
    let Some((_, names)) = LOCAL.iter().find(|l| l.0 == kind) else { return };
    let NodeKind::Map(entries) = &mut properties.kind else { return };
    for e in entries.iter_mut().filter(|e| names.contains(&&*e.key.text)) {
        replace(&e.key.text, &mut e.value, rule, packaged);
    }
}

fn replace(property: &str, value: &mut Node, rule: &Rule<'_>, packaged: &mut Packaged) {
    let path = match (&value.kind, rule) {
        (NodeKind::String(path), _) if path.starts_with("s3://") || property == "Location" => return,
        (NodeKind::String(path), _) => path.to_string(),
        // What a function gives is not known here; `sam package` leaves it to the deployment.
        (NodeKind::Call(_), Rule::Everything) => "file".to_owned(),
        _ => return,
    };
    let found = Upload { span: value.span, property: property.to_owned(), path };
    if matches!(rule, Rule::Present(is) if !is(&found.path)) {
        return packaged.absent.push(found);
    }
    let plain = found.path.trim_start_matches("./").trim_end_matches('/').replace(['?', '#'], "_");
    value.kind = NodeKind::String(format!("{BUCKET}{}", if plain.is_empty() { "." } else { &plain }).into());
    packaged.uploads.push(found);
}
