//! Machines, groups of them, endpoints and health checks.

use super::{CHECK_LONGER_THAN_INTERVAL, ENDPOINT_OTHER_TYPE, USER_DATA_NOT_ENCODED, WANTED_OUTSIDE_RANGE};
use crate::conditions::Pins;
use crate::diagnostic::Applicability;
use crate::intrinsics::Intrinsic;
use crate::rule::Context;
use crate::rule::linking::{cases, joined, number, offer_text, place, say};
use crate::syntax::Node;
use crate::template::Resource;

/// The text of a value, also of an `Fn::Sub` with its variables.
fn text(node: &Node) -> Option<&str> {
    match node.as_call() {
        Some(call) if call.function == Intrinsic::Sub => {
            call.argument.as_str().or_else(|| call.argument.as_list()?.first()?.as_str())
        }
        Some(_) => None,
        None => node.as_str(),
    }
}

pub(super) fn user_data<'a>(machine: &Resource<'a>, cx: &mut Context<'a>) {
    plain_text(machine, "UserData", cx);
}

pub(super) fn launch_template<'a>(machine: &Resource<'a>, cx: &mut Context<'a>) {
    plain_text(machine, "LaunchTemplateData.UserData", cx);
}

fn plain_text<'a>(machine: &Resource<'a>, path: &str, cx: &mut Context<'a>) {
    for case in cases(machine, path, &Pins::none(), cx) {
        let script = |text: &str| {
            text.starts_with("#!") || text.starts_with("#cloud-config") || text.starts_with("<powershell>")
        };
        if !case.node().and_then(text).is_some_and(script) {
            continue;
        }
        let message = format!("the user data of `{}` is a plain script, but Base64 is wanted", machine.id());
        if let Some(finding) = say(&USER_DATA_NOT_ENCODED, &case, &case.pins, message, cx) {
            finding.help("Put `Fn::Base64:` around it.");
        }
    }
}

pub(super) fn wanted<'a>(group: &Resource<'a>, cx: &mut Context<'a>) {
    for [wanted, least, most] in
        joined([(group, "DesiredCapacity"), (group, "MinSize"), (group, "MaxSize")], &Pins::none(), cx)
    {
        let Some(count) = number(&wanted) else { continue };
        let (other, words) = match (number(&least), number(&most)) {
            (Some(min), _) if count < min => (&least, format!("at least {min}")),
            (_, Some(max)) if count > max => (&most, format!("at most {max}")),
            _ => continue,
        };
        let message = format!("`{}` wants {count} machines, but it may have {words}", group.id());
        let span = other.span();
        if let Some(finding) = say(&WANTED_OUTSIDE_RANGE, &wanted, &most.pins, message, cx) {
            finding.label(span, words).help("Choose a `DesiredCapacity` from `MinSize` to `MaxSize`.");
        }
    }
}

pub(super) fn endpoint<'a>(endpoint: &Resource<'a>, cx: &mut Context<'a>) {
    for [kind, service] in joined([(endpoint, "VpcEndpointType"), (endpoint, "ServiceName")], &Pins::none(), cx) {
        let Some(name) = service.node().and_then(text).filter(|_| kind.text_or("Gateway") == Some("Gateway")) else {
            continue;
        };
        let known = name.starts_with("com.amazonaws.") && !name.ends_with('}');
        let short = name.splitn(4, '.').nth(3).unwrap_or_default();
        if !known || short.is_empty() || matches!(short, "s3" | "dynamodb" | "s3express") {
            continue;
        }
        let message = format!(
            "`{short}` has no gateway endpoint, only `s3` and `dynamodb` do: `{}` must be an interface",
            endpoint.id()
        );
        let other = place(&kind, endpoint);
        if let Some(finding) = say(&ENDPOINT_OTHER_TYPE, &service, &service.pins, message, cx) {
            let why = if kind.is_absent() { "an endpoint without `VpcEndpointType` is a gateway" } else { "the type" };
            finding
                .label(other, why)
                .help("Set `VpcEndpointType: Interface`, with `SubnetIds` and `SecurityGroupIds`.");
        }
    }
}

pub(super) fn health<'a>(group: &Resource<'a>, cx: &mut Context<'a>) {
    let of = [(group, "Protocol"), (group, "HealthCheckIntervalSeconds"), (group, "HealthCheckTimeoutSeconds")];
    for [protocol, interval, timeout] in joined(of, &Pins::none(), cx) {
        let web = matches!(protocol.text(), Some("HTTP" | "HTTPS"));
        let (Some(every), Some(long)) = (number(&interval).filter(|_| web), number(&timeout)) else { continue };
        if long < every {
            continue;
        }
        let message =
            format!("a health check of `{}` may take {long} seconds, and the next one comes after {every}", group.id());
        if let Some(finding) = say(&CHECK_LONGER_THAN_INTERVAL, &timeout, &timeout.pins, message, cx) {
            finding.label(interval.span(), "the interval").help("Make the timeout shorter than the interval.");
            if every > 2.0 {
                offer_text(finding, &timeout, Applicability::Unsafe, &(every - 1.0).to_string());
            }
        }
    }
}
