//! What a value will be under the assumptions: text with references in it, lists, mappings, or unknown. Only for showing
//! and for sentences: whether a file is right is decided elsewhere.

use crate::intrinsics::sub::{self, Piece as SubPiece};
use crate::intrinsics::{Intrinsic, get_att_parts};
use crate::source::Span;
use crate::syntax::{Call, Node, NodeKind};
use crate::template::Template;
use crate::value::regions::{partition, url_suffix};
use std::collections::BTreeMap;

/// The template with a value for each parameter and condition.
#[derive(Debug)]
pub(super) struct World<'n> {
    pub template: &'n Template<'n>,
    pub region: &'n str,
    pub stack_name: Option<&'n str>,
    /// None: known only at the deployment.
    pub parameters: BTreeMap<&'n str, Option<String>>,
    /// What is known of values that only the deployment knows, in words.
    pub given: &'n BTreeMap<String, String>,
    pub conditions: BTreeMap<&'n str, Option<bool>>,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Val<'n> {
    /// `AWS::NoValue`, or nothing.
    Absent,
    Text(Vec<Piece<'n>>),
    List(Vec<Val<'n>>),
    Map(Vec<(&'n str, Span, Val<'n>)>),
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'n> {
    Text(String),
    /// `Ref` of a resource.
    Ref(&'n str),
    /// An attribute of a resource.
    Att(&'n str, &'n str),
    /// Something that is not known, in words.
    Hole(String),
}

impl<'n> Val<'n> {
    fn text(text: impl Into<String>) -> Self {
        Val::Text(vec![Piece::Text(text.into())])
    }

    fn hole(words: impl Into<String>) -> Self {
        Val::Text(vec![Piece::Hole(words.into())])
    }

    /// Whether every part is known, dynamic references left aside.
    pub fn known(&self) -> bool {
        match self {
            Val::Absent => true,
            Val::Text(pieces) => pieces.iter().all(|p| matches!(p, Piece::Text(t) if !t.contains("{{resolve:"))),
            Val::List(items) => items.iter().all(Val::known),
            Val::Map(entries) => entries.iter().all(|e| e.2.known()),
        }
    }

    /// The text, when it is wholly known.
    pub fn literal(&self) -> Option<String> {
        match self {
            Val::Text(pieces) if self.known() => Some(
                pieces
                    .iter()
                    .map(|p| if let Piece::Text(t) = p { t.as_str() } else { "" })
                    .collect::<Vec<_>>()
                    .concat(),
            ),
            _ => None,
        }
    }

    /// The value below a path of keys; a number goes into a list, `*` into its first item.
    pub fn at(&self, path: &str) -> Option<&Val<'n>> {
        let mut here = self;
        for step in path.split('.') {
            here = match here {
                Val::Map(entries) => &entries.iter().rev().find(|e| e.0 == step)?.2,
                Val::List(items) if step == "*" => items.first()?,
                Val::List(items) => items.get(step.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        (*here != Val::Absent).then_some(here)
    }

    /// The known text below a path.
    pub fn literal_at(&self, path: &str) -> Option<String> {
        self.at(path)?.literal()
    }

    /// The items of a list; a single value is a list of one.
    pub fn items(&self) -> &[Val<'n>] {
        match self {
            Val::List(items) => items,
            Val::Absent => &[],
            one => std::slice::from_ref(one),
        }
    }

    /// The entries of a mapping.
    pub fn entries(&self) -> &[(&'n str, Span, Val<'n>)] {
        match self {
            Val::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The resources that it refers to, in order, each once.
    pub fn resources(&self) -> Vec<&'n str> {
        fn collect<'n>(val: &Val<'n>, out: &mut Vec<&'n str>) {
            match val {
                Val::Absent => {}
                Val::Text(pieces) => {
                    for piece in pieces {
                        if let Piece::Ref(id) | Piece::Att(id, _) = piece
                            && !out.contains(id)
                        {
                            out.push(id);
                        }
                    }
                }
                Val::List(items) => items.iter().for_each(|i| collect(i, out)),
                Val::Map(entries) => entries.iter().for_each(|e| collect(&e.2, out)),
            }
        }
        let mut out = Vec::new();
        collect(self, &mut out);
        out
    }

    /// For a person: texts as they are, references by logical id, what is not known in angle brackets.
    pub fn show(&self) -> String {
        match self {
            Val::Absent => "(absent)".to_owned(),
            Val::Text(pieces) => pieces.iter().map(|p| show_piece(p, pieces.len() > 1)).collect(),
            Val::List(items) => format!("[{}]", items.iter().map(Val::show).collect::<Vec<_>>().join(", ")),
            Val::Map(entries) => {
                let inner: Vec<String> = entries.iter().map(|e| format!("{}: {}", e.0, e.2.show())).collect();
                format!("{{{}}}", inner.join(", "))
            }
        }
    }

    /// The same with other words for some attributes. `None`: none of them is in it.
    pub fn show_with(&self, words: &dyn Fn(&str, &str) -> Option<String>) -> Option<String> {
        match self {
            Val::Text(pieces) => {
                let inside = pieces.len() > 1;
                let mut found = false;
                let one = |p: &Piece<'n>| {
                    let known = if let Piece::Att(id, attribute) = p { words(id, attribute) } else { None };
                    found = found || known.is_some();
                    match known {
                        Some(words) if inside && words.contains('/') => format!("<{words}>"),
                        Some(words) => words,
                        None => show_piece(p, inside),
                    }
                };
                let text = pieces.iter().map(one).collect::<String>();
                found.then_some(text)
            }
            Val::List(items) if items.iter().any(|i| i.show_with(words).is_some()) => {
                let all = items.iter().map(|i| i.show_with(words).unwrap_or_else(|| i.show()));
                Some(all.collect::<Vec<_>>().join(", "))
            }
            _ => None,
        }
    }

    /// The same on one line of at most so many characters.
    pub fn show_short(&self, most: usize) -> String {
        let text = self.show().split_whitespace().collect::<Vec<_>>().join(" ");
        if text.chars().count() <= most {
            return text;
        }
        format!("{}…", text.chars().take(most.saturating_sub(1)).collect::<String>().trim_end())
    }

    /// For a sentence: the id alone where a reference is the whole value, items with commas.
    pub fn words(&self) -> String {
        match self {
            Val::Text(pieces) => match pieces.as_slice() {
                [Piece::Ref(id)] | [Piece::Att(id, _)] => (*id).to_owned(),
                _ => self.show(),
            },
            Val::List(items) => {
                let mut words: Vec<String> = Vec::new();
                for item in items {
                    let one = item.words();
                    if !words.contains(&one) {
                        words.push(one);
                    }
                }
                words.join(", ")
            }
            Val::Absent | Val::Map(_) => String::new(),
        }
    }
}

fn show_piece(piece: &Piece<'_>, inside: bool) -> String {
    match piece {
        Piece::Text(t) => t.clone(),
        Piece::Ref(id) if inside => format!("<{id}>"),
        Piece::Ref(id) => (*id).to_owned(),
        Piece::Att(id, attribute) if inside => format!("<{id}.{attribute}>"),
        Piece::Att(id, attribute) => format!("{id}.{attribute}"),
        Piece::Hole(words) => format!("<{words}>"),
    }
}

impl<'n> World<'n> {
    /// The value of a node.
    pub fn eval(&self, node: &'n Node) -> Val<'n> {
        match &node.kind {
            NodeKind::Null => Val::Absent,
            NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {
                Val::text(node.scalar_text().unwrap_or_default())
            }
            NodeKind::List(items) => {
                Val::List(items.iter().map(|i| self.eval(i)).filter(|v| *v != Val::Absent).collect())
            }
            NodeKind::Map(entries) => Val::Map(
                entries
                    .iter()
                    .map(|e| (&*e.key.text, e.key.span, self.eval(&e.value)))
                    .filter(|e| e.2 != Val::Absent)
                    .collect(),
            ),
            NodeKind::Tagged(t) => self.eval(&t.value),
            NodeKind::Call(call) => self.call(call),
        }
    }

    fn call(&self, call: &'n Call) -> Val<'n> {
        let argument = &call.argument;
        let items = argument.as_list().unwrap_or_default();
        let otherwise = || Val::hole(call.function.name());
        match (call.function, items) {
            (Intrinsic::Ref, _) => argument.as_str().map_or_else(otherwise, |name| self.reference(name)),
            (Intrinsic::GetAtt, _) => match get_att_parts(argument) {
                Some(p) => Val::Text(vec![Piece::Att(p.id, p.attribute)]),
                None => otherwise(),
            },
            (Intrinsic::Sub, _) => self.sub(argument).unwrap_or_else(otherwise),
            (Intrinsic::If, [condition, then, other]) => match condition.as_str() {
                Some(name) => match self.conditions.get(name).copied().flatten() {
                    Some(true) => self.eval(then),
                    Some(false) => self.eval(other),
                    None => {
                        let (then, other) = (self.eval(then), self.eval(other));
                        if then == other {
                            return then;
                        }
                        Val::hole(format!("{} if {name}, else {}", then.show(), other.show()))
                    }
                },
                None => otherwise(),
            },
            (Intrinsic::Join, [delimiter, list]) => self.join(delimiter, list).unwrap_or_else(otherwise),
            (Intrinsic::Select, [index, list]) => self.select(index, list).unwrap_or_else(otherwise),
            (Intrinsic::Split, [delimiter, source]) => match (self.eval(delimiter).literal(), self.eval(source)) {
                (Some(d), source) if !d.is_empty() => match source.literal() {
                    Some(text) => Val::List(text.split(&*d).map(Val::text).collect()),
                    None => Val::hole(format!("parts of {}", source.show())),
                },
                _ => otherwise(),
            },
            (Intrinsic::FindInMap, [map, first, second, ..]) => self.find(map, first, second),
            (Intrinsic::Cidr, [block, count, rest @ ..]) => self.cidr(block, count, rest.first()),
            (Intrinsic::GetAZs, _) => Val::hole("zones of the region"),
            (Intrinsic::Base64, _) => self.eval(argument),
            (Intrinsic::ImportValue, _) => Val::hole(format!("import of {}", self.eval(argument).show())),
            _ => otherwise(),
        }
    }

    fn reference(&self, name: &'n str) -> Val<'n> {
        if let Some(value) = self.parameters.get(name) {
            let parameter = self.template.parameters.get(name);
            return match value {
                Some(text) if parameter.is_some_and(|p| p.is_list()) => {
                    Val::List(text.split(',').map(|t| Val::text(t.trim())).collect())
                }
                Some(text) => Val::text(text.as_str()),
                None if parameter.is_some_and(|p| p.is_ssm()) => Val::hole(format!("{name}, read from SSM")),
                None => Val::hole(self.given.get(name).cloned().unwrap_or_else(|| format!("parameter {name}"))),
            };
        }
        match name {
            "AWS::NoValue" => Val::Absent,
            "AWS::Region" => Val::text(self.region),
            "AWS::Partition" => Val::text(partition(self.region)),
            "AWS::URLSuffix" => Val::text(url_suffix(self.region)),
            "AWS::StackName" => self.stack_name.map_or_else(|| Val::hole("stack name"), Val::text),
            "AWS::AccountId" => Val::hole("account"),
            "AWS::StackId" => Val::hole("stack id"),
            "AWS::NotificationARNs" => Val::hole("notification topics"),
            _ if self.template.resources.contains(name) => Val::Text(vec![Piece::Ref(name)]),
            _ => Val::hole(name),
        }
    }

    fn sub(&self, argument: &'n Node) -> Option<Val<'n>> {
        let (text, own) = match argument.as_list() {
            Some([text, own]) => (text.as_str()?, Some(own)),
            Some(_) => return None,
            None => (argument.as_str()?, None),
        };
        let mut out = Vec::new();
        for piece in sub::pieces(text) {
            match piece {
                SubPiece::Text(t) => push(&mut out, Piece::Text(t.to_string())),
                SubPiece::Variable(v) => {
                    let val = match own.and_then(|m| m.get(v.name)) {
                        Some(node) => self.eval(node),
                        None => match v.name.split_once('.') {
                            Some((id, attribute)) => Val::Text(vec![Piece::Att(id, attribute)]),
                            None => self.reference(v.name),
                        },
                    };
                    splice(&mut out, val);
                }
            }
        }
        Some(Val::Text(out))
    }

    fn join(&self, delimiter: &'n Node, list: &'n Node) -> Option<Val<'n>> {
        let delimiter = self.eval(delimiter).literal()?;
        let items = match self.eval(list) {
            Val::List(items) => items,
            other => return Some(Val::hole(format!("{} joined by `{delimiter}`", other.show()))),
        };
        let mut out = Vec::new();
        for (i, item) in items.into_iter().enumerate() {
            if i > 0 && !delimiter.is_empty() {
                push(&mut out, Piece::Text(delimiter.clone()));
            }
            splice(&mut out, item);
        }
        Some(Val::Text(out))
    }

    fn select(&self, index: &'n Node, list: &'n Node) -> Option<Val<'n>> {
        let index: usize = self.eval(index).literal()?.trim().parse().ok()?;
        if list.as_call().is_some_and(|c| c.function == Intrinsic::GetAZs) {
            return Some(Val::hole(format!("{} zone of the region", ordinal(index))));
        }
        match self.eval(list) {
            Val::List(items) => items.get(index).cloned(),
            other => Some(Val::hole(format!("{} of {}", ordinal(index), other.show().trim_matches(['<', '>'])))),
        }
    }

    fn find(&self, map: &'n Node, first: &'n Node, second: &'n Node) -> Val<'n> {
        let (map, first, second) = (self.eval(map), self.eval(first), self.eval(second));
        let found = || {
            let mapping = self.template.mappings.get(&map.literal()?)?;
            mapping.node.get(&first.literal()?)?.get(&second.literal()?)
        };
        match found() {
            // What stands in a mapping is known: no function may stand there.
            Some(node) => self.eval(node),
            None => Val::hole(format!("{}.{}.{}", map.show(), first.show(), second.show())),
        }
    }

    /// The blocks of an address range, when it is known: also when it is an attribute that the same file sets.
    fn cidr(&self, block: &'n Node, count: &'n Node, bits: Option<&'n Node>) -> Val<'n> {
        let mut range = self.eval(block);
        if let Val::Text(pieces) = &range
            && let [Piece::Att(id, attribute)] = pieces.as_slice()
            && let Some(node) = self.template.resources.get(id).and_then(|r| r.property(attribute))
            && node.as_call().is_none_or(|c| c.function != Intrinsic::GetAtt)
        {
            range = self.eval(node);
        }
        let number = |node: Option<&'n Node>| self.eval(node?).literal()?.trim().parse::<u32>().ok();
        let blocks = || blocks(&range.literal()?, number(Some(count))?, number(bits).unwrap_or(8));
        match blocks() {
            Some(blocks) => Val::List(blocks.into_iter().map(Val::text).collect()),
            None => Val::hole(format!("blocks of {}", range.show())),
        }
    }
}

/// The first blocks of an IPv4 range, each with so many bits for hosts.
fn blocks(range: &str, count: u32, bits: u32) -> Option<Vec<String>> {
    let (address, _) = range.split_once('/')?;
    let start = u32::from(address.parse::<std::net::Ipv4Addr>().ok()?);
    let size = 1u32.checked_shl(bits).filter(|_| bits < 32)?;
    let one = |i: u32| {
        let at = start.checked_add(size.checked_mul(i)?)?;
        Some(format!("{}/{}", std::net::Ipv4Addr::from(at), 32 - bits))
    };
    (0..count.min(256)).map(one).collect()
}

fn push<'n>(out: &mut Vec<Piece<'n>>, piece: Piece<'n>) {
    if let (Some(Piece::Text(before)), Piece::Text(more)) = (out.last_mut(), &piece) {
        before.push_str(more);
    } else {
        out.push(piece);
    }
}

fn splice<'n>(out: &mut Vec<Piece<'n>>, val: Val<'n>) {
    match val {
        Val::Text(pieces) => pieces.into_iter().for_each(|p| push(out, p)),
        Val::Absent => {}
        other => push(out, Piece::Text(other.words())),
    }
}

fn ordinal(index: usize) -> String {
    match index {
        0 => "first".to_owned(),
        1 => "second".to_owned(),
        2 => "third".to_owned(),
        n => format!("number {}", n + 1),
    }
}
