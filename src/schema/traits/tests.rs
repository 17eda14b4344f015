use super::*;
use std::path::Path;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas"))
}

/// `UPDATE_EXPECT=1 cargo test --lib traits_are_current` writes the file.
#[test]
fn traits_are_current() {
    let bytes = compile::compile(&compile::read(&folder().join("traits")));
    let path = folder().join("traits.bin");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &bytes).unwrap();
        return;
    }
    assert!(std::fs::read(&path).unwrap() == bytes, "schemas/traits.bin is not what schemas/traits/ gives");
    assert!(bytes.len() < 500_000, "{} bytes", bytes.len());
}

#[test]
fn every_fact_of_the_sources_is_read_back() {
    let sources = compile::read(&folder().join("traits"));
    assert!(sources.len() > 1_500);
    for (name, about) in &sources {
        let traits = Traits::of(name).unwrap();
        for kind in HandlerKind::ALL {
            let source = about.get("handlers").and_then(|h| h.get(kind.name()));
            let handler = traits.handler(kind);
            assert_eq!(handler.is_some(), source.is_some(), "{name} {kind:?}");
            let (Some(handler), Some(source)) = (handler, source) else { continue };
            let actions: Vec<String> = handler.permissions().map(|a| a.to_string()).collect();
            let mut wanted: Vec<&str> =
                source["permissions"].as_array().unwrap().iter().flat_map(|a| a.as_str()).collect();
            wanted.sort_by_key(|action| action.split_once(':'));
            assert_eq!(actions, wanted, "{name} {kind:?}");
            assert_eq!(handler.timeout_minutes().map(u64::from), source.get("timeout").and_then(|t| t.as_u64()));
        }
        assert_eq!(traits.arn_shape(), about.get("arn").and_then(|a| a.as_str()), "{name}");
        assert_eq!(traits.ref_is_special(), about.contains_key("ref"), "{name}");
        assert_eq!(traits.record.stateful(), about.contains_key("stateful"), "{name}");
        let defaults = about.get("defaults").and_then(|d| d.as_object());
        assert_eq!(traits.defaults().count(), defaults.map_or(0, |d| d.len()), "{name}");
        for (property, how) in about.get("replaces").and_then(|r| r.as_object()).into_iter().flatten() {
            assert_eq!(traits.record.second_opinion(property), Some(how == "yes"), "{name}");
        }
        let tags = about.get("tag_permissions").and_then(|t| t.as_array()).map_or(0, Vec::len);
        assert_eq!(traits.tag_permissions().count(), tags, "{name}");
    }
}

#[test]
fn the_lists_name_types_that_exist() {
    for name in lists::named_types() {
        assert!(Traits::of(name).is_some(), "{name}");
        if lists::deletion_protection(name).is_some() {
            assert!(Traits::of(name).unwrap().deletion_protection().is_some(), "{name}");
        }
    }
}

#[test]
fn a_bucket() {
    let bucket = Traits::of("AWS::S3::Bucket").unwrap();
    assert!(bucket.stateful() && bucket.name_can_be_given() && !bucket.can_snapshot());
    assert_eq!(bucket.ref_returns(), ["BucketName"]);
    assert_eq!(bucket.arn_shape(), Some("arn:${Partition}:s3:::${BucketName}"));
    assert_eq!(bucket.on_change(&["BucketName"]), (OnChange::Replace, ChangeSource::CreateOnly));
    assert_eq!(bucket.on_change(&["Tags", "0", "Value"]), (OnChange::Update, ChangeSource::Nothing));
    assert_eq!(bucket.tagging().unwrap().property, Some("Tags"));
    let create = bucket.handler(HandlerKind::Create).unwrap();
    assert!(create.permissions().any(|a| a.to_string() == "s3:CreateBucket"));
}

#[test]
fn changes_of_other_types() {
    let change = |name: &str, path: &[&str]| Traits::of(name).unwrap().on_change(path);
    assert_eq!(change("AWS::EC2::Instance", &["InstanceType"]).0, OnChange::MayReplace);
    assert_eq!(change("AWS::ElasticBeanstalk::Environment", &["Tier", "Name"]).0, OnChange::Replace);
    assert_eq!(change("AWS::Glue::SecurityConfiguration", &["Name"]).0, OnChange::Replace);
    assert_eq!(
        change("AWS::Glue::SecurityConfiguration", &["EncryptionConfiguration", "S3Encryptions"]).0,
        OnChange::Replace
    );
    assert_eq!(change("AWS::EC2::EIP", &["Domain"]), (OnChange::MayReplace, ChangeSource::SourcesDisagree));
    assert_eq!(Traits::of("AWS::EC2::EIP").unwrap().ref_returns(), ["PublicIp"]);
    assert!(!Traits::of("AWS::EC2::Instance").unwrap().order_matters(&["SecurityGroupIds"]));
    assert!(Traits::of("AWS::Nothing::Here").is_none());
    assert!(Traits::of("Custom::Thing").is_some());
}
