//! AppSpec for machines: `hooks`.

use crate::appspec::agent::{self, Event, Timeout};
use crate::appspec::paths;
use crate::appspec::{AppSpec, Hook, Os, Platform, Script};
use crate::diagnostic::{Applicability, Findings, Fix, Severity};
use crate::rule::edits::{self, as_list_item};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Family, Rule};
use crate::schema::documents::{Keyword, Violation};
use crate::source::Span;
use crate::syntax::{Node, Style};

/// The rules about it.
pub static FAMILY: Family = Family {
    rules: &[
        &HOOKS_WRONG_SHAPE,
        &UNKNOWN_EVENT,
        &RESERVED_EVENT,
        &SCRIPT_WITHOUT_LOCATION,
        &WRONG_TIMEOUT,
        &EVENT_OVER_TIME_LIMIT,
        &RUNAS_ON_WINDOWS,
        &UNKNOWN_SCRIPT_KEY,
        &LOCATION_NOT_A_PATH,
        &FOREIGN_SCRIPT,
        &PREVIOUS_REVISION_SCRIPT,
        &EMPTY_EVENT,
        &EVENTS_OUT_OF_ORDER,
    ],
    checks: &[Check::AppSpec(hooks)],
};

static HOOKS_WRONG_SHAPE: Rule = Rule {
    id: "CD160",
    name: "hooks-wrong-shape",
    summary: "The hooks of machines are not events with lists of scripts",
    page: include_str!("appspec_hooks/CD160.md"),
    severity: Severity::Error,
    checks: &[],
};

static UNKNOWN_EVENT: Rule = Rule {
    id: "CD161",
    name: "unknown-event",
    summary: "A hook is given for an event that does not exist",
    page: include_str!("appspec_hooks/CD161.md"),
    severity: Severity::Error,
    checks: &[],
};

static RESERVED_EVENT: Rule = Rule {
    id: "CD162",
    name: "reserved-event",
    summary: "A hook is given for an event that the agent keeps to itself",
    page: include_str!("appspec_hooks/CD162.md"),
    severity: Severity::Error,
    checks: &[],
};

static SCRIPT_WITHOUT_LOCATION: Rule = Rule {
    id: "CD163",
    name: "script-without-location",
    summary: "A script of a hook has no location",
    page: include_str!("appspec_hooks/CD163.md"),
    severity: Severity::Error,
    checks: &[],
};

static WRONG_TIMEOUT: Rule = Rule {
    id: "CD164",
    name: "wrong-timeout",
    summary: "The timeout of a script is not a whole number of seconds",
    page: include_str!("appspec_hooks/CD164.md"),
    severity: Severity::Error,
    checks: &[],
};

static EVENT_OVER_TIME_LIMIT: Rule = Rule {
    id: "CD165",
    name: "event-over-time-limit",
    summary: "The scripts of an event may take longer than the event",
    page: include_str!("appspec_hooks/CD165.md"),
    severity: Severity::Warning,
    checks: &[],
};

static RUNAS_ON_WINDOWS: Rule = Rule {
    id: "CD166",
    name: "runas-on-windows",
    summary: "A script is to run as another user on Windows",
    page: include_str!("appspec_hooks/CD166.md"),
    severity: Severity::Warning,
    checks: &[],
};

static UNKNOWN_SCRIPT_KEY: Rule = Rule {
    id: "CD167",
    name: "unknown-script-key",
    summary: "A script of a hook has a key that nobody reads",
    page: include_str!("appspec_hooks/CD167.md"),
    severity: Severity::Warning,
    checks: &[],
};

static LOCATION_NOT_A_PATH: Rule = Rule {
    id: "CD168",
    name: "location-not-a-path",
    summary: "The location of a script is more than a path inside the bundle",
    page: include_str!("appspec_hooks/CD168.md"),
    severity: Severity::Warning,
    checks: &[],
};

static FOREIGN_SCRIPT: Rule = Rule {
    id: "CD171",
    name: "foreign-script",
    summary: "A script is of the other operating system",
    page: include_str!("appspec_hooks/CD171.md"),
    severity: Severity::Warning,
    checks: &[],
};

static PREVIOUS_REVISION_SCRIPT: Rule = Rule {
    id: "CD173",
    name: "previous-revision-script",
    summary: "An event runs the scripts of the previous revision",
    page: include_str!("appspec_hooks/CD173.md"),
    severity: Severity::Info,
    checks: &[],
};

static EMPTY_EVENT: Rule = Rule {
    id: "CD175",
    name: "empty-event",
    summary: "An event has no scripts",
    page: include_str!("appspec_hooks/CD175.md"),
    severity: Severity::Warning,
    checks: &[],
};

static EVENTS_OUT_OF_ORDER: Rule = Rule {
    id: "CD176",
    name: "events-out-of-order",
    summary: "Events are not written in the order they run",
    page: include_str!("appspec_hooks/CD176.md"),
    severity: Severity::Info,
    checks: &[],
};

const KEYS: &[&str] = &["location", "timeout", "runas", "sudo"];
const LIMIT: i64 = 3600;

/// Everything about the `hooks` of machines.
fn hooks(spec: &AppSpec<'_>, findings: &mut Findings) {
    if !spec.is_server() {
        return;
    }
    for violation in spec.violations() {
        match violation.fault.as_deref() {
            Some("hooks-shape") => hooks_shape(spec, violation, findings),
            Some("script-location") => script_location(violation, findings),
            Some("unknown-script-key") => unknown_script_key(violation, findings),
            _ => {}
        }
    }
    let hooks = spec.hooks();
    for hook in &hooks {
        event_name(hook, &hooks, findings);
        empty_event(spec, hook, findings);
        timeouts(hook, findings);
        for script in &hook.scripts {
            location(spec, script, findings);
            runas(spec, script, findings);
        }
    }
    event_order(&hooks, findings);
}

fn hooks_shape(spec: &AppSpec<'_>, violation: &Violation<'_>, findings: &mut Findings) {
    let node = violation.node;
    let what = node.describe();
    let span = spec.first_line(violation.span());
    let crash = "as it stands the agent fails to read the AppSpec, with an error that names neither key nor line";
    match violation.path.as_slice() {
        [_] => {
            let found = findings.report(
                &HOOKS_WRONG_SHAPE,
                span,
                format!("`hooks` maps events to lists of scripts, but this is {what}"),
            );
            if node.as_list().is_some() {
                found.help(format!(
                    "remove the `- ` in front of the events: lists of events are for Lambda and ECS; {crash}"
                ));
            } else {
                found.help(format!(
                    "write the events as keys: `AfterInstall:` and below it `- location: scripts/x.sh`; {crash}"
                ));
            }
        }
        [_, event] => {
            let found = findings.report(
                &HOOKS_WRONG_SHAPE,
                span,
                format!("the event `{event}` holds a list of scripts, but this is {what}"),
            );
            found.help(format!("write `- location: scripts/x.sh` below the event; {crash}"));
            if node.as_map().is_some() && node.style == Style::Plain {
                found.fix = Some(Fix {
                    title: "make the mapping the first script of a list".to_owned(),
                    applicability: Applicability::Safe,
                    edits: as_list_item(&spec.document.file, node.span),
                });
            } else if let (Some(text), Style::Plain) = (node.as_str(), node.style) {
                found.fix(
                    Applicability::Safe,
                    "make it a list with one script",
                    node.span,
                    format!("[{{location: {text}}}]"),
                );
            }
        }
        _ => {
            let found = findings.report(
                &HOOKS_WRONG_SHAPE,
                span,
                format!("a script is a mapping with `location`, but this is {what}"),
            );
            found.help(format!("write `location: ` in front of the file name; {crash}"));
            if let (Some(_), Style::Plain) = (node.as_str(), node.style) {
                let start = Span { start: node.span.start, end: node.span.start };
                found.fix(Applicability::Safe, "add `location:`", start, "location: ");
            }
        }
    }
}

fn script_location(violation: &Violation<'_>, findings: &mut Findings) {
    let stops = "the agent refuses the AppSpec at the first lifecycle event";
    let node = violation.node;
    match &violation.keyword {
        Keyword::Required(_) => {
            let found =
                findings.report(&SCRIPT_WITHOUT_LOCATION, violation.span(), "`location` is missing: the script to run");
            found.help(format!("add `location: scripts/x.sh`, a path inside the bundle; {stops}"));
            let wrong = node.as_map().unwrap_or_default().iter().find(|e| {
                matches!(&*e.key.text, "script" | "path" | "file" | "run" | "command" | "name")
                    || nearest(&e.key.text, ["location"]).is_some()
            });
            if let Some(wrong) = wrong {
                found.label(wrong.key.span, "did you mean `location`?");
            }
        }
        Keyword::Pattern(_) => {
            findings
                .report(&SCRIPT_WITHOUT_LOCATION, violation.span(), format!("`location` is blank; {stops}"))
                .help("name a script of the bundle");
        }
        _ => {
            let message = format!("`location` is the path of a script, but this is {}", node.describe());
            findings
                .report(&SCRIPT_WITHOUT_LOCATION, violation.span(), message)
                .help("name a script of the bundle, in quotes when it is a number");
        }
    }
}

fn unknown_script_key(violation: &Violation<'_>, findings: &mut Findings) {
    let Keyword::UnknownKey(name) = &violation.keyword else { return };
    let span = violation.span();
    let found = findings.report(&UNKNOWN_SCRIPT_KEY, span, format!("`{name}` is no key of a script and is ignored"));
    let folded: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let meant = KEYS.iter().copied().find(|k| *k == folded).or_else(|| match folded.as_str() {
        "user" | "runasuser" => Some("runas"),
        "timeoutseconds" | "timeoutinseconds" => Some("timeout"),
        "script" | "path" | "file" => Some("location"),
        _ => nearest(name, KEYS.iter().copied()),
    });
    match meant {
        Some("runas") => {
            found.help("the key is `runas`, in lower case and without a dash; as it stands the script runs as root")
        }
        Some(key) => found.help(format!("did you mean `{key}`?")),
        None if matches!(folded.as_str(), "args" | "arguments" | "environment" | "env") => found.help(
            "arguments and variables cannot be given; write a small script that sets them and name it as `location`",
        ),
        None => found.help("the keys are `location`, `timeout` and `runas`"),
    };
    if let Some(key) = meant.filter(|k| violation.node.entry(k).is_none()) {
        let sure = if key == folded { Applicability::Safe } else { Applicability::Unsafe };
        found.fix(sure, format!("write `{key}`"), span, key);
    }
}

fn event_name(hook: &Hook<'_>, all: &[Hook<'_>], findings: &mut Findings) {
    let name = &*hook.event.text;
    let span = hook.event.span;
    match agent::event(Platform::Server, name) {
        Event::Open(_) => {
            if matches!(name, "ApplicationStop" | "BeforeBlockTraffic" | "AfterBlockTraffic") {
                findings
                    .report(
                        &PREVIOUS_REVISION_SCRIPT,
                        span,
                        format!("`{name}` runs the scripts of the revision deployed before, and nothing on the first deployment"),
                    )
                    .help("a faulty script here shows one deployment later; `--ignore-application-stop-failures` gets past it");
            }
            return;
        }
        Event::Reserved => {
            let (before, after) = match name {
                "Install" => ("BeforeInstall", "AfterInstall"),
                "DownloadBundle" => ("ApplicationStop", "BeforeInstall"),
                "BlockTraffic" => ("BeforeBlockTraffic", "AfterBlockTraffic"),
                "AllowTraffic" => ("BeforeAllowTraffic", "AfterAllowTraffic"),
                "Start" => ("ApplicationStop", "ApplicationStart"),
                _ => ("ValidateService", "AfterAllowTraffic"),
            };
            findings
                .report(
                    &RESERVED_EVENT,
                    span,
                    format!("`{name}` is an event of the agent itself; scripts given for it never run"),
                )
                .help(format!("use `{before}` or `{after}`"));
            return;
        }
        Event::Unknown => {}
    }
    let open = || agent::open_events(Platform::Server);
    let meant = open()
        .find(|e| e.eq_ignore_ascii_case(name))
        .or_else(|| agent::meant_event(name))
        .or_else(|| nearest(name, open()));
    let case = meant.is_some_and(|m| m.eq_ignore_ascii_case(name));
    let message = if case {
        format!("`{name}` is no event: names of events are case-sensitive; its scripts never run")
    } else if agent::event(Platform::Ecs, name) != Event::Unknown {
        format!("`{name}` is an event of ECS deployments; on machines its scripts never run")
    } else {
        format!("`{name}` is no event of a deployment to machines; its scripts never run")
    };
    let found = findings.report(&UNKNOWN_EVENT, span, message);
    match meant {
        Some(meant) => {
            found.help(format!("did you mean `{meant}`?"));
            if !all.iter().take(100).any(|h| &*h.event.text == meant) {
                let sure = if case { Applicability::Safe } else { Applicability::Unsafe };
                found.fix(sure, format!("write `{meant}`"), span, meant);
            }
        }
        None => {
            found.help(format!("events are {}", open().map(|e| format!("`{e}`")).collect::<Vec<_>>().join(", ")));
        }
    }
}

fn empty_event(spec: &AppSpec<'_>, hook: &Hook<'_>, findings: &mut Findings) {
    if hook.value.is_null() || hook.value.as_list().is_some_and(<[Node]>::is_empty) {
        findings
            .report(
                &EMPTY_EVENT,
                hook.event.span,
                format!("the event `{}` has no scripts, so nothing runs", hook.event.text),
            )
            .help("remove the event, or indent its scripts below it")
            .fix_by(
                Applicability::Unsafe,
                "remove the event",
                edits::remove(&spec.document.file, spec.root, hook.event.span),
            );
    }
}

fn timeouts(hook: &Hook<'_>, findings: &mut Findings) {
    let (mut sum, mut unset) = (0_i64, 0_usize);
    for script in &hook.scripts {
        let Some(entry) = script.timeout else {
            unset += 1;
            continue;
        };
        match agent::timeout(&entry.value) {
            Timeout::Seconds(n) => sum = sum.saturating_add(n),
            Timeout::Differs(n) => {
                sum = sum.saturating_add(n);
                odd_timeout(&entry.value, n, findings);
            }
            Timeout::Default => unset += 1,
            Timeout::Refused => {
                let shown = entry.value.scalar_text().map_or_else(|| entry.value.describe(), |t| format!("`{t}`"));
                findings
                    .report(
                        &WRONG_TIMEOUT,
                        entry.value.span,
                        format!("`timeout` is a whole number of seconds above 0, not {shown}; the agent refuses the AppSpec at the first lifecycle event"),
                    )
                    .help("write for example `timeout: 300`");
            }
        }
    }
    if sum > LIMIT {
        let message = match hook.scripts.as_slice() {
            [_] => {
                format!("the script of `{}` may take {sum} seconds, but an event has {LIMIT} at most", hook.event.text)
            }
            _ => format!(
                "the timeouts of `{}` add up to {sum} seconds, but an event has {LIMIT} at most",
                hook.event.text
            ),
        };
        let found = findings.report(&EVENT_OVER_TIME_LIMIT, hook.event.span, message);
        found.help("lower the timeouts, or start what takes longer in the background and check on it later");
        for entry in hook.scripts.iter().filter_map(|s| s.timeout) {
            found.label(entry.value.span, "counts here");
        }
    } else if unset > 1 {
        let message = format!(
            "{unset} scripts of `{}` have no `timeout`, so each may take {LIMIT} seconds, which is what the whole event has",
            hook.event.text
        );
        let found = findings.report(&EVENT_OVER_TIME_LIMIT, hook.event.span, message);
        found.severity = Severity::Info;
        found.help("give each script a `timeout`");
    }
}

fn odd_timeout(node: &Node, seconds: i64, findings: &mut Findings) {
    let shown = node.scalar_text().unwrap_or_default();
    let quoted = matches!(node.style, Style::SingleQuoted | Style::DoubleQuoted);
    let what = if quoted {
        format!("the timeout `{shown}` is text")
    } else {
        format!("`{shown}` is no plain number of seconds")
    };
    let found = findings.report(
        &WRONG_TIMEOUT,
        node.span,
        format!("{what}: agents 1.x wait {seconds} seconds, agents 2.x refuse the AppSpec"),
    );
    found.severity = Severity::Warning;
    if quoted && shown.parse() == Ok(seconds) {
        found.help("remove the quotes");
        found.fix(Applicability::Safe, "remove the quotes", node.span, seconds.to_string());
        return;
    }
    let minutes =
        shown.strip_suffix('m').or_else(|| shown.strip_suffix("min")).and_then(|m| m.trim().parse::<i64>().ok());
    match minutes.and_then(|m| m.checked_mul(60)) {
        Some(meant) => {
            found.help(format!("write the seconds as a plain number: `{meant}`"));
            found.fix(Applicability::Unsafe, format!("write `{meant}`"), node.span, meant.to_string());
        }
        None => {
            found.help("write the seconds as a plain number, such as `300`");
        }
    }
}

fn location(spec: &AppSpec<'_>, script: &Script<'_>, findings: &mut Findings) {
    let Some(entry) = script.location else { return };
    let Some(path) = entry.value.as_str().filter(|p| !p.trim().is_empty()) else { return };
    let span = entry.value.span;
    let trimmed = path.trim();
    if let Some((file, rest)) = trimmed.split_once(char::is_whitespace) {
        let script_first = file.rsplit_once('.').is_some_and(|(_, e)| is_script_ending(e));
        let message = if script_first {
            format!(
                "`{}` is taken as part of the file name: a script gets no arguments, so it is not found",
                rest.trim()
            )
        } else {
            format!("`{trimmed}` holds a space: agents 1.x run `{file}` only")
        };
        findings.report(&LOCATION_NOT_A_PATH, span, message).help(if script_first {
            "write a small script that calls this one with its arguments, and name that"
        } else {
            "rename the script so that its path has no space"
        });
    } else if let Some(shell) = trimmed.find(['|', ';', '&', '$', '>', '<', '`', '*', '~']) {
        let sign = &trimmed[shell..shell + 1];
        findings
            .report(
                &LOCATION_NOT_A_PATH,
                span,
                format!("`{sign}` has no meaning in `location`: no shell reads it, so the script is not found"),
            )
            .help("name one script of the bundle and do the rest in it");
    } else if is_absolute(trimmed) {
        findings
            .report(
                &LOCATION_NOT_A_PATH,
                span,
                format!("`{trimmed}` is looked for inside the bundle, not at that place of the machine"),
            )
            .help("name a script of the bundle; to run a program of the machine, call it from one");
    } else if paths::leaves_bundle(trimmed) {
        findings
            .report(&LOCATION_NOT_A_PATH, span, format!("`{trimmed}` leads out of the bundle"))
            .help("put the script into the bundle");
    }
    script_ending(spec, trimmed, span, findings);
}

/// Whether a path is meant as one of the machine. One leading separator alone is common and ignored by the agent.
fn is_absolute(path: &str) -> bool {
    const ROOTS: &[&str] = &[
        "bin", "boot", "etc", "home", "lib", "mnt", "opt", "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr",
        "var",
    ];
    paths::has_drive(path) || path.starts_with('/') && paths::parts(path).first().is_some_and(|p| ROOTS.contains(p))
}

fn is_script_ending(ending: &str) -> bool {
    matches!(
        ending.to_ascii_lowercase().as_str(),
        "sh" | "bash" | "py" | "rb" | "pl" | "js" | "php" | "ps1" | "bat" | "cmd" | "exe"
    )
}

fn script_ending(spec: &AppSpec<'_>, path: &str, span: Span, findings: &mut Findings) {
    let file = path.split_whitespace().next().unwrap_or(path);
    let Some((_, ending)) = paths::base_name(file).and_then(|n| n.rsplit_once('.')) else { return };
    let ending = ending.to_ascii_lowercase();
    let message = match (spec.os(), ending.as_str()) {
        (Some(Os::Linux), "ps1" | "bat" | "cmd") => format!("a `.{ending}` script is for Windows, but `os` is `linux`"),
        (Some(Os::Windows), "sh" | "bash") => format!("a `.{ending}` script is for linux, but `os` is `windows`"),
        _ => return,
    };
    findings.report(&FOREIGN_SCRIPT, span, message).help("name a script that the machine can run, or correct `os`");
}

fn runas(spec: &AppSpec<'_>, script: &Script<'_>, findings: &mut Findings) {
    let Some(entry) = script.runas.filter(|e| !e.value.is_null()) else { return };
    if spec.os() == Some(Os::Windows) {
        findings
            .report(
                &RUNAS_ON_WINDOWS,
                entry.key.span,
                "`runas` is ignored on Windows; the script runs as the account of the agent",
            )
            .help("remove it");
    }
}

fn event_order(hooks: &[Hook<'_>], findings: &mut Findings) {
    let mut last: Option<(usize, &Hook<'_>)> = None;
    for hook in hooks {
        let Event::Open(place) = agent::event(Platform::Server, &hook.event.text) else { continue };
        if let Some((before, earlier)) = last.filter(|(before, _)| place < *before) {
            findings
                .report(
                    &EVENTS_OUT_OF_ORDER,
                    hook.event.span,
                    format!("`{}` is written below `{}` but runs before it", hook.event.text, earlier.event.text),
                )
                .help("the order in the file has no effect; write the events in the order they run, so that nobody is misled");
            last = Some((before, earlier));
        } else {
            last = Some((place, hook));
        }
    }
}
