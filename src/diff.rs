//! What an update of a stack would do: two templates in, the predicted change set out, without asking AWS.
//!
//! Both sides are expanded and evaluated under their parameter values into a normal form ([`value`]), compared place by
//! place ([`compare`]), each difference is judged by the facts of the resource type ([`classify`]), and what is replaced
//! reaches those who refer to it until nothing more happens ([`spread`]). Policies, names and data come last
//! ([`consequences`]). Nothing here knows a live stack: as CloudFormation itself does, it compares with the previous
//! template and its parameters.

use crate::document::{Document, Stack};
use crate::source::SourceFile;
use crate::syntax::Node;
use crate::template::{Parameter, Template};
use crate::transform::{self, ExpandOptions};
use serde::Serialize;
use std::collections::BTreeMap;

mod around;
pub mod changeset;
mod classify;
mod compare;
mod consequences;
pub mod html;
pub mod markdown;
mod nested;
mod permissions;
mod resource;
mod side;
mod spread;
pub mod text;
mod value;
mod words;

/// Raised when the meaning of a field of the JSON changes; fields may be added within a version.
pub const VERSION: u32 = 1;

/// What a comparison depends on besides the two templates.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The region of the stack; it decides pseudo parameters and mappings.
    pub region: String,
    /// Parameter values of the stack as it is.
    pub old_parameters: Vec<(String, String)>,
    /// Parameter values of the update.
    pub new_parameters: Vec<(String, String)>,
    /// Whether parameters that are not given keep their old value, instead of taking the new default.
    pub keep_previous: bool,
    /// Tags that the update gives to the stack or changes.
    pub stack_tags: Vec<(String, String)>,
}

/// How sure a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// The registry schema says so.
    Schema,
    /// AWS's documentation says so.
    Documented,
    /// A conclusion.
    Inferred,
}

impl Label {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Label::Schema => "schema",
            Label::Documented => "documented",
            Label::Inferred => "inferred",
        }
    }
}

/// What happens to a resource: the words of change sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Action {
    /// It is made.
    Add,
    /// It is changed or replaced.
    Modify,
    /// It is deleted, or left alone outside the stack.
    Remove,
    /// It depends on a condition that is not decided here.
    Dynamic,
}

/// Whether a change makes a new resource: the words of change sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Replacement {
    /// It does not.
    False,
    /// It may.
    Conditional,
    /// It does.
    True,
}

/// What a change of one place asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Effect {
    /// In place.
    Never,
    /// In place or a new resource.
    Conditionally,
    /// A new resource.
    Always,
    /// CloudFormation or the service refuses it.
    Refused,
}

/// Whether the new value is known before the update runs: the words of change sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Evaluation {
    /// It is.
    Static,
    /// It is decided while the update runs.
    Dynamic,
}

/// The part of a resource that changes: the words of change sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[allow(missing_docs)] // each is the attribute of that name
pub enum Scope {
    Properties,
    Metadata,
    CreationPolicy,
    UpdatePolicy,
    DeletionPolicy,
    UpdateReplacePolicy,
    Tags,
}

/// Where a change comes from: the words of change sets, and three more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum ChangeSource {
    /// The text of the template.
    DirectModification,
    /// The value of a parameter.
    ParameterReference,
    /// `Ref` of a resource that is replaced.
    ResourceReference,
    /// An attribute of a resource that changes.
    ResourceAttribute,
    /// A nested stack is looked at in every update.
    Automatic,
    /// A condition has another value.
    Condition,
    /// A mapping has another value.
    Mapping,
    /// A tag of the stack.
    StackTag,
}

/// What happens to the old resource: the words of change sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[allow(missing_docs)] // the names say it
pub enum PolicyAction {
    Delete,
    Retain,
    Snapshot,
    ReplaceAndDelete,
    ReplaceAndRetain,
    ReplaceAndSnapshot,
}

/// How a changed place differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Difference {
    /// It is new.
    Add,
    /// It has another value.
    Modify,
    /// It is gone.
    Remove,
}

/// One reason why a resource is listed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// The part of the resource.
    pub scope: Scope,
    /// The place: `/Properties/KeySchema/0/AttributeName`.
    pub path: String,
    /// What a change there asks for.
    pub effect: Effect,
    /// Whether the new value is known.
    pub evaluation: Evaluation,
    /// How it differs.
    pub difference: Difference,
    /// Where the change comes from.
    pub source: ChangeSource,
    /// The parameter, resource, `Resource.Attribute`, condition or mapping behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The old value, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The new value, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Why the effect is this one.
    pub why: String,
    /// How sure that is.
    pub label: Label,
    /// Whether a reference leads to a resource that is surely replaced, so that the value surely changes.
    pub in_practice: bool,
    /// Whether it happens without any edit: a parameter that is read from the parameter store at each update.
    pub without_edit: bool,
    /// Whether it rests on a changed default, which counts only if the update takes the default.
    pub if_default_taken: bool,
    /// Whether the difference has no effect: order without meaning, empty against absent.
    pub cosmetic: bool,
}

/// What stands first in a list of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// The update would fail.
    Refused,
    /// Data is destroyed.
    DataLoss,
    /// A new resource takes its place.
    Replace,
    /// A new resource may take its place.
    MayReplace,
    /// It goes.
    Remove,
    /// It comes.
    Add,
    /// It is changed in place.
    Modify,
    /// It is listed, nothing is done.
    NoEffect,
}

/// A remark with its label.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Note {
    /// One sentence without a full stop.
    pub text: String,
    /// How sure it is.
    pub label: Label,
}

/// One resource of the change set.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The logical id.
    pub id: String,
    /// The type (the new one, if it differs).
    #[serde(rename = "type")]
    pub type_name: String,
    /// What is most important about it.
    pub verdict: Verdict,
    /// What happens.
    pub action: Action,
    /// Whether a new resource is made, of `Modify`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replacement: Option<Replacement>,
    /// Whether a conditional replacement is practically certain.
    pub in_practice: bool,
    /// What happens to the old resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_action: Option<PolicyAction>,
    /// The parts that change, sorted.
    pub scope: Vec<Scope>,
    /// Why the update would fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Note>,
    /// Which data is lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_loss: Option<Note>,
    /// Whether all of it happens without any edit.
    pub without_edit: bool,
    /// Whether all of it rests on changed defaults.
    pub if_default_taken: bool,
    /// The reasons, the gravest first.
    pub details: Vec<Detail>,
    /// Remarks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// What happens inside, of a nested stack whose template is a local file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nested: Option<Box<Diff>>,
    /// The line in the old file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_line: Option<u32>,
    /// The line in the new file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_line: Option<u32>,
}

/// An output that changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutputChange {
    /// Its name.
    pub name: String,
    /// How it differs.
    pub difference: Difference,
    /// The old value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The new value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The export that goes or gets another value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub export: Option<String>,
    /// The resource, or `Resource.Attribute`, whose change reaches it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Whether the value surely changes.
    pub surely: bool,
}

/// A capability that the update has to acknowledge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CapabilityNeed {
    /// `CAPABILITY_NAMED_IAM`.
    pub name: String,
    /// What asks for it: `Role.RoleName`, or a transform.
    pub because: String,
    /// Whether the old template did not need it.
    pub new: bool,
}

/// A permission that comes or goes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PermissionChange {
    /// Whether it comes (`Add`) or goes (`Remove`).
    pub difference: Difference,
    /// The role, queue, ... that it concerns.
    pub holder: String,
    /// The resource in which it is written.
    pub at: String,
    /// It in words, one sentence without a full stop.
    pub text: String,
    /// `Allow` or `Deny`; empty when that is not known.
    pub effect: &'static str,
    /// What may be done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<String>,
    /// Whether it is everything but these.
    #[serde(skip_serializing_if = "is_false")]
    pub not_actions: bool,
    /// With what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// Whether it is everything but these.
    #[serde(skip_serializing_if = "is_false")]
    pub not_resources: bool,
    /// By whom, where the policy says so: `Service:sns.amazonaws.com`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub principals: Vec<String>,
    /// When, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The managed policy, when the change is one of those.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed_policy: Option<String>,
    /// Whether it gives very much: everything of a service, or something to everybody.
    pub wide: bool,
}

fn is_false(value: &bool) -> bool {
    !*value
}

/// A parameter whose value differs or was assumed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParameterValue {
    /// Its name.
    pub name: String,
    /// The old value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// The new value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// Whether the difference is one of defaults.
    pub by_default: bool,
}

/// The predicted change set.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diff {
    /// [`VERSION`]
    pub diff_version: u32,
    /// Name of the old file.
    pub old: String,
    /// Name of the new file.
    pub new: String,
    /// The region that was assumed.
    pub region: String,
    /// The parameters whose values differ.
    pub parameters: Vec<ParameterValue>,
    /// What happens to resources, the gravest first.
    pub changes: Vec<Change>,
    /// What happens to outputs, sorted by name.
    pub outputs: Vec<OutputChange>,
    /// Who may do what that could not before, and the other way round.
    pub permissions: Vec<PermissionChange>,
    /// What has to be acknowledged.
    pub capabilities: Vec<CapabilityNeed>,
    /// Remarks on the whole.
    pub notes: Vec<Note>,
    /// What was not decided.
    pub undecided: Vec<String>,
}

impl Diff {
    /// Whether the edit has no effect on any resource or output.
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty() && self.changes.iter().all(|c| c.verdict == Verdict::NoEffect || c.without_edit)
    }

    /// Whether the update would fail.
    pub fn is_refused(&self) -> bool {
        self.changes.iter().any(|c| c.refused.is_some())
    }

    /// Whether something is or may be replaced by the edit.
    pub fn replaces(&self) -> bool {
        let replaced = |c: &&Change| c.replacement.is_some_and(|r| r > Replacement::False) && !c.without_edit;
        self.changes.iter().any(|c| replaced(&c) || c.nested.as_ref().is_some_and(|n| n.replaces()))
    }

    /// Whether a resource is deleted by the edit: removed, or replaced for certain and the old one not kept.
    pub fn deletes(&self) -> bool {
        let gone = |c: &Change| match c.policy_action {
            Some(PolicyAction::Delete | PolicyAction::Snapshot) => true,
            Some(PolicyAction::ReplaceAndDelete | PolicyAction::ReplaceAndSnapshot) => {
                (c.replacement == Some(Replacement::True) || c.in_practice) && !c.without_edit
            }
            _ => false,
        };
        self.changes.iter().any(|c| gone(c) || c.nested.as_ref().is_some_and(|n| n.deletes()))
    }

    /// Whether data is or may be destroyed by the edit.
    pub fn loses_data(&self) -> bool {
        self.changes.iter().any(|c| c.data_loss.is_some() && !c.without_edit)
    }

    /// How many changes have a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.changes.iter().filter(|c| c.verdict == verdict && !c.without_edit).count()
    }
}

/// A template that cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The file.
    pub name: String,
    /// The line, if there is one.
    pub line: Option<u32>,
    /// Why not, one lower-case sentence.
    pub message: String,
}

/// Predicts what an update from one template to another does.
///
/// # Errors
/// When one of them cannot be read or expanded.
pub fn diff(old: &Document, new: &Document, options: &Options) -> Result<Diff, Unreadable> {
    let none = BTreeMap::new();
    let half = |document| Half { document, nested: &none, open: BTreeMap::new() };
    compare(&half(old), &half(new), options)
}

/// The same, nested stacks included whose templates are there on both sides.
///
/// # Errors
/// When one of the outer templates cannot be read or expanded.
pub fn diff_stacks(old: &Stack, new: &Stack, options: &Options) -> Result<Diff, Unreadable> {
    let (old, new) = (Half::of(old, BTreeMap::new()), Half::of(new, BTreeMap::new()));
    compare(&old, &new, options)
}

/// One side before it is looked at.
struct Half<'d> {
    document: &'d Document,
    nested: &'d BTreeMap<String, Stack>,
    /// Parameters whose values only the update knows, each with one text for equal values.
    open: BTreeMap<String, String>,
}

impl<'d> Half<'d> {
    fn of(stack: &'d Stack, open: BTreeMap<String, String>) -> Self {
        Half { document: &stack.document, nested: &stack.nested, open }
    }
}

fn compare(old: &Half<'_>, new: &Half<'_>, options: &Options) -> Result<Diff, Unreadable> {
    let old_root = expanded(old.document, &options.region, &options.old_parameters)?;
    let new_given = given(&old_root, options);
    let new_root = expanded(new.document, &options.region, &new_given)?;
    let (old_template, new_template) = (Template::read(&old_root), Template::read(&new_root));
    let settings = |template: &Template<'_>, given: &[(String, String)], open: &BTreeMap<String, String>| {
        let setting = |p| side::Setting { open: open.get(Parameter::name(p)).cloned(), ..side::setting(p, given) };
        template.parameters.iter().map(|p| (p.name().to_owned(), setting(p))).collect::<BTreeMap<_, _>>()
    };
    let old_settings = settings(&old_template, &options.old_parameters, &old.open);
    let new_settings = settings(&new_template, &new_given, &new.open);
    let old_side = side::Side::new(&old_template, &old_settings, &options.region);
    let new_side = side::Side::new(&new_template, &new_settings, &options.region);
    let context = resource::Context::new(&old_side, &new_side, (&old.document.file, &new.document.file));
    let mut found = resource::compare_all(&context);
    resource::add_stack_tags(&mut found, &context, &options.stack_tags);
    let inside = nested::spread(&mut found, &context, (old.nested, new.nested), options);
    let outputs = around::outputs(&context, &found);
    let permissions = permissions::changes(&context, &found);
    let mut changes = consequences::conclude(found, &context);
    nested::attach(&mut changes, inside);
    changes.sort_by(|a, b| (a.verdict, &a.id).cmp(&(b.verdict, &b.id)));
    let capabilities = around::capabilities(&context, (old.document.root(), new.document.root()));
    let notes = around::notes(&context, &changes, &outputs);
    Ok(Diff {
        diff_version: VERSION,
        old: old.document.file.name.clone(),
        new: new.document.file.name.clone(),
        region: options.region.clone(),
        parameters: around::parameters(&context),
        changes,
        outputs,
        undecided: around::undecided(&context, permissions.is_none()),
        permissions: permissions.unwrap_or_default(),
        capabilities,
        notes,
    })
}

/// The values of the update: those given for it and, where previous values are kept, those of the stack.
fn given(old_root: &Node, options: &Options) -> Vec<(String, String)> {
    let mut out = Vec::new();
    if options.keep_previous {
        let template = Template::read(old_root);
        for parameter in template.parameters.iter() {
            let setting = side::setting(parameter, &options.old_parameters);
            out.extend(setting.value.map(|value| (parameter.name().to_owned(), value)));
        }
    }
    out.extend(options.new_parameters.iter().cloned());
    out
}

/// The template as AWS would deploy it.
fn expanded(document: &Document, region: &str, parameters: &[(String, String)]) -> Result<Node, Unreadable> {
    let file = &document.file;
    let fail = |at: Option<u32>, message: String| {
        Err(Unreadable { name: file.name.clone(), line: at.map(|at| line(file, at)), message })
    };
    let fatal = |e: &&crate::syntax::SyntaxError| e.kind != crate::syntax::SyntaxErrorKind::DuplicateKey;
    if let Some(error) = document.tree.errors.iter().find(fatal) {
        return fail(Some(error.span.start), error.message.clone());
    }
    let Some(root) = document.root() else { return fail(None, "the template is empty".to_owned()) };
    if root.as_map().is_none() {
        return fail(None, "this is no template".to_owned());
    }
    let options = ExpandOptions { region: region.to_owned(), parameters: parameters.to_vec(), resolve: false };
    let expansion = transform::expand(&transform::packaged::everything(root), &options);
    if let Some(problem) = expansion.problems.first() {
        return fail(Some(problem.span.start), problem.message.clone());
    }
    if let Some(error) = expansion.errors.first() {
        return fail(Some(error.span.start), error.message.clone());
    }
    Ok(expansion.root)
}

fn line(file: &SourceFile, at: u32) -> u32 {
    file.position(at).line
}
