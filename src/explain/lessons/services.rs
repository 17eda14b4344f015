//! Figures of APIs, distributions, records, rules on events, streams to buckets and workflows.

use super::figures::{amount, count, seconds};
use super::{Figure, Scope, number, plain, text, words};
use crate::explain::short::and;
use crate::explain::values::{Piece, Val};
use crate::explain::view::few;

/// Whether the path of the method answers the question that browsers ask first.
pub(super) fn options(s: &Scope<'_, '_, '_>) -> Figure {
    let verb = plain(s.value)?.unwrap_or_default();
    if matches!(verb.as_str(), "OPTIONS" | "ANY" | "") {
        return Ok(None);
    }
    let path = words(s.properties.at("ResourceId"));
    let mut answered = false;
    for (_, other) in s.of_type("AWS::ApiGateway::Method") {
        let same = words(other.at("ResourceId")) == path;
        answered |= same && matches!(text(other, "HttpMethod")?.as_deref(), Some("OPTIONS" | "ANY"));
    }
    Ok(Some(match answered {
        true => "its path also answers OPTIONS, so pages of other origins can call it if the headers allow".to_owned(),
        false => "its path has no OPTIONS method: pages of other origins cannot send JSON or tokens to it".to_owned(),
    }))
}

/// Caching and throttling of methods.
pub(super) fn method_settings(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for item in s.value.items() {
        let verb = text(item, "HttpMethod")?.unwrap_or_else(|| "*".to_owned());
        let path = text(item, "ResourcePath")?.unwrap_or_else(|| "/*".to_owned());
        let mut parts = Vec::new();
        if text(item, "CachingEnabled")?.as_deref() == Some("true") {
            let kept = number(item, "CacheTtlInSeconds")?.unwrap_or(300.0);
            parts.push(format!("answers up to {} old come from the cache", seconds(kept)));
        }
        if let (Some(burst), Some(rate)) = (number(item, "ThrottlingBurstLimit")?, number(item, "ThrottlingRateLimit")?)
        {
            parts.push(format!("{} at once, then {} a second", count(burst, "request"), amount(rate)));
        }
        if let Some(level) = text(item, "LoggingLevel")?.filter(|l| l != "OFF") {
            parts.push(format!("logs of the level {level}"));
        }
        if !parts.is_empty() {
            let all = verb == "*" && matches!(path.as_str(), "/*" | "*");
            let of = if all { "all methods".to_owned() } else { format!("{verb} {path}") };
            out.push(format!("{of}: {}", and(&parts)));
        }
    }
    Ok((!out.is_empty()).then(|| out.join("; ")))
}

/// The way from a key to the stages that it opens.
pub(super) fn key_path(s: &Scope<'_, '_, '_>) -> Figure {
    let key = words(s.properties.at("KeyId"));
    let plan = words(Some(s.value));
    let Some(id) = s.target(Some(s.value)) else { return Ok(None) };
    let stages = s.properties_of(id).and_then(|p| p.at("ApiStages"));
    let names: Vec<String> = stages
        .map(Val::items)
        .unwrap_or_default()
        .iter()
        .map(|stage| format!("{} of {}", words(stage.at("Stage")), words(stage.at("ApiId"))))
        .collect();
    Ok(Some(match names.is_empty() {
        true => format!("{key} → {plan}, which names no stage: the key opens nothing"),
        false => format!("{key} → {plan} → {}", and(&names)),
    }))
}

/// Where a route leads.
pub(super) fn route_target(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(key) = plain(s.value)? else { return Ok(None) };
    let Some(integration) = s.properties.at("Target").and_then(|t| t.resources().into_iter().next()) else {
        return Ok(None);
    };
    let behind = s.properties_of(integration).and_then(|p| p.at("IntegrationUri"));
    let behind = behind.and_then(|uri| uri.resources().into_iter().next());
    let end = behind.map(|id| format!(" → {id}")).unwrap_or_default();
    Ok(Some(format!("{key} → {integration}{end}")))
}

/// What a source of AppSync reads.
pub(super) fn data_source(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(kind) = plain(s.value)? else { return Ok(None) };
    let place = match kind.as_str() {
        "AMAZON_DYNAMODB" => "DynamoDBConfig.TableName",
        "AWS_LAMBDA" => "LambdaConfig.LambdaFunctionArn",
        "HTTP" => "HttpConfig.Endpoint",
        "RELATIONAL_DATABASE" => "RelationalDatabaseConfig.RdsHttpEndpointConfig.DbClusterIdentifier",
        "AMAZON_EVENTBRIDGE" => "EventBridgeConfig.EventBusArn",
        "NONE" => return Ok(Some("no data behind it: the resolver makes the answer up".to_owned())),
        _ => return Ok(None),
    };
    let of = words(s.properties.at(place));
    Ok((!of.is_empty()).then(|| format!("reads and writes {of}")))
}

/// The field and its source.
pub(super) fn resolver(s: &Scope<'_, '_, '_>) -> Figure {
    let (Some(field), Some(kind)) = (plain(s.value)?, s.text("TypeName")?) else { return Ok(None) };
    let to = match s.properties.at("DataSourceName") {
        Some(source) => match source {
            Val::Text(pieces) => match pieces.as_slice() {
                [Piece::Att(id, _)] => (*id).to_owned(),
                _ => words(Some(source)),
            },
            _ => return Ok(None),
        },
        None => "the functions of a pipeline, one after the other".to_owned(),
    };
    Ok(Some(format!("{kind}.{field} → {to}")))
}

/// Where content comes from.
pub(super) fn origins(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for origin in s.value.items() {
        let id = words(origin.at("Id"));
        let domain = origin.at("DomainName");
        let of = domain.and_then(|d| d.resources().into_iter().next()).map(str::to_owned);
        let of = of.unwrap_or_else(|| words(domain));
        let how = match text(origin, "CustomOriginConfig.OriginProtocolPolicy")?.as_deref() {
            Some("http-only") => ", over HTTP",
            Some("https-only") => ", over HTTPS",
            Some("match-viewer") => ", over what the viewer used",
            _ if origin.at("OriginAccessControlId").is_some() => ", with signed requests",
            _ => "",
        };
        if !of.is_empty() {
            out.push(format!("{id} is {of}{how}"));
        }
    }
    Ok((!out.is_empty()).then(|| few(&out, 6)))
}

/// The rules for paths, in the order in which they are tried.
pub(super) fn behaviors(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for rule in s.value.items() {
        out.push(format!("{} → {}", words(rule.at("PathPattern")), words(rule.at("TargetOriginId"))));
    }
    let rest = words(s.properties.at("DistributionConfig.DefaultCacheBehavior.TargetOriginId"));
    if !rest.is_empty() {
        out.push(format!("all others → {rest}"));
    }
    Ok((!out.is_empty()).then(|| out.join(", ")))
}

/// How soon a check notices.
pub(super) fn health_check(s: &Scope<'_, '_, '_>) -> Figure {
    let kind = text(s.value, "Type")?.unwrap_or_default();
    if !kind.starts_with("HTTP") && kind != "TCP" {
        return Ok(None);
    }
    let interval = number(s.value, "RequestInterval")?.unwrap_or(30.0);
    let failures = number(s.value, "FailureThreshold")?.unwrap_or(3.0);
    Ok(Some(format!(
        "ill after {}, one every {}: about {}",
        count(failures, "failed answer"),
        seconds(interval),
        seconds(interval * failures)
    )))
}

/// Rules of a web ACL by priority.
pub(super) fn waf_rules(s: &Scope<'_, '_, '_>) -> Figure {
    let mut rules = Vec::new();
    for rule in s.value.items() {
        let priority = number(rule, "Priority")?.unwrap_or_default();
        let mut line = format!("{} {}", amount(priority), words(rule.at("Name")));
        if let Some(limit) = number(rule, "Statement.RateBasedStatement.Limit")? {
            let window = number(rule, "Statement.RateBasedStatement.EvaluationWindowSec")?.unwrap_or(300.0);
            line.push_str(&format!(" (more than {} in {} from one address)", count(limit, "request"), seconds(window)));
        }
        rules.push((priority, line));
    }
    rules.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut lines: Vec<String> = rules.into_iter().map(|r| r.1).collect();
    if let Some(Val::Map(default)) = s.properties.at("DefaultAction") {
        lines.extend(default.first().map(|d| format!("the rest: {}", d.0.to_lowercase())));
    }
    Ok((!lines.is_empty()).then(|| few(&lines, 12)))
}

/// Size or age, whichever comes first.
pub(super) fn buffering(s: &Scope<'_, '_, '_>) -> Figure {
    let size = number(s.value, "BufferingHints.SizeInMBs")?;
    let age = number(s.value, "BufferingHints.IntervalInSeconds")?;
    let set = if size.is_none() && age.is_none() { " (the defaults)" } else { "" };
    Ok(Some(format!(
        "an object is written when {} MB have come together, or after {}{set}",
        amount(size.unwrap_or(5.0)),
        seconds(age.unwrap_or(300.0))
    )))
}

/// The targets of a rule.
pub(super) fn targets(s: &Scope<'_, '_, '_>) -> Figure {
    let names: Vec<String> = s
        .value
        .items()
        .iter()
        .map(|t| {
            let arn = t.at("Arn");
            let id = arn.and_then(|a| a.resources().into_iter().next()).map(str::to_owned);
            id.unwrap_or_else(|| words(arn))
        })
        .collect();
    let n = names.len();
    Ok((n > 0).then(|| format!("{n} of at most 5: {}", and(&names))))
}

/// The stations of a pipe.
pub(super) fn pipe(s: &Scope<'_, '_, '_>) -> Figure {
    let station = |key: &str| {
        let value = s.properties.at(key)?;
        Some(value.resources().first().map_or_else(|| value.show_short(60), |id| (*id).to_owned()))
    };
    let mut out = vec![station("Source").unwrap_or_default()];
    if s.properties.at("SourceParameters.FilterCriteria").is_some() {
        out.push("a filter".to_owned());
    }
    out.extend(station("Enrichment"));
    out.extend(station("Target"));
    Ok(Some(out.join(" → ")))
}

/// An event that fits a pattern.
pub(super) fn sample_event(s: &Scope<'_, '_, '_>) -> Figure {
    Ok(sample(s.value, 0).filter(|t| t.len() < 300).map(|t| format!("this fits, for example: {t}")))
}

fn sample(value: &Val<'_>, depth: usize) -> Option<String> {
    let Val::Map(entries) = value else { return None };
    if depth > 8 {
        return None;
    }
    let mut out = Vec::new();
    for (key, _, below) in entries {
        let shown = match below {
            Val::Map(_) => sample(below, depth + 1)?,
            Val::List(items) => one_of(items.first()?)?,
            _ => return None,
        };
        out.push(format!("\"{key}\": {shown}"));
    }
    Some(format!("{{{}}}", out.join(", ")))
}

/// A value that fits one item of a pattern.
fn one_of(item: &Val<'_>) -> Option<String> {
    let Val::Map(matcher) = item else {
        let text = item.show_short(60);
        let plain = text.parse::<f64>().is_ok() || matches!(&*text, "true" | "false");
        return Some(if plain { text } else { format!("\"{text}\"") });
    };
    let (kind, _, with) = matcher.first()?;
    let with = with.literal();
    match *kind {
        "prefix" => Some(format!("\"{}…\"", with?)),
        "suffix" => Some(format!("\"…{}\"", with?)),
        "equals-ignore-case" => Some(format!("\"{}\"", with?)),
        "wildcard" => Some(format!("\"{}\"", with?.replace('*', "…"))),
        "exists" if with.as_deref() == Some("true") => Some("\"anything\"".to_owned()),
        _ => None,
    }
}

/// How long retries of a state machine wait.
pub(super) fn retries(s: &Scope<'_, '_, '_>) -> Figure {
    let definition: serde_json::Value = match s.value {
        Val::Text(_) => match serde_json::from_str(&s.value.show()) {
            Ok(parsed) => parsed,
            Err(_) => return Ok(None),
        },
        other => as_json(other),
    };
    let mut out = Vec::new();
    for (name, state) in definition.get("States").and_then(|v| v.as_object()).into_iter().flatten() {
        let Some(retry) = state.get("Retry").and_then(|r| r.get(0)) else { continue };
        let number = |key: &str, default: f64| match retry.get(key) {
            None => Some(default),
            Some(v) => v.as_f64().or_else(|| v.as_str()?.parse().ok()),
        };
        let numbers = (number("IntervalSeconds", 1.0), number("MaxAttempts", 3.0), number("BackoffRate", 2.0));
        let (Some(interval), Some(attempts), Some(backoff)) = numbers else { continue };
        let most = retry.get("MaxDelaySeconds").and_then(serde_json::Value::as_f64).unwrap_or(f64::MAX);
        let waits: Vec<f64> = (0..attempts as i32).take(99).map(|k| (interval * backoff.powi(k)).min(most)).collect();
        if waits.is_empty() {
            continue;
        }
        let shown: Vec<String> = waits.iter().map(|w| amount(*w)).collect();
        let sum: f64 = waits.iter().sum();
        let sum = if waits.len() > 1 { format!(" = {} of waiting", seconds(sum.round())) } else { String::new() };
        out.push(format!(
            "{name} is tried again up to {}, after {} s{sum}",
            count(attempts, "time"),
            few(&shown, 6).replace(", ", " + ")
        ));
    }
    Ok((!out.is_empty()).then(|| few(&out, 5)))
}

fn as_json(value: &Val<'_>) -> serde_json::Value {
    match value {
        Val::Map(entries) => entries.iter().map(|e| (e.0.to_owned(), as_json(&e.2))).collect(),
        Val::List(items) => items.iter().map(as_json).collect(),
        other => {
            let text = other.show();
            text.parse::<f64>().map_or_else(|_| serde_json::Value::from(text), serde_json::Value::from)
        }
    }
}

/// Which changes of a bucket go where.
pub(super) fn notifications(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for (list, target) in
        [("LambdaConfigurations", "Function"), ("QueueConfigurations", "Queue"), ("TopicConfigurations", "Topic")]
    {
        for item in s.value.at(list).map(Val::items).unwrap_or_default() {
            let mut line = words(item.at("Event"));
            for rule in item.at("Filter.S3Key.Rules").map(Val::items).unwrap_or_default() {
                let (name, value) = (text(rule, "Name")?.unwrap_or_default(), text(rule, "Value")?);
                let how = if name.eq_ignore_ascii_case("prefix") { "below" } else { "ending in" };
                line.push_str(&format!(" {how} {}", value.unwrap_or_default()));
            }
            let to = item.at(target).map(|t| t.resources().first().map_or_else(|| t.show_short(60), |id| (*id).into()));
            out.push(format!("{line} → {}", to.unwrap_or_default()));
        }
    }
    if s.value.at("EventBridgeConfiguration").is_some() {
        out.push("every event → EventBridge".to_owned());
    }
    Ok((!out.is_empty()).then(|| few(&out, 8)))
}

/// The address of a site in a bucket.
pub(super) fn website(s: &Scope<'_, '_, '_>) -> Figure {
    let region = &s.model.assumptions.region;
    let name = s.properties.at("BucketName").map_or_else(|| "<name of the bucket>".to_owned(), Val::show);
    // The oldest regions have a dash where all others have a dot.
    const DASH: &[&str] = &[
        "us-east-1",
        "us-west-1",
        "us-west-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-northeast-1",
        "eu-west-1",
        "sa-east-1",
        "us-gov-west-1",
    ];
    let mark = if DASH.contains(&region.as_str()) { '-' } else { '.' };
    let domain = crate::value::regions::url_suffix(region);
    Ok(Some(format!("the site is http://{name}.s3-website{mark}{region}.{domain}")))
}

/// What the account of a sampling rule is.
pub(super) fn sampling(s: &Scope<'_, '_, '_>) -> Figure {
    let (Some(rate), Some(size)) = (number(s.value, "FixedRate")?, number(s.value, "ReservoirSize")?) else {
        return Ok(None);
    };
    Ok(Some(format!("{} a second, then {} % of the rest", count(size, "request"), amount(rate * 100.0))))
}

/// The line that an alarm watches.
pub(super) fn threshold(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(line) = s.own_number()? else { return Ok(None) };
    let than = match s.text("ComparisonOperator")?.as_deref() {
        Some("GreaterThanThreshold") => "more than",
        Some("GreaterThanOrEqualToThreshold") => "at least",
        Some("LessThanThreshold") => "less than",
        Some("LessThanOrEqualToThreshold") => "at most",
        _ => return Ok(None),
    };
    let Some(metric) = s.text("MetricName")? else { return Ok(None) };
    let statistic = s.text("Statistic")?.or(s.text("ExtendedStatistic")?);
    let how = match statistic.as_deref() {
        Some("Sum") => "the sum of ",
        Some("Average") => "the average of ",
        Some("Maximum") => "the highest ",
        Some("Minimum") => "the lowest ",
        Some("SampleCount") => "the number of values of ",
        _ => "",
    };
    Ok(Some(format!("{how}{metric} is {than} {}", amount(line))))
}

/// What an alarm watches.
pub(super) fn dimensions(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for item in s.value.items() {
        out.push(format!("{} = {}", words(item.at("Name")), item.at("Value").map(Val::show).unwrap_or_default()));
    }
    Ok((!out.is_empty()).then(|| and(&out)))
}

fn shown(value: &Val<'_>) -> String {
    let text = value.show_short(40);
    if text.is_empty() { "\"\"".to_owned() } else { text }
}

/// What is handed to a nested stack.
pub(super) fn nested_parameters(s: &Scope<'_, '_, '_>) -> Figure {
    let Val::Map(entries) = s.value else { return Ok(None) };
    let out: Vec<String> = entries.iter().map(|(name, _, value)| format!("{name} = {}", shown(value))).collect();
    Ok((!out.is_empty()).then(|| few(&out, 8)))
}
