//! Tests of the store: that the embedded facts are those of the sources, and that what they say can be asked.

use super::super::compile::{Sources, compile};
use super::*;
use serde_json::Value as Json;
use std::path::Path;

#[test]
fn facts_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let sources = Sources::read(&folder).expect("the sources can be read");
    let bytes = match compile(&sources) {
        Ok(bytes) => bytes,
        Err(problems) => panic!("{} problems:\n{}", problems.len(), problems[..problems.len().min(20)].join("\n")),
    };
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(folder.join("facts.bin"), &bytes).expect("facts.bin can be written");
        return;
    }
    assert!(bytes == BYTES, "schemas/facts.bin differs from its sources: run this test with UPDATE_EXPECT=1");
}

#[test]
fn a_bucket_is_known() {
    let bucket = find("AWS::S3::Bucket").expect("a bucket");
    assert_eq!(bucket.name(), "AWS::S3::Bucket");
    let schema = bucket.schema();
    assert!(schema.additional_properties().is_some_and(SchemaNode::is_nothing));
    let name = schema.property("BucketName").expect("a name");
    assert!(name.types().is_some_and(|types| types.string() && !types.object()));
    let encryption = schema.property("BucketEncryption").expect("encryption").target();
    assert_eq!(encryption.required().collect::<Vec<_>>(), ["ServerSideEncryptionConfiguration"]);
    assert!(schema.property("Bucketname").is_none());
    assert!(bucket.read_only().any(|pointer| pointer == "/properties/Arn"));
    assert_eq!(bucket.primary_identifier().collect::<Vec<_>>(), ["/properties/BucketName"]);
    assert!(bucket.create_only().any(|pointer| pointer == "/properties/BucketName"));
    assert_eq!(bucket.tag_property(), Some("/properties/Tags"));
}

#[test]
fn every_type_can_be_walked() {
    let mut nodes = 0;
    for one in types() {
        assert!(find(one.name()).is_some_and(|found| found.name() == one.name()), "{}", one.name());
        assert!(!one.regions().is_empty(), "{}", one.name());
        walk(one.schema(), 0, &mut nodes);
    }
    assert!(types().count() > 1800 && nodes > 20_000, "{nodes}");
    for name in names() {
        walk(named(name).expect(name), 0, &mut nodes);
    }
}

fn walk(node: SchemaNode, depth: usize, nodes: &mut usize) {
    *nodes += 1;
    if node.reference_name().is_some() {
        assert!(node.reference().is_some(), "{:?}", node.reference_name());
    }
    if depth > 12 {
        return;
    }
    let single = [node.items(), node.additional_properties(), node.negation(), node.condition(), node.consequence()];
    let others = [node.alternative(), node.contains(), node.property_names()];
    let lists = node.all_of().chain(node.any_of()).chain(node.one_of()).chain(node.prefix_items());
    let members = node.properties().chain(node.dependent_schemas()).map(|(_, part)| part);
    let patterns = node.pattern_properties().map(|(_, part)| part);
    for part in lists.chain(members).chain(patterns).chain(single.into_iter().chain(others).flatten()) {
        walk(part, depth + 1, nodes);
    }
}

#[test]
fn availability_is_per_region() {
    assert_eq!(is_available("AWS::S3::Bucket", "eu-central-1"), Some(true));
    assert_eq!(is_available("AWS::S3::Bucket", "nowhere-1"), None);
    assert_eq!(is_available("AWS::No::Type", "eu-central-1"), None);
    assert!(regions().count() > 40 && regions().is_sorted());
    assert!(availability_zones("us-east-1").any(|zone| zone == "us-east-1a"));
    let somewhere = types().find(|one| !one.regions().contains("us-iso-east-1")).expect("a type not everywhere");
    assert!(somewhere.regions().len() < regions().count());
}

#[test]
fn attributes_follow_the_read_only_properties() {
    let has = |name: &str, attribute: &str| find(name).is_some_and(|found| found.attribute(attribute).is_some());
    assert!(has("AWS::S3::Bucket", "Arn") && !has("AWS::S3::Bucket", "BucketName"));
    assert!(has("AWS::RDS::DBInstance", "Endpoint.Address"));
    assert!(has("AWS::EC2::VPC", "CidrBlock"));
    assert!(has("AWS::CloudFormation::Stack", "Outputs.Anything") && !has("AWS::CloudFormation::Stack", "Any"));
    assert!(has("Custom::Thing", "Any.Thing"));
    assert!(has("My::Own::Part::MODULE", "Any.Thing"));
}

#[test]
fn named_schemas_hold_the_special_keywords() {
    let and = named("other/functions/and").expect("and").context().expect("a context");
    assert_eq!(and.functions.map(|list| list.iter().count()), Some(0));
    assert_eq!(and.schema.min_items(), Some(2));
    let identity = named("other/iam/policy_identity").expect("a policy");
    assert!(identity.properties().len() > 1);
    let gather = named("extensions/aws_sqs_queue/queue_dlq").expect("a gather").gather().expect("gather");
    assert!(gather.sources.get("gather").is_none() && gather.sources.get("dlq").is_some());
    assert!(table("tables/lambda_runtimes").and_then(|all| all.get("go1.x")).is_some());
}

#[test]
fn every_pattern_is_understood_but_these() {
    let all: Vec<Pattern<'static>> = patterns().collect();
    assert!(all.len() > 3000, "{}", all.len());
    let not: Vec<&str> = all.iter().filter(|one| !one.is_understood()).map(|one| one.source()).collect();
    // Dates of ISO 8601, where the same separator has to come again.
    let known = not.iter().filter(|one| one.starts_with(r"^([\+-]?\d{4}(?!\d{2}))((-?)((0[1-9]|1[0-2])(\3")).count();
    assert_eq!(known, not.len(), "patterns that always answer \"unknown\": {not:?}");
}

#[test]
fn values_differ_between_regions() {
    let types = regional("regional/aws_ec2_instance/instancetype_enum").expect("instance types");
    let case = types.cases().next().expect("one case");
    assert!(case.condition().is_none() && case.property().is_none());
    assert_eq!(case.allows("t3.micro", "us-east-1"), Some(true));
    assert_eq!(case.allows("t3.nano-ish", "us-east-1"), Some(false));
    assert_eq!(case.allows("t3.micro", "nowhere-1"), None);
    assert!(case.values("eu-west-1").any(|value| value == "m5.large"));
    let classes = regional("regional/aws_rds_dbinstance/dbinstanceclass_enum").expect("classes");
    assert!(classes.cases().len() > 20);
    assert!(classes.cases().all(|case| case.property() == Some("DBInstanceClass") && case.condition().is_some()));
    let actions = table("tables/policy_actions").and_then(|all| all.get("s3")).and_then(|s3| s3.get("actions"));
    assert!(actions.is_some_and(|actions| actions.get("getobject").is_some() && actions.get("getobjekt").is_none()));
}

/// What a node says as JSON again, to compare it with the source.
#[test]
fn the_store_says_what_the_sources_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let mut compared = 0;
    for kind in ["resources", "other", "extensions"] {
        for entry in std::fs::read_dir(folder.join(kind)).expect("a folder").flatten() {
            let text = std::fs::read_to_string(entry.path()).expect("a file");
            let all: serde_json::Map<String, Json> = serde_json::from_str(&text).expect("JSON");
            let stem = entry.path().file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            for (name, source) in &all {
                let node = match kind {
                    "resources" => find(name).expect(name).schema(),
                    _ => named(&format!("{kind}/{stem}/{name}")).expect(name),
                };
                same(node, source, name);
                compared += 1;
            }
        }
    }
    assert!(compared > 1900);
}

fn same(node: SchemaNode, source: &Json, place: &str) {
    let Some(members) = source.as_object() else {
        assert_eq!((node.is_nothing(), node.is_anything()), (source == false, source == true), "{place}");
        return;
    };
    for (keyword, value) in members {
        let place = format!("{place}/{keyword}");
        match keyword.as_str() {
            "properties" => {
                assert_eq!(node.properties().len(), value.as_object().map_or(0, serde_json::Map::len), "{place}");
                for (name, part) in value.as_object().into_iter().flatten() {
                    same(node.property(name).expect(&place), part, &format!("{place}/{name}"));
                }
            }
            "items" => same(node.items().expect(&place), value, &place),
            "additionalProperties" => same(node.additional_properties().expect(&place), value, &place),
            "if" => same(node.condition().expect(&place), value, &place),
            "then" => same(node.consequence().expect(&place), value, &place),
            "else" => same(node.alternative().expect(&place), value, &place),
            "not" => same(node.negation().expect(&place), value, &place),
            "allOf" => all(node.all_of(), value, &place),
            "anyOf" => all(node.any_of(), value, &place),
            "oneOf" => all(node.one_of(), value, &place),
            "prefixItems" => all(node.prefix_items(), value, &place),
            _ => plain(node, keyword, value, &place),
        }
    }
}

/// The keywords that hold no schema.
fn plain(node: SchemaNode, keyword: &str, value: &Json, place: &str) {
    let texts = |list: &Json| {
        list.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let number = |found: Option<u32>| assert_eq!(found.map(u64::from), value.as_u64(), "{place}");
    let json = |found: Option<Value>| assert_eq!(found.map(Value::to_json).as_ref(), Some(value), "{place}");
    let members = value.as_object().map_or(0, serde_json::Map::len);
    match keyword {
        "required" => assert_eq!(node.required().collect::<Vec<_>>(), texts(value), "{place}"),
        "requiredXor" => assert_eq!(node.required_xor().collect::<Vec<_>>(), texts(value), "{place}"),
        "requiredOr" => assert_eq!(node.required_or().collect::<Vec<_>>(), texts(value), "{place}"),
        "enum" => assert_eq!(
            node.enumeration().map(|list| list.iter().map(Value::to_json).collect::<Json>()).as_ref(),
            Some(value),
            "{place}"
        ),
        "enumCaseInsensitive" => {
            assert_eq!(node.enum_case_insensitive().map(List::len), value.as_array().map(Vec::len), "{place}")
        }
        "const" => json(node.constant()),
        "default" => json(node.default_value()),
        "minimum" => json(node.minimum()),
        "maximum" => json(node.maximum()),
        "pattern" if value.is_string() => {
            assert_eq!(node.pattern().map(|found| found.source()), value.as_str(), "{place}")
        }
        "format" => assert_eq!(node.format(), value.as_str(), "{place}"),
        "minLength" => number(node.min_length()),
        "maxLength" if value.as_u64().is_some_and(|most| most <= u64::from(u32::MAX)) => number(node.max_length()),
        "minItems" => number(node.min_items()),
        "maxItems" => number(node.max_items()),
        "minProperties" => number(node.min_properties()),
        "maxProperties" => number(node.max_properties()),
        "uniqueItems" => assert_eq!(Some(node.unique_items()), value.as_bool(), "{place}"),
        "dependentRequired" => assert_eq!(node.dependent_required().len(), members),
        "dependentExcluded" => assert_eq!(node.dependent_excluded().len(), members),
        "dependencies" => assert_eq!(node.dependencies().len(), members),
        "type" => {
            let mut names = value.as_str().map_or_else(|| texts(value), |one| vec![one.to_owned()]);
            names.sort();
            let mut found: Vec<&str> = node.types().expect(place).names().collect();
            found.sort_unstable();
            assert_eq!(found, names, "{place}");
        }
        "$ref" if value.as_str().is_some_and(|name| name.starts_with("#/definitions/")) => {
            assert!(node.reference().is_some(), "{place}");
        }
        _ => {}
    }
}

fn all(nodes: impl ExactSizeIterator<Item = SchemaNode>, source: &Json, place: &str) {
    let parts = source.as_array().expect(place);
    assert_eq!(nodes.len(), parts.len(), "{place}");
    nodes.zip(parts).for_each(|(node, part)| same(node, part, place));
}
