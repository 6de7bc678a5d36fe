//! What clients may know about us: OpenID Connect Discovery §3 and RFC 8414 §2.

use serde_json::{Value, json};

use super::response::ResponseMode;
use super::{Provider, grants};
use crate::domain::client::AuthMethod;
use crate::domain::scope::STANDARD;
use crate::domain::second_factor::AuthenticationLevel;
use crate::keys::signing_key::ALGORITHM;

/// The paths of the endpoints that the documents name.
#[derive(Clone, Copy, Debug)]
pub struct EndpointPaths {
    /// Authorization endpoint.
    pub authorize: &'static str,
    /// Token endpoint.
    pub token: &'static str,
    /// Introspection endpoint.
    pub introspect: &'static str,
    /// Revocation endpoint.
    pub revoke: &'static str,
    /// Userinfo endpoint.
    pub userinfo: &'static str,
    /// JWKS.
    pub jwks: &'static str,
    /// End-session endpoint.
    pub logout: &'static str,
}

/// The claims of ID tokens and of `/userinfo`, beside the roles.
const CLAIMS: [&str; 26] = [
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "sid",
    "at_hash",
    "name",
    "given_name",
    "family_name",
    "nickname",
    "preferred_username",
    "picture",
    "zoneinfo",
    "locale",
    "updated_at",
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
    "address",
];

/// The document of `/.well-known/openid-configuration` and
/// `/.well-known/oauth-authorization-server`; members that only one of the two specifications
/// knows are ignored by readers of the other. `languages` are those of the pages, as BCP 47 tags.
#[must_use]
pub fn document(provider: &Provider, paths: EndpointPaths, languages: &[&str]) -> Value {
    let methods = [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost, AuthMethod::None];
    let confidential = [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost];
    let settings = &provider.settings;
    let roles = settings.roles_claim.as_deref().filter(|_| settings.roles_in_id_token);
    let claims: Vec<&str> = CLAIMS.into_iter().chain(roles).collect();
    json!({
        "issuer": provider.settings.issuer,
        "authorization_endpoint": provider.url(paths.authorize),
        "token_endpoint": provider.url(paths.token),
        "introspection_endpoint": provider.url(paths.introspect),
        "introspection_endpoint_auth_methods_supported": confidential.map(AuthMethod::as_str),
        "revocation_endpoint": provider.url(paths.revoke),
        "revocation_endpoint_auth_methods_supported": methods.map(AuthMethod::as_str),
        "userinfo_endpoint": provider.url(paths.userinfo),
        "jwks_uri": provider.url(paths.jwks),
        "end_session_endpoint": provider.url(paths.logout),
        "scopes_supported": STANDARD,
        "response_types_supported": ["code"],
        "response_modes_supported": ResponseMode::SUPPORTED,
        "grant_types_supported": grants::SUPPORTED,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": methods.map(AuthMethod::as_str),
        "code_challenge_methods_supported": ["S256"],
        "claim_types_supported": ["normal"],
        "claims_supported": claims,
        "acr_values_supported": AuthenticationLevel::ALL.map(AuthenticationLevel::acr),
        "ui_locales_supported": languages,
        "prompt_values_supported": ["none", "login", "consent", "select_account", "create"],
        "authorization_response_iss_parameter_supported": true,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    })
}
