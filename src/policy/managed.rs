//! What often used managed policies of AWS allow. Facts: `schemas/iam/managed.json`.

use super::{Document, Kind, Piece, Value};
use crate::source::Span;
use std::collections::BTreeMap;
use std::sync::OnceLock;

fn all() -> &'static BTreeMap<String, Document> {
    static ALL: OnceLock<BTreeMap<String, Document>> = OnceLock::new();
    ALL.get_or_init(|| {
        let read: BTreeMap<String, serde_json::Value> =
            serde_json::from_str(include_str!("../../schemas/iam/managed.json")).unwrap_or_default();
        read.iter().map(|(name, json)| (name.clone(), Document::of(&value(json)))).collect()
    })
}

/// The document of a managed policy; `None` for one that is not known here.
pub fn find(name: &str) -> Option<&'static Document> {
    all().get(name)
}

/// The name of the managed policy of AWS that an ARN names: `arn:aws:iam::aws:policy/service-role/AWSLambdaRole`.
pub fn name_in(shape: &str) -> Option<&str> {
    let (_, path) = shape.split_once(":aws:policy/")?;
    path.rsplit('/').next().filter(|name| !name.contains(['\u{1}', '\u{2}']))
}

/// A JSON value.
pub fn value(json: &serde_json::Value) -> Value {
    let nowhere = Span::new(0, 0);
    let kind = match json {
        serde_json::Value::Null => Kind::List(Vec::new()),
        serde_json::Value::Array(items) => Kind::List(items.iter().map(value).collect()),
        serde_json::Value::Object(members) => {
            Kind::Map(members.iter().map(|(key, one)| (key.clone(), nowhere, value(one))).collect())
        }
        serde_json::Value::String(text) => Kind::Text(vec![Piece::Text(text.clone())]),
        other => Kind::Text(vec![Piece::Text(other.to_string())]),
    };
    Value { kind, span: nowhere, maybe: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Answer, Target, matching::allowed};

    #[test]
    fn managed_policies_can_be_asked() {
        let may = |name: &str, action: &str| {
            let document = find(name).unwrap();
            assert!(document.whole, "{name}");
            allowed(document.statements.iter(), true, action, Target::Any, &|_| None)
        };
        assert_eq!(may("AWSLambdaSQSQueueExecutionRole", "sqs:ReceiveMessage"), Answer::Yes);
        assert_eq!(may("AWSLambdaSQSQueueExecutionRole", "sqs:SendMessage"), Answer::No);
        assert_eq!(may("AWSLambdaVPCAccessExecutionRole", "ec2:CreateNetworkInterface"), Answer::Yes);
        assert_eq!(may("AdministratorAccess", "iam:PassRole"), Answer::Yes);
        assert_eq!(may("PowerUserAccess", "sqs:SendMessage"), Answer::Yes);
        assert_eq!(may("PowerUserAccess", "iam:PassRole"), Answer::No);
        assert_eq!(name_in("arn:\u{1}:iam::aws:policy/service-role/AWSLambdaRole"), Some("AWSLambdaRole"));
        assert_eq!(name_in("arn:aws:iam::123456789012:policy/Own"), None);
    }
}
