//! The files that tell a deploy action which images to use: `imagedefinitions.json` and `imageDetail.json`.

use super::{IMAGE_DETAIL, IMAGE_KEYS, NAME_UNKNOWN, NOT_A_LIST};
use crate::bundle::Bundle;
use crate::bundle::builds::{Build, Step};
use crate::bundle::folder::{self, Text};
use crate::bundle::tasks::{self, Task};
use crate::diagnostic::Applicability;
use crate::rule::suggest::nearest;
use crate::rule::{Crossed, Rule};
use crate::source::{SourceFile, Span};
use crate::syntax::{Node, Style};

pub(super) fn files(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    written(bundle, crossed);
    for path in bundle.folder.files() {
        let check = match folder::base_name(path) {
            "imagedefinitions.json" => definitions,
            "imageDetail.json" => detail,
            _ => continue,
        };
        let Some(text) = bundle.folder.text(path) else { continue };
        check(bundle, path, &text, crossed);
    }
}

/// What a file holds; `None` after it was said why it cannot be read.
fn root<'t>(rule: &'static Rule, path: &str, text: &'t Text, fails: &str, crossed: &mut Crossed) -> Option<&'t Node> {
    let tree = text.tree();
    if let Some(error) = tree.errors.first() {
        let found = crossed.report(rule, path, error.span, format!("{}, {fails}", error.message));
        match &error.help {
            Some(help) => found.help(help.clone()),
            None => found.help("write plain JSON: a comma between two items, none behind the last, no comments"),
        };
        return None;
    }
    if tree.root.is_none() {
        let start = Span::new(0, text.file.text.len().min(1));
        crossed.report(rule, path, start, format!("the file is empty, {fails}")).help("write the images into it");
    }
    tree.root.as_ref()
}

/// Largest `imagedefinitions.json` that CodePipeline reads.
const MAX_BYTES: usize = 100 * 1024;

fn definitions(bundle: &Bundle<'_>, path: &str, text: &Text, crossed: &mut Crossed) {
    let fails = "so the deploy action `ECS` of a pipeline fails before it changes the service";
    let Some(root) = root(&NOT_A_LIST, path, text, fails, crossed) else { return };
    let start = Span::new(root.span.start as usize, root.span.start as usize + 1);
    if text.file.text.len() > MAX_BYTES {
        let message = format!("the file has {} KB, and only 100 KB are read, {fails}", text.file.text.len() / 1024);
        crossed.report(&NOT_A_LIST, path, start, message).help("keep one item for each container and nothing else");
    }
    let Some(items) = root.as_list() else {
        let other = root.get("ImageURI").or_else(|| root.get("imageUri")).is_some();
        let message = if other {
            format!(
                "the file is one image, as `imageDetail.json` for `CodeDeployToECS` has it, and not a list, {fails}"
            )
        } else {
            format!("the file is not a list of images, {fails}")
        };
        crossed
            .report(&NOT_A_LIST, path, start, message)
            .help("write `[{\"name\": \"<container>\", \"imageUri\": \"<image>\"}]`");
        return;
    };
    if items.is_empty() {
        crossed
            .report(&NOT_A_LIST, path, start, format!("the list has no image, {fails}"))
            .help("add an item for each container that gets a new image");
    }
    let around = tasks::around(bundle, folder::parent(path));
    let plain = !around.is_empty() && around.iter().all(|t| t.view.is_plain());
    let names: Vec<&str> = around.iter().flat_map(Task::names).collect();
    for item in items {
        let entries = item.as_map().unwrap_or_default();
        let text_of = |key: &str| item.get(key).and_then(Node::as_str).filter(|t| !t.trim().is_empty());
        let other = entries.iter().find(|e| !matches!(&*e.key.text, "name" | "imageUri"));
        if let Some(e) = other {
            let near = ["name", "imageUri"].into_iter().find(|k| k.eq_ignore_ascii_case(&e.key.text));
            let message = format!("an image has the keys `name` and `imageUri`, not `{}`, {fails}", e.key.text);
            let found = crossed.report(&IMAGE_KEYS, path, e.key.span, message);
            match near {
                Some(near) => {
                    found.help(format!("write `{near}`"));
                    found.fix(Applicability::Safe, format!("write `{near}`"), e.key.span, format!("\"{near}\""));
                }
                None => {
                    found.help("remove it");
                }
            }
        } else if let Some(key) = ["name", "imageUri"].into_iter().find(|k| text_of(k).is_none()) {
            crossed
                .report(&IMAGE_KEYS, path, item.span, format!("an image has no `{key}`, {fails}"))
                .help("each item has the name of a container and the image for it");
        }
        let Some((node, name)) = item.get("name").and_then(|n| Some((n, n.as_str()?))) else { continue };
        if plain && !names.contains(&name) && !name.contains(['$', '<']) {
            let found = crossed.report(
                &NAME_UNKNOWN,
                path,
                node.span,
                format!("the task definition `{}` has no container `{name}`, {fails}", around[0].path),
            );
            match nearest(name, names.iter().copied()) {
                Some(near) => {
                    found.help(format!("did you mean `{near}`?"));
                    let text = if node.style == Style::Plain { near.to_owned() } else { format!("\"{near}\"") };
                    found.fix(Applicability::Unsafe, format!("write `{near}`"), node.span, text);
                }
                None => {
                    found.help("write the name of a container of the task definition");
                }
            }
        }
    }
}

fn detail(_: &Bundle<'_>, path: &str, text: &Text, crossed: &mut Crossed) {
    let fails = "so the action `CodeDeployToECS` finds no image and fails before the event BeforeInstall";
    let Some(root) = root(&IMAGE_DETAIL, path, text, fails, crossed) else { return };
    if root.get("ImageURI").is_some_and(|n| n.as_str().is_some_and(|t| !t.trim().is_empty())) {
        return;
    }
    let entries = root.as_map().unwrap_or_default();
    let near = entries.iter().find(|e| e.key.text.eq_ignore_ascii_case("ImageURI") && &*e.key.text != "ImageURI");
    let place = near.map_or(Span::new(0, text.file.text.len().min(1)), |e| e.key.span);
    let message = if root.as_list().is_some() {
        format!(
            "the file is a list, as `imagedefinitions.json` for the action `ECS` has it, and holds no `ImageURI`, {fails}"
        )
    } else {
        format!("the file holds no `ImageURI`, {fails}")
    };
    let found = crossed.report(&IMAGE_DETAIL, path, place, message);
    found.help("write `{\"ImageURI\": \"<image>\"}`, in just these capitals");
    if let Some(e) = near {
        found.fix(Applicability::Safe, "write `ImageURI`", e.key.span, "\"ImageURI\"");
    }
}

/// The files that commands of a buildspec write: `printf '[{"name":"web","imageUri":"%s"}]' "$URI" > imagedefinitions.json`.
fn written(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    for spec in &bundle.buildspecs {
        for step in &Build::read(&spec.view).steps {
            let command = &step.command;
            let target = command.writes.iter().find_map(|word| match folder::base_name(&word.text) {
                name @ ("imagedefinitions.json" | "imageDetail.json") => Some(name.to_owned()),
                _ => None,
            });
            let Some(target) = target.filter(|_| matches!(command.program(), "printf" | "echo")) else { continue };
            let Some(text) = command.arguments().map(|word| &word.text).find(|text| text.contains(['[', '{'])) else {
                continue;
            };
            let Some(root) = as_json(text) else { continue };
            let file = &spec.document.file;
            if target == "imageDetail.json" {
                written_detail(file, spec.path, step, &root, crossed);
            } else {
                written_definitions(bundle, file, spec.path, step, &root, crossed);
            }
        }
    }
}

/// A text as JSON, when nothing but its values is filled in later.
fn as_json(text: &str) -> Option<Node> {
    let text = text.replace("\\n", " ").replace("\\\"", "\"");
    let file = SourceFile::new("images.json", text.trim());
    let tree = crate::syntax::read(&file);
    tree.root.filter(|_| tree.errors.is_empty())
}

fn written_detail(file: &SourceFile, path: &str, step: &Step<'_>, root: &Node, crossed: &mut Crossed) {
    if root.get("ImageURI").is_some() {
        return;
    }
    let other = root.as_map().unwrap_or_default().iter().find(|e| e.key.text.eq_ignore_ascii_case("ImageURI"));
    let place = other.map_or(step.node.span, |e| step.span_of(file, &e.key.text));
    let message = "the `imageDetail.json` that this command writes holds no `ImageURI`, so the action `CodeDeployToECS` finds no \
                   image and fails before the event BeforeInstall";
    let found = crossed.report(&IMAGE_DETAIL, path, place, message);
    found.help("write `{\"ImageURI\": \"<image>\"}`, in just these capitals");
    if let Some(e) = other.filter(|e| file.slice(place) == &*e.key.text) {
        found.fix(Applicability::Safe, "write `ImageURI`", place, "ImageURI");
        found.note(format!("written is `{}`", e.key.text));
    }
}

fn written_definitions(
    bundle: &Bundle<'_>,
    file: &SourceFile,
    path: &str,
    step: &Step<'_>,
    root: &Node,
    crossed: &mut Crossed,
) {
    let fails = "so the deploy action `ECS` of the pipeline fails before it changes the service";
    let Some(items) = root.as_list() else {
        let message = format!("the `imagedefinitions.json` that this command writes is not a list of images, {fails}");
        crossed
            .report(&NOT_A_LIST, path, step.node.span, message)
            .help("write `[{\"name\": \"<container>\", \"imageUri\": \"<image>\"}]`, with the brackets");
        return;
    };
    let around = tasks::around(bundle, folder::parent(path));
    let plain = !around.is_empty() && around.iter().all(|t| t.view.is_plain());
    let names: Vec<&str> = around.iter().flat_map(Task::names).collect();
    for item in items {
        for e in item.as_map().unwrap_or_default() {
            let key = &*e.key.text;
            let near = ["name", "imageUri"].into_iter().find(|k| *k != key && k.eq_ignore_ascii_case(key));
            let Some(near) = near else { continue };
            let place = step.span_of(file, key);
            let message = format!("an image has the keys `name` and `imageUri`, not `{key}`, {fails}");
            let found = crossed.report(&IMAGE_KEYS, path, place, message);
            found.help(format!("write `{near}`"));
            if file.slice(place) == key {
                found.fix(Applicability::Safe, format!("write `{near}`"), place, near);
            }
        }
        let Some(name) = item.get("name").and_then(Node::as_str) else { continue };
        if !plain || names.contains(&name) || name.is_empty() || name.contains(['$', '<', '%', '`']) {
            continue;
        }
        let place = step.span_of(file, name);
        let message = format!("the task definition `{}` has no container `{name}`, {fails}", around[0].path);
        let found = crossed.report(&NAME_UNKNOWN, path, place, message);
        match nearest(name, names.iter().copied()) {
            Some(near) => {
                found.help(format!("did you mean `{near}`?"));
                if file.slice(place) == name {
                    found.fix(Applicability::Unsafe, format!("write `{near}`"), place, near);
                }
            }
            None => {
                found.help("write the name of a container of the task definition");
            }
        }
    }
}
