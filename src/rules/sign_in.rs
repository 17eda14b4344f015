//! User pools and identity pools: how people and programs sign in, and the roles that they get.

mod identities;
mod users;

use crate::rule::linking::{Look, show};
use crate::rule::{Check, Context, Family, rule};

rule!(
    MESSAGES_NOT_SET_UP,
    "sign_in" / "SL153",
    "messages-not-set-up",
    Error,
    "a user pool is to send text messages and has no right to"
);
rule!(
    CLIENT_INCOMPLETE,
    "sign_in" / "SL154",
    "client-incomplete",
    Error,
    "the settings of an app client do not fit its OAuth flows or its pool"
);
rule!(
    IDENTITIES_WITHOUT_ROLE,
    "sign_in" / "SL155",
    "identities-without-role",
    Warning,
    "an identity pool has no role for those that it lets in, or one that lets guests write"
);
rule!(
    TRUST_MISPLACED,
    "sign_in" / "SL156",
    "trust-misplaced",
    Warning,
    "a role for identities cannot be assumed by them, or by those of any pool"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&MESSAGES_NOT_SET_UP, &CLIENT_INCOMPLETE, &IDENTITIES_WITHOUT_ROLE, &TRUST_MISPLACED],
    checks: &[Check::Template(sign_in)],
};

/// What looks at which type.
const LOOKS: &[(&str, Look)] = &[
    ("AWS::Cognito::IdentityPool", identities::pool),
    ("AWS::Cognito::IdentityPoolRoleAttachment", identities::guests),
    ("AWS::Cognito::UserPool", users::messages),
    ("AWS::Cognito::UserPoolClient", users::flows),
    ("AWS::Cognito::UserPoolClient", users::redirects),
    ("AWS::Cognito::UserPoolClient", users::providers),
    ("AWS::IAM::Role", identities::trust),
];

fn sign_in(cx: &mut Context<'_>) {
    show(LOOKS, cx);
}
