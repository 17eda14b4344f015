//! Rules of single services that are not a schema.

mod caches;
mod containers;
mod documents;
mod machines;
mod names;
mod schedules;
mod tables;

use crate::graph::ItemKind;
use crate::intrinsics::{self, Intrinsic, dynamic};
use crate::rule::cases::{Case, branches, cases};
use crate::rule::{Check, Context, Family, rule};
use crate::schema::walk::{Place, Surroundings, places};
use crate::source::Span;
use crate::syntax::Node;
use crate::template::Resource;

rule!(
    CLUSTER_WITHOUT_FAILOVER,
    "services" / "E3026",
    "cluster-without-failover",
    Error,
    "a cache in cluster mode without failover or a second node"
);
rule!(SCHEDULE_MALFORMED, "services" / "E3027", "schedule-malformed", Error, "a schedule that is no rate and no cron");
rule!(
    TABLE_ATTRIBUTES_MISMATCH,
    "services" / "E3039",
    "table-attributes-mismatch",
    Error,
    "the attributes defined for a table are not those of its keys"
);
rule!(
    RECORD_OUTSIDE_ZONE,
    "services" / "E3041",
    "record-outside-zone",
    Error,
    "the name of a record does not belong to its hosted zone"
);
rule!(
    DYNAMIC_PORT_UNCHECKED,
    "services" / "E3049",
    "dynamic-port-unchecked",
    Error,
    "a health check on a fixed port for containers whose port is dynamic"
);
rule!(
    SSM_DOCUMENT_INVALID,
    "services" / "E3051",
    "ssm-document-invalid",
    Error,
    "the content of a Systems Manager document is malformed"
);
rule!(
    HOST_PORT_DIFFERS,
    "services" / "E3053",
    "host-port-differs",
    Error,
    "a host port that differs from the container port in `awsvpc` mode"
);
rule!(
    HEALTH_CHECKS_EXCLUDE,
    "services" / "E3056",
    "health-checks-exclude",
    Error,
    "the health check `EC2` together with others"
);
rule!(
    TARGET_ORIGIN_UNKNOWN,
    "services" / "E3057",
    "target-origin-unknown",
    Error,
    "a cache behavior that points to no origin of the distribution"
);
rule!(
    DETECTOR_SET_TWICE,
    "services" / "E3063",
    "detector-set-twice",
    Error,
    "a detector that is set by data sources and by features"
);
rule!(
    VALIDATION_DOMAIN_UNRELATED,
    "services" / "E3503",
    "validation-domain-unrelated",
    Error,
    "a validation domain that is not above the domain of the certificate"
);
rule!(
    REST_API_DEFINED_TWICE,
    "services" / "W3660",
    "rest-api-defined-twice",
    Warning,
    "a REST API is defined by a document and by resources"
);
rule!(
    ALIAS_MALFORMED,
    "services" / "E3013",
    "alias-malformed",
    Error,
    "an alias of a distribution that is no domain name"
);
rule!(
    TIERING_DAYS,
    "services" / "E3061",
    "tiering-days-out-of-range",
    Error,
    "days of intelligent tiering outside the range of the tier"
);
rule!(
    STATE_MACHINE_INVALID,
    "services" / "E3601",
    "state-machine-invalid",
    Error,
    "a definition of a state machine that is malformed"
);
rule!(IMAGE_MISSING, "services" / "E3673", "image-missing", Error, "an instance that has no image");
rule!(IOPS_IGNORED, "services" / "W3671", "iops-ignored", Warning, "IOPS for a type of volume that ignores them");
rule!(VIRTUAL_NAME_IGNORED, "services" / "W3698", "virtual-name-ignored", Warning, "a virtual name beside a volume");
rule!(
    REPLICA_MODE_IGNORED,
    "services" / "W3699",
    "replica-mode-ignored",
    Warning,
    "a replica mode for an engine that has none"
);
rule!(
    ADDRESS_DOMAIN_UNKNOWN,
    "services" / "W3700",
    "address-domain-unknown",
    Warning,
    "a domain of an elastic address that does not exist"
);
rule!(
    FORWARDED_VALUES_IGNORED,
    "services" / "W3704",
    "forwarded-values-ignored",
    Warning,
    "forwarded values beside a cache policy"
);
rule!(
    METHOD_SETTINGS_EMPTY,
    "services" / "W3705",
    "method-settings-empty",
    Warning,
    "settings of a method that set nothing"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &ALIAS_MALFORMED,
        &CLUSTER_WITHOUT_FAILOVER,
        &SCHEDULE_MALFORMED,
        &TABLE_ATTRIBUTES_MISMATCH,
        &RECORD_OUTSIDE_ZONE,
        &DYNAMIC_PORT_UNCHECKED,
        &SSM_DOCUMENT_INVALID,
        &HOST_PORT_DIFFERS,
        &HEALTH_CHECKS_EXCLUDE,
        &TARGET_ORIGIN_UNKNOWN,
        &TIERING_DAYS,
        &DETECTOR_SET_TWICE,
        &VALIDATION_DOMAIN_UNRELATED,
        &REST_API_DEFINED_TWICE,
        &STATE_MACHINE_INVALID,
        &IMAGE_MISSING,
        &IOPS_IGNORED,
        &VIRTUAL_NAME_IGNORED,
        &REPLICA_MODE_IGNORED,
        &ADDRESS_DOMAIN_UNKNOWN,
        &FORWARDED_VALUES_IGNORED,
        &METHOD_SETTINGS_EMPTY,
    ],
    checks: &[Check::Template(everything)],
};

type Look = for<'a> fn(&Place<'a>, &mut Context<'a>);

const DEVICES: &[(&str, &[&str])] = &[
    ("AWS::EC2::Instance", &["BlockDeviceMappings", "*"]),
    ("AWS::EC2::LaunchTemplate", &["LaunchTemplateData", "BlockDeviceMappings", "*"]),
    ("AWS::EC2::SpotFleet", &["SpotFleetRequestConfigData", "LaunchSpecifications", "*", "BlockDeviceMappings", "*"]),
    ("AWS::AutoScaling::LaunchConfiguration", &["BlockDeviceMappings", "*"]),
    ("AWS::OpsWorks::Instance", &["BlockDeviceMappings", "*"]),
];

/// Resource types with paths below `Properties`.
type PlacesOfTypes = [(&'static str, &'static [&'static str])];

/// (places, what is looked at there).
const PLACES: &[(&PlacesOfTypes, Look)] = &[
    (&[("AWS::Events::Rule", &["ScheduleExpression"])], schedules::check),
    (&[("AWS::DynamoDB::Table", &[])], tables::attributes),
    (&[("AWS::Route53::RecordSet", &[])], names::record),
    (&[("AWS::CertificateManager::Certificate", &["DomainValidationOptions", "*"])], names::validation),
    (&[("AWS::SSM::Document", &["Content"])], documents::check),
    (&[("AWS::AutoScaling::AutoScalingGroup", &["HealthCheckType"])], health_checks),
    (&[("AWS::CloudFront::Distribution", &["DistributionConfig"])], target_origin),
    (&[("AWS::GuardDuty::Detector", &[])], detector),
    (&[("AWS::CloudFront::Distribution", &["DistributionConfig", "Aliases", "*"])], alias),
    (&[("AWS::S3::Bucket", &["IntelligentTieringConfigurations", "*", "Tierings", "*"])], tiering),
    (DEVICES, device),
    (&[("AWS::RDS::DBInstance", &[])], replica_mode),
    (&[("AWS::EC2::EIP", &["Domain"])], address_domain),
    (
        &[
            ("AWS::CloudFront::Distribution", &["DistributionConfig", "DefaultCacheBehavior"]),
            ("AWS::CloudFront::Distribution", &["DistributionConfig", "CacheBehaviors", "*"]),
        ],
        forwarded_values,
    ),
    (&[("AWS::ApiGateway::Stage", &["MethodSettings", "*"])], method_settings),
];

fn everything(cx: &mut Context<'_>) {
    for resource in cx.template.resources.iter() {
        let Some(kind) = resource.kind() else { continue };
        match kind {
            "AWS::StepFunctions::StateMachine" | "AWS::Serverless::StateMachine" => machines::check(resource, cx),
            "AWS::ElastiCache::ReplicationGroup" => caches::check(resource, cx),
            "AWS::EC2::Instance" => image(resource, cx),
            "AWS::ECS::Service" => containers::dynamic_ports(resource, cx),
            "AWS::ECS::TaskDefinition" => containers::host_ports(resource, cx),
            "AWS::ApiGateway::RestApi" => defined_twice(resource, cx),
            _ => {}
        }
        for (paths, look) in PLACES {
            for (_, path) in paths.iter().filter(|place| place.0 == kind) {
                let around = cx.surroundings();
                for place in places(resource, path, around) {
                    look(&place, cx);
                }
            }
        }
    }
}

fn health_checks(place: &Place<'_>, cx: &mut Context<'_>) {
    let Some(text) = place.node.as_str().filter(|t| !dynamic::contains(t)) else { return };
    let kinds: Vec<&str> = text.split(',').map(str::trim).collect();
    if kinds.len() > 1 && kinds.contains(&"EC2") {
        let message = format!("`EC2` cannot be combined with other health checks, found `{text}`");
        cx.report(&HEALTH_CHECKS_EXCLUDE, place.node.span, message)
            .reference_at(place.key)
            .help("Leave `EC2` out: its checks are always made.");
    }
}

/// The text that a value certainly is.
fn literal(node: &Node) -> Option<&str> {
    node.as_str().filter(|text| !dynamic::contains(text) && !text.contains("${"))
}

fn target_origin<'a>(place: &Place<'a>, cx: &mut Context<'a>) {
    let around = cx.surroundings();
    let mut found = Vec::new();
    for used in place.below(&["DefaultCacheBehavior", "TargetOriginId"], around) {
        let Some(name) = literal(used.node) else { continue };
        let here = used.with(place.node);
        let Some(mut ids) = ids_below(&here, &["Origins"], around) else { continue };
        match here.below(&["OriginGroups"], around).is_empty() {
            true => {}
            false => match ids_below(&here, &["OriginGroups", "Items"], around) {
                Some(more) => ids.extend(more),
                None => continue,
            },
        }
        if !ids.contains(&name) {
            found.push((used.node.span, used.key, name, ids));
        }
    }
    for (span, key, name, ids) in found {
        let near = crate::rule::suggest::nearest(name, ids.iter().copied());
        let help = match near {
            Some(near) => format!("Did you mean `{near}`?"),
            None => format!("The origins are {}.", crate::rule::shape::quoted(&ids)),
        };
        let message = format!("`{name}` is no origin and no origin group of this distribution");
        cx.report(&TARGET_ORIGIN_UNKNOWN, span, message).reference_at(key).help(help);
    }
}

/// The ids of the items of a list; `None` when not all of them are known.
fn ids_below<'a>(place: &Place<'a>, path: &[&str], around: Surroundings<'_, 'a>) -> Option<Vec<&'a str>> {
    let lists = place.below(path, around);
    if lists.is_empty() || lists.iter().any(|list| list.node.as_list().is_none()) {
        return None;
    }
    let items = lists.iter().flat_map(|list| list.below(&["*"], around));
    let ids = items.map(|item| {
        let ids = item.below(&["Id"], around);
        if ids.is_empty() { None } else { ids.iter().map(|id| literal(id.node)).collect::<Option<Vec<_>>>() }
    });
    Some(ids.collect::<Option<Vec<_>>>()?.concat())
}

fn detector<'a>(place: &Place<'a>, cx: &mut Context<'a>) {
    let both = [place.node.get("DataSources"), place.node.get("Features")];
    if both.iter().any(Option::is_none) {
        return;
    }
    let Some(all) = cases(&both, place.pins(), cx.resolver()) else { return };
    let together = all.iter().find(|case| both.iter().all(|node| case.seen(*node, cx.resolver()).is_some()));
    let (Some(case), Some(sources)) = (together, place.node.entry("DataSources")) else { return };
    let note = case.describe();
    let finding =
        cx.report(&DETECTOR_SET_TWICE, sources.key.span, "`DataSources` and `Features` cannot be used together");
    finding.reference_at(place.key).help("Keep `Features`, which replaces the other.");
    if let Some(note) = note {
        finding.note(format!("when {note}"));
    }
}

/// Resources that change the definition of a REST API.
const PARTS_OF_API: &[&str] = &[
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Model",
    "AWS::ApiGateway::RequestValidator",
    "AWS::ApiGateway::Resource",
];

fn defined_twice<'a>(api: &Resource<'a>, cx: &mut Context<'a>) {
    let around = cx.surroundings();
    let mut keys: Vec<(&str, Span)> = Vec::new();
    for name in ["Body", "BodyS3Location"] {
        keys.extend(places(api, &[name], around).iter().map(|place| (name, place.key)));
    }
    if keys.is_empty() {
        return;
    }
    let mut parts: Vec<(&str, Span)> = Vec::new();
    for user in cx.graph().needed_by(ItemKind::Resource, api.id()) {
        let of_api = user.from.resource_type.is_some_and(|kind| PARTS_OF_API.contains(&kind));
        if of_api && !parts.iter().any(|part| part.0 == user.from.name) {
            parts.push((user.from.name, user.from.span));
        }
    }
    for (name, key) in keys {
        for (part, span) in &parts {
            let message = format!("`{name}` defines this API, and so does the resource `{part}`");
            cx.report(&REST_API_DEFINED_TWICE, key, message)
                .label(*span, "the other definition")
                .help("An update from the document removes what the resource added; define the API in one way.");
        }
    }
}

fn alias(place: &Place<'_>, cx: &mut Context<'_>) {
    let Some(text) = place.node.as_str().filter(|t| !dynamic::contains(t)) else { return };
    if text.contains(".*.") {
        let message = format!("the alias `{text}` has a wildcard inside; it may only stand at the start");
        cx.report(&ALIAS_MALFORMED, place.node.span, message);
    }
    if !is_domain(text) {
        let message = format!("the alias `{text}` is no domain name in lower case");
        cx.report(&ALIAS_MALFORMED, place.node.span, message)
            .help("It looks like `www.example.com` or `*.example.com`.");
    }
}

fn is_domain(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let mut labels = text.split('.').rev();
    let Some(top) = labels.next() else { return false };
    let inner = |label: &str| label.bytes().all(|b| fits(b) || b == b'-') && !label.ends_with('-') && label.len() <= 63;
    let mut count = 0;
    let rest = labels.all(|label| {
        count += 1;
        let (first, after) = label.split_at(label.len().min(1).min(label.bytes().take_while(u8::is_ascii).count()));
        first.bytes().next().is_some_and(|b| fits(b) || b == b'*') && inner(after)
    });
    rest && count > 0 && top.len() >= 2 && !top.starts_with('-') && inner(top)
}

fn tiering(place: &Place<'_>, cx: &mut Context<'_>) {
    let least = match place.node.get("AccessTier").and_then(Node::as_str) {
        Some("ARCHIVE_ACCESS") => 90,
        Some("DEEP_ARCHIVE_ACCESS") => 180,
        _ => return,
    };
    let Some(node) = place.node.get("Days") else { return };
    let Some(days) = node.scalar_text().and_then(|text| text.parse::<i64>().ok()) else { return };
    if !(least..=730).contains(&days) {
        cx.report(&TIERING_DAYS, node.span, format!("this tier takes {least} to 730 days, found {days}"));
    }
}

fn device(place: &Place<'_>, cx: &mut Context<'_>) {
    if let (Some(name), Some(_)) = (place.node.entry("VirtualName"), place.node.entry("Ebs")) {
        let message = "`VirtualName` is ignored beside `Ebs`: the device is a volume";
        cx.report(&VIRTUAL_NAME_IGNORED, name.key.span, message).help("Keep the one that is meant.");
    }
    let Some(volume) = place.node.get("Ebs") else { return };
    let Some(kind) = volume.get("VolumeType").and_then(Node::as_str) else { return };
    if let Some(iops) = volume.entry("Iops")
        && ["gp2", "st1", "sc1", "standard"].contains(&kind.to_lowercase().as_str())
    {
        let message = format!("`Iops` is ignored for volumes of the type `{kind}`");
        cx.report(&IOPS_IGNORED, iops.key.span, message).help("Use `gp3`, `io1` or `io2`, or remove `Iops`.");
    }
}

fn replica_mode(place: &Place<'_>, cx: &mut Context<'_>) {
    let Some(mode) = place.node.entry("ReplicaMode") else { return };
    let Some(engine) = place.node.get("Engine").and_then(Node::as_str) else { return };
    let lower = engine.to_lowercase();
    if !["oracle", "custom-oracle", "db2"].iter().any(|known| lower.starts_with(known)) {
        let message = format!("`ReplicaMode` is ignored for the engine `{engine}`");
        cx.report(&REPLICA_MODE_IGNORED, mode.key.span, message).help("Only replicas of Oracle and Db2 have modes.");
    }
}

fn address_domain(place: &Place<'_>, cx: &mut Context<'_>) {
    let Some(text) = place.node.as_str().filter(|t| !dynamic::contains(t)) else { return };
    if !["vpc", "standard"].contains(&text.to_lowercase().as_str()) {
        let message = format!("`Domain` is `vpc` or `standard`; `{text}` is taken as `vpc` in silence");
        cx.report(&ADDRESS_DOMAIN_UNKNOWN, place.node.span, message);
    }
}

fn forwarded_values(place: &Place<'_>, cx: &mut Context<'_>) {
    if let (Some(values), Some(_)) = (place.node.entry("ForwardedValues"), place.node.entry("CachePolicyId")) {
        let message = "`ForwardedValues` is ignored beside `CachePolicyId`";
        cx.report(&FORWARDED_VALUES_IGNORED, values.key.span, message)
            .help("Say in the cache policy what is forwarded.");
    }
}

const SETTINGS: &[&str] = &[
    "CacheDataEncrypted",
    "CacheTtlInSeconds",
    "CachingEnabled",
    "DataTraceEnabled",
    "LoggingLevel",
    "MetricsEnabled",
    "ThrottlingBurstLimit",
    "ThrottlingRateLimit",
];

fn method_settings(place: &Place<'_>, cx: &mut Context<'_>) {
    let Some(entries) = place.node.as_map().filter(|entries| !entries.is_empty()) else { return };
    if !entries.iter().any(|e| SETTINGS.contains(&&*e.key.text) || e.key.text.starts_with("Fn::")) {
        let message = "these method settings name a method but set nothing";
        cx.report(&METHOD_SETTINGS_EMPTY, place.key, message).help("Add a setting such as `LoggingLevel`.");
    }
}

/// Instances without an image, in every case that the conditions allow.
fn image<'a>(resource: &Resource<'a>, cx: &mut Context<'a>) {
    let around = cx.surroundings();
    let mut found = Vec::new();
    for place in places(resource, &[], around) {
        let Some(members) = place.node.as_map() else { continue };
        if members.iter().any(|e| e.key.text.starts_with("Fn::")) {
            continue;
        }
        let (image, template) = (place.node.get("ImageId"), place.node.get("LaunchTemplate"));
        let Some(all) = cases(&[image, template], place.pins(), cx.resolver()) else { continue };
        for case in all {
            if case.seen(image, cx.resolver()).is_some() {
                continue;
            }
            let given = case.seen(template, cx.resolver());
            if given.is_none_or(|template| template_without_image(template, &case, cx)) {
                let key = image.and_then(|node| nothing(node, &case, cx)).unwrap_or(place.key);
                found.push((place.key, key, case.describe()));
            }
        }
    }
    for (span, key, note) in found {
        lacking(span, key, note, resource, cx);
    }
}

/// Where it is said in a case that a value is not there: at the branch that is taken.
fn nothing<'a>(node: &'a Node, case: &Case<'a>, cx: &Context<'a>) -> Option<Span> {
    let conditions = &cx.resolver().conditions;
    let mut node = node;
    while let Some((name, then, otherwise)) = node.as_call().and_then(branches) {
        node = if conditions.pinned(&case.pins, name)? { then } else { otherwise };
    }
    let call = node.as_call()?;
    Some(if call.short { Span { start: node.span.start, end: node.span.start } } else { call.function_span })
}

fn lacking(span: Span, key: Span, note: Option<String>, resource: &Resource<'_>, cx: &mut Context<'_>) {
    let message = format!("`{}` has no `ImageId`, and no launch template gives it one", resource.id());
    let finding = cx.report(&IMAGE_MISSING, span, message);
    finding.reference_at(key).help("Name an image, or a launch template that does.");
    if let Some(note) = note {
        finding.note(format!("when {note}"));
    }
}

/// Whether a launch template of the same file is used that has no image either.
fn template_without_image<'a>(used: &'a Node, case: &Case<'a>, cx: &Context<'a>) -> bool {
    let resolver = cx.resolver();
    let id = case.member(used, "LaunchTemplateId", resolver);
    let reference = id.or_else(|| case.member(used, "LaunchTemplateName", resolver));
    let Some(call) = reference.and_then(Node::as_call) else { return false };
    let id = match call.function {
        Intrinsic::Ref => call.argument.as_str(),
        Intrinsic::GetAtt => intrinsics::get_att_parts(&call.argument).map(|parts| parts.id),
        _ => None,
    };
    let target = id.and_then(|id| cx.template.resources.get(id));
    let Some(target) = target.filter(|r| r.kind() == Some("AWS::EC2::LaunchTemplate")) else { return false };
    let Some(data) = target.property("LaunchTemplateData") else {
        let members = target.properties().and_then(Node::as_map);
        return members.is_some_and(|all| !all.iter().any(|e| e.key.text.starts_with("Fn::")));
    };
    let Some(all) = cases(&[Some(data)], &case.pins, resolver) else { return false };
    all.iter().any(|case| {
        let members = case.seen(Some(data), resolver).and_then(Node::as_map);
        members.is_some_and(|members| {
            let image = members.iter().find(|e| &*e.key.text == "ImageId");
            !members.iter().any(|e| e.key.text.starts_with("Fn::"))
                && case.seen(image.map(|e| &e.value), resolver).is_none()
        })
    })
}
