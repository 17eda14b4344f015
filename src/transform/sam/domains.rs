//! Custom domains of APIs: domain names, mappings, record sets.

use super::World;
use super::errors::{ErrorKind, Result};
use super::ids;
use super::resource::{Macro, Resource, Type};
use crate::transform::python_text;
use crate::transform::value::{Map, Text, Value, get_att, list, map, reference};

/// The generated resources; the access association comes last of all.
#[derive(Debug, Default)]
pub struct Made {
    /// Domain name, mappings, record set group.
    pub resources: Vec<Resource>,
    /// The access association of a private domain.
    pub association: Option<Resource>,
}

fn required<'v>(source: &Macro, domain: &'v Value, key: &str) -> Result<&'v Value> {
    match domain.given(key) {
        Some(value) => Ok(value),
        None => Err(source.fault(ErrorKind::Missing, format!("`Domain` needs `{key}`")).at(domain.span)),
    }
}

/// The domain of a REST API. Adds two keys to the domain, which the id of the deployment depends on.
///
/// # Errors
/// When the domain is not accepted.
pub fn rest(source: &Macro, domain: &mut Value, world: &mut World) -> Result<Made> {
    if domain.is_null() {
        return Ok(Made::default());
    }
    source.expect("Domain", Type::Map, Some(domain))?;
    let name = required(source, domain, "DomainName")?.clone();
    let certificate = required(source, domain, "CertificateArn")?.clone();
    let id = Text::from(format!("ApiGatewayDomainName{}", ids::short_of(&name)));
    domain.set("ApiDomainName", id.clone());
    let endpoint = match domain.given("EndpointConfiguration").cloned() {
        None => {
            domain.set("EndpointConfiguration", "REGIONAL");
            "REGIONAL".into()
        }
        Some(endpoint) => endpoint,
    };
    if !matches!(endpoint.as_str(), Some("EDGE" | "REGIONAL" | "PRIVATE")) {
        let message = "`EndpointConfiguration` of `Domain` must be `EDGE`, `REGIONAL` or `PRIVATE`";
        return Err(source.invalid(message).at(endpoint.span));
    }
    let cause = source.cause_of("Domain");
    let regional = endpoint.as_str() == Some("REGIONAL");
    let mut made =
        Resource::new(id.clone(), "AWS::ApiGateway::DomainName", &cause).with_attributes(&source.passed_on());
    if regional {
        made.set("RegionalCertificateArn", &certificate);
    }
    made.set("DomainName", &name);
    made.set("EndpointConfiguration", endpoint_types(domain, &endpoint));
    if let Some(tls) = domain.truthy_at("MutualTlsAuthentication") {
        made.set("MutualTlsAuthentication", mutual_tls(source, tls)?);
    }
    for key in ["SecurityPolicy", "EndpointAccessMode", "Policy"] {
        if let Some(value) = domain.truthy_at(key) {
            if key == "Policy" {
                let message = "`Policy` of `Domain` needs `EndpointConfiguration: PRIVATE`";
                return Err(super::errors::Fault::resource(&id, ErrorKind::Exclusive, message).at(value.span));
            }
            made.set(key, value);
        }
    }
    if !regional {
        made.set("CertificateArn", &certificate);
    }
    if let Some(value) = domain.truthy_at("OwnershipVerificationCertificateArn") {
        made.set("OwnershipVerificationCertificateArn", value);
    }
    let mut resources = vec![made];
    for (suffix, path) in base_paths(source, domain)? {
        let mapping_id = source.id.plus(&suffix).plus("BasePathMapping");
        let mapping = Resource::new(mapping_id, "AWS::ApiGateway::BasePathMapping", &cause)
            .with_attributes(&source.passed_on())
            .with("BasePath", path)
            .with("DomainName", reference(id.clone()))
            .with("RestApiId", reference(source.id.clone()))
            .with("Stage", reference(source.id.plus(".Stage")));
        resources.push(mapping);
    }
    resources.extend(record_sets(source, domain, &id.clone().into(), world)?);
    Ok(Made { resources, association: None })
}

/// The private domain of a REST API.
///
/// # Errors
/// When the domain is not accepted.
pub fn rest_private(source: &Macro, domain: &Value, world: &mut World) -> Result<Made> {
    let mut domain = domain.clone();
    let name = required(source, &domain, "DomainName")?.clone();
    let certificate = required(source, &domain, "CertificateArn")?.clone();
    let id = Text::from(format!("ApiGatewayDomainNameV2{}", ids::short_of(&name)));
    let cause = source.cause_of("Domain");
    let endpoint = domain.get("EndpointConfiguration").cloned().unwrap_or_else(Value::null);
    let mut made = Resource::new(id.clone(), "AWS::ApiGateway::DomainNameV2", &cause)
        .with_attributes(&source.passed_on())
        .with("DomainName", name.clone())
        .with("EndpointConfiguration", endpoint_types(&domain, &endpoint));
    for key in ["SecurityPolicy", "EndpointAccessMode"] {
        made = made.with_some(key, domain.truthy_at(key));
    }
    made.set("CertificateArn", certificate);
    made = made.with_some("Policy", domain.truthy_at("Policy"));
    if let Some(value) = domain.truthy_at("OwnershipVerificationCertificateArn") {
        let message = "`OwnershipVerificationCertificateArn` of `Domain` is not for private domains";
        return Err(super::errors::Fault::resource(&id, ErrorKind::Exclusive, message).at(value.span));
    }
    let mut resources = vec![made];
    for (suffix, path) in base_paths(source, &domain)? {
        let mapping_id = source.id.plus(&suffix).plus("BasePathMapping");
        let mapping = Resource::new(mapping_id, "AWS::ApiGateway::BasePathMappingV2", &cause)
            .with_attributes(&source.passed_on())
            .with("BasePath", path)
            .with("DomainNameArn", reference(id.clone()))
            .with("RestApiId", reference(source.id.clone()))
            .with("Stage", reference(source.id.plus(".Stage")));
        resources.push(mapping);
    }
    let mut association = None;
    if let Some(given) = domain.given("AccessAssociation") {
        let given = source.expect("Domain.AccessAssociation", Type::Map, Some(given))?;
        let endpoint = given.get("VpcEndpointId").cloned().unwrap_or_else(Value::null);
        let hash = ids::short_of(&list![endpoint.clone(), id.clone()]);
        let resource = Resource::new(
            format!("DomainNameAccessAssociation{hash}"),
            "AWS::ApiGateway::DomainNameAccessAssociation",
            &cause,
        );
        association = Some(
            resource
                .with_attributes(&source.passed_on())
                .with("AccessAssociationSource", endpoint)
                .with("AccessAssociationSourceType", "VPCE")
                .with("DomainNameArn", reference(id.clone())),
        );
    }
    resources.extend(record_sets(source, &mut domain, &name, world)?);
    Ok(Made { resources, association })
}

fn endpoint_types(domain: &Value, endpoint: &Value) -> Value {
    let mut types = map! { "Types" => list![endpoint] };
    if let Some(ip) = domain.truthy_at("IpAddressType") {
        types.set("IpAddressType", ip);
    }
    types
}

/// `MutualTlsAuthentication` with the two keys it may have.
///
/// # Errors
/// When it has others.
pub fn mutual_tls(source: &Macro, tls: &Value) -> Result<Value> {
    let tls = source.expect("Domain.MutualTlsAuthentication", Type::Map, Some(tls))?;
    let keys = ["TruststoreUri", "TruststoreVersion"];
    source.only(tls, "MutualTlsAuthentication", &keys)?;
    let mut made = Map::new();
    for key in keys {
        if let Some(value) = tls.truthy_at(key) {
            made.insert(key, value.clone());
        }
    }
    Ok(made.into())
}

/// The parts of mapping ids and the base paths; one mapping without a path when there is none.
fn base_paths(source: &Macro, domain: &Value) -> Result<Vec<(String, Value)>> {
    let given = domain.truthy_at("BasePath").filter(|p| p.is_str() || p.is_list());
    let Some(given) = given else { return Ok(vec![(String::new(), Value::null())]) };
    let paths = given.as_list().map_or_else(|| vec![given.clone()], <[Value]>::to_vec);
    let normalize = domain.get("NormalizeBasePath").is_none_or(Value::truthy);
    let mut made = Vec::new();
    for path in paths {
        let path = source.expect("Domain.BasePath", Type::Str, Some(&path))?.clone();
        let part: String = path.as_str().unwrap_or("").chars().filter(|c| c.is_alphanumeric()).collect();
        let value = if normalize { Value::from(Text::of(&part)).at(path.span) } else { path };
        made.push((part, value));
    }
    Ok(made)
}

/// The record set group of the domain's zone, with the records so far; `target` names the domain in attributes.
///
/// # Errors
/// When `Route53` is not accepted.
pub fn record_sets(source: &Macro, domain: &mut Value, target: &Value, world: &mut World) -> Result<Option<Resource>> {
    let Some(route) = zone(source, domain)? else { return Ok(None) };
    let zone = route.truthy_at("HostedZoneId").or(route.get("HostedZoneName")).cloned().unwrap_or_else(Value::null);
    let cause = source.cause_of("Domain").below("Route53", route.span);
    let mut route = route.clone();
    let new =
        |id: String| Resource::new(id, "AWS::Route53::RecordSetGroup", &cause).with_attributes(&source.passed_on());
    if let Some(separate) = route.truthy_at("SeparateRecordSetGroup") {
        source.expect("Domain.Route53.SeparateRecordSetGroup", Type::Bool, Some(separate))?;
        let name = domain.get("DomainName").cloned().unwrap_or_else(Value::null);
        let records = records(domain, target, &mut route);
        domain.set("Route53", route.clone());
        let group = new(format!("RecordSetGroup{}", ids::short_of(&list![zone, name])))
            .with_some("HostedZoneId", route.truthy_at("HostedZoneId"))
            .with_some("HostedZoneName", route.truthy_at("HostedZoneName"))
            .with("RecordSets", records);
        return Ok(Some(group));
    }
    let id = format!("RecordSetGroup{}", ids::short_of(&zone));
    let records = records(domain, target, &mut route);
    domain.set("Route53", route.clone());
    let position = world.record_sets.iter().position(|g| g.id == id.as_str()).unwrap_or_else(|| {
        let group = new(id)
            .with_some("HostedZoneId", route.get("HostedZoneId"))
            .with_some("HostedZoneName", route.get("HostedZoneName"))
            .with("RecordSets", list![]);
        world.record_sets.push(group);
        world.record_sets.len() - 1
    });
    let group = &mut world.record_sets[position];
    if let Some(list) = group.properties.get_mut("RecordSets").and_then(Value::as_list_mut) {
        list.extend(records);
    }
    Ok(Some(group.clone()))
}

/// `Route53` of the domain, checked.
///
/// # Errors
/// When it is no map or names no zone.
pub fn zone<'v>(source: &Macro, domain: &'v Value) -> Result<Option<&'v Value>> {
    let Some(route) = domain.given("Route53") else { return Ok(None) };
    let route = source.expect("Domain.Route53", Type::Map, Some(route))?;
    if route.given("HostedZoneId").is_none() && route.given("HostedZoneName").is_none() {
        let message = "`Route53` needs `HostedZoneId` or `HostedZoneName`";
        return Err(source.fault(ErrorKind::Missing, message).at(route.span));
    }
    Ok(Some(route))
}

/// The records of a domain: one, or two with IPv6.
pub fn records(domain: &Value, target: &Value, route: &mut Value) -> Vec<Value> {
    let mut alias = Map::new();
    if let Some(health) = route.given("EvaluateTargetHealth") {
        alias.insert("EvaluateTargetHealth", health.clone());
    }
    let attribute = |name: &'static str| get_att(python_text::str(target), name);
    match domain.get("EndpointConfiguration").and_then(Value::as_str) {
        Some("REGIONAL") => {
            alias.insert("HostedZoneId", attribute("RegionalHostedZoneId"));
            alias.insert("DNSName", attribute("RegionalDomainName"));
        }
        Some("EDGE") => {
            if route.given("DistributionDomainName").is_none() {
                route.set("DistributionDomainName", attribute("DistributionDomainName"));
            }
            alias.insert("HostedZoneId", "Z2FDTNDATAQYW2");
            alias.insert("DNSName", route.get("DistributionDomainName").cloned().unwrap_or_else(Value::null));
        }
        _ => {
            let get = |key: &str| route.get(key).cloned().unwrap_or_else(Value::null);
            alias.insert("HostedZoneId", get("VpcEndpointHostedZoneId"));
            alias.insert("DNSName", get("VpcEndpointDomainName"));
        }
    }
    let name = domain.get("DomainName").cloned().unwrap_or_else(Value::null);
    let record = |ty: &'static str| {
        let mut record = map! { "Name" => name.clone(), "Type" => ty, "AliasTarget" => alias.clone() };
        for key in ["Region", "SetIdentifier"] {
            if let Some(value) = route.given(key) {
                record.set(key, value);
            }
        }
        record
    };
    let mut made = vec![record("A")];
    if route.get("IpV6").is_some_and(|v| v.is_bool() && v.truthy()) {
        made.push(record("AAAA"));
    }
    made
}

/// The domain of an HTTP or WebSocket API: domain name, mappings, record set group. `creator` is the tag that says who
/// made it.
///
/// # Errors
/// When the domain is not accepted.
pub fn http(source: &Macro, domain: &Value, creator: &'static str, world: &mut World) -> Result<Vec<Resource>> {
    if domain.is_null() {
        return Ok(Vec::new());
    }
    let mut domain = domain.clone();
    let name = required(source, &domain, "DomainName")?.clone();
    let certificate = required(source, &domain, "CertificateArn")?.clone();
    let id = Text::from(format!("ApiGatewayDomainNameV2{}", ids::short_of(&name)));
    let endpoint = domain.given("EndpointConfiguration").cloned().unwrap_or_else(|| "REGIONAL".into());
    if endpoint.as_str() != Some("REGIONAL") {
        let message = "`EndpointConfiguration` of `Domain` must be `REGIONAL`";
        return Err(source.invalid(message).at(endpoint.span));
    }
    domain.set("EndpointConfiguration", "REGIONAL");
    let cause = source.cause_of("Domain");
    let mut configuration = map! { "CertificateArn" => certificate, "EndpointType" => endpoint };
    for key in ["OwnershipVerificationCertificateArn", "SecurityPolicy"] {
        if let Some(value) = domain.truthy_at(key) {
            configuration.set(key, value);
        }
    }
    let mut made = Resource::new(id.clone(), "AWS::ApiGatewayV2::DomainName", &cause)
        .with_attributes(&source.passed_on())
        .with("DomainName", name)
        .with("DomainNameConfigurations", list![configuration]);
    if let Some(tls) = domain.truthy_at("MutualTlsAuthentication") {
        made.set("MutualTlsAuthentication", http_mutual_tls(source, tls)?);
    }
    made.set("Tags", map! { creator => "SAM" });
    let mut resources = vec![made];
    for (suffix, key) in http_paths(source, &domain)? {
        let mapping_id = source.id.plus(&suffix).plus("ApiMapping");
        let mapping = Resource::new(mapping_id, "AWS::ApiGatewayV2::ApiMapping", &cause)
            .with_attributes(&source.passed_on())
            .with("ApiId", reference(source.id.clone()))
            .with("ApiMappingKey", key)
            .with("DomainName", reference(id.clone()))
            .with("Stage", reference(source.id.plus(".Stage")));
        resources.push(mapping);
    }
    let target: Value = id.clone().into();
    // The groups of these APIs have the id of the zone or its name, not both.
    if let Some(route) = domain.path_mut(&["Route53"]).filter(|r| r.get("HostedZoneId").is_some()) {
        let named = route.take("HostedZoneName");
        if route.truthy_at("HostedZoneId").is_none()
            && let Some(name) = named
        {
            route.set("HostedZoneName", name);
        }
    }
    if let Some(route) = domain.path_mut(&["Route53"]) {
        route.take("SeparateRecordSetGroup");
    }
    resources.extend(record_sets(source, &mut domain, &target, world)?);
    Ok(resources)
}

fn http_mutual_tls(source: &Macro, tls: &Value) -> Result<Value> {
    let Some(map) = tls.as_map() else { return mutual_tls(source, tls) };
    let known = |key: &str| matches!(key, "TruststoreUri" | "TruststoreVersion");
    let mut bad: Vec<&str> = map.keys().map(|k| k.as_str()).filter(|k| !known(k)).collect();
    if bad.is_empty() {
        return mutual_tls(source, tls);
    }
    bad.sort_unstable();
    let message = format!("`{}` is no property of `MutualTlsAuthentication`", bad.join("`, `"));
    let span = map.pair(bad[0]).map_or(tls.span, |p| p.key_span);
    // The reference files this one under the names of the keys.
    Err(super::errors::Fault::resource(&bad.join(","), ErrorKind::UnknownProperty, message).at(span))
}

/// The parts of mapping ids and the mapping keys.
fn http_paths(source: &Macro, domain: &Value) -> Result<Vec<(String, Value)>> {
    let given = domain.truthy_at("BasePath").filter(|p| p.is_str() || p.is_list());
    let Some(given) = given else { return Ok(vec![(String::new(), Value::null())]) };
    let paths = given.as_list().map_or_else(|| vec![given.clone()], <[Value]>::to_vec);
    let mut made = Vec::new();
    for path in paths {
        let Some(text) = path.as_str() else {
            return Err(source.invalid("`BasePath` must be a string").at(path.span));
        };
        if text.chars().any(|c| !c.is_ascii_alphanumeric() && !matches!(c, '/' | '-' | '_')) {
            let message = format!("`{text}` is no base path: letters, digits, `/`, `-` and `_` are allowed");
            return Err(source.invalid(message).at(path.span));
        }
        let part = text.replace(['-', '_', '/'], "");
        made.push((part, Value::from(Text::of(text.trim_matches('/'))).at(path.span)));
    }
    Ok(made)
}
