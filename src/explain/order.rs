//! The order in which things come and go: waves of creation and of deletion, and the longest chain.

use std::collections::BTreeMap;

/// Resources by number, with what each needs.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// The wave of each, from 1; none on a loop or when it does not take part.
    pub waves: Vec<Option<u32>>,
}

/// Puts items into waves: each needs only items of earlier waves. `edges` are (from, to): `from` needs `to`. Items on a
/// loop, and what needs them, have no wave.
pub(super) fn waves(count: usize, takes_part: &dyn Fn(usize) -> bool, edges: &[(usize, usize)]) -> Order {
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut missing = vec![0usize; count];
    let mut waves: Vec<Option<u32>> = vec![None; count];
    for &(from, to) in edges {
        if from != to && takes_part(from) && takes_part(to) {
            users[to].push(from);
            missing[from] += 1;
        }
    }
    let own_loop: Vec<bool> = {
        let mut found = vec![false; count];
        edges.iter().filter(|e| e.0 == e.1).for_each(|e| found[e.0] = true);
        found
    };
    let mut ready: Vec<usize> = (0..count).filter(|&i| takes_part(i) && missing[i] == 0 && !own_loop[i]).collect();
    let mut wave = 1;
    while !ready.is_empty() {
        let mut next = Vec::new();
        for &item in &ready {
            waves[item] = Some(wave);
            for &user in &users[item] {
                missing[user] -= 1;
                if missing[user] == 0 && !own_loop[user] {
                    next.push(user);
                }
            }
        }
        next.sort_unstable();
        ready = next;
        wave += 1;
    }
    Order { waves }
}

impl Order {
    /// The items of each wave, in their own order.
    pub fn grouped(&self) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (item, wave) in self.waves.iter().enumerate() {
            if let Some(wave) = wave {
                groups.entry(*wave).or_default().push(item);
            }
        }
        groups.into_values().collect()
    }

    /// A longest chain of items that need each other, the first created first.
    pub fn longest(&self, edges: &[(usize, usize)]) -> Vec<usize> {
        let Some(last) = (0..self.waves.len()).rev().max_by_key(|&i| self.waves[i]) else { return Vec::new() };
        if self.waves[last].is_none() {
            return Vec::new();
        }
        let mut needs: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &(from, to) in edges {
            needs.entry(from).or_default().push(to);
        }
        let mut chain = vec![last];
        let mut here = last;
        while let Some(wave) = self.waves[here].filter(|w| *w > 1) {
            let before = needs.get(&here).into_iter().flatten().find(|&&t| self.waves[t] == Some(wave - 1));
            let Some(&before) = before else { break };
            chain.push(before);
            here = before;
        }
        chain.reverse();
        chain
    }
}
