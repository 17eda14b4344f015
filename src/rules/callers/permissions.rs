//! Who may call a function: the callers of a template and the permissions in it.

use super::{CALLER_NOT_PERMITTED, PERMISSION_FOR_ANOTHER, PERMISSION_OTHER_ACTION, URL_NOT_OPEN};
use crate::conditions::Pins;
use crate::diagnostic::Severity;
use crate::resolve::{Case, Named};
use crate::rule::Context;
use crate::rule::linking::{below, cases, joined, mentioned, named, say};
use crate::syntax::Node;
use crate::template::Resource;

const FUNCTION: &str = "AWS::Lambda::Function";
const PERMISSION: &str = "AWS::Lambda::Permission";

/// A property by which a service calls a function: type, path, principal, whether the service checks at once, and what
/// makes the property something else.
struct Caller {
    kind: &'static str,
    path: &'static str,
    principal: &'static str,
    checks: bool,
    unless: &'static str,
}

const fn caller(kind: &'static str, path: &'static str, principal: &'static str, checks: bool) -> Caller {
    Caller { kind, path, principal, checks, unless: "" }
}

const CALLERS: &[Caller] = &[
    caller("AWS::CloudWatch::Alarm", "AlarmActions.*", "lambda.alarms.cloudwatch.amazonaws.com", false),
    caller("AWS::Config::ConfigRule", "Source.SourceIdentifier", "config.amazonaws.com", true),
    caller("AWS::ElasticLoadBalancingV2::TargetGroup", "Targets.*.Id", "elasticloadbalancing.amazonaws.com", true),
    caller("AWS::Events::Rule", "Targets.*.Arn", "events.amazonaws.com", false),
    caller("AWS::Logs::SubscriptionFilter", "DestinationArn", "logs.amazonaws.com", true),
    caller("AWS::S3::Bucket", "NotificationConfiguration.LambdaConfigurations.*.Function", "s3.amazonaws.com", true),
    caller("AWS::SNS::Subscription", "Endpoint", "sns.amazonaws.com", false),
    caller("AWS::SNS::Topic", "Subscription.*.Endpoint", "sns.amazonaws.com", false),
    caller("AWS::SecretsManager::RotationSchedule", "RotationLambdaARN", "secretsmanager.amazonaws.com", true),
    Caller {
        unless: "CredentialsArn",
        ..caller("AWS::ApiGatewayV2::Integration", "IntegrationUri", "apigateway.amazonaws.com", false)
    },
    Caller {
        unless: "Integration.Credentials",
        ..caller("AWS::ApiGateway::Method", "Integration.Uri", "apigateway.amazonaws.com", false)
    },
];

pub(super) fn calls<'a>(resource: &Resource<'a>, cx: &mut Context<'a>) {
    for caller in CALLERS.iter().filter(|caller| resource.kind() == Some(caller.kind)) {
        for case in cases(resource, caller.path, &Pins::none(), cx) {
            let otherwise = match caller.unless {
                "" => false,
                path => cases(resource, path, &case.pins, cx).iter().any(|case| !case.is_absent()),
            };
            alias(resource, caller, &case, cx);
            let functions = case.node().map(|node| mentioned(node, FUNCTION, cx)).unwrap_or_default();
            if let ([function], false) = (functions.as_slice(), otherwise) {
                call(resource, caller, &case, function, cx);
            }
        }
    }
}

pub(super) fn user_pool<'a>(pool: &Resource<'a>, cx: &mut Context<'a>) {
    let caller = caller("AWS::Cognito::UserPool", "LambdaConfig", "cognito-idp.amazonaws.com", false);
    for triggers in cases(pool, caller.path, &Pins::none(), cx) {
        for entry in triggers.node().and_then(Node::as_map).unwrap_or_default() {
            for case in below(&triggers, &entry.key.text, cx) {
                if let Some((function, Some("Arn"))) = named(&case, cx)
                    && function.kind() == Some(FUNCTION)
                {
                    call(pool, &caller, &case, &function, cx);
                }
            }
        }
    }
}

fn call<'a>(resource: &Resource<'a>, caller: &Caller, case: &Case<'a>, function: &Resource<'a>, cx: &mut Context<'a>) {
    let may = |given: &Case<'a>| match given.text() {
        Some(name) => name == caller.principal || name.starts_with("logs.") && caller.principal.starts_with("logs."),
        None => true,
    };
    if permitted(function, &[("Principal", &may)], cx) {
        return other_source(resource, caller, case, function, cx);
    }
    let id = function.id();
    let message = format!("`{}` calls `{id}`, but no permission lets `{}` do so", resource.id(), caller.principal);
    if let Some(finding) = say(&CALLER_NOT_PERMITTED, case, &case.pins, message, cx) {
        finding.label(function.key.span, "the function that is called").help(format!(
            "Add an `AWS::Lambda::Permission` with `Action: lambda:InvokeFunction`, `FunctionName: !Ref {id}`, `Principal: {}` and the `SourceArn`.",
            caller.principal
        ));
        if !caller.checks {
            finding.severity = Severity::Warning;
        }
    }
}

/// The permissions of the template that a service may use for a function that `about` recognizes.
fn permissions<'a>(caller: &Caller, about: &dyn Fn(&Case<'a>) -> bool, cx: &Context<'a>) -> Vec<&'a Resource<'a>> {
    let principal = |case: &Case<'a>| case.text().is_none_or(|name| name == caller.principal);
    let of = |permission: &Resource<'a>, path: &str, may: &dyn Fn(&Case<'a>) -> bool| {
        cases(permission, path, &Pins::none(), cx).iter().any(may)
    };
    cx.resources_of(PERMISSION).filter(|p| of(p, "FunctionName", about) && of(p, "Principal", &principal)).collect()
}

/// Callers that another resource stands for in a `SourceArn`: the property that names it, and its type.
const STAND_INS: &[(&str, &str, &str)] = &[
    ("AWS::ApiGateway::Method", "RestApiId", "AWS::ApiGateway::RestApi"),
    ("AWS::ApiGatewayV2::Integration", "ApiId", "AWS::ApiGatewayV2::Api"),
    ("AWS::Logs::SubscriptionFilter", "LogGroupName", "AWS::Logs::LogGroup"),
    ("AWS::SNS::Subscription", "TopicArn", "AWS::SNS::Topic"),
    ("AWS::SecretsManager::RotationSchedule", "SecretId", "AWS::SecretsManager::Secret"),
];

/// Every permission that the caller could use names another resource of its type as the source.
fn other_source<'a>(
    resource: &Resource<'a>,
    caller: &Caller,
    case: &Case<'a>,
    function: &Resource<'a>,
    cx: &mut Context<'a>,
) {
    let stand_in = STAND_INS.iter().find(|row| row.0 == caller.kind);
    let source = match stand_in {
        None => Some(*resource),
        Some((_, path, kind)) => {
            let all = cases(resource, path, &case.pins, cx);
            let named = all.first().filter(|_| all.len() == 1).and_then(|case| named(case, cx));
            named.map(|(found, _)| found).filter(|found| found.kind() == Some(kind))
        }
    };
    let Some(source) = source else { return };
    let kind = source.kind().unwrap_or_default();
    let about = |case: &Case<'a>| may_name(case, function, cx);
    let mut wrong = None;
    for permission in permissions(caller, &about, cx) {
        for given in cases(permission, "SourceArn", &case.pins, cx) {
            let sources = given.node().map(|node| mentioned(node, kind, cx)).unwrap_or_default();
            if sources.is_empty() || sources.iter().any(|s| s.id() == source.id()) {
                return;
            }
            wrong.get_or_insert((permission.id(), given.span(), sources[0].id()));
        }
    }
    let Some((permission, span, other)) = wrong else { return };
    let message = format!(
        "`{}` calls `{}`, but `{permission}` permits that only for `{other}`, not for `{}`",
        resource.id(),
        function.id(),
        source.id()
    );
    if let Some(finding) = say(&PERMISSION_FOR_ANOTHER, case, &case.pins, message, cx) {
        finding
            .label(span, "the source that is permitted")
            .help(format!("Add an `AWS::Lambda::Permission` whose `SourceArn` is of `{}`.", source.id()));
    }
}

/// A caller of an alias, where every permission is for the function itself: that one does not count for the alias.
fn alias<'a>(resource: &Resource<'a>, caller: &Caller, case: &Case<'a>, cx: &mut Context<'a>) {
    let Some((alias, None)) = named(case, cx).filter(|(a, _)| a.kind() == Some("AWS::Lambda::Alias")) else { return };
    let all = cases(&alias, "FunctionName", &case.pins, cx);
    let Some((function, _)) = all.first().filter(|_| all.len() == 1).and_then(|c| named(c, cx)) else { return };
    if function.kind() != Some(FUNCTION) {
        return;
    }
    let plain = |case: &Case<'a>| named(case, cx).is_some_and(|(found, _)| found.id() == function.id());
    let other = |case: &Case<'a>| {
        // Another function or alias of the template has nothing to do with this one.
        let elsewhere = named(case, cx).is_some_and(|(found, _)| {
            matches!(found.kind(), Some(FUNCTION | "AWS::Lambda::Alias" | "AWS::Lambda::Version"))
                && found.id() != alias.id()
        });
        !elsewhere
    };
    let found = permissions(caller, &plain, cx).first().map(|permission| (permission.id(), permission.key.span));
    let Some((permission, span)) = found.filter(|_| permissions(caller, &other, cx).is_empty()) else { return };
    let message = format!(
        "`{}` calls the alias `{}`, but `{permission}` is for `{}` itself, which does not count for an alias",
        resource.id(),
        alias.id(),
        function.id()
    );
    if let Some(finding) = say(&PERMISSION_FOR_ANOTHER, case, &case.pins, message, cx) {
        finding
            .label(span, "the permission")
            .help(format!("Write `FunctionName: !Ref {}` in the permission.", alias.id()));
    }
}

type May<'r, 'a> = &'r dyn Fn(&Case<'a>) -> bool;

/// Whether some permission of the template is, or may be, for a function, and its properties are as asked.
fn permitted<'a>(function: &Resource<'a>, asked: &[(&str, May<'_, 'a>)], cx: &Context<'a>) -> bool {
    cx.resources_of(PERMISSION).any(|permission| {
        let about =
            cases(permission, "FunctionName", &Pins::none(), cx).iter().any(|case| may_name(case, function, cx));
        about && asked.iter().all(|(path, may)| cases(permission, path, &Pins::none(), cx).iter().any(may))
    })
}

/// Whether a value may name a function: it does, or it is not known what it names.
fn may_name<'a>(case: &Case<'a>, function: &Resource<'a>, cx: &Context<'a>) -> bool {
    let Some(node) = case.node() else { return true };
    match Named::of(node, cx.template) {
        Named::Resource(target, _) if target.kind() == Some(FUNCTION) => target.id() == function.id(),
        Named::Literal(text) => {
            let own = cases(function, "FunctionName", &case.pins, cx);
            own.iter().any(|own| !own.is_absent() && own.text().is_none_or(|name| text.contains(name)))
        }
        _ => {
            let functions = mentioned(node, FUNCTION, cx);
            functions.is_empty() || functions.iter().any(|f| f.id() == function.id())
        }
    }
}

pub(super) fn action<'a>(permission: &Resource<'a>, cx: &mut Context<'a>) {
    for [principal, action] in joined([(permission, "Principal"), (permission, "Action")], &Pins::none(), cx) {
        let service = principal.text().filter(|name| name.ends_with(".amazonaws.com"));
        let (Some(service), Some(given)) = (service, action.text()) else { continue };
        let low = given.to_ascii_lowercase();
        if low == "*" || low == "lambda:*" || low.starts_with("lambda:invoke") {
            continue;
        }
        let message =
            format!("`{}` allows `{given}`, which does not let `{service}` call the function", permission.id());
        if let Some(finding) = say(&PERMISSION_OTHER_ACTION, &action, &action.pins, message, cx) {
            finding.label(principal.span(), "the caller").help("Write `Action: lambda:InvokeFunction`.");
            let safe = crate::diagnostic::Applicability::Unsafe;
            crate::rule::linking::offer_text(finding, &action, safe, "lambda:InvokeFunction");
        }
    }
}

pub(super) fn url<'a>(url: &Resource<'a>, cx: &mut Context<'a>) {
    for [target, kind] in joined([(url, "TargetFunctionArn"), (url, "AuthType")], &Pins::none(), cx) {
        let Some((function, _)) = named(&target, cx).filter(|_| kind.text() == Some("NONE")) else { continue };
        let everyone = |case: &Case<'a>| case.text().is_none_or(|name| name == "*");
        if function.kind() != Some(FUNCTION) || permitted(&function, &[("Principal", &everyone)], cx) {
            continue;
        }
        let message = format!("anyone may use the URL of `{}`, but no permission lets them call it", function.id());
        if let Some(finding) = say(&URL_NOT_OPEN, &kind, &kind.pins, message, cx) {
            finding.label(target.span(), "the function behind the URL").help(
                "Add an `AWS::Lambda::Permission` with `Action: lambda:InvokeFunctionUrl`, `Principal: '*'` and `FunctionUrlAuthType: NONE`.",
            );
        }
    }
}
