//! Which attributes `Fn::GetAtt` finds on a resource type.

use super::{ANYTHING, Compiler, Document, Json, flat};

/// Work that is done to find the schema of one attribute.
const MAX_STEPS: u32 = 10_000;

/// Types whose attributes are the outputs of another stack; the last one has others besides.
const NAMES_OF_OUTPUTS: [&str; 3] = [
    "AWS::CloudFormation::Stack",
    "AWS::Serverless::Application",
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
];

impl<'s> Compiler<'s> {
    /// The attributes of a type, sorted by name, each with its schema; `*` stands for any text.
    pub(super) fn attributes(&mut self, document: &mut Document<'s>) -> u32 {
        if document.name == "AWS::CloudFormation::CustomResource" {
            return self.any_attribute();
        }
        let outputs = NAMES_OF_OUTPUTS.iter().position(|known| *known == document.name);
        let pointers = if outputs.is_some_and(|at| at < 2) { Vec::new() } else { self.pointers(document) };
        let mut found = Vec::new();
        for pointer in pointers {
            let parts: Vec<&str> = pointer.split('/').skip(2).collect();
            if outputs.is_some() && parts == ["Outputs"] {
                continue;
            }
            let node = match walk(document.root, document.root, &parts, 0, &mut { MAX_STEPS }) {
                Some(schema) => self.schema(schema, document),
                None => ANYTHING,
            };
            found.push((self.text(&parts.join(".")), node));
        }
        if outputs.is_some() {
            // The schema of a text: the mask of `type`, the bit of `string`.
            found.push((self.text("Outputs.*"), self.emit(vec![1, 1])));
        }
        found.sort_unstable();
        found.dedup_by_key(|(name, _)| *name);
        self.list(flat(found), 2)
    }

    /// The list for what has any attribute.
    pub(super) fn any_attribute(&mut self) -> u32 {
        let star = self.text("*");
        self.list(vec![star, ANYTHING], 2)
    }

    fn pointers(&self, document: &Document<'s>) -> Vec<String> {
        let mut pointers: Vec<String> = Vec::new();
        let table = self.sources.files.get("attributes");
        let every = table.and_then(|table| table.get("every_property")).and_then(Json::as_array);
        if every.is_some_and(|every| every.iter().any(|one| one == document.name.as_str())) {
            for (property, schema) in members(document.root.get("properties")) {
                leaves(document.root, schema, &format!("/properties/{property}"), 0, &mut pointers);
            }
            return pointers;
        }
        let also = table.and_then(|table| table.get("also")).and_then(|also| also.get(&document.name));
        let also = also.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        pointers.extend(also.map(|property| format!("/properties/{property}")));
        let read_only = document.root.get("readOnlyProperties").and_then(Json::as_array).into_iter().flatten();
        pointers.extend(read_only.filter_map(Json::as_str).map(str::to_owned));
        pointers
    }
}

fn members(value: Option<&Json>) -> impl Iterator<Item = (&String, &Json)> {
    value.and_then(Json::as_object).into_iter().flatten()
}

fn has_type(schema: &Json, name: &str) -> bool {
    match schema.get("type") {
        Some(Json::String(one)) => one == name,
        Some(Json::Array(list)) => list.iter().any(|one| one == name),
        _ => false,
    }
}

/// Everything below a property that is no object and no list of objects.
fn leaves(root: &Json, schema: &Json, pointer: &str, depth: usize, found: &mut Vec<String>) {
    if depth > 20 {
        return;
    }
    if has_type(schema, "object") {
        for (name, part) in members(schema.get("properties")) {
            leaves(root, part, &format!("{pointer}/{name}"), depth + 1, found);
        }
    } else if has_type(schema, "array") {
        let items = schema.get("items").and_then(|items| items.get("type")).and_then(Json::as_str);
        if !matches!(items, Some("object" | "array")) {
            found.push(pointer.to_owned());
        }
    } else if let Some(target) = target(root, schema) {
        leaves(root, target, pointer, depth + 1, found);
    } else {
        found.push(pointer.to_owned());
    }
}

fn target<'s>(root: &'s Json, schema: &Json) -> Option<&'s Json> {
    root.pointer(schema.get("$ref")?.as_str()?.strip_prefix('#')?)
}

/// The schema that a pointer leads to, through references, lists and alternatives.
fn walk<'s>(root: &'s Json, schema: &'s Json, parts: &[&str], depth: usize, steps: &mut u32) -> Option<&'s Json> {
    if depth > 40 || *steps == 0 {
        return None;
    }
    *steps -= 1;
    let Some((first, rest)) = parts.split_first() else { return Some(schema) };
    if let Some(target) = target(root, schema) {
        return walk(root, target, parts, depth + 1, steps);
    }
    let property = schema.get("properties").and_then(|properties| properties.get(first));
    if let Some(found) = property.and_then(|property| walk(root, property, rest, depth + 1, steps)) {
        return Some(found);
    }
    if let Some(items) = schema.get("items") {
        let below = if *first == "*" { rest } else { parts };
        if let Some(found) = walk(root, items, below, depth + 1, steps) {
            return Some(found);
        }
    }
    if *first == "*" {
        let mut any = members(schema.get("patternProperties"));
        if let Some(found) = any.find_map(|(_, part)| walk(root, part, rest, depth + 1, steps)) {
            return Some(found);
        }
    }
    ["anyOf", "allOf", "oneOf"].iter().find_map(|keyword| {
        let mut alternatives = schema.get(*keyword).and_then(Json::as_array).into_iter().flatten();
        alternatives.find_map(|part| walk(root, part, parts, depth + 1, steps))
    })
}
