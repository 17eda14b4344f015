//! The facts of a type as the text they were compiled from: to lay newer facts over them.

use super::super::layout::{ANYTHING, EXTENDED, KEYWORDS, Keyword, NOTHING, Shape, TYPE_NAMES};
use super::{Facts, TypeFacts, Value};
use serde_json::{Map, Value as Json};

impl TypeFacts {
    /// The schema of the type. Compiled again it gives the same facts; definitions that nothing refers to are gone.
    pub(in crate::schema) fn to_source(self) -> Json {
        let facts = self.facts;
        let Json::Object(mut root) = node(facts, self.word(3)) else { return Json::Object(Map::new()) };
        let definitions = pairs(facts, self.word(4)).map(|(name, at)| (definition(facts.text(name)), node(facts, at)));
        let definitions: Map<String, Json> = definitions.collect();
        if !definitions.is_empty() {
            root.insert("definitions".to_owned(), definitions.into());
        }
        if let Json::Object(about) = Value::new(facts, self.word(5)).to_json() {
            root.extend(about);
        }
        Json::Object(root)
    }
}

/// A name that a definition can have: some stand for a place deep in the document.
fn definition(name: &str) -> String {
    name.replace('/', ".").replace('#', "")
}

fn node(facts: &'static Facts, at: u32) -> Json {
    match at {
        ANYTHING => return Json::Object(Map::new()),
        NOTHING => return Json::Bool(false),
        _ => {}
    }
    let first = facts.word(at);
    let extended = first & EXTENDED != 0;
    let second = if extended { facts.word(at + 1) } else { 0 };
    let mut next = at + 1 + u32::from(extended);
    let mut members = Map::new();
    for (keyword, spelling, shape) in KEYWORDS {
        let bit = *keyword as u32;
        let said = if bit < 32 { first & !EXTENDED & (1 << bit) != 0 } else { second & (1 << (bit - 32)) != 0 };
        if said {
            let spelling = if *keyword == Keyword::PatternLookup { "pattern" } else { spelling };
            members.insert(spelling.to_owned(), word(facts, *shape, facts.word(next)));
            next += 1;
        }
    }
    Json::Object(members)
}

fn word(facts: &'static Facts, shape: Shape, word: u32) -> Json {
    match shape {
        Shape::Types => {
            let names = TYPE_NAMES.iter().enumerate().filter(|(bit, _)| word >> bit & 1 == 1);
            let names: Vec<&str> = names.map(|(_, name)| *name).collect();
            if let [one] = names[..] { one.into() } else { names.into() }
        }
        Shape::Reference => match facts.text(word) {
            "#" => "#/".into(),
            name => format!("#/definitions/{}", definition(name)).into(),
        },
        Shape::Schema => node(facts, word),
        Shape::Schemas => items(facts, word).map(|at| node(facts, at)).collect(),
        Shape::Members => object(pairs(facts, word).map(|(name, at)| (facts.text(name), node(facts, at)))),
        Shape::PatternMembers => {
            object(pairs(facts, word).map(|(pattern, at)| (facts.text(facts.word(pattern)), node(facts, at))))
        }
        Shape::Pattern => facts.text(facts.word(word)).into(),
        Shape::Count => word.into(),
        Shape::Value => Value::new(facts, word).to_json(),
        Shape::Values => items(facts, word).map(|value| Value::new(facts, value).to_json()).collect(),
        Shape::Flag => (word == 1).into(),
        Shape::Text => facts.text(word).into(),
        Shape::Texts => texts(facts, word),
        Shape::Dependents => object(pairs(facts, word).map(|(name, list)| (facts.text(name), texts(facts, list)))),
        Shape::Dependencies => object((0..facts.word(word)).map(|one| {
            let at = word + 1 + one * 3;
            let what = facts.word(at + 2);
            let part = if facts.word(at + 1) == 0 { texts(facts, what) } else { node(facts, what) };
            (facts.text(facts.word(at)), part)
        })),
        Shape::Context => {
            let names = ["functions", "pseudoParameters", "references"].into_iter().zip(word..);
            let lists = names.filter_map(|(name, at)| Some((name, texts(facts, facts.word(at).checked_sub(1)?))));
            object(lists.chain([("schema", node(facts, facts.word(word + 3)))]))
        }
        Shape::Gather => {
            let gather = Value::new(facts, facts.word(word)).to_json();
            object([("gather", gather), ("schema", node(facts, facts.word(word + 1)))].into_iter())
        }
    }
}

fn items(facts: &'static Facts, list: u32) -> impl Iterator<Item = u32> {
    (0..facts.word(list)).map(move |at| facts.word(list + 1 + at))
}

fn pairs(facts: &'static Facts, list: u32) -> impl Iterator<Item = (u32, u32)> {
    (0..facts.word(list)).map(move |at| (facts.word(list + 1 + at * 2), facts.word(list + 2 + at * 2)))
}

fn texts(facts: &'static Facts, list: u32) -> Json {
    items(facts, list).map(|name| facts.text(name)).collect()
}

fn object<'a>(members: impl Iterator<Item = (&'a str, Json)>) -> Json {
    Json::Object(members.map(|(name, value)| (name.to_owned(), value)).collect())
}
