use super::*;
use crate::document::{Document, DocumentKind};
use crate::source::SourceFile;

fn document(text: &str) -> Document {
    let file = SourceFile::new("t.yaml", text);
    let tree = crate::syntax::read(&file);
    Document::new(file, DocumentKind::Template, tree)
}

fn with<R>(text: &str, ask: impl FnOnce(&Conditions<'_>) -> R) -> R {
    let document = document(text);
    let template = Template::read(document.root().unwrap());
    ask(&Conditions::new(&template))
}

const BASIC: &str = r#"
Parameters:
  Env: {Type: String, AllowedValues: [dev, test, prod]}
  Name: {Type: String, Default: ''}
Mappings:
  M:
    a: {big: 'true'}
    b: {big: 'false'}
Conditions:
  IsDev: !Equals [!Ref Env, dev]
  IsTest: !Equals [!Ref Env, test]
  IsProd: !Equals [prod, !Ref Env]
  Never: !Equals [!Ref Env, nowhere]
  HasName: !Not [!Equals [!Ref Name, '']]
  NoName: !Equals [!Sub '${Name}', '']
  Both: !And [!Condition IsProd, Condition: HasName]
  Any: !Or [!Condition IsProd, !Condition HasName]
  Big: !Equals [!FindInMap [M, !Ref Name, big], 'true']
  IsA: !Equals [!Ref Name, a]
"#;

#[test]
fn pins_hold_together_or_contradict() {
    with(BASIC, |c| {
        let none = Pins::none();
        let prod = c.pin(&none, "IsProd", true).unwrap();
        assert!(c.pin(&prod, "IsDev", true).is_none());
        assert!(c.pin(&prod, "IsProd", false).is_none());
        assert!(c.pin(&prod, "Undefined", false).is_some());
        assert!(c.pin(&none, "Never", true).is_none());
        let not_dev = c.pin(&none, "IsDev", false).unwrap();
        let not_both = c.pin(&not_dev, "IsTest", false).unwrap();
        assert_eq!(c.implies(&not_both, "IsProd", true), Answer::Yes);
        assert_eq!(c.implies(&not_dev, "IsProd", true), Answer::No);
        let both = c.pin(&none, "Both", true).unwrap();
        assert_eq!(c.implies(&both, "Any", true), Answer::Yes);
        assert_eq!(c.implies(&both, "IsDev", false), Answer::Yes);
        let big = c.pin(&none, "Big", true).unwrap();
        assert_eq!(c.implies(&big, "IsA", true), Answer::Yes);
        assert_eq!(c.implies(&big, "HasName", true), Answer::Yes);
    });
}

#[test]
fn assumptions_do_not_decide_what_is_reachable() {
    with(BASIC, |c| {
        let assumed = c.assume(&Pins::none(), "IsProd", true).unwrap();
        assert_eq!(c.reachable(&assumed, "IsDev", true), Answer::Yes);
        let fact = c.pin(&Pins::none(), "IsProd", true).unwrap();
        assert_eq!(c.reachable(&fact, "IsDev", true), Answer::No);
    });
}

#[test]
fn parameter_values_decide_conditions() {
    with(BASIC, |c| {
        let named = c.pin(&Pins::none(), "HasName", true).unwrap();
        assert_eq!(c.satisfiable_with(&named, &[], &[("Name", "")]), Answer::No);
        assert_eq!(c.satisfiable_with(&named, &[], &[("Name", "x")]), Answer::Yes);
        assert_eq!(c.satisfiable_with(&Pins::none(), &[("NoName", true)], &[("Name", "x")]), Answer::No);
        assert_eq!(c.satisfiable_with(&Pins::none(), &[("IsDev", true)], &[("Env", "prod")]), Answer::No);
    });
}

#[test]
fn scenarios_are_listed_in_order() {
    with(BASIC, |c| {
        let found = c.scenarios(&Pins::none(), &["IsDev", "IsTest", "Undefined"]);
        let flat: Vec<Vec<bool>> = found.list.iter().map(|s| s.iter().map(|x| x.1).collect()).collect();
        assert_eq!(flat, [vec![true, false], vec![false, true], vec![false, false]]);
        assert!(found.complete);
    });
}

#[test]
fn rules_and_regions_and_two_references() {
    let text = r#"
Parameters: {A: {Type: String}, B: {Type: String}, C: {Type: String}}
Rules:
  R:
    RuleCondition: !Equals [!Ref A, x]
    Assertions: [{Assert: !Contains [[p, q], !Ref B]}]
Conditions:
  Ax: !Equals [!Ref A, x]
  Bp: !Equals [!Ref B, p]
  Bq: !Equals [!Ref B, q]
  Bz: !Equals [!Ref B, z]
  Same: !Equals [!Ref B, !Ref C]
  Cp: !Equals [!Ref C, p]
  Us: !Equals [!Ref AWS::Region, us-east-1]
  China: !Equals [!Ref AWS::Partition, aws-cn]
  Loop: !Not [!Condition Loop]
"#;
    with(text, |c| {
        let ax = c.pin(&Pins::none(), "Ax", true).unwrap();
        let not_p = c.pin(&ax, "Bp", false).unwrap();
        assert_eq!(c.implies(&not_p, "Bq", true), Answer::Yes);
        assert_eq!(c.implies(&ax, "Bz", false), Answer::Yes);
        let same = c.pin(&Pins::none(), "Same", true).unwrap();
        let same = c.pin(&same, "Bp", true).unwrap();
        assert_eq!(c.implies(&same, "Cp", true), Answer::Yes);
        assert_eq!(c.possible_in_region("Us", true, "eu-west-1"), Answer::No);
        assert_eq!(c.possible_in_region("Us", true, "us-east-1"), Answer::Yes);
        assert_eq!(c.possible_in_region("China", true, "eu-west-1"), Answer::No);
        assert!(c.pin(&Pins::none(), "Loop", true).is_some());
    });
}

#[test]
fn many_conditions_stay_within_the_budget() {
    let mut text = String::from("Parameters:\n");
    for p in 0..40 {
        text.push_str(&format!("  P{p}: {{Type: String, AllowedValues: [a, b, c]}}\n"));
    }
    text.push_str("Conditions:\n");
    for i in 0..190 {
        let (p, q) = (i % 40, (i * 7 + 3) % 40);
        let value = ["a", "b", "c"][i % 3];
        if i < 80 {
            text.push_str(&format!("  C{i}: !Equals [!Ref P{p}, {value}]\n"));
        } else {
            let (x, y) = (i - 80 + q % 3, (i * 13) % 80);
            text.push_str(&format!("  C{i}: !Or [!And [!Condition C{x}, !Not [!Condition C{y}]], !Condition C{q}]\n"));
        }
    }
    with(&text, |c| {
        let mut pins = Pins::none();
        for i in 80..190 {
            let name = format!("C{i}");
            if let Some(next) = c.pin(&pins, &name, i % 2 == 0) {
                pins = next;
            }
        }
        let names: Vec<String> = (0..190).map(|i| format!("C{i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let found = c.scenarios(&Pins::none(), &names);
        assert_eq!(found.list.len(), MAX_SCENARIOS);
        assert!(!found.complete);
        assert!(c.steps.get() <= TEMPLATE_STEPS + QUESTION_STEPS, "{}", c.steps.get());
    });
}

#[test]
fn long_chains_are_walked_once() {
    let mut text = String::from("Parameters: {P: {Type: String}}\nConditions:\n  C0: !Equals [!Ref P, a]\n");
    for i in 1..5000 {
        let before = i - 1;
        text.push_str(&format!("  C{i}: !And [!Condition C{before}, !Or [!Condition C{before}, !Condition C0]]\n"));
    }
    with(&text, |c| {
        let pins = c.pin(&Pins::none(), "C41", true).unwrap();
        assert_eq!(c.implies(&pins, "C0", true), Answer::Yes);
        assert!(c.pin(&pins, "C4999", true).is_some());
        assert!(c.steps.get() < 300_000, "{}", c.steps.get());
    });
}
