//! Execution roles and the policies in them.

use super::World;
use super::errors::{ErrorKind, Fault, Result};
use super::policies;
use super::resource::{Macro, Resource};
use crate::transform::value::{Map, Value, list, map};

/// The policy that lets a service assume a role.
pub fn trust(service: &'static str) -> Value {
    map! {
        "Version" => "2012-10-17",
        "Statement" => list![map! {
            "Action" => list!["sts:AssumeRole"],
            "Effect" => "Allow",
            "Principal" => map! { "Service" => list![service] },
        }],
    }
}

/// An inline policy with one statement and no version: the common form of generated ones.
pub fn policy(name: impl Into<Value>, action: impl Into<Value>, resource: impl Into<Value>) -> Value {
    let statement = map! { "Action" => action.into(), "Effect" => "Allow", "Resource" => resource.into() };
    map! { "PolicyName" => name.into(), "PolicyDocument" => map! { "Statement" => list![statement] } }
}

/// What an entry of `Policies` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EntryKind {
    Managed,
    Statement,
    Unknown,
}

fn entry_kind(entry: &Value) -> Result<EntryKind> {
    if entry.is_str() {
        return Ok(EntryKind::Managed);
    }
    if let Some(argument) = entry.call("Fn::If") {
        let Some([_, yes, no]) = argument.as_list() else {
            return Err(Fault::template("`Fn::If` needs three arguments").at(entry.span));
        };
        let kinds = (entry_kind(yes)?, entry_kind(no)?);
        return match kinds {
            (a, b) if a == b => Ok(a),
            (_, b) if yes.is_no_value() => Ok(b),
            (a, _) if no.is_no_value() => Ok(a),
            _ => {
                let message = "the branches of `Fn::If` hold policies of different kinds";
                Err(Fault::template(message).at(entry.span))
            }
        };
    }
    if entry.is_intrinsic() {
        return Ok(EntryKind::Managed);
    }
    Ok(if entry.get("Statement").is_some() { EntryKind::Statement } else { EntryKind::Unknown })
}

/// The value with each branch of its `Fn::If` edited, unless it is no value.
fn edit_branches(entry: &Value, edit: &dyn Fn(&Value) -> Option<Value>) -> Value {
    let mut entry = entry.clone();
    if let Some(branches) = entry.path_mut(&["Fn::If"]).and_then(Value::as_list_mut) {
        for branch in branches.iter_mut().skip(1).filter(|b| !b.is_no_value()) {
            if let Some(new) = edit(branch) {
                let span = branch.span;
                *branch = new.at(span);
            }
        }
    }
    entry
}

/// What a role is made from.
pub struct RoleParts {
    /// Who may assume it.
    pub trust: Value,
    /// ARNs of managed policies that the transform adds.
    pub managed: Vec<Value>,
    /// Inline policies that the transform adds.
    pub policies: Vec<Value>,
    /// Tags.
    pub tags: Value,
    /// Managed policy names appended to `Policies`.
    pub extra: Vec<Value>,
}

/// The execution role of a function or state machine, `{L}Role`.
///
/// # Errors
/// When an entry of `Policies` is neither a managed policy nor a statement.
pub fn execution_role(source: &Macro, parts: RoleParts, world: &World) -> Result<Resource> {
    let id = source.id.plus("Role");
    let mut managed = parts.managed;
    let mut inline = parts.policies;
    let given = source.truthy("Policies");
    let mut entries = match given {
        Some(value) => value.as_list().map_or_else(|| vec![value.clone()], <[Value]>::to_vec),
        None => Vec::new(),
    };
    entries.extend(parts.extra);
    let lookup = |v: &Value| v.as_str().map(|name| Value::from(policies::managed_arn(world, name)).at(v.span));
    for (index, entry) in entries.iter().enumerate() {
        match entry_kind(entry)? {
            EntryKind::Statement => {
                let name = format!("{id}Policy{index}");
                let wrap =
                    |v: &Value| Some(map! { "PolicyName" => name.clone(), "PolicyDocument" => v.clone() }.at(v.span));
                inline.push(if entry.is_if() {
                    edit_branches(entry, &wrap)
                } else {
                    wrap(entry).unwrap_or_else(Value::null)
                });
            }
            EntryKind::Managed => {
                let arn = match lookup(entry) {
                    Some(arn) => arn,
                    None if entry.is_if() => edit_branches(entry, &lookup),
                    None => entry.clone(),
                };
                if !managed.iter().any(|m| m.same(&arn)) {
                    managed.push(arn);
                }
            }
            EntryKind::Unknown => {
                return Err(unknown_policy(source, index, entry));
            }
        }
    }
    let cause = super::resource::Cause { ..source.cause.clone() };
    let policies = if inline.is_empty() { Value::null() } else { inline.into() };
    Ok(Resource::new(id, "AWS::IAM::Role", &cause)
        .with_attributes(&source.passed_on())
        .with("AssumeRolePolicyDocument", parts.trust)
        .with("ManagedPolicyArns", managed)
        .with_some("Path", source.get("RolePath"))
        .with("Policies", policies)
        .with_some("PermissionsBoundary", source.get("PermissionsBoundary"))
        .with("Tags", parts.tags))
}

/// The problem of an entry of `Policies` that is nothing known.
fn unknown_policy(source: &Macro, index: usize, entry: &Value) -> Fault {
    let named = entry.as_map().filter(|m| m.len() == 1).and_then(|m| m.pairs().next());
    if let Some(pair) = named.filter(|p| p.value.is_map() && !entry.is_intrinsic()) {
        let message = format!("`{}` is no policy template{}", pair.key, policies::did_you_mean(&pair.key));
        return source.fault(ErrorKind::Invalid, message).at(pair.key_span).at(entry.span);
    }
    let message = format!("entry {index} of `Policies` is neither a managed policy, a policy template nor a document");
    source.fault(ErrorKind::Invalid, message).at(entry.span)
}

/// Adds a managed policy to a role, unless it is there.
pub fn add_managed(role: &mut Resource, arn: impl Into<Value>) {
    let arn = arn.into();
    let list = role.properties.entry("ManagedPolicyArns", || Vec::new().into());
    if let Some(list) = list.as_list_mut().filter(|l| !l.iter().any(|v| v.same(&arn))) {
        list.push(arn);
    }
}

/// Adds an inline policy to a role, unless it or its document is there.
pub fn add_policy(role: &mut Resource, policy: Value) {
    if !role.properties.has("Policies") {
        role.properties.insert("Policies", Vec::new());
        role.properties =
            ordered(&role.properties, &["AssumeRolePolicyDocument", "ManagedPolicyArns", "Path", "Policies"]);
    }
    let list = role.properties.entry("Policies", || Vec::new().into());
    let present = |v: &Value| v.same(&policy);
    let list_has = list.as_list().is_some_and(|l| {
        l.iter().any(present)
            || policy
                .get("PolicyDocument")
                .is_some_and(|d| l.iter().any(|v| v.get("PolicyDocument").is_some_and(|w| w.same(d))))
    });
    if let (Some(list), false) = (list.as_list_mut(), list_has) {
        list.push(policy);
    }
}

/// The keys of a map in a fixed order, for output.
pub fn ordered(map: &Map, order: &[&'static str]) -> Map {
    let mut new = Map::new();
    for name in order {
        if let Some(pair) = map.pair(name) {
            new.insert_placed(*name, pair.key_span, pair.value.clone());
        }
    }
    for pair in map.pairs().filter(|p| !order.contains(&&*p.key)) {
        new.insert_placed(pair.key.clone(), pair.key_span, pair.value.clone());
    }
    new
}
