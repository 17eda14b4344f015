//! Functions as values: whether what they give can be what is expected, and whether the values they resolve to are valid.

use super::groups::if_parts;
use super::{At, Kind, SchemaNode, Violation, Walker, is_no_value, summary};
use crate::intrinsics::{self, Intrinsic};
use crate::schema::store::{self, Types};
use crate::source::Span;
use crate::syntax::{Call, Node};

/// Where a function is shown: the short form as a whole, otherwise the key that names it.
pub(super) fn place(call: &Call) -> Span {
    if call.short { call.function_span.to(call.argument.span) } else { call.function_span }
}

impl<'w> Walker<'w, '_> {
    pub(super) fn call(&mut self, node: &'w Node, call: &'w Call, schema: SchemaNode, at: At) {
        if is_no_value(call) {
            return;
        }
        if call.function == Intrinsic::If {
            self.branches(call, schema, at);
            return;
        }
        if self.opaque {
            self.unknown = true;
            return;
        }
        if matches!(call.function, Intrinsic::And | Intrinsic::Or | Intrinsic::Not) {
            // These give no value: they belong into `Conditions`.
            if let Some(expected) = destination(schema).filter(|t| !t.object()) {
                let found = format!("`{}`", call.function.name());
                self.report_at(at, Kind::Type { expected: summary::names(expected), found });
            }
            return;
        }
        if self.alternatives > 0 {
            // The kind of thing an attribute names is known even where its value is not.
            if call.function == Intrinsic::GetAtt && self.get_att_format(call, schema, at) {
                return;
            }
            self.unknown = true;
            return;
        }
        if !self.output(call, schema, at) {
            return;
        }
        let fine = match call.function {
            Intrinsic::Ref => self.reference(call, schema, at),
            Intrinsic::GetAtt => self.attribute(call, schema, at),
            _ => true,
        };
        if fine && !self.resolved && constrained(schema, 0) {
            self.resolve(node, call, schema);
        }
    }

    /// Both branches of `Fn::If`, each with the condition that leads there.
    fn branches(&mut self, call: &'w Call, schema: SchemaNode, at: At) {
        let known = |name: &str| self.around.template.conditions.contains(name);
        let Some((name, then, otherwise)) = if_parts(call).filter(|parts| known(parts.0)) else {
            self.unknown = true;
            return;
        };
        // What is decided for members behind a named definition is decided in the branch.
        let reference = if schema.reference().is_some() { None } else { Some(at.reference.unwrap_or(at.span)) };
        let mut verdicts = [false; 2];
        let pinned = if self.assumed > 0 { self.pinned(name) } else { None };
        for (number, (branch, value)) in [(then, true), (otherwise, false)].into_iter().enumerate() {
            if pinned.is_some_and(|p| p != value) {
                continue;
            }
            let failed = std::mem::replace(&mut self.failed, false);
            // A branch that cannot be reached is looked at under what is known outside of it.
            let outer = self.pins.clone();
            if let Some(pins) = self.around.resolver.conditions.pin(&outer, name, value) {
                self.pins = pins;
            }
            self.within.push((name, value));
            self.check(branch, schema, At { reference, ..At::start_of(branch) });
            self.within.pop();
            self.pins = outer;
            verdicts[number] = self.failed;
            self.failed |= failed;
        }
        // In an alternative only what fails on both sides fails for certain.
        if self.alternatives > 0 && pinned.is_none() && verdicts[0] != verdicts[1] {
            self.unknown = true;
        }
    }

    /// Whether the kind of result fits: `Fn::Join` gives a text, `Fn::Split` a list.
    fn output(&mut self, call: &Call, schema: SchemaNode, at: At) -> bool {
        let Some(expected) = destination(schema) else { return true };
        let scalar = summary::scalar(expected);
        let (fits, gives) = match call.function {
            Intrinsic::Base64 | Intrinsic::Join | Intrinsic::Sub | Intrinsic::ToJsonString => (scalar, "a string"),
            Intrinsic::Cidr | Intrinsic::GetAZs | Intrinsic::Split => (expected.array(), "a list"),
            Intrinsic::Length => (expected.integer() || expected.number() || expected.string(), "an integer"),
            Intrinsic::ImportValue | Intrinsic::GetStackOutput => (scalar, "a single value"),
            Intrinsic::FindInMap => (scalar || expected.array(), "a single value or a list"),
            _ => (true, ""),
        };
        if !fits {
            self.output_fault(call, gives, expected, Some(at.span));
        }
        fits
    }

    fn output_fault(&mut self, call: &Call, gives: &str, expected: Types, reference: Option<Span>) {
        let kind = Kind::FunctionOutput {
            function: call.function,
            gives: gives.to_owned(),
            expected: summary::names(expected),
        };
        let mut violation = Violation::new(place(call), kind);
        violation.reference = reference;
        self.push(violation);
    }

    /// `Ref`: one value or a list, and what kind of thing.
    fn reference(&mut self, call: &Call, schema: SchemaNode, at: At) -> bool {
        let Some(name) = call.argument.as_str() else { return true };
        let (is_list, gives) = if let Some(parameter) = self.around.template.parameters.get(name) {
            match (parameter.kind(), parameter.is_list()) {
                (None, _) => return true,
                (_, true) => (true, "a list (the parameter holds several values)"),
                (_, false) => (false, "a single value (the parameter is no list)"),
            }
        } else if intrinsics::PSEUDO_PARAMETERS.contains(&name) {
            if name == "AWS::NotificationARNs" { (true, "a list") } else { (false, "a single value") }
        } else if self.around.template.resources.contains(name) {
            (false, "the name or id of a resource, a single value")
        } else {
            return true;
        };
        if let Some(expected) = destination(schema) {
            let scalar = summary::scalar(expected);
            let fits = if is_list { expected.array() || !scalar } else { scalar };
            if !fits {
                self.output_fault(call, gives, expected, Some(at.span));
                return false;
            }
        }
        self.ref_format(call, name, schema, at)
    }

    fn ref_format(&mut self, call: &Call, name: &str, schema: SchemaNode, at: At) -> bool {
        let Some(expected) = schema.format() else { return true };
        let template = self.around.template;
        if template.parameters.contains(name) {
            return true;
        }
        let Some(resource) = template.resources.get(name) else { return true };
        let Some(kind) = resource.kind().filter(|k| !is_custom(k)) else { return true };
        let Some(target) = store::find(kind) else { return true };
        let formats = if kind == "AWS::EC2::SecurityGroup" {
            let in_vpc = resource.property("VpcId").is_some_and(|v| !v.is_null());
            vec![if in_vpc { "AWS::EC2::SecurityGroup.Id" } else { "AWS::EC2::SecurityGroup.Name" }]
        } else {
            let mut names = target.primary_identifier();
            match (names.next(), names.next()) {
                (Some(only), None) => only
                    .strip_prefix("/properties/")
                    .and_then(|name| {
                        name.split("/properties/")
                            .flat_map(|n| n.split('/'))
                            .try_fold(target.schema(), |s, n| s.target().property(n))
                    })
                    .map_or_else(Vec::new, formats_of),
                _ => Vec::new(),
            }
        };
        self.compare_formats(call, name, formats, expected, at)
    }

    fn attribute(&mut self, call: &Call, schema: SchemaNode, at: At) -> bool {
        let Some(source) = self.attribute_schema(call) else { return true };
        if let (Some(given), Some(expected)) = (destination(source), schema.types()) {
            let lenient = expected.boolean() || expected.integer();
            if !lenient && !given.names().any(|g| expected.names().any(|e| e == g)) {
                let names: Vec<_> = given.names().map(with_article).collect();
                self.output_fault(call, &names.join(" or "), expected, None);
                return false;
            }
        }
        !self.get_att_format(call, schema, at)
    }

    fn attribute_schema(&self, call: &Call) -> Option<SchemaNode> {
        let parts = intrinsics::get_att_parts(&call.argument)?;
        let kind = self.around.template.resources.get(parts.id)?.kind()?;
        if is_custom(kind) || kind.ends_with("::MODULE") {
            return None;
        }
        // Its port is an integer going in and a text coming out.
        if kind == "AWS::DocDB::DBCluster" && parts.attribute == "Port" {
            return None;
        }
        store::find(kind)?.attribute(parts.attribute)
    }

    /// Whether an attribute names another kind of thing than the one expected; reports it if so.
    fn get_att_format(&mut self, call: &Call, schema: SchemaNode, at: At) -> bool {
        let Some(expected) = schema.format() else { return false };
        let Some(parts) = intrinsics::get_att_parts(&call.argument) else { return false };
        let kind = self.around.template.resources.get(parts.id).and_then(|r| r.kind());
        match kind {
            Some(
                "AWS::CloudFormation::Stack"
                | "AWS::Serverless::Application"
                | "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
            ) => return false,
            Some("AWS::SSM::Parameter") if parts.attribute == "Value" => return false,
            _ => {}
        }
        let Some(source) = self.attribute_schema(call) else { return false };
        let target = format!("{}.{}", parts.id, parts.attribute);
        !self.compare_formats(call, &target, formats_of(source), expected, at)
    }

    fn compare_formats(
        &mut self,
        call: &Call,
        target: &str,
        found: Vec<&'static str>,
        expected: &'static str,
        at: At,
    ) -> bool {
        // A source of which nothing is known is compared only where the destination names a kind of thing.
        let named = expected.starts_with("AWS::");
        if found.contains(&expected)
            || found.is_empty() && !named
            || !named && !found.iter().any(|f| f.starts_with("AWS::"))
        {
            return true;
        }
        let kind = Kind::OtherFormat { function: call.function, target: target.to_owned(), found, expected };
        let mut violation = Violation::new(place(call), kind);
        violation.reference = Some(at.span);
        self.push(violation);
        false
    }
}

/// The types of a destination: its own, or those of what it refers to.
fn destination(schema: SchemaNode) -> Option<Types> {
    let mut schema = schema;
    for _ in 0..16 {
        match (schema.types(), schema.reference()) {
            (None, Some(target)) => schema = target,
            _ => break,
        }
    }
    schema.types()
}

/// A type name with its article: "a string".
pub(super) fn with_article(name: &str) -> String {
    match name {
        "integer" | "object" => format!("an {name}"),
        "array" => "a list".to_owned(),
        _ => format!("a {name}"),
    }
}

fn formats_of(schema: SchemaNode) -> Vec<&'static str> {
    let target = schema.target();
    let own = schema.format().into_iter().chain(target.format());
    own.chain(target.any_of().filter_map(|s| s.format())).collect()
}

fn is_custom(kind: &str) -> bool {
    kind == "AWS::CloudFormation::CustomResource" || kind.starts_with("Custom::")
}

/// Whether a schema says more than the type, so that resolving a function is worth the work.
fn constrained(schema: SchemaNode, depth: u32) -> bool {
    schema.reference().is_some()
        || summary::lists_values(schema)
        || schema.constant().is_some()
        || summary::limits_scalars(schema)
        || summary::has_composites(schema)
        || schema.condition().is_some()
        || depth < 8
            && (schema.items().is_some_and(|s| constrained(s, depth + 1))
                || schema.properties().any(|(_, s)| constrained(s, depth + 1))
                || schema.pattern_properties().any(|(_, s)| constrained(s, depth + 1))
                || schema.additional_properties().is_some_and(|s| !s.is_nothing() && constrained(s, depth + 1)))
}
