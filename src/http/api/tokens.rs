//! What a sign-in is answered with.

use serde_json::{Map, Value};

use super::super::oauth::token::members;
use crate::accounts::identity_members;
use crate::domain::Scopes;
use crate::domain::scope::{ADDRESS, EMAIL, PHONE, PROFILE};
use crate::domain::user::User;
use crate::oauth::tokens::TokenResponse;

/// The tokens, by the names of RFC 6749 §5.1, and who they are about.
#[must_use]
pub(super) fn tokens_of(user: &User, tokens: TokenResponse) -> Map<String, Value> {
    let mut answer = identity(user, &tokens.scope);
    answer.extend(members(tokens));
    answer
}

/// Who somebody is; what is not known, or the scopes do not open, is left out.
#[must_use]
pub(super) fn identity(user: &User, scopes: &Scopes) -> Map<String, Value> {
    let mut identity = identity_members(user);
    identity.retain(|name, _| is_open(name, scopes));
    identity
}

/// Whether the scopes open a member, as they do at `/userinfo` (OpenID Connect Core §5.4).
#[must_use]
pub(super) fn is_open(member: &str, scopes: &Scopes) -> bool {
    match member {
        "id" => true,
        "email" | "email_verified" => scopes.contains(EMAIL),
        "phone_number" | "phone_verified" => scopes.contains(PHONE),
        "address" => scopes.contains(ADDRESS),
        _ => scopes.contains(PROFILE),
    }
}
