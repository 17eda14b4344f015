//! Logs of functions: how long they are kept, and who reads them.

use super::LOGS_KEPT_FOREVER;
use crate::conditions::Pins;
use crate::diagnostic::Severity;
use crate::resolve::Case;
use crate::rule::Context;
use crate::rule::linking::{cases, mentioned, named, never_given, only, say};
use crate::template::Resource;

const FUNCTION: &str = "AWS::Lambda::Function";
const GROUP: &str = "AWS::Logs::LogGroup";
/// Most functions that a message names.
const NAMED: usize = 3;

/// A function and the name that it is given, if any.
struct Logging<'a> {
    function: Resource<'a>,
    name: Option<&'a str>,
    unnamed: bool,
}

impl<'a> Logging<'a> {
    fn of(function: &Resource<'a>, cx: &Context<'a>) -> Self {
        let name = only(function, "FunctionName", cx).as_ref().and_then(Case::text);
        Logging { function: *function, name, unnamed: never_given(function, "FunctionName", cx) }
    }

    /// Whether a value is the name of the log group that the function writes to; `None` when that is not known.
    fn writes_to(&self, group: &Case<'a>, cx: &Context<'a>) -> Option<bool> {
        let Some(node) = group.node() else { return group.is_absent().then_some(false) };
        if mentioned(node, FUNCTION, cx).iter().any(|f| f.id() == self.function.id()) {
            return Some(true);
        }
        match (group.text(), self.name) {
            (Some(text), Some(own)) => Some(text.strip_prefix("/aws/lambda/") == Some(own)),
            // Either name is put together from others: they may be the same.
            _ => self.unnamed.then_some(false),
        }
    }
}

/// Functions whose log group the template does not make, so that Lambda makes one that keeps everything.
pub(super) fn kept(cx: &mut Context<'_>) {
    if cx.template.is_sam() {
        return;
    }
    let groups = cx.resources_of(GROUP).flat_map(|group| cases(group, "LogGroupName", &Pins::none(), cx));
    let groups: Vec<Case<'_>> = groups.collect();
    let mut open = Vec::new();
    for function in cx.resources_of(FUNCTION) {
        let logging = Logging::of(function, cx);
        let made = groups.iter().any(|name| logging.writes_to(name, cx) != Some(false));
        // A resource of another kind may set the time.
        let users = cx.graph().needed_by(crate::graph::ItemKind::Resource, function.id());
        let custom = users.iter().any(|d| d.from.resource_type.is_some_and(|kind| kind.starts_with("Custom::")));
        if !made && !custom && never_given(function, "LoggingConfig.LogGroup", cx) {
            open.push(function);
        }
    }
    let Some((first, rest)) = open.split_first() else { return };
    let mut names: Vec<String> = open.iter().take(NAMED).map(|f| format!("`{}`", f.id())).collect();
    if open.len() > NAMED {
        names.push(format!("{} more", open.len() - NAMED));
    }
    let (verb, names) = match names.split_last() {
        Some((last, [])) => ("logs", last.clone()),
        Some((last, before)) => ("log", format!("{} and {last}", before.join(", "))),
        None => return,
    };
    let message = format!("what {names} {verb} is kept forever: no log group says for how long");
    let (span, id) = (first.key.span, first.id());
    let others: Vec<_> = rest.iter().map(|f| f.key.span).collect();
    let finding = cx.report(&LOGS_KEPT_FOREVER, span, message);
    for other in others {
        finding.label(other, "this one too");
    }
    finding.help(format!(
        "Add an `AWS::Logs::LogGroup` with `LogGroupName: !Sub /aws/lambda/${{{id}}}` and `RetentionInDays`, for each function."
    ));
}

/// A function that gets what it logs itself.
pub(super) fn subscription<'a>(filter: &Resource<'a>, cx: &mut Context<'a>) {
    for target in cases(filter, "DestinationArn", &Pins::none(), cx) {
        let functions = target.node().map(|node| mentioned(node, FUNCTION, cx)).unwrap_or_default();
        let [function] = functions.as_slice() else { continue };
        let logging = Logging::of(function, cx);
        for group in cases(filter, "LogGroupName", &target.pins, cx) {
            let own = match named(&group, cx) {
                Some((made, _)) if made.kind() == Some(GROUP) => cases(&made, "LogGroupName", &group.pins, cx)
                    .iter()
                    .any(|name| logging.writes_to(name, cx) == Some(true)),
                Some(_) => false,
                None => logging.writes_to(&group, cx) == Some(true),
            };
            if !own {
                continue;
            }
            let message = format!("`{}` gets what it logs itself, and logs again: a loop without end", function.id());
            let span = group.span();
            if let Some(finding) = say(&LOGS_KEPT_FOREVER, &target, &group.pins, message, cx) {
                finding
                    .label(span, "its own log group")
                    .help("Send the log to another function, or to a stream.")
                    .severity = Severity::Warning;
            }
        }
    }
}
