//! Where each kind of fault can be put into a template.

use super::Fault;
use stacklens::document::Document;
use stacklens::intrinsics::{Intrinsic, sub};
use stacklens::schema::store::{self, Found, SchemaNode};
use stacklens::source::Span;
use stacklens::syntax::{Call, Entry, Format, Key, Node, NodeKind, Style};
use std::collections::BTreeMap;

/// Faults by kind.
pub(super) type Faults = BTreeMap<&'static str, Vec<Fault>>;

/// Every fault that fits somewhere in a template.
pub(super) fn faults(document: &Document) -> Faults {
    let mut injector = Injector { document, faults: Faults::new(), function: Vec::new(), start: 0 };
    if let Some(root) = document.root() {
        injector.root(root);
    }
    injector.faults
}

struct Injector<'d> {
    document: &'d Document,
    faults: Faults,
    /// The calls around the node at hand.
    function: Vec<Intrinsic>,
    /// Where the mapping at hand starts.
    start: u32,
}

/// What is known of a value's place.
#[derive(Clone, Copy)]
struct At<'n> {
    /// The facts about it.
    schema: Option<SchemaNode>,
    /// Its key.
    key: Option<&'n Key>,
    /// Where it starts.
    start: u32,
    /// Whether it is part of a policy document.
    policy: bool,
}

impl<'d> Injector<'d> {
    fn add(&mut self, kind: &'static str, span: Span, text: impl Into<String>) {
        self.add_at(kind, span, text, vec![span.start]);
    }

    fn add_at(&mut self, kind: &'static str, span: Span, text: impl Into<String>, places: Vec<u32>) {
        let fault = Fault { edits: vec![(span, text.into())], places };
        self.faults.entry(kind).or_default().push(fault);
    }

    fn json(&self) -> bool {
        self.document.tree.format == Format::Json
    }

    /// The end of a value without the blanks that block collections carry.
    fn end(&self, span: Span) -> u32 {
        span.start + self.document.file.slice(span).trim_end().len() as u32
    }

    /// Replaces a scalar's text, keeping the quotes.
    fn retext(&mut self, kind: &'static str, span: Span, style: Style, text: &str) {
        let new = match style {
            Style::DoubleQuoted => format!("\"{text}\""),
            Style::SingleQuoted => format!("'{text}'"),
            Style::Plain => text.to_owned(),
            _ => return,
        };
        self.add(kind, span, new);
    }

    fn renamed(&mut self, kind: &'static str, key: &Key, text: &str) {
        self.retext(kind, key.span, key.style, text);
    }

    fn value(&mut self, kind: &'static str, node: &Node, text: &str) {
        self.retext(kind, node.span, node.style, text);
    }

    /// Replaces the whole value of an entry, on the line of its key.
    fn revalue(&mut self, kind: &'static str, entry: &Entry, yaml: &str, json: &str) {
        if entry.value.span.is_empty() && !self.json() {
            return;
        }
        let span = Span { start: entry.key.span.end, end: self.end(entry.value.span) };
        let text = if self.json() { json } else { yaml };
        self.add_at(kind, span, format!(": {text}"), vec![entry.key.span.start]);
    }

    /// Puts an entry before another.
    fn insert(&mut self, kind: &'static str, before: &Key, name: &str, value: &str) {
        let start = before.span.start;
        let column = self.document.file.position(start).column as usize - 1;
        let line = self.document.file.line_span(self.document.file.position(start).line);
        let flow = self.document.file.slice(Span { start: line.start, end: start }).trim_start() != "";
        let text = match (self.json(), flow) {
            (true, _) => format!("\"{name}\": {value}, "),
            (false, true) => return,
            (false, false) => format!("{name}: {value}\n{}", " ".repeat(column)),
        };
        self.add_at(kind, Span { start, end: start }, text, vec![start]);
    }

    /// Takes an entry away; found at the key that holds the mapping.
    fn remove(&mut self, kind: &'static str, entries: &[Entry], index: usize, owners: &[u32]) {
        let entry = &entries[index];
        let span = match (entries.get(index + 1), index.checked_sub(1).map(|i| &entries[i])) {
            (Some(next), _) => Span { start: entry.key.span.start, end: next.key.span.start },
            (None, Some(before)) => Span { start: self.end(before.value.span), end: self.end(entry.value.span) },
            (None, None) => return,
        };
        let mut places = owners.to_vec();
        places.extend(entries.iter().map(|e| e.key.span.start).take(1));
        self.add_at(kind, span, "", places);
    }

    fn root(&mut self, root: &Node) {
        let Some(sections) = root.as_map() else { return };
        for section in sections {
            let name = &*section.key.text;
            self.renamed("section-name", &section.key, &typo(name));
            match name {
                "Resources" => self.resources(&section.value),
                "Parameters" => self.parameters(&section.value),
                "Outputs" => self.outputs(&section.value),
                "Conditions" => self.conditions(&section.value),
                "Mappings" => self.mappings(&section.value),
                "AWSTemplateFormatVersion" => self.value("format-version", &section.value, "2010-09-10"),
                "Transform" => self.value("transform-name", &section.value, "AWS::Serverles-2016-10-31"),
                _ => {}
            }
        }
    }

    fn resources(&mut self, node: &Node) {
        let Some(resources) = node.as_map() else { return };
        for resource in resources {
            let id = &*resource.key.text;
            if id.starts_with("Fn::") || resource.value.as_map().is_none() {
                continue;
            }
            self.renamed("logical-id", &resource.key, &format!("{id}-x"));
            let Some(attributes) = resource.value.as_map() else { continue };
            for (index, attribute) in attributes.iter().enumerate() {
                self.attribute(resource, attributes, index);
                if &*attribute.key.text == "Type" {
                    self.depends(resource, &attribute.key);
                }
            }
        }
    }

    fn depends(&mut self, resource: &Entry, before: &Key) {
        let quoted = |name: &str| format!("\"{name}\"");
        if resource.value.get("DependsOn").is_none() {
            self.insert("depends-on-nothing", before, "DependsOn", &quoted("NoSuchThing"));
            self.insert("depends-on-itself", before, "DependsOn", &quoted(&resource.key.text));
        }
        if resource.value.get("Condition").is_none() {
            self.insert("resource-condition", before, "Condition", &quoted("NoSuchCondition"));
        }
        if resource.value.get("DeletionPolicy").is_none() {
            self.insert("deletion-policy", before, "DeletionPolicy", &quoted("Keep"));
        }
        if resource.value.get("UpdateReplacePolicy").is_none() {
            self.insert("update-replace-policy", before, "UpdateReplacePolicy", &quoted("Retian"));
        }
        self.insert("unknown-attribute", before, "Poperties", "{}");
    }

    fn attribute(&mut self, resource: &Entry, attributes: &[Entry], index: usize) {
        let entry = &attributes[index];
        let owner = resource.key.span.start;
        match &*entry.key.text {
            "Type" => {
                let Some(kind) = entry.value.as_str() else { return };
                if store::find(kind).is_some() && kind.starts_with("AWS::") && !kind.ends_with("::MODULE") {
                    self.value("resource-type", &entry.value, &typo(kind));
                    self.value("resource-service", &entry.value, &kind.replacen("AWS::", "AWS::X", 1));
                }
                self.remove("missing-type", attributes, index, &[owner]);
            }
            "Properties" => {
                self.renamed("unknown-attribute", &entry.key, "Propertys");
                let kind = resource.value.get("Type").and_then(Node::as_str).unwrap_or_default();
                let schema = store::find(kind).map(|f| f.schema());
                if schema.is_some_and(|s| s.required().len() > 0) {
                    self.remove("missing-properties", attributes, index, &[owner]);
                }
                self.revalue("properties-list", entry, "[]", "[]");
                let at = At { schema, key: Some(&entry.key), start: 0, policy: false };
                self.node(&entry.value, at);
            }
            "DependsOn" => {
                if let Some(name) = entry.value.as_str() {
                    self.value("depends-on-name", &entry.value, &typo(name));
                }
                for item in entry.value.as_list().unwrap_or_default() {
                    self.value("depends-on-name", item, &typo(item.as_str().unwrap_or_default()));
                }
            }
            "Condition" => {
                if let Some(name) = entry.value.as_str() {
                    self.value("condition-name", &entry.value, &typo(name));
                }
            }
            "DeletionPolicy" => self.value("deletion-policy", &entry.value, "retain"),
            "UpdateReplacePolicy" => self.value("update-replace-policy", &entry.value, "Keep"),
            _ => {}
        }
    }

    fn parameters(&mut self, node: &Node) {
        for parameter in node.as_map().unwrap_or_default() {
            let Some(entries) = parameter.value.as_map() else { continue };
            for (index, entry) in entries.iter().enumerate() {
                match &*entry.key.text {
                    "Type" => {
                        self.value("parameter-type", &entry.value, "Strin");
                        self.remove("parameter-without-type", entries, index, &[parameter.key.span.start]);
                    }
                    "Default" if parameter.value.get("AllowedValues").is_some() => {
                        self.value("default-not-allowed", &entry.value, "nothing-allowed");
                    }
                    "Default" if parameter.value.get("AllowedPattern").is_some() => {
                        self.value("default-pattern", &entry.value, "§");
                    }
                    "AllowedValues" => self.revalue("allowed-values-text", entry, "one", "\"one\""),

                    "NoEcho" => self.revalue("no-echo", entry, "perhaps", "\"perhaps\""),
                    _ => {}
                }
                self.renamed("parameter-key", &entry.key, &typo(&entry.key.text));
            }
        }
    }

    fn outputs(&mut self, node: &Node) {
        let at = At { schema: None, key: None, start: 0, policy: false };
        for output in node.as_map().unwrap_or_default() {
            let Some(entries) = output.value.as_map() else { continue };
            for (index, entry) in entries.iter().enumerate() {
                match &*entry.key.text {
                    "Value" => {
                        self.remove("output-without-value", entries, index, &[output.key.span.start]);
                        self.revalue("output-list", entry, "[a, b]", "[\"a\", \"b\"]");
                    }
                    "Condition" => {
                        self.value("output-condition", &entry.value, &typo(entry.value.as_str().unwrap_or_default()));
                    }
                    _ => {}
                }
                self.renamed("output-key", &entry.key, &typo(&entry.key.text));
                self.node(&entry.value, at);
            }
        }
    }

    fn conditions(&mut self, node: &Node) {
        let at = At { schema: None, key: None, start: 0, policy: false };
        for condition in node.as_map().unwrap_or_default() {
            self.revalue("condition-text", condition, "maybe", "\"maybe\"");
            self.node(&condition.value, At { key: Some(&condition.key), ..at });
        }
    }

    fn mappings(&mut self, node: &Node) {
        for map in node.as_map().unwrap_or_default() {
            self.revalue("mapping-text", map, "text", "\"text\"");
            for top in map.value.as_map().unwrap_or_default() {
                self.revalue("mapping-row-text", top, "text", "\"text\"");
            }
        }
    }

    fn node(&mut self, node: &Node, at: At<'_>) {
        match &node.kind {
            NodeKind::Call(call) => self.call(call, at),
            NodeKind::Map(entries) => self.map(entries, At { start: node.span.start, ..at }),
            NodeKind::List(items) => {
                let schema = at.schema.map(SchemaNode::target).and_then(SchemaNode::items);
                for item in items {
                    self.scalar(item, At { schema, ..at });
                    self.node(item, At { schema, ..at });
                }
            }
            _ => {}
        }
    }

    fn map(&mut self, entries: &[Entry], at: At<'_>) {
        let schema = at.schema.map(SchemaNode::target);
        let closed = schema.is_some_and(|s| s.additional_properties().is_some_and(SchemaNode::is_nothing));
        for (index, entry) in entries.iter().enumerate() {
            let name = &*entry.key.text;
            let known = schema.and_then(|s| s.property(name));
            let policy = at.policy || name.ends_with("PolicyDocument");
            if closed && known.is_some() {
                self.renamed("property-name", &entry.key, &typo(name));
                let lower = name[..1].to_lowercase() + &name[1..];
                if lower != name {
                    self.renamed("property-case", &entry.key, &lower);
                }
                if !matches!(entry.value.style, Style::Generated) {
                    self.revalue("null-value", entry, "null", "null");
                }
                if entry.value.is_scalar() && !matches!(entry.value.style, Style::Block) {
                    self.insert("duplicate-key", &entry.key, name, "\"x\"");
                }
            }
            if let (Some(key), Some(schema)) = (at.key, schema)
                && schema.required().any(|r| r == name)
            {
                self.remove("missing-required", entries, index, &[key.span.start, at.start]);
            }
            if at.policy {
                self.start = at.start;
                self.statement(entries, index);
            }
            if let Some(member) = known.map(SchemaNode::target) {
                self.kinds(entry, member);
            }
            let inner = At { schema: known, key: Some(&entry.key), start: 0, policy };
            self.member(entry);
            self.scalar(&entry.value, inner);
            self.node(&entry.value, inner);
        }
    }

    /// Parts of a policy document.
    fn statement(&mut self, entries: &[Entry], index: usize) {
        let entry = &entries[index];
        match &*entry.key.text {
            "Effect" => {
                self.value("effect", &entry.value, "Alow");
                let owner = self.start;
                self.remove("missing-effect", entries, index, &[entry.key.span.start, owner]);
            }
            "Version" => self.value("policy-version", &entry.value, "2012-10-18"),
            "Action" => {
                let mut actions = vec![&entry.value];
                actions.extend(entry.value.as_list().unwrap_or_default());
                for action in actions {
                    let Some((service, name)) = action.as_str().and_then(|a| a.split_once(':')) else { continue };
                    if !name.contains('*') && entries.iter().any(|e| &*e.key.text == "Resource") {
                        self.value("action", action, &format!("{service}:{}", typo(name)));
                    }
                    self.value("action-service", action, &format!("nosuchservice:{name}"));
                    self.value("action-form", action, name);
                }
                self.renamed("statement-key", &entry.key, "Actions");
            }
            "Resource" => self.renamed("statement-key", &entry.key, "Resources"),
            "Principal" => {
                for kind in entry.value.as_map().unwrap_or_default() {
                    self.renamed("principal", &kind.key, "Servce");
                }
                self.revalue("principal-text", entry, "lambda.amazonaws.com", "\"lambda.amazonaws.com\"");
            }
            _ => {}
        }
    }

    /// A value of another kind.
    fn kinds(&mut self, entry: &Entry, schema: SchemaNode) {
        let Some(types) = schema.types() else { return };
        let scalar = types.string() || types.integer() || types.number() || types.boolean();
        match &entry.value.kind {
            NodeKind::List(_) if !scalar && !types.object() => {
                self.revalue("text-for-list", entry, "text", "\"text\"");
                self.revalue("mapping-for-list", entry, "{a: b}", "{\"a\": \"b\"}");
            }
            NodeKind::Map(_) if !scalar && !types.array() => {
                self.revalue("text-for-mapping", entry, "text", "\"text\"");
                self.revalue("list-for-mapping", entry, "[a, b]", "[\"a\", \"b\"]");
            }
            NodeKind::String(_) | NodeKind::Number(_) | NodeKind::Bool(_) if !types.array() && !types.object() => {
                self.revalue("list-for-scalar", entry, "[a, b]", "[\"a\", \"b\"]");
                self.revalue("mapping-for-scalar", entry, "{a: b}", "{\"a\": \"b\"}");
                if (types.integer() || types.number()) && !types.string() {
                    self.revalue("text-for-number", entry, "many", "\"many\"");
                }
                if types.boolean() && !types.string() {
                    self.revalue("text-for-boolean", entry, "perhaps", "\"perhaps\"");
                }
            }
            _ => {}
        }
    }

    /// Members that are known by name.
    fn member(&mut self, entry: &Entry) {
        let literal = entry.value.scalar_text().is_some();
        match &*entry.key.text {
            "Runtime" if literal => self.value("runtime", &entry.value, "python9.9"),
            "ScheduleExpression" | "Schedule" if entry.value.as_str().is_some_and(|t| t.starts_with("rate(")) => {
                self.value("schedule", &entry.value, "rate(5 minute)");
                self.value("schedule", &entry.value, "every 5 minutes");
            }
            "FromPort" | "ToPort" | "Port" | "LoadBalancerPort" if literal => {
                self.value("port", &entry.value, "70000");
            }
            "InstanceType" | "DBInstanceClass" | "CacheNodeType" if literal => {
                self.value("instance-type", &entry.value, "t3.mikro");
            }
            "Role" | "RoleArn" | "TopicArn" | "TargetGroupArn" if literal => {
                self.value("arn", &entry.value, "arn:aws:iam:role/x");
            }
            _ => {}
        }
    }

    /// A scalar whose facts limit it.
    fn scalar(&mut self, node: &Node, at: At<'_>) {
        let Some(text) = node.scalar_text() else { return };
        if is_network(text) {
            let (address, _) = text.split_once('/').unwrap_or_default();
            self.value("cidr-prefix", node, &format!("{address}/33"));
            let rest = text.split_once('.').map_or("", |p| p.1);
            self.value("cidr-octet", node, &format!("300.{rest}"));
        }
        let Some(schema) = at.schema.map(SchemaNode::target) else { return };
        if schema.enumeration().is_some() && node.as_bool().is_none() {
            let kind = if text.parse::<f64>().is_ok() { "enumeration-number" } else { "enumeration" };
            self.value(kind, node, &typo(text));
            if text.to_lowercase() != text {
                self.value("enumeration-case", node, &text.to_lowercase());
            }
        }
        if let Some(most) = schema.maximum().and_then(|v| v.as_f64()) {
            self.value("number-too-large", node, &format!("{}", most + 1.0));
        }
        if let Some(least) = schema.minimum().and_then(|v| v.as_f64()) {
            self.value("number-too-small", node, &format!("{}", least - 1.0));
        }
        if let Some(most) = schema.max_length()
            && most < 3000
        {
            self.value("too-long", node, &"x".repeat(most as usize + 1));
        }
        if schema.min_length().is_some_and(|least| least > 0) && node.style != Style::Plain {
            self.value("empty-text", node, "");
        }
        const ODD: &str = "?!/ §";
        if schema.enumeration().is_none() && schema.pattern().is_some_and(|p| p.find(ODD) == Found::No) {
            self.value("pattern", node, ODD);
        }
    }

    fn call(&mut self, call: &Call, at: At<'_>) {
        let argument = &call.argument;
        let items = argument.as_list().unwrap_or_default();
        match call.function {
            Intrinsic::Ref => {
                if let Some(name) = argument.as_str() {
                    let kind = if name.starts_with("AWS::") { "pseudo-parameter" } else { "ref" };
                    self.value(kind, argument, &typo(name));
                }
            }
            Intrinsic::GetAtt => self.get_att(call, items),
            Intrinsic::Sub => {
                self.variables(items.first().unwrap_or(argument));
            }
            Intrinsic::If => {
                if let Some(name) = items.first() {
                    self.value("if-condition", name, &typo(name.as_str().unwrap_or_default()));
                    self.without("if-arity", call, items, items.len() - 1);
                }
            }
            Intrinsic::Condition => {
                self.value("condition-reference", argument, &typo(argument.as_str().unwrap_or_default()));
            }
            Intrinsic::FindInMap => {
                let kinds = ["map-name", "map-row", "map-column"];
                for (item, kind) in items.iter().zip(kinds) {
                    if let Some(name) = item.as_str() {
                        self.value(kind, item, &typo(name));
                    }
                }
                self.without("find-in-map-arity", call, items, items.len().saturating_sub(1));
            }
            Intrinsic::Join if items.len() == 2 => self.without("join-delimiter", call, items, 0),
            Intrinsic::Select if items.len() == 2 => {
                self.without("select-arity", call, items, 1);
                self.value("select-index", &items[0], "first");
            }
            Intrinsic::Split if items.len() == 2 => self.without("split-arity", call, items, 0),
            Intrinsic::Equals if items.len() == 2 => self.without("equals-arity", call, items, 1),
            _ => {}
        }
        if call.short {
            let name = call.function.tag();
            self.add("function-name", call.function_span, format!("{name}s"));
        } else if call.function != Intrinsic::Condition {
            let name = call.function.name();
            let text = if self.json() { format!("\"{name}s\"") } else { format!("{name}s") };
            self.add("function-name", call.function_span, text);
        }
        self.function.push(call.function);
        let inner = At { schema: None, ..at };
        if call.function != Intrinsic::GetAtt {
            self.node(argument, inner);
        }
        self.function.pop();
    }

    fn get_att(&mut self, call: &Call, items: &[Node]) {
        let [id, attribute] = items else { return };
        let (Some(id_text), Some(name)) = (id.as_str(), attribute.as_str()) else { return };
        let resource = self.document.root().and_then(|r| r.at(&["Resources", id_text, "Type"])).and_then(Node::as_str);
        let open = |kind: &str| store::find(kind).is_none() || kind.starts_with("Custom::") || kind.ends_with("Stack");
        if resource.is_some_and(open) {
            return; // any attribute may be right
        }
        if call.short && call.argument.style == Style::Plain && id.span.end < attribute.span.start {
            self.add("get-att-resource", id.span, typo(id_text));
            self.add("get-att-attribute", attribute.span, typo(name));
            if !name.contains('.') {
                self.add("get-att-alone", Span { start: id.span.end, end: attribute.span.end }, "");
            }
        } else if !call.short {
            self.value("get-att-resource", id, &typo(id_text));
            self.value("get-att-attribute", attribute, &typo(name));
        }
    }

    fn variables(&mut self, text: &Node) {
        let Some(string) = text.as_str() else { return };
        for (number, variable) in sub::variables(string).into_iter().enumerate() {
            let span = sub::variable_span(&self.document.file, text, variable.name, number);
            if self.document.file.slice(span) != variable.name {
                continue;
            }
            let kind = match (variable.name.starts_with("AWS::"), variable.name.contains('.')) {
                (true, _) => "pseudo-parameter",
                (_, true) => "sub-attribute",
                _ => "sub-variable",
            };
            self.add(kind, span, typo(variable.name));
        }
    }

    /// A list of arguments without one of them.
    fn without(&mut self, kind: &'static str, call: &Call, items: &[Node], index: usize) {
        if call.argument.style != Style::Flow || items.len() < 2 {
            return;
        }
        let span = match items.get(index + 1) {
            Some(next) => Span { start: start_of(&items[index]), end: start_of(next) },
            None => Span { start: self.end(items[index - 1].span), end: self.end(items[index].span) },
        };
        let place = call.function_span.start;
        self.add_at(kind, span, "", vec![place, call.argument.span.start, span.start]);
    }
}

/// Where a value starts, a tag included.
fn start_of(node: &Node) -> u32 {
    match &node.kind {
        NodeKind::Call(call) if call.short => call.function_span.start,
        _ => node.span.start,
    }
}

/// A name with a slip of the finger: two neighbours in the middle swapped, or a letter too many.
fn typo(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let middle = letters.len() / 2;
    let swap = (middle..letters.len().saturating_sub(1)).find(|&i| {
        letters[i] != letters[i + 1] && letters[i].is_ascii_alphanumeric() && letters[i + 1].is_ascii_alphanumeric()
    });
    match swap {
        Some(i) => letters.swap(i, i + 1),
        None => letters.push('x'),
    }
    letters.into_iter().collect()
}

fn is_network(text: &str) -> bool {
    let Some((address, prefix)) = text.split_once('/') else { return false };
    prefix.parse::<u8>().is_ok() && address.split('.').filter(|p| p.parse::<u8>().is_ok()).count() == 4
}
