//! `Ref`, `Fn::GetAtt` and `Fn::Sub`: what they name must exist.

use super::arguments::{Checker, Gives, Slot, Want, extent};
use super::names::AttributeFault;
use crate::diagnostic::Applicability;
use crate::intrinsics::{Intrinsic, get_att_parts, sub};
use crate::rule::suggest::nearest;
use crate::source::Span;
use crate::syntax::{Call, Entry, Node, NodeKind};
use std::collections::BTreeSet;

impl<'a> Checker<'_, 'a> {
    /// `Ref`.
    pub(super) fn reference(&mut self, call: &'a Call) {
        let argument = &call.argument;
        let Some(name) = argument.as_str() else {
            if argument.as_call().is_some() {
                let slot = Slot { functions: self.in_name(), want: Want::Text };
                self.argument(Intrinsic::Ref, "the name", argument, &slot);
            } else {
                let message = format!("`Ref` takes the name of a parameter or a resource, not {}", argument.describe());
                let d = self.report_at_head(call, message);
                d.also("no parameter, pseudo parameter or resource has such a name");
            }
            return;
        };
        if !self.names.knows_ref(name) {
            self.unknown_name(Intrinsic::Ref, name, argument.span, argument.span, "");
        }
    }

    /// Reports a name that nothing has. `fix_span` holds exactly the name.
    fn unknown_name(&mut self, function: Intrinsic, name: &str, span: Span, fix_span: Span, rest: &str) {
        let resources = self.names.resources;
        let message = match () {
            () if name.is_empty() => "the name is empty".to_owned(),
            () if name.starts_with("AWS::") => format!("there is no pseudo parameter `{name}`"),
            () if !resources && self.cx.template.resources.contains(name) => {
                format!("`{name}` is a resource; only parameters can be named here")
            }
            () => format!("there is no parameter or resource `{name}`"),
        };
        let near = self.names.near_ref(name);
        let source = self.cx.document.file.slice(fix_span).to_owned();
        let d = self.report(function, span, message);
        if let Some(near) = near {
            d.help(format!("Did you mean `{near}`?"));
            if source.trim_matches(['"', '\'']) == name {
                let text = super::requoted(&source, &near);
                d.fix(Applicability::Unsafe, format!("write `{near}{rest}`"), fix_span, text);
            }
        } else if let Some((resource, attribute)) = name.split_once('.')
            && function == Intrinsic::Ref
        {
            d.help(format!("`Ref` gives no attributes; `!GetAtt {resource}.{attribute}` does."));
        }
    }

    /// `Fn::GetAtt`.
    pub(super) fn attribute(&mut self, call: &'a Call) {
        let argument = &call.argument;
        match &argument.kind {
            NodeKind::List(items) if items.len() == 2 => {
                let (name, attribute) = (self.in_name(), self.in_attribute());
                self.argument(
                    Intrinsic::GetAtt,
                    "the resource",
                    &items[0],
                    &Slot { functions: name, want: Want::Text },
                );
                let slot = Slot { functions: attribute, want: Want::Text };
                self.argument(Intrinsic::GetAtt, "the attribute", &items[1], &slot);
                if get_att_parts(argument).is_none()
                    && let Some(id) = items[0].as_str()
                {
                    self.chosen_attribute(id, &items[0], &items[1]);
                }
            }
            NodeKind::String(text) if text.contains('.') => {}
            NodeKind::List(_) | NodeKind::String(_) => {
                let found = match &argument.kind {
                    NodeKind::List(items) => format!("a list of {}", items.len()),
                    _ => format!("`{}` alone", argument.as_str().unwrap_or("")),
                };
                let message = format!("`Fn::GetAtt` takes a resource and an attribute, not {found}");
                self.report_at_head(call, message).help("Write it as `!GetAtt Resource.Attribute`.");
                return;
            }
            _ => {
                let message = format!("`Fn::GetAtt` takes a resource and an attribute, not {}", argument.describe());
                self.report_at_head(call, message);
                return;
            }
        }
        if let Some(p) = get_att_parts(argument) {
            self.named_attribute(Intrinsic::GetAtt, (p.id, p.id_span), (p.attribute, p.attribute_span));
        }
    }

    /// An attribute that a parameter chooses: wrong when none of its values is one.
    fn chosen_attribute(&mut self, id: &str, resource: &Node, attribute: &Node) {
        if !self.names.knows_resource(id) {
            self.unknown_resource(Intrinsic::GetAtt, id, resource.span, resource.span);
            return;
        }
        let Some(call) = attribute.as_call().filter(|c| c.function == Intrinsic::Ref) else { return };
        let Some(name) = call.argument.as_str() else { return };
        let values = self.names.values(name);
        let wrong =
            |value: &&str| matches!(self.names.attribute_fault(id, value), Some(AttributeFault::NoAttribute(_)));
        if let Some(first) = values.first()
            && values.iter().all(|v| wrong(&v.as_str()))
            && let Some(kind) = self.cx.template.resources.get(id).and_then(|r| r.kind())
        {
            let message = format!("`{kind}` has no attribute `{first}`, which `{name}` gives");
            self.report(Intrinsic::GetAtt, extent(attribute), message);
        }
    }

    /// Checks that a resource has an attribute.
    fn named_attribute(&mut self, function: Intrinsic, id: (&str, Span), attribute: (&str, Span)) {
        match self.names.attribute_fault(id.0, attribute.0) {
            None => {}
            Some(AttributeFault::NoResource) => self.unknown_resource(function, id.0, id.1, id.1),
            Some(AttributeFault::NoAttribute(kind)) => {
                let near = self.names.near_attribute(kind, attribute.0);
                let source = self.cx.document.file.slice(attribute.1).to_owned();
                let message = format!("`{kind}` has no attribute `{}`", attribute.0);
                let declared = self.cx.template.resources.get(id.0).and_then(|r| r.type_node()).map(|n| n.span);
                let d = self.report(function, attribute.1, message);
                if let Some(span) = declared {
                    d.label(span, format!("`{}` is of this type", id.0));
                }
                if let Some(near) = near {
                    d.help(format!("Did you mean `{near}`?"));
                    if source.trim_matches(['"', '\'']) == attribute.0 {
                        let text = super::requoted(&source, &near);
                        d.fix(Applicability::Unsafe, format!("write `{near}`"), attribute.1, text);
                    }
                }
            }
        }
    }

    fn unknown_resource(&mut self, function: Intrinsic, id: &str, span: Span, fix_span: Span) {
        let parameter = self.cx.template.parameters.contains(id);
        let message = if parameter {
            format!("`{id}` is a parameter; only resources have attributes")
        } else {
            format!("there is no resource `{id}`")
        };
        let near = if parameter { None } else { self.names.near_resource(id) };
        let source = self.cx.document.file.slice(fix_span).to_owned();
        let d = self.report(function, span, message);
        if let Some(near) = near {
            d.help(format!("Did you mean `{near}`?"));
            if source.trim_matches(['"', '\'']) == id {
                d.fix(Applicability::Unsafe, format!("write `{near}`"), fix_span, super::requoted(&source, &near));
            }
        }
    }

    /// `Fn::Sub`.
    pub(super) fn substitution(&mut self, call: &'a Call) {
        let (text, values) = match &call.argument.kind {
            NodeKind::List(items) => match items.as_slice() {
                [text, map] => {
                    self.argument(Intrinsic::Sub, "the text", text, &Slot { functions: &[], want: Want::Text });
                    if map.as_map().is_none() {
                        let message = format!("the variables of `Fn::Sub` must be a mapping, not {}", map.describe());
                        self.report(Intrinsic::Sub, map.span, message);
                        return;
                    }
                    self.sub_values(map);
                    (text, map.as_map())
                }
                _ => {
                    let message =
                        format!("`Fn::Sub` takes a text, or a text and a mapping, not a list of {}", items.len());
                    self.report_at_head(call, message);
                    return;
                }
            },
            NodeKind::Call(inner) if inner.function == Intrinsic::Transform => return,
            _ if call.argument.scalar_text().is_some() => (&call.argument, None),
            _ => {
                let message =
                    format!("`Fn::Sub` takes a text, or a text and a mapping, not {}", call.argument.describe());
                self.report_at_head(call, message);
                return;
            }
        };
        let Some(content) = text.as_str() else { return };
        let mut seen = BTreeSet::new();
        for (nth, variable) in sub::variables(content).into_iter().enumerate() {
            let given = values.is_some_and(|m| m.iter().any(|e| &*e.key.text == variable.name));
            if !given && !variable.name.starts_with('!') && seen.insert(variable.name) {
                self.variable(text, variable.name, nth, values.unwrap_or_default());
            }
        }
    }

    /// A variable of a `Sub` text that its mapping does not give.
    fn variable(&mut self, scalar: &Node, name: &str, nth: usize, given: &[Entry]) {
        let span = sub::variable_span(&self.cx.document.file, scalar, name, nth);
        let exact = self.cx.document.file.slice(span) == name;
        let Some((id, attribute)) = name.split_once('.') else {
            if !self.names.knows_ref(name) {
                self.unknown_name(Intrinsic::Sub, name, span, span, "");
                let near = nearest(name, given.iter().map(|e| &*e.key.text));
                if let (Some(near), Some(d)) = (near, self.cx.findings.list.last_mut()) {
                    d.help(format!("Did you mean `{near}`, which the mapping of this `Fn::Sub` gives?"));
                }
            } else if self.names.ref_gives(name) == Gives::List {
                let message = format!("`{name}` is a list; `Fn::Sub` takes only single values");
                self.report(Intrinsic::Sub, span, message).help("`Fn::Join` makes one string of a list.");
            }
            return;
        };
        // `${Api.Stage}` of a serverless API is its stage.
        let (id_span, attribute_span) = if exact {
            let middle = span.start + id.len() as u32;
            (Span { start: span.start, end: middle }, Span { start: middle + 1, end: span.end })
        } else {
            (span, span)
        };
        self.named_attribute(Intrinsic::Sub, (id, id_span), (attribute, attribute_span));
    }
}
