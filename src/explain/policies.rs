//! Policies read aloud: one plain sentence for each statement, under the one that it is about.

use super::model::{Aloud, Model, Place, Said};
use super::template::Context;
use super::values::{Piece as ValPiece, Val};
use crate::policy::grants::{self, Source, Way};
use crate::policy::words::{Words, and};
use crate::policy::{Effect, Kind, Piece, Statement, Value, managed};
use crate::source::Span;

/// Most policies of which something is said.
const MOST: usize = 200;
/// Longest text that says what a managed policy allows.
const LONGEST: usize = 160;

/// The policies of a template, those of one holder together.
pub(super) fn of_template(model: &Model, context: &Context<'_, '_>) -> Vec<Aloud> {
    let ids: Vec<(&str, &str)> = model.existing().map(|r| (r.id.as_str(), r.kind.as_str())).collect();
    let sources = ids.iter().filter_map(|(id, kind)| {
        let properties = value(context.values.get(id)?);
        Some(Source { id: (*id).to_owned(), kind: (*kind).to_owned(), properties })
    });
    let grants = grants::of(&sources.collect::<Vec<_>>());
    let kinds = |id: &str| ids.iter().find(|known| known.0 == id).map(|known| known.1.to_owned());
    let naming = |kind: &str| super::noun(kind);
    let words = Words { kinds: &kinds, noun: &naming };
    let mut out: Vec<Aloud> = Vec::new();
    let mut add = |holder: &str, said: Said| {
        // Names stand without marks in explanations.
        let said = Said { text: said.text.replace('`', ""), ..said };
        match out.iter().position(|one| one.about == holder) {
            Some(at) => out[at].statements.push(said),
            None if out.len() < MOST => {
                let what = kinds(holder).map(|kind| super::noun(&kind)).unwrap_or_default();
                let about = holder.to_owned();
                out.push(Aloud { about, what, used_by: users(holder, &ids, context), statements: vec![said] });
            }
            None => {}
        };
    };
    for grant in &grants.statements {
        let at = (!grant.statement.span.is_empty()).then(|| Place::of(context.file, grant.statement.span));
        add(&grant.holder, Said { text: sentence(&grant.spoken(), grant.way, &words), at });
    }
    for policy in &grants.managed {
        let at = (!policy.span.is_empty()).then(|| Place::of(context.file, policy.span));
        add(&policy.holder, Said { text: of_managed(policy, &words), at });
    }
    out
}

/// The resources that use a role, in words: "the function Worker".
fn users(holder: &str, ids: &[(&str, &str)], context: &Context<'_, '_>) -> Vec<String> {
    let is_role = ids.contains(&(holder, "AWS::IAM::Role"));
    let mut found = Vec::new();
    for (id, kind) in ids.iter().filter(|_| is_role) {
        let path = match *kind {
            "AWS::Lambda::Function" | "AWS::Glue::Job" | "AWS::IoT::TopicRule" => "Role",
            "AWS::StepFunctions::StateMachine" | "AWS::CodePipeline::Pipeline" | "AWS::Pipes::Pipe" => "RoleArn",
            "AWS::CodeBuild::Project" => "ServiceRole",
            "AWS::CodeDeploy::DeploymentGroup" => "ServiceRoleArn",
            "AWS::ECS::TaskDefinition" => "TaskRoleArn",
            "AWS::IAM::InstanceProfile" => "Roles",
            _ => continue,
        };
        let names = |v: &Val<'_>| v.at(path).is_some_and(|role| role.resources().contains(&holder));
        if context.values.get(id).is_some_and(names) {
            found.push(format!("the {} {id}", super::noun(kind)));
        }
    }
    found
}

fn sentence(statement: &Statement, way: Way, words: &Words<'_>) -> String {
    let when = words.when(statement).map(|when| format!(", {when}")).unwrap_or_default();
    let perhaps = if statement.maybe { "perhaps " } else { "" };
    let lets = match statement.effect {
        Some(Effect::Allow) => "lets",
        Some(Effect::Deny) => "never lets",
        None => "lets, or does not let,",
    };
    match (way, &statement.principals) {
        (Way::Trust, who) => {
            let who = who.as_ref().map_or_else(|| "somebody".to_owned(), |p| words.who(p));
            format!("{perhaps}{lets} {who} take it on{when}")
        }
        (_, Some(who)) => format!("{perhaps}{lets} {} {}{when}", words.who(who), words.doings(statement)),
        (_, None) => format!("{perhaps}{lets} it {}{when}", words.doings(statement)),
    }
}

/// A managed policy, and what it allows when that is known and short.
fn of_managed(policy: &grants::Managed, words: &Words<'_>) -> String {
    if !policy.of_aws {
        return format!("has the managed policy `{}`", policy.policy);
    }
    let known = managed::find(&policy.policy).filter(|document| document.statements.len() <= 2);
    let doings: Vec<String> = known.iter().flat_map(|d| &d.statements).map(|s| words.doings(s)).collect();
    let doings = and(&doings);
    let that = match doings.len() {
        1..=LONGEST => format!(", which lets it {doings}"),
        _ => String::new(),
    };
    format!("has AWS's policy `{}`{that}", policy.policy)
}

/// A value of the explanation as policies are read from it. A mapping stands where its first key stands.
fn value(val: &Val<'_>) -> Value {
    let nowhere = Span::new(0, 0);
    let (kind, span) = match val {
        Val::Absent => (Kind::List(Vec::new()), nowhere),
        Val::Text(pieces) => (Kind::Text(pieces.iter().map(piece).collect()), nowhere),
        Val::List(items) => (Kind::List(items.iter().map(value).collect()), nowhere),
        Val::Map(members) => {
            let all = members.iter().map(|(key, span, one)| ((*key).to_owned(), *span, value(one)));
            (Kind::Map(all.collect()), members.first().map_or(nowhere, |m| m.1))
        }
    };
    Value { kind, span, maybe: false }
}

fn piece(piece: &ValPiece<'_>) -> Piece {
    match piece {
        ValPiece::Text(text) => Piece::Text(text.clone()),
        ValPiece::Ref(id) => Piece::Ref((*id).to_owned()),
        ValPiece::Att(id, attribute) => Piece::Attribute((*id).to_owned(), (*attribute).to_owned()),
        // As the values of explanations call it.
        ValPiece::Hole(words) if words == "account" => Piece::Hole("AWS::AccountId".to_owned()),
        ValPiece::Hole(words) => Piece::Hole(words.strip_prefix("parameter ").unwrap_or(words).to_owned()),
    }
}
