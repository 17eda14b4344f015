//! Nested stacks whose templates are local files on both sides: what happens in them, under the parameters that the stack
//! around passes, and which of their outputs get another value for those who read them.

use super::resource::{Context, Pair, Present};
use super::value::{Kind, Val};
use super::{Change, Diff, Difference, Half, Label, Note, Options, Verdict};
use crate::document::{Document, DocumentKind, Stack};
use crate::source::SourceFile;
use crate::syntax;
use std::collections::{BTreeMap, BTreeSet};

/// How often all is looked at again: outputs of one stack may be parameters of the next.
const ROUNDS: usize = 6;

/// The templates of both sides, by what `TemplateURL` says.
type Templates<'t> = (&'t BTreeMap<String, Stack>, &'t BTreeMap<String, Stack>);

/// Follows every change, into nested stacks and out of them again; what happens in them, by their ids.
pub(super) fn spread(
    pairs: &mut [Pair],
    context: &Context<'_, '_>,
    templates: Templates<'_>,
    options: &Options,
) -> BTreeMap<String, Diff> {
    for pair in pairs.iter_mut() {
        let known = |present: &Option<Present>, all| template(present.as_ref(), all).is_some();
        if known(&pair.old, templates.0) && known(&pair.new, templates.1) {
            pair.outputs = Some(BTreeMap::new());
        }
    }
    let mut inside = BTreeMap::new();
    for _ in 0..ROUNDS {
        super::spread::spread(pairs, context);
        let mut again = false;
        for pair in pairs.iter_mut() {
            let Some(diff) = look_into(pair, templates, options) else { continue };
            if pair.outputs.is_some() {
                let changed = diff.outputs.iter().filter(|o| o.difference == Difference::Modify);
                let outputs = Some(changed.map(|o| (o.name.clone(), o.surely)).collect());
                again = again || pair.outputs != outputs;
                pair.outputs = outputs;
            }
            inside.insert(pair.id.clone(), diff);
        }
        if !again {
            break;
        }
    }
    inside
}

/// The template of a stack.
fn template<'t>(present: Option<&Present>, templates: &'t BTreeMap<String, Stack>) -> Option<&'t Stack> {
    let stack = present.filter(|p| p.type_name == "AWS::CloudFormation::Stack" && p.is_here())?;
    templates.get(stack.property(&["TemplateURL"])?.known()?)
}

fn look_into(pair: &Pair, templates: Templates<'_>, options: &Options) -> Option<Diff> {
    let is_here = |side: &Option<Present>| side.as_ref().is_some_and(Present::is_here);
    let (here, there) = (is_here(&pair.old), is_here(&pair.new));
    let (old, new) = (template(pair.old.as_ref(), templates.0), template(pair.new.as_ref(), templates.1));
    // A stack that leaves and is kept keeps all that is in it.
    let kept = pair.old.as_ref().and_then(|p| p.policy("DeletionPolicy")).is_some_and(|p| p != "Delete");
    let (mut was, mut becomes) = (Passed::default(), Passed::default());
    if let Some(present) = &pair.old {
        was = Passed::read(present, &BTreeSet::new());
    }
    if let Some(present) = &pair.new {
        becomes = Passed::read(present, &new_values(pair));
    }
    let options = Options {
        region: options.region.clone(),
        old_parameters: was.known,
        new_parameters: becomes.known,
        keep_previous: false,
        stack_tags: options.stack_tags.clone(),
    };
    let nothing = |stack: &Stack| {
        let file = SourceFile::new(stack.document.file.name.clone(), "Resources: {}\n".to_owned());
        let tree = syntax::read(&file);
        Stack { document: Document::new(file, DocumentKind::Template, tree), nested: BTreeMap::new() }
    };
    let compare = |old: &Stack, new: &Stack| {
        super::compare(&Half::of(old, was.open.clone()), &Half::of(new, becomes.open.clone()), &options).ok()
    };
    match (old, new) {
        (Some(old), Some(new)) => compare(old, new),
        (Some(old), None) if !there && !kept => compare(old, &nothing(old)),
        (None, Some(new)) if !here => compare(&nothing(new), new),
        _ => None,
    }
}

/// The parameters that surely get another value although their text stays the same.
fn new_values(pair: &Pair) -> BTreeSet<&str> {
    let follows = pair.follows.iter().filter(|d| d.in_practice && !d.without_edit);
    let rest = follows.filter_map(|d| d.path.strip_prefix("/Properties/Parameters/"));
    rest.filter_map(|rest| rest.split('/').next()).collect()
}

/// What a stack is given.
#[derive(Default)]
struct Passed {
    known: Vec<(String, String)>,
    open: BTreeMap<String, String>,
}

impl Passed {
    fn read(stack: &Present, new: &BTreeSet<&str>) -> Passed {
        let mut out = Passed::default();
        let Some(Val { kind: Kind::Map(entries), .. }) = stack.property(&["Parameters"]) else { return out };
        for (name, value) in entries {
            match text(value).filter(|_| !value.holds_secret()) {
                Some(text) => out.known.push((name.clone(), text)),
                None => {
                    let again = if new.contains(name.as_str()) { "new " } else { "" };
                    out.open.insert(name.clone(), format!("{again}{}", value.canonical()));
                }
            }
        }
        out
    }
}

/// The text of a value; lists are written with commas.
fn text(value: &Val) -> Option<String> {
    match &value.kind {
        Kind::List(items) => Some(items.iter().map(Val::known).collect::<Option<Vec<_>>>()?.join(",")),
        _ => value.known().map(str::to_owned),
    }
}

/// Puts what happens in nested stacks to the stacks.
pub(super) fn attach(changes: &mut [Change], mut inside: BTreeMap<String, Diff>) {
    for change in changes {
        let Some(diff) = inside.remove(&change.id) else { continue };
        if diff.changes.is_empty() && diff.outputs.is_empty() {
            for detail in change.details.iter_mut().filter(|d| d.source == super::ChangeSource::Automatic) {
                detail.why = "it is looked at in every update; nothing changes in its template".to_owned();
            }
            continue;
        }
        let note = |text: &str| Some(Note { text: text.to_owned(), label: Label::Inferred });
        if !diff.is_empty() {
            change.without_edit = false;
            change.verdict = change.verdict.min(Verdict::Modify);
            // What happens inside says it better.
            change.details.retain(|d| d.source != super::ChangeSource::Automatic);
        }
        if diff.loses_data() {
            change.verdict = change.verdict.min(Verdict::DataLoss);
            change.data_loss = change.data_loss.take().or(note("resources in it are lost with their data, see below"));
        }
        if diff.is_refused() {
            change.verdict = Verdict::Refused;
            change.refused = change.refused.take().or(note("the update of a resource in it is refused, see below"));
        }
        change.nested = Some(Box::new(diff));
    }
}
