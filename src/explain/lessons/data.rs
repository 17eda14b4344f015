//! Figures of queues, streams, tables, buckets and caches.

use super::figures::{amount, bytes, count, seconds};
use super::{Figure, Scope, number, text};
use crate::explain::short::and;
use crate::explain::values::Val;

/// The time of hiding against the time of the function that works on the messages.
pub(super) fn visibility(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(hidden) = s.own_number()? else { return Ok(None) };
    let mut parts = Vec::new();
    for (_, mapping) in s.of_type("AWS::Lambda::EventSourceMapping") {
        if s.target(mapping.at("EventSourceArn")) != Some(s.id) {
            continue;
        }
        let Some(function) = s.target(mapping.at("FunctionName")) else { continue };
        let Some(properties) = s.properties_of(function) else { continue };
        let own = number(properties, "Timeout")?.unwrap_or(3.0);
        let window = number(mapping, "MaximumBatchingWindowInSeconds")?.unwrap_or_default();
        let wanted = 6.0 * own + window;
        let sum = match window {
            w if w > 0.0 => format!("6 x {} + {} = {}", amount(own), amount(w), amount(wanted)),
            _ => format!("6 x {} = {}", amount(own), amount(wanted)),
        };
        parts.push(if hidden >= wanted {
            format!("{function} may run {}; {sum}, so this is enough", count(own, "second"))
        } else if hidden < own {
            format!("{function} may run {}: Lambda refuses the mapping, it wants at least that", count(own, "second"))
        } else {
            format!(
                "{function} may run {}; {sum} would be advised, with less a message can come back while it is still tried",
                count(own, "second")
            )
        });
    }
    if parts.is_empty() {
        return Ok((hidden >= 60.0).then(|| seconds(hidden)));
    }
    Ok(Some(and(&parts)))
}

/// When a message that always fails leaves.
pub(super) fn redrive(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(most) = number(s.value, "maxReceiveCount")? else { return Ok(None) };
    let hidden = s.number("VisibilityTimeout")?.unwrap_or(30.0);
    let target = s.value.at("deadLetterTargetArn").map(Val::words).unwrap_or_default();
    Ok(Some(format!(
        "a message that always fails moves to {target} after {} x {} s = about {}",
        amount(most),
        amount(hidden),
        seconds(most * hidden)
    )))
}

/// Empty receives in a day.
pub(super) fn polling(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(wait) = s.own_number()? else { return Ok(None) };
    Ok(Some(match wait {
        0.0 => "short polling: every empty answer comes at once and is billed".to_owned(),
        n => format!("at most {} empty receives a day for one consumer", amount((86_400.0 / n).floor())),
    }))
}

/// What shards carry.
pub(super) fn shards(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(n) = s.own_number()? else { return Ok(None) };
    let mut out = format!(
        "{} MB or {} records a second in, {} MB a second out for all readers together",
        amount(n),
        amount(n * 1000.0),
        amount(n * 2.0)
    );
    let all = s.of_type("AWS::Kinesis::StreamConsumer");
    let own = all.iter().filter(|(_, c)| s.target(c.at("StreamARN")) == Some(s.id)).count();
    if own > 0 {
        out.push_str(&format!("; {} with as much of its own", count(own as f64, "registered consumer")));
    }
    Ok(Some(out))
}

/// The other subscriptions of the topic.
pub(super) fn fan_out(s: &Scope<'_, '_, '_>) -> Figure {
    let topic = s.properties.at("TopicArn").map(Val::words).unwrap_or_default();
    let endpoint = s.properties.at("Endpoint").map(Val::words).unwrap_or_default();
    let all = s.of_type("AWS::SNS::Subscription");
    let same = all.iter().filter(|(_, p)| p.at("TopicArn").map(Val::words).unwrap_or_default() == topic).count();
    Ok(Some(match same {
        0 | 1 => format!("{topic} → {endpoint}, the only subscription in this file"),
        n => format!("{topic} → {endpoint}, one of {n} copies"),
    }))
}

/// Units as reads and writes.
pub(super) fn capacity(s: &Scope<'_, '_, '_>) -> Figure {
    units(s.value)
}

fn units(value: &Val<'_>) -> Figure {
    let (Some(read), Some(write)) = (number(value, "ReadCapacityUnits")?, number(value, "WriteCapacityUnits")?) else {
        return Ok(None);
    };
    // The sizes of two items: a small one and one that shows the rounding.
    let at = |kb: f64| {
        let reads = (read / (kb / 4.0).ceil()).floor();
        let writes = (write / kb.ceil()).floor();
        format!(
            "items of {} KB: {} strong or {} eventual reads and {} writes a second",
            amount(kb),
            amount(reads),
            amount(2.0 * read / (kb / 4.0).ceil()),
            amount(writes)
        )
    };
    Ok(Some(format!("{}; {}", at(1.0), at(6.0))))
}

/// What can be asked without reading the whole table.
pub(super) fn keys(s: &Scope<'_, '_, '_>) -> Figure {
    Ok(key_words(s.value)?.map(|w| format!("without reading the whole table one can ask for {w}")))
}

fn key_words(schema: &Val<'_>) -> Figure {
    let (mut hash, mut range) = (Vec::new(), Vec::new());
    for item in schema.items() {
        let Some(name) = text(item, "AttributeName")? else { continue };
        match text(item, "KeyType")?.as_deref() {
            Some("HASH") => hash.push(name),
            _ => range.push(name),
        }
    }
    if hash.is_empty() {
        return Ok(None);
    }
    Ok(Some(match range.is_empty() {
        true => format!("the one item with a given {}", and(&hash)),
        false => format!("all items with a given {}, or those of them within a range of {}", and(&hash), and(&range)),
    }))
}

/// The indexes with their questions and units.
pub(super) fn indexes(s: &Scope<'_, '_, '_>) -> Figure {
    let mut parts = Vec::new();
    for item in s.value.items() {
        let name = text(item, "IndexName")?.unwrap_or_else(|| "an index".to_owned());
        let Some(words) = item.at("KeySchema").map_or(Ok(None), key_words)? else { continue };
        // An index may hold several items of one key.
        let words = words.replace("the one item with", "all items with");
        let copied = match text(item, "Projection.ProjectionType")?.as_deref() {
            Some("ALL") => "; it copies every attribute",
            Some("KEYS_ONLY") => "; it copies only keys",
            _ => "",
        };
        let units = item.at("ProvisionedThroughput").map_or(Ok(None), units)?;
        let units = units.map(|u| format!("; {}", u.split("; ").next().unwrap_or_default())).unwrap_or_default();
        parts.push(format!("{name} finds {words}{copied}{units}"));
    }
    Ok((!parts.is_empty()).then(|| parts.join(". ")))
}

/// Who reads the stream of a table.
pub(super) fn stream_readers(s: &Scope<'_, '_, '_>) -> Figure {
    let mut readers = Vec::new();
    for (_, mapping) in s.of_type("AWS::Lambda::EventSourceMapping") {
        if s.target(mapping.at("EventSourceArn")) == Some(s.id)
            && let Some(function) = s.target(mapping.at("FunctionName"))
        {
            readers.push(function.to_owned());
        }
    }
    Ok(Some(match readers.len() {
        0 => "nothing in this file reads it".to_owned(),
        1 | 2 => format!("read by {}; two readers of a shard are the most that is advised", and(&readers)),
        _ => format!("read by {}: more than two readers throttle each other", and(&readers)),
    }))
}

/// The regions of a global table.
pub(super) fn replicas(s: &Scope<'_, '_, '_>) -> Figure {
    let mut regions = Vec::new();
    for item in s.value.items() {
        regions.extend(text(item, "Region")?);
    }
    Ok((!regions.is_empty()).then(|| format!("copies in {}", and(&regions))))
}

/// The days of the rules, as an axis.
pub(super) fn lifecycle(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for rule in s.value.items() {
        if text(rule, "Status")?.as_deref() == Some("Disabled") {
            continue;
        }
        let mut stations: Vec<(u64, String)> = vec![(0, "STANDARD".to_owned())];
        let several = rule.at("Transitions").map(Val::items).unwrap_or_default();
        for step in several.iter().chain(rule.at("Transition")) {
            if let (Some(day), Some(class)) = (number(step, "TransitionInDays")?, text(step, "StorageClass")?) {
                stations.push((day as u64, class));
            }
        }
        if let Some(day) = number(rule, "ExpirationInDays")? {
            stations.push((day as u64, "deleted".to_owned()));
        }
        stations.sort_by_key(|(day, _)| *day);
        let mut words: Vec<String> = stations.iter().map(|(day, what)| format!("day {day} {what}")).collect();
        if words.len() == 1 {
            words.clear();
        }
        let mut line = words.join(" → ");
        for (class, time) in [("GLACIER", "minutes to 12 hours"), ("DEEP_ARCHIVE", "12 to 48 hours")] {
            if stations.iter().any(|s| s.1 == class) {
                line.push_str(&format!(" (back from {class} in {time})"));
            }
        }
        if let Some(prefix) = text(rule, "Prefix")?.filter(|p| !p.is_empty()) {
            line = format!("below {prefix}: {line}");
        }
        for (key, what) in [
            ("NoncurrentVersionExpiration.NoncurrentDays", "old versions are deleted after"),
            ("NoncurrentVersionExpirationInDays", "old versions are deleted after"),
            ("AbortIncompleteMultipartUpload.DaysAfterInitiation", "unfinished uploads are dropped after"),
        ] {
            if let Some(days) = number(rule, key)? {
                let separator = if line.is_empty() { "" } else { "; " };
                line.push_str(&format!("{separator}{what} {}", count(days, "day")));
            }
        }
        if !line.is_empty() {
            out.push(line);
        }
    }
    Ok((!out.is_empty()).then(|| out.join(". ")))
}

/// How many nodes a cache has.
pub(super) fn cache_nodes(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(replicas) = s.own_number()? else { return Ok(None) };
    let groups = s.number("NumNodeGroups")?.unwrap_or(1.0);
    Ok(Some(format!("{} x (1 + {}) = {}", amount(groups), amount(replicas), count(groups * (1.0 + replicas), "node"))))
}

/// The size of a parameter's value.
pub(super) fn parameter_size(s: &Scope<'_, '_, '_>) -> Figure {
    let value = super::plain(s.value)?;
    Ok(value.filter(|v| v.len() > 1024).map(|v| bytes(v.len() as f64)))
}
