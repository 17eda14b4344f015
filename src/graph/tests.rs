use super::*;
use crate::document::{Document, DocumentKind};

fn with<R>(text: &str, ask: impl FnOnce(&Graph<'_>, &Conditions<'_>) -> R) -> R {
    let file = SourceFile::new("t.yaml", text);
    let tree = crate::syntax::read(&file);
    let document = Document::new(file, DocumentKind::Template, tree);
    let template = Template::read(document.root().unwrap());
    ask(&Graph::build(&document.file, &template), &Conditions::new(&template))
}

fn loops(text: &str) -> Vec<String> {
    with(text, |g, c| {
        let one = |l: &Vec<Dependency<'_, '_>>| l.iter().map(|d| d.from.name).collect::<Vec<_>>().join(">");
        g.loops(c).iter().map(one).collect()
    })
}

#[test]
fn loops_are_whole_and_possible() {
    let text = r#"
Parameters: {P: {Type: String}}
Conditions: {C: !Equals [!Ref P, a]}
Resources:
  C: {Type: X, DependsOn: A}
  A: {Type: X, Properties: {V: !GetAtt B.Arn}}
  B: {Type: X, Properties: {V: !Sub 'x-${C}-${P}'}}
  Self: {Type: X, Properties: {V: [!Ref Self]}}
  D: {Type: X, Properties: {V: !If [C, !Ref E, x]}}
  E: {Type: X, Properties: {V: !If [C, x, !Ref D]}}
"#;
    assert_eq!(loops(text), ["C>A>B", "Self"]);
    with(text, |g, c| {
        let found = g.loops(c);
        let said: Vec<_> = found[0].iter().map(|d| (d.edge.cause, d.edge.property())).collect();
        let v = "Properties.V".to_owned();
        let depends = (Cause::DependsOn, "DependsOn".to_owned());
        assert_eq!(said, [depends, (Cause::GetAtt, v.clone()), (Cause::SubRef, v)]);
        let waves: Vec<Vec<&str>> = g.waves().iter().map(|w| w.iter().map(|i| i.name).collect()).collect();
        assert!(waves.is_empty());
        assert_eq!(g.needed_by(ItemKind::Resource, "C").len(), 1);
        assert_eq!(g.needs(ItemKind::Resource, "B").len(), 2);
    });
}

#[test]
fn waves_follow_the_needs() {
    let text =
        "Resources:\n  A: {Type: X, DependsOn: [B, C]}\n  B: {Type: X, DependsOn: C}\n  C: {Type: X}\n  D: {Type: X}\n";
    with(text, |g, _| {
        let waves: Vec<Vec<&str>> = g.waves().iter().map(|w| w.iter().map(|i| i.name).collect()).collect();
        assert_eq!(waves, [vec!["C", "D"], vec!["B"], vec!["A"]]);
    });
}

#[test]
fn only_references_that_are_always_there_make_depends_on_redundant() {
    let text = r#"
Conditions: {C: !Equals [!Ref 'AWS::Region', a]}
Resources:
  A: {Type: X, DependsOn: [B, D], Properties: {V: !Ref B, W: !If [C, !Ref D, x]}}
  E: {Type: X, Condition: C, DependsOn: D, Properties: {W: !If [C, !Ref D, x]}}
  B: {Type: X}
  D: {Type: X}
"#;
    with(text, |g, c| {
        let found: Vec<_> = g.redundant_depends_on(c).iter().map(|(d, _)| (d.from.name, d.to.name)).collect();
        assert_eq!(found, [("A", "B"), ("E", "D")]);
    });
}

#[test]
fn large_templates_are_linear() {
    let mut text = String::from("Resources:\n");
    for i in 0..25_000 {
        let next = i + 1;
        text.push_str(&format!("  R{i}: {{Type: X, Properties: {{V: !Ref R{next}}}}}\n"));
    }
    text.push_str("  R25000: {Type: X, DependsOn: R0}\n");
    with(&text, |g, c| {
        assert_eq!(g.loops(c)[0].len(), 25_001);
    });
    let mut dense = String::from("Resources:\n");
    for i in 0..500 {
        let all: Vec<String> = (0..500).filter(|j| *j != i).map(|j| format!("R{j}")).collect();
        dense.push_str(&format!("  R{i}: {{Type: X, DependsOn: [{}]}}\n", all.join(", ")));
    }
    with(&dense, |g, c| {
        assert!(g.loops(c).len() >= 250);
        assert!(g.redundant_depends_on(c).is_empty());
    });
}
