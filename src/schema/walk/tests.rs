//! The walk over small templates: which lines break which fact, and above all what is not decided.

use super::{Kind, Manner, Surroundings, Violation, resource};
use crate::document::{Document, DocumentKind};
use crate::resolve::Resolver;
use crate::schema::store;
use crate::source::SourceFile;
use crate::syntax;
use crate::template::Template;

fn name(violation: &Violation) -> String {
    let debug = format!("{:?}", violation.kind);
    debug.split([' ', '{']).next().unwrap_or_default().to_owned()
}

/// Each violation as `line kind`, with `*` when it comes from a resolved function.
fn found(text: &str) -> Vec<String> {
    let file = SourceFile::new("t.yaml", text);
    let tree = syntax::read(&file);
    let document = Document::new(file, DocumentKind::Template, tree);
    let template = Template::read(document.root().expect("a tree"));
    let regions = vec!["us-east-1".to_owned()];
    let resolver = Resolver::new(&template, &regions, &[]);
    let around = Surroundings { template: &template, resolver: &resolver, manner: Manner::default() };
    let mut list = Vec::new();
    for one in template.resources.iter() {
        let facts = one.kind().and_then(store::find).expect("a known type");
        for violation in resource(one, facts, around) {
            let line = document.file.position(violation.span.start).line;
            list.push(format!("{line} {}{}", name(&violation), if violation.resolved.is_some() { "*" } else { "" }));
        }
    }
    list
}

#[test]
fn scalars_are_turned_into_one_another() {
    let queue = |value: &str| {
        found(&format!("Resources:\n Q:\n  Type: AWS::SQS::Queue\n  Properties:\n   VisibilityTimeout: {value}\n"))
    };
    for good in ["60", "'60'", "~", "!Ref AWS::NoValue", "!ImportValue x", "'{{resolve:ssm:/x}}'", "!GetAtt A.B"] {
        assert_eq!(queue(good), [""; 0], "{good}");
    }
    assert_eq!(queue("one"), ["5 Type"]);
    assert_eq!(queue("[60]"), ["5 Type"]);
    assert_eq!(queue("'99999'"), ["5 Maximum"]);
    assert_eq!(queue("!Split [',', 'a']"), ["5 FunctionOutput"]);
    assert_eq!(queue("!Sub one"), ["5 Type*"]);
}

#[test]
fn members_are_decided_per_combination() {
    let bucket = |status: &str, condition: &str| {
        found(&format!(
            "Conditions:\n A: !Equals [!Ref AWS::Region, x]\n B: !Not [!Condition A]\nResources:\n R:\n  Type: AWS::S3::Bucket\n\
             {condition}  Properties:\n   VersioningConfiguration:\n    Status: {status}\n"
        ))
    };
    let no = "!Ref AWS::NoValue";
    assert_eq!(bucket(&format!("!If [A, Enabled, {no}]"), ""), ["8 Required"]);
    assert_eq!(bucket(&format!("!If [A, Enabled, !If [B, Suspended, {no}]]"), ""), [""; 0], "both cannot be false");
    assert_eq!(bucket(&format!("!If [A, Enabled, {no}]"), "  Condition: A\n"), [""; 0], "the resource's own condition");
    assert_eq!(bucket("!If [Missing, [], {}]", ""), [""; 0], "a condition that is not there decides nothing");
}

#[test]
fn alternatives_that_hold_in_part_are_unknown() {
    let policy = |members: &str| {
        let head = "Conditions:\n A: !Equals [!Ref AWS::Region, x]\nResources:\n P:\n  Type: AWS::IAM::Policy\n  Properties:\n";
        found(&format!("{head}   PolicyName: p\n   PolicyDocument: {{}}\n{members}"))
    };
    assert_eq!(policy(""), ["6 AnyOf"]);
    assert_eq!(policy("   Users: [u]\n"), [""; 0]);
    let either = "   Users: !If [A, [u], !Ref AWS::NoValue]\n   Groups: !If [A, !Ref AWS::NoValue, [g]]\n";
    assert_eq!(policy(either), [""; 0]);
}

#[test]
fn one_valid_value_of_a_mapping_is_enough() {
    let network = |cidr: &str| {
        found(&format!(
            "Mappings:\n M:\n  a: {{C: 10.0.0.0/16}}\n  b: {{C: {cidr}}}\nResources:\n V:\n  Type: AWS::EC2::VPC\n  Properties:\n\
             \x20  CidrBlock: !FindInMap [M, !Ref P, C]\nParameters:\n P: {{Type: String, AllowedValues: [a, b]}}\n"
        ))
    };
    assert_eq!(network("10.1.0.0/16"), [""; 0]);
    assert_eq!(network("10.1.0.5/16"), ["9 Format*"], "the choice is the parameter's");
}

#[test]
fn members_of_the_globals_count() {
    let text = "Transform: AWS::Serverless-2016-10-31\nGlobals:\n LayerVersion: {ContentUri: x}\nResources:\n L:\n  \
                Type: AWS::Serverless::LayerVersion\n  Properties: {LayerName: a}\n";
    assert_eq!(found(text), [""; 0]);
}

#[test]
fn faults_name_what_they_need_for_a_message() {
    let file = SourceFile::new("t.yaml", "Resources:\n B:\n  Type: AWS::S3::Bucket\n  Properties: {BucketNam: x}\n");
    let tree = syntax::read(&file);
    let document = Document::new(file, DocumentKind::Template, tree);
    let template = Template::read(document.root().expect("a tree"));
    let regions = Vec::new();
    let resolver = Resolver::new(&template, &regions, &[]);
    let around = Surroundings { template: &template, resolver: &resolver, manner: Manner::default() };
    let one = template.resources.get("B").expect("the bucket");
    let list = resource(one, store::find("AWS::S3::Bucket").expect("a type"), around);
    match list.as_slice() {
        [only] => {
            assert_eq!(only.type_name, "AWS::S3::Bucket");
            assert!(matches!(&only.kind, Kind::UnknownProperty { known, .. } if known.contains(&"BucketName")));
        }
        other => panic!("{other:?}"),
    }
}
