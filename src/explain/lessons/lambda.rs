//! Figures of functions and of what calls them.

use super::figures::{amount, count, seconds};
use super::{Figure, Scope, number, plain, text};
use crate::explain::short::and;
use crate::explain::values::Val;

/// Who waits for the function, and for how long.
pub(super) fn timeout(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(own) = s.own_number()? else { return Ok(None) };
    let mut parts = Vec::new();
    for (_, mapping) in s.of_type("AWS::Lambda::EventSourceMapping") {
        if s.target(mapping.at("FunctionName")) != Some(s.id) {
            continue;
        }
        let Some(queue) = s.target(mapping.at("EventSourceArn")) else { continue };
        let Some(properties) = s.properties_of(queue).filter(|_| is(s, queue, "AWS::SQS::Queue")) else { continue };
        let hidden = number(properties, "VisibilityTimeout")?.unwrap_or(30.0);
        parts.push(format!("{queue} hides its messages for {}", count(hidden, "second")));
    }
    for (kind, patience) in [
        ("AWS::ApiGateway::Method", 29.0),
        ("AWS::ApiGateway::RestApi", 29.0),
        ("AWS::ApiGatewayV2::Integration", 30.0),
        ("AWS::ApiGatewayV2::Api", 30.0),
        ("AWS::Cognito::UserPool", 5.0),
    ] {
        for (id, properties) in s.of_type(kind) {
            // Roles and other functions may stand there too: what matters is whether this one is called.
            if properties.resources().iter().any(|r| reaches(s, r)) {
                let verdict = if own > patience { "sooner than the function" } else { "later than the function" };
                parts.push(format!("{id} waits for at most {}: it gives up {verdict}", count(patience, "second")));
                break;
            }
        }
    }
    Ok((!parts.is_empty()).then(|| and(&parts)))
}

fn reaches(s: &Scope<'_, '_, '_>, id: &str) -> bool {
    if id == s.id {
        return true;
    }
    let alias = matches!(s.model.resource(id).map(|r| &*r.kind), Some("AWS::Lambda::Alias" | "AWS::Lambda::Version"));
    alias && s.properties_of(id).and_then(|p| s.target(p.at("FunctionName"))) == Some(s.id)
}

fn is(s: &Scope<'_, '_, '_>, id: &str, kind: &str) -> bool {
    s.model.resource(id).is_some_and(|r| r.kind == kind)
}

/// Processors and price units.
pub(super) fn memory(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(own) = s.own_number()? else { return Ok(None) };
    Ok(Some(format!(
        "about {} of a vCPU; a thousand calls of one second are {} GB-seconds",
        amount(own / 1769.0),
        amount(own / 1024.0 * 1000.0)
    )))
}

/// What is billed of the storage.
pub(super) fn storage(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(own) = s.own_number()? else { return Ok(None) };
    Ok(Some(match own {
        n if n > 512.0 => format!("512 MB are free, {} MB are billed", amount(n - 512.0)),
        _ => "all of it is free".to_owned(),
    }))
}

/// Bytes of the environment.
pub(super) fn environment(s: &Scope<'_, '_, '_>) -> Figure {
    let Val::Map(entries) = s.value else { return Ok(None) };
    let mut bytes = 0;
    let mut open = 0;
    for (name, _, value) in entries {
        bytes += name.len();
        match plain(value) {
            Ok(value) => bytes += value.unwrap_or_default().len(),
            Err(_) => open += 1,
        }
    }
    let rest = match open {
        0 => String::new(),
        n => format!(", and {} known only at the deployment", count(f64::from(n), "value")),
    };
    Ok(Some(format!("{} of 4,096 bytes in {}{rest}", amount(bytes as f64), count(entries.len() as f64, "variable"))))
}

/// How many layers.
pub(super) fn layers(s: &Scope<'_, '_, '_>) -> Figure {
    Ok(Some(format!("{} of 5", s.value.items().len())))
}

/// What is left for the other functions.
pub(super) fn reserved(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(own) = s.own_number()? else { return Ok(None) };
    if own == 0.0 {
        return Ok(Some("the function is switched off: every call is refused".to_owned()));
    }
    let mut sum = 0.0;
    for (_, properties) in s.of_type("AWS::Lambda::Function") {
        sum += number(properties, "ReservedConcurrentExecutions")?.unwrap_or_default();
    }
    let left = 1000.0 - sum;
    let start = format!("enough for {} a second that take one second each", count(own, "request"));
    Ok(Some(if left >= 100.0 {
        format!("{start}; of the 1,000 of a default account {} are left for all other functions", amount(left))
    } else {
        format!("{start}; a default account has 1,000 and keeps at least 100 unreserved: this needs a higher quota")
    }))
}

/// Warm environments.
pub(super) fn provisioned(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(own) = s.own_number()? else { return Ok(None) };
    Ok(Some(format!(
        "{} at the same moment find a warm environment; call {} has a cold start",
        count(own, "call"),
        amount(own + 1.0)
    )))
}

/// When there is a new version.
pub(super) fn version(s: &Scope<'_, '_, '_>) -> Figure {
    let by_sam = s.model.resource(s.id).and_then(|r| r.origin.as_ref()).is_some();
    Ok(by_sam.then(|| "AutoPublishAlias gives it another logical id whenever the code changes".to_owned()))
}

/// Shares of the versions of an alias.
pub(super) fn weights(s: &Scope<'_, '_, '_>) -> Figure {
    let mut parts = Vec::new();
    for item in s.value.items() {
        let Some(weight) = number(item, "FunctionWeight")? else { continue };
        let version = item.at("FunctionVersion").map(Val::words).unwrap_or_default();
        parts.push(format!("{} of 100 calls go to {version}", amount(weight * 100.0)));
    }
    let main = s.properties.at("FunctionVersion").map(Val::words).unwrap_or_default();
    Ok((!parts.is_empty()).then(|| format!("{}, the rest to {main}", and(&parts))))
}

/// Attempts of an asynchronous call.
pub(super) fn attempts(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(own) = s.own_number()? else { return Ok(None) };
    Ok(Some(match own as u32 {
        0 => "one attempt, no second one".to_owned(),
        1 => "two attempts: at once and about a minute later".to_owned(),
        _ => "three attempts: at once, about a minute later and about two minutes after that".to_owned(),
    }))
}

/// What a batch is.
pub(super) fn batch(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(own) = s.own_number()? else { return Ok(None) };
    let window = s.number("MaximumBatchingWindowInSeconds")?.unwrap_or_default();
    let mut out = format!("up to {} in one call", count(own, "record"));
    if window > 0.0 {
        out.push_str(&format!(", waiting at most {} for them", seconds(window)));
    } else if own > 1.0 {
        out.push_str(", without waiting for more than are there");
    }
    if own > 60.0 {
        out.push_str("; of records of 100 KB only 60 fit into 6 MB");
    }
    Ok(Some(out))
}

/// Runs at the same moment on a stream.
pub(super) fn parallel(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(factor) = s.own_number()? else { return Ok(None) };
    let stream = s.target(s.properties.at("EventSourceArn")).filter(|id| is(s, id, "AWS::Kinesis::Stream"));
    let Some(properties) = stream.and_then(|id| s.properties_of(id)) else {
        return Ok(Some(format!("up to {} at once for each shard", count(factor, "run"))));
    };
    let shards = number(properties, "ShardCount")?;
    Ok(Some(match shards {
        Some(shards) => {
            format!("{} x {factor} = up to {} at once", count(shards, "shard"), count(shards * factor, "run"))
        }
        None => format!("up to {} at once for each shard", count(factor, "run")),
    }))
}

/// The patterns, each in words.
pub(super) fn filters(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for item in s.value.items() {
        let pattern = text(item, "Pattern")?.unwrap_or_default();
        let parsed: Option<serde_json::Value> = serde_json::from_str(&pattern).ok();
        let mut parts = Vec::new();
        if let Some(pattern) = &parsed {
            wanted(pattern, &mut Vec::new(), &mut parts);
        }
        out.extend((!parts.is_empty()).then(|| and(&parts)));
    }
    let n = count(s.value.items().len() as f64, "pattern");
    let words = if out.is_empty() { String::new() } else { format!(": records in which {}", out.join("; or ")) };
    Ok(Some(format!("{n} of 5 (10 on request){words}")))
}

/// What a pattern wants of each key, in words.
fn wanted(pattern: &serde_json::Value, path: &mut Vec<String>, out: &mut Vec<String>) {
    if path.len() > 8 || out.len() > 8 {
        return;
    }
    match pattern {
        serde_json::Value::Object(entries) => {
            for (key, below) in entries {
                path.push(key.clone());
                wanted(below, path, out);
                path.pop();
            }
        }
        serde_json::Value::Array(values) => {
            let words: Vec<String> = values.iter().map(one_wanted).collect();
            out.push(format!("{} {}", path.join("."), words.join(" or ")));
        }
        _ => {}
    }
}

fn one_wanted(value: &serde_json::Value) -> String {
    let plain = |v: &serde_json::Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    let Some((kind, with)) = value.as_object().and_then(|m| m.iter().next()) else {
        return format!("is {}", plain(value));
    };
    match (kind.as_str(), with) {
        ("prefix", with) => format!("begins with {}", plain(with)),
        ("suffix", with) => format!("ends with {}", plain(with)),
        ("exists", serde_json::Value::Bool(true)) => "is there".to_owned(),
        ("exists", _) => "is not there".to_owned(),
        ("anything-but", with) => format!("is anything but {}", plain(with)),
        ("numeric", serde_json::Value::Array(parts)) => {
            format!("is {}", parts.iter().map(plain).collect::<Vec<_>>().join(" "))
        }
        (_, with) => format!("fits {kind} {}", plain(with)),
    }
}

/// Who may call what for whom.
pub(super) fn permission(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(principal) = s.text("Principal")? else { return Ok(None) };
    let Some(function) = s.properties.at("FunctionName").map(Val::words) else { return Ok(None) };
    let source = match s.properties.at("SourceArn") {
        Some(arn) => {
            let ids = arn.resources();
            let of = if ids.is_empty() { arn.show_short(60) } else { ids.join(", ") };
            format!(" for {of}")
        }
        None if s.properties.at("SourceAccount").is_some() => " for one account".to_owned(),
        None => ", on behalf of anybody: no SourceArn".to_owned(),
    };
    Ok(Some(match text(s.properties, "Action")?.as_deref() {
        Some("lambda:InvokeFunctionUrl") => format!("{principal} may call the address of {function}{source}"),
        _ => format!("{principal} may call {function}{source}"),
    }))
}
