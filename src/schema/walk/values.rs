//! Facts about one value: its type, the values allowed, its length, its bounds, its pattern and format.

use super::{At, Kind, SchemaNode, Walker, summary};
use crate::schema::formats;
use crate::schema::store::{Found, Types};
use crate::syntax::{Node, NodeKind, Style, scalar};

impl<'w> Walker<'w, '_> {
    /// Checks the type; `false` when the value is of another, so that nothing else about it is worth saying.
    pub(super) fn kind(&mut self, node: &'w Node, schema: SchemaNode) -> bool {
        let Some(expected) = schema.types() else { return true };
        let strict = self.around.manner.strict && !self.resolved;
        if fits(node, expected) && (!strict || fits_exactly(node, expected)) {
            return true;
        }
        // Null is the absence of a value: whether that may be is for the facts about members.
        if node.is_null() {
            return self.alternatives == 0;
        }
        if matches!(node.kind, NodeKind::String(_)) && self.is_packaged() {
            self.unknown |= self.alternatives > 0;
            return false;
        }
        if self.quiet > 0 {
            self.failed = true;
            return false;
        }
        let mut violation =
            super::Violation::new(node.span, Kind::Type { expected: summary::names(expected), found: describe(node) });
        // The reference linter says of the same value that it is not one of the allowed ones.
        if self.alternatives == 0 && summary::lists_values(schema) && !allowed(node, schema) {
            let kind = Kind::Enum { found: describe(node), allowed: allowed_texts(schema), ignore_case: false };
            violation.children.push(super::Violation::new(node.span, kind));
        }
        self.push(violation);
        false
    }

    /// Whether the property is one that `aws cloudformation package` fills in from a path.
    fn is_packaged(&self) -> bool {
        PACKAGED.iter().any(|(kind, path)| *kind == self.type_name && path.iter().eq(self.keys.iter()))
    }

    /// Facts about scalars.
    pub(super) fn scalar(&mut self, node: &'w Node, schema: SchemaNode) {
        if !summary::limits_scalars(schema) {
            return;
        }
        let start = self.out.len();
        self.limits(node, schema);
        if self.alternatives == 0 && self.out.len() > start + 1 {
            // Several facts about one value are one fault: what it should be comes first, then its length, its pattern.
            let mut found: Vec<_> = self.out.drain(start..).collect();
            found.sort_by_key(|v| match v.kind {
                Kind::Format { .. } => 0,
                Kind::Pattern { .. } => 2,
                _ => 1,
            });
            let mut found = found.into_iter();
            if let Some(mut first) = found.next() {
                first.children.extend(found);
                self.out.push(first);
            }
        }
    }

    fn limits(&mut self, node: &'w Node, schema: SchemaNode) {
        if let NodeKind::String(text) = &node.kind {
            self.text_length(node, text, schema);
            if self.decided() {
                return;
            }
        }
        self.bounds(node, schema);
        if is_date(node) {
            return;
        }
        if let Some(pattern) = schema.pattern()
            && let Some(text) = node.scalar_text()
            && pattern.find(text) == Found::No
            && !self.around.manner.excepted.iter().any(|p| p.find(text) == Found::Yes)
        {
            self.report(node.span, Kind::Pattern { found: text.to_owned(), pattern: pattern.source() });
        }
        if let Some(format) = schema.format()
            && let NodeKind::String(text) = &node.kind
            && !formats::holds(format, text)
            && !self.is_format_exception(format, text)
        {
            self.report(node.span, Kind::Format { format, found: text.to_string() });
        }
    }

    fn is_format_exception(&self, format: &str, text: &str) -> bool {
        match format {
            "AWS::EC2::Image.Id" => self.type_name == "AWS::EC2::LaunchTemplate" && text.starts_with("resolve:ssm"),
            "AWS::S3::Bucket.Name" => {
                text.is_empty() && self.type_name == "AWS::S3::Bucket" && self.keys == ["BucketName"]
            }
            _ => false,
        }
    }

    fn text_length(&mut self, node: &'w Node, text: &str, schema: SchemaNode) {
        let (least, most) = (schema.min_length().map(u64::from), schema.max_length().map(u64::from));
        if least.is_none() && most.is_none() {
            return;
        }
        let found = if schema.format() == Some("json") {
            // What counts is the JSON without blanks; a text that is no JSON is not for this fact.
            match serde_json::from_str::<serde_json::Value>(text) {
                Ok(value) => value.to_string().chars().count() as u64,
                Err(_) => return,
            }
        } else {
            text.chars().count() as u64
        };
        self.length(node, found, least, most);
    }

    fn length(&mut self, node: &'w Node, found: u64, least: Option<u64>, most: Option<u64>) {
        if let Some(limit) = least
            && found < limit
        {
            self.report(node.span, Kind::MinLength { limit, found });
        }
        if let Some(limit) = most
            && found > limit
        {
            self.report(node.span, Kind::MaxLength { limit, found });
        }
    }

    /// The length of an object where a text would do as well: that of its compact JSON, functions counting nothing.
    pub(super) fn object_length(&mut self, node: &'w Node, schema: SchemaNode, at: At) {
        let (least, most) = (schema.min_length().map(u64::from), schema.max_length().map(u64::from));
        if least.is_none() && most.is_none() || !schema.types().is_some_and(|t| t.object()) {
            return;
        }
        let found = json_length(node);
        if let Some(limit) = least
            && found < limit
            && found == 2
        {
            self.report_at(at, Kind::MinLength { limit, found });
        }
        if let Some(limit) = most
            && found > limit
        {
            self.report_at(at, Kind::MaxLength { limit, found });
        }
    }

    fn bounds(&mut self, node: &'w Node, schema: SchemaNode) {
        let number = |w: &Self| {
            let _ = w;
            match &node.kind {
                NodeKind::Number(text) => scalar::number_value(text),
                NodeKind::String(text) => text.trim().parse().ok(),
                _ => None,
            }
        };
        if summary::limits_numbers(schema)
            && let Some(value) = number(self)
        {
            let found = || node.scalar_text().unwrap_or_default().to_owned();
            if let Some(limit) = schema.minimum().and_then(|v| v.as_f64())
                && value < limit
            {
                self.report(node.span, Kind::Minimum { limit, exclusive: false, found: found() });
            }
            if let Some(limit) = schema.exclusive_minimum().and_then(|v| v.as_f64())
                && value <= limit
            {
                self.report(node.span, Kind::Minimum { limit, exclusive: true, found: found() });
            }
            if let Some(limit) = schema.maximum().and_then(|v| v.as_f64())
                && value > limit
            {
                self.report(node.span, Kind::Maximum { limit, exclusive: false, found: found() });
            }
            if let Some(limit) = schema.exclusive_maximum().and_then(|v| v.as_f64())
                && value >= limit
            {
                self.report(node.span, Kind::Maximum { limit, exclusive: true, found: found() });
            }
            if let Some(of) = schema.multiple_of().and_then(|v| v.as_f64())
                && of != 0.0
                && (value / of).fract() != 0.0
            {
                self.report(node.span, Kind::MultipleOf { of, found: found() });
            }
        }
    }

    /// `enum`, `const` and the facts that compare items.
    pub(super) fn values(&mut self, node: &'w Node, schema: SchemaNode, at: At) {
        if !node.is_null() && summary::lists_values(schema) && !allowed(node, schema) {
            if self.quiet > 0 {
                self.failed = true;
                return;
            }
            let found = node.scalar_text().map_or_else(|| describe(node), str::to_owned);
            let ignore_case = schema.enum_case_insensitive().is_some();
            self.report(node.span, Kind::Enum { found, allowed: allowed_texts(schema), ignore_case });
        }
        if let Some(expected) = schema.constant()
            && node.scalar_text().is_none_or(|t| !summary::is(t, expected))
            && !node.is_null()
        {
            let found = node.scalar_text().map_or_else(|| describe(node), str::to_owned);
            self.report(node.span, Kind::Const { found, expected: summary::text(expected) });
        }
        if let NodeKind::List(items) = &node.kind {
            if schema.unique_keys().len() > 0 {
                let keys: Vec<_> = schema.unique_keys().collect();
                self.unique_keys(items, &keys, Some(at));
            }
            if let Some(limit) = schema.max_unique_items().map(u64::from) {
                let mut distinct: Vec<&Node> = Vec::new();
                for item in items.iter().take(10_000) {
                    if !distinct.iter().any(|d| d.same_value(item)) {
                        distinct.push(item);
                    }
                }
                let found = distinct.len() as u64;
                if found > limit {
                    self.report(node.span, Kind::MaxUniqueItems { limit, found });
                }
            }
        }
    }
}

/// Whether a value is one of those listed.
pub(super) fn allowed(node: &Node, schema: SchemaNode) -> bool {
    let Some(text) = node.scalar_text() else { return false };
    if schema.constant().is_some_and(|value| !summary::is(text, value)) {
        return false;
    }
    let exact = schema.enumeration().is_none_or(|values| {
        values.iter().any(|v| v.as_str() == Some(text)) || values.iter().any(|v| summary::is(text, v))
    });
    exact
        && schema.enum_case_insensitive().is_none_or(|values| {
            values.iter().any(|v| v.as_str().is_some_and(|v| v.eq_ignore_ascii_case(text)) || summary::is(text, v))
        })
}

fn allowed_texts(schema: SchemaNode) -> Vec<String> {
    let listed = schema.enumeration().into_iter().chain(schema.enum_case_insensitive());
    listed.flat_map(|values| values.iter()).map(summary::text).collect()
}

/// Whether a value is of one of the types, leniently: CloudFormation turns scalars into one another.
pub(super) fn fits(node: &Node, expected: Types) -> bool {
    match &node.kind {
        NodeKind::Map(_) => expected.object(),
        NodeKind::List(_) => expected.array(),
        NodeKind::Null => expected.null(),
        NodeKind::Bool(_) => expected.boolean() || expected.string(),
        NodeKind::Number(_) => expected.number() || expected.integer() || expected.string(),
        NodeKind::String(text) => {
            expected.string()
                || expected.number() && text.trim().parse::<f64>().is_ok()
                || expected.integer() && text.trim().replace('_', "").parse::<i128>().is_ok()
                || expected.boolean() && matches!(&**text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
        }
        NodeKind::Call(_) | NodeKind::Tagged(_) => true,
    }
}

/// Whether a value that fits is of one of the types as it is written.
fn fits_exactly(node: &Node, expected: Types) -> bool {
    match &node.kind {
        NodeKind::Bool(_) => expected.boolean(),
        NodeKind::Number(text) => expected.number() || expected.integer() && !text.contains(['.', 'e', 'E']),
        NodeKind::String(_) => expected.string() || is_date(node),
        _ => true,
    }
}

/// A plain YAML date, which readers hand on as a date and not as text.
fn is_date(node: &Node) -> bool {
    let NodeKind::String(text) = &node.kind else { return false };
    let bytes = text.as_bytes();
    node.style == Style::Plain
        && bytes.len() >= 8
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4] == b'-'
        && bytes[5].is_ascii_digit()
        && text.bytes().all(|b| b.is_ascii_digit() || b"-:.+TtZz ".contains(&b))
}

/// What a value is, for a message: the text itself when it is short, otherwise its kind.
pub(super) fn describe(node: &Node) -> String {
    match node.scalar_text() {
        Some(text) if text.chars().count() <= 60 => match node.kind {
            NodeKind::String(_) => format!("the text `{text}`"),
            NodeKind::Number(_) => format!("the number `{text}`"),
            _ => format!("the boolean `{text}`"),
        },
        Some(_) => "a text".to_owned(),
        None => match node.as_map() {
            Some([only]) if only.key.text.starts_with("Fn::") => {
                format!("a mapping with `{}`, which is no function", only.key.text)
            }
            _ => node.describe(),
        },
    }
}

/// The length of the compact JSON of a value, functions counting as empty texts.
fn json_length(node: &Node) -> u64 {
    let text =
        |t: &str| 2 + t.chars().map(|c| if matches!(c, '"' | '\\' | '\n' | '\t' | '\r') { 2 } else { 1 }).sum::<u64>();
    match &node.kind {
        NodeKind::Null => 4,
        NodeKind::Bool(b) => 5 - u64::from(*b),
        NodeKind::Number(n) => n.len() as u64,
        NodeKind::String(s) => text(s),
        NodeKind::List(items) => {
            2 + items.iter().map(json_length).sum::<u64>() + (items.len() as u64).saturating_sub(1)
        }
        NodeKind::Map(entries) => {
            let members: u64 = entries.iter().map(|e| text(&e.key.text) + 1 + json_length(&e.value)).sum();
            2 + members + (entries.len() as u64).saturating_sub(1)
        }
        NodeKind::Call(_) => 2,
        NodeKind::Tagged(t) => json_length(&t.value),
    }
}

/// Properties that take a local path until `aws cloudformation package` has run.
const PACKAGED: &[(&str, &[&str])] = &[
    ("AWS::ApiGateway::RestApi", &["BodyS3Location"]),
    ("AWS::Lambda::Function", &["Code"]),
    ("AWS::Lambda::LayerVersion", &["Content"]),
    ("AWS::ElasticBeanstalk::ApplicationVersion", &["SourceBundle"]),
    ("AWS::StepFunctions::StateMachine", &["DefinitionS3Location"]),
    ("AWS::AppSync::GraphQLSchema", &["DefinitionS3Location"]),
    ("AWS::AppSync::Resolver", &["RequestMappingTemplateS3Location"]),
    ("AWS::AppSync::Resolver", &["ResponseMappingTemplateS3Location"]),
    ("AWS::AppSync::FunctionConfiguration", &["RequestMappingTemplateS3Location"]),
    ("AWS::AppSync::FunctionConfiguration", &["ResponseMappingTemplateS3Location"]),
    ("AWS::CloudFormation::Stack", &["TemplateURL"]),
    ("AWS::CodeCommit::Repository", &["Code", "S3"]),
];
