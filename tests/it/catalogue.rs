//! Whoever comes from cfn-lint finds every one of its ids: as a rule, or accepted without one.

use stacklens::rules::{self, accepted};

#[test]
fn every_id_is_a_rule_or_accepted() {
    let ids = include_str!("catalogue.txt").lines().filter(|line| !line.starts_with('#'));
    let mut wrong = Vec::new();
    for id in ids.flat_map(str::split_whitespace) {
        if rules::find(id).is_some() == accepted::instead_of(id).is_some() {
            wrong.push(id);
        }
    }
    assert!(wrong.is_empty(), "neither a rule nor accepted, or both: {wrong:?}");
}

#[test]
fn the_ids_without_a_rule_are_sorted_and_known() {
    let ids: Vec<&str> = accepted::WITHOUT_RULE.iter().map(|entry| entry.0).collect();
    assert!(ids.is_sorted());
    for id in ids {
        assert!(include_str!("catalogue.txt").contains(id), "{id}");
    }
}
