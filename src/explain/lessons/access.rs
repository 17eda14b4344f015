//! Figures of sign-in, secrets and deployments, and of the sections of deployment files.

use super::figures::{amount, count};
use super::{Figure, Scope, number, plain, text, words};
use crate::explain::short::and;
use crate::explain::values::Val;
use crate::explain::view::few;

/// The names of policies that are written into a role.
pub(super) fn policy_names(s: &Scope<'_, '_, '_>) -> Figure {
    let names: Vec<String> = s.value.items().iter().map(|p| words(p.at("PolicyName"))).collect();
    let names: Vec<String> = names.into_iter().filter(|n| !n.is_empty()).collect();
    Ok((!names.is_empty()).then(|| few(&names, 6)))
}

/// What a password must have.
pub(super) fn password(s: &Scope<'_, '_, '_>) -> Figure {
    let length = number(s.value, "MinimumLength")?.unwrap_or(8.0);
    let mut with = Vec::new();
    for (key, what) in [
        ("RequireUppercase", "a capital letter"),
        ("RequireLowercase", "a small letter"),
        ("RequireNumbers", "a digit"),
        ("RequireSymbols", "a symbol"),
    ] {
        if text(s.value, key)?.as_deref() == Some("true") {
            with.push(what.to_owned());
        }
    }
    let with = if with.is_empty() { String::new() } else { format!(", with {}", and(&with)) };
    Ok(Some(format!("at least {}{with}", count(length, "character"))))
}

/// The address of the sign-in pages.
pub(super) fn pool_domain(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(name) = plain(s.value)? else { return Ok(None) };
    let own = s.properties.at("CustomDomainConfig").is_some();
    let region = &s.model.assumptions.region;
    Ok(Some(match own {
        true => format!("https://{name}"),
        false => format!("https://{name}.auth.{region}.amazoncognito.com"),
    }))
}

/// Who gets which role.
pub(super) fn pool_roles(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for (key, who) in [("authenticated", "signed-in users"), ("unauthenticated", "guests")] {
        if let Some(role) = s.value.at(key) {
            out.push(format!("{who} get {}", words(Some(role))));
        }
    }
    Ok((!out.is_empty()).then(|| and(&out)))
}

/// What is made up.
pub(super) fn secret(s: &Scope<'_, '_, '_>) -> Figure {
    let length = number(s.value, "PasswordLength")?.unwrap_or(32.0);
    Ok(Some(match text(s.value, "GenerateStringKey")? {
        Some(key) => format!("{} under the key {key}", count(length, "character")),
        None => count(length, "character"),
    }))
}

/// How many machines stay.
pub(super) fn healthy_hosts(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(value) = number(s.value, "Value")? else { return Ok(None) };
    Ok(match text(s.value, "Type")?.as_deref() {
        Some("HOST_COUNT") => Some(format!("at least {} at any time", count(value, "machine"))),
        Some("FLEET_PERCENT") => {
            Some(format!("at least {} % at any time: of 10 machines {}", amount(value), amount((value / 10.0).ceil())))
        }
        _ => None,
    })
}

/// What becomes of the old side.
pub(super) fn blue_green(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    if text(s.value, "DeploymentReadyOption.ActionOnTimeout")?.as_deref() == Some("STOP_DEPLOYMENT") {
        let wait = number(s.value, "DeploymentReadyOption.WaitTimeInMinutes")?.unwrap_or_default();
        out.push(format!("waits up to {} for a person before traffic moves", count(wait, "minute")));
    }
    let old = "TerminateBlueInstancesOnDeploymentSuccess";
    match text(s.value, &format!("{old}.Action"))?.as_deref() {
        Some("TERMINATE") => {
            let wait = number(s.value, &format!("{old}.TerminationWaitTimeInMinutes"))?.unwrap_or_default();
            out.push(match wait {
                0.0 => "the old side goes at once".to_owned(),
                n => format!("the old side goes {} later", count(n, "minute")),
            });
        }
        Some("KEEP_ALIVE") => out.push("the old side stays".to_owned()),
        _ => {}
    }
    Ok((!out.is_empty()).then(|| out.join("; ")))
}

/// Whether there is a listener for tests.
pub(super) fn deploy_listeners(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(pairs) = s.value.at("TargetGroupPairInfoList") else { return Ok(None) };
    let mut out = Vec::new();
    for pair in pairs.items() {
        let listeners = |key: &str| pair.at(&format!("{key}.ListenerArns")).map(Val::words).unwrap_or_default();
        let (users, tests) = (listeners("ProdTrafficRoute"), listeners("TestTrafficRoute"));
        out.push(match tests.is_empty() {
            true => format!("users come by {users}; no listener for tests, so nothing is tried before users meet it"),
            false => format!("users come by {users}, tests by {tests}"),
        });
    }
    Ok((!out.is_empty()).then(|| out.join("; ")))
}

/// The tags of the machines.
pub(super) fn tag_filters(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for item in s.value.items() {
        let (key, value) = (words(item.at("Key")), words(item.at("Value")));
        out.push(if value.is_empty() { key } else { format!("{key} = {value}") });
    }
    Ok((!out.is_empty()).then(|| format!("machines with {}", out.join(" or "))))
}

/// Where the code and the commands come from.
pub(super) fn build_source(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(kind) = text(s.value, "Type")? else { return Ok(None) };
    let from = match kind.as_str() {
        "CODEPIPELINE" => "the pipeline hands the code in".to_owned(),
        "NO_SOURCE" => "no code: the commands stand here".to_owned(),
        _ => format!("code from {kind}"),
    };
    let spec = s.value.at("BuildSpec").map(Val::show);
    let spec = match spec {
        None => "commands from buildspec.yml".to_owned(),
        Some(text) if text.contains('\n') || text.starts_with('{') => "commands written here".to_owned(),
        Some(path) => format!("commands from {path}"),
    };
    Ok(Some(format!("{from}; {spec}")))
}

/// Which variable comes from where.
pub(super) fn sources(s: &Scope<'_, '_, '_>) -> Figure {
    let Val::Map(entries) = s.value else { return Ok(None) };
    let out: Vec<String> =
        entries.iter().map(|(name, _, value)| format!("{name} from {}", value.show_short(60))).collect();
    Ok((!out.is_empty()).then(|| few(&out, 8)))
}

/// The keys of a mapping.
pub(super) fn keys(s: &Scope<'_, '_, '_>) -> Figure {
    let Val::Map(entries) = s.value else { return Ok(None) };
    let out: Vec<String> = entries.iter().map(|e| e.0.to_owned()).collect();
    Ok((!out.is_empty()).then(|| few(&out, 8)))
}

/// What moves in a deployment.
pub(super) fn appspec_target(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for item in s.value.items() {
        let Val::Map(entries) = item else { continue };
        for (name, _, body) in entries {
            let Some(p) = body.at("Properties") else { continue };
            if let Some(function) = p.at("Name") {
                out.push(format!(
                    "the alias {} of {} moves from version {} to version {}",
                    words(p.at("Alias")),
                    words(Some(function)),
                    words(p.at("CurrentVersion")),
                    words(p.at("TargetVersion"))
                ));
            } else if let Some(task) = p.at("TaskDefinition") {
                let task = task.show_short(60);
                let task = match task.starts_with('<') {
                    true => format!("the task definition that a pipeline puts in for {task}"),
                    false => task,
                };
                let (container, port) =
                    (words(p.at("LoadBalancerInfo.ContainerName")), words(p.at("LoadBalancerInfo.ContainerPort")));
                let traffic = match container.is_empty() || port.is_empty() {
                    true => String::new(),
                    false => format!(", and traffic goes to port {port} of {container}"),
                };
                out.push(format!("{name} runs {task}{traffic}"));
            }
        }
    }
    Ok((!out.is_empty()).then(|| out.join("; ")))
}

/// Owners and modes of copied files.
pub(super) fn rights(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for item in s.value.items() {
        let object = words(item.at("object"));
        let mut parts = Vec::new();
        let kinds = item.at("type").map(Val::items).unwrap_or_default();
        if let [one] = kinds {
            parts.push(if plain(one)?.as_deref() == Some("directory") { "folders" } else { "files" }.to_owned());
        }
        if let Some(pattern) = text(item, "pattern")?.filter(|p| p != "**") {
            parts.push(format!("only {pattern}"));
        }
        for (key, what) in [("owner", "owner"), ("group", "group"), ("mode", "mode")] {
            if let Some(value) = text(item, key)? {
                parts.push(format!("{what} {value}"));
            }
        }
        if !parts.is_empty() {
            out.push(format!("{object}: {}", parts.join(", ")));
        }
    }
    Ok((!out.is_empty()).then(|| few(&out, 6)))
}

/// What makes a deployment go back.
pub(super) fn rollback(s: &Scope<'_, '_, '_>) -> Figure {
    if text(s.value, "Enabled")?.as_deref() == Some("false") {
        return Ok(Some("switched off".to_owned()));
    }
    let mut out = Vec::new();
    for event in s.value.at("Events").map(Val::items).unwrap_or_default() {
        out.push(match plain(event)?.as_deref() {
            Some("DEPLOYMENT_FAILURE") => "the deployment fails".to_owned(),
            Some("DEPLOYMENT_STOP_ON_ALARM") => "an alarm goes off".to_owned(),
            Some("DEPLOYMENT_STOP_ON_REQUEST") => "somebody stops it".to_owned(),
            _ => continue,
        });
    }
    Ok((!out.is_empty()).then(|| format!("when {}", out.join(", or "))))
}

/// Where results of asynchronous calls go.
pub(super) fn destinations(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for (key, when) in [("OnSuccess", "success"), ("OnFailure", "failure")] {
        if let Some(to) = s.value.at(&format!("{key}.Destination")) {
            out.push(format!("{when} → {}", words(Some(to))));
        }
    }
    Ok((!out.is_empty()).then(|| out.join(", ")))
}

/// Which switches of the lock are on.
pub(super) fn public_block(s: &Scope<'_, '_, '_>) -> Figure {
    let mut on = 0;
    for key in ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"] {
        on += i32::from(text(s.value, key)?.as_deref() == Some("true"));
    }
    Ok(Some(match on {
        4 => "all four switches are on".to_owned(),
        n => format!("{n} of four switches are on: the bucket can be made public"),
    }))
}

/// How objects are encrypted.
pub(super) fn encryption(s: &Scope<'_, '_, '_>) -> Figure {
    let rule = s.value.at("ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault");
    let Some(rule) = rule else { return Ok(None) };
    Ok(match text(rule, "SSEAlgorithm")?.as_deref() {
        Some("AES256") => Some("keys of S3".to_owned()),
        Some("aws:kms" | "aws:kms:dsse") => Some(match rule.at("KMSMasterKeyID") {
            Some(key) => format!("the KMS key {}", words(Some(key))),
            None => "the KMS key aws/s3, which no other account can use".to_owned(),
        }),
        _ => None,
    })
}

/// Where copies of objects go.
pub(super) fn replication(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for rule in s.value.at("Rules").map(Val::items).unwrap_or_default() {
        let to = rule.at("Destination.Bucket").map_or_else(String::new, |b| b.show_short(60));
        let part = text(rule, "Filter.Prefix")?.or(text(rule, "Prefix")?).filter(|p| !p.is_empty());
        let what = part.map_or_else(|| "every new object".to_owned(), |p| format!("new objects below {p}"));
        out.push(format!("{what} → {to}"));
    }
    Ok((!out.is_empty()).then(|| few(&out, 4)))
}

/// Which pages may read the answers.
pub(super) fn cors(s: &Scope<'_, '_, '_>) -> Figure {
    let origins = s.value.at("AllowOrigins").map(Val::words).unwrap_or_default();
    let verbs = s.value.at("AllowMethods").map(Val::words).unwrap_or_default();
    Ok((!origins.is_empty()).then(|| {
        let pages = if origins == "*" { "pages of any origin".to_owned() } else { format!("pages of {origins}") };
        if verbs.is_empty() { pages } else { format!("{pages}, with {verbs}") }
    }))
}

/// The kind of a deployment.
pub(super) fn style(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(kind) = text(s.value, "DeploymentType")? else { return Ok(None) };
    Ok(Some(match text(s.value, "DeploymentOption")?.as_deref() {
        Some("WITH_TRAFFIC_CONTROL") => format!("{kind}, with traffic moved"),
        Some("WITHOUT_TRAFFIC_CONTROL") => format!("{kind}, without a load balancer"),
        _ => kind,
    }))
}

/// The variables of a build, with the kind of each that is not plain.
pub(super) fn variables(s: &Scope<'_, '_, '_>) -> Figure {
    let mut out = Vec::new();
    for item in s.value.items() {
        let name = words(item.at("Name"));
        out.push(match text(item, "Type")?.as_deref() {
            None | Some("PLAINTEXT") => name,
            Some(kind) => format!("{name} ({kind})"),
        });
    }
    Ok((!out.is_empty()).then(|| few(&out, 8)))
}

/// The bucket of a pipeline.
pub(super) fn store(s: &Scope<'_, '_, '_>) -> Figure {
    let location = words(s.value.at("Location"));
    Ok((!location.is_empty()).then_some(location))
}
