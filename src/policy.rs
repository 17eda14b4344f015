//! Policy documents as views: statements with their effect, principals, actions, resources and conditions, and the
//! question that they answer: may this action be done on that resource?
//!
//! A document is read from a [`Value`]: the text of the template ([`read`]) or what `explain` and `diff` made of it. What is
//! not known stays unknown and never turns into a yes or a no.

pub mod grants;
pub mod keys;
pub mod managed;
pub mod matching;
pub mod read;
pub mod role;
pub mod words;

use crate::source::Span;

pub use crate::conditions::Answer;
pub use matching::Target;

/// A value that a policy is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
    /// Whether it is there only if a condition holds that is not decided here.
    pub maybe: bool,
}

/// What a value is. A choice between two values is a list of both, each of which may be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A scalar.
    Text(Vec<Piece>),
    /// A list.
    List(Vec<Value>),
    /// A mapping: key, its place, value.
    Map(Vec<(String, Span, Value)>),
    /// Something whose shape is not known.
    Unknown,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// `Ref` of a resource.
    Ref(String),
    /// An attribute of a resource.
    Attribute(String, String),
    /// Something that is not known, by the name of what gives it: `AWS::Region`.
    Hole(String),
}

impl Value {
    /// A value of which nothing is known.
    pub fn unknown(span: Span) -> Self {
        Value { kind: Kind::Unknown, span, maybe: false }
    }

    /// A text.
    pub fn text(span: Span, pieces: Vec<Piece>) -> Self {
        Value { kind: Kind::Text(pieces), span, maybe: false }
    }

    /// The members of a mapping.
    pub fn members(&self) -> Option<&[(String, Span, Value)]> {
        match &self.kind {
            Kind::Map(members) => Some(members),
            _ => None,
        }
    }

    /// A member of a mapping.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members()?.iter().find(|m| m.0 == name).map(|m| &m.2)
    }

    /// The items of a list, those of lists in it included; a single value is a list of one. The flag says that the item may
    /// be missing.
    pub fn items(&self) -> Vec<(&Value, bool)> {
        fn collect<'v>(value: &'v Value, maybe: bool, out: &mut Vec<(&'v Value, bool)>) {
            let maybe = maybe || value.maybe;
            match &value.kind {
                Kind::List(items) => items.iter().for_each(|item| collect(item, maybe, out)),
                _ => out.push((value, maybe)),
            }
        }
        let mut out = Vec::new();
        collect(self, false, &mut out);
        out
    }

    /// The text when it is wholly known.
    pub fn literal(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(pieces) => literal(pieces),
            _ => None,
        }
    }
}

fn literal(pieces: &[Piece]) -> Option<&str> {
    match pieces {
        [] => Some(""),
        [Piece::Text(text)] => Some(text),
        _ => None,
    }
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies.
    Deny,
}

/// One action, resource or principal of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its text.
    pub pieces: Vec<Piece>,
    /// Where it stands.
    pub span: Span,
    /// Whether it may be missing.
    pub maybe: bool,
}

impl Item {
    /// An item that is wholly known.
    pub fn known(text: &str) -> Self {
        Item { pieces: vec![Piece::Text(text.to_owned())], span: Span::new(0, 0), maybe: false }
    }

    /// The text when it is wholly known.
    pub fn literal(&self) -> Option<&str> {
        literal(&self.pieces)
    }
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Whether it is the form with `Not`.
    pub negated: bool,
    /// The place of its key.
    pub key: Span,
    /// The items that could be read.
    pub items: Vec<Item>,
    /// Whether these are all.
    pub whole: bool,
}

/// Somebody that a statement is about: `Service`, `lambda.amazonaws.com`. Everybody is `AWS`, `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// `AWS`, `Service`, `Federated`, `CanonicalUser`.
    pub kind: String,
    /// Who.
    pub who: Item,
}

/// `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principals {
    /// Whether it is the form with `Not`.
    pub negated: bool,
    /// The place of its key.
    pub key: Span,
    /// Those that could be read.
    pub list: Vec<Principal>,
    /// Whether these are all.
    pub whole: bool,
}

/// One key of a condition block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// `StringEquals`.
    pub operator: String,
    /// `aws:SourceArn`.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// What it is compared with.
    pub values: Vec<Item>,
    /// Whether these are all.
    pub whole: bool,
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Where it stands.
    pub span: Span,
    /// `Sid`.
    pub sid: Option<String>,
    /// What it does; `None` when that is not known.
    pub effect: Option<Effect>,
    /// What may be done; `None` when it says nothing about that.
    pub actions: Option<Clause>,
    /// With what.
    pub resources: Option<Clause>,
    /// By whom; `None` in the policies of identities.
    pub principals: Option<Principals>,
    /// When.
    pub conditions: Vec<Condition>,
    /// Whether there are conditions that could not be read.
    pub more_conditions: bool,
    /// Whether it may be missing.
    pub maybe: bool,
}

impl Statement {
    /// Whether something limits when it counts.
    pub fn is_conditional(&self) -> bool {
        self.more_conditions || !self.conditions.is_empty()
    }
}

/// A policy document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The statements that could be read.
    pub statements: Vec<Statement>,
    /// Whether these are all.
    pub whole: bool,
}

impl Document {
    /// Reads a policy document.
    pub fn of(value: &Value) -> Self {
        let mut document = Document { statements: Vec::new(), whole: true };
        for (version, maybe) in value.items() {
            let Some(members) = version.members() else {
                document.whole = false;
                continue;
            };
            for (_, _, statements) in members.iter().filter(|m| m.0 == "Statement") {
                for (statement, perhaps) in statements.items() {
                    match statement.members() {
                        Some(members) => {
                            document.statements.push(self::statement(statement, members, maybe || perhaps))
                        }
                        None => document.whole = false,
                    }
                }
            }
        }
        document
    }
}

fn statement(value: &Value, members: &[(String, Span, Value)], maybe: bool) -> Statement {
    let mut statement = Statement {
        span: value.span,
        sid: value.get("Sid").and_then(Value::literal).map(str::to_owned),
        effect: None,
        actions: None,
        resources: None,
        principals: None,
        conditions: Vec::new(),
        more_conditions: false,
        maybe,
    };
    for (name, key, value) in members {
        match name.as_str() {
            "Effect" => {
                statement.effect = match value.literal() {
                    Some("Allow") => Some(Effect::Allow),
                    Some("Deny") => Some(Effect::Deny),
                    _ => None,
                }
            }
            "Action" | "NotAction" => statement.actions = Some(clause(value, *key, name == "NotAction")),
            "Resource" | "NotResource" => statement.resources = Some(clause(value, *key, name == "NotResource")),
            "Principal" | "NotPrincipal" => {
                statement.principals = Some(principals(value, *key, name == "NotPrincipal"));
            }
            "Condition" => conditions(value, &mut statement),
            _ => {}
        }
    }
    statement
}

fn clause(value: &Value, key: Span, negated: bool) -> Clause {
    let (items, whole) = items(value);
    Clause { negated, key, items, whole }
}

/// The texts of a value, and whether these are all.
fn items(value: &Value) -> (Vec<Item>, bool) {
    let mut whole = true;
    let mut out = Vec::new();
    for (item, maybe) in value.items() {
        match &item.kind {
            Kind::Text(pieces) => out.push(Item { pieces: pieces.clone(), span: item.span, maybe }),
            _ => whole = false,
        }
    }
    (out, whole)
}

fn principals(value: &Value, key: Span, negated: bool) -> Principals {
    let mut out = Principals { negated, key, list: Vec::new(), whole: true };
    for (one, maybe) in value.items() {
        match &one.kind {
            Kind::Text(pieces) if literal(pieces) == Some("*") => {
                let who = Item { pieces: pieces.clone(), span: one.span, maybe };
                out.list.push(Principal { kind: "AWS".to_owned(), who });
            }
            Kind::Map(members) => {
                for (kind, _, who) in members {
                    let (items, whole) = items(who);
                    out.whole &= whole;
                    let with =
                        |who: Item| Principal { kind: kind.clone(), who: Item { maybe: who.maybe || maybe, ..who } };
                    out.list.extend(items.into_iter().map(with));
                }
            }
            _ => out.whole = false,
        }
    }
    out
}

fn conditions(value: &Value, statement: &mut Statement) {
    for (block, _) in value.items() {
        let Some(operators) = block.members() else {
            statement.more_conditions = true;
            continue;
        };
        for (operator, _, keys) in operators {
            let Some(members) = keys.members() else {
                statement.more_conditions = true;
                continue;
            };
            for (key, key_span, values) in members {
                let (values, whole) = items(values);
                let condition =
                    Condition { operator: operator.clone(), key: key.clone(), key_span: *key_span, values, whole };
                statement.conditions.push(condition);
            }
        }
    }
}
