//! What a web function must keep to.

use crate::transform::sam::World;
use crate::transform::sam::errors::{ErrorKind, Result};
use crate::transform::sam::resource::Macro;
use crate::transform::value::{Map, UNPLACED, Value};

/// Checks everything that does not belong to one generated resource.
///
/// # Errors
/// The first thing that is not accepted.
pub fn all(source: &Macro, world: &World) -> Result<()> {
    deployment(source, world)?;
    if let Some(timeout) = source.get("Timeout").filter(|t| t.is_int())
        && !timeout.number().is_some_and(|n| (3.0..=900.0).contains(&n))
    {
        return Err(source.invalid("`Timeout` must be between 3 and 900 seconds").at(timeout.span));
    }
    weights(source)?;
    variables(source)?;
    let arn = source.get("EgressNetworkConnectorArn").filter(|a| a.as_str().is_some_and(|text| !is_connector(text)));
    match arn {
        Some(arn) => {
            let message = "`EgressNetworkConnectorArn` must be the ARN of a network connector with its version";
            Err(source.invalid(message).at(arn.span))
        }
        None => Ok(()),
    }
}

fn resolved(source: &Macro, name: &str, default: &'static str, world: &World) -> Result<Value> {
    let value = world.resolver.parameters(&source.value(name))?;
    Ok(if value.truthy() { value } else { default.into() })
}

fn deployment(source: &Macro, world: &World) -> Result<()> {
    let mode = resolved(source, "AutoDeploymentMode", "LatestRevision", world)?;
    let place = source.span("AutoDeploymentMode");
    let latest = match mode.as_str() {
        Some("LatestRevision") => true,
        Some("Disabled") => false,
        _ => {
            let message = "`AutoDeploymentMode` must be `LatestRevision` or `Disabled`";
            return Err(source.invalid(message).at(place));
        }
    };
    if source.truthy("AuthType").is_none() {
        let message = "a web function needs `AuthType`: `IamAuth` or `ApplicationManaged`";
        return Err(source.fault(ErrorKind::Missing, message));
    }
    let endpoint = resolved(source, "EndpointType", "HomeRegion", world)?;
    let regional = matches!(endpoint.as_str(), Some("MultiRegion" | "PerRegion"));
    let weights = source.truthy("RevisionWeights");
    if let Some(weights) = weights.filter(|_| latest) {
        let message = "`RevisionWeights` needs `AutoDeploymentMode: Disabled`";
        return Err(source.fault(ErrorKind::Exclusive, message).at(weights.span));
    }
    if regional && latest {
        let message =
            format!("`EndpointType` `{}` needs `AutoDeploymentMode: Disabled`", endpoint.as_str().unwrap_or_default());
        return Err(source.fault(ErrorKind::Exclusive, message).at(source.span("EndpointType")));
    }
    if !latest && !regional && weights.is_none() {
        let message = "`AutoDeploymentMode: Disabled` needs `RevisionWeights`";
        return Err(source.fault(ErrorKind::Missing, message).at(place));
    }
    Ok(())
}

fn weights(source: &Macro) -> Result<()> {
    let Some(given) = source.truthy("RevisionWeights") else { return Ok(()) };
    let Some(map) = given.as_map().filter(|_| !given.is_intrinsic()) else {
        let message = "`RevisionWeights` must be a map from revision ids to weights";
        return Err(source.fault(ErrorKind::WrongType, message).at(given.span));
    };
    for pair in map.pairs().filter(|p| !p.value.is_intrinsic()) {
        let weight = pair.value.number().filter(|_| pair.value.is_int());
        if !weight.is_some_and(|w| (1.0..=100.0).contains(&w)) {
            let message = format!("the weight of revision `{}` must be an integer between 1 and 100", pair.key);
            return Err(source.invalid(message).at(pair.value.span));
        }
    }
    if map.len() > 2 {
        return Err(source.invalid("`RevisionWeights` can name two revisions at most").at(given.span));
    }
    let all: Option<Vec<f64>> = map.values().map(Value::number).collect();
    match all.map(|all| all.iter().sum::<f64>()).filter(|sum| *sum != 100.0) {
        Some(sum) => Err(source.invalid(format!("the weights of the revisions sum to {sum}, not 100")).at(given.span)),
        None => Ok(()),
    }
}

fn variables(source: &Macro) -> Result<()> {
    let given = source.truthy("EnvironmentVariables").filter(|v| !v.is_intrinsic());
    for pair in given.and_then(Value::as_map).into_iter().flat_map(Map::pairs) {
        let key = pair.key.as_str();
        let named = key.starts_with(|c: char| c.is_ascii_alphabetic())
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !named {
            let message = format!("`{key}` is no name of an environment variable");
            return Err(source.invalid(message).at(pair.key_span));
        }
        let length = pair.value.as_str().map_or(1, |text| text.chars().count());
        if !(1..=4096).contains(&length) {
            let message = format!("environment variable `{key}` must have 1 to 4096 characters");
            let span = if pair.value.span == UNPLACED { pair.key_span } else { pair.value.span };
            return Err(source.invalid(message).at(span));
        }
    }
    Ok(())
}

/// Whether a text is the ARN of a network connector with its version.
fn is_connector(text: &str) -> bool {
    let parts: Vec<&str> = text.strip_suffix('\n').unwrap_or(text).split(':').collect();
    match parts.as_slice() {
        ["arn", partition, "lambda", _, _, "network-connector", name, version] => {
            ![partition, name, version].iter().any(|p| p.is_empty())
        }
        _ => false,
    }
}
