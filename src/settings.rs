//! What applies to a run: which rules report, and what the checks are told.

use crate::diagnostic::Severity;
use crate::rule::{Options, Rule};

/// The date of the embedded facts. Date-dependent rules take it as today unless a run says otherwise, so that the same
/// program gives the same answer every day.
pub const FACTS_DATE: &str = "2026-11-21";

/// The rule that says what was not decided.
const UNDECIDED: &str = "SL010";

/// The settings of a run, or of one file after its own configuration is applied.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Prefixes of rule ids to report besides those that are on by default.
    pub include: Vec<String>,
    /// Prefixes of rule ids that are not reported. An ignore beats an include.
    pub ignore: Vec<String>,
    /// Whether what had to be left undecided is reported without being included.
    pub say_undecided: bool,
    /// Whether the regions were chosen for this run (they then win over those a file asks for).
    pub regions_chosen: bool,
    /// What checks and resolving depend on.
    pub options: Options,
}

impl Default for Settings {
    fn default() -> Self {
        let options = Options { as_of: Some(FACTS_DATE.to_owned()), ..Options::default() };
        Settings { include: Vec::new(), ignore: Vec::new(), say_undecided: false, regions_chosen: false, options }
    }
}

impl Settings {
    /// Settings under which every rule reports.
    pub fn everything(options: Options) -> Self {
        Settings {
            include: vec![String::new()],
            ignore: Vec::new(),
            say_undecided: true,
            regions_chosen: true,
            options,
        }
    }

    /// Whether a rule reports: errors and warnings do, informational rules when included, none that is ignored.
    pub fn reports(&self, rule: &Rule) -> bool {
        let has = |list: &[String]| list.iter().any(|prefix| rule.id.starts_with(prefix.as_str()));
        let asked = has(&self.include) || self.say_undecided && rule.id == UNDECIDED;
        (rule.severity > Severity::Info || asked) && !has(&self.ignore)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static RULE: Rule = Rule { id: "I3042", name: "x", summary: "x", page: "", severity: Severity::Info, checks: &[] };

    #[test]
    fn an_ignore_beats_an_include_and_prefixes_match() {
        let mut settings = Settings::default();
        assert!(!settings.reports(&RULE));
        settings.include.push("I3".to_owned());
        assert!(settings.reports(&RULE));
        settings.ignore.push("I".to_owned());
        assert!(!settings.reports(&RULE));
    }
}
