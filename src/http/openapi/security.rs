//! The ways to prove who calls.

use utoipa::openapi::security::{
    ClientCredentials, Flow, Http, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme,
};

use super::super::paths;
use crate::oauth::management_api;

/// A machine's access token for the management API.
pub(super) const MACHINE: &str = "machine";
/// A person's access token for the authentication API.
pub(super) const PERSON: &str = "person";
/// What a sign-in answers where a second factor is missing.
pub(super) const MFA: &str = "mfaToken";
/// A person's refresh token.
pub(super) const REFRESH: &str = "refreshToken";
/// An access token that has the scope `openid`.
pub(super) const OPENID: &str = "openid";
/// A client's id and secret (RFC 6749 §2.3.1).
pub(super) const CLIENT: &str = "client";

/// All of them by their names.
pub(super) fn schemes() -> Vec<(&'static str, SecurityScheme)> {
    let scopes = Scopes::from_iter(management_api::described_scopes());
    let machine = OAuth2::with_description(
        [Flow::ClientCredentials(ClientCredentials::new(paths::TOKEN, scopes))],
        "A machine's own access token, asked for with the `audience` `{issuer}api/v2/`.",
    );
    let bearer = |words: &str| {
        SecurityScheme::Http(
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(words)).build(),
        )
    };
    let mut client = Http::new(HttpAuthScheme::Basic);
    client.description =
        Some("The id and the secret of a client. They may stand in the body instead.".to_owned());
    vec![
        (MACHINE, SecurityScheme::OAuth2(machine)),
        (PERSON, bearer("A person's access token, as a sign-in answers it.")),
        (MFA, bearer("The `mfa_token` of a sign-in that wants a second factor.")),
        (REFRESH, bearer("A refresh token, in the place of the one in the body.")),
        (OPENID, bearer("An access token with the scope `openid`.")),
        (CLIENT, SecurityScheme::Http(client)),
    ]
}
