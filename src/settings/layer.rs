//! Settings as one source gives them - a file, a template, the command line - each value with the place it comes from.

use std::collections::BTreeMap;
use std::sync::Arc;

/// What can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Prefixes of ids that are not reported.
    IgnoreChecks,
    /// Prefixes of ids that are reported besides those on by default.
    IncludeChecks,
    /// Prefixes of ids that nothing can ignore.
    MandatoryChecks,
    /// `E3012=warning`: another severity, or `off`.
    Severity,
    /// `I3042:region=true`: an option of a rule.
    ConfigureRules,
    /// Regions to check for.
    Regions,
    /// `Name=value`: parameter values.
    Parameters,
    /// Files with parameter values.
    ParameterFiles,
    /// The date that counts as today.
    AsOf,
    /// Whether experimental rules are on.
    IncludeExperimental,
    /// Whether files that cannot be read are passed over.
    IgnoreBadTemplate,
    /// Whether lists of several sources are joined.
    MergeConfigs,
    /// Patterns of files that are not checked.
    IgnoreTemplates,
    /// Patterns of files to check when none is named.
    Templates,
    /// The format of the report.
    Format,
    /// Where the report goes.
    OutputFile,
    /// The least severity that makes the exit code 1.
    FailOn,
}

impl Key {
    /// The name on the command line and in `stacklens.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Key::IgnoreChecks => "ignore-checks",
            Key::IncludeChecks => "include-checks",
            Key::MandatoryChecks => "mandatory-checks",
            Key::Severity => "severity",
            Key::ConfigureRules => "rules",
            Key::Regions => "regions",
            Key::Parameters => "parameters",
            Key::ParameterFiles => "parameter-files",
            Key::AsOf => "as-of",
            Key::IncludeExperimental => "include-experimental",
            Key::IgnoreBadTemplate => "ignore-bad-template",
            Key::MergeConfigs => "merge-configs",
            Key::IgnoreTemplates => "ignore-templates",
            Key::Templates => "templates",
            Key::Format => "format",
            Key::OutputFile => "output",
            Key::FailOn => "fail-on",
        }
    }

    /// Whether there is one value, of which the strongest source decides.
    fn is_single(self) -> bool {
        matches!(
            self,
            Key::AsOf
                | Key::IncludeExperimental
                | Key::IgnoreBadTemplate
                | Key::MergeConfigs
                | Key::Format
                | Key::OutputFile
                | Key::FailOn
        )
    }
}

/// A value and where it was given: `stacklens.toml:3`, `the command line`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Given {
    /// The value in words.
    pub value: String,
    /// Where.
    pub origin: Arc<str>,
}

/// The settings of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Layer(BTreeMap<Key, Vec<Given>>);

impl Layer {
    /// Gives a value.
    pub fn give(&mut self, key: Key, value: impl Into<String>, origin: &Arc<str>) {
        self.0.entry(key).or_default().push(Given { value: value.into(), origin: origin.clone() });
    }

    /// Gives several values.
    pub fn give_all<'v>(&mut self, key: Key, values: impl IntoIterator<Item = &'v String>, origin: &Arc<str>) {
        values.into_iter().for_each(|v| self.give(key, v, origin));
    }

    /// The values of a key with their places.
    pub fn given(&self, key: Key) -> &[Given] {
        self.0.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The values of a key.
    pub fn values(&self, key: Key) -> impl Iterator<Item = &str> {
        self.given(key).iter().map(|g| g.value.as_str())
    }

    /// The one value of a key.
    pub fn value(&self, key: Key) -> Option<&str> {
        self.given(key).last().map(|g| g.value.as_str())
    }

    /// Whether something that is on or off is on.
    pub fn flag(&self, key: Key) -> bool {
        self.value(key) == Some("true")
    }

    /// Everything that is given.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &[Given])> {
        self.0.iter().map(|(key, given)| (*key, given.as_slice()))
    }

    /// Whether nothing is given.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These settings with those of a stronger source: what that gives replaces what is here, key by key, unless either
    /// asks for lists to be joined.
    #[must_use]
    pub fn under(&self, stronger: &Layer) -> Layer {
        self.merged(stronger, stronger.flag(Key::MergeConfigs) || self.flag(Key::MergeConfigs))
    }

    /// These settings with those of a stronger source of the same kind, key by key.
    #[must_use]
    pub fn replaced_by(&self, stronger: &Layer) -> Layer {
        self.merged(stronger, false)
    }

    fn merged(&self, stronger: &Layer, join: bool) -> Layer {
        let mut merged = self.clone();
        for (key, given) in stronger.0.iter().filter(|(_, given)| !given.is_empty()) {
            if join && !key.is_single() {
                merged.0.entry(*key).or_default().extend(given.iter().cloned());
            } else {
                merged.0.insert(*key, given.clone());
            }
        }
        merged
    }

    /// These settings with more of the same source: lists are joined.
    pub fn add(&mut self, more: &Layer) {
        for (key, given) in &more.0 {
            if key.is_single() {
                self.0.insert(*key, given.clone());
            } else {
                self.0.entry(*key).or_default().extend(given.iter().cloned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(values: &[(Key, &str)]) -> Layer {
        let mut layer = Layer::default();
        values.iter().for_each(|(key, value)| layer.give(*key, *value, &Arc::from("test")));
        layer
    }

    #[test]
    fn the_stronger_source_wins_key_by_key_or_lists_are_joined() {
        let weak = layer(&[(Key::IgnoreChecks, "W1"), (Key::Regions, "eu-west-1")]);
        let strong = layer(&[(Key::IgnoreChecks, "W2")]);
        let merged = weak.under(&strong);
        assert_eq!(merged.values(Key::IgnoreChecks).collect::<Vec<_>>(), ["W2"]);
        assert_eq!(merged.values(Key::Regions).collect::<Vec<_>>(), ["eu-west-1"]);
        let joining = layer(&[(Key::IgnoreChecks, "W2"), (Key::MergeConfigs, "true")]);
        assert_eq!(weak.under(&joining).values(Key::IgnoreChecks).collect::<Vec<_>>(), ["W1", "W2"]);
    }
}
