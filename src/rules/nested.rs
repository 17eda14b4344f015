//! Stacks within stacks: what a template gives to the templates that it deploys from files beside it.

use crate::conditions::{Answer, Pins};
use crate::document::NestedParameter;
use crate::graph::ItemKind;
use crate::intrinsics::Intrinsic;
use crate::resolve::{Case, Member};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Family, rule};
use crate::source::Span;
use crate::syntax::{Entry, Node};
use crate::template::Resource;

rule!(
    NESTED_PARAMETERS_DIFFER,
    "nested" / "E3043",
    "nested-parameters-differ",
    Error,
    "a nested stack lacks a parameter that its template needs, or is given one that it does not have"
);

rule!(
    NESTED_OUTPUT_MISSING,
    "nested" / "SL090",
    "nested-output-missing",
    Error,
    "an output of a nested stack is used that its template does not have"
);

/// The family.
pub static FAMILY: Family =
    Family { rules: &[&NESTED_PARAMETERS_DIFFER, &NESTED_OUTPUT_MISSING], checks: &[Check::Template(stacks)] };

fn stacks(cx: &mut Context<'_>) {
    if cx.document.nested.is_empty() {
        return;
    }
    for resource in cx.template.resources.iter() {
        let property = match resource.kind() {
            Some("AWS::CloudFormation::Stack") => "TemplateURL",
            Some("AWS::Serverless::Application") => "Location",
            _ => continue,
        };
        stack(resource, property, cx);
        outputs(resource, property, cx);
    }
}

/// The outputs of one stack that are used, against those that each template it can have gives.
fn outputs<'a>(resource: &Resource<'a>, property: &str, cx: &mut Context<'a>) {
    let document = cx.document;
    let mut given: Vec<(&'a str, &'a [String], Span)> = Vec::new();
    for location in cx.resolver().cases(resource, &[property], &Pins::none()) {
        let known = location.text().and_then(|path| document.nested.iter().find(|n| n.location == path));
        let Some((known, outputs)) = known.and_then(|n| Some((n, n.outputs.as_deref()?))) else { return };
        given.push((&known.location, outputs, location.span()));
    }
    let Some(&(path, known, place)) = given.first() else { return };
    let mut missing = Vec::new();
    for user in cx.graph().needed_by(ItemKind::Resource, resource.id()) {
        let Some(name) = user.edge.attribute.and_then(|a| a.strip_prefix("Outputs.")) else { continue };
        if given.iter().all(|(_, outputs, _)| !outputs.iter().any(|o| o == name)) {
            missing.push((name, user.edge.span));
        }
    }
    for (name, span) in missing {
        let message = format!("`{}` has no output `{name}`: `{path}` does not give it", resource.id());
        let help = match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("Did you mean `{near}`?"),
            None if known.is_empty() => "Add the output to the nested template: it has none.".to_owned(),
            None => format!("Add the output to the nested template. It has: `{}`.", known.join("`, `")),
        };
        cx.report(&NESTED_OUTPUT_MISSING, span, message).label(place, "the nested template").help(help);
    }
}

fn stack<'a>(resource: &Resource<'a>, property: &str, cx: &mut Context<'a>) {
    let document = cx.document;
    for location in cx.resolver().cases(resource, &[property], &Pins::none()) {
        let Some(path) = location.text() else { continue };
        let known = document.nested.iter().find(|n| n.location == path).and_then(|n| n.parameters.as_ref());
        let Some(known) = known else { continue };
        for given in cx.resolver().cases(resource, &["Parameters"], &location.pins) {
            let call = Call { resource, path, known, location: location.span(), given: &given };
            call.unknown(cx);
            call.missing(cx);
        }
    }
}

/// The parameters that one stack is given in one case.
struct Call<'c, 'a> {
    resource: &'c Resource<'a>,
    /// The file of its template.
    path: &'c str,
    known: &'c [NestedParameter],
    location: Span,
    given: &'c Case<'a>,
}

impl<'a> Call<'_, 'a> {
    /// Where the reference reports: at the name, or at `Parameters` when conditions decide.
    fn reference(&self, entry: Span) -> Span {
        let branching = self.resource.properties().is_some_and(|p| {
            p.get("Parameters").is_some_and(has_branches) || p.get("TemplateURL").is_some_and(has_branches)
        });
        if branching { self.given.key } else { entry }
    }

    fn unknown(&self, cx: &mut Context<'a>) {
        let entries: &'a [Entry] = self.given.node().and_then(Node::as_map).unwrap_or_default();
        for entry in entries {
            let name = &*entry.key.text;
            if name.starts_with("Fn::") || self.known.iter().any(|p| p.name == name) {
                continue;
            }
            let cases = cx.resolver().cases_below(&entry.value, entry.key.span, &[], &self.given.pins);
            let Some(case) = cases.into_iter().find(|c| !c.is_absent()) else { continue };
            let near = nearest(name, self.known.iter().map(|p| p.name.as_str()));
            let help = match near {
                Some(near) => format!("Did you mean `{near}`?"),
                None => "Remove it, or add the parameter to the nested template.".to_owned(),
            };
            let message =
                format!("`{}` gives parameter `{name}`, which `{}` does not have", self.resource.id(), self.path);
            self.say(entry.key.span, self.reference(entry.key.span), &case.pins, message, help, cx);
        }
    }

    fn missing(&self, cx: &mut Context<'a>) {
        for parameter in self.known.iter().filter(|p| p.required) {
            let name = parameter.name.as_str();
            let lacking = match self.given.member {
                Member::Value(node) if node.as_map().is_some() => {
                    let cases = cx.resolver().cases_below(node, self.given.key, &[name], &self.given.pins);
                    cases.into_iter().find(Case::is_absent).map(|c| c.pins)
                }
                Member::Absent => Some(self.given.pins.clone()),
                Member::Value(_) | Member::Unknown => None,
            };
            let Some(pins) = lacking else { continue };
            let span = match self.given.node() {
                Some(node) if self.reference(Span::default()) != Span::default() => {
                    Span { start: node.span.start, end: node.span.start }
                }
                _ => self.given.key,
            };
            let message = format!(
                "`{}` does not give parameter `{name}`, which `{}` needs: it has no default",
                self.resource.id(),
                self.path
            );
            let help = format!("Add `{name}` under `Parameters`, or give it a default in the nested template.");
            self.say(span, self.given.key, &pins, message, help, cx);
        }
    }

    fn say(&self, span: Span, reference: Span, pins: &Pins, message: String, help: String, cx: &mut Context<'a>) {
        let conditions = &cx.resolver().conditions;
        if conditions.satisfiable(pins) != Answer::Yes {
            return;
        }
        let holding: Vec<String> =
            conditions.describe(pins).iter().map(|(name, holds)| format!("`{name}` is {holds}")).collect();
        let finding = cx.report(&NESTED_PARAMETERS_DIFFER, span, message);
        finding.reference_at(reference).label(self.location, "the nested template").help(help);
        if !holding.is_empty() {
            finding.note(format!("this is so when {}", holding.join(" and ")));
        }
    }
}

fn has_branches(node: &Node) -> bool {
    let mut found = false;
    node.walk(&mut |n| found |= n.as_call().is_some_and(|c| c.function == Intrinsic::If));
    found
}
