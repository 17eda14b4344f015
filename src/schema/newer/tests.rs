//! Tests of newer facts: that the facts can be written as text again, and that a newer schema only allows more.

use super::super::store;
use super::loosen::{Gain, loosen};
use super::*;

/// A schema without what compiling forgets: spelling of a single type, definitions that nothing refers to.
fn plain(schema: &Json) -> Json {
    match schema {
        Json::Object(members) => {
            let mut all: BTreeMap<String, Json> = members.iter().map(|(k, v)| (k.clone(), plain(v))).collect();
            if let Some(Json::Array(types)) = all.get("type") {
                let mut types: Vec<String> = types.iter().map(|one| one.to_string()).collect();
                types.sort();
                all.insert("type".to_owned(), types.into());
            }
            Json::Object(all.into_iter().collect())
        }
        Json::Array(items) => items.iter().map(plain).collect(),
        other => other.clone(),
    }
}

#[test]
fn facts_can_be_written_as_text() {
    // Compiled again, the text of every type gives the same text.
    let texts: BTreeMap<String, Json> = store::types().map(|one| (one.name().to_owned(), one.to_source())).collect();
    let mut changed: BTreeMap<String, Change> =
        texts.iter().map(|(name, schema)| (name.clone(), Change { schema: schema.clone(), gain: None })).collect();
    let mut left_out = Vec::new();
    compiled(&mut changed, &mut left_out).expect("facts");
    assert_eq!(left_out, [""; 0]);
    // And it says what the source says.
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/resources");
    for file in ["AWS-S3.json", "AWS-Lambda.json", "AWS-RDS.json", "AWS-SQS.json"] {
        let text = std::fs::read_to_string(folder.join(file)).expect(file);
        let all: Json = serde_json::from_str(&text).expect(file);
        for (name, source) in all.as_object().expect(file) {
            let (mut source, mut own) = (plain(source), plain(&texts[name]));
            let used = |schema: &mut Json| schema.as_object_mut().and_then(|root| root.remove("definitions"));
            let (theirs, ours) = (used(&mut source), used(&mut own));
            assert_eq!(source, own, "{name}");
            for (definition, part) in ours.iter().filter_map(Json::as_object).flatten() {
                assert_eq!(theirs.as_ref().and_then(|all| all.get(definition)), Some(part), "{name} {definition}");
            }
        }
    }
}

#[test]
fn a_type_that_did_not_change_is_left_alone() {
    for name in ["AWS::S3::Bucket", "AWS::Lambda::Function", "AWS::IoTFleetWise::Vehicle"] {
        let known = store::embedded(name).expect(name).to_source();
        let mut loosened = known.clone();
        let gain = loosen(&mut loosened, &known);
        assert_eq!((gain.properties, gain.values), (0, 0), "{name}");
        assert_eq!(loosened, known, "{name}");
    }
}

#[test]
fn what_was_allowed_stays_allowed() {
    let mut known = json!({
        "additionalProperties": false,
        "required": ["Name"],
        "properties": {
            "Name": {"type": "string", "maxLength": 10},
            "Mode": {"$ref": "#/definitions/Mode"},
            "Open": {"type": "object", "properties": {"A": {"type": "string"}}},
            "Either": {"oneOf": [{"$ref": "#/definitions/One"}, {"type": "string"}]},
            "Again": {"$ref": "#/definitions/One"},
        },
        "definitions": {
            "Mode": {"type": "string", "enum": ["ON", "OFF"]},
            "One": {"type": "object", "additionalProperties": false, "properties": {"A": {"type": "string"}}},
        },
        "readOnlyProperties": ["/properties/Id"],
    });
    let newer = json!({
        "additionalProperties": false,
        "required": ["Name", "Mode"],
        "properties": {
            "Name": {"type": "string", "maxLength": 5},
            "Mode": {"$ref": "#/definitions/Mode"},
            "Open": {"type": "object", "properties": {"A": {"type": "integer"}, "B": {"type": "string"}}},
            "Either": {"$ref": "#/definitions/One"},
            "Again": {"$ref": "#/definitions/One"},
            "Fresh": {"$ref": "#/definitions/One"},
            "Arn": {"type": "string"},
        },
        "definitions": {
            "Mode": {"type": "string", "enum": ["ON", "AUTO"]},
            "One": {"type": "object", "additionalProperties": false, "properties": {"Z": {"type": "string"}}},
        },
        "readOnlyProperties": ["/properties/Id", "/properties/Arn", "/properties/Name"],
    });
    let gain = loosen(&mut known, &newer);
    assert_eq!(gain, Gain { properties: 2, values: 1, attributes: vec!["Name".to_owned()] });
    assert_eq!(known["required"], json!(["Name"]));
    assert_eq!(known["properties"]["Name"]["maxLength"], 10);
    assert_eq!(known["definitions"]["Mode"]["enum"], json!(["ON", "OFF", "AUTO"]));
    // An open object allowed `B` with any value before; more in one branch of `oneOf` can mean that two fit.
    assert_eq!(known["properties"]["Open"]["properties"], json!({"A": {"type": "string"}}));
    assert_eq!(known["definitions"]["One"]["properties"], json!({"A": {"type": "string"}}));
    assert_eq!(known["properties"]["Fresh"], json!({"$ref": "#/definitions/newer.One"}));
    assert_eq!(known["readOnlyProperties"], json!(["/properties/Id", "/properties/Arn"]));
}

fn archive(schemas: &[Json]) -> impl Iterator<Item = (String, Vec<u8>)> {
    schemas.iter().map(|schema| ("entry.json".to_owned(), schema.to_string().into_bytes()))
}

#[test]
fn an_archive_becomes_a_file() {
    let mut queue = store::embedded("AWS::SQS::Queue").expect("a queue").to_source();
    queue["typeName"] = "AWS::SQS::Queue".into();
    queue["properties"]["Shiny"] = json!({"type": "string", "description": "left out"});
    let fresh = json!({"typeName": "AWS::New::Thing", "additionalProperties": false, "description": "a thing",
        "properties": {"Name": {"type": "string"}}, "handlers": {"create": {"permissions": []}}});
    let odd = json!({"typeName": "AWS::Odd::Thing", "properties": {"Name": {"type": "string", "mystery": 1}}});
    let all = [queue, fresh, odd, json!({"typeName": "../../etc/passwd", "properties": {}}), json!([])];
    let (about, file) = merge(archive(&all), Origin::default()).expect("a file");
    assert_eq!((about.schemas, about.types.as_slice(), about.properties), (3, &["AWS::New::Thing".to_owned()][..], 1));
    assert_eq!(about.left_out.len(), 3, "{:?}", about.left_out);
    assert!(about.left_out[2].contains("AWS::Odd::Thing: unknown keyword `mystery`"), "{:?}", about.left_out);
    let (read, at) = look(&file).expect("a mark");
    assert_eq!((&read, sha256(&file[at..])), (&about, about.facts_sha256.clone()));
}

#[test]
fn a_file_that_cannot_be_used_is_refused() {
    let fresh = json!({"typeName": "AWS::New::Thing", "properties": {"Name": {"type": "string"}}});
    let (about, mut file) = merge(archive(&[fresh]), Origin::default()).expect("a file");
    assert_eq!(install(Vec::new()), Err("they are damaged".to_owned()));
    assert_eq!(install(file[..100].to_vec()), Err("they are damaged".to_owned()));
    let text = |from: &str, to: &str| {
        let at = file.windows(from.len()).position(|part| part == from.as_bytes()).expect(from);
        [&file[..at], to.as_bytes(), &file[at + from.len()..]].concat()
    };
    let other = install(text("\"version\":1", "\"version\":2"));
    assert_eq!(other, Err("they are in the form of another version of stacklens".to_owned()));
    let other = install(text(&about.base, "0123456789abcdef"));
    assert_eq!(other, Err("they were made for another version of stacklens".to_owned()));
    file.pop();
    assert_eq!(install(file), Err("they are damaged".to_owned()));
}

#[test]
fn an_archive_without_schemas_is_none() {
    assert!(merge(archive(&[json!({"a": 1})]), Origin::default()).is_err());
}
