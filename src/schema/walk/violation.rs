//! What the walk finds: typed facts, without words and without rule ids.

use crate::intrinsics::Intrinsic;
use crate::source::Span;

/// One fault of a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// The most specific place.
    pub span: Span,
    /// The key above, when the fault is in a branch of `Fn::If` but is decided for the whole value.
    pub reference: Option<Span>,
    /// What is wrong.
    pub kind: Kind,
    /// How many keys and items lie between where the check began and the place.
    pub depth: usize,
    /// The name of the property, empty at the top.
    pub property: String,
    /// Whether the value is an item of that property.
    pub item: bool,
    /// The resource type.
    pub type_name: String,
    /// Whether it is a fault of the tags of a resource.
    pub tagging: bool,
    /// Faults of the alternatives, or further facts that the same value breaks.
    pub children: Vec<Violation>,
    /// The function whose result is at fault, when the value came from one.
    pub resolved: Option<Resolved>,
    /// The combination of conditions it needs, when it does not happen in all of them.
    pub conditions: Vec<(String, bool)>,
}

/// How a value came about that is not written there.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The function.
    pub function: Intrinsic,
    /// Where the function stands.
    pub span: Span,
    /// What it gives, as text.
    pub value: String,
    /// Whether that is one text, number or boolean.
    pub scalar: bool,
    /// The choices it needs, each with its place.
    pub because: Vec<Assumption>,
    /// Further values that break the same fact, each with the choices it needs.
    pub others: Vec<(String, Vec<Assumption>)>,
}

/// One choice that makes a function give a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumption {
    /// What is chosen, in words: "the default of parameter `Env`".
    pub text: String,
    /// Where the chosen value stands.
    pub span: Option<Span>,
}

/// The kinds of fault, one per fact that can be broken.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the fields say what was found and what is allowed
pub enum Kind {
    /// The value is of another type.
    Type { expected: Vec<&'static str>, found: String },
    /// A property that the type does not have.
    UnknownProperty { name: String, known: Vec<&'static str>, present: Vec<String> },
    /// A key of a map that fits none of the patterns.
    UnmatchedKey { name: String, patterns: Vec<&'static str> },
    /// A required property is missing.
    Required { name: &'static str, present: Vec<String> },
    /// None of a list of properties is there.
    RequiredOr { names: Vec<&'static str> },
    /// Not exactly one of a list of properties is there; `found` are those that are.
    RequiredXor { names: Vec<&'static str>, found: Vec<&'static str> },
    /// `because` is there, so `name` must be.
    DependentRequired { name: &'static str, because: &'static str },
    /// `because` is there, so `name` may not be.
    DependentExcluded { name: &'static str, because: &'static str },
    /// Not one of the allowed values.
    Enum { found: String, allowed: Vec<String>, ignore_case: bool },
    /// Not the one allowed value.
    Const { found: String, expected: String },
    /// The text does not match.
    Pattern { found: String, pattern: &'static str },
    /// The text is too short, in characters.
    MinLength { limit: u64, found: u64 },
    /// The text is too long, in characters.
    MaxLength { limit: u64, found: u64 },
    /// The number is too small.
    Minimum { limit: f64, exclusive: bool, found: String },
    /// The number is too large.
    Maximum { limit: f64, exclusive: bool, found: String },
    /// The number is no multiple.
    MultipleOf { of: f64, found: String },
    /// Too few items.
    MinItems { limit: u64, found: u64 },
    /// Too many items.
    MaxItems { limit: u64, found: u64 },
    /// Too many different items.
    MaxUniqueItems { limit: u64, found: u64 },
    /// Too few members.
    MinProperties { limit: u64, found: u64 },
    /// Too many members.
    MaxProperties { limit: u64, found: u64 },
    /// An item stands twice; `allowed` when that is no fault.
    RepeatedItem { first: Span, item: String, allowed: bool },
    /// Two items agree in the members that tell items apart.
    RepeatedKeys { first: Span, keys: Vec<&'static str> },
    /// The text does not have the format.
    Format { format: &'static str, found: String },
    /// No alternative holds.
    AnyOf,
    /// Not exactly one alternative holds: none, or `several`.
    OneOf { several: bool },
    /// The value is what it may not be.
    Not,
    /// The property is set where it may not be.
    Excluded { name: String },
    /// Too few items are of a kind.
    Contains { least: u64 },
    /// A key that may not be used.
    ReservedKey { name: String },
    /// A key of a tag starts with `aws:`.
    ReservedTag { key: String },
    /// The type belongs to a service that ends or has ended.
    Lifecycle { status: &'static str, date: Option<&'static str> },
    /// A function that gives something else than what is expected here.
    FunctionOutput { function: Intrinsic, gives: String, expected: Vec<&'static str> },
    /// An attribute or a reference of a kind of thing other than the one expected.
    OtherFormat { function: Intrinsic, target: String, found: Vec<&'static str>, expected: &'static str },
}

impl Kind {
    /// The fact that is broken, without the value that breaks it.
    pub fn fact(&self) -> Kind {
        let mut fact = self.clone();
        match &mut fact {
            Kind::Type { found, .. }
            | Kind::Enum { found, .. }
            | Kind::Const { found, .. }
            | Kind::Pattern { found, .. }
            | Kind::Minimum { found, .. }
            | Kind::Maximum { found, .. }
            | Kind::MultipleOf { found, .. }
            | Kind::Format { found, .. } => found.clear(),
            Kind::MinLength { found, .. } | Kind::MaxLength { found, .. } => *found = 0,
            _ => {}
        }
        fact
    }
}

impl Violation {
    /// A violation with nothing but its place and kind.
    pub fn new(span: Span, kind: Kind) -> Self {
        Violation {
            span,
            reference: None,
            kind,
            depth: 0,
            property: String::new(),
            item: false,
            type_name: String::new(),
            tagging: false,
            children: Vec::new(),
            resolved: None,
            conditions: Vec::new(),
        }
    }
}
