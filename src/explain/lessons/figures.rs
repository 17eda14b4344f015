//! The figures by name, and how numbers are written.

use super::{Figure, Scope, access, calendar, data, delivery, lambda, machines, network, services};

type Compute = for<'s, 'c, 'n> fn(&Scope<'s, 'c, 'n>) -> Figure;

/// The figure of a name.
pub(super) fn find(name: &str) -> Option<Compute> {
    basic(name).or_else(|| of_services(name)).or_else(|| of_machines(name))
}

/// Figures of functions, data, networks and delivery.
fn basic(name: &str) -> Option<Compute> {
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
        "schedule" => |s| calendar::schedule(s),
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

/// Figures of services without machines.
fn of_services(name: &str) -> Option<Compute> {
    Some(match name {
        "runtime" => |s| calendar::runtime(s),
        "options" => |s| services::options(s),
        "method-settings" => |s| services::method_settings(s),
        "key-path" => |s| services::key_path(s),
        "route-target" => |s| services::route_target(s),
        "data-source" => |s| services::data_source(s),
        "resolver" => |s| services::resolver(s),
        "origins" => |s| services::origins(s),
        "behaviors" => |s| services::behaviors(s),
        "health-check" => |s| services::health_check(s),
        "waf-rules" => |s| services::waf_rules(s),
        "buffering" => |s| services::buffering(s),
        "targets" => |s| services::targets(s),
        "pipe" => |s| services::pipe(s),
        "sample-event" => |s| services::sample_event(s),
        "retries" => |s| services::retries(s),
        "notifications" => |s| services::notifications(s),
        "website" => |s| services::website(s),
        "sampling" => |s| services::sampling(s),
        "threshold" => |s| services::threshold(s),
        "dimensions" => |s| services::dimensions(s),
        "nested-parameters" => |s| services::nested_parameters(s),
        "policy-names" => |s| access::policy_names(s),
        "password" => |s| access::password(s),
        "pool-domain" => |s| access::pool_domain(s),
        "pool-roles" => |s| access::pool_roles(s),
        "secret" => |s| access::secret(s),
        "healthy-hosts" => |s| access::healthy_hosts(s),
        "blue-green" => |s| access::blue_green(s),
        "deploy-listeners" => |s| access::deploy_listeners(s),
        "tag-filters" => |s| access::tag_filters(s),
        "build-source" => |s| access::build_source(s),
        "sources" => |s| access::sources(s),
        "map-keys" => |s| access::keys(s),
        "appspec-target" => |s| access::appspec_target(s),
        "rights" => |s| access::rights(s),
        "style" => |s| access::style(s),
        "variables" => |s| access::variables(s),
        "store" => |s| access::store(s),
        "rollback" => |s| access::rollback(s),
        "destinations" => |s| access::destinations(s),
        "public-block" => |s| access::public_block(s),
        "encryption" => |s| access::encryption(s),
        "replication" => |s| access::replication(s),
        "cors" => |s| access::cors(s),
        _ => return None,
    })
}

/// Figures of load balancers, groups, databases and containers.
fn of_machines(name: &str) -> Option<Compute> {
    Some(match name {
        "doors" => |s| machines::doors(s),
        "doors-out" => |s| machines::doors_out(s),
        "door" => |s| machines::door(s),
        "acl" => |s| machines::acl(s),
        "attributes" => |s| machines::attributes(s),
        "endpoint" => |s| machines::endpoint(s),
        "listener" => |s| machines::listener(s),
        "listener-rule" => |s| machines::listener_rule(s),
        "mount-zones" => |s| machines::mount_zones(s),
        "tracking" => |s| machines::tracking(s),
        "bounds" => |s| machines::bounds(s),
        "replica-of" => |s| machines::replica_of(s),
        "storage-growth" => |s| machines::storage_growth(s),
        "aurora" => |s| machines::aurora(s),
        "acu" => |s| machines::capacity_units(s),
        "cache-cluster" => |s| machines::cache_cluster(s),
        "memorydb-nodes" => |s| machines::memory_nodes(s),
        "containers" => |s| machines::containers(s),
        "strategy" => |s| machines::strategy(s),
        "placement" => |s| machines::placement(s),
        "service-balancers" => |s| machines::service_balancers(s),
        "tier" => |s| machines::tier(s),
        "beanstalk" => |s| machines::beanstalk(s),
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
