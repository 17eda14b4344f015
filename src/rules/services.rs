//! Rules of single services that are not a schema.

mod machines;

use crate::intrinsics::{self, Intrinsic, dynamic};
use crate::rule::{Check, Context, Family, rule};
use crate::schema::walk::{Place, Surroundings, places};
use crate::source::Span;
use crate::syntax::Node;
use crate::template::Resource;

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
        &TIERING_DAYS,
        &STATE_MACHINE_INVALID,
        &IMAGE_MISSING,
        &IOPS_IGNORED,
        &VIRTUAL_NAME_IGNORED,
        &REPLICA_MODE_IGNORED,
        &ADDRESS_DOMAIN_UNKNOWN,
        &FORWARDED_VALUES_IGNORED,
        &METHOD_SETTINGS_EMPTY,
    ],
    checks: &[Check::Template(everything), Check::Resource(&["AWS::EC2::Instance"], image)],
};

type Look = fn(&Place<'_>, &mut Context<'_>);

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
        if kind == "AWS::StepFunctions::StateMachine" {
            machines::check(resource, cx);
        }
        for (paths, look) in PLACES {
            for (_, path) in paths.iter().filter(|place| place.0 == kind) {
                let around = Surroundings { template: cx.template, resolver: cx.resolver() };
                for place in places(resource, path, around) {
                    look(&place, cx);
                }
            }
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

fn image(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(entry) = resource.node.entry("Properties") else {
        lacking(resource.key.span, resource, cx);
        return;
    };
    let Some(members) = entry.value.as_map() else { return };
    if members.iter().any(|e| &*e.key.text == "ImageId" || e.key.text.starts_with("Fn::")) {
        return;
    }
    let missing = match entry.value.get("LaunchTemplate") {
        None => true,
        Some(template) => template_without_image(template, cx),
    };
    if missing {
        lacking(entry.key.span, resource, cx);
    }
}

fn lacking(place: Span, resource: &Resource<'_>, cx: &mut Context<'_>) {
    let message = format!("`{}` has no `ImageId`, and no launch template gives it one", resource.id());
    cx.report(&IMAGE_MISSING, place, message).help("Name an image, or a launch template that does.");
}

/// Whether a launch template of the same file is used that has no image either.
fn template_without_image(used: &Node, cx: &Context<'_>) -> bool {
    let reference = used.get("LaunchTemplateId").or_else(|| used.get("LaunchTemplateName"));
    let Some(call) = reference.and_then(Node::as_call) else { return false };
    let id = match call.function {
        Intrinsic::Ref => call.argument.as_str(),
        Intrinsic::GetAtt => intrinsics::get_att_parts(&call.argument).map(|parts| parts.id),
        _ => None,
    };
    let Some(target) = id.and_then(|id| cx.template.resources.get(id)) else { return false };
    let data = target.property("LaunchTemplateData").and_then(Node::as_map);
    target.kind() == Some("AWS::EC2::LaunchTemplate")
        && data.is_some_and(|data| !data.iter().any(|e| &*e.key.text == "ImageId" || e.key.text.starts_with("Fn::")))
}
