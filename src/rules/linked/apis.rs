//! Stages, deployments, methods and authorizers of REST APIs.

use super::{AUTHORIZER_OF_OTHER_API, AUTHORIZER_OTHER_TYPE, DEPLOYMENT_OF_OTHER_API, cases, links, say};
use crate::resolve::{Link, Named};
use crate::rule::{Context, Rule};
use crate::template::Resource;

/// What a property that names something says about which one it is.
#[derive(PartialEq, Eq)]
pub(super) enum Identity<'a> {
    /// A resource of the template.
    Own(&'a str),
    /// Something outside, by its id.
    Outside(&'a str),
}

impl Identity<'_> {
    pub(super) fn words(&self) -> String {
        match self {
            Identity::Own(name) | Identity::Outside(name) => format!("`{name}`"),
        }
    }
}

/// Which one is named: a resource of one of these types by its id, or a literal id. `None` when that is not known.
pub(super) fn identity<'a>(named: Named<'a>, kinds: &[&str], attribute: &str) -> Option<Identity<'a>> {
    match named {
        Named::Resource(resource, by)
            if resource.kind().is_some_and(|k| kinds.contains(&k)) && by.is_none_or(|a| a == attribute) =>
        {
            Some(Identity::Own(resource.id()))
        }
        Named::Literal(text) => Some(Identity::Outside(text)),
        Named::Resource(..) | Named::Parameter(_) | Named::Other => None,
    }
}

fn api<'a>(named: Named<'a>) -> Option<Identity<'a>> {
    identity(named, &["AWS::ApiGateway::RestApi", "AWS::Serverless::Api"], "RestApiId")
}

pub(super) fn stage<'a>(stage: &Resource<'a>, cx: &mut Context<'a>) {
    for link in links(stage, &["DeploymentId"], "AWS::ApiGateway::Deployment", cx) {
        same_api(&DEPLOYMENT_OF_OTHER_API, ("stage", "deployment"), stage, &link, cx);
    }
}

pub(super) fn method<'a>(method: &Resource<'a>, cx: &mut Context<'a>) {
    for link in links(method, &["AuthorizerId"], "AWS::ApiGateway::Authorizer", cx) {
        same_api(&AUTHORIZER_OF_OTHER_API, ("method", "authorizer"), method, &link, cx);
        authorization(method, &link, cx);
    }
}

fn same_api<'a>(
    rule: &'static Rule,
    words: (&str, &str),
    resource: &Resource<'a>,
    link: &Link<'a>,
    cx: &mut Context<'a>,
) {
    for ours in cases(resource, &["RestApiId"], &link.pins, cx) {
        for theirs in cases(&link.target, &["RestApiId"], &ours.pins, cx) {
            let (Some(here), Some(there)) = (ours.node(), theirs.node()) else { continue };
            let (Some(here), Some(there)) = (api(Named::of(here, cx.template)), api(Named::of(there, cx.template)))
            else {
                continue;
            };
            if here == there {
                continue;
            }
            let message = format!(
                "{} `{}` belongs to the API {}, but {} `{}`, which uses it, belongs to {}",
                words.1,
                link.target.id(),
                there.words(),
                words.0,
                resource.id(),
                here.words()
            );
            if let Some(finding) = say(rule, &theirs, &theirs.pins, message, cx) {
                finding
                    .label(ours.span(), format!("the API of the {}", words.0))
                    .label(link.from, format!("the {} is used here", words.1))
                    .help(format!("Use {} and {} of one API.", with_article(words.0), with_article(words.1)));
            }
        }
    }
}

fn with_article(word: &str) -> String {
    format!("{} {word}", if word.starts_with('a') { "an" } else { "a" })
}

fn authorization<'a>(method: &Resource<'a>, link: &Link<'a>, cx: &mut Context<'a>) {
    for asked in cases(method, &["AuthorizationType"], &link.pins, cx) {
        let allowed: &[&str] = match asked.text() {
            Some("CUSTOM") => &["TOKEN", "REQUEST"],
            Some("COGNITO_USER_POOLS") => &["COGNITO_USER_POOLS"],
            _ => continue,
        };
        for given in cases(&link.target, &["Type"], &asked.pins, cx) {
            let Some(kind) = given.text().filter(|kind| !allowed.contains(kind)) else { continue };
            let message = format!(
                "authorizer `{}` is of type `{kind}`, but method `{}` asks for `{}`; allowed: {}",
                link.target.id(),
                method.id(),
                asked.text().unwrap_or_default(),
                crate::rule::shape::quoted(allowed)
            );
            if let Some(finding) = say(&AUTHORIZER_OTHER_TYPE, &given, &given.pins, message, cx) {
                finding
                    .label(asked.span(), "the method asks for this")
                    .label(link.from, "and uses this authorizer")
                    .help("Change `AuthorizationType` of the method or `Type` of the authorizer, so that they fit.");
            }
        }
    }
}
