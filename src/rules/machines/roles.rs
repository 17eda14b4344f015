//! Roles and the services that assume them.

use super::{ROLE_NAMED_WRONGLY, ROLE_NOT_FOR_SERVICE};
use crate::conditions::Pins;
use crate::diagnostic::Severity;
use crate::rule::Context;
use crate::rule::linking::{cases, named, say};
use crate::syntax::{Node, NodeKind};
use crate::template::Resource;

const ROLE: &str = "AWS::IAM::Role";

/// Type, property, the service that assumes the role, and whether that is tried at once.
const ASSUMED: &[(&str, &str, &str, bool)] = &[
    ("AWS::CodeBuild::Project", "ServiceRole", "codebuild", true),
    ("AWS::CodeDeploy::DeploymentGroup", "ServiceRoleArn", "codedeploy", true),
    ("AWS::CodePipeline::Pipeline", "RoleArn", "codepipeline", true),
    ("AWS::ECS::TaskDefinition", "ExecutionRoleArn", "ecs-tasks", false),
    ("AWS::ECS::TaskDefinition", "TaskRoleArn", "ecs-tasks", false),
    ("AWS::Events::Rule", "Targets.*.RoleArn", "events", true),
    ("AWS::IAM::InstanceProfile", "Roles.*", "ec2", false),
    ("AWS::Lambda::Function", "Role", "lambda", true),
    ("AWS::Scheduler::Schedule", "Target.RoleArn", "scheduler", true),
    ("AWS::StepFunctions::StateMachine", "RoleArn", "states", true),
];

/// The services that a role trusts; `None` when that is not certain.
fn trusted<'a>(role: &Resource<'a>) -> Option<Vec<&'a str>> {
    let statements = role.property("AssumeRolePolicyDocument")?.get("Statement")?;
    let list = statements.as_list().unwrap_or(std::slice::from_ref(statements));
    let mut services = Vec::new();
    for statement in list {
        if statement.get("Effect")?.as_str()? != "Allow" {
            return None;
        }
        for entry in statement.get("Principal")?.as_map()? {
            match &*entry.key.text {
                "Service" => texts(&entry.value, &mut services)?,
                "AWS" | "Federated" | "CanonicalUser" => {
                    let mut others = Vec::new();
                    if texts(&entry.value, &mut others).is_some() && others.contains(&"*") {
                        return None;
                    }
                }
                _ => return None,
            }
        }
    }
    Some(services)
}

/// Adds the literal texts of a value or list; `None` when one is something else.
fn texts<'a>(node: &'a Node, found: &mut Vec<&'a str>) -> Option<()> {
    match &node.kind {
        NodeKind::String(text) if !text.contains("{{") => found.push(text),
        NodeKind::List(items) => {
            for item in items {
                texts(item, found)?;
            }
        }
        _ => return None,
    }
    Some(())
}

/// `lambda.amazonaws.com`, also with a region and the ending of another partition.
fn is_service(principal: &str, service: &str) -> bool {
    principal == "*" || principal.strip_prefix(service).is_some_and(|rest| rest.starts_with('.'))
}

pub(super) fn assumed<'a>(resource: &Resource<'a>, cx: &mut Context<'a>) {
    for (_, path, service, at_once) in ASSUMED.iter().filter(|row| resource.kind() == Some(row.0)) {
        for case in cases(resource, path, &Pins::none(), cx) {
            let Some((role, _)) = named(&case, cx).filter(|(role, _)| role.kind() == Some(ROLE)) else { continue };
            let Some(services) = trusted(&role) else { continue };
            if services.iter().any(|principal| is_service(principal, service)) {
                continue;
            }
            let message = format!(
                "`{}` is to use role `{}`, which `{service}.amazonaws.com` may not assume",
                resource.id(),
                role.id()
            );
            let other = role.property("AssumeRolePolicyDocument").map_or(role.key.span, |node| node.span);
            let trusts = match services.as_slice() {
                [] => "it trusts no service".to_owned(),
                list => format!("it trusts {}", list.iter().map(|s| format!("`{s}`")).collect::<Vec<_>>().join(", ")),
            };
            if let Some(finding) = say(&ROLE_NOT_FOR_SERVICE, &case, &case.pins, message, cx) {
                finding
                    .label(other, trusts)
                    .help(format!("Name `{service}.amazonaws.com` as a `Service` in its `AssumeRolePolicyDocument`."));
                if !at_once {
                    finding.severity = Severity::Warning;
                }
            }
        }
    }
}

pub(super) fn profile<'a>(instance: &Resource<'a>, cx: &mut Context<'a>) {
    for case in cases(instance, "IamInstanceProfile", &Pins::none(), cx) {
        let Some((role, _)) = named(&case, cx).filter(|(role, _)| role.kind() == Some(ROLE)) else { continue };
        let message = format!("`{}` wants an instance profile, and `{}` is a role", instance.id(), role.id());
        if let Some(finding) = say(&ROLE_NAMED_WRONGLY, &case, &case.pins, message, cx) {
            finding
                .label(role.key.span, "the role")
                .help("Make an `AWS::IAM::InstanceProfile` with the role in `Roles`, and name that.");
        }
    }
}

pub(super) fn names<'a>(policy: &Resource<'a>, cx: &mut Context<'a>) {
    for path in ["Roles.*", "Users.*", "Groups.*"] {
        for case in cases(policy, path, &Pins::none(), cx) {
            let Some((target, Some("Arn"))) = named(&case, cx) else { continue };
            let id = target.id();
            let message = format!("`{}` wants the name of `{id}` here, and this is its ARN", policy.id());
            if let Some(finding) = say(&ROLE_NAMED_WRONGLY, &case, &case.pins, message, cx) {
                finding
                    .label(target.key.span, format!("`!Ref {id}` gives its name"))
                    .help(format!("Write `!Ref {id}`."));
            }
        }
    }
}
