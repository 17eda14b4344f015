//! Definitions of Step Functions, in a template and in the files that templates name: the ways from state to state.

use crate::bundle::Bundle;
use crate::bundle::code::{self, Local};
use crate::diagnostic::Applicability;
use crate::intrinsics::Intrinsic;
use crate::rule::suggest::nearest;
use crate::rule::{Check, Context, Crossed, Family, Rule, rule};
use crate::source::{SourceFile, Span};
use crate::states::{self, Fault, Problem};
use crate::syntax::Node;
use crate::template::Resource;
use std::collections::BTreeSet;

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &UNREADABLE,
        &START_UNKNOWN,
        &TARGET_UNKNOWN,
        &UNREACHABLE,
        &ENDLESS,
        &NEXT_AND_END,
        &TYPE_KEYS,
        &ALL_NOT_LAST,
        &LANGUAGE_MIX,
        &SUBSTITUTION,
        &TOKEN_LOST,
    ],
    checks: &[Check::Resource(TYPES, in_template), Check::Bundle(in_files)],
};

const TYPES: &[&str] = &["AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine"];

rule!(
    UNREADABLE,
    "state_machines" / "SF101",
    "definition-unreadable",
    Error,
    "The file of a state machine cannot be read"
);
rule!(
    START_UNKNOWN,
    "state_machines" / "SF102",
    "start-unknown",
    Error,
    "A state machine starts at a state that it does not have"
);
rule!(
    TARGET_UNKNOWN,
    "state_machines" / "SF103",
    "target-unknown",
    Error,
    "A state leads to one that the machine does not have"
);
rule!(UNREACHABLE, "state_machines" / "SF104", "state-unreachable", Error, "Nothing leads to a state");
rule!(ENDLESS, "state_machines" / "SF105", "no-terminal-state", Error, "No state ends the state machine");
rule!(NEXT_AND_END, "state_machines" / "SF106", "next-and-end", Error, "A state has both `Next` and `End`, or neither");
rule!(TYPE_KEYS, "state_machines" / "SF107", "state-type-keys", Error, "A state lacks what its type needs");
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
    "A state has a key of the other query language"
);
rule!(
    SUBSTITUTION,
    "state_machines" / "SF110",
    "substitution-unknown",
    Error,
    "A definition uses a substitution that the template does not give"
);
rule!(
    TOKEN_LOST,
    "state_machines" / "SF111",
    "task-token-lost",
    Warning,
    "A state waits for a token that it hands to nobody"
);

const REFUSED: &str = "so Step Functions refuses the definition";

/// What the schema of cfn-lint finds in a template as well.
fn has_twin(fault: &Fault) -> bool {
    matches!(fault, Fault::NextAndEnd(..) | Fault::Type(..) | Fault::Language(..))
}

fn in_template(resource: &Resource<'_>, cx: &mut Context<'_>) {
    if let Some(definition) = resource.property("Definition").filter(|n| states::is_machine(n)) {
        for problem in states::problems(definition).iter().filter(|p| !has_twin(&p.fault)) {
            let (rule, message, help) = words(problem);
            let found = cx.report(rule, problem.span, message);
            found.help(help);
        }
    }
    let Some(property) = resource.property("DefinitionString") else { return };
    let text = match property.as_call() {
        Some(call) if call.function == Intrinsic::Sub => {
            call.argument.as_list().and_then(<[Node]>::first).unwrap_or(&call.argument)
        }
        _ => property,
    };
    let Some(inside) = text.as_str() else { return };
    let tree = crate::syntax::read(&SourceFile::new("definition.json", inside));
    let Some(root) = tree.root.as_ref().filter(|r| tree.errors.is_empty() && states::is_machine(r)) else { return };
    for problem in states::problems(root).iter().filter(|p| !has_twin(&p.fault)) {
        let (rule, message, help) = words(problem);
        cx.report(rule, text.span, message).help(help);
    }
    let given = resource.property("DefinitionSubstitutions");
    if property.as_call().is_none()
        && let Some(given) = given.and_then(Node::as_map)
    {
        let known: Vec<&str> = given.iter().map(|e| &*e.key.text).collect();
        for (_, name) in substitutions(inside).into_iter().filter(|(_, n)| !known.contains(n)) {
            let (message, help) = not_given(name, &known);
            cx.report(&SUBSTITUTION, text.span, message).help(help);
        }
    }
}

fn in_files(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    let mut seen = BTreeSet::new();
    for template in &bundle.templates {
        for resource in template.view.resources.iter().filter(|r| r.kind().is_some_and(|k| TYPES.contains(&k))) {
            let named = resource.property("DefinitionUri").or_else(|| resource.property("DefinitionS3Location"));
            let Some(Local::There(path)) =
                named.and_then(code::local_path).map(|p| code::look(bundle, template.path, p))
            else {
                continue;
            };
            let Some(text) = bundle.folder.text(&path) else { continue };
            if seen.insert(path.clone()) {
                file(&path, &text, crossed);
            }
            let given = resource.property("DefinitionSubstitutions");
            let known: Option<Vec<&str>> = match given {
                None => Some(Vec::new()),
                Some(node) => node.as_map().map(|m| m.iter().map(|e| &*e.key.text).collect()),
            };
            let Some(known) = known.filter(|k| !k.iter().any(|n| n.starts_with("Fn::"))) else { continue };
            let mut said = BTreeSet::new();
            for (span, name) in substitutions(&text.file.text) {
                if !known.contains(&name) && said.insert(name) {
                    let (message, help) = not_given(name, &known);
                    crossed.report(&SUBSTITUTION, &path, span, message).help(help);
                }
            }
        }
    }
}

fn file(path: &str, text: &crate::bundle::folder::Text, crossed: &mut Crossed) {
    let tree = text.tree();
    if let Some(error) = tree.errors.first() {
        // A substitution outside quotes is filled in before anybody reads the text.
        if text.file.text.contains("${") {
            return;
        }
        let message = format!("the definition cannot be read: {}", error.message);
        crossed
            .report(&UNREADABLE, path, error.span, message)
            .help("the deployment fails when the state machine is made");
        return;
    }
    let Some(root) = tree.root.as_ref().filter(|r| states::is_machine(r)) else { return };
    for problem in states::problems(root) {
        let (rule, message, help) = words(&problem);
        let found = crossed.report(rule, path, problem.span, message);
        found.help(help);
        if let Fault::Start(name) | Fault::Target(_, name) = &problem.fault
            && let Some(near) = nearest(name, problem.names.iter().map(String::as_str))
        {
            let quoted = text.file.slice(problem.span).starts_with('"');
            let new = if quoted { format!("\"{near}\"") } else { near.to_owned() };
            found.fix(Applicability::Unsafe, format!("write `{near}`"), problem.span, new);
        }
    }
}

/// The rule, the message and the advice for a problem.
fn words(problem: &Problem) -> (&'static Rule, String, String) {
    let near = |name: &str| match nearest(name, problem.names.iter().map(String::as_str)) {
        Some(near) => format!("Did you mean `{near}`?"),
        None => "Write the name of a state of the same machine.".to_owned(),
    };
    match &problem.fault {
        Fault::Start(name) => {
            (&START_UNKNOWN, format!("there is no state `{name}` to start at, {REFUSED}"), near(name))
        }
        Fault::Target(key, name) => (
            &TARGET_UNKNOWN,
            format!("`{key}` names `{name}`, which is no state of this machine, {REFUSED}"),
            near(name),
        ),
        Fault::Unreachable(name) => (
            &UNREACHABLE,
            format!("nothing leads to the state `{name}`, {REFUSED}"),
            "Let a `Next`, `Default` or `Catch` name it, or remove it.".to_owned(),
        ),
        Fault::Endless => (
            &ENDLESS,
            format!("no state ends the machine, {REFUSED}"),
            "Write `End: true` in the last state, or let it be of type `Succeed` or `Fail`.".to_owned(),
        ),
        Fault::NextAndEnd(name, true) => (
            &NEXT_AND_END,
            format!("the state `{name}` has both `Next` and `End`, {REFUSED}"),
            "Keep the one that is meant.".to_owned(),
        ),
        Fault::NextAndEnd(name, false) => (
            &NEXT_AND_END,
            format!("the state `{name}` says neither `Next` nor `End`, {REFUSED}"),
            "Add `Next` with the state that follows, or `\"End\": true`.".to_owned(),
        ),
        Fault::Type(name, what) => (
            &TYPE_KEYS,
            format!("the state `{name}` lacks {what}, {REFUSED}"),
            "Add it, or choose another type.".to_owned(),
        ),
        Fault::All(key) => (
            &ALL_NOT_LAST,
            format!("in `{key}` the error `States.ALL` stands alone and in the last entry, {REFUSED}"),
            "It stands for every error: give it an entry of its own behind the others.".to_owned(),
        ),
        Fault::Language(name, key, language) => (
            &LANGUAGE_MIX,
            format!("the state `{name}` works with {language}, which has no `{key}`, {REFUSED}"),
            "Set `QueryLanguage`, or use the keys of this language.".to_owned(),
        ),
        Fault::Token(name) => (
            &TOKEN_LOST,
            format!(
                "the state `{name}` waits for a task token that it hands to nobody, so it waits until it times out"
            ),
            "Pass `$$.Task.Token` in `Parameters` (`$states.context.Task.Token` in `Arguments`).".to_owned(),
        ),
    }
}

fn not_given(name: &str, known: &[&str]) -> (String, String) {
    let message =
        format!("`DefinitionSubstitutions` gives no `{name}`, so the text stays as it is and {}", &REFUSED[3..]);
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("Did you mean `{near}`?"),
        None => format!("Add `{name}` to `DefinitionSubstitutions` of the state machine."),
    };
    (message, help)
}

/// The names in `${...}` with their places.
fn substitutions(text: &str) -> Vec<(Span, &str)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("${") {
        let Some((name, _)) = text[at + 2..].split_once('}') else { continue };
        if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
            found.push((Span::new(at, at + name.len() + 3), name));
        }
    }
    found
}
