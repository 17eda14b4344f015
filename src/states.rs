//! A definition of Step Functions as views, and what is wrong with its ways from state to state. Tolerant: what is made by
//! a function or a substitution is unknown, and nothing is concluded from it.

use crate::source::Span;
use crate::syntax::{Entry, Node};

/// Most levels of machines in machines that are looked into.
const MAX_DEPTH: usize = 20;

/// Keys that only states with JSONPath have.
const JSONPATH_KEYS: &[&str] =
    &["InputPath", "Parameters", "ResultPath", "ResultSelector", "OutputPath", "SecondsPath", "TimestampPath"];

/// What a fault is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `StartAt` names no state of its machine.
    Start(String),
    /// `Next` or `Default` names no state of its machine: key, name.
    Target(String, String),
    /// Nothing leads to the state.
    Unreachable(String),
    /// No state of the machine ends it.
    Endless,
    /// The state has both `Next` and `End`, or neither: its name, whether both.
    NextAndEnd(String, bool),
    /// The state lacks what its type needs: its name, words for what.
    Type(String, String),
    /// `States.ALL` stands beside others or before the last.
    All(String),
    /// A key of the other query language: state, key, the language of the state.
    Language(String, String, &'static str),
    /// The state waits for a token that it hands to nobody.
    Token(String),
}

/// A fault with its place and the names of the states of that machine.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What it is.
    pub fault: Fault,
    /// Where.
    pub span: Span,
    /// The names that could have been meant.
    pub names: Vec<String>,
}

/// Whether this can be the definition of a machine.
pub fn is_machine(root: &Node) -> bool {
    root.get("StartAt").is_some() && root.get("States").is_some()
}

/// Everything wrong in a definition, in the order of the text.
pub fn problems(root: &Node) -> Vec<Problem> {
    let mut found = Vec::new();
    machine(root, language(root, Some(false)), 0, &mut found);
    found.sort_by_key(|p| p.span);
    found
}

/// Whether the language is JSONata; `None` when that is not known.
fn language(node: &Node, outer: Option<bool>) -> Option<bool> {
    match node.get("QueryLanguage").map(Node::as_str) {
        Some(own) => own.map(|l| l == "JSONata"),
        None => outer,
    }
}

fn machine(root: &Node, jsonata: Option<bool>, depth: usize, found: &mut Vec<Problem>) {
    let Some(states) = root.get("States").and_then(Node::as_map) else { return };
    if depth > MAX_DEPTH || states.iter().any(|s| s.value.as_map().is_none() || s.key.text.starts_with("Fn::")) {
        return;
    }
    let names: Vec<String> = states.iter().map(|s| s.key.text.to_string()).collect();
    let mut report = |fault, span| found.push(Problem { fault, span, names: names.clone() });
    let index = |name: &str| states.iter().position(|s| &*s.key.text == name);
    let mut open = Vec::new();
    // Something that is not visible may lead anywhere.
    let mut visible = true;
    match root.get("StartAt").map(|n| (n, n.as_str())) {
        Some((node, Some(name))) if is_plain(name) => match index(name) {
            Some(i) => open.push(i),
            None => {
                report(Fault::Start(name.to_owned()), node.span);
                visible = false;
            }
        },
        _ => visible = false,
    }
    let mut ways: Vec<Vec<usize>> = Vec::new();
    for state in states {
        let mut next = Vec::new();
        for (key, node) in targets(&state.value) {
            match node.as_str().filter(|n| is_plain(n)) {
                Some(name) => match index(name) {
                    Some(i) => next.push(i),
                    None => {
                        report(Fault::Target(key.to_owned(), name.to_owned()), node.span);
                        visible = false;
                    }
                },
                None => visible = false,
            }
        }
        ways.push(next);
    }
    if visible {
        let mut seen = vec![false; states.len()];
        while let Some(i) = open.pop() {
            if !std::mem::replace(&mut seen[i], true) {
                open.extend(&ways[i]);
            }
        }
        for (state, _) in states.iter().zip(seen).filter(|(_, seen)| !seen) {
            report(Fault::Unreachable(state.key.text.to_string()), state.key.span);
        }
    }
    let ends = |s: &Entry| {
        let kind = s.value.get("Type").map(Node::as_str);
        kind.is_none_or(|k| k.is_none_or(|k| matches!(k, "Succeed" | "Fail") || !is_plain(k)))
            || s.value.get("End").is_some_and(|e| e.as_bool() != Some(false))
    };
    if !states.is_empty() && !states.iter().any(ends) {
        let place = root.entry("States").map_or(root.span, |e| e.key.span);
        report(Fault::Endless, place);
    }
    for state in states {
        let jsonata = language(&state.value, jsonata);
        one(state, jsonata, &mut |fault, span| report(fault, span));
    }
    for state in states {
        // Whether a language of one state is that of the machines in it is left open.
        let jsonata = if state.value.get("QueryLanguage").is_some() { None } else { jsonata };
        for key in ["ItemProcessor", "Iterator"] {
            if let Some(inner) = state.value.get(key) {
                machine(inner, jsonata, depth + 1, found);
            }
        }
        for inner in state.value.get("Branches").and_then(Node::as_list).unwrap_or_default() {
            machine(inner, jsonata, depth + 1, found);
        }
    }
}

/// Whether a text is itself, not filled in later.
fn is_plain(text: &str) -> bool {
    !text.contains("${")
}

/// The names of states that a state leads to, with the keys they stand under.
fn targets(state: &Node) -> Vec<(&'static str, &Node)> {
    let mut found: Vec<(&'static str, &Node)> = Vec::new();
    found.extend(state.get("Next").map(|n| ("Next", n)));
    found.extend(state.get("Default").map(|n| ("Default", n)));
    for key in ["Choices", "Catch"] {
        for item in state.get(key).and_then(Node::as_list).unwrap_or_default() {
            found.extend(item.get("Next").map(|n| ("Next", n)));
        }
    }
    found
}

/// What one state shows by itself.
fn one(state: &Entry, jsonata: Option<bool>, report: &mut dyn FnMut(Fault, Span)) {
    let node = &state.value;
    let name = || state.key.text.to_string();
    for key in ["Retry", "Catch"] {
        let list = node.get(key).and_then(Node::as_list).unwrap_or_default();
        for (i, item) in list.iter().enumerate() {
            let errors = item.get("ErrorEquals").and_then(Node::as_list).unwrap_or_default();
            let all = errors.iter().find(|e| e.as_str() == Some("States.ALL"));
            if let Some(all) = all.filter(|_| errors.len() > 1 || i + 1 < list.len()) {
                report(Fault::All(key.to_owned()), all.span);
            }
        }
    }
    let Some(kind) = node.get("Type").and_then(Node::as_str).filter(|k| is_plain(k)) else { return };
    let place = state.key.span;
    let (next, end) = (node.get("Next"), node.get("End").is_some_and(|e| e.as_bool() != Some(false)));
    if !matches!(kind, "Choice" | "Succeed" | "Fail") && next.is_some() == end {
        report(Fault::NextAndEnd(name(), end), place);
    }
    let has = |key: &str| node.get(key).is_some();
    let lacks: Option<&str> = match kind {
        "Task" if !has("Resource") => Some("`Resource`, what it runs"),
        "Choice" if node.get("Choices").and_then(Node::as_list).is_some_and(<[Node]>::is_empty) || !has("Choices") => {
            Some("`Choices` with a rule")
        }
        "Wait" => {
            let ways = ["Seconds", "Timestamp", "SecondsPath", "TimestampPath"].iter().filter(|k| has(k)).count();
            (ways != 1).then_some("exactly one of `Seconds`, `Timestamp`, `SecondsPath`, `TimestampPath`")
        }
        "Parallel" if !has("Branches") => Some("`Branches`"),
        "Map" if !has("ItemProcessor") && !has("Iterator") => Some("`ItemProcessor`"),
        "Task" | "Choice" | "Parallel" | "Map" | "Pass" | "Succeed" | "Fail" => None,
        _ => Some("a type that exists: Task, Pass, Choice, Wait, Succeed, Fail, Parallel or Map"),
    };
    if let Some(what) = lacks {
        report(Fault::Type(name(), what.to_owned()), place);
    }
    let (others, language): (&[&str], _) = match jsonata {
        Some(true) => (JSONPATH_KEYS, "JSONata"),
        Some(false) => (&["Arguments", "Output"], "JSONPath"),
        None => (&[], ""),
    };
    for e in node.as_map().unwrap_or_default().iter().filter(|e| others.contains(&&*e.key.text)) {
        report(Fault::Language(name(), e.key.text.to_string(), language), e.key.span);
    }
    let resource = node.get("Resource").filter(|r| r.as_str().is_some_and(|t| t.ends_with(".waitForTaskToken")));
    if let Some(resource) = resource {
        let mut handed = false;
        node.walk(&mut |n| {
            // The whole context, a function or a substitution may hold the token.
            handed |= n.as_call().is_some()
                || n.as_str().is_some_and(|t| {
                    t.contains("Task.Token")
                        || t == "$$"
                        || t == "$$.Task"
                        || t.contains("$states.context")
                        || t.contains("${")
                });
        });
        if !handed {
            report(Fault::Token(name()), resource.span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    fn faults(text: &str) -> Vec<Fault> {
        let file = SourceFile::new("m.asl.json", text);
        let root = crate::syntax::read(&file).root.unwrap_or_else(|| unreachable!());
        problems(&root).into_iter().map(|p| p.fault).collect()
    }

    #[test]
    fn ways_between_states() {
        let good = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}}"#;
        assert_eq!(faults(good), []);
        assert_eq!(faults(&good.replace(r#""StartAt": "A""#, r#""StartAt": "X""#)), [Fault::Start("X".to_owned())]);
        let lost = good.replace(r#""Next": "B""#, r#""End": true"#);
        assert_eq!(faults(&lost), [Fault::Unreachable("B".to_owned())]);
        let unknown = good.replace(r#""A", "#, r#""${First}", "#);
        assert_eq!(faults(&unknown), []);
    }

    #[test]
    fn single_states() {
        let text = r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Arguments": {}, "End": true, "Retry": [{"ErrorEquals": ["States.ALL", "X"]}]}}}"#;
        let found = faults(text);
        assert!(found.contains(&Fault::Token("A".to_owned())) && found.contains(&Fault::All("Retry".to_owned())));
        assert!(found.contains(&Fault::Language("A".to_owned(), "Arguments".to_owned(), "JSONPath")));
    }
}
