//! One schema node, with a question for each keyword.

use super::super::layout::{EXTENDED, Keyword, NOTHING, TYPE_NAMES};
use super::{Facts, List, Pattern, Value};

/// A schema: what it says is asked keyword by keyword.
#[derive(Clone, Copy)]
pub struct SchemaNode {
    facts: &'static Facts,
    at: u32,
    definitions: u32,
}

/// The types that a value may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Types(u32);

impl Types {
    /// Whether text is allowed.
    pub fn string(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether whole numbers are named.
    pub fn integer(self) -> bool {
        self.0 & 2 != 0
    }

    /// Whether numbers of any kind are named.
    pub fn number(self) -> bool {
        self.0 & 4 != 0
    }

    /// Whether truth values are allowed.
    pub fn boolean(self) -> bool {
        self.0 & 8 != 0
    }

    /// Whether objects are allowed.
    pub fn object(self) -> bool {
        self.0 & 16 != 0
    }

    /// Whether lists are allowed.
    pub fn array(self) -> bool {
        self.0 & 32 != 0
    }

    /// Whether `null` is allowed.
    pub fn null(self) -> bool {
        self.0 & 64 != 0
    }

    /// Whether dates are named.
    pub fn date(self) -> bool {
        self.0 & 128 != 0
    }

    /// The names, in a fixed order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        TYPE_NAMES.iter().enumerate().filter(move |(bit, _)| self.0 >> bit & 1 == 1).map(|(_, name)| *name)
    }
}

/// What has to be there once a property is there.
#[derive(Clone, Copy)]
pub enum Dependency {
    /// These other properties: see [`SchemaNode::dependencies`].
    Names(Names),
    /// The whole object fits this schema.
    Schema(SchemaNode),
}

/// Which functions may stand at a place, and the schema of what stands there.
#[derive(Clone, Copy)]
pub struct Context {
    /// Names of functions; `None` leaves them as they were.
    pub functions: Option<Names>,
    /// Names of pseudo parameters.
    pub pseudo_parameters: Option<Names>,
    /// What else may be referred to.
    pub references: Option<Names>,
    /// The schema for what stands there.
    pub schema: SchemaNode,
}

/// A check over what several resources say.
#[derive(Clone, Copy)]
pub struct Gather {
    /// What is gathered.
    pub sources: Value,
    /// The schema for what was gathered.
    pub schema: SchemaNode,
}

impl SchemaNode {
    pub(super) fn new(facts: &'static Facts, at: u32, definitions: u32) -> Self {
        SchemaNode { facts, at, definitions }
    }

    /// A number that is the same for the same schema; to remember what was visited.
    pub fn id(self) -> (u32, u32) {
        (self.at, self.definitions)
    }

    /// Whether the schema says nothing.
    pub fn is_anything(self) -> bool {
        self.at != NOTHING && self.facts.word(self.at) == 0
    }

    /// Whether the schema accepts nothing (`false`).
    pub fn is_nothing(self) -> bool {
        self.at == NOTHING
    }

    fn word(self, keyword: Keyword) -> Option<u32> {
        let first = self.facts.word(self.at);
        let bit = keyword as u32;
        if bit < 32 {
            if first >> bit & 1 == 0 {
                return None;
            }
            let before = (first & ((1 << bit) - 1)).count_ones();
            return Some(self.facts.word(self.at + 1 + (first >> 31) + before));
        }
        if first & EXTENDED == 0 {
            return None;
        }
        let second = self.facts.word(self.at + 1);
        if second >> (bit - 32) & 1 == 0 {
            return None;
        }
        let before = (first & !EXTENDED).count_ones() + (second & ((1 << (bit - 32)) - 1)).count_ones();
        Some(self.facts.word(self.at + 2 + before))
    }

    /// Whether one of the keywords of a mask (a bit for each) is said.
    pub(in crate::schema) fn says(self, keywords: u64) -> bool {
        let first = self.facts.word(self.at);
        first & !EXTENDED & keywords as u32 != 0
            || first & EXTENDED != 0 && self.facts.word(self.at + 1) & (keywords >> 32) as u32 != 0
    }

    fn node(self, at: u32) -> SchemaNode {
        SchemaNode { at, ..self }
    }

    fn schema(self, keyword: Keyword) -> Option<SchemaNode> {
        self.word(keyword).map(|at| self.node(at))
    }

    fn value(self, keyword: Keyword) -> Option<Value> {
        self.word(keyword).map(|word| Value::new(self.facts, word))
    }

    fn values(self, keyword: Keyword) -> Option<List> {
        self.word(keyword).map(|at| List { facts: self.facts, at })
    }

    fn flag(self, keyword: Keyword) -> bool {
        self.word(keyword) == Some(1)
    }

    fn nodes(self, keyword: Keyword) -> impl ExactSizeIterator<Item = SchemaNode> {
        let at = self.word(keyword).unwrap_or(0);
        (0..self.facts.word(at)).map(move |part| self.node(self.facts.word(at + 1 + part)))
    }

    fn texts_at(self, at: u32) -> impl ExactSizeIterator<Item = &'static str> {
        (0..self.facts.word(at)).map(move |part| self.facts.text(self.facts.word(at + 1 + part)))
    }

    fn texts(self, keyword: Keyword) -> impl ExactSizeIterator<Item = &'static str> {
        self.texts_at(self.word(keyword).unwrap_or(0))
    }

    fn members(self, keyword: Keyword) -> impl ExactSizeIterator<Item = (&'static str, SchemaNode)> {
        let at = self.word(keyword).unwrap_or(0);
        (0..self.facts.word(at)).map(move |part| {
            let at = at + 1 + part * 2;
            (self.facts.text(self.facts.word(at)), self.node(self.facts.word(at + 1)))
        })
    }

    /// `type`; `None` if it is not said.
    pub fn types(self) -> Option<Types> {
        self.word(Keyword::Type).map(Types)
    }

    /// The target of `$ref`. What stands beside a `$ref` holds as well.
    pub fn reference(self) -> Option<SchemaNode> {
        let name = self.word(Keyword::Reference)?;
        let (mut low, mut high) = (0, self.facts.word(self.definitions));
        while low < high {
            let middle = low + (high - low) / 2;
            let at = self.definitions + 1 + middle * 2;
            match self.facts.word(at) {
                found if found == name => return Some(self.node(self.facts.word(at + 1))),
                found if found < name => low = middle + 1,
                _ => high = middle,
            }
        }
        None
    }

    /// The name of the definition that `$ref` names.
    pub fn reference_name(self) -> Option<&'static str> {
        self.word(Keyword::Reference).map(|name| self.facts.text(name))
    }

    /// The schema itself or, when it is a `$ref`, what it leads to in the end.
    pub fn target(self) -> SchemaNode {
        let mut node = self;
        for _ in 0..32 {
            match node.reference() {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }

    /// `properties`, sorted by name.
    pub fn properties(self) -> impl ExactSizeIterator<Item = (&'static str, SchemaNode)> {
        self.members(Keyword::Properties)
    }

    /// Whether `properties` is said.
    pub fn has_properties(self) -> bool {
        self.word(Keyword::Properties).is_some()
    }

    /// The schema of one property.
    pub fn property(self, name: &str) -> Option<SchemaNode> {
        let at = self.word(Keyword::Properties)?;
        let at = self.facts.search(at + 1, self.facts.word(at), 2, name)?;
        Some(self.node(self.facts.word(at + 1)))
    }

    /// `patternProperties`.
    pub fn pattern_properties(self) -> impl ExactSizeIterator<Item = (Pattern<'static>, SchemaNode)> {
        let at = self.word(Keyword::PatternProperties).unwrap_or(0);
        (0..self.facts.word(at)).map(move |part| {
            let at = at + 1 + part * 2;
            (self.facts.pattern(self.facts.word(at)), self.node(self.facts.word(at + 1)))
        })
    }

    /// `additionalProperties`: `false` is the schema that [accepts nothing](Self::is_nothing).
    pub fn additional_properties(self) -> Option<SchemaNode> {
        self.schema(Keyword::AdditionalProperties)
    }

    /// `required`
    pub fn required(self) -> impl ExactSizeIterator<Item = &'static str> {
        self.texts(Keyword::Required)
    }

    /// `items`: one schema for the items after those of `prefixItems`.
    pub fn items(self) -> Option<SchemaNode> {
        self.schema(Keyword::Items)
    }

    /// `prefixItems`
    pub fn prefix_items(self) -> impl ExactSizeIterator<Item = SchemaNode> {
        self.nodes(Keyword::PrefixItems)
    }

    /// `enum`
    pub fn enumeration(self) -> Option<List> {
        self.values(Keyword::Enum)
    }

    /// `enumCaseInsensitive`
    pub fn enum_case_insensitive(self) -> Option<List> {
        self.values(Keyword::EnumCaseInsensitive)
    }

    /// `const`; an object `{"$data": POINTER}` within [`Gather`].
    pub fn constant(self) -> Option<Value> {
        self.value(Keyword::Const)
    }

    /// `default`
    pub fn default_value(self) -> Option<Value> {
        self.value(Keyword::Default)
    }

    /// `pattern`
    pub fn pattern(self) -> Option<Pattern<'static>> {
        self.word(Keyword::Pattern).map(|at| self.facts.pattern(at))
    }

    /// `pattern` as `{"$lookup": ..}` within [`Gather`].
    pub fn pattern_lookup(self) -> Option<Value> {
        self.value(Keyword::PatternLookup)
    }

    /// `minLength`
    pub fn min_length(self) -> Option<u32> {
        self.word(Keyword::MinLength)
    }

    /// `maxLength`
    pub fn max_length(self) -> Option<u32> {
        self.word(Keyword::MaxLength)
    }

    /// `minItems`
    pub fn min_items(self) -> Option<u32> {
        self.word(Keyword::MinItems)
    }

    /// `maxItems`
    pub fn max_items(self) -> Option<u32> {
        self.word(Keyword::MaxItems)
    }

    /// `minProperties`
    pub fn min_properties(self) -> Option<u32> {
        self.word(Keyword::MinProperties)
    }

    /// `maxProperties`
    pub fn max_properties(self) -> Option<u32> {
        self.word(Keyword::MaxProperties)
    }

    /// `minimum`: a number, or an object `{"$data": POINTER}` within [`Gather`].
    pub fn minimum(self) -> Option<Value> {
        self.value(Keyword::Minimum)
    }

    /// `maximum`
    pub fn maximum(self) -> Option<Value> {
        self.value(Keyword::Maximum)
    }

    /// `exclusiveMinimum`
    pub fn exclusive_minimum(self) -> Option<Value> {
        self.value(Keyword::ExclusiveMinimum)
    }

    /// `exclusiveMaximum`
    pub fn exclusive_maximum(self) -> Option<Value> {
        self.value(Keyword::ExclusiveMaximum)
    }

    /// `multipleOf`
    pub fn multiple_of(self) -> Option<Value> {
        self.value(Keyword::MultipleOf)
    }

    /// `uniqueItems`
    pub fn unique_items(self) -> bool {
        self.flag(Keyword::UniqueItems)
    }

    /// Whether items may be repeated; `None` if nothing is said.
    pub fn repetition(self) -> Option<bool> {
        self.word(Keyword::UniqueItems).map(|unique| unique == 0)
    }

    /// Whether the order of the items means something; it does if nothing is said.
    pub fn insertion_order(self) -> bool {
        self.word(Keyword::InsertionOrder) != Some(0)
    }

    /// `maxUniqueItems`
    pub fn max_unique_items(self) -> Option<u32> {
        self.word(Keyword::MaxUniqueItems)
    }

    /// `uniqueKeys`: the members that together may not occur twice in a list of objects.
    pub fn unique_keys(self) -> impl ExactSizeIterator<Item = &'static str> {
        self.texts(Keyword::UniqueKeys)
    }

    /// `format`
    pub fn format(self) -> Option<&'static str> {
        self.word(Keyword::Format).map(|number| self.facts.text(number))
    }

    /// `allOf`
    pub fn all_of(self) -> impl ExactSizeIterator<Item = SchemaNode> {
        self.nodes(Keyword::AllOf)
    }

    /// `anyOf`; an empty list when it is not said.
    pub fn any_of(self) -> impl ExactSizeIterator<Item = SchemaNode> {
        self.nodes(Keyword::AnyOf)
    }

    /// `oneOf`; an empty list when it is not said.
    pub fn one_of(self) -> impl ExactSizeIterator<Item = SchemaNode> {
        self.nodes(Keyword::OneOf)
    }

    /// `not`
    pub fn negation(self) -> Option<SchemaNode> {
        self.schema(Keyword::Not)
    }

    /// `if`
    pub fn condition(self) -> Option<SchemaNode> {
        self.schema(Keyword::If)
    }

    /// `then`
    pub fn consequence(self) -> Option<SchemaNode> {
        self.schema(Keyword::Then)
    }

    /// `else`
    pub fn alternative(self) -> Option<SchemaNode> {
        self.schema(Keyword::Else)
    }

    /// `contains`
    pub fn contains(self) -> Option<SchemaNode> {
        self.schema(Keyword::Contains)
    }

    /// `minContains`
    pub fn min_contains(self) -> Option<u32> {
        self.word(Keyword::MinContains)
    }

    /// `maxContains`
    pub fn max_contains(self) -> Option<u32> {
        self.word(Keyword::MaxContains)
    }

    /// `propertyNames`
    pub fn property_names(self) -> Option<SchemaNode> {
        self.schema(Keyword::PropertyNames)
    }

    /// `requiredOr`: at least one of these.
    pub fn required_or(self) -> impl ExactSizeIterator<Item = &'static str> {
        self.texts(Keyword::RequiredOr)
    }

    /// `requiredXor`: exactly one of these.
    pub fn required_xor(self) -> impl ExactSizeIterator<Item = &'static str> {
        self.texts(Keyword::RequiredXor)
    }

    /// `dependentRequired`: a property and the names that it needs.
    pub fn dependent_required(self) -> impl ExactSizeIterator<Item = (&'static str, Names)> {
        self.dependents(Keyword::DependentRequired)
    }

    /// `dependentExcluded`: a property and the names that may not be beside it.
    pub fn dependent_excluded(self) -> impl ExactSizeIterator<Item = (&'static str, Names)> {
        self.dependents(Keyword::DependentExcluded)
    }

    fn dependents(self, keyword: Keyword) -> impl ExactSizeIterator<Item = (&'static str, Names)> {
        let at = self.word(keyword).unwrap_or(0);
        (0..self.facts.word(at)).map(move |part| {
            let at = at + 1 + part * 2;
            (self.facts.text(self.facts.word(at)), Names { facts: self.facts, at: self.facts.word(at + 1) })
        })
    }

    /// `dependentSchemas`
    pub fn dependent_schemas(self) -> impl ExactSizeIterator<Item = (&'static str, SchemaNode)> {
        self.members(Keyword::DependentSchemas)
    }

    /// `dependencies` of older schemas: names or a schema.
    pub fn dependencies(self) -> impl ExactSizeIterator<Item = (&'static str, Dependency)> {
        let at = self.word(Keyword::Dependencies).unwrap_or(0);
        (0..self.facts.word(at)).map(move |part| {
            let at = at + 1 + part * 3;
            let target = self.facts.word(at + 2);
            let dependency = match self.facts.word(at + 1) {
                0 => Dependency::Names(Names { facts: self.facts, at: target }),
                _ => Dependency::Schema(self.node(target)),
            };
            (self.facts.text(self.facts.word(at)), dependency)
        })
    }

    /// `cfnLint`: names of the places whose rules hold here too.
    pub fn places(self) -> impl ExactSizeIterator<Item = &'static str> {
        self.texts(Keyword::CfnLint)
    }

    /// `cfnContext`: from here on only some functions may stand; nothing beside it holds.
    pub fn context(self) -> Option<Context> {
        let at = self.word(Keyword::CfnContext)?;
        let list = |part: u32| {
            let at = self.facts.word(at + part).checked_sub(1)?;
            Some(Names { facts: self.facts, at })
        };
        Some(Context {
            functions: list(0),
            pseudo_parameters: list(1),
            references: list(2),
            schema: self.node(self.facts.word(at + 3)),
        })
    }

    /// `cfnGather`
    pub fn gather(self) -> Option<Gather> {
        let at = self.word(Keyword::CfnGather)?;
        let sources = Value::new(self.facts, self.facts.word(at));
        Some(Gather { sources, schema: self.node(self.facts.word(at + 1)) })
    }

    /// `dynamicValidation`: an object with one of `context`, `pathCheck`, `transformCheck`.
    pub fn dynamic_validation(self) -> Option<Value> {
        self.value(Keyword::DynamicValidation)
    }
}

/// A list of names.
#[derive(Clone, Copy)]
pub struct Names {
    facts: &'static Facts,
    at: u32,
}

impl Names {
    /// The names in the order of the source.
    pub fn iter(self) -> impl ExactSizeIterator<Item = &'static str> {
        (0..self.facts.word(self.at)).map(move |part| self.facts.text(self.facts.word(self.at + 1 + part)))
    }

    /// Whether a name is in the list.
    pub fn contains(self, name: &str) -> bool {
        self.iter().any(|one| one == name)
    }
}
