//! Definitions of Step Functions, in templates and in files of their own.
//!
//! Each fault belongs to one rule. Inside a template what the shape of a definition shows (`Problem::shape`) is the matter
//! of the rule on malformed definitions, wherever that rule looks; these rules say the rest. Of a file, which no other
//! rule reads, they say everything.

mod files;
mod roles;
mod templates;

use crate::diagnostic::{Applicability, Diagnostic, Severity};
use crate::rule::edits;
use crate::rule::suggest::nearest;
use crate::rule::{Check, Family, Rule, rule};
use crate::source::{SourceFile, Span};
use crate::states::{Fault, Language, MAX_NAME, Pattern, Problem};
use crate::syntax::Node;

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &UNREADABLE,
        &START_UNKNOWN,
        &TARGET_UNKNOWN,
        &UNREACHABLE,
        &ENDLESS,
        &WAY_ON,
        &TYPE_KEYS,
        &ALL_NOT_LAST,
        &LANGUAGE_MIX,
        &SUBSTITUTION,
        &TOKEN_LOST,
        &EVENTS_PERMISSION,
        &INTEGRATION,
        &CHOICE_RULE,
        &STATE_NAME,
        &WAITING,
    ],
    checks: &[Check::Template(templates::check), Check::Document(files::document), Check::Bundle(files::bundle)],
};

/// The resources that are state machines.
const TYPES: &[&str] = &["AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine"];

rule!(
    UNREADABLE,
    "state_machines" / "SF101",
    "definition-unreadable",
    Error,
    "the definition of a state machine cannot be read"
);
rule!(
    START_UNKNOWN,
    "state_machines" / "SF102",
    "start-unknown",
    Error,
    "a state machine starts at a state that it does not have"
);
rule!(
    TARGET_UNKNOWN,
    "state_machines" / "SF103",
    "target-unknown",
    Error,
    "a state leads to one that the machine does not have"
);
rule!(UNREACHABLE, "state_machines" / "SF104", "state-unreachable", Error, "nothing leads to a state");
rule!(ENDLESS, "state_machines" / "SF105", "no-terminal-state", Error, "no state ends the state machine");
rule!(WAY_ON, "state_machines" / "SF106", "next-and-end", Error, "a state has both `Next` and `End`, or neither");
rule!(
    TYPE_KEYS,
    "state_machines" / "SF107",
    "state-type-keys",
    Error,
    "a state lacks what its type needs, or has what it does not know"
);
rule!(
    ALL_NOT_LAST,
    "state_machines" / "SF108",
    "states-all-not-last",
    Error,
    "`States.ALL` stands beside other errors or before the last entry"
);
rule!(
    LANGUAGE_MIX,
    "state_machines" / "SF109",
    "query-language-mix",
    Error,
    "a state has a part in the other query language"
);
rule!(
    SUBSTITUTION,
    "state_machines" / "SF110",
    "substitution-unknown",
    Error,
    "a definition and the substitutions of its template do not meet"
);
rule!(
    TOKEN_LOST,
    "state_machines" / "SF111",
    "task-token-lost",
    Warning,
    "a state waits for a token that it hands to nobody"
);
rule!(
    EVENTS_PERMISSION,
    "state_machines" / "SF112",
    "events-permission-missing",
    Error,
    "a state machine waits for jobs without the permission to learn that they are done"
);
rule!(
    INTEGRATION,
    "state_machines" / "SF120",
    "integration-unknown",
    Error,
    "a task calls a service in a way that there is not"
);
rule!(CHOICE_RULE, "state_machines" / "SF121", "choice-rule", Error, "a rule of a choice is not complete");
rule!(STATE_NAME, "state_machines" / "SF122", "state-name", Error, "a name of a state stands twice or is too long");
rule!(
    WAITING,
    "state_machines" / "SF123",
    "task-waiting",
    Error,
    "the times that a task may take do not go together, or nothing limits them"
);

const REFUSED: &str = "so Step Functions refuses the definition";

/// A rule, a message and advice.
struct Words {
    rule: &'static Rule,
    severity: Severity,
    message: String,
    help: String,
}

fn error(rule: &'static Rule, message: String, help: impl Into<String>) -> Words {
    Words { rule, severity: Severity::Error, message, help: help.into() }
}

fn words(problem: &Problem) -> Words {
    match &problem.fault {
        Fault::Start(_) | Fault::Target(..) | Fault::Unreachable(_) | Fault::Endless => way_words(problem),
        Fault::NextAndEnd(_) | Fault::NoWayOn(_) | Fault::WayNotAllowed(..) => way_words(problem),
        Fault::OtherLanguage(..) | Fault::ExpressionIsText(_) | Fault::PathKeyIsText(..) => language_words(problem),
        Fault::LanguageUnknown(message) => error(
            &LANGUAGE_MIX,
            format!("{message}, {REFUSED}"),
            "Use one of the two languages, the outer one decides.",
        ),
        fault => other_words(fault),
    }
}

fn way_words(problem: &Problem) -> Words {
    let near = || match &problem.near {
        Some(near) => format!("Did you mean `{near}`?"),
        None => "Write the name of a state of the same machine; branches and iterations are machines of their own."
            .to_owned(),
    };
    match &problem.fault {
        Fault::Start(name) => {
            error(&START_UNKNOWN, format!("there is no state `{name}` to start at, {REFUSED}"), near())
        }
        Fault::Target(key, name) => error(
            &TARGET_UNKNOWN,
            format!("`{key}` names `{name}`, which is no state of this machine, {REFUSED}"),
            near(),
        ),
        Fault::Unreachable(name) => error(
            &UNREACHABLE,
            format!("nothing leads to the state `{name}`, {REFUSED}"),
            "Let a `Next`, `Default` or `Catch` name it, or remove it.",
        ),
        Fault::NextAndEnd(name) => error(
            &WAY_ON,
            format!("the state `{name}` has both `Next` and `End`, {REFUSED}"),
            "Keep the one that is meant.",
        ),
        Fault::NoWayOn(name) => error(
            &WAY_ON,
            format!("the state `{name}` says neither `Next` nor `End`, {REFUSED}"),
            "Add `Next` with the state that follows, or `\"End\": true`.",
        ),
        Fault::WayNotAllowed(name, kind, key) => error(
            &WAY_ON,
            format!("the state `{name}` is of type `{kind}`, which has no `{key}`, {REFUSED}"),
            match kind.as_str() {
                "Choice" => "Its rules name the next state; `Default` names the one for everything else.",
                _ => "Remove it: the machine ends here.",
            },
        ),
        _ => error(
            &ENDLESS,
            format!("no state ends the machine, {REFUSED}"),
            "Write `\"End\": true` in the last state, or let it be of type `Succeed` or `Fail`.",
        ),
    }
}

fn language_words(problem: &Problem) -> Words {
    match &problem.fault {
        Fault::OtherLanguage(who, key, language) => {
            let help = match language {
                Language::Jsonata => "In JSONata `Arguments` says what goes in and `Output` what comes out.",
                Language::JsonPath => "Set `\"QueryLanguage\": \"JSONata\"`, or use `Parameters` and `ResultSelector`.",
            };
            let language = language.as_str();
            error(&LANGUAGE_MIX, format!("{who} works with {language}, which has no `{key}`, {REFUSED}"), help)
        }
        Fault::PathKeyIsText(who, key) => Words {
            severity: Severity::Warning,
            ..error(
                &LANGUAGE_MIX,
                format!("{who} works with JSONata, in which `{key}` is a name like any other and no path is looked up"),
                format!(
                    "Write `{}` with an expression: `\"{{% $states.input... %}}\"`.",
                    key.strip_suffix(".$").unwrap_or(key)
                ),
            )
        },
        Fault::ExpressionIsText(who) => Words {
            severity: Severity::Warning,
            ..error(
                &LANGUAGE_MIX,
                format!("{who} works with JSONPath, so the expression is handed on as text"),
                "Set `\"QueryLanguage\": \"JSONata\"` in this state or for the whole machine.",
            )
        },
        fault => other_words(fault),
    }
}

fn other_words(fault: &Fault) -> Words {
    match fault {
        Fault::Missing(who, what) => {
            error(&TYPE_KEYS, format!("{who} lacks {what}, {REFUSED}"), "Add it, or choose another type of state.")
        }
        Fault::KeyUnknown(who, key) => {
            error(&TYPE_KEYS, format!("{who} has a key `{key}` that there is not, {REFUSED}"), "Remove it.")
        }
        Fault::Exclusive(who, one, other) => {
            error(&TYPE_KEYS, format!("{who} has both `{one}` and `{other}`, {REFUSED}"), "Keep the one that is meant.")
        }
        Fault::TypeUnknown(name, kind) => error(
            &TYPE_KEYS,
            format!("the state `{name}` is of type `{kind}`, which there is not, {REFUSED}"),
            "The types are Task, Pass, Choice, Wait, Succeed, Fail, Parallel and Map.",
        ),
        Fault::Value(who, key, what) => {
            error(&TYPE_KEYS, format!("`{key}` of {who} must be {what}, {REFUSED}"), "Correct the value.")
        }
        Fault::AllNotLast(key) => error(
            &ALL_NOT_LAST,
            format!("in `{key}` the error `States.ALL` stands alone and in the last entry, {REFUSED}"),
            "It stands for every error: give it an entry of its own behind the others.",
        ),
        Fault::Choice(message) => error(
            &CHOICE_RULE,
            format!("{message}, {REFUSED}"),
            "A rule is a `Variable`, one comparison and a `Next`; in JSONata a `Condition` and a `Next`.",
        ),
        Fault::NameTwice(name) => error(
            &STATE_NAME,
            format!("two states of this definition are called `{name}`, {REFUSED}"),
            "Give one of them another name: names are unique in the whole definition, also in branches.",
        ),
        Fault::NameLong(length) => error(
            &STATE_NAME,
            format!("the name of the state has {length} characters, more than {MAX_NAME}, {REFUSED}"),
            "Shorten it and every `Next` that leads here.",
        ),
        Fault::Heartbeat(beat, all) => error(
            &WAITING,
            format!("`HeartbeatSeconds` is {beat}, not less than `TimeoutSeconds`, {all}, {REFUSED}"),
            "Let the heartbeat be due more often than the whole task.",
        ),
        Fault::WaitsForYears(name) => Words {
            severity: Severity::Info,
            ..error(
                &WAITING,
                format!(
                    "nothing limits how long the state `{name}` waits, so a lost answer holds the execution for a year"
                ),
                "Set `HeartbeatSeconds` or `TimeoutSeconds`.",
            )
        },
        Fault::TokenLost(name) => Words {
            severity: Severity::Warning,
            ..error(
                &TOKEN_LOST,
                format!(
                    "the state `{name}` waits for a task token that it hands to nobody, so it waits until it times out"
                ),
                "Pass `$$.Task.Token` in `Parameters` (`$states.context.Task.Token` in `Arguments`).",
            )
        },
        Fault::PatternUnsupported(service, pattern, instead) => error(
            &INTEGRATION,
            format!("a task cannot call `{service}` with `{}`, {REFUSED}", pattern.as_str()),
            match pattern {
                Pattern::Sync => format!("The call has no job to wait for; there is {instead}."),
                _ => format!("There is {instead}."),
            },
        ),
        Fault::IntegrationUnknown(text) => {
            error(&INTEGRATION, format!("`{text}` is no call that Step Functions knows, {REFUSED}"), "Correct the ARN.")
        }
        // Every other fault has its words above.
        _ => error(&TYPE_KEYS, format!("the definition is malformed, {REFUSED}"), "Correct the definition."),
    }
}

/// Puts a problem into a finding: advice, second place, fix. `root` is the definition when it is the whole file.
fn describe(found: &mut Diagnostic, problem: &Problem, words: Words, file: &SourceFile, root: Option<&Node>) {
    found.severity = words.severity;
    found.help(match (&problem.near, &problem.fault) {
        (Some(near), f) if !matches!(f, Fault::PatternUnsupported(..)) => format!("Did you mean `{near}`?"),
        _ => words.help,
    });
    if let Some(other) = problem.other {
        found.label(other, "the other one");
    }
    match (&problem.near, &problem.fault) {
        (Some(near), _) => {
            if let Some(span) = inside_quotes(file, problem.span) {
                found.fix(Applicability::Unsafe, format!("write `{near}`"), span, near.clone());
            }
        }
        (None, Fault::WayNotAllowed(_, _, key)) => {
            let edits = root.and_then(|root| edits::remove(file, root, problem.span));
            found.fix_by(Applicability::Unsafe, format!("remove `{key}`"), edits);
        }
        _ => {}
    }
}

/// The place of a word without what quotes it; `None` when that is no single word.
fn inside_quotes(file: &SourceFile, span: Span) -> Option<Span> {
    let text = file.slice(span);
    let inner = text.trim_matches(['"', '\'', '\\']);
    if inner.is_empty() || inner.contains(['{', '\n', '"']) {
        return None;
    }
    let start = span.start as usize + text.find(inner)?;
    Some(Span::new(start, start + inner.len()))
}

/// Message and advice on a substitution that nobody gives.
fn not_given(name: &str, known: &[&str]) -> (String, String) {
    let message =
        format!("`DefinitionSubstitutions` gives no `{name}`, so the text stays as it is and {}", &REFUSED[3..]);
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("Did you mean `{near}`?"),
        None => format!("Add `{name}` to `DefinitionSubstitutions` of the state machine."),
    };
    (message, help)
}
