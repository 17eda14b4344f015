//! From the sections `Conditions`, `Parameters` and `Rules` to expressions over terms.

use super::{Conditions, Expr, Term};
use crate::intrinsics::Intrinsic;
use crate::syntax::{Call, Node, NodeKind};
use crate::template::Template;
use crate::value::evaluate::{Choices, Evaluation, referenced};
use crate::value::{Origin, OriginKind};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// Longest chain of conditions (with the functions between them) that is followed.
const MAX_HEIGHT: usize = 600;
/// Steps for computing one term.
const COMPUTE_STEPS: u64 = 2_000;
/// Most values of a parameter for which a computed term is tabulated.
const MAX_TABLE: usize = 64;

/// A set of values as bits.
fn bits(values: impl IntoIterator<Item = u32>) -> Vec<u64> {
    let mut words = Vec::new();
    for v in values {
        let word = v as usize / 64;
        if words.len() <= word {
            words.resize(word + 1, 0);
        }
        words[word] |= 1 << (v % 64);
    }
    words
}

struct Builder<'n> {
    template: &'n Template<'n>,
    index: BTreeMap<&'n str, u32>,
    exprs: Vec<Expr>,
    terms: Vec<Term<'n>>,
    term_index: HashMap<String, u32>,
    terms_by_name: BTreeMap<&'n str, Vec<u32>>,
}

/// Builds the algebra of a template.
pub(super) fn conditions<'n>(template: &'n Template<'n>) -> Conditions<'n> {
    let mut names = Vec::new();
    let mut index = BTreeMap::new();
    let mut nodes = Vec::new();
    for condition in template.conditions.iter() {
        let name = &*condition.key.text;
        match index.get(name) {
            // The last of two equal names counts.
            Some(&i) => nodes[i as usize] = condition.node,
            None => {
                index.insert(name, names.len() as u32);
                names.push(name);
                nodes.push(condition.node);
            }
        }
    }
    let mut b = Builder {
        template,
        index,
        exprs: Vec::new(),
        terms: Vec::new(),
        term_index: HashMap::default(),
        terms_by_name: BTreeMap::new(),
    };
    let mut roots: Vec<usize> = nodes.iter().map(|node| b.expression(node)).collect();
    b.cut_loops(&mut roots);
    let rules = b.rules();
    let mut rules_by_term: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (i, (_, terms)) in rules.iter().enumerate() {
        for &t in terms {
            rules_by_term.entry(t).or_default().push(i);
        }
    }
    let mut offsets = vec![0];
    for term in &b.terms {
        offsets.push(offsets[offsets.len() - 1] + term.size().div_ceil(64));
    }
    let scratch = RefCell::new(super::search::Scratch::new(names.len()));
    Conditions {
        template,
        offsets,
        scratch,
        names,
        index: b.index,
        roots,
        exprs: b.exprs,
        terms: b.terms,
        terms_by_name: b.terms_by_name,
        rules,
        rules_by_term,
        steps: Cell::new(0),
        undecided: Cell::new(false),
        memo: RefCell::new(HashMap::default()),
        listed: RefCell::new(HashMap::default()),
    }
}

impl<'n> Builder<'n> {
    fn push(&mut self, expr: Expr) -> usize {
        self.exprs.push(expr);
        self.exprs.len() - 1
    }

    /// A proposition that nothing is known about.
    fn free(&mut self) -> usize {
        let term = self.add_term(None, None, vec!["".into()], true);
        self.push(Expr::In(term, vec![1]))
    }

    fn add_term(&mut self, name: Option<&'n str>, node: Option<&'n Node>, values: Vec<Rc<str>>, open: bool) -> u32 {
        self.terms.push(Term { values, open, node, name });
        (self.terms.len() - 1) as u32
    }

    fn expression(&mut self, node: &'n Node) -> usize {
        let Some(call) = node.as_call() else { return self.free() };
        let argument = &call.argument;
        match call.function {
            Intrinsic::Condition => match argument.as_str().and_then(|name| self.index.get(name)) {
                Some(&c) => self.push(Expr::Condition(c)),
                None => self.free(),
            },
            Intrinsic::Not => match argument.as_list() {
                Some([only]) => {
                    let inner = self.expression(only);
                    self.push(Expr::Not(inner))
                }
                _ => self.free(),
            },
            Intrinsic::And | Intrinsic::Or => match argument.as_list() {
                Some(items) if !items.is_empty() => {
                    let parts = items.iter().map(|i| self.expression(i)).collect();
                    self.push(if call.function == Intrinsic::And { Expr::And(parts) } else { Expr::Or(parts) })
                }
                _ => self.free(),
            },
            Intrinsic::Equals => match argument.as_list() {
                Some([left, right]) => self.equals(left, right),
                _ => self.free(),
            },
            Intrinsic::Contains => self.contains(call),
            _ => self.free(),
        }
    }

    fn equals(&mut self, left: &'n Node, right: &'n Node) -> usize {
        let (l, r) = (self.constant(left), self.constant(right));
        match (l, r) {
            (Some(l), Some(r)) => self.push(Expr::Const(l == r)),
            (None, Some(text)) => self.is(left, &text),
            (Some(text), None) => self.is(right, &text),
            (None, None) if left.same_value(right) => self.push(Expr::Const(true)),
            (None, None) => match (self.term(left), self.term(right)) {
                (Some(l), Some(r)) => {
                    let free = self.add_term(None, None, vec!["".into()], true);
                    self.push(Expr::Same(l, r, free))
                }
                _ => self.free(),
            },
        }
    }

    /// The text of a node that no choice can change.
    fn constant(&self, node: &'n Node) -> Option<Rc<str>> {
        match node.scalar_text() {
            Some(text) => Some(text.into()),
            None => compute(self.template, node, &[]),
        }
    }

    /// The proposition that a term has one text.
    fn is(&mut self, node: &'n Node, text: &str) -> usize {
        if let Some(expr) = self.tabulate(node, text) {
            return expr;
        }
        let Some(term) = self.term(node) else { return self.free() };
        let value = self.value(term, text);
        self.push(Expr::In(term, bits(value)))
    }

    /// The index of a text among the values of a term; `None` when the term cannot have it.
    fn value(&mut self, term: u32, text: &str) -> Option<u32> {
        let t = &mut self.terms[term as usize];
        match t.index_of(text) {
            Some(i) => Some(i),
            None if t.open => {
                t.values.push(text.into());
                Some((t.values.len() - 1) as u32)
            }
            None => None,
        }
    }

    /// A term that depends on one parameter of few values is a set of values of that parameter.
    fn tabulate(&mut self, node: &'n Node, text: &str) -> Option<usize> {
        let call = node.as_call()?;
        if call.function == Intrinsic::Ref {
            return None;
        }
        let mut names = Vec::new();
        inputs(node, &mut names);
        let [name] = names.as_slice() else { return None };
        let term = self.named_term(name)?;
        // Looking up a key that the mapping does not have fails the deployment: only its keys matter.
        if call.function == Intrinsic::FindInMap
            && let Some([map, first, _]) = call.argument.as_list()
            && referenced(first) == Some(name)
            && let Some(mapping) = map.as_str().and_then(|m| self.template.mappings.get(m))
        {
            for e in mapping.node.as_map().unwrap_or_default().iter().take(MAX_TABLE) {
                self.value(term, &e.key.text);
            }
        } else if self.terms[term as usize].open {
            return None;
        }
        let values = self.terms[term as usize].values.clone();
        if values.len() > MAX_TABLE {
            return None;
        }
        let fits = |v: &Rc<str>| compute(self.template, node, &[(name, v)]).is_some_and(|t| &*t == text);
        let set = bits((0u32..).zip(&values).filter(|(_, v)| fits(v)).map(|(i, _)| i));
        Some(self.push(Expr::In(term, set)))
    }

    /// The term of a parameter or pseudo parameter.
    fn named_term(&mut self, name: &'n str) -> Option<u32> {
        let parameter = self.template.parameters.get(name);
        if parameter.is_none() && !name.starts_with("AWS::") {
            return None;
        }
        let key = format!("Ref {name}");
        if let Some(&t) = self.term_index.get(&key) {
            return Some(t);
        }
        let allowed: Vec<Rc<str>> = match parameter {
            Some(p) if !p.is_ssm() && !p.is_list() => {
                let items = p.allowed_values().unwrap_or_default();
                items.iter().filter_map(|v| v.scalar_text().map(Rc::from)).collect()
            }
            _ => Vec::new(),
        };
        let mut values: Vec<Rc<str>> = Vec::new();
        for v in allowed {
            if !values.contains(&v) {
                values.push(v);
            }
        }
        let open = values.is_empty();
        let term = self.add_term(Some(name), None, values, open);
        self.term_index.insert(key, term);
        self.terms_by_name.entry(name).or_default().push(term);
        Some(term)
    }

    /// The term of any expression; `None` when it has no meaning.
    fn term(&mut self, node: &'n Node) -> Option<u32> {
        if let Some(name) = referenced(node) {
            return self.named_term(name);
        }
        let mut key = String::new();
        write_key(node, &mut key);
        if let Some(&t) = self.term_index.get(&key) {
            return Some(t);
        }
        let mut names = Vec::new();
        inputs(node, &mut names);
        let term = self.add_term(None, Some(node), Vec::new(), true);
        self.term_index.insert(key, term);
        for name in names {
            self.terms_by_name.entry(name).or_default().push(term);
        }
        Some(term)
    }

    /// `Fn::Contains: [[text, ...], !Ref X]`.
    fn contains(&mut self, call: &'n Call) -> usize {
        let Some([list, item]) = call.argument.as_list() else { return self.free() };
        let Some(texts) = list.as_list().and_then(|l| l.iter().map(Node::scalar_text).collect::<Option<Vec<_>>>())
        else {
            return self.free();
        };
        let Some(term) = referenced(item).and_then(|name| self.named_term(name)) else { return self.free() };
        let values: Vec<u32> = texts.iter().filter_map(|t| self.value(term, t)).collect();
        let set = bits(values);
        self.push(Expr::In(term, set))
    }

    /// Makes conditions that refer to themselves, and those at the end of very long chains, free propositions.
    fn cut_loops(&mut self, roots: &mut [usize]) {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            Open,
            Done(usize),
        }
        let mut states = vec![State::New; roots.len()];
        let direct: Vec<(Vec<u32>, usize)> = roots.iter().map(|&r| self.mentioned(r)).collect();
        for start in 0..roots.len() {
            if states[start] != State::New {
                continue;
            }
            let mut stack = vec![(start, 0usize)];
            states[start] = State::Open;
            while let Some(&mut (c, ref mut next)) = stack.last_mut() {
                let (children, depth) = &direct[c];
                if let Some(&child) = children.get(*next) {
                    *next += 1;
                    match states[child as usize] {
                        State::New => {
                            states[child as usize] = State::Open;
                            stack.push((child as usize, 0));
                        }
                        State::Open => {
                            // A loop: cut it here.
                            roots[child as usize] = self.free();
                        }
                        State::Done(_) => {}
                    }
                    continue;
                }
                let below = children.iter().map(|&k| match states[k as usize] {
                    State::Done(h) => h,
                    _ => 0,
                });
                let mut height = depth + below.max().unwrap_or(0);
                if height > MAX_HEIGHT {
                    roots[c] = self.free();
                    height = 1;
                }
                states[c] = State::Done(height);
                stack.pop();
            }
        }
    }

    /// The conditions that an expression mentions, and how deep it is nested.
    fn mentioned(&self, root: usize) -> (Vec<u32>, usize) {
        let mut out = Vec::new();
        let mut deepest = 1;
        let mut open = vec![(root, 1)];
        while let Some((e, depth)) = open.pop() {
            deepest = deepest.max(depth);
            match &self.exprs[e] {
                Expr::Condition(c) => out.push(*c),
                Expr::Not(x) => open.push((*x, depth + 1)),
                Expr::And(xs) | Expr::Or(xs) => open.extend(xs.iter().map(|&x| (x, depth + 1))),
                Expr::Const(_) | Expr::In(..) | Expr::Same(..) => {}
            }
        }
        out.sort_unstable();
        out.dedup();
        (out, deepest)
    }

    /// Each entry of the Rules section as "if its condition holds, its assertions do".
    fn rules(&mut self) -> Vec<(usize, Vec<u32>)> {
        let template = self.template;
        let mut out = Vec::new();
        for rule in template.rules.iter() {
            let mut nodes: Vec<&'n Node> = Vec::new();
            for assertion in rule.node.get("Assertions").and_then(Node::as_list).unwrap_or_default() {
                nodes.extend(assertion.get("Assert"));
            }
            let when = rule.node.get("RuleCondition");
            if nodes.is_empty() || !nodes.iter().copied().chain(when).all(understood) {
                continue;
            }
            let mut parts: Vec<usize> = nodes.iter().map(|n| self.expression(n)).collect();
            if let Some(when) = when {
                let when = self.expression(when);
                let not = self.push(Expr::Not(when));
                let all = self.push(Expr::And(parts));
                parts = vec![not, all];
                let root = self.push(Expr::Or(parts));
                out.push((root, self.terms_of(root)));
            } else {
                let root = self.push(Expr::And(parts));
                out.push((root, self.terms_of(root)));
            }
        }
        out
    }

    fn terms_of(&self, root: usize) -> Vec<u32> {
        let mut out = Vec::new();
        let mut open = vec![root];
        while let Some(e) = open.pop() {
            match &self.exprs[e] {
                Expr::In(t, _) => out.push(*t),
                Expr::Same(a, b, c) => out.extend([*a, *b, *c]),
                Expr::Not(x) => open.push(*x),
                Expr::And(xs) | Expr::Or(xs) => open.extend(xs),
                Expr::Const(_) | Expr::Condition(_) => {}
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// Whether an assertion uses only functions whose meaning is modelled.
fn understood(node: &Node) -> bool {
    let Some(call) = node.as_call() else { return false };
    match call.function {
        Intrinsic::And | Intrinsic::Or | Intrinsic::Not => {
            call.argument.as_list().is_some_and(|items| items.iter().all(understood))
        }
        Intrinsic::Equals => true,
        Intrinsic::Contains => {
            call.argument.as_list().is_some_and(|items| items.len() == 2 && referenced(&items[1]).is_some())
        }
        _ => false,
    }
}

/// The parameters and pseudo parameters that an expression reads, each once.
fn inputs<'n>(node: &'n Node, out: &mut Vec<&'n str>) {
    node.walk(&mut |n| {
        let Some(call) = n.as_call() else { return };
        let mut add = |name: &'n str| {
            if !out.contains(&name) {
                out.push(name);
            }
        };
        match call.function {
            Intrinsic::Ref => call.argument.as_str().into_iter().for_each(&mut add),
            Intrinsic::Sub => {
                let text = call.argument.as_str().or_else(|| call.argument.as_list()?.first()?.as_str());
                for v in crate::intrinsics::sub::variables(text.unwrap_or_default()) {
                    add(v.name);
                }
            }
            _ => {}
        }
    });
}

/// A text that equal expressions share, whatever their spelling.
fn write_key(node: &Node, out: &mut String) {
    match &node.kind {
        NodeKind::Call(call) => {
            out.push_str(call.function.name());
            out.push('(');
            write_key(&call.argument, out);
            out.push(')');
        }
        NodeKind::List(items) => {
            out.push('[');
            for i in items {
                write_key(i, out);
                out.push(',');
            }
            out.push(']');
        }
        NodeKind::Map(entries) => {
            out.push('{');
            for e in entries {
                out.push_str(&format!("{:?}:", e.key.text));
                write_key(&e.value, out);
                out.push(',');
            }
            out.push('}');
        }
        NodeKind::Tagged(t) => {
            out.push_str(&t.tag);
            write_key(&t.value, out);
        }
        _ => out.push_str(&format!("{:?}", node.scalar_text())),
    }
}

struct Fixed<'v>(&'v [(&'v str, &'v str)]);

impl<'n> Choices<'n> for Fixed<'_> {
    fn value(&self, name: &str) -> Option<(Rc<str>, Origin<'n>)> {
        let found = self.0.iter().find(|v| v.0 == name)?;
        Some((found.1.into(), Origin { kind: OriginKind::Given, name: "", span: None }))
    }

    fn condition(&self, _name: &str) -> Option<bool> {
        None
    }
}

/// The text of an expression under values of parameters; `None` when they are not enough.
pub(super) fn compute<'n>(template: &Template<'n>, node: &'n Node, values: &[(&str, &str)]) -> Option<Rc<str>> {
    let choices = Fixed(values);
    let mut evaluation = Evaluation::new(template, &choices, COMPUTE_STEPS);
    evaluation.required_text(node).ok()
}
