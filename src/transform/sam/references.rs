//! References after the resources are generated: changed logical ids, and names of generated resources such as
//! `Function.Alias`.

use crate::transform::value::{Map, Text, Value};

/// Replaces ids that changed, in `DependsOn` and in references.
pub fn rename(value: &mut Value, renamed: &[(Text, Text)]) {
    if renamed.is_empty() {
        return;
    }
    let new = |id: &str| renamed.iter().find(|(old, _)| old == id).map(|(_, new)| new.clone());
    walk(value, &|map| {
        if let Some(on) = map.get_mut("DependsOn") {
            rename_dependency(on, &new);
        }
        let Some((function, argument)) = only(map) else { return };
        match function.as_str() {
            "Ref" => {
                if let Some(id) = argument.as_str().and_then(new) {
                    replace(argument, id.into());
                }
            }
            "Fn::GetAtt" => rename_attribute(argument, &new),
            "Fn::Sub" => edit_sub(argument, &|variable| {
                let old = variable.split('.').next()?;
                new(old).map(|id| variable.replace(old, &id))
            }),
            _ => {}
        }
    });
}

/// Replaces names of generated resources: (resource, property, id of the generated one).
pub fn resolve(value: &mut Value, names: &[(String, &'static str, Text)]) {
    if names.is_empty() {
        return;
    }
    let find = |id: &str, property: &str| names.iter().find(|n| n.0 == id && n.1 == property).map(|n| n.2.clone());
    walk(value, &|map| {
        let Some((function, argument)) = only(map) else { return };
        match function.as_str() {
            "Ref" => {
                let parts = argument.as_str().and_then(|t| t.split_once('.'));
                if let Some(id) = parts.and_then(|(id, property)| find(id, property)) {
                    replace(argument, id.into());
                }
            }
            "Fn::GetAtt" => {
                let Some(parts) = attribute_parts(argument) else { return };
                if let [id, property, rest @ ..] = parts.as_slice()
                    && let Some(id) = find(id, property)
                {
                    let mut items = vec![Value::from(id)];
                    items.extend(rest.iter().map(|p| Value::from(Text::of(p))));
                    replace(argument, items.into());
                }
            }
            "Fn::Sub" => edit_sub(argument, &|variable| {
                let (id, rest) = variable.split_once('.')?;
                let (property, rest) = rest.split_once('.').map_or((rest, None), |(p, r)| (p, Some(r)));
                let id = find(id, property)?;
                Some(rest.map_or_else(|| id.to_string(), |rest| format!("{id}.{rest}")))
            }),
            _ => {}
        }
    });
}

fn replace(value: &mut Value, new: Value) {
    let span = value.span;
    *value = Value { span, ..new };
}

fn only(map: &mut Map) -> Option<(Text, &mut Value)> {
    if map.len() != 1 {
        return None;
    }
    let key = map.keys().next()?.clone();
    map.get_mut(&key).map(|v| (key, v))
}

/// Calls `edit` for every map that can hold a reference, outermost first.
fn walk(value: &mut Value, edit: &dyn Fn(&mut Map)) {
    if value.is_map() {
        if let Some(map) = value.as_map_mut() {
            if map.len() == 1 || map.has("DependsOn") {
                edit(map);
            }
            map.values_mut().filter(|v| v.is_map() || v.is_list()).for_each(|v| walk(v, edit));
        }
    } else if value.is_list() {
        value.as_list_mut().into_iter().flatten().for_each(|v| walk(v, edit));
    }
}

fn rename_dependency(on: &mut Value, new: &dyn Fn(&str) -> Option<Text>) {
    if let Some(id) = on.as_str().and_then(new) {
        replace(on, id.into());
    } else if on.is_list() {
        on.as_list_mut().into_iter().flatten().for_each(|item| {
            if let Some(id) = item.as_str().and_then(new) {
                replace(item, id.into());
            }
        });
    }
}

/// The dotted parts of a `Fn::GetAtt` list of two or more texts.
fn attribute_parts(argument: &Value) -> Option<Vec<String>> {
    let items = argument.as_list().filter(|items| items.len() >= 2)?;
    let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
    Some(texts?.join(".").split('.').map(str::to_owned).collect())
}

fn rename_attribute(argument: &mut Value, new: &dyn Fn(&str) -> Option<Text>) {
    let Some(parts) = attribute_parts(argument) else { return };
    let Some(id) = parts.first().and_then(|p| new(p)) else { return };
    let mut items = vec![Value::from(id)];
    items.extend(parts.iter().skip(1).map(|p| Value::from(Text::of(p))));
    replace(argument, items.into());
}

/// Edits the variables in the text of `Fn::Sub`.
fn edit_sub(argument: &mut Value, edit: &dyn Fn(&str) -> Option<String>) {
    let target = if argument.is_list() { argument.as_list_mut().and_then(|l| l.first_mut()) } else { Some(argument) };
    let Some(target) = target else { return };
    let Some(text) = target.as_str() else { return };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut changed = false;
    while let Some(start) = rest.find("${") {
        let inside = &rest[start + 2..];
        out.push_str(&rest[..start + 2]);
        rest = inside;
        let end = inside.find('}').unwrap_or(0);
        let variable = &inside[..end];
        let plain = variable.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
        if let Some(new) = Some(variable).filter(|v| plain && !v.is_empty()).and_then(edit) {
            out.push_str(&new);
            rest = &inside[end..];
            changed = true;
        }
    }
    out.push_str(rest);
    if changed {
        replace(target, out.into());
    }
}
