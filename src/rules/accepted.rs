//! Ids of cfn-lint for which there is no rule here. They may stand in configuration and suppressions all the same, so that
//! what was written for cfn-lint can be used as it is.

/// (id, what there is instead), sorted by id.
pub static WITHOUT_RULE: &[(&str, &str)] = &[
    ("E0002", "a fault of the program itself ends the run with exit code 2"),
    ("E0003", "configuration that cannot be read ends the run with exit code 2"),
    ("E0100", "deployment files of Git sync are not read"),
    ("E0200", "a parameter file that cannot be read ends the run with exit code 2"),
    ("E1052", "cfn-lint never reports it"),
    ("E1101", "cfn-lint reports it only for faults of its own"),
    ("E1103", "the rule of the property reports a wrong format"),
    ("E2003", "E2001 reports names of parameters"),
    ("E2010", "CloudFormation no longer has the limit"),
    ("E3008", "the rule of the item reports what is wrong with it"),
    ("E3011", "E3001 reports names of resources"),
    ("E3040", "cfn-lint never reports it"),
    ("E6004", "E6001 reports names of outputs"),
    ("E8002", "cfn-lint never reports it"),
    ("E8007", "E8001 and E1701 report conditions that do not exist"),
    ("I2010", "CloudFormation no longer has the limit"),
    ("I2011", "E2011 reports names that are too long"),
    ("I7002", "E7002 reports names that are too long"),
    ("W1019", "cfn-lint never reports it"),
    ("W1040", "E1031 reports what `Fn::ToJsonString` gives"),
    ("W2030", "W1030 reports values of parameters"),
    ("W2031", "W1030 reports values of parameters"),
    ("W3034", "W1030 reports values of parameters"),
];

/// What there is instead of a rule of this id; `None` when the id is not known, or has a rule.
pub fn instead_of(id: &str) -> Option<&'static str> {
    let at = WITHOUT_RULE.binary_search_by_key(&id, |entry| entry.0).ok()?;
    WITHOUT_RULE.get(at).map(|entry| entry.1)
}
