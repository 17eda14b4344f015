//! Conditions that the transform adds.

use crate::transform::value::{Map, Text, Value, list, map};

/// Adds a condition to the template.
pub fn add(template: &mut Value, name: impl Into<Text>, definition: Value) {
    if let Some(template) = template.as_map_mut() {
        let section = template.entry("Conditions", || Map::new().into());
        if !section.is_map() {
            *section = Map::new().into();
        }
        section.set(name, definition);
    }
}

/// `Fn::Not` of a condition.
pub fn not(condition: impl Into<Value>) -> Value {
    map! { "Fn::Not" => list![map! { "Condition" => condition.into() }] }
}

/// The conditions that say "one of these": `Fn::Or` takes ten at most, so there may be several.
pub fn combined(name: &str, conditions: &[Text]) -> Vec<(String, Value)> {
    let mut rest: Vec<Value> = conditions.iter().map(Value::from).collect();
    let mut made = Vec::new();
    if rest.len() < 2 {
        return made;
    }
    let mut left = (rest.len() - 2) / 9;
    while rest.len() > 1 {
        let chunk: Vec<Value> = rest.drain(..rest.len().min(10)).map(|c| map! { "Condition" => c }).collect();
        let own = if left > 0 { format!("{name}{left}") } else { name.to_owned() };
        left = left.saturating_sub(1);
        rest.push(own.clone().into());
        made.push((own, map! { "Fn::Or" => chunk }));
    }
    made
}

/// Adds the conditions that say "one of these" under a name.
pub fn combine(template: &mut Value, name: &str, conditions: &[Text]) {
    for (name, definition) in combined(name, conditions) {
        add(template, name, definition);
    }
}
