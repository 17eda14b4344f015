//! The figures by name, and how numbers are written.

use super::{Figure, Scope, data, delivery, lambda, network};

type Compute = for<'s, 'c, 'n> fn(&Scope<'s, 'c, 'n>) -> Figure;

/// The figure of a name.
pub(super) fn find(name: &str) -> Option<Compute> {
    Some(match name {
        "lambda-timeout" => |s| lambda::timeout(s),
        "lambda-memory" => |s| lambda::memory(s),
        "lambda-storage" => |s| lambda::storage(s),
        "lambda-environment" => |s| lambda::environment(s),
        "lambda-layers" => |s| lambda::layers(s),
        "lambda-reserved" => |s| lambda::reserved(s),
        "lambda-provisioned" => |s| lambda::provisioned(s),
        "version" => |s| lambda::version(s),
        "alias-weights" => |s| lambda::weights(s),
        "async-attempts" => |s| lambda::attempts(s),
        "batch" => |s| lambda::batch(s),
        "stream-parallel" => |s| lambda::parallel(s),
        "filters" => |s| lambda::filters(s),
        "permission" => |s| lambda::permission(s),
        "visibility" => |s| data::visibility(s),
        "redrive" => |s| data::redrive(s),
        "polling" => |s| data::polling(s),
        "shards" => |s| data::shards(s),
        "fanout" => |s| data::fan_out(s),
        "capacity" => |s| data::capacity(s),
        "keys" => |s| data::keys(s),
        "indexes" => |s| data::indexes(s),
        "stream-readers" => |s| data::stream_readers(s),
        "replicas" => |s| data::replicas(s),
        "lifecycle" => |s| data::lifecycle(s),
        "cache-nodes" => |s| data::cache_nodes(s),
        "parameter-size" => |s| data::parameter_size(s),
        "bytes" => |s| Ok(s.own_number()?.map(bytes)),
        "seconds" => |s| Ok(s.own_number()?.filter(|n| *n >= 60.0).map(seconds)),
        "milliseconds" => |s| Ok(s.own_number()?.map(|n| seconds(n / 1000.0))),
        "minutes" => |s| Ok(s.own_number()?.filter(|n| *n >= 60.0).map(|n| seconds(n * 60.0))),
        "hours" => |s| Ok(s.own_number()?.map(|n| seconds(n * 3600.0))),
        "network" => |s| network::network(s),
        "subnet" => |s| network::subnet(s),
        "subnet-routes" => |s| network::subnet_routes(s),
        "function-ways" => |s| network::function_ways(s),
        "route" => |s| network::route(s),
        "doors" => |s| network::doors(s),
        "user-data" => |s| network::user_data(s),
        "instance-type" => |s| network::instance_type(s),
        "volume" => |s| network::volume(s),
        "health" => |s| network::health(s),
        "group-size" => |s| network::group_size(s),
        "task-size" => |s| network::task_size(s),
        "service-window" => |s| network::service_window(s),
        "weight" => |s| network::weight(s),
        "trust" => |s| delivery::trust(s),
        "managed" => |s| delivery::managed(s),
        "percent-canary" => |s| delivery::percent_canary(s),
        "throttle" => |s| delivery::throttle(s),
        "quota" => |s| delivery::quota(s),
        "schedule" => |s| delivery::schedule(s),
        "deployment" => |s| delivery::deployment(s),
        "routing" => |s| delivery::routing(s),
        "pipeline" => |s| delivery::pipeline(s),
        "alarm" => |s| delivery::alarm(s),
        "names" => |s| delivery::names(s),
        "commands" => |s| delivery::commands(s),
        "copies" => |s| delivery::copies(s),
        "hook-time" => |s| delivery::hook_time(s),
        _ => return None,
    })
}

/// A number with at most two decimals and commas between thousands.
pub(super) fn amount(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    let text = if rounded == rounded.trunc() { format!("{rounded:.0}") } else { format!("{rounded:.2}") };
    let (whole, rest) = match text.split_once('.') {
        Some((whole, rest)) => (whole, rest.trim_end_matches('0')),
        None => (&*text, ""),
    };
    let digits = whole.trim_start_matches('-');
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    let sign = if whole.starts_with('-') { "-" } else { "" };
    if rest.is_empty() { format!("{sign}{out}") } else { format!("{sign}{out}.{rest}") }
}

/// A count with its noun.
pub(super) fn count(value: f64, noun: &str) -> String {
    if value == 1.0 { format!("1 {noun}") } else { format!("{} {noun}s", amount(value)) }
}

/// A duration in the largest units that fit.
pub(super) fn seconds(value: f64) -> String {
    let mut rest = value;
    let mut parts = Vec::new();
    for (size, noun) in [(86_400.0, "day"), (3600.0, "hour"), (60.0, "minute")] {
        let whole = (rest / size).floor();
        if whole >= 1.0 {
            parts.push(count(whole, noun));
            rest -= whole * size;
        }
    }
    if rest > 0.0 || parts.is_empty() {
        parts.push(count(rest, "second"));
    }
    parts.join(" ")
}

/// A size in bytes in a unit that reads well.
pub(super) fn bytes(value: f64) -> String {
    if value >= 1_048_576.0 {
        format!("{} MiB", amount(value / 1_048_576.0))
    } else if value >= 1024.0 {
        format!("{} KiB", amount(value / 1024.0))
    } else {
        count(value, "byte")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            (amount(1234567.0), amount(0.5), amount(12.346)),
            ("1,234,567".into(), "0.5".into(), "12.35".into())
        );
        assert_eq!((seconds(90.0), seconds(1209600.0)), ("1 minute 30 seconds".into(), "14 days".into()));
        assert_eq!((bytes(262144.0), count(1.0, "shard")), ("256 KiB".into(), "1 shard".into()));
    }
}
