//! The search: domains of terms are narrowed by propagation, then split, until every wanted value holds or none can.

use super::{Answer, Conditions, Expr, Question};
use std::collections::BTreeMap;

/// The values that each term can still have: one bit each, the words of all terms in a row.
#[derive(Clone, Debug)]
struct Domains(Vec<u64>);

fn only(words: &[u64]) -> Option<usize> {
    let mut found = None;
    for (i, &w) in words.iter().enumerate() {
        match w.count_ones() {
            0 => {}
            1 if found.is_none() => found = Some(i * 64 + w.trailing_zeros() as usize),
            _ => return None,
        }
    }
    found
}

fn has(words: &[u64], value: usize) -> bool {
    words.get(value / 64).is_some_and(|w| w & (1 << (value % 64)) != 0)
}

/// A word of a set, which may be shorter than the domain.
fn word(set: &[u64], i: usize) -> u64 {
    set.get(i).copied().unwrap_or_default()
}

/// What the last search found, kept between searches so that nothing has to be cleared.
#[derive(Debug)]
pub(super) struct Scratch {
    /// Per condition: its truth and the version of the domains that it belongs to.
    truth: Vec<(u64, Truth)>,
    /// Per condition and wanted value: the pass that narrowed it.
    narrowed: Vec<[u64; 2]>,
    version: u64,
    pass: u64,
}

impl Scratch {
    pub(super) fn new(conditions: usize) -> Self {
        Scratch { truth: vec![(0, Truth::Open); conditions], narrowed: vec![[0; 2]; conditions], version: 0, pass: 0 }
    }
}

/// What a proposition is under the domains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Truth {
    True,
    False,
    Open,
}

impl Truth {
    fn of(b: bool) -> Self {
        if b { Truth::True } else { Truth::False }
    }

    fn not(self) -> Self {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Open => Truth::Open,
        }
    }
}

/// The budget is used up.
struct Exhausted;

struct Search<'c, 'n> {
    conditions: &'c Conditions<'n>,
    scratch: &'c mut Scratch,
    steps: u64,
    limit: u64,
}

/// Answers a question, and how many steps it took.
pub(super) fn solve(conditions: &Conditions<'_>, question: &Question, limit: u64) -> (Answer, u64) {
    let mut scratch = conditions.scratch.borrow_mut();
    let mut search = Search { conditions, scratch: &mut scratch, steps: 0, limit };
    let answer = match search.question(question) {
        Ok(true) => Answer::Yes,
        Ok(false) => Answer::No,
        Err(Exhausted) => Answer::Unknown,
    };
    (answer, search.steps)
}

impl Search<'_, '_> {
    fn step(&mut self, count: u64) -> Result<(), Exhausted> {
        self.steps += count;
        if self.steps > self.limit { Err(Exhausted) } else { Ok(()) }
    }

    fn question(&mut self, question: &Question) -> Result<bool, Exhausted> {
        let c = self.conditions;
        let mut wanted: Vec<(usize, bool)> =
            question.conditions.iter().map(|&(condition, holds)| (c.roots[condition as usize], holds)).collect();
        let mut terms: Vec<Vec<u32>> = Vec::new();
        for &(root, _) in &wanted {
            let found = self.reach(root)?;
            terms.push(found);
        }
        if question.with_rules {
            self.add_rules(question, &mut wanted, &mut terms)?;
        }
        let full = self.full();
        // Parts that share no term are decided one by one.
        for part in parts(&terms) {
            self.step(full.0.len() as u64 / 16)?;
            let mut domains = full.clone();
            for &(t, value) in &question.fixed {
                let words = &mut domains.0[c.offsets[t as usize]..c.offsets[t as usize + 1]];
                words.fill(0);
                words[value as usize / 64] |= 1 << (value % 64);
            }
            let wanted: Vec<(usize, bool)> = part.iter().map(|&i| wanted[i]).collect();
            if !self.search(&wanted, domains)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Every value of every term.
    fn full(&self) -> Domains {
        let c = self.conditions;
        let mut words = vec![u64::MAX; c.offsets.last().copied().unwrap_or_default()];
        for (t, term) in c.terms.iter().enumerate() {
            let rest = term.size() % 64;
            if rest != 0
                && let Some(last) = words.get_mut(c.offsets[t + 1] - 1)
            {
                *last = (1 << rest) - 1;
            }
        }
        Domains(words)
    }

    /// The part of a term in the domains.
    fn words<'d>(&self, domains: &'d Domains, term: u32) -> &'d [u64] {
        let offsets = &self.conditions.offsets;
        &domains.0[offsets[term as usize]..offsets[term as usize + 1]]
    }

    /// Adds the rules that concern the terms reached so far, until there are no more.
    fn add_rules(
        &mut self,
        question: &Question,
        wanted: &mut Vec<(usize, bool)>,
        terms: &mut Vec<Vec<u32>>,
    ) -> Result<(), Exhausted> {
        let c = self.conditions;
        let mut used = vec![false; c.rules.len()];
        let mut open: Vec<u32> = terms.iter().flatten().copied().chain(question.fixed.iter().map(|f| f.0)).collect();
        let mut seen: std::collections::BTreeSet<u32> = open.iter().copied().collect();
        while let Some(t) = open.pop() {
            for &r in c.rules_by_term.get(&t).into_iter().flatten() {
                if std::mem::replace(&mut used[r], true) {
                    continue;
                }
                self.step(1)?;
                let (root, mentioned) = &c.rules[r];
                wanted.push((*root, true));
                terms.push(mentioned.clone());
                open.extend(mentioned.iter().filter(|t| seen.insert(**t)));
            }
        }
        Ok(())
    }

    /// The terms that an expression reaches, through other conditions too.
    fn reach(&mut self, root: usize) -> Result<Vec<u32>, Exhausted> {
        let c = self.conditions;
        let mut out = std::collections::BTreeSet::new();
        let mut seen = std::collections::BTreeSet::new();
        let mut open = vec![root];
        while let Some(e) = open.pop() {
            self.step(1)?;
            match &c.exprs[e] {
                Expr::Const(_) => {}
                Expr::In(t, _) => {
                    out.insert(*t);
                }
                Expr::Same(a, b, free) => out.extend([*a, *b, *free]),
                Expr::Condition(k) => {
                    if seen.insert(*k) {
                        open.push(c.roots[*k as usize]);
                    }
                }
                Expr::Not(x) => open.push(*x),
                Expr::And(xs) | Expr::Or(xs) => open.extend(xs),
            }
        }
        Ok(out.into_iter().collect())
    }

    fn search(&mut self, wanted: &[(usize, bool)], mut domains: Domains) -> Result<bool, Exhausted> {
        self.scratch.version += 1;
        if !self.narrow_all(wanted, &mut domains)? {
            return Ok(false);
        }
        let mut split = None;
        for &(e, holds) in wanted {
            match self.eval(e, &domains)? {
                Truth::Open => {
                    split = self.open_atom(e, &domains)?;
                    break;
                }
                t if t != Truth::of(holds) => return Ok(false),
                _ => {}
            }
        }
        let Some((term, set)) = split else { return Ok(true) };
        let range = self.conditions.offsets[term as usize]..self.conditions.offsets[term as usize + 1];
        for inside in [true, false] {
            self.step(1 + domains.0.len() as u64 / 16)?;
            let mut next = domains.clone();
            let mut left = 0;
            for (i, w) in next.0[range.clone()].iter_mut().enumerate() {
                *w &= if inside { word(&set, i) } else { !word(&set, i) };
                left |= *w;
            }
            if left != 0 && self.search(wanted, next)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Narrows the domains until nothing changes. `false`: something wanted cannot be.
    fn narrow_all(&mut self, wanted: &[(usize, bool)], domains: &mut Domains) -> Result<bool, Exhausted> {
        loop {
            let before = self.scratch.version;
            self.scratch.pass += 1;
            for &(e, holds) in wanted {
                if !self.narrow(e, holds, domains)? {
                    return Ok(false);
                }
            }
            if self.scratch.version == before {
                return Ok(true);
            }
        }
    }

    fn narrow(&mut self, e: usize, holds: bool, domains: &mut Domains) -> Result<bool, Exhausted> {
        self.step(1)?;
        let c = self.conditions;
        match &c.exprs[e] {
            Expr::Const(b) => Ok(*b == holds),
            Expr::In(t, set) => {
                let range = c.offsets[*t as usize]..c.offsets[*t as usize + 1];
                let (mut left, mut changed) = (0, false);
                for (i, w) in domains.0[range].iter_mut().enumerate() {
                    let before = *w;
                    *w &= if holds { word(set, i) } else { !word(set, i) };
                    changed |= *w != before;
                    left |= *w;
                }
                self.scratch.version += u64::from(changed);
                Ok(left != 0)
            }
            Expr::Same(..) => Ok(self.eval(e, domains)? != Truth::of(!holds)),
            Expr::Condition(k) => {
                let pass = self.scratch.pass;
                let mark = &mut self.scratch.narrowed[*k as usize][usize::from(holds)];
                if std::mem::replace(mark, pass) == pass {
                    return Ok(true);
                }
                self.narrow(c.roots[*k as usize], holds, domains)
            }
            Expr::Not(x) => self.narrow(*x, !holds, domains),
            Expr::And(xs) if holds => self.narrow_each(xs, true, domains),
            Expr::Or(xs) if !holds => self.narrow_each(xs, false, domains),
            // One of the parts must have the value `holds`: known only when all the others have not.
            Expr::And(xs) | Expr::Or(xs) => {
                let mut open = None;
                for &x in xs {
                    match self.eval(x, domains)? {
                        Truth::Open if open.is_some() => return Ok(true),
                        Truth::Open => open = Some(x),
                        t if t == Truth::of(holds) => return Ok(true),
                        _ => {}
                    }
                }
                match open {
                    None => Ok(false),
                    Some(x) => self.narrow(x, holds, domains),
                }
            }
        }
    }

    fn narrow_each(&mut self, xs: &[usize], holds: bool, domains: &mut Domains) -> Result<bool, Exhausted> {
        for &x in xs {
            if !self.narrow(x, holds, domains)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn eval(&mut self, e: usize, domains: &Domains) -> Result<Truth, Exhausted> {
        self.step(1)?;
        let c = self.conditions;
        Ok(match &c.exprs[e] {
            Expr::Const(b) => Truth::of(*b),
            Expr::In(t, set) => {
                let (mut inside, mut outside) = (false, false);
                for (i, w) in self.words(domains, *t).iter().enumerate() {
                    inside |= w & word(set, i) != 0;
                    outside |= w & !word(set, i) != 0;
                }
                match (inside, outside) {
                    (true, true) => Truth::Open,
                    (inside, _) => Truth::of(inside),
                }
            }
            Expr::Same(a, b, free) => self.same(*a, *b, *free, domains),
            Expr::Condition(k) => {
                let (version, truth) = self.scratch.truth[*k as usize];
                if version == self.scratch.version {
                    return Ok(truth);
                }
                let truth = self.eval(c.roots[*k as usize], domains)?;
                self.scratch.truth[*k as usize] = (self.scratch.version, truth);
                truth
            }
            Expr::Not(x) => self.eval(*x, domains)?.not(),
            Expr::And(xs) | Expr::Or(xs) => {
                let decisive = Truth::of(matches!(&c.exprs[e], Expr::Or(_)));
                let mut result = decisive.not();
                for &x in xs {
                    match self.eval(x, domains)? {
                        t if t == decisive => return Ok(decisive),
                        Truth::Open => result = Truth::Open,
                        _ => {}
                    }
                }
                result
            }
        })
    }

    fn same(&self, a: u32, b: u32, free: u32, domains: &Domains) -> Truth {
        let c = self.conditions;
        let (da, db) = (self.words(domains, a), self.words(domains, b));
        let (ta, tb) = (&c.terms[a as usize], &c.terms[b as usize]);
        let other = |d: &[u64], t: &super::Term<'_>| t.open && has(d, t.values.len());
        if other(da, ta) || other(db, tb) {
            // "Another value" may equal anything that the other side does not rule out by name.
            if let (Some(x), Some(y)) = (only(da), only(db)) {
                let excluded = match (ta.values.get(x), tb.values.get(y)) {
                    (Some(text), None) => tb.index_of(text).is_some(),
                    (None, Some(text)) => ta.index_of(text).is_some(),
                    _ => false,
                };
                if excluded {
                    return Truth::False;
                }
                return match only(self.words(domains, free)) {
                    Some(0) => Truth::True,
                    Some(_) => Truth::False,
                    None => Truth::Open,
                };
            }
            return Truth::Open;
        }
        if let (Some(x), Some(y)) = (only(da), only(db)) {
            return Truth::of(ta.values.get(x) == tb.values.get(y));
        }
        let shared = ta
            .values
            .iter()
            .enumerate()
            .any(|(i, text)| has(da, i) && tb.index_of(text).is_some_and(|j| has(db, j as usize)));
        if shared { Truth::Open } else { Truth::False }
    }

    /// An undecided proposition below an undecided expression: the term and the values to split it at.
    fn open_atom(&mut self, root: usize, domains: &Domains) -> Result<Option<(u32, Vec<u64>)>, Exhausted> {
        let c = self.conditions;
        let mut open = vec![root];
        let mut seen = std::collections::BTreeSet::new();
        while let Some(e) = open.pop() {
            if self.eval(e, domains)? != Truth::Open {
                continue;
            }
            match &c.exprs[e] {
                Expr::In(t, set) => return Ok(Some((*t, set.clone()))),
                Expr::Same(a, b, free) => {
                    let undecided = [*a, *b, *free].into_iter().find(|&t| only(self.words(domains, t)).is_none());
                    if let Some(t) = undecided {
                        // One value against the rest.
                        let mut set = self.words(domains, t).to_vec();
                        if let Some(i) = set.iter().position(|&w| w != 0) {
                            set[i] = 1 << set[i].trailing_zeros();
                            set.truncate(i + 1);
                        }
                        return Ok(Some((t, set)));
                    }
                }
                Expr::Condition(k) => {
                    if seen.insert(*k) {
                        open.push(c.roots[*k as usize]);
                    }
                }
                Expr::Not(x) => open.push(*x),
                Expr::And(xs) | Expr::Or(xs) => open.extend(xs.iter().rev()),
                Expr::Const(_) => {}
            }
        }
        Ok(None)
    }
}

/// Groups of indices whose term lists are connected, in order.
fn parts(terms: &[Vec<u32>]) -> Vec<Vec<usize>> {
    let mut group: Vec<usize> = (0..terms.len()).collect();
    fn find(group: &mut [usize], mut i: usize) -> usize {
        while group[i] != i {
            group[i] = group[group[i]];
            i = group[i];
        }
        i
    }
    let mut owner: BTreeMap<u32, usize> = BTreeMap::new();
    for (i, list) in terms.iter().enumerate() {
        for t in list {
            let first = *owner.entry(*t).or_insert(i);
            let (a, b) = (find(&mut group, first), find(&mut group, i));
            group[a.max(b)] = a.min(b);
        }
    }
    let mut out: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for i in 0..terms.len() {
        let root = find(&mut group, i);
        out.entry(root).or_default().push(i);
    }
    out.into_values().collect()
}
