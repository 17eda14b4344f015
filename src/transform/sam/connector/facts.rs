//! Which types a connector can link, and how: the table `schemas/sam/connectors.json`.

use std::sync::LazyLock;

use serde_json::Value as Json;

use super::ends::End;
use crate::transform::value::{Kind, Map, Text, Value, sub, sub_with};

static FACTS: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../../schemas/sam/connectors.json")).unwrap_or_default());

/// How two types are linked.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// What is generated: `role-policy`, `queue-policy`, `topic-policy` or `function-permission`.
    pub product: &'static str,
    /// Whether that belongs to the source.
    pub on_source: bool,
    /// What must wait for it: `event-source-mapping` or `source`.
    pub waiting: Option<&'static str>,
    facts: &'static Json,
}

/// The link from one type to another.
pub fn link(from: &str, to: &str) -> Option<Link> {
    let facts = FACTS.get("links")?.get(from)?.get(to)?;
    Some(Link {
        product: facts.get("product")?.as_str()?,
        on_source: facts.get("on")?.as_str()? == "source",
        waiting: facts.get("waiting").and_then(Json::as_str),
        facts,
    })
}

impl Link {
    /// The permissions that can be asked for.
    pub fn categories(&self) -> Vec<&'static str> {
        self.access().map(|(name, _)| name).collect()
    }

    fn access(&self) -> impl Iterator<Item = (&'static str, &'static Json)> {
        self.facts
            .get("access")
            .and_then(Json::as_object)
            .into_iter()
            .flatten()
            .map(|(name, content)| (name.as_str(), content))
    }

    /// The sets of permissions that can be asked for, if not every one can.
    pub fn together(&self) -> Vec<Vec<&'static str>> {
        let sets = self.facts.get("together").and_then(Json::as_array).into_iter().flatten();
        sets.map(|set| set.as_array().into_iter().flatten().filter_map(Json::as_str).collect()).collect()
    }

    /// The content of each permission, with the two ends filled in.
    ///
    /// # Errors
    /// The name of what is needed of an end but not known.
    pub fn fill(&self, from: &End, to: &End) -> std::result::Result<Vec<(&'static str, Value)>, &'static str> {
        let known = [
            ("Source.Arn", &from.arn),
            ("Destination.Arn", &to.arn),
            ("Source.ResourceId", &from.resource_id),
            ("Destination.ResourceId", &to.resource_id),
            ("Source.Name", &from.name),
            ("Destination.Name", &to.name),
            ("Source.Qualifier", &from.qualifier),
            ("Destination.Qualifier", &to.qualifier),
        ];
        self.access().map(|(name, content)| Ok((name, fill(content, &known)?))).collect()
    }
}

type Known<'a> = [(&'static str, &'a Option<Value>)];

fn fill(json: &Json, known: &Known<'_>) -> std::result::Result<Value, &'static str> {
    Ok(match json {
        Json::Null => Value::null(),
        Json::Bool(b) => (*b).into(),
        Json::Number(n) => n.as_i64().map_or_else(|| Kind::Float(n.as_f64().unwrap_or_default()).into(), Value::from),
        Json::String(text) => return fill_text(text, known),
        Json::Array(items) => {
            items.iter().map(|item| fill(item, known)).collect::<std::result::Result<Vec<Value>, _>>()?.into()
        }
        Json::Object(pairs) => {
            let mut map = Map::new();
            for (key, value) in pairs {
                map.insert(Text::of(key), fill(value, known)?);
            }
            map.into()
        }
    })
}

fn fill_text(text: &str, known: &Known<'_>) -> std::result::Result<Value, &'static str> {
    if !text.contains("{") {
        return Ok(Text::of(text).into());
    }
    let mut text = text.to_owned();
    let mut variables = Map::new();
    for (name, value) in known {
        let pattern = format!("%{{{name}}}");
        if !text.contains(&pattern) {
            continue;
        }
        let Some(value) = value else { return Err(name) };
        if text == pattern {
            return Ok(value.clone());
        }
        let variable = name.replace('.', "");
        text = text.replace(&pattern, &format!("${{{variable}}}"));
        variables.insert(variable, value.clone());
    }
    Ok(match (text.contains("${"), variables.is_empty()) {
        (false, _) => text.into(),
        (true, true) => sub(text),
        (true, false) => sub_with(text, variables.into()),
    })
}

/// What is known of a resource by its type and id: `arn`, `name`, `url`, `id`, `qualifier`.
pub fn expressions(ty: &str, id: &str) -> Map {
    let id = Some(Value::from(Text::of(id)));
    let facts = FACTS.get("ends").and_then(|ends| ends.get(ty)).and_then(Json::as_object);
    let mut made = Map::new();
    for (key, value) in facts.into_iter().flatten().filter(|(key, _)| *key != "role") {
        if let Ok(value) = fill(value, &[("logicalId", &id)]) {
            made.insert(key.as_str(), value);
        }
    }
    made
}

/// The property of a type that holds its role; `Targets` of a rule has one role per target.
pub fn role_property(ty: &str) -> Option<&'static str> {
    FACTS.get("ends")?.get(ty)?.get("role")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::value::map;

    #[test]
    fn a_table_of_links() {
        let found = link("AWS::SQS::Queue", "AWS::Lambda::Function").map(|l| (l.product, l.on_source, l.categories()));
        assert_eq!(found, Some(("role-policy", false, vec!["Write", "Read"])));
        assert!(link("AWS::SQS::Queue", "AWS::SQS::Queue").is_none());
        let arn = expressions("AWS::SNS::Topic", "T");
        assert!(arn.get("arn").is_some_and(|v| v.same(&map! { "Ref" => "T" })));
    }
}
