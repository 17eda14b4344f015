//! Deployment groups and the AppSpecs that are deployed with them.

use crate::appspec::{AppSpec, Os, Platform};
use crate::bundle::builds::Build;
use crate::bundle::groups::{self, Group};
use crate::bundle::{Bundle, In};
use crate::diagnostic::Applicability;
use crate::rule::{Check, Crossed, Family, rule};
use crate::source::Span;
use crate::syntax::Style;

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&TRAFFIC_HOOKS, &TEST_LISTENER, &BUNDLE_TYPE],
    checks: &[Check::Bundle(traffic), Check::Bundle(bundle_types)],
};

rule!(
    TRAFFIC_HOOKS,
    "deployment_groups" / "CD174",
    "traffic-hook-without-load-balancer",
    Info,
    "Scripts are given for events that take place only behind a load balancer"
);
rule!(
    TEST_LISTENER,
    "deployment_groups" / "CD198",
    "test-hook-without-listener",
    Warning,
    "A hook waits for test traffic, and the deployment group has no listener for it"
);
rule!(
    BUNDLE_TYPE,
    "deployment_groups" / "CD199",
    "wrong-bundle-type",
    Error,
    "A revision is packed in a way that its platform does not take"
);

/// Events of machines that a deployment without a load balancer leaves out.
const TRAFFIC_EVENTS: &[&str] = &["BeforeBlockTraffic", "AfterBlockTraffic", "BeforeAllowTraffic", "AfterAllowTraffic"];

/// The groups of a platform; none when one of the folder could be of any platform.
fn of_platform<'g, 'b>(all: &'g [Group<'b>], platform: Platform) -> Vec<&'g Group<'b>> {
    if all.iter().any(|group| group.platform.is_none()) {
        return Vec::new();
    }
    all.iter().filter(|group| group.platform == Some(platform)).collect()
}

fn traffic(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    if bundle.appspecs.is_empty() {
        return;
    }
    let all = groups::all(bundle);
    let machines = of_platform(&all, Platform::Server);
    let services = of_platform(&all, Platform::Ecs);
    for spec in &bundle.appspecs {
        match spec.view.platform {
            Platform::Server if machines.iter().all(|group| group.shifts_traffic() == Some(false)) => {
                if let Some(group) = machines.first() {
                    traffic_hooks(bundle, spec, group, crossed);
                }
            }
            Platform::Ecs if services.iter().all(|group| group.has_test_listener() == Some(false)) => {
                if let Some(group) = services.first() {
                    test_hook(bundle, spec, group, crossed);
                }
            }
            _ => {}
        }
    }
}

fn traffic_hooks(bundle: &Bundle<'_>, spec: &In<'_, AppSpec<'_>>, group: &Group<'_>, crossed: &mut Crossed) {
    for hook in spec.view.hooks().iter().filter(|hook| TRAFFIC_EVENTS.contains(&&*hook.event.text)) {
        if hook.scripts.is_empty() {
            continue;
        }
        let message = format!(
            "the event {} takes place only behind a load balancer, and `{}` of `{}` has none, so these scripts never run",
            hook.event.text,
            group.resource.id(),
            bundle.templates[group.template].path
        );
        crossed.report(&TRAFFIC_HOOKS, spec.path, hook.event.span, message).help(
            "give the deployment group a `LoadBalancerInfo` and the `DeploymentOption` `WITH_TRAFFIC_CONTROL`, or move the \
             scripts to ApplicationStop or ApplicationStart",
        );
    }
}

fn test_hook(bundle: &Bundle<'_>, spec: &In<'_, AppSpec<'_>>, group: &Group<'_>, crossed: &mut Crossed) {
    for hook in spec.view.function_hooks().iter().filter(|hook| &*hook.event.text == "AfterAllowTestTraffic") {
        let message = format!(
            "the event AfterAllowTestTraffic needs a test listener, and `{}` of `{}` has no `TestTrafficRoute`, so the function \
             is never called and the new tasks get traffic untested",
            group.resource.id(),
            bundle.templates[group.template].path
        );
        crossed.report(&TEST_LISTENER, spec.path, hook.event.span, message).help(
            "add `TestTrafficRoute` with the ARN of a second listener to `TargetGroupPairInfoList`, or use BeforeAllowTraffic",
        );
    }
}

/// What the revisions of a folder are, as far as its AppSpecs agree.
struct Revisions {
    /// The platform that all are for.
    platform: Option<Platform>,
    /// Whether all are for Windows.
    windows: bool,
}

impl Revisions {
    fn of(bundle: &Bundle<'_>) -> Self {
        let platforms: Vec<Platform> = bundle.appspecs.iter().map(|spec| spec.view.platform).collect();
        let first = platforms.first().copied();
        let all_windows = bundle.appspecs.iter().all(|spec| spec.view.os() == Some(Os::Windows));
        Revisions {
            platform: first.filter(|first| *first != Platform::Service && platforms.iter().all(|other| other == first)),
            windows: first.is_some() && all_windows,
        }
    }
}

/// What is wrong with a type of bundle, and what to write.
fn fault(given: &str, platform: Platform, windows: bool) -> Option<(String, &'static str)> {
    let packed = ["zip", "tar", "tgz"].iter().find(|kind| kind.eq_ignore_ascii_case(given));
    let document = ["YAML", "JSON"].iter().find(|kind| kind.eq_ignore_ascii_case(given));
    match (platform, packed, document) {
        (Platform::Lambda | Platform::Ecs, Some(kind), _) => Some((
            format!(
                "a deployment to {} takes the AppSpec alone, not a `{kind}`, so CodeDeploy refuses to create it",
                groups::name(platform)
            ),
            "YAML",
        )),
        (Platform::Server, _, Some(kind)) => Some((
            format!(
                "a deployment to machines takes a packed bundle, not an AppSpec alone as `{kind}`, so CodeDeploy refuses to \
                 create it"
            ),
            "zip",
        )),
        (Platform::Server, Some(kind), _) if windows && *kind != "zip" => Some((
            format!(
                "the agent on Windows unpacks only `zip`, not `{kind}`, so the deployment fails at the event DownloadBundle"
            ),
            "zip",
        )),
        _ => None,
    }
}

fn bundle_types(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    let revisions = Revisions::of(bundle);
    for group in groups::all(bundle) {
        let template = &bundle.templates[group.template];
        let path = ["Deployment", "Revision", "S3Location", "BundleType"];
        let Some(node) = group.resource.properties().and_then(|p| p.at(&path)) else { continue };
        let (Some(platform), Some(given)) = (group.platform, node.as_str()) else { continue };
        let windows = revisions.windows && revisions.platform == Some(Platform::Server);
        if let Some((message, meant)) = fault(given, platform, windows) {
            let quote = match node.style {
                Style::Plain => "",
                Style::DoubleQuoted => "\"",
                _ => "'",
            };
            say(template.path, node.span, message, meant, Some(format!("{quote}{meant}{quote}")), crossed);
        }
    }
    commands(bundle, &revisions, crossed);
}

/// Commands of buildspecs that make a deployment or upload a revision.
fn commands(bundle: &Bundle<'_>, revisions: &Revisions, crossed: &mut Crossed) {
    let Some(platform) = revisions.platform else { return };
    for spec in &bundle.buildspecs {
        for step in &Build::read(&spec.view).steps {
            let c = &step.command;
            if c.asks(&["aws", "deploy", "push"]) {
                if let Some((_, meant)) = fault("zip", platform, false) {
                    let message = format!(
                        "`aws deploy push` uploads a `zip`, and a deployment to {} takes the AppSpec alone, so creating it fails",
                        groups::name(platform)
                    );
                    let place = step.span_of(&spec.document.file, "push");
                    say(spec.path, place, message, meant, None, crossed);
                }
                continue;
            }
            if !c.asks(&["aws", "deploy"]) {
                continue;
            }
            for word in c.options(&["--s3-location"]) {
                let Some((_, rest)) = word.text.split_once("bundleType=") else { continue };
                let given = rest.split(',').next().unwrap_or(rest);
                let Some((message, meant)) = fault(given, platform, revisions.windows) else { continue };
                let written = format!("bundleType={given}");
                let whole = step.node.span;
                let place = match spec.document.file.slice(whole).find(&written) {
                    Some(at) => {
                        let end = whole.start as usize + at + written.len();
                        Span::new(end - given.len(), end)
                    }
                    None => whole,
                };
                let fix = (place != whole).then(|| meant.to_owned());
                say(spec.path, place, message, meant, fix, crossed);
            }
        }
    }
}

fn say(path: &str, place: Span, message: String, meant: &str, fix: Option<String>, crossed: &mut Crossed) {
    let found = crossed.report(&BUNDLE_TYPE, path, place, message);
    found.help(match meant {
        "zip" => "pack the bundle as a zip and write `zip`",
        _ => "upload the AppSpec itself and write `YAML` or `JSON`, whichever it is",
    });
    if let Some(text) = fix {
        found.fix(Applicability::Unsafe, format!("write `{meant}`"), place, text);
    }
}
