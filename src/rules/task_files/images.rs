//! The files that tell a deploy action which images to use: `imagedefinitions.json` and `imageDetail.json`.

use super::{IMAGE_DETAIL, IMAGE_KEYS, NAME_UNKNOWN, NOT_A_LIST};
use crate::bundle::Bundle;
use crate::bundle::folder::{self, Text};
use crate::bundle::tasks::{self, Task};
use crate::diagnostic::Applicability;
use crate::rule::Crossed;
use crate::rule::suggest::nearest;
use crate::source::Span;
use crate::syntax::{Node, Style};

pub(super) fn files(bundle: &Bundle<'_>, crossed: &mut Crossed) {
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

fn root(text: &Text) -> Option<&Node> {
    let tree = text.tree();
    tree.root.as_ref().filter(|_| tree.errors.is_empty())
}

fn definitions(bundle: &Bundle<'_>, path: &str, text: &Text, crossed: &mut Crossed) {
    let fails = "so the deploy action of the pipeline fails";
    let Some(items) = root(text).and_then(Node::as_list) else {
        let place = root(text).map_or(Span::new(0, text.file.text.len().min(1)), |n| {
            Span::new(n.span.start as usize, n.span.start as usize + 1)
        });
        crossed
            .report(&NOT_A_LIST, path, place, format!("the file is not a list of images, {fails}"))
            .help("write `[{\"name\": \"<container>\", \"imageUri\": \"<image>\"}]`");
        return;
    };
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
    let root = root(text);
    if root.and_then(|r| r.get("ImageURI")).is_some_and(|n| n.as_str().is_some_and(|t| !t.trim().is_empty())) {
        return;
    }
    let entries = root.and_then(Node::as_map).unwrap_or_default();
    let near = entries.iter().find(|e| e.key.text.eq_ignore_ascii_case("ImageURI") && &*e.key.text != "ImageURI");
    let place = near.map_or(Span::new(0, text.file.text.len().min(1)), |e| e.key.span);
    let found = crossed.report(
        &IMAGE_DETAIL,
        path,
        place,
        "the file holds no `ImageURI`, so the action `CodeDeployToECS` finds no image and fails",
    );
    found.help("write `{\"ImageURI\": \"<image>\"}`, in just these capitals");
    if let Some(e) = near {
        found.fix(Applicability::Safe, "write `ImageURI`", e.key.span, "\"ImageURI\"");
    }
}
