//! What commands give away: logins in an old form, packaged templates that are lost, blocks torn apart.

use super::{CD_IN_0_1, ECR_LOGIN, PACKAGED_TEMPLATE, POST_BUILD_AFTER_FAILURE, SECRET_LITERAL, SPLIT_BLOCK};
use crate::buildspec::{Buildspec, items};
use crate::diagnostic::{Findings, Severity};
use crate::rule::suggest::nearest;
use crate::syntax::{Node, Style};

pub(super) fn commands(buildspec: &Buildspec<'_>, findings: &mut Findings) {
    let old = buildspec.version() == Some("0.1");
    for (text, node) in buildspec.commands() {
        ecr_login(text, node, findings);
        docker_password(text, node, findings);
        if old
            && (text.trim() == "cd" || text.trim_start().starts_with("cd "))
            && !text.contains("&&")
            && !text.contains(';')
        {
            findings
                .report(&CD_IN_0_1, node.span, "under version 0.1 the next command starts in the source folder again")
                .help("write `version: 0.2`, where all commands share one shell");
        }
    }
    packaged(buildspec, findings);
    split_blocks(buildspec, findings);
    post_build(buildspec, findings);
}

fn ecr_login(text: &str, node: &Node, findings: &mut Findings) {
    if runs_output_of(text, "ecr get-login-password") {
        findings
            .report(
                &ECR_LOGIN,
                node.span,
                "`$(...)` at this place runs what `aws ecr get-login-password` prints as a command, so the login fails",
            )
            .help("write `aws ecr get-login-password | docker login --username AWS --password-stdin <registry>`, without `$( )`");
        return;
    }
    if text.contains("ecr get-login-password") {
        let piped = text.contains("--password-stdin");
        // `$(...)` hands the password over as an argument, which works and is only unwise.
        let captured = text.contains("$(") || text.contains('`') || text.contains('>');
        if !piped && !captured && !text.trim_end().ends_with(['\\', '|']) {
            findings
                .report(&ECR_LOGIN, node.span, "the password is printed but never reaches `docker login`")
                .help("write `aws ecr get-login-password | docker login --username AWS --password-stdin <registry>` in one command");
        } else if piped
            && !text.contains("--username AWS")
            && !text.contains("-u AWS")
            && !text.contains("--username=AWS")
            && text.contains("docker login")
        {
            let found = findings.report(&ECR_LOGIN, node.span, "the user name of an ECR registry is `AWS`");
            found.severity = Severity::Warning;
            found.help("write `docker login --username AWS --password-stdin <registry>`");
        }
    } else if text.contains("ecr get-login") {
        findings
            .report(
                &ECR_LOGIN,
                node.span,
                "`aws ecr get-login` is gone since version 2 of the AWS CLI, so this command fails",
            )
            .help("write `aws ecr get-login-password | docker login --username AWS --password-stdin <registry>`");
    }
}

/// Whether a command is nothing but `$(...)` around one that holds these words: the shell then runs what that prints.
fn runs_output_of(text: &str, words: &str) -> bool {
    text.match_indices("$(").any(|(at, _)| {
        let before = text[..at].trim_end();
        if !(before.is_empty() || before.ends_with(['|', ';', '&', '\n'])) {
            return false;
        }
        let mut depth = 0;
        let end = text[at + 1..].char_indices().find(|(_, c)| {
            depth += i32::from(*c == '(') - i32::from(*c == ')');
            depth == 0
        });
        let Some((length, _)) = end else { return false };
        let (inside, after) = (&text[at + 2..at + 1 + length], text[at + 2 + length..].trim_start_matches([' ', '\t']));
        inside.contains(words) && (after.is_empty() || after.starts_with(['|', ';', '&', '\n', '>']))
    })
}

fn docker_password(text: &str, node: &Node, findings: &mut Findings) {
    let Some(at) = text.find("docker login") else { return };
    let mut words = text[at..].split_whitespace();
    while let Some(word) = words.next() {
        let name = word.split('=').next().unwrap_or(word);
        let known = ["--username", "--password", "--password-stdin"];
        if name.starts_with("--")
            && !known.contains(&name)
            && let Some(near) = nearest(name, known)
        {
            let message = format!("`docker login` has no option `{name}`, so the command fails");
            findings.report(&ECR_LOGIN, node.span, message).help(format!("did you mean `{near}`?"));
        }
        let value = match word {
            "-p" | "--password" => words.next(),
            _ => word.strip_prefix("--password="),
        };
        if value.is_some_and(|v| !v.contains('$') && !v.contains('`') && !v.starts_with('-')) {
            findings.report(&SECRET_LITERAL, node.span, "the password of `docker login` stands in the command").help(
                "take it from Secrets Manager and pipe it: `echo \"$PASSWORD\" | docker login --password-stdin ...`",
            );
        }
    }
}

/// The file that `aws cloudformation package` or `sam package` writes, if the command names one.
fn packaged_output(text: &str) -> Option<&str> {
    if !(text.contains("cloudformation package") || text.contains("sam package")) {
        return None;
    }
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        if let Some(file) = word.strip_prefix("--output-template-file=") {
            return Some(file);
        }
        if word == "--output-template-file" || word == "--output-template" {
            return words.next();
        }
    }
    None
}

fn packaged(buildspec: &Buildspec<'_>, findings: &mut Findings) {
    let artifacts = buildspec.artifact_files();
    if artifacts.is_empty() {
        return;
    }
    let prefix = buildspec.root.at(&["artifacts", "base-directory"]).is_some();
    for (text, node) in buildspec.commands() {
        let Some(file) = packaged_output(text).map(|f| f.trim_matches(['"', '\''])) else { continue };
        let base = file.rsplit('/').next().unwrap_or(file);
        if file.contains('$') || prefix || file.starts_with('/') {
            continue;
        }
        let taken = artifacts.iter().filter_map(|n| n.as_str()).any(|p| {
            let p = p.trim_start_matches("./");
            p == file.trim_start_matches("./") || p.contains('$') || (p.contains('*') && matches_glob(p, file, base))
        });
        // A later command may deploy it at once, or copy it elsewhere.
        let used = buildspec.commands().any(|(other, n)| n.span != node.span && other.contains(base))
            || text.matches(base).count() > 1;
        if !taken && !used {
            findings
                .report(
                    &PACKAGED_TEMPLATE,
                    node.span,
                    format!("`{file}` is written here but `artifacts.files` does not take it along"),
                )
                .help(format!("add `{file}` to `artifacts.files`; a later deploy action does not find it otherwise"));
        }
    }
}

/// Whether a pattern of `artifacts.files` takes a file: `**/*` everything, `*` one folder.
fn matches_glob(pattern: &str, file: &str, base: &str) -> bool {
    if pattern.contains("**") {
        let tail = pattern.rsplit('/').next().unwrap_or("*");
        return wild(tail, base);
    }
    wild(pattern, file.trim_start_matches("./"))
}

fn wild(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len())
                .filter(|&i| rest.is_char_boundary(i) && !rest[..i].contains('/'))
                .any(|i| wild(after, &rest[i..]))
        }),
    }
}

/// Every item is a command of its own: a block that starts in one cannot end in the next.
fn split_blocks(buildspec: &Buildspec<'_>, findings: &mut Findings) {
    for phase in buildspec.phases() {
        for list in ["commands", "finally"].into_iter().filter_map(|k| phase.node.get(k)) {
            let items = items(list);
            for (i, node) in items.iter().enumerate() {
                let Some(text) = node.as_str().filter(|_| node.style != Style::Block) else { continue };
                let trimmed = text.trim();
                let last = trimmed.split_whitespace().last().unwrap_or("");
                let opens = matches!(last, "then" | "do" | "else" | "\\" | "&&" | "||" | "|" | "{")
                    && i + 1 < items.len()
                    && !trimmed.ends_with(" {{");
                if opens {
                    findings
                        .report(
                            &SPLIT_BLOCK,
                            node.span,
                            format!("this command ends in `{last}`, but the next line is a command of its own"),
                        )
                        .help("write the whole block as one command with `- |`, or join the lines with `;`");
                }
            }
        }
    }
}

fn post_build(buildspec: &Buildspec<'_>, findings: &mut Findings) {
    let phase = |name: &str| buildspec.phases().find(|p| &*p.key.text == name);
    let Some(post) = phase("post_build") else { return };
    let Some(build) = phase("build") else { return };
    let aborts = build.node.get("on-failure").and_then(Node::as_str) == Some("ABORT");
    let tests = post.commands().filter_map(Node::as_str).any(|t| t.contains("CODEBUILD_BUILD_SUCCEEDING"));
    if aborts || tests {
        return;
    }
    let publishes = |t: &str| {
        [
            "docker push",
            "cloudformation deploy",
            "sam deploy",
            "cdk deploy",
            "ecs update-service",
            "s3 sync",
            "npm publish",
        ]
        .iter()
        .any(|w| t.contains(w))
    };
    if let Some(node) = post.commands().find(|n| n.as_str().is_some_and(publishes)) {
        findings
            .report(
                &POST_BUILD_AFTER_FAILURE,
                node.span,
                "`post_build` runs after a failed `build` too, so this publishes what did not build",
            )
            .help("set `on-failure: ABORT` in `build`, or test `$CODEBUILD_BUILD_SUCCEEDING` first");
    }
}
