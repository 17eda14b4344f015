//! Which conditions can hold together. Every `Fn::Equals` compares a term (a parameter, a pseudo parameter, any other
//! expression) with texts; a term has finitely many values that matter: those it is compared with, its allowed values, or
//! "another value". A question is decided by a backtracking search over the terms that it reaches, within a budget
//! counted in steps; over budget the answer is "unknown".

mod build;
mod search;

use crate::template::Template;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::rc::Rc;

/// Steps for one question.
const QUESTION_STEPS: u64 = 25_000;
/// Steps for all questions about one template.
const TEMPLATE_STEPS: u64 = 2_000_000;
/// Most answers that are remembered.
const MEMO_ENTRIES: usize = 20_000;
/// Most lists of combinations that are remembered.
const LISTED_ENTRIES: usize = 2_000;
/// Most scenarios that are listed.
pub const MAX_SCENARIOS: usize = 128;

/// A three-valued answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Certainly.
    Yes,
    /// Certainly not.
    No,
    /// Not decided within the budget.
    Unknown,
}

/// A set of conditions with the value that each has at some place: facts (the resource's `Condition`, the branches of the
/// `Fn::If` around) and assumptions made while trying cases. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pins {
    list: Rc<Vec<Pin>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Pin {
    condition: u32,
    holds: bool,
    fact: bool,
}

impl Pins {
    /// Nothing is pinned.
    pub fn none() -> Self {
        Pins::default()
    }

    /// Whether nothing is pinned.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    fn get(&self, condition: u32) -> Option<bool> {
        let i = self.list.binary_search_by_key(&condition, |p| p.condition).ok()?;
        Some(self.list[i].holds)
    }

    fn with(&self, pin: Pin) -> Pins {
        let mut list = (*self.list).clone();
        match list.binary_search_by_key(&pin.condition, |p| p.condition) {
            Ok(i) => list[i].fact |= pin.fact,
            Err(i) => list.insert(i, pin),
        }
        Pins { list: Rc::new(list) }
    }
}

/// Possible combinations of some conditions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenarios<'n> {
    /// Each combination in the order of the names asked for, true before false.
    pub list: Vec<Vec<(&'n str, bool)>>,
    /// What is pinned in each of them: what was pinned before, and the combination as assumptions.
    pub pins: Rc<Vec<Pins>>,
    /// Whether these are all: false when the cap or the budget cut the list.
    pub complete: bool,
}

/// Combinations by what was pinned and the conditions asked for.
type Listed = HashMap<(Pins, Vec<u32>), (Rc<Vec<Pins>>, bool), BuildHasherDefault<Mixer>>;

/// The algebra over the conditions of one template.
#[derive(Debug)]
pub struct Conditions<'n> {
    template: &'n Template<'n>,
    names: Vec<&'n str>,
    index: BTreeMap<&'n str, u32>,
    /// The expression of each condition.
    roots: Vec<usize>,
    exprs: Vec<Expr>,
    terms: Vec<Term<'n>>,
    /// The terms that a parameter or pseudo parameter decides: itself and what is computed from it.
    terms_by_name: BTreeMap<&'n str, Vec<u32>>,
    /// Implications of the Rules section, each with the terms it mentions.
    rules: Vec<(usize, Vec<u32>)>,
    rules_by_term: BTreeMap<u32, Vec<usize>>,
    /// Where the values of each term start among the words of a search, and where the last ends.
    offsets: Vec<usize>,
    /// What the search found of each condition, and at which version of the domains.
    scratch: RefCell<search::Scratch>,
    steps: Cell<u64>,
    undecided: Cell<bool>,
    memo: RefCell<HashMap<Question, Answer, BuildHasherDefault<Mixer>>>,
    /// Lists of combinations that were asked for: the same value is looked at again and again.
    listed: RefCell<Listed>,
}

/// What a condition is made of.
#[derive(Clone, Debug)]
enum Expr {
    Const(bool),
    /// The term has one of these values: a bit each.
    In(u32, Vec<u64>),
    /// Two terms are equal; the third is a free one that decides when the values cannot.
    Same(u32, u32, u32),
    Condition(u32),
    Not(usize),
    And(Vec<usize>),
    Or(Vec<usize>),
}

/// Something whose value is not fixed by the template.
#[derive(Debug)]
struct Term<'n> {
    /// The values that matter.
    values: Vec<Rc<str>>,
    /// Whether it can have another value (index `values.len()`).
    open: bool,
    /// The expression, when it is more than a reference and can be computed from its parameters.
    node: Option<&'n crate::syntax::Node>,
    /// The name, when it is a plain reference.
    name: Option<&'n str>,
}

impl Term<'_> {
    fn size(&self) -> usize {
        self.values.len() + usize::from(self.open)
    }

    fn index_of(&self, text: &str) -> Option<u32> {
        self.values.iter().position(|v| &**v == text).map(|i| i as u32)
    }
}

/// A question: what must be true, which terms have which value.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
struct Question {
    conditions: Vec<(u32, bool)>,
    fixed: Vec<(u32, u32)>,
    with_rules: bool,
    impossible: bool,
}

impl Hash for Question {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for &(condition, holds) in &self.conditions {
            state.write_u64(u64::from(condition) << 1 | u64::from(holds));
        }
        for &(term, value) in &self.fixed {
            state.write_u64(u64::from(term) << 32 | u64::from(value));
        }
        state.write_u64(u64::from(self.with_rules) << 1 | u64::from(self.impossible));
    }
}

/// A quick hash for questions, of which very many are asked: most are answered from memory.
#[derive(Debug, Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.write_u64(u64::from(*b)));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl<'n> Conditions<'n> {
    /// Reads the conditions and rules of a template.
    pub fn new(template: &'n Template<'n>) -> Self {
        build::conditions(template)
    }

    /// Whether the template has no condition.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether a rule of the Rules section limits the values of parameters.
    pub fn has_rules(&self) -> bool {
        !self.rules.is_empty()
    }

    /// The pinned conditions with their values, in the order of the section.
    pub fn describe(&self, pins: &Pins) -> Vec<(&'n str, bool)> {
        pins.list.iter().map(|p| (self.names[p.condition as usize], p.holds)).collect()
    }

    /// Whether some question was given up for its size.
    pub fn gave_up(&self) -> bool {
        self.undecided.get()
    }

    /// The pinned value of a condition.
    pub fn pinned(&self, pins: &Pins, name: &str) -> Option<bool> {
        pins.get(*self.index.get(name)?)
    }

    /// Adds a fact (a resource's `Condition`, a branch of `Fn::If`). `None`: it contradicts what is pinned. A name that no
    /// condition has leaves the pins as they are.
    pub fn pin(&self, pins: &Pins, name: &str, holds: bool) -> Option<Pins> {
        self.add(pins, name, holds, true)
    }

    /// Adds an assumption, made to look at one case. `None`: it contradicts what is pinned.
    pub fn assume(&self, pins: &Pins, name: &str, holds: bool) -> Option<Pins> {
        self.add(pins, name, holds, false)
    }

    fn add(&self, pins: &Pins, name: &str, holds: bool, fact: bool) -> Option<Pins> {
        let Some(&condition) = self.index.get(name) else { return Some(pins.clone()) };
        if pins.get(condition) == Some(!holds) {
            return None;
        }
        let known = pins.get(condition).is_some();
        let next = pins.with(Pin { condition, holds, fact });
        if known {
            return Some(next);
        }
        let conditions = next.list.iter().map(|p| (p.condition, p.holds)).collect();
        match self.ask(Question { conditions, ..Question::default() }) {
            Answer::No => None,
            Answer::Yes | Answer::Unknown => Some(next),
        }
    }

    /// Whether a condition can have a value given the facts alone, assumptions left aside.
    pub fn reachable(&self, pins: &Pins, name: &str, holds: bool) -> Answer {
        let Some(&condition) = self.index.get(name) else { return Answer::Yes };
        let mut conditions: Vec<(u32, bool)> =
            pins.list.iter().filter(|p| p.fact).map(|p| (p.condition, p.holds)).collect();
        match conditions.binary_search_by_key(&condition, |c| c.0) {
            Ok(i) if conditions[i].1 == holds => return Answer::Yes,
            Ok(_) => return Answer::No,
            Err(i) => conditions.insert(i, (condition, holds)),
        }
        self.ask(Question { conditions, ..Question::default() })
    }

    /// Whether the pins can all hold, the Rules section respected.
    pub fn satisfiable(&self, pins: &Pins) -> Answer {
        self.satisfiable_with(pins, &[], &[])
    }

    /// Whether the pins can hold together with further conditions and with values of parameters and pseudo parameters.
    pub fn satisfiable_with(&self, pins: &Pins, conditions: &[(&str, bool)], values: &[(&str, &str)]) -> Answer {
        let mut question = Question { with_rules: true, ..Question::default() };
        question.conditions = pins.list.iter().map(|p| (p.condition, p.holds)).collect();
        for (name, holds) in conditions {
            if let Some(&c) = self.index.get(name) {
                question.conditions.push((c, *holds));
            }
        }
        question.conditions.sort_unstable();
        question.conditions.dedup();
        if question.conditions.windows(2).any(|w| w[0].0 == w[1].0) {
            return Answer::No;
        }
        if question.conditions.is_empty() && self.rules.is_empty() {
            return Answer::Yes;
        }
        self.fix(&mut question, values);
        if question.impossible {
            return Answer::No;
        }
        self.ask(question)
    }

    /// Whether `name` has the value `holds` whenever the pins hold.
    pub fn implies(&self, pins: &Pins, name: &str, holds: bool) -> Answer {
        match self.satisfiable_with(pins, &[(name, !holds)], &[]) {
            Answer::Yes => Answer::No,
            Answer::No => Answer::Yes,
            Answer::Unknown => Answer::Unknown,
        }
    }

    /// Whether a condition can have a value in a region.
    pub fn possible_in_region(&self, name: &str, holds: bool, region: &str) -> Answer {
        let partition = crate::value::regions::partition(region);
        let suffix = crate::value::regions::url_suffix(region);
        let values = [("AWS::Region", region), ("AWS::Partition", partition), ("AWS::URLSuffix", suffix)];
        self.satisfiable_with(&Pins::none(), &[(name, holds)], &values)
    }

    /// The combinations of some conditions that can hold under the pins, names that no condition has left out.
    pub fn scenarios(&self, pins: &Pins, names: &[&str]) -> Scenarios<'n> {
        let mut ids: Vec<u32> = Vec::new();
        for name in names {
            match self.index.get(name) {
                Some(&c) if !ids.contains(&c) => ids.push(c),
                _ => {}
            }
        }
        let key = (pins.clone(), ids);
        let known = self.listed.borrow().get(&key).map(|(pins, complete)| (Rc::clone(pins), *complete));
        let (found, complete) = known.unwrap_or_else(|| {
            let (list, complete) = self.combinations(pins, &key.1);
            let list = Rc::new(list);
            if self.listed.borrow().len() < LISTED_ENTRIES {
                self.listed.borrow_mut().insert(key.clone(), (Rc::clone(&list), complete));
            }
            (list, complete)
        });
        let combination =
            |pins: &Pins| key.1.iter().map(|&c| (self.names[c as usize], pins.get(c).unwrap_or_default())).collect();
        Scenarios { list: found.iter().map(combination).collect(), pins: found, complete }
    }

    fn combinations(&self, pins: &Pins, ids: &[u32]) -> (Vec<Pins>, bool) {
        let mut list = Vec::new();
        let mut complete = true;
        let mut open: Vec<(Pins, usize)> = vec![(pins.clone(), 0)];
        while let Some((pins, done)) = open.pop() {
            if list.len() == MAX_SCENARIOS {
                complete = false;
                break;
            }
            match ids.get(done) {
                None => list.push(pins),
                Some(&c) => {
                    // The last pushed is looked at first.
                    for holds in [false, true] {
                        if let Some(next) = self.assume(&pins, self.names[c as usize], holds) {
                            open.push((next, done + 1));
                        }
                    }
                }
            }
        }
        (list, complete && !self.undecided.get())
    }

    fn ask(&self, question: Question) -> Answer {
        if question.conditions.is_empty() && (!question.with_rules || self.rules.is_empty()) {
            return Answer::Yes;
        }
        if let Some(&answer) = self.memo.borrow().get(&question) {
            return answer;
        }
        let left = TEMPLATE_STEPS.saturating_sub(self.steps.get()).min(QUESTION_STEPS);
        let (answer, steps) = search::solve(self, &question, left);
        self.steps.set(self.steps.get() + steps);
        if answer == Answer::Unknown {
            self.undecided.set(true);
        }
        if self.memo.borrow().len() < MEMO_ENTRIES {
            self.memo.borrow_mut().insert(question, answer);
        }
        answer
    }

    /// Turns values of parameters into values of terms: of the parameter itself and of everything computed from it.
    fn fix(&self, question: &mut Question, values: &[(&str, &str)]) {
        let mut concerned: Vec<u32> = Vec::new();
        for (name, _) in values {
            concerned.extend(self.terms_by_name.get(name).into_iter().flatten());
        }
        concerned.sort_unstable();
        concerned.dedup();
        for i in concerned {
            let term = &self.terms[i as usize];
            let text = match (term.name, term.node) {
                (Some(name), _) => values.iter().find(|v| v.0 == name).map(|v| Rc::from(v.1)),
                (None, Some(node)) => build::compute(self.template, node, values),
                (None, None) => None,
            };
            let Some(text) = text else { continue };
            match term.index_of(&text) {
                Some(value) => question.fixed.push((i, value)),
                None if term.open => question.fixed.push((i, term.values.len() as u32)),
                None => question.impossible = true,
            }
        }
    }
}

#[cfg(test)]
mod tests;
