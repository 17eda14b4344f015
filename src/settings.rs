//! What applies to a run: which rules report and how, and what the checks are told.

pub mod config;
pub mod globs;
pub mod ids;
pub mod layer;
pub mod options;

use self::layer::{Key, Layer};
use crate::diagnostic::{Diagnostic, Severity};
use crate::rule::{Options, Rule};
use crate::rules;
use crate::schema::store;

/// The date of the embedded facts. Date-dependent rules take it as today unless a run says otherwise, so that the same
/// program gives the same answer every day.
pub const FACTS_DATE: &str = "2026-11-21";

/// The rule that says what was not decided.
const UNDECIDED: &str = "SL010";
/// What stands for every region.
const ALL_REGIONS: &str = "ALL_REGIONS";

/// The settings of a run, or of one file after its own configuration is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Prefixes of rule ids to report besides those that are on by default.
    pub include: Vec<String>,
    /// Prefixes of rule ids that are not reported. An ignore beats an include.
    pub ignore: Vec<String>,
    /// Prefixes of rule ids that nothing ignores.
    pub mandatory: Vec<String>,
    /// Other severities by prefix of rule id; `None` is off. The longest prefix decides, of equal ones the last.
    pub severity: Vec<(String, Option<Severity>)>,
    /// Whether what had to be left undecided is reported without being included.
    pub say_undecided: bool,
    /// Whether experimental rules report.
    pub experimental: bool,
    /// Whether files that cannot be read are passed over.
    pub pass_over_unreadable: bool,
    /// What checks and resolving depend on.
    pub options: Options,
    /// What was given below the configuration of a template itself: the configuration files.
    config: Layer,
    /// What was given above it: the command line.
    command_line: Layer,
}

impl Default for Settings {
    fn default() -> Self {
        Settings::new(Layer::default(), Layer::default())
    }
}

impl Settings {
    /// The settings that configuration files and the command line give.
    pub fn new(config: Layer, command_line: Layer) -> Self {
        Settings::of(&config.under(&command_line), config, command_line)
    }

    /// These settings with what a file says about itself: stronger than configuration files, weaker than the command line.
    #[must_use]
    pub fn with(&self, own: &Layer) -> Self {
        let given = self.config.under(own).under(&self.command_line);
        let mut settings = Settings::of(&given, self.config.clone(), self.command_line.clone());
        settings.say_undecided = self.say_undecided;
        settings.options.shared_parameters |= self.options.shared_parameters;
        settings
    }

    fn of(given: &Layer, config: Layer, command_line: Layer) -> Self {
        let texts = |key: Key| given.values(key).map(str::to_owned).collect::<Vec<_>>();
        let mut options = Options { as_of: Some(FACTS_DATE.to_owned()), ..Options::default() };
        if let Some(date) = given.value(Key::AsOf) {
            options.as_of = Some(date.to_owned());
        }
        let mut regions = texts(Key::Regions);
        if regions.iter().any(|r| r == ALL_REGIONS) {
            regions = store::regions().map(str::to_owned).collect();
        }
        if !regions.is_empty() {
            options.regions = regions;
        }
        let pair = |text: &str| text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
        options.parameters = given.values(Key::Parameters).filter_map(pair).collect();
        options.shared_parameters = config.values(Key::Parameters).next().is_some();
        for (rule, option, value) in given.values(Key::ConfigureRules).filter_map(rule_option) {
            options.rules.set(rule, option, value);
        }
        let severity = given.values(Key::Severity).filter_map(|text| {
            let (prefix, level) = text.split_once('=')?;
            Some((prefix.to_owned(), severity(level)?))
        });
        Settings {
            include: texts(Key::IncludeChecks),
            ignore: texts(Key::IgnoreChecks),
            mandatory: texts(Key::MandatoryChecks),
            severity: severity.collect(),
            say_undecided: false,
            experimental: given.flag(Key::IncludeExperimental),
            pass_over_unreadable: given.flag(Key::IgnoreBadTemplate),
            options,
            config,
            command_line,
        }
    }

    /// Settings under which every rule reports.
    pub fn everything(options: Options) -> Self {
        Settings {
            include: vec![String::new()],
            say_undecided: true,
            experimental: true,
            options,
            ..Settings::default()
        }
    }

    /// What a rule's findings count as; `None` when the rule is off.
    pub fn level(&self, rule: &Rule) -> Option<Severity> {
        self.chosen(rule).unwrap_or(Some(rule.severity))
    }

    /// The severity that a configuration gives to a rule (`Some(None)`: off); `None` when none does, so that each finding
    /// keeps its own.
    pub fn chosen(&self, rule: &Rule) -> Option<Option<Severity>> {
        let mut best: Option<&(String, Option<Severity>)> = None;
        for one in self.severity.iter().filter(|s| rule.id.starts_with(s.0.as_str())) {
            if best.is_none_or(|b| b.0.len() <= one.0.len()) {
                best = Some(one);
            }
        }
        best.map(|b| b.1)
    }

    /// Whether a rule reports: errors and warnings do, informational rules when included, none that is ignored, unless
    /// it is mandatory. Experimental rules do so only when they are asked for.
    pub fn reports(&self, rule: &Rule) -> bool {
        if !self.experimental && rules::is_experimental(rule) {
            return false;
        }
        let Some(level) = self.level(rule) else { return false };
        let asked = has(&self.include, rule) || self.say_undecided && rule.id == UNDECIDED;
        (level > Severity::Info || asked) && (self.is_mandatory(rule) || !has(&self.ignore, rule))
    }

    /// Whether a finding is reported. What a rule about resources seen together only advises, although it reports
    /// faults too, is so when it is asked for.
    pub fn reports_finding(&self, finding: &Diagnostic) -> bool {
        let rule = finding.rule;
        let advice = finding.severity == Severity::Info && ADVICE.iter().any(|prefix| rule.id.starts_with(prefix));
        self.reports(rule) && (!advice || has(&self.include, rule))
    }

    /// Whether nothing ignores the rule.
    pub fn is_mandatory(&self, rule: &Rule) -> bool {
        has(&self.mandatory, rule)
    }
}

/// The rules about resources that are seen together, some of which give advice.
pub const ADVICE: [&str; 2] = ["SL1", "SL2"];

fn has(list: &[String], rule: &Rule) -> bool {
    list.iter().any(|prefix| rule.id.starts_with(prefix.as_str()))
}

/// The parts of `I3042:region=true`.
pub fn rule_option(text: &str) -> Option<(&str, &str, &str)> {
    let (rule, rest) = text.split_once(':')?;
    let (option, value) = rest.split_once('=')?;
    (!rule.is_empty() && !option.is_empty()).then_some((rule, option, value))
}

/// A severity by its word, `None` inside for `off`.
pub fn severity(word: &str) -> Option<Option<Severity>> {
    Some(match word.to_ascii_lowercase().as_str() {
        "error" => Some(Severity::Error),
        "warning" | "warn" => Some(Severity::Warning),
        "info" | "informational" => Some(Severity::Info),
        "off" => None,
        _ => return None,
    })
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
        settings.mandatory.push("I30".to_owned());
        assert!(settings.reports(&RULE));
    }

    #[test]
    fn the_longest_prefix_gives_the_severity() {
        let severity = vec![("I3042".to_owned(), Some(Severity::Error)), ("I".to_owned(), None)];
        let mut settings = Settings { severity, ..Settings::default() };
        assert_eq!(settings.level(&RULE), Some(Severity::Error));
        assert!(settings.reports(&RULE), "an error is on by default");
        settings.severity.push(("I3042".to_owned(), None));
        assert!(!settings.reports(&RULE));
    }
}
