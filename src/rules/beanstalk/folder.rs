//! What the folder around configuration files shows.

use super::{ENVIRONMENT_LOSES, HOOK_NOT_EXECUTABLE, PLACE};
use crate::beanstalk::settings;
use crate::bundle::Bundle;
use crate::bundle::folder::{Kind, base_name, parent};
use crate::diagnostic::Severity;
use crate::nearest::nearest;
use crate::rule::Crossed;
use crate::source::Span;

const FOLDER: &str = ".ebextensions";

pub(super) fn check(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    if !bundle.folder.paths().any(|(p, _)| p.split('/').any(|part| part.starts_with(".eb") || part == ".platform")) {
        return;
    }
    for path in bundle.folder.files() {
        place(bundle, path, crossed);
    }
    hooks(bundle, crossed);
    cron(bundle, crossed);
}

/// Whether a file holds what a configuration file holds.
fn is_extension(bundle: &Bundle<'_>, path: &str) -> bool {
    let Some(text) = bundle.folder.text(path) else { return false };
    let Some(root) = text.tree().root.as_ref().filter(|r| r.as_map().is_some()) else { return false };
    ["option_settings", "commands", "container_commands", "packages"].iter().any(|k| root.get(k).is_some())
}

fn place(bundle: &Bundle<'_>, path: &str, crossed: &mut Crossed) {
    let folder = base_name(parent(path));
    let base = base_name(path);
    let ending = base.rsplit_once('.').map_or("", |b| b.1);
    let start = Span::new(0, 0);
    if folder == FOLDER {
        let wrong = ["yaml", "yml", "json", "conf", "cfg"].contains(&ending);
        if wrong && is_extension(bundle, path) {
            let message = "Elastic Beanstalk reads only files in `.ebextensions` whose names end in `.config`";
            let stem = base.rsplit_once('.').map_or(base, |b| b.0);
            crossed.report(&PLACE, path, start, message).help(format!("Call the file `{stem}.config`."));
        }
    } else if ending == "config"
        && folder.starts_with('.')
        && nearest(folder, [FOLDER]).is_some()
        && is_extension(bundle, path)
    {
        let message = format!("Elastic Beanstalk reads the folder `{FOLDER}`, not `{folder}`");
        crossed.report(&PLACE, path, start, message).help(format!("Call the folder `{FOLDER}`."));
    }
}

fn hooks(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    for (path, entry) in bundle.folder.paths() {
        let Some((_, below)) = path.split_once(".platform/") else { continue };
        let hook = below.starts_with("hooks/") || below.starts_with("confighooks/");
        if hook && entry.kind == Kind::File && entry.executable == Some(false) && !base_name(path).starts_with('.') {
            let message = "the hook may not be executed, so platform versions before April 2022 do not run it";
            crossed
                .report(&HOOK_NOT_EXECUTABLE, path, Span::new(0, 0), message)
                .help("Run `chmod +x` on it and commit; newer platform versions set the bit themselves.");
        }
    }
}

/// `cron.yaml` beside a configuration that is one of a web environment.
fn cron(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    for path in bundle.folder.files().filter(|p| base_name(p) == "cron.yaml") {
        let top = parent(path);
        let Some(text) = bundle.folder.text(path) else { continue };
        let tasks = text.tree().root.as_ref().and_then(|r| r.entry("cron"));
        let Some(tasks) = tasks.filter(|e| e.value.as_list().is_some()) else { continue };
        let (mut web, mut worker) = (false, false);
        for file in bundle.extensions.iter().filter(|f| parent(parent(f.path)) == top) {
            let all = file.view.get("option_settings").map(settings).unwrap_or_default();
            worker |= all.iter().any(|s| s.namespace == "aws:elasticbeanstalk:sqsd");
            web |= all.iter().any(|s| {
                s.namespace.starts_with("aws:elb:")
                    || s.namespace.starts_with("aws:elbv2:")
                    || s.name == "LoadBalancerType"
            });
        }
        if web && !worker {
            let message = "a web environment does not read `cron.yaml`, so these tasks never run";
            let found = crossed.report(&ENVIRONMENT_LOSES, path, tasks.key.span, message);
            found.severity = Severity::Warning;
            found.help(
                "Deploy it to an environment of the worker tier; in a web environment use a cron job of the instance.",
            );
        }
    }
}
