//! Choosing and applying the fixes that findings carry.
//!
//! A fix is kept only if the text still reads, its finding is gone and nothing new is found. What a fix leaves behind may
//! be fixed along with it: a parameter that only a removed condition used is removed too. Everything here works on text;
//! who calls says what is found in one.

use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// Rounds of fixing after which a text is left as it is.
const MAX_ROUNDS: usize = 20;
/// Texts that are looked at for one file.
const MAX_LOOKS: usize = 200;
/// How often what a fix leaves behind may be fixed with it.
const MAX_AFTERMATH: usize = 6;

/// What is found in a text.
#[derive(Debug, Default)]
pub struct Look {
    /// Whether the text can be read without an error.
    pub reads: bool,
    /// The findings in it.
    pub findings: Vec<Diagnostic>,
}

/// A fix that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The rule whose finding is gone.
    pub rule: &'static str,
    /// What was done.
    pub title: String,
    /// Whether it keeps the meaning.
    pub applicability: Applicability,
}

/// A text after its fixes.
#[derive(Debug)]
pub struct Improved {
    /// The text.
    pub text: String,
    /// What was done, in order.
    pub applied: Vec<Applied>,
    /// What is found in the text now.
    pub findings: Vec<Diagnostic>,
}

/// Applies fixes up to `most` until there are no more. `look` says what is found in a text.
pub fn improve(text: &str, first: Look, most: Applicability, look: &dyn Fn(&str) -> Look) -> Improved {
    let improved = Improved { text: text.to_owned(), applied: Vec::new(), findings: first.findings };
    let mut run = Run { most, look, looks: 0, readable: first.reads, refused: BTreeSet::new(), improved };
    for _ in 0..MAX_ROUNDS {
        let chosen = run.choose();
        if chosen.is_empty() || !run.apply_or_split(&chosen) {
            // Nothing of this round held; what was refused is not chosen again, so the next round has others.
            if chosen.is_empty() || run.looks >= MAX_LOOKS {
                break;
            }
        }
    }
    run.improved
}

/// A fix with the rule of its finding and what tells the finding from others.
#[derive(Clone)]
struct Chosen {
    rule: &'static str,
    severity: Severity,
    message: String,
    fix: Fix,
}

/// A fix by what it does and where, for remembering those that did not help.
type Key = (&'static str, String, String);

struct Run<'l> {
    most: Applicability,
    look: &'l dyn Fn(&str) -> Look,
    looks: usize,
    readable: bool,
    refused: BTreeSet<Key>,
    improved: Improved,
}

impl Run<'_> {
    /// The fixes to try next: no two of them touch.
    fn choose(&self) -> Vec<Chosen> {
        let mut candidates = candidates(&self.improved.findings, self.most);
        candidates.retain(|c| !self.refused.contains(&self.key(c)));
        // What is worst comes first: with a reference mended, the parameter that it meant is not unused any more.
        let worst = candidates.iter().map(|c| c.severity).max();
        candidates.retain(|c| Some(c.severity) == worst);
        disjoint(candidates)
    }

    /// A fix with the text around it: places move while other fixes are applied.
    fn key(&self, chosen: &Chosen) -> Key {
        let text = &self.improved.text;
        let place = chosen.fix.edits.first().map_or("", |edit| {
            let start = text.get(..edit.span.start as usize).and_then(|t| t.rfind('\n')).map_or(0, |n| n + 1);
            text.get(start..edit.span.end as usize).unwrap_or("")
        });
        (chosen.rule, chosen.message.clone(), place.to_owned())
    }

    /// Applies fixes together, or the halves of them when together they do not hold. Whether anything was applied.
    fn apply_or_split(&mut self, chosen: &[Chosen]) -> bool {
        if let Some((text, findings, aftermath)) = self.attempt(chosen) {
            self.improved.text = text;
            self.improved.findings = findings;
            self.improved.applied.extend(chosen.iter().chain(&aftermath).map(|c| Applied {
                rule: c.rule,
                title: c.fix.title.clone(),
                applicability: c.fix.applicability,
            }));
            return true;
        }
        if let [only] = chosen {
            self.refused.insert(self.key(only));
            return false;
        }
        // The first half that holds changes the text, and with it the places of the rest: they wait for the next round.
        let (left, right) = chosen.split_at(chosen.len() / 2);
        self.apply_or_split(left) || self.apply_or_split(right)
    }

    /// The text after some fixes and what they leave to be fixed, if all of it holds.
    fn attempt(&mut self, chosen: &[Chosen]) -> Option<(String, Vec<Diagnostic>, Vec<Chosen>)> {
        let before = counts(&self.improved.findings);
        let mut gone: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for c in chosen {
            *gone.entry((c.rule, &c.message)).or_default() += 1;
        }
        let mut text = apply_all(&self.improved.text, chosen)?;
        let mut aftermath = Vec::new();
        for _ in 0..MAX_AFTERMATH {
            if self.looks >= MAX_LOOKS {
                return None;
            }
            self.looks += 1;
            let Look { reads, findings } = (self.look)(&text);
            if self.readable && !reads {
                return None;
            }
            let after = counts(&findings);
            let had = |key: &(&str, &str)| before.get(key).copied().unwrap_or(0);
            if gone.iter().any(|(key, n)| after.get(key).copied().unwrap_or(0) + n > had(key)) {
                return None;
            }
            let new: BTreeSet<(&str, &str)> = after.iter().filter(|(k, n)| **n > had(k)).map(|(k, _)| *k).collect();
            if new.is_empty() {
                self.readable = reads;
                return Some((text, findings, aftermath));
            }
            let left = candidates(&findings, self.most);
            let left: Vec<_> = left.into_iter().filter(|c| new.contains(&(c.rule, c.message.as_str()))).collect();
            if left.len() < new.len() {
                return None;
            }
            let left = disjoint(left);
            text = apply_all(&text, &left)?;
            aftermath.extend(left);
        }
        None
    }
}

/// The fixes of findings in the order of the file.
fn candidates(findings: &[Diagnostic], most: Applicability) -> Vec<Chosen> {
    let own = findings.iter().filter(|f| f.file.is_none());
    let mut found: Vec<Chosen> = own
        .filter_map(|f| {
            let fix = f.fix.as_ref().filter(|fix| fix.applicability <= most && !fix.edits.is_empty())?;
            Some(Chosen { rule: f.rule.id, severity: f.severity, message: f.message.clone(), fix: fix.clone() })
        })
        .collect();
    found.sort_by(|a, b| a.fix.edits[0].span.cmp(&b.fix.edits[0].span));
    found
}

/// The fixes that do not touch one before them.
fn disjoint(candidates: Vec<Chosen>) -> Vec<Chosen> {
    let mut taken: Vec<(u32, u32)> = Vec::new();
    let mut chosen = Vec::new();
    for candidate in candidates {
        // Two that only meet could still join two words, so meeting is touching.
        let touches = |e: &Edit| taken.iter().any(|(start, end)| e.span.start <= *end && *start <= e.span.end);
        if candidate.fix.edits.iter().any(touches) {
            continue;
        }
        taken.extend(candidate.fix.edits.iter().map(|e| (e.span.start, e.span.end)));
        chosen.push(candidate);
    }
    chosen
}

/// How often each rule says what.
fn counts(findings: &[Diagnostic]) -> BTreeMap<(&'static str, &str), usize> {
    let mut counts = BTreeMap::new();
    for finding in findings {
        *counts.entry((finding.rule.id, finding.message.as_str())).or_default() += 1;
    }
    counts
}

fn apply_all(text: &str, chosen: &[Chosen]) -> Option<String> {
    apply(text, chosen.iter().flat_map(|c| &c.fix.edits))
}

/// The text after some edits, in the line ends of the text. `None` when they overlap or do not fit it.
pub fn apply<'e>(text: &str, edits: impl IntoIterator<Item = &'e Edit>) -> Option<String> {
    let mut edits: Vec<&Edit> = edits.into_iter().collect();
    edits.sort_by_key(|e| e.span);
    let carriage_returns = text.find('\n').is_some_and(|n| text[..n].ends_with('\r'));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.span.start as usize)?);
        if carriage_returns && edit.text.contains('\n') {
            out.push_str(&edit.text.replace("\r\n", "\n").replace('\n', "\r\n"));
        } else {
            out.push_str(&edit.text);
        }
        at = edit.span.end as usize;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Rule;
    use crate::source::Span;

    static SPELLING: Rule =
        Rule { id: "T1", name: "spelling", summary: "x", page: "", severity: Severity::Error, checks: &[] };
    static OTHER: Rule =
        Rule { id: "T2", name: "other", summary: "x", page: "", severity: Severity::Error, checks: &[] };

    /// Every `bad` is a finding whose fix writes `good`; `bad!` becomes something that is reported too; `worse` is fixed
    /// unsafely; a `(` alone cannot be read.
    fn look(text: &str) -> Look {
        let mut findings = Vec::new();
        let mut find = |rule: &'static Rule, word: &str, applicability, by: &str| {
            for (at, _) in text.match_indices(word) {
                let span = Span::new(at, at + word.len());
                let mut d = Diagnostic::new(rule, span, format!("`{word}` is wrong"));
                d.fix(applicability, format!("write `{by}`"), span, by);
                findings.push(d);
            }
        };
        find(&SPELLING, "bad", Applicability::Safe, "good");
        find(&SPELLING, "worse", Applicability::Unsafe, "good");
        find(&SPELLING, "open", Applicability::Safe, "(");
        find(&SPELLING, "chain", Applicability::Safe, "link");
        find(&OTHER, "link", Applicability::Safe, "end\n");
        for (at, _) in text.match_indices("good!") {
            findings.push(Diagnostic::new(&OTHER, Span::new(at, at + 5), "no shouting"));
        }
        Look { reads: !text.contains('('), findings }
    }

    fn improved(text: &str, most: Applicability) -> (String, usize) {
        let done = improve(text, look(text), most, &look);
        (done.text, done.applied.len())
    }

    #[test]
    fn fixes_hold_or_are_left_out() {
        let check = |text: &str, expected: &str, applied: usize| {
            assert_eq!(improved(text, Applicability::Safe), (expected.to_owned(), applied), "{text}");
        };
        check("bad bad worse", "good good worse", 2);
        check("bad! bad", "bad! good", 1);
        check("open bad open", "open good open", 1);
        check("chain", "end\n", 2);
        check("bad\r\nchain", "good\r\nend\r\n", 3);
        assert_eq!(improved("bad worse", Applicability::Unsafe), ("good good".to_owned(), 2));
    }
}
