//! Lambda functions: runtimes and their end of life, SnapStart, the limits of their settings, and what a zip package
//! needs.

mod limits;
mod snap_start;

use crate::rule::{Check, Context, Family, rule};
use crate::schema::store;
use crate::syntax::{Node, NodeKind};
use crate::template::Resource;

rule!(
    LOG_GROUP_OVERSUBSCRIBED,
    "lambda" / "E2529",
    "log-group-oversubscribed",
    Error,
    "a log group has more subscription filters than the service allows"
);
rule!(
    SNAP_START_UNSUPPORTED,
    "lambda" / "E2530",
    "snap-start-unsupported",
    Error,
    "SnapStart for a runtime or in a region that does not have it"
);
rule!(
    SNAP_START_POSSIBLE,
    "lambda" / "I2530",
    "snap-start-possible",
    Info,
    "a Java function could start faster with SnapStart"
);
rule!(
    SNAP_START_UNPUBLISHED,
    "lambda" / "W2530",
    "snap-start-unpublished",
    Warning,
    "SnapStart is on, but no version of the function is published"
);
rule!(
    ENVIRONMENT_TOO_LARGE,
    "lambda" / "E3697",
    "environment-too-large",
    Error,
    "the environment variables of a function are too large together"
);

rule!(
    RUNTIME_UPDATE_BLOCKED,
    "lambda" / "E2533",
    "runtime-update-blocked",
    Error,
    "functions with this runtime can no longer be updated"
);
rule!(
    RUNTIME_CREATE_BLOCKED,
    "lambda" / "E2531",
    "runtime-create-blocked",
    Error,
    "functions with this runtime can no longer be created"
);
rule!(RUNTIME_DEPRECATED, "lambda" / "W2531", "runtime-deprecated", Warning, "the runtime is past its end of support");
rule!(
    ZIP_WITHOUT_HANDLER,
    "lambda" / "W2533",
    "zip-without-handler",
    Warning,
    "a zip package has no handler or runtime"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &LOG_GROUP_OVERSUBSCRIBED,
        &SNAP_START_UNSUPPORTED,
        &SNAP_START_POSSIBLE,
        &SNAP_START_UNPUBLISHED,
        &RUNTIME_CREATE_BLOCKED,
        &RUNTIME_UPDATE_BLOCKED,
        &RUNTIME_DEPRECATED,
        &ZIP_WITHOUT_HANDLER,
        &ENVIRONMENT_TOO_LARGE,
    ],
    checks: &[
        Check::Template(limits::subscriptions),
        Check::Template(functions),
        Check::Resource(&["AWS::Lambda::Function", "AWS::Serverless::Function"], runtime),
        Check::Template(runtime_globals),
        Check::Resource(&["AWS::Lambda::Function"], zip_function),
        Check::Resource(&["AWS::Serverless::Function"], zip_sam_function),
    ],
};

fn functions(cx: &mut Context<'_>) {
    for function in cx.resources_of("AWS::Lambda::Function") {
        limits::environment(function, cx);
        snap_start::supported(function, cx);
        snap_start::published(function, cx);
    }
    for function in cx.resources_of("AWS::Serverless::Function") {
        snap_start::published_sam(function, cx);
    }
}

/// When a runtime ends, as dates that sort as text.
struct Lifecycle {
    deprecated: &'static str,
    create_block: Option<&'static str>,
    update_block: Option<&'static str>,
    successor: Option<&'static str>,
}

fn lifecycle(runtime: &str) -> Option<Lifecycle> {
    let facts = store::table("tables/lambda_runtimes")?.get(runtime)?;
    let text = |name| facts.get(name).and_then(|v| v.as_str());
    Some(Lifecycle {
        deprecated: text("deprecated")?,
        create_block: text("create-block"),
        update_block: text("update-block"),
        successor: text("successor"),
    })
}

fn runtime(resource: &Resource<'_>, cx: &mut Context<'_>) {
    resource.each_at(&["Runtime"], true, &mut |node, _| runtime_value(node, cx));
}

fn runtime_globals(cx: &mut Context<'_>) {
    if let Some(node) = cx.template.root.at(&["Globals", "Function", "Runtime"]) {
        runtime_value(node, cx);
    }
}

fn runtime_value(node: &Node, cx: &mut Context<'_>) {
    let (Some(runtime), Some(today)) = (node.as_str(), cx.options.as_of.as_deref()) else { return };
    let Some(l) = lifecycle(runtime) else { return };
    // Dates are written year first, so their texts compare like the dates.
    let past = |date: Option<&str>| date.is_some_and(|d| d <= today);
    let (rule, message) = if past(l.update_block) {
        let date = l.update_block.unwrap_or_default();
        (&RUNTIME_UPDATE_BLOCKED, format!("functions with the runtime `{runtime}` cannot be updated since {date}"))
    } else if past(l.create_block) {
        let date = l.create_block.unwrap_or_default();
        (&RUNTIME_CREATE_BLOCKED, format!("functions with the runtime `{runtime}` cannot be created since {date}"))
    } else if past(Some(l.deprecated)) {
        (&RUNTIME_DEPRECATED, format!("the runtime `{runtime}` is deprecated since {}", l.deprecated))
    } else {
        return;
    };
    let d = cx.report(rule, node.span, message);
    if let Some(successor) = l.successor {
        d.help(format!("The newest runtime of this family is `{successor}`."));
    }
    for (words, date) in [("creation", l.create_block), ("updates", l.update_block)] {
        if let Some(date) = date.filter(|d| *d > today) {
            d.note(format!("{words} will be blocked on {date}"));
        }
    }
}

/// Properties of a function; for SAM with those from Globals below them.
struct Properties<'n> {
    own: &'n Node,
    globals: Option<&'n Node>,
    ignored: Option<&'n Node>,
}

impl<'n> Properties<'n> {
    fn get(&self, name: &str) -> Option<&'n Node> {
        let value = self.own.get(name).filter(|n| !n.is_null());
        value.or_else(|| self.globals.filter(|_| !self.ignores(name))?.get(name).filter(|n| !n.is_null()))
    }

    /// Whether the function does not take this property from Globals.
    fn ignores(&self, name: &str) -> bool {
        match self.ignored.map(|n| &n.kind) {
            Some(NodeKind::String(text)) => &**text == "*",
            Some(NodeKind::List(items)) => items.iter().any(|i| i.as_str() == Some(name)),
            _ => false,
        }
    }
}

fn zip_function(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(own) = resource.properties().filter(|p| p.as_map().is_some()) else { return };
    let properties = Properties { own, globals: None, ignored: None };
    let package = properties.get("PackageType");
    let code = properties.get("Code");
    let zip_code = code.is_some_and(|c| c.get("ZipFile").is_some() || c.get("S3Key").is_some());
    let place = match package {
        Some(package) if package.as_str() == Some("Zip") => "PackageType",
        Some(package) if package.as_call().is_some() => return,
        _ if zip_code => "Code",
        _ => return,
    };
    zip(resource, &properties, place, cx);
}

fn zip_sam_function(resource: &Resource<'_>, cx: &mut Context<'_>) {
    let Some(own) = resource.properties().filter(|p| p.as_map().is_some()) else { return };
    let globals = cx.template.root.at(&["Globals", "Function"]);
    let properties = Properties { own, globals, ignored: resource.node.get("IgnoreGlobals") };
    let place = match properties.get("PackageType") {
        Some(package) if package.as_str() == Some("Zip") => "PackageType",
        Some(_) => return,
        None if properties.get("ImageUri").is_some() => return,
        None if properties.get("CodeUri").is_some() => "CodeUri",
        None if properties.get("InlineCode").is_some() => "InlineCode",
        None => "",
    };
    zip(resource, &properties, place, cx);
}

fn zip(resource: &Resource<'_>, properties: &Properties<'_>, place: &str, cx: &mut Context<'_>) {
    let missing: Vec<&str> = ["Handler", "Runtime"].into_iter().filter(|n| properties.get(n).is_none()).collect();
    if missing.is_empty() {
        return;
    }
    let section = resource.node.entry("Properties");
    let key = properties.own.entry(place).or(section).map_or(resource.key.span, |e| e.key.span);
    let message = format!("a function from a zip package needs {}", crate::rule::shape::quoted(&missing));
    cx.report(&ZIP_WITHOUT_HANDLER, key, message);
}
