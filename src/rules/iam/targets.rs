//! Whether the resources of a statement are of the kinds that its actions work on.

use super::{ACTION_WITHOUT_RESOURCE, each};
use crate::intrinsics::dynamic;
use crate::rule::Context;
use crate::rule::shape::quoted;
use crate::schema::store;
use crate::source::Span;
use crate::syntax::{Entry, Node};

/// Checks one statement. Anything that is not known about its resources makes it silent.
pub(super) fn check(statement: &Node, cx: &mut Context<'_>) {
    let Some(entry) = ["Resource", "NotResource"].iter().find_map(|name| statement.entry(name)) else { return };
    let Some(resources) = literal_texts(entry) else { return };
    if resources.is_empty() || resources.contains(&"*") {
        return;
    }
    let Some(actions) = statement.entry("Action") else { return };
    let mut found: Vec<(&str, Span, Vec<&'static str>)> = Vec::new();
    each(&actions.value, actions.key.span, true, &mut |node, _| {
        let Some(action) = node.as_str() else { return };
        let formats = formats(action);
        if !formats.is_empty() && !resources.iter().any(|r| formats.iter().any(|f| may_be(r, f))) {
            found.push((action, node.span, formats));
        }
    });
    for (action, place, formats) in found {
        let message = match resources.as_slice() {
            [only] => format!("`{action}` does not work on `{only}`"),
            _ => format!("`{action}` works on none of these resources"),
        };
        cx.report(&ACTION_WITHOUT_RESOURCE, entry.value.span, message)
            .reference_at(entry.key.span)
            .label(place, "the action")
            .help(format!("It works on {}.", quoted(&formats)));
    }
}

/// The texts of a value or of its items; `None` when one is not known.
fn literal_texts(entry: &Entry) -> Option<Vec<&str>> {
    let mut texts = Vec::new();
    let mut known = true;
    each(&entry.value, entry.key.span, true, &mut |node, _| match node.as_str() {
        Some(text) if !dynamic::contains(text) => texts.push(text),
        _ => known = false,
    });
    known.then_some(texts)
}

/// The forms of the ARNs that an action works on; none when it is not known or works on no resource.
fn formats(action: &str) -> Vec<&'static str> {
    let find = || {
        let (service, name) = action.split_once(':')?;
        let facts = store::table("tables/policy_actions")?.get(&service.to_lowercase())?;
        let kinds = facts.get("actions")?.get(&name.to_lowercase())?;
        let resources = facts.get("resources")?;
        let formats = kinds.items().filter_map(|kind| resources.get(&kind.as_str()?.to_lowercase()));
        Some(formats.flat_map(|list| list.items()).filter_map(|f| f.as_str()).collect())
    };
    find().unwrap_or_default()
}

/// Whether a resource, which may have wildcards, can be of a form.
fn may_be(resource: &str, format: &str) -> bool {
    let mut given = resource.splitn(6, ':');
    let mut wanted = format.splitn(6, ':');
    for _ in 0..5 {
        let part = given.next().unwrap_or("*");
        let form = wanted.next().unwrap_or("*");
        let open = matches!(form, "${Partition}" | "${Region}" | "${Account}" | "*");
        if !part.contains(['*', '?', '$']) && !open && part != form {
            return false;
        }
    }
    let (name, form) = (given.next().unwrap_or("*"), wanted.next().unwrap_or("*"));
    let Some(delimiter) = [':', '/'].into_iter().find(|d| form.contains(*d)) else { return true };
    for (part, form) in name.split(delimiter).zip(form.split(delimiter)) {
        if part.contains(['*', '?', '$']) || form.is_empty() || form == ".*" {
            return true;
        }
        if part != form {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{formats, may_be};

    #[test]
    fn resources_and_the_forms_of_actions() {
        let object = "arn:${Partition}:s3:::.*";
        assert!(may_be("arn:aws:s3:::bucket/key", object));
        assert!(may_be("arn:aws:s3:::*", object));
        assert!(may_be("arn:aws:*", object));
        assert!(!may_be("SomeParameter", object));
        assert!(!may_be("arn:aws:sqs:eu-west-1:123456789012:orders", object));
        let function = "arn:${Partition}:lambda:${Region}:${Account}:function:.*";
        assert!(may_be("arn:aws:lambda:eu-west-1:123456789012:function:f", function));
        assert!(!may_be("arn:aws:lambda:eu-west-1:123456789012:layer:f", function));
        assert!(formats("s3:GetObject").contains(&object), "{:?}", formats("s3:GetObject"));
        assert!(formats("s3:Get*").is_empty() && formats("s3").is_empty());
    }
}
