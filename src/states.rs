//! A definition of Step Functions: what it is made of, and what is wrong in it. Tolerant: what a function or a
//! substitution will give is not known, and nothing is concluded from it.

mod choice;
mod integrations;
mod state;
mod ways;

pub use self::integrations::{Integration, Pattern};

use crate::nearest::nearest;
use crate::source::Span;
use crate::syntax::{Entry, Node};

/// Most levels of machines in machines that are looked into.
const MAX_DEPTH: usize = 20;

/// Longest name of a state, in characters.
pub const MAX_NAME: usize = 80;

/// The languages in which a definition picks and shapes data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Paths: `$.order.id`.
    JsonPath,
    /// Expressions: `{% $states.input.order.id %}`.
    Jsonata,
}

impl Language {
    /// Its name, as `QueryLanguage` takes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Language::JsonPath => "JSONPath",
            Language::Jsonata => "JSONata",
        }
    }

    /// The language that `QueryLanguage` of a machine or state says; without one, that of what is around it. `None` when it
    /// is not known.
    pub fn of(node: &Node, outer: Option<Language>) -> Option<Language> {
        match node.get("QueryLanguage").map(Node::as_str) {
            None => outer,
            Some(Some("JSONPath")) => Some(Language::JsonPath),
            Some(Some("JSONata")) => Some(Language::Jsonata),
            Some(_) => None,
        }
    }
}

/// A fault in a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `StartAt` names no state of its machine: the name.
    Start(String),
    /// `Next` or `Default` names no state of its machine: key, name.
    Target(&'static str, String),
    /// Nothing leads to the state: its name.
    Unreachable(String),
    /// No state of the machine ends it.
    Endless,
    /// The state says both `Next` and `End`: its name.
    NextAndEnd(String),
    /// The state says neither `Next` nor `End`: its name.
    NoWayOn(String),
    /// A state of this type has no such way on: its name, its type, the key.
    WayNotAllowed(String, String, &'static str),
    /// Something lacks what it needs: who, what.
    Missing(String, String),
    /// The machine or state has a key that it does not know: who, the key.
    KeyUnknown(String, String),
    /// Two keys exclude each other: who, the keys.
    Exclusive(String, &'static str, &'static str),
    /// There is no such type of state: the name of the state, the type.
    TypeUnknown(String, String),
    /// A value cannot be: who, key, what it must be.
    Value(String, String, String),
    /// `States.ALL` stands beside other errors or before the last entry: `Retry` or `Catch`.
    AllNotLast(&'static str),
    /// A key of the other query language: who, key, the language that is in force.
    OtherLanguage(String, String, Language),
    /// An expression of JSONata where paths are in force: who.
    ExpressionIsText(String),
    /// A key with `.$` where JSONata is in force: who, the key.
    PathKeyIsText(String, String),
    /// The query language of a part does not go with the one around it, or does not exist.
    LanguageUnknown(String),
    /// The state waits for a token that it hands to nobody: its name.
    TokenLost(String),
    /// The service or its action is not called like that: what is written.
    IntegrationUnknown(String),
    /// The service cannot be waited for in this way: service, the ending, what is possible.
    PatternUnsupported(String, Pattern, String),
    /// A rule of a choice is not complete or has a part that does not exist: what is wrong.
    Choice(String),
    /// A name of a state stands in two places of the machine.
    NameTwice(String),
    /// The name of a state is too long.
    NameLong(usize),
    /// The heartbeat is not shorter than the time the task has: seconds, seconds.
    Heartbeat(u64, u64),
    /// Nothing limits how long the state waits for an answer: its name.
    WaitsForYears(String),
}

/// A fault with its place.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What it is.
    pub fault: Fault,
    /// Where.
    pub span: Span,
    /// What was probably meant.
    pub near: Option<String>,
    /// Another place that belongs to it.
    pub other: Option<Span>,
    /// Whether the shape of the text shows it, so that a schema of definitions finds it too.
    pub shape: bool,
}

/// Takes the faults.
struct Sink {
    found: Vec<Problem>,
    /// Whether what is looked at stands in an `Iterator`, which a schema leaves open.
    open: bool,
}

impl Sink {
    fn report(&mut self, fault: Fault, span: Span) -> &mut Problem {
        self.found.push(Problem { fault, span, near: None, other: None, shape: false });
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    /// A fault that a schema finds too.
    fn shape(&mut self, fault: Fault, span: Span) -> &mut Problem {
        let shape = !self.open;
        let problem = self.report(fault, span);
        problem.shape = shape;
        problem
    }
}

/// Whether this can be the definition of a machine.
pub fn is_machine(root: &Node) -> bool {
    root.get("StartAt").is_some() && root.get("States").is_some()
}

/// Whether a text is itself, not filled in later.
fn is_plain(text: &str) -> bool {
    !text.contains("${")
}

/// The text of a value that is certain.
fn plain(node: &Node) -> Option<&str> {
    node.as_str().filter(|text| is_plain(text))
}

/// Whether a value is made by a function, or a text with a substitution, so that it may be anything.
fn is_open(node: &Node) -> bool {
    node.as_call().is_some()
        || node.as_str().is_some_and(|text| !is_plain(text))
        || node.as_map().is_some_and(|m| m.iter().any(|e| e.key.text.starts_with("Fn::")))
}

/// Keys of the machine itself.
const MACHINE_KEYS: &[&str] = &["Comment", "StartAt", "States", "Version", "TimeoutSeconds", "QueryLanguage"];
/// Keys of a machine in another one.
const INNER_KEYS: &[&str] =
    &["Comment", "StartAt", "States", "ProcessorConfig", "QueryLanguage", "TimeoutSeconds", "Version"];

/// Every fault in a definition, in the order of the text.
pub fn problems(root: &Node) -> Vec<Problem> {
    let mut sink = Sink { found: Vec::new(), open: false };
    let outer = Some(Language::JsonPath);
    language(root, outer, "the state machine", &mut sink);
    machine(root, "the state machine", Language::of(root, outer), 0, &mut sink);
    names(root, &mut sink);
    sink.found.sort_by_key(|p| (p.span.start, p.span.end));
    sink.found
}

/// Every state of a definition with the language in force in it, also those of the machines inside.
pub fn states(root: &Node) -> Vec<(&Entry, Option<Language>)> {
    fn go<'n>(node: &'n Node, outer: Option<Language>, depth: usize, found: &mut Vec<(&'n Entry, Option<Language>)>) {
        if depth > MAX_DEPTH {
            return;
        }
        for state in node.get("States").and_then(Node::as_map).unwrap_or_default() {
            let own = Language::of(&state.value, outer);
            found.push((state, own));
            inner(&state.value).into_iter().for_each(|(_, m)| go(m, Language::of(m, own), depth + 1, found));
        }
    }
    let mut found = Vec::new();
    go(root, Language::of(root, Some(Language::JsonPath)), 0, &mut found);
    found
}

/// The machines in a state, with the key they stand under.
fn inner(state: &Node) -> Vec<(&'static str, &Node)> {
    let single = ["ItemProcessor", "Iterator"].into_iter().filter_map(|key| Some((key, state.get(key)?)));
    let branches = state.get("Branches").and_then(Node::as_list).unwrap_or_default();
    single.chain(branches.iter().map(|branch| ("Branches", branch))).collect()
}

fn machine(root: &Node, who: &str, language_here: Option<Language>, depth: usize, sink: &mut Sink) {
    if depth > MAX_DEPTH || is_open(root) {
        return;
    }
    let Some(entries) = root.as_map() else {
        sink.shape(Fault::Missing(who.to_owned(), "`StartAt` and `States`".to_owned()), root.span);
        return;
    };
    let place = entries.first().map_or(root.span, |e| e.key.span);
    for key in ["StartAt", "States"] {
        if root.get(key).is_none() {
            sink.shape(Fault::Missing(who.to_owned(), format!("`{key}`")), place);
        }
    }
    keys(root, who, if depth == 0 { MACHINE_KEYS } else { INNER_KEYS }, sink);
    let Some(entry) = root.entry("States") else { return };
    let Some(states) = entry.value.as_map() else {
        if !is_open(&entry.value) {
            let what = "a mapping from the names of the states to the states";
            sink.shape(Fault::Value(who.to_owned(), "States".to_owned(), what.to_owned()), entry.value.span);
        }
        return;
    };
    if is_open(&entry.value) {
        return;
    }
    if states.is_empty() {
        let problem = sink.report(Fault::Missing(who.to_owned(), "a state".to_owned()), entry.key.span);
        // Where it starts cannot be among none, which shows as well.
        problem.shape = root.get("StartAt").is_some();
        return;
    }
    ways::check(root, states, sink);
    for state in states.iter().filter(|s| !is_open(&s.value)) {
        if state.value.as_map().is_none() {
            let what = "a mapping with `Type`";
            sink.shape(Fault::Value(who.to_owned(), state.key.text.to_string(), what.to_owned()), state.value.span);
            continue;
        }
        let name = format!("the state `{}`", state.key.text);
        language(&state.value, language_here, &name, sink);
        let own = Language::of(&state.value, language_here);
        state::check(state, &name, own, sink);
        for (key, inside) in inner(&state.value) {
            let who = match key {
                "Branches" => format!("a branch of {name}"),
                key => format!("`{key}` of {name}"),
            };
            let open = sink.open;
            sink.open |= key == "Iterator";
            machine(inside, &who, Language::of(inside, own), depth + 1, sink);
            sink.open = open;
        }
    }
}

/// Reports keys that are not known.
fn keys(node: &Node, who: &str, known: &[&str], sink: &mut Sink) {
    for e in node.as_map().unwrap_or_default() {
        let key = &*e.key.text;
        if known.contains(&key) || !is_plain(key) {
            continue;
        }
        let near = nearest(key, known.iter().copied()).map(str::to_owned);
        sink.shape(Fault::KeyUnknown(who.to_owned(), key.to_owned()), e.key.span).near = near;
    }
}

/// Reports a query language that does not exist, or does not go with the one around it.
fn language(node: &Node, outer: Option<Language>, who: &str, sink: &mut Sink) {
    let Some(value) = node.get("QueryLanguage").filter(|n| !is_open(n)) else { return };
    let text = value.scalar_text().unwrap_or_default();
    let problem = if !["JSONPath", "JSONata"].contains(&text) {
        format!("`QueryLanguage` of {who} is `JSONPath` or `JSONata`, not `{text}`")
    } else if text == "JSONPath" && outer == Some(Language::Jsonata) {
        format!("{who} is in a machine in JSONata, which can have no part in JSONPath")
    } else {
        return;
    };
    let near = nearest(text, ["JSONPath", "JSONata"]).map(str::to_owned);
    sink.shape(Fault::LanguageUnknown(problem), value.span).near = near;
}

/// Reports names of states that are too long or stand twice anywhere in the machine.
fn names(root: &Node, sink: &mut Sink) {
    let mut seen: std::collections::BTreeMap<&str, Span> = std::collections::BTreeMap::new();
    for (state, _) in states(root) {
        let name = &*state.key.text;
        if !is_plain(name) {
            continue;
        }
        let length = name.chars().count();
        if length > MAX_NAME {
            sink.shape(Fault::NameLong(length), state.key.span);
        }
        match seen.get(name) {
            // The same text may be there twice by an alias.
            Some(first) if *first != state.key.span => {
                let first = *first;
                sink.report(Fault::NameTwice(name.to_owned()), state.key.span).other = Some(first);
            }
            Some(_) => {}
            None => {
                seen.insert(name, state.key.span);
            }
        }
    }
}

#[cfg(test)]
mod tests;
