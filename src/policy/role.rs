//! What a role of the template may do, and who may use a resource of it: every policy that counts, gathered.

use super::matching::{KindOf, Target, allowed, shape};
use super::read::Reader;
use super::{Answer, Document, Effect, Item, Kind, Piece, Statement, Value, managed};
use crate::conditions::Pins;
use crate::resolve::Resolver;
use crate::source::Span;
use crate::syntax::Node;
use crate::template::{Resource, Template};

const ROLE: &str = "AWS::IAM::Role";

/// A policy that counts for somebody or something.
#[derive(Clone, Debug)]
pub struct Attached {
    /// Its document.
    pub document: Document,
    /// The resource that holds it; `None` for a managed policy of AWS.
    pub holder: Option<String>,
    /// Where it stands, or is named.
    pub span: Span,
}

/// Every policy that counts for a role or a resource.
#[derive(Clone, Debug)]
pub struct Access {
    /// The policies.
    pub policies: Vec<Attached>,
    /// Whether these are all.
    pub whole: bool,
    /// Whether something outside limits what they allow.
    pub bounded: bool,
}

/// What may be done by whom in one template.
#[derive(Clone, Copy)]
pub struct Scene<'r, 'a> {
    resolver: &'r Resolver<'a>,
    pins: &'r Pins,
}

impl std::fmt::Debug for Scene<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scene").field("pins", &self.pins).finish_non_exhaustive()
    }
}

/// Whether everything that a template deploys can be seen in it: no macro of the user's own, SAM already expanded.
pub fn is_visible(template: &Template<'_>) -> bool {
    let known = |name: &str| matches!(name, "AWS::Serverless-2016-10-31" | "AWS::LanguageExtensions");
    let sam = |r: &Resource<'_>| r.kind().is_some_and(|kind| kind.starts_with("AWS::Serverless::"));
    template.transforms.iter().all(|t| known(t.0)) && !template.resources.iter().any(sam)
}

impl Access {
    fn new() -> Self {
        Access { policies: Vec::new(), whole: true, bounded: false }
    }

    /// Every statement.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.policies.iter().flat_map(|p| &p.document.statements)
    }

    fn add(&mut self, document: Document, holder: Option<&str>, span: Span, maybe: bool) {
        self.whole &= document.whole;
        let mut document = document;
        document.statements.iter_mut().for_each(|s| s.maybe |= maybe);
        self.policies.push(Attached { document, holder: holder.map(str::to_owned), span });
    }

    /// Whether a service may do something with the resource whose policies these are. Statements that are limited to the
    /// case at hand count: only what is certainly not allowed is a no.
    pub fn lets_service(&self, service: &str, action: &str) -> Answer {
        let mut best = if self.whole { Answer::No } else { Answer::Unknown };
        for statement in self.statements().filter(|s| s.effect != Some(Effect::Deny)) {
            let who = statement.principals.as_ref().map_or(Answer::No, |p| p.name_service(service));
            match (who, statement.names_action(action)) {
                (Answer::No, _) | (_, Answer::No) => {}
                (Answer::Yes, Answer::Yes) if !statement.maybe && !statement.is_conditional() => return Answer::Yes,
                _ => best = Answer::Unknown,
            }
        }
        best
    }

    /// Whether an identity may be let do something by these policies of a resource.
    pub fn may_let_identities(&self, action: &str) -> bool {
        !self.whole
            || self.statements().filter(|s| s.effect != Some(Effect::Deny)).any(|s| {
                s.principals.as_ref().is_some_and(super::Principals::may_name_identities)
                    && s.names_action(action) != Answer::No
            })
    }
}

/// Types of policies that stand on a resource: type, the property that names it, the document.
const ON_RESOURCES: &[(&str, &str, &str, &str)] = &[
    ("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "Bucket", "PolicyDocument"),
    ("AWS::SNS::Topic", "AWS::SNS::TopicInlinePolicy", "TopicArn", "PolicyDocument"),
    ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "Topics", "PolicyDocument"),
    ("AWS::SQS::Queue", "AWS::SQS::QueueInlinePolicy", "Queue", "PolicyDocument"),
    ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "Queues", "PolicyDocument"),
    ("AWS::Events::EventBus", "AWS::Events::EventBusPolicy", "EventBusName", "Statement"),
];

impl<'r, 'a> Scene<'r, 'a> {
    /// What may be done while these conditions hold.
    pub fn new(resolver: &'r Resolver<'a>, pins: &'r Pins) -> Self {
        Scene { resolver, pins }
    }

    fn template(&self) -> &'a Template<'a> {
        self.resolver.template
    }

    /// The reader of policies here.
    pub fn reader(&self) -> Reader<'r, 'a> {
        Reader::new(self.resolver, self.pins)
    }

    /// Whether a resource exists; `None` when it may.
    fn exists(&self, resource: &Resource<'a>) -> Option<bool> {
        resource.condition().map_or(Some(true), |name| self.reader().holds(name))
    }

    /// The role that a value names by its ARN or name.
    pub fn role(&self, node: &Node) -> Option<Resource<'a>> {
        let value = self.reader().value(node);
        let Kind::Text(pieces) = value.kind else { return None };
        let id = match pieces.as_slice() {
            [Piece::Attribute(id, attribute)] if attribute == "Arn" => id,
            [Piece::Ref(id)] => id,
            _ => return None,
        };
        self.template().resources.get(id).filter(|r| r.kind() == Some(ROLE)).copied()
    }

    /// Every policy of a role.
    pub fn of_role(&self, role: &Resource<'a>) -> Access {
        let mut access = Access::new();
        access.whole = is_visible(self.template());
        let reader = self.reader();
        let properties = match role.properties() {
            Some(node) => reader.value(node),
            None => Value { kind: Kind::Map(Vec::new()), span: role.key.span, maybe: false },
        };
        if properties.members().is_none() {
            access.whole = false;
            return access;
        }
        access.bounded = properties.get("PermissionsBoundary").is_some();
        for (policy, maybe) in properties.get("Policies").map(Value::items).unwrap_or_default() {
            match policy.get("PolicyDocument") {
                Some(document) => access.add(Document::of(document), Some(role.id()), policy.span, maybe),
                None => access.whole = false,
            }
        }
        for (arn, maybe) in properties.get("ManagedPolicyArns").map(Value::items).unwrap_or_default() {
            self.managed(arn, maybe, &mut access);
        }
        let own_name = properties.get("RoleName");
        for policy in self.template().resources.iter() {
            let names = match policy.kind() {
                Some("AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy") => "Roles",
                Some("AWS::IAM::RolePolicy") => "RoleName",
                _ => continue,
            };
            self.attached(policy, names, role.id(), own_name, &mut access);
        }
        access
    }

    fn managed(&self, arn: &Value, maybe: bool, access: &mut Access) {
        let Kind::Text(pieces) = &arn.kind else {
            access.whole = false;
            return;
        };
        if let [Piece::Ref(id)] = pieces.as_slice()
            && let Some(policy) = self.template().resources.get(id)
            && policy.kind() == Some("AWS::IAM::ManagedPolicy")
        {
            return self.document(policy, "PolicyDocument", maybe, access);
        }
        let shape = shape(pieces);
        match managed::name_in(&shape).and_then(managed::find) {
            Some(document) => access.add(document.clone(), None, arn.span, maybe),
            None => access.whole = false,
        }
    }

    /// The document of a resource that is a policy.
    fn document(&self, policy: &Resource<'a>, property: &str, maybe: bool, access: &mut Access) {
        let exists = self.exists(policy);
        if exists == Some(false) {
            return;
        }
        let Some(node) = policy.property(property) else {
            access.whole = false;
            return;
        };
        let mut value = self.reader().value(node);
        if property == "Statement" {
            let members = vec![("Statement".to_owned(), node.span, value)];
            value = Value { kind: Kind::Map(members), span: node.span, maybe: false };
        }
        access.add(Document::of(&value), Some(policy.id()), node.span, maybe || exists.is_none());
    }

    /// Adds a policy that lists whom it is for, when it is for this one.
    fn attached(&self, policy: &Resource<'a>, names: &str, id: &str, own_name: Option<&Value>, access: &mut Access) {
        let Some(node) = policy.property(names) else {
            // A list may come from a macro in the properties.
            if policy.properties().is_some_and(|p| p.as_map().is_none()) {
                access.whole = false;
            }
            return;
        };
        let value = self.reader().value(node);
        for (item, maybe) in value.items() {
            match &item.kind {
                Kind::Text(pieces) if self.may_be(pieces, id, own_name) == Some(true) => {
                    return self.document(policy, document_of(policy), maybe, access);
                }
                Kind::Text(pieces) if self.may_be(pieces, id, own_name) == Some(false) => {}
                _ => access.whole = false,
            }
        }
    }

    /// Whether a text names a resource; `None` when that is open.
    fn may_be(&self, pieces: &[Piece], id: &str, own_name: Option<&Value>) -> Option<bool> {
        let named = |piece: &Piece| match piece {
            Piece::Ref(name) | Piece::Attribute(name, _) => Some(name == id),
            _ => None,
        };
        if pieces.iter().any(|p| named(p) == Some(true)) {
            return Some(true);
        }
        if pieces.len() == 1 && pieces.iter().any(|p| named(p) == Some(false)) {
            return Some(false);
        }
        match own_name.map(|name| &name.kind) {
            // A generated name cannot be known before.
            None => Some(false),
            Some(Kind::Text(own)) if own.as_slice() == pieces => Some(true),
            Some(Kind::Text(own)) => match (super::literal(own), super::literal(pieces)) {
                (Some(own), Some(other)) => Some(own == other),
                _ => None,
            },
            Some(_) => None,
        }
    }

    /// Every policy on a resource: a queue, a topic, a bucket, a bus, a key.
    pub fn on_resource(&self, resource: &Resource<'a>) -> Access {
        let mut access = Access::new();
        access.whole = is_visible(self.template());
        let kind = resource.kind().unwrap_or_default();
        let reader = self.reader();
        if kind == "AWS::KMS::Key" {
            match resource.property("KeyPolicy").map(|node| reader.value(node)) {
                Some(value) => access.add(Document::of(&value), Some(resource.id()), value.span, false),
                None => access.whole = false,
            }
            return access;
        }
        let name = match kind {
            "AWS::S3::Bucket" => "BucketName",
            "AWS::SQS::Queue" => "QueueName",
            "AWS::SNS::Topic" => "TopicName",
            _ => "Name",
        };
        let own_name = resource.property(name).map(|node| reader.value(node));
        for policy in self.template().resources.iter() {
            for row in ON_RESOURCES.iter().filter(|row| row.0 == kind && policy.kind() == Some(row.1)) {
                self.attached(policy, row.2, resource.id(), own_name.as_ref(), &mut access);
            }
        }
        access
    }

    /// The type of a resource.
    pub fn kinds(&self) -> impl Fn(&str) -> Option<String> + use<'a> {
        let template = self.template();
        move |id: &str| template.resources.get(id)?.kind().map(str::to_owned)
    }

    /// Whether policies allow an action on a resource.
    pub fn allows(&self, access: &Access, action: &str, target: Target<'_>) -> Answer {
        let kinds = self.kinds();
        let kinds: KindOf<'_> = &kinds;
        match allowed(access.statements(), access.whole, action, target, kinds) {
            Answer::Yes if access.bounded => Answer::Unknown,
            answer => answer,
        }
    }

    /// Which of some actions are certainly not allowed.
    pub fn lacking<'t>(&self, access: &Access, actions: &[&'t str], target: Target<'_>) -> Vec<&'t str> {
        actions.iter().copied().filter(|action| self.allows(access, action, target) == Answer::No).collect()
    }
}

fn document_of(policy: &Resource<'_>) -> &'static str {
    ON_RESOURCES.iter().find(|row| policy.kind() == Some(row.1)).map_or("PolicyDocument", |row| row.3)
}

impl Item {
    /// The only resource that it names, and what follows its name.
    pub fn resource(&self) -> Option<&str> {
        self.pieces.iter().find_map(|piece| match piece {
            Piece::Ref(id) | Piece::Attribute(id, _) => Some(id.as_str()),
            _ => None,
        })
    }
}
