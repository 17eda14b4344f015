//! The resources of a configuration file of Elastic Beanstalk: part of a template whose rest the service writes.

use super::{Dispatch, run};
use crate::beanstalk;
use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::rule::Options;
use crate::syntax::Node;
use crate::template::Template;

/// What can be said of a resource without seeing the template it becomes part of.
const ALONE: &[&str] = &["E3002", "E3003", "E3006", "E3012", "E3030", "E3034"];
/// The same of a resource that the service makes and the file only changes.
const CHANGED: &[&str] = &["E3002", "E3012", "E3030"];
/// How the resources of the service are called.
const OWN: &str = "AWSEB";

/// Checks the resources of a file.
pub(super) fn check(document: &Document, root: &Node, options: &Options, dispatch: &Dispatch) -> Vec<Diagnostic> {
    let Some(sections) = beanstalk::template(root) else { return Vec::new() };
    let template = Template::read(&sections);
    let mut found = run(document, &sections, &template, options, dispatch);
    found.retain(|d| {
        let inside = template.resources.iter().find(|r| r.key.span.to(r.node.span).contains(d.span));
        let Some(resource) = inside else { return false };
        let allowed = if resource.id().starts_with(OWN) { CHANGED } else { ALONE };
        // A text in backquotes is filled in by the service; DynamoDB still takes the keys of its first years.
        let text = document.file.slice(d.span);
        let old = resource.kind() == Some("AWS::DynamoDB::Table")
            && ["KeySchema", "HashKeyElement"].iter().all(|w| document.file.slice(resource.node.span).contains(w));
        allowed.contains(&d.rule.id) && !text.contains('`') && !old
    });
    found
}
