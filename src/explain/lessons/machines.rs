//! Figures of load balancers, access lists, groups, databases, containers and Elastic Beanstalk.

use super::figures::{amount, count};
use super::{Figure, Scope, number, plain, text, words};
use crate::explain::short::and;
use crate::explain::values::Val;

/// What one rule of a security group allows.
pub(super) fn rule(value: &Val<'_>, sides: &[&str]) -> Figure {
    let protocol = text(value, "IpProtocol")?.unwrap_or_else(|| "?".to_owned());
    let ports = match (text(value, "FromPort")?, text(value, "ToPort")?) {
        _ if protocol == "-1" => "everything".to_owned(),
        (Some(from), Some(to)) if from == to => format!("{protocol} {from}"),
        (Some(from), Some(to)) => format!("{protocol} {from} to {to}"),
        _ => format!("all of {protocol}"),
    };
    let other = sides.iter().find_map(|k| value.at(k)).map_or_else(|| "somewhere".to_owned(), Val::words);
    let other = if matches!(&*other, "0.0.0.0/0" | "::/0") { "anywhere".to_owned() } else { other };
    Ok(Some(format!("{ports}|{other}")))
}

/// The names of the sources of a rule.
pub(super) const FROM: &[&str] =
    &["CidrIp", "CidrIpv6", "SourceSecurityGroupId", "SourceSecurityGroupName", "SourcePrefixListId"];
const TO: &[&str] = &["CidrIp", "CidrIpv6", "DestinationSecurityGroupId", "DestinationPrefixListId"];

/// What a security group lets in.
pub(super) fn doors(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for item in s.value.items() {
        out.extend(rule(item, FROM)?.map(|r| r.replace('|', " from ")));
    }
    Ok((!out.is_empty()).then(|| format!("lets in {}", and(&out))))
}

/// What a security group lets out.
pub(super) fn doors_out(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for item in s.value.items() {
        out.extend(rule(item, TO)?.map(|r| r.replace('|', " to ")));
    }
    Ok((!out.is_empty()).then(|| format!("lets out {}", and(&out))))
}

/// What a rule outside its group lets in.
pub(super) fn door(s: &Scope<'_, '_, '_>) -> Figure {
    let group = words(Some(s.value));
    Ok(rule(s.properties, FROM)?.map(|r| format!("{group} lets in {}", r.replace('|', " from "))))
}

/// One line of a network ACL.
pub(super) fn acl(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(number_) = s.own_number()? else { return Ok(None) };
    let verb = match s.text("RuleAction")?.as_deref() {
        Some("deny") => "refuses",
        _ => "lets",
    };
    let out = s.text("Egress")?.as_deref() == Some("true");
    let protocol = match s.text("Protocol")?.as_deref() {
        Some("-1") => "everything".to_owned(),
        Some("6") => "tcp".to_owned(),
        Some("17") => "udp".to_owned(),
        Some("1") => "icmp".to_owned(),
        Some(other) => format!("protocol {other}"),
        None => return Ok(None),
    };
    let ports = match (s.text("PortRange.From")?, s.text("PortRange.To")?) {
        (Some(a), Some(b)) if a == b => format!(" {a}"),
        (Some(a), Some(b)) => format!(" {a} to {b}"),
        _ => String::new(),
    };
    let side = s.properties.at("CidrBlock").or_else(|| s.properties.at("Ipv6CidrBlock"));
    let side = match words(side).as_str() {
        "0.0.0.0/0" | "::/0" => "anywhere".to_owned(),
        other => other.to_owned(),
    };
    let way = match (verb, out) {
        ("lets", true) => format!("lets {protocol}{ports} out to {side}"),
        ("lets", false) => format!("lets {protocol}{ports} in from {side}"),
        (_, true) => format!("refuses {protocol}{ports} to {side}"),
        (_, false) => format!("refuses {protocol}{ports} from {side}"),
    };
    let mut before = 0;
    for (id, other) in s.of_type("AWS::EC2::NetworkAclEntry") {
        let same = words(other.at("NetworkAclId")) == words(s.properties.at("NetworkAclId"))
            && (text(other, "Egress")?.as_deref() == Some("true")) == out;
        before += i32::from(id != s.id && same && number(other, "RuleNumber")?.is_some_and(|n| n < number_));
    }
    let order = match before {
        0 => "tried first".to_owned(),
        n => format!("tried after {}", count(f64::from(n), "other rule")),
    };
    Ok(Some(format!("{way}; {order} in its direction")))
}

/// The service behind an endpoint.
pub(super) fn endpoint(s: &Scope<'_, '_, '_>) -> Figure {
    let name = s.value.show();
    let service = name.rsplit_once("com.amazonaws.").map_or(&*name, |(_, rest)| rest);
    let service = service.split_once('.').map_or(service, |(_, service)| service);
    Ok((!service.is_empty() && !service.contains(['<', ' '])).then(|| format!("{service} is reached from inside")))
}

/// Settings that are pairs of key and value.
pub(super) fn attributes(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for item in s.value.items() {
        let (Some(key), Some(value)) = (text(item, "Key")?, text(item, "Value")?) else { continue };
        let said = match (key.as_str(), value.as_str()) {
            ("deregistration_delay.timeout_seconds", n) => format!("old connections may last {n} seconds"),
            ("stickiness.enabled", "true") => "a client stays with its target".to_owned(),
            ("slow_start.duration_seconds", n) if n != "0" => format!("a new target is led in over {n} seconds"),
            ("idle_timeout.timeout_seconds", n) => format!("a silent connection is closed after {n} seconds"),
            ("deletion_protection.enabled", "true") => "nobody can delete it".to_owned(),
            ("access_logs.s3.enabled", "true") => "each request is logged to a bucket".to_owned(),
            ("load_balancing.cross_zone.enabled", v) => format!("sharing over the zones: {v}"),
            ("lambda.multi_value_headers.enabled", "true") => "the function gets headers as lists".to_owned(),
            _ => continue,
        };
        out.push(said);
    }
    Ok((!out.is_empty()).then(|| and(&out)))
}

/// What actions of a load balancer do, in words.
fn actions(list: Option<&Val<'_>>) -> Result<String, String> {
    let mut out = Vec::new();
    for action in list.map(Val::items).unwrap_or_default() {
        out.push(match text(action, "Type")?.as_deref() {
            Some("forward") => {
                let one = words(action.at("TargetGroupArn"));
                let mut groups = Vec::new();
                for group in action.at("ForwardConfig.TargetGroups").map(Val::items).unwrap_or_default() {
                    let name = words(group.at("TargetGroupArn"));
                    let weight = number(group, "Weight")?;
                    groups.push(weight.map_or(name.clone(), |w| format!("{name} with weight {}", amount(w))));
                }
                if one.is_empty() { and(&groups) } else { one }
            }
            Some("redirect") => {
                let to = words(action.at("RedirectConfig.Protocol"));
                let code = words(action.at("RedirectConfig.StatusCode"));
                let to = if to.is_empty() { "another address".to_owned() } else { to };
                format!("redirected to {to} ({})", if code == "HTTP_301" { "for good" } else { "for now" })
            }
            Some("fixed-response") => format!("answered with {}", words(action.at("FixedResponseConfig.StatusCode"))),
            Some(other) if other.starts_with("authenticate") => "signed in first".to_owned(),
            _ => continue,
        });
    }
    Ok(out.join(", then "))
}

/// What a listener does by itself.
pub(super) fn listener(s: &Scope<'_, '_, '_>) -> Figure {
    let to = actions(Some(s.value))?;
    let (protocol, port) = (words(s.properties.at("Protocol")), words(s.properties.at("Port")));
    Ok((!to.is_empty()).then(|| format!("{protocol} {port} → {to}")))
}

/// What a rule of a listener takes.
pub(super) fn listener_rule(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(priority) = s.own_number()? else { return Ok(None) };
    let mut parts = Vec::new();
    for condition in s.properties.at("Conditions").map(Val::items).unwrap_or_default() {
        let field = text(condition, "Field")?.unwrap_or_default();
        let values =
            ["Values", "PathPatternConfig.Values", "HostHeaderConfig.Values", "HttpRequestMethodConfig.Values"];
        let values = values.iter().find_map(|k| condition.at(k)).map(|v| v.items().iter().map(Val::show).collect());
        let values: Vec<String> = values.unwrap_or_default();
        let what = match field.as_str() {
            "path-pattern" => "the path is",
            "host-header" => "the host is",
            "http-request-method" => "the verb is",
            other => other,
        };
        parts.push(if values.is_empty() { what.to_owned() } else { format!("{what} {}", values.join(" or ")) });
    }
    let to = actions(s.properties.at("Actions"))?;
    let mut before = 0;
    for (id, other) in s.of_type("AWS::ElasticLoadBalancingV2::ListenerRule") {
        let same = words(other.at("ListenerArn")) == words(s.properties.at("ListenerArn"));
        before += i32::from(id != s.id && same && number(other, "Priority")?.is_some_and(|n| n < priority));
    }
    let order = match before {
        0 => "tried first".to_owned(),
        n => format!("tried after {}", count(f64::from(n), "other rule")),
    };
    Ok((!parts.is_empty()).then(|| format!("when {} → {to}; {order}", and(&parts))))
}

/// The zones that have a door to the files.
pub(super) fn mount_zones(s: &Scope<'_, '_, '_>) -> Figure {
    let system = words(s.properties.at("FileSystemId"));
    let all = s.of_type("AWS::EFS::MountTarget");
    let n = all.iter().filter(|(_, t)| words(t.at("FileSystemId")) == system).count();
    Ok((!system.is_empty()).then(|| format!("{system} has {} in this file", count(n as f64, "door"))))
}

/// What a scaling policy holds.
pub(super) fn tracking(s: &Scope<'_, '_, '_>) -> Figure {
    for below in ["TargetTrackingConfiguration", "TargetTrackingScalingPolicyConfiguration"] {
        let Some(config) = s.properties.at(below) else { continue };
        let Some(target) = number(config, "TargetValue")? else { return Ok(None) };
        let metric = text(config, "PredefinedMetricSpecification.PredefinedMetricType")?;
        let metric = metric.unwrap_or_else(|| "a metric of one's own".to_owned());
        return Ok(Some(format!("holds {metric} near {}", amount(target))));
    }
    Ok(None)
}

/// The bounds of a number that scales.
pub(super) fn bounds(s: &Scope<'_, '_, '_>) -> Figure {
    let (Some(most), Some(least)) = (s.own_number()?, s.number("MinCapacity")?) else { return Ok(None) };
    let what = match s.text("ScalableDimension")?.as_deref() {
        Some("ecs:service:DesiredCount") => "tasks",
        Some("lambda:function:ProvisionedConcurrency") => "warm environments",
        Some(d) if d.ends_with("ReadCapacityUnits") => "read units",
        Some(d) if d.ends_with("WriteCapacityUnits") => "write units",
        _ => "",
    };
    Ok(Some(format!("between {} and {} {what}", amount(least), amount(most)).trim_end().to_owned()))
}

/// The source of a replica.
pub(super) fn replica_of(s: &Scope<'_, '_, '_>) -> Figure {
    Ok(Some(format!("follows {}", words(Some(s.value)))))
}

/// How far storage grows.
pub(super) fn storage_growth(s: &Scope<'_, '_, '_>) -> Figure {
    let (Some(most), Some(now)) = (s.own_number()?, s.number("AllocatedStorage")?) else { return Ok(None) };
    Ok(Some(format!("from {} to {} GiB", amount(now), amount(most))))
}

/// The instances of a cluster.
pub(super) fn aurora(s: &Scope<'_, '_, '_>) -> Figure {
    if !plain(s.value)?.is_some_and(|e| e.starts_with("aurora")) {
        return Ok(None);
    }
    let mut members = Vec::new();
    for (id, instance) in s.of_type("AWS::RDS::DBInstance") {
        if instance.at("DBClusterIdentifier").is_some_and(|c| c.resources().contains(&s.id)) {
            members.push(format!("{id} ({})", words(instance.at("DBInstanceClass"))));
        }
    }
    Ok(Some(match members.len() {
        0 => "no instance in this file: storage alone, nothing answers".to_owned(),
        1 => format!("{} writes and reads; nothing takes over when it fails, a new one must be made", members[0]),
        2 => format!("{}: one writes, the other reads and takes over", and(&members)),
        n => format!("{}: one writes, the other {} read and one of those takes over", and(&members), n - 1),
    }))
}

/// Capacity of a serverless cluster.
pub(super) fn capacity_units(s: &Scope<'_, '_, '_>) -> Figure {
    let (Some(least), Some(most)) = (number(s.value, "MinCapacity")?, number(s.value, "MaxCapacity")?) else {
        return Ok(None);
    };
    let pause = if least == 0.0 { "; it may pause" } else { "" };
    Ok(Some(format!("about {} to {} GiB of memory each{pause}", amount(2.0 * least), amount(2.0 * most))))
}

/// Nodes of a cache cluster.
pub(super) fn cache_cluster(s: &Scope<'_, '_, '_>) -> Figure {
    let (Some(engine), Some(nodes)) = (plain(s.value)?, s.number("NumCacheNodes")?) else { return Ok(None) };
    Ok(Some(match engine.as_str() {
        "memcached" => format!("{} that share the keys: with a node its keys are gone", count(nodes, "node")),
        _ => "one node: when it fails, the cache is empty".to_owned(),
    }))
}

/// Nodes of MemoryDB.
pub(super) fn memory_nodes(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(replicas) = s.own_number()? else { return Ok(None) };
    let shards = s.number("NumShards")?.unwrap_or(1.0);
    Ok(Some(format!("{} x (1 + {}) = {}", amount(shards), amount(replicas), count(shards * (1.0 + replicas), "node"))))
}

/// The containers of a task.
pub(super) fn containers(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for item in s.value.items() {
        let name = item.at("Name").map_or_else(|| "a container".to_owned(), Val::words);
        let mut ports = Vec::new();
        for mapping in item.at("PortMappings").map(Val::items).unwrap_or_default() {
            ports.push(words(mapping.at("ContainerPort")));
        }
        let essential = text(item, "Essential")?.as_deref() != Some("false");
        let on = if ports.is_empty() { String::new() } else { format!(" on port {}", and(&ports)) };
        let end = if essential { "" } else { ", which may end without ending the task" };
        out.push(format!("{name}{on}{end}"));
    }
    Ok((!out.is_empty()).then(|| and(&out)))
}

/// The shares of kinds of capacity.
pub(super) fn strategy(s: &Scope<'_, '_, '_>) -> Figure {
    let mut rows = Vec::new();
    let mut sum = 0.0;
    for item in s.value.items() {
        let weight = number(item, "Weight")?.unwrap_or_default();
        sum += weight;
        rows.push((words(item.at("CapacityProvider")), weight, number(item, "Base")?.unwrap_or_default()));
    }
    let line = |(name, weight, base): &(String, f64, f64)| {
        let base = if *base > 0.0 { format!("the first {} and ", count(*base, "task")) } else { String::new() };
        let share = if sum > 0.0 { weight / sum * 100.0 } else { 100.0 };
        format!("{name} takes {base}{} % of the rest", amount(share))
    };
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    if rows.iter().all(|r| r.2 == 0.0) {
        lines.iter_mut().for_each(|l| *l = l.replace(" of the rest", " of the tasks"));
    }
    Ok((!lines.is_empty()).then(|| and(&lines)))
}

/// The order of placement.
pub(super) fn placement(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for item in s.value.items() {
        out.push(format!("{} by {}", words(item.at("Type")), words(item.at("Field"))));
    }
    Ok((!out.is_empty()).then(|| out.join(", then ")))
}

/// Which container a load balancer reaches.
pub(super) fn service_balancers(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for item in s.value.items() {
        let (group, container) = (words(item.at("TargetGroupArn")), words(item.at("ContainerName")));
        if !group.is_empty() && !container.is_empty() {
            out.push(format!("{group} → {container}, port {}", words(item.at("ContainerPort"))));
        }
    }
    Ok((!out.is_empty()).then(|| and(&out)))
}

/// The kind of a Beanstalk environment.
pub(super) fn tier(s: &Scope<'_, '_, '_>) -> Figure {
    Ok(match text(s.value, "Name")?.as_deref() {
        Some("Worker") => Some("a worker: it takes messages from a queue".to_owned()),
        Some("WebServer") => Some("a web server: it answers requests".to_owned()),
        _ => None,
    })
}

/// What an update of a Beanstalk environment does, by its options.
pub(super) fn beanstalk(s: &Scope<'_, '_, '_>) -> Figure {
    let mut options = Vec::new();
    for item in s.value.items() {
        let (Some(space), Some(name)) = (text(item, "Namespace")?, text(item, "OptionName")?) else { continue };
        if let Some(value) = text(item, "Value")? {
            options.push((space, name, value));
        }
    }
    let find =
        |space: &str, name: &str| options.iter().find(|o| o.0.ends_with(space) && o.1 == name).map(|o| o.2.as_str());
    if find("elasticbeanstalk:environment", "EnvironmentType") == Some("SingleInstance") {
        return Ok(Some("one server: an update is an outage unless the policy is Immutable".to_owned()));
    }
    let policy = find("elasticbeanstalk:command", "DeploymentPolicy").unwrap_or("AllAtOnce");
    let servers = find("autoscaling:asg", "MinSize").and_then(|n| n.parse::<f64>().ok()).filter(|n| *n >= 1.0);
    let size = find("elasticbeanstalk:command", "BatchSize").and_then(|n| n.parse::<f64>().ok());
    let fixed = find("elasticbeanstalk:command", "BatchSizeType") == Some("Fixed");
    Ok(Some(during(policy, servers, size, fixed)))
}

/// An update of so many servers under a policy.
fn during(policy: &str, servers: Option<f64>, size: Option<f64>, fixed: bool) -> String {
    let batch = servers.map(|n| match size {
        Some(size) if fixed => size.clamp(1.0, n),
        percent => (n * percent.unwrap_or(100.0) / 100.0).ceil().clamp(1.0, n),
    });
    match (policy, servers, batch) {
        ("AllAtOnce", Some(n), _) => format!("AllAtOnce: all {} at once, none serves meanwhile", count(n, "server")),
        ("Rolling", Some(n), Some(b)) => format!(
            "Rolling: {} in {}, at least {} serving",
            count(n, "server"),
            count((n / b).ceil(), "batch").replace("batchs", "batches"),
            amount(n - b)
        ),
        ("RollingWithAdditionalBatch", Some(n), Some(b)) => {
            format!("RollingWithAdditionalBatch: {} always serving, up to {} for a while", amount(n), amount(n + b))
        }
        ("Immutable", Some(n), _) => {
            format!("Immutable: a second set beside the first, {} servers for a while", amount(2.0 * n))
        }
        ("TrafficSplitting", Some(n), _) => {
            format!("TrafficSplitting: a part of the users meets {} new servers first", amount(n))
        }
        (other, None, _) => format!("{other}; how many servers that concerns is not in this file"),
        (other, ..) => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::during;

    #[test]
    fn updates_of_servers_are_counted() {
        assert_eq!(
            during("Rolling", Some(4.0), Some(30.0), false),
            "Rolling: 4 servers in 2 batches, at least 2 serving"
        );
        assert_eq!(
            during("Rolling", Some(4.0), Some(1.0), true),
            "Rolling: 4 servers in 4 batches, at least 3 serving"
        );
        assert_eq!(
            during("RollingWithAdditionalBatch", Some(4.0), Some(2.0), true),
            "RollingWithAdditionalBatch: 4 always serving, up to 6 for a while"
        );
        assert_eq!(
            during("Immutable", Some(4.0), None, false),
            "Immutable: a second set beside the first, 8 servers for a while"
        );
    }
}
