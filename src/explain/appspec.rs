//! The run sheet of an AppSpec: every lifecycle event in order, who acts, from which revision, what happens on failure.

use super::Around;
use super::model::*;
use super::short::{and, number};
use super::view::few;
use crate::appspec::{AppSpec, Platform};
use crate::bundle::{folder, tasks};
use crate::document::Document;
use crate::syntax::Node;
use crate::taskdef::Port;

/// Seconds that a script may take unless its timeout says less.
const DEFAULT_TIMEOUT: u64 = 3600;

/// Events of machines: name, whether scripts may stand there, from which revision, what the agent or service does, what
/// happens when it fails.
const SERVER: &[(&str, bool, &str, &str, &str)] = &[
    ("BeforeBlockTraffic", true, "last successful", "", "the deployment fails on this machine; it still takes traffic"),
    ("BlockTraffic", false, "", "CodeDeploy: out of the load balancer", "the deployment fails on this machine"),
    ("AfterBlockTraffic", true, "last successful", "", "the deployment fails; the machine is out of the balancer"),
    (
        "ApplicationStop",
        true,
        "last successful",
        "",
        "the deployment fails, and so does every later one while the old script is broken",
    ),
    (
        "DownloadBundle",
        false,
        "",
        "agent: fetches the revision",
        "the deployment fails; the old application is stopped",
    ),
    ("BeforeInstall", true, "this one", "", "the deployment fails; the old files are still there"),
    ("Install", false, "", "agent: copies files, sets permissions", "the deployment fails with files half copied"),
    ("AfterInstall", true, "this one", "", "the deployment fails with the new files in place"),
    ("ApplicationStart", true, "this one", "", "the deployment fails with nothing running"),
    ("ValidateService", true, "this one", "", "the deployment fails: the last moment before traffic comes back"),
    ("BeforeAllowTraffic", true, "this one", "", "the deployment fails; the machine stays out of the balancer"),
    (
        "AllowTraffic",
        false,
        "",
        "CodeDeploy: back into the load balancer",
        "the deployment fails; the machine stays out",
    ),
    ("AfterAllowTraffic", true, "this one", "", "the deployment fails while the new version takes traffic"),
];

/// Events of ECS: name, whether a function may be called, what the service does, what happens when it fails.
const ECS: &[(&str, bool, &str, &str)] = &[
    ("BeforeInstall", true, "", "the deployment fails; nothing has been made yet"),
    ("Install", false, "CodeDeploy: makes the new task set", "the new tasks are removed, the old ones untouched"),
    ("AfterInstall", true, "", "roll back: the new tasks are removed"),
    ("AllowTestTraffic", false, "CodeDeploy: test listener to the new tasks", "roll back: the new tasks are removed"),
    ("AfterAllowTestTraffic", true, "", "roll back; the last moment before users are touched"),
    ("BeforeAllowTraffic", true, "", "roll back before users are touched"),
    ("AllowTraffic", false, "CodeDeploy: moves the live listener", "roll back: traffic goes to the old tasks"),
    ("AfterAllowTraffic", true, "", "roll back while the old tasks still run"),
];

/// Events of Lambda.
const LAMBDA: &[(&str, bool, &str, &str)] = &[
    ("BeforeAllowTraffic", true, "", "the deployment fails; the alias has not moved"),
    ("AllowTraffic", false, "CodeDeploy: moves the alias, at once or in steps", "the alias is set back"),
    ("AfterAllowTraffic", true, "", "the alias is set back to the old version"),
];

/// Fills the model from an AppSpec.
pub(super) fn fill(model: &mut Model, document: &Document, around: Around<'_, '_>) {
    let Some(spec) = AppSpec::read(document) else { return };
    model.file.platform = match spec.platform {
        Platform::Server => Some("EC2/on-premises"),
        Platform::Lambda => Some("Lambda"),
        Platform::Ecs => Some("ECS"),
        Platform::Service => None,
    };
    let sheet = match spec.platform {
        Platform::Server => server(model, document, &spec),
        Platform::Ecs => service(model, document, &spec, (ECS, around)),
        Platform::Lambda => service(model, document, &spec, (LAMBDA, around)),
        Platform::Service => {
            let text = "whether this is for ECS or Lambda is not clear from the file";
            model.undecided.push(Claim::new(text, Label::File, "Type of the resource"));
            return;
        }
    };
    model.sheets.push(sheet);
    let group =
        "the deployment configuration (how fast), alarms and automatic rollback: they stand in the deployment group";
    model.undecided.push(Claim::new(group, Label::Documented, "user guide: deployment groups"));
}

fn documented(text: impl Into<String>, source: &str) -> Claim {
    Claim::new(text, Label::Documented, source)
}

fn time(seconds: u64) -> String {
    match seconds {
        s if s >= 120 && s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

fn server(model: &mut Model, document: &Document, spec: &AppSpec<'_>) -> Sheet {
    let hooks = spec.hooks();
    let mut sheet = Sheet { columns: vec!["who acts", "if it fails"], ..Sheet::default() };
    let (mut scripts, mut total) = (0, 0);
    for (i, (event, open, revision, acts, failure)) in SERVER.iter().enumerate() {
        let hook = hooks.iter().find(|h| &*h.event.text == *event);
        let mut details = Vec::new();
        let mut longest = 0;
        for script in hook.iter().flat_map(|h| &h.scripts) {
            let location = script.location.and_then(|e| e.value.scalar_text()).unwrap_or("?");
            let given = script.timeout.and_then(|e| e.value.scalar_text()).and_then(|t| t.parse::<u64>().ok());
            let limit = given.unwrap_or(DEFAULT_TIMEOUT);
            longest += limit;
            let by = script.runas.and_then(|e| e.value.scalar_text()).map(|u| format!(" as {u}")).unwrap_or_default();
            let by_default = if given.is_none() { ", the default" } else { "" };
            let from = if *revision == "this one" { "" } else { ", from the last successful revision" };
            details.push(format!("{location}{by}, at most {}{by_default}{from}", time(limit)));
        }
        scripts += details.len();
        total += longest;
        let who = match (details.len(), *open) {
            (0, true) => "—".to_owned(),
            (0, false) => (*acts).to_owned(),
            (1, true) => "your script".to_owned(),
            (n, true) => format!("your {n} scripts, together at most {}", time(longest)),
            (_, false) => format!("{acts}; scripts here are never run"),
        };
        let none = details.is_empty() && *open;
        let cell = |text: &str| if none { String::new() } else { text.to_owned() };
        let at = hook.map(|h| Place::of(&document.file, h.event.span));
        let cells = vec![who, cell(failure)];
        sheet.rows.push(SheetRow { step: format!("{:>2}  {event}", i + 1), cells, details, at });
    }
    server_facts(&mut sheet, spec);
    server_notes(&mut sheet, spec, &hooks);
    let files = spec.files().len();
    let os = spec.root.get("os").and_then(Node::as_str).unwrap_or("unknown");
    let mut text = format!("Copies {} to machines running {os}", counted(files, "set of files", "sets of files"));
    if scripts > 0 {
        text.push_str(&format!(
            " and runs {} around it, for at most {}",
            counted(scripts, "script", "scripts"),
            time(total)
        ));
    }
    model.in_short.push(Claim::new(format!("{text}."), Label::File, "files, hooks"));
    sheet
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

fn server_facts(sheet: &mut Sheet, spec: &AppSpec<'_>) {
    let text = |e: Option<&crate::syntax::Entry>| e.and_then(|e| e.value.scalar_text()).unwrap_or("?").to_owned();
    let files =
        spec.files().iter().map(|f| format!("{} → {}", text(f.source), text(f.destination))).collect::<Vec<_>>();
    if !files.is_empty() {
        sheet.facts.push(SheetFact { name: "FILES", items: files });
    }
    let behaviour = spec.root.get("file_exists_behavior").and_then(Node::as_str);
    let words = match behaviour {
        Some("OVERWRITE") => "a file that somebody else put there is replaced (OVERWRITE)",
        Some("RETAIN") => "a file that somebody else put there stays (RETAIN)",
        _ => "a file that somebody else put there makes Install fail (DISALLOW), unless the deployment says otherwise",
    };
    sheet.facts.push(SheetFact { name: "EXISTING FILES", items: vec![words.to_owned()] });
    let all = spec.permissions();
    let permissions = all.iter().map(|p| {
        let get = |key: &str| p.item.get(key).and_then(Node::scalar_text);
        let mut parts = vec![text(p.object)];
        parts.extend(get("mode").map(|m| format!("mode {m}")));
        parts.extend(get("owner").map(|o| format!("owner {o}")));
        parts.extend(get("group").map(|g| format!("group {g}")));
        let types: Vec<String> = p
            .item
            .get("type")
            .and_then(Node::as_list)
            .unwrap_or_default()
            .iter()
            .filter_map(Node::scalar_text)
            .map(str::to_owned)
            .collect();
        if !types.is_empty() {
            parts.push(format!("for each {}", types.join(" and ")));
        }
        parts.join(", ")
    });
    let permissions: Vec<String> = permissions.collect();
    if !permissions.is_empty() {
        sheet.facts.push(SheetFact { name: "PERMISSIONS", items: permissions });
    }
}

fn server_notes(sheet: &mut Sheet, spec: &AppSpec<'_>, hooks: &[crate::appspec::Hook<'_>]) {
    let hooks_guide = "AppSpec reference: hooks";
    let has = |names: &[&str]| hooks.iter().any(|h| names.contains(&&*h.event.text));
    if has(&["ApplicationStop", "BeforeBlockTraffic", "AfterBlockTraffic"]) {
        sheet.notes.push(documented(
            "ApplicationStop, BeforeBlockTraffic and AfterBlockTraffic run the scripts of the last successful deployment: a \
             change of them works one deployment later, and the first deployment to a machine runs none",
            hooks_guide,
        ));
    }
    let traffic = ["BeforeBlockTraffic", "AfterBlockTraffic", "BeforeAllowTraffic", "AfterAllowTraffic"];
    if has(&traffic) {
        sheet.notes.push(documented(
            "the six traffic events happen only when the deployment group names a load balancer",
            hooks_guide,
        ));
    }
    let unknown: Vec<String> = hooks
        .iter()
        .filter(|h| !SERVER.iter().any(|s| s.0 == &*h.event.text))
        .map(|h| h.event.text.to_string())
        .collect();
    if !unknown.is_empty() {
        let text = format!("never run, because no such event exists: {}", few(&unknown, 4));
        sheet.notes.push(documented(text, hooks_guide));
    }
    if spec.os().is_none() {
        sheet
            .notes
            .push(documented("os must be linux or windows: without it nothing runs at all", "AppSpec reference"));
    }
    sheet.notes.push(documented(
        "a script that leaves a child behind holding its output waits until the timeout: start servers with their output \
         redirected",
        "user guide: troubleshooting",
    ));
}

/// The events of a platform, and what is there around the file.
type Events<'e, 'b> = (&'e [(&'e str, bool, &'e str, &'e str)], Around<'e, 'b>);

fn service(model: &mut Model, document: &Document, spec: &AppSpec<'_>, (events, around): Events<'_, '_>) -> Sheet {
    let hooks = spec.function_hooks();
    let mut sheet = Sheet { columns: vec!["who acts", "if it fails"], ..Sheet::default() };
    for (i, (event, open, acts, failure)) in events.iter().enumerate() {
        let hook = hooks.iter().find(|h| h.event.text.eq_ignore_ascii_case(event)).filter(|_| *open);
        let who = match hook {
            Some(h) => format!("your Lambda \"{}\"", short_function(h.function.scalar_text().unwrap_or("?"))),
            None if *open => "—".to_owned(),
            None => (*acts).to_owned(),
        };
        let failure = if hook.is_none() && *open { "" } else { failure };
        let at = hook.map(|h| Place::of(&document.file, h.event.span));
        sheet.rows.push(SheetRow {
            step: format!("{}  {event}", i + 1),
            cells: vec![who, failure.to_owned()],
            details: Vec::new(),
            at,
        });
    }
    if !hooks.is_empty() {
        sheet.notes.push(documented(
            "each hook function must report Succeeded or Failed to CodeDeploy itself (PutLifecycleEventHookExecutionStatus); \
             a silent one blocks the deployment until it times out after an hour",
            "AppSpec reference: hooks",
        ));
    }
    if spec.platform == Platform::Ecs {
        ecs(model, &mut sheet, spec, around);
    } else {
        lambda(model, &mut sheet, spec);
    }
    sheet
}

fn short_function(name: &str) -> &str {
    name.rsplit(":function:").next().unwrap_or(name)
}

/// What the task definition beside the file says of the container that takes the traffic.
fn container(around: Around<'_, '_>, name: &str, port: &str) -> Option<String> {
    let (bundle, path) = around.bundle?;
    let tasks = tasks::around(bundle, folder::parent(path));
    let task = tasks.iter().find(|t| t.container(name).is_some()).or_else(|| tasks.first())?;
    let place = match &task.resource {
        Some(resource) => format!("{} of {}", resource.id(), task.path),
        None => task.path.to_owned(),
    };
    let Some(found) = task.container(name) else {
        let names: Vec<String> = task.names().iter().map(|n| (*n).to_owned()).collect();
        return Some(format!("NOT in {place}, which has {}", few(&names, 6)));
    };
    let image = match found.image().and_then(Node::scalar_text) {
        Some(image) if image.starts_with('<') => {
            format!(", its image is {image}, a placeholder that the pipeline fills")
        }
        Some(image) => format!(", its image is {image}"),
        None => String::new(),
    };
    let ranges: Vec<(u32, u32)> = found.ports().iter().filter_map(Port::range).collect();
    let opens = port.parse().is_ok_and(|p: u32| ranges.iter().any(|(first, last)| (*first..=*last).contains(&p)));
    let shown: Vec<String> =
        ranges.iter().map(|(a, b)| if a == b { a.to_string() } else { format!("{a}-{b}") }).collect();
    Some(match (opens, shown.is_empty()) {
        (true, _) => format!("found in {place}{image}"),
        (false, true) => format!("in {place} the container opens no port{image}"),
        (false, false) => format!("in {place} the container opens {}, NOT {port}{image}", few(&shown, 6)),
    })
}

fn ecs(model: &mut Model, sheet: &mut Sheet, spec: &AppSpec<'_>, around: Around<'_, '_>) {
    let has = |name: &str| spec.function_hooks().iter().any(|h| h.event.text.eq_ignore_ascii_case(name));
    let tested = if has("AfterAllowTestTraffic") { ", tests it on a test listener" } else { "" };
    let text = format!("Starts the new task set beside the old one{tested}, moves traffic, then removes the old one.");
    model.in_short.push(documented(text, "user guide: ECS deployments"));
    for target in spec.targets() {
        let Some(properties) = target.properties.map(|e| &e.value) else { continue };
        let at = |path: &[&str]| properties.at(path).and_then(Node::scalar_text);
        if let Some(task) = at(&["TaskDefinition"]) {
            let item = if task == "<TASK_DEFINITION>" {
                "new task definition <TASK_DEFINITION>: a placeholder that CodePipeline fills; refused if used by hand"
                    .to_owned()
            } else {
                format!("new task definition {task}")
            };
            sheet.facts.push(SheetFact { name: "RESOURCE", items: vec![item] });
        }
        if let (Some(name), Some(port)) =
            (at(&["LoadBalancerInfo", "ContainerName"]), at(&["LoadBalancerInfo", "ContainerPort"]))
        {
            let found = container(around, name, port);
            let found = found.unwrap_or_else(|| "both must stand in the task definition".to_owned());
            let item = format!("container {name}, port {port}: {found}");
            sheet.facts.push(SheetFact { name: "TRAFFIC TO", items: vec![item] });
        }
        let providers = properties.get("CapacityProviderStrategy").and_then(Node::as_list).unwrap_or_default();
        let providers: Vec<String> = providers
            .iter()
            .map(|p| {
                let text = |key: &str| p.get(key).and_then(Node::scalar_text);
                let base = text("Base").map(|b| format!(", first {b}")).unwrap_or_default();
                format!("{}{base}, weight {}", text("CapacityProvider").unwrap_or("?"), text("Weight").unwrap_or("0"))
            })
            .collect();
        if !providers.is_empty() {
            sheet.facts.push(SheetFact { name: "CAPACITY", items: providers });
        }
    }
    if has("AfterAllowTestTraffic") {
        sheet.notes.push(documented(
            "the test listener is set up in the deployment group, not here: without it AllowTestTraffic and \
             AfterAllowTestTraffic do nothing",
            "AppSpec reference: hooks",
        ));
    }
}

fn lambda(model: &mut Model, sheet: &mut Sheet, spec: &AppSpec<'_>) {
    for target in spec.targets() {
        let text =
            |key: &str| target.properties.and_then(|e| e.value.get(key)).and_then(Node::scalar_text).unwrap_or("?");
        let mut sentence = format!(
            "Moves alias {} of function {} from version {} to version {}",
            text("Alias"),
            text("Name"),
            text("CurrentVersion"),
            text("TargetVersion")
        );
        let checks: Vec<String> = spec
            .function_hooks()
            .iter()
            .map(|h| {
                if h.event.text.eq_ignore_ascii_case("BeforeAllowTraffic") { "before" } else { "after" }.to_owned()
            })
            .collect();
        if !checks.is_empty() {
            sentence.push_str(&format!(", with a check {}", and(&checks)));
        }
        model.in_short.push(Claim::new(format!("{sentence}."), Label::File, "Resources, Hooks"));
    }
    sheet.notes.push(documented(
        "how fast the traffic moves (all at once, a canary, in equal steps) stands in the deployment group",
        "user guide: deployment configurations",
    ));
}
