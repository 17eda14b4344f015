//! What a buildspec does with files: which its commands need, which they make, and whether some step may make anything.

use super::folder::{self, Folder};
use super::shell::{self, Command, Word};
use crate::buildspec::Buildspec;
use crate::source::{SourceFile, Span};
use crate::syntax::Node;
use std::collections::BTreeMap;

/// Most commands of one buildspec that are looked at.
const MAX_COMMANDS: usize = 5_000;

/// The commands of a buildspec, in order.
#[derive(Debug)]
pub struct Build<'b> {
    /// The steps.
    pub steps: Vec<Step<'b>>,
}

/// One command.
#[derive(Debug)]
pub struct Step<'b> {
    /// The item of the buildspec that it stands in.
    pub node: &'b Node,
    /// The command.
    pub command: Command,
    /// The folder it runs in, from the source folder; `None` when that is not known.
    pub folder: Option<String>,
}

/// What is known of how a file comes to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Made {
    /// No command can make it.
    No,
    /// A command may make it: what it makes is not known.
    Perhaps,
    /// A command makes it.
    Yes,
}

/// Programs that make no files of the source folder, or none that anything else would name.
const HARMLESS: &[&str] = &[
    "echo",
    "printf",
    "cd",
    "ls",
    "cat",
    "pwd",
    "export",
    "set",
    "unset",
    "aws",
    "docker",
    "pip",
    "pip3",
    "apt-get",
    "apt",
    "yum",
    "dnf",
    "apk",
    "chmod",
    "chown",
    "rm",
    "date",
    "env",
    "printenv",
    "test",
    "[",
    "[[",
    "which",
    "whoami",
    "true",
    "false",
    "exit",
    "fi",
    "done",
    "esac",
    "sleep",
    "grep",
    "jq",
    "head",
    "tail",
    "wc",
    "cfn-lint",
    "cfn_nag",
    "cfn-nag",
    "cfn_nag_scan",
    "pytest",
    "flake8",
    "pylint",
    "eslint",
    "kubectl",
    "eksctl",
    "helm",
    "systemctl",
    "service",
    "sed",
    "awk",
    "find",
    "pushd",
    "popd",
    "for",
    "nohup",
    "timeout",
    "n",
    "gem",
    "mkdir",
    "read",
    "shift",
    "return",
    "cp",
    "mv",
    "tee",
    "touch",
    "zip",
    "wait",
    "kill",
    "df",
    "du",
    "free",
    "id",
    "uname",
    "base64",
    "tr",
    "cut",
    "sort",
    "uniq",
    "trap",
    "local",
    "declare",
    "let",
    "checkov",
    "ln",
    "rsync",
    "stacklens",
];

/// First arguments under which a program only tests, installs or tells.
const HARMLESS_USES: &[(&str, &[&str])] = &[
    ("npm", &["install", "i", "ci", "test", "t", "audit", "--version", "-v", "config", "set"]),
    ("yarn", &["install", "test", "--version", "add", "config"]),
    ("git", &["status", "log", "rev-parse", "config", "--version", "diff", "describe", "add", "commit", "push"]),
    ("python", &["--version", "-V"]),
    ("python3", &["--version", "-V"]),
    ("node", &["--version", "-v"]),
    ("java", &["-version", "--version"]),
    ("sam", &["validate", "build", "deploy", "--version", "package"]),
    ("cdk", &["--version", "deploy", "bootstrap", "diff"]),
    ("curl", &["-V", "--version"]),
    ("bundle", &["install"]),
    ("composer", &["install"]),
];

impl<'b> Build<'b> {
    /// The commands of a buildspec.
    pub fn read(buildspec: &Buildspec<'b>) -> Self {
        let mut variables = BTreeMap::new();
        for e in buildspec.env("variables") {
            if let Some(text) = e.value.scalar_text().filter(|t| !t.contains('$')) {
                variables.insert(e.key.text.to_string(), text.to_owned());
            }
        }
        variables.insert("CODEBUILD_SRC_DIR".to_owned(), "/codebuild-source".to_owned());
        let mut steps = Vec::new();
        let mut here = Some(String::new());
        let old = buildspec.version() == Some("0.1");
        for (text, node) in buildspec.commands() {
            if old {
                here = Some(String::new());
            }
            for command in shell::commands(text, &mut variables) {
                if steps.len() >= MAX_COMMANDS {
                    return Build { steps };
                }
                let next = moved(&command, here.as_deref());
                steps.push(Step { node, command, folder: here.clone() });
                if let Some(next) = next {
                    here = next;
                }
            }
        }
        Build { steps }
    }

    /// Whether a path (from the source folder) is made by the commands, all of them or those before a step.
    pub fn makes(&self, path: &str, before: Option<usize>) -> Made {
        let steps = &self.steps[..before.unwrap_or(self.steps.len()).min(self.steps.len())];
        steps.iter().map(|s| s.makes(path)).max().unwrap_or(Made::No)
    }

    /// Whether a command makes this very file, by its name.
    pub fn names_output(&self, name: &str) -> bool {
        self.steps.iter().any(|s| s.outputs().iter().any(|w| folder::base_name(&w.text) == name))
    }

    /// Whether any command holds this text.
    pub fn mentions(&self, text: &str) -> bool {
        let has = |w: &Word| w.text.contains(text);
        self.steps.iter().any(|s| s.command.words.iter().any(has) || s.command.writes.iter().any(has))
    }

    /// Whether some command may make any file.
    pub fn is_opaque(&self) -> bool {
        self.steps.iter().any(Step::is_opaque)
    }
}

/// The folder after a command: `None` when it does not change, `Some(None)` when it is not known then.
fn moved(command: &Command, here: Option<&str>) -> Option<Option<String>> {
    match command.program() {
        "cd" | "pushd" => {
            let Some(word) = command.arguments().next() else {
                return Some(None);
            };
            if let Some(rest) = word.text.strip_prefix("/codebuild-source") {
                return Some(if word.known { folder::join("", rest) } else { None });
            }
            if !word.known || word.text.starts_with('/') || word.text.starts_with('~') {
                return Some(None);
            }
            Some(here.and_then(|h| folder::join(h, &word.text)))
        }
        "popd" => Some(None),
        _ => None,
    }
}

impl Step<'_> {
    /// The words that name files this command makes, as far as that can be told.
    pub fn outputs(&self) -> Vec<Word> {
        let c = &self.command;
        let mut out = c.writes.clone();
        let plain: Vec<&Word> = c.arguments().collect();
        match c.program() {
            "cp" | "mv" | "ln" | "rsync" | "install" => {
                out.extend(plain.last().map(|w| (*w).clone()));
                // Into a folder a file comes under its own name.
                if let Some((target, sources)) = plain.split_last() {
                    for source in sources {
                        let name = folder::base_name(source.text.trim_end_matches('/'));
                        let text = format!("{}/{name}", target.text.trim_end_matches('/'));
                        out.push(Word { text, known: source.known && target.known });
                    }
                }
            }
            "tee" | "touch" | "mkdir" => out.extend(plain.into_iter().cloned()),
            "zip" => out.extend(plain.first().map(|w| (*w).clone())),
            "aws" if c.asks(&["aws", "s3"]) || c.asks(&["aws", "s3api"]) => {
                out.extend(plain.last().filter(|w| !w.text.starts_with("s3:")).map(|w| (*w).clone()));
            }
            "sam" if c.asks(&["sam", "build"]) => out.push(Word { text: ".aws-sam".to_owned(), known: true }),
            "aws" if c.asks(&["aws", "lambda", "invoke"]) => out.extend(plain.last().map(|w| (*w).clone())),
            "docker" if c.asks(&["docker", "cp"]) || c.asks(&["docker", "save"]) => {
                out.extend(plain.last().map(|w| (*w).clone()));
            }
            _ => {}
        }
        let named = [
            "--output-template-file",
            "--output-template",
            "--output-file",
            "--output-document",
            "--outfile",
            "--output",
            "--out",
            "-o",
            "-O",
            "--outdir",
            "--output-dir",
            "--target",
            "-t",
            "-d",
            "--dist",
            "--build-dir",
            "--output-path",
            "--out-dir",
            "--directory",
        ];
        let takes = !matches!(c.program(), "sam" | "docker" | "ls" | "curl" | "pip" | "pip3")
            || c.options(&["--output-template-file", "-o", "--output", "--target", "--build-dir"])
                .iter()
                .any(|w| w.known);
        if takes {
            let names: &[&str] =
                if c.program() == "sam" { &["--output-template-file", "--build-dir", "--output"] } else { &named };
            out.extend(c.options(names));
        }
        out
    }

    /// Whether the command may make any file.
    pub fn is_opaque(&self) -> bool {
        let c = &self.command;
        let program = c.program();
        if c.words.is_empty() {
            return false;
        }
        if let Some((_, uses)) = HARMLESS_USES.iter().find(|u| u.0 == program) {
            let (first, second) = (c.word(1), c.word(2));
            return !(uses.contains(&first) || first == "run" && matches!(second, "test" | "lint"));
        }
        if program == "sed" || program == "awk" || program == "find" {
            return false;
        }
        if program == "docker" {
            return c.word(1) == "run" || c.word(1) == "compose";
        }
        if matches!(program, "python" | "python3") && c.word(1) == "-m" {
            return !matches!(c.word(2), "pytest" | "unittest" | "pip" | "venv" | "flake8");
        }
        !HARMLESS.contains(&program)
    }

    fn makes(&self, path: &str) -> Made {
        let mut made = if self.is_opaque() { Made::Perhaps } else { Made::No };
        for word in self.outputs() {
            if !word.known && !word.text.contains(folder::base_name(path)) {
                made = made.max(Made::Perhaps);
                continue;
            }
            let text = word.text.trim_start_matches("/codebuild-source/");
            let here = self.folder.as_deref().unwrap_or("");
            let Some(target) = folder::join(here, text) else { continue };
            let within =
                path == target || path.strip_prefix(&target).is_some_and(|r| target.is_empty() || r.starts_with('/'));
            let same_name = folder::base_name(&target) == folder::base_name(path);
            let is_move = matches!(self.command.program(), "cp" | "mv" | "aws" | "rsync" | "docker");
            if path == target || same_name {
                made = Made::Yes;
            } else if within && (is_move || !target.is_empty()) {
                made = made.max(Made::Perhaps);
            }
        }
        made
    }

    /// The place of a word in the file: where it stands in the item, or the whole item.
    pub fn span_of(&self, file: &SourceFile, word: &str) -> Span {
        let written = file.slice(self.node.span);
        let ends =
            |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || matches!(c, '=' | '"' | '\'' | ';' | ')' | '&'));
        let mut found = written.match_indices(word).filter(|(at, _)| {
            ends(written[..*at].chars().next_back()) && ends(written[at + word.len()..].chars().next())
                || written[..*at].ends_with("file://")
        });
        match found.next() {
            Some((at, _)) => {
                let start = self.node.span.start as usize + at;
                Span::new(start, start + word.len())
            }
            None => self.node.span,
        }
    }
}

/// Whether a file that a build names is there: from the folder of the step, seen from the folder of the buildspec or any
/// above it (the source folder is one of them).
pub fn source_has(folder: &Folder<'_>, buildspec: &str, step: Option<&str>, path: &str) -> bool {
    source_bases(buildspec).any(|base| {
        let here = step.and_then(|s| folder::join(base, s));
        here.and_then(|h| folder::join(&h, path)).is_some_and(|p| folder.has(&p))
    })
}

/// The folders that may be the source folder of a buildspec: its own, and those above.
pub fn source_bases(buildspec: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(folder::parent(buildspec));
    std::iter::from_fn(move || {
        let this = next?;
        next = (!this.is_empty()).then(|| folder::parent(this));
        Some(this)
    })
}
