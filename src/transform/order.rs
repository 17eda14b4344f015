//! The key order of the dictionaries of Python 2.7, which decides the ids of API deployments.
//!
//! A `Table` holds, per slot of such a dictionary, which entry of the owner's list stands there. The order depends on the
//! history of additions and removals, so every operation of the original is modelled.

use super::value::Text;

const EMPTY: u32 = u32::MAX;
const DUMMY: u32 = u32::MAX - 1;
/// Above this size a dictionary grows by two, below by four.
const LARGE: usize = 50_000;

/// The slots of one dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    slots: Vec<u32>,
    size: usize,
    fill: usize,
}

impl Default for Table {
    fn default() -> Self {
        Table { slots: vec![EMPTY; 8], size: 0, fill: 0 }
    }
}

/// The hash of a string in a 64-bit Python 2.7.
pub fn hash(text: &str) -> u64 {
    let Some(first) = text.chars().next() else { return 0 };
    let mut x = u64::from(u32::from(first)) << 7;
    let mut count = 0u64;
    for c in text.chars() {
        x = x.wrapping_mul(1_000_003) ^ u64::from(u32::from(c));
        count += 1;
    }
    x ^ count
}

impl Table {
    fn mask(&self) -> usize {
        self.slots.len() - 1
    }

    /// The slot of a key: where it stands, or where it would be put.
    fn slot(&self, key: &str, keys: &dyn Keys) -> usize {
        let h = hash(key);
        let mut i = (h as usize) & self.mask();
        let equal = |slot: u32| slot < DUMMY && keys.key(slot as usize) == key;
        if self.slots[i] == EMPTY || equal(self.slots[i]) {
            return i;
        }
        let mut free = (self.slots[i] == DUMMY).then_some(i);
        let mut walker = i as u64;
        let mut perturb = h;
        loop {
            walker = walker.wrapping_mul(5).wrapping_add(perturb).wrapping_add(1);
            i = (walker as usize) & self.mask();
            if self.slots[i] == EMPTY {
                return free.unwrap_or(i);
            }
            if equal(self.slots[i]) {
                return i;
            }
            if free.is_none() && self.slots[i] == DUMMY {
                free = Some(i);
            }
            perturb >>= 5;
        }
    }

    /// Adds the key of entry `index`, which must be in `keys` already.
    pub fn add(&mut self, index: usize, keys: &dyn Keys) {
        let i = self.slot(keys.key(index), keys);
        let grew = match self.slots[i] {
            EMPTY => {
                self.fill += 1;
                true
            }
            DUMMY => true,
            _ => false,
        };
        self.slots[i] = index as u32;
        if !grew {
            return;
        }
        self.size += 1;
        if self.fill * 3 >= self.slots.len() * 2 {
            self.resize(self.size * if self.size > LARGE { 2 } else { 4 }, keys);
        }
    }

    fn resize(&mut self, request: usize, keys: &dyn Keys) {
        let mut length = 8;
        while length <= request {
            length <<= 1;
        }
        let old = std::mem::replace(&mut self.slots, vec![EMPTY; length]);
        self.size = 0;
        self.fill = 0;
        for index in old.into_iter().filter(|s| *s < DUMMY) {
            self.add(index as usize, keys);
        }
    }

    /// Makes room for `count` keys that are about to be merged in.
    pub fn reserve(&mut self, count: usize, keys: &dyn Keys) {
        if count > 0 && (self.fill + count) * 3 >= self.slots.len() * 2 {
            self.resize((self.size + count) * 2, keys);
        }
    }

    /// Removes entry `index` and renumbers the entries behind it; the owner removes it from its list.
    pub fn remove(&mut self, index: usize) {
        for slot in &mut self.slots {
            if *slot < DUMMY {
                match (*slot as usize).cmp(&index) {
                    std::cmp::Ordering::Equal => {
                        *slot = DUMMY;
                        self.size -= 1;
                    }
                    std::cmp::Ordering::Greater => *slot -= 1,
                    std::cmp::Ordering::Less => {}
                }
            }
        }
    }

    /// Which entry has this key.
    pub fn find(&self, key: &str, keys: &dyn Keys) -> Option<usize> {
        let found = self.slots[self.slot(key, keys)];
        (found < DUMMY).then_some(found as usize)
    }

    /// The table of a copy that is filled in the order of iteration; the entries keep their numbers.
    pub fn refilled(&self, keys: &dyn Keys) -> Table {
        let mut new = Table::default();
        self.iter().for_each(|index| new.add(index, keys));
        new
    }

    /// The entries in the order of iteration.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.slots.iter().filter(|s| **s < DUMMY).map(|s| *s as usize)
    }
}

/// The keys that the entry numbers of a table stand for.
pub trait Keys {
    /// The key of an entry.
    fn key(&self, index: usize) -> &str;
}

impl Keys for [super::value::Pair] {
    fn key(&self, index: usize) -> &str {
        self.get(index).map_or("", |p| p.key.as_str())
    }
}

impl Keys for Vec<super::value::Pair> {
    fn key(&self, index: usize) -> &str {
        self.as_slice().key(index)
    }
}

impl Keys for Vec<Text> {
    fn key(&self, index: usize) -> &str {
        self.get(index).map_or("", Text::as_str)
    }
}
