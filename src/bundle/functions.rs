//! Lambda functions of templates: what they are called, and what they and others may do by their roles.

use crate::intrinsics::Intrinsic;
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use crate::template::{Resource, Template};

/// What a function must be allowed to do to answer CodeDeploy.
pub const REPORT: &str = "codedeploy:PutLifecycleEventHookExecutionStatus";

/// An action and the managed policies of AWS that allow it.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The action.
    pub action: &'static str,
    /// Names of managed policies that allow it, beside those that allow nearly everything.
    pub allowed_by: &'static [&'static str],
}

/// Answering CodeDeploy.
const REPORTING: Wanted = Wanted { action: REPORT, allowed_by: &["AWSCodeDeployFullAccess"] };

/// What a function will be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// Exactly this.
    Known(String),
    /// It begins and ends like this; what is between is only known when deployed.
    Between(String, String),
    /// A name that CloudFormation makes from those of the stack and the resource.
    Generated,
    /// Anything.
    Unknown,
}

/// Whether something is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// It is.
    Yes,
    /// It is not; here stands what gives the permissions.
    No(Span),
    /// Part of the permissions is not visible.
    Unknown,
}

/// Managed policies of AWS that functions often have and that do not allow to report.
const OTHER_POLICIES: &[&str] = &[
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaENIManagementAccess",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayWriteOnlyAccess",
    "CloudWatchLambdaInsightsExecutionRolePolicy",
    "AmazonDynamoDBFullAccess",
    "AmazonDynamoDBReadOnlyAccess",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonSQSFullAccess",
    "AmazonSNSFullAccess",
    "AWSLambda_FullAccess",
    "CloudWatchLogsFullAccess",
];

/// The functions of a template.
pub fn functions<'n>(template: &Template<'n>) -> impl Iterator<Item = Resource<'n>> {
    let is_function =
        |r: &&Resource<'n>| matches!(r.kind(), Some("AWS::Lambda::Function" | "AWS::Serverless::Function"));
    template.resources.iter().filter(is_function).copied()
}

/// What a function will be called.
pub fn name(function: &Resource<'_>) -> Name {
    let Some(node) = function.property("FunctionName") else {
        let plain = function.properties().is_none_or(|p| p.as_map().is_some());
        return if plain { Name::Generated } else { Name::Unknown };
    };
    match &node.kind {
        NodeKind::String(text) => Name::Known(text.to_string()),
        NodeKind::Call(call) if call.function == Intrinsic::Sub => {
            let text = match &call.argument.kind {
                NodeKind::List(items) => items.first().and_then(Node::as_str),
                _ => call.argument.as_str(),
            };
            match text.and_then(|t| Some((t, t.find("${")?, t.rfind('}')?))) {
                Some((text, first, last)) => Name::Between(text[..first].to_owned(), text[last + 1..].to_owned()),
                None => Name::Unknown,
            }
        }
        _ => Name::Unknown,
    }
}

impl Name {
    /// Whether a function of this name may be called `text`; `None` when that is open.
    pub fn may_be(&self, text: &str) -> Option<bool> {
        match self {
            Name::Known(name) => Some(name == text),
            Name::Between(start, end) if !text.starts_with(start.as_str()) || !text.ends_with(end.as_str()) => {
                Some(false)
            }
            Name::Generated => Some(false),
            Name::Between(..) | Name::Unknown => None,
        }
    }

    /// Whether the name begins like this; `None` when that is open.
    pub fn starts_with(&self, prefix: &str) -> Option<bool> {
        match self {
            Name::Known(name) => Some(name.starts_with(prefix)),
            Name::Between(start, _) if start.starts_with(prefix) => Some(true),
            Name::Between(start, _) if prefix.starts_with(start.as_str()) => None,
            Name::Between(..) | Name::Generated => Some(false),
            Name::Unknown => None,
        }
    }
}

/// The function that a value of the same template means: `!Ref X`, `!Ref X.Version`, `!GetAtt X.Arn`.
pub fn meant<'n>(template: &Template<'n>, node: &Node) -> Option<Resource<'n>> {
    let call = node.as_call()?;
    let id = match call.function {
        Intrinsic::Ref => call.argument.as_str()?.split('.').next()?,
        Intrinsic::GetAtt => crate::intrinsics::get_att_parts(&call.argument)?.id,
        _ => return None,
    };
    functions(template).find(|f| f.id() == id)
}

/// Whether a function may report the result of a hook.
pub fn may_report(template: &Template<'_>, function: &Resource<'_>) -> Allowed {
    may(template, function, "Role", REPORTING)
}

/// Whether a resource may do something by its role, which `key` names, or by the `Policies` that SAM makes a role of.
pub fn may(template: &Template<'_>, function: &Resource<'_>, key: &str, wanted: Wanted) -> Allowed {
    if let Some(role) = function.node.get("Properties").and_then(|p| p.entry(key)) {
        return match local(template, &role.value) {
            Some(role_resource) => role_allows(template, &role_resource, role.value.span, wanted),
            None => Allowed::Unknown,
        };
    }
    if !function.kind().is_some_and(|k| k.starts_with("AWS::Serverless::")) {
        return Allowed::Unknown;
    }
    match function.node.get("Properties").and_then(|p| p.entry("Policies")) {
        None => Allowed::No(function.key.span),
        Some(policies) => {
            let items = match &policies.value.kind {
                NodeKind::List(items) => items.iter().collect(),
                _ => vec![&policies.value],
            };
            sum(items.into_iter().map(|item| sam_policy(item, wanted)), policies.key.span)
        }
    }
}

fn sum(answers: impl Iterator<Item = Option<bool>>, place: Span) -> Allowed {
    let mut open = false;
    for answer in answers {
        match answer {
            Some(true) => return Allowed::Yes,
            Some(false) => {}
            None => open = true,
        }
    }
    if open { Allowed::Unknown } else { Allowed::No(place) }
}

/// One item of the `Policies` of a SAM function.
fn sam_policy(item: &Node, wanted: Wanted) -> Option<bool> {
    match &item.kind {
        NodeKind::String(name) => managed(name, wanted),
        NodeKind::Map(entries) if entries.iter().any(|e| &*e.key.text == "Statement") => document(item, wanted),
        // A policy template: none of them allows what is asked for here.
        NodeKind::Map(entries) => match entries.as_slice() {
            [only] if only.key.text.ends_with("Policy") || only.key.text.ends_with("Permission") => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn managed(name: &str, wanted: Wanted) -> Option<bool> {
    let name = name.rsplit('/').next().unwrap_or(name);
    if matches!(name, "AdministratorAccess" | "PowerUserAccess") || wanted.allowed_by.contains(&name) {
        return Some(true);
    }
    OTHER_POLICIES.contains(&name).then_some(false)
}

fn local<'n>(template: &Template<'n>, node: &Node) -> Option<Resource<'n>> {
    let call = node.as_call()?;
    let id = match call.function {
        Intrinsic::GetAtt => crate::intrinsics::get_att_parts(&call.argument)?.id,
        Intrinsic::Ref => call.argument.as_str()?,
        _ => return None,
    };
    template.resources.get(id).copied()
}

/// Whether a role allows it; `place` is where the role is named.
fn role_allows(template: &Template<'_>, role: &Resource<'_>, place: Span, wanted: Wanted) -> Allowed {
    if role.kind() != Some("AWS::IAM::Role") || role.properties().is_none_or(|p| p.as_map().is_none()) {
        return Allowed::Unknown;
    }
    let mut answers = Vec::new();
    if let Some(policies) = role.property("Policies") {
        match policies.as_list() {
            Some(items) => {
                answers.extend(items.iter().map(|p| p.get("PolicyDocument").and_then(|n| document(n, wanted))))
            }
            None => answers.push(None),
        }
    }
    if let Some(arns) = role.property("ManagedPolicyArns") {
        match arns.as_list() {
            Some(items) => answers.extend(items.iter().map(|n| managed(sub_text(n)?, wanted))),
            None => answers.push(None),
        }
    }
    for policy in template.resources.iter() {
        if !matches!(policy.kind(), Some("AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" | "AWS::IAM::RolePolicy")) {
            continue;
        }
        let mut names_role = false;
        if let Some(properties) = policy.properties() {
            properties.walk(&mut |n| {
                let own =
                    n.as_call().is_some_and(|c| c.function == Intrinsic::Ref && c.argument.as_str() == Some(role.id()));
                names_role |= own;
            });
        }
        if names_role {
            answers.push(policy.property("PolicyDocument").and_then(|n| document(n, wanted)));
        }
    }
    sum(answers.into_iter(), place)
}

/// The text of a value, that of `!Sub` included: ARNs of managed policies name the partition so.
fn sub_text(node: &Node) -> Option<&str> {
    match &node.kind {
        NodeKind::String(text) => Some(text),
        NodeKind::Call(call) if call.function == Intrinsic::Sub => call.argument.as_str(),
        _ => None,
    }
}

/// Whether a policy document allows it; `None` when part of it is not visible.
fn document(node: &Node, wanted: Wanted) -> Option<bool> {
    let statement = node.get("Statement")?;
    let statements: Vec<&Node> = match &statement.kind {
        NodeKind::List(items) => items.iter().collect(),
        NodeKind::Map(_) => vec![statement],
        _ => return None,
    };
    let mut open = false;
    for one in statements {
        if one.as_map().is_none() || one.get("NotAction").is_some() {
            open = true;
            continue;
        }
        if one.get("Effect").and_then(Node::as_str) != Some("Allow") {
            continue;
        }
        let Some(action) = one.get("Action") else { continue };
        let actions = match &action.kind {
            NodeKind::List(items) => items.iter().collect(),
            _ => vec![action],
        };
        for action in actions {
            match action.as_str() {
                Some(pattern) if covers(pattern, wanted.action) => return Some(true),
                Some(_) => {}
                None => open = true,
            }
        }
    }
    if open { None } else { Some(false) }
}

/// Whether a pattern of actions covers an action.
fn covers(pattern: &str, action: &str) -> bool {
    let (pattern, wanted) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    match pattern.split_once('*') {
        None => pattern == wanted,
        Some((start, end)) => wanted.starts_with(start) && wanted.ends_with(end.rsplit('*').next().unwrap_or(end)),
    }
}
