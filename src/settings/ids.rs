//! Ids that may stand in configuration and suppressions: those of the rules, and those of cfn-lint without one here.

use crate::rule::suggest::nearest;
use crate::rules;
use crate::rules::accepted::WITHOUT_RULE;

/// Whether there is a rule, or an id of cfn-lint, that starts like this.
pub fn is_known(prefix: &str) -> bool {
    rules::all().any(|r| r.id.starts_with(prefix)) || WITHOUT_RULE.iter().any(|id| id.0.starts_with(prefix))
}

/// What may have been meant by an unknown id: a rule's name gives its id.
pub fn suggestion(text: &str) -> Option<String> {
    if let Some(rule) = rules::all().find(|r| r.name == text) {
        return Some(format!("The rule `{text}` has the id `{}`.", rule.id));
    }
    let upper = text.to_uppercase();
    if upper != text && is_known(&upper) {
        return Some(format!("Did you mean `{upper}`?"));
    }
    let names = rules::all().flat_map(|r| [r.id, r.name]);
    nearest(text, names).map(|near| format!("Did you mean `{near}`?"))
}
