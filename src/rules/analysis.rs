//! What was left undecided because it would have been too much work.

use crate::rule::{Check, Context, Family, rule};

rule!(
    ANALYSIS_INCOMPLETE,
    "analysis" / "SL010",
    "analysis-incomplete",
    Info,
    "some values or conditions were too many to be worked out",
    [Check::After(analysis_incomplete)]
);

/// The family.
pub static FAMILY: Family = Family { rules: &[&ANALYSIS_INCOMPLETE], checks: &[] };

/// Places that are named; the rest is counted.
const NAMED: usize = 5;

fn analysis_incomplete(cx: &mut Context<'_>) {
    // Only what the rules asked for: nothing is worked out for this finding.
    let Some(resolver) = cx.cells.resolver.get() else { return };
    let mut places = resolver.over_budget();
    places.sort();
    places.dedup();
    let conditions = resolver.conditions.gave_up();
    let section = cx.template.root.entry("Conditions").map(|e| e.key.span);
    let Some(first) = places.first().copied().or(section.filter(|_| conditions)) else { return };
    let mut undecided = Vec::new();
    match places.len() {
        0 => {}
        1 => undecided.push("the values of this expression".to_owned()),
        n => undecided.push(format!("the values of {n} expressions")),
    }
    if conditions {
        undecided.push("which conditions can hold together".to_owned());
    }
    let message = format!("not decided, for there are too many possibilities: {}", undecided.join(" and "));
    let named: Vec<_> = places.iter().skip(1).take(NAMED).copied().collect();
    let d = cx.report(&ANALYSIS_INCOMPLETE, first, message);
    for span in named {
        d.label(span, "its values were not worked out either");
    }
    d.help("Nothing is reported about what is not decided. `--parameter-overrides` leaves fewer possibilities.");
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Diagnostic;
    use crate::document::{Document, DocumentKind};
    use crate::rule::Options;
    use crate::source::SourceFile;

    fn findings(text: String) -> Vec<Diagnostic> {
        let file = SourceFile::new("t.yaml", text);
        let tree = crate::syntax::read(&file);
        let document = Document::new(file, DocumentKind::Template, tree);
        let mut found = crate::engine::check(&document, &Options::default());
        found.retain(|d| d.rule.id == "SL010");
        found
    }

    #[test]
    fn one_sub_over_five_parameters_of_eight_values() {
        let mut text = String::from("Parameters:\n");
        for name in ["A", "B", "C", "D", "E"] {
            text += &format!("  {name}: {{Type: String, AllowedValues: [a, b, c, d, e, f, g, h]}}\n");
        }
        text += "Resources:\n  T:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: !Sub '${A}${B}${C}${D}${E}'\n";
        let found = findings(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("the values of this expression"));
    }

    #[test]
    fn nothing_is_said_of_what_is_decided() {
        let text =
            "Resources:\n  T:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: !Sub '${AWS::Region}'\n";
        assert!(findings(text.to_owned()).is_empty());
    }
}
