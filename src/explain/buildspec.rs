//! The run sheet of a buildspec: the phases in order, what runs after a failure, what leaves the build.

use super::Around;
use super::model::*;
use super::short::{and, number};
use crate::buildspec::{Buildspec, PHASES, entries, items};
use crate::bundle::folder;
use crate::document::Document;
use crate::syntax::Node;

/// What commands are for: part of the command, words, whether the words stand in the short description.
const PURPOSES: &[(&str, &str)] = &[
    ("docker build", "builds a container image"),
    ("docker push", "pushes it to a registry"),
    ("sam build", "builds a SAM application"),
    ("sam package", "packages a SAM application"),
    ("sam deploy", "deploys a SAM application"),
    ("aws cloudformation package", "packages a template"),
    ("aws cloudformation deploy", "deploys a stack"),
    ("cdk deploy", "deploys a CDK application"),
    ("cdk synth", "makes templates from a CDK application"),
    ("terraform apply", "applies Terraform"),
    ("aws s3 sync", "copies files to a bucket"),
    ("aws s3 cp", "copies files to a bucket"),
    ("npm test", "tests a Node.js application"),
    ("npm run build", "builds it"),
    ("pytest", "tests a Python application"),
    ("mvn", "builds with Maven"),
    ("gradle", "builds with Gradle"),
    ("go test", "tests a Go program"),
    ("go build", "builds a Go program"),
    ("cargo test", "tests a Rust program"),
    ("cargo build", "builds a Rust program"),
    ("dotnet test", "tests a .NET application"),
    ("dotnet publish", "builds a .NET application"),
    ("make", "runs make"),
];

/// Fills the model from a buildspec.
pub(super) fn fill(model: &mut Model, document: &Document, around: Around<'_, '_>) {
    let Some(spec) = Buildspec::read(document) else { return };
    let mut sheet = Sheet { columns: vec!["commands", "stops here if it fails?", "then"], ..Sheet::default() };
    for phase in PHASES {
        sheet.rows.push(row(document, &spec, phase));
    }
    facts(&mut sheet, &spec, around);
    notes(&mut sheet, &spec);
    model.sheets.push(sheet);
    model.in_short.push(short(&spec));
    let text = "the image, the compute type, the time limit (60 minutes unless the project says otherwise) and the service \
                role: they stand in the project";
    model.undecided.push(Claim::new(text, Label::Documented, "user guide: build projects"));
}

fn phase_of<'n>(spec: &Buildspec<'n>, name: &str) -> Option<crate::buildspec::Phase<'n>> {
    spec.phases().find(|p| &*p.key.text == name)
}

fn on_failure(node: &Node) -> &str {
    node.get("on-failure").and_then(Node::as_str).unwrap_or("")
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= 90 { line } else { format!("{}…", line.chars().take(89).collect::<String>()) }
}

fn row(document: &Document, spec: &Buildspec<'_>, name: &str) -> SheetRow {
    let Some(phase) = phase_of(spec, name) else {
        return SheetRow { step: name.to_owned(), cells: vec!["—".to_owned()], ..SheetRow::default() };
    };
    let texts = |key: &str| phase.node.get(key).map(items).unwrap_or_default().iter().filter_map(Node::scalar_text);
    let commands: Vec<String> = texts("commands").map(one_line).collect();
    let finally: Vec<String> = texts("finally").map(|c| format!("(always) {}", one_line(c))).collect();
    let steps = phase.node.get("steps").and_then(Node::as_list).map_or(0, <[Node]>::len);
    let mut what = Vec::new();
    for runtime in entries(phase.node.get("runtime-versions")) {
        what.push(format!("{} {}", runtime.key.text, runtime.value.scalar_text().unwrap_or("?")));
    }
    if !commands.is_empty() {
        what.push(format!("{} command{}", commands.len(), if commands.len() == 1 { "" } else { "s" }));
    }
    if steps > 0 {
        what.push(format!("{steps} steps of GitHub Actions"));
    }
    let failure = on_failure(phase.node);
    let early = matches!(name, "install" | "pre_build");
    let (stops, then) = match (name, failure) {
        (_, f) if f.starts_with("RETRY") => ("after it was tried again".to_owned(), format!("on-failure: {f}")),
        (_, "CONTINUE") => ("no: on-failure is CONTINUE".to_owned(), "the next phase runs all the same".to_owned()),
        ("build", "ABORT") => ("yes → finalizing".to_owned(), "post_build does not run".to_owned()),
        ("build", _) if phase_of(spec, "post_build").is_none() => {
            ("no".to_owned(), "artifacts and cache are tried all the same".to_owned())
        }
        ("build", _) => ("no".to_owned(), "post_build RUNS even after a failure".to_owned()),
        ("post_build", _) => ("—".to_owned(), "artifacts and cache are tried all the same".to_owned()),
        _ if early => ("yes → finalizing".to_owned(), "no later phase runs".to_owned()),
        _ => (String::new(), String::new()),
    };
    SheetRow {
        step: name.to_owned(),
        cells: vec![what.join(", "), stops, then],
        details: commands.into_iter().chain(finally).collect(),
        at: Some(Place::of(&document.file, phase.key.span)),
    }
}

fn texts(node: Option<&Node>) -> Vec<String> {
    node.map(items).unwrap_or_default().iter().filter_map(Node::scalar_text).map(str::to_owned).collect()
}

/// An artifact with whether it lies in the folder already: what does not must be made by a command.
fn artifact(file: &str, base: Option<&str>, around: Around<'_, '_>) -> String {
    let shown = base.map_or_else(|| file.to_owned(), |base| format!("{file} below {base}"));
    let Some((bundle, path)) = around.bundle.filter(|_| base.is_none() && !file.contains(['*', '?', '$', '`'])) else {
        return shown;
    };
    let here = folder::join(folder::parent(path), file).is_some_and(|full| bundle.folder.has(&full));
    format!("{shown} ({})", if here { "it is here" } else { "a command must make it" })
}

fn facts(sheet: &mut Sheet, spec: &Buildspec<'_>, around: Around<'_, '_>) {
    let mut put = |name: &'static str, items: Vec<String>| {
        if !items.is_empty() {
            sheet.facts.push(SheetFact { name, items });
        }
    };
    let artifacts = spec.root.get("artifacts");
    let base = artifacts.and_then(|a| a.get("base-directory")).and_then(Node::scalar_text);
    let files = texts(artifacts.and_then(|a| a.get("files")));
    let mut files: Vec<String> = files.iter().map(|file| artifact(file, base, around)).collect();
    for secondary in entries(artifacts.and_then(|a| a.get("secondary-artifacts"))) {
        files.push(format!("{}: {}", secondary.key.text, texts(secondary.value.get("files")).join(", ")));
    }
    put("ARTIFACTS", files);
    let mut secrets = Vec::new();
    for secret in spec.env("secrets-manager") {
        secrets.push(format!(
            "{} from Secrets Manager {} (the role needs secretsmanager:GetSecretValue)",
            secret.key.text,
            secret.value.scalar_text().unwrap_or("?")
        ));
    }
    for parameter in spec.env("parameter-store") {
        secrets.push(format!(
            "{} from Parameter Store {} (the role needs ssm:GetParameters)",
            parameter.key.text,
            parameter.value.scalar_text().unwrap_or("?")
        ));
    }
    put("SECRETS", secrets);
    put(
        "VARIABLES",
        spec.env("variables")
            .iter()
            .map(|v| format!("{}={}", v.key.text, v.value.scalar_text().unwrap_or("?")))
            .collect(),
    );
    put("HANDED ON", texts(spec.root.at(&["env", "exported-variables"])));
    let reports = entries(spec.root.get("reports")).iter().map(|r| {
        let format = r.value.get("file-format").and_then(Node::scalar_text).unwrap_or("JUNITXML");
        format!("{}: {} ({format})", r.key.text, texts(r.value.get("files")).join(", "))
    });
    put("REPORTS", reports.collect());
    put("CACHE", texts(spec.root.at(&["cache", "paths"])));
    let builds = spec.batch_builds().into_iter().map(|b| {
        let id = b.get("identifier").and_then(Node::scalar_text).unwrap_or("?");
        let after = texts(b.get("depend-on"));
        if after.is_empty() { id.to_owned() } else { format!("{id} after {}", after.join(", ")) }
    });
    put("BATCH", builds.collect());
}

fn notes(sheet: &mut Sheet, spec: &Buildspec<'_>) {
    let guide = "user guide: build phase transitions";
    let post = phase_of(spec, "post_build").filter(|p| p.commands().next().is_some());
    let build = phase_of(spec, "build");
    let aborts = build.is_some_and(|p| on_failure(p.node) == "ABORT");
    let guarded =
        post.is_some_and(|p| p.commands().filter_map(Node::as_str).any(|c| c.contains("CODEBUILD_BUILD_SUCCEEDING")));
    if post.is_some() && build.is_some() && !aborts && !guarded {
        sheet.notes.push(Claim::new(
            "post_build runs although build may have failed; guard it with on-failure: ABORT in build, or begin it with \
             test \"$CODEBUILD_BUILD_SUCCEEDING\" = 1 || exit 1",
            Label::Documented,
            guide,
        ));
    }
    match spec.version() {
        Some("0.1") => sheet.notes.push(Claim::new(
            "version 0.1: each command runs in a shell of its own, so cd and variables are lost between commands",
            Label::Documented,
            "buildspec reference: version",
        )),
        _ => sheet.notes.push(Claim::new(
            "all commands of a build share one shell: cd and variables last",
            Label::Documented,
            "buildspec reference: version",
        )),
    }
    let privileged =
        spec.commands().any(|(text, _)| text.trim_start().starts_with("docker ") || text.contains("| docker "));
    if privileged {
        sheet.notes.push(Claim::new(
            "docker works only in a project with privileged mode",
            Label::Documented,
            "user guide: Docker sample",
        ));
    }
    let files = spec.artifact_files();
    let names: Vec<&str> = files.iter().filter_map(|f| f.scalar_text()).collect();
    if names.iter().any(|n| n.ends_with("imagedefinitions.json")) {
        let text = "imagedefinitions.json is what the ECS (rolling) deploy action of CodePipeline reads";
        sheet.notes.push(Claim::new(text, Label::Documented, "user guide: image definitions"));
    }
    if names.iter().any(|n| n.ends_with("imageDetail.json")) {
        let text = "imageDetail.json, appspec.yaml and taskdef.json are what the ECS blue/green deploy action reads";
        sheet.notes.push(Claim::new(text, Label::Documented, "user guide: image definitions"));
    }
}

fn short(spec: &Buildspec<'_>) -> Claim {
    let commands: Vec<&str> = spec.commands().map(|c| c.0).collect();
    let mut words: Vec<String> = Vec::new();
    for (part, purpose) in PURPOSES {
        let found = commands.iter().any(|c| starts(c, part));
        if found && !words.iter().any(|w| w == purpose) && words.len() < 4 {
            words.push((*purpose).to_owned());
        }
    }
    let batch = spec.batch_builds().len();
    let mut text = if words.is_empty() {
        let count = commands.len();
        format!("Runs {} command{}", number(count), if count == 1 { "" } else { "s" })
    } else {
        let mut text = and(&words);
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        text
    };
    if batch > 0 {
        text.push_str(&format!(", as a batch of {} builds", number(batch)));
    }
    Claim::new(format!("{text}."), Label::Inferred, "words of the commands")
}

/// Whether a command, or one after `&&`, `;` or a line end, begins with these words.
fn starts(command: &str, words: &str) -> bool {
    command.split(['\n', ';', '&', '|']).any(|c| {
        let c = c.trim_start();
        c.strip_prefix(words).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
    })
}
