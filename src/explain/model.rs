//! What `explain` knows of a file: one structure, owned and serialised, of which every output format is a view.
//!
//! Fields are only ever added within a version. Lists are in the order of the file unless they say otherwise.

mod lessons;
mod network;
mod sheets;

pub use lessons::{Aloud, Lesson, Lessons, Occurrence, Question, Said};
pub use network::NetworkWay;
pub use sheets::{Sheet, SheetFact, SheetRow};

use crate::source::{SourceFile, Span};
use serde::Serialize;

/// The version of the structure.
pub const VERSION: u32 = 1;

/// How a claim is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// It is written in the file.
    File,
    /// The schema of the resource type says so.
    Schema,
    /// AWS documents it.
    Documented,
    /// A conclusion.
    Inferred,
}

impl Label {
    /// The word that is printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Label::File => "file",
            Label::Schema => "schema",
            Label::Documented => "documented",
            Label::Inferred => "inferred",
        }
    }
}

/// Whether something is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Exists {
    /// Yes.
    Yes,
    /// No.
    No,
    /// It depends on a value that is not known.
    Maybe,
}

/// A place in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset past the last byte.
    pub end: u32,
}

impl Place {
    /// The place of a span.
    pub fn of(file: &SourceFile, span: Span) -> Place {
        let at = file.position(span.start);
        Place { line: at.line, column: at.column, start: span.start, end: span.end }
    }
}

/// One statement with how it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// A sentence.
    pub text: String,
    /// How it is known.
    pub label: Label,
    /// What says so: `createOnlyProperties`, `user guide: DependsOn`, `line 12`.
    pub source: String,
    /// The resource, parameter or output it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Where the cause stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

impl Claim {
    /// A claim about the file as a whole.
    pub fn new(text: impl Into<String>, label: Label, source: impl Into<String>) -> Claim {
        Claim { text: text.into(), label, source: source.into(), about: None, at: None }
    }

    /// The same about one thing at one place.
    #[must_use]
    pub fn about(mut self, id: &str, at: Option<Place>) -> Claim {
        self.about = Some(id.to_owned());
        self.at = at;
        self
    }
}

/// The file.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileInfo {
    /// Its name.
    pub path: String,
    /// `cloudformation`, `sam`, `appspec`, `buildspec`.
    pub kind: &'static str,
    /// The compute platform of an AppSpec: `ECS`, `Lambda`, `EC2/on-premises`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<&'static str>,
    /// The file's own description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Checksum of the bytes.
    pub sha256: String,
}

/// The facts used.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataInfo {
    /// Date of the resource schemas.
    pub schemas: &'static str,
}

/// What the model takes for granted.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assumptions {
    /// The region.
    pub region: String,
    /// The stack's name, when given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack_name: Option<String>,
    /// The value of each parameter.
    pub parameters: Vec<AssumedParameter>,
}

/// The value taken for a parameter.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssumedParameter {
    /// Its name.
    pub name: String,
    /// The value; none when it is not known before the deployment.
    pub value: Option<String>,
    /// `given`, `default`, `stack` (from the stack around it), `ssm` (looked up at each deployment), `hidden` (NoEcho),
    /// `unknown`.
    pub from: &'static str,
}

/// One branch around a reference, or the condition of a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Guard {
    /// The condition.
    pub condition: String,
    /// The value that it must have.
    pub holds: bool,
}

/// What a change of a property does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnChange {
    /// The resource is changed in place.
    Never,
    /// The type is not known.
    Unknown,
    /// It may be replaced.
    Conditional,
    /// It is replaced.
    Replace,
    /// CloudFormation refuses the change.
    Refused,
}

impl OnChange {
    /// In words, for a table.
    pub fn words(self) -> &'static str {
        match self {
            OnChange::Never => "changed in place",
            OnChange::Unknown => "not known",
            OnChange::Conditional => "may be replaced",
            OnChange::Replace => "replaced",
            OnChange::Refused => "refused",
        }
    }
}

/// A property that is written.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Property {
    /// `/Properties/ImageId`.
    pub path: String,
    /// The value as far as it is known; references as `Vpc` and `Vpc.Arn` in angle brackets.
    pub value: String,
    /// Whether the value is wholly known.
    pub known: bool,
    /// What a change does.
    pub on_change: OnChange,
    /// Why, when there is more to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How that is known.
    pub label: Label,
    /// What says so.
    pub source: String,
    /// Where.
    pub at: Place,
}

/// What made a generated resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The resource in the file: `GetItem`.
    pub id: String,
    /// The way to the cause: `GetItem.Events.Api`.
    pub step: String,
    /// Why it is made.
    pub because: String,
    /// Where the cause stands.
    pub at: Place,
}

/// What happens to a resource's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It is deleted.
    Delete,
    /// It is kept.
    Retain,
    /// A snapshot is taken, then it is deleted.
    Snapshot,
    /// It is kept, except when its very creation is rolled back.
    RetainExceptOnCreate,
    /// The policy is not known before the deployment.
    Unknown,
}

impl Fate {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Fate::Delete => "deleted",
            Fate::Retain => "kept",
            Fate::Snapshot => "deleted after a snapshot",
            Fate::RetainExceptOnCreate => "kept (but not when its creation is rolled back)",
            Fate::Unknown => "not known",
        }
    }
}

/// The physical name.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Name {
    /// The property that sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
    /// The name, or its shape: `my-stack-Bucket-<12 characters>`.
    pub value: String,
    /// Whether the file fixes it: then a replacement that creates first is refused.
    pub fixed: bool,
    /// Where it must be unique: `global`, `account`, `region`, `parent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique_in: Option<String>,
    /// How it is known.
    pub label: Label,
    /// What says so.
    pub source: String,
}

/// A resource.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Its logical id.
    pub id: String,
    /// Its type; empty when it has none.
    #[serde(rename = "type")]
    pub kind: String,
    /// The type in short: `EC2 Instance`.
    pub short_type: String,
    /// Where.
    pub at: Place,
    /// The whole entry, body included.
    pub body: Place,
    /// What made it, when a transform did.
    pub origin: Option<Origin>,
    /// Whether it exists under the assumptions.
    pub exists: Exists,
    /// Its condition.
    pub guard: Vec<Guard>,
    /// The earliest wave of creation under the assumptions, from 1; for a resource that is off, the wave it would have.
    /// None on a loop.
    pub wave: Option<u32>,
    /// What it is.
    pub sentence: String,
    /// How the sentence is known.
    pub label: Label,
    /// This one in particular: `10.0.1.0/24 in Vpc`.
    pub detail: String,
    /// What `Ref` gives.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<Claim>,
    /// Attributes of `Fn::GetAtt` that only the service sets.
    pub attributes: Vec<String>,
    /// The properties that are written, to the depth at which they are written as mappings.
    pub properties: Vec<Property>,
    /// Whether it holds data.
    pub stateful: bool,
    /// What happens to it when it is removed.
    pub on_delete: Fate,
    /// What happens to the old one when it is replaced.
    pub on_replace: Fate,
    /// Its physical name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Actions that its handlers may call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Counts>,
    /// Minutes that the creation may take at most, where the schema says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_minutes: Option<u32>,
    /// Resources that it needs, under the assumptions.
    pub needs: Vec<String>,
    /// Resources that need it, under the assumptions.
    pub needed_by: Vec<String>,
}

/// How many actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// To create.
    pub create: usize,
    /// To update.
    pub update: usize,
    /// To delete.
    pub delete: usize,
}

/// Why one resource waits for another.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Edge {
    /// What waits.
    pub from: String,
    /// What it waits for.
    pub to: String,
    /// `Ref`, `Fn::GetAtt`, `Fn::Sub`, `DependsOn`.
    pub via: &'static str,
    /// The attribute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// `/Properties/SubnetId`.
    pub path: String,
    /// Branches around the reference.
    pub guard: Vec<Guard>,
    /// Whether it is there under the assumptions.
    pub exists: Exists,
    /// Whether some deployment has it.
    pub possible: bool,
    /// Where.
    pub at: Place,
}

/// A condition of the template.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Its name.
    pub name: String,
    /// Its expression in words: `Env is prod`.
    pub meaning: String,
    /// Its value under the assumptions.
    pub value: Option<bool>,
    /// Whether both values can occur.
    pub can_be: Vec<bool>,
    /// Resources and outputs that it switches.
    pub switches: Vec<String>,
    /// Where.
    pub at: Place,
}

/// One distinct set of resources and values, with the smallest change of parameters that gives it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Scenario {
    /// Parameters that differ from what is assumed.
    pub when: Vec<Setting>,
    /// Every condition with its value.
    pub conditions: Vec<Guard>,
    /// Whether these are the assumptions.
    pub assumed: bool,
    /// Resources that exist here but not (or not surely) under the assumptions.
    pub adds: Vec<String>,
    /// Resources that do not exist here.
    pub removes: Vec<String>,
    /// Properties whose branch differs: `/Web/Properties/InstanceType`.
    pub changes: Vec<String>,
    /// The resources that exist, in waves of creation.
    #[serde(skip)]
    pub waves: Vec<Vec<String>>,
}

/// A parameter and a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Setting {
    /// The parameter.
    pub name: String,
    /// The value; `another value` stands for any that nothing mentions.
    pub value: String,
}

/// The scenarios.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Scenarios {
    /// The assumed one first.
    pub list: Vec<Scenario>,
    /// Whether these are all.
    pub complete: bool,
}

/// One thing that a change of a parameter does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Effect {
    /// The resource.
    pub resource: String,
    /// The property that changes: `ImageId`; empty when the resource as a whole comes or goes.
    pub property: String,
    /// The condition by which it gets there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The replaced resource that it follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How it is known.
    pub label: Label,
    /// What says so.
    pub source: String,
}

/// What a change of a parameter does, worst first.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Effects {
    /// Changes that CloudFormation refuses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Effect>,
    /// Resources that are replaced.
    pub replace: Vec<Effect>,
    /// Resources that may be replaced.
    pub may_replace: Vec<Effect>,
    /// Resources that are changed in place.
    pub update: Vec<Effect>,
    /// Resources that appear or disappear.
    pub switch: Vec<Effect>,
    /// Outputs whose value changes.
    pub outputs: Vec<String>,
}

impl Effects {
    /// Whether nothing happens.
    pub fn is_empty(&self) -> bool {
        self.refused.is_empty()
            && self.replace.is_empty()
            && self.may_replace.is_empty()
            && self.update.is_empty()
            && self.switch.is_empty()
            && self.outputs.is_empty()
    }
}

/// What one other value of a parameter does.
#[derive(Clone, Debug, Serialize)]
pub struct ValueEffect {
    /// The value.
    pub value: String,
    /// Resources that appear.
    pub adds: Vec<String>,
    /// Resources that disappear.
    pub removes: Vec<String>,
    /// Properties that change: `/Web/Properties/InstanceType`.
    pub changes: Vec<String>,
    /// The same with both values: `Web.InstanceType t3.micro → m6i.large`.
    pub details: Vec<String>,
}

/// A parameter.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Its allowed values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
    /// Whether its value is hidden.
    pub no_echo: bool,
    /// Where.
    pub at: Place,
    /// What a change does.
    pub effects: Effects,
    /// What each other value does, where conditions or mappings depend on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ValueEffect>,
}

/// An output.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its value as far as it is known.
    pub value: String,
    /// What it is in the nested stack that it comes from, when that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comes_from: Option<String>,
    /// The name under which other stacks import it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub export: Option<String>,
    /// Whether it exists under the assumptions.
    pub exists: Exists,
    /// The resources that it reads.
    pub reads: Vec<String>,
    /// Where.
    pub at: Place,
}

/// A value taken from another stack.
#[derive(Clone, Debug, Serialize)]
pub struct Import {
    /// The name of the export, as far as it is known.
    pub name: String,
    /// The resource or output that imports it.
    pub by: String,
    /// Where.
    pub at: Place,
}

/// A change of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TextEdit {
    /// Where.
    pub at: Place,
    /// What to put there.
    pub text: String,
}

/// Something to take care of.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Advice {
    /// `H1`, `D2`, `depends-on-redundant`, `data`, `silent-replacement`, ...
    pub id: String,
    /// The resource it is about.
    pub about: String,
    /// What is the matter.
    pub text: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Whether this is worth a look at once, or only good to know.
    pub important: bool,
    /// How it is known.
    pub label: Label,
    /// What says so.
    pub source: String,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
    /// The other resource involved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// The edit that remedies it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edit: Vec<TextEdit>,
}

/// What can be lost with a resource that holds data.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataRisk {
    /// The resource.
    pub resource: String,
    /// When it is removed from the template or the stack is deleted.
    pub on_delete: Fate,
    /// When it is replaced.
    pub on_replace: Fate,
    /// When its very creation fails and is rolled back.
    pub on_failed_create: Fate,
    /// A property that refuses the deletion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protection: Option<String>,
    /// In one sentence.
    pub text: String,
    /// How it is known.
    pub label: Label,
    /// What says so.
    pub source: String,
}

/// A capability that the deployment must acknowledge.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Capability {
    /// `CAPABILITY_IAM`, ...
    pub name: &'static str,
    /// Who asks for it and why.
    pub causes: Vec<Claim>,
}

/// What the caller (or the service role) may have to be allowed to do: an upper bound, sorted.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Permissions {
    /// To create the stack.
    pub create: Vec<String>,
    /// To update it.
    pub update: Vec<String>,
    /// To delete it.
    pub delete: Vec<String>,
    /// Roles that are passed to services.
    pub passed_roles: Vec<String>,
    /// Resources whose type says nothing about permissions.
    pub unknown: Vec<String>,
}

/// One of CloudFormation's limits.
#[derive(Clone, Debug, Serialize)]
pub struct Limit {
    /// What is counted.
    pub what: &'static str,
    /// How many there are.
    pub used: usize,
    /// How many there may be.
    pub allowed: usize,
}

/// Regions in which every type exists.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Availability {
    /// The regions, sorted.
    pub regions: Vec<String>,
    /// How many regions are known.
    pub known: usize,
    /// Types that are missing somewhere, with the number of regions that have them.
    pub limited_by: Vec<(String, usize)>,
}

/// The way of a request, or of an event, through the resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestPath {
    /// What starts it: `GET /items/{id}`, `every 5 minutes`.
    pub trigger: String,
    /// The stations, in order.
    pub steps: Vec<String>,
    /// What limits it.
    pub notes: Vec<String>,
}

/// A stack that a template deploys from a file beside it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NestedStack {
    /// The resource that deploys it.
    pub id: String,
    /// Its template, as the resource names it.
    pub location: String,
    /// What it is given, in the order of the file.
    pub given: Vec<Setting>,
    /// What it holds, with the parameters that it is given.
    pub model: Box<Model>,
}

/// All that is known of a file.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// The version of this structure.
    pub explain_version: u32,
    /// The file.
    pub file: FileInfo,
    /// The facts used.
    pub data: DataInfo,
    /// What is taken for granted.
    pub assumptions: Assumptions,
    /// The file in one to four sentences.
    pub in_short: Vec<Claim>,
    /// How many resources were written, before transforms.
    pub written: usize,
    /// The resources, transforms applied.
    pub resources: Vec<Resource>,
    /// Why resources wait for each other.
    pub edges: Vec<Edge>,
    /// Loops: CloudFormation refuses the template.
    pub cycles: Vec<Vec<String>>,
    /// The resources that exist under the assumptions, by the earliest wave in which each can be created.
    pub waves: Vec<Vec<String>>,
    /// The order of deletion, in waves.
    pub deletion: Vec<Vec<String>>,
    /// A longest chain of resources that wait for each other, first created first.
    pub longest_chain: Vec<String>,
    /// The conditions.
    pub conditions: Vec<Condition>,
    /// Distinct sets of resources.
    pub scenarios: Scenarios,
    /// The parameters.
    pub parameters: Vec<Parameter>,
    /// The outputs.
    pub outputs: Vec<Output>,
    /// Values taken from other stacks.
    pub imports: Vec<Import>,
    /// What to take care of, important first.
    pub advice: Vec<Advice>,
    /// What can be lost.
    pub data_at_risk: Vec<DataRisk>,
    /// What the deployment must acknowledge.
    pub capabilities: Vec<Capability>,
    /// What the deployment must be allowed to do.
    pub permissions: Permissions,
    /// CloudFormation's limits.
    pub limits: Vec<Limit>,
    /// Where it can be deployed.
    pub availability: Availability,
    /// The ways of requests and events.
    pub requests: Vec<RequestPath>,
    /// The nested stacks whose templates are there, in the order of their creation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stacks: Vec<NestedStack>,
    /// Where the network leads, as far as it is certain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub network: Vec<NetworkWay>,
    /// What happens step by step: hooks, phases, pipelines, state machines.
    pub sheets: Vec<Sheet>,
    /// What was not decided.
    pub undecided: Vec<Claim>,
    /// What there is to learn, when that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lessons: Option<Lessons>,
}

impl Model {
    /// The resource of a logical id.
    pub fn resource(&self, id: &str) -> Option<&Resource> {
        self.resources.iter().find(|r| r.id == id)
    }

    /// Whether this is the model of a template.
    pub fn is_template(&self) -> bool {
        matches!(self.file.kind, "cloudformation" | "sam")
    }

    /// The resources that exist, or may.
    pub fn existing(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(|r| r.exists != Exists::No)
    }
}
