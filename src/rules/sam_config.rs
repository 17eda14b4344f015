//! The configuration of `sam` in a file of its own: whether it is read, and what its options say.

use crate::bundle::capabilities;
use crate::bundle::folder::{self, Kind};
use crate::bundle::samconfig::{self, SamConfig};
use crate::bundle::{Bundle, builds, revisions};
use crate::diagnostic::{Applicability, Severity};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Crossed, Family, rule};
use crate::schema::store;
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeKind};

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&MALFORMED, &NOT_READ, &TEMPLATE_MISSING, &WRONG_VALUE, &SECOND_FILE],
    checks: &[Check::Bundle(configs)],
};

rule!(MALFORMED, "sam_config" / "CB230", "samconfig-malformed", Error, "`sam` cannot read its configuration file");
rule!(NOT_READ, "sam_config" / "CB231", "samconfig-not-read", Warning, "`sam` passes over a part of its configuration");
rule!(
    TEMPLATE_MISSING,
    "sam_config" / "CB232",
    "samconfig-template-missing",
    Error,
    "The configuration of `sam` names a template that is not there"
);
rule!(
    WRONG_VALUE,
    "sam_config" / "CB233",
    "samconfig-wrong-value",
    Error,
    "An option in the configuration of `sam` has a value that makes the command fail"
);
rule!(
    SECOND_FILE,
    "sam_config" / "CB234",
    "samconfig-second-file",
    Warning,
    "A folder has two configuration files of `sam`, and one is never read"
);

/// Commands as the file writes them.
const COMMANDS: &[&str] = &[
    "global",
    "init",
    "validate",
    "build",
    "package",
    "deploy",
    "sync",
    "delete",
    "logs",
    "traces",
    "publish",
    "local_invoke",
    "local_start_api",
    "local_start_lambda",
    "local_generate_event",
    "remote_invoke",
    "remote_test_event",
    "remote_test_event_get",
    "remote_test_event_put",
    "remote_test_event_delete",
    "remote_test_event_list",
    "list_resources",
    "list_endpoints",
    "list_stack_outputs",
    "pipeline_init",
    "pipeline_bootstrap",
    "docs",
];

/// Options of any command.
const OPTIONS: &[&str] = &[
    "add_host",
    "app_template",
    "application_insights",
    "architecture",
    "base_dir",
    "base_image",
    "beta_features",
    "build_dir",
    "build_image",
    "build_in_source",
    "cache_dir",
    "cached",
    "capabilities",
    "code",
    "config_env",
    "config_file",
    "confirm_changeset",
    "container_env_var",
    "container_env_var_file",
    "container_env_vars",
    "container_host",
    "container_host_interface",
    "cw_log_group",
    "debug",
    "debug_args",
    "debug_port",
    "debugger_path",
    "dependency_layer",
    "dependency_manager",
    "disable_authorizer",
    "disable_rollback",
    "docker_network",
    "docker_volume_basedir",
    "end_time",
    "env_vars",
    "event",
    "event_file",
    "exclude",
    "extra_context",
    "fail_on_empty_changeset",
    "filter",
    "force_image_build",
    "force_upload",
    "guided",
    "hook_name",
    "host",
    "image_repositories",
    "image_repository",
    "include_traces",
    "invocation_type",
    "invoke_image",
    "kms_key_id",
    "layer_cache_basedir",
    "lint",
    "location",
    "log_file",
    "manifest",
    "max_wait_duration",
    "metadata",
    "mount_symlinks",
    "mount_with",
    "name",
    "no_event",
    "no_execute_changeset",
    "no_fail_on_empty_changeset",
    "no_input",
    "no_memory_limit",
    "no_progressbar",
    "no_prompts",
    "notification_arns",
    "on_failure",
    "output",
    "output_dir",
    "output_template_file",
    "package_type",
    "parallel",
    "parameter",
    "parameter_overrides",
    "port",
    "profile",
    "qualifier",
    "region",
    "resolve_image_repos",
    "resolve_s3",
    "resource",
    "resource_id",
    "role_arn",
    "runtime",
    "s3_bucket",
    "s3_prefix",
    "save_params",
    "semantic_version",
    "shutdown",
    "signing_profiles",
    "skip_deploy_sync",
    "skip_prepare_infra",
    "skip_pull_image",
    "ssl_cert_file",
    "ssl_key_file",
    "stack_name",
    "start_time",
    "static_dir",
    "structured_logging",
    "tail",
    "tags",
    "template",
    "template_file",
    "terraform_project_root_path",
    "test_event_name",
    "tracing",
    "use_buildkit",
    "use_container",
    "use_json",
    "warm_containers",
    "watch",
    "watch_exclude",
];

/// What `on_failure` may be.
const ON_FAILURE: &[&str] = &["ROLLBACK", "DELETE", "DO_NOTHING"];

fn configs(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    let all = samconfig::all(bundle);
    for config in &all {
        let own = folder::parent(&config.path);
        let rank = |c: &SamConfig| samconfig::NAMES.iter().position(|n| *n == folder::base_name(&c.path));
        let first = all.iter().filter(|c| folder::parent(&c.path) == own).min_by_key(|c| rank(c));
        if let Some(first) = first.filter(|first| first.path != config.path) {
            let (read, other) = (folder::base_name(&first.path), folder::base_name(&config.path));
            let place = Span::new(config.file().bom_len(), config.file().text.len().min(config.file().bom_len() + 1));
            crossed
                .report(
                    &SECOND_FILE,
                    &config.path,
                    place,
                    format!("`sam` reads `{read}` beside it and never `{other}`"),
                )
                .help(format!("move what is needed to `{read}`, or name this file with `--config-file {other}`"));
            continue;
        }
        one(bundle, config, crossed);
    }
}

fn one(bundle: &Bundle<'_>, config: &SamConfig, crossed: &mut Crossed) {
    let root = match &config.root {
        Ok(root) => root,
        Err((span, message)) => {
            let message = format!("{message}, so every `sam` command here stops before it begins");
            crossed.report(&MALFORMED, &config.path, *span, message).help("mend the text, or remove the file");
            return;
        }
    };
    version(config, root, crossed);
    let mut templates = Vec::new();
    for environment in root.as_map().unwrap_or_default().iter().filter(|e| &*e.key.text != samconfig::VERSION) {
        let commands = environment.value.as_map().unwrap_or_default();
        if COMMANDS.contains(&&*environment.key.text) && environment.value.entry("parameters").is_some() {
            let name = &*environment.key.text;
            let message =
                format!("`{name}` stands where the environment belongs, so `sam {}` never reads it", spoken(name));
            let found = crossed.report(&NOT_READ, &config.path, environment.key.span, message);
            found.help(format!("put the environment in front: `default.{name}.parameters`"));
            if config.path.ends_with(".toml") {
                let place = Span { start: environment.key.span.start, end: environment.key.span.start };
                found.fix(Applicability::Safe, "put `default.` in front", place, "default.");
            }
            continue;
        }
        for command in commands {
            section(config, &environment.key.text, command, crossed);
            let parameters = command.value.get("parameters").and_then(Node::as_map).unwrap_or_default();
            for entry in parameters {
                key(config, &command.key.text, entry, crossed);
                value(config, entry, crossed);
                if samconfig::TEMPLATE.contains(&&*entry.key.text) {
                    templates.push(entry);
                }
            }
            both(config, &environment.key.text, &command.key.text, crossed);
        }
    }
    for entry in templates {
        template(bundle, config, entry, crossed);
    }
}

/// A command as it is typed.
fn spoken(command: &str) -> String {
    match command.split_once('_') {
        Some((group @ ("local" | "remote" | "list" | "pipeline"), rest)) => {
            format!("{group} {}", rest.replace('_', "-"))
        }
        _ => command.to_owned(),
    }
}

fn version(config: &SamConfig, root: &Node, crossed: &mut Crossed) {
    let stops = "so every `sam` command here stops before it begins";
    let Some(entry) = root.entry(samconfig::VERSION) else {
        let start = config.file().bom_len();
        let toml = config.path.ends_with(".toml");
        let line = if toml { "version = 0.1" } else { "version: 0.1" };
        let place = root.as_map().and_then(|m| m.first()).map_or(Span::new(start, start), |e| e.key.span);
        crossed
            .report(&MALFORMED, &config.path, place, format!("there is no `version`, {stops}"))
            .help(format!("write `{line}` at the top"))
            .fix(Applicability::Safe, format!("add `{line}`"), Span::new(start, start), format!("{line}\n"));
        return;
    };
    let is_float = matches!(&entry.value.kind, NodeKind::Number(n) if n.contains(['.', 'e', 'E']));
    if !is_float {
        let written = config.file().slice(entry.value.span);
        let message = format!("`version` is {written}, not the number 0.1, {stops}");
        crossed.report(&MALFORMED, &config.path, entry.value.span, message).help("write `0.1` without quotes").fix(
            Applicability::Safe,
            "write 0.1",
            entry.value.span,
            "0.1",
        );
    }
}

/// A command of an environment.
fn section(config: &SamConfig, environment: &str, command: &Entry, crossed: &mut Crossed) {
    let name = &*command.key.text;
    let Some(body) = command.value.as_map() else { return };
    if body.iter().any(|e| &*e.key.text == "parameters") {
        if COMMANDS.contains(&name) {
            return;
        }
        let plain = name.replace(['-', ' '], "_");
        let exact = COMMANDS.iter().find(|command| **command == plain).copied();
        let Some(near) = exact.or_else(|| nearest(&plain, COMMANDS.iter().copied())) else { return };
        let message = format!("`sam` has no command `{name}`, so nothing reads this part of the file");
        let found = crossed.report(&NOT_READ, &config.path, command.key.span, message);
        found.help(format!("did you mean `{near}`? The words of a command are joined with `_`"));
        let how = if plain == near { Applicability::Safe } else { Applicability::Unsafe };
        if config.file().slice(command.key.span) == name {
            found.fix(how, format!("write `{near}`"), command.key.span, near);
        }
        return;
    }
    if !COMMANDS.contains(&name) {
        return;
    }
    if let Some(first) = body.iter().find(|e| OPTIONS.contains(&&*e.key.text)) {
        let message = format!("options of `sam {}` stand below `parameters`, so nothing reads this one", spoken(name));
        crossed
            .report(&NOT_READ, &config.path, first.key.span, message)
            .help(format!("write them below `{environment}.{name}.parameters`"));
    }
}

fn key(config: &SamConfig, command: &str, entry: &Entry, crossed: &mut Crossed) {
    let name = &*entry.key.text;
    if OPTIONS.contains(&name) {
        return;
    }
    let plain = name.replace('-', "_").to_ascii_lowercase();
    let exact = OPTIONS.iter().find(|o| **o == plain).copied();
    let Some(near) = exact.or_else(|| nearest(&plain, OPTIONS.iter().copied())) else { return };
    let message = format!("`sam {}` has no option `{name}`, so nothing reads it", spoken(command));
    let found = crossed.report(&NOT_READ, &config.path, entry.key.span, message);
    found.help(format!("did you mean `{near}`?"));
    let how = if exact.is_some() { Applicability::Safe } else { Applicability::Unsafe };
    if config.file().slice(entry.key.span) == name {
        found.fix(how, format!("write `{near}`"), entry.key.span, near);
    }
}

fn value(config: &SamConfig, entry: &Entry, crossed: &mut Crossed) {
    match &*entry.key.text {
        "stack_name" => stack_name(config, &entry.value, crossed),
        "capabilities" => {
            for (name, span) in config.words(&entry.value) {
                let Some(near) = unknown(&name, capabilities::NAMES) else { continue };
                let message =
                    format!("there is no capability `{name}`, so `sam deploy` fails when it makes the change set");
                let found = crossed.report(&WRONG_VALUE, &config.path, span, message);
                offer(config, found, span, &name, near, capabilities::NAMES);
            }
        }
        "on_failure" => choice(config, &entry.value, ON_FAILURE, crossed),
        "region" => {
            let Some(text) = entry.value.as_str().filter(|t| !t.contains(['$', '{', '<'])) else { return };
            let known: Vec<&str> = store::regions().collect();
            // One whose words are those of regions may be newer than what is known here.
            let words = |region: &str| region.split('-').map(str::to_owned).collect::<Vec<_>>();
            let usual = |word: &str| known.iter().any(|k| words(k).iter().any(|w| w == word));
            let fine = words(text).len() > 2 && words(text).iter().all(|w| usual(w) || w.parse::<u8>().is_ok());
            if !fine && nearest(text, known.iter().copied()).is_some() {
                choice(config, &entry.value, &known, crossed);
            }
        }
        _ => {}
    }
}

/// What was meant, when a name is none of these: the nearest, empty when nothing is near.
fn unknown<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    (!known.contains(&name)).then(|| nearest(name, known.iter().copied()).unwrap_or(""))
}

fn choice(config: &SamConfig, node: &Node, known: &[&str], crossed: &mut Crossed) {
    let Some(text) = node.as_str().filter(|t| !t.contains(['$', '<'])) else { return };
    let Some(near) = unknown(text, known) else { return };
    let message =
        format!("`{text}` is none of the values that `sam` takes here, so the command stops before it begins");
    let found = crossed.report(&WRONG_VALUE, &config.path, node.span, message);
    let inner = config.inside(node.span, text).unwrap_or(node.span);
    offer(config, found, inner, text, near, known);
}

/// Proposes a value in the place of another.
fn offer(
    config: &SamConfig,
    found: &mut crate::diagnostic::Diagnostic,
    span: Span,
    text: &str,
    near: &str,
    known: &[&str],
) {
    if near.is_empty() {
        let some: Vec<String> = known.iter().take(6).map(|k| format!("`{k}`")).collect();
        found.help(format!("there are {}", some.join(", ")));
        return;
    }
    found.help(format!("did you mean `{near}`?"));
    if config.file().slice(span) == text {
        found.fix(Applicability::Unsafe, format!("write `{near}`"), span, near);
    }
}

fn stack_name(config: &SamConfig, node: &Node, crossed: &mut Crossed) {
    let Some(text) = node.as_str().filter(|t| !t.contains(['$', '{', '<'])) else { return };
    let fine = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && text.len() <= 128;
    if fine || text.starts_with("arn:") {
        return;
    }
    let message = format!("no stack can be called `{text}`, so `sam deploy` fails when it makes the change set");
    let found = crossed.report(&WRONG_VALUE, &config.path, node.span, message);
    found.help("a name holds letters, digits and `-`, begins with a letter and has at most 128 characters");
    let mended: String = text.chars().map(|c| if matches!(c, '_' | ' ' | '.' | '/') { '-' } else { c }).collect();
    let holds = mended.starts_with(|c: char| c.is_ascii_alphabetic())
        && mended.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if let (true, Some(span)) = (holds && mended.len() <= 128, config.inside(node.span, text)) {
        found.fix(Applicability::Unsafe, format!("write `{mended}`"), span, mended);
    }
}

/// A bucket that is named and one that `sam` makes.
fn both(config: &SamConfig, environment: &str, command: &str, crossed: &mut Crossed) {
    if !matches!(command, "deploy" | "sync" | "package") {
        return;
    }
    let Some(parameters) = config.parameters(environment, command) else { return };
    let on = |name: &str| parameters.entry(name).filter(|e| e.value.as_bool() == Some(true));
    if on("guided").is_some() {
        return;
    }
    if let (Some(made), Some(named)) = (on("resolve_s3"), parameters.entry("s3_bucket")) {
        let message =
            format!("`sam {command}` takes `resolve_s3` or `s3_bucket`, not both, so it stops before it begins");
        crossed
            .report(&WRONG_VALUE, &config.path, made.key.span, message)
            .label(named.key.span, "the other one")
            .help("keep `s3_bucket` for a bucket of your own, `resolve_s3` for the one that `sam` makes");
    }
}

/// Whether the template that an option names is there.
fn template(bundle: &Bundle<'_>, config: &SamConfig, entry: &Entry, crossed: &mut Crossed) {
    let Some(path) = entry.value.as_str() else { return };
    let strange = path.is_empty() || path.contains(['$', '{', '<', '%', '*', '~']) || path.contains("://");
    if strange || path.starts_with('/') || path.contains(".aws-sam") || !bundle.folder.whole {
        return;
    }
    let own = folder::parent(&config.path);
    let places: Vec<String> = builds::source_bases(&config.path).filter_map(|b| folder::join(b, path)).collect();
    let Some(full) = folder::join(own, path) else { return };
    let is_file = |p: &String| matches!(bundle.folder.find(p), folder::Found::Yes(e) if e.kind != Kind::Folder);
    let made = || bundle.buildspecs.iter().any(|b| builds::Build::read(&b.view).names_output(folder::base_name(path)));
    // What packaging and synthesising write is not kept as a rule.
    let written = ["packaged", "output", "cdk.out", "dist/", "build/", "generated"].iter().any(|w| path.contains(w));
    if written || places.iter().any(is_file) || bundle.folder.ignored(&full) || made() {
        return;
    }
    let message = format!("there is no `{path}` here, so `sam` stops before it begins");
    let found = crossed.report(&TEMPLATE_MISSING, &config.path, entry.value.span, message);
    let near = revisions::near(bundle.folder, &full);
    if near.is_none() && !bundle.templates.iter().any(|t| folder::parent(t.path) == own) {
        // No template is near: the file may be an example, or the templates are made.
        found.severity = Severity::Warning;
    }
    match near {
        Some(near) => {
            let inside_own = near.strip_prefix(own).unwrap_or(&near).trim_start_matches('/').to_owned();
            found.help(format!("did you mean `{inside_own}`?"));
            if let Some(span) = config.inside(entry.value.span, path) {
                found.fix(Applicability::Unsafe, format!("write `{inside_own}`"), span, inside_own);
            }
        }
        None => {
            found.help("the path is seen from the folder in which `sam` is called, as a rule that of this file");
        }
    }
}
