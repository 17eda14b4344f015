//! Regions and images that are written out.

use super::REGION_WRITTEN_OUT;
use crate::diagnostic::Applicability;
use crate::intrinsics::Intrinsic;
use crate::rule::Context;
use crate::source::Span;
use crate::syntax::{Format, Node, NodeKind, Style};
use crate::value::regions::is_region;

/// Something that exists in one region only.
enum Fixed {
    /// A region in the name of a host or of a service.
    Region(String),
    Image,
}

pub(super) fn regions(cx: &mut Context<'_>) {
    // A template that nowhere asks for its region is for one region.
    if !cx.document.file.text.contains("AWS::Region") {
        return;
    }
    let mut found = Vec::new();
    for resource in cx.template.resources.iter().filter(|r| r.condition().is_none()) {
        if let Some(properties) = resource.properties() {
            look(properties, "", false, &mut found);
        }
    }
    let json = cx.document.tree.format == Format::Json;
    for (node, fixed, called) in found {
        let (message, help) = match &fixed {
            Fixed::Region(region) => (
                format!("`{region}` is written out here, although the template is for any region"),
                "Write `${AWS::Region}` in an `Fn::Sub`.",
            ),
            Fixed::Image => (
                format!(
                    "`{}` is an image of one region, although the template is for any",
                    node.as_str().unwrap_or("")
                ),
                "Take the image from the parameter store: `{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64}}`, or from a mapping by region.",
            ),
        };
        let span: Span = node.span;
        let finding = cx.report(&REGION_WRITTEN_OUT, span, message);
        finding.help(help);
        if let (Fixed::Region(region), Some(text), false, false) = (&fixed, node.as_str(), called, json)
            && node.style == Style::Plain
            && !text.contains('$')
        {
            let text = text.replace(region, "${AWS::Region}");
            finding.fix(Applicability::Unsafe, "take the region of the stack", span, format!("!Sub {text}"));
        }
    }
}

/// Goes through the texts of properties; `key` is that above, `called` says that a function is around.
fn look<'a>(node: &'a Node, key: &str, called: bool, found: &mut Vec<(&'a Node, Fixed, bool)>) {
    match &node.kind {
        NodeKind::String(text) => {
            if let Some(region) = region_in(text) {
                found.push((node, Fixed::Region(region.to_owned()), called));
            } else if key == "ImageId" && is_image(text) {
                found.push((node, Fixed::Image, called));
            }
        }
        NodeKind::List(items) => items.iter().for_each(|item| look(item, key, called, found)),
        // What another region is named for is meant so.
        NodeKind::Map(entries) => {
            for e in entries.iter().filter(|e| !e.key.text.contains("Region")) {
                look(&e.value, &e.key.text, called, found);
            }
        }
        // A branch may have been chosen for its region.
        NodeKind::Call(call) if call.function == Intrinsic::If => {}
        NodeKind::Call(call) => look(&call.argument, key, true, found),
        _ => {}
    }
}

/// The region in the name of a host or service of AWS. ARNs have a rule of their own.
fn region_in(text: &str) -> Option<&str> {
    if text.len() > 300 || text.contains("arn:") || text.contains(['\n', ' ']) || text.contains("{{") {
        return None;
    }
    let host = text.split("://").last()?.split('/').next()?;
    if !(host.contains(".amazonaws.com") || host.starts_with("com.amazonaws.")) {
        return None;
    }
    host.split('.').find(|part| is_region(part))
}

fn is_image(text: &str) -> bool {
    let hex = text.strip_prefix("ami-").unwrap_or_default();
    matches!(hex.len(), 8 | 17) && hex.bytes().all(|b| b.is_ascii_hexdigit())
}
