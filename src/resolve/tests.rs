use super::*;
use crate::document::{Document, DocumentKind};
use crate::source::SourceFile;

fn with<R>(text: &str, given: &[(&str, &str)], ask: impl FnOnce(&Resolver<'_>) -> R) -> R {
    let file = SourceFile::new("t.yaml", text);
    let tree = crate::syntax::read(&file);
    let document = Document::new(file, DocumentKind::Template, tree);
    let template = Template::read(document.root().unwrap());
    let regions = vec!["us-east-1".to_owned(), "cn-north-1".to_owned()];
    let given: Vec<_> = given.iter().map(|g| (g.0.to_owned(), g.1.to_owned())).collect();
    ask(&Resolver::new(&template, &regions, &given))
}

fn show(node: &Node) -> String {
    match &node.kind {
        NodeKind::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(",")),
        _ => node.scalar_text().unwrap_or("?").to_owned(),
    }
}

/// The values of output `name`, "-" for NoValue, "?reason" at the end when there may be others.
fn values(r: &Resolver<'_>, name: &str, pins: &Pins) -> Vec<String> {
    let node = r.template.outputs.get(name).unwrap().node;
    let resolution = r.candidates(node, pins);
    let mut out: Vec<String> =
        resolution.candidates.iter().map(|c| c.value.as_ref().map_or("-".to_owned(), |v| show(v))).collect();
    out.extend(resolution.rest.map(|reason| format!("?{reason:?}")));
    out
}

const TEMPLATE: &str = r#"
Parameters:
  X: {Type: String, Default: ''}
  Env: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Size: {Type: Number, Default: 3, MinValue: 1, MaxValue: 9}
  List: {Type: CommaDelimitedList, Default: 'a, b'}
  Ami: {Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: /x}
  Free: {Type: String}
Mappings:
  M:
    dev: {size: small, cidr: [1, 2]}
    prod: {size: large, cidr: [3, 4]}
  R:
    us-east-1: {ami: ami-1}
    eu-west-1: {ami: ami-2}
Conditions:
  HasX: !Not [!Equals [!Ref X, '']]
  IsProd: !Equals [!Ref Env, prod]
Resources:
  B: {Type: 'AWS::S3::Bucket'}
Outputs:
  Guarded: !If [HasX, !Split [',', !Ref X], !Ref 'AWS::NoValue']
  Allowed: !Ref Env
  Bounds: !Ref Size
  Twice: !Sub '${Env}-${Env}-${!Env}'
  Mapped: !Join ['/', [!Ref Env, !FindInMap [M, !Ref Env, size]]]
  Regional: !FindInMap [R, !Ref 'AWS::Region', ami]
  Missing: !FindInMap [M, other, size]
  Fallback: !FindInMap [M, other, size, {DefaultValue: none}]
  Nested: !Select [1, !FindInMap [M, dev, cidr]]
  Listed: !Ref List
  Joined: !Join ['+', !Ref List]
  Ssm: !Ref Ami
  Nothing: !Sub '${Env}-${B}'
  Branch: !Join ['', [!If [IsProd, p, d], '-', !Ref Env]]
  Json: !ToJsonString {a: !Ref Env, b: [1, true]}
  Count: !Length [a, b, c]
  Partition: !Sub '${AWS::Partition}:${AWS::Region}:${AWS::AccountId}'
  Shadow: !Sub ['${Env}.${V}', {Env: mine, V: !Ref Free}]
  Item: !Select [5, [a]]
"#;

#[test]
fn values_are_tied_to_their_conditions() {
    with(TEMPLATE, &[], |r| {
        let none = Pins::none();
        // HasX can hold, but not with the empty default: nothing is known of that branch.
        assert_eq!(values(r, "Guarded", &none), ["-"]);
        let has = r.conditions.pin(&none, "HasX", true).unwrap();
        assert_eq!(values(r, "Guarded", &has), ["?Contradiction"]);
        assert_eq!(values(r, "Branch", &none), ["p-prod", "d-dev"]);
        let prod = r.conditions.pin(&none, "IsProd", true).unwrap();
        assert_eq!(values(r, "Allowed", &prod), ["prod"]);
        assert_eq!(values(r, "Mapped", &prod), ["prod/large"]);
    });
    with(TEMPLATE, &[("X", "p,q"), ("Env", "prod")], |r| {
        let none = Pins::none();
        assert_eq!(values(r, "Guarded", &none), ["[p,q]"]);
        assert_eq!(values(r, "Branch", &none), ["p-prod"]);
    });
}

#[test]
fn functions_are_computed() {
    with(TEMPLATE, &[], |r| {
        let v = |name| values(r, name, &Pins::none());
        assert_eq!(v("Allowed"), ["dev", "prod"]);
        assert_eq!(v("Bounds"), ["3", "1", "9"]);
        assert_eq!(v("Twice"), ["dev-dev-${Env}", "prod-prod-${Env}"]);
        assert_eq!(v("Mapped"), ["dev/small", "prod/large"]);
        assert_eq!(v("Regional"), ["ami-1", "ami-2"]);
        assert_eq!(v("Missing"), ["?MissingKey"]);
        assert_eq!(v("Fallback"), ["none"]);
        assert_eq!(v("Nested"), ["2"]);
        assert_eq!(v("Listed"), ["[a,b]"]);
        assert_eq!(v("Joined"), ["a+b"]);
        assert_eq!(v("Ssm"), ["?Parameter"]);
        assert_eq!(v("Nothing"), ["?Deployment"]);
        assert_eq!(v("Json"), [r#"{"a":"dev","b":[1,true]}"#, r#"{"a":"prod","b":[1,true]}"#]);
        assert_eq!(v("Count"), ["3"]);
        assert_eq!(v("Partition"), ["aws:us-east-1:123456789012", "aws-cn:cn-north-1:123456789012"]);
        assert_eq!(v("Shadow"), ["?Parameter"]);
        assert_eq!(v("Item"), ["?OutOfRange"]);
    });
}

#[test]
fn candidates_say_where_they_come_from() {
    with(TEMPLATE, &[], |r| {
        let node = r.template.outputs.get("Mapped").unwrap().node;
        let first = &r.candidates(node, &Pins::none()).candidates[0];
        let said: Vec<String> = first.origins.iter().map(Origin::describe).collect();
        let parameter = "an allowed value of parameter `Env`";
        assert_eq!(said, [parameter, parameter, "mapping `M` under `dev` and `size`"]);
        assert_eq!(first.assumptions.iter().map(Assumption::describe).collect::<Vec<_>>(), ["`Env` is `dev`"]);
        assert!(first.from_parameter());
    });
}

fn hostile(parameters: usize, allowed: usize, topics: usize) -> String {
    let mut text = String::from("Parameters:\n");
    let list: Vec<String> = (0..allowed).map(|v| format!("v{v}")).collect();
    for p in 0..parameters {
        text.push_str(&format!("  P{p}: {{Type: String, AllowedValues: [{}]}}\n", list.join(", ")));
    }
    let sub: String = (0..parameters).map(|p| format!("${{P{p}}}")).collect();
    text.push_str("Conditions: {C: !Equals [!Ref P0, v1]}\nOutputs:\n");
    for t in 0..topics {
        text.push_str(&format!("  T{t}: !Join ['', [!Sub '{sub}', !Sub 'x{sub}']]\n"));
    }
    text
}

#[test]
fn large_products_are_cut() {
    for (parameters, allowed, topics) in [(5, 8, 1), (12, 10, 1), (12, 10, 40), (3, 15, 200)] {
        with(&hostile(parameters, allowed, topics), &[], |r| {
            for t in 0..topics {
                let node = r.template.outputs.get(&format!("T{t}")).unwrap().node;
                let resolution = r.candidates(node, &Pins::none());
                assert!(resolution.candidates.len() <= MAX_CANDIDATES);
                assert_eq!(resolution.rest, Some(Unknown::Budget));
                assert!(resolution.known().is_none());
            }
            assert!(!r.over_budget().is_empty());
            assert!(r.steps.get() < TEMPLATE_STEPS + NODE_STEPS, "{}", r.steps.get());
        });
    }
}
