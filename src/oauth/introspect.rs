//! Token introspection (RFC 7662): what a token is worth at this moment.
//!
//! A client may ask about its own tokens, and about those for an API that it speaks for. About any
//! other token it hears what it hears about none at all: that it is not active (§2.2).

use serde_json::{Map, Value, json};

use super::client_auth::AuthenticatedClient;
use super::params::UnusableParameter;
use super::verify::{self, AccessTokenClaims};
use super::{OAuthError, Parameters, Provider, targets};
use crate::domain::client::Client;
use crate::domain::scope::OFFLINE_ACCESS;
use crate::domain::{PlainToken, claims};
use crate::store::{Tx, grants, refresh_tokens, resource_servers};

/// Answers an introspection request (RFC 7662 §2).
///
/// # Errors
///
/// See [`OAuthError`]; never for what is wrong with the token.
pub async fn answer(
    provider: &Provider,
    asking: &AuthenticatedClient,
    parameters: &Parameters,
) -> Result<Map<String, Value>, OAuthError> {
    let asking = &asking.client;
    if asking.is_public() {
        // Who has no secret could be anybody (RFC 7662 §2.1).
        return Err(OAuthError::ClientAuthentication { by_header: false });
    }
    parameters.single("token_type_hint")?;
    let token = match parameters.single("token") {
        Ok(token) => token.ok_or(OAuthError::Missing("token"))?,
        // No token of ours holds such characters.
        Err(UnusableParameter::Malformed(_)) => "",
        Err(repeated) => return Err(repeated.into()),
    };
    let mut tx = provider.store.read().await?;
    let keys = provider.keys.current(&mut tx).await?;
    let found = match verify::any_access_token(provider, &keys, token, provider.now()) {
        Some(claims) => access_token(provider, &mut tx, asking, claims).await?,
        None => refresh_token(provider, &mut tx, asking, token).await?,
    };
    let mut answer = found.unwrap_or_default();
    answer.insert("active".to_owned(), json!(!answer.is_empty()));
    Ok(answer)
}

async fn access_token(
    provider: &Provider,
    tx: &mut Tx,
    asking: &Client,
    claims: AccessTokenClaims,
) -> Result<Option<Map<String, Value>>, OAuthError> {
    if !may_ask(tx, asking, &claims).await? {
        return Ok(None);
    }
    let Some(standing) = targets::of_token(provider, tx, &claims).await? else {
        return Ok(None);
    };
    let scopes = standing.scopes;
    let mut answer = claims.all;
    // What the token says of roles and permissions was true when it was made, and its claim of roles
    // may have had another name.
    answer.retain(|name, _| claims::is_own(name) && name != claims::PERMISSIONS);
    answer.extend(standing.entitlements.live_claims(&provider.settings));
    answer.insert("token_type".to_owned(), json!("Bearer"));
    answer.insert("token_use".to_owned(), json!("access_token"));
    if scopes.is_empty() {
        answer.remove("scope");
    } else {
        answer.insert("scope".to_owned(), json!(scopes.to_string()));
    }
    Ok(Some(answer))
}

async fn may_ask(
    tx: &mut Tx,
    asking: &Client,
    claims: &AccessTokenClaims,
) -> Result<bool, OAuthError> {
    if claims.client_id == asking.id {
        return Ok(true);
    }
    for audience in claims.audience() {
        if resource_servers::is_introspector(tx, &asking.id, audience).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A refresh token is its client's business alone; a client that speaks for an API asks about what it
/// was called with, which a refresh token must never be.
async fn refresh_token(
    provider: &Provider,
    tx: &mut Tx,
    asking: &Client,
    token: &str,
) -> Result<Option<Map<String, Value>>, OAuthError> {
    let may_refresh =
        asking.may_use_grant("refresh_token") && asking.scopes.contains(OFFLINE_ACCESS);
    if !may_refresh || resource_servers::introspects(tx, &asking.id).await? {
        return Ok(None);
    }
    let digest = PlainToken::new(token).digest();
    let now = provider.now();
    let found = refresh_tokens::find_spendable(tx, &digest, &asking.id, now).await?;
    let Some(found) = found else { return Ok(None) };
    let Some(grant) = grants::find_live(tx, &found.grant_id).await? else { return Ok(None) };
    let target = match targets::of_grant(provider, tx, asking, &grant).await {
        Ok((target, _)) => target,
        Err(OAuthError::GrantEnded) => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let scopes = grant.scopes.intersection(&target.scopes);
    if scopes.is_empty() {
        return Ok(None);
    }
    let facts = json!({
        "token_use": "refresh_token",
        "iss": provider.settings.issuer,
        "sub": grant.user_id,
        "client_id": grant.client_id,
        "scope": scopes.to_string(),
        "iat": found.created_at.0,
        "exp": found.idle_expires_at.0,
    });
    Ok(facts.as_object().cloned())
}
