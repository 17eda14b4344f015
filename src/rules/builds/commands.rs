//! Files that the commands of a buildspec name.

use super::{COMMAND_SCRIPT_MISSING, TEMPLATE_MISSING};
use crate::buildspec::Buildspec;
use crate::bundle::builds::{Build, Made, Step, source_bases, source_has};
use crate::bundle::folder::{self, join};
use crate::bundle::revisions::near;
use crate::bundle::shell::Word;
use crate::bundle::{Bundle, In};
use crate::diagnostic::{Applicability, Severity};
use crate::rule::{Crossed, Rule};

/// What a command does with the files it names.
struct Use {
    rule: &'static Rule,
    word: Word,
    /// What fails.
    fails: &'static str,
}

pub(super) fn commands(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    if !bundle.folder.whole {
        return;
    }
    for spec in &bundle.buildspecs {
        let build = Build::read(&spec.view);
        for (i, step) in build.steps.iter().enumerate() {
            for used in uses(step) {
                one(bundle, spec, &build, i, &used, crossed);
            }
        }
    }
}

fn uses(step: &Step<'_>) -> Vec<Use> {
    let c = &step.command;
    let mut found = Vec::new();
    let mut add = |rule, words: Vec<Word>, fails| found.extend(words.into_iter().map(|word| Use { rule, word, fails }));
    if c.asks(&["aws", "cloudformation"]) {
        add(&TEMPLATE_MISSING, c.options(&["--template-file"]), "the template cannot be read");
        let named =
            c.options(&["--template-body", "--parameters", "--parameter-overrides", "--cli-input-json", "--tags"]);
        add(&TEMPLATE_MISSING, local(named), "the file cannot be read");
    }
    if c.program() == "sam" && matches!(c.word(1), "build" | "package" | "deploy" | "validate") {
        add(&TEMPLATE_MISSING, c.options(&["-t", "--template", "--template-file"]), "SAM finds no template");
        add(&TEMPLATE_MISSING, c.options(&["--config-file"]), "SAM finds no configuration file");
    }
    if let Some(word) = script(step) {
        add(&COMMAND_SCRIPT_MISSING, vec![word], "the shell finds no such file");
    }
    found
}

/// The values that name a file: `file://x`.
fn local(words: Vec<Word>) -> Vec<Word> {
    let path = |w: &Word| w.text.strip_prefix("file://").or_else(|| w.text.strip_prefix("fileb://")).map(str::to_owned);
    words.iter().filter_map(|w| Some(Word { text: path(w)?, known: w.known })).collect()
}

/// The script that a command runs.
fn script(step: &Step<'_>) -> Option<Word> {
    let c = &step.command;
    let first = c.words.first()?;
    if first.text.starts_with("./") {
        return Some(first.clone());
    }
    let endings: &[&str] = match c.program() {
        "bash" | "sh" | "source" | "." | "zsh" => &[".sh", ".bash"],
        "python" | "python3" => &[".py"],
        "node" => &[".js", ".mjs", ".cjs"],
        "chmod" => &[".sh"],
        _ => return None,
    };
    let word = c.arguments().find(|w| endings.iter().any(|e| w.text.ends_with(e)))?;
    let is_first = c.arguments().next() == Some(word) || c.program() == "chmod" && c.arguments().nth(1) == Some(word);
    is_first.then(|| word.clone())
}

fn one(
    bundle: &Bundle<'_>,
    spec: &In<'_, Buildspec<'_>>,
    build: &Build<'_>,
    index: usize,
    used: &Use,
    crossed: &mut Crossed,
) {
    let step = &build.steps[index];
    let text = used.word.text.trim_start_matches("/codebuild-source/");
    let elsewhere = text.starts_with(['/', '~']) || text.contains("://") || text.contains(['{', '<', '%']);
    if !used.word.known || text.is_empty() || elsewhere || text.starts_with(".aws-sam") {
        return;
    }
    let Some(here) = step.folder.as_deref() else { return };
    let Some(path) = join(here, text) else { return };
    if source_has(bundle.folder, spec.path, Some(here), text) || source_has(bundle.folder, spec.path, Some(""), text) {
        return;
    }
    let made = build.makes(&path, Some(index));
    let ignored = source_bases(spec.path).any(|b| join(b, &path).is_some_and(|p| bundle.folder.ignored(&p)));
    // An earlier build of the pipeline can hand the file on.
    let others = bundle.buildspecs.iter().filter(|b| b.path != spec.path);
    let handed = others.map(|b| Build::read(&b.view)).any(|b| b.makes(&path, None) == Made::Yes);
    if made == Made::Yes || ignored || handed {
        return;
    }
    let close = source_bases(spec.path).find_map(|b| near(bundle.folder, &join(b, &path)?));
    let name = folder::base_name(&path);
    let same_name = bundle.folder.files().any(|f| folder::base_name(f) == name);
    // The source may be another repository, or a command may have made the file.
    let certain = made == Made::No && !same_name;
    if !certain && close.is_none() {
        return;
    }
    let foreign = is_foreign(bundle, spec.path, close.as_deref());
    if foreign && close.is_none() {
        return;
    }
    let span = step.span_of(&spec.document.file, &used.word.text);
    let message = format!("there is no `{text}` in the source and no command before makes it, so {}", used.fails);
    let found = crossed.report(used.rule, spec.path, span, message);
    if !certain || foreign {
        found.severity = Severity::Warning;
    }
    match close {
        Some(near) => {
            let base = source_bases(spec.path).find(|b| near.starts_with(*b)).unwrap_or("");
            let from = join(base, here).unwrap_or_default();
            let inside = near.strip_prefix(from.as_str()).unwrap_or(&near).trim_start_matches('/').to_owned();
            found.help(format!("did you mean `{inside}`?"));
            if span != step.node.span {
                let lead = if used.word.text.starts_with("./") { "./" } else { "" };
                found.fix(Applicability::Unsafe, format!("write `{lead}{inside}`"), span, format!("{lead}{inside}"));
            }
        }
        None => {
            found.help(
                "name a file of the source, seen from the folder the command runs in, or make it in an earlier command",
            );
        }
    }
}

/// Whether the folder does not look like the source of this buildspec: nothing lies beside it but documents.
fn is_foreign(bundle: &Bundle<'_>, spec: &str, near: Option<&str>) -> bool {
    let own = folder::parent(spec);
    let others = bundle.folder.names_in(own).into_iter().filter(|n| {
        let path = join(own, n).unwrap_or_default();
        path != spec
            && !n.starts_with('.')
            && !n.to_ascii_lowercase().starts_with("readme")
            && !n.starts_with("LICENSE")
    });
    near.is_none() && others.count() == 0
}
