//! The search: domains of terms are narrowed by propagation, then split, until every wanted value holds or none can.

use super::{Answer, Conditions, Expr, Question};
use std::collections::BTreeMap;

/// The values that a term can still have, one bit each.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Domain(Vec<u64>);

impl Domain {
    fn full(size: usize) -> Self {
        let mut words = vec![u64::MAX; size.div_ceil(64)];
        if !size.is_multiple_of(64)
            && let Some(last) = words.last_mut()
        {
            *last = (1 << (size % 64)) - 1;
        }
        Domain(words)
    }

    fn of(values: &[u32], size: usize) -> Self {
        let mut words = vec![0; size.div_ceil(64)];
        for &v in values {
            if let Some(word) = words.get_mut(v as usize / 64) {
                *word |= 1 << (v % 64);
            }
        }
        Domain(words)
    }

    fn has(&self, value: usize) -> bool {
        self.0.get(value / 64).is_some_and(|w| w & (1 << (value % 64)) != 0)
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|&w| w == 0)
    }

    fn only(&self) -> Option<usize> {
        let mut found = None;
        for (i, &w) in self.0.iter().enumerate() {
            match w.count_ones() {
                0 => {}
                1 if found.is_none() => found = Some(i * 64 + w.trailing_zeros() as usize),
                _ => return None,
            }
        }
        found
    }

    fn first(&self) -> Option<usize> {
        self.0.iter().position(|&w| w != 0).map(|i| i * 64 + self.0[i].trailing_zeros() as usize)
    }

    fn count(&self) -> usize {
        self.0.iter().map(|w| w.count_ones() as usize).sum()
    }
}

/// What a proposition is under the domains.
#[derive(Clone, Copy, PartialEq, Eq)]
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
    steps: u64,
    limit: u64,
    /// Per condition: the round in which `truth` was computed.
    truth: BTreeMap<u32, (u64, Truth)>,
    narrowed: BTreeMap<(u32, bool), u64>,
    round: u64,
}

/// Domains of the terms of one part of the question.
type Domains = BTreeMap<u32, Domain>;

/// Answers a question, and how many steps it took.
pub(super) fn solve(conditions: &Conditions<'_>, question: &Question, limit: u64) -> (Answer, u64) {
    let mut search =
        Search { conditions, steps: 0, limit, truth: BTreeMap::new(), narrowed: BTreeMap::new(), round: 0 };
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
        // Parts that share no term are decided one by one.
        for part in parts(&terms) {
            let mut domains: Domains = BTreeMap::new();
            for &i in &part {
                for &t in &terms[i] {
                    let size = c.terms[t as usize].size();
                    domains.entry(t).or_insert_with(|| Domain::full(size));
                }
            }
            for &(t, value) in &question.fixed {
                if let Some(domain) = domains.get_mut(&t) {
                    *domain = Domain::of(&[value], c.terms[t as usize].size());
                }
            }
            let wanted: Vec<(usize, bool)> = part.iter().map(|&i| wanted[i]).collect();
            if !self.search(&wanted, domains)? {
                return Ok(false);
            }
        }
        Ok(true)
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
        if !self.narrow_all(wanted, &mut domains)? {
            return Ok(false);
        }
        self.round += 1;
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
        let Some(domain) = domains.get(&term) else { return Ok(true) };
        let inside = Domain(domain.0.iter().zip(&set.0).map(|(d, s)| d & s).collect());
        let outside = Domain(domain.0.iter().zip(&set.0).map(|(d, s)| d & !s).collect());
        for half in [inside, outside] {
            if half.is_empty() {
                continue;
            }
            self.step(domains.len() as u64)?;
            let mut next = domains.clone();
            next.insert(term, half);
            if self.search(wanted, next)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Narrows the domains until nothing changes. `false`: something wanted cannot be.
    fn narrow_all(&mut self, wanted: &[(usize, bool)], domains: &mut Domains) -> Result<bool, Exhausted> {
        loop {
            let before: usize = domains.values().map(Domain::count).sum();
            for &(e, holds) in wanted {
                self.round += 1;
                if !self.narrow(e, holds, domains)? {
                    return Ok(false);
                }
            }
            if domains.values().map(Domain::count).sum::<usize>() == before {
                return Ok(true);
            }
        }
    }

    fn narrow(&mut self, e: usize, holds: bool, domains: &mut Domains) -> Result<bool, Exhausted> {
        self.step(1)?;
        let c = self.conditions;
        match &c.exprs[e] {
            Expr::Const(b) => Ok(*b == holds),
            Expr::In(t, values) => {
                let size = c.terms[*t as usize].size();
                let set = Domain::of(values, size);
                let Some(domain) = domains.get_mut(t) else { return Ok(true) };
                for (d, s) in domain.0.iter_mut().zip(&set.0) {
                    *d &= if holds { *s } else { !*s };
                }
                Ok(!domain.is_empty())
            }
            Expr::Same(..) => Ok(self.eval(e, domains)? != Truth::of(!holds)),
            Expr::Condition(k) => {
                if self.narrowed.insert((*k, holds), self.round) == Some(self.round) {
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
                    // The domains changed since the last look at the conditions.
                    match self.eval_fresh(x, domains)? {
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

    /// Evaluates with the memory of conditions cleared, without disturbing the marks of `narrow`.
    fn eval_fresh(&mut self, e: usize, domains: &Domains) -> Result<Truth, Exhausted> {
        self.truth.clear();
        self.eval(e, domains)
    }

    fn eval(&mut self, e: usize, domains: &Domains) -> Result<Truth, Exhausted> {
        self.step(1)?;
        let c = self.conditions;
        Ok(match &c.exprs[e] {
            Expr::Const(b) => Truth::of(*b),
            Expr::In(t, values) => {
                let Some(domain) = domains.get(t) else { return Ok(Truth::Open) };
                let set = Domain::of(values, c.terms[*t as usize].size());
                let (mut inside, mut outside) = (false, false);
                for (d, s) in domain.0.iter().zip(&set.0) {
                    inside |= d & s != 0;
                    outside |= d & !s != 0;
                }
                match (inside, outside) {
                    (true, true) => Truth::Open,
                    (inside, _) => Truth::of(inside),
                }
            }
            Expr::Same(a, b, free) => self.same(*a, *b, *free, domains),
            Expr::Condition(k) => {
                if let Some(&(round, truth)) = self.truth.get(k)
                    && round == self.round
                {
                    return Ok(truth);
                }
                let truth = self.eval(c.roots[*k as usize], domains)?;
                self.truth.insert(*k, (self.round, truth));
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
        let (Some(da), Some(db)) = (domains.get(&a), domains.get(&b)) else { return Truth::Open };
        let (ta, tb) = (&c.terms[a as usize], &c.terms[b as usize]);
        let other = |d: &Domain, t: &super::Term<'_>| t.open && d.has(t.values.len());
        if other(da, ta) || other(db, tb) {
            // "Another value" may equal anything that the other side does not rule out by name.
            if let (Some(x), Some(y)) = (da.only(), db.only()) {
                let excluded = match (ta.values.get(x), tb.values.get(y)) {
                    (Some(text), None) => tb.index_of(text).is_some(),
                    (None, Some(text)) => ta.index_of(text).is_some(),
                    _ => false,
                };
                if excluded {
                    return Truth::False;
                }
                return match domains.get(&free).and_then(Domain::only) {
                    Some(0) => Truth::True,
                    Some(_) => Truth::False,
                    None => Truth::Open,
                };
            }
            return Truth::Open;
        }
        if let (Some(x), Some(y)) = (da.only(), db.only()) {
            return Truth::of(ta.values.get(x) == tb.values.get(y));
        }
        let shared = ta
            .values
            .iter()
            .enumerate()
            .any(|(i, text)| da.has(i) && tb.index_of(text).is_some_and(|j| db.has(j as usize)));
        if shared { Truth::Open } else { Truth::False }
    }

    /// An undecided proposition below an undecided expression: the term and the values to split it at.
    fn open_atom(&mut self, root: usize, domains: &Domains) -> Result<Option<(u32, Domain)>, Exhausted> {
        let c = self.conditions;
        let mut open = vec![root];
        let mut seen = std::collections::BTreeSet::new();
        while let Some(e) = open.pop() {
            if self.eval(e, domains)? != Truth::Open {
                continue;
            }
            match &c.exprs[e] {
                Expr::In(t, values) => return Ok(Some((*t, Domain::of(values, c.terms[*t as usize].size())))),
                Expr::Same(a, b, free) => {
                    let undecided =
                        [a, b, free].into_iter().find(|t| domains.get(t).is_some_and(|d| d.only().is_none()));
                    if let Some(t) = undecided {
                        let first = domains.get(t).and_then(Domain::first).unwrap_or_default();
                        return Ok(Some((*t, Domain::of(&[first as u32], c.terms[*t as usize].size()))));
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
