//! What comes of a fault when the file is deployed, said behind the words about the fault itself.

use super::Rule;
use crate::diagnostic::{Diagnostic, Findings, Severity};

/// Words of a finding that says already what comes of it.
const SAID: &[&str] = &["fail", "refuse", "stops", "never run", "silently", "is ignored", "ignores", "breaks"];

/// Ends the messages of errors of these rules with what follows at the deployment, unless they say it themselves.
pub fn conclude(findings: &mut Findings, outcomes: &[(&'static Rule, &str)]) {
    for finding in findings.list.iter_mut().filter(|finding| finding.severity == Severity::Error) {
        let of = outcomes.iter().find(|(rule, _)| std::ptr::eq(*rule, finding.rule));
        if let Some((_, outcome)) = of.filter(|_| !says(finding)) {
            finding.message = format!("{}; {outcome}", finding.message);
        }
    }
}

fn says(finding: &Diagnostic) -> bool {
    let has = |text: &str| SAID.iter().any(|word| text.contains(word));
    has(&finding.message) || finding.help.as_deref().is_some_and(has)
}
