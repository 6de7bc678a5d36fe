//! The grants that the token endpoint serves.

pub mod authorization_code;
pub mod client_credentials;
pub mod refresh_token;

use super::client_auth::AuthenticatedClient;
use super::targets::Target;
use super::tokens::TokenResponse;
use super::{OAuthError, Parameters, Provider};
use crate::domain::client::Client;
use crate::domain::grant::Grant;
use crate::domain::scope::OFFLINE_ACCESS;
use crate::domain::token::REFRESH_TOKEN_PREFIX;
use crate::domain::{PlainToken, Requester, Scopes};
use crate::store::refresh_tokens::NewRefreshToken;
use crate::store::{Tx, refresh_tokens};

/// The grant types we serve, for discovery and registration.
pub const SUPPORTED: [&str; 3] = ["authorization_code", "refresh_token", "client_credentials"];

/// Serves a token request of a client that proved who it is (RFC 6749 §3.2).
///
/// # Errors
///
/// See [`OAuthError`].
pub async fn exchange(
    provider: &Provider,
    client: &AuthenticatedClient,
    parameters: &Parameters,
    requester: &Requester,
) -> Result<TokenResponse, OAuthError> {
    let grant_type = parameters.single("grant_type")?.ok_or(OAuthError::Missing("grant_type"))?;
    if !SUPPORTED.contains(&grant_type) {
        return Err(OAuthError::UnsupportedGrantType);
    }
    if !client.client.may_use_grant(grant_type) {
        return Err(OAuthError::GrantNotAllowed);
    }
    for name in ["code", "redirect_uri", "code_verifier", "refresh_token", "scope", "audience"] {
        parameters.single(name)?;
    }
    match grant_type {
        "authorization_code" => {
            authorization_code::exchange(provider, client, parameters, requester).await
        }
        "refresh_token" => refresh_token::exchange(provider, client, parameters, requester).await,
        _ => client_credentials::exchange(provider, client, parameters, requester).await,
    }
}

/// What is left of the granted scopes where a client may no longer ask for all of them.
fn still_allowed(scopes: &Scopes, target: &Target) -> Result<Scopes, OAuthError> {
    let left = scopes.intersection(&target.scopes);
    if left.is_empty() { Err(OAuthError::GrantEnded) } else { Ok(left) }
}

/// What a token request names must have been granted (RFC 8707 §2.2).
fn check_targets(parameters: &Parameters, grant: &Grant) -> Result<(), OAuthError> {
    let asked = parameters.single("audience")?.into_iter();
    let mut asked = asked.chain(parameters.all("resource")?.iter().map(String::as_str));
    if asked.all(|target| grant.audience.contains(target)) {
        Ok(())
    } else {
        Err(OAuthError::Target)
    }
}

/// Keeps the first refresh token of a grant, where one is due: offline access was granted, and the
/// client may use it.
pub(super) async fn keep_refresh_token(
    provider: &Provider,
    tx: &mut Tx,
    client: &Client,
    grant: &Grant,
) -> Result<Option<PlainToken>, OAuthError> {
    let is_due = grant.scopes.contains(OFFLINE_ACCESS)
        && client.scopes.contains(OFFLINE_ACCESS)
        && client.may_use_grant("refresh_token");
    if !is_due {
        return Ok(None);
    }
    let now = provider.now();
    let token = PlainToken::generate(REFRESH_TOKEN_PREFIX);
    let settings = &provider.settings;
    let expires_at = now.plus(settings.refresh_absolute_lifetime);
    let kept = NewRefreshToken {
        digest: token.digest(),
        grant_id: grant.id.clone(),
        client_id: client.id.clone(),
        idle_expires_at: now.plus(settings.refresh_idle_lifetime).min(expires_at),
        expires_at,
    };
    refresh_tokens::insert(tx, &kept, now).await?;
    Ok(Some(token))
}
