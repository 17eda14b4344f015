//! Turns the text sources in `schemas/` into the one flat file that the program carries.
//!
//! Everything that is equal is written once: texts are numbered in sorted order, lists and nodes are shared. A
//! keyword that this version does not know is refused, because passing over it would mean checking less in silence.

use super::layout::{
    ANYTHING, EXTENDED, HEADER, IGNORED, KEYWORDS, MAGIC, NAMED_REGIONAL, NAMED_SCHEMA, NAMED_VALUE, NOTHING,
    OF_THE_TYPE, Shape, TYPE_NAMES, VERSION, tag,
};
use super::pattern;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

mod attributes;
mod regions;

/// The text sources: path below the folder, without `.json`, and content.
#[derive(Default)]
pub struct Sources {
    files: BTreeMap<String, Json>,
}

impl Sources {
    /// Reads the sources of a folder.
    pub fn read(folder: &Path) -> Result<Sources, String> {
        let mut sources = Sources::default();
        for name in ["regions", "availability", "attributes"] {
            sources.add(name, &folder.join(format!("{name}.json")))?;
        }
        for kind in ["resources", "extensions", "other", "regional", "tables"] {
            let list = std::fs::read_dir(folder.join(kind)).map_err(|error| format!("{kind}: {error}"))?;
            for entry in list.flatten() {
                let path = entry.path();
                let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
                if path.extension().is_some_and(|extension| extension == "json") {
                    sources.add(&format!("{kind}/{stem}"), &path)?;
                }
            }
        }
        Ok(sources)
    }

    fn add(&mut self, name: &str, path: &Path) -> Result<(), String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let json = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        self.files.insert(name.to_owned(), json);
        Ok(())
    }

    /// Adds a source that is in no file.
    pub(super) fn put(&mut self, name: &str, json: Json) {
        self.files.insert(name.to_owned(), json);
    }

    fn members<'s>(&'s self, name: &str) -> impl Iterator<Item = (&'s String, &'s Json)> + use<'s> {
        self.files.get(name).and_then(Json::as_object).into_iter().flatten()
    }

    /// The files of one folder, in order.
    fn folder<'s>(&'s self, kind: &'s str) -> impl Iterator<Item = (&'s str, &'s Map<String, Json>)> {
        let files = self.files.iter().filter_map(|(name, json)| Some((name.as_str(), json.as_object()?)));
        files.filter(move |(name, _)| name.strip_prefix(kind).is_some_and(|rest| rest.starts_with('/')))
    }

    /// Every schema of the folders of named schemas, as `other/iam/policy`.
    fn named(&self) -> BTreeMap<String, &Json> {
        let mut found = BTreeMap::new();
        for kind in ["extensions", "other"] {
            for (file, schemas) in self.folder(kind) {
                found.extend(schemas.iter().map(|(name, schema)| (format!("{file}/{name}"), schema)));
            }
        }
        found
    }
}

/// Compiles the sources; or says everything that is wrong with them.
pub fn compile(sources: &Sources) -> Result<Vec<u8>, Vec<String>> {
    // The first pass finds the texts, the second writes with their final numbers.
    let mut first = Compiler::new(sources, Vec::new());
    first.everything();
    if !first.problems.is_empty() {
        return Err(first.problems);
    }
    let texts: BTreeSet<String> = first.texts.into_iter().collect();
    let mut second = Compiler::new(sources, texts.into_iter().collect());
    let header = second.everything();
    Ok(second.write(header))
}

/// Where the tables begin, for the header.
#[derive(Default)]
struct Tables {
    types: (u32, u32),
    named: (u32, u32),
    regions: u32,
    patterns: u32,
}

/// A document while it is compiled: references are looked up from its root.
struct Document<'s> {
    name: String,
    root: &'s Json,
    wanted: BTreeSet<String>,
    done: BTreeMap<String, u32>,
    /// Name of the neighbouring document that the present schema stands in, for references out of it.
    inside: Option<String>,
}

impl<'s> Document<'s> {
    fn new(name: &str, root: &'s Json) -> Self {
        Document { name: name.to_owned(), root, wanted: BTreeSet::new(), done: BTreeMap::new(), inside: None }
    }
}

struct Compiler<'s> {
    sources: &'s Sources,
    texts: Vec<String>,
    numbers_of_texts: HashMap<String, u32>,
    words: Vec<u32>,
    shared: HashMap<Vec<u32>, u32>,
    numbers: Vec<u64>,
    numbers_of_numbers: HashMap<u64, u32>,
    patterns: BTreeMap<String, u32>,
    problems: Vec<String>,
}

impl<'s> Compiler<'s> {
    fn new(sources: &'s Sources, texts: Vec<String>) -> Self {
        let numbers_of_texts = texts.iter().enumerate().map(|(at, text)| (text.clone(), at as u32)).collect();
        Compiler {
            sources,
            texts,
            numbers_of_texts,
            words: vec![0, 0],
            shared: HashMap::from([(vec![0], ANYTHING)]),
            numbers: Vec::new(),
            numbers_of_numbers: HashMap::new(),
            patterns: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    fn everything(&mut self) -> Tables {
        let regions = self.regions();
        let (types, named) = (self.types(), self.named());
        let patterns = self.list(self.patterns.values().copied().collect(), 1);
        Tables { types, named, regions, patterns }
    }

    fn problem(&mut self, document: &Document<'_>, text: impl std::fmt::Display) {
        self.problems.push(format!("{}: {text}", document.name));
    }

    fn text(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers_of_texts.get(text) {
            return number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.to_owned());
        self.numbers_of_texts.insert(text.to_owned(), number);
        number
    }

    /// Writes a list of words, or finds it where it stands already.
    fn emit(&mut self, list: Vec<u32>) -> u32 {
        if let Some(&at) = self.shared.get(&list) {
            return at;
        }
        let at = self.words.len() as u32;
        self.words.extend_from_slice(&list);
        self.shared.insert(list, at);
        at
    }

    /// A list of items of `width` words with its length in front.
    fn list(&mut self, words: Vec<u32>, width: usize) -> u32 {
        let mut all = vec![(words.len() / width) as u32];
        all.extend(words);
        self.emit(all)
    }

    fn number(&mut self, bits: u64) -> u32 {
        let next = self.numbers.len() as u32;
        let numbers = &mut self.numbers;
        *self.numbers_of_numbers.entry(bits).or_insert_with(|| {
            numbers.push(bits);
            next
        })
    }

    /// Any JSON value in one word.
    fn value(&mut self, value: &Json) -> u32 {
        let (payload, tag) = match value {
            Json::Null => (0, tag::WORD),
            Json::Bool(truth) => (1 + u32::from(*truth), tag::WORD),
            Json::String(text) => (self.text(text), tag::TEXT),
            Json::Number(number) => match number.as_i64() {
                Some(whole) if (0..1 << 28).contains(&whole) => (whole as u32, tag::SMALL),
                Some(whole) => (self.number(whole as u64), tag::LARGE),
                None => (self.number(number.as_f64().unwrap_or_default().to_bits()), tag::FLOAT),
            },
            Json::Array(items) => {
                let words = items.iter().map(|item| self.value(item)).collect();
                (self.list(words, 1), tag::LIST)
            }
            Json::Object(members) => {
                let mut words: Vec<(u32, u32)> =
                    members.iter().map(|(name, value)| (self.text(name), self.value(value))).collect();
                words.sort_unstable();
                (self.list(flat(words), 2), tag::OBJECT)
            }
        };
        payload << 3 | tag
    }

    fn texts(&mut self, value: &Json, document: &Document<'_>) -> u32 {
        let names: Vec<&str> = match value {
            Json::String(one) => vec![one],
            Json::Array(items) => items.iter().filter_map(Json::as_str).collect(),
            _ => Vec::new(),
        };
        if names.is_empty() && value.as_array().is_none_or(|items| !items.is_empty()) {
            self.problem(document, format_args!("a list of names was expected, found {value}"));
        }
        let words = names.iter().map(|name| self.text(name)).collect();
        self.list(words, 1)
    }

    /// A schema and the table of the definitions it refers to.
    fn document(&mut self, name: &str, root: &'s Json, of_a_type: bool) -> (u32, u32, Document<'s>) {
        let mut document = Document::new(name, root);
        let node = if of_a_type { self.type_node(root, &mut document) } else { self.schema(root, &mut document) };
        let definitions = self.definitions(&mut document);
        (node, definitions, document)
    }

    /// Compiles what is referred to and not compiled yet, and writes the table of it.
    fn definitions(&mut self, document: &mut Document<'s>) -> u32 {
        while let Some(name) = document.wanted.iter().find(|name| !document.done.contains_key(*name)).cloned() {
            document.inside = name.split_once('#').map(|(file, _)| file.to_owned()).filter(|file| !file.is_empty());
            let node = match resolve(self.sources, document, &name) {
                Some(schema) => self.schema(schema, document),
                None => {
                    self.problem(document, format_args!("`{name}` is referred to and is not there"));
                    ANYTHING
                }
            };
            document.inside = None;
            document.done.insert(name, node);
        }
        let mut words: Vec<(u32, u32)> = document.done.iter().map(|(name, &node)| (self.text(name), node)).collect();
        words.sort_unstable();
        self.list(flat(words), 2)
    }

    /// The schema of a resource type without what is said about the type as a whole.
    fn type_node(&mut self, root: &'s Json, document: &mut Document<'s>) -> u32 {
        let Some(members) = root.as_object() else { return ANYTHING };
        let here = members.iter().filter(|(keyword, _)| !OF_THE_TYPE.contains(&keyword.as_str()));
        let here: Vec<_> = here.collect();
        self.node(&here, document)
    }

    fn schema(&mut self, schema: &'s Json, document: &mut Document<'s>) -> u32 {
        match schema {
            Json::Bool(true) => ANYTHING,
            Json::Bool(false) => NOTHING,
            Json::Object(members) => self.node(&members.iter().collect::<Vec<_>>(), document),
            other => {
                self.problem(document, format_args!("a schema was expected, found {other}"));
                ANYTHING
            }
        }
    }

    fn node(&mut self, members: &[(&'s String, &'s Json)], document: &mut Document<'s>) -> u32 {
        let mut found: Vec<(u8, u32)> = Vec::with_capacity(members.len());
        for (name, value) in members {
            if IGNORED.contains(&name.as_str()) {
                continue;
            }
            let spelling = if *name == "pattern" && value.is_object() { "patternLookup" } else { name.as_str() };
            match KEYWORDS.iter().find(|(_, known, _)| *known == spelling) {
                Some(&(keyword, _, shape)) => {
                    if let Some(word) = self.word(shape, value, document) {
                        found.push((keyword as u8, word));
                    }
                }
                None => self.problem(document, format_args!("unknown keyword `{name}`")),
            }
        }
        found.sort_unstable();
        let mask = |low: u8| {
            found.iter().filter(|(at, _)| (low..low + 32).contains(at)).fold(0u32, |m, (at, _)| m | 1 << (at - low))
        };
        let (first, second) = (mask(0), mask(32));
        let mut words = vec![first];
        if second != 0 {
            words = vec![first | EXTENDED, second];
        }
        words.extend(found.iter().map(|(_, word)| word));
        self.emit(words)
    }

    fn word(&mut self, shape: Shape, value: &'s Json, document: &mut Document<'s>) -> Option<u32> {
        Some(match shape {
            Shape::Types => self.types_of(value, document),
            Shape::Reference => self.reference(value, document),
            Shape::Schema => self.schema(value, document),
            Shape::Schemas => {
                let words = value.as_array()?.iter().map(|part| self.schema(part, document)).collect();
                self.list(words, 1)
            }
            Shape::Members => self.members(value, document),
            Shape::PatternMembers => {
                let parts = value.as_object()?.iter();
                let words = parts.map(|(name, part)| (self.pattern(name), self.schema(part, document))).collect();
                self.list(flat(words), 2)
            }
            Shape::Pattern => {
                let Some(text) = value.as_str() else {
                    self.problem(document, format_args!("a pattern was expected, found {value}"));
                    return None;
                };
                self.pattern(text)
            }
            Shape::Count => match value.as_u64().and_then(|count| u32::try_from(count).ok()) {
                Some(count) => count,
                // More than any document can hold: no limit.
                None if value.is_u64() => return None,
                None => {
                    self.problem(document, format_args!("a count was expected, found {value}"));
                    return None;
                }
            },
            Shape::Value => self.value(value),
            Shape::Values => {
                let words = value.as_array()?.iter().map(|part| self.value(part)).collect();
                self.list(words, 1)
            }
            Shape::Flag => u32::from(value.as_bool()?),
            Shape::Text => self.text(value.as_str()?),
            Shape::Texts => self.texts(value, document),
            Shape::Dependents => self.dependents(value, document)?,
            Shape::Dependencies => self.dependencies(value, document)?,
            Shape::Context => self.context(value, document)?,
            Shape::Gather => {
                let gather = self.value(value.get("gather")?);
                let schema = self.schema(value.get("schema")?, document);
                self.emit(vec![gather, schema])
            }
        })
    }

    fn types_of(&mut self, value: &Json, document: &Document<'_>) -> u32 {
        let names = match value {
            Json::String(name) => vec![name.as_str()],
            other => other.as_array().into_iter().flatten().filter_map(Json::as_str).collect(),
        };
        let mut bits = 0;
        for name in names {
            match TYPE_NAMES.iter().position(|known| *known == name) {
                Some(bit) => bits |= 1 << bit,
                None => self.problem(document, format_args!("unknown type `{name}`")),
            }
        }
        bits
    }

    fn reference(&mut self, value: &Json, document: &mut Document<'s>) -> u32 {
        let written = value.as_str().unwrap_or_default();
        let full = match &document.inside {
            Some(file) if written.starts_with('#') => format!("{file}{written}"),
            _ => written.to_owned(),
        };
        let name = match full.strip_prefix("#/definitions/") {
            Some(name) if !name.contains('/') => name.to_owned(),
            _ if full == "#/" => "#".to_owned(),
            _ => full,
        };
        let number = self.text(&name);
        document.wanted.insert(name);
        number
    }

    fn members(&mut self, value: &'s Json, document: &mut Document<'s>) -> u32 {
        let parts = value.as_object().into_iter().flatten();
        let mut words: Vec<(u32, u32)> =
            parts.map(|(name, part)| (self.text(name), self.schema(part, document))).collect();
        words.sort_unstable();
        self.list(flat(words), 2)
    }

    fn dependents(&mut self, value: &'s Json, document: &Document<'s>) -> Option<u32> {
        let mut words = Vec::new();
        for (name, part) in value.as_object()? {
            words.push((self.text(name), self.texts(part, document)));
        }
        words.sort_unstable();
        Some(self.list(flat(words), 2))
    }

    /// Names with a list of names (0) or a schema (1).
    fn dependencies(&mut self, value: &'s Json, document: &mut Document<'s>) -> Option<u32> {
        let mut words = Vec::new();
        for (name, part) in value.as_object()? {
            let name = self.text(name);
            words.push(match part {
                Json::Array(_) => [name, 0, self.texts(part, document)],
                _ => [name, 1, self.schema(part, document)],
            });
        }
        words.sort_unstable();
        Some(self.list(words.concat(), 3))
    }

    /// Functions, pseudo parameters and references that may stand here (0 = not said, else address + 1), and the schema.
    fn context(&mut self, value: &'s Json, document: &mut Document<'s>) -> Option<u32> {
        let mut words = Vec::new();
        for name in ["functions", "pseudoParameters", "references"] {
            let list = match value.get(name) {
                None => None,
                Some(list) => match list.get("$ref").and_then(Json::as_str) {
                    None => Some(list),
                    Some(reference) => document.root.pointer(reference.trim_start_matches('#')),
                },
            };
            words.push(list.map_or(0, |list| self.texts(list, document) + 1));
        }
        for name in value.as_object()?.keys() {
            if !["functions", "pseudoParameters", "references", "schema"].contains(&name.as_str()) {
                self.problem(document, format_args!("unknown keyword `{name}` in `cfnContext`"));
            }
        }
        words.push(self.schema(value.get("schema")?, document));
        Some(self.emit(words))
    }

    /// A pattern: its text, the length of its program, the program.
    fn pattern(&mut self, source: &str) -> u32 {
        if let Some(&at) = self.patterns.get(source) {
            return at;
        }
        let program = pattern::compile(source, &mut |class| self.emit(class)).unwrap_or_default();
        let mut words = vec![self.text(source), program.len() as u32];
        words.extend(program);
        let at = self.emit(words);
        self.patterns.insert(source.to_owned(), at);
        at
    }

    fn types(&mut self) -> (u32, u32) {
        let module = Json::Object(Map::new());
        let mut rows = BTreeMap::new();
        let sources = self.sources;
        let all: BTreeMap<&String, &Json> = sources.folder("resources").flat_map(|(_, types)| types).collect();
        for (name, schema) in all {
            let (node, _, mut document) = self.document(name, schema, true);
            let attributes = self.attributes(&mut document);
            let definitions = self.definitions(&mut document);
            let about = schema.as_object().into_iter().flatten();
            let about = about.filter(|(keyword, _)| OF_THE_TYPE.contains(&keyword.as_str()));
            let about = Json::Object(about.map(|(name, value)| (name.clone(), value.clone())).collect());
            let about = self.value(&about);
            let mask = self.mask(name);
            let (low, high) = (mask as u32, (mask >> 32) as u32);
            rows.insert(name.clone(), [self.text(name), low, high, node, definitions, about, attributes]);
        }
        let empty = self.value(&module);
        let definitions = self.list(Vec::new(), 1);
        let module = "Module".to_owned();
        let attributes = self.any_attribute();
        rows.insert(module.clone(), [self.text(&module), !0, !0, ANYTHING, definitions, empty, attributes]);
        let at = self.words.len() as u32;
        self.words.extend(rows.values().flatten());
        (at, rows.len() as u32)
    }

    fn named(&mut self) -> (u32, u32) {
        let mut rows = BTreeMap::new();
        let sources = self.sources;
        for (name, schema) in sources.named() {
            let (node, definitions, _) = self.document(&name, schema, false);
            rows.insert(name.clone(), [self.text(&name), NAMED_SCHEMA, node, definitions]);
        }
        for (file, lists) in sources.folder("regional") {
            for (name, cases) in lists {
                let name = format!("{file}/{name}");
                rows.insert(name.clone(), [self.text(&name), NAMED_REGIONAL, self.cases(&name, cases), 0]);
            }
        }
        let tables = sources.files.iter().filter(|(name, _)| name.starts_with("tables/"));
        for (name, table) in tables {
            rows.insert(name.clone(), [self.text(name), NAMED_VALUE, self.value(table), 0]);
        }
        let at = self.words.len() as u32;
        self.words.extend(rows.values().flatten());
        (at, rows.len() as u32)
    }

    fn write(self, tables: Tables) -> Vec<u8> {
        let mut starts = Vec::with_capacity(self.texts.len() + 1);
        let mut length = 0u32;
        for text in &self.texts {
            starts.push(length);
            length += text.len() as u32;
        }
        starts.push(length);
        let mut header = vec![MAGIC, VERSION, self.words.len() as u32, self.texts.len() as u32];
        header.extend([self.numbers.len() as u32, length, tables.types.0, tables.types.1]);
        header.extend([tables.named.0, tables.named.1, tables.regions, tables.patterns]);
        header.resize(HEADER, 0);
        let mut out = Vec::with_capacity(4 * (HEADER + self.words.len() + starts.len()) + length as usize);
        for word in header.iter().chain(&self.words).chain(&starts) {
            out.extend(word.to_le_bytes());
        }
        for number in &self.numbers {
            out.extend(number.to_le_bytes());
        }
        for text in &self.texts {
            out.extend(text.as_bytes());
        }
        out
    }
}

fn flat(pairs: Vec<(u32, u32)>) -> Vec<u32> {
    pairs.into_iter().flat_map(|(name, value)| [name, value]).collect()
}

/// The schema that a reference names.
fn resolve<'s>(sources: &'s Sources, document: &Document<'s>, name: &str) -> Option<&'s Json> {
    let Some((file, pointer)) = name.split_once('#') else {
        return document.root.get("definitions")?.get(name);
    };
    if file.is_empty() {
        return document.root.pointer(pointer);
    }
    let folder = document.name.rsplit_once('/')?.0;
    let (folder, schemas) = (sources.files.get(folder)?, file);
    folder.get(schemas)?.pointer(pointer)
}
