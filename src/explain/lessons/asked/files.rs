//! Questions about an AppSpec and a buildspec.

use crate::document::Document;
use crate::explain::model::{Model, Place, Question};
use crate::explain::view::few;
use crate::syntax::Node;

pub(super) fn questions(model: &Model, document: &Document) -> Vec<Question> {
    let mut out = Vec::new();
    let Some(root) = document.root() else { return out };
    match (model.file.kind, model.file.platform) {
        ("appspec", Some("Lambda")) => lambda(root, &mut out),
        ("appspec", Some("ECS")) => tasks(root, &mut out),
        ("appspec", _) => machines(root, &mut out),
        ("buildspec", _) => build(document, root, &mut out),
        _ => {}
    }
    out
}

fn ask(out: &mut Vec<Question>, question: impl Into<String>, answer: impl Into<String>) {
    out.push(Question { question: question.into(), answer: answer.into() });
}

fn text<'n>(node: &'n Node, path: &[&str]) -> Option<&'n str> {
    node.at(path).and_then(Node::scalar_text)
}

/// The properties of the one thing that moves.
fn moved(root: &Node) -> Option<&Node> {
    let first = root.get("Resources").and_then(Node::as_list)?.first()?;
    first.as_map()?.first()?.value.get("Properties")
}

fn lambda(root: &Node, out: &mut Vec<Question>) {
    let Some(p) = moved(root) else { return };
    if let (Some(alias), Some(old), Some(new)) =
        (text(p, &["Alias"]), text(p, &["CurrentVersion"]), text(p, &["TargetVersion"]))
    {
        ask(
            out,
            "Which version answers if the deployment is rolled back?",
            format!(
                "Version {old}: the alias {alias} is set back. Version {new} stays, but nobody reaches it through {alias}."
            ),
        );
        ask(
            out,
            "How fast does the traffic move?",
            "The file does not say: that is the deployment configuration of the deployment group, for instance \
             CodeDeployDefault.LambdaCanary10Percent5Minutes.",
        );
    }
}

fn tasks(root: &Node, out: &mut Vec<Question>) {
    let Some(p) = moved(root) else { return };
    if let (Some(name), Some(port)) =
        (text(p, &["LoadBalancerInfo", "ContainerName"]), text(p, &["LoadBalancerInfo", "ContainerPort"]))
    {
        ask(
            out,
            "What must the task definition of this deployment have?",
            format!(
                "A container of the name {name} with {port} as its ContainerPort; with anything else no traffic can move."
            ),
        );
    }
    let hooks = root.get("Hooks").and_then(Node::as_list).unwrap_or_default();
    let has = |event: &str| hooks.iter().any(|h| h.get(event).is_some());
    if has("AfterAllowTestTraffic") {
        ask(
            out,
            "When does AfterAllowTestTraffic run?",
            "When the deployment group has a test listener, after that leads to the new tasks. Without one it is skipped, \
             and so is the test.",
        );
    }
}

fn machines(root: &Node, out: &mut Vec<Question>) {
    let hooks = root.get("hooks").and_then(Node::as_map).unwrap_or_default();
    let balancer: Vec<String> = hooks
        .iter()
        .map(|h| h.key.text.to_string())
        .filter(|h| h.ends_with("BlockTraffic") || h.ends_with("AllowTraffic"))
        .collect();
    if !balancer.is_empty() {
        let verb = if balancer.len() == 1 { "is" } else { "are" };
        ask(
            out,
            "What is skipped when the deployment group has no load balancer?",
            format!("{} {verb} skipped, with the scripts that stand there.", few(&balancer, 6)),
        );
    }
    let files = root.get("files").and_then(Node::as_list).unwrap_or_default();
    for item in files.iter().take(1) {
        let (Some(source), Some(to)) = (text(item, &["source"]), text(item, &["destination"])) else { continue };
        let windows = text(root, &["os"]) == Some("windows");
        let mark = if windows { '\\' } else { '/' };
        let folder = to.trim_end_matches(['/', '\\']);
        let last = source.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default();
        let (what, lands) = match last {
            "" | "." => ("index.html in the root of the revision".to_owned(), "index.html"),
            file if file.contains('.') => (source.to_owned(), file),
            folder_name => (format!("{folder_name}{mark}index.html"), "index.html"),
        };
        ask(
            out,
            format!("Where would {what} land?"),
            format!("In {folder}{mark}{lands}: the destination is a folder, and the name stays."),
        );
    }
}

fn build(document: &Document, root: &Node, out: &mut Vec<Question>) {
    let line = |node: &Node| Place::of(&document.file, node.span).line;
    let env = |key: &str| root.at(&["env", key]).and_then(Node::as_map).unwrap_or_default();
    if let Some(variable) = env("variables").first() {
        let value = variable.value.scalar_text().unwrap_or("?");
        ask(
            out,
            format!("Which value has {} during the build?", variable.key.text),
            format!(
                "{value} (line {}), unless the project or whoever starts the build gives another one: those win.",
                line(&variable.value)
            ),
        );
    }
    let first = env("secrets-manager").first().map(|e| (e, "secretsmanager:GetSecretValue"));
    let first = first.or_else(|| env("parameter-store").first().map(|e| (e, "ssm:GetParameters")));
    if let Some((entry, action)) = first {
        ask(
            out,
            format!("Where does the value of {} come from?", entry.key.text),
            format!(
                "From {}, read before the first command; the service role of the build needs {action} for it.",
                entry.value.scalar_text().unwrap_or("?")
            ),
        );
    }
    let mut commands = Vec::new();
    for phase in ["install", "pre_build", "build", "post_build"] {
        for command in root.at(&["phases", phase, "commands"]).and_then(Node::as_list).unwrap_or_default() {
            commands.push((phase, command));
        }
    }
    // The first command that others of its phase follow.
    let later = |c: &(&str, &Node)| commands.iter().filter(|o| o.0 == c.0).count().saturating_sub(1);
    if let Some(first) = commands.iter().find(|c| later(c) > 0) {
        let (phase, command) = *first;
        let skips = match later(first) {
            1 => format!("The other command of {phase} is skipped"),
            n => format!("The {n} commands of {phase} after it are skipped"),
        };
        let abort = text(root, &["phases", phase, "on-failure"]) == Some("ABORT");
        let post = root.at(&["phases", "post_build"]).is_some();
        let then = match (phase, abort, post) {
            ("build", false, true) => "; post_build runs all the same, with CODEBUILD_BUILD_SUCCEEDING set to 0",
            ("build", true, true) => "; post_build does not run, for on-failure is ABORT",
            ("build", _, false) => "; there is no post_build",
            _ => "; no later phase runs",
        };
        ask(out, format!("What still runs if the command in line {} fails?", line(command)), format!("{skips}{then}."));
    }
}
