//! Functions, their aliases, and how long their callers wait.

use super::{ALIAS_WEIGHTS, CALLER_WAITS_LESS, FILES_WITHOUT_NETWORK, PROVISIONED_NOWHERE, TOO_MUCH_RESERVED};
use crate::conditions::Pins;
use crate::rule::Context;
use crate::rule::linking::{below, cases, joined, links, mentioned, named, number, number_or, only, say};
use crate::syntax::Node;
use crate::template::Resource;

const FUNCTION: &str = "AWS::Lambda::Function";
const LATEST: &str = "$LATEST";
/// What an account leaves to functions without a reservation, of 1000.
const MOST_RESERVED: f64 = 900.0;

pub(super) fn weights<'a>(alias: &Resource<'a>, cx: &mut Context<'a>) {
    let of = [(alias, "FunctionVersion"), (alias, "RoutingConfig.AdditionalVersionWeights")];
    for [version, weights] in joined(of, &Pins::none(), cx) {
        let Some(list) = weights.node().and_then(Node::as_list) else { continue };
        let certain = list.iter().all(|item| item.as_map().is_some());
        if version.text() == Some(LATEST) && certain && !list.is_empty() {
            let message =
                format!("`{}` splits its calls, but it points to `$LATEST`, which cannot share them", alias.id());
            if let Some(finding) = say(&ALIAS_WEIGHTS, &version, &weights.pins, message, cx) {
                finding
                    .label(weights.key, "the calls are split here")
                    .help("Point the alias to a published version: `!GetAtt Version.Version`.");
            }
        }
        if certain && list.len() > 1 {
            let message = format!("`{}` may send calls to one further version, not to {}", alias.id(), list.len());
            if let Some(finding) = say(&ALIAS_WEIGHTS, &weights, &weights.pins, message, cx) {
                finding.help("Leave one entry.");
            }
        }
        for weight in below(&weights, "*.FunctionWeight", cx) {
            if number(&weight).is_some_and(|n| !(0.0..=1.0).contains(&n)) {
                let given = weight.text().unwrap_or_default();
                let message = format!("a weight is a share from 0 to 1, and `{}` gives {given}", alias.id());
                if let Some(finding) = say(&ALIAS_WEIGHTS, &weight, &weight.pins, message, cx) {
                    finding.help("Write 0.1 for ten of a hundred calls.");
                }
            }
        }
        for other in below(&weights, "*.FunctionVersion", cx) {
            let (Some(a), Some(b)) = (version.node(), other.node()) else { continue };
            let known = version.text().is_some() || named(&version, cx).is_some();
            if known && a.same_value(b) {
                let message = format!("both versions of `{}` are the same one", alias.id());
                if let Some(finding) = say(&ALIAS_WEIGHTS, &other, &other.pins, message, cx) {
                    finding
                        .label(a.span, "all other calls go here")
                        .help("Name the other version, or drop the weights.");
                }
            }
        }
    }
}

pub(super) fn provisioned<'a>(alias: &Resource<'a>, cx: &mut Context<'a>) {
    let of = [(alias, "FunctionVersion"), (alias, "ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions")];
    for [version, warm] in joined(of, &Pins::none(), cx) {
        let Some(count) = number(&warm) else { continue };
        if version.text() == Some(LATEST) {
            let message = format!(
                "`{}` keeps {count} environments warm for `$LATEST`, which is possible only for a published version",
                alias.id()
            );
            if let Some(finding) = say(&PROVISIONED_NOWHERE, &warm, &warm.pins, message, cx) {
                finding
                    .label(version.span(), "this is not a published version")
                    .help("Point the alias to a published version: `!GetAtt Version.Version`.");
            }
        }
        for function in links(alias, "FunctionName", FUNCTION, &warm.pins, cx) {
            for reserved in cases(&function.target, "ReservedConcurrentExecutions", &function.pins, cx) {
                let Some(most) = number(&reserved).filter(|most| count > *most) else { continue };
                let message = format!(
                    "`{}` keeps {count} environments warm, but `{}` may run only {most} times at once",
                    alias.id(),
                    function.target.id()
                );
                if let Some(finding) = say(&PROVISIONED_NOWHERE, &warm, &reserved.pins, message, cx) {
                    finding
                        .label(reserved.span(), format!("{most} are reserved for the function"))
                        .help("Reserve at least as many as are kept warm.");
                }
            }
        }
    }
}

/// Reservations of all functions together.
pub(super) fn reserved(cx: &mut Context<'_>) {
    let (mut sum, mut parts) = (0.0, Vec::new());
    for function in cx.resources_of(FUNCTION) {
        let Some(count) = only(function, "ReservedConcurrentExecutions", cx) else { continue };
        if let Some(n) = number(&count) {
            sum += n;
            parts.push((count, function.id()));
        }
    }
    let Some((last, id)) = parts.pop().filter(|_| sum > MOST_RESERVED) else { return };
    let message =
        format!("with `{id}` this template reserves {sum} runs, but an account of 1000 must leave 100 unreserved");
    let pins = last.pins.clone();
    if let Some(finding) = say(&TOO_MUCH_RESERVED, &last, &pins, message, cx) {
        for (other, id) in parts {
            finding.label(other.span(), format!("reserved for `{id}`"));
        }
        finding.help("Reserve less, or have the quota of the account raised first.");
    }
}

pub(super) fn files<'a>(function: &Resource<'a>, cx: &mut Context<'a>) {
    for [mount, network] in joined([(function, "FileSystemConfigs"), (function, "VpcConfig")], &Pins::none(), cx) {
        let some = mount.node().and_then(Node::as_list).is_some_and(|items| items.iter().any(|i| i.as_map().is_some()));
        if !some || !network.is_absent() {
            continue;
        }
        let message = format!("`{}` mounts a file system, but it is in no VPC", function.id());
        let at = crate::resolve::Case { key: mount.key, ..mount.clone() };
        if let Some(finding) = say(&FILES_WITHOUT_NETWORK, &at, &network.pins, message, cx) {
            finding.help("Give the function a `VpcConfig` with subnets that have a mount target of the file system.");
        }
    }
}

/// A caller and the seconds that it waits.
struct Patience {
    what: &'static str,
    seconds: f64,
}

pub(super) fn user_pool<'a>(pool: &Resource<'a>, cx: &mut Context<'a>) {
    let of = Patience { what: "Cognito", seconds: 5.0 };
    for trigger in cases(pool, "LambdaConfig", &Pins::none(), cx) {
        for entry in trigger.node().and_then(Node::as_map).unwrap_or_default() {
            for case in below(&trigger, &entry.key.text, cx) {
                if let Some((function, _)) = named(&case, cx) {
                    compare(pool, &of, &case, &function, cx);
                }
            }
        }
    }
}

pub(super) fn integration<'a>(integration: &Resource<'a>, cx: &mut Context<'a>) {
    for [uri, limit] in joined([(integration, "IntegrationUri"), (integration, "TimeoutInMillis")], &Pins::none(), cx) {
        let Some(limit) = number_or(&limit, 30000.0) else { continue };
        let of = Patience { what: "the API", seconds: limit / 1000.0 };
        let functions = uri.node().map(|node| mentioned(node, FUNCTION, cx)).unwrap_or_default();
        if let [function] = functions.as_slice() {
            compare(integration, &of, &uri, function, cx);
        }
    }
}

pub(super) fn method<'a>(method: &Resource<'a>, cx: &mut Context<'a>) {
    let of = [(method, "Integration.Type"), (method, "Integration.TimeoutInMillis"), (method, "Integration.Uri")];
    for [kind, limit, uri] in joined(of, &Pins::none(), cx) {
        let (Some("AWS_PROXY"), Some(limit)) = (kind.text(), number_or(&limit, 29000.0)) else { continue };
        let of = Patience { what: "the API", seconds: limit / 1000.0 };
        let functions = uri.node().map(|node| mentioned(node, FUNCTION, cx)).unwrap_or_default();
        if let [function] = functions.as_slice() {
            compare(method, &of, &uri, function, cx);
        }
    }
}

fn compare<'a>(
    caller: &Resource<'a>,
    of: &Patience,
    at: &crate::resolve::Case<'a>,
    function: &Resource<'a>,
    cx: &mut Context<'a>,
) {
    if function.kind() != Some(FUNCTION) {
        return;
    }
    for timeout in cases(function, "Timeout", &at.pins, cx) {
        let Some(runs) = number(&timeout).filter(|runs| *runs > of.seconds) else { continue };
        let message = format!(
            "`{}` may run for {runs} seconds, but {} (`{}`) waits at most {} for its answer",
            function.id(),
            of.what,
            caller.id(),
            of.seconds
        );
        if let Some(finding) = say(&CALLER_WAITS_LESS, &timeout, &timeout.pins, message, cx) {
            finding
                .label(at.span(), "the function is called here")
                .help("Lower `Timeout`, or hand the work on and answer at once: the run goes on and is billed, but nobody gets its answer.");
        }
    }
}

/// The same for the events of a SAM function, whose API is generated.
pub(super) fn serverless<'a>(function: &Resource<'a>, cx: &mut Context<'a>) {
    let timeout = match function.property("Timeout") {
        Some(node) => node,
        None => match cx.template.root.at(&["Globals", "Function", "Timeout"]) {
            Some(node) => node,
            None => return,
        },
    };
    let Some(runs) = timeout.as_f64() else { return };
    for event in function.property("Events").and_then(Node::as_map).unwrap_or_default() {
        let seconds = match event.value.get("Type").and_then(Node::as_str) {
            Some("Api") => 29.0,
            Some("HttpApi") => 30.0,
            _ => continue,
        };
        if event.value.at(&["Properties", "TimeoutInMillis"]).is_some() || runs <= seconds {
            continue;
        }
        let message = format!(
            "`{}` may run for {runs} seconds, but the API of its event `{}` waits at most {seconds} for its answer",
            function.id(),
            event.key.text
        );
        let span = timeout.span;
        if cx.findings.list.iter().any(|d| d.span == span && d.rule.id == CALLER_WAITS_LESS.id) {
            return;
        }
        let label = format!("`{}` is called here", function.id());
        cx.report(&CALLER_WAITS_LESS, span, message).label(event.key.span, label).help(
            "Lower `Timeout`, or hand the work on and answer at once: the run goes on and is billed, but nobody gets its answer.",
        );
        return;
    }
}
