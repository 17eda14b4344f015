//! Every statement of a template with the one that it is about: the role that holds it, the resource that it stands on.

use super::matching::shape;
use super::{Document, Effect, Item, Kind, Piece, Principal, Principals, Statement, Value, managed};
use crate::source::Span;

/// A resource with its properties.
#[derive(Clone, Debug)]
pub struct Source {
    /// The logical id.
    pub id: String,
    /// The type.
    pub kind: String,
    /// The properties.
    pub properties: Value,
}

/// What a statement says about its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// What the holder may do.
    Identity,
    /// Who may become the holder.
    Trust,
    /// Who may do something with the holder.
    Resource,
}

/// A statement and whom it concerns.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The logical id of the role, queue, ... that it concerns.
    pub holder: String,
    /// The resource whose properties hold it.
    pub at: String,
    /// How it concerns the holder.
    pub way: Way,
    /// The statement.
    pub statement: Statement,
}

impl Grant {
    /// The statement as it is read aloud: `*` in the policy of a key or a queue means that one.
    pub fn spoken(&self) -> Statement {
        let mut statement = self.statement.clone();
        if self.way == Way::Resource
            && let Some(clause) = statement.resources.as_mut().filter(|clause| !clause.negated)
        {
            for item in clause.items.iter_mut().filter(|item| item.literal() == Some("*")) {
                item.pieces = vec![Piece::Ref(self.holder.clone())];
            }
        }
        statement
    }
}

/// A managed policy that a role, user or group has.
#[derive(Clone, Debug)]
pub struct Managed {
    /// The logical id of the role.
    pub holder: String,
    /// The policy: the name of one of AWS, the logical id of one of the template, else as it is written.
    pub policy: String,
    /// Whether it is one of AWS.
    pub of_aws: bool,
    /// Where it is named.
    pub span: Span,
    /// Whether it is there only under a condition that is not decided.
    pub maybe: bool,
}

/// Everything that the policies of a template say.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    /// The statements, in the order of the resources.
    pub statements: Vec<Grant>,
    /// The managed policies.
    pub managed: Vec<Managed>,
}

/// Reads the policies of some resources.
pub fn of(sources: &[Source]) -> Grants {
    let mut grants = Grants::default();
    for source in sources {
        match source.kind.as_str() {
            "AWS::Lambda::Permission" => permission(source, &mut grants),
            "AWS::Events::EventBusPolicy" => event_bus(source, &mut grants),
            _ => {
                managed_policies(source, &mut grants);
                search(source, &source.properties, "", 0, &mut grants);
            }
        }
    }
    grants
}

/// The resources that a policy lists as those that it is for.
const LISTED: &[(&str, &[&str])] = &[
    ("AWS::IAM::GroupPolicy", &["GroupName"]),
    ("AWS::IAM::ManagedPolicy", &["Roles", "Users", "Groups"]),
    ("AWS::IAM::Policy", &["Roles", "Users", "Groups"]),
    ("AWS::IAM::RolePolicy", &["RoleName"]),
    ("AWS::IAM::UserPolicy", &["UserName"]),
    ("AWS::S3::BucketPolicy", &["Bucket"]),
    ("AWS::SNS::TopicInlinePolicy", &["TopicArn"]),
    ("AWS::SNS::TopicPolicy", &["Topics"]),
    ("AWS::SQS::QueueInlinePolicy", &["Queue"]),
    ("AWS::SQS::QueuePolicy", &["Queues"]),
    ("AWS::SecretsManager::ResourcePolicy", &["SecretId"]),
];

/// Those that a policy is for: itself when it lists nobody that is known.
fn holders(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for name in LISTED.iter().find(|row| row.0 == source.kind).map_or(&[] as &[&str], |row| row.1) {
        for (item, _) in source.properties.get(name).map(Value::items).unwrap_or_default() {
            let Kind::Text(pieces) = &item.kind else { continue };
            let item = Item { pieces: pieces.clone(), span: item.span, maybe: false };
            found.extend(item.resource().map(str::to_owned).or_else(|| item.literal().map(str::to_owned)));
        }
    }
    if found.is_empty() {
        found.push(source.id.clone());
    }
    found
}

fn search(source: &Source, value: &Value, key: &str, depth: usize, grants: &mut Grants) {
    if depth > 64 {
        return;
    }
    match &value.kind {
        Kind::List(items) => items.iter().for_each(|item| search(source, item, key, depth + 1, grants)),
        Kind::Map(members) if is_document(value) => {
            let _ = members;
            let way = match key {
                "AssumeRolePolicyDocument" => Way::Trust,
                _ if source.kind.starts_with("AWS::IAM::") || source.kind.starts_with("AWS::SSO::") => Way::Identity,
                _ => Way::Resource,
            };
            let holders = if way == Way::Trust { vec![source.id.clone()] } else { holders(source) };
            for holder in holders {
                for statement in Document::of(value).statements {
                    let at = source.id.clone();
                    grants.statements.push(Grant { holder: holder.clone(), at, way, statement });
                }
            }
        }
        Kind::Map(members) => {
            for (key, _, value) in members {
                search(source, value, key, depth + 1, grants);
            }
        }
        Kind::Text(_) | Kind::Unknown => {}
    }
}

/// Whether a mapping has statements with effects.
fn is_document(value: &Value) -> bool {
    value.get("Statement").is_some_and(|statements| statements.items().iter().any(|(s, _)| s.get("Effect").is_some()))
}

fn managed_policies(source: &Source, grants: &mut Grants) {
    for (arn, maybe) in source.properties.get("ManagedPolicyArns").map(Value::items).unwrap_or_default() {
        let Kind::Text(pieces) = &arn.kind else { continue };
        let shape = shape(pieces);
        let (policy, of_aws) = match (managed::name_in(&shape), pieces.as_slice()) {
            (Some(name), _) => (name.to_owned(), true),
            (None, [Piece::Ref(id)]) => (id.clone(), false),
            _ => (shape.replace(['\u{1}', '\u{2}'], "…"), false),
        };
        grants.managed.push(Managed { holder: source.id.clone(), policy, of_aws, span: arn.span, maybe });
    }
}

fn texts(value: Option<&Value>) -> Vec<Item> {
    let item = |(value, maybe): (&Value, bool)| match &value.kind {
        Kind::Text(pieces) => Some(Item { pieces: pieces.clone(), span: value.span, maybe }),
        _ => None,
    };
    value.map(Value::items).unwrap_or_default().into_iter().filter_map(item).collect()
}

fn clause(items: Vec<Item>) -> super::Clause {
    let key = items.first().map_or(Span::new(0, 0), |item| item.span);
    super::Clause { negated: false, key, items, whole: true }
}

/// The permission of a function as the statement that it becomes.
fn permission(source: &Source, grants: &mut Grants) {
    let get = |name: &str| texts(source.properties.get(name));
    let (functions, principals) = (get("FunctionName"), get("Principal"));
    let holder = functions.first().and_then(Item::resource).unwrap_or(&source.id).to_owned();
    let kind = |who: &Item| if who.literal().is_some_and(|w| w.contains(".amazonaws.com")) { "Service" } else { "AWS" };
    let list = principals.into_iter().map(|who| Principal { kind: kind(&who).to_owned(), who }).collect();
    let condition = |(name, key): (&str, &str)| {
        let values = get(name);
        (!values.is_empty()).then(|| super::Condition {
            operator: if name == "SourceArn" { "ArnLike" } else { "StringEquals" }.to_owned(),
            key: key.to_owned(),
            key_span: source.properties.span,
            values,
            whole: true,
        })
    };
    let keys = [
        ("SourceArn", "aws:SourceArn"),
        ("SourceAccount", "aws:SourceAccount"),
        ("PrincipalOrgID", "aws:PrincipalOrgID"),
    ];
    let statement = Statement {
        span: source.properties.span,
        sid: None,
        effect: Some(Effect::Allow),
        actions: Some(clause(get("Action"))),
        resources: Some(clause(functions)),
        principals: Some(Principals { negated: false, key: source.properties.span, list, whole: true }),
        conditions: keys.into_iter().filter_map(condition).collect(),
        more_conditions: false,
        maybe: false,
    };
    grants.statements.push(Grant { holder, at: source.id.clone(), way: Way::Resource, statement });
}

fn event_bus(source: &Source, grants: &mut Grants) {
    let Some(statement) = source.properties.get("Statement") else { return };
    let members = vec![("Statement".to_owned(), statement.span, statement.clone())];
    let document = Document::of(&Value { kind: Kind::Map(members), span: statement.span, maybe: false });
    let holder = texts(source.properties.get("EventBusName"));
    let holder = holder.first().and_then(|item| item.resource().or(item.literal())).unwrap_or(&source.id).to_owned();
    for statement in document.statements {
        let (holder, at) = (holder.clone(), source.id.clone());
        grants.statements.push(Grant { holder, at, way: Way::Resource, statement });
    }
}
