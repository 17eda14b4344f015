//! What policies allow, against what the resources of the template are to do. Everything that is not visible in the
//! template makes these rules silent.

mod delivery;
mod public;
mod roles;
mod statements;

use crate::conditions::Pins;
use crate::diagnostic::Diagnostic;
use crate::policy::matching::shape;
use crate::policy::role::{Access, Scene, is_visible};
use crate::policy::{Answer, Effect};
use crate::rule::{Check, Context, Family, Rule, rule};
use crate::source::Span;
use crate::template::Resource;
use std::rc::Rc;

rule!(
    SOURCE_NOT_READABLE,
    "permissions" / "SL105",
    "source-not-readable",
    Error,
    "a function is to read a queue or stream that its role does not let it read"
);
rule!(
    TARGET_NOT_ALLOWED,
    "permissions" / "SL113",
    "target-not-allowed",
    Error,
    "a function is to send its failures or results where its role does not let it send"
);
rule!(
    NETWORK_NOT_ALLOWED,
    "permissions" / "SL114",
    "network-not-allowed",
    Error,
    "a function is to run in a VPC, but its role may not make network interfaces"
);
rule!(
    WRITES_WHERE_IT_LISTENS,
    "permissions" / "SL126",
    "writes-where-it-listens",
    Warning,
    "a function that new objects of a bucket start may write new objects into it"
);
rule!(
    NOTIFIED_NOT_OPEN,
    "permissions" / "SL129",
    "notified-not-open",
    Error,
    "a bucket notifies a queue or topic that does not let it"
);
rule!(
    SUBSCRIBED_NOT_OPEN,
    "permissions" / "SL134",
    "subscribed-not-open",
    Warning,
    "a topic sends to a queue that does not let it"
);
rule!(
    KEY_NOT_FOR_SENDER,
    "permissions" / "SL137",
    "key-not-for-sender",
    Warning,
    "a queue or topic is encrypted with a key that its sender may not use"
);
rule!(
    TRACES_NOT_ALLOWED,
    "permissions" / "SL139",
    "traces-not-allowed",
    Warning,
    "a function is traced, but its role may not send traces"
);
rule!(
    PUBLIC_AND_BLOCKED,
    "permissions" / "SL175",
    "public-and-blocked",
    Error,
    "a bucket policy is public, and the bucket blocks public policies"
);
rule!(
    ACTION_OF_OTHER_LEVEL,
    "permissions" / "SL176",
    "action-of-other-level",
    Warning,
    "an action on objects is allowed on the bucket, or one on the bucket on its objects"
);
rule!(
    BUCKET_ARN_MALFORMED,
    "permissions" / "SL177",
    "bucket-arn-malformed",
    Warning,
    "the ARN of a bucket has a region, an account or a colon too many"
);
rule!(
    CONDITION_KEY_UNKNOWN,
    "permissions" / "SL178",
    "condition-key-unknown",
    Warning,
    "a condition asks for a key that does not exist"
);
rule!(
    LOGS_NOT_TAKEN,
    "permissions" / "SL181",
    "logs-not-taken",
    Warning,
    "a bucket sends its access logs to one that does not take them, or to itself"
);
rule!(
    DELIVERY_NOT_TAKEN,
    "permissions" / "SL184",
    "delivery-not-taken",
    Error,
    "a service is to deliver into a bucket that does not let it"
);
rule!(
    KEY_NOT_USABLE,
    "permissions" / "SL185",
    "key-not-usable",
    Warning,
    "a role may use the objects of a bucket, but not the key that encrypts them"
);
rule!(
    ORIGIN_NOT_READABLE,
    "permissions" / "SL190",
    "origin-not-readable",
    Warning,
    "a distribution is to serve a bucket that does not let it read"
);
rule!(
    TOO_MUCH_ALLOWED,
    "permissions" / "SL196",
    "too-much-allowed",
    Info,
    "a policy allows everything, the passing of every role, or everybody to take a role"
);
rule!(KEY_LOCKED_OUT, "permissions" / "SL197", "key-locked-out", Error, "the policy of a key lets nobody change it");
rule!(
    EXECUTION_ROLE_LACKS,
    "permissions" / "SL215",
    "execution-role-lacks",
    Warning,
    "the execution role of a task does not allow what is needed to start it"
);
rule!(NO_STATEMENT, "permissions" / "SL230", "no-statement", Error, "a policy document has no statement");

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &SOURCE_NOT_READABLE,
        &TARGET_NOT_ALLOWED,
        &NETWORK_NOT_ALLOWED,
        &WRITES_WHERE_IT_LISTENS,
        &NOTIFIED_NOT_OPEN,
        &SUBSCRIBED_NOT_OPEN,
        &KEY_NOT_FOR_SENDER,
        &TRACES_NOT_ALLOWED,
        &PUBLIC_AND_BLOCKED,
        &ACTION_OF_OTHER_LEVEL,
        &BUCKET_ARN_MALFORMED,
        &CONDITION_KEY_UNKNOWN,
        &LOGS_NOT_TAKEN,
        &DELIVERY_NOT_TAKEN,
        &KEY_NOT_USABLE,
        &ORIGIN_NOT_READABLE,
        &TOO_MUCH_ALLOWED,
        &KEY_LOCKED_OUT,
        &EXECUTION_ROLE_LACKS,
        &NO_STATEMENT,
    ],
    checks: &[Check::Template(permissions), Check::Template(statements::documents)],
};

/// Looks at one resource.
type Look = for<'a> fn(&Resource<'a>, &mut Memo, &mut Context<'a>);

/// What looks at which type.
const LOOKS: &[(&str, Look)] = &[
    ("AWS::CloudFront::Distribution", public::origins),
    ("AWS::CloudTrail::Trail", delivery::trail),
    ("AWS::ECS::TaskDefinition", roles::task),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", delivery::balancer),
    ("AWS::Events::Rule", delivery::rule_keys),
    ("AWS::KMS::Key", public::locked_out),
    ("AWS::Lambda::EventInvokeConfig", roles::destinations),
    ("AWS::Lambda::EventSourceMapping", roles::destinations),
    ("AWS::Lambda::EventSourceMapping", roles::source),
    ("AWS::Lambda::Function", roles::of_function),
    ("AWS::S3::Bucket", delivery::access_logs),
    ("AWS::S3::Bucket", delivery::notifications),
    ("AWS::S3::Bucket", public::listens),
    ("AWS::S3::Bucket", roles::bucket_key),
    ("AWS::S3::BucketPolicy", public::blocked),
    ("AWS::SNS::Subscription", delivery::subscription),
    ("AWS::SNS::Topic", delivery::subscriptions_of_topic),
];

fn permissions(cx: &mut Context<'_>) {
    // What a macro or the SAM transform adds is not there yet.
    if !is_visible(cx.template) {
        return;
    }
    let mut memo = Memo::default();
    for resource in cx.template.resources.iter() {
        let kind = resource.kind().unwrap_or_default();
        for (_, look) in LOOKS.iter().filter(|look| look.0 == kind) {
            look(resource, &mut memo, cx);
        }
    }
}

/// Most policies that are read for one template.
const MOST_READ: usize = 4_000;

/// What was read already: the policies of a role or on a resource, by its id and the conditions.
#[derive(Default)]
struct Memo {
    read: Vec<(String, Pins, Rc<Access>)>,
    spent: usize,
}

impl Memo {
    fn access<'a>(
        &mut self,
        of: &Resource<'a>,
        pins: &Pins,
        cx: &Context<'a>,
        read: impl FnOnce(Scene<'_, 'a>) -> Access,
    ) -> Option<Rc<Access>> {
        if let Some(found) = self.read.iter().find(|r| r.0 == of.id() && r.1 == *pins) {
            return Some(Rc::clone(&found.2));
        }
        if self.spent > MOST_READ {
            return None;
        }
        let access = Rc::new(read(Scene::new(cx.resolver(), pins)));
        self.spent += 1 + access.policies.len();
        self.read.push((of.id().to_owned(), pins.clone(), Rc::clone(&access)));
        Some(access)
    }

    /// What a role may do; `None` when too much was read.
    fn of_role<'a>(&mut self, role: &Resource<'a>, pins: &Pins, cx: &Context<'a>) -> Option<Rc<Access>> {
        self.access(role, pins, cx, |scene| scene.of_role(role))
    }

    /// The policies on a resource; `None` when too much was read.
    fn on_resource<'a>(&mut self, resource: &Resource<'a>, pins: &Pins, cx: &Context<'a>) -> Option<Rc<Access>> {
        self.access(resource, pins, cx, |scene| scene.on_resource(resource))
    }

    /// Whether a resource may itself let roles do something.
    fn lets_identities<'a>(&mut self, target: &Resource<'a>, action: &str, pins: &Pins, cx: &Context<'a>) -> bool {
        self.on_resource(target, pins, cx).is_none_or(|access| access.may_let_identities(action))
    }

    /// Whether the policy of a key may let a role use it without a policy of the role.
    fn key_names<'a>(
        &mut self,
        key: &Resource<'a>,
        role: &Resource<'a>,
        action: &str,
        pins: &Pins,
        cx: &Context<'a>,
    ) -> bool {
        let Some(access) = self.on_resource(key, pins, cx).filter(|access| access.whole) else { return true };
        access.statements().filter(|s| s.effect != Some(Effect::Deny)).any(|statement| {
            let Some(who) = &statement.principals else { return true };
            let names = |item: &crate::policy::Item| match item.resource() {
                Some(id) => id == role.id(),
                None => !shape(&item.pieces).ends_with(":root"),
            };
            let concerned = who.negated || !who.whole || who.list.iter().any(|p| p.kind == "AWS" && names(&p.who));
            concerned && statement.names_action(action) != Answer::No
        })
    }
}

/// Texts in backticks with commas.
fn list(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", ")
}

/// Reports at a place, once.
fn once(rule: &'static Rule, span: Span, message: String, cx: &mut Context<'_>, more: impl FnOnce(&mut Diagnostic)) {
    if !cx.findings.list.iter().any(|d| d.span == span && d.rule.id == rule.id) {
        more(cx.report(rule, span, message));
    }
}
