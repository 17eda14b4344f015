//! What resource types do beyond what is valid: what a change of a property does, which permissions the handlers
//! need and how long they may take, what `Ref` gives, which types hold data.
//!
//! [`Traits::of`] gives the facts of one type; nothing is unpacked and nothing is done before that. What the schemas
//! say lies in [`store`](super::store), the rest in a file of its own (`schemas/traits.bin`, from `schemas/traits/`).
//!
//! How sure a fact is, is said in the documentation of each method: *schema* (the registry schema of the type),
//! *specification* (the CDK's service specification, made from AWS's documentation), *documented* (a list kept by hand
//! from AWS's documentation) or *inferred*.

use super::store::{self, SchemaNode, TypeFacts};
use std::fmt;

#[cfg(test)]
mod compile;
mod lists;
mod record;
#[cfg(test)]
mod tests;

pub use lists::{Capability, DeletionDefault, can_snapshot};
use record::{Reader, Record};

/// The facts about one resource type.
#[derive(Clone, Copy)]
pub struct Traits {
    facts: TypeFacts,
    record: Record,
}

impl fmt::Debug for Traits {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Traits({})", self.type_name())
    }
}

/// The handlers of a resource type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HandlerKind {
    /// Makes the resource.
    Create,
    /// Reads its state.
    Read,
    /// Changes it in place.
    Update,
    /// Removes it.
    Delete,
    /// Lists the resources of the type.
    List,
}

impl HandlerKind {
    /// Every kind, in the order of the type's life.
    pub const ALL: [HandlerKind; 5] =
        [HandlerKind::Create, HandlerKind::Read, HandlerKind::Update, HandlerKind::Delete, HandlerKind::List];

    /// The word of the schemas: `create`.
    pub fn name(self) -> &'static str {
        match self {
            HandlerKind::Create => "create",
            HandlerKind::Read => "read",
            HandlerKind::Update => "update",
            HandlerKind::Delete => "delete",
            HandlerKind::List => "list",
        }
    }
}

/// An IAM action: printed as `s3:CreateBucket`. The name may end in `*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Action {
    /// The prefix of the service: `s3`.
    pub service: &'static str,
    /// The rest: `CreateBucket`.
    pub name: &'static str,
}

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.service, self.name)
    }
}

/// One handler of a type.
#[derive(Clone, Copy)]
pub struct Handler {
    actions: Reader,
    timeout: Option<u32>,
}

impl fmt::Debug for Handler {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.permissions()).finish()
    }
}

impl Handler {
    /// The actions that the handler may call, sorted: an upper bound for one resource. *Schema.*
    pub fn permissions(self) -> impl Iterator<Item = Action> {
        self.actions.actions()
    }

    /// The minutes after which it gives up, if the schema says so; 120 is the registry's default. *Schema.*
    pub fn timeout_minutes(self) -> Option<u32> {
        self.timeout
    }
}

/// What a change of a property does to the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OnChange {
    /// It is updated in place.
    Update,
    /// It depends on more than the schema says.
    MayReplace,
    /// A new resource takes the place of the old one.
    Replace,
}

/// Where an [`OnChange`] comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeSource {
    /// `createOnlyProperties` of the schema.
    CreateOnly,
    /// `conditionalCreateOnlyProperties` of the schema.
    ConditionalCreateOnly,
    /// The type has handlers but none for updates.
    NoUpdateHandler,
    /// The tagging block says that tags cannot be updated, but not what happens instead.
    Tagging,
    /// The schema says nothing, the service specification says that it replaces.
    SourcesDisagree,
    /// The service specification says that it may replace.
    Specification,
    /// Nothing speaks of replacement.
    Nothing,
}

impl ChangeSource {
    /// The source in words, to follow "because": `createOnlyProperties of the schema`.
    pub fn describe(self) -> &'static str {
        match self {
            ChangeSource::CreateOnly => "it is create-only in the schema",
            ChangeSource::ConditionalCreateOnly => "it is conditionally create-only in the schema",
            ChangeSource::NoUpdateHandler => "the type cannot be updated in place",
            ChangeSource::Tagging => "the schema says that tags of this type cannot be updated",
            ChangeSource::SourcesDisagree => "the schema says nothing, the service specification says that it replaces",
            ChangeSource::Specification => "the service specification says that it may replace",
            ChangeSource::Nothing => "nothing speaks of replacement",
        }
    }
}

/// How a replacement goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReplacementStrategy {
    /// The new resource first; the old one is deleted when the update is done.
    CreateThenDelete,
    /// The old resource first: the name may stay, nothing can be rolled back to.
    DeleteThenCreate,
}

/// What is said about tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tagging {
    /// Whether resources of the type can have tags.
    pub taggable: bool,
    /// Whether tags can be given when it is created.
    pub on_create: bool,
    /// Whether tags can be changed in place.
    pub updatable: bool,
    /// Whether the stack's tags (`aws:cloudformation:..`) reach the resource.
    pub system_tags: bool,
    /// The property that holds the tags: `Tags`.
    pub property: Option<&'static str>,
}

impl Traits {
    /// The facts of a resource type; `None` for a type that is not known. A custom resource has those of
    /// `AWS::CloudFormation::CustomResource`.
    pub fn of(type_name: &str) -> Option<Traits> {
        let facts = store::find(type_name)?;
        Some(Traits { facts, record: record::find(facts.name()) })
    }

    /// The name of the type.
    pub fn type_name(&self) -> &'static str {
        self.facts.name()
    }

    /// What the schema says, for everything that is not asked here.
    pub fn facts(&self) -> TypeFacts {
        self.facts
    }

    /// Paths of properties whose change replaces the resource, as `TableName` or `Tier/Name`; `*` stands for the
    /// items of a list, though some schemas leave it out. *Schema.*
    pub fn create_only(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.facts.create_only().map(bare)
    }

    /// Paths of properties whose change may replace the resource. Only 45 types have some. *Schema.*
    pub fn conditional_create_only(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.facts.conditional_create_only().map(bare)
    }

    /// Paths of properties that only the service sets: the attributes. *Schema.*
    pub fn read_only(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.facts.read_only().map(bare)
    }

    /// Paths of properties that cannot be read back: drift detection does not see them. *Schema.*
    pub fn write_only(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.facts.write_only().map(bare)
    }

    /// Paths of properties that should no longer be used. *Schema.*
    pub fn deprecated(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.facts.deprecated().map(bare)
    }

    /// Paths of the properties that together identify the resource. *Schema.*
    pub fn primary_identifier(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.facts.primary_identifier().map(bare)
    }

    /// Other sets of properties that identify it. *Schema.*
    pub fn additional_identifiers(&self) -> Vec<Vec<&'static str>> {
        let sets = self.facts.about("additionalIdentifiers");
        let names = |set: store::Value| match set.as_str() {
            Some(one) => vec![bare(one)],
            None => set.items().filter_map(|item| item.as_str()).map(bare).collect(),
        };
        sets.into_iter().flat_map(|sets| sets.items()).map(names).collect()
    }

    /// Whether the identifier is a name that the template gives: every part of it can be written. *Schema.*
    pub fn name_can_be_given(&self) -> bool {
        let mut parts = self.primary_identifier().peekable();
        parts.peek().is_some() && parts.all(|part| !self.read_only().any(|read| read == part))
    }

    /// Whether the schema says which handlers there are; 110 older types do not. *Schema.*
    pub fn has_handlers(&self) -> bool {
        self.record.has_handlers()
    }

    /// A handler. *Schema.*
    pub fn handler(&self, kind: HandlerKind) -> Option<Handler> {
        self.record.handler(kind).map(|(timeout, actions)| Handler { actions, timeout })
    }

    /// Whether the resource can be changed in place; `None` when the schema names no handlers. *Schema.*
    pub fn can_update(&self) -> Option<bool> {
        self.has_handlers().then(|| self.handler(HandlerKind::Update).is_some())
    }

    /// What is said about tags; `None` when nothing is. *Schema.*
    pub fn tagging(&self) -> Option<Tagging> {
        let block = self.facts.about("tagging");
        if block.is_none() && self.facts.about("taggable").is_none() {
            return None;
        }
        let flag = |name: &str| block.and_then(|b| b.get(name)).and_then(|v| v.as_bool());
        let taggable = flag("taggable").or_else(|| self.facts.about("taggable")?.as_bool()).unwrap_or(true);
        Some(Tagging {
            taggable,
            on_create: flag("tagOnCreate").unwrap_or(taggable),
            updatable: flag("tagUpdatable").unwrap_or(taggable),
            system_tags: flag("cloudFormationSystemTags").unwrap_or(taggable),
            property: self.facts.tag_property().map(bare),
        })
    }

    /// The actions that tagging needs. *Schema.*
    pub fn tag_permissions(&self) -> impl Iterator<Item = Action> + use<> {
        self.record.tag_permissions().actions()
    }

    /// What comes first in a replacement: [`CreateThenDelete`](ReplacementStrategy::CreateThenDelete) where the schema
    /// does not say. *Schema.*
    pub fn replacement_strategy(&self) -> ReplacementStrategy {
        match self.facts.about("replacementStrategy").and_then(|value| value.as_str()) {
            Some("delete_then_create") => ReplacementStrategy::DeleteThenCreate,
            _ => ReplacementStrategy::CreateThenDelete,
        }
    }

    /// The properties or attributes whose values `Ref` gives, joined by `|` if there are several: what the
    /// *specification* says (67 types), else the primary identifier (*schema*).
    pub fn ref_returns(&self) -> Vec<&'static str> {
        let said: Vec<&'static str> = self.record.ref_returns().collect();
        if said.is_empty() { self.primary_identifier().collect() } else { said }
    }

    /// Whether `Ref` gives something else than the primary identifier. *Specification.*
    pub fn ref_is_special(&self) -> bool {
        self.record.ref_returns().next().is_some()
    }

    /// The shape of the ARN: `arn:${Partition}:sqs:${Region}:${Account}:${QueueName}`; the names in it are those of
    /// the service's documentation and not always properties. *Specification.*
    pub fn arn_shape(&self) -> Option<&'static str> {
        self.record.arn_shape()
    }

    /// Whether deleting the resource destroys data that people made. *Specification* (29 types) and *inferred* (a list
    /// of further types).
    pub fn stateful(&self) -> bool {
        self.record.stateful() || lists::holds_data(self.type_name())
    }

    /// Whether `Snapshot` is possible as a policy. *Documented.*
    pub fn can_snapshot(&self) -> bool {
        lists::can_snapshot(self.type_name())
    }

    /// What happens to the resource when nothing is said in `DeletionPolicy`. *Documented.*
    pub fn deletion_default(&self) -> DeletionDefault {
        lists::deletion_default(self.type_name())
    }

    /// The properties that keep the service from deleting the resource while they are `true`. *Documented.*
    pub fn deletion_protection(&self) -> Option<&'static str> {
        let name = lists::deletion_protection(self.type_name())?;
        self.facts.schema().property(name).map(|_| name)
    }

    /// The capability that a template with this type needs, and the property that makes it `CAPABILITY_NAMED_IAM`.
    /// *Documented.*
    pub fn capability(&self) -> Option<Capability> {
        lists::capability(self.type_name())
    }

    /// The properties with a default that is documented, with it. *Specification*; see also
    /// [`SchemaNode::default_value`].
    pub fn defaults(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        self.record.defaults()
    }

    /// The default of a top-level property as JSON text: what the *specification* says, else the *schema*.
    pub fn default_of(&self, property: &str) -> Option<String> {
        let said = self.defaults().find(|(name, _)| *name == property).map(|(_, text)| text.to_owned());
        said.or_else(|| Some(self.facts.schema().property(property)?.target().default_value()?.to_json().to_string()))
    }

    /// How the service rewrites a value before it compares (JSONata), by path. *Schema.*
    pub fn transforms(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        let all = self.facts.about("propertyTransform");
        all.into_iter().flat_map(|all| all.members()).filter_map(|(path, text)| Some((bare(path), text.as_str()?)))
    }

    /// The schema of what stands at a path of properties, the branches of compositions looked through; `*` and
    /// numbers go to the items of a list. *Schema.*
    pub fn schema_at(&self, path: &[&str]) -> Option<SchemaNode> {
        path.iter().try_fold(self.facts.schema(), |node, part| step(node, part, 8))
    }

    /// Whether the order of the items of a list means something; it does where nothing is said. *Schema.*
    pub fn order_matters(&self, path: &[&str]) -> bool {
        self.schema_at(path).is_none_or(|node| node.target().insertion_order())
    }

    /// What a change at a path of properties does, and who says so. A change of a whole object counts as far as it
    /// holds something create-only, so ask for the paths that differ.
    pub fn on_change(&self, path: &[&str]) -> (OnChange, ChangeSource) {
        let Some(first) = path.first() else { return (OnChange::Update, ChangeSource::Nothing) };
        if self.create_only().any(|known| covers(known, path)) {
            return (OnChange::Replace, ChangeSource::CreateOnly);
        }
        if self.can_update() == Some(false) {
            return (OnChange::Replace, ChangeSource::NoUpdateHandler);
        }
        let tagging = self.tagging().filter(|tagging| tagging.property == Some(first));
        if tagging.is_some_and(|tagging| tagging.taggable && !tagging.updatable) && self.has_handlers() {
            return (OnChange::MayReplace, ChangeSource::Tagging);
        }
        if self.conditional_create_only().any(|known| covers(known, path)) {
            return (OnChange::MayReplace, ChangeSource::ConditionalCreateOnly);
        }
        match self.record.second_opinion(first) {
            Some(true) => (OnChange::MayReplace, ChangeSource::SourcesDisagree),
            Some(false) => (OnChange::MayReplace, ChangeSource::Specification),
            None => (OnChange::Update, ChangeSource::Nothing),
        }
    }
}

/// A pointer without `/properties/`.
fn bare(pointer: &'static str) -> &'static str {
    pointer.strip_prefix("/properties/").unwrap_or(pointer)
}

/// Whether a path lies at or below a known one. Items of lists may be spelled or left out on either side.
fn covers(known: &str, path: &[&str]) -> bool {
    fn item(part: &str) -> bool {
        part == "*" || !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())
    }
    let mut path = path.iter().copied().filter(|part| !item(part));
    known.split('/').filter(|part| !item(part)).all(|part| path.next() == Some(part))
}

/// One step down a schema.
fn step(node: SchemaNode, part: &str, depth: u32) -> Option<SchemaNode> {
    let node = node.target();
    let number = part == "*" || part.bytes().all(|b| b.is_ascii_digit());
    let direct = if number { node.items() } else { None };
    let direct = direct.or_else(|| node.property(part));
    let direct = direct.or_else(|| {
        let fitting = node.pattern_properties().find(|(pattern, _)| pattern.find(part) == store::Found::Yes);
        fitting.map(|(_, schema)| schema)
    });
    if direct.is_some() || depth == 0 {
        return direct;
    }
    let branches = node.all_of().chain(node.any_of()).chain(node.one_of());
    branches.into_iter().find_map(|branch| step(branch, part, depth - 1))
}
