//! `stacklens schema show`: a resource type, or a property of it.

use super::super::{CLEAN, FAILED, Streams, say};
use super::{SchemaFormat, print_json};
use crate::nearest::nearest;
use crate::schema::newer;
use crate::schema::store::{self, SchemaNode};
use crate::schema::traits::Traits;
use clap::Args;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// More values than this are not shown in one line.
const FEW: usize = 5;

#[derive(Args, Debug)]
pub(super) struct ShowArgs {
    /// The resource type, as in AWS::S3::Bucket
    #[arg(value_name = "TYPE")]
    name: String,

    /// A property of it, as in LifecycleConfiguration.Rules.Status
    #[arg(value_name = "PROPERTY")]
    path: Option<String>,

    /// How to print
    #[arg(long, short = 'f', value_enum, default_value_t = SchemaFormat::Text)]
    format: SchemaFormat,
}

/// Prints a type or a property; the exit code.
pub(super) fn run(args: &ShowArgs, streams: &mut Streams<'_>) -> io::Result<u8> {
    let names = || store::types().map(|one| one.name());
    let exact = names().find(|name| name.eq_ignore_ascii_case(&args.name)).unwrap_or(&args.name);
    let Some(traits) = Traits::of(exact) else {
        let near = nearest(&args.name, names()).map(|near| format!(": did you mean `{near}`?"));
        let help = near.unwrap_or_else(|| "; `stacklens schema list` lists them".to_owned());
        say(streams, &format!("there is no resource type `{}`{help}", args.name));
        return Ok(FAILED);
    };
    let page = Page { traits };
    let Some(path) = &args.path else {
        match args.format {
            SchemaFormat::Text => page.text(streams.stdout)?,
            SchemaFormat::Json => print_json(&page.json(), streams.stdout)?,
        }
        return Ok(CLEAN);
    };
    match page.find(path) {
        Ok((place, node)) => match args.format {
            SchemaFormat::Text => page.property_text(path, &place, node, streams.stdout)?,
            SchemaFormat::Json => print_json(&page.property_json(path, &place, node), streams.stdout)?,
        },
        Err(message) => {
            say(streams, &message);
            return Ok(FAILED);
        }
    }
    Ok(CLEAN)
}

struct Page {
    traits: Traits,
}

impl Page {
    fn schema(&self) -> SchemaNode {
        self.traits.facts().schema()
    }

    /// The schema at a path with dots, and the path with `*` for the items of lists.
    fn find(&self, path: &str) -> Result<(Vec<String>, SchemaNode), String> {
        let mut place: Vec<String> = Vec::new();
        let mut node = self.schema();
        for part in path.split('.').filter(|part| !matches!(*part, "" | "*")) {
            while let Some(items) = node.target().items() {
                place.push("*".to_owned());
                node = items;
            }
            let members = members(node, 0);
            let exact = members.keys().find(|name| name.eq_ignore_ascii_case(part));
            let found = exact.and_then(|name| Some((*name, *members.get(name)?)));
            let any = || node.target().pattern_properties().next().map(|(_, any)| (part, any));
            let Some((name, found)) = found.or_else(any) else {
                let of = if place.is_empty() { self.traits.type_name().to_owned() } else { place.join(".") };
                let near = nearest(part, members.keys().copied()).map(|near| format!(": did you mean `{near}`?"));
                return Err(format!("`{of}` has no property `{part}`{}", near.unwrap_or_default()));
            };
            place.push(name.to_owned());
            node = found;
        }
        Ok((place, node))
    }

    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        let facts = self.traits.facts();
        writeln!(out, "{}", self.traits.type_name())?;
        let ids: Vec<&str> = self.traits.ref_returns().into_iter().map(bare).collect();
        if !ids.is_empty() {
            writeln!(out, "  Ref gives   {}", ids.join("|"))?;
        }
        if let Some(shape) = self.traits.arn_shape() {
            writeln!(out, "  ARN         {shape}")?;
        }
        writeln!(out, "  regions     {}", self.regions())?;
        if store::is_newer(facts) {
            let date = newer::in_use().and_then(|about| about.date.as_deref()).unwrap_or("an unknown date");
            writeln!(out, "  facts       newer than the program, of {date}")?;
        }
        writeln!(out, "\nProperties")?;
        self.table(&[], self.schema(), out)?;
        let attributes: Vec<_> = facts.attributes().collect();
        if !attributes.is_empty() {
            writeln!(out, "\nAttributes")?;
            let width = attributes.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
            for (name, node) in attributes {
                let name = if name == "*" { "(any)" } else { name };
                writeln!(out, "  {name:<width$}  {}", kind(node, 0))?;
            }
        }
        Ok(())
    }

    fn regions(&self) -> String {
        let here = self.traits.facts().regions();
        let missing: Vec<&str> = store::regions().filter(|name| !here.contains(name)).collect();
        match missing.len() {
            0 => "every one that is known".to_owned(),
            few if few <= FEW => format!("every one but {}", missing.join(", ")),
            _ => {
                let first: Vec<&str> = here.names().take(FEW + 1).collect();
                let more = here.len().saturating_sub(first.len());
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("{} of {}: {}{more}", here.len(), store::regions().count(), first.join(", "))
            }
        }
    }

    /// The properties of an object, one in a line.
    fn table(&self, place: &[String], node: SchemaNode, out: &mut dyn Write) -> io::Result<()> {
        let all = members(node, 0);
        let required: Vec<&str> = node.target().required().collect();
        let rows: Vec<(&str, String, String)> = all
            .into_iter()
            .map(|(name, part)| {
                let mut flags = self.flags(&[place, &[name.to_owned()]].concat());
                if required.contains(&name) {
                    flags.insert(0, "required");
                }
                (name, kind(part, 0), flags.join(", "))
            })
            // What only the service sets is an attribute.
            .filter(|(_, _, flags)| flags != "read-only")
            .collect();
        if rows.is_empty() {
            return writeln!(out, "  none");
        }
        let first = rows.iter().map(|row| row.0.len()).max().unwrap_or_default();
        let second = rows.iter().filter(|row| !row.2.is_empty()).map(|row| row.1.chars().count()).max();
        let second = second.unwrap_or_default();
        for (name, kind, flags) in &rows {
            let line = format!("  {name:<first$}  {kind:<second$}  {flags}");
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// What is said about a property as such.
    fn flags(&self, place: &[String]) -> Vec<&'static str> {
        let facts = self.traits.facts();
        let wanted: Vec<&str> = place.iter().map(String::as_str).filter(|part| *part != "*").collect();
        let same = |pointer: &str| {
            let parts = pointer.strip_prefix("/properties/").unwrap_or(pointer).split('/');
            parts.filter(|part| *part != "*").eq(wanted.iter().copied())
        };
        let mut flags = Vec::new();
        if facts.create_only().any(same) {
            flags.push("create-only");
        }
        if facts.conditional_create_only().any(same) {
            flags.push("create-only in some cases");
        }
        if facts.read_only().any(same) {
            flags.push("read-only");
        }
        if facts.write_only().any(same) {
            flags.push("write-only");
        }
        if facts.deprecated().any(same) {
            flags.push("deprecated");
        }
        flags
    }

    fn property_text(&self, path: &str, place: &[String], node: SchemaNode, out: &mut dyn Write) -> io::Result<()> {
        let kind = kind(node, 0);
        writeln!(out, "{} {}: {kind}", self.traits.type_name(), shown(place, path))?;
        let flags = self.flags(place);
        if !flags.is_empty() {
            writeln!(out, "  {}", flags.join(", "))?;
        }
        let mut place = place.to_vec();
        let mut node = node.target();
        limits(node, out)?;
        while let Some(items) = node.items() {
            place.push("*".to_owned());
            node = items.target();
            limits(node, out)?;
        }
        if !members(node, 0).is_empty() {
            writeln!(out, "\nProperties")?;
            self.table(&place, node, out)?;
        }
        Ok(())
    }

    fn json(&self) -> Value {
        let facts = self.traits.facts();
        let attributes: Map<String, Value> =
            facts.attributes().map(|(name, node)| (name.to_owned(), kind(node, 0).into())).collect();
        json!({
            "version": 1,
            "type": self.traits.type_name(),
            "ref": self.traits.ref_returns().into_iter().map(bare).collect::<Vec<_>>(),
            "arn": self.traits.arn_shape(),
            "newer_than_program": store::is_newer(facts),
            "regions": facts.regions().names().collect::<Vec<_>>(),
            "properties": self.rows(&[], self.schema()),
            "attributes": attributes,
        })
    }

    fn rows(&self, place: &[String], node: SchemaNode) -> Map<String, Value> {
        let required: Vec<&str> = node.target().required().collect();
        let row = |(name, part): (&str, SchemaNode)| {
            let flags = self.flags(&[place, &[name.to_owned()]].concat());
            let values = part.target().enumeration().map(|all| all.iter().map(|one| one.to_json()).collect::<Vec<_>>());
            let mut row = json!({ "kind": kind(part, 0), "required": required.contains(&name) });
            for flag in ["create-only", "create-only in some cases", "read-only", "write-only", "deprecated"] {
                row[flag.replace([' ', '-'], "_")] = flags.contains(&flag).into();
            }
            if let Some(values) = values {
                row["values"] = values.into();
            }
            (name.to_owned(), row)
        };
        members(node, 0).into_iter().map(row).collect()
    }

    fn property_json(&self, path: &str, place: &[String], node: SchemaNode) -> Value {
        let mut inner = place.to_vec();
        let mut below = node.target();
        while let Some(items) = below.items() {
            inner.push("*".to_owned());
            below = items.target();
        }
        let values = below.enumeration().map(|all| all.iter().map(|one| one.to_json()).collect::<Vec<_>>());
        json!({
            "version": 1,
            "type": self.traits.type_name(),
            "property": shown(place, path),
            "kind": kind(node, 0),
            "flags": self.flags(place),
            "values": values,
            "pattern": below.pattern().map(|pattern| pattern.source()),
            "properties": self.rows(&inner, below),
        })
    }
}

fn shown(place: &[String], written: &str) -> String {
    let names: Vec<&str> = place.iter().map(String::as_str).filter(|part| *part != "*").collect();
    if names.is_empty() { written.to_owned() } else { names.join(".") }
}

fn bare(pointer: &str) -> &str {
    pointer.strip_prefix("/properties/").unwrap_or(pointer)
}

/// The properties of an object, those of alternatives too.
fn members(node: SchemaNode, depth: usize) -> BTreeMap<&'static str, SchemaNode> {
    let node = node.target();
    let mut found: BTreeMap<&'static str, SchemaNode> = BTreeMap::new();
    if depth < 4 {
        for part in node.all_of().chain(node.any_of()).chain(node.one_of()) {
            found.extend(members(part, depth + 1).into_iter().filter(|(_, part)| !says_nothing(*part)));
        }
    }
    found.extend(node.properties().filter(|(_, part)| !part.is_nothing()));
    found
}

fn says_nothing(node: SchemaNode) -> bool {
    node.is_anything() || node.is_nothing()
}

/// What a value must be, in a few words.
fn kind(node: SchemaNode, depth: usize) -> String {
    let node = node.target();
    if let Some(values) = node.enumeration().or_else(|| node.enum_case_insensitive()) {
        let all: Vec<String> = values.iter().take(FEW).map(|one| one.to_string()).collect();
        return if values.len() > FEW { format!("one of {} values", values.len()) } else { all.join(" | ") };
    }
    if depth > 3 {
        return "any".to_owned();
    }
    if let Some(items) = node.items() {
        return format!("list of {}", kind(items, depth + 1));
    }
    let types: Vec<&str> = node.types().into_iter().flat_map(|types| types.names()).collect();
    if matches!(types[..], ["object"] | [])
        && !node.has_properties()
        && let Some((_, part)) = node.pattern_properties().next()
    {
        return format!("map of {}", kind(part, depth + 1));
    }
    match types[..] {
        ["array"] => "list".to_owned(),
        [] if node.has_properties() => "object".to_owned(),
        [] => {
            let mut kinds: Vec<String> = Vec::new();
            for part in node.any_of().chain(node.one_of()).chain(node.all_of()) {
                let one = kind(part, depth + 1);
                if one != "any" && !kinds.contains(&one) {
                    kinds.push(one);
                }
            }
            if kinds.is_empty() { "any".to_owned() } else { kinds.join(" or ") }
        }
        _ => types.join(" or "),
    }
}

/// The limits of a value, one in a line.
fn limits(node: SchemaNode, out: &mut dyn Write) -> io::Result<()> {
    if let Some(values) = node.enumeration().or_else(|| node.enum_case_insensitive()) {
        let all: Vec<String> = values.iter().map(|one| one.to_string()).collect();
        writeln!(out, "  one of: {}", all.join(", "))?;
    }
    let range = |least: Option<String>, most: Option<String>| match (least, most) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}")),
        (Some(least), None) => Some(format!("at least {least}")),
        (None, Some(most)) => Some(format!("at most {most}")),
        (None, None) => None,
    };
    let count = |number: Option<u32>| number.map(|number| number.to_string());
    let value = |number: Option<store::Value>| number.map(|number| number.to_string());
    let lines = [
        ("characters", range(count(node.min_length()), count(node.max_length()))),
        ("items", range(count(node.min_items()), count(node.max_items()))),
        ("value", range(value(node.minimum()), value(node.maximum()))),
        ("pattern", node.pattern().map(|pattern| pattern.source().to_owned())),
        ("default", node.default_value().map(|value| value.to_json().to_string())),
    ];
    for (name, text) in lines {
        if let Some(text) = text {
            writeln!(out, "  {name}: {text}")?;
        }
    }
    Ok(())
}
